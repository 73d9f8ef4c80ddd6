// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Certificate, RFC 8446 4.4.2 and RFC 5246 7.4.2: write. */
#include "hs_msg.h"

void tlso_certificate_write(struct tlso_starter_wr *s, u16 version,
			    const struct tlso_id *id)
{
	bool v13 = version == TLSO_VERSION_13;
	size_t list, cert;
	unsigned int i;

	tlso_starter_message_begin(s, TLSO_HS_CERTIFICATE);
	if (v13)
		tlso_wr_u8(&s->w, 0); /* certificate_request_context */
	list = tlso_wr_open(&s->w, 3);
	for (i = 0; id && i < id->n_chain && i < TLSO_CHAIN_MAX; i++) {
		cert = tlso_wr_open(&s->w, 3);
		tlso_wr_bytes(&s->w, id->chain[i].der, id->chain[i].len);
		tlso_wr_close(&s->w, cert, 3);
		if (v13)
			tlso_wr_u16(&s->w, 0); /* extensions */
	}
	tlso_wr_close(&s->w, list, 3);
	tlso_starter_message_end(s);
}
