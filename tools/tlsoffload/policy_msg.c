// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy in messages, to the kernel and from it.
 *
 * Responsible for: nests of rules, both ways; where in the text an attribute of a
 * message comes from. Attributes hold what struct value holds, byte for byte.
 */
#include <errno.h>
#include <stdlib.h>

#include <linux/genetlink.h>

#include "policy_msg.h"

#define HEAD (NLMSG_HDRLEN + GENL_HDRLEN)
#define DUMPS_MAX 8 /* attempts, should others replace the policy meanwhile */

/* Of a rule's nest, its own header included. */
static size_t nest_len(const struct rule *rule)
{
	size_t len = NLA_HDRLEN;
	uint16_t attr;

	for (attr = 0; attr <= TLS_OFFLOAD_RULE_MAX; attr++)
		if (rule->values[attr].data)
			len += NLA_HDRLEN + NLA_ALIGN(rule->values[attr].len);
	return len;
}

static void put_rule(struct nlmsghdr *nlh, const struct rule *rule)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TLS_OFFLOAD_A_RULE);
	const struct value *value;
	uint16_t attr;

	for (attr = 0; attr <= TLS_OFFLOAD_RULE_MAX; attr++) {
		value = &rule->values[attr];
		if (value->data)
			mnl_attr_put(nlh, attr, value->len, value->data);
	}
	mnl_attr_nest_end(nlh, nest);
}

/* Whether @offset of the message @nlh is in @attr. */
static int within(const struct nlmsghdr *nlh, const struct nlattr *attr,
		  uint32_t offset)
{
	size_t at = (const char *)attr - (const char *)nlh;

	return offset >= at && offset < at + NLA_ALIGN(attr->nla_len);
}

static struct place place_in(const struct nlmsghdr *nlh, uint32_t offset,
			     const struct nlattr *nest, const struct rule *rule)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (within(nlh, attr, offset))
			return rule->values[mnl_attr_get_type(attr)].place;
	return rule->place;
}

static struct place place_of(const struct nlmsghdr *nlh, uint32_t offset,
			     const struct policy *policy)
{
	const struct rule *rule = policy->rules;
	const struct nlattr *nest;

	mnl_attr_for_each(nest, nlh, GENL_HDRLEN) {
		if (within(nlh, nest, offset))
			return place_in(nlh, offset, nest, rule);
		rule++;
	}
	return (struct place){ 0 };
}

int policy_send(struct netlink *nl, const struct policy *policy,
		struct place *blame)
{
	struct nlmsghdr *nlh;
	size_t i, len = HEAD;
	void *buf;
	int ret, err;

	for (i = 0; i < policy->n; i++)
		len += nest_len(&policy->rules[i]);
	buf = malloc(len);
	if (!buf)
		return -1;
	nlh = netlink_question(nl, buf, TLS_OFFLOAD_CMD_POLICY_SET, 0);
	for (i = 0; i < policy->n; i++)
		put_rule(nlh, &policy->rules[i]);
	ret = netlink_ask(nl, nlh, NULL, NULL);
	err = errno;
	*blame = (struct place){ 0 };
	if (ret && nl->offset)
		*blame = place_of(nlh, nl->offset, policy);
	free(buf);
	errno = err;
	return ret;
}

int policy_add_nest(struct policy *policy, const struct nlattr *nest)
{
	struct rule *rule = policy_add(policy);
	const struct nlattr *attr;
	uint16_t type;

	if (!rule)
		return -1;
	mnl_attr_for_each_nested(attr, nest) {
		type = mnl_attr_get_type(attr);
		/* What a later module says more. */
		if (type > TLS_OFFLOAD_RULE_MAX)
			continue;
		if (value_set(&rule->values[type], mnl_attr_get_payload(attr),
			      mnl_attr_get_payload_len(attr)))
			return -1;
	}
	return 0;
}

int policy_answer(const struct nlmsghdr *nlh, void *policy)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == TLS_OFFLOAD_A_RULE &&
		    policy_add_nest(policy, attr))
			return MNL_CB_ERROR;
	return MNL_CB_OK;
}

int policy_receive(struct netlink *nl, struct policy *policy)
{
	char buf[HEAD];
	int ret, tries = 0;

	do {
		policy_free(policy);
		ret = netlink_ask(nl, netlink_question(nl, buf,
						       TLS_OFFLOAD_CMD_POLICY_GET,
						       NLM_F_DUMP),
				  policy_answer, policy);
	} while (ret && errno == EINTR && ++tries < DUMPS_MAX);
	return ret;
}
