// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Who signs with what: the peer's chain and signature judged, our own scheme
 * chosen. Which messages carry them is server*.c's and client*.c's business,
 * chains are x509.h's, and what a scheme can be used with is suite.h's.
 */
#include "hs_client_hello.h"
#include "hs_msg.h"
#include "hs_fsm.h"
#include "peer_auth.h"
#include "suite.h"

/* What we offer and accept where the configuration does not say. */
static const u16 default_schemes[] = {
	TLSO_ECDSA_P256_SHA256,	  TLSO_RSA_PSS_RSAE_SHA256,
	TLSO_RSA_PKCS1_SHA256,	  TLSO_ECDSA_P384_SHA384,
	TLSO_RSA_PSS_RSAE_SHA384, TLSO_RSA_PKCS1_SHA384,
	TLSO_RSA_PSS_RSAE_SHA512, TLSO_RSA_PKCS1_SHA512,
};

/* The @i-th of the @n of @list, or of all; 0 behind the last. */
static u16 at(const u16 *list, unsigned int n, unsigned int i)
{
	if (!n)
		return i < ARRAY_SIZE(default_schemes) ? default_schemes[i] : 0;
	return i < n && i < TLSO_SCHEMES_MAX ? list[i] : 0;
}

static u16 scheme_at(const struct tlso_config *cfg, unsigned int i)
{
	return at(cfg->schemes, cfg->n_schemes, i);
}

/* ---- Schemes ------------------------------------------------------------- */

/* 4.2.3: one list for chains and handshake signatures, so PKCS#1 is in it with
 * TLS 1.3 too, where a handshake signature never uses it.
 */
void tlso_schemes_write(struct tlso_wr *w, const struct tlso_config *cfg)
{
	unsigned int i;
	u16 scheme;

	for (i = 0; (scheme = scheme_at(cfg, i)) != 0; i++)
		tlso_wr_u16(w, scheme);
}

bool tlso_scheme_accepted(const struct tlso_config *cfg, u16 version,
			  u16 scheme, u8 key_type)
{
	unsigned int i;
	u16 ours;

	for (i = 0; (ours = scheme_at(cfg, i)) != 0; i++)
		if (ours == scheme)
			return tlso_scheme_fits(scheme, key_type, version);
	return false;
}

/* RFC 8017 9.1.1: PSS wants the hash twice and two bytes in the modulus. */
static bool modulus_fits(const struct tlso_config *cfg,
			 const struct tlso_id *id, u16 scheme)
{
	const struct tlso_hash_alg *h = tlso_scheme_hash(cfg->crypto, scheme);

	if (!h)
		return false;
	if (id->key_type != TLSO_KEY_RSA || tlso_scheme_pkcs1(scheme))
		return true;
	return id->rsa_bits >= 8 * (2 * h->len + 2);
}

/* The first of ours that @id may sign with under the rules of @version; 0: none. */
static u16 first_scheme(const struct tlso_config *cfg, const struct tlso_id *id,
			struct tlso_rd theirs, u16 version)
{
	unsigned int i;
	u16 s;

	for (i = 0; (s = at(cfg->sign_schemes, cfg->n_sign_schemes, i)) != 0; i++)
		if (tlso_scheme_fits(s, id->key_type, version) &&
		    modulus_fits(cfg, id, s) && tlso_list_has(theirs, s))
			return s;
	return 0;
}

enum tlso_err tlso_own_scheme(struct tlso_director *d, unsigned int identity,
			      struct tlso_rd theirs, u16 *scheme)
{
	const struct tlso_config *cfg = d->cfg;
	const struct tlso_id *id = &cfg->ids[identity];

	*scheme = 0;
	/* Left to ourselves we take what TLS 1.3 allows, if we can: PSS before
	 * PKCS#1, and the hash that goes with the curve.
	 */
	if (d->version == TLSO_VERSION_13 || !cfg->n_sign_schemes)
		*scheme = first_scheme(cfg, id, theirs, TLSO_VERSION_13);
	if (!*scheme && d->version == TLSO_VERSION_12)
		*scheme = first_scheme(cfg, id, theirs, TLSO_VERSION_12);
	return *scheme ? TLSO_OK : TLSO_E_NO_COMMON;
}

/* ---- The peer ------------------------------------------------------------ */

/* @ms / 1000; a 32-bit kernel has no 64-bit division. */
static u64 seconds(u64 ms)
{
	u64 s = 0;
	int i;

	for (i = 53; i >= 0; i--) {
		if (ms < (1000ULL << i))
			continue;
		ms -= 1000ULL << i;
		s |= 1ULL << i;
	}
	return s;
}

static void keep_leaf(struct tlso_director *d, const struct tlso_cert *leaf)
{
	d->peer_der_len = 0;
	if (!d->cfg->peer_der || leaf->len > d->cfg->peer_der_cap)
		return;
	memcpy(d->cfg->peer_der, leaf->der, leaf->len);
	d->peer_der_len = leaf->len;
}

enum tlso_err tlso_peer_chain(struct tlso_director *d,
			      const struct tlso_cert *certs, unsigned int n)
{
	const struct tlso_config *cfg = d->cfg;
	struct tlso_verify v = { 0 };
	enum tlso_err e;

	if (!n)
		return TLSO_E_STATE;
	v.crypto = cfg->crypto;
	v.anchors = cfg->anchors;
	v.n_anchors = cfg->n_anchors;
	v.now = seconds(cfg->now_ms);
	v.purpose = cfg->client ? TLSO_PURPOSE_SERVER : TLSO_PURPOSE_CLIENT;
	v.flags = cfg->verify_flags;
	if (cfg->client) {
		v.name = cfg->name;
		v.name_len = cfg->name_len;
	}
	e = tlso_x509_verify(&v, certs, n, &d->peer_key, cfg->work);
	if (e) {
		d->why = tlso_x509_why(cfg->work);
		return e;
	}
	keep_leaf(d, &certs[0]);
	return cfg->peer ? cfg->peer->chain(cfg->peer_ctx, certs, n, &d->why) :
			   TLSO_OK;
}

enum tlso_err tlso_peer_signature(struct tlso_director *d,
				  const struct tlso_finished *f, u16 scheme,
				  struct tlso_rd sig)
{
	const struct tlso_hash_alg *h;
	struct tlso_rd digest;

	if (!tlso_scheme_accepted(d->cfg, d->version, scheme,
				  d->peer_key.type)) {
		d->why = "signature scheme that was not offered";
		return TLSO_E_ILLEGAL;
	}
	h = tlso_scheme_hash(d->cfg->crypto, scheme);
	if (!h || !tlso_finished_extra(f, TLSO_EXTRA_DIGEST, 0, &digest) ||
	    digest.n != h->len)
		return TLSO_E_SEAM;
	if (d->cfg->crypto->verify(&d->peer_key, scheme, digest.p, digest.n,
				   sig.p, sig.n)) {
		d->why = "the peer's signature does not verify";
		return TLSO_E_DECRYPT;
	}
	d->peer_scheme = scheme;
	d->peer_verified = true;
	/* Not before: who only shows somebody's certificate learns nothing of him. */
	return d->cfg->peer ? d->cfg->peer->admit(d->cfg->peer_ctx, &d->peer,
						  &d->why) :
			      TLSO_OK;
}

enum tlso_err tlso_peer_verify(struct tlso_director *d,
			       const struct tlso_finished *f,
			       struct tlso_starter_wr *s, enum tlso_hs_event *ev)
{
	struct tlso_rd sig;
	enum tlso_err e;
	u16 scheme;

	(void)s;
	e = tlso_certificate_verify_parse(f->body, f->len, &scheme, &sig);
	if (e)
		return e;
	*ev = TLSO_EV_NEXT;
	return tlso_peer_signature(d, f, scheme, sig);
}
