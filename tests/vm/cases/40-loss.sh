# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A bad network, both ways: loss, delay, reordering, frames that come twice,
# damaged frames, small segments; and a guest whose TCP drops what the adapter
# has made clear. Everything must arrive whole, nothing in clear, no connection
# may die.
#
# lossy.sh puts it there.

# lossy_did WHAT...: each of them happened, both ways.
lossy_did()
{
	local way what

	cat "$VM_RUN/lossy"
	for way in to-guest to-host; do
		for what; do
			grep -Eq "^$way .* $what [1-9]" "$VM_RUN/lossy" ||
				fail "$way: no frame was $what"
		done
		# A few that a busy host could not take are a loss like others.
		grep -q "^$way .* overflow [0-9]\$" "$VM_RUN/lossy" ||
			fail "$way: more lost than was asked for"
	done
}

counters()
{
	vm 'ethtool -S eth0' | tr -d ' '
}

# grown BEFORE AFTER: counters that have changed, and by how much.
grown()
{
	awk -F: 'NR == FNR { n[$1] = $2; next }
		$2 != n[$1] { print $1, $2 - n[$1] }' "$1" "$2"
}

# big_down BYTES TO, big_up BYTES
big_down()
{
	https "$VM_GUEST4:8443/big" -r "0-$(($1 - 1))" -f -o "$2"
	eq "hash of $1 bytes down" "$(sha256sum < "$2")" \
		"$(big_make "$1" | sha256sum)"
}

big_up()
{
	upload "$VM_GUEST4:8443" "$1" --max-time 120
}

side_by_side()
{
	local i pids=()

	for i in 1 2 3 4 5; do
		(big_down 300000 "$VM_RUN/side.$i") &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
}

sessions_gone()
{
	# The first line is the columns' names.
	vm 'for i in $(seq 40); do
			[ "$(wc -l < /proc/net/tls_offload)" -le 1 ] && exit 0
			sleep 0.25
		done; cat /proc/net/tls_offload; ss -tan; exit 1'
	counter_falls sessions_active
}

# traffic BYTES: what is done over a bad network; the wire holds none of it.
traffic()
{
	cap_begin loss tcp
	page_ok "$VM_GUEST4:8443"
	big_down "$1" "$VM_RUN/down"
	big_up "$1"
	side_by_side
	pages 20 5 "$VM_GUEST4:8444" --max-time 50
	cap_end
	cap_clear 8443 "$VM_RUN/down" "$VM_RUN/share/page.html"
	rm -f "$VM_RUN/down" "$VM_RUN"/side.*
}

# through FAULTS MTU OPTION...: FAULTS must have happened, by lossy's own count.
through()
{
	local faults=$1 mtu=$2 bytes=4194304

	shift 2
	[ -z "$SHORT" ] || bytes=1048576
	counters > "$VM_RUN/before"
	lossy_on "$@"
	ip -n "$VM_NS" link set lossy0 mtu "$mtu"
	traffic "$bytes"
	lossy_off
	# shellcheck disable=SC2086 # a list of words
	lossy_did $faults
	sessions_gone
	counters > "$VM_RUN/after"
	grown "$VM_RUN/before" "$VM_RUN/after" | tee "$VM_RUN/grown"
	! grep -q '^rx_tls_bad_records ' "$VM_RUN/grown" ||
		fail "the network made bad records of good ones"
}

# grew NAME: it grew in the last run.
grew()
{
	grep -q "^$1 " "$VM_RUN/grown" || fail "$1 stood still"
}

loss()
{
	through lost 1500 --seed 1 --loss 1
	grew rx_tls_out_of_order
}

disorder()
{
	through "reordered dup" 1500 --seed 2 --delay 10 --jitter 1 \
		--reorder 20 --dup 1
	grew rx_tls_out_of_order
}

corruption()
{
	through corrupt 1500 --seed 3 --corrupt 0.5
	grew rx_tls_bad_csum
}

small_segments()
{
	through lost 600 --seed 4 --loss 5
	grew rx_tls_out_of_order
}

# soft_watch: until soft_seen, notes the most records of one connection that
# needed the kernel's own cipher.
soft_watch()
{
	vm 'rm -f /run/soft /run/soft.end
		while [ ! -e /run/soft.end ]; do
			awk "NR > 1 && \$15 > n { n = \$15 } END { print n + 0 }" \
				/proc/net/tls_offload >> /run/soft
			sleep 0.1
		done > /run/soft.log 2>&1 & disown'
}

# Which frames are dropped is chance: uploads until the kernel had to step in.
soft_uploads()
{
	for _ in 1 2 3 4 5 6 7 8; do
		big_up 4194304
		[ "$(vm 'sort -n /run/soft | tail -n 1')" -gt 0 ] && return
	done
}

soft_seen()
{
	local n

	n=$(vm 'touch /run/soft.end; sleep 0.3
		sort -n /run/soft | tail -n 1; rm /run/soft.end')
	echo "soft records: $n"
	[ "$n" -gt 0 ] || fail "no record was left to the kernel"
}

guest_drops_off()
{
	trap - EXIT
	vm 'nft delete table inet tlso; touch /run/soft.end'
}

# The guest throws frames away that it has got from the adapter: clear ones,
# which the adapter will not make clear again.
guest_drops()
{
	counters > "$VM_RUN/before"
	vm 'nft add table inet tlso &&
		nft "add chain inet tlso input { type filter hook input priority 0; }" &&
		nft add rule inet tlso input tcp dport 8443 \
			numgen random mod 50 "<" 1 counter drop'
	trap guest_drops_off EXIT
	soft_watch
	page_ok "$VM_GUEST4:8443"
	soft_uploads
	big_down 1048576 "$VM_RUN/down"
	side_by_side
	vm 'nft list table inet tlso' > "$VM_RUN/nft"
	soft_seen
	guest_drops_off
	cat "$VM_RUN/nft"
	grep -Eq 'counter packets [1-9]' "$VM_RUN/nft" || fail "none dropped"
	sessions_gone
	counters > "$VM_RUN/after"
	grown "$VM_RUN/before" "$VM_RUN/after" | tee "$VM_RUN/grown"
	# The adapter has seen every record whole and in order.
	grew rx_tls_records
	for n in rx_tls_bad_records rx_tls_lost_sync; do
		! grep "^$n " "$VM_RUN/grown" || fail "not the guest's doing"
	done
}

# numbers BYTES: what halfclose sends
numbers()
{
	python3 -c 'import array, sys
words = array.array("I", range(int(sys.argv[1]) // 4))
sys.stdout.buffer.write(words.tobytes())' "$1"
}

# Less room than a record takes, and a reader that is slower than the wire.
slow_reader()
{
	local n=524288

	counters > "$VM_RUN/before"
	serve slow slow_sent "$n"
	eq "hash of $n bytes" \
		"$(vm 'sha256sum < /tmp/plain.got; rm /tmp/plain.got')" \
		"$(numbers "$n" | sha256sum)"
	sessions_gone
	counters > "$VM_RUN/after"
	grown "$VM_RUN/before" "$VM_RUN/after"
}

slow_sent()
{
	eq "answer" "$(ns timeout 100 "$VM_BUILD/vm/prog/halfclose" \
		"$VM_GUEST4" 8450 "$1" "$PKI/ca.pem")" "$1 bytes"
}

t "1 % loss both ways" loss
t "10 ms delay, 20 % reordered, 1 % twice" disorder
t "0.5 % of frames damaged" corruption
t "5 % loss, small segments" small_segments
t "a guest that drops 2 % of its frames" guest_drops
t "a slow reader with little memory" slow_reader
