// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traces of RFC 8448, judged by directors of either side: they get what a
 * completer made of the trace, and say what is to come next. What they would write is
 * not the trace's to the byte, but the same messages with the same choices.
 *
 * Certificates with RSA keys of 1024 bits are refused, here as anywhere: with these,
 * a trace ends there.
 */
#include "chello.h"
#include "trace.h"

#define SAYS(t, want) assert_string_equal(dir_said(t), want)

static u8 leaf[1024];
static struct tlso_id id;

/* Our identity is the one of @side. */
static void identity(struct dir *t, const struct trace_side *side, u8 type)
{
	u8 msg[1024];
	size_t n = hex(side->certificate, msg) - 4 - 1 - 3 - 3 - 2;

	/* One certificate without extensions (RFC 8446 4.4.2). */
	assert_int_equal(n, msg[8] << 16 | msg[9] << 8 | msg[10]);
	memcpy(leaf, msg + 11, n);
	id = (struct tlso_id){ type, 1024, 1, { { leaf, n } } };
	t->cfg.ids = &id;
	t->cfg.n_ids = 1;
}

static struct dir *trace_dir(void)
{
	struct dir *t = dir_new();

	t->cfg.versions = TLSO_USE_13;
	t->cfg.record_size_limit = 0x4001;
	t->cfg.n_ids = 0;
	/* What is in these certificates is believed. */
	t->cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
	return t;
}

static struct dir *client_dir(void)
{
	struct dir *t = trace_dir();

	t->cfg.client = true;
	t->cfg.name = "server";
	t->cfg.name_len = 6;
	return t;
}

static void start(struct dir *t)
{
	dir_again(t);
	t->r = tlso_director_start(&t->d, t->out, sizeof(t->out), &t->n,
				   &t->wire);
	assert_int_equal(t->r, TLSO_STEP_SEND);
}

/* The @i-th segment of @h goes to @t. */
static void give(struct dir *t, const struct half *h, unsigned int i)
{
	const struct tlso_finished *f = &h->got[i].f;
	struct tlso_rd echo;

	assert_true(i < h->n_got);
	memcpy(t->extra, f->extra, f->extra_len);
	t->extra_len = f->extra_len;
	/* Where the trace's client has no session id to be echoed: ours has. */
	if (t->cfg.client && f->type == TLSO_HS_SERVER_HELLO &&
	    !tlso_finished_extra(f, TLSO_EXTRA_SESSION_ECHO, 0, &echo)) {
		memcpy(t->extra, "\3\0\0\1\1", 5);
		t->extra_len = 5;
	}
	dir_give(t, f->type, f->epoch, f->ops, f->body, f->len);
}

/* What @t is to send holds the message @text, or at least @text. */
static void holds(struct dir *t, u8 type, const char *text)
{
	u8 want[1024];
	size_t n = hex(text, want), len;
	const u8 *p = dir_msg(t, type, &len);

	assert_non_null(p);
	while (len >= n && memcmp(p, want, n)) {
		p++;
		len--;
	}
	assert_true(len >= n);
}

static void test_retry_server(void **state)
{
	struct half *h = trace_server(&trace_retry, 100);
	struct dir *t = trace_dir();

	(void)state;
	t->cfg.n_groups = 1;
	t->cfg.groups[0] = TLSO_GROUP_P256;
	identity(t, &trace_retry.server, TLSO_KEY_RSA);
	dir_again(t);
	give(t, h, 0);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t, "SH(retry)");
	holds(t, TLSO_HS_SERVER_HELLO, "cf21ad74e59a6111be1d8c021e65b891c2a2"
				       "11167abb8c5e079e09e2c8a8339c001301");
	holds(t, TLSO_HS_SERVER_HELLO, "003300020017");
	give(t, h, 1);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t, "SH(random32 share23) e1 EE CERT CV(sign804 by 0) FIN(mac32) e2");
	holds(t, TLSO_HS_CERTIFICATE, trace_retry.server.certificate);
	holds(t, TLSO_HS_ENCRYPTED_EXTENSIONS, "001c00024001");
	assert_int_equal(t->d.peer_limit, 0x4001);
	assert_int_equal(t->d.name_len, 6);
	assert_memory_equal(t->d.name, "server", 6);
	give(t, h, 2);
	assert_int_equal(t->r, TLSO_STEP_DONE);
	assert_int_equal(t->d.suite, TLSO_AES_128_GCM_SHA256);
	assert_int_equal(t->d.group, TLSO_GROUP_P256);
	assert_int_equal(t->d.scheme, TLSO_RSA_PSS_RSAE_SHA256);
	dir_free(t);
	half_free(h);
}

static void test_retry_client(void **state)
{
	struct half *h = trace_client(&trace_retry, 100);
	struct dir *t = client_dir();

	(void)state;
	start(t);
	SAYS(t, "CH(random32 random32 key29)");
	give(t, h, 0);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t, "ccs CH(random32 random32 key23)");
	/* The cookie goes back as it came (RFC 8446 4.2.2). */
	holds(t, TLSO_HS_CLIENT_HELLO,
	      "002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096"
	      "f8aacad365dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d137"
	      "abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c8be778257d16aa30"
	      "30e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0");
	give(t, h, 1);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t, "share23:65 e1");
	give(t, h, 2);
	assert_int_equal(t->r, TLSO_STEP_WAIT);
	assert_int_equal(t->d.peer_limit, 0x4001);
	give(t, h, 3);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNSUPPORTED_CERTIFICATE);
	dir_free(t);
	half_free(h);
}

static void test_auth_server(void **state)
{
	struct half *h = trace_server(&trace_auth, 100);
	struct dir *t = trace_dir();

	(void)state;
	t->cfg.client_auth = TLSO_AUTH_REQUIRE;
	identity(t, &trace_auth.server, TLSO_KEY_P256);
	dir_again(t);
	give(t, h, 0);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t, "SH(random32 share29) e1 EE CR CERT CV(sign403 by 0) FIN(mac32) e2");
	holds(t, TLSO_HS_CERTIFICATE, trace_auth.server.certificate);
	give(t, h, 1);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNSUPPORTED_CERTIFICATE);
	dir_free(t);
	half_free(h);
}

static void test_auth_client(void **state)
{
	struct half *h = trace_client(&trace_auth, 100);
	struct dir *t = client_dir();
	unsigned int i;

	(void)state;
	identity(t, &trace_auth.client, TLSO_KEY_RSA);
	start(t);
	SAYS(t, "CH(random32 random32 key29)");
	give(t, h, 0);
	SAYS(t, "ccs share29:32 e1");
	/* EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify */
	for (i = 1; i < 5; i++) {
		assert_false(t->d.peer_verified);
		give(t, h, i);
		assert_int_equal(t->r, TLSO_STEP_WAIT);
	}
	assert_true(t->d.peer_verified);
	assert_int_equal(t->d.peer_scheme, TLSO_ECDSA_P256_SHA256);
	give(t, h, 5);
	assert_int_equal(t->r, TLSO_STEP_LAST);
	SAYS(t, "CERT CV(sign804 by 0) FIN(mac32) e2");
	holds(t, TLSO_HS_CERTIFICATE, trace_auth.client.certificate);
	dir_free(t);
	half_free(h);
}

static void test_compat_server(void **state)
{
	struct half *h = trace_server(&trace_compat, 100);
	struct dir *t = trace_dir();

	(void)state;
	identity(t, &trace_compat.server, TLSO_KEY_RSA);
	dir_again(t);
	give(t, h, 0);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t,
	     "SH(random32 share29) ccs e1 EE CERT CV(sign804 by 0) FIN(mac32) e2");
	/* The client's session id, and the suite behind it. */
	holds(t, TLSO_HS_SERVER_HELLO, "20a80c165581a8e0d06c0018d54d3a06dd32cf"
				       "d4051eb026fad3fd0ba99269e6ef1301");
	give(t, h, 1);
	assert_int_equal(t->r, TLSO_STEP_DONE);
	dir_free(t);
	half_free(h);
}

static void test_compat_client(void **state)
{
	struct half *h = trace_client(&trace_compat, 100);
	struct dir *t = client_dir();

	(void)state;
	start(t);
	SAYS(t, "CH(random32 random32 key29)");
	give(t, h, 0);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS(t, "ccs share29:32 e1");
	give(t, h, 1);
	assert_int_equal(t->r, TLSO_STEP_WAIT);
	give(t, h, 2);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNSUPPORTED_CERTIFICATE);
	dir_free(t);
	half_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_server),
		cmocka_unit_test(test_retry_client),
		cmocka_unit_test(test_auth_server),
		cmocka_unit_test(test_auth_client),
		cmocka_unit_test(test_compat_server),
		cmocka_unit_test(test_compat_client),
	};

	return cmocka_run_group_tests_name("rfc8448_dir", tests, NULL, NULL);
}
