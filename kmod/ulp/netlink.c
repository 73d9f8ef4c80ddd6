// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "tls_offload": rules that are loaded, shown, tested.
 *
 * Responsible for: the commands of uapi/linux/tls_offload.h; of a message that replaces
 * a policy all is checked before anything is done with it.
 * Leaves to: netlink_rule.c a rule's attributes; policy.c putting rules in force; rule.c
 * key rings.
 *
 * The message that replaces a policy is handled in its sender's context: names of key
 * rings, numbers of users and paths of cgroups are his.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>

#include "policy.h"

static struct genl_family netlink_family;

static const struct nla_policy flow_policy[TLS_OFFLOAD_FLOW_MAX + 1] = {
	[TLS_OFFLOAD_FLOW_DIRECTION] =
		NLA_POLICY_RANGE(NLA_U8, TLS_OFFLOAD_IN, TLS_OFFLOAD_OUT),
	[TLS_OFFLOAD_FLOW_LOCAL_PORT] = { .type = NLA_U16 },
	[TLS_OFFLOAD_FLOW_REMOTE_PORT] = { .type = NLA_U16 },
	[TLS_OFFLOAD_FLOW_LOCAL_ADDR] = NLA_POLICY_EXACT_LEN(16),
	[TLS_OFFLOAD_FLOW_REMOTE_ADDR] = NLA_POLICY_EXACT_LEN(16),
	[TLS_OFFLOAD_FLOW_UID] = { .type = NLA_U32 },
	[TLS_OFFLOAD_FLOW_GID] = { .type = NLA_U32 },
	[TLS_OFFLOAD_FLOW_COMM] = { .type = NLA_NUL_STRING,
				    .len = TASK_COMM_LEN - 1 },
	[TLS_OFFLOAD_FLOW_CGROUP] = { .type = NLA_NUL_STRING,
				      .len = TLSO_CGROUP_MAX },
};

static const struct nla_policy top_policy[TLS_OFFLOAD_A_MAX + 1] = {
	[TLS_OFFLOAD_A_RULE] = NLA_POLICY_NESTED(tlso_rule_policy),
	[TLS_OFFLOAD_A_FLOW] = NLA_POLICY_NESTED(flow_policy),
};

/* A policy that comes ----------------------------------------------------------- */

static unsigned int count_rules(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		n += nla_type(attr) == TLS_OFFLOAD_A_RULE;
	return n;
}

static bool set_has(const struct tlso_rule_set *set, const char *name)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (!strcmp(set->rules[i]->name, name))
			return true;
	return false;
}

static int set_fill(struct tlso_rule_set *set, const struct nlmsghdr *nlh,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	struct tlso_rule *rule;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != TLS_OFFLOAD_A_RULE)
			return tlso_netlink_bad(extack, attr,
						"expected rules alone");
		rule = tlso_rule_get(attr, extack);
		if (IS_ERR(rule))
			return PTR_ERR(rule);
		if (set_has(set, rule->name)) {
			tlso_rule_put(rule);
			return tlso_netlink_bad(extack, attr,
						"expected each name once");
		}
		set->rules[set->n++] = rule;
		cond_resched();
	}
	return 0;
}

static int policy_set(struct sk_buff *skb, struct genl_info *info)
{
	unsigned int i, n = count_rules(info->nlhdr);
	struct net *net = genl_info_net(info);
	struct tlso_rule_set *set;
	int err;

	if (n > TLS_OFFLOAD_RULES_MAX) {
		NL_SET_ERR_MSG(info->extack, "expected at most 1024 rules");
		return -E2BIG;
	}
	set = kvzalloc(struct_size(set, rules, n), GFP_KERNEL_ACCOUNT);
	if (!set)
		return -ENOMEM;
	err = set_fill(set, info->nlhdr, info->extack);
	if (err)
		goto free;
	for (i = 0; i < n; i++)
		if (tlso_rule_secures(set->rules[i]))
			tlso_rule_resolve(net, set->rules[i]);
	err = tlso_policy_replace(net, TLSO_RULES_LOADED, set);
	if (!err)
		return 0;
	if (err == -EBUSY) {
		NL_SET_ERR_MSG(info->extack,
			       "in force, but a listener cannot be taken hold of: its connections are refused");
		return err;
	}
free:
	tlso_rule_set_free(set);
	return err;
}

/* A policy that goes --------------------------------------------------------------- */

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int dump_rule(struct tlso_rule *rule, void *arg)
{
	struct dump *dump = arg;
	struct netlink_callback *cb = dump->cb;
	void *hdr;

	hdr = genlmsg_put(dump->skb, NETLINK_CB(cb->skb).portid,
			  cb->nlh->nlmsg_seq, &netlink_family, NLM_F_MULTI,
			  TLS_OFFLOAD_CMD_POLICY_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (tlso_rule_fill(dump->skb, rule)) {
		genlmsg_cancel(dump->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, hdr);
	cb->args[0]++;
	return 0;
}

/* Rules that change meanwhile show: NLM_F_DUMP_INTR. */
static int policy_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct dump dump = { .skb = skb, .cb = cb };

	tlso_policy_each(net, cb->args[0], &cb->seq, dump_rule, &dump);
	return skb->len;
}

/* What would be ----------------------------------------------------------------- */

struct test {
	struct sk_buff *skb;
	struct tlso_flow flow;
	struct tlso_who who;
	unsigned int n; /* rules there are */
};

static void port_get(const struct nlattr *attr, u16 *port, u8 known, u8 *all)
{
	if (!attr)
		return;
	*port = nla_get_u16(attr);
	*all |= known;
}

static void addr_get(const struct nlattr *attr, struct in6_addr *addr, u8 known,
		     u8 *all)
{
	if (!attr)
		return;
	memcpy(addr, nla_data(attr), sizeof(*addr));
	*all |= known;
}

/* Of the process all or nothing: what was not said is nobody's. */
static int who_get(struct nlattr **tb, struct test *test,
		   struct netlink_ext_ack *extack)
{
	struct user_namespace *ns = current_user_ns();
	struct tlso_who *who = &test->who;
	struct nlattr *attr;

	who->uid = INVALID_UID;
	who->gid = INVALID_GID;
	test->flow.who = who;
	attr = tb[TLS_OFFLOAD_FLOW_UID];
	if (attr)
		who->uid = make_kuid(ns, nla_get_u32(attr));
	attr = tb[TLS_OFFLOAD_FLOW_GID];
	if (attr)
		who->gid = make_kgid(ns, nla_get_u32(attr));
	attr = tb[TLS_OFFLOAD_FLOW_COMM];
	if (attr)
		nla_strscpy(who->comm, attr, sizeof(who->comm));
	attr = tb[TLS_OFFLOAD_FLOW_CGROUP];
	if (!attr)
		return 0;
	who->cgroup = cgroup_get_from_path(nla_data(attr));
	if (!IS_ERR(who->cgroup))
		return 0;
	tlso_netlink_bad(extack, attr, "no such cgroup");
	return PTR_ERR(who->cgroup);
}

static int test_get(struct genl_info *info, struct test *test)
{
	struct nlattr *tb[TLS_OFFLOAD_FLOW_MAX + 1];
	struct tlso_flow *flow = &test->flow;
	int err;

	if (!info->attrs[TLS_OFFLOAD_A_FLOW]) {
		NL_SET_ERR_MSG(info->extack, "expected a flow");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, TLS_OFFLOAD_FLOW_MAX,
			       info->attrs[TLS_OFFLOAD_A_FLOW], flow_policy,
			       info->extack);
	if (err)
		return err;
	if (!tb[TLS_OFFLOAD_FLOW_DIRECTION])
		return tlso_netlink_bad(info->extack,
					info->attrs[TLS_OFFLOAD_A_FLOW],
					"expected a direction");
	flow->direction = nla_get_u8(tb[TLS_OFFLOAD_FLOW_DIRECTION]);
	port_get(tb[TLS_OFFLOAD_FLOW_LOCAL_PORT], &flow->local_port,
		 TLSO_KNOWN_LOCAL_PORT, &flow->known);
	port_get(tb[TLS_OFFLOAD_FLOW_REMOTE_PORT], &flow->remote_port,
		 TLSO_KNOWN_REMOTE_PORT, &flow->known);
	addr_get(tb[TLS_OFFLOAD_FLOW_LOCAL_ADDR], &flow->local_addr,
		 TLSO_KNOWN_LOCAL_ADDR, &flow->known);
	addr_get(tb[TLS_OFFLOAD_FLOW_REMOTE_ADDR], &flow->remote_addr,
		 TLSO_KNOWN_REMOTE_ADDR, &flow->known);
	return who_get(tb, test, info->extack);
}

/* 1: this is it. */
static int test_rule(struct tlso_rule *rule, void *arg)
{
	struct test *test = arg;
	struct nlattr *nest;
	u16 miss = 0;

	if (tlso_criteria_match(rule->criteria, &test->flow, &miss) ==
	    TLSO_MATCH)
		return tlso_rule_fill(test->skb, rule) ?: 1;
	nest = nla_nest_start(test->skb, TLS_OFFLOAD_A_MISS);
	if (!nest ||
	    nla_put_string(test->skb, TLS_OFFLOAD_MISS_NAME, rule->name) ||
	    nla_put_u16(test->skb, TLS_OFFLOAD_MISS_CRITERION, miss))
		return -EMSGSIZE;
	nla_nest_end(test->skb, nest);
	return 0;
}

static int count_rule(struct tlso_rule *rule, void *arg)
{
	struct test *test = arg;

	test->n++;
	return 0;
}

static int test_answer(struct genl_info *info, struct test *test)
{
	const size_t miss = nla_total_size(nla_total_size(sizeof(u16)) +
					   nla_total_size(TLS_OFFLOAD_NAME_MAX + 1));
	struct net *net = genl_info_net(info);
	void *hdr;
	int ret;

	tlso_policy_each(net, 0, NULL, count_rule, test);
	test->skb = genlmsg_new(NLMSG_GOODSIZE + test->n * miss, GFP_KERNEL);
	if (!test->skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(test->skb, info, &netlink_family, 0,
				TLS_OFFLOAD_CMD_POLICY_TEST);
	ret = hdr ? tlso_policy_each(net, 0, NULL, test_rule, test) : -EMSGSIZE;
	if (ret < 0) { /* rules have come meanwhile */
		nlmsg_free(test->skb);
		return -EAGAIN;
	}
	genlmsg_end(test->skb, hdr);
	return genlmsg_reply(test->skb, info);
}

static int policy_test(struct sk_buff *skb, struct genl_info *info)
{
	struct test *test = kzalloc(sizeof(*test), GFP_KERNEL);
	int err;

	if (!test)
		return -ENOMEM;
	err = test_get(info, test);
	if (!err)
		err = test_answer(info, test);
	if (!IS_ERR_OR_NULL(test->who.cgroup))
		cgroup_put(test->who.cgroup);
	kfree(test);
	return err;
}

/* --------------------------------------------------------------------------------- */

static const struct genl_ops netlink_ops[] = {
	{
		.cmd = TLS_OFFLOAD_CMD_POLICY_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = policy_set,
	},
	{
		.cmd = TLS_OFFLOAD_CMD_POLICY_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.dumpit = policy_get,
	},
	{
		.cmd = TLS_OFFLOAD_CMD_POLICY_TEST,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = policy_test,
	},
};

static struct genl_family netlink_family __ro_after_init = {
	.name = TLS_OFFLOAD_GENL_NAME,
	.version = TLS_OFFLOAD_GENL_VERSION,
	.maxattr = TLS_OFFLOAD_A_MAX,
	.policy = top_policy,
	.netnsok = true,
	/* Not one by one with all other families: rows of rules take their time.
	 * That no family comes or goes meanwhile stays so; hence POLICY_SET waits
	 * for nothing that a process may put off.
	 */
	.parallel_ops = true,
	.ops = netlink_ops,
	.n_ops = ARRAY_SIZE(netlink_ops),
	.resv_start_op = TLS_OFFLOAD_CMD_POLICY_SET,
	.module = THIS_MODULE,
};

int tlso_netlink_init(void)
{
	return genl_register_family(&netlink_family);
}

/* Waits for who is inside. */
void tlso_netlink_exit(void)
{
	genl_unregister_family(&netlink_family);
}
