// SPDX-License-Identifier: GPL-2.0-only
/* ClientHellos to order. */
#include "chello.h"

static unsigned int *len_list;
static unsigned int len_max, *len_count;

static size_t open_len(struct tlso_wr *w, unsigned int width)
{
	if (len_list && *len_count < len_max)
		len_list[(*len_count)++] = (unsigned int)w->n * 4 + width;
	return tlso_wr_open(w, width);
}

static size_t open_ext(struct tlso_wr *w, u16 type)
{
	tlso_wr_u16(w, type);
	return open_len(w, 2);
}

/* A list of u16, or what stands for one. */
static void ext_list(struct tlso_wr *w, u16 type, unsigned int width,
		     const u16 *list, const u16 *def)
{
	size_t ext, at;

	if (!list[0])
		list = def;
	if (list[0] == OUT)
		return;
	ext = open_ext(w, type);
	at = open_len(w, width);
	for (; *list && *list != EMPTY; list++)
		tlso_wr_u16(w, *list);
	tlso_wr_close(w, at, width);
	tlso_wr_close(w, ext, 2);
}

/* The generator of P-256; elsewhere any bytes will do that look like a point. */
static void share(struct tlso_wr *w, u16 group, unsigned int cut)
{
	size_t n = group == TLSO_GROUP_P384 ? 97 : group == TLSO_GROUP_P256 ? 65 : 32;
	size_t at;
	u8 p[97];

	memset(p, 7, sizeof(p));
	p[0] = group == TLSO_GROUP_X25519 ? 9 : 4;
	tlso_wr_u16(w, group);
	at = open_len(w, 2);
	tlso_wr_bytes(w, p, n - cut);
	tlso_wr_close(w, at, 2);
}

static void ext_shares(struct tlso_wr *w, const struct chello *h)
{
	static const u16 def[] = { TLSO_GROUP_P256, 0 };
	const u16 *list = h->shares[0] ? h->shares : def;
	size_t ext, at;

	if (list[0] == OUT)
		return;
	ext = open_ext(w, TLSO_EXT_KEY_SHARE);
	at = open_len(w, 2);
	for (; *list && *list != EMPTY; list++)
		share(w, *list, h->share_cut);
	tlso_wr_close(w, at, 2);
	tlso_wr_close(w, ext, 2);
}

static void ext_psk(struct tlso_wr *w, const struct chello *h)
{
	u8 binder[48] = { 0 };
	size_t ext, list, one;
	unsigned int i;

	ext = open_ext(w, TLSO_EXT_PRE_SHARED_KEY);
	list = open_len(w, 2);
	for (i = 0; i < h->psk; i++) {
		one = open_len(w, 2);
		tlso_wr_bytes(w, "ticket", 6);
		tlso_wr_close(w, one, 2);
		tlso_wr_u32(w, 7);
	}
	tlso_wr_close(w, list, 2);
	list = open_len(w, 2);
	for (i = h->psk_missing_binder; i < h->psk; i++) {
		one = open_len(w, 1);
		tlso_wr_bytes(w, binder, 32);
		tlso_wr_close(w, one, 1);
	}
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
}

static void ext_name(struct tlso_wr *w, const char *name)
{
	size_t ext = open_ext(w, TLSO_EXT_SERVER_NAME);
	size_t list = open_len(w, 2), one;

	tlso_wr_u8(w, 0);
	one = open_len(w, 2);
	tlso_wr_bytes(w, name, strlen(name));
	tlso_wr_close(w, one, 2);
	tlso_wr_close(w, list, 2);
	tlso_wr_close(w, ext, 2);
}

static void ext_alpn(struct tlso_wr *w, const char *list)
{
	size_t ext = open_ext(w, TLSO_EXT_ALPN);
	size_t at = open_len(w, 2);

	tlso_wr_bytes(w, list, strlen(list));
	tlso_wr_close(w, at, 2);
	tlso_wr_close(w, ext, 2);
}

/* One byte in a vector of bytes. */
static void ext_u8(struct tlso_wr *w, u16 type, u8 v)
{
	size_t ext = open_ext(w, type), at = open_len(w, 1);

	tlso_wr_u8(w, v);
	tlso_wr_close(w, at, 1);
	tlso_wr_close(w, ext, 2);
}

static void ext_empty(struct tlso_wr *w, u16 type)
{
	tlso_wr_u16(w, type);
	tlso_wr_u16(w, 0);
}

static void ext_reneg(struct tlso_wr *w, bool data)
{
	size_t ext = open_ext(w, TLSO_EXT_RENEGOTIATION_INFO);
	size_t at = open_len(w, 1);

	if (data)
		tlso_wr_u8(w, 7);
	tlso_wr_close(w, at, 1);
	tlso_wr_close(w, ext, 2);
}

static void flags(struct tlso_wr *w, const struct chello *h)
{
	if (h->ems)
		ext_empty(w, TLSO_EXT_EXTENDED_MASTER_SECRET);
	if (h->reneg || h->reneg_data)
		ext_reneg(w, h->reneg_data);
	if (h->ticket)
		ext_empty(w, TLSO_EXT_SESSION_TICKET);
	if (h->points)
		ext_u8(w, TLSO_EXT_EC_POINT_FORMATS,
		       h->points == 0xff ? 0 : h->points);
	if (h->limit) {
		tlso_wr_u16(w, TLSO_EXT_RECORD_SIZE_LIMIT);
		tlso_wr_u16(w, 2);
		tlso_wr_u16(w, h->limit);
	}
	if (h->early_data)
		ext_empty(w, TLSO_EXT_EARLY_DATA);
	if (h->cookie)
		ext_empty(w, TLSO_EXT_COOKIE);
	if (h->padding)
		ext_empty(w, 21);
	if (h->extra)
		ext_empty(w, h->extra);
	if (h->extra2)
		ext_empty(w, h->extra2);
}

static void extensions(struct tlso_wr *w, const struct chello *h)
{
	static const u16 versions[] = { 0x2a2a, TLSO_VERSION_13, 0 };
	static const u16 groups[] = { 0x1a1a, TLSO_GROUP_P256,
				      TLSO_GROUP_X25519, 0 };
	static const u16 schemes[] = { 0x0201, TLSO_ECDSA_P256_SHA256,
				       TLSO_RSA_PSS_RSAE_SHA256, 0 };
	static const u16 out[] = { OUT, 0 };
	size_t exts = open_len(w, 2);

	if (h->psk && h->psk_first)
		ext_psk(w, h);
	ext_empty(w, 0x0a0a); /* GREASE */
	if (h->name)
		ext_name(w, h->name);
	ext_list(w, TLSO_EXT_SUPPORTED_VERSIONS, 1, h->versions,
		 h->v12 ? out : versions);
	ext_list(w, TLSO_EXT_SUPPORTED_GROUPS, 2, h->groups, groups);
	if (!h->v12)
		ext_shares(w, h);
	ext_list(w, TLSO_EXT_SIGNATURE_ALGORITHMS, 2, h->schemes, schemes);
	if (h->alpn)
		ext_alpn(w, h->alpn);
	flags(w, h);
	if ((h->psk || h->psk_lost) && h->psk_mode != 0xff)
		ext_u8(w, TLSO_EXT_PSK_KEY_EXCHANGE_MODES,
		       h->psk_mode == 2 ? 0 : 1);
	if (h->psk && !h->psk_first)
		ext_psk(w, h);
	tlso_wr_close(w, exts, 2);
}

static void suites(struct tlso_wr *w, const struct chello *h)
{
	static const u16 def13[] = { TLSO_AES_128_GCM_SHA256, 0 };
	static const u16 def12[] = { TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256,
				     TLSO_ECDHE_RSA_AES_128_GCM_SHA256, 0 };
	const u16 *list = h->suites[0] ? h->suites : h->v12 ? def12 : def13;
	size_t at = open_len(w, 2);

	tlso_wr_u16(w, 0x3a3a);
	for (; *list; list++)
		tlso_wr_u16(w, *list);
	tlso_wr_close(w, at, 2);
}

size_t chello_write(const struct chello *h, u8 *out, unsigned int *lens,
		    unsigned int max, unsigned int *n_lens)
{
	unsigned int i = 0;
	struct tlso_wr w;
	size_t msg, at;

	len_list = lens;
	len_max = max;
	len_count = n_lens;
	if (lens)
		*n_lens = 0;
	tlso_wr_init(&w, out, CHELLO_MAX);
	tlso_wr_u8(&w, TLSO_HS_CLIENT_HELLO);
	msg = open_len(&w, 3);
	tlso_wr_u16(&w, h->legacy_version ? h->legacy_version :
					    TLSO_VERSION_12);
	memset(tlso_wr_room(&w, TLSO_RANDOM_LEN), h->random, TLSO_RANDOM_LEN);
	at = open_len(&w, 1);
	memset(tlso_wr_room(&w, h->sid_len), 0xab, h->sid_len);
	tlso_wr_close(&w, at, 1);
	suites(&w, h);
	at = open_len(&w, 1);
	do {
		tlso_wr_u8(&w, h->compressions[i]);
	} while (h->compressions[i++] && i < sizeof(h->compressions) &&
		 h->compressions[i] != 0xff);
	tlso_wr_close(&w, at, 1);
	if (!h->no_extensions)
		extensions(&w, h);
	tlso_wr_close(&w, msg, 3);
	assert_false(w.bad);
	return w.n;
}
