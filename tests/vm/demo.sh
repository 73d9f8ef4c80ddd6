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
	printf '   guest# %s\n' "$*"
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

build()
{
	local log=$VM_BUILD/demo-$1.log

	shift
	"$@" > "$log" 2>&1 || {
		tail -n 20 "$log" >&2
		fail "failed: $* (all of it: $log)"
	}
}

step "building: modules for $KVER, the adapter for the installed QEMU, tools"
mkdir -p "$VM_BUILD"
build modules make -C "$VM_TOP/kmod" -j"$(nproc)" KVER="$KVER" modules
build device "$VM_TOP/qemu-device/build.sh"
build tools make -C "$VM_TOP/tools"

step "booting a VM: stock QEMU $(qemu-system-x86_64 --version |
	sed -n '1s/.*version \([^ ]*\).*/\1/p'), stock kernel $KVER, the adapter"
vm_up || fail "no guest"
PKI=$VM_RUN/pki

step "loading the modules"
mods=$(vm_modules)
guest "insmod $mods/tls_offload.ko" && guest "insmod $mods/tls_offload_nic.ko" ||
	fail "insmod"
vm_net || fail "no network"
guest "ethtool -i eth0 | head -n 1; ip -br address show eth0"

step "a key and a certificate, made in the guest, put on key ring \"web\""
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
head -c 33554432 /dev/urandom > /run/web/www/big
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
echo "clear text: none ($clear)" | show
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

step "the adapter's own counters, for this connection"
for name in handshakes_done starters finished op_sign op_ecdh tx_tls_records \
	tx_tls_bytes rx_tls_records rx_tls_bytes commands events \
	bus_descriptors bus_interrupts bus_read_bytes bus_write_bytes; do
	printf '%-18s %8d\n' "$name" "$(delta "$name")"
done | show
payload=$(stat -c %s "$VM_RUN/got")
awk -v r="$(delta bus_read_bytes)" -v w="$(delta bus_write_bytes)" -v p="$payload" \
	'BEGIN { printf "bus bytes per byte of the page: %.2f read, %.2f written\n", r / p, w / p }' | show
# The page is at the end of what the server sent: records of the adapter are
# those on the wire but the handshake's encrypted flight.
"$VM_DIR/wire.py" tail "$CAP" 8443 "$(delta tx_tls_records)" "$(delta tx_tls_bytes)" |
	show
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "capture and counters do not agree"

step "the kernel's session line (/proc/net/tls_offload)"
echo "while a second curl reads slowly:" | show
https "$VM_GUEST4:8443/big" --limit-rate 500k --max-time 3 -o /dev/null \
	2> /dev/null &
sleep 1
vm 'cat /proc/net/tls_offload' | show
wait $!

step "measured, not asserted: through the adapter, and the same server in clear"
# rate PORT SCHEME: connections per second, one page each, 4 at a time, for 4 s
rate()
{
	local end n

	n=0
	end=$(($(date +%s%N) + 4000000000))
	while [ "$(date +%s%N)" -lt "$end" ]; do
		seq 8 | ns xargs -P 4 -I% curl -sS --noproxy '*' --max-time 20 \
			--cacert "$PKI/ca.pem" -o /dev/null \
			"$2://$VM_GUEST4:$1/page.html?%" || fail "curl"
		n=$((n + 8))
	done
	awk -v n=$n -v t=$(($(date +%s%N) - end + 4000000000)) \
		'BEGIN { printf "%.1f", n * 1e9 / t }'
}
speed()
{
	ns curl -sS --noproxy '*' --max-time 60 --cacert "$PKI/ca.pem" \
		-o /dev/null -w '%{speed_download}' "$2://$VM_GUEST4:$1/big" |
		awk '{ printf "%.1f", $1 / 1e6 }'
}
printf '%-26s %14s %10s\n' '' 'connections/s' 'MB/s' | show
printf '%-26s %14s %10s\n' 'TLS through the adapter' "$(rate 8443 https)" \
	"$(speed 8443 https)" | show
printf '%-26s %14s %10s\n' 'plain TCP, port 8080' "$(rate 8080 http)" \
	"$(speed 8080 http)" | show
echo "(an emulated guest; one handshake for each connection)" | show

vm dmesg > "$VM_RUN/dmesg"
if grep -E 'WARNING:|BUG:|Oops|Call Trace' "$VM_RUN/dmesg"; then
	fail "the guest's kernel complained"
fi
step "stopping"
vm_down
step "done; logs and the capture are in build/vm/last-$KVER"
