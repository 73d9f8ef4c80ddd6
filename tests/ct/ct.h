/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Put in front of every source of the constant-time check: what the core declares
 * public is public to valgrind, too. Without valgrind it costs nothing.
 */
#ifndef TLSO_TEST_CT_H
#define TLSO_TEST_CT_H

#include <stddef.h>
#include <valgrind/memcheck.h>

#define tlso_ct_public(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED((p), (n)))

/* The native connection takes this table in place of nettle's own. */
struct tlso_crypto;
extern const struct tlso_crypto tlso_ct_crypto;

#endif /* TLSO_TEST_CT_H */
