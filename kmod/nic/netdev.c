// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter as an Ethernet card: operations, features, and the order in which
 * its data path comes up and goes down.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include "nic.h"

void nic_mac_write(struct nic *nic, const u8 *addr)
{
	nic_wr(nic, TLSO_HW_REG_MAC_LO,
	       addr[0] | addr[1] << 8 | addr[2] << 16 | (u32)addr[3] << 24);
	nic_wr(nic, TLSO_HW_REG_MAC_HI, addr[4] | addr[5] << 8);
}

static void nic_ctrl(struct nic *nic, u32 clear, u32 set)
{
	nic->ctrl = (nic->ctrl & ~clear) | set;
	nic_wr(nic, TLSO_HW_REG_CTRL, nic->ctrl);
}

/* The address list's lock is held: CTRL is written from two contexts. */
static void nic_set_rx_mode(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	u32 mode = 0;

	/* There is no filter for single groups. */
	if (dev->flags & IFF_PROMISC)
		mode |= TLSO_HW_CTRL_PROMISC;
	if (dev->flags & IFF_ALLMULTI || !netdev_mc_empty(dev))
		mode |= TLSO_HW_CTRL_ALLMULTI;
	nic_ctrl(nic, TLSO_HW_CTRL_PROMISC | TLSO_HW_CTRL_ALLMULTI, mode);
}

static void nic_enable(struct nic *nic, bool on)
{
	struct net_device *dev = nic->netdev;

	netif_addr_lock_bh(dev);
	nic_ctrl(nic, TLSO_HW_CTRL_ENABLE, on ? TLSO_HW_CTRL_ENABLE : 0);
	if (on)
		nic_set_rx_mode(dev);
	netif_addr_unlock_bh(dev);
}

int nic_up(struct nic *nic)
{
	struct net_device *dev = nic->netdev;
	int err;

	ASSERT_RTNL();
	if (nic_dead(nic))
		return -ENODEV;
	err = nic_tx_open(nic);
	if (err)
		return err;
	err = nic_rx_open(nic);
	if (err)
		goto err_tx;

	napi_enable(&nic->tx.napi);
	napi_enable(&nic->rx.napi);
	nic_ring_arm(&nic->tx.ring);
	nic_ring_arm(&nic->rx.ring);
	nic_mac_write(nic, dev->dev_addr);
	nic_enable(nic, true);
	nic->up = true;
	netif_start_queue(dev);
	mod_delayed_work(system_wq, &nic->link_work, 0);
	return 0;

err_tx:
	nic_tx_close(nic);
	return err;
}

void nic_down(struct nic *nic)
{
	struct net_device *dev = nic->netdev;

	ASSERT_RTNL();
	if (!nic->up)
		return;
	nic->up = false;
	netif_carrier_off(dev);
	nic_enable(nic, false);
	napi_disable(&nic->rx.napi);
	napi_disable(&nic->tx.napi);
	netif_tx_disable(dev); /* nobody is left who would wake it */
	nic_rx_close(nic);
	nic_tx_close(nic);
}

static int nic_open(struct net_device *dev)
{
	return nic_up(netdev_priv(dev));
}

static int nic_stop(struct net_device *dev)
{
	nic_down(netdev_priv(dev));
	return 0;
}

static int nic_set_mac_address(struct net_device *dev, void *p)
{
	struct nic *nic = netdev_priv(dev);
	const struct sockaddr *addr = p;
	int err;

	err = eth_prepare_mac_addr_change(dev, p);
	if (err)
		return err;
	nic_mac_write(nic, (const u8 *)addr->sa_data);
	eth_commit_mac_addr_change(dev, p);
	return 0;
}

/* Buffers are the same for every MTU: frames spread over several. */
static int nic_change_mtu(struct net_device *dev, int mtu)
{
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static void nic_stats_read(const struct nic_stats *s, u64 *packets, u64 *bytes,
			   u64 *dropped)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&s->sync);
		*packets = u64_stats_read(&s->packets);
		*bytes = u64_stats_read(&s->bytes);
		*dropped = u64_stats_read(&s->dropped);
	} while (u64_stats_fetch_retry(&s->sync, start));
}

static void nic_get_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats)
{
	struct nic *nic = netdev_priv(dev);
	u64 dropped;

	nic_stats_read(&nic->rx.stats, &stats->rx_packets, &stats->rx_bytes,
		       &stats->rx_dropped);
	nic_stats_read(&nic->tx.stats, &stats->tx_packets, &stats->tx_bytes,
		       &dropped);
	stats->tx_dropped = atomic64_read(&nic->tx.dropped);
}

/*
 * What the adapter does not cut up the stack does: segments too short to be
 * worth it, and TCP behind IPv6 extension headers.
 */
static netdev_features_t nic_features_check(struct sk_buff *skb,
					    struct net_device *dev,
					    netdev_features_t features)
{
	if (!skb_is_gso(skb))
		return features;
	if (skb_shinfo(skb)->gso_size < NIC_TSO_MIN_MSS ||
	    (vlan_get_protocol(skb) == htons(ETH_P_IPV6) &&
	     ipv6_hdr(skb)->nexthdr != IPPROTO_TCP))
		features &= ~NETIF_F_GSO_MASK;
	return features;
}

static void nic_tx_timeout(struct net_device *dev, unsigned int txqueue)
{
	struct nic *nic = netdev_priv(dev);

	nic_count(nic, NIC_C_TX_TIMEOUTS);
	nic_kill(nic, "transmission timed out");
}

const struct net_device_ops nic_netdev_ops = {
	.ndo_open = nic_open,
	.ndo_stop = nic_stop,
	.ndo_start_xmit = nic_tx_xmit,
	.ndo_features_check = nic_features_check,
	.ndo_tx_timeout = nic_tx_timeout,
	.ndo_set_rx_mode = nic_set_rx_mode,
	.ndo_set_mac_address = nic_set_mac_address,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = nic_change_mtu,
	.ndo_get_stats64 = nic_get_stats64,
};

static void nic_mac_read(struct nic *nic, u8 *addr)
{
	u32 lo = nic_rd(nic, TLSO_HW_REG_MAC_LO);
	u32 hi = nic_rd(nic, TLSO_HW_REG_MAC_HI);

	addr[0] = lo;
	addr[1] = lo >> 8;
	addr[2] = lo >> 16;
	addr[3] = lo >> 24;
	addr[4] = hi;
	addr[5] = hi >> 8;
}

void nic_netdev_init(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	u8 mac[ETH_ALEN];

	dev->netdev_ops = &nic_netdev_ops;
	dev->ethtool_ops = &nic_ethtool_ops;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	dev->watchdog_timeo = 5 * HZ;
	netif_napi_add_tx(dev, &nic->tx.napi, nic_tx_poll);
	netif_napi_add(dev, &nic->rx.napi, nic_rx_poll);
	u64_stats_init(&nic->tx.stats.sync);
	u64_stats_init(&nic->rx.stats.sync);

	dev->hw_features = NETIF_F_RXCSUM | NETIF_F_SG;
	if (nic->caps & TLSO_HW_CAP_TSO) {
		dev->hw_features |= NETIF_F_TSO | NETIF_F_TSO6;
		netif_set_tso_max_size(dev, nic_rd(nic, TLSO_HW_REG_MAX_TSO));
	}
	/* Not in hw_features, so that nobody switches it off: the sum of a
	 * segment that the adapter encrypts cannot be made here.
	 */
	dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	if (nic->caps & TLSO_HW_CAP_CSUM)
		dev->features |= NETIF_F_HW_CSUM;
	dev->vlan_features = dev->features;

	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = clamp_t(u32, nic->max_frame, ETH_FRAME_LEN,
			       NIC_MAX_MTU + ETH_HLEN) - ETH_HLEN;

	nic_mac_read(nic, mac);
	if (is_valid_ether_addr(mac))
		eth_hw_addr_set(dev, mac);
	else
		eth_hw_addr_random(dev);
}
