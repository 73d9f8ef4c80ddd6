// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ServerKeyExchange, RFC 8422 5.4: parse, named curves alone. */
#include "hs_msg.h"

enum tlso_err tlso_server_key_exchange_parse(const u8 *msg, size_t n, u16 *group,
					     struct tlso_rd *point, u16 *scheme,
					     struct tlso_rd *sig)
{
	struct tlso_rd r;
	enum tlso_err e;
	u8 curve;

	e = tlso_msg_open(&r, TLSO_HS_SERVER_KEY_EXCHANGE, msg, n);
	if (e)
		return e;
	curve = tlso_rd_u8(&r);
	/* The other types, now history, have another form. */
	if (!r.bad && curve != TLSO_CURVE_NAMED)
		return TLSO_E_ILLEGAL;
	*group = tlso_rd_u16(&r);
	*point = tlso_rd_vec(&r, 1);
	*scheme = tlso_rd_u16(&r);
	*sig = tlso_rd_vec(&r, 2);
	return tlso_rd_done(&r) && point->n ? TLSO_OK : TLSO_E_DECODE;
}
