// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's director: what ClientHello offers, and what of a server's hello and
 * EncryptedExtensions is taken or refused.
 */
#include "client_fixture.h"

/* ---- ClientHello --------------------------------------------------------- */

static void test_both_versions(void **state)
{
	struct tlso_rd ext;
	u16 arg;

	(void)state;
	c->cfg.name = "test.example";
	c->cfg.name_len = 12;
	client_start(c);
	assert_true(hello_ext(c, TLSO_EXT_SUPPORTED_VERSIONS, &ext));
	assert_memory_equal(ext.p, "\4\3\4\3\3", 5);
	assert_true(hello_ext(c, TLSO_EXT_SERVER_NAME, &ext));
	assert_int_equal(ext.n, 17);
	assert_memory_equal(ext.p, "\0\17\0\0\14test.example", 17);
	assert_true(hello_ext(c, TLSO_EXT_KEY_SHARE, &ext));
	assert_int_equal(ext.n, 2 + 4 + 32);
	assert_true(hello_ext(c, TLSO_EXT_SUPPORTED_GROUPS, &ext));
	assert_memory_equal(ext.p, "\0\6\0\x1d\0\x17\0\x18", 8);
	assert_true(hello_ext(c, TLSO_EXT_SESSION_TICKET, &ext));
	assert_int_equal(ext.n, 0);
	assert_true(hello_ext(c, TLSO_EXT_RENEGOTIATION_INFO, &ext));
	assert_int_equal(ext.n, 1);
	assert_true(has(TLSO_EXT_EXTENDED_MASTER_SECRET));
	assert_true(has(TLSO_EXT_PSK_KEY_EXCHANGE_MODES));
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	assert_false(has(TLSO_EXT_COOKIE));
	assert_false(has(TLSO_EXT_ALPN));
	assert_int_equal(client_fills(c, TLSO_FILL_RANDOM, &arg), 2);
	assert_int_equal(arg, TLSO_RANDOM_SESSION_ID);
	assert_int_equal(client_fills(c, TLSO_FILL_KEY_GEN, &arg), 1);
	assert_int_equal(arg, TLSO_GROUP_X25519);
}

static void test_only_13(void **state)
{
	struct tlso_rd ext;

	(void)state;
	c->cfg.versions = TLSO_USE_13;
	c->cfg.tickets = false;
	c->cfg.n_shares = 2;
	c->cfg.record_size_limit = 16385;
	client_start(c);
	assert_true(hello_ext(c, TLSO_EXT_SUPPORTED_VERSIONS, &ext));
	assert_memory_equal(ext.p, "\2\3\4", 3);
	assert_true(hello_ext(c, TLSO_EXT_KEY_SHARE, &ext));
	assert_int_equal(ext.n, 2 + 4 + 32 + 4 + 65);
	assert_true(hello_ext(c, TLSO_EXT_RECORD_SIZE_LIMIT, &ext));
	assert_memory_equal(ext.p, "\x40\1", 2);
	assert_false(has(TLSO_EXT_EXTENDED_MASTER_SECRET));
	assert_false(has(TLSO_EXT_RENEGOTIATION_INFO));
	assert_false(has(TLSO_EXT_EC_POINT_FORMATS));
	assert_false(has(TLSO_EXT_SESSION_TICKET));
	assert_false(has(TLSO_EXT_PSK_KEY_EXCHANGE_MODES));
}

static void test_only_12(void **state)
{
	struct tlso_rd ext;
	u16 arg;

	(void)state;
	c->cfg.versions = TLSO_USE_12;
	c->cfg.tickets = false;
	c->cfg.record_size_limit = 16385;
	c->cfg.alpn = (const u8 *)"\2h2";
	c->cfg.alpn_len = 3;
	client_start(c);
	assert_false(has(TLSO_EXT_SUPPORTED_VERSIONS));
	assert_false(has(TLSO_EXT_KEY_SHARE));
	assert_false(has(TLSO_EXT_PSK_KEY_EXCHANGE_MODES));
	assert_false(has(TLSO_EXT_SESSION_TICKET));
	assert_true(has(TLSO_EXT_EC_POINT_FORMATS));
	assert_true(hello_ext(c, TLSO_EXT_RECORD_SIZE_LIMIT, &ext));
	assert_memory_equal(ext.p, "\x40\0", 2);
	assert_true(hello_ext(c, TLSO_EXT_ALPN, &ext));
	assert_memory_equal(ext.p, "\0\3\2h2", 5);
	assert_int_equal(client_fills(c, TLSO_FILL_RANDOM, &arg), 1);
	assert_int_equal(c->d.session_id_len, 0);
}

/* RFC 6066 3 */
static void test_no_name_of_address(void **state)
{
	static const char *const names[] = { "192.0.2.1", "2001:db8::1", "::" };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		c->cfg.name = names[i];
		c->cfg.name_len = strlen(names[i]);
		client_start(c);
		assert_false(has(TLSO_EXT_SERVER_NAME));
	}
	c->cfg.name = "a.example";
	c->cfg.name_len = 9;
	c->cfg.no_sni = true;
	client_start(c);
	assert_false(has(TLSO_EXT_SERVER_NAME));
}

static bool offers(u16 suite)
{
	const u8 *p;
	size_t n = client_message(c, 0, &p);
	struct tlso_rd r, list;

	tlso_rd_init(&r, p, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR + 2 + TLSO_RANDOM_LEN);
	(void)tlso_rd_vec(&r, 1);
	list = tlso_rd_vec(&r, 2);
	while (list.n)
		if (tlso_rd_u16(&list) == suite)
			return true;
	return false;
}

static void test_suites(void **state)
{
	(void)state;
	client_start(c);
	assert_true(offers(S13) && offers(S12) && offers(S12_RSA));
	assert_false(offers(TLSO_RSA_AES_128_GCM_SHA256));
	c->cfg.rsa_kx = true;
	client_start(c);
	assert_true(offers(TLSO_RSA_AES_128_GCM_SHA256));
	c->cfg.versions = TLSO_USE_13;
	client_start(c);
	assert_true(offers(S13) && !offers(S12));
	/* A version without a suite is not offered. */
	c->cfg.versions = TLSO_USE_12 | TLSO_USE_13;
	c->cfg.n_suites = 2;
	c->cfg.suites[0] = S12_RSA;
	c->cfg.suites[1] = 0x4242;
	client_start(c);
	assert_true(offers(S12_RSA) && !offers(S13) && !offers(0x4242));
	assert_false(has(TLSO_EXT_SUPPORTED_VERSIONS));
	/* And nothing at all is no ClientHello. */
	c->cfg.n_suites = 1;
	c->cfg.suites[0] = 0x4242;
	tlso_director_init(&c->d, &c->cfg);
	assert_int_equal(tlso_director_start(&c->d, c->out, sizeof(c->out),
					     &c->n, &c->wire), TLSO_STEP_FAIL);
	assert_int_equal(c->n, 0);
}

static void test_psk_offered(void **state)
{
	struct tlso_rd ext, ids;
	u16 arg;

	(void)state;
	client_resumes(c, TLSO_VERSION_13, S13_384);
	client_start(c);
	assert_true(hello_ext(c, TLSO_EXT_PRE_SHARED_KEY, &ext));
	ids = tlso_rd_vec(&ext, 2);
	assert_int_equal(tlso_rd_vec(&ids, 2).n, c->resume.ticket_len);
	/* 1000 ms, and 16 below 2^32 */
	assert_int_equal(tlso_rd_u32(&ids), 1000 - 16);
	assert_true(tlso_rd_done(&ids));
	assert_int_equal(tlso_rd_u16(&ext), 49);
	assert_int_equal(tlso_rd_vec(&ext, 1).n, 48);
	assert_true(tlso_rd_done(&ext));
	assert_int_equal(client_fills(c, TLSO_FILL_BINDER, &arg), 1);

	c->resume.lifetime_s = 1; /* just as old */
	client_start(c);
	assert_true(has(TLSO_EXT_PRE_SHARED_KEY));
	c->resume.received_ms--;
	client_start(c);
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	c->resume.received_ms = c->cfg.now_ms + 1; /* of the future */
	client_start(c);
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	client_resumes(c, TLSO_VERSION_13, S13_384);
	c->cfg.n_suites = 1; /* no suite with its hash */
	c->cfg.suites[0] = S13;
	client_start(c);
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	c->resume.suite = TLSO_CHACHA20_POLY1305_SHA256; /* the same hash */
	c->resume.secret_len = 32;
	client_start(c);
	assert_true(has(TLSO_EXT_PRE_SHARED_KEY));
}

/* Whatever a server gave us for a ticket, there is a ClientHello. */
static void test_huge_ticket(void **state)
{
	static u8 huge[0xffff];
	struct tlso_rd ext;

	(void)state;
	client_resumes(c, TLSO_VERSION_13, S13);
	c->resume.ticket = huge;
	c->resume.ticket_len = 0x8000;
	client_start(c);
	assert_true(hello_ext(c, TLSO_EXT_PRE_SHARED_KEY, &ext));
	c->resume.ticket_len = sizeof(huge);
	client_start(c);
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	client_resumes(c, TLSO_VERSION_12, S12);
	c->resume.ticket = huge;
	c->resume.ticket_len = sizeof(huge);
	client_start(c);
	assert_true(hello_ext(c, TLSO_EXT_SESSION_TICKET, &ext));
	assert_int_equal(ext.n, 0);
}

static void test_ticket_offered(void **state)
{
	struct tlso_rd ext;

	(void)state;
	c->cfg.versions = TLSO_USE_12;
	client_resumes(c, TLSO_VERSION_12, S12);
	client_start(c);
	assert_true(hello_ext(c, TLSO_EXT_SESSION_TICKET, &ext));
	assert_int_equal(ext.n, c->resume.ticket_len);
	assert_int_equal(c->d.session_id_len, 32);
	c->resume.lifetime_s = 0; /* the server did not say */
	client_start(c);
	assert_int_equal(c->d.session_id_len, 32);
	c->resume.lifetime_s = 1;
	c->resume.received_ms -= 1000;
	client_start(c);
	assert_int_equal(c->d.session_id_len, 0);
	client_resumes(c, TLSO_VERSION_12, S12);
	c->resume.flags = 0; /* RFC 7627 5.3 */
	client_start(c);
	assert_int_equal(c->d.session_id_len, 0);
	assert_true(!hello_ext(c, TLSO_EXT_SESSION_TICKET, &ext) || !ext.n);
	client_resumes(c, TLSO_VERSION_12, TLSO_RSA_AES_128_GCM_SHA256);
	client_start(c);
	assert_int_equal(c->d.session_id_len, 0);
}

/* ---- ServerHello refused ------------------------------------------------- */

static void test_versions(void **state)
{
	static const struct {
		u8 use;
		u16 legacy, version;
		u8 alert;
	} cases[] = {
		{ 3, 0x0303, 0x0303, TLSO_ALERT_ILLEGAL_PARAMETER },
		{ 3, 0x0303, 0x0305, TLSO_ALERT_ILLEGAL_PARAMETER },
		{ 3, 0x0304, 0x0304, TLSO_ALERT_ILLEGAL_PARAMETER },
		{ 3, 0x0301, 0x0304, TLSO_ALERT_ILLEGAL_PARAMETER },
		{ 3, 0x0304, 0, TLSO_ALERT_PROTOCOL_VERSION },
		{ 3, 0x0302, 0, TLSO_ALERT_PROTOCOL_VERSION },
		{ 3, 0x0300, 0, TLSO_ALERT_PROTOCOL_VERSION },
		{ 2, 0x0303, 0, TLSO_ALERT_PROTOCOL_VERSION },
		{ 1, 0x0303, 0x0304, TLSO_ALERT_UNSUPPORTED_EXTENSION },
		{ 1, 0x0302, 0, TLSO_ALERT_PROTOCOL_VERSION },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct server_hello h = hello12;

		if (cases[i].version)
			h = hello13;
		h.legacy = cases[i].legacy;
		h.version = cases[i].version;
		c->cfg.versions = cases[i].use;
		client_start(c);
		make_server_hello(&m, &h);
		client_refuses(c, &m, cases[i].alert);
	}
}

static void test_downgrade(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	for (h.mark = 1; h.mark <= 2; h.mark++)
		refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	takes_hello(&h); /* h.mark 3: no mark at all */
	h.mark = 2; /* 1.3 was not offered, so it is no downgrade */
	c->cfg.versions = TLSO_USE_12;
	takes_hello(&h);
}

static void refused(const struct server_hello *h, u8 alert)
{
	refuses_hello(h, alert);
	assert_true(c->wire == 7);
}

static void test_hello_refused(void **state)
{
	struct server_hello h = hello13;

	(void)state;
	h.no_echo = true;
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h = hello13;
	h.suite = S12; /* of the other version */
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.suite = 0x1304;
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h = hello12;
	h.suite = S13;
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h = hello13;
	h.compression = 1;
	refused(&h, TLSO_ALERT_DECODE_ERROR);
	h = hello12;
	h.compression = 1;
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h = hello13;
	h.group = 0;
	refused(&h, TLSO_ALERT_MISSING_EXTENSION);
	h.group = TLSO_GROUP_P256; /* offered, but without a share */
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.group = TLSO_GROUP_X25519;
	h.share_len = 31;
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h = hello12;
	h.retry = true; /* HelloRetryRequest is TLS 1.3's */
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	c->cfg.n_suites = 1;
	c->cfg.suites[0] = S13_384;
	refused(&hello13, TLSO_ALERT_ILLEGAL_PARAMETER);
}

static void test_retry_refused(void **state)
{
	struct server_hello h = retry13;

	(void)state;
	h.group = TLSO_GROUP_X25519; /* was there */
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.group = 25; /* P-521 was not offered */
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.group = 0;
	refused(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h = retry13;
	h.psk = true;
	refused(&h, TLSO_ALERT_UNSUPPORTED_EXTENSION);

	takes_hello(&retry13); /* twice */
	client_refuses(c, &m, TLSO_ALERT_UNEXPECTED_MESSAGE);

	takes_hello(&retry13); /* another suite, another group, another version */
	h = hello13;
	h.group = TLSO_GROUP_P256;
	h.suite = S13_384;
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	takes_hello(&retry13);
	make_server_hello(&m, &hello13);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	takes_hello(&retry13);
	make_server_hello(&m, &hello12);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
}

/* RFC 8446 has these in no message. */
static bool only_12(unsigned int type)
{
	return type == TLSO_EXT_EXTENDED_MASTER_SECRET ||
	       type == TLSO_EXT_SESSION_TICKET ||
	       type == TLSO_EXT_EC_POINT_FORMATS;
}

static u8 misplaced(unsigned int type)
{
	return only_12(type) ? TLSO_ALERT_ILLEGAL_PARAMETER :
			       TLSO_ALERT_UNSUPPORTED_EXTENSION;
}

/* Every extension in each of the server's hellos: few may be there. */
static void test_hello_extensions(void **state)
{
	static const u16 ok12[] = { TLSO_EXT_EXTENDED_MASTER_SECRET,
				    TLSO_EXT_SESSION_TICKET };
	struct server_hello h13 = hello13, h12 = hello12, hr = retry13;
	u8 ext[4] = { 0 };
	unsigned int t, i;

	(void)state;
	h12.ems = false;
	h13.more = ext;
	h12.more = ext;
	hr.more = ext;
	h13.more_len = 4;
	h12.more_len = 4;
	hr.more_len = 4;
	for (t = 0; t < 80; t++) {
		ext[1] = (u8)t;
		if (t != TLSO_EXT_KEY_SHARE && t != TLSO_EXT_SUPPORTED_VERSIONS) {
			refused(&h13, misplaced(t));
			if (t != TLSO_EXT_COOKIE)
				refused(&hr, misplaced(t));
		} else { /* twice, and empty */
			refused(&h13, TLSO_ALERT_ILLEGAL_PARAMETER);
			refused(&hr, TLSO_ALERT_ILLEGAL_PARAMETER);
		}
		for (i = 0; i < ARRAY_SIZE(ok12); i++)
			if (ok12[i] == t)
				break;
		client_start(c);
		make_server_hello(&m, &h12);
		if (i < ARRAY_SIZE(ok12) || t == TLSO_EXT_SUPPORTED_GROUPS)
			client_takes(c, &m);
		else
			client_refuses(c, &m,
				       t == TLSO_EXT_EC_POINT_FORMATS ||
						       t == TLSO_EXT_SUPPORTED_VERSIONS ?
					       TLSO_ALERT_DECODE_ERROR :
					       TLSO_ALERT_UNSUPPORTED_EXTENSION);
	}
}

static void hello12_ext(const char *ext, size_t n, int alert)
{
	struct server_hello h = hello12;

	h.reneg = ext[0] != (char)0xff; /* one that is to be looked at */
	h.more = (const u8 *)ext;
	h.more_len = n;
	client_start(c);
	make_server_hello(&m, &h);
	if (alert < 0)
		client_takes(c, &m);
	else
		client_refuses(c, &m, (u8)alert);
}

static void test_hello12_bodies(void **state)
{
	(void)state;
	c->cfg.alpn = (const u8 *)"\2h2\10http/1.1";
	c->cfg.alpn_len = 12;
	c->cfg.name = "test.example";
	c->cfg.name_len = 12;
	c->cfg.record_size_limit = 4096;
	hello12_ext(EXT("\xff\1\0\1\0"), -1);
	hello12_ext(EXT("\xff\1\0\2\1x"), TLSO_ALERT_HANDSHAKE_FAILURE);
	hello12_ext(EXT("\xff\1\0\0"), TLSO_ALERT_HANDSHAKE_FAILURE);
	hello12_ext(EXT("\0\x0b\0\2\1\0"), -1);
	hello12_ext(EXT("\0\x0b\0\3\2\1\0"), -1);
	hello12_ext(EXT("\0\x0b\0\2\1\1"), TLSO_ALERT_ILLEGAL_PARAMETER);
	hello12_ext(EXT("\0\x0b\0\1\0"), TLSO_ALERT_DECODE_ERROR);
	hello12_ext(EXT("\0\x10\0\5\0\3\2h2"), -1);
	assert_memory_equal(c->d.alpn, "h2", 2);
	hello12_ext(EXT("\0\x10\0\5\0\3\2h3"), TLSO_ALERT_ILLEGAL_PARAMETER);
	hello12_ext(EXT("\0\x10\0\3\0\1\0"), TLSO_ALERT_DECODE_ERROR);
	hello12_ext(EXT("\0\x10\0\2\0\0"), TLSO_ALERT_DECODE_ERROR);
	hello12_ext(EXT("\0\x10\0\x0e\0\x0c\2h2\10http/1.1"),
		    TLSO_ALERT_DECODE_ERROR);
	hello12_ext(EXT("\0\0\0\0"), -1);
	hello12_ext(EXT("\0\0\0\1\0"), TLSO_ALERT_DECODE_ERROR);
	hello12_ext(EXT("\0\x23\0\1\0"), TLSO_ALERT_DECODE_ERROR);
	hello12_ext(EXT("\0\x1c\0\2\0\x40"), -1);
	assert_int_equal(c->d.peer_limit, 64);
	assert_true(c->d.limit_agreed);
	hello12_ext(EXT("\0\x1c\0\2\xff\xff"), -1);
	assert_int_equal(c->d.peer_limit, 16384);
	hello12_ext(EXT("\0\x1c\0\2\0\x3f"), TLSO_ALERT_ILLEGAL_PARAMETER);
	hello12_ext(EXT("\0\x1c\0\1\x40"), TLSO_ALERT_DECODE_ERROR);
}

static void encrypted(const char *ext, size_t n, int alert)
{
	takes_hello(&hello13);
	make_encrypted_extensions(&m, (const u8 *)ext, n);
	if (alert < 0)
		client_takes(c, &m);
	else
		client_refuses(c, &m, (u8)alert);
}

static void test_encrypted_extensions(void **state)
{
	u8 ext[4] = { 0 };
	unsigned int t;

	(void)state;
	for (t = 0; t < 80; t++) {
		ext[1] = (u8)t;
		encrypted((const char *)ext, 4,
			  t == TLSO_EXT_SUPPORTED_GROUPS ?
				  TLSO_ALERT_DECODE_ERROR :
				  misplaced(t));
	}
	c->cfg.alpn = (const u8 *)"\2h2";
	c->cfg.alpn_len = 3;
	c->cfg.name = "test.example";
	c->cfg.name_len = 12;
	c->cfg.record_size_limit = 4096;
	encrypted(EXT("\0\0\0\0\0\x10\0\5\0\3\2h2\0\x1c\0\2\xff\xff"), -1);
	assert_int_equal(c->d.peer_limit, 16385);
	assert_int_equal(c->d.alpn_len, 2);
	encrypted(EXT("\0\0\0\0\0\0\0\0"), TLSO_ALERT_ILLEGAL_PARAMETER);
	encrypted(EXT("\xfa\xfa\0\0\xfa\xfa\0\0"), TLSO_ALERT_DECODE_ERROR);
	encrypted(EXT("\xfa\xfa\0\0"), TLSO_ALERT_UNSUPPORTED_EXTENSION);
	encrypted(EXT("\0\x0a\0\4\0\2\0\x1d"), -1);
	encrypted(EXT("\0\x0a\0\3\0\1\0"), TLSO_ALERT_DECODE_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_both_versions),
		T(test_only_13),
		T(test_only_12),
		T(test_no_name_of_address),
		T(test_suites),
		T(test_psk_offered),
		T(test_huge_ticket),
		T(test_ticket_offered),
		T(test_versions),
		T(test_downgrade),
		T(test_hello_refused),
		T(test_retry_refused),
		T(test_hello_extensions),
		T(test_hello12_bodies),
		T(test_encrypted_extensions),
	};

	return cmocka_run_group_tests_name("client hello", tests, NULL, NULL);
}
