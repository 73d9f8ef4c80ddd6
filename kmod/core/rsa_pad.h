/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What RSA numbers mean: the encodings of RFC 8017 that TLS uses. @bits is the
 * size of the modulus; an encoded message @em has (bits + 7) / 8 bytes.
 *
 * Responsible for: EMSA-PSS and EMSA-PKCS1-v1_5, made and checked; the premaster
 * secret in an RSAES-PKCS1-v1_5 message, without an oracle.
 * Leaves to: crypto.h's signer and rsa_public the arithmetic.
 */
#ifndef TLSO_RSA_PAD_H
#define TLSO_RSA_PAD_H

#include "crypto.h"

#define TLSO_PREMASTER_LEN 48

/* 9.1: EMSA-PSS with a salt of h->len bytes, MGF1 with the same hash. encode: -1
 * also if the modulus is too small. verify uses @em up.
 */
__must_check int tlso_pss_encode(const struct tlso_hash_alg *h,
				 const u8 *digest, const u8 *salt, u8 *em,
				 size_t bits);
__must_check int tlso_pss_verify(const struct tlso_hash_alg *h,
				 const u8 *digest, u8 *em, size_t bits);

/* 9.2: EMSA-PKCS1-v1_5, with SHA-256, SHA-384 or SHA-512 by the digest's length.
 * verify makes the one right encoding and compares all of it.
 */
__must_check int tlso_pkcs1_encode(const u8 *digest, size_t n, u8 *em,
				   size_t bits);
__must_check int tlso_pkcs1_verify(const u8 *digest, size_t n, const u8 *em,
				   size_t bits);

/*
 * RFC 5246 7.4.7.1: the premaster secret in the decrypted ClientKeyExchange @em
 * of @n bytes, which must start with the version that the ClientHello offered;
 * whatever is wrong with it, @out is @random instead, which the caller drew
 * before it decrypted. Neither time nor memory accesses tell which it was, and
 * there is no return value that could. @em may be NULL: wrong.
 */
void tlso_rsa_premaster(const u8 *em, size_t n, u16 version,
			const u8 random[TLSO_PREMASTER_LEN],
			u8 out[TLSO_PREMASTER_LEN]);

#endif /* TLSO_RSA_PAD_H */
