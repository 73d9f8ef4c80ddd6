// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of the adapter. Pieces of one event are joined per session and type,
 * within bounds, because only whole ones are the ULP's to parse. Buffers are
 * wiped before the adapter gets them back: some held session keys.
 */
#include <linux/dma-mapping.h>

#include "nic.h"

#define NIC_EVENT_MAX 131072u /* bytes of one event, joined */
#define NIC_EVENT_JOINS 64 /* events of which a part has come */

struct nic_event_buf {
	void *va;
	dma_addr_t dma;
};

/* An event of which the end is still to come. */
struct nic_event_join {
	struct list_head list;
	u32 session;
	u16 type;
	u32 len;
	u32 cap;
	u8 *data;
};

/* A completed entry, as read once; data still stands in the ring's buffer. */
struct nic_event_done {
	u32 flags;
	u32 session;
	u32 tcp_seq;
	u32 len;
	u16 type;
	u16 status;
	const void *data;
};

static struct nic_event_join *
nic_event_join_find(struct nic_event *event, u32 session, u16 type)
{
	struct nic_event_join *join;

	list_for_each_entry(join, &event->joins, list)
		if (join->session == session && join->type == type)
			return join;
	return NULL;
}

static struct nic_event_join *
nic_event_join_new(struct nic_event *event, u32 session, u16 type)
{
	struct nic_event_join *join;

	if (event->n_joins >= NIC_EVENT_JOINS)
		return NULL;
	join = kzalloc(sizeof(*join), GFP_KERNEL);
	if (!join)
		return NULL;
	join->session = session;
	join->type = type;
	list_add(&join->list, &event->joins);
	event->n_joins++;
	return join;
}

static void nic_event_join_free(struct nic_event *event,
				struct nic_event_join *join)
{
	list_del(&join->list);
	event->n_joins--;
	kvfree_sensitive(join->data, join->cap);
	kfree(join);
}

static int nic_event_join_add(struct nic_event_join *join, const void *data,
			      u32 len)
{
	u32 cap;
	u8 *p;

	if (len > NIC_EVENT_MAX - join->len)
		return -E2BIG;
	if (join->len + len > join->cap) {
		cap = min(NIC_EVENT_MAX,
			  roundup_pow_of_two(join->len + len + 1));
		p = kvmalloc(cap, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		memcpy(p, join->data, join->len);
		kvfree_sensitive(join->data, join->cap);
		join->data = p;
		join->cap = cap;
	}
	memcpy(join->data + join->len, data, len);
	join->len += len;
	return 0;
}

/* The session cannot go on with half an event: the ULP is told so. */
static void nic_event_bad(struct nic *nic, const struct nic_event_done *done)
{
	nic_count(nic, NIC_C_EVENT_BAD);
	tls_offload_event(nic->netdev, done->session, TLSO_HW_EV_ERROR,
			  TLSO_HW_ST_BAD_ARG, done->tcp_seq, NULL, 0);
}

static void nic_event_deliver(struct nic *nic, const struct nic_event_done *done)
{
	struct nic_event *event = &nic->event;
	struct nic_event_join *join;
	bool more = done->flags & TLSO_HW_EVF_MORE;

	join = nic_event_join_find(event, done->session, done->type);
	if (!join && !more) {
		tls_offload_event(nic->netdev, done->session, done->type,
				  done->status, done->tcp_seq, done->data,
				  done->len);
		return;
	}
	if (!join)
		join = nic_event_join_new(event, done->session, done->type);
	if (!join) {
		nic_event_bad(nic, done);
		return;
	}
	if (nic_event_join_add(join, done->data, done->len)) {
		nic_event_join_free(event, join);
		nic_event_bad(nic, done);
		return;
	}
	if (more)
		return;
	tls_offload_event(nic->netdev, done->session, done->type, done->status,
			  done->tcp_seq, join->data, join->len);
	nic_event_join_free(event, join);
}

static void nic_event_fill(struct nic_event *event, u32 i)
{
	struct tlso_hw_event *desc =
		(struct tlso_hw_event *)event->ring.desc + i;

	memset(desc, 0, sizeof(*desc));
	desc->addr = cpu_to_le64(event->bufs[i].dma);
	desc->cap = cpu_to_le32(NIC_EVENT_BUF);
}

static bool nic_event_one(struct nic *nic)
{
	struct nic_event *event = &nic->event;
	u32 i = event->ring.head;
	const struct tlso_hw_event *desc =
		(const struct tlso_hw_event *)event->ring.desc + i;
	struct nic_event_done done;

	done.flags = le32_to_cpu(READ_ONCE(desc->flags));
	if (!(done.flags & TLSO_HW_EVF_DONE))
		return false;
	dma_rmb();
	done.session = le32_to_cpu(READ_ONCE(desc->session));
	done.tcp_seq = le32_to_cpu(READ_ONCE(desc->tcp_seq));
	done.len = le32_to_cpu(READ_ONCE(desc->len));
	done.type = le16_to_cpu(READ_ONCE(desc->type));
	done.status = le16_to_cpu(READ_ONCE(desc->status));
	done.data = event->bufs[i].va;

	if (done.len > NIC_EVENT_BUF)
		nic_event_bad(nic, &done);
	else
		nic_event_deliver(nic, &done);

	memzero_explicit(event->bufs[i].va, NIC_EVENT_BUF);
	nic_event_fill(event, i);
	event->ring.head = nic_ring_next(&event->ring, i);
	event->ring.tail = i; /* all but this one are posted */
	return true;
}

/*
 * At most a ring's worth: what an adapter adds meanwhile comes with the next
 * interrupt, and what was there at the call has been handled at its end.
 */
static void nic_event_work_off(struct nic *nic)
{
	struct nic_event *event = &nic->event;
	u32 n;

	lockdep_assert_held(&event->lock);
	if (!event->ring.desc)
		return;
	for (n = 0; n <= event->ring.mask && nic_event_one(nic); n++)
		cond_resched();
	nic_ring_post(&event->ring);
}

void nic_event_drain(struct nic *nic)
{
	mutex_lock(&nic->event.lock);
	nic_event_work_off(nic);
	mutex_unlock(&nic->event.lock);
}

void nic_event_irq(struct nic *nic)
{
	mutex_lock(&nic->event.lock);
	nic_event_work_off(nic);
	if (nic->event.ring.desc)
		nic_ring_arm(&nic->event.ring);
	mutex_unlock(&nic->event.lock);
}

void nic_event_forget(struct nic *nic, u32 id)
{
	struct nic_event *event = &nic->event;
	struct nic_event_join *join, *tmp;

	mutex_lock(&event->lock);
	nic_event_work_off(nic);
	list_for_each_entry_safe(join, tmp, &event->joins, list)
		if (join->session == id)
			nic_event_join_free(event, join);
	mutex_unlock(&event->lock);
}

static void nic_event_free(struct nic_event *event)
{
	struct device *dev = &event->ring.nic->pdev->dev;
	u32 i;

	for (i = 0; event->bufs && i <= event->ring.mask; i++) {
		if (!event->bufs[i].va)
			break;
		memzero_explicit(event->bufs[i].va, NIC_EVENT_BUF);
		dma_free_coherent(dev, NIC_EVENT_BUF, event->bufs[i].va,
				  event->bufs[i].dma);
	}
	kvfree(event->bufs);
	event->bufs = NULL;
	nic_ring_free(&event->ring);
}

static int nic_event_alloc(struct nic *nic)
{
	struct nic_event *event = &nic->event;
	u32 i;
	int err;

	err = nic_ring_alloc(nic, &event->ring, TLSO_HW_RING_EVENT,
			     NIC_EVENT_LOG2, sizeof(struct tlso_hw_event));
	if (err)
		return err;
	event->bufs = kvcalloc(event->ring.mask + 1, sizeof(*event->bufs),
			       GFP_KERNEL);
	if (!event->bufs)
		return -ENOMEM;
	for (i = 0; i <= event->ring.mask; i++) {
		event->bufs[i].va = dma_alloc_coherent(&nic->pdev->dev,
						       NIC_EVENT_BUF,
						       &event->bufs[i].dma,
						       GFP_KERNEL);
		if (!event->bufs[i].va)
			return -ENOMEM;
		nic_event_fill(event, i);
	}
	return 0;
}

int nic_event_open(struct nic *nic)
{
	struct nic_event *event = &nic->event;
	int err;

	mutex_lock(&event->lock);
	err = nic_event_alloc(nic);
	if (err) {
		nic_event_free(event);
		goto out;
	}
	event->ring.tail = event->ring.mask;
	nic_ring_enable(&event->ring);
	nic_ring_arm(&event->ring);
out:
	mutex_unlock(&event->lock);
	return err;
}

void nic_event_close(struct nic *nic)
{
	struct nic_event *event = &nic->event;
	struct nic_event_join *join, *tmp;

	mutex_lock(&event->lock);
	if (event->ring.desc) {
		list_for_each_entry_safe(join, tmp, &event->joins, list)
			nic_event_join_free(event, join);
		nic_event_free(event);
	}
	mutex_unlock(&event->lock);
}
