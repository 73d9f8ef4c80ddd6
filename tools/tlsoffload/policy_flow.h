/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection that might be, as policy test is told of it. */
#ifndef TLSOFFLOAD_POLICY_FLOW_H
#define TLSOFFLOAD_POLICY_FLOW_H

#include <stdint.h>

#include <libmnl/libmnl.h>

struct end {
	uint8_t address[16];
	uint16_t port;
	int has_address, has_port;
};

struct flow {
	int direction;
	struct end from, to;
	uint32_t uid, gid;
	int has_uid, has_gid;
	const char *command, *cgroup;
};

/* 0, CMD_USAGE, or 1 when it has complained. */
int flow_parse(int argc, char **argv, struct flow *flow);
void flow_put(struct nlmsghdr *nlh, const struct flow *flow);

#endif
