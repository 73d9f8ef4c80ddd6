# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: GPL-2.0-only
#
# What a rule's action says of roles, of connect(), of secondary connections.
# Programs that know nothing of TLS in the guest, their peers on the host
# (actions.py), between them a capture.

act_policy()
{
	local file

	# A new file each time: the guest keeps what it has read.
	file=$(mktemp "$VM_RUN/policy.XXXXXX")
	chmod 644 "$file"
	echo "$1" > "$file"
	vm "$VM_BUILD/tools/tlsoffload policy load $file"
}

act_up()
{
	host_down
	vm_soft_net
	ns ping -c 2 -i 0.2 -W 30 "$VM_SOFT4" > /dev/null
	host_keys
	host_rings
	# An identity and an anchor.
	pki_ring -g ftp rsa ca
	echo 'a line of text that nobody else may read' > "$VM_RUN/line"
}

# act SCENARIO [PORT...]: both its ends; its ports, where nothing is in clear
act()
{
	local name=$1 id rc=0 port link

	shift
	link=$(ns ip -6 -o addr show dev tap1 scope link | awk '{ sub("/.*", "", $4); print $4 }')
	CAP_IF=tap1 cap_begin actions tcp
	id=$(vm_bg <<< "timeout ${ACT_TIME:-100} python3 $VM_DIR/actions.py guest $name \
		$PKI $VM_SOFT_HOST4 $VM_SOFT_HOST6 $link%soft0")
	ns timeout "${ACT_TIME:-100}" python3 "$VM_DIR/actions.py" host "$name" "$PKI" \
		"$VM_SOFT4" || rc=$?
	vm_wait "$id" $((110 * ${VM_SLOW:-1})) || fail "guest: $(vm '
		cat /proc/net/tls_offload; dmesg | tail -n 5')"
	cap_end
	eq "the host's exit code" "$rc" 0
	for port; do
		cap_clear "$port" "$VM_RUN/line"
		python3 "$VM_DIR/wire.py" records "$CAP" "$port"
	done
}

act_role()
{
	act_policy 'rule out { direction out; remote port 9500; role server
		verdict require; keyring web; timeout 30s }
	rule in { direction in; local port 9501; role client; server-name srv.test
		verdict require; keyring trust; timeout 30s }'
	act role-out 9500
	act role-in 9501
}

act_early()
{
	act_policy 'rule data { direction out; remote port 9502; connect tcp
		verdict require; keyring trust; server-name srv.test; timeout 30s }'
	act early 9502
}

act_late()
{
	act_policy 'rule data { direction out; remote port 9502
		verdict require; keyring trust; server-name srv.test; timeout 30s }'
	act late
}

act_inherit_server()
{
	act_policy 'rule ftp { direction in; local port 9510; inherit yes
		verdict require; keyring web; timeout 30s }
	rule but { local port 9514; verdict off }'
	act inherit-server 9510 9513
	# 9510, 9513, three of the passive and active ones.
	vm "$VM_BUILD/tools/tlsoffload policy show" | grep -A1 'rule ftp' |
		grep -q 'hits: 5' || fail "hits"
}

act_inherit_client()
{
	act_policy 'rule ftp { direction out; remote port 9520; inherit yes
		verdict require; keyring trust; server-name srv.test; timeout 30s }'
	act inherit-client 9520
}

act_prefer()
{
	act_policy 'rule maybe { direction in; local port 9530; verdict prefer
		keyring web; timeout 20s }'
	vm 'dmesg -C'
	act prefer-server
	vm 'dmesg' | grep "port 9530, rule maybe: .*$VM_SOFT_HOST4 speaks no TLS" ||
		fail "nothing in the log"
	act_clear 4
	act_policy 'rule maybe { direction out; remote port 9531-9539
		verdict prefer; keyring trust; server-name srv.test; timeout 20s }'
	act prefer-client 9531
	act_clear 7
}

# act_clear N: so many connections went on in clear.
act_clear()
{
	vm "$VM_BUILD/tools/tlsoffload policy show" > "$VM_RUN/show"
	grep -q "in clear: $1\$" "$VM_RUN/show" || fail "$(cat "$VM_RUN/show")"
}

# act_line ADDRESS: a line by TLS, and back
act_line()
{
	{ echo hello; sleep 1; } | ns timeout 20 openssl s_client -connect "$1:9540" \
		-CAfile "$PKI/ca.pem" -quiet 2> "$VM_RUN/err" || true
}

act_adapter()
{
	act_policy 'rule hard { direction in; local port 9540; adapter require; mode directed
		verdict require; keyring web; timeout 20s }'
	vm_start hard listening "python3 -u $VM_DIR/actions.py guest adapter - -"
	eq "by the adapter" "$(act_line "$VM_GUEST4")" "echo: hello"
	vm 'dmesg -C'
	eq "without one" "$(act_line "$VM_SOFT4")" ""
	vm 'dmesg' | grep 'port 9540: .*the rule requires an adapter' ||
		fail "nothing in the log"
	# TLS 1.2 is the kernel's.
	eq "TLS 1.2" "$({ echo hello; sleep 1; } | ns timeout 20 openssl s_client \
		-connect "$VM_GUEST4:9540" -tls1_2 -quiet 2> /dev/null || true)" ""
	act_rekeyed
	act_gone
	vm_stop hard
}

# act_held: a connection that stays, ACT_PID; what fd 7 is told is sent
act_held()
{
	rm -f "$VM_RUN/held.in"
	mkfifo "$VM_RUN/held.in"
	: > "$VM_RUN/held"
	s_client "$VM_GUEST4:9540" -msg < "$VM_RUN/held.in" > "$VM_RUN/held" 2>&1 &
	ACT_PID=$!
	exec 7> "$VM_RUN/held.in"
	echo hello >&7
	for _ in $(seq 100); do
		! grep -aq '^echo: hello' "$VM_RUN/held" || break
		sleep 0.2
	done
	vm 'grep 9540 /proc/net/tls_offload' | grep ' secure .* adapter hard ' ||
		fail "not the adapter's"
}

# act_ended N: whether so many of them were reset by now; the last one ends
act_ended()
{
	local rc=0

	vm "for i in \$(seq 50); do
			[ \$(grep -c 'reset by peer' /run/hard) -lt $1 ] || exit 0
			sleep 0.2
		done; echo 'it goes on:'; cat /run/hard /proc/net/tls_offload; exit 1" ||
		rc=$?
	exec 7>&-
	wait "$ACT_PID" || true
	return $rc
}

# No adapter takes new keys, and the kernel may not: whoever wants them, that is the end.
act_rekeyed()
{
	local rc=0

	act_held
	echo k >&7
	act_ended 1
	grep -a '^>>> TLS 1.3, Handshake .*KeyUpdate' "$VM_RUN/held" || fail "no KeyUpdate"
	act_held
	vm 'echo 1 > /sys/module/tls_offload/parameters/rekey_records'
	echo more >&7
	act_ended 2 || rc=$?
	vm 'echo 0 > /sys/module/tls_offload/parameters/rekey_records'
	return $rc
}

# Nothing is on its way when the adapter goes, and the kernel may not go on.
act_gone()
{
	act_held
	vm 'dmesg -C'
	vm -t 60 'rmmod tls_offload_nic'
	nic_load
	act_ended 3
	vm 'dmesg | grep "port 9540: .*: aborted"' || fail "nothing in the log"
}

# An adapter is asked for what it does, whatever the rule would have, and does it.
act_mode()
{
	act_policy 'rule hard { direction in; local port 9540; mode autonomous
		verdict require; keyring web; timeout 20s }' > "$VM_RUN/out" 2>&1
	grep '1:[0-9]*: warning: rule hard: mode: no adapter does that: directed' \
		"$VM_RUN/out" || fail "$(cat "$VM_RUN/out")"
	vm_start hard listening "python3 -u $VM_DIR/actions.py guest adapter - -"
	act_held
	exec 7>&-
	wait "$ACT_PID" || true
	vm_stop hard
}

# What cannot be is said of its line.
act_refused()
{
	local n rules=(
		"direction out; adapter require"
		"direction in; role client; adapter require"
		"direction in; client-auth require; adapter require"
		"versions 1.2; adapter require"
		"mode autonomous; adapter require"
	)

	for n in "${rules[@]}"; do
		! act_policy "rule x { verdict require; keyring web; $n }" \
			> "$VM_RUN/out" 2>&1 || fail "taken: $n"
		grep "the kernel says: adapters" "$VM_RUN/out" || fail "$n"
	done
	! act_policy "rule x { verdict require; keyring web; adapter never
		mode directed }" > "$VM_RUN/out" 2>&1 || fail "taken: a mode of nobody"
	grep "2:[0-9]*: .*the kernel says: the mode" "$VM_RUN/out" || fail "mode"
	for n in "role server" "connect tcp" "inherit yes"; do
		! act_policy "rule x { verdict prefer; keyring web; $n }" \
			> "$VM_RUN/out" 2>&1 || fail "taken: $n"
		grep "the kernel says" "$VM_RUN/out" || fail "$n"
	done
}

act_down()
{
	act_policy ''
	host_down
	vm 'for i in $(seq 40); do
			grep -q ":95[0-9][0-9] " /proc/net/tls_offload || exit 0
			sleep 0.3
		done; cat /proc/net/tls_offload; exit 1'
}

t "actions: keys, rings" act_up
t "actions: role, against the direction" act_role
t "actions: connect() that tells of TCP's connection" act_early
t "actions: connect() that waits for TLS" act_late
t "actions: inherited by a server's data connections" act_inherit_server
t "actions: inherited by a client's" act_inherit_client
t "actions: TLS preferred" act_prefer
t "actions: an adapter required" act_adapter
t "actions: a mode that no adapter does" act_mode
t "actions: refused when the rule is loaded" act_refused
t "actions: nothing is left" act_down
