# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One page, verified, by each of three clients: suites, groups, certificates,
# IPv4 and IPv6; and what the wire and the adapter's counters say of it.

first_page()
{
	page_ok "$VM_GUEST4:8443" -v
}

capture_agrees()
{
	local before after recs want

	before=$(vm 'ethtool -S eth0')
	cap_begin first tcp port 8443
	page_ok "$VM_GUEST4:8443"
	cap_end
	after=$(vm 'ethtool -S eth0')
	cap_clear 8443 "$VM_RUN/share/page.html"
	eq "version and suite" "$(cap_suites 8443)" "0x0304	0x1301"
	recs=$(python3 "$VM_DIR/wire.py" records "$CAP" 8443)
	echo "$recs"
	delta()
	{
		echo $(($(awk -v n="$1:" '$1 == n { print $2 }' <<< "$after") - \
			$(awk -v n="$1:" '$1 == n { print $2 }' <<< "$before")))
	}
	eq "handshakes" "$(delta handshakes_done)" 1
	for n in tx_tls_records tx_tls_bytes rx_tls_records rx_tls_bytes \
		op_sign op_ecdh bus_read_bytes bus_write_bytes; do
		echo "$n $(delta "$n")"
	done
	# Application data of the capture; the handshake's encrypted flight and
	# the client's Finished carry the same outer type.
	want=$(awk '$1 == "server" && $2 == 23 { print $3 }' <<< "$recs")
	[ "$(delta tx_tls_records)" -ge 1 ] || fail "no record by the adapter"
	[ "$(delta tx_tls_records)" -le "$want" ] ||
		fail "more records than on the wire ($want)"
	[ "$(delta rx_tls_records)" -ge 1 ] || fail "no record read by the adapter"
	eq "bad records" "$(delta rx_tls_bad_records)" 0
}

# curl takes the suite from OpenSSL's list; -s: TLS_AES_128_GCM_SHA256 only.
curl_matrix()
{
	local suite group where

	for where in "$VM_GUEST4:8443" "$VM_GUEST4:8444" "[$VM_GUEST6]:8443" \
		"[$VM_GUEST6]:8444"; do
		for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 \
			TLS_CHACHA20_POLY1305_SHA256; do
			for group in X25519 P-256; do
				echo "$where $suite $group"
				page_ok "$where" --tls13-ciphers "$suite" \
					--curves "$group"
			done
		done
	done
}

openssl_matrix()
{
	local where suite group

	for where in "$VM_GUEST4:8443" "[$VM_GUEST6]:8444"; do
		for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 \
			TLS_CHACHA20_POLY1305_SHA256; do
			for group in X25519 P-256; do
				page_by_openssl "$where" "$suite" "$group"
			done
		done
	done
}

gnutls_matrix()
{
	local cipher group

	for cipher in AES-128-GCM AES-256-GCM CHACHA20-POLY1305; do
		for group in X25519 SECP256R1; do
			page_by_gnutls "$VM_GUEST4" 8444 "$cipher" "$group"
			page_by_gnutls "$VM_GUEST6" 8443 "$cipher" "$group"
		done
	done
}

# The adapter speaks TLS 1.3 alone: nothing was sent yet, so the kernel goes on.
tls12_in_kernel()
{
	local before

	before=$(counter handshakes_done)
	page_ok "$VM_GUEST4:8443" --tls-max 1.2
	page_by_openssl "$VM_GUEST4:8444" ECDHE-ECDSA-AES128-GCM-SHA256 X25519:P-256
	eq "handshakes of the adapter" "$(counter handshakes_done)" "$before"
	eq "its sessions" "$(counter sessions_pending)" 0
	page_ok "$VM_GUEST4:8443"
}

# A client that offers only what we don't speak gets an alert, not a page.
no_common()
{
	refused "$VM_GUEST4:8443" 'protocol version' \
		-tls1_1 -cipher DEFAULT@SECLEVEL=0
	refused "$VM_GUEST4:8443" 'handshake failure' -tls1_3 -groups X448
	page_ok "$VM_GUEST4:8443"
}

t "curl: the first page, verified" first_page
t "capture: no clear text, TLS 1.3, counters agree" capture_agrees
[ -n "$SHORT" ] || t "curl: suites, groups, certificates, IPv4, IPv6" curl_matrix
t "openssl s_client: suites, groups" openssl_matrix
t "gnutls-cli: suites, groups" gnutls_matrix
t "TLS 1.2: the kernel does it" tls12_in_kernel
t "nothing in common: the right alert" no_common
t "HelloRetryRequest" hello_retry "$VM_GUEST4:8443" P-256 prime256v1
