// SPDX-License-Identifier: GPL-2.0-only
/* ClientHello: its form, and what is refused with which alert in both versions. */
#include "chello.h"
#include "../../kmod/core/hs_client_hello.h"

static int alert_for(const struct chello *h)
{
	struct dir *t = dir_new();
	int alert;

	dir_hello(t, h);
	alert = dir_alert(t);
	if (alert != -1) {
		assert_int_equal(t->wire, 7); /* in clear, and alone */
		assert_int_equal(t->out[t->n - 2], TLSO_ALERT_FATAL);
		assert_int_equal(t->out[t->n - 1], alert);
		/* the completer wants suite and version together */
		assert_int_equal(!t->out[2] && !t->out[3], !t->out[4]);
	}
	dir_free(t);
	return alert;
}

#define GOES_ON(...) \
	assert_int_equal(alert_for(&(struct chello){ __VA_ARGS__ }), -1)
#define REFUSED(alert, ...)                                           \
	assert_int_equal(alert_for(&(struct chello){ __VA_ARGS__ }), \
			 TLSO_ALERT_##alert)

static void test_accepted(void **state)
{
	(void)state;
	GOES_ON(0);
	GOES_ON(.sid_len = 32);
	GOES_ON(.psk = 1);
	GOES_ON(.psk = 1, .early_data = true);
	GOES_ON(.extra = 0xfafa);
	GOES_ON(.suites = { TLSO_AES_256_GCM_SHA384 });
	GOES_ON(.suites = { TLSO_CHACHA20_POLY1305_SHA256 });
	GOES_ON(.shares = { TLSO_GROUP_X25519 });
	GOES_ON(.groups = { TLSO_GROUP_P384 }, .shares = { TLSO_GROUP_P384 });
	GOES_ON(.shares = { EMPTY }); /* HelloRetryRequest */
	/* Only supported_versions counts; but see 0x0300 below. */
	GOES_ON(.legacy_version = 0x0301);
	GOES_ON(.legacy_version = 0x0304);
	GOES_ON(.versions = { 0x0304, 0x0303, 0x0302 });
	GOES_ON(.versions = { 0x0303, 0x7a7a }, .v12 = true);
	/* what TLS 1.3 does not look at */
	GOES_ON(.points = 1);
	GOES_ON(.reneg_data = true);
	GOES_ON(.ems = true, .reneg = true, .ticket = true);
}

static void test_accepted_12(void **state)
{
	(void)state;
	GOES_ON(.v12 = true);
	GOES_ON(.v12 = true, .legacy_version = 0x0304);
	GOES_ON(.v12 = true, .sid_len = 32);
	GOES_ON(.v12 = true, .ems = true, .reneg = true, .ticket = true);
	GOES_ON(.v12 = true, .points = 0xff);
	GOES_ON(.v12 = true, .groups = { OUT });
	GOES_ON(.v12 = true, .compressions = { 1 });
	GOES_ON(.v12 = true, .extra = TLSO_EXT_STATUS_REQUEST);
	/* what TLS 1.2 does not look at */
	GOES_ON(.v12 = true, .psk = 1, .psk_first = true);
	GOES_ON(.v12 = true, .psk = 1, .psk_mode = 0xff);
}

static void test_refused(void **state)
{
	(void)state;
	REFUSED(PROTOCOL_VERSION, .legacy_version = 0x0300);
	REFUSED(PROTOCOL_VERSION, .legacy_version = 0x0002);
	REFUSED(PROTOCOL_VERSION, .versions = { 0x0302, 0x0305 });
	REFUSED(MISSING_EXTENSION, .groups = { OUT });
	REFUSED(MISSING_EXTENSION, .shares = { OUT });
	REFUSED(MISSING_EXTENSION, .schemes = { OUT });
	REFUSED(MISSING_EXTENSION, .psk = 1, .psk_mode = 0xff);
	REFUSED(ILLEGAL_PARAMETER, .compressions = { 1 });
	REFUSED(ILLEGAL_PARAMETER, .compressions = { 1, 0xff });
	REFUSED(ILLEGAL_PARAMETER, .psk = 1, .psk_first = true);
	REFUSED(ILLEGAL_PARAMETER, .psk = 2, .psk_missing_binder = true);
	REFUSED(ILLEGAL_PARAMETER,
		.shares = { TLSO_GROUP_P256, TLSO_GROUP_P256 });
	REFUSED(ILLEGAL_PARAMETER, .groups = { TLSO_GROUP_X25519 },
		.shares = { TLSO_GROUP_P256 });
	REFUSED(ILLEGAL_PARAMETER, .share_cut = 1);
	REFUSED(ILLEGAL_PARAMETER, .limit = 63);
	REFUSED(HANDSHAKE_FAILURE, .suites = { 0x1304 });
	REFUSED(HANDSHAKE_FAILURE, .suites = { 0xc02b });
	REFUSED(HANDSHAKE_FAILURE, .schemes = { TLSO_RSA_PSS_RSAE_SHA256 });
	REFUSED(HANDSHAKE_FAILURE, .schemes = { TLSO_ECDSA_SHA1 });
	REFUSED(HANDSHAKE_FAILURE, .schemes = { TLSO_ECDSA_P384_SHA384 });
	REFUSED(HANDSHAKE_FAILURE, .groups = { 25 }, .shares = { 25 });
	/* form */
	REFUSED(DECODE_ERROR, .sid_len = 33);
	REFUSED(DECODE_ERROR, .extra = 0x0a0a); /* twice */
	REFUSED(DECODE_ERROR, .shares = { OUT }, .extra = TLSO_EXT_KEY_SHARE);
	REFUSED(DECODE_ERROR, .extra = TLSO_EXT_ALPN);
	REFUSED(DECODE_ERROR, .extra = TLSO_EXT_RENEGOTIATION_INFO);
	REFUSED(DECODE_ERROR, .extra = TLSO_EXT_EC_POINT_FORMATS);
	REFUSED(DECODE_ERROR, .extra = TLSO_EXT_RECORD_SIZE_LIMIT);
	REFUSED(DECODE_ERROR, .extra = TLSO_EXT_PSK_KEY_EXCHANGE_MODES);
	REFUSED(DECODE_ERROR, .extra = TLSO_EXT_PRE_SHARED_KEY);
	REFUSED(DECODE_ERROR, .groups = { EMPTY });
	REFUSED(DECODE_ERROR, .schemes = { EMPTY });
	REFUSED(DECODE_ERROR, .versions = { EMPTY });
	REFUSED(DECODE_ERROR, .name = "");
	REFUSED(DECODE_ERROR, .alpn = "");
	REFUSED(DECODE_ERROR, .alpn = "\3h2");
}

static void test_refused_12(void **state)
{
	(void)state;
	REFUSED(PROTOCOL_VERSION, .v12 = true, .legacy_version = 0x0302);
	REFUSED(PROTOCOL_VERSION, .v12 = true, .legacy_version = 0x0300);
	REFUSED(PROTOCOL_VERSION, .v12 = true, .versions = { 0x0302 });
	REFUSED(INAPPROPRIATE_FALLBACK, .v12 = true,
		.suites = { 0xc02b, TLSO_FALLBACK_SCSV });
	REFUSED(INAPPROPRIATE_FALLBACK, .v12 = true, .legacy_version = 0x0302,
		.suites = { 0xc02b, TLSO_FALLBACK_SCSV });
	REFUSED(ILLEGAL_PARAMETER, .v12 = true, .compressions = { 1, 0xff });
	REFUSED(ILLEGAL_PARAMETER, .v12 = true, .points = 1);
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .reneg_data = true);
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .suites = { 0x1301 });
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .suites = { 0xc02f });
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .suites = { 0x009c });
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .schemes = { OUT });
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .schemes = { 0x0203 });
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .groups = { 25 });
	/* the certificate's curve is not among them */
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .groups = { 29, 24 });
	REFUSED(HANDSHAKE_FAILURE, .v12 = true, .no_extensions = true);
}

/* Too many extensions to compare with each other are refused at once. */
static void test_many_extensions(void **state)
{
	u8 msg[4 + 2 + 32 + 1 + 4 + 2 + 2 + 4 * 4000] = { 1 };
	struct tlso_client_hello ch;
	struct tlso_wr w;
	unsigned int i;
	size_t at;

	(void)state;
	tlso_wr_init(&w, msg, sizeof(msg));
	tlso_wr_u8(&w, 1);
	tlso_wr_u24(&w, sizeof(msg) - 4);
	tlso_wr_bytes(&w, "\3\3", 2);
	(void)tlso_wr_room(&w, 33);
	tlso_wr_bytes(&w, "\0\2\x13\1\1\0", 6);
	at = tlso_wr_open(&w, 2);
	for (i = 0; i < 4000; i++)
		tlso_wr_u32(&w, (0x4000 + i) << 16);
	tlso_wr_close(&w, at, 2);
	assert_int_equal(w.n, sizeof(msg));
	assert_int_equal(tlso_client_hello_parse(&ch, msg, sizeof(msg)),
			 TLSO_E_DECODE);
}

/* With everything that is known in it. */
static const struct chello full = {
	.sid_len = 32, .name = "a.example", .alpn = "\2h2\x8http/1.1",
	.limit = 4096, .points = 0xff, .ems = true, .reneg_data = true,
	.ticket = true, .early_data = true, .psk = 2,
};

static enum tlso_err parse(const u8 *msg, size_t n)
{
	struct tlso_client_hello ch;
	enum tlso_err e;
	u8 *copy = malloc(n); /* so that the sanitizer sees its end */

	memcpy(copy, msg, n);
	e = tlso_client_hello_parse(&ch, copy, n);
	free(copy);
	return e;
}

static void test_truncated(void **state)
{
	u8 msg[CHELLO_MAX];
	size_t n = chello_write(&full, msg, NULL, 0, NULL), i;

	(void)state;
	assert_int_equal(parse(msg, n), TLSO_OK);
	for (i = 1; i < n; i++) {
		assert_int_equal(parse(msg, i), TLSO_E_DECODE);
		/* And with a message length that agrees. */
		if (i < 4)
			continue;
		msg[2] = (u8)((i - 4) >> 8);
		msg[3] = (u8)(i - 4);
		/* Only the hello without extensions is whole. */
		if (i == 4 + 2 + 32 + 1 + 32 + 2 + 4 + 2)
			assert_int_equal(parse(msg, i), TLSO_OK);
		else
			assert_int_equal(parse(msg, i), TLSO_E_DECODE);
		msg[2] = (u8)((n - 4) >> 8);
		msg[3] = (u8)(n - 4);
	}
}

static void test_lengths(void **state)
{
	u8 msg[CHELLO_MAX];
	unsigned int lens[64], n_lens, i, at;
	size_t n = chello_write(&full, msg, lens, 64, &n_lens);

	(void)state;
	assert_true(n_lens > 25 && n_lens < 64);
	for (i = 0; i < n_lens; i++) {
		at = lens[i] / 4 + lens[i] % 4 - 1;
		msg[at]++;
		assert_int_not_equal(parse(msg, n), TLSO_OK);
		msg[at] -= 2;
		assert_int_not_equal(parse(msg, n), TLSO_OK);
		msg[at]++;
	}
	assert_int_equal(parse(msg, n), TLSO_OK);
}

/* Whatever a byte becomes, the answer is a starter or an alert. */
static unsigned int mutate(struct dir *t, const struct chello *h, size_t *n)
{
	unsigned int went_on = 0, bit;
	u8 msg[CHELLO_MAX];
	size_t i;

	*n = chello_write(h, msg, NULL, 0, NULL);
	for (i = 0; i < *n; i++) {
		for (bit = 0; bit < 8; bit++) {
			msg[i] ^= (u8)(1u << bit);
			dir_again(t);
			dir_give(t, TLSO_HS_CLIENT_HELLO, 0, 0, msg, *n);
			if (t->r != TLSO_STEP_FAIL)
				went_on++;
			else
				assert_int_equal(t->wire, 7);
			msg[i] ^= (u8)(1u << bit);
		}
	}
	return went_on;
}

static void test_mutated(void **state)
{
	struct chello h = full;
	struct dir *t = dir_new();
	unsigned int on;
	size_t n;

	(void)state;
	on = mutate(t, &h, &n);
	assert_in_range(on, n, 8 * n - 1);
	h.v12 = true;
	h.reneg_data = false;
	on = mutate(t, &h, &n);
	assert_in_range(on, n, 8 * n - 1);
	dir_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_accepted_12),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_12),
		cmocka_unit_test(test_many_extensions),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_mutated),
	};

	return cmocka_run_group_tests_name("hello", tests, NULL, NULL);
}
