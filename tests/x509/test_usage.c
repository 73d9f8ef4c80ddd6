// SPDX-License-Identifier: GPL-2.0-only
/* What a certificate may be used for: basic constraints, usages, critical extensions. */
#include "chain.h"

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
	struct mint again;

	(void)state;
	inter.path_len = 0;
	again = inter;
	again.issuer = inter.subject;
	again.signer = inter.key;
	again.key = p256[3];
	leaf.signer = p256[3];
	verdict_on(&inter, &again, TLSO_OK, "nothing");
	assert_int_equal(verified, 3);
	again.subject = "O=tlso/CN=other";
	leaf.issuer = again.subject;
	verdict_on(&inter, &again, TLSO_E_UNKNOWN_CA, "longer path");
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
		no_extensions(&leaf);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_basic_constraints), T(test_self_issued),
		T(test_key_usage), T(test_eku), T(test_critical),
		T(test_contents),
	};

	return cmocka_run_group_tests_name("usage", tests, make_keys, NULL);
}
