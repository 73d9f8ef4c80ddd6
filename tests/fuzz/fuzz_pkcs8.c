// SPDX-License-Identifier: GPL-2.0-only
/* PKCS#8: what is taken points into the input and makes a blob that is taken. */
#include "fuzz.h"
#include "../../kmod/core/pkcs8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_key_blob b, c;
	uint8_t blob[TLSO_KEY_BLOB_MAX];
	size_t len;
	unsigned int i;

	if (tlso_pkcs8_read(&b, p, n))
		return 0;
	for (i = 0; i < b.parts; i++) {
		MUST(b.part[i].p >= p);
		MUST(b.part[i].n <= n);
		MUST(b.part[i].p + b.part[i].n <= p + n);
	}
	MUST(tlso_key_blob_bits(&b) > 0);
	MUST(tlso_key_blob_write(&b, blob, sizeof(blob), &len) == TLSO_OK);
	MUST(tlso_key_blob_read(&c, blob, len) == TLSO_OK);
	MUST(c.parts == b.parts && c.type == b.type);
	return 0;
}
