// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The server's choices from a ClientHello, RFC 8446 4.1.1 and 9.2: our
 * preference among what the client offers.
 */
#include "negotiate.h"
#include "suite.h"

static const u16 default_suites[] = {
	TLSO_AES_128_GCM_SHA256,
	TLSO_AES_256_GCM_SHA384,
	TLSO_CHACHA20_POLY1305_SHA256,
};

static const u16 default_groups[] = { TLSO_GROUP_X25519, TLSO_GROUP_P256 };

static const u16 ecdsa_schemes[] = { TLSO_ECDSA_P256_SHA256 };

static const u16 rsa_schemes[] = {
	TLSO_RSA_PSS_RSAE_SHA256,
	TLSO_RSA_PSS_RSAE_SHA384,
	TLSO_RSA_PSS_RSAE_SHA512,
};

static u16 choose(const u16 *ours, size_t n, struct tlso_rd theirs)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (tlso_list_has(theirs, ours[i]))
			return ours[i];
	return 0;
}

/* As choose(), past entries of the configuration that the core lacks. */
static u16 choose_suite(const struct tlso_director_cfg *cfg,
			struct tlso_rd theirs)
{
	size_t i;

	if (!cfg->n_suites)
		return choose(default_suites, ARRAY_SIZE(default_suites), theirs);
	for (i = 0; i < cfg->n_suites && i < ARRAY_SIZE(cfg->suites); i++)
		if (tlso_suite_find(cfg->suites[i]) &&
		    tlso_list_has(theirs, cfg->suites[i]))
			return cfg->suites[i];
	return 0;
}

static u16 choose_scheme(const struct tlso_director_cfg *cfg,
			 struct tlso_rd theirs)
{
	size_t n = ARRAY_SIZE(rsa_schemes);

	if (cfg->key_type == TLSO_KEY_P256)
		return choose(ecdsa_schemes, ARRAY_SIZE(ecdsa_schemes), theirs);
	/* RFC 8017 9.1.1: the hash twice and two bytes must fit the modulus. */
	if (cfg->rsa_bits < 8 * (2 * 64 + 2))
		n = cfg->rsa_bits < 8 * (2 * 48 + 2) ? 1 : 2;
	return choose(rsa_schemes, n, theirs);
}

/*
 * A group with a share is worth more than a better group without: it saves a
 * round trip. 4.2.8: no share may be for a group that is not offered.
 */
static enum tlso_err choose_group(struct tlso_director *d,
				  const struct tlso_client_hello *ch,
				  struct tlso_rd *share)
{
	const u16 *ours = d->cfg->n_groups ? d->cfg->groups : default_groups;
	size_t n = d->cfg->n_groups ? d->cfg->n_groups : ARRAY_SIZE(default_groups);
	u16 without = 0;
	enum tlso_err e;
	size_t i;

	d->group = 0;
	for (i = 0; i < n && i < ARRAY_SIZE(d->cfg->groups); i++) {
		struct tlso_rd found;
		bool offered = tlso_list_has(ch->groups, ours[i]);

		if (!tlso_group_share_len(ours[i]))
			continue;
		e = tlso_client_hello_share(ch, ours[i], &found);
		if (e)
			return e;
		if (!found.bad && !offered)
			return TLSO_E_ILLEGAL;
		if (!found.bad && !d->group) {
			d->group = ours[i];
			*share = found;
		} else if (offered && !without) {
			without = ours[i];
		}
	}
	if (!d->group)
		d->group = without;
	return d->group ? TLSO_OK : TLSO_E_NO_COMMON;
}

static enum tlso_err negotiate_first(struct tlso_director *d,
				     const struct tlso_client_hello *ch,
				     struct tlso_rd *share)
{
	d->session_id_len = (u8)ch->session_id.n;
	memcpy(d->session_id, ch->session_id.p, ch->session_id.n);
	d->suite = choose_suite(d->cfg, ch->suites);
	if (!d->suite)
		return TLSO_E_NO_COMMON;
	d->scheme = choose_scheme(d->cfg, ch->schemes);
	if (!d->scheme)
		return TLSO_E_NO_COMMON;
	return choose_group(d, ch, share);
}

/* 4.1.2: the second ClientHello is the first but for the share we asked for. */
static enum tlso_err negotiate_second(struct tlso_director *d,
				      const struct tlso_client_hello *ch,
				      struct tlso_rd *share)
{
	struct tlso_rd r = ch->shares;
	enum tlso_err e;

	if (ch->has_early_data || ch->session_id.n != d->session_id_len ||
	    memcmp(ch->session_id.p, d->session_id, d->session_id_len) ||
	    !tlso_list_has(ch->suites, d->suite) ||
	    !tlso_list_has(ch->schemes, d->scheme) ||
	    !tlso_list_has(ch->groups, d->group))
		return TLSO_E_ILLEGAL;
	e = tlso_client_hello_share(ch, d->group, share);
	if (e)
		return e;
	(void)tlso_rd_u16(&r);
	(void)tlso_rd_vec(&r, 2);
	/* One share, for the group we asked for. */
	return share->bad || r.n ? TLSO_E_ILLEGAL : TLSO_OK;
}

enum tlso_err tlso_negotiate(struct tlso_director *d,
			     const struct tlso_client_hello *ch,
			     struct tlso_rd *share)
{
	tlso_rd_init(share, NULL, 0);
	share->bad = true;
	/* supported_versions decides (4.2.1), but nothing saves SSL 3.0 (D.5). */
	if (ch->legacy_version <= TLSO_VERSION_SSL3)
		return TLSO_E_VERSION;
	if (!ch->has_versions || !tlso_list_has(ch->versions, TLSO_VERSION_13))
		return TLSO_E_VERSION;
	/* 4.1.2: exactly one byte, null. */
	if (ch->compression.n != 1 || ch->compression.p[0])
		return TLSO_E_ILLEGAL;
	if (!ch->has_groups || !ch->has_schemes || !ch->has_shares ||
	    (ch->has_psk && !ch->has_psk_modes))
		return TLSO_E_MISSING_EXT;
	return d->hrr_sent ? negotiate_second(d, ch, share) :
			     negotiate_first(d, ch, share);
}
