// SPDX-License-Identifier: GPL-2.0-only
/* A crypto table without cryptography. */
#include "fake_crypto.h"
#include "../../kmod/core/wire.h"

static int hash_init(struct tlso_hash_ctx *c)
{
	memset(c, 0, sizeof(*c));
	c->opaque[0] = 14695981039346656037ULL;
	return 0;
}

static int hash_update(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		c->opaque[0] = (c->opaque[0] ^ p[i]) * 1099511628211ULL;
	return 0;
}

static int hash_out(struct tlso_hash_ctx *c, u8 *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (u8)(c->opaque[0] >> (8 * (i % 8)));
	return 0;
}

static int hash_final32(struct tlso_hash_ctx *c, u8 *out)
{
	return hash_out(c, out, 32);
}

static int hash_final48(struct tlso_hash_ctx *c, u8 *out)
{
	return hash_out(c, out, 48);
}

static int seal(const u8 *key, const u8 *nonce, const u8 *aad, size_t aad_len,
		u8 *buf, size_t n)
{
	(void)key;
	(void)nonce;
	(void)aad;
	(void)aad_len;
	memset(buf + n, 0, TLSO_TAG_LEN);
	return 0;
}

static int open_(const u8 *key, const u8 *nonce, const u8 *aad, size_t aad_len,
		 u8 *buf, size_t n)
{
	static const u8 zeros[TLSO_TAG_LEN];

	(void)key;
	(void)nonce;
	(void)aad;
	(void)aad_len;
	return memcmp(buf + n, zeros, sizeof(zeros)) ? -1 : 0;
}

static int random_(void *rng, u8 *out, size_t n)
{
	(void)rng;
	memset(out, 0x5a, n);
	return 0;
}

static int exchange32(void *rng, const u8 *peer, u8 *share, u8 *secret)
{
	memcpy(secret, peer, 32);
	return random_(rng, share, 32);
}

static int exchange65(void *rng, const u8 *peer, u8 *share, u8 *secret)
{
	if (peer[64] == 0xff) /* "not on the curve" */
		return -1;
	memcpy(secret, peer, 32);
	return random_(rng, share, 65);
}

static int sign(void *rng, void *key, u16 scheme, const u8 *msg, size_t n,
		u8 *sig, size_t *sig_len)
{
	(void)rng;
	(void)key;
	(void)scheme;
	if (*sig_len > 8 && n)
		*sig_len -= msg[n - 1] % 8;
	memset(sig, 0x30, *sig_len);
	return 0;
}

static const struct tlso_hash_alg hash32 = { 32, 64, hash_init, hash_update,
					     hash_final32 };
static const struct tlso_hash_alg hash48 = { 48, 128, hash_init, hash_update,
					     hash_final48 };
static const struct tlso_aead_alg aead16 = { 16, seal, open_ };
static const struct tlso_aead_alg aead32 = { 32, seal, open_ };
static const struct tlso_group_alg x25519 = { TLSO_GROUP_X25519, 32, 32,
					      exchange32 };
static const struct tlso_group_alg p256 = { TLSO_GROUP_P256, 65, 32,
					    exchange65 };
static const struct tlso_group_alg *const groups[] = { &x25519, &p256, NULL };

const struct tlso_crypto fake_crypto = {
	.sha256 = &hash32,
	.sha384 = &hash48,
	.aes128_gcm = &aead16,
	.aes256_gcm = &aead32,
	.chacha20_poly1305 = &aead32,
	.groups = groups,
	.random = random_,
};

const struct tlso_signer fake_signer = { NULL, sign };
