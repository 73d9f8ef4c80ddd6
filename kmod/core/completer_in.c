// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completer's inbound side: gathers records from bytes that come in pieces
 * of any size, opens them, and makes each message (completer_msg.c), alert and
 * change_cipher_spec a finished segment. Everything happens in the lent buffer: a
 * record's body is gathered right behind the messages that are there already, and
 * opened in place, so that its content lands where it belongs.
 */
#include "buf.h"
#include "completer_impl.h"

/* Alerts in a row that are ignored. */
#define WARNINGS_MAX 4

static u8 *text(const struct tlso_completer *c, size_t off)
{
	return c->seg + TLSO_COMPLETER_FRONT + off;
}

static size_t body_len(const struct tlso_completer *c)
{
	return (size_t)c->hdr[3] << 8 | c->hdr[4];
}

/* Is what comes now under keys? In TLS 1.2 that is all, in 1.3 nearly. */
static bool protected_12(const struct tlso_completer *c)
{
	return c->version == TLSO_VERSION_12 &&
	       c->rx_epoch == TLSO_EPOCH_APPLICATION;
}

/* ---- Segments ------------------------------------------------------------ */

/* What is handed out: @p in the lent buffer, @n bytes; NULL: nothing yet. */
struct segment {
	const u8 *p;
	size_t n;
};

/* Each behind type, epoch and length; a ticket's head is 24 bytes (seam.h). */
static_assert(4 + TLSO_HASH_MAX + 2 * (4 + 24 + TLSO_TICKET_CTX_MAX) <=
		      TLSO_FINISHED_EXTRA_MAX,
	      "a ClientHello's extras do not fit");

/* Where extras are written, until their length is known. */
static void begin_extras(struct tlso_completer *c)
{
	tlso_wr_init(&c->extra, c->seg + TLSO_FINISHED_HDR,
		     TLSO_FINISHED_EXTRA_MAX);
}

/* Header and extras go right in front of the @len bytes at the front. */
static enum tlso_err put_segment(struct tlso_completer *c, u8 type,
				 enum tlso_err err, u8 epoch, size_t len,
				 struct segment *seg)
{
	struct tlso_finished f = { 0 };
	u8 *p;

	if (c->extra.bad)
		return TLSO_E_SPACE;
	f.type = type;
	f.epoch = epoch;
	f.err = err;
	f.ops = c->ops;
	f.extra_len = c->extra.n;
	f.len = len;
	p = text(c, 0) - f.extra_len - TLSO_FINISHED_HDR;
	memmove(p + TLSO_FINISHED_HDR, c->extra.p, f.extra_len);
	tlso_finished_write_hdr(p, &f);
	c->ops = 0;
	seg->p = p;
	seg->n = TLSO_FINISHED_HDR + f.extra_len + len;
	return TLSO_OK;
}

static enum tlso_feed report_error(struct tlso_completer *c, enum tlso_err e,
				   struct segment *seg)
{
	c->in_err = e;
	c->have = 0;
	c->done = 0;
	seg->p = NULL;
	seg->n = 0;
	if (c->cap) { /* else init got no buffer to speak of */
		begin_extras(c);
		(void)!put_segment(c, 0, e, c->rx_epoch, 0, seg);
	}
	return TLSO_FEED_FINISHED;
}

/* ---- Record headers ------------------------------------------------------ */

/* RFC 8446 5: a change_cipher_spec without meaning. Never before the first hello,
 * nor amid a message.
 */
static bool idle_ccs(const struct tlso_completer *c)
{
	bool hello = c->client ? c->hello_sent : c->hello_seen;

	return hello && !c->have;
}

/* Whether a record of this outer type may start now; judged by one byte. */
static enum tlso_err check_type_12(const struct tlso_completer *c)
{
	switch (c->hdr[0]) {
	case TLSO_CT_ALERT:
	case TLSO_CT_HANDSHAKE:
		return TLSO_OK;
	case TLSO_CT_CCS: /* once, between messages, and with keys to go to */
		return c->rx_epoch == TLSO_EPOCH_CLEAR && c->master_made &&
				       !c->have ?
			       TLSO_OK :
			       TLSO_E_UNEXPECTED;
	default:
		return TLSO_E_UNEXPECTED;
	}
}

static enum tlso_err check_type(const struct tlso_completer *c)
{
	bool clear = c->rx_epoch == TLSO_EPOCH_CLEAR;
	bool ok;

	if (c->version == TLSO_VERSION_12)
		return check_type_12(c);
	switch (c->hdr[0]) {
	case TLSO_CT_ALERT:
		/* In clear as long as the client may have got no keys. */
		ok = clear || (!c->client && !c->rx.seq);
		break;
	case TLSO_CT_HANDSHAKE:
		ok = clear;
		break;
	case TLSO_CT_CCS:
		ok = idle_ccs(c);
		break;
	case TLSO_CT_DATA:
		/* Clear: early data after a HelloRetryRequest. */
		ok = !clear || (c->skip_left && !c->have);
		break;
	default:
		ok = false;
		break;
	}
	return ok ? TLSO_OK : TLSO_E_UNEXPECTED;
}

/* RFC 8446 5.1, RFC 5246 E.1: in clear anything of TLS; TLS 1.3 authenticates it. */
static enum tlso_err check_version(const struct tlso_completer *c)
{
	if (c->hdr[1] != 3 || (protected_12(c) && c->hdr[2] != 3))
		return TLSO_E_VERSION;
	return TLSO_OK;
}

static enum tlso_err check_length(const struct tlso_completer *c)
{
	size_t n = body_len(c);
	u8 type = c->hdr[0];
	bool sealed = type == TLSO_CT_DATA || protected_12(c);

	if (n > (sealed ? (size_t)TLSO_REC_CIPHER_MAX :
			  (size_t)TLSO_REC_PLAIN_MAX))
		return TLSO_E_OVERFLOW;
	if (type == TLSO_CT_CCS && n != 1)
		return TLSO_E_UNEXPECTED;
	if (!n && type != TLSO_CT_DATA) /* RFC 8446 5.1, RFC 5246 6.2.1 */
		return TLSO_E_UNEXPECTED;
	if (n > c->cap - c->have)
		return TLSO_E_SPACE;
	return TLSO_OK;
}

/* The header, byte by byte: each is judged as soon as it has come. */
static enum tlso_err take_header(struct tlso_completer *c, struct tlso_rd *in)
{
	enum tlso_err e = TLSO_OK;

	while (!e && in->n && c->hdr_n < TLSO_REC_HDR) {
		c->hdr[c->hdr_n++] = tlso_rd_u8(in);
		if (c->hdr_n == 1)
			e = check_type(c);
		else if (c->hdr_n == 2 && c->hdr[1] != 3)
			e = TLSO_E_VERSION;
		else if (c->hdr_n == 3)
			e = check_version(c);
		else if (c->hdr_n == TLSO_REC_HDR)
			e = check_length(c);
	}
	return e;
}

static void take_body(struct tlso_completer *c, struct tlso_rd *in)
{
	size_t n = body_len(c) - c->rec_have;

	if (n > in->n)
		n = in->n;
	tlso_rd_copy(in, text(c, c->have + c->rec_have), n);
	c->rec_have += n;
}

/* ---- Records ------------------------------------------------------------- */

/* 4.2.10: what cannot be opened is early data, while there may be any. */
static enum tlso_err skip_early(struct tlso_completer *c, size_t n)
{
	n += TLSO_REC_HDR;
	if (n > c->skip_left) {
		c->skip_left = 0;
		return TLSO_E_BAD_MAC;
	}
	c->skip_left -= (u32)n;
	return TLSO_OK;
}

/* May it be passed over? RFC 8446 6.1: user_canceled, a close_notify follows; RFC
 * 5246 7.2: warnings. Before the version is known a warning can only be an older
 * server's (unrecognized_name, say).
 */
static bool ignored(const struct tlso_completer *c, u8 level, u8 desc)
{
	if (c->version == TLSO_VERSION_13)
		return desc == TLSO_ALERT_USER_CANCELED;
	return level == TLSO_ALERT_WARNING && desc != TLSO_ALERT_CLOSE_NOTIFY;
}

/* An alert in @n bytes at the record's place becomes a segment of its own. */
static enum tlso_err on_alert(struct tlso_completer *c, size_t n, u8 epoch,
			      struct segment *seg)
{
	struct tlso_rd r;
	u8 level, desc;

	if (!n) /* 5.4 */
		return TLSO_E_UNEXPECTED;
	if (n != 2)
		return TLSO_E_DECODE;
	tlso_rd_init(&r, text(c, c->have), n);
	level = tlso_rd_u8(&r);
	desc = tlso_rd_u8(&r);
	if (level != TLSO_ALERT_WARNING && level != TLSO_ALERT_FATAL)
		return TLSO_E_ILLEGAL;
	if (ignored(c, level, desc)) {
		if (c->version == TLSO_VERSION_13 && c->have)
			return TLSO_E_UNEXPECTED; /* 5.1 */
		return c->warnings++ < WARNINGS_MAX ? TLSO_OK : TLSO_E_WARNINGS;
	}
	/* Nothing follows either: what was gathered is of no more use. */
	memmove(text(c, 0), text(c, c->have), n);
	c->have = 0;
	c->in_err = TLSO_E_PEER_ALERT;
	begin_extras(c);
	return put_segment(c, TLSO_FIN_ALERT,
			   desc == TLSO_ALERT_CLOSE_NOTIFY ? TLSO_OK :
							     TLSO_E_PEER_ALERT,
			   epoch, n, seg);
}

static enum tlso_err on_ccs(struct tlso_completer *c, struct segment *seg)
{
	enum tlso_err e;

	if (*text(c, c->have) != 1)
		return TLSO_E_UNEXPECTED;
	if (c->version != TLSO_VERSION_12)
		return c->ccs_left-- ? TLSO_OK : TLSO_E_WARNINGS;
	/* RFC 5246 7.1: what follows is under the new keys. */
	e = tlso_keys12(c);
	if (e)
		return e;
	c->rx = c->rx_next;
	tlso_wipe(&c->rx_next, sizeof(c->rx_next));
	begin_extras(c);
	e = put_segment(c, TLSO_FIN_CCS, TLSO_OK, c->rx_epoch, 1, seg);
	c->rx_epoch = TLSO_EPOCH_APPLICATION;
	return e;
}

/* @n bytes of content of @type at the record's place, from under keys or not. */
static enum tlso_err on_content(struct tlso_completer *c, u8 type, size_t n,
				u8 epoch, struct segment *seg)
{
	if (type == TLSO_CT_ALERT)
		return on_alert(c, n, epoch, seg);
	c->warnings = 0;
	if (type != TLSO_CT_HANDSHAKE || !n)
		return TLSO_E_UNEXPECTED;
	c->have += n;
	return TLSO_OK;
}

/*
 * RFC 8449 4. A client of TLS 1.3 learns from EncryptedExtensions that the server goes
 * by the limit, and the server does from there on and before: what came until the
 * director has read that is judged afterwards.
 */
enum tlso_err tlso_limit_item(struct tlso_completer *c, u16 limit)
{
	c->rx_limit = limit;
	return c->rx_most > limit ? TLSO_E_OVERFLOW : TLSO_OK;
}

static void note_length(struct tlso_completer *c)
{
	size_t n = body_len(c) - tlso_record_before(&c->rx) -
		   tlso_record_after(&c->rx);

	if (n > c->rx_most)
		c->rx_most = (u16)n;
}

/* A protected record: opened, then by its inner type. */
static enum tlso_err on_protected(struct tlso_completer *c, struct segment *seg)
{
	size_t limit = c->rx_limit ? c->rx_limit : TLSO_REC_PLAIN_MAX;
	size_t n = body_len(c), off;
	enum tlso_err e;
	u8 type;

	if (c->rx_epoch == TLSO_EPOCH_CLEAR)
		return skip_early(c, n);
	e = tlso_record_open(&c->rx, c->hdr, text(c, c->have), n, limit, &type,
			     &off, &n);
	if (e == TLSO_E_BAD_MAC && c->skip_left)
		return skip_early(c, body_len(c));
	if (e)
		return e;
	note_length(c);
	c->skip_left = 0;
	memmove(text(c, c->have), text(c, c->have + off), n);
	return on_content(c, type, n, c->rx_epoch, seg);
}

/* A whole record is behind the messages. */
static enum tlso_err take_record(struct tlso_completer *c, struct segment *seg)
{
	enum tlso_err e;

	if (protected_12(c) || c->hdr[0] == TLSO_CT_DATA)
		e = on_protected(c, seg);
	else if (c->hdr[0] == TLSO_CT_CCS)
		e = on_ccs(c, seg);
	else
		e = on_content(c, c->hdr[0], body_len(c), TLSO_EPOCH_CLEAR, seg);
	c->hdr_n = 0;
	c->rec_have = 0;
	return e;
}

/* ---- Feed ---------------------------------------------------------------- */

/* The last segment's message makes room for what follows it. */
static void drop_done(struct tlso_completer *c)
{
	if (!c->done)
		return;
	c->have -= c->done;
	memmove(text(c, 0), text(c, c->done), c->have);
	c->done = 0;
}

/* One message, if there is a whole one. */
static enum tlso_err next_message(struct tlso_completer *c, struct segment *seg)
{
	u8 epoch = c->rx_epoch;
	enum tlso_err e;
	size_t len;

	begin_extras(c);
	e = tlso_take_message(c, text(c, 0), &len);
	if (e || !len)
		return e;
	c->done = len;
	return put_segment(c, *text(c, 0), TLSO_OK, epoch, len, seg);
}

/* Up to the next segment, the end of the input, or an error. */
static enum tlso_err run(struct tlso_completer *c, struct tlso_rd *in,
			 struct segment *seg)
{
	enum tlso_err e;

	for (;;) {
		e = next_message(c, seg);
		if (e || seg->p || c->hold || c->complete)
			return e;
		e = take_header(c, in);
		if (e || c->hdr_n < TLSO_REC_HDR)
			return e;
		take_body(c, in);
		if (c->rec_have < body_len(c))
			return TLSO_OK;
		e = take_record(c, seg);
		if (e || seg->p)
			return e;
	}
}

enum tlso_feed tlso_completer_feed(struct tlso_completer *c, const u8 *p,
				   size_t n, size_t *used, const u8 **seg,
				   size_t *seg_len)
{
	struct segment s = { NULL, 0 };
	enum tlso_feed r = TLSO_FEED_MORE;
	struct tlso_rd in;
	enum tlso_err e;

	*used = n;
	if (c->in_err) {
		r = report_error(c, c->in_err, &s);
	} else {
		*used = 0;
		drop_done(c);
		if (!c->hold && !c->complete) {
			tlso_rd_init(&in, p, n);
			e = run(c, &in, &s);
			*used = n - in.n;
			if (e)
				r = report_error(c, e, &s);
			else if (s.p)
				r = c->complete ? TLSO_FEED_COMPLETE :
						  TLSO_FEED_FINISHED;
		}
	}
	*seg = s.p;
	*seg_len = s.n;
	return r;
}
