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
	unsigned int i;
	u8 carry = 0;

	for (i = 0; i < n; i++)
		carry = tlso_addc(carry, a[i], b[i], &r[i]);
	return carry;
}

u64 tlso_words_sub(u64 *r, const u64 *a, const u64 *b, unsigned int n)
{
	unsigned int i;
	u8 borrow = 0;

	for (i = 0; i < n; i++)
		borrow = tlso_subb(borrow, a[i], b[i], &r[i]);
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
	unsigned int i;
	u8 borrow = 0;
	u64 diff;

	for (i = 0; i < n; i++)
		borrow = tlso_subb(borrow, a[i], b[i], &diff);
	return tlso_ct_hide(0 - (u64)borrow);
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
	d->form = TLSO_MODN_ANY;
}

/* r = t - m if t, with @high above its words, is not below m, else r = t. */
static __always_inline void reduce_once(u64 *r, const u64 *t, u64 high,
					const u64 *m, unsigned int n)
{
	u64 diff, mask;
	unsigned int i;
	u8 borrow = 0;

#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		borrow = tlso_subb(borrow, t[i], m[i], &diff);
	/* Borrowed from @high, which has it or not. */
	tlso_subb(borrow, high, 0, &mask);
	mask = ~tlso_ct_hide(mask);
	borrow = 0;
#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		borrow = tlso_subb(borrow, t[i], m[i] & mask, &r[i]);
}

static __always_inline void add_n(const struct tlso_modn *d, u64 *r,
				  const u64 *a, const u64 *b, unsigned int n)
{
	unsigned int i;
	u8 carry = 0;

#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		carry = tlso_addc(carry, a[i], b[i], &r[i]);
	reduce_once(r, r, carry, d->m, n);
}

static __always_inline void sub_n(const struct tlso_modn *d, u64 *r,
				  const u64 *a, const u64 *b, unsigned int n)
{
	u8 borrow = 0, carry = 0;
	unsigned int i;
	u64 mask;

#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		borrow = tlso_subb(borrow, a[i], b[i], &r[i]);
	mask = tlso_ct_hide(0 - (u64)borrow);
#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		carry = tlso_addc(carry, r[i], d->m[i] & mask, &r[i]);
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

/* For any size; @t is lent, n + 2 words. */
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

/* t[0..n] += a * w, t[n] being written only; n is known where it is inlined. */
static __always_inline void mul_row(u64 *t, const u64 *a, u64 w,
				    unsigned int n)
{
	unsigned int i;
	u8 carry = 0;
	WIDE x[6];

#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		x[i] = (WIDE)a[i] * w;
#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		carry = tlso_addc(carry, t[i], (u64)x[i], &t[i]);
	tlso_addc(carry, (u64)(x[n - 1] >> 64), 0, &t[n]);
	carry = 0;
#pragma GCC unroll 6
	for (i = 1; i < n; i++)
		carry = tlso_addc(carry, t[i], (u64)(x[i - 1] >> 64), &t[i]);
	tlso_addc(carry, t[n], 0, &t[n]);
}

/* Adds what makes t[0] zero; above it then is at most m, if that was so before
 * or there were n words: t[n] is written only.
 */
static __always_inline void reduce_word(const struct tlso_modn *d, u64 *t,
					unsigned int n)
{
	mul_row(t, d->m, t[0] * d->m0inv, n);
}

/* The same for p = 2^256 - 2^224 + 2^192 + 2^96 - 1: -1/p mod 2^64 is 1. */
static __always_inline void reduce_word_p256(u64 *t)
{
	const u64 q = t[0];
	WIDE x = (WIDE)q * 0xffffffff00000001ull;
	u8 carry;

	carry = tlso_addc(0, t[1], q << 32, &t[1]);
	carry = tlso_addc(carry, t[2], q >> 32, &t[2]);
	carry = tlso_addc(carry, t[3], (u64)x, &t[3]);
	tlso_addc(carry, (u64)(x >> 64), 0, &t[4]);
}

/* As mont_mul(), inlined once for each common size, so that the compiler unrolls
 * it. The product comes first, so that one number may be any below R; then its
 * lower half is divided by R, which gives at most m, and added to the upper.
 */
static __always_inline void
mont_mul_short(const struct tlso_modn *d, u64 *r, const u64 *a, const u64 *b,
	       unsigned int n, enum tlso_modn_form form)
{
	u64 t[12] = { 0 }, low[12];
	unsigned int i;
	u8 carry = 0;

#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		mul_row(t + i, a, b[i], n);
#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		low[i] = t[i];
#pragma GCC unroll 6
	for (i = 0; i < n; i++) {
		if (form == TLSO_MODN_P256)
			reduce_word_p256(low + i);
		else
			reduce_word(d, low + i, n);
	}
#pragma GCC unroll 6
	for (i = 0; i < n; i++)
		carry = tlso_addc(carry, low[n + i], t[n + i], &t[i]);
	reduce_once(r, t, carry, d->m, n);
	for (i = 0; i < 2 * n; i++) {
		t[i] = 0;
		low[i] = 0;
	}
	/* As tlso_wipe(): the zeros are to be stored. */
	__asm__ __volatile__("" : : "r"(t), "r"(low) : "memory");
}

static void mul_p256(const struct tlso_modn *d, u64 *r, const u64 *a,
		     const u64 *b)
{
	mont_mul_short(d, r, a, b, 4, TLSO_MODN_P256);
}

static void mul_4(const struct tlso_modn *d, u64 *r, const u64 *a,
		  const u64 *b)
{
	mont_mul_short(d, r, a, b, 4, TLSO_MODN_ANY);
}

static void mul_6(const struct tlso_modn *d, u64 *r, const u64 *a,
		  const u64 *b)
{
	mont_mul_short(d, r, a, b, 6, TLSO_MODN_ANY);
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
		if (d->form == TLSO_MODN_P256)
			mul_p256(d, r, a, b);
		else
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

/* As tlso_modn_pow() but for the exponent: its zeros are left out. */
void tlso_modn_invert(const struct tlso_modn *d, u64 *r, const u64 *a)
{
	u64 e[TLSO_MODN_INVERT_WORDS] = { 2 };
	u64 table[1 << WINDOW][TLSO_MODN_INVERT_WORDS];
	unsigned int i, j, digit;

	tlso_words_sub(e, d->m, e, d->n);
	tlso_modn_one(d, table[0]);
	for (i = 1; i < 1 << WINDOW; i++)
		tlso_modn_mul(d, table[i], table[i - 1], a);
	memcpy(r, table[0], d->n * sizeof(*r));
	for (i = d->n * 64; i;) {
		i -= WINDOW;
		for (j = 0; j < WINDOW; j++)
			tlso_modn_mul(d, r, r, r);
		digit = e[i / 64] >> (i % 64) & ((1 << WINDOW) - 1);
		if (digit)
			tlso_modn_mul(d, r, r, table[digit]);
	}
	tlso_wipe(table, sizeof(table));
}
