/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy in messages, to the kernel and from it. */
#ifndef TLSOFFLOAD_POLICY_MSG_H
#define TLSOFFLOAD_POLICY_MSG_H

#include "netlink.h"
#include "policy.h"

/* Replaces the kernel's policy; 0, or -1 with errno and @blame: where the text says
 * what the kernel does not take (line 0: nowhere).
 */
int policy_send(struct netlink *nl, const struct policy *policy,
		struct place *blame);
/* Adds what is in force to @policy; 0, or -1 with errno. */
int policy_receive(struct netlink *nl, struct policy *policy);
/* For netlink_ask(): adds the rules of an answer to @policy, a struct policy. */
int policy_answer(const struct nlmsghdr *nlh, void *policy);
/* Adds the rule of a nest; 0, or -1 with errno. */
int policy_add_nest(struct policy *policy, const struct nlattr *nest);

#endif
