// SPDX-License-Identifier: GPL-2.0-only
/* Finished segments, session keys, key blobs: what is read is written back the
 * same. The first byte chooses.
 */
#include "fuzz.h"
#include "../../kmod/core/seam.h"

static void finished(const uint8_t *p, size_t n)
{
	uint8_t hdr[TLSO_FINISHED_HDR];
	struct tlso_finished f;
	struct tlso_rd data;
	unsigned int i;

	if (tlso_finished_read(&f, p, n))
		return;
	MUST(f.extra == p + TLSO_FINISHED_HDR);
	MUST(f.body == f.extra + f.extra_len);
	MUST(f.len == n - TLSO_FINISHED_HDR - f.extra_len);
	tlso_finished_write_hdr(hdr, &f);
	MUST(!memcmp(hdr, p, sizeof(hdr)));
	for (i = 0; i < 3; i++)
		if (tlso_finished_extra(&f, p[n - 1] % 4, i, &data))
			MUST(data.p >= f.extra &&
			     data.p + data.n <= f.extra + f.extra_len);
}

static void session_keys(const uint8_t *p, size_t n)
{
	uint8_t out[TLSO_SESSION_KEYS_MAX];
	struct tlso_session_keys k;
	size_t len;

	if (tlso_session_keys_read(&k, p, n))
		return;
	MUST(tlso_session_keys_write(&k, out, sizeof(out), &len) == TLSO_OK);
	MUST(len == n && !memcmp(out, p, n));
}

static void key_blob(const uint8_t *p, size_t n)
{
	uint8_t out[TLSO_KEY_BLOB_MAX];
	struct tlso_key_blob b;
	size_t len;

	if (tlso_key_blob_read(&b, p, n))
		return;
	MUST(tlso_key_blob_write(&b, out, sizeof(out), &len) == TLSO_OK);
	MUST(len == n && !memcmp(out, p, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (!n)
		return 0;
	switch (p[0] % 3) {
	case 0:
		finished(p + 1, n - 1);
		break;
	case 1:
		session_keys(p + 1, n - 1);
		break;
	default:
		key_blob(p + 1, n - 1);
		break;
	}
	return 0;
}
