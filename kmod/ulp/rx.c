// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inbound records.
 *
 * Responsible for: taking records out of TCP's receive queue, believing the
 * adapter's verdict or asking record.c. Nothing of a record is used before its
 * verdict.
 * Leaves to others: the cipher (record.c), what a record holds (content.c), who
 * reads (text.c), what goes out (tx.c).
 *
 * Bytes leave TCP as soon as the reader or, where the receive window would
 * close over an incomplete record, a worker comes by; one record at a time is
 * put together in rx->buf. MSG_PEEK past a record moves its text to rx->ahead.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "rx.h"
#include <linux/unaligned.h>
#include <tlso_skb.h>

/* Records that FIONREAD looks at: each look walks the queue anew. */
#define TLSO_RX_LOOKS 256

#define TLSO_ALERT_LEN 2 /* RFC 8446 6 */
#define TLSO_KEY_UPDATE_LEN 5 /* 4.6.3 */

/* The TCP queue ------------------------------------------------------------- */

u32 tlso_rx_queued(const struct sock *sk)
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
bool tlso_rx_record_here(struct tlso_rx *rx)
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

bool tlso_rx_update(struct tlso_rx *rx)
{
	struct sock *sk = rx->conn->sk;
	bool ready;

	ready = rx->text_len || rx->ahead_len || rx->eof ||
		tlso_rx_shut(rx->conn) || sk->sk_err ||
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

bool tlso_rx_ended(const struct tlso_conn *conn)
{
	return READ_ONCE(conn->rx->eof) || sock_flag(conn->sk, SOCK_DONE);
}

bool tlso_rx_shut(const struct tlso_conn *conn)
{
	return (READ_ONCE(conn->sk->sk_shutdown) & RCV_SHUTDOWN) ||
	       READ_ONCE(conn->rx->shut);
}

/* What a record is at least that long for. */
static u32 tlso_rx_overhead(const struct tlso_rx *rx)
{
	return TLSO_RECORD_HDR + tlso_aead_before(rx->aead) +
	       tlso_aead_after(rx->aead);
}

/* May be no text, by its length? That shows once it is opened. */
static bool tlso_rx_doubtful(const struct tlso_rx *rx, const u8 *hdr, u32 text)
{
	if (rx->conn->ses->version != TLSO_VERSION_13)
		return hdr[0] != TLSO_CT_DATA;
	return text == TLSO_ALERT_LEN || text == TLSO_KEY_UPDATE_LEN;
}

/*
 * The text of the whole records that wait in TCP, too. What is padding counts, which
 * is harmless; so does all that lies behind more records than a look is worth. Socket
 * spinlock or lock held. *@doubt: there may be an alert or a KeyUpdate.
 */
static u32 tlso_rx_walk(const struct tlso_rx *rx, bool *doubt)
{
	struct sock *sk = rx->conn->sk;
	u32 n = tlso_rx_inq(rx->conn);
	u32 start = tcp_sk(sk)->copied_seq;
	u32 left = rx->have + tlso_rx_queued(sk);
	unsigned int looks = 0;
	u32 seq = start - rx->have;

	*doubt = false;
	while (!rx->eof && left >= TLSO_RECORD_HDR) {
		u8 hdr[TLSO_RECORD_HDR];
		u32 k = 0, len, text;

		if (looks++ == TLSO_RX_LOOKS)
			return n + left;
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
		text = len - min(len, tlso_rx_overhead(rx));
		*doubt |= tlso_rx_doubtful(rx, hdr, text);
		n += text;
		seq += len;
		left -= len;
	}
	return n;
}

u32 tlso_rx_waiting(struct tlso_conn *conn)
{
	bool doubt;

	/* Who is told of too little waits for more, which does not come while TCP's
	 * window is shut over a part of a record.
	 */
	if (tcp_epollin_ready(conn->sk, INT_MAX))
		tlso_rx_take_early(conn);
	return tlso_rx_walk(conn->rx, &doubt);
}

/*
 * FIONREAD. Who reads as much as it was told and then waits for an edge (nginx) would
 * wait for ever if waiting records did not count; and who is told of a byte where only
 * the end is to be read takes the end for one.
 */
u32 tlso_rx_unread(const struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;
	bool doubt;
	u32 n;

	if (conn->state == TLSO_CONN_SECURE && !tlso_rx_inq(conn))
		tlso_rx_advance(rx);
	if (conn->state != TLSO_CONN_SECURE)
		return 0;
	n = tlso_rx_walk(rx, &doubt);
	if (!doubt)
		return n;
	while (tlso_rx_look_ahead(rx))
		;
	return conn->state == TLSO_CONN_SECURE ? tlso_rx_walk(rx, &doubt) : 0;
}

/* SO_RCVLOWAT, or no more than this can come. Socket spinlock or lock held. */
static bool tlso_rx_enough(const struct tlso_rx *rx)
{
	int lowat = READ_ONCE(rx->conn->rcvlowat);
	struct sock *sk = rx->conn->sk;
	bool doubt;

	return lowat <= 1 || rx->eof || sk->sk_err ||
	       tlso_rx_shut(rx->conn) ||
	       tcp_epollin_ready(sk, INT_MAX) ||
	       tlso_rx_walk(rx, &doubt) >= lowat;
}

/*
 * For poll. A record may hold a ticket or new keys and nothing to read, so it is opened
 * before anybody is told of it.
 */
bool tlso_rx_poll(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;
	struct sock *sk = conn->sk;
	bool ready = false;

	if (!READ_ONCE(rx->ready))
		return false;
	if (READ_ONCE(rx->text_len) && READ_ONCE(conn->rcvlowat) <= 1)
		return true;
	lock_sock(sk);
	if (conn->state == TLSO_CONN_SECURE && !tlso_rx_inq(conn))
		tlso_rx_advance(rx);
	if (conn->state == TLSO_CONN_SECURE)
		ready = tlso_rx_update(rx) && tlso_rx_enough(rx);
	release_sock(sk);
	return ready;
}

/* Records ------------------------------------------------------------------- */

int tlso_rx_fail(struct tlso_rx *rx, u8 alert, int err)
{
	if (alert != TLSO_ALERT_NONE) {
		rx->conn->alert = alert;
		tlso_tx_alert(rx->conn, 2, alert);
	}
	tlso_conn_fail(rx->conn, err);
	return err;
}

/* RFC 8446 5.2: nothing but application data on the outside. */
static bool tlso_rx_type_ok(const struct tlso_rx *rx)
{
	if (rx->conn->ses->version == TLSO_VERSION_13)
		return rx->buf[0] == TLSO_CT_DATA;
	return rx->buf[0] >= TLSO_CT_ALERT && rx->buf[0] <= TLSO_CT_DATA;
}

static int tlso_rx_header(struct tlso_rx *rx)
{
	u32 len = tlso_rx_len_of(rx->buf);

	if (!tlso_rx_type_ok(rx))
		return tlso_rx_fail(rx, TLSO_ALERT_UNEXPECTED_MESSAGE,
				    -EBADMSG);
	if (len > TLSO_RECORD_MAX)
		return tlso_rx_fail(rx, TLSO_ALERT_RECORD_OVERFLOW, -EBADMSG);
	if (len < tlso_rx_overhead(rx))
		return tlso_rx_fail(rx, TLSO_ALERT_BAD_RECORD_MAC, -EBADMSG);
	rx->need = len;
	return 0;
}

bool tlso_rx_intact(const struct tlso_conn *conn)
{
	return tcp_sk(conn->sk)->copied_seq == conn->rx->seq;
}

/*
 * Somebody took bytes out of TCP around our tables: kernel code that calls
 * tcp_read_sock() by its name (iscsi_tcp), or a peer's urgent pointer. What it got was
 * nobody's to read, and no record will be whole again.
 */
static int tlso_rx_robbed(struct tlso_rx *rx)
{
	struct tlso_conn *conn = rx->conn;

	net_warn_ratelimited("tls_offload: bytes of a secured connection on port %u were read around TLS: ended\n",
			     tlso_conn_port(conn));
	tlso_conn_abort(conn, -EBADMSG);
	return -EBADMSG;
}

int tlso_rx_fill(struct tlso_rx *rx)
{
	struct sock *sk = rx->conn->sk;
	int err;

	if (!tlso_rx_intact(rx->conn))
		return tlso_rx_robbed(rx);
	for (;;) {
		u32 want = (rx->need ?: TLSO_RECORD_HDR) - rx->have;
		size_t n;

		n = tlso_rx_copy(sk, tcp_sk(sk)->copied_seq,
				 rx->buf + rx->have, want, rx->clear, rx->have);
		rx->have += n;
		if (n)
			tcp_read_done(sk, n);
		rx->seq = tcp_sk(sk)->copied_seq; /* FIN may count, too */
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
	struct tlso_direction_keys *keys = &conn->ses->post.keys.rx;
	int err;

	if (!tlso_rx_verified(rx, n_clear)) {
		conn->rx_soft_records++;
		err = tlso_aead_open(rx->aead, keys->seq, rx->buf, rx->need,
				     rx->clear, n_clear);
		if (err == -EBADMSG)
			return tlso_rx_fail(rx, TLSO_ALERT_BAD_RECORD_MAC, err);
		if (err)
			return tlso_rx_fail(rx, TLSO_ALERT_INTERNAL_ERROR, err);
	}
	keys->seq++;
	return 0;
}

int tlso_rx_advance(struct tlso_rx *rx)
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
		cond_resched(); /* a queue may be full of small ones */
	}
	return 1;
}

/* Early taking ---------------------------------------------------------------- */

/* A reader above us may wait for more than one record, and TCP may have no room for
 * the next: all that is whole is opened, and the rest put together.
 */
static void tlso_rx_make_room(struct tlso_rx *rx)
{
	struct sock *sk = rx->conn->sk;

	if (tlso_conn_stacked(sk) && tcp_epollin_ready(sk, INT_MAX))
		while (tlso_rx_look_ahead(rx))
			cond_resched();
	else if (!rx->text_len && !rx->eof)
		tlso_rx_fill(rx);
}

static void tlso_rx_work(struct work_struct *work)
{
	struct tlso_rx *rx = container_of(work, struct tlso_rx, work);
	struct tlso_conn *conn = rx->conn;
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->state == TLSO_CONN_SECURE && !sock_flag(sk, SOCK_DEAD)) {
		tlso_rx_make_room(rx);
		/* A reader in the kernel has its function above ours. */
		if (conn->state == TLSO_CONN_SECURE && tlso_rx_update(rx))
			sk->sk_data_ready(sk);
	}
	release_sock(sk);
	sock_put(sk);
	tlso_conn_put(conn);
}

void tlso_rx_take_early(struct tlso_conn *conn)
{
	if (!refcount_inc_not_zero(&conn->ref))
		return;
	sock_hold(conn->sk);
	if (queue_work(tlso_wq, &conn->rx->work))
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
	if (tlso_rx_update(rx)) {
		if (rx->sleepers || tlso_rx_enough(rx))
			conn->saved_data_ready(sk);
	} else if (tcp_epollin_ready(sk, INT_MAX)) {
		tlso_rx_take_early(conn);
	}
}

/* Life ------------------------------------------------------------------------ */

static struct tlso_rx *rx_new(struct tlso_conn *conn)
{
	struct tlso_rx *rx = kzalloc(sizeof(*rx), GFP_KERNEL_ACCOUNT);

	if (!rx)
		return NULL;
	rx->buf = alloc_pages_exact(TLSO_RECORD_MAX, GFP_KERNEL);
	if (!rx->buf) {
		kfree(rx);
		return NULL;
	}
	rx->conn = conn;
	INIT_WORK(&rx->work, tlso_rx_work);
	INIT_LIST_HEAD(&rx->ahead);
	return rx;
}

static void rx_free(struct tlso_rx *rx)
{
	free_pages_exact(rx->buf, TLSO_RECORD_MAX);
	kfree(rx);
}

int tlso_rx_open(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx ?: rx_new(conn);
	struct tlso_aead *aead;

	if (!rx)
		return -ENOMEM;
	aead = tlso_aead_new(&conn->ses->post.keys, &conn->ses->post.keys.rx);
	if (IS_ERR(aead)) {
		if (!conn->rx)
			rx_free(rx);
		return PTR_ERR(aead);
	}
	rx->aead = aead;
	rx->seq = tcp_sk(conn->sk)->copied_seq;
	conn->rx = rx; /* the last reference frees it */
	return 0;
}

/* Stop_SSL -------------------------------------------------------------------- */

int tlso_rx_stopped(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;
	int r;

	if (tlso_rx_inq(conn))
		return -EPROTO;
	r = tlso_rx_advance(rx);
	tlso_rx_update(rx);
	if (r < 0)
		return r;
	if (rx->text_len)
		return -EPROTO;
	return rx->eof;
}

static bool rx_stop_reason(const struct tlso_rx *rx)
{
	const struct tlso_conn *conn = rx->conn;

	if (READ_ONCE(conn->state) != TLSO_CONN_SECURE)
		return true;
	if (READ_ONCE(rx->eof))
		return !READ_ONCE(conn->busy) && !tlso_tx_blocked(conn);
	return READ_ONCE(rx->ready) || sock_flag(conn->sk, SOCK_DONE) ||
	       READ_ONCE(conn->sk->sk_err);
}

int tlso_rx_stop_wait(struct tlso_conn *conn, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct tlso_rx *rx = conn->rx;
	struct sock *sk = conn->sk;
	int err = 0;

	rx->sleepers++;
	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	if (sk_wait_event(sk, timeo, rx_stop_reason(rx), &wait) < 0)
		err = conn->err ?: -ECONNRESET;
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	rx->sleepers--;
	return err;
}

/* What is of one session alone. */
static void rx_session_free(struct tlso_rx *rx)
{
	struct tlso_rx_text *t, *tmp;

	list_for_each_entry_safe(t, tmp, &rx->ahead, list)
		tlso_rx_text_free(t);
	tlso_aead_free(rx->aead);
	rx->aead = NULL;
}

/* What an unlocked look finds stays in place: it is used again, or freed at the end. */
void tlso_rx_reset(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;

	if (!rx)
		return;
	rx_session_free(rx);
	rx->ahead_len = 0;
	rx->ahead_n = 0;
	memzero_explicit(rx->buf, TLSO_RECORD_MAX); /* text */
	tlso_rx_next_record(rx);
	rx->text_off = 0;
	WRITE_ONCE(rx->text_len, 0);
	WRITE_ONCE(rx->eof, false);
	WRITE_ONCE(rx->shut, false);
	WRITE_ONCE(rx->ready, false);
}

bool tlso_rx_finish(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;

	if (!rx || conn->state != TLSO_CONN_SECURE)
		return false;
	if (!tlso_rx_inq(conn) && tlso_rx_advance(rx) == 1 && rx->eof)
		/* Whatever follows close_notify is ignored (RFC 8446 6.1). */
		tcp_read_done(conn->sk, tlso_rx_queued(conn->sk));
	return tlso_rx_inq(conn);
}

void tlso_rx_free(struct tlso_conn *conn)
{
	struct tlso_rx *rx = conn->rx;

	if (!rx)
		return;
	rx_session_free(rx);
	rx_free(rx);
}
