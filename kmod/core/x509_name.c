// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Distinguished names: the form of their values, and comparison, RFC 5280 7.1:
 * equal bytes first; then, in strings of ASCII (PrintableString, UTF8String,
 * IA5String; what else UTF-8 has is compared as it is), letters without their
 * case, and spaces without their number. Sets of several values are compared in
 * the order in which DER sorts them.
 */
#include "x509_impl.h"

/* RFC 3629 4: the shortest form, no surrogates, nothing above U+10FFFF. */
static bool utf8_next(struct tlso_rd *r)
{
	u8 c = tlso_rd_u8(r), more;
	u32 v, least;

	if (c < 0x80)
		return true;
	if (c < 0xc2 || c > 0xf4)
		return false;
	more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
	v = c & (0x3fu >> more);
	while (more--) {
		c = tlso_rd_u8(r);
		if ((c & 0xc0) != 0x80)
			return false;
		v = v << 6 | (c & 0x3f);
	}
	return v >= least && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff);
}

/* The strings of DirectoryString and those that some attributes have for their
 * own; postalAddress is a SEQUENCE of them, x500UniqueIdentifier a BIT STRING.
 * What is called UTF-8 has to be.
 */
bool tlso_x509_is_value(u8 tag, struct tlso_rd v)
{
	switch (tag) {
	case TLSO_DER_UTF8:
		while (v.n)
			if (!utf8_next(&v))
				return false;
		return true;
	case TLSO_DER_BIT_STRING:
	case TLSO_DER_NUMERIC:
	case TLSO_DER_PRINTABLE:
	case TLSO_DER_TELETEX:
	case TLSO_DER_IA5:
	case TLSO_DER_UNIVERSAL:
	case TLSO_DER_BMP:
	case TLSO_DER_SEQUENCE:
		return true;
	default:
		return false;
	}
}

static bool foldable(u8 tag)
{
	return tag == TLSO_DER_UTF8 || tag == TLSO_DER_PRINTABLE ||
	       tag == TLSO_DER_IA5;
}

static void pass_spaces(struct tlso_rd *r)
{
	while (r->n && r->p[0] == ' ')
		(void)tlso_rd_u8(r);
}

/* The next character as it counts, 0 at the end; NUL is no end. */
static unsigned int fold_next(struct tlso_rd *r)
{
	u8 c;

	if (!r->n)
		return 0;
	c = tlso_rd_u8(r);
	if (c == ' ') {
		pass_spaces(r);
		return r->n ? ' ' : 0;
	}
	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	return 0x100u | c;
}

static bool folded_equal(struct tlso_rd a, struct tlso_rd b)
{
	unsigned int x, y;

	pass_spaces(&a);
	pass_spaces(&b);
	do {
		x = fold_next(&a);
		y = fold_next(&b);
		if (x != y)
			return false;
	} while (x);
	return true;
}

static bool value_equal(struct tlso_rd *a, struct tlso_rd *b)
{
	struct tlso_rd x, y;
	u8 tx, ty;

	x = tlso_der_any(a, &tx);
	y = tlso_der_any(b, &ty);
	if (x.bad || y.bad)
		return false;
	if (tx == ty && x.n == y.n && !memcmp(x.p, y.p, x.n))
		return true;
	return foldable(tx) && foldable(ty) && folded_equal(x, y);
}

static bool rdn_equal(struct tlso_rd a, struct tlso_rd b)
{
	struct tlso_rd x, y;

	while (a.n && b.n) {
		x = tlso_der_take(&a, TLSO_DER_SEQUENCE);
		y = tlso_der_take(&b, TLSO_DER_SEQUENCE);
		if (!tlso_der_same(tlso_der_of(tlso_der_oid(&x)),
				   tlso_der_of(tlso_der_oid(&y))) ||
		    !value_equal(&x, &y))
			return false;
	}
	return tlso_rd_done(&a) && tlso_rd_done(&b);
}

/* Takes the RDNs of @base off @name's front. */
static bool take_base(struct tlso_rd *name, struct tlso_rd *base)
{
	while (base->n) {
		if (!name->n ||
		    !rdn_equal(tlso_der_take(name, TLSO_DER_SET),
			       tlso_der_take(base, TLSO_DER_SET)))
			return false;
	}
	return !name->bad && !base->bad;
}

static struct tlso_rd rdns(struct tlso_der name)
{
	struct tlso_rd r = tlso_der_rd(name);

	return tlso_der_take(&r, TLSO_DER_SEQUENCE);
}

bool tlso_x509_name_equal(struct tlso_der a, struct tlso_der b)
{
	struct tlso_rd x, y;

	if (tlso_der_same(a, b))
		return true;
	x = rdns(a);
	y = rdns(b);
	return take_base(&x, &y) && tlso_rd_done(&x);
}

bool tlso_x509_name_within(struct tlso_der name, struct tlso_der base)
{
	struct tlso_rd x = rdns(name), y = rdns(base);

	return take_base(&x, &y);
}
