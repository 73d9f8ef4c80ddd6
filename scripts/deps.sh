#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs what is missing of packages.txt, or unpacks it into build/unpacked. Words
# on the command line pick groups; without any, all of them. Touches apt only if
# something is missing.
# What apt says is kept in build/deps.log.
set -euo pipefail

# A root shell opened by su has the user's path, in which dpkg does not work.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
unpacked=$here/../build/unpacked
groups=${*:-build run check unpack}

# wanted GROUPS: the packages of these
wanted()
{
	local name group

	while read -r name group _; do
		case $name in ''|'#'*) continue ;; esac
		case " $1 " in *" $group "*) echo "$name" ;; esac
	done < "$here/packages.txt"
}

installed()
{
	dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

missing=()
while read -r name; do
	installed "$name" || missing+=("$name")
done < <(wanted "${groups//unpack/}")
packed=()
if [[ " $groups " == *' unpack '* ]]; then
	while read -r name; do
		[ -d "$unpacked/$name" ] || packed+=("$name")
	done < <(wanted unpack)
fi

if [ ${#missing[@]} -eq 0 ] && [ ${#packed[@]} -eq 0 ]; then
	exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "missing: ${missing[*]}; run as root or install sudo" >&2
		exit 1
	}
	as_root=(sudo)
fi

# Packages that bring a service must not start it here: a policy-rc.d of ours
# says so while apt runs, unless the system has one.
policy=/usr/sbin/policy-rc.d
made_policy=
restore()
{
	[ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
}
trap restore EXIT
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' |
		"${as_root[@]}" install -m 755 /dev/stdin "$policy"
	made_policy=1
fi

mkdir -p "$here/../build"
log=$here/../build/deps.log

# What apt says, shortened to how far it is.
progress()
{
	local line n=0 total=0

	while read -r line; do
		case $line in
		*' newly installed, '*)
			read -r n _ total _ <<< "$line"
			total=$((n + total))
			n=0
			echo "   $line"
			;;
		'Need to get '*|Fetched*|update-initramfs:*) echo "   $line" ;;
		Unpacking*|'Setting up '*)
			n=$((n + 1))
			[ $((n % 50)) -ne 0 ] || [ "$total" -eq 0 ] ||
				echo "   $((50 * n / total)) %"
			;;
		esac
	done
}

apt()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
		apt-get -q -o Dpkg::Use-Pty=0 "$@" < /dev/null 2>&1 |
		tee -a "$log" | progress || {
		tail -n 30 "$log" >&2
		echo "apt-get $1 failed (all of it: build/deps.log)" >&2
		return 1
	}
}

had_nginx=0
if installed nginx-common; then
	had_nginx=1
fi
# unpack NAME: the package's files, in a folder of its name
unpack()
{
	local part=$unpacked/$1.part

	rm -rf "$part"
	mkdir -p "$part"
	(cd "$part" && apt-get -q -o APT::Sandbox::User= download "$1" \
		>> "$log" 2>&1) || {
		tail -n 5 "$log" >&2
		return 1
	}
	dpkg-deb -x "$part"/*.deb "$part/files"
	mv "$part/files" "$unpacked/$1"
	rm -rf "$part"
}

echo "installing through apt: ${missing[*]:-nothing}"
: > "$log"
apt update || exit 1
if [ ${#missing[@]} -ne 0 ]; then
	apt install -y --no-install-recommends "${missing[@]}"
fi
for name in "${packed[@]}"; do
	echo "unpacking through apt, not installing: $name"
	unpack "$name"
done

# nginx is wanted as a program, not as a service at the next boot; one that was
# here before is not ours to switch off.
if [ "$had_nginx" -eq 0 ] && installed nginx-common; then
	"${as_root[@]}" update-rc.d nginx disable >> "$log" 2>&1 || true
fi
