// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Inbound handshake messages, whole: what each does to the completer's state, and
 * what the director is told beside it. Which message may come when is the
 * director's business; checked here is only what keys and transcript hang on.
 */
#include "buf.h"
#include "completer_impl.h"
#include "hs_msg.h"

static void put_digest(struct tlso_completer *c, const u8 *digest, size_t n)
{
	if (!n)
		return;
	tlso_wr_u8(&c->extra, TLSO_EXTRA_DIGEST);
	tlso_wr_u8(&c->extra, 0);
	tlso_wr_u16(&c->extra, (u16)n);
	tlso_wr_bytes(&c->extra, digest, n);
}

static enum tlso_err look_verify(struct tlso_completer *c, const u8 *msg,
				 size_t len)
{
	u8 digest[TLSO_DIGEST_MAX];
	struct tlso_rd r;
	enum tlso_err e;
	u16 scheme;
	size_t n;

	tlso_rd_init(&r, msg, len);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR);
	scheme = tlso_rd_u16(&r);
	if (r.bad || !c->hash)
		return TLSO_OK;
	e = tlso_cv_digest(c, !c->client, scheme, digest, &n);
	if (!e)
		put_digest(c, digest, n);
	return e;
}

/* RFC 8422 5.4: what is signed ends where the scheme stands. */
static enum tlso_err look_key_exchange(struct tlso_completer *c, const u8 *msg,
				       size_t len)
{
	u8 digest[TLSO_DIGEST_MAX];
	struct tlso_rd r;
	const u8 *params;
	enum tlso_err e;
	size_t n, params_len;
	u16 scheme;
	u8 type;

	tlso_rd_init(&r, msg, len);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR);
	params = r.p;
	type = tlso_rd_u8(&r);
	(void)tlso_rd_u16(&r);
	(void)tlso_rd_vec(&r, 1);
	params_len = (size_t)(r.p - params);
	scheme = tlso_rd_u16(&r);
	if (r.bad || type != TLSO_CURVE_NAMED)
		return TLSO_OK;
	e = tlso_ske_digest(c, scheme, params, params_len, digest, &n);
	if (!e)
		put_digest(c, digest, n);
	return e;
}

/* The ninth operation. It changes keys, so it ends its record (RFC 8446 5.1). */
static enum tlso_err check_finished(struct tlso_completer *c, const u8 *msg,
				    size_t len, bool last)
{
	u8 epoch = c->version == TLSO_VERSION_12 ? TLSO_EPOCH_APPLICATION :
						   TLSO_EPOCH_HANDSHAKE;
	u8 mac[TLSO_HASH_MAX];
	enum tlso_err e;
	size_t n;

	if (!last || c->rx_epoch != epoch || c->finished_got)
		return TLSO_E_UNEXPECTED;
	if (epoch == TLSO_EPOCH_HANDSHAKE && !c->client &&
	    c->tx_epoch != TLSO_EPOCH_APPLICATION)
		return TLSO_E_UNEXPECTED;
	e = tlso_keys_finished(c, !c->client, mac, &n);
	if (!e)
		e = tlso_finished_msg_check(msg, len, mac, n);
	tlso_wipe(mac, sizeof(mac));
	if (e)
		return e;
	c->finished_got = 1;
	c->ops |= TLSO_OP_MAC_CHECK;
	return TLSO_OK;
}

/* Before the message is in the transcript. */
static enum tlso_err look(struct tlso_completer *c, u8 type, const u8 *msg,
			  size_t len, bool last)
{
	switch (type) {
	case TLSO_HS_CERTIFICATE_VERIFY:
		return look_verify(c, msg, len);
	case TLSO_HS_SERVER_KEY_EXCHANGE:
		if (c->client && c->version == TLSO_VERSION_12)
			return look_key_exchange(c, msg, len);
		return TLSO_OK;
	case TLSO_HS_SERVER_HELLO_DONE:
		/* Our flight comes first. */
		if (c->client && c->version == TLSO_VERSION_12) {
			c->hold = 1;
			return last ? TLSO_OK : TLSO_E_UNEXPECTED;
		}
		return TLSO_OK;
	case TLSO_HS_CLIENT_KEY_EXCHANGE:
		c->hold |= !c->client;
		return TLSO_OK;
	case TLSO_HS_FINISHED:
		return check_finished(c, msg, len, last);
	default:
		return TLSO_OK;
	}
}

/* Before there is a version, and after HelloRetryRequest. */
static enum tlso_err look_hello(struct tlso_completer *c, u8 type,
				const u8 *msg, size_t len, bool last)
{
	if (!c->client) {
		if (type != TLSO_HS_CLIENT_HELLO || !last)
			return TLSO_E_UNEXPECTED;
		return tlso_look_client_hello(c, msg, len);
	}
	if (type != TLSO_HS_SERVER_HELLO || !c->hello_sent)
		return TLSO_E_UNEXPECTED;
	return tlso_look_server_hello(c, msg, len, last);
}

/* A Finished is in the transcript. */
static enum tlso_err after_finished(struct tlso_completer *c)
{
	if (c->version == TLSO_VERSION_13) {
		if (!c->client)
			return tlso_keys_complete(c);
		c->hold = 1;
		return tlso_keys_app(c);
	}
	if (c->finished_sent)
		c->complete = 1;
	else
		c->hold = 1;
	return TLSO_OK;
}

static enum tlso_err take(struct tlso_completer *c, u8 type, const u8 *msg,
			  size_t len)
{
	bool last = c->have == len;
	enum tlso_err e;

	if (!c->msgs_left)
		return TLSO_E_UNEXPECTED;
	c->msgs_left--;
	/* RFC 5246 7.4.1.1: in no transcript. */
	if (type == TLSO_HS_HELLO_REQUEST && c->client && c->hello_sent &&
	    c->version != TLSO_VERSION_13)
		return TLSO_OK;
	if (c->rx_epoch == TLSO_EPOCH_CLEAR && c->version != TLSO_VERSION_12)
		e = look_hello(c, type, msg, len, last);
	else
		e = look(c, type, msg, len, last);
	if (!e)
		e = tlso_transcript_add(c, msg, len);
	if (!e && type == TLSO_HS_FINISHED)
		e = after_finished(c);
	return e;
}

enum tlso_err tlso_take_message(struct tlso_completer *c, u8 *msg, size_t *len)
{
	struct tlso_rd r;
	enum tlso_err e;
	size_t n;
	u8 type;

	*len = 0;
	if (c->have < TLSO_HS_HDR)
		return TLSO_OK;
	tlso_rd_init(&r, msg, TLSO_HS_HDR);
	type = tlso_rd_u8(&r);
	n = TLSO_HS_HDR + (size_t)tlso_rd_u24(&r);
	if (n > c->cap)
		return TLSO_E_ILLEGAL;
	if (n > c->have)
		return TLSO_OK;
	e = take(c, type, msg, n);
	if (!e)
		*len = n;
	return e;
}
