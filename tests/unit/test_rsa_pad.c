// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA's encodings: against nettle's signatures, every bit of an encoding wrong
 * once, and the premaster secret against a plain decoder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/pss.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>

#include "../../kmod/core/rsa_pad.h"

/* Hashes for the code under test: nettle's, without the adapter's table. */
#define HASH(bits, size, blk, type)                                            \
	static int h##bits##_init(struct tlso_hash_ctx *c)                     \
	{                                                                      \
		sha##bits##_init((struct type *)c);                            \
		return 0;                                                      \
	}                                                                      \
	static int h##bits##_update(struct tlso_hash_ctx *c, const u8 *p,      \
				    size_t n)                                  \
	{                                                                      \
		sha##bits##_update((struct type *)c, n, p);                    \
		return 0;                                                      \
	}                                                                      \
	static int h##bits##_final(struct tlso_hash_ctx *c, u8 *out)           \
	{                                                                      \
		sha##bits##_digest((struct type *)c, size, out);               \
		return 0;                                                      \
	}                                                                      \
	static const struct tlso_hash_alg h##bits = {                          \
		size, blk, h##bits##_init, h##bits##_update, h##bits##_final   \
	}

HASH(256, 32, 64, sha256_ctx);
HASH(384, 48, 128, sha512_ctx);
HASH(512, 64, 128, sha512_ctx);

static const struct tlso_hash_alg *const hashes[] = { &h256, &h384, &h512 };
static gmp_randstate_t rnd;

static void random_bytes(void *ctx, size_t n, uint8_t *p)
{
	(void)ctx;
	while (n--)
		*p++ = (u8)gmp_urandomb_ui(rnd, 8);
}

/* nettle's encoding of the same is ours. */
static void check_pss_encode(const struct tlso_hash_alg *h, size_t bits)
{
	u8 digest[64], salt[64], em[513], want[513];
	size_t len = (bits + 7) / 8;
	mpz_t m;

	random_bytes(NULL, sizeof(digest), digest);
	random_bytes(NULL, sizeof(salt), salt);
	mpz_init(m);
	assert_int_equal(pss_encode_mgf1(m, bits - 1,
					 h == &h256 ? &nettle_sha256 :
					 h == &h384 ? &nettle_sha384 :
						      &nettle_sha512,
					 h->len, salt, digest), 1);
	nettle_mpz_get_str_256(len, want, m);
	mpz_clear(m);
	memset(em, 0xa5, sizeof(em));
	assert_int_equal(tlso_pss_encode(h, digest, salt, em, bits), 0);
	assert_memory_equal(em, want, len);
	assert_int_equal(em[len], 0xa5);
	assert_int_equal(tlso_pss_verify(h, digest, em, bits), 0);
	digest[h->len - 1] ^= 1;
	memcpy(em, want, len);
	assert_int_equal(tlso_pss_verify(h, digest, em, bits), -1);
}

static void test_pss(void **state)
{
	static const size_t sizes[] = { 1042, 1048, 2041, 2047, 2048, 2049,
					3072, 4095, 4096 };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hashes); i++)
		for (j = 0; j < ARRAY_SIZE(sizes); j++)
			check_pss_encode(hashes[i], sizes[j]);
}

static void test_pss_spoiled(void **state)
{
	u8 digest[64] = { 1 }, salt[64] = { 2 }, good[256], em[256];
	static const size_t sizes[] = { 2048, 2047, 2041, 2042 };
	size_t bit;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(tlso_pss_encode(&h384, digest, salt, good,
						 sizes[i]), 0);
		for (bit = 0; bit < 8 * sizeof(em); bit++) {
			memcpy(em, good, sizeof(em));
			em[bit / 8] ^= 1u << (bit % 8);
			assert_int_equal(tlso_pss_verify(&h384, digest, em,
							 sizes[i]), -1);
		}
	}
	/* No room for hash, salt and what goes with them; too much of it. */
	assert_int_equal(tlso_pss_encode(&h512, digest, salt, em, 1033), -1);
	assert_int_equal(tlso_pss_encode(&h512, digest, salt, em, 1034), 0);
	assert_int_equal(tlso_pss_verify(&h512, digest, em, 1033), -1);
	assert_int_equal(tlso_pss_encode(&h256, digest, salt, em, 4097), -1);
	assert_int_equal(tlso_pss_verify(&h256, digest, em, 4097), -1);
	assert_int_equal(tlso_pss_verify(&h256, digest, em, 0), -1);
}

static void test_pkcs1(void **state)
{
	struct rsa_public_key pub;
	struct rsa_private_key key;
	u8 digest[64], em[257], raw[256];
	unsigned int i;
	size_t bit;
	int ok = 1;
	mpz_t s;

	(void)state;
	mpz_init(s);
	rsa_public_key_init(&pub);
	rsa_private_key_init(&key);
	mpz_set_ui(pub.e, 65537);
	assert_int_equal(rsa_generate_keypair(&pub, &key, NULL, random_bytes,
					      NULL, NULL, 2048, 0), 1);
	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		size_t n = hashes[i]->len;

		random_bytes(NULL, n, digest);
		if (n == 32)
			ok = rsa_sha256_sign_digest_tr(&pub, &key, NULL,
						       random_bytes, digest, s);
		else if (n == 64)
			ok = rsa_sha512_sign_digest_tr(&pub, &key, NULL,
						       random_bytes, digest, s);
		assert_int_equal(ok, 1);
		assert_int_equal(tlso_pkcs1_encode(digest, n, em, 2048), 0);
		if (n != 48) { /* nettle has no SHA-384 there */
			mpz_powm(s, s, pub.e, pub.n);
			nettle_mpz_get_str_256(256, raw, s);
			assert_memory_equal(em, raw, 256);
		}
		assert_int_equal(tlso_pkcs1_verify(digest, n, em, 2048), 0);
		for (bit = 0; bit < 2048; bit++) {
			em[bit / 8] ^= 1u << (bit % 8);
			assert_int_equal(tlso_pkcs1_verify(digest, n, em, 2048),
					 -1);
			em[bit / 8] ^= 1u << (bit % 8);
		}
	}
	assert_int_equal(tlso_pkcs1_encode(digest, 20, em, 2048), -1);
	assert_int_equal(tlso_pkcs1_encode(digest, 32, em, 8 * 61), -1);
	assert_int_equal(tlso_pkcs1_encode(digest, 32, em, 8 * 62), 0);
	assert_int_equal(tlso_pkcs1_encode(digest, 32, em, 4097), -1);
	rsa_public_key_clear(&pub);
	rsa_private_key_clear(&key);
	mpz_clear(s);
}

/* RFC 8017 7.2.2, as plainly as it can be said. */
static bool plain_premaster(const u8 *em, size_t n, u16 version, const u8 **at)
{
	size_t i;

	if (n < 11 || em[0] != 0 || em[1] != 2)
		return false;
	for (i = 2; i < n && em[i]; i++)
		;
	if (i < 10 || i == n || n - i - 1 != TLSO_PREMASTER_LEN)
		return false;
	*at = em + i + 1;
	return (*at)[0] == version >> 8 && (*at)[1] == (version & 0xff);
}

static void check_premaster(const u8 *em, size_t n, const u8 *random, bool good)
{
	u8 out[TLSO_PREMASTER_LEN];
	const u8 *at = NULL;

	assert_int_equal(plain_premaster(em, n, 0x0303, &at), good);
	tlso_rsa_premaster(em, n, 0x0303, random, out);
	assert_memory_equal(out, good ? at : random, sizeof(out));
}

static void test_premaster(void **state)
{
	u8 good[256], em[256], random[48], out[48];
	size_t i, n;

	(void)state;
	random_bytes(NULL, sizeof(random), random);
	memset(good, 0x77, sizeof(good));
	random_bytes(NULL, 48, good + 208);
	good[0] = 0;
	good[1] = 2;
	good[207] = 0;
	good[208] = 3;
	good[209] = 3;
	check_premaster(good, sizeof(good), random, true);
	for (i = 0; i < sizeof(em); i++) {
		memcpy(em, good, sizeof(em));
		em[i] = em[i] ? 0 : 1; /* as a zero, or no longer one */
		check_premaster(em, sizeof(em), random,
				i > 209);
		em[i] = good[i] ^ 0x80;
		check_premaster(em, sizeof(em), random,
				i > 209 || (i > 1 && i < 207));
	}
	/* The shortest message that has one, and all shorter ones. */
	n = 11 + TLSO_PREMASTER_LEN;
	memcpy(em, good, 10);
	memcpy(em + 10, good + 207, 49);
	check_premaster(em, n, random, true);
	memmove(em + 9, em + 10, 49);
	check_premaster(em, n - 1, random, false);
	for (i = 0; i < n; i++)
		check_premaster(good, i, random, false);
	tlso_rsa_premaster(NULL, 256, 0x0303, random, out);
	assert_memory_equal(out, random, sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pss),
		cmocka_unit_test(test_pss_spoiled),
		cmocka_unit_test(test_pkcs1),
		cmocka_unit_test(test_premaster),
	};

	gmp_randinit_default(rnd);
	gmp_randseed_ui(rnd, 8017);
	return cmocka_run_group_tests_name("rsa_pad", tests, NULL, NULL);
}
