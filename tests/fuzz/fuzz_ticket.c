// SPDX-License-Identifier: GPL-2.0-only
/* Tickets under a cipher that anybody can forge: what opens is sealed to the same. */
#include "fuzz.h"
#include "fake_crypto.h"
#include "../../kmod/core/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t out[TLSO_TICKET_LEN_MAX];
	struct tlso_ticket_state st;
	uint8_t *copy = malloc(n ? n : 1);
	size_t len, at;

	memcpy(copy, p, n);
	if (!tlso_ticket_open(&fake_crypto, &fake_tickets, copy, n, &st)) {
		MUST(st.secret_len && st.secret_len <= sizeof(st.secret));
		MUST(st.ctx_len <= sizeof(st.ctx));
		MUST(tlso_ticket_seal(&fake_crypto, NULL, &fake_tickets, &st,
				      out, sizeof(out), &len) == TLSO_OK);
		MUST(len == n);
		at = TLSO_TICKET_NAME_LEN + TLSO_TICKET_NONCE_LEN;
		MUST(!memcmp(out + at, p + at, n - at));
	}
	MUST(!memcmp(copy, p, n));
	free(copy);
	return 0;
}
