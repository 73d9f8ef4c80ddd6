/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Which message may come next. The table and the engine, and nothing else:
 * what a message makes us do is flight.c's business.
 */
#ifndef TLSO_HS_FSM_H
#define TLSO_HS_FSM_H

#include "director.h"
#include "starter.h"

enum tlso_hs_state {
	TLSO_HS_WAIT_HELLO, /* ClientHello */
	TLSO_HS_WAIT_HELLO2, /* ClientHello after HelloRetryRequest */
	TLSO_HS_WAIT_FINISHED,
	TLSO_HS_OVER,
	TLSO_HS_FAILED,
};

/* What an action found; the table says where it leads. */
enum tlso_hs_event {
	TLSO_HS_EV_FLIGHT, /* our flight is in the starter */
	TLSO_HS_EV_RETRY, /* a HelloRetryRequest is */
	TLSO_HS_EV_VERIFIED, /* the peer's Finished was right */
	TLSO_HS_EV_COUNT
};

/* flight.c */
__must_check enum tlso_err tlso_on_client_hello(struct tlso_director *d,
						const struct tlso_finished *f,
						struct tlso_starter_wr *s,
						enum tlso_hs_event *ev);
__must_check enum tlso_err tlso_on_finished(struct tlso_director *d,
					    const struct tlso_finished *f,
					    struct tlso_starter_wr *s,
					    enum tlso_hs_event *ev);

/* One whole message: runs its action, moves on. */
__must_check enum tlso_err tlso_hs_step(struct tlso_director *d,
					const struct tlso_finished *f,
					struct tlso_starter_wr *s);

#endif /* TLSO_HS_FSM_H */
