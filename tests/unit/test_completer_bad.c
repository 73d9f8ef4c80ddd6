// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completer: every way to spoil a handshake under it. On the record layer, with
 * alerts, change_cipher_spec, tickets, shares; and starters that no director writes.
 */
#include "harness.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/suite.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 big[TLSO_REC_CIPHER_MAX + 64];

static struct pair *fresh_pair(u16 version)
{
	return pair_new(&(struct shape){ .version = version }, NULL);
}

/* Feeds @n bytes to @h and frees the pair: the alert that follows, -1: none. */
static int alert_of(struct pair *p, struct half *h, const u8 *bytes, size_t n)
{
	int alert;

	half_feed(h, bytes, n, 0);
	alert = half_alert(h);
	if (alert < 0)
		assert_int_equal(h->taken, n);
	pair_free(p);
	return alert;
}

/* ---- Before the first hello ---------------------------------------------- */

static int to_server(const u8 *bytes, size_t n)
{
	struct pair *p = fresh_pair(0);

	return alert_of(p, p->s, bytes, n);
}

static int to_client(const u8 *bytes, size_t n)
{
	struct pair *p = fresh_pair(0);

	client_hello(p);
	return alert_of(p, p->c, bytes, n);
}

#define SERVER(bytes) to_server((const u8 *)(bytes), sizeof(bytes) - 1)
#define CLIENT(bytes) to_client((const u8 *)(bytes), sizeof(bytes) - 1)

static void test_first_bytes(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		u8 c = (u8)i;
		bool ok = i == TLSO_CT_ALERT || i == TLSO_CT_HANDSHAKE;

		assert_int_equal(to_server(&c, 1),
				 ok ? -1 : TLSO_ALERT_UNEXPECTED_MESSAGE);
		/* 5: change_cipher_spec once our hello is out */
		ok |= i == TLSO_CT_CCS;
		assert_int_equal(to_client(&c, 1),
				 ok ? -1 : TLSO_ALERT_UNEXPECTED_MESSAGE);
	}
}

static void test_first_record(void **state)
{
	(void)state;
	assert_int_equal(SERVER("\x16\x02"), TLSO_ALERT_PROTOCOL_VERSION);
	assert_int_equal(SERVER("\x16\x04"), TLSO_ALERT_PROTOCOL_VERSION);
	assert_int_equal(CLIENT("\x16\x02"), TLSO_ALERT_PROTOCOL_VERSION);
	/* RFC 5246 E.1: any minor version. */
	assert_int_equal(SERVER("\x16\x03\x00\x40\0"), -1);
	assert_int_equal(SERVER("\x16\x03\xff\x40\0"), -1);
	assert_int_equal(CLIENT("\x16\x03\xff\x40\0"), -1);
	assert_int_equal(SERVER("\x16\x03\x01\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(SERVER("\x16\x03\x01\x40\x01"),
			 TLSO_ALERT_RECORD_OVERFLOW);
	assert_int_equal(CLIENT("\x16\x03\x03\x40\x01"),
			 TLSO_ALERT_RECORD_OVERFLOW);
	/* Another message, and one that no buffer holds. */
	assert_int_equal(SERVER("\x16\x03\x01\0\4\2\0\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(SERVER("\x16\x03\x01\0\4\0\0\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(CLIENT("\x16\x03\x03\0\4\1\0\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(CLIENT("\x16\x03\x03\0\4\x0b\0\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(CLIENT("\x16\x03\x03\0\4\x14\0\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(SERVER("\x16\x03\x01\0\4\1\1\0\0"),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	assert_int_equal(CLIENT("\x16\x03\x03\0\4\2\1\0\0"),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
}

/* A server that speaks before we did. */
static void test_server_first(void **state)
{
	struct half *h = half_new(NULL, true);
	size_t n = record_clear(rec, TLSO_CT_HANDSHAKE,
				(const u8 *)"\2\0\0\0", 4);

	(void)state;
	half_feed(h, rec, n, 1);
	assert_int_equal(half_alert(h), TLSO_ALERT_UNEXPECTED_MESSAGE);
	half_free(h);
	h = half_new(NULL, true);
	half_feed(h, (const u8 *)"\x14", 1, 1);
	assert_int_equal(half_alert(h), TLSO_ALERT_UNEXPECTED_MESSAGE);
	half_free(h);
}

/* ---- Alerts -------------------------------------------------------------- */

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

/* ---- Finished ------------------------------------------------------------ */

enum spoil {
	FINE,
	FLIP_MAC,
	FLIP_HEADER,
	OLD_VERSION,
	FLIP_VERIFY,
	SHORT_VERIFY,
	LONG_VERIFY,
	TRAILING,
	EMPTY,
	NO_TYPE,
	DATA,
	INNER_CCS,
	CLEAR_HANDSHAKE,
	BAD_CCS,
	LONG_CCS,
	TOO_LONG,
	TOO_LONG_INSIDE,
	TOO_SHORT,
	NOTHING,
	CCS_IN_MESSAGE,
	SPOILS
};

/* 2^14 + 1 bytes of content, or in TLS 1.3 2^14 + 2 with the type. */
static size_t too_long_inside(const struct half *h)
{
	struct tlso_record_keys k = h->c.rx;
	u8 nonce[TLSO_IV_LEN], aad[13] = { 0 };
	size_t n = TLSO_REC_PLAIN_MAX + (k.tls12 ? 1 : 2);

	memset(rec, 0, sizeof(rec));
	tlso_record_hdr(rec, k.tls12 ? TLSO_CT_HANDSHAKE : TLSO_CT_DATA,
			k.explicit_len + n + TLSO_TAG_LEN);
	tlso_record_nonce(nonce, k.iv, k.seq);
	if (!k.tls12) {
		rec[5] = TLSO_CT_HANDSHAKE;
		assert_int_equal(k.aead->seal(k.key, nonce, rec, 5, rec + 5, n),
				 0);
		return 5 + n + TLSO_TAG_LEN;
	}
	memcpy(nonce + 4, rec + 5, 8);
	aad[7] = (u8)k.seq;
	memcpy(aad + 8, rec, 3);
	aad[11] = (u8)(n >> 8);
	aad[12] = (u8)n;
	assert_int_equal(k.aead->seal(k.key, nonce, aad, 13, rec + 13, n), 0);
	return 13 + n + TLSO_TAG_LEN;
}

static size_t spoiled(struct half *h, enum spoil how)
{
	bool v12 = h->version == TLSO_VERSION_12;
	u8 msg[128] = { 0 };
	size_t n = finished_for(h, msg);
	u8 type = TLSO_CT_HANDSHAKE;
	size_t pad = 0;

	switch (how) {
	case FLIP_VERIFY:
		msg[n - 1] ^= 1;
		break;
	case SHORT_VERIFY:
		msg[3]--;
		n--;
		break;
	case LONG_VERIFY:
		msg[3]++;
		n++;
		break;
	case TRAILING:
		n++;
		break;
	case EMPTY:
		n = 0;
		pad = v12 ? 0 : 4;
		break;
	case NO_TYPE:
		n = 0;
		type = 0;
		break;
	case DATA:
		type = TLSO_CT_DATA;
		break;
	case INNER_CCS:
		type = TLSO_CT_CCS;
		msg[0] = 1;
		n = 1;
		break;
	case CLEAR_HANDSHAKE:
		return record_clear(rec, TLSO_CT_HANDSHAKE, msg, 4 + 12);
	case BAD_CCS:
		return record_clear(rec, TLSO_CT_CCS, (const u8 *)"\2", 1);
	case LONG_CCS:
		return record_clear(rec, TLSO_CT_CCS, (const u8 *)"\1\1", 2);
	case TOO_LONG:
		tlso_record_hdr(rec, v12 ? TLSO_CT_HANDSHAKE : TLSO_CT_DATA,
				TLSO_REC_CIPHER_MAX + 1);
		return TLSO_REC_HDR;
	case TOO_SHORT:
		return record_clear(rec,
				    v12 ? TLSO_CT_HANDSHAKE : TLSO_CT_DATA, msg,
				    v12 ? 23 : 15);
	case NOTHING:
		return record_clear(rec,
				    v12 ? TLSO_CT_HANDSHAKE : TLSO_CT_DATA, msg,
				    0);
	case CCS_IN_MESSAGE:
		n = record_sealed(h, rec, type, msg, 10, 0);
		return n + record_clear(rec + n, TLSO_CT_CCS,
					(const u8 *)"\1", 1);
	case TOO_LONG_INSIDE:
		return too_long_inside(h);
	default:
		break;
	}
	n = record_sealed(h, rec, type, msg, n, pad);
	if (how == FLIP_MAC)
		rec[n - 1] ^= 1;
	if (how == FLIP_HEADER)
		rec[2] = 1; /* it is authenticated */
	if (how == OLD_VERSION)
		rec[1] = 2;
	return n;
}

static void test_spoiled_finished(void **state)
{
	static const u8 unexpected = TLSO_ALERT_UNEXPECTED_MESSAGE;
	/* What it calls for: in TLS 1.3, in TLS 1.2. */
	static const struct {
		enum spoil how;
		int alert[2];
	} cases[] = {
		{ FINE, { -1, -1 } },
		{ FLIP_MAC, { TLSO_ALERT_BAD_RECORD_MAC,
			      TLSO_ALERT_BAD_RECORD_MAC } },
		{ FLIP_HEADER, { TLSO_ALERT_BAD_RECORD_MAC,
				 TLSO_ALERT_PROTOCOL_VERSION } },
		{ OLD_VERSION, { TLSO_ALERT_PROTOCOL_VERSION,
				 TLSO_ALERT_PROTOCOL_VERSION } },
		{ TOO_SHORT, { TLSO_ALERT_BAD_RECORD_MAC,
			       TLSO_ALERT_BAD_RECORD_MAC } },
		{ NOTHING, { TLSO_ALERT_BAD_RECORD_MAC, unexpected } },
		{ FLIP_VERIFY, { TLSO_ALERT_DECRYPT_ERROR,
				 TLSO_ALERT_DECRYPT_ERROR } },
		{ SHORT_VERIFY, { TLSO_ALERT_DECRYPT_ERROR,
				  TLSO_ALERT_DECRYPT_ERROR } },
		{ LONG_VERIFY, { TLSO_ALERT_DECRYPT_ERROR,
				 TLSO_ALERT_DECRYPT_ERROR } },
		{ TRAILING, { unexpected, unexpected } },
		{ EMPTY, { unexpected, unexpected } },
		{ NO_TYPE, { unexpected, unexpected } },
		{ DATA, { unexpected, unexpected } },
		{ INNER_CCS, { unexpected, unexpected } },
		{ CLEAR_HANDSHAKE, { unexpected, TLSO_ALERT_BAD_RECORD_MAC } },
		{ BAD_CCS, { unexpected, unexpected } },
		{ LONG_CCS, { unexpected, unexpected } },
		{ CCS_IN_MESSAGE, { unexpected, unexpected } },
		{ TOO_LONG, { TLSO_ALERT_RECORD_OVERFLOW,
			      TLSO_ALERT_RECORD_OVERFLOW } },
		{ TOO_LONG_INSIDE, { TLSO_ALERT_RECORD_OVERFLOW,
				     TLSO_ALERT_RECORD_OVERFLOW } },
	};
	struct half *h;
	struct pair *p;
	size_t i, n;
	int v;

	(void)state;
	assert_int_equal(ARRAY_SIZE(cases), SPOILS);
	for (i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		v = i & 1;
		p = at(v ? C12_FINISHED : S13_FINISHED, &h);
		n = spoiled(h, cases[i / 2].how);
		assert_int_equal(alert_of(p, h, rec, n),
				 cases[i / 2].alert[v]);
	}
}

/* The client judges the server's Finished in the same way, and its own digest. */
static void test_server_finished(void **state)
{
	struct pair *p = at(C13_FLIGHT, &(struct half *){ NULL });
	u8 msg[64];
	size_t n;

	(void)state;
	/* Right in itself, but not after these messages. */
	n = finished_for(p->c, msg);
	n = record_sealed(p->c, rec, TLSO_CT_HANDSHAKE, msg, n, 0);
	half_feed(p->c, rec, n, 0);
	assert_int_equal(half_alert(p->c), -1);
	pump(p->s, p->c, 0); /* the server's real flight: nothing holds it */
	assert_int_equal(p->c->taken, 0);
	/* Finished comes once. */
	half_begin(p->c);
	assert_int_equal(half_send(p->c), TLSO_OK);
	n = record_sealed(p->c, rec, TLSO_CT_HANDSHAKE, msg, 36, 0);
	assert_int_equal(alert_of(p, p->c, rec, n),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);

	p = at(C13_FLIGHT, &(struct half *){ NULL });
	n = finished_for(p->c, msg);
	msg[7] ^= 0x80;
	n = record_sealed(p->c, rec, TLSO_CT_HANDSHAKE, msg, n, 0);
	assert_int_equal(alert_of(p, p->c, rec, n), TLSO_ALERT_DECRYPT_ERROR);
	/* 5.1: it changes keys, and ends its record. */
	p = at(C13_FLIGHT, &(struct half *){ NULL });
	n = finished_for(p->c, msg);
	msg[n] = 24;
	n = record_sealed(p->c, rec, TLSO_CT_HANDSHAKE, msg, n + 1, 0);
	assert_int_equal(alert_of(p, p->c, rec, n),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
}

/* ---- change_cipher_spec -------------------------------------------------- */

static void test_ccs_13(void **state)
{
	static const enum stage stages[] = { C_HELLO, S13_FINISHED, C13_FLIGHT };
	struct half *h;
	struct pair *p;
	size_t i;
	u8 ccs[6];
	int j;

	(void)state;
	record_clear(ccs, TLSO_CT_CCS, (const u8 *)"\1", 1);
	for (i = 0; i < ARRAY_SIZE(stages); i++) {
		p = at(stages[i], &h);
		for (j = 0; j < 32; j++) {
			half_feed(h, ccs, 6, 1);
			assert_int_equal(half_alert(h), -1);
		}
		assert_int_equal(alert_of(p, h, ccs, 6),
				 TLSO_ALERT_UNEXPECTED_MESSAGE);
	}
	/* Not amid a message, in clear neither. */
	p = at(C_HELLO, &h);
	i = record_clear(rec, TLSO_CT_HANDSHAKE, (const u8 *)"\2\0\0", 3);
	half_feed(h, rec, i, 0);
	assert_int_equal(half_alert(h), -1);
	assert_int_equal(alert_of(p, h, ccs, 6), TLSO_ALERT_UNEXPECTED_MESSAGE);
}

static void test_ccs_12(void **state)
{
	struct half *h;
	struct pair *p;
	size_t n;
	u8 ccs[6];

	(void)state;
	record_clear(ccs, TLSO_CT_CCS, (const u8 *)"\1", 1);
	/* Before there are keys to go to (CVE-2014-0224). */
	p = at(S12_KEY, &h);
	assert_int_equal(alert_of(p, h, ccs, 6), TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* The client's, before ServerHelloDone. */
	p = fresh_pair(TLSO_VERSION_12);
	client_hello(p);
	half_begin_chosen(p->s, p->sh.suite, TLSO_VERSION_12);
	put_server_hello(p);
	assert_int_equal(half_send(p->s), TLSO_OK);
	pump(p->s, p->c, 0);
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_12);
	assert_int_equal(half_send(p->c), TLSO_OK);
	assert_int_equal(alert_of(p, p->c, ccs, 6),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* Once, of the right value and length. */
	p = at(C12_FINISHED, &h);
	assert_int_equal(alert_of(p, h, ccs, 6), TLSO_ALERT_UNEXPECTED_MESSAGE);
	p = at(C12_CCS, &h);
	ccs[5] = 2;
	assert_int_equal(alert_of(p, h, ccs, 6), TLSO_ALERT_UNEXPECTED_MESSAGE);
	ccs[5] = 1;
	p = at(C12_CCS, &h);
	n = record_clear(rec, TLSO_CT_CCS, (const u8 *)"\1\1", 2);
	assert_int_equal(alert_of(p, h, rec, n), TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* Between messages. */
	p = at(C12_CCS, &h);
	n = record_clear(rec, TLSO_CT_HANDSHAKE, (const u8 *)"\4", 1);
	half_feed(h, rec, n, 0);
	assert_int_equal(half_alert(h), -1);
	assert_int_equal(alert_of(p, h, ccs, 6), TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* Finished does not come without it. */
	p = at(C12_CCS, &h);
	n = record_clear(rec, TLSO_CT_HANDSHAKE, big, finished_for(h, big));
	assert_int_equal(alert_of(p, h, rec, n), TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* No application data before the end. */
	p = at(C12_CCS, &h);
	assert_int_equal(alert_of(p, h, (const u8 *)"\x17", 1),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
}

/* ---- Early data, hold ---------------------------------------------------- */

/* 4.2.10: a bound, and only for clients that offered early data. */
static void test_early_data(void **state)
{
	struct shape sh = { .early_data = true };
	struct pair *p;
	size_t n;
	u8 msg[64];

	(void)state;
	n = record_clear(big, TLSO_CT_DATA, big + 100, 8000);
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_flight13(p);
	half_feed(p->s, big, n, 999);
	half_feed(p->s, big, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);

	p = pair_new(&sh, NULL);
	client_hello(p);
	server_flight13(p);
	half_feed(p->s, big, n, 999);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE, msg,
			  finished_for(p->s, msg), 0);
	half_feed(p->s, rec, n, 0);
	assert_true(p->s->complete);
	pair_free(p);

	/* After the first record that opened there is none. */
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_flight13(p);
	n = finished_for(p->s, msg);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE, msg, 7, 0);
	half_feed(p->s, rec, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	n = record_clear(big, TLSO_CT_DATA, big + 100, 100);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);

	p = fresh_pair(0);
	client_hello(p);
	server_flight13(p);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);

	/* After a HelloRetryRequest it comes in front of the hello. */
	sh.retry = true;
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_retry(p);
	half_feed(p->s, big, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	client_hello(p);
	server_flight13(p);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);
	/* But not behind a second one that offers it again. */
	sh.early_again = true;
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_retry(p);
	client_hello(p);
	server_flight13(p);
	n = record_clear(big, TLSO_CT_DATA, big + 100, 100);
	assert_int_equal(alert_of(p, p->s, big, n), TLSO_ALERT_BAD_RECORD_MAC);
	sh.early_again = false;
	sh.early_data = false;
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_retry(p);
	assert_int_equal(alert_of(p, p->s, big, 1),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);

	/* In TLS 1.2 nobody skips it. */
	sh.version = TLSO_VERSION_12;
	sh.early_data = true;
	sh.retry = false;
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_flight12(p);
	assert_int_equal(alert_of(p, p->s, big, 1),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	p = pair_new(&sh, NULL);
	client_hello(p);
	server_flight12(p);
	assert_int_equal(p->s->c.skip_left, 0);
	client_flight12(p);
	p->s->c.finished_got = 0; /* once more, then: its keys are there */
	half_begin(p->s);
	assert_int_equal(half_send(p->s), TLSO_OK);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE, msg, 16, 0);
	rec[n - 1] ^= 1;
	assert_int_equal(alert_of(p, p->s, rec, n), TLSO_ALERT_BAD_RECORD_MAC);
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

/* ---- PSK ----------------------------------------------------------------- */

static u8 ticket_bytes[TLSO_TICKET_LEN_MAX];

/* A session of which the ticket opens; its secret is @more bytes longer than its
 * suite has it.
 */
static void session(u16 suite, int more, struct tlso_resume *r)
{
	struct tlso_ticket_state st = {
		.tls_version = TLSO_VERSION_13,
		.suite = suite,
		.issued_ms = TEST_NOW,
		.lifetime_s = 100,
		.secret_len = (u8)((suite == 0x1302 ? 48 : 32) + more),
		.secret = "the secret of a session, not as random as it is",
	};

	memset(r, 0, sizeof(*r));
	r->tls_version = TLSO_VERSION_13;
	r->suite = suite;
	r->secret_len = st.secret_len;
	memcpy(r->secret, st.secret, st.secret_len);
	r->ticket = ticket_bytes;
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &test_tickets,
					  &st, ticket_bytes,
					  sizeof(ticket_bytes), &r->ticket_len),
			 TLSO_OK);
}

/* What the server makes of a ClientHello whose bytes were changed. */
static enum tlso_err psk_with(struct pair *p, u16 index)
{
	enum tlso_err e;

	half_feed(p->s, p->c->out, p->c->out_len, 0);
	assert_int_equal(half_alert(p->s), -1);
	half_begin_chosen(p->s, p->sh.suite, TLSO_VERSION_13);
	tlso_starter_psk(&p->s->w, index);
	put_server_hello(p);
	e = half_send(p->s);
	if (e) { /* and nothing but an alert goes out, in clear */
		assert_int_equal(p->s->out_len, 0);
		half_begin(p->s);
		assert_int_equal(half_send(p->s), e);
		half_begin(p->s);
		tlso_starter_alert(&p->s->w, 2, tlso_err_alert(e));
		assert_int_equal(half_send(p->s), TLSO_OK);
		assert_int_equal(p->s->out_len, 7);
		assert_int_equal(p->s->out[0], TLSO_CT_ALERT);
	}
	pair_free(p);
	return e;
}

static struct pair *with_psk(u16 suite)
{
	struct shape sh = { .suite = suite, .psk_suite = suite };
	struct tlso_resume r;
	struct pair *p;

	session(suite, 0, &r);
	p = pair_new(&sh, &r);
	half_begin(p->c);
	put_client_hello(p);
	assert_int_equal(half_send(p->c), TLSO_OK);
	return p;
}

static void test_binder(void **state)
{
	struct pair *p;
	size_t i, n;

	(void)state;
	assert_int_equal(psk_with(with_psk(0x1301), 0), TLSO_OK);
	assert_int_equal(psk_with(with_psk(0x1302), 0), TLSO_OK);
	/* Every byte of the binder counts, and of what it binds. */
	for (i = 1; i <= 32; i++) {
		p = with_psk(0x1301);
		p->c->out[p->c->out_len - i] ^= 1;
		assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	}
	p = with_psk(0x1301);
	p->c->out[5 + 4 + 2] ^= 1; /* the random */
	assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	/* Another length. */
	p = with_psk(0x1301);
	n = p->c->out_len - 32 - 3; /* of the binders' list */
	p->c->out[n + 1]--;
	p->c->out[n + 2]--;
	p->c->out[3 + 5]--; /* message, record, both low bytes: none is 0 */
	p->c->out[4]--;
	assert_int_not_equal(p->c->out[4], 0xff);
	p->c->out_len--;
	for (i = 5 + 4 + 2 + 32 + 33 + 2 + 2 + 2;; i++) /* the extensions' */
		if ((size_t)(p->c->out[i] << 8 | p->c->out[i + 1]) ==
		    p->c->out_len + 1 - i - 2)
			break;
	p->c->out[i + 1]--;
	for (i += 2;; i++)
		if (p->c->out[i] == 0 && p->c->out[i + 1] == 41)
			break;
	p->c->out[i + 3]--;
	assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	/* The right bytes, and one more. */
	p = with_psk(0x1301);
	half_feed(p->s, p->c->out, p->c->out_len, 0);
	p->s->c.psk.binder_len++;
	p->c->out_len = 0;
	assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	/* An identity that did not open. */
	assert_int_equal(psk_with(with_psk(0x1301), 1), TLSO_E_SEAM);
	/* Another hash than the suite's. */
	p = with_psk(0x1302);
	p->sh.suite = 0x1301;
	assert_int_equal(psk_with(p, 0), TLSO_E_SEAM);
}

/* ClientHello with @n identities, the @which-th ours; binders: @binders. */
static bool opens_with(unsigned int n, unsigned int which, unsigned int binders,
		       int more)
{
	struct tlso_resume r;
	size_t msg, exts, ext, list, at_one;
	struct half *h = half_new(&(struct tlso_completer_cfg){
		.tickets = &test_tickets }, false);
	struct tlso_rd d;
	struct tlso_wr w;
	unsigned int i;
	bool ok;

	session(0x1301, more, &r);
	tlso_wr_init(&w, big, 8000);
	tlso_wr_u8(&w, TLSO_HS_CLIENT_HELLO);
	msg = tlso_wr_open(&w, 3);
	tlso_wr_u16(&w, TLSO_VERSION_12);
	memset(tlso_wr_room(&w, 33), 0, 33);
	tlso_wr_u32(&w, 0x00021301);
	tlso_wr_u16(&w, 0x0100);
	exts = tlso_wr_open(&w, 2);
	tlso_wr_u16(&w, TLSO_EXT_PRE_SHARED_KEY);
	ext = tlso_wr_open(&w, 2);
	list = tlso_wr_open(&w, 2);
	for (i = 0; i < n; i++) {
		at_one = tlso_wr_open(&w, 2);
		if (i == which)
			tlso_wr_bytes(&w, r.ticket, r.ticket_len);
		else
			tlso_wr_bytes(&w, "somebody else's", 15);
		tlso_wr_close(&w, at_one, 2);
		tlso_wr_u32(&w, 0);
	}
	tlso_wr_close(&w, list, 2);
	list = tlso_wr_open(&w, 2);
	for (i = 0; i < binders; i++) {
		tlso_wr_u8(&w, 32);
		(void)tlso_wr_room(&w, 32);
	}
	tlso_wr_close(&w, list, 2);
	tlso_wr_close(&w, ext, 2);
	tlso_wr_close(&w, exts, 2);
	tlso_wr_close(&w, msg, 3);
	assert_false(w.bad);
	half_feed(h, rec, record_clear(rec, TLSO_CT_HANDSHAKE, big, w.n), 0);
	assert_int_equal(half_alert(h), -1);
	ok = tlso_finished_extra(last(h, 1), TLSO_EXTRA_TICKET, 0, &d);
	if (ok) {
		assert_int_equal(tlso_rd_u16(&d), which);
		assert_int_equal(h->c.psk.binder_len, which < binders ? 32 : 0);
	}
	half_free(h);
	return ok;
}

static bool opens(unsigned int n, unsigned int which, unsigned int binders)
{
	return opens_with(n, which, binders, 0);
}

static void test_identities(void **state)
{
	(void)state;
	assert_true(opens(1, 0, 1));
	assert_true(opens(4, 3, 4));
	assert_true(opens(4, 0, 4));
	assert_false(opens(5, 4, 5)); /* four are tried */
	assert_false(opens(3, 9, 3));
	assert_true(opens(2, 1, 1)); /* the director refuses it */
	assert_true(opens(1, 0, 0));
	/* One whose secret is not as long as its suite's hash. */
	assert_false(opens_with(1, 0, 1, 1));
	assert_false(opens_with(1, 0, 1, 16));
	assert_false(opens_with(1, 0, 1, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_bytes),
		cmocka_unit_test(test_first_record),
		cmocka_unit_test(test_server_first),
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_alert_lengths),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_clear_alert),
		cmocka_unit_test(test_spoiled_finished),
		cmocka_unit_test(test_server_finished),
		cmocka_unit_test(test_ccs_13),
		cmocka_unit_test(test_ccs_12),
		cmocka_unit_test(test_early_data),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_many_messages),
		cmocka_unit_test(test_binder),
		cmocka_unit_test(test_identities),
	};

	return cmocka_run_group_tests_name("completer, bad input", tests, NULL,
					   NULL);
}
