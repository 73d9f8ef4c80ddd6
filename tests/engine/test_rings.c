// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers, rings, arming, plain frames, mailbox and events: what hw.h says
 * holds, and what it does not expect is reported and changes nothing.
 */
#include "rig.h"

#define RREG(ring, reg) TLSO_HW_RING_REG(TLSO_HW_RING_##ring, TLSO_HW_RREG_##reg)

static u8 frame[70000];

static void expect_error(struct rig *r, u32 off, u32 val)
{
	u32 errors = r->errors;
	u64 counted = rig_count(r, TLSO_HW_C_GUEST_ERRORS);

	rig_write(r, off, val);
	assert_int_equal(r->errors, errors + 1);
	assert_int_equal(rig_count(r, TLSO_HW_C_GUEST_ERRORS), counted + 1);
}

static void registers(void **state)
{
	struct rig *r = rig_new(NULL, false);
	u32 off;

	(void)state;
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAGIC), TLSO_HW_MAGIC);
	assert_int_equal(rig_read(r, TLSO_HW_REG_VERSION), 1);
	assert_int_equal(rig_read(r, TLSO_HW_REG_OPS), RIG_OPS);
	assert_int_equal(rig_read(r, TLSO_HW_REG_SESSIONS), 16384);
	assert_int_equal(rig_read(r, TLSO_HW_REG_KEY_SLOTS), 64);
	assert_int_equal(rig_read(r, TLSO_HW_REG_STATUS), TLSO_HW_STATUS_READY);
	tlso_engine_set_link(r->e, true);
	assert_int_equal(rig_read(r, TLSO_HW_REG_STATUS),
			 TLSO_HW_STATUS_READY | TLSO_HW_STATUS_LINK);
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAC_LO), 0x01005452);
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAC_HI), 0x0302);
	rig_write(r, TLSO_HW_REG_MAC_LO, 0x11223344);
	rig_write(r, TLSO_HW_REG_MAC_HI, 0x5566);
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAC_LO), 0x11223344);
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAC_HI), 0x5566);
	assert_int_equal(r->errors, 0);

	/* Read-only, unknown, unaligned, reserved bits. */
	for (off = 0; off < TLSO_HW_BAR_REGS_SIZE; off++) {
		u32 ring = (off - 0x1000) / 0x40, reg = off & 0x3f;

		if (off == TLSO_HW_REG_CTRL || off == TLSO_HW_REG_MAC_LO ||
		    off == TLSO_HW_REG_MAC_HI)
			continue;
		if (off >= 0x1000 && ring < TLSO_HW_RINGS && !(off & 3) &&
		    reg <= TLSO_HW_RREG_CTRL)
			continue;
		expect_error(r, off, 1);
	}
	expect_error(r, TLSO_HW_REG_CTRL, 1 << 4);
	expect_error(r, TLSO_HW_REG_MAC_HI, 0x10000);
	off = r->errors;
	rig_read(r, 0x30);
	rig_read(r, 0x1018);
	rig_read(r, 0x1100);
	rig_read(r, TLSO_HW_REG_COUNTER(TLSO_HW_COUNTER_COUNT));
	rig_read(r, 2);
	assert_int_equal(r->errors, off + 5);
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAC_LO), 0x11223344);
	rig_write(r, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET | 2);
	assert_int_equal(rig_read(r, TLSO_HW_REG_CTRL), 0);
	assert_int_equal(rig_read(r, TLSO_HW_REG_MAC_HI), 0x0302);
	rig_free(r);
}

static void ring_shape(void **state)
{
	struct rig *r = rig_new(NULL, false);

	(void)state;
	expect_error(r, RREG(TX, BASE_LO), 32);
	expect_error(r, RREG(TX, SIZE), 2);
	expect_error(r, RREG(TX, SIZE), 13);
	expect_error(r, RREG(TX, CTRL), 1); /* no base, no size */
	expect_error(r, RREG(TX, CTRL), 2);
	expect_error(r, RREG(TX, TAIL), 0); /* disabled */
	expect_error(r, RREG(TX, ARM), 0);
	rig_write(r, RREG(TX, BASE_LO), RIG_BASE);
	rig_write(r, RREG(TX, SIZE), 3);
	rig_write(r, RREG(TX, CTRL), 1);
	assert_int_equal(rig_read(r, RREG(TX, CTRL)), 1);
	expect_error(r, RREG(TX, BASE_LO), 0x200000);
	expect_error(r, RREG(TX, BASE_HI), 1);
	expect_error(r, RREG(TX, SIZE), 4);
	expect_error(r, RREG(TX, TAIL), 8);
	expect_error(r, RREG(TX, ARM), 8);
	assert_int_equal(rig_read(r, RREG(TX, BASE_LO)), RIG_BASE);
	assert_int_equal(rig_read(r, RREG(TX, SIZE)), 3);
	assert_int_equal(rig_read(r, RREG(TX, HEAD)), 0);
	rig_write(r, RREG(TX, CTRL), 0);
	rig_write(r, RREG(TX, SIZE), 4);
	assert_int_equal(rig_read(r, RREG(TX, SIZE)), 4);
	rig_free(r);
}

static size_t small_frame(void)
{
	struct rig_flow f;

	rig_flow_init(&f, 4, 1000);
	return rig_tcp(frame, &f, false, 1, 0x10, (const u8 *)"hello", 5);
}

static void arming(void **state)
{
	struct rig *r = rig_new(NULL, false);
	struct rig_rx rx;
	struct rig_tx t = { 0 };
	size_t n = small_frame();

	(void)state;
	rig_up(r);
	assert_true(rig_tx(r, frame, n, &t));
	assert_int_equal(r->irqs[0], 0);
	rig_write(r, RREG(TX, ARM), 0); /* entry 0 is completed: at once */
	assert_int_equal(r->irqs[0], 1);
	rig_write(r, RREG(TX, ARM), 1);
	assert_int_equal(r->irqs[0], 1);
	rig_tx(r, frame, n, &t);
	assert_int_equal(r->irqs[0], 2);
	rig_tx(r, frame, n, &t); /* once only */
	assert_int_equal(r->irqs[0], 2);

	rig_write(r, RREG(RX, ARM), 0);
	memcpy(frame, rig_mac, 6);
	assert_true(rig_rx(r, frame, n, &rx));
	assert_int_equal(r->irqs[1], 1);
	assert_true(rig_rx(r, frame, n, &rx));
	assert_int_equal(r->irqs[1], 1);
	rig_write(r, RREG(RX, ARM), 1);
	assert_int_equal(r->irqs[1], 2);

	rig_write(r, RREG(MBOX, ARM), 0);
	assert_int_equal(r->irqs[2], 0);
	assert_int_equal(rig_cmd(r, TLSO_HW_MB_NOP, 0, 0, NULL, 0, NULL, 0, NULL), 0);
	assert_int_equal(r->irqs[2], 1);
	assert_int_equal(rig_cmd(r, TLSO_HW_MB_NOP, 0, 0, NULL, 0, NULL, 0, NULL), 0);
	assert_int_equal(r->irqs[2], 1);
	rig_write(r, RREG(MBOX, ARM), 2); /* one since: at once */
	assert_int_equal(r->irqs[2], 2);
	rig_write(r, RREG(MBOX, ARM), 2);
	assert_int_equal(r->irqs[2], 2);
	assert_int_equal(rig_count(r, TLSO_HW_C_BUS_INTERRUPTS), 6);
	assert_int_equal(r->errors, 0);
	rig_free(r);
}

static void tso(void **state)
{
	static u8 payload[60000];
	struct rig *r = rig_new(NULL, false);
	unsigned int i, family;

	(void)state;
	rig_up(r);
	for (i = 0; i < sizeof(payload); i++)
		payload[i] = i * 7 + i / 256;
	for (family = 4; family <= 6; family += 2) {
		struct rig_flow f;
		struct rig_tx t = { .flags = TLSO_HW_TXF_TSO | TLSO_HW_TXF_CSUM,
				    .mss = 1448, .pieces = 5 };
		size_t at = 0, len;
		u8 flags;
		u32 seq;
		size_t n;

		rig_flow_init(&f, family, 1000);
		t.hdr_len = rig_hdr_len(&f);
		/* CWR, ACK, PSH, FIN */
		n = rig_tcp(frame, &f, false, 0xffffff00, 0x99, payload,
			    sizeof(payload));
		assert_true(rig_tx(r, frame, n, &t));
		assert_int_equal(r->n_sent, (60000 + 1447) / 1448);
		for (i = 0; i < r->n_sent; i++) {
			const u8 *p = rig_check_tcp(r->sent[i].p, r->sent[i].n,
						    &seq, &len, &flags);
			bool last = i + 1 == r->n_sent;

			assert_int_equal(seq, 0xffffff00 + (u32)at);
			assert_memory_equal(p, payload + at, len);
			assert_int_equal(flags, 0x10 | (i ? 0 : 0x80) |
							(last ? 9 : 0));
			if (!last)
				assert_int_equal(len, 1448);
			if (family == 4)
				assert_int_equal(r->sent[i].p[18] << 8 |
						 r->sent[i].p[19],
						 (0xfff0 + i) & 0xffff);
			at += len;
		}
		assert_int_equal(at, sizeof(payload));
		rig_forget_sent(r);
	}
	rig_free(r);
}

static void checksum_insertion(void **state)
{
	struct rig *r = rig_new(NULL, false);
	struct rig_tx t = { .flags = TLSO_HW_TXF_CSUM, .csum_start = 34,
			    .csum_offset = 16 };
	u32 seq, errors;
	u8 flags, want[2];
	size_t n = small_frame(), len;
	u32 sum;

	(void)state;
	rig_up(r);
	memcpy(want, frame + 50, 2);
	/* The pseudo header's sum, as a kernel leaves it there. */
	sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + (n - 34);
	frame[50] = sum >> 8;
	frame[51] = sum;
	assert_true(rig_tx(r, frame, n, &t));
	rig_check_tcp(r->sent[0].p, r->sent[0].n, &seq, &len, &flags);
	assert_memory_equal(r->sent[0].p + 50, want, 2);
	rig_forget_sent(r);
	errors = r->errors;
	t.csum_start = n;
	assert_true(rig_tx(r, frame, n, &t));
	t.csum_start = 34;
	t.csum_offset = n - 34 - 1;
	assert_true(rig_tx(r, frame, n, &t));
	t.csum_offset = 0xffff;
	assert_true(rig_tx(r, frame, n, &t));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(r->errors, errors + 3);
	assert_int_equal(rig_count(r, TLSO_HW_C_TX_ERRORS), 3);
	/* The ring goes on. */
	t.flags = 0;
	assert_true(rig_tx(r, frame, n, &t));
	assert_int_equal(r->n_sent, 1);
	assert_memory_equal(r->sent[0].p, frame, n);
	rig_free(r);
}

static void bad_plain_frames(void **state)
{
	struct rig *r = rig_new(NULL, false);
	struct rig_tx t = { 0 };
	size_t n = small_frame();

	(void)state;
	rig_up(r);
	assert_true(rig_tx(r, frame, 13, &t));
	assert_true(rig_tx(r, frame, 9019, &t));
	assert_true(rig_tx(r, frame, 65600, &t));
	t.flags = 1 << 9;
	assert_true(rig_tx(r, frame, n, &t));
	t.flags = TLSO_HW_TXF_TSO;
	t.hdr_len = 60;
	t.mss = 1000;
	assert_true(rig_tx(r, frame, n, &t));
	t.hdr_len = 66;
	t.mss = 31;
	assert_true(rig_tx(r, frame, n, &t));
	t.mss = 9000;
	assert_true(rig_tx(r, frame, n, &t));
	frame[12] = 0x12;
	t.mss = 1000;
	assert_true(rig_tx(r, frame, n, &t));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(r->errors, 8);
	assert_int_equal(rig_count(r, TLSO_HW_C_TX_ERRORS), 8);
	rig_free(r);
}

static void filter_and_backpressure(void **state)
{
	struct rig *r = rig_new(NULL, false);
	struct rig_flow f;
	struct rig_rx rx;
	size_t n, i;

	(void)state;
	rig_up(r);
	rig_flow_init(&f, 4, 1000);
	n = rig_tcp(frame, &f, true, 1, 0x10, (const u8 *)"x", 1);
	assert_true(rig_rx(r, frame, n, &rx));
	assert_int_equal(rx.flags & ~(TLSO_HW_RXF_DONE | TLSO_HW_RXF_EOP),
			 TLSO_HW_RXF_CSUM_OK);
	assert_memory_equal(rx.p, frame, n);
	frame[n - 1] ^= 1;
	assert_true(rig_rx(r, frame, n, &rx));
	assert_false(rx.flags & TLSO_HW_RXF_CSUM_OK);
	frame[5] ^= 1;
	assert_false(rig_rx(r, frame, n, &rx));
	rig_write(r, TLSO_HW_REG_CTRL,
		  TLSO_HW_CTRL_ENABLE | TLSO_HW_CTRL_PROMISC);
	assert_true(rig_rx(r, frame, n, &rx));
	rig_write(r, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_ENABLE);
	memset(frame, 0xff, 6);
	assert_true(rig_rx(r, frame, n, &rx));
	frame[1] = 0;
	assert_false(rig_rx(r, frame, n, &rx));
	rig_write(r, TLSO_HW_REG_CTRL,
		  TLSO_HW_CTRL_ENABLE | TLSO_HW_CTRL_ALLMULTI);
	assert_true(rig_rx(r, frame, n, &rx));

	/* Fill the ring without looking. */
	for (i = 0; i < RIG_ENTRIES - 1; i++)
		assert_int_equal(tlso_engine_rx(r->e, frame, n), n);
	assert_int_equal(tlso_engine_rx(r->e, frame, n), 0);
	assert_int_equal(r->rx_ready, 0);
	assert_int_equal(rig_count(r, TLSO_HW_C_RX_NO_BUFFER), 1);
	{
		struct rig_ring *g = &r->ring[TLSO_HW_RING_RX];

		rig_write(r, RREG(RX, TAIL), (g->tail + 1) % RIG_ENTRIES);
	}
	assert_int_equal(r->rx_ready, 1);
	assert_int_equal(r->errors, 0);
	rig_free(r);
}

static void mailbox_refuses(void **state)
{
	struct rig *r = rig_new(NULL, false);
	struct tlso_hw_start s, bad;
	struct rig_flow f;
	u8 zeros[200] = { 0 };
	unsigned int i;

	(void)state;
	rig_up(r);
	rig_flow_init(&f, 4, 1000);
	rig_start(&s, &f, TLSO_HW_NO_KEY, 0);
#define CMD(op, id, arg, in, n) \
	rig_cmd(r, TLSO_HW_MB_##op, id, arg, in, n, NULL, 0, NULL)
	assert_int_equal(rig_cmd(r, 99, 0, 0, NULL, 0, NULL, 0, NULL),
			 TLSO_HW_ST_BAD_OPCODE);
	assert_int_equal(CMD(STOP_SSL, 1, 0, NULL, 0), TLSO_HW_ST_NO_SESSION);
	assert_int_equal(CMD(QUERY, 1, 0, NULL, 0), TLSO_HW_ST_NO_SESSION);
	assert_int_equal(CMD(UNLOAD_KEY, 0, 0, NULL, 0), TLSO_HW_ST_BAD_KEY);
	assert_int_equal(CMD(UNLOAD_KEY, 0, 64, NULL, 0), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(CMD(LOAD_KEY, 0, 0, zeros, 100), TLSO_HW_ST_BAD_KEY);
	assert_int_equal(CMD(LOAD_KEY, 0, 64, zeros, 100), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(CMD(START_SSL, 1, 0, &s, sizeof(s) - 1),
			 TLSO_HW_ST_BAD_ARG);
	for (i = 0; i < 12; i++) {
		u32 want = TLSO_HW_ST_BAD_ARG;

		bad = s;
		switch (i) {
		case 0:
			bad.family = 5;
			break;
		case 1:
			bad.role = 3;
			break;
		case 2:
			bad.mode = 2;
			break;
		case 3:
			bad.versions = 4;
			break;
		case 4:
			bad.n_suites = 9;
			break;
		case 5:
			bad.local_port = 0;
			break;
		case 6:
			bad.ops = htole32(0x400 | RIG_OPS);
			break;
		case 7:
			bad.role = 1;
			want = TLSO_HW_ST_UNSUPPORTED;
			break;
		case 8:
			bad.mode = 1;
			want = TLSO_HW_ST_UNSUPPORTED;
			break;
		case 9:
			bad.versions = 1;
			want = TLSO_HW_ST_UNSUPPORTED;
			break;
		case 10:
			bad.ops = htole32(RIG_OPS & ~TLSO_HW_OP_KEYS);
			want = TLSO_HW_ST_UNSUPPORTED;
			break;
		case 11:
			bad.key_slot = htole32(5);
			want = TLSO_HW_ST_BAD_KEY;
			break;
		}
		assert_int_equal(CMD(START_SSL, 1, 0, &bad, sizeof(bad)), want);
	}
	assert_int_equal(CMD(START_SSL, 1, 0, &s, sizeof(s)), TLSO_HW_ST_OK);
	assert_int_equal(CMD(START_SSL, 1, 0, &s, sizeof(s)), TLSO_HW_ST_EXISTS);
	assert_int_equal(CMD(START_SSL, 2, 0, &s, sizeof(s)), TLSO_HW_ST_EXISTS);
	assert_int_equal(CMD(PURGE, 1, 0, NULL, 0), TLSO_HW_ST_BAD_STATE);
	assert_int_equal(CMD(STARTER, 1, 0, zeros, 4), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(CMD(REINSTATE, 3, 0, zeros, 200), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(CMD(QUERY, 1, 0, NULL, 0), TLSO_HW_ST_NO_SPACE);
	assert_int_equal(CMD(STOP_SSL, 1, 0, NULL, 0), TLSO_HW_ST_OK);
	assert_int_equal(CMD(START_SSL, 2, 0, &s, sizeof(s)), TLSO_HW_ST_OK);
	assert_int_equal(rig_count(r, TLSO_HW_C_SESSIONS_PENDING), 1);
	rig_free(r);
}

static void bus_errors(void **state)
{
	struct rig *r = rig_new(NULL, false);
	struct tlso_hw_mbox *m;
	u32 i;

	(void)state;
	rig_up(r);
	i = r->ring[TLSO_HW_RING_MBOX].tail;
	m = rig_cmd_entry(r, i);
	*m = (struct tlso_hw_mbox){ .opcode = htole16(TLSO_HW_MB_NOP),
				    .in_len = htole32(8),
				    .in_addr = htole64(~0ull) };
	rig_write(r, RREG(MBOX, TAIL), i + 1);
	assert_int_equal(le32toh(m->status), TLSO_HW_ST_DMA);
	assert_int_equal(r->errors, 1);
	m[1] = (struct tlso_hw_mbox){ .in_len = htole32(131073) };
	rig_write(r, RREG(MBOX, TAIL), i + 2);
	assert_int_equal(le32toh(m[1].status), TLSO_HW_ST_BAD_ARG);
	/* A ring that is not there. */
	rig_write(r, RREG(TX, CTRL), 0);
	rig_write(r, RREG(TX, BASE_HI), 0xffff);
	rig_write(r, RREG(TX, CTRL), 1);
	rig_write(r, RREG(TX, TAIL), 3);
	assert_int_equal(rig_read(r, RREG(TX, HEAD)), 3);
	assert_int_equal(r->n_sent, 0);
	rig_free(r);
}

static void command_faults(void **state)
{
	struct tlso_engine_config cfg = { .fault_fail_command = 2 };
	struct rig *r = rig_new(&cfg, false);
	u32 i;

	(void)state;
	rig_up(r);
	assert_int_equal(rig_cmd(r, 0, 0, 0, NULL, 0, NULL, 0, NULL), 0);
	assert_int_equal(rig_cmd(r, 0, 0, 0, NULL, 0, NULL, 0, NULL),
			 TLSO_HW_ST_FAULT);
	assert_int_equal(rig_cmd(r, 0, 0, 0, NULL, 0, NULL, 0, NULL), 0);
	rig_free(r);

	cfg = (struct tlso_engine_config){ .fault_drop_command = 1 };
	r = rig_new(&cfg, false);
	rig_up(r);
	i = rig_post_cmd(r, 0, 0, 0, NULL, 0, 0);
	assert_int_equal(rig_cmd_entry(r, i)->flags, 0);
	rig_free(r);

	cfg = (struct tlso_engine_config){ .fault_delay_us = 50 };
	r = rig_new(&cfg, false);
	rig_up(r);
	i = rig_post_cmd(r, 0, 0, 0, NULL, 0, 0);
	assert_true(r->scheduled > 0);
	assert_true(tlso_engine_poll(r->e));
	assert_int_equal(rig_cmd_entry(r, i)->flags, 0);
	r->now += 50000;
	assert_false(tlso_engine_poll(r->e));
	assert_int_equal(rig_cmd_entry(r, i)->flags, htole32(TLSO_HW_MBF_DONE));
	/* Frames dropped on the way in. */
	rig_free(r);
}

static u32 start_one(struct rig *r, u32 id)
{
	struct tlso_hw_start s;
	struct rig_flow f;
	u64 brk = r->brk;
	u32 index;

	rig_flow_init(&f, 4, 1024 + id);
	rig_start(&s, &f, TLSO_HW_NO_KEY, 1);
	index = rig_post_cmd(r, TLSO_HW_MB_START_SSL, id, 0, &s, sizeof(s), 0);
	r->brk = brk;
	assert_true(le32toh(rig_cmd_entry(r, index)->flags) &
		    TLSO_HW_MBF_DONE);
	return le32toh(rig_cmd_entry(r, index)->status);
}

/* Work that outlives its session counts: resets do not heap it up. */
static void resets_do_not_heap_up_work(void **state)
{
	struct rig *r = rig_new(NULL, true);
	static struct rig_rx rx;
	struct rig_flow f;
	u8 frame[100];
	u32 id;
	size_t n;

	(void)state;
	rig_up(r);
	for (id = 1; id <= 2048; id++) {
		assert_int_equal(start_one(r, id), TLSO_HW_ST_OK);
		rig_flow_init(&f, 4, 1024 + id);
		n = rig_tcp(frame, &f, true, 1, 0x18, (const u8 *)"\x16", 1);
		assert_true(rig_rx(r, frame, n, &rx));
	}
	assert_int_equal(tlso_engine_jobs(r->e), 2048);
	assert_int_equal(start_one(r, id), TLSO_HW_ST_FULL);
	rig_write(r, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	rig_up(r);
	assert_int_equal(tlso_engine_jobs(r->e), 2048);
	assert_int_equal(start_one(r, 1), TLSO_HW_ST_FULL);
	rig_jobs(r);
	assert_int_equal(start_one(r, 1), TLSO_HW_ST_OK);
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers),
		cmocka_unit_test(ring_shape),
		cmocka_unit_test(arming),
		cmocka_unit_test(tso),
		cmocka_unit_test(checksum_insertion),
		cmocka_unit_test(bad_plain_frames),
		cmocka_unit_test(filter_and_backpressure),
		cmocka_unit_test(mailbox_refuses),
		cmocka_unit_test(bus_errors),
		cmocka_unit_test(command_faults),
		cmocka_unit_test(resets_do_not_heap_up_work),
	};

	return cmocka_run_group_tests_name("engine rings", tests, NULL, NULL);
}
