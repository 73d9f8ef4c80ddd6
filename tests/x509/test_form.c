// SPDX-License-Identifier: GPL-2.0-only
/*
 * The form of a certificate: DER, versions, extensions each once, dates; what is asked
 * of one alone; and every bit of one spoilt.
 */
#include "chain.h"

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

static void test_versions(void **state)
{
	leaf.version = 0;
	BAD("not of version 3");
	leaf.version = 1;
	BAD("not of version 3");
	no_extensions(&leaf);
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
	no_extensions(&inter);
	UNKNOWN("not a CA");
	inter.subject = root.subject;
	leaf.issuer = root.subject;
	UNKNOWN("not a CA");
	reset(state);
	root.version = 0;
	no_extensions(&root);
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

/* ---- Dates --------------------------------------------------------------- */

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

/* ---- Questions about one certificate ------------------------------------- */

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
	assert_true(tlso_x509_subject(&c, &subject, &n));
	assert_int_equal(n, 14);
	assert_memory_equal(subject, "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x",
			    14);
	c.len--;
	assert_false(tlso_x509_may_sign(&c, &work));
	assert_false(tlso_x509_may_encipher(&c, &work));
	assert_false(tlso_x509_names(&c, "host.example.com", 16, &work));
	assert_false(tlso_x509_subject(&c, &subject, &n));
	assert_int_equal(tlso_x509_pubkey(&c, &got, &work), TLSO_E_BAD_CERT);
}

/* ---- Truncated and mutated ----------------------------------------------- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_der), T(test_form), T(test_versions), T(test_dates),
		T(test_seconds), T(test_validity), T(test_questions),
		T(test_spoilt_leaf), T(test_spoilt_ca),
	};

	return cmocka_run_group_tests_name("form", tests, make_keys, NULL);
}
