# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A bad network before the adapter, for cases: prog/lossy sits between the tap and an
# interface that has the host's addresses meanwhile, so a capture on the tap shows
# just what the guest sends and gets. What it did is in $VM_RUN/lossy.

# lossy_on OPTION...
lossy_on()
{
	: > "$VM_RUN/lossy"
	ip netns exec "$VM_NS" "$VM_BUILD/vm/prog/lossy" "$@" tap0 lossy0 \
		> "$VM_RUN/lossy" 2>&1 &
	LOSSY_PID=$!
	trap lossy_off EXIT
	for _ in $(seq 300); do
		if grep -q ready "$VM_RUN/lossy"; then break; fi
		sleep 0.1
	done
	grep -q ready "$VM_RUN/lossy" || fail "lossy: $(cat "$VM_RUN/lossy")"
	LOSSY_MAC=$(ns cat /sys/class/net/tap0/address)
	# A guest that stands still for a moment is sent all that is on its way.
	ip -n "$VM_NS" link set tap0 txqueuelen 10000
	# The tap must be deaf to what the relay sees.
	ns sysctl -q -w net.ipv6.conf.tap0.disable_ipv6=1
	ip -n "$VM_NS" addr flush dev tap0
	ip -n "$VM_NS" link set tap0 arp off
	ip -n "$VM_NS" link set tap0 address 52:54:00:77:00:99
	ip -n "$VM_NS" link set lossy0 address "$LOSSY_MAC"
	ip -n "$VM_NS" addr add "$VM_HOST4/24" dev lossy0
	ip -n "$VM_NS" -6 addr add "$VM_HOST6/64" dev lossy0 nodad
	ip -n "$VM_NS" link set lossy0 up
	vm_patient lossy0
}

lossy_off()
{
	trap - EXIT
	kill "$LOSSY_PID" || true
	wait "$LOSSY_PID" || true
	ip -n "$VM_NS" link set tap0 address "$LOSSY_MAC"
	ip -n "$VM_NS" link set tap0 arp on
	ns sysctl -q -w net.ipv6.conf.tap0.disable_ipv6=0
	ip -n "$VM_NS" addr add "$VM_HOST4/24" dev tap0
	ip -n "$VM_NS" -6 addr add "$VM_HOST6/64" dev tap0 nodad
}
