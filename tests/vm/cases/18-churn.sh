# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sockets that the guest connects, used and given up in any order by several threads
# (churn.py): nothing hangs, no wrong byte arrives, and nothing stays behind.

# churn_serve PORT KIND [OPTION...]
churn_serve()
{
	vm_start "churn.$1" ACCEPT "env -C /run/tlso openssl s_server -WWW \
		-accept $1 -cert pki/$2.pem -key pki/$2.key ${*:3}"
}

churn_setup()
{
	pki_ring churn ca
	churn_serve 9471 rsa
	churn_serve 9472 ec -tls1_2
	churn_serve 9473 ec
	# A name that the certificate has not; no TLS; nobody; and nginx under
	# a rule of its own, as client and server in one.
	connect_ports "9471:churn:web.test 9472:churn:web.test \
9473:churn:other.test 9474:churn:web.test 9475:churn 8443:churn:web.test"
}

churn_runs()
{
	vm -t 240 "$VM_DIR/churn.py $([ "$SHORT" ] && echo 15 || echo 45) ${CHURN_SEED:-1} 9471 9472 9473 \
		9474/plain 9475 8443"
}

# The longest-lived handshake is over ten seconds later.
churn_leaves()
{
	local port

	connect_ports ""
	conn_gone 30
	for port in 9471 9472 9473; do
		vm_stop churn.$port
	done
}

t "churn: servers of all kinds in the guest" churn_setup
t "churn: connect, use and give up in any order" churn_runs
t "churn: no connection stays behind" churn_leaves
