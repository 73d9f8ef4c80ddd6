/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink to the module, as far as policies need it: one socket, one
 * question at a time.
 */
#ifndef TLSOFFLOAD_NETLINK_H
#define TLSOFFLOAD_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

struct netlink {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t seq;

	/* Of the kernel's last error. */
	uint32_t offset; /* of the attribute to blame in the question, or 0 */
	char text[256]; /* its own words, or "" */
};

/* Complains by itself: not loaded, no rights. */
int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);

/* A question with nothing in it yet; @buf has room for it. */
struct nlmsghdr *netlink_question(struct netlink *nl, void *buf, uint8_t cmd,
				  uint16_t flags);
/* Asks, and has @cb see each message of the answer. 0, or -1 with errno. */
int netlink_ask(struct netlink *nl, const struct nlmsghdr *question,
		mnl_cb_t cb, void *data);
/* Tells the error that errno is, in the kernel's words and in ours. */
const char *netlink_error(const struct netlink *nl, char *buf, size_t cap);

#endif
