// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions that servers let us resume (RFC 8446 4.6.1, RFC 5077), per network
 * namespace.
 *
 * Responsible for: keeping a bounded number of them, the newest; that each is used
 * once at a time; wiping.
 * Leaves to: hs_ctx.c which session fits which connection: the name, a digest of
 * all that must be the same.
 */
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/netns/generic.h>

#include "ulp.h"

#define KEPT_MAX 512 /* in a namespace */
#define KEPT_PER_NAME 4 /* connections at once that may resume */
#define KEPT_AGE_MS (24ULL * 3600 * 1000) /* since the peer was verified */
#define KEPT_SWEEP (600 * HZ) /* what is good no more goes then */

struct tlso_kept {
	struct list_head list;
	u8 name[TLSO_SESSION_NAME];
	u64 since_ms;
	struct tlso_peer *peer; /* a reference, or NULL */
	struct tlso_resume resume; /* ticket points behind */
	u8 ticket[];
};

struct sessions_net {
	spinlock_t lock; /* leaf; process context */
	struct list_head list; /* newest first */
	unsigned int n;
	struct delayed_work sweep; /* as long as there are any */
};

static unsigned int sessions_net_id __read_mostly;

const struct tlso_resume *tlso_kept_resume(const struct tlso_kept *kept)
{
	return &kept->resume;
}

u64 tlso_kept_since(const struct tlso_kept *kept)
{
	return kept->since_ms;
}

struct tlso_peer *tlso_kept_peer(const struct tlso_kept *kept)
{
	return kept->peer;
}

void tlso_kept_free(struct tlso_kept *kept)
{
	if (!kept)
		return;
	tlso_peer_put(kept->peer);
	kfree_sensitive(kept);
}

static void free_all(struct list_head *list)
{
	struct tlso_kept *kept, *tmp;

	list_for_each_entry_safe(kept, tmp, list, list)
		tlso_kept_free(kept);
}

/* A clock that was set back makes a session of the future: no good either. */
static bool still_good(const struct tlso_kept *kept, u64 now_ms)
{
	const struct tlso_resume *r = &kept->resume;

	return now_ms >= r->received_ms &&
	       now_ms - r->received_ms < 1000ULL * r->lifetime_s &&
	       now_ms >= kept->since_ms &&
	       now_ms - kept->since_ms < KEPT_AGE_MS;
}

struct tlso_kept *tlso_sessions_take(struct net *net,
				     const u8 name[TLSO_SESSION_NAME], u64 now_ms)
{
	struct sessions_net *sn = net_generic(net, sessions_net_id);
	struct tlso_kept *kept, *tmp, *found = NULL;
	LIST_HEAD(stale);

	spin_lock_bh(&sn->lock);
	list_for_each_entry_safe(kept, tmp, &sn->list, list) {
		if (memcmp(kept->name, name, TLSO_SESSION_NAME))
			continue;
		sn->n--;
		if (still_good(kept, now_ms)) {
			list_del(&kept->list);
			found = kept;
			break;
		}
		list_move(&kept->list, &stale);
	}
	spin_unlock_bh(&sn->lock);
	free_all(&stale);
	return found;
}

static struct tlso_kept *kept_new(const u8 name[TLSO_SESSION_NAME],
				  const struct tlso_resume *resume, u64 since_ms)
{
	struct tlso_kept *kept;

	kept = kzalloc(struct_size(kept, ticket, resume->ticket_len),
		       GFP_KERNEL_ACCOUNT);
	if (!kept)
		return NULL;
	memcpy(kept->name, name, TLSO_SESSION_NAME);
	memcpy(kept->ticket, resume->ticket, resume->ticket_len);
	kept->since_ms = since_ms;
	kept->resume = *resume;
	kept->resume.ticket = kept->ticket;
	return kept;
}

/* Lock held: the oldest of @name beyond its share, and of all beyond the limit. */
static void make_room(struct sessions_net *sn, const u8 name[TLSO_SESSION_NAME],
		      struct list_head *out)
{
	struct tlso_kept *kept, *oldest = NULL;
	unsigned int same = 0;

	list_for_each_entry(kept, &sn->list, list) {
		if (memcmp(kept->name, name, TLSO_SESSION_NAME))
			continue;
		oldest = kept;
		same++;
	}
	if (same >= KEPT_PER_NAME) {
		list_move(&oldest->list, out);
		sn->n--;
	} else if (sn->n >= KEPT_MAX) {
		list_move(sn->list.prev, out);
		sn->n--;
	}
}

void tlso_sessions_keep(struct net *net, const u8 name[TLSO_SESSION_NAME],
			const struct tlso_resume *resume, u64 since_ms,
			struct tlso_peer *peer)
{
	struct sessions_net *sn = net_generic(net, sessions_net_id);
	struct tlso_kept *kept;
	LIST_HEAD(out);

	if (!resume->lifetime_s || resume->ticket_len > TLSO_SESSION_TICKETS)
		return;
	/* Without one the next handshake is a full one. */
	kept = kept_new(name, resume, since_ms);
	if (!kept)
		return;
	kept->peer = tlso_peer_get(peer);
	spin_lock_bh(&sn->lock);
	make_room(sn, name, &out);
	list_add(&kept->list, &sn->list);
	sn->n++;
	spin_unlock_bh(&sn->lock);
	queue_delayed_work(tlso_wq, &sn->sweep, KEPT_SWEEP);
	free_all(&out);
}

void tlso_sessions_forget(struct net *net, const u8 name[TLSO_SESSION_NAME])
{
	struct sessions_net *sn = net_generic(net, sessions_net_id);
	struct tlso_kept *kept, *tmp;
	LIST_HEAD(out);

	spin_lock_bh(&sn->lock);
	list_for_each_entry_safe(kept, tmp, &sn->list, list) {
		if (memcmp(kept->name, name, TLSO_SESSION_NAME))
			continue;
		list_move(&kept->list, &out);
		sn->n--;
	}
	spin_unlock_bh(&sn->lock);
	free_all(&out);
}

static void sweep_fn(struct work_struct *work)
{
	struct sessions_net *sn = container_of(to_delayed_work(work),
					       struct sessions_net, sweep);
	u64 now_ms = ktime_to_ms(ktime_get_real());
	struct tlso_kept *kept, *tmp;
	LIST_HEAD(out);
	bool more;

	spin_lock_bh(&sn->lock);
	list_for_each_entry_safe(kept, tmp, &sn->list, list) {
		if (still_good(kept, now_ms))
			continue;
		list_move(&kept->list, &out);
		sn->n--;
	}
	more = sn->n;
	spin_unlock_bh(&sn->lock);
	free_all(&out);
	if (more)
		queue_delayed_work(tlso_wq, &sn->sweep, KEPT_SWEEP);
}

static int __net_init sessions_net_init(struct net *net)
{
	struct sessions_net *sn = net_generic(net, sessions_net_id);

	spin_lock_init(&sn->lock);
	INIT_LIST_HEAD(&sn->list);
	INIT_DELAYED_WORK(&sn->sweep, sweep_fn);
	return 0;
}

static void __net_exit sessions_net_exit(struct net *net)
{
	struct sessions_net *sn = net_generic(net, sessions_net_id);

	/* No socket of this namespace is left to keep more. */
	cancel_delayed_work_sync(&sn->sweep);
	free_all(&sn->list);
}

static struct pernet_operations sessions_net_ops = {
	.init = sessions_net_init,
	.exit = sessions_net_exit,
	.id = &sessions_net_id,
	.size = sizeof(struct sessions_net),
};

int tlso_sessions_init(void)
{
	return register_pernet_subsys(&sessions_net_ops);
}

/* No connection is left. */
void tlso_sessions_exit(void)
{
	unregister_pernet_subsys(&sessions_net_ops);
}
