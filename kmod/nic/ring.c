// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers and rings as such: reset, counters, ring memory, enable, disable.
 * Leaves what stands in the entries to tx.c, rx.c, mbox.c and event.c.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>

#include "nic.h"

#define NIC_RESET_US (5 * USEC_PER_SEC)
#define NIC_GONE 0xffffffffu /* what MMIO reads where no device answers */

int nic_hw_reset(struct nic *nic)
{
	u32 v;
	int err;

	nic_wr(nic, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	nic->ctrl = 0;
	err = readl_poll_timeout(nic->regs + TLSO_HW_REG_STATUS, v,
				 v & TLSO_HW_STATUS_READY, 100, NIC_RESET_US);
	if (err || v == NIC_GONE)
		return -ENODEV;
	return 0;
}

u64 nic_hw_counter(struct nic *nic, enum tlso_hw_counter c)
{
	unsigned long flags;
	u32 lo, hi;

	spin_lock_irqsave(&nic->counter_lock, flags);
	lo = nic_rd(nic, TLSO_HW_REG_COUNTER(c));
	hi = nic_rd(nic, TLSO_HW_REG_COUNTER(c) + 4);
	spin_unlock_irqrestore(&nic->counter_lock, flags);
	return (u64)hi << 32 | lo;
}

int nic_ring_alloc(struct nic *nic, struct nic_ring *ring, enum tlso_hw_ring id,
		   unsigned int log2, size_t desc_size)
{
	ring->nic = nic;
	ring->id = id;
	ring->mask = (1u << log2) - 1;
	ring->desc_size = desc_size;
	ring->head = 0;
	ring->tail = 0;
	ring->rung = 0;
	ring->desc = dma_alloc_coherent(&nic->pdev->dev, desc_size << log2,
					&ring->dma, GFP_KERNEL);
	return ring->desc ? 0 : -ENOMEM;
}

void nic_ring_free(struct nic_ring *ring)
{
	if (!ring->desc)
		return;
	dma_free_coherent(&ring->nic->pdev->dev,
			  ring->desc_size * (ring->mask + 1), ring->desc,
			  ring->dma);
	ring->desc = NULL;
}

void nic_ring_enable(struct nic_ring *ring)
{
	struct nic *nic = ring->nic;

	nic_wr(nic, TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_BASE_LO),
	       lower_32_bits(ring->dma));
	nic_wr(nic, TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_BASE_HI),
	       upper_32_bits(ring->dma));
	nic_wr(nic, TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_SIZE),
	       ilog2(ring->mask + 1));
	nic_wr(nic, TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_CTRL),
	       TLSO_HW_RING_ENABLE);
	nic_ring_post(ring);
}

void nic_ring_disable(struct nic_ring *ring)
{
	u32 reg = TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_CTRL);

	nic_wr(ring->nic, reg, 0);
	nic_rd(ring->nic, reg); /* the write has arrived, and DMA ahead of it */
}
