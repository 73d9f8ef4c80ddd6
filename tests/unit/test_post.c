// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session after its handshake: KeyUpdate both ways, tickets, alerts, what is
 * counted in a row, and what may not come.
 */
#include "pair.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/post.h"

static u8 room_c[512], room_s[512];

struct ends {
	struct tlso_post c, s;
};

static struct ends *ends_new(u16 version, u16 suite)
{
	struct ends *e = calloc(1, sizeof(*e));
	struct tlso_session_keys ck, sk;
	struct shape sh = { .version = version, .suite = suite };
	struct pair *p = pair_new(&sh, NULL);

	handshake(p, &ck, &sk);
	pair_free(p);
	tlso_post_init(&e->c, test_crypto(), NULL, &ck, room_c, sizeof(room_c));
	tlso_post_init(&e->s, test_crypto(), NULL, &sk, room_s, sizeof(room_s));
	return e;
}

static void ends_free(struct ends *e)
{
	struct tlso_post zero;
	size_t i;

	tlso_post_wipe(&e->c);
	tlso_post_wipe(&e->s);
	memset(&zero, 0, sizeof(zero));
	zero.err = TLSO_E_STATE;
	assert_memory_equal(&e->c, &zero, sizeof(zero));
	for (i = 0; i < sizeof(room_c); i++)
		assert_int_equal(room_c[i] | room_s[i], 0);
	free(e);
}

/* All of @n bytes, @piece at a time; what the last call said. */
static enum tlso_post_do give(struct tlso_post *p, const void *msg, size_t n,
			      size_t piece)
{
	enum tlso_post_do what = TLSO_POST_NOTHING;
	const u8 *at = msg;
	size_t used, k;
	u8 *copy;

	while (n && what == TLSO_POST_NOTHING) {
		k = piece < n ? piece : n;
		copy = malloc(k);
		memcpy(copy, at, k);
		what = tlso_post_handshake(p, copy, k, &used);
		free(copy);
		assert_true(used <= k);
		at += used;
		n -= used;
	}
	if (what != TLSO_POST_FAIL)
		assert_int_equal(n, 0);
	return what;
}

static void same_secrets(const struct ends *e)
{
	assert_memory_equal(&e->c.keys.tx, &e->s.keys.rx,
			    sizeof(e->c.keys.tx));
	assert_memory_equal(&e->c.keys.rx, &e->s.keys.tx,
			    sizeof(e->c.keys.tx));
}

/* A KeyUpdate of @from that @to takes. */
static void update(struct tlso_post *from, struct tlso_post *to, bool request,
		   size_t piece)
{
	struct tlso_direction_keys before = from->keys.tx;
	u8 msg[5];

	from->keys.tx.seq = 77;
	to->keys.rx.seq = 77;
	assert_int_equal(tlso_post_key_update(from, request, msg), TLSO_OK);
	assert_int_equal(tlso_post_tx_next(from), TLSO_OK);
	assert_int_equal(from->keys.tx.seq, 0);
	assert_memory_not_equal(before.key, from->keys.tx.key, 16);
	assert_memory_not_equal(before.iv, from->keys.tx.iv, 12);
	assert_memory_not_equal(before.secret, from->keys.tx.secret, 32);
	assert_int_equal(give(to, msg, 5, piece), TLSO_POST_RX_KEYS);
	assert_int_equal(to->keys.rx.seq, 0);
}

static void test_key_update(void **state)
{
	static const u16 suites[] = { 0x1301, 0x1302, 0x1303 };
	struct ends *e;
	size_t i;

	(void)state;
	for (i = 0; i < 15; i++) {
		e = ends_new(TLSO_VERSION_13, suites[i % 3]);
		update(&e->c, &e->s, false, 1 + i / 3);
		same_secrets(e);
		assert_int_equal(e->s.update_owed, 0);
		update(&e->s, &e->c, true, 5);
		same_secrets(e);
		assert_int_equal(e->c.update_owed, 1);
		assert_int_equal(e->s.update_asked, 1);
		update(&e->c, &e->s, false, 5);
		same_secrets(e);
		assert_int_equal(e->c.update_owed, 0);
		assert_int_equal(e->s.update_asked, 0);
		ends_free(e);
	}
}

static void test_key_update_order(void **state)
{
	struct ends *e = ends_new(TLSO_VERSION_13, 0);
	u8 msg[5];

	(void)state;
	assert_int_equal(tlso_post_tx_next(&e->c), TLSO_E_STATE);
	assert_int_equal(tlso_post_key_update(&e->c, false, msg), TLSO_OK);
	assert_memory_equal(msg, "\x18\0\0\1\0", 5);
	assert_int_equal(tlso_post_key_update(&e->c, false, msg), TLSO_E_STATE);
	assert_int_equal(tlso_post_tx_next(&e->c), TLSO_OK);
	assert_int_equal(tlso_post_tx_next(&e->c), TLSO_E_STATE);
	assert_int_equal(tlso_post_key_update(&e->c, true, msg), TLSO_OK);
	assert_memory_equal(msg, "\x18\0\0\1\1", 5);
	/* 5.5: in time, but not before. */
	assert_false(tlso_post_tx_renew(&e->s));
	e->s.keys.tx.seq = TLSO_POST_RENEW - 1;
	assert_false(tlso_post_tx_renew(&e->s));
	e->s.keys.tx.seq = TLSO_POST_RENEW;
	assert_true(tlso_post_tx_renew(&e->s));
	ends_free(e);

	e = ends_new(TLSO_VERSION_12, 0);
	assert_int_equal(tlso_post_key_update(&e->c, false, msg), TLSO_E_STATE);
	e->c.keys.tx.seq = ~0ULL;
	assert_false(tlso_post_tx_renew(&e->c));
	ends_free(e);
}

/* ---- What may not come --------------------------------------------------- */

struct refused {
	const char *msg;
	size_t n;
	u16 version;
	bool client; /* who gets it */
	enum tlso_err err; /* TLSO_OK: taken */
};

static void test_messages(void **state)
{
	static const struct refused rows[] = {
#define M(m) m, sizeof(m) - 1
#define V13 TLSO_VERSION_13
#define V12 TLSO_VERSION_12
		{ M("\x18\0\0\1\0"), V13, true, TLSO_OK },
		{ M("\x18\0\0\1\2"), V13, true, TLSO_E_ILLEGAL },
		{ M("\x18\0\0\1\xff"), V13, false, TLSO_E_ILLEGAL },
		{ M("\x18\0\0\0"), V13, true, TLSO_E_DECODE },
		{ M("\x18\0\0\2\0\0"), V13, true, TLSO_E_DECODE },
		/* 5.1: it ends its record. */
		{ M("\x18\0\0\1\0\x18"), V13, true, TLSO_E_UNEXPECTED },
		{ M("\x18\0\0\1\0\4"), V13, true, TLSO_E_UNEXPECTED },
		{ M("\x18"), V12, true, TLSO_E_UNEXPECTED },
		{ M("\x18"), V12, false, TLSO_E_UNEXPECTED },
		{ M("\4"), V13, false, TLSO_E_UNEXPECTED },
		{ M("\4"), V12, true, TLSO_E_UNEXPECTED },
		{ M("\4\2\2\2"), V13, true, TLSO_E_DECODE },
		{ M("\1"), V13, false, TLSO_E_UNEXPECTED },
		{ M("\1"), V12, false, TLSO_E_NO_RENEGOTIATION },
		{ M("\1"), V12, true, TLSO_E_UNEXPECTED },
		{ M("\0\0\0\0"), V12, true, TLSO_OK },
		{ M("\0\0\0\1"), V12, true, TLSO_E_DECODE },
		{ M("\0"), V12, false, TLSO_E_UNEXPECTED },
		{ M("\0"), V13, true, TLSO_E_UNEXPECTED },
		{ M("\2"), V13, true, TLSO_E_UNEXPECTED },
		{ M("\2"), V12, true, TLSO_E_UNEXPECTED },
		{ M("\x0b"), V13, false, TLSO_E_UNEXPECTED },
		/* 4.6.2: we never said post_handshake_auth */
		{ M("\x0d"), V13, true, TLSO_E_UNEXPECTED },
		{ M("\x14"), V13, true, TLSO_E_UNEXPECTED },
		{ M("\x14"), V12, false, TLSO_E_UNEXPECTED },
		{ M(""), V13, true, TLSO_E_UNEXPECTED },
		{ M(""), V12, false, TLSO_E_UNEXPECTED },
	};
	struct tlso_post *p;
	struct ends *e;
	size_t i, used;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		e = ends_new(rows[i].version, 0);
		p = rows[i].client ? &e->c : &e->s;
		if (rows[i].n)
			(void)give(p, rows[i].msg, rows[i].n, 99);
		else
			(void)tlso_post_handshake(p, room_c, 0, &used);
		assert_int_equal(p->err, rows[i].err);
		if (p->err) { /* it sticks */
			assert_int_equal(give(p, "\x18\0\0\1\0", 5, 5),
					 TLSO_POST_FAIL);
			assert_int_equal(p->err, rows[i].err);
			assert_int_equal(tlso_post_data(p), rows[i].err);
		}
		ends_free(e);
	}
}

/* RFC 8446 5.1: nothing between the fragments of a message. */
static void test_interleaved(void **state)
{
	struct ends *e;
	bool closed;
	u8 alert;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		e = ends_new(TLSO_VERSION_13, 0);
		assert_int_equal(give(&e->c, "\x18\0", 2, 1),
				 TLSO_POST_NOTHING);
		assert_int_equal(i == 0 ? tlso_post_data(&e->c) :
				 i == 1 ? tlso_post_empty(&e->c) :
					  tlso_post_alert(&e->c,
							  (u8 *)"\1\x5a", 2,
							  &closed, &alert),
				 TLSO_E_UNEXPECTED);
		assert_int_equal(e->c.err, TLSO_E_UNEXPECTED);
		ends_free(e);
	}
}

/* ---- In a row ------------------------------------------------------------ */

static enum tlso_err idle(struct ends *e, int kind)
{
	if (kind == 0)
		return tlso_post_empty(&e->c);
	if (kind == 1)
		(void)give(&e->c, "\x18\0\0\1\0", 5, 5);
	else
		(void)give(&e->c, "\0\0\0\0", 4, 4);
	return e->c.err;
}

static void test_in_a_row(void **state)
{
	struct ends *e;
	int kind, i;

	(void)state;
	for (kind = 0; kind < 3; kind++) {
		e = ends_new(kind == 2 ? TLSO_VERSION_12 : TLSO_VERSION_13, 0);
		for (i = 0; i < TLSO_POST_IDLE_MAX; i++)
			assert_int_equal(idle(e, kind), TLSO_OK);
		assert_int_equal(tlso_post_data(&e->c), TLSO_OK);
		for (i = 0; i < TLSO_POST_IDLE_MAX; i++)
			assert_int_equal(idle(e, kind), TLSO_OK);
		assert_int_equal(idle(e, kind), TLSO_E_WARNINGS);
		assert_int_equal(tlso_post_data(&e->c), TLSO_E_WARNINGS);
		ends_free(e);
	}
}

/* ---- Alerts -------------------------------------------------------------- */

static enum tlso_err alerted(struct tlso_post *p, u8 level, u8 desc,
			     bool *closed)
{
	u8 msg[2] = { level, desc }, alert = 7;
	enum tlso_err e = tlso_post_alert(p, msg, 2, closed, &alert);

	if (e == TLSO_OK || e == TLSO_E_PEER_ALERT)
		assert_int_equal(alert, desc);
	return e;
}

static void test_alerts(void **state)
{
	static const struct {
		u8 level, desc;
		enum tlso_err v13, v12;
		bool closed;
	} rows[] = {
		{ 1, 0, TLSO_OK, TLSO_OK, true },
		{ 2, 0, TLSO_OK, TLSO_OK, true },
		{ 1, 90, TLSO_OK, TLSO_OK, false },
		{ 2, 90, TLSO_OK, TLSO_E_PEER_ALERT, false },
		{ 1, 100, TLSO_E_PEER_ALERT, TLSO_OK, false },
		{ 2, 20, TLSO_E_PEER_ALERT, TLSO_E_PEER_ALERT, false },
		{ 2, 255, TLSO_E_PEER_ALERT, TLSO_E_PEER_ALERT, false },
		{ 0, 0, TLSO_E_ILLEGAL, TLSO_E_ILLEGAL, false },
		{ 3, 40, TLSO_E_ILLEGAL, TLSO_E_ILLEGAL, false },
	};
	struct ends *e;
	bool closed;
	size_t i, n;
	u8 alert;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		e = ends_new(i & 1 ? TLSO_VERSION_12 : TLSO_VERSION_13, 0);
		assert_int_equal(alerted(&e->c, rows[i / 2].level,
					 rows[i / 2].desc, &closed),
				 i & 1 ? rows[i / 2].v12 : rows[i / 2].v13);
		assert_int_equal(closed, rows[i / 2].closed);
		ends_free(e);
	}
	for (n = 0; n < 5; n++) {
		if (n == 2)
			continue;
		e = ends_new(TLSO_VERSION_13, 0);
		assert_int_equal(tlso_post_alert(&e->s, (u8 *)"\1\0\1\0\0", n,
						 &closed, &alert),
				 n ? TLSO_E_DECODE : TLSO_E_UNEXPECTED);
		assert_false(closed);
		ends_free(e);
	}
}

/* Four in a row; anything else ends the row. */
static void test_warnings(void **state)
{
	struct ends *e;
	bool closed;
	int v, i, how;

	(void)state;
	for (how = 0; how < 8; how++) {
		v = how & 1;
		e = ends_new(v ? TLSO_VERSION_12 : TLSO_VERSION_13, 0);
		for (i = 0; i < 4; i++)
			assert_int_equal(alerted(&e->c, 1, 90, &closed),
					 TLSO_OK);
		if (how / 2 == 1)
			assert_int_equal(tlso_post_data(&e->c), TLSO_OK);
		if (how / 2 == 2)
			assert_int_equal(tlso_post_empty(&e->c), TLSO_OK);
		if (how / 2 == 3)
			(void)give(&e->c, v ? "\0\0\0\0" : "\x18\0\0\1\0",
				   v ? 4 : 5, 9);
		assert_int_equal(alerted(&e->c, 1, 90, &closed),
				 how / 2 ? TLSO_OK : TLSO_E_WARNINGS);
		ends_free(e);
	}
}

/* ---- Tickets ------------------------------------------------------------- */

static void test_new_tickets(void **state)
{
	static const u16 suites[] = { 0x1301, 0x1302, 0x1303 };
	struct tlso_ticket_state st;
	struct tlso_resume r, before = { 0 };
	struct ends *e;
	u8 msg[512];
	size_t n, i;

	(void)state;
	for (i = 0; i < 12; i++) {
		e = ends_new(TLSO_VERSION_13, suites[i % 3]);
		assert_int_equal(tlso_post_ticket(&e->c, 5, &r), TLSO_E_DECODE);
		assert_int_equal(tlso_post_ticket_write(&e->s, &test_tickets,
							99, 7200, (u8 *)"c", 1,
							msg, sizeof(msg), &n),
				 TLSO_OK);
		assert_int_equal(give(&e->c, msg, n, 1 + i * 7),
				 TLSO_POST_TICKET);
		assert_int_equal(tlso_post_ticket(&e->c, 55, &r), TLSO_OK);
		assert_int_equal(r.tls_version, TLSO_VERSION_13);
		assert_int_equal(r.suite, suites[i % 3]);
		assert_int_equal(r.received_ms, 55);
		assert_int_equal(r.lifetime_s, 7200);
		assert_int_equal(tlso_ticket_open(test_crypto(), &test_tickets,
						  r.ticket, r.ticket_len, &st),
				 TLSO_OK);
		assert_int_equal(st.issued_ms, 99);
		assert_int_equal(st.age_add, r.age_add);
		assert_int_equal(st.suite, r.suite);
		assert_int_equal(st.secret_len, r.secret_len);
		assert_memory_equal(st.secret, r.secret, r.secret_len);
		/* Each ticket has a PSK of its own (4.6.1: the nonce). */
		before = r;
		assert_int_equal(tlso_post_ticket_write(&e->s, &test_tickets,
							99, 7200, NULL, 0, msg,
							sizeof(msg), &n),
				 TLSO_OK);
		assert_int_equal(give(&e->c, msg, n, 99), TLSO_POST_TICKET);
		assert_int_equal(tlso_post_ticket(&e->c, 55, &r), TLSO_OK);
		assert_memory_not_equal(before.secret, r.secret, 32);
		assert_true(before.age_add != r.age_add);
		ends_free(e);
	}
}

static void test_ticket_write(void **state)
{
	struct ends *e = ends_new(TLSO_VERSION_13, 0);
	u8 ctx[TLSO_TICKET_CTX_MAX + 1] = { 0 }, *out;
	size_t n, cap, want;

	(void)state;
	want = 4 + 4 + 4 + 1 + 8 + 2 + tlso_ticket_len(32, TLSO_TICKET_CTX_MAX) + 2;
	for (cap = want - 3; cap <= want; cap++) {
		out = malloc(cap);
		assert_int_equal(tlso_post_ticket_write(&e->s, &test_tickets, 1,
							1, ctx,
							TLSO_TICKET_CTX_MAX,
							out, cap, &n),
				 cap < want ? TLSO_E_SPACE : TLSO_OK);
		free(out);
	}
	out = malloc(600);
	assert_int_equal(tlso_post_ticket_write(&e->s, &test_tickets, 1, 1, ctx,
						sizeof(ctx), out, 600, &n),
			 TLSO_E_STATE);
	assert_int_equal(tlso_post_ticket_write(&e->s, &test_tickets, 1,
						604801, ctx, 1, out, 600, &n),
			 TLSO_E_STATE);
	assert_int_equal(tlso_post_ticket_write(&e->c, &test_tickets, 1, 1, ctx,
						1, out, 600, &n), TLSO_E_STATE);
	ends_free(e);
	e = ends_new(TLSO_VERSION_12, 0);
	assert_int_equal(tlso_post_ticket_write(&e->s, &test_tickets, 1, 1, ctx,
						1, out, 600, &n), TLSO_E_STATE);
	ends_free(e);
	free(out);
}

static void test_ticket_forms(void **state)
{
	static const struct {
		const char *msg;
		size_t n;
		enum tlso_post_do what;
		enum tlso_err err;
	} rows[] = {
		{ M("\4\0\0\x0e\0\0\0\1abcd\0\0\1t\0\0"), TLSO_POST_TICKET,
		  TLSO_OK },
		/* lifetime 0 (4.6.1), and one beyond a week */
		{ M("\4\0\0\x0e\0\0\0\0abcd\0\0\1t\0\0"), TLSO_POST_NOTHING,
		  TLSO_OK },
		{ M("\4\0\0\x0e\1\0\0\0abcd\0\0\1t\0\0"), TLSO_POST_TICKET,
		  TLSO_OK },
		/* no ticket; lengths that do not add up */
		{ M("\4\0\0\x0d\0\0\0\1abcd\0\0\0\0\0"), TLSO_POST_FAIL,
		  TLSO_E_DECODE },
		{ M("\4\0\0\x0e\0\0\0\1abcd\0\0\2t\0\0"), TLSO_POST_FAIL,
		  TLSO_E_DECODE },
		{ M("\4\0\0\x0e\0\0\0\1abcd\0\0\1t\0\1"), TLSO_POST_FAIL,
		  TLSO_E_DECODE },
		{ M("\4\0\0\x0f\0\0\0\1abcd\0\0\1t\0\0x"), TLSO_POST_FAIL,
		  TLSO_E_DECODE },
		{ M("\4\0\0\0"), TLSO_POST_FAIL, TLSO_E_DECODE },
		/* an extension that we do not know, and early_data */
		{ M("\4\0\0\x12\0\0\0\1abcd\0\0\1t\0\4\x7f\x7f\0\0"),
		  TLSO_POST_TICKET, TLSO_OK },
		{ M("\4\0\0\x16\0\0\0\1abcd\0\0\1t\0\x8\0\x2a\0\4dddd"),
		  TLSO_POST_TICKET, TLSO_OK },
		{ M("\4\0\0\x12\0\0\0\1abcd\0\0\1t\0\4\0\x2a\0\0"),
		  TLSO_POST_FAIL, TLSO_E_DECODE },
		{ M("\4\0\0\x1e\0\0\0\1abcd\0\0\1t\0\x10\0\x2a\0\4dddd"
		    "\0\x2a\0\4dddd"), TLSO_POST_FAIL, TLSO_E_ILLEGAL },
		{ M("\4\0\0\x11\0\0\0\1abcd\0\0\1t\0\3\x7f\x7f\0"),
		  TLSO_POST_FAIL, TLSO_E_DECODE },
	};
	struct tlso_resume r;
	struct ends *e;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		e = ends_new(TLSO_VERSION_13, 0);
		assert_int_equal(give(&e->c, rows[i / 2].msg, rows[i / 2].n,
				      i & 1 ? 1 : 999), rows[i / 2].what);
		assert_int_equal(e->c.err, rows[i / 2].err);
		if (rows[i / 2].what == TLSO_POST_TICKET) {
			assert_int_equal(tlso_post_ticket(&e->c, 1, &r),
					 TLSO_OK);
			assert_in_range(r.lifetime_s, 1, 604800);
			assert_memory_equal(r.ticket, "t", 1);
		}
		ends_free(e);
	}
}

/* One that is longer than the room is passed over, in whatever pieces. */
static void test_long_ticket(void **state)
{
	static u8 msg[4 + 600 + 5];
	struct ends *e;
	size_t used, piece;

	(void)state;
	msg[0] = 4;
	msg[2] = 600 >> 8;
	msg[3] = 600 & 0xff;
	memcpy(msg + 604, "\x18\0\0\1\0", 5);
	for (piece = 1; piece < 700; piece += 31) {
		e = ends_new(TLSO_VERSION_13, 0);
		assert_int_equal(give(&e->c, msg, sizeof(msg), piece),
				 TLSO_POST_RX_KEYS);
		ends_free(e);
	}
	/* All in one: it is taken by itself. */
	e = ends_new(TLSO_VERSION_13, 0);
	assert_int_equal(tlso_post_handshake(&e->c, msg, sizeof(msg), &used),
			 TLSO_POST_NOTHING);
	assert_int_equal(used, 604);
	assert_int_equal(e->c.hdr_n, 0);
	ends_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_update),
		cmocka_unit_test(test_key_update_order),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_in_a_row),
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_new_tickets),
		cmocka_unit_test(test_ticket_write),
		cmocka_unit_test(test_ticket_forms),
		cmocka_unit_test(test_long_ticket),
	};

	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
