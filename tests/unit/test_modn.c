// SPDX-License-Identifier: GPL-2.0-only
/*
 * modn, ec, ecdsa and rsa against gmp and nettle: random numbers, the edges of
 * every range, and what has to be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/rsa.h>

#include "../../kmod/core/ec_base.h"
#include "../../kmod/core/ecdsa.h"
#include "../../kmod/core/rsa.h"

static gmp_randstate_t rnd;

static void random_bytes(void *ctx, size_t n, uint8_t *p)
{
	(void)ctx;
	while (n--)
		*p++ = (u8)gmp_urandomb_ui(rnd, 8);
}

static void to_words(u64 *r, unsigned int n, const mpz_t z)
{
	memset(r, 0, n * sizeof(*r));
	mpz_export(r, NULL, -1, sizeof(*r), 0, 0, z);
}

static void from_words(mpz_t z, const u64 *a, unsigned int n)
{
	mpz_import(z, n, -1, sizeof(*a), 0, 0, a);
}

static void assert_words(const u64 *a, const mpz_t want, unsigned int n)
{
	mpz_t z;

	mpz_init(z);
	from_words(z, a, n);
	assert_int_equal(mpz_cmp(z, want), 0);
	mpz_clear(z);
}

/* Numbers below m: 0, 1, m - 1, then random ones. */
static void pick(mpz_t z, const mpz_t m, int round)
{
	if (round < 2)
		mpz_set_ui(z, round);
	else if (round == 2)
		mpz_sub_ui(z, m, 1);
	else
		mpz_urandomm(z, rnd, m);
}

static void check_modulus(const mpz_t m, unsigned int n)
{
	const int rounds = n < 32 ? 6 : 3; /* large ones take their time */

	u64 mw[TLSO_MODN_WORDS], rr[TLSO_MODN_WORDS], a[TLSO_MODN_WORDS];
	u64 b[TLSO_MODN_WORDS], r[TLSO_MODN_WORDS], table[16 * TLSO_MODN_WORDS];
	mpz_t za, zb, zr, big_r, want;
	struct tlso_modn d;
	int i, j;

	mpz_inits(za, zb, zr, big_r, want, NULL);
	to_words(mw, n, m);
	tlso_modn_init(&d, mw, rr, n);
	mpz_setbit(big_r, 64 * n);
	mpz_powm_ui(want, big_r, 2, m);
	assert_words(rr, want, n);
	for (i = 0; i < rounds; i++) {
		for (j = 0; j < rounds; j++) {
			pick(za, m, rounds == 3 && i ? i + 1 : i);
			pick(zb, m, rounds == 3 && j ? j + 1 : j);
			to_words(a, n, za);
			to_words(b, n, zb);
			mpz_add(want, za, zb);
			mpz_mod(want, want, m);
			tlso_modn_add(&d, r, a, b);
			assert_words(r, want, n);
			mpz_sub(want, za, zb);
			mpz_mod(want, want, m);
			tlso_modn_sub(&d, r, a, b);
			assert_words(r, want, n);
			mpz_mul(want, za, zb);
			mpz_mod(want, want, m);
			tlso_modn_enter(&d, a, a);
			tlso_modn_mul(&d, r, a, b);
			assert_words(r, want, n);
			mpz_powm(want, za, zb, m);
			tlso_modn_pow(&d, r, a, b, table);
			tlso_modn_leave(&d, r, r);
			assert_words(r, want, n);
			tlso_modn_pow_public(&d, r, a, b, n);
			tlso_modn_leave(&d, r, r);
			assert_words(r, want, n);
		}
	}
	/* enter takes any number below R */
	mpz_sub_ui(za, big_r, 1);
	to_words(a, n, za);
	tlso_modn_enter(&d, r, a);
	tlso_modn_leave(&d, r, r);
	mpz_mod(want, za, m);
	assert_words(r, want, n);
	mpz_clears(za, zb, zr, big_r, want, NULL);
}

static void test_modn(void **state)
{
	static const unsigned int sizes[] = { 1, 2, 4, 5, 6, 17, 32, 64 };
	unsigned int i;
	mpz_t m;

	(void)state;
	mpz_init(m);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		mpz_set_ui(m, 0);
		mpz_setbit(m, 64 * sizes[i]);
		mpz_sub_ui(m, m, 1); /* R - 1 */
		check_modulus(m, sizes[i]);
		mpz_urandomb(m, rnd, 64 * sizes[i]);
		mpz_setbit(m, 0);
		check_modulus(m, sizes[i]);
		mpz_urandomb(m, rnd, 64 * sizes[i] - 37);
		mpz_setbit(m, 0);
		mpz_setbit(m, 2);
		check_modulus(m, sizes[i]);
	}
	mpz_clear(m);
}

static void test_words(void **state)
{
	u64 a[40], b[40], r[80], zero[40] = { 0 };
	u8 bytes[320], again[320];
	mpz_t za, zb, want;
	unsigned int i, n;

	(void)state;
	mpz_inits(za, zb, want, NULL);
	for (i = 0; i < 200; i++) {
		n = 1 + i % 17;
		mpz_rrandomb(za, rnd, 64 * (n + i % 19));
		mpz_rrandomb(zb, rnd, 64 * n);
		to_words(a, n + i % 19, za);
		to_words(b, n, zb);
		tlso_words_mul(r, a, n + i % 19, b, n);
		mpz_mul(want, za, zb);
		assert_words(r, want, 2 * n + i % 19);
		tlso_words_rem(r, a, n + i % 19, b, n);
		mpz_mod(want, za, zb);
		assert_words(r, want, n);
		assert_int_equal(tlso_words_less(a, b, n) & 1,
				 i % 19 ? tlso_words_less(a, b, n) & 1 :
					  mpz_cmp(za, zb) < 0);
		assert_int_equal(tlso_words_equal(b, b, n), ~0ull);
		assert_int_equal(tlso_words_zero(b, n), 0);
		b[n - 1] ^= 1ull << 63;
		to_words(r, n, zb);
		assert_int_equal(tlso_words_equal(b, r, n), 0);
		tlso_words_write(bytes, 8 * n + 3, b, n);
		assert_memory_equal(bytes, "\0\0\0", 3);
		tlso_words_read(r, n, bytes, 8 * n + 3);
		assert_memory_equal(r, b, 8 * n);
		tlso_words_write(again, 8 * n - 3, b, n);
		assert_memory_equal(again, bytes + 6, 8 * n - 3);
	}
	assert_int_equal(tlso_words_zero(zero, 40), ~0ull);
	assert_int_equal(tlso_words_less(zero, zero, 40), 0);
	mpz_clears(za, zb, want, NULL);
}

struct known_curve {
	enum tlso_key_type type;
	const struct ecc_curve *nettle;
	const char *p, *n, *b;
};

static struct known_curve curves[2] = {
	{ TLSO_KEY_P256, NULL,
	  "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
	  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	  "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b" },
	{ TLSO_KEY_P384, NULL,
	  "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
	  "ffffffff0000000000000000ffffffff",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
	  "581a0db248b0a77aecec196accc52973",
	  "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a"
	  "c656398d8a2ed19d2a85c8edd3ec2aef" },
};

static void check_domain(const struct tlso_modn *d, const char *hex)
{
	u64 rr[TLSO_EC_WORDS];
	struct tlso_modn again;
	mpz_t z;

	mpz_init_set_str(z, hex, 16);
	assert_words(d->m, z, d->n);
	mpz_clear(z);
	tlso_modn_init(&again, d->m, rr, d->n);
	assert_memory_equal(rr, d->rr, d->n * sizeof(*rr));
	assert_true(again.m0inv == d->m0inv);
}

/* Words of zeros, ones and random bits: where carries are. */
static void ragged(u64 *r, unsigned int n)
{
	while (n--) {
		switch (gmp_urandomm_ui(rnd, 4)) {
		case 0:
			r[n] = 0;
			break;
		case 1:
			r[n] = ~0ull;
			break;
		default:
			random_bytes(NULL, sizeof(*r), (u8 *)&r[n]);
			break;
		}
	}
}

static void check_mul(const struct tlso_modn *d, const u64 *a, const u64 *b,
		      const mpz_t r_inv)
{
	u64 r[TLSO_EC_WORDS];
	mpz_t za, zb, zm;

	mpz_inits(za, zb, zm, NULL);
	from_words(za, a, d->n);
	from_words(zb, b, d->n);
	from_words(zm, d->m, d->n);
	mpz_mul(za, za, zb);
	mpz_mul(za, za, r_inv);
	mpz_mod(za, za, zm);
	tlso_modn_mul(d, r, a, b);
	assert_words(r, za, d->n);
	memcpy(r, a, d->n * sizeof(*r));
	tlso_modn_mul(d, r, r, b);
	assert_words(r, za, d->n);
	memcpy(r, b, d->n * sizeof(*r));
	tlso_modn_mul(d, r, a, r);
	assert_words(r, za, d->n);
	mpz_clears(za, zb, zm, NULL);
}

static void check_invert(const struct tlso_modn *d, const u64 *a)
{
	u64 r[TLSO_EC_WORDS], one[TLSO_EC_WORDS];

	tlso_modn_one(d, one);
	tlso_modn_invert(d, r, a);
	tlso_modn_mul(d, r, r, a);
	if (!tlso_words_zero(a, d->n))
		assert_memory_equal(r, one, d->n * sizeof(*r));
	else
		assert_true(tlso_words_zero(r, d->n));
}

/* The fields and orders themselves, for which there is code of its own. */
static void check_own_domain(const struct tlso_modn *d)
{
	u64 a[TLSO_EC_WORDS], b[TLSO_EC_WORDS], one[TLSO_EC_WORDS] = { 1 };
	mpz_t m, r_inv;
	int i;

	mpz_inits(m, r_inv, NULL);
	from_words(m, d->m, d->n);
	mpz_setbit(r_inv, 64 * d->n);
	mpz_invert(r_inv, r_inv, m);
	for (i = 0; i < 20000; i++) {
		ragged(a, d->n);
		ragged(b, d->n);
		/* One of them may be any number below R. */
		if (!tlso_words_less(b, d->m, d->n))
			tlso_words_sub(b, b, d->m, d->n);
		check_mul(d, a, b, r_inv);
		check_mul(d, b, a, r_inv);
		if (i % 100 == 0)
			check_invert(d, b);
	}
	tlso_words_sub(b, d->m, one, d->n);
	memset(a, 0xff, sizeof(a));
	check_mul(d, a, b, r_inv);
	check_mul(d, b, b, r_inv);
	check_invert(d, b);
	memset(b, 0, sizeof(b));
	check_mul(d, a, b, r_inv);
	check_invert(d, b);
	mpz_clears(m, r_inv, NULL);
}

static void test_own_domains(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		check_own_domain(&tlso_curve_of(curves[i].type)->p);
		check_own_domain(&tlso_curve_of(curves[i].type)->n);
	}
}

/* k * G in both ways, for k whose windows are zero, full or random; 0 is
 * infinity, and so is the order.
 */
static void test_mul_base(void **state)
{
	struct tlso_point table[16], g, p, q;
	const struct tlso_curve *c;
	u64 k[TLSO_EC_WORDS];
	u8 want[97], got[97];
	unsigned int i, j;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		c = tlso_curve_of(curves[i].type);
		tlso_point_base(c, &g);
		for (j = 0; j < 500; j++) {
			ragged(k, c->n.n);
			if (j < 64 * c->n.n) { /* every bit alone, too */
				memset(k, 0, sizeof(k));
				k[j / 64] = 1ull << (j % 64);
			}
			tlso_point_mul(c, &p, k, &g, table);
			tlso_point_mul_base(c, &q, k);
			ret = tlso_point_write(c, want, &p);
			assert_int_equal(ret, tlso_words_zero(k, c->n.n) ? -1 :
									   0);
			assert_int_equal(tlso_point_write(c, got, &q), ret);
			if (!ret)
				assert_memory_equal(got, want, 1 + 2 * c->len);
		}
		tlso_point_mul_base(c, &q, c->n.m);
		assert_int_equal(tlso_point_write(c, got, &q), -1);
		memset(k, 0, sizeof(k));
		tlso_point_mul_base(c, &q, k);
		assert_int_equal(tlso_point_write(c, got, &q), -1);
	}
}

static void test_constants(void **state)
{
	const struct tlso_curve *c;
	u64 b[TLSO_EC_WORDS];
	unsigned int i;
	mpz_t z;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		c = tlso_curve_of(curves[i].type);
		check_domain(&c->p, curves[i].p);
		check_domain(&c->n, curves[i].n);
		tlso_modn_leave(&c->p, b, c->b);
		mpz_init_set_str(z, curves[i].b, 16);
		assert_words(b, z, c->p.n);
		mpz_clear(z);
	}
	assert_null(tlso_curve_of(TLSO_KEY_RSA));
}

static void nettle_point(u8 *out, size_t len, const struct ecc_point *p)
{
	mpz_t x, y;

	mpz_inits(x, y, NULL);
	ecc_point_get(p, x, y);
	out[0] = 4;
	nettle_mpz_get_str_256(len, out + 1, x);
	nettle_mpz_get_str_256(len, out + 1 + len, y);
	mpz_clears(x, y, NULL);
}

static void check_ecdh(const struct known_curve *kc, const mpz_t k)
{
	const struct tlso_curve *c = tlso_curve_of(kc->type);
	u8 priv[48], share[97], want[97], secret[48];
	struct ecc_point p, q;
	struct ecc_scalar s;
	struct tlso_ec_work w;

	nettle_mpz_get_str_256(c->len, priv, k);
	ecc_point_init(&p, kc->nettle);
	ecc_point_init(&q, kc->nettle);
	ecc_scalar_init(&s, kc->nettle);
	assert_int_equal(ecc_scalar_set(&s, k), 1);
	ecc_point_mul_g(&p, &s);
	nettle_point(want, c->len, &p);
	assert_int_equal(tlso_ec_public(c, priv, share, &w), 0);
	assert_memory_equal(share, want, 1 + 2 * c->len);
	ecc_point_mul(&q, &s, &p);
	nettle_point(want, c->len, &q);
	assert_int_equal(tlso_ec_shared(c, priv, share, secret, &w), 0);
	assert_memory_equal(secret, want + 1, c->len);
	ecc_scalar_clear(&s);
	ecc_point_clear(&p);
	ecc_point_clear(&q);
}

static void test_ecdh(void **state)
{
	unsigned int i;
	mpz_t n, k;
	int j;

	(void)state;
	mpz_init(k);
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		mpz_init_set_str(n, curves[i].n, 16);
		for (j = 1; j <= 6; j++) { /* 1, 2, ... and n - 1, n - 2 */
			mpz_set_ui(k, j);
			check_ecdh(&curves[i], k);
			mpz_sub_ui(k, n, j);
			check_ecdh(&curves[i], k);
			mpz_urandomm(k, rnd, n);
			check_ecdh(&curves[i], k);
		}
		mpz_clear(n);
	}
	mpz_clear(k);
}

static void test_ec_refused(void **state)
{
	u8 priv[48] = { 0 }, share[97], secret[48], bad[97];
	const struct tlso_curve *c;
	struct tlso_ec_work w;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		c = tlso_curve_of(curves[i].type);
		memset(priv, 0, sizeof(priv));
		assert_int_equal(tlso_ec_public(c, priv, share, &w), -1);
		tlso_words_write(priv, c->len, c->n.m, c->n.n);
		assert_int_equal(tlso_ec_public(c, priv, share, &w), -1);
		memset(priv, 0xff, sizeof(priv));
		assert_int_equal(tlso_ec_public(c, priv, share, &w), -1);
		random_bytes(NULL, c->len, priv);
		priv[0] = 0x17;
		assert_int_equal(tlso_ec_public(c, priv, share, &w), 0);
		for (j = 0; j < 1 + 2 * c->len; j++) {
			memcpy(bad, share, sizeof(bad));
			bad[j] ^= 1u << (j % 8);
			assert_int_equal(tlso_ec_shared(c, priv, bad, secret,
							&w), -1);
		}
		/* x of 0, and a coordinate that is not below p */
		memset(bad, 0, sizeof(bad));
		bad[0] = 4;
		assert_int_equal(tlso_ec_shared(c, priv, bad, secret, &w), -1);
		memset(bad + 1, 0xff, sizeof(bad) - 1);
		assert_int_equal(tlso_ec_shared(c, priv, bad, secret, &w), -1);
	}
}

/* P + Q for all pairs that other formulas find hard. */
static void test_complete(void **state)
{
	struct tlso_point table[16], p, q, r, minus;
	const struct tlso_curve *c;
	u64 k[TLSO_EC_WORDS] = { 5 }, x1[6], x2[6], zero[6] = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		c = tlso_curve_of(curves[i].type);
		tlso_point_base(c, &p);
		tlso_point_mul(c, &q, k, &p, table);
		minus = q;
		tlso_modn_sub(&c->p, minus.y, zero, q.y);
		tlso_point_add(c, &r, &q, &minus);
		assert_int_equal(tlso_point_x(c, x1, &r), -1);
		tlso_point_add(c, &r, &r, &r); /* infinity twice */
		assert_int_equal(tlso_point_x(c, x1, &r), -1);
		tlso_point_add(c, &r, &r, &q);
		assert_int_equal(tlso_point_x(c, x1, &r), 0);
		assert_int_equal(tlso_point_x(c, x2, &q), 0);
		assert_memory_equal(x1, x2, c->len);
		/* the order times a point */
		tlso_point_mul(c, &r, c->n.m, &q, table);
		assert_int_equal(tlso_point_x(c, x1, &r), -1);
	}
}

static void check_ecdsa(const struct known_curve *kc, size_t dlen)
{
	const struct tlso_curve *c = tlso_curve_of(kc->type);
	u8 priv[48], k[48], digest[64], r[48], s[48], point[97];
	struct dsa_signature rs;
	struct ecc_point pub;
	struct ecc_scalar key;
	struct tlso_ec_work w;
	mpz_t z, n;

	mpz_init_set_str(n, kc->n, 16);
	mpz_init(z);
	mpz_urandomm(z, rnd, n);
	nettle_mpz_get_str_256(c->len, priv, z);
	ecc_scalar_init(&key, kc->nettle);
	ecc_point_init(&pub, kc->nettle);
	assert_int_equal(ecc_scalar_set(&key, z), 1);
	ecc_point_mul_g(&pub, &key);
	nettle_point(point, c->len, &pub);
	random_bytes(NULL, dlen, digest);
	mpz_urandomm(z, rnd, n);
	nettle_mpz_get_str_256(c->len, k, z);
	assert_int_equal(tlso_ecdsa_sign(c, priv, k, digest, dlen, r, s, &w), 0);
	dsa_signature_init(&rs);
	nettle_mpz_set_str_256_u(rs.r, c->len, r);
	nettle_mpz_set_str_256_u(rs.s, c->len, s);
	assert_int_equal(ecdsa_verify(&pub, dlen, digest, &rs), 1);

	ecdsa_sign(&key, NULL, random_bytes, dlen, digest, &rs);
	nettle_mpz_get_str_256(c->len, r, rs.r);
	nettle_mpz_get_str_256(c->len, s, rs.s);
	assert_int_equal(tlso_ecdsa_verify(c, point, 1 + 2 * c->len, digest,
					   dlen, r, s, &w), 0);
	s[dlen % c->len] ^= 4;
	assert_int_equal(tlso_ecdsa_verify(c, point, 1 + 2 * c->len, digest,
					   dlen, r, s, &w), -1);
	s[dlen % c->len] ^= 4;
	digest[0] ^= 0x80;
	assert_int_equal(tlso_ecdsa_verify(c, point, 1 + 2 * c->len, digest,
					   dlen, r, s, &w), -1);
	memset(k, 0, sizeof(k));
	assert_int_equal(tlso_ecdsa_sign(c, priv, k, digest, dlen, r, s, &w), -1);
	nettle_mpz_get_str_256(c->len, k, n);
	assert_int_equal(tlso_ecdsa_sign(c, priv, k, digest, dlen, r, s, &w), -1);
	dsa_signature_clear(&rs);
	ecc_scalar_clear(&key);
	ecc_point_clear(&pub);
	mpz_clears(z, n, NULL);
}

static void test_ecdsa(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(curves); i++)
		for (j = 0; j < 9; j++)
			check_ecdsa(&curves[i], 32 + 16 * (j % 3));
}

static void test_der(void **state)
{
	u8 r[48], s[48], r2[48], s2[48], der[TLSO_ECDSA_DER_MAX + 1], bad[110];
	static const char *const refused[] = {
		"", "30", "3000", "3003020101", "300602010002010101",
		"3006020100020101", /* r = 0 */
		"3006020101020100", "3006020181020101", /* negative */
		"300702020001020101", /* one zero too many */
		"3006020101020101ff", "300502010102", "3007020101020101",
		"308106020101020101", /* length not in the fewest bytes */
		"3080020101020101" "0000", "300602010202010100",
		"3006030101020101", "3106020101020101",
		"3026022101000000000000000000000000000000000000000000000000"
		"0000000000000000020101", /* 33 bytes */
	};
	size_t n, len, i;
	unsigned int j;

	(void)state;
	for (j = 0; j < 400; j++) {
		len = j & 1 ? 32 : 48;
		random_bytes(NULL, len, r);
		random_bytes(NULL, len, s);
		memset(r, 0, j % 5);
		memset(s, 0, j % 7);
		n = tlso_ecdsa_der_write(der, TLSO_ECDSA_DER_MAX, r, s, len);
		assert_true(n > 0);
		assert_int_equal(tlso_ecdsa_der_read(der, n, r2, s2, len), 0);
		assert_memory_equal(r, r2, len);
		assert_memory_equal(s, s2, len);
		assert_int_equal(tlso_ecdsa_der_write(der, n - 1, r, s, len), 0);
		n = tlso_ecdsa_der_write(der, n, r, s, len);
		for (i = 0; i < n; i++)
			assert_int_equal(tlso_ecdsa_der_read(der, i, r2, s2,
							     len), -1);
		der[n] = 0;
		assert_int_equal(tlso_ecdsa_der_read(der, n + 1, r2, s2, len),
				 -1);
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		n = strlen(refused[i]) / 2;
		for (j = 0; j < n; j++)
			sscanf(refused[i] + 2 * j, "%2hhx", &bad[j]);
		assert_int_equal(tlso_ecdsa_der_read(bad, n, r2, s2, 32), -1);
	}
}

struct rsa_parts {
	u8 bytes[8][TLSO_RSA_MAX];
	struct tlso_key_blob blob;
};

static void parts_of(struct rsa_parts *rp, const struct rsa_public_key *pub,
		     const struct rsa_private_key *k)
{
	mpz_srcptr z[] = { pub->n, pub->e, k->d, k->p, k->q, k->a, k->b, k->c };
	unsigned int i;

	rp->blob.type = TLSO_KEY_RSA;
	rp->blob.parts = 8;
	for (i = 0; i < 8; i++) {
		rp->blob.part[i].n = nettle_mpz_sizeinbase_256_u(z[i]);
		rp->blob.part[i].p = rp->bytes[i];
		nettle_mpz_get_str_256(rp->blob.part[i].n, rp->bytes[i], z[i]);
	}
}

static void check_rsa_refused(struct rsa_parts *rp, struct tlso_rsa_key *k,
			      struct tlso_rsa_work *w)
{
	unsigned int i, at;

	for (i = 0; i < 8; i++) {
		for (at = 0; at < rp->blob.part[i].n;
		     at += 40 + at) {
			rp->bytes[i][at] ^= 2;
			assert_int_equal(tlso_rsa_load(k, &rp->blob, w), -1);
			rp->bytes[i][at] ^= 2;
		}
		rp->blob.part[i].n--;
		assert_int_equal(tlso_rsa_load(k, &rp->blob, w), -1);
		rp->blob.part[i].n++;
	}
	rp->blob.parts = 7;
	assert_int_equal(tlso_rsa_load(k, &rp->blob, w), -1);
	rp->blob.parts = 8;
	rp->blob.type = TLSO_KEY_P256;
	assert_int_equal(tlso_rsa_load(k, &rp->blob, w), -1);
	rp->blob.type = TLSO_KEY_RSA;
	assert_int_equal(tlso_rsa_load(k, &rp->blob, w), 0);
}

static void check_rsa(unsigned int bits, unsigned int e)
{
	struct tlso_rsa_work *w = malloc(sizeof(*w));
	struct tlso_rsa_key *k = malloc(sizeof(*k));
	struct rsa_parts *rp = malloc(sizeof(*rp));
	u8 in[512], out[512], want[512], random[512];
	struct tlso_rsa_blind blind;
	struct tlso_pubkey pk = { .type = TLSO_KEY_RSA };
	struct rsa_private_key priv;
	struct rsa_public_key pub;
	mpz_t z;
	int i;

	mpz_init(z);
	rsa_public_key_init(&pub);
	rsa_private_key_init(&priv);
	mpz_set_ui(pub.e, e);
	assert_int_equal(rsa_generate_keypair(&pub, &priv, NULL, random_bytes,
					      NULL, NULL, bits, 0), 1);
	parts_of(rp, &pub, &priv);
	assert_int_equal(tlso_rsa_load(k, &rp->blob, w), 0);
	assert_int_equal(k->len, bits / 8);
	random_bytes(NULL, k->len, random);
	tlso_rsa_blind_new(k, &blind, random, w);
	pk.n_len = (u16)k->len;
	memcpy(pk.n, rp->bytes[0], k->len);
	pk.e_len = (u8)rp->blob.part[1].n;
	memcpy(pk.e, rp->bytes[1], pk.e_len);
	for (i = 0; i < 5; i++) {
		pick(z, pub.n, i);
		nettle_mpz_get_str_256(k->len, in, z);
		mpz_powm_sec(z, z, priv.d, pub.n);
		nettle_mpz_get_str_256(k->len, want, z);
		assert_int_equal(tlso_rsa_private(k, &blind, in, out, w), 0);
		assert_memory_equal(out, want, k->len);
		assert_int_equal(tlso_rsa_public(&pk, out, out, w), 0);
		assert_memory_equal(out, in, k->len);
		tlso_rsa_blind_next(k, &blind);
	}
	/* not below the modulus */
	memcpy(in, rp->bytes[0], k->len);
	assert_int_equal(tlso_rsa_private(k, &blind, in, out, w), -1);
	assert_int_equal(tlso_rsa_public(&pk, in, out, w), -1);
	/* a fault, in the key or in the blinding, gives nothing away */
	memset(in, 0, k->len);
	in[k->len - 1] = 3;
	k->dp[3] ^= 16;
	assert_int_equal(tlso_rsa_private(k, &blind, in, out, w), -1);
	memset(want, 0, sizeof(want));
	assert_memory_equal(out, want, k->len);
	k->dp[3] ^= 16;
	blind.out[0] ^= 1;
	assert_int_equal(tlso_rsa_private(k, &blind, in, out, w), -1);
	blind.out[0] ^= 1;
	assert_int_equal(tlso_rsa_private(k, &blind, in, out, w), 0);
	check_rsa_refused(rp, k, w);
	pk.n[k->len - 1] ^= 1; /* even */
	assert_int_equal(tlso_rsa_public(&pk, in, out, w), -1);
	rsa_public_key_clear(&pub);
	rsa_private_key_clear(&priv);
	mpz_clear(z);
	free(w);
	free(k);
	free(rp);
}

static void test_rsa(void **state)
{
	(void)state;
	check_rsa(2048, 65537);
	check_rsa(2064, 3); /* primes that do not fill their words */
	check_rsa(3072, 65537);
}

static void test_rsa_4096(void **state)
{
	(void)state;
	check_rsa(4096, 65537);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_modn),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_own_domains),
		cmocka_unit_test(test_mul_base),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_ecdh),
		cmocka_unit_test(test_ec_refused),
		cmocka_unit_test(test_ecdsa),
		cmocka_unit_test(test_der),
		cmocka_unit_test(test_rsa),
		cmocka_unit_test(test_rsa_4096),
	};

	gmp_randinit_default(rnd);
	gmp_randseed_ui(rnd, 8446);
	curves[0].nettle = nettle_get_secp_256r1();
	curves[1].nettle = nettle_get_secp_384r1();
	return cmocka_run_group_tests_name("modn", tests, NULL, NULL);
}
