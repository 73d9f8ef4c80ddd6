/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Raw RSA (RFC 8017 5.1, 5.2) with moduli of up to 4096 bits. The private
 * operation takes the same time and touches the same memory whatever the key
 * and the number are; it works on a blinded number all the same, and its result
 * is checked with the public exponent, so that a fault does not give the
 * factors away (Boneh, DeMillo, Lipton 1997).
 *
 * Responsible for: numbers, and that a key's parts belong together.
 * Leaves to: rsa_pad what the numbers mean; the caller randomness and locks.
 */
#ifndef TLSO_RSA_H
#define TLSO_RSA_H

#include "crypto.h"
#include "modn.h"
#include "seam.h"

#define TLSO_RSA_WORDS TLSO_MODN_WORDS
#define TLSO_RSA_PRIME_WORDS (TLSO_MODN_WORDS / 2)

/* A private key: the owner wipes it. Not to be moved: it points into itself. */
struct tlso_rsa_key {
	struct tlso_modn n, p, q;
	u64 n_m[TLSO_RSA_WORDS], n_rr[TLSO_RSA_WORDS];
	u64 p_m[TLSO_RSA_PRIME_WORDS], p_rr[TLSO_RSA_PRIME_WORDS];
	u64 q_m[TLSO_RSA_PRIME_WORDS], q_rr[TLSO_RSA_PRIME_WORDS];
	u64 dp[TLSO_RSA_PRIME_WORDS], dq[TLSO_RSA_PRIME_WORDS];
	u64 qinv[TLSO_RSA_PRIME_WORDS];
	u64 e;
	unsigned int len; /* bytes of the modulus */
};

/* r^e and 1/r for a random r, in Montgomery form. As secret as the key. */
struct tlso_rsa_blind {
	u64 in[TLSO_RSA_WORDS], out[TLSO_RSA_WORDS];
};

/* Lent; wiped by the functions that leave secrets in it. */
struct tlso_rsa_work {
	u64 table[16 * TLSO_RSA_PRIME_WORDS];
	u64 a[TLSO_RSA_WORDS], b[TLSO_RSA_WORDS], c[TLSO_RSA_WORDS];
	u64 half[3][TLSO_RSA_PRIME_WORDS];
};

/* Takes the key of a blob: 2048 to 4096 bits, a multiple of 16, primes of half
 * the size, odd exponent of 3 to 64 bits. -1 if it is not so, or the parts do not
 * belong together; that p and q are prime is not seen here, but no operation
 * succeeds if they are not.
 */
__must_check int tlso_rsa_load(struct tlso_rsa_key *k,
			       const struct tlso_key_blob *b,
			       struct tlso_rsa_work *w);

/* Makes @b of k->len random bytes, all of which are used up by this. */
void tlso_rsa_blind_new(const struct tlso_rsa_key *k, struct tlso_rsa_blind *b,
			const u8 *random, struct tlso_rsa_work *w);
/* Another pair, cheaply; the new one is the square of the last. */
void tlso_rsa_blind_next(const struct tlso_rsa_key *k,
			 struct tlso_rsa_blind *b);

/* out = in^d mod n, k->len bytes each, which may be the same. -1 if @in is not
 * below the modulus, or the result does not stand the check; @out is zero then.
 */
__must_check int tlso_rsa_private(const struct tlso_rsa_key *k,
				  const struct tlso_rsa_blind *b, const u8 *in,
				  u8 *out, struct tlso_rsa_work *w);

/* out = in^e mod n for a public key; key->n_len bytes each, which may be the
 * same. -1 if @in is not below the modulus, or the key is no RSA key.
 */
__must_check int tlso_rsa_public(const struct tlso_pubkey *key, const u8 *in,
				 u8 *out, struct tlso_rsa_work *w);

#endif /* TLSO_RSA_H */
