// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/tls_offload: the sessions of a network namespace, one a line.
 *
 * Responsible for: the columns, which docs/uapi.md promises; the list, one per
 * namespace.
 * Leaves to: conn.c who is on it. Secrets never come here.
 *
 * Connections are listed by a number, the lowest that is free, so that a reader
 * finds where it was without a walk, and no lock is held longer than a line takes.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "records.h"
#include "../core/wire.h"
#include <tlso_sock.h>

struct proc_net {
	struct xarray conns; /* of struct tlso_conn; its lock is softirq-safe */
};

struct proc_iter {
	struct seq_net_private p; /* first: seq_file_net() */
	unsigned long id; /* of the line to be shown */
};

static unsigned int proc_net_id __read_mostly;

int tlso_proc_add(struct tlso_conn *conn)
{
	struct proc_net *pn = net_generic(conn->net, proc_net_id);

	return xa_alloc_bh(&pn->conns, &conn->listed, conn, xa_limit_31b,
			   GFP_ATOMIC | __GFP_NOWARN);
}

void tlso_proc_del(struct tlso_conn *conn)
{
	struct proc_net *pn = net_generic(conn->net, proc_net_id);

	xa_erase_bh(&pn->conns, conn->listed);
}

void tlso_proc_each(struct net *net, void (*see)(struct tlso_conn *conn))
{
	struct proc_net *pn = net_generic(net, proc_net_id);
	struct tlso_conn *conn;
	unsigned long id = 0;

	for (;;) {
		rcu_read_lock();
		conn = xa_find(&pn->conns, &id, S32_MAX, XA_PRESENT);
		if (conn)
			see(conn);
		rcu_read_unlock();
		if (!conn || id++ == S32_MAX)
			return;
		cond_resched();
	}
}

/* @pos is 0 for the head, else 1 more than the number of the line's connection,
 * or of the first after it.
 */
static void *proc_find(struct seq_file *m, loff_t *pos)
{
	struct proc_net *pn = net_generic(seq_file_net(m), proc_net_id);
	struct proc_iter *iter = m->private;

	if (!*pos)
		return SEQ_START_TOKEN;
	iter->id = *pos - 1;
	/* Only whether there is one: proc_show() looks again. */
	if (!xa_find(&pn->conns, &iter->id, S32_MAX, XA_PRESENT))
		return NULL;
	*pos = iter->id + 1;
	return iter;
}

static void *proc_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return proc_find(m, pos);
}

static void proc_stop(struct seq_file *m, void *v)
{
}

static const char *state_name(u8 state)
{
	static const char *const names[TLSO_CONN_STATES] = {
		[TLSO_CONN_PENDING] = "pending",
		[TLSO_CONN_CONNECT] = "connect",
		[TLSO_CONN_HANDSHAKE] = "handshake",
		[TLSO_CONN_SECURE] = "secure",
		[TLSO_CONN_FAILED] = "failed",
		[TLSO_CONN_CLEAR] = "clear",
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

/* As the reader's user namespace numbers it. */
static void show_user(struct seq_file *m, const struct tlso_session *ses)
{
	if (ses && ses->peer_id.user != TLSO_NOBODY)
		seq_printf(m, "%u\n",
			   from_kuid_munged(seq_user_ns(m),
					    KUIDT_INIT(ses->peer_id.user)));
	else
		seq_puts(m, "-\n");
}

/* The list's lock keeps connection and socket (tlso_conn_detach()); the numbers
 * are read as they stand, without the socket's.
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
	seq_printf(m, "%s %s %s %s %s %s %s %u %llu %llu %llu %llu %llu %s %s %s ",
		   state == TLSO_CONN_HANDSHAKE && READ_ONCE(conn->gated) ?
			   "gate" : state_name(state),
		   ses ? version_name(ses->version) : "-",
		   ses ? tlso_suite_name(ses->suite) : "-",
		   ses ? group_name(ses->group) : "-",
		   conn->client ? "client" : "server",
		   rule ? rule->ring_name : "-",
		   dev ? tlso_dev_name(dev) : "-", session,
		   ses ? READ_ONCE(ses->post.keys.rx.seq) : 0,
		   READ_ONCE(conn->rx_bytes),
		   ses ? READ_ONCE(ses->post.keys.tx.seq) : 0,
		   READ_ONCE(conn->tx_bytes), READ_ONCE(conn->rx_soft_records),
		   ses ? tlso_tx_backend(conn) : "-", rule ? rule->name : "-",
		   !rule ? "-" : READ_ONCE(rule->stale) ? "stale" : "current");
	rcu_read_unlock();
	show_user(m, ses);
}

static int proc_show(struct seq_file *m, void *v)
{
	struct proc_net *pn = net_generic(seq_file_net(m), proc_net_id);
	const struct proc_iter *iter = m->private;
	const struct tlso_conn *conn;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "local remote state version suite group role ring adapter session records_in bytes_in records_out bytes_out soft_records backend rule policy user\n");
		return 0;
	}
	xa_lock_bh(&pn->conns);
	conn = xa_load(&pn->conns, iter->id);
	if (conn && READ_ONCE(conn->state) != TLSO_CONN_OFF)
		show_conn(m, conn);
	xa_unlock_bh(&pn->conns);
	return 0;
}

static const struct seq_operations proc_ops = {
	.start = proc_find,
	.next = proc_next,
	.stop = proc_stop,
	.show = proc_show,
};

static int __net_init proc_net_init(struct net *net)
{
	struct proc_net *pn = net_generic(net, proc_net_id);

	xa_init_flags(&pn->conns, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	return proc_create_net("tls_offload", 0444, net->proc_net, &proc_ops,
			       sizeof(struct proc_iter)) ? 0 : -ENOMEM;
}

static void __net_exit proc_net_exit(struct net *net)
{
	struct proc_net *pn = net_generic(net, proc_net_id);

	remove_proc_entry("tls_offload", net->proc_net);
	/* Its sockets went before it. */
	xa_destroy(&pn->conns);
}

static struct pernet_operations proc_net_ops = {
	.init = proc_net_init,
	.exit = proc_net_exit,
	.id = &proc_net_id,
	.size = sizeof(struct proc_net),
};

int tlso_proc_init(void)
{
	return register_pernet_subsys(&proc_net_ops);
}

void tlso_proc_exit(void)
{
	unregister_pernet_subsys(&proc_net_ops);
}
