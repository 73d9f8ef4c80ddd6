// SPDX-License-Identifier: GPL-2.0-only
/* The seam's formats: round trips, truncations, mutations. */
#include "harness.h"
#include "../../kmod/core/starter.h"
#include "../../kmod/core/suite.h"
#include "../../offload-dev/hw.h"

_Static_assert(TLSO_OP_SERVER_RANDOM == TLSO_HW_OP_SERVER_RANDOM, "ops");
_Static_assert(TLSO_OP_KEY_SHARE == TLSO_HW_OP_PREMASTER_DEC, "ops");
_Static_assert(TLSO_OP_KEYS == TLSO_HW_OP_KEYS, "ops");
_Static_assert(TLSO_OP_SIGN == TLSO_HW_OP_CERT_VERIFY, "ops");
_Static_assert(TLSO_OP_MAC_MAKE == TLSO_HW_OP_MAC_MAKE, "ops");
_Static_assert(TLSO_OP_MAC_CHECK == TLSO_HW_OP_MAC_CHECK, "ops");

static void *exact(const u8 *p, size_t n)
{
	u8 *copy = malloc(n ? n : 1);

	memcpy(copy, p, n);
	return copy;
}

static void test_cursors(void **state)
{
	const u8 in[] = { 1, 2, 3, 0, 2, 9, 8, 7 };
	struct tlso_rd r, v;
	struct tlso_wr w;
	u8 out[8];
	size_t at;

	(void)state;
	tlso_rd_init(&r, in, sizeof(in));
	assert_int_equal(tlso_rd_u24(&r), 0x010203);
	v = tlso_rd_vec(&r, 2);
	assert_int_equal(v.n, 2);
	assert_int_equal(tlso_rd_u16(&v), 0x0908);
	assert_true(tlso_rd_done(&v));
	assert_false(tlso_rd_done(&r));
	assert_int_equal(tlso_rd_u16(&r), 0); /* one byte is left */
	assert_true(r.bad);
	assert_int_equal(tlso_rd_u8(&r), 0); /* it sticks */
	assert_false(tlso_rd_done(&r));
	tlso_rd_init(&r, in + 2, 3);
	assert_true(tlso_rd_vec(&r, 1).bad);

	tlso_wr_init(&w, out, sizeof(out));
	at = tlso_wr_open(&w, 1);
	tlso_wr_u32(&w, 0xdeadbeef);
	tlso_wr_close(&w, at, 1);
	assert_memory_equal(out, "\x04\xde\xad\xbe\xef", 5);
	tlso_wr_u32(&w, 1);
	assert_true(w.bad);
	tlso_wr_u8(&w, 1);
	assert_int_equal(w.n, 5);
	assert_null(tlso_wr_room(&w, 1));
}

static void test_errors(void **state)
{
	unsigned int e;

	(void)state;
	for (e = 0; e < TLSO_E_COUNT + 3; e++) {
		assert_non_null(tlso_err_name(e));
		assert_int_equal(tlso_err_alert(e) == TLSO_ALERT_NONE,
				 e == TLSO_OK || e == TLSO_E_PEER_ALERT);
	}
	assert_int_equal(tlso_err_alert(TLSO_E_VERSION), 70);
	assert_int_equal(tlso_err_alert(999), TLSO_ALERT_INTERNAL_ERROR);
	assert_string_equal(tlso_suite_name(0x1302), "TLS_AES_256_GCM_SHA384");
	assert_non_null(tlso_suite_name(0));
}

static void test_finished(void **state)
{
	struct tlso_finished f = { .type = 20, .epoch = 1, .ops = 0x1f0,
				   .len = 3 };
	struct tlso_finished g;
	u8 seg[TLSO_FINISHED_HDR + 3];
	size_t i;
	u8 *p;

	(void)state;
	tlso_finished_write_hdr(seg, &f);
	memcpy(seg + TLSO_FINISHED_HDR, "abc", 3);
	for (i = 0; i <= sizeof(seg); i++) {
		p = exact(seg, i);
		assert_int_equal(tlso_finished_read(&g, p, i),
				 i == sizeof(seg) ? TLSO_OK : TLSO_E_SEAM);
		free(p);
	}
	assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)), TLSO_OK);
	assert_int_equal(g.type, 20);
	assert_int_equal(g.epoch, 1);
	assert_int_equal(g.ops, 0x1f0);
	assert_memory_equal(g.body, "abc", 3);
	seg[2] = 3; /* no such epoch */
	assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)), TLSO_E_SEAM);
	seg[2] = 1;
	seg[3] = TLSO_E_COUNT;
	assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)), TLSO_E_SEAM);
	seg[3] = 0;
	seg[0] = 2;
	assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)), TLSO_E_SEAM);
}

static void test_session_keys(void **state)
{
	struct tlso_session_keys k, l;
	u8 wire[TLSO_SESSION_KEYS_MAX];
	const struct tlso_suite *s;
	size_t n, i;
	u16 id;
	u8 *p;

	(void)state;
	for (id = 0x1301; id <= 0x1303; id++) {
		s = tlso_suite_find(id);
		memset(&k, 0, sizeof(k));
		k.tls_version = 0x0304;
		k.suite = id;
		k.key_len = s->key_len;
		k.secret_len = s->hash_len;
		k.tx.seq = 1;
		k.rx.seq = 0x0102030405060708ULL;
		memset(k.tx.key, 0x11, k.key_len);
		memset(k.rx.secret, 0x22, k.secret_len);
		memset(k.resumption, 0x33, k.secret_len);
		assert_int_equal(tlso_session_keys_write(&k, wire, sizeof(wire),
							 &n), TLSO_OK);
		assert_int_equal(n, 8 + 2 * (8 + s->key_len + 12 + s->hash_len)
				    + s->hash_len);
		for (i = 0; i < n; i++) {
			p = exact(wire, i);
			assert_int_equal(tlso_session_keys_read(&l, p, i),
					 TLSO_E_SEAM);
			free(p);
		}
		assert_int_equal(tlso_session_keys_read(&l, wire, n), TLSO_OK);
		assert_memory_equal(&k, &l, sizeof(k));
		for (i = 0; i < 8; i++) { /* the header decides everything */
			wire[i] ^= 0x40;
			assert_int_equal(tlso_session_keys_read(&l, wire, n),
					 TLSO_E_SEAM);
			wire[i] ^= 0x40;
		}
		k.key_len++;
		assert_int_equal(tlso_session_keys_write(&k, wire, sizeof(wire),
							 &i), TLSO_E_STATE);
	}
}

static void test_key_blob(void **state)
{
	static u8 nums[8][256];
	struct tlso_key_blob b = { .type = TLSO_KEY_RSA, .parts = 8 };
	struct tlso_key_blob c;
	u8 blob[TLSO_KEY_BLOB_MAX];
	size_t n, i, m;
	u8 *p;

	(void)state;
	for (i = 0; i < 8; i++) {
		memset(nums[i], 0x80 + (int)i, 256);
		b.part[i].p = nums[i];
		b.part[i].n = i == 1 ? 3 : i < 3 ? 256 : 128;
	}
	assert_int_equal(tlso_key_blob_bits(&b), 2048);
	assert_int_equal(tlso_key_blob_write(&b, blob, sizeof(blob), &n),
			 TLSO_OK);
	for (i = 0; i < n; i++) {
		p = exact(blob, i);
		assert_int_equal(tlso_key_blob_read(&c, p, i), TLSO_E_SEAM);
		free(p);
		p = malloc(i + 1);
		assert_int_equal(tlso_key_blob_write(&b, p, i, &m),
				 TLSO_E_SPACE);
		free(p);
	}
	assert_int_equal(tlso_key_blob_read(&c, blob, n), TLSO_OK);
	assert_int_equal(c.parts, 8);
	assert_int_equal(c.part[7].n, 128);
	assert_memory_equal(c.part[7].p, nums[7], 128);
	assert_int_equal(tlso_key_blob_bits(&c), 2048);
	blob[1] = 9;
	assert_int_equal(tlso_key_blob_read(&c, blob, n), TLSO_E_SEAM);

	nums[1][0] = 4;
	b.type = TLSO_KEY_P256;
	b.parts = 2;
	b.part[0].n = 32;
	b.part[1].n = 65;
	assert_int_equal(tlso_key_blob_write(&b, blob, sizeof(blob), &n),
			 TLSO_OK);
	assert_int_equal(tlso_key_blob_read(&c, blob, n), TLSO_OK);
	assert_int_equal(tlso_key_blob_bits(&c), 256);
	b.part[1].n = 64;
	assert_int_equal(tlso_key_blob_write(&b, blob, sizeof(blob), &n),
			 TLSO_E_SEAM);
}

static void test_plan(void **state)
{
	struct tlso_stream_plan p;
	size_t len;

	(void)state;
	for (len = 0; len < 70000; len++) {
		tlso_stream_plan(&p, len, true);
		assert_int_equal(p.wire, len + 22 * p.records);
		assert_int_equal(p.records, (len + 16383) / 16384);
		if (!len)
			continue;
		assert_int_equal((p.records - 1) * p.each + p.last, len);
		assert_in_range(p.each, 1, 16384);
		assert_in_range(p.last, 1, 16384);
	}
}

/* The flight that the director answers a hello with. */
static size_t flight(u8 *out)
{
	struct tlso_finished f = { .type = 1 };
	u8 seg[TLSO_FINISHED_HDR + HELLO_MAX];
	struct tlso_director d;
	size_t n, wire;

	f.len = hello_write(&(struct hello){ .sid_len = 32 },
			    seg + TLSO_FINISHED_HDR, NULL, 0, NULL);
	tlso_finished_write_hdr(seg, &f);
	tlso_director_init(&d, &test_cfg);
	assert_int_equal(tlso_director_step(&d, seg,
					    TLSO_FINISHED_HDR + f.len, out,
					    TLSO_STARTER_MAX, &n, &wire),
			 TLSO_STEP_SEND);
	assert_int_equal(wire, (size_t)(out[6] << 8 | out[7]));
	return n;
}

/* A completer that has seen the hello; completes @p, says how it went. */
static enum tlso_err complete(const u8 *p, size_t n)
{
	struct server *s = server_new(NULL);
	u8 msg[HELLO_MAX], rec[HELLO_MAX + 5];
	size_t used, seg_len, len, k;
	static u8 out[TLSO_STARTER_OUT_MAX];
	enum tlso_err e;

	k = hello_write(&(struct hello){ .sid_len = 32 }, msg, NULL, 0, NULL);
	k = record_clear(rec, TLSO_CT_HANDSHAKE, msg, k);
	assert_int_equal(tlso_completer_feed(&s->c, rec, k, &used, &seg_len),
			 TLSO_FEED_FINISHED);
	e = tlso_completer_starter(&s->c, p, n, out, sizeof(out), &len);
	if (e) {
		assert_int_equal(len, 0);
		assert_int_equal(s->c.tx_epoch, TLSO_EPOCH_CLEAR);
	}
	server_free(s);
	return e;
}

static void test_starter(void **state)
{
	u8 *p = malloc(TLSO_STARTER_MAX), *q;
	size_t n = flight(p), i;
	unsigned int bit;
	bool alert_only;

	(void)state;
	assert_int_equal(tlso_starter_check(p, n, 0, &alert_only), TLSO_OK);
	assert_false(alert_only);
	assert_int_equal(tlso_starter_check(p, n, 1, &alert_only), TLSO_E_SEAM);
	assert_int_equal(complete(p, n), TLSO_OK);
	for (i = 0; i < n; i++) {
		q = exact(p, i);
		assert_int_equal(tlso_starter_check(q, i, 0, &alert_only),
				 TLSO_E_SEAM);
		if (i % 8 == 0)
			assert_int_equal(complete(q, i), TLSO_E_SEAM);
		free(q);
	}
	/* Mutated: refused, or completed to the length that it says. */
	for (i = 0; i < n; i++) {
		bit = 1u << (i % 8);
		p[i] ^= (u8)bit;
		q = exact(p, n);
		(void)!complete(q, n);
		free(q);
		p[i] ^= (u8)bit;
	}
	/* One byte off in out_len. */
	p[7]++;
	assert_int_equal(tlso_starter_check(p, n, 0, &alert_only), TLSO_E_SEAM);
	p[7]--;
	/* Before any ClientHello there is nothing to answer. */
	{
		struct server *s = server_new(NULL);
		size_t len;

		assert_int_equal(tlso_completer_starter(&s->c, p, n, s->out,
							sizeof(s->out), &len),
				 TLSO_E_SEAM);
		server_free(s);
	}
	free(p);
}

/* Starters that say what no director would. */
static void test_bad_starters(void **state)
{
	struct tlso_starter_wr s;
	u8 out[256];
	size_t n, wire;

	(void)state;
	/* an epoch without a key exchange */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, 0);
	tlso_starter_epoch(&s, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_STATE);
	/* an epoch left out */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, 0);
	tlso_starter_epoch(&s, TLSO_EPOCH_APPLICATION);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_SEAM);
	/* a suite that is none */
	tlso_starter_begin(&s, out, sizeof(out), 0x1304, 0);
	tlso_starter_raw(&s, (const u8 *)"x", 1);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_SEAM);
	/* a signature in clear */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, 0);
	tlso_starter_message_begin(&s, 15);
	tlso_wr_bytes(&s.w, "\4\3\0\4abcd", 8);
	tlso_starter_message_end(&s);
	tlso_starter_fill(&s, TLSO_FILL_SIGNATURE, 0x0403, 6, 6, NULL, 0);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_SEAM);
	/* a Finished in clear */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, 0);
	tlso_starter_message_begin(&s, 20);
	(void)tlso_wr_room(&s.w, 32);
	tlso_starter_message_end(&s);
	tlso_starter_fill(&s, TLSO_FILL_FINISHED, 0, 4, 32, NULL, 0);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_SEAM);
	/* a fill over the message's end, and one over its header */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, 0);
	tlso_starter_message_begin(&s, 2);
	(void)tlso_wr_room(&s.w, 32);
	tlso_starter_message_end(&s);
	tlso_starter_fill(&s, TLSO_FILL_RANDOM, 0, 5, 32, NULL, 0);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_SEAM);
	/* more random bytes than any message has */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, 0);
	tlso_starter_message_begin(&s, 2);
	(void)tlso_wr_room(&s.w, 64);
	tlso_starter_message_end(&s);
	tlso_starter_fill(&s, TLSO_FILL_RANDOM, 0, 4, 33, NULL, 0);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(complete(out, n), TLSO_E_SEAM);
	/* no room for it at all */
	tlso_starter_begin(&s, out, 12, 0x1301, 0);
	tlso_starter_alert(&s, 2, 40);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_E_SPACE);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_finished),
		cmocka_unit_test(test_session_keys),
		cmocka_unit_test(test_key_blob),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_starter),
		cmocka_unit_test(test_bad_starters),
	};

	return cmocka_run_group_tests_name("seam", tests, NULL, NULL);
}
