# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sockets that the guest connects, used and given up in any order by several threads
# (churn.py): nothing hangs, no wrong byte arrives, and nothing stays behind.

churn_setup()
{
	pki_ring churn ca
	vm - <<-'EOT'
	set -e
	cd /run/tlso
	: > /run/churn.pids
	serve()
	{
		local port=$1

		shift
		openssl s_server -accept $port -WWW "$@" > /run/churn.$port 2>&1 &
		echo $! >> /run/churn.pids
		disown
		for i in $(seq 150); do
			grep -q ACCEPT /run/churn.$port && return 0
			sleep 0.1
		done
		cat /run/churn.$port
		return 1
	}
	serve 9471 -cert pki/rsa.pem -key pki/rsa.key
	serve 9472 -cert pki/ec.pem -key pki/ec.key -tls1_2
	serve 9473 -cert pki/ec.pem -key pki/ec.key
	# A name that the certificate has not; no TLS; nobody; and nginx under
	# a rule of its own, as client and server in one.
	sysctl -w net.tls_offload.connect_ports='9471:churn:web.test 9472:churn:web.test
		9473:churn:other.test 9474:churn:web.test 9475:churn 8443:churn:web.test'
	EOT
}

churn_runs()
{
	vm -t 240 "$VM_DIR/churn.py $([ "$SHORT" ] && echo 15 || echo 45) ${CHURN_SEED:-1} 9471 9472 9473 \
		9474/plain 9475 8443"
}

# The longest-lived handshake is over ten seconds later.
churn_leaves()
{
	local try

	vm 'sysctl -w net.tls_offload.connect_ports='
	for try in $(seq 30); do
		vm "awk '\$7 == \"client\"' /proc/net/tls_offload" > "$VM_RUN/left"
		[ -s "$VM_RUN/left" ] || break
		sleep 1
	done
	[ ! -s "$VM_RUN/left" ] || fail "after $try s: $(cat "$VM_RUN/left")"
	vm 'kill $(cat /run/churn.pids)'
}

t "churn: servers of all kinds in the guest" churn_setup
t "churn: connect, use and give up in any order" churn_runs
t "churn: no connection stays behind" churn_leaves
