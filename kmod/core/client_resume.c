// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Which session a client would resume: the configuration's, while it is good. */
#include "client.h"

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

/* RFC 7627 5.3: none whose master secret may be another session's as well. */
bool tlso_offer_ticket12(const struct tlso_director *d)
{
	const struct tlso_resume *r = d->cfg->resume;

	return r && r->tls_version == TLSO_VERSION_12 && fresh(d->cfg, r) &&
	       ((r->flags & TLSO_TICKET_EMS) || d->cfg->unsafe_servers) &&
	       tlso_offers_suite(d->cfg, r->suite);
}
