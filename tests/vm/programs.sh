# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that know nothing of TLS, in the guest: what 36-programs has in common
# for all of them. Each stands between a text that is to arrive whole, a capture
# in which that text must not be, and /proc/net/tls_offload, which must have
# called the connection secure, in the role that it had.
#
# A transfer may be over before anyone has looked. So the guest lets PROG_PASS
# bytes through, and no more until the table has been read: a quota of nftables.
#
# Ports: 9700 to 9709 are the guest's, 9720 to 9729 the host's.

PROG_PASS=60000

# t(), of what another test of the same program shows, too.
t_whole()
{
	if [ -n "$MOST" ]; then
		echo "# $1: not run: another one like it is"
		return
	fi
	t "$@"
}

prog_up()
{
	local port rules='' ports n=750000

	[ -z "$SHORT" ] || n=300000
	host_down
	vm_soft_net
	ns ping -c 2 -i 0.2 -W 30 "$VM_SOFT4" > /dev/null
	host_keys
	host_rings
	big_make $n | base64 > "$VM_RUN/share/text"
	vm 'cat /proc/sys/net/tls_offload/secure_ports' > "$VM_RUN/ports"
	# Long queues would hold the whole text, and its sender be gone.
	vm 'mkdir -p /run/prog
		for i in r w; do
			cat /proc/sys/net/ipv4/tcp_${i}mem > /run/prog/${i}mem
			echo 4096 16384 131072 > /proc/sys/net/ipv4/tcp_${i}mem
		done'
	ports=$(cat "$VM_RUN/ports")
	for port in $(seq 9700 9709); do
		ports="$ports $port:web"
		rules="$rules $port:trust:web.test"
	done
	for port in $(seq 9720 9729); do
		rules="$rules $port:trust:srv.test"
	done
	echo "$ports" > "$VM_RUN/share/secure"
	echo "$rules" > "$VM_RUN/share/connect"
	prog_rules
}

prog_rules()
{
	vm 'cd /proc/sys/net/tls_offload &&
		cat /run/tlso/secure > secure_ports &&
		cat /run/tlso/connect > connect_ports'
}

prog_down()
{
	connect_ports ""
	vm "echo '$(cat "$VM_RUN/ports")' > /proc/sys/net/tls_offload/secure_ports"
	host_down
	vm 'for i in r w; do
			cat /run/prog/${i}mem > /proc/sys/net/ipv4/tcp_${i}mem
		done
		! ls /run/prog/*.pid 2> /dev/null || exit 1
		for i in $(seq 40); do
			grep -q ":97[0-9][0-9] " /proc/net/tls_offload || exit 0
			sleep 0.3
		done; cat /proc/net/tls_offload; exit 1'
}

# prog_watch PORTS ROLES: prints the id of a job in the guest that ends when all
# ROLES ("server@9706 client@9707-9709") were seen to be secure. PORTS share the
# quota.
prog_watch()
{
	vm - >&2 <<-EOF || fail "no quota"
	nft -f - <<-RULES
	table inet tlso
	delete table inet tlso
	table inet tlso {
		quota pass { over $PROG_PASS bytes }
		chain in {
			type filter hook input priority 0;
			tcp dport { $1 } quota name pass drop
			tcp sport { $1 } quota name pass drop
		}
		chain out {
			type filter hook output priority 0;
			tcp dport { $1 } quota name pass drop
			tcp sport { $1 } quota name pass drop
		}
	}
	RULES
	EOF
	vm_bg <<-EOF
	all()
	{
		local role

		for role in $2; do
			awk -v role=\$role '
				BEGIN { split(role, r, "[@-]")
					if (!r[3]) r[3] = r[2] }
				function in_range(at) {
					sub(/.*:/, "", at)
					return at + 0 >= r[2] + 0 &&
						at + 0 <= r[3] + 0 }
				\$3 == "secure" && \$7 == r[1] &&
				(in_range(\$1) || in_range(\$2)) {
					f = 1; print }
				END { exit !f }' /run/prog/seen || return 1
		done
	}
	: > /run/prog/seen
	rm -f /run/prog/enough
	rc=1
	for i in \$(seq 300); do
		[ ! -e /run/prog/enough ] || break
		cat /proc/net/tls_offload >> /run/prog/seen
		all > /run/prog/words && { rc=0; break; }
		sleep 0.1
	done
	cut -d' ' -f1-9 /run/prog/words | sort -u
	nft delete table inet tlso
	exit \$rc
	EOF
}

# prog_cap_begin WHERE PORTS: on one of the wires, or on the guest's own loopback
prog_cap_begin()
{
	# shellcheck disable=SC2034 # cap_begin's
	local CAP_IF=tap1

	# shellcheck disable=SC2034
	[ "$1" != adapter ] || CAP_IF=tap0
	if [ "$1" != loop ]; then
		cap_begin prog tcp portrange "$2"
		return
	fi
	CAP=$VM_RUN/share/prog.pcap
	vm - <<-EOF
	rm -f /run/prog/pcap.err
	tcpdump -i lo --immediate-mode -U -s 0 -B 16384 -w /run/prog/pcap \
		tcp portrange $2 2> /run/prog/pcap.err &
	echo \$! > /run/prog/pcap.job
	disown
	for i in \$(seq 200); do
		! grep -qs 'listening on' /run/prog/pcap.err || exit 0
		sleep 0.1
	done
	cat /run/prog/pcap.err
	exit 1
	EOF
}

prog_cap_end()
{
	if [ "$1" != loop ]; then
		cap_end
		return
	fi
	vm -t 150 "$VM_DIR/cap-end \$(cat /run/prog/pcap.job) /run/prog/pcap.err &&
		cp /run/prog/pcap /run/tlso/prog.pcap"
}

# prog WHERE PORTS ROLES COMMAND...: the command, watched. WHERE is soft, adapter
# or loop. PROG_TEXT is the file that must not be on the wire.
prog()
{
	local where=$1 ports=$2 roles=$3 id rc=0 port

	shift 3
	prog_cap_begin "$where" "$ports"
	id=$(prog_watch "$ports" "$roles")
	("$@") || rc=$?
	[ "$rc" -eq 0 ] || vm 'touch /run/prog/enough'
	vm_wait "$id" $((120 * ${VM_SLOW:-1})) || fail "$roles: not seen to be secure: $(vm '
		sort -u /run/prog/seen; dmesg | tail -n 5')"
	[ "$rc" -eq 0 ] || fail "$*: exit $rc: $(vm 'dmesg | tail -n 5')"
	prog_cap_end "$where"
	prog_ports > "$VM_RUN/prog.ports"
	grep . "$VM_RUN/prog.ports" || fail "an empty capture"
	while read -r port; do
		cap_clear "$port" "${PROG_TEXT:-$VM_RUN/share/text}"
		python3 "$VM_DIR/wire.py" records "$CAP" "$port"
	done < "$VM_RUN/prog.ports"
}

# The ports of the capture that were connected to.
prog_ports()
{
	tcpdump -r "$CAP" -n 'ip proto 6 and tcp[tcpflags] & (tcp-syn|tcp-ack)
		== tcp-syn or (ip6 proto 6 and ip6[53] & 0x12 == 2)' 2> /dev/null |
		sed -n 's/.* > [^ ]*\.\([0-9]*\): .*/\1/p' | sort -u
}

# guest_serve NAME PORT COMMAND...: a server in the guest, until guest_stop
guest_serve()
{
	vm -t 120 - <<-EOF
	cd /run/prog
	setsid ${*:3} < /dev/null > /run/prog/$1.log 2>&1 &
	echo \$! > /run/prog/$1.pid
	disown
	for i in \$(seq 300); do
		[ -z "\$(ss -Hltn 'sport = :$2')" ] || exit 0
		sleep 0.1
	done
	cat /run/prog/$1.log
	exit 1
	EOF
}

# guest_stop NAME...: with what each has started
guest_stop()
{
	local name

	for name; do
		vm "kill -- -\$(cat /run/prog/$name.pid)
			rm /run/prog/$name.pid; tail -n 5 /run/prog/$name.log"
	done
}

# A file in the guest, or one here, has the text's bytes.
guest_same()
{
	vm "cmp $1 /run/tlso/text" || fail "$1: other bytes"
}

same()
{
	cmp "$1" "$VM_RUN/share/text" || fail "$1: other bytes"
}

# tls_before ADDRESS PORT PLAIN: on the host, TLS for what listens on PLAIN, an
# address with port, without
tls_before()
{
	host_serve "tls$2" "$2" socat -t 60 \
		"OPENSSL-LISTEN:$2,bind=$1,reuseaddr,fork,cert=$PKI/srv.pem,\
key=$PKI/srv.key,verify=0" "TCP:$3"
}

# What socat needs to be a TLS client of the guest's.
tls_to()
{
	echo "OPENSSL:$1,cafile=$PKI/ca.pem,commonname=web.test,snihost=web.test"
}
