// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's director: certificates, signatures and requests for ours, taken and
 * refused; and what the completer must have said.
 */
#include "client_fixture.h"

/* ---- The server's authentication ----------------------------------------- */

static void to_certificate(const struct server_hello *h)
{
	takes_hello(h);
	if (!h->version)
		return;
	make_encrypted_extensions(&m, NULL, 0);
	client_takes(c, &m);
}

static void test_certificates(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	to_certificate(&hello13); /* none */
	make_msg(&m, TLSO_HS_CERTIFICATE, 1, "\0\0\0\0", 4);
	client_refuses(c, &m, TLSO_ALERT_DECODE_ERROR);
	to_certificate(&hello13); /* with a context */
	make_msg(&m, TLSO_HS_CERTIFICATE, 1, "\1x\0\0\0", 5);
	client_refuses(c, &m, TLSO_ALERT_DECODE_ERROR);
	to_certificate(&hello13); /* an empty one */
	make_msg(&m, TLSO_HS_CERTIFICATE, 1, "\0\0\0\5\0\0\0\0\0", 9);
	client_refuses(c, &m, TLSO_ALERT_DECODE_ERROR);
	to_certificate(&hello13); /* with an OCSP answer that nobody asked for */
	make_msg(&m, TLSO_HS_CERTIFICATE, 1, "\0\0\0\12\0\0\1x\0\4\0\5\0\0", 14);
	client_refuses(c, &m, TLSO_ALERT_UNSUPPORTED_EXTENSION);
	to_certificate(&hello13); /* not DER */
	make_msg(&m, TLSO_HS_CERTIFICATE, 1, "\0\0\0\6\0\0\1x\0\0", 10);
	client_refuses(c, &m, TLSO_ALERT_BAD_CERTIFICATE);
	to_certificate(&hello12);
	make_msg(&m, TLSO_HS_CERTIFICATE, 0, "\0\0\0", 3);
	client_refuses(c, &m, TLSO_ALERT_DECODE_ERROR);
	/* TLS 1.2: the suite asks for the other kind of key. */
	to_certificate(&hello12);
	make_certificate(&m, TLSO_VERSION_12, true);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.suite = S12_RSA;
	to_certificate(&h);
	make_certificate(&m, TLSO_VERSION_12, false);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	c->cfg.n_groups = 1; /* RFC 8422 5.3; TLS 1.3 knows no such rule */
	c->cfg.groups[0] = TLSO_GROUP_X25519;
	to_certificate(&hello12);
	make_certificate(&m, TLSO_VERSION_12, false);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	to_certificate(&hello13);
	make_certificate(&m, TLSO_VERSION_13, false);
	client_takes(c, &m);
	c->cfg.verify_flags = 0; /* no anchors */
	to_certificate(&hello13);
	make_certificate(&m, TLSO_VERSION_13, false);
	client_refuses(c, &m, TLSO_ALERT_UNKNOWN_CA);
	c->cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
}

static void test_signatures(void **state)
{
	(void)state;
	to_certificate(&hello13);
	make_certificate(&m, TLSO_VERSION_13, false);
	client_takes(c, &m);
	make_certificate_verify(&m, TLSO_ECDSA_P256_SHA256);
	m.p[8] ^= 1;
	client_refuses(c, &m, TLSO_ALERT_DECRYPT_ERROR);
	assert_false(c->d.peer_verified);
	to_certificate(&hello13);
	make_certificate(&m, TLSO_VERSION_13, false);
	client_takes(c, &m);
	make_certificate_verify(&m, TLSO_RSA_PSS_RSAE_SHA256);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	to_certificate(&hello13); /* PKCS#1 is not for TLS 1.3 */
	make_certificate(&m, TLSO_VERSION_13, true);
	client_takes(c, &m);
	make_certificate_verify(&m, TLSO_RSA_PKCS1_SHA256);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	to_certificate(&hello12);
	make_certificate(&m, TLSO_VERSION_12, false);
	client_takes(c, &m);
	make_server_key_exchange(&m, TLSO_GROUP_X25519, TLSO_ECDSA_P256_SHA256);
	m.p[m.n - 4] ^= 1;
	client_refuses(c, &m, TLSO_ALERT_DECRYPT_ERROR);
}

static void ske(u8 curve, u16 group, u8 form, u8 alert)
{
	to_certificate(&hello12);
	make_certificate(&m, TLSO_VERSION_12, false);
	client_takes(c, &m);
	make_server_key_exchange(&m, group, TLSO_ECDSA_P256_SHA256);
	m.p[4] = curve;
	m.p[8] = form;
	client_refuses(c, &m, alert);
}

static void test_key_exchange(void **state)
{
	(void)state;
	ske(1, TLSO_GROUP_P256, 4, TLSO_ALERT_ILLEGAL_PARAMETER);
	ske(3, TLSO_GROUP_P256, 2, TLSO_ALERT_ILLEGAL_PARAMETER);
	c->cfg.n_groups = 1;
	c->cfg.groups[0] = TLSO_GROUP_P256;
	ske(3, TLSO_GROUP_P384, 4, TLSO_ALERT_ILLEGAL_PARAMETER);
}

static void request(const char *body, size_t n, int alert)
{
	to_certificate(&hello13);
	make_msg(&m, TLSO_HS_CERTIFICATE_REQUEST, 1, body, n);
	if (alert < 0)
		client_takes(c, &m);
	else
		client_refuses(c, &m, (u8)alert);
}

#define ALGS "\0\x0d\0\4\0\2\4\3"

static void test_requests(void **state)
{
	(void)state;
	request(EXT("\0\0\x08" ALGS), -1);
	assert_int_equal(c->d.c.n_req_schemes, 1);
	request(EXT("\0\0\0"), TLSO_ALERT_MISSING_EXTENSION);
	request(EXT("\1x\0\x08" ALGS), TLSO_ALERT_DECODE_ERROR);
	request(EXT("\0\0\x0d" ALGS "\xca\xfe\0\1x"), -1); /* unknown: ignored */
	request(EXT("\0\0\x10" ALGS ALGS), TLSO_ALERT_ILLEGAL_PARAMETER);
	request(EXT("\0\0\x0c" ALGS "\0\x33\0\0"), TLSO_ALERT_ILLEGAL_PARAMETER);
	request(EXT("\0\0\x11" ALGS "\0\x2f\0\5\0\3\0\1x"), -1);
	request(EXT("\0\0\x0e" ALGS "\0\x2f\0\2\0\0"), TLSO_ALERT_DECODE_ERROR);
	request(EXT("\0\0\x10" ALGS "\0\x2f\0\4\0\2\0\0"),
		TLSO_ALERT_DECODE_ERROR);
	request(EXT("\0\0\x10" ALGS "\0\x32\0\4\0\2\4\1"), -1);
	request(EXT("\0\0\x0f" ALGS "\0\x32\0\3\0\1\4"), TLSO_ALERT_DECODE_ERROR);
	request(EXT("\0\0\6\0\x0d\0\2\0\0"), TLSO_ALERT_DECODE_ERROR);
	/* Unknown schemes and doubles do not fill our list. */
	request(EXT("\0\0\x10\0\x0d\0\x0c\0\x0a\x7f\1\4\3\4\3\2\1\5\3"), -1);
	assert_int_equal(c->d.c.n_req_schemes, 2);
}

/* What the completer must have said. */
static void test_seam(void **state)
{
	(void)state;
	client_start(c);
	make_server_hello(&m, &hello13);
	m.extra_len = 0;
	client_refuses(c, &m, TLSO_ALERT_INTERNAL_ERROR);
	client_start(c);
	make_server_hello(&m, &hello13);
	m.extra[4] = 2;
	client_refuses(c, &m, TLSO_ALERT_INTERNAL_ERROR);
	to_certificate(&hello13);
	make_certificate(&m, TLSO_VERSION_13, false);
	client_takes(c, &m);
	make_certificate_verify(&m, TLSO_ECDSA_P256_SHA256);
	m.extra_len = 0;
	client_refuses(c, &m, TLSO_ALERT_INTERNAL_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_certificates),
		T(test_signatures),
		T(test_key_exchange),
		T(test_requests),
		T(test_seam),
	};

	return cmocka_run_group_tests_name("client auth", tests, NULL, NULL);
}
