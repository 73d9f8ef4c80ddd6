# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Data: much, both ways, many at a time; what programs do with sockets first.

# shellcheck disable=SC2153 # SHORT, of suite.sh
bytes()
{
	if [ -n "$SHORT" ]; then echo 8388608; else echo "$BIG_BYTES"; fi
}

download_big()
{
	download "$VM_GUEST4:8443" "$(bytes)"
}

upload_big()
{
	upload "$VM_GUEST4:8443" "$(bytes)"
}

both_by_ipv6()
{
	upload "[$VM_GUEST6]:8444" 2000003
	download "[$VM_GUEST6]:8444" 2000003
}

# The judge of captures sees clear text where there is some.
capture_can_fail()
{
	cap_begin plain tcp port 8080
	ns curl -sS --max-time 20 "http://$VM_GUEST4:8080/page.html" \
		| cmp - "$VM_RUN/share/page.html"
	cap_end
	if cap_clear 8080 "$VM_RUN/share/page.html"; then
		fail "a page in clear went unseen"
	fi
}

many()
{
	pages "$([ "$SHORT" ] && echo 40 || echo 200)" 20 "$VM_GUEST4:8444"
}

keepalive()
{
	local args=() i

	for i in $(seq 50); do
		args+=(-o /dev/null "https://$VM_GUEST4:8443/page.html?$i")
	done
	eq "connections" "$(ns curl -sS --max-time 60 --noproxy '*' \
		--cacert "$PKI/ca.pem" -w '%{num_connects}\n' "${args[@]}" |
		awk '{ n += $1 } END { print n }')" 1
}

plain_client_refused()
{
	cap_begin refused tcp port 8443
	if ns curl -sS --max-time 20 --http0.9 \
		"http://$VM_GUEST4:8443/page.html" > "$VM_RUN/got" 2>&1; then
		! grep -qa -e DOCTYPE -e nginx "$VM_RUN/got" ||
			fail "answered in clear"
	fi
	printf 'GET / HTTP/1.0\r\n\r\n' |
		ns timeout 60 socat -t 30 - "TCP:$VM_GUEST4:8443" \
		> "$VM_RUN/got" || true
	cap_end
	! grep -qa HTTP "$VM_RUN/got" || fail "answered in clear"
	# A TLS alert, unexpected_message or decode_error or record_overflow.
	head -c 5 "$VM_RUN/got" | xxd -p | grep -qx '1503030002' ||
		fail "no alert: $(xxd "$VM_RUN/got" | head -n 3)"
	! python3 "$VM_DIR/wire.py" clear "$CAP" 8443 "$VM_RUN/share/page.html" |
		grep clear\ text || fail "leaked"
	page_ok "$VM_GUEST4:8443"
}

unlisted_stays_plain()
{
	ns curl -sS --max-time 20 "http://$VM_GUEST4:8080/page.html" |
		cmp - "$VM_RUN/share/page.html"
	if https "$VM_GUEST4:8080/page.html" > /dev/null 2>&1; then
		fail "8080 speaks TLS"
	fi
}

first_call()
{
	serve "$1" line_echoed "$1"
}

half_close()
{
	serve cat half_closed "$VM_GUEST4"
}

# 100 that nobody accepts: some silent, some with a ClientHello; then the
# listener goes.
pending_closed()
{
	serve never pending_pile
	vm 'for i in $(seq 200); do
			[ "$(ss -Htn state established "( sport = :8450 )")" ] || break
			sleep 0.1
		done; ss -Htn state established "( sport = :8450 )"' > "$VM_RUN/left"
	[ ! -s "$VM_RUN/left" ] || fail "left: $(cat "$VM_RUN/left")"
}

pending_pile()
{
	ns timeout 60 python3 - "$VM_GUEST4" <<-'EOF' || fail "not 100"
	import socket, ssl, sys, time
	held = []
	for i in range(100):
	    s = socket.create_connection((sys.argv[1], 8450), timeout=10)
	    if i % 2:
	        out = ssl.MemoryBIO()
	        tls = ssl.create_default_context().wrap_bio(
	            ssl.MemoryBIO(), out, server_hostname="web.test")
	        try:
	            tls.do_handshake()
	        except ssl.SSLWantReadError:
	            pass
	        s.sendall(out.read())
	    held.append(s)
	time.sleep(1)
	print(len(held), "pending")
	EOF
	vm 'ss -Htn state established "( sport = :8450 )" | wc -l'
}

# Keys that change are the kernel's from then on.
key_update()
{
	local before

	before=$(counter handshakes_done)
	key_updates "$VM_GUEST4:8443"
	[ "$(counter handshakes_done)" -gt "$before" ] ||
		fail "it was not the adapter's"
	eq "bad records" "$(counter rx_tls_bad_records)" 0
}

# Ours, in the middle of what the adapter sends.
key_renewed()
{
	local rc=0

	vm 'echo 10 > /sys/module/tls_offload/parameters/rekey_records'
	(eq "hash" "$(https "$VM_GUEST4:8443/big" -r 0-999999 | sha256sum)" \
		"$(big_make 1000000 | sha256sum)") || rc=$?
	vm 'echo 0 > /sys/module/tls_offload/parameters/rekey_records'
	return $rc
}

t "download: equal hashes" download_big
t "upload: equal hashes" upload_big
t "both ways over IPv6" both_by_ipv6
t "capture of data: nothing in clear" not_clear data "$VM_GUEST4"
t "capture of a plain port: clear text is noticed" capture_can_fail
t "many connections, 20 at a time" many
t "50 requests on one connection" keepalive
t "plain-HTTP client on the secure port is refused" plain_client_refused
t "an unlisted port stays plain" unlisted_stays_plain
for how in read peek splice first; do
	t "first call of a connection: $how" first_call $how
done
t "half-close" half_close
t "KeyUpdate by the client" key_update
t "KeyUpdate of our own" key_renewed
t "listener closed with 100 pending connections" pending_closed
