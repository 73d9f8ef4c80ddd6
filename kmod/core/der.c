// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* DER elements, strictly; see der.h. */
#include "der.h"

const u8 tlso_oid_rsa[9] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
			     0x0d, 0x01, 0x01, 0x01 };
const u8 tlso_oid_ec[7] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
const u8 tlso_oid_p256[8] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
const u8 tlso_oid_p384[5] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };

struct tlso_rd tlso_der_rd(struct tlso_der d)
{
	struct tlso_rd r;

	tlso_rd_init(&r, d.p, d.n);
	return r;
}

struct tlso_der tlso_der_of(struct tlso_rd r)
{
	struct tlso_der d = { r.p, r.n };

	if (r.bad) {
		d.p = NULL;
		d.n = 0;
	}
	return d;
}

bool tlso_der_same(struct tlso_der a, struct tlso_der b)
{
	return a.p && b.p && a.n == b.n && !memcmp(a.p, b.p, a.n);
}

bool tlso_der_is(const struct tlso_rd *r, u8 tag)
{
	return !r->bad && r->n && r->p[0] == tag;
}

/* X.690 10.1: definite lengths in the fewest bytes. */
static size_t der_length(struct tlso_rd *r)
{
	u8 first = tlso_rd_u8(r);
	size_t n;

	if (first < 0x80)
		return first;
	if (first == 0x81) {
		n = tlso_rd_u8(r);
		if (n < 0x80)
			r->bad = true;
		return n;
	}
	n = tlso_rd_u16(r);
	if (first != 0x82 || n < 0x100)
		r->bad = true;
	return n;
}

struct tlso_rd tlso_der_any(struct tlso_rd *r, u8 *tag)
{
	struct tlso_rd v;
	const u8 *p;
	size_t n;

	*tag = tlso_rd_u8(r);
	if ((*tag & 0x1f) == 0x1f) /* a tag number of several bytes */
		r->bad = true;
	n = der_length(r);
	p = tlso_rd_bytes(r, n);
	tlso_rd_init(&v, p, r->bad ? 0 : n);
	v.bad = r->bad;
	return v;
}

struct tlso_rd tlso_der_take(struct tlso_rd *r, u8 tag)
{
	struct tlso_rd v;
	u8 got;

	v = tlso_der_any(r, &got);
	if (got != tag) {
		r->bad = true;
		v.bad = true;
	}
	return v;
}

struct tlso_der tlso_der_element(struct tlso_rd *r, u8 tag)
{
	struct tlso_der d = { NULL, 0 };
	struct tlso_rd start = *r;

	if (tlso_der_take(r, tag).bad)
		return d;
	d.p = start.p;
	d.n = start.n - r->n;
	return d;
}

/* Each number in the fewest groups of seven bits, the last one complete. */
struct tlso_rd tlso_der_oid(struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_OID);
	bool start = true;
	size_t i;

	for (i = 0; !v.bad && i < v.n; i++) {
		if (start && v.p[i] == 0x80)
			v.bad = true;
		start = !(v.p[i] & 0x80);
	}
	if (!v.n || !start)
		v.bad = true;
	if (v.bad)
		r->bad = true;
	return v;
}

bool tlso_der_is_oid(struct tlso_rd v, const u8 *oid, size_t n)
{
	return !v.bad && v.n == n && !memcmp(v.p, oid, n);
}

struct tlso_rd tlso_der_integer(struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_INTEGER);

	if (!v.bad && v.n > 1 &&
	    ((!v.p[0] && !(v.p[1] & 0x80)) || (v.p[0] == 0xff && v.p[1] & 0x80)))
		v.bad = true;
	if (!v.n)
		v.bad = true;
	if (v.bad)
		r->bad = true;
	return v;
}

struct tlso_rd tlso_der_number(struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_integer(r);

	if (!v.bad && v.n > 1 && !v.p[0])
		(void)tlso_rd_u8(&v);
	else if (!v.bad && (!v.p[0] || v.p[0] & 0x80))
		v.bad = true;
	if (v.bad)
		r->bad = true;
	return v;
}

bool tlso_der_flag(struct tlso_rd *r)
{
	struct tlso_rd v;

	if (!tlso_der_is(r, TLSO_DER_BOOLEAN))
		return false;
	v = tlso_der_take(r, TLSO_DER_BOOLEAN);
	if (v.n != 1 || tlso_rd_u8(&v) != 0xff)
		r->bad = true;
	return true;
}

struct tlso_rd tlso_der_bits(struct tlso_rd *r)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_BIT_STRING);

	if (tlso_rd_u8(&v))
		v.bad = true;
	if (v.bad)
		r->bad = true;
	return v;
}
