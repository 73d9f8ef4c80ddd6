// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's director: what ClientHello offers, what of a server's hello is taken
 * and what refused, and the starters of whole handshakes.
 */
#include "client_peer.h"

#define S13 TLSO_AES_128_GCM_SHA256
#define S13_384 TLSO_AES_256_GCM_SHA384
#define S12 TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256
#define S12_RSA TLSO_ECDHE_RSA_AES_128_GCM_SHA256

static const struct server_hello hello13 = {
	.version = TLSO_VERSION_13, .suite = S13, .group = TLSO_GROUP_X25519
};

static const struct server_hello retry13 = {
	.retry = true, .version = TLSO_VERSION_13, .suite = S13,
	.group = TLSO_GROUP_P256
};

static const struct server_hello hello12 = {
	.suite = S12, .no_echo = true, .ems = true, .reneg = true
};

static struct client *c;
static struct msg m;
static char text[200];

static int setup(void **state)
{
	(void)state;
	c = client_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	client_free(c);
	return 0;
}

static void expect_items(const char *want)
{
	client_items(c, text, sizeof(text));
	assert_string_equal(text, want);
}

/* ---- ClientHello --------------------------------------------------------- */

static bool has(u16 type)
{
	struct tlso_rd ext;

	return hello_ext(c, type, &ext);
}

static void test_both_versions(void **state)
{
	struct tlso_rd ext;
	u16 arg;

	(void)state;
	c->cfg.name = "test.example";
	c->cfg.name_len = 12;
	client_start(c);
	expect_items("M1");
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
	client_resumes(c, TLSO_VERSION_12, TLSO_RSA_AES_128_GCM_SHA256);
	client_start(c);
	assert_int_equal(c->d.session_id_len, 0);
}

/* ---- Whole handshakes ---------------------------------------------------- */

static void take_server_flight(bool ask)
{
	make_encrypted_extensions(&m, NULL, 0);
	client_takes(c, &m);
	if (ask) {
		make_certificate_request(&m, TLSO_VERSION_13,
					 TLSO_RSA_PSS_RSAE_SHA256);
		client_takes(c, &m);
	}
	make_certificate(&m, TLSO_VERSION_13, false);
	client_takes(c, &m);
	make_certificate_verify(&m, TLSO_ECDSA_P256_SHA256);
	client_takes(c, &m);
	assert_int_equal(c->n, 0);
	make_finished(&m, TLSO_VERSION_13);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);
}

static void test_full_13(void **state)
{
	(void)state;
	client_start(c);
	make_server_hello(&m, &hello13);
	assert_int_equal(client_give(c, &m), TLSO_STEP_SEND);
	expect_items("RAW SHARE EPOCH1");
	assert_int_equal(c->wire, 6);
	take_server_flight(false);
	expect_items("M20 EPOCH2");
	assert_int_equal(c->wire, 5 + 4 + 32 + 17);
	assert_int_equal(c->d.version, TLSO_VERSION_13);
	assert_int_equal(c->d.suite, S13);
	assert_int_equal(c->d.group, TLSO_GROUP_X25519);
	assert_int_equal(c->d.peer_scheme, TLSO_ECDSA_P256_SHA256);
	assert_true(c->d.peer_verified && !c->d.resumed);
	assert_int_equal(c->d.scheme, 0);
}

static void test_retry_13(void **state)
{
	struct server_hello h = hello13;
	struct tlso_rd ext;
	u16 arg;

	(void)state;
	client_start(c);
	make_server_hello(&m, &retry13);
	assert_int_equal(client_give(c, &m), TLSO_STEP_SEND);
	expect_items("RAW M1");
	assert_true(hello_ext(c, TLSO_EXT_KEY_SHARE, &ext));
	assert_int_equal(ext.n, 2 + 4 + 65);
	assert_int_equal(client_fills(c, TLSO_FILL_KEY_GEN, &arg), 1);
	assert_int_equal(arg, TLSO_GROUP_P256);
	assert_int_equal(client_fills(c, TLSO_FILL_RANDOM, &arg), 2);
	assert_int_equal(arg, TLSO_RANDOM_SESSION_ID | TLSO_RANDOM_REPEAT);
	h.group = TLSO_GROUP_P256;
	make_server_hello(&m, &h);
	client_takes(c, &m);
	expect_items("SHARE EPOCH1"); /* one change_cipher_spec is enough */
	take_server_flight(false);
}

/* A cookie alone: the shares stay. */
static void test_cookie(void **state)
{
	struct server_hello h = retry13;
	struct tlso_rd ext;
	u16 arg;

	(void)state;
	h.group = 0;
	h.cookie = 1024;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	assert_true(hello_ext(c, TLSO_EXT_COOKIE, &ext));
	assert_int_equal(ext.n, 1026);
	assert_int_equal(client_fills(c, TLSO_FILL_KEY_AGAIN, &arg), 1);
	assert_int_equal(arg, TLSO_GROUP_X25519);
	assert_int_equal(client_fills(c, TLSO_FILL_KEY_GEN, &arg), 0);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	client_start(c);
	h.cookie = 1025;
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
}

static void test_resumed_13(void **state)
{
	struct server_hello h = hello13;

	(void)state;
	h.psk = true;
	client_resumes(c, TLSO_VERSION_13, TLSO_CHACHA20_POLY1305_SHA256);
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	expect_items("RAW SHARE PSK EPOCH1");
	make_encrypted_extensions(&m, NULL, 0);
	client_takes(c, &m);
	assert_false(c->d.peer_verified);
	make_finished(&m, TLSO_VERSION_13);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);
	assert_true(c->d.resumed && c->d.peer_verified);
	/* The server may decline. */
	client_start(c);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	expect_items("RAW SHARE EPOCH1");
	assert_false(c->d.resumed);
	take_server_flight(false);
}

static void test_psk_refused(void **state)
{
	struct server_hello h = hello13;

	(void)state;
	h.psk = true;
	client_start(c); /* none offered */
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_UNSUPPORTED_EXTENSION);
	client_resumes(c, TLSO_VERSION_13, S13);
	h.psk_index = 1;
	client_start(c);
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.psk_index = 0;
	h.suite = S13_384; /* another hash */
	client_start(c);
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.group = 0; /* psk_ke was not offered */
	h.suite = S13;
	client_start(c);
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_MISSING_EXTENSION);
	/* 4.1.4: the retry's suite has another hash, so the PSK is left out. */
	h = retry13;
	h.suite = S13_384;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	assert_true(has(TLSO_EXT_PSK_KEY_EXCHANGE_MODES));
}

static void test_client_certificate_13(void **state)
{
	const u8 *p;
	u16 arg;

	(void)state;
	client_start(c); /* we have none */
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	take_server_flight(true);
	expect_items("M11 M20 EPOCH2");
	assert_int_equal(client_message(c, 0, &p), 4 + 1 + 3);

	c->cfg.ids = c->ids;
	c->cfg.n_ids = 2;
	client_start(c);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	take_server_flight(true);
	expect_items("M11 M15 M20 EPOCH2");
	assert_int_equal(c->d.identity, 1); /* the request is for RSA */
	assert_int_equal(c->d.scheme, TLSO_RSA_PSS_RSAE_SHA256);
	assert_int_equal(client_fills(c, TLSO_FILL_SIGNATURE, &arg), 1);
	assert_int_equal(arg, TLSO_RSA_PSS_RSAE_SHA256);
	c->cfg.n_ids = 1; /* P-256 alone does not fit */
	client_start(c);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	take_server_flight(true);
	expect_items("M11 M20 EPOCH2");
}

static void take_flight_12(u16 suite, u16 ask_scheme)
{
	bool rsa = suite != S12;

	make_certificate(&m, TLSO_VERSION_12, rsa);
	client_takes(c, &m);
	if (suite == S12 || suite == S12_RSA) {
		make_server_key_exchange(&m, TLSO_GROUP_P256,
					 rsa ? TLSO_RSA_PKCS1_SHA256 :
					       TLSO_ECDSA_P256_SHA256);
		client_takes(c, &m);
	}
	if (ask_scheme) {
		make_certificate_request(&m, TLSO_VERSION_12, ask_scheme);
		client_takes(c, &m);
	}
	make_server_hello_done(&m);
	assert_int_equal(client_give(c, &m), TLSO_STEP_SEND);
}

static void end_12(bool ticket)
{
	if (ticket) {
		make_ticket12(&m, 100);
		client_takes(c, &m);
	}
	make_ccs(&m);
	client_takes(c, &m);
	make_finished(&m, TLSO_VERSION_12);
	assert_int_equal(client_give(c, &m), TLSO_STEP_DONE);
}

static void test_full_12(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	client_start(c);
	make_server_hello(&m, &h);
	assert_int_equal(client_give(c, &m), TLSO_STEP_SEND);
	assert_int_equal(c->wire, 0);
	take_flight_12(S12, 0);
	expect_items("M16 MASTER1 RAW EPOCH2 M20");
	end_12(false);
	assert_true(c->d.peer_verified && c->d.ems && !c->d.resumed);
	assert_int_equal(c->d.group, TLSO_GROUP_P256);

	h.suite = S12_RSA;
	h.ems = false;
	h.ticket = true;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	take_flight_12(S12_RSA, 0);
	expect_items("M16 MASTER0 RAW EPOCH2 M20");
	end_12(true);
	assert_int_equal(c->d.ticket_len, 100);
	assert_int_equal(c->d.ticket_lifetime_s, 300);
	assert_int_equal(c->ticket[99], 0x77);
}

static void test_rsa_transport(void **state)
{
	struct server_hello h = hello12;
	u16 arg;

	(void)state;
	h.suite = TLSO_RSA_AES_128_GCM_SHA256;
	client_start(c);
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	c->cfg.rsa_kx = true;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	take_flight_12(h.suite, 0);
	expect_items("M16 MASTER1 RAW EPOCH2 M20");
	assert_int_equal(client_fills(c, TLSO_FILL_RSA_PREMASTER, &arg), 1);
	assert_false(c->d.peer_verified);
	end_12(false);
	assert_int_equal(c->d.group, 0);
	assert_true(c->d.peer_verified);
}

static void test_client_certificate_12(void **state)
{
	const u8 *p;

	(void)state;
	client_start(c);
	make_server_hello(&m, &hello12);
	client_takes(c, &m);
	take_flight_12(S12, TLSO_ECDSA_P256_SHA256);
	expect_items("M11 M16 MASTER1 RAW EPOCH2 M20");
	assert_int_equal(client_message(c, 0, &p), 4 + 3);

	c->cfg.ids = c->ids;
	c->cfg.n_ids = 2;
	client_start(c);
	make_server_hello(&m, &hello12);
	client_takes(c, &m);
	take_flight_12(S12, TLSO_ECDSA_P256_SHA256);
	expect_items("M11 M16 MASTER1 M15 RAW EPOCH2 M20");
	assert_int_equal(c->d.identity, 0);
	end_12(false);

	/* The scheme would do, but keys of its type were not asked for. */
	client_start(c);
	make_server_hello(&m, &hello12);
	client_takes(c, &m);
	make_certificate(&m, TLSO_VERSION_12, false);
	client_takes(c, &m);
	make_server_key_exchange(&m, TLSO_GROUP_P256, TLSO_ECDSA_P256_SHA256);
	client_takes(c, &m);
	make_certificate_request(&m, TLSO_VERSION_12, TLSO_ECDSA_P256_SHA256);
	m.p[6] = TLSO_CERT_TYPE_RSA_SIGN;
	client_takes(c, &m);
	make_server_hello_done(&m);
	client_takes(c, &m);
	expect_items("M11 M16 MASTER1 RAW EPOCH2 M20");
}

static void test_resumed_12(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	client_resumes(c, TLSO_VERSION_12, S12);
	h.no_echo = false;
	client_start(c);
	make_server_hello(&m, &h);
	assert_int_equal(client_give(c, &m), TLSO_STEP_SEND);
	expect_items("RESUME");
	make_ccs(&m);
	client_takes(c, &m);
	make_finished(&m, TLSO_VERSION_12);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);
	expect_items("RAW EPOCH2 M20");
	assert_true(c->d.resumed && c->d.peer_verified);

	h.ticket = true; /* and a new one comes */
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	make_ticket12(&m, 0); /* which is none */
	client_takes(c, &m);
	assert_int_equal(c->d.ticket_len, 0);
	make_ccs(&m);
	client_takes(c, &m);
	make_finished(&m, TLSO_VERSION_12);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);

	h.no_echo = true; /* declined */
	h.ticket = false;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	assert_false(c->d.resumed);
	take_flight_12(S12, 0);
	end_12(false);
}

static void refuse_resumed(const struct server_hello *h, u8 alert)
{
	client_start(c);
	make_server_hello(&m, h);
	client_refuses(c, &m, alert);
}

static void test_resumption_refused_12(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	h.no_echo = false;
	/* The id was made up: there is no such session. */
	refuse_resumed(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	client_resumes(c, TLSO_VERSION_12, S12);
	h.suite = S12_RSA;
	refuse_resumed(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	/* RFC 7627 5.3, both ways */
	h.suite = S12;
	h.ems = false;
	refuse_resumed(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
	h.ems = true;
	c->resume.flags = 0;
	refuse_resumed(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
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
		struct server_hello h = cases[i].version ? hello13 : hello12;

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
	for (h.mark = 1; h.mark <= 2; h.mark++) {
		client_start(c);
		make_server_hello(&m, &h);
		client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	}
	client_start(c); /* h.mark 3: no mark at all */
	make_server_hello(&m, &h);
	client_takes(c, &m);
	h.mark = 2; /* 1.3 was not offered, so it is no downgrade */
	c->cfg.versions = TLSO_USE_12;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
}

static void refused(const struct server_hello *h, u8 alert)
{
	client_start(c);
	make_server_hello(&m, h);
	client_refuses(c, &m, alert);
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

	client_start(c); /* twice */
	make_server_hello(&m, &retry13);
	client_takes(c, &m);
	client_refuses(c, &m, TLSO_ALERT_UNEXPECTED_MESSAGE);

	client_start(c); /* another suite, another group, another version */
	make_server_hello(&m, &retry13);
	client_takes(c, &m);
	h = hello13;
	h.group = TLSO_GROUP_P256;
	h.suite = S13_384;
	make_server_hello(&m, &h);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	client_start(c);
	make_server_hello(&m, &retry13);
	client_takes(c, &m);
	make_server_hello(&m, &hello13);
	client_refuses(c, &m, TLSO_ALERT_ILLEGAL_PARAMETER);
	client_start(c);
	make_server_hello(&m, &retry13);
	client_takes(c, &m);
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

	h.reneg = false;
	h.more = (const u8 *)ext;
	h.more_len = n;
	client_start(c);
	make_server_hello(&m, &h);
	if (alert < 0)
		client_takes(c, &m);
	else
		client_refuses(c, &m, (u8)alert);
}

#define EXT(s) (s), sizeof(s) - 1

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
	client_start(c);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
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

/* ---- The server's authentication ----------------------------------------- */

static void to_certificate(const struct server_hello *h)
{
	client_start(c);
	make_server_hello(&m, h);
	client_takes(c, &m);
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

/* A refused share: the alert goes out in the epoch before (RFC 8446 7.4.2). */
static void test_refused_share(void **state)
{
	(void)state;
	client_start(c);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	assert_int_equal(tlso_director_refused(&c->d, TLSO_E_ILLEGAL, c->out,
					       sizeof(c->out), &c->n, &c->wire),
			 TLSO_STEP_FAIL);
	assert_int_equal(c->wire, 7);
	assert_int_equal(c->d.alert, TLSO_ALERT_ILLEGAL_PARAMETER);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_both_versions),
		T(test_only_13),
		T(test_only_12),
		T(test_no_name_of_address),
		T(test_suites),
		T(test_psk_offered),
		T(test_ticket_offered),
		T(test_full_13),
		T(test_retry_13),
		T(test_cookie),
		T(test_resumed_13),
		T(test_psk_refused),
		T(test_client_certificate_13),
		T(test_full_12),
		T(test_rsa_transport),
		T(test_client_certificate_12),
		T(test_resumed_12),
		T(test_resumption_refused_12),
		T(test_versions),
		T(test_downgrade),
		T(test_hello_refused),
		T(test_retry_refused),
		T(test_hello_extensions),
		T(test_hello12_bodies),
		T(test_encrypted_extensions),
		T(test_certificates),
		T(test_signatures),
		T(test_key_exchange),
		T(test_requests),
		T(test_seam),
		T(test_refused_share),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
