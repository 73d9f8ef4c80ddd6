// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Name constraints, RFC 5280 4.2.1.10, critical or not. Kinds of names that are
 * not known here fall under every constraint of their kind: they are excluded,
 * and never permitted. Responsible for one CA and one certificate below it;
 * which those are is for x509_chain.c to say.
 */
#include "x509_impl.h"

static const u8 oid_email[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
				0x0d, 0x01, 0x09, 0x01 };

static bool same(struct tlso_rd a, struct tlso_rd b)
{
	return a.n == b.n && tlso_x509_same_text(a.p, b.p, a.n);
}

/* Takes what goes before the last @n bytes off @r's front. */
static struct tlso_rd last(struct tlso_rd r, size_t n)
{
	(void)tlso_rd_bytes(&r, r.n - n);
	return r;
}

/* Is @name longer than @base and does it end with it? */
static bool ends_with(struct tlso_rd name, struct tlso_rd base)
{
	return name.n > base.n && same(last(name, base.n), base);
}

/* The part of @r after its first (or last) @c; false if there is none. */
static bool after(struct tlso_rd *r, u8 c, bool want_last)
{
	struct tlso_rd at = *r;
	bool found = false;

	while (at.n && !(found && !want_last)) {
		if (tlso_rd_u8(&at) == c) {
			*r = at;
			found = true;
		}
	}
	return found;
}

/* Labels may be added on the left; a base that begins with a dot wants one. A
 * wildcard is also excluded where one of the names that it stands for is.
 */
static bool dns_within(struct tlso_rd name, struct tlso_rd base, bool excluded)
{
	struct tlso_rd rest = name, parent = base;

	if (!base.n || same(name, base))
		return true;
	if (ends_with(name, base) &&
	    (base.p[0] == '.' || last(name, base.n + 1).p[0] == '.'))
		return true;
	return excluded && name.n > 2 && name.p[0] == '*' &&
	       after(&rest, '.', false) && after(&parent, '.', false) &&
	       same(rest, parent);
}

/* A host, or with a dot in front all hosts of a domain. */
static bool host_within(struct tlso_rd host, struct tlso_rd base)
{
	if (base.n && base.p[0] == '.')
		return ends_with(host, base);
	return same(host, base);
}

/* A mailbox, a host, or a domain. The part before the @ has case. */
static bool email_within(struct tlso_rd name, struct tlso_rd base, bool excluded)
{
	struct tlso_rd host = name, base_host = base;
	size_t local;

	if (!base.n || !after(&host, '@', true))
		return excluded;
	if (!after(&base_host, '@', true))
		return host_within(host, base);
	local = base.n - base_host.n;
	return name.n - host.n == local && !memcmp(name.p, base.p, local) &&
	       same(host, base_host);
}

/* The host of scheme://user@host:port/path; false where a constraint cannot
 * be applied: no such host, or an address.
 */
static bool uri_host(struct tlso_rd *r)
{
	struct tlso_rd rest;
	u8 ip[16];
	size_t n;

	if (!after(r, ':', false) || tlso_rd_u8(r) != '/' ||
	    tlso_rd_u8(r) != '/')
		return false;
	for (n = 0; n < r->n; n++)
		if (r->p[n] == '/' || r->p[n] == '?' || r->p[n] == '#')
			break;
	r->n = n;
	(void)after(r, '@', true);
	rest = *r;
	if (after(&rest, ':', false))
		r->n -= rest.n + 1;
	return r->n && r->p[0] != '[' && !tlso_x509_ip(r->p, r->n, ip);
}

static bool uri_within(struct tlso_rd name, struct tlso_rd base, bool excluded)
{
	if (!base.n || !uri_host(&name))
		return excluded;
	return host_within(name, base);
}

/* An address of the other family is not in the subnet. */
static bool ip_within(struct tlso_rd ip, struct tlso_rd base)
{
	size_t i;

	if (base.n != 2 * ip.n)
		return false;
	for (i = 0; i < ip.n; i++)
		if ((ip.p[i] ^ base.p[i]) & base.p[ip.n + i])
			return false;
	return true;
}

static bool within(u8 tag, struct tlso_rd name, struct tlso_rd base,
		   bool excluded)
{
	switch (tag) {
	case TLSO_GN_DNS:
		return dns_within(name, base, excluded);
	case TLSO_GN_RFC822:
		return email_within(name, base, excluded);
	case TLSO_GN_URI:
		return uri_within(name, base, excluded);
	case TLSO_GN_IP:
		return ip_within(name, base);
	case TLSO_GN_DIRECTORY:
		return tlso_x509_name_within(tlso_der_of(name),
					     tlso_der_of(base));
	default:
		return excluded;
	}
}

/* Against all subtrees of one side: *@any says whether some are of this kind. A
 * long name costs more, for it is read again each time.
 */
static bool in_subtrees(struct tlso_der list, u8 tag, struct tlso_rd name,
			bool excluded, bool *any, unsigned int *budget)
{
	unsigned int cost = 1 + (unsigned int)name.n / 32;
	struct tlso_rd r = tlso_der_rd(list), tree, base;
	u8 kind;

	*any = false;
	while (r.n && *budget) {
		*budget -= *budget < cost ? *budget : cost;
		tree = tlso_der_take(&r, TLSO_DER_SEQUENCE);
		base = tlso_der_any(&tree, &kind);
		if (base.bad || kind != tag)
			continue;
		*any = true;
		if (within(tag, name, base, excluded))
			return true;
	}
	return false;
}

static const char *judge(const struct tlso_x509 *ca, u8 tag,
			 struct tlso_rd name, unsigned int *budget)
{
	const char *why = NULL;
	bool any;

	if (!in_subtrees(ca->permitted, tag, name, false, &any, budget) && any)
		why = "a name that its issuer's constraints do not permit";
	else if (in_subtrees(ca->excluded, tag, name, true, &any, budget))
		why = "a name that its issuer's constraints exclude";
	if (!*budget)
		why = "too many names and name constraints";
	return why;
}

/* RFC 5280 has emailAddress in the subject count where there is no
 * subjectAltName; it always counts here.
 */
static const char *judge_emails(const struct tlso_x509 *ca,
				struct tlso_rd rdns, unsigned int *budget)
{
	struct tlso_rd set = { NULL, 0, false }, ava, oid, v;
	const char *why = NULL;
	u8 tag;

	while ((set.n || rdns.n) && !set.bad && !why) {
		if (!set.n)
			set = tlso_der_take(&rdns, TLSO_DER_SET);
		ava = tlso_der_take(&set, TLSO_DER_SEQUENCE);
		oid = tlso_der_oid(&ava);
		v = tlso_der_any(&ava, &tag);
		if (tlso_der_is_oid(oid, oid_email, sizeof(oid_email)))
			why = judge(ca, TLSO_GN_RFC822, v, budget);
	}
	return why;
}

static const char *judge_subject(const struct tlso_x509 *ca,
				 const struct tlso_x509 *c,
				 unsigned int *budget)
{
	struct tlso_rd name = tlso_der_rd(c->subject), rdns;
	const char *why;

	rdns = tlso_der_take(&name, TLSO_DER_SEQUENCE);
	if (!rdns.n)
		return NULL;
	why = judge(ca, TLSO_GN_DIRECTORY, tlso_der_rd(c->subject), budget);
	return why ? why : judge_emails(ca, rdns, budget);
}

const char *tlso_x509_constrained(const struct tlso_x509 *ca,
				  const struct tlso_x509 *c,
				  unsigned int *budget)
{
	struct tlso_rd names = tlso_der_rd(c->san), v;
	const char *why;
	u8 tag;

	if (!ca->permitted.p && !ca->excluded.p)
		return NULL;
	why = judge_subject(ca, c, budget);
	while (names.n && !why) {
		v = tlso_der_any(&names, &tag);
		why = judge(ca, tag, v, budget);
	}
	return why;
}
