// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Rings: their registers, doorbells, arming, and every access to host memory.
 *
 * Leaves to: tx.c, rx.c, mbox.c and event.c what the entries mean.
 */
#include "engine_impl.h"

static const u32 entry_size[TLSO_HW_RINGS] = {
	[TLSO_HW_RING_TX] = sizeof(struct tlso_hw_txd),
	[TLSO_HW_RING_RX] = sizeof(struct tlso_hw_rxd),
	[TLSO_HW_RING_MBOX] = sizeof(struct tlso_hw_mbox),
	[TLSO_HW_RING_EVENT] = sizeof(struct tlso_hw_event),
};

int dma_read(struct tlso_engine *e, u64 addr, void *buf, size_t n)
{
	if (e->host.dma_read(e->opaque, addr, buf, n)) {
		guest_error(e, "bus error on read", addr);
		return -1;
	}
	COUNT_N(e, BUS_READ_BYTES, n);
	return 0;
}

int dma_write(struct tlso_engine *e, u64 addr, const void *buf, size_t n)
{
	if (e->host.dma_write(e->opaque, addr, buf, n)) {
		guest_error(e, "bus error on write", addr);
		return -1;
	}
	COUNT_N(e, BUS_WRITE_BYTES, n);
	return 0;
}

u64 ring_addr(const struct tlso_engine *e, enum tlso_hw_ring which, u32 i)
{
	return e->ring[which].base + (u64)i * entry_size[which];
}

int ring_fetch(struct tlso_engine *e, enum tlso_hw_ring which, u32 i, void *desc,
	       size_t n)
{
	struct ring *r = &e->ring[which];

	if (dma_read(e, ring_addr(e, which, i), desc, n)) {
		r->head = r->tail;
		return -1;
	}
	COUNT(e, BUS_DESCRIPTORS);
	return 0;
}

static void fire(struct tlso_engine *e, enum tlso_hw_ring which)
{
	e->ring[which].armed = false;
	COUNT(e, BUS_INTERRUPTS);
	e->host.raise_irq(e->opaque, which);
}

void ring_completed(struct tlso_engine *e, enum tlso_hw_ring which)
{
	struct ring *r = &e->ring[which];

	if (r->armed)
		fire(e, which);
	else
		r->unseen = true;
}

static void arm(struct tlso_engine *e, enum tlso_hw_ring which, u32 val)
{
	struct ring *r = &e->ring[which];
	bool now;

	if (!r->enabled || val >> r->log2) {
		guest_error(e, "ARM: ring disabled or index out of range", val);
		return;
	}
	/* MBOX completes in any order; elsewhere the entries up to head are
	 * complete and the driver has seen those before val.
	 */
	now = which == TLSO_HW_RING_MBOX ? r->unseen : val != r->head;
	r->unseen = false;
	r->armed = true;
	if (now)
		fire(e, which);
}

static void set_enable(struct tlso_engine *e, enum tlso_hw_ring which, u32 val)
{
	struct ring *r = &e->ring[which];
	bool on = val & TLSO_HW_RING_ENABLE;

	if (val & ~TLSO_HW_RING_ENABLE) {
		guest_error(e, "ring: unknown control bit", val);
		return;
	}
	if (on == r->enabled)
		return;
	if (on && (!r->base || r->log2 < TLSO_HW_RING_LOG2_MIN)) {
		guest_error(e, "ring: enabled without base or size", which);
		return;
	}
	r->enabled = on;
	r->head = 0;
	r->tail = 0;
	r->armed = false;
	r->unseen = false;
	r->lost = false;
	r->epoch++;
	if (which == TLSO_HW_RING_MBOX)
		e->in_flight = 0;
	if (which == TLSO_HW_RING_RX && !on)
		rx_unblock(e);
}

static void doorbell(struct tlso_engine *e, enum tlso_hw_ring which, u32 val)
{
	struct ring *r = &e->ring[which];

	if (!r->enabled || val >> r->log2) {
		guest_error(e, "tail: ring disabled or index out of range", val);
		return;
	}
	r->tail = val;
	if (which == TLSO_HW_RING_RX) {
		rx_unblock(e);
		return;
	}
	engine_kick(e);
}

static void set_shape(struct tlso_engine *e, struct ring *r, u32 reg, u32 val)
{
	if (r->enabled) {
		guest_error(e, "ring: base or size written while enabled", val);
		return;
	}
	switch (reg) {
	case TLSO_HW_RREG_BASE_LO:
		if (val & 63)
			guest_error(e, "ring: base not aligned", val);
		else
			r->base = (r->base & ~0xffffffffull) | val;
		return;
	case TLSO_HW_RREG_BASE_HI:
		r->base = (u64)val << 32 | (u32)r->base;
		return;
	}
	if (val < TLSO_HW_RING_LOG2_MIN || val > TLSO_HW_RING_LOG2_MAX)
		guest_error(e, "ring: size out of range", val);
	else
		r->log2 = val;
}

/* @off is relative to ring 0's first register. */
void ring_write(struct tlso_engine *e, u32 off, u32 val)
{
	enum tlso_hw_ring which = off / 0x40;
	struct ring *r = &e->ring[which];

	switch (off % 0x40) {
	case TLSO_HW_RREG_BASE_LO:
	case TLSO_HW_RREG_BASE_HI:
	case TLSO_HW_RREG_SIZE:
		set_shape(e, r, off % 0x40, val);
		break;
	case TLSO_HW_RREG_CTRL:
		set_enable(e, which, val);
		break;
	case TLSO_HW_RREG_TAIL:
		doorbell(e, which, val);
		break;
	case TLSO_HW_RREG_ARM:
		arm(e, which, val);
		break;
	default:
		guest_error(e, "write to no ring register or a read-only one",
			    TLSO_HW_RING_REG(0, off));
	}
}

u32 ring_read(const struct tlso_engine *e, u32 off, bool *known)
{
	const struct ring *r = &e->ring[off / 0x40];

	*known = true;
	switch (off % 0x40) {
	case TLSO_HW_RREG_BASE_LO:
		return r->base;
	case TLSO_HW_RREG_BASE_HI:
		return r->base >> 32;
	case TLSO_HW_RREG_SIZE:
		return r->log2;
	case TLSO_HW_RREG_CTRL:
		return r->enabled ? TLSO_HW_RING_ENABLE : 0;
	case TLSO_HW_RREG_HEAD:
		return r->head;
	}
	*known = false;
	return 0;
}

void ring_reset(struct ring *r)
{
	u32 epoch = r->epoch + 1;

	memset(r, 0, sizeof(*r));
	r->epoch = epoch;
}
