# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules that are loaded: who is secured, who is not, and what is said about it. Both
# ends of most connections are in the guest, on loopback, as rules have them.

# policy TEXT: loads it. A new file each time: the guest keeps what it has read.
policy()
{
	local file

	file=$(mktemp "$VM_RUN/policy.XXXXXX")
	chmod 644 "$file"
	echo "$1" > "$file"
	vm "$VM_BUILD/tools/tlsoffload policy load $file"
}

# A ring with a trust anchor, for those who connect.
policy_setup()
{
	vm_soft_net
	vm "$VM_BUILD/tools/tlsoffload keyring create pol --group www-data
		$VM_BUILD/tools/tlsoffload keyring anchor pol ca --cert $PKI/ca.pem
		ip link set lo up" > "$VM_RUN/out" || fail "$(cat "$VM_RUN/out")"
	vm 'ip -o addr show lo' | grep -q 127.0.0.1/8 || fail "no loopback"
}

# policy_serve USER PORT COMMAND...: our plain server, as USER, while it runs.
policy_serve()
{
	local user=$1 port=$2 rc=0

	shift 2
	vm "rm -f /run/policy.$port
		setpriv --reuid=$user --regid=\$(id -g $user) --clear-groups \
		${POLICY_COMMAND:-$VM_BUILD/vm/prog/plain} $port read > /run/policy.$port 2>&1 &
		echo \$! > /run/policy.$port.pid; disown
		${POLICY_CGROUP:+echo \$! > $POLICY_CGROUP/cgroup.procs}
		for i in \$(seq 100); do grep -q listening /run/policy.$port && exit 0
		sleep 0.1; done; exit 1"
	("$@") || rc=$?
	vm "kill \$(cat /run/policy.$port.pid)"
	return $rc
}

# says HOW PORT: a client of the host's gets its line back, by TLS or in clear.
says()
{
	local out

	case $1 in
	tls) out=$({ echo "hello there"; sleep 2; } |
		s_client "$VM_SOFT4:$2" -quiet 2> "$VM_RUN/err") || true ;;
	clear) out=$(echo "hello there" | ns timeout 20 socat -t 10 - \
		"TCP:$VM_SOFT4:$2${3:+,bind=$3}" 2> "$VM_RUN/err") || true ;;
	esac
	eq "$1 on port $2 ($(head -c 300 "$VM_RUN/err"))" "$out" "echo: hello there"
}

# rule_hits NAME
rule_hits()
{
	vm "$VM_BUILD/tools/tlsoffload policy show" > "$VM_RUN/show"
	awk -v name="$1" '/^(# )?rule /{ on = $0 ~ "rule \"?" name "\"? " }
		on && /hits:/ { print $NF }' "$VM_RUN/show"
}

# A rule for one user: listeners on its ports are ours, whoever made them.
policy_www()
{
	policy 'rule web {
		direction in
		local port 8460-8469
		user www-data
		verdict require
		keyring web
	}'
}

policy_users()
{
	policy_www
	policy_serve www-data 8460 says tls 8460
	# The same port range, the same listener tables: somebody else's.
	policy_serve nobody 8461 policy_nobody
	eq "hits" "$(rule_hits web)" 1
}

policy_nobody()
{
	says clear 8461
	vm 'cat /proc/net/tls_offload' > "$VM_RUN/sessions"
	! grep 8461 "$VM_RUN/sessions" || fail "it is a session"
}

# What is let go is a socket of TCP's own: another ULP finds place on it.
policy_let_go()
{
	policy_www
	vm -t 60 - <<-'EOF'
	modprobe tls
	setpriv --reuid=nobody --regid=nogroup --clear-groups python3 - <<'P'
	import socket, sys
	def references():
	    return [l.split()[2] for l in open("/proc/modules") if l.startswith("tls_offload ")]
	s = socket.create_server(("127.0.0.1", 8463))
	before = references()
	c = socket.create_connection(("127.0.0.1", 8463))
	a = s.accept()[0]
	a.setsockopt(6, 31, b"tls")
	c.sendall(b"in clear")
	c.setsockopt(6, 31, b"tls")
	print("kernel TLS on both; references:", before, references())
	sys.exit(before != references())
	P
	EOF
}

policy_off()
{
	local n

	for n in 11 12; do
		ip -n "$VM_NS" addr replace "10.78.0.$n/24" dev tap1
	done
	policy 'rule all {
		direction in
		local port 8460
		local address 10.78.0.0/16
		verdict require
		keyring web
	}
	rule but-this {
		direction in
		priority 2000
		remote address 10.78.0.11, 10.78.0.200-10.78.0.210
		verdict off
	}'
	policy_serve www-data 8460 policy_off_served
	eq "hits of off" "$(rule_hits but-this)" 1
}

policy_off_served()
{
	says tls 8460
	says clear 8460 10.78.0.11
	# Who is not excepted, and speaks in clear, gets nothing.
	! (says clear 8460 10.78.0.12) > "$VM_RUN/out" 2>&1 || fail "in clear"
}

policy_command()
{
	vm "cp $VM_BUILD/vm/prog/plain /run/other-name; mkdir -p /run/cg2/tlso
		mount -t cgroup2 none /run/cg2; mkdir -p /run/cg2/tlso/below"
	policy 'rule by-name {
		local port 8460
		direction in
		command plai*
		verdict require
		keyring web
	}
	rule by-cgroup {
		local port 8460
		direction in
		cgroup /tlso
		verdict require
		keyring web
	}'
	policy_serve www-data 8460 says tls 8460
	POLICY_COMMAND=/run/other-name policy_serve www-data 8460 says clear 8460
	POLICY_COMMAND=/run/other-name POLICY_CGROUP=/run/cg2/tlso/below \
		policy_serve www-data 8460 says tls 8460
	eq "hits by name" "$(rule_hits by-name)" 1
	eq "hits by cgroup" "$(rule_hits by-cgroup)" 1
	policy ''
	vm 'rmdir /run/cg2/tlso/below /run/cg2/tlso; umount /run/cg2'
}

# connect_line PORT [LOCAL]: in the guest: its line back, and what sort of client it was
connect_line()
{
	vm -t 60 - <<-EOF
	python3 - $1 ${2:-0} <<'P'
	import socket, sys
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	if int(sys.argv[2]):
	    s.bind(("127.0.0.1", int(sys.argv[2])))
	s.settimeout(20)
	s.connect(("127.0.0.1", int(sys.argv[1])))
	s.sendall(b"hello there\n")
	got = b""
	while not got.endswith(b"\n"):
	    got += s.recv(100)
	me = "127.0.0.1:%d " % s.getsockname()[1]
	ours = [l.split() for l in open("/proc/net/tls_offload") if l.startswith(me)]
	print(got.decode().strip(), *[" ".join(o[i] for i in (2, 3, 4, 5, 6, 16, 17)) for o in ours])
	P
	EOF
}

# policy_out_says COLUMNS ACTION: a client's version, suite and group under a rule's ACTION
policy_out_says()
{
	policy "rule inbound {
		direction in
		local port 8460
		verdict require
		keyring web
	}
	rule outbound {
		direction out
		remote port 8460
		remote address 127.0.0.0/8
		user root
		verdict require
		keyring pol
		server-name web.test
		$2
	}"
	eq "$2" "$(connect_line 8460)" \
		"echo: hello there secure $1 client outbound current"
}

policy_out()
{
	policy_serve www-data 8460 policy_out_served
}

policy_out_served()
{
	policy_out_says "TLS1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 x25519" \
		"versions 1.2"
	policy_out_says "TLS1.3 TLS_CHACHA20_POLY1305_SHA256 x25519" \
		"suites TLS_CHACHA20_POLY1305_SHA256"
	policy_out_says "TLS1.3 TLS_AES_128_GCM_SHA256 secp384r1" \
		"groups secp384r1"
	vm "$VM_BUILD/tools/tlsoffload policy test --dir out --to 127.0.0.1:8460 --uid 0"
	policy 'rule inbound {
		direction in
		local port 8460
		verdict require
		keyring web
	}'
	eq "hits stay" "$(rule_hits inbound)" 3
}

# A local port that only TCP chooses: judged once it is known.
policy_local_port()
{
	policy 'rule inbound {
		direction in
		local port 8460
		remote port 8470-8479
		verdict require
		keyring web
	}
	rule outbound {
		direction out
		local port 8470-8479
		remote port 8460
		verdict require
		keyring pol
		server-name web.test
	}'
	vm 'cat /proc/sys/net/ipv4/ip_local_port_range' > "$VM_RUN/range"
	policy_serve www-data 8460 policy_local_served
	vm "echo '$(cat "$VM_RUN/range")' > /proc/sys/net/ipv4/ip_local_port_range"
}

policy_local_served()
{
	local clear="echo: hello there"
	local ours="$clear secure TLS1.3 TLS_AES_128_GCM_SHA256 x25519 client outbound current"

	eq "bound" "$(connect_line 8460 8470)" "$ours"
	eq "bound elsewhere" "$(connect_line 8460 8490)" "$clear"
	vm 'echo 20001 20999 > /proc/sys/net/ipv4/ip_local_port_range'
	eq "chosen elsewhere" "$(connect_line 8460)" "$clear"
	vm 'echo 8472 8478 > /proc/sys/net/ipv4/ip_local_port_range'
	eq "chosen" "$(connect_line 8460)" "$ours"
}

policy_monitor()
{
	policy 'rule watch {
		local port 8460
		direction in
		verdict monitor
	}
	rule never {
		local port 8460
		direction in
		priority 10
		verdict require
		keyring web
	}'
	policy_serve www-data 8460 says clear 8460
	eq "hits" "$(rule_hits watch)" 1
	eq "hits behind it" "$(rule_hits never)" 0
}

# Two ends that connect to each other, here one with itself: nobody accepts.
policy_simultaneous()
{
	policy 'rule accepts {
		local port 8466
		direction in
		verdict monitor
	}
	rule connects {
		remote port 8466
		direction out
		verdict monitor
	}'
	vm -t 60 - <<-'EOF'
	python3 - <<'P'
	import socket
	s = socket.socket()
	s.bind(("127.0.0.1", 8466))
	s.settimeout(20)
	s.connect(s.getsockname())
	s.sendall(b"to myself")
	print(s.recv(100))
	P
	EOF
	eq "hits out" "$(rule_hits connects)" 1
	eq "hits in" "$(rule_hits accepts)" 0
}

policy_stale()
{
	policy 'rule held {
		direction in
		local port 8460
		verdict require
		keyring web
	}'
	policy_serve www-data 8460 policy_stale_served
}

# wait_line FILTER: until a session is listed so.
wait_line()
{
	for _ in $(seq 100); do
		! vm 'cat /proc/net/tls_offload' | grep -q "$1" || return 0
		sleep 0.1
	done
	fail "no session: $1"
}

policy_stale_served()
{
	local pid

	rm -f "$VM_RUN/hold"
	mkfifo "$VM_RUN/hold"
	: > "$VM_RUN/held"
	s_client "$VM_SOFT4:8460" -quiet < "$VM_RUN/hold" > "$VM_RUN/held" 2>&1 &
	pid=$!
	exec 7> "$VM_RUN/hold"
	wait_line ':8460 .* secure .* held current '
	policy 'rule other {
		direction in
		local port 9999
		verdict require
		keyring web
	}'
	wait_line ':8460 .* secure .* held stale '
	echo "hello there" >&7
	for _ in $(seq 100); do
		! grep -q "echo: hello there" "$VM_RUN/held" || break
		sleep 0.1
	done
	exec 7>&-
	wait "$pid" || true
	grep -q "echo: hello there" "$VM_RUN/held" || fail "it does not go on"
}

# What is wrong changes nothing, and is named.
policy_wrong()
{
	policy 'rule good {
		local port 8460
		direction in
		verdict require
		keyring web
	}'
	! policy 'rule bad {
		local port 84600
		verdict require
	}' > "$VM_RUN/out" 2>&1 || fail "taken"
	grep -q 'policy\.[^:]*:2:14: ' "$VM_RUN/out" || fail "$(cat "$VM_RUN/out")"
	# What only the kernel can know.
	! policy 'rule fine {
		verdict off
	}
	rule bad {
		cgroup /there/is/none
		verdict off
	}' > "$VM_RUN/out" 2>&1 || fail "taken"
	grep -q 'policy\.[^:]*:5:.*no such cgroup' "$VM_RUN/out" || fail "$(cat "$VM_RUN/out")"
	rule_hits good > /dev/null
	grep -q '^rule good' "$VM_RUN/show" || fail "it is gone: $(cat "$VM_RUN/show")"
	! vm "setpriv --reuid=nobody --regid=nogroup --clear-groups \
		$VM_BUILD/tools/tlsoffload policy show" > "$VM_RUN/out" 2>&1 ||
		fail "shown to nobody"
	cat "$VM_RUN/out"
}

# Each namespace has its own, and its owner may load it.
policy_namespaces()
{
	vm -t 60 - <<-EOF
	ip netns add tlso-other
	trap 'ip netns del tlso-other' EXIT
	ip netns exec tlso-other $VM_BUILD/tools/tlsoffload policy show > /run/there
	! grep rule /run/there || exit 1
	setpriv --reuid=nobody --regid=nogroup --clear-groups unshare -Urn \
		bash -c "echo 'rule mine { verdict off }' |
			$VM_BUILD/tools/tlsoffload policy load - &&
			$VM_BUILD/tools/tlsoffload policy show" > /run/mine || exit 1
	cat /run/mine
	grep 'rule mine' /run/mine || exit 1
	! $VM_BUILD/tools/tlsoffload policy show | grep mine
	EOF
}

# A listener whose lock is held by a system call that waits for a page (userfaultfd):
# loading does not wait for it, and nothing gets by, what waited before included.
policy_held()
{
	policy ''
	vm -t 120 - <<-EOF
	python3 - <<'P'
	import socket, subprocess, sys, threading
	sys.path.append("$VM_DIR")
	from held import Held
	RULE = b"rule held { direction in; local port 8464; verdict require; keyring web }"
	ADDR = "127.0.0.1", 8464  # getsockname() wants the lock
	s = socket.create_server(ADDR)
	s.settimeout(20)
	clients = [socket.create_connection(ADDR)]
	lock = Held(s)
	waiter = threading.Thread(target=s.getsockname)
	waiter.start()
	waiter.join(0.5)
	held = waiter.is_alive()
	load = subprocess.Popen(["$VM_BUILD/tools/tlsoffload", "policy", "load", "-"],
	                        stdin=subprocess.PIPE)
	try:
	    load.communicate(RULE, timeout=60)
	    waits = False
	except subprocess.TimeoutExpired:
	    waits = True
	clients.append(socket.create_connection(ADDR, timeout=20))
	held = held and lock.is_held()
	lock.release()
	waiter.join()
	if waits or load.returncode or not held:
	    sys.exit("waits: %s, exit: %s, held: %s" % (waits, load.returncode, held))
	for c in clients:
	    a = s.accept()[0]
	    a.settimeout(20)
	    c.sendall(b"in clear" * 10)
	    try:
	        sys.exit("it got %r" % a.recv(100))
	    except OSError as e:
	        print(e)
	P
	EOF
}

# One that cannot be taken is named, and its connections are refused.
policy_untakable()
{
	policy ''
	vm -t 60 - <<-EOF
	python3 - <<'P'
	import socket, subprocess, sys
	RULE = "rule mp { direction in; local port 8465; verdict require; keyring web }"
	s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)  # IPPROTO_MPTCP
	s.bind(("127.0.0.1", 8465))
	s.listen()
	load = subprocess.run(["$VM_BUILD/tools/tlsoffload", "policy", "load", "-"],
	                      input=RULE, capture_output=True, text=True, timeout=50)
	print(load)
	if load.returncode != 1 or "in force, but a listener" not in load.stderr:
	    sys.exit("not said")
	s.settimeout(20)
	try:
	    c = socket.create_connection(("127.0.0.1", 8465))
	    c.sendall(b"in clear")
	    got = s.accept()[0].recv(100)
	except OSError as e:
	    got = b""
	    print(e)
	if got:
	    sys.exit("it got %r" % got)
	P
	EOF
}

# As many as there may be, and what one connection more says to them.
policy_thousand()
{
	awk 'BEGIN {
		for (i = 0; i < 1024; i++)
			printf "rule r%d {\n\tdirection %s\n\t%s port %d-%d\n\tremote address 203.%d.%d.0/24, 2001:db8:%x::/48\n\tverdict off\n}\n",
				i, i % 2 ? "in" : "out",
				i % 2 ? "local" : "remote", 8000 + i, 8100 + i,
				i / 256, i % 256, i
	}' > "$VM_RUN/many"
	policy "$(cat "$VM_RUN/many")"
	vm "$VM_BUILD/tools/tlsoffload policy show" > "$VM_RUN/show"
	eq "rules" "$(grep -c '^rule r' "$VM_RUN/show")" 1024
	page_ok "$VM_SOFT4:8443"
	vm "$VM_BUILD/tools/tlsoffload policy test --dir in --from 203.0.5.77:999 \
		--to 192.0.2.1:8050" > "$VM_RUN/out"
	tail -n 5 "$VM_RUN/out"
	grep -q 'r5\b' "$VM_RUN/out" || fail "not r5"
	! policy "$(cat "$VM_RUN/many"; echo 'rule one-more { verdict off }')" \
		> "$VM_RUN/out" 2>&1 || fail "1025 rules"
}

policy_clear()
{
	policy 'rule goes { verdict off; local port 1; }'
	vm "$VM_BUILD/tools/tlsoffload policy clear"
	vm "$VM_BUILD/tools/tlsoffload policy show" > "$VM_RUN/show"
	# What the sysctls say stays.
	grep -q '^# rule "*secure_ports:8443' "$VM_RUN/show" || fail "$(cat "$VM_RUN/show")"
	! grep '^rule' "$VM_RUN/show" || fail "a rule is left"
	page_ok "$VM_SOFT4:8443"
}

# Whether the rule is for it hangs on the local port, which it has once TCP's connection
# stands. A send() and a recv() that have waited for that go on in clear, as connect()
# does, and nothing is lost. No room in the queue: the first SYN stays without answer.
policy_turned_clear()
{
	policy 'rule low { direction out; local port 1-1023; verdict require; keyring pol }'
	vm -t 60 - <<-EOF
	python3 - <<'P'
	import socket, sys, threading, time
	s = socket.socket()
	s.bind(("127.0.0.1", 0))
	s.listen(0)
	s.settimeout(20)
	full = [socket.create_connection(s.getsockname(), timeout=20)]
	c = socket.socket()
	got = {}
	def call(name, f, *args):
	    def run():
	        try:
	            got[name] = f(*args)
	        except OSError as e:
	            got[name] = repr(e)
	    t = threading.Thread(target=run, daemon=True)
	    t.start()
	    return t
	calls = [call("connect", c.connect, s.getsockname())]
	# Not by getsockopt(): who waits for connect()'s lock has it refused.
	syn_sent = "0100007F:%04X 02 " % s.getsockname()[1]
	while syn_sent not in open("/proc/net/tcp").read():
	    if "connect" in got:
	        sys.exit("not held: %r" % got)
	    time.sleep(0.01)
	calls += [call("send", c.send, b"to the server"), call("recv", c.recv, 100)]
	time.sleep(0.2)
	if got:
	    sys.exit("not held: %r" % got)
	first = s.accept()[0]  # room for the SYN that is sent again
	a = s.accept()[0]
	a.settimeout(20)
	text = a.recv(100)
	a.sendall(b"to the client")
	for t in calls:
	    t.join(20)
	print(text, got)
	want = {"connect": None, "send": 13, "recv": b"to the client"}
	sys.exit(text != b"to the server" or got != want)
	P
	EOF
}

t "policy: a ring for those who connect" policy_setup
t "policy: by port and user; who accepts is asked, not who listens" policy_users
t "policy: what no rule is for is let go" policy_let_go
t "policy: an exception by address" policy_off
t "policy: by command, by cgroup" policy_command
t "policy: who connects, with version and suites" policy_out
t "policy: by a local port that TCP chooses" policy_local_port
t "policy: monitor counts and does not touch" policy_monitor
t "policy: a simultaneous open is nobody's to accept" policy_simultaneous
t "policy: sessions under replaced rules go on" policy_stale
t "policy: what is wrong is named, and changes nothing" policy_wrong
t "policy: namespaces" policy_namespaces
t "policy: a listener whose lock is held is no reason to wait" policy_held
t "policy: a listener that cannot be taken" policy_untakable
t "policy: 1024 rules" policy_thousand
t "policy: what has waited for the local port goes on in clear" policy_turned_clear
t "policy: clear" policy_clear
