// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink to the module.
 *
 * Responsible for: finding the family, asking, and what the kernel says of errors.
 * Leaves to: policy_msg.c what is in messages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>

#include "cmd.h"
#include "netlink.h"
#include "policy.h"

#define ANSWER_MAX (256 << 10) /* bytes of one datagram: 1024 rules missed */
#define QUESTION_MAX (4 << 20)

struct nlmsghdr *netlink_question(struct netlink *nl, void *buf, uint8_t cmd,
				  uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = TLS_OFFLOAD_GENL_VERSION;
	return nlh;
}

/* Room for a policy of many rules; without the right to it, as much as there is. */
static void make_room(struct netlink *nl, const struct nlmsghdr *question)
{
	int fd = mnl_socket_get_fd(nl->socket), size = QUESTION_MAX;

	if (question->nlmsg_len < 65536)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* What comes behind an error's number. The header that it answers to is all of the
 * question that is in it, since NETLINK_CAP_ACK is set; at a dump's end there is none.
 */
static void keep_error(struct netlink *nl, const struct nlmsghdr *nlh,
		       size_t head)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, head) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(nl->text, sizeof(nl->text), "%.*s",
				 (int)mnl_attr_get_payload_len(attr),
				 mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
			 mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			nl->offset = mnl_attr_get_u32(attr);
	}
}

/* The last message: 0, or -1 with errno. */
static int ended(struct netlink *nl, const struct nlmsghdr *nlh)
{
	size_t head = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) :
						       sizeof(int);
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= head) {
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
		keep_error(nl, nlh, head);
	}
	errno = -error;
	return error ? -1 : 0;
}

struct answer {
	uint32_t seq;
	mnl_cb_t cb;
	void *data;
	int over, interrupted;
};

/* One datagram's messages; those that an earlier question left are passed over. */
static int messages(struct netlink *nl, const char *buf, int n,
		    struct answer *answer)
{
	const struct nlmsghdr *nlh = (const void *)buf;

	for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		if (nlh->nlmsg_seq != answer->seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			answer->interrupted = 1;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			answer->over = 1;
			return ended(nl, nlh);
		}
		if (answer->cb && answer->cb(nlh, answer->data) < 0)
			return -1;
	}
	return 0;
}

/* errno is EINTR where what was dumped has changed meanwhile. */
static int receive(struct netlink *nl, char *buf, struct answer *answer)
{
	ssize_t n;

	do {
		n = mnl_socket_recvfrom(nl->socket, buf, ANSWER_MAX);
		if (n < 0 || messages(nl, buf, n, answer))
			return -1;
	} while (!answer->over);
	errno = EINTR;
	return answer->interrupted ? -1 : 0;
}

int netlink_ask(struct netlink *nl, const struct nlmsghdr *question,
		mnl_cb_t cb, void *data)
{
	struct answer answer = { question->nlmsg_seq, cb, data, 0, 0 };
	char *buf = malloc(ANSWER_MAX);
	int ret, err;

	if (!buf)
		return -1;
	nl->offset = 0;
	nl->text[0] = '\0';
	make_room(nl, question);
	ret = mnl_socket_sendto(nl->socket, question, question->nlmsg_len);
	if (ret >= 0)
		ret = receive(nl, buf, &answer);
	err = errno;
	free(buf);
	errno = err;
	return ret < 0 ? -1 : 0;
}

const char *netlink_error(const struct netlink *nl, char *buf, size_t cap)
{
	if (errno == EPERM)
		snprintf(buf, cap,
			 "not permitted: CAP_NET_ADMIN is needed in the user namespace of this network namespace");
	else if (errno == EMSGSIZE)
		snprintf(buf, cap,
			 "the policy is too long for one message of this user's (net.core.wmem_max)");
	else
		snprintf(buf, cap, "%s%s%s", nl->text,
			 nl->text[0] ? ": " : "", strerror(errno));
	return buf;
}

static int family_attr(const struct nlattr *attr, void *data)
{
	struct netlink *nl = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		nl->family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int family_answer(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr,
			      data);
}

static int find_family(struct netlink *nl)
{
	char buf[256];
	struct nlmsghdr *nlh;

	nl->family = GENL_ID_CTRL;
	nlh = netlink_question(nl, buf, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TLS_OFFLOAD_GENL_NAME);
	if (netlink_ask(nl, nlh, family_answer, nl) == 0 &&
	    nl->family != GENL_ID_CTRL)
		return 0;
	if (errno == ENOENT)
		return complain("no netlink family " TLS_OFFLOAD_GENL_NAME
				": is the module tls_offload loaded?");
	return complain("looking for the module: %s", strerror(errno));
}

int netlink_open(struct netlink *nl)
{
	int on = 1;

	memset(nl, 0, sizeof(*nl));
	nl->socket = mnl_socket_open(NETLINK_GENERIC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID)) {
		complain("netlink: %s", strerror(errno));
		netlink_close(nl);
		return 1;
	}
	/* Without them errors have no more than a number. */
	mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	if (find_family(nl)) {
		netlink_close(nl);
		return 1;
	}
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}
