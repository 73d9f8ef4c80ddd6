# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's software placement, as a client and as a server, against OpenSSL,
# GnuTLS, NSS, mbedTLS, Node.js and Python: versions, suites, groups, kinds of
# certificate, resumption, client certificates, new keys. The cases are those of
# tests/interop; interop.py runs them.
#
# INTEROP_DOC=docs/interop.md: that document's part is rewritten. INTEROP_ONLY: a
# regular expression over the cases.

INTEROP_OUT=$VM_BUILD/peers
INTEROP_PKI=$INTEROP_OUT/pki

interop_up()
{
	local k

	"$VM_TOP/tests/interop/prepare" "$INTEROP_OUT"
	vm_soft_net
	mkdir -p "$PKI/interop"
	cp "$INTEROP_PKI"/*.key "$INTEROP_PKI"/*.pem "$PKI/interop"
	for k in ecdsa p384 rsa client; do
		pki_payload "$PKI/interop" $k
	done
	pki_anchor "$PKI/interop" ca
	pki_ring trust interop/ca
	pki_ring staff interop/ca interop/client
	for k in ecdsa p384 rsa; do
		pki_ring $k interop/ca interop/$k
	done
	rm -rf "$PKI/interop"
	vm 'sysctl -n net.tls_offload.secure_ports > /run/ports'
	vm_start end listening "$VM_DIR/guest-end.py 7000"
}

# All of them at a time; what each peer did is told apart below.
interop_run()
{
	local rc=0 doc=

	[ -z "${INTEROP_DOC:-}" ] || doc="--doc $INTEROP_DOC"
	# shellcheck disable=SC2086 # words
	ns env -u SSL_CERT_FILE -u SSLKEYLOGFILE PYTHONDONTWRITEBYTECODE=1 \
		python3 "$VM_DIR/interop.py" --pki "$INTEROP_PKI" \
		--mbedtls "$INTEROP_OUT" --host "$VM_SOFT_HOST4" \
		--guest "$VM_SOFT4" --control 7000 --interface tap1 \
		--capture "$VM_RUN/interop.pcap" --keep "$(vm 'cat /run/ports')" \
		--only "${INTEROP_ONLY:-}" $doc ${SHORT:+--short} \
		> "$VM_RUN/interop.tap" 2> "$VM_RUN/interop.err" || rc=$?
	vm_stop end
	# Failed cases are told below; here only that they were run.
	grep '^1\.\.[1-9]' "$VM_RUN/interop.tap" ||
		fail "$rc: $(cat "$VM_RUN/interop.err")"
}

# interop_did ROLE PEER
interop_did()
{
	local mine="^\(not \)\?ok [0-9]* .* kernel as $1, $2: "

	echo "$(grep "$mine" "$VM_RUN/interop.tap" | grep -c '^ok') work"
	grep -q "$mine" "$VM_RUN/interop.tap" || fail "none was run"
	! awk -v mine=" kernel as $1, $2: " '/^(not )?ok/ {
			on = /^not/ && index($0, mine) } on' \
		"$VM_RUN/interop.tap" | grep . || fail "these do not"
}

t "interop: keys, rings, a plain program" interop_up
t "interop: run" interop_run
for peer in OpenSSL GnuTLS NSS mbedTLS Node.js Python; do
	for role in client server; do
		t "interop: kernel as $role, $peer" interop_did $role $peer
	done
done
