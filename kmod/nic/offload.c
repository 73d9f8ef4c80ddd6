// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the ULP asks of the adapter (kmod/ulp/offload.h), as mailbox commands,
 * and the adapter's private key slots. Which sessions there are is the ULP's to
 * know.
 */
#include <linux/bitmap.h>

#include "nic.h"

static int nic_key_slot_get(struct nic *nic, u32 *slot)
{
	int err = -ENOSPC;
	u32 i;

	mutex_lock(&nic->keys_lock);
	i = find_first_zero_bit(nic->keys_used, nic->key_slots);
	if (i < nic->key_slots) {
		set_bit(i, nic->keys_used);
		*slot = i;
		err = 0;
	}
	mutex_unlock(&nic->keys_lock);
	return err;
}

static void nic_key_slot_put(struct nic *nic, u32 slot)
{
	mutex_lock(&nic->keys_lock);
	clear_bit(slot, nic->keys_used);
	mutex_unlock(&nic->keys_lock);
}

static int nic_key_load(struct net_device *dev, const void *blob, u32 len,
			u32 *slot)
{
	struct nic *nic = netdev_priv(dev);
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_LOAD_KEY,
		.in = blob,
		.in_len = len,
	};
	u32 i;
	int err;

	err = nic_key_slot_get(nic, &i);
	if (err)
		return err;
	cmd.arg = i;
	err = nic_mbox_call(nic, &cmd);
	if (err) {
		nic_key_slot_put(nic, i);
		return err;
	}
	*slot = i;
	return 0;
}

static void nic_key_unload(struct net_device *dev, u32 slot)
{
	struct nic *nic = netdev_priv(dev);
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_UNLOAD_KEY,
		.arg = slot,
	};

	if (slot >= nic->key_slots)
		return;
	/* A slot that was not emptied is not used again; a reset empties all. */
	if (!nic_mbox_call(nic, &cmd))
		nic_key_slot_put(nic, slot);
}

static int nic_session_start(struct net_device *dev, u32 id,
			     const struct tlso_hw_start *start)
{
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_START_SSL,
		.session = id,
		.in = start,
		.in_len = sizeof(*start),
	};

	return nic_mbox_call(netdev_priv(dev), &cmd);
}

static int nic_session_stop(struct net_device *dev, u32 id)
{
	struct nic *nic = netdev_priv(dev);
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_STOP_SSL,
		.session = id,
	};
	int err = nic_mbox_call(nic, &cmd);

	/* Its last events stand in the ring by now, if not yet in the ULP. */
	nic_event_forget(nic, id);
	return err;
}

static int nic_starter(struct net_device *dev, u32 id, const void *in,
		       u32 in_len, void *out, u32 out_cap, u32 *out_len)
{
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_STARTER,
		.session = id,
		.in = in,
		.in_len = in_len,
		.out = out,
		.out_cap = out_cap,
	};
	int err = nic_mbox_call(netdev_priv(dev), &cmd);

	*out_len = cmd.out_len;
	return err;
}

static int nic_inbound(struct net_device *dev, u32 id, u32 seq,
		       const void *data, u32 len)
{
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_INBOUND,
		.session = id,
		.arg = seq,
		.in = data,
		.in_len = len,
	};

	return nic_mbox_call(netdev_priv(dev), &cmd);
}

static int nic_query(struct net_device *dev, u32 id,
		     struct tlso_hw_session_info *info)
{
	struct nic_cmd cmd = {
		.opcode = TLSO_HW_MB_QUERY,
		.session = id,
		.out = info,
		.out_cap = sizeof(*info),
	};
	int err = nic_mbox_call(netdev_priv(dev), &cmd);

	if (!err && cmd.out_len != sizeof(*info))
		err = -EIO;
	return err;
}

static const struct tls_offload_dev_ops nic_offload_ops = {
	.key_load = nic_key_load,
	.key_unload = nic_key_unload,
	.start = nic_session_start,
	.stop = nic_session_stop,
	.starter = nic_starter,
	.inbound = nic_inbound,
	.query = nic_query,
};

int nic_offload_init(struct nic *nic)
{
	nic->key_slots = min(nic_rd(nic, TLSO_HW_REG_KEY_SLOTS),
			     NIC_MAX_KEY_SLOTS);
	nic->keys_used = bitmap_zalloc(NIC_MAX_KEY_SLOTS, GFP_KERNEL);
	return nic->keys_used ? 0 : -ENOMEM;
}

void nic_offload_exit(struct nic *nic)
{
	bitmap_free(nic->keys_used);
	nic->keys_used = NULL;
}

/* Without the ULP it is a plain Ethernet card, and goes on as one. */
void nic_offload_register(struct nic *nic)
{
	int err;

	if (!(nic->caps & TLSO_HW_CAP_DIRECTED))
		return;
	bitmap_zero(nic->keys_used, NIC_MAX_KEY_SLOTS);
	err = tls_offload_register_dev(nic->netdev, &nic_offload_ops);
	if (err)
		netdev_warn(nic->netdev, "no TLS through this adapter: %d\n",
			    err);
	nic->registered = !err;
}

void nic_offload_unregister(struct nic *nic)
{
	if (nic->registered)
		tls_offload_unregister_dev(nic->netdev);
	nic->registered = false;
}
