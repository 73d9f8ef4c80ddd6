// SPDX-License-Identifier: GPL-2.0-only
/* The client's director: whole handshakes, and the starters they are made of. */
#include "client_fixture.h"

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
	client_says(c, "RAW SHARE EPOCH1");
	assert_int_equal(c->wire, 6);
	take_server_flight(false);
	client_says(c, "M20 EPOCH2");
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
	client_says(c, "RAW M1");
	assert_true(hello_ext(c, TLSO_EXT_KEY_SHARE, &ext));
	assert_int_equal(ext.n, 2 + 4 + 65);
	assert_int_equal(client_fills(c, TLSO_FILL_KEY_GEN, &arg), 1);
	assert_int_equal(arg, TLSO_GROUP_P256);
	assert_int_equal(client_fills(c, TLSO_FILL_RANDOM, &arg), 2);
	assert_int_equal(arg, TLSO_RANDOM_SESSION_ID | TLSO_RANDOM_REPEAT);
	h.group = TLSO_GROUP_P256;
	make_server_hello(&m, &h);
	client_takes(c, &m);
	client_says(c, "SHARE EPOCH1"); /* one change_cipher_spec is enough */
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
	takes_hello(&h);
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
	takes_hello(&h);
	client_says(c, "RAW SHARE PSK EPOCH1");
	make_encrypted_extensions(&m, NULL, 0);
	client_takes(c, &m);
	assert_false(c->d.peer_verified);
	make_finished(&m, TLSO_VERSION_13);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);
	assert_true(c->d.resumed && c->d.peer_verified);
	/* The server may decline. */
	takes_hello(&hello13);
	client_says(c, "RAW SHARE EPOCH1");
	assert_false(c->d.resumed);
	take_server_flight(false);
}

static void test_psk_refused(void **state)
{
	struct server_hello h = hello13;

	(void)state;
	h.psk = true;
	refuses_hello(&h, TLSO_ALERT_UNSUPPORTED_EXTENSION); /* none offered */
	client_resumes(c, TLSO_VERSION_13, S13);
	h.psk_index = 1;
	refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.psk_index = 0;
	h.suite = S13_384; /* another hash */
	refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	h.group = 0; /* psk_ke was not offered */
	h.suite = S13;
	refuses_hello(&h, TLSO_ALERT_MISSING_EXTENSION);
	/* 4.1.4: the retry's suite has another hash, so the PSK is left out. */
	h = retry13;
	h.suite = S13_384;
	takes_hello(&h);
	assert_false(has(TLSO_EXT_PRE_SHARED_KEY));
	assert_true(has(TLSO_EXT_PSK_KEY_EXCHANGE_MODES));
	/* 4.1.2: and nothing else, whether tickets are asked for or not. */
	c->cfg.tickets = false;
	client_start(c);
	assert_true(has(TLSO_EXT_PSK_KEY_EXCHANGE_MODES));
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
	takes_hello(&hello13); /* we have none */
	take_server_flight(true);
	client_says(c, "M11 M20 EPOCH2");
	assert_int_equal(client_message(c, 0, &p), 4 + 1 + 3);

	c->cfg.ids = c->ids;
	c->cfg.n_ids = 2;
	takes_hello(&hello13);
	take_server_flight(true);
	client_says(c, "M11 M15 M20 EPOCH2");
	assert_int_equal(c->d.identity, 1); /* the request is for RSA */
	assert_int_equal(c->d.scheme, TLSO_RSA_PSS_RSAE_SHA256);
	assert_int_equal(client_fills(c, TLSO_FILL_SIGNATURE, &arg), 1);
	assert_int_equal(arg, TLSO_RSA_PSS_RSAE_SHA256);
	c->cfg.n_ids = 1; /* P-256 alone does not fit */
	takes_hello(&hello13);
	take_server_flight(true);
	client_says(c, "M11 M20 EPOCH2");
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
	client_says(c, "M16 MASTER1 RAW EPOCH2 M20");
	end_12(false);
	assert_true(c->d.peer_verified && c->d.ems && !c->d.resumed);
	assert_int_equal(c->d.group, TLSO_GROUP_P256);

	h.suite = S12_RSA;
	h.ems = false;
	h.ticket = true;
	takes_hello(&h);
	take_flight_12(S12_RSA, 0);
	client_says(c, "M16 MASTER0 RAW EPOCH2 M20");
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
	refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	c->cfg.rsa_kx = true;
	takes_hello(&h);
	take_flight_12(h.suite, 0);
	client_says(c, "M16 MASTER1 RAW EPOCH2 M20");
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
	takes_hello(&hello12);
	take_flight_12(S12, TLSO_ECDSA_P256_SHA256);
	client_says(c, "M11 M16 MASTER1 RAW EPOCH2 M20");
	assert_int_equal(client_message(c, 0, &p), 4 + 3);

	c->cfg.ids = c->ids;
	c->cfg.n_ids = 2;
	takes_hello(&hello12);
	take_flight_12(S12, TLSO_ECDSA_P256_SHA256);
	client_says(c, "M11 M16 MASTER1 M15 RAW EPOCH2 M20");
	assert_int_equal(c->d.identity, 0);
	end_12(false);

	/* The scheme would do, but keys of its type were not asked for. */
	takes_hello(&hello12);
	make_certificate(&m, TLSO_VERSION_12, false);
	client_takes(c, &m);
	make_server_key_exchange(&m, TLSO_GROUP_P256, TLSO_ECDSA_P256_SHA256);
	client_takes(c, &m);
	make_certificate_request(&m, TLSO_VERSION_12, TLSO_ECDSA_P256_SHA256);
	m.p[6] = TLSO_CERT_TYPE_RSA_SIGN;
	client_takes(c, &m);
	make_server_hello_done(&m);
	client_takes(c, &m);
	client_says(c, "M11 M16 MASTER1 RAW EPOCH2 M20");
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
	client_says(c, "RESUME");
	make_ccs(&m);
	client_takes(c, &m);
	make_finished(&m, TLSO_VERSION_12);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);
	client_says(c, "RAW EPOCH2 M20");
	assert_true(c->d.resumed && c->d.peer_verified);

	h.ticket = true; /* and a new one comes */
	takes_hello(&h);
	make_ticket12(&m, 0); /* which is none */
	client_takes(c, &m);
	assert_int_equal(c->d.ticket_len, 0);
	make_ccs(&m);
	client_takes(c, &m);
	make_finished(&m, TLSO_VERSION_12);
	assert_int_equal(client_give(c, &m), TLSO_STEP_LAST);

	h.no_echo = true; /* declined */
	h.ticket = false;
	takes_hello(&h);
	assert_false(c->d.resumed);
	take_flight_12(S12, 0);
	end_12(false);
}

static void test_resumption_refused_12(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	h.no_echo = false;
	/* The id was made up: there is no such session. */
	refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	client_resumes(c, TLSO_VERSION_12, S12);
	h.suite = S12_RSA;
	refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	/* RFC 7627 5.3, both ways */
	h.suite = S12;
	h.ems = false;
	refuses_hello(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
	h.ems = true;
	c->resume.flags = 0; /* then it was not offered */
	refuses_hello(&h, TLSO_ALERT_ILLEGAL_PARAMETER);
	c->cfg.unsafe_servers = true;
	refuses_hello(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
}

/* A refused share: the alert goes out in the epoch before (RFC 8446 7.4.2). */
static void test_refused_share(void **state)
{
	(void)state;
	takes_hello(&hello13);
	assert_int_equal(tlso_director_refused(&c->d, TLSO_E_ILLEGAL, c->out,
					       sizeof(c->out), &c->n, &c->wire),
			 TLSO_STEP_FAIL);
	assert_int_equal(c->wire, 7);
	assert_int_equal(c->d.alert, TLSO_ALERT_ILLEGAL_PARAMETER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		T(test_refused_share),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
