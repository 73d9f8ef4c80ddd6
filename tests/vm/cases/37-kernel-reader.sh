# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Readers in the kernel: a module that knows nothing of us (tests/kernel-reader) serves
# a page on a secure port, by each way to read that the kernel has. It gets the
# listener, as nfsd does, or accepted connections, as kcm, nbd and iscsi do.

PAGES=$VM_TOP/tests/kernel-reader

reader_load()
{
	make -s -C "$PAGES" KVER="$KVER" modules
	vm "insmod $VM_BUILD/kernel-reader/k-$KVER/tlso_pages.ko &&
		[ -c /dev/tlso-pages ]"
	vm_soft_net
	ns ping -c 4 -i 0.2 -W 30 "$VM_SOFT4"
	openssl rand 60000 > "$VM_RUN/share/body"
}

# reader MODE HOW COMMAND...: the page server while the command runs; its counts are in
# $VM_RUN/counts then. HOW: listener or accept.
reader()
{
	local rc how=

	[ "$2" = listener ] || how=accept
	vm_start pages serving \
		"RCVBUF=${READER_RCVBUF:-} $PAGES/serve.py $1 ${READER_PORT:-8450} /run/tlso/page.html $how"
	# "set -e" holds only where nobody looks at the result.
	set +e
	(
		set -e
		"${@:3}"
	)
	rc=$?
	set -e
	vm 'kill $(cat /run/pages.pid)
		for i in $(seq 200); do [ -e /proc/$(cat /run/pages.pid) ] || break
		sleep 0.1; done; cat /run/pages
		grep -q "^accepted" /run/pages' | tee "$VM_RUN/counts"
	[ "${PIPESTATUS[0]}" -eq 0 ] || rc=1
	return $rc
}

# reader_count NAME: of the last server
reader_count()
{
	sed -n "s/^accepted.*$1 \([0-9]*\).*/\1/p; s/^$1 \([0-9]*\).*/\1/p" \
		"$VM_RUN/counts" | head -n 1
}

# Three requests of one connection: the page each time.
reader_again()
{
	local url=https://$1/page.html

	shift
	https "${url#https://}" "$@" "$url" "$url" -o "$VM_RUN/got" \
		-o "$VM_RUN/got.2" -o "$VM_RUN/got.3" -w '%{num_connects}\n' \
		> "$VM_RUN/connects"
	for got in got got.2 got.3; do
		cmp "$VM_RUN/$got" "$VM_RUN/share/page.html"
	done
	eq "connections" "$(awk '{ n += $1 } END { print n }' "$VM_RUN/connects")" 1
}

# What is sent comes back: requests of many records.
reader_body()
{
	https "$1/" "${@:2}" --data-binary "@$VM_RUN/share/body" > "$VM_RUN/back"
	cmp "$VM_RUN/back" "$VM_RUN/share/body"
}

# reader_ask ADDRESS WHAT...
reader_ask()
{
	ns timeout 60 "$PAGES/ask.py" "$1" 8450 "$PKI/ca.pem" \
		"$VM_RUN/share/page.html" "${@:2}"
}

reader_soft()
{
	local CAP_IF=tap1

	cap_begin reader tcp port 8450
	page_ok "$VM_SOFT4:8450" --tlsv1.3
	page_ok "[$VM_SOFT6]:8450" --tls-max 1.2
	reader_again "$VM_SOFT4:8450"
	reader_again "$VM_SOFT4:8450" --tls-max 1.2
	reader_body "$VM_SOFT4:8450"
	reader_body "[$VM_SOFT6]:8450" --tls-max 1.2
	cap_end
	cap_clear 8450 "$VM_RUN/share/page.html" "$VM_RUN/share/body"
	reader_ask "$VM_SOFT4" pieces
	reader_ask "$VM_SOFT6" slow
}

reader_adapter()
{
	cap_begin reader tcp port 8450
	page_ok "$VM_GUEST4:8450" --tlsv1.3
	reader_again "[$VM_GUEST6]:8450"
	reader_again "$VM_GUEST4:8450" --tls-max 1.2
	reader_body "$VM_GUEST4:8450"
	cap_end
	cap_clear 8450 "$VM_RUN/share/page.html" "$VM_RUN/share/body"
	reader_ask "$VM_GUEST6" pieces
}

# reader_all MODE HOW
reader_all()
{
	reader "$1" "$2" reader_soft
	eq "requests" "$(reader_count requests)" 114
	[ "$VM_NIC" = tls-offload ] || return 0
	reader "$1" "$2" reader_adapter
	eq "requests" "$(reader_count requests)" 12
}

# A record does not fit into the window: who waits for a whole one waits for ever.
reader_narrow()
{
	local mode modes="recvmsg read_sock strparser"
	local READER_RCVBUF=1 # the least that there is: 2304

	[ -z "$MOST" ] || modes=strparser
	for mode in $modes; do
		reader "$mode" listener reader_ask "$VM_SOFT4" record
		reader "$mode" listener reader_ask "$VM_SOFT6" record 1.2
		reader "$mode" listener reader_ask "$VM_SOFT4" ahead
	done
}

# Kernel code that reads TCP's queue itself gets no text, and sends nothing after it.
reader_around()
{
	local version CAP_IF=tap1

	for version in 1.3 1.2; do
		cap_begin around tcp port 8450
		reader around listener reader_ask "$VM_SOFT4" robbed $version
		cap_end
		cap_clear 8450 "$VM_RUN/share/page.html"
		eq "requests" "$(reader_count requests)" 1
		[ "$(reader_count stolen)" -gt 0 ] || fail "nothing was stolen"
		eq "refused" "$(reader_count refused)" 1
	done
}

# reader_policy COMMAND: a rule for what it accepts on port 8451
reader_policy()
{
	local file

	file=$(mktemp "$VM_RUN/policy.XXXXXX")
	chmod 644 "$file"
	echo "rule pages {
		direction in
		local port 8451
		command $1
		verdict require
		keyring web
	}" > "$file"
	vm "$VM_BUILD/tools/tlsoffload policy load $file"
}

reader_in_clear()
{
	ns curl -sS --max-time 120 --noproxy '*' \
		"http://$VM_SOFT4:8451/page.html" -o "$VM_RUN/got"
	cmp "$VM_RUN/got" "$VM_RUN/share/page.html"
	vm 'cat /proc/net/tls_offload' > "$VM_RUN/sessions"
	! grep 8451 "$VM_RUN/sessions" || fail "it is a session"
}

reader_references()
{
	vm "awk '\$1 == \"tls_offload\" { print \$3 }' /proc/modules"
}

# Who accepts is the page server's thread; kernel_accept() gives what no rule is for the
# listener's operations, which are ours.
reader_rules()
{
	local READER_PORT=8451 before

	before=$(reader_references)
	[ -n "$before" ] || fail "no module"
	reader_policy tlso_pages
	reader read_sock listener page_ok "$VM_SOFT4:8451"
	reader_policy somebody-else
	reader read_sock listener reader_in_clear
	reader recvmsg listener reader_in_clear
	reader strparser listener reader_in_clear
	vm "$VM_BUILD/tools/tlsoffload policy clear"
	# Sessions are freed by a worker.
	for _ in $(seq 200); do
		[ "$(reader_references)" -gt "$before" ] || break
		sleep 0.1
	done
	# Fewer, if those of the test before were still there.
	[ "$(reader_references)" -le "$before" ] ||
		fail "references: $(reader_references), $before before"
}

# Keys that change under who reads.
reader_updates()
{
	reader read_sock listener key_updates "$VM_SOFT4:8450"
}

# Connections under way when the server ends: nothing stays behind.
reader_ends()
{
	local mode

	for mode in recvmsg read_sock strparser; do
		reader $mode listener reader_left
	done
	vm 'rmmod tlso_pages; ! grep -q tlso_pages /proc/modules'
}

# One that is served and stays, and one in the midst of its handshake.
reader_left()
{
	mkfifo "$VM_RUN/leaves"
	: > "$VM_RUN/said"
	s_client "$VM_SOFT4:8450" -quiet < "$VM_RUN/leaves" > "$VM_RUN/said" 2>&1 &
	exec {left}> "$VM_RUN/leaves"
	rm "$VM_RUN/leaves"
	printf 'GET / HTTP/1.1\r\n\r\nGET /' >&"$left"
	ns timeout 60 nc -d "$VM_SOFT4" 8450 > /dev/null &
	for _ in $(seq 200); do
		grep -q '^</pre>' "$VM_RUN/said" && break
		sleep 0.1
	done
	grep -q '^</pre>' "$VM_RUN/said" || fail "$(cat "$VM_RUN/said")"
}

[ -z "$MOST" ] || echo "# kernel readers: not run: accepted connections but one way, KeyUpdate"
t "a page server in the kernel: build, insmod" reader_load
for mode in recvmsg read_sock strparser; do
	t "kernel $mode, a listener handed over" reader_all "$mode" listener
	# SHORT is 1 or nothing.
	[ -z "$MOST" ] || [ "$SHORT$mode" = strparser ] || continue
	t "kernel $mode, accepted connections handed over" \
		reader_all "$mode" accept
done
[ -n "$MOST" ] || t "kernel read_sock, KeyUpdate" reader_updates
t "kernel readers with a window smaller than a record" reader_narrow
t "a kernel reader that goes around TLS gets nothing" reader_around
t "kernel_accept() under rules for who accepts" reader_rules
t "connections under way, then rmmod of the page server" reader_ends
