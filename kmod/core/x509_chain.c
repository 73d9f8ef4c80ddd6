// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Paths, RFC 5280 6.1 turned upside down: built from the leaf to an anchor,
 * depth first, over what the peer sent and the anchors. Each issuer is judged
 * when it is taken in, against all below it, and its signature last, so that a
 * path that reaches an anchor is a valid one. What is tried is bounded by the
 * signatures that may be checked; no policies, no revocation.
 */
#include "x509_impl.h"

static enum tlso_err fail(struct tlso_x509_state *s, enum tlso_err e,
			  const char *why)
{
	if (!s->err) {
		s->err = e;
		s->why = why;
	}
	return e;
}

/* What holds for every certificate of a path, the anchor included. */
static enum tlso_err check_any(struct tlso_x509_state *s,
			       const struct tlso_verify *v,
			       const struct tlso_x509 *c)
{
	u8 eku = 0;

	if (v->now < c->not_before)
		return fail(s, TLSO_E_CERT_EXPIRED, "not yet valid");
	if (v->now > c->not_after)
		return fail(s, TLSO_E_CERT_EXPIRED, "expired");
	if (c->flags & TLSO_X509_UNKNOWN_CRITICAL)
		return fail(s, TLSO_E_UNSUPPORTED_CERT,
			    "unknown critical extension");
	if (v->purpose == TLSO_PURPOSE_SERVER)
		eku = TLSO_X509_EKU_SERVER;
	else if (v->purpose == TLSO_PURPOSE_CLIENT)
		eku = TLSO_X509_EKU_CLIENT;
	/* On an issuer, it limits what is below. */
	if (eku && c->flags & TLSO_X509_HAS_EKU && !(c->flags & eku))
		return fail(s, TLSO_E_UNSUPPORTED_CERT,
			    "extended key usage is another");
	return TLSO_OK;
}

/* A server's key signs, or deciphers (RSA key transport); a client's signs. */
static bool leaf_usage_fits(const struct tlso_x509 *c, enum tlso_purpose p)
{
	u16 want = TLSO_KU_DIGITAL_SIGNATURE;

	if (p == TLSO_PURPOSE_ANY || !(c->flags & TLSO_X509_HAS_KU))
		return true;
	if (p == TLSO_PURPOSE_SERVER)
		want |= TLSO_KU_KEY_ENCIPHERMENT;
	return c->key_usage & want;
}

static enum tlso_err check_leaf(struct tlso_x509_state *s,
				const struct tlso_verify *v,
				const struct tlso_x509 *c)
{
	enum tlso_err e = check_any(s, v, c);

	if (e)
		return e;
	if (!leaf_usage_fits(c, v->purpose))
		return fail(s, TLSO_E_UNSUPPORTED_CERT,
			    "key usage is another");
	if (v->name && !tlso_x509_has_name(c, v->name, v->name_len))
		return fail(s, TLSO_E_BAD_CERT, "names somebody else");
	return TLSO_OK;
}

/* Version 1 knows no CAs; old roots are of it, and believed for being anchors.
 */
static bool is_ca(const struct tlso_x509 *c, bool anchor)
{
	if (anchor && c->flags & TLSO_X509_V1)
		return c->flags & TLSO_X509_SELF_ISSUED;
	return c->flags & TLSO_X509_CA;
}

/* Certificates between the leaf and the next issuer, 6.1.4 (l): self-issued
 * ones do not count.
 */
static unsigned int path_len(const struct tlso_x509_state *s)
{
	unsigned int i, n = 0;

	for (i = 1; i <= s->depth; i++)
		if (!(s->path[i].cert.flags & TLSO_X509_SELF_ISSUED))
			n++;
	return n;
}

/* 6.1.3 (b), (c): all below, but for self-issued ones that are not the leaf. */
static enum tlso_err check_names(struct tlso_x509_state *s,
				 const struct tlso_x509 *ca)
{
	const char *why;
	unsigned int i;

	for (i = 0; i <= s->depth; i++) {
		if (i && s->path[i].cert.flags & TLSO_X509_SELF_ISSUED)
			continue;
		why = tlso_x509_constrained(ca, &s->path[i].cert, &s->subtrees);
		if (why)
			return fail(s, TLSO_E_BAD_CERT, why);
	}
	return TLSO_OK;
}

static enum tlso_err check_signature(struct tlso_x509_state *s,
				     const struct tlso_verify *v,
				     const struct tlso_x509 *c,
				     const struct tlso_x509 *ca)
{
	enum tlso_err e;

	if (!c->scheme)
		return fail(s, TLSO_E_UNSUPPORTED_CERT,
			    "signature algorithm is none that counts");
	e = tlso_x509_key(ca, &s->key);
	if (e)
		return fail(s, e, "issuer's key is none that counts");
	if (!tlso_x509_scheme_takes(c->scheme, s->key.type))
		return fail(s, TLSO_E_BAD_CERT,
			    "signature algorithm is not the issuer's");
	s->sigs++;
	if (!tlso_x509_signed_by(v->crypto, c, &s->key, &s->hash))
		return fail(s, TLSO_E_BAD_CERT, "signature is wrong");
	return TLSO_OK;
}

/* May @ca be the issuer of the path's last certificate? The names match. */
static enum tlso_err check_issuer(struct tlso_x509_state *s,
				  const struct tlso_verify *v,
				  const struct tlso_x509 *ca, bool anchor)
{
	enum tlso_err e;

	if (!is_ca(ca, anchor))
		return fail(s, TLSO_E_UNKNOWN_CA, "issuer is not a CA");
	if (ca->flags & TLSO_X509_HAS_KU &&
	    !(ca->key_usage & TLSO_KU_KEY_CERT_SIGN))
		return fail(s, TLSO_E_UNSUPPORTED_CERT,
			    "issuer may not sign certificates");
	if (ca->path_len < path_len(s))
		return fail(s, TLSO_E_UNKNOWN_CA,
			    "longer path than an issuer allows");
	e = check_any(s, v, ca);
	if (e)
		return e;
	e = check_names(s, ca);
	if (e)
		return e;
	return check_signature(s, v, &s->path[s->depth].cert, ca);
}

/* 4.2.1.1: identifiers help to choose, and prove nothing. */
static bool identifiers_differ(const struct tlso_x509 *c,
			       const struct tlso_x509 *ca)
{
	return c->aki.p && ca->ski.p && !tlso_der_same(c->aki, ca->ski);
}

static bool in_path(const struct tlso_x509_state *s, struct tlso_der der)
{
	unsigned int i;

	for (i = 0; i <= s->depth; i++)
		if (tlso_der_same(s->path[i].cert.der, der))
			return true;
	return false;
}

/* Candidates in order: the anchors, then what came after the leaf; first those
 * whose identifiers fit, then the others. NULL when all were tried.
 */
struct pool {
	const struct tlso_verify *v;
	const struct tlso_cert *sent;
	unsigned int n;
};

static const struct tlso_cert *next_candidate(struct tlso_x509_level *l,
					      const struct pool *p,
					      bool *anchor)
{
	const struct tlso_cert *cert;
	unsigned int i;

	for (;;) {
		i = l->next++;
		*anchor = i < p->v->n_anchors;
		if (*anchor) {
			cert = &p->v->anchors[i];
		} else if (i - p->v->n_anchors + 1 < p->n) {
			cert = &p->sent[i - p->v->n_anchors + 1];
		} else if (!l->far) {
			l->far = true;
			l->next = 0;
			continue;
		} else {
			return NULL;
		}
		if (tlso_x509_name_equal(tlso_x509_peek(cert), l->cert.issuer))
			return cert;
	}
}

/* Takes @cert in as the next level, if it can be. */
static bool try_issuer(struct tlso_x509_state *s, const struct tlso_verify *v,
		       const struct tlso_cert *cert, bool anchor)
{
	struct tlso_x509_level *l = &s->path[s->depth];
	struct tlso_x509_level *up = l + 1;
	const char *why;

	up->next = 0;
	up->far = false;
	why = tlso_x509_parse(&up->cert, cert->der, cert->len);
	if (why) {
		fail(s, TLSO_E_BAD_CERT, why);
		return false;
	}
	return identifiers_differ(&l->cert, &up->cert) == l->far &&
	       !in_path(s, up->cert.der) &&
	       !check_issuer(s, v, &up->cert, anchor);
}

static bool trusted(const struct tlso_verify *v, const struct tlso_x509 *c)
{
	return c->flags & TLSO_X509_SELF_ISSUED ||
	       v->flags & TLSO_VERIFY_PARTIAL;
}

static bool is_anchor(const struct tlso_verify *v, const struct tlso_x509 *c)
{
	unsigned int i;

	if (!trusted(v, c))
		return false;
	for (i = 0; i < v->n_anchors; i++)
		if (v->anchors[i].len == c->der.n &&
		    !memcmp(v->anchors[i].der, c->der.p, c->der.n))
			return true;
	return false;
}

static enum tlso_err build(struct tlso_x509_state *s, const struct pool *p)
{
	const struct tlso_cert *cert;
	bool anchor;

	for (;;) {
		/* The last place is for an anchor, which needs no issuer. */
		cert = next_candidate(&s->path[s->depth], p, &anchor);
		if (!cert && !s->depth)
			return s->err ? s->err :
			       fail(s, TLSO_E_UNKNOWN_CA, "issuer is unknown");
		if (!cert) {
			s->depth--;
			continue;
		}
		if (s->sigs == TLSO_X509_SIGS_MAX) {
			s->err = TLSO_OK;
			return fail(s, TLSO_E_CERT_UNKNOWN,
				    "too many signatures to check");
		}
		if (!try_issuer(s, p->v, cert, anchor))
			continue;
		if (anchor && trusted(p->v, &s->path[s->depth + 1].cert))
			return TLSO_OK;
		if (s->depth + 2 == TLSO_CHAIN_MAX)
			fail(s, TLSO_E_CERT_UNKNOWN, "chain is too long");
		else
			s->depth++;
	}
}

enum tlso_err tlso_x509_verify(const struct tlso_verify *v,
			       const struct tlso_cert *sent, unsigned int n,
			       struct tlso_pubkey *leaf,
			       struct tlso_x509_work *work)
{
	struct tlso_x509_state *s = (struct tlso_x509_state *)work;
	struct pool p = { v, sent, n };
	enum tlso_err e;
	const char *why;

	memset(leaf, 0, sizeof(*leaf));
	memset(s, 0, sizeof(*s));
	s->subtrees = TLSO_X509_SUBTREES_MAX;
	if (!n)
		return fail(s, TLSO_E_BAD_CERT, "no certificate");
	why = tlso_x509_parse(&s->path[0].cert, sent[0].der, sent[0].len);
	if (why)
		return fail(s, TLSO_E_BAD_CERT, why);
	e = tlso_x509_key(&s->path[0].cert, leaf);
	if (e)
		return fail(s, e, "key is none that counts");
	if (v->flags & TLSO_VERIFY_NO_CHAIN)
		return TLSO_OK;
	e = check_leaf(s, v, &s->path[0].cert);
	if (e || is_anchor(v, &s->path[0].cert))
		return e;
	e = build(s, &p);
	if (!e)
		s->why = NULL;
	return e;
}
