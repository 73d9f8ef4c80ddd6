// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completer: whole handshakes of both roles and versions, in every way that it
 * knows, and what each leaves behind. How to spoil one: test_completer_bad.c.
 */
#include "pair.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/post.h"
#include "../../kmod/core/suite.h"

/* What a handshake's state may take at most. */
_Static_assert(sizeof(struct tlso_completer) + sizeof(struct tlso_director) <=
		       16 * 1024,
	       "the context of a handshake is too large");

static const size_t pieces[] = { 1, 7, 0, 4096 };

static struct tlso_session_keys ck, sk;

static void run(const struct shape *sh, const struct tlso_resume *resume)
{
	struct pair *p = pair_new(sh, resume);

	handshake(p, &ck, &sk);
	pair_free(p);
}

/* ---- Full handshakes ----------------------------------------------------- */

static void test_full_13(void **state)
{
	static const u16 suites[] = { 0x1301, 0x1302, 0x1303 };
	static const u16 groups[] = { 29, 23, 24 };
	struct shape sh = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 36; i++) {
		sh.suite = suites[i % 3];
		sh.group = groups[i / 3 % 3];
		sh.piece = pieces[i / 9];
		sh.no_sid = i & 1;
		run(&sh, NULL);
		assert_int_equal(ck.tls_version, TLSO_VERSION_13);
		assert_int_equal(ck.suite, sh.suite);
		assert_int_equal(ck.tx.seq, 0);
		assert_int_equal(ck.rx.seq, 0);
	}
}

static void test_full_12(void **state)
{
	static const u16 suites[] = { 0xc02b, 0xc02c, 0xcca9,
				      0xc02f, 0xc030, 0xcca8 };
	static const u16 groups[] = { 29, 23, 24 };
	struct shape sh = { .version = TLSO_VERSION_12 };
	size_t i;

	(void)state;
	for (i = 0; i < 72; i++) {
		sh.suite = suites[i % 6];
		sh.group = groups[i / 6 % 3];
		sh.piece = pieces[i / 18];
		sh.classic = i & 1;
		sh.ticket = i & 2;
		run(&sh, NULL);
		assert_int_equal(ck.suite, sh.suite);
		assert_int_equal(ck.secret_len, 48);
		assert_int_equal(ck.flags & TLSO_KEYS_EMS,
				 sh.classic ? 0 : TLSO_KEYS_EMS);
		/* Each side's Finished was number 0. */
		assert_int_equal(ck.tx.seq, 1);
		assert_int_equal(ck.rx.seq, 1);
	}
}

static void test_rsa(void **state)
{
	struct shape sh = { .version = TLSO_VERSION_12, .rsa = true };
	struct pair *p;

	(void)state;
	for (sh.suite = 0x9c; sh.suite <= 0x9d; sh.suite++) {
		p = pair_new(&sh, NULL);
		handshake(p, &ck, &sk);
		assert_int_equal(fake_signer.identity, 5);
		assert_int_equal(fake_signer.calls, 0);
		/* RFC 5246 7.4.7.1 */
		assert_memory_equal(fake_signer.premaster, "\3\3", 2);
		pair_free(p);
	}
}

/* The director gets the digest that the other side signed. */
static void same_digest(const struct half *h, u8 type, u16 scheme)
{
	struct tlso_rd d;

	assert_int_equal(fake_signer.scheme, scheme);
	assert_true(tlso_finished_extra(last(h, type), TLSO_EXTRA_DIGEST, 0,
					&d));
	assert_int_equal(d.n, fake_signer.n);
	assert_int_equal(d.n,
			 tlso_scheme_hash(test_crypto(), scheme)->len);
	assert_memory_equal(d.p, fake_signer.digest, d.n);
}

static const u16 schemes[] = {
	TLSO_ECDSA_P256_SHA256,	   TLSO_ECDSA_P384_SHA384,
	TLSO_RSA_PSS_RSAE_SHA256,  TLSO_RSA_PSS_RSAE_SHA384,
	TLSO_RSA_PSS_RSAE_SHA512,  TLSO_RSA_PKCS1_SHA256,
	TLSO_RSA_PKCS1_SHA384,	   TLSO_RSA_PKCS1_SHA512,
};

static void test_signatures_13(void **state)
{
	struct shape sh = { 0 };
	struct pair *p;
	u8 first[64];
	size_t i, j;

	(void)state;
	for (i = 0; i < 5; i++) {
		sh.scheme = schemes[i];
		sh.client_scheme = schemes[4 - i];
		sh.suite = i & 1 ? 0x1302 : 0x1301;
		p = answered_pair(&sh);
		assert_int_equal(fake_signer.identity, 7);
		client_keys13(p);
		same_digest(p->c, TLSO_HS_CERTIFICATE_VERIFY, sh.scheme);
		memcpy(first, fake_signer.digest, 32);
		client_finish13(p);
		same_digest(p->s, TLSO_HS_CERTIFICATE_VERIFY,
			    sh.client_scheme);
		for (j = 0; j < 32 && first[j] == fake_signer.digest[j]; j++)
			;
		assert_true(j < 32);
		assert_true(p->s->complete);
		pair_free(p);
	}
}

static void test_signatures_12(void **state)
{
	struct shape sh = { .version = TLSO_VERSION_12 };
	struct pair *p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		sh.scheme = schemes[i];
		sh.client_scheme = schemes[(i + 5) % 8];
		sh.suite = i & 1 ? 0xc02c : 0xc02b;
		p = answered_pair(&sh);
		assert_int_equal(fake_signer.identity, 3);
		same_digest(p->c, TLSO_HS_SERVER_KEY_EXCHANGE, sh.scheme);
		client_flight12(p);
		same_digest(p->s, TLSO_HS_CERTIFICATE_VERIFY,
			    sh.client_scheme);
		assert_int_equal(p->s->err, TLSO_OK);
		server_finish12(p);
		assert_true(p->c->complete);
		pair_free(p);
	}
}

/* Same input, same output, whatever the pieces. */
static void test_pieces(void **state)
{
	static const u16 versions[] = { TLSO_VERSION_13, TLSO_VERSION_12 };
	struct tlso_session_keys a;
	struct shape sh = { 0 };
	unsigned int segments = 0;
	struct pair *p;
	size_t i, j;

	(void)state;
	for (i = 0; i < 2; i++) {
		sh.version = versions[i];
		for (j = 0; j < 8; j++) {
			sh.piece = j < 4 ? pieces[j] : 0;
			tlso_host_seed((const u8 *)"the same each time", 18);
			p = pair_new(&sh, NULL);
			handshake(p, &ck, &sk);
			if (!j) {
				a = ck;
				segments = p->c->n_got;
			}
			assert_memory_equal(&a, &ck, sizeof(a));
			assert_int_equal(p->c->n_got, segments);
			pair_free(p);
		}
	}
}

/* ---- What goes out ------------------------------------------------------- */

static size_t next_record(const struct half *h, size_t *at, u8 *type)
{
	size_t n;

	assert_true(h->out_len - *at >= 5);
	*type = h->out[*at];
	n = (size_t)(h->out[*at + 3] << 8 | h->out[*at + 4]);
	assert_true(h->out_len - *at >= 5 + n);
	*at += 5 + n;
	return n;
}

static void test_record_versions(void **state)
{
	static const u16 versions[] = { TLSO_VERSION_13, TLSO_VERSION_12 };
	struct shape sh = { 0 };
	struct pair *p;
	size_t at, i;
	bool first;
	u8 type;

	(void)state;
	for (i = 0; i < 2; i++) {
		sh.version = versions[i];
		sh.retry = !i;
		p = pair_new(&sh, NULL);
		handshake(p, &ck, &sk);
		first = true;
		for (at = 0; at < p->c->out_len; first = false) {
			assert_int_equal(p->c->out[at + 1], 3);
			assert_int_equal(p->c->out[at + 2], first ? 1 : 3);
			next_record(p->c, &at, &type);
		}
		for (at = 0; at < p->s->out_len;) {
			assert_int_equal(p->s->out[at + 2], 3);
			next_record(p->s, &at, &type);
		}
		pair_free(p);
	}
}

/* Chains of any length: several records, none too long. */
static void test_long_chain(void **state)
{
	struct shape sh = { .client_scheme = TLSO_ECDSA_P256_SHA256 };
	static const size_t chains[] = { 15990, 16000, 16100 };
	struct pair *p;
	size_t i, at;
	u8 type;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(chains); i++) {
		sh.version = i & 1 ? TLSO_VERSION_12 : TLSO_VERSION_13;
		sh.chain = chains[i / 2];
		sh.suite = 0;
		p = pair_new(&sh, NULL);
		/* The least room is for one record's worth of message. */
		handshake(p, &ck, &sk);
		for (at = 0; at < p->s->out_len;)
			assert_in_range(next_record(p->s, &at, &type), 1,
					TLSO_REC_PLAIN_MAX + 24);
		pair_free(p);
	}
}

/* RFC 8449: what is protected keeps to the peer's limit. */
static void test_limit(void **state)
{
	struct shape sh = { .client_scheme = TLSO_ECDSA_P256_SHA256,
			    .chain = 3000 };
	unsigned int n = 0;
	struct pair *p;
	size_t at, i, len;
	u8 type;

	(void)state;
	for (i = 0; i < 400; i++) {
		/* At 63 the last record is of any length, also of less than the
		 * signature falls short of its room.
		 */
		sh.limit = (u16)(i < 150 ? 63 : i < 370 ? i : i * 10);
		sh.chain = 3700 + i;
		p = pair_new(&sh, NULL);
		fake_signer.sig_len = 50;
		handshake(p, &ck, &sk);
		for (at = 0; at < p->s->out_len;) {
			len = next_record(p->s, &at, &type);
			if (type != TLSO_CT_DATA)
				continue;
			n++;
			assert_in_range(len, 1, sh.limit + 17);
		}
		pair_free(p);
	}
	assert_true(n > 400);
}

/* The same where a signature is several records shorter than its room. */
static void test_limit_rsa(void **state)
{
	struct shape sh = { .scheme = TLSO_RSA_PSS_RSAE_SHA256,
			    .client_scheme = TLSO_RSA_PSS_RSAE_SHA512 };
	struct pair *p;

	(void)state;
	for (sh.limit = 63; sh.limit < 400; sh.limit++) {
		p = pair_new(&sh, NULL);
		fake_signer.sig_len = 1 + sh.limit % 256;
		handshake(p, &ck, &sk);
		pair_free(p);
	}
}

/* A signature below its room: TLS 1.3 pads the record, TLS 1.2 sends less. */
static void test_short_signature(void **state)
{
	struct shape sh = { 0 };
	size_t len[2][3], i, j;
	struct pair *p;
	struct tlso_rd r;

	(void)state;
	for (i = 0; i < 2; i++) {
		sh.version = i ? TLSO_VERSION_12 : TLSO_VERSION_13;
		for (j = 0; j < 3; j++) {
			p = pair_new(&sh, NULL);
			fake_signer.sig_len = 70 + j;
			handshake(p, &ck, &sk);
			len[i][j] = p->s->out_len;
			tlso_rd_init(&r,
				     last(p->c, i ? TLSO_HS_SERVER_KEY_EXCHANGE :
						    TLSO_HS_CERTIFICATE_VERIFY)->body,
				     200);
			(void)tlso_rd_bytes(&r, i ? 4 + 4 + 32 + 2 : 4 + 2);
			assert_int_equal(tlso_rd_u16(&r), 70 + j);
			pair_free(p);
		}
	}
	assert_int_equal(len[0][0], len[0][1]);
	assert_int_equal(len[0][0], len[0][2]);
	assert_int_equal(len[1][0] + 1, len[1][1]);
	assert_int_equal(len[1][0] + 2, len[1][2]);
}

/* Where a whole record's worth of room was not used there is no empty record. */
static void test_empty_rest(void **state)
{
	struct shape sh = { .version = TLSO_VERSION_12,
			    .scheme = TLSO_RSA_PKCS1_SHA256 };
	struct pair *p;
	size_t at, n = 0;
	u8 type;

	(void)state;
	/* A flight of 2^14 + 100 bytes, of which 256 are a signature. */
	sh.chain = TLSO_REC_PLAIN_MAX + 100 - (4 + 70) - 4 -
		   (4 + 4 + 32 + 4 + 256) - 4;
	p = pair_new(&sh, NULL);
	fake_signer.sig_len = 1;
	client_hello(p);
	server_flight12(p);
	for (at = 0; at < p->s->out_len; n++)
		assert_true(next_record(p->s, &at, &type) > 0);
	assert_int_equal(n, 2);
	pair_free(p);
}

/* ---- Randoms, session ids ------------------------------------------------ */

static void test_retry(void **state)
{
	struct shape sh = { .retry = true, .suite = 0x1302,
			    .two_groups = true, .early_data = true };
	const struct tlso_finished *f;
	struct tlso_rd echo, a, b;
	struct pair *p;

	(void)state;
	p = pair_new(&sh, NULL);
	handshake(p, &ck, &sk);
	assert_true(tlso_finished_extra(last(p->c, TLSO_HS_SERVER_HELLO),
					TLSO_EXTRA_SESSION_ECHO, 0, &echo));
	assert_int_equal(tlso_rd_u8(&echo), 1);
	/* The second hello repeats random and session id (4.1.2), and shares. */
	f = &p->s->got[0].f;
	assert_int_equal(f->type, TLSO_HS_CLIENT_HELLO);
	assert_memory_equal(f->body + 4, last(p->s, 1)->body + 4, 2 + 32 + 33);
	a = share_in(p->s, TLSO_HS_CLIENT_HELLO, 29);
	p->s->n_got = 1;
	b = share_in(p->s, TLSO_HS_CLIENT_HELLO, 29);
	assert_int_equal(a.n, 32);
	assert_memory_equal(a.p, b.p, 32);
	p->s->n_got = 3;
	pair_free(p);
}

/* Whether the session id came back is the completer's to say. */
static void test_echo(void **state)
{
	u8 msg[4 + 2 + 32 + 33 + 3] = { 2, 0, 0, 70, 3, 3 };
	struct tlso_rd echo;
	struct pair *p;
	u8 rec[200];
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		p = pair_new(&(struct shape){ .no_sid = i == 3 }, NULL);
		client_hello(p);
		if (i != 3)
			memcpy(msg + 39, p->c->c.session_id, 32);
		msg[38] = 32;
		if (i == 1)
			msg[39 + 31] ^= 1;
		if (i == 2) /* it does not parse */
			msg[38] = 33;
		n = record_clear(rec, TLSO_CT_HANDSHAKE, msg, sizeof(msg));
		half_feed(p->c, rec, n, n);
		assert_int_equal(tlso_finished_extra(last(p->c, 2),
						     TLSO_EXTRA_SESSION_ECHO, 0,
						     &echo), i != 3);
		if (i != 3)
			assert_int_equal(tlso_rd_u8(&echo), i == 0);
		pair_free(p);
	}
}

/* ---- Resumption ---------------------------------------------------------- */

static u8 ticket_msg[1024];

/* A session of TLS 1.3 as both sides keep it after a handshake of @suite. */
static void session_13(u16 suite, struct tlso_resume *r)
{
	struct shape sh = { .suite = suite };
	static struct tlso_post c, s;
	static u8 room[1024];
	u8 msg[512];
	size_t n, used;

	run(&sh, NULL);
	tlso_post_init(&c, test_crypto(), NULL, &ck, room, sizeof(room));
	tlso_post_init(&s, test_crypto(), NULL, &sk, NULL, 0);
	assert_int_equal(tlso_post_ticket_write(&s, &test_tickets, TEST_NOW,
						7200, (const u8 *)"ctx", 3, msg,
						sizeof(msg), &n), TLSO_OK);
	assert_int_equal(tlso_post_handshake(&c, msg, n, &used),
			 TLSO_POST_TICKET);
	assert_int_equal(used, n);
	assert_int_equal(tlso_post_ticket(&c, TEST_NOW, r), TLSO_OK);
	memcpy(ticket_msg, r->ticket, r->ticket_len);
	r->ticket = ticket_msg;
}

static void session_12(const struct shape *shape, struct tlso_resume *r)
{
	struct shape sh = *shape;
	const struct tlso_finished *f;
	struct pair *p;

	sh.version = TLSO_VERSION_12;
	sh.ticket = true;
	p = pair_new(&sh, NULL);
	handshake(p, &ck, &sk);
	f = last(p->c, TLSO_HS_NEW_SESSION_TICKET);
	memset(r, 0, sizeof(*r));
	r->tls_version = TLSO_VERSION_12;
	r->suite = ck.suite;
	r->flags = sh.classic ? 0 : TLSO_TICKET_EMS;
	r->secret_len = 48;
	memcpy(r->secret, ck.resumption, 48);
	r->ticket_len = f->len - 10;
	memcpy(ticket_msg, f->body + 10, r->ticket_len);
	r->ticket = ticket_msg;
	pair_free(p);
}

static void ticket_extra(const struct half *h, u16 index, u16 suite, u8 flags,
			 u8 hash_len, u64 age, u32 client_age)
{
	struct tlso_rd d;

	assert_true(tlso_finished_extra(last(h, TLSO_HS_CLIENT_HELLO),
					TLSO_EXTRA_TICKET, 0, &d));
	assert_int_equal(tlso_rd_u16(&d), index);
	assert_int_equal(tlso_rd_u16(&d), index == TLSO_TICKET_INDEX_12 ?
						  TLSO_VERSION_12 :
						  TLSO_VERSION_13);
	assert_int_equal(tlso_rd_u16(&d), suite);
	assert_int_equal(tlso_rd_u8(&d), flags);
	assert_int_equal(tlso_rd_u8(&d), hash_len);
	assert_int_equal(tlso_rd_u32(&d), 7200);
	assert_int_equal(tlso_rd_u64(&d), age);
	assert_int_equal(tlso_rd_u32(&d), client_age);
	assert_int_equal(d.n, 3);
	assert_memory_equal(d.p, "ctx", 3);
}

static void test_resume_13(void **state)
{
	static const u16 suites[] = { 0x1301, 0x1302, 0x1303, 0x1301 };
	struct shape sh = { 0 };
	struct tlso_resume r;
	struct pair *p;
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++) {
		session_13(suites[i % 4], &r);
		/* The suite may be another one of the same hash. */
		sh.suite = i % 4 == 3 ? 0x1303 : r.suite;
		sh.psk_suite = r.suite;
		sh.retry = i & 4;
		sh.piece = i & 8 ? 0 : 1;
		p = pair_new(&sh, &r);
		handshake(p, &ck, &sk);
		ticket_extra(p->s, 0, r.suite, 0, r.secret_len, 5000, 1234);
		assert_int_equal(fake_signer.calls, 0);
		pair_free(p);
	}
	tlso_wipe(&r, sizeof(r));
}

static void test_resume_12(void **state)
{
	static const u16 suites[] = { 0xc02b, 0xc02c, 0xcca9 };
	struct shape sh = { .version = TLSO_VERSION_12 };
	struct tlso_session_keys first;
	struct tlso_resume r;
	struct pair *p;
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++) {
		sh.suite = suites[i % 3];
		sh.classic = i & 1;
		sh.ticket = i & 2;
		sh.piece = i & 4 ? 1 : 0;
		session_12(&sh, &r);
		first = ck;
		p = pair_new(&sh, &r);
		handshake(p, &ck, &sk);
		ticket_extra(p->s, TLSO_TICKET_INDEX_12, sh.suite, r.flags,
			     sh.suite == 0xc02c ? 48 : 32, 0, 0);
		assert_memory_equal(first.resumption, ck.resumption, 48);
		assert_int_equal(first.flags, ck.flags);
		assert_memory_not_equal(first.tx.key, ck.tx.key, 16);
		pair_free(p);
	}
	tlso_wipe(&r, sizeof(r));
}

/* A ticket counts where it opens, is of its extension's version and is whole. */
static void test_no_ticket(void **state)
{
	struct tlso_resume r13, r12, bad;
	struct shape sh = { .psk_suite = 0x1301 };
	struct shape sh12 = { .version = TLSO_VERSION_12 };
	struct tlso_rd d;
	struct pair *p;
	u8 copy[TLSO_TICKET_LEN_MAX];
	size_t i;

	(void)state;
	session_13(0x1301, &r13);
	for (i = 0; i < r13.ticket_len; i++) {
		bad = r13;
		memcpy(copy, r13.ticket, r13.ticket_len);
		copy[i] ^= 0x10;
		bad.ticket = copy;
		p = pair_new(&sh, &bad);
		client_hello(p);
		assert_false(tlso_finished_extra(last(p->s, 1),
						 TLSO_EXTRA_TICKET, 0, &d));
		/* And then there is no PSK. */
		half_begin_chosen(p->s, 0x1301, TLSO_VERSION_13);
		tlso_starter_psk(&p->s->w, 0);
		assert_int_equal(half_send(p->s), TLSO_E_SEAM);
		pair_free(p);
	}
	/* A ticket of TLS 1.2 as a PSK, and the other way round. */
	session_12(&(struct shape){ .classic = true }, &r12);
	bad = r12;
	bad.tls_version = TLSO_VERSION_13;
	bad.suite = 0x1301;
	bad.secret_len = 32;
	p = pair_new(&sh, &bad);
	client_hello(p);
	assert_false(tlso_finished_extra(last(p->s, 1), TLSO_EXTRA_TICKET, 0,
					 &d));
	pair_free(p);
	session_13(0x1301, &r13);
	bad = r13;
	bad.tls_version = TLSO_VERSION_12;
	p = pair_new(&sh12, &bad);
	client_hello(p);
	assert_false(tlso_finished_extra(last(p->s, 1), TLSO_EXTRA_TICKET, 0,
					 &d));
	half_begin_chosen(p->s, 0xc02b, TLSO_VERSION_12);
	put_server_hello(p);
	tlso_starter_resume(&p->s->w);
	assert_int_equal(half_send(p->s), TLSO_E_SEAM);
	pair_free(p);
}

/* After HelloRetryRequest there is one transcript: a ticket of the other hash is
 * none.
 */
static void test_ticket_after_retry(void **state)
{
	struct shape sh = { .retry = true, .psk_suite = 0x1302 };
	struct tlso_resume r;
	struct tlso_rd d;
	struct pair *p;

	(void)state;
	session_13(0x1302, &r);
	p = pair_new(&sh, &r);
	client_hello(p);
	assert_true(tlso_finished_extra(last(p->s, 1), TLSO_EXTRA_TICKET, 0,
					&d));
	server_retry(p); /* with 0x1301 */
	half_begin_chosen(p->c, 0x1301, TLSO_VERSION_13);
	put_client_hello(p);
	assert_int_equal(half_send(p->c), TLSO_E_SEAM); /* the client's own */
	pair_free(p);

	p = pair_new(&sh, &r);
	client_hello(p);
	server_retry(p);
	half_feed(p->s, p->c->out, p->c->out_len, 0); /* the first hello again */
	assert_int_equal(p->s->err, TLSO_OK);
	assert_int_equal(p->s->n_got, 2);
	assert_false(tlso_finished_extra(last(p->s, 1), TLSO_EXTRA_TICKET, 0,
					 &d));
	pair_free(p);
}

/* ---- What is left behind ------------------------------------------------- */

static void gone(const void *p, size_t n)
{
	const u8 *b = p;
	size_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(b[i], 0);
}

static void exchange_gone(const struct tlso_completer *c)
{
	gone(c->gen, sizeof(c->gen));
	gone(&c->psk, sizeof(c->psk));
	gone(&c->old, sizeof(c->old));
	gone(c->share_secret, sizeof(c->share_secret));
}

static void only_keys_left(const struct tlso_completer *c)
{
	exchange_gone(c);
	gone(c->stage, sizeof(c->stage));
	gone(c->hs_client, sizeof(c->hs_client));
	gone(c->hs_server, sizeof(c->hs_server));
	gone(&c->tx_next, sizeof(c->tx_next));
	gone(&c->rx_next, sizeof(c->rx_next));
}

/* What the session no longer needs is gone before anybody wipes the rest. */
static void test_forgotten(void **state)
{
	struct shape sh = { .two_groups = true };
	struct tlso_resume r;
	struct pair *p;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i)
			session_13(0x1301, &r);
		sh.psk_suite = i ? 0x1301 : 0;
		p = pair_new(&sh, i ? &r : NULL);
		client_hello(p);
		server_flight13(p);
		exchange_gone(&p->s->c);
		gone(p->s->c.hs_server, sizeof(p->s->c.hs_server));
		client_keys13(p);
		exchange_gone(&p->c->c);
		gone(p->c->c.hs_server, sizeof(p->c->c.hs_server));
		client_finish13(p);
		only_keys_left(&p->c->c);
		only_keys_left(&p->s->c);
		pair_free(p);
	}
	for (i = 0; i < 3; i++) {
		memset(&sh, 0, sizeof(sh));
		if (i == 1)
			session_12(&sh, &r);
		sh.version = TLSO_VERSION_12;
		sh.rsa = i == 2;
		sh.suite = sh.rsa ? 0x9c : 0;
		p = pair_new(&sh, i == 1 ? &r : NULL);
		handshake(p, &ck, &sk);
		only_keys_left(&p->c->c);
		only_keys_left(&p->s->c);
		pair_free(p);
	}
}

/* ---- Key log ------------------------------------------------------------- */

struct logged {
	char label[16][40];
	u8 secret[16][48];
	u8 random[32];
	unsigned int n;
};

static void on_log(void *ctx, const char *label, const u8 *client_random,
		   const u8 *secret, size_t n)
{
	struct logged *l = ctx;

	assert_true(l->n < 16 && n <= 48);
	snprintf(l->label[l->n], 40, "%s", label);
	memcpy(l->secret[l->n++], secret, n);
	memcpy(l->random, client_random, 32);
}

static const u8 *logged(const struct logged *l, const char *label)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (!strcmp(l->label[i], label))
			return l->secret[i];
	fail_msg("%s was not logged", label);
	return NULL;
}

static void test_keylog(void **state)
{
	struct logged c = { 0 }, s = { 0 };
	struct shape sh = { 0 };
	struct pair *p;

	(void)state;
	p = pair_new(&sh, NULL);
	p->c->c.keylog = on_log;
	p->c->c.keylog_ctx = &c;
	p->s->c.keylog = on_log;
	p->s->c.keylog_ctx = &s;
	handshake(p, &ck, &sk);
	assert_int_equal(c.n, 5); /* the exporter secret, too */
	assert_memory_equal(&c, &s, sizeof(c));
	assert_memory_equal(c.random, p->s->got[0].f.body + 6, 32);
	assert_memory_equal(logged(&c, "CLIENT_TRAFFIC_SECRET_0"), ck.tx.secret,
			    32);
	assert_memory_equal(logged(&c, "SERVER_TRAFFIC_SECRET_0"), ck.rx.secret,
			    32);
	assert_memory_not_equal(logged(&c, "CLIENT_HANDSHAKE_TRAFFIC_SECRET"),
				logged(&c, "SERVER_HANDSHAKE_TRAFFIC_SECRET"),
				32);
	pair_free(p);

	sh.version = TLSO_VERSION_12;
	memset(&c, 0, sizeof(c));
	p = pair_new(&sh, NULL);
	p->c->c.keylog = on_log;
	p->c->c.keylog_ctx = &c;
	handshake(p, &ck, &sk);
	assert_int_equal(c.n, 1);
	assert_memory_equal(logged(&c, "CLIENT_RANDOM"), ck.resumption, 48);
	pair_free(p);
}

/* ---- Small things -------------------------------------------------------- */

/* What the segments say was done. */
static void test_ops(void **state)
{
	struct pair *p = pair_new(&(struct shape){ 0 }, NULL);
	unsigned int i, ops[2] = { 0, 0 };

	(void)state;
	handshake(p, &ck, &sk);
	for (i = 0; i < p->c->n_got; i++)
		ops[0] |= p->c->got[i].f.ops;
	for (i = 0; i < p->s->n_got; i++)
		ops[1] |= p->s->got[i].f.ops;
	assert_int_equal(ops[0], TLSO_OP_SERVER_RANDOM | TLSO_OP_KEY_SHARE |
					 TLSO_OP_KEYS | TLSO_OP_MAC_CHECK);
	assert_int_equal(ops[1], TLSO_OP_SERVER_RANDOM | TLSO_OP_KEY_SHARE |
					 TLSO_OP_KEYS | TLSO_OP_SIGN |
					 TLSO_OP_MAC_MAKE | TLSO_OP_MAC_CHECK);
	pair_free(p);
}

/* Another HelloRequest than that amid a handshake changes nothing (RFC 5246
 * 7.4.1.1); the director hears of it.
 */
static void test_hello_request(void **state)
{
	struct shape sh = { .version = TLSO_VERSION_12 };
	struct pair *p = pair_new(&sh, NULL);
	u8 rec[16];
	size_t n;

	(void)state;
	client_hello(p);
	n = record_clear(rec, TLSO_CT_HANDSHAKE, (const u8 *)"\0\0\0\0", 4);
	half_feed(p->c, rec, n, 1);
	assert_int_equal(last(p->c, TLSO_HS_HELLO_REQUEST)->len, 4);
	server_flight12(p);
	client_flight12(p);
	half_feed(p->c, rec, n, 1);
	server_finish12(p);
	assert_true(p->c->complete);
	pair_free(p);
}

/* The session as a whole goes through the seam. */
static void test_keys_blob(void **state)
{
	static const u16 versions[] = { TLSO_VERSION_13, TLSO_VERSION_12 };
	struct tlso_session_keys k;
	u8 wire[TLSO_SESSION_KEYS_MAX];
	struct shape sh = { 0 };
	size_t n, i;

	(void)state;
	for (i = 0; i < 2; i++) {
		sh.version = versions[i];
		sh.suite = 0;
		run(&sh, NULL);
		assert_int_equal(tlso_session_keys_write(&ck, wire,
							 sizeof(wire), &n),
				 TLSO_OK);
		assert_int_equal(tlso_session_keys_read(&k, wire, n), TLSO_OK);
		assert_memory_equal(&k, &ck, sizeof(k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_13),
		cmocka_unit_test(test_full_12),
		cmocka_unit_test(test_rsa),
		cmocka_unit_test(test_signatures_13),
		cmocka_unit_test(test_signatures_12),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_record_versions),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_rsa),
		cmocka_unit_test(test_short_signature),
		cmocka_unit_test(test_empty_rest),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_resume_13),
		cmocka_unit_test(test_resume_12),
		cmocka_unit_test(test_no_ticket),
		cmocka_unit_test(test_ticket_after_retry),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_keylog),
		cmocka_unit_test(test_ops),
		cmocka_unit_test(test_hello_request),
		cmocka_unit_test(test_keys_blob),
	};

	return cmocka_run_group_tests_name("completer", tests, NULL, NULL);
}
