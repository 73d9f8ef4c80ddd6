// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter's cryptography: the streaming AEAD against the whole-text one at
 * any cut, key stream at any offset, hashes, groups, and keys whose parts do not
 * belong together. Published vectors anchor them. Signatures: test_sign.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../kmod/core/seam.h"
#include "../../kmod/core/wire.h"
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

static void bad_keys_are_refused(void **state)
{
	struct tlso_host_key *k;
	enum tlso_key_type type;
	struct test_key t;
	size_t i;

	(void)state;
	for (type = TLSO_KEY_P256; type <= TLSO_KEY_P384; type++) {
		test_key_ec(&t, type);
		assert_int_equal(tlso_host_key_load(&k, t.blob, t.blob_len), 0);
		tlso_host_key_free(k);
		for (i = 0; i < t.blob_len; i++) {
			t.blob[i] ^= 1;
			assert_int_equal(tlso_host_key_load(&k, t.blob,
							    t.blob_len), -1);
			t.blob[i] ^= 1;
			assert_int_equal(tlso_host_key_load(&k, t.blob, i), -1);
		}
		test_key_clear(&t);
	}
	test_key_rsa(&t);
	for (i = 4; i < t.blob_len; i++) {
		t.blob[i] ^= 1;
		assert_int_equal(tlso_host_key_load(&k, t.blob, t.blob_len), -1);
		t.blob[i] ^= 1;
	}
	test_key_clear(&t);
}

/* Both sides of each group come to the same secret. */
static void groups_agree(void **state)
{
	u8 a[TLSO_PRIV_MAX], b[TLSO_PRIV_MAX];
	u8 share_a[TLSO_SHARE_MAX], share_b[TLSO_SHARE_MAX];
	u8 secret_a[TLSO_SECRET_MAX], secret_b[TLSO_SECRET_MAX];
	const struct tlso_group_alg *const *g;
	unsigned int seen = 0;
	int round;

	(void)state;
	for (g = tlso_host_crypto.groups; *g; g++) {
		for (round = 0; round < 20; round++) {
			assert_int_equal((*g)->keygen(NULL, a, share_a), 0);
			assert_int_equal((*g)->keygen(NULL, b, share_b), 0);
			assert_memory_not_equal(share_a, share_b, (*g)->share_len);
			assert_int_equal((*g)->derive(NULL, a, share_b, secret_a),
					 0);
			assert_int_equal((*g)->derive(NULL, b, share_a, secret_b),
					 0);
			assert_memory_equal(secret_a, secret_b, (*g)->secret_len);
		}
		seen++;
	}
	assert_int_equal(seen, 3);
}

static size_t unhex(u8 *out, const char *hex)
{
	size_t n;
	unsigned int v;

	for (n = 0; sscanf(hex, "%2x", &v) == 1; hex += 2)
		out[n++] = (u8)v;
	return n;
}

static const struct tlso_group_alg *group_of(u16 id)
{
	const struct tlso_group_alg *const *g = tlso_host_crypto.groups;

	while (*g && (*g)->id != id)
		g++;
	assert_non_null(*g);
	return *g;
}

/* RFC 7748 5.2, first iteration; NIST CAVS, ECC CDH primitive, COUNT = 0 of P-256 and P-384. */
static void group_vectors(void **state)
{
	static const struct {
		u16 id;
		const char *priv, *peer, *secret;
	} v[] = {
		{ TLSO_GROUP_X25519,
		  "0900000000000000000000000000000000000000000000000000000000000000",
		  "0900000000000000000000000000000000000000000000000000000000000000",
		  "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079" },
		{ TLSO_GROUP_P256,
		  "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
		  "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
		  "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
		  "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b" },
		{ TLSO_GROUP_P384,
		  "3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b1"
		  "5618b6818a661774ad463b205da88cf699ab4d43c9cf98a1",
		  "04a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e76459"
		  "2efda27fe7513272734466b400091adbf2d68c58e0c50066"
		  "ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b66"
		  "1efedf243451915ed0905a32b060992b468c64766fc8437a",
		  "5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f4"
		  "0ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1" },
	};
	u8 priv[48], peer[97], want[48], got[48];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const struct tlso_group_alg *g = group_of(v[i].id);

		assert_int_equal(unhex(priv, v[i].priv), g->priv_len);
		assert_int_equal(unhex(peer, v[i].peer), g->share_len);
		assert_int_equal(unhex(want, v[i].secret), g->secret_len);
		assert_int_equal(g->derive(NULL, priv, peer, got), 0);
		assert_memory_equal(got, want, g->secret_len);
	}
}

/* RFC 8446 4.2.8.2, 7.4.2: points off the curve, other forms, small order. */
static void bad_shares(void **state)
{
	static const u16 curves[] = { TLSO_GROUP_P256, TLSO_GROUP_P384 };
	u8 priv[48], share[97], secret[48], zero[97] = { 0 };
	const struct tlso_group_alg *g = group_of(TLSO_GROUP_X25519);
	size_t i;

	(void)state;
	assert_int_equal(g->keygen(NULL, priv, share), 0);
	assert_int_equal(g->derive(NULL, priv, zero, secret), -1);
	zero[0] = 1; /* order 1 in the ladder: gives zero as well */
	assert_int_equal(g->derive(NULL, priv, zero, secret), -1);
	for (i = 0; i < 2; i++) {
		size_t last;

		g = group_of(curves[i]);
		last = g->share_len - 1;
		assert_int_equal(g->keygen(NULL, priv, share), 0);
		assert_int_equal(g->derive(NULL, priv, share, secret), 0);
		share[last] ^= 1;
		assert_int_equal(g->derive(NULL, priv, share, secret), -1);
		share[last] ^= 1;
		share[0] = 2;
		assert_int_equal(g->derive(NULL, priv, share, secret), -1);
		share[0] = 4;
		memset(share + 1, 0, last);
		assert_int_equal(g->derive(NULL, priv, share, secret), -1);
		memset(share + 1, 0xff, last);
		assert_int_equal(g->derive(NULL, priv, share, secret), -1);
		assert_int_equal(g->keygen(NULL, priv, share), 0);
		memset(priv, 0, g->priv_len);
		assert_int_equal(g->derive(NULL, priv, share, secret), -1);
		memset(priv, 0xff, g->priv_len);
		assert_int_equal(g->derive(NULL, priv, share, secret), -1);
	}
}

/* FIPS 180-2, appendix B, C, D: "abc", also in pieces and from a copy. */
static void hash_vectors(void **state)
{
	static const struct {
		const struct tlso_hash_alg *const *alg;
		const char *digest;
	} v[] = {
		{ &tlso_host_crypto.sha256,
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ &tlso_host_crypto.sha384,
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		  "8086072ba1e7cc2358baeca134c825a7" },
		{ &tlso_host_crypto.sha512,
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	struct tlso_hash_ctx c, copy;
	u8 want[64], got[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const struct tlso_hash_alg *h = *v[i].alg;

		assert_int_equal(unhex(want, v[i].digest), h->len);
		h->init(&c);
		h->update(&c, (const u8 *)"ab", 2);
		copy = c;
		h->update(&c, (const u8 *)"x", 1);
		h->final(&c, got);
		assert_memory_not_equal(got, want, h->len);
		h->update(&copy, (const u8 *)"c", 1);
		h->final(&copy, got);
		assert_memory_equal(got, want, h->len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_equals_whole),
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(hash_vectors),
		cmocka_unit_test(bad_keys_are_refused),
		cmocka_unit_test(groups_agree),
		cmocka_unit_test(group_vectors),
		cmocka_unit_test(bad_shares),
	};

	return cmocka_run_group_tests_name("engine crypto", tests, NULL, NULL);
}
