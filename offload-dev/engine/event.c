// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The event ring. Events wait here, in order and in bounded number, while the
 * driver has posted no buffer; a body larger than its buffer goes in parts.
 */
#include <stdlib.h>

#include "engine_impl.h"

#define EVENTS_MAX 4096
#define EVENT_CAP_MIN 512

struct completion { /* struct tlso_hw_event from session on, without flags */
	__le32 session;
	__le32 tcp_seq;
	__le32 len;
	__le16 type;
	__le16 status;
};

static void event_free(struct event *ev)
{
	tlso_wipe(ev->body, ev->len);
	free(ev);
}

static void write_entry(struct tlso_engine *e, const struct completion *c,
			u32 flags)
{
	struct ring *r = &e->ring[TLSO_HW_RING_EVENT];
	u64 at = ring_addr(e, TLSO_HW_RING_EVENT, r->head);
	__le32 fl = htole32(flags | TLSO_HW_EVF_DONE);

	if (!dma_write(e, at + offsetof(struct tlso_hw_event, session), c,
		       sizeof(*c)))
		dma_write(e, at + offsetof(struct tlso_hw_event, flags), &fl,
			  sizeof(fl));
	r->head = ring_next(r, r->head);
	ring_completed(e, TLSO_HW_RING_EVENT);
}

/* One ring entry's worth of @ev. True if that was the last of it. */
static bool deliver(struct tlso_engine *e, struct event *ev)
{
	struct ring *r = &e->ring[TLSO_HW_RING_EVENT];
	struct completion c = { .session = htole32(ev->session),
				.tcp_seq = htole32(ev->tcp_seq),
				.type = htole16(ev->type),
				.status = htole16(ev->status) };
	struct tlso_hw_event d;
	u32 n = ev->len - ev->done, cap;

	if (ring_fetch(e, TLSO_HW_RING_EVENT, r->head, &d, sizeof(d)))
		return false;
	cap = le32toh(d.cap);
	if (cap < EVENT_CAP_MIN) {
		guest_error(e, "event buffer too small", cap);
		c = (struct completion){ .status = htole16(TLSO_HW_ST_BAD_ARG) };
		write_entry(e, &c, 0);
		return false;
	}
	if (n > cap)
		n = cap;
	if (n && dma_write(e, le64toh(d.addr), ev->body + ev->done, n)) {
		c.status = htole16(TLSO_HW_ST_DMA);
		write_entry(e, &c, 0);
		return true;
	}
	ev->done += n;
	c.len = htole32(n);
	write_entry(e, &c, ev->done < ev->len ? TLSO_HW_EVF_MORE : 0);
	return ev->done == ev->len;
}

void event_flush(struct tlso_engine *e)
{
	struct ring *r = &e->ring[TLSO_HW_RING_EVENT];

	while (e->events && r->enabled && ring_used(r)) {
		struct event *ev = e->events;

		if (!deliver(e, ev))
			continue;
		e->events = ev->next;
		if (!e->events)
			e->events_end = &e->events;
		e->n_events--;
		COUNT(e, EVENTS);
		event_free(ev);
	}
}

void event_post(struct tlso_engine *e, u16 type, u32 session, u32 tcp_seq,
		enum tlso_hw_status status, const u8 *body, u32 len)
{
	struct event *ev = NULL;

	trace(e, "event", session, type, tcp_seq);
	if (!fault_due(e, e->cfg.fault_drop_event, &e->seen_event) &&
	    e->n_events < EVENTS_MAX)
		ev = malloc(sizeof(*ev) + len);
	if (!ev) {
		COUNT(e, EVENTS_DROPPED);
		return;
	}
	*ev = (struct event){ .session = session, .tcp_seq = tcp_seq,
			      .type = type, .status = status, .len = len };
	if (len)
		memcpy(ev->body, body, len);
	*e->events_end = ev;
	e->events_end = &ev->next;
	e->n_events++;
	event_flush(e);
}

void event_forget(struct tlso_engine *e, u32 session)
{
	struct event **p = &e->events, *ev;

	while ((ev = *p)) {
		if (ev->session != session) {
			p = &ev->next;
			continue;
		}
		*p = ev->next;
		e->n_events--;
		event_free(ev);
	}
	e->events_end = p;
}

void event_reset(struct tlso_engine *e)
{
	struct event *ev;

	while ((ev = e->events)) {
		e->events = ev->next;
		event_free(ev);
	}
	e->events_end = &e->events;
	e->n_events = 0;
}
