// SPDX-License-Identifier: GPL-2.0-only
/* Which algorithms and keys count, in the leaf and in what signs it. */
#include "chain.h"

static struct mint_key *p384, *p521, *rsa2048, *rsa3072, *rsa1024;

static int make_more_keys(void **state)
{
	make_keys(state);
	p384 = mint_key_new("p384");
	p521 = mint_key_new("p521");
	rsa1024 = mint_key_new("rsa1024");
	rsa2048 = mint_key_new("rsa2048");
	rsa3072 = mint_key_new("rsa3072");
	return 0;
}

/* The intermediate has that key. */
static void signed_with(struct mint_key *key)
{
	inter.key = key;
	leaf.signer = key;
}

/* PKCS#1: NULL or nothing; both with the same inside. */
static void test_no_null(void **state)
{
	(void)state;
	signed_with(rsa2048);
	leaf.quirk = MINT_ALG_NO_NULL;
	GOOD();
	leaf.quirk = MINT_ALG_PARAMS;
	BAD("signature algorithm malformed");
	leaf.quirk = MINT_RIGHT;
	leaf.key = rsa2048;
	leaf.quirk = MINT_RSA_NO_NULL;
	BAD("key is none that counts");
}

static void counts_unless_sha1(enum mint_alg a)
{
	if (a == MINT_SHA1)
		UNSUPPORTED("signature algorithm");
	else
		GOOD();
}

static void test_algorithms(void **state)
{
	enum mint_alg a;

	for (a = MINT_SHA256; a <= MINT_PSS512; a++) {
		reset(state);
		signed_with(rsa2048);
		leaf.alg = a;
		counts_unless_sha1(a);
		leaf.quirk = MINT_SIG_WRONG;
		if (a != MINT_SHA1)
			BAD("signature is wrong");
		if (a >= MINT_PSS256)
			continue;
		reset(state);
		leaf.alg = a; /* P-256 */
		inter.signer = p384;
		inter.alg = a;
		root.key = p384;
		root.signer = p384;
		counts_unless_sha1(a);
	}
	reset(state);
	signed_with(rsa2048);
	leaf.alg = MINT_PSS_SALT20;
	UNSUPPORTED("signature algorithm");
	leaf.alg = MINT_PSS_MGF1_SHA1;
	UNSUPPORTED("signature algorithm");
	leaf.alg = MINT_PSS_MGF1_SHA384;
	UNSUPPORTED("signature algorithm");
	/* What signs the anchor is nobody's concern. */
	reset(state);
	root.alg = MINT_SHA1;
	GOOD();
	root.quirk = MINT_SIG_WRONG;
	GOOD();
	/* Another kind of key than the algorithm is for. */
	reset(state);
	inter.key = rsa2048;
	inter.aki = 0;
	leaf.aki = 0;
	BAD("algorithm is not the issuer's");
}

static void test_keys(void **state)
{
	static const struct {
		unsigned int bits, e;
		enum tlso_err err;
	} rsa[] = {
		{ 2048, 65537, TLSO_OK }, { 2048, 3, TLSO_OK },
		{ 2047, 65537, TLSO_E_UNSUPPORTED_CERT },
		{ 1024, 65537, TLSO_E_UNSUPPORTED_CERT },
		{ 4096, 65537, TLSO_OK },
		{ 4097, 65537, TLSO_E_UNSUPPORTED_CERT },
		{ 8192, 65537, TLSO_E_UNSUPPORTED_CERT },
		{ 2048, 1, TLSO_E_BAD_CERT }, { 2048, 65536, TLSO_E_BAD_CERT },
		{ 3071, 0x80000001, TLSO_OK },
	};
	struct mint_key *k;
	struct tlso_cert c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rsa); i++) {
		k = mint_key_fake_rsa(rsa[i].bits, rsa[i].e);
		leaf.key = k;
		c = minted(&leaf, 1);
		assert_int_equal(tlso_x509_pubkey(&c, &got, &work), rsa[i].err);
		if (!rsa[i].err) {
			assert_int_equal(got.bits, rsa[i].bits);
			assert_int_equal(got.type, TLSO_KEY_RSA);
			assert_int_equal(got.n_len, (rsa[i].bits + 7) / 8);
		} else {
			assert_int_equal(got.type, TLSO_KEY_NONE);
		}
	}
	leaf.key = p384;
	c = minted(&leaf, 1);
	assert_int_equal(tlso_x509_pubkey(&c, &got, &work), TLSO_OK);
	assert_int_equal(got.type, TLSO_KEY_P384);
	assert_int_equal(got.n_len, 97);
	leaf.key = p521;
	UNSUPPORTED("key is none that counts");
	reset(state);
	signed_with(rsa1024);
	UNSUPPORTED("issuer's key");
	signed_with(p521);
	UNSUPPORTED("issuer's key");
	signed_with(rsa3072);
	GOOD();
	assert_int_equal(got.type, TLSO_KEY_P256);
}

/* The leaf's key is there although the chain is bad. */
static void test_key_of_bad_chain(void **state)
{
	(void)state;
	leaf.quirk = MINT_SIG_WRONG;
	BAD("signature");
	assert_int_equal(got.type, TLSO_KEY_P256);
	v.flags = TLSO_VERIFY_NO_CHAIN;
	GOOD();
	leaf.quirk = MINT_TRAILING;
	BAD("not the DER");
	assert_int_equal(got.type, TLSO_KEY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_no_null), T(test_algorithms), T(test_keys),
		T(test_key_of_bad_chain),
	};

	return cmocka_run_group_tests_name("keys", tests, make_more_keys, NULL);
}
