// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * EncryptedExtensions, RFC 8446 4.3.1: write. Its answers go into TLS 1.2's
 * ServerHello as well.
 */
#include "hs_msg.h"
#include "server.h"

static void write_alpn(struct tlso_wr *w, const struct tlso_director *d)
{
	size_t ext, list;

	tlso_wr_u16(w, TLSO_EXT_ALPN);
	ext = tlso_wr_open(w, 2);
	list = tlso_wr_open(w, 2);
	tlso_wr_u8(w, d->alpn_len);
	tlso_wr_bytes(w, d->alpn, d->alpn_len);
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
}

void tlso_answers_write(struct tlso_wr *w, const struct tlso_director *d)
{
	/* RFC 6066 3: not where a session is resumed */
	if ((d->s.hello_exts & TLSO_HELLO_NAME) && !d->resumed) {
		tlso_wr_u16(w, TLSO_EXT_SERVER_NAME);
		tlso_wr_u16(w, 0);
	}
	if (d->alpn_len)
		write_alpn(w, d);
	if (d->limit_agreed) {
		tlso_wr_u16(w, TLSO_EXT_RECORD_SIZE_LIMIT);
		tlso_wr_u16(w, 2);
		/* More than the version has, and the client may give up. */
		tlso_wr_u16(w, tlso_hs_limit_said(d->version,
						  d->cfg->record_size_limit));
	}
}

void tlso_encrypted_extensions_write(struct tlso_starter_wr *s,
				     const struct tlso_director *d)
{
	size_t at;

	tlso_starter_message_begin(s, TLSO_HS_ENCRYPTED_EXTENSIONS);
	at = tlso_wr_open(&s->w, 2);
	tlso_answers_write(&s->w, d);
	tlso_wr_close(&s->w, at, 2);
	tlso_starter_message_end(s);
}
