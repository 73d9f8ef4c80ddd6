/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of the verifier: a chain of three to be changed, and the verdict on
 * it. Each rule is tested by the chain that keeps it and the one that breaks it, and
 * the reason must be the right one.
 */
#ifndef TLSO_TEST_CHAIN_H
#define TLSO_TEST_CHAIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mint.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "../../kmod/core/x509_impl.h"

#define NOW 1750000000 /* June 2025 */

extern struct mint_key *p256[10];
extern struct mint root, inter, leaf;
extern struct tlso_verify v;
extern struct tlso_x509_work work;
extern struct tlso_pubkey got;
extern u8 der[40][MINT_MAX];
extern size_t row; /* of a table, for messages */
extern unsigned int verified; /* how often the table's verify was called */

/* Setup of a group. */
int make_keys(void **state);
/* Setup of a test: a chain of three with nothing wrong. */
int reset(void **state);

/* @m made, in der[i]. */
struct tlso_cert minted(const struct mint *m, unsigned int i);
void set_name(const char *name);
/* Of @m, from here on. */
void no_extensions(struct mint *m);
/* The verdict on @sent under one anchor is @e, and @why is part of the reason. */
void judge(struct tlso_cert anchor, const struct tlso_cert *sent,
	   unsigned int n, enum tlso_err e, const char *why);
/* leaf, inter and root as they now are. */
void verdict(enum tlso_err e, const char *why);
/* leaf, two CAs in this order, and root. */
void verdict_on(const struct mint *ca, const struct mint *other,
		enum tlso_err e, const char *why);

#define GOOD() verdict(TLSO_OK, "nothing")
#define BAD(why) verdict(TLSO_E_BAD_CERT, why)
#define UNSUPPORTED(why) verdict(TLSO_E_UNSUPPORTED_CERT, why)
#define UNKNOWN(why) verdict(TLSO_E_UNKNOWN_CA, why)

#define T(f) cmocka_unit_test_setup(f, reset)

#endif /* TLSO_TEST_CHAIN_H */
