#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels.sh SERIES: the newest installed stock kernel of a series (6.1, 6.12)
# that has its image, modules and headers; or nothing and exit code 1.
set -euo pipefail

series=${1:?usage: kernels.sh SERIES}
found=

while read -r version; do
	case $version in
	*-cloud-*|*-rt-*) continue ;;
	"$series".*-amd64) ;;
	*) continue ;;
	esac
	[ -e "/boot/vmlinuz-$version" ] || continue
	[ -e "/lib/modules/$version/build/Makefile" ] || continue
	found=$version
done < <(find /lib/modules -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V)

[ -n "$found" ] || {
	echo "no installed linux-image and linux-headers of $series" >&2
	exit 1
}
echo "$found"
