// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 5746: a client of TLS 1.2 takes no server that does not know secure
 * renegotiation, unless it is told to. What the extension must hold:
 * test_client_hello.c.
 */
#include "client_fixture.h"

static void test_full(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	takes_hello(&h);
	h.reneg = false;
	refuses_hello(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
	assert_non_null(strstr(c->d.why, "secure renegotiation"));
	/* Nor one without any extension. */
	h.ems = false;
	refuses_hello(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
	c->cfg.unsafe_servers = true;
	takes_hello(&h);
}

/* In a resumed handshake as well. */
static void test_resumed(void **state)
{
	struct server_hello h = hello12;

	(void)state;
	client_resumes(c, TLSO_VERSION_12, S12);
	h.no_echo = false;
	takes_hello(&h);
	assert_true(c->d.resumed);
	h.reneg = false;
	refuses_hello(&h, TLSO_ALERT_HANDSHAKE_FAILURE);
}

/* TLS 1.3 has no renegotiation, and no such extension. */
static void test_13(void **state)
{
	(void)state;
	takes_hello(&hello13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_full),
		T(test_resumed),
		T(test_13),
	};

	return cmocka_run_group_tests_name("client renegotiation", tests, NULL,
					   NULL);
}
