// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Elliptic curves over hogweed: the groups X25519, P-256 and P-384, and ECDSA.
 *
 * Points on the wire are uncompressed (RFC 8446 4.2.8.2); hogweed checks that
 * they are on the curve and in range. Its ladder and its inverses take the same
 * time for every scalar.
 */
#include <nettle/bignum.h>
#include <nettle/curve25519.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>

#include "../../kmod/core/buf.h"
#include "crypto_host_impl.h"

/* ---- Points and scalars ------------------------------------------------------ */

static size_t curve_len(const struct ecc_curve *curve)
{
	return curve == nettle_get_secp_256r1() ? 32 : 48;
}

static const struct ecc_curve *curve_of(enum tlso_key_type type)
{
	return type == TLSO_KEY_P256 ? nettle_get_secp_256r1() :
	       type == TLSO_KEY_P384 ? nettle_get_secp_384r1() : NULL;
}

/* nettle clears a point's and a scalar's limbs only by giving them back. */
static void wipe_point(struct ecc_point *p)
{
	tlso_wipe(p->p, ecc_size_a(p->ecc) * sizeof(mp_limb_t));
	ecc_point_clear(p);
}

static void wipe_scalar(struct ecc_scalar *s)
{
	tlso_wipe(s->p, ecc_size(s->ecc) * sizeof(mp_limb_t));
	ecc_scalar_clear(s);
}

static int point_read(struct ecc_point *pt, const u8 *p)
{
	size_t n = curve_len(pt->ecc);
	mpz_t x, y;
	int ok;

	if (p[0] != 4)
		return -1;
	nettle_mpz_init_set_str_256_u(x, n, p + 1);
	nettle_mpz_init_set_str_256_u(y, n, p + 1 + n);
	ok = ecc_point_set(pt, x, y);
	mpz_clear(x);
	mpz_clear(y);
	return ok ? 0 : -1;
}

/* @y may be NULL: the shared secret is the x coordinate alone. */
static void point_write(const struct ecc_point *pt, u8 *x, u8 *y)
{
	size_t n = curve_len(pt->ecc);
	mpz_t zx, zy;

	mpz_init(zx);
	mpz_init(zy);
	ecc_point_get(pt, zx, zy);
	nettle_mpz_get_str_256(n, x, zx);
	if (y)
		nettle_mpz_get_str_256(n, y, zy);
	host_mpz_wipe_clear(zx);
	host_mpz_wipe_clear(zy);
}

static void share_write(const struct ecc_point *pt, u8 *out)
{
	out[0] = 4;
	point_write(pt, out + 1, out + 1 + curve_len(pt->ecc));
}

static int scalar_read(struct ecc_scalar *s, const u8 *p)
{
	mpz_t z;
	int ok;

	nettle_mpz_init_set_str_256_u(z, curve_len(s->ecc), p);
	ok = ecc_scalar_set(s, z);
	host_mpz_wipe_clear(z);
	return ok ? 0 : -1;
}

static void scalar_write(const struct ecc_scalar *s, u8 *out)
{
	mpz_t z;

	mpz_init(z);
	ecc_scalar_get(s, z);
	nettle_mpz_get_str_256(curve_len(s->ecc), out, z);
	host_mpz_wipe_clear(z);
}

/* ---- Groups (RFC 8446 4.2.8) --------------------------------------------------- */

static int x25519_keygen(void *rng, u8 *priv, u8 *share)
{
	if (host_random(rng, priv, CURVE25519_SIZE))
		return -1;
	curve25519_mul_g(share, priv);
	host_burn_stack();
	return 0;
}

static int x25519_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	static const u8 zero[CURVE25519_SIZE];

	(void)rng;
	curve25519_mul(secret, priv, peer);
	host_burn_stack();
	atomic_fetch_add(&host_n_ecdh, 1);
	return tlso_equal_ct(secret, zero, sizeof(zero)) ? -1 : 0;
}

static int ec_keygen(const struct ecc_curve *curve, u8 *priv, u8 *share)
{
	struct ecc_scalar k;
	struct ecc_point pt;
	bool failed = false;

	ecc_scalar_init(&k, curve);
	ecc_point_init(&pt, curve);
	ecc_scalar_random(&k, &failed, host_nettle_random);
	if (!failed) {
		scalar_write(&k, priv);
		ecc_point_mul_g(&pt, &k);
		share_write(&pt, share);
	}
	ecc_point_clear(&pt);
	wipe_scalar(&k);
	host_burn_stack();
	return failed ? -1 : 0;
}

/* The curves have no small subgroups: with a scalar in range the result cannot
 * be the point at infinity.
 */
static int ec_derive(const struct ecc_curve *curve, const u8 *priv,
		     const u8 *peer, u8 *secret)
{
	struct ecc_point pt;
	struct ecc_scalar k;
	int ret = -1;

	ecc_point_init(&pt, curve);
	ecc_scalar_init(&k, curve);
	if (scalar_read(&k, priv) || point_read(&pt, peer))
		goto out;
	ecc_point_mul(&pt, &k, &pt);
	point_write(&pt, secret, NULL);
	atomic_fetch_add(&host_n_ecdh, 1);
	ret = 0;
out:
	wipe_scalar(&k);
	wipe_point(&pt);
	host_burn_stack();
	return ret;
}

static int p256_keygen(void *rng, u8 *priv, u8 *share)
{
	(void)rng;
	return ec_keygen(nettle_get_secp_256r1(), priv, share);
}

static int p256_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	(void)rng;
	return ec_derive(nettle_get_secp_256r1(), priv, peer, secret);
}

static int p384_keygen(void *rng, u8 *priv, u8 *share)
{
	(void)rng;
	return ec_keygen(nettle_get_secp_384r1(), priv, share);
}

static int p384_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	(void)rng;
	return ec_derive(nettle_get_secp_384r1(), priv, peer, secret);
}

const struct tlso_group_alg host_x25519 = {
	.id = TLSO_GROUP_X25519,
	.share_len = 32,
	.secret_len = 32,
	.priv_len = 32,
	.keygen = x25519_keygen,
	.derive = x25519_derive,
};

const struct tlso_group_alg host_p256 = {
	.id = TLSO_GROUP_P256,
	.share_len = 65,
	.secret_len = 32,
	.priv_len = 32,
	.keygen = p256_keygen,
	.derive = p256_derive,
};

const struct tlso_group_alg host_p384 = {
	.id = TLSO_GROUP_P384,
	.share_len = 97,
	.secret_len = 48,
	.priv_len = 48,
	.keygen = p384_keygen,
	.derive = p384_derive,
};

/* ---- Keys ------------------------------------------------------------------------ */

void host_ec_init(struct tlso_host_key *k)
{
	ecc_scalar_init(&k->ec, curve_of(k->type));
}

void host_ec_wipe(struct tlso_host_key *k)
{
	wipe_scalar(&k->ec);
}

/* The public point must be the private scalar's. */
int host_ec_load(struct tlso_host_key *k, const struct tlso_key_blob *b)
{
	size_t n = curve_len(k->ec.ecc);
	u8 point[1 + 2 * EC_LEN_MAX];
	struct ecc_point pub;
	int ret = -1;

	if (b->parts != 2 || b->part[0].n != n || b->part[1].n != 1 + 2 * n)
		return -1;
	ecc_point_init(&pub, k->ec.ecc);
	if (scalar_read(&k->ec, b->part[0].p))
		goto out;
	ecc_point_mul_g(&pub, &k->ec);
	share_write(&pub, point);
	if (tlso_equal_ct(point, b->part[1].p, 1 + 2 * n))
		ret = 0;
out:
	ecc_point_clear(&pub);
	host_burn_stack();
	return ret;
}

/* ---- ECDSA, signatures in DER (RFC 3279 2.2.3) ----------------------------------- */

/* DER INTEGER, positive, minimal. Returns its length. */
static size_t der_integer(u8 *out, const mpz_t z)
{
	size_t n = nettle_mpz_sizeinbase_256_s(z);

	out[0] = 0x02;
	out[1] = (u8)n;
	nettle_mpz_get_str_256(n, out + 2, z);
	return n + 2;
}

int host_ec_sign(const struct tlso_host_key *k, const u8 *digest, size_t n,
		 u8 *sig, size_t *sig_len)
{
	struct dsa_signature rs;
	u8 der[EC_SIG_MAX];
	bool failed = false;
	size_t len = 2;
	int ret = -1;

	dsa_signature_init(&rs);
	ecdsa_sign(&k->ec, &failed, host_nettle_random, n, digest, &rs);
	if (failed)
		goto out;
	/* At most 102 bytes follow: lengths are one byte each. */
	len += der_integer(der + len, rs.r);
	len += der_integer(der + len, rs.s);
	der[0] = 0x30;
	der[1] = (u8)(len - 2);
	if (len <= *sig_len) {
		memcpy(sig, der, len);
		*sig_len = len;
		ret = 0;
	}
out:
	dsa_signature_clear(&rs);
	host_burn_stack();
	return ret;
}

/* A positive INTEGER in the fewest bytes, at most @max of them without sign. */
static int read_integer(struct tlso_rd *r, size_t max, mpz_t z)
{
	struct tlso_rd v;

	if (tlso_rd_u8(r) != 0x02)
		return -1;
	v = tlso_rd_vec(r, 1);
	if (v.bad || !v.n || (v.p[0] & 0x80))
		return -1;
	if (v.n > 1 && !v.p[0] && !(v.p[1] & 0x80))
		return -1;
	if (v.n > max + 1)
		return -1;
	nettle_mpz_set_str_256_u(z, v.n, v.p);
	return 0;
}

/* SEQUENCE of two INTEGERs: on our curves never 128 bytes long. */
static int read_signature(struct dsa_signature *rs, size_t max, const u8 *sig,
			  size_t n)
{
	struct tlso_rd r, seq;

	if (n > EC_SIG_MAX)
		return -1;
	tlso_rd_init(&r, sig, n);
	if (tlso_rd_u8(&r) != 0x30)
		return -1;
	seq = tlso_rd_vec(&r, 1);
	if (!tlso_rd_done(&r) || read_integer(&seq, max, rs->r) ||
	    read_integer(&seq, max, rs->s) || !tlso_rd_done(&seq))
		return -1;
	return 0;
}

int host_ec_verify(const struct tlso_pubkey *key, const u8 *digest, size_t n,
		   const u8 *sig, size_t sig_len)
{
	const struct ecc_curve *curve = curve_of((enum tlso_key_type)key->type);
	struct dsa_signature rs;
	struct ecc_point pub;
	int ok = 0;

	if (!curve || key->n_len != 1 + 2 * curve_len(curve))
		return -1;
	dsa_signature_init(&rs);
	ecc_point_init(&pub, curve);
	if (!point_read(&pub, key->n) &&
	    !read_signature(&rs, curve_len(curve), sig, sig_len))
		ok = ecdsa_verify(&pub, n, digest, &rs);
	ecc_point_clear(&pub);
	dsa_signature_clear(&rs);
	return ok ? 0 : -1;
}
