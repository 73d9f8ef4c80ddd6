// SPDX-License-Identifier: GPL-2.0-only
/* The server's states: every message in every state under every epoch is taken
 * where the tables of RFC 8446 A.2 and RFC 5246 7.3 have it, and nowhere else.
 */
#include "chello.h"
#include "certs.h"

static const u8 ccs[] = { 1 };
static const u8 mac[48];

static void give_key_exchange(struct dir *t)
{
	u8 body[33] = { 32, 9 };

	dir_body(t, TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, sizeof(body));
}

static void hello_resumed(struct dir *t)
{
	const struct ticket k = {
		TLSO_TICKET_INDEX_12, TLSO_VERSION_12,
		TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256, 0, 32, 7200, 1, 0, 0,
	};

	t->cfg.tickets = true;
	dir_ticket(t, &k, NULL);
	HELLO(t, .v12 = true, .ticket = true);
}

static void reach_13(struct dir *t, u8 at)
{
	t->cfg.client_auth = at == TLSO_S13_CERT || at == TLSO_S13_VERIFY ?
				     TLSO_AUTH_REQUIRE : TLSO_AUTH_NONE;
	HELLO(t, 0);
	if (at == TLSO_S13_VERIFY)
		dir_certificate(t, 1, cert_a, sizeof(cert_a));
}

static void reach_12(struct dir *t, u8 at)
{
	bool auth = at == TLSO_S12_CERT || at == TLSO_S12_VERIFY;

	t->cfg.client_auth = auth ? TLSO_AUTH_REQUIRE : TLSO_AUTH_NONE;
	HELLO(t, .v12 = true);
	if (at == TLSO_S12_CERT || at == TLSO_S12_KEY)
		return;
	if (auth)
		dir_certificate(t, 0, cert_a, sizeof(cert_a));
	give_key_exchange(t);
	if (at == TLSO_S12_FINISHED)
		dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
}

static void reach(struct dir *t, u8 at)
{
	dir_again(t);
	t->cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
	t->cfg.client_auth = TLSO_AUTH_NONE;
	switch (at) {
	case TLSO_S_HELLO:
		break;
	case TLSO_S_HELLO2:
		HELLO(t, .shares = { EMPTY });
		break;
	case TLSO_S13_CERT:
	case TLSO_S13_VERIFY:
	case TLSO_S13_FINISHED:
		reach_13(t, at);
		break;
	case TLSO_S12R_CCS:
		hello_resumed(t);
		break;
	case TLSO_S12R_FINISHED:
		hello_resumed(t);
		dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
		break;
	case TLSO_HS_OVER:
		reach_13(t, TLSO_S13_FINISHED);
		dir_body(t, TLSO_HS_FINISHED, 1, mac, 32);
		assert_int_equal(t->r, TLSO_STEP_DONE);
		break;
	case TLSO_HS_FAILED:
		dir_give_err(t, TLSO_E_DECODE);
		break;
	default:
		reach_12(t, at);
		break;
	}
	assert_int_equal(t->d.state, at);
}

/* Two more that lead to a state on another way. */
static void test_ways(void **state)
{
	struct dir *t = dir_new();

	(void)state;
	reach(t, TLSO_S13_VERIFY);
	dir_verify(t, 1, 0x0403, sig_a, sizeof(sig_a), 32);
	assert_int_equal(t->d.state, TLSO_S13_FINISHED);
	assert_true(t->d.peer_verified);
	reach(t, TLSO_S12_VERIFY);
	dir_verify(t, 0, 0x0403, sig_a, sizeof(sig_a), 32);
	assert_int_equal(t->d.state, TLSO_S12_CCS);
	dir_body(t, TLSO_FIN_CCS, 0, ccs, 1);
	dir_body(t, TLSO_HS_FINISHED, 2, mac, 12);
	assert_int_equal(t->r, TLSO_STEP_LAST);
	assert_string_equal(dir_said(t), "ccs e2 FIN(mac12)");
	assert_int_equal(t->d.state, TLSO_HS_OVER);
	reach(t, TLSO_S12R_FINISHED);
	dir_body(t, TLSO_HS_FINISHED, 2, mac, 12);
	assert_int_equal(t->r, TLSO_STEP_DONE);
	dir_free(t);
}

static const struct {
	u8 state, type, epoch;
} taken[] = {
	{ TLSO_S_HELLO, TLSO_HS_CLIENT_HELLO, 0 },
	{ TLSO_S_HELLO2, TLSO_HS_CLIENT_HELLO, 0 },
	{ TLSO_S13_CERT, TLSO_HS_CERTIFICATE, 1 },
	{ TLSO_S13_VERIFY, TLSO_HS_CERTIFICATE_VERIFY, 1 },
	{ TLSO_S13_FINISHED, TLSO_HS_FINISHED, 1 },
	{ TLSO_S12_CERT, TLSO_HS_CERTIFICATE, 0 },
	{ TLSO_S12_KEY, TLSO_HS_CLIENT_KEY_EXCHANGE, 0 },
	{ TLSO_S12_VERIFY, TLSO_HS_CERTIFICATE_VERIFY, 0 },
	{ TLSO_S12_CCS, TLSO_FIN_CCS, 0 },
	{ TLSO_S12_FINISHED, TLSO_HS_FINISHED, 2 },
	{ TLSO_S12R_CCS, TLSO_FIN_CCS, 0 },
	{ TLSO_S12R_FINISHED, TLSO_HS_FINISHED, 2 },
};

static bool expected(unsigned int at, unsigned int type, unsigned int epoch)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(taken); i++)
		if (taken[i].state == at && taken[i].type == type &&
		    taken[i].epoch == epoch)
			return true;
	return false;
}

/* The wire bytes of an alert in the epoch in which we write in state @at. */
static size_t alert_len(unsigned int at)
{
	switch (at) {
	case TLSO_HS_FAILED:
		return 0; /* it was sent before */
	case TLSO_S13_CERT:
	case TLSO_S13_VERIFY:
	case TLSO_S13_FINISHED:
	case TLSO_HS_OVER:
		return 5 + 2 + 17;
	case TLSO_S12R_CCS:
	case TLSO_S12R_FINISHED:
		return 5 + 2 + 24;
	default:
		return 5 + 2;
	}
}

/* A body that parses nowhere: what is taken fails otherwise than what is not. */
static void check_message(struct dir *t, u8 at, u8 type, u8 epoch)
{
	const u8 msg[] = { type, 0, 0, 1, 7 };

	reach(t, at);
	dir_give(t, type, epoch, TLSO_OP_MAC_CHECK, msg, sizeof(msg));
	if (expected(at, type, epoch)) {
		if (type == TLSO_FIN_CCS || type == TLSO_HS_FINISHED)
			assert_int_equal(dir_alert(t), -1);
		else
			assert_int_equal(t->d.alert, TLSO_ALERT_DECODE_ERROR);
		return;
	}
	assert_int_equal(t->r, TLSO_STEP_FAIL);
	assert_int_equal(t->wire, alert_len(at));
	if (at != TLSO_HS_FAILED)
		assert_int_equal(t->d.alert, TLSO_ALERT_UNEXPECTED_MESSAGE);
	dir_give(t, TLSO_HS_CLIENT_HELLO, 0, 0, msg, sizeof(msg));
	assert_int_equal(t->r, TLSO_STEP_FAIL);
	assert_int_equal(t->wire, 0); /* once is enough */
}

static bool is_server(unsigned int at)
{
	return at < TLSO_C_START || at == TLSO_HS_OVER || at == TLSO_HS_FAILED;
}

static void test_every_message(void **state)
{
	struct dir *t = dir_new();
	unsigned int at, type, epoch;

	(void)state;
	for (at = 0; at < TLSO_HS_STATES; at++)
		for (type = 0; is_server(at) && type < 255; type++)
			for (epoch = 0; epoch < 3; epoch++)
				check_message(t, (u8)at, (u8)type, (u8)epoch);
	dir_free(t);
}

/* Errors from the completer in every state: the alert that err.h says. */
static void test_every_error(void **state)
{
	struct dir *t = dir_new();
	unsigned int at, e;
	u8 want;

	(void)state;
	for (at = 0; at < TLSO_HS_FAILED; at++) {
		for (e = TLSO_E_DECODE; is_server(at) && e < TLSO_E_COUNT; e++) {
			reach(t, (u8)at);
			dir_give_err(t, e);
			want = tlso_err_alert(e);
			if (e == TLSO_E_CERT_REQUIRED &&
			    t->d.version != TLSO_VERSION_13)
				want = TLSO_ALERT_HANDSHAKE_FAILURE;
			assert_int_equal(t->d.err, e);
			assert_int_equal(dir_alert(t), want);
			assert_int_equal(t->wire, e == TLSO_E_PEER_ALERT ?
							  0 : alert_len(at));
		}
	}
	dir_free(t);
}

/* The completer must say that it checked the MAC. */
static void test_unchecked_finished(void **state)
{
	static const u8 states[] = { TLSO_S13_FINISHED, TLSO_S12_FINISHED,
				     TLSO_S12R_FINISHED };
	struct dir *t = dir_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		reach(t, states[i]);
		dir_give(t, TLSO_HS_FINISHED, i ? 2 : 1, (u16)~TLSO_OP_MAC_CHECK,
			 (const u8 *)"\x14\0\0", 4);
		assert_int_equal(dir_alert(t), TLSO_ALERT_INTERNAL_ERROR);
	}
	dir_free(t);
}

static void check_alert(struct dir *t, u8 at, u8 alert)
{
	bool canceled = alert == TLSO_ALERT_USER_CANCELED;

	reach(t, at);
	dir_give_alert(t, alert);
	assert_int_equal(t->r, canceled ? TLSO_STEP_WAIT : TLSO_STEP_FAIL);
	assert_int_equal(t->wire, 0);
	if (!canceled)
		assert_int_equal(t->d.alert, alert);
}

static void test_alerts(void **state)
{
	struct dir *t = dir_new();
	unsigned int at, alert;

	(void)state;
	for (at = 0; at < TLSO_HS_FAILED; at++)
		for (alert = 0; is_server(at) && alert < 255; alert++)
			check_alert(t, (u8)at, (u8)alert);
	reach(t, TLSO_S_HELLO);
	dir_give(t, TLSO_FIN_ALERT, 0, 0, NULL, 0);
	assert_int_equal(t->d.err, TLSO_E_SEAM);
	dir_free(t);
}

/* What the caller, or the completer, found: the alert in the right epoch. */
static void test_abort(void **state)
{
	struct dir *t = dir_new();

	(void)state;
	reach(t, TLSO_S13_FINISHED);
	t->r = tlso_director_abort(&t->d, TLSO_ALERT_INTERNAL_ERROR, t->out,
				   sizeof(t->out), &t->n, &t->wire);
	assert_int_equal(dir_alert(t), TLSO_ALERT_INTERNAL_ERROR);
	assert_int_equal(t->wire, 24);
	reach(t, TLSO_S13_FINISHED);
	t->r = tlso_director_refused(&t->d, TLSO_E_ILLEGAL, t->out,
				     sizeof(t->out), &t->n, &t->wire);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	assert_int_equal(t->wire, 7); /* nothing was sealed yet */
	dir_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_every_message),
		cmocka_unit_test(test_every_error),
		cmocka_unit_test(test_unchecked_finished),
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests_name("fsm", tests, NULL, NULL);
}
