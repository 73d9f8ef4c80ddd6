// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners of MPTCP that rules are for.
 *
 * Responsible for: that they do not negotiate MPTCP, which cannot be secured, so that
 * what they accept are plain connections of TCP.
 * Leaves to others: which listeners, and their children (intercept.c).
 *
 * An MPTCP socket listens through a TCP socket inside the kernel, which has operations
 * of MPTCP's own; conn_request() is the one that answers MP_CAPABLE in a SYN. With
 * TCP's in its place no answer has the option, and the peer goes on without it (RFC
 * 8684 section 3.7). The other operations see requests that are not MPTCP's anyway:
 * those of peers that do not speak it.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <net/inet_connection_sock.h>

#include "ulp.h"

typedef int (*tlso_request_fn)(struct sock *sk, struct sk_buff *skb);

/* TCP's, which are not exported: IPv4, IPv6; NULL without that family. */
static tlso_request_fn tlso_tcp_request[2];

/* Copies of MPTCP's. Each listener holds a reference on the module. */
static struct {
	const struct inet_connection_sock_af_ops *base;
	struct inet_connection_sock_af_ops ops;
} tlso_plain[4];
static DEFINE_SPINLOCK(tlso_plain_lock); /* filling in; softirq-safe */

static const struct inet_connection_sock_af_ops *
tlso_plain_of(const struct inet_connection_sock_af_ops *base,
	      tlso_request_fn request)
{
	const struct inet_connection_sock_af_ops *found = NULL;
	int i;

	spin_lock_bh(&tlso_plain_lock);
	for (i = 0; i < ARRAY_SIZE(tlso_plain) && !found; i++) {
		if (!tlso_plain[i].base) {
			tlso_plain[i].ops = *base;
			tlso_plain[i].ops.conn_request = request;
			tlso_plain[i].base = base;
		}
		if (tlso_plain[i].base == base &&
		    tlso_plain[i].ops.conn_request == request)
			found = &tlso_plain[i].ops;
	}
	spin_unlock_bh(&tlso_plain_lock);
	return found;
}

bool tlso_mptcp_off(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct inet_connection_sock_af_ops *plain;
	tlso_request_fn request;

	request = tlso_tcp_request[sk->sk_family == AF_INET6];
	plain = request ? tlso_plain_of(icsk->icsk_af_ops, request) : NULL;
	if (!plain || !try_module_get(THIS_MODULE))
		return false;
	WRITE_ONCE(icsk->icsk_af_ops, plain);
	/* Fast Open's could be accepted before it shows that they are TCP's. */
	icsk->icsk_accept_queue.fastopenq.max_qlen = 0;
	return true;
}

bool tlso_mptcp_back(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	int i;

	for (i = 0; i < ARRAY_SIZE(tlso_plain); i++) {
		if (icsk->icsk_af_ops != &tlso_plain[i].ops)
			continue;
		WRITE_ONCE(icsk->icsk_af_ops, tlso_plain[i].base);
		return true;
	}
	return false;
}

void tlso_mptcp_init(void)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct socket *sock;
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		/* Without the family nobody listens with it either. */
		if (sock_create_kern(&init_net, families[i], SOCK_STREAM,
				     IPPROTO_TCP, &sock))
			continue;
		tlso_tcp_request[i] =
			inet_csk(sock->sk)->icsk_af_ops->conn_request;
		sock_release(sock);
	}
}
