#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the debug guest's kernel from Debian's linux-source-6.12: small, with
# KASAN, lockdep, kmemleak and friends (debug.config says which).
#
# Leaves, for the VM harness and for building our modules against:
#	build/debug-kernel/bzImage	the kernel to boot
#	build/debug-kernel/linux	KDIR for external modules
#	build/debug-kernel/release	KVER, what uname -r says in it
# and prints the three as KERNEL=, KDIR= and KVER= lines.  A second run with the
# same source package, compiler and configuration builds nothing.
#
# usage: build.sh [JOBS]		JOBS is the number of processors unless given
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/debug-kernel
tree=$out/linux
tarball=${LINUX_TARBALL:-/usr/src/linux-source-6.12.tar.xz}
fragment=$here/debug.config
jobs=${1:-$(nproc)}
# what this needs, as Debian packages
packages="linux-source-6.12 gcc make bc bison flex libelf-dev libssl-dev xz-utils kmod"

die() {
	echo "debug-kernel: $*" >&2
	exit 1
}

need_tools() {
	missing=
	for p in $packages; do
		dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null |
			grep -q '^ii' || missing="$missing $p"
	done
	[ -z "$missing" ] || die "missing; apt-get install$missing"
	[ -r "$tarball" ] || die "$tarball: not there"
}

# What decides the outcome: the source, the configuration, the compiler.
fingerprint() {
	{
		dpkg-query -W linux-source-6.12
		cat "$fragment"
		gcc --version | head -n 1
	} | sha256sum | cut -d' ' -f1
}

unpack() {
	src=$(dpkg-query -W linux-source-6.12)
	[ "$(cat "$out/unpacked" 2>/dev/null)" != "$src" ] || return 0
	echo "debug-kernel: unpacking $tarball" >&2
	rm -rf "$tree" "$out/unpacked"
	mkdir -p "$tree"
	# A third of the tree is headers of one family of graphics cards.
	tar -xf "$tarball" -C "$tree" --strip-components=1 \
		--exclude='*/drivers/gpu/drm/amd/include/*' \
		--exclude='*/tools/testing/*'
	echo "$src" >"$out/unpacked"
}

kmake() {
	make -s -C "$tree" ARCH=x86_64 KCFLAGS=-w \
		KBUILD_BUILD_USER=tlso KBUILD_BUILD_HOST=tlso "$@"
}

# kconfig drops silently what it cannot satisfy: say which line it was.
check_config() {
	lost=
	while read -r line; do
		case $line in
		CONFIG_*=n)
			! grep -q "^${line%=n}=" "$tree/.config" ||
				lost="$lost $line" ;;
		CONFIG_*)
			grep -qxF "$line" "$tree/.config" ||
				lost="$lost $line" ;;
		esac
	done <"$fragment"
	[ -z "$lost" ] || die "not in .config:$lost"
}

need_tools
mkdir -p "$out"
want=$(fingerprint)
if [ "$(cat "$out/built" 2>/dev/null)" != "$want" ] || [ ! -f "$out/bzImage" ]; then
	rm -f "$out/built"
	unpack
	kmake KCONFIG_ALLCONFIG="$fragment" allnoconfig >"$out/config.log" 2>&1 ||
		die "allnoconfig failed, see $out/config.log"
	check_config
	echo "debug-kernel: compiling, log in $out/build.log" >&2
	kmake -j"$jobs" bzImage modules >"$out/build.log" 2>&1 ||
		die "build failed, see $out/build.log: $(tail -n 3 "$out/build.log")"
	[ -s "$tree/Module.symvers" ] || die "no Module.symvers"
	cp "$tree/arch/x86/boot/bzImage" "$out/bzImage"
	cp "$tree/include/config/kernel.release" "$out/release"
	echo "$want" >"$out/built"
fi
echo "KERNEL=$out/bzImage"
echo "KDIR=$tree"
echo "KVER=$(cat "$out/release")"
