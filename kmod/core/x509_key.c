// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * subjectPublicKeyInfo to struct tlso_pubkey: RSA of 2048 to 4096 bits (RFC 3279
 * 2.3.1), P-256 and P-384 (RFC 5480). Form alone: whether a point lies on its
 * curve is for crypto->verify() to find out, which computes with it.
 */
#include "x509_impl.h"

#define RSA_BITS_MIN 2048

static u16 bit_length(struct tlso_rd n)
{
	unsigned int bits = (unsigned int)n.n * 8;
	u8 top = n.p[0];

	for (; !(top & 0x80); top = (u8)(top << 1))
		bits--;
	return (u16)bits;
}

/* e is odd and not 1; more than 64 bits of it are nobody's. */
static enum tlso_err read_rsa(struct tlso_pubkey *key, struct tlso_rd *params,
			      struct tlso_rd bits)
{
	struct tlso_rd seq, n, e;

	/* RFC 3279 2.3.1: parameters are NULL. */
	if (tlso_der_take(params, TLSO_DER_NULL).n || !tlso_rd_done(params))
		return TLSO_E_BAD_CERT;
	seq = tlso_der_take(&bits, TLSO_DER_SEQUENCE);
	n = tlso_der_number(&seq);
	e = tlso_der_number(&seq);
	if (!tlso_rd_done(&seq) || !tlso_rd_done(&bits))
		return TLSO_E_BAD_CERT;
	if (n.n > TLSO_RSA_MAX || e.n > sizeof(key->e))
		return TLSO_E_UNSUPPORTED_CERT;
	key->bits = bit_length(n);
	if (key->bits < RSA_BITS_MIN)
		return TLSO_E_UNSUPPORTED_CERT;
	if (!(n.p[n.n - 1] & 1) || !(e.p[e.n - 1] & 1) ||
	    (e.n == 1 && e.p[0] == 1))
		return TLSO_E_BAD_CERT;
	key->type = TLSO_KEY_RSA;
	key->n_len = (u16)n.n;
	memcpy(key->n, n.p, n.n);
	key->e_len = (u8)e.n;
	memcpy(key->e, e.p, e.n);
	return TLSO_OK;
}

/* RFC 5480 2.2: only uncompressed points are must; RFC 8422 5.1.1 and RFC 8446
 * 4.2.8.2 know no other.
 */
static enum tlso_err read_ec(struct tlso_pubkey *key, struct tlso_rd *params,
			     struct tlso_rd point)
{
	struct tlso_rd curve;

	if (!tlso_der_is(params, TLSO_DER_OID))
		return TLSO_E_UNSUPPORTED_CERT; /* explicit parameters */
	curve = tlso_der_oid(params);
	if (!tlso_rd_done(params) || !point.n)
		return TLSO_E_BAD_CERT;
	if (tlso_der_is_oid(curve, tlso_oid_p256, sizeof(tlso_oid_p256))) {
		key->type = TLSO_KEY_P256;
		key->bits = 256;
	} else if (tlso_der_is_oid(curve, tlso_oid_p384, sizeof(tlso_oid_p384))) {
		key->type = TLSO_KEY_P384;
		key->bits = 384;
	} else {
		return TLSO_E_UNSUPPORTED_CERT;
	}
	if (point.p[0] == 2 || point.p[0] == 3)
		return TLSO_E_UNSUPPORTED_CERT; /* compressed */
	if (point.p[0] != 4 || point.n != 1 + 2 * (size_t)(key->bits / 8))
		return TLSO_E_BAD_CERT;
	key->n_len = (u16)point.n;
	memcpy(key->n, point.p, point.n);
	return TLSO_OK;
}

enum tlso_err tlso_x509_key(const struct tlso_x509 *c, struct tlso_pubkey *key)
{
	struct tlso_rd r = tlso_der_rd(c->spki), alg, oid, bits;
	enum tlso_err e;

	memset(key, 0, sizeof(*key));
	alg = tlso_der_take(&r, TLSO_DER_SEQUENCE);
	oid = tlso_der_oid(&alg);
	bits = tlso_der_bits(&r);
	if (!tlso_rd_done(&r) || alg.bad)
		return TLSO_E_BAD_CERT;
	if (tlso_der_is_oid(oid, tlso_oid_rsa, sizeof(tlso_oid_rsa)))
		e = read_rsa(key, &alg, bits);
	else if (tlso_der_is_oid(oid, tlso_oid_ec, sizeof(tlso_oid_ec)))
		e = read_ec(key, &alg, bits);
	else
		e = TLSO_E_UNSUPPORTED_CERT;
	if (e)
		memset(key, 0, sizeof(*key));
	return e;
}
