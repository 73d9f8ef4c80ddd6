# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The other direction: servers on the host for clients in the guest, in the run's
# network namespace, and the sysctl that has the kernel secure those clients.
# For cases; peers.sh has the capture.

# host_keys: srv (RSA) and srvec for srv.test and the host's addresses, and what
# nobody should accept.
host_keys()
{
	local all k

	all=DNS:srv.test,IP:$VM_HOST4,IP:$VM_HOST6,IP:$VM_SOFT_HOST4
	all=$all,IP:$VM_SOFT_HOST6
	cp "$PKI/rsa.key" "$PKI/srv.key"
	for k in srvec other nameonly noeku expired early client; do
		cp "$PKI/ec.key" "$PKI/$k.key"
	done
	pki_cert "$PKI" srv "$all"
	pki_cert "$PKI" srvec "$all"
	pki_cert "$PKI" other DNS:other.test
	pki_cert "$PKI" nameonly DNS:srv.test
	pki_cert "$PKI" noeku "$all" clientAuth
	pki_cert "$PKI" client DNS:client.test clientAuth
	host_key_dated expired 2020-01-01 2021-01-01
	host_key_dated early 2090-01-01 2091-01-01
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$PKI/alien.key" \
		-out "$PKI/alien.pem" -subj /CN=srv.test -days 2 \
		-addext subjectAltName=DNS:srv.test 2>/dev/null
	pki_payload "$PKI" client
}

# host_key_dated NAME FROM TO
host_key_dated()
{
	cat > "$PKI/$1.template" <<-EOF
	cn = srv.test
	dns_name = srv.test
	activation_date = "$2"
	expiration_date = "$3"
	signing_key
	tls_www_server
	EOF
	certtool --generate-certificate --load-privkey "$PKI/$1.key" \
		--load-ca-certificate "$PKI/ca.pem" \
		--load-ca-privkey "$PKI/ca.key" --template "$PKI/$1.template" \
		--outfile "$PKI/$1.pem" 2>/dev/null
}

# host_rings: in the guest, trust (an anchor, searchable by www-data), trustroot
# (the same, not searchable by others), trusttoo (the same authority, another key),
# staff (trust's key, and an identity), noanchor
host_rings()
{
	pki_ring -g trust ca
	pki_ring trustroot ca
	pki_ring -g trusttoo ca
	pki_ring -g staff client
	vm 'keyctl link $(keyctl search $(keyctl search @u keyring trust) \
		tls_offload ca) $(keyctl search @u keyring staff)'
	pki_ring -g noanchor client
}

# host_wait PORT: somebody listens on it.
host_wait()
{
	for _ in $(seq 100); do
		[ -z "$(ns ss -Hltn "sport = :$1")" ] || return 0
		sleep 0.1
	done
	fail "nobody listens on $1"
}

# host_serve NAME PORT COMMAND...: a server, until host_down; its words are in
# $VM_RUN/NAME.log. It runs where the page is.
host_serve()
{
	local name=$1 port=$2

	shift 2
	(
		cd "$VM_RUN/share" || exit 1
		exec ip netns exec "$VM_NS" "$@" < /dev/null \
			> "$VM_RUN/$name.log" 2>&1
	) &
	echo $! >> "$VM_RUN/hosts.pid"
	(host_wait "$port") || fail "$(cat "$VM_RUN/$name.log")"
}

host_down()
{
	local pid

	[ -e "$VM_RUN/hosts.pid" ] || return 0
	xargs kill < "$VM_RUN/hosts.pid" || true
	# Their ports are the next ones'.
	while read -r pid; do
		for _ in $(seq 100); do
			[ -e "/proc/$pid/exe" ] || break
			sleep 0.1
		done
	done < "$VM_RUN/hosts.pid"
	rm -f "$VM_RUN/hosts.pid"
}

# said PORT: the lines that server.py has for it
said()
{
	sed -n "s/^$1 //p" "$VM_RUN/server.log"
}

# connect_ports VALUE
connect_ports()
{
	vm "sysctl -qw net.tls_offload.connect_ports='$1'"
}

# dial EXIT HOW ADDRESS PORT [WORD]: prog/dial in the guest, as DIAL_USER
dial()
{
	local wanted=$1 rc=0 as=

	shift
	[ -z "${DIAL_USER:-}" ] || as="setpriv --reuid=$DIAL_USER \
--regid=$DIAL_USER --clear-groups"
	vm "$as timeout 50 $VM_BUILD/vm/prog/dial $*" > "$VM_RUN/dial" 2>&1 ||
		rc=$?
	cat "$VM_RUN/dial"
	[ "$rc" -eq "$wanted" ] || fail "dial $*: exit $rc, wanted $wanted"
}

# dial_fails ERRNO ADDRESS PORT
dial_fails()
{
	dial 3 line "$2" "$3"
	grep -q "^connect: $1 " "$VM_RUN/dial" || fail "$2:$3: not $1"
}

# dial_slow HOW ADDRESS PORT: connect() takes as long as the handshake, 1 s
dial_slow()
{
	local ms

	dial 0 "$@"
	ms=$(sed -n 's/^connect: ok \([0-9]*\) ms$/\1/p' "$VM_RUN/dial")
	[ "${ms:-0}" -ge 900 ] || fail "connected after ${ms:-no} ms"
}

# hello COMMAND PORT: of the capture, see hello.py
hello()
{
	python3 "$VM_DIR/hello.py" "$1" "$CAP" "$2"
}

# shellcheck disable=SC2054 # the commas are a word's own
CONN_SERVERS=(9450:echo 9451:echo,delay=1 9452:banner 9453:count
	9454:clear 9455:echo,max=1.2,cert=srvec 9456:banner,delay=1
	9460:echo 9461:echo,cert=alien 9462:echo,cert=expired
	9463:echo,cert=noeku 9464:plain 9465:greet 9466:alert 9467:reset
	9468:cut 9469:late 9470:echo 9471:echo 9472:echo 9473:echo
	9474:echo,cert=nameonly 9475:echo 9476:echo 9477:mute
	9482:echo,cert=expired,max=1.2 9483:late,max=1.2 9484:echo,max=1.2
	9485:echo,cert=early 9494:echo,cert=alien,delay=1)

# What each port's client checks; most want srv.test.
conn_rules()
{
	local port rules="9443:trust:other.test 9460:trust:wrong.test"

	rules="$rules 9470:noanchor:srv.test 9471:nosuchring:srv.test"
	rules="$rules 9472:trustroot:srv.test 9473:trust 9474:trust"
	rules="$rules 9475:trust:$VM_SOFT_HOST4 9476:trust:$VM_SOFT_HOST6"
	rules="$rules 9480:staff:srv.test 9484:trust:wrong.test"
	for port in 9441 9442 9444 9445 9450 9451 9452 9453 9455 9456 9461 9462 \
		9463 9464 9465 9466 9467 9468 9469 9477 9478 9481 9482 9483 \
		9485 9494; do
		rules="$rules $port:trust:srv.test"
	done
	echo "$rules"
}

conn_up()
{
	local web=(openssl s_server -WWW -cert "$PKI/srv.pem"
		-key "$PKI/srv.key" -servername other.test
		-cert2 "$PKI/other.pem" -key2 "$PKI/other.key")
	local gnutls=(gnutls-serv --http --disable-client-cert
		--x509certfile "$PKI/srvec.pem" --x509keyfile "$PKI/srvec.key")

	host_down
	vm_soft_net
	ns ping -c 2 -i 0.2 -W 30 "$VM_SOFT4" > /dev/null
	host_keys
	host_rings
	big_make 4000037 > "$VM_RUN/share/big"
	echo 'a line of text that nobody else may read' > "$VM_RUN/line"
	printf '%s\r\n' 'GET /page.html HTTP/1.1' 'Host: 10.78.0.1:9441' \
		"User-Agent: $(curl -V | sed 's/ /\//; s/ .*//; q')" \
		> "$VM_RUN/request"
	host_serve s13 9441 "${web[@]}" -accept 9441 -tls1_3
	host_serve s12 9442 "${web[@]}" -accept 9442 -tls1_2
	host_serve sni 9443 "${web[@]}" -accept 9443
	host_serve g13 9444 "${gnutls[@]}" -p 9444 \
		--priority NORMAL:-VERS-ALL:+VERS-TLS1.3
	host_serve g12 9445 "${gnutls[@]}" -p 9445 \
		--priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	host_serve server 9494 "$VM_DIR/server.py" "$PKI" "${CONN_SERVERS[@]}"
}

conn_down()
{
	connect_ports ""
	host_down
	conn_gone 12
}

# conn_gone SECONDS: no connection of the guest's stays behind.
conn_gone()
{
	vm "for i in \$(seq $(($1 * 10 / 3))); do
			grep -q ' client ' /proc/net/tls_offload || exit 0
			sleep 0.3
		done; cat /proc/net/tls_offload; exit 1"
}
