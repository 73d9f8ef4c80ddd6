// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inbound records.
 *
 * Responsible for: taking records out of TCP's receive queue, believing the
 * adapter's verdict or asking record.c, content types (RFC 8446 5.1, 6), the
 * text an application reads. No byte of a record reaches it before the
 * record's verdict.
 * Leaves to others: the cipher (record.c), what goes out (tx.c).
 *
 * Bytes leave TCP as soon as the reader or, where the receive window would
 * close over an incomplete record, a worker comes by; one record at a time is
 * put together in rx->buf. MSG_PEEK past a record moves its text to rx->ahead.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "ulp.h"
#include <linux/unaligned.h>
#include <tlso_skb.h>

struct tlso_rx_text {
	struct list_head list;
	u32 off, len; /* what is left: len bytes at off */
	u8 data[];
};

struct tlso_rx {
	struct tlso_conn *conn;
	struct work_struct work; /* takes bytes out of TCP early */
	struct tlso_aead *aead;
	u8 *buf; /* a record, raw or opened */
	u32 have; /* raw bytes in buf */
	u32 need; /* the record's length; 0 until its header is here */
	u32 text_off, text_len; /* unread text of an opened record */
	struct list_head ahead; /* text older than buf's */
	u32 ahead_len;
	bool eof; /* close_notify */
	bool ready; /* read by poll without the lock */
	DECLARE_BITMAP(clear, TLSO_RECORD_MAX);
};

/* The TCP queue ------------------------------------------------------------- */

static u32 tlso_rx_queued(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 n = tp->rcv_nxt - tp->copied_seq;

	/* The FIN has a number and no byte. */
	return n && sock_flag(sk, SOCK_DONE) ? n - 1 : n;
}

size_t tlso_rx_copy(struct sock *sk, u32 seq, u8 *p, size_t n,
		    unsigned long *clear, unsigned int bit)
{
	struct sk_buff *skb;
	size_t got = 0;

	/* Neighbours may overlap, so each is looked at by number. */
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		u32 off = seq - TCP_SKB_CB(skb)->seq;
		size_t k;

		if (got == n || before(seq, TCP_SKB_CB(skb)->seq))
			break;
		if (off >= skb->len)
			continue;
		k = min_t(size_t, n - got, skb->len - off);
		if (skb_copy_bits(skb, off, p + got, k))
			break;
		if (clear && tlso_skb_decrypted(skb))
			bitmap_set(clear, bit + got, k);
		got += k;
		seq += k;
	}
	return got;
}

/* Room for at most one record; 0 a whole one is not there yet. */
static u32 tlso_rx_len_of(const u8 *hdr)
{
	return TLSO_RECORD_HDR + get_unaligned_be16(hdr + 3);
}

/* Is there something for a reader to do? Socket spinlock or lock held. */
static bool tlso_rx_record_here(struct tlso_rx *rx)
{
	struct sock *sk = rx->conn->sk;
	u32 queued = tlso_rx_queued(sk);
	u8 hdr[TLSO_RECORD_HDR];
	u32 need = rx->need;

	if (!need) {
		if (rx->have + queued < TLSO_RECORD_HDR)
			return false;
		memcpy(hdr, rx->buf, rx->have);
		if (tlso_rx_copy(sk, tcp_sk(sk)->copied_seq, hdr + rx->have,
				 sizeof(hdr) - rx->have, NULL, 0) !=
		    sizeof(hdr) - rx->have)
			return false;
		need = tlso_rx_len_of(hdr);
		if (need > TLSO_RECORD_MAX)
			return true; /* the reader finds out and fails */
	}
	return rx->have + queued >= need;
}

static bool tlso_rx_update(struct tlso_rx *rx)
{
	struct sock *sk = rx->conn->sk;
	bool ready;

	ready = rx->text_len || rx->ahead_len || rx->eof ||
		(sk->sk_shutdown & RCV_SHUTDOWN) || sk->sk_err ||
		tlso_rx_record_here(rx);
	WRITE_ONCE(rx->ready, ready);
	return ready;
}

bool tlso_rx_readable(const struct tlso_conn *conn)
{
	return conn->rx && READ_ONCE(conn->rx->ready);
}

u32 tlso_rx_inq(const struct tlso_conn *conn)
{
	return conn->rx ? conn->rx->text_len + conn->rx->ahead_len : 0;
}

/*
 * FIONREAD. Counts the whole records that wait in TCP, too: who reads as much
 * as it was told and then waits for an edge (nginx) would wait for ever. Padding
 * and alerts make it too much, which is harmless.
 */
u32 tlso_rx_unread(const struct tlso_conn *conn)
{
	const struct tlso_rx *rx = conn->rx;
	struct sock *sk = conn->sk;
	u32 n = tlso_rx_inq(conn);
	u32 seq = tcp_sk(sk)->copied_seq - rx->have;
	u32 left = rx->have + tlso_rx_queued(sk);

	while (left >= TLSO_RECORD_HDR) {
		u32 start = tcp_sk(sk)->copied_seq;
		u8 hdr[TLSO_RECORD_HDR];
		u32 k = 0, len;

		if (before(seq, start)) {
			k = min_t(u32, start - seq, sizeof(hdr));
			memcpy(hdr, rx->buf, k);
		}
		if (tlso_rx_copy(sk, seq + k, hdr + k, sizeof(hdr) - k, NULL,
				 0) != sizeof(hdr) - k)
			break;
		len = tlso_rx_len_of(hdr);
		if (len > left)
			break;
		n += len > TLSO_RECORD_HDR + 1 + TLSO_TAG_LEN ?
		     len - TLSO_RECORD_HDR - 1 - TLSO_TAG_LEN : 1;
		seq += len;
		left -= len;
	}
	return n;
}

/* Records ------------------------------------------------------------------- */

static int tlso_rx_fail(struct tlso_rx *rx, u8 alert, int err)
{
	if (alert != TLSO_ALERT_NONE)
		tlso_tx_alert(rx->conn, 2, alert);
	tlso_conn_fail(rx->conn, err);
	return err;
}

static int tlso_rx_header(struct tlso_rx *rx)
{
	u32 len = tlso_rx_len_of(rx->buf);

	if (rx->buf[0] != TLSO_RT_DATA)
		return tlso_rx_fail(rx, TLSO_ALERT_UNEXPECTED_MESSAGE,
				    -EBADMSG);
	if (len > TLSO_RECORD_MAX)
		return tlso_rx_fail(rx, TLSO_ALERT_RECORD_OVERFLOW, -EBADMSG);
	if (len < TLSO_RECORD_HDR + 1 + TLSO_TAG_LEN)
		return tlso_rx_fail(rx, TLSO_ALERT_BAD_RECORD_MAC, -EBADMSG);
	rx->need = len;
	return 0;
}

/* Takes raw bytes out of TCP. 1: buf holds a whole record; 0: not yet. */
static int tlso_rx_fill(struct tlso_rx *rx)
{
	struct sock *sk = rx->conn->sk;
	int err;

	for (;;) {
		u32 want = (rx->need ?: TLSO_RECORD_HDR) - rx->have;
		size_t n;

		n = tlso_rx_copy(sk, tcp_sk(sk)->copied_seq,
				 rx->buf + rx->have, want, rx->clear, rx->have);
		rx->have += n;
		if (n)
			tcp_read_done(sk, n);
		if (n < want)
			return 0;
		if (rx->need)
			return 1;
		err = tlso_rx_header(rx);
		if (err)
			return err;
	}
}

/* Did the adapter make every byte clear and verify the tag (block 1385)? */
static bool tlso_rx_verified(const struct tlso_rx *rx, u32 n_clear)
{
	return n_clear == rx->need && rx->conn->session &&
	       tlso_record_verdict(rx->buf, rx->need, rx->clear);
}

static void tlso_rx_next_record(struct tlso_rx *rx)
{
	bitmap_zero(rx->clear, TLSO_RECORD_MAX);
	rx->have = 0;
	rx->need = 0;
}

static int tlso_rx_open_record(struct tlso_rx *rx)
{
	u32 n_clear = bitmap_weight(rx->clear, rx->need);
	struct tlso_conn *conn = rx->conn;
	int err;

	if (!tlso_rx_verified(rx, n_clear)) {
		conn->rx_soft_records++;
		err = tlso_aead_open(rx->aead, conn->keys.rx.seq, rx->buf,
				     rx->need, rx->clear, n_clear);
		if (err == -EBADMSG)
			return tlso_rx_fail(rx, TLSO_ALERT_BAD_RECORD_MAC, err);
		if (err)
			return tlso_rx_fail(rx, TLSO_ALERT_INTERNAL_ERROR, err);
	}
	conn->keys.rx.seq++;
	return 0;
}

static int tlso_rx_alert(struct tlso_rx *rx, const u8 *p, u32 n)
{
	if (n != 2)
		return tlso_rx_fail(rx, TLSO_ALERT_DECODE_ERROR, -EBADMSG);
	if (p[1] == TLSO_ALERT_CLOSE_NOTIFY)
		rx->eof = true;
	else if (p[1] != TLSO_ALERT_USER_CANCELED)
		return tlso_rx_fail(rx, TLSO_ALERT_NONE, -ECONNRESET);
	return 0;
}

/* What the opened record holds: text_off and text_len, or it is dealt with. */
static int tlso_rx_content(struct tlso_rx *rx)
{
	u32 end = rx->need - TLSO_TAG_LEN;
	u32 n;

	/* RFC 8446 5.4: zeros are padding, then comes the type. */
	while (end > TLSO_RECORD_HDR && !rx->buf[end - 1])
		end--;
	if (end == TLSO_RECORD_HDR)
		return tlso_rx_fail(rx, TLSO_ALERT_UNEXPECTED_MESSAGE,
				    -EBADMSG);
	n = --end - TLSO_RECORD_HDR;
	if (rx->need - TLSO_RECORD_HDR - TLSO_TAG_LEN >
	    TLSO_RECORD_TEXT_MAX + 1)
		return tlso_rx_fail(rx, TLSO_ALERT_RECORD_OVERFLOW, -EBADMSG);
	switch (rx->buf[end]) {
	case TLSO_RT_DATA:
		rx->text_off = TLSO_RECORD_HDR;
		rx->text_len = n;
		rx->conn->rx_bytes += n;
		return 0;
	case TLSO_RT_ALERT:
		return tlso_rx_alert(rx, rx->buf + TLSO_RECORD_HDR, n);
	default:
		/* Handshake included: there is no KeyUpdate yet, and a client
		 * has nothing else to say after its Finished.
		 */
		return tlso_rx_fail(rx, TLSO_ALERT_UNEXPECTED_MESSAGE,
				    -EBADMSG);
	}
}

/*
 * Opens the next record with text. buf must hold none. 1: text is there or the
 * stream has ended; 0: nothing yet.
 */
static int tlso_rx_advance(struct tlso_rx *rx)
{
	int r;

	while (!rx->text_len) {
		if (rx->eof)
			return 1;
		r = tlso_rx_fill(rx);
		if (r <= 0)
			return r;
		r = tlso_rx_open_record(rx);
		if (!r)
			r = tlso_rx_content(rx);
		if (r)
			return r;
		tlso_rx_next_record(rx);
	}
	return 1;
}

/* Text ------------------------------------------------------------------------ */

/* MSG_PEEK wants to see past buf: its text makes room for the next record. */
static int tlso_rx_set_aside(struct tlso_rx *rx)
{
	struct tlso_rx_text *t;

	if (!rx->text_len)
		return 0;
	if (rx->ahead_len > READ_ONCE(rx->conn->sk->sk_rcvbuf))
		return -ENOBUFS;
	t = kvmalloc(struct_size(t, data, rx->text_len), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->off = 0;
	t->len = rx->text_len;
	memcpy(t->data, rx->buf + rx->text_off, t->len);
	list_add_tail(&t->list, &rx->ahead);
	rx->ahead_len += t->len;
	rx->text_len = 0;
	return 0;
}

static void tlso_rx_text_free(struct tlso_rx_text *t)
{
	list_del(&t->list);
	kvfree(t);
}

/* Copies at most @n bytes at @p out; how many, or -EFAULT for none. */
static ssize_t tlso_rx_deliver(const u8 *p, size_t n, struct msghdr *msg,
			       int flags)
{
	size_t k;

	if (flags & MSG_TRUNC)
		return n; /* as TCP: thrown away */
	k = copy_to_iter(p, n, &msg->msg_iter);
	return k ?: -EFAULT;
}

/* Text from @skip on (0 unless peeking). How many bytes, 0, or an error. */
static ssize_t tlso_rx_take(struct tlso_rx *rx, struct msghdr *msg, size_t n,
			    size_t skip, int flags)
{
	struct tlso_rx_text *t;
	ssize_t r;

	list_for_each_entry(t, &rx->ahead, list) {
		if (skip >= t->len) {
			skip -= t->len;
			continue;
		}
		r = tlso_rx_deliver(t->data + t->off + skip,
				    min_t(size_t, n, t->len - skip), msg,
				    flags);
		if (r <= 0 || (flags & MSG_PEEK))
			return r;
		t->off += r;
		t->len -= r;
		rx->ahead_len -= r;
		if (!t->len)
			tlso_rx_text_free(t);
		return r;
	}
	if (skip >= rx->text_len)
		return 0;
	r = tlso_rx_deliver(rx->buf + rx->text_off + skip,
			    min_t(size_t, n, rx->text_len - skip), msg, flags);
	if (r > 0 && !(flags & MSG_PEEK)) {
		rx->text_off += r;
		rx->text_len -= r;
	}
	return r;
}

/* Nothing to take. 0: sleep and look again; 1: the stream has ended; < 0. */
static int tlso_rx_idle(struct tlso_rx *rx, long timeo)
{
	struct sock *sk = rx->conn->sk;

	if (sk->sk_err)
		return sock_error(sk);
	/* FIN with no close_notify reads as the end, as with kTLS. */
	if (rx->eof || (sk->sk_shutdown & RCV_SHUTDOWN) ||
	    sock_flag(sk, SOCK_DONE))
		return 1;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 0;
}

static bool tlso_rx_wake_reason(const struct tlso_rx *rx)
{
	const struct sock *sk = rx->conn->sk;

	return READ_ONCE(rx->ready) || READ_ONCE(sk->sk_err) ||
	       (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) ||
	       READ_ONCE(rx->conn->state) != TLSO_CONN_SECURE;
}

static int tlso_rx_wait(struct tlso_rx *rx, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = rx->conn->sk;
	int err = 0;

	/* What set it has been read, but for what peeking leaves in place. */
	WRITE_ONCE(rx->ready, tlso_rx_record_here(rx));
	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	if (sk_wait_event(sk, timeo, tlso_rx_wake_reason(rx), &wait) < 0)
		err = -EPIPE;
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
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

int tlso_rx_recvmsg(struct tlso_conn *conn, struct msghdr *msg, size_t len,
		    int flags)
{
	struct tlso_rx *rx = conn->rx;
	struct sock *sk = conn->sk;
	size_t target, copied = 0;
	ssize_t r = 0;
	long timeo;

	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	target = flags & MSG_WAITALL ? len :
		 min_t(size_t, max(READ_ONCE(conn->rcvlowat), 1), len);
	while (copied < len) {
		r = tlso_rx_take(rx, msg, len - copied,
				 flags & MSG_PEEK ? copied : 0, flags);
		if (r > 0) {
			copied += r;
			continue;
		}
		if (!r)
			r = tlso_rx_more(rx, flags);
		if (r > 0)
			continue;
		if (r < 0 || copied >= target)
			break;
		r = tlso_rx_idle(rx, timeo);
		if (r)
			break;
		r = tlso_rx_wait(rx, &timeo);
		if (r)
			break;
	}
	if (conn->state == TLSO_CONN_SECURE)
		tlso_rx_update(rx);
	if (copied)
		return copied;
	return r < 0 ? r : 0;
}

/* Early taking ---------------------------------------------------------------- */

static void tlso_rx_work(struct work_struct *work)
{
	struct tlso_rx *rx = container_of(work, struct tlso_rx, work);
	struct tlso_conn *conn = rx->conn;
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->state == TLSO_CONN_SECURE && !sock_flag(sk, SOCK_DEAD) &&
	    !rx->text_len && !rx->eof) {
		tlso_rx_fill(rx);
		if (conn->state == TLSO_CONN_SECURE && tlso_rx_update(rx))
			conn->saved_data_ready(sk);
	}
	release_sock(sk);
	sock_put(sk);
	tlso_conn_put(conn);
}

static void tlso_rx_take_early(struct tlso_rx *rx)
{
	struct tlso_conn *conn = rx->conn;

	if (!refcount_inc_not_zero(&conn->ref))
		return;
	sock_hold(conn->sk);
	if (queue_work(tlso_wq, &rx->work))
		return;
	__sock_put(conn->sk);
	tlso_conn_put(conn);
}

void tlso_rx_data_ready(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;
	struct sock *sk = conn->sk;

	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (tlso_rx_update(rx))
		conn->saved_data_ready(sk);
	else if (tcp_epollin_ready(sk, INT_MAX))
		tlso_rx_take_early(rx);
}

/* Life ------------------------------------------------------------------------ */

int tlso_rx_open(struct tlso_conn *conn)
{
	struct tlso_rx *rx;
	int err;

	rx = kzalloc(sizeof(*rx), GFP_KERNEL);
	if (!rx)
		return -ENOMEM;
	rx->conn = conn;
	INIT_WORK(&rx->work, tlso_rx_work);
	INIT_LIST_HEAD(&rx->ahead);
	rx->buf = alloc_pages_exact(TLSO_RECORD_MAX, GFP_KERNEL);
	if (!rx->buf) {
		err = -ENOMEM;
		goto free_rx;
	}
	rx->aead = tlso_aead_new(conn->keys.suite, &conn->keys.rx,
				 conn->keys.key_len);
	if (IS_ERR(rx->aead)) {
		err = PTR_ERR(rx->aead);
		goto free_buf;
	}
	conn->rx = rx;
	return 0;

free_buf:
	free_pages_exact(rx->buf, TLSO_RECORD_MAX);
free_rx:
	kfree(rx);
	return err;
}

void tlso_rx_finish(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;

	if (!rx || conn->state != TLSO_CONN_SECURE || tlso_rx_inq(conn))
		return;
	if (tlso_rx_advance(rx) == 1 && rx->eof)
		/* Whatever follows close_notify is ignored (RFC 8446 6.1). */
		tcp_read_done(conn->sk, tlso_rx_queued(conn->sk));
}

void tlso_rx_free(struct tlso_conn *conn)
{
	struct tlso_rx_text *t, *tmp;
	struct tlso_rx *rx = conn->rx;

	if (!rx)
		return;
	list_for_each_entry_safe(t, tmp, &rx->ahead, list)
		tlso_rx_text_free(t);
	tlso_aead_free(rx->aead);
	free_pages_exact(rx->buf, TLSO_RECORD_MAX);
	kfree(rx);
}
