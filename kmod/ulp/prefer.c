// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that prefer TLS: connections whose peer speaks something else.
 *
 * Responsible for: seeing by the peer's first bytes that it is something else, and
 * going on in clear then: a server with these bytes, a client with a connection anew,
 * since the peer took its ClientHello for text.
 * Leaves to: handshake.c when; connect.c how a socket becomes TCP's own.
 *
 * What begins as a TLS record is TLS, whatever becomes of it; and silence, FIN, RST and
 * timeouts are nothing that a peer has said. All of these fail as under "require".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <net/ipv6.h>

#include "hs.h"
#include <tlso_sock.h>

/* RFC 8446 5.1: type, 3, and 1 to 4 of old versions; byte by byte as they come. */
static bool may_be_record(const u8 *p, unsigned int n)
{
	if (n > 0 && (p[0] < TLSO_CT_CCS || p[0] > TLSO_CT_DATA))
		return false;
	if (n > 1 && p[1] != 3)
		return false;
	return n < 3 || p[2] <= 4;
}

/* Whoever wants to know why there is clear text on a port finds it here. */
static void prefer_report(const struct tlso_hs *hs)
{
	const struct in6_addr *v6 = tlso_sk_v6(hs->sk, false);
	struct in6_addr addr;

	atomic64_inc(&hs->rule->clear);
	if (v6)
		addr = *v6;
	else
		ipv6_addr_set_v4mapped(inet_sk(hs->sk)->inet_daddr, &addr);
	net_info_ratelimited("port %u, rule %s: %pI6c speaks no TLS: in clear\n",
			     hs->port, hs->rule->name, &addr);
}

/* The same socket to the same peer. Its connect() waits; it sees TCP at SYN_SENT once
 * it gets the lock. Socket lock held.
 */
static void redial(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	struct sockaddr_in6 addr6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in addr4 = { .sin_family = AF_INET };
	bool v6 = sk->sk_family == AF_INET6;
	int err;

	/* IPv4 over an IPv6 socket has its address mapped there. */
	addr6.sin6_port = inet_sk(sk)->inet_dport;
	addr6.sin6_addr = sk->sk_v6_daddr;
	addr6.sin6_scope_id = sk->sk_bound_dev_if;
	addr4.sin_port = inet_sk(sk)->inet_dport;
	addr4.sin_addr.s_addr = inet_sk(sk)->inet_daddr;
	/* Pairs with tlso_poll(), which keeps TCP's state to itself. */
	WRITE_ONCE(conn->redial, true);
	err = tcp_disconnect(sk, 0);
	WRITE_ONCE(sk->sk_err, 0);
	tlso_connect_off(conn);
	if (!err && v6)
		err = conn->base_prot->connect(sk, (struct sockaddr *)&addr6,
					       sizeof(addr6));
	else if (!err)
		err = conn->base_prot->connect(sk, (struct sockaddr *)&addr4,
					       sizeof(addr4));
	WRITE_ONCE(conn->redial, false);
	if (!err)
		return;
	WRITE_ONCE(sk->sk_err, -err);
	sk_error_report(sk);
	sk->sk_state_change(sk);
}

/* Does connect() wait still? Who was told of the connection cannot get another. */
static bool still_connects(const struct tlso_conn *conn)
{
	const struct socket *sock = conn->sk->sk_socket;

	return tlso_conn_connects(conn) && sock && sock->state == SS_CONNECTING &&
	       !conn->closing;
}

/* Socket lock held. */
static int in_clear(struct tlso_hs *hs)
{
	struct tlso_conn *conn = hs->conn;

	if (hs->dead || conn->state != TLSO_CONN_HANDSHAKE)
		return -ECONNABORTED;
	if (conn->active && !still_connects(conn))
		return tlso_hs_fail(hs, -EPROTO,
				    "the peer speaks no TLS, and connect() has ended");
	prefer_report(hs);
	WRITE_ONCE(conn->plain, true); /* before it is OFF */
	if (conn->active) {
		redial(conn);
		return -ECONNABORTED;
	}
	tlso_connect_off(conn);
	tlso_conn_wake(conn);
	return -ECONNABORTED;
}

int tlso_prefer_look(struct tlso_hs *hs)
{
	struct sock *sk = hs->sk;
	u8 first[3];
	int n, ret;

	if (!hs->prefers)
		return 1;
	lock_sock(sk);
	n = tlso_conn_peek_raw(hs->conn, tcp_sk(sk)->copied_seq, first,
			       sizeof(first));
	if (n < 0)
		ret = n;
	else if (!may_be_record(first, n))
		ret = in_clear(hs);
	else
		ret = n == sizeof(first);
	release_sock(sk);
	if (ret == 1)
		hs->prefers = false;
	return ret;
}
