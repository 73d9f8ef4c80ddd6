// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * ClientHello: write, both versions in one. What is offered is offer.c's to
 * say; this puts it into a message, with a fill for all that only the completer
 * can make: random, session id, key shares, PSK binder.
 */
#include "client.h"
#include "hs_ext.h"
#include "peer_auth.h"
#include "x509_impl.h"

/* The message under way, and where its fills go. */
struct hello {
	struct tlso_director *d;
	struct tlso_starter_wr *s;
	u8 versions;
	bool psk;
	bool ticket;
	size_t random;
	size_t session_id;
	size_t share[TLSO_KEY_GEN_MAX];
	size_t binder;
	u8 binder_len;
};

static size_t ext_open(struct hello *h, u16 type)
{
	h->d->c.offered |= tlso_ext_bit(type);
	tlso_wr_u16(&h->s->w, type);
	return tlso_wr_open(&h->s->w, 2);
}

static void ext_close(struct hello *h, size_t at)
{
	tlso_wr_close(&h->s->w, at, 2);
}

static void ext_empty(struct hello *h, u16 type)
{
	ext_close(h, ext_open(h, type));
}

/* RFC 6066 3: no IP addresses. */
static void put_server_name(struct hello *h)
{
	const struct tlso_config *cfg = h->d->cfg;
	struct tlso_wr *w = &h->s->w;
	size_t ext, list, name;
	u8 ip[16];

	if (!cfg->name || !cfg->name_len || cfg->no_sni ||
	    tlso_x509_ip((const u8 *)cfg->name, cfg->name_len, ip))
		return;
	ext = ext_open(h, TLSO_EXT_SERVER_NAME);
	list = tlso_wr_open(w, 2);
	tlso_wr_u8(w, 0); /* host_name */
	name = tlso_wr_open(w, 2);
	tlso_wr_bytes(w, cfg->name, cfg->name_len);
	tlso_wr_close(w, name, 2);
	tlso_wr_close(w, list, 2);
	ext_close(h, ext);
}

/* What only TLS 1.2 asks for. */
static void put_12(struct hello *h)
{
	const struct tlso_resume *r = h->d->cfg->resume;
	struct tlso_wr *w = &h->s->w;
	size_t ext;

	if (!(h->versions & TLSO_USE_12))
		return;
	ext_empty(h, TLSO_EXT_EXTENDED_MASTER_SECRET);
	ext = ext_open(h, TLSO_EXT_RENEGOTIATION_INFO);
	tlso_wr_u8(w, 0); /* RFC 5746 3.4: no renegotiated_connection */
	ext_close(h, ext);
	ext = ext_open(h, TLSO_EXT_EC_POINT_FORMATS);
	tlso_wr_u8(w, 1);
	tlso_wr_u8(w, 0); /* uncompressed */
	ext_close(h, ext);
	if (!h->ticket && !h->d->cfg->tickets)
		return;
	ext = ext_open(h, TLSO_EXT_SESSION_TICKET);
	if (h->ticket)
		tlso_wr_bytes(w, r->ticket, r->ticket_len);
	ext_close(h, ext);
}

static void put_groups(struct hello *h)
{
	size_t ext = ext_open(h, TLSO_EXT_SUPPORTED_GROUPS);
	size_t list = tlso_wr_open(&h->s->w, 2);
	unsigned int i;
	u16 group;

	for (i = 0; (group = tlso_offer_group(h->d->cfg, i)); i++)
		tlso_wr_u16(&h->s->w, group);
	tlso_wr_close(&h->s->w, list, 2);
	ext_close(h, ext);
}

static void put_schemes(struct hello *h)
{
	size_t ext = ext_open(h, TLSO_EXT_SIGNATURE_ALGORITHMS);
	size_t list = tlso_wr_open(&h->s->w, 2);

	tlso_schemes_write(&h->s->w, h->d->cfg);
	tlso_wr_close(&h->s->w, list, 2);
	ext_close(h, ext);
}

static void put_alpn(struct hello *h)
{
	const struct tlso_config *cfg = h->d->cfg;
	size_t ext, list;

	if (!cfg->alpn_len)
		return;
	ext = ext_open(h, TLSO_EXT_ALPN);
	list = tlso_wr_open(&h->s->w, 2);
	tlso_wr_bytes(&h->s->w, cfg->alpn, cfg->alpn_len);
	tlso_wr_close(&h->s->w, list, 2);
	ext_close(h, ext);
}

static void put_record_size(struct hello *h)
{
	u16 best = h->versions & TLSO_USE_13 ? TLSO_VERSION_13 : TLSO_VERSION_12;
	u16 limit = tlso_hs_limit_said(best, h->d->cfg->record_size_limit);
	size_t ext;

	if (!limit)
		return;
	ext = ext_open(h, TLSO_EXT_RECORD_SIZE_LIMIT);
	tlso_wr_u16(&h->s->w, limit);
	ext_close(h, ext);
}

static void put_versions(struct hello *h)
{
	struct tlso_wr *w = &h->s->w;
	size_t ext = ext_open(h, TLSO_EXT_SUPPORTED_VERSIONS);
	size_t list = tlso_wr_open(w, 1);

	tlso_wr_u16(w, TLSO_VERSION_13);
	if (h->versions & TLSO_USE_12)
		tlso_wr_u16(w, TLSO_VERSION_12);
	tlso_wr_close(w, list, 1);
	ext_close(h, ext);
}

/* 4.2.8: for our first groups; after a HelloRetryRequest for the one it names, or,
 * where it names none, as before.
 */
static void choose_shares(struct tlso_director *d)
{
	u8 n = d->cfg->n_shares ? d->cfg->n_shares : 1;
	u8 i;

	if (d->hrr_sent && d->group) {
		d->c.shares[0] = d->group;
		d->c.n_shares = 1;
	} else if (!d->hrr_sent) {
		for (i = 0; i < n && i < TLSO_KEY_GEN_MAX; i++) {
			d->c.shares[i] = tlso_offer_group(d->cfg, i);
			if (!d->c.shares[i])
				break;
		}
		d->c.n_shares = i;
	}
}

static void put_shares(struct hello *h)
{
	struct tlso_director *d = h->d;
	struct tlso_wr *w = &h->s->w;
	size_t ext, list, key;
	unsigned int i;

	choose_shares(d);
	ext = ext_open(h, TLSO_EXT_KEY_SHARE);
	list = tlso_wr_open(w, 2);
	for (i = 0; i < d->c.n_shares; i++) {
		tlso_wr_u16(w, d->c.shares[i]);
		key = tlso_wr_open(w, 2);
		h->share[i] = tlso_starter_off(h->s);
		(void)tlso_wr_room(w, tlso_group_share_len(d->c.shares[i]));
		tlso_wr_close(w, key, 2);
	}
	tlso_wr_close(w, list, 2);
	ext_close(h, ext);
}

/* 4.2.9: with it, servers send tickets. 4.1.2: it stays where a HelloRetryRequest took
 * the first ClientHello's PSK away, which psk_suite still tells of.
 */
static void put_psk_modes(struct hello *h)
{
	size_t ext;

	if (!h->d->cfg->tickets && !h->psk && !h->d->c.psk_suite)
		return;
	ext = ext_open(h, TLSO_EXT_PSK_KEY_EXCHANGE_MODES);
	tlso_wr_u8(&h->s->w, 1);
	tlso_wr_u8(&h->s->w, 1); /* psk_dhe_ke */
	ext_close(h, ext);
}

static void put_cookie(struct hello *h)
{
	size_t ext, list;

	if (!h->d->hrr_sent || !h->d->c.cookie_len)
		return;
	ext = ext_open(h, TLSO_EXT_COOKIE);
	list = tlso_wr_open(&h->s->w, 2);
	tlso_wr_bytes(&h->s->w, h->d->c.cookie, h->d->c.cookie_len);
	tlso_wr_close(&h->s->w, list, 2);
	ext_close(h, ext);
}

/* 4.2.11: one identity and its binder; nothing may follow. */
static void put_psk(struct hello *h)
{
	const struct tlso_config *cfg = h->d->cfg;
	const struct tlso_resume *r = cfg->resume;
	struct tlso_wr *w = &h->s->w;
	size_t ext, list, id;

	h->d->c.psk_suite = h->psk ? r->suite : 0;
	if (!h->psk)
		return;
	ext = ext_open(h, TLSO_EXT_PRE_SHARED_KEY);
	list = tlso_wr_open(w, 2);
	id = tlso_wr_open(w, 2);
	tlso_wr_bytes(w, r->ticket, r->ticket_len);
	tlso_wr_close(w, id, 2);
	/* 4.2.11.1: obfuscated_ticket_age, modulo 2^32 */
	tlso_wr_u32(w, (u32)(cfg->now_ms - r->received_ms) + r->age_add);
	tlso_wr_close(w, list, 2);
	list = tlso_wr_open(w, 2);
	id = tlso_wr_open(w, 1);
	h->binder = tlso_starter_off(h->s);
	h->binder_len = r->secret_len;
	(void)tlso_wr_room(w, r->secret_len);
	tlso_wr_close(w, id, 1);
	tlso_wr_close(w, list, 2);
	ext_close(h, ext);
}

static void put_extensions(struct hello *h)
{
	size_t exts = tlso_wr_open(&h->s->w, 2);

	put_server_name(h);
	put_12(h);
	put_groups(h);
	put_schemes(h);
	put_alpn(h);
	put_record_size(h);
	if (h->versions & TLSO_USE_13) {
		put_versions(h);
		put_shares(h);
		put_psk_modes(h);
		put_cookie(h);
		put_psk(h);
	}
	tlso_wr_close(&h->s->w, exts, 2);
}

/* Everything in front of the extensions. D.4: a session id of our own makes a TLS
 * 1.3 handshake look like a resumption; RFC 5077 3.4: its echo tells that a TLS
 * 1.2 ticket was taken.
 */
static void put_head(struct hello *h)
{
	const struct tlso_suite *suite;
	struct tlso_wr *w = &h->s->w;
	unsigned int i;
	size_t at;

	tlso_wr_u16(w, TLSO_VERSION_12);
	h->random = tlso_starter_off(h->s);
	(void)tlso_wr_room(w, TLSO_RANDOM_LEN);
	h->d->session_id_len = 0;
	if ((h->versions & TLSO_USE_13) || h->ticket)
		h->d->session_id_len = TLSO_SESSION_ID_MAX;
	tlso_wr_u8(w, h->d->session_id_len);
	h->session_id = tlso_starter_off(h->s);
	(void)tlso_wr_room(w, h->d->session_id_len);
	at = tlso_wr_open(w, 2);
	for (i = 0; (suite = tlso_offer_suite(h->d->cfg, i)); i++)
		tlso_wr_u16(w, suite->id);
	tlso_wr_close(w, at, 2);
	tlso_wr_u8(w, 1);
	tlso_wr_u8(w, 0); /* compression: null */
}

static void fill_shares(struct hello *h)
{
	const struct tlso_director *d = h->d;
	u8 op = d->hrr_sent && !d->group ? TLSO_FILL_KEY_AGAIN :
					   TLSO_FILL_KEY_GEN;
	unsigned int i;

	for (i = 0; i < d->c.n_shares; i++)
		tlso_starter_fill(h->s, op, d->c.shares[i], h->share[i],
				  tlso_group_share_len(d->c.shares[i]), NULL, 0);
}

static void put_fills(struct hello *h)
{
	u16 repeat = h->d->hrr_sent ? TLSO_RANDOM_REPEAT : 0;

	tlso_starter_fill(h->s, TLSO_FILL_RANDOM, repeat, h->random,
			  TLSO_RANDOM_LEN, NULL, 0);
	if (h->d->session_id_len)
		tlso_starter_fill(h->s, TLSO_FILL_RANDOM,
				  TLSO_RANDOM_SESSION_ID | repeat,
				  h->session_id, h->d->session_id_len, NULL, 0);
	fill_shares(h);
	/* The binder covers what the fills before it made. */
	if (h->psk)
		tlso_starter_fill(h->s, TLSO_FILL_BINDER, 0, h->binder,
				  h->binder_len, NULL, 0);
}

enum tlso_err tlso_client_hello_write(struct tlso_director *d,
				      struct tlso_starter_wr *s)
{
	struct hello h = { 0 };

	h.d = d;
	h.s = s;
	h.versions = tlso_offer_versions(d->cfg);
	if (!h.versions || !tlso_offer_group(d->cfg, 0) ||
	    d->cfg->name_len > TLSO_NAME_MAX)
		return TLSO_E_STATE;
	h.psk = (h.versions & TLSO_USE_13) && tlso_offer_psk(d);
	h.ticket = (h.versions & TLSO_USE_12) && tlso_offer_ticket12(d);
	d->c.offered = 0;
	tlso_starter_message_begin(s, TLSO_HS_CLIENT_HELLO);
	put_head(&h);
	put_extensions(&h);
	tlso_starter_message_end(s);
	put_fills(&h);
	return TLSO_OK;
}
