// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a handshake lends the core.
 *
 * Responsible for: identities and trust anchors of the rule's ring, the core's
 * configuration for this connection, what binds tickets and sessions to it, tickets
 * themselves.
 * Leaves to: keyring.c who may use what; tickets.c the keys that seal; core/ all
 * decisions.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timekeeping.h>
#include <linux/unaligned.h>
#include <net/ipv6.h>

#include "hs.h"
#include "crypto.h"
#include <tlso_sock.h>

#define HS_STARTER_ROOM 8192 /* of a starter, beside the chain */
#define HS_STARTER_NAMES 16384 /* more where certificates are asked for */
#define HS_LIFETIME_12 7200 /* seconds, where RFC 5077's hint says nothing */
#define HS_TICKETS 2 /* RFC 8446 C.4: two connections at once */

static int find_identities(struct tlso_hs *hs, unsigned int max)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	size_t chain = 0;
	unsigned int i;
	int n;

	if (!hs->rule->ring)
		return tlso_hs_fail(hs, -ENOKEY,
				    "the port's key ring was not found");
	n = tlso_identities_find(hs->rule->ring, hs->cred,
				 TLSO_FIND_IDENTITIES, ctx->identities, max);
	/* A client needs none unless it is asked. */
	if (hs->conn->client && n == -ENOKEY)
		n = 0;
	if (n == -EACCES)
		return tlso_hs_fail(hs, n,
				    "the process may not search the key ring");
	if (n < 0)
		return tlso_hs_fail(hs, n,
				    "no usable identity on the key ring");
	ctx->n_ids = n;
	for (i = 0; i < n; i++) {
		ctx->ids[i] = ctx->identities[i]->id;
		chain = max(chain, ctx->identities[i]->chain_len);
	}
	ctx->starter_room = min_t(size_t, TLSO_STARTER_MAX,
				  chain + HS_STARTER_ROOM);
	return 0;
}

static unsigned int gather_anchors(const struct tlso_hs_ctx *ctx,
				   struct tlso_cert *out)
{
	unsigned int i, k, n = 0;

	for (i = 0; i < ctx->n_anchor_keys; i++)
		for (k = 0; k < ctx->anchor_keys[i]->n_anchors; k++, n++)
			if (out)
				out[n] = ctx->anchor_keys[i]->anchors[k];
	return n;
}

/* Without one nobody's certificate is believed. */
static int find_anchors(struct tlso_hs *hs)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	unsigned int total;
	int n;

	n = tlso_identities_find(hs->rule->ring, hs->cred,
				 TLSO_FIND_ANCHORS, ctx->anchor_keys,
				 ARRAY_SIZE(ctx->anchor_keys));
	if (n < 0)
		return tlso_hs_fail(hs, n, "no trust anchor on the key ring");
	ctx->n_anchor_keys = n;
	total = gather_anchors(ctx, NULL);
	ctx->anchors = kvcalloc(total, sizeof(*ctx->anchors), TLSO_HS_GFP);
	if (!ctx->anchors)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	ctx->cfg.anchors = ctx->anchors;
	ctx->cfg.n_anchors = gather_anchors(ctx, ctx->anchors);
	ctx->starter_room = min_t(size_t, TLSO_STARTER_MAX,
				  ctx->starter_room + HS_STARTER_NAMES);
	return 0;
}

/* Without one every certificate is nobody's. */
static int find_maps(struct tlso_hs *hs)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	int n = tlso_identities_find(hs->rule->ring, hs->cred, TLSO_FIND_MAPS,
				     ctx->map_keys, ARRAY_SIZE(ctx->map_keys));

	if (n < 0)
		return tlso_hs_fail(hs, n, "no user mapping on the key ring");
	ctx->n_map_keys = n;
	return 0;
}

static int by_serial(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* The serial numbers of @n keys in an order that a search does not change, 8 bytes
 * each: how many bytes.
 */
static size_t keys_name(struct tlso_identity *const *keys, unsigned int n, u8 *out)
{
	u64 serials[TLSO_HS_IDS_MAX];
	unsigned int i;

	for (i = 0; i < n; i++)
		serials[i] = keys[i]->serial;
	sort(serials, n, sizeof(serials[0]), by_serial, NULL);
	for (i = 0; i < n; i++)
		put_unaligned_be64(serials[i], out + 8 * i);
	return 8 * n;
}

/*
 * A ticket counts only where the same would be asked of its owner: same
 * namespace, port, ring, demand for a certificate, authorities to vouch for
 * it, and user mappings, whose outcome is in the ticket. These by serial: one that is
 * renewed is another.
 */
static int bind_tickets(const struct tlso_hs *hs, u8 out[32])
{
	const struct tlso_hash_alg *sha = tlso_linux_crypto.sha256;
	u8 what[8 + 2 + 4 + 1 + 1 + 2 * 8 * TLSO_HS_IDS_MAX];
	struct tlso_hash_ctx ctx;
	size_t n;

	put_unaligned_be64(hs->conn->net->net_cookie, what);
	put_unaligned_be16(hs->port, what + 8);
	put_unaligned_be32(hs->rule->ring->serial, what + 10);
	what[14] = hs->rule->client_auth;
	what[15] = hs->ctx->n_anchor_keys; /* where the ones end */
	n = 16 + keys_name(hs->ctx->anchor_keys, hs->ctx->n_anchor_keys, what + 16);
	n += keys_name(hs->ctx->map_keys, hs->ctx->n_map_keys, what + n);
	return sha->init(&ctx) || sha->update(&ctx, what, n) ||
	       sha->final(&ctx, out);
}

/*
 * A session is resumed only where a full handshake would ask the same: same
 * namespace, server and address, and the same keys of the ring, of those that this
 * process may use.
 */
static int session_name(const struct tlso_hs *hs, u8 out[TLSO_SESSION_NAME])
{
	const struct tlso_hash_alg *sha = tlso_linux_crypto.sha256;
	const struct tlso_hs_ctx *ctx = hs->ctx;
	u8 keys[2 * 8 * TLSO_HS_IDS_MAX];
	struct tlso_hash_ctx hash;
	size_t n;

	n = keys_name(ctx->identities, ctx->n_ids, keys);
	n += keys_name(ctx->anchor_keys, ctx->n_anchor_keys, keys + n);
	return sha->init(&hash) ||
	       sha->update(&hash, (const u8 *)&hs->conn->net->net_cookie,
			   sizeof(hs->conn->net->net_cookie)) ||
	       sha->update(&hash, (const u8 *)&hs->port, sizeof(hs->port)) ||
	       sha->update(&hash, (const u8 *)hs->rule->server,
			   strlen(hs->rule->server) + 1) ||
	       sha->update(&hash, (const u8 *)ctx->server,
			   strlen(ctx->server) + 1) ||
	       sha->update(&hash, keys, n) || sha->final(&hash, out);
}

/* The address as text, which is how core/x509.h takes it. */
static void server_address(const struct sock *sk, char *out, size_t cap)
{
	const struct in6_addr *v6 = tlso_sk_v6(sk, false);

	if (v6 && !ipv6_addr_v4mapped(v6))
		scnprintf(out, cap, "%pI6c", v6);
	else
		scnprintf(out, cap, "%pI4", &inet_sk(sk)->inet_daddr);
}

static int configure_client(struct tlso_hs *hs)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	struct tlso_config *cfg = &ctx->cfg;
	int err = find_anchors(hs);

	if (err)
		return err;
	server_address(hs->sk, ctx->server, sizeof(ctx->server));
	cfg->client = true;
	cfg->name = *hs->rule->server ? hs->rule->server : ctx->server;
	cfg->name_len = strlen(cfg->name);
	if (session_name(hs, ctx->session_name))
		return tlso_hs_fail(hs, -EIO, "a hash failed");
	cfg->tickets = true;
	cfg->ticket_buf = ctx->ticket;
	cfg->ticket_cap = sizeof(ctx->ticket);
	ctx->kept = tlso_sessions_take(hs->conn->net, ctx->session_name,
				       cfg->now_ms);
	if (ctx->kept)
		cfg->resume = tlso_kept_resume(ctx->kept);
	return 0;
}

static void configure_rule(const struct tlso_rule *rule,
			   struct tlso_config *cfg)
{
	/* The core has the certificate; whose it is we say (peer.c). */
	cfg->client_auth = min_t(u8, rule->client_auth, TLSO_AUTH_REQUIRE);
	cfg->n_suites = rule->n_suites;
	memcpy(cfg->suites, rule->suites, sizeof(cfg->suites));
	cfg->n_groups = rule->n_groups;
	memcpy(cfg->groups, rule->groups, sizeof(cfg->groups));
	cfg->alpn = rule->alpn;
	cfg->alpn_len = rule->alpn_len;
}

static int configure(struct tlso_hs *hs, u8 versions, bool tickets)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	struct tlso_config *cfg = &ctx->cfg;

	cfg->crypto = &tlso_linux_crypto;
	cfg->work = &ctx->work;
	cfg->versions = versions & hs->rule->versions;
	cfg->ids = ctx->ids;
	cfg->n_ids = ctx->n_ids;
	cfg->now_ms = ktime_to_ms(ktime_get_real());
	/* RFC 8449: ours is no limit, but the peer's counts only if we say one. */
	cfg->record_size_limit = TLSO_REC_PLAIN_MAX + 1;
	cfg->peer = &tlso_hs_peer_ops;
	cfg->peer_ctx = hs;
	configure_rule(hs->rule, cfg);
	if (hs->conn->client)
		return configure_client(hs);
	if (cfg->client_auth != TLSO_AUTH_NONE && find_anchors(hs))
		return -ENOKEY;
	if (tlso_hs_maps(hs) && find_maps(hs))
		return -ENOKEY;
	if (!tickets)
		return 0;
	if (bind_tickets(hs, cfg->ticket_bind))
		return tlso_hs_fail(hs, -EIO, "a hash failed");
	cfg->tickets = true;
	ctx->tickets = tlso_tickets_get();
	return 0;
}

int tlso_hs_ctx_make(struct tlso_hs *hs, u8 versions, unsigned int max_ids,
		     bool tickets)
{
	int err;

	hs->ctx = kvzalloc(sizeof(*hs->ctx), TLSO_HS_GFP);
	if (!hs->ctx)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	err = find_identities(hs, min_t(unsigned int, max_ids,
					TLSO_HS_IDS_MAX));
	if (!err)
		err = configure(hs, versions, tickets);
	if (err)
		return err;
	tlso_director_init(&hs->ctx->director, &hs->ctx->cfg);
	return 0;
}

void tlso_hs_ctx_free(struct tlso_hs *hs)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	unsigned int i;

	if (!ctx)
		return;
	for (i = 0; i < ctx->n_ids; i++)
		tlso_identity_put(ctx->identities[i]);
	for (i = 0; i < ctx->n_anchor_keys; i++)
		tlso_identity_put(ctx->anchor_keys[i]);
	for (i = 0; i < ctx->n_map_keys; i++)
		tlso_identity_put(ctx->map_keys[i]);
	tlso_peer_put(ctx->peer);
	kvfree(ctx->anchors);
	tlso_tickets_put(ctx->tickets);
	tlso_kept_free(ctx->kept);
	kvfree_sensitive(ctx, sizeof(*ctx));
	hs->ctx = NULL;
}

size_t tlso_hs_tickets(struct tlso_hs *hs, u8 *out, size_t cap)
{
	struct tlso_hs_ctx *ctx = hs->ctx;
	unsigned int i, count = ctx->director.resumed ? 1 : HS_TICKETS;
	u8 bound[TLSO_TICKET_CTX_MAX];
	size_t n, at = 0, bound_len;

	if (!ctx->tickets || !ctx->director.tickets_wanted)
		return 0;
	tlso_director_ticket_ctx(&ctx->director, bound, &bound_len);
	for (i = 0; i < count; i++) {
		/* Without one the connection is as good. */
		if (tlso_post_ticket_write(&hs->ses->post, &ctx->tickets->keys,
					   ctx->cfg.now_ms,
					   ctx->cfg.ticket_lifetime_s ?: 7200,
					   bound, bound_len, out + at, cap - at,
					   &n))
			break;
		at += n;
	}
	return at;
}

void tlso_hs_session(struct tlso_hs *hs)
{
	const struct tlso_session_keys *keys = &hs->ses->post.keys;
	const struct tlso_director *d = &hs->ctx->director;
	struct tlso_hs_ctx *ctx = hs->ctx;
	struct tlso_session *ses = hs->ses;
	struct tlso_resume r = {
		.tls_version = d->version,
		.suite = d->suite,
		.received_ms = ctx->cfg.now_ms,
		.lifetime_s = d->ticket_lifetime_s ?: HS_LIFETIME_12,
		.ticket = ctx->ticket,
		.ticket_len = d->ticket_len,
	};

	ses->tickets = true;
	memcpy(ses->name, ctx->session_name, sizeof(ses->name));
	ses->since_ms = d->resumed ? tlso_kept_since(ctx->kept) :
				     ctx->cfg.now_ms;
	if (d->version != TLSO_VERSION_12)
		return; /* those of TLS 1.3 come later */
	if (!d->ticket_len) {
		/* RFC 5077 3.3: then the one that was used stays good. */
		if (d->resumed)
			tlso_sessions_keep(hs->conn->net, ses->name,
					   tlso_kept_resume(ctx->kept),
					   ses->since_ms, ses->peer);
		return;
	}
	if (!(keys->flags & TLSO_KEYS_EMS))
		return; /* RFC 7627 5.3: not to be resumed */
	r.flags = TLSO_TICKET_EMS;
	r.secret_len = TLSO_SECRET_MAX;
	memcpy(r.secret, keys->resumption, TLSO_SECRET_MAX);
	tlso_sessions_keep(hs->conn->net, ses->name, &r, ses->since_ms,
			   ses->peer);
	memzero_explicit(&r, sizeof(r));
}
