# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Directives: programs that say by socket options when TLS begins and ends (steer.c),
# against OpenSSL and against each other: STARTTLS of SMTP and FTP's AUTH TLS, with
# CCC; either role; each errno; what is on the wire.

STEER=$VM_BUILD/vm/prog/steer

dir_up()
{
	vm_soft_net
	ns ping -c 2 -i 0.2 -W 30 "$VM_SOFT4" > /dev/null
	vm 'ip link set lo up'
	pki_ring -g trust ca
	pki_ring dirweb rsa
	pki_ring dirroot rsa > "$VM_RUN/dirroot"
	pki_ring -g dirgroup rsa > "$VM_RUN/dirgroup"
	printf '%s\n' 'a secret that the client alone knows' \
		'a secret that the server alone knows' \
		'chatter of many threads' > "$VM_RUN/secrets"
}

# guest WORD...: steer in the guest
guest()
{
	vm "timeout 50 $STEER $(printf '%q ' "$@")" > "$VM_RUN/steer" 2>&1 ||
		fail "steer: $(cat "$VM_RUN/steer")"
	cat "$VM_RUN/steer"
}

# guest_listens PORT WORD...: begins; guest_done: how it ended
guest_listens()
{
	vm_start steer listening \
		"timeout 50 $STEER listen $(printf '%q ' "$@")" ||
		fail "steer does not listen"
}

guest_done()
{
	vm "for i in \$(seq 200); do
			grep -q '^done' /run/steer && exit 0
			grep -q FAILED /run/steer && break
			kill -0 \$(cat /run/steer.pid) || {
				grep -q '^done' /run/steer && exit 0
				break
			}
			sleep 0.1
		done; cat /run/steer; exit 1" ||
		fail "steer: see above; $(vm 'dmesg | tail -n 3')"
}

# peer WORD...: OpenSSL's side on the host. Where it fails, why is often told by steer.
peer()
{
	ns timeout 50 "$VM_DIR/starttls.py" "$PKI" "$@" && return
	vm 'cat /run/steer; dmesg | tail -n 3' || true
	fail "the peer: see above"
}

# peer_listens PORT WORD...
peer_listens()
{
	: > "$VM_RUN/peer" # the last one's word is not this one's
	ns timeout 50 "$VM_DIR/starttls.py" "$PKI" listen "$@" \
		> "$VM_RUN/peer" 2>&1 &
	PEER=$!
	for _ in $(seq 100); do
		! grep -q listening "$VM_RUN/peer" || return 0
		sleep 0.1
	done
	fail "the peer does not listen: $(cat "$VM_RUN/peer")"
}

peer_done()
{
	wait "$PEER" || fail "peer: $(cat "$VM_RUN/peer")"
}

# wire PORT CLEAR-TEXT...: secrets are nowhere on it, those are
wire()
{
	local port=$1 text

	shift
	cap_clear "$port" "$VM_RUN/secrets"
	for text; do
		grep -aq "$text" "$CAP" || fail "\"$text\" is not on the wire"
	done
}

SMTP=(attach 'say=220 mail.test ESMTP' expect=EHLO 'say=250-mail.test'
	'say=250 STARTTLS' expect=STARTTLS 'say=220 2.0.0 go ahead')
FTP=(attach 'say=220 ftp.test' 'expect=AUTH TLS' 'say=234 go ahead')
SAFE=('expect=a secret that the client' 'say=a secret that the server alone knows')

# starttls KIND PORT WORDS...
starttls()
{
	local kind=$1 port=$2

	shift 2
	guest_listens "$port" "$@" start=ring:dirweb,role:server state=3 \
		"${SAFE[@]}"
	printf 'a secret that the client alone knows\n' |
		s_client "$VM_SOFT4:$port" -starttls "$kind" -crlf -ign_eof \
		-quiet > "$VM_RUN/s_client" 2>&1 || cat "$VM_RUN/s_client"
	guest_done
	grep 'a secret that the server alone knows' "$VM_RUN/s_client" ||
		fail "openssl: $(cat "$VM_RUN/s_client")"
}

dir_smtp()
{
	local CAP_IF=tap1

	cap_begin smtp tcp port 2525
	starttls smtp 2525 "${SMTP[@]}"
	cap_end
	wire 2525 'ESMTP' STARTTLS '2.0.0 go ahead'
}

dir_ftp()
{
	local CAP_IF=tap1

	cap_begin ftp tcp port 2121
	starttls ftp 2121 "${FTP[@]}"
	cap_end
	wire 2121 'AUTH TLS' '234 go ahead'
}

# CCC: TLS ends, the connection does not; and begins again.
dir_ccc()
{
	local CAP_IF=tap1

	cap_begin ccc tcp port 2121
	guest_listens 2121 "${FTP[@]}" start=ring:dirweb,role:server \
		"${SAFE[@]}" expect=CCC 'say=200 as you like' stop state=0 \
		'expect=NOOP in clear' 'say=200 in clear' 'expect=AUTH TLS' \
		'say=234 once more' start=ring:dirweb,role:server state=3 \
		"${SAFE[@]}" eof
	peer connect "$VM_SOFT4" 2121 expect=220 'say=AUTH TLS' expect=234 \
		client 'say=a secret that the client alone knows' \
		'expect=a secret that the server' say=CCC expect=200 stop \
		'say=NOOP in clear' 'expect=200 in clear' 'say=AUTH TLS' \
		expect=234 client 'say=a secret that the client alone knows' \
		'expect=a secret that the server'
	guest_done
	cap_end
	wire 2121 'NOOP in clear' '200 in clear' '234 once more'
	! grep -a 'as you like' "$CAP" || fail "what went before Stop is clear"
}

# The other role, and the other way round: who connected is the server.
dir_client()
{
	local CAP_IF=tap1

	cap_begin client tcp port 2587
	peer_listens 2587 'say=220 mail.test' expect=STARTTLS 'say=220 go ahead' \
		server 'say=a secret that the server alone knows' \
		'expect=a secret that the client' expect=bye stop 'raw=in clear again'
	guest connect "$VM_SOFT_HOST4" 2587 attach expect=220 say=STARTTLS \
		expect=220 start=ring:trust,role:client,name:web.test state=3 \
		'expect=a secret that the server' \
		'say=a secret that the client alone knows' rekey say=bye stop \
		'expect=in clear again'
	peer_done
	cap_end
	wire 2587 STARTTLS 'in clear again'
	peer_listens 2588 expect=AUTH client 'say=a secret that the client alone knows' \
		'expect=a secret that the server'
	guest connect "$VM_SOFT_HOST6" 2588 attach say=AUTH \
		start=ring:dirweb,role:server,versions:1 "${SAFE[@]}"
	peer_done
	grep 'TLSv1.2' "$VM_RUN/peer" || fail "not TLS 1.2"
}

# Both ends ours; clear text glued to the end of a session; Start's shortest and longest.
dir_both()
{
	guest_listens 2526 "${SMTP[@]}" start=ring:dirweb,role:server,alpn:smtp \
		"${SAFE[@]}" stop 'say=clear text of the server' expect=more \
		start=ring:dirweb,role:server,len:48 "${SAFE[@]}"
	guest connect 127.0.0.1 2526 attach expect=220 'say=EHLO x' expect=250- \
		expect=250 say=STARTTLS expect=220 \
		start=ring:trust,role:client,name:web.test,alpn:smtp status reset \
		'say=a secret that the client alone knows' \
		'expect=a secret that the server' stop \
		'expect=clear text of the server' say=more \
		start=ring:trust,role:client,name:web.test,len:4096 \
		'say=a secret that the client alone knows' \
		'expect=a secret that the server'
	grep 'alpn smtp' "$VM_RUN/steer" || fail "no ALPN"
	guest_done
}

# A Start that fails: an errno, an alert, and TCP's connection is there still.
dir_fails()
{
	guest_listens 2527 attach start=ring:dirweb,role:server '!EPROTO' \
		error=EPROTO state=4 'put=nobody may see this' '!EPROTO' \
		get '!EPROTO' stop state=0 'say=in clear after all'
	peer connect "$VM_SOFT4" 2527 'raw=this is no ClientHello of anybody' \
		'until=in clear after all' > "$VM_RUN/peer" ||
		fail "$(cat "$VM_RUN/peer")"
	guest_done
	! grep 'nobody may see' "$VM_RUN/peer" || fail "sent in clear"
	peer_listens 2528 server=ec 'until=never'
	guest connect "$VM_SOFT_HOST4" 2528 attach \
		start=ring:trust,role:client,name:other.test '!EPROTO' \
		alert=42 state=4
	wait "$PEER" || true
	grep -i 'bad.certificate' "$VM_RUN/peer" || fail "$(cat "$VM_RUN/peer")"
	guest_listens 2529 attach \
		start=ring:dirweb,role:server,timeout:300 '!ETIMEDOUT' state=4 \
		stop tolerate=1 start=ring:dirweb,role:server,timeout:300 \
		'!ETIMEDOUT' state=0 error=ETIMEDOUT 'say=in clear after all'
	peer connect "$VM_SOFT4" 2529 'until=in clear after all'
	guest_done
}

# dir_visit PORT WORD...: one session with a server that says lines backwards
dir_visit()
{
	local port=$1

	shift
	guest connect "$VM_SOFT_HOST4" "$port" attach \
		start=ring:trust,role:client,name:web.test "$@" \
		>> "$VM_RUN/visits.$port"
}

# dir_told FILE: what STATUS said, as hello.py says it of a capture
dir_told()
{
	sed -n 's/.* version 030\(.\) suite \(....\) group \([0-9]*\) .* flags \(.\) .*/\1 \2 \3 \4/p' "$1" |
		awk 'BEGIN { split("23 P-256 24 P-384 29 X25519 0 -", g, " ")
				for (i = 1; i < 8; i += 2) group[g[i]] = g[i + 1] }
			{ print "web.test", "1." ($1 - 1), $2, group[$3],
				$4 % 2 ? "resumed" : "new" }'
}

# Reset_Session, from outside: without it the next session resumes, with it no later one
# does; whether the server's tickets have come by then or come still.
dir_reset()
{
	local CAP_IF=tap1 port how late=('say=ereht' expect=there)

	rm -f "$VM_RUN"/visits.*
	for port in 2550:-tls1_3 2551:-tls1_2; do
		host_serve "back${port%:*}" "${port%:*}" openssl s_server -rev \
			-accept "${port%:*}" "${port#*:}" -cert "$PKI/rsa.pem" \
			-key "$PKI/rsa.key"
	done
	cap_begin reset portrange 2550-2551
	for port in 2550 2551; do
		dir_visit "$port" "${late[@]}" status
		dir_visit "$port" "${late[@]}" reset status
		dir_visit "$port" "${late[@]}" status
	done
	dir_visit 2550 reset "${late[@]}" status
	dir_visit 2550 "${late[@]}" status
	cap_end
	host_down
	for port in 2550:new,resumed,new,resumed,new 2551:new,resumed,new; do
		how=${port#*:} port=${port%:*}
		hello show "$port" > "$VM_RUN/hello"
		cat "$VM_RUN/hello"
		eq "port $port" "$(awk '{ print $NF }' "$VM_RUN/hello" | paste -sd,)" "$how"
		eq "STATUS" "$(dir_told "$VM_RUN/visits.$port")" "$(cat "$VM_RUN/hello")"
	done
}

# One session, whoever has the socket: a copy, a child, a process that it is passed to,
# with the rights of who calls; it outlives who began it.
dir_shared()
{
	local CAP_IF=tap1 root group

	root=$(sed -n '$p' "$VM_RUN/dirroot")
	group=$(sed -n '$p' "$VM_RUN/dirgroup")
	cap_begin shared tcp port 2549
	guest_listens 2549 alien:attach fork:expect=hello \
		"alien:start=serial:$root,role:server" '!EACCES' \
		"alien:start=serial:$group,role:server" dup:state=3 dup:rekey \
		'pass:expect=a secret that the client' \
		'fork:say=a secret that the server alone knows' \
		leave pass:stop state=0 'say=in clear' \
		dup:expect=again "fork:start=serial:$root,role:server" \
		alien:rekey 'expect=a secret that the client' \
		'dup:say=a secret that the server alone knows' \
		leave fork:stop 'alien:say=in clear, once more' eof
	peer connect "$VM_SOFT4" 2549 say=hello client \
		'say=a secret that the client alone knows' \
		'expect=a secret that the server' stop 'expect=in clear' \
		say=again client 'say=a secret that the client alone knows' \
		'expect=a secret that the server' stop \
		'expect=in clear, once more'
	guest_done
	cap_end
	wire 2549 hello 'in clear, once more'
}

dir_errors()
{
	local go=/run/tlso/go n

	guest none attach stop '!ENOTCONN' rekey '!ENOTCONN' reset '!ENOTCONN' \
		start=ring:dirweb,role:server '!ENOTCONN' tls '!EEXIST'
	guest udp attach '!EPROTONOSUPPORT'
	guest mptcp attach '!EPROTONOSUPPORT'
	peer_listens 2540 expect=x "wait=$VM_RUN/share/go"
	n=$(sed -n '$p' "$VM_RUN/dirroot")
	vm "timeout 50 setpriv --reuid=nobody --regid=nogroup --clear-groups \
		$STEER connect $VM_SOFT_HOST4 2540 attach \
		start=serial:$n,role:server '!EACCES' state=0 say=x wrong" ||
		fail "as nobody"
	touch "$VM_RUN/share/go"
	peer_done
	peer_listens 2541 expect=x "wait=$VM_RUN/share/go"
	guest connect "$VM_SOFT_HOST4" 2541 attach say=x wrong state=0 \
		start '!EINVAL' start=ring:dirweb '!EINVAL' \
		start=ring:trust,role:server '!ENOKEY' state=0 \
		start=ring:dirweb,role:client,name:web.test '!ENOKEY' state=0 \
		flood start=ring:dirweb,role:server '!EBUSY' "touch=$go"
	peer_done
	peer_listens 2542 client expect=text "wait=$VM_RUN/share/go" \
		'say=unread' "wait=$VM_RUN/share/go"
	guest connect "$VM_SOFT_HOST4" 2542 attach start=ring:dirweb,role:server \
		start=ring:dirweb,role:server '!EALREADY' say=text "touch=$go" \
		poll=in stop '!EPROTO' expect=unread flood stop '!EPROTO' \
		"touch=$go"
	peer_done
}

# Without blocking, while the peer says nothing until it is told to.
dir_nonblock()
{
	local go=/run/tlso/now start=start=ring:dirweb,role:server,nb:1,timeout:60000

	guest_listens 2543 attach expect=hello "$start" '!EINPROGRESS' "$start" \
		'!EALREADY' put=x '!EAGAIN' get '!EAGAIN' stop '!EALREADY' \
		state=2 "touch=$go" poll=out state=3 soerror=0 "$start" \
		'!EALREADY' "${SAFE[@]}" stop=nb '!EINPROGRESS' state=5 put=x \
		'!EPIPE' "touch=$go" poll=in stop=nb state=0 \
		'say=in clear again' expect=hello "$start" '!EINPROGRESS' \
		"touch=$go" poll=out soerror=EPROTO state=4 stop state=0
	peer connect "$VM_SOFT4" 2543 say=hello "wait=$VM_RUN/share/now" client \
		'say=a secret that the client alone knows' \
		'expect=a secret that the server' "wait=$VM_RUN/share/now" stop \
		'expect=in clear again' say=hello "wait=$VM_RUN/share/now" \
		'raw=no ClientHello of anybody' rest
	guest_done
}

# A thread sends all the while: clear text, records, clear text; never one in another.
dir_threads()
{
	peer_listens 2544 chatter server drain stop until=hush
	guest connect "$VM_SOFT_HOST4" 2544 attach chat \
		start=ring:trust,role:client,name:web.test state=3 stop state=0 \
		hush
	peer_done
	cat "$VM_RUN/peer"
}

# A thread's send() waits for a handshake, and then for a peer that does not read: its text
# goes under TLS, whole, and Stop is refused before it has.
dir_late()
{
	peer_listens 2552 pause=0.4 server pause=1 drain stop expect=over
	guest connect "$VM_SOFT_HOST4" 2552 attach late \
		start=ring:trust,role:client,name:web.test stop '!EPROTO' \
		joined stop say=over
	peer_done
	cat "$VM_RUN/peer"
	grep 'late: 400000 sent' "$VM_RUN/steer" || fail "not sent"
	grep 'bytes in TLS: 400000' "$VM_RUN/peer" || fail "not come"
}

# Rules: one leaves it to the application, one does not, one is for another user.
dir_rules()
{
	cat > "$VM_RUN/share/dir.policy" <<-EOF
	rule app-in { direction in; local port 2545; verdict require
		keyring dirweb; application-controlled yes }
	rule app-out { direction out; remote port 2546; verdict require
		keyring trust; server-name web.test; application-controlled yes }
	rule strict { direction in; local port 2547; verdict require
		keyring dirweb }
	rule other { direction in; local port 2548; user www-data
		verdict require; keyring dirweb }
	EOF
	vm "$VM_BUILD/tools/tlsoffload policy load /run/tlso/dir.policy" ||
		fail "policy"
	vm "$VM_BUILD/tools/tlsoffload policy show" | grep application-controlled
	guest_listens 2545 "${SMTP[@]:1}" status start=ring:dirweb '!EACCES' \
		start state=3 status "${SAFE[@]}" stop 'expect=in clear'
	peer connect "$VM_SOFT4" 2545 expect=220 'say=EHLO x' expect=250- \
		expect=250 say=STARTTLS expect=220 client \
		'say=a secret that the client alone knows' \
		'expect=a secret that the server' stop 'say=in clear'
	guest_done > "$VM_RUN/out"
	vm 'cat /run/steer' | grep 'policy 2 state 3 .* rule app-in' ||
		fail "status"
	peer_listens 2546 expect=STARTTLS server \
		'expect=a secret that the client'
	guest connect "$VM_SOFT_HOST4" 2546 say=STARTTLS start state=3 \
		'say=a secret that the client alone knows'
	peer_done
	guest_listens 2547 'expect=a secret that the client' state=3 stop \
		'!EACCES' rekey '!EACCES' reset '!EACCES' tolerate=1 '!EACCES' \
		start=ring:dirweb,role:server '!EALREADY' start '!EALREADY' \
		status
	peer connect "$VM_SOFT4" 2547 client \
		'say=a secret that the client alone knows' eof
	guest_done
	vm 'cat /run/steer' | grep 'policy 1 .* rule strict' || fail "status"
	guest_listens 2548 "${FTP[@]}" start=ring:dirweb,role:server "${SAFE[@]}"
	peer connect "$VM_SOFT4" 2548 expect=220 'say=AUTH TLS' expect=234 \
		client 'say=a secret that the client alone knows' \
		'expect=a secret that the server'
	guest_done
	vm "$VM_BUILD/tools/tlsoffload policy clear"
}

dir_gone()
{
	vm "for i in \$(seq 40); do
			grep -q ' clear \| secure ' /proc/net/tls_offload || exit 0
			sleep 0.3
		done; cat /proc/net/tls_offload; exit 1"
}

t "directives: setup" dir_up
t "Start_SSL: SMTP's STARTTLS, openssl s_client" dir_smtp
t "Start_SSL: FTP's AUTH TLS, openssl s_client" dir_ftp
t "Stop_SSL: CCC, clear text after it, Start again" dir_ccc
t "Start_SSL, Stop_SSL: client against OpenSSL; who connected as server" dir_client
t "Start_SSL, Stop_SSL: both ends by directives" dir_both
t "Start_SSL that fails leaves TCP to the application, and nothing in clear" dir_fails
t "Reset_Session: what the next connection resumes, and STATUS" dir_reset
t "directives on a copy, in a child, in a process that it is passed to" dir_shared
t "directives: each errno, wrong parameters" dir_errors
t "Start_SSL and Stop_SSL without blocking" dir_nonblock
t "Start_SSL and Stop_SSL while a thread sends" dir_threads
t "Start_SSL and Stop_SSL while a send() waits" dir_late
t "rules that leave it to the application, and others" dir_rules
t "directives: no connection is left" dir_gone
