// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mailbox over the bus: completion, order of the ring, interrupts, what is
 * wrong with a command and its input, and a session's life as far as it goes
 * without a handshake.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "adapter.h"

#define KEY_SLOT 5
#define SESSION 0x2a
#define NOWHERE 0x7f00000000ull /* no memory there */

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

static enum tlso_hw_status run(const struct command *c)
{
	struct tlso_hw_mbox e;

	return adapter_command(&adapter, c, &e);
}

static enum tlso_hw_status simple(enum tlso_hw_opcode opcode, uint32_t session,
				  uint32_t arg)
{
	return run(&(struct command){ .opcode = opcode, .session = session,
				      .arg = arg });
}

static void nop(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3 * ADAPTER_ENTRIES; i++)
		assert_int_equal(simple(TLSO_HW_MB_NOP, 0, 0), TLSO_HW_ST_OK);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_COMMANDS), i);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_GUEST_ERRORS), 0);
}

static void full_ring(void **state)
{
	const struct command c = { .opcode = TLSO_HW_MB_NOP };
	struct tlso_hw_mbox e;
	unsigned int i;

	(void)state;
	for (i = 0; i < ADAPTER_ENTRIES - 1; i++) {
		adapter_command_entry(&adapter, &c, &e);
		adapter_fill(&adapter, TLSO_HW_RING_MBOX, &e);
	}
	adapter_ring(&adapter, TLSO_HW_RING_MBOX);
	for (i = 0; i < ADAPTER_ENTRIES - 1; i++) {
		adapter_wait_entry(&adapter, TLSO_HW_RING_MBOX, i, &e);
		assert_int_equal(le32toh(e.status), TLSO_HW_ST_OK);
	}
	i = adapter_read(&adapter, TLSO_HW_RING_REG(TLSO_HW_RING_MBOX,
						    TLSO_HW_RREG_HEAD));
	assert_int_equal(i, ADAPTER_ENTRIES - 1);
}

static void bad_opcodes(void **state)
{
	(void)state;
	assert_int_equal(simple(TLSO_HW_MB_QUERY + 1, 0, 0),
			 TLSO_HW_ST_BAD_OPCODE);
	assert_int_equal(simple(0xffff, 0, 0), TLSO_HW_ST_BAD_OPCODE);
	assert_int_equal(simple(TLSO_HW_MB_NOP, 0, 0), TLSO_HW_ST_OK);
}

static void interrupts(void **state)
{
	unsigned int v = TLSO_HW_RING_MBOX;
	uint32_t arm = TLSO_HW_RING_REG(v, TLSO_HW_RREG_ARM);

	(void)state;
	simple(TLSO_HW_MB_NOP, 0, 0);
	assert_int_equal(adapter_vector(&adapter, v), 0); /* never armed */
	adapter_write(&adapter, arm, 0); /* completed already: at once */
	adapter_wait_vector(&adapter, v);
	simple(TLSO_HW_MB_NOP, 0, 0); /* not armed again */
	simple(TLSO_HW_MB_NOP, 0, 0);
	assert_int_equal(adapter_vector(&adapter, v), 0);
	adapter_write(&adapter, arm, 3);
	adapter_wait_vector(&adapter, v);
	adapter_write(&adapter, arm, 3); /* nothing new: at the next one */
	assert_int_equal(adapter_vector(&adapter, v), 0);
	simple(TLSO_HW_MB_NOP, 0, 0);
	adapter_wait_vector(&adapter, v);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_BUS_INTERRUPTS),
			 3);
}

/* A masked vector is pending until it is unmasked. */
static void masked(void **state)
{
	unsigned int v = TLSO_HW_RING_MBOX;

	(void)state;
	machine_writel(&machine, adapter.bar4 + 16 * v + 12, 1);
	adapter_write(&adapter, TLSO_HW_RING_REG(v, TLSO_HW_RREG_ARM), 0);
	simple(TLSO_HW_MB_NOP, 0, 0);
	simple(TLSO_HW_MB_NOP, 0, 0);
	assert_int_equal(adapter_vector(&adapter, v), 0);
	machine_writel(&machine, adapter.bar4 + 16 * v + 12, 0);
	adapter_wait_vector(&adapter, v);
}

static void bad_lengths(void **state)
{
	struct command c = { .opcode = TLSO_HW_MB_LOAD_KEY, .arg = 0 };

	(void)state;
	c.in_len = TLSO_HW_MBOX_IN_MAX + 1;
	assert_int_equal(run(&c), TLSO_HW_ST_BAD_ARG);
	c.in_len = 0xffffffff;
	assert_int_equal(run(&c), TLSO_HW_ST_BAD_ARG);
	c.in_len = 64;
	c.in_addr = NOWHERE;
	assert_int_equal(run(&c), TLSO_HW_ST_DMA);
	c.in_addr = UINT64_MAX - 16;
	assert_int_equal(run(&c), TLSO_HW_ST_DMA);
	assert_int_equal(simple(TLSO_HW_MB_NOP, 0, 0), TLSO_HW_ST_OK);
}

/* RFC 6979 A.2.5, in the format of kmod/core/seam.h. */
static const uint8_t key[] = {
	0x01, 0x02, 0x00, 0x00,
	0x00, 0x20,
	0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16,
	0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
	0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12,
	0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
	0x00, 0x41, 0x04,
	0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31,
	0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68,
	0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c,
	0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6,
	0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99,
	0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64,
	0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51,
	0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
};

static size_t key_blob(uint8_t *blob)
{
	memcpy(blob, key, sizeof(key));
	return sizeof(key);
}

static enum tlso_hw_status load(const uint8_t *blob, size_t n, uint32_t slot)
{
	return run(&(struct command){ .opcode = TLSO_HW_MB_LOAD_KEY,
				      .arg = slot, .in = blob, .in_len = n });
}

static void keys(void **state)
{
	uint8_t blob[256], bad[256];
	size_t n = key_blob(blob), i;

	(void)state;
	for (i = 0; i < sizeof(bad); i++)
		bad[i] = 37 * i;
	assert_int_equal(load(bad, sizeof(bad), KEY_SLOT), TLSO_HW_ST_BAD_KEY);
	memcpy(bad, blob, n);
	bad[n - 1] ^= 1; /* not on the curve */
	assert_int_equal(load(bad, n, KEY_SLOT), TLSO_HW_ST_BAD_KEY);
	assert_int_equal(load(blob, n - 1, KEY_SLOT), TLSO_HW_ST_BAD_KEY);
	assert_int_equal(load(blob, n, 64), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(load(blob, n, KEY_SLOT), TLSO_HW_ST_OK);
	assert_int_equal(load(blob, n, KEY_SLOT), TLSO_HW_ST_EXISTS);
	assert_int_equal(simple(TLSO_HW_MB_UNLOAD_KEY, 0, 64),
			 TLSO_HW_ST_BAD_ARG);
	assert_int_equal(simple(TLSO_HW_MB_UNLOAD_KEY, 0, KEY_SLOT),
			 TLSO_HW_ST_OK);
	assert_int_equal(simple(TLSO_HW_MB_UNLOAD_KEY, 0, KEY_SLOT),
			 TLSO_HW_ST_BAD_KEY);
}

static struct tlso_hw_start good_start(void)
{
	return (struct tlso_hw_start){
		.family = 4,
		.role = TLSO_HW_ROLE_SERVER,
		.mode = TLSO_HW_MODE_DIRECTED,
		.versions = TLSO_HW_VER_TLS13,
		.ops = htole32(adapter_read(&adapter, TLSO_HW_REG_OPS)),
		.key_slot = htole32(KEY_SLOT),
		.rx_seq = htole32(5000),
		.local_port = htons(8443),
		.remote_port = htons(40000),
		.local_addr = { 10, 0, 0, 1 },
		.remote_addr = { 10, 0, 0, 2 },
		.n_suites = 1,
		.suites = { htole16(0x1301) },
	};
}

static enum tlso_hw_status start_len(const struct tlso_hw_start *s,
				     uint32_t session, size_t n)
{
	return run(&(struct command){ .opcode = TLSO_HW_MB_START_SSL,
				      .session = session, .in = s,
				      .in_len = n });
}

static enum tlso_hw_status start(const struct tlso_hw_start *s,
				 uint32_t session)
{
	return start_len(s, session, sizeof(*s));
}

#define REFUSED(field, value, status) do {				\
		struct tlso_hw_start bad = good_start();		\
		bad.field = (value);					\
		assert_int_equal(start(&bad, SESSION), (status));	\
	} while (0)

static void bad_starts(void **state)
{
	struct tlso_hw_start s = good_start();
	uint8_t blob[256];

	(void)state;
	assert_int_equal(start(&s, SESSION), TLSO_HW_ST_BAD_KEY); /* none */
	assert_int_equal(load(blob, key_blob(blob), KEY_SLOT), TLSO_HW_ST_OK);
	REFUSED(family, 5, TLSO_HW_ST_BAD_ARG);
	REFUSED(role, 9, TLSO_HW_ST_BAD_ARG);
	REFUSED(role, TLSO_HW_ROLE_CLIENT, TLSO_HW_ST_UNSUPPORTED);
	REFUSED(role, TLSO_HW_ROLE_SERVER_CLIENT_AUTH, TLSO_HW_ST_UNSUPPORTED);
	REFUSED(mode, 7, TLSO_HW_ST_BAD_ARG);
	REFUSED(mode, TLSO_HW_MODE_AUTONOMOUS, TLSO_HW_ST_UNSUPPORTED);
	REFUSED(versions, TLSO_HW_VER_TLS12, TLSO_HW_ST_UNSUPPORTED);
	REFUSED(n_suites, TLSO_HW_SUITES_MAX + 1, TLSO_HW_ST_BAD_ARG);
	REFUSED(ops, 0, TLSO_HW_ST_UNSUPPORTED);
	REFUSED(key_slot, htole32(KEY_SLOT + 1), TLSO_HW_ST_BAD_KEY);
	REFUSED(key_slot, htole32(64), TLSO_HW_ST_BAD_KEY);
	assert_int_equal(start_len(&s, SESSION, sizeof(s) - 1),
			 TLSO_HW_ST_BAD_ARG);
	assert_int_equal(start_len(&s, SESSION, 0), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_SESSIONS_PENDING),
			 0);
	assert_int_equal(start(&s, SESSION), TLSO_HW_ST_OK);
}

static void no_session(void **state)
{
	const struct command query = {
		.opcode = TLSO_HW_MB_QUERY, .session = SESSION,
		.out_cap = sizeof(struct tlso_hw_session_info),
	};

	(void)state;
	assert_int_equal(run(&query), TLSO_HW_ST_NO_SESSION);
	assert_int_equal(simple(TLSO_HW_MB_STOP_SSL, SESSION, 0),
			 TLSO_HW_ST_NO_SESSION);
	assert_int_equal(run(&(struct command){
				.opcode = TLSO_HW_MB_STARTER,
				.session = SESSION, .in = "x", .in_len = 1,
				.out_cap = 64 }),
			 TLSO_HW_ST_NO_SESSION);
	assert_int_equal(run(&(struct command){
				.opcode = TLSO_HW_MB_INBOUND,
				.session = SESSION, .in = "x", .in_len = 1 }),
			 TLSO_HW_ST_NO_SESSION);
}

static void session_life(void **state)
{
	struct command query = {
		.opcode = TLSO_HW_MB_QUERY, .session = SESSION,
		.out_cap = sizeof(struct tlso_hw_session_info),
	};
	struct tlso_hw_start s = good_start();
	struct tlso_hw_session_info info;
	struct tlso_hw_mbox e;
	uint8_t blob[256];

	(void)state;
	assert_int_equal(load(blob, key_blob(blob), KEY_SLOT), TLSO_HW_ST_OK);
	assert_int_equal(start(&s, SESSION), TLSO_HW_ST_OK);
	assert_int_equal(start(&s, SESSION), TLSO_HW_ST_EXISTS);
	assert_int_equal(start(&s, SESSION + 1), TLSO_HW_ST_EXISTS); /* tuple */
	assert_int_equal(adapter_command(&adapter, &query, &e), TLSO_HW_ST_OK);
	assert_int_equal(le32toh(e.out_len), sizeof(info));
	adapter_output(&adapter, &info, sizeof(info));
	assert_int_equal(le32toh(info.state), TLSO_HW_SESSION_PENDING);
	assert_int_equal(le32toh(info.rx_seq), 5000);
	query.out_cap = sizeof(info) - 1;
	assert_int_equal(run(&query), TLSO_HW_ST_NO_SPACE);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_SESSIONS_PENDING),
			 1);
	assert_int_equal(simple(TLSO_HW_MB_STOP_SSL, SESSION, 0),
			 TLSO_HW_ST_OK);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_SESSIONS_PENDING),
			 0);
	assert_int_equal(start(&s, SESSION), TLSO_HW_ST_OK); /* id is free */
}

/* Bytes that are no TLS fail the session, with an event that says so. */
static void inbound_garbage(void **state)
{
	static const char garbage[] = "GET / HTTP/1.1\r\n\r\n";
	struct tlso_hw_start s = good_start();
	struct tlso_hw_event ev;
	uint8_t blob[256];

	(void)state;
	assert_int_equal(load(blob, key_blob(blob), KEY_SLOT), TLSO_HW_ST_OK);
	assert_int_equal(start(&s, SESSION), TLSO_HW_ST_OK);
	adapter_write(&adapter, TLSO_HW_RING_REG(TLSO_HW_RING_EVENT,
						 TLSO_HW_RREG_ARM), 0);
	assert_int_equal(run(&(struct command){
				.opcode = TLSO_HW_MB_INBOUND,
				.session = SESSION, .arg = 5000,
				.in = garbage, .in_len = strlen(garbage) }),
			 TLSO_HW_ST_OK);
	adapter_wait_entry(&adapter, TLSO_HW_RING_EVENT, 0, &ev);
	assert_int_equal(le32toh(ev.session), SESSION);
	assert_int_equal(le16toh(ev.type), TLSO_HW_EV_FINISHED);
	adapter_wait_vector(&adapter, TLSO_HW_RING_EVENT);
	assert_int_equal(adapter_counter(&adapter,
					 TLSO_HW_C_HANDSHAKES_FAILED), 1);
	assert_int_equal(simple(TLSO_HW_MB_STOP_SSL, SESSION, 0),
			 TLSO_HW_ST_OK);
}

/* A record whose ClientHello is none; each one is a job off the main loop. */
static void post_work(unsigned int n)
{
	static const uint8_t record[] = { 0x16, 3, 1, 0, 8, 1, 0, 0, 4,
					  3, 3, 9, 9 };
	struct tlso_hw_start s = good_start();
	struct tlso_hw_mbox e;
	unsigned int i;

	for (i = 1; i <= n; i++) {
		s.remote_port = htons(40000 + i);
		assert_int_equal(start(&s, i), TLSO_HW_ST_OK);
	}
	for (i = 1; i <= n; i++) {
		adapter_command_entry(&adapter, &(struct command){
			.opcode = TLSO_HW_MB_INBOUND, .session = i,
			.arg = 5000, .in = record, .in_len = sizeof(record),
		}, &e);
		adapter_fill(&adapter, TLSO_HW_RING_MBOX, &e);
	}
	adapter_ring(&adapter, TLSO_HW_RING_MBOX);
}

/* Work that is under way when the adapter is reset comes to nothing. */
static void reset_under_work(void **state)
{
	uint8_t blob[256];
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		assert_int_equal(load(blob, key_blob(blob), KEY_SLOT),
				 TLSO_HW_ST_OK); /* keys were forgotten */
		post_work(ADAPTER_ENTRIES - 2);
		adapter_write(&adapter, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
		adapter_up(&adapter);
		assert_int_equal(simple(TLSO_HW_MB_STOP_SSL, 1, 0),
				 TLSO_HW_ST_NO_SESSION);
	}
}

static void system_reset_under_work(void **state)
{
	uint8_t blob[256];

	(void)state;
	assert_int_equal(load(blob, key_blob(blob), KEY_SLOT), TLSO_HW_ST_OK);
	post_work(ADAPTER_ENTRIES - 2);
	machine_reset(&machine);
	adapter_map(&adapter, &machine, 0);
	adapter_up(&adapter);
	assert_int_equal(simple(TLSO_HW_MB_STOP_SSL, 1, 0),
			 TLSO_HW_ST_NO_SESSION);
}

static int setup_pc(void **state)
{
	machine.type = "pc"; /* its slots can be ejected */
	return setup(state);
}

static int teardown_pc(void **state)
{
	machine.type = NULL;
	return teardown(state);
}

#define EJECT_BUS 0xae10
#define EJECT_SLOTS 0xae08

/* Unplugged with work under way, and another one plugged in its place. */
static void unplug_under_work(void **state)
{
	static const char second[] =
		"\"driver\":\"tls-offload\",\"netdev\":\"net0\",\"addr\":\"4\"";
	uint8_t blob[256];
	char answer[4096];

	(void)state;
	assert_int_equal(load(blob, key_blob(blob), KEY_SLOT), TLSO_HW_ST_OK);
	post_work(ADAPTER_ENTRIES - 2);
	machine_qmp(&machine, "device_del", "\"id\":\"nic0\"", answer,
		    sizeof(answer));
	machine_write_as(&machine, "outl", EJECT_BUS, 0);
	machine_write_as(&machine, "outl", EJECT_SLOTS, 1 << adapter.slot);
	assert_int_equal(machine_config_readl(&machine, adapter.slot, 0),
			 0xffffffff);
	machine_qmp(&machine, "device_add", second, answer, sizeof(answer));
	adapter_map(&adapter, &machine, 0);
	adapter_up(&adapter);
	assert_int_equal(simple(TLSO_HW_MB_STOP_SSL, 1, 0),
			 TLSO_HW_ST_NO_SESSION);
}

/* Session keys that are none do not make a session. */
static void bad_reinstate(void **state)
{
	struct {
		struct tlso_hw_start start;
		uint8_t keys[100];
	} in = { .start = good_start() };
	struct command c = {
		.opcode = TLSO_HW_MB_REINSTATE, .session = SESSION,
		.in = &in, .in_len = sizeof(in.start),
	};

	(void)state;
	assert_int_equal(run(&c), TLSO_HW_ST_BAD_ARG);
	c.in_len = sizeof(in);
	assert_int_equal(run(&c), TLSO_HW_ST_BAD_ARG);
	memset(in.keys, 0xff, sizeof(in.keys));
	assert_int_equal(run(&c), TLSO_HW_ST_BAD_ARG);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_SESSIONS_ACTIVE),
			 0);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(nop), ON(full_ring), ON(bad_opcodes), ON(interrupts),
		ON(masked), ON(bad_lengths), ON(keys), ON(bad_starts),
		ON(no_session), ON(session_life), ON(inbound_garbage),
		ON(bad_reinstate), ON(reset_under_work),
		ON(system_reset_under_work),
		cmocka_unit_test_setup_teardown(unplug_under_work, setup_pc,
						teardown_pc),
	};

	return cmocka_run_group_tests_name("qtest mbox", tests, NULL, NULL);
}
