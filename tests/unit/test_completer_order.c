// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completer: what comes too early, or too much: early data, bytes before our
 * answer, more behind a message that changes keys.
 */
#include "pair.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 big[TLSO_REC_CIPHER_MAX + 64];

/* ---- Early data, hold ---------------------------------------------------- */

/* The alert to @n bytes, of a server that has answered a hello like @sh. */
static int early_alert(const struct shape *sh, size_t n)
{
	struct pair *p = answered_pair(sh);

	return alert_of(p, p->s, big, n);
}

/* 4.2.10: a bound, and only for clients that offered early data. */
static void early_13(void)
{
	struct shape sh = { .early_data = true };
	struct pair *p;
	size_t n;
	u8 msg[64];

	n = record_clear(big, TLSO_CT_DATA, big + 100, 8000);
	p = answered_pair(&sh);
	half_feed(p->s, big, n, 999);
	half_feed(p->s, big, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);

	p = answered_pair(&sh);
	half_feed(p->s, big, n, 999);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE, msg,
			  finished_for(p->s, msg), 0);
	half_feed(p->s, rec, n, 0);
	assert_true(p->s->complete);
	pair_free(p);

	/* After the first record that opened there is none. */
	p = answered_pair(&sh);
	n = finished_for(p->s, msg);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE, msg, 7, 0);
	half_feed(p->s, rec, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	n = record_clear(big, TLSO_CT_DATA, big + 100, 100);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);

	sh.early_data = false;
	assert_int_equal(early_alert(&sh, n), TLSO_ALERT_BAD_RECORD_MAC);
}

/* After a HelloRetryRequest it comes in front of the hello. */
static void early_retry(void)
{
	struct shape sh = { .early_data = true, .retry = true };
	size_t n = record_clear(big, TLSO_CT_DATA, big + 100, 100);
	struct pair *p = pair_new(&sh, NULL);

	client_hello(p);
	server_retry(p);
	half_feed(p->s, big, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	client_hello(p);
	server_flight13(p);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);
	/* But not behind a second one that offers it again. */
	sh.early_again = true;
	assert_int_equal(early_alert(&sh, n), TLSO_ALERT_BAD_RECORD_MAC);
	sh.early_again = false;
	sh.early_data = false;
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_retry(p);
	assert_int_equal(alert_of(p, p->s, big, 1),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
}

/* In TLS 1.2 nobody skips it. */
static void early_12(void)
{
	struct shape sh = { .version = TLSO_VERSION_12, .early_data = true };
	struct pair *p;
	size_t n;
	u8 msg[16] = { 0 };

	(void)record_clear(big, TLSO_CT_DATA, big + 100, 100);
	assert_int_equal(early_alert(&sh, 1), TLSO_ALERT_UNEXPECTED_MESSAGE);
	p = answered_pair(&sh);
	assert_int_equal(p->s->c.skip_left, 0);
	client_flight12(p);
	p->s->c.finished_got = 0; /* once more, then: its keys are there */
	half_begin(p->s);
	assert_int_equal(half_send(p->s), TLSO_OK);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE, msg, sizeof(msg), 0);
	rec[n - 1] ^= 1;
	assert_int_equal(alert_of(p, p->s, rec, n), TLSO_ALERT_BAD_RECORD_MAC);
}

static void test_early_data(void **state)
{
	(void)state;
	early_13();
	early_retry();
	early_12();
}

static void held(struct half *h, bool is)
{
	size_t used, n;
	const u8 *seg;

	/* The end of what is handed out, then the next record. */
	assert_int_equal(tlso_completer_feed(&h->c, rec, 0, &used, &seg, &n),
			 TLSO_FEED_MORE);
	assert_int_equal(tlso_completer_feed(&h->c, (const u8 *)"\x15", 1,
					     &used, &seg, &n), TLSO_FEED_MORE);
	assert_int_equal(used, is ? 0 : 1);
}

/* After what keys may follow, nothing is taken before a starter. */
static void test_hold(void **state)
{
	struct pair *p = fresh_pair(0);

	(void)state;
	client_hello(p);
	held(p->s, true);
	server_flight13(p);
	held(p->c, true); /* ServerHello */
	client_keys13(p);
	held(p->c, true); /* Finished */
	client_finish13(p);
	held(p->c, true); /* over */
	held(p->s, true);
	pair_free(p);

	p = pair_new(&(struct shape){ .retry = true }, NULL);
	client_hello(p);
	server_retry(p);
	held(p->c, true);
	held(p->s, false);
	pair_free(p);

	p = fresh_pair(TLSO_VERSION_12);
	client_hello(p);
	server_flight12(p);
	held(p->c, true); /* ServerHelloDone */
	half_begin(p->c);
	put_client_key(p);
	assert_int_equal(half_send(p->c), TLSO_OK);
	pump(p->c, p->s, 0);
	held(p->s, true); /* ClientKeyExchange */
	pair_free(p);
	p = fresh_pair(TLSO_VERSION_12);
	client_hello(p);
	server_flight12(p);
	client_flight12(p);
	held(p->s, true); /* Finished */
	held(p->c, false);
	pair_free(p);
}

/* ---- What keys may follow ends its record --------------------------------- */

/* A record of the last message that @from sent in clear, and @more behind it. */
static size_t with_more(const struct half *from, size_t at_msg, u8 more)
{
	size_t n = (size_t)(from->out[at_msg + 3] << 8 | from->out[at_msg + 4]);

	memcpy(big, from->out + at_msg + 5, n);
	big[n] = more;
	return record_clear(rec, TLSO_CT_HANDSHAKE, big, n + 1);
}

static void test_trailing(void **state)
{
	struct tlso_rd share;
	struct pair *p;
	size_t n;

	(void)state;
	/* ClientHello */
	p = fresh_pair(0);
	half_begin(p->c);
	put_client_hello(p);
	assert_int_equal(half_send(p->c), TLSO_OK);
	n = with_more(p->c, 0, 1);
	assert_int_equal(alert_of(p, p->s, rec, n),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* HelloRetryRequest */
	p = pair_new(&(struct shape){ .retry = true }, NULL);
	client_hello(p);
	p->c->c.hold = 1; /* it does not get it */
	server_retry(p);
	p->c->c.hold = 0;
	n = with_more(p->s, 0, 2);
	assert_int_equal(alert_of(p, p->c, rec, n),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* ServerHello: only the version tells, and that comes with the keys. */
	p = fresh_pair(0);
	client_hello(p);
	p->c->c.hold = 1;
	server_flight13(p);
	p->c->c.hold = 0;
	n = with_more(p->s, 0, 8);
	half_feed(p->c, rec, n, 0);
	share = share_in(p->c, TLSO_HS_SERVER_HELLO, p->sh.group);
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_13);
	tlso_starter_share(&p->c->w, p->sh.group, share.p, share.n);
	half_epoch(p->c, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(half_send(p->c), TLSO_E_UNEXPECTED);
	pair_free(p);
	/* ServerHelloDone */
	p = fresh_pair(TLSO_VERSION_12);
	client_hello(p);
	server_flight12(p);
	half_begin(p->c);
	assert_int_equal(half_send(p->c), TLSO_OK);
	n = record_clear(rec, TLSO_CT_HANDSHAKE,
			 (const u8 *)"\x0e\0\0\0\4", 5);
	assert_int_equal(alert_of(p, p->c, rec, n),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
}

/* One record of the smallest messages is not as many segments. */
static void test_many_messages(void **state)
{
	static const enum stage stages[] = { S13_FINISHED, C13_FLIGHT,
					     C12_FINISHED, S12_KEY };
	size_t i, j, n;
	struct half *h;
	struct pair *p;

	(void)state;
	memset(big, 0, TLSO_REC_PLAIN_MAX);
	for (j = 0; j < TLSO_REC_PLAIN_MAX; j += TLSO_HS_HDR)
		big[j] = TLSO_HS_CERTIFICATE;
	for (i = 0; i < ARRAY_SIZE(stages); i++) {
		p = at(stages[i], &h);
		n = stages[i] == S12_KEY ?
			    record_clear(rec, TLSO_CT_HANDSHAKE, big,
					 TLSO_REC_PLAIN_MAX) :
			    record_sealed(h, rec, TLSO_CT_HANDSHAKE, big,
					  TLSO_REC_PLAIN_MAX, 0);
		half_feed(h, rec, n, n);
		assert_int_equal(h->err, TLSO_E_UNEXPECTED);
		assert_true(h->n_got < 16);
		pair_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early_data),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_many_messages),
	};

	return cmocka_run_group_tests_name("completer, order", tests, NULL,
					   NULL);
}
