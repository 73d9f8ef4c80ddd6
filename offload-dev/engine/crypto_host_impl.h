/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What the crypto_host_*.c files share, and nobody else: they alone name nettle,
 * hogweed and gmp.
 */
#ifndef TLSO_CRYPTO_HOST_IMPL_H
#define TLSO_CRYPTO_HOST_IMPL_H

#include <stdatomic.h>

#include <gmp.h>
#include <nettle/ecc.h>
#include <nettle/rsa.h>

#include "../../kmod/core/seam.h"
#include "../../kmod/core/wire.h"
#include "crypto_host.h"

#define RSA_BITS_MIN 2048 /* of private keys */
#define RSA_BITS_MAX 4096
#define EC_LEN_MAX 48 /* bytes of P-384's field */
#define EC_SIG_MAX (3 + 2 * (2 + EC_LEN_MAX + 1))

/* Counters of tlso_host_counts(). */
extern atomic_ullong host_n_sign, host_n_ecdh, host_n_hash, host_n_aead;

int host_random(void *rng, u8 *out, size_t n);
/* nettle's callback cannot fail, and its callers draw again until a value is
 * in range; so a failure gives a value that is, and sets *(bool *)failed.
 */
void host_nettle_random(void *failed, size_t n, uint8_t *dst);

/* gmp and nettle give memory back without clearing it. */
void host_mpz_wipe_clear(mpz_t z);
/* Overwrites the stack below the caller, where public-key functions leave
 * scalars and intermediate values.
 */
void host_burn_stack(void);

extern const struct tlso_hash_alg host_sha256, host_sha384, host_sha512;
extern const struct tlso_aead_alg host_aes128_gcm, host_aes256_gcm;
extern const struct tlso_aead_alg host_chacha20_poly1305;
extern const struct tlso_group_alg host_x25519, host_p256, host_p384;

/* What a signature scheme says (RFC 8446 4.2.3, RFC 5246 7.4.1.4.1). */
enum host_pad { PAD_PKCS1, PAD_PSS, PAD_ECDSA };

struct host_scheme {
	u16 id;
	u8 pad; /* enum host_pad */
	u8 hash_len;
};

struct tlso_host_key {
	enum tlso_key_type type;
	struct rsa_public_key rsa_pub;
	struct rsa_private_key rsa;
	struct ecc_scalar ec; /* where type is a curve */
};

/* RSA. init and wipe always, also where load failed in between. */
void host_rsa_init(struct tlso_host_key *k);
int host_rsa_load(struct tlso_host_key *k, const struct tlso_key_blob *b);
void host_rsa_wipe(struct tlso_host_key *k);
int host_rsa_sign(const struct tlso_host_key *k, const struct host_scheme *s,
		  const u8 *digest, u8 *sig, size_t *sig_len);
int host_rsa_verify(const struct tlso_pubkey *key, const struct host_scheme *s,
		    const u8 *digest, const u8 *sig, size_t sig_len);
int host_rsa_private(const struct tlso_host_key *k, const u8 *in, size_t n,
		     u8 *out);
int host_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out);

/* Elliptic curves; of key types P-256 and P-384 only. */
void host_ec_init(struct tlso_host_key *k);
int host_ec_load(struct tlso_host_key *k, const struct tlso_key_blob *b);
void host_ec_wipe(struct tlso_host_key *k);
int host_ec_sign(const struct tlso_host_key *k, const u8 *digest, size_t n,
		 u8 *sig, size_t *sig_len);
int host_ec_verify(const struct tlso_pubkey *key, const u8 *digest, size_t n,
		   const u8 *sig, size_t sig_len);

#endif /* TLSO_CRYPTO_HOST_IMPL_H */
