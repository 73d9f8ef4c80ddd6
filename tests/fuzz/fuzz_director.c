// SPDX-License-Identifier: GPL-2.0-only
/* What the targets of both directors share. */
#include "fuzz.h"
#include "fuzz_director.h"
#include "../../kmod/core/starter.h"

u8 fuzz_starter[TLSO_STARTER_MAX];

int fuzz_verify(const struct tlso_pubkey *key, u16 scheme, const u8 *digest,
		size_t n, const u8 *sig, size_t sig_len)
{
	(void)key;
	(void)scheme;
	(void)digest;
	(void)n;
	return sig_len && !(sig[0] & 0x80) ? 0 : -1;
}

bool fuzz_next(const u8 **p, size_t *n, struct fuzz_message *m)
{
	if (*n < 4)
		return false;
	m->type = (*p)[0];
	m->flags = (*p)[1];
	m->len = (size_t)((*p)[2] << 8 | (*p)[3]);
	if (m->len > *n - 4)
		m->len = *n - 4;
	m->body = *p + 4;
	*p += 4 + m->len;
	*n -= 4 + m->len;
	return true;
}

/* The segment, of just its size; @f is its header. */
static u8 *segment(const struct tlso_finished *f, const u8 *extra,
		   const u8 *body)
{
	u8 *seg = malloc(TLSO_FINISHED_HDR + f->extra_len + f->len);

	MUST(seg);
	tlso_finished_write_hdr(seg, f);
	memcpy(seg + TLSO_FINISHED_HDR, extra, f->extra_len);
	memcpy(seg + TLSO_FINISHED_HDR + f->extra_len, body, f->len);
	return seg;
}

enum tlso_step fuzz_step(struct tlso_director *d, const struct fuzz_message *m,
			 const u8 *extra, size_t extra_len,
			 enum fuzz_said *said)
{
	struct tlso_finished f = { 0 };
	u8 epoch = d->write_epoch;
	bool alert_only;
	enum tlso_step r;
	size_t n, wire;
	u8 *seg;

	f.type = m->type;
	f.epoch = m->flags & FUZZ_EPOCH;
	f.ops = m->flags & FUZZ_MAC ? TLSO_OP_MAC_CHECK : 0;
	f.extra_len = extra_len;
	f.len = m->len;
	seg = segment(&f, extra, m->body);
	r = tlso_director_step(d, seg, TLSO_FINISHED_HDR + extra_len + m->len,
			       fuzz_starter, sizeof(fuzz_starter), &n, &wire);
	free(seg);
	*said = FUZZ_NOTHING;
	if (n) {
		MUST(tlso_starter_check(fuzz_starter, n, epoch, &alert_only) ==
		     TLSO_OK);
		*said = alert_only ? FUZZ_ALERTS : FUZZ_STARTER;
	}
	/* Nothing of ours is at fault but what the flags left out. */
	MUST(d->err != TLSO_E_STATE && d->err != TLSO_E_SPACE &&
	     d->err != TLSO_E_CRYPTO);
	return r;
}
