// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ServerKeyExchange with ECDHE, RFC 8422 5.4: write. */
#include "hs_msg.h"
#include "suite.h"

void tlso_server_key_exchange_write(struct tlso_starter_wr *s,
				    const struct tlso_director *d)
{
	const struct tlso_id *id = &d->cfg->ids[d->identity];
	size_t point, sig, share = tlso_group_share_len(d->group);
	size_t room = tlso_sig_room(id->key_type, id->rsa_bits);
	const u8 who[] = { 0, d->identity };

	tlso_starter_message_begin(s, TLSO_HS_SERVER_KEY_EXCHANGE);
	tlso_wr_u8(&s->w, TLSO_CURVE_NAMED);
	tlso_wr_u16(&s->w, d->group);
	tlso_wr_u8(&s->w, (u8)share);
	point = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, share);
	tlso_wr_u16(&s->w, d->scheme);
	sig = tlso_starter_off(s);
	tlso_wr_u16(&s->w, (u16)room);
	(void)tlso_wr_room(&s->w, room);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_KEY_GEN, d->group, point, share, NULL, 0);
	tlso_starter_fill(s, TLSO_FILL_SKE_SIGNATURE, d->scheme, sig, 2 + room,
			  who, sizeof(who));
}
