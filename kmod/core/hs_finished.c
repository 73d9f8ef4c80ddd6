// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Finished, RFC 8446 4.4.4, RFC 5246 7.4.9: write ours, check the peer's. */
#include "hs_msg.h"

void tlso_finished_msg_write(struct tlso_starter_wr *s, u8 mac_len)
{
	size_t mac;

	tlso_starter_message_begin(s, TLSO_HS_FINISHED);
	mac = tlso_starter_off(s);
	(void)tlso_wr_room(&s->w, mac_len);
	tlso_starter_message_end(s);
	tlso_starter_fill(s, TLSO_FILL_FINISHED, 0, mac, mac_len, NULL, 0);
}

enum tlso_err tlso_finished_msg_check(const u8 *msg, size_t n, const u8 *want,
				      size_t mac_len)
{
	struct tlso_rd r;
	const u8 *mac;

	tlso_rd_init(&r, msg, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR);
	mac = tlso_rd_bytes(&r, mac_len);
	/* One of another length is as wrong as any other. */
	if (!tlso_rd_done(&r) || !tlso_equal_ct(mac, want, mac_len))
		return TLSO_E_DECRYPT;
	return TLSO_OK;
}
