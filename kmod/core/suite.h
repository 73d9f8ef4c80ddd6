/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* What is fixed about cipher suites, groups and signature schemes. */
#ifndef TLSO_SUITE_H
#define TLSO_SUITE_H

#include "crypto.h"
#include "wire.h"

enum tlso_suite_auth {
	TLSO_SUITE_ANY, /* TLS 1.3: the suite does not say */
	TLSO_SUITE_RSA,
	TLSO_SUITE_ECDSA,
};

enum tlso_suite_kx {
	TLSO_KX_ECDHE,
	TLSO_KX_RSA, /* RFC 5246 7.4.7.1: no forward secrecy */
};

enum tlso_suite_aead {
	TLSO_AEAD_GCM, /* AES, by key_len */
	TLSO_AEAD_CHACHA,
};

struct tlso_suite {
	u16 id;
	u16 version; /* the only one that it belongs to */
	u8 hash_len; /* 32: SHA-256, 48: SHA-384 */
	u8 key_len;
	u8 aead; /* enum tlso_suite_aead */
	u8 auth; /* enum tlso_suite_auth */
	u8 kx; /* enum tlso_suite_kx */
	const char *name;
};

/* NULL where @id is none of ours. */
const struct tlso_suite *tlso_suite_find(u16 id);
/* All of ours, in our order of preference: the @i-th, NULL behind the last. */
const struct tlso_suite *tlso_suite_at(unsigned int i);

/* Bytes of nonce in front of each record: RFC 5288 3; 0 for all but TLS 1.2 GCM. */
u8 tlso_suite_explicit(const struct tlso_suite *s);

/* Bytes of a public value of @group; 0 where it is none of ours. */
u8 tlso_group_share_len(u16 group);

/* Is @p a public value of @group by its form? RFC 8446 4.2.8.2, RFC 8422 5.4: points
 * are uncompressed.
 */
bool tlso_group_share_fits(u16 group, const u8 *p, size_t n);

/* The algorithms of a suite in @crypto; NULL where it has none. */
const struct tlso_hash_alg *tlso_suite_hash(const struct tlso_crypto *crypto,
					    u16 suite);
const struct tlso_aead_alg *tlso_suite_aead(const struct tlso_crypto *crypto,
					    u16 suite);
/* A group's in @crypto; NULL where it has none. */
const struct tlso_group_alg *tlso_group_find(const struct tlso_crypto *crypto,
					     u16 group);

/* The type of key (enum tlso_key_type) that signs under @scheme; for ECDSA the
 * curve that TLS 1.3 binds to it. TLSO_KEY_NONE for unknown ones, SHA-1's among
 * them.
 */
u8 tlso_scheme_key(u16 scheme);
/* RSA with PKCS#1 padding: in TLS 1.3 not for handshake signatures (4.2.3). */
bool tlso_scheme_pkcs1(u16 scheme);
/* May a key of @key_type sign a handshake of @version under @scheme? In TLS 1.2
 * the curve does not matter, in TLS 1.3 PKCS#1 is out.
 */
bool tlso_scheme_fits(u16 scheme, u8 key_type, u16 version);
/* The most bytes of a signature by a key of @key_type; @rsa_bits of modulus. */
size_t tlso_sig_room(u8 key_type, u16 rsa_bits);

#endif /* TLSO_SUITE_H */
