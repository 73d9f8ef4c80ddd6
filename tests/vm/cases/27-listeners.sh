# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Listeners of other kinds than the plain one: what comes with the first segment, and
# those whose children are not plain TCP's.

LISTEN_LINE="a line that nobody else may read"

listen_up()
{
	vm_soft_net
	ns ping -c 2 -i 0.2 -W 30 "$VM_SOFT4"
}

# fast tls|clear ADDRESS: what comes back
fast()
{
	ns python3 "$VM_DIR/fastopen.py" "$1" "$2" 8450 "$PKI/ca.pem" "$LISTEN_LINE"
}

# In each SYN with text there is a ClientHello, or what no application gets.
fast_clients()
{
	local where

	for where in "$VM_SOFT4" "$VM_SOFT6"; do
		# The first asks for the cookie, where there has to be one.
		for _ in 1 2 3; do
			eq "TLS" "$(fast tls "$where")" "echo: $LISTEN_LINE"
		done
		fast clear "$where" > "$VM_RUN/clear"
		cat "$VM_RUN/clear"
		! grep -q "echo" "$VM_RUN/clear" || fail "served in clear"
	done
}

# fast_open SERVER CLIENT SYNS: by net.ipv4.tcp_fastopen of both; SYNs with text
fast_open()
{
	# shellcheck disable=SC2034 # of cap_begin
	local CAP_IF=tap1 n got

	got="got $((${#LISTEN_LINE} + 1)) bytes: $LISTEN_LINE"

	ns sysctl -qw net.ipv4.tcp_fastopen="$2"
	vm "sysctl -qw net.ipv4.tcp_fastopen=$1"
	cap_begin "listen-$1" tcp port 8450
	serve read fast_clients > "$VM_RUN/served"
	cap_end
	vm 'sysctl -qw net.ipv4.tcp_fastopen=1'
	cat "$VM_RUN/served"
	eq "read by the server" "$(grep -c "^$got" "$VM_RUN/served")" 6
	ns nstat -asz TcpExtTCPFastOpen*; vm 'nstat -asz TcpExtTCPFastOpen*'
	n=$(tshark -r "$CAP" -Y 'tcp.dstport == 8450 && tcp.flags.syn == 1 && tcp.len > 0' \
		2> /dev/null | wc -l)
	eq "SYNs with text" "$n" "$3"
	# The server's answer never is in clear: what was served went by TLS.
	echo "echo: $LISTEN_LINE" > "$VM_RUN/line"
	tshark -r "$CAP" -Y 'tcp.srcport == 8450 && tcp.len > 0' -T fields -e tcp.payload \
		2> /dev/null | tr -d '\n' > "$VM_RUN/sent"
	! grep -q "$(head -c 20 "$VM_RUN/line" | xxd -p)" "$VM_RUN/sent" ||
		fail "an answer in clear"
}

# mptcp_ask tls|clear mptcp|tcp ADDRESS PORT, in the guest
mptcp_ask()
{
	vm "$VM_DIR/mptcp.py ask $1 $2 $3 $4 $PKI/ca.pem '$LISTEN_LINE' 2>&1 || true" |
		tee -a "$VM_RUN/asked" | tail -n 1
}

# mptcp_count NAME: a counter of MPTCP's, in the guest
mptcp_count()
{
	vm "nstat -asz MPTcpExt$1" | awk 'END { print $2 }'
}

# Without a rule MPTCP is none of our business.
mptcp_alone()
{
	local protocol before

	vm 'sysctl -qw net.mptcp.enabled=1'
	vm_start mptcp listening "$VM_DIR/mptcp.py serve 8451"
	before=$(mptcp_count MPCapableACKRX)
	for protocol in mptcp tcp tcp; do
		eq "clear, $protocol" "$(mptcp_ask clear $protocol 127.0.0.1 8451)" \
			"echo: $LISTEN_LINE"
	done
	vm_stop mptcp
	eq "connections of MPTCP" $(($(mptcp_count MPCapableACKRX) - before)) 1
}

# Under one the listener does not negotiate it, and what it accepts is secured TCP.
mptcp_secured()
{
	local rc=0

	vm_start mptcp listening "$VM_DIR/mptcp.py serve 8450"
	(mptcp_secured_body) || rc=$?
	vm_stop mptcp
	vm 'cat /proc/net/tls_offload'
	return $rc
}

mptcp_secured_body()
{
	# shellcheck disable=SC2034 # of cap_begin
	local CAP_IF=tap1 where protocol before

	before=$(mptcp_count MPCapableACKRX) # of the server
	for where in 127.0.0.1 ::1; do
		# Three of each: by recv(), by poll(), by splice().
		for protocol in mptcp mptcp mptcp tcp tcp tcp; do
			eq "TLS, $where, $protocol" "$(mptcp_ask tls $protocol $where 8450)" \
				"echo: $LISTEN_LINE"
		done
	done
	for protocol in mptcp tcp; do
		! mptcp_ask clear $protocol 127.0.0.1 8450 | grep -q echo ||
			fail "$protocol: served in clear"
	done
	eq "connections of MPTCP" $(($(mptcp_count MPCapableACKRX) - before)) 0
	echo "echo: $LISTEN_LINE" > "$VM_RUN/line"
	cap_begin mptcp tcp port 8450
	for where in "$VM_SOFT4:8450" "[$VM_SOFT6]:8450"; do
		eq "TLS from the host" "$(echo "$LISTEN_LINE" |
			s_client "$where" -ign_eof -quiet 2> "$VM_RUN/err")" "echo: $LISTEN_LINE"
	done
	cap_end
	cap_clear 8450 "$VM_RUN/line"
	vm 'grep ":8450 " /proc/net/tls_offload || true; cat /run/mptcp'
}

# Older than its rule: EBUSY, and of what waits in its queue TCP's is not read in clear.
mptcp_waiting()
{
	vm -t 120 - <<-EOF
	python3 - <<'P'
	import socket, subprocess, sys
	RULE = "rule waited { direction in; local port 8454; verdict require; keyring web }"
	s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
	s.bind(("127.0.0.1", 8454))
	s.listen(50)
	s.settimeout(20)
	clients = [socket.create_connection(("127.0.0.1", 8454), timeout=20) for i in range(10)]
	for c in clients:
	    c.sendall(b"in clear")
	load = subprocess.run(["$VM_BUILD/tools/tlsoffload", "policy", "load", "-"],
	                      input=RULE, capture_output=True, text=True, timeout=50)
	print(load)
	if not load.returncode:
	    sys.exit("the listener is said to be taken")
	for c in clients:
	    try:
	        a = s.accept()[0]
	        a.settimeout(20)
	        sys.exit("it got %r" % a.recv(100))
	    except TimeoutError:
	        raise
	    except OSError as e:
	        print(e)
	P
	EOF
	vm "$VM_BUILD/tools/tlsoffload policy clear"
}

# What may inherit a rule while a primary connection lives is no business of MPTCP's.
mptcp_beside()
{
	local rc=0

	vm "echo 'rule primary { direction in; local port 8455; verdict require
		keyring web; inherit yes }' | $VM_BUILD/tools/tlsoffload policy load -"
	vm_start primary listening "$VM_BUILD/vm/prog/plain 8455 first"
	vm_start mptcp listening "$VM_DIR/mptcp.py serve 8451"
	{ sleep 20; } | s_client "$VM_SOFT4:8455" -quiet > "$VM_RUN/primary" 2>&1 &
	(mptcp_beside_body) || rc=$?
	kill $! 2>/dev/null || true
	vm_stop mptcp
	vm_stop primary
	vm "$VM_BUILD/tools/tlsoffload policy clear"
	return $rc
}

mptcp_beside_body()
{
	local protocol before

	vm 'for i in $(seq 100); do
			! grep -q ":8455 .* secure " /proc/net/tls_offload || exit 0
			sleep 0.1
		done; cat /proc/net/tls_offload; exit 1'
	before=$(mptcp_count MPCapableACKRX)
	for protocol in mptcp tcp; do
		eq "$protocol" "$(mptcp_ask clear $protocol "$VM_SOFT4" 8451)" \
			"echo: $LISTEN_LINE"
	done
	eq "connections of MPTCP" $(($(mptcp_count MPCapableACKRX) - before)) 1
}

# Older than its rule, and in a sockmap, whose table stands where ours would: said, and
# what it accepts gets no text through.
sockmap_listener()
{
	vm -t 90 - <<-EOF
	python3 - <<'P'
	import ctypes, os, socket, struct, subprocess, sys
	libc = ctypes.CDLL(None, use_errno=True)
	def bpf(command, attr):
	    buf = ctypes.create_string_buffer(attr, 72)
	    fd = libc.syscall(321, command, buf, 72)
	    if fd < 0:
	        sys.exit("bpf(%d): %s" % (command, os.strerror(ctypes.get_errno())))
	    return fd
	RULE = "rule mapped { direction in; local port 8452; verdict require; keyring web }"
	s = socket.create_server(("127.0.0.1", 8452))
	s.settimeout(20)
	sockmap = bpf(0, struct.pack("IIII", 15, 4, 4, 1))  # BPF_MAP_CREATE, SOCKMAP
	key, value = ctypes.c_uint(0), ctypes.c_uint(s.fileno())
	bpf(2, struct.pack("IIQQQ", sockmap, 0, ctypes.addressof(key),
	                   ctypes.addressof(value), 0))  # BPF_MAP_UPDATE_ELEM
	load = subprocess.run(["$VM_BUILD/tools/tlsoffload", "policy", "load", "-"],
	                      input=RULE, capture_output=True, text=True, timeout=50)
	print(load)
	got = b""
	try:
	    c = socket.create_connection(("127.0.0.1", 8452), timeout=20)
	    c.sendall(b"in clear")
	    a = s.accept()[0]
	    a.settimeout(20)
	    got = a.recv(100)
	except OSError as e:
	    print(e)
	if got:
	    sys.exit("it got %r" % got)
	P
	$VM_BUILD/tools/tlsoffload policy clear
	EOF
}

# More than are looked at in one go, of which none may be read in clear.
listeners_waiting()
{
	vm -t 120 - <<-EOF
	python3 - <<'P'
	import socket, subprocess, sys
	RULE = "rule waited { direction in; local port 8453; verdict require; keyring web }"
	s = socket.create_server(("127.0.0.1", 8453), backlog=200)
	s.settimeout(20)
	clients = [socket.create_connection(s.getsockname(), timeout=20) for i in range(100)]
	for c in clients:
	    c.sendall(b"in clear")
	first = s.accept()[0]
	print(first.recv(100))
	load = subprocess.run(["$VM_BUILD/tools/tlsoffload", "policy", "load", "-"],
	                      input=RULE, capture_output=True, text=True, timeout=50)
	if load.returncode:
	    sys.exit(load.stderr)
	ended = 0
	for c in clients[1:]:
	    try:
	        a = s.accept()[0]
	        a.settimeout(20)
	        sys.exit("it got %r" % a.recv(100))
	    except TimeoutError:
	        raise
	    except OSError:
	        ended += 1
	print(ended, "ended")
	first.sendall(b"goes on")  # it was accepted before the rule
	P
	EOF
	vm "$VM_BUILD/tools/tlsoffload policy clear"
}

t "listeners: network" listen_up
t "listeners: all that waited before the rule" listeners_waiting
t "listeners: fast open by cookie" fast_open 1027 1 6
[ -n "$SHORT" ] || t "listeners: fast open without one" fast_open 1539 5 8
t "listeners: MPTCP's, without a rule" mptcp_alone
t "listeners: MPTCP's, with one" mptcp_secured
t "listeners: MPTCP's, older than its rule" mptcp_waiting
t "listeners: MPTCP's, beside what inherits" mptcp_beside
t "listeners: one in a sockmap" sockmap_listener
