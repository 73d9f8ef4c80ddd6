// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* EncryptedExtensions, RFC 8446 4.3.1: write. We have none to send yet. */
#include "hs_msg.h"

void tlso_encrypted_extensions_write(struct tlso_starter_wr *s)
{
	tlso_starter_message_begin(s, TLSO_HS_ENCRYPTED_EXTENSIONS);
	tlso_wr_u16(&s->w, 0);
	tlso_starter_message_end(s);
}
