// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames to the wire: descriptors out of skbs, completion in NAPI. A frame of a
 * session leaves with a TLS descriptor or not at all; where in its record it
 * starts is the ULP's to say (tls_offload_tx_get()).
 */
#include <linux/dma-mapping.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "nic.h"

/* Room that the queue keeps for a frame of any shape; wake up at twice that. */
#define NIC_TX_ROOM TLSO_HW_TX_MAX_DESCS

/* What the driver remembers of a posted descriptor. */
struct nic_tx_buf {
	dma_addr_t dma;
	u32 len; /* 0: nothing is mapped */
	bool page;
	u32 eop; /* of the frame's first entry: its last one */
	struct sk_buff *skb; /* of the last entry, as the next */
	struct tls_offload_tx *tls;
};

static void nic_tx_unmap(struct nic *nic, struct nic_tx_buf *buf)
{
	struct device *dev = &nic->pdev->dev;

	if (!buf->len)
		return;
	if (buf->page)
		dma_unmap_page(dev, buf->dma, buf->len, DMA_TO_DEVICE);
	else
		dma_unmap_single(dev, buf->dma, buf->len, DMA_TO_DEVICE);
	buf->len = 0;
}

static void nic_tx_tls_free(struct tls_offload_tx *tls)
{
	if (!tls)
		return;
	tls_offload_tx_put(tls);
	kfree(tls);
}

/* Headers up to and with TCP's, or 0 where they are not all in the head. */
static u32 nic_tx_hdr_len(const struct sk_buff *skb)
{
	unsigned int off, len;

	if (!skb_transport_header_was_set(skb))
		return 0;
	off = skb_transport_offset(skb);
	if (off + sizeof(struct tcphdr) > skb_headlen(skb))
		return 0;
	len = off + tcp_hdrlen(skb);
	return len <= skb_headlen(skb) ? len : 0;
}

static bool nic_tx_is_tcp(const struct sk_buff *skb)
{
	switch (vlan_get_protocol(skb)) {
	case htons(ETH_P_IP):
		return ip_hdr(skb)->protocol == IPPROTO_TCP;
	case htons(ETH_P_IPV6):
		return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
	default:
		return false;
	}
}

/*
 * @skb's payload is clear and must not be seen on the wire: 0 and *@tls, or an
 * error after which the frame is dropped. The sum must be the adapter's to
 * make, because it goes over bytes that do not exist yet.
 */
static int nic_tx_tls_get(struct nic *nic, const struct sk_buff *skb,
			  u32 hdr_len, struct tls_offload_tx **tls)
{
	struct tls_offload_tx *tx;
	int err;

	if (!hdr_len || !nic_tx_is_tcp(skb) ||
	    skb->ip_summed != CHECKSUM_PARTIAL) {
		nic_count(nic, NIC_C_TX_TLS_UNFIT);
		return -EINVAL;
	}

	tx = kmalloc(sizeof(*tx), GFP_ATOMIC | __GFP_NOWARN);
	if (!tx)
		return -ENOMEM;
	err = tls_offload_tx_get(nic->netdev, skb, hdr_len, tx);
	if (err) {
		nic_count(nic, NIC_C_TX_TLS_NO_SESSION);
		kfree(tx);
		return err;
	}
	if (tx->n_prefix > TLS_OFFLOAD_PREFIX_FRAGS ||
	    !tx->prefix_len != !tx->n_prefix) {
		nic_count(nic, NIC_C_TX_TLS_UNFIT);
		nic_tx_tls_free(tx);
		return -EINVAL;
	}
	*tls = tx;
	return 0;
}

/* One mapped piece into the entry at @i. */
static int nic_tx_put(struct nic_tx *tx, u32 i, dma_addr_t dma, u32 len,
		      bool page, const struct tlso_hw_txd *proto)
{
	struct tlso_hw_txd *desc = (struct tlso_hw_txd *)tx->ring.desc + i;
	struct nic_tx_buf *buf = &tx->bufs[i];

	if (dma_mapping_error(&tx->ring.nic->pdev->dev, dma))
		return -ENOMEM;
	buf->dma = dma;
	buf->len = len;
	buf->page = page;
	*desc = *proto;
	desc->addr = cpu_to_le64(dma);
	desc->len = cpu_to_le32(len);
	return 0;
}

static int nic_tx_put_frag(struct nic_tx *tx, u32 i, const skb_frag_t *frag,
			   const struct tlso_hw_txd *proto)
{
	u32 len = skb_frag_size(frag);

	return nic_tx_put(tx, i,
			  skb_frag_dma_map(&tx->ring.nic->pdev->dev, frag, 0,
					   len, DMA_TO_DEVICE),
			  len, true, proto);
}

/* The TLS descriptor and the prefix; *@i moves past what was mapped. */
static int nic_tx_map_tls(struct nic_tx *tx, u32 *i,
			  const struct tls_offload_tx *tls)
{
	struct tlso_hw_txd_tls *desc =
		(struct tlso_hw_txd_tls *)tx->ring.desc + *i;
	struct tlso_hw_txd proto = {
		.flags = cpu_to_le32(TLSO_HW_TXF_PREFIX),
	};
	unsigned int n;
	int err;

	*desc = (struct tlso_hw_txd_tls){
		.session = cpu_to_le32(tls->session),
		.rec_len = cpu_to_le32(tls->rec_len),
		.rec_off = cpu_to_le32(tls->rec_off),
		.flags = cpu_to_le32(TLSO_HW_TXF_TLS),
		.rec_seq = cpu_to_le64(tls->rec_seq),
		.prefix_len = cpu_to_le32(tls->prefix_len),
	};
	*i = nic_ring_next(&tx->ring, *i);

	for (n = 0; n < tls->n_prefix; n++) {
		err = nic_tx_put_frag(tx, *i, &tls->prefix[n], &proto);
		if (err)
			return err;
		*i = nic_ring_next(&tx->ring, *i);
	}
	return 0;
}

/* What the adapter is to do with the frame; same in each data descriptor. */
static void nic_tx_proto(const struct sk_buff *skb, u32 hdr_len, bool tls,
			 struct tlso_hw_txd *proto)
{
	u32 flags = 0;

	memset(proto, 0, sizeof(*proto));
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		flags |= TLSO_HW_TXF_CSUM;
		proto->csum_start = cpu_to_le16(skb_checksum_start_offset(skb));
		proto->csum_offset = cpu_to_le16(skb->csum_offset);
	}
	if (skb_is_gso(skb)) {
		flags |= TLSO_HW_TXF_TSO;
		proto->mss = cpu_to_le16(skb_shinfo(skb)->gso_size);
	}
	if (tls || skb_is_gso(skb))
		proto->hdr_len = cpu_to_le16(hdr_len);
	proto->flags = cpu_to_le32(flags);
}

static int nic_tx_map_data(struct nic_tx *tx, u32 *i, const struct sk_buff *skb,
			   const struct tlso_hw_txd *proto)
{
	struct device *dev = &tx->ring.nic->pdev->dev;
	u32 len = skb_headlen(skb);
	unsigned int n;
	int err;

	err = nic_tx_put(tx, *i,
			 dma_map_single(dev, skb->data, len, DMA_TO_DEVICE),
			 len, false, proto);
	if (err)
		return err;
	*i = nic_ring_next(&tx->ring, *i);

	for (n = 0; n < skb_shinfo(skb)->nr_frags; n++) {
		err = nic_tx_put_frag(tx, *i, &skb_shinfo(skb)->frags[n],
				      proto);
		if (err)
			return err;
		*i = nic_ring_next(&tx->ring, *i);
	}
	return 0;
}

/* Descriptors of the whole frame; the tail moves only when all are there. */
static int nic_tx_map(struct nic_tx *tx, struct sk_buff *skb, u32 hdr_len,
		      struct tls_offload_tx *tls)
{
	struct tlso_hw_txd *desc = tx->ring.desc;
	struct tlso_hw_txd proto;
	u32 i = tx->ring.tail;
	u32 last;
	int err = 0;

	if (tls)
		err = nic_tx_map_tls(tx, &i, tls);
	nic_tx_proto(skb, hdr_len, tls, &proto);
	if (!err)
		err = nic_tx_map_data(tx, &i, skb, &proto);
	if (err) {
		for (last = tx->ring.tail; last != i;
		     last = nic_ring_next(&tx->ring, last))
			nic_tx_unmap(tx->ring.nic, &tx->bufs[last]);
		return err;
	}

	last = (i - 1) & tx->ring.mask;
	desc[last].flags |= cpu_to_le32(TLSO_HW_TXF_EOP);
	tx->bufs[last].skb = skb;
	tx->bufs[last].tls = tls;
	tx->bufs[tx->ring.tail].eop = last;
	/* NAPI looks at entries before the tail only. */
	smp_store_release(&tx->ring.tail, i);
	return 0;
}

/* Descriptors that @skb takes; makes it linear where they are too many. */
static int nic_tx_fit(struct nic *nic, struct sk_buff *skb,
		      const struct tls_offload_tx *tls)
{
	unsigned int n = tls ? 1 + tls->n_prefix : 0;

	if (n + 1 + skb_shinfo(skb)->nr_frags <= TLSO_HW_TX_MAX_DESCS &&
	    !skb_has_frag_list(skb))
		return 0;
	nic_count(nic, NIC_C_TX_LINEARIZED);
	return skb_linearize(skb);
}

static void nic_tx_maybe_stop(struct nic_tx *tx, struct net_device *dev)
{
	if (nic_ring_free_entries(&tx->ring) >= NIC_TX_ROOM)
		return;
	netif_stop_queue(dev);
	/* Stopped before the head is read; pairs with nic_tx_poll()'s. */
	smp_mb();
	if (nic_ring_free_entries(&tx->ring) >= NIC_TX_ROOM)
		netif_start_queue(dev);
}

netdev_tx_t nic_tx_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	struct tls_offload_tx *tls = NULL;
	struct nic_tx *tx = &nic->tx;
	u32 hdr_len = 0;

	if (unlikely(nic_ring_free_entries(&tx->ring) < NIC_TX_ROOM)) {
		netif_stop_queue(dev);
		nic_ring_post(&tx->ring);
		return NETDEV_TX_BUSY;
	}

	if (skb_is_gso(skb) || tlso_skb_decrypted(skb))
		hdr_len = nic_tx_hdr_len(skb);
	if (tlso_skb_decrypted(skb) && skb->len != hdr_len &&
	    nic_tx_tls_get(nic, skb, hdr_len, &tls))
		goto drop;
	if (skb_is_gso(skb) && !hdr_len)
		goto drop;
	if (nic_tx_fit(nic, skb, tls))
		goto drop;

	skb_tx_timestamp(skb);
	if (nic_tx_map(tx, skb, hdr_len, tls)) {
		nic_count(nic, NIC_C_TX_MAP_ERRORS);
		goto drop;
	}
	if (tls)
		nic_count(nic, NIC_C_TX_TLS_FRAMES);

	nic_tx_maybe_stop(tx, dev);
	if (__netdev_sent_queue(dev, skb->len, netdev_xmit_more()))
		nic_ring_post(&tx->ring);
	return NETDEV_TX_OK;

drop:
	nic_tx_tls_free(tls);
	atomic64_inc(&tx->dropped);
	dev_kfree_skb_any(skb);
	/* Frames before this one may still wait for the doorbell. */
	if (!netdev_xmit_more())
		nic_ring_post(&tx->ring);
	return NETDEV_TX_OK;
}

/* Gives back all of the frame that starts at @i; returns the entry after it. */
static u32 nic_tx_release(struct nic_tx *tx, u32 i, u32 *bytes, int budget)
{
	u32 last = tx->bufs[i].eop;
	struct nic_tx_buf *eop = &tx->bufs[last];

	for (; i != last; i = nic_ring_next(&tx->ring, i))
		nic_tx_unmap(tx->ring.nic, &tx->bufs[i]);
	nic_tx_unmap(tx->ring.nic, eop);

	nic_tx_tls_free(eop->tls);
	eop->tls = NULL;
	*bytes += eop->skb->len;
	napi_consume_skb(eop->skb, budget);
	eop->skb = NULL;
	return nic_ring_next(&tx->ring, last);
}

static unsigned int nic_tx_clean(struct nic_tx *tx, int budget)
{
	const struct tlso_hw_txd *desc = tx->ring.desc;
	u32 i = tx->ring.head, bytes = 0;
	unsigned int n = 0;
	u32 tail;

	/* What nic_tx_map() wrote of these entries is seen. */
	tail = smp_load_acquire(&tx->ring.tail);
	while (i != tail) {
		const struct tlso_hw_txd *eop = &desc[tx->bufs[i].eop];

		if (!(READ_ONCE(eop->flags) & cpu_to_le32(TLSO_HW_TXF_DONE)))
			break;
		dma_rmb();
		i = nic_tx_release(tx, i, &bytes, budget);
		n++;
	}
	WRITE_ONCE(tx->ring.head, i);
	if (!n)
		return 0;

	u64_stats_update_begin(&tx->stats.sync);
	u64_stats_add(&tx->stats.packets, n);
	u64_stats_add(&tx->stats.bytes, bytes);
	u64_stats_update_end(&tx->stats.sync);
	netdev_completed_queue(tx->ring.nic->netdev, n, bytes);
	return n;
}

int nic_tx_poll(struct napi_struct *napi, int budget)
{
	struct nic_tx *tx = container_of(napi, struct nic_tx, napi);
	struct net_device *dev = tx->ring.nic->netdev;

	nic_tx_clean(tx, budget);

	/* Head moved before the stop is read; pairs with maybe_stop's. */
	smp_mb();
	if (netif_queue_stopped(dev) &&
	    nic_ring_free_entries(&tx->ring) >= 2 * NIC_TX_ROOM)
		netif_wake_queue(dev);

	if (budget && napi_complete_done(napi, 0))
		nic_ring_arm(&tx->ring);
	return 0;
}

int nic_tx_open(struct nic *nic)
{
	struct nic_tx *tx = &nic->tx;
	int err;

	err = nic_ring_alloc(nic, &tx->ring, TLSO_HW_RING_TX, NIC_TX_LOG2,
			     sizeof(struct tlso_hw_txd));
	if (err)
		return err;
	tx->bufs = kvcalloc(tx->ring.mask + 1, sizeof(*tx->bufs), GFP_KERNEL);
	if (!tx->bufs) {
		nic_ring_free(&tx->ring);
		return -ENOMEM;
	}
	netdev_reset_queue(nic->netdev);
	nic_ring_enable(&tx->ring);
	return 0;
}

/* xmit and NAPI are off. */
void nic_tx_close(struct nic *nic)
{
	struct nic_tx *tx = &nic->tx;
	u32 bytes = 0;

	nic_ring_disable(&tx->ring);
	while (tx->ring.head != tx->ring.tail) {
		tx->ring.head = nic_tx_release(tx, tx->ring.head, &bytes, 0);
		atomic64_inc(&tx->dropped);
	}
	netdev_reset_queue(nic->netdev);
	kvfree(tx->bufs);
	tx->bufs = NULL;
	nic_ring_free(&tx->ring);
}
