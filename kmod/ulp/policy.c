// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ports are secured: sysctls net.tls_offload.secure_ports, where we listen,
 * and connect_ports, where we connect to; two tables of rules per network
 * namespace; and how many handshakes there may be at a time.
 *
 * Responsible for: the sysctls, and which rule is in force for a port.
 * Leaves to: rule.c the text of a rule; intercept.c what a rule does to listeners,
 * children and those who connect.
 *
 * Tables are immutable and replaced whole under RCU; writers serialise on
 * policy_mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "ulp.h"

#define POLICY_RULES_MAX 64
#define POLICY_TEXT_MAX 4096 /* of a write, and of what is read back */
#define POLICY_SEPARATORS " ,\t\n"
#define POLICY_HANDSHAKES 4096 /* under way at a time, unless told otherwise */

enum policy_side {
	POLICY_LISTEN,
	POLICY_CONNECT,
	POLICY_SIDES
};

struct policy_table {
	struct rcu_head rcu;
	enum policy_side side;
	unsigned int n;
	struct tlso_rule *rules[POLICY_RULES_MAX];
};

struct policy_net {
	struct net *net;
	struct policy_table __rcu *table[POLICY_SIDES]; /* NULL: no port */
	unsigned int handshakes; /* sysctl max_handshakes */
	struct ctl_table_header *header;
	struct ctl_table ctl[4]; /* the last stays zero */
};

static unsigned int policy_net_id __read_mostly;
static unsigned int policy_handshakes_max = 65536;
static DEFINE_MUTEX(policy_mutex);
/* The probe asks before init and after exit; see tlso_policy_exit(). */
static bool policy_on;

static struct tlso_rule *policy_find(struct net *net, enum policy_side side,
				     u16 port)
{
	struct policy_table *table = NULL;
	struct tlso_rule *found = NULL;
	struct policy_net *pn;
	unsigned int i;

	rcu_read_lock();
	/* Pairs with tlso_policy_init(): policy_net_id is valid. */
	if (smp_load_acquire(&policy_on)) {
		pn = net_generic(net, policy_net_id);
		table = rcu_dereference(pn->table[side]);
	}
	for (i = 0; table && i < table->n; i++) {
		if (table->rules[i]->port != port)
			continue;
		if (refcount_inc_not_zero(&table->rules[i]->ref))
			found = table->rules[i];
		break;
	}
	rcu_read_unlock();
	return found;
}

struct tlso_rule *tlso_policy_get(struct net *net, u16 port)
{
	return policy_find(net, POLICY_LISTEN, port);
}

struct tlso_rule *tlso_policy_get_connect(struct net *net, u16 port)
{
	return policy_find(net, POLICY_CONNECT, port);
}

unsigned int tlso_policy_handshakes(struct net *net)
{
	const struct policy_net *pn = net_generic(net, policy_net_id);

	return READ_ONCE(pn->handshakes);
}

static void table_free(struct policy_table *table)
{
	unsigned int i;

	if (!table)
		return;
	for (i = 0; i < table->n; i++)
		tlso_rule_put(table->rules[i]);
	/* Readers may still walk the table; a rule waits for them as well. */
	kfree_rcu(table, rcu);
}

static bool table_has(const struct policy_table *table, u16 port)
{
	unsigned int i;

	for (i = 0; i < table->n; i++)
		if (table->rules[i]->port == port)
			return true;
	return false;
}

static int table_add(const struct net *net, struct policy_table *table,
		     char *word)
{
	const char *expected;
	struct tlso_rule *rule;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	refcount_set(&rule->ref, 1);
	rule->client = table->side == POLICY_CONNECT;
	expected = tlso_rule_parse(word, rule);
	if (!expected && table_has(table, rule->port))
		expected = "expected each port once";
	if (!expected && table->n == POLICY_RULES_MAX)
		expected = "expected at most 64 ports";
	if (expected) {
		tlso_rule_complain(rule, net, word, expected);
		kfree(rule);
		return -EINVAL;
	}
	table->rules[table->n++] = rule;
	return 0;
}

/* Parses all of @text before anything is resolved; ERR_PTR. */
static struct policy_table *table_parse(const struct net *net,
					enum policy_side side, char *text)
{
	struct policy_table *table;
	unsigned int i;
	char *word;
	int err;

	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->side = side;
	while ((word = strsep(&text, POLICY_SEPARATORS))) {
		if (!*word)
			continue;
		err = table_add(net, table, word);
		if (err) {
			table_free(table);
			return ERR_PTR(err);
		}
	}
	for (i = 0; i < table->n; i++)
		tlso_rule_resolve(net, table->rules[i]);
	return table;
}

/* Puts @table in force, and takes what listens on its ports already. */
static int table_install(struct policy_net *pn, struct policy_table *table)
{
	struct policy_table *old;
	int err = 0, ret;
	unsigned int i;

	mutex_lock(&policy_mutex);
	old = rcu_replace_pointer(pn->table[table->side], table,
				  lockdep_is_held(&policy_mutex));
	/* After the swap: a listener that comes now finds the rule itself, and
	 * so does a child, once those are queued that were made without it.
	 */
	synchronize_rcu();
	for (i = 0; table->side == POLICY_LISTEN && i < table->n; i++) {
		ret = tlso_intercept_listeners(pn->net, table->rules[i]->port);
		if (ret && !err)
			err = ret;
	}
	mutex_unlock(&policy_mutex);
	table_free(old);
	return err;
}

static int policy_write(struct policy_net *pn, enum policy_side side,
			const char *buf, size_t n)
{
	const struct tlso_rule none = { .client = side == POLICY_CONNECT };
	struct policy_table *table;
	char *text;

	if (!ns_capable(pn->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (n >= POLICY_TEXT_MAX) {
		tlso_rule_complain(&none, pn->net, "",
				   "expected less than 4096 bytes");
		return -EINVAL;
	}
	text = kmemdup_nul(buf, n, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	/* One NUL at the end is what some writers send; none inside. */
	if (strlen(text) + 1 < n) {
		tlso_rule_complain(&none, pn->net, text,
				   "expected text, a NUL byte follows");
		kfree(text);
		return -EINVAL;
	}
	table = table_parse(pn->net, side, text);
	kfree(text);
	if (IS_ERR(table))
		return PTR_ERR(table);
	return table_install(pn, table);
}

static void policy_show(struct policy_net *pn, enum policy_side side,
			char *buf, size_t cap)
{
	struct policy_table *table;
	size_t at = 0;
	unsigned int i;

	buf[0] = '\0';
	rcu_read_lock();
	table = rcu_dereference(pn->table[side]);
	for (i = 0; table && i < table->n; i++) {
		if (i)
			at += scnprintf(buf + at, cap - at, " ");
		at += tlso_rule_print(table->rules[i], buf + at, cap - at);
	}
	rcu_read_unlock();
}

static int policy_access(struct policy_net *pn, enum policy_side side,
			 int write, void *buf, size_t *lenp, loff_t *ppos)
{
	struct ctl_table text = { .maxlen = POLICY_TEXT_MAX };
	int err;

	if (write) {
		/* A value comes in one write: half of one is another one. */
		err = *ppos ? -EINVAL : policy_write(pn, side, buf, *lenp);
		if (!err)
			*ppos += *lenp;
		return err;
	}
	text.data = kzalloc(POLICY_TEXT_MAX, GFP_KERNEL);
	if (!text.data)
		return -ENOMEM;
	policy_show(pn, side, text.data, POLICY_TEXT_MAX);
	err = proc_dostring(&text, 0, buf, lenp, ppos);
	kfree(text.data);
	return err;
}

static int policy_listen_handler(tlso_ctl_const struct ctl_table *ctl, int write,
				 void *buf, size_t *lenp, loff_t *ppos)
{
	return policy_access(ctl->data, POLICY_LISTEN, write, buf, lenp, ppos);
}

static int policy_connect_handler(tlso_ctl_const struct ctl_table *ctl,
				  int write, void *buf, size_t *lenp,
				  loff_t *ppos)
{
	return policy_access(ctl->data, POLICY_CONNECT, write, buf, lenp, ppos);
}

static void policy_ctl(struct policy_net *pn, struct ctl_table *ctl,
		       const char *name, proc_handler *handler)
{
	ctl->procname = name;
	ctl->data = pn;
	ctl->maxlen = POLICY_TEXT_MAX;
	ctl->mode = 0644;
	ctl->proc_handler = handler;
}

static int __net_init policy_net_init(struct net *net)
{
	struct policy_net *pn = net_generic(net, policy_net_id);

	pn->net = net;
	pn->handshakes = POLICY_HANDSHAKES;
	policy_ctl(pn, &pn->ctl[0], "secure_ports", policy_listen_handler);
	policy_ctl(pn, &pn->ctl[1], "connect_ports", policy_connect_handler);
	policy_ctl(pn, &pn->ctl[2], "max_handshakes", proc_douintvec_minmax);
	pn->ctl[2].data = &pn->handshakes;
	pn->ctl[2].maxlen = sizeof(pn->handshakes);
	pn->ctl[2].extra1 = SYSCTL_ONE;
	pn->ctl[2].extra2 = &policy_handshakes_max;
	pn->header = register_net_sysctl_sz(net, "net/tls_offload", pn->ctl, 3);
	return pn->header ? 0 : -ENOMEM;
}

static void __net_exit policy_net_exit(struct net *net)
{
	struct policy_net *pn = net_generic(net, policy_net_id);
	int side;

	/* Waits for writers: nobody replaces a table after this. */
	unregister_net_sysctl_table(pn->header);
	for (side = 0; side < POLICY_SIDES; side++)
		table_free(rcu_replace_pointer(pn->table[side], NULL, true));
}

static struct pernet_operations policy_net_ops = {
	.init = policy_net_init,
	.exit = policy_net_exit,
	.id = &policy_net_id,
	.size = sizeof(struct policy_net),
};

int tlso_policy_init(void)
{
	int err = register_pernet_subsys(&policy_net_ops);

	if (err)
		return err;
	/* Pairs with tlso_policy_get(): policy_net_id is valid first. */
	smp_store_release(&policy_on, true);
	return 0;
}

/*
 * Namespaces free their tables after a grace period, and readers look at
 * policy_on and at the table under one RCU read lock.
 */
void tlso_policy_exit(void)
{
	WRITE_ONCE(policy_on, false);
	unregister_pernet_subsys(&policy_net_ops);
}
