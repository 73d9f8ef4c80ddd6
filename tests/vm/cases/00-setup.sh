# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules, the adapter as a plain Ethernet card, identities, the web server. An
# unrelated user of kernel TLS starts before our modules come and stays.

ktls_start()
{
	local v

	vm "[ -e /proc/net/tls_stat ] || modprobe tls" || fail "kernel TLS"
	for v in 4 6; do
		vm - <<-EOF
		$VM_BUILD/vm/prog/ktls $v > /run/ktls$v 2>&1 &
		echo \$! > /run/ktls$v.pid
		disown
		sleep 0.3
		kill -0 \$(cat /run/ktls$v.pid) || { cat /run/ktls$v; exit 1; }
		EOF
	done
}

# The unrelated kernel TLS sockets are alive, and another pair can be had.
ktls_alive()
{
	local v

	for v in 4 6; do
		vm "kill -0 \$(cat /run/ktls$v.pid) || { cat /run/ktls$v; exit 1; }
			timeout 1 $VM_BUILD/vm/prog/ktls $v; [ \$? -eq 124 ]"
	done
}

modules_load()
{
	local mods

	mods=$(vm_modules)
	vm_insmod "$mods/tls_offload.ko" "$mods/tls_offload_nic.ko"
}

# When all sockets of ours are gone; that may take a while.
modules_unload()
{
	vm -t 90 'for i in $(seq 60); do rmmod tls_offload_nic 2>/dev/null
		rmmod tls_offload 2>/tmp/err && exit 0; sleep 1; done
		cat /tmp/err; lsmod | grep tls; ss -tan; exit 1'
}

# The adapter's driver comes back.
nic_load()
{
	vm_insmod "$(vm_modules)/tls_offload_nic.ko"
	vm_net
}

insmod_works()
{
	case $VM_NIC in
	virtio-net-pci)
		vm modprobe virtio_net
		vm_insmod "$(vm_modules)/tls_offload.ko"
		;;
	*) modules_load ;;
	esac
	vm_net
	vm 'ip -br link show eth0'
}

ping_works()
{
	# The first echo waits for neighbour discovery.
	ns ping -c 4 -i 0.2 -W 30 "$VM_GUEST4"
	ns ping -c 4 -i 0.2 -W 30 "$VM_GUEST6"
	ns ping -c 2 -s 8000 -W 30 "$VM_GUEST4"
}

setup_works()
{
	vm -t 180 "$VM_DIR/guest-setup"
	web_start
	ns curl -sS --max-time 20 "http://$VM_GUEST4:8080/page.html" |
		cmp - "$VM_RUN/share/page.html"
}

policy_works()
{
	vm 'sysctl -w net.tls_offload.secure_ports="8443:web 8444:webec 8446:rootonly 8447:nosuchring 8450:web"
		sysctl net.tls_offload.secure_ports'
}

plain_iperf()
{
	# A server is busy with the last one's end for a moment: one for each.
	vm 'for port in 5201 5202 5203; do
			iperf3 -s -1 -D -p $port --logfile /run/iperf.$port
		done
		for i in $(seq 100); do
			[ "$(ss -ltn | grep -c ":520[123] ")" -lt 3 ] || exit 0
			sleep 0.1
		done; exit 1'
	ns timeout 60 iperf3 -c "$VM_GUEST4" -p 5201 -t 2 --json > "$VM_RUN/up.json"
	ns timeout 60 iperf3 -c "$VM_GUEST4" -p 5202 -t 2 -R > "$VM_RUN/down"
	ns timeout 60 iperf3 -c "$VM_GUEST6" -p 5203 -t 1 -R
	cat "$VM_RUN/down"
}

t "unrelated kernel TLS starts before the modules" ktls_start
if [ "${VM_LEAK_SCAN:-}" ]; then
	leak_scan_clear() { vm -t 120 "$VM_LEAK_SCAN clear"; }
	t "leaks from before us are forgotten" leak_scan_clear
fi
t "insmod tls_offload, tls_offload_nic" insmod_works
t "adapter: ping over IPv4 and IPv6" ping_works
t "adapter: plain TCP both ways (iperf3)" plain_iperf
t "identities on key rings; web server up in clear" setup_works
t "sysctl secure_ports" policy_works
