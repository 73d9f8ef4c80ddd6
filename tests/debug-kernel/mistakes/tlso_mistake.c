// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes one mistake when it is loaded, so that a test can see that the debug
 * kernel would have noticed: a clean run proves nothing otherwise.
 *
 *	insmod tlso_mistake.ko kind=leak|overrun|sleep|deadlock|object
 *
 * Loading fails with ENODATA on purpose for all but "leak": a leak must outlive
 * the only pointer to it, so that one stays loaded.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timer.h>

static char *kind = "";
module_param(kind, charp, 0400);
MODULE_PARM_DESC(kind, "which mistake to make");

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static DEFINE_SPINLOCK(spin);

static noinline void leak(void)
{
	void *p;
	int i;

	/* Several: a stale register or stack slot can hide one of them. */
	for (i = 0; i < 16; i++) {
		p = kmalloc(900, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
	}
}

static noinline void overrun(void)
{
	size_t n = 40;
	char *p = kmalloc(n, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(n);
	if (p)
		WRITE_ONCE(p[n], 1);
	kfree(p);
}

static noinline void sleep(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

/* No deadlock happens: lockdep sees that one could. */
static noinline void deadlock(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void expired(struct timer_list *t)
{
}

static noinline void object(void)
{
	struct timer_list *t = kmalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return;
	timer_setup(t, expired, 0);
	mod_timer(t, jiffies + 1000 * HZ);
	kfree(t);
}

static const struct {
	const char *kind;
	void (*make)(void);
} mistakes[] = {
	{ "leak", leak },
	{ "overrun", overrun },
	{ "sleep", sleep },
	{ "deadlock", deadlock },
	{ "object", object },
};

static int __init mistake_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(kind, mistakes[i].kind))
			continue;
		mistakes[i].make();
		return mistakes[i].make == leak ? 0 : -ENODATA;
	}
	return -EINVAL;
}

static void __exit mistake_exit(void)
{
}

module_init(mistake_init);
module_exit(mistake_exit);
MODULE_DESCRIPTION("Mistakes for the debug kernel to find");
MODULE_LICENSE("GPL");
