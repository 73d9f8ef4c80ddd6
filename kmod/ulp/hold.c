// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is sent before the handshake is over, where connect() has returned already.
 *
 * Responsible for: keeping it within SO_SNDBUF, sending it as the first text of the
 * session, and letting who closes wait for that.
 * Leaves to: connect.c which connections; tx.c records; conn.c the end of those that
 * do not become secure, with which it is dropped.
 *
 * FTP clients need it: their server accepts a data connection once it was told of a
 * file, of which they tell it after connect() (figs. 8A and 9: outbound data is held).
 * A socket that was accepted has nobody who waits like that, and its send() waits.
 */
#include <linux/slab.h>

#include "records.h"

#define HOLD_MAX SZ_32K /* of one piece */

struct hold {
	struct list_head list;
	size_t len;
	u8 data[];
};

static size_t hold_left(const struct tlso_conn *conn)
{
	size_t room = READ_ONCE(conn->sk->sk_sndbuf);
	size_t used = READ_ONCE(conn->held_size) + sizeof(struct hold);

	return used < room ? room - used : 0;
}

bool tlso_hold_room(const struct tlso_conn *conn)
{
	return READ_ONCE(conn->state) == TLSO_CONN_HANDSHAKE &&
	       hold_left(conn);
}

static ssize_t hold_some(struct tlso_conn *conn, struct msghdr *msg)
{
	size_t n = min3(msg_data_left(msg), hold_left(conn), (size_t)HOLD_MAX);
	struct hold *hold;

	if (!n)
		return -EAGAIN;
	hold = kvmalloc(struct_size(hold, data, n), GFP_KERNEL_ACCOUNT);
	if (!hold)
		return -ENOMEM;
	hold->len = n;
	if (!copy_from_iter_full(hold->data, n, &msg->msg_iter)) {
		kvfree(hold);
		return -EFAULT;
	}
	list_add_tail(&hold->list, &conn->held);
	WRITE_ONCE(conn->held_size, conn->held_size + sizeof(*hold) + n);
	return n;
}

ssize_t tlso_hold(struct tlso_conn *conn, struct msghdr *msg, long *timeo)
{
	struct sock *sk = conn->sk;
	ssize_t held = 0, r;

	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN))
		return 0; /* others say so */
	while (conn->state == TLSO_CONN_HANDSHAKE && msg_data_left(msg)) {
		r = hold_some(conn, msg);
		if (r < 0)
			return held ?: r == -EAGAIN && *timeo ? 0 : r;
		held += r;
	}
	return held;
}

static int hold_send(struct tlso_conn *conn, struct hold *hold)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec iov = { .iov_base = hold->data, .iov_len = hold->len };
	ssize_t r;

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &iov, 1, hold->len);
	r = tlso_tx_sendmsg(conn, &msg, hold->len);
	if (r < 0)
		return r;
	return r == hold->len ? 0 : -ENOBUFS;
}

int tlso_hold_flush(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	int sndbuf = sk->sk_sndbuf;
	struct hold *hold;
	int err = 0;

	/* It was within SO_SNDBUF, which counts more than text once it is in TCP. */
	WRITE_ONCE(sk->sk_sndbuf, INT_MAX);
	list_for_each_entry(hold, &conn->held, list) {
		err = sk->sk_socket ? hold_send(conn, hold) : -EPIPE;
		if (err)
			break;
	}
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	tlso_hold_free(conn);
	return err;
}

/*
 * Until the handshake is over, or a signal comes; it has a timeout of its own. Where
 * nothing was sent nobody waits, but for the end of an empty file.
 */
void tlso_hold_finish(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	int shutdown = sk->sk_shutdown;
	long timeo = MAX_SCHEDULE_TIMEOUT;

	if (conn->state != TLSO_CONN_HANDSHAKE ||
	    (list_empty(&conn->held) && !conn->heir))
		return;
	if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		return;
	/* inet_shutdown() has set it, under this same lock; with it TCP would take
	 * nothing of the handshake any more.
	 */
	WRITE_ONCE(sk->sk_shutdown, shutdown & ~SEND_SHUTDOWN);
	tlso_conn_wait(conn, &timeo);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | shutdown);
}

void tlso_hold_free(struct tlso_conn *conn)
{
	struct hold *hold, *tmp;

	list_for_each_entry_safe(hold, tmp, &conn->held, list) {
		list_del(&hold->list);
		memzero_explicit(hold->data, hold->len);
		kvfree(hold);
	}
	WRITE_ONCE(conn->held_size, 0);
}
