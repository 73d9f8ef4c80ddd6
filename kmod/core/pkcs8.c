// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* PKCS#8 private keys; see pkcs8.h. */
#include "der.h"
#include "pkcs8.h"

/* An INTEGER that must be @want, below 128. */
static void der_small(struct tlso_rd *r, u8 want)
{
	struct tlso_rd v = tlso_der_take(r, TLSO_DER_INTEGER);

	if (v.n != 1 || v.p[0] != want)
		r->bad = true;
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

	null = tlso_der_take(params, TLSO_DER_NULL);
	seq = tlso_der_take(key, TLSO_DER_SEQUENCE);
	if (!tlso_rd_done(params) || null.n || !tlso_rd_done(key))
		return TLSO_E_DECODE;
	b->type = TLSO_KEY_RSA;
	der_small(&seq, 0); /* two primes */
	for (i = 0; i < 8; i++)
		set_part(b, tlso_der_number(&seq));
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
	if (tlso_der_is_oid(oid, tlso_oid_p256, sizeof(tlso_oid_p256)))
		return TLSO_KEY_P256;
	if (tlso_der_is_oid(oid, tlso_oid_p384, sizeof(tlso_oid_p384)))
		return TLSO_KEY_P384;
	return TLSO_KEY_NONE;
}

static enum tlso_err read_ec(struct tlso_key_blob *b, struct tlso_rd *params,
			     struct tlso_rd *key)
{
	enum tlso_key_type curve = curve_by_oid(tlso_der_oid(params));
	size_t field = curve == TLSO_KEY_P384 ? 48 : 32;
	struct tlso_rd seq, scalar, tagged, point;

	if (curve == TLSO_KEY_NONE)
		return TLSO_E_ILLEGAL;
	seq = tlso_der_take(key, TLSO_DER_SEQUENCE);
	if (!tlso_rd_done(params) || !tlso_rd_done(key))
		return TLSO_E_DECODE;
	b->type = curve;
	der_small(&seq, 1); /* ecPrivkeyVer1 */
	scalar = tlso_der_take(&seq, TLSO_DER_OCTET_STRING);
	/* RFC 5915 3 gives its length; GnuTLS puts a sign byte before some. */
	if (scalar.n == field + 1 && !scalar.p[0])
		(void)tlso_rd_u8(&scalar);
	if (tlso_der_is(&seq, TLSO_DER_CONTEXT_OF(0))) { /* the curve once more */
		tagged = tlso_der_take(&seq, TLSO_DER_CONTEXT_OF(0));
		if (curve_by_oid(tlso_der_oid(&tagged)) != curve ||
		    !tlso_rd_done(&tagged))
			return TLSO_E_ILLEGAL;
	}
	tagged = tlso_der_take(&seq, TLSO_DER_CONTEXT_OF(1));
	point = tlso_der_take(&tagged, TLSO_DER_BIT_STRING);
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
	seq = tlso_der_take(&r, TLSO_DER_SEQUENCE);
	der_small(&seq, 0);
	alg = tlso_der_take(&seq, TLSO_DER_SEQUENCE);
	oid = tlso_der_oid(&alg);
	key = tlso_der_take(&seq, TLSO_DER_OCTET_STRING);
	/* RFC 5208 allows attributes here; nobody writes them. */
	if (!tlso_rd_done(&r) || !tlso_rd_done(&seq) || alg.bad)
		return TLSO_E_DECODE;
	if (tlso_der_is_oid(oid, tlso_oid_rsa, sizeof(tlso_oid_rsa)))
		e = read_rsa(b, &alg, &key);
	else if (tlso_der_is_oid(oid, tlso_oid_ec, sizeof(tlso_oid_ec)))
		e = read_ec(b, &alg, &key);
	else
		e = TLSO_E_ILLEGAL;
	if (e)
		memset(b, 0, sizeof(*b));
	return e;
}
