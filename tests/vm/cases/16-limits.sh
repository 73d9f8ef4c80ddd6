# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may take how much: handshakes of a peer, of a namespace, of all; connections are
# their namespace's own affair.

# Many connections, read in small pieces: each is there, and once.
limits_listed()
{
	serve never limits_listed_body
}

limits_listed_body()
{
	local out

	ns python3 - "$VM_SOFT4" > "$VM_RUN/many" 2>&1 <<-'EOF' &
	import socket, sys, time
	held = [socket.create_connection((sys.argv[1], 8450), timeout=30)
	        for _ in range(200)]
	print("ports", *sorted(s.getsockname()[1] for s in held), flush=True)
	time.sleep(300)
	EOF
	for _ in $(seq 150); do
		! grep -q ^ports "$VM_RUN/many" || break
		sleep 0.2
	done
	vm 'cat /proc/net/tls_offload' > "$VM_RUN/whole"
	vm 'dd if=/proc/net/tls_offload bs=50 2> /dev/null' > "$VM_RUN/pieces"
	vm 'ip netns add tlso-other
		ip netns exec tlso-other cat /proc/net/tls_offload
		ip netns del tlso-other' > "$VM_RUN/elsewhere"
	kill $!
	wait $! || true
	out=$(grep ^ports "$VM_RUN/many" | cut -d' ' -f2-)
	eq "connections" "$(wc -w <<< "$out")" 200
	for file in whole pieces; do
		eq "ports of $file" "$(awk '$1 == "[::ffff:10.78.0.2]:8450" && $3 == "pending" { sub(".*:", "", $2); print $2 }' \
			"$VM_RUN/$file" | sort -n | xargs)" "$out"
	done
	eq "lines elsewhere" "$(cut -d' ' -f1 "$VM_RUN/elsewhere")" local
}

# A connection within another namespace is listed there, and only there.
limits_other_namespace()
{
	vm -t 120 - <<-EOF
	ip netns add tlso-other
	trap 'kill \$(jobs -p); ip netns del tlso-other' EXIT
	in="ip netns exec tlso-other"
	\$in ip link set lo up
	\$in sysctl -w net.tls_offload.secure_ports=8450:web || exit 1
	\$in $VM_BUILD/vm/prog/plain 8450 read > /run/other 2>&1 &
	for i in \$(seq 50); do
		! grep -q listening /run/other || break
		sleep 0.1
	done
	sleep 100 | \$in openssl s_client -connect 127.0.0.1:8450 \
		> /run/other.out 2>&1 &
	for i in \$(seq 50); do
		! \$in grep -q secure /proc/net/tls_offload || break
		sleep 0.1
	done
	\$in cat /proc/net/tls_offload | tee /run/other.lines
	cat /run/other /run/other.out
	grep -c ':8450 .* secure ' /run/other.lines || exit 1
	[ "\$(wc -l < /run/other.lines)" -eq 2 ] || exit 1
	! grep '127.0.0.1\]:8450' /proc/net/tls_offload
	EOF
}

# limits_patient COMMAND...: with our server, whose handshakes have all the time of the
# world: what is looked at are not the seconds that it takes.
limits_patient()
{
	local rc=0

	vm "echo 'rule patient { direction in; local port 8450; verdict require
		keyring web; timeout 300s }' > /run/patient
		$VM_BUILD/tools/tlsoffload policy load /run/patient"
	(serve hold "$@") || rc=$?
	vm "$VM_BUILD/tools/tlsoffload policy clear"
	return $rc
}

# limits_flood WANTED SOURCE=N...: how many of each source get in. What FLOOD_DO says
# is done while they are there.
limits_flood()
{
	limits_patient limits_flooded "$@"
}

limits_flooded()
{
	local wanted=$1 address=$VM_SOFT4 rc=0

	shift
	case $1 in
	*:*) address=$VM_SOFT6 ;;
	esac
	rm -f "$VM_RUN/flood.in"
	mkfifo "$VM_RUN/flood.in"
	: > "$VM_RUN/flood"
	ns timeout 150 "$VM_DIR/flood.py" "$address" 8450 "$wanted" "$@" \
		< "$VM_RUN/flood.in" > "$VM_RUN/flood" 2>&1 &
	exec 7> "$VM_RUN/flood.in"
	for _ in $(seq 1000); do
		[ ! -s "$VM_RUN/flood" ] || break
		sleep 0.1
	done
	(${FLOOD_DO:-true}) || rc=$?
	exec 7>&-
	wait $! || rc=1
	eq "let in of $*" "$(cat "$VM_RUN/flood")" "$wanted"
	for _ in $(seq 75); do
		vm '! grep " handshake " /proc/net/tls_offload' && return "$rc"
		sleep 0.2
	done
	fail "nothing makes room"
}

# limits_set SYSCTL MODULE: the two numbers
limits_set()
{
	vm "sysctl -w net.tls_offload.max_handshakes=$1
		echo $2 > /sys/module/tls_offload/parameters/max_handshakes"
}

limits_addresses()
{
	local n

	for n in 11 12 13; do
		ip -n "$VM_NS" addr replace "10.78.0.$n/24" dev tap1
		ip -n "$VM_NS" addr replace "fd78::$n/64" dev tap1 nodad
	done
}

limits_page_soon()
{
	for _ in $(seq 50); do
		page_ok "$VM_SOFT4:8443" && return 0
		sleep 0.2
	done
	return 1
}

limits_no_page()
{
	! page_ok "$VM_SOFT4:8443" --max-time 5 || fail "over the limit"
}

limits_peers()
{
	local rc=0

	limits_addresses
	limits_set 64 0
	(
		# "set -e" does not hold in here.
		FLOOD_DO=limits_no_page limits_flood "32 16 16 0" \
			10.78.0.11=40 10.78.0.12=20 10.78.0.13=20 10.78.0.1=5 &&
		# One peer alone leaves room for others.
		FLOOD_DO=limits_page_soon limits_flood 32 10.78.0.11=100 &&
		# An IPv6 peer is its /64.
		limits_flood "32 0" fd78::11=40 fd78::12=40
	) || rc=$?
	limits_set 4096 0
	[ "$rc" -eq 0 ] || return 1
	limits_page_soon
}

limits_all()
{
	local rc=0

	limits_addresses
	limits_set 4096 20
	(FLOOD_DO=limits_no_page limits_flood "16 4 0" 10.78.0.11=30 \
		10.78.0.12=10 10.78.0.13=10) || rc=$?
	limits_set 4096 0
	[ "$rc" -eq 0 ] || return 1
	limits_page_soon
}

# In a namespace that anybody may make there is half of it; it counts elsewhere.
limits_of_anybody()
{
	local rc=0

	limits_addresses
	limits_set 4096 40
	limits_patient limits_anybody || rc=$?
	vm 'kill -- -$(cat /run/anybody.pid)'
	limits_set 4096 0
	return $rc
}

limits_anybody()
{
	vm -t 100 - <<-EOF || fail "another number"
	rm -f /run/anybody.in
	cat > /run/anybody.sh <<'S'
	ip link set lo up
	$VM_BUILD/tools/tlsoffload policy load /run/patient || exit 1
	$VM_BUILD/vm/prog/plain 8450 hold > /run/anybody 2>&1 &
	for i in \$(seq 50); do
		! grep -q listening /run/anybody || break
		sleep 0.1
	done
	sleep 120 | python3 $VM_DIR/flood.py 127.0.0.1 8450 "16 4 0" \
		127.0.0.1=30 127.0.0.2=10 127.0.0.3=10 > /run/anybody.in 2>&1
	S
	setsid unshare -Urn bash /run/anybody.sh > /run/anybody.out 2>&1 &
	echo \$! > /run/anybody.pid
	disown
	for i in \$(seq 300); do
		[ ! -s /run/anybody.in ] || break
		sleep 0.2
	done
	cat /run/anybody.out /run/anybody.in
	[ "\$(cat /run/anybody.in)" = "16 4 0" ]
	EOF
	page_ok "$VM_SOFT4:8443" || fail "no page"
	limits_flooded "20 0" 10.78.0.11=25 10.78.0.12=5
}

# Who says nothing is gone after half the time.
limits_silent()
{
	serve hold limits_silent_body
}

limits_silent_body()
{
	ns timeout 150 python3 - "$VM_SOFT4" "$VM_GUEST4" <<-'EOF'
	import select, socket, sys, time
	def late():
	    ends = {}
	    start = time.time()
	    held = {}
	    for where in sys.argv[1:]:
	        for says in b"", b"\x16":
	            s = socket.create_connection((where, 8450), timeout=30)
	            s.sendall(says)
	            held[s] = where, says
	    while held:
	        for s in select.select(list(held), [], [], 30)[0]:
	            print(held[s], s.recv(100), time.time() - start, flush=True)
	            ends[held.pop(s)] = time.time() - start
	    for (where, says), seconds in ends.items():
	        assert seconds > (9 if says else 4), (where, says, seconds)
	    return any(seconds > (14 if says else 8)
	               for (where, says), seconds in ends.items())
	# A machine that stands still for some seconds does so now and then.
	sys.exit(all(late() for _ in range(3)))
	EOF
}

# A handshake that leaves the adapter, which has no TLS 1.2, goes on where work is
# bounded; others stay where they are.
limits_moved()
{
	local how seen

	vm 'mountpoint -q /sys/kernel/tracing ||
		mount -t tracefs none /sys/kernel/tracing
		[ -e /sys/kernel/tracing/events/workqueue ]' ||
		skip "this kernel has no trace events"
	for how in 1.3 1.2; do
		vm 'cd /sys/kernel/tracing && : > trace &&
			echo 1 > events/workqueue/workqueue_queue_work/enable'
		page_ok "$VM_GUEST4:8443" --tls-max $how
		vm 'cd /sys/kernel/tracing
			echo 0 > events/workqueue/workqueue_queue_work/enable
			grep function=hs_work trace' > "$VM_RUN/queued"
		seen=$(sed 's/.* workqueue=\([a-z_]*\) .*/\1/' "$VM_RUN/queued" | uniq | xargs)
		case $how in
		1.3) eq "queues of TLS $how" "$seen" tlso_handshake ;;
		*) eq "queues of TLS $how" "$seen" \
			"tlso_handshake tlso_handshake_soft" ;;
		esac
	done
}

# Handshakes are paid for by the memory cgroup of who accepts, up to its limit.
limits_memory()
{
	local rc=0

	vm 'mkdir -p /run/cg; mountpoint -q /run/cg ||
		mount -t cgroup2 none /run/cg
		grep -qw memory /run/cg/cgroup.controllers' ||
		skip "this kernel has no memory cgroups"
	vm 'echo +memory > /run/cg/cgroup.subtree_control && mkdir /run/cg/tlso'
	limits_patient limits_memory_body || rc=$?
	vm 'for i in $(seq 50); do
			rmdir /run/cg/tlso 2> /dev/null && break
			sleep 0.1
		done; umount /run/cg'
	return $rc
}

# Kernel memory of the cgroup, in KiB.
limits_charged()
{
	vm "awk '\$1 == \"kernel\" { print int(\$2 / 1024) }' /run/cg/tlso/memory.stat"
}

# limits_begun N WANTED: so many begin to speak, when $VM_RUN/speak is there; prints how
# many were given up, when two seconds are over and it is more than WANTED.
limits_begun()
{
	ns timeout 150 python3 - "$VM_SOFT4" "$1" "$VM_RUN/speak" "$2" <<-'EOF'
	import os, select, socket, sys, time
	held = [socket.create_connection((sys.argv[1], 8450), timeout=30)
	        for _ in range(int(sys.argv[2]))]
	print("open", flush=True)
	while not os.path.exists(sys.argv[3]):
	    time.sleep(0.05)
	# A record that goes on, and in it a ClientHello that does.
	for s in held:
	    s.sendall(b"\x16\x03\x01\x0f\xa0\x01\x00\x0f\x9c" + bytes(1500))
	def gone():
	    return len(select.select(held, [], [], 0)[0])
	time.sleep(2)
	until = time.time() + 30
	while gone() <= int(sys.argv[4]) and time.time() < until:
	    time.sleep(0.1)
	print(gone(), "gone", flush=True)
	time.sleep(60)
	EOF
}

# limits_begin N [MORE]: as above; MORE KiB are all that may be charged. Prints how
# many were given up; leaves in $VM_RUN/charged what the rest costs.
limits_begin()
{
	local before pid wanted=-1

	[ -z "${2:-}" ] || wanted=10
	vm 'cat /run/plain.pid > /run/cg/tlso/cgroup.procs'
	rm -f "$VM_RUN/speak"
	: > "$VM_RUN/begun"
	limits_begun "$1" "$wanted" > "$VM_RUN/begun" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		! grep -q open "$VM_RUN/begun" || break
		sleep 0.1
	done
	# Its sockets stay charged to where they were accepted; the process itself,
	# which a page too many would kill, is not to be limited.
	vm "for i in \$(seq 100); do
			[ \$(grep -c handshake /proc/net/tls_offload) -lt $1 ] || break
			sleep 0.1
		done
		cat /run/plain.pid > /run/cg/cgroup.procs"
	before=$(limits_charged)
	[ -z "${2:-}" ] || vm "echo \$((\$(cat /run/cg/tlso/memory.current) + $2 * 1024)) \
		> /run/cg/tlso/memory.max"
	: > "$VM_RUN/speak"
	for _ in $(seq 400); do
		! grep -q gone "$VM_RUN/begun" || break
		sleep 0.1
	done
	for _ in $(seq 50); do
		echo $(($(limits_charged) - before)) > "$VM_RUN/charged"
		[ -z "${2:-}" ] && [ "$(cat "$VM_RUN/charged")" -le $(($1 * 20)) ] ||
			break
		sleep 0.2
	done
	# The end of a connection is TCP's business, and takes memory of its own.
	vm 'echo max > /run/cg/tlso/memory.max'
	pkill -P "$pid"
	wait "$pid" || true
	sed -n 's/ gone//p' "$VM_RUN/begun"
}

limits_memory_body()
{
	local gone charged

	gone=$(limits_begin 60)
	charged=$(cat "$VM_RUN/charged")
	echo "60 handshakes: $charged KiB, $gone gone"
	eq "given up" "$gone" 0
	[ "$charged" -gt $((60 * 20)) ] || fail "charged: $charged KiB"
	for _ in $(seq 75); do
		[ "$(limits_charged)" -gt 400 ] || break
		sleep 0.2
	done
	[ "$(limits_charged)" -le 400 ] || fail "left: $(limits_charged) KiB"

	gone=$(limits_begin 60 1024)
	echo "with 1 MiB more at most: $(cat "$VM_RUN/charged") KiB, $gone gone"
	{ [ "$gone" -gt 10 ] && [ "$gone" -lt 60 ]; } || fail "given up: $gone"
	vm 'cat /run/cg/tlso/memory.events
		kill -0 $(cat /run/plain.pid) &&
		grep -qx "oom_kill 0" /run/cg/tlso/memory.events'
	page_ok "$VM_SOFT4:8443"
}

t "limits: /proc: each connection once, however it is read" limits_listed
t "limits: /proc: a connection of another namespace" limits_other_namespace
t "limits: handshakes of a peer, of a namespace" limits_peers
t "limits: handshakes of all namespaces" limits_all
t "limits: handshakes of a user's own namespace" limits_of_anybody
t "limits: the first byte has to come soon" limits_silent
t "limits: who leaves the adapter is bounded as well" limits_moved
t "limits: memory is the cgroup's of who accepts" limits_memory
