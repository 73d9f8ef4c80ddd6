// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completer's calls, and the completion of starters: fills, records, epochs
 * (elements 1515, 1580). Inbound bytes are completer_in.c's.
 */
#include "buf.h"
#include "completer_impl.h"
#include "hs_msg.h"
#include "keysched.h"
#include "suite.h"

/* 32 change_cipher_spec records are more than any client sends. */
#define CCS_MAX 32

/* Two hellos, what a client with a certificate and early data sends, and a
 * margin. A record has room for thousands of messages, and each becomes a
 * segment that somebody has to keep until the director refuses the first.
 */
#define MSGS_MAX 8

void tlso_completer_init(struct tlso_completer *c,
			 const struct tlso_crypto *crypto, void *rng,
			 const struct tlso_signer *signer, u8 *seg, size_t cap)
{
	memset(c, 0, sizeof(*c));
	c->crypto = crypto;
	c->rng = rng;
	c->signer = signer;
	c->seg = seg;
	c->ccs_left = CCS_MAX;
	c->msgs_left = MSGS_MAX;
	c->err = TLSO_E_SPACE;
	if (cap >= TLSO_COMPLETER_SEG_MIN) {
		c->cap = cap - TLSO_FINISHED_HDR;
		c->err = tlso_transcript_init(c);
	}
	c->in_err = c->err;
}

void tlso_completer_wipe(struct tlso_completer *c)
{
	if (c->seg && c->cap)
		tlso_wipe(c->seg, c->cap + TLSO_FINISHED_HDR);
	tlso_wipe(c, sizeof(*c));
	c->err = TLSO_E_STATE;
	c->in_err = TLSO_E_STATE;
}

enum tlso_err tlso_completer_keys(const struct tlso_completer *c,
				  struct tlso_session_keys *k)
{
	const struct tlso_suite *s = tlso_suite_find(c->suite);

	if (c->err)
		return c->err;
	if (!c->complete || !s)
		return TLSO_E_STATE;
	memset(k, 0, sizeof(*k));
	k->tls_version = TLSO_VERSION_13;
	k->suite = c->suite;
	k->key_len = s->key_len;
	k->secret_len = s->hash_len;
	k->tx.seq = c->tx.seq;
	k->rx.seq = c->rx.seq;
	memcpy(k->tx.key, c->tx.key, s->key_len);
	memcpy(k->rx.key, c->rx.key, s->key_len);
	memcpy(k->tx.iv, c->tx.iv, TLSO_IV_LEN);
	memcpy(k->rx.iv, c->rx.iv, TLSO_IV_LEN);
	memcpy(k->tx.secret, c->app_server, s->hash_len);
	memcpy(k->rx.secret, c->app_client, s->hash_len);
	memcpy(k->resumption, c->resumption, s->hash_len);
	return TLSO_OK;
}

/* ---- Fills --------------------------------------------------------------- */

/* A message being finished at the end of w: it starts at @start. */
struct message {
	struct tlso_wr *w;
	size_t start;
};

static u8 *at(const struct message *m, size_t off)
{
	return m->w->p + m->start + off;
}

static enum tlso_err fill_key_share(struct tlso_completer *c,
				    const struct message *m,
				    const struct tlso_starter_fill *f)
{
	const struct tlso_group_alg *const *g = c->crypto->groups;

	while (*g && (*g)->id != f->arg)
		g++;
	if (!*g || c->share_len || c->tx_epoch != TLSO_EPOCH_CLEAR ||
	    f->room != (*g)->share_len || f->data.n != (*g)->share_len ||
	    (*g)->secret_len > sizeof(c->share_secret))
		return TLSO_E_SEAM;
	/* The only way for it to fail is a bad public value (7.4.2). */
	if ((*g)->exchange(c->rng, f->data.p, at(m, f->off), c->share_secret))
		return TLSO_E_ILLEGAL;
	c->share_len = (*g)->secret_len;
	c->ops |= TLSO_OP_KEY_SHARE;
	return TLSO_OK;
}

/* Signs over the transcript so far, and cuts the message to its true length. */
static enum tlso_err fill_signature(struct tlso_completer *c,
				    const struct message *m,
				    const struct tlso_starter_fill *f)
{
	u8 thash[TLSO_HASH_MAX], content[TLSO_CV_CONTENT_MAX];
	size_t n, len, sig_len;
	enum tlso_err e;

	len = m->w->n - m->start;
	/* One is all that a handshake needs. A starter could hold thousands,
	 * and nothing stops a job that makes them.
	 */
	if (f->room < 3 || f->off + f->room != len || !c->signer ||
	    c->signature_made || c->tx_epoch != TLSO_EPOCH_HANDSHAKE)
		return TLSO_E_SEAM;
	e = tlso_transcript_hash(c, thash);
	if (e)
		return e;
	tlso_certificate_verify_content(thash, c->hash->len, content, &n);
	sig_len = f->room - 2;
	if (c->signer->sign(c->rng, c->signer->key, f->arg, content, n,
			    at(m, f->off + 2), &sig_len) ||
	    !sig_len || sig_len > f->room - 2)
		return TLSO_E_CRYPTO;
	c->signature_made = 1;
	m->w->n = m->start + f->off + 2 + sig_len;
	tlso_wr_patch(m->w, m->start + f->off, 2, (u32)sig_len);
	tlso_wr_patch(m->w, m->start + 1, 3,
		      (u32)(m->w->n - m->start - TLSO_HS_HDR));
	c->ops |= TLSO_OP_SIGN;
	return TLSO_OK;
}

static enum tlso_err fill_finished(struct tlso_completer *c,
				   const struct message *m,
				   const struct tlso_starter_fill *f)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	if (c->tx_epoch != TLSO_EPOCH_HANDSHAKE || c->finished_sent ||
	    f->room != c->hash->len)
		return TLSO_E_SEAM;
	e = tlso_transcript_hash(c, thash);
	if (!e)
		e = tlso_finished_mac(c->hash, c->hs_server, thash,
				      at(m, f->off));
	if (e)
		return e;
	c->finished_sent = 1;
	c->ops |= TLSO_OP_MAC_MAKE;
	return TLSO_OK;
}

static enum tlso_err fill(struct tlso_completer *c, const struct message *m,
			  const struct tlso_starter_fill *f)
{
	/* A signature may have shortened the message under an earlier fill. */
	if (f->off + f->room > m->w->n - m->start)
		return TLSO_E_SEAM;
	switch (f->op) {
	case TLSO_FILL_RANDOM:
		if (f->room > TLSO_RANDOM_LEN)
			return TLSO_E_SEAM;
		if (c->crypto->random(c->rng, at(m, f->off), f->room))
			return TLSO_E_CRYPTO;
		c->ops |= TLSO_OP_SERVER_RANDOM;
		return TLSO_OK;
	case TLSO_FILL_KEY_SHARE:
		return fill_key_share(c, m, f);
	case TLSO_FILL_SIGNATURE:
		return fill_signature(c, m, f);
	case TLSO_FILL_FINISHED:
		return fill_finished(c, m, f);
	case TLSO_FILL_HRR:
		if (f->room || c->tx_epoch != TLSO_EPOCH_CLEAR)
			return TLSO_E_SEAM;
		return tlso_transcript_retry(c);
	default:
		return TLSO_E_SEAM;
	}
}

/* ---- Records ------------------------------------------------------------- */

/* What is being built: wire bytes, and the stream not yet in records. */
struct build {
	struct tlso_wr out;
	struct tlso_wr text; /* behind out, leaving room for the records */
	size_t nominal; /* the stream's length before signatures shrank it */
};

/* The length of the stream that starts with item @it: a look ahead. */
static enum tlso_err stream_len(struct tlso_starter_rd s,
				struct tlso_starter_item it, size_t *len)
{
	struct tlso_starter_fill f;
	enum tlso_err e;
	unsigned int i;

	*len = 0;
	while (it.kind == TLSO_ITEM_MESSAGE) {
		*len += it.body.n;
		for (i = 0; i < it.fills; i++) {
			e = tlso_starter_next_fill(&s, &it, &f);
			if (e)
				return e;
		}
		if (!s.items)
			break;
		e = tlso_starter_item(&s, &it);
		if (e)
			return e;
	}
	return TLSO_OK;
}

/*
 * Puts the text where it is out of the records' way: at the end of the wire
 * bytes that they will take. Record i then ends before text i + 1 starts.
 */
static enum tlso_err begin_stream(const struct tlso_completer *c,
				  struct build *b, size_t len)
{
	struct tlso_stream_plan plan;

	tlso_stream_plan(&plan, len, c->tx_epoch != TLSO_EPOCH_CLEAR);
	if (b->out.bad || plan.wire > b->out.cap - b->out.n)
		return TLSO_E_SPACE;
	tlso_wr_init(&b->text, b->out.p + b->out.n + (plan.wire - len), len);
	b->nominal = len;
	return TLSO_OK;
}

/* One record of @n bytes of the text at @from, padded. */
static enum tlso_err put_record(struct tlso_completer *c, struct build *b,
				size_t from, size_t n, size_t pad)
{
	bool sealed = c->tx_epoch != TLSO_EPOCH_CLEAR;
	size_t start = b->out.n;
	size_t total = TLSO_REC_HDR + n + pad + (sealed ? TLSO_REC_SEAL : 0);
	u8 *rec;

	if (total > b->out.cap - start)
		return TLSO_E_SPACE;
	rec = b->out.p + start;
	memmove(rec + TLSO_REC_HDR, b->text.p + from, n);
	b->out.n += total;
	if (sealed)
		return tlso_record_seal(&c->tx, rec, TLSO_CT_HANDSHAKE, n, pad);
	if (pad) /* clear records have no padding */
		return TLSO_E_SEAM;
	tlso_record_hdr(rec, TLSO_CT_HANDSHAKE, n);
	return TLSO_OK;
}

static enum tlso_err end_stream(struct tlso_completer *c, struct build *b)
{
	struct tlso_stream_plan plan;
	size_t i, from = 0, n, pad;
	enum tlso_err e;

	tlso_stream_plan(&plan, b->nominal, c->tx_epoch != TLSO_EPOCH_CLEAR);
	for (i = 0; i < plan.records; i++) {
		n = i + 1 < plan.records ? plan.each : plan.last;
		pad = 0;
		if (n > b->text.n - from) {
			pad = n - (b->text.n - from);
			n -= pad;
		}
		if (!n) /* no record may be all padding (5.4) */
			return TLSO_E_SEAM;
		e = put_record(c, b, from, n, pad);
		if (e)
			return e;
		from += n;
	}
	b->nominal = 0;
	b->text.n = 0;
	return TLSO_OK;
}

/* ---- Starters ------------------------------------------------------------ */

static enum tlso_err do_message(struct tlso_completer *c, struct build *b,
				struct tlso_starter_rd *s,
				const struct tlso_starter_item *it)
{
	struct message m = { &b->text, b->text.n };
	struct tlso_starter_fill f;
	enum tlso_err e;
	unsigned int i;

	if (c->tx_epoch == TLSO_EPOCH_APPLICATION || !c->hello_seen || !c->hash)
		return TLSO_E_SEAM;
	tlso_wr_bytes(&b->text, it->body.p, it->body.n);
	if (b->text.bad)
		return TLSO_E_SPACE;
	for (i = 0; i < it->fills; i++) {
		e = tlso_starter_next_fill(s, it, &f);
		if (!e)
			e = fill(c, &m, &f);
		if (e)
			return e;
	}
	return tlso_transcript_add(c, at(&m, 0), m.w->n - m.start);
}

static enum tlso_err do_alert(struct tlso_completer *c, struct tlso_wr *out,
			      const struct tlso_starter_item *it)
{
	u8 hdr[TLSO_REC_HDR];
	u8 *rec;

	if (c->tx_epoch == TLSO_EPOCH_CLEAR) {
		tlso_record_hdr(hdr, TLSO_CT_ALERT, it->body.n);
		tlso_wr_bytes(out, hdr, sizeof(hdr));
		tlso_wr_bytes(out, it->body.p, it->body.n);
		return out->bad ? TLSO_E_SPACE : TLSO_OK;
	}
	rec = tlso_wr_room(out, TLSO_REC_HDR + it->body.n + TLSO_REC_SEAL);
	if (!rec)
		return TLSO_E_SPACE;
	memcpy(rec + TLSO_REC_HDR, it->body.p, it->body.n);
	return tlso_record_seal(&c->tx, rec, TLSO_CT_ALERT, it->body.n, 0);
}

static enum tlso_err do_item(struct tlso_completer *c, struct build *b,
			     struct tlso_starter_rd *s,
			     const struct tlso_starter_item *it)
{
	switch (it->kind) {
	case TLSO_ITEM_RAW:
		tlso_wr_bytes(&b->out, it->body.p, it->body.n);
		return b->out.bad ? TLSO_E_SPACE : TLSO_OK;
	case TLSO_ITEM_EPOCH:
		return tlso_keys_epoch(c, (u8)it->arg);
	case TLSO_ITEM_ALERT:
		return do_alert(c, &b->out, it);
	default:
		return do_message(c, b, s, it);
	}
}

static enum tlso_err do_items(struct tlso_completer *c,
			      struct tlso_starter_rd *s, struct build *b)
{
	struct tlso_starter_item it;
	struct tlso_starter_rd ahead;
	enum tlso_err e = TLSO_OK;
	bool in_stream = false;
	size_t len;

	while (!e && s->items) {
		e = tlso_starter_item(s, &it);
		if (e)
			return e;
		if (in_stream && it.kind != TLSO_ITEM_MESSAGE) {
			in_stream = false;
			e = end_stream(c, b);
		} else if (!in_stream && it.kind == TLSO_ITEM_MESSAGE) {
			in_stream = true;
			ahead = *s;
			e = stream_len(ahead, it, &len);
			if (!e)
				e = begin_stream(c, b, len);
		}
		if (!e)
			e = do_item(c, b, s, &it);
	}
	if (!e && in_stream)
		e = end_stream(c, b);
	return e;
}

/* A failed starter must leave alerts possible, in the epoch before it. */
static enum tlso_err complete(struct tlso_completer *c,
			      struct tlso_starter_rd *s, struct build *b)
{
	struct tlso_record_keys tx = c->tx;
	u8 epoch = c->tx_epoch;
	enum tlso_err e;

	e = do_items(c, s, b);
	if (!e && b->out.n != s->out_len)
		e = TLSO_E_SEAM;
	if (e) {
		c->tx = tx;
		c->tx_epoch = epoch;
		tlso_wipe(b->out.p, b->out.cap);
	}
	tlso_wipe(&tx, sizeof(tx));
	return e;
}

enum tlso_err tlso_completer_starter(struct tlso_completer *c, const u8 *in,
				     size_t n, u8 *out, size_t cap,
				     size_t *out_len)
{
	struct tlso_starter_rd s;
	struct build b;
	bool alert_only;
	enum tlso_err e;

	*out_len = 0;
	e = tlso_starter_check(in, n, c->tx_epoch, &alert_only);
	if (!e)
		e = tlso_starter_open(&s, in, n);
	if (!e && s.out_len > cap)
		e = TLSO_E_SPACE;
	if (!e && !alert_only)
		e = c->err ? c->err : c->in_err;
	if (!e && (s.suite || !alert_only))
		e = tlso_keys_suite(c, s.suite);
	if (!e) {
		memset(&b, 0, sizeof(b));
		tlso_wr_init(&b.out, out, s.out_len);
		e = complete(c, &s, &b);
	}
	if (e) {
		if (!c->err)
			c->err = e;
		return e;
	}
	if (!alert_only)
		c->hold = 0;
	*out_len = s.out_len;
	return TLSO_OK;
}
