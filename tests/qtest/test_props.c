// SPDX-License-Identifier: GPL-2.0-only
/*
 * Properties of the device: sizes, synchronous work, seed, and that each fault
 * that can be asked for strikes where it says.
 */
#include <endian.h>
#include <string.h>
#include <sys/socket.h>
#include "adapter.h"

static struct machine machine;
static struct adapter adapter;

static int teardown(void **state)
{
	(void)state;
	machine_stop(&machine);
	return 0;
}

static void up(const char *props)
{
	machine_start(&machine, 1, props);
	adapter_map(&adapter, &machine, 0);
	adapter_up(&adapter);
}

static unsigned int post_nop(void)
{
	const struct command nop = { .opcode = TLSO_HW_MB_NOP };
	struct tlso_hw_mbox e;

	adapter_command_entry(&adapter, &nop, &e);
	return adapter_post(&adapter, TLSO_HW_RING_MBOX, &e);
}

static bool done(unsigned int i)
{
	struct tlso_hw_mbox e;

	adapter_entry(&adapter, TLSO_HW_RING_MBOX, i, &e);
	return le32toh(e.flags) & TLSO_HW_MBF_DONE;
}

static enum tlso_hw_status status(unsigned int i)
{
	struct tlso_hw_mbox e;

	adapter_wait_entry(&adapter, TLSO_HW_RING_MBOX, i, &e);
	return le32toh(e.status);
}

static void sizes(void **state)
{
	(void)state;
	up(",key-slots=3,sessions=100");
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_KEY_SLOTS), 3);
	assert_int_equal(adapter_read(&adapter, TLSO_HW_REG_SESSIONS), 100);
}

/* Nothing is waited for: all is done when the register write returns. */
static void synchronous(void **state)
{
	unsigned int i;

	(void)state;
	up(",sync=on");
	for (i = 0; i < 20; i++)
		assert_true(done(post_nop()));
}

static void seeds(void **state)
{
	(void)state;
	up(",seed=0123456789abcdef");
	assert_int_equal(status(post_nop()), TLSO_HW_ST_OK);
	assert_true(machine_refuses("tls-offload,seed=xyz", "seed"));
	assert_true(machine_refuses("tls-offload,seed=123", "seed"));
	assert_true(machine_refuses("tls-offload,seed=", "seed"));
	assert_true(machine_refuses("tls-offload,key-slots=x", "key-slots"));
}

static void fail_command(void **state)
{
	(void)state;
	up(",fault-fail-command=3");
	assert_int_equal(status(post_nop()), TLSO_HW_ST_OK);
	assert_int_equal(status(post_nop()), TLSO_HW_ST_OK);
	assert_int_equal(status(post_nop()), TLSO_HW_ST_FAULT);
	assert_int_equal(status(post_nop()), TLSO_HW_ST_OK);
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_FAULTS_INJECTED),
			 1);
}

static void drop_command(void **state)
{
	unsigned int dropped;

	(void)state;
	up(",fault-drop-command=2");
	assert_int_equal(status(post_nop()), TLSO_HW_ST_OK);
	dropped = post_nop();
	assert_int_equal(status(post_nop()), TLSO_HW_ST_OK);
	assert_false(done(dropped));
}

static void drop_frame(void **state)
{
	uint8_t f[100] = { 255, 255, 255, 255, 255, 255 };
	uint8_t got[ADAPTER_BUF];
	struct tlso_hw_rxd d;
	unsigned int i;

	(void)state;
	up(",fault-drop-frame=2");
	for (i = 1; i <= 5; i++) {
		f[99] = i;
		assert_int_equal(send(machine.nic[0], f, sizeof(f), 0),
				 sizeof(f));
	}
	for (i = 1; i <= 5; i += 2) {
		adapter_receive(&adapter, got, sizeof(got), &d);
		assert_int_equal(got[99], i);
	}
	assert_int_equal(adapter_counter(&adapter, TLSO_HW_C_FAULTS_INJECTED),
			 2);
}

static void slow_command(void **state)
{
	unsigned int i;

	(void)state;
	up(",fault-delay-us=300000");
	i = post_nop();
	assert_false(done(i));
	assert_int_equal(status(i), TLSO_HW_ST_OK);
}

/* A value that the properties show is the one that was asked for. */
static void visible(void **state)
{
	static const char *const names[] = {
		"sessions", "key-slots", "fault-drop-command",
		"fault-fail-command", "fault-drop-event",
		"fault-corrupt-record", "fault-purge-record",
		"fault-drop-frame", "fault-reset-record", "fault-delay-us",
	};
	char props[512] = "", ask[256], answer[4096], want[64];
	unsigned int i, n = ARRAY_SIZE(names);

	(void)state;
	for (i = 0; i < n; i++)
		sprintf(props + strlen(props), ",%s=%u", names[i], 50 + i);
	up(props);
	for (i = 0; i < n; i++) {
		snprintf(ask, sizeof(ask),
			 "\"path\":\"nic0\",\"property\":\"%s\"", names[i]);
		machine_qmp(&machine, "qom-get", ask, answer, sizeof(answer));
		snprintf(want, sizeof(want), "\"return\": %u}", 50 + i);
		assert_non_null(strstr(answer, want));
	}
}

#define ON(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(sizes), ON(synchronous), ON(seeds), ON(fail_command),
		ON(drop_command), ON(drop_frame), ON(slow_command), ON(visible),
	};

	return cmocka_run_group_tests_name("qtest props", tests, NULL, NULL);
}
