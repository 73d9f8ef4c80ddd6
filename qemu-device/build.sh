#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the adapter for the QEMU that is installed, without building QEMU:
# build/device/tls-offload.so, to be preloaded (run-qemu.sh does).
#
#   build.sh              the library; where the source of the installed version
#                         can't be had, what --tree does
#   build.sh --tree       a whole small QEMU with the adapter in its tree:
#                         build/device/tree/qemu-system-x86_64
#   build.sh --packages   what has to be installed for the library
#   build.sh --packages-tree   and for --tree
#
# Responsible for: one configure run for the generated headers, the build.
# Leaves to: scripts/source-package.sh fetching QEMU's source; lib.mk how the
# library is compiled and linked; offload-dev/engine/sources.mk which sources make
# up the engine; the caller installing packages.
# Everything is kept under build/device, by version; a second run is instant.
#
# QEMU=... names another binary than the installed qemu-system-x86_64.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
out=$root/build/device
qemu=${QEMU:-qemu-system-x86_64}

packages="dpkg-dev gcc make meson ninja-build pkg-config python3
	libglib2.0-dev libpixman-1-dev libfdt-dev zlib1g-dev
	nettle-dev libgmp-dev"
packages_tree="$packages libattr1-dev libcap-ng-dev"

say()
{
	echo "device: $*"
}

die()
{
	echo "device: $*" >&2
	exit 1
}

# Runs "$@" quietly; what it printed is shown only if it fails.
quietly()
{
	log=$1
	shift
	"$@" >"$log" 2>&1 && return
	tail -n 20 "$log" >&2
	die "failed: $* (all of it is in $log)"
}

need_packages()
{
	missing=
	for p in "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $p"
	done
	[ -z "$missing" ] || die "missing packages; as root: apt-get install$missing"
}

# The version of the source package that the binary was built from. A binary
# that was merely built again has +bN behind it.
binary_source_version()
{
	"$qemu" --version | sed -n '1s/.*(Debian \(.*\)).*/\1/p' |
		sed 's/+b[0-9]*$//'
}

# can_fetch VERSION, or any version if empty: unpacks into $src if it is to be had.
can_fetch()
{
	say "fetching the source of qemu ${1:-that apt offers} (24 MB)"
	"$root/scripts/source-package.sh" "qemu${1:+=$1}" "$src" \
		>"$out/unpack.log" 2>&1
}

configure()
{
	dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && quietly "$out/configure.log" "$src/configure" \
		--target-list=x86_64-softmmu --without-default-features \
		--disable-user --disable-tools --disable-docs \
		--with-git-submodules=ignore --enable-fdt=system \
		--enable-trace-backends=log --disable-werror \
		--audio-drv-list= "$@")
}

# The same kind of build as the installed one, as far as structures go: TCG,
# modules and trace back end. host-check.c verifies it when QEMU starts.
headers()
{
	say "configuring QEMU for its generated headers (half a minute)"
	rm -rf "$obj.part"
	configure "$obj.part" --enable-tcg --enable-modules
	quietly "$out/headers.log" ninja -C "$obj.part" config-poison.h
	quietly "$out/headers.log" python3 "$src/scripts/qapi-gen.py" -b \
		-o "$obj.part/qapi" "$src/qapi/qapi-schema.json"
	mv "$obj.part" "$obj"
}

# Directories are named by the version without its epoch: QEMU's configure
# takes no colon in a path.
have_source()
{
	version=$(binary_source_version)
	src=$out/qemu-${version#*:}
	obj=$out/headers-${version#*:}
	[ -n "$version" ] || die "cannot tell the version of $qemu"
	[ -d "$src" ] || can_fetch "$version"
}

build_library()
{
	[ -d "$obj" ] || headers
	make -s --no-print-directory -C "$root" -f "$here/lib.mk" \
		OUT="$out" SRC="$src" OBJ="$obj" VERSION="$version" QEMU="$qemu"
	say "ready: ${out#"$root"/}/tls-offload.so for QEMU $version"
}

# Puts the adapter into the QEMU tree $1, as README.md says.
into_tree()
{
	d=$1/hw/net/tls-offload
	mkdir -p "$d/kmod" "$d/offload-dev"
	for f in tls-offload.c host-check.h trace.h trace-events meson.build \
		Kconfig; do
		cmp -s "$here/$f" "$d/$f" || cp "$here/$f" "$d/$f"
	done
	cp -a "$root/kmod/core" "$d/kmod/"
	cp -a "$root/offload-dev/." "$d/offload-dev/"
	grep -q tls-offload "$1/hw/net/meson.build" ||
		echo "subdir('tls-offload')" >>"$1/hw/net/meson.build"
	grep -q tls-offload "$1/hw/net/Kconfig" ||
		echo "source tls-offload/Kconfig" >>"$1/hw/net/Kconfig"
	grep -q "hw/net/tls-offload" "$1/meson.build" ||
		sed -i "s|^    'hw/net',|&\n    'hw/net/tls-offload',|" "$1/meson.build"
}

build_tree()
{
	need_packages $packages_tree
	version=$(binary_source_version 2>/dev/null) || version=
	src=$out/tree/src
	if [ ! -d "$src" ]; then
		mkdir -p "$out/tree"
		can_fetch "$version" || can_fetch "" ||
			die "no source of QEMU to be had"
	fi
	into_tree "$src"
	obj=$out/tree/obj
	if [ ! -f "$obj/build.ninja" ]; then
		say "configuring QEMU"
		configure "$obj" --enable-tcg --enable-kvm --enable-virtfs \
			--enable-attr --enable-cap-ng --prefix=/usr \
			--firmwarepath=/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu
	fi
	say "building QEMU (about 8 minutes on two cores)"
	nice -n 19 ninja -j "$(nproc)" -C "$obj" qemu-system-x86_64
	ln -sf obj/qemu-system-x86_64 "$out/tree/qemu-system-x86_64"
	say "ready: ${out#"$root"/}/tree/qemu-system-x86_64"
}

case ${1:-} in
--packages)
	echo $packages
	exit 0
	;;
--packages-tree)
	echo $packages_tree
	exit 0
	;;
--tree | "") ;;
*)
	sed -n '/^#   build/,/^# Resp/s/^#  *\(.*\)/\1/p' "$0" >&2
	exit 2
	;;
esac

mkdir -p "$out"
exec 9>"$out/.lock${1:-}" # --tree takes long; let the library pass
flock 9
need_packages $packages
if [ "${1:-}" = --tree ]; then
	build_tree
elif have_source; then
	build_library
else
	say "no source of this version to be had: building a whole QEMU instead"
	rm -f "$out/tls-offload.so"
	build_tree
fi
