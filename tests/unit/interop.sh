#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The core as a server against OpenSSL, GnuTLS and curl, on the loopback: each
# suite, group and key type; HelloRetryRequest; refusals. Output is TAP.
# usage: interop.sh folder-with-peer_server
set -u

bin=${1:?folder of peer_server}
dir=$(mktemp -d)
server=
status=0
n=0
bad=0

stop() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	server=
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

make_key() { # name, arguments of openssl req ...
	name=$1
	shift
	openssl req -x509 -nodes -keyout "$dir/$name.key" -out "$dir/$name.pem" \
		-subj /CN=localhost -days 30 \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		"$@" 2>/dev/null || { echo "Bail out! openssl req $name"; exit 1; }
}

start() { # key, suites, groups, count, piece
	stop
	: >"$dir/log"
	"$bin/peer_server" "$dir/$1.pem" "$dir/$1.key" "$2" "$3" "$4" "${5:-0}" \
		>"$dir/log" 2>"$dir/err" &
	server=$!
	port=
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		port=$(sed -n 's/^port //p' "$dir/log")
		[ -n "$port" ] && return
		sleep 0.1
	done
	echo "Bail out! peer_server did not start"
	cat "$dir/err"
	exit 1
}

report() { # ok?, name
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		bad=$((bad + 1))
		echo "not ok $n - $2"
		sed 's/^/# server: /' "$dir/log" "$dir/err"
		tail -5 "$dir/out" | sed 's/^/# client: /'
	fi
}

# The page came, and the server says of the connection what it should.
want() { # name, pattern of the server's line
	stop_after
	[ "$status" -eq 0 ] && grep -q 'hello from tlso' "$dir/out" &&
		grep -q -e "$2" "$dir/log"
	report $? "$1"
}

# The client was refused and the server names the alert.
want_refused() { # name, pattern
	stop_after
	[ "$status" -eq 0 ] && ! grep -q 'hello from tlso' "$dir/out" &&
		grep -q -e "$2" "$dir/log"
	report $? "$1"
}

# The server ends by itself after its last connection, and cleanly.
stop_after() {
	wait "$server"
	status=$?
	server=
}

request() {
	printf 'GET / HTTP/1.0\r\n\r\n'
}

openssl_client() { # key, options ...
	key=$1
	shift
	request | timeout 10 openssl s_client -connect "127.0.0.1:$port" \
		-CAfile "$dir/$key.pem" -verify_return_error -ign_eof "$@" \
		>"$dir/out" 2>&1
}

gnutls_client() { # key, priority
	request | timeout 10 gnutls-cli --x509cafile "$dir/$1.pem" \
		--priority "$2" -p "$port" localhost >"$dir/out" 2>&1
}

make_key rsa -newkey rsa:2048
make_key rsa3072 -newkey rsa:3072
make_key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256

for key in rsa ec; do
	for suite in AES_128_GCM_SHA256 AES_256_GCM_SHA384 \
		CHACHA20_POLY1305_SHA256; do
		for group in X25519:29 P-256:23; do
			start "$key" - - 1
			openssl_client "$key" -ciphersuites TLS_$suite \
				-groups "${group%:*}"
			want "openssl $key $suite ${group%:*}" \
				"^TLS_$suite group ${group#*:} .* retry 0: served"
		done
	done
	start "$key" - - 1
	openssl_client "$key" -groups P-384:P-256
	want "openssl $key, HelloRetryRequest to P-256" 'group 23 .*retry 1: served'
	start "$key" - - 1
	openssl_client "$key" -groups P-384:X25519 -ciphersuites TLS_AES_256_GCM_SHA384
	want "openssl $key, HelloRetryRequest to X25519, SHA-384" \
		'SHA384 group 29 .*retry 1: served'
	start "$key" - - 1
	openssl_client "$key" -groups P-384:P-256 -no_middlebox
	want "openssl $key, HelloRetryRequest, no middlebox mode" 'retry 1: served'
	for c in AES-128-GCM:AES_128_GCM_SHA256 AES-256-GCM:AES_256_GCM_SHA384 \
		CHACHA20-POLY1305:CHACHA20_POLY1305_SHA256; do
		for g in X25519:29 SECP256R1:23; do
			start "$key" - - 1
			gnutls_client "$key" "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+${c%:*}:-GROUP-ALL:+GROUP-${g%:*}"
			want "gnutls $key ${c#*:} ${g%:*}" \
				"^TLS_${c#*:} group ${g#*:} .*served"
		done
	done
	start "$key" - - 1
	gnutls_client "$key" "NORMAL:-GROUP-ALL:+GROUP-SECP384R1:+GROUP-SECP256R1:+GROUP-X25519"
	want "gnutls $key, several groups" 'served'
	start "$key" - - 2
	curl -sS -m 10 --cacert "$dir/$key.pem" "https://localhost:$port/" \
		"https://localhost:$port/" >"$dir/out" 2>&1
	want "curl $key" served
	start "$key" - - 1 1
	openssl_client "$key"
	want "openssl $key, fed byte by byte" 'served'
	start "$key" 0x1303,0x1301 23 1
	openssl_client "$key" -groups X25519:P-256
	want "openssl $key, server's own preference" \
		'^TLS_CHACHA20_POLY1305_SHA256 group 23 .* retry 1: served'
done

for s in 256:0804 384:0805 512:0806; do
	start rsa3072 - - 1
	openssl_client rsa3072 -sigalgs "rsa_pss_rsae_sha${s%:*}"
	want "openssl RSA-3072, only rsa_pss_rsae_sha${s%:*}" "scheme ${s#*:}"
done

start ec - - 1
openssl_client ec -tls1_2
want_refused "a TLS 1.2 client" 'alert 70'
start ec - - 1
openssl_client ec -groups P-384
want_refused "no common group" 'alert 40'
start ec - - 1
openssl_client ec -sigalgs rsa_pss_rsae_sha256
want_refused "no common signature scheme" 'alert 40'
start ec 0x1302 - 1
openssl_client ec -ciphersuites TLS_AES_128_GCM_SHA256
want_refused "no common suite" 'alert 40'
start ec - - 1
curl -sS -m 10 "http://127.0.0.1:$port/" >"$dir/out" 2>&1
want_refused "plain HTTP" 'alert 10'
start rsa - - 1
curl -sS -m 10 --cacert "$dir/ec.pem" "https://localhost:$port/" \
	>"$dir/out" 2>&1
want_refused "a client that does not trust us" 'alert from peer'

echo "1..$n"
[ "$bad" -eq 0 ]
