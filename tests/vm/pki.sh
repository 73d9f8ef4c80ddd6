# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys and certificates of one run, in directory $1: an authority, and for each
# of rsa and ec a server key with a certificate for the guest's name and
# addresses. Key rings in the guest with payloads made of them.

PKI_NAMES=DNS:web.test,IP:10.77.0.2,IP:fd77::2,IP:10.78.0.2,IP:fd78::2,IP:127.0.0.1

# pki_cert DIR KIND NAMES [USAGE]: a certificate for the key DIR/KIND.key.
pki_cert()
{
	local dir=$1 kind=$2

	openssl req -new -key "$dir/$kind.key" -subj "/CN=web.test" \
		-out "$dir/$kind.csr" 2>/dev/null
	openssl x509 -req -in "$dir/$kind.csr" -CA "$dir/ca.pem" \
		-CAkey "$dir/ca.key" -days 2 -out "$dir/$kind.pem" \
		-set_serial "0x$(openssl rand -hex 8)" -extfile <(cat <<-EOF
		subjectAltName=$3
		basicConstraints=critical,CA:FALSE
		keyUsage=critical,digitalSignature
		extendedKeyUsage=${4:-serverAuth}
		EOF
		) 2>/dev/null
	rm -f "$dir/$kind.csr"
}

# pki_payload DIR KIND: both as one key of the kernel's, DIR/KIND.payload.
pki_payload()
{
	"$VM_DIR/identity.py" "$1/$2.key" "$1/$2.pem" > "$1/$2.payload"
}

# pki_anchor DIR KIND: the certificate as a trust anchor, DIR/KIND.payload.
pki_anchor()
{
	"$VM_DIR/identity.py" -a "$1/$2.pem" > "$1/$2.payload"
}

# pki_ring [-g] NAME KIND...: see guest-ring.
pki_ring()
{
	vm "$VM_DIR/guest-ring $*"
}

pki_make()
{
	local dir=$1

	mkdir -p "$dir"
	(
		umask 077
		openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ca.key"
		openssl ecparam -name prime256v1 -genkey -noout |
			openssl pkcs8 -topk8 -nocrypt -out "$dir/ec.key"
		openssl genpkey -quiet -algorithm RSA \
			-pkeyopt rsa_keygen_bits:2048 -out "$dir/rsa.key" \
			2>/dev/null
	)
	openssl req -x509 -new -key "$dir/ca.key" -days 2 \
		-subj "/CN=tls_offload test authority" -out "$dir/ca.pem" \
		-addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign 2>/dev/null
	pki_cert "$dir" rsa "$PKI_NAMES"
	pki_cert "$dir" ec "$PKI_NAMES"
	pki_anchor "$dir" ca
}
