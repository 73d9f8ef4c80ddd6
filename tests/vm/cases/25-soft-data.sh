# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Data under the software back end: much, both ways, by every call that moves bytes;
# keys that change on the way, limits of the peer, records that were touched.

soft_bytes()
{
	if [ -n "$SHORT" ]; then echo 4194304; else echo 33554432; fi
}

soft_both_ways()
{
	download "$VM_SOFT4:8443" "$(soft_bytes)"
	upload "$VM_SOFT4:8443" "$(soft_bytes)"
	download "[$VM_SOFT6]:8444" 3000001 --tls-max 1.2
	upload "[$VM_SOFT6]:8444" 3000001 --tls-max 1.2
	download "$VM_SOFT4:8444" 1000003 \
		--tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
	upload "$VM_SOFT4:8444" 1000003 \
		--tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
}

soft_not_clear()
{
	local CAP_IF=tap1 max

	for max in 1.3 1.2; do
		not_clear "softdata$max" "$VM_SOFT4" --tls-max "$max"
	done
}

soft_many()
{
	pages "$([ "$SHORT" ] && echo 30 || echo 100)" 10 "$VM_SOFT4:8444"
}

soft_first_call()
{
	ECHO_AT="$VM_SOFT4:8450 [$VM_SOFT6]:8450" serve "$1" line_echoed "$1"
}

soft_half_close()
{
	serve cat half_closed "$VM_SOFT4"
}

# soft_sent HOW [S_CLIENT-OPTION...]: the sender program's file, whole.
soft_sent()
{
	local how=$1 n=1000003 version

	vm "head -c $n /run/web/www/big > /run/sent"
	vm_start sender listening \
		"$VM_BUILD/vm/prog/sender 8450 /run/sent $how"
	for version in -tls1_3 -tls1_2; do
		echo go | s_client "$VM_SOFT4:8450" $version -quiet 2> "$VM_RUN/err" | head -c $n > "$VM_RUN/sent"
		cmp "$VM_RUN/sent" <(big_make $n) || break
	done
	vm_stop sender
	cmp "$VM_RUN/sent" <(big_make $n)
	if [ "$how" = zerocopy ]; then
		eq "words of completion" \
			"$(vm 'grep -c "all done" /run/sender')" 2
	fi
}

soft_key_update()
{
	key_updates "$VM_SOFT4:8443"
}

# Ours, when a key has been used enough.
soft_renew()
{
	local n=2000000 rc=0

	vm 'echo 20 > /sys/module/tls_offload/parameters/rekey_records'
	(download "$VM_SOFT4:8443" $n) || rc=$?
	printf 'GET /big HTTP/1.0\r\nRange: bytes=0-999999\r\n\r\n' |
		s_client "$VM_SOFT4:8443" -tls1_3 -msg -ign_eof \
		> "$VM_RUN/renew" 2>&1 || true
	vm 'echo 0 > /sys/module/tls_offload/parameters/rekey_records'
	[ "$rc" -eq 0 ] || fail "a transfer broke"
	[ "$(grep -ac '^<<< TLS 1.3, Handshake .*KeyUpdate' \
		"$VM_RUN/renew")" -ge 3 ] || fail "no KeyUpdate of ours"
}

# RFC 8449: no record of ours is longer than the client wants.
soft_record_limit()
{
	local CAP_IF=tap1 longest

	cap_begin limit tcp port 8443
	page_by_gnutls "$VM_SOFT4" 8443 AES-128-GCM X25519 1.3 --recordsize 1024
	cap_end
	longest=$(python3 "$VM_DIR/wire.py" longest "$CAP" 8443)
	[ "$longest" -gt 500 ] || fail "longest record: $longest"
	# Header, text with its type, tag.
	[ "$longest" -le $((5 + 1024 + 1 + 16)) ] ||
		fail "longest record: $longest"
}

# Four requests for who writes to $VM_RUN/touched what he gets: each is a record of its
# own if the page before has come. Ends when an alert did.
soft_pages()
{
	local n

	for n in 1 2 3 4; do
		printf 'GET /page.html HTTP/1.1\r\nHost: web.test\r\n\r\n'
		for _ in $(seq 150); do
			! grep -qai alert "$VM_RUN/touched" || return 0
			[ "$(grep -ac '^</pre>' "$VM_RUN/touched")" -lt $n ] || break
			sleep 0.1
		done
	done
}

# One bit of the client's third application data record is not as it was sent.
soft_touched()
{
	local version

	for version in -tls1_3 -tls1_2; do
		ns timeout 60 python3 "$VM_DIR/touch.py" 8999 "$VM_SOFT4" 8443 3 &
		host_wait 8999
		: > "$VM_RUN/touched"
		soft_pages | s_client 127.0.0.1:8999 "$version" \
			> "$VM_RUN/touched" 2>&1 || true
		wait $! || true
		grep -qi 'alert bad record mac' "$VM_RUN/touched" ||
			fail "$version: $(tail -n 20 "$VM_RUN/touched")"
	done
	page_ok "$VM_SOFT4:8443"
}

soft_lossy()
{
	local rc=0

	vm 'tc qdisc add dev soft0 root netem delay 3ms 2ms loss 2%'
	(download "$VM_SOFT4:8443" 2000003 &&
		upload "$VM_SOFT4:8443" 2000003) || rc=$?
	vm 'tc -s qdisc show dev soft0; tc qdisc del dev soft0 root'
	return $rc
}

t "software: both ways: equal hashes" soft_both_ways
t "software: capture of data: nothing in clear" soft_not_clear
t "software: many connections, 10 at a time" soft_many
for how in read peek splice first; do
	t "software: first call of a connection: $how" soft_first_call $how
done
t "software: half-close" soft_half_close
for how in sendfile splice zerocopy; do
	t "software: a file by $how" soft_sent $how
done
t "software: KeyUpdate by the client" soft_key_update
t "software: KeyUpdate of our own" soft_renew
t "software: the client's record_size_limit" soft_record_limit
t "software: a record that was touched" soft_touched
t "software: loss and delay" soft_lossy
