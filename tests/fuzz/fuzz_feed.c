// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completer and director over a table without cryptography. The input is
 * pieces of wire bytes, each behind a length byte; 0xff instead of a length is
 * the client's right Finished, which no fuzzer would find.
 */
#include "fuzz.h"
#include "fake_crypto.h"
#include "../../kmod/core/completer_impl.h"
#include "../../kmod/core/director.h"

static uint8_t seg[TLSO_COMPLETER_SEG_MIN];
static uint8_t starter[TLSO_STARTER_MAX];
static uint8_t out[TLSO_STARTER_OUT_MAX];

static const struct tlso_director_cfg cfg = {
	.key_type = TLSO_KEY_P256,
	.n_chain = 1,
	.chain = { { (const u8 *)"leaf", 4 } },
};

struct run {
	struct tlso_director d;
	struct tlso_completer c;
	bool over;
};

static enum tlso_err send_starter(struct run *x, size_t n, size_t want)
{
	size_t len;
	enum tlso_err e = tlso_completer_starter(&x->c, starter, n, out,
						 sizeof(out), &len);

	MUST(len == (e ? 0 : want));
	return e;
}

static void step(struct run *x, size_t seg_len)
{
	struct tlso_session_keys k;
	size_t n, want;
	enum tlso_step r;
	enum tlso_err e;

	MUST(seg_len >= TLSO_FINISHED_HDR && seg_len <= sizeof(seg));
	r = tlso_director_step(&x->d, seg, seg_len, starter, sizeof(starter),
			       &n, &want);
	if (r == TLSO_STEP_SEND) {
		e = send_starter(x, n, want);
		if (!e)
			return;
		MUST(e == TLSO_E_ILLEGAL); /* the bad point */
		r = tlso_director_refused(&x->d, e, starter, sizeof(starter),
					  &n, &want);
		MUST(n > 0);
	}
	if (r == TLSO_STEP_FAIL && n)
		MUST(send_starter(x, n, want) == TLSO_OK);
	if (r == TLSO_STEP_DONE)
		MUST(tlso_completer_keys(&x->c, &k) == TLSO_OK);
	x->over = r != TLSO_STEP_WAIT;
}

static void feed(struct run *x, const uint8_t *p, size_t n)
{
	size_t used, seg_len;
	enum tlso_feed r;

	do {
		r = tlso_completer_feed(&x->c, p, n, &used, &seg_len);
		MUST(used <= n);
		p += used;
		n -= used;
		if (r != TLSO_FEED_MORE)
			step(x, seg_len);
	} while (!x->over && r != TLSO_FEED_MORE);
	MUST(x->over || n == 0); /* the starter went out: nothing holds */
}

static void feed_finished(struct run *x)
{
	uint8_t rec[128] = { 0 };
	size_t n;

	if (x->c.tx_epoch != TLSO_EPOCH_APPLICATION)
		return;
	n = x->c.hash->len;
	rec[5] = 20;
	rec[8] = (uint8_t)n;
	memcpy(rec + 9, x->c.peer_mac, n);
	rec[9 + n] = 22;
	tlso_record_hdr(rec, 23, n + 4 + 17);
	feed(x, rec, n + 4 + 17 + 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct run x = { 0 };
	uint8_t *copy;
	size_t k;

	tlso_director_init(&x.d, &cfg);
	tlso_completer_init(&x.c, &fake_crypto, NULL, &fake_signer, seg,
			    sizeof(seg));
	while (n && !x.over) {
		k = *p++;
		n--;
		if (k == 0xff) {
			feed_finished(&x);
			continue;
		}
		if (k > n)
			k = n;
		copy = malloc(k ? k : 1);
		memcpy(copy, p, k);
		feed(&x, copy, k);
		free(copy);
		p += k;
		n -= k;
	}
	tlso_completer_wipe(&x.c);
	return 0;
}
