// SPDX-License-Identifier: GPL-2.0-only
/* Director and completer together: whole handshakes, and every way to spoil
 * one on the record layer.
 */
#include "harness.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/hs_msg.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 big[TLSO_REC_CIPHER_MAX + 64];

static size_t hello_record(const struct hello *h, u8 *out)
{
	u8 msg[HELLO_MAX];
	size_t n = hello_write(h, msg, NULL, 0, NULL);

	return record_clear(out, TLSO_CT_HANDSHAKE, msg, n);
}

/* A server whose flight is out and that waits for Finished. */
static struct server *server_at_finished(const struct hello *h)
{
	struct server *s = server_new(NULL);
	size_t n = hello_record(h, rec);

	server_feed(s, rec, n, n);
	assert_int_equal(s->taken, n);
	assert_int_equal(server_alert(s), -1);
	assert_int_equal(s->c.tx_epoch, TLSO_EPOCH_APPLICATION);
	return s;
}

static void feed_finished(struct server *s, size_t pad, size_t piece)
{
	u8 msg[64];
	size_t n = finished_msg(s, msg);

	n = record_sealed(s, rec, TLSO_CT_HANDSHAKE, msg, n, pad);
	server_feed(s, rec, n, piece);
}

/* What the session no longer needs is gone before anybody wipes the rest. */
static void assert_forgotten(const struct tlso_completer *c)
{
	static const u8 zeros[TLSO_HASH_MAX];

	assert_memory_equal(c->share_secret, zeros, sizeof(c->share_secret));
	assert_memory_equal(c->stage, zeros, sizeof(c->stage));
	assert_memory_equal(c->hs_client, zeros, sizeof(c->hs_client));
	assert_memory_equal(c->hs_server, zeros, sizeof(c->hs_server));
	assert_memory_equal(c->peer_mac, zeros, sizeof(c->peer_mac));
}

static void test_handshake(void **state)
{
	static const u16 suites[] = { 0x1301, 0x1302, 0x1303 };
	struct tlso_session_keys k, k2;
	u8 wire[TLSO_SESSION_KEYS_MAX];
	enum tlso_err e;
	struct server *s;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		s = server_at_finished(&(struct hello){
			.suite = suites[i], .sid_len = 32 });
		assert_int_equal(tlso_completer_keys(&s->c, &k), TLSO_E_STATE);
		feed_finished(s, (size_t)i * 5000, 100);
		assert_true(s->done);
		assert_forgotten(&s->c);
		assert_int_equal(tlso_completer_keys(&s->c, &k), TLSO_OK);
		assert_int_equal(k.suite, suites[i]);
		assert_int_equal(k.tx.seq, 0);
		assert_int_equal(k.rx.seq, 0);
		e = tlso_session_keys_write(&k, wire, sizeof(wire), &n);
		assert_int_equal(e, TLSO_OK);
		assert_int_equal(tlso_session_keys_read(&k2, wire, n), TLSO_OK);
		assert_memory_equal(&k, &k2, sizeof(k));
		server_free(s);
	}
}

/* Same input, same output: in one piece, byte by byte, in random pieces. */
static void test_pieces(void **state)
{
	static const size_t pieces[] = { 1, 2, 7, 0, 0, 0, 0, 0 };
	static u8 first[2048];
	struct tlso_session_keys a, b;
	struct server *s, *t;
	size_t n, i;

	(void)state;
	s = server_at_finished(&(struct hello){ .sid_len = 32 });
	feed_finished(s, 0, 4096);
	assert_true(s->done);
	assert_int_equal(tlso_completer_keys(&s->c, &a), TLSO_OK);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		t = server_new(NULL);
		n = hello_record(&(struct hello){ .sid_len = 32 }, first);
		server_feed(t, first, n, pieces[i]);
		feed_finished(t, 0, pieces[i]);
		assert_true(t->done);
		assert_int_equal(t->out_len, s->out_len);
		assert_memory_equal(t->out, s->out, s->out_len);
		assert_int_equal(tlso_completer_keys(&t->c, &b), TLSO_OK);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(t->segments, 2);
		server_free(t);
	}
	server_free(s);
}

/* 5.1: a message in as many records as it likes. */
static void test_fragments(void **state)
{
	struct hello h = { 0 };
	u8 msg[HELLO_MAX], one[8];
	size_t n = hello_write(&h, msg, NULL, 0, NULL), i, k, m;
	struct server *s = server_new(NULL);

	(void)state;
	for (i = 0; i < n; i++) {
		k = record_clear(one, TLSO_CT_HANDSHAKE, msg + i, 1);
		server_feed(s, one, k, k);
		assert_int_equal(server_alert(s), -1);
	}
	assert_int_equal(s->c.tx_epoch, TLSO_EPOCH_APPLICATION);
	n = finished_msg(s, msg);
	for (i = 0; i < n; i += m) {
		m = n - i < 10 ? n - i : 10;
		k = record_sealed(s, rec, TLSO_CT_HANDSHAKE, msg + i, m,
				  TLSO_REC_PLAIN_MAX - m);
		server_feed(s, rec, k, 1000);
	}
	assert_true(s->done);
	server_free(s);
}

/* What follows a ClientHello stays with the caller until our flight is out. */
static void test_hold(void **state)
{
	struct server *s = server_new(NULL);
	size_t n, used, seg_len;

	(void)state;
	n = hello_record(&(struct hello){ 0 }, rec);
	memset(rec + n, TLSO_CT_DATA, 100);
	assert_int_equal(tlso_completer_feed(&s->c, rec, n + 100, &used,
					     &seg_len), TLSO_FEED_FINISHED);
	assert_int_equal(used, n);
	assert_int_equal(tlso_completer_feed(&s->c, rec + n, 100, &used,
					     &seg_len), TLSO_FEED_MORE);
	assert_int_equal(used, 0);
	server_free(s);

	/* And what follows Finished is not ours at all. */
	s = server_at_finished(&(struct hello){ 0 });
	n = finished_msg(s, big);
	n = record_sealed(s, rec, TLSO_CT_HANDSHAKE, big, n, 0);
	rec[n] = TLSO_CT_DATA;
	server_feed(s, rec, n + 1, n + 1);
	assert_true(s->done);
	assert_int_equal(s->taken, n);
	assert_int_equal(tlso_completer_feed(&s->c, rec, 9, &used, &seg_len),
			 TLSO_FEED_MORE);
	assert_int_equal(used, 0);
	server_free(s);
}

/* Alert after feeding @n bytes at @p to a server before its ClientHello. */
static int fresh(const u8 *p, size_t n)
{
	struct server *s = server_new(NULL);
	int alert;

	server_feed(s, p, n, 0);
	alert = server_alert(s);
	if (alert >= 0) {
		assert_int_equal(s->out_len, 7);
		assert_int_equal(s->out[0], TLSO_CT_ALERT);
		assert_int_equal(s->out[6], alert);
	}
	server_free(s);
	return alert;
}

#define FRESH(bytes) fresh((const u8 *)(bytes), sizeof(bytes) - 1)

static void test_before_hello(void **state)
{
	u8 msg[HELLO_MAX];
	size_t n, k;

	(void)state;
	assert_int_equal(FRESH("G"), TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x17"), TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x14"), TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x80"), TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x16\x02"), TLSO_ALERT_PROTOCOL_VERSION);
	assert_int_equal(FRESH("\x16\x03\x01\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x16\x03\x01\x40\x01"),
			 TLSO_ALERT_RECORD_OVERFLOW);
	assert_int_equal(FRESH("\x16\x03\x01\x40\0"), -1);
	assert_int_equal(FRESH("\x15\x03\x01\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x15\x03\x01\0\1\1"), TLSO_ALERT_DECODE_ERROR);
	assert_int_equal(FRESH("\x15\x03\x01\0\3\1\0\0"),
			 TLSO_ALERT_DECODE_ERROR);
	/* Another message, and one that no buffer holds. */
	assert_int_equal(FRESH("\x16\x03\x01\0\4\2\0\0\0"),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(FRESH("\x16\x03\x01\0\4\1\1\0\0"),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	/* Something behind a ClientHello in its record. */
	n = hello_write(&(struct hello){ 0 }, msg, NULL, 0, NULL);
	msg[n++] = 1;
	k = record_clear(rec, TLSO_CT_HANDSHAKE, msg, n);
	assert_int_equal(fresh(rec, k), TLSO_ALERT_UNEXPECTED_MESSAGE);
	/* The version of the record does not matter beyond its first byte. */
	n = hello_record(&(struct hello){ 0 }, rec);
	rec[2] = 1;
	assert_int_equal(fresh(rec, n), -1);
	rec[2] = 0xff;
	assert_int_equal(fresh(rec, n), -1);
}

/* The peer's alerts are told on, and not answered. */
static void test_peer_alerts(void **state)
{
	static const struct {
		u8 alert;
		int want;
	} cases[] = { { 0, 0 }, { 40, 40 }, { 48, 48 }, { 90, -1 } };
	size_t n, i, before;
	struct server *s;
	u8 msg[2] = { 2 };

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		msg[1] = cases[i / 2].alert;
		s = server_at_finished(&(struct hello){ 0 });
		before = s->out_len;
		if (i % 2)
			n = record_clear(rec, TLSO_CT_ALERT, msg, 2);
		else
			n = record_sealed(s, rec, TLSO_CT_ALERT, msg, 2, 3);
		server_feed(s, rec, n, 1);
		assert_int_equal(server_alert(s), cases[i / 2].want);
		assert_int_equal(s->out_len, before);
		server_free(s);
	}
}

/* The alert that @s answers with; it must come under the application keys. */
static int sealed_alert(struct server *s, const u8 *p, size_t n)
{
	size_t before = s->out_len;
	int alert;

	server_feed(s, p, n, 0);
	alert = server_alert(s);
	if (alert >= 0)
		assert_int_equal(s->out_len - before, 5 + 2 + 17);
	server_free(s);
	return alert;
}

enum spoil {
	FLIP_MAC,
	FLIP_HEADER,
	FLIP_VERIFY,
	SHORT_VERIFY,
	LONG_VERIFY,
	TRAILING,
	EMPTY,
	NO_TYPE,
	DATA,
	INNER_CCS,
	CERTIFICATE,
	KEY_UPDATE,
	CLEAR_HANDSHAKE,
	BAD_CCS,
	LONG_CCS,
	TOO_LONG,
	TOO_LONG_INSIDE,
	TOO_SHORT,
	CCS_IN_MESSAGE,
	ALERT_IN_MESSAGE,
};

static size_t spoiled(struct server *s, enum spoil how)
{
	u8 msg[128] = { 0 };
	size_t n = finished_msg(s, msg);
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
		pad = 4;
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
	case CERTIFICATE:
		msg[0] = TLSO_HS_CERTIFICATE;
		break;
	case KEY_UPDATE:
		memcpy(msg, "\x18\0\0\1\0", 5);
		n = 5;
		break;
	case CLEAR_HANDSHAKE:
		return record_clear(rec, TLSO_CT_HANDSHAKE, msg, n);
	case BAD_CCS:
		return record_clear(rec, TLSO_CT_CCS, (const u8 *)"\2", 1);
	case LONG_CCS:
		return record_clear(rec, TLSO_CT_CCS, (const u8 *)"\1\1", 2);
	case TOO_LONG:
		tlso_record_hdr(rec, TLSO_CT_DATA, TLSO_REC_CIPHER_MAX + 1);
		return TLSO_REC_HDR;
	case TOO_SHORT:
		return record_clear(rec, TLSO_CT_DATA, msg, 15);
	case CCS_IN_MESSAGE:
		n = record_sealed(s, rec, type, msg, 20, 0);
		return n + record_clear(rec + n, TLSO_CT_CCS,
					(const u8 *)"\1", 1);
	case ALERT_IN_MESSAGE:
		n = record_sealed(s, rec, type, msg, 20, 0);
		return n + record_clear(rec + n, TLSO_CT_ALERT,
					(const u8 *)"\1\132", 2);
	case TOO_LONG_INSIDE: {
		struct tlso_record_keys k = s->c.rx;
		u8 nonce[TLSO_IV_LEN];

		/* 2^14 + 2 bytes of inner plaintext */
		memset(rec, 0, sizeof(rec));
		n = TLSO_REC_PLAIN_MAX + 2;
		tlso_record_hdr(rec, TLSO_CT_DATA, n + TLSO_TAG_LEN);
		rec[5] = TLSO_CT_HANDSHAKE;
		tlso_record_nonce(nonce, k.iv, k.seq);
		assert_int_equal(k.aead->seal(k.key, nonce, rec, 5, rec + 5, n),
				 0);
		return 5 + n + TLSO_TAG_LEN;
	}
	default:
		break;
	}
	n = record_sealed(s, rec, type, msg, n, pad);
	if (how == FLIP_MAC)
		rec[n - 1] ^= 1;
	if (how == FLIP_HEADER)
		rec[2] = 1; /* it is authenticated */
	return n;
}

static void test_spoiled_finished(void **state)
{
	static const struct {
		enum spoil how;
		int alert;
	} cases[] = {
		{ FLIP_MAC, TLSO_ALERT_BAD_RECORD_MAC },
		{ FLIP_HEADER, TLSO_ALERT_BAD_RECORD_MAC },
		{ TOO_SHORT, TLSO_ALERT_BAD_RECORD_MAC },
		{ FLIP_VERIFY, TLSO_ALERT_DECRYPT_ERROR },
		{ SHORT_VERIFY, TLSO_ALERT_DECODE_ERROR },
		{ LONG_VERIFY, TLSO_ALERT_DECODE_ERROR },
		{ TRAILING, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ EMPTY, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ NO_TYPE, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ DATA, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ INNER_CCS, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ CERTIFICATE, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ KEY_UPDATE, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ CLEAR_HANDSHAKE, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ BAD_CCS, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ LONG_CCS, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ CCS_IN_MESSAGE, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ ALERT_IN_MESSAGE, TLSO_ALERT_UNEXPECTED_MESSAGE },
		{ TOO_LONG, TLSO_ALERT_RECORD_OVERFLOW },
		{ TOO_LONG_INSIDE, TLSO_ALERT_RECORD_OVERFLOW },
	};
	struct server *s;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		s = server_at_finished(&(struct hello){ 0 });
		n = spoiled(s, cases[i].how);
		assert_int_equal(sealed_alert(s, rec, n), cases[i].alert);
	}
}

static void test_ccs(void **state)
{
	struct server *s = server_at_finished(&(struct hello){ 0 });
	u8 ccs[6];
	int i;

	(void)state;
	record_clear(ccs, TLSO_CT_CCS, (const u8 *)"\1", 1);
	for (i = 0; i < 32; i++) {
		server_feed(s, ccs, 6, 1);
		assert_int_equal(server_alert(s), -1);
	}
	assert_int_equal(sealed_alert(s, ccs, 6),
			 TLSO_ALERT_UNEXPECTED_MESSAGE);

	s = server_at_finished(&(struct hello){ 0 });
	server_feed(s, ccs, 6, 6);
	feed_finished(s, 0, 0);
	assert_true(s->done);
	server_free(s);
}

/* 4.2.10: a bound, and only for clients that offered early data. */
static void test_early_data(void **state)
{
	struct hello h = { .psk = true, .early_data = true };
	struct server *s = server_at_finished(&h);
	size_t n;

	(void)state;
	n = record_clear(big, TLSO_CT_DATA, big + 100, 16000);
	server_feed(s, big, n, 999);
	server_feed(s, big, n, 0);
	assert_int_equal(server_alert(s), -1);
	feed_finished(s, 0, 0);
	assert_true(s->done);
	server_free(s);

	s = server_at_finished(&h);
	server_feed(s, big, n, 999);
	server_feed(s, big, n, 999);
	assert_int_equal(server_alert(s), -1);
	assert_int_equal(sealed_alert(s, big, n), TLSO_ALERT_BAD_RECORD_MAC);

	s = server_at_finished(&(struct hello){ 0 });
	assert_int_equal(sealed_alert(s, big, n), TLSO_ALERT_BAD_RECORD_MAC);
}

static struct server *server_at_hello2(const struct hello *first)
{
	struct server *s = server_new(NULL);
	struct hello h = *first;
	size_t n;

	h.share_group = 0xffff;
	n = hello_record(&h, rec);
	server_feed(s, rec, n, 0);
	assert_int_equal(server_alert(s), -1);
	assert_int_equal(s->d.hrr_sent, 1);
	assert_int_equal(s->d.group, TLSO_GROUP_X25519);
	assert_int_equal(s->out[0], TLSO_CT_HANDSHAKE);
	assert_int_equal(s->out[5], TLSO_HS_SERVER_HELLO);
	assert_int_equal(s->out[11], 0xcf); /* the special random */
	return s;
}

static int second(struct server *s, const struct hello *h)
{
	size_t before = s->out_len;
	size_t n = hello_record(h, rec);
	int alert;

	server_feed(s, rec, n, 0);
	alert = server_alert(s);
	if (alert >= 0)
		assert_int_equal(s->out_len - before, 7);
	server_free(s);
	return alert;
}

static void test_retry(void **state)
{
	struct hello h = { .sid_len = 32, .early_data = true, .psk = true };
	struct hello h2 = { .sid_len = 32, .psk = true,
			    .share_group = TLSO_GROUP_X25519 };
	struct server *s = server_at_hello2(&h);
	size_t n;
	u8 ccs[6];

	(void)state;
	record_clear(ccs, TLSO_CT_CCS, (const u8 *)"\1", 1);
	server_feed(s, ccs, 6, 1);
	n = record_clear(big, TLSO_CT_DATA, big + 100, 16000);
	server_feed(s, big, n, 0);
	n = hello_record(&h2, rec);
	server_feed(s, rec, n, 0);
	assert_int_equal(server_alert(s), -1);
	feed_finished(s, 0, 0);
	assert_true(s->done);
	server_free(s);

	/* Without early data in the first hello such a record is wrong. */
	h.early_data = false;
	s = server_at_hello2(&h);
	server_feed(s, big, 1, 1);
	assert_int_equal(server_alert(s), TLSO_ALERT_UNEXPECTED_MESSAGE);
	server_free(s);
}

static void test_retry_refused(void **state)
{
	struct hello first = { .sid_len = 8 };
	struct hello h = { .sid_len = 8, .share_group = TLSO_GROUP_X25519 };
	struct hello bad;

	(void)state;
	assert_int_equal(second(server_at_hello2(&first), &h), -1);
	bad = h;
	bad.share_group = 0xffff;
	assert_int_equal(second(server_at_hello2(&first), &bad),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	bad.share_group = TLSO_GROUP_P256;
	assert_int_equal(second(server_at_hello2(&first), &bad),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	bad = h;
	bad.two_shares = true;
	assert_int_equal(second(server_at_hello2(&first), &bad),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	bad = h;
	bad.suite = TLSO_AES_256_GCM_SHA384;
	assert_int_equal(second(server_at_hello2(&first), &bad),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	bad = h;
	bad.sid_len = 9;
	assert_int_equal(second(server_at_hello2(&first), &bad),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
	bad = h;
	bad.early_data = true;
	assert_int_equal(second(server_at_hello2(&first), &bad),
			 TLSO_ALERT_ILLEGAL_PARAMETER);
}

/* A share that is no point: the completer finds out, in clear still. */
static void test_bad_point(void **state)
{
	struct server *s = server_new(NULL);
	size_t n = hello_record(&(struct hello){ .bad_point = true }, rec);

	(void)state;
	server_feed(s, rec, n, 0);
	assert_int_equal(server_alert(s), TLSO_ALERT_ILLEGAL_PARAMETER);
	assert_int_equal(s->out_len, 7);
	assert_memory_equal(s->out, "\x15\3\3\0\2\2\x2f", 7);
	server_free(s);
}

/* A chain of 60 KiB: several records, none too long, and out_len exact. */
static void test_long_chain(void **state)
{
	static u8 der[59000];
	struct tlso_director_cfg cfg = test_cfg;
	struct server *s;
	size_t n, at, len;

	(void)state;
	cfg.n_chain = 1;
	cfg.chain[0].der = der;
	for (len = sizeof(der) - 5; len <= sizeof(der); len++) {
		cfg.chain[0].len = len;
		s = server_new(&cfg);
		n = hello_record(&(struct hello){ 0 }, rec);
		server_feed(s, rec, n, 0);
		assert_int_equal(server_alert(s), -1);
		for (at = 0; at < s->out_len; at += 5 + n) {
			n = (size_t)(s->out[at + 3] << 8 | s->out[at + 4]);
			assert_in_range(n, 1, TLSO_REC_PLAIN_MAX + 17);
		}
		assert_int_equal(at, s->out_len);
		feed_finished(s, 0, 0);
		assert_true(s->done);
		server_free(s);
	}
	/* One that no starter holds is our own error. */
	cfg.n_chain = 2;
	cfg.chain[1] = cfg.chain[0];
	s = server_new(&cfg);
	n = hello_record(&(struct hello){ 0 }, rec);
	server_feed(s, rec, n, 0);
	assert_int_equal(server_alert(s), TLSO_ALERT_INTERNAL_ERROR);
	server_free(s);
}

static int no_seal(const u8 *key, const u8 *nonce, const u8 *aad,
		   size_t aad_len, u8 *buf, size_t n)
{
	(void)key;
	(void)nonce;
	(void)aad;
	(void)aad_len;
	memset(buf + n, 0, TLSO_TAG_LEN);
	return 0;
}

/* A signature below its room: lengths are right, the record is padded. */
static void test_short_signature(void **state)
{
	static const u8 order[] = { TLSO_HS_ENCRYPTED_EXTENSIONS,
				    TLSO_HS_CERTIFICATE,
				    TLSO_HS_CERTIFICATE_VERIFY,
				    TLSO_HS_FINISHED };
	struct tlso_aead_alg aead = *tlso_host_crypto.aes128_gcm;
	struct tlso_crypto crypto = tlso_host_crypto;
	struct server *s = server_new(NULL);
	struct tlso_rd r, text, msg;
	size_t n = hello_record(&(struct hello){ 0 }, rec), i;
	u8 type;

	(void)state;
	aead.seal = no_seal;
	crypto.aes128_gcm = &aead;
	s->c.crypto = &crypto;
	server_feed(s, rec, n, n);
	tlso_rd_init(&r, s->out, s->out_len);
	(void)tlso_rd_bytes(&r, 3);
	(void)tlso_rd_vec(&r, 2); /* ServerHello */
	(void)tlso_rd_bytes(&r, 3);
	text = tlso_rd_vec(&r, 2);
	assert_true(tlso_rd_done(&r));
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		type = tlso_rd_u8(&text);
		assert_int_equal(type, order[i]);
		msg = tlso_rd_vec(&text, 3);
		if (type != TLSO_HS_CERTIFICATE_VERIFY)
			continue;
		assert_int_equal(tlso_rd_u16(&msg), TLSO_ECDSA_P256_SHA256);
		assert_int_equal(tlso_rd_vec(&msg, 2).n, 70);
		assert_true(tlso_rd_done(&msg));
	}
	assert_int_equal(tlso_rd_u8(&text), TLSO_CT_HANDSHAKE);
	assert_int_equal(tlso_rd_u16(&text), 0); /* 72 - 70 */
	assert_int_equal(text.n, TLSO_TAG_LEN);
	server_free(s);
}

/* One record of the smallest messages is not as many segments. */
static void test_many_messages(void **state)
{
	struct server *s = server_at_finished(&(struct hello){ 0 });
	size_t used, seg_len, at = 0, n = TLSO_REC_PLAIN_MAX, i;
	struct tlso_finished f;
	enum tlso_feed r;

	(void)state;
	memset(big, 0, n);
	for (i = 0; i < n; i += TLSO_HS_HDR)
		big[i] = TLSO_HS_CERTIFICATE;
	n = record_sealed(s, rec, TLSO_CT_HANDSHAKE, big, n, 0);
	for (i = 0; i < 100; i++) {
		r = tlso_completer_feed(&s->c, rec + at, n - at, &used,
					&seg_len);
		at += used;
		assert_int_equal(r, TLSO_FEED_FINISHED);
		assert_int_equal(tlso_finished_read(&f, s->seg, seg_len),
				 TLSO_OK);
		if (f.err)
			break;
	}
	assert_true(i < 10);
	assert_int_equal(f.err, TLSO_E_UNEXPECTED);
	server_free(s);
}

static enum tlso_err sign_times(unsigned int times)
{
	static const u8 share[32] = { 9 };
	struct server *s = server_new(NULL);
	size_t n = hello_record(&(struct hello){ 0 }, rec), used, len, key;
	struct tlso_starter_wr w;
	enum tlso_err e;

	assert_int_equal(tlso_completer_feed(&s->c, rec, n, &used, &len),
			 TLSO_FEED_FINISHED);
	tlso_starter_begin(&w, s->starter, sizeof(s->starter),
			   TLSO_AES_128_GCM_SHA256, TLSO_EPOCH_CLEAR);
	tlso_starter_message_begin(&w, TLSO_HS_SERVER_HELLO);
	key = tlso_starter_off(&w);
	(void)tlso_wr_room(&w.w, sizeof(share));
	tlso_starter_message_end(&w);
	tlso_starter_fill(&w, TLSO_FILL_KEY_SHARE, TLSO_GROUP_X25519, key,
			  sizeof(share), share, sizeof(share));
	tlso_starter_epoch(&w, TLSO_EPOCH_HANDSHAKE);
	while (times--)
		tlso_certificate_verify_write(&w, TLSO_ECDSA_P256_SHA256, 0);
	assert_int_equal(tlso_starter_end(&w, &n, &len), TLSO_OK);
	e = tlso_completer_starter(&s->c, s->starter, n, s->out,
				   sizeof(s->out), &len);
	server_free(s);
	return e;
}

/* Signatures are slow: a starter may not ask for thousands. */
static void test_one_signature(void **state)
{
	(void)state;
	assert_int_equal(sign_times(1), TLSO_OK);
	assert_int_equal(sign_times(2), TLSO_E_SEAM);
}

/* Errors stick: nothing but alerts after them. */
static void test_sticky(void **state)
{
	struct server *s = server_new(NULL);
	size_t used, seg_len, n, wire, len;
	struct tlso_finished f;

	(void)state;
	server_feed(s, (const u8 *)"G", 1, 1);
	assert_int_equal(tlso_completer_feed(&s->c, rec, 7, &used, &seg_len),
			 TLSO_FEED_FINISHED);
	assert_int_equal(used, 7);
	assert_int_equal(tlso_finished_read(&f, s->seg, seg_len), TLSO_OK);
	assert_int_equal(f.err, TLSO_E_UNEXPECTED);
	assert_int_equal(tlso_director_step(&s->d, s->seg, seg_len, s->starter,
					    sizeof(s->starter), &n, &wire),
			 TLSO_STEP_FAIL);
	assert_int_equal(n, 0);
	assert_int_equal(tlso_director_abort(&s->d, 80, s->starter, 100, &n,
					     &wire), TLSO_STEP_FAIL);
	assert_int_equal(n, 0);
	server_free(s);

	/* abort: an alert in the epoch of the moment */
	s = server_at_finished(&(struct hello){ 0 });
	assert_int_equal(tlso_director_abort(&s->d, TLSO_ALERT_CLOSE_NOTIFY,
					     s->starter, sizeof(s->starter), &n,
					     &wire), TLSO_STEP_FAIL);
	assert_int_equal(tlso_completer_starter(&s->c, s->starter, n, s->out,
						sizeof(s->out), &len), TLSO_OK);
	assert_int_equal(len, wire);
	assert_int_equal(len, 5 + 2 + 17);
	server_free(s);
}

/* A completer without room refuses to work rather than overflow. */
static void test_small_buffer(void **state)
{
	static u8 seg[TLSO_COMPLETER_SEG_MIN - 1];
	struct tlso_completer c;
	size_t used, seg_len;

	(void)state;
	tlso_completer_init(&c, &tlso_host_crypto, NULL, NULL, seg,
			    sizeof(seg));
	assert_int_equal(tlso_completer_feed(&c, seg, 1, &used, &seg_len),
			 TLSO_FEED_FINISHED);
	assert_int_equal(seg_len, 0);
	assert_true(sizeof(c) < 4096);
	tlso_completer_wipe(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_before_hello),
		cmocka_unit_test(test_peer_alerts),
		cmocka_unit_test(test_spoiled_finished),
		cmocka_unit_test(test_ccs),
		cmocka_unit_test(test_early_data),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_retry_refused),
		cmocka_unit_test(test_bad_point),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_short_signature),
		cmocka_unit_test(test_many_messages),
		cmocka_unit_test(test_one_signature),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_small_buffer),
	};

	return cmocka_run_group_tests_name("completer", tests, NULL, NULL);
}
