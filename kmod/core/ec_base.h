/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Multiples of a curve's base point, by a table of them: ec_table_p256.c
 * and ec_table_p384.c, which ec_table.py makes. Window i of a scalar k is its
 * bits 4i to 4i + 3. Of every window whose i is a multiple of the curve's step,
 * the table has a row: 15 points, d * 16^i * G for d in [1, 15], each x, then y,
 * in Montgomery form. The windows between share a row with the one below: step - 1
 * times on the way the sum is multiplied by 16. So the table is small and stays in
 * the cache, which it has to go through as a whole.
 *
 * Responsible for: k * G.
 * Leaves to: ec the formulas, and everything else about points.
 */
#ifndef TLSO_EC_BASE_H
#define TLSO_EC_BASE_H

#include "ec.h"

#define TLSO_P256_STEP 4
#define TLSO_P384_STEP 8

extern const u64 tlso_p256_table[16 * 15 * 8];
extern const u64 tlso_p384_table[12 * 15 * 12];

/* r = k * G, k of c->n.n words. As tlso_point_mul(), every entry of every row
 * is read for each window, and all scalars take the same path.
 */
void tlso_point_mul_base(const struct tlso_curve *c, struct tlso_point *r,
			 const u64 *k);

#endif /* TLSO_EC_BASE_H */
