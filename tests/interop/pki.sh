#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pki.sh DIR: keys and certificates for the tests with peers, in DIR, unless
# they are there. ca.pem signs everything:
#
#   ecdsa p384 rsa   .pem (chain, leaf first) and .key (PKCS#8), for server.test
#                    and 127.0.0.1
#   client           .pem and .key, of a client, P-256
#   nss/             the same in a database of NSS, as nicknames; nss-ca/ has
#                    ca.pem alone
#   request          what a client sends
#
# Leaves to: run everything else. Valid for as long as the build is kept.
set -euo pipefail

dir=${1:?pki.sh DIR}
[ ! -e "$dir/request" ] || exit 0
rm -rf "$dir"
mkdir -p "$dir/nss" "$dir/nss-ca"
cd "$dir"
exec 3>&2 2> log

trap '[ $? -eq 0 ] || cat log >&3' EXIT

key()
{
	case $2 in
	rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$1.key" ;;
	*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" \
		-out "$1.key" ;;
	esac
}

# leaf NAME KIND USAGE
leaf()
{
	key "$1" "$2"
	cat > "$1.ext" <<-END
		basicConstraints = critical, CA:false
		keyUsage = critical, digitalSignature, keyEncipherment
		extendedKeyUsage = $3
		subjectAltName = DNS:server.test, IP:127.0.0.1
	END
	[ "$2" = rsa ] || sed -i 's/, keyEncipherment//' "$1.ext"
	openssl req -new -key "$1.key" -subj "/O=tlso test/CN=$1" |
		openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial \
			-days 3650 -extfile "$1.ext" -out "$1.pem"
	openssl pkcs12 -export -name "$1" -in "$1.pem" -inkey "$1.key" \
		-passout pass: -out "$1.p12"
	pk12util -d sql:nss -i "$1.p12" -W ''
}

key ca P-256
openssl req -new -x509 -key ca.key -days 3650 -subj "/O=tlso test/CN=CA" \
	-addext "basicConstraints = critical, CA:true" \
	-addext "keyUsage = critical, keyCertSign, cRLSign" -out ca.pem
for db in nss nss-ca; do
	certutil -N -d sql:$db --empty-password
	certutil -A -d sql:$db -n ca -t CT,C, -i ca.pem
done
leaf ecdsa P-256 serverAuth
leaf p384 P-384 serverAuth
leaf rsa rsa serverAuth
leaf client P-256 clientAuth
printf "GET / HTTP/1.0\r\n\r\n" > request
