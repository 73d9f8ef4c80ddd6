/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* What is fixed about cipher suites and groups, without their algorithms. */
#ifndef TLSO_SUITE_H
#define TLSO_SUITE_H

#include "crypto.h"
#include "wire.h"

struct tlso_suite {
	u16 id;
	u8 hash_len;
	u8 key_len;
	const char *name;
};

/* NULL where @id is none of ours. */
const struct tlso_suite *tlso_suite_find(u16 id);

/* Bytes of a public value of @group; 0 where it is none of ours. */
u8 tlso_group_share_len(u16 group);

/* The algorithms of a suite in @crypto; NULL where it has none. */
const struct tlso_hash_alg *tlso_suite_hash(const struct tlso_crypto *crypto,
					    u16 suite);
const struct tlso_aead_alg *tlso_suite_aead(const struct tlso_crypto *crypto,
					    u16 suite);

#endif /* TLSO_SUITE_H */
