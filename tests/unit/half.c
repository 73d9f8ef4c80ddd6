// SPDX-License-Identifier: GPL-2.0-only
/* One half of a connection: a completer, and a log of what it handed out. */
#include "half.h"
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
