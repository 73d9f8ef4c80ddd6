/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The director: decides. It reads finished segments, negotiates, and composes
 * the next starter. It holds no key and does no cryptography.
 *
 * Context: any; the caller serialises calls. Allocates nothing. An error
 * sticks. Source: RFC 8446 4; specification Figs. 15, 16.
 */
#ifndef TLSO_DIRECTOR_H
#define TLSO_DIRECTOR_H

#include "seam.h"

struct tlso_cert {
	const u8 *der;
	size_t len;
};

#define TLSO_CHAIN_MAX 8

/* Everything is lent and outlives the director. */
struct tlso_director_cfg {
	enum tlso_key_type key_type;
	u16 rsa_bits; /* modulus, for the signature's room */
	u8 n_chain;
	struct tlso_cert chain[TLSO_CHAIN_MAX]; /* leaf first */
	u8 n_suites; /* our preference; 0: the default order */
	u16 suites[8];
	u8 n_groups; /* our preference; 0: X25519, P-256 */
	u16 groups[4];
};

enum tlso_step {
	TLSO_STEP_WAIT, /* wait for the next finished segment */
	TLSO_STEP_SEND, /* complete and send the starter, then wait */
	TLSO_STEP_DONE, /* the handshake is over */
	TLSO_STEP_FAIL, /* over and failed; send the starter (an alert) first
			 * if there is one, then close
			 */
};

struct tlso_director {
	const struct tlso_director_cfg *cfg;
	enum tlso_err err;
	u8 alert; /* sent or received, TLSO_ALERT_NONE */
	u8 state; /* hs_fsm.c */
	u8 write_epoch; /* of the completer, as our starters made it */
	u8 prev_epoch; /* before the last starter */
	u8 hrr_sent;
	u16 suite;
	u16 group;
	u16 scheme;
	u8 session_id[32]; /* legacy_session_id to echo */
	u8 session_id_len;
	u8 ccs_sent;
};

void tlso_director_init(struct tlso_director *d,
			const struct tlso_director_cfg *cfg);

/*
 * Takes the finished segment @seg, and leaves the next starter at @out, *@n
 * bytes (0: none); TLSO_STARTER_MAX is always room enough. *@wire is the exact
 * length that the completed starter will have on the wire.
 */
__must_check enum tlso_step tlso_director_step(struct tlso_director *d,
					       const u8 *seg, size_t len, u8 *out,
					       size_t cap, size_t *n, size_t *wire);

/* Composes an alert starter in the present write epoch, for failures that the
 * caller found (timeout, clear text): TLSO_STEP_FAIL.
 */
__must_check enum tlso_step tlso_director_abort(struct tlso_director *d, u8 alert,
						u8 *out, size_t cap, size_t *n,
						size_t *wire);

/* The completer refused our last starter with @e, and nothing of it was sent
 * (TLSO_E_ILLEGAL: the client's key share was no valid one). Composes the alert
 * for @e in the epoch before that starter: TLSO_STEP_FAIL.
 */
__must_check enum tlso_step tlso_director_refused(struct tlso_director *d,
						  enum tlso_err e, u8 *out,
						  size_t cap, size_t *n,
						  size_t *wire);

const char *tlso_suite_name(u16 suite); /* never NULL */

#endif /* TLSO_DIRECTOR_H */
