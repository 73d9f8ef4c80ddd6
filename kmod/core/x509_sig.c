// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Signature algorithms of certificates, named by the TLS signature scheme that
 * does the same: RSA PKCS#1 and PSS (RFC 4055), ECDSA (RFC 5758), each with
 * SHA-256, -384 and -512. SHA-1 and MD5 have no name here, so nothing that they
 * sign is ever believed. And one certificate's signature checked.
 */
#include "x509_impl.h"

static const u8 oid_pss[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
			      0x0d, 0x01, 0x01, 0x0a };
static const u8 oid_mgf1[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
			       0x0d, 0x01, 0x01, 0x08 };

static const struct {
	u8 oid[9];
	u8 len;
	u16 scheme;
} algs[] = {
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b }, 9,
	  TLSO_RSA_PKCS1_SHA256 },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c }, 9,
	  TLSO_RSA_PKCS1_SHA384 },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d }, 9,
	  TLSO_RSA_PKCS1_SHA512 },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }, 8,
	  TLSO_ECDSA_P256_SHA256 },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 }, 8,
	  TLSO_ECDSA_P384_SHA384 },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04 }, 8,
	  TLSO_X509_ECDSA_SHA512 },
};

/* id-sha256, -384, -512, and PSS with them. */
static const struct {
	u8 oid[9];
	u8 len;
	u16 scheme;
} pss[] = {
	{ { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 }, 32,
	  TLSO_RSA_PSS_RSAE_SHA256 },
	{ { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 }, 48,
	  TLSO_RSA_PSS_RSAE_SHA384 },
	{ { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 }, 64,
	  TLSO_RSA_PSS_RSAE_SHA512 },
};

/* Parameters that are NULL or not there. */
static bool no_params(struct tlso_rd *r)
{
	if (!r->n)
		return !r->bad;
	return !tlso_der_take(r, TLSO_DER_NULL).n && tlso_rd_done(r);
}

/* A hash's AlgorithmIdentifier: its place in pss[], -1 for none of these. */
static int take_hash(struct tlso_rd *r)
{
	struct tlso_rd alg = tlso_der_take(r, TLSO_DER_SEQUENCE), oid;
	int i;

	oid = tlso_der_oid(&alg);
	if (!no_params(&alg))
		return -1;
	for (i = 0; i < (int)ARRAY_SIZE(pss); i++)
		if (tlso_der_is_oid(oid, pss[i].oid, sizeof(pss[i].oid)))
			return i;
	return -1;
}

/* RFC 4055 3.1, of which only what RFC 8446 4.2.3 asks for is taken: one hash
 * for both, a salt of its length. All three differ from the defaults, the
 * trailer field does not, so that DER leaves no other way to write it.
 */
static u16 pss_scheme(struct tlso_rd *params)
{
	struct tlso_rd seq, v, mgf;
	int hash, mgf_hash;

	seq = tlso_der_take(params, TLSO_DER_SEQUENCE);
	v = tlso_der_take(&seq, TLSO_DER_CONTEXT_OF(0));
	hash = take_hash(&v);
	if (!tlso_rd_done(&v) || hash < 0)
		return 0;
	v = tlso_der_take(&seq, TLSO_DER_CONTEXT_OF(1));
	mgf = tlso_der_take(&v, TLSO_DER_SEQUENCE);
	if (!tlso_der_is_oid(tlso_der_oid(&mgf), oid_mgf1, sizeof(oid_mgf1)))
		return 0;
	mgf_hash = take_hash(&mgf);
	if (!tlso_rd_done(&mgf) || !tlso_rd_done(&v) || mgf_hash != hash)
		return 0;
	v = tlso_der_take(&seq, TLSO_DER_CONTEXT_OF(2));
	mgf = tlso_der_number(&v);
	if (!tlso_rd_done(&v) || mgf.n != 1 || mgf.p[0] != pss[hash].len ||
	    !tlso_rd_done(&seq) || !tlso_rd_done(params))
		return 0;
	return pss[hash].scheme;
}

/* RSA: RFC 4055 5, NULL or (a must for readers) nothing. ECDSA: RFC 5758 3.2,
 * nothing.
 */
static bool params_fit(u16 scheme, struct tlso_rd *params)
{
	if (tlso_x509_scheme_takes(scheme, TLSO_KEY_RSA))
		return no_params(params);
	return tlso_rd_done(params);
}

bool tlso_x509_scheme(struct tlso_der alg, u16 *scheme)
{
	struct tlso_rd outer = tlso_der_rd(alg), r, oid;
	size_t i;

	*scheme = 0;
	r = tlso_der_take(&outer, TLSO_DER_SEQUENCE);
	oid = tlso_der_oid(&r);
	if (r.bad)
		return false;
	if (tlso_der_is_oid(oid, oid_pss, sizeof(oid_pss))) {
		*scheme = pss_scheme(&r);
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		if (!tlso_der_is_oid(oid, algs[i].oid, algs[i].len))
			continue;
		*scheme = algs[i].scheme;
		return params_fit(*scheme, &r);
	}
	return true;
}

bool tlso_x509_scheme_takes(u16 scheme, u8 key_type)
{
	switch (scheme) {
	case TLSO_ECDSA_P256_SHA256:
	case TLSO_ECDSA_P384_SHA384:
	case TLSO_X509_ECDSA_SHA512:
		return key_type == TLSO_KEY_P256 || key_type == TLSO_KEY_P384;
	default:
		return scheme && key_type == TLSO_KEY_RSA;
	}
}

static const struct tlso_hash_alg *hash_of(const struct tlso_crypto *crypto,
					   u16 scheme)
{
	switch (scheme) {
	case TLSO_RSA_PKCS1_SHA256:
	case TLSO_RSA_PSS_RSAE_SHA256:
	case TLSO_ECDSA_P256_SHA256:
		return crypto->sha256;
	case TLSO_RSA_PKCS1_SHA384:
	case TLSO_RSA_PSS_RSAE_SHA384:
	case TLSO_ECDSA_P384_SHA384:
		return crypto->sha384;
	default:
		return crypto->sha512;
	}
}

/* ECDSA uses no more of a digest than the curve has bits (FIPS 186-5 6.4.1), so
 * that the front of a SHA-512 goes under the scheme of that length.
 */
static u16 cut_sha512(u8 key_type, size_t *n)
{
	if (key_type == TLSO_KEY_P256) {
		*n = 32;
		return TLSO_ECDSA_P256_SHA256;
	}
	*n = 48;
	return TLSO_ECDSA_P384_SHA384;
}

bool tlso_x509_signed_by(const struct tlso_crypto *crypto,
			 const struct tlso_x509 *c,
			 const struct tlso_pubkey *key,
			 struct tlso_hash_ctx *hash)
{
	const struct tlso_hash_alg *alg = hash_of(crypto, c->scheme);
	u8 digest[TLSO_DIGEST_MAX];
	u16 scheme = c->scheme;
	size_t n;

	if (!alg || alg->init(hash) ||
	    alg->update(hash, c->tbs.p, c->tbs.n) || alg->final(hash, digest))
		return false;
	n = alg->len;
	if (scheme == TLSO_X509_ECDSA_SHA512)
		scheme = cut_sha512(key->type, &n);
	return !crypto->verify(key, scheme, digest, n, c->sig.p, c->sig.n);
}
