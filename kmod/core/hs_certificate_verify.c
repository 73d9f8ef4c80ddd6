// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* CertificateVerify, RFC 8446 4.4.3: write, and what is signed. */
#include "hs_msg.h"

void tlso_certificate_verify_write(struct tlso_starter_wr *s, u16 scheme,
				   u16 rsa_bits)
{
	size_t sig, room = (rsa_bits + 7u) / 8;

	if (scheme == TLSO_ECDSA_P256_SHA256)
		room = TLSO_ECDSA_P256_SIG_MAX;
	tlso_starter_message_begin(s, TLSO_HS_CERTIFICATE_VERIFY);
	tlso_wr_u16(&s->w, scheme);
	sig = tlso_starter_off(s);
	tlso_wr_u16(&s->w, (u16)room);
	(void)tlso_wr_room(&s->w, room);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_SIGNATURE, scheme, sig, 2 + room, NULL,
			  0);
}

void tlso_certificate_verify_content(const u8 *thash, size_t hash_len,
				     u8 out[TLSO_CV_CONTENT_MAX], size_t *n)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	struct tlso_wr w;
	unsigned int i;

	tlso_wr_init(&w, out, TLSO_CV_CONTENT_MAX);
	for (i = 0; i < 64; i++)
		tlso_wr_u8(&w, 0x20);
	tlso_wr_bytes(&w, context, sizeof(context)); /* with its zero byte */
	tlso_wr_bytes(&w, thash, hash_len);
	*n = w.n;
}
