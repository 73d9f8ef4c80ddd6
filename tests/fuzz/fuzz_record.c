// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records under a cipher that anybody can forge: byte 0 chooses the suite, bytes 1
 * and 2 the limit, the rest is a record. What opens seals to the same, but for the
 * explicit nonce, which is the peer's choice.
 */
#include "fuzz.h"
#include "fake_crypto.h"
#include "../../kmod/core/record.h"
#include "../../kmod/core/seam.h"
#include "../../kmod/core/suite.h"

static uint8_t again[TLSO_REC_CIPHER_MAX + 64];

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_direction_keys d = { .seq = 7 };
	const struct tlso_suite *s;
	struct tlso_record_keys k, tx;
	size_t limit, off, len, pad;
	uint8_t *body, type;

	if (n < 3 + TLSO_REC_HDR || n > 16384)
		return 0;
	s = tlso_suite_at(p[0] % 11);
	MUST(s);
	limit = (size_t)(p[1] << 8 | p[2]) & 0x3fff;
	p += 3;
	n -= 3 + TLSO_REC_HDR;
	MUST(!tlso_record_keys_set(&k, &fake_crypto, s->version, s->id, &d));
	tx = k;
	body = malloc(n ? n : 1);
	memcpy(body, p + TLSO_REC_HDR, n);
	if (!tlso_record_open(&k, p, body, n, limit, &type, &off, &len)) {
		MUST(k.seq == 8);
		MUST(off + len <= n && len <= limit);
		memcpy(again + TLSO_REC_HDR + off, body + off, len);
		pad = n - off - len - tlso_record_after(&tx);
		MUST(!tlso_record_seal(&tx, again, type, len, pad));
		MUST(!memcmp(again + TLSO_REC_HDR + off,
			     p + TLSO_REC_HDR + off, n - off));
	} else {
		MUST(len == 0);
	}
	free(body);
	return 0;
}
