// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elliptic curves: X25519 of the kernel's library; P-256 and P-384, ECDH and
 * ECDSA, of core/ec and core/ecdsa.
 *
 * Why not crypto/ecc.c's exported functions: they branch on the numbers that
 * they reduce and invert (vli_mod_inv), without a blinded start in
 * ecc_make_pub_key(), and ecc_point_mult_shamir() is wrong where the points to be
 * added are the same, which whoever makes signatures can bring about.
 */
#include <crypto/curve25519.h>
#include <linux/slab.h>

#include "../core/ecdsa.h"
#include "../core/wire.h"
#include "crypto_impl.h"

static int x25519_keygen(void *rng, u8 *priv, u8 *share)
{
	if (tlso_linux_random(rng, priv, CURVE25519_KEY_SIZE))
		return -1;
	curve25519_clamp_secret(priv);
	return curve25519_generate_public(share, priv) ? 0 : -1;
}

/* RFC 7748 5: the scalar is clamped, and the peer's highest bit ignored, by
 * who multiplies.
 */
static int x25519_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	return curve25519(secret, priv, peer) ? 0 : -1;
}

static int ec_keygen(enum tlso_key_type type, u8 *priv, u8 *share)
{
	const struct tlso_curve *c = tlso_curve_of(type);
	struct tlso_ec_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	int i, ret = -1;

	for (i = 0; w && ret && i < TLSO_DRAWS; i++) {
		if (tlso_linux_random(NULL, priv, c->len))
			break;
		ret = tlso_ec_public(c, priv, share, w);
	}
	kfree_sensitive(w);
	return ret;
}

static int ec_derive(enum tlso_key_type type, const u8 *priv, const u8 *peer,
		     u8 *secret)
{
	struct tlso_ec_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	int ret = -1;

	if (w)
		ret = tlso_ec_shared(tlso_curve_of(type), priv, peer, secret,
				     w);
	kfree_sensitive(w);
	return ret;
}

static int p256_keygen(void *rng, u8 *priv, u8 *share)
{
	return ec_keygen(TLSO_KEY_P256, priv, share);
}

static int p256_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	return ec_derive(TLSO_KEY_P256, priv, peer, secret);
}

static int p384_keygen(void *rng, u8 *priv, u8 *share)
{
	return ec_keygen(TLSO_KEY_P384, priv, share);
}

static int p384_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	return ec_derive(TLSO_KEY_P384, priv, peer, secret);
}

static const struct tlso_group_alg group_x25519 = {
	.id = TLSO_GROUP_X25519,
	.share_len = CURVE25519_KEY_SIZE,
	.secret_len = CURVE25519_KEY_SIZE,
	.priv_len = CURVE25519_KEY_SIZE,
	.keygen = x25519_keygen,
	.derive = x25519_derive,
};

static const struct tlso_group_alg group_p256 = {
	.id = TLSO_GROUP_P256,
	.share_len = 65,
	.secret_len = 32,
	.priv_len = 32,
	.keygen = p256_keygen,
	.derive = p256_derive,
};

static const struct tlso_group_alg group_p384 = {
	.id = TLSO_GROUP_P384,
	.share_len = 97,
	.secret_len = 48,
	.priv_len = 48,
	.keygen = p384_keygen,
	.derive = p384_derive,
};

const struct tlso_group_alg *const tlso_linux_groups[] = {
	&group_x25519,
	&group_p256,
	&group_p384,
	NULL,
};

int tlso_linux_ecdsa_verify(const struct tlso_pubkey *key, const u8 *digest,
			    size_t n, const u8 *sig, size_t sig_len)
{
	const struct tlso_curve *c = tlso_curve_of(key->type);
	u8 r[TLSO_EC_LEN_MAX], s[TLSO_EC_LEN_MAX];
	struct tlso_ec_work *w;
	int ret = -1;

	if (!c || key->n_len > sizeof(key->n) ||
	    tlso_ecdsa_der_read(sig, sig_len, r, s, c->len))
		return -1;
	w = kmalloc(sizeof(*w), GFP_KERNEL);
	if (w)
		ret = tlso_ecdsa_verify(c, key->n, key->n_len, digest, n, r, s,
					w);
	kfree(w);
	return ret;
}

int tlso_linux_ecdsa_sign(enum tlso_key_type type, const u8 *priv,
			  const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	u8 k[TLSO_EC_LEN_MAX], r[TLSO_EC_LEN_MAX], s[TLSO_EC_LEN_MAX];
	const struct tlso_curve *c = tlso_curve_of(type);
	struct tlso_ec_work *w;
	int i, ret = -1;

	if (!c)
		return -1;
	w = kmalloc(sizeof(*w), GFP_KERNEL);
	for (i = 0; w && ret && i < TLSO_DRAWS; i++) {
		if (tlso_linux_random(NULL, k, c->len))
			break;
		ret = tlso_ecdsa_sign(c, priv, k, digest, n, r, s, w);
	}
	memzero_explicit(k, sizeof(k));
	kfree_sensitive(w);
	if (ret)
		return -1;
	*sig_len = tlso_ecdsa_der_write(sig, *sig_len, r, s, c->len);
	return *sig_len ? 0 : -1;
}

int tlso_linux_ec_check(enum tlso_key_type type, const u8 *priv,
			const u8 *point)
{
	const struct tlso_curve *c = tlso_curve_of(type);
	u8 mine[1 + 2 * TLSO_EC_LEN_MAX];
	int ret = -EKEYREJECTED;
	struct tlso_ec_work *w;

	if (!c)
		return -EINVAL;
	w = kmalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	if (!tlso_ec_public(c, priv, mine, w) &&
	    tlso_equal_ct(mine, point, 1 + 2 * c->len))
		ret = 0;
	kfree_sensitive(w);
	return ret;
}
