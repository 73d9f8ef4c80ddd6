// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule as attributes of a netlink message, both ways.
 *
 * Responsible for: everything in one that comes is checked before it is kept, and an
 * error points at the attribute that is to blame.
 * Leaves to: netlink.c messages; rule.c key rings.
 *
 * Process context, the sender's: numbers of users and paths of cgroups are his.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/netlink.h>

#include "policy.h"
#include "../core/suite.h"

#define PRIORITY_DEFAULT 1000
#define COMM_MAX TASK_COMM_LEN /* 15 bytes and '*' */
#define ALPN_MAX 255 /* of the whole list */

static struct netlink_range_validation timeout_range = {
	.min = 100,
	.max = 600000,
};

#define RANGES { .type = NLA_BINARY, \
	.len = TLS_OFFLOAD_LIST_MAX * sizeof(struct tls_offload_range) }
#define ADDRESSES { .type = NLA_BINARY, \
	.len = TLS_OFFLOAD_LIST_MAX * sizeof(struct tls_offload_addresses) }

const struct nla_policy tlso_rule_policy[TLS_OFFLOAD_RULE_MAX + 1] = {
	[TLS_OFFLOAD_RULE_NAME] = { .type = NLA_NUL_STRING,
				    .len = TLS_OFFLOAD_NAME_MAX },
	[TLS_OFFLOAD_RULE_PRIORITY] = NLA_POLICY_MIN(NLA_U16, 1),
	[TLS_OFFLOAD_RULE_VERDICT] = NLA_POLICY_MAX(NLA_U8,
						    TLS_OFFLOAD_PREFER),
	[TLS_OFFLOAD_RULE_DIRECTION] =
		NLA_POLICY_RANGE(NLA_U8, TLS_OFFLOAD_IN,
				 TLS_OFFLOAD_IN | TLS_OFFLOAD_OUT),
	[TLS_OFFLOAD_RULE_LOCAL_PORTS] = RANGES,
	[TLS_OFFLOAD_RULE_REMOTE_PORTS] = RANGES,
	[TLS_OFFLOAD_RULE_LOCAL_ADDRS] = ADDRESSES,
	[TLS_OFFLOAD_RULE_REMOTE_ADDRS] = ADDRESSES,
	[TLS_OFFLOAD_RULE_UIDS] = RANGES,
	[TLS_OFFLOAD_RULE_GIDS] = RANGES,
	[TLS_OFFLOAD_RULE_COMM] = { .type = NLA_NUL_STRING, .len = COMM_MAX },
	[TLS_OFFLOAD_RULE_CGROUP] = { .type = NLA_NUL_STRING,
				      .len = TLSO_CGROUP_MAX },
	[TLS_OFFLOAD_RULE_KEYRING] = { .type = NLA_NUL_STRING,
				       .len = sizeof_field(struct tlso_rule,
							   ring_name) - 1 },
	[TLS_OFFLOAD_RULE_OWNER] = { .type = NLA_FLAG },
	[TLS_OFFLOAD_RULE_VERSIONS] =
		NLA_POLICY_RANGE(NLA_U8, TLS_OFFLOAD_TLS12,
				 TLS_OFFLOAD_TLS12 | TLS_OFFLOAD_TLS13),
	[TLS_OFFLOAD_RULE_SUITES] = { .type = NLA_BINARY,
				      .len = 2 * TLSO_SUITES_MAX },
	[TLS_OFFLOAD_RULE_GROUPS] = { .type = NLA_BINARY,
				      .len = 2 * TLSO_GROUPS_MAX },
	[TLS_OFFLOAD_RULE_CLIENT_AUTH] =
		NLA_POLICY_MAX(NLA_U8, TLS_OFFLOAD_CLIENT_AUTH_MAP),
	[TLS_OFFLOAD_RULE_SERVER_NAME] = { .type = NLA_NUL_STRING,
					   .len = sizeof_field(struct tlso_rule,
							       server) - 1 },
	[TLS_OFFLOAD_RULE_ALPN] = { .type = NLA_BINARY, .len = ALPN_MAX },
	[TLS_OFFLOAD_RULE_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32,
							   &timeout_range),
	[TLS_OFFLOAD_RULE_ADAPTER] = NLA_POLICY_MAX(NLA_U8,
						    TLS_OFFLOAD_ADAPTER_REQUIRE),
	[TLS_OFFLOAD_RULE_ROLE] = NLA_POLICY_RANGE(NLA_U8, TLS_OFFLOAD_ROLE_SERVER,
						   TLS_OFFLOAD_ROLE_CLIENT),
	[TLS_OFFLOAD_RULE_CONNECT] = NLA_POLICY_MAX(NLA_U8,
						    TLS_OFFLOAD_CONNECT_TCP),
	[TLS_OFFLOAD_RULE_INHERIT] = { .type = NLA_FLAG },
	[TLS_OFFLOAD_RULE_APPLICATION] = { .type = NLA_FLAG },
	[TLS_OFFLOAD_RULE_MODE] = NLA_POLICY_MAX(NLA_U8,
						 TLS_OFFLOAD_MODE_AUTONOMOUS),
};

/* A rule that comes ----------------------------------------------------------- */

int tlso_netlink_bad(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     const char *what)
{
	NL_SET_BAD_ATTR(extack, attr);
	extack->_msg = what;
	return -EINVAL;
}

/* A copy of @attr's elements of @size bytes at *@list: how many, or an error. */
static int list_get(const struct nlattr *attr, size_t size, void **list,
		    const char *expected, struct netlink_ext_ack *extack)
{
	if (!nla_len(attr) || nla_len(attr) % size)
		return tlso_netlink_bad(extack, attr, expected);
	*list = kmemdup(nla_data(attr), nla_len(attr), GFP_KERNEL_ACCOUNT);
	return *list ? nla_len(attr) / size : -ENOMEM;
}

static int ranges_get(const struct nlattr *attr, u32 max,
		      struct tls_offload_range **list, u8 *n,
		      struct netlink_ext_ack *extack)
{
	int i, count;

	if (!attr)
		return 0;
	count = list_get(attr, sizeof(**list), (void **)list,
			 "expected 1 to 16 ranges", extack);
	if (count < 0)
		return count;
	*n = count;
	for (i = 0; i < count; i++)
		if ((*list)[i].first > (*list)[i].last || (*list)[i].last > max)
			return tlso_netlink_bad(extack, attr,
						"expected ranges from the smaller to the greater number");
	return 0;
}

static int addresses_get(const struct nlattr *attr,
			 struct tls_offload_addresses **list, u8 *n,
			 struct netlink_ext_ack *extack)
{
	int i, count;

	if (!attr)
		return 0;
	count = list_get(attr, sizeof(**list), (void **)list,
			 "expected 1 to 16 ranges of addresses", extack);
	if (count < 0)
		return count;
	*n = count;
	for (i = 0; i < count; i++)
		if (memcmp((*list)[i].first, (*list)[i].last, 16) > 0)
			return tlso_netlink_bad(extack, attr,
						"expected ranges from the lower to the higher address");
	return 0;
}

static int cgroup_find(const struct nlattr *attr, struct tlso_criteria *c,
		       struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup;

	if (!attr)
		return 0;
	c->cgroup_path = nla_strdup(attr, GFP_KERNEL_ACCOUNT);
	if (!c->cgroup_path)
		return -ENOMEM;
	cgroup = cgroup_get_from_path(c->cgroup_path);
	if (IS_ERR(cgroup)) {
		tlso_netlink_bad(extack, attr, "no such cgroup");
		return PTR_ERR(cgroup);
	}
	c->cgroup = cgroup;
	return 0;
}

static int comm_get(const struct nlattr *attr, struct tlso_criteria *c,
		    struct netlink_ext_ack *extack)
{
	size_t n;

	if (!attr)
		return 0;
	n = strlen(nla_data(attr));
	if (!n || (n == COMM_MAX && c->comm[n - 1] != '*'))
		return tlso_netlink_bad(extack, attr,
					"expected a command of 1 to 15 bytes, and '*' perhaps");
	return 0;
}

static int criteria_get(struct nlattr **tb, struct tlso_criteria *c,
			struct netlink_ext_ack *extack)
{
	int err;

	c->direction = TLS_OFFLOAD_IN | TLS_OFFLOAD_OUT;
	if (tb[TLS_OFFLOAD_RULE_DIRECTION])
		c->direction = nla_get_u8(tb[TLS_OFFLOAD_RULE_DIRECTION]);
	c->user_ns = get_user_ns(current_user_ns());
	if (tb[TLS_OFFLOAD_RULE_COMM])
		nla_strscpy(c->comm, tb[TLS_OFFLOAD_RULE_COMM],
			    sizeof(c->comm));
	err = comm_get(tb[TLS_OFFLOAD_RULE_COMM], c, extack);
	err = err ?: ranges_get(tb[TLS_OFFLOAD_RULE_LOCAL_PORTS], 65535,
				&c->local_ports, &c->n_local_ports, extack);
	err = err ?: ranges_get(tb[TLS_OFFLOAD_RULE_REMOTE_PORTS], 65535,
				&c->remote_ports, &c->n_remote_ports, extack);
	err = err ?: addresses_get(tb[TLS_OFFLOAD_RULE_LOCAL_ADDRS],
				   &c->local_addrs, &c->n_local_addrs, extack);
	err = err ?: addresses_get(tb[TLS_OFFLOAD_RULE_REMOTE_ADDRS],
				   &c->remote_addrs, &c->n_remote_addrs,
				   extack);
	err = err ?: ranges_get(tb[TLS_OFFLOAD_RULE_UIDS], U32_MAX, &c->uids,
				&c->n_uids, extack);
	err = err ?: ranges_get(tb[TLS_OFFLOAD_RULE_GIDS], U32_MAX, &c->gids,
				&c->n_gids, extack);
	return err ?: cgroup_find(tb[TLS_OFFLOAD_RULE_CGROUP], c, extack);
}

/* Numbers, preferred first, each known to the core and once. */
static int numbers_get(const struct nlattr *attr, bool (*known)(u16 number),
		       u16 *list, u8 *n, struct netlink_ext_ack *extack)
{
	unsigned int i, k, count;

	if (!attr)
		return 0;
	count = nla_len(attr) / sizeof(*list);
	if (!count || nla_len(attr) % sizeof(*list))
		return tlso_netlink_bad(extack, attr, "expected a list of numbers");
	memcpy(list, nla_data(attr), nla_len(attr));
	*n = count;
	for (i = 0; i < count; i++) {
		if (!known(list[i]))
			return tlso_netlink_bad(extack, attr,
						"a suite or group that is not supported");
		for (k = 0; k < i; k++)
			if (list[i] == list[k])
				return tlso_netlink_bad(extack, attr,
							"a suite or group is there twice");
	}
	return 0;
}

/* RSA key transport is no rule's to ask for. */
static bool suite_known(u16 id)
{
	const struct tlso_suite *suite = tlso_suite_find(id);

	return suite && suite->kx != TLSO_KX_RSA;
}

static bool group_known(u16 group)
{
	return group == TLSO_GROUP_X25519 || group == TLSO_GROUP_P256 ||
	       group == TLSO_GROUP_P384;
}

static int alpn_get(const struct nlattr *attr, struct tlso_rule *rule,
		    struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	rule->alpn = kmemdup(nla_data(attr), nla_len(attr), GFP_KERNEL_ACCOUNT);
	if (!rule->alpn)
		return -ENOMEM;
	rule->alpn_len = nla_len(attr);
	if (!tlso_rule_alpn(rule->alpn, rule->alpn_len))
		return tlso_netlink_bad(extack, attr,
					"expected names, each behind its length");
	return 0;
}

static u8 versions_of(u8 mask)
{
	return (mask & TLS_OFFLOAD_TLS12 ? TLSO_USE_12 : 0) |
	       (mask & TLS_OFFLOAD_TLS13 ? TLSO_USE_13 : 0);
}

/* May a connection under @rule have @role? */
static bool role_may(const struct tlso_rule *rule, u8 role)
{
	if (rule->role)
		return rule->role == role;
	return rule->criteria->direction &
	       (role == TLS_OFFLOAD_ROLE_SERVER ? TLS_OFFLOAD_IN :
						  TLS_OFFLOAD_OUT);
}

/* What clear text cannot follow. */
static int prefer_check(struct nlattr **tb, const struct tlso_rule *rule,
			struct netlink_ext_ack *extack)
{
	if (rule->role)
		return tlso_netlink_bad(extack, tb[TLS_OFFLOAD_RULE_ROLE],
					"prefer goes by the direction");
	if (rule->connect == TLS_OFFLOAD_CONNECT_TCP)
		return tlso_netlink_bad(extack, tb[TLS_OFFLOAD_RULE_CONNECT],
					"who was told of a connection cannot get another in clear");
	if (rule->inherit)
		return tlso_netlink_bad(extack, tb[TLS_OFFLOAD_RULE_INHERIT],
					"what may be in clear is not inherited");
	return 0;
}

static int role_get(struct nlattr **tb, struct tlso_rule *rule,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *attr = tb[TLS_OFFLOAD_RULE_CONNECT];

	if (tb[TLS_OFFLOAD_RULE_ROLE])
		rule->role = nla_get_u8(tb[TLS_OFFLOAD_RULE_ROLE]);
	if (attr && !(rule->criteria->direction & TLS_OFFLOAD_OUT))
		return tlso_netlink_bad(extack, attr, "nobody connects under this rule");
	if (attr)
		rule->connect = nla_get_u8(attr);
	rule->inherit = nla_get_flag(tb[TLS_OFFLOAD_RULE_INHERIT]);
	return rule->verdict == TLS_OFFLOAD_PREFER ?
		       prefer_check(tb, rule, extack) : 0;
}

/* What a rule wants beside "adapter require" that no adapter does so far, or NULL. */
static const char *adapter_misses(const struct tlso_rule *rule)
{
	if (!(rule->criteria->direction & TLS_OFFLOAD_IN) ||
	    !role_may(rule, TLS_OFFLOAD_ROLE_SERVER))
		return "adapters serve accepted connections alone, as servers, so far";
	if (rule->client_auth != TLS_OFFLOAD_CLIENT_AUTH_NONE)
		return "adapters ask for no client certificates so far";
	if (!(rule->versions & TLSO_USE_13))
		return "adapters speak TLS 1.3 alone so far";
	return NULL;
}

static int mode_get(struct nlattr **tb, struct tlso_rule *rule,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[TLS_OFFLOAD_RULE_MODE];

	if (!attr)
		return 0;
	if (rule->adapter == TLS_OFFLOAD_ADAPTER_NEVER)
		return tlso_netlink_bad(extack, attr,
					"the mode is an adapter's, and the rule wants none");
	rule->mode = nla_get_u8(attr);
	if (rule->adapter == TLS_OFFLOAD_ADAPTER_REQUIRE &&
	    tlso_rule_mode(rule) != rule->mode)
		return tlso_netlink_bad(extack, attr,
					"adapters are directed by the kernel so far");
	return 0;
}

/* Its program says when TLS begins: then it is no business of connect()'s, nor of others. */
static int application_get(struct nlattr **tb, struct tlso_rule *rule,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[TLS_OFFLOAD_RULE_APPLICATION];

	if (!attr)
		return 0;
	if (rule->verdict != TLS_OFFLOAD_REQUIRE || rule->inherit ||
	    rule->connect || rule->adapter == TLS_OFFLOAD_ADAPTER_REQUIRE)
		return tlso_netlink_bad(extack, attr,
					"expected verdict require, and neither inherit nor connect tcp nor adapter require");
	rule->application = true;
	return 0;
}

/* tb[] of the action that have one number or text. */
static int action_words(struct nlattr **tb, struct tlso_rule *rule,
			struct netlink_ext_ack *extack)
{
	struct nlattr *attr = tb[TLS_OFFLOAD_RULE_CLIENT_AUTH];

	if (attr && !role_may(rule, TLS_OFFLOAD_ROLE_SERVER))
		return tlso_netlink_bad(extack, attr, "client authentication is a server's");
	if (attr)
		rule->client_auth = nla_get_u8(attr);
	attr = tb[TLS_OFFLOAD_RULE_SERVER_NAME];
	if (attr && !role_may(rule, TLS_OFFLOAD_ROLE_CLIENT))
		return tlso_netlink_bad(extack, attr, "the server's name is a client's");
	if (attr)
		nla_strscpy(rule->server, attr, sizeof(rule->server));
	if (attr && !tlso_rule_server(rule->server))
		return tlso_netlink_bad(extack, attr, "expected a host name or an address");
	attr = tb[TLS_OFFLOAD_RULE_ADAPTER];
	if (attr)
		rule->adapter = nla_get_u8(attr);
	if (tb[TLS_OFFLOAD_RULE_VERSIONS])
		rule->versions =
			versions_of(nla_get_u8(tb[TLS_OFFLOAD_RULE_VERSIONS]));
	if (rule->adapter == TLS_OFFLOAD_ADAPTER_REQUIRE && adapter_misses(rule))
		return tlso_netlink_bad(extack, attr, adapter_misses(rule));
	attr = tb[TLS_OFFLOAD_RULE_TIMEOUT];
	if (attr)
		rule->timeout = msecs_to_jiffies(nla_get_u32(attr));
	if (tb[TLS_OFFLOAD_RULE_OWNER])
		rule->owner = get_current_cred();
	return mode_get(tb, rule, extack) ?: application_get(tb, rule, extack);
}

static int action_get(struct nlattr **tb, struct tlso_rule *rule,
		      const struct nlattr *whole, struct netlink_ext_ack *extack)
{
	int err, i;

	if (!tlso_rule_secures(rule)) {
		for (i = TLS_OFFLOAD_RULE_KEYRING; i <= TLS_OFFLOAD_RULE_MAX;
		     i++)
			if (tb[i])
				return tlso_netlink_bad(extack, tb[i],
							"an action without verdict require or prefer");
		return 0;
	}
	if (!tb[TLS_OFFLOAD_RULE_KEYRING] ||
	    !*(const char *)nla_data(tb[TLS_OFFLOAD_RULE_KEYRING]))
		return tlso_netlink_bad(extack, whole, "expected a key ring");
	nla_strscpy(rule->ring_name, tb[TLS_OFFLOAD_RULE_KEYRING],
		    sizeof(rule->ring_name));
	err = role_get(tb, rule, extack) ?: action_words(tb, rule, extack);
	err = err ?: numbers_get(tb[TLS_OFFLOAD_RULE_SUITES], suite_known,
				 rule->suites, &rule->n_suites, extack);
	err = err ?: numbers_get(tb[TLS_OFFLOAD_RULE_GROUPS], group_known,
				 rule->groups, &rule->n_groups, extack);
	return err ?: alpn_get(tb[TLS_OFFLOAD_RULE_ALPN], rule, extack);
}

static int name_get(const struct nlattr *attr, struct tlso_rule *rule,
		    struct netlink_ext_ack *extack)
{
	const char *p;

	nla_strscpy(rule->name, attr, sizeof(rule->name));
	for (p = rule->name; *p; p++)
		if (!isascii(*p) || !isgraph(*p))
			break;
	if (*p || p == rule->name)
		return tlso_netlink_bad(extack, attr,
					"expected a name of printable ASCII without blanks");
	return 0;
}

static int rule_fill(struct tlso_rule *rule, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TLS_OFFLOAD_RULE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, TLS_OFFLOAD_RULE_MAX, attr, tlso_rule_policy,
			       extack);
	if (err)
		return err;
	if (!tb[TLS_OFFLOAD_RULE_NAME] || !tb[TLS_OFFLOAD_RULE_VERDICT])
		return tlso_netlink_bad(extack, attr, "expected a name and a verdict");
	rule->source = TLSO_RULES_LOADED;
	rule->verdict = nla_get_u8(tb[TLS_OFFLOAD_RULE_VERDICT]);
	rule->priority = PRIORITY_DEFAULT;
	if (tb[TLS_OFFLOAD_RULE_PRIORITY])
		rule->priority = nla_get_u16(tb[TLS_OFFLOAD_RULE_PRIORITY]);
	err = tlso_rule_digest(rule, nla_data(attr), nla_len(attr));
	err = err ?: name_get(tb[TLS_OFFLOAD_RULE_NAME], rule, extack);
	err = err ?: criteria_get(tb, rule->criteria, extack);
	return err ?: action_get(tb, rule, attr, extack);
}

struct tlso_rule *tlso_rule_get(const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	struct tlso_rule *rule = tlso_rule_new();
	int err;

	if (!rule)
		return ERR_PTR(-ENOMEM);
	err = rule_fill(rule, attr, extack);
	if (!err)
		return rule;
	tlso_rule_put(rule);
	return ERR_PTR(err);
}

/* A rule that goes ---------------------------------------------------------------- */

static int put_list(struct sk_buff *skb, int type, unsigned int n, size_t size,
		    const void *list)
{
	return n ? nla_put(skb, type, n * size, list) : 0;
}

static int criteria_put(struct sk_buff *skb, const struct tlso_criteria *c)
{
	const size_t range = sizeof(struct tls_offload_range);
	const size_t addresses = sizeof(struct tls_offload_addresses);

	return nla_put_u8(skb, TLS_OFFLOAD_RULE_DIRECTION, c->direction) ||
	       put_list(skb, TLS_OFFLOAD_RULE_LOCAL_PORTS, c->n_local_ports,
			range, c->local_ports) ||
	       put_list(skb, TLS_OFFLOAD_RULE_REMOTE_PORTS, c->n_remote_ports,
			range, c->remote_ports) ||
	       put_list(skb, TLS_OFFLOAD_RULE_LOCAL_ADDRS, c->n_local_addrs,
			addresses, c->local_addrs) ||
	       put_list(skb, TLS_OFFLOAD_RULE_REMOTE_ADDRS, c->n_remote_addrs,
			addresses, c->remote_addrs) ||
	       put_list(skb, TLS_OFFLOAD_RULE_UIDS, c->n_uids, range, c->uids) ||
	       put_list(skb, TLS_OFFLOAD_RULE_GIDS, c->n_gids, range, c->gids) ||
	       (*c->comm &&
		nla_put_string(skb, TLS_OFFLOAD_RULE_COMM, c->comm)) ||
	       (c->cgroup_path && nla_put_string(skb, TLS_OFFLOAD_RULE_CGROUP,
						 c->cgroup_path));
}

static int action_put(struct sk_buff *skb, const struct tlso_rule *rule)
{
	u8 versions = (rule->versions & TLSO_USE_12 ? TLS_OFFLOAD_TLS12 : 0) |
		      (rule->versions & TLSO_USE_13 ? TLS_OFFLOAD_TLS13 : 0);

	return nla_put_string(skb, TLS_OFFLOAD_RULE_KEYRING, rule->ring_name) ||
	       (rule->owner && nla_put_flag(skb, TLS_OFFLOAD_RULE_OWNER)) ||
	       nla_put_u8(skb, TLS_OFFLOAD_RULE_VERSIONS, versions) ||
	       put_list(skb, TLS_OFFLOAD_RULE_SUITES, rule->n_suites,
			sizeof(u16), rule->suites) ||
	       put_list(skb, TLS_OFFLOAD_RULE_GROUPS, rule->n_groups,
			sizeof(u16), rule->groups) ||
	       (rule->client_auth && nla_put_u8(skb, TLS_OFFLOAD_RULE_CLIENT_AUTH,
						rule->client_auth)) ||
	       (*rule->server && nla_put_string(skb, TLS_OFFLOAD_RULE_SERVER_NAME,
						rule->server)) ||
	       put_list(skb, TLS_OFFLOAD_RULE_ALPN, rule->alpn_len, 1,
			rule->alpn) ||
	       nla_put_u32(skb, TLS_OFFLOAD_RULE_TIMEOUT,
			   jiffies_to_msecs(rule->timeout)) ||
	       nla_put_u8(skb, TLS_OFFLOAD_RULE_ADAPTER, rule->adapter) ||
	       (rule->adapter != TLS_OFFLOAD_ADAPTER_NEVER &&
		nla_put_u8(skb, TLS_OFFLOAD_RULE_MODE, rule->mode)) ||
	       (tlso_rule_mode(rule) != rule->mode &&
		nla_put_u8(skb, TLS_OFFLOAD_RULE_MODE_USED,
			   tlso_rule_mode(rule))) ||
	       (rule->role && nla_put_u8(skb, TLS_OFFLOAD_RULE_ROLE,
					 rule->role)) ||
	       (rule->connect && nla_put_u8(skb, TLS_OFFLOAD_RULE_CONNECT,
					    rule->connect)) ||
	       (rule->inherit && nla_put_flag(skb, TLS_OFFLOAD_RULE_INHERIT)) ||
	       (rule->application &&
		nla_put_flag(skb, TLS_OFFLOAD_RULE_APPLICATION)) ||
	       (rule->ring_err && nla_put_s32(skb, TLS_OFFLOAD_RULE_RING_ERROR,
					      rule->ring_err));
}

int tlso_rule_fill(struct sk_buff *skb, struct tlso_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, TLS_OFFLOAD_A_RULE);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, TLS_OFFLOAD_RULE_NAME, rule->name) ||
	    nla_put_u16(skb, TLS_OFFLOAD_RULE_PRIORITY, rule->priority) ||
	    nla_put_u8(skb, TLS_OFFLOAD_RULE_VERDICT, rule->verdict) ||
	    criteria_put(skb, rule->criteria) ||
	    (tlso_rule_secures(rule) && action_put(skb, rule)) ||
	    (rule->verdict == TLS_OFFLOAD_PREFER &&
	     nla_put_u64_64bit(skb, TLS_OFFLOAD_RULE_CLEAR,
			       atomic64_read(&rule->clear),
			       TLS_OFFLOAD_RULE_PAD)) ||
	    (rule->source != TLSO_RULES_LOADED &&
	     nla_put_flag(skb, TLS_OFFLOAD_RULE_SYSCTL)) ||
	    nla_put_u64_64bit(skb, TLS_OFFLOAD_RULE_HITS,
			      atomic64_read(&rule->hits),
			      TLS_OFFLOAD_RULE_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}
