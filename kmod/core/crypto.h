/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The cryptography that core calls, as constant tables. The adapter and native
 * programs fill them from nettle (offload-dev/engine/crypto_host.c); the
 * kernel's software placement from the Linux crypto API (kmod/ulp/crypto.h).
 * The completer uses all of it; director and x509 only what needs no secret:
 * hashes and verify.
 *
 * All functions return 0, or -1 where they failed; none keeps a pointer after
 * it returns. Context memory is the caller's, of the sizes named here, and is
 * wiped by the caller. Secrets take no part in branches or indexes.
 */
#ifndef TLSO_CRYPTO_H
#define TLSO_CRYPTO_H

#include "port.h"

#define TLSO_HASH_MAX 48 /* SHA-384: of transcripts and key schedules */
#define TLSO_DIGEST_MAX 64 /* SHA-512: of what is signed */
#define TLSO_HASH_CTX_MAX 384
#define TLSO_KEY_MAX 32
#define TLSO_IV_LEN 12
#define TLSO_TAG_LEN 16
#define TLSO_SHARE_MAX 97 /* uncompressed P-384 point */
#define TLSO_PRIV_MAX 48
#define TLSO_SECRET_MAX 48
#define TLSO_RSA_MAX 512 /* bytes of modulus: 4096 bits */
#define TLSO_SIG_MAX 512

struct tlso_hash_ctx {
	u64 opaque[TLSO_HASH_CTX_MAX / 8];
};

/* A hash. A context may be copied by assignment, to fork a transcript. */
struct tlso_hash_alg {
	u8 len; /* bytes of digest */
	u8 block; /* bytes of block, for HMAC */
	int (*init)(struct tlso_hash_ctx *c);
	int (*update)(struct tlso_hash_ctx *c, const u8 *p, size_t n);
	int (*final)(struct tlso_hash_ctx *c, u8 *out); /* len bytes */
};

/* An AEAD with a 12-byte nonce and a 16-byte tag, in place: buf holds n bytes
 * of text, and room for the tag after them. seal and open return 0, or less; after that
 * buf holds nothing that may be used. open tells a bad tag (TLSO_AEAD_FORGED) from a
 * failure of its own, of which the peer knows nothing.
 */
#define TLSO_AEAD_FORGED (-1)

struct tlso_aead_alg {
	u8 key_len;
	int (*seal)(const u8 *key, const u8 *nonce, const u8 *aad, size_t aad_len,
		    u8 *buf, size_t n);
	int (*open)(const u8 *key, const u8 *nonce, const u8 *aad, size_t aad_len,
		    u8 *buf, size_t n);
};

/* A key-exchange group. */
struct tlso_group_alg {
	u16 id; /* TLS NamedGroup */
	u8 share_len;
	u8 secret_len;
	u8 priv_len;
	/* An ephemeral key pair. The caller wipes @priv. */
	int (*keygen)(void *rng, u8 *priv, u8 *share);
	/* The shared secret (ECDH: the x coordinate). -1 if @peer is not a valid
	 * public value, or the secret is all zero (RFC 8446 7.4.2).
	 */
	int (*derive)(void *rng, const u8 *priv, const u8 *peer, u8 *secret);
};

enum tlso_key_type {
	TLSO_KEY_NONE = 0,
	TLSO_KEY_RSA = 1,
	TLSO_KEY_P256 = 2,
	TLSO_KEY_P384 = 3,
};

/* A public key, as taken from a certificate (x509.h). */
struct tlso_pubkey {
	u8 type; /* enum tlso_key_type */
	u16 n_len; /* bytes of n: modulus without leading zeros, or point */
	u16 bits; /* of the modulus, or of the field */
	u8 n[TLSO_RSA_MAX]; /* RSA modulus; EC: 04 || X || Y */
	u8 e_len; /* RSA exponent, without leading zeros */
	u8 e[8];
};

/*
 * Private keys as the completer sees them. @identity is the index that the
 * director chose (tlso_config.ids); the owner finds the key behind @ctx.
 * Keys live as long as the completer.
 */
struct tlso_signer {
	void *ctx;
	/* Signs the digest under the TLS signature scheme, whose hash made it.
	 * *sig_len is the room at @sig on entry, the length on return. ECDSA
	 * signatures are DER.
	 */
	int (*sign)(void *rng, void *ctx, unsigned int identity, u16 scheme,
		    const u8 *digest, size_t n, u8 *sig, size_t *sig_len);
	/* Raw RSA with the private key, blinded: @n bytes in, @n bytes out, n
	 * being the modulus's length. For RSA key transport, whose padding core
	 * takes off in constant time. May be NULL. -1 tells no secret: only
	 * that n is wrong, the key is not RSA, or in is not below the modulus.
	 */
	int (*rsa_private)(void *rng, void *ctx, unsigned int identity,
			   const u8 *in, size_t n, u8 *out);
};

struct tlso_crypto {
	const struct tlso_hash_alg *sha256;
	const struct tlso_hash_alg *sha384;
	const struct tlso_hash_alg *sha512; /* of signatures only */
	const struct tlso_aead_alg *aes128_gcm;
	const struct tlso_aead_alg *aes256_gcm;
	const struct tlso_aead_alg *chacha20_poly1305;
	const struct tlso_group_alg *const *groups; /* NULL-terminated */
	int (*random)(void *rng, u8 *out, size_t n);
	/*
	 * Does @sig sign @digest under the TLS signature scheme @scheme (RSA
	 * PKCS#1 and PSS, ECDSA P-256 and P-384, with SHA-256, -384, -512)? 0
	 * only if so. In TLS 1.2 ECDSA schemes do not bind the curve: the key's
	 * type says it, the scheme only the hash. PSS: salt as long as the hash.
	 */
	int (*verify)(const struct tlso_pubkey *key, u16 scheme, const u8 *digest,
		      size_t n, const u8 *sig, size_t sig_len);
	/* Raw RSA with a public key: in < modulus, key->n_len bytes each way. */
	int (*rsa_public)(const struct tlso_pubkey *key, const u8 *in, u8 *out);
};

/* The hash that signature scheme @scheme signs with, NULL for unknown ones. */
const struct tlso_hash_alg *tlso_scheme_hash(const struct tlso_crypto *crypto,
					     u16 scheme);

#endif /* TLSO_CRYPTO_H */
