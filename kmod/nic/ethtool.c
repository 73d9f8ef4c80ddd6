// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ethtool shows: the adapter's counters, under the names of hw.h, then the
 * driver's own.
 */
#include <linux/ethtool.h>

#include "nic.h"

static const char nic_counter_names[][ETH_GSTRING_LEN] = {
#define NIC_COUNTER_NAME(id, name) name,
	TLSO_HW_COUNTERS(NIC_COUNTER_NAME)
	NIC_COUNTERS(NIC_COUNTER_NAME)
#undef NIC_COUNTER_NAME
};

static_assert(ARRAY_SIZE(nic_counter_names) ==
	      (size_t)TLSO_HW_COUNTER_COUNT + (size_t)NIC_COUNTER_COUNT);

static int nic_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? ARRAY_SIZE(nic_counter_names) :
				      -EOPNOTSUPP;
}

static void nic_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, nic_counter_names, sizeof(nic_counter_names));
}

static void nic_get_ethtool_stats(struct net_device *dev,
				  struct ethtool_stats *stats, u64 *data)
{
	struct nic *nic = netdev_priv(dev);
	unsigned int i;

	for (i = 0; i < TLSO_HW_COUNTER_COUNT; i++)
		*data++ = nic_hw_counter(nic, i);
	for (i = 0; i < NIC_COUNTER_COUNT; i++)
		*data++ = atomic64_read(&nic->counters[i]);
}

static void nic_get_drvinfo(struct net_device *dev,
			    struct ethtool_drvinfo *info)
{
	struct nic *nic = netdev_priv(dev);

	strscpy(info->driver, NIC_NAME, sizeof(info->driver));
	strscpy(info->bus_info, pci_name(nic->pdev), sizeof(info->bus_info));
	snprintf(info->fw_version, sizeof(info->fw_version), "%u",
		 nic_rd(nic, TLSO_HW_REG_VERSION));
}

static void nic_get_ringparam(struct net_device *dev,
			      struct ethtool_ringparam *ring,
			      struct kernel_ethtool_ringparam *kernel_ring,
			      struct netlink_ext_ack *extack)
{
	ring->tx_max_pending = 1u << NIC_TX_LOG2;
	ring->tx_pending = 1u << NIC_TX_LOG2;
	ring->rx_max_pending = 1u << NIC_RX_LOG2;
	ring->rx_pending = 1u << NIC_RX_LOG2;
}

static int nic_get_link_ksettings(struct net_device *dev,
				  struct ethtool_link_ksettings *cmd)
{
	ethtool_link_ksettings_zero_link_mode(cmd, supported);
	ethtool_link_ksettings_zero_link_mode(cmd, advertising);
	cmd->base.speed = SPEED_UNKNOWN;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

const struct ethtool_ops nic_ethtool_ops = {
	.get_drvinfo = nic_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = nic_get_link_ksettings,
	.get_ringparam = nic_get_ringparam,
	.get_sset_count = nic_get_sset_count,
	.get_strings = nic_get_strings,
	.get_ethtool_stats = nic_get_ethtool_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};
