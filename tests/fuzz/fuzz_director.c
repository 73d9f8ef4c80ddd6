// SPDX-License-Identifier: GPL-2.0-only
/* Director: the input is a ClientHello body, then finished segments as they
 * are, each behind a 16-bit length. Whatever starter comes out must be one that
 * the completer's check takes.
 */
#include "fuzz.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/starter.h"

static uint8_t out[TLSO_STARTER_MAX];

static const struct tlso_director_cfg cfg = {
	.key_type = TLSO_KEY_P256,
	.n_chain = 1,
	.chain = { { (const u8 *)"leaf", 4 } },
};

static enum tlso_step step(struct tlso_director *d, const uint8_t *seg,
			   size_t len)
{
	uint8_t epoch = d->write_epoch;
	size_t n, wire;
	enum tlso_step r;
	bool alert_only;

	r = tlso_director_step(d, seg, len, out, sizeof(out), &n, &wire);
	MUST((r == TLSO_STEP_SEND) <= (n > 0));
	if (n) {
		MUST(tlso_starter_check(out, n, epoch, &alert_only) == TLSO_OK);
		MUST(alert_only == (r == TLSO_STEP_FAIL));
		MUST(wire > 0);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_finished f = { .type = 1 };
	struct tlso_director d;
	enum tlso_step r;
	uint8_t *seg;
	size_t k;

	tlso_director_init(&d, &cfg);
	while (n >= 2) {
		k = (size_t)(p[0] << 8 | p[1]);
		p += 2;
		n -= 2;
		if (k > n)
			k = n;
		seg = malloc(TLSO_FINISHED_HDR + k);
		f.len = k;
		tlso_finished_write_hdr(seg, &f);
		memcpy(seg + TLSO_FINISHED_HDR, p, k);
		if (k > TLSO_FINISHED_HDR && p[0] == TLSO_SEAM_VERSION && p[1] != 0)
			r = step(&d, seg + TLSO_FINISHED_HDR, k);
		else
			r = step(&d, seg, TLSO_FINISHED_HDR + k);
		free(seg);
		if (r == TLSO_STEP_FAIL || r == TLSO_STEP_DONE)
			break;
		p += k;
		n -= k;
	}
	return 0;
}
