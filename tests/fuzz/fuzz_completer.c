// SPDX-License-Identifier: GPL-2.0-only
/*
 * A completer between a peer and a director that both lie, over a table without
 * cryptography. The input: a byte of which bit 0 says that it is a client; then,
 * again and again, a byte and a 16-bit length: wire bytes fed, a starter, or (of
 * any length) the right Finished, which no fuzzer would find.
 */
#include "fuzz.h"
#include "fake_crypto.h"
#include "../../kmod/core/completer_impl.h"

enum { FEED, STARTER, FINISHED, EVENTS };

static uint8_t seg[TLSO_COMPLETER_SEG_MIN];
static uint8_t out[TLSO_STARTER_OUT_MAX];

static const struct tlso_resume resume = {
	.tls_version = TLSO_VERSION_13,
	.suite = TLSO_AES_128_GCM_SHA256,
	.secret_len = 32,
	.secret = "nobody knows",
};

static void check_segment(const uint8_t *p, size_t n)
{
	struct tlso_finished f;

	MUST(p >= seg && n <= sizeof(seg) && p + n <= seg + sizeof(seg));
	MUST(tlso_finished_read(&f, p, n) == TLSO_OK);
	MUST(f.extra_len <= TLSO_FINISHED_EXTRA_MAX);
}

static void check_keys(const struct tlso_completer *c)
{
	uint8_t wire[TLSO_SESSION_KEYS_MAX];
	struct tlso_session_keys k;
	size_t n;

	if (!tlso_completer_done(c)) {
		MUST(tlso_completer_keys(c, &k) != TLSO_OK);
		return;
	}
	MUST(tlso_completer_keys(c, &k) == TLSO_OK);
	MUST(tlso_session_keys_write(&k, wire, sizeof(wire), &n) == TLSO_OK);
	MUST(c->finished_sent && c->finished_got);
	MUST(c->tx_epoch == TLSO_EPOCH_APPLICATION);
	MUST(c->rx_epoch == TLSO_EPOCH_APPLICATION);
}

static void feed(struct tlso_completer *c, const uint8_t *p, size_t n)
{
	size_t used, seg_len;
	enum tlso_feed r;
	const u8 *at;
	int i;

	/* A record holds a bounded number of messages. */
	for (i = 0; i < 32; i++) {
		r = tlso_completer_feed(c, p, n, &used, &at, &seg_len);
		MUST(used <= n);
		p += used;
		n -= used;
		MUST((r == TLSO_FEED_MORE) == (seg_len == 0));
		if (r == TLSO_FEED_MORE || c->in_err)
			break;
		check_segment(at, seg_len);
		MUST((r == TLSO_FEED_COMPLETE) == (c->complete != 0));
	}
	MUST(i < 32);
	MUST(!n || c->in_err || c->hold || c->complete);
}

static void starter(struct tlso_completer *c, const uint8_t *p, size_t n)
{
	struct tlso_starter_rd s;
	size_t len;
	enum tlso_err e;

	e = tlso_completer_starter(c, p, n, out, sizeof(out), &len);
	if (e) {
		MUST(len == 0);
		return;
	}
	MUST(tlso_starter_open(&s, p, n) == TLSO_OK);
	MUST(len <= s.out_len);
	MUST(len == s.out_len || c->version == TLSO_VERSION_12);
}

static void feed_finished(struct tlso_completer *c)
{
	struct tlso_record_keys k = c->rx;
	uint8_t rec[128], *msg = rec + TLSO_REC_HDR + tlso_record_before(&k);
	size_t n;

	if (c->rx_epoch == TLSO_EPOCH_CLEAR ||
	    tlso_keys_finished(c, !c->client, msg + 4, &n))
		return;
	msg[0] = TLSO_HS_FINISHED;
	msg[1] = 0;
	msg[2] = 0;
	msg[3] = (uint8_t)n;
	n += TLSO_HS_HDR;
	if (!tlso_record_seal(&k, rec, TLSO_CT_HANDSHAKE, n, 0))
		feed(c, rec, TLSO_REC_HDR + tlso_record_before(&k) + n +
				     tlso_record_after(&k));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_completer_cfg cfg = {
		.crypto = &fake_crypto,
		.signer = &lax_signer,
		.tickets = &fake_tickets,
		.resume = &resume,
		.now_ms = 1,
	};
	struct tlso_completer c;
	uint8_t *copy, what;
	size_t k;

	if (!n--)
		return 0;
	cfg.client = *p++ & 1;
	tlso_completer_init(&c, &cfg, seg, sizeof(seg));
	while (n >= 3) {
		what = p[0] % EVENTS;
		k = (size_t)(p[1] << 8 | p[2]);
		p += 3;
		n -= 3;
		if (k > n)
			k = n;
		copy = malloc(k ? k : 1);
		memcpy(copy, p, k);
		if (what == FEED)
			feed(&c, copy, k);
		else if (what == STARTER)
			starter(&c, copy, k);
		else
			feed_finished(&c);
		free(copy);
		check_keys(&c);
		p += k;
		n -= k;
	}
	tlso_completer_wipe(&c);
	return 0;
}
