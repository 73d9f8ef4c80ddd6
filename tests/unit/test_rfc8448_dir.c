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

#define SAYS(want) assert_string_equal(dir_said(t), want)

static struct half *h; /* what the completer made of the trace */
static struct dir *t; /* the director that gets it */
static u8 leaf[1024];
static struct tlso_id id;

/* Our identity is the one of @side. */
static void identity(const struct trace_side *side, u8 type)
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

static void director(void)
{
	t = dir_new();
	t->cfg.versions = TLSO_USE_13;
	t->cfg.record_size_limit = 0x4001;
	t->cfg.n_ids = 0;
	/* What is in these certificates is believed. */
	t->cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
}

/* The server of @trace, with a key of @type. */
static void server(const struct trace *trace, u8 type)
{
	h = trace_server(trace, 100);
	director();
	identity(&trace->server, type);
	dir_again(t);
}

static void client(const struct trace *trace)
{
	h = trace_client(trace, 100);
	director();
	t->cfg.client = true;
	t->cfg.name = "server";
	t->cfg.name_len = 6;
}

static int teardown(void **state)
{
	(void)state;
	dir_free(t);
	t = NULL;
	if (h)
		half_free(h);
	h = NULL;
	return 0;
}

static void start(void)
{
	dir_again(t);
	t->r = tlso_director_start(&t->d, t->out, sizeof(t->out), &t->n,
				   &t->wire);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	SAYS("CH(random32 random32 key29)");
}

/* The @i-th segment goes to the director. */
static void give(unsigned int i)
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

/* @step comes of it. */
static void leads_to(unsigned int i, enum tlso_step step)
{
	give(i);
	assert_int_equal(t->r, step);
}

/* It holds a certificate with an RSA key of 1024 bits. */
static void refused(unsigned int i)
{
	give(i);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNSUPPORTED_CERTIFICATE);
}

/* What is to be sent holds the message @text, or at least @text. */
static void holds(u8 type, const char *text)
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
	(void)state;
	server(&trace_retry, TLSO_KEY_RSA);
	t->cfg.n_groups = 1;
	t->cfg.groups[0] = TLSO_GROUP_P256;
	leads_to(0, TLSO_STEP_SEND);
	SAYS("SH(retry)");
	holds(TLSO_HS_SERVER_HELLO, "cf21ad74e59a6111be1d8c021e65b891c2a2"
				    "11167abb8c5e079e09e2c8a8339c001301");
	holds(TLSO_HS_SERVER_HELLO, "003300020017");
	leads_to(1, TLSO_STEP_SEND);
	SAYS("SH(random32 share23) e1 EE CERT CV(sign804 by 0) FIN(mac32) e2");
	holds(TLSO_HS_CERTIFICATE, trace_retry.server.certificate);
	holds(TLSO_HS_ENCRYPTED_EXTENSIONS, "001c00024001");
	assert_int_equal(t->d.peer_limit, 0x4001);
	assert_int_equal(t->d.name_len, 6);
	assert_memory_equal(t->d.name, "server", 6);
	leads_to(2, TLSO_STEP_DONE);
	assert_int_equal(t->d.suite, TLSO_AES_128_GCM_SHA256);
	assert_int_equal(t->d.group, TLSO_GROUP_P256);
	assert_int_equal(t->d.scheme, TLSO_RSA_PSS_RSAE_SHA256);
}

static void test_retry_client(void **state)
{
	(void)state;
	client(&trace_retry);
	start();
	leads_to(0, TLSO_STEP_SEND);
	SAYS("ccs CH(random32 random32 key23)");
	/* The cookie goes back as it came (RFC 8446 4.2.2). */
	holds(TLSO_HS_CLIENT_HELLO,
	      "002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096"
	      "f8aacad365dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d137"
	      "abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c8be778257d16aa30"
	      "30e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0");
	leads_to(1, TLSO_STEP_SEND);
	SAYS("share23:65 e1");
	leads_to(2, TLSO_STEP_WAIT);
	assert_int_equal(t->d.peer_limit, 0x4001);
	refused(3);
}

static void test_auth_server(void **state)
{
	(void)state;
	server(&trace_auth, TLSO_KEY_P256);
	t->cfg.client_auth = TLSO_AUTH_REQUIRE;
	leads_to(0, TLSO_STEP_SEND);
	SAYS("SH(random32 share29) e1 EE CR CERT CV(sign403 by 0) FIN(mac32) e2");
	holds(TLSO_HS_CERTIFICATE, trace_auth.server.certificate);
	refused(1);
}

static void test_auth_client(void **state)
{
	unsigned int i;

	(void)state;
	client(&trace_auth);
	identity(&trace_auth.client, TLSO_KEY_RSA);
	start();
	leads_to(0, TLSO_STEP_SEND);
	SAYS("ccs share29:32 e1");
	/* EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify */
	for (i = 1; i < 5; i++) {
		assert_false(t->d.peer_verified);
		leads_to(i, TLSO_STEP_WAIT);
	}
	assert_true(t->d.peer_verified);
	assert_int_equal(t->d.peer_scheme, TLSO_ECDSA_P256_SHA256);
	leads_to(5, TLSO_STEP_LAST);
	SAYS("CERT CV(sign804 by 0) FIN(mac32) e2");
	holds(TLSO_HS_CERTIFICATE, trace_auth.client.certificate);
}

static void test_compat_server(void **state)
{
	(void)state;
	server(&trace_compat, TLSO_KEY_RSA);
	leads_to(0, TLSO_STEP_SEND);
	SAYS("SH(random32 share29) ccs e1 EE CERT CV(sign804 by 0) FIN(mac32) e2");
	/* The client's session id, and the suite behind it. */
	holds(TLSO_HS_SERVER_HELLO, "20a80c165581a8e0d06c0018d54d3a06dd32cf"
				    "d4051eb026fad3fd0ba99269e6ef1301");
	leads_to(1, TLSO_STEP_DONE);
}

static void test_compat_client(void **state)
{
	(void)state;
	client(&trace_compat);
	start();
	leads_to(0, TLSO_STEP_SEND);
	SAYS("ccs share29:32 e1");
	leads_to(1, TLSO_STEP_WAIT);
	refused(2);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_retry_server),
		T(test_retry_client),
		T(test_auth_server),
		T(test_auth_client),
		T(test_compat_server),
		T(test_compat_client),
	};

	return cmocka_run_group_tests_name("rfc8448_dir", tests, NULL, NULL);
}
