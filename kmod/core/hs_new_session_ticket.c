// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* NewSessionTicket of TLS 1.2, RFC 5077 3.3: write. TLS 1.3's is post.c's. */
#include "hs_msg.h"
#include "server.h"

void tlso_new_session_ticket_write(struct tlso_starter_wr *s,
				   const struct tlso_director *d)
{
	u32 lifetime = tlso_ticket_lifetime(d->cfg);
	u8 data[4 + TLSO_TICKET_CTX_MAX];
	size_t at, ctx, room;
	struct tlso_wr w;

	tlso_director_ticket_ctx(d, data + 4, &ctx);
	tlso_wr_init(&w, data, 4);
	tlso_wr_u32(&w, lifetime);
	room = tlso_ticket_len(TLSO_MASTER_LEN, ctx);
	tlso_starter_message_begin(s, TLSO_HS_NEW_SESSION_TICKET);
	tlso_wr_u32(&s->w, lifetime);
	tlso_wr_u16(&s->w, (u16)room);
	at = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, room);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_TICKET, 0, at, room, data, 4 + ctx);
}
