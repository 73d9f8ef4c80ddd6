// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Starters: writer, reader, and the account of their wire bytes. What goes into
 * one is server*.c's and client*.c's business, what comes of it
 * completer_starter.c's.
 */
#include "starter.h"
#include "suite.h"
#include "wire.h"

#define HDR_ITEMS 1 /* offsets in the header */
#define HDR_SUITE 2
#define HDR_VERSION 4
#define HDR_LIMIT 6
#define HDR_OUT_LEN 8

void tlso_stream_plan(struct tlso_stream_plan *s, size_t len, size_t extra,
		      size_t max)
{
	size_t n = (len + max - 1) / max;

	memset(s, 0, sizeof(*s));
	if (!n)
		return;
	s->records = n;
	s->each = (len + n - 1) / n;
	/* Rounding up may leave nothing for the last ones of many short records. */
	s->records = (len + s->each - 1) / s->each;
	s->last = len - (s->records - 1) * s->each;
	s->wire = len + s->records * (TLSO_REC_HDR + extra);
}

size_t tlso_record_max(u8 epoch, u16 limit)
{
	if (epoch == TLSO_EPOCH_CLEAR || !limit || limit > TLSO_REC_PLAIN_MAX)
		return TLSO_REC_PLAIN_MAX;
	return limit;
}

size_t tlso_seal_extra(u16 version, u16 suite, u8 epoch)
{
	const struct tlso_suite *s = tlso_suite_find(suite);

	if (epoch == TLSO_EPOCH_CLEAR)
		return 0;
	if (version != TLSO_VERSION_12 || !s)
		return TLSO_REC_SEAL;
	return (size_t)tlso_suite_explicit(s) + TLSO_TAG_LEN;
}

/* ---- Writing ------------------------------------------------------------- */

static void end_stream(struct tlso_starter_wr *s)
{
	struct tlso_stream_plan plan;

	tlso_stream_plan(&plan, s->stream,
			 tlso_seal_extra(s->version, s->suite, s->epoch),
			 tlso_record_max(s->epoch, s->limit));
	s->wire += plan.wire;
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
			u16 suite, u16 version, u8 epoch)
{
	memset(s, 0, sizeof(*s));
	tlso_wr_init(&s->w, out, cap);
	s->suite = suite;
	s->version = version;
	s->epoch = epoch;
	tlso_wr_u8(&s->w, TLSO_SEAM_VERSION);
	tlso_wr_u8(&s->w, 0);
	tlso_wr_u16(&s->w, suite);
	tlso_wr_u16(&s->w, version);
	tlso_wr_u16(&s->w, 0);
	tlso_wr_u32(&s->w, 0);
}

void tlso_starter_chosen(struct tlso_starter_wr *s, u16 suite, u16 version)
{
	s->suite = suite;
	s->version = version;
	tlso_wr_patch(&s->w, HDR_SUITE, 2, suite);
	tlso_wr_patch(&s->w, HDR_VERSION, 2, version);
}

void tlso_starter_limit(struct tlso_starter_wr *s, u16 limit)
{
	s->limit = limit;
	tlso_wr_patch(&s->w, HDR_LIMIT, 2, limit);
}

bool tlso_starter_empty(const struct tlso_starter_wr *s)
{
	return !s->items;
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

void tlso_starter_ccs(struct tlso_starter_wr *s)
{
	static const u8 ccs[] = { TLSO_CT_CCS, 3, 3, 0, 1, 1 };

	tlso_starter_raw(s, ccs, sizeof(ccs));
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
	s->wire += TLSO_REC_HDR + 2 +
		   tlso_seal_extra(s->version, s->suite, s->epoch);
}

/* An item without wire bytes, which does not end a stream. */
static void silent(struct tlso_starter_wr *s, u8 kind, u16 arg, const u8 *p,
		   size_t n)
{
	size_t at = item_begin(s, kind, arg);

	tlso_wr_bytes(&s->w, p, n);
	tlso_wr_close(&s->w, at, 3);
}

void tlso_starter_share(struct tlso_starter_wr *s, u16 group, const u8 *p,
			size_t n)
{
	silent(s, TLSO_ITEM_SHARE, group, p, n);
}

void tlso_starter_psk(struct tlso_starter_wr *s, u16 index)
{
	silent(s, TLSO_ITEM_PSK, index, NULL, 0);
}

void tlso_starter_rsa(struct tlso_starter_wr *s, u16 identity, const u8 *p,
		      size_t n)
{
	silent(s, TLSO_ITEM_RSA, identity, p, n);
}

void tlso_starter_master(struct tlso_starter_wr *s, bool extended)
{
	silent(s, TLSO_ITEM_MASTER, extended, NULL, 0);
}

void tlso_starter_resume(struct tlso_starter_wr *s)
{
	silent(s, TLSO_ITEM_RESUME, 0, NULL, 0);
}

void tlso_starter_own_limit(struct tlso_starter_wr *s, u16 limit)
{
	silent(s, TLSO_ITEM_LIMIT, limit, NULL, 0);
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
	tlso_wr_patch(&s->w, HDR_ITEMS, 1, s->items);
	tlso_wr_patch(&s->w, HDR_OUT_LEN, 4, (u32)s->wire);
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
	s->version = tlso_rd_u16(&s->r);
	s->limit = tlso_rd_u16(&s->r);
	s->out_len = tlso_rd_u32(&s->r);
	if (s->r.bad || version != TLSO_SEAM_VERSION ||
	    s->limit > TLSO_REC_PLAIN_MAX)
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

/* The account of a starter's wire bytes as it is read. */
struct account {
	u16 suite, version, limit;
	u8 epoch;
	size_t wire, stream;
};

static void account_stream(struct account *a)
{
	struct tlso_stream_plan plan;

	tlso_stream_plan(&plan, a->stream,
			 tlso_seal_extra(a->version, a->suite, a->epoch),
			 tlso_record_max(a->epoch, a->limit));
	a->wire += plan.wire;
	a->stream = 0;
}

/* Each epoch follows from the one before it: RFC 8446 7.1, RFC 5246 6.1. */
static bool next_epoch(const struct account *a, u16 epoch)
{
	switch (a->version) {
	case TLSO_VERSION_13:
		return epoch == a->epoch + 1 && epoch <= TLSO_EPOCH_APPLICATION;
	case TLSO_VERSION_12:
		return a->epoch == TLSO_EPOCH_CLEAR &&
		       epoch == TLSO_EPOCH_APPLICATION;
	default:
		return false;
	}
}

/* Items with wire bytes that are no messages. */
static enum tlso_err check_other(const struct tlso_starter_item *it,
				 struct account *a)
{
	account_stream(a);
	switch (it->kind) {
	case TLSO_ITEM_RAW:
		a->wire += it->body.n;
		return it->arg || !it->body.n ? TLSO_E_SEAM : TLSO_OK;
	case TLSO_ITEM_EPOCH:
		if (it->body.n || !next_epoch(a, it->arg))
			return TLSO_E_SEAM;
		a->epoch = (u8)it->arg;
		return TLSO_OK;
	case TLSO_ITEM_ALERT:
		a->wire += TLSO_REC_HDR + 2 +
			   tlso_seal_extra(a->version, a->suite, a->epoch);
		return it->arg || it->body.n != 2 ? TLSO_E_SEAM : TLSO_OK;
	default:
		return TLSO_E_SEAM;
	}
}

static enum tlso_err check_silent(const struct tlso_starter_item *it)
{
	bool ok;

	switch (it->kind) {
	case TLSO_ITEM_SHARE:
	case TLSO_ITEM_RSA:
		ok = it->body.n > 0;
		break;
	case TLSO_ITEM_PSK:
		ok = !it->body.n;
		break;
	case TLSO_ITEM_MASTER:
		ok = !it->body.n && it->arg <= 1;
		break;
	case TLSO_ITEM_LIMIT:
		ok = !it->body.n && it->arg && it->arg <= TLSO_REC_PLAIN_MAX;
		break;
	default: /* RESUME */
		ok = !it->body.n && !it->arg;
		break;
	}
	return ok ? TLSO_OK : TLSO_E_SEAM;
}

bool tlso_item_silent(u8 kind)
{
	return kind >= TLSO_ITEM_SHARE && kind <= TLSO_ITEM_LIMIT;
}

static enum tlso_err check_item(struct tlso_starter_rd *s,
				const struct tlso_starter_item *it,
				struct account *a)
{
	if (it->kind == TLSO_ITEM_MESSAGE) {
		a->stream += it->body.n;
		return check_message(s, it);
	}
	if (it->fills)
		return TLSO_E_SEAM;
	return tlso_item_silent(it->kind) ? check_silent(it) :
					    check_other(it, a);
}

enum tlso_err tlso_starter_check(const u8 *p, size_t n, u8 epoch,
				 bool *alert_only)
{
	struct tlso_starter_rd s;
	struct tlso_starter_item it;
	struct account a = { 0 };
	enum tlso_err e;

	*alert_only = false;
	e = tlso_starter_open(&s, p, n);
	if (e)
		return e;
	a.suite = s.suite;
	a.version = s.version;
	a.limit = s.limit;
	a.epoch = epoch;
	*alert_only = s.items > 0;
	while (!e && s.items) {
		e = tlso_starter_item(&s, &it);
		if (e)
			break;
		if (it.kind != TLSO_ITEM_ALERT)
			*alert_only = false;
		e = check_item(&s, &it, &a);
	}
	if (e)
		return e;
	account_stream(&a);
	if (!tlso_rd_done(&s.r) || a.wire != s.out_len ||
	    a.wire > TLSO_STARTER_OUT_MAX)
		return TLSO_E_SEAM;
	return TLSO_OK;
}
