// SPDX-License-Identifier: GPL-2.0-only
/* Key schedules against RFC 8448 and against vectors of the TLS 1.2 PRF. */
#include "half.h"
#include "hex.h"
#include "rfc8448.h"
#include "../../kmod/core/keysched.h"
#include "../../kmod/core/prf12.h"

static void test_schedule(void **state)
{
	const struct tlso_hash_alg *h = tlso_host_crypto.sha256;
	u8 secret[48], shared[32], thash[48], out[48], key[16], iv[12];

	(void)state;
	assert_int_equal(tlso_early_secret(h, NULL, 0, secret), TLSO_OK);
	same(secret, early_secret_hex);
	assert_int_equal(tlso_derive_secret(h, secret, "derived", NULL, out),
			 TLSO_OK);
	same(out, derived_hex);
	assert_int_equal(tlso_next_stage(h, secret, shared, hex(shared_hex,
								shared)),
			 TLSO_OK);
	same(secret, handshake_secret_hex);
	hex(hello_hash_hex, thash);
	assert_int_equal(tlso_derive_secret(h, secret, "c hs traffic", thash,
					    out), TLSO_OK);
	same(out, client_hs_hex);
	assert_int_equal(tlso_derive_secret(h, secret, "s hs traffic", thash,
					    out), TLSO_OK);
	same(out, server_hs_hex);
	assert_int_equal(tlso_traffic_keys(h, out, key, sizeof(key), iv),
			 TLSO_OK);
	same(key, server_hs_key_hex);
	same(iv, server_hs_iv_hex);
	assert_int_equal(tlso_next_stage(h, secret, NULL, 0), TLSO_OK);
	same(secret, master_secret_hex);
	/* More than one block of HKDF-Expand is not for us. */
	assert_int_equal(tlso_expand_label(h, secret, "x", NULL, 0, out, 33),
			 TLSO_E_CRYPTO);
}

/* RFC 4231, test case 2, both hashes. */
static void test_hmac(void **state)
{
	static const u8 msg[] = "what do ya want for nothing?";
	u8 out[48];

	(void)state;
	assert_int_equal(tlso_hmac(tlso_host_crypto.sha256,
				   (const u8 *)"Jefe", 4, msg, 10, msg + 10,
				   18, out), TLSO_OK);
	same(out, "5bdcc146bf60754e6a042426089575c7"
		  "5a003f089d2739839dec58b964ec3843");
	assert_int_equal(tlso_hmac(tlso_host_crypto.sha384,
				   (const u8 *)"Jefe", 4, msg, 28, NULL, 0,
				   out), TLSO_OK);
	same(out, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
		  "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
}

/* Section 4: the PSK of section 3's ticket, its binder; then 7.2. */
static void test_psk(void **state)
{
	const struct tlso_hash_alg *h = tlso_host_crypto.sha256;
	u8 resumption[32], psk[32], secret[48], thash[48], out[48], hello[512];
	struct tlso_hash_ctx c;
	u8 nonce[255] = { 0 };

	(void)state;
	hex(resumption_hex, resumption);
	assert_int_equal(tlso_resumption_psk(h, resumption, nonce, 2, psk),
			 TLSO_OK);
	same(psk, psk_hex);
	assert_int_equal(tlso_early_secret(h, psk, 32, secret), TLSO_OK);
	same(secret, resumed_early_hex);
	h->init(&c);
	h->update(&c, hello, hex(resumed_hello_hex, hello));
	h->final(&c, thash);
	same(thash, binder_hash_hex);
	assert_int_equal(tlso_psk_binder(h, secret, thash, out), TLSO_OK);
	same(out, binder_hex);
	/* The longest nonce there is. */
	assert_int_equal(tlso_resumption_psk(h, resumption, nonce, 255, psk),
			 TLSO_OK);
	assert_int_equal(tlso_resumption_psk(h, resumption, nonce, 256, psk),
			 TLSO_E_CRYPTO);
	/* No vector: by the definition. */
	memcpy(out, secret, 32);
	assert_int_equal(tlso_next_traffic(h, out), TLSO_OK);
	assert_int_equal(tlso_hmac(h, secret, 32,
				   (const u8 *)"\0\x20\x11tls13 traffic upd\0\1",
				   22, NULL, 0, thash), TLSO_OK);
	assert_memory_equal(out, thash, 32);
}

/* The vectors that implementers agreed on for the PRF of TLS 1.2. */
static void test_prf12(void **state)
{
	u8 secret[16], seed[16], out[148], randoms[64], master[48];
	const struct tlso_hash_alg *h = tlso_host_crypto.sha256;
	size_t n;

	(void)state;
	hex("9bbe436ba940f017b17652849a71db35", secret);
	hex("a0ba9f936cda311827a6f796ffd5198c", seed);
	for (n = 0; n <= 16; n++) { /* the seed in two pieces */
		assert_int_equal(tlso_prf12(h, secret, 16, "test label", seed,
					    n, seed + n, 16 - n, out, 100),
				 TLSO_OK);
		same(out, "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495"
			  "329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
			  "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b"
			  "97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
			  "87347b66");
	}
	hex("b80b733d6ceefcdc71566ea48e5567df", secret);
	hex("cd665cf6a8447dd6ff8b27555edb7465", seed);
	assert_int_equal(tlso_prf12(tlso_host_crypto.sha384, secret, 16,
				    "test label", seed, 16, NULL, 0, out, 148),
			 TLSO_OK);
	same(out, "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107"
		  "e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700"
		  "884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473"
		  "ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a2"
		  "6066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be8"
		  "5e0990703d73e56f");
	/* RFC 5246 8.1, 7.4.9; RFC 7627 4: which seed goes with which label */
	memset(randoms, 0xc1, 32);
	memset(randoms + 32, 0x5e, 32);
	assert_int_equal(tlso_prf12(h, secret, 16, "master secret", randoms, 64,
				    NULL, 0, out, 48), TLSO_OK);
	assert_int_equal(tlso_master12(h, secret, 16, randoms, randoms + 32,
				       master), TLSO_OK);
	assert_memory_equal(out, master, 48);
	assert_int_equal(tlso_prf12(h, secret, 16, "extended master secret",
				    randoms, 32, NULL, 0, out, 48), TLSO_OK);
	assert_int_equal(tlso_master12_ext(h, secret, 16, randoms, master),
			 TLSO_OK);
	assert_memory_equal(out, master, 48);
	assert_int_equal(tlso_prf12(h, master, 48, "client finished", randoms,
				    32, NULL, 0, out, 12), TLSO_OK);
	assert_int_equal(tlso_finished12(h, master, true, randoms, out + 12),
			 TLSO_OK);
	assert_memory_equal(out, out + 12, 12);
	assert_int_equal(tlso_prf12(h, master, 48, "server finished", randoms,
				    32, NULL, 0, out, 12), TLSO_OK);
	assert_int_equal(tlso_finished12(h, master, false, randoms, out + 12),
			 TLSO_OK);
	assert_memory_equal(out, out + 12, 12);
	/* What no caller has: a seed beyond the buffer. */
	assert_int_equal(tlso_prf12(h, secret, 16, "test label", out, 148, NULL,
				    0, master, 48), TLSO_E_CRYPTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule), cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_psk),	 cmocka_unit_test(test_prf12),
	};

	return cmocka_run_group_tests_name("keysched", tests, NULL, NULL);
}
