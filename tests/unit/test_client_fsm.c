// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's states from outside: every message under every key in every state is
 * taken, or answered with unexpected_message; every error of the completer and
 * every alert ends it as it should.
 */
#include "client_fixture.h"

/* What a server sends; a handshake is a string of these. */
enum sent {
	END, /* of a string */
	SH13, RETRY, SH13_PSK, EE, CR13, CERT13, CV, FIN13,
	SH12, SH12_RSA, SH12_TICKET, SH12R, SH12R_TICKET, CERT12, CERT12_RSA,
	SKE, CR12, DONE, NST, CCS, FIN12,
};

static const struct server_hello hellos[] = {
	[SH13] = { .version = TLSO_VERSION_13, .suite = TLSO_AES_128_GCM_SHA256,
		   .group = TLSO_GROUP_X25519 },
	[RETRY] = { .retry = true, .version = TLSO_VERSION_13,
		    .suite = TLSO_AES_128_GCM_SHA256, .group = 0, .cookie = 3 },
	[SH13_PSK] = { .version = TLSO_VERSION_13,
		       .suite = TLSO_AES_128_GCM_SHA256,
		       .group = TLSO_GROUP_X25519, .psk = true },
	[SH12] = { .suite = TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256,
		   .no_echo = true, .reneg = true },
	[SH12_RSA] = { .suite = TLSO_RSA_AES_128_GCM_SHA256, .no_echo = true,
		       .reneg = true },
	[SH12_TICKET] = { .suite = TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256,
			  .no_echo = true, .ticket = true, .reneg = true },
	[SH12R] = { .suite = TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256, .ems = true,
		    .reneg = true },
	[SH12R_TICKET] = { .suite = TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256,
			   .ems = true, .ticket = true, .reneg = true },
};

static void make(struct msg *m, enum sent what)
{
	switch (what) {
	case EE:
		make_encrypted_extensions(m, NULL, 0);
		break;
	case CR13:
	case CR12:
		make_certificate_request(m, what == CR13 ? TLSO_VERSION_13 :
							   TLSO_VERSION_12,
					 TLSO_ECDSA_P256_SHA256);
		break;
	case CERT13:
		make_certificate(m, TLSO_VERSION_13, false);
		break;
	case CERT12:
	case CERT12_RSA:
		make_certificate(m, TLSO_VERSION_12, what == CERT12_RSA);
		break;
	case CV:
		make_certificate_verify(m, TLSO_ECDSA_P256_SHA256);
		break;
	case SKE:
		make_server_key_exchange(m, TLSO_GROUP_P256,
					 TLSO_ECDSA_P256_SHA256);
		break;
	case DONE:
		make_server_hello_done(m);
		break;
	case NST:
		make_ticket12(m, 20);
		break;
	case CCS:
		make_ccs(m);
		break;
	case FIN13:
	case FIN12:
		make_finished(m, what == FIN13 ? TLSO_VERSION_13 :
						 TLSO_VERSION_12);
		break;
	default:
		make_server_hello(m, &hellos[what]);
	}
}

/* Each state: how to get there, what may come then, and which session is offered. */
static const struct at {
	const char *name;
	enum sent path[10];
	enum sent next[4];
	u16 resume; /* version of the session, 0: none */
	u8 epoch; /* in which our side writes by then */
} states[] = {
	{ "ServerHello", { END }, { SH13, RETRY, SH12 }, 0, 0 },
	{ "ServerHello, PSK", { END }, { SH13, SH13_PSK }, TLSO_VERSION_13, 0 },
	{ "ServerHello, ticket", { END }, { SH12, SH12R, SH12R_TICKET },
	  TLSO_VERSION_12, 0 },
	{ "second ServerHello", { RETRY }, { SH13 }, 0, 0 },
	{ "EncryptedExtensions", { SH13 }, { EE }, 0, 1 },
	{ "after retry", { RETRY, SH13 }, { EE }, 0, 1 },
	{ "1.3 request", { SH13, EE }, { CR13, CERT13 }, 0, 1 },
	{ "1.3 Certificate", { SH13, EE, CR13 }, { CERT13 }, 0, 1 },
	{ "1.3 verify", { SH13, EE, CERT13 }, { CV }, 0, 1 },
	{ "1.3 verify, asked", { SH13, EE, CR13, CERT13 }, { CV }, 0, 1 },
	{ "1.3 Finished", { SH13, EE, CERT13, CV }, { FIN13 }, 0, 1 },
	{ "1.3 PSK", { SH13_PSK }, { EE }, TLSO_VERSION_13, 1 },
	{ "1.3 PSK, Finished", { SH13_PSK, EE }, { FIN13 }, TLSO_VERSION_13, 1 },
	{ "1.3 over", { SH13, EE, CERT13, CV, FIN13 }, { END }, 0, 2 },
	{ "1.2 Certificate", { SH12 }, { CERT12 }, 0, 0 },
	{ "1.2 key", { SH12, CERT12 }, { SKE }, 0, 0 },
	{ "1.2 RSA", { SH12_RSA, CERT12_RSA }, { CR12, DONE }, 0, 0 },
	{ "1.2 request", { SH12, CERT12, SKE }, { CR12, DONE }, 0, 0 },
	{ "1.2 done", { SH12, CERT12, SKE, CR12 }, { DONE }, 0, 0 },
	{ "1.2 ticket", { SH12_TICKET, CERT12, SKE, DONE }, { NST }, 0, 2 },
	{ "1.2 CCS", { SH12, CERT12, SKE, DONE }, { CCS }, 0, 2 },
	{ "1.2 CCS, ticket", { SH12_TICKET, CERT12, SKE, DONE, NST }, { CCS }, 0,
	  2 },
	{ "1.2 Finished", { SH12, CERT12, SKE, DONE, CCS }, { FIN12 }, 0, 2 },
	{ "1.2 over", { SH12, CERT12, SKE, DONE, CCS, FIN12 }, { END }, 0, 2 },
	{ "resumed, ticket", { SH12R_TICKET }, { NST }, TLSO_VERSION_12, 0 },
	{ "resumed, ticket, CCS", { SH12R_TICKET, NST }, { CCS },
	  TLSO_VERSION_12, 0 },
	{ "resumed, CCS", { SH12R }, { CCS }, TLSO_VERSION_12, 0 },
	{ "resumed, Finished", { SH12R, CCS }, { FIN12 }, TLSO_VERSION_12, 0 },
	{ "resumed, over", { SH12R, CCS, FIN12 }, { END }, TLSO_VERSION_12, 2 },
};

static void reach(const struct at *at)
{
	unsigned int i;

	c->cfg.resume = NULL;
	if (at->resume)
		client_resumes(c, at->resume,
			       at->resume == TLSO_VERSION_13 ?
				       TLSO_AES_128_GCM_SHA256 :
				       TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256);
	client_start(c);
	for (i = 0; at->path[i]; i++) {
		make(&m, at->path[i]);
		client_takes(c, &m);
	}
}

/* A good message of @type, if there is one; else an empty one. */
static void make_type(u8 type, const struct at *at)
{
	static const enum sent all[] = { SH13, SH12, EE, CR13, CERT13, CV, FIN13,
					 CERT12, SKE, CR12, DONE, NST, CCS };
	unsigned int i;

	for (i = 0; at->next[i]; i++) {
		make(&m, at->next[i]);
		if (m.type == type)
			return;
	}
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		make(&m, all[i]);
		if (m.type == type)
			return;
	}
	make_msg(&m, type, 0, NULL, 0);
}

static bool expected(const struct at *at, u8 type, u8 epoch)
{
	struct msg want;
	unsigned int i;

	for (i = 0; at->next[i]; i++) {
		make(&want, at->next[i]);
		if (want.type == type && want.epoch == epoch)
			return true;
	}
	return false;
}

/* Of an alert under the keys of @epoch. */
static size_t alert_wire(u8 epoch)
{
	if (!epoch)
		return 7;
	return 7 + (c->d.version == TLSO_VERSION_13 ? 17 : 24);
}

static void check_message(const struct at *at, u8 type, u8 epoch)
{
	enum tlso_step step;

	reach(at);
	make_type(type, at);
	m.epoch = epoch;
	step = client_give(c, &m);
	/* RFC 5246 7.4.1.1: to be ignored until the handshake is over */
	if (type == TLSO_HS_HELLO_REQUEST && epoch != TLSO_EPOCH_HANDSHAKE &&
	    at->next[0] && c->d.version != TLSO_VERSION_13) {
		assert_int_equal(step, TLSO_STEP_WAIT);
		make(&m, at->next[0]);
		client_takes(c, &m);
		return;
	}
	if (expected(at, type, epoch)) {
		if (step == TLSO_STEP_FAIL)
			fail_msg("%s: message %u in epoch %u: alert %u", at->name,
				 type, epoch, c->d.alert);
		return;
	}
	if (step != TLSO_STEP_FAIL ||
	    c->d.alert != TLSO_ALERT_UNEXPECTED_MESSAGE)
		fail_msg("%s: message %u in epoch %u: step %d, alert %u",
			 at->name, type, epoch, step, c->d.alert);
	assert_int_equal(c->wire, alert_wire(at->epoch));
	/* And then nothing more is said. */
	assert_int_equal(client_give(c, &m), TLSO_STEP_FAIL);
	assert_int_equal(c->n, 0);
}

static void test_every_message(void **state)
{
	unsigned int i, type, epoch;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++)
		for (type = 0; type < 255; type++)
			for (epoch = 0; epoch < 3; epoch++)
				check_message(&states[i], (u8)type, (u8)epoch);
}

/* Every message that is next, whichever it is, is taken. */
static void test_every_next(void **state)
{
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		for (k = 0; states[i].next[k]; k++) {
			reach(&states[i]);
			make(&m, states[i].next[k]);
			client_takes(c, &m);
		}
	}
}

static void test_every_error(void **state)
{
	unsigned int i, e;
	u8 want;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		for (e = TLSO_E_DECODE; e < TLSO_E_COUNT; e++) {
			reach(&states[i]);
			memset(&m, 0, sizeof(m));
			c->err = (enum tlso_err)e;
			assert_int_equal(client_give(c, &m), TLSO_STEP_FAIL);
			c->err = TLSO_OK;
			want = tlso_err_alert((enum tlso_err)e);
			if (e == TLSO_E_CERT_REQUIRED &&
			    c->d.version != TLSO_VERSION_13)
				want = TLSO_ALERT_HANDSHAKE_FAILURE;
			assert_int_equal(c->d.err, e);
			assert_int_equal(c->d.alert, want);
			assert_int_equal(c->wire, want == TLSO_ALERT_NONE ? 0 :
					 alert_wire(states[i].epoch));
		}
	}
}

/* A fatal alert ends it in every state, and nothing goes back. */
static void test_alerts(void **state)
{
	unsigned int i, alert;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		for (alert = 0; alert < 255; alert++) {
			if (alert == TLSO_ALERT_USER_CANCELED)
				continue;
			reach(&states[i]);
			memset(&m, 0, sizeof(m));
			m.type = TLSO_FIN_ALERT;
			m.p[0] = TLSO_ALERT_FATAL;
			m.p[1] = (u8)alert;
			m.n = 2;
			assert_int_equal(client_give(c, &m), TLSO_STEP_FAIL);
			assert_int_equal(c->d.err, TLSO_E_PEER_ALERT);
			assert_int_equal(c->d.alert, alert);
			assert_int_equal(c->n, 0);
		}
	}
}

/* The completer must say that it checked the MAC. */
static void test_unchecked_finished(void **state)
{
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		for (k = 0; states[i].next[k]; k++) {
			if (states[i].next[k] != FIN12 &&
			    states[i].next[k] != FIN13)
				continue;
			reach(&states[i]);
			make(&m, states[i].next[k]);
			c->ops = (u16)~TLSO_OP_MAC_CHECK;
			client_refuses(c, &m, TLSO_ALERT_INTERNAL_ERROR);
			c->ops = TLSO_OP_MAC_CHECK;
		}
	}
}

/* ---- Every message cut short --------------------------------------------- */

/* As it is, or with a header that agrees with the new length. */
static u8 cut(const struct at *at, enum sent what, size_t n, bool agree)
{
	reach(at);
	make(&m, what);
	m.n = n;
	if (agree) {
		m.p[1] = 0;
		m.p[2] = (u8)((n - 4) >> 8);
		m.p[3] = (u8)(n - 4);
	}
	return client_give(c, &m) == TLSO_STEP_FAIL ? c->d.alert :
						      TLSO_ALERT_NONE;
}

/* The rest of the message may do without: ServerHello without extensions is one of
 * TLS 1.2, or one that lacks something.
 */
static bool may_end(enum sent what, size_t n)
{
	return what < CERT12 && what != EE && what != CR13 && what != CERT13 &&
	       what != CV && what != FIN13 && n == 4 + 2 + 32 + 33 + 3;
}

static void check_cut(const struct at *at, enum sent what)
{
	size_t n, i;
	u8 alert;

	make(&m, what);
	n = m.n;
	for (i = 0; i < n; i++) {
		alert = cut(at, what, i, false);
		if (alert != TLSO_ALERT_DECODE_ERROR)
			fail_msg("%s: %zu of %zu bytes: %u", at->name, i, n,
				 alert);
		if (i < 4 || may_end(what, i))
			continue;
		alert = cut(at, what, i, true);
		if (alert != TLSO_ALERT_DECODE_ERROR)
			fail_msg("%s: %zu of %zu bytes, length right: %u",
				 at->name, i, n, alert);
	}
	alert = cut(at, what, n + 1, true);
	if (alert != TLSO_ALERT_DECODE_ERROR)
		fail_msg("%s: a byte more: %u", at->name, alert);
}

static void test_cut_short(void **state)
{
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++)
		for (k = 0; states[i].next[k]; k++)
			/* These are the completer's to parse. */
			if (states[i].next[k] != CCS &&
			    states[i].next[k] != FIN12 &&
			    states[i].next[k] != FIN13)
				check_cut(&states[i], states[i].next[k]);
}

/* Whatever a bit becomes, the answer is a starter or an alert; most are refused. */
static void test_every_bit(void **state)
{
	unsigned int i, k, bit, refused = 0, taken = 0;
	size_t at, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		for (k = 0; states[i].next[k]; k++) {
			make(&m, states[i].next[k]);
			n = m.n;
			for (at = 0; at < n; at++) {
				for (bit = 0; bit < 8; bit += 3) {
					reach(&states[i]);
					make(&m, states[i].next[k]);
					m.p[at] ^= (u8)(1u << bit);
					if (client_give(c, &m) == TLSO_STEP_FAIL)
						refused++;
					else
						taken++;
				}
			}
		}
	}
	assert_true(refused > 1000 && taken > 1000);
}

static int setup(void **state)
{
	client_setup(state);
	c->cfg.rsa_kx = true;
	c->cfg.ids = c->ids;
	c->cfg.n_ids = 2;
	return 0;
}

#define WITH_IDS(f) cmocka_unit_test_setup_teardown(f, setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_IDS(test_every_message),
		WITH_IDS(test_every_next),
		WITH_IDS(test_every_error),
		WITH_IDS(test_alerts),
		WITH_IDS(test_unchecked_finished),
		WITH_IDS(test_cut_short),
		WITH_IDS(test_every_bit),
	};

	return cmocka_run_group_tests_name("client fsm", tests, NULL, NULL);
}
