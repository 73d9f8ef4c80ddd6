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
 *
 * On 6.1 accept(2) gives such a connection TCP's operations after we have seen it; a
 * work puts ours in their place as soon as they are there.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/net.h>
#include <net/inet_connection_sock.h>

#include "ulp.h"

typedef int (*tlso_request_fn)(struct sock *sk, struct sk_buff *skb);

/* TCP's, which are not exported: IPv4, IPv6; NULL without that family. */
static tlso_request_fn tlso_tcp_request[2];

/* Fast Open's could be accepted before it shows that they are TCP's. */
void tlso_mptcp_no_fastopen(struct sock *sk)
{
	WRITE_ONCE(inet_csk(sk)->icsk_accept_queue.fastopenq.max_qlen, 0);
}

/* A SYN, under RCU with BH off. An option may have switched it on since. */
static int request_v4(struct sock *sk, struct sk_buff *skb)
{
	tlso_mptcp_no_fastopen(sk);
	return tlso_tcp_request[0](sk, skb);
}

static int request_v6(struct sock *sk, struct sk_buff *skb)
{
	tlso_mptcp_no_fastopen(sk);
	return tlso_tcp_request[1](sk, skb);
}

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
	const struct inet_connection_sock_af_ops *plain = NULL;
	bool v6 = sk->sk_family == AF_INET6;

	if (tlso_tcp_request[v6])
		plain = tlso_plain_of(icsk->icsk_af_ops,
				      v6 ? request_v6 : request_v4);
	if (!plain || !try_module_get(THIS_MODULE))
		return false;
	WRITE_ONCE(icsk->icsk_af_ops, plain);
	tlso_mptcp_no_fastopen(sk);
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

/* ---- Operations that come late ------------------------------------------------ */

#define LATE_MAX (10 * HZ)
#define LATE_AT_ONCE 100 /* what it waits for is a few instructions away */

struct tlso_late {
	struct delayed_work work; /* holds connection and socket */
	struct tlso_conn *conn;
	unsigned long until; /* jiffies */
	unsigned int tries;
};

static void late_put(struct tlso_conn *conn)
{
	sock_put(conn->sk);
	tlso_conn_put(conn);
}

static void late_work(struct work_struct *work)
{
	struct tlso_late *late = container_of(to_delayed_work(work),
					      struct tlso_late, work);
	struct tlso_conn *conn = late->conn;
	struct sock *sk = conn->sk;
	bool again = false;

	lock_sock(sk);
	if (sk->sk_socket && !tlso_ops_take(sk->sk_socket)) {
		again = time_before(jiffies, late->until);
		if (again) /* before its end, which cancels it */
			queue_delayed_work(tlso_wq, &late->work,
					   late->tries++ < LATE_AT_ONCE ? 0 : 1);
		else
			tlso_conn_abort(conn, -ECONNABORTED);
	}
	release_sock(sk);
	if (!again)
		late_put(conn);
}

bool tlso_mptcp_late(struct tlso_conn *conn)
{
	if (conn->late)
		return true;
	conn->late = kzalloc(sizeof(*conn->late), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!conn->late)
		return false;
	conn->late->conn = conn;
	conn->late->until = jiffies + LATE_MAX;
	INIT_DELAYED_WORK(&conn->late->work, late_work);
	refcount_inc(&conn->ref);
	sock_hold(conn->sk);
	queue_delayed_work(tlso_wq, &conn->late->work, 0);
	return true;
}

void tlso_mptcp_late_off(struct tlso_conn *conn)
{
	if (conn->late && cancel_delayed_work(&conn->late->work)) {
		__sock_put(conn->sk); /* the caller has another one */
		tlso_conn_put(conn);
	}
}

int tlso_mptcp_init(void)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct socket *sock;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		err = sock_create_kern(&init_net, families[i], SOCK_STREAM,
				       IPPROTO_TCP, &sock);
		/* Without the family nobody listens with it either. */
		if (err == -EAFNOSUPPORT)
			continue;
		if (err)
			return err;
		tlso_tcp_request[i] =
			inet_csk(sock->sk)->icsk_af_ops->conn_request;
		sock_release(sock);
	}
	return 0;
}
