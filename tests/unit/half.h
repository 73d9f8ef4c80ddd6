/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the completer's tests: one half of a connection, a completer that is fed in
 * pieces and a log of what it handed out. No director: the tests write starters, also
 * such as none would.
 */
#ifndef TLSO_TEST_HALF_H
#define TLSO_TEST_HALF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../kmod/core/completer_impl.h"
#include "../../kmod/core/wire.h"
#include "../../offload-dev/engine/crypto_host.h"

/* ---- One half ------------------------------------------------------------ */

struct got {
	struct tlso_finished f;
	u8 *seg; /* what f points into, of just its size */
};

#define GOT_MAX 64

struct half {
	struct tlso_completer c;
	u8 *seg;
	size_t seg_cap;
	/* What a director would keep. */
	bool client;
	u16 suite, version, limit;
	u8 epoch;
	struct tlso_starter_wr w;
	u8 starter[TLSO_STARTER_MAX];
	size_t starter_len;
	u8 out[2 * TLSO_STARTER_OUT_MAX]; /* all that was sent */
	size_t out_len;
	size_t pumped; /* of that, what the other half has got */
	struct got got[GOT_MAX];
	unsigned int n_got;
	size_t taken; /* of the last feed */
	enum tlso_err err; /* of the last segment with one */
	bool complete; /* TLSO_FEED_COMPLETE came */
};

/* @cfg NULL: the host's cryptography and the signer below. */
struct half *half_new(const struct tlso_completer_cfg *cfg, bool client);
/* Wipes, and checks that nothing is left. */
void half_free(struct half *h);

/* A starter goes to h->w between these; half_send() completes it. */
struct tlso_starter_wr *half_begin(struct half *h);
enum tlso_err half_send(struct half *h);
/* With suite and version chosen from here on. */
struct tlso_starter_wr *half_begin_chosen(struct half *h, u16 suite,
					  u16 version);
/* Switches the outbound epoch in the starter under way. */
void half_epoch(struct half *h, u8 epoch);

/* Feeds @n bytes, @piece at a time (0: random pieces), until all is taken, held or
 * failed.
 */
void half_feed(struct half *h, const u8 *p, size_t n, size_t piece);
/* Feeds what @from sent and @to has not got yet; all must be taken, unless @to
 * then failed or completed.
 */
void pump(struct half *from, struct half *to, size_t piece);
/* The last segment of @type; fails where there is none. */
const struct tlso_finished *last(const struct half *h, u8 type);
/* The alert that half @h would send for what it met; -1: it is well. */
int half_alert(const struct half *h);

/* Records to feed to @h: in clear, or under the keys that it expects next. */
size_t record_clear(u8 *out, u8 type, const u8 *p, size_t n);
size_t record_sealed(const struct half *h, u8 *out, u8 type, const u8 *p,
		     size_t n, size_t pad);
/* The Finished message that @h waits for. */
size_t finished_for(struct half *h, u8 *out);

/* Messages into a starter under way; Finished as long as suite and version have it. */
void put_message(struct half *h, u8 type, const u8 *body, size_t n);
void put_finished(struct half *h);

/* ---- Signer -------------------------------------------------------------- */

/* Signs with sig_len bytes of one value, and remembers what it signed. */
struct fake_signer {
	u8 digest[TLSO_DIGEST_MAX];
	size_t n;
	u16 scheme;
	unsigned int identity;
	size_t sig_len;
	unsigned int calls;
	u8 premaster[48]; /* in the last RSA operation, found at its end */
};

extern struct fake_signer fake_signer; /* zeroed, but for sig_len, by pair_new() */
extern const struct tlso_signer test_signer;
/* Told of all that a half gets, where it is set: @starter or bytes fed. */
extern void (*half_event)(const struct half *h, bool starter, const u8 *p,
			  size_t n);
/* Another table for all to come; NULL: the one below. */
extern const struct tlso_crypto *test_other_crypto;
/* The host's, but that RSA with a public key is what the signer reverses. */
const struct tlso_crypto *test_crypto(void);
extern const struct tlso_ticket_keys test_tickets;
#define TEST_NOW 1800000000000ULL

#endif /* TLSO_TEST_HALF_H */
