// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ClientKeyExchange, RFC 8422 5.7 and RFC 5246 7.4.7.1: parse. */
#include "hs_msg.h"

enum tlso_err tlso_client_key_exchange_parse(const u8 *msg, size_t n, bool rsa,
					     struct tlso_rd *data)
{
	struct tlso_rd r;
	enum tlso_err e;

	e = tlso_msg_open(&r, TLSO_HS_CLIENT_KEY_EXCHANGE, msg, n);
	if (e)
		return e;
	*data = tlso_rd_vec(&r, rsa ? 2 : 1);
	return tlso_rd_done(&r) && data->n ? TLSO_OK : TLSO_E_DECODE;
}
