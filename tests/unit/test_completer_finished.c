// SPDX-License-Identifier: GPL-2.0-only
/* The completer: every way to spoil the record with a Finished in it. */
#include "pair.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spoiled_finished),
		cmocka_unit_test(test_server_finished),
	};

	return cmocka_run_group_tests_name("completer, finished", tests, NULL,
					   NULL);
}
