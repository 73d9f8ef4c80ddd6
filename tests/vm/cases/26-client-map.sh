# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Who the peer is: user mappings on a ring, client-auth map, what TLS_OFFLOAD_PEER_CHAIN
# and TLS_OFFLOAD_PEER_ID give in both roles; what is renewed while others go on.
# Leaves to 15-soft-handshake which certificates are believed.

MAP_PORT=8460

map_tool()
{
	vm -t 60 "$VM_BUILD/tools/tlsoffload $*"
}

# map_cert NAME SUBJECT [SAN [CA]]: a client's certificate, all for one key
map_cert()
{
	openssl req -new -key "$PKI/cl.key" -utf8 -subj "$2" |
		openssl x509 -req -CA "$PKI/${4:-ca}.pem" -CAkey "$PKI/${4:-ca}.key" \
			-days 2 -set_serial "0x$(openssl rand -hex 8)" \
			-out "$PKI/$1.pem" -extfile <(
				echo "keyUsage=critical,digitalSignature"
				echo "extendedKeyUsage=clientAuth"
				[ -z "${3:-}" ] || echo "subjectAltName=$3"
			) 2>/dev/null
}

map_pki()
{
	openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/cl.key"
	openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/inter.key"
	openssl req -new -key "$PKI/inter.key" -subj "/CN=between" |
		openssl x509 -req -CA "$PKI/ca.pem" -CAkey "$PKI/ca.key" -days 2 \
			-set_serial 77 -out "$PKI/inter.pem" -extfile <(
				echo "basicConstraints=critical,CA:TRUE"
				echo "keyUsage=critical,keyCertSign") 2>/dev/null
	map_cert subject '/C=DE/O=Example, Inc/CN=Ann Lé' DNS:ann.example.org inter
	map_cert email /CN=bob \
		'email:Robert@example.org,email:Bob@Example.org,DNS:*.example.org'
	map_cert dns /CN=build DNS:other.example.org,DNS:Build.example.org
	map_cert uri /CN=web URI:spiffe://example.org/web
	map_cert sha /CN=carol
	# Beside each of the others, and none of them.
	map_cert nobody '/C=DE/O=Example, Inc/CN=Ann Le' \
		'email:bob@example.org,DNS:example.org,URI:spiffe://example.org/Web'
}

# map_users UID: of the e-mail address
map_users()
{
	local subject sha

	subject=$(openssl x509 -in "$PKI/subject.pem" -noout -subject \
		-nameopt RFC2253,-esc_msb,utf8)
	sha=$(openssl x509 -in "$PKI/sha.pem" -noout -fingerprint -sha256)
	cat <<-EOU
	# in this order
	subject "$(sed 's/^subject=//; s/\\/&&/g' <<< "$subject")" 1001
	email Bob@example.org $1
	dns   build.EXAMPLE.org 1003   # behind the one that matches first
	dns   other.example.org 1009
	uri   spiffe://example.org/web www-data
	sha256 ${sha#*=} 4294967294
	EOU
}

map_up()
{
	map_pki
	pki_ring maps ec ca
	map_users 1002 > "$VM_RUN/share/users"
	map_tool keyring map maps users --users /run/tlso/users
	map_tool keyring list maps | grep ' users$'
	vm "grep 'users: 6 user mappings' /proc/keys"
	cat > "$VM_RUN/share/map.policy" <<-EOP
	rule known {
		direction in
		local port $MAP_PORT
		verdict require
		keyring maps
		client-auth map
	}
	EOP
	map_tool policy load /run/tlso/map.policy
	map_tool policy show | grep -q 'client-auth map'
	vm_start peer listening "$VM_BUILD/vm/prog/peer $MAP_PORT hold"
}

map_down()
{
	map_tool policy clear
	vm_stop peer
	vm 'for r in maps empty; do keyctl unlink $(keyctl search @u keyring $r) @u
		done'
}

map_payload()
{
	local dns=612e6f7267 rc=0

	echo 'dns *.org 1' > "$VM_RUN/share/users.bad"
	map_tool keyring map maps users --users /run/tlso/users.bad \
		> "$VM_RUN/out" 2>&1 || rc=$?
	eq "exit code" "$rc" 1
	grep -qF '/run/tlso/users.bad:1:5: error: found "*.org", expected' "$VM_RUN/out"
	vm - <<-EOV
	set -e
	ring=\$(keyctl search @u keyring maps)
	refuse() {
		xxd -r -p <<< "\$1" > /tmp/part
		if keyctl padd tls_offload wrong \$ring < /tmp/part 2> /tmp/err; then
			echo "taken: \$1"
			exit 1
		fi
		grep -q 'Invalid argument' /tmp/err || { cat /tmp/err; exit 1; }
	}
	refuse 0400000a0300000001${dns}00      # longer than it says
	refuse 0400000b0300000001$dns          # shorter
	refuse 0400000a0300000001${dns:2}2e    # no host
	refuse 0400000a0600000001$dns          # no such kind
	refuse 040000050300000001              # nothing to compare
	refuse 0400000a03ffffffff$dns          # nobody
	refuse 0400000a0300000001${dns}0300000430020500 # and an anchor
	# Numbers are those of the writer's user namespace.
	xxd -r -p <<< 0400000a0300000001$dns > /tmp/one
	xxd -r -p <<< 0400000a0300000000$dns > /tmp/zero
	unshare -Ur sh -c 'keyctl padd tls_offload a @s < /tmp/zero' > /dev/null
	! unshare -Ur sh -c 'keyctl padd tls_offload b @s < /tmp/one' 2> /tmp/err
	grep -q 'Invalid argument' /tmp/err
	dmesg | tail -n 20 | grep -q "user is nobody in this user namespace"
	EOV
	vm "grep 'users: 6 user mappings' /proc/keys"
}

# map_open VERSION CERT [OPTION...]: asks who that is, and stays connected (MAP_FD of the
# pipe that keeps it) until map_close. What was said is in $VM_RUN/asked.
map_open()
{
	local pipe=$VM_RUN/map.in version=$1 args=()

	[ "$2" = - ] || args=(-cert "$PKI/$2.pem" -key "$PKI/cl.key")
	[ "$2" != subject ] || args+=(-cert_chain "$PKI/inter.pem")
	shift 2
	rm -f "$pipe"
	mkfifo "$pipe"
	: > "$VM_RUN/asked" # whoever looks first finds nothing of the last one's
	s_client "$VM_GUEST4:${MAP_AT:-$MAP_PORT}" "-tls$version" "${args[@]}" "$@" \
		< "$pipe" > "$VM_RUN/asked" 2>&1 &
	MAP_PID=$!
	exec {MAP_FD}> "$pipe"
	for _ in $(seq 300); do
		! grep -q '^end' "$VM_RUN/asked" || return 0
		kill -0 "$MAP_PID" 2>/dev/null || break
		sleep 0.1
	done
	grep -q '^end' "$VM_RUN/asked"
}

map_close()
{
	exec {MAP_FD}>&-
	wait "$MAP_PID" || true
}

map_ask()
{
	local rc=0

	map_open "$@" || rc=$?
	map_close
	return $rc
}

# map_says WORD VALUE
map_says()
{
	eq "$1" "$(sed -n "s/^$1 //p" "$VM_RUN/asked" | head -n 1)" "$2"
}

map_kinds()
{
	local version name

	for version in 1_3 1_2; do
		while read -r name uid; do
			map_ask $version "$name" || fail "$name: $(cat "$VM_RUN/asked")"
			map_says uid "$uid"
			map_says flags 5
		done <<-EOK
		subject 1001
		email 1002
		dns 1003
		uri 33
		sha -2
		EOK
		[ -z "$SHORT" ] || break
	done
}

map_refused()
{
	local version none

	for version in 1_3 1_2; do
		! map_ask $version nobody || fail "nobody was let in"
		grep -qi 'alert access denied' "$VM_RUN/asked" ||
			fail "nobody: $(cat "$VM_RUN/asked")"
		grep -q 'alert number 49' "$VM_RUN/asked" || fail "not 49"
		! map_ask $version - || fail "no certificate, and let in"
		none='alert certificate required'
		[ $version = 1_3 ] || none='alert handshake failure'
		grep -qi "$none" "$VM_RUN/asked" || fail "none: $(cat "$VM_RUN/asked")"
	done
	vm 'dmesg | tail -n 40' | grep -q 'certificate maps to no user'
	# Two keys, two users: nobody.
	echo 'dns build.example.org 7' > "$VM_RUN/share/users.2"
	echo 'email Bob@example.org 1002' >> "$VM_RUN/share/users.2"
	map_tool keyring map maps second --users /run/tlso/users.2
	! map_ask 1_3 dns || fail "either of two users"
	grep -q 'alert number 49' "$VM_RUN/asked" || fail "$(cat "$VM_RUN/asked")"
	map_ask 1_3 email || fail "the same user twice: $(cat "$VM_RUN/asked")"
	map_says uid 1002
	map_tool keyring remove maps second
	map_ask 1_3 dns || fail "$(cat "$VM_RUN/asked")"
}

map_der()
{
	openssl x509 -in "$PKI/$1.pem" -outform DER | xxd -p | tr -d '\n'
}

# map_rows NAME...: as TLS_OFFLOAD_PEER_CHAIN has them
map_rows()
{
	local der name

	for name; do
		der=$(map_der "$name")
		printf '%06x%s' $((${#der} / 2)) "$der"
	done
}

# map_names NAME: subject and what is in subjectAltName, by somebody else's parser
map_names()
{
	python3 - "$PKI/$1.pem" <<-'EOP'
	import sys
	from cryptography import x509
	cert = x509.load_pem_x509_certificate(open(sys.argv[1], "rb").read())
	print("subject", cert.subject.public_bytes().hex())
	try:
	    san = cert.extensions.get_extension_for_class(
	        x509.SubjectAlternativeName).value.public_bytes()
	    assert san[1] < 0x80
	    print("names", san[2:].hex())
	except x509.ExtensionNotFound:
	    print("names ")
	EOP
}

# map_is NAME...: the leaf's digest and names, and the whole chain
map_is()
{
	local word value

	map_says certs $#
	map_says chain "$(map_rows "$@")"
	map_says leaf "$(map_der "$1" | xxd -r -p | sha256sum | cut -d' ' -f1)"
	while read -r word value; do
		map_says "$word" "$value"
	done < <(map_names "$1")
	! grep 'ERANGE\|another length\|do not fit' "$VM_RUN/asked" || fail "lengths"
}

map_chain()
{
	map_ask 1_3 subject || fail "$(cat "$VM_RUN/asked")"
	map_is subject inter
	map_ask 1_2 email || fail "$(cat "$VM_RUN/asked")"
	# What it is not told, OpenSSL finds among the authorities.
	map_is email ca
	map_ask 1_2 sha || fail "$(cat "$VM_RUN/asked")"
	map_is sha ca
}

# Who resumes is who he was; his chain does not come again.
map_resumed()
{
	local version

	for version in 1_3 1_2; do
		map_ask $version email -sess_out "$VM_RUN/sess" || fail "first"
		grep -q '^New, TLSv' "$VM_RUN/asked" || fail "$(cat "$VM_RUN/asked")"
		# Twice: the second by the ticket that the first resumption brought.
		for _ in 1 2; do
			map_ask $version - -sess_in "$VM_RUN/sess" \
				-sess_out "$VM_RUN/sess" || fail "$(cat "$VM_RUN/asked")"
			grep -q '^Reused, TLSv' "$VM_RUN/asked" ||
				fail "$version: $(cat "$VM_RUN/asked")"
			map_says uid 1002
			map_says flags 7
			map_says certs 0
			map_says leaf "$(map_der email | xxd -r -p | sha256sum |
				cut -d' ' -f1)"
			map_says 'chain errno' 61 # ENODATA
		done
	done
}

# map_users_of [COMMAND...]: the users that /proc shows of connections to the port
map_users_of()
{
	vm "$* cat /proc/net/tls_offload" |
		awk -v at=":$MAP_PORT\$" 'NR == 1 && $NF != "user" { exit 1 }
			$1 ~ at && $3 == "secure" { print $NF }' | sort -u | xargs
}

# New mappings count from then on, for those who come with a ticket too; who is there stays.
map_renewed()
{
	local old_fd old_pid

	map_ask 1_3 email -sess_out "$VM_RUN/sess" || fail "first"
	map_open 1_3 email || fail "$(cat "$VM_RUN/asked")"
	map_says uid 1002
	old_fd=$MAP_FD old_pid=$MAP_PID
	map_users 2002 > "$VM_RUN/share/users"
	map_tool keyring map maps users --users /run/tlso/users
	map_open 1_3 email -sess_in "$VM_RUN/sess" || fail "$(cat "$VM_RUN/asked")"
	grep -q '^New, TLSv' "$VM_RUN/asked" || fail "an old ticket counts"
	map_says uid 2002
	eq "users" "$(map_users_of)" "1002 2002"
	map_close
	kill -0 "$old_pid" || fail "the old connection went"
	MAP_FD=$old_fd MAP_PID=$old_pid
	map_close
	# As another user namespace sees it.
	map_open 1_3 email || fail "$(cat "$VM_RUN/asked")"
	eq "unmapped" "$(map_users_of unshare -Ur)" 65534
	map_close
}

# The identity, too: its key under the same name is another.
map_identity()
{
	local old_fd old_pid

	map_open 1_3 sha || fail "$(cat "$VM_RUN/asked")"
	grep -q 'Peer signature type: ECDSA' "$VM_RUN/asked" || fail "no ECDSA"
	old_fd=$MAP_FD old_pid=$MAP_PID
	vm 'keyctl padd tls_offload ec $(keyctl search @u keyring maps) \
		< /run/tlso/pki/rsa.payload'
	map_ask 1_3 sha || fail "$(cat "$VM_RUN/asked")"
	grep -q 'Peer signature type: RSA-PSS' "$VM_RUN/asked" || fail "no RSA"
	kill -0 "$old_pid" || fail "the old connection went"
	MAP_FD=$old_fd MAP_PID=$old_pid
	map_close
}

# map_serve RULE COMMAND...: peer on 8450 under that word of secure_ports
map_serve()
{
	local rc=0

	vm "sysctl -w net.tls_offload.secure_ports='8443:web 8444:webec 8446:rootonly 8447:nosuchring $1'"
	shift
	vm_start asked8450 listening "${MAP_AS:-} $VM_BUILD/vm/prog/peer 8450 hold"
	("$@") || rc=$?
	vm_stop asked8450
	vm "sysctl -w net.tls_offload.secure_ports='8443:web 8444:webec 8446:rootonly 8447:nosuchring 8450:web'"
	return $rc
}

# Of nobody nothing is known.
map_none()
{
	MAP_AT=8450 map_ask 1_3 - || fail "$(cat "$VM_RUN/asked")"
	map_says 'id errno' 61
	map_says 'chain errno' 61
}

# Believed, but not asked whose it is.
map_believed()
{
	MAP_AT=8450 map_ask 1_3 nobody || fail "$(cat "$VM_RUN/asked")"
	map_says uid -1
	map_says flags 1
	map_is nobody ca
}

# map_server_errno NUMBER: what the server's own query says
map_server_errno()
{
	! MAP_AT=8450 map_ask 1_3 sha || fail "it was let in"
	for _ in $(seq 50); do
		! vm 'cat /run/asked8450' | grep '^id errno' || break
		sleep 0.1
	done
	eq "errno" "$(vm 'cat /run/asked8450' | sed -n 's/^id errno //p')" "$1"
}

map_others()
{
	pki_ring empty ec ca
	map_serve 8450:web map_none
	map_serve 8450:empty:require map_believed
	# Nothing on the ring to map by: ENOKEY. No right to search it: EACCES.
	map_serve 8450:empty:map map_server_errno 126
	MAP_AS="setpriv --reuid=33 --regid=33 --clear-groups" \
		map_serve 8450:maps:map map_server_errno 13
}

# As a client: the server's chain, after a resumption too.
map_client()
{
	local pid flags

	cat "$PKI/ec.pem" "$PKI/ca.pem" > "$PKI/served.pem"
	ip netns exec "$VM_NS" openssl s_server -accept "$VM_HOST4:9460" -cert "$PKI/ec.pem" \
		-cert_chain "$PKI/ca.pem" -key "$PKI/ec.key" -www \
		> "$VM_RUN/served" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		! grep -q ACCEPT "$VM_RUN/served" || break
		sleep 0.1
	done
	vm "sysctl -w net.tls_offload.connect_ports='9460:maps:web.test'"
	for flags in 1 3; do
		vm "timeout 30 $VM_BUILD/vm/prog/peer $VM_HOST4 9460" \
			> "$VM_RUN/asked" || fail "$(cat "$VM_RUN/asked")"
		map_says flags "$flags"
		map_says uid -1
		map_is ec ca
	done
	vm "sysctl -w net.tls_offload.connect_ports="
	kill "$pid"
	wait "$pid" || true
}

t "map: a ring with mappings, a rule, a server" map_up
t "map: what is no mapping is refused" map_payload
t "map: by subject, e-mail, host, URI and digest" map_kinds
t "map: nobody, no certificate, two users: the right alerts" map_refused
t "map: the chain and the names are the client's" map_chain
t "map: a resumed session is whose it was" map_resumed
t "map: mappings are renewed while others go on" map_renewed
t "map: an identity is renewed while others go on" map_identity
t "map: what is told of others; ENOKEY, EACCES" map_others
t "map: the server's chain, in a client" map_client
t "map: all gone" map_down
