// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys that seal session tickets (core/ticket.h).
 *
 * Responsible for: making them, replacing them every few hours, wiping those that
 * are no longer needed. One row serves all namespaces: what keeps a ticket to its
 * own port and ring is tlso_config.ticket_bind.
 * Leaves to: core/ticket.c what a ticket is; hs_ctx.c who uses the keys.
 */
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "ulp.h"

/* Seconds. The oldest of three lives two rotations more: longer than a ticket's two
 * hours.
 */
#define ROTATE (3 * 3600)
#define ROTATE_MAX (24 * 3600)

static void rotate_fn(struct work_struct *work);

static unsigned int ticket_rotation = ROTATE;
static struct tlso_ticket_set *current_set; /* a reference; set_lock */
static DEFINE_SPINLOCK(set_lock);
static DECLARE_DELAYED_WORK(rotate_work, rotate_fn);
static DEFINE_MUTEX(timer_lock);
static bool timer_on; /* timer_lock: from init to exit */

/* The period begins anew; the parameter is there before init and after exit. */
static int rotation_set(const char *val, const struct kernel_param *kp)
{
	int err = param_set_uint_minmax(val, kp, 1, ROTATE_MAX);

	mutex_lock(&timer_lock);
	if (!err && timer_on)
		mod_delayed_work(tlso_wq, &rotate_work, ticket_rotation * HZ);
	mutex_unlock(&timer_lock);
	return err;
}

static const struct kernel_param_ops rotation_ops = {
	.set = rotation_set,
	.get = param_get_uint,
};

module_param_cb(ticket_rotation, &rotation_ops, &ticket_rotation, 0644);
MODULE_PARM_DESC(ticket_rotation,
		 "seconds between two keys that seal tickets, 1 to 86400; of three keys the oldest goes");

struct tlso_ticket_set *tlso_tickets_get(void)
{
	struct tlso_ticket_set *set;

	spin_lock(&set_lock);
	set = current_set;
	refcount_inc(&set->ref);
	spin_unlock(&set_lock);
	return set;
}

void tlso_tickets_put(struct tlso_ticket_set *set)
{
	if (set && refcount_dec_and_test(&set->ref))
		kfree_sensitive(set);
}

/* A new key in front; the oldest of three falls out behind. */
static int rotate(void)
{
	struct tlso_ticket_set *set = kzalloc(sizeof(*set), GFP_KERNEL);
	struct tlso_ticket_set *old = current_set; /* only we replace it */
	unsigned int i;

	if (!set)
		return -ENOMEM;
	refcount_set(&set->ref, 1);
	set->keys.n = 1;
	get_random_bytes(&set->keys.key[0], sizeof(set->keys.key[0]));
	for (i = 0; old && i < old->keys.n; i++) {
		if (set->keys.n == ARRAY_SIZE(set->keys.key))
			break;
		set->keys.key[set->keys.n++] = old->keys.key[i];
	}
	spin_lock(&set_lock);
	current_set = set;
	spin_unlock(&set_lock);
	tlso_tickets_put(old);
	return 0;
}

static void rotate_fn(struct work_struct *work)
{
	unsigned long period = READ_ONCE(ticket_rotation) * HZ;

	/* Without memory the old keys do a little longer. */
	queue_delayed_work(tlso_wq, &rotate_work, rotate() ? 60 * HZ : period);
}

int tlso_tickets_init(void)
{
	int err = rotate();

	if (err)
		return err;
	mutex_lock(&timer_lock);
	timer_on = true;
	queue_delayed_work(tlso_wq, &rotate_work, ticket_rotation * HZ);
	mutex_unlock(&timer_lock);
	return 0;
}

/* No handshake is left. */
void tlso_tickets_exit(void)
{
	mutex_lock(&timer_lock);
	timer_on = false;
	mutex_unlock(&timer_lock);
	cancel_delayed_work_sync(&rotate_work);
	tlso_tickets_put(current_set);
	current_set = NULL;
}
