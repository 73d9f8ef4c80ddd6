// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that were open in clear when a policy was loaded which would have them
 * secured: loading takes hold of none of them.
 *
 * Responsible for: finding them (sock_diag), saying which, aborting them.
 * Leaves to: the kernel which rule they would come under (POLICY_TEST), from what is
 * known here: addresses, ports, and whose the socket is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/genetlink.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tls.h>

#include "cmd.h"
#include "policy_flow.h"
#include "policy_msg.h"
#include "policy_open.h"

#define MASK(state) (1u << (state))
#define OPEN (MASK(TCP_ESTABLISHED) | MASK(TCP_SYN_SENT) | MASK(TCP_FIN_WAIT1) | \
	      MASK(TCP_FIN_WAIT2) | MASK(TCP_CLOSE_WAIT) | MASK(TCP_CLOSING) | \
	      MASK(TCP_LAST_ACK))
#define TRIES_MAX 8 /* should rules come meanwhile */

/* What listens, and what is connected and no TLS of the kernel's is on. */
struct sockets {
	struct inet_diag_msg *all;
	size_t n, room;
};

struct diag {
	struct mnl_socket *socket;
	uint32_t seq;
	struct sockets sockets;
};

static int keep(struct sockets *s, const struct inet_diag_msg *msg)
{
	struct inet_diag_msg *more;

	if (s->n == s->room) {
		s->room = 2 * s->room + 64;
		more = realloc(s->all, s->room * sizeof(*more));
		if (!more)
			return -1;
		s->all = more;
	}
	s->all[s->n++] = *msg;
	return 0;
}

/* Has the kernel's TLS got keys for this direction? */
static int has_keys(const struct nlattr *tls, uint16_t direction)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, tls)
		if (mnl_attr_get_type(attr) == direction &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			return mnl_attr_get_u16(attr) > TLS_CONF_BASE;
	return 0;
}

/*
 * What stands on TCP: "tls_offload" is ours, "tls" a program's own, which is clear text
 * in each direction that has no keys yet.
 */
static int is_tls(const struct nlattr *nest)
{
	const struct nlattr *attr, *tls = NULL;
	const char *name = "";

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == INET_ULP_INFO_NAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			name = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == INET_ULP_INFO_TLS)
			tls = attr;
	}
	if (!strcmp(name, TLS_OFFLOAD_ULP))
		return 1;
	return !strcmp(name, "tls") && tls && has_keys(tls, TLS_INFO_TXCONF) &&
	       has_keys(tls, TLS_INFO_RXCONF);
}

static int socket_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct sockets *sockets = data;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return MNL_CB_OK;
	/* Nobody has it any more, and all that was written has arrived. */
	if (msg->idiag_state == TCP_FIN_WAIT2 && !msg->idiag_inode)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
		if (mnl_attr_get_type(attr) == INET_DIAG_ULP_INFO && is_tls(attr))
			return MNL_CB_OK;
	return keep(sockets, msg) ? MNL_CB_ERROR : MNL_CB_OK;
}

static struct nlmsghdr *diag_question(struct diag *diag, void *buf, uint16_t type,
				      uint16_t flags,
				      struct inet_diag_req_v2 *req)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++diag->seq;
	req->sdiag_protocol = IPPROTO_TCP;
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(*req)), req, sizeof(*req));
	return nlh;
}

/* 0, or -1 with errno. */
static int diag_ask(struct diag *diag, const struct nlmsghdr *nlh)
{
	char buf[32768];
	ssize_t n;
	int ret;

	if (mnl_socket_sendto(diag->socket, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		n = mnl_socket_recvfrom(diag->socket, buf, sizeof(buf));
		if (n < 0)
			return -1;
		ret = mnl_cb_run(buf, n, nlh->nlmsg_seq, 0, socket_seen,
				 &diag->sockets);
	} while (ret > 0);
	return ret;
}

static int find_all(struct diag *diag)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	char buf[256];
	size_t i;

	for (i = 0; i < sizeof(families); i++) {
		struct inet_diag_req_v2 req = {
			.sdiag_family = families[i],
			/* The name of a ULP comes with it alone. */
			.idiag_ext = MASK(INET_DIAG_INFO - 1),
			.idiag_states = OPEN | MASK(TCP_LISTEN),
		};

		if (diag_ask(diag, diag_question(diag, buf, SOCK_DIAG_BY_FAMILY,
						 NLM_F_DUMP, &req)))
			return -1;
	}
	return 0;
}

/* IPv4 mapped. */
static void address(const struct inet_diag_msg *msg, const __be32 *from,
		    uint8_t out[16])
{
	if (msg->idiag_family == AF_INET6) {
		memcpy(out, from, 16);
		return;
	}
	memset(out, 0, 10);
	memset(out + 10, 0xff, 2);
	memcpy(out + 12, from, 4);
}

/* Nobody says who began. What has a listener's port was accepted. */
static int was_accepted(const struct sockets *s, const struct inet_diag_msg *msg)
{
	size_t i;

	if (msg->idiag_state == TCP_SYN_SENT)
		return 0;
	for (i = 0; i < s->n; i++)
		if (s->all[i].idiag_state == TCP_LISTEN &&
		    s->all[i].id.idiag_sport == msg->id.idiag_sport)
			return 1;
	return 0;
}

static void flow_of(struct flow *flow, const struct sockets *s,
		    const struct inet_diag_msg *msg)
{
	int in = was_accepted(s, msg);
	struct end *local, *remote;

	memset(flow, 0, sizeof(*flow));
	flow->direction = in ? TLS_OFFLOAD_IN : TLS_OFFLOAD_OUT;
	local = in ? &flow->to : &flow->from;
	remote = in ? &flow->from : &flow->to;
	address(msg, msg->id.idiag_src, local->address);
	address(msg, msg->id.idiag_dst, remote->address);
	local->port = ntohs(msg->id.idiag_sport);
	remote->port = ntohs(msg->id.idiag_dport);
	local->has_address = 1;
	local->has_port = 1;
	remote->has_address = 1;
	remote->has_port = 1;
	flow->uid = msg->idiag_uid;
	flow->has_uid = flow->uid != UINT32_MAX;
}

/* Into @match the rule that decides, if one does. 0, or -1 with errno. */
static int rule_for(struct netlink *nl, const struct flow *flow,
		    struct policy *match)
{
	struct nlmsghdr *nlh;
	int ret, tries = 0;
	char buf[1024];

	do {
		nlh = netlink_question(nl, buf, TLS_OFFLOAD_CMD_POLICY_TEST, 0);
		flow_put(nlh, flow);
		ret = netlink_ask(nl, nlh, policy_answer, match);
	} while (ret && errno == EAGAIN && ++tries < TRIES_MAX);
	return ret;
}

static void print_end(const uint8_t addr[16], uint16_t port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN] = "?";

	if (!memcmp(addr, mapped, sizeof(mapped)))
		inet_ntop(AF_INET, addr + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	fprintf(stderr, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
}

static void print_open(const struct flow *flow, const struct rule *rule,
		       const char *what)
{
	fprintf(stderr, "warning: %s: %s from ", what,
		flow->direction == TLS_OFFLOAD_IN ? "in" : "out");
	print_end(flow->from.address, flow->from.port);
	fputs(" to ", stderr);
	print_end(flow->to.address, flow->to.port);
	fprintf(stderr, ", user %u, rule %s\n", flow->uid, rule_name(rule));
}

/* 0: it is gone. */
static int abort_one(struct diag *diag, const struct inet_diag_msg *msg)
{
	struct inet_diag_req_v2 req = {
		.sdiag_family = msg->idiag_family,
		.idiag_states = MASK(msg->idiag_state),
		.id = msg->id,
	};
	char buf[256];

	if (!diag_ask(diag, diag_question(diag, buf, SOCK_DESTROY, NLM_F_ACK,
					  &req)) || errno == ENOENT)
		return 0;
	return complain("not aborted: %s", strerror(errno));
}

static int look_at(struct diag *diag, struct netlink *nl,
		   const struct inet_diag_msg *msg, int kill)
{
	struct policy match = { 0 };
	const struct value *verdict;
	struct flow flow;
	char text[512];
	int ret = 0;

	flow_of(&flow, &diag->sockets, msg);
	if (rule_for(nl, &flow, &match))
		ret = complain("connections not looked at: %s",
			       netlink_error(nl, text, sizeof(text)));
	verdict = match.n ? &match.rules[0].values[TLS_OFFLOAD_RULE_VERDICT] :
			    NULL;
	if (!ret && verdict && verdict->data &&
	    value_number(verdict) == TLS_OFFLOAD_REQUIRE) {
		if (kill)
			ret = abort_one(diag, msg);
		print_open(&flow, match.rules,
			   kill && !ret ? "aborted" : "open in clear");
	}
	policy_free(&match);
	return ret;
}

int policy_open(struct netlink *nl, int kill)
{
	struct diag diag = { .seq = time(NULL) };
	int ret = 0;
	size_t i;

	diag.socket = mnl_socket_open(NETLINK_SOCK_DIAG);
	if (!diag.socket || mnl_socket_bind(diag.socket, 0, MNL_SOCKET_AUTOPID) ||
	    find_all(&diag))
		ret = complain("what is open in clear is not known: %s",
			       strerror(errno));
	for (i = 0; !ret && i < diag.sockets.n; i++)
		if (diag.sockets.all[i].idiag_state != TCP_LISTEN)
			ret = look_at(&diag, nl, &diag.sockets.all[i], kill);
	if (diag.socket)
		mnl_socket_close(diag.socket);
	free(diag.sockets.all);
	return ret;
}
