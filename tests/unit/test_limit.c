// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 8449: a record_size_limit of ours, once it is agreed, reaches the completer
 * in good time, in both roles and versions. What the completer makes of it:
 * test_completer_limit.c.
 */
#include "chello.h"
#include "client_peer.h"

#define V12 .v12 = true, .suites = { S12 }, .ems = true

/* Does the server's starter begin by saying that limit? 0: none is said. */
static void said(struct dir *t, unsigned int want)
{
	char text[16];

	assert_int_equal(dir_alert(t), -1);
	snprintf(text, sizeof(text), "limit%u ", want);
	if (want)
		assert_memory_equal(dir_said(t), text, strlen(text));
	else
		assert_null(strstr(dir_said(t), "limit"));
	assert_int_equal(tlso_director_own_limit(&t->d), want ? want : 16384);
	dir_again(t);
}

static void test_server(void **state)
{
	static const struct ticket k = {
		TLSO_TICKET_INDEX_12, TLSO_VERSION_12, S12, TLSO_TICKET_EMS, 32,
		7200, 5000, 0, 0,
	};
	struct dir *t = dir_new();

	(void)state;
	HELLO(t, .limit = 600);
	said(t, 0);
	t->cfg.record_size_limit = 500;
	HELLO(t, 0);
	said(t, 0);
	HELLO(t, .limit = 600);
	said(t, 499); /* less the type byte */
	HELLO(t, V12, .limit = 600);
	said(t, 500);
	t->cfg.tickets = true;
	dir_ticket(t, &k, NULL);
	HELLO(t, V12, .limit = 600, .ticket = true, .sid_len = 32);
	assert_true(t->d.resumed);
	said(t, 500);
	t->cfg.record_size_limit = 16385;
	HELLO(t, .limit = 600);
	said(t, 0);
	HELLO(t, V12, .limit = 600);
	said(t, 0);
	t->cfg.record_size_limit = 16384;
	HELLO(t, .limit = 600);
	said(t, 16383);
	HELLO(t, V12, .limit = 600);
	said(t, 0);
	dir_free(t);
}

/* A HelloRetryRequest is too soon: its starter makes no keys. */
static void test_server_retry(void **state)
{
	struct dir *t = dir_new();

	(void)state;
	t->cfg.record_size_limit = 500;
	HELLO(t, .limit = 600, .shares = { EMPTY });
	assert_null(strstr(dir_said(t), "limit"));
	HELLO(t, .limit = 600, .shares = { TLSO_GROUP_X25519 });
	said(t, 499);
	dir_free(t);
}

/* The first starter after EncryptedExtensions. */
static void client13(struct client *c, const char *exts, size_t n,
		     const char *want)
{
	struct msg m;

	client_start(c);
	make_server_hello(&m, &hello13);
	client_takes(c, &m);
	client_says(c, "RAW SHARE EPOCH1");
	make_encrypted_extensions(&m, (const u8 *)exts, n);
	client_takes(c, &m);
	assert_int_equal(c->n, 0);
	make_certificate(&m, TLSO_VERSION_13, false);
	client_takes(c, &m);
	make_certificate_verify(&m, TLSO_ECDSA_P256_SHA256);
	client_takes(c, &m);
	make_finished(&m, TLSO_VERSION_13);
	client_takes(c, &m);
	client_says(c, want);
}

static void client12(struct client *c, const char *ext, size_t n,
		     const char *want)
{
	struct server_hello h = hello12;
	struct msg m;

	h.more = (const u8 *)ext;
	h.more_len = n;
	client_start(c);
	make_server_hello(&m, &h);
	client_takes(c, &m);
	client_says(c, want);
}

static void test_client(void **state)
{
	struct client *c = client_new();

	(void)state;
	c->cfg.record_size_limit = 500;
	client13(c, NULL, 0, "M20 EPOCH2");
	client13(c, EXT("\0\x1c\0\2\x40\1"), "LIMIT499 M20 EPOCH2");
	client12(c, NULL, 0, "");
	client12(c, EXT("\0\x1c\0\2\x40\0"), "LIMIT500");
	c->cfg.record_size_limit = 16385;
	client13(c, EXT("\0\x1c\0\2\x40\1"), "M20 EPOCH2");
	client12(c, EXT("\0\x1c\0\2\x40\0"), "");
	client_free(c);
}

/* The completer found one that was too long before it knew of the limit. */
static void test_client_refused(void **state)
{
	struct client *c = client_new();

	(void)state;
	c->cfg.record_size_limit = 500;
	client13(c, EXT("\0\x1c\0\2\x40\1"), "LIMIT499 M20 EPOCH2");
	assert_int_equal(tlso_director_refused(&c->d, TLSO_E_OVERFLOW, c->out,
					       sizeof(c->out), &c->n, &c->wire),
			 TLSO_STEP_FAIL);
	assert_int_equal(c->d.alert, TLSO_ALERT_RECORD_OVERFLOW);
	client_says(c, "ALERT");
	/* Under the handshake's keys: nothing of that starter was done. */
	assert_int_equal(c->d.write_epoch, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(c->wire, 5 + 2 + 17); /* header, alert, type, tag */
	client_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_server_retry),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_client_refused),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
