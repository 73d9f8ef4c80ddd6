// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps of the director.
 *
 * Responsible for: a finished segment to the director, its starter through the
 * completer to the wire, and what follows from how that ended: done, failed with an
 * alert, or better left to another placement.
 * Leaves to: core/director.c what to say; the placement how a starter is completed;
 * handshake.c everything else.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "hs.h"

static int wire_send(struct tlso_hs *hs, const u8 *p, size_t n)
{
	struct sock *sk = hs->sk;
	int err;

	lock_sock(sk);
	if (hs->dead || sk->sk_state == TCP_CLOSE) {
		err = tlso_hs_fail(hs, -ECONNRESET, "the connection is gone");
	} else {
		hs->sent = true;
		err = tlso_conn_send_raw(hs->conn, p, n);
		if (err)
			tlso_hs_fail(hs, err, "TCP did not take our messages");
	}
	release_sock(sk);
	return err;
}

/* Completed, then queued in TCP. The announced length is what the completer is
 * held to; in TLS 1.2 it is an upper bound (core/seam.h).
 */
static int starter_send(struct tlso_hs *hs, const u8 *starter, size_t n,
			size_t wire)
{
	bool exact = hs->ctx->director.version != TLSO_VERSION_12;
	size_t out_len = 0;
	u8 *out;
	int err;

	if (wire > TLSO_STARTER_OUT_MAX)
		return tlso_hs_fail(hs, -EPROTO, "starter too long");
	out = kvmalloc(max_t(size_t, wire, 1), TLSO_HS_GFP);
	if (!out)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	err = hs->place->complete(hs, starter, n, out, wire, &out_len);
	if (!err && (out_len > wire || (exact && out_len != wire)))
		err = tlso_hs_fail(hs, -EIO,
				   "the completer's bytes are not as announced");
	if (!err && out_len)
		err = wire_send(hs, out, out_len);
	kvfree(out);
	return err;
}

/* The director's alert is on its way, or there is none to be sent. */
static void alerted(struct tlso_hs *hs)
{
	hs->alert = hs->ctx->director.alert;
	hs->said = true;
	tlso_hs_because(hs, -EPROTO);
}

/* Nothing of the refused starter was sent: its alert goes out in its stead. */
static int starter_refused(struct tlso_hs *hs, u8 *starter, size_t cap)
{
	struct tlso_director *d = &hs->ctx->director;
	size_t n = 0, wire = 0;
	enum tlso_step step;

	step = tlso_director_refused(d, hs->refused, starter, cap, &n, &wire);
	alerted(hs);
	if (step == TLSO_STEP_FAIL && n)
		starter_send(hs, starter, n, wire);
	return -EPROTO;
}

/* The director has failed. May the kernel alone do better? */
static bool better_elsewhere(const struct tlso_hs *hs)
{
	enum tlso_err e = hs->ctx->director.err;

	return tlso_hs_may_move(hs) &&
	       (e == TLSO_E_VERSION || e == TLSO_E_NO_COMMON);
}

static int step_failed(struct tlso_hs *hs)
{
	const struct tlso_director *d = &hs->ctx->director;

	if (better_elsewhere(hs)) {
		hs->elsewhere = true;
		return 0;
	}
	alerted(hs);
	tlso_hs_fail(hs, -EPROTO, d->why ?: tlso_err_name(d->err));
	return 0;
}

/* What the director's @step asks for. @starter, of @cap bytes, may be reused. */
static int step_do(struct tlso_hs *hs, enum tlso_step step, u8 *starter,
		   size_t cap, size_t n, size_t wire)
{
	int err = 0;

	hs->refused = TLSO_OK;
	if (step == TLSO_STEP_FAIL)
		step_failed(hs);
	if (hs->elsewhere)
		return -EPROTO;
	if (n && step != TLSO_STEP_WAIT)
		err = starter_send(hs, starter, n, wire);
	if (err && hs->refused && !hs->elsewhere && step != TLSO_STEP_FAIL)
		err = starter_refused(hs, starter, cap);
	if (step == TLSO_STEP_DONE || step == TLSO_STEP_LAST)
		hs->said = true;
	return step == TLSO_STEP_FAIL ? -EPROTO : err;
}

enum what_step {
	STEP_START,
	STEP_SEGMENT,
	STEP_ABORT,
};

static int director_step(struct tlso_hs *hs, enum what_step what, const u8 *seg,
			 size_t len, u8 alert)
{
	size_t cap = hs->ctx->starter_room, n = 0, wire = 0;
	struct tlso_director *d = &hs->ctx->director;
	enum tlso_step step;
	u8 *starter;
	int err;

	starter = kvmalloc(cap, TLSO_HS_GFP);
	if (!starter)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	switch (what) {
	case STEP_START:
		step = tlso_director_start(d, starter, cap, &n, &wire);
		break;
	case STEP_SEGMENT:
		step = tlso_director_step(d, seg, len, starter, cap, &n, &wire);
		break;
	default:
		step = tlso_director_abort(d, alert, starter, cap, &n, &wire);
		break;
	}
	err = step_do(hs, step, starter, cap, n, wire);
	kvfree(starter);
	return err;
}

int tlso_hs_hello(struct tlso_hs *hs)
{
	return director_step(hs, STEP_START, NULL, 0, 0);
}

int tlso_hs_segment(struct tlso_hs *hs, const u8 *seg, size_t len)
{
	return director_step(hs, STEP_SEGMENT, seg, len, 0);
}

void tlso_hs_abort(struct tlso_hs *hs, u8 alert)
{
	director_step(hs, STEP_ABORT, NULL, 0, alert);
}
