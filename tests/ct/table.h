/* SPDX-License-Identifier: GPL-2.0-only */
/* What the native connection takes in place of nettle's own; ct.h has the table. */
#ifndef TLSO_TEST_CT_TABLE_H
#define TLSO_TEST_CT_TABLE_H

#include "../../kmod/core/crypto.h"

int tlso_ct_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		 const u8 *digest, size_t n, u8 *sig, size_t *sig_len);
int tlso_ct_rsa_private(void *rng, void *ctx, unsigned int identity,
			const u8 *in, size_t n, u8 *out);

#endif /* TLSO_TEST_CT_TABLE_H */
