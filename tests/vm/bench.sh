#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: handshakes per second and MB/s through the adapter, beside the
# same server in clear. The demo's measurement, longer: MEASURE_SECONDS is 15
# unless it is given. SERIES: the kernel (6.12).
set -u

: "${MEASURE_SECONDS:=15}"

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/pki.sh
. "$VM_DIR/pki.sh"
# shellcheck source=tests/vm/peers.sh
. "$VM_DIR/peers.sh"
# shellcheck source=tests/vm/measure.sh
. "$VM_DIR/measure.sh"

if [ "$(id -u)" -ne 0 ]; then
	exec sudo --preserve-env=VM_CPUS,VM_ACCEL,SERIES,MEASURE_SECONDS "$0" "$@"
fi

die()
{
	printf '!! %s\n' "$*" >&2
	exit 1
}

: "${KVER:=$("$VM_TOP/scripts/kernels.sh" "${SERIES:-6.12}")}" || exit 1
export KVER
trap vm_down EXIT
trap 'exit 130' INT TERM

vm_up || die "no guest"
PKI=$VM_RUN/share/pki
pki_make "$PKI"
page_make > "$VM_RUN/share/page.html"
pki_payload "$PKI" rsa
pki_payload "$PKI" ec
mods=$(vm_modules)
vm_insmod "$mods/tls_offload.ko" "$mods/tls_offload_nic.ko" ||
	die "insmod"
vm_net || die "no network"
vm -t 180 "BIG=$MEASURE_BIG $VM_DIR/guest-setup" > /dev/null ||
	die "no server"
# The demo's server has a P-256 key, too.
vm 'sysctl -qw net.tls_offload.secure_ports=8443:webec' || die "sysctl"
web_start || die "no server"

echo "kernel $KVER, $MEASURE_SECONDS s for each rate"
measure_table || die "a transfer failed"
