// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * A certificate's fields, RFC 5280 4.1: form alone, strictly. Extensions are
 * x509_ext.c's; whether any of it is good enough is for x509_chain.c to say.
 */
#include "x509_impl.h"

#define V2 1
#define V3 2

/* RelativeDistinguishedName: at least one type with its value. */
static bool is_rdn(struct tlso_rd set)
{
	struct tlso_rd ava, v;
	u8 tag;

	do {
		ava = tlso_der_take(&set, TLSO_DER_SEQUENCE);
		(void)tlso_der_oid(&ava);
		v = tlso_der_any(&ava, &tag);
		if (!tlso_rd_done(&ava) || !tlso_x509_is_value(tag, v))
			return false;
	} while (set.n);
	return !set.bad;
}

bool tlso_x509_is_name(struct tlso_rd v)
{
	while (v.n)
		if (!is_rdn(tlso_der_take(&v, TLSO_DER_SET)))
			return false;
	return !v.bad;
}

static struct tlso_der take_name(struct tlso_rd *r)
{
	struct tlso_der d = tlso_der_element(r, TLSO_DER_SEQUENCE);
	struct tlso_rd copy = tlso_der_rd(d);

	if (!tlso_x509_is_name(tlso_der_take(&copy, TLSO_DER_SEQUENCE)))
		r->bad = true;
	return d;
}

/* 4.1.2.1: v1 is the default, which DER does not write down. */
static u8 take_version(struct tlso_rd *r)
{
	struct tlso_rd outer, v;
	u8 version;

	if (!tlso_der_is(r, TLSO_DER_CONTEXT_OF(0)))
		return 0;
	outer = tlso_der_take(r, TLSO_DER_CONTEXT_OF(0));
	v = tlso_der_integer(&outer);
	version = tlso_rd_u8(&v);
	if (!tlso_rd_done(&v) || !tlso_rd_done(&outer) ||
	    (version != V2 && version != V3))
		r->bad = true;
	return version;
}

/* 4.1.2.2: no more than 20 bytes and a sign byte. Zero and negative ones are
 * wrong, but "gracefully handled": nothing of ours reads them.
 */
static void take_serial(struct tlso_rd *r)
{
	if (tlso_der_integer(r).n > 21)
		r->bad = true;
}

static bool take_validity(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_SEQUENCE);

	return tlso_x509_time(&v, &c->not_before) &&
	       tlso_x509_time(&v, &c->not_after) && tlso_rd_done(&v);
}

/* 4.1.2.8: issuerUniqueID and subjectUniqueID; nobody reads them. */
static void skip_unique_ids(struct tlso_rd *r, u8 version)
{
	struct tlso_rd v;
	u8 i, pad;

	for (i = 1; i <= 2; i++) {
		if (!tlso_der_is(r, (u8)TLSO_DER_CONTEXT(i)))
			continue;
		v = tlso_der_take(r, (u8)TLSO_DER_CONTEXT(i));
		pad = tlso_rd_u8(&v);
		if (v.bad || pad > 7 || (pad && !v.n) || version < V2 ||
		    (pad && v.p[v.n - 1] & ((1u << pad) - 1)))
			r->bad = true;
	}
}

static const char *take_extensions(struct tlso_x509 *c, struct tlso_rd *r,
				   u8 version)
{
	struct tlso_rd outer, v;

	if (!r->n)
		return NULL;
	outer = tlso_der_take(r, TLSO_DER_CONTEXT_OF(3));
	v = tlso_der_take(&outer, TLSO_DER_SEQUENCE);
	if (!tlso_rd_done(&outer) || !tlso_rd_done(r))
		return "fields after subjectPublicKeyInfo are malformed";
	if (version != V3)
		return "extensions in a certificate that is not of version 3";
	return tlso_x509_extensions(c, v);
}

static const char *parse_tbs(struct tlso_x509 *c, struct tlso_der alg)
{
	struct tlso_rd outer = tlso_der_rd(c->tbs), r, spki;
	u8 version;

	r = tlso_der_take(&outer, TLSO_DER_SEQUENCE);
	version = take_version(&r);
	take_serial(&r);
	/* 4.1.1.2: the signature does not cover the outer one. */
	if (!tlso_der_same(tlso_der_element(&r, TLSO_DER_SEQUENCE), alg))
		return r.bad ? "version, serial number or algorithm malformed" :
			       "signature algorithms inside and outside differ";
	c->issuer = take_name(&r);
	if (r.bad || c->issuer.n <= 2) /* 4.1.2.4: not empty */
		return "issuer malformed";
	if (!take_validity(c, &r))
		return "validity malformed";
	c->subject = take_name(&r);
	spki = tlso_der_take(&r, TLSO_DER_SEQUENCE);
	c->spki = tlso_der_of(spki);
	skip_unique_ids(&r, version);
	if (r.bad)
		return "subject, its key or unique identifiers malformed";
	if (!version)
		c->flags |= TLSO_X509_V1;
	if (tlso_x509_name_equal(c->issuer, c->subject))
		c->flags |= TLSO_X509_SELF_ISSUED;
	return take_extensions(c, &r, version);
}

const char *tlso_x509_parse(struct tlso_x509 *c, const u8 *der, size_t len)
{
	struct tlso_rd all, cert, sig;
	struct tlso_der alg;

	memset(c, 0, sizeof(*c));
	c->path_len = TLSO_X509_NO_PATH_LEN;
	if (len > TLSO_X509_LEN_MAX)
		return "certificate too long";
	tlso_rd_init(&all, der, len);
	c->der = tlso_der_of(all);
	cert = tlso_der_take(&all, TLSO_DER_SEQUENCE);
	c->tbs = tlso_der_element(&cert, TLSO_DER_SEQUENCE);
	alg = tlso_der_element(&cert, TLSO_DER_SEQUENCE);
	sig = tlso_der_bits(&cert);
	if (!tlso_rd_done(&all) || !tlso_rd_done(&cert))
		return "not the DER of a certificate";
	c->sig = tlso_der_of(sig);
	if (!tlso_x509_scheme(alg, &c->scheme))
		return "signature algorithm malformed";
	return parse_tbs(c, alg);
}

struct tlso_der tlso_x509_peek(const struct tlso_cert *cert)
{
	struct tlso_rd all, r;
	u8 tag;
	int i;

	tlso_rd_init(&all, cert->der, cert->len);
	r = tlso_der_take(&all, TLSO_DER_SEQUENCE);
	r = tlso_der_take(&r, TLSO_DER_SEQUENCE);
	if (tlso_der_is(&r, TLSO_DER_CONTEXT_OF(0)))
		(void)tlso_der_any(&r, &tag);
	for (i = 0; i < 4; i++) /* serial, algorithm, issuer, validity */
		(void)tlso_der_any(&r, &tag);
	return tlso_der_element(&r, TLSO_DER_SEQUENCE);
}
