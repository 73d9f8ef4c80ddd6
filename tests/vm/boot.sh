#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# boot.sh [-k SERIES] [-n QEMU-DEVICE] [-c FILE | COMMAND...]: boots a guest with
# the adapter, loads the modules that are built, then runs FILE on the host with
# lib.sh's functions (vm, ns, ...) at hand, or COMMAND in the guest. By hand:
#
#	tests/vm/boot.sh 'lsmod; dmesg | tail'
#	tests/vm/boot.sh -k 6.1 -n virtio-net-pci -c try.sh
set -u

series=6.12
file=
while getopts k:n:c: opt; do
	case $opt in
	k) series=$OPTARG ;;
	n) export VM_NIC=$OPTARG ;;
	c) file=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${KVER:=$("$VM_TOP/scripts/kernels.sh" "$series")}"
export KVER

trap vm_down EXIT
trap 'exit 130' INT TERM
vm_up || exit 1
vm_say "logs: $VM_RUN"
mods=$(vm_modules)
case $VM_NIC in
virtio-net-pci) vm modprobe virtio_net ;;
esac
for mod in tls_offload tls_offload_nic; do
	if [ -e "$mods/$mod.ko" ]; then
		vm_insmod "$mods/$mod.ko" || vm_say "insmod $mod: failed"
	fi
done
vm_net || vm_say "no network"
rc=0
if [ -n "$file" ]; then
	# shellcheck disable=SC1090
	. "$file" || rc=$?
else
	vm -t 600 "${*:-dmesg | tail -n 20}" || rc=$?
fi
exit "$rc"
