// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ServerHello and HelloRetryRequest, RFC 8446 4.1.3, 4.1.4: write. */
#include "hs_msg.h"
#include "suite.h"

/* 4.1.3: SHA-256 of "HelloRetryRequest" */
static const u8 retry_random[TLSO_RANDOM_LEN] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static void write_versions(struct tlso_wr *w)
{
	size_t at;

	tlso_wr_u16(w, TLSO_EXT_SUPPORTED_VERSIONS);
	at = tlso_wr_open(w, 2);
	tlso_wr_u16(w, TLSO_VERSION_13);
	tlso_wr_close(w, at, 2);
}

/* Everything up to the extensions; returns where the random stands. */
static size_t write_head(struct tlso_starter_wr *s,
			 const struct tlso_director *d, const u8 *random)
{
	size_t at;

	tlso_starter_message_begin(s, TLSO_HS_SERVER_HELLO);
	tlso_wr_u16(&s->w, TLSO_VERSION_12);
	at = tlso_starter_off(s);
	if (random)
		tlso_wr_bytes(&s->w, random, TLSO_RANDOM_LEN);
	else
		(void)tlso_wr_room(&s->w, TLSO_RANDOM_LEN);
	tlso_wr_u8(&s->w, d->session_id_len);
	tlso_wr_bytes(&s->w, d->session_id, d->session_id_len);
	tlso_wr_u16(&s->w, d->suite);
	tlso_wr_u8(&s->w, 0); /* legacy_compression_method */
	return at;
}

void tlso_server_hello_write(struct tlso_starter_wr *s,
			     const struct tlso_director *d,
			     struct tlso_rd share)
{
	size_t random, exts, ext, key, room = tlso_group_share_len(d->group);

	random = write_head(s, d, NULL);
	exts = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, TLSO_EXT_KEY_SHARE);
	ext = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, d->group);
	tlso_wr_u16(&s->w, (u16)room);
	key = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, room);
	tlso_wr_close(&s->w, ext, 2);
	write_versions(&s->w);
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
	size_t exts, ext;

	(void)write_head(s, d, retry_random);
	exts = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, TLSO_EXT_KEY_SHARE);
	ext = tlso_wr_open(&s->w, 2);
	tlso_wr_u16(&s->w, d->group);
	tlso_wr_close(&s->w, ext, 2);
	write_versions(&s->w);
	tlso_wr_close(&s->w, exts, 2);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_HRR, 0, TLSO_HS_HDR, 0, NULL, 0);
}
