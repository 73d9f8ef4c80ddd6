# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is left at the end, and what the kernel said meanwhile.

nothing_left()
{
	web_stop
	vm 'for i in $(seq 40); do
			n=$(grep -c "^[^#]" /proc/net/tls_offload)
			[ "$n" -le 1 ] && exit 0
			sleep 0.5
		done; cat /proc/net/tls_offload; exit 1'
	counter_falls sessions_active
	counter_falls sessions_pending
}

ktls_ends_well()
{
	vm 'for v in 4 6; do
			kill $(cat /run/ktls$v.pid)
		done
		for i in $(seq 200); do
			[ "$(cat /run/ktls[46] | grep -c "[0-9] rounds")" -ne 2 ] ||
				exit 0
			sleep 0.1
		done; cat /run/ktls[46]; exit 1'
}

kernel_is_quiet()
{
	vm dmesg > "$VM_RUN/dmesg"
	if grep -aE 'WARNING:|BUG:|BUG |Oops|lockdep is turned off|inconsistent lock state|bad unlock balance|refcount_t|possible (circular|recursive)|unregister_netdevice: waiting|rcu.*stall|soft lockup|hung_task|blocked for more|general protection|list_(add|del) corruption|Call Trace|KASAN|kmemleak: [1-9]|DEBUG_LOCKS|sleeping function|suspicious RCU|ODEBUG' \
		"$VM_RUN/dmesg" "$VM_RUN/console"; then
		fail "the kernel complained"
	fi
}

t "no session is left" nothing_left
t "unrelated kernel TLS ends well" ktls_ends_well
t "all unloads" modules_unload
if [ "${VM_LEAK_SCAN:-}" ]; then
	leak_scan() { vm -t 300 "$VM_LEAK_SCAN"; }
	t "leak scan" leak_scan
fi
t "the kernel's log is quiet" kernel_is_quiet
