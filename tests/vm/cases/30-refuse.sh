# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bad settings, missing permission, hostile peers: refused, never in clear, and
# nobody else is harmed.

# sysctl_refused VALUE WORD
sysctl_refused()
{
	local before

	before=$(vm 'cat /proc/sys/net/tls_offload/secure_ports; dmesg | wc -l')
	vm "printf '%s\n' '$1' > /proc/sys/net/tls_offload/secure_ports" \
		> "$VM_RUN/err" 2>&1 && fail "'$1' was taken"
	grep -q 'Invalid argument' "$VM_RUN/err" || fail "$(cat "$VM_RUN/err")"
	vm "dmesg | tail -n +$(($(tail -n 1 <<< "$before") + 1))" > "$VM_RUN/dmesg"
	grep -qF -- "\"$2\"" "$VM_RUN/dmesg" ||
		fail "'$1': the log does not name $2: $(cat "$VM_RUN/dmesg")"
	eq "value" "$(vm 'cat /proc/sys/net/tls_offload/secure_ports')" \
		"$(head -n -1 <<< "$before")"
}

wrong_sysctl()
{
	sysctl_refused "8443" "8443"
	sysctl_refused "8443:web 99999:web" "99999:web"
	sysctl_refused "8443:web zwei:web" "zwei:web"
	sysctl_refused "0:web" "0:web"
	page_ok "$VM_GUEST4:8443"
}

# connection_fails PORT: an https client and a plain one get nothing.
connection_fails()
{
	cap_begin "fails$1" tcp port "$1"
	if https "$VM_GUEST4:$1/page.html" -m 20 > "$VM_RUN/got" 2> "$VM_RUN/err"
	then
		fail "port $1 answered"
	fi
	cat "$VM_RUN/err"
	! grep -qi 'timed out' "$VM_RUN/err" || fail "it hangs"
	printf 'GET /page.html HTTP/1.0\r\n\r\n' |
		ns timeout 20 socat -t 5 - "TCP:$VM_GUEST4:$1" \
		>> "$VM_RUN/got" 2>&1 || true
	cap_end
	! grep -qa -e HTTP/ -e DOCTYPE "$VM_RUN/got" || fail "clear text came"
	cap_clear "$1" "$VM_RUN/share/page.html" > "$VM_RUN/judged" 2>&1 ||
		grep -q 'no payload' "$VM_RUN/judged" ||
		fail "$(cat "$VM_RUN/judged")"
}

key_not_readable()
{
	vm - <<-'EOF'
	key=$(keyctl search @u tls_offload rsa) || exit 1
	for how in read print pipe; do
		keyctl $how $key > /tmp/key 2>&1 && { echo "$how worked"; exit 1; }
	done
	cat /tmp/key
	grep -q 'supported' /tmp/key
	EOF
}

# hostile NAME HEX WANTED-ALERT-REGEX: sends the bytes to 8443 and looks at the
# alert that comes, if one has to.
hostile()
{
	local got

	got=$(xxd -r -p <<< "$2" | ns timeout 60 socat -t 30 - \
		"TCP:$VM_GUEST4:8443" 2> /dev/null | xxd -p | tr -d '\n') || true
	[[ $got =~ ^$3$ ]] || fail "$1: got '$got', wanted '$3'"
	page_ok "$VM_GUEST4:8443"
}

hostile_hello()
{
	# RFC 8446, 6: 10 unexpected_message, 22 record_overflow, 47
	# illegal_parameter, 50 decode_error, 70 protocol_version.
	hostile "application data first" 17030300050102030405 '1503030002020a'
	hostile "unknown type" 6303030001ff '1503030002020a'
	hostile "an empty handshake record" 1603010000 '1503030002020a'
	hostile "a record of 2^14 + 1" "1603014001$(printf '%032770d' 0)" \
		'15030300020216'
	hostile "a Finished first" 1603010024140000200000000000000000000000000000000000000000000000000000000000000000 \
		'1503030002020a'
	hostile "a ClientHello that ends early" 160301000601000002030300 \
		'15030300020232'
	hostile "a ClientHello without extensions" \
		160301002d010000290303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f000002130101000000 \
		'1503030002020?(46|2f|32|6d|28)'
}

# A record whose tag is wrong, in the middle of a session: bad_record_mac (20),
# seen by the client as an alert, and the next connection is fine.
bad_record()
{
	ns timeout 60 python3 - "$VM_GUEST4" "$PKI/ca.pem" <<-'EOF'
	import socket, ssl, sys
	raw = socket.create_connection((sys.argv[1], 8443), timeout=20)
	ctx = ssl.create_default_context(cafile=sys.argv[2])
	inc, out = ssl.MemoryBIO(), ssl.MemoryBIO()
	tls = ctx.wrap_bio(inc, out, server_hostname="web.test")
	def flush():
	    if out.pending:
	        raw.sendall(out.read())
	while True:
	    try:
	        tls.do_handshake()
	        break
	    except ssl.SSLWantReadError:
	        flush()
	        inc.write(raw.recv(65536))
	flush()
	tls.write(b"GET /page.html HTTP/1.1\r\nHost: web.test\r\n\r\n")
	rec = bytearray(out.read())
	rec[-1] ^= 1
	raw.sendall(rec)
	try:
	    while True:
	        data = raw.recv(65536)
	        if not data:
	            sys.exit("closed without an alert")
	        inc.write(data)
	        try:
	            print(tls.read(65536)[:40])
	            sys.exit("it answered")
	        except ssl.SSLWantReadError:
	            pass
	except ssl.SSLError as e:
	    print(e)
	    if "BAD_RECORD_MAC" not in str(e).upper().replace(" ", "_"):
	        sys.exit("another alert")
	EOF
	page_ok "$VM_GUEST4:8443"
}

worker_may_not()
{
	connection_fails 8446
}

unknown_ring()
{
	connection_fails 8447
}

# Guest errors: what the device does not expect is counted and changes nothing.
# The kernel lets nobody at the registers while a driver has them.
device_guest_error()
{
	local before

	before=$(counter guest_errors)
	vm - <<-'EOF'
	dev=$(readlink -f /sys/class/net/eth0/device)
	rmmod tls_offload_nic
	echo 1 > $dev/enable
	python3 - "$dev/resource0" <<'P'
	import mmap, os, struct, sys
	fd = os.open(sys.argv[1], os.O_RDWR | os.O_SYNC)
	bar = mmap.mmap(fd, 0x8000)
	def put(at, value):
	    bar[at:at + 4] = struct.pack("<I", value)
	put(0x0, 1)              # MAGIC, read-only
	put(0x1008, 99)          # a ring's size out of range
	put(0x7ff0, 5)           # nothing is there
	assert struct.unpack("<I", bar[0:4])[0] == 0x4f534c54
	P
	rc=$?
	echo 0 > $dev/enable
	exit $rc
	EOF
	nic_load
	[ "$(counter guest_errors)" -gt "$before" ] || fail "none counted"
	sleep 1
	page_ok "$VM_GUEST4:8443"
}

t "a wrong sysctl: EINVAL, the log names the word" wrong_sysctl
t "an unknown key ring: the connection fails, nothing in clear" unknown_ring
t "a worker without permission: the same" worker_may_not
t "keyctl cannot read the key" key_not_readable
t "malformed first flights: the right alert, that connection only" hostile_hello
t "a record with a wrong tag: bad_record_mac" bad_record
t "registers written wrong: counted, changes nothing" device_guest_error
