/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What kmod/core needs from the world that compiles it: fixed-width types,
 * memory primitives, attributes. The only #ifdef __KERNEL__ of the core.
 */
#ifndef TLSO_PORT_H
#define TLSO_PORT_H

#ifdef __KERNEL__

#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/string.h>
#include <linux/compiler.h>

#define tlso_wipe(p, n) memzero_explicit((p), (n))

#else

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#ifndef __must_check
#define __must_check __attribute__((warn_unused_result))
#endif

/* The barrier keeps the compiler from dropping a store to a dying object. */
static inline void tlso_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

#endif /* __KERNEL__ */

/* A value that was made from secrets and may be known from here on. Tests that
 * look for secret-dependent branches define it; else it is nothing.
 */
#ifndef tlso_ct_public
#define tlso_ct_public(p, n) ((void)(p), (void)(n))
#endif

/* r = a + b + carry and r = a - b - borrow; what is carried on, 0 or 1. GCC
 * does not see in C what the machine has instructions for; others do, or do not
 * know how it is told.
 */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__CHECKER__)
static __always_inline u8 tlso_addc(u8 carry, u64 a, u64 b, u64 *r)
{
	unsigned long long sum;

	carry = __builtin_ia32_addcarryx_u64(carry, a, b, &sum);
	*r = sum;
	return carry;
}

static __always_inline u8 tlso_subb(u8 borrow, u64 a, u64 b, u64 *r)
{
	unsigned long long diff;

	borrow = __builtin_ia32_sbb_u64(borrow, a, b, &diff);
	*r = diff;
	return borrow;
}
#else
static __always_inline u8 tlso_addc(u8 carry, u64 a, u64 b, u64 *r)
{
	unsigned __int128 sum = (unsigned __int128)a + b + carry;

	*r = (u64)sum;
	return (u8)(sum >> 64);
}

static __always_inline u8 tlso_subb(u8 borrow, u64 a, u64 b, u64 *r)
{
	unsigned __int128 diff = (unsigned __int128)a - b - borrow;

	*r = (u64)diff;
	return (u8)(diff >> 64) & 1;
}
#endif

/* 1 if equal, 0 if not; time depends on n alone. The verdict is public. */
static inline int tlso_equal_ct(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;
	u8 diff = 0;
	int same;
	size_t i;

	for (i = 0; i < n; i++)
		diff |= x[i] ^ y[i];
	same = (int)((((u32)diff - 1) >> 31) & 1);
	tlso_ct_public(&same, sizeof(same));
	return same;
}

#endif /* TLSO_PORT_H */
