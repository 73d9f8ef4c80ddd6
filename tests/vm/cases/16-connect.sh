# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Connections that programs of the guest open: the kernel is the TLS client under
# curl, wget, nc. Servers are on the host (hosts.sh). Versions, names, good and bad
# certificates and servers, resumption, client certificates, new keys; what the
# wire says of it. Ways to call connect() are 18-connect-calls.

conn_sysctl()
{
	local bad wanted

	wanted=$(conn_rules)
	vm "sysctl -n net.tls_offload.connect_ports | grep -qx ''" ||
		fail "not empty at first"
	connect_ports "$wanted"
	eq "read back" "$(vm 'sysctl -n net.tls_offload.connect_ports')" \
		"$wanted"
	for bad in 9443 9443: :trust x:trust 0:trust 65536:trust \
		9443:trust: "9443:trust 9443:staff" \
		"9443:trust:$(printf 'a%.0s' $(seq 300))" \
		"9443:0123456789012345678901234567890x"; do
		vm 'dmesg -C'
		! vm "echo '$bad' > /proc/sys/net/tls_offload/connect_ports" \
			2> /dev/null || fail "\"$bad\" was taken"
		vm 'dmesg | grep "connect_ports: \"9\?.*\": expected"' ||
			fail "\"$bad\": nothing in the log"
	done
	eq "afterwards" "$(vm 'sysctl -n net.tls_offload.connect_ports')" \
		"$wanted"
	connect_ports "$(tr ' ' , <<< "$wanted")"
	eq "with commas" "$(vm 'sysctl -n net.tls_offload.connect_ports')" \
		"$wanted"
}

# conn_page URL: the host's page, with an unmodified curl
conn_page()
{
	vm "set -o pipefail
		curl -sS --noproxy '*' --max-time 50 'http://$1/page.html' |
		cmp - /run/tlso/page.html" || fail "$1: $(vm 'dmesg | tail -n 3')"
}

conn_pages()
{
	local port host

	for port in 9441 9442; do
		for host in "$VM_SOFT_HOST4" "[$VM_SOFT_HOST6]" "$VM_HOST4" \
			"[$VM_HOST6]"; do
			conn_page "$host:$port"
		done
	done
	conn_page "$VM_SOFT_HOST4:9443"
}

conn_gnutls()
{
	local v

	for v in 3 2; do
		vm "curl -sS --noproxy '*' --max-time 50 \
			'http://$VM_SOFT_HOST4:944$((7 - v))/'" |
			grep -o "TLS1\.$v" | sort -u | grep . ||
			fail "no page of TLS 1.$v"
	done
}

conn_programs()
{
	vm - <<-EOF || fail "no page"
	set -e -o pipefail
	wget -q -T 50 -t 1 --no-proxy -O - http://$VM_SOFT_HOST4:9441/page.html |
		cmp - /run/tlso/page.html
	printf 'GET /page.html HTTP/1.0\r\n\r\n' |
		timeout 50 nc -4 $VM_SOFT_HOST4 9442 |
		sed '1,/^\r$/d' | cmp - /run/tlso/page.html
	exec 5<> /dev/tcp/$VM_SOFT_HOST4/9441
	printf 'GET /page.html HTTP/1.0\r\n\r\n' >&5
	sed '1,/^\r$/d' <&5 | cmp - /run/tlso/page.html
	EOF
}

# Rules are followed: what is asked for by name, and what is not.
conn_capture()
{
	local CAP_IF=tap1 port

	cap_begin conn portrange 9441-9443
	conn_page "$VM_SOFT_HOST4:9441"
	conn_page "[$VM_SOFT_HOST6]:9442"
	conn_page "$VM_SOFT_HOST4:9443"
	cap_end
	for port in 9441 9442 9443; do
		cap_clear $port "$VM_RUN/share/page.html" "$VM_RUN/request"
		python3 "$VM_DIR/wire.py" records "$CAP" $port
		hello show $port | tee "$VM_RUN/hello"
		case $port in
		9441) grep -q '^srv.test 1.3 130. X25519 ' "$VM_RUN/hello" ;;
		9442) grep -q '^srv.test 1.2 c030 \|^srv.test 1.2 c02f \|^srv.test 1.2 cca8 ' \
			"$VM_RUN/hello" ;;
		*) grep -q '^other.test 1.3 ' "$VM_RUN/hello" ;;
		esac || fail "port $port: $(cat "$VM_RUN/hello")"
	done
}

conn_proc()
{
	local id

	id=$(vm_bg <<< "$VM_BUILD/vm/prog/dial hold $VM_SOFT_HOST4 9455 &
		echo \$! > /run/hold.pid; wait")
	for _ in $(seq 40); do
		vm 'cat /proc/net/tls_offload' > "$VM_RUN/proc"
		awk '$2 == "10.78.0.1:9455" && $3 == "secure" &&
			$4 == "TLS1.2" && $5 ~ /^TLS_ECDHE_ECDSA_/ &&
			$7 == "client" && $8 == "trust" && $9 == "-" &&
			$16 == "software" { f = 1 } END { exit !f }' \
			"$VM_RUN/proc" && break
		sleep 0.3
	done
	cat "$VM_RUN/proc"
	vm 'kill $(cat /run/hold.pid)'
	vm_wait "$id"
	awk '$7 == "client" && $3 == "secure" { f = 1 } END { exit !f }' \
		"$VM_RUN/proc"
}

# By address, with no name in the ClientHello; and where the rule names one.
conn_addresses()
{
	local CAP_IF=tap1 port

	cap_begin address portrange 9473-9476
	for port in 9473 9475 9476; do
		dial 0 line "$VM_SOFT_HOST4" $port
	done
	dial 0 line "$VM_SOFT_HOST6" 9473
	dial_fails EPROTO "$VM_SOFT_HOST4" 9474
	cap_end
	for port in 9473 9474 9475 9476; do
		hello show $port > "$VM_RUN/hello"
		cat "$VM_RUN/hello"
		[ -s "$VM_RUN/hello" ] || fail "no handshake to $port"
		! grep -v '^- 1\.3 ' "$VM_RUN/hello" || fail "a name was sent"
		# One address says nothing of another.
		! grep ' resumed$' "$VM_RUN/hello" || fail "resumed"
	done
}

conn_failures()
{
	local CAP_IF=tap1 port

	cap_begin failures portrange 9450-9490
	for port in 9460 9461 9462 9463 9464 9465 9466 9482 9484 9485; do
		dial_fails EPROTO "$VM_SOFT_HOST4" $port
	done
	dial_fails EPROTO "$VM_SOFT_HOST6" 9460
	for port in 9467 9469 9483; do
		dial_fails ECONNRESET "$VM_SOFT_HOST4" $port
	done
	dial_fails '\(ECONNRESET\|EPROTO\)' "$VM_SOFT_HOST4" 9468
	dial_fails ENOKEY "$VM_SOFT_HOST4" 9470
	dial_fails ENOKEY "$VM_SOFT_HOST4" 9471
	cap_end
	for port in 9460 9461 9462 9463 9464 9466 9467 9468 9469 9482 9483 \
		9484 9485; do
		cap_clear $port "$VM_RUN/line"
		hello refused $port || fail "port $port"
	done
	# Here it may not even have come to a ClientHello.
	for port in 9465 9470 9471; do
		! cap_clear $port "$VM_RUN/line" 2>&1 | grep 'clear text' ||
			fail "port $port"
	done
	! said '94\(6.\|7[014]\|8.\)' | grep -F 'nobody else' || fail "it was told"
}

# A ticket that root has got is no way round the ring's permission.
conn_permission()
{
	dial 0 line "$VM_SOFT_HOST4" 9472
	DIAL_USER=www-data dial_fails EACCES "$VM_SOFT_HOST4" 9472
	DIAL_USER=www-data dial 0 line "$VM_SOFT_HOST4" 9450
	dial 0 line "$VM_SOFT_HOST4" 9472
	vm 'ring=$(keyctl search @u keyring trustroot)
		keyctl unlink $(keyctl rlist $ring) $ring'
	dial_fails ENOKEY "$VM_SOFT_HOST4" 9472
}

conn_mute()
{
	local ms

	dial_fails ETIMEDOUT "$VM_SOFT_HOST4" 9477
	ms=$(sed -n 's/^connect: ETIMEDOUT \([0-9]*\) ms$/\1/p' "$VM_RUN/dial")
	[ "$ms" -ge 9500 ] && [ "$ms" -le 30000 ] || fail "after $ms ms"
}

# conn_not_resumed RING: under a rule that names it all begins anew.
conn_not_resumed()
{
	local CAP_IF=tap1 port

	connect_ports "9441:$1:srv.test 9442:$1:srv.test"
	cap_begin resumption portrange 9441-9442
	for port in 9441 9442; do
		conn_page "$VM_SOFT_HOST4:$port"
	done
	cap_end
	for port in 9441 9442; do
		hello show $port | grep ' new$' || fail "$1: resumed, port $port"
	done
}

# Twice to the same server, each version; then under other rules: another identity,
# another authority, another name.
conn_resumption()
{
	local CAP_IF=tap1 port

	conn_page "$VM_SOFT_HOST4:9441"
	conn_page "$VM_SOFT_HOST4:9442"
	cap_begin resumption portrange 9441-9442
	for port in 9441 9442; do
		conn_page "$VM_SOFT_HOST4:$port"
		conn_page "$VM_SOFT_HOST4:$port"
	done
	cap_end
	for port in 9441 9442; do
		hello show $port | tee "$VM_RUN/hello"
		eq "resumed" "$(grep -c ' resumed$' "$VM_RUN/hello")" 2
	done
	conn_not_resumed staff
	conn_not_resumed trusttoo
	connect_ports "9441:trust:wrong.test 9442:trust:wrong.test"
	for port in 9441 9442; do
		dial_fails EPROTO "$VM_SOFT_HOST4" $port
	done
	connect_ports "$(conn_rules)"
}

# conn_staff VERSION: a server that insists on a certificate
conn_staff()
{
	host_serve staff 9480 openssl s_server -WWW -accept 9480 "$1" \
		-cert "$PKI/srv.pem" -key "$PKI/srv.key" -Verify 3 \
		-verify_return_error -CAfile "$PKI/ca.pem"
	conn_page "$VM_SOFT_HOST4:9480"
	connect_ports "9480:trust:srv.test"
	! (conn_page "$VM_SOFT_HOST4:9480") || fail "without one"
	connect_ports "$(conn_rules)"
}

conn_client_certificate()
{
	local v pids last

	pids=$(cat "$VM_RUN/hosts.pid")
	for v in -tls1_3 -tls1_2; do
		conn_staff $v
		last=$(tail -n 1 "$VM_RUN/hosts.pid")
		kill "$last"
		wait "$last" || true
		echo "$pids" > "$VM_RUN/hosts.pid"
	done
}

# talk_begin: an openssl s_server on 9481 that is spoken to on fd 7
talk_begin()
{
	rm -f "$VM_RUN/talk.in"
	mkfifo "$VM_RUN/talk.in"
	: > "$VM_RUN/talk"
	ip netns exec "$VM_NS" timeout 100 openssl s_server -accept 9481 \
		-tls1_3 -cert "$PKI/srv.pem" -key "$PKI/srv.key" -msg \
		< "$VM_RUN/talk.in" > "$VM_RUN/talk" 2>&1 &
	exec 7> "$VM_RUN/talk.in"
	host_wait 9481
}

# talk_has PATTERN [N]
talk_has()
{
	file_has "$VM_RUN/talk" "$@"
}

conn_key_update()
{
	local what n=0 updates=0 id

	talk_begin
	id=$(vm_bg <<< "$VM_BUILD/vm/prog/dial echo $VM_SOFT_HOST4 9481")
	talk_has '^CIPHER is'
	for what in '' k K K; do
		# A line that comes with the command would be thrown away.
		[ -z "$what" ] || {
			echo "$what" >&7
			updates=$((updates + 1))
			talk_has '^>>> TLS 1.3, Handshake .*KeyUpdate' $updates
		}
		n=$((n + 1))
		echo "line number $n" >&7
		talk_has "^echo: line number $n"
	done
	echo Q >&7
	exec 7>&-
	vm_wait "$id"
	eq "KeyUpdates out" "$(grep -ac \
		'^>>> TLS 1.3, Handshake .*KeyUpdate' "$VM_RUN/talk")" 3
	eq "KeyUpdates in answer" "$(grep -ac \
		'^<<< TLS 1.3, Handshake .*KeyUpdate' "$VM_RUN/talk")" 2
}

# Ours, when a key has been used enough.
conn_renew()
{
	local rc=0

	vm 'echo 20 > /sys/module/tls_offload/parameters/rekey_records'
	(
		dial 0 half "$VM_SOFT_HOST4" 9453 3000001
		talk_begin
		vm "head -c 1000000 /run/web/www/big | base64 |
			timeout 50 nc -4 -N $VM_SOFT_HOST4 9481 > /dev/null" &
		talk_has '^<<< TLS 1.3, Handshake .*KeyUpdate' 3
		wait $! || true
		exec 7>&-
	) || rc=$?
	vm 'echo 0 > /sys/module/tls_offload/parameters/rekey_records'
	return $rc
}

conn_data()
{
	local port sum n=4000037

	[ -z "$SHORT" ] || n=1000003
	for port in 9441 9442; do
		vm -t 200 "curl -sS --noproxy '*' --max-time 190 \
			http://$VM_SOFT_HOST4:$port/big | cmp - /run/tlso/big" ||
			fail "port $port"
	done
	sum=$(head -c $n "$VM_RUN/share/big" | sha256sum | cut -d' ' -f1)
	vm -t 200 "head -c $n /run/tlso/big |
		timeout 190 nc -4 -N $VM_SOFT_HOST4 9453" > "$VM_RUN/got"
	eq "answer" "$(cat "$VM_RUN/got")" "$n bytes"
	said 9453 | grep "^got $n bytes, sha256 $sum" || fail "other bytes"
}

# The server's side and the client's are both ours.
conn_loopback()
{
	local rules

	rules=$(conn_rules)
	connect_ports "$rules 8443:trust 8444:trust:web.test"
	vm - <<-EOF || fail "no page"
	set -e -o pipefail
	tcpdump -i lo -U -w /run/lo.pcap tcp port 8443 2> /run/lo.err &
	for i in \$(seq 100); do
		! grep -q listening /run/lo.err || break
		sleep 0.1
	done
	for where in 127.0.0.1:8443 '[::1]:8444' 127.0.0.1:8444; do
		curl -sS --noproxy '*' --max-time 50 http://\$where/page.html |
			cmp - /run/tlso/page.html
	done
	$VM_DIR/cap-end \$! /run/lo.err
	cp /run/lo.pcap /run/tlso/lo.pcap
	EOF
	connect_ports "$rules"
	CAP=$VM_RUN/share/lo.pcap
	cap_clear 8443 "$VM_RUN/share/page.html"
	hello show 8443 | grep '^- 1.3 '
}

t "connect: keys, rings, servers" conn_up
t "connect: sysctl connect_ports" conn_sysctl
t "connect: curl: pages by both cards, IPv4, IPv6, TLS 1.3, 1.2" conn_pages
t "connect: curl from gnutls-serv" conn_gnutls
t "connect: wget, nc, bash" conn_programs
t "connect: capture: no clear text, names, versions" conn_capture
t "connect: /proc/net/tls_offload" conn_proc
t "connect: by address" conn_addresses
t "connect: what must fail, and says nothing" conn_failures
t "connect: who may search the ring" conn_permission
[ -n "$SHORT" ] || t "connect: a server that says nothing" conn_mute
t "connect: resumption by ticket" conn_resumption
t "connect: client certificates" conn_client_certificate
t "connect: KeyUpdate by the server" conn_key_update
t "connect: KeyUpdate of our own" conn_renew
t "connect: data both ways: equal bytes" conn_data
t "connect: loopback, both sides ours" conn_loopback
t "connect: nothing is left" conn_down
