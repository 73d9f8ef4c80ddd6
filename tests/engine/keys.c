// SPDX-License-Identifier: GPL-2.0-only
/* Fresh private keys for the engine's tests, made and encoded by hogweed. */
#include "keys.h"

#include <stdlib.h>
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <sys/random.h>

static void random_bytes(void *ctx, size_t n, uint8_t *p)
{
	(void)ctx;
	if (getrandom(p, n, 0) != (ssize_t)n)
		abort();
}

static size_t put_mpz(u8 *p, const mpz_t z, size_t n)
{
	p[0] = n >> 8;
	p[1] = n;
	nettle_mpz_get_str_256(n, p + 2, z);
	return n + 2;
}

static void init(struct test_key *k, enum tlso_key_type type)
{
	const struct ecc_curve *curve = type == TLSO_KEY_P384 ?
		nettle_get_secp_384r1() : nettle_get_secp_256r1();

	memset(k, 0, sizeof(*k));
	k->type = type;
	k->blob[0] = TLSO_KEY_BLOB_VERSION;
	k->blob[1] = type;
	k->blob_len = 4;
	rsa_public_key_init(&k->pub);
	rsa_private_key_init(&k->rsa);
	ecc_scalar_init(&k->scalar, curve);
	ecc_point_init(&k->point, curve);
}

void test_key_rsa(struct test_key *k)
{
	mpz_ptr part[] = {
		k->pub.n, k->pub.e, k->rsa.d, k->rsa.p,
		k->rsa.q, k->rsa.a, k->rsa.b, k->rsa.c,
	};
	size_t i;

	init(k, TLSO_KEY_RSA);
	mpz_set_ui(k->pub.e, 65537);
	if (!rsa_generate_keypair(&k->pub, &k->rsa, NULL, random_bytes, NULL,
				  NULL, 2048, 0))
		abort();
	for (i = 0; i < 8; i++)
		k->blob_len += put_mpz(k->blob + k->blob_len, part[i],
				       nettle_mpz_sizeinbase_256_u(part[i]));
}

void test_key_ec(struct test_key *k, enum tlso_key_type type)
{
	size_t n = type == TLSO_KEY_P384 ? 48 : 32;
	mpz_t x, y;
	u8 *p;

	init(k, type);
	ecc_scalar_random(&k->scalar, NULL, random_bytes);
	ecc_point_mul_g(&k->point, &k->scalar);
	mpz_init(x);
	mpz_init(y);
	ecc_scalar_get(&k->scalar, x);
	p = k->blob + 4;
	p += put_mpz(p, x, n);
	ecc_point_get(&k->point, x, y);
	*p++ = 0;
	*p++ = (u8)(1 + 2 * n);
	*p++ = 4;
	nettle_mpz_get_str_256(n, p, x);
	nettle_mpz_get_str_256(n, p + n, y);
	k->blob_len = (size_t)(p - k->blob) + 2 * n;
	mpz_clear(x);
	mpz_clear(y);
}

void test_key_clear(struct test_key *k)
{
	rsa_public_key_clear(&k->pub);
	rsa_private_key_clear(&k->rsa);
	ecc_scalar_clear(&k->scalar);
	ecc_point_clear(&k->point);
}
