#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make demo: an unmodified web server in a VM speaks TLS 1.3 through the
# adapter with a native curl. Builds what is missing, says what it does, prints
# what was seen, measures, cleans up.
set -u

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/peers.sh
. "$VM_DIR/peers.sh"
# shellcheck source=tests/vm/measure.sh
. "$VM_DIR/measure.sh"

if [ "$(id -u)" -ne 0 ]; then
	exec sudo --preserve-env=VM_CPUS,VM_ACCEL,SERIES "$0" "$@"
fi

fail()
{
	printf '\n!! %s\n' "$*" >&2
	exit 1
}

step()
{
	printf '\n[%3d s] %s\n' "$SECONDS" "$*"
}

# Shows a guest command as it is typed, and what it prints.
guest()
{
	fold -s -w 88 <<< "$*" | sed '1s/^/   guest# /; 2,$s/^/             /'
	vm -t 120 "$*" | sed 's/^/          /'
	return "${PIPESTATUS[0]}"
}

show()
{
	sed 's/^/          /'
}

: "${KVER:=$("$VM_TOP/scripts/kernels.sh" "${SERIES:-6.12}")}" || exit 1
export KVER
trap vm_down EXIT
trap 'exit 130' INT TERM

# build WHAT COMMAND...: with its output in a log; the adapter's steps are shown,
# because the first time they take minutes.
build()
{
	local what=$1 log=$VM_BUILD/demo-$1.log start=$SECONDS line

	shift
	"$@" 2>&1 < /dev/null | tee "$log" | while read -r line; do
		case $line in
		'device: compiling'*|'device: linking'*) ;;
		device:*) echo "   $line" ;;
		esac
	done
	[ "${PIPESTATUS[0]}" -eq 0 ] || {
		tail -n 20 "$log" >&2
		fail "failed: $* (all of it: $log)"
	}
	printf '   %s: %d s\n' "$what" $((SECONDS - start))
}

cat <<'EOT'
An unmodified nginx, configured for plain HTTP, will serve HTTPS: the kernel in a
virtual machine keeps its sockets secure, a network adapter in that machine does
the cryptography, and a curl on this machine asks for a page.
EOT

step "building: modules for $KVER, the adapter for the installed QEMU, tools"
mkdir -p "$VM_BUILD"
build modules make -C "$VM_TOP/kmod" -j"$(nproc)" KVER="$KVER" modules
build adapter "$VM_TOP/qemu-device/build.sh"
build tools make -C "$VM_TOP/tools"

step "booting a VM: stock QEMU $(qemu-system-x86_64 --version |
	sed -n '1s/.*version \([^ ]*\).*/\1/p'), stock kernel $KVER, the adapter"
vm_up || fail "no guest"
PKI=$VM_RUN/pki

step "loading the modules"
mods=$(vm_modules)
echo "insmod tls_offload.ko tls_offload_nic.ko" | show
vm_insmod "$mods/tls_offload.ko" "$mods/tls_offload_nic.ko" || fail "insmod"
vm_net || fail "no network"
guest "ethtool -i eth0 | head -n 1; ip -br address show eth0"

step "a key and a certificate, made in the guest, put on key ring \"web\""
echo "(the numbers that come back are serial numbers: the ring's, the key's)" | show
vm 'umask 077; mkdir -p /run/pki'
guest 'cd /run/pki && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=web.test -addext subjectAltName=DNS:web.test,IP:10.77.0.2 -keyout key.pem -out cert.pem 2>/dev/null' ||
	fail "no certificate"
guest "$VM_BUILD/tools/tlsoffload keyring create web --group www-data" ||
	fail "no key ring"
guest "$VM_BUILD/tools/tlsoffload keyring import web site --cert /run/pki/cert.pem --key /run/pki/key.pem" ||
	fail "no identity"
mkdir -p "$PKI"
vm 'cat /run/pki/cert.pem' > "$PKI/ca.pem"

step "an unmodified nginx, configured for plain HTTP on 8443 (and 8080)"
page_make > "$VM_RUN/share/page.html"
vm - <<'E2' || fail "no configuration"
mkdir -p /run/web/www
cp /run/tlso/page.html /run/web/www/page.html
cat > /run/web/nginx.conf <<'C'
user www-data;
worker_processes 1;
pid /run/web/pid;
error_log /run/web/error.log;
events { worker_connections 512; }
http {
	access_log off;
	sendfile on;
	server {
		listen 8443 backlog=512;
		listen 8080 backlog=512;
		root /run/web/www;
	}
}
C
E2
vm "head -c $MEASURE_BIG /dev/urandom > /run/web/www/big" || fail "no space"
vm 'sed -n "/server {/,/}/p" /run/web/nginx.conf' | show
guest 'sysctl -w net.tls_offload.secure_ports="8443:web"' || fail "sysctl"
guest 'nginx -c /run/web/nginx.conf' || fail "nginx"
vm 'ps -C nginx -o user,args' | show
sleep 1

step "curl, native on this machine, across the tap, certificate verified"
before=$(vm 'ethtool -S eth0')
cap_begin demo tcp port 8443
printf '   host$ curl --cacert cert.pem https://%s:8443/page.html\n' "$VM_GUEST4"
https "$VM_GUEST4:8443/page.html" -v -o "$VM_RUN/got" 2> "$VM_RUN/curl.log"
rc=$?
# The server's last word is on the wire when the kernel has let go of it.
vm 'for i in $(seq 30); do grep -q :8443 /proc/net/tls_offload || break
	sleep 0.1; done'
cap_end
after=$(vm 'ethtool -S eth0')
grep -E 'SSL connection|subject:|SSL certificate verify|^< HTTP|^< Server' \
	"$VM_RUN/curl.log" | show
[ "$rc" -eq 0 ] || { cat "$VM_RUN/curl.log"; fail "curl: exit code $rc"; }
cmp -s "$VM_RUN/got" "$VM_RUN/share/page.html" || fail "another page came"
echo "$(stat -c %s "$VM_RUN/got") bytes, the page as it lies on the server" | show

delta()
{
	local a b

	a=$(awk -v n="$1:" '$1 == n { print $2 }' <<< "$after")
	b=$(awk -v n="$1:" '$1 == n { print $2 }' <<< "$before")
	echo $((a - b))
}

step "the wire: what tcpdump saw on the tap"
clear=$(cap_clear 8443 "$VM_RUN/share/page.html" 2>&1) || fail "$clear"
echo "clear text: none of the page: $clear" | show
read -r version suite <<< "$(cap_suites 8443)"
[ "$version" = 0x0304 ] || fail "not TLS 1.3: '$version'"
case $suite in
0x1301) suite=TLS_AES_128_GCM_SHA256 ;;
0x1302) suite=TLS_AES_256_GCM_SHA384 ;;
0x1303) suite=TLS_CHACHA20_POLY1305_SHA256 ;;
*) fail "suite '$suite'" ;;
esac
echo "version:    TLS 1.3 (supported_versions 0x0304), $suite" | show
wire=$(python3 "$VM_DIR/wire.py" records "$CAP" 8443) || fail "$wire"
awk '{ kind[20] = "change_cipher_spec"; kind[21] = "alert"
	kind[22] = "handshake"; kind[23] = "application_data"
	printf "%-7s%-20s%4d records %8d bytes\n", $1, kind[$2], $3, $4 }' \
	<<< "$wire" | show

# number NAME WHAT: a counter, and what it counts
number()
{
	printf '%-18s %8d   %s\n' "$1" "$(delta "$1")" "$2"
}

# agrees WHAT GOT WANTED
agrees()
{
	[ "$2" = "$3" ] || fail "$1: the adapter counted $2, the wire has $3"
	printf 'agrees: %s\n' "$1" | show
}

step "the adapter's own counters (ethtool -S eth0), for this connection"
{
	number handshakes_done 'TLS handshakes'
	number op_sign 'signatures with the key from the ring'
	number op_ecdh 'key exchanges'
	number starters 'handshake flights that the kernel handed over'
	number finished 'handshake flights that the adapter handed back'
	number tx_tls_records 'records that the adapter encrypted'
	number tx_tls_bytes '... their bytes on the wire'
	number rx_tls_records 'records that the adapter verified'
	number rx_tls_bytes '... bytes that it decrypted (the kernel: what came early)'
	number bus_read_bytes 'bytes that the adapter read over the bus'
	number bus_write_bytes 'bytes that it wrote'
	number bus_descriptors 'descriptors, either way'
	number bus_interrupts 'interrupts'
} | show
page=$(stat -c %s "$VM_RUN/got")
echo "bus bytes for each byte of the page, handshake and all: $(measure_bus "$before" "$after" "$page")" | show

# On the wire, the encrypted records of the handshake look like those of data.
# The server's come first; the client's is one, its Finished.
step "the adapter's numbers and the capture, beside each other"
agrees "a handshake for each ServerHello in the capture" \
	"$(delta handshakes_done)" "$(cap_suites 8443 | wc -l)"
same=$("$VM_DIR/wire.py" tail "$CAP" 8443 "$(delta tx_tls_records)" \
	"$(delta tx_tls_bytes)" 2>&1) || fail "capture and counters: $same"
echo "agrees: encrypted for the server: $same" | show
agrees "verified from the client: $(delta rx_tls_records) records, all but its Finished" \
	"$(delta rx_tls_records)" \
	"$(awk '$1 == "client" && $2 == 23 { print $3 - 1 }' <<< "$wire")"

step "the kernel's session line, while a second curl reads slowly"
https "$VM_GUEST4:8443/big" --limit-rate 500k --max-time 3 -o /dev/null \
	2> /dev/null &
sleep 1
guest 'cat /proc/net/tls_offload'
wait $!

step "measured, not asserted: through the adapter, and the same server in clear"
measure_table | show
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "a transfer failed"

vm dmesg > "$VM_RUN/dmesg"
if grep -E 'WARNING:|BUG:|Oops|Call Trace' "$VM_RUN/dmesg"; then
	fail "the guest's kernel complained"
fi
step "stopping"
vm_down
step "done; logs and the capture are in build/vm/last-$KVER"
