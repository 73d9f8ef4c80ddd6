# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unloading, and what came before the modules.

ulp_busy()
{
	if vm 'rmmod tls_offload_nic; rmmod tls_offload' > "$VM_RUN/err" 2>&1; then
		fail "tls_offload went with live listeners"
	fi
	grep -qi -e busy -e 'in use' "$VM_RUN/err" || fail "$(cat "$VM_RUN/err")"
	nic_load
	sleep 1
	page_ok "$VM_GUEST4:8443"
}

nic_gone_in_transfer()
{
	https "$VM_GUEST4:8443/big" -o /dev/null --limit-rate 2M --max-time 30 \
		2> "$VM_RUN/err" &
	local pid=$!
	sleep 2
	vm -t 60 'rmmod tls_offload_nic'
	vm '! ip link show eth0 2>/dev/null'
	kill $pid 2>/dev/null || true
	wait $pid || true
	nic_load
	sleep 1
	page_ok "$VM_GUEST4:8443"
}

# page_count N: the held connection has got so many pages.
page_count()
{
	for _ in $(seq 100); do
		[ "$(grep -ac '^</pre>' "$VM_RUN/held")" -lt "$1" ] || return 0
		sleep 0.2
	done
	fail "page $1 did not come: $(tail -n 5 "$VM_RUN/held")"
}

# Nothing is on its way when the adapter goes, and so the kernel goes on.
session_outlives()
{
	local req='GET /page.html HTTP/1.1\r\nHost: web.test\r\n\r\n' pid

	rm -f "$VM_RUN/held.in"
	mkfifo "$VM_RUN/held.in"
	s_client "$VM_GUEST4:8443" < "$VM_RUN/held.in" > "$VM_RUN/held" 2>&1 &
	pid=$!
	exec 7> "$VM_RUN/held.in"
	# shellcheck disable=SC2059 # a format of our own
	printf "$req" >&7
	page_count 1
	vm 'grep 8443 /proc/net/tls_offload' | tee "$VM_RUN/proc"
	grep -q ' adapter secure_ports:' "$VM_RUN/proc" || fail "not the adapter's"
	sleep 1
	vm -t 60 'rmmod tls_offload_nic'
	nic_load
	vm 'grep 8443 /proc/net/tls_offload' | tee "$VM_RUN/proc"
	grep -q ' software secure_ports:' "$VM_RUN/proc" || fail "not the kernel's"
	# shellcheck disable=SC2059
	printf "$req" >&7
	page_count 2
	exec 7>&-
	wait $pid
	page_ok "$VM_GUEST4:8443"
}

unbind_bind()
{
	vm -t 60 'dev=$(basename "$(readlink /sys/class/net/eth0/device)")
		drv=/sys/bus/pci/drivers/tls_offload_nic
		[ -e $drv ] || drv=$(readlink -f /sys/class/net/eth0/device/driver)
		for i in 1 2 3; do
			echo $dev > $drv/unbind && echo $dev > $drv/bind || exit 1
		done'
	vm_net
	sleep 1
	page_ok "$VM_GUEST4:8443"
}

# All rules but one go, until list_8450.
unlist_8450()
{
	vm 'v=$(cat /proc/sys/net/tls_offload/secure_ports)
		echo "8443:web" > /proc/sys/net/tls_offload/secure_ports
		echo "$v" > /run/ports'
}

list_8450()
{
	vm 'cat /run/ports > /proc/sys/net/tls_offload/secure_ports'
}

# An accept() that blocks since before the port was listed.
accepted_late()
{
	unlist_8450
	serve read late_body
}

late_body()
{
	sleep 1
	list_8450
	line_echoed read
}

# A connection is open, and has sent, before there is a rule for its port.
queued_early()
{
	unlist_8450
	serve late queued_body
}

queued_body()
{
	local client rc

	(line_echoed late) &
	client=$!
	vm 'for i in $(seq 100); do
			ss -Htn "sport = :8450" | grep -q ESTAB && exit 0
			sleep 0.1
		done; exit 1' || fail "no connection waits"
	list_8450
	vm 'kill -USR1 $(cat /run/plain.pid)'
	wait "$client"
	rc=$?
	vm 'grep -c hello /run/plain'
	return $rc
}

ulp_unloads()
{
	web_stop
	modules_unload
}

# Keys go with the module that made them.
identity_again()
{
	pki_ring -g web rsa
}

# A plain listener and its blocked accept() are older than the module.
older_than_module()
{
	serve read older_body
}

older_body()
{
	sleep 0.5
	insmod_works
	sleep 1
	identity_again
	vm 'sysctl -w net.tls_offload.secure_ports="8443:web 8450:web"'
	line_echoed read
}

unload_again()
{
	modules_unload
	insmod_works
	sleep 1
	identity_again
	vm 'sysctl -w net.tls_offload.secure_ports="8443:web"'
	web_start
	page_ok "$VM_GUEST4:8443"
}

t "unrelated kernel TLS is alive beside live sessions" ktls_alive
t "rmmod tls_offload with a live listener: busy" ulp_busy
t "rmmod tls_offload_nic in mid-transfer" nic_gone_in_transfer
t "a session outlives its adapter" session_outlives
t "unbind and bind" unbind_bind
t "accept() blocked before the port was listed" accepted_late
t "connection queued before the port was listed" queued_early
t "rmmod tls_offload once its sockets are gone" ulp_unloads
t "unrelated kernel TLS is alive after rmmod" ktls_alive
t "listener and accept() older than the module" older_than_module
t "unload and load again" unload_again
