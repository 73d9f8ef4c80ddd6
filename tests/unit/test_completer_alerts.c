// SPDX-License-Identifier: GPL-2.0-only
/* The completer: alerts that come, at every stage, in clear and under keys. */
#include "pair.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 big[TLSO_REC_CIPHER_MAX + 64];

/* An alert to @h as it would come just now, @clear or under its keys. */
static size_t alert_record(const struct half *h, bool clear, u8 level, u8 desc)
{
	u8 msg[2] = { level, desc };

	if (clear)
		return record_clear(rec, TLSO_CT_ALERT, msg, 2);
	return record_sealed(h, rec, TLSO_CT_ALERT, msg, 2, 0);
}

/* What comes of it: -1 ignored, -2 closed, -3 fatal, else our alert. */
static int alerted(struct half *h, bool clear, u8 level, u8 desc)
{
	size_t n = alert_record(h, clear, level, desc);
	const struct tlso_finished *f;

	half_feed(h, rec, n, 1);
	if (!h->c.in_err)
		return -1;
	f = &h->got[h->n_got - 1].f;
	if (f->type != TLSO_FIN_ALERT)
		return half_alert(h);
	assert_int_equal(f->len, 2);
	assert_memory_equal(f->body, ((u8[]){ level, desc }), 2);
	assert_int_equal(f->epoch, clear ? TLSO_EPOCH_CLEAR : h->c.rx_epoch);
	/* Nothing more is taken, and alerts are all that may be sent. */
	assert_int_equal(half_alert(h), f->err ? TLSO_ALERT_NONE : -1);
	return f->err ? -3 : -2;
}

static int alert_at(enum stage st, bool clear, u8 level, u8 desc)
{
	struct half *h;
	struct pair *p = at(st, &h);
	int r = alerted(h, clear, level, desc);

	pair_free(p);
	return r;
}

static void test_alerts(void **state)
{
	/* The result of a clear and a sealed alert; 0: it cannot come so. */
	static const struct {
		enum stage st;
		bool clear;
		int warning; /* 1, no_renegotiation */
		int canceled; /* 1, user_canceled */
	} cases[] = {
		{ S_HELLO, true, -1, -1 },	{ C_HELLO, true, -1, -1 },
		{ S13_FINISHED, true, -3, -1 },	{ S13_FINISHED, false, -3, -1 },
		{ C13_FLIGHT, false, -3, -1 },	{ S12_KEY, true, -1, -1 },
		{ C12_CCS, true, -1, -1 },	{ C12_FINISHED, false, -1, -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		enum stage st = cases[i].st;
		bool clear = cases[i].clear, v13 = cases[i].warning == -3;

		assert_int_equal(alert_at(st, clear, 1, 100), cases[i].warning);
		assert_int_equal(alert_at(st, clear, 1, 90), cases[i].canceled);
		assert_int_equal(alert_at(st, clear, 2, 90), v13 ? -1 : -3);
		assert_int_equal(alert_at(st, clear, 1, 0), -2);
		assert_int_equal(alert_at(st, clear, 2, 0), -2);
		assert_int_equal(alert_at(st, clear, 2, 40), -3);
		assert_int_equal(alert_at(st, clear, 2, 255), -3);
		assert_int_equal(alert_at(st, clear, 0, 40),
				 TLSO_ALERT_ILLEGAL_PARAMETER);
		assert_int_equal(alert_at(st, clear, 3, 0),
				 TLSO_ALERT_ILLEGAL_PARAMETER);
	}
}

static void test_alert_lengths(void **state)
{
	static const u8 three[] = { 1, 0, 0 };
	enum stage st;

	(void)state;
	for (st = 0; st < STAGES; st++) {
		bool sealed = st == C12_FINISHED || st == C13_FLIGHT;
		struct half *h;
		struct pair *p;
		size_t n, i;

		for (i = 0; i < 4; i++) {
			if (i == 2)
				continue;
			p = at(st, &h);
			n = sealed ? record_sealed(h, rec, TLSO_CT_ALERT, three,
						   i, 0) :
				     record_clear(rec, TLSO_CT_ALERT, three, i);
			assert_int_equal(alert_of(p, h, rec, n),
					 i ? TLSO_ALERT_DECODE_ERROR :
					     TLSO_ALERT_UNEXPECTED_MESSAGE);
		}
	}
}

/* Four in a row; what is not an alert ends the row. */
static void test_warnings(void **state)
{
	static const enum stage stages[] = { C_HELLO, C12_FINISHED,
					     C13_FLIGHT };
	size_t i, j, n;
	struct half *h;
	struct pair *p;
	u8 desc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(stages); i++) {
		desc = stages[i] == C13_FLIGHT ? 90 : 112;
		p = at(stages[i], &h);
		for (j = 0; j < 4; j++)
			assert_int_equal(alerted(h, !i, 1, desc), -1);
		assert_int_equal(alerted(h, !i, 1, desc),
				 TLSO_ALERT_UNEXPECTED_MESSAGE);
		pair_free(p);

		p = at(stages[i], &h);
		for (j = 0; j < 12; j++) {
			assert_int_equal(alerted(h, !i, 1, desc), -1);
			if (j % 4 != 3)
				continue;
			/* Part of a message; RFC 8446 5.1 has no alert in it. */
			n = !i ? record_clear(rec, TLSO_CT_HANDSHAKE,
					      (const u8 *)"\2", 1) :
				 record_sealed(h, rec, TLSO_CT_HANDSHAKE,
					       (const u8 *)"\x14", 1, 0);
			half_feed(h, rec, n, 0);
			assert_int_equal(half_alert(h), -1);
			if (desc == 90) {
				assert_int_equal(alerted(h, false, 1, desc),
						 TLSO_ALERT_UNEXPECTED_MESSAGE);
				break;
			}
		}
		pair_free(p);
	}
}

/* In clear where keys are in use: only to a server that got nothing under them. */
static void test_clear_alert(void **state)
{
	struct half *h;
	struct pair *p = at(C13_FLIGHT, &h);
	size_t n = alert_record(h, true, 2, 40);
	u8 msg[64];

	(void)state;
	assert_int_equal(alert_of(p, h, rec, n), TLSO_ALERT_UNEXPECTED_MESSAGE);
	p = at(S13_FINISHED, &h);
	finished_for(h, msg);
	n = record_sealed(h, big, TLSO_CT_HANDSHAKE, msg, 10, 0);
	half_feed(h, big, n, 0);
	n = alert_record(h, true, 2, 40);
	assert_int_equal(alert_of(p, h, rec, n), TLSO_ALERT_UNEXPECTED_MESSAGE);
	p = at(C12_FINISHED, &h);
	n = alert_record(h, true, 2, 40);
	assert_int_equal(alert_of(p, h, rec, n), TLSO_ALERT_BAD_RECORD_MAC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_alert_lengths),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_clear_alert),
	};

	return cmocka_run_group_tests_name("completer, alerts", tests, NULL,
					   NULL);
}
