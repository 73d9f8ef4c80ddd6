/* SPDX-License-Identifier: GPL-2.0-only */
/* Fresh private keys for the engine's tests, as key blobs (core/seam.h). */
#ifndef TLSO_TEST_KEYS_H
#define TLSO_TEST_KEYS_H

#include <gmp.h>
#include <nettle/ecc.h>
#include <nettle/rsa.h>

#include "../../kmod/core/seam.h"

struct test_key {
	enum tlso_key_type type;
	u8 blob[TLSO_KEY_BLOB_MAX];
	size_t blob_len;
	struct rsa_public_key pub;
	struct rsa_private_key rsa;
	struct ecc_scalar scalar;
	struct ecc_point point;
};

void test_key_rsa(struct test_key *k); /* 2048 bits */
void test_key_ec(struct test_key *k, enum tlso_key_type type);
void test_key_clear(struct test_key *k);

#endif /* TLSO_TEST_KEYS_H */
