/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Arithmetic modulo an odd number, in Montgomery form (Montgomery 1985; the
 * CIOS method of Koc, Acar, Kaliski 1996): what ec, ecdsa and rsa are made of.
 *
 * Numbers are arrays of 64-bit words, least significant first, as many as the
 * modulus has, and below it unless said otherwise. Time and memory accesses
 * depend on the sizes alone, never on a number's value, moduli included; so
 * secret primes are fine. Where an exponent is public the name says so.
 *
 * For machines with a 64 by 64 bit multiplication of constant time, and
 * compilers that have a 128-bit type for it.
 */
#ifndef TLSO_MODN_H
#define TLSO_MODN_H

#include "port.h"

#define TLSO_MODN_WORDS 64 /* 4096 bits */
#define TLSO_MODN_INVERT_WORDS 6

/* A modulus whose form makes it faster: 2^256 - 2^224 + 2^192 + 2^96 - 1. */
enum tlso_modn_form { TLSO_MODN_ANY, TLSO_MODN_P256 };

struct tlso_modn {
	const u64 *m; /* the modulus */
	const u64 *rr; /* R^2 mod m, R being 2^(64 * n) */
	u64 m0inv; /* -1/m mod 2^64 */
	unsigned int n; /* words */
	enum tlso_modn_form form;
};

/* Keeps the compiler from knowing what a mask can be, and so from branching. */
static inline u64 tlso_ct_hide(u64 x)
{
	__asm__("" : "+r"(x));
	return x;
}

/* All ones if x is not zero, else zero. */
static inline u64 tlso_ct_nonzero(u64 x)
{
	return tlso_ct_hide(0 - ((x | (0 - x)) >> 63));
}

/* All ones if a equals b, else zero. */
static inline u64 tlso_ct_eq(u64 a, u64 b)
{
	return ~tlso_ct_nonzero(a ^ b);
}

/* r = mask ? a : b, word by word; mask is all ones or zero. */
void tlso_words_select(u64 *r, u64 mask, const u64 *a, const u64 *b,
		       unsigned int n);
/* r = a + b and r = a - b; the carry or borrow, 0 or 1. */
u64 tlso_words_add(u64 *r, const u64 *a, const u64 *b, unsigned int n);
u64 tlso_words_sub(u64 *r, const u64 *a, const u64 *b, unsigned int n);
/* All ones if so, else zero. */
u64 tlso_words_zero(const u64 *a, unsigned int n);
u64 tlso_words_less(const u64 *a, const u64 *b, unsigned int n);
u64 tlso_words_equal(const u64 *a, const u64 *b, unsigned int n);
/* r[na + nb] = a * b; r overlaps neither. */
void tlso_words_mul(u64 *r, const u64 *a, unsigned int na, const u64 *b,
		    unsigned int nb);
/* r[nm] = a mod m for any m but zero, bit by bit; r does not overlap. */
void tlso_words_rem(u64 *r, const u64 *a, unsigned int na, const u64 *m,
		    unsigned int nm);
/* Big-endian bytes: @len of them fit into n words, or are n words' low part. */
void tlso_words_read(u64 *r, unsigned int n, const u8 *p, size_t len);
void tlso_words_write(u8 *p, size_t len, const u64 *a, unsigned int n);

/* Makes @d for the odd modulus @m of n words; @m and @rr (n words, written) are
 * lent for as long as @d is used.
 */
void tlso_modn_init(struct tlso_modn *d, const u64 *m, u64 *rr, unsigned int n);

/* r = a + b, r = a - b; overlap is fine. */
void tlso_modn_add(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *b);
void tlso_modn_sub(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *b);
/* r = a * b / R. Overlap is fine; one of the two may be any number below R. */
void tlso_modn_mul(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *b);
/* Into and out of Montgomery form; enter takes any number below R. */
void tlso_modn_enter(const struct tlso_modn *d, u64 *r, const u64 *a);
void tlso_modn_leave(const struct tlso_modn *d, u64 *r, const u64 *a);
/* R mod m: one, in Montgomery form. */
void tlso_modn_one(const struct tlso_modn *d, u64 *r);
/* r = a^e, a and r in Montgomery form, r not overlapping; @e of ne words is
 * public.
 */
void tlso_modn_pow_public(const struct tlso_modn *d, u64 *r, const u64 *a,
			  const u64 *e, unsigned int ne);
/* The same for a secret @e of d->n words; @table is lent, 16 * d->n words, and
 * wiped.
 */
void tlso_modn_pow(const struct tlso_modn *d, u64 *r, const u64 *a,
		   const u64 *e, u64 *table);
/* r = 1/a by Fermat, for public prime moduli of at most TLSO_MODN_INVERT_WORDS;
 * Montgomery form; 0 for 0.
 */
void tlso_modn_invert(const struct tlso_modn *d, u64 *r, const u64 *a);

#endif /* TLSO_MODN_H */
