// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames from the wire. The ring is always full: a buffer goes up only when its
 * replacement is there, else the frame is dropped and the buffer stays. What
 * the adapter says of a frame's session goes to the ULP, in ring order.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>

#include "nic.h"

#define NIC_RX_FRAG 2048u
#define NIC_RX_PAD (NET_SKB_PAD + NET_IP_ALIGN)
#define NIC_RX_CAP ((u32)SKB_WITH_OVERHEAD(NIC_RX_FRAG) - (u32)NIC_RX_PAD)

struct nic_rx_buf {
	void *va; /* of NIC_RX_FRAG bytes; data starts NIC_RX_PAD into it */
	dma_addr_t dma;
};

/* A completed descriptor, as read once. */
struct nic_rx_done {
	u32 flags;
	u32 len;
	u32 session;
	u32 tls_end;
};

static int nic_rx_buf_alloc(struct nic *nic, struct nic_rx_buf *buf)
{
	struct device *dev = &nic->pdev->dev;

	buf->va = netdev_alloc_frag(NIC_RX_FRAG);
	if (!buf->va)
		return -ENOMEM;
	buf->dma = dma_map_single(dev, buf->va + NIC_RX_PAD, NIC_RX_CAP,
				  DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, buf->dma)) {
		skb_free_frag(buf->va);
		buf->va = NULL;
		return -ENOMEM;
	}
	return 0;
}

static void nic_rx_buf_free(struct nic *nic, struct nic_rx_buf *buf)
{
	if (!buf->va)
		return;
	dma_unmap_single(&nic->pdev->dev, buf->dma, NIC_RX_CAP,
			 DMA_FROM_DEVICE);
	skb_free_frag(buf->va);
	buf->va = NULL;
}

static void nic_rx_fill(struct nic_rx *rx, u32 i)
{
	struct tlso_hw_rxd *desc = (struct tlso_hw_rxd *)rx->ring.desc + i;

	desc->addr = cpu_to_le64(rx->bufs[i].dma);
	desc->cap = cpu_to_le32(NIC_RX_CAP);
	desc->len = 0;
	desc->session = 0;
	desc->tls_end = 0;
	desc->rec_seq = 0;
	WRITE_ONCE(desc->flags, 0);
}

/* The buffer at @i, unmapped and replaced, or NULL and it stays. */
static void *nic_rx_take(struct nic_rx *rx, u32 i)
{
	struct nic *nic = rx->ring.nic;
	struct nic_rx_buf old = rx->bufs[i];
	struct nic_rx_buf fresh;

	if (nic_rx_buf_alloc(nic, &fresh)) {
		nic_count(nic, NIC_C_RX_NO_MEMORY);
		return NULL;
	}
	dma_unmap_single(&nic->pdev->dev, old.dma, NIC_RX_CAP, DMA_FROM_DEVICE);
	rx->bufs[i] = fresh;
	return old.va;
}

/* The first buffer of a frame is its head, the others become fragments. */
static int nic_rx_add(struct nic_rx *rx, void *va, u32 len)
{
	struct sk_buff *skb = rx->skb;
	struct page *page;

	if (!skb) {
		skb = napi_build_skb(va, NIC_RX_FRAG);
		if (!skb) {
			nic_count(rx->ring.nic, NIC_C_RX_NO_MEMORY);
			return -ENOMEM;
		}
		skb_reserve(skb, NIC_RX_PAD);
		skb_put(skb, len);
		rx->skb = skb;
		return 0;
	}
	if (skb_shinfo(skb)->nr_frags >= MAX_SKB_FRAGS) {
		nic_count(rx->ring.nic, NIC_C_RX_BAD_DESC);
		return -E2BIG;
	}
	page = virt_to_head_page(va);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page,
			va + NIC_RX_PAD - page_address(page), len, NIC_RX_FRAG);
	return 0;
}

static void nic_rx_piece(struct nic_rx *rx, u32 i,
			 const struct nic_rx_done *done)
{
	void *va;

	if (rx->skip)
		return;
	if (!done->len || done->len > NIC_RX_CAP ||
	    (!rx->skb && done->len < ETH_HLEN)) {
		nic_count(rx->ring.nic, NIC_C_RX_BAD_DESC);
		goto skip;
	}
	va = nic_rx_take(rx, i);
	if (!va)
		goto skip;
	if (nic_rx_add(rx, va, done->len)) {
		skb_free_frag(va);
		goto skip;
	}
	return;

skip:
	rx->skip = true;
	dev_kfree_skb_any(rx->skb);
	rx->skb = NULL;
}

/* What the adapter says of the frame and its session; false: drop it. */
static bool nic_rx_marks(struct nic_rx *rx, struct sk_buff *skb,
			 const struct nic_rx_done *done)
{
	struct nic *nic = rx->ring.nic;
	bool sum = done->flags & TLSO_HW_RXF_CSUM_OK;

	if (sum && nic->netdev->features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (!(done->flags & TLSO_HW_RXF_CLEAR))
		return true;

	/* The sum was over what came from the wire: nobody else can check it. */
	if (!sum || !(done->flags & TLSO_HW_RXF_SESSION)) {
		nic_count(nic, NIC_C_RX_TLS_UNFIT);
		return false;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	tlso_skb_set_decrypted(skb);
	nic_count(nic, NIC_C_RX_TLS_CLEAR);
	return true;
}

static void nic_rx_stat(struct nic_rx *rx, u32 len, bool good)
{
	u64_stats_update_begin(&rx->stats.sync);
	if (good) {
		u64_stats_inc(&rx->stats.packets);
		u64_stats_add(&rx->stats.bytes, len);
	} else {
		u64_stats_inc(&rx->stats.dropped);
	}
	u64_stats_update_end(&rx->stats.sync);
}

/* The frame is whole. Marks that concern all of it stand on its last entry. */
static void nic_rx_eop(struct nic_rx *rx, const struct nic_rx_done *done)
{
	struct nic *nic = rx->ring.nic;
	struct sk_buff *skb = rx->skb;

	/* Also of a frame that is dropped: the adapter's place in the stream
	 * has moved, and the peer's next attempt will come up untouched.
	 */
	if (done->flags & TLSO_HW_RXF_SESSION) {
		nic_count(nic, NIC_C_RX_TLS_FRAMES);
		tls_offload_rx_progress(nic->netdev, done->session,
					done->tls_end);
	}
	rx->skb = NULL;
	rx->skip = false;
	if (skb && !nic_rx_marks(rx, skb, done)) {
		dev_kfree_skb_any(skb);
		skb = NULL;
	}
	nic_rx_stat(rx, skb ? skb->len : 0, skb);
	if (!skb)
		return;

	skb_record_rx_queue(skb, 0);
	skb->protocol = eth_type_trans(skb, nic->netdev);
	napi_gro_receive(&rx->napi, skb);
}

static bool nic_rx_one(struct nic_rx *rx)
{
	u32 i = rx->ring.head;
	const struct tlso_hw_rxd *desc =
		(const struct tlso_hw_rxd *)rx->ring.desc + i;
	struct nic_rx_done done;

	done.flags = le32_to_cpu(READ_ONCE(desc->flags));
	if (!(done.flags & TLSO_HW_RXF_DONE))
		return false;
	dma_rmb();
	done.len = le32_to_cpu(READ_ONCE(desc->len));
	done.session = le32_to_cpu(READ_ONCE(desc->session));
	done.tls_end = le32_to_cpu(READ_ONCE(desc->tls_end));

	nic_rx_piece(rx, i, &done);
	nic_rx_fill(rx, i);
	rx->ring.head = nic_ring_next(&rx->ring, i);
	rx->ring.tail = i; /* all but this one are posted */
	if (done.flags & TLSO_HW_RXF_EOP)
		nic_rx_eop(rx, &done);
	return true;
}

int nic_rx_poll(struct napi_struct *napi, int budget)
{
	struct nic_rx *rx = container_of(napi, struct nic_rx, napi);
	int n = 0;

	/* Entries, not frames, so that an adapter without EOP is bounded too. */
	while (n < budget && nic_rx_one(rx))
		n++;
	nic_ring_post(&rx->ring);

	if (n < budget && napi_complete_done(napi, n))
		nic_ring_arm(&rx->ring);
	return n;
}

static void nic_rx_free(struct nic_rx *rx)
{
	u32 i;

	for (i = 0; i <= rx->ring.mask; i++)
		nic_rx_buf_free(rx->ring.nic, &rx->bufs[i]);
	kvfree(rx->bufs);
	rx->bufs = NULL;
	nic_ring_free(&rx->ring);
}

int nic_rx_open(struct nic *nic)
{
	struct nic_rx *rx = &nic->rx;
	u32 i;
	int err;

	err = nic_ring_alloc(nic, &rx->ring, TLSO_HW_RING_RX, NIC_RX_LOG2,
			     sizeof(struct tlso_hw_rxd));
	if (err)
		return err;
	rx->bufs = kvcalloc(rx->ring.mask + 1, sizeof(*rx->bufs), GFP_KERNEL);
	if (!rx->bufs) {
		nic_ring_free(&rx->ring);
		return -ENOMEM;
	}
	for (i = 0; i <= rx->ring.mask; i++) {
		err = nic_rx_buf_alloc(nic, &rx->bufs[i]);
		if (err) {
			nic_rx_free(rx);
			return err;
		}
		nic_rx_fill(rx, i);
	}
	rx->ring.tail = rx->ring.mask;
	rx->skb = NULL;
	rx->skip = false;
	nic_ring_enable(&rx->ring);
	return 0;
}

/* NAPI is off. */
void nic_rx_close(struct nic *nic)
{
	struct nic_rx *rx = &nic->rx;

	nic_ring_disable(&rx->ring);
	dev_kfree_skb_any(rx->skb);
	rx->skb = NULL;
	nic_rx_free(rx);
}
