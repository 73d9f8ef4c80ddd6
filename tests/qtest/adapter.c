// SPDX-License-Identifier: GPL-2.0-only
/* A driver of the adapter; see adapter.h. */
#include <endian.h>
#include <string.h>
#include "adapter.h"

/* Guest memory of an adapter, from a->mem on. */
#define MEM_VECTORS 0x0 /* a word for each */
#define MEM_RINGS 0x1000 /* 4 KiB for each */
#define MEM_RX 0x10000
#define MEM_EVENT 0x20000
#define MEM_TX 0x30000
#define MEM_IN 0x100000
#define MEM_OUT 0x200000

#define BAR0_AT 0xe0000000u
#define BAR4_AT 0xe0100000u
#define BAR_STRIDE 0x1000000u

#define PCI_COMMAND 0x04
#define PCI_COMMAND_MEMORY_MASTER 0x6
#define PCI_CAPABILITIES 0x34
#define PCI_CAP_MSIX 0x11
#define PCI_MSIX_ENABLE (1u << 31) /* of the first word, control on top */

/* ---- PCI ------------------------------------------------------------------ */

static unsigned int find_msix(struct adapter *a)
{
	unsigned int at, guard;
	uint32_t word;

	at = machine_config_readl(a->m, a->slot, PCI_CAPABILITIES) & 0xff;
	for (guard = 0; at && guard < 48; guard++) {
		word = machine_config_readl(a->m, a->slot, at & ~3u);
		if ((word & 0xff) == PCI_CAP_MSIX)
			return at;
		at = word >> 8 & 0xff;
	}
	fail_msg("no MSI-X capability");
	return 0;
}

void adapter_map(struct adapter *a, struct machine *m, unsigned int n)
{
	memset(a, 0, sizeof(*a));
	a->m = m;
	a->slot = 4 + n;
	a->bar0 = BAR0_AT + n * BAR_STRIDE;
	a->bar4 = BAR4_AT + n * BAR_STRIDE;
	a->mem = ADAPTER_MEM(n);
	machine_config_writel(m, a->slot, 0x10 + 4 * TLSO_HW_BAR_REGS, a->bar0);
	machine_config_writel(m, a->slot, 0x10 + 4 * TLSO_HW_BAR_MSIX, a->bar4);
	machine_config_writel(m, a->slot, PCI_COMMAND,
			      PCI_COMMAND_MEMORY_MASTER);
	a->msix = find_msix(a);
}

uint32_t adapter_read(struct adapter *a, uint32_t reg)
{
	return machine_readl(a->m, a->bar0 + reg);
}

void adapter_write(struct adapter *a, uint32_t reg, uint32_t val)
{
	machine_writel(a->m, a->bar0 + reg, val);
}

uint64_t adapter_counter(struct adapter *a, enum tlso_hw_counter c)
{
	uint64_t low = adapter_read(a, TLSO_HW_REG_COUNTER(c));

	return low | (uint64_t)adapter_read(a, TLSO_HW_REG_COUNTER(c) + 4)
			     << 32;
}

void adapter_msix_enable(struct adapter *a)
{
	uint32_t word = machine_config_readl(a->m, a->slot, a->msix);
	unsigned int v;

	for (v = 0; v < TLSO_HW_RINGS; v++) {
		machine_writel(a->m, a->mem + MEM_VECTORS + 4 * v, 0);
		machine_writel(a->m, a->bar4 + 16 * v,
			       a->mem + MEM_VECTORS + 4 * v);
		machine_writel(a->m, a->bar4 + 16 * v + 4, 0);
		machine_writel(a->m, a->bar4 + 16 * v + 8, v + 1);
		machine_writel(a->m, a->bar4 + 16 * v + 12, 0); /* unmask */
	}
	machine_config_writel(a->m, a->slot, a->msix, word | PCI_MSIX_ENABLE);
}

uint32_t adapter_vector(struct adapter *a, unsigned int v)
{
	uint32_t at = a->mem + MEM_VECTORS + 4 * v;
	uint32_t val = machine_readl(a->m, at);

	if (val)
		machine_writel(a->m, at, 0);
	return val;
}

void adapter_wait_vector(struct adapter *a, unsigned int v)
{
	unsigned int tries = 0;
	uint32_t val;

	while (!(val = adapter_vector(a, v)))
		machine_wait(&tries);
	assert_int_equal(val, v + 1);
}

/* ---- Rings ---------------------------------------------------------------- */

static const struct {
	size_t size;
	size_t flags; /* offset of the word that holds DONE */
} entry[TLSO_HW_RINGS] = {
	[TLSO_HW_RING_TX] = { sizeof(struct tlso_hw_txd),
			      offsetof(struct tlso_hw_txd, flags) },
	[TLSO_HW_RING_RX] = { sizeof(struct tlso_hw_rxd),
			      offsetof(struct tlso_hw_rxd, flags) },
	[TLSO_HW_RING_MBOX] = { sizeof(struct tlso_hw_mbox),
				offsetof(struct tlso_hw_mbox, flags) },
	[TLSO_HW_RING_EVENT] = { sizeof(struct tlso_hw_event),
				 offsetof(struct tlso_hw_event, flags) },
};

uint32_t adapter_ring_base(const struct adapter *a, unsigned int ring)
{
	return a->mem + MEM_RINGS + ring * 0x1000;
}

static uint32_t entry_at(const struct adapter *a, unsigned int ring,
			 unsigned int i)
{
	return adapter_ring_base(a, ring) + i * entry[ring].size;
}

void adapter_ring_up(struct adapter *a, unsigned int ring)
{
	adapter_write(a, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_BASE_LO),
		      adapter_ring_base(a, ring));
	adapter_write(a, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_BASE_HI), 0);
	adapter_write(a, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_SIZE),
		      ADAPTER_LOG2);
	adapter_write(a, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_CTRL),
		      TLSO_HW_RING_ENABLE);
	a->tail[ring] = 0;
	a->seen[ring] = 0;
}

unsigned int adapter_fill(struct adapter *a, unsigned int ring, const void *e)
{
	unsigned int i = a->tail[ring];

	machine_put(a->m, entry_at(a, ring, i), e, entry[ring].size);
	a->tail[ring] = (i + 1) % ADAPTER_ENTRIES;
	return i;
}

void adapter_ring(struct adapter *a, unsigned int ring)
{
	adapter_write(a, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_TAIL),
		      a->tail[ring]);
}

unsigned int adapter_post(struct adapter *a, unsigned int ring, const void *e)
{
	unsigned int i = adapter_fill(a, ring, e);

	adapter_ring(a, ring);
	return i;
}

void adapter_entry(struct adapter *a, unsigned int ring, unsigned int i,
		   void *e)
{
	machine_get(a->m, entry_at(a, ring, i), e, entry[ring].size);
}

/* TXF, RXF, MBF and EVF all have DONE in the same place. */
void adapter_wait_entry(struct adapter *a, unsigned int ring, unsigned int i,
			void *e)
{
	uint32_t at = entry_at(a, ring, i) + entry[ring].flags;
	unsigned int tries = 0;

	while (!(machine_readl(a->m, at) & TLSO_HW_TXF_DONE))
		machine_wait(&tries);
	adapter_entry(a, ring, i, e);
}

static void post_rx(struct adapter *a, unsigned int buf)
{
	const struct tlso_hw_rxd d = {
		.addr = htole64(a->mem + MEM_RX + buf * ADAPTER_BUF),
		.cap = htole32(ADAPTER_BUF),
	};

	adapter_fill(a, TLSO_HW_RING_RX, &d);
}

static void post_event(struct adapter *a, unsigned int buf)
{
	const struct tlso_hw_event e = {
		.addr = htole64(a->mem + MEM_EVENT + buf * ADAPTER_BUF),
		.cap = htole32(ADAPTER_BUF),
	};

	adapter_fill(a, TLSO_HW_RING_EVENT, &e);
}

void adapter_up(struct adapter *a)
{
	unsigned int i;

	for (i = 0; i < TLSO_HW_RINGS; i++)
		adapter_ring_up(a, i);
	for (i = 0; i < ADAPTER_ENTRIES - 1; i++) {
		post_rx(a, i);
		post_event(a, i);
	}
	adapter_ring(a, TLSO_HW_RING_RX);
	adapter_ring(a, TLSO_HW_RING_EVENT);
	adapter_msix_enable(a);
	adapter_write(a, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_ENABLE);
}

/* ---- Commands --------------------------------------------------------------- */

void adapter_command_entry(struct adapter *a, const struct command *c,
			   struct tlso_hw_mbox *e)
{
	if (c->in)
		machine_put(a->m, a->mem + MEM_IN, c->in, c->in_len);
	*e = (struct tlso_hw_mbox){
		.opcode = htole16(c->opcode),
		.session = htole32(c->session),
		.arg = htole32(c->arg),
		.in_len = htole32(c->in_len),
		.in_addr = htole64(c->in_addr ? c->in_addr : a->mem + MEM_IN),
		.out_addr = htole64(a->mem + MEM_OUT),
		.out_cap = htole32(c->out_cap),
		.cookie = htole64(0x1122334455667788),
	};
}

enum tlso_hw_status adapter_command(struct adapter *a,
				    const struct command *c,
				    struct tlso_hw_mbox *e)
{
	unsigned int i;

	adapter_command_entry(a, c, e);
	i = adapter_post(a, TLSO_HW_RING_MBOX, e);
	adapter_wait_entry(a, TLSO_HW_RING_MBOX, i, e);
	assert_int_equal(le64toh(e->cookie), 0x1122334455667788);
	return le32toh(e->status);
}

void adapter_output(struct adapter *a, void *buf, size_t n)
{
	machine_get(a->m, a->mem + MEM_OUT, buf, n);
}

/* ---- Frames ------------------------------------------------------------------ */

void adapter_send(struct adapter *a, const void *frame, size_t n,
		  const struct tlso_hw_txd *how)
{
	struct tlso_hw_txd d = *how;
	unsigned int i;

	machine_put(a->m, a->mem + MEM_TX, frame, n);
	d.addr = htole64(a->mem + MEM_TX);
	d.len = htole32(n);
	d.flags |= htole32(TLSO_HW_TXF_EOP);
	i = adapter_post(a, TLSO_HW_RING_TX, &d);
	adapter_wait_entry(a, TLSO_HW_RING_TX, i, &d);
}

size_t adapter_receive(struct adapter *a, void *frame, size_t cap,
		       struct tlso_hw_rxd *d)
{
	unsigned int i = a->seen[TLSO_HW_RING_RX];
	size_t n;

	adapter_wait_entry(a, TLSO_HW_RING_RX, i, d);
	n = le32toh(d->len);
	assert_true(n <= cap);
	machine_get(a->m, le64toh(d->addr), frame, n);
	a->seen[TLSO_HW_RING_RX] = (i + 1) % ADAPTER_ENTRIES;
	post_rx(a, (le64toh(d->addr) - a->mem - MEM_RX) / ADAPTER_BUF);
	adapter_ring(a, TLSO_HW_RING_RX);
	return n;
}
