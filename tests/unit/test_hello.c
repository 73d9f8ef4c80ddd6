// SPDX-License-Identifier: GPL-2.0-only
/* ClientHello: what is taken, what is refused and with which alert. */
#include "harness.h"
#include "../../kmod/core/hs_client_hello.h"

static int alert_for(const struct hello *h)
{
	u8 msg[HELLO_MAX];
	size_t n = hello_write(h, msg, NULL, 0, NULL);

	return director_alert(NULL, TLSO_HS_CLIENT_HELLO, 0, msg, n);
}

#define GOES_ON(...) \
	assert_int_equal(alert_for(&(struct hello){ __VA_ARGS__ }), -1)
#define REFUSED(alert, ...)                                          \
	assert_int_equal(alert_for(&(struct hello){ __VA_ARGS__ }), \
			 TLSO_ALERT_##alert)

static void test_accepted(void **state)
{
	(void)state;
	GOES_ON(0);
	GOES_ON(.sid_len = 32);
	GOES_ON(.psk = true);
	GOES_ON(.psk = true, .early_data = true);
	GOES_ON(.extra = 0xfafa);
	GOES_ON(.suite = TLSO_AES_256_GCM_SHA384);
	GOES_ON(.suite = TLSO_CHACHA20_POLY1305_SHA256);
	GOES_ON(.share_group = TLSO_GROUP_X25519);
	/* Only supported_versions counts; but see 0x0300 below. */
	GOES_ON(.legacy_version = 0x0301);
	GOES_ON(.legacy_version = 0x0304);
	GOES_ON(.share_group = 0xffff); /* none: HelloRetryRequest */
}

static void test_refused(void **state)
{
	(void)state;
	REFUSED(PROTOCOL_VERSION, .no_extensions = true);
	REFUSED(PROTOCOL_VERSION, .no_versions = true);
	REFUSED(PROTOCOL_VERSION, .version = 0x0303);
	REFUSED(PROTOCOL_VERSION, .legacy_version = 0x0300);
	REFUSED(PROTOCOL_VERSION, .legacy_version = 0x0002);
	REFUSED(MISSING_EXTENSION, .no_groups = true);
	REFUSED(MISSING_EXTENSION, .no_shares = true);
	REFUSED(MISSING_EXTENSION, .no_schemes = true);
	REFUSED(MISSING_EXTENSION, .psk = true, .psk_without_modes = true);
	REFUSED(ILLEGAL_PARAMETER, .duplicate = true);
	REFUSED(ILLEGAL_PARAMETER, .bad_compression = true);
	REFUSED(ILLEGAL_PARAMETER, .psk_first = true);
	REFUSED(ILLEGAL_PARAMETER, .two_shares = true);
	REFUSED(ILLEGAL_PARAMETER, .share_not_offered = true);
	REFUSED(ILLEGAL_PARAMETER, .short_share = true);
	REFUSED(DECODE_ERROR, .sid_len = 33);
	/* Extensions that may not be empty. */
	REFUSED(DECODE_ERROR, .no_shares = true, .extra = TLSO_EXT_KEY_SHARE);
	REFUSED(HANDSHAKE_FAILURE, .suite = 0x1304);
	REFUSED(HANDSHAKE_FAILURE, .scheme = TLSO_RSA_PSS_RSAE_SHA256);
	REFUSED(HANDSHAKE_FAILURE, .only_group = 24, .share_group = 24);
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

static const struct hello full = {
	.sid_len = 32,
	.psk = true,
	.early_data = true,
};

static enum tlso_err parse(const u8 *msg, size_t n)
{
	struct tlso_client_hello ch;
	enum tlso_err e;
	u8 *copy = malloc(n);

	memcpy(copy, msg, n);
	e = tlso_client_hello_parse(&ch, copy, n);
	free(copy);
	return e;
}

static void test_truncated(void **state)
{
	u8 msg[HELLO_MAX];
	size_t n = hello_write(&full, msg, NULL, 0, NULL), i;

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
	u8 msg[HELLO_MAX];
	unsigned int lens[64], n_lens, i, at;
	size_t n = hello_write(&full, msg, lens, 64, &n_lens);

	(void)state;
	assert_true(n_lens > 15 && n_lens < 64);
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
static void test_mutated(void **state)
{
	u8 msg[HELLO_MAX];
	size_t n = hello_write(&full, msg, NULL, 0, NULL), i;
	unsigned int went_on = 0, bit;

	(void)state;
	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			msg[i] ^= (u8)(1u << bit);
			went_on += director_alert(NULL, TLSO_HS_CLIENT_HELLO, 0,
						  msg, n) == -1;
			msg[i] ^= (u8)(1u << bit);
		}
	}
	assert_in_range(went_on, n, 8 * n - 1);
}

/* RSA: the scheme that the client has, and room for the modulus. */
static void test_rsa_schemes(void **state)
{
	struct tlso_director_cfg cfg = test_cfg;
	struct hello h = { 0 };
	u8 msg[HELLO_MAX];
	size_t n;
	u16 scheme;

	(void)state;
	cfg.key_type = TLSO_KEY_RSA;
	cfg.rsa_bits = 2048;
	for (scheme = 0x0804; scheme <= 0x0807; scheme++) {
		h.scheme = scheme;
		n = hello_write(&h, msg, NULL, 0, NULL);
		assert_int_equal(director_alert(&cfg, 1, 0, msg, n),
				 scheme < 0x0807 ? -1 :
				 TLSO_ALERT_HANDSHAKE_FAILURE);
	}
	cfg.rsa_bits = 1024; /* too short for SHA-512 */
	h.scheme = TLSO_RSA_PSS_RSAE_SHA512;
	n = hello_write(&h, msg, NULL, 0, NULL);
	assert_int_equal(director_alert(&cfg, 1, 0, msg, n),
			 TLSO_ALERT_HANDSHAKE_FAILURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many_extensions),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_rsa_schemes),
	};

	return cmocka_run_group_tests_name("hello", tests, NULL, NULL);
}
