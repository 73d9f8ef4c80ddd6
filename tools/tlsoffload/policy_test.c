// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlsoffload policy test: which rule a connection that might be would come under,
 * and what kept the rules before it from it.
 *
 * Leaves to: policy_flow.c what the connection is; the kernel the decision, so that it
 * is the one that counts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "cmd.h"
#include "policy_flow.h"
#include "policy_msg.h"

#define NOTHING_MATCHES 3
#define TRIES_MAX 8 /* should rules come meanwhile */

/* What is known of the policy, and whether a rule matched. */
struct verdict {
	struct policy policy; /* all rules, to say what those missed want */
	struct policy match; /* the one */
};

static void print_name(const char *name)
{
	text_print(stdout, name, strlen(name));
}

/* web: its local port is 443, 8443-8450 */
static void print_miss(const struct verdict *verdict, const char *name,
		       uint16_t attr)
{
	const struct rule *rule = policy_find(&verdict->policy, name);
	const struct field *field = policy_field(attr);

	fputs("no:  ", stdout);
	print_name(name);
	if (field)
		printf(": %s", field->word);
	if (field && rule && rule->values[attr].data) {
		fputs(" is not ", stdout);
		value_print(stdout, field, &rule->values[attr]);
	}
	putchar('\n');
}

static void miss(const struct verdict *verdict, const struct nlattr *nest)
{
	const char *name = "?";
	const struct nlattr *attr;
	uint16_t criterion = 0;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == TLS_OFFLOAD_MISS_NAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			name = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == TLS_OFFLOAD_MISS_CRITERION &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			criterion = mnl_attr_get_u16(attr);
	}
	print_miss(verdict, name, criterion);
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	struct verdict *verdict = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == TLS_OFFLOAD_A_MISS)
			miss(verdict, attr);
		if (mnl_attr_get_type(attr) == TLS_OFFLOAD_A_RULE &&
		    policy_add_nest(&verdict->match, attr))
			return MNL_CB_ERROR;
	}
	return MNL_CB_OK;
}

static void print_match(const struct rule *rule)
{
	static const uint16_t attrs[] = { TLS_OFFLOAD_RULE_VERDICT,
					  TLS_OFFLOAD_RULE_KEYRING };
	const struct field *field;
	size_t i;

	fputs("yes: ", stdout);
	print_name(rule_name(rule));
	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		field = policy_field(attrs[i]);
		if (!rule->values[attrs[i]].data)
			continue;
		printf("%s %s ", i ? "," : ":", field->word);
		value_print(stdout, field, &rule->values[attrs[i]]);
	}
	putchar('\n');
}

static int ask(struct netlink *nl, const struct flow *flow,
	       struct verdict *verdict)
{
	char buf[8192], text[512];
	struct nlmsghdr *nlh;
	int ret, tries = 0;

	if (policy_receive(nl, &verdict->policy))
		return complain("policy: %s",
				netlink_error(nl, text, sizeof(text)));
	do {
		nlh = netlink_question(nl, buf, TLS_OFFLOAD_CMD_POLICY_TEST, 0);
		flow_put(nlh, flow);
		ret = netlink_ask(nl, nlh, answer, verdict);
	} while (ret && errno == EAGAIN && ++tries < TRIES_MAX);
	if (ret)
		return complain("policy not tested: %s",
				netlink_error(nl, text, sizeof(text)));
	if (!verdict->match.n) {
		puts("no rule matches");
		return NOTHING_MATCHES;
	}
	print_match(verdict->match.rules);
	return 0;
}

int cmd_policy_test(int argc, char **argv)
{
	struct verdict verdict = { 0 };
	struct flow flow = { 0 };
	struct netlink nl;
	int ret = flow_parse(argc, argv, &flow);

	if (ret)
		return ret;
	if (netlink_open(&nl))
		return 1;
	ret = ask(&nl, &flow, &verdict);
	netlink_close(&nl);
	policy_free(&verdict.policy);
	policy_free(&verdict.match);
	return ret;
}
