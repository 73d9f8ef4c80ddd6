// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* NewSessionTicket of TLS 1.2, RFC 5077 3.3: parse. An empty ticket is none. */
#include "hs_msg.h"

enum tlso_err tlso_new_session_ticket_parse(const u8 *msg, size_t n,
					    u32 *lifetime_s,
					    struct tlso_rd *ticket)
{
	struct tlso_rd r;
	enum tlso_err e;

	e = tlso_msg_open(&r, TLSO_HS_NEW_SESSION_TICKET, msg, n);
	if (e)
		return e;
	*lifetime_s = tlso_rd_u32(&r);
	*ticket = tlso_rd_vec(&r, 2);
	return tlso_rd_done(&r) ? TLSO_OK : TLSO_E_DECODE;
}
