# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What TLS by the adapter costs beside the same server in clear: sourced by
# bench.sh and demo.sh, after lib.sh and peers.sh, with a guest running and
# $PKI/ca.pem for its certificate. Measures; asserts only that every transfer
# succeeds. The server: port 8443 secure, 8080 plain, files page.html and big.

: "${MEASURE_SECONDS:=3}"
MEASURE_BIG=33554432 # bytes of big

# measure_rate PORT SCHEME: connections per second: a new curl, connection and
# page each time, 4 at once, for MEASURE_SECONDS.
measure_rate()
{
	local start now n=0

	start=$(date +%s%N)
	now=$start
	while [ $((now - start)) -lt $((MEASURE_SECONDS * 1000000000)) ]; do
		seq 8 | ns xargs -P 4 -I% curl -sS --noproxy '*' --max-time 20 \
			--cacert "$PKI/ca.pem" -o /dev/null \
			"$2://$VM_GUEST4:$1/page.html?%" || return 1
		n=$((n + 8))
		now=$(date +%s%N)
	done
	awk -v n=$n -v t=$((now - start)) 'BEGIN { printf "%.1f", n * 1e9 / t }'
}

# measure_speed PORT SCHEME: MB/s of one large file.
measure_speed()
{
	local bytes

	bytes=$(ns curl -sS --noproxy '*' --max-time 120 --cacert "$PKI/ca.pem" \
		-o /dev/null -w '%{speed_download}' \
		"$2://$VM_GUEST4:$1/big") || return 1
	awk -v b="$bytes" 'BEGIN { printf "%.1f", b / 1e6 }'
}

# measure_bus BEFORE AFTER PAYLOAD: bytes over the bus for each byte of payload,
# from two outputs of ethtool -S.
measure_bus()
{
	awk -v payload="$3" '
	$1 == "bus_read_bytes:" { r = $2 - r }
	$1 == "bus_write_bytes:" { w = $2 - w }
	END { printf "%.2f read, %.2f written", r / payload, w / payload }' \
		<<< "$1"$'\n'"$2"
}

# measure_row NAME PORT SCHEME
measure_row()
{
	local n mb before after

	n=$(measure_rate "$2" "$3") || return 1
	before=$(vm 'ethtool -S eth0') || return 1
	mb=$(measure_speed "$2" "$3") || return 1
	after=$(vm 'ethtool -S eth0') || return 1
	printf '%-36s %9s %8s   %s\n' "$1" "$n" "$mb" \
		"$(measure_bus "$before" "$after" "$MEASURE_BIG")"
}

# The table, each line as soon as it is known.
measure_table()
{
	printf '%-36s %9s %8s   %s\n' '' '/s' 'MB/s' 'bus bytes per byte'
	measure_row 'TLS 1.3 by the adapter: handshakes' 8443 https &&
		measure_row 'the same server, plain: connections' 8080 http ||
		return 1
	echo "(a new curl, connection and page each time, 4 at once; MB/s and bus: 32 MiB in"
	echo "one go; the processor is emulated by QEMU, so compare the rows, not with hardware)"
}
