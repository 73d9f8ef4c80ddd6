// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/tls_offload: the sessions of a network namespace, one a line.
 *
 * Responsible for: the columns, which docs/uapi.md promises.
 * Leaves to: conn.c the list and its lock. Secrets never come here.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "ulp.h"
#include "../core/wire.h"
#include <tlso_sock.h>

static void *proc_start(struct seq_file *m, loff_t *pos)
	__acquires(&tlso_conns_lock)
{
	spin_lock_bh(&tlso_conns_lock);
	return seq_list_start_head(&tlso_conns, *pos);
}

static void *proc_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &tlso_conns, pos);
}

static void proc_stop(struct seq_file *m, void *v)
	__releases(&tlso_conns_lock)
{
	spin_unlock_bh(&tlso_conns_lock);
}

static const char *state_name(u8 state)
{
	static const char *const names[TLSO_CONN_STATES] = {
		[TLSO_CONN_PENDING] = "pending",
		[TLSO_CONN_CONNECT] = "connect",
		[TLSO_CONN_HANDSHAKE] = "handshake",
		[TLSO_CONN_SECURE] = "secure",
		[TLSO_CONN_FAILED] = "failed",
	};

	return state < TLSO_CONN_STATES ? names[state] : "-";
}

static const char *group_name(u16 group)
{
	switch (group) {
	case TLSO_GROUP_P256:
		return "secp256r1";
	case TLSO_GROUP_P384:
		return "secp384r1";
	case TLSO_GROUP_X25519:
		return "x25519";
	default:
		return "-";
	}
}

static const char *version_name(u16 version)
{
	return version == TLSO_VERSION_12 ? "TLS1.2" : "TLS1.3";
}

static void show_addr(struct seq_file *m, const struct sock *sk, bool local)
{
	const struct in6_addr *v6 = tlso_sk_v6(sk, local);
	const struct inet_sock *inet = inet_sk(sk);
	u16 port = ntohs(local ? inet->inet_sport : inet->inet_dport);

	if (v6)
		seq_printf(m, "[%pI6c]:%u ", v6, port);
	else
		seq_printf(m, "%pI4:%u ",
			   local ? &inet->inet_rcv_saddr : &inet->inet_daddr,
			   port);
}

/* The list's lock keeps connection and socket; the numbers are read as they
 * stand, without the socket's.
 */
static void show_conn(struct seq_file *m, const struct tlso_conn *conn)
{
	/* Pairs with tlso_conn_set_state(): where it says SECURE, conn->ses and
	 * conn->tx are there, and stay.
	 */
	u8 state = smp_load_acquire(&conn->state);
	bool secure = state == TLSO_CONN_SECURE;
	const struct tlso_session *ses = secure ? conn->ses : NULL;
	u32 session = READ_ONCE(conn->session);
	/* Published by the handshake, see hs_adapter.c. */
	const struct tlso_dev *dev = session ? smp_load_acquire(&conn->dev) :
					       NULL;
	const struct tlso_rule *rule;

	show_addr(m, conn->sk, true);
	show_addr(m, conn->sk, false);
	rcu_read_lock(); /* a socket that is connected anew gets another rule */
	rule = READ_ONCE(conn->rule);
	seq_printf(m, "%s %s %s %s %s %s %s %u %llu %llu %llu %llu %llu %s\n",
		   state_name(state), ses ? version_name(ses->version) : "-",
		   ses ? tlso_suite_name(ses->suite) : "-",
		   ses ? group_name(ses->group) : "-",
		   conn->client ? "client" : "server",
		   rule ? rule->ring_name : "-",
		   dev ? tlso_dev_name(dev) : "-", session,
		   ses ? READ_ONCE(ses->post.keys.rx.seq) : 0,
		   READ_ONCE(conn->rx_bytes),
		   ses ? READ_ONCE(ses->post.keys.tx.seq) : 0,
		   READ_ONCE(conn->tx_bytes), READ_ONCE(conn->rx_soft_records),
		   ses ? tlso_tx_backend(conn) : "-");
	rcu_read_unlock();
}

static int proc_show(struct seq_file *m, void *v)
{
	const struct tlso_conn *conn;

	if (v == &tlso_conns) {
		seq_puts(m, "local remote state version suite group role ring adapter session records_in bytes_in records_out bytes_out soft_records backend\n");
		return 0;
	}
	conn = list_entry(v, struct tlso_conn, all);
	if (net_eq(sock_net(conn->sk), seq_file_net(m)) &&
	    READ_ONCE(conn->state) != TLSO_CONN_OFF)
		show_conn(m, conn);
	return 0;
}

static const struct seq_operations proc_ops = {
	.start = proc_start,
	.next = proc_next,
	.stop = proc_stop,
	.show = proc_show,
};

static int __net_init proc_net_init(struct net *net)
{
	return proc_create_net("tls_offload", 0444, net->proc_net, &proc_ops,
			       sizeof(struct seq_net_private)) ? 0 : -ENOMEM;
}

static void __net_exit proc_net_exit(struct net *net)
{
	remove_proc_entry("tls_offload", net->proc_net);
}

static struct pernet_operations proc_net_ops = {
	.init = proc_net_init,
	.exit = proc_net_exit,
};

int tlso_proc_init(void)
{
	return register_pernet_subsys(&proc_net_ops);
}

void tlso_proc_exit(void)
{
	unregister_pernet_subsys(&proc_net_ops);
}
