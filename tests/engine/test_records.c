// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inline records of a reinstated session, whose keys the test knows.
 *
 * Out: any slice of any record must become the bytes that sealing the whole
 * record gives. In: a model of the kernel puts frames together by sequence
 * number, under loss, reordering, duplicates and overlap, and must get the
 * original bytes back from what came up clear and what did not.
 */
#include "rig.h"

#include "../../offload-dev/engine/crypto_host.h"

#define SID 5
#define STREAM 300000
#define MAX_RECORDS 400

struct stream {
	u8 plain[STREAM], wire[STREAM]; /* both in record shape */
	size_t len;
	struct {
		size_t at, len;
	} rec[MAX_RECORDS];
	size_t n;
};

static struct tlso_session_keys keys;
static struct stream st;
static u8 frame[70000];

static const struct tlso_aead_alg *aead_of(u16 suite)
{
	return suite == 0x1301 ? tlso_host_crypto.aes128_gcm :
	       suite == 0x1302 ? tlso_host_crypto.aes256_gcm :
				 tlso_host_crypto.chacha20_poly1305;
}

static void fill_random(u8 *p, size_t n)
{
	while (n--)
		*p++ = rand();
}

static void seal(const struct tlso_direction_keys *d, u64 seq, u8 *rec, size_t n)
{
	u8 nonce[12];
	int i;

	memcpy(nonce, d->iv, 12);
	for (i = 0; i < 8; i++)
		nonce[11 - i] ^= seq >> (8 * i);
	aead_of(keys.suite)->seal(d->key, nonce, rec, 5, rec + 5, n - 21);
}

static struct rig *start(u16 suite, u8 family, struct rig_flow *f, u32 rx_seq,
			 const struct tlso_engine_config *cfg)
{
	u8 in[sizeof(struct tlso_hw_start) + TLSO_SESSION_KEYS_MAX];
	struct rig *r = rig_new(cfg, false);
	struct tlso_hw_start s;
	size_t n;

	rig_up(r);
	memset(&keys, 0, sizeof(keys));
	keys.tls_version = 0x0304;
	keys.suite = suite;
	keys.key_len = aead_of(suite)->key_len;
	keys.secret_len = suite == 0x1302 ? 48 : 32;
	fill_random(keys.tx.key, keys.key_len);
	fill_random(keys.rx.key, keys.key_len);
	fill_random(keys.tx.iv, 12);
	fill_random(keys.rx.iv, 12);
	keys.tx.seq = 3;
	keys.rx.seq = 0x1000000ff;
	rig_flow_init(f, family, 50000);
	rig_start(&s, f, TLSO_HW_NO_KEY, rx_seq);
	memcpy(in, &s, sizeof(s));
	assert_int_equal(tlso_session_keys_write(&keys, in + sizeof(s),
						 TLSO_SESSION_KEYS_MAX, &n), 0);
	assert_int_equal(rig_cmd(r, TLSO_HW_MB_REINSTATE, SID, 0, in,
				 sizeof(s) + n, NULL, 0, NULL), TLSO_HW_ST_OK);
	return r;
}

/* @n records of at most @most content bytes, under @d. */
static void make_stream(const struct tlso_direction_keys *d, size_t n,
			size_t most, bool tx)
{
	size_t i;

	st.n = n;
	st.len = 0;
	for (i = 0; i < n; i++) {
		size_t body = rand() % (most + 1), len = body + 5 + 17;
		u8 *p = st.plain + st.len;
		struct tlso_hw_tag tag = { .magic = htole32(TLSO_HW_TAG_TX),
					   .session = htole32(SID),
					   .rec_seq = htole64(d->seq + i) };

		assert_true(st.len + len <= STREAM);
		st.rec[i].at = st.len;
		st.rec[i].len = len;
		memcpy(p, "\x17\x03\x03", 3);
		p[3] = (len - 5) >> 8;
		p[4] = len - 5;
		fill_random(p + 5, body);
		p[5 + body] = 23;
		if (tx)
			memcpy(p + 6 + body, &tag, 16);
		memcpy(st.wire + st.len, p, len);
		seal(d, d->seq + i, st.wire + st.len, len);
		st.len += len;
	}
}

/* ---- Outbound --------------------------------------------------------------- */

static bool send_slice(struct rig *r, const struct rig_flow *f, u32 base,
		       size_t from, size_t to, u32 mss)
{
	struct tlso_hw_txd_tls t = { .session = htole32(SID),
				     .flags = htole32(TLSO_HW_TXF_TLS) };
	struct rig_tx tx = { .hdr_len = rig_hdr_len(f), .tls = &t,
			     .pieces = 1 + rand() % 3 };
	size_t i = 0, off, n;

	while (st.rec[i].at + st.rec[i].len <= from)
		i++;
	off = from - st.rec[i].at;
	t.rec_len = htole32(st.rec[i].len);
	t.rec_off = htole32(off);
	t.rec_seq = htole64(keys.tx.seq + i);
	if (off && to > st.rec[i].at + st.rec[i].len - 16)
		t.prefix_len = htole32(off);
	tx.prefix = st.plain + st.rec[i].at;
	if (mss) {
		tx.flags = TLSO_HW_TXF_TSO;
		tx.mss = mss;
	}
	n = rig_tcp(frame, f, false, base + from, 0x18, st.plain + from,
		    to - from);
	return rig_tx(r, frame, n, &tx);
}

static void check_sent(struct rig *r, u32 base, size_t from, size_t to)
{
	size_t len, at = from;
	unsigned int i;
	u32 seq;
	u8 flags;

	for (i = 0; i < r->n_sent; i++) {
		const u8 *p = rig_check_tcp(r->sent[i].p, r->sent[i].n, &seq,
					    &len, &flags);

		assert_int_equal(seq, base + (u32)at);
		assert_memory_equal(p, st.wire + at, len);
		at += len;
	}
	assert_int_equal(at, to);
	rig_forget_sent(r);
}

static void any_slice_is_encrypted(void **state)
{
	u32 base = 0xffff8000;
	struct rig_flow f;
	int round, i;
	u16 suite;

	(void)state;
	for (suite = 0x1301; suite <= 0x1303; suite++) {
		struct rig *r = start(suite, suite & 1 ? 4 : 6, &f, 1, NULL);

		for (round = 0; round < 6; round++) {
			size_t from = 0, to;

			/* Small records: slices meet headers and tags. */
			make_stream(&keys.tx, 30, round & 1 ? 40 : 2000, true);
			while (from < st.len) {
				to = from + 1 + rand() % (round & 1 ? 30 : 3000);
				if (to > st.len)
					to = st.len;
				assert_true(send_slice(r, &f, base, from, to,
						       rand() & 1 ? 500 : 0));
				check_sent(r, base, from, to);
				/* Again, and something older. */
				for (i = 0; i < 2; i++) {
					size_t a = i ? rand() % to : from;
					size_t b = a + 1 + rand() % (to - a);

					if (rand() % 3)
						continue;
					if (b - a > 8000)
						b = a + 8000;
					assert_true(send_slice(r, &f, base, a,
							       b, 0));
					check_sent(r, base, a, b);
				}
				from = to;
			}
		}
		assert_int_equal(r->errors, 0);
		assert_int_equal(rig_count(r, TLSO_HW_C_TX_TLS_DROPPED), 0);
		rig_free(r);
	}
}

/* In order, no prefix byte is read: the cursor goes on. */
static void cursor_saves_the_prefix(void **state)
{
	struct rig_flow f;
	struct rig *r = start(0x1301, 4, &f, 1, NULL);
	size_t at;

	(void)state;
	make_stream(&keys.tx, 4, 16384, true);
	for (at = 0; at < st.len; at += 1000) {
		size_t to = at + 1000 < st.len ? at + 1000 : st.len;

		assert_true(send_slice(r, &f, 9, at, to, 0));
		check_sent(r, 9, at, to);
	}
	assert_int_equal(rig_count(r, TLSO_HW_C_TX_TLS_PREFIX_BYTES), 0);
	assert_int_equal(rig_count(r, TLSO_HW_C_TX_TLS_RECORDS), 4);
	assert_int_equal(rig_count(r, TLSO_HW_C_TX_TLS_BYTES), st.len);
	at = st.rec[0].len - 20;
	if (st.rec[0].len > 40) {
		send_slice(r, &f, 9, at, st.rec[0].len, 0);
		check_sent(r, 9, at, st.rec[0].len);
		assert_int_equal(rig_count(r, TLSO_HW_C_TX_TLS_PREFIX_BYTES),
				 at);
	}
	rig_free(r);
}

/* Whatever is wrong with a TLS frame, no byte of it leaves. */
static void bad_tls_frames_do_not_leave(void **state)
{
	struct rig_flow f;
	struct rig *r = start(0x1303, 4, &f, 1, NULL);
	struct rig_event ev;
	unsigned int k;

	(void)state;
	for (k = 0; k < 16; k++) {
		struct tlso_hw_txd_tls t = { .session = htole32(SID),
					     .flags = htole32(TLSO_HW_TXF_TLS),
					     .rec_seq = htole64(3) };
		struct rig_tx tx = { .hdr_len = rig_hdr_len(&f), .tls = &t };
		u32 off = 0, errors = r->errors;
		u8 *p = st.plain;
		size_t n;

		make_stream(&keys.tx, 2, 300, true);
		t.rec_len = htole32(st.rec[0].len);
		switch (k) {
		case 0:
			t.session = htole32(6);
			break;
		case 1:
			t.rec_len = htole32(21);
			break;
		case 2:
			t.rec_len = htole32(20000);
			break;
		case 3:
			t.rec_off = t.rec_len;
			break;
		case 4:
			t.rec_seq = htole64(4);
			break;
		case 5:
			tx.hdr_len++;
			break;
		case 6:
			p[0] = 22;
			break;
		case 7:
			p[3] ^= 1;
			break;
		case 8:
			p[st.rec[0].len] = 22;
			break;
		case 9:
			p[st.rec[0].len + 3] = 0x41;
			break;
		case 10:
			p[st.rec[0].len - 16]++;
			break;
		case 11:
			p[st.len - 12]++;
			break;
		case 12:
			off = 6;
			t.rec_off = htole32(6);
			break;
		case 13:
			t.prefix_len = htole32(7);
			break;
		case 14:
			t.flags |= htole32(TLSO_HW_TXF_EOP);
			break;
		case 15:
			tx.flags = TLSO_HW_TXF_TSO;
			tx.mss = 8;
			break;
		}
		n = rig_tcp(frame, &f, false, 77, 0x18, p + off, st.len - off);
		assert_true(rig_tx(r, frame, n, &tx));
		if (r->n_sent || r->errors != errors + 1)
			print_error("case %u: %s\n", k, r->last_error);
		assert_int_equal(r->n_sent, 0);
		assert_int_equal(r->errors, errors + 1);
		assert_int_equal(rig_count(r, TLSO_HW_C_TX_ERRORS), k + 1);
	}
	/* Purged: dropped, told once, and nobody's error. */
	make_stream(&keys.tx, 2, 300, true);
	k = r->errors;
	assert_int_equal(rig_cmd(r, TLSO_HW_MB_PURGE, SID, 0, NULL, 0, NULL, 0,
				 NULL), 0);
	assert_false(rig_event(r, &ev));
	assert_true(send_slice(r, &f, 0, 0, st.len, 0));
	assert_true(send_slice(r, &f, 0, 0, st.len, 0));
	assert_int_equal(r->n_sent, 0);
	assert_true(rig_event(r, &ev));
	assert_int_equal(ev.type, TLSO_HW_EV_PURGED);
	assert_int_equal(ev.session, SID);
	assert_false(rig_event(r, &ev));
	assert_int_equal(r->errors, k);
	rig_free(r);
}

static void faults_on_records(void **state)
{
	struct tlso_engine_config cfg = { .fault_corrupt_record = 2 };
	struct tlso_hw_session_info info;
	struct rig_event ev;
	struct rig_flow f;
	struct rig *r = start(0x1301, 4, &f, 1, &cfg);
	size_t len;
	u32 seq;
	u8 flags;
	const u8 *p;

	(void)state;
	make_stream(&keys.tx, 2, 100, true);
	assert_true(send_slice(r, &f, 0, 0, st.len, 0));
	p = rig_check_tcp(r->sent[0].p, r->sent[0].n, &seq, &len, &flags);
	assert_memory_equal(p, st.wire, st.len - 16);
	assert_memory_not_equal(p + st.len - 16, st.wire + st.len - 16, 16);
	assert_int_equal(rig_count(r, TLSO_HW_C_FAULTS_INJECTED), 1);
	rig_free(r);

	cfg = (struct tlso_engine_config){ .fault_purge_record = 2 };
	r = start(0x1301, 4, &f, 1, &cfg);
	make_stream(&keys.tx, 2, 100, true);
	assert_true(send_slice(r, &f, 0, 0, st.len, 0));
	assert_int_equal(r->n_sent, 0);
	assert_true(rig_event(r, &ev));
	assert_int_equal(ev.type, TLSO_HW_EV_PURGED);
	assert_int_equal(rig_cmd(r, TLSO_HW_MB_QUERY, SID, 0, NULL, 0, &info,
				 sizeof(info), NULL), 0);
	assert_int_equal(info.state, htole32(TLSO_HW_SESSION_PURGED));
	rig_free(r);

	cfg = (struct tlso_engine_config){ .fault_reset_record = 1 };
	r = start(0x1301, 4, &f, 1, &cfg);
	make_stream(&keys.tx, 2, 100, true);
	assert_false(send_slice(r, &f, 0, 0, st.len, 0));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_read(r, TLSO_HW_REG_CTRL), 0);
	assert_int_equal(rig_count(r, TLSO_HW_C_SESSIONS_ACTIVE), 0);
	rig_free(r);
}

/* ---- Inbound ------------------------------------------------------------------ */

static u8 up[STREAM], up_clear[STREAM], have[STREAM];
static size_t verdicts;

static void deliver(struct rig *r, const struct rig_flow *f, u32 base,
		    size_t from, size_t to, bool corrupt_csum)
{
	static struct rig_rx rx;
	size_t n = rig_tcp(frame, f, true, base + from, 0x18, st.wire + from,
			   to - from), i;

	if (corrupt_csum)
		frame[n - 1] ^= 1;
	assert_true(rig_rx(r, frame, n, &rx));
	assert_int_equal(rx.n, n);
	assert_true(rx.flags & TLSO_HW_RXF_SESSION);
	if (corrupt_csum) {
		assert_false(rx.flags & (TLSO_HW_RXF_CSUM_OK |
					 TLSO_HW_RXF_CLEAR));
		assert_memory_equal(rx.p, frame, n);
		return;
	}
	assert_true(rx.flags & TLSO_HW_RXF_CSUM_OK);
	if (!(rx.flags & TLSO_HW_RXF_CLEAR))
		assert_memory_equal(rx.p, frame, n);
	/* TCP keeps what came first. */
	for (i = from; i < to; i++) {
		if (have[i])
			continue;
		have[i] = 1;
		up[i] = rx.p[n - (to - i)];
		up_clear[i] = !!(rx.flags & TLSO_HW_RXF_CLEAR);
	}
}

/* The kernel's reading of the stream: every record comes back. */
static void check_stream(size_t upto_record)
{
	size_t i, k;

	verdicts = 0;
	for (i = 0; i < upto_record; i++) {
		size_t at = st.rec[i].at, len = st.rec[i].len;
		struct tlso_hw_verdict v;
		bool clear = true;

		for (k = at; k < at + len; k++) {
			assert_true(have[k]);
			clear &= up_clear[k];
			if (k >= at + len - 16)
				continue;
			assert_int_equal(up[k], up_clear[k] ? st.plain[k] :
							      st.wire[k]);
		}
		memcpy(&v, up + at + len - 16, 16);
		if (clear && le32toh(v.magic) == TLSO_HW_VERDICT_OK) {
			assert_memory_equal(v.tag, st.wire + at + len - 12, 12);
			verdicts++;
		} else {
			assert_memory_equal(&v, st.wire + at + len - 16, 16);
		}
	}
}

static void begin_rx(void)
{
	memset(have, 0, sizeof(have));
	memset(up_clear, 0, sizeof(up_clear));
}

static void in_order_is_all_clear(void **state)
{
	struct rig_flow f;
	struct rig *r = start(0x1302, 6, &f, 0xfffff000, NULL);
	size_t at, to;

	(void)state;
	begin_rx();
	make_stream(&keys.rx, 60, 1000, false);
	for (at = 0; at < st.len; at = to) {
		to = at + 1 + rand() % 1400;
		if (to > st.len)
			to = st.len;
		deliver(r, &f, 0xfffff000, at, to, false);
	}
	for (at = 0; at < st.len; at++)
		assert_true(up_clear[at]);
	check_stream(st.n);
	assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_RECORDS), 60);
	assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_BYTES), st.len);
	assert_true(verdicts > 40);
	rig_free(r);
}

static void disorder_gives_the_same_bytes(void **state)
{
	struct rig_flow f;
	int round;

	(void)state;
	for (round = 0; round < 60; round++) {
		u32 base = rand() * 7u;
		struct rig *r = start(0x1301 + round % 3, 4, &f, base, NULL);
		size_t seg[4000][2], n = 0, at, i, clear = 0;

		begin_rx();
		make_stream(&keys.rx, 100, round & 1 ? 30 : 1500, false);
		for (at = 0; at < st.len; n++) {
			seg[n][0] = at;
			at += 1 + rand() % (round & 1 ? 60 : 1400);
			at = at > st.len ? st.len : at;
			seg[n][1] = at;
		}
		for (i = 0; i < n; i++) {
			size_t k = rand() % 8 ? i : i + rand() % 5;
			size_t a = seg[i][0], b = seg[i][1];

			if (k < n && k != i) {
				seg[i][0] = seg[k][0];
				seg[i][1] = seg[k][1];
				seg[k][0] = a;
				seg[k][1] = b;
			}
			a = seg[i][0];
			b = seg[i][1];
			switch (rand() % 12) {
			case 0: /* lost, or broken, and sent again later */
				if (rand() & 1)
					deliver(r, &f, base, a, b, true);
				if (i + 1 < n) {
					size_t j = i + 1 + rand() %
						   (n - i - 1 > 9 ?
							    9 : n - i - 1);
					size_t c = seg[j][0], d = seg[j][1];

					deliver(r, &f, base, c, d, false);
				}
				deliver(r, &f, base, a, b, false);
				break;
			case 1: /* twice */
				deliver(r, &f, base, a, b, false);
				deliver(r, &f, base, a, b, false);
				break;
			case 2: /* overlapping what came before */
				a -= a < 20 ? a : (size_t)rand() % 20;
				deliver(r, &f, base, a, b, false);
				break;
			default:
				deliver(r, &f, base, a, b, false);
			}
		}
		check_stream(st.n);
		assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_RECORDS), st.n);
		assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_BAD_RECORDS), 0);
		assert_true(rig_count(r, TLSO_HW_C_RX_TLS_OUT_OF_ORDER) > 0);
		for (at = 0; at < st.len; at++)
			clear += up_clear[at];
		assert_true(clear > st.len / 4); /* it finds back */
		rig_free(r);
	}
}

/* From a record that is not good on, everything comes up as it came. */
static void bad_record_stops_the_session(void **state)
{
	struct rig_flow f;
	int kind;

	(void)state;
	for (kind = 0; kind < 4; kind++) {
		struct rig *r = start(0x1301, 4, &f, 0, NULL);
		size_t i, at;

		begin_rx();
		make_stream(&keys.rx, 6, 200, false);
		at = st.rec[3].at;
		switch (kind) {
		case 0:
			st.wire[at + st.rec[3].len - 1] ^= 1;
			break;
		case 1:
			st.wire[at] = 22;
			break;
		case 2:
			st.wire[at + 3] = 0x50;
			break;
		case 3: /* a KeyUpdate: the record itself is good */
			st.plain[at + st.rec[3].len - 17] = 22;
			memcpy(st.wire + at, st.plain + at, st.rec[3].len);
			seal(&keys.rx, keys.rx.seq + 3, st.wire + at,
			     st.rec[3].len);
			break;
		}
		for (i = 0; i < 6; i++)
			deliver(r, &f, 0, st.rec[i].at,
				st.rec[i].at + st.rec[i].len, false);
		check_stream(3);
		assert_int_equal(verdicts, 3);
		assert_int_equal(up_clear[at], kind == 3);
		assert_false(up_clear[st.rec[4].at]);
		assert_false(up_clear[st.rec[5].at]);
		assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_BAD_RECORDS),
				 kind == 3 ? 0 : 1);
		rig_free(r);

		/* All in one frame: the frame stays untouched as a whole. */
		r = start(0x1301, 4, &f, 0, NULL);
		begin_rx();
		deliver(r, &f, 0, 0, 10, false);
		deliver(r, &f, 0, 10, st.len, false);
		assert_false(up_clear[10]);
		rig_free(r);
	}
}

static void too_much_disorder_loses_sync(void **state)
{
	struct rig_flow f;
	struct rig *r = start(0x1301, 4, &f, 0, NULL);
	size_t at;

	(void)state;
	begin_rx();
	make_stream(&keys.rx, 20, 16384, false);
	while (st.len < 280000)
		make_stream(&keys.rx, 34, 16384, false);
	for (at = 1; at + 1400 < st.len; at += 1400)
		deliver(r, &f, 0, at, at + 1400, false);
	assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_LOST_SYNC), 1);
	deliver(r, &f, 0, 0, 1, false);
	assert_false(up_clear[0]);
	assert_int_equal(rig_count(r, TLSO_HW_C_SESSIONS_ACTIVE), 1);
	/* Outbound it goes on. */
	make_stream(&keys.tx, 3, 100, true);
	assert_true(send_slice(r, &f, 0, 0, st.len, 0));
	check_sent(r, 0, 0, st.len);
	rig_free(r);
}

/* One more session than start() made, on the next port. */
static u32 reinstate(struct rig *r, u32 id, struct rig_flow *f)
{
	u8 in[sizeof(struct tlso_hw_start) + TLSO_SESSION_KEYS_MAX];
	struct tlso_hw_start s;
	size_t n;

	f->remote_port++;
	rig_start(&s, f, TLSO_HW_NO_KEY, 0);
	memcpy(in, &s, sizeof(s));
	assert_int_equal(tlso_session_keys_write(&keys, in + sizeof(s),
						 TLSO_SESSION_KEYS_MAX, &n), 0);
	return rig_cmd(r, TLSO_HW_MB_REINSTATE, id, 0, in, sizeof(s) + n, NULL,
		       0, NULL);
}

/* What all sessions keep together is bounded, too. */
static void all_queues_together_are_bounded(void **state)
{
	static u8 frame[9018], zeros[8900];
	static struct rig_rx rx;
	struct rig_flow f;
	struct rig *r = start(0x1301, 4, &f, 0, NULL);
	u32 id, lost, k;
	size_t n;

	(void)state;
	for (id = SID + 1; id < SID + 300; id++) {
		assert_int_equal(reinstate(r, id, &f), TLSO_HW_ST_OK);
		for (k = 0; k < 29; k++) {
			n = rig_tcp(frame, &f, true, 1 + k * sizeof(zeros),
				    0x10, zeros, sizeof(zeros));
			assert_true(rig_rx(r, frame, n, &rx));
		}
	}
	lost = rig_count(r, TLSO_HW_C_RX_TLS_LOST_SYNC);
	assert_in_range(lost, 30, 60);
	/* What a session held is free again when it ends. */
	for (id = SID + 1; id < SID + 10; id++)
		assert_int_equal(rig_cmd(r, TLSO_HW_MB_STOP_SSL, id, 0, NULL, 0,
					 NULL, 0, NULL), TLSO_HW_ST_OK);
	assert_int_equal(reinstate(r, SID + 1, &f), TLSO_HW_ST_OK);
	n = rig_tcp(frame, &f, true, 1, 0x10, zeros, sizeof(zeros));
	assert_true(rig_rx(r, frame, n, &rx));
	assert_int_equal(rig_count(r, TLSO_HW_C_RX_TLS_LOST_SYNC), lost);
	rig_free(r);
}

/* 0 is the id of what has none. */
static void no_session_is_number_0(void **state)
{
	struct rig_flow f;
	struct rig *r = start(0x1301, 4, &f, 1, NULL);

	(void)state;
	assert_int_equal(reinstate(r, 0, &f), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(rig_count(r, TLSO_HW_C_SESSIONS_ACTIVE), 1);
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_slice_is_encrypted),
		cmocka_unit_test(cursor_saves_the_prefix),
		cmocka_unit_test(bad_tls_frames_do_not_leave),
		cmocka_unit_test(faults_on_records),
		cmocka_unit_test(in_order_is_all_clear),
		cmocka_unit_test(disorder_gives_the_same_bytes),
		cmocka_unit_test(bad_record_stops_the_session),
		cmocka_unit_test(too_much_disorder_loses_sync),
		cmocka_unit_test(all_queues_together_are_bounded),
		cmocka_unit_test(no_session_is_number_0),
	};

	return cmocka_run_group_tests_name("engine records", tests, NULL, NULL);
}
