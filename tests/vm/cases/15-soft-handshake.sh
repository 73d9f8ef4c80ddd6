# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# The software placement: the route leaves through an ordinary card, and the kernel
# is director and completer. Versions, suites, groups, certificates, resumption,
# client certificates, hostile and slow peers; what the wire says of it.

soft_up()
{
	vm_soft_net
	ns ping -c 4 -i 0.2 -W 30 "$VM_SOFT4"
	ns ping -c 4 -i 0.2 -W 30 "$VM_SOFT6"
}

soft_page()
{
	page_ok "$VM_SOFT4:8443" -v
	page_ok "[$VM_SOFT6]:8444"
	page_ok "$VM_SOFT4:8443" --tls-max 1.2
	page_ok "[$VM_SOFT6]:8444" --tls-max 1.2
}

# soft_proc_line VERSION: /proc has the line of a connection under it.
soft_proc_line()
{
	for _ in $(seq 40); do
		vm 'cat /proc/net/tls_offload' > "$VM_RUN/proc"
		awk -v v="$1" '$1 == "10.78.0.2:8443" && $3 == "secure" &&
			$4 == v && $5 ~ /AES_256_GCM_SHA384$/ &&
			$6 == "secp384r1" && $7 == "server" && $8 == "web" &&
			$9 == "-" && $10 == 0 && $16 == "software" { f = 1 }
			END { exit !f }' "$VM_RUN/proc" && return 0
		sleep 0.3
	done
	cat "$VM_RUN/proc"
	return 1
}

# Held open meanwhile.
soft_proc()
{
	local args rc=0 version

	for version in TLS1.3 TLS1.2; do
		args=(-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384)
		[ "$version" = TLS1.3 ] ||
			args=(-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384)
		rm -f "$VM_RUN/held.in"
		mkfifo "$VM_RUN/held.in"
		s_client "$VM_SOFT4:8443" "${args[@]}" -groups P-384 \
			< "$VM_RUN/held.in" > /dev/null 2>&1 &
		exec 7> "$VM_RUN/held.in"
		soft_proc_line "$version" || rc=1
		exec 7>&-
		wait $! || true
		[ "$rc" -eq 0 ] || fail "no line of $version"
	done
}

soft_capture()
{
	local CAP_IF=tap1

	cap_begin soft13 tcp port 8443
	page_ok "$VM_SOFT4:8443"
	cap_end
	cap_clear 8443 "$VM_RUN/share/page.html"
	eq "version and suite" "$(cap_suites 8443)" "0x0304	0x1301"
	python3 "$VM_DIR/wire.py" records "$CAP" 8443
	cap_begin soft12 tcp port 8444
	page_ok "$VM_SOFT4:8444" --tls-max 1.2
	cap_end
	cap_clear 8444 "$VM_RUN/share/page.html"
	eq "version and suite" "$(cap_suites 8444)" "	0xc02b"
	python3 "$VM_DIR/wire.py" records "$CAP" 8444
}

soft_openssl()
{
	local suite group groups="X25519 P-256 P-384"

	for group in $groups; do
		for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 \
			TLS_CHACHA20_POLY1305_SHA256; do
			page_by_openssl "$VM_SOFT4:8443" "$suite" "$group"
			[ -n "$SHORT" ] || page_by_openssl "[$VM_SOFT6]:8444" \
				"$suite" "$group"
		done
		for suite in AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305
		do
			page_by_openssl "$VM_SOFT4:8443" "ECDHE-RSA-$suite" \
				"$group"
		done
	done
	# RFC 8422 5.1: the certificate's curve must be among the client's groups.
	for suite in AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305; do
		for group in X25519:P-256 P-256; do
			page_by_openssl "[$VM_SOFT6]:8444" \
				"ECDHE-ECDSA-$suite" "$group"
		done
	done
}

soft_gnutls()
{
	local cipher group

	for cipher in AES-128-GCM AES-256-GCM CHACHA20-POLY1305; do
		for group in X25519 SECP256R1 SECP384R1; do
			page_by_gnutls "$VM_SOFT4" 8444 "$cipher" "$group"
			page_by_gnutls "$VM_SOFT6" 8443 "$cipher" "$group" 1.2
		done
	done
}

# Within the guest, over its loopback interface, too.
soft_loopback()
{
	vm - <<-EOF
	for max in 1.3 1.2; do
		curl -sS --max-time 30 --noproxy '*' --tls-max \$max \
			--cacert /run/tlso/pki/ca.pem \
			https://127.0.0.1:8443/page.html |
			cmp - /run/tlso/page.html || exit 1
	done
	EOF
}

soft_no_common()
{
	local where=$VM_SOFT4:8443

	refused "$where" 'protocol version' -tls1_1 -cipher DEFAULT@SECLEVEL=0
	refused "$where" 'handshake failure' -tls1_3 -groups X448
	refused "$where" 'handshake failure' -tls1_2 -cipher ECDHE-RSA-AES128-SHA256
	# The other kind of key, and the suites that we have but do not offer.
	refused "$where" 'handshake failure' -tls1_2 \
		-cipher ECDHE-ECDSA-AES128-GCM-SHA256
	refused "$where" 'handshake failure' -tls1_2 -cipher AES128-GCM-SHA256
	page_ok "$VM_SOFT4:8443"
}

# soft_first VERSION FILE: leaves a session there
soft_first()
{
	printf 'GET /page.html HTTP/1.0\r\n\r\n' |
		s_client "$VM_SOFT4:8443" "-tls$1" -ign_eof -sess_out "$2" \
		> "$VM_RUN/first" 2>&1
	grep -q '^New, TLSv' "$VM_RUN/first" || fail "$(cat "$VM_RUN/first")"
}

# soft_again VERSION EXPECTED PORT: by the session in $VM_RUN/sess
soft_again()
{
	printf 'GET /page.html HTTP/1.0\r\n\r\n' |
		s_client "$VM_SOFT4:$3" "-tls$1" -sess_in "$VM_RUN/sess" \
			-ign_eof > "$VM_RUN/again" 2>&1 ||
		fail "$(cat "$VM_RUN/again")"
	grep -q "^$2, TLSv" "$VM_RUN/again" || fail "$(cat "$VM_RUN/again")"
	grep -qF "$(sed -n 5p "$VM_RUN/share/page.html")" "$VM_RUN/again" ||
		fail "no page"
}

# soft_rings RING RING: of 8443 and of 8444
soft_rings()
{
	vm "sysctl -w net.tls_offload.secure_ports='8443:$1 8444:$2 8446:rootonly 8447:nosuchring 8450:web'"
}

soft_resumption()
{
	local version rc=0

	for version in 1_3 1_2; do
		soft_first "$version" "$VM_RUN/sess"
		soft_again "$version" Reused 8443
		# A ticket is for one port and one ring.
		soft_rings webec web
		(
			soft_again "$version" New 8443
			soft_again "$version" New 8444
		) || rc=$?
		soft_rings web webec
		[ $rc -eq 0 ] || return $rc
	done
	# gnutls-cli connects twice by itself.
	ns timeout 60 gnutls-cli "$VM_SOFT4" -p 8443 --x509cafile "$PKI/ca.pem" \
		--verify-hostname web.test --sni-hostname web.test -r \
		--waitresumption < /dev/null > "$VM_RUN/gnutls" 2>&1 || true
	grep -q 'This is a resumed session' "$VM_RUN/gnutls" ||
		fail "$(cat "$VM_RUN/gnutls")"
}

# soft_key_name: of the key that seals tickets now; RFC 5077 4 puts it in front.
soft_key_name()
{
	printf 'GET /page.html HTTP/1.0\r\n\r\n' |
		s_client "$VM_SOFT4:8443" -tls1_2 -ign_eof 2> /dev/null |
		sed -n 's/^ *0000 - \(\([0-9a-f]\{2\}[ -]\)\{16\}\).*/\1/p' | head -n 1
}

soft_rotation()
{
	echo "echo $1 > /sys/module/tls_offload/parameters/ticket_rotation"
}

# soft_rotated SECONDS: waits until there is another key than $KEY, and leaves it in force.
soft_rotated()
{
	local now=$KEY

	[ -n "$KEY" ] || fail "no ticket"
	vm "$(soft_rotation "$1")"
	for _ in $(seq 100); do
		now=$(soft_key_name)
		[ "$now" = "$KEY" ] || break
		sleep 0.2
	done
	vm "$(soft_rotation 10800)"
	[ -n "$now" ] && [ "$now" != "$KEY" ] || fail "no other key"
	KEY=$now
	echo "key: $KEY"
}

# The timer fires: of three keys the oldest goes.
soft_rotates()
{
	local version KEY rc=0

	KEY=$(soft_key_name)
	for version in 1_3 1_2; do
		soft_first "$version" "$VM_RUN/old$version"
	done
	! vm "$(soft_rotation 0)" || fail "0 was taken"
	(
		# Not so soon that the next ones come as well.
		soft_rotated 6
		for version in 1_3 1_2; do
			cp "$VM_RUN/old$version" "$VM_RUN/sess"
			soft_again "$version" Reused 8443
		done
		soft_rotated 2
		soft_rotated 2
		for version in 1_3 1_2; do
			cp "$VM_RUN/old$version" "$VM_RUN/sess"
			soft_again "$version" New 8443
			soft_first "$version" "$VM_RUN/sess"
			soft_again "$version" Reused 8443
		done
	) || rc=$?
	vm "$(soft_rotation 10800)"
	return $rc
}

# Two identities on one ring: the name that the client asks for chooses.
soft_names()
{
	openssl ecparam -name secp384r1 -genkey -noout |
		openssl pkcs8 -topk8 -nocrypt -out "$PKI/other.key"
	pki_cert "$PKI" other DNS:other.test
	pki_payload "$PKI" other
	pki_ring names rsa other
	soft_served 8450:names soft_named
}

soft_named()
{
	local version name

	for version in -tls1_3 -tls1_2; do
		for name in web.test other.test; do
			echo hello | ns timeout 30 openssl s_client \
				-connect "$VM_SOFT4:8450" -servername $name \
				-verify_hostname $name -CAfile "$PKI/ca.pem" \
				-verify_return_error $version -ign_eof \
				> "$VM_RUN/named" 2>&1 ||
				fail "$name: $(cat "$VM_RUN/named")"
			grep -qx 'echo: hello' "$VM_RUN/named" ||
				fail "$name: $(cat "$VM_RUN/named")"
		done
	done
}

# soft_port RULE: in place of 8450:web; without one as before.
soft_port()
{
	vm "sysctl -w net.tls_offload.secure_ports='8443:web 8444:webec 8446:rootonly 8447:nosuchring ${1:-8450:web}'"
}

# soft_served RULE COMMAND...: our plain server, under that rule, while it runs.
soft_served()
{
	local rc=0

	soft_port "$1"
	shift
	(serve read "$@") || rc=$?
	soft_port
	return $rc
}

# A client whose authority is the run's, and a stranger.
soft_client_pki()
{
	openssl ecparam -name prime256v1 -genkey -noout |
		openssl pkcs8 -topk8 -nocrypt -out "$PKI/client.key"
	pki_cert "$PKI" client DNS:client.test clientAuth
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$PKI/alien.key" \
		-out "$PKI/alien.pem" -subj /CN=alien -days 2 2>/dev/null
}

soft_client_certificate()
{
	local good bad

	soft_client_pki
	pki_ring known rsa ca
	good="-cert $PKI/client.pem -key $PKI/client.key"
	bad="-cert $PKI/alien.pem -key $PKI/alien.key"
	# In this order: who has resumed without a certificate is asked for one.
	soft_served 8450:known:request soft_known "$good" "$bad" request
	soft_served 8450:known:require soft_known "$good" "$bad" require
}

# soft_hello OPTION...: one line to the plain server, and back.
soft_hello()
{
	echo hello | s_client "$VM_SOFT4:8450" "$@" -ign_eof > "$VM_RUN/hello" 2>&1
	grep -qx 'echo: hello' "$VM_RUN/hello"
}

# shellcheck disable=SC2086 # options
soft_known()
{
	local version

	for version in -tls1_3 -tls1_2; do
		soft_hello $version $1 || fail "known: $(cat "$VM_RUN/hello")"
		! soft_hello $version $2 || fail "an alien was let in"
		grep -qi 'alert unknown ca' "$VM_RUN/hello" ||
			fail "alien: $(cat "$VM_RUN/hello")"
		if [ "$3" = request ]; then
			soft_hello $version -sess_out "$VM_RUN/none$version" ||
				fail "none: $(cat "$VM_RUN/hello")"
			continue
		fi
		# Nor by the ticket from when nobody had to show one.
		! soft_hello $version -sess_in "$VM_RUN/none$version" ||
			fail "nobody was let in"
		grep -qi -e 'alert certificate required' \
			-e 'alert handshake failure' "$VM_RUN/hello" ||
			fail "none: $(cat "$VM_RUN/hello")"
	done
}

# Who came by an authority that is off the ring by now does not come by ticket.
soft_anchor_gone()
{
	soft_client_pki
	pki_anchor "$PKI" alien
	pki_ring fickle rsa ca alien "> /run/fickle"
	soft_served 8450:fickle:require soft_anchors
}

# soft_by_ticket VERSION EXPECTED [OPTION...]: a known client's line, and back.
soft_by_ticket()
{
	local how=$2

	soft_hello "-tls$1" -cert "$PKI/client.pem" -key "$PKI/client.key" \
		-sess_in "$VM_RUN/sess$1" "${@:3}" ||
		fail "$1: $(cat "$VM_RUN/hello")"
	grep -q "^$how, TLSv" "$VM_RUN/hello" || fail "$1: not $how"
}

soft_anchors()
{
	local version

	for version in 1_3 1_2; do
		soft_hello "-tls$version" -cert "$PKI/client.pem" \
			-key "$PKI/client.key" -sess_out "$VM_RUN/sess$version"
		soft_by_ticket $version Reused
	done
	# Another that leaves takes the tickets with it, and nothing else.
	vm 'keyctl unlink $(keyctl search $(cat /run/fickle) tls_offload alien) \
		$(cat /run/fickle)'
	for version in 1_3 1_2; do
		soft_by_ticket $version New -sess_out "$VM_RUN/sess$version"
		soft_by_ticket $version Reused
	done
	vm 'ring=$(cat /run/fickle)
		keyctl unlink $(keyctl search $ring tls_offload ca) $ring
		key=$(keyctl padd tls_offload alien $ring < /run/tlso/pki/alien.payload)
		keyctl setperm $key 0x3f3f0000'
	for version in 1_3 1_2; do
		! soft_hello "-tls$version" -cert "$PKI/client.pem" \
			-key "$PKI/client.key" -sess_in "$VM_RUN/sess$version" ||
			fail "$version: was let in"
		grep -qi 'alert unknown ca' "$VM_RUN/hello" ||
			fail "$version: $(cat "$VM_RUN/hello")"
	done
}

# What is no ClientHello gets its alert, and no page.
soft_bad_input()
{
	ns timeout 120 python3 - "$VM_SOFT4" <<-'EOF'
	import os, socket, sys
	cases = {
	    "plain http": (b"GET / HTTP/1.0\r\n\r\n", {10, 22, 50, 70}),
	    "application data": (b"\x17\x03\x03\x00\x10" + bytes(16), {10}),
	    "alert first": (b"\x15\x03\x03\x00\x02\x02\x28", None),
	    "too long": (b"\x16\x03\x01\x48\x01" + bytes(2000), {22}),
	    "server hello": (b"\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03", {10}),
	    "empty hello": (b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", {50}),
	    "noise": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" +
	              os.urandom(506), {10, 40, 47, 50, 70, 109}),
	    "truncated": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", None),
	}
	for name, (data, alerts) in cases.items():
	    s = socket.create_connection((sys.argv[1], 8443), timeout=30)
	    s.sendall(data)
	    s.shutdown(socket.SHUT_WR)
	    got = b""
	    try:
	        while piece := s.recv(4096):
	            got += piece
	    except ConnectionResetError:
	        pass
	    print(name, got.hex())
	    if alerts is None:
	        assert b"HTTP" not in got, name
	        continue
	    assert len(got) == 7 and got[0] == 21 and got[5] == 2, name
	    assert got[6] in alerts, (name, got[6])
	EOF
	page_ok "$VM_SOFT4:8443"
}

# A ClientHello of single bytes, each in a segment of its own.
soft_trickle()
{
	ns timeout 120 python3 - "$VM_SOFT4" "$PKI/ca.pem" <<-'EOF'
	import socket, ssl, sys
	for most in ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2:
	    context = ssl.create_default_context(cafile=sys.argv[2])
	    context.maximum_version = most
	    s = socket.create_connection((sys.argv[1], 8443), timeout=30)
	    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
	    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
	    tls = context.wrap_bio(inside, outside, server_hostname="web.test")
	    while True:
	        try:
	            tls.do_handshake()
	            break
	        except ssl.SSLWantReadError:
	            for byte in outside.read():
	                s.sendall(bytes([byte]))
	            inside.write(s.recv(65536))
	    tls.write(b"GET /page.html HTTP/1.0\r\n\r\n")
	    s.sendall(outside.read())
	    while True:
	        try:
	            got = tls.read(20)
	            break
	        except ssl.SSLWantReadError:
	            inside.write(s.recv(65536))
	    print(tls.version(), got)
	    assert got.startswith(b"HTTP/1.1 200")
	EOF
}

t "an ordinary card: ping" soft_up
t "software: the first pages, TLS 1.3 and 1.2" soft_page
t "software: /proc/net/tls_offload" soft_proc
t "software: capture: no clear text, versions and suites" soft_capture
t "software: openssl s_client: suites, groups" soft_openssl
[ -n "$SHORT" ] || t "software: gnutls-cli: suites, groups" soft_gnutls
t "software: over loopback" soft_loopback
t "software: HelloRetryRequest" hello_retry \
	"$VM_SOFT4:8443" P-384 secp384r1
t "software: nothing in common: the right alert" soft_no_common
t "software: resumption by ticket" soft_resumption
t "software: the keys of tickets rotate" soft_rotates
t "software: the name chooses the certificate" soft_names
t "software: client certificates" soft_client_certificate
t "software: an authority off the ring: no ticket counts" soft_anchor_gone
t "software: bad input" soft_bad_input
t "software: a ClientHello byte by byte" soft_trickle
