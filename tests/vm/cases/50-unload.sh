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
	: > "$VM_RUN/held"
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

# TCP_ULP loads the module by its alias, for who may load modules, and none for others.
# The alias is looked for in a folder with this module alone.
ulp_autoload()
{
	local rc=0

	vm -t 90 - <<-EOF || rc=$?
	set -e
	dir=/run/autoload/lib/modules/\$(uname -r)
	mkdir -p \$dir
	ln -sf $(vm_modules)/tls_offload.ko \$dir
	depmod -b /run/autoload 2> /dev/null
	cat > /run/autoload/modprobe <<-E
		#!/bin/sh
		echo "\\\$*" >> /run/autoload/asked
		exec modprobe -d /run/autoload "\\\$@"
	E
	chmod 755 /run/autoload/modprobe
	cat /proc/sys/kernel/modprobe > /run/autoload/was
	sysctl -qw kernel.modprobe=/run/autoload/modprobe
	python3 - <<'P'
	import errno, os, socket, sys
	SOL_TLS_OFFLOAD, STATUS = 0x544c, 3
	def attach(name, wanted):
	    s = socket.socket()
	    try:
	        s.setsockopt(socket.IPPROTO_TCP, 31, name)  # TCP_ULP
	        got = 0
	    except OSError as e:
	        got = e.errno
	    there = any(l.startswith("tls_offload ") for l in open("/proc/modules"))
	    asked = os.path.exists("/run/autoload/asked") and \
	        open("/run/autoload/asked").read().split()[-1:]
	    print(name, os.geteuid(), got, there, asked, flush=True)
	    if (got, there, asked) != wanted:
	        sys.exit("wanted %r" % (wanted,))
	    return s
	def alien(wanted):
	    if not os.fork():
	        os.setgroups([])
	        os.setresgid(33, 33, 33)
	        os.setresuid(33, 33, 33)
	        attach(b"tls_offload", wanted)
	        os._exit(0)
	    if os.wait()[1]:
	        sys.exit("as www-data")
	alien((errno.ENOENT, False, False))
	attach(b"tls_offload2", (errno.ENOENT, False, ["tcp-ulp-tls_offload2"]))
	s = attach(b"tls_offload", (0, True, ["tcp-ulp-tls_offload"]))
	if s.getsockopt(SOL_TLS_OFFLOAD, STATUS, 4) != bytes([0, 0, 2, 0]):
	    sys.exit("the status")
	alien((0, True, ["tcp-ulp-tls_offload"]))
	P
	EOF
	vm 'cat /run/autoload/was > /proc/sys/kernel/modprobe; rm -rf /run/autoload'
	modules_unload
	return $rc
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
t "TCP_ULP loads the module" ulp_autoload
t "listener and accept() older than the module" older_than_module
t "unload and load again" unload_again
