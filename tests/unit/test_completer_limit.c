// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 8449: the completer and a record_size_limit of our own, in both roles and
 * versions: what is longer ends in record_overflow, wherever the limit is told
 * before or after it.
 */
#include "pair.h"

/* Tells @h the limit in a starter that holds nothing else. */
static enum tlso_err tell(struct half *h, u16 limit)
{
	half_begin(h);
	tlso_starter_own_limit(&h->w, limit);
	return half_send(h);
}

/* Feeds @h a protected record with the first @n bytes of a message that is longer,
 * and @pad bytes of padding.
 */
static enum tlso_err feed(struct half *h, size_t n, size_t pad)
{
	static u8 msg[20000] = { TLSO_HS_FINISHED, 0, 0x40, 0 };
	static u8 rec[20000];

	half_feed(h, rec,
		  record_sealed(h, rec, TLSO_CT_HANDSHAKE, msg, n, pad), 0);
	return h->err;
}

static void one(enum stage st, u16 limit, size_t n, size_t pad,
		enum tlso_err want)
{
	struct half *h;
	struct pair *p = at(st, &h);

	if (limit)
		assert_int_equal(tell(h, limit), TLSO_OK);
	assert_int_equal(feed(h, n, pad), want);
	if (want)
		assert_int_equal(half_alert(h), TLSO_ALERT_RECORD_OVERFLOW);
	pair_free(p);
}

static void test_record(void **state)
{
	static const enum stage stages[] = { S13_FINISHED, C13_FLIGHT,
					     C12_FINISHED };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(stages); i++) {
		one(stages[i], 0, 8000, 0, TLSO_OK);
		one(stages[i], 500, 500, 0, TLSO_OK);
		one(stages[i], 500, 501, 0, TLSO_E_OVERFLOW);
		one(stages[i], 63, 64, 0, TLSO_E_OVERFLOW);
		one(stages[i], 16383, 16383, 0, TLSO_OK);
		one(stages[i], 16383, 16384, 0, TLSO_E_OVERFLOW);
	}
	/* Padding counts. */
	one(S13_FINISHED, 500, 400, 100, TLSO_OK);
	one(S13_FINISHED, 500, 400, 101, TLSO_E_OVERFLOW);
}

/* What came before the limit was known, here a longer record and a shorter one. */
static void late(enum stage st, u16 limit, size_t n, size_t pad,
		 enum tlso_err want)
{
	struct half *h;
	struct pair *p = at(st, &h);

	assert_int_equal(feed(h, n, pad), TLSO_OK);
	assert_int_equal(feed(h, 1, 0), TLSO_OK);
	assert_int_equal(tell(h, limit), want);
	pair_free(p);
}

static void test_late(void **state)
{
	(void)state;
	late(C13_FLIGHT, 500, 500, 0, TLSO_OK);
	late(C13_FLIGHT, 500, 501, 0, TLSO_E_OVERFLOW);
	late(C13_FLIGHT, 500, 400, 101, TLSO_E_OVERFLOW);
	late(C12_FINISHED, 500, 500, 0, TLSO_OK); /* with an explicit nonce */
	late(C12_FINISHED, 500, 501, 0, TLSO_E_OVERFLOW);
}

static size_t longest(const struct half *h)
{
	size_t at, n, most = 0;

	for (at = 0; at < h->out_len; at += TLSO_REC_HDR + n) {
		n = (size_t)h->out[at + 3] << 8 | h->out[at + 4];
		if (h->out[at] == TLSO_CT_DATA && n - 17 > most)
			most = n - 17;
	}
	return most;
}

/* A client of TLS 1.3 tells of it with its Finished: nothing of that goes out, but an
 * alert does, under the keys of the handshake.
 */
static void finish(unsigned int less, enum tlso_err want)
{
	struct shape sh = { .chain = 3000, .limit = 300 };
	struct pair *p = answered_pair(&sh);
	size_t sent, most;

	client_keys13(p);
	sent = p->c->out_len;
	most = longest(p->s);
	assert_in_range(most, 250, 300);
	half_begin(p->c);
	tlso_starter_own_limit(&p->c->w, (u16)(most - less));
	put_finished(p->c);
	half_epoch(p->c, TLSO_EPOCH_APPLICATION);
	assert_int_equal(half_send(p->c), want);
	if (want) {
		assert_int_equal(p->c->out_len, sent);
		p->c->epoch = TLSO_EPOCH_HANDSHAKE;
		half_begin(p->c);
		tlso_starter_alert(&p->c->w, TLSO_ALERT_FATAL,
				   tlso_err_alert(want));
		assert_int_equal(half_send(p->c), TLSO_OK);
		pump(p->c, p->s, 0);
		assert_int_equal(last(p->s, TLSO_FIN_ALERT)->body[1],
				 TLSO_ALERT_RECORD_OVERFLOW);
	} else {
		pump(p->c, p->s, 0);
		assert_true(p->s->complete);
	}
	pair_free(p);
}

static void test_finish(void **state)
{
	(void)state;
	finish(0, TLSO_OK);
	finish(1, TLSO_E_OVERFLOW);
}

/* What is in clear is as long as it is. */
static void test_clear(void **state)
{
	struct half *h;
	struct pair *p = at(C12_CCS, &h);
	static const u8 msg[500] = { TLSO_HS_NEW_SESSION_TICKET, 0, 2, 0 };
	u8 rec[600];

	(void)state;
	assert_int_equal(tell(h, 64), TLSO_OK);
	half_feed(h, rec,
		  record_clear(rec, TLSO_CT_HANDSHAKE, msg, sizeof(msg)), 0);
	assert_int_equal(h->err, TLSO_OK);
	pair_free(p);
}

/* The item's form. */
static void test_form(void **state)
{
	struct half *h;
	struct pair *p = at(S13_FINISHED, &h);
	bool alert_only;
	size_t n, wire;

	(void)state;
	half_begin(h);
	tlso_starter_own_limit(&h->w, 16384);
	assert_int_equal(tlso_starter_end(&h->w, &n, &wire), TLSO_OK);
	assert_int_equal(wire, 0);
	assert_int_equal(tlso_starter_check(h->starter, n, h->epoch,
					    &alert_only), TLSO_OK);
	assert_false(alert_only);
	half_begin(h);
	tlso_starter_own_limit(&h->w, 0);
	assert_int_equal(half_send(h), TLSO_E_SEAM);
	pair_free(p);
	p = at(S13_FINISHED, &h);
	half_begin(h);
	tlso_starter_own_limit(&h->w, 16385);
	assert_int_equal(half_send(h), TLSO_E_SEAM);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_form),
	};

	return cmocka_run_group_tests_name("completer limit", tests, NULL,
					   NULL);
}
