// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completer's inbound side: gathers records from bytes that come in pieces
 * of any size, opens them, takes handshake messages out, and makes each a
 * finished segment. Everything happens in the lent buffer: a record's body is
 * gathered right behind the messages that are there already, and opened in
 * place, so that its content lands where it belongs.
 */
#include "buf.h"
#include "completer_impl.h"
#include "hs_client_hello.h"
#include "hs_msg.h"

/* RFC 8446 4.2.10: two records' worth; we never said that we take any. */
#define EARLY_SKIP_MAX (2 * TLSO_REC_CIPHER_MAX)

static u8 *text(const struct tlso_completer *c, size_t off)
{
	return c->seg + TLSO_FINISHED_HDR + off;
}

static size_t body_len(const struct tlso_completer *c)
{
	return (size_t)c->hdr[3] << 8 | c->hdr[4];
}

/* ---- Segments ------------------------------------------------------------ */

static size_t put_segment(struct tlso_completer *c, u8 type, enum tlso_err err,
			  u8 epoch, size_t len)
{
	struct tlso_finished f = { 0 };

	f.type = type;
	f.epoch = epoch;
	f.err = err;
	f.ops = c->ops;
	f.len = len;
	tlso_finished_write_hdr(c->seg, &f);
	c->ops = 0;
	return TLSO_FINISHED_HDR + len;
}

static enum tlso_feed report_error(struct tlso_completer *c, enum tlso_err e,
				   size_t *seg_len)
{
	c->in_err = e;
	c->have = 0;
	c->done = 0;
	*seg_len = 0;
	/* init got no buffer to speak of */
	if (c->cap)
		*seg_len = put_segment(c, 0, e, c->rx_epoch, 0);
	return TLSO_FEED_FINISHED;
}

/* ---- Messages ------------------------------------------------------------ */

/* 4.2.10: whether early data may have to be skipped depends on the hello. */
static void look_at_hello(struct tlso_completer *c, size_t len)
{
	struct tlso_client_hello ch;

	c->skip_left = 0;
	if (!c->hello_seen && !tlso_client_hello_parse(&ch, text(c, 0), len) &&
	    ch.has_early_data)
		c->skip_left = EARLY_SKIP_MAX;
	c->hello_seen = 1;
	c->hold = 1;
}

/* The ninth operation. */
static enum tlso_err check_finished(struct tlso_completer *c, size_t len)
{
	enum tlso_err e;

	if (c->tx_epoch != TLSO_EPOCH_APPLICATION)
		return TLSO_E_UNEXPECTED;
	e = tlso_finished_msg_check(text(c, 0), len, c->peer_mac, c->hash->len);
	if (e)
		return e;
	c->ops |= TLSO_OP_MAC_CHECK | TLSO_OP_KEYS;
	return TLSO_OK;
}

/* The length of the message at the front, 0 while it is not whole. */
static enum tlso_err whole_message(const struct tlso_completer *c, size_t *len)
{
	struct tlso_rd r;
	size_t n;

	*len = 0;
	if (c->have < TLSO_HS_HDR)
		return TLSO_OK;
	tlso_rd_init(&r, text(c, 0), TLSO_HS_HDR);
	(void)tlso_rd_u8(&r);
	n = TLSO_HS_HDR + tlso_rd_u24(&r);
	if (n > c->cap)
		return TLSO_E_ILLEGAL;
	if (n <= c->have)
		*len = n;
	return TLSO_OK;
}

/* A message that changes keys must end its record (5.1). */
static enum tlso_err take_message(struct tlso_completer *c, u8 type, size_t len)
{
	bool last = c->have == len;
	enum tlso_err e = TLSO_OK;

	if (!c->msgs_left)
		return TLSO_E_UNEXPECTED;
	c->msgs_left--;
	if (c->rx_epoch == TLSO_EPOCH_CLEAR) {
		if (type != TLSO_HS_CLIENT_HELLO || !last)
			return TLSO_E_UNEXPECTED;
		look_at_hello(c, len);
	} else if (type == TLSO_HS_FINISHED) {
		if (!last)
			return TLSO_E_UNEXPECTED;
		e = check_finished(c, len);
	}
	if (!e)
		e = tlso_transcript_add(c, text(c, 0), len);
	if (!e && c->rx_epoch == TLSO_EPOCH_HANDSHAKE &&
	    type == TLSO_HS_FINISHED)
		e = tlso_keys_complete(c);
	return e;
}

/* ---- Records ------------------------------------------------------------- */

/* Whether a record of this outer type may start now; judged by one byte. */
static enum tlso_err check_type(const struct tlso_completer *c)
{
	bool clear = c->rx_epoch == TLSO_EPOCH_CLEAR;

	switch (c->hdr[0]) {
	case TLSO_CT_ALERT:
		return TLSO_OK; /* in clear, if the client got no keys */
	case TLSO_CT_HANDSHAKE:
		return clear ? TLSO_OK : TLSO_E_UNEXPECTED;
	case TLSO_CT_CCS:
		/* 5: never before the first hello, nor amid a message */
		if (!c->hello_seen || c->have || !c->ccs_left)
			return TLSO_E_UNEXPECTED;
		return TLSO_OK;
	case TLSO_CT_DATA:
		/* Clear: early data after a HelloRetryRequest. */
		if (clear && (!c->skip_left || c->have))
			return TLSO_E_UNEXPECTED;
		return TLSO_OK;
	default:
		return TLSO_E_UNEXPECTED;
	}
}

static enum tlso_err check_length(const struct tlso_completer *c)
{
	size_t n = body_len(c);
	u8 type = c->hdr[0];

	if (n > (type == TLSO_CT_DATA ? (size_t)TLSO_REC_CIPHER_MAX :
					(size_t)TLSO_REC_PLAIN_MAX))
		return TLSO_E_OVERFLOW;
	if (type == TLSO_CT_CCS && n != 1)
		return TLSO_E_UNEXPECTED;
	if (!n && type != TLSO_CT_DATA) /* 5.1 */
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

/* An alert in @n bytes at the record's place becomes a segment of its own. */
static enum tlso_err on_alert(struct tlso_completer *c, size_t n, u8 epoch,
			      size_t *seg_len)
{
	struct tlso_rd r;
	enum tlso_err e = TLSO_OK;
	u8 desc;

	if (!n) /* 5.4 */
		return TLSO_E_UNEXPECTED;
	if (n != 2)
		return TLSO_E_DECODE;
	tlso_rd_init(&r, text(c, c->have), n);
	(void)tlso_rd_u8(&r); /* 6: the level is implied */
	desc = tlso_rd_u8(&r);
	if (desc == TLSO_ALERT_USER_CANCELED) /* a close_notify follows */
		return c->have ? TLSO_E_UNEXPECTED : TLSO_OK; /* 5.1 */
	if (desc != TLSO_ALERT_CLOSE_NOTIFY)
		e = TLSO_E_PEER_ALERT;
	/* Nothing follows either: what was gathered is of no more use. */
	memmove(text(c, 0), text(c, c->have), n);
	c->have = 0;
	c->in_err = TLSO_E_PEER_ALERT;
	*seg_len = put_segment(c, TLSO_FIN_ALERT, e, epoch, n);
	return TLSO_OK;
}

static enum tlso_err on_ccs(struct tlso_completer *c)
{
	if (*text(c, c->have) != 1)
		return TLSO_E_UNEXPECTED;
	c->ccs_left--;
	return TLSO_OK;
}

/* A protected record: opened, then by its inner type. */
static enum tlso_err on_protected(struct tlso_completer *c, size_t *seg_len)
{
	size_t n = body_len(c);
	enum tlso_err e;
	u8 type;

	if (c->rx_epoch == TLSO_EPOCH_CLEAR)
		return skip_early(c, n);
	e = tlso_record_open(&c->rx, c->hdr, text(c, c->have), n, &type, &n);
	if (e == TLSO_E_BAD_MAC && c->skip_left)
		return skip_early(c, body_len(c));
	if (e)
		return e;
	c->skip_left = 0;
	if (type == TLSO_CT_ALERT)
		return on_alert(c, n, c->rx_epoch, seg_len);
	if (type != TLSO_CT_HANDSHAKE || !n)
		return TLSO_E_UNEXPECTED;
	c->have += n;
	return TLSO_OK;
}

/* A whole record is behind the messages. */
static enum tlso_err take_record(struct tlso_completer *c, size_t *seg_len)
{
	enum tlso_err e = TLSO_OK;

	switch (c->hdr[0]) {
	case TLSO_CT_ALERT:
		e = on_alert(c, body_len(c), TLSO_EPOCH_CLEAR, seg_len);
		break;
	case TLSO_CT_CCS:
		e = on_ccs(c);
		break;
	case TLSO_CT_DATA:
		e = on_protected(c, seg_len);
		break;
	default:
		c->have += body_len(c);
		break;
	}
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
static enum tlso_err next_message(struct tlso_completer *c, size_t *seg_len)
{
	u8 epoch = c->rx_epoch;
	enum tlso_err e;
	size_t len;
	u8 type;

	e = whole_message(c, &len);
	if (e || !len)
		return e;
	type = *text(c, 0);
	e = take_message(c, type, len);
	if (e)
		return e;
	c->done = len;
	*seg_len = put_segment(c, type, TLSO_OK, epoch, len);
	return TLSO_OK;
}

/* Up to the next segment, the end of the input, or an error. */
static enum tlso_err run(struct tlso_completer *c, struct tlso_rd *in,
			 size_t *seg_len)
{
	enum tlso_err e;

	for (;;) {
		e = next_message(c, seg_len);
		if (e || *seg_len || c->hold || c->complete)
			return e;
		e = take_header(c, in);
		if (e || c->hdr_n < TLSO_REC_HDR)
			return e;
		take_body(c, in);
		if (c->rec_have < body_len(c))
			return TLSO_OK;
		e = take_record(c, seg_len);
		if (e || *seg_len)
			return e;
	}
}

enum tlso_feed tlso_completer_feed(struct tlso_completer *c, const u8 *p,
				   size_t n, size_t *used, size_t *seg_len)
{
	struct tlso_rd in;
	enum tlso_err e;

	*seg_len = 0;
	*used = n;
	if (c->in_err)
		return report_error(c, c->in_err, seg_len);
	*used = 0;
	drop_done(c);
	if (c->hold || c->complete)
		return TLSO_FEED_MORE;
	tlso_rd_init(&in, p, n);
	e = run(c, &in, seg_len);
	*used = n - in.n;
	if (e)
		return report_error(c, e, seg_len);
	if (!*seg_len)
		return TLSO_FEED_MORE;
	return c->complete ? TLSO_FEED_COMPLETE : TLSO_FEED_FINISHED;
}
