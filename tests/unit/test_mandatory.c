// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 8446 9.2 and 4.2.9: which extensions a ClientHello of TLS 1.3 must have, and the
 * two alerts: missing_extension for what must be there, handshake_failure for a PSK
 * without key exchange, which is legal and not for us.
 */
#include "chello.h"

#define DHE 1
#define KE 2 /* psk_ke */

static struct dir *t;

static int setup(void **state)
{
	(void)state;
	t = dir_new();
	t->cfg.tickets = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dir_free(t);
	return 0;
}

#define ENDS(want, ...) \
	do { \
		dir_again(t); \
		HELLO(t, __VA_ARGS__); \
		assert_int_equal(dir_alert(t), want); \
	} while (0)
#define MISSING(...) ENDS(TLSO_ALERT_MISSING_EXTENSION, __VA_ARGS__)
#define FAILS(...) ENDS(TLSO_ALERT_HANDSHAKE_FAILURE, __VA_ARGS__)
#define WORKS(...) ENDS(-1, __VA_ARGS__)

#define NO_GROUPS .groups = { OUT }
#define NO_SHARES .shares = { OUT }
#define NO_SCHEMES .schemes = { OUT }

static void test_without_psk(void **state)
{
	(void)state;
	WORKS(0);
	MISSING(NO_GROUPS);
	MISSING(NO_SHARES);
	MISSING(NO_SCHEMES);
	MISSING(NO_GROUPS, NO_SHARES);
	MISSING(NO_GROUPS, NO_SHARES, NO_SCHEMES);
	/* The modes alone make no PSK. */
	MISSING(NO_GROUPS, NO_SHARES, .psk_lost = true, .psk_mode = KE);
	/* Whatever else is wrong. */
	MISSING(NO_SCHEMES, .suites = { 0x1304 });
}

static void test_psk_ke(void **state)
{
	static const char why[] = "a session without a key exchange";

	(void)state;
	FAILS(NO_GROUPS, NO_SHARES, .psk = 1, .psk_mode = KE);
	assert_string_equal(t->d.why, why);
	FAILS(NO_GROUPS, NO_SHARES, NO_SCHEMES, .psk = 1, .psk_mode = KE);
	assert_string_equal(t->d.why, why);
	/* Not for the suites, which are looked at later. */
	FAILS(NO_GROUPS, NO_SHARES, .psk = 1, .psk_mode = KE,
	      .suites = { 0x1304 });
	assert_string_equal(t->d.why, why);
	MISSING(NO_GROUPS, .psk = 1, .psk_mode = KE);
	MISSING(NO_SHARES, .psk = 1, .psk_mode = KE);
	/* With a share it is a full handshake, and needs what that needs. */
	WORKS(.psk = 1, .psk_mode = KE);
	assert_false(t->d.resumed);
	MISSING(NO_SCHEMES, .psk = 1, .psk_mode = KE);
}

static void test_psk_dhe(void **state)
{
	static const struct ticket k = {
		0, TLSO_VERSION_13, TLSO_AES_128_GCM_SHA256, 0, 32, 7200, 5000,
		5000, 0,
	};

	(void)state;
	MISSING(NO_GROUPS, NO_SHARES, .psk = 1, .psk_mode = DHE);
	MISSING(NO_GROUPS, .psk = 1, .psk_mode = DHE);
	MISSING(NO_SHARES, .psk = 1, .psk_mode = DHE);
	MISSING(NO_SCHEMES, .psk = 1, .psk_mode = DHE); /* no ticket opened */
	dir_again(t);
	dir_ticket(t, &k, NULL);
	HELLO(t, NO_SCHEMES, .psk = 1, .psk_mode = DHE);
	assert_int_equal(dir_alert(t), -1);
	assert_true(t->d.resumed);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_without_psk),
		T(test_psk_ke),
		T(test_psk_dhe),
	};

	return cmocka_run_group_tests_name("mandatory extensions", tests, NULL,
					   NULL);
}
