// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Which sessions the server resumes. That a ticket is ours the completer found out,
 * and its secret stays there; here it is judged whether this connection may go on
 * from that session.
 */
#include "server.h"

/* What we put into a ticket: version, flags, ticket_bind, digest of the name,
 * when the full handshake was, and who the client is.
 */
#define CTX_VERSION 3
#define CTX_FLAGS 1 /* where they stand */
#define CTX_VERIFIED 0x01 /* the client's certificate was believed */
#define CTX_NAME_LEN 16
#define CTX_SAME (2 + 32 + CTX_NAME_LEN) /* has to be the same, but for flags */
#define CTX_LEN (CTX_SAME + 8 + TLSO_PEER_ID_LEN)

static_assert(CTX_LEN <= TLSO_TICKET_CTX_MAX, "it does not fit into a ticket");

/* RFC 8446 8.3: what clocks and round trips may be off. */
#define AGE_WINDOW_MS 10000

#define LIFETIME_S 7200

/* RFC 8446 4.6.1: each resumption brings a new ticket, but no one proves anew who
 * he is, nor that he is still believed. After a day he has to.
 */
#define SESSION_MAX_MS 86400000

u32 tlso_ticket_lifetime(const struct tlso_config *cfg)
{
	u32 s = cfg->ticket_lifetime_s ? cfg->ticket_lifetime_s : LIFETIME_S;

	return s < TLSO_TICKET_LIFETIME_MAX ? s : TLSO_TICKET_LIFETIME_MAX;
}

/* Names differ in case and are the same. */
static int name_digest(const struct tlso_director *d, u8 out[32])
{
	const struct tlso_hash_alg *h = d->cfg->crypto->sha256;
	struct tlso_hash_ctx c;
	unsigned int i;

	if (h->init(&c))
		return -1;
	for (i = 0; i < d->name_len; i++) {
		u8 ch = (u8)d->name[i];

		if (ch >= 'A' && ch <= 'Z')
			ch = (u8)(ch + 'a' - 'A');
		if (h->update(&c, &ch, 1))
			return -1;
	}
	return h->final(&c, out);
}

void tlso_director_ticket_ctx(const struct tlso_director *d,
			      u8 out[TLSO_TICKET_CTX_MAX], size_t *n)
{
	u8 digest[32];
	struct tlso_wr w;

	*n = 0; /* which no ticket of ours has: it will not be taken back */
	if (name_digest(d, digest))
		return;
	tlso_wr_init(&w, out, TLSO_TICKET_CTX_MAX);
	tlso_wr_u8(&w, CTX_VERSION);
	tlso_wr_u8(&w, d->peer_verified ? CTX_VERIFIED : 0);
	tlso_wr_bytes(&w, d->cfg->ticket_bind, sizeof(d->cfg->ticket_bind));
	tlso_wr_bytes(&w, digest, CTX_NAME_LEN);
	tlso_wr_u64(&w, d->resumed ? d->s.since_ms : d->cfg->now_ms);
	tlso_wr_u32(&w, d->peer.user);
	tlso_wr_bytes(&w, d->peer.leaf, sizeof(d->peer.leaf));
	*n = w.n;
}

/* Made under the same configuration, for the same name, and not too long ago? */
static bool ctx_fits(const struct tlso_director *d, struct tlso_rd ctx, u8 *flags,
		     struct tlso_offered *o)
{
	u64 now_ms = d->cfg->now_ms;
	u8 ours[TLSO_TICKET_CTX_MAX];
	size_t n;

	tlso_director_ticket_ctx(d, ours, &n);
	if (n != CTX_LEN || ctx.n != n)
		return false;
	*flags = ctx.p[CTX_FLAGS];
	ours[CTX_FLAGS] = *flags;
	if (memcmp(ours, tlso_rd_bytes(&ctx, CTX_SAME), CTX_SAME) ||
	    *flags & ~CTX_VERIFIED)
		return false;
	o->since_ms = tlso_rd_u64(&ctx);
	o->peer.user = tlso_rd_u32(&ctx);
	tlso_rd_copy(&ctx, o->peer.leaf, sizeof(o->peer.leaf));
	return now_ms <= o->since_ms || now_ms - o->since_ms < SESSION_MAX_MS;
}

/* 4.2.11.1, 8.3; RFC 5077 has no age but ours. */
static bool age_fits(u16 version, u64 age_ms, u32 client_age_ms, u32 lifetime_s)
{
	u64 off = age_ms > client_age_ms ? age_ms - client_age_ms :
					   client_age_ms - age_ms;

	if (age_ms >= (u64)lifetime_s * 1000)
		return false;
	return version != TLSO_VERSION_13 || off <= AGE_WINDOW_MS;
}

/* One of the completer's extras; false where it is not for @version. */
static enum tlso_err judge(const struct tlso_director *d, struct tlso_rd r,
			   u16 version, struct tlso_offered *o)
{
	u16 index = tlso_rd_u16(&r);
	u16 ticket_version = tlso_rd_u16(&r);
	u16 suite = tlso_rd_u16(&r);
	u8 flags = tlso_rd_u8(&r);
	u8 hash_len = tlso_rd_u8(&r);
	u32 lifetime_s = tlso_rd_u32(&r);
	u64 age_ms = tlso_rd_u64(&r);
	u32 client_age_ms = tlso_rd_u32(&r);
	bool extension = index == TLSO_TICKET_INDEX_12; /* session_ticket */
	bool v12 = version == TLSO_VERSION_12;
	u8 ctx_flags;

	if (r.bad)
		return TLSO_E_SEAM;
	if (ticket_version != version || extension != v12 ||
	    !age_fits(version, age_ms, client_age_ms, lifetime_s) ||
	    !ctx_fits(d, r, &ctx_flags, o))
		return TLSO_OK;
	o->verified = ctx_flags & CTX_VERIFIED;
	if (d->cfg->client_auth == TLSO_AUTH_REQUIRE && !o->verified)
		return TLSO_OK;
	o->index = index;
	o->suite = suite;
	o->flags = flags;
	o->hash_len = hash_len;
	o->stale = age_ms > (u64)lifetime_s * 500;
	return TLSO_OK;
}

void tlso_ticket_resumed(struct tlso_director *d, const struct tlso_offered *o)
{
	d->resumed = o->suite != 0;
	/* Of a ticket that is passed over nobody has shown that it is his. */
	if (!d->resumed)
		return;
	d->peer_verified = o->verified;
	d->peer = o->peer;
	d->s.since_ms = o->since_ms;
}

enum tlso_err tlso_ticket_offered(const struct tlso_director *d,
				  const struct tlso_finished *f, u16 version,
				  struct tlso_offered *o)
{
	struct tlso_rd extra;
	enum tlso_err e = TLSO_OK;
	unsigned int i;

	memset(o, 0, sizeof(*o));
	if (!d->cfg->tickets)
		return TLSO_OK;
	for (i = 0; tlso_finished_extra(f, TLSO_EXTRA_TICKET, i, &extra); i++) {
		e = judge(d, extra, version, o);
		if (e || o->suite)
			break;
	}
	return e;
}
