// SPDX-License-Identifier: GPL-2.0-only
/* The completer: first records that are none, and change_cipher_spec out of place. */
#include "pair.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 big[TLSO_REC_CIPHER_MAX + 64];

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
	server_hello12(p);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_bytes),
		cmocka_unit_test(test_first_record),
		cmocka_unit_test(test_server_first),
		cmocka_unit_test(test_ccs_13),
		cmocka_unit_test(test_ccs_12),
	};

	return cmocka_run_group_tests_name("completer, records", tests, NULL,
					   NULL);
}
