// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver of the security offload adapter: how it comes, goes, and is brought
 * back after it has failed. Each ladder up has its mirror down.
 *
 * Mailbox and events run from probe on, frames while the interface is up.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "nic.h"

#define NIC_LINK_PERIOD HZ

static int nic_services_up(struct nic *nic)
{
	int err;

	err = nic_mbox_open(nic);
	if (err)
		return err;
	err = nic_event_open(nic);
	if (err)
		goto err_mbox;
	return 0;

err_mbox:
	nic_ring_disable(&nic->mbox.ring);
	nic_mbox_close(nic);
	return err;
}

/* DMA ends here, with the adapter's help or without. */
static int nic_quiesce(struct nic *nic)
{
	int err = nic_hw_reset(nic);

	if (err)
		pci_clear_master(nic->pdev);
	return err;
}

/* Only where nic_quiesce() has been may buffers go that it could still write. */
static void nic_services_down(struct nic *nic)
{
	nic_event_close(nic);
	nic_mbox_close(nic);
}

void nic_kill(struct nic *nic, const char *why)
{
	if (test_and_set_bit(NIC_F_DEAD, &nic->flags))
		return;
	netdev_err(nic->netdev, "%s; the adapter is reset\n", why);
	nic_mbox_fail(nic);
	if (!test_bit(NIC_F_REMOVING, &nic->flags))
		schedule_work(&nic->reset_work);
}

/* Under RTNL: everything that touches the adapter stops, and starts anew. */
static int nic_restart(struct nic *nic)
{
	struct net_device *dev = nic->netdev;
	bool up = netif_running(dev); /* nic->up is false after a failed try */
	int err;

	netif_device_detach(dev);
	err = nic_quiesce(nic);
	nic_down(nic);
	nic_services_down(nic);
	if (err)
		return err;
	clear_bit(NIC_F_DEAD, &nic->flags);
	err = nic_services_up(nic);
	if (!err && up)
		err = nic_up(nic);
	if (err) {
		set_bit(NIC_F_DEAD, &nic->flags);
		return err;
	}
	netif_device_attach(dev);
	return 0;
}

static void nic_reset_work(struct work_struct *work)
{
	struct nic *nic = container_of(work, struct nic, reset_work);
	int err;

	if (test_bit(NIC_F_REMOVING, &nic->flags))
		return;
	nic_count(nic, NIC_C_RESETS);
	nic_offload_unregister(nic);
	/* It would take rings that are off for a reset of the adapter's own. */
	cancel_delayed_work_sync(&nic->link_work);
	rtnl_lock();
	err = nic_restart(nic);
	rtnl_unlock();
	schedule_delayed_work(&nic->link_work, NIC_LINK_PERIOD);
	if (err) {
		netdev_err(nic->netdev, "the adapter is gone: %d\n", err);
		return;
	}
	nic_offload_register(nic);
}

/* There is no interrupt for the link, nor one for a reset of its own. */
static void nic_link_work(struct work_struct *work)
{
	struct nic *nic = container_of(to_delayed_work(work), struct nic,
				       link_work);
	u32 status = nic_rd(nic, TLSO_HW_REG_STATUS);
	u32 mbox = nic_rd(nic, TLSO_HW_RING_REG(TLSO_HW_RING_MBOX,
						TLSO_HW_RREG_CTRL));

	if (nic_dead(nic))
		goto again;
	if (status == ~0u) {
		nic_kill(nic, "it does not answer");
	} else if (!(mbox & TLSO_HW_RING_ENABLE)) {
		nic_kill(nic, "it has reset itself");
	} else if (READ_ONCE(nic->up)) {
		if (status & TLSO_HW_STATUS_LINK)
			netif_carrier_on(nic->netdev);
		else
			netif_carrier_off(nic->netdev);
	}
again:
	schedule_delayed_work(&nic->link_work, NIC_LINK_PERIOD);
}

static void nic_init(struct nic *nic, struct net_device *dev,
		     struct pci_dev *pdev)
{
	nic->netdev = dev;
	nic->pdev = pdev;
	spin_lock_init(&nic->mbox.lock);
	init_waitqueue_head(&nic->mbox.room);
	mutex_init(&nic->event.lock);
	INIT_LIST_HEAD(&nic->event.joins);
	mutex_init(&nic->keys_lock);
	spin_lock_init(&nic->counter_lock);
	INIT_WORK(&nic->reset_work, nic_reset_work);
	INIT_DELAYED_WORK(&nic->link_work, nic_link_work);
}

static int nic_pci_open(struct nic *nic)
{
	struct pci_dev *pdev = nic->pdev;
	int err;

	err = pci_enable_device(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto err_disable;
	err = pci_request_regions(pdev, NIC_NAME);
	if (err)
		goto err_disable;
	err = -ENODEV;
	if (pci_resource_len(pdev, TLSO_HW_BAR_REGS) < TLSO_HW_BAR_REGS_SIZE)
		goto err_regions;
	nic->regs = pci_iomap(pdev, TLSO_HW_BAR_REGS, TLSO_HW_BAR_REGS_SIZE);
	if (!nic->regs)
		goto err_regions;
	pci_set_master(pdev);
	return 0;

err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return err;
}

static void nic_pci_close(struct nic *nic)
{
	struct pci_dev *pdev = nic->pdev;

	pci_clear_master(pdev);
	pci_iounmap(pdev, nic->regs);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static int nic_identify(struct nic *nic)
{
	u32 magic = nic_rd(nic, TLSO_HW_REG_MAGIC);
	u32 version = nic_rd(nic, TLSO_HW_REG_VERSION);

	if (magic != TLSO_HW_MAGIC || version != TLSO_HW_VERSION) {
		dev_err(&nic->pdev->dev, "not an adapter that I know: %#x, %u\n",
			magic, version);
		return -ENODEV;
	}
	nic->caps = nic_rd(nic, TLSO_HW_REG_CAPS);
	nic->max_frame = nic_rd(nic, TLSO_HW_REG_MAX_FRAME);
	return nic_hw_reset(nic);
}

static int nic_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *dev;
	struct nic *nic;
	int err;

	dev = alloc_etherdev(sizeof(*nic));
	if (!dev)
		return -ENOMEM;
	SET_NETDEV_DEV(dev, &pdev->dev);
	nic = netdev_priv(dev);
	nic_init(nic, dev, pdev);
	pci_set_drvdata(pdev, nic);

	err = nic_pci_open(nic);
	if (err)
		goto err_netdev;
	err = nic_identify(nic);
	if (err)
		goto err_pci;
	err = nic_offload_init(nic);
	if (err)
		goto err_pci;
	nic_netdev_init(dev);
	err = nic_irq_open(nic);
	if (err)
		goto err_offload;
	err = nic_services_up(nic);
	if (err)
		goto err_irq;
	netif_carrier_off(dev);
	err = register_netdev(dev);
	if (err)
		goto err_services;
	nic_offload_register(nic);
	schedule_delayed_work(&nic->link_work, 0);
	return 0;

err_services:
	nic_quiesce(nic);
	nic_services_down(nic);
err_irq:
	nic_irq_close(nic);
err_offload:
	nic_offload_exit(nic);
err_pci:
	nic_pci_close(nic);
err_netdev:
	free_netdev(dev);
	return err;
}

/* Sessions first, while the mailbox can still take leave of them. */
static void nic_remove(struct pci_dev *pdev)
{
	struct nic *nic = pci_get_drvdata(pdev);
	struct net_device *dev = nic->netdev;

	set_bit(NIC_F_REMOVING, &nic->flags);
	cancel_delayed_work_sync(&nic->link_work);
	cancel_work_sync(&nic->reset_work);
	nic_offload_unregister(nic);
	unregister_netdev(dev);
	/* nic_up() may have started it again. */
	cancel_delayed_work_sync(&nic->link_work);
	nic_quiesce(nic);
	nic_services_down(nic);
	nic_irq_close(nic);
	cancel_work_sync(&nic->reset_work);
	nic_offload_exit(nic);
	nic_pci_close(nic);
	free_netdev(dev);
}

/* The machine goes down: no DMA after this, and no keys left behind. */
static void nic_shutdown(struct pci_dev *pdev)
{
	struct nic *nic = pci_get_drvdata(pdev);

	set_bit(NIC_F_REMOVING, &nic->flags);
	cancel_delayed_work_sync(&nic->link_work);
	cancel_work_sync(&nic->reset_work);
	set_bit(NIC_F_DEAD, &nic->flags);
	nic_mbox_fail(nic);
	rtnl_lock();
	netif_device_detach(nic->netdev);
	nic_quiesce(nic);
	nic_down(nic);
	rtnl_unlock();
	cancel_delayed_work_sync(&nic->link_work);
	nic_services_down(nic);
	pci_clear_master(pdev);
}

static const struct pci_device_id nic_ids[] = {
	{ PCI_DEVICE(TLSO_HW_PCI_VENDOR, TLSO_HW_PCI_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, nic_ids);

static struct pci_driver nic_driver = {
	.name = NIC_NAME,
	.id_table = nic_ids,
	.probe = nic_probe,
	.remove = nic_remove,
	.shutdown = nic_shutdown,
};
module_pci_driver(nic_driver);

MODULE_DESCRIPTION("Security offload adapter");
MODULE_LICENSE("GPL");
