// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * ClientKeyExchange, RFC 8422 5.7 and RFC 5246 7.4.7.1: write. The secrets in it
 * are the completer's fills.
 */
#include "hs_msg.h"
#include "suite.h"

void tlso_client_key_exchange_write(struct tlso_starter_wr *s, u16 group,
				    const u8 *point, size_t point_len)
{
	size_t room = tlso_group_share_len(group), key, at;

	tlso_starter_message_begin(s, TLSO_HS_CLIENT_KEY_EXCHANGE);
	key = tlso_wr_open(&s->w, 1);
	at = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, room);
	tlso_wr_close(&s->w, key, 1);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_KEY_SHARE, group, at, room, point,
			  point_len);
}

void tlso_client_key_exchange_rsa_write(struct tlso_starter_wr *s,
					const struct tlso_pubkey *key)
{
	u8 data[2 + TLSO_RSA_MAX + 1 + sizeof(key->e)];
	size_t vec, at;
	struct tlso_wr w;

	tlso_wr_init(&w, data, sizeof(data));
	tlso_wr_u16(&w, key->n_len);
	tlso_wr_bytes(&w, key->n, key->n_len);
	tlso_wr_u8(&w, key->e_len);
	tlso_wr_bytes(&w, key->e, key->e_len);
	tlso_starter_message_begin(s, TLSO_HS_CLIENT_KEY_EXCHANGE);
	vec = tlso_wr_open(&s->w, 2);
	at = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, key->n_len);
	tlso_wr_close(&s->w, vec, 2);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_RSA_PREMASTER, 0, at, key->n_len, data,
			  w.n);
}
