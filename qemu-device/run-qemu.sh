#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs QEMU with the adapter: the installed one with the library preloaded, or
# the one that build.sh built whole. All arguments are QEMU's. The library goes
# into QEMU's own environment alone, so put "timeout", "nice" and the like in
# front of this script.
set -eu

out=$(cd "$(dirname "$0")/.." && pwd)/build/device
qemu=${QEMU:-qemu-system-x86_64}

if [ -f "$out/tls-offload.so" ]; then
	exec env LD_PRELOAD="$out/tls-offload.so" "$qemu" "$@"
elif [ -x "$out/tree/qemu-system-x86_64" ]; then
	# Not installed, it does not find its firmware by itself.
	exec "$out/tree/qemu-system-x86_64" -L /usr/share/qemu \
		-L /usr/share/seabios -L /usr/lib/ipxe/qemu "$@"
fi
echo "run-qemu.sh: no adapter was built; run \"make device\" first" >&2
exit 1
