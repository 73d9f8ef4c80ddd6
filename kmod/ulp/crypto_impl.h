/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the crypto_*.c files share with each other, and nobody else. One file a
 * noun: hashes, AEADs, curves, RSA, private keys, the self-test; crypto_main.c
 * puts them together.
 */
#ifndef TLSO_ULP_CRYPTO_IMPL_H
#define TLSO_ULP_CRYPTO_IMPL_H

#include "../core/rsa.h"
#include "crypto.h"

/* Random numbers below an order are drawn again until one fits; each draw fits
 * with a probability above 1 - 2^-32.
 */
#define TLSO_DRAWS 64

int tlso_linux_random(void *rng, u8 *out, size_t n);

extern const struct tlso_hash_alg tlso_linux_sha256;
extern const struct tlso_hash_alg tlso_linux_sha384;
extern const struct tlso_hash_alg tlso_linux_sha512;
int tlso_linux_hash_init(void);
void tlso_linux_hash_exit(void);
/* By the digest's length; NULL for others. */
const struct tlso_hash_alg *tlso_linux_hash_of(size_t len);

extern const struct tlso_aead_alg tlso_linux_aes128_gcm;
extern const struct tlso_aead_alg tlso_linux_aes256_gcm;
extern const struct tlso_aead_alg tlso_linux_chacha20_poly1305;
int tlso_linux_aead_init(void);
void tlso_linux_aead_exit(void);

extern const struct tlso_group_alg *const tlso_linux_groups[];
/* Public keys, secret scalars: ECDSA over the digest, DER signatures. */
int tlso_linux_ecdsa_verify(const struct tlso_pubkey *key, const u8 *digest,
			    size_t n, const u8 *sig, size_t sig_len);
int tlso_linux_ecdsa_sign(enum tlso_key_type type, const u8 *priv,
			  const u8 *digest, size_t n, u8 *sig,
			  size_t *sig_len);
/* Does the scalar belong to the point? 0 if so; -EKEYREJECTED, -EINVAL, -ENOMEM. */
int tlso_linux_ec_check(enum tlso_key_type type, const u8 *priv,
			const u8 *point);

int tlso_linux_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out);
int tlso_linux_rsa_verify(const struct tlso_pubkey *key, bool pss,
			  const u8 *digest, size_t n, const u8 *sig,
			  size_t sig_len);

/* A private RSA key with its blinding. */
struct tlso_linux_rsa;
struct tlso_linux_rsa *tlso_linux_rsa_new(const struct tlso_key_blob *b);
void tlso_linux_rsa_free(struct tlso_linux_rsa *rsa);
size_t tlso_linux_rsa_len(const struct tlso_linux_rsa *rsa);
/* 0, -ENOMEM, or less than 0: it was no key. */
int tlso_linux_rsa_run(struct tlso_linux_rsa *rsa, const u8 *in, u8 *out);
int tlso_linux_rsa_sign(struct tlso_linux_rsa *rsa, bool pss, const u8 *digest,
			size_t n, u8 *sig, size_t *sig_len);

/* What a TLS signature scheme asks for. */
enum tlso_sig_kind {
	TLSO_SIG_PKCS1,
	TLSO_SIG_PSS,
	TLSO_SIG_ECDSA,
};

/* -1 for schemes that are not known, or whose hash has other than @n bytes. */
int tlso_linux_scheme(u16 scheme, size_t n, enum tlso_sig_kind *kind);

int tlso_linux_crypto_test(void);

#endif /* TLSO_ULP_CRYPTO_IMPL_H */
