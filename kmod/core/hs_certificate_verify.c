// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * CertificateVerify, RFC 8446 4.4.3 and RFC 5246 7.4.8: write, and what is signed in
 * TLS 1.3 (in 1.2 it is the transcript as it stands).
 */
#include "hs_msg.h"
#include "suite.h"

void tlso_certificate_verify_write(struct tlso_starter_wr *s, u16 scheme,
				   const struct tlso_id *id, u8 identity)
{
	size_t sig, room = tlso_sig_room(id->key_type, id->rsa_bits);
	const u8 who[] = { 0, identity };

	tlso_starter_message_begin(s, TLSO_HS_CERTIFICATE_VERIFY);
	tlso_wr_u16(&s->w, scheme);
	sig = tlso_starter_off(s);
	tlso_wr_u16(&s->w, (u16)room);
	(void)tlso_wr_room(&s->w, room);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_SIGNATURE, scheme, sig, 2 + room, who,
			  sizeof(who));
}

void tlso_certificate_verify_content(bool client, const u8 *thash,
				     size_t hash_len,
				     u8 out[TLSO_CV_CONTENT_MAX], size_t *n)
{
	static const char of_client[] = "TLS 1.3, client CertificateVerify";
	static const char of_server[] = "TLS 1.3, server CertificateVerify";
	struct tlso_wr w;
	unsigned int i;

	tlso_wr_init(&w, out, TLSO_CV_CONTENT_MAX);
	for (i = 0; i < 64; i++)
		tlso_wr_u8(&w, 0x20);
	/* with its zero byte */
	tlso_wr_bytes(&w, client ? of_client : of_server, sizeof(of_server));
	tlso_wr_bytes(&w, thash, hash_len);
	*n = w.n;
}
