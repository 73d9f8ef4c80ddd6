// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completer in the kernel: the software placement.
 *
 * Responsible for: bytes of the receive queue to the completer, its finished
 * segments to the director, starters through it; signing with the ring's keys.
 * Leaves to: core/completer.h the protocol; crypto.h the cryptography.
 *
 * Memory comes only once the peer has begun to speak: a connection that says
 * nothing costs a struct tlso_hs.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "hs.h"
#include "crypto.h"
#include "../core/completer_impl.h"

#define SOFT_CHUNK 4096
#define SOFT_HELLO 1024 /* as much of a first record is enough to begin */
#define SOFT_CHAIN 32768 /* more room for messages: the peer's certificates */

struct hs_soft {
	struct tlso_completer completer;
	struct tlso_completer_cfg cfg;
	struct tlso_signer signer;
	u32 taken; /* inbound bytes so far */
	size_t cap;
	u8 *seg;
	u8 chunk[SOFT_CHUNK];
};

/* ---- Private keys -------------------------------------------------------------- */

static struct tlso_linux_key *soft_key(const struct tlso_hs *hs,
				       unsigned int identity)
{
	return identity < hs->ctx->n_ids ? hs->ctx->identities[identity]->key :
					   NULL;
}

static int soft_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		     const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	struct tlso_linux_key *key = soft_key(ctx, identity);

	return key ? tlso_linux_sign(rng, key, scheme, digest, n, sig, sig_len) :
		     -1;
}

static int soft_rsa_private(void *rng, void *ctx, unsigned int identity,
			    const u8 *in, size_t n, u8 *out)
{
	struct tlso_linux_key *key = soft_key(ctx, identity);

	return key ? tlso_linux_rsa_private(rng, key, in, n, out) : -1;
}

/* ---- Beginning ------------------------------------------------------------------ */

/* Socket lock held. A first record, or enough of it to see that it is none. */
static bool soft_hello_here(struct tlso_hs *hs)
{
	const struct tcp_sock *tp = tcp_sk(hs->sk);
	u32 queued = tp->rcv_nxt - tp->copied_seq;
	u8 hdr[TLSO_REC_HDR];
	u16 len;

	if (tlso_conn_peek_raw(hs->conn, tp->copied_seq, hdr, sizeof(hdr)) !=
	    sizeof(hdr))
		return false;
	len = get_unaligned_be16(hdr + 3);
	return hdr[0] != TLSO_CT_HANDSHAKE || len > TLSO_REC_PLAIN_MAX ||
	       queued >= min_t(u32, sizeof(hdr) + len, SOFT_HELLO);
}

static int soft_alloc(struct tlso_hs *hs)
{
	struct hs_soft *soft = kvzalloc(sizeof(*soft), TLSO_HS_GFP);

	if (!soft)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	hs->priv = soft;
	soft->cap = TLSO_COMPLETER_SEG_MIN;
	if (hs->ctx->cfg.client || hs->ctx->cfg.client_auth != TLSO_AUTH_NONE)
		soft->cap += SOFT_CHAIN;
	soft->seg = kvmalloc(soft->cap, TLSO_HS_GFP);
	return soft->seg ? 0 : tlso_hs_fail(hs, -ENOMEM, "no memory");
}

static void soft_end(struct tlso_hs *hs, bool secure)
{
	struct hs_soft *soft = hs->priv;

	hs->priv = NULL;
	if (!soft)
		return;
	tlso_completer_wipe(&soft->completer);
	kvfree_sensitive(soft->seg, soft->cap);
	kvfree_sensitive(soft, sizeof(*soft));
}

static int soft_begin(struct tlso_hs *hs)
{
	struct sock *sk = hs->sk;
	struct hs_soft *soft;
	bool here;
	int err;

	lock_sock(sk);
	here = hs->conn->client || soft_hello_here(hs);
	hs->start_seq = tcp_sk(sk)->copied_seq;
	release_sock(sk);
	if (!here)
		return -EAGAIN;
	err = tlso_hs_ctx_make(hs, TLSO_USE_12 | TLSO_USE_13, TLSO_HS_IDS_MAX,
			       true);
	if (!err)
		err = soft_alloc(hs);
	if (err)
		return err;
	soft = hs->priv;
	soft->signer.ctx = hs;
	soft->signer.sign = soft_sign;
	soft->signer.rsa_private = soft_rsa_private;
	soft->cfg.crypto = &tlso_linux_crypto;
	soft->cfg.signer = &soft->signer;
	soft->cfg.client = hs->ctx->cfg.client;
	soft->cfg.resume = hs->ctx->cfg.resume;
	if (hs->ctx->tickets)
		soft->cfg.tickets = &hs->ctx->tickets->keys;
	soft->cfg.now_ms = hs->ctx->cfg.now_ms;
	tlso_completer_init(&soft->completer, &soft->cfg, soft->seg, soft->cap);
	return hs->conn->client ? tlso_hs_hello(hs) : 0;
}

/* ---- Starters and inbound bytes --------------------------------------------------- */

static int soft_complete(struct tlso_hs *hs, const u8 *in, size_t n, u8 *out,
			 size_t cap, size_t *out_len)
{
	struct hs_soft *soft = hs->priv;
	enum tlso_err e;

	e = tlso_completer_starter(&soft->completer, in, n, out, cap, out_len);
	if (!e)
		return 0;
	hs->refused = e;
	return tlso_hs_fail(hs, -EPROTO, tlso_err_name(e));
}

/* Feeds the @n bytes of soft->chunk; *@used of them were taken. */
static int soft_feed(struct tlso_hs *hs, size_t n, size_t *used)
{
	struct hs_soft *soft = hs->priv;
	enum tlso_feed feed;
	size_t k, seg_len;
	const u8 *seg;
	int err;

	*used = 0;
	for (;;) {
		feed = tlso_completer_feed(&soft->completer, soft->chunk + *used,
					   n - *used, &k, &seg, &seg_len);
		*used += k;
		if (feed == TLSO_FEED_MORE)
			return 0;
		err = tlso_hs_segment(hs, seg, seg_len);
		if (err || hs->said)
			return err;
		cond_resched();
	}
}

/* Into soft->chunk, without taking it out of the queue: how many bytes. */
static int soft_peek(struct tlso_hs *hs)
{
	struct hs_soft *soft = hs->priv;
	int n;

	lock_sock(hs->sk);
	n = tlso_conn_peek_raw(hs->conn, tcp_sk(hs->sk)->copied_seq,
			       soft->chunk, SOFT_CHUNK);
	release_sock(hs->sk);
	return n;
}

static void soft_consume(struct tlso_hs *hs, size_t n)
{
	struct hs_soft *soft = hs->priv;
	struct sock *sk = hs->sk;

	lock_sock(sk);
	/* Else the queue may hold another connection's bytes. */
	if (!hs->dead)
		tlso_conn_consume_raw(hs->conn, tcp_sk(sk)->copied_seq + n);
	release_sock(sk);
	soft->taken += n;
}

static int soft_keyed(struct tlso_hs *hs)
{
	struct hs_soft *soft = hs->priv;
	struct tlso_session_keys keys;
	int err;

	if (!tlso_completer_done(&soft->completer) ||
	    tlso_completer_keys(&soft->completer, &keys))
		return tlso_hs_fail(hs, -EPROTO, "no keys at the end");
	err = tlso_hs_keyed(hs, &keys);
	memzero_explicit(&keys, sizeof(keys));
	return err;
}

/* What follows the handshake stays in the queue. */
static int soft_run(struct tlso_hs *hs)
{
	struct hs_soft *soft = hs->priv;
	size_t used;
	int err, n;

	while (!hs->said && (n = soft_peek(hs)) > 0) {
		err = soft_feed(hs, n, &used);
		soft_consume(hs, used);
		if (err)
			return err;
		if (soft->taken > TLSO_HS_BYTES_MAX)
			return tlso_hs_fail(hs, -EPROTO,
					    "the peer's handshake does not end");
		if (!used)
			break;
	}
	return hs->said && !hs->ses ? soft_keyed(hs) : 0;
}

static bool soft_settled(struct tlso_hs *hs)
{
	return true; /* taken out as it was read */
}

const struct tlso_hs_place tlso_hs_soft = {
	.begin = soft_begin,
	.run = soft_run,
	.complete = soft_complete,
	.settled = soft_settled,
	.end = soft_end,
};
