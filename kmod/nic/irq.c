// SPDX-License-Identifier: GPL-2.0-only
/*
 * One MSI-X vector per ring. A vector fires once per write to its ring's ARM
 * register, so nothing is masked here: who has drained the ring arms it.
 */
#include <linux/interrupt.h>

#include "nic.h"

static irqreturn_t nic_irq_tx(int irq, void *data)
{
	struct nic *nic = data;

	napi_schedule(&nic->tx.napi);
	return IRQ_HANDLED;
}

static irqreturn_t nic_irq_rx(int irq, void *data)
{
	struct nic *nic = data;

	napi_schedule(&nic->rx.napi);
	return IRQ_HANDLED;
}

static irqreturn_t nic_irq_mbox(int irq, void *data)
{
	nic_mbox_irq(data);
	return IRQ_HANDLED;
}

static irqreturn_t nic_irq_event(int irq, void *data)
{
	nic_event_irq(data);
	return IRQ_HANDLED;
}

/* Events allocate memory and call the ULP: a thread's work. */
static const struct {
	const char *name;
	irq_handler_t hard;
	irq_handler_t thread;
} nic_irqs[TLSO_HW_RINGS] = {
	[TLSO_HW_RING_TX] = { "tx", nic_irq_tx, NULL },
	[TLSO_HW_RING_RX] = { "rx", nic_irq_rx, NULL },
	[TLSO_HW_RING_MBOX] = { "mbox", nic_irq_mbox, NULL },
	[TLSO_HW_RING_EVENT] = { "event", NULL, nic_irq_event },
};

static void nic_irq_free(struct nic *nic)
{
	while (nic->n_irqs) {
		nic->n_irqs--;
		free_irq(pci_irq_vector(nic->pdev, nic->n_irqs), nic);
	}
}

int nic_irq_open(struct nic *nic)
{
	struct pci_dev *pdev = nic->pdev;
	unsigned int i;
	int err;

	err = pci_alloc_irq_vectors(pdev, TLSO_HW_RINGS, TLSO_HW_RINGS,
				    PCI_IRQ_MSIX);
	if (err < 0)
		return err;

	for (i = 0; i < TLSO_HW_RINGS; i++) {
		snprintf(nic->irq_names[i], sizeof(nic->irq_names[i]),
			 "tlso-%s-%s", pci_name(pdev), nic_irqs[i].name);
		err = request_threaded_irq(pci_irq_vector(pdev, i),
					   nic_irqs[i].hard, nic_irqs[i].thread,
					   nic_irqs[i].thread ? IRQF_ONESHOT : 0,
					   nic->irq_names[i], nic);
		if (err)
			goto err_free;
		nic->n_irqs++;
	}
	return 0;

err_free:
	nic_irq_free(nic);
	pci_free_irq_vectors(pdev);
	return err;
}

void nic_irq_close(struct nic *nic)
{
	nic_irq_free(nic);
	pci_free_irq_vectors(nic->pdev);
}
