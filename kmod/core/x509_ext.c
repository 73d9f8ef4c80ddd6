// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Extensions, RFC 5280 4.2: which of them are known, and their form. A known
 * one that is malformed spoils the certificate; an unknown one only if it is
 * critical, and then x509_chain.c refuses it.
 */
#include "x509_impl.h"

static const u8 oid_server_auth[] = { 0x2b, 0x06, 0x01, 0x05,
				      0x05, 0x07, 0x03, 0x01 };
static const u8 oid_client_auth[] = { 0x2b, 0x06, 0x01, 0x05,
				      0x05, 0x07, 0x03, 0x02 };

/* IA5String without NUL, which would end the name in other people's code. */
static bool is_ia5(struct tlso_rd v)
{
	size_t i;

	for (i = 0; i < v.n; i++)
		if (!v.p[i] || v.p[i] >= 0x80)
			return false;
	return true;
}

/* 4.2.1.10: address and mask, the mask as in CIDR. */
static bool is_subnet(struct tlso_rd v)
{
	size_t half = v.n / 2, i;
	bool ended = false;
	u8 zeros;

	if (v.n != 8 && v.n != 32)
		return false;
	for (i = half; i < v.n; i++) {
		zeros = (u8)~v.p[i];
		if ((ended && zeros != 0xff) || zeros & (zeros + 1))
			return false;
		ended = zeros;
	}
	return true;
}

static bool is_directory_name(struct tlso_rd v)
{
	struct tlso_rd name = tlso_der_take(&v, TLSO_DER_SEQUENCE);

	return tlso_rd_done(&v) && tlso_x509_is_name(name);
}

static bool is_other_name(struct tlso_rd v)
{
	(void)tlso_der_oid(&v);
	(void)tlso_der_take(&v, TLSO_DER_CONTEXT_OF(0));
	return tlso_rd_done(&v);
}

/* A GeneralName, or with @base what a name constraint makes of one. */
static bool is_general_name(u8 tag, struct tlso_rd v, bool base)
{
	switch (tag) {
	case TLSO_GN_RFC822:
	case TLSO_GN_DNS:
	case TLSO_GN_URI:
		return (v.n || base) && is_ia5(v);
	case TLSO_GN_IP:
		return base ? is_subnet(v) : v.n == 4 || v.n == 16;
	case TLSO_GN_DIRECTORY:
		return is_directory_name(v);
	case TLSO_GN_OTHER:
		return is_other_name(v);
	case TLSO_GN_X400:
	case TLSO_GN_EDI:
	case TLSO_GN_RID:
		return v.n;
	default:
		return false;
	}
}

/* 4.2.1.6 */
static bool read_san(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd names = tlso_der_take(r, TLSO_DER_SEQUENCE), v;
	u8 tag;

	c->san = tlso_der_of(names);
	do {
		v = tlso_der_any(&names, &tag);
		if (v.bad || !is_general_name(tag, v, false))
			return false;
	} while (names.n);
	return true;
}

/* minimum and maximum have no meaning in this profile, 4.2.1.10. */
static bool are_subtrees(struct tlso_rd list)
{
	struct tlso_rd tree, base;
	u8 tag;

	do {
		tree = tlso_der_take(&list, TLSO_DER_SEQUENCE);
		base = tlso_der_any(&tree, &tag);
		if (!tlso_rd_done(&tree) || !is_general_name(tag, base, true))
			return false;
	} while (list.n);
	return true;
}

static bool take_subtrees(struct tlso_rd *r, u8 tag, struct tlso_der *out)
{
	struct tlso_rd v;

	if (!tlso_der_is(r, tag))
		return true;
	v = tlso_der_take(r, tag);
	*out = tlso_der_of(v);
	return are_subtrees(v);
}

static bool read_name_constraints(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_SEQUENCE);

	return v.n &&
	       take_subtrees(&v, TLSO_DER_CONTEXT_OF(0), &c->permitted) &&
	       take_subtrees(&v, TLSO_DER_CONTEXT_OF(1), &c->excluded) &&
	       tlso_rd_done(&v);
}

/* 4.2.1.3: at least one bit is set. X.690 11.2.2 would have no zero bits at the
 * end, but roots that everybody trusts have them.
 */
static bool read_key_usage(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_BIT_STRING);
	u8 pad = tlso_rd_u8(&v);

	if (v.bad || pad > 7 || !v.n || v.n > 2 ||
	    v.p[v.n - 1] & ((1u << pad) - 1))
		return false;
	c->key_usage = (u16)(tlso_rd_u8(&v) << 8);
	if (v.n)
		c->key_usage |= tlso_rd_u8(&v);
	c->flags |= TLSO_X509_HAS_KU;
	return c->key_usage;
}

/* 4.2.1.12. anyExtendedKeyUsage counts for nothing: a TLS certificate says so. */
static bool read_eku(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd list = tlso_der_take(r, TLSO_DER_SEQUENCE), oid;

	c->flags |= TLSO_X509_HAS_EKU;
	do {
		oid = tlso_der_oid(&list);
		if (oid.bad)
			return false;
		if (tlso_der_is_oid(oid, oid_server_auth,
				    sizeof(oid_server_auth)))
			c->flags |= TLSO_X509_EKU_SERVER;
		if (tlso_der_is_oid(oid, oid_client_auth,
				    sizeof(oid_client_auth)))
			c->flags |= TLSO_X509_EKU_CLIENT;
	} while (list.n);
	return true;
}

/* 4.2.1.9: a path length only where there is a CA. */
static bool read_basic_constraints(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_SEQUENCE), len;

	if (tlso_der_flag(&v))
		c->flags |= TLSO_X509_CA;
	if (v.n) {
		len = tlso_der_integer(&v);
		if (len.bad || len.p[0] & 0x80 || !(c->flags & TLSO_X509_CA))
			return false;
		/* A longer one limits nothing here. */
		if (len.n == 1)
			c->path_len = len.p[0];
	}
	return tlso_rd_done(&v);
}

static bool read_ski(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_OCTET_STRING);

	c->ski = tlso_der_of(v);
	return v.n;
}

/* 4.2.1.1: keyIdentifier; authorityCertIssuer and its serial are not read. */
static bool read_aki(struct tlso_x509 *c, struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_SEQUENCE);

	if (tlso_der_is(&v, TLSO_DER_CONTEXT(0)))
		c->aki = tlso_der_of(tlso_der_take(&v, TLSO_DER_CONTEXT(0)));
	if (tlso_der_is(&v, TLSO_DER_CONTEXT_OF(1)))
		(void)tlso_der_take(&v, TLSO_DER_CONTEXT_OF(1));
	if (tlso_der_is(&v, TLSO_DER_CONTEXT(2)))
		(void)tlso_der_take(&v, TLSO_DER_CONTEXT(2));
	return tlso_rd_done(&v);
}

/* 2.5.29.x. Those that may not be critical are unknown where they are: who
 * marks them so asks for something else than RFC 5280's meaning.
 */
static const struct known {
	u8 id;
	bool critical;
	bool (*read)(struct tlso_x509 *c, struct tlso_rd *r);
	const char *wrong;
} known[] = {
	{ 14, false, read_ski, "subjectKeyIdentifier malformed" },
	{ 15, true, read_key_usage, "keyUsage malformed" },
	{ 17, true, read_san, "subjectAltName malformed" },
	{ 19, true, read_basic_constraints, "basicConstraints malformed" },
	{ 30, true, read_name_constraints, "nameConstraints malformed" },
	{ 35, false, read_aki, "authorityKeyIdentifier malformed" },
	{ 37, true, read_eku, "extKeyUsage malformed" },
};

static const struct known *find_known(struct tlso_rd oid)
{
	size_t i;

	if (oid.n != 3 || oid.p[0] != 0x55 || oid.p[1] != 0x1d)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].id == oid.p[2])
			return &known[i];
	return NULL;
}

/* Is @oid that of one of the first @n extensions? 4.2: at most one of each. */
static bool seen(struct tlso_rd list, unsigned int n, struct tlso_rd oid)
{
	struct tlso_rd ext, other;

	while (n--) {
		ext = tlso_der_take(&list, TLSO_DER_SEQUENCE);
		other = tlso_der_oid(&ext);
		if (tlso_der_same(tlso_der_of(other), tlso_der_of(oid)))
			return true;
	}
	return false;
}

static const char *read_one(struct tlso_x509 *c, const struct known *k,
			    bool critical, struct tlso_rd v)
{
	if (critical && (!k || !k->critical))
		c->flags |= TLSO_X509_UNKNOWN_CRITICAL;
	if (k && (!k->read(c, &v) || !tlso_rd_done(&v)))
		return k->wrong;
	return NULL;
}

const char *tlso_x509_extensions(struct tlso_x509 *c, struct tlso_rd v)
{
	struct tlso_rd all = v, ext, oid, value;
	unsigned int n = 0;
	const char *why;
	bool critical;

	do {
		ext = tlso_der_take(&v, TLSO_DER_SEQUENCE);
		oid = tlso_der_oid(&ext);
		critical = tlso_der_flag(&ext);
		value = tlso_der_take(&ext, TLSO_DER_OCTET_STRING);
		if (!tlso_rd_done(&ext))
			return "extension malformed";
		if (n == TLSO_X509_EXTS_MAX)
			return "too many extensions";
		if (seen(all, n++, oid))
			return "extension twice";
		why = read_one(c, find_known(oid), critical, value);
		if (why)
			return why;
	} while (v.n);
	return v.bad ? "extensions malformed" : NULL;
}
