// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completion of starters (elements 1515, 1580): items in their order, messages
 * filled in (completer_fill.c) and put into records.
 */
#include "buf.h"
#include "completer_impl.h"

/* What is being built: wire bytes, and the stream not yet in records. */
struct build {
	struct tlso_wr out;
	struct tlso_wr text; /* behind out, leaving room for the records */
	struct tlso_stream_plan plan; /* by the length before signatures shrank it */
};

/* ---- Records ------------------------------------------------------------- */

/* What protection puts in front of the content and behind it, now. */
static size_t before(const struct tlso_completer *c)
{
	return c->tx_epoch == TLSO_EPOCH_CLEAR ? 0 : tlso_record_before(&c->tx);
}

static size_t after(const struct tlso_completer *c)
{
	return c->tx_epoch == TLSO_EPOCH_CLEAR ? 0 : tlso_record_after(&c->tx);
}

/* Header of a clear record; 5.1: a first ClientHello says 0x0301. */
static void clear_hdr(const struct tlso_completer *c, u8 *rec, u8 type,
		      size_t n)
{
	tlso_record_hdr(rec, type, n);
	if (c->client && !c->version)
		rec[2] = 1;
}

/* A record whose content stands behind its header's room, in the present epoch. */
static enum tlso_err seal(struct tlso_completer *c, u8 *rec, u8 type, size_t n,
			  size_t pad)
{
	if (c->tx_epoch != TLSO_EPOCH_CLEAR)
		return tlso_record_seal(&c->tx, rec, type, n, pad);
	if (pad) /* clear records have no padding */
		return TLSO_E_SEAM;
	clear_hdr(c, rec, type, n);
	return TLSO_OK;
}

/* The length of the stream that starts with item @it: a look ahead. */
static enum tlso_err stream_len(struct tlso_starter_rd s,
				struct tlso_starter_item it, size_t *len)
{
	struct tlso_starter_fill f;
	enum tlso_err e;
	unsigned int i;

	*len = 0;
	while (it.kind == TLSO_ITEM_MESSAGE || tlso_item_silent(it.kind)) {
		if (it.kind == TLSO_ITEM_MESSAGE)
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
				  struct build *b, size_t len, u16 limit)
{
	tlso_stream_plan(&b->plan, len, before(c) + after(c),
			 tlso_record_max(c->tx_epoch, limit));
	if (b->out.bad || b->plan.wire > b->out.cap - b->out.n)
		return TLSO_E_SPACE;
	tlso_wr_init(&b->text, b->out.p + b->out.n + (b->plan.wire - len), len);
	return TLSO_OK;
}

/* One record of the @n bytes at @from, padded. */
static enum tlso_err put_record(struct tlso_completer *c, struct build *b,
				const u8 *from, size_t n, size_t pad)
{
	size_t start = b->out.n;
	size_t total = TLSO_REC_HDR + before(c) + n + pad + after(c);
	u8 *rec;

	if (total > b->out.cap - start)
		return TLSO_E_SPACE;
	rec = b->out.p + start;
	memmove(rec + TLSO_REC_HDR + before(c), from, n);
	b->out.n += total;
	return seal(c, rec, TLSO_CT_HANDSHAKE, n, pad);
}

/*
 * What signatures fell short of their room is missing at the end. TLS 1.2 sends so
 * much less. TLS 1.3 pads the last record, and where it would be all padding, which
 * it may not (5.4), leaves it a byte of those before.
 */
static enum tlso_err end_stream(struct tlso_completer *c, struct build *b)
{
	size_t from = 0, left = b->plan.records, have, want, n;
	bool padded = c->version == TLSO_VERSION_13;
	u8 *text = b->text.p + (b->text.cap - b->text.n);
	enum tlso_err e;

	/* Out of the padding's way, too. */
	memmove(text, b->text.p, b->text.n);
	while (left--) {
		want = left ? b->plan.each : b->plan.last;
		have = b->text.n - from;
		if (padded && have <= left)
			return TLSO_E_SEAM;
		if (padded)
			have -= left;
		n = want < have ? want : have;
		if (!n)
			break;
		e = put_record(c, b, text + from, n, padded ? want - n : 0);
		if (e)
			return e;
		from += n;
	}
	b->text.n = 0;
	return TLSO_OK;
}

/* ---- Items --------------------------------------------------------------- */

/* Before there is a version a client says hello, and nobody says anything else. */
static bool may_speak(const struct tlso_completer *c,
		      const struct tlso_starter_item *it)
{
	if (c->finished_sent || c->complete)
		return false;
	if (!c->client)
		return c->hello_seen && c->hash;
	if (c->version)
		return c->hello_sent;
	return !c->hello_sent && it->body.n && *it->body.p ==
					       TLSO_HS_CLIENT_HELLO;
}

static enum tlso_err do_message(struct tlso_completer *c, struct build *b,
				struct tlso_starter_rd *s,
				const struct tlso_starter_item *it)
{
	struct tlso_filling m = { &b->text, b->text.n, 0 };
	struct tlso_starter_fill f;
	const u8 *msg = b->text.p + b->text.n;
	enum tlso_err e;
	unsigned int i;

	if (!may_speak(c, it))
		return TLSO_E_SEAM;
	tlso_wr_bytes(&b->text, it->body.p, it->body.n);
	if (b->text.bad)
		return TLSO_E_SPACE;
	for (i = 0; i < it->fills; i++) {
		e = tlso_starter_next_fill(s, it, &f);
		if (!e)
			e = tlso_fill(c, &m, &f);
		if (e)
			return e;
	}
	e = tlso_filled(c, msg, b->text.n - m.start);
	if (e)
		return e;
	return tlso_transcript_add(c, msg, b->text.n - m.start);
}

static enum tlso_err do_alert(struct tlso_completer *c, struct tlso_wr *out,
			      const struct tlso_starter_item *it)
{
	u8 *rec = tlso_wr_room(out, TLSO_REC_HDR + before(c) + it->body.n +
					    after(c));

	if (!rec)
		return TLSO_E_SPACE;
	memcpy(rec + TLSO_REC_HDR + before(c), it->body.p, it->body.n);
	return seal(c, rec, TLSO_CT_ALERT, it->body.n, 0);
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
	case TLSO_ITEM_SHARE:
		return tlso_share_item(c, it->arg, it->body.p, it->body.n);
	case TLSO_ITEM_PSK:
		return tlso_psk_item(c, it->arg);
	case TLSO_ITEM_RSA:
		return tlso_rsa_item(c, it->arg, it->body.p, it->body.n);
	case TLSO_ITEM_MASTER:
		return tlso_master_item(c, it->arg);
	case TLSO_ITEM_RESUME:
		return tlso_resume_item(c);
	case TLSO_ITEM_LIMIT:
		return tlso_limit_item(c, it->arg);
	default:
		return do_message(c, b, s, it);
	}
}

static enum tlso_err do_items(struct tlso_completer *c,
			      struct tlso_starter_rd *s, struct build *b)
{
	struct tlso_starter_item it;
	enum tlso_err e = TLSO_OK;
	bool in_stream = false;
	size_t len;

	while (!e && s->items) {
		e = tlso_starter_item(s, &it);
		if (e)
			return e;
		if (!in_stream && it.kind == TLSO_ITEM_MESSAGE) {
			in_stream = true;
			e = stream_len(*s, it, &len);
			if (!e)
				e = begin_stream(c, b, len, s->limit);
		} else if (in_stream && it.kind != TLSO_ITEM_MESSAGE &&
			   !tlso_item_silent(it.kind)) {
			in_stream = false;
			e = end_stream(c, b);
		}
		if (!e)
			e = do_item(c, b, s, &it);
	}
	if (!e && in_stream)
		e = end_stream(c, b);
	return e;
}

/* A failed starter must leave alerts possible, in the epoch before it. */
enum tlso_err tlso_complete(struct tlso_completer *c, struct tlso_starter_rd *s,
			    u8 *out, size_t *out_len)
{
	struct tlso_record_keys tx = c->tx;
	u8 epoch = c->tx_epoch;
	struct build b = { 0 };
	enum tlso_err e;

	tlso_wr_init(&b.out, out, s->out_len);
	e = do_items(c, s, &b);
	if (!e && b.out.n != s->out_len && c->version != TLSO_VERSION_12)
		e = TLSO_E_SEAM;
	if (e) {
		c->tx = tx;
		c->tx_epoch = epoch;
		tlso_wipe(out, s->out_len);
	}
	tlso_wipe(&tx, sizeof(tx));
	*out_len = e ? 0 : b.out.n;
	return e;
}
