// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysctls net.tls_offload.*, of each network namespace: the simple way to rules.
 *
 * Responsible for: secure_ports, where we listen, and connect_ports, where we connect
 * to: their values as sets of rules; how many handshakes there may be at a time; and
 * the gate's.
 * Leaves to: rule.c a word of a value; policy.c what the rules do.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "policy.h"

#define SYSCTL_RULES_MAX 64
#define SYSCTL_TEXT_MAX 4096 /* of a write, and of what is read back */
#define SYSCTL_SEPARATORS " ,\t\n"
#define SYSCTL_HANDSHAKES 4096 /* under way at a time, unless told otherwise */

struct sysctl_net {
	struct net *net;
	unsigned int handshakes; /* max_handshakes */
	struct ctl_table_header *header;
	struct ctl_table ctl[5]; /* the last stays zero */
};

static unsigned int sysctl_net_id __read_mostly;
static unsigned int sysctl_handshakes_max = 65536;

unsigned int tlso_sysctl_handshakes(struct net *net)
{
	const struct sysctl_net *sn = net_generic(net, sysctl_net_id);

	return READ_ONCE(sn->handshakes);
}

static bool set_has(const struct tlso_rule_set *set, u16 port)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (set->rules[i]->port == port)
			return true;
	return false;
}

static int set_add(const struct net *net, struct tlso_rule_set *set, u8 source,
		   char *word)
{
	struct tlso_rule *rule = tlso_rule_new();
	const char *expected;
	int err;

	if (!rule)
		return -ENOMEM;
	rule->source = source;
	expected = tlso_rule_parse(word, rule, &err);
	if (!expected && set_has(set, rule->port))
		expected = "expected each port once";
	if (!expected && set->n == SYSCTL_RULES_MAX)
		expected = "expected at most 64 ports";
	if (expected) {
		tlso_rule_complain(tlso_rule_sysctl(source), net, word,
				   expected);
		err = -EINVAL;
	}
	if (err)
		tlso_rule_put(rule);
	else
		set->rules[set->n++] = rule;
	return err;
}

/* Parses all of @text before anything is resolved; ERR_PTR. */
static struct tlso_rule_set *set_parse(const struct net *net, u8 source,
				       char *text)
{
	struct tlso_rule_set *set;
	unsigned int i;
	char *word;
	int err;

	set = kvzalloc(struct_size(set, rules, SYSCTL_RULES_MAX), GFP_KERNEL);
	if (!set)
		return ERR_PTR(-ENOMEM);
	while ((word = strsep(&text, SYSCTL_SEPARATORS))) {
		if (!*word)
			continue;
		err = set_add(net, set, source, word);
		if (err) {
			tlso_rule_set_free(set);
			return ERR_PTR(err);
		}
	}
	for (i = 0; i < set->n; i++)
		tlso_rule_resolve(net, set->rules[i]);
	return set;
}

static int value_parse(struct net *net, u8 source, char *text)
{
	struct tlso_rule_set *set = set_parse(net, source, text);
	int err;

	if (IS_ERR(set))
		return PTR_ERR(set);
	err = tlso_policy_replace(net, source, set);
	if (err && err != -EBUSY)
		tlso_rule_set_free(set);
	return err;
}

static int value_write(struct net *net, u8 source, const char *buf, size_t n)
{
	const char *value = tlso_rule_sysctl(source);
	char *text;
	int err;

	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (n >= SYSCTL_TEXT_MAX) {
		tlso_rule_complain(value, net, "",
				   "expected less than 4096 bytes");
		return -EINVAL;
	}
	text = kmemdup_nul(buf, n, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	/* One NUL at the end is what some writers send; none inside. */
	if (strlen(text) + 1 < n) {
		tlso_rule_complain(value, net, text,
				   "expected text, a NUL byte follows");
		err = -EINVAL;
	} else {
		err = value_parse(net, source, text);
	}
	kfree(text);
	return err;
}

struct value {
	char *buf;
	size_t cap, at;
};

static void value_add(struct tlso_rule *rule, void *arg)
{
	struct value *v = arg;

	if (v->at)
		v->at += scnprintf(v->buf + v->at, v->cap - v->at, " ");
	v->at += tlso_rule_print(rule, v->buf + v->at, v->cap - v->at);
}

static int value_access(struct sysctl_net *sn, u8 source, int write, void *buf,
			size_t *lenp, loff_t *ppos)
{
	struct ctl_table text = { .maxlen = SYSCTL_TEXT_MAX };
	struct value value = { .cap = SYSCTL_TEXT_MAX };
	int err;

	if (write) {
		/* A value comes in one write: half of one is another one. */
		err = *ppos ? -EINVAL : value_write(sn->net, source, buf, *lenp);
		if (!err)
			*ppos += *lenp;
		return err;
	}
	text.data = kzalloc(SYSCTL_TEXT_MAX, GFP_KERNEL);
	if (!text.data)
		return -ENOMEM;
	value.buf = text.data;
	tlso_policy_each_of(sn->net, source, value_add, &value);
	err = proc_dostring(&text, 0, buf, lenp, ppos);
	kfree(text.data);
	return err;
}

static int listen_handler(tlso_ctl_const struct ctl_table *ctl, int write,
			  void *buf, size_t *lenp, loff_t *ppos)
{
	return value_access(ctl->data, TLSO_RULES_LISTEN, write, buf, lenp,
			    ppos);
}

static int connect_handler(tlso_ctl_const struct ctl_table *ctl, int write,
			   void *buf, size_t *lenp, loff_t *ppos)
{
	return value_access(ctl->data, TLSO_RULES_CONNECT, write, buf, lenp,
			    ppos);
}

static int gate_write(struct net *net, const char *buf, size_t n)
{
	char text[8] = "";
	int gate;

	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (n < sizeof(text))
		memcpy(text, buf, n);
	gate = tlso_gate_parse(text);
	if (gate < 0) {
		tlso_rule_complain("gate", net, text, "expected off, wait or fail");
		return gate;
	}
	return tlso_policy_gate_set(net, gate);
}

static int gate_handler(tlso_ctl_const struct ctl_table *ctl, int write,
			void *buf, size_t *lenp, loff_t *ppos)
{
	struct sysctl_net *sn = ctl->data;
	char text[8];
	struct ctl_table value = { .data = text, .maxlen = sizeof(text) };
	int err;

	if (write) {
		err = *ppos ? -EINVAL : gate_write(sn->net, buf, *lenp);
		if (!err)
			*ppos += *lenp;
		return err;
	}
	strscpy(text, tlso_gate_name(tlso_policy_gate(sn->net)), sizeof(text));
	return proc_dostring(&value, 0, buf, lenp, ppos);
}

static void sysctl_ctl(struct sysctl_net *sn, struct ctl_table *ctl,
		       const char *name, proc_handler *handler)
{
	ctl->procname = name;
	ctl->data = sn;
	ctl->maxlen = SYSCTL_TEXT_MAX;
	ctl->mode = 0644;
	ctl->proc_handler = handler;
}

static int __net_init sysctl_net_init(struct net *net)
{
	struct sysctl_net *sn = net_generic(net, sysctl_net_id);

	sn->net = net;
	sn->handshakes = SYSCTL_HANDSHAKES;
	sysctl_ctl(sn, &sn->ctl[0], "secure_ports", listen_handler);
	sysctl_ctl(sn, &sn->ctl[1], "connect_ports", connect_handler);
	sysctl_ctl(sn, &sn->ctl[2], "max_handshakes", proc_douintvec_minmax);
	sn->ctl[2].data = &sn->handshakes;
	sn->ctl[2].maxlen = sizeof(sn->handshakes);
	sn->ctl[2].extra1 = SYSCTL_ONE;
	sn->ctl[2].extra2 = &sysctl_handshakes_max;
	sysctl_ctl(sn, &sn->ctl[3], "gate", gate_handler);
	sn->header = register_net_sysctl_sz(net, "net/tls_offload", sn->ctl, 4);
	return sn->header ? 0 : -ENOMEM;
}

/* Waits for writers: nobody replaces a set after this. */
static void __net_exit sysctl_net_exit(struct net *net)
{
	struct sysctl_net *sn = net_generic(net, sysctl_net_id);

	unregister_net_sysctl_table(sn->header);
}

static struct pernet_operations sysctl_net_ops = {
	.init = sysctl_net_init,
	.exit = sysctl_net_exit,
	.id = &sysctl_net_id,
	.size = sizeof(struct sysctl_net),
};

int tlso_sysctl_init(void)
{
	return register_pernet_subsys(&sysctl_net_ops);
}

void tlso_sysctl_exit(void)
{
	unregister_pernet_subsys(&sysctl_net_ops);
}
