# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# What connect() says on a socket that the kernel secures is what it says of plain
# TCP, "connected" meaning "secured": prog/dial tries every way to call it, against
# servers whose handshake takes a second. And who is left alone, and what not.

# The wait is the network's this time: plain TCP does what we want of TLS.
conn_plain_does()
{
	local rc=0

	vm 'tc qdisc add dev soft0 root netem delay 1000ms'
	(
		for how in line poll select level edge early early-write \
			threads sndtimeo signal restart fork; do
			dial 0 $how "$VM_SOFT_HOST4" 9454
		done
	) || rc=$?
	vm 'tc qdisc del dev soft0 root'
	return $rc
}

# conn_calls HOW...
conn_calls()
{
	local how

	for how; do
		dial_slow "$how" "$VM_SOFT_HOST4" 9451
		[ -n "$SHORT" ] || dial_slow "$how" "$VM_SOFT_HOST6" 9451
	done
}

# No byte that came too early was taken, or came twice.
conn_early()
{
	local before

	before=$(said 9451 | grep -c nobody || true)
	dial_slow early "$VM_SOFT_HOST4" 9451
	dial_slow early-write "$VM_SOFT_HOST4" 9451
	sleep 0.5
	eq "lines" "$(said 9451 | grep -c nobody)" $((before + 2))
	dial 0 early-read "$VM_SOFT_HOST4" 9456
}

# Given up in the middle: nothing is left, and nothing was said.
conn_given_up()
{
	local CAP_IF=tap1 how

	cap_begin given portrange 9451-9477
	for how in close shutdown; do
		dial 0 $how "$VM_SOFT_HOST4" 9451
		dial 0 $how "$VM_SOFT_HOST4" 9477
	done
	vm "timeout -s KILL 0.5 $VM_BUILD/vm/prog/dial line $VM_SOFT_HOST4 9477" ||
		true
	sleep 1
	cap_end
	for port in 9451 9477; do
		cap_clear $port "$VM_RUN/line"
		hello refused $port
	done
	conn_gone 12
}

conn_first_call()
{
	dial 0 banner "$VM_SOFT_HOST4" 9452
	dial 0 banner "$VM_SOFT_HOST6" 9452
	dial 0 half "$VM_SOFT_HOST4" 9453 1
	dial 0 half "$VM_SOFT_HOST4" 9453 300000
	dial 0 fork "$VM_SOFT_HOST4" 9450
	dial 0 again "$VM_SOFT_HOST4" 9450
	dial 0 line "$VM_SOFT_HOST4" 9455
}

# conn_syns PORT VERSION: of the capture, how many SYNs to it have text, over IPv4 or 6
conn_syns()
{
	local ip=ip

	[ "$2" = 4 ] || ip=ipv6
	tshark -r "$CAP" -Y "$ip && tcp.dstport == $1 && tcp.flags.syn == 1 && tcp.len > 0" \
		2> /dev/null | wc -l
}

# Whoever has a cookie may say something at once: not here. No rule is for 9486 and 9488.
conn_fastopen()
{
	local CAP_IF=tap1 rc=0 where port

	ns sysctl -qw net.ipv4.tcp_fastopen=1027
	# The server's listeners are older: they get it when they listen anew.
	host_serve fast 9488 "$VM_DIR/server.py" "$PKI" 9486:clear 9487:echo 9488:clear
	vm 'sysctl -qw net.ipv4.tcp_fastopen=3'
	connect_ports "9487:trust:srv.test"
	cap_begin fastopen portrange 9486-9488
	(
		for where in "$VM_SOFT_HOST4" "$VM_SOFT_HOST6"; do
			# The first asks for the cookie.
			dial 0 fastopen-send "$where" 9486
			dial 0 fastopen-send "$where" 9486
			dial 0 fastopen-connect "$where" 9488
			dial 0 fastopen-connect "$where" 9487
			dial 0 fastopen-later "$where" 9487
			dial 0 fastopen-later "$where" 9487 nonblock
			dial 3 fastopen-send "$where" 9487
			grep -q '^connect: EHOSTUNREACH ' "$VM_RUN/dial"
		done
	) || rc=$?
	cap_end
	connect_ports "$(conn_rules)"
	[ $rc -eq 0 ] || return $rc
	# It would have been in the SYN.
	for where in 4 6; do
		for port in 9486 9488; do
			[ "$(conn_syns $port $where)" -ge 1 ] ||
				fail "no fast open to $port, IPv$where"
		done
		eq "SYNs with text, IPv$where" "$(conn_syns 9487 $where)" 0
	done
	cap_clear 9487 "$VM_RUN/line"
	hello show 9487
}

# What cannot be secured is refused.
conn_other_sockets()
{
	local CAP_IF=tap1

	cap_begin others tcp port 9450
	dial 3 mptcp "$VM_SOFT_HOST4" 9450
	grep -q '^connect: EHOSTUNREACH ' "$VM_RUN/dial"
	dial 3 mptcp "$VM_SOFT_HOST6" 9450
	if vm 'modprobe smc' 2> /dev/null; then
		dial 3 smc "$VM_SOFT_HOST4" 9450
		dial 3 smc-fallback "$VM_SOFT_HOST4" 9450
		grep -q '^connect: EHOSTUNREACH ' "$VM_RUN/dial"
	else
		echo "no SMC in this kernel"
	fi
	cap_end
	hello nothing 9450
	vm 'dmesg | grep "a connection to port 9450 cannot be secured"'
	dial 0 mptcp "$VM_SOFT_HOST4" 9454
}

# KCM puts its callbacks over ours, and ours back when we are gone already: connected
# again such a socket is refused, or it would call itself; and is one of TCP's own else.
conn_stacked()
{
	vm -t 60 - <<-EOF
	modprobe kcm 2> /dev/null
	python3 - <<'P'
	import ctypes, errno, os, socket, struct, sys, time
	sys.path.append("$VM_DIR")
	import kcm
	MUTE, CLEAR = ("$VM_SOFT_HOST4", 9477), ("$VM_SOFT_HOST4", 9454)
	libc = ctypes.CDLL(None, use_errno=True)
	def unconnect(s):
	    libc.connect(s.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16)
	s = socket.socket()
	s.setblocking(False)
	print("connect:", os.strerror(s.connect_ex(MUTE)))
	while not any(" handshake " in l for l in open("/proc/net/tls_offload")):
	    time.sleep(0.1)
	above = kcm.attach(s)
	unconnect(s)
	kcm.unattach(above, s)
	for port in MUTE, (MUTE[0], 9478):
	    e = s.connect_ex(port)
	    print("again:", os.strerror(e))
	    if e != errno.EHOSTUNREACH:
	        sys.exit("not refused")
	s.setblocking(True)
	s.settimeout(20)
	s.connect(CLEAR)
	s.sendall(b"there\\n")
	print(s.recv(100))
	P
	EOF
}

# KCM's own write_space does not know that a record's rest waits for room; it has sent all
# that it has, and asks no more. The peer's window is smaller than the record.
conn_stacked_rest()
{
	local host rc=0

	connect_ports "9489:trust:srv.test"
	: > "$VM_RUN/rest"
	ip netns exec "$VM_NS" timeout 60 python3 - <<-EOF > "$VM_RUN/rest" 2>&1 &
	import socket, ssl, time
	ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	ctx.load_cert_chain("$PKI/srv.pem", "$PKI/srv.key")
	l = socket.socket()
	l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	l.bind(("$VM_SOFT_HOST4", 9489))
	l.listen()
	print("listening", flush=True)
	s = ctx.wrap_socket(l.accept()[0], server_side=True)
	s.settimeout(20)
	time.sleep(2)
	got = b""
	while len(got) < 16000:
	    more = s.recv(65536)
	    if not more:
	        break
	    got += more
	print("got %d, %s" % (len(got), got == b"0123456789abcdef" * 1000))
	EOF
	host=$!
	for _ in $(seq 100); do
		! grep -q listening "$VM_RUN/rest" || break
		sleep 0.1
	done
	cat > "$VM_RUN/share/rest.py" <<-EOF
	import socket, sys, time
	sys.path.append("$VM_DIR")
	import kcm
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
	s.connect(("$VM_SOFT_HOST4", 9489))
	above = kcm.attach(s)
	print("sent", above.send(b"0123456789abcdef" * 1000))
	time.sleep(60)
	EOF
	vm 'modprobe kcm 2> /dev/null || true' # there, or built in
	vm_start rest sent 'python3 -u /run/tlso/rest.py'
	wait "$host" || rc=1
	# Before it is closed, which would push all.
	vm_stop rest
	connect_ports "$(conn_rules)"
	cat "$VM_RUN/rest"
	grep -q '^got 16000, True' "$VM_RUN/rest" || fail "not all came"
	return $rc
}

# The lock is held by a system call that waits for a page (userfaultfd); connect() waits for
# it, and behind that another call. Who would go on inside TCP's own send() or recv() has
# connect() refused; who does not touch the stream does no harm.
conn_waiters()
{
	vm -t 120 - <<-EOF
	python3 - <<'P'
	import ctypes, errno, os, socket, struct, sys, threading, time
	sys.path.append("$VM_DIR")
	from held import Held, libc
	PEER = struct.pack("=H", socket.AF_INET) + struct.pack(
	    "!H4s8x", 9450, socket.inet_aton("$VM_SOFT_HOST4"))
	class Call(threading.Thread):
	    def __init__(self, function, *args):
	        super().__init__(daemon=True)
	        self.function, self.args = function, args
	        self.start()
	    def run(self):
	        self.error = ctypes.get_errno() if self.function(*self.args) < 0 else 0
	    def queues(self):
	        for _ in range(500):
	            with open("/proc/self/task/%d/stat" % self.native_id) as f:
	                if f.read().rsplit(")", 1)[1].split()[0] == "D":
	                    return
	            time.sleep(0.01)
	        sys.exit("it does not wait for the lock")
	    def end(self):
	        self.join(20)
	        if self.is_alive():
	            sys.exit("it does not end")
	        return self.error
	def behind(*call):
	    s = socket.socket()
	    lock = Held(s)
	    first = Call(libc.connect, s.fileno(), PEER, 16)
	    first.queues()
	    second = Call(call[0], s.fileno(), *call[1:])
	    second.queues()
	    lock.release()
	    errors = first.end(), second.end()
	    print(call[0].__name__, *(os.strerror(e) for e in errors))
	    return s, *errors
	buf, size = ctypes.create_string_buffer(100), struct.pack("I", 100)
	def with_a_ring(fd):
	    if libc.syscall(425, 4, ctypes.create_string_buffer(120)) < 0:  # io_uring_setup
	        sys.exit("io_uring: %s" % os.strerror(ctypes.get_errno()))
	    return libc.getsockopt(fd, 6, 11, buf, size)
	for call in ((libc.getsockopt, 6, 11, buf, size), (libc.getsockname, buf, size),
	             (libc.getpeername, buf, size), (libc.connect, PEER, 16)):
	    s, error, also = behind(*call)
	    if error or also not in (0, errno.EISCONN, errno.EALREADY, errno.ENOTCONN):
	        sys.exit("connect() failed")
	    me = "%s:%d " % s.getsockname()
	    if not any(l.startswith(me) and " secure " in l for l in open("/proc/net/tls_offload")):
	        sys.exit("no session")
	    s.sendall(b"there\n")
	    s.settimeout(20)
	    if not s.recv(100):
	        sys.exit("no answer")
	for call in ((libc.send, b"in clear", 8, 0x4000), (libc.recv, buf, 100, 0),
	             (libc.setsockopt, 6, 1, struct.pack("I", 1), 4),
	             (with_a_ring,),
	             (libc.getsockopt, 6, 35, bytes(64), struct.pack("I", 64))):  # ZEROCOPY_RECEIVE
	    s, error, also = behind(*call)
	    if error != errno.EHOSTUNREACH:
	        sys.exit("not refused")
	P
	EOF
}

# conn_busy: with nothing but one connection that is alive
conn_busy()
{
	local id rc=0

	web_stop
	id=$(vm_bg <<< "$VM_BUILD/vm/prog/dial hold $VM_SOFT_HOST4 9450 \
		> /run/hold 2>&1 &
		echo \$! > /run/hold.pid; wait")
	vm 'for i in $(seq 100); do ! grep -q "connect: ok" /run/hold || exit 0
		sleep 0.1; done; exit 1' || rc=1
	connect_ports ""
	if vm 'rmmod tls_offload_nic 2> /dev/null; rmmod tls_offload' \
		> "$VM_RUN/err" 2>&1; then
		rc=1
	fi
	grep -i -e busy -e 'in use' "$VM_RUN/err" || rc=1
	vm 'kill $(cat /run/hold.pid)'
	vm_wait "$id" || rc=1
	vm 'cat /run/hold'
	connect_ports "$(conn_rules)"
	[ "$VM_NIC" = virtio-net-pci ] ||
		vm_insmod "$(vm_modules)/tls_offload_nic.ko"
	vm_net
	web_start
	return $rc
}

conn_many()
{
	local n=60

	[ -z "$SHORT" ] || n=20
	vm -t 200 "seq $n | xargs -P 10 -I@ timeout 60 \
		$VM_BUILD/vm/prog/dial line $VM_SOFT_HOST4 9450 |
		grep -c '^connect: ok'" > "$VM_RUN/got"
	eq "connected" "$(cat "$VM_RUN/got")" "$n"
}

conn_refused()
{
	dial_fails ECONNREFUSED "$VM_SOFT_HOST4" 9478
	dial 0 refused "$VM_SOFT_HOST4" 9478 9450
	dial 0 refused "$VM_SOFT_HOST6" 9478 9450
	# The same socket in clear, where that is the rule.
	dial 0 refused "$VM_SOFT_HOST4" 9478 9454
}

# After a handshake that has failed or was given up the socket is as good as new.
conn_anew()
{
	local port

	# The last one's rule is that there is none.
	for port in 9450 9454; do
		dial 0 failed "$VM_SOFT_HOST4" 9461 $port
		dial 0 unspec "$VM_SOFT_HOST4" 9451 $port
		dial 0 unspec "$VM_SOFT_HOST6" 9477 $port
	done
}

# A failure that poll() tells of, of a handshake that is not over before it is asked.
conn_fails_later()
{
	local how

	for how in poll select; do
		dial 3 $how "$VM_SOFT_HOST4" 9494
		grep -q '^connect: EPROTO ' "$VM_RUN/dial"
	done
	dial 3 select "$VM_SOFT_HOST4" 9478
	grep -q '^connect: ECONNREFUSED ' "$VM_RUN/dial"
}

# Rules are of one network namespace.
conn_namespace()
{
	vm - <<-EOF || fail "not in clear"
	set -e
	ip netns add tlso-other
	ip link add v0 type veth peer name v1 netns tlso-other
	ip addr add 10.79.0.1/24 dev v0
	ip link set v0 up
	ip -n tlso-other addr add 10.79.0.2/24 dev v1
	ip -n tlso-other link set v1 up
	$VM_BUILD/vm/prog/plain 9450 read > /run/plain9450 2>&1 &
	for i in \$(seq 50); do
		! grep -q listening /run/plain9450 || break
		sleep 0.1
	done
	rc=0
	out=\$(echo "hello there" | ip netns exec tlso-other \
		timeout 20 nc -N 10.79.0.1 9450) || rc=\$?
	value=\$(ip netns exec tlso-other \
		sysctl -n net.tls_offload.connect_ports)
	kill \$!
	ip netns del tlso-other
	echo "\$rc \$out \$value"
	[ "\$rc \$out \$value" = "0 echo: hello there " ]
	EOF
}

conn_rule_gone()
{
	connect_ports "9441:trust:srv.test"
	dial 0 line "$VM_SOFT_HOST4" 9454
	connect_ports "9454:trust:srv.test"
	dial 3 line "$VM_SOFT_HOST4" 9454
	connect_ports ""
	dial 0 line "$VM_SOFT_HOST4" 9454
	connect_ports "$(conn_rules)"
}

t "calls: keys, rings, servers" conn_up
t "calls: sysctl" connect_ports "$(conn_rules)"
[ -n "$SHORT" ] || t "calls: plain TCP: what we want to see" conn_plain_does
for how in "line restart" "poll select" "level edge" threads \
	"sndtimeo signal"; do
	# shellcheck disable=SC2086 # words
	t "calls: $how" conn_calls $how
done
t "calls: connect(), and who waits for the lock behind it" conn_waiters
t "calls: too early" conn_early
t "calls: given up in the middle" conn_given_up
t "calls: first ones, half-close, fork, disconnect" conn_first_call
t "calls: many, 10 at a time" conn_many
t "calls: what fails later" conn_fails_later
t "calls: refused, and then to a live server" conn_refused
t "calls: failed or given up, and then to another" conn_anew
t "calls: TCP Fast Open" conn_fastopen
t "calls: MPTCP and SMC are refused" conn_other_sockets
t "calls: after somebody above us" conn_stacked
t "calls: the rest of a record, under somebody above us" conn_stacked_rest
t "calls: another network namespace" conn_namespace
t "calls: a rule that is gone" conn_rule_gone
t "calls: rmmod with a live connection: busy" conn_busy
t "calls: nothing is left" conn_down
