/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the tests of the client's director: a client of its own for each
 * test, and a message to be given to it.
 */
#ifndef TLSO_TEST_CLIENT_FIXTURE_H
#define TLSO_TEST_CLIENT_FIXTURE_H

#include "client_peer.h"

extern struct client *c;
extern struct msg m;

int client_setup(void **state);
int client_teardown(void **state);
/* A handshake from its start: @h is taken, or ends it with @alert. */
void takes_hello(const struct server_hello *h);
void refuses_hello(const struct server_hello *h, u8 alert);
/* Is that extension in the ClientHello just sent? */
bool has(u16 type);

#define T(f) cmocka_unit_test_setup_teardown(f, client_setup, client_teardown)

#endif /* TLSO_TEST_CLIENT_FIXTURE_H */
