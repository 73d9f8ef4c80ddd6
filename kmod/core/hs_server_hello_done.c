// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ServerHelloDone, RFC 5246 7.4.5: an empty message: write. */
#include "hs_msg.h"

void tlso_server_hello_done_write(struct tlso_starter_wr *s)
{
	tlso_starter_message_begin(s, TLSO_HS_SERVER_HELLO_DONE);
	tlso_starter_message_end(s);
}
