// SPDX-License-Identifier: GPL-2.0-only
/* The messages of a pair, into the starter under way. */
#include "pair.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/hs_msg.h"
#include "../../kmod/core/suite.h"

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

void put_certificate(struct half *h, size_t n)
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

void put_retry(struct pair *p)
{
	static const u8 retry_random[] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d,
		0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
		0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
		0x33, 0x9c,
	};
	struct half *h = p->s;
	struct tlso_rd sid = sid_of(h);

	head(h, TLSO_HS_SERVER_HELLO, sid.p, sid.n, p->sh.suite);
	tlso_wr_u16(&h->w.w, 0);
	memcpy(h->w.w.p + h->w.at_body + 6, retry_random, 32);
	tlso_starter_message_end(&h->w);
	tlso_starter_fill(&h->w, TLSO_FILL_HRR, 0, 4, 0, NULL, 0);
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

void put_ccs(struct half *h)
{
	static const u8 ccs[] = { TLSO_CT_CCS, 3, 3, 0, 1, 1 };

	tlso_starter_raw(&h->w, ccs, sizeof(ccs));
}

void put_ticket(struct half *h)
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
