// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection that might be: from the words of a command line to the attributes of
 * a question.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "policy.h"
#include "policy_flow.h"

static int parse_number(const char *text, uint32_t max, uint32_t *number)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || n > max)
		return -1;
	*number = n;
	return 0;
}

static int parse_port(const char *text, struct end *end)
{
	uint32_t port;

	if (parse_number(text, 65535, &port) || !port)
		return -1;
	end->port = port;
	end->has_port = 1;
	return 0;
}

/* ADDR, ADDR:PORT, [ADDR], [ADDR]:PORT, :PORT */
static int parse_end(const char *arg, struct end *end)
{
	char text[INET6_ADDRSTRLEN + 10], *p = text, *colon;

	if (strlen(arg) >= sizeof(text))
		return -1;
	memcpy(text, arg, strlen(arg) + 1);
	colon = strrchr(text, ':');
	if (*p == '[') {
		char *close = strchr(p, ']');

		if (!close || (close[1] && close[1] != ':'))
			return -1;
		*close = '\0';
		p++;
		colon = close[1] ? close + 1 : NULL;
	} else if (colon && strchr(text, ':') != colon) {
		colon = NULL; /* IPv6, without a port */
	}
	if (colon) {
		*colon = '\0';
		if (parse_port(colon + 1, end))
			return -1;
		if (p == text && !*p)
			return 0;
	}
	end->has_address = address_parse(p, end->address) != 0;
	return end->has_address ? 0 : -1;
}

static int take_dir(struct flow *flow, const char *arg)
{
	if (strcmp(arg, "in") == 0)
		flow->direction = TLS_OFFLOAD_IN;
	else if (strcmp(arg, "out") == 0)
		flow->direction = TLS_OFFLOAD_OUT;
	return flow->direction ? 0 : -1;
}

static int take_from(struct flow *flow, const char *arg)
{
	return parse_end(arg, &flow->from);
}

static int take_to(struct flow *flow, const char *arg)
{
	return parse_end(arg, &flow->to);
}

static int take_id(uint16_t attr, const char *arg, uint32_t *id, int *has)
{
	*has = parse_number(arg, UINT32_MAX - 1, id) == 0 ||
	       policy_field(attr)->number_of(arg, id) == 0;
	return *has ? 0 : -1;
}

static int take_uid(struct flow *flow, const char *arg)
{
	return take_id(TLS_OFFLOAD_RULE_UIDS, arg, &flow->uid, &flow->has_uid);
}

static int take_gid(struct flow *flow, const char *arg)
{
	return take_id(TLS_OFFLOAD_RULE_GIDS, arg, &flow->gid, &flow->has_gid);
}

static int take_command(struct flow *flow, const char *arg)
{
	flow->command = arg;
	return *arg && strlen(arg) <= 15 ? 0 : -1;
}

static int take_cgroup(struct flow *flow, const char *arg)
{
	flow->cgroup = arg;
	return *arg == '/' && strlen(arg) < 4096 ? 0 : -1;
}

static const struct option {
	const char *name;
	int (*take)(struct flow *flow, const char *arg);
	const char *expected;
} options[] = {
	{ "--dir", take_dir, "in or out" },
	{ "--from", take_from, "an address, ADDRESS:PORT, [IPV6]:PORT or :PORT" },
	{ "--to", take_to, "an address, ADDRESS:PORT, [IPV6]:PORT or :PORT" },
	{ "--uid", take_uid, "a user's name or number" },
	{ "--gid", take_gid, "a group's name or number" },
	{ "--command", take_command, "a command's name of 1 to 15 bytes" },
	{ "--cgroup", take_cgroup, "a path that begins with /" },
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

int flow_parse(int argc, char **argv, struct flow *flow)
{
	size_t i;

	for (; argc >= 2; argc -= 2, argv += 2) {
		for (i = 0; i < N_OPTIONS; i++)
			if (strcmp(argv[0], options[i].name) == 0)
				break;
		if (i == N_OPTIONS)
			return CMD_USAGE;
		if (options[i].take(flow, argv[1]))
			return complain("%s: found \"%s\", expected %s",
					argv[0], argv[1], options[i].expected);
	}
	return argc || !flow->direction ? CMD_USAGE : 0;
}

static void put_end(struct nlmsghdr *nlh, const struct end *end, uint16_t port,
		    uint16_t address)
{
	if (end->has_port)
		mnl_attr_put_u16(nlh, port, end->port);
	if (end->has_address)
		mnl_attr_put(nlh, address, sizeof(end->address), end->address);
}

void flow_put(struct nlmsghdr *nlh, const struct flow *flow)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TLS_OFFLOAD_A_FLOW);
	int in = flow->direction == TLS_OFFLOAD_IN;

	mnl_attr_put_u8(nlh, TLS_OFFLOAD_FLOW_DIRECTION, flow->direction);
	put_end(nlh, in ? &flow->to : &flow->from, TLS_OFFLOAD_FLOW_LOCAL_PORT,
		TLS_OFFLOAD_FLOW_LOCAL_ADDR);
	put_end(nlh, in ? &flow->from : &flow->to, TLS_OFFLOAD_FLOW_REMOTE_PORT,
		TLS_OFFLOAD_FLOW_REMOTE_ADDR);
	if (flow->has_uid)
		mnl_attr_put_u32(nlh, TLS_OFFLOAD_FLOW_UID, flow->uid);
	if (flow->has_gid)
		mnl_attr_put_u32(nlh, TLS_OFFLOAD_FLOW_GID, flow->gid);
	if (flow->command)
		mnl_attr_put_strz(nlh, TLS_OFFLOAD_FLOW_COMM, flow->command);
	if (flow->cgroup)
		mnl_attr_put_strz(nlh, TLS_OFFLOAD_FLOW_CGROUP, flow->cgroup);
	mnl_attr_nest_end(nlh, nest);
}
