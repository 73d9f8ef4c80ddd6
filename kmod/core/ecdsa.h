/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * ECDSA (FIPS 186-4 6, SEC 1 4.1) on P-256 and P-384, and the DER of its
 * signatures. Signing takes the same time and touches the same memory whatever
 * key and nonce are.
 */
#ifndef TLSO_ECDSA_H
#define TLSO_ECDSA_H

#include "ec.h"

#define TLSO_ECDSA_DER_MAX (2 + 2 * (2 + 1 + TLSO_EC_LEN_MAX))

/* @priv and the nonce @k have c->len bytes, and so @r and @s get. -1 if @k will
 * not do (not in [1, n - 1], or r or s would be zero): draw another; also if
 * @priv is out of range.
 */
__must_check int tlso_ecdsa_sign(const struct tlso_curve *c, const u8 *priv,
				 const u8 *k, const u8 *digest, size_t n,
				 u8 *r, u8 *s, struct tlso_ec_work *w);

/* 0 if (r, s) signs the digest under @point (04 || X || Y), else -1. */
__must_check int tlso_ecdsa_verify(const struct tlso_curve *c, const u8 *point,
				   size_t point_len, const u8 *digest, size_t n,
				   const u8 *r, const u8 *s,
				   struct tlso_ec_work *w);

/* Ecdsa-Sig-Value (RFC 3279 2.2.3) of two numbers of @len bytes each. write: the
 * length, 0 where @cap is too small. read: strict DER, -1 for anything else and
 * for numbers that need more than @len bytes or are not positive.
 */
size_t tlso_ecdsa_der_write(u8 *out, size_t cap, const u8 *r, const u8 *s,
			    size_t len);
__must_check int tlso_ecdsa_der_read(const u8 *p, size_t n, u8 *r, u8 *s,
				     size_t len);

#endif /* TLSO_ECDSA_H */
