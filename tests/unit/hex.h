/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors written in hexadecimal. */
#ifndef TLSO_TEST_HEX_H
#define TLSO_TEST_HEX_H

static inline size_t hex(const char *s, u8 *out)
{
	size_t n;

	for (n = 0; s[2 * n]; n++)
		assert_int_equal(sscanf(s + 2 * n, "%2hhx", &out[n]), 1);
	return n;
}

static inline void same(const u8 *p, const char *want)
{
	u8 bytes[1024];
	size_t n = hex(want, bytes);

	assert_memory_equal(p, bytes, n);
}

#endif /* TLSO_TEST_HEX_H */
