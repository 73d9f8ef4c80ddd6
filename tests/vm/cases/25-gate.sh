# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The boot gate: who waits, who fails, and what goes on once there is a policy. What
# programs see on both ends of a connection is gate.py's; here are peers on the host.

gate_set()
{
	vm "sysctl -qw net.tls_offload.gate=$1"
}

gate_policy()
{
	local file

	file=$(mktemp "$VM_RUN/policy.XXXXXX")
	chmod 644 "$file"
	echo "$1" > "$file"
	vm "$VM_BUILD/tools/tlsoffload policy load $file"
}

gate_setup()
{
	vm_soft_net
	vm "$VM_BUILD/tools/tlsoffload keyring list pol > /dev/null 2>&1 || {
		$VM_BUILD/tools/tlsoffload keyring create pol --group www-data
		$VM_BUILD/tools/tlsoffload keyring anchor pol ca --cert $PKI/ca.pem; }
		ip link set lo up
		cat /proc/sys/net/tls_offload/gate" > "$VM_RUN/out"
	grep -qx off "$VM_RUN/out" || fail "it is not off at first: $(cat "$VM_RUN/out")"
}

gate()
{
	vm -t 90 "$VM_DIR/gate.py $VM_BUILD/tools/tlsoffload $1"
}

# gate_at N PORT: so many wait at the gate with that port
gate_at()
{
	for _ in $(seq 100); do
		[ "$(vm 'cat /proc/net/tls_offload' |
			awk -v port=":$2" 'index($1 " " $2, port) && $3 == "gate"' |
			wc -l)" -ne "$1" ] || return 0
		sleep 0.1
	done
	fail "not at the gate: $(vm 'cat /proc/net/tls_offload')"
}

# However a test ends: nobody waits, and nobody listens.
gate_tidy()
{
	gate_set off
	vm '[ ! -e /run/gated.pid ] || kill $(cat /run/gated.pid); rm -f /run/gated.pid'
}

# A server that speaks first, for a peer on the host: its banner stays here until a
# policy has opened the gate, and then it is said under TLS.
gate_in()
{
	local where pid

	trap gate_tidy EXIT
	gate_policy ''
	for where in "$VM_SOFT4:8492" "[$VM_SOFT6]:8492"; do
		vm_start gated listening "$VM_BUILD/vm/prog/plain 8492 first"
		CAP_IF=tap1 cap_begin gate tcp port 8492
		gate_set wait
		: > "$VM_RUN/gated"
		# shellcheck disable=SC2094 # it reads what the client has written
		{ for _ in $(seq 300); do
			! grep -q banner "$VM_RUN/gated" || break
			sleep 0.1
		done
		echo "hello there"; sleep 2; } |
			s_client "$where" -quiet > "$VM_RUN/gated" 2> "$VM_RUN/err" &
		pid=$!
		gate_at 1 8492
		! grep banner "$VM_RUN/gated" || fail "it has spoken"
		gate_policy 'rule gated {
			direction in
			local port 8492
			verdict require
			keyring web
		}'
		wait "$pid" || true
		cap_end
		grep -qx banner "$VM_RUN/gated" || fail "no banner: $(cat "$VM_RUN/err")"
		grep -qx "echo: hello there" "$VM_RUN/gated" || fail "no answer"
		grep -a banner "$CAP" && fail "the banner is in the capture"
		vm_stop gated
		gate_policy ''
	done
}

# Nobody may wait: a peer of the host's is reset, and hears nothing.
gate_in_fails()
{
	local out rc

	trap gate_tidy EXIT
	vm_start gated listening "$VM_BUILD/vm/prog/plain 8492 first"
	gate_set fail
	CAP_IF=tap1 cap_begin gatefail tcp port 8492
	for out in "TCP4:$VM_SOFT4:8492" "TCP6:[$VM_SOFT6]:8492"; do
		rc=0
		{ echo "hello there"; sleep 5; } |
			ns timeout 20 socat -d -t 10 - "$out" > "$VM_RUN/said" \
				2> "$VM_RUN/err" || rc=$?
		eq "said to $out" "$(cat "$VM_RUN/said")" ""
		grep -q 'reset by peer\|Broken pipe' "$VM_RUN/err" ||
			fail "not reset: $rc $(cat "$VM_RUN/err")"
	done
	cap_end
	grep -a banner "$CAP" && fail "the banner is in the capture"
	gate_set off
	out=$({ echo "hello there"; sleep 1; } |
		ns timeout 20 socat -t 10 - "TCP4:$VM_SOFT4:8492")
	eq "open" "$out" "$(printf 'banner\necho: hello there')"
}

# A client of a server on the host, whose line stays here until then.
gate_out()
{
	local id

	host_serve gateserver 8493 openssl s_server -accept 8493 -rev \
		-cert "$PKI/rsa.pem" -key "$PKI/rsa.key"
	CAP_IF=tap1 cap_begin gateout tcp port 8493
	gate_set wait
	id=$(vm_bg <<< "{ echo 'gnihtyna yas ton lliw ti'; sleep 4; } |
		nc -q 5 $VM_SOFT_HOST4 8493")
	gate_at 1 8493
	gate_policy "rule gated {
		direction out
		remote port 8493
		verdict require
		keyring pol
		server-name web.test
	}"
	eq "turned round" "$(vm_wait "$id" 40)" "it will not say anything"
	cap_end
	grep -a 'gnihtyna yas ton' "$CAP" && fail "it is in the capture"
	host_down
	gate_policy ''
}

# A peer that leaves does not keep who waits.
gate_peer_gone()
{
	trap gate_tidy EXIT
	vm_start gated listening "$VM_BUILD/vm/prog/plain 8492 read"
	gate_set wait
	rm -f "$VM_RUN/leave"
	ns timeout 60 python3 - "$VM_SOFT4" "$VM_RUN/leave" <<-'EOF' &
	import os, socket, struct, sys, time
	c = socket.create_connection((sys.argv[1], 8492))
	c.sendall(b"hello there\n")
	while not os.path.exists(sys.argv[2]):
	    time.sleep(0.1)
	c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	c.close()
	EOF
	gate_at 1 8492
	: > "$VM_RUN/leave"
	wait
	gate_at 0 8492
}

# What the module is loaded with is the initial namespace's.
gate_parameter()
{
	local file

	file=$(vm_modules)/tls_offload.ko
	vm "modinfo -F parm $file" | grep -q '^gate:' || fail "no parameter"
	eq "parameter" "$(vm 'cat /sys/module/tls_offload/parameters/gate')" off
}

t "gate: off at first" gate_setup
t "gate: a policy that secures opens it" gate secures
t "gate: a policy that lets go opens it" gate lets_go
t "gate: the sysctl opens it" gate by_sysctl
t "gate: sockets that do not block" gate nonblocking
t "gate: timeouts" gate timeouts
t "gate: signals" gate signals
t "gate: who waits is killed" gate killed
t "gate: fail" gate fails
t "gate: fail, for those who wait" gate fails_who_waits
t "gate: another namespace" gate other_namespace
t "gate: MPTCP" gate mptcp
t "gate: roles against the direction" gate roles
t "gate: TLS preferred" gate preferred
t "gate: connect() that tells of TCP's connection" gate early
t "gate: what its application controls" gate controlled
t "gate: a server and a peer elsewhere" gate_in
t "gate: a server and a peer elsewhere, fail" gate_in_fails
t "gate: a client of a server elsewhere" gate_out
t "gate: a peer that leaves" gate_peer_gone
t "gate: a parameter" gate_parameter
