// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The RX ring: filters frames from the wire, checks their sums, offers them to
 * their session (inbound.c), and delivers them.
 *
 * Room is looked for before a session sees the frame: a byte that a session has
 * consumed must reach the driver.
 */
#include "session.h"

#define RX_CAP_MIN 256
#define RX_PIECES_MAX (MAX_FRAME / RX_CAP_MIN + 1)

struct room {
	u32 n;
	struct {
		u64 addr;
		u32 cap;
	} piece[RX_PIECES_MAX];
};

static bool wanted(const struct tlso_engine *e, const u8 *frame)
{
	static const u8 broadcast[6] = { 255, 255, 255, 255, 255, 255 };

	if (e->ctrl & TLSO_HW_CTRL_PROMISC)
		return true;
	if (!memcmp(frame, broadcast, 6))
		return true;
	if (frame[0] & 1)
		/* 33:33 is IPv6's: there is no filter to join a group with. */
		return (e->ctrl & TLSO_HW_CTRL_ALLMULTI) ||
		       (frame[0] == 0x33 && frame[1] == 0x33);
	return !memcmp(frame, e->mac, 6);
}

static void put_entry(struct tlso_engine *e, const struct tlso_hw_rxd *d)
{
	struct ring *r = &e->ring[TLSO_HW_RING_RX];
	u64 at = ring_addr(e, TLSO_HW_RING_RX, r->head);

	if (!dma_write(e, at + offsetof(struct tlso_hw_rxd, len), &d->len,
		       sizeof(*d) - offsetof(struct tlso_hw_rxd, len)))
		dma_write(e, at + offsetof(struct tlso_hw_rxd, flags),
			  &d->flags, sizeof(d->flags));
	r->head = ring_next(r, r->head);
	ring_completed(e, TLSO_HW_RING_RX);
}

/* 1: there is room for @n bytes; 0: not yet; -1: there never will be. */
static int find_room(struct tlso_engine *e, struct room *room, size_t n)
{
	struct ring *r = &e->ring[TLSO_HW_RING_RX];
	size_t have = 0;
	u32 i;

	room->n = 0;
	for (i = r->head; r->enabled && i != r->tail; i = ring_next(r, i)) {
		struct tlso_hw_rxd d;
		u32 cap;

		if (ring_fetch(e, TLSO_HW_RING_RX, i, &d, sizeof(d)))
			return -1;
		cap = le32toh(d.cap);
		if (cap < RX_CAP_MIN) {
			/* Given back empty, with those before it. */
			guest_error(e, "rx: buffer too small", cap);
			memset(&d, 0, sizeof(d));
			d.flags = htole32(TLSO_HW_RXF_DONE | TLSO_HW_RXF_EOP);
			do {
				bool last = r->head == i;

				put_entry(e, &d);
				if (last)
					break;
			} while (r->enabled);
			room->n = 0;
			have = 0;
			continue;
		}
		room->piece[room->n].addr = le64toh(d.addr);
		room->piece[room->n++].cap = cap;
		have += cap;
		if (have >= n)
			return 1;
	}
	return r->enabled && ring_used(r) == (1u << r->log2) - 1 ? -1 : 0;
}

static void deliver(struct tlso_engine *e, const struct room *room, size_t n,
		    u32 flags, const struct session *s)
{
	size_t at = 0;
	u32 i;

	for (i = 0; at < n; i++) {
		size_t part = n - at;
		struct tlso_hw_rxd d = { 0 };

		if (part > room->piece[i].cap)
			part = room->piece[i].cap;
		dma_write(e, room->piece[i].addr, e->rx_buf + at, part);
		at += part;
		d.len = htole32(part);
		d.session = s ? htole32(s->id) : 0;
		d.tls_end = s ? htole32(s->rx_seq) : 0;
		d.rec_seq = s ? htole32((u32)s->rec.seq) : 0;
		d.flags = htole32(flags | TLSO_HW_RXF_DONE |
				  (at == n ? TLSO_HW_RXF_EOP : 0));
		put_entry(e, &d);
	}
}

/* The session of a TCP segment without VLAN tag, if there is one. */
static struct session *find_session(struct tlso_engine *e,
				    const struct segment *seg)
{
	struct flow f;

	if (!seg->tcp || seg->vlan)
		return NULL;
	session_flow_of(&f, seg);
	return session_by_flow(e, &f);
}

static u32 inspect(struct tlso_engine *e, size_t n, struct session **s)
{
	struct segment seg;
	u32 flags = 0;
	bool sum_ok;

	*s = NULL;
	if (!segment_parse(&seg, e->rx_buf, n, false))
		return 0;
	if (seg.fragment && seg.proto == IPPROTO_NR_TCP)
		COUNT(e, RX_TLS_FRAGMENTS);
	sum_ok = !seg.fragment && seg.ip_sum_ok && segment_l4_sum_ok(&seg);
	if (sum_ok)
		flags |= TLSO_HW_RXF_CSUM_OK;
	*s = find_session(e, &seg);
	if (!*s)
		return flags;
	flags |= TLSO_HW_RXF_SESSION;
	if (!sum_ok)
		COUNT(e, RX_TLS_BAD_CSUM);
	else if (seg.payload_len &&
		 !(seg.tcp_flags &
		   (TCP_FLAG_SYN | TCP_FLAG_RST | TCP_FLAG_URG)) &&
		 inbound_frame(e, *s, &seg))
		flags |= TLSO_HW_RXF_CLEAR;
	return flags;
}

void rx_unblock(struct tlso_engine *e)
{
	if (!e->rx_blocked)
		return;
	e->rx_blocked = false;
	e->host.rx_ready(e->opaque);
}

size_t tlso_engine_rx(struct tlso_engine *e, const uint8_t *frame, size_t n)
{
	struct session *s;
	struct room room;
	u32 flags;

	if (!(e->ctrl & TLSO_HW_CTRL_ENABLE) || n < 14 || n > MAX_FRAME ||
	    !wanted(e, frame))
		return n;
	switch (find_room(e, &room, n)) {
	case 0:
		COUNT(e, RX_NO_BUFFER);
		/* Without a ring nobody will post buffers soon. */
		if (!e->ring[TLSO_HW_RING_RX].enabled)
			return n;
		e->rx_blocked = true;
		return 0;
	case -1:
		COUNT(e, RX_NO_BUFFER);
		return n;
	}
	if (fault_due(e, e->cfg.fault_drop_frame, &e->seen_frame))
		return n;
	COUNT(e, RX_FRAMES);
	COUNT_N(e, RX_BYTES, n);
	memcpy(e->rx_buf, frame, n);
	flags = inspect(e, n, &s);
	deliver(e, &room, n, flags, s);
	return n;
}
