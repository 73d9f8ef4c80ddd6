// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * What a client offers, by its configuration: versions, suites, groups, and the
 * session that it would resume. hs_client_hello_write.c says it, client*.c hold the
 * server's choice against it.
 */
#include "client.h"

static const u16 default_groups[] = {
	TLSO_GROUP_X25519,
	TLSO_GROUP_P256,
	TLSO_GROUP_P384,
};

static bool suite_fits(const struct tlso_config *cfg, const struct tlso_suite *s)
{
	u8 use = s->version == TLSO_VERSION_13 ? TLSO_USE_13 : TLSO_USE_12;

	return (cfg->versions & use) && (s->kx != TLSO_KX_RSA || cfg->rsa_kx);
}

/* The @i-th of the configuration's own list, or of all that we have. */
static const struct tlso_suite *listed(const struct tlso_config *cfg,
				       unsigned int i, bool *over)
{
	unsigned int n = cfg->n_suites;

	if (!n) {
		const struct tlso_suite *s = tlso_suite_at(i);

		*over = !s;
		return s;
	}
	*over = i >= n || i >= TLSO_SUITES_MAX;
	return *over ? NULL : tlso_suite_find(cfg->suites[i]);
}

const struct tlso_suite *tlso_offer_suite(const struct tlso_config *cfg,
					  unsigned int i)
{
	const struct tlso_suite *s;
	unsigned int at;
	bool over;

	for (at = 0;; at++) {
		s = listed(cfg, at, &over);
		if (over)
			return NULL;
		if (s && suite_fits(cfg, s) && !i--)
			return s;
	}
}

bool tlso_offers_suite(const struct tlso_config *cfg, u16 suite)
{
	const struct tlso_suite *s;
	unsigned int i;

	for (i = 0; (s = tlso_offer_suite(cfg, i)); i++)
		if (s->id == suite)
			return true;
	return false;
}

u8 tlso_offer_versions(const struct tlso_config *cfg)
{
	const struct tlso_suite *s;
	unsigned int i;
	u8 versions = 0;

	for (i = 0; (s = tlso_offer_suite(cfg, i)); i++)
		versions |= s->version == TLSO_VERSION_13 ? TLSO_USE_13 :
							    TLSO_USE_12;
	return versions;
}

u16 tlso_offer_group(const struct tlso_config *cfg, unsigned int i)
{
	unsigned int at;

	if (!cfg->n_groups)
		return i < ARRAY_SIZE(default_groups) ? default_groups[i] : 0;
	for (at = 0; at < cfg->n_groups && at < TLSO_GROUPS_MAX; at++)
		if (tlso_group_share_len(cfg->groups[at]) && !i--)
			return cfg->groups[at];
	return 0;
}

bool tlso_offers_group(const struct tlso_config *cfg, u16 group)
{
	unsigned int i;
	u16 g;

	for (i = 0; (g = tlso_offer_group(cfg, i)); i++)
		if (g == group)
			return true;
	return false;
}

/* What there is room for beside all other extensions: 65535 bytes hold both. */
#define TICKET_MAX 0x8000

/* RFC 8446 4.6.1, RFC 5077 3.3 (where 0 says that the server does not). */
static bool fresh(const struct tlso_config *cfg, const struct tlso_resume *r)
{
	u64 life_s = r->lifetime_s;

	if (!life_s && r->tls_version == TLSO_VERSION_12)
		life_s = TLSO_TICKET_LIFETIME_MAX;
	if (life_s > TLSO_TICKET_LIFETIME_MAX)
		life_s = TLSO_TICKET_LIFETIME_MAX;
	return r->ticket_len && r->ticket_len <= TICKET_MAX &&
	       cfg->now_ms >= r->received_ms &&
	       cfg->now_ms - r->received_ms <= life_s * 1000;
}

/* RFC 8446 4.2.11: the suite may be another one, the hash not. */
static bool hash_offered(const struct tlso_director *d, u8 hash_len)
{
	const struct tlso_suite *s;
	unsigned int i;

	if (d->suite) { /* HelloRetryRequest has chosen */
		s = tlso_suite_find(d->suite);
		return s && s->hash_len == hash_len;
	}
	for (i = 0; (s = tlso_offer_suite(d->cfg, i)); i++)
		if (s->version == TLSO_VERSION_13 && s->hash_len == hash_len)
			return true;
	return false;
}

bool tlso_offer_psk(const struct tlso_director *d)
{
	const struct tlso_resume *r = d->cfg->resume;
	const struct tlso_suite *s;

	if (!r || r->tls_version != TLSO_VERSION_13 || !fresh(d->cfg, r))
		return false;
	s = tlso_suite_find(r->suite);
	return s && s->version == TLSO_VERSION_13 &&
	       r->secret_len == s->hash_len && hash_offered(d, s->hash_len);
}

bool tlso_offer_ticket12(const struct tlso_director *d)
{
	const struct tlso_resume *r = d->cfg->resume;

	return r && r->tls_version == TLSO_VERSION_12 && fresh(d->cfg, r) &&
	       tlso_offers_suite(d->cfg, r->suite);
}
