// SPDX-License-Identifier: GPL-2.0-only
/* PKCS#8 keys as openssl writes them: taken, refused, truncated, mutated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "pem.h"
#include "../../kmod/core/pkcs8.h"
#include "../../kmod/core/wire.h"
#include "../../offload-dev/engine/crypto_host.h"

static char path[] = "/tmp/tlso-pkcs8-XXXXXX";

/* What `openssl genpkey` @args makes; DER to @out. */
static size_t genpkey(const char *args, u8 *out, size_t cap)
{
	char cmd[256];
	const char *at;
	size_t n;
	u8 *file;

	snprintf(cmd, sizeof(cmd), "openssl genpkey %s -out %s 2>/dev/null",
		 args, path);
	assert_int_equal(system(cmd), 0);
	file = file_read(path, &n);
	at = (const char *)file;
	n = pem_next(&at, out, cap);
	free(file);
	assert_true(n > 0);
	return n;
}

#define RSA(bits) "-algorithm RSA -pkeyopt rsa_keygen_bits:" #bits
#define EC(curve) "-algorithm EC -pkeyopt ec_paramgen_curve:" curve

/* The key's blob loads, and what it signs is a signature. */
static void check_key(const char *args, enum tlso_key_type type, u16 bits,
		      u16 scheme)
{
	u8 der[4096], blob[TLSO_KEY_BLOB_MAX], sig[TLSO_SIG_MAX];
	size_t n = genpkey(args, der, sizeof(der)), sig_len = sizeof(sig);
	struct tlso_host_key *key;
	struct tlso_key_blob b;

	assert_int_equal(tlso_pkcs8_read(&b, der, n), TLSO_OK);
	assert_int_equal(b.type, type);
	assert_int_equal(tlso_key_blob_bits(&b), bits);
	assert_int_equal(tlso_key_blob_write(&b, blob, sizeof(blob), &n),
			 TLSO_OK);
	assert_int_equal(tlso_host_key_load(&key, blob, n), 0);
	/* Any 32 bytes are as good as a digest. */
	assert_int_equal(tlso_host_key_sign(key, scheme, der, 32, sig, &sig_len),
			 0);
	assert_in_range(sig_len, 60, type == TLSO_KEY_RSA ? bits / 8 :
					     TLSO_ECDSA_P384_SIG_MAX);
	tlso_host_key_free(key);
}

static void test_taken(void **state)
{
	(void)state;
	check_key(RSA(2048), TLSO_KEY_RSA, 2048, TLSO_RSA_PSS_RSAE_SHA256);
	check_key(RSA(3072), TLSO_KEY_RSA, 3072, TLSO_RSA_PSS_RSAE_SHA256);
	check_key(EC("P-256"), TLSO_KEY_P256, 256, TLSO_ECDSA_P256_SHA256);
	check_key(EC("P-384"), TLSO_KEY_P384, 384, TLSO_ECDSA_P256_SHA256);
}

static void test_refused(void **state)
{
	static const char *const others[] = {
		RSA(1024), EC("P-521"), "-algorithm ED25519", "-algorithm X25519",
		"-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
		RSA(2048) " -pkeyopt rsa_keygen_primes:3",
		EC("P-256") " -pkeyopt ec_param_enc:explicit",
		EC("secp256k1"), EC("brainpoolP384r1"),
	};
	struct tlso_key_blob b;
	u8 der[4096];
	size_t n, i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		n = genpkey(others[i], der, sizeof(der));
		assert_int_not_equal(tlso_pkcs8_read(&b, der, n), TLSO_OK);
		assert_int_equal(b.parts, 0);
	}
}

static enum tlso_err read_exact(const u8 *der, size_t n)
{
	u8 *copy = malloc(n ? n : 1), blob[TLSO_KEY_BLOB_MAX];
	struct tlso_key_blob b, c;
	enum tlso_err e;

	memcpy(copy, der, n);
	e = tlso_pkcs8_read(&b, copy, n);
	/* What is taken makes a blob that is taken. */
	if (!e) {
		assert_int_equal(tlso_key_blob_write(&b, blob, sizeof(blob),
						     &n), TLSO_OK);
		assert_int_equal(tlso_key_blob_read(&c, blob, n), TLSO_OK);
	}
	free(copy);
	return e;
}

static void spoil(const char *args)
{
	u8 der[4096];
	size_t n = genpkey(args, der, sizeof(der) - 1), i;
	unsigned int taken = 0;

	assert_int_equal(read_exact(der, n), TLSO_OK);
	for (i = 0; i < n; i++)
		assert_int_equal(read_exact(der, i), TLSO_E_DECODE);
	der[n] = 0;
	assert_int_equal(read_exact(der, n + 1), TLSO_E_DECODE);
	for (i = 0; i < n; i++) {
		der[i] ^= (u8)(1u << (i % 8));
		taken += read_exact(der, n) == TLSO_OK;
		der[i] ^= (u8)(1u << (i % 8));
	}
	/* Numbers may change, the form may not. */
	assert_in_range(taken, 80, n - 30);
}

static void test_spoiled(void **state)
{
	(void)state;
	spoil(RSA(2048));
	spoil(EC("P-256"));
	spoil(EC("P-384"));
}

/* RFC 5915 lets the public point be left out; we want it there. */
static void test_no_point(void **state)
{
	static const unsigned int lengths[] = { 2, 28, 30 };
	struct tlso_key_blob b;
	u8 der[4096];
	size_t n = genpkey(EC("P-256"), der, sizeof(der)), i;

	(void)state;
	assert_int_equal(tlso_pkcs8_read(&b, der, n), TLSO_OK);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		der[lengths[i]] -= 70;
	/* 30 81 xx is a length below 128 now: one byte */
	memmove(der + 1, der + 2, n - 72);
	assert_int_equal(read_exact(der, n - 71), TLSO_E_DECODE);
}

/* GnuTLS writes a scalar with its top bit set as 33 bytes. */
static void test_long_scalar(void **state)
{
	static const unsigned int lengths[] = { 2, 28, 30, 35 };
	struct tlso_key_blob b;
	u8 der[4096];
	size_t n = genpkey(EC("P-256"), der, sizeof(der) - 1), i;

	(void)state;
	assert_int_equal(der[34], 0x04);
	assert_int_equal(der[35], 32);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		der[lengths[i]]++;
	memmove(der + 37, der + 36, n - 36);
	der[36] = 0;
	assert_int_equal(tlso_pkcs8_read(&b, der, n + 1), TLSO_OK);
	assert_int_equal(b.part[0].n, 32);
	assert_ptr_equal(b.part[0].p, der + 37);
	der[36] = 1;
	assert_int_not_equal(tlso_pkcs8_read(&b, der, n + 1), TLSO_OK);
}

/* BER that is not DER. */
static void test_not_der(void **state)
{
	u8 der[4096];
	size_t n = genpkey(EC("P-256"), der, sizeof(der) - 8);

	(void)state;
	/* 30 81 87 ...: a length with a leading zero */
	assert_int_equal(der[1], 0x81);
	memmove(der + 3, der + 2, n - 2);
	der[1] = 0x82;
	der[2] = 0;
	assert_int_equal(read_exact(der, n + 1), TLSO_E_DECODE);
	/* indefinite */
	memmove(der + 2, der + 4, n - 3);
	der[1] = 0x80;
	assert_int_equal(read_exact(der, n), TLSO_E_DECODE);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_no_point),
		cmocka_unit_test(test_long_scalar),
		cmocka_unit_test(test_not_der),
	};

	return cmocka_run_group_tests_name("pkcs8", tests, setup, teardown);
}
