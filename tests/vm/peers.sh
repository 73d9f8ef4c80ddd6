# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Native peers, what they ask of the guest by whichever card, and the capture of
# it; all in the run's network namespace. For cases and the demo.

PAGE_KEY=0123456789abcdef0123456789abcdef
BIG_BYTES=67108864

page_make()
{
	echo '<!DOCTYPE html><title>tls_offload</title><pre>'
	openssl rand -hex 3000 | fold -w 60
	echo '</pre>'
}

# The bytes of the guest's /big, or $1 of them.
big_make()
{
	openssl enc -aes-128-ctr -K "$PAGE_KEY" \
		-iv 00000000000000000000000000000000 -in /dev/zero 2>/dev/null |
		head -c "${1:-$BIG_BYTES}"
}

# https ADDRESS:PORT/PATH [CURL-OPTION...]: verified; the body on stdout.
https()
{
	local where=$1

	shift
	ns curl -sS --max-time 120 --noproxy '*' --cacert "$PKI/ca.pem" "$@" \
		"https://$where"
}

# page_ok ADDRESS:PORT [CURL-OPTION...]
page_ok()
{
	local where=$1

	shift
	https "$where/page.html" "$@" > "$VM_RUN/got"
	cmp "$VM_RUN/got" "$VM_RUN/share/page.html"
}

# s_client ADDRESS:PORT [OPTION...]: what is on stdin is sent; must verify.
s_client()
{
	local where=$1

	shift
	ns timeout 60 openssl s_client -connect "$where" -CAfile "$PKI/ca.pem" \
		-verify_return_error -verify_hostname web.test \
		-servername web.test "$@"
}

# page_by_openssl ADDRESS:PORT SUITE GROUP: TLS 1.3 or 1.2, as the suite is named
page_by_openssl()
{
	local out=$VM_RUN/s_client version=TLSv1.3 args=(-tls1_3 -ciphersuites "$2")

	case $2 in
	TLS_*) ;;
	*)
		version=TLSv1.2
		args=(-tls1_2 -cipher "$2")
		;;
	esac
	printf 'GET /page.html HTTP/1.0\r\nHost: web.test\r\n\r\n' |
		s_client "$1" "${args[@]}" -groups "$3" -ign_eof > "$out" 2>&1 ||
		{ cat "$out"; return 1; }
	grep -q "^New, $version, Cipher is $2" "$out" || fail "suite: $(cat "$out")"
	grep -q 'Verification: OK' "$out" || fail "not verified"
	case $3 in
	X25519*) grep -q 'Server Temp Key: X25519' "$out" ;;
	P-384) grep -q 'Server Temp Key: ECDH, secp384r1' "$out" ;;
	*) grep -q 'Server Temp Key: ECDH, prime256v1' "$out" ;;
	esac || fail "group: $(grep 'Temp Key' "$out")"
	grep -qF "$(sed -n 5p "$VM_RUN/share/page.html")" "$out" || fail "no page"
}

# page_by_gnutls ADDRESS PORT CIPHER GROUP [VERSION [OPTION...]]
page_by_gnutls()
{
	local out=$VM_RUN/gnutls version=${5:-1.3}

	: > "$out"
	# Its own end of input would make it leave before the answer.
	{
		printf 'GET /page.html HTTP/1.0\r\nHost: web.test\r\n\r\n'
		for _ in $(seq 300); do
			if grep -q '^</pre>' "$out"; then
				break
			fi
			sleep 0.1
		done
	} | ns timeout 60 gnutls-cli "$1" -p "$2" --x509cafile "$PKI/ca.pem" \
		--sni-hostname web.test --verify-hostname web.test \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS$version:-CIPHER-ALL:+$3:-GROUP-ALL:+GROUP-$4" \
		"${@:6}" > "$out" 2>&1 || { cat "$out"; return 1; }
	grep -q 'The certificate is trusted' "$out" || fail "not verified"
	grep -q "^- Description: (TLS$version.*(ECDHE-$4)-.*($3)" "$out" || fail "suite: $(cat "$out")"
	grep -qF "$(sed -n 5p "$VM_RUN/share/page.html")" "$out" || fail "no page"
}

# refused WHERE ALERT S_CLIENT-OPTION...
refused()
{
	local where=$1 alert=$2

	shift 2
	if s_client "$where" "$@" < /dev/null > "$VM_RUN/err" 2>&1; then
		fail "$*: was accepted"
	fi
	grep -qi "alert $alert" "$VM_RUN/err" || fail "$*: $(cat "$VM_RUN/err")"
}

# hello_retry WHERE GROUP CURVE: X448 has a share, the group has to be asked for.
hello_retry()
{
	printf 'GET /page.html HTTP/1.0\r\n\r\n' |
		s_client "$1" -tls1_3 -groups "X448:$2" -ign_eof \
		> "$VM_RUN/hrr" 2>&1 || { tail -n 20 "$VM_RUN/hrr"; return 1; }
	grep -q "ECDH, $3" "$VM_RUN/hrr"
	grep -qF "$(sed -n 5p "$VM_RUN/share/page.html")" "$VM_RUN/hrr"
}

# download WHERE BYTES [CURL-OPTION...]
download()
{
	local where=$1 n=$2

	shift 2
	eq "hash of $n bytes" "$(https "$where/big" -r "0-$((n - 1))" \
		--max-time 300 "$@" | sha256sum)" "$(big_make "$n" | sha256sum)"
}

# upload WHERE BYTES [CURL-OPTION...]
upload()
{
	local where=$1 n=$2 got

	shift 2
	big_make "$n" > "$VM_RUN/big"
	https "$where/up/big" --max-time 300 -T "$VM_RUN/big" -o /dev/null -f "$@"
	got=$(vm -t 120 'sha256sum < /run/web/www/up/big; rm /run/web/www/up/big')
	eq "hash of $n bytes" "$got" "$(sha256sum < "$VM_RUN/big")"
	rm -f "$VM_RUN/big"
}

# not_clear NAME ADDRESS [CURL-OPTION...]: the wire of a transfer, up and down.
not_clear()
{
	local where=$2:8443

	cap_begin "$1" tcp port 8443
	shift 2
	upload "$where" 300000 "$@"
	https "$where/big" -r 0-299999 "$@" > "$VM_RUN/300k"
	cap_end
	cap_clear 8443 "$VM_RUN/300k"
	python3 "$VM_DIR/wire.py" records "$CAP" 8443
}

# pages N AT-A-TIME WHERE [CURL-OPTION...]: each on a connection of its own.
pages()
{
	local n=$1 few=$2 where=$3

	shift 3
	eq "pages" "$(seq "$n" | ns xargs -P "$few" -I@ timeout 120 curl -sS \
		--noproxy '*' --max-time 100 --cacert "$PKI/ca.pem" "$@" \
		-o /dev/null -w '%{http_code} %{size_download}\n' \
		"https://$where/page.html?@" |
		grep -c "^200 $(stat -c %s "$VM_RUN/share/page.html")\$")" "$n"
}

# half_closed ADDRESS: what the client has to say ends before the answer.
half_closed()
{
	local n

	for n in 1 100000; do
		eq "answer after close_notify" \
			"$(ns timeout 60 "$VM_BUILD/vm/prog/halfclose" \
				"$1" 8450 $n "$PKI/ca.pem")" "$n bytes"
	done
}

# file_has FILE PATTERN [N]: within 20 s so many lines of it
file_has()
{
	for _ in $(seq 200); do
		[ "$(grep -ac "$2" "$1")" -lt "${3:-1}" ] || return 0
		sleep 0.1
	done
	fail "not said: $2: $(tail -n 30 "$1")"
}

# key_updates WHERE: KeyUpdate by the client, without and with a request for ours,
# between requests on one connection.
key_updates()
{
	local what pages=0 updates=0

	rm -f "$VM_RUN/updates.in"
	mkfifo "$VM_RUN/updates.in"
	: > "$VM_RUN/updates"
	s_client "$1" -tls1_3 -msg < "$VM_RUN/updates.in" \
		> "$VM_RUN/updates" 2>&1 &
	exec 7> "$VM_RUN/updates.in"
	for what in '' k K K; do
		# A line that comes with the command would be thrown away.
		[ -z "$what" ] || {
			echo "$what" >&7
			updates=$((updates + 1))
			file_has "$VM_RUN/updates" \
				'^>>> TLS 1.3, Handshake .*KeyUpdate' $updates
		}
		printf 'GET /page.html HTTP/1.1\r\nHost: web.test\r\n\r\n' >&7
		pages=$((pages + 1))
		file_has "$VM_RUN/updates" '^</pre>' $pages
	done
	exec 7>&-
	wait $! || true
	eq "pages" "$(grep -ac '^</pre>' "$VM_RUN/updates")" 4
	eq "KeyUpdates out" \
		"$(grep -ac '^>>> TLS 1.3, Handshake .*KeyUpdate' "$VM_RUN/updates")" 3
	eq "KeyUpdates in answer" \
		"$(grep -ac '^<<< TLS 1.3, Handshake .*KeyUpdate' "$VM_RUN/updates")" 2
}

# serve HOW COMMAND...: our plain server on 8450 while the command runs.
serve()
{
	local how=$1 rc=0

	shift
	vm_start plain listening "$VM_BUILD/vm/prog/plain 8450 $how"
	("$@") || rc=$?
	vm_stop plain
	return $rc
}

line_echoed()
{
	local where

	for where in ${ECHO_AT:-"$VM_GUEST4:8450" "[$VM_GUEST6]:8450"}; do
		{ echo "hello there"; sleep 2; } |
			s_client "$where" -quiet > "$VM_RUN/echo" 2> "$VM_RUN/err" ||
			true
		grep -qx "echo: hello there" "$VM_RUN/echo" ||
			fail "$where: $(cat "$VM_RUN/echo" "$VM_RUN/err")"
		[ "$1" != first ] || grep -qx banner "$VM_RUN/echo" ||
			fail "no banner"
	done
}

# cap_begin NAME [FILTER...]: captures on the tap (CAP_IF) until cap_end.
cap_begin()
{
	CAP=$VM_RUN/$1.pcap
	shift
	rm -f "$CAP"
	: > "$CAP.err"
	ip netns exec "$VM_NS" tcpdump -i "${CAP_IF:-tap0}" --immediate-mode -U -s 0 -B 65536 -w "$CAP" "$@" 2> "$CAP.err" &
	CAP_PID=$!
	for _ in $(seq 600); do
		grep -q 'listening on' "$CAP.err" && return 0
		sleep 0.05
	done
	fail "tcpdump: $(cat "$CAP.err")"
}

cap_end()
{
	"$VM_DIR/cap-end" "$CAP_PID" "$CAP.err" || fail "capture: see above"
	wait "$CAP_PID" || true
}

# cap_clear PORT FILE...: no 16 bytes in a row of a file are in the capture.
cap_clear()
{
	python3 "$VM_DIR/wire.py" clear "$CAP" "$@"
}

# cap_suites PORT: "version suite" of each ServerHello.
cap_suites()
{
	tshark -r "$CAP" -d "tcp.port==$1,tls" -Y 'tls.handshake.type==2' \
		-T fields -e tls.handshake.extensions.supported_version \
		-e tls.handshake.ciphersuite 2>/dev/null
}

# counter NAME: the adapter's own.
counter()
{
	vm "ethtool -S eth0" | awk -v n="$1:" '$1 == n { print $2; f = 1 }
		END { exit !f }'
}

# counter_falls NAME: to 0, within 20 s; a session's end is worked off
counter_falls()
{
	for _ in $(seq 40); do
		[ "$(counter "$1")" -ne 0 ] || return 0
		sleep 0.5
	done
	eq "$1" "$(counter "$1")" 0
}

web_start()
{
	vm -t 120 'nginx -c /run/web/nginx.conf -e /run/web/error.log'
	vm -t 30 'for i in $(seq 50); do ss -ltn | grep -q :8443 && exit 0
		sleep 0.1; done; exit 1'
}

web_stop()
{
	vm -t 30 'nginx -c /run/web/nginx.conf -e /run/web/error.log -s stop
		for i in $(seq 100); do [ -e /run/web/pid ] || exit 0
		sleep 0.1; done; exit 1'
}
