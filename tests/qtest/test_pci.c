// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter as a PCI device: identity, BARs, registers, accesses that it must
 * refuse, reset, bus mastering, and DMA and interrupts that a guest points at
 * the adapter itself.
 */
#include <endian.h>
#include <string.h>
#include "adapter.h"

#define LISTED 0x30 /* bytes of general registers */

static struct machine machine;
static struct adapter adapter;

static int setup(void **state)
{
	(void)state;
	machine_start(&machine, 1, "");
	adapter_map(&adapter, &machine, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_stop(&machine);
	return 0;
}

static uint32_t bar_size(unsigned int bar)
{
	unsigned int off = 0x10 + 4 * bar;
	uint32_t old = machine_config_readl(&machine, adapter.slot, off);
	uint32_t mask;

	assert_int_equal(old & 0xf, 0); /* 32-bit memory, no prefetch */
	machine_config_writel(&machine, adapter.slot, off, 0xffffffff);
	mask = machine_config_readl(&machine, adapter.slot, off);
	machine_config_writel(&machine, adapter.slot, off, old);
	return ~mask + 1;
}

static void identity(void **state)
{
	uint32_t word;

	(void)state;
	word = machine_config_readl(&machine, adapter.slot, 0x00);
	assert_int_equal(word, TLSO_HW_PCI_DEVICE << 16 | TLSO_HW_PCI_VENDOR);
	word = machine_config_readl(&machine, adapter.slot, 0x08);
	assert_int_equal(word, TLSO_HW_PCI_CLASS << 16 | TLSO_HW_PCI_REVISION);
	word = machine_config_readl(&machine, adapter.slot, 0x3c);
	assert_int_equal(word >> 8 & 0xff, 0); /* no INTx pin */
}

static void bars(void **state)
{
	uint32_t word;

	(void)state;
	assert_int_equal(bar_size(TLSO_HW_BAR_REGS), TLSO_HW_BAR_REGS_SIZE);
	assert_true(bar_size(TLSO_HW_BAR_MSIX) >= TLSO_HW_RINGS * 16);
	word = machine_config_readl(&machine, adapter.slot, adapter.msix);
	assert_int_equal(word >> 16 & 0x7ff, TLSO_HW_RINGS - 1);
	word = machine_config_readl(&machine, adapter.slot, adapter.msix + 4);
	assert_int_equal(word & 7, TLSO_HW_BAR_MSIX);
}

static void registers(void **state)
{
	(void)state;
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_MAGIC),
			 TLSO_HW_MAGIC);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_VERSION),
			 TLSO_HW_VERSION);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_CAPS),
			 TLSO_HW_CAP_DIRECTED | TLSO_HW_CAP_TLS13 |
				 TLSO_HW_CAP_SERVER | TLSO_HW_CAP_TSO |
				 TLSO_HW_CAP_CSUM | TLSO_HW_CAP_REINSTATE);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_OPS),
			 TLSO_HW_OP_SERVER_RANDOM | TLSO_HW_OP_PREMASTER_DEC |
				 TLSO_HW_OP_KEYS | TLSO_HW_OP_CERT_VERIFY |
				 TLSO_HW_OP_MAC_MAKE | TLSO_HW_OP_MAC_CHECK);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_CTRL), 0);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_STATUS),
			 TLSO_HW_STATUS_LINK | TLSO_HW_STATUS_READY);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_MAC_LO),
			 0x00005452);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_MAC_HI), 0x0100);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_KEY_SLOTS), 64);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_SESSIONS), 16384);
	assert_true(adapter_read(&adapter, TLSO_HW_REG_MAX_FRAME) >= 1514);
	assert_true(adapter_read(&adapter, TLSO_HW_REG_MAX_TSO) >= 65535);
}

/* Everything that can be read and does not count by itself. */
static const unsigned int readable[] = {
	TLSO_HW_RREG_BASE_LO, TLSO_HW_RREG_BASE_HI, TLSO_HW_RREG_SIZE,
	TLSO_HW_RREG_CTRL, TLSO_HW_RREG_HEAD,
};

struct snapshot {
	uint32_t general[LISTED / 4];
	uint32_t ring[TLSO_HW_RINGS][ARRAY_SIZE(readable)];
};

static uint32_t ring_register(unsigned int ring, unsigned int reg)
{
	return adapter_read(&adapter, TLSO_HW_RING_REG(ring, reg));
}

static void take(struct snapshot *s)
{
	unsigned int i, j;

	for (i = 0; i < LISTED / 4; i++)
		s->general[i] = adapter_read(&adapter, 4 * i);
	for (i = 0; i < TLSO_HW_RINGS; i++)
		for (j = 0; j < ARRAY_SIZE(readable); j++)
			s->ring[i][j] = ring_register(i, readable[j]);
}

/* A store that the adapter itself must refuse, log and count. */
static void refused_write(uint32_t reg, uint32_t val)
{
	uint64_t errors = adapter_counter(&adapter, TLSO_HW_C_GUEST_ERRORS);
	unsigned int lines = machine_log_lines(&machine, "nic0:");
	struct snapshot before, after;

	take(&before);
	adapter_write(&adapter, reg, val);
	assert_int_equal(machine_log_lines(&machine, "nic0:"), lines + 1);
	take(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_GUEST_ERRORS),
			 errors + 1);
}

static void bad_writes(void **state)
{
	unsigned int tx_ctrl = TLSO_HW_RING_REG(TLSO_HW_RING_TX,
						TLSO_HW_RREG_CTRL);

	(void)state;
	refused_write(TLSO_HW_REG_MAGIC, 1); /* read-only */
	refused_write(TLSO_HW_REG_STATUS, 0);
	refused_write(TLSO_HW_RING_REG(TLSO_HW_RING_RX, TLSO_HW_RREG_HEAD), 1);
	refused_write(TLSO_HW_REG_COUNTER(TLSO_HW_C_TX_FRAMES), 1);
	refused_write(0x030, 1); /* not listed */
	refused_write(0x0ffc, 1);
	refused_write(0x1100, 1); /* a fifth ring */
	refused_write(0x3ffc, 1);
	refused_write(TLSO_HW_BAR_REGS_SIZE - 4, 1);
	refused_write(tx_ctrl, TLSO_HW_RING_ENABLE); /* no size yet */
	adapter_ring_up(&adapter, TLSO_HW_RING_TX);
	refused_write(TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_BASE_LO),
		      0x1000); /* enabled */
	refused_write(TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_SIZE), 4);
	refused_write(TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_TAIL),
		      ADAPTER_ENTRIES);
}

static void bad_rings(void **state)
{
	unsigned int ring = TLSO_HW_RING_MBOX;
	unsigned int size = TLSO_HW_RING_REG(ring, TLSO_HW_RREG_SIZE);
	unsigned int ctrl = TLSO_HW_RING_REG(ring, TLSO_HW_RREG_CTRL);
	unsigned int base = TLSO_HW_RING_REG(ring, TLSO_HW_RREG_BASE_LO);
	unsigned int tail = TLSO_HW_RING_REG(ring, TLSO_HW_RREG_TAIL);
	unsigned int arm = TLSO_HW_RING_REG(ring, TLSO_HW_RREG_ARM);

	(void)state;
	refused_write(base, adapter_ring_base(&adapter, ring) + 32);
	adapter_write(&adapter, base, adapter_ring_base(&adapter, ring));
	refused_write(ctrl, TLSO_HW_RING_ENABLE); /* no size */
	refused_write(size, TLSO_HW_RING_LOG2_MIN - 1);
	refused_write(size, TLSO_HW_RING_LOG2_MAX + 1);
	refused_write(size, 0xffffffff);
	adapter_write(&adapter, size, ADAPTER_LOG2);
	refused_write(tail, 1); /* disabled */
	refused_write(arm, 0);
	refused_write(ctrl, TLSO_HW_RING_ENABLE | 2);
	adapter_write(&adapter, ctrl, TLSO_HW_RING_ENABLE);
	assert_int_equal(adapter_read(&adapter, ctrl), TLSO_HW_RING_ENABLE);
	refused_write(tail, 0xffffffff);
	refused_write(arm, ADAPTER_ENTRIES);
	assert_int_equal(adapter_read(&adapter, tail), 0); /* write-only */
	assert_int_equal(adapter_read(&adapter, arm), 0);
}

/* What is not an aligned 32-bit access is refused before it gets to the
 * engine, so that it is logged but not counted there.
 */
static void bad_sizes(void **state)
{
	static const struct {
		const char *op;
		uint32_t off;
	} stores[] = {
		{ "writeb", 0 }, { "writeb", 3 }, { "writew", 0 },
		{ "writew", 2 }, { "writel", 1 }, { "writel", 2 },
	};
	struct snapshot before, after;
	unsigned int i, lines;

	(void)state;
	adapter_write(&adapter, TLSO_HW_REG_MAC_LO, 0x44332210);
	take(&before);
	for (i = 0; i < ARRAY_SIZE(stores); i++) {
		lines = machine_log_lines(&machine, "Invalid write");
		machine_write_as(&machine, stores[i].op,
				 adapter.bar0 + TLSO_HW_REG_MAC_LO +
					 stores[i].off, 0x5a5a5a5a);
		assert_true(machine_log_lines(&machine, "Invalid write") >
			    lines);
	}
	lines = machine_log_lines(&machine, "Invalid read");
	machine_read_as(&machine, "readb", adapter.bar0);
	assert_int_equal(machine_log_lines(&machine, "Invalid read"),
			 lines + 1);
	take(&after);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void assert_fresh(void)
{
	unsigned int ring;

	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_CTRL), 0);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_STATUS),
			 TLSO_HW_STATUS_LINK | TLSO_HW_STATUS_READY);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_MAC_LO),
			 0x00005452);
	for (ring = 0; ring < TLSO_HW_RINGS; ring++) {
		assert_int_equal(ring_register(ring, TLSO_HW_RREG_BASE_LO), 0);
		assert_int_equal(ring_register(ring, TLSO_HW_RREG_SIZE), 0);
		assert_int_equal(ring_register(ring, TLSO_HW_RREG_CTRL), 0);
		assert_int_equal(ring_register(ring, TLSO_HW_RREG_HEAD), 0);
	}
}

static void make_dirty(void)
{
	const struct command nop = { .opcode = TLSO_HW_MB_NOP };
	uint64_t n = adapter_counter(&adapter, TLSO_HW_C_COMMANDS);
	struct tlso_hw_mbox e;

	adapter_up(&adapter);
	adapter_write(&adapter, TLSO_HW_REG_MAC_LO, 0x44332210);
	assert_int_equal(adapter_command(&adapter, &nop, &e), TLSO_HW_ST_OK);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_COMMANDS), n + 1);
}

static void wait_ready(void)
{
	unsigned int tries = 0;

	while (!(adapter_read(&adapter, TLSO_HW_REG_STATUS) &
		 TLSO_HW_STATUS_READY))
		machine_wait(&tries);
}

static void register_reset(void **state)
{
	(void)state;
	make_dirty();
	adapter_write(&adapter, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	wait_ready();
	assert_fresh();
	make_dirty(); /* it works again */
}

static void bus_reset(void **state)
{
	(void)state;
	make_dirty();
	machine_reset(&machine);
	adapter_map(&adapter, &machine, 0);
	assert_fresh();
	make_dirty();
}

static void no_bus_master(void **state)
{
	const struct command nop = { .opcode = TLSO_HW_MB_NOP };
	unsigned int i, tries = 0;
	struct tlso_hw_mbox e;

	(void)state;
	adapter_up(&adapter);
	machine_config_writel(&machine, adapter.slot, 0x04, 0x2);
	adapter_command_entry(&adapter, &nop, &e);
	i = adapter_post(&adapter, TLSO_HW_RING_MBOX, &e);
	while (!machine_log_lines(&machine, "bus error"))
		machine_wait(&tries);
	adapter_entry(&adapter, TLSO_HW_RING_MBOX, i, &e);
	assert_int_equal(le32toh(e.flags) & TLSO_HW_MBF_DONE, 0);
	machine_config_writel(&machine, adapter.slot, 0x04, 0x6);
	adapter_write(&adapter, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	wait_ready();
	make_dirty();
}

/* Buffers and rings in the adapter's own registers: bus errors. */
static void dma_to_itself(void **state)
{
	struct command c = { .opcode = TLSO_HW_MB_LOAD_KEY, .in_len = 64 };
	struct tlso_hw_mbox e;

	(void)state;
	adapter_up(&adapter);
	c.in_addr = adapter.bar0;
	assert_int_equal(adapter_command(&adapter, &c, &e), TLSO_HW_ST_DMA);
	adapter_write(&adapter,
		      TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_CTRL), 0);
	adapter_write(&adapter,
		      TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_BASE_LO),
		      adapter.bar0);
	adapter_write(&adapter,
		      TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_CTRL),
		      TLSO_HW_RING_ENABLE);
	adapter_write(&adapter,
		      TLSO_HW_RING_REG(TLSO_HW_RING_TX, TLSO_HW_RREG_TAIL), 1);
	adapter_write(&adapter, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	wait_ready();
	make_dirty();
}

/* An MSI-X message that would reset the adapter from within. */
static void interrupt_to_itself(void **state)
{
	const struct command nop = { .opcode = TLSO_HW_MB_NOP };
	unsigned int v = TLSO_HW_RING_MBOX, tries = 0;
	struct tlso_hw_mbox e;

	(void)state;
	adapter_up(&adapter);
	machine_writel(&machine, adapter.bar4 + 16 * v,
		       adapter.bar0 + TLSO_HW_REG_CTRL);
	machine_writel(&machine, adapter.bar4 + 16 * v + 8,
		       TLSO_HW_CTRL_RESET);
	adapter_write(&adapter, TLSO_HW_RING_REG(v, TLSO_HW_RREG_ARM), 0);
	assert_int_equal(adapter_command(&adapter, &nop, &e), TLSO_HW_ST_OK);
	while (!machine_log_lines(&machine, "its own register"))
		machine_wait(&tries);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_CTRL),
			 TLSO_HW_CTRL_ENABLE);
	assert_int_equal(adapter_command(&adapter, &nop, &e), TLSO_HW_ST_OK);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(identity), ON(bars), ON(registers), ON(bad_writes),
		ON(bad_rings), ON(bad_sizes), ON(register_reset),
		ON(bus_reset), ON(no_bus_master), ON(dma_to_itself),
		ON(interrupt_to_itself),
	};

	return cmocka_run_group_tests_name("qtest pci", tests, NULL, NULL);
}
