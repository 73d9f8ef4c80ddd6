// SPDX-License-Identifier: GPL-2.0-only
/* The server in TLS 1.2: what it answers, item by item. */
#include "chello.h"
#include "certs.h"

#define SAYS(t, want) assert_string_equal(dir_said(t), want)
#define V12 .v12 = true

static const struct tlso_id ids[] = {
	{ TLSO_KEY_P256, 0, 1, { { cert_a, sizeof(cert_a) } } },
	{ TLSO_KEY_P384, 0, 1, { { cert_b, sizeof(cert_b) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_r, sizeof(cert_r) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_e, sizeof(cert_e) } } },
};

static const u8 ccs[] = { 1 };

static struct dir *with_ids(unsigned int first, unsigned int n)
{
	struct dir *t = dir_new();

	t->cfg.ids = ids + first;
	t->cfg.n_ids = (u8)n;
	return t;
}

/* From ClientKeyExchange to the end. */
static void go_on(struct dir *t, const char *key, const char *last)
{
	u8 body[300] = { 32, 9 };
	bool rsa = !t->d.group;

	if (rsa) {
		body[0] = 1;
		body[1] = 0;
	}
	dir_body(t, TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, rsa ? 258 : 33);
	SAYS(t, key);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	assert_int_equal(t->wire, 0);
	dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
	assert_int_equal(t->r, TLSO_STEP_WAIT);
	dir_body(t, TLSO_HS_FINISHED, 2, "", 0);
	SAYS(t, last);
	assert_int_equal(t->r, TLSO_STEP_LAST);
}

static void test_ecdhe(void **state)
{
	struct dir *t = dir_new();
	const u8 *p;
	size_t n;

	(void)state;
	HELLO(t, V12, .sid_len = 32);
	SAYS(t, "SH(random24) CERT SKE(key29 sign403 by 0) SHD");
	assert_int_equal(t->d.version, TLSO_VERSION_12);
	assert_int_equal(t->d.suite, TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256);
	/* nothing was asked for, nothing is answered; no session id either */
	assert_non_null(dir_msg(t, TLSO_HS_SERVER_HELLO, &n));
	assert_int_equal(n, 4 + 2 + 32 + 1 + 2 + 1);
	p = dir_msg(t, TLSO_HS_SERVER_KEY_EXCHANGE, &n);
	assert_memory_equal(p + 4, "\3\0\x1d\x20", 4);
	assert_memory_equal(p + 4 + 4 + 32, "\4\3\0\x48", 4);
	assert_int_equal(n, 4 + 4 + 32 + 4 + 72);
	go_on(t, "share29:32 master0", "ccs e2 FIN(mac12)");
	dir_again(t);
	HELLO(t, V12, .ems = true);
	go_on(t, "share29:32 master1", "ccs e2 FIN(mac12)");
	assert_true(t->d.ems);
	dir_free(t);
}

/* RFC 8446 4.1.3: only where we could have done better. */
static void test_downgrade(void **state)
{
	struct dir *t = dir_new();
	const u8 *p;
	size_t n;

	(void)state;
	HELLO(t, V12);
	p = dir_msg(t, TLSO_HS_SERVER_HELLO, &n);
	assert_memory_equal(p + 4 + 2 + 24, "DOWNGRD\1", 8);
	t->cfg.versions = TLSO_USE_12;
	dir_again(t);
	HELLO(t, V12, .suites = { 0xc02b, TLSO_FALLBACK_SCSV });
	SAYS(t, "SH(random32) CERT SKE(key29 sign403 by 0) SHD");
	/* a client of both versions, too */
	dir_again(t);
	HELLO(t, .suites = { 0x1301, 0xc02b }, .versions = { 0x0304, 0x0303 });
	SAYS(t, "SH(random32) CERT SKE(key29 sign403 by 0) SHD");
	/* TLS 1.3 without a suite for it is none */
	t->cfg.versions = TLSO_USE_12 | TLSO_USE_13;
	t->cfg.n_suites = 1;
	t->cfg.suites[0] = 0xc02b;
	dir_again(t);
	HELLO(t, .suites = { 0x1301, 0xc02b }, .versions = { 0x0304, 0x0303 });
	SAYS(t, "SH(random32) CERT SKE(key29 sign403 by 0) SHD");
	t->cfg.versions = TLSO_USE_13;
	dir_again(t);
	HELLO(t, V12);
	assert_int_equal(dir_alert(t), TLSO_ALERT_PROTOCOL_VERSION);
	dir_free(t);
}

static void chosen(struct dir *t, const struct chello *h, u16 suite, u16 group,
		   u8 identity, u16 scheme)
{
	dir_again(t);
	dir_hello(t, h);
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.suite, suite);
	assert_int_equal(t->d.group, group);
	assert_int_equal(t->d.identity, identity);
	assert_int_equal(t->d.scheme, scheme);
}

#define CHOSEN(suite, group, identity, scheme, ...)                     \
	chosen(t, &(struct chello){ V12, __VA_ARGS__ }, suite, group, \
	       identity, scheme)
#define ALL_SUITES                                                         \
	.suites = { 0xcca9, 0xcca8, 0xc030, 0xc02c, 0xc02f, 0xc02b, 0x009c }
#define GROUPS .groups = { 24, 23, 29 }

static void test_choice(void **state)
{
	struct dir *t = with_ids(0, 3);

	(void)state;
	CHOSEN(0xc02b, 29, 0, 0x0403, ALL_SUITES);
	CHOSEN(0xc02f, 29, 2, 0x0804, .suites = { 0xcca8, 0xc030, 0xc02f },
	       .schemes = { 0x0401, 0x0804, 0x0403 });
	CHOSEN(0xc02f, 29, 2, 0x0401, .suites = { 0xc02f },
	       .schemes = { 0x0501, 0x0401 });
	CHOSEN(0xc030, 29, 2, 0x0804, .suites = { 0xcca8, 0xc030 });
	CHOSEN(0xcca8, 29, 2, 0x0804, .suites = { 0xcca8 });
	CHOSEN(0xcca9, 29, 0, 0x0403, .suites = { 0xcca8, 0xcca9 });
	/* a P-384 key, with the curve's hash and with another */
	CHOSEN(0xc02b, 29, 1, 0x0503, GROUPS, .name = "b.example",
	       .suites = { 0xc02b }, .schemes = { 0x0403, 0x0503 });
	CHOSEN(0xc02b, 29, 1, 0x0403, GROUPS, .name = "b.example",
	       .suites = { 0xc02b }, .schemes = { 0x0403 });
	/* whose curve the client does not have: RFC 8422 5.3 */
	CHOSEN(0xc02b, 29, 0, 0x0403, .name = "b.example", .groups = { 23, 29 },
	       .suites = { 0xc02b }, .schemes = { 0x0403, 0x0503 });
	/* groups */
	CHOSEN(0xc02f, 24, 2, 0x0804, .suites = { 0xc02f }, .groups = { 30, 24 });
	CHOSEN(0xc02b, 23, 0, 0x0403, .groups = { OUT });
	t->cfg.n_groups = 2;
	t->cfg.groups[0] = 24;
	t->cfg.groups[1] = 29;
	CHOSEN(0xc02f, 24, 2, 0x0804, GROUPS, .suites = { 0xc02f });
	dir_again(t);
	HELLO(t, V12, .groups = { OUT });
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	dir_free(t);
}

/* RFC 5246 7.4.7.1: only where the configuration says so. */
static void test_rsa_transport(void **state)
{
	struct dir *t = with_ids(2, 2);

	(void)state;
	HELLO(t, V12, .suites = { 0x009c, 0x009d });
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	t->cfg.rsa_kx = true;
	/* with the key that may encipher, which signs nothing */
	CHOSEN(0x009c, 0, 1, 0, .suites = { 0x009d, 0x009c });
	SAYS(t, "SH(random24) CERT SHD");
	go_on(t, "rsa1:256 master0", "ccs e2 FIN(mac12)");
	CHOSEN(0x009c, 0, 1, 0, .suites = { 0x009c }, .groups = { OUT },
	       .schemes = { OUT });
	CHOSEN(0xc02f, 29, 0, 0x0804, .suites = { 0x009c, 0xc02f });
	CHOSEN(0x009d, 0, 1, 0, .suites = { 0x009d, 0xc02f },
	       .name = "e.example");
	t->cfg.ids = ids; /* ECDSA alone */
	t->cfg.n_ids = 1;
	dir_again(t);
	HELLO(t, V12, .suites = { 0x009c });
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	dir_free(t);
}

static bool answered(struct dir *t, u16 type, const char *want, size_t len)
{
	const u8 *p;
	size_t n;

	p = dir_ext(t, type, &n);
	return p && n == len && !memcmp(p, want, n);
}

/* What the completer is told of the session: suite, version, limit. */
static void header(const struct dir *t, u16 suite, u16 limit)
{
	assert_int_equal(t->out[2] << 8 | t->out[3], suite);
	assert_int_equal(t->out[4] << 8 | t->out[5], TLSO_VERSION_12);
	assert_int_equal(t->out[6] << 8 | t->out[7], limit);
}

static void test_header(void **state)
{
	const struct ticket k = {
		TLSO_TICKET_INDEX_12, TLSO_VERSION_12, 0xc02b, 0, 32, 7200, 1, 0, 0,
	};
	struct dir *t = dir_new();

	(void)state;
	t->cfg.record_size_limit = 0x1000;
	t->cfg.tickets = true;
	HELLO(t, V12, .limit = 500);
	header(t, 0xc02b, 500);
	go_on(t, "share29:32 master0", "ccs e2 FIN(mac12)");
	header(t, 0xc02b, 500);
	dir_again(t);
	dir_ticket(t, &k, NULL);
	HELLO(t, V12, .limit = 500, .ticket = true);
	assert_true(t->d.resumed);
	header(t, 0xc02b, 500);
	dir_again(t);
	HELLO(t, V12);
	header(t, 0xc02b, 0);
	dir_free(t);
}

static void test_answers(void **state)
{
	struct dir *t = dir_new();
	size_t n;

	(void)state;
	t->cfg.alpn = (const u8 *)"\2h2";
	t->cfg.alpn_len = 3;
	t->cfg.record_size_limit = 0x1000;
	HELLO(t, V12, .reneg = true, .ems = true, .points = 0xff,
	      .alpn = "\2h2", .name = "a.example", .limit = 0xffff,
	      .ticket = true);
	assert_true(answered(t, TLSO_EXT_RENEGOTIATION_INFO, "\0", 1));
	assert_true(answered(t, TLSO_EXT_EXTENDED_MASTER_SECRET, "", 0));
	assert_true(answered(t, TLSO_EXT_EC_POINT_FORMATS, "\1\0", 2));
	assert_true(answered(t, TLSO_EXT_ALPN, "\0\3\2h2", 5));
	assert_true(answered(t, TLSO_EXT_SERVER_NAME, "", 0));
	assert_true(answered(t, TLSO_EXT_RECORD_SIZE_LIMIT, "\x10\0", 2));
	assert_int_equal(t->d.peer_limit, 16384); /* no type byte */
	assert_null(dir_ext(t, TLSO_EXT_SESSION_TICKET, &n)); /* off */
	assert_null(dir_ext(t, TLSO_EXT_SUPPORTED_VERSIONS, &n));
	assert_null(dir_ext(t, TLSO_EXT_SUPPORTED_GROUPS, &n));
	dir_again(t);
	HELLO(t, V12, .alpn = "\2h2"); /* that alone */
	assert_true(answered(t, TLSO_EXT_ALPN, "\0\3\2h2", 5));
	/* RFC 5746 3.3: the signalling suite stands for the extension */
	dir_again(t);
	HELLO(t, V12, .suites = { 0xc02b, 0x00ff });
	assert_true(answered(t, TLSO_EXT_RENEGOTIATION_INFO, "\0", 1));
	dir_again(t);
	HELLO(t, V12, .alpn = "\2h3");
	assert_int_equal(dir_alert(t), TLSO_ALERT_NO_APPLICATION_PROTOCOL);
	/* RFC 8449 4: what TLS 1.3 has for the type byte is too much here */
	dir_again(t);
	t->cfg.record_size_limit = 16385;
	HELLO(t, V12, .alpn = "\2h2", .limit = 0xffff);
	assert_true(answered(t, TLSO_EXT_RECORD_SIZE_LIMIT, "\x40\0", 2));
	dir_free(t);
}

static void key_exchange(struct dir *t, const struct chello *h, const void *body,
			 size_t n, u8 alert)
{
	dir_again(t);
	dir_hello(t, h);
	dir_body(t, TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, n);
	assert_int_equal(dir_alert(t), alert);
	assert_int_equal(t->wire, 7);
}

static void test_bad_key_exchange(void **state)
{
	const struct chello p256 = { V12, .groups = { 23 } };
	const struct chello x25519 = { V12 };
	const struct chello rsa = { V12, .suites = { 0x009c } };
	struct dir *t = with_ids(0, 4);
	u8 body[300] = { 0 };

	(void)state;
	t->cfg.rsa_kx = true;
	body[0] = 65;
	body[1] = 2; /* compressed */
	key_exchange(t, &p256, body, 66, TLSO_ALERT_ILLEGAL_PARAMETER);
	key_exchange(t, &p256, body, 65, TLSO_ALERT_DECODE_ERROR);
	key_exchange(t, &p256, body, 67, TLSO_ALERT_DECODE_ERROR);
	body[0] = 33;
	key_exchange(t, &x25519, body, 34, TLSO_ALERT_ILLEGAL_PARAMETER);
	body[0] = 0;
	key_exchange(t, &x25519, body, 1, TLSO_ALERT_DECODE_ERROR);
	key_exchange(t, &rsa, body, 2, TLSO_ALERT_DECODE_ERROR);
	body[0] = 1;
	key_exchange(t, &rsa, body, 257, TLSO_ALERT_DECODE_ERROR);
	key_exchange(t, &rsa, body, 259, TLSO_ALERT_DECODE_ERROR);
	key_exchange(t, &rsa, NULL, 0, TLSO_ALERT_DECODE_ERROR);
	/* the completer finds that it is no point of the curve */
	dir_again(t);
	dir_hello(t, &p256);
	body[0] = 65;
	body[1] = 4;
	dir_body(t, TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, 66);
	SAYS(t, "share23:65 master0");
	t->r = tlso_director_refused(&t->d, TLSO_E_ILLEGAL, t->out,
				     sizeof(t->out), &t->n, &t->wire);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	dir_free(t);
}

/* ---- Resumption ---------------------------------------------------------- */

static const struct ticket good = {
	TLSO_TICKET_INDEX_12, TLSO_VERSION_12, TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256,
	0, 32, 7200, 5000, 0, 0,
};

static void resume(struct dir *t, const struct ticket *k, const struct chello *h,
		   bool want)
{
	dir_again(t);
	dir_ticket(t, k, NULL);
	dir_hello(t, h);
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.resumed, want);
}

static void test_tickets(void **state)
{
	const struct chello h = { V12, .ticket = true, .sid_len = 7 };
	struct dir *t = dir_new();
	struct ticket k = good;
	const u8 *p;
	size_t n;

	(void)state;
	resume(t, &k, &h, false); /* off */
	t->cfg.tickets = true;
	/* one is made */
	dir_again(t);
	dir_hello(t, &h);
	assert_true(answered(t, TLSO_EXT_SESSION_TICKET, "", 0));
	go_on(t, "share29:32 master0", "NST(ticket for 7200s, 94 bytes) ccs e2 FIN(mac12)");
	p = dir_msg(t, TLSO_HS_NEW_SESSION_TICKET, &n);
	assert_memory_equal(p + 4, "\0\0\x1c\x20", 4); /* 7200 s */
	assert_int_equal(n, 4 + 4 + 2 + tlso_ticket_len(48, 94));
	/* and taken */
	resume(t, &k, &h, true);
	SAYS(t, "SH(random24) resume ccs e2 FIN(mac12)");
	assert_null(dir_ext(t, TLSO_EXT_SESSION_TICKET, &n));
	p = dir_msg(t, TLSO_HS_SERVER_HELLO, &n);
	assert_int_equal(p[4 + 2 + 32], 7); /* the client's session id */
	assert_int_equal(p[4 + 2 + 32 + 1], 0xab);
	dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
	dir_body(t, TLSO_HS_FINISHED, 2, "", 0);
	assert_int_equal(t->r, TLSO_STEP_DONE);
	/* an old one is renewed */
	k.age_ms = 3600 * 1000 + 1;
	resume(t, &k, &h, true);
	SAYS(t, "SH(random24) resume NST(ticket for 7200s, 94 bytes) ccs e2 FIN(mac12)");
	assert_true(answered(t, TLSO_EXT_SESSION_TICKET, "", 0));
	/* lifetimes are bounded */
	t->cfg.ticket_lifetime_s = 0xffffffff;
	dir_again(t);
	dir_hello(t, &h);
	go_on(t, "share29:32 master0", "NST(ticket for 604800s, 94 bytes) ccs e2 FIN(mac12)");
	p = dir_msg(t, TLSO_HS_NEW_SESSION_TICKET, &n);
	assert_memory_equal(p + 4, "\0\x09\x3a\x80", 4); /* a week */
	dir_free(t);
}

static void test_ticket_rules(void **state)
{
	const struct chello h = { V12, .ticket = true };
	const struct chello ems = { V12, .ticket = true, .ems = true };
	const struct ticket other = { .version = TLSO_VERSION_13,
				      .suite = TLSO_AES_128_GCM_SHA256,
				      .hash_len = 32, .lifetime_s = 7200 };
	const struct chello both = { V12, .ticket = true,
				     .suites = { 0xc02b, 0x009c } };
	struct dir *t = dir_new(), *t2 = dir_new();
	struct ticket k = good;

	(void)state;
	t->cfg.tickets = true;
	resume(t, &k, &(struct chello){ V12 }, false); /* no extension */
	k.age_ms = 7200 * 1000;
	resume(t, &k, &h, false);
	k = good;
	k.index = 0;
	resume(t, &k, &h, false);
	k = good;
	k.version = TLSO_VERSION_13;
	resume(t, &k, &h, false);
	/* there may be one for TLS 1.3 before it */
	k = good;
	dir_again(t);
	dir_ticket(t, &other, NULL);
	dir_ticket(t, &k, NULL);
	dir_hello(t, &h);
	assert_true(t->d.resumed);
	assert_int_equal(t->d.suite, k.suite);
	/* the suite: offered now, and still allowed */
	k = good;
	k.suite = 0xc02c;
	resume(t, &k, &h, false);
	k.suite = 0x009c;
	resume(t, &k, &both, false);
	t->cfg.rsa_kx = true;
	resume(t, &k, &both, true);
	/* RFC 7627 5.3 */
	k = good;
	resume(t, &k, &ems, false);
	k.flags = TLSO_TICKET_EMS;
	resume(t, &k, &ems, true);
	dir_again(t);
	dir_ticket(t, &k, NULL);
	dir_hello(t, &h);
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	/* client authentication */
	t->cfg.client_auth = TLSO_AUTH_REQUIRE;
	resume(t, &k, &ems, false);
	SAYS(t, "SH(random24) CERT SKE(key29 sign403 by 0) CR SHD");
	dir_again(t);
	t2->d.peer_verified = true;
	dir_ticket(t, &k, t2);
	dir_hello(t, &ems);
	assert_true(t->d.resumed);
	assert_true(t->d.peer_verified);
	dir_free(t2);
	dir_free(t);
}

/* ---- Client certificates --------------------------------------------------- */

static void give_key(struct dir *t)
{
	u8 body[33] = { 32, 9 };

	dir_body(t, TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, sizeof(body));
}

static const struct tlso_cert anchors[] = {
	{ cert_a, sizeof(cert_a) },
	{ cert_r, sizeof(cert_r) },
};

static void ask(struct dir *t, u8 auth)
{
	t->cfg.client_auth = auth;
	t->cfg.verify_flags = TLSO_VERIFY_PARTIAL;
	t->cfg.anchors = anchors;
	t->cfg.n_anchors = 2;
	dir_again(t);
	HELLO(t, V12);
	SAYS(t, "SH(random24) CERT SKE(key29 sign403 by 0) CR SHD");
}

static void test_client_auth(void **state)
{
	static const struct {
		const u8 *der, *sig;
		size_t der_len, sig_len;
		u16 scheme;
	} good_ones[] = {
		{ cert_a, sig_a, sizeof(cert_a), sizeof(sig_a), 0x0403 },
		{ cert_r, sig_r_pss, sizeof(cert_r), sizeof(sig_r_pss), 0x0804 },
		{ cert_r, sig_r_pkcs1, sizeof(cert_r), sizeof(sig_r_pkcs1),
		  0x0401 },
	};
	struct dir *t = dir_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good_ones); i++) {
		ask(t, TLSO_AUTH_REQUIRE);
		dir_certificate(t, 0, good_ones[i].der, good_ones[i].der_len);
		give_key(t);
		assert_int_equal(t->d.state, TLSO_S12_VERIFY);
		dir_verify(t, 0, good_ones[i].scheme, good_ones[i].sig,
			   good_ones[i].sig_len, 32);
		assert_int_equal(dir_alert(t), -1);
		assert_true(t->d.peer_verified);
		dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
		dir_body(t, TLSO_HS_FINISHED, 2, "", 0);
		assert_int_equal(t->r, TLSO_STEP_LAST);
	}
	/* without one */
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 0, NULL, 0);
	go_on(t, "share29:32 master0", "ccs e2 FIN(mac12)");
	assert_false(t->d.peer_verified);
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 0, NULL, 0);
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	/* which may not be left out, nor CertificateVerify */
	ask(t, TLSO_AUTH_REQUEST);
	give_key(t);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNEXPECTED_MESSAGE);
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 0, cert_a, sizeof(cert_a));
	give_key(t);
	dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* a key of another kind, a signature of another thing */
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 0, cert_a, sizeof(cert_a));
	give_key(t);
	dir_verify(t, 0, 0x0804, sig_r_pss, sizeof(sig_r_pss), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 0, cert_r, sizeof(cert_r));
	give_key(t);
	dir_verify(t, 0, 0x0401, sig_r_pss, sizeof(sig_r_pss), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_DECRYPT_ERROR);
	dir_free(t);
}

static void test_certificate_request(void **state)
{
	struct dir *t = dir_new();
	const u8 *p, *der;
	size_t n, at, len, i;

	(void)state;
	ask(t, TLSO_AUTH_REQUEST);
	/* a list of the anchors' names, each with its length */
	p = dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n);
	p += 4 + 3 + 2 + 16;
	assert_int_equal(n, 4 + 3 + 2 + 16 + 2 + (p[0] << 8 | p[1]));
	for (i = 0, at = 2; i < 2; i++, at += 2 + len) {
		assert_true(tlso_x509_subject(&anchors[i], &der, &len));
		assert_int_equal(p[at] << 8 | p[at + 1], len);
		assert_memory_equal(p + at + 2, der, len);
	}
	t->cfg.n_anchors = 0;
	dir_again(t);
	HELLO(t, V12);
	p = dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n);
	assert_memory_equal(p + 4, "\2\1\x40", 3); /* RSA and ECDSA */
	assert_memory_equal(p + n - 2, "\0", 2); /* of anybody */
	assert_int_equal(p[7] << 8 | p[8], n - 4 - 3 - 2 - 2);
	dir_free(t);
}

static void test_truncated(void **state)
{
	struct dir *t = dir_new();
	u8 body[CAUTH_MAX];
	size_t n;

	(void)state;
	ask(t, TLSO_AUTH_REQUIRE);
	n = cauth_certificate(body, false, cert_r, sizeof(cert_r));
	dir_cut(t, TLSO_HS_CERTIFICATE, 0, body, n);
	dir_certificate(t, 0, cert_r, sizeof(cert_r));
	memset(body, 9, 33);
	body[0] = 32;
	dir_cut(t, TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, 33);
	give_key(t);
	n = cauth_verify(body, 0x0804, sig_r_pss, sizeof(sig_r_pss));
	dir_cut(t, TLSO_HS_CERTIFICATE_VERIFY, 0, body, n);
	dir_verify(t, 0, 0x0804, sig_r_pss, sizeof(sig_r_pss), 32);
	assert_true(t->d.peer_verified);
	dir_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ecdhe),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_rsa_transport),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_bad_key_exchange),
		cmocka_unit_test(test_tickets),
		cmocka_unit_test(test_ticket_rules),
		cmocka_unit_test(test_client_auth),
		cmocka_unit_test(test_certificate_request),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests_name("server12", tests, NULL, NULL);
}
