// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an opened inbound record holds.
 *
 * Responsible for: content types (RFC 8446 5.1, 5.4; RFC 5246 6.2.1), that alerts
 * and handshake messages never reach the application, keys that change.
 * Leaves to others: what such messages mean (core/post.c), our answer (tx.c).
 */
#include <linux/ktime.h>

#include "rx.h"

/* After an error of core/post.c: its alert, then the end. */
static int tlso_rx_post_fail(struct tlso_rx *rx, enum tlso_err e)
{
	return tlso_rx_fail(rx, tlso_err_alert(e), -EBADMSG);
}

static int tlso_rx_alert(struct tlso_rx *rx, const u8 *p, u32 n)
{
	enum tlso_err e;
	bool closed = false;
	u8 alert;

	e = tlso_post_alert(&rx->conn->ses->post, p, n, &closed, &alert);
	if (e == TLSO_E_PEER_ALERT) {
		rx->conn->alert = alert;
		return tlso_rx_fail(rx, TLSO_ALERT_NONE, -ECONNRESET);
	}
	if (e)
		return tlso_rx_post_fail(rx, e);
	if (closed)
		rx->eof = true;
	return 0;
}

/* Its form is checked; without its secret, or memory, the next handshake is full. */
static void tlso_rx_ticket(struct tlso_rx *rx)
{
	struct tlso_session *ses = rx->conn->ses;
	struct tlso_resume r;

	if (!ses->tickets || tlso_post_ticket(&ses->post,
					      ktime_to_ms(ktime_get_real()), &r))
		return;
	tlso_sessions_keep(rx->conn->net, ses->name, &r, ses->since_ms,
			   ses->peer);
	memzero_explicit(&r, sizeof(r));
}

static int tlso_rx_handshake(struct tlso_rx *rx, const u8 *p, u32 n)
{
	struct tlso_post *post = &rx->conn->ses->post;
	enum tlso_post_do what;
	size_t used;

	while (n) {
		what = tlso_post_handshake(post, p, n, &used);
		if (what == TLSO_POST_FAIL)
			return tlso_rx_post_fail(rx, post->err);
		/* An adapter that made records clear ends that by itself after
		 * such a record; what follows comes up as the peer sent it.
		 */
		if (what == TLSO_POST_RX_KEYS &&
		    tlso_tx_adapter_required(rx->conn))
			return tlso_rx_fail(rx, TLSO_ALERT_INTERNAL_ERROR,
					    -ECONNRESET);
		if (what == TLSO_POST_RX_KEYS &&
		    tlso_aead_rekey(rx->aead, &post->keys, &post->keys.rx))
			return tlso_rx_fail(rx, TLSO_ALERT_INTERNAL_ERROR,
					    -ENOMEM);
		if (what == TLSO_POST_TICKET)
			tlso_rx_ticket(rx);
		p += used;
		n -= used;
		if (!used)
			break;
	}
	if (post->update_owed)
		tlso_tx_answer(rx->conn);
	return rx->conn->state == TLSO_CONN_SECURE ? 0 : rx->conn->err;
}

static int tlso_rx_data(struct tlso_rx *rx, u32 off, u32 n)
{
	enum tlso_err e;

	e = n ? tlso_post_data(&rx->conn->ses->post) :
		tlso_post_empty(&rx->conn->ses->post);
	if (e)
		return tlso_rx_post_fail(rx, e);
	rx->text_off = off;
	rx->text_len = n;
	rx->conn->rx_bytes += n;
	return 0;
}

/* RFC 8446 5.4: zeros are padding, then comes the type. 0 where there is none. */
static u8 tlso_rx_inner_type(const struct tlso_rx *rx, u32 off, u32 *end)
{
	while (*end > off && !rx->buf[*end - 1])
		(*end)--;
	return *end > off ? rx->buf[--*end] : 0;
}

int tlso_rx_content(struct tlso_rx *rx)
{
	bool tls13 = rx->conn->ses->version == TLSO_VERSION_13;
	u32 off = TLSO_RECORD_HDR + tlso_aead_before(rx->aead);
	u32 end = rx->need - TLSO_TAG_LEN;
	u8 type = rx->buf[0];

	if (end - off > TLSO_RECORD_TEXT_MAX + tls13)
		return tlso_rx_fail(rx, TLSO_ALERT_RECORD_OVERFLOW, -EBADMSG);
	if (tls13)
		type = tlso_rx_inner_type(rx, off, &end);
	/* 5.1: messages are not interleaved with anything. */
	if (rx->conn->ses->post.hdr_n && type != TLSO_CT_HANDSHAKE)
		return tlso_rx_fail(rx, TLSO_ALERT_UNEXPECTED_MESSAGE,
				    -EBADMSG);
	switch (type) {
	case TLSO_CT_DATA:
		return tlso_rx_data(rx, off, end - off);
	case TLSO_CT_ALERT:
		return tlso_rx_alert(rx, rx->buf + off, end - off);
	case TLSO_CT_HANDSHAKE:
		if (end > off)
			return tlso_rx_handshake(rx, rx->buf + off, end - off);
		fallthrough; /* an empty one may not be */
	default:
		return tlso_rx_fail(rx, TLSO_ALERT_UNEXPECTED_MESSAGE,
				    -EBADMSG);
	}
}
