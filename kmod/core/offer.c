// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * What we have by our configuration: versions, suites, groups. A client says so in its
 * hello and holds the server's choice against it, a server chooses from it.
 */
#include "offer.h"

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
