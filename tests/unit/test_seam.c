// SPDX-License-Identifier: GPL-2.0-only
/* The seam's formats: round trips, truncations, mutations. */
#include "pair.h"
#include "../../kmod/core/director.h"
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
}

/* What is fixed about numbers agrees with itself and with the algorithms. */
static void test_tables(void **state)
{
	const struct tlso_group_alg *g;
	const struct tlso_suite *s;
	unsigned int i;

	(void)state;
	for (i = 0; (s = tlso_suite_at(i)); i++) {
		assert_ptr_equal(tlso_suite_find(s->id), s);
		assert_string_equal(tlso_suite_name(s->id), s->name);
		assert_int_equal(tlso_suite_hash(test_crypto(), s->id)->len,
				 s->hash_len);
		assert_int_equal(tlso_suite_aead(test_crypto(), s->id)->key_len,
				 s->key_len);
		assert_int_equal(s->version, s->id >> 8 == 0x13 ?
						     TLSO_VERSION_13 :
						     TLSO_VERSION_12);
		assert_int_equal(tlso_suite_explicit(s),
				 s->version == TLSO_VERSION_12 &&
						 !strstr(s->name, "CHACHA") ?
					 8 :
					 0);
		assert_int_equal(s->auth == TLSO_SUITE_ECDSA,
				 !!strstr(s->name, "_ECDSA_"));
		assert_int_equal(s->kx == TLSO_KX_RSA,
				 !strncmp(s->name, "TLS_RSA_", 8));
	}
	assert_int_equal(i, 11);
	assert_null(tlso_suite_find(0x1304));
	assert_null(tlso_suite_hash(test_crypto(), 0));
	assert_null(tlso_suite_aead(test_crypto(), 0));
	assert_string_equal(tlso_suite_name(0x1302), "TLS_AES_256_GCM_SHA384");
	assert_non_null(tlso_suite_name(0));
	for (i = 0; i < 65536; i++) {
		g = tlso_group_find(test_crypto(), (u16)i);
		assert_int_equal(tlso_group_share_len((u16)i),
				 g ? g->share_len : 0);
		assert_int_equal(!!tlso_scheme_hash(test_crypto(), (u16)i),
				 tlso_scheme_key((u16)i) != TLSO_KEY_NONE);
	}
	/* RFC 8446 4.2.3: the curve counts in TLS 1.3, PKCS#1 does not. */
	assert_true(tlso_scheme_fits(0x0403, TLSO_KEY_P256, TLSO_VERSION_13));
	assert_false(tlso_scheme_fits(0x0403, TLSO_KEY_P384, TLSO_VERSION_13));
	assert_true(tlso_scheme_fits(0x0403, TLSO_KEY_P384, TLSO_VERSION_12));
	assert_false(tlso_scheme_fits(0x0401, TLSO_KEY_RSA, TLSO_VERSION_13));
	assert_true(tlso_scheme_fits(0x0401, TLSO_KEY_RSA, TLSO_VERSION_12));
	assert_true(tlso_scheme_fits(0x0804, TLSO_KEY_RSA, TLSO_VERSION_13));
	assert_false(tlso_scheme_fits(0x0804, TLSO_KEY_P256, TLSO_VERSION_12));
	assert_false(tlso_scheme_fits(0x0201, TLSO_KEY_RSA, TLSO_VERSION_12));
	assert_false(tlso_scheme_fits(0x0403, TLSO_KEY_NONE, TLSO_VERSION_12));
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
	seg[0] = 1;
	assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)), TLSO_E_SEAM);
}

static void test_extras(void **state)
{
	static const u8 extras[] = { 2, 0, 0, 1, 'a', 1, 0, 0, 0,
				     2, 0, 0, 2, 'b', 'c' };
	struct tlso_finished f = { .type = 1, .extra_len = sizeof(extras),
				   .len = 2 };
	u8 seg[TLSO_FINISHED_HDR + sizeof(extras) + 2];
	struct tlso_finished g;
	struct tlso_rd d;
	size_t i;
	u8 *p;

	(void)state;
	tlso_finished_write_hdr(seg, &f);
	memcpy(seg + TLSO_FINISHED_HDR, extras, sizeof(extras));
	memcpy(seg + sizeof(seg) - 2, "xy", 2);
	for (i = 0; i <= sizeof(seg); i++) {
		p = exact(seg, i);
		assert_int_equal(tlso_finished_read(&g, p, i),
				 i == sizeof(seg) ? TLSO_OK : TLSO_E_SEAM);
		free(p);
	}
	assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)), TLSO_OK);
	assert_memory_equal(g.body, "xy", 2);
	assert_true(tlso_finished_extra(&g, 2, 0, &d));
	assert_int_equal(d.n, 1);
	assert_true(tlso_finished_extra(&g, 2, 1, &d));
	assert_int_equal(d.n, 2);
	assert_memory_equal(d.p, "bc", 2);
	assert_false(tlso_finished_extra(&g, 2, 2, &d));
	assert_true(tlso_finished_extra(&g, 1, 0, &d));
	assert_int_equal(d.n, 0);
	assert_false(tlso_finished_extra(&g, 3, 0, &d));
	assert_int_equal(d.n, 0);
	/* Lengths that do not add up, and what must be zero. */
	for (i = 0; i < sizeof(extras); i++) {
		if (i == 0 || i == 5 || i == 9 || i == 4 || i >= 13)
			continue; /* kinds and data may be anything */
		seg[TLSO_FINISHED_HDR + i]++;
		assert_int_equal(tlso_finished_read(&g, seg, sizeof(seg)),
				 TLSO_E_SEAM);
		seg[TLSO_FINISHED_HDR + i]--;
	}
}

static void test_session_keys(void **state)
{
	struct tlso_session_keys k, l;
	u8 wire[TLSO_SESSION_KEYS_MAX];
	const struct tlso_suite *s;
	unsigned int j;
	size_t n, i;
	u8 *p;

	(void)state;
	for (j = 0; (s = tlso_suite_at(j)); j++) {
		bool v12 = s->version == TLSO_VERSION_12;
		u8 secret_len = v12 ? 48 : s->hash_len;

		memset(&k, 0, sizeof(k));
		k.tls_version = s->version;
		k.suite = s->id;
		k.flags = v12 ? TLSO_KEYS_EMS : TLSO_KEYS_CLIENT;
		k.key_len = s->key_len;
		k.secret_len = secret_len;
		k.tx.seq = 1;
		k.rx.seq = 0x0102030405060708ULL;
		memset(k.tx.key, 0x11, k.key_len);
		memset(k.rx.secret, 0x22, k.secret_len);
		memset(k.resumption, 0x33, k.secret_len);
		assert_int_equal(tlso_session_keys_write(&k, wire, sizeof(wire),
							 &n), TLSO_OK);
		assert_int_equal(n, 8 + 2 * (8 + s->key_len + 12 + secret_len)
				    + secret_len);
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
		/* The extended master secret is TLS 1.2's. */
		wire[1] ^= TLSO_KEYS_EMS;
		assert_int_equal(tlso_session_keys_read(&l, wire, n),
				 v12 ? TLSO_OK : TLSO_E_SEAM);
		k.key_len++;
		assert_int_equal(tlso_session_keys_write(&k, wire, sizeof(wire),
							 &i), TLSO_E_STATE);
		k.key_len--;
		k.tls_version ^= TLSO_VERSION_12 ^ TLSO_VERSION_13;
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
	static const size_t max[] = { 16384, 16383, 1000, 512, 63 };
	struct tlso_stream_plan p;
	size_t len, i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(max); i++)
		for (len = 0; len < 70000; len++) {
			tlso_stream_plan(&p, len, 17, max[i]);
			assert_int_equal(p.wire, len + 22 * p.records);
			assert_in_range(p.records, (len + max[i] - 1) / max[i] ?
						   1 : 0,
					(len + max[i] - 1) / max[i]);
			if (!len)
				continue;
			assert_int_equal((p.records - 1) * p.each + p.last,
					 len);
			assert_in_range(p.each, 1, max[i]);
			assert_in_range(p.last, 1, max[i]);
		}
	assert_int_equal(tlso_record_max(TLSO_EPOCH_CLEAR, 63), 16384);
	assert_int_equal(tlso_record_max(TLSO_EPOCH_HANDSHAKE, 63), 63);
	assert_int_equal(tlso_record_max(TLSO_EPOCH_HANDSHAKE, 0), 16384);
	assert_int_equal(tlso_seal_extra(0, 0, TLSO_EPOCH_CLEAR), 0);
	assert_int_equal(tlso_seal_extra(TLSO_VERSION_13, 0x1301, 1), 17);
	assert_int_equal(tlso_seal_extra(TLSO_VERSION_12, 0xc02b, 2), 24);
	assert_int_equal(tlso_seal_extra(TLSO_VERSION_12, 0xcca9, 2), 16);
}

/* ---- Whole starters ------------------------------------------------------ */

/* A half that is to get the starter that it gets in a good handshake, which goes to
 * @p, *@n bytes. All the same each time.
 */
enum who { SERVER13, SERVER12, CLIENT12, CLIENT_HELLO, WHO };

static struct pair *before(enum who who, struct half **h)
{
	bool v12 = who == SERVER12 || who == CLIENT12;
	struct shape sh = { .version = v12 ? TLSO_VERSION_12 : 0,
			    .client_scheme = TLSO_ECDSA_P384_SHA384 };
	struct pair *p;

	tlso_host_seed((const u8 *)"the same each time", 18);
	p = pair_new(&sh, NULL);
	*h = who == CLIENT12 || who == CLIENT_HELLO ? p->c : p->s;
	if (who != CLIENT_HELLO)
		client_hello(p);
	if (who == CLIENT12)
		server_flight12(p);
	return p;
}

static size_t good(enum who who, u8 *out)
{
	struct half *h;
	struct pair *p = before(who, &h);
	size_t n;

	switch (who) {
	case SERVER13:
		server_flight13(p);
		break;
	case SERVER12:
		server_flight12(p);
		break;
	case CLIENT12:
		client_flight12(p);
		break;
	default:
		client_hello(p);
		break;
	}
	n = h->starter_len;
	memcpy(out, h->starter, n);
	pair_free(p);
	return n;
}

static enum tlso_err complete(enum who who, const u8 *p, size_t n)
{
	static u8 out[TLSO_STARTER_OUT_MAX];
	struct half *h;
	struct pair *pair = before(who, &h);
	enum tlso_err e;
	size_t len;

	e = tlso_completer_starter(&h->c, p, n, out, sizeof(out), &len);
	if (e) {
		assert_int_equal(len, 0);
		assert_int_equal(h->c.tx_epoch, TLSO_EPOCH_CLEAR);
	} else {
		/* 12 bytes of header, the length the last of them */
		assert_in_range(len, 0, (u32)(p[10] << 8 | p[11]));
	}
	pair_free(pair);
	return e;
}

static void starters(enum who who)
{
	u8 *p = malloc(TLSO_STARTER_MAX), *q;
	size_t n = good(who, p), i;
	bool alert_only;

	assert_int_equal(tlso_starter_check(p, n, 0, &alert_only), TLSO_OK);
	assert_false(alert_only);
	if (who != CLIENT_HELLO)
		assert_int_equal(tlso_starter_check(p, n, 1, &alert_only),
				 TLSO_E_SEAM);
	assert_int_equal(complete(who, p, n), TLSO_OK);
	for (i = 0; i < n; i++) {
		q = exact(p, i);
		assert_int_equal(tlso_starter_check(q, i, 0, &alert_only),
				 TLSO_E_SEAM);
		if (i % 8 == 0)
			assert_int_equal(complete(who, q, i), TLSO_E_SEAM);
		free(q);
	}
	/* Mutated: refused, or completed to at most the length that it says. */
	for (i = 0; i < n; i++) {
		p[i] ^= (u8)(1u << (i % 8));
		q = exact(p, n);
		(void)!complete(who, q, n);
		free(q);
		p[i] ^= (u8)(1u << (i % 8));
	}
	/* One byte off in out_len. */
	p[11]++;
	assert_int_equal(tlso_starter_check(p, n, 0, &alert_only), TLSO_E_SEAM);
	p[11]--;
	/* No item, and one more than there are. */
	p[1]++;
	assert_int_equal(tlso_starter_check(p, n, 0, &alert_only), TLSO_E_SEAM);
	p[1] = 0;
	assert_int_equal(tlso_starter_check(p, n, 0, &alert_only), TLSO_E_SEAM);
	free(p);
}

static void test_starters(void **state)
{
	enum who who;

	(void)state;
	for (who = 0; who < WHO; who++)
		starters(who);
}

/* Before any ClientHello there is nothing to answer. */
static void test_too_early(void **state)
{
	u8 *p = malloc(TLSO_STARTER_MAX);
	size_t n = good(SERVER13, p), len;
	struct half *h = half_new(NULL, false);

	(void)state;
	assert_int_equal(tlso_completer_starter(&h->c, p, n, h->out,
						sizeof(h->out), &len),
			 TLSO_E_SEAM);
	half_free(h);
	free(p);
}

/* An empty starter is one, and no alert. */
static void test_empty(void **state)
{
	struct tlso_starter_wr s;
	bool alert_only = true;
	size_t n, wire;
	u8 out[64];

	(void)state;
	tlso_starter_begin(&s, out, sizeof(out), 0, 0, 0);
	assert_true(tlso_starter_empty(&s));
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(n, 12);
	assert_int_equal(wire, 0);
	assert_int_equal(tlso_starter_check(out, n, 0, &alert_only), TLSO_OK);
	assert_false(alert_only);
	tlso_starter_begin(&s, out, sizeof(out), 0, 0, 0);
	tlso_starter_alert(&s, 2, 40);
	assert_false(tlso_starter_empty(&s));
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_OK);
	assert_int_equal(wire, 7);
	assert_int_equal(tlso_starter_check(out, n, 0, &alert_only), TLSO_OK);
	assert_true(alert_only);
	/* A limit that no record has. */
	out[6] = 0x40;
	out[7] = 1;
	assert_int_equal(tlso_starter_check(out, n, 0, &alert_only),
			 TLSO_E_SEAM);
}

/* Items of a form that no director writes. */
static void test_item_forms(void **state)
{
	/* kind, fills, arg, length of the body; whether it is well formed */
	static const struct {
		u8 kind, fills;
		u16 arg;
		u8 n;
		bool ok;
	} rows[] = {
		{ TLSO_ITEM_RAW, 0, 0, 1, true },
		{ TLSO_ITEM_RAW, 0, 1, 1, false },
		{ TLSO_ITEM_RAW, 0, 0, 0, false },
		{ TLSO_ITEM_RAW, 1, 0, 1, false },
		{ TLSO_ITEM_EPOCH, 0, 1, 0, true },
		{ TLSO_ITEM_EPOCH, 0, 1, 1, false },
		{ TLSO_ITEM_EPOCH, 0, 2, 0, false },
		{ TLSO_ITEM_EPOCH, 0, 0, 0, false },
		{ TLSO_ITEM_ALERT, 0, 0, 2, true },
		{ TLSO_ITEM_ALERT, 0, 0, 1, false },
		{ TLSO_ITEM_ALERT, 0, 0, 3, false },
		{ TLSO_ITEM_ALERT, 0, 1, 2, false },
		{ TLSO_ITEM_SHARE, 0, 29, 32, true },
		{ TLSO_ITEM_SHARE, 0, 29, 0, false },
		{ TLSO_ITEM_SHARE, 1, 29, 32, false },
		{ TLSO_ITEM_PSK, 0, 7, 0, true },
		{ TLSO_ITEM_PSK, 0, 0, 1, false },
		{ TLSO_ITEM_RSA, 0, 1, 9, true },
		{ TLSO_ITEM_RSA, 0, 1, 0, false },
		{ TLSO_ITEM_MASTER, 0, 1, 0, true },
		{ TLSO_ITEM_MASTER, 0, 2, 0, false },
		{ TLSO_ITEM_MASTER, 0, 0, 1, false },
		{ TLSO_ITEM_RESUME, 0, 0, 0, true },
		{ TLSO_ITEM_RESUME, 0, 1, 0, false },
		{ TLSO_ITEM_RESUME, 0, 0, 1, false },
		{ 0, 0, 0, 0, false },
		{ 10, 0, 0, 0, false },
		{ 255, 0, 0, 0, false },
	};
	struct tlso_wr w;
	bool alert_only;
	u8 out[128];
	size_t i;
	u32 wire;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		wire = rows[i].kind == TLSO_ITEM_RAW ? rows[i].n :
		       rows[i].kind == TLSO_ITEM_ALERT ? 7 : 0;
		tlso_wr_init(&w, out, sizeof(out));
		tlso_wr_u16(&w, TLSO_SEAM_VERSION << 8 | 1);
		tlso_wr_u16(&w, 0x1301);
		tlso_wr_u16(&w, TLSO_VERSION_13);
		tlso_wr_u16(&w, 0);
		tlso_wr_u32(&w, wire);
		tlso_wr_u8(&w, rows[i].kind);
		tlso_wr_u8(&w, rows[i].fills);
		tlso_wr_u16(&w, rows[i].arg);
		tlso_wr_u24(&w, rows[i].n);
		(void)tlso_wr_room(&w, rows[i].n);
		assert_int_equal(tlso_starter_check(out, w.n, 0, &alert_only),
				 rows[i].ok ? TLSO_OK : TLSO_E_SEAM);
	}
}

/* The writer keeps to its room, and to a starter's largest size. */
static void test_no_room(void **state)
{
	static u8 out[TLSO_STARTER_MAX], body[60000];
	struct tlso_starter_wr s;
	size_t n, wire;

	(void)state;
	tlso_starter_begin(&s, out, 12, 0x1301, TLSO_VERSION_13, 0);
	tlso_starter_alert(&s, 2, 40);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_E_SPACE);
	assert_int_equal(n, 0);
	/* 60000 bytes in records of 63: their headers are too much. */
	tlso_starter_begin(&s, out, sizeof(out), 0x1301, TLSO_VERSION_13, 1);
	tlso_starter_limit(&s, 63);
	tlso_starter_message_begin(&s, 11);
	tlso_wr_bytes(&s.w, body, sizeof(body));
	tlso_starter_message_end(&s);
	assert_int_equal(tlso_starter_end(&s, &n, &wire), TLSO_E_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_finished),
		cmocka_unit_test(test_extras),
		cmocka_unit_test(test_session_keys),
		cmocka_unit_test(test_key_blob),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_starters),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_item_forms),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests_name("seam", tests, NULL, NULL);
}
