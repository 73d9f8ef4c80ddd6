# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tlsoffload policy against the kernel: everything that a rule may say comes back as it
# was loaded; what the kernel alone knows is said of the right line; exit codes.
# Leaves to 21-policy.sh what rules do to connections, to tests/cli the text.

tool()
{
	vm -t 60 "$VM_BUILD/tools/tlsoffload policy $*"
}

# tool_fails CODE TEXT WORDS...: it exits so, and says this.
tool_fails()
{
	local rc=0 code=$1 text=$2

	shift 2
	tool "$@" > "$VM_RUN/out" 2>&1 || rc=$?
	cat "$VM_RUN/out"
	eq "exit code" "$rc" "$code"
	grep -qF -- "$text" "$VM_RUN/out" || fail "not said: $text"
}

# Statements in the order in which they are printed, each rule's defaults said.
tool_make_all()
{
	cat > "$VM_RUN/share/all.policy" <<-'EOF'
	rule exception {
		direction out
		remote address 198.51.100.18
		priority 2000
		verdict off
	}

	rule database {
		direction out
		remote port 5432
		remote address 198.51.100.16/28, 2001:db8::/32
		user 1000-1999
		priority 1000
		verdict require
		keyring no-such-ring
		role client
		connect tcp
		inherit yes
		credentials owner
		server-name db.example.org
		versions 1.3
		suites TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256
		groups secp384r1, x25519
		timeout 1500ms
		adapter never
	}

	rule web {
		direction in
		local port 443, 8443-8450
		local address 192.0.2.0/24, 2001:db8::1-2001:db8::ff
		remote port 1024-65535
		user 33
		group 33, 100-110
		command "ngi nx*"
		cgroup /
		priority 1000
		verdict require
		keyring web
		client-auth require
		versions 1.2, 1.3
		alpn h2, http/1.1, "a b"
		timeout 10s
		adapter prefer
		mode autonomous
	}

	rule watch {
		direction in, out
		local port 80
		priority 1
		verdict monitor
	}
	EOF
	# As the table of fields orders ports and addresses.
	tool check --print /run/tlso/all.policy > "$VM_RUN/share/all"
}

# What show prints, without what only the kernel says; blank lines only within.
tool_rules()
{
	echo "$(tool show | grep -v '^#\|^	# ' | cat -s | sed '/./,$!d')"
}

tool_all()
{
	tool_make_all
	tool load /run/tlso/all.policy > "$VM_RUN/out" 2>&1 ||
		fail "$(cat "$VM_RUN/out")"
	cat "$VM_RUN/out"
	grep -q 'all.policy:15:1: warning: rule database: key ring: ' "$VM_RUN/out" ||
		fail "no warning of the ring"
	grep -q 'all.policy:45:1: warning: rule web: mode: no adapter does that: directed' \
		"$VM_RUN/out" || fail "no warning of the mode"
	tool show > "$VM_RUN/share/shown"
	tool_rules > "$VM_RUN/rules"
	diff "$VM_RUN/share/all" "$VM_RUN/rules" || fail "what is shown differs"
	grep -q '# key ring: not found' "$VM_RUN/share/shown" ||
		fail "the ring is not said to be missing"
	grep -q '# mode: no adapter does that: directed' "$VM_RUN/share/shown" ||
		fail "the mode is not said to be another"
	# And again, of what was shown.
	tool load /run/tlso/shown > "$VM_RUN/out" 2>&1 || fail "$(cat "$VM_RUN/out")"
	tool show | diff "$VM_RUN/share/shown" - || fail "not the same again"
}

tool_dump()
{
	tool show --dump > "$VM_RUN/dump"
	cat "$VM_RUN/dump"
	eq "lines with other columns than the first" "$(awk -F '\t' 'NR == 1 { n = NF }
		NF != n' "$VM_RUN/dump")" ""
	eq "one column" "$(awk -F '\t' '$1 == "database" { print $2, $3, $14, $25 }' \
		"$VM_RUN/dump")" "1000 require owner $(errno_of ENOKEY)"
	eq "modes" "$(cut -f 1,31,32 "$VM_RUN/dump" | grep ^web)" \
		"web	autonomous	directed"
	eq "rules" "$(grep -c '^[a-z]*	[0-9]' "$VM_RUN/dump")" 4
}

errno_of()
{
	python3 -c "import errno; print(errno.$1)"
}

tool_test()
{
	tool test --dir out --to 198.51.100.18:5432 --uid 1000 > "$VM_RUN/out"
	eq "an exception" "$(tail -n 1 "$VM_RUN/out")" "yes: exception: verdict off"
	tool test --dir out --to '[2001:db8::7]:5432' --uid 1999 > "$VM_RUN/out"
	eq "what was missed" "$(cat "$VM_RUN/out")" \
		"no:  exception: remote address is not 198.51.100.18
yes: database: verdict require, keyring no-such-ring"
	tool test --dir in --from 203.0.113.5:1024 --to 192.0.2.9:8449 --uid www-data \
		--gid 105 --command "'ngi nx: w'" --cgroup / > "$VM_RUN/out"
	grep -q '^yes: web: ' "$VM_RUN/out" || fail "$(cat "$VM_RUN/out")"
	tool_fails 3 "no:  web: command is not \"ngi nx*\"" test --dir in \
		--from 203.0.113.5:1024 --to 192.0.2.9:8449 --uid www-data \
		--gid 105 --command nginx --cgroup /
	tool_fails 3 "no rule matches" test --dir in --to 192.0.2.9
	tool_fails 1 "no such cgroup" test --dir in --cgroup /there/is/none
}

# tool_blames LINE:COLUMN TEXT, of the policy on stdin
tool_blames()
{
	cat > "$VM_RUN/share/bad.policy"
	tool_fails 1 "bad.policy:$1: error: the kernel says: $2" \
		load /run/tlso/bad.policy
}

tool_errors()
{
	tool_blames 3:1 "no such cgroup" <<-'EOF'
	rule fine { verdict off }
	rule a {
		cgroup /there/is/none
		verdict off
	}
	EOF
	tool_blames 1:38 "expected a host name" <<-'EOF'
	rule a { verdict require; keyring x; server-name "not one" }
	EOF
	tool show | diff "$VM_RUN/share/shown" - || fail "something has changed"
}

# One message of some hundred KiB, one answer that names all of them.
tool_long()
{
	awk 'BEGIN { for (i = 0; i < 1024; i++) {
		printf "rule r%04d-%s { local address 192.0.2.1", i,
			"a-name-that-is-as-long-as-it-may-be-in-a-policy-of-ours"
		for (k = 3; k < 33; k += 2)
			printf ", 192.0.2.%d", k
		print "; verdict off }"
	} }' > "$VM_RUN/share/long.policy"
	tool load /run/tlso/long.policy
	eq "rules" "$(tool show | grep -c '^rule')" 1024
	tool_fails 3 "no rule matches" test --dir in --to 192.0.2.2
	eq "rules missed" "$(grep -c '^no:  r' "$VM_RUN/out")" 1024
}

tool_rights()
{
	local as="setpriv --reuid=nobody --regid=nogroup --clear-groups"
	local words

	for words in "load /run/tlso/all.policy" show clear "test --dir in"; do
		! vm "$as $VM_BUILD/tools/tlsoffload policy $words" \
			> "$VM_RUN/out" 2>&1 || fail "$words: taken"
		grep -q "CAP_NET_ADMIN is needed" "$VM_RUN/out" ||
			fail "$words: $(cat "$VM_RUN/out")"
	done
	# In a namespace of their own they may, as far as the socket's buffer goes.
	! vm -t 60 "$as unshare -Urn $VM_BUILD/tools/tlsoffload policy load \
		/run/tlso/long.policy" > "$VM_RUN/out" 2>&1 || fail "taken"
	grep -q "too long for one message" "$VM_RUN/out" || fail "$(cat "$VM_RUN/out")"
	tool clear
	! tool show | grep '^rule' || fail "a rule is left"
}

# What is open in clear is listed, and aborted if asked for; what is secured stays.
tool_open()
{
	vm -t 120 - <<-EOF
	python3 - <<'P'
	import socket, ssl, struct, subprocess, sys
	def load(*args):
	    p = subprocess.run(["$VM_BUILD/tools/tlsoffload", "policy", "load", *args, "-"],
	                       input=RULE, capture_output=True, text=True, timeout=60)
	    print(p.stderr)
	    if p.returncode:
	        sys.exit("exit status %d" % p.returncode)
	    return [l for l in p.stderr.splitlines() if "8467" in l]
	def line(what, c):
	    return ["warning: %s: in from 127.0.0.1:%d to 127.0.0.1:8467, user 0, rule late"
	            % (what, c.getsockname()[1])]
	RULE = "rule late { direction in; local port 8467; verdict require; keyring web }"
	s = socket.create_server(("127.0.0.1", 8467))
	c = socket.create_connection(s.getsockname(), timeout=20)
	a = s.accept()[0]
	a.settimeout(20)
	# Kernel TLS of a program's own is clear text as long as it has no keys.
	k = socket.create_connection(s.getsockname(), timeout=20)
	own = s.accept()[0]
	own.setsockopt(socket.IPPROTO_TCP, 31, b"tls")  # TCP_ULP
	keys = struct.pack("=HH8s16s4s8s", 0x304, 51, b"i" * 8, b"k" * 16, b"s" * 4, b"")
	both = sorted(line("open in clear", c) + line("open in clear", k))
	assert sorted(load()) == both
	own.setsockopt(282, 1, keys)  # SOL_TLS, TLS_TX
	assert sorted(load()) == both
	own.setsockopt(282, 2, keys)  # TLS_RX
	assert load() == line("open in clear", c)
	c.sendall(b"in clear")
	assert a.recv(100) == b"in clear"
	ctx = ssl._create_unverified_context()
	d = ctx.wrap_socket(socket.create_connection(s.getsockname(), timeout=20),
	                    do_handshake_on_connect=False)
	b = s.accept()[0]
	b.settimeout(20)
	d.do_handshake()
	assert load("--kill") == line("aborted", c)
	try:
	    sys.exit("it got %r" % a.recv(100))
	except ConnectionError as e:
	    print(e)
	d.sendall(b"by TLS")
	assert b.recv(100) == b"by TLS"
	assert load("--kill") == []
	P
	EOF
	tool clear
}

t "policy tool: all that a rule may say, there and back" tool_all
t "policy tool: a table for programs" tool_dump
t "policy tool: test" tool_test
t "policy tool: errors of the kernel's have a line" tool_errors
t "policy tool: as long as it gets" tool_long
t "policy tool: rights" tool_rights
t "policy tool: what is open in clear is listed, and aborted" tool_open
