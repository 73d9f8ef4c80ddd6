// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter's cryptography: the streaming AEAD against the whole-text one at
 * any cut, key stream at any offset, signatures checked by hogweed's verifier,
 * groups, and keys that do not belong together. Published vectors anchor both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>

#include "../../kmod/core/seam.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "keys.h"

static const struct tlso_aead_alg *aead_of(u16 suite)
{
	return suite == 0x1301 ? tlso_host_crypto.aes128_gcm :
	       suite == 0x1302 ? tlso_host_crypto.aes256_gcm :
				 tlso_host_crypto.chacha20_poly1305;
}

static void fill_random(u8 *p, size_t n)
{
	while (n--)
		*p++ = rand();
}

static void stream_equals_whole(void **state)
{
	static u8 plain[3000], want[3016], got[3016];
	u8 key[32], nonce[12], aad[5], tag[16];
	u16 suite;
	int round;

	(void)state;
	for (suite = 0x1301; suite <= 0x1303; suite++) {
		const struct tlso_aead_alg *aead = aead_of(suite);
		struct tlso_stream_key *k;

		fill_random(key, sizeof(key));
		k = tlso_stream_key_new(suite, key, aead->key_len);
		assert_non_null(k);
		for (round = 0; round < 200; round++) {
			size_t n = rand() % 3000, at, cut, i;
			struct tlso_stream s;

			fill_random(plain, n);
			fill_random(nonce, 12);
			fill_random(aad, 5);
			memcpy(want, plain, n);
			aead->seal(key, nonce, aad, 5, want, n);
			memcpy(got, plain, n);
			tlso_stream_start(&s, k, nonce, aad, 5);
			for (at = 0; at < n; at += cut) {
				struct tlso_stream copy = s;

				cut = rand() % (rand() % 4 ? 40 : 700);
				if (cut > n - at)
					cut = n - at;
				s = copy;
				tlso_stream_encrypt(&s, k, got + at, cut);
				assert_memory_equal(got + at, want + at, cut);
			}
			tlso_stream_tag(&s, k, got + n);
			assert_memory_equal(got, want, n + 16);

			tlso_stream_start(&s, k, nonce, aad, 5);
			for (at = 0; at < n; at += cut) {
				cut = rand() % 90;
				if (cut > n - at)
					cut = n - at;
				tlso_stream_decrypt(&s, k, got + at, cut);
			}
			tlso_stream_tag(&s, k, tag);
			assert_memory_equal(got, plain, n);
			assert_memory_equal(tag, want + n, 16);

			for (i = 0; i < 10 && n; i++) {
				size_t off = rand() % n;
				size_t len = rand() % (n - off + 1);

				memcpy(got, plain + off, len);
				tlso_stream_xor_at(k, nonce, off, got, len);
				assert_memory_equal(got, want + off, len);
			}
			assert_int_equal(aead->open(key, nonce, aad, 5, want, n), 0);
			assert_memory_equal(want, plain, n);
			memcpy(want, plain, n);
			aead->seal(key, nonce, aad, 5, want, n);
			want[rand() % (n + 16)] ^= 1;
			assert_int_equal(aead->open(key, nonce, aad, 5, want, n), -1);
		}
		tlso_stream_key_free(k);
	}
	assert_null(tlso_stream_key_new(0x1301, key, 32));
	assert_null(tlso_stream_key_new(0x1304, key, 32));
}

/* GCM specification, test case 4; RFC 8439 2.8.2. */
static void published_vectors(void **state)
{
	static const u8 gkey[] = "\xfe\xff\xe9\x92\x86\x65\x73\x1c\x6d\x6a\x8f"
				 "\x94\x67\x30\x83\x08";
	static const u8 giv[] = "\xca\xfe\xba\xbe\xfa\xce\xdb\xad\xde\xca\xf8"
				"\x88";
	static const u8 gtag[] = "\x5b\xc9\x4f\xbc\x32\x21\xa5\xdb\x94\xfa\xe9"
				 "\x5a\xe7\x12\x1a\x47";
	static const u8 gaad[] = "\xfe\xed\xfa\xce\xde\xad\xbe\xef\xfe\xed\xfa"
				 "\xce\xde\xad\xbe\xef\xab\xad\xda\xd2";
	static const u8 gpt[] =
		"\xd9\x31\x32\x25\xf8\x84\x06\xe5\xa5\x59\x09\xc5\xaf\xf5\x26"
		"\x9a\x86\xa7\xa9\x53\x15\x34\xf7\xda\x2e\x4c\x30\x3d\x8a\x31"
		"\x8a\x72\x1c\x3c\x0c\x95\x95\x68\x09\x53\x2f\xcf\x0e\x24\x49"
		"\xa6\xb5\x25\xb1\x6a\xed\xf5\xaa\x0d\xe6\x57\xba\x63\x7b\x39";
	static const u8 ctag[] = "\x1a\xe1\x0b\x59\x4f\x09\xe2\x6a\x7e\x90\x2e"
				 "\xcb\xd0\x60\x06\x91";
	static const u8 civ[] = "\x07\x00\x00\x00\x40\x41\x42\x43\x44\x45\x46"
				"\x47";
	static const u8 caad[] = "\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6"
				 "\xc7";
#define SUNSCREEN1 "Ladies and Gentlemen of the class of '99: If I could offer you "
#define SUNSCREEN2 "only one tip for the future, sunscreen would be it."
	static const char cpt[] = SUNSCREEN1 SUNSCREEN2;
	u8 buf[200], key[32];
	size_t i;

	(void)state;
	memcpy(buf, gpt, 60);
	tlso_host_crypto.aes128_gcm->seal(gkey, giv, gaad, 20, buf, 60);
	assert_memory_equal(buf + 60, gtag, 16);
	for (i = 0; i < 32; i++)
		key[i] = 0x80 + i;
	memcpy(buf, cpt, 114);
	tlso_host_crypto.chacha20_poly1305->seal(key, civ, caad, 12, buf, 114);
	assert_memory_equal(buf + 114, ctag, 16);
}

static void rsa_signs(void **state)
{
	static const u8 msg[] = "to be signed";
	struct tlso_host_key *k;
	struct test_key t;
	u8 sig[512], digest[64];
	u16 scheme;
	mpz_t s;

	(void)state;
	test_key_rsa(&t);
	assert_int_equal(tlso_host_key_load(&k, t.blob, t.blob_len), 0);
	mpz_init(s);
	for (scheme = 0x0804; scheme <= 0x0806; scheme++) {
		struct sha256_ctx s2;
		struct sha512_ctx s5;
		size_t n = sizeof(sig);
		int ok;

		assert_int_equal(tlso_host_sign(NULL, k, scheme, msg,
						sizeof(msg), sig, &n), 0);
		assert_int_equal(n, 256);
		nettle_mpz_set_str_256_u(s, n, sig);
		if (scheme == 0x0804) {
			sha256_init(&s2);
			sha256_update(&s2, sizeof(msg), msg);
			sha256_digest(&s2, 32, digest);
			ok = rsa_pss_sha256_verify_digest(&t.pub, 32, digest, s);
		} else if (scheme == 0x0805) {
			sha384_init(&s5);
			sha384_update(&s5, sizeof(msg), msg);
			sha384_digest(&s5, 48, digest);
			ok = rsa_pss_sha384_verify_digest(&t.pub, 48, digest, s);
		} else {
			sha512_init(&s5);
			sha512_update(&s5, sizeof(msg), msg);
			sha512_digest(&s5, 64, digest);
			ok = rsa_pss_sha512_verify_digest(&t.pub, 64, digest, s);
		}
		assert_true(ok);
		n = 255;
		assert_int_equal(tlso_host_sign(NULL, k, scheme, msg,
						sizeof(msg), sig, &n), -1);
	}
	{
		size_t n = sizeof(sig);

		assert_int_equal(tlso_host_sign(NULL, k, 0x0403, msg, 1, sig,
						&n), -1);
	}
	mpz_clear(s);
	tlso_host_key_free(k);
	test_key_clear(&t);
}

static void ecdsa_signs(void **state)
{
	static const u8 msg[] = "to be signed";
	struct dsa_signature rs;
	struct tlso_host_key *k;
	struct test_key t;
	u8 sig[72], digest[32];
	struct sha256_ctx s2;
	int i;

	(void)state;
	test_key_p256(&t);
	assert_int_equal(tlso_host_key_load(&k, t.blob, t.blob_len), 0);
	sha256_init(&s2);
	sha256_update(&s2, sizeof(msg), msg);
	sha256_digest(&s2, 32, digest);
	for (i = 0; i < 64; i++) {
		size_t n = sizeof(sig);
		u8 *p = sig + 2;

		assert_int_equal(tlso_host_sign(NULL, k, 0x0403, msg,
						sizeof(msg), sig, &n), 0);
		assert_int_equal(sig[0], 0x30);
		assert_int_equal(sig[1], n - 2);
		dsa_signature_init(&rs);
		assert_int_equal(p[0], 2);
		nettle_mpz_set_str_256_u(rs.r, p[1], p + 2);
		p += 2 + p[1];
		assert_int_equal(p[0], 2);
		nettle_mpz_set_str_256_u(rs.s, p[1], p + 2);
		p += 2 + p[1];
		assert_ptr_equal(p, sig + n);
		assert_true(ecdsa_verify(&t.point, 32, digest, &rs));
		dsa_signature_clear(&rs);
	}
	tlso_host_key_free(k);
	test_key_clear(&t);
}

static void bad_keys_are_refused(void **state)
{
	struct tlso_host_key *k;
	struct test_key t;
	size_t i;

	(void)state;
	test_key_p256(&t);
	for (i = 0; i < t.blob_len; i++) {
		t.blob[i] ^= 1;
		if (i != 2 && i != 3)
			assert_int_equal(tlso_host_key_load(&k, t.blob,
							    t.blob_len), -1);
		t.blob[i] ^= 1;
		assert_int_equal(tlso_host_key_load(&k, t.blob, i), -1);
	}
	test_key_clear(&t);
	test_key_rsa(&t);
	for (i = 4; i < t.blob_len; i++) {
		t.blob[i] ^= 1;
		assert_int_equal(tlso_host_key_load(&k, t.blob, t.blob_len), -1);
		t.blob[i] ^= 1;
	}
	test_key_clear(&t);
}

/* Each side's share is the other's peer: with no fixed private value in the
 * interface, agreement is shown against hogweed's own arithmetic.
 */
static void groups_agree(void **state)
{
	const struct tlso_group_alg *x = tlso_host_crypto.groups[0];
	const struct tlso_group_alg *p = tlso_host_crypto.groups[1];
	u8 share[65], secret[32], peer[65] = { 0 }, expect[32];
	const struct ecc_curve *curve = nettle_get_secp_256r1();
	struct ecc_point pt, r;
	struct test_key t;
	mpz_t a, b;

	(void)state;
	assert_int_equal(x->exchange(NULL, peer, share, secret), -1);
	peer[0] = 9;
	assert_int_equal(x->exchange(NULL, peer, share, secret), 0);
	/* The base point's multiple is the share itself. */
	assert_memory_equal(share, secret, 32);

	test_key_p256(&t);
	mpz_init(a);
	mpz_init(b);
	peer[0] = 4;
	ecc_point_get(&t.point, a, b);
	nettle_mpz_get_str_256(32, peer + 1, a);
	nettle_mpz_get_str_256(32, peer + 33, b);
	assert_int_equal(p->exchange(NULL, peer, share, secret), 0);
	nettle_mpz_set_str_256_u(a, 32, share + 1);
	nettle_mpz_set_str_256_u(b, 32, share + 33);
	ecc_point_init(&pt, curve);
	ecc_point_init(&r, curve);
	assert_true(ecc_point_set(&pt, a, b));
	ecc_point_mul(&r, &t.scalar, &pt);
	ecc_point_get(&r, a, b);
	nettle_mpz_get_str_256(32, expect, a);
	assert_memory_equal(secret, expect, 32);
	peer[64] ^= 1;
	assert_int_equal(p->exchange(NULL, peer, share, secret), -1);
	peer[64] ^= 1;
	peer[0] = 2;
	assert_int_equal(p->exchange(NULL, peer, share, secret), -1);
	ecc_point_clear(&pt);
	ecc_point_clear(&r);
	mpz_clear(a);
	mpz_clear(b);
	test_key_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_equals_whole),
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(rsa_signs),
		cmocka_unit_test(ecdsa_signs),
		cmocka_unit_test(bad_keys_are_refused),
		cmocka_unit_test(groups_agree),
	};

	return cmocka_run_group_tests_name("engine crypto", tests, NULL, NULL);
}
