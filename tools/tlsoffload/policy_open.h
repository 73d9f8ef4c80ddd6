/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that are older than the rule which would secure them. */
#ifndef TLSOFFLOAD_POLICY_OPEN_H
#define TLSOFFLOAD_POLICY_OPEN_H

#include "netlink.h"

/* Says which connections are open in clear that a rule in force would secure; with
 * @kill aborts them. 0, or 1 when it has complained.
 */
int policy_open(struct netlink *nl, int kill);

#endif
