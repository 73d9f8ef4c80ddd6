# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that write and leave at once, a fifth of a second away from their peer.
# What the peer's TLS says meanwhile by itself, tickets above all, must not cost a
# byte; and a peer that goes on talking learns that nobody is there.

PARTING_BYTES=262144

parting_up()
{
	host_down
	pki_ring parting ca
	big_make $PARTING_BYTES > "$VM_RUN/share/parting"
	host_serve server 9493 "$VM_DIR/server.py" "$PKI" \
		9491:count,cert=rsa 9492:count,cert=ec,max=1.2 \
		9493:talker,cert=rsa
	connect_ports "9491:parting:web.test 9492:parting:web.test \
9493:parting:web.test"
	# All that they write is TCP's at once.
	vm 'sysctl -n net.ipv4.tcp_wmem > /run/wmem
		sysctl -qw net.ipv4.tcp_wmem="4096 2097152 4194304"'
}

parting_down()
{
	vm 'sysctl -qw net.ipv4.tcp_wmem="$(cat /run/wmem)"; rm /run/wmem'
	connect_ports ""
	host_down
	rm -f "$VM_RUN/share/parting"
	conn_gone 30
}

# parting_far COMMAND...: 100 ms to the host, and 100 back.
parting_far()
{
	lossy_on --delay 100
	"$@"
	lossy_off
}

# parting_said PORT TEXT: by the server, sooner or later
parting_said()
{
	for _ in $(seq 300); do
		if said "$1" | grep "$2"; then return; fi
		sleep 0.1
	done
	fail "$1: not \"$2\": $(said "$1")"
}

# parting_leave HOW PORT BYTES: and they arrive, once more than before
parting_leave()
{
	local sum n

	sum=$(head -c "$3" "$VM_RUN/share/parting" | sha256sum | cut -d' ' -f1)
	n=$(said "$2" | grep -c " $3 bytes, sha256 $sum") || true
	vm "$VM_DIR/parting.py leave $1 $VM_HOST4 $2 /run/tlso/parting $3"
	for _ in $(seq 300); do
		if [ "$(said "$2" | grep -c " $3 bytes, sha256 $sum")" -gt "$n" ]
		then
			return
		fi
		sleep 0.1
	done
	fail "$*: $(said "$2")"
}

parting_clients()
{
	local how hows="close shutdown linger exit"

	[ -z "$SHORT" ] || hows="close shutdown"
	for how in $hows; do
		parting_leave "$how" 9491 $PARTING_BYTES
	done
	parting_leave close 9491 41
	parting_leave close 9492 $PARTING_BYTES
	parting_leave close 9492 41
}

# It hears of it once it has all, and no sooner.
parting_talker()
{
	parting_leave close 9493 $PARTING_BYTES
	parting_said 9493 'somebody minds: \(ConnectionReset\|BrokenPipe\|SSLZeroReturn\)Error'
}

parting_server()
{
	local rc=0

	vm_start sender listening \
		"$VM_BUILD/vm/prog/sender 8450 /run/tlso/parting sendfile"
	ns python3 "$VM_DIR/parting.py" meet "$VM_GUEST4" 8450 "$PKI/ca.pem" \
		"$VM_RUN/share/parting" || rc=$?
	vm_stop sender
	return $rc
}

t "parting: keys, servers" parting_up
t "parting: written, and gone at once" parting_far parting_clients
t "parting: a peer that talks on" parting_far parting_talker
t "parting: a server that is gone at once" parting_far parting_server
t "parting: nothing is left" parting_down
