// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter as a plain network card between guest memory and QEMU's network
 * backend: frames both ways, checksum, filter, missing buffers, link, wrong
 * descriptors, two adapters at once.
 */
#include <endian.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include "adapter.h"

#define FRAME 200
#define UDP_AT 34 /* Ethernet 14, IPv4 20 */
#define UDP_CSUM 6

static const uint8_t own_mac[] = { 0x52, 0x54, 0, 0, 0, 1 };
static const uint8_t other_mac[] = { 0x52, 0x54, 0, 0, 9, 9 };
static const uint8_t multicast[] = { 1, 0, 0x5e, 0, 0, 1 };
static const uint8_t multicast6[] = { 0x33, 0x33, 0, 0, 0, 1 };
static const uint8_t broadcast[] = { 255, 255, 255, 255, 255, 255 };
static const struct tlso_hw_txd plain;

static struct machine machine;
static struct adapter adapter;

static int setup(void **state)
{
	(void)state;
	machine_start(&machine, 1, "");
	adapter_map(&adapter, &machine, 0);
	adapter_up(&adapter);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_stop(&machine);
	return 0;
}

/* An Ethernet frame of a type of no protocol, its bytes told by @seed. */
static void make_frame(uint8_t *f, size_t n, const uint8_t *to, uint8_t seed)
{
	size_t i;

	memcpy(f, to, 6);
	memcpy(f + 6, "\x02\x00\x00\x00\x00\x07\x88\xb5", 8);
	for (i = 14; i < n; i++)
		f[i] = seed + i;
}

static void assert_on_wire(unsigned int nic, const uint8_t *frame, size_t n)
{
	struct pollfd p = { .fd = machine.nic[nic], .events = POLLIN };
	uint8_t got[4096];

	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(recv(p.fd, got, sizeof(got), 0), n);
	assert_memory_equal(got, frame, n);
}

/* Nothing comes in the time that a frame takes many times over. */
static void assert_wire_silent(unsigned int nic)
{
	struct pollfd p = { .fd = machine.nic[nic], .events = POLLIN };

	assert_int_equal(poll(&p, 1, 50), 0);
}

static void from_wire(unsigned int nic, const uint8_t *frame, size_t n)
{
	assert_int_equal(send(machine.nic[nic], frame, n, 0), n);
}

static void send_plain(void **state)
{
	uint8_t f[FRAME];
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * ADAPTER_ENTRIES; i++) {
		make_frame(f, sizeof(f), other_mac, i);
		adapter_send(&adapter, f, sizeof(f), &plain);
		assert_on_wire(0, f, sizeof(f));
	}
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_TX_FRAMES), i);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_TX_BYTES),
			 i * sizeof(f));
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_TX_ERRORS), 0);
}

static void put_piece(uint32_t addr, uint32_t len, uint32_t flags)
{
	const struct tlso_hw_txd d = {
		.addr = htole64(addr), .len = htole32(len),
		.flags = htole32(flags),
	};

	adapter_fill(&adapter, TLSO_HW_RING_TX, &d);
}

static void send_pieces(void **state)
{
	uint32_t at = adapter.mem + 0x300000;
	struct tlso_hw_txd d;
	uint8_t f[FRAME];

	(void)state;
	make_frame(f, sizeof(f), other_mac, 1);
	machine_put(&machine, at, f, 1);
	machine_put(&machine, at + 0x1000, f + 1, 99);
	machine_put(&machine, at + 0x2000, f + 100, sizeof(f) - 100);
	put_piece(at, 1, 0);
	put_piece(at + 0x1000, 99, 0);
	put_piece(at + 0x2000, sizeof(f) - 100, TLSO_HW_TXF_EOP);
	adapter_write(&adapter, TLSO_HW_RING_REG(TLSO_HW_RING_TX,
						 TLSO_HW_RREG_ARM), 2);
	adapter_ring(&adapter, TLSO_HW_RING_TX);
	adapter_wait_entry(&adapter, TLSO_HW_RING_TX, 2, &d);
	assert_on_wire(0, f, sizeof(f));
	adapter_wait_vector(&adapter, TLSO_HW_RING_TX);
	adapter_entry(&adapter, TLSO_HW_RING_TX, 0, &d);
	assert_int_equal(le32toh(d.flags) & TLSO_HW_TXF_DONE, 0);
}

static uint32_t add_words(uint32_t sum, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (n & 1)
		sum += p[n - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Ethernet, IPv4, UDP with @n bytes in all; the UDP checksum holds the sum of
 * the pseudo-header, as a driver leaves it.
 */
static void make_udp(uint8_t *f, size_t n, const uint8_t *to)
{
	static const uint8_t ip[20] = { 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 17,
					0, 0, 10, 0, 0, 2, 10, 0, 0, 1 };
	uint16_t sum;

	make_frame(f, n, to, 3);
	f[12] = 8;
	f[13] = 0;
	memcpy(f + 14, ip, sizeof(ip));
	f[16] = (n - 14) >> 8;
	f[17] = n - 14;
	sum = ~fold(add_words(0, f + 14, 20));
	f[24] = sum >> 8;
	f[25] = sum;
	f[UDP_AT + 4] = (n - UDP_AT) >> 8;
	f[UDP_AT + 5] = n - UDP_AT;
	sum = fold(add_words(17 + n - UDP_AT, f + 26, 8));
	f[UDP_AT + UDP_CSUM] = sum >> 8;
	f[UDP_AT + UDP_CSUM + 1] = sum;
}

static void finish_udp(uint8_t *f, size_t n)
{
	uint16_t sum = ~fold(add_words(0, f + UDP_AT, n - UDP_AT));

	f[UDP_AT + UDP_CSUM] = sum >> 8;
	f[UDP_AT + UDP_CSUM + 1] = sum;
}

static void send_csum(void **state)
{
	const struct tlso_hw_txd how = {
		.flags = htole32(TLSO_HW_TXF_CSUM),
		.csum_start = htole16(UDP_AT),
		.csum_offset = htole16(UDP_CSUM),
	};
	uint8_t f[FRAME + 1]; /* odd */

	(void)state;
	make_udp(f, sizeof(f), other_mac);
	adapter_send(&adapter, f, sizeof(f), &how);
	finish_udp(f, sizeof(f));
	assert_on_wire(0, f, sizeof(f));
}

static void receive_plain(void **state)
{
	uint8_t f[FRAME], got[ADAPTER_BUF];
	struct tlso_hw_rxd d;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * ADAPTER_ENTRIES; i++) {
		make_frame(f, sizeof(f), i & 1 ? own_mac : broadcast, i);
		adapter_write(&adapter, TLSO_HW_RING_REG(TLSO_HW_RING_RX,
							 TLSO_HW_RREG_ARM),
			      adapter.seen[TLSO_HW_RING_RX]);
		from_wire(0, f, sizeof(f));
		assert_int_equal(adapter_receive(&adapter, got, sizeof(got),
						 &d), sizeof(f));
		adapter_wait_vector(&adapter, TLSO_HW_RING_RX);
		assert_memory_equal(got, f, sizeof(f));
		assert_int_equal(le32toh(d.flags), TLSO_HW_RXF_DONE |
						   TLSO_HW_RXF_EOP);
	}
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_RX_FRAMES), i);
}

static void receive_csum(void **state)
{
	uint8_t f[FRAME], got[ADAPTER_BUF];
	struct tlso_hw_rxd d;

	(void)state;
	make_udp(f, sizeof(f), own_mac);
	finish_udp(f, sizeof(f));
	from_wire(0, f, sizeof(f));
	adapter_receive(&adapter, got, sizeof(got), &d);
	assert_int_not_equal(le32toh(d.flags) & TLSO_HW_RXF_CSUM_OK, 0);
	f[sizeof(f) - 1] ^= 1;
	from_wire(0, f, sizeof(f));
	adapter_receive(&adapter, got, sizeof(got), &d);
	assert_int_equal(le32toh(d.flags) & TLSO_HW_RXF_CSUM_OK, 0);
}

/* Sends @first, which must not come up, and then one that does. */
static void assert_filtered(const uint8_t *first_to)
{
	uint8_t f[FRAME], got[ADAPTER_BUF];
	struct tlso_hw_rxd d;

	make_frame(f, sizeof(f), first_to, 1);
	from_wire(0, f, sizeof(f));
	make_frame(f, sizeof(f), own_mac, 2);
	from_wire(0, f, sizeof(f));
	adapter_receive(&adapter, got, sizeof(got), &d);
	assert_memory_equal(got, f, sizeof(f));
}

static void assert_passes(const uint8_t *to)
{
	uint8_t f[FRAME], got[ADAPTER_BUF];
	struct tlso_hw_rxd d;

	make_frame(f, sizeof(f), to, 3);
	from_wire(0, f, sizeof(f));
	adapter_receive(&adapter, got, sizeof(got), &d);
	assert_memory_equal(got, f, sizeof(f));
}

static void filter(void **state)
{
	(void)state;
	assert_filtered(other_mac);
	assert_filtered(multicast);
	assert_passes(multicast6);
	adapter_write(&adapter, TLSO_HW_REG_CTRL,
		      TLSO_HW_CTRL_ENABLE | TLSO_HW_CTRL_ALLMULTI);
	assert_filtered(other_mac);
	assert_passes(multicast);
	adapter_write(&adapter, TLSO_HW_REG_CTRL,
		      TLSO_HW_CTRL_ENABLE | TLSO_HW_CTRL_PROMISC);
	assert_passes(other_mac);
}

/* More frames than buffers: they wait in the backend, none is lost. */
static void no_buffers(void **state)
{
	uint8_t f[FRAME], got[ADAPTER_BUF];
	struct tlso_hw_rxd d;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * ADAPTER_ENTRIES; i++) {
		make_frame(f, sizeof(f), own_mac, i);
		from_wire(0, f, sizeof(f));
	}
	for (i = 0; i < 2 * ADAPTER_ENTRIES; i++) {
		make_frame(f, sizeof(f), own_mac, i);
		assert_int_equal(adapter_receive(&adapter, got, sizeof(got),
						 &d), sizeof(f));
		assert_memory_equal(got, f, sizeof(f));
	}
}

/* One frame in several buffers; nothing of it where they do not suffice. */
static void scattered(void **state)
{
	uint32_t at = adapter.mem + 0x300000;
	struct tlso_hw_rxd d = { .cap = htole32(256) };
	uint8_t f[600], got[600];
	unsigned int i;

	(void)state;
	adapter_write(&adapter, TLSO_HW_RING_REG(TLSO_HW_RING_RX,
						 TLSO_HW_RREG_CTRL), 0);
	adapter_ring_up(&adapter, TLSO_HW_RING_RX);
	for (i = 0; i < 3; i++) {
		d.addr = htole64(at + 256 * i);
		adapter_fill(&adapter, TLSO_HW_RING_RX, &d);
	}
	adapter_ring(&adapter, TLSO_HW_RING_RX);
	make_frame(f, sizeof(f), own_mac, 9);
	from_wire(0, f, sizeof(f));
	adapter_wait_entry(&adapter, TLSO_HW_RING_RX, 2, &d);
	assert_int_equal(le32toh(d.len), 600 - 512);
	assert_int_not_equal(le32toh(d.flags) & TLSO_HW_RXF_EOP, 0);
	adapter_entry(&adapter, TLSO_HW_RING_RX, 0, &d);
	assert_int_equal(le32toh(d.len), 256);
	assert_int_equal(le32toh(d.flags), TLSO_HW_RXF_DONE);
	machine_get(&machine, at, got, sizeof(got));
	assert_memory_equal(got, f, sizeof(f));
}

/* A frame that is not enabled to flow does not. */
static void disabled(void **state)
{
	const struct tlso_hw_txd d = {
		.addr = htole64(adapter.mem + 0x300000),
		.len = htole32(FRAME), .flags = htole32(TLSO_HW_TXF_EOP),
	};
	struct tlso_hw_txd got;
	uint8_t f[FRAME];
	unsigned int i;

	(void)state;
	make_frame(f, sizeof(f), other_mac, 1);
	machine_put(&machine, adapter.mem + 0x300000, f, sizeof(f));
	adapter_write(&adapter, TLSO_HW_REG_CTRL, 0);
	i = adapter_post(&adapter, TLSO_HW_RING_TX, &d);
	assert_wire_silent(0);
	adapter_write(&adapter, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_ENABLE);
	adapter_wait_entry(&adapter, TLSO_HW_RING_TX, i, &got);
	assert_on_wire(0, f, sizeof(f));
}

/* Posts one wrong frame of @n descriptors; it must be given back, be counted
 * and logged, not be sent, and not keep a good one from being sent.
 */
static void refused_frame(const void *descs, unsigned int n)
{
	const struct tlso_hw_txd *d = descs;
	uint64_t errors = adapter_counter(&adapter, TLSO_HW_C_TX_ERRORS);
	unsigned int lines = machine_log_lines(&machine, "nic0:"), i, at = 0;
	struct tlso_hw_txd done;
	uint8_t f[FRAME];

	for (i = 0; i < n; i++)
		at = adapter_fill(&adapter, TLSO_HW_RING_TX, &d[i]);
	adapter_ring(&adapter, TLSO_HW_RING_TX);
	adapter_wait_entry(&adapter, TLSO_HW_RING_TX, at, &done);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_TX_ERRORS),
			 errors + 1);
	assert_true(machine_log_lines(&machine, "nic0:") > lines);
	make_frame(f, sizeof(f), other_mac, errors);
	adapter_send(&adapter, f, sizeof(f), &plain);
	assert_on_wire(0, f, sizeof(f)); /* and nothing before it */
}

#define AT(a) .addr = htole64(a)
#define LEN(n) .len = htole32(n)
#define FLAGS(f) .flags = htole32(f)

static void bad_descriptors(void **state)
{
	uint32_t mem = adapter.mem + 0x300000;
	const struct tlso_hw_txd empty = { AT(mem), FLAGS(TLSO_HW_TXF_EOP) };
	const struct tlso_hw_txd huge = { AT(mem), LEN(0xffffffff),
					  FLAGS(TLSO_HW_TXF_EOP) };
	const struct tlso_hw_txd jumbo = { AT(mem), LEN(65535),
					   FLAGS(TLSO_HW_TXF_EOP) };
	const struct tlso_hw_txd nowhere = { AT(0x7f00000000), LEN(FRAME),
					     FLAGS(TLSO_HW_TXF_EOP) };
	const struct tlso_hw_txd self = { AT(adapter.bar0), LEN(FRAME),
					  FLAGS(TLSO_HW_TXF_EOP) };
	const struct tlso_hw_txd csum = {
		AT(mem), LEN(FRAME), FLAGS(TLSO_HW_TXF_EOP | TLSO_HW_TXF_CSUM),
		.csum_start = htole16(FRAME), .csum_offset = htole16(65535),
	};
	const struct tlso_hw_txd tso = {
		AT(mem), LEN(FRAME), FLAGS(TLSO_HW_TXF_EOP | TLSO_HW_TXF_TSO),
		.hdr_len = htole16(FRAME + 1), .mss = htole16(0),
	};
	const struct tlso_hw_txd prefix[] = {
		{ AT(mem), LEN(FRAME), FLAGS(TLSO_HW_TXF_PREFIX) },
		{ AT(mem), LEN(FRAME), FLAGS(TLSO_HW_TXF_EOP) },
	};
	const struct tlso_hw_txd late_tls[] = {
		{ AT(mem), LEN(FRAME) },
		{ AT(mem), LEN(FRAME), FLAGS(TLSO_HW_TXF_TLS) },
		{ AT(mem), LEN(FRAME), FLAGS(TLSO_HW_TXF_EOP) },
	};

	(void)state;
	refused_frame(&empty, 1);
	refused_frame(&huge, 1);
	refused_frame(&jumbo, 1);
	refused_frame(&nowhere, 1);
	refused_frame(&self, 1);
	refused_frame(&csum, 1);
	refused_frame(&tso, 1);
	refused_frame(prefix, 2);
	refused_frame(late_tls, 3);
}

/* Ethernet, IPv4 and TCP header, then one record with 40 bytes of text. */
static void make_record(uint8_t *f, size_t n)
{
	make_udp(f, n, other_mac);
	f[23] = 6;
	f[UDP_AT + 12] = 0x50;
	f[UDP_AT + 13] = 0x10;
	memcpy(f + 54, "\x17\x03\x03\x00\x38", 5);
}

/* A frame that wants TLS of a session that is none never leaves in clear. */
static void tls_without_session(void **state)
{
	const struct tlso_hw_txd_tls tls = {
		.session = htole32(77), .rec_len = htole32(5 + 40 + 16),
		.flags = htole32(TLSO_HW_TXF_TLS),
	};
	const struct tlso_hw_txd data = {
		AT(adapter.mem + 0x300000), LEN(54 + 61),
		FLAGS(TLSO_HW_TXF_EOP), .hdr_len = htole16(54),
	};
	struct tlso_hw_txd done;
	unsigned int i;
	uint8_t f[54 + 61];

	(void)state;
	make_record(f, sizeof(f));
	machine_put(&machine, adapter.mem + 0x300000, f, sizeof(f));
	adapter_fill(&adapter, TLSO_HW_RING_TX, &tls);
	i = adapter_post(&adapter, TLSO_HW_RING_TX, &data);
	adapter_wait_entry(&adapter, TLSO_HW_RING_TX, i, &done);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_TX_TLS_DROPPED),
			 1);
	assert_wire_silent(0);
	make_frame(f, sizeof(f), other_mac, 2);
	adapter_send(&adapter, f, sizeof(f), &plain);
	assert_on_wire(0, f, sizeof(f));
}

/* RX buffers that are none: survived, and good ones work afterwards. */
static void bad_rx_buffers(void **state)
{
	const struct tlso_hw_rxd nowhere = { AT(0x7f00000000),
					     .cap = htole32(2048) };
	const struct tlso_hw_rxd small = { AT(adapter.mem + 0x300000),
					   .cap = htole32(8) };
	uint8_t f[FRAME];

	(void)state;
	adapter_write(&adapter, TLSO_HW_RING_REG(TLSO_HW_RING_RX,
						 TLSO_HW_RREG_CTRL), 0);
	adapter_ring_up(&adapter, TLSO_HW_RING_RX);
	adapter_fill(&adapter, TLSO_HW_RING_RX, &nowhere);
	adapter_post(&adapter, TLSO_HW_RING_RX, &small);
	make_frame(f, sizeof(f), own_mac, 1);
	from_wire(0, f, sizeof(f));
	assert_wire_silent(0);
	adapter_write(&adapter, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	adapter_up(&adapter);
	assert_passes(own_mac);
}

static void link_state(void **state)
{
	char answer[4096];

	(void)state;
	machine_qmp(&machine, "set_link", "\"name\":\"nic0\",\"up\":false",
		    answer, sizeof(answer));
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_STATUS),
			 TLSO_HW_STATUS_READY);
	machine_qmp(&machine, "set_link", "\"name\":\"nic0\",\"up\":true",
		    answer, sizeof(answer));
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_STATUS),
			 TLSO_HW_STATUS_READY | TLSO_HW_STATUS_LINK);
	assert_passes(own_mac);
}

static void two_adapters(void **state)
{
	static const uint8_t second_mac[] = { 0x52, 0x54, 0, 0, 0, 2 };
	struct adapter a, b;
	uint8_t f[FRAME], got[ADAPTER_BUF];
	struct tlso_hw_rxd d;

	(void)state;
	machine_start(&machine, 2, "");
	adapter_map(&a, &machine, 0);
	adapter_map(&b, &machine, 1);
	adapter_up(&a);
	adapter_up(&b);
	assert_int_equal(adapter_read(&b, TLSO_HW_REG_MAC_HI), 0x0200);
	make_frame(f, sizeof(f), second_mac, 1);
	adapter_send(&a, f, sizeof(f), &plain);
	assert_on_wire(0, f, sizeof(f));
	from_wire(1, f, sizeof(f));
	assert_int_equal(adapter_receive(&b, got, sizeof(got), &d), sizeof(f));
	assert_memory_equal(got, f, sizeof(f));
	adapter_write(&a, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	make_frame(f, sizeof(f), own_mac, 2);
	adapter_send(&b, f, sizeof(f), &plain);
	assert_on_wire(1, f, sizeof(f));
	assert_int_equal(adapter_counter(&a, TLSO_HW_C_TX_FRAMES), 1);
	assert_int_equal(adapter_counter(&b, TLSO_HW_C_TX_FRAMES), 1);
	machine_stop(&machine);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(send_plain), ON(send_pieces), ON(send_csum),
		ON(receive_plain), ON(receive_csum), ON(filter),
		ON(no_buffers), ON(scattered), ON(disabled),
		ON(bad_descriptors), ON(tls_without_session),
		ON(bad_rx_buffers), ON(link_state),
		cmocka_unit_test(two_adapters),
	};

	return cmocka_run_group_tests_name("qtest net", tests, NULL, NULL);
}
