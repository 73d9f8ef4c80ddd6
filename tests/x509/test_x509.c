// SPDX-License-Identifier: GPL-2.0-only
/*
 * The X.509 verifier over certificates made to order: each rule by the chain that
 * keeps it and the one that breaks it, and that the reason is the right one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mint.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "../../kmod/core/x509_impl.h"

#define NOW 1750000000 /* June 2025 */

static struct mint_key *p256[10], *p384, *p521, *rsa2048, *rsa3072, *rsa1024;
static struct mint root, inter, leaf;
static struct tlso_verify v;
static struct tlso_x509_work work;
static struct tlso_pubkey got;
static u8 der[40][MINT_MAX];
static size_t row; /* of a table, for messages */

/* How often the table's verify was called. */
static unsigned int verified;
static struct tlso_crypto counting;

static int count_verify(const struct tlso_pubkey *key, u16 scheme,
			const u8 *digest, size_t n, const u8 *sig, size_t len)
{
	verified++;
	return tlso_host_verify(key, scheme, digest, n, sig, len);
}

static int make_keys(void **state)
{
	size_t i;

	(void)state;
	mint_seed(1);
	for (i = 0; i < ARRAY_SIZE(p256); i++)
		p256[i] = mint_key_new("p256");
	p384 = mint_key_new("p384");
	p521 = mint_key_new("p521");
	rsa1024 = mint_key_new("rsa1024");
	rsa2048 = mint_key_new("rsa2048");
	rsa3072 = mint_key_new("rsa3072");
	counting = tlso_host_crypto;
	counting.verify = count_verify;
	return 0;
}

/* A chain of three with nothing wrong. */
static int reset(void **state)
{
	(void)state;
	root = mint_ca;
	root.subject = "O=tlso/CN=root";
	root.issuer = root.subject;
	root.key = p256[0];
	root.signer = p256[0];
	inter = mint_ca;
	inter.subject = "O=tlso/CN=intermediate";
	inter.issuer = root.subject;
	inter.key = p256[1];
	inter.signer = p256[0];
	leaf = mint_leaf;
	leaf.issuer = inter.subject;
	leaf.key = p256[2];
	leaf.signer = p256[1];
	memset(&v, 0, sizeof(v));
	v.crypto = &counting;
	v.now = NOW;
	v.purpose = TLSO_PURPOSE_SERVER;
	return 0;
}

static struct tlso_cert minted(const struct mint *m, unsigned int i)
{
	struct tlso_cert c = { der[i], 0 };

	c.len = mint(m, der[i]);
	return c;
}

static void set_name(const char *name)
{
	v.name = name;
	v.name_len = name ? strlen(name) : 0;
}

/* The verdict on @sent under one anchor is @e, and @why is part of the reason. */
static void judge(struct tlso_cert anchor, const struct tlso_cert *sent,
		  unsigned int n, enum tlso_err e, const char *why)
{
	enum tlso_err is;

	v.anchors = &anchor;
	v.n_anchors = 1;
	verified = 0;
	is = tlso_x509_verify(&v, sent, n, &got, &work);
	if (is != e || !strstr(tlso_x509_why(&work), why))
		fail_msg("row %zu: %d (%s), not %d (%s)", row, is,
			 tlso_x509_why(&work), e, why);
	assert_true(verified <= TLSO_X509_SIGS_MAX);
}

/* leaf, inter and root as they now are. */
static void verdict(enum tlso_err e, const char *why)
{
	struct tlso_cert sent[2] = { minted(&leaf, 1), minted(&inter, 2) };

	judge(minted(&root, 0), sent, 2, e, why);
}

#define GOOD() verdict(TLSO_OK, "nothing")
#define BAD(why) verdict(TLSO_E_BAD_CERT, why)
#define UNSUPPORTED(why) verdict(TLSO_E_UNSUPPORTED_CERT, why)
#define UNKNOWN(why) verdict(TLSO_E_UNKNOWN_CA, why)

static void test_good(void **state)
{
	(void)state;
	GOOD();
	assert_int_equal(verified, 2);
	assert_int_equal(got.type, TLSO_KEY_P256);
	assert_int_equal(got.n_len, 65);
	assert_int_equal(got.bits, 256);
}

/* ---- Form --------------------------------------------------------------------- */

static const struct {
	enum mint_quirk quirk;
	const char *why; /* NULL: it is taken */
} forms[] = {
	{ MINT_LONG_LENGTH, "not the DER" },
	{ MINT_INDEFINITE, "not the DER" },
	{ MINT_TRAILING, "not the DER" },
	{ MINT_TRAILING_INSIDE, "not the DER" },
	{ MINT_TRUE_IS_1, "malformed" },
	{ MINT_FALSE_WRITTEN, "malformed" },
	{ MINT_SERIAL_PADDED, "serial" },
	{ MINT_SERIAL_EMPTY, "serial" },
	{ MINT_SERIAL_LONG, "serial" },
	{ MINT_SERIAL_20, NULL },
	{ MINT_SERIAL_NEGATIVE, NULL },
	{ MINT_V1_WRITTEN, "version" },
	{ MINT_V4, "version" },
	{ MINT_ALG_INSIDE, "inside and outside" },
	{ MINT_ALG_PARAMS, "signature algorithm malformed" },
	{ MINT_SIG_BITS, "not the DER" },
	{ MINT_SIG_WRONG, "signature is wrong" },
	{ MINT_EXTS_EMPTY, "extension malformed" },
	{ MINT_EXT_TWICE, "extension twice" },
	{ MINT_EXTS_MANY, "too many extensions" },
	{ MINT_UNIQUE_ID, NULL },
};

static void test_form(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		reset(state);
		leaf.quirk = forms[i].quirk;
		leaf.san_critical = forms[i].quirk == MINT_TRUE_IS_1;
		if (forms[i].why)
			BAD(forms[i].why);
		else
			GOOD();
		reset(state);
		inter.quirk = forms[i].quirk;
		inter.eku = "server";
		/* Without a subject to be seen it is nobody's issuer. */
		if (forms[i].quirk == MINT_LONG_LENGTH ||
		    forms[i].quirk == MINT_INDEFINITE)
			UNKNOWN("issuer is unknown");
		else if (forms[i].why)
			BAD(forms[i].why);
		else
			GOOD();
	}
}

/* PKCS#1: NULL or nothing; both with the same inside. */
static void test_no_null(void **state)
{
	(void)state;
	inter.key = rsa2048;
	leaf.signer = rsa2048;
	leaf.quirk = MINT_ALG_NO_NULL;
	GOOD();
	leaf.quirk = MINT_ALG_PARAMS;
	BAD("signature algorithm malformed");
	leaf.quirk = MINT_RIGHT;
	leaf.key = rsa2048;
	leaf.quirk = MINT_RSA_NO_NULL;
	BAD("key is none that counts");
}

static void test_versions(void **state)
{
	leaf.version = 0;
	BAD("not of version 3");
	leaf.version = 1;
	BAD("not of version 3");
	leaf.ca = -1;
	leaf.ku = -1;
	leaf.eku = NULL;
	leaf.san = NULL;
	leaf.ski = false;
	leaf.aki = 0;
	GOOD();
	leaf.quirk = MINT_UNIQUE_ID;
	GOOD();
	leaf.version = 0;
	BAD("identifiers malformed");
	leaf.quirk = MINT_RIGHT;
	GOOD();
	set_name("host.example.com");
	BAD("names somebody else");

	/* A CA of version 1 is none, unless it is the anchor. */
	reset(state);
	inter.version = 0;
	inter.ca = -1;
	inter.ku = -1;
	inter.ski = false;
	inter.aki = 0;
	UNKNOWN("not a CA");
	inter.subject = root.subject;
	leaf.issuer = root.subject;
	UNKNOWN("not a CA");
	reset(state);
	root.version = 0;
	root.ca = -1;
	root.ku = -1;
	root.ski = false;
	root.aki = 0;
	GOOD();
	/* One of version 3 says so. */
	root.version = 2;
	UNKNOWN("not a CA");
}

/* One element each: is it taken, and is it all? */
static const struct {
	const char *der;
	size_t n;
	u8 tag;
	bool good;
} elements[] = {
	{ "\x04\x00", 2, 0x04, true },
	{ "\x04\x01x", 3, 0x04, true },
	{ "\x04\x01x", 3, 0x03, false },
	{ "\x04\x02x", 3, 0x04, false },
	{ "\x04\x00x", 3, 0x04, false },
	{ "\x04", 1, 0x04, false },
	{ "", 0, 0x04, false },
	{ "\x04\x81\x01x", 4, 0x04, false },
	{ "\x04\x82\x00\x01x", 5, 0x04, false },
	{ "\x04\x81", 2, 0x04, false },
	{ "\x04\x80x\0\0", 5, 0x04, false },
	{ "\x04\xff", 2, 0x04, false },
	{ "\x1f\x01x", 3, 0x1f, false },
	{ "\xbf\x01x", 3, 0xbf, false },
	{ "\x02\x01\x00", 3, 0x02, true },
	{ "\x02\x00", 2, 0x02, false },
	{ "\x02\x02\x00\x80", 4, 0x02, true },
	{ "\x02\x02\x00\x7f", 4, 0x02, false },
	{ "\x02\x02\xff\x7f", 4, 0x02, true },
	{ "\x02\x02\xff\x80", 4, 0x02, false },
	{ "\x06\x01\x2a", 3, 0x06, true },
	{ "\x06\x02\x2a\x81", 4, 0x06, false },
	{ "\x06\x03\x2a\x81\x00", 5, 0x06, true },
	{ "\x06\x03\x2a\x80\x01", 5, 0x06, false },
	{ "\x06\x00", 2, 0x06, false },
};

static bool is_element(size_t i)
{
	struct tlso_rd r, v;

	tlso_rd_init(&r, elements[i].der, elements[i].n);
	if (elements[i].tag == 0x02)
		v = tlso_der_integer(&r);
	else if (elements[i].tag == 0x06)
		v = tlso_der_oid(&r);
	else
		v = tlso_der_take(&r, elements[i].tag);
	return !v.bad && tlso_rd_done(&r);
}

/* Lengths at the borders of their forms; longer than 65535 is never taken. */
static void check_length(size_t len, const char *head, size_t head_len, bool good)
{
	static u8 buf[70000];
	struct tlso_rd r;

	memcpy(buf, head, head_len);
	tlso_rd_init(&r, buf, head_len + len);
	assert_int_equal(tlso_der_take(&r, 0x04).n == len && tlso_rd_done(&r),
			 good);
}

static void test_der(void **state)
{
	(void)state;
	for (row = 0; row < ARRAY_SIZE(elements); row++)
		if (is_element(row) != elements[row].good)
			fail_msg("row %zu", row);
	check_length(0x7f, "\x04\x7f", 2, true);
	check_length(0x7f, "\x04\x81\x7f", 3, false);
	check_length(0x80, "\x04\x81\x80", 3, true);
	check_length(0xff, "\x04\x81\xff", 3, true);
	check_length(0xff, "\x04\x82\x00\xff", 4, false);
	check_length(0x100, "\x04\x82\x01\x00", 4, true);
	check_length(0xffff, "\x04\x82\xff\xff", 4, true);
	check_length(0xffff, "\x04\x83\x00\xff\xff", 5, false);
	check_length(0x10000, "\x04\x83\x01\x00\x00", 5, false);
}

/* ---- Dates --------------------------------------------------------------------- */

static const char *const bad_dates[] = {
	"2001010000Z", "200101000000", "200101000000+", "200101000000z",
	"201301000000Z", "200001000000Z", "200100000000Z", "200132000000Z",
	"210229000000Z", "200101240000Z", "200101006000Z", "200101000060Z",
	"20010100000 Z", "2001010000000Z", "20200101000000.0Z",
	"20200101000000", "20200101000000+0000", "19000229000000Z",
	"20200101", "", "Z", "+20101000000Z",
};

static void test_dates(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_dates); i++) {
		reset(state);
		leaf.not_before = bad_dates[i];
		BAD("validity malformed");
	}
	reset(state);
	leaf.not_before = "200229000000Z"; /* a leap year */
	GOOD();
	leaf.not_before = "20000229235959Z"; /* as GeneralizedTime */
	leaf.not_after = "99991231235959Z"; /* 4.1.2.5: no end */
	GOOD();
	leaf.not_before = "500101000000Z"; /* 1950 */
	GOOD();
	leaf.not_before = "19000228000000Z";
	GOOD();
	leaf.not_after = "491231235959Z"; /* 2049 */
	GOOD();
	leaf.not_after = "500101000000Z"; /* 1950 */
	verdict(TLSO_E_CERT_EXPIRED, "expired");
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		u64 at;
	} t[] = {
		{ "700101000000Z", 0 },
		{ "700101000001Z", 1 },
		{ "000229120000Z", 951825600 },
		{ "20380119031408Z", 0x80000000u },
		{ "21000301000000Z", 4107542400 },
		{ "99991231235959Z", 253402300799 },
		{ "250615150640Z", NOW },
		{ "690101000000Z", 0 },
	};
	u8 b[20];
	struct tlso_rd r;
	size_t i, n;
	u64 s;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		n = strlen(t[i].text);
		b[0] = n == 13 ? 0x17 : 0x18;
		b[1] = (u8)n;
		memcpy(b + 2, t[i].text, n);
		tlso_rd_init(&r, b, n + 2);
		assert_true(tlso_x509_time(&r, &s));
		assert_int_equal(s, t[i].at);
		b[0] ^= 0x17 ^ 0x18;
		tlso_rd_init(&r, b, n + 2);
		assert_false(tlso_x509_time(&r, &s));
	}
}

static void test_validity(void **state)
{
	(void)state;
	leaf.not_before = "250615150640Z"; /* the second itself */
	leaf.not_after = "250615150640Z";
	GOOD();
	v.now--;
	verdict(TLSO_E_CERT_EXPIRED, "not yet valid");
	v.now += 2;
	verdict(TLSO_E_CERT_EXPIRED, "expired");
	reset(state);
	inter.not_after = "240101000000Z";
	verdict(TLSO_E_CERT_EXPIRED, "expired");
	reset(state);
	root.not_after = "240101000000Z";
	verdict(TLSO_E_CERT_EXPIRED, "expired");
}

/* ---- Algorithms and keys ------------------------------------------------------- */

static void test_algorithms(void **state)
{
	enum mint_alg a;

	for (a = MINT_SHA256; a <= MINT_PSS512; a++) {
		reset(state);
		inter.key = rsa2048;
		leaf.signer = rsa2048;
		leaf.alg = a;
		if (a == MINT_SHA1)
			UNSUPPORTED("signature algorithm");
		else
			GOOD();
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
		if (a == MINT_SHA1)
			UNSUPPORTED("signature algorithm");
		else
			GOOD();
	}
	reset(state);
	inter.key = rsa2048;
	leaf.signer = rsa2048;
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
	inter.key = rsa1024;
	leaf.signer = rsa1024;
	UNSUPPORTED("issuer's key");
	inter.key = p521;
	leaf.signer = p521;
	UNSUPPORTED("issuer's key");
	inter.key = rsa3072;
	leaf.signer = rsa3072;
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

/* ---- Constraints and usage ------------------------------------------------------ */

static void test_basic_constraints(void **state)
{
	inter.ca = 0;
	UNKNOWN("not a CA");
	inter.ca = -1;
	UNKNOWN("not a CA");
	reset(state);
	inter.bc_critical = false; /* wrong of the CA, but read */
	GOOD();
	inter.path_len = 0;
	GOOD();
	root.path_len = 0;
	UNKNOWN("longer path");
	root.path_len = 1;
	GOOD();
	root.path_len = 300;
	GOOD();
	reset(state);
	leaf.path_len = 0; /* without being a CA */
	BAD("basicConstraints malformed");
	leaf.ca = 1;
	GOOD();
	reset(state);
	root.ca = 0;
	UNKNOWN("not a CA");
}

/* Self-issued certificates do not count for a path's length. */
static void test_self_issued(void **state)
{
	struct tlso_cert sent[3];
	struct mint again;

	(void)state;
	inter.path_len = 0;
	again = inter;
	again.issuer = inter.subject;
	again.signer = inter.key;
	again.key = p256[3];
	leaf.signer = p256[3];
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&inter, 2);
	sent[2] = minted(&again, 3);
	judge(minted(&root, 0), sent, 3, TLSO_OK, "nothing");
	assert_int_equal(verified, 3);
	again.subject = "O=tlso/CN=other";
	leaf.issuer = again.subject;
	sent[0] = minted(&leaf, 1);
	sent[2] = minted(&again, 3);
	judge(minted(&root, 0), sent, 3, TLSO_E_UNKNOWN_CA, "longer path");
}

static void test_key_usage(void **state)
{
	inter.ku = 0x8000;
	UNSUPPORTED("may not sign");
	inter.ku = -1;
	GOOD();
	inter.ku = 0x0400;
	GOOD();
	reset(state);
	root.ku = 0x0200;
	UNSUPPORTED("may not sign");
	reset(state);
	leaf.ku = 0x2000; /* keyEncipherment: RSA key transport */
	GOOD();
	v.purpose = TLSO_PURPOSE_CLIENT;
	UNSUPPORTED("key usage");
	leaf.ku = 0x8000;
	GOOD();
	leaf.ku = 0x0600;
	UNSUPPORTED("key usage");
	v.purpose = TLSO_PURPOSE_ANY;
	GOOD();
	v.purpose = TLSO_PURPOSE_SERVER;
	leaf.ku = 0x0080; /* decipherOnly, in the second byte */
	UNSUPPORTED("key usage");
	leaf.ku = 0;
	BAD("keyUsage malformed");
}

static void test_eku(void **state)
{
	leaf.eku = "client";
	UNSUPPORTED("extended key usage");
	v.purpose = TLSO_PURPOSE_CLIENT;
	GOOD();
	leaf.eku = "server";
	UNSUPPORTED("extended key usage");
	v.purpose = TLSO_PURPOSE_ANY;
	GOOD();
	reset(state);
	leaf.eku = NULL;
	GOOD();
	leaf.eku = "any";
	UNSUPPORTED("extended key usage");
	leaf.eku = "any server other";
	leaf.eku_critical = true;
	GOOD();
	leaf.eku = "";
	BAD("extKeyUsage malformed");
	reset(state);
	inter.eku = "client"; /* limits what is below */
	UNSUPPORTED("extended key usage");
	inter.eku = "client server";
	GOOD();
	root.eku = "other";
	UNSUPPORTED("extended key usage");
}

static void test_critical(void **state)
{
	static const u8 null[] = { 5, 0 };
	struct mint_ext e = { "1.2.3.4", false, null, 2 };

	leaf.extra[0] = e;
	leaf.n_extra = 1;
	GOOD();
	leaf.extra[0].critical = true;
	UNSUPPORTED("unknown critical");
	assert_int_equal(got.type, TLSO_KEY_P256);
	reset(state);
	inter.extra[0] = e;
	inter.extra[0].critical = true;
	inter.n_extra = 1;
	UNSUPPORTED("unknown critical");
	reset(state);
	root.extra[0] = e;
	root.extra[0].oid = "2.5.29.36"; /* policyConstraints */
	root.extra[0].critical = true;
	root.n_extra = 1;
	UNSUPPORTED("unknown critical");
	/* The same extension twice, known ones too. */
	reset(state);
	e.oid = "2.5.29.14";
	e.value = (const u8 *)"\x04\x01x";
	e.n = 3;
	leaf.extra[0] = e;
	leaf.n_extra = 1;
	BAD("extension twice");
	leaf.ski = false;
	GOOD();
	leaf.extra[0].critical = true; /* 4.2.1.2: MUST be non-critical */
	UNSUPPORTED("unknown critical");
}

/* Contents of known extensions, given as they are. */
static const struct {
	const char *oid, *value;
	size_t n;
	const char *why; /* NULL: taken */
} contents[] = {
	{ "2.5.29.15", "\x03\x02\x07\x80", 4, NULL },
	{ "2.5.29.15", "\x03\x02\x06\x80", 4, NULL }, /* 0 at the end */
	{ "2.5.29.15", "\x03\x03\x07\x80\x00", 5, NULL },
	{ "2.5.29.15", "\x03\x02\x00\x00", 4, "keyUsage" },
	{ "2.5.29.15", "\x03\x02\x07\xc0", 4, "keyUsage" }, /* padding set */
	{ "2.5.29.15", "\x03\x02\x08\x80", 4, "keyUsage" },
	{ "2.5.29.15", "\x03\x03\x07\x80\x40", 5, "keyUsage" },
	{ "2.5.29.15", "\x03\x04\x00\x80\x00\x01", 6, "keyUsage" },
	{ "2.5.29.15", "\x03\x01\x00", 3, "keyUsage" },
	{ "2.5.29.15", "\x03\x00", 2, "keyUsage" },
	{ "2.5.29.15", "\x03\x02\x07\x80\x05\x00", 6, "keyUsage" },
	{ "2.5.29.19", "\x30\x03\x02\x01\x00", 5, "basicConstraints" },
	{ "2.5.29.19", "\x30\x06\x01\x01\xff\x02\x01\xff", 8, "basicC" },
	{ "2.5.29.19", "\x30\x07\x01\x01\xff\x02\x02\x00\x01", 9, "basicC" },
	{ "2.5.29.19", "\x30\x07\x01\x01\xff\x02\x02\x00\x80", 9, NULL },
	{ "2.5.29.19", "\x30\x05\x01\x01\xff\x02\x00", 7, "basicC" },
	{ "2.5.29.19", "\x30\x05\x01\x01\xff\x05\x00", 7, "basicC" },
	{ "2.5.29.19", "\x30\x03\x01\x01\x01", 5, "basicC" },
	{ "2.5.29.19", "\x30\x04\x01\x02\xff\xff", 6, "basicC" },
	{ "2.5.29.19", "\x30\x02\x01\x00", 4, "basicC" },
	{ "2.5.29.17", "\x30\x00", 2, "subjectAltName" },
	{ "2.5.29.17", "\x30\x02\x82\x00", 4, "subjectAltName" },
	{ "2.5.29.17", "\x30\x05\x82\x03" "a\0b", 7, "subjectAltName" },
	{ "2.5.29.17", "\x30\x05\x82\x03" "a\x80" "b", 7, "subjectAltName" },
	{ "2.5.29.17", "\x30\x05\x87\x03" "abc", 7, "subjectAltName" },
	{ "2.5.29.17", "\x30\x03\x89\x01x", 5, "subjectAltName" },
	{ "2.5.29.17", "\x30\x03\xa2\x01x", 5, "subjectAltName" },
	{ "2.5.29.17", "\x30\x04\xa4\x02\x30\x00", 6, NULL },
	{ "2.5.29.17", "\x30\x04\xa4\x02\x31\x00", 6, "subjectAltName" },
	{ "2.5.29.17", "\x30\x08\xa4\x06\x30\x04\x31\x02\x30\x00", 10,
	  "subjectAltName" },
	{ "2.5.29.17", "\x30\x03\x88\x01\x2a", 5, NULL },
	{ "2.5.29.14", "\x04\x00", 2, "subjectKeyId" },
	{ "2.5.29.14", "\x03\x01x", 3, "subjectKeyId" },
	{ "2.5.29.35", "\x30\x00", 2, NULL },
	{ "2.5.29.35", "\x30\x03\x82\x01\x01", 5, NULL },
	{ "2.5.29.35", "\x30\x03\x83\x01\x01", 5, "authorityKeyId" },
	{ "2.5.29.37", "\x30\x04\x06\x02\x80\x01", 6, "extKeyUsage" },
	{ "2.5.29.37", "\x30\x04\x06\x02\x2a\x80", 6, "extKeyUsage" },
	{ "2.5.29.37", "\x30\x02\x06\x00", 4, "extKeyUsage" },
	{ "2.5.29.30", "\x30\x00", 2, "nameConstraints" },
	{ "2.5.29.30", "\x30\x02\xa0\x00", 4, "nameConstraints" },
	{ "2.5.29.30", "\x30\x06\xa0\x04\x30\x02\x82\x00", 8, NULL },
	{ "2.5.29.30", "\x30\x06\xa1\x04\x30\x02\x82\x00", 8, NULL },
	/* minimum 0 written, minimum 1, maximum 1 */
	{ "2.5.29.30", "\x30\x09\xa1\x07\x30\x05\x82\x00\x80\x01\x00", 11,
	  "nameConstraints" },
	{ "2.5.29.30", "\x30\x09\xa1\x07\x30\x05\x82\x00\x80\x01\x01", 11,
	  "nameConstraints" },
	{ "2.5.29.30", "\x30\x09\xa1\x07\x30\x05\x82\x00\x81\x01\x01", 11,
	  "nameConstraints" },
	/* masks: contiguous, with a hole, of five bytes */
	{ "2.5.29.30", "\x30\x0e\xa1\x0c\x30\x0a\x87\x08\x0a\0\0\0\xff\xf0\0\0",
	  16, NULL },
	{ "2.5.29.30", "\x30\x0e\xa1\x0c\x30\x0a\x87\x08\x0a\0\0\0\xff\xf1\0\0",
	  16, "nameConstraints" },
	{ "2.5.29.30", "\x30\x0e\xa1\x0c\x30\x0a\x87\x08\x0a\0\0\0\xff\x0f\0\0",
	  16, "nameConstraints" },
	{ "2.5.29.30", "\x30\x0e\xa1\x0c\x30\x0a\x87\x08\x0a\0\0\0\0\xff\0\0",
	  16, "nameConstraints" },
	{ "2.5.29.30", "\x30\x0b\xa1\x09\x30\x07\x87\x05\x0a\0\0\0\xff", 13,
	  "nameConstraints" },
};

static void test_contents(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(contents); i++) {
		reset(state);
		leaf.ca = -1;
		leaf.ku = -1;
		leaf.eku = NULL;
		leaf.san = NULL;
		leaf.ski = false;
		leaf.aki = 0;
		leaf.extra[0].oid = contents[i].oid;
		leaf.extra[0].value = (const u8 *)contents[i].value;
		leaf.extra[0].n = contents[i].n;
		leaf.n_extra = 1;
		row = i;
		if (contents[i].why)
			BAD(contents[i].why);
		else
			GOOD();
	}
}

/* ---- Names ----------------------------------------------------------------------- */

static const struct {
	const char *san, *name;
	bool match;
} hosts[] = {
	{ "dns:host.example.com", "host.example.com", true },
	{ "dns:host.example.com", "HOST.Example.COM", true },
	{ "dns:HOST.Example.COM", "host.example.com", true },
	{ "dns:host.example.com", "example.com", false },
	{ "dns:host.example.com", "xhost.example.com", false },
	{ "dns:host.example.com", "host.example.com.", false },
	{ "dns:host.example.com.", "host.example.com", false },
	{ "dns:host.example.com", "", false },
	{ "dns:host.example.com", ".example.com", false },
	{ "dns:a dns:b dns:c", "c", true },
	{ "dns:*.example.com", "host.example.com", true },
	{ "dns:*.example.com", "HOST.EXAMPLE.com", true },
	{ "dns:*.example.com", "xn--bcher-kva.example.com", true },
	{ "dns:xn--bcher-kva.example.com", "XN--BCHER-KVA.example.com", true },
	{ "dns:*.example.com", "a.b.example.com", false },
	{ "dns:*.example.com", "example.com", false },
	{ "dns:*.example.com", ".example.com", false },
	{ "dns:*.example.com", "*.example.com", false },
	{ "dns:*.com", "example.com", false },
	{ "dns:*", "host", false },
	{ "dns:*.", "host.", false },
	{ "dns:*", "*", false },
	{ "dns:h*.example.com", "host.example.com", false },
	{ "dns:*t.example.com", "host.example.com", false },
	{ "dns:host.*.com", "host.example.com", false },
	{ "dns:*.*.com", "host.example.com", false },
	{ "dns:**.example.com", "host.example.com", false },
	{ "dns:host_1.example.com", "host_1.example.com", true },
	{ "dns:host", "host", true },
	{ "dns:a..b", "a..b", false },
	{ "dns:a/b", "a/b", false },
	{ "ip:192.0.2.7", "192.0.2.7", true },
	{ "ip:192.0.2.7", "192.0.2.8", false },
	{ "dns:192.0.2.7", "192.0.2.7", false },
	{ "dns:*.0.2.7", "192.0.2.7", false },
	{ "ip:192.0.2.7", "192.0.2.07", false },
	{ "ip:192.0.2.7", "192.0.2.7.", false },
	{ "ip:192.0.2.7", "192.0.519", false },
	{ "dns:1.2.3.256", "1.2.3.256", false },
	{ "dns:1.2.3.4a", "1.2.3.4a", true },
	{ "ip:2001:db8::7", "2001:db8::7", true },
	{ "ip:2001:db8::7", "2001:DB8:0:0:0:0:0:7", true },
	{ "ip:2001:db8::7", "2001:0db8::0007", true },
	{ "ip:2001:db8::7", "2001:db8::0.0.0.7", true },
	{ "ip:2001:db8::7", "2001:db8::8", false },
	{ "ip:::1", "::1", true },
	{ "ip:::", "::", true },
	{ "ip:1::", "1::", true },
	{ "ip:::1", "0:0:0:0:0:0:0:1", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", false },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", false },
	{ "ip:1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7::", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::8", false },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", false },
	{ "ip:1:2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8", false },
	{ "ip:::1", "::1%lo", false },
	{ "ip:::1", "[::1]", false },
	{ "ip:::1", ":1", false },
	{ "ip:::1", ":::1", false },
	{ "ip:::1", "::1:", false },
	{ "ip:::1", "::00001", false },
	{ "ip:1::2", "1::2::", false },
	{ "ip:::1.2.3.4", "::1.2.3.4", true },
	{ "ip:1.2.3.4", "::ffff:1.2.3.4", false },
	{ "uri:https://host.example.com/", "host.example.com", false },
	{ "email:host.example.com", "host.example.com", false },
	{ "dir:CN=host.example.com", "host.example.com", false },
	{ "other: rid: dns:host.example.com", "host.example.com", true },
};

static void test_hosts(void **state)
{
	struct tlso_cert c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		reset(state);
		leaf.san = hosts[i].san;
		c = minted(&leaf, 1);
		row = i;
		assert_int_equal(tlso_x509_names(&c, hosts[i].name,
						 strlen(hosts[i].name), &work),
				 hosts[i].match);
		set_name(hosts[i].name);
		if (hosts[i].match)
			GOOD();
		else
			BAD("names somebody else");
	}
}

/* The common name is no host name; long and odd names match nothing. */
static void test_host_misc(void **state)
{
	char text[300], san[310];
	size_t i;

	(void)state;
	leaf.subject = "CN=host.example.com";
	leaf.san = NULL;
	set_name("host.example.com");
	BAD("names somebody else");
	leaf.san = "dns:other.example.com";
	BAD("names somebody else");
	leaf.san = "dns:host.example.com";
	v.name = "host.example.com\0.evil.example";
	v.name_len = 30;
	BAD("names somebody else");
	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	text[253] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	leaf.san = san;
	set_name(text);
	GOOD();
	text[253] = 'a';
	text[254] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	set_name(text);
	BAD("names somebody else");
	memset(text, 'b', 64);
	text[63] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	set_name(text);
	GOOD();
	text[63] = 'b';
	text[64] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	set_name(text);
	BAD("names somebody else");
}

static const struct {
	const char *subject, *issuer;
	bool same;
} chaining[] = {
	{ "O=tlso/CN=ca", "O=tlso/CN=ca", true },
	{ "O=tlso/CN=ca", "O=TLSO/CN=Ca", true },
	{ "O=tlso/CN=ca", "O~tlso/CN~CA", true },
	{ "O=tlso/CN=a b", "O=tlso/CN=  A   B ", true },
	{ "O=tlso/CN=a b", "O=tlso/CN=ab", false },
	{ "O=tlso/CN=ca", "CN=ca/O=tlso", false },
	{ "O=tlso/CN=ca", "O=tlso/CN=ca/CN=ca", false },
	{ "O=tlso/CN=ca/CN=ca", "O=tlso/CN=ca", false },
	{ "O=tlso/CN=ca", "O=tlso/OU=ca", false },
	{ "O=tlso+CN=ca", "O=tlso/CN=ca", false },
	{ "O=tlso+CN=ca", "O=tlso+CN=CA", true },
	{ "O=tlso+CN=ca/CN=x", "O=tlso/CN=x", false },
	{ "O=tlso/CN=x", "O=tlso+CN=ca/CN=x", false },
	{ "O=tlso/T=ca", "O=tlso/T=ca", true },
	{ "O=tlso/T=ca", "O=tlso/T=CA", false }, /* TeletexString */
	{ "O=tlso/CN=\xc3\xa4", "O=tlso/CN=\xc3\xa4", true },
	{ "O=tlso/CN=\xc3\xa4", "O=tlso/CN=\xc3\x84", false }, /* a umlaut */
	{ "DC=example/DC=com", "DC=EXAMPLE/DC=Com", true },
};

/* Values that may, and that may not, be in a name; UTF-8 above all. */
static void test_values(void **state)
{
	static const char *const right[] = {
		"CN=\xc2\x80", "CN=\xdf\xbf", "CN=\xe0\xa0\x80",
		"CN=\xed\x9f\xbf", "CN=\xee\x80\x80", "CN=\xf0\x90\x80\x80",
		"CN=\xf4\x8f\xbf\xbf", "T=\xff", "BMP=ab",
	};
	static const char *const wrong[] = {
		"CN=\x80", "CN=\xc0\x80", "CN=\xc1\xbf", "CN=\xc2",
		"CN=\xc2\x41", "CN=\xe0\x9f\xbf", "CN=\xed\xa0\x80",
		"CN=\xf0\x8f\xbf\xbf", "CN=\xf4\x90\x80\x80", "CN=\xf5",
		"CN=\xff", "CN=a\xe2\x82", "OCTETS=x", "PRIVATE=x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		leaf.subject = right[i];
		GOOD();
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		leaf.subject = wrong[i];
		BAD("subject");
	}
}

static void test_name_chaining(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(chaining); i++) {
		reset(state);
		inter.subject = chaining[i].subject;
		leaf.issuer = chaining[i].issuer;
		if (chaining[i].same)
			GOOD();
		else
			UNKNOWN("issuer is unknown");
	}
	reset(state);
	leaf.issuer = "";
	BAD("issuer malformed");
	reset(state);
	leaf.subject = "";
	GOOD();
}

/* ---- Name constraints -------------------------------------------------------------- */

static const struct {
	const char *permitted, *excluded, *subject, *san;
	bool good;
} constraints[] = {
	{ "dns:example.com", NULL, NULL, "dns:example.com", true },
	{ "dns:example.com", NULL, NULL, "dns:a.b.EXAMPLE.com", true },
	{ "dns:example.com", NULL, NULL, "dns:*.example.com", true },
	{ "dns:example.com", NULL, NULL, "dns:badexample.com", false },
	{ "dns:example.com", NULL, NULL, "dns:com", false },
	{ "dns:example.com", NULL, NULL, "dns:a.example.com dns:b.org", false },
	{ "dns:example.com dns:b.org", NULL, NULL, "dns:example.com dns:b.org",
	  true },
	{ "dns:.example.com", NULL, NULL, "dns:a.example.com", true },
	{ "dns:.example.com", NULL, NULL, "dns:example.com", false },
	{ "dns:", NULL, NULL, "dns:example.com", true },
	{ NULL, "dns:", NULL, "dns:example.com", false },
	{ NULL, "dns:", NULL, "ip:10.1.2.3", true },
	{ "dns:host.example.com", NULL, NULL, "dns:*.example.com", false },
	{ NULL, "dns:host.example.com", NULL, "dns:*.example.com", false },
	{ NULL, "dns:x.host.example.com", NULL, "dns:*.example.com", true },
	{ NULL, "dns:example.com", NULL, "dns:*.example.com", false },
	{ NULL, "dns:example.com", NULL, "dns:a.example.com", false },
	{ NULL, "dns:example.com", NULL, "dns:aexample.com", true },
	{ "dns:example.com", "dns:x.example.com", NULL, "dns:x.example.com",
	  false },
	{ "dns:example.com", "dns:x.example.com", NULL, "dns:y.example.com",
	  true },
	/* kinds that are not constrained */
	{ "dns:example.com", NULL, NULL, "ip:10.1.2.3", true },
	{ "dns:example.com", NULL, NULL, NULL, true },
	/* the common name does not count */
	{ "dns:example.com", NULL, "CN=www.example.org", NULL, true },
	{ "ip:10.0.0.0/8", NULL, NULL, "ip:10.1.2.3", true },
	{ "ip:10.0.0.0/8", NULL, NULL, "ip:11.1.2.3", false },
	{ "ip:10.0.0.0/8", NULL, NULL, "ip:2001:db8::1", false },
	{ NULL, "ip:10.0.0.0/8", NULL, "ip:10.1.2.3", false },
	{ NULL, "ip:10.16.0.0/12", NULL, "ip:10.32.2.3", true },
	{ NULL, "ip:10.16.0.0/12", NULL, "ip:10.31.2.3", false },
	{ NULL, "ip:0.0.0.0/0", NULL, "ip:2001:db8::1", true },
	{ "ip:2001:db8::/32", NULL, NULL, "ip:2001:db8::1", true },
	{ "ip:2001:db8::/32", NULL, NULL, "ip:2001:db9::1", false },
	{ "ip:2001:db8::/32", NULL, NULL, "ip:32.1.13.184", false },
	{ NULL, "ip:2001:db8::/32", NULL, "ip:32.1.13.184", true },
	{ "email:example.com", NULL, NULL, "email:a@example.com", true },
	{ "email:example.com", NULL, NULL, "email:a@EXAMPLE.com", true },
	{ "email:example.com", NULL, NULL, "email:a@x.example.com", false },
	{ "email:.example.com", NULL, NULL, "email:a@x.example.com", true },
	{ "email:.example.com", NULL, NULL, "email:a@example.com", false },
	{ "email:a@example.com", NULL, NULL, "email:a@Example.com", true },
	{ "email:a@example.com", NULL, NULL, "email:A@example.com", false },
	{ "email:a@example.com", NULL, NULL, "email:ba@example.com", false },
	{ "email:example.com", NULL, NULL, "email:example.com", false },
	{ NULL, "email:example.com", NULL, "email:nonsense", false },
	{ NULL, "email:example.com", NULL, "email:a@b@example.com", false },
	{ "email:.example.com", NULL, NULL, "email:a@.example.com", false },
	{ "email:", NULL, NULL, "email:a@example.com", false },
	{ NULL, "email:", NULL, "email:a@example.com", false },
	{ "email:example.com", NULL, "E=a@example.com", NULL, true },
	{ "email:example.com", NULL, "E=a@example.org", NULL, false },
	{ NULL, "email:example.com", "O=x+E=a@example.com/CN=y", NULL, false },
	{ "uri:example.com", NULL, NULL, "uri:http://example.com/x", true },
	{ "uri:example.com", NULL, NULL, "uri:http://EXAMPLE.com:80", true },
	{ "uri:example.com", NULL, NULL, "uri:http://a.example.com/", false },
	{ "uri:.example.com", NULL, NULL, "uri:http://a.example.com/", true },
	{ "uri:.example.com", NULL, NULL, "uri:http://a@b.example.com?c", true },
	{ "uri:example.com", NULL, NULL, "uri:http://example.com@evil.org/",
	  false },
	{ "uri:example.com", NULL, NULL, "uri:http://evil.org/@example.com",
	  false },
	{ "uri:example.com", NULL, NULL, "uri:http://a@example.com:1", true },
	{ "uri:.example.com", NULL, NULL, "uri:http://.example.com/", false },
	{ "uri:", NULL, NULL, "uri:http://example.com/", false },
	{ NULL, "uri:", NULL, "uri:http://example.com/", false },
	{ NULL, "uri:example.com", NULL, "uri:http://10.0.0.1/", false },
	{ NULL, "uri:example.com", NULL, "uri:http://[::1]/", false },
	{ NULL, "uri:example.com", NULL, "uri:urn:x:y", false },
	{ NULL, "uri:example.com", NULL, "uri:http://example.org", true },
	{ "dir:O=tlso", NULL, "O=tlso/CN=x", NULL, true },
	{ "dir:O=tlso", NULL, "O=TLSO/CN=x", NULL, true },
	{ "dir:O=tlso", NULL, "O=other/CN=x", NULL, false },
	{ "dir:O=tlso", NULL, "CN=x/O=tlso", NULL, false },
	{ "dir:O=tlso/CN=x", NULL, "O=tlso", NULL, false },
	{ "dir:O=tlso", NULL, "", "dns:a", true },
	{ NULL, "dir:O=tlso", "O=tlso/CN=x", NULL, false },
	{ NULL, "dir:O=tlso", "O=x", "dir:O=tlso/CN=y", false },
	{ NULL, "dir:O=tlso", "O=x", "dir:O=y", true },
	/* kinds that are not known here */
	{ "rid:", NULL, NULL, "dns:a", true },
	{ "rid:", NULL, NULL, "rid:", false },
	{ NULL, "rid:", NULL, "rid:", false },
	{ NULL, "other:", NULL, "dns:a other:", false },
};

static void test_constraints(void **state)
{
	size_t i;
	int on_root;

	for (i = 0; i < ARRAY_SIZE(constraints); i++) {
		for (on_root = 0; on_root < 2; on_root++) {
			reset(state);
			inter.subject = "O=tlso/CN=x/CN=ca"; /* within all */
			leaf.issuer = inter.subject;
			leaf.san = constraints[i].san;
			if (constraints[i].subject)
				leaf.subject = constraints[i].subject;
			if (on_root && constraints[i].excluded &&
			    strstr(constraints[i].excluded, "dir:"))
				continue;
			(on_root ? &root : &inter)->permitted =
				constraints[i].permitted;
			(on_root ? &root : &inter)->excluded =
				constraints[i].excluded;
			inter.nc_critical = i & 1;
			row = i;
			if (constraints[i].good)
				GOOD();
			else
				BAD("issuer's constraints");
		}
	}
}

/* 6.1.3 (b): self-issued CAs may have any name, a self-issued leaf may not. */
static void test_constraints_self_issued(void **state)
{
	struct tlso_cert sent[3];
	struct mint again;

	(void)state;
	root.permitted = "dir:O=tlso";
	inter.subject = root.subject;
	leaf.issuer = root.subject;
	leaf.san = NULL;
	GOOD();
	root.permitted = "dir:O=below";
	leaf.subject = "O=below/CN=leaf";
	GOOD();
	again = inter;
	again.subject = "O=tlso/CN=not self-issued";
	again.signer = inter.key;
	again.key = p256[3];
	leaf.issuer = again.subject;
	leaf.signer = again.key;
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&inter, 2);
	sent[2] = minted(&again, 3);
	judge(minted(&root, 0), sent, 3, TLSO_E_BAD_CERT, "do not permit");
	reset(state);
	root.excluded = "dir:O=tlso";
	inter.subject = root.subject;
	leaf.issuer = root.subject;
	leaf.subject = root.subject;
	BAD("constraints exclude");
}

/* Names times constraints are bounded. */
static void test_constraint_bomb(void **state)
{
	static char names[9000], trees[9000];
	size_t n = 0, m = 0;
	int i;

	(void)state;
	for (i = 0; i < 600; i++) {
		n += (size_t)sprintf(names + n, "%sdns:a%d", i ? " " : "", i);
		m += (size_t)sprintf(trees + m, "%sdns:b%d", i ? " " : "", i);
	}
	leaf.san = names;
	inter.excluded = trees;
	BAD("too many names");
	/* One name, as long as they come. */
	for (n = 0; n < 8000; n++)
		names[n] = 'a';
	memcpy(names, "uri:x://", 8);
	names[n] = 0;
	for (m = 0, i = 0; i < 1200; i++)
		m += (size_t)sprintf(trees + m, "%suri:b", i ? " " : "");
	BAD("too many names");
	trees[95] = 0; /* sixteen */
	GOOD();
}

/* ---- Chains ------------------------------------------------------------------------- */

static char ca_name[12][32];

/* Sends a leaf under @n CAs below the root, from the root's to the leaf's. */
static unsigned int tower(struct tlso_cert *sent, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(ca_name[i], sizeof(ca_name[i]), "CN=ca %u", i);
		inter.subject = ca_name[i];
		inter.issuer = i ? ca_name[i - 1] : root.subject;
		inter.key = p256[i + 1];
		inter.signer = p256[i];
		sent[i + 1] = minted(&inter, i + 2);
	}
	leaf.issuer = n ? ca_name[n - 1] : root.subject;
	leaf.signer = p256[n];
	leaf.key = p256[9];
	sent[0] = minted(&leaf, 1);
	return n + 1;
}

static void test_depth(void **state)
{
	struct tlso_cert sent[10];
	unsigned int n;

	for (n = 0; n <= 6; n++) {
		reset(state);
		judge(minted(&root, 0), sent, tower(sent, n), TLSO_OK, "");
		assert_int_equal(verified, n + 1);
	}
	judge(minted(&root, 0), sent, tower(sent, 7), TLSO_E_CERT_UNKNOWN,
	      "too long");
}

static void test_order(void **state)
{
	struct tlso_cert sent[12], t, root_cert;
	unsigned int i, k, n = tower(sent, 5);

	(void)state;
	root_cert = minted(&root, 0);
	sent[n++] = root_cert; /* sent as well */
	sent[n++] = sent[0]; /* the leaf again */
	for (i = 0; i < 40; i++) {
		k = 1 + (unsigned int)rand() % (n - 1);
		t = sent[1];
		sent[1] = sent[k];
		sent[k] = t;
		judge(root_cert, sent, n, TLSO_OK, "");
		assert_int_equal(verified, 6);
	}
	/* One missing. */
	for (k = 1; sent[k].der != der[3]; k++)
		;
	sent[k] = sent[--n];
	judge(root_cert, sent, n, TLSO_E_UNKNOWN_CA, "issuer is unknown");
}

static void test_unknown_root(void **state)
{
	struct tlso_cert sent[3];
	struct mint other = root;

	(void)state;
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&inter, 2);
	sent[2] = minted(&root, 3);
	other.subject = "CN=other";
	other.issuer = other.subject;
	judge(minted(&other, 0), sent, 3, TLSO_E_UNKNOWN_CA, "");
	/* The anchor's name, another key; whether or not identifiers tell. */
	other = root;
	other.key = p256[7];
	other.signer = p256[7];
	judge(minted(&other, 0), sent, 2, TLSO_E_BAD_CERT, "signature");
	other.ski = false;
	judge(minted(&other, 0), sent, 2, TLSO_E_BAD_CERT, "signature");
	judge(minted(&root, 0), sent, 0, TLSO_E_BAD_CERT, "no certificate");
	v.n_anchors = 0;
	assert_int_equal(tlso_x509_verify(&v, sent, 3, &got, &work),
			 TLSO_E_UNKNOWN_CA);
}

/* Identifiers that do not match are no reason to refuse. */
static void test_hints(void **state)
{
	(void)state;
	leaf.aki = -1;
	GOOD();
	leaf.aki = 0;
	inter.ski = false;
	GOOD();
}

/* Two CAs of one name: the right one is found, with no signature wasted where
 * identifiers tell them apart.
 */
static void test_two_of_a_name(void **state)
{
	struct tlso_cert sent[3];
	struct mint twin = inter;

	(void)state;
	twin.key = p256[5];
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&twin, 2);
	sent[2] = minted(&inter, 3);
	judge(minted(&root, 0), sent, 3, TLSO_OK, "");
	assert_int_equal(verified, 2);
	leaf.aki = 0;
	sent[0] = minted(&leaf, 1);
	judge(minted(&root, 0), sent, 3, TLSO_OK, "");
	assert_int_equal(verified, 3);
}

/* A cross-signed CA whose first way up ends nowhere: the other one is taken. */
static void test_cross_signed(void **state)
{
	struct tlso_cert sent[3];
	struct mint cross = inter;

	(void)state;
	cross.issuer = "CN=nobody";
	cross.signer = p256[6];
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&cross, 2);
	sent[2] = minted(&inter, 3);
	judge(minted(&root, 0), sent, 3, TLSO_OK, "");
	cross = inter;
	cross.not_after = "240101000000Z";
	sent[1] = minted(&cross, 2);
	judge(minted(&root, 0), sent, 3, TLSO_OK, "");
}

/* Many CAs of one name and key, each a way to all the others: what is tried ends
 * after 32 signatures.
 */
static void test_chain_bomb(void **state)
{
	struct tlso_cert sent[36];
	unsigned int i;

	(void)state;
	inter.issuer = inter.subject;
	inter.signer = inter.key;
	for (i = 1; i < ARRAY_SIZE(sent); i++)
		sent[i] = minted(&inter, i + 2);
	sent[0] = minted(&leaf, 1);
	judge(minted(&root, 0), sent, ARRAY_SIZE(sent), TLSO_E_CERT_UNKNOWN,
	      "too many signatures");
	assert_int_equal(verified, 32);
}

static void test_leaf_is_anchor(void **state)
{
	struct tlso_cert sent[1], c;

	(void)state;
	leaf.issuer = leaf.subject;
	leaf.signer = leaf.key;
	c = minted(&leaf, 1);
	sent[0] = c;
	set_name("host.example.com");
	judge(c, sent, 1, TLSO_OK, "");
	assert_int_equal(verified, 0);
	set_name("else.example.com");
	judge(c, sent, 1, TLSO_E_BAD_CERT, "names somebody else");
	set_name(NULL);
	v.now = 4000000000;
	judge(c, sent, 1, TLSO_E_CERT_EXPIRED, "");
	v.now = NOW;
	/* It is trusted for itself alone. */
	inter = leaf;
	leaf = mint_leaf;
	leaf.subject = "CN=below";
	leaf.issuer = inter.subject;
	leaf.signer = inter.key;
	leaf.key = p256[4];
	sent[0] = minted(&leaf, 2);
	judge(c, sent, 1, TLSO_E_UNKNOWN_CA, "not a CA");
}

static void test_partial(void **state)
{
	struct tlso_cert sent[2], in, top;

	(void)state;
	sent[0] = minted(&leaf, 1);
	in = minted(&inter, 2);
	judge(in, sent, 1, TLSO_E_UNKNOWN_CA, "");
	v.flags = TLSO_VERIFY_PARTIAL;
	judge(in, sent, 1, TLSO_OK, "");
	assert_int_equal(verified, 1);
	judge(sent[0], sent, 1, TLSO_OK, "");
	v.flags = 0;
	judge(sent[0], sent, 1, TLSO_E_UNKNOWN_CA, "");
	/* An anchor that is no root may still be a way to one. */
	top = minted(&root, 0);
	v.anchors = (struct tlso_cert[]){ in, top };
	v.n_anchors = 2;
	assert_int_equal(tlso_x509_verify(&v, sent, 1, &got, &work), TLSO_OK);
}

/* ---- Questions about one certificate ------------------------------------------------- */

static void test_questions(void **state)
{
	struct tlso_cert c;
	const u8 *subject;
	size_t n;

	(void)state;
	leaf.ku = 0x8000;
	c = minted(&leaf, 1);
	assert_true(tlso_x509_may_sign(&c, &work));
	assert_false(tlso_x509_may_encipher(&c, &work));
	leaf.ku = 0x2000;
	c = minted(&leaf, 1);
	assert_false(tlso_x509_may_sign(&c, &work));
	assert_true(tlso_x509_may_encipher(&c, &work));
	leaf.ku = -1;
	c = minted(&leaf, 1);
	assert_true(tlso_x509_may_sign(&c, &work));
	assert_true(tlso_x509_may_encipher(&c, &work));
	leaf.subject = "CN=x";
	c = minted(&leaf, 1);
	assert_int_equal(tlso_x509_subject(&c, &subject, &n, &work), TLSO_OK);
	assert_int_equal(n, 14);
	assert_memory_equal(subject, "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x",
			    14);
	c.len--;
	assert_false(tlso_x509_may_sign(&c, &work));
	assert_false(tlso_x509_may_encipher(&c, &work));
	assert_false(tlso_x509_names(&c, "host.example.com", 16, &work));
	assert_int_equal(tlso_x509_subject(&c, &subject, &n, &work),
			 TLSO_E_BAD_CERT);
	assert_int_equal(tlso_x509_pubkey(&c, &got, &work), TLSO_E_BAD_CERT);
}

/* ---- Truncated and mutated ------------------------------------------------------------ */

/* A copy of its own size, so that the sanitizer sees what lies beyond. */
static enum tlso_err judge_copy(const u8 *p, size_t n, struct tlso_cert ca,
				struct tlso_cert anchor)
{
	u8 *copy = malloc(n ? n : 1);
	struct tlso_cert sent[2] = { { copy, n }, ca };
	enum tlso_err e;

	assert_non_null(copy);
	memcpy(copy, p, n);
	v.anchors = &anchor;
	v.n_anchors = 1;
	e = tlso_x509_verify(&v, sent, 2, &got, &work);
	free(copy);
	return e;
}

/* A leaf, or its CA, with all that can be in them. */
static void spoil_all(bool as_ca)
{
	struct tlso_cert c, a = minted(&root, 0), i, other;
	unsigned int b, good = 0;
	size_t at;
	u8 was;

	leaf.quirk = MINT_UNIQUE_ID;
	leaf.eku_critical = true;
	leaf.san = "dns:host.example.com ip:1.2.3.4 email:a@b uri:http://c dir:O=x rid: other:";
	inter.permitted = "dns:example.com ip:1.2.3.0/24 email:b uri:c dir:O=x dir:O=tlso";
	inter.excluded = "dns:b.example.com";
	inter.eku = "server";
	c = minted(&leaf, 1);
	i = minted(&inter, 2);
	other = as_ca ? i : c;
	set_name("host.example.com");
	assert_int_equal(judge_copy(c.der, c.len, i, a), TLSO_OK);
	for (at = 0; at < other.len; at++) {
		struct tlso_cert cut = { other.der, at };

		assert_int_not_equal(as_ca ?
				     judge_copy(c.der, c.len, cut, a) :
				     judge_copy(other.der, at, i, a), TLSO_OK);
		was = other.der[at];
		for (b = 0; b < 8; b++) {
			((u8 *)other.der)[at] = was ^ (u8)(1u << b);
			if (judge_copy(c.der, c.len, i, a) == TLSO_OK)
				good++;
		}
		((u8 *)other.der)[at] = 0;
		(void)judge_copy(c.der, c.len, i, a);
		((u8 *)other.der)[at] = 0xff;
		(void)judge_copy(c.der, c.len, i, a);
		((u8 *)other.der)[at] = was;
	}
	/* Everything is signed, and the signature is strict DER. */
	assert_int_equal(good, 0);
}

static void test_spoilt_leaf(void **state)
{
	(void)state;
	spoil_all(false);
}

static void test_spoilt_ca(void **state)
{
	(void)state;
	spoil_all(true);
}

#define T(f) cmocka_unit_test_setup(f, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_der), T(test_good), T(test_form), T(test_no_null), T(test_versions),
		T(test_dates), T(test_seconds), T(test_validity),
		T(test_algorithms), T(test_keys), T(test_key_of_bad_chain),
		T(test_basic_constraints), T(test_self_issued),
		T(test_key_usage), T(test_eku), T(test_critical),
		T(test_contents), T(test_hosts), T(test_host_misc),
		T(test_values), T(test_name_chaining), T(test_constraints),
		T(test_constraints_self_issued),
		T(test_constraint_bomb), T(test_depth), T(test_order),
		T(test_unknown_root), T(test_hints), T(test_two_of_a_name),
		T(test_cross_signed), T(test_chain_bomb),
		T(test_leaf_is_anchor), T(test_partial), T(test_questions),
		T(test_spoilt_leaf), T(test_spoilt_ca),
	};

	return cmocka_run_group_tests_name("x509", tests, make_keys, NULL);
}
