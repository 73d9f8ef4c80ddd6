// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* PKCS#8 private keys: a strict DER reader, no larger than it needs to be. */
#include "buf.h"
#include "pkcs8.h"

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTET_STRING 0x04
#define DER_NULL 0x05
#define DER_OID 0x06
#define DER_SEQUENCE 0x30
#define DER_CONTEXT_0 0xa0
#define DER_CONTEXT_1 0xa1

static const u8 oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
			      0x0d, 0x01, 0x01, 0x01 };
static const u8 oid_ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const u8 oid_p256[] = { 0x2a, 0x86, 0x48, 0xce,
			       0x3d, 0x03, 0x01, 0x07 };
static const u8 oid_p384[] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };

/* X.690 10.1: definite lengths in the fewest bytes. Ours are below 2^16. */
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

/* The contents of the next element, which must have @tag. */
static struct tlso_rd der_take(struct tlso_rd *r, u8 tag)
{
	struct tlso_rd v;
	const u8 *p;
	size_t n;

	if (tlso_rd_u8(r) != tag)
		r->bad = true;
	n = der_length(r);
	p = tlso_rd_bytes(r, n);
	tlso_rd_init(&v, p, r->bad ? 0 : n);
	v.bad = r->bad;
	return v;
}

/* A positive INTEGER, in the fewest bytes, without its sign byte. */
static struct tlso_rd der_number(struct tlso_rd *r)
{
	struct tlso_rd v = der_take(r, DER_INTEGER);

	if (!v.bad && v.n > 1 && !v.p[0]) {
		(void)tlso_rd_u8(&v);
		if (!(v.p[0] & 0x80))
			v.bad = true;
	} else if (!v.n || !v.p[0] || (v.p[0] & 0x80)) {
		v.bad = true;
	}
	if (v.bad)
		r->bad = true;
	return v;
}

/* An INTEGER that must be @want, below 128. */
static void der_small(struct tlso_rd *r, u8 want)
{
	struct tlso_rd v = der_take(r, DER_INTEGER);

	if (v.n != 1 || v.p[0] != want)
		r->bad = true;
}

static bool der_is_oid(struct tlso_rd v, const u8 *oid, size_t n)
{
	return !v.bad && v.n == n && !memcmp(v.p, oid, n);
}

static void set_part(struct tlso_key_blob *b, struct tlso_rd v)
{
	b->part[b->parts].p = v.p;
	b->part[b->parts].n = v.n;
	b->parts++;
}

static enum tlso_err read_rsa(struct tlso_key_blob *b, struct tlso_rd *params,
			      struct tlso_rd *key)
{
	struct tlso_rd null, seq;
	unsigned int i, bits;

	null = der_take(params, DER_NULL);
	seq = der_take(key, DER_SEQUENCE);
	if (!tlso_rd_done(params) || null.n || !tlso_rd_done(key))
		return TLSO_E_DECODE;
	b->type = TLSO_KEY_RSA;
	der_small(&seq, 0); /* two primes */
	for (i = 0; i < 8; i++)
		set_part(b, der_number(&seq));
	if (!tlso_rd_done(&seq))
		return TLSO_E_DECODE;
	for (i = 1; i < 8; i++) /* nothing is longer than the modulus */
		if (b->part[i].n > b->part[0].n)
			return TLSO_E_ILLEGAL;
	bits = tlso_key_blob_bits(b);
	if (bits < TLSO_RSA_BITS_MIN || bits > TLSO_RSA_BITS_MAX)
		return TLSO_E_ILLEGAL;
	return TLSO_OK;
}

static enum tlso_key_type curve_by_oid(struct tlso_rd oid)
{
	if (der_is_oid(oid, oid_p256, sizeof(oid_p256)))
		return TLSO_KEY_P256;
	if (der_is_oid(oid, oid_p384, sizeof(oid_p384)))
		return TLSO_KEY_P384;
	return TLSO_KEY_NONE;
}

static enum tlso_err read_ec(struct tlso_key_blob *b, struct tlso_rd *params,
			     struct tlso_rd *key)
{
	enum tlso_key_type curve = curve_by_oid(der_take(params, DER_OID));
	size_t field = curve == TLSO_KEY_P384 ? 48 : 32;
	struct tlso_rd seq, scalar, tagged, point;

	if (curve == TLSO_KEY_NONE)
		return TLSO_E_ILLEGAL;
	seq = der_take(key, DER_SEQUENCE);
	if (!tlso_rd_done(params) || !tlso_rd_done(key))
		return TLSO_E_DECODE;
	b->type = curve;
	der_small(&seq, 1); /* ecPrivkeyVer1 */
	scalar = der_take(&seq, DER_OCTET_STRING);
	/* RFC 5915 3 gives its length; GnuTLS puts a sign byte before some. */
	if (scalar.n == field + 1 && !scalar.p[0])
		(void)tlso_rd_u8(&scalar);
	if (seq.n && seq.p[0] == DER_CONTEXT_0) { /* the curve once more */
		tagged = der_take(&seq, DER_CONTEXT_0);
		if (curve_by_oid(der_take(&tagged, DER_OID)) != curve ||
		    !tlso_rd_done(&tagged))
			return TLSO_E_ILLEGAL;
	}
	tagged = der_take(&seq, DER_CONTEXT_1);
	point = der_take(&tagged, DER_BIT_STRING);
	if (tlso_rd_u8(&point) || !tlso_rd_done(&tagged) || !tlso_rd_done(&seq))
		return TLSO_E_DECODE;
	set_part(b, scalar);
	set_part(b, point);
	return tlso_key_blob_bits(b) ? TLSO_OK : TLSO_E_ILLEGAL;
}

enum tlso_err tlso_pkcs8_read(struct tlso_key_blob *b, const u8 *der, size_t n)
{
	struct tlso_rd r, seq, alg, oid, key;
	enum tlso_err e;

	memset(b, 0, sizeof(*b));
	tlso_rd_init(&r, der, n);
	seq = der_take(&r, DER_SEQUENCE);
	der_small(&seq, 0);
	alg = der_take(&seq, DER_SEQUENCE);
	oid = der_take(&alg, DER_OID);
	key = der_take(&seq, DER_OCTET_STRING);
	/* RFC 5208 allows attributes here; nobody writes them. */
	if (!tlso_rd_done(&r) || !tlso_rd_done(&seq) || alg.bad)
		return TLSO_E_DECODE;
	if (der_is_oid(oid, oid_rsa, sizeof(oid_rsa)))
		e = read_rsa(b, &alg, &key);
	else if (der_is_oid(oid, oid_ec, sizeof(oid_ec)))
		e = read_ec(b, &alg, &key);
	else
		e = TLSO_E_ILLEGAL;
	if (e)
		memset(b, 0, sizeof(*b));
	return e;
}
