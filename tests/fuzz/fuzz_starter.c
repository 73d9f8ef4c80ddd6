// SPDX-License-Identifier: GPL-2.0-only
/* Starters from a director that lies: two in a row, behind 16-bit lengths, to a
 * completer that has seen a ClientHello. Refused, or as long as announced.
 */
#include "fuzz.h"
#include "fake_crypto.h"
#include "../../kmod/core/completer_impl.h"

static uint8_t seg[TLSO_COMPLETER_SEG_MIN];
static uint8_t out[TLSO_STARTER_OUT_MAX];

static const uint8_t hello[] = { 22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_completer c;
	size_t used, len, k;
	enum tlso_err e;
	uint8_t *copy;

	tlso_completer_init(&c, &fake_crypto, NULL, &fake_signer, seg,
			    sizeof(seg));
	(void)tlso_completer_feed(&c, hello, sizeof(hello), &used, &len);
	MUST(used == sizeof(hello));
	while (n >= 2) {
		k = (size_t)(p[0] << 8 | p[1]);
		p += 2;
		n -= 2;
		if (k > n)
			k = n;
		copy = malloc(k ? k : 1);
		memcpy(copy, p, k);
		e = tlso_completer_starter(&c, copy, k, out, sizeof(out), &len);
		MUST(len <= sizeof(out));
		if (e)
			MUST(len == 0);
		else
			MUST(len == ((size_t)copy[4] << 24 | copy[5] << 16 |
				     copy[6] << 8 | copy[7]));
		free(copy);
		p += k;
		n -= k;
	}
	tlso_completer_wipe(&c);
	return 0;
}
