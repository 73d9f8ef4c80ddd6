// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to the adapter. Callers sleep, many at once. A slot owns the buffers
 * that the adapter may touch, from post to completion; where no completion
 * comes they stay with the slot until the adapter has been reset, whoever has
 * given up on them.
 */
#include <linux/dma-mapping.h>

#include "nic.h"

#define NIC_MBOX_TIMEOUT (10 * HZ)

struct nic_dma_buf {
	void *va;
	dma_addr_t dma;
	u32 len;
};

/* On the caller's stack; its slot points here until it is completed. */
struct nic_mbox_call {
	struct completion done;
	int err;
	bool lost; /* the buffers stay with the slot */
	u32 out_len;
};

struct nic_mbox_slot {
	bool busy; /* posted, and not seen completed */
	struct nic_mbox_call *call; /* NULL: nobody waits any more */
	struct nic_dma_buf in;
	struct nic_dma_buf out;
};

static int nic_dma_alloc(struct nic *nic, struct nic_dma_buf *buf, u32 len)
{
	buf->va = NULL;
	buf->len = len;
	if (!len)
		return 0;
	buf->va = dma_alloc_coherent(&nic->pdev->dev, len, &buf->dma,
				     GFP_KERNEL);
	return buf->va ? 0 : -ENOMEM;
}

static void nic_dma_free(struct nic *nic, struct nic_dma_buf *buf)
{
	if (!buf->va)
		return;
	memzero_explicit(buf->va, buf->len);
	dma_free_coherent(&nic->pdev->dev, buf->len, buf->va, buf->dma);
	buf->va = NULL;
}

static int nic_mbox_errno(u32 status)
{
	switch (status) {
	case TLSO_HW_ST_OK:
		return 0;
	case TLSO_HW_ST_NO_SESSION:
		return -ENOENT;
	case TLSO_HW_ST_EXISTS:
		return -EEXIST;
	case TLSO_HW_ST_FULL:
		return -ENOSPC;
	case TLSO_HW_ST_BAD_KEY:
		return -EKEYREJECTED;
	case TLSO_HW_ST_ILLEGAL:
		return -EBADMSG;
	case TLSO_HW_ST_BAD_OPCODE:
	case TLSO_HW_ST_BAD_ARG:
	case TLSO_HW_ST_NO_SPACE:
	case TLSO_HW_ST_UNSUPPORTED:
		return -EINVAL;
	default:
		return -EIO;
	}
}

/* The slot's entry is done: buffers and verdict are the caller's. Locked. */
static void nic_mbox_complete(struct nic_mbox *mbox, u32 i)
{
	const struct tlso_hw_mbox *desc =
		(const struct tlso_hw_mbox *)mbox->ring.desc + i;
	struct nic_mbox_slot *slot = &mbox->slots[i];
	struct nic_mbox_call *call = slot->call;

	slot->busy = false;
	slot->call = NULL;
	call->out_len = le32_to_cpu(READ_ONCE(desc->out_len));
	call->err = nic_mbox_errno(le32_to_cpu(READ_ONCE(desc->status)));
	if (!call->err && call->out_len > slot->out.len)
		call->err = -EIO;
	complete(&call->done);
}

/*
 * Entries complete in any order; head stays at the oldest that has not. A slot
 * that nobody waits for any more stays busy: a reset is on its way, and frees it.
 */
void nic_mbox_irq(struct nic *nic)
{
	struct nic_mbox *mbox = &nic->mbox;
	const struct tlso_hw_mbox *desc;
	unsigned long flags;
	u32 i;

	spin_lock_irqsave(&mbox->lock, flags);
	desc = mbox->ring.desc;
	if (!desc || nic_dead(nic))
		goto out;

	for (i = mbox->ring.head; i != mbox->ring.tail;
	     i = nic_ring_next(&mbox->ring, i)) {
		if (!mbox->slots[i].call ||
		    !(READ_ONCE(desc[i].flags) &
		      cpu_to_le32(TLSO_HW_MBF_DONE)))
			continue;
		dma_rmb();
		nic_mbox_complete(mbox, i);
	}
	while (mbox->ring.head != mbox->ring.tail &&
	       !mbox->slots[mbox->ring.head].busy)
		mbox->ring.head = nic_ring_next(&mbox->ring, mbox->ring.head);
	nic_ring_arm(&mbox->ring);
	wake_up(&mbox->room);
out:
	spin_unlock_irqrestore(&mbox->lock, flags);
}

static bool nic_mbox_has_room(const struct nic_mbox *mbox)
{
	return nic_ring_free_entries(&mbox->ring) > 0;
}

/* Room in the ring, or nobody will make any: then -ENODEV. Lock held. */
static int nic_mbox_wait_room(struct nic *nic)
{
	struct nic_mbox *mbox = &nic->mbox;
	long left;

	left = wait_event_lock_irq_timeout(mbox->room,
					   nic_dead(nic) ||
					   !mbox->ring.desc ||
					   nic_mbox_has_room(mbox),
					   mbox->lock, NIC_MBOX_TIMEOUT);
	if (nic_dead(nic) || !mbox->ring.desc)
		return -ENODEV;
	return left ? 0 : -ETIMEDOUT;
}

/* Gives @in and @out to the slot. Returns its index or an error. */
static int nic_mbox_post(struct nic *nic, const struct nic_cmd *cmd,
			 struct nic_mbox_call *call,
			 const struct nic_dma_buf *in,
			 const struct nic_dma_buf *out)
{
	struct nic_mbox *mbox = &nic->mbox;
	struct tlso_hw_mbox *desc;
	struct nic_mbox_slot *slot;
	int err;
	u32 i;

	spin_lock_irq(&mbox->lock);
	err = nic_mbox_wait_room(nic);
	if (err)
		goto out;

	i = mbox->ring.tail;
	slot = &mbox->slots[i];
	slot->busy = true;
	slot->call = call;
	slot->in = *in;
	slot->out = *out;
	desc = (struct tlso_hw_mbox *)mbox->ring.desc + i;
	*desc = (struct tlso_hw_mbox){
		.opcode = cpu_to_le16(cmd->opcode),
		.session = cpu_to_le32(cmd->session),
		.arg = cpu_to_le32(cmd->arg),
		.in_len = cpu_to_le32(in->len),
		.in_addr = cpu_to_le64(in->va ? in->dma : 0),
		.out_addr = cpu_to_le64(out->va ? out->dma : 0),
		.out_cap = cpu_to_le32(out->len),
		.cookie = cpu_to_le64(i),
	};
	mbox->ring.tail = nic_ring_next(&mbox->ring, i);
	nic_ring_post(&mbox->ring);
	err = i;
out:
	spin_unlock_irq(&mbox->lock);
	return err;
}

/* Nobody answered: the buffers are the slot's, unless the answer came now. */
static void nic_mbox_give_up(struct nic *nic, int i, struct nic_mbox_call *call)
{
	struct nic_mbox *mbox = &nic->mbox;

	spin_lock_irq(&mbox->lock);
	if (!completion_done(&call->done)) {
		mbox->slots[i].call = NULL;
		call->lost = true;
		call->err = -ETIMEDOUT;
	}
	spin_unlock_irq(&mbox->lock);

	if (call->lost && call->err == -ETIMEDOUT) {
		nic_count(nic, NIC_C_MBOX_TIMEOUTS);
		nic_kill(nic, "a command timed out");
	}
}

int nic_mbox_call(struct nic *nic, struct nic_cmd *cmd)
{
	struct nic_mbox_call call = { };
	struct nic_dma_buf in, out = { };
	int i, err;

	if (cmd->in_len > TLSO_HW_MBOX_IN_MAX)
		return -EINVAL;
	cmd->out_len = 0;
	init_completion(&call.done);
	err = nic_dma_alloc(nic, &in, cmd->in_len);
	if (err)
		return err;
	err = nic_dma_alloc(nic, &out, min(cmd->out_cap, TLSO_HW_MBOX_OUT_MAX));
	if (err)
		goto err_free;
	if (in.va)
		memcpy(in.va, cmd->in, in.len);

	i = nic_mbox_post(nic, cmd, &call, &in, &out);
	if (i < 0) {
		err = i;
		goto err_free;
	}
	if (!wait_for_completion_timeout(&call.done, NIC_MBOX_TIMEOUT))
		nic_mbox_give_up(nic, i, &call);
	err = call.err;
	if (call.lost)
		return err;
	if (!err && out.va) {
		memcpy(cmd->out, out.va, call.out_len);
		cmd->out_len = call.out_len;
	}

err_free:
	nic_dma_free(nic, &out);
	nic_dma_free(nic, &in);
	return err;
}

/* Waiters go; their buffers stay until nic_mbox_close(). */
void nic_mbox_fail(struct nic *nic)
{
	struct nic_mbox *mbox = &nic->mbox;
	unsigned long flags;
	u32 i;

	spin_lock_irqsave(&mbox->lock, flags);
	for (i = 0; mbox->slots && i <= mbox->ring.mask; i++) {
		struct nic_mbox_call *call = mbox->slots[i].call;

		if (!call)
			continue;
		mbox->slots[i].call = NULL;
		call->lost = true;
		call->err = -ENODEV;
		complete(&call->done);
	}
	wake_up_all(&mbox->room);
	spin_unlock_irqrestore(&mbox->lock, flags);
}

int nic_mbox_open(struct nic *nic)
{
	struct nic_mbox *mbox = &nic->mbox;
	int err;

	err = nic_ring_alloc(nic, &mbox->ring, TLSO_HW_RING_MBOX, NIC_MBOX_LOG2,
			     sizeof(struct tlso_hw_mbox));
	if (err)
		return err;
	mbox->slots = kvcalloc(mbox->ring.mask + 1, sizeof(*mbox->slots),
			       GFP_KERNEL);
	if (!mbox->slots) {
		nic_ring_free(&mbox->ring);
		return -ENOMEM;
	}
	nic_ring_enable(&mbox->ring);
	nic_ring_arm(&mbox->ring);
	return 0;
}

void nic_mbox_close(struct nic *nic)
{
	struct nic_mbox *mbox = &nic->mbox;
	struct nic_mbox_slot *slots;
	struct nic_ring ring;
	u32 i;

	nic_mbox_fail(nic);
	spin_lock_irq(&mbox->lock);
	slots = mbox->slots;
	ring = mbox->ring;
	mbox->slots = NULL;
	mbox->ring.desc = NULL;
	spin_unlock_irq(&mbox->lock);

	if (!slots)
		return;
	for (i = 0; i <= ring.mask; i++) {
		if (!slots[i].busy)
			continue;
		nic_dma_free(nic, &slots[i].in);
		nic_dma_free(nic, &slots[i].out);
	}
	kvfree(slots);
	nic_ring_free(&ring);
}
