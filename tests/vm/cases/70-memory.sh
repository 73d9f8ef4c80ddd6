# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Secrets are wiped: after handshakes and closes in the software placement, none of
# the sessions' secrets and none of the keys made of them is anywhere in the guest's
# memory. While a connection lives its traffic keys are, or the search proves nothing.

# found SUITE KEYLOG...: dumps the guest's memory and searches it.
found()
{
	local dump=$VM_RUN/memory rc=0

	vm_memory "$dump"
	"$VM_DIR/memory.py" "$VM_BUILD/vm/prog/memfind" "$dump" "$@" || rc=$?
	rm -f "$dump"
	return $rc
}

# asks VERSION NAME [SECONDS]: one page, and the connection's end; or held for so long.
asks()
{
	local args=(-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256)

	[ "$1" = 1.3 ] || args=(-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256)
	rm -f "$VM_RUN/log.$2"
	{
		sleep "${3:-0}"
		printf 'GET /page.html HTTP/1.0\r\n\r\n'
	} | s_client "$VM_SOFT4:8443" "${args[@]}" -ign_eof \
		-keylogfile "$VM_RUN/keylog.$2" > "$VM_RUN/asks" 2>&1 ||
		{ cat "$VM_RUN/asks"; return 1; }
}

memory_alive()
{
	asks 1.3 alive 30 &
	vm 'for i in $(seq 200); do
			grep -q ":8443 .* secure " /proc/net/tls_offload && break
			sleep 0.1
		done; sleep 2'
	found AES_128_GCM "$VM_RUN/keylog.alive" > "$VM_RUN/found"
	wait $!
	cut -c1-100 "$VM_RUN/found"
	grep -q 'TRAFFIC_SECRET_0' "$VM_RUN/found" ||
		fail "a living connection's secrets were not found"
	! grep 'HANDSHAKE_TRAFFIC_SECRET' "$VM_RUN/found" ||
		fail "the handshake is over, its secrets are not wiped"
}

# The ends of connections are worked off, and RCU has passed: in the guest's time.
memory_quiet()
{
	vm 'for i in $(seq 200); do
			grep -q ":8443 \|:946[12] " /proc/net/tls_offload || break
			sleep 0.1
		done; sleep 3'
}

memory_after()
{
	local version n

	for version in 1.3 1.2; do
		for n in 1 2 3; do
			asks $version $version.$n
		done
	done
	memory_quiet
	found AES_128_GCM "$VM_RUN"/keylog.alive "$VM_RUN"/keylog.1.[23].[123] \
		> "$VM_RUN/found"
	[ ! -s "$VM_RUN/found" ] || fail "$(cat "$VM_RUN/found")"
}

# answers VERSION PORT NAME: a server on the host for the guest as a client.
answers()
{
	local args=(-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256)

	# In TLS 1.2 the secret that a ticket resumes is the session's own, and kept.
	[ "$1" = 1.3 ] ||
		args=(-tls1_2 -no_ticket -cipher ECDHE-RSA-AES128-GCM-SHA256)
	rm -f "$VM_RUN/keylog.$3"
	host_serve "answers.$3" "$2" openssl s_server -WWW -accept "$2" \
		-cert "$PKI/rsa.pem" -key "$PKI/rsa.key" "${args[@]}" \
		-keylogfile "$VM_RUN/keylog.$3"
}

memory_client_setup()
{
	pki_ring memory ca
	connect_ports "9461:memory:web.test 9462:memory:web.test"
}

memory_client_alive()
{
	local id

	answers 1.3 9461 client.alive
	id=$(vm_bg <<-EOF
	python3 -c 'import socket, time
	s = socket.create_connection(("$VM_SOFT_HOST4", 9461))
	time.sleep(30)'
	EOF
	)
	# That one has our Finished in its hands; what we do after it we do then.
	for _ in $(seq 200); do
		! grep -qs '^CLIENT_TRAFFIC_SECRET_0' "$VM_RUN/keylog.client.alive" || break
		sleep 0.1
	done
	vm 'sleep 2'
	found AES_128_GCM "$VM_RUN/keylog.client.alive" > "$VM_RUN/found"
	vm_wait "$id"
	host_down
	cut -c1-100 "$VM_RUN/found"
	grep -q 'TRAFFIC_SECRET_0' "$VM_RUN/found" ||
		fail "a living connection's secrets were not found"
	! grep 'HANDSHAKE_TRAFFIC_SECRET' "$VM_RUN/found" ||
		fail "the handshake is over, its secrets are not wiped"
}

memory_client_after()
{
	local version port

	for version in 1.3 1.2; do
		port=946$([ $version = 1.3 ] && echo 1 || echo 2)
		answers $version $port client.$version
		vm "for i in 1 2 3; do curl -sS --noproxy '*' --max-time 20 \
			http://$VM_SOFT_HOST4:$port/page.html |
			cmp - /run/tlso/page.html || exit 1; done"
		host_down
		[ -s "$VM_RUN/keylog.client.$version" ] || fail "no key log"
	done
	memory_quiet
	found AES_128_GCM "$VM_RUN"/keylog.client.* > "$VM_RUN/found"
	[ ! -s "$VM_RUN/found" ] || fail "$(cat "$VM_RUN/found")"
	connect_ports ""
}

t "memory: a living connection's keys are found, its handshake's not" memory_alive
t "memory: after the close no secret is left" memory_after
t "memory: trust anchors for the guest as a client" memory_client_setup
t "memory: the same while it lives, the guest being the client" memory_client_alive
t "memory: the same after the close" memory_client_after
