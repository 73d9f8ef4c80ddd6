// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text to whoever reads.
 *
 * Responsible for: recvmsg and what it promises: peeking, waiting, truncation, the
 * end of the stream; read_sock, its counterpart for readers in the kernel.
 * Leaves to rx.c: where text comes from.
 */
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "rx.h"

/* Of records, however small: each look from the start walks over all of them. */
#define TLSO_RX_AHEAD_MAX 1024
/* What read_sock hands over in one piece; more comes in pages. */
#define TLSO_RX_LINEAR 1024

/* MSG_PEEK wants to see past buf: its text makes room for the next record. */
static int tlso_rx_set_aside(struct tlso_rx *rx)
{
	struct tlso_rx_text *t;

	if (!rx->text_len)
		return 0;
	if (rx->ahead_n == TLSO_RX_AHEAD_MAX ||
	    rx->ahead_len > READ_ONCE(rx->conn->sk->sk_rcvbuf))
		return -ENOBUFS;
	t = kvmalloc(struct_size(t, data, rx->text_len), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->off = 0;
	t->len = rx->text_len;
	memcpy(t->data, rx->buf + rx->text_off, t->len);
	list_add_tail(&t->list, &rx->ahead);
	rx->ahead_len += t->len;
	rx->ahead_n++;
	rx->text_len = 0;
	return 0;
}

void tlso_rx_text_free(struct tlso_rx_text *t)
{
	list_del(&t->list);
	kvfree(t);
}

/* The oldest text, at @p; 0 where there is none. */
static u32 tlso_rx_front(struct tlso_rx *rx, const u8 **p)
{
	struct tlso_rx_text *t;

	t = list_first_entry_or_null(&rx->ahead, struct tlso_rx_text, list);
	*p = t ? t->data + t->off : rx->buf + rx->text_off;
	return t ? t->len : rx->text_len;
}

/* @n bytes of tlso_rx_front()'s have been read. */
static void tlso_rx_eat(struct tlso_rx *rx, u32 n)
{
	struct tlso_rx_text *t;

	t = list_first_entry_or_null(&rx->ahead, struct tlso_rx_text, list);
	if (!t) {
		rx->text_off += n;
		rx->text_len -= n;
		return;
	}
	t->off += n;
	t->len -= n;
	rx->ahead_len -= n;
	if (!t->len) {
		rx->ahead_n--;
		tlso_rx_text_free(t);
	}
}

/* Copies @n bytes at @p out: @n, or -EFAULT for none. */
static ssize_t tlso_rx_deliver(const u8 *p, size_t n, struct msghdr *msg,
			       int flags)
{
	size_t k;

	if (flags & MSG_TRUNC)
		return n; /* as TCP: thrown away */
	k = copy_to_iter(p, n, &msg->msg_iter);
	if (k == n)
		return n;
	iov_iter_revert(&msg->msg_iter, k);
	return -EFAULT;
}

/* Text from @skip on (0 unless peeking), of which there is some. How many bytes, or
 * an error.
 */
static ssize_t tlso_rx_take(struct tlso_rx *rx, struct msghdr *msg, size_t n,
			    size_t skip, int flags)
{
	const u8 *p = rx->buf + rx->text_off;
	u32 len = rx->text_len;
	struct tlso_rx_text *t;
	ssize_t r;

	list_for_each_entry(t, &rx->ahead, list) {
		if (skip < t->len) {
			p = t->data + t->off;
			len = t->len;
			break;
		}
		skip -= t->len;
	}
	r = tlso_rx_deliver(p + skip, min_t(size_t, n, len - skip), msg, flags);
	if (r > 0 && !(flags & MSG_PEEK))
		tlso_rx_eat(rx, r);
	return r;
}

/*
 * Nothing to take. 0: sleep and look again; 1: nothing more for now; < 0. An error is
 * told of once, by a call that has nothing else to say.
 */
static int tlso_rx_idle(struct tlso_rx *rx, size_t copied, long timeo)
{
	struct sock *sk = rx->conn->sk;

	if (sk->sk_err)
		return copied ? 1 : sock_error(sk);
	/* FIN with no close_notify reads as the end, as with kTLS. */
	if (rx->eof || tlso_rx_shut(rx->conn) || sock_flag(sk, SOCK_DONE))
		return 1;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 0;
}

/* @seen: of TCP, rcv_nxt. Who is above us may wake in our place, unasked for why. */
static bool tlso_rx_wake_reason(const struct tlso_rx *rx, u32 seen)
{
	const struct sock *sk = rx->conn->sk;

	return READ_ONCE(rx->ready) || READ_ONCE(sk->sk_err) ||
	       (READ_ONCE(tcp_sk(sk)->rcv_nxt) != seen &&
		tlso_conn_stacked(sk)) ||
	       tlso_rx_shut(rx->conn) ||
	       READ_ONCE(rx->conn->state) != TLSO_CONN_SECURE;
}

static int tlso_rx_wait(struct tlso_rx *rx, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = rx->conn->sk;
	u32 seen = tcp_sk(sk)->rcv_nxt;
	int err = 0;

	/* What set it has been read, but for what peeking leaves in place. */
	WRITE_ONCE(rx->ready, tlso_rx_record_here(rx));
	rx->sleepers++;
	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	/* Nobody but us disconnects: the connection was aborted. */
	if (sk_wait_event(sk, timeo, tlso_rx_wake_reason(rx, seen), &wait) < 0)
		err = rx->conn->err ?: -ECONNRESET;
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	rx->sleepers--;
	return err;
}

/* One more record; peeking keeps what is here already. */
static int tlso_rx_more(struct tlso_rx *rx, int flags)
{
	int err;

	if (rx->conn->state != TLSO_CONN_SECURE)
		return rx->conn->err;
	if (rx->eof)
		return 0;
	if (flags & MSG_PEEK) {
		err = tlso_rx_set_aside(rx); /* -ENOBUFS: enough was seen */
		if (err)
			return err;
	}
	err = tlso_rx_advance(rx);
	return err == 1 && !rx->text_len ? 0 : err;
}

bool tlso_rx_look_ahead(struct tlso_rx *rx)
{
	return tlso_rx_more(rx, MSG_PEEK) > 0 && rx->text_len;
}

/* As sock_rcvlowat(): a read of no bytes waits for one, too. */
static size_t tlso_rx_target(const struct tlso_conn *conn, size_t len, int flags)
{
	size_t n = len;

	if (!(flags & MSG_WAITALL))
		n = min_t(size_t, READ_ONCE(conn->rcvlowat), len);
	return n ?: 1;
}

/* SO_PEEK_OFF, where the kernel has it for TCP. */
static void tlso_rx_peeked(struct sock *sk, size_t n, int flags)
{
	if (flags & MSG_PEEK)
		sk_peek_offset_fwd(sk, n);
	else
		sk_peek_offset_bwd(sk, n);
}

/*
 * After a reader. What is here of the next record would hold the receive window shut
 * for all of the skb that it lies in, and no event tells when it no longer may: a
 * reader that has seen all text waits for more.
 */
static void tlso_rx_settle(struct tlso_rx *rx)
{
	struct tlso_conn *conn = rx->conn;

	if (conn->state == TLSO_CONN_SECURE && !rx->text_len && !rx->eof)
		tlso_rx_fill(rx);
	if (conn->state == TLSO_CONN_SECURE)
		tlso_rx_update(rx);
}

int tlso_rx_recvmsg(struct tlso_conn *conn, struct msghdr *msg, size_t len,
		    int flags)
{
	size_t target = tlso_rx_target(conn, len, flags);
	struct tlso_rx *rx = conn->rx;
	struct sock *sk = conn->sk;
	size_t skip, copied = 0;
	ssize_t r = 0;
	long timeo;

	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	skip = max(sk_peek_offset(sk, flags), 0);
	do {
		if (skip < tlso_rx_inq(conn)) {
			r = tlso_rx_take(rx, msg, len - copied, skip, flags);
			if (r < 0)
				break;
			copied += r;
			skip += flags & MSG_PEEK ? r : 0;
			tlso_rx_peeked(sk, r, flags);
			continue;
		}
		r = tlso_rx_more(rx, flags);
		if (r > 0)
			continue;
		if (r < 0 || copied >= target)
			break;
		r = tlso_rx_idle(rx, copied, timeo);
		if (r)
			break;
		r = tlso_rx_wait(rx, &timeo);
		if (r)
			break;
	} while (copied < len);
	tlso_rx_settle(rx);
	if (copied)
		return copied;
	return min_t(ssize_t, r, 0);
}

/* Readers in the kernel -------------------------------------------------------- */

/* A copy: the actor may keep it, and buf is the next record's. */
static struct sk_buff *tlso_rx_skb(const u8 *p, u32 n)
{
	u32 head = n <= TLSO_RX_LINEAR ? n : 0;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(head, n - head, PAGE_ALLOC_COSTLY_ORDER, &err,
				   GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_put(skb, head);
	skb->len = n;
	skb->data_len = n - head;
	if (skb_store_bits(skb, 0, p, n)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/*
 * The oldest text to @actor, which takes what it likes: how many bytes. @stop: it will
 * have no more now, as tcp_read_sock() understands it.
 */
static int tlso_rx_act(struct tlso_rx *rx, read_descriptor_t *desc,
		       sk_read_actor_t actor, bool *stop)
{
	struct sk_buff *skb;
	int used = 0;
	u32 n, k = 0;
	const u8 *p;

	n = tlso_rx_front(rx, &p);
	skb = tlso_rx_skb(p, n);
	if (!skb) {
		desc->error = -ENOMEM; /* strparser tries again */
		return -ENOMEM;
	}
	while (k < n && !*stop) {
		used = actor(desc, skb, k, n - k);
		if (used > 0)
			k += min_t(u32, used, n - k);
		*stop = used <= 0 || !desc->count;
	}
	tlso_rx_eat(rx, k);
	consume_skb(skb);
	return k ?: used;
}

int tlso_rx_read_sock(struct tlso_conn *conn, read_descriptor_t *desc,
		      sk_read_actor_t actor)
{
	struct tlso_rx *rx = conn->rx;
	bool stop = false;
	int copied = 0, r;

	do {
		r = tlso_rx_inq(conn) ? 1 : tlso_rx_more(rx, 0);
		if (r > 0)
			r = tlso_rx_act(rx, desc, actor, &stop);
		if (r > 0)
			copied += r;
	} while (r > 0 && !stop);
	tlso_rx_settle(rx);
	return copied ?: r;
}
