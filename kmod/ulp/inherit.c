// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secondary connections that come under the rule of a primary one (FTP's data).
 *
 * Responsible for: the table of primary connections whose rule is inherited, by
 * namespace and peer's address, and who of the processes may inherit it.
 * Leaves to: policy.c rules, which go before; connect.c and conn.c what becomes of who
 * inherits; intercept.c which children are held until they are accepted.
 *
 * "The same process" is the thread group that accepted or connected the primary
 * connection, and every process that has it open: servers fork a process for each
 * session (vsftpd: it accepts the data, too), and pass the connection on to it.
 */
#include <linux/fdtable.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/pid.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "ulp.h"

#define INHERIT_BITS 8
#define INHERIT_FILES 1024 /* of a process, that are looked at */

struct inherit_net {
	atomic_t n;
};

static unsigned int inherit_net_id __read_mostly;
static atomic_t inherit_all; /* so that who has none asks for no more */
static DEFINE_SPINLOCK(inherit_lock); /* softirq-safe, inside the socket's */
static DEFINE_HASHTABLE(inherit_table, INHERIT_BITS);

static struct inherit_net *inherit_net(struct net *net)
{
	return net_generic(net, inherit_net_id);
}

static u32 inherit_key(const struct net *net, const struct in6_addr *peer)
{
	return jhash2((const u32 *)peer->s6_addr32, 4, (u32)net->net_cookie);
}

static void inherit_peer(const struct sock *sk, struct in6_addr *peer)
{
	struct tlso_flow flow;

	tlso_flow_conn(&flow, sk, TLS_OFFLOAD_OUT, NULL);
	*peer = flow.remote_addr;
}

void tlso_inherit_pid(struct tlso_conn *conn)
{
	put_pid(conn->pid);
	conn->pid = get_pid(task_tgid(current));
}

void tlso_inherit_add(struct tlso_conn *conn)
{
	if (!conn->rule->inherit || conn->heir)
		return;
	inherit_peer(conn->sk, &conn->inherit_peer);
	spin_lock_bh(&inherit_lock);
	if (hlist_unhashed(&conn->inherit_node)) {
		hash_add(inherit_table, &conn->inherit_node,
			 inherit_key(conn->net, &conn->inherit_peer));
		atomic_inc(&inherit_net(conn->net)->n);
		atomic_inc(&inherit_all);
	}
	spin_unlock_bh(&inherit_lock);
}

void tlso_inherit_del(struct tlso_conn *conn)
{
	/* Nobody adds it any more. */
	if (hlist_unhashed(&conn->inherit_node))
		return;
	spin_lock_bh(&inherit_lock);
	hash_del(&conn->inherit_node);
	atomic_dec(&inherit_net(conn->net)->n);
	atomic_dec(&inherit_all);
	spin_unlock_bh(&inherit_lock);
}

bool tlso_inherit_lives(struct net *net)
{
	/* With one in there the module is as far as its namespaces. */
	return atomic_read(&inherit_all) && atomic_read(&inherit_net(net)->n);
}

/* Under RCU: has this process @file open? Compared, not used. */
static bool inherit_open(const struct file *file)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;
	unsigned int i, n;

	if (!file || !files)
		return false;
	fdt = files_fdtable(files);
	n = min_t(unsigned int, fdt->max_fds, INHERIT_FILES);
	for (i = 0; i < n; i++)
		if (rcu_access_pointer(fdt->fd[i]) == file)
			return true;
	return false;
}

/* inherit_lock, under which the socket stays; RCU, under which its struct socket. */
static bool inherit_mine(const struct tlso_conn *conn)
{
	const struct socket *sock = READ_ONCE(conn->sk->sk_socket);

	return conn->pid == task_tgid(current) ||
	       inherit_open(sock ? READ_ONCE(sock->file) : NULL);
}

struct tlso_rule *tlso_inherit_find(const struct sock *sk, bool *client)
{
	struct net *net = sock_net(sk);
	struct tlso_rule *rule = NULL;
	struct tlso_conn *conn;
	struct in6_addr peer;

	if (!tlso_inherit_lives(net))
		return NULL;
	inherit_peer(sk, &peer);
	rcu_read_lock();
	spin_lock_bh(&inherit_lock);
	hash_for_each_possible(inherit_table, conn, inherit_node,
			       inherit_key(net, &peer)) {
		if (!net_eq(conn->net, net) ||
		    !ipv6_addr_equal(&conn->inherit_peer, &peer) ||
		    conn->sk == sk || !inherit_mine(conn))
			continue;
		rule = conn->rule;
		refcount_inc(&rule->ref);
		atomic64_inc(&rule->hits);
		*client = conn->client;
		break;
	}
	spin_unlock_bh(&inherit_lock);
	rcu_read_unlock();
	return rule;
}

bool tlso_inherit_holder(struct net *net)
{
	struct tlso_conn *conn;
	bool found = false;
	unsigned int i;

	if (!tlso_inherit_lives(net))
		return false;
	rcu_read_lock();
	spin_lock_bh(&inherit_lock);
	hash_for_each(inherit_table, i, conn, inherit_node)
		if (net_eq(conn->net, net) && inherit_mine(conn)) {
			found = true;
			break;
		}
	spin_unlock_bh(&inherit_lock);
	rcu_read_unlock();
	return found;
}

static struct pernet_operations inherit_net_ops = {
	.id = &inherit_net_id,
	.size = sizeof(struct inherit_net),
};

int tlso_inherit_init(void)
{
	return register_pernet_subsys(&inherit_net_ops);
}

/* No connection is left. */
void tlso_inherit_exit(void)
{
	unregister_pernet_subsys(&inherit_net_ops);
}
