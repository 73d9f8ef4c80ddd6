// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The server's choices from a ClientHello. What follows from them is server13.c's
 * and server12.c's business; whether a session is resumed server_ticket.c's.
 */
#include "negotiate.h"
#include "offer.h"
#include "peer_auth.h"
#include "server.h"

bool tlso_serves_13(const struct tlso_config *cfg)
{
	return tlso_offer_versions(cfg) & TLSO_USE_13;
}

/* ---- Version ------------------------------------------------------------- */

static bool offers(const struct tlso_client_hello *ch, u16 version)
{
	if (ch->has_versions)
		return tlso_list_has(ch->versions, version);
	return version == TLSO_VERSION_12 &&
	       ch->legacy_version >= TLSO_VERSION_12;
}

enum tlso_err tlso_choose_version(struct tlso_director *d,
				  const struct tlso_client_hello *ch)
{
	/* supported_versions decides, but nothing saves SSL 3.0 (D.5). */
	if (ch->legacy_version <= TLSO_VERSION_SSL3)
		return TLSO_E_VERSION;
	if (tlso_serves_13(d->cfg) && offers(ch, TLSO_VERSION_13)) {
		d->version = TLSO_VERSION_13;
		return TLSO_OK;
	}
	/* RFC 7507 3: a client that can do no better does not say that it fell
	 * back; what we are asked for below TLS 1.2 is refused anyway.
	 */
	if (tlso_serves_13(d->cfg) &&
	    tlso_list_has(ch->suites, TLSO_FALLBACK_SCSV)) {
		d->why = "the client fell back from a better version";
		return TLSO_E_FALLBACK;
	}
	if (!(tlso_offer_versions(d->cfg) & TLSO_USE_12) ||
	    !offers(ch, TLSO_VERSION_12)) {
		d->why = "no common version";
		return TLSO_E_VERSION;
	}
	d->version = TLSO_VERSION_12;
	return TLSO_OK;
}

/* ---- Suite and group ----------------------------------------------------- */

const struct tlso_suite *tlso_common_suite(const struct tlso_director *d,
					   const struct tlso_client_hello *ch,
					   u16 id)
{
	const struct tlso_suite *s = tlso_suite_find(id);

	if (!s || s->version != d->version || !tlso_offers_suite(d->cfg, id))
		return NULL;
	return tlso_list_has(ch->suites, id) ? s : NULL;
}

u16 tlso_choose_suite(const struct tlso_director *d,
		      const struct tlso_client_hello *ch, u8 hash_len)
{
	const struct tlso_suite *s;
	unsigned int i;

	for (i = 0; (s = tlso_offer_suite(d->cfg, i)); i++)
		if (s->version == d->version &&
		    (!hash_len || s->hash_len == hash_len) &&
		    tlso_list_has(ch->suites, s->id))
			return s->id;
	return 0;
}

/*
 * A group with a share is worth more than a better group without: it saves a
 * round trip. 4.2.8: no share may be for a group that is not offered.
 */
enum tlso_err tlso_choose_group(struct tlso_director *d,
				const struct tlso_client_hello *ch,
				struct tlso_rd *share)
{
	u16 without = 0, group;
	enum tlso_err e;
	unsigned int i;

	tlso_rd_init(share, NULL, 0);
	share->bad = true;
	d->group = 0;
	for (i = 0; (group = tlso_offer_group(d->cfg, i)) != 0; i++) {
		bool offered = tlso_list_has(ch->groups, group);
		struct tlso_rd found;

		e = tlso_client_hello_share(ch, group, &found);
		if (e)
			return e;
		if (!found.bad && !offered)
			return TLSO_E_ILLEGAL;
		if (!found.bad && !d->group) {
			d->group = group;
			*share = found;
		} else if (offered && !without) {
			without = group;
		}
	}
	if (!d->group)
		d->group = without;
	if (d->group)
		return TLSO_OK;
	d->why = "no common group";
	return TLSO_E_NO_COMMON;
}

/* RFC 8422 4: without supported_groups the client leaves it to us; P-256 is what
 * everybody has.
 */
static u16 group_12(const struct tlso_config *cfg,
		    const struct tlso_client_hello *ch)
{
	unsigned int i;
	u16 group;

	for (i = 0; (group = tlso_offer_group(cfg, i)) != 0; i++)
		if (ch->has_groups ? tlso_list_has(ch->groups, group) :
				     group == TLSO_GROUP_P256)
			return group;
	return 0;
}

/* ---- Identity ------------------------------------------------------------ */

/* With RSA key transport a ring may hold certificates for enciphering alone; who
 * has none need not look each time.
 */
static bool may_sign(const struct tlso_config *cfg, unsigned int i)
{
	const struct tlso_id *id = &cfg->ids[i];

	return !cfg->rsa_kx || !id->n_chain ||
	       tlso_x509_may_sign(&id->chain[0], cfg->work);
}

static bool may_encipher(const struct tlso_config *cfg, unsigned int i)
{
	const struct tlso_id *id = &cfg->ids[i];

	return id->key_type == TLSO_KEY_RSA && id->n_chain &&
	       tlso_x509_may_encipher(&id->chain[0], cfg->work);
}

/* RFC 8422 5.3: in TLS 1.2 supported_groups speaks of the certificate's curve too. */
static bool curve_fits(const struct tlso_client_hello *ch, u8 key_type)
{
	if (!ch->has_groups)
		return true;
	return tlso_list_has(ch->groups, key_type == TLSO_KEY_P384 ?
						 TLSO_GROUP_P384 :
						 TLSO_GROUP_P256);
}

/* Can identity @i serve this client, under TLS 1.2, with suite @su? */
static bool suite_fits(struct tlso_director *d,
		       const struct tlso_client_hello *ch, unsigned int i,
		       const struct tlso_suite *su)
{
	u8 type = d->cfg->ids[i].key_type;
	bool rsa = type == TLSO_KEY_RSA;
	bool rsa_suite = su->auth == TLSO_SUITE_RSA;

	d->scheme = 0;
	d->group = 0;
	if (su->kx == TLSO_KX_RSA)
		return may_encipher(d->cfg, i);
	if (rsa != rsa_suite || !may_sign(d->cfg, i))
		return false;
	if (!rsa && !curve_fits(ch, type))
		return false;
	d->group = group_12(d->cfg, ch);
	return d->group && !tlso_own_scheme(d, i, ch->schemes, &d->scheme);
}

static bool try_12(struct tlso_director *d, const struct tlso_client_hello *ch,
		   unsigned int i)
{
	const struct tlso_suite *su;
	unsigned int k;

	for (k = 0; (su = tlso_offer_suite(d->cfg, k)); k++) {
		if (su->version != TLSO_VERSION_12 ||
		    !tlso_list_has(ch->suites, su->id) ||
		    !suite_fits(d, ch, i, su))
			continue;
		d->suite = su->id;
		return true;
	}
	return false;
}

static bool try_identity(struct tlso_director *d,
			 const struct tlso_client_hello *ch, unsigned int i)
{
	d->identity = (u8)i;
	if (d->version == TLSO_VERSION_12)
		return try_12(d, ch, i);
	return may_sign(d->cfg, i) &&
	       !tlso_own_scheme(d, i, ch->schemes, &d->scheme);
}

static bool named(const struct tlso_director *d, unsigned int i)
{
	const struct tlso_id *id = &d->cfg->ids[i];

	return d->name_len && id->n_chain &&
	       tlso_x509_names(&id->chain[0], d->name, d->name_len,
			       d->cfg->work);
}

enum tlso_err tlso_choose_identity(struct tlso_director *d,
				   const struct tlso_client_hello *ch)
{
	bool known = false;
	unsigned int i;

	for (i = 0; i < d->cfg->n_ids; i++) {
		if (!named(d, i))
			continue;
		known = true;
		if (!try_identity(d, ch, i))
			continue;
		d->s.hello_exts |= TLSO_HELLO_NAME;
		return TLSO_OK;
	}
	if (d->name_len && d->cfg->sni_strict) {
		d->why = "no identity for the name that the client asked for";
		return known ? TLSO_E_NO_COMMON : TLSO_E_NAME;
	}
	for (i = 0; i < d->cfg->n_ids; i++)
		if (try_identity(d, ch, i))
			return TLSO_OK;
	d->why = "no identity goes with the client's suites, groups and schemes";
	return TLSO_E_NO_COMMON;
}

/* ---- ALPN ---------------------------------------------------------------- */

static bool alpn_has(struct tlso_rd list, const struct tlso_rd *name)
{
	struct tlso_rd theirs;

	while (list.n) {
		theirs = tlso_rd_vec(&list, 1);
		if (!list.bad && theirs.n == name->n &&
		    !memcmp(theirs.p, name->p, name->n))
			return true;
	}
	return false;
}

enum tlso_err tlso_choose_alpn(struct tlso_director *d,
			       const struct tlso_client_hello *ch)
{
	struct tlso_rd ours, name;

	d->alpn_len = 0;
	if (!d->cfg->alpn_len || !ch->has_alpn)
		return TLSO_OK;
	tlso_rd_init(&ours, d->cfg->alpn, d->cfg->alpn_len);
	while (ours.n) {
		name = tlso_rd_vec(&ours, 1);
		if (ours.bad || !name.n || !alpn_has(ch->alpn, &name))
			continue;
		d->alpn_len = (u8)name.n;
		memcpy(d->alpn, name.p, name.n);
		return TLSO_OK;
	}
	d->why = "no common application protocol";
	return TLSO_E_NO_ALPN;
}
