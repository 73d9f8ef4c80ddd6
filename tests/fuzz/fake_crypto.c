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

static int hash_final64(struct tlso_hash_ctx *c, u8 *out)
{
	return hash_out(c, out, 64);
}

static int keygen(u8 *priv, size_t priv_len, u8 *share, size_t share_len)
{
	memset(priv, 0x77, priv_len);
	memset(share, 0x5a, share_len);
	return 0;
}

static int keygen32(void *rng, u8 *priv, u8 *share)
{
	(void)rng;
	return keygen(priv, 32, share, 32);
}

static int keygen65(void *rng, u8 *priv, u8 *share)
{
	(void)rng;
	return keygen(priv, 32, share, 65);
}

static int keygen97(void *rng, u8 *priv, u8 *share)
{
	(void)rng;
	return keygen(priv, 48, share, 97);
}

/* A share whose last byte is 0xff is "not on the curve". */
static int derive(const u8 *peer, size_t share_len, u8 *secret, size_t n)
{
	if (peer[share_len - 1] == 0xff)
		return -1;
	memset(secret, 0x33, n);
	return 0;
}

static int derive32(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	(void)rng;
	(void)priv;
	return derive(peer, 32, secret, 32);
}

static int derive65(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	(void)rng;
	(void)priv;
	return derive(peer, 65, secret, 32);
}

static int derive97(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	(void)rng;
	(void)priv;
	return derive(peer, 97, secret, 48);
}

static int sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	(void)rng;
	(void)ctx;
	(void)identity;
	(void)scheme;
	if (*sig_len > 8 && n)
		*sig_len -= digest[n - 1] % 8;
	memset(sig, 0x30, *sig_len);
	return 0;
}

/* As the unit tests' signer has it, so that their handshakes serve as seeds. */
static void rsa(const u8 *in, size_t n, u8 *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = in[i] ^ 0x5a;
}

static int rsa_private(void *rng, void *ctx, unsigned int identity,
		       const u8 *in, size_t n, u8 *out)
{
	(void)rng;
	(void)ctx;
	(void)identity;
	if (n != 256)
		return -1;
	rsa(in, n, out);
	return 0;
}

static int rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out)
{
	rsa(in, key->n_len, out);
	return 0;
}

const struct tlso_hash_alg fake_sha256 = { 32, 64, hash_init, hash_update,
					   hash_final32 };
static const struct tlso_hash_alg hash48 = { 48, 128, hash_init, hash_update,
					     hash_final48 };
static const struct tlso_hash_alg hash64 = { 64, 128, hash_init, hash_update,
					     hash_final64 };
static const struct tlso_aead_alg aead16 = { 16, seal, open_ };
static const struct tlso_aead_alg aead32 = { 32, seal, open_ };
static const struct tlso_group_alg x25519 = { TLSO_GROUP_X25519, 32, 32, 32,
					      keygen32, derive32 };
static const struct tlso_group_alg p256 = { TLSO_GROUP_P256, 65, 32, 32,
					    keygen65, derive65 };
static const struct tlso_group_alg p384 = { TLSO_GROUP_P384, 97, 48, 48,
					    keygen97, derive97 };
static const struct tlso_group_alg *const groups[] = { &x25519, &p256, &p384,
						       NULL };

const struct tlso_crypto fake_crypto = {
	.sha256 = &fake_sha256,
	.sha384 = &hash48,
	.sha512 = &hash64,
	.aes128_gcm = &aead16,
	.aes256_gcm = &aead32,
	.chacha20_poly1305 = &aead32,
	.groups = groups,
	.random = random_,
	.rsa_public = rsa_public,
};

const struct tlso_signer lax_signer = { NULL, sign, rsa_private };
const struct tlso_ticket_keys fake_tickets = {
	.n = 1,
	.key = { { "sixteen bytes  1", "the key does not matter" } },
};
