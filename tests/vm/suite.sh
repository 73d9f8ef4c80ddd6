#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# suite.sh [-k SERIES] [-m|-s] [CASE...]: boots one guest with the adapter, runs
# the cases (files of cases/, all of them in order without arguments; -m: of the
# longest only what is unlike the rest; -s: only the short selection) and prints
# KTAP. KTAP_ONLY is a regular expression over the tests' names. VM_STANDSTILL is the
# seed of standstill.py, by which guest and host stand still now and then. Every
# guest's log is scanned at the end.
set -u

series=6.12
export SHORT='' MOST=''
while getopts k:ms opt; do
	case $opt in
	k) series=$OPTARG ;;
	m) MOST=1 ;;
	s) SHORT=1 MOST=1 ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/ktap.sh
. "$VM_DIR/ktap.sh"
# shellcheck source=tests/vm/pki.sh
. "$VM_DIR/pki.sh"
# shellcheck source=tests/vm/peers.sh
. "$VM_DIR/peers.sh"
# shellcheck source=tests/vm/hosts.sh
. "$VM_DIR/hosts.sh"
# shellcheck source=tests/vm/lossy.sh
. "$VM_DIR/lossy.sh"
: "${KVER:=$("$VM_TOP/scripts/kernels.sh" "$series")}"
export KVER

make -s -C "$VM_DIR/prog" OUT="$VM_BUILD/vm/prog" || exit 1

trap vm_down EXIT
trap 'exit 130' INT TERM

ktap_begin
echo "# kernel $KVER, adapter $VM_NIC"
vm_up || { echo "not ok 1 boot"; echo 1..1; exit 1; }
PKI=$VM_RUN/share/pki
pki_make "$PKI"
page_make > "$VM_RUN/share/page.html"
pki_payload "$PKI" rsa
pki_payload "$PKI" ec

if [ "${VM_STANDSTILL:-}" ]; then
	"$VM_DIR/standstill.py" "$VM_QEMU_PID" "$VM_STANDSTILL" \
		> "$VM_RUN/standstill" 2>&1 &
fi

# What is the core's or a program's, and not the kernel's: one kernel shows it.
twice_the_same="17-interop 18-churn 24-actions 26-client-map 36-programs 36-programs-mail 70-memory"

if [ $# -eq 0 ]; then
	set -- "$VM_DIR"/cases/*.sh
	for name in ${SHORT:+$twice_the_same}; do
		echo "# $name: not run: short"
		set -- "${@/"$VM_DIR/cases/$name.sh"/}"
	done
fi
for file; do
	[ "$file" ] || continue
	[ -e "$file" ] || file=$VM_DIR/cases/$file.sh
	echo "# $(basename "$file" .sh)"
	# shellcheck disable=SC1090
	. "$file"
done
ktap_end
