// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * ServerHello and HelloRetryRequest, RFC 8446 4.1.3, 4.1.4, and ServerHello of TLS
 * 1.2, RFC 5246 7.4.1.3: write.
 */
#include "hs_msg.h"
#include "hs_server_hello.h"
#include "server.h"
#include "suite.h"

/* 4.1.3: "DOWNGRD" and 1: we could have done TLS 1.3 */
static const u8 downgrade[8] = { 0x44, 0x4f, 0x57, 0x4e,
				 0x47, 0x52, 0x44, 0x01 };

static void write_versions(struct tlso_wr *w)
{
	tlso_wr_u16(w, TLSO_EXT_SUPPORTED_VERSIONS);
	tlso_wr_u16(w, 2);
	tlso_wr_u16(w, TLSO_VERSION_13);
}

/* Everything up to the extensions, the random filled with zeros and then what is
 * at @end; returns where the random stands.
 */
static size_t write_head(struct tlso_starter_wr *s,
			 const struct tlso_director *d, const u8 *end,
			 size_t end_len)
{
	size_t at;

	tlso_starter_message_begin(s, TLSO_HS_SERVER_HELLO);
	tlso_wr_u16(&s->w, TLSO_VERSION_12);
	at = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, TLSO_RANDOM_LEN - end_len);
	tlso_wr_bytes(&s->w, end, end_len);
	tlso_wr_u8(&s->w, d->session_id_len);
	tlso_wr_bytes(&s->w, d->session_id, d->session_id_len);
	tlso_wr_u16(&s->w, d->suite);
	tlso_wr_u8(&s->w, 0); /* legacy_compression_method */
	return at;
}

void tlso_server_hello_write(struct tlso_starter_wr *s,
			     const struct tlso_director *d,
			     struct tlso_rd share, u16 psk)
{
	size_t random, exts, ext, key, room = tlso_group_share_len(d->group);

	random = write_head(s, d, NULL, 0);
	exts = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, TLSO_EXT_KEY_SHARE);
	ext = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, d->group);
	tlso_wr_u16(&s->w, (u16)room);
	key = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, room);
	tlso_wr_close(&s->w, ext, 2);
	write_versions(&s->w);
	if (psk != TLSO_NO_PSK) {
		tlso_wr_u16(&s->w, TLSO_EXT_PRE_SHARED_KEY);
		tlso_wr_u16(&s->w, 2);
		tlso_wr_u16(&s->w, psk);
	}
	tlso_wr_close(&s->w, exts, 2);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_RANDOM, 0, random, TLSO_RANDOM_LEN, NULL,
			  0);
	tlso_starter_fill(s, TLSO_FILL_KEY_SHARE, d->group, key, room, share.p,
			  share.n);
}

void tlso_retry_request_write(struct tlso_starter_wr *s,
			      const struct tlso_director *d)
{
	size_t exts;

	(void)write_head(s, d, tlso_retry_request_random, TLSO_RANDOM_LEN);
	exts = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, TLSO_EXT_KEY_SHARE);
	tlso_wr_u16(&s->w, 2);
	tlso_wr_u16(&s->w, d->group);
	write_versions(&s->w);
	tlso_wr_close(&s->w, exts, 2);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_HRR, 0, TLSO_HS_HDR, 0, NULL, 0);
}

/* ---- TLS 1.2 ------------------------------------------------------------- */

static bool any_answer(const struct tlso_director *d)
{
	return d->s.reneg_info || d->ems || d->s.ticket_due || d->limit_agreed ||
	       d->alpn_len || d->s.hello_exts;
}

static void write_answers(struct tlso_wr *w, const struct tlso_director *d)
{
	if (d->s.reneg_info) { /* RFC 5746 3.6: empty renegotiated_connection */
		tlso_wr_u16(w, TLSO_EXT_RENEGOTIATION_INFO);
		tlso_wr_u16(w, 1);
		tlso_wr_u8(w, 0);
	}
	if (d->ems) { /* RFC 7627 5.1 */
		tlso_wr_u16(w, TLSO_EXT_EXTENDED_MASTER_SECRET);
		tlso_wr_u16(w, 0);
	}
	if (d->s.ticket_due) { /* RFC 5077 3.2 */
		tlso_wr_u16(w, TLSO_EXT_SESSION_TICKET);
		tlso_wr_u16(w, 0);
	}
	if (d->s.hello_exts & TLSO_HELLO_POINTS) { /* RFC 8422 5.2 */
		tlso_wr_u16(w, TLSO_EXT_EC_POINT_FORMATS);
		tlso_wr_u16(w, 2);
		tlso_wr_u8(w, 1);
		tlso_wr_u8(w, 0); /* uncompressed */
	}
	tlso_answers_write(w, d);
}

void tlso_server_hello12_write(struct tlso_starter_wr *s,
			       const struct tlso_director *d, bool downgraded)
{
	size_t end = downgraded ? sizeof(downgrade) : 0;
	size_t random, exts;

	random = write_head(s, d, downgrade, end);
	if (any_answer(d)) {
		exts = tlso_wr_open(&s->w, 2);
		write_answers(&s->w, d);
		tlso_wr_close(&s->w, exts, 2);
	}
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_RANDOM, 0, random, TLSO_RANDOM_LEN - end,
			  NULL, 0);
}
