// SPDX-License-Identifier: GPL-2.0-only
/* For the core's tests: ClientHellos, a server, a little of a client. */
#include "harness.h"
#include "../../kmod/core/buf.h"

/* ---- ClientHello --------------------------------------------------------- */

static unsigned int *len_list;
static unsigned int len_max, *len_count;

static size_t open_len(struct tlso_wr *w, unsigned int width)
{
	if (len_list && *len_count < len_max)
		len_list[(*len_count)++] = (unsigned int)w->n * 4 + width;
	return tlso_wr_open(w, width);
}

static void share(struct tlso_wr *w, u16 group, size_t n)
{
	/* The generator of P-256; for X25519 any 32 bytes will do. */
	static const u8 g[] = {
		0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8,
		0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d,
		0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8,
		0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
		0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
		0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40,
		0x68, 0x37, 0xbf, 0x51, 0xf5,
	};
	size_t at;

	tlso_wr_u16(w, group);
	at = open_len(w, 2);
	tlso_wr_bytes(w, g, n);
	tlso_wr_close(w, at, 2);
}

static void ext_shares(struct tlso_wr *w, const struct hello *h)
{
	u16 group = h->share_group ? h->share_group : TLSO_GROUP_P256;
	size_t n = group == TLSO_GROUP_X25519 ? 32 : 65;
	size_t ext, list, before;

	tlso_wr_u16(w, TLSO_EXT_KEY_SHARE);
	ext = open_len(w, 2);
	list = open_len(w, 2);
	before = w->n;
	if (group != 0xffff)
		share(w, group, n - h->short_share);
	if (h->bad_point)
		w->p[before + 4 + 40] ^= 1;
	if (h->two_shares)
		share(w, group, n);
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
}

static void ext_list(struct tlso_wr *w, u16 type, unsigned int width, u16 a,
		     u16 b)
{
	size_t ext, list;

	tlso_wr_u16(w, type);
	ext = open_len(w, 2);
	list = open_len(w, width);
	tlso_wr_u16(w, a);
	if (b)
		tlso_wr_u16(w, b);
	tlso_wr_close(w, list, width);
	tlso_wr_close(w, ext, 2);
}

static void ext_psk(struct tlso_wr *w)
{
	u8 binder[32] = { 0 };
	size_t ext, list, one;

	tlso_wr_u16(w, TLSO_EXT_PRE_SHARED_KEY);
	ext = open_len(w, 2);
	list = open_len(w, 2);
	one = open_len(w, 2);
	tlso_wr_bytes(w, "ticket", 6);
	tlso_wr_close(w, one, 2);
	tlso_wr_u32(w, 7);
	tlso_wr_close(w, list, 2);
	list = open_len(w, 2);
	one = open_len(w, 1);
	tlso_wr_bytes(w, binder, sizeof(binder));
	tlso_wr_close(w, one, 1);
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
}

static void ext_name(struct tlso_wr *w)
{
	size_t ext, list, one;

	tlso_wr_u16(w, TLSO_EXT_SERVER_NAME);
	ext = open_len(w, 2);
	list = open_len(w, 2);
	tlso_wr_u8(w, 0);
	one = open_len(w, 2);
	tlso_wr_bytes(w, "localhost", 9);
	tlso_wr_close(w, one, 2);
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
}

static void ext_empty(struct tlso_wr *w, u16 type)
{
	tlso_wr_u16(w, type);
	tlso_wr_u16(w, 0);
}

static void extensions(struct tlso_wr *w, const struct hello *h)
{
	size_t exts = open_len(w, 2);

	if (h->psk_first)
		ext_psk(w);
	ext_empty(w, 0x0a0a); /* GREASE */
	ext_name(w);
	if (h->extra)
		ext_empty(w, h->extra);
	if (!h->no_versions)
		ext_list(w, TLSO_EXT_SUPPORTED_VERSIONS, 1,
			 h->version ? h->version : TLSO_VERSION_13, 0x2a2a);
	if (!h->no_groups)
		ext_list(w, TLSO_EXT_SUPPORTED_GROUPS, 2,
			 h->only_group	      ? h->only_group :
			 h->share_not_offered ? TLSO_GROUP_X25519 :
						TLSO_GROUP_P256,
			 h->only_group || h->share_not_offered ? 0x1a1a :
								 0x001d);
	if (!h->no_shares)
		ext_shares(w, h);
	if (!h->no_schemes)
		ext_list(w, TLSO_EXT_SIGNATURE_ALGORITHMS, 2, 0x0601,
			 h->scheme ? h->scheme : TLSO_ECDSA_P256_SHA256);
	if (h->duplicate)
		ext_empty(w, 0x0a0a);
	if (h->early_data)
		ext_empty(w, TLSO_EXT_EARLY_DATA);
	if (h->psk && !h->psk_without_modes) {
		tlso_wr_u16(w, TLSO_EXT_PSK_KEY_EXCHANGE_MODES);
		tlso_wr_u16(w, 2);
		tlso_wr_u16(w, 0x0101);
	}
	if (h->psk)
		ext_psk(w);
	tlso_wr_close(w, exts, 2);
}

size_t hello_write(const struct hello *h, u8 *out, unsigned int *lens,
		   unsigned int max, unsigned int *n_lens)
{
	struct tlso_wr w;
	size_t msg, at;

	len_list = lens;
	len_max = max;
	len_count = n_lens;
	if (lens)
		*n_lens = 0;
	tlso_wr_init(&w, out, HELLO_MAX);
	tlso_wr_u8(&w, TLSO_HS_CLIENT_HELLO);
	msg = open_len(&w, 3);
	tlso_wr_u16(&w, h->legacy_version ? h->legacy_version :
					    TLSO_VERSION_12);
	memset(tlso_wr_room(&w, TLSO_RANDOM_LEN), 0x55, TLSO_RANDOM_LEN);
	at = open_len(&w, 1);
	(void)tlso_wr_room(&w, h->sid_len);
	tlso_wr_close(&w, at, 1);
	at = open_len(&w, 2);
	tlso_wr_u16(&w, 0x3a3a);
	tlso_wr_u16(&w, h->suite ? h->suite : TLSO_AES_128_GCM_SHA256);
	tlso_wr_close(&w, at, 2);
	at = open_len(&w, 1);
	tlso_wr_u8(&w, h->bad_compression);
	tlso_wr_close(&w, at, 1);
	if (!h->no_extensions)
		extensions(&w, h);
	tlso_wr_close(&w, msg, 3);
	assert_false(w.bad);
	return w.n;
}

/* ---- Director alone ------------------------------------------------------ */

static const u8 leaf[] = "stands for a certificate";
static const u8 issuer[] = "and one for its issuer";

const struct tlso_director_cfg test_cfg = {
	.key_type = TLSO_KEY_P256,
	.n_chain = 2,
	.chain = { { leaf, sizeof(leaf) }, { issuer, sizeof(issuer) } },
};

int director_alert(const struct tlso_director_cfg *cfg, u8 type, u8 epoch,
		   const u8 *msg, size_t n)
{
	static u8 out[TLSO_STARTER_MAX];
	struct tlso_finished f = { 0 };
	struct tlso_director d;
	u8 *seg = malloc(TLSO_FINISHED_HDR + n);
	size_t len, wire;
	enum tlso_step r;

	f.type = type;
	f.epoch = epoch;
	f.len = n;
	tlso_finished_write_hdr(seg, &f);
	if (n)
		memcpy(seg + TLSO_FINISHED_HDR, msg, n);
	tlso_director_init(&d, cfg ? cfg : &test_cfg);
	r = tlso_director_step(&d, seg, TLSO_FINISHED_HDR + n, out, sizeof(out),
			       &len, &wire);
	free(seg);
	if (r != TLSO_STEP_FAIL)
		return -1;
	/* version, items, suite, length; kind, fills, arg, length; level */
	assert_int_equal(len, 8 + 7 + 2);
	assert_int_equal(wire, 5 + 2);
	assert_int_equal(out[15], TLSO_ALERT_FATAL);
	assert_int_equal(out[16], d.alert);
	return d.alert;
}

/* ---- Server -------------------------------------------------------------- */

/* Signatures of varying length, as ECDSA has them. */
static int fake_sign(void *rng, void *key, u16 scheme, const u8 *msg, size_t n,
		     u8 *sig, size_t *sig_len)
{
	(void)rng;
	(void)key;
	(void)scheme;
	if (n < 98 || *sig_len < 70)
		return -1;
	memset(sig, msg[n - 1], 70);
	*sig_len = 70;
	return 0;
}

static const struct tlso_signer signer = { NULL, fake_sign };

struct server *server_new(const struct tlso_director_cfg *cfg)
{
	struct server *s = calloc(1, sizeof(*s));

	tlso_host_seed((const u8 *)"the same each time", 18);
	tlso_director_init(&s->d, cfg ? cfg : &test_cfg);
	tlso_completer_init(&s->c, &tlso_host_crypto, NULL, &signer, s->seg,
			    sizeof(s->seg));
	return s;
}

void server_free(struct server *s)
{
	struct tlso_completer zero;

	tlso_completer_wipe(&s->c);
	memset(&zero, 0, sizeof(zero));
	zero.err = TLSO_E_STATE;
	zero.in_err = TLSO_E_STATE;
	assert_memory_equal(&s->c, &zero, sizeof(zero));
	free(s);
}

static enum tlso_err send_starter(struct server *s, size_t n, size_t want)
{
	size_t len;
	enum tlso_err e;

	e = tlso_completer_starter(&s->c, s->starter, n, s->out + s->out_len,
				   sizeof(s->out) - s->out_len, &len);
	if (e)
		return e;
	assert_int_equal(len, want);
	s->out_len += len;
	return TLSO_OK;
}

static void step(struct server *s, size_t seg_len)
{
	size_t n, want;
	enum tlso_step r;
	enum tlso_err e;

	s->segments++;
	r = tlso_director_step(&s->d, s->seg, seg_len, s->starter,
			       sizeof(s->starter), &n, &want);
	if (r == TLSO_STEP_SEND) {
		e = send_starter(s, n, want);
		if (!e)
			return;
		r = tlso_director_refused(&s->d, e, s->starter,
					  sizeof(s->starter), &n, &want);
	}
	s->done = r == TLSO_STEP_DONE;
	s->failed = r == TLSO_STEP_FAIL;
	if (s->failed && n)
		assert_int_equal(send_starter(s, n, want), TLSO_OK);
}

void server_feed(struct server *s, const u8 *p, size_t n, size_t piece)
{
	size_t used, seg_len, k;
	enum tlso_feed r;
	u8 *copy;

	s->taken = 0;
	while (!s->done && !s->failed) {
		k = piece ? piece : (size_t)(1 + rand() % 40);
		if (k > n)
			k = n;
		copy = malloc(k); /* so that the sanitizer sees its end */
		if (k)
			memcpy(copy, p, k);
		r = tlso_completer_feed(&s->c, copy, k, &used, &seg_len);
		free(copy);
		assert_true(used <= k);
		p += used;
		n -= used;
		s->taken += used;
		if (r != TLSO_FEED_MORE)
			step(s, seg_len);
		if (r == TLSO_FEED_MORE && (!used || !n))
			return;
	}
}

int server_alert(const struct server *s)
{
	return s->failed ? s->d.alert : -1;
}

size_t record_clear(u8 *out, u8 type, const u8 *p, size_t n)
{
	tlso_record_hdr(out, type, n);
	if (n)
		memmove(out + TLSO_REC_HDR, p, n);
	return TLSO_REC_HDR + n;
}

size_t record_sealed(struct server *s, u8 *out, u8 type, const u8 *p, size_t n,
		     size_t pad)
{
	struct tlso_record_keys k = s->c.rx;

	if (n)
		memcpy(out + TLSO_REC_HDR, p, n);
	assert_int_equal(tlso_record_seal(&k, out, type, n, pad), TLSO_OK);
	return TLSO_REC_HDR + n + pad + TLSO_REC_SEAL;
}

size_t finished_msg(const struct server *s, u8 *out)
{
	size_t n = s->c.hash->len;

	memcpy(out, "\x14\0\0", 3);
	out[3] = (u8)n;
	memcpy(out + 4, s->c.peer_mac, n);
	return 4 + n;
}
