// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ServerHelloDone, RFC 5246 7.4.5: parse. There is nothing in it. */
#include "hs_msg.h"

enum tlso_err tlso_server_hello_done_parse(const u8 *msg, size_t n)
{
	struct tlso_rd r;
	enum tlso_err e;

	e = tlso_msg_open(&r, TLSO_HS_SERVER_HELLO_DONE, msg, n);
	if (e)
		return e;
	return tlso_rd_done(&r) ? TLSO_OK : TLSO_E_DECODE;
}
