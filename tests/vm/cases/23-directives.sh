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
	ns ping -c 2 -i 0.2 -W 5 "$VM_SOFT4" > /dev/null
	vm 'ip link set lo up'
	pki_ring -g trust ca
	pki_ring dirweb rsa
	pki_ring dirroot rsa > "$VM_RUN/dirroot"
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
			kill -0 \$(cat /run/steer.pid) || break
			sleep 0.1
		done; cat /run/steer; exit 1" ||
		fail "steer: see above; $(vm 'dmesg | tail -n 3')"
}

# peer WORD...: OpenSSL's side on the host
peer()
{
	ns timeout 50 "$VM_DIR/starttls.py" "$PKI" "$@"
}

# peer_listens PORT WORD...
peer_listens()
{
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

t "directives: setup" dir_up
t "Start_SSL: SMTP's STARTTLS, openssl s_client" dir_smtp
t "Start_SSL: FTP's AUTH TLS, openssl s_client" dir_ftp
t "Stop_SSL: CCC, clear text after it, Start again" dir_ccc
