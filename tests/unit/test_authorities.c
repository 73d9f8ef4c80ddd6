// SPDX-License-Identifier: GPL-2.0-only
/* The names of our anchors in CertificateRequest, RFC 8446 4.2.4, RFC 5246 7.4.4. */
#include "chello.h"
#include "certs.h"

#define V12 \
	.v12 = true, .suites = { TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256 }, \
	.ems = true
#define SUBJECT 95 /* offset in cert_a */
#define SUBJECT_LEN 12
#define NAME "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01"
#define NAME_A "\0\x0e" NAME "a"
#define NAME_B "\0\x0e" NAME "b"

static struct dir *t;

static int setup(void **state)
{
	(void)state;
	t = dir_new();
	t->cfg.client_auth = TLSO_AUTH_REQUEST;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dir_free(t);
	return 0;
}

/* The list with its length in a CertificateRequest of TLS 1.3; bad: not there. */
static struct tlso_rd list_13(void)
{
	struct tlso_rd r, exts, ext;
	const u8 *p;
	size_t n;
	u16 type;

	dir_again(t);
	HELLO(t, 0);
	p = dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n);
	assert_non_null(p);
	tlso_rd_init(&r, p, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR + 1);
	exts = tlso_rd_vec(&r, 2);
	assert_true(tlso_rd_done(&r));
	while (exts.n) {
		type = tlso_rd_u16(&exts);
		ext = tlso_rd_vec(&exts, 2);
		if (type == TLSO_EXT_CERTIFICATE_AUTHORITIES)
			return ext;
	}
	assert_false(exts.bad);
	exts.bad = true;
	return exts;
}

static struct tlso_rd list_12(void)
{
	struct tlso_rd r;
	const u8 *p;
	size_t n;

	dir_again(t);
	HELLO(t, V12);
	p = dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n);
	assert_non_null(p);
	tlso_rd_init(&r, p, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR);
	(void)tlso_rd_vec(&r, 1);
	(void)tlso_rd_vec(&r, 2);
	return r;
}

/* Both versions name @want, of @n bytes. */
static void names(const struct tlso_cert *anchors, unsigned int n_anchors,
		  const char *want, size_t n)
{
	struct tlso_rd list;

	t->cfg.anchors = anchors;
	t->cfg.n_anchors = n_anchors;
	list = list_13();
	if (n) {
		assert_int_equal(list.n, 2 + n);
		assert_int_equal(tlso_rd_u16(&list), n);
		assert_memory_equal(list.p, want, n);
	} else {
		assert_true(list.bad);
	}
	list = list_12();
	assert_int_equal(list.n, 2 + n);
	assert_int_equal(tlso_rd_u16(&list), n);
	if (n)
		assert_memory_equal(list.p, want, n);
}

#define NAMES(a, n, want) names(a, n, want, sizeof(want) - 1)

static void test_names(void **state)
{
	const struct tlso_cert anchors[] = { { cert_a, sizeof(cert_a) },
					     { cert_b, sizeof(cert_b) } };

	(void)state;
	NAMES(NULL, 0, "");
	NAMES(anchors, 1, NAME_A);
	NAMES(anchors, 2, NAME_A NAME_B);
}

/* One without a sound name is left out, and no other. */
static void test_without_name(void **state)
{
	u8 bad[sizeof(cert_a)];
	const struct tlso_cert anchors[] = { { cert_b, sizeof(cert_b) },
					     { bad, sizeof(bad) },
					     { cert_a, sizeof(cert_a) } };
	size_t i;

	(void)state;
	memcpy(bad, cert_a, sizeof(bad));
	NAMES(anchors, 3, NAME_B NAME_A NAME_A);
	assert_memory_equal(bad + SUBJECT, NAME, sizeof(NAME) - 1);
	for (i = SUBJECT; i < SUBJECT + 8; i++) {
		bad[i] ^= 0x40; /* a tag, or a length */
		NAMES(anchors, 3, NAME_B NAME_A);
		bad[i] ^= 0x40;
	}
	memset(bad, 0, sizeof(bad));
	NAMES(anchors, 3, NAME_B NAME_A);
}

/* Nor is an empty one a name to ask for. */
static void test_empty_name(void **state)
{
	u8 bare[sizeof(cert_a) - SUBJECT_LEN];
	const struct tlso_cert anchors[] = { { cert_a, sizeof(cert_a) },
					     { bare, sizeof(bare) },
					     { cert_b, sizeof(cert_b) } };
	const u8 *der;
	size_t n;

	(void)state;
	memcpy(bare, cert_a, SUBJECT + 2);
	memcpy(bare + SUBJECT + 2, cert_a + SUBJECT + 2 + SUBJECT_LEN,
	       sizeof(bare) - SUBJECT - 2);
	bare[SUBJECT + 1] = 0;
	bare[3] -= SUBJECT_LEN; /* Certificate */
	bare[7] -= SUBJECT_LEN; /* TBSCertificate */
	assert_true(tlso_x509_subject(&anchors[1], &der, &n));
	assert_int_equal(n, 2);
	NAMES(anchors, 3, NAME_A NAME_B);
}

/* Neither a list that helps nobody nor half of it. */
static void test_too_many(void **state)
{
	static struct tlso_cert many[513];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct tlso_cert){ cert_a, sizeof(cert_a) };
	t->cfg.anchors = many;
	t->cfg.n_anchors = 512;
	assert_int_equal(list_13().n, 2 + 8192);
	assert_int_equal(list_12().n, 2 + 8192);
	NAMES(many, 513, "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_names),
		T(test_without_name),
		T(test_empty_name),
		T(test_too_many),
	};

	return cmocka_run_group_tests_name("authorities", tests, NULL, NULL);
}
