// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crypto table around nettle's, in which secrets are undefined memory: valgrind
 * then reports every branch and every index of the core that depends on one.
 *
 * Secret: what key generation, key exchange and raw RSA return. Public: shares,
 * ciphertext, and the content of records, which is messages. What is derived from
 * secrets by hashing is secret by itself, since undefined bits pass through hashes.
 * Primitives other than hashes see plain copies: their own time is not judged here
 * (tests/unit does that for ours).
 */
#include "../../kmod/core/crypto.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "table.h"

static void copy_plain(u8 *to, const u8 *from, size_t n)
{
	memcpy(to, from, n);
	(void)VALGRIND_MAKE_MEM_DEFINED(to, n);
}

/* ---- Groups ---------------------------------------------------------------- */

static const struct tlso_group_alg *host_group(u16 id)
{
	const struct tlso_group_alg *const *g = tlso_host_crypto.groups;

	while (*g && (*g)->id != id)
		g++;
	return *g;
}

static int keygen(u16 id, void *rng, u8 *priv, u8 *share)
{
	const struct tlso_group_alg *g = host_group(id);
	int r = g->keygen(rng, priv, share);

	(void)VALGRIND_MAKE_MEM_UNDEFINED(priv, g->priv_len);
	return r;
}

static int derive(u16 id, void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	const struct tlso_group_alg *g = host_group(id);
	u8 plain[TLSO_PRIV_MAX];
	int r;

	copy_plain(plain, priv, g->priv_len);
	r = g->derive(rng, plain, peer, secret);
	(void)VALGRIND_MAKE_MEM_UNDEFINED(secret, g->secret_len);
	return r;
}

#define GROUP(name, number, share, secret, priv)                              \
	static int name##_keygen(void *rng, u8 *k, u8 *s)                     \
	{                                                                     \
		return keygen(number, rng, k, s);                             \
	}                                                                     \
	static int name##_derive(void *rng, const u8 *k, const u8 *p, u8 *s)  \
	{                                                                     \
		return derive(number, rng, k, p, s);                          \
	}                                                                     \
	static const struct tlso_group_alg name = {                           \
		number, share, secret, priv, name##_keygen, name##_derive     \
	}

GROUP(x25519, 29, 32, 32, 32);
GROUP(p256, 23, 65, 32, 32);
GROUP(p384, 24, 97, 48, 48);

static const struct tlso_group_alg *const groups[] = { &x25519, &p256, &p384,
						       NULL };

/* ---- AEAD ------------------------------------------------------------------ */

static int seal(const struct tlso_aead_alg *a, const u8 *key, const u8 *nonce,
		const u8 *aad, size_t aad_len, u8 *buf, size_t n)
{
	u8 k[TLSO_KEY_MAX], iv[TLSO_IV_LEN];

	copy_plain(k, key, a->key_len);
	copy_plain(iv, nonce, sizeof(iv));
	(void)VALGRIND_MAKE_MEM_DEFINED(buf, n);
	return a->seal(k, iv, aad, aad_len, buf, n);
}

static int open_(const struct tlso_aead_alg *a, const u8 *key, const u8 *nonce,
		 const u8 *aad, size_t aad_len, u8 *buf, size_t n)
{
	u8 k[TLSO_KEY_MAX], iv[TLSO_IV_LEN];

	copy_plain(k, key, a->key_len);
	copy_plain(iv, nonce, sizeof(iv));
	return a->open(k, iv, aad, aad_len, buf, n);
}

#define AEAD(name, len)                                                       \
	static int name##_seal(const u8 *k, const u8 *v, const u8 *a,         \
			       size_t al, u8 *b, size_t n)                    \
	{                                                                     \
		return seal(tlso_host_crypto.name, k, v, a, al, b, n);        \
	}                                                                     \
	static int name##_open(const u8 *k, const u8 *v, const u8 *a,         \
			       size_t al, u8 *b, size_t n)                    \
	{                                                                     \
		return open_(tlso_host_crypto.name, k, v, a, al, b, n);       \
	}                                                                     \
	static const struct tlso_aead_alg name = { len, name##_seal,          \
						   name##_open }

AEAD(aes128_gcm, 16);
AEAD(aes256_gcm, 32);
AEAD(chacha20_poly1305, 32);

/* ---- Hashes: nettle's, run on secrets as they are ---------------------------- */

#define HASH(name, host, n, block)                                            \
	static int name##_init(struct tlso_hash_ctx *c)                       \
	{                                                                     \
		return (host)->init(c);                                       \
	}                                                                     \
	static int name##_update(struct tlso_hash_ctx *c, const u8 *p,        \
				 size_t len)                                  \
	{                                                                     \
		return (host)->update(c, p, len);                             \
	}                                                                     \
	static int name##_final(struct tlso_hash_ctx *c, u8 *out)             \
	{                                                                     \
		return (host)->final(c, out);                                 \
	}                                                                     \
	static const struct tlso_hash_alg name = { n, block, name##_init,     \
						   name##_update,             \
						   name##_final }

HASH(sha256, tlso_host_crypto.sha256, 32, 64);
HASH(sha384, tlso_host_crypto.sha384, 48, 128);
HASH(sha512, tlso_host_crypto.sha512, 64, 128);

static int ct_random(void *rng, u8 *out, size_t n)
{
	return tlso_host_crypto.random(rng, out, n);
}

static int ct_verify(const struct tlso_pubkey *key, u16 scheme, const u8 *digest,
		     size_t n, const u8 *sig, size_t sig_len)
{
	u8 plain[TLSO_DIGEST_MAX];

	/* A digest of a transcript that holds a MAC; it is on the wire. */
	copy_plain(plain, digest, n);
	return tlso_host_crypto.verify(key, scheme, plain, n, sig, sig_len);
}

static int ct_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out)
{
	u8 plain[TLSO_RSA_MAX];

	copy_plain(plain, in, key->n_len);
	return tlso_host_crypto.rsa_public(key, plain, out);
}

const struct tlso_crypto tlso_ct_crypto = {
	.sha256 = &sha256,
	.sha384 = &sha384,
	.sha512 = &sha512,
	.aes128_gcm = &aes128_gcm,
	.aes256_gcm = &aes256_gcm,
	.chacha20_poly1305 = &chacha20_poly1305,
	.groups = groups,
	.random = ct_random,
	.verify = ct_verify,
	.rsa_public = ct_rsa_public,
};

/* ---- Private keys: conn.c's signer calls these ------------------------------- */

int tlso_ct_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		 const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	u8 plain[TLSO_DIGEST_MAX];

	copy_plain(plain, digest, n);
	return tlso_host_sign(rng, ctx, identity, scheme, plain, n, sig,
			      sig_len);
}

int tlso_ct_rsa_private(void *rng, void *ctx, unsigned int identity,
			const u8 *in, size_t n, u8 *out)
{
	int r = tlso_host_rsa_private(rng, ctx, identity, in, n, out);

	if (!r)
		(void)VALGRIND_MAKE_MEM_UNDEFINED(out, n);
	return r;
}
