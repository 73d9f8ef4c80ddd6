// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outbound records.
 *
 * Responsible for: cutting what an application writes into records, protecting
 * them by the back end of the moment, putting them into TCP; close_notify and
 * alerts, tickets, KeyUpdate (RFC 8446 4.6.3).
 * Leaves to others: the cipher (record.c), text on its way through an adapter
 * (tx_adapter.c), when and what KeyUpdate is (core/post.c), the handshake.
 *
 * A record that was begun goes into TCP whole before anything else: what TCP
 * has no room for stays in tx->pending, and every path pushes that first.
 */
#include <linux/slab.h>
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "records.h"
#include "../core/suite.h"
#include <tlso_sock.h>

static_assert(TLSO_PUSH_FRAGS_MAX == TLS_OFFLOAD_PREFIX_FRAGS);

/* RFC 8446 5.5: 2^24.5 full-size records under one AES-GCM key. */
#define TLSO_TX_RECORDS_MAX 23726566ull

static unsigned int rekey_records;
module_param(rekey_records, uint, 0644);
MODULE_PARM_DESC(rekey_records,
		 "outbound TLS 1.3 records under one key; 0: 2^23, the most");

/* A back end: what protects outbound records. */
struct tlso_tx_ops {
	const char *name;
	bool clear; /* TCP gets text, marked; the adapter makes records of it */
	/* @rec is whole but for its protection. @hdr, @nonce as tlso_aead_seal(). */
	int (*protect)(struct tlso_conn *conn, struct tlso_tx_record *rec,
		       const u8 *hdr, const u8 *nonce);
};

struct tlso_tx {
	struct tlso_conn *conn;
	const struct tlso_tx_ops *ops;
	struct tlso_aead *aead; /* NULL while the adapter does it all */
	struct delayed_work work; /* pushes pending; holds conn and socket */
	struct tlso_tx_record *pending; /* if clear on conn->tx_records as well */
	u32 pending_off; /* how much of it TCP has */
	bool was_clear; /* the last record that TCP got */
	bool closed; /* an alert was written; nothing follows it */
};

/* Belongs to no socket; see tlso_tx_init(). */
static struct inet_connection_sock tlso_tx_key;

static struct tlso_session_keys *tlso_tx_keys(const struct tlso_conn *conn)
{
	return &conn->ses->post.keys;
}

/* ---- Back ends ---------------------------------------------------------- */

static int tlso_tx_protect_adapter(struct tlso_conn *conn,
				   struct tlso_tx_record *rec, const u8 *hdr,
				   const u8 *nonce)
{
	return 0; /* on its way out */
}

static int tlso_tx_protect_soft(struct tlso_conn *conn,
				struct tlso_tx_record *rec, const u8 *hdr,
				const u8 *nonce)
{
	return tlso_aead_seal(conn->tx->aead, rec->rec_seq, hdr, nonce,
			      rec->frags, rec->n_frags, rec->len);
}

static const struct tlso_tx_ops tlso_tx_adapter = {
	.name = "adapter",
	.clear = true,
	.protect = tlso_tx_protect_adapter,
};

static const struct tlso_tx_ops tlso_tx_soft = {
	.name = "software",
	.protect = tlso_tx_protect_soft,
};

const char *tlso_tx_backend(const struct tlso_conn *conn)
{
	return READ_ONCE(conn->tx->ops)->name;
}

bool tlso_tx_adapter_required(const struct tlso_conn *conn)
{
	if (conn->rule->adapter != TLS_OFFLOAD_ADAPTER_REQUIRE)
		return false;
	net_info_ratelimited("tls_offload: port %u: what the rule requires an adapter for would be the kernel's: aborted\n",
			     tlso_conn_port(conn));
	return true;
}

/* Records to come are the kernel's, under the keys as they stand. */
static int tlso_tx_go_soft(struct tlso_conn *conn)
{
	struct tlso_session_keys *keys = tlso_tx_keys(conn);
	struct tlso_tx *tx = conn->tx;
	struct tlso_aead *aead;

	if (tlso_tx_adapter_required(conn))
		return -ECONNRESET;
	if (tx->aead)
		return tlso_aead_rekey(tx->aead, keys, &keys->tx);
	aead = tlso_aead_new(keys, &keys->tx);
	if (IS_ERR(aead))
		return PTR_ERR(aead);
	tx->aead = aead;
	WRITE_ONCE(tx->ops, &tlso_tx_soft);
	return 0;
}

int tlso_tx_leave_adapter(struct tlso_conn *conn)
{
	struct tlso_tx *tx = conn->tx;
	bool left;

	if (conn->state != TLSO_CONN_SECURE || !tx)
		return -ECONNRESET;
	spin_lock_bh(&conn->tx_lock);
	left = !list_empty(&conn->tx_records);
	spin_unlock_bh(&conn->tx_lock);
	/* Text that TCP may have to send again can go neither out as it is nor,
	 * cut into segments as it is, be protected in its place.
	 */
	if (left)
		return -ECONNRESET;
	return tx->ops == &tlso_tx_soft ? 0 : tlso_tx_go_soft(conn);
}

/* ---- Records ------------------------------------------------------------ */

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

/* Header, in TLS 1.2 GCM the nonce, text, in TLS 1.3 the type, room for the tag;
 * where the adapter is to fill that one in it says which record this is.
 */
static int tlso_tx_fill(struct tlso_conn *conn, struct tlso_tx_record *rec,
			const void *p, struct iov_iter *from, size_t n, u8 type)
{
	bool tls13 = conn->ses->version == TLSO_VERSION_13;
	size_t before = conn->tx->aead ? tlso_aead_before(conn->tx->aead) : 0;
	size_t body = before + n + tls13 + TLSO_TAG_LEN;
	u8 hdr[TLSO_RECORD_HDR] = { tls13 ? TLSO_CT_DATA : type, 3, 3,
				    body >> 8, body };
	struct tlso_hw_tag tag = {
		.magic = cpu_to_le32(TLSO_HW_TAG_TX),
		.session = cpu_to_le32(conn->session),
		.rec_seq = cpu_to_le64(rec->rec_seq),
	};
	u8 nonce[8];
	int err;

	static_assert(sizeof(tag) == TLSO_TAG_LEN);
	put_unaligned_be64(rec->rec_seq, nonce);
	err = tlso_tx_append(conn->sk, rec, hdr, NULL, sizeof(hdr));
	if (!err)
		err = tlso_tx_append(conn->sk, rec, nonce, NULL, before);
	if (!err)
		err = tlso_tx_append(conn->sk, rec, p, from, n);
	if (!err)
		err = tlso_tx_append(conn->sk, rec, &type, NULL, tls13);
	if (!err)
		err = tlso_tx_append(conn->sk, rec, &tag, NULL, sizeof(tag));
	return err ?: conn->tx->ops->protect(conn, rec, hdr, nonce);
}

/*
 * TCP appends to a queued skb without a look at skb->decrypted, and joins such:
 * what is finished must not be joined by what is not, nor the other way round.
 */
static void tlso_tx_mark(struct sock *sk)
{
	struct sk_buff *skb;

	skb = tcp_write_queue_tail(sk);
	if (skb)
		TCP_SKB_CB(skb)->eor = 1;
	skb = tcp_rtx_queue_tail(sk);
	if (skb)
		TCP_SKB_CB(skb)->eor = 1;
}

/* Makes tx->pending, which must be NULL, of @n bytes. Commits last. */
static int tlso_tx_build(struct tlso_conn *conn, const void *p,
			 struct iov_iter *from, size_t n, u8 type)
{
	struct tlso_session_keys *keys = tlso_tx_keys(conn);
	struct tlso_tx *tx = conn->tx;
	struct tlso_tx_record *rec;
	int err;

	if (conn->ses->version == TLSO_VERSION_13 &&
	    keys->tx.seq >= TLSO_TX_RECORDS_MAX)
		return -EMSGSIZE;
	rec = kzalloc(sizeof(*rec), GFP_KERNEL);
	if (!rec)
		return -ENOMEM;
	INIT_LIST_HEAD(&rec->list);
	rec->rec_seq = keys->tx.seq;
	rec->clear = tx->ops->clear;
	err = tlso_tx_fill(conn, rec, p, from, n, type);
	if (err) {
		tlso_tx_record_free(rec);
		return err;
	}
	keys->tx.seq++;
	if (tx->was_clear != rec->clear)
		tlso_tx_mark(conn->sk);
	tx->was_clear = rec->clear;
	rec->start_seq = tcp_sk(conn->sk)->write_seq;
	if (rec->clear) {
		spin_lock_bh(&conn->tx_lock);
		list_add_tail(&rec->list, &conn->tx_records);
		spin_unlock_bh(&conn->tx_lock);
	}
	tx->pending_off = 0;
	WRITE_ONCE(tx->pending, rec);
	return 0;
}

/*
 * The rest of a record waits for room. Whoever stacks his functions upon the socket,
 * now or in a moment, need not tell us of it: acknowledgements do, and are asked for
 * as long as something waits. Where an adapter is, they are looked at anyhow.
 */
static void tlso_tx_watch(struct tlso_conn *conn)
{
	struct inet_connection_sock *icsk = inet_csk(conn->sk);

	if (conn->tx->pending)
		WRITE_ONCE(icsk->icsk_clean_acked, tlso_tx_acked);
	else if (conn->tx->ops == &tlso_tx_soft &&
		 list_empty_careful(&conn->tx_records))
		WRITE_ONCE(icsk->icsk_clean_acked, NULL);
}

static int tlso_tx_push_some(struct tlso_conn *conn, int flags)
{
	struct tlso_tx *tx = conn->tx;
	struct tlso_tx_record *rec = tx->pending;
	ssize_t r;

	if (!conn->sk->sk_socket)
		return -EPIPE;
	if (rec->clear)
		flags |= MSG_SENDPAGE_DECRYPTED;
	r = tlso_tcp_push_frags(conn->sk, rec->frags, rec->n_frags,
				tx->pending_off, flags);
	if (r < 0)
		return r;
	tx->pending_off += r;
	if (tx->pending_off < rec->len)
		return -EAGAIN;
	WRITE_ONCE(tx->pending, NULL);
	if (!rec->clear)
		tlso_tx_record_free(rec); /* TCP has references of its own */
	return 0;
}

/* 0: nothing is pending any more. -EAGAIN: TCP has no room. */
static int tlso_tx_push(struct tlso_conn *conn, int flags)
{
	int err;

	if (!conn->tx->pending)
		return 0;
	err = tlso_tx_push_some(conn, flags);
	tlso_tx_watch(conn);
	return err;
}

/* ---- Messages after the handshake ---------------------------------------- */

int tlso_tx_messages(struct tlso_conn *conn, const u8 *p, size_t n)
{
	int err = tlso_tx_push(conn, MSG_MORE);

	if (!err)
		err = tlso_tx_build(conn, p, NULL, n, TLSO_CT_HANDSHAKE);
	if (!err)
		err = tlso_tx_push(conn, 0);
	return err == -EAGAIN && conn->tx->pending ? 0 : err;
}

static bool tlso_tx_renew(const struct tlso_conn *conn)
{
	const struct tlso_post *post = &conn->ses->post;
	unsigned int limit = READ_ONCE(rekey_records);

	if (conn->ses->version != TLSO_VERSION_13)
		return false;
	return post->update_owed || tlso_post_tx_renew(post) ||
	       (limit && post->keys.tx.seq >= limit);
}

/*
 * KeyUpdate: the message under the keys that stand, then the next ones. The adapter
 * knows only those of its start: what follows is the kernel's. Nothing may be
 * pending. An error leaves keys that cannot be told: the connection must end.
 */
static int tlso_tx_key_update(struct tlso_conn *conn)
{
	struct tlso_post *post = &conn->ses->post;
	u8 msg[5];
	int err;

	if (tlso_post_key_update(post, false, msg))
		return -EPROTO;
	err = tlso_tx_build(conn, msg, NULL, sizeof(msg), TLSO_CT_HANDSHAKE);
	if (err)
		return err == -EAGAIN ? -ENOMEM : err;
	if (tlso_post_tx_next(post))
		return -EPROTO;
	return tlso_tx_go_soft(conn);
}

/* Pushes what is pending, and a KeyUpdate if one is due: 0, -EAGAIN, or worse. */
static int tlso_tx_ready(struct tlso_conn *conn, int flags)
{
	int err = tlso_tx_push(conn, flags);

	if (err || conn->tx->closed || !tlso_tx_renew(conn))
		return err;
	err = tlso_tx_key_update(conn);
	if (err) {
		conn->tx->closed = true;
		tlso_conn_abort(conn, err);
		return err;
	}
	return tlso_tx_push(conn, flags);
}

int tlso_tx_rekey(struct tlso_conn *conn)
{
	if (conn->tx->closed)
		return -EPIPE;
	conn->ses->post.update_owed = true;
	return tlso_tx_ready(conn, 0);
}

void tlso_tx_answer(struct tlso_conn *conn)
{
	if (conn->state == TLSO_CONN_SECURE && !conn->sk->sk_err &&
	    !(conn->sk->sk_shutdown & SEND_SHUTDOWN))
		tlso_tx_ready(conn, 0);
}

/* ---- Room ------------------------------------------------------------------ */

static void tlso_tx_work(struct work_struct *work)
{
	struct tlso_tx *tx = container_of(to_delayed_work(work),
					  struct tlso_tx, work);
	struct tlso_conn *conn = tx->conn;
	struct sock *sk = conn->sk;
	int err = -EPIPE;

	lock_sock(sk);
	if (conn->state == TLSO_CONN_SECURE && sk->sk_socket)
		err = tlso_tx_ready(conn, 0);
	if (!err) {
		/* The wake-up that led here has used the mark up, and poll was
		 * told of no room then. If there is none now either, TCP must
		 * call again.
		 */
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		sk->sk_write_space(sk);
	} else if (err == -EAGAIN && tcp_rtx_and_write_queues_empty(sk)) {
		/* Memory is short, no ACK will come, and whom TCP
		 * has told may have been who is above us.
		 */
		tlso_tx_write_space(conn);
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

/* ---- The application's bytes -------------------------------------------------- */

/* What stops a writer before its next record. */
static int tlso_tx_check(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (conn->state != TLSO_CONN_SECURE)
		return conn->err ?: -ECONNABORTED;
	if (!tlso_rx_intact(conn))
		tlso_conn_abort(conn, -EBADMSG);
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) || conn->tx->closed)
		return -EPIPE;
	return 0;
}

/* Pushes what is pending, then makes and pushes one record of @msg. */
static int tlso_tx_step(struct tlso_conn *conn, struct msghdr *msg, size_t *sent)
{
	size_t n = min_t(size_t, msg_data_left(msg), conn->ses->text_max);
	int more = msg->msg_flags & MSG_MORE;
	size_t left;
	int err;

	err = tlso_tx_ready(conn, n ? MSG_MORE : more);
	if (err || !n)
		return err;
	if (!sk_stream_memory_free(conn->sk))
		return -EAGAIN;
	left = msg_data_left(msg);
	err = tlso_tx_build(conn, NULL, &msg->msg_iter, n, TLSO_CT_DATA);
	if (err) {
		/* Another try may follow. */
		iov_iter_revert(&msg->msg_iter, left - msg_data_left(msg));
		return err;
	}
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

/* ---- The end ------------------------------------------------------------------- */

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
		err = tlso_tx_build(conn, alert, NULL, 2, TLSO_CT_ALERT);
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

int tlso_tx_stop(struct tlso_conn *conn)
{
	int err = tlso_tx_force_alert(conn, 1, TLSO_ALERT_CLOSE_NOTIFY);

	/* Once it is written, what TCP has no memory for yet follows. */
	return conn->tx->closed ? 0 : err;
}

bool tlso_tx_stopped(const struct tlso_conn *conn)
{
	return conn->tx->closed;
}

void tlso_tx_reset(struct tlso_conn *conn)
{
	struct tlso_tx *tx = conn->tx;

	if (!tx)
		return;
	tlso_aead_free(tx->aead);
	tx->aead = NULL;
	tx->closed = false;
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

/* ---- Life ---------------------------------------------------------------------- */

int tlso_tx_open(struct tlso_conn *conn)
{
	struct tlso_tx *tx = conn->tx;
	struct sock *sk = conn->sk;

	if (!tx) {
		tx = kzalloc(sizeof(*tx), GFP_KERNEL_ACCOUNT);
		if (!tx)
			return -ENOMEM;
		tx->conn = conn;
		tx->ops = &tlso_tx_adapter;
		INIT_DELAYED_WORK(&tx->work, tlso_tx_work);
		conn->tx = tx; /* the last reference frees it */
	}
	if (!conn->session)
		return tlso_tx_go_soft(conn);
	inet_csk(sk)->icsk_clean_acked = tlso_tx_acked;
	/* Before any text is queued; what is queued now passes by it. */
	WRITE_ONCE(sk->sk_validate_xmit_skb, tlso_tx_validate);
	return 0;
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
	rec = conn->tx->pending;
	WRITE_ONCE(conn->tx->pending, NULL);
	if (rec && !rec->clear)
		tlso_tx_record_free(rec);
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
	if (!conn->tx)
		return;
	tlso_aead_free(conn->tx->aead);
	kfree(conn->tx);
}
