/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Points on P-256 and P-384 (FIPS 186-4 D.1.2), with complete addition
 * formulas: there is no point, and no pair of points, for which they are wrong
 * or take another path. Time and memory accesses do not depend on scalars or
 * points; where something is judged (a point off the curve, a scalar out of
 * range) the verdict alone is public.
 *
 * Responsible for: points, scalars and their encodings, ECDH.
 * Leaves to: modn the arithmetic; ecdsa signatures; the caller randomness.
 */
#ifndef TLSO_EC_H
#define TLSO_EC_H

#include "crypto.h"
#include "modn.h"

#define TLSO_EC_WORDS 6
#define TLSO_EC_LEN_MAX 48 /* bytes of a coordinate or scalar */

struct tlso_curve {
	struct tlso_modn p; /* the field */
	struct tlso_modn n; /* the order */
	const u64 *b, *gx, *gy; /* in Montgomery form */
	unsigned int len; /* bytes of a coordinate and of a scalar */
	const u64 *table; /* of the base point, and */
	unsigned int step; /* windows from row to row of it: ec_base.h */
};

/* X : Y : Z, x = X / Z, y = Y / Z, in Montgomery form; Z = 0: infinity. */
struct tlso_point {
	u64 x[TLSO_EC_WORDS], y[TLSO_EC_WORDS], z[TLSO_EC_WORDS];
};

/* Lent; the functions wipe what was secret in it. */
struct tlso_ec_work {
	struct tlso_point table[16];
	struct tlso_point a, b;
};

/* The curve of TLSO_KEY_P256 or TLSO_KEY_P384, else NULL. */
const struct tlso_curve *tlso_curve_of(enum tlso_key_type type);

/* A scalar of c->len bytes; -1 if not in [1, n - 1]. */
__must_check int tlso_scalar_read(const struct tlso_curve *c, u64 *k,
				  const u8 *p);

/* The uncompressed form 04 || X || Y of 1 + 2 * c->len bytes. read: -1 if it is
 * no point of the curve; write: -1 for infinity. x: the x coordinate alone.
 */
__must_check int tlso_point_read(const struct tlso_curve *c,
				 struct tlso_point *a, const u8 *p, size_t n);
__must_check int tlso_point_write(const struct tlso_curve *c, u8 *p,
				  const struct tlso_point *a);
__must_check int tlso_point_x(const struct tlso_curve *c, u64 *x,
			      const struct tlso_point *a);

void tlso_point_base(const struct tlso_curve *c, struct tlso_point *a);
void tlso_point_infinity(const struct tlso_curve *c, struct tlso_point *a);
/* r = a + b, all may be the same. */
void tlso_point_add(const struct tlso_curve *c, struct tlso_point *r,
		    const struct tlso_point *a, const struct tlso_point *b);
/* r = a + (x, y): an affine point, so not infinity, in Montgomery form. */
void tlso_point_add_affine(const struct tlso_curve *c, struct tlso_point *r,
			   const struct tlso_point *a, const u64 *x,
			   const u64 *y);
/* r = k * a, k of c->n.n words; r may be a. */
void tlso_point_mul(const struct tlso_curve *c, struct tlso_point *r,
		    const u64 *k, const struct tlso_point *a,
		    struct tlso_point table[16]);

/* The public point of a private scalar; ECDH, SEC 1 3.3.1. -1 where @priv is out
 * of range or @peer is no point of the curve.
 */
__must_check int tlso_ec_public(const struct tlso_curve *c, const u8 *priv,
				u8 *point, struct tlso_ec_work *w);
__must_check int tlso_ec_shared(const struct tlso_curve *c, const u8 *priv,
				const u8 *peer, u8 *secret,
				struct tlso_ec_work *w);

#endif /* TLSO_EC_H */
