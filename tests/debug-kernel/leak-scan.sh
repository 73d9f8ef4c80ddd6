#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In a guest with kmemleak: prints every leak and exits with 1 if there is one,
# with 2 if kmemleak is not there or has given up. "leak-scan.sh clear", before
# the modules are loaded, makes it forget what was there already.
set -eu

dir=/sys/kernel/debug
file=$dir/kmemleak

grep -q " $dir debugfs " /proc/mounts || mount -t debugfs debugfs "$dir" || exit 2
[ -w "$file" ] || {
	echo "leak-scan: no kmemleak" >&2
	exit 2
}
if [ "${1:-}" = clear ]; then
	echo scan >"$file"
	echo clear >"$file"
	exit
fi
# Nothing younger than 5 s is reported; RCU may still hold the freshest.
sleep 7
# A pointer on a stack or in a register may hide a leak, or a checksum that
# changes may, from one scan: three.
for _ in 1 2 3; do
	echo scan >"$file" || exit 2
	sleep 1
done
leaks=$(cat "$file")
[ -z "$leaks" ] && exit 0
echo "$leaks"
exit 1
