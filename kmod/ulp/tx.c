// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outbound records.
 *
 * Responsible for: cutting what an application writes into records, putting
 * them into TCP in clear and marked, so that the adapter protects them on their
 * way out; keeping their text until it is acknowledged; handing it to the
 * driver (block 945 and on); close_notify and alerts.
 * Leaves to others: the protection itself (the adapter), the handshake.
 *
 * A record that was begun goes into TCP whole before anything else: what TCP
 * has no room for stays in tx->pending, and every path pushes that first.
 */
#include <linux/slab.h>
#include <linux/delay.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "ulp.h"
#include <tlso_skb.h>
#include <tlso_sock.h>

static_assert(TLSO_PUSH_FRAGS_MAX == TLS_OFFLOAD_PREFIX_FRAGS);

/* RFC 8446 5.5: 2^24.5 full-size records under one AES-GCM key. */
#define TLSO_TX_RECORDS_MAX 23726566ull
/* Header, inner content type, tag. */
#define TLSO_TX_OVERHEAD (TLSO_RECORD_HDR + 1 + TLSO_TAG_LEN)

struct tlso_tx {
	struct tlso_conn *conn;
	struct delayed_work work; /* pushes pending; holds conn and socket */
	struct tlso_tx_record *pending; /* on conn->tx_records as well */
	u32 pending_off; /* how much of it TCP has */
	bool closed; /* an alert was written; nothing follows it */
};

/* Belongs to no socket; see tlso_tx_init(). */
static struct inet_connection_sock tlso_tx_key;

static void tlso_tx_record_free(struct tlso_tx_record *rec)
{
	unsigned int i;

	for (i = 0; i < rec->n_frags; i++)
		put_page(skb_frag_page(&rec->frags[i]));
	kfree(rec);
}

/* tcp_ack(): socket spinlock held. */
static void tlso_tx_acked(struct sock *sk, u32 ack)
{
	struct tlso_tx_record *rec, *tmp;
	struct tlso_conn *conn;
	unsigned long flags;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (!conn)
		goto out;
	spin_lock_irqsave(&conn->tx_lock, flags);
	list_for_each_entry_safe(rec, tmp, &conn->tx_records, list) {
		if (before(ack, rec->start_seq + rec->len))
			break;
		list_del(&rec->list);
		tlso_tx_record_free(rec);
	}
	spin_unlock_irqrestore(&conn->tx_lock, flags);
out:
	rcu_read_unlock();
}

/*
 * IP's fragments are new skbs that do not inherit skb->decrypted, so nobody
 * can say any more whether they hold text. TCP sends without DF where the path
 * MTU is locked, and one ICMP error is enough for that; it cuts its segments to
 * the new size when it sends them again.
 */
static bool tlso_tx_fragment(const struct sk_buff *skb)
{
	unsigned int off = 0;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return ip_is_fragment(ip_hdr(skb));
	case htons(ETH_P_IPV6):
		return ipv6_find_hdr(skb, &off, NEXTHDR_FRAGMENT, NULL,
				     NULL) == NEXTHDR_FRAGMENT;
	default:
		return false;
	}
}

/* Text leaves through the session's own adapter, or not at all. */
static struct sk_buff *tlso_tx_validate(struct sock *sk, struct net_device *dev,
					struct sk_buff *skb)
{
	struct tlso_conn *conn;
	struct tlso_dev *tdev;
	bool ok = false;

	if (!tlso_skb_decrypted(skb)) {
		if (likely(!tlso_tx_fragment(skb)))
			return skb;
		kfree_skb(skb);
		return NULL;
	}
	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn) {
		tdev = READ_ONCE(conn->dev);
		ok = tdev && READ_ONCE(conn->session) &&
		     tlso_dev_netdev(tdev) == dev;
	}
	rcu_read_unlock();
	if (ok)
		return skb;
	net_warn_ratelimited("tls_offload: text for %s dropped: not the session's adapter\n",
			     dev->name);
	kfree_skb(skb);
	return NULL;
}

static int tlso_tx_append(struct sock *sk, struct tlso_tx_record *rec,
			  const void *p, struct iov_iter *from, size_t n)
{
	while (n) {
		struct page_frag *pfrag = sk_page_frag(sk);
		size_t k;
		u8 *dst;

		if (rec->n_frags == TLS_OFFLOAD_PREFIX_FRAGS)
			return -EMSGSIZE;
		if (!sk_page_frag_refill(sk, pfrag))
			return -ENOMEM;
		k = min_t(size_t, n, pfrag->size - pfrag->offset);
		dst = page_address(pfrag->page) + pfrag->offset;
		if (!p && copy_from_iter(dst, k, from) != k)
			return -EFAULT;
		if (p) {
			memcpy(dst, p, k);
			p += k;
		}
		if (rec->n_frags &&
		    skb_frag_page(&rec->frags[rec->n_frags - 1]) == pfrag->page &&
		    skb_frag_off(&rec->frags[rec->n_frags - 1]) +
		    skb_frag_size(&rec->frags[rec->n_frags - 1]) ==
		    pfrag->offset) {
			skb_frag_size_add(&rec->frags[rec->n_frags - 1], k);
		} else {
			get_page(pfrag->page);
			tlso_frag_set(&rec->frags[rec->n_frags++], pfrag->page,
				      pfrag->offset, k);
		}
		pfrag->offset += k;
		rec->len += k;
		n -= k;
	}
	return 0;
}

static int tlso_tx_fill(struct tlso_conn *conn, struct tlso_tx_record *rec,
			const void *p, struct iov_iter *from, size_t n, u8 type)
{
	size_t body = n + 1 + TLSO_TAG_LEN;
	u8 hdr[TLSO_RECORD_HDR] = { TLSO_RT_DATA, 3, 3, body >> 8, body };
	struct {
		u8 type;
		struct tlso_hw_tag tag;
	} __packed tail = {
		.type = type,
		.tag.magic = cpu_to_le32(TLSO_HW_TAG_TX),
		.tag.session = cpu_to_le32(conn->session),
		.tag.rec_seq = cpu_to_le64(rec->rec_seq),
	};
	int err;

	err = tlso_tx_append(conn->sk, rec, hdr, NULL, sizeof(hdr));
	if (!err)
		err = tlso_tx_append(conn->sk, rec, p, from, n);
	if (!err)
		err = tlso_tx_append(conn->sk, rec, &tail, NULL, sizeof(tail));
	return err;
}

/* Makes tx->pending, which must be NULL, of @n bytes. Commits last. */
static int tlso_tx_build(struct tlso_conn *conn, const void *p,
			 struct iov_iter *from, size_t n, u8 type)
{
	struct tlso_tx_record *rec;
	unsigned long flags;
	int err;

	if (conn->keys.tx.seq >= TLSO_TX_RECORDS_MAX)
		return -EMSGSIZE;
	rec = kzalloc(sizeof(*rec), GFP_KERNEL);
	if (!rec)
		return -ENOMEM;
	rec->rec_seq = conn->keys.tx.seq;
	err = tlso_tx_fill(conn, rec, p, from, n, type);
	if (err) {
		tlso_tx_record_free(rec);
		return err;
	}
	conn->keys.tx.seq++;
	rec->start_seq = tcp_sk(conn->sk)->write_seq;
	spin_lock_irqsave(&conn->tx_lock, flags);
	list_add_tail(&rec->list, &conn->tx_records);
	spin_unlock_irqrestore(&conn->tx_lock, flags);
	conn->tx->pending_off = 0;
	WRITE_ONCE(conn->tx->pending, rec);
	return 0;
}

/* 0: nothing is pending any more. -EAGAIN: TCP has no room. */
static int tlso_tx_push(struct tlso_conn *conn, int flags)
{
	struct tlso_tx *tx = conn->tx;
	struct tlso_tx_record *rec = tx->pending;
	ssize_t r;

	if (!rec)
		return 0;
	if (!conn->sk->sk_socket)
		return -EPIPE;
	r = tlso_tcp_push_frags(conn->sk, rec->frags, rec->n_frags,
				tx->pending_off, flags);
	if (r < 0)
		return r;
	tx->pending_off += r;
	if (tx->pending_off < rec->len)
		return -EAGAIN;
	WRITE_ONCE(tx->pending, NULL);
	return 0;
}

static void tlso_tx_work(struct work_struct *work)
{
	struct tlso_tx *tx = container_of(to_delayed_work(work),
					  struct tlso_tx, work);
	struct tlso_conn *conn = tx->conn;
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->state == TLSO_CONN_SECURE && sk->sk_socket &&
	    !tlso_tx_push(conn, 0)) {
		/* The wake-up that led here has used the mark up, and poll was
		 * told of no room then. If there is none now either, TCP must
		 * call again.
		 */
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		conn->saved_write_space(sk);
	}
	release_sock(sk);
	sock_put(sk);
	tlso_conn_put(conn);
}

/* Socket spinlock or lock held, or from within TCP's own sending. */
void tlso_tx_write_space(struct tlso_conn *conn)
{
	struct tlso_tx *tx = conn->tx;

	if (!tx || !READ_ONCE(tx->pending) || conn->state != TLSO_CONN_SECURE)
		return;
	if (!refcount_inc_not_zero(&conn->ref))
		return;
	sock_hold(conn->sk);
	/* A tick later: TCP calls this at once where memory is short. */
	if (queue_delayed_work(tlso_wq, &tx->work, 1))
		return;
	__sock_put(conn->sk);
	tlso_conn_put(conn);
}

bool tlso_tx_blocked(const struct tlso_conn *conn)
{
	return conn->tx && READ_ONCE(conn->tx->pending);
}

int tlso_tx_open(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	struct sk_buff *skb;
	struct tlso_tx *tx;

	tx = kzalloc(sizeof(*tx), GFP_KERNEL);
	if (!tx)
		return -ENOMEM;
	tx->conn = conn;
	INIT_DELAYED_WORK(&tx->work, tlso_tx_work);
	inet_csk(sk)->icsk_clean_acked = tlso_tx_acked;
	/* TCP appends to a queued skb without a look at skb->decrypted: what
	 * is finished already must not be joined by what is not.
	 */
	skb = tcp_write_queue_tail(sk);
	if (skb)
		TCP_SKB_CB(skb)->eor = 1;
	skb = tcp_rtx_queue_tail(sk);
	if (skb)
		TCP_SKB_CB(skb)->eor = 1;
	/* Before any text is queued; what is queued now passes by it. */
	WRITE_ONCE(sk->sk_validate_xmit_skb, tlso_tx_validate);
	conn->tx = tx;
	return 0;
}

/* What stops a writer before its next record. */
static int tlso_tx_check(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (conn->state != TLSO_CONN_SECURE)
		return conn->err ?: -ECONNABORTED;
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) || conn->tx->closed)
		return -EPIPE;
	return 0;
}

/* Pushes what is pending, then makes and pushes one record of @msg. */
static int tlso_tx_step(struct tlso_conn *conn, struct msghdr *msg, size_t *sent)
{
	size_t n = min_t(size_t, msg_data_left(msg), TLSO_RECORD_TEXT_MAX);
	int more = msg->msg_flags & MSG_MORE;
	int err;

	err = tlso_tx_push(conn, n ? MSG_MORE : more);
	if (err || !n)
		return err;
	if (!sk_stream_memory_free(conn->sk))
		return -EAGAIN;
	err = tlso_tx_build(conn, NULL, &msg->msg_iter, n, TLSO_RT_DATA);
	if (err)
		return err;
	*sent += n;
	conn->tx_bytes += n;
	return tlso_tx_push(conn, msg_data_left(msg) ? MSG_MORE : more);
}

int tlso_tx_sendmsg(struct tlso_conn *conn, struct msghdr *msg, size_t size)
{
	long timeo = sock_sndtimeo(conn->sk, msg->msg_flags & MSG_DONTWAIT);
	struct sock *sk = conn->sk;
	size_t sent = 0;
	int err;

	for (;;) {
		err = tlso_tx_check(conn);
		if (err)
			break;
		err = tlso_tx_step(conn, msg, &sent);
		if (!err && sent < size)
			continue;
		if (sent == size) {
			/* What TCP has not yet, write_space brings in. */
			err = 0;
			break;
		}
		if (err != -EAGAIN && err != -ENOMEM)
			break;
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		err = sk_stream_wait_memory(sk, &timeo);
		if (err)
			break;
	}
	if (err == -EMSGSIZE && !sent) {
		tlso_tx_alert(conn, 2, TLSO_ALERT_INTERNAL_ERROR);
		tlso_conn_fail(conn, err);
	}
	if (sent || !err)
		return sent;
	/* As TCP: with nothing under way no ACK will ever wake the writer. */
	if (err == -EAGAIN && tcp_rtx_and_write_queues_empty(sk))
		sk->sk_write_space(sk);
	return sk_stream_error(sk, msg->msg_flags, err);
}

/* Everything pending, and an alert after it, regardless of SO_SNDBUF. */
static int tlso_tx_force_alert(struct tlso_conn *conn, u8 level, u8 description)
{
	const u8 alert[2] = { level, description };
	struct sock *sk = conn->sk;
	int sndbuf = sk->sk_sndbuf;
	int err;

	WRITE_ONCE(sk->sk_sndbuf, INT_MAX);
	err = tlso_tx_push(conn, MSG_MORE);
	if (!err && !conn->tx->closed) {
		err = tlso_tx_build(conn, alert, NULL, 2, TLSO_RT_ALERT);
		if (!err) {
			conn->tx->closed = true;
			err = tlso_tx_push(conn, 0);
		}
	}
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	return err;
}

void tlso_tx_alert(struct tlso_conn *conn, u8 level, u8 description)
{
	if (conn->tx && conn->state == TLSO_CONN_SECURE && !conn->tx->closed)
		tlso_tx_force_alert(conn, level, description);
}

void tlso_tx_finish(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	int shutdown = sk->sk_shutdown;
	int tries = 50;
	int err;

	if (!conn->tx || conn->state != TLSO_CONN_SECURE)
		return;
	/* inet_shutdown() has set the bit, under this same lock, before it
	 * calls us; with it TCP would take nothing any more.
	 */
	WRITE_ONCE(sk->sk_shutdown, shutdown & ~SEND_SHUTDOWN);
	for (;;) {
		err = tlso_tx_force_alert(conn, 1, TLSO_ALERT_CLOSE_NOTIFY);
		if ((err != -EAGAIN && err != -ENOMEM) || !tries--)
			break;
		/* Memory is short, not room. */
		release_sock(sk);
		msleep(20);
		lock_sock(sk);
		if (conn->state != TLSO_CONN_SECURE)
			break;
	}
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | shutdown);
	if (conn->tx->pending)
		/* A FIN here would hide that text was lost. */
		tlso_conn_abort(conn, -ENOBUFS);
}

void tlso_tx_close(struct tlso_conn *conn)
{
	struct tlso_tx_record *rec, *tmp;
	struct sock *sk = conn->sk;
	unsigned long flags;

	if (!conn->tx)
		return;
	/* Its timer would outlive the module: a queue that is destroyed waits
	 * for what is queued, not for what is still to be. The caller holds the
	 * socket and the connection.
	 */
	if (cancel_delayed_work(&conn->tx->work)) {
		__sock_put(sk);
		tlso_conn_put(conn);
	}
	WRITE_ONCE(conn->tx->pending, NULL);
	sk->sk_validate_xmit_skb = NULL;
	inet_csk(sk)->icsk_clean_acked = NULL;
	spin_lock_irqsave(&conn->tx_lock, flags);
	list_for_each_entry_safe(rec, tmp, &conn->tx_records, list) {
		list_del(&rec->list);
		tlso_tx_record_free(rec);
	}
	spin_unlock_irqrestore(&conn->tx_lock, flags);
}

/*
 * TCP looks at icsk_clean_acked behind a static branch. Switching that one
 * patches the kernel's text on every processor, so it is done once, and not for
 * each connection that comes and goes.
 */
void tlso_tx_init(void)
{
	clean_acked_data_enable(&tlso_tx_key, tlso_tx_acked);
}

void tlso_tx_exit(void)
{
	clean_acked_data_disable(&tlso_tx_key);
	clean_acked_data_flush();
}

void tlso_tx_free(struct tlso_conn *conn)
{
	kfree(conn->tx);
}

/* ---- The driver's side -------------------------------------------------- */

static struct tlso_tx_record *tlso_tx_find(struct tlso_conn *conn, u32 seq)
{
	struct tlso_tx_record *rec;

	list_for_each_entry(rec, &conn->tx_records, list)
		if (before(seq, rec->start_seq + rec->len))
			return before(seq, rec->start_seq) ? NULL : rec;
	return NULL;
}

/* The record's bytes before the payload, each piece with a page reference. */
static void tlso_tx_prefix(const struct tlso_tx_record *rec,
			   struct tls_offload_tx *tx)
{
	u32 left = tx->rec_off;
	unsigned int i;

	for (i = 0; left && i < rec->n_frags; i++) {
		u32 n = min_t(u32, left, skb_frag_size(&rec->frags[i]));

		tx->prefix[i] = rec->frags[i];
		skb_frag_size_set(&tx->prefix[i], n);
		get_page(skb_frag_page(&tx->prefix[i]));
		left -= n;
	}
	tx->n_prefix = i;
	tx->prefix_len = tx->rec_off;
}

static int tlso_tx_describe(struct tlso_conn *conn, u32 seq, u32 len,
			    struct tls_offload_tx *tx)
{
	struct tlso_tx_record *rec;
	unsigned long flags;
	int err = -ENOENT;

	spin_lock_irqsave(&conn->tx_lock, flags);
	rec = tlso_tx_find(conn, seq);
	if (rec) {
		tx->session = conn->session;
		tx->rec_len = rec->len;
		tx->rec_off = seq - rec->start_seq;
		tx->rec_seq = rec->rec_seq;
		tx->prefix_len = 0;
		tx->n_prefix = 0;
		/* The tag covers the whole record; the adapter needs what went
		 * before only where this payload reaches into the tag.
		 */
		if (tx->rec_off && tx->rec_off + len > rec->len - TLSO_TAG_LEN)
			tlso_tx_prefix(rec, tx);
		err = 0;
	}
	spin_unlock_irqrestore(&conn->tx_lock, flags);
	return err;
}

int tls_offload_tx_get(struct net_device *dev, const struct sk_buff *skb,
		       u32 hdr_len, struct tls_offload_tx *tx)
{
	struct tlso_conn *conn;
	struct tlso_dev *tdev;
	int err = -ENOENT;

	if (!skb->sk || !sk_fullsock(skb->sk) || skb->len <= hdr_len)
		return -ENOENT;
	rcu_read_lock();
	conn = tlso_conn_get_rcu(skb->sk);
	if (conn && conn->session) {
		tdev = READ_ONCE(conn->dev);
		if (tdev && tlso_dev_netdev(tdev) == dev)
			err = tlso_tx_describe(conn, ntohl(tcp_hdr(skb)->seq),
					       skb->len - hdr_len, tx);
	}
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(tls_offload_tx_get);

void tls_offload_tx_put(struct tls_offload_tx *tx)
{
	unsigned int i;

	for (i = 0; i < tx->n_prefix; i++)
		put_page(skb_frag_page(&tx->prefix[i]));
	tx->n_prefix = 0;
}
EXPORT_SYMBOL_GPL(tls_offload_tx_put);
