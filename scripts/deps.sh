#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs what is missing of packages.txt. Words on the command line pick
# groups; without any, all of them. Touches apt only if something is missing.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
groups=${*:-build run check}

wanted()
{
	local name group

	while read -r name group _; do
		case $name in ''|'#'*) continue ;; esac
		case " $groups " in *" $group "*) echo "$name" ;; esac
	done < "$here/packages.txt"
}

installed()
{
	dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

missing=()
while read -r name; do
	installed "$name" || missing+=("$name")
done < <(wanted)

if [ ${#missing[@]} -eq 0 ]; then
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

echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends "${missing[@]}"
