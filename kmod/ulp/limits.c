// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many handshakes may be under way.
 *
 * Responsible for: counting them over all namespaces, in each, and for each peer
 * address in it; who is refused where there are too many.
 * Leaves to: policy.c a namespace's own limit; handshake.c how long one may take, and
 * what becomes of who is refused.
 *
 * Nobody is to take all that others need as well. Of all of them, half is kept for
 * namespaces that the host's administrator made. Of a namespace's, a peer may take any
 * number while half is free, and then only a sixteenth. An application that connects is
 * held to no share, but counts.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/ipv6.h>
#include <net/netns/generic.h>

#include "ulp.h"
#include <tlso_sock.h>

#define LIMIT_COST SZ_64K /* of one whose peer speaks, with certificates */
#define LIMIT_MEMORY 8 /* this part of memory at most, unless told otherwise */
#define LIMIT_MIN 64
#define LIMIT_PEER 16 /* a peer's part of what a namespace may, and the least */
#define LIMIT_BUCKETS 256

/* An address with handshakes under way in a namespace. */
struct tlso_limit_peer {
	struct hlist_node node; /* in limit_net.peers */
	u64 addr;
	unsigned int count;
};

struct limit_net {
	spinlock_t lock; /* softirq-safe */
	unsigned int count;
	struct hlist_head peers[LIMIT_BUCKETS];
};

static unsigned int max_handshakes;
module_param(max_handshakes, uint, 0644);
MODULE_PARM_DESC(max_handshakes,
		 "handshakes under way in all namespaces; 0: as memory allows");

static unsigned int limit_net_id __read_mostly;
static siphash_key_t limit_key __read_mostly;
static atomic_t limit_all = ATOMIC_INIT(0);

/* What all together may have under way, as far as @net is concerned. */
static unsigned int max_of_all(const struct net *net)
{
	unsigned int max = READ_ONCE(max_handshakes);

	if (!max)
		max = clamp_t(unsigned long,
			      totalram_pages() / LIMIT_MEMORY /
			      (LIMIT_COST / PAGE_SIZE), LIMIT_MIN, INT_MAX);
	/* Anybody may make user namespaces, and network namespaces in them. */
	return net->user_ns == &init_user_ns ? max : max / 2;
}

/* IPv4: the address; IPv6: the /64 of it, of which one host has every address. */
static u64 peer_addr(const struct sock *sk)
{
	const struct in6_addr *v6 = tlso_sk_v6(sk, false);

	if (v6 && !ipv6_addr_v4mapped(v6))
		return get_unaligned_be64(v6);
	return ntohl(v6 ? v6->s6_addr32[3] : inet_sk(sk)->inet_daddr);
}

static struct hlist_head *peer_bucket(struct limit_net *ln, u64 addr)
{
	return &ln->peers[siphash_1u64(addr, &limit_key) % LIMIT_BUCKETS];
}

static struct tlso_limit_peer *peer_find(struct limit_net *ln, u64 addr)
{
	struct tlso_limit_peer *peer;

	lockdep_assert_held(&ln->lock);
	hlist_for_each_entry(peer, peer_bucket(ln, addr), node)
		if (peer->addr == addr)
			return peer;
	return NULL;
}

static struct tlso_limit_peer *peer_new(struct limit_net *ln, u64 addr)
{
	struct tlso_limit_peer *peer;

	peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN);
	if (peer) {
		peer->addr = addr;
		hlist_add_head(&peer->node, peer_bucket(ln, addr));
	}
	return peer;
}

/* Counts one of @addr; or why not. */
static const char *peer_enter(struct limit_net *ln, u64 addr, unsigned int max,
			      struct tlso_limit_peer **peer)
{
	unsigned int share = max_t(unsigned int, max / LIMIT_PEER, LIMIT_PEER);
	struct tlso_limit_peer *found = peer_find(ln, addr);

	if (found && found->count >= share && ln->count >= max / 2)
		return "too many handshakes under way with this peer";
	if (!found)
		found = peer_new(ln, addr);
	if (!found)
		return "no memory";
	found->count++;
	*peer = found;
	return NULL;
}

/* Whom an application connects to is its own choice. */
static const char *net_enter(struct limit_net *ln, struct tlso_conn *conn,
			     unsigned int max, struct tlso_limit_peer **peer)
{
	const char *why = NULL;

	*peer = NULL;
	if (ln->count >= max)
		return "too many handshakes under way";
	if (!conn->active)
		why = peer_enter(ln, peer_addr(conn->sk), max, peer);
	if (!why)
		ln->count++;
	return why;
}

static const char *enter(struct tlso_conn *conn, struct tlso_limit_peer **peer)
{
	struct limit_net *ln = net_generic(conn->net, limit_net_id);
	unsigned int all = max_of_all(conn->net);
	const char *why;

	if (atomic_inc_return(&limit_all) > all) {
		atomic_dec(&limit_all);
		return "too many handshakes under way in all namespaces";
	}
	spin_lock_bh(&ln->lock);
	why = net_enter(ln, conn, min(tlso_sysctl_handshakes(conn->net), all),
			peer);
	spin_unlock_bh(&ln->lock);
	if (why)
		atomic_dec(&limit_all);
	return why;
}

int tlso_limit_enter(struct tlso_conn *conn, struct tlso_limit_peer **peer)
{
	const char *why = enter(conn, peer);

	if (!why)
		return 0;
	net_info_ratelimited("port %u: %s, connection refused\n",
			     tlso_conn_port(conn), why);
	return -ENOBUFS;
}

void tlso_limit_leave(struct net *net, struct tlso_limit_peer *peer)
{
	struct limit_net *ln = net_generic(net, limit_net_id);

	spin_lock_bh(&ln->lock);
	ln->count--;
	if (peer && !--peer->count)
		hlist_del(&peer->node);
	else
		peer = NULL;
	spin_unlock_bh(&ln->lock);
	kfree(peer);
	atomic_dec(&limit_all);
}

static int __net_init limit_net_init(struct net *net)
{
	struct limit_net *ln = net_generic(net, limit_net_id);

	spin_lock_init(&ln->lock);
	return 0;
}

static struct pernet_operations limit_net_ops = {
	.init = limit_net_init,
	.id = &limit_net_id,
	.size = sizeof(struct limit_net),
};

int tlso_limit_init(void)
{
	get_random_bytes(&limit_key, sizeof(limit_key));
	return register_pernet_subsys(&limit_net_ops);
}

/* No handshake is left. */
void tlso_limit_exit(void)
{
	unregister_pernet_subsys(&limit_net_ops);
}
