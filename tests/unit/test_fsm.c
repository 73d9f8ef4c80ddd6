// SPDX-License-Identifier: GPL-2.0-only
/* Every message in every state and epoch: taken, or the right alert. */
#include "harness.h"

enum state_name { START, RETRIED, FLIGHT, DONE, FAILED, STATES };

static u8 out[TLSO_STARTER_MAX];

static enum tlso_step give(struct tlso_director *d, u8 type, u8 epoch,
			   enum tlso_err err, u16 ops, const u8 *msg, size_t n,
			   size_t *wire)
{
	u8 seg[TLSO_FINISHED_HDR + HELLO_MAX];
	struct tlso_finished f = { 0 };
	size_t len;

	f.type = type;
	f.epoch = epoch;
	f.err = err;
	f.ops = ops;
	f.len = n;
	tlso_finished_write_hdr(seg, &f);
	if (n)
		memcpy(seg + TLSO_FINISHED_HDR, msg, n);
	return tlso_director_step(d, seg, TLSO_FINISHED_HDR + n, out,
				  sizeof(out), &len, wire);
}

static void reach(struct tlso_director *d, enum state_name at)
{
	struct hello h = { 0 };
	u8 msg[HELLO_MAX];
	size_t n, wire;

	tlso_director_init(d, &test_cfg);
	if (at == START)
		return;
	h.share_group = at == RETRIED ? 0xffff : 0;
	n = hello_write(&h, msg, NULL, 0, NULL);
	assert_int_equal(give(d, TLSO_HS_CLIENT_HELLO, 0, TLSO_OK, 0, msg, n,
			      &wire), TLSO_STEP_SEND);
	if (at == DONE)
		assert_int_equal(give(d, TLSO_HS_FINISHED, 1, TLSO_OK,
				      TLSO_OP_MAC_CHECK, NULL, 0, &wire),
				 TLSO_STEP_DONE);
	if (at == FAILED)
		assert_int_equal(give(d, 99, 1, TLSO_OK, 0, NULL, 0, &wire),
				 TLSO_STEP_FAIL);
}

/* What is right, in the state and under the keys where it is right. */
static bool expected(enum state_name at, unsigned int type, unsigned int epoch)
{
	if (type == TLSO_HS_CLIENT_HELLO)
		return epoch == 0 && (at == START || at == RETRIED);
	return type == TLSO_HS_FINISHED && epoch == 1 && at == FLIGHT;
}

static void check_message(enum state_name at, unsigned int type,
			  unsigned int epoch, const u8 *msg, size_t n)
{
	struct tlso_director d;
	enum tlso_step r;
	size_t wire;

	reach(&d, at);
	r = give(&d, type, epoch, TLSO_OK, TLSO_OP_MAC_CHECK, msg, n, &wire);
	if (expected(at, type, epoch)) {
		assert_int_equal(r, at == FLIGHT ? TLSO_STEP_DONE :
						   TLSO_STEP_SEND);
		return;
	}
	assert_int_equal(r, TLSO_STEP_FAIL);
	assert_int_equal(d.alert, TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* In the epoch in which our side writes by then; and once. */
	if (at == FAILED)
		assert_int_equal(wire, 0);
	else
		assert_int_equal(wire, at < FLIGHT ? 7 : 24);
	assert_int_equal(give(&d, 1, 0, TLSO_OK, 0, msg, n, &wire),
			 TLSO_STEP_FAIL);
	assert_int_equal(wire, 0);
}

static void test_every_message(void **state)
{
	struct hello h = { .share_group = TLSO_GROUP_X25519 };
	unsigned int at, type, epoch;
	u8 msg[HELLO_MAX];
	size_t n;

	(void)state;
	n = hello_write(&h, msg, NULL, 0, NULL);
	for (at = 0; at < STATES; at++)
		for (type = 0; type < 255; type++)
			for (epoch = 0; epoch < 3; epoch++)
				check_message(at, type, epoch, msg, n);
}

/* Errors from the completer in every state: the alert that err.h says. */
static void check_error(enum state_name at, unsigned int e)
{
	struct tlso_director d;
	size_t wire;

	reach(&d, at);
	assert_int_equal(give(&d, 0, 0, e, 0, NULL, 0, &wire), TLSO_STEP_FAIL);
	assert_int_equal(d.err, e);
	assert_int_equal(d.alert, tlso_err_alert(e));
	assert_int_equal(wire, e == TLSO_E_PEER_ALERT ? 0 :
			       at < FLIGHT	      ? 7 : 24);
}

static void test_every_error(void **state)
{
	unsigned int at, e;

	(void)state;
	for (at = START; at < FAILED; at++)
		for (e = TLSO_E_DECODE; e < TLSO_E_COUNT; e++)
			check_error(at, e);
}

/* The adapter must say that it checked the MAC. */
static void test_unchecked_finished(void **state)
{
	struct tlso_director d;
	size_t wire;

	(void)state;
	reach(&d, FLIGHT);
	assert_int_equal(give(&d, TLSO_HS_FINISHED, 1, TLSO_OK,
			      (u16)~TLSO_OP_MAC_CHECK, NULL, 0, &wire),
			 TLSO_STEP_FAIL);
	assert_int_equal(d.alert, TLSO_ALERT_INTERNAL_ERROR);
}

static void check_alert(enum state_name at, unsigned int alert)
{
	u8 body[2] = { 1, (u8)alert };
	bool canceled = alert == TLSO_ALERT_USER_CANCELED;
	struct tlso_director d;
	size_t wire;

	reach(&d, at);
	assert_int_equal(give(&d, TLSO_FIN_ALERT, 1, TLSO_OK, 0, body, 2,
			      &wire),
			 canceled ? TLSO_STEP_WAIT : TLSO_STEP_FAIL);
	assert_int_equal(wire, 0);
	assert_int_equal(d.alert, canceled ? 255 : alert);
}

static void test_alerts(void **state)
{
	struct tlso_director d;
	unsigned int at, alert;
	size_t wire;

	(void)state;
	for (at = START; at < FAILED; at++)
		for (alert = 0; alert < 255; alert++)
			check_alert(at, alert);
	reach(&d, START);
	assert_int_equal(give(&d, TLSO_FIN_ALERT, 0, TLSO_OK, 0, NULL, 0,
			      &wire), TLSO_STEP_FAIL);
	assert_int_equal(d.err, TLSO_E_SEAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message),
		cmocka_unit_test(test_every_error),
		cmocka_unit_test(test_unchecked_finished),
		cmocka_unit_test(test_alerts),
	};

	return cmocka_run_group_tests_name("fsm", tests, NULL, NULL);
}
