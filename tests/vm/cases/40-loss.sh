# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A bad network on the host's side of the tap: loss, delay, reordering, corrupt
# frames, both ways (ifb for what comes in).

netem_on()
{
	ns tc qdisc replace dev tap0 root netem "$@"
	ns ip link add ifb0 type ifb 2>/dev/null || true
	if ns ip link set ifb0 up 2>/dev/null; then
		ns tc qdisc replace dev tap0 ingress
		ns tc filter replace dev tap0 ingress matchall action mirred \
			egress redirect dev ifb0
		ns tc qdisc replace dev ifb0 root netem "$@"
	fi
}

netem_off()
{
	ns tc qdisc del dev tap0 root || true
	ns tc qdisc del dev tap0 ingress 2>/dev/null || true
	ns ip link del ifb0 2>/dev/null || true
}

through()
{
	local rc=0 n=4194304

	[ -z "$SHORT" ] || n=1048576
	ns tc qdisc replace dev tap0 root netem delay 1ms 2> "$VM_RUN/err" ||
		skip "no netem here: $(tail -n 1 "$VM_RUN/err")"
	netem_on "$@"
	(
		set -e
		for _ in 1 2 3; do
			page_ok "$VM_GUEST4:8443"
		done
		upload "$VM_GUEST4:8443" "$n"
		eq "hash" "$(https "$VM_GUEST4:8443/big" -r "0-$((n - 1))" |
			sha256sum)" "$(big_make "$n" | sha256sum)"
	)
	rc=$?
	netem_off
	return $rc
}

t "netem: 1 % loss" through loss 1%
t "netem: 10 ms delay, 20 % reordered, 1 % twice" through delay 10ms 5ms reorder 20% duplicate 1%
t "netem: 0.5 % corrupt" through delay 1ms corrupt 0.5%
