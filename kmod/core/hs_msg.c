// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* What all handshake messages share, RFC 8446 4: type and length in front. */
#include "hs_msg.h"

enum tlso_err tlso_msg_open(struct tlso_rd *r, u8 type, const u8 *msg, size_t n)
{
	u8 is;
	u32 len;

	tlso_rd_init(r, msg, n);
	is = tlso_rd_u8(r);
	len = tlso_rd_u24(r);
	return r->bad || is != type || len != r->n ? TLSO_E_DECODE : TLSO_OK;
}
