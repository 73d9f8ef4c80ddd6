// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* The handshake's states, RFC 8446 A.2 (server), as two tables. */
#include "hs_fsm.h"
#include "wire.h"

static const struct edge {
	u8 state;
	u8 type;
	u8 epoch; /* that must have protected it */
	enum tlso_err (*on)(struct tlso_director *d,
			    const struct tlso_finished *f,
			    struct tlso_starter_wr *s, enum tlso_hs_event *ev);
} edges[] = {
	{ TLSO_HS_WAIT_HELLO, TLSO_HS_CLIENT_HELLO, TLSO_EPOCH_CLEAR,
	  tlso_on_client_hello },
	{ TLSO_HS_WAIT_HELLO2, TLSO_HS_CLIENT_HELLO, TLSO_EPOCH_CLEAR,
	  tlso_on_client_hello },
	{ TLSO_HS_WAIT_FINISHED, TLSO_HS_FINISHED, TLSO_EPOCH_HANDSHAKE,
	  tlso_on_finished },
};

static const u8 next_state[TLSO_HS_EV_COUNT] = {
	[TLSO_HS_EV_FLIGHT] = TLSO_HS_WAIT_FINISHED,
	[TLSO_HS_EV_RETRY] = TLSO_HS_WAIT_HELLO2,
	[TLSO_HS_EV_VERIFIED] = TLSO_HS_OVER,
};

enum tlso_err tlso_hs_step(struct tlso_director *d,
			   const struct tlso_finished *f,
			   struct tlso_starter_wr *s)
{
	enum tlso_hs_event ev;
	enum tlso_err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		const struct edge *g = &edges[i];

		if (g->state != d->state || g->type != f->type ||
		    g->epoch != f->epoch)
			continue;
		e = g->on(d, f, s, &ev);
		if (e)
			return e;
		d->state = next_state[ev];
		return TLSO_OK;
	}
	return TLSO_E_UNEXPECTED;
}
