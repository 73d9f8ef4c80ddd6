// SPDX-License-Identifier: GPL-2.0-only
/* What a client says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cauth.h"
#include "../../kmod/core/buf.h"

size_t cauth_certificate(u8 *out, bool v13, const u8 *der, size_t len)
{
	struct tlso_wr w;
	size_t at, one;

	tlso_wr_init(&w, out, CAUTH_MAX);
	if (v13)
		tlso_wr_u8(&w, 0); /* no context */
	at = tlso_wr_open(&w, 3);
	if (len) {
		one = tlso_wr_open(&w, 3);
		tlso_wr_bytes(&w, der, len);
		tlso_wr_close(&w, one, 3);
		if (v13)
			tlso_wr_u16(&w, 0); /* no extensions */
	}
	tlso_wr_close(&w, at, 3);
	assert_false(w.bad);
	return w.n;
}

size_t cauth_verify(u8 *out, u16 scheme, const u8 *sig, size_t n)
{
	struct tlso_wr w;

	tlso_wr_init(&w, out, CAUTH_MAX);
	tlso_wr_u16(&w, scheme);
	tlso_wr_u16(&w, (u16)n);
	tlso_wr_bytes(&w, sig, n);
	assert_false(w.bad);
	return w.n;
}
