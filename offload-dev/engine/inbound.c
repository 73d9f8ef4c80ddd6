// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The inbound byte stream of a session (blocks 1310 to 1340): every in-order
 * byte is consumed exactly once, whether a frame brought it or an INBOUND
 * command. What comes too early is kept in a bounded queue, and runs through
 * as "not clear" once the gap is filled; it went up as it came from the wire.
 *
 * session.rx_seq, which goes up as tls_end, is where the consumed part ends.
 * It stands still for good once the session has lost step (rx_raw).
 */
#include <stdlib.h>

#include "session.h"

/* RFC 7323 2.3: no window is larger, so TCP drops what lies beyond, too. */
#define REORDER_WINDOW (1u << 30)
#define RESEQ_OVERHEAD 64

void inbound_drop_queue(struct tlso_engine *e, struct session *s)
{
	while (s->reseq) {
		struct reseq *r = s->reseq;

		s->reseq = r->next;
		free(r);
	}
	e->reseq_bytes -= s->reseq_bytes;
	s->reseq_bytes = 0;
}

/* False if there is no room; nothing is kept then. */
static bool keep(struct tlso_engine *e, struct session *s, u32 seq,
		 const u8 *p, size_t n)
{
	struct reseq **at = &s->reseq, *r;
	u32 cost = n + RESEQ_OVERHEAD;

	while (*at && (int32_t)((*at)->seq - seq) < 0)
		at = &(*at)->next;
	if (*at && (*at)->seq == seq && (*at)->len >= n)
		return true;
	if (s->reseq_bytes + cost > RESEQ_MAX ||
	    e->reseq_bytes + cost > RESEQ_TOTAL_MAX)
		return false;
	r = malloc(sizeof(*r) + n);
	if (!r)
		return false;
	r->seq = seq;
	r->len = n;
	memcpy(r->data, p, n);
	r->next = *at;
	*at = r;
	s->reseq_bytes += cost;
	e->reseq_bytes += cost;
	return true;
}

/* A pending session need not keep up by itself: tls_end tells the driver what
 * is missing, and INBOUND brings it. An active one has lost step.
 */
static void keep_or_lose(struct tlso_engine *e, struct session *s, u32 seq,
			 const u8 *p, size_t n)
{
	if (seq - s->rx_seq > REORDER_WINDOW || keep(e, s, seq, p, n) ||
	    s->state != TLSO_HW_SESSION_ACTIVE)
		return;
	COUNT(e, RX_TLS_LOST_SYNC);
	trace(e, "lost sync", s->id, s->rx_seq, seq);
	s->rx_raw = true;
	inbound_drop_queue(e, s);
}

static bool takes_bytes(const struct session *s)
{
	return !s->rx_raw && !s->stop &&
	       (s->state == TLSO_HW_SESSION_PENDING ||
		s->state == TLSO_HW_SESSION_ACTIVE);
}

/* @p is the engine's own copy: active sessions decrypt it in place. */
static size_t consume(struct tlso_engine *e, struct session *s, u8 *p, size_t n)
{
	if (s->state == TLSO_HW_SESSION_PENDING)
		return handshake_inbound(e, s, s->rx_seq, p, n, NULL);
	record_rx(e, s, p, n, false);
	if (!s->rx_raw)
		s->rx_seq += n;
	return n;
}

void inbound_catch_up(struct tlso_engine *e, struct session *s)
{
	while (takes_bytes(s) && s->reseq) {
		struct reseq *r = s->reseq;
		u32 skip = s->rx_seq - r->seq;
		size_t taken;

		if ((int32_t)skip < 0)
			return;
		/* Off the list first: consume() may come back in here. */
		s->reseq = r->next;
		s->reseq_bytes -= r->len + RESEQ_OVERHEAD;
		e->reseq_bytes -= r->len + RESEQ_OVERHEAD;
		taken = skip < r->len ?
				consume(e, s, r->data + skip, r->len - skip) :
				1;
		free(r);
		if (!taken)
			return;
	}
	if (!takes_bytes(s))
		inbound_drop_queue(e, s);
}

bool inbound_raw(struct tlso_engine *e, struct session *s, u32 seq, const u8 *p,
		 size_t n, struct cmd *cmd)
{
	u32 ahead = seq - s->rx_seq;

	if ((int32_t)ahead > 0) {
		if (ahead > REORDER_WINDOW || !keep(e, s, seq, p, n))
			return false;
		n = 0;
	} else {
		size_t skip = -ahead < n ? -ahead : n;

		p += skip;
		n -= skip;
	}
	if (n && s->state == TLSO_HW_SESSION_PENDING) {
		if (!handshake_inbound(e, s, s->rx_seq, p, n, cmd))
			return false;
		inbound_catch_up(e, s);
		return true;
	}
	if (n) /* p is inside the command's own copy */
		consume(e, s, (u8 *)p, n);
	inbound_catch_up(e, s);
	mbox_complete(e, cmd, TLSO_HW_ST_OK, NULL, 0);
	return true;
}

bool inbound_frame(struct tlso_engine *e, struct session *s,
		   const struct segment *seg)
{
	u8 *p = seg->frame + seg->payload;
	size_t n = seg->payload_len;
	u32 skip = s->rx_seq - seg->seq;
	bool clear, again;

	if (!takes_bytes(s))
		return false;
	if ((int32_t)skip < 0) {
		COUNT(e, RX_TLS_OUT_OF_ORDER);
		keep_or_lose(e, s, seg->seq, p, n);
		return false;
	}
	if (skip >= n)
		return false;
	/* Some of it went up raw before, and TCP may keep those bytes: then no
	 * verdict may stand in a tag behind them.
	 */
	again = s->reseq && (int32_t)(s->reseq->seq - (seg->seq + n)) < 0;
	/* The frame stays as it is until all of it is known to be clear. */
	memcpy(e->rx_clear, p + skip, n - skip);
	if (s->state == TLSO_HW_SESSION_PENDING) {
		consume(e, s, e->rx_clear, n - skip);
		clear = false;
	} else {
		clear = record_rx(e, s, e->rx_clear, n - skip,
				  !skip && !again);
		if (!s->rx_raw || clear)
			s->rx_seq += n - skip;
	}
	if (clear) {
		memcpy(p, e->rx_clear, n);
		COUNT_N(e, RX_TLS_BYTES, n);
	}
	inbound_catch_up(e, s);
	return clear;
}
