// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completer: starters that no director writes, shares and premaster secrets of a
 * bad peer, and that errors stick.
 */
#include "pair.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/suite.h"

static u8 rec[512];

static const u16 versions[] = { TLSO_VERSION_13, TLSO_VERSION_12 };

/* ---- Shares -------------------------------------------------------------- */

/* A share that is no point: the completer finds out, in clear still. */
static void test_bad_point(void **state)
{
	static const u16 groups[] = { TLSO_GROUP_P256, TLSO_GROUP_P384,
				      TLSO_GROUP_X25519 };
	u8 bad[97];
	size_t i, n;

	(void)state;
	for (i = 0; i < 12; i++) {
		struct shape sh = { .group = groups[i % 3],
				    .version = versions[i / 3 & 1] };
		bool server = i < 6, v13 = sh.version == TLSO_VERSION_13;
		struct pair *p = pair_new(&sh, NULL);
		struct half *h = server ? p->s : p->c;
		struct tlso_rd share;

		client_hello(p);
		if (sh.version == TLSO_VERSION_12) {
			server_flight12(p);
			share = share_in(p->c, TLSO_HS_SERVER_KEY_EXCHANGE, 0);
		} else {
			if (!server)
				server_flight13(p);
			share = share_in(h, server ? TLSO_HS_CLIENT_HELLO :
						     TLSO_HS_SERVER_HELLO,
					 sh.group);
		}
		n = share.n;
		memcpy(bad, share.p, n);
		if (n == 32)
			memset(bad, 0, n);
		else
			bad[n - 1] ^= 1;
		half_begin_chosen(h, p->sh.suite, p->sh.version);
		if (server != v13) {
			/* SHARE: who made a pair before */
			tlso_starter_share(&h->w, sh.group, bad, n);
		} else {
			tlso_starter_message_begin(&h->w, TLSO_HS_SERVER_HELLO);
			(void)tlso_wr_room(&h->w.w, 40 + n);
			tlso_starter_message_end(&h->w);
			tlso_starter_fill(&h->w, TLSO_FILL_KEY_SHARE, sh.group,
					  44, n, bad, n);
		}
		n = h->out_len;
		assert_int_equal(half_send(h), TLSO_E_ILLEGAL);
		half_begin(h);
		tlso_starter_alert(&h->w, 2, TLSO_ALERT_ILLEGAL_PARAMETER);
		assert_int_equal(half_send(h), TLSO_OK);
		assert_int_equal(h->out_len - n, 7);
		pair_free(p);
	}
}

/* ---- RSA ----------------------------------------------------------------- */

/* RFC 5246 7.4.7.1: nothing shows before Finished, whatever was encrypted. */
static void rsa_spoiled(size_t off, u8 flip, size_t cut)
{
	struct shape sh = { .version = TLSO_VERSION_12, .rsa = true,
			    .suite = 0x9c };
	struct pair *p = pair_new(&sh, NULL);
	struct half *h;
	struct tlso_rd r;
	u8 body[256], rec_finished[128];
	size_t n;

	client_hello(p);
	server_flight12(p);
	h = p->c;
	half_begin(h);
	put_client_key(p);
	tlso_starter_master(&h->w, true);
	tlso_starter_raw(&h->w, (const u8 *)"\x14\3\3\0\1\1", 6);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	put_finished(h);
	assert_int_equal(half_send(h), TLSO_OK);
	pump(h, p->s, 0);
	assert_int_equal(p->s->err, TLSO_OK);
	tlso_rd_init(&r, last(p->s, TLSO_HS_CLIENT_KEY_EXCHANGE)->body, 262);
	(void)tlso_rd_bytes(&r, 6);
	tlso_rd_copy(&r, body, 256);
	body[off] ^= flip;
	half_begin(p->s);
	tlso_starter_rsa(&p->s->w, 0, body, 256 - cut);
	tlso_starter_master(&p->s->w, true);
	assert_int_equal(half_send(p->s), TLSO_OK);
	assert_true(p->s->c.master_made);
	n = h->out_len - h->pumped;
	memcpy(rec_finished, h->out + h->pumped, n);
	half_feed(p->s, rec_finished, n, 0);
	assert_int_equal(half_alert(p->s), flip || cut ?
						   TLSO_ALERT_BAD_RECORD_MAC :
						   -1);
	pair_free(p);
}

static void test_rsa_oracle(void **state)
{
	size_t i;

	(void)state;
	rsa_spoiled(0, 0, 0);
	for (i = 0; i < 256; i++)
		/* Padding that became another byte but 0 is as good. */
		if (i < 2 || i >= 256 - 49)
			rsa_spoiled(i, 1, 0);
	rsa_spoiled(5, 0, 1);
	rsa_spoiled(5, 0, 200);
}

/* What is not there to be had: no signer, no RSA, another suite. */
static void test_rsa_refused(void **state)
{
	struct shape sh = { .version = TLSO_VERSION_12 };
	struct pair *p;
	u8 body[256] = { 0 };
	int i;

	(void)state;
	/* Twice, before the master secret and after it. */
	for (i = 0; i < 2; i++) {
		p = pair_new(&sh, NULL);
		client_hello(p);
		half_begin_chosen(p->s, 0x9c, TLSO_VERSION_12);
		put_server_hello(p);
		tlso_starter_rsa(&p->s->w, 0, body, sizeof(body));
		if (i)
			tlso_starter_master(&p->s->w, false);
		assert_int_equal(half_send(p->s), TLSO_OK);
		half_begin(p->s);
		tlso_starter_rsa(&p->s->w, 0, body, sizeof(body));
		assert_int_equal(half_send(p->s), TLSO_E_SEAM);
		pair_free(p);
	}
	/* Who signs what: a server no CertificateVerify, a client no key exchange. */
	for (i = 0; i < 2; i++) {
		struct half *h;

		sh.suite = 0x9c;
		sh.rsa = true;
		p = answered_pair(&sh);
		h = i ? p->s : p->c;
		half_begin(h);
		if (i) {
			put_verify(h, 0x403);
		} else {
			put_message(h, TLSO_HS_SERVER_KEY_EXCHANGE, body, 90);
			tlso_starter_fill(&h->w, TLSO_FILL_SKE_SIGNATURE,
					  0x403, 20, 74, NULL, 0);
		}
		assert_int_equal(half_send(h), TLSO_E_SEAM);
		assert_int_equal(fake_signer.calls, 0);
		pair_free(p);
	}
	sh.suite = 0;
	sh.rsa = false;
	p = pair_new(&sh, NULL);
	client_hello(p);
	half_begin_chosen(p->s, 0xc02b, TLSO_VERSION_12);
	tlso_starter_rsa(&p->s->w, 0, body, sizeof(body));
	assert_int_equal(half_send(p->s), TLSO_E_SEAM);
	pair_free(p);
	p = pair_new(&sh, NULL);
	client_hello(p);
	p->s->c.signer = NULL;
	half_begin_chosen(p->s, 0x9c, TLSO_VERSION_12);
	tlso_starter_rsa(&p->s->w, 0, body, sizeof(body));
	assert_int_equal(half_send(p->s), TLSO_E_SEAM);
	pair_free(p);
}

/* ---- Starters that no director writes ------------------------------------ */

/* A half that is to get a bad starter, at a stage. */
struct bad {
	struct pair *p;
	struct half *h;
	struct tlso_starter_wr *w;
};

static struct bad bad_at(enum stage st)
{
	struct bad b;

	b.p = at(st, &b.h);
	b.w = half_begin(b.h);
	return b;
}

static enum tlso_err send_bad(struct bad *b)
{
	size_t out = b->h->out_len;
	enum tlso_err e = half_send(b->h);

	if (e) {
		/* The error sticks, but an alert still goes out. */
		half_begin(b->h);
		assert_int_equal(half_send(b->h), e);
		b->h->epoch = b->h->c.tx_epoch;
		half_begin_chosen(b->h, b->h->c.suite, b->h->c.version);
		tlso_starter_alert(&b->h->w, 2, 80);
		assert_int_equal(half_send(b->h), TLSO_OK);
		assert_true(b->h->out_len - out >= 7);
	}
	pair_free(b->p);
	return e;
}

/* An empty message of @type with one fill. */
static void one_fill(struct bad *b, u8 type, u8 op, u16 arg, size_t room,
		     const u8 *data, size_t n)
{
	tlso_starter_message_begin(b->w, type);
	(void)tlso_wr_room(&b->w->w, room + 64);
	tlso_starter_message_end(b->w);
	tlso_starter_fill(b->w, op, arg, 4 + 64, room, data, n);
}

static enum tlso_err fill_at(enum stage st, u8 type, u8 op, u16 arg,
			     size_t room)
{
	struct bad b = bad_at(st);

	one_fill(&b, type, op, arg, room, NULL, 0);
	return send_bad(&b);
}

static enum tlso_err silent_at(enum stage st, u8 kind, u16 arg)
{
	static const u8 some[32] = { 9 };
	struct bad b = bad_at(st);

	switch (kind) {
	case TLSO_ITEM_SHARE:
		tlso_starter_share(b.w, arg, some, sizeof(some));
		break;
	case TLSO_ITEM_PSK:
		tlso_starter_psk(b.w, arg);
		break;
	case TLSO_ITEM_RSA:
		tlso_starter_rsa(b.w, arg, some, sizeof(some));
		break;
	case TLSO_ITEM_MASTER:
		tlso_starter_master(b.w, arg);
		break;
	case TLSO_ITEM_RESUME:
		tlso_starter_resume(b.w);
		break;
	default:
		half_epoch(b.h, (u8)arg);
		break;
	}
	return send_bad(&b);
}

static void test_silent_items(void **state)
{
	enum stage st;

	(void)state;
	for (st = 0; st < STAGES; st++) {
		assert_int_equal(silent_at(st, TLSO_ITEM_PSK, 0), TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_RSA, 0), TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_MASTER, 0),
				 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_MASTER, 1),
				 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_RESUME, 0),
				 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_SHARE, 23),
				 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_SHARE, 0),
				 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_EPOCH, 0),
				 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_EPOCH, 3),
				 TLSO_E_SEAM);
		if (st != C12_CCS && st != C12_FINISHED)
			assert_int_equal(silent_at(st, TLSO_ITEM_EPOCH, 1),
					 TLSO_E_SEAM);
		assert_int_equal(silent_at(st, TLSO_ITEM_EPOCH, 2),
				 TLSO_E_SEAM);
	}
	/* The client's key pair is there, but no version. */
	assert_int_equal(silent_at(C_HELLO, TLSO_ITEM_SHARE, 29), TLSO_E_SEAM);
	/* No exchange twice. */
	assert_int_equal(silent_at(C13_FLIGHT, TLSO_ITEM_SHARE, 29),
			 TLSO_E_SEAM);
}

static void test_fills(void **state)
{
	enum stage st;
	u8 op;

	(void)state;
	for (st = 0; st < STAGES; st++) {
		/* Ops that are none. */
		for (op = 12; op; op++)
			if (op > 14 && op < 250)
				continue;
			else
				assert_int_equal(fill_at(st, 2, op, 0, 0),
						 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 2, 0, 0, 0), TLSO_E_SEAM);
		/* More than 32 bytes of random, and bits that are none. */
		assert_int_equal(fill_at(st, 2, TLSO_FILL_RANDOM, 0, 33),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 1, TLSO_FILL_RANDOM, 4, 32),
				 TLSO_E_SEAM);
		/* Signatures out of their place. */
		assert_int_equal(fill_at(st, TLSO_HS_CERTIFICATE_VERIFY,
					 TLSO_FILL_SIGNATURE, 0x403, 74),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, TLSO_HS_SERVER_KEY_EXCHANGE,
					 TLSO_FILL_SKE_SIGNATURE, 0x403, 74),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, TLSO_HS_FINISHED,
					 TLSO_FILL_FINISHED, 0, 12),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, TLSO_HS_FINISHED,
					 TLSO_FILL_FINISHED, 0, 32),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 2, TLSO_FILL_HRR, 0, 0),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 1, TLSO_FILL_BINDER, 0, 32),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 1, TLSO_FILL_KEY_AGAIN, 29, 32),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 16, TLSO_FILL_RSA_PREMASTER, 0,
					 256), TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 4, TLSO_FILL_TICKET, 0, 150),
				 TLSO_E_SEAM);
		/* Key shares of wrong or unknown groups. */
		assert_int_equal(fill_at(st, 2, TLSO_FILL_KEY_SHARE, 25, 133),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 2, TLSO_FILL_KEY_SHARE, 29, 32),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 1, TLSO_FILL_KEY_GEN, 25, 133),
				 TLSO_E_SEAM);
		assert_int_equal(fill_at(st, 1, TLSO_FILL_KEY_GEN, 29, 31),
				 TLSO_E_SEAM);
	}
}

/* Signatures are slow: a starter may not ask for thousands. */
static void test_one_signature(void **state)
{
	struct pair *p;
	int v, times;

	(void)state;
	for (v = 0; v < 4; v++) {
		times = 1 + (v & 1);
		p = fresh_pair(versions[v / 2]);
		client_hello(p);
		half_begin_chosen(p->s, p->sh.suite, p->sh.version);
		put_server_hello(p);
		if (v < 2)
			half_epoch(p->s, TLSO_EPOCH_HANDSHAKE);
		while (times--) {
			if (v < 2)
				put_verify(p->s, 0x403);
			else
				put_key_exchange(p);
		}
		assert_int_equal(half_send(p->s), v & 1 ? TLSO_E_SEAM :
							  TLSO_OK);
		assert_int_equal(fake_signer.calls, 1);
		pair_free(p);
	}
}

/* Three key pairs, or the same twice. */
static void test_key_gen(void **state)
{
	static const u16 groups[][3] = { { 29, 23, 24 }, { 29, 29, 0 },
					 { 29, 24, 0 } };
	struct tlso_starter_wr *w;
	struct pair *p;
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		p = fresh_pair(0);
		w = half_begin(p->c);
		tlso_starter_message_begin(w, TLSO_HS_CLIENT_HELLO);
		(void)tlso_wr_room(&w->w, 400);
		tlso_starter_message_end(w);
		for (j = 0; j < 3 && groups[i][j]; j++)
			tlso_starter_fill(w, TLSO_FILL_KEY_GEN, groups[i][j],
					  50 + 100 * j,
					  tlso_group_share_len(groups[i][j]),
					  NULL, 0);
		assert_int_equal(half_send(p->c), i == 2 ? TLSO_OK :
							   TLSO_E_SEAM);
		pair_free(p);
	}
}

/* Who may speak when: a second hello, a message after Finished, before a hello. */
static void test_speaking(void **state)
{
	struct half *h;
	struct bad b;
	struct pair *p;

	(void)state;
	b = bad_at(C_HELLO);
	put_client_hello(b.p);
	assert_int_equal(send_bad(&b), TLSO_E_SEAM);
	p = fresh_pair(0);
	half_begin(p->c);
	put_message(p->c, TLSO_HS_CERTIFICATE, NULL, 0);
	assert_int_equal(half_send(p->c), TLSO_E_SEAM);
	pair_free(p);
	b = bad_at(S_HELLO);
	put_message(b.h, TLSO_HS_SERVER_HELLO, NULL, 0);
	assert_int_equal(send_bad(&b), TLSO_E_SEAM);
	b = bad_at(S13_FINISHED);
	put_message(b.h, TLSO_HS_NEW_SESSION_TICKET, NULL, 0);
	assert_int_equal(send_bad(&b), TLSO_E_SEAM);
	b = bad_at(C12_FINISHED);
	put_message(b.h, TLSO_HS_CERTIFICATE, NULL, 0);
	assert_int_equal(send_bad(&b), TLSO_E_SEAM);
	/* Two HelloRetryRequests. */
	p = pair_new(&(struct shape){ .retry = true }, NULL);
	client_hello(p);
	server_retry(p);
	client_hello(p);
	h = p->s;
	half_begin(h);
	put_message(h, TLSO_HS_SERVER_HELLO, rec, 40);
	tlso_starter_fill(&h->w, TLSO_FILL_HRR, 0, 4, 0, NULL, 0);
	assert_int_equal(half_send(h), TLSO_E_SEAM);
	pair_free(p);
}

/* One exchange alone, also within a message; and a binder ends its message. */
static void test_twice(void **state)
{
	static const u8 peer[32] = { 9 };
	struct tlso_resume r = { .tls_version = TLSO_VERSION_13,
				 .suite = 0x1301, .secret_len = 32,
				 .ticket = rec, .ticket_len = 9 };
	struct pair *p;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		p = fresh_pair(0);
		client_hello(p);
		half_begin_chosen(p->s, 0x1301, TLSO_VERSION_13);
		put_message(p->s, TLSO_HS_SERVER_HELLO, rec, 120);
		tlso_starter_fill(&p->s->w, TLSO_FILL_KEY_SHARE, 29, 40, 32,
				  peer, 32);
		if (i)
			tlso_starter_fill(&p->s->w, TLSO_FILL_KEY_SHARE, 29, 80,
					  32, peer, 32);
		assert_int_equal(half_send(p->s), i ? TLSO_E_SEAM : TLSO_OK);
		pair_free(p);
		p = pair_new(&(struct shape){ 0 }, &r);
		half_begin(p->c);
		put_message(p->c, TLSO_HS_CLIENT_HELLO, rec, 120);
		tlso_starter_fill(&p->c->w, TLSO_FILL_BINDER, 0, 124 - 32 - i,
				  32, NULL, 0);
		assert_int_equal(half_send(p->c), i ? TLSO_E_SEAM : TLSO_OK);
		pair_free(p);
	}
}

static enum tlso_err choose_at(enum stage st, u16 suite, u16 version)
{
	struct bad b = bad_at(st);

	half_begin_chosen(b.h, suite, version);
	return send_bad(&b);
}

static void test_choice(void **state)
{
	(void)state;
	/* A suite of the other version, none of ours, or another than before. */
	assert_int_equal(choose_at(C_HELLO, 0xc02b, TLSO_VERSION_13),
			 TLSO_E_SEAM);
	assert_int_equal(choose_at(C_HELLO, 0x1301, TLSO_VERSION_12),
			 TLSO_E_SEAM);
	assert_int_equal(choose_at(C_HELLO, 0x1304, TLSO_VERSION_13),
			 TLSO_E_SEAM);
	assert_int_equal(choose_at(C_HELLO, 0, TLSO_VERSION_13), TLSO_E_SEAM);
	assert_int_equal(choose_at(C_HELLO, 0x1301, 0), TLSO_E_SEAM);
	assert_int_equal(choose_at(C_HELLO, 0x1301, TLSO_VERSION_13), TLSO_OK);
	assert_int_equal(choose_at(S12_KEY, 0xc02c, TLSO_VERSION_12),
			 TLSO_E_SEAM);
	assert_int_equal(choose_at(S12_KEY, 0x1301, TLSO_VERSION_13),
			 TLSO_E_SEAM);
	assert_int_equal(choose_at(S12_KEY, 0xc02b, TLSO_VERSION_12), TLSO_OK);
}

/* HelloRetryRequest chose the hash. */
static void test_choice_after_retry(void **state)
{
	struct pair *p = pair_new(&(struct shape){ .retry = true }, NULL);

	(void)state;
	client_hello(p);
	server_retry(p);
	half_begin_chosen(p->c, 0x1302, TLSO_VERSION_13);
	assert_int_equal(half_send(p->c), TLSO_E_SEAM);
	pair_free(p);
	/* One of a suite that is none of ours is left to the director. */
	p = fresh_pair(0);
	client_hello(p);
	p->c->c.hold = 1;
	p->sh.retry = true;
	server_retry(p);
	p->c->c.hold = 0;
	memcpy(rec, p->s->out, p->s->out_len);
	rec[5 + 4 + 2 + 32 + 33 + 1] = 0x7f;
	half_feed(p->c, rec, p->s->out_len, 0);
	assert_int_equal(half_alert(p->c), -1);
	assert_int_equal(last(p->c, 2)->err, TLSO_OK);
	assert_false(p->c->c.retried);
	pair_free(p);
}

/* A CertificateVerify for which there is no digest: nobody asked for one in TLS 1.2,
 * or its scheme is none.
 */
static void test_no_digest(void **state)
{
	struct pair *p = fresh_pair(TLSO_VERSION_12);
	struct tlso_rd d;
	size_t n;

	(void)state;
	client_hello(p);
	server_flight12(p);
	half_begin(p->c);
	put_verify(p->c, TLSO_ECDSA_P384_SHA384);
	assert_int_equal(half_send(p->c), TLSO_E_SEAM);
	n = record_clear(rec, TLSO_CT_HANDSHAKE,
			 (const u8 *)"\x0f\0\0\5\6\1\0\1x", 9);
	half_feed(p->s, rec, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	assert_false(tlso_finished_extra(last(p->s, 15), TLSO_EXTRA_DIGEST, 0,
					 &d));
	pair_free(p);
	p = fresh_pair(0);
	client_hello(p);
	server_flight13(p);
	n = record_sealed(p->s, rec, TLSO_CT_HANDSHAKE,
			  (const u8 *)"\x0f\0\0\5\2\1\0\1x", 9, 0);
	half_feed(p->s, rec, n, 0);
	assert_int_equal(half_alert(p->s), -1);
	assert_false(tlso_finished_extra(last(p->s, 15), TLSO_EXTRA_DIGEST, 0,
					 &d));
	pair_free(p);
}

/* A client resumes with the suite of its session, and with what it was given. */
static void test_resume_other(void **state)
{
	struct tlso_resume r = { .tls_version = TLSO_VERSION_12,
				 .suite = 0xc02b, .secret_len = 48,
				 .ticket = rec, .ticket_len = 9 };
	struct shape sh = { .version = TLSO_VERSION_12 };
	struct pair *p;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		p = pair_new(&sh, &r);
		client_hello(p);
		if (i == 2)
			p->resume.secret_len = 32;
		if (i == 3)
			p->resume.tls_version = TLSO_VERSION_13;
		half_begin_chosen(p->c, i == 1 ? 0xc02f : 0xc02b,
				  TLSO_VERSION_12);
		tlso_starter_resume(&p->c->w);
		assert_int_equal(half_send(p->c), i ? TLSO_E_SEAM : TLSO_OK);
		pair_free(p);
	}
}

/* ServerKeyExchange that is not of the form: no digest, the director refuses. */
static void test_key_exchange_form(void **state)
{
	static const struct {
		const char *msg;
		size_t n;
		bool digest;
	} cases[] = {
		{ "\x0c\0\0\x0a\3\0\x1d\1x\4\3\0\1s", 14, true },
		{ "\x0c\0\0\x0a\2\0\x1d\1x\4\3\0\1s", 14, false },
		{ "\x0c\0\0\x0a\3\0\x1d\x7fx\4\3\0\1s", 14, false },
		{ "\x0c\0\0\x0a\3\0\x1d\1x\2\1\0\1s", 14, false },
		{ "\x0c\0\0\5\3\0\x1d\1x", 9, false },
		{ "\x0c\0\0\0", 4, false },
	};
	struct tlso_rd d;
	struct pair *p;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		p = fresh_pair(TLSO_VERSION_12);
		client_hello(p);
		server_hello12(p);
		n = record_clear(rec, TLSO_CT_HANDSHAKE,
				 (const u8 *)cases[i].msg, cases[i].n);
		half_feed(p->c, rec, n, 0);
		assert_int_equal(half_alert(p->c), -1);
		assert_int_equal(tlso_finished_extra(last(p->c, 12),
						     TLSO_EXTRA_DIGEST, 0, &d),
				 cases[i].digest);
		pair_free(p);
	}
}

/* ---- Errors, room -------------------------------------------------------- */

/* Errors stick: nothing but alerts after them. */
static void test_sticky(void **state)
{
	struct half *h;
	struct pair *p = at(S13_FINISHED, &h);
	size_t out = h->out_len;
	unsigned int i;

	(void)state;
	half_feed(h, (const u8 *)"G", 1, 1);
	assert_int_equal(half_alert(h), TLSO_ALERT_UNEXPECTED_MESSAGE);
	for (i = 0; i < 3; i++) {
		half_feed(h, rec, 7, 7);
		assert_int_equal(h->taken, 7);
		assert_int_equal(h->err, TLSO_E_UNEXPECTED);
	}
	assert_false(tlso_completer_done(&h->c));
	half_begin(h);
	tlso_starter_alert(&h->w, 2, 10);
	assert_int_equal(half_send(h), TLSO_OK);
	assert_int_equal(h->out_len - out, 5 + 2 + 17);
	half_begin(h);
	assert_int_equal(half_send(h), TLSO_E_UNEXPECTED);
	pair_free(p);
}

/* A completer without room refuses to work rather than overflow. */
static void test_small_buffer(void **state)
{
	struct tlso_completer_cfg cfg = { .crypto = test_crypto() };
	u8 *seg = malloc(TLSO_COMPLETER_SEG_MIN - 1);
	struct tlso_completer c;
	size_t used, seg_len;
	const u8 *at_seg;

	(void)state;
	tlso_completer_init(&c, &cfg, seg, TLSO_COMPLETER_SEG_MIN - 1);
	assert_int_equal(tlso_completer_feed(&c, seg, 1, &used, &at_seg,
					     &seg_len), TLSO_FEED_FINISHED);
	assert_int_equal(seg_len, 0);
	tlso_completer_wipe(&c);
	free(seg);
}

/* After the handshake there is no completer left to talk to. */
static void test_after(void **state)
{
	struct tlso_session_keys c, s;
	struct pair *p;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		p = fresh_pair(versions[i]);
		assert_int_equal(tlso_completer_keys(&p->c->c, &c),
				 TLSO_E_STATE);
		handshake(p, &c, &s);
		half_begin(p->c);
		put_message(p->c, TLSO_HS_KEY_UPDATE, NULL, 0);
		assert_int_equal(half_send(p->c), TLSO_E_SEAM);
		assert_int_equal(tlso_completer_keys(&p->c->c, &c),
				 TLSO_E_SEAM);
		assert_false(tlso_completer_done(&p->c->c));
		pair_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_point),
		cmocka_unit_test(test_rsa_oracle),
		cmocka_unit_test(test_rsa_refused),
		cmocka_unit_test(test_silent_items),
		cmocka_unit_test(test_fills),
		cmocka_unit_test(test_one_signature),
		cmocka_unit_test(test_key_gen),
		cmocka_unit_test(test_speaking),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_choice_after_retry),
		cmocka_unit_test(test_no_digest),
		cmocka_unit_test(test_resume_other),
		cmocka_unit_test(test_key_exchange_form),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_small_buffer),
		cmocka_unit_test(test_after),
	};

	return cmocka_run_group_tests_name("completer, bad starters", tests, NULL,
					   NULL);
}
