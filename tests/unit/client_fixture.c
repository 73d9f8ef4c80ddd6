// SPDX-License-Identifier: GPL-2.0-only
/* A client for each test. */
#include "client_fixture.h"

struct client *c;
struct msg m;

int client_setup(void **state)
{
	(void)state;
	c = client_new();
	return 0;
}

int client_teardown(void **state)
{
	(void)state;
	client_free(c);
	return 0;
}

void takes_hello(const struct server_hello *h)
{
	client_start(c);
	make_server_hello(&m, h);
	client_takes(c, &m);
}

void refuses_hello(const struct server_hello *h, u8 alert)
{
	client_start(c);
	make_server_hello(&m, h);
	client_refuses(c, &m, alert);
}

bool has(u16 type)
{
	struct tlso_rd ext;

	return hello_ext(c, type, &ext);
}
