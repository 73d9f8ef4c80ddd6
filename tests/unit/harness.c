// SPDX-License-Identifier: GPL-2.0-only
/* For the completer's tests: halves, and a pair of them. */
#include "harness.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/hs_msg.h"
#include "../../kmod/core/suite.h"

/* ---- Cryptography -------------------------------------------------------- */

struct fake_signer fake_signer;
const struct tlso_crypto *test_other_crypto;
void (*half_event)(const struct half *h, bool starter, const u8 *p, size_t n);

static int fake_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		     const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	struct fake_signer *f = ctx;

	(void)rng;
	if (*sig_len < f->sig_len || n > sizeof(f->digest))
		return -1;
	memcpy(f->digest, digest, n);
	f->n = n;
	f->scheme = scheme;
	f->identity = identity;
	f->calls++;
	memset(sig, digest[0], f->sig_len);
	*sig_len = f->sig_len;
	return 0;
}

static int fake_rsa_private(void *rng, void *ctx, unsigned int identity,
			    const u8 *in, size_t n, u8 *out)
{
	struct fake_signer *f = ctx;
	size_t i;

	(void)rng;
	f->identity = identity;
	if (n != 256)
		return -1;
	for (i = 0; i < n; i++)
		out[i] = in[i] ^ 0x5a;
	memcpy(f->premaster, out + n - 48, 48);
	return 0;
}

static int fake_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out)
{
	size_t i;

	for (i = 0; i < key->n_len; i++)
		out[i] = in[i] ^ 0x5a;
	return 0;
}

const struct tlso_signer test_signer = { &fake_signer, fake_sign,
					 fake_rsa_private };
const struct tlso_ticket_keys test_tickets = {
	.n = 2,
	.key = { { "sixteen bytes  1", "and thirty-two bytes of a key  1" },
		 { "sixteen bytes  2", "and thirty-two bytes of a key  2" } },
};

/* A table that is filled once: the host's is not a constant expression. */
static struct tlso_crypto table;

const struct tlso_crypto *test_crypto(void)
{
	if (test_other_crypto)
		return test_other_crypto;
	if (!table.sha256) {
		table = tlso_host_crypto;
		table.rsa_public = fake_rsa_public;
	}
	return &table;
}

/* ---- One half ------------------------------------------------------------ */

struct half *half_new(const struct tlso_completer_cfg *cfg, bool client)
{
	struct tlso_completer_cfg own = { 0 };
	struct half *h = calloc(1, sizeof(*h));

	if (cfg)
		own = *cfg;
	if (!own.crypto)
		own.crypto = test_crypto();
	if (!own.signer)
		own.signer = &test_signer;
	if (!own.now_ms)
		own.now_ms = TEST_NOW;
	own.client = client;
	h->client = client;
	h->seg_cap = TLSO_COMPLETER_SEG_MIN;
	h->seg = malloc(h->seg_cap);
	tlso_completer_init(&h->c, &own, h->seg, h->seg_cap);
	return h;
}

void half_free(struct half *h)
{
	struct tlso_completer zero;
	size_t i;

	tlso_completer_wipe(&h->c);
	memset(&zero, 0, sizeof(zero));
	zero.err = TLSO_E_STATE;
	zero.in_err = TLSO_E_STATE;
	assert_memory_equal(&h->c, &zero, sizeof(zero));
	for (i = 0; i < h->seg_cap; i++)
		assert_int_equal(h->seg[i], 0);
	for (i = 0; i < h->n_got; i++)
		free(h->got[i].seg);
	free(h->seg);
	free(h);
}

struct tlso_starter_wr *half_begin(struct half *h)
{
	tlso_starter_begin(&h->w, h->starter, sizeof(h->starter), h->suite,
			   h->version, h->epoch);
	if (h->limit)
		tlso_starter_limit(&h->w, h->limit);
	return &h->w;
}

struct tlso_starter_wr *half_begin_chosen(struct half *h, u16 suite,
					  u16 version)
{
	h->suite = suite;
	h->version = version;
	return half_begin(h);
}

void half_epoch(struct half *h, u8 epoch)
{
	tlso_starter_epoch(&h->w, epoch);
	h->epoch = epoch;
}

enum tlso_err half_send(struct half *h)
{
	size_t wire, len;
	enum tlso_err e;
	u8 *in;

	assert_int_equal(tlso_starter_end(&h->w, &h->starter_len, &wire),
			 TLSO_OK);
	if (half_event)
		half_event(h, true, h->starter, h->starter_len);
	in = malloc(h->starter_len); /* so that the sanitizer sees its end */
	memcpy(in, h->starter, h->starter_len);
	e = tlso_completer_starter(&h->c, in, h->starter_len,
				   h->out + h->out_len,
				   sizeof(h->out) - h->out_len, &len);
	free(in);
	if (e) {
		assert_int_equal(len, 0);
		return e;
	}
	if (h->version == TLSO_VERSION_12)
		assert_true(len <= wire);
	else
		assert_int_equal(len, wire);
	h->out_len += len;
	return TLSO_OK;
}

static void keep(struct half *h, const u8 *seg, size_t n)
{
	struct got *g = &h->got[h->n_got++];

	assert_true(h->n_got <= GOT_MAX);
	assert_true(seg >= h->seg && seg + n <= h->seg + h->seg_cap);
	g->seg = malloc(n);
	memcpy(g->seg, seg, n);
	assert_int_equal(tlso_finished_read(&g->f, g->seg, n), TLSO_OK);
	if (g->f.err)
		h->err = g->f.err;
}

void half_feed(struct half *h, const u8 *p, size_t n, size_t piece)
{
	size_t used, seg_len, k;
	enum tlso_feed r;
	const u8 *seg;
	u8 *copy;

	h->taken = 0;
	for (;;) {
		k = piece ? piece : (size_t)(1 + rand() % 40);
		if (k > n)
			k = n;
		copy = malloc(k ? k : 1);
		if (k)
			memcpy(copy, p, k);
		r = tlso_completer_feed(&h->c, copy, k, &used, &seg, &seg_len);
		free(copy);
		assert_true(used <= k);
		if (half_event && used)
			half_event(h, false, p, used);
		p += used;
		n -= used;
		h->taken += used;
		if (r != TLSO_FEED_MORE)
			keep(h, seg, seg_len);
		h->complete |= r == TLSO_FEED_COMPLETE;
		if (h->c.in_err || r == TLSO_FEED_COMPLETE)
			return;
		if (r == TLSO_FEED_MORE && (!used || !n))
			return;
	}
}

void pump(struct half *from, struct half *to, size_t piece)
{
	half_feed(to, from->out + from->pumped, from->out_len - from->pumped,
		  piece);
	from->pumped += to->taken;
}

const struct tlso_finished *last(const struct half *h, u8 type)
{
	unsigned int i;

	for (i = h->n_got; i > 0; i--)
		if (h->got[i - 1].f.type == type)
			return &h->got[i - 1].f;
	fail_msg("no segment of type %u came", type);
	return NULL;
}

int half_alert(const struct half *h)
{
	return h->err ? tlso_err_alert(h->err) : -1;
}

size_t record_clear(u8 *out, u8 type, const u8 *p, size_t n)
{
	tlso_record_hdr(out, type, n);
	if (n)
		memmove(out + TLSO_REC_HDR, p, n);
	return TLSO_REC_HDR + n;
}

size_t record_sealed(const struct half *h, u8 *out, u8 type, const u8 *p,
		     size_t n, size_t pad)
{
	struct tlso_record_keys k = h->c.rx;

	if (n)
		memcpy(out + TLSO_REC_HDR + tlso_record_before(&k), p, n);
	assert_int_equal(tlso_record_seal(&k, out, type, n, pad), TLSO_OK);
	return TLSO_REC_HDR + tlso_record_before(&k) + n + pad +
	       tlso_record_after(&k);
}

size_t finished_for(struct half *h, u8 *out)
{
	size_t n;

	assert_int_equal(tlso_keys_finished(&h->c, !h->client, out + 4, &n),
			 TLSO_OK);
	out[0] = TLSO_HS_FINISHED;
	out[1] = 0;
	out[2] = 0;
	out[3] = (u8)n;
	return 4 + n;
}

/* ---- Single messages ----------------------------------------------------- */

void put_message(struct half *h, u8 type, const u8 *body, size_t n)
{
	tlso_starter_message_begin(&h->w, type);
	tlso_wr_bytes(&h->w.w, body, n);
	tlso_starter_message_end(&h->w);
}

void put_finished(struct half *h)
{
	const struct tlso_suite *s = tlso_suite_find(h->suite);

	tlso_finished_msg_write(&h->w, h->version == TLSO_VERSION_12 ?
					       TLSO_VERIFY_DATA_12 :
					       s->hash_len);
}

static struct tlso_id id_for(u16 scheme)
{
	struct tlso_id id = { .key_type = tlso_scheme_key(scheme),
			      .rsa_bits = 2048 };

	return id;
}

void put_verify(struct half *h, u16 scheme)
{
	struct tlso_id id = id_for(scheme);

	tlso_certificate_verify_write(&h->w, scheme, &id, 7);
}

static void put_certificate(struct half *h, size_t n)
{
	static u8 der[60000];

	put_message(h, TLSO_HS_CERTIFICATE, der, n ? n : 300);
}

static bool ext_in(struct tlso_rd r, bool client, u16 type, struct tlso_rd *ext)
{
	u16 t;

	(void)tlso_rd_bytes(&r, 4 + 2 + 32);
	(void)tlso_rd_vec(&r, 1);
	if (client)
		(void)tlso_rd_vec(&r, 2);
	else
		(void)tlso_rd_u16(&r);
	(void)tlso_rd_bytes(&r, client ? 2 : 1);
	r = tlso_rd_vec(&r, 2);
	while (r.n) {
		t = tlso_rd_u16(&r);
		*ext = tlso_rd_vec(&r, 2);
		if (t == type)
			return true;
	}
	return false;
}

struct tlso_rd share_in(const struct half *h, u8 type, u16 group)
{
	const struct tlso_finished *f = last(h, type);
	bool client = type == TLSO_HS_CLIENT_HELLO;
	struct tlso_rd r, v;
	u16 g;

	tlso_rd_init(&r, f->body, f->len);
	if (type == TLSO_HS_SERVER_KEY_EXCHANGE) {
		(void)tlso_rd_bytes(&r, 4 + 3);
		return tlso_rd_vec(&r, 1);
	}
	if (type == TLSO_HS_CLIENT_KEY_EXCHANGE) {
		(void)tlso_rd_bytes(&r, 4);
		return tlso_rd_vec(&r, 1);
	}
	assert_true(ext_in(r, client, TLSO_EXT_KEY_SHARE, &r));
	if (client)
		r = tlso_rd_vec(&r, 2);
	while (r.n) {
		g = tlso_rd_u16(&r);
		v = tlso_rd_vec(&r, 2);
		if (g == group)
			return v;
	}
	fail_msg("no share for group %u", group);
	return r;
}

/* Everything up to the extensions; the first fills are still to be written. */
static void head(struct half *h, u8 type, const u8 *sid, size_t sid_len,
		 u16 suite)
{
	struct tlso_wr *w = &h->w.w;

	tlso_starter_message_begin(&h->w, type);
	tlso_wr_u16(w, TLSO_VERSION_12);
	(void)tlso_wr_room(w, TLSO_RANDOM_LEN);
	tlso_wr_u8(w, (u8)sid_len);
	tlso_wr_bytes(w, sid, sid_len);
	if (h->client)
		tlso_wr_u16(w, 2);
	tlso_wr_u16(w, suite);
	if (h->client)
		tlso_wr_u8(w, 1);
	tlso_wr_u8(w, 0);
}

static size_t put_ext(struct tlso_wr *w, u16 type)
{
	tlso_wr_u16(w, type);
	return tlso_wr_open(w, 2);
}

/* The offset of the first share's value, or of both. */
static void put_shares(struct pair *p, size_t off[2], const u16 *group,
		       unsigned int n)
{
	struct half *h = p->c;
	size_t ext, list, len;
	unsigned int i;

	ext = put_ext(&h->w.w, TLSO_EXT_KEY_SHARE);
	list = tlso_wr_open(&h->w.w, 2);
	for (i = 0; i < n; i++) {
		len = tlso_group_share_len(group[i]);
		tlso_wr_u16(&h->w.w, group[i]);
		tlso_wr_u16(&h->w.w, (u16)len);
		off[i] = tlso_starter_off(&h->w);
		(void)tlso_wr_room(&h->w.w, len);
	}
	tlso_wr_close(&h->w.w, list, 2);
	tlso_wr_close(&h->w.w, ext, 2);
}

/* The offset of the binder. */
static size_t put_psk(struct pair *p, size_t hash_len)
{
	struct tlso_wr *w = &p->c->w.w;
	size_t ext, list, at, off;

	ext = put_ext(w, TLSO_EXT_PRE_SHARED_KEY);
	list = tlso_wr_open(w, 2);
	at = tlso_wr_open(w, 2);
	tlso_wr_bytes(w, p->resume.ticket, p->resume.ticket_len);
	tlso_wr_close(w, at, 2);
	tlso_wr_u32(w, p->resume.age_add + 1234);
	tlso_wr_close(w, list, 2);
	list = tlso_wr_open(w, 2);
	at = tlso_wr_open(w, 1);
	off = tlso_starter_off(&p->c->w);
	(void)tlso_wr_room(w, hash_len);
	tlso_wr_close(w, at, 1);
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
	return off;
}

static void hello_fills(struct pair *p, size_t n, const size_t *off,
			const u16 *group)
{
	struct tlso_starter_wr *w = &p->c->w;
	u16 again = p->c->c.hello_sent ? TLSO_RANDOM_REPEAT : 0;
	u8 op = again && p->sh.retry ? TLSO_FILL_KEY_AGAIN : TLSO_FILL_KEY_GEN;
	size_t i;

	tlso_starter_fill(w, TLSO_FILL_RANDOM, again, 6, 32, NULL, 0);
	if (!p->sh.no_sid)
		tlso_starter_fill(w, TLSO_FILL_RANDOM,
				  TLSO_RANDOM_SESSION_ID | again, 39, 32, NULL,
				  0);
	for (i = 0; i < n; i++)
		tlso_starter_fill(w, op, group[i], off[i],
				  tlso_group_share_len(group[i]), NULL, 0);
}

void put_client_hello(struct pair *p)
{
	static const u8 zeros[32];
	const struct tlso_suite *psk = tlso_suite_find(p->sh.psk_suite);
	u16 group[2] = { p->sh.group, p->sh.group == TLSO_GROUP_X25519 ?
					      TLSO_GROUP_P256 :
					      TLSO_GROUP_X25519 };
	bool v13 = p->sh.version == TLSO_VERSION_13;
	size_t off[2], exts, ext, binder = 0;
	struct half *h = p->c;
	unsigned int n = !v13 ? 0 : p->sh.two_groups ? 2 : 1;

	head(h, TLSO_HS_CLIENT_HELLO, zeros, p->sh.no_sid ? 0 : 32,
	     p->sh.suite);
	exts = tlso_wr_open(&h->w.w, 2);
	if (n)
		put_shares(p, off, group, n);
	if (p->sh.early_data && (!h->c.hello_sent || p->sh.early_again)) {
		ext = put_ext(&h->w.w, TLSO_EXT_EARLY_DATA);
		tlso_wr_close(&h->w.w, ext, 2);
	}
	if (p->resume.tls_version == TLSO_VERSION_12) {
		ext = put_ext(&h->w.w, TLSO_EXT_SESSION_TICKET);
		tlso_wr_bytes(&h->w.w, p->resume.ticket, p->resume.ticket_len);
		tlso_wr_close(&h->w.w, ext, 2);
	}
	if (psk)
		binder = put_psk(p, psk->hash_len);
	tlso_wr_close(&h->w.w, exts, 2);
	tlso_starter_message_end(&h->w);
	hello_fills(p, n, off, group);
	if (psk)
		tlso_starter_fill(&h->w, TLSO_FILL_BINDER, 0, binder,
				  psk->hash_len, NULL, 0);
}

static struct tlso_rd sid_of(const struct half *h)
{
	const struct tlso_finished *f = last(h, TLSO_HS_CLIENT_HELLO);
	struct tlso_rd r;

	tlso_rd_init(&r, f->body, f->len);
	(void)tlso_rd_bytes(&r, 4 + 2 + 32);
	return tlso_rd_vec(&r, 1);
}

void put_server_hello(struct pair *p)
{
	struct half *h = p->s;
	struct tlso_rd sid = sid_of(h), share;
	size_t exts, ext, off;

	head(h, TLSO_HS_SERVER_HELLO, sid.p, sid.n, p->sh.suite);
	if (p->sh.version == TLSO_VERSION_12) {
		tlso_wr_u16(&h->w.w, 0);
		tlso_starter_message_end(&h->w);
		tlso_starter_fill(&h->w, TLSO_FILL_RANDOM, 0, 6, 32, NULL, 0);
		return;
	}
	share = share_in(h, TLSO_HS_CLIENT_HELLO, p->sh.group);
	exts = tlso_wr_open(&h->w.w, 2);
	ext = put_ext(&h->w.w, TLSO_EXT_KEY_SHARE);
	tlso_wr_u16(&h->w.w, p->sh.group);
	tlso_wr_u16(&h->w.w, (u16)share.n);
	off = tlso_starter_off(&h->w);
	(void)tlso_wr_room(&h->w.w, share.n);
	tlso_wr_close(&h->w.w, ext, 2);
	tlso_wr_close(&h->w.w, exts, 2);
	tlso_starter_message_end(&h->w);
	tlso_starter_fill(&h->w, TLSO_FILL_RANDOM, 0, 6, 32, NULL, 0);
	tlso_starter_fill(&h->w, TLSO_FILL_KEY_SHARE, p->sh.group, off, share.n,
			  share.p, share.n);
}

void put_key_exchange(struct pair *p)
{
	struct tlso_id id = id_for(p->sh.scheme);
	size_t room = tlso_sig_room(id.key_type, id.rsa_bits);
	size_t len = tlso_group_share_len(p->sh.group), sig;
	struct tlso_wr *w = &p->s->w.w;
	const u8 who[] = { 0, 3 };

	tlso_starter_message_begin(&p->s->w, TLSO_HS_SERVER_KEY_EXCHANGE);
	tlso_wr_u8(w, TLSO_CURVE_NAMED);
	tlso_wr_u16(w, p->sh.group);
	tlso_wr_u8(w, (u8)len);
	(void)tlso_wr_room(w, len);
	tlso_wr_u16(w, p->sh.scheme);
	sig = tlso_starter_off(&p->s->w);
	tlso_wr_u16(w, (u16)room);
	(void)tlso_wr_room(w, room);
	tlso_starter_message_end(&p->s->w);
	tlso_starter_fill(&p->s->w, TLSO_FILL_KEY_GEN, p->sh.group, 8, len,
			  NULL, 0);
	tlso_starter_fill(&p->s->w, TLSO_FILL_SKE_SIGNATURE, p->sh.scheme, sig,
			  2 + room, who, sizeof(who));
}

static void put_rsa_client_key(struct pair *p)
{
	struct tlso_wr w;
	u8 data[300];
	size_t at;

	tlso_wr_init(&w, data, sizeof(data));
	at = tlso_wr_open(&w, 2);
	memset(tlso_wr_room(&w, 256), 0xc5, 256);
	tlso_wr_close(&w, at, 2);
	tlso_wr_u8(&w, 3);
	tlso_wr_u24(&w, 65537);
	tlso_starter_message_begin(&p->c->w, TLSO_HS_CLIENT_KEY_EXCHANGE);
	tlso_wr_u16(&p->c->w.w, 256);
	(void)tlso_wr_room(&p->c->w.w, 256);
	tlso_starter_message_end(&p->c->w);
	tlso_starter_fill(&p->c->w, TLSO_FILL_RSA_PREMASTER, 0, 6, 256, data,
			  w.n);
}

void put_client_key(struct pair *p)
{
	struct tlso_rd share;

	if (p->sh.rsa) {
		put_rsa_client_key(p);
		return;
	}
	share = share_in(p->c, TLSO_HS_SERVER_KEY_EXCHANGE, p->sh.group);
	tlso_starter_message_begin(&p->c->w, TLSO_HS_CLIENT_KEY_EXCHANGE);
	tlso_wr_u8(&p->c->w.w, (u8)share.n);
	(void)tlso_wr_room(&p->c->w.w, share.n);
	tlso_starter_message_end(&p->c->w);
	tlso_starter_fill(&p->c->w, TLSO_FILL_KEY_SHARE, p->sh.group, 5,
			  share.n, share.p, share.n);
}

static void put_ccs(struct half *h)
{
	static const u8 ccs[] = { TLSO_CT_CCS, 3, 3, 0, 1, 1 };

	tlso_starter_raw(&h->w, ccs, sizeof(ccs));
}

/* ---- A pair -------------------------------------------------------------- */

struct pair *pair_new(const struct shape *sh, const struct tlso_resume *resume)
{
	struct tlso_completer_cfg cfg = { 0 };
	struct pair *p = calloc(1, sizeof(*p));

	memset(&fake_signer, 0, sizeof(fake_signer));
	fake_signer.sig_len = 70;
	p->sh = *sh;
	if (!p->sh.version)
		p->sh.version = TLSO_VERSION_13;
	if (!p->sh.suite)
		p->sh.suite = p->sh.version == TLSO_VERSION_13 ?
				      TLSO_AES_128_GCM_SHA256 :
				      TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256;
	if (!p->sh.group)
		p->sh.group = TLSO_GROUP_X25519;
	if (!p->sh.scheme)
		p->sh.scheme = TLSO_ECDSA_P256_SHA256;
	if (resume) {
		p->resume = *resume;
		memcpy(p->ticket, resume->ticket, resume->ticket_len);
		p->resume.ticket = p->ticket;
	}
	cfg.resume = &p->resume;
	p->c = half_new(&cfg, true);
	cfg.resume = NULL;
	cfg.tickets = &test_tickets;
	cfg.now_ms = TEST_NOW + 5000;
	p->s = half_new(&cfg, false);
	p->c->limit = p->sh.limit;
	p->s->limit = p->sh.limit;
	return p;
}

void pair_free(struct pair *p)
{
	half_free(p->c);
	half_free(p->s);
	tlso_wipe(&p->resume, sizeof(p->resume));
	free(p);
}

struct pair *fresh_pair(u16 version)
{
	return pair_new(&(struct shape){ .version = version }, NULL);
}

int alert_of(struct pair *p, struct half *h, const u8 *bytes, size_t n)
{
	int alert;

	half_feed(h, bytes, n, 0);
	alert = half_alert(h);
	if (alert < 0)
		assert_int_equal(h->taken, n);
	pair_free(p);
	return alert;
}

static void sent(struct half *from, struct half *to, size_t piece)
{
	assert_int_equal(half_send(from), TLSO_OK);
	pump(from, to, piece);
	assert_int_equal(to->err, TLSO_OK);
}

void client_hello(struct pair *p)
{
	if (p->c->c.hello_sent)
		half_begin_chosen(p->c, p->sh.suite, p->sh.version);
	else
		half_begin(p->c);
	put_client_hello(p);
	sent(p->c, p->s, p->sh.piece);
	assert_int_equal(p->c->pumped, p->c->out_len);
}

void server_retry(struct pair *p)
{
	static const u8 retry_random[] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d,
		0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
		0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
		0x33, 0x9c,
	};
	struct half *h = p->s;
	struct tlso_rd sid = sid_of(h);

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_13);
	head(h, TLSO_HS_SERVER_HELLO, sid.p, sid.n, p->sh.suite);
	tlso_wr_u16(&h->w.w, 0);
	memcpy(h->w.w.p + h->w.at_body + 6, retry_random, 32);
	tlso_starter_message_end(&h->w);
	tlso_starter_fill(&h->w, TLSO_FILL_HRR, 0, 4, 0, NULL, 0);
	put_ccs(h);
	assert_int_equal(half_send(h), TLSO_OK);
	pump(h, p->c, p->sh.piece);
	assert_int_equal(p->c->err, TLSO_OK);
}

void server_flight13(struct pair *p)
{
	struct half *h = p->s;
	bool psk = p->sh.psk_suite;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_13);
	if (psk)
		tlso_starter_psk(&h->w, 0);
	put_server_hello(p);
	put_ccs(h);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	put_message(h, TLSO_HS_ENCRYPTED_EXTENSIONS, (const u8 *)"\0\0", 2);
	if (p->sh.client_scheme)
		put_message(h, TLSO_HS_CERTIFICATE_REQUEST, (const u8 *)"", 1);
	if (!psk) {
		put_certificate(h, p->sh.chain);
		put_verify(h, p->sh.scheme);
	}
	put_finished(h);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	sent(h, p->c, p->sh.piece);
}

void client_keys13(struct pair *p)
{
	struct half *h = p->c;
	struct tlso_rd share = share_in(h, TLSO_HS_SERVER_HELLO, p->sh.group);

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_13);
	if (p->sh.psk_suite)
		tlso_starter_psk(&h->w, 0);
	tlso_starter_share(&h->w, p->sh.group, share.p, share.n);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(half_send(h), TLSO_OK);
	pump(p->s, h, p->sh.piece);
	assert_int_equal(h->err, TLSO_OK);
	assert_int_equal(p->s->pumped, p->s->out_len);
}

void client_finish13(struct pair *p)
{
	struct half *h = p->c;

	half_begin(h);
	put_ccs(h);
	if (p->sh.client_scheme) {
		put_certificate(h, p->sh.chain);
		put_verify(h, p->sh.client_scheme);
	}
	put_finished(h);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	sent(h, p->s, p->sh.piece);
}

void server_flight12(struct pair *p)
{
	struct half *h = p->s;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_12);
	put_server_hello(p);
	put_certificate(h, p->sh.chain);
	if (!p->sh.rsa)
		put_key_exchange(p);
	if (p->sh.client_scheme)
		put_message(h, TLSO_HS_CERTIFICATE_REQUEST, (const u8 *)"", 1);
	put_message(h, TLSO_HS_SERVER_HELLO_DONE, NULL, 0);
	sent(h, p->c, p->sh.piece);
	/* The hello holds it; with the version it goes on. */
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_12);
	assert_int_equal(half_send(p->c), TLSO_OK);
	pump(h, p->c, p->sh.piece);
	assert_int_equal(p->c->err, TLSO_OK);
	assert_int_equal(h->pumped, h->out_len);
}

void client_flight12(struct pair *p)
{
	struct half *h = p->c;
	struct tlso_rd r;

	half_begin(h);
	if (p->sh.client_scheme)
		put_certificate(h, p->sh.chain);
	put_client_key(p);
	tlso_starter_master(&h->w, !p->sh.classic);
	if (p->sh.client_scheme)
		put_verify(h, p->sh.client_scheme);
	put_ccs(h);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	put_finished(h);
	sent(h, p->s, p->sh.piece);
	/* ClientKeyExchange holds: its answer has no wire bytes. */
	half_begin(p->s);
	if (p->sh.rsa) {
		tlso_rd_init(&r, last(p->s, TLSO_HS_CLIENT_KEY_EXCHANGE)->body,
			     4 + 2 + 256);
		(void)tlso_rd_bytes(&r, 6);
		tlso_starter_rsa(&p->s->w, 5, r.p, r.n);
	} else {
		r = share_in(p->s, TLSO_HS_CLIENT_KEY_EXCHANGE, p->sh.group);
		tlso_starter_share(&p->s->w, p->sh.group, r.p, r.n);
	}
	tlso_starter_master(&p->s->w, !p->sh.classic);
	assert_int_equal(half_send(p->s), TLSO_OK);
	pump(h, p->s, p->sh.piece);
}

/* NewSessionTicket with the context "ctx". */
static void put_ticket(struct half *h)
{
	static const u8 data[] = { 0, 0, 0x1c, 0x20, 'c', 't', 'x' };
	size_t room = tlso_ticket_len(48, 3);

	tlso_starter_message_begin(&h->w, TLSO_HS_NEW_SESSION_TICKET);
	tlso_wr_u32(&h->w.w, 7200);
	tlso_wr_u16(&h->w.w, (u16)room);
	(void)tlso_wr_room(&h->w.w, room);
	tlso_starter_message_end(&h->w);
	tlso_starter_fill(&h->w, TLSO_FILL_TICKET, 0, 4 + 6, room, data,
			  sizeof(data));
}

void server_finish12(struct pair *p)
{
	struct half *h = p->s;

	half_begin(h);
	if (p->sh.ticket)
		put_ticket(h);
	put_ccs(h);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	put_finished(h);
	sent(h, p->c, p->sh.piece);
}

void server_resume12(struct pair *p)
{
	struct half *h = p->s;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_12);
	put_server_hello(p);
	tlso_starter_resume(&h->w);
	if (p->sh.ticket)
		put_ticket(h);
	put_ccs(h);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	put_finished(h);
	sent(h, p->c, p->sh.piece);
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_12);
	tlso_starter_resume(&p->c->w);
	assert_int_equal(half_send(p->c), TLSO_OK);
	pump(h, p->c, p->sh.piece);
	assert_int_equal(p->c->err, TLSO_OK);
	assert_int_equal(h->pumped, h->out_len);
}

void client_resume12(struct pair *p)
{
	half_begin(p->c);
	put_ccs(p->c);
	half_epoch(p->c, TLSO_EPOCH_APPLICATION);
	put_finished(p->c);
	sent(p->c, p->s, p->sh.piece);
}

/* What one writes the other reads, and nothing else is the same. */
static void same_keys(const struct tlso_session_keys *c,
		      const struct tlso_session_keys *s)
{
	assert_int_equal(c->tls_version, s->tls_version);
	assert_int_equal(c->suite, s->suite);
	assert_int_equal(c->key_len, s->key_len);
	assert_int_equal(c->secret_len, s->secret_len);
	assert_int_equal(c->flags & TLSO_KEYS_CLIENT, TLSO_KEYS_CLIENT);
	assert_int_equal(c->flags & ~TLSO_KEYS_CLIENT, s->flags);
	assert_memory_equal(&c->tx, &s->rx, sizeof(c->tx));
	assert_memory_equal(&c->rx, &s->tx, sizeof(c->rx));
	if (!test_other_crypto) /* which may have no secrets to speak of */
		assert_memory_not_equal(c->tx.key, c->rx.key, c->key_len);
	assert_memory_equal(c->resumption, s->resumption, c->secret_len);
}

void handshake(struct pair *p, struct tlso_session_keys *c,
	       struct tlso_session_keys *s)
{
	client_hello(p);
	if (p->sh.retry) {
		server_retry(p);
		client_hello(p);
	}
	if (p->sh.version == TLSO_VERSION_13) {
		server_flight13(p);
		client_keys13(p);
		client_finish13(p);
		assert_true(p->s->complete);
	} else if (p->resume.tls_version == TLSO_VERSION_12) {
		server_resume12(p);
		client_resume12(p);
		assert_true(p->s->complete);
	} else {
		server_flight12(p);
		client_flight12(p);
		server_finish12(p);
		assert_true(p->c->complete);
	}
	assert_int_equal(p->c->err, TLSO_OK);
	assert_int_equal(p->s->err, TLSO_OK);
	assert_true(tlso_completer_done(&p->c->c));
	assert_true(tlso_completer_done(&p->s->c));
	assert_int_equal(tlso_completer_keys(&p->c->c, c), TLSO_OK);
	assert_int_equal(tlso_completer_keys(&p->s->c, s), TLSO_OK);
	same_keys(c, s);
}

struct pair *at(enum stage st, struct half **h)
{
	bool v12 = st >= S12_KEY;
	struct shape sh = { .version = v12 ? TLSO_VERSION_12 : 0 };
	struct pair *p = pair_new(&sh, NULL);
	struct tlso_rd share;

	*h = st == S_HELLO || st == S13_FINISHED || st == S12_KEY ? p->s : p->c;
	if (st != S_HELLO)
		client_hello(p);
	if (st == S13_FINISHED)
		server_flight13(p);
	if (st == C13_FLIGHT) {
		server_flight13(p);
		share = share_in(p->c, TLSO_HS_SERVER_HELLO, p->sh.group);
		half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_13);
		tlso_starter_share(&p->c->w, p->sh.group, share.p, share.n);
		half_epoch(p->c, TLSO_EPOCH_HANDSHAKE);
		assert_int_equal(half_send(p->c), TLSO_OK);
	}
	if (v12)
		server_flight12(p);
	if (st >= C12_CCS)
		client_flight12(p);
	if (st == C12_FINISHED) {
		u8 ccs[6];

		record_clear(ccs, TLSO_CT_CCS, (const u8 *)"\1", 1);
		half_feed(*h, ccs, 6, 1);
		assert_int_equal((*h)->got[(*h)->n_got - 1].f.type,
				 TLSO_FIN_CCS);
	}
	assert_int_equal((*h)->err, TLSO_OK);
	return p;
}
