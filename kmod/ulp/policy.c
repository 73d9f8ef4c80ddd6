// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ports are secured: sysctl net.tls_offload.secure_ports, one table of
 * rules per network namespace; and how many handshakes there may be at a time.
 *
 * Responsible for: the text of the sysctl, resolving key rings with the
 * writer's credentials, the rules' life.
 * Leaves to: intercept.c what a rule does to listeners and children; keyring.c
 * what is searched in a ring, and with whose credentials.
 *
 * Tables are immutable and replaced whole under RCU; writers serialise on
 * policy_mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/key-type.h>
#include <linux/keyctl.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "ulp.h"

#define POLICY_RULES_MAX 64
#define POLICY_TEXT_MAX 4096 /* of a write, and of what is read back */
#define POLICY_SEPARATORS " ,\t\n"
#define POLICY_HANDSHAKES 4096 /* under way at a time, unless told otherwise */

struct policy_table {
	struct rcu_head rcu;
	unsigned int n;
	struct tlso_rule *rules[POLICY_RULES_MAX];
};

struct policy_net {
	struct net *net;
	struct policy_table __rcu *table; /* NULL: no port is secured */
	unsigned int handshakes; /* sysctl max_handshakes */
	struct ctl_table_header *header;
	struct ctl_table ctl[3]; /* the last stays zero */
};

static unsigned int policy_net_id __read_mostly;
static unsigned int policy_handshakes_max = 65536;
static DEFINE_MUTEX(policy_mutex);
/* The probe asks before init and after exit; see tlso_policy_exit(). */
static bool policy_on;

void tlso_rule_put(struct tlso_rule *rule)
{
	if (!rule || !refcount_dec_and_test(&rule->ref))
		return;
	key_put(rule->ring);
	kfree_rcu(rule, rcu);
}

struct tlso_rule *tlso_policy_get(struct net *net, u16 port)
{
	struct policy_table *table = NULL;
	struct tlso_rule *found = NULL;
	struct policy_net *pn;
	unsigned int i;

	rcu_read_lock();
	/* Pairs with tlso_policy_init(): policy_net_id is valid. */
	if (smp_load_acquire(&policy_on)) {
		pn = net_generic(net, policy_net_id);
		table = rcu_dereference(pn->table);
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

/*
 * Says in the log what is wrong with a value. Not rate-limited for the host's
 * administrator, who is owed an answer to each write; a user namespace's must
 * not be able to flood the log.
 */
static void complain(const struct net *net, const char *word,
		     const char *expected)
{
	if (net->user_ns != &init_user_ns && !net_ratelimit())
		return;
	pr_warn("secure_ports: \"%*pE\": %s\n", (int)strnlen(word, 64), word,
		expected);
}

/* A ring by its serial number, if the writer may search it. */
static struct key *ring_by_serial(key_serial_t serial)
{
	key_ref_t ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);

	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

/*
 * A ring by its name, as request_key(2) finds it from the writer's thread,
 * process and session key rings; then in the user's own key ring, which a
 * session that was not opened through PAM may not be linked to.
 */
static struct key *ring_by_name(const char *name)
{
	struct key *ring = request_key(&key_type_keyring, name, NULL);
	key_ref_t user, found;

	if (!IS_ERR(ring))
		return ring;
	user = lookup_user_key(KEY_SPEC_USER_KEYRING, 0, KEY_NEED_SEARCH);
	if (IS_ERR(user))
		return ring;
	found = keyring_search(user, &key_type_keyring, name, true);
	key_ref_put(user);
	return IS_ERR(found) ? ring : key_ref_to_ptr(found);
}

/*
 * A ring that cannot be had leaves rule->ring empty: connections to the port
 * then fail. The credentials that could find it later are gone by then, so
 * that there is no second attempt before the next write.
 */
static void rule_resolve(const struct net *net, struct tlso_rule *rule)
{
	struct key *ring;
	s32 serial;

	if (kstrtos32(rule->ring_name, 10, &serial) == 0)
		ring = ring_by_serial(serial);
	else
		ring = ring_by_name(rule->ring_name);
	if (!IS_ERR(ring) && ring->type != &key_type_keyring) {
		key_put(ring);
		ring = ERR_PTR(-ENOTDIR);
	}
	if (!IS_ERR(ring)) {
		rule->ring = ring;
		return;
	}
	if (net->user_ns == &init_user_ns || net_ratelimit())
		pr_notice("secure_ports: port %u: no key ring \"%*pE\" (%ld): connections will fail until it exists and the value is written again\n",
			  rule->port, (int)strlen(rule->ring_name),
			  rule->ring_name, PTR_ERR(ring));
}

/* What may follow the ring's name. */
static const char *option_parse(const char *option, struct tlso_rule *rule)
{
	if (!strcmp(option, "request"))
		rule->client_auth = TLSO_AUTH_REQUEST;
	else if (!strcmp(option, "require"))
		rule->client_auth = TLSO_AUTH_REQUIRE;
	else
		return "expected request or require after the key ring";
	return NULL;
}

static const char *ring_parse(const char *name, struct tlso_rule *rule)
{
	const char *p, *end = strchrnul(name, ':');

	if (name == end)
		return "expected a key ring's name or serial number after ':'";
	if (end - name >= sizeof(rule->ring_name))
		return "expected a key ring's name of at most 31 characters";
	for (p = name; p < end; p++)
		if (!isascii(*p) || !isgraph(*p))
			return "expected a key ring's name of printable ASCII without ':'";
	memcpy(rule->ring_name, name, end - name);
	return *end ? option_parse(end + 1, rule) : NULL;
}

/* "8443:web" or "8443:web:require" into @rule, or what was expected instead. */
static const char *word_parse(char *word, struct tlso_rule *rule)
{
	char *name = strchr(word, ':');
	const char *p;
	bool bad;

	if (!name)
		return "expected PORT:KEYRING";
	for (p = word; p < name; p++)
		if (!isdigit(*p))
			return "expected a decimal port before ':'";
	*name = '\0';
	bad = kstrtou16(word, 10, &rule->port) || !rule->port;
	*name = ':';
	if (bad)
		return "expected a port from 1 to 65535";
	return ring_parse(name + 1, rule);
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
	expected = word_parse(word, rule);
	if (!expected && table_has(table, rule->port))
		expected = "expected each port once";
	if (!expected && table->n == POLICY_RULES_MAX)
		expected = "expected at most 64 ports";
	if (expected) {
		complain(net, word, expected);
		kfree(rule);
		return -EINVAL;
	}
	table->rules[table->n++] = rule;
	return 0;
}

/* Parses all of @text before anything is resolved; ERR_PTR. */
static struct policy_table *table_parse(const struct net *net, char *text)
{
	struct policy_table *table;
	unsigned int i;
	char *word;
	int err;

	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
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
		rule_resolve(net, table->rules[i]);
	return table;
}

/* Puts @table in force, and takes what listens on its ports already. */
static int table_install(struct policy_net *pn, struct policy_table *table)
{
	struct policy_table *old;
	int err = 0, ret;
	unsigned int i;

	mutex_lock(&policy_mutex);
	old = rcu_replace_pointer(pn->table, table,
				  lockdep_is_held(&policy_mutex));
	/* After the swap: a listener that comes now finds the rule itself, and
	 * so does a child, once those are queued that were made without it.
	 */
	synchronize_rcu();
	for (i = 0; i < table->n; i++) {
		ret = tlso_intercept_listeners(pn->net, table->rules[i]->port);
		if (ret && !err)
			err = ret;
	}
	mutex_unlock(&policy_mutex);
	table_free(old);
	return err;
}

static int policy_write(struct policy_net *pn, const char *buf, size_t n)
{
	struct policy_table *table;
	char *text;

	if (!ns_capable(pn->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (n >= POLICY_TEXT_MAX) {
		complain(pn->net, "", "expected less than 4096 bytes");
		return -EINVAL;
	}
	text = kmemdup_nul(buf, n, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	/* One NUL at the end is what some writers send; none inside. */
	if (strlen(text) + 1 < n) {
		complain(pn->net, text, "expected text, a NUL byte follows");
		kfree(text);
		return -EINVAL;
	}
	table = table_parse(pn->net, text);
	kfree(text);
	if (IS_ERR(table))
		return PTR_ERR(table);
	return table_install(pn, table);
}

static void policy_show(struct policy_net *pn, char *buf, size_t cap)
{
	static const char *const auth[] = {
		[TLSO_AUTH_NONE] = "",
		[TLSO_AUTH_REQUEST] = ":request",
		[TLSO_AUTH_REQUIRE] = ":require",
	};
	struct policy_table *table;
	size_t at = 0;
	unsigned int i;

	buf[0] = '\0';
	rcu_read_lock();
	table = rcu_dereference(pn->table);
	for (i = 0; table && i < table->n; i++)
		at += scnprintf(buf + at, cap - at, "%s%u:%s%s", i ? " " : "",
				table->rules[i]->port,
				table->rules[i]->ring_name,
				auth[table->rules[i]->client_auth]);
	rcu_read_unlock();
}

static int policy_handler(tlso_ctl_const struct ctl_table *ctl, int write,
			  void *buf, size_t *lenp, loff_t *ppos)
{
	struct policy_net *pn = ctl->data;
	struct ctl_table text = { .maxlen = POLICY_TEXT_MAX };
	int err;

	if (write) {
		/* A value comes in one write: half of one is another one. */
		err = *ppos ? -EINVAL : policy_write(pn, buf, *lenp);
		if (!err)
			*ppos += *lenp;
		return err;
	}
	text.data = kzalloc(POLICY_TEXT_MAX, GFP_KERNEL);
	if (!text.data)
		return -ENOMEM;
	policy_show(pn, text.data, POLICY_TEXT_MAX);
	err = proc_dostring(&text, 0, buf, lenp, ppos);
	kfree(text.data);
	return err;
}

static int __net_init policy_net_init(struct net *net)
{
	struct policy_net *pn = net_generic(net, policy_net_id);

	pn->net = net;
	pn->ctl[0].procname = "secure_ports";
	pn->ctl[0].data = pn;
	pn->ctl[0].maxlen = POLICY_TEXT_MAX;
	pn->ctl[0].mode = 0644;
	pn->ctl[0].proc_handler = policy_handler;
	pn->handshakes = POLICY_HANDSHAKES;
	pn->ctl[1].procname = "max_handshakes";
	pn->ctl[1].data = &pn->handshakes;
	pn->ctl[1].maxlen = sizeof(pn->handshakes);
	pn->ctl[1].mode = 0644;
	pn->ctl[1].proc_handler = proc_douintvec_minmax;
	pn->ctl[1].extra1 = SYSCTL_ONE;
	pn->ctl[1].extra2 = &policy_handshakes_max;
	pn->header = register_net_sysctl_sz(net, "net/tls_offload", pn->ctl, 2);
	return pn->header ? 0 : -ENOMEM;
}

static void __net_exit policy_net_exit(struct net *net)
{
	struct policy_net *pn = net_generic(net, policy_net_id);

	/* Waits for writers: nobody replaces the table after this. */
	unregister_net_sysctl_table(pn->header);
	table_free(rcu_replace_pointer(pn->table, NULL, true));
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
