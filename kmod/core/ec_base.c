// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Multiples of the base point, see ec_base.h. */
#include "ec_base.h"

#define ENTRIES 15 /* of a row */

/* x, y = the entry of @row for @digit; zeros for zero. */
static __always_inline void lookup_n(u64 *x, u64 *y, const u64 *row, u64 digit,
				     unsigned int n)
{
	unsigned int i, j;

	for (j = 0; j < n; j++) {
		x[j] = 0;
		y[j] = 0;
	}
	for (i = 1; i <= ENTRIES; i++, row += 2 * n) {
		u64 mask = tlso_ct_eq(i, digit);

#pragma GCC unroll 6
		for (j = 0; j < n; j++) {
			x[j] |= row[j] & mask;
			y[j] |= row[n + j] & mask;
		}
	}
}

static void lookup(u64 *x, u64 *y, const u64 *row, u64 digit, unsigned int n)
{
	if (n == 4)
		lookup_n(x, y, row, digit, 4);
	else
		lookup_n(x, y, row, digit, 6);
}

/* r += digit * row[0]. Infinity is not affine: it is added, and not taken. */
static void add_digit(const struct tlso_curve *c, struct tlso_point *r,
		      const u64 *row, u64 digit)
{
	u64 x[TLSO_EC_WORDS], y[TLSO_EC_WORDS];
	const unsigned int n = c->p.n;
	u64 mask = tlso_ct_nonzero(digit);
	struct tlso_point sum;

	lookup(x, y, row, digit, n);
	tlso_point_add_affine(c, &sum, r, x, y);
	tlso_words_select(r->x, mask, sum.x, r->x, n);
	tlso_words_select(r->y, mask, sum.y, r->y, n);
	tlso_words_select(r->z, mask, sum.z, r->z, n);
	tlso_wipe(x, sizeof(x));
	tlso_wipe(y, sizeof(y));
	tlso_wipe(&sum, sizeof(sum));
}

void tlso_point_mul_base(const struct tlso_curve *c, struct tlso_point *r,
			 const u64 *k)
{
	const unsigned int windows = c->n.n * 16;
	const u64 *row;
	unsigned int i, j;

	tlso_point_infinity(c, r);
	for (j = c->step; j--;) {
		row = c->table;
		for (i = j; i < windows; i += c->step) {
			add_digit(c, r, row, k[i / 16] >> (i % 16 * 4) & 15);
			row += ENTRIES * 2 * c->p.n;
		}
		for (i = 0; j && i < 4; i++)
			tlso_point_add(c, r, r, r);
	}
}
