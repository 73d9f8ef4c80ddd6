// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Starters: writer, reader, and the account of their wire bytes. What goes into
 * one is flight.c's business, what comes of it completer.c's.
 */
#include "starter.h"
#include "wire.h"

#define STARTER_HDR_ITEMS 1 /* offsets in the header */
#define STARTER_HDR_OUT_LEN 4

void tlso_stream_plan(struct tlso_stream_plan *s, size_t len, bool sealed)
{
	size_t extra = TLSO_REC_HDR + (sealed ? TLSO_REC_SEAL : 0);
	size_t n = (len + TLSO_REC_PLAIN_MAX - 1) / TLSO_REC_PLAIN_MAX;

	memset(s, 0, sizeof(*s));
	if (!n)
		return;
	s->records = n;
	s->each = (len + n - 1) / n;
	s->last = len - (n - 1) * s->each;
	s->wire = len + n * extra;
}

static size_t alert_wire(u8 epoch)
{
	return TLSO_REC_HDR + 2 +
	       (epoch == TLSO_EPOCH_CLEAR ? 0 : TLSO_REC_SEAL);
}

static size_t stream_wire(size_t len, u8 epoch)
{
	struct tlso_stream_plan plan;

	tlso_stream_plan(&plan, len, epoch != TLSO_EPOCH_CLEAR);
	return plan.wire;
}

/* ---- Writing ------------------------------------------------------------- */

static void end_stream(struct tlso_starter_wr *s)
{
	s->wire += stream_wire(s->stream, s->epoch);
	s->stream = 0;
}

static size_t item_begin(struct tlso_starter_wr *s, u8 kind, u16 arg)
{
	size_t at;

	s->items++;
	if (!s->items)
		s->w.bad = true;
	tlso_wr_u8(&s->w, kind);
	s->at_fills = s->w.n;
	s->fills = 0;
	tlso_wr_u8(&s->w, 0);
	tlso_wr_u16(&s->w, arg);
	at = tlso_wr_open(&s->w, 3);
	s->at_body = s->w.n;
	return at;
}

void tlso_starter_begin(struct tlso_starter_wr *s, u8 *out, size_t cap,
			u16 suite, u8 epoch)
{
	memset(s, 0, sizeof(*s));
	tlso_wr_init(&s->w, out, cap);
	s->epoch = epoch;
	tlso_wr_u8(&s->w, TLSO_SEAM_VERSION);
	tlso_wr_u8(&s->w, 0);
	tlso_wr_u16(&s->w, suite);
	tlso_wr_u32(&s->w, 0);
}

void tlso_starter_raw(struct tlso_starter_wr *s, const u8 *p, size_t n)
{
	size_t at;

	end_stream(s);
	at = item_begin(s, TLSO_ITEM_RAW, 0);
	tlso_wr_bytes(&s->w, p, n);
	tlso_wr_close(&s->w, at, 3);
	s->wire += n;
}

void tlso_starter_epoch(struct tlso_starter_wr *s, u8 epoch)
{
	size_t at;

	end_stream(s);
	at = item_begin(s, TLSO_ITEM_EPOCH, epoch);
	tlso_wr_close(&s->w, at, 3);
	s->epoch = epoch;
}

void tlso_starter_alert(struct tlso_starter_wr *s, u8 level, u8 alert)
{
	size_t at;

	end_stream(s);
	at = item_begin(s, TLSO_ITEM_ALERT, 0);
	tlso_wr_u8(&s->w, level);
	tlso_wr_u8(&s->w, alert);
	tlso_wr_close(&s->w, at, 3);
	s->wire += alert_wire(s->epoch);
}

void tlso_starter_message_begin(struct tlso_starter_wr *s, u8 type)
{
	item_begin(s, TLSO_ITEM_MESSAGE, 0);
	tlso_wr_u8(&s->w, type);
	tlso_wr_u24(&s->w, 0);
}

size_t tlso_starter_off(const struct tlso_starter_wr *s)
{
	return s->w.n - s->at_body;
}

void tlso_starter_message_end(struct tlso_starter_wr *s)
{
	tlso_wr_close(&s->w, s->at_body + 1, 3);
	tlso_wr_close(&s->w, s->at_body - 3, 3);
	s->stream += s->w.n - s->at_body;
}

void tlso_starter_fill(struct tlso_starter_wr *s, u8 op, u16 arg, size_t off,
		       size_t room, const u8 *data, size_t data_len)
{
	tlso_wr_patch(&s->w, s->at_fills, 1, ++s->fills);
	tlso_wr_u8(&s->w, op);
	tlso_wr_u8(&s->w, 0);
	tlso_wr_u16(&s->w, arg);
	tlso_wr_u24(&s->w, (u32)off);
	tlso_wr_u16(&s->w, (u16)room);
	tlso_wr_u16(&s->w, (u16)data_len);
	tlso_wr_bytes(&s->w, data, data_len);
}

enum tlso_err tlso_starter_end(struct tlso_starter_wr *s, size_t *n,
			       size_t *wire)
{
	end_stream(s);
	tlso_wr_patch(&s->w, STARTER_HDR_ITEMS, 1, s->items);
	tlso_wr_patch(&s->w, STARTER_HDR_OUT_LEN, 4, (u32)s->wire);
	*n = s->w.bad ? 0 : s->w.n;
	*wire = s->w.bad ? 0 : s->wire;
	if (s->w.bad || s->wire > TLSO_STARTER_OUT_MAX)
		return TLSO_E_SPACE;
	return TLSO_OK;
}

/* ---- Reading ------------------------------------------------------------- */

enum tlso_err tlso_starter_open(struct tlso_starter_rd *s, const u8 *p,
				size_t n)
{
	u8 version;

	memset(s, 0, sizeof(*s));
	tlso_rd_init(&s->r, p, n);
	version = tlso_rd_u8(&s->r);
	s->items = tlso_rd_u8(&s->r);
	s->suite = tlso_rd_u16(&s->r);
	s->out_len = tlso_rd_u32(&s->r);
	if (s->r.bad || version != TLSO_SEAM_VERSION || !s->items)
		return TLSO_E_SEAM;
	return TLSO_OK;
}

enum tlso_err tlso_starter_item(struct tlso_starter_rd *s,
				struct tlso_starter_item *it)
{
	if (!s->items)
		return TLSO_E_SEAM;
	s->items--;
	it->kind = tlso_rd_u8(&s->r);
	it->fills = tlso_rd_u8(&s->r);
	it->arg = tlso_rd_u16(&s->r);
	it->body = tlso_rd_vec(&s->r, 3);
	return s->r.bad ? TLSO_E_SEAM : TLSO_OK;
}

enum tlso_err tlso_starter_next_fill(struct tlso_starter_rd *s,
				     const struct tlso_starter_item *it,
				     struct tlso_starter_fill *f)
{
	u8 zero;

	f->op = tlso_rd_u8(&s->r);
	zero = tlso_rd_u8(&s->r);
	f->arg = tlso_rd_u16(&s->r);
	f->off = tlso_rd_u24(&s->r);
	f->room = tlso_rd_u16(&s->r);
	f->data = tlso_rd_vec(&s->r, 2);
	if (s->r.bad || zero)
		return TLSO_E_SEAM;
	/* A fill never touches the message's header. */
	if (f->off < TLSO_HS_HDR || f->off > it->body.n ||
	    f->room > it->body.n - f->off)
		return TLSO_E_SEAM;
	return TLSO_OK;
}

static enum tlso_err check_message(struct tlso_starter_rd *s,
				   const struct tlso_starter_item *it)
{
	struct tlso_rd body = it->body;
	struct tlso_starter_fill f;
	enum tlso_err e;
	unsigned int i;

	(void)tlso_rd_u8(&body);
	if (tlso_rd_u24(&body) != body.n || body.bad || it->arg)
		return TLSO_E_SEAM;
	for (i = 0; i < it->fills; i++) {
		e = tlso_starter_next_fill(s, it, &f);
		if (e)
			return e;
	}
	return TLSO_OK;
}

/* The wire bytes of an item that is not a message. */
static enum tlso_err check_other(const struct tlso_starter_item *it, u8 *epoch,
				 size_t *wire)
{
	if (it->fills)
		return TLSO_E_SEAM;
	switch (it->kind) {
	case TLSO_ITEM_RAW:
		*wire += it->body.n;
		return it->arg || !it->body.n ? TLSO_E_SEAM : TLSO_OK;
	case TLSO_ITEM_EPOCH:
		/* Each epoch follows from the one before it (7.1). */
		if (it->body.n || it->arg != *epoch + 1 ||
		    it->arg > TLSO_EPOCH_APPLICATION)
			return TLSO_E_SEAM;
		*epoch = (u8)it->arg;
		return TLSO_OK;
	case TLSO_ITEM_ALERT:
		*wire += alert_wire(*epoch);
		return it->arg || it->body.n != 2 ? TLSO_E_SEAM : TLSO_OK;
	default:
		return TLSO_E_SEAM;
	}
}

enum tlso_err tlso_starter_check(const u8 *p, size_t n, u8 epoch,
				 bool *alert_only)
{
	struct tlso_starter_rd s;
	struct tlso_starter_item it;
	size_t wire = 0, stream = 0;
	enum tlso_err e;

	*alert_only = true;
	e = tlso_starter_open(&s, p, n);
	while (!e && s.items) {
		e = tlso_starter_item(&s, &it);
		if (e)
			break;
		if (it.kind != TLSO_ITEM_ALERT)
			*alert_only = false;
		if (it.kind == TLSO_ITEM_MESSAGE) {
			stream += it.body.n;
			e = check_message(&s, &it);
			continue;
		}
		wire += stream_wire(stream, epoch);
		stream = 0;
		e = check_other(&it, &epoch, &wire);
	}
	if (e)
		return e;
	wire += stream_wire(stream, epoch);
	if (!tlso_rd_done(&s.r) || wire != s.out_len ||
	    wire > TLSO_STARTER_OUT_MAX)
		return TLSO_E_SEAM;
	return TLSO_OK;
}
