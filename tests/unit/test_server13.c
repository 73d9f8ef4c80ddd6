// SPDX-License-Identifier: GPL-2.0-only
/* The server in TLS 1.3: what it answers, item by item. */
#include "chello.h"
#include "certs.h"

#define SAYS(t, want) assert_string_equal(dir_said(t), want)

static const struct tlso_id ids[] = {
	{ TLSO_KEY_P256, 0, 1, { { cert_a, sizeof(cert_a) } } },
	{ TLSO_KEY_P384, 0, 1, { { cert_b, sizeof(cert_b) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_r, sizeof(cert_r) } } },
};

static struct dir *with_ids(void)
{
	struct dir *t = dir_new();

	t->cfg.ids = ids;
	t->cfg.n_ids = 3;
	return t;
}

static void test_flight(void **state)
{
	struct dir *t = dir_new();
	const u8 *p;
	u8 sid[32];
	size_t n;

	(void)state;
	HELLO(t, 0);
	SAYS(t, "SH(random32 share23) e1 EE CERT CV(sign403 by 0) FIN(mac32) e2");
	assert_int_equal(t->r, TLSO_STEP_SEND);
	assert_memory_equal(dir_ext(t, TLSO_EXT_SUPPORTED_VERSIONS, &n), "\3\4", 2);
	assert_memory_equal(dir_ext(t, TLSO_EXT_KEY_SHARE, &n), "\0\x17\0\x41", 4);
	assert_int_equal(n, 4 + 65);
	assert_null(dir_ext(t, TLSO_EXT_PRE_SHARED_KEY, &n));
	assert_int_equal(t->d.version, TLSO_VERSION_13);
	assert_int_equal(t->d.suite, TLSO_AES_128_GCM_SHA256);
	assert_false(t->d.tickets_wanted);
	dir_body(t, TLSO_HS_FINISHED, 1, "", 0);
	assert_int_equal(t->r, TLSO_STEP_DONE);
	assert_int_equal(t->n, 0);
	/* a middlebox is to see TLS 1.2 */
	dir_again(t);
	HELLO(t, .sid_len = 32, .shares = { TLSO_GROUP_X25519 },
	      .suites = { TLSO_AES_256_GCM_SHA384 });
	SAYS(t, "SH(random32 share29) ccs e1 EE CERT CV(sign403 by 0) FIN(mac48) e2");
	p = dir_msg(t, TLSO_HS_SERVER_HELLO, &n);
	memset(sid, 0xab, sizeof(sid));
	assert_int_equal(p[4 + 2 + 32], 32); /* echoed */
	assert_memory_equal(p + 4 + 2 + 32 + 1, sid, sizeof(sid));
	dir_free(t);
}

/* Suites, groups: ours in our order, past what the core lacks. */
static void test_preferences(void **state)
{
	const struct chello all = {
		.suites = { TLSO_CHACHA20_POLY1305_SHA256,
			    TLSO_AES_256_GCM_SHA384, TLSO_AES_128_GCM_SHA256 },
		.groups = { TLSO_GROUP_P384, TLSO_GROUP_P256, TLSO_GROUP_X25519 },
		.shares = { TLSO_GROUP_P384, TLSO_GROUP_P256, TLSO_GROUP_X25519 },
	};
	struct dir *t = dir_new();

	(void)state;
	dir_hello(t, &all);
	assert_int_equal(t->d.suite, TLSO_AES_128_GCM_SHA256);
	assert_int_equal(t->d.group, TLSO_GROUP_X25519);
	t->cfg.n_suites = 3;
	t->cfg.suites[0] = 0x1304;
	t->cfg.suites[1] = 0xc02b;
	t->cfg.suites[2] = TLSO_CHACHA20_POLY1305_SHA256;
	t->cfg.n_groups = 2;
	t->cfg.groups[0] = 30;
	t->cfg.groups[1] = TLSO_GROUP_P384;
	dir_again(t);
	dir_hello(t, &all);
	assert_int_equal(t->d.suite, TLSO_CHACHA20_POLY1305_SHA256);
	assert_int_equal(t->d.group, TLSO_GROUP_P384);
	/* no more than what is said to be in the lists */
	t->cfg.n_suites = 2;
	dir_again(t);
	dir_hello(t, &all); /* so there is none for TLS 1.3 */
	assert_int_equal(dir_alert(t), TLSO_ALERT_PROTOCOL_VERSION);
	t->cfg.n_suites = 0;
	t->cfg.n_groups = 1;
	dir_again(t);
	dir_hello(t, &all);
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	/* and to the last place */
	t->cfg.n_suites = TLSO_SUITES_MAX;
	memset(t->cfg.suites, 0x2a, sizeof(t->cfg.suites));
	t->cfg.suites[TLSO_SUITES_MAX - 1] = TLSO_AES_256_GCM_SHA384;
	t->cfg.n_groups = TLSO_GROUPS_MAX;
	memset(t->cfg.groups, 0x2a, sizeof(t->cfg.groups));
	t->cfg.groups[TLSO_GROUPS_MAX - 1] = TLSO_GROUP_P256;
	dir_again(t);
	dir_hello(t, &all);
	assert_int_equal(t->d.suite, TLSO_AES_256_GCM_SHA384);
	assert_int_equal(t->d.group, TLSO_GROUP_P256);
	dir_free(t);
}

static void retry(struct dir *t, const struct chello *first,
		  const struct chello *second)
{
	dir_again(t);
	dir_hello(t, first);
	assert_int_equal(t->r, TLSO_STEP_SEND);
	assert_int_equal(t->d.state, TLSO_S_HELLO2);
	dir_hello(t, second);
}

#define RETRY(...)                                                \
	retry(t, &(struct chello){ .shares = { EMPTY } },        \
	      &(struct chello){ __VA_ARGS__ })
#define SHARE .shares = { TLSO_GROUP_X25519 }
#define RETRY_REFUSED(alert, ...)                                    \
	do {                                                     \
		RETRY(__VA_ARGS__);                              \
		assert_int_equal(dir_alert(t), TLSO_ALERT_##alert); \
	} while (0)

/* 4.1.2, 4.1.4: the second ClientHello is the first, but for what may change. */
static void test_retry(void **state)
{
	struct dir *t = dir_new();
	size_t n;

	(void)state;
	HELLO(t, .shares = { EMPTY }, .sid_len = 32);
	SAYS(t, "SH(retry) ccs");
	assert_memory_equal(dir_ext(t, TLSO_EXT_KEY_SHARE, &n), "\0\x1d", 2);
	assert_int_equal(n, 2);
	HELLO(t, .shares = { TLSO_GROUP_X25519 }, .sid_len = 32);
	SAYS(t, "SH(random32 share29) e1 EE CERT CV(sign403 by 0) FIN(mac32) e2");

	RETRY(SHARE);
	SAYS(t, "SH(random32 share29) e1 EE CERT CV(sign403 by 0) FIN(mac32) e2");
	RETRY(SHARE, .cookie = true, .padding = true);
	assert_int_equal(dir_alert(t), -1);
	/* 4.2.10 forbids it, and what is sent early will be no record */
	RETRY(SHARE, .early_data = true);
	assert_int_equal(dir_alert(t), -1);
	RETRY(SHARE, .psk = 1);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER); /* modes */
	retry(t, &(struct chello){ .shares = { EMPTY }, .early_data = true },
	      &(struct chello){ .shares = { TLSO_GROUP_X25519 } });
	assert_int_equal(dir_alert(t), -1);

	RETRY_REFUSED(ILLEGAL_PARAMETER, .shares = { TLSO_GROUP_P256 });
	RETRY_REFUSED(ILLEGAL_PARAMETER, .shares = { EMPTY });
	RETRY_REFUSED(MISSING_EXTENSION, .shares = { OUT });
	RETRY_REFUSED(ILLEGAL_PARAMETER,
		      .shares = { TLSO_GROUP_X25519, TLSO_GROUP_P256 });
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .random = 1);
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .sid_len = 32);
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .legacy_version = 0x0302);
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .suites = { 0x1301, 0x1302 });
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .groups = { TLSO_GROUP_X25519 });
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .schemes = { 0x0403 });
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .versions = { 0x0304 });
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .name = "a.example");
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .extra = 0xfafa);
	RETRY_REFUSED(ILLEGAL_PARAMETER, SHARE, .v12 = true);
	/* which of the groups is asked for: the best one that is offered */
	dir_again(t);
	HELLO(t, .groups = { 24, 23 }, .shares = { EMPTY });
	assert_memory_equal(dir_ext(t, TLSO_EXT_KEY_SHARE, &n), "\0\x17", 2);
	dir_free(t);
}

static void says_for(const char *name, u16 s1, u16 s2, u8 identity, u16 scheme,
		     bool acked)
{
	struct dir *t = with_ids();
	size_t n;

	HELLO(t, .name = name, .schemes = { s1, s2 });
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.identity, identity);
	assert_int_equal(t->d.scheme, scheme);
	assert_int_equal(!!dir_ext(t, TLSO_EXT_SERVER_NAME, &n), acked);
	dir_free(t);
}

static void test_identity(void **state)
{
	struct dir *t = with_ids();

	(void)state;
	says_for(NULL, 0x0403, 0x0804, 0, 0x0403, false);
	says_for(NULL, 0x0503, 0, 1, 0x0503, false);
	says_for(NULL, 0x0806, 0, 2, 0x0806, false);
	says_for(NULL, 0x0805, 0x0804, 2, 0x0804, false);
	says_for("a.example", 0x0804, 0x0403, 0, 0x0403, true);
	says_for("A.Example", 0x0804, 0x0403, 0, 0x0403, true);
	says_for("x.wild.example", 0x0804, 0x0403, 0, 0x0403, true);
	/* a.example has two identities, and the client a say */
	says_for("a.example", 0x0804, 0x0503, 2, 0x0804, true);
	says_for("b.example", 0x0403, 0x0503, 1, 0x0503, true);
	says_for("r.example", 0x0403, 0x0804, 2, 0x0804, true);
	/* b.example has a key that this client cannot verify */
	says_for("b.example", 0x0403, 0x0804, 0, 0x0403, false);
	says_for("c.example", 0x0403, 0x0804, 0, 0x0403, false);
	t->cfg.sni_strict = true;
	HELLO(t, .name = "c.example");
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNRECOGNIZED_NAME);
	dir_again(t);
	HELLO(t, .name = "b.example");
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	dir_again(t);
	HELLO(t, 0);
	assert_int_equal(dir_alert(t), -1);
	/* PKCS#1 never signs in TLS 1.3 */
	dir_again(t);
	HELLO(t, .schemes = { 0x0401, 0x0501 });
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	dir_free(t);
}

/* What we sign with, where the configuration has a say. */
static void test_sign_schemes(void **state)
{
	struct dir *t = with_ids();

	(void)state;
	t->cfg.n_sign_schemes = 3;
	t->cfg.sign_schemes[0] = 0x0401;
	t->cfg.sign_schemes[1] = 0x0806;
	t->cfg.sign_schemes[2] = 0x0804;
	HELLO(t, .schemes = { 0x0401, 0x0403, 0x0804, 0x0806 });
	assert_int_equal(t->d.identity, 2);
	assert_int_equal(t->d.scheme, 0x0806);
	dir_again(t);
	HELLO(t, .schemes = { 0x0403 });
	assert_int_equal(dir_alert(t), TLSO_ALERT_HANDSHAKE_FAILURE);
	dir_free(t);
}

/* RFC 8017 9.1.1: a short modulus has no room for the longer hashes. */
static void test_short_modulus(void **state)
{
	struct tlso_id id = ids[2];
	struct dir *t = dir_new();
	u16 scheme;

	(void)state;
	id.rsa_bits = 1024;
	t->cfg.ids = &id;
	for (scheme = 0x0804; scheme <= 0x0806; scheme++) {
		dir_again(t);
		HELLO(t, .schemes = { scheme });
		assert_int_equal(dir_alert(t), scheme == 0x0806 ?
				 TLSO_ALERT_HANDSHAKE_FAILURE : -1);
	}
	dir_free(t);
}

static void test_alpn(void **state)
{
	struct dir *t = dir_new();
	size_t n;
	const u8 *p;

	(void)state;
	HELLO(t, .alpn = "\2h2");
	assert_null(dir_ext(t, TLSO_EXT_ALPN, &n)); /* we have none */
	t->cfg.alpn = (const u8 *)"\2h2\x8http/1.1";
	t->cfg.alpn_len = 12;
	dir_again(t);
	HELLO(t, .alpn = "\x8http/1.1\2h2");
	p = dir_ext(t, TLSO_EXT_ALPN, &n);
	assert_int_equal(n, 5);
	assert_memory_equal(p, "\0\3\2h2", 5);
	assert_int_equal(t->d.alpn_len, 2);
	dir_again(t);
	HELLO(t, .alpn = "\2h3\1h");
	assert_int_equal(dir_alert(t), TLSO_ALERT_NO_APPLICATION_PROTOCOL);
	dir_again(t);
	HELLO(t, 0);
	assert_null(dir_ext(t, TLSO_EXT_ALPN, &n));
	dir_free(t);
}

static void limit(struct dir *t, u16 theirs, u16 want)
{
	size_t n;

	dir_again(t);
	HELLO(t, .limit = theirs);
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.limit_agreed, want != 0);
	assert_int_equal(t->d.peer_limit, want);
	if (want)
		assert_memory_equal(dir_ext(t, TLSO_EXT_RECORD_SIZE_LIMIT, &n),
				    "\x10\1", 2);
	else
		assert_null(dir_ext(t, TLSO_EXT_RECORD_SIZE_LIMIT, &n));
	/* the starter's header: less the type byte */
	assert_int_equal(t->out[6] << 8 | t->out[7], want ? want - 1 : 0);
}

/* RFC 8449 */
static void test_limit(void **state)
{
	struct dir *t = dir_new();

	(void)state;
	limit(t, 100, 0); /* we say none, so none is agreed */
	t->cfg.record_size_limit = 0x1001;
	limit(t, 0, 0);
	limit(t, 64, 64);
	limit(t, 16385, 16385);
	limit(t, 65535, 16385);
	dir_free(t);
}

static const struct ticket good = {
	0, TLSO_VERSION_13, TLSO_AES_128_GCM_SHA256, 0, 32, 7200, 5000, 4900,
	0,
};

static void resume(struct dir *t, const struct ticket *k, const struct chello *h,
		   bool want)
{
	dir_again(t);
	dir_ticket(t, k, NULL);
	dir_hello(t, h);
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.resumed, want);
}

static void test_resumption(void **state)
{
	const struct chello h = { .psk = 2 };
	struct dir *t = dir_new();
	struct ticket k = good;
	size_t n;

	(void)state;
	resume(t, &k, &h, false); /* tickets are off */
	t->cfg.tickets = true;
	k.index = 1;
	resume(t, &k, &h, true);
	SAYS(t, "psk1 SH(random32 share23) e1 EE FIN(mac32) e2");
	assert_memory_equal(dir_ext(t, TLSO_EXT_PRE_SHARED_KEY, &n), "\0\1", 2);
	assert_int_equal(n, 2);
	assert_true(t->d.tickets_wanted);
	/* the completer finds that the binder is wrong */
	t->r = tlso_director_refused(&t->d, TLSO_E_DECRYPT, t->out,
				     sizeof(t->out), &t->n, &t->wire);
	assert_int_equal(dir_alert(t), TLSO_ALERT_DECRYPT_ERROR);
	assert_int_equal(t->wire, 7);
	/* without psk_dhe_ke */
	resume(t, &k, &(struct chello){ .psk = 1, .psk_mode = 2 }, false);
	assert_false(t->d.tickets_wanted);
	/* signature_algorithms is for certificates */
	resume(t, &k, &(struct chello){ .psk = 1, .schemes = { OUT } }, true);
	/* through a HelloRetryRequest */
	resume(t, &k, &(struct chello){ .psk = 1, .shares = { EMPTY } }, false);
	SAYS(t, "SH(retry)");
	dir_ticket(t, &k, NULL);
	HELLO(t, .psk = 1, .shares = { TLSO_GROUP_X25519 });
	SAYS(t, "psk1 SH(random32 share29) e1 EE FIN(mac32) e2");
	/* which may bring the ticket's end, but not the PSK's (4.1.2) */
	resume(t, &k, &(struct chello){ .psk = 1, .shares = { EMPTY } }, false);
	HELLO(t, .psk = 1, .shares = { TLSO_GROUP_X25519 });
	SAYS(t, "SH(random32 share29) e1 EE CERT CV(sign403 by 0) FIN(mac32) e2");
	dir_free(t);
}

/* The first ClientHello's session is missing from the second one. */
static void test_lost_psk(void **state)
{
	struct dir *t = dir_new();

	(void)state;
	t->cfg.tickets = true;
	resume(t, &good, &(struct chello){ .psk = 1, .shares = { EMPTY } }, false);
	HELLO(t, .psk_lost = true, .shares = { TLSO_GROUP_X25519 });
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	assert_string_equal(t->d.why,
			    "the session is gone from the second ClientHello");
	dir_free(t);
}

static void test_ticket_rules(void **state)
{
	const struct chello h = { .psk = 1 };
	struct dir *t = dir_new();
	struct ticket k;

	(void)state;
	t->cfg.tickets = true;
	k = good;
	k.version = TLSO_VERSION_12;
	resume(t, &k, &h, false);
	k = good;
	k.index = TLSO_TICKET_INDEX_12;
	resume(t, &k, &h, false);
	k = good;
	for (k.ctx_cut = 1; k.ctx_cut <= 58; k.ctx_cut++)
		resume(t, &k, &h, false);
	/* age */
	k = good;
	k.lifetime_s = 5;
	resume(t, &k, &h, false);
	k.lifetime_s = 6;
	resume(t, &k, &h, true);
	k = good;
	k.age_ms = 20000;
	k.client_age_ms = 9999;
	resume(t, &k, &h, false);
	k.client_age_ms = 10000;
	resume(t, &k, &h, true);
	k.client_age_ms = 30001;
	resume(t, &k, &h, false);
	k.age_ms = 0xffffffffffULL;
	resume(t, &k, &h, false);
	/* hash: the suite follows the session's */
	k = good;
	k.hash_len = 48;
	k.suite = TLSO_AES_256_GCM_SHA384;
	resume(t, &k, &h, false);
	resume(t, &k, &(struct chello){ .psk = 1, .suites = { 0x1301, 0x1302 } },
	       true);
	assert_int_equal(t->d.suite, TLSO_AES_256_GCM_SHA384);
	k = good;
	k.suite = TLSO_CHACHA20_POLY1305_SHA256;
	resume(t, &k, &h, true);
	assert_int_equal(t->d.suite, TLSO_AES_128_GCM_SHA256);
	dir_free(t);
}

/* A ticket from @t2's session, given to @t. */
static void from(struct dir *t, const struct dir *t2, const char *name, bool want)
{
	dir_again(t);
	dir_ticket(t, &good, t2);
	HELLO(t, .psk = 1, .name = name);
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.resumed, want);
}

static void test_ticket_context(void **state)
{
	struct dir *t = dir_new(), *t2 = dir_new();

	(void)state;
	t->cfg.tickets = true;
	HELLO(t2, .name = "a.example");
	from(t, t2, "a.example", true);
	from(t, t2, "A.EXAMPLE", true);
	from(t, t2, "a.exampld", false);
	from(t, t2, "a.examplE", true);
	from(t, t2, "b.example", false);
	from(t, t2, NULL, false);
	t->cfg.ticket_bind[31] = 1;
	from(t, t2, "a.example", false);
	t2->cfg.ticket_bind[31] = 1;
	from(t, t2, "a.example", true);
	/* client authentication */
	t->cfg.client_auth = TLSO_AUTH_REQUEST;
	from(t, t2, "a.example", true);
	assert_false(t->d.peer_verified);
	t->cfg.client_auth = TLSO_AUTH_REQUIRE;
	from(t, t2, "a.example", false);
	SAYS(t, "SH(random32 share23) e1 EE CR CERT CV(sign403 by 0) FIN(mac32) e2");
	t2->d.peer_verified = true;
	from(t, t2, "a.example", true);
	assert_true(t->d.peer_verified);
	dir_free(t2);
	dir_free(t);
}

/* RFC 8446 4.6.1: tickets for tickets keep no session alive for ever. */
static void test_session_ends(void **state)
{
	struct dir *t = dir_new(), *t2 = dir_new();
	int h;

	(void)state;
	t->cfg.tickets = true;
	t->cfg.client_auth = TLSO_AUTH_REQUIRE;
	HELLO(t2, .name = "a.example");
	t2->d.peer_verified = true;
	for (h = 1; h < 24; h++) {
		t->cfg.now_ms += 3600000;
		from(t, t2, "a.example", true);
		t2->d = t->d;
	}
	t->cfg.now_ms += 3600000 - 1;
	from(t, t2, "a.example", true);
	t->cfg.now_ms++;
	from(t, t2, "a.example", false);
	assert_false(t->d.peer_verified);
	/* the next one lasts as long */
	t2->d = t->d;
	t2->d.peer_verified = true;
	t->cfg.now_ms += 86400000 - 1;
	from(t, t2, "a.example", true);
	/* a clock that was set back makes nothing older */
	t->cfg.now_ms -= 2 * 86400000;
	from(t, t2, "a.example", true);
	dir_free(t2);
	dir_free(t);
}

/* Extras that the completer never makes. */
static void test_bad_extra(void **state)
{
	struct dir *t = dir_new();
	size_t i;

	(void)state;
	t->cfg.tickets = true;
	for (i = 0; i < 24; i++) {
		dir_again(t);
		t->extra[0] = TLSO_EXTRA_TICKET;
		t->extra[1] = 0;
		t->extra[2] = 0;
		t->extra[3] = (u8)i;
		memset(t->extra + 4, 0, i);
		t->extra_len = 4 + i;
		HELLO(t, .psk = 1);
		assert_int_equal(dir_alert(t), TLSO_ALERT_INTERNAL_ERROR);
	}
	dir_free(t);
}

/* ---- Client certificates -------------------------------------------------- */

static const struct tlso_cert anchors[] = {
	{ cert_a, sizeof(cert_a) },
	{ cert_r, sizeof(cert_r) },
	{ cert_e, sizeof(cert_e) },
};

static void ask(struct dir *t, u8 auth)
{
	t->cfg.client_auth = auth;
	t->cfg.verify_flags = TLSO_VERIFY_PARTIAL;
	t->cfg.anchors = anchors;
	t->cfg.n_anchors = 3;
	dir_again(t);
	HELLO(t, 0);
	SAYS(t, "SH(random32 share23) e1 EE CR CERT CV(sign403 by 0) FIN(mac32) e2");
}

static void test_client_auth(void **state)
{
	struct dir *t = dir_new();
	u8 room[1024], bad[sizeof(sig_a)];

	(void)state;
	t->cfg.peer_der = room;
	t->cfg.peer_der_cap = sizeof(room);
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.peer_der_len, sizeof(cert_a));
	assert_memory_equal(room, cert_a, sizeof(cert_a));
	assert_false(t->d.peer_verified);
	dir_verify(t, 1, 0x0403, sig_a, sizeof(sig_a), 32);
	assert_int_equal(dir_alert(t), -1);
	assert_true(t->d.peer_verified);
	assert_int_equal(t->d.peer_scheme, 0x0403);
	dir_body(t, TLSO_HS_FINISHED, 1, "", 0);
	assert_int_equal(t->r, TLSO_STEP_DONE);

	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 1, cert_r, sizeof(cert_r));
	dir_verify(t, 1, 0x0804, sig_r_pss, sizeof(sig_r_pss), 32);
	assert_int_equal(dir_alert(t), -1);
	assert_true(t->d.peer_verified);

	/* what we did not ask for, be it sound; and what nobody knows */
	t->cfg.n_schemes = 1;
	t->cfg.schemes[0] = 0x0804;
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0403, sig_a, sizeof(sig_a), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	t->cfg.n_schemes = 0;
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0203, sig_a, sizeof(sig_a), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	/* a leaf that there is no room for is not kept */
	t->cfg.peer_der_cap = sizeof(cert_a) - 1;
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(t->d.peer_der_len, 0);

	/* PKCS#1, another curve's scheme, another signature, no digest */
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_r, sizeof(cert_r));
	dir_verify(t, 1, 0x0401, sig_r_pkcs1, sizeof(sig_r_pkcs1), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0503, sig_a, sizeof(sig_a), 48);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ILLEGAL_PARAMETER);
	memcpy(bad, sig_a, sizeof(bad));
	bad[sizeof(bad) - 1] ^= 1;
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0403, bad, sizeof(bad), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_DECRYPT_ERROR);
	assert_false(t->d.peer_verified);
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0403, sig_a, sizeof(sig_a), 0);
	assert_int_equal(dir_alert(t), TLSO_ALERT_INTERNAL_ERROR);
	dir_free(t);
}

static void test_client_auth_refused(void **state)
{
	struct dir *t = dir_new();

	(void)state;
	ask(t, TLSO_AUTH_REQUIRE);
	dir_certificate(t, 1, NULL, 0);
	assert_int_equal(dir_alert(t), TLSO_ALERT_CERTIFICATE_REQUIRED);
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 1, NULL, 0);
	assert_int_equal(t->d.state, TLSO_S13_FINISHED);
	dir_body(t, TLSO_HS_FINISHED, 1, "", 0);
	assert_int_equal(t->r, TLSO_STEP_DONE);
	assert_false(t->d.peer_verified);
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 1, cert_b, sizeof(cert_b));
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNKNOWN_CA);
	ask(t, TLSO_AUTH_REQUEST);
	t->cfg.now_ms = 1000;
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	assert_int_equal(dir_alert(t), TLSO_ALERT_CERTIFICATE_EXPIRED);
	t->cfg.now_ms = CERTS_NOW * 1000ULL;
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 1, cert_a, sizeof(cert_a) - 1);
	assert_int_equal(dir_alert(t), TLSO_ALERT_BAD_CERTIFICATE);
	ask(t, TLSO_AUTH_REQUEST); /* its key may not sign */
	dir_certificate(t, 1, cert_e, sizeof(cert_e));
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNSUPPORTED_CERTIFICATE);
	ask(t, TLSO_AUTH_REQUEST); /* also where its chain is not looked at */
	t->cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
	dir_certificate(t, 1, cert_e, sizeof(cert_e));
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNSUPPORTED_CERTIFICATE);
	/* the Certificate may not be left out, nor CertificateVerify */
	ask(t, TLSO_AUTH_REQUEST);
	dir_body(t, TLSO_HS_FINISHED, 1, "", 0);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNEXPECTED_MESSAGE);
	ask(t, TLSO_AUTH_REQUEST);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_body(t, TLSO_HS_FINISHED, 1, "", 0);
	assert_int_equal(dir_alert(t), TLSO_ALERT_UNEXPECTED_MESSAGE);
	dir_free(t);
}

/* ---- Who the client is ------------------------------------------------------ */

struct seen {
	unsigned int chains, admitted;
	enum tlso_err chain_err, admit_err;
};

static enum tlso_err see_chain(void *ctx, const struct tlso_cert *certs,
			       unsigned int n, const char **why)
{
	struct seen *seen = ctx;

	seen->chains++;
	assert_int_equal(n, 1);
	assert_int_equal(certs[0].len, sizeof(cert_a));
	assert_memory_equal(certs[0].der, cert_a, sizeof(cert_a));
	*why = "seen";
	return seen->chain_err;
}

static enum tlso_err admit(void *ctx, struct tlso_peer_id *id, const char **why)
{
	struct seen *seen = ctx;

	seen->admitted++;
	assert_int_equal(seen->chains, 1);
	id->user = 4711;
	memset(id->leaf, 0x47, sizeof(id->leaf));
	*why = "not known here";
	return seen->admit_err;
}

static const struct tlso_peer_ops see = { see_chain, admit };

static void ask_whom(struct dir *t, struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	t->cfg.peer = &see;
	t->cfg.peer_ctx = seen;
	ask(t, TLSO_AUTH_REQUIRE);
}

static void test_peer(void **state)
{
	struct dir *t = dir_new(), *t2 = dir_new();
	u8 bad[sizeof(sig_a)];
	struct ticket k = good;
	struct seen seen;

	(void)state;
	ask_whom(t, &seen);
	assert_int_equal(t->d.peer.user, TLSO_NOBODY);
	dir_certificate(t, 1, cert_b, sizeof(cert_b)); /* not believed */
	assert_int_equal(seen.chains, 0);
	ask_whom(t, &seen);
	seen.chain_err = TLSO_E_SPACE;
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	assert_int_equal(dir_alert(t), TLSO_ALERT_INTERNAL_ERROR);
	assert_string_equal(t->d.why, "seen");
	/* who has the certificate alone is not asked about */
	ask_whom(t, &seen);
	seen.admit_err = TLSO_E_ACCESS;
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	assert_int_equal(seen.chains, 1);
	memcpy(bad, sig_a, sizeof(bad));
	bad[sizeof(bad) - 1] ^= 1;
	dir_verify(t, 1, 0x0403, bad, sizeof(bad), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_DECRYPT_ERROR);
	assert_int_equal(seen.admitted, 0);
	ask_whom(t, &seen);
	seen.admit_err = TLSO_E_ACCESS;
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0403, sig_a, sizeof(sig_a), 32);
	assert_int_equal(dir_alert(t), TLSO_ALERT_ACCESS_DENIED);
	assert_string_equal(t->d.why, "not known here");
	assert_int_equal(t->r, TLSO_STEP_FAIL);
	ask_whom(t, &seen);
	dir_certificate(t, 1, cert_a, sizeof(cert_a));
	dir_verify(t, 1, 0x0403, sig_a, sizeof(sig_a), 32);
	assert_int_equal(dir_alert(t), -1);
	assert_int_equal(seen.admitted, 1);
	assert_int_equal(t->d.peer.user, 4711);

	/* The session's ticket says it, and that of the session resumed again. */
	t2->cfg.tickets = true;
	t2->cfg.client_auth = TLSO_AUTH_REQUIRE;
	from(t2, t, NULL, true);
	assert_true(t2->d.peer_verified);
	assert_int_equal(t2->d.peer.user, 4711);
	assert_int_equal(t2->d.peer.leaf[31], 0x47);
	t->d = t2->d;
	t->d.cfg = &t->cfg;
	from(t2, t, NULL, true);
	assert_int_equal(t2->d.peer.user, 4711);
	/* One that is passed over says nothing of who brought it. */
	k.hash_len = 48;
	k.suite = TLSO_AES_256_GCM_SHA384;
	t2->cfg.client_auth = TLSO_AUTH_REQUEST;
	dir_again(t2);
	dir_ticket(t2, &k, t);
	HELLO(t2, .psk = 1);
	assert_int_equal(dir_alert(t2), -1);
	assert_false(t2->d.resumed);
	assert_false(t2->d.peer_verified);
	assert_int_equal(t2->d.peer.user, TLSO_NOBODY);
	dir_free(t2);
	dir_free(t);
}

/* 4.3.2: the schemes, and the anchors' names while they are short. */
static void test_certificate_request(void **state)
{
	struct tlso_cert many[200];
	struct dir *t = dir_new();
	size_t n, i, with, len;
	const u8 *p;

	(void)state;
	ask(t, TLSO_AUTH_REQUEST);
	assert_non_null(dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &with));
	assert_true(with > 4 + 1 + 2 + 4 + 2 + 16 + 4);
	p = dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n);
	p += 4 + 1 + 2 + 4 + 2 + 16;
	assert_memory_equal(p, "\0\x2f", 2);
	len = n - (4 + 1 + 2 + 4 + 2 + 16) - 4;
	assert_int_equal(p[2] << 8 | p[3], len);
	assert_int_equal(p[4] << 8 | p[5], len - 2);
	for (i = 0; i < 200; i++)
		many[i] = anchors[i % 2];
	t->cfg.anchors = many;
	t->cfg.n_anchors = 200;
	dir_again(t);
	HELLO(t, 0);
	assert_non_null(dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n));
	assert_true(n > with && n < 8192 + 64);
	t->cfg.n_schemes = 1;
	t->cfg.schemes[0] = 0x0804;
	t->cfg.n_anchors = 0;
	dir_again(t);
	HELLO(t, 0);
	assert_memory_equal(dir_msg(t, TLSO_HS_CERTIFICATE_REQUEST, &n),
			    "\x0d\0\0\x0b\0\0\x08\0\x0d\0\4\0\2\x08\4", 15);
	assert_int_equal(n, 15);
	dir_free(t);
}

static void test_truncated(void **state)
{
	struct dir *t = dir_new();
	u8 body[CAUTH_MAX];
	size_t n;

	(void)state;
	ask(t, TLSO_AUTH_REQUIRE);
	n = cauth_certificate(body, true, cert_r, sizeof(cert_r));
	dir_cut(t, TLSO_HS_CERTIFICATE, 1, body, n);
	dir_certificate(t, 1, cert_r, sizeof(cert_r));
	n = cauth_verify(body, 0x0804, sig_r_pss, sizeof(sig_r_pss));
	dir_cut(t, TLSO_HS_CERTIFICATE_VERIFY, 1, body, n);
	dir_verify(t, 1, 0x0804, sig_r_pss, sizeof(sig_r_pss), 32);
	assert_true(t->d.peer_verified);
	dir_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flight),
		cmocka_unit_test(test_preferences),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_sign_schemes),
		cmocka_unit_test(test_short_modulus),
		cmocka_unit_test(test_alpn),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_resumption),
		cmocka_unit_test(test_lost_psk),
		cmocka_unit_test(test_ticket_rules),
		cmocka_unit_test(test_ticket_context),
		cmocka_unit_test(test_session_ends),
		cmocka_unit_test(test_bad_extra),
		cmocka_unit_test(test_client_auth),
		cmocka_unit_test(test_client_auth_refused),
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_certificate_request),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests_name("server13", tests, NULL, NULL);
}
