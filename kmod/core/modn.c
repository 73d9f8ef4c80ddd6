// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Arithmetic modulo an odd number, see modn.h. */
#include "modn.h"

#define WINDOW 4 /* bits of an exponent at a time */

#define WIDE unsigned __int128

void tlso_words_select(u64 *r, u64 mask, const u64 *a, const u64 *b,
		       unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		r[i] = b[i] ^ (mask & (a[i] ^ b[i]));
}

u64 tlso_words_add(u64 *r, const u64 *a, const u64 *b, unsigned int n)
{
	WIDE sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		sum += (WIDE)a[i] + b[i];
		r[i] = (u64)sum;
		sum >>= 64;
	}
	return (u64)sum;
}

u64 tlso_words_sub(u64 *r, const u64 *a, const u64 *b, unsigned int n)
{
	u64 borrow = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		WIDE diff = (WIDE)a[i] - b[i] - borrow;

		r[i] = (u64)diff;
		borrow = (u64)(diff >> 64) & 1;
	}
	return borrow;
}

u64 tlso_words_zero(const u64 *a, unsigned int n)
{
	u64 any = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		any |= a[i];
	return ~tlso_ct_nonzero(any);
}

u64 tlso_words_less(const u64 *a, const u64 *b, unsigned int n)
{
	u64 borrow = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		borrow = (u64)(((WIDE)a[i] - b[i] - borrow) >> 64) & 1;
	return tlso_ct_hide(0 - borrow);
}

u64 tlso_words_equal(const u64 *a, const u64 *b, unsigned int n)
{
	u64 diff = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return ~tlso_ct_nonzero(diff);
}

/* r[0..n] += a * w */
static inline void mul_word(u64 *r, const u64 *a, u64 w, unsigned int n)
{
	u64 carry = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		WIDE t = (WIDE)a[i] * w + r[i] + carry;

		r[i] = (u64)t;
		carry = (u64)(t >> 64);
	}
	r[n] += carry;
}

void tlso_words_mul(u64 *r, const u64 *a, unsigned int na, const u64 *b,
		    unsigned int nb)
{
	unsigned int i;

	memset(r, 0, (na + nb) * sizeof(*r));
	for (i = 0; i < nb; i++)
		mul_word(r + i, a, b[i], na);
}

/* r = 2 * r + bit, less m if that is not below it; r and t below m. */
static void shift_in(u64 *r, u64 *t, u64 bit, const u64 *m, unsigned int n)
{
	u64 carry = bit, next, fits;
	unsigned int i;

	for (i = 0; i < n; i++) {
		next = r[i] >> 63;
		r[i] = r[i] << 1 | carry;
		carry = next;
	}
	fits = tlso_words_sub(t, r, m, n) & ~carry & 1;
	tlso_words_select(r, tlso_ct_hide(fits - 1), t, r, n);
}

void tlso_words_rem(u64 *r, const u64 *a, unsigned int na, const u64 *m,
		    unsigned int nm)
{
	u64 t[TLSO_MODN_WORDS];
	unsigned int i;

	memset(r, 0, nm * sizeof(*r));
	for (i = na * 64; i--;)
		shift_in(r, t, a[i / 64] >> (i % 64) & 1, m, nm);
	tlso_wipe(t, nm * sizeof(*t));
}

void tlso_words_read(u64 *r, unsigned int n, const u8 *p, size_t len)
{
	size_t i;

	memset(r, 0, n * sizeof(*r));
	for (i = 0; i < len && i < n * 8; i++)
		r[i / 8] |= (u64)p[len - 1 - i] << (8 * (i % 8));
}

void tlso_words_write(u8 *p, size_t len, const u64 *a, unsigned int n)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[len - 1 - i] = i < n * 8 ? (u8)(a[i / 8] >> (8 * (i % 8))) : 0;
}

void tlso_modn_init(struct tlso_modn *d, const u64 *m, u64 *rr, unsigned int n)
{
	u64 t[TLSO_MODN_WORDS], inv = 1;
	unsigned int i;

	/* Newton: each step doubles the bits of 1/m that are right. */
	for (i = 0; i < 6; i++)
		inv *= 2 - m[0] * inv;
	memset(rr, 0, n * sizeof(*rr));
	shift_in(rr, t, 1, m, n);
	for (i = 0; i < 2 * 64 * n; i++)
		shift_in(rr, t, 0, m, n);
	tlso_wipe(t, n * sizeof(*t));
	d->m = m;
	d->rr = rr;
	d->m0inv = 0 - inv;
	d->n = n;
}

/* r = t - m if t, with @high above its words, is not below m, else r = t. */
static __always_inline void reduce_once(u64 *r, const u64 *t, u64 high,
					const u64 *m, unsigned int n)
{
	u64 borrow = 0, mask;
	unsigned int i;

#pragma GCC unroll 6
	for (i = 0; i < n; i++) {
		WIDE diff = (WIDE)t[i] - m[i] - borrow;

		borrow = (u64)(diff >> 64) & 1;
	}
	mask = tlso_ct_hide(0 - (high | (borrow ^ 1)));
	borrow = 0;
#pragma GCC unroll 6
	for (i = 0; i < n; i++) {
		WIDE diff = (WIDE)t[i] - (m[i] & mask) - borrow;

		r[i] = (u64)diff;
		borrow = (u64)(diff >> 64) & 1;
	}
}

static __always_inline void add_n(const struct tlso_modn *d, u64 *r,
				  const u64 *a, const u64 *b, unsigned int n)
{
	WIDE sum = 0;
	unsigned int i;

#pragma GCC unroll 6
	for (i = 0; i < n; i++) {
		sum += (WIDE)a[i] + b[i];
		r[i] = (u64)sum;
		sum >>= 64;
	}
	reduce_once(r, r, (u64)sum, d->m, n);
}

static __always_inline void sub_n(const struct tlso_modn *d, u64 *r,
				  const u64 *a, const u64 *b, unsigned int n)
{
	u64 borrow = 0, mask;
	unsigned int i;
	WIDE sum = 0;

#pragma GCC unroll 6
	for (i = 0; i < n; i++) {
		WIDE diff = (WIDE)a[i] - b[i] - borrow;

		r[i] = (u64)diff;
		borrow = (u64)(diff >> 64) & 1;
	}
	mask = tlso_ct_hide(0 - borrow);
#pragma GCC unroll 6
	for (i = 0; i < n; i++) {
		sum += (WIDE)r[i] + (d->m[i] & mask);
		r[i] = (u64)sum;
		sum >>= 64;
	}
}

void tlso_modn_add(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *b)
{
	switch (d->n) {
	case 4:
		add_n(d, r, a, b, 4);
		break;
	case 6:
		add_n(d, r, a, b, 6);
		break;
	default:
		add_n(d, r, a, b, d->n);
		break;
	}
}

void tlso_modn_sub(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *b)
{
	switch (d->n) {
	case 4:
		sub_n(d, r, a, b, 4);
		break;
	case 6:
		sub_n(d, r, a, b, 6);
		break;
	default:
		sub_n(d, r, a, b, d->n);
		break;
	}
}

/* Inlined once for each common size, so that the compiler unrolls it. */
static __always_inline void
mont_mul(const struct tlso_modn *d, u64 *r, const u64 *a, const u64 *b,
	 u64 *t, unsigned int n)
{
	const u64 *m = d->m;
	unsigned int i, j;

	for (j = 0; j < n + 2; j++)
		t[j] = 0;
	for (i = 0; i < n; i++) {
		u64 carry = 0, q;
		WIDE x;

#pragma GCC unroll 6
		for (j = 0; j < n; j++) {
			x = (WIDE)a[j] * b[i] + t[j] + carry;
			t[j] = (u64)x;
			carry = (u64)(x >> 64);
		}
		x = (WIDE)t[n] + carry;
		t[n] = (u64)x;
		t[n + 1] = (u64)(x >> 64);
		q = t[0] * d->m0inv;
		x = (WIDE)q * m[0] + t[0];
		carry = (u64)(x >> 64);
#pragma GCC unroll 6
		for (j = 1; j < n; j++) {
			x = (WIDE)q * m[j] + t[j] + carry;
			t[j - 1] = (u64)x;
			carry = (u64)(x >> 64);
		}
		x = (WIDE)t[n] + carry;
		t[n - 1] = (u64)x;
		t[n] = t[n + 1] + (u64)(x >> 64);
	}
	reduce_once(r, t, t[n], m, n);
	for (j = 0; j < n + 2; j++)
		t[j] = 0;
	/* As tlso_wipe(): the zeros are to be stored. */
	__asm__ __volatile__("" : : "r"(t) : "memory");
}

static void mul_4(const struct tlso_modn *d, u64 *r, const u64 *a,
		  const u64 *b)
{
	u64 t[4 + 2];

	mont_mul(d, r, a, b, t, 4);
}

static void mul_6(const struct tlso_modn *d, u64 *r, const u64 *a,
		  const u64 *b)
{
	u64 t[6 + 2];

	mont_mul(d, r, a, b, t, 6);
}

static void mul_any(const struct tlso_modn *d, u64 *r, const u64 *a,
		    const u64 *b)
{
	u64 t[TLSO_MODN_WORDS + 2];

	mont_mul(d, r, a, b, t, d->n);
}

void tlso_modn_mul(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *b)
{
	switch (d->n) {
	case 4:
		mul_4(d, r, a, b);
		break;
	case 6:
		mul_6(d, r, a, b);
		break;
	default:
		mul_any(d, r, a, b);
		break;
	}
}

void tlso_modn_enter(const struct tlso_modn *d, u64 *r, const u64 *a)
{
	tlso_modn_mul(d, r, a, d->rr);
}

void tlso_modn_leave(const struct tlso_modn *d, u64 *r, const u64 *a)
{
	u64 one[TLSO_MODN_WORDS];

	memset(one, 0, d->n * sizeof(*one));
	one[0] = 1;
	tlso_modn_mul(d, r, a, one);
}

void tlso_modn_one(const struct tlso_modn *d, u64 *r)
{
	tlso_modn_leave(d, r, d->rr);
}

void tlso_modn_pow_public(const struct tlso_modn *d, u64 *r, const u64 *a,
			  const u64 *e, unsigned int ne)
{
	unsigned int i = ne * 64;

	while (i && !(e[(i - 1) / 64] >> ((i - 1) % 64) & 1))
		i--;
	tlso_modn_one(d, r);
	while (i--) {
		tlso_modn_mul(d, r, r, r);
		if (e[i / 64] >> (i % 64) & 1)
			tlso_modn_mul(d, r, r, a);
	}
}

/* r = table[index], every entry being read. */
static void lookup(u64 *r, const u64 *table, u64 index, unsigned int n)
{
	unsigned int i, j;

	memset(r, 0, n * sizeof(*r));
	for (i = 0; i < 1 << WINDOW; i++) {
		u64 mask = tlso_ct_eq(i, index);

		for (j = 0; j < n; j++)
			r[j] |= table[i * n + j] & mask;
	}
}

void tlso_modn_pow(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *e, u64 *table)
{
	unsigned int n = d->n, i, j;
	u64 t[TLSO_MODN_WORDS];

	tlso_modn_one(d, table);
	for (i = 1; i < 1 << WINDOW; i++)
		tlso_modn_mul(d, table + i * n, table + (i - 1) * n, a);
	memcpy(r, table, n * sizeof(*r));
	for (i = n * 64; i;) {
		i -= WINDOW;
		for (j = 0; j < WINDOW; j++)
			tlso_modn_mul(d, r, r, r);
		lookup(t, table, e[i / 64] >> (i % 64) & ((1 << WINDOW) - 1),
		       n);
		tlso_modn_mul(d, r, r, t);
	}
	tlso_wipe(t, n * sizeof(*t));
	tlso_wipe(table, (n << WINDOW) * sizeof(*table));
}

void tlso_modn_invert(const struct tlso_modn *d, u64 *r, const u64 *a)
{
	u64 e[TLSO_MODN_WORDS], t[TLSO_MODN_WORDS];

	memset(e, 0, d->n * sizeof(*e));
	e[0] = 2;
	tlso_words_sub(e, d->m, e, d->n);
	memcpy(t, a, d->n * sizeof(*t));
	tlso_modn_pow_public(d, r, t, e, d->n);
	tlso_wipe(t, d->n * sizeof(*t));
}
