// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completer in an adapter: directed mode (specification Figs. 15 and 16).
 *
 * Responsible for: the adapter and its key slot; START_SSL; handing back what
 * reached us past the adapter (block 1600); its events: finished segments to the
 * director, the session's keys.
 * Leaves to: device.c calls into the adapter; handshake.c what becomes of the
 * connection where the adapter cannot.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "hs.h"
#include "../core/suite.h"
#include <tlso_sock.h>

#define ADAPTER_CHUNK SZ_16K
#define ADAPTER_EVENT_TIMEOUT (HZ / 2) /* for the reason of a refusal */

struct hs_adapter {
	u64 key_user; /* identity whose slot we hold, 0: none */
	u32 fed; /* up to here we passed bytes back */
	u32 consumed; /* up to here the adapter speaks for all bytes */
	bool deaf; /* it takes no more bytes; an event says why */
	u8 chunk[ADAPTER_CHUNK];
};

/* ---- Setting up ---------------------------------------------------------------- */

/* What START_SSL says of the connection. Socket lock held. */
static void start_fill(struct tlso_hs *hs, struct tlso_hw_start *start)
{
	static const u16 suites[] = { TLSO_AES_128_GCM_SHA256,
				      TLSO_AES_256_GCM_SHA384,
				      TLSO_CHACHA20_POLY1305_SHA256 };
	const struct in6_addr *remote = tlso_sk_v6(hs->sk, false);
	const struct inet_sock *inet = inet_sk(hs->sk);
	unsigned int i;

	static_assert((int)TLS_OFFLOAD_MODE_DIRECTED == TLSO_HW_MODE_DIRECTED);
	static_assert((int)TLS_OFFLOAD_MODE_AUTONOMOUS ==
		      TLSO_HW_MODE_AUTONOMOUS);
	memset(start, 0, sizeof(*start));
	start->role = TLSO_HW_ROLE_SERVER;
	start->mode = tlso_rule_mode(hs->rule);
	start->versions = TLSO_HW_VER_TLS13;
	start->ops = cpu_to_le32(TLSO_HW_OP_SERVER_RANDOM |
				 TLSO_HW_OP_PREMASTER_DEC | TLSO_HW_OP_KEYS |
				 TLSO_HW_OP_CERT_VERIFY | TLSO_HW_OP_MAC_MAKE |
				 TLSO_HW_OP_MAC_CHECK);
	start->rx_seq = cpu_to_le32(hs->start_seq);
	start->local_port = inet->inet_sport;
	start->remote_port = inet->inet_dport;
	if (remote && !ipv6_addr_v4mapped(remote)) {
		start->family = 6;
		memcpy(start->local_addr, tlso_sk_v6(hs->sk, true), 16);
		memcpy(start->remote_addr, remote, 16);
	} else {
		start->family = 4;
		memcpy(start->local_addr, &inet->inet_rcv_saddr, 4);
		memcpy(start->remote_addr, &inet->inet_daddr, 4);
	}
	start->n_suites = ARRAY_SIZE(suites);
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		start->suites[i] = cpu_to_le16(suites[i]);
}

/* The last connection with the same addresses may not be stopped quite yet. */
static int start_ssl(struct tlso_hs *hs, struct tlso_hw_start *start)
{
	unsigned int tries = 10;
	int err;

	for (;;) {
		err = tlso_dev_start(hs->conn, start);
		if (err != -EEXIST || !--tries || READ_ONCE(hs->dead))
			return err;
		msleep(20);
	}
}

static int start_session(struct tlso_hs *hs)
{
	struct hs_adapter *a = hs->priv;
	struct tlso_conn *conn = hs->conn;
	struct sock *sk = hs->sk;
	struct tlso_hw_start start;
	u32 slot;
	int err;

	/* /proc looks at it without a lock; it stays until the connection goes. */
	smp_store_release(&conn->dev, tlso_dev_for_sock(sk));
	if (!conn->dev)
		return tlso_hs_elsewhere(hs, -ENETDOWN,
					 "the adapter went away");
	err = tlso_dev_key(conn->dev, hs->ctx->identities[0], &slot);
	if (err)
		return tlso_hs_elsewhere(hs, err,
					 "the adapter did not take the private key");
	a->key_user = hs->ctx->identities[0]->serial;

	lock_sock(sk);
	hs->start_seq = tcp_sk(sk)->copied_seq;
	start_fill(hs, &start);
	release_sock(sk);
	start.key_slot = cpu_to_le32(slot);
	a->fed = hs->start_seq;
	a->consumed = hs->start_seq;
	WRITE_ONCE(conn->rx_progress, hs->start_seq);
	err = start_ssl(hs, &start);
	if (err)
		return tlso_hs_elsewhere(hs, err,
					 "the adapter did not take the session");
	return 0;
}

static int adapter_begin(struct tlso_hs *hs)
{
	struct hs_adapter *a;
	int err;

	/* Who is to show a certificate of his own speaks with the kernel. */
	if (hs->rule->client_auth != TLSO_AUTH_NONE)
		return tlso_hs_elsewhere(hs, -EOPNOTSUPP,
					 "the adapter asks for no certificates");
	if (!(hs->rule->versions & TLSO_USE_13))
		return tlso_hs_elsewhere(hs, -EOPNOTSUPP,
					 "the adapter speaks TLS 1.3 alone");
	a = kvzalloc(sizeof(*a), TLSO_HS_GFP);
	hs->priv = a;
	if (!a)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	err = tlso_hs_ctx_make(hs, TLSO_USE_13, 1, false);
	return err ?: start_session(hs);
}

/* ---- Starters ------------------------------------------------------------------- */

static int adapter_complete(struct tlso_hs *hs, const u8 *in, size_t n, u8 *out,
			    size_t cap, size_t *out_len)
{
	u32 got = 0;
	int err;

	err = tlso_dev_starter(hs->conn, in, n, out, cap, &got);
	*out_len = got;
	if (err == -EBADMSG) {
		hs->refused = TLSO_E_ILLEGAL;
		return tlso_hs_fail(hs, err,
				    "the client's key share is not a valid one");
	}
	if (err == -EIO)
		hs->refused = TLSO_E_CRYPTO;
	return err ? tlso_hs_elsewhere(hs, err,
				       "the adapter did not complete a starter") :
		     0;
}

/* ---- Inbound bytes -------------------------------------------------------------- */

static u32 later(u32 a, u32 b)
{
	return after(a, b) ? a : b;
}

/*
 * Bytes in the receive queue that the adapter has not had: they came before
 * START_SSL, or out of order. Leaves them at chunk and returns how many.
 */
static int inbound_next(struct tlso_hs *hs, u32 *seq)
{
	struct hs_adapter *a = hs->priv;
	struct sock *sk = hs->sk;
	int n = 0;

	lock_sock(sk);
	/* The adapter's word is checked: nothing before the queue's start,
	 * and what is beyond its end is only late.
	 */
	*seq = later(later(a->fed, READ_ONCE(hs->conn->rx_progress)),
		     tcp_sk(sk)->copied_seq);
	if (before(*seq, tcp_sk(sk)->rcv_nxt) && !hs->ses)
		n = tlso_conn_peek_raw(hs->conn, *seq, a->chunk, ADAPTER_CHUNK);
	release_sock(sk);
	return n;
}

/*
 * Passes back what there is; duplicates are the adapter's to skip. A client
 * may send much behind its Finished: what is beyond any handshake stays here.
 * Of a session that has failed the adapter takes nothing, while the finished
 * segment that tells why may still be on its way.
 */
static int inbound(struct tlso_hs *hs)
{
	struct hs_adapter *a = hs->priv;
	int err, n = 0;
	u32 seq;

	while (!a->deaf && (n = inbound_next(hs, &seq)) > 0) {
		if (seq + n - hs->start_seq > TLSO_HS_BYTES_MAX)
			return 0;
		err = tlso_dev_inbound(hs->conn, seq, a->chunk, n);
		if (err == -ENOSPC) {
			hs->retry = true;
			return 0;
		}
		if (err == -EIO) {
			a->deaf = true;
			tlso_hs_hurry(hs, ADAPTER_EVENT_TIMEOUT);
			return 0;
		}
		if (err)
			return tlso_hs_elsewhere(hs, err,
						 "the adapter did not take bytes back");
		a->fed = seq + n;
	}
	return !a->deaf && n < 0 ?
		tlso_hs_fail(hs, n, "the receive queue cannot be read") : 0;
}

/*
 * The adapter has used everything before @seq. It is believed within the
 * window of what a handshake may take, and only forwards. The frame itself may
 * still be on its way to TCP: what is not there yet is consumed later.
 */
static int note_consumed(struct tlso_hs *hs, u32 seq)
{
	struct hs_adapter *a = hs->priv;

	if (before(seq, a->consumed) ||
	    seq - hs->start_seq > TLSO_HS_BYTES_MAX)
		return tlso_hs_fail(hs, -EIO,
				    "the adapter gave a wrong position");
	a->consumed = seq;
	return 0;
}

/* True when everything noted is out of the queue. What the kernel may have to
 * read itself, because nothing was answered yet, stays.
 */
static bool adapter_settled(struct tlso_hs *hs)
{
	const struct tcp_sock *tp = tcp_sk(hs->sk);
	struct hs_adapter *a = hs->priv;
	u32 end = a->consumed;

	if (!hs->sent)
		return false;
	if (after(end, tp->rcv_nxt))
		end = tp->rcv_nxt;
	if (after(end, tp->copied_seq))
		tlso_conn_consume_raw(hs->conn, end);
	return !before(tp->copied_seq, a->consumed);
}

/* ---- Events ----------------------------------------------------------------------- */

static bool keys_plausible(const struct tlso_hs *hs,
			   const struct tlso_session_keys *keys)
{
	const struct tlso_suite *suite = tlso_suite_find(keys->suite);

	return suite && keys->tls_version == TLSO_VERSION_13 &&
	       suite->version == TLSO_VERSION_13 &&
	       keys->suite == hs->ctx->director.suite &&
	       !(keys->flags & TLSO_KEYS_CLIENT) &&
	       keys->key_len == suite->key_len &&
	       keys->secret_len == suite->hash_len;
}

static int on_complete(struct tlso_hs *hs, const struct tlso_conn_event *ev)
{
	struct tlso_session_keys keys;
	int err;

	if (ev->status != TLSO_HW_ST_OK)
		return tlso_hs_fail(hs, -EPROTO,
				    "the adapter ended the handshake");
	if (hs->ses)
		return tlso_hs_fail(hs, -EIO, "Start_SSL_Complete came twice");
	if (tlso_session_keys_read(&keys, ev->data, ev->len) ||
	    !keys_plausible(hs, &keys))
		err = tlso_hs_fail(hs, -EIO,
				   "the adapter's session keys are malformed");
	else
		err = tlso_hs_keyed(hs, &keys);
	memzero_explicit(&keys, sizeof(keys));
	return err ?: note_consumed(hs, ev->tcp_seq);
}

static int on_event(struct tlso_hs *hs, const struct tlso_conn_event *ev)
{
	int err;

	switch (ev->type) {
	case TLSO_HW_EV_FINISHED:
		if (hs->said)
			return tlso_hs_fail(hs, -EIO,
					    "a finished segment came late");
		err = note_consumed(hs, ev->tcp_seq);
		return err ?: tlso_hs_segment(hs, ev->data, ev->len);
	case TLSO_HW_EV_START_SSL_COMPLETE:
		return on_complete(hs, ev);
	case TLSO_HW_EV_PURGED:
		return tlso_hs_elsewhere(hs, -EIO,
					 "the adapter purged the session");
	default:
		return tlso_hs_elsewhere(hs, -EIO,
					 "the adapter gave the session up");
	}
}

static struct tlso_conn_event *event_pop(struct tlso_conn *conn)
{
	struct tlso_conn_event *ev;

	spin_lock_bh(&conn->event_lock);
	ev = list_first_entry_or_null(&conn->events, struct tlso_conn_event,
				      list);
	if (ev) {
		list_del(&ev->list);
		conn->n_events--;
	}
	spin_unlock_bh(&conn->event_lock);
	return ev;
}

static int events(struct tlso_hs *hs)
{
	struct tlso_conn_event *ev;
	int err = 0;

	while (!err && (ev = event_pop(hs->conn))) {
		err = on_event(hs, ev);
		kfree_sensitive(ev);
	}
	if (!err && READ_ONCE(hs->conn->events_lost))
		err = tlso_hs_fail(hs, -ENOBUFS,
				   "an event of the adapter was lost");
	return err;
}

static int adapter_run(struct tlso_hs *hs)
{
	int err;

	if (READ_ONCE(hs->lost))
		return tlso_hs_elsewhere(hs, -ECONNRESET,
					 "the adapter went away");
	err = inbound(hs);
	return err ?: events(hs);
}

static int adapter_late(struct tlso_hs *hs)
{
	struct hs_adapter *a = hs->priv;

	if (!a->deaf)
		return 0;
	return tlso_hs_fail(hs, -EIO, "the adapter did not take bytes back");
}

static void adapter_end(struct tlso_hs *hs, bool secure)
{
	struct hs_adapter *a = hs->priv;
	struct tlso_conn *conn = hs->conn;

	if (a && a->key_user)
		tlso_dev_key_put(conn->dev, a->key_user);
	if (!secure && conn->dev) {
		tlso_dev_stop(conn);
		tlso_dev_events_purge(conn);
	}
	hs->priv = NULL;
	kvfree_sensitive(a, a ? sizeof(*a) : 0);
}

const struct tlso_hs_place tlso_hs_adapter = {
	.begin = adapter_begin,
	.run = adapter_run,
	.complete = adapter_complete,
	.settled = adapter_settled,
	.late = adapter_late,
	.end = adapter_end,
};
