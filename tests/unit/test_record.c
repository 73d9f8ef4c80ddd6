// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of both versions: RFC 8448's, what openssl's AES-GCM and ChaCha20 make of
 * the nonces and additional data of RFC 5288 and RFC 7905, and every bit spoiled.
 */
#include "half.h"
#include "hex.h"
#include "rfc8448.h"
#include "../../kmod/core/seam.h"
#include "../../kmod/core/suite.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 copy[TLSO_REC_CIPHER_MAX + 64];

static void keys_for(struct tlso_record_keys *k, const struct tlso_suite *s)
{
	struct tlso_direction_keys d = { .seq = 5 };
	size_t i;

	for (i = 0; i < sizeof(d.key); i++)
		d.key[i] = (u8)i;
	for (i = 0; i < sizeof(d.iv); i++)
		d.iv[i] = (u8)(0xa0 + i);
	assert_int_equal(tlso_record_keys_set(k, test_crypto(), s->version,
					      s->id, &d), TLSO_OK);
	assert_int_equal(k->seq, 5);
}

static void test_nonce(void **state)
{
	u8 iv[12], nonce[12], want[12];

	(void)state;
	hex(server_hs_iv_hex, iv);
	tlso_record_nonce(nonce, iv, 0);
	assert_memory_equal(nonce, iv, 12);
	tlso_record_nonce(nonce, iv, 0x0102030405060708ULL);
	hex("5d313eb2661075ea1606" "0c38", want);
	assert_memory_equal(nonce, want, 12);
}

static void test_keys_set(void **state)
{
	struct tlso_direction_keys d = { 0 };
	struct tlso_record_keys k;

	(void)state;
	assert_int_equal(tlso_record_keys_set(&k, test_crypto(),
					      TLSO_VERSION_13, 0xc02b, &d),
			 TLSO_E_STATE);
	assert_int_equal(tlso_record_keys_set(&k, test_crypto(),
					      TLSO_VERSION_12, 0x1301, &d),
			 TLSO_E_STATE);
	assert_int_equal(tlso_record_keys_set(&k, test_crypto(),
					      TLSO_VERSION_13, 0, &d),
			 TLSO_E_STATE);
	/* And then there is nothing to seal with. */
	assert_int_equal(tlso_record_seal(&k, rec, 22, 1, 0), TLSO_E_STATE);
}

/* RFC 8448 section 3: the server's flight is one record. */
static void test_trace(void **state)
{
	struct tlso_direction_keys d = { 0 };
	struct tlso_record_keys tx, rx;
	size_t n = 0, len, off;
	u8 want[1024], type;

	(void)state;
	hex(server_hs_key_hex, d.key);
	hex(server_hs_iv_hex, d.iv);
	assert_int_equal(tlso_record_keys_set(&tx, test_crypto(),
					      TLSO_VERSION_13, 0x1301, &d),
			 TLSO_OK);
	rx = tx;
	n += hex(encrypted_extensions_hex, rec + 5 + n);
	n += hex(certificate_hex, rec + 5 + n);
	n += hex(certificate_verify_hex, rec + 5 + n);
	n += hex(server_finished_hex, rec + 5 + n);
	assert_int_equal(tlso_record_seal(&tx, rec, TLSO_CT_HANDSHAKE, n, 0),
			 TLSO_OK);
	assert_int_equal(hex(server_flight_hex, want), n + 22);
	assert_memory_equal(rec, want, n + 22);
	assert_int_equal(tx.seq, 1);
	assert_int_equal(tlso_record_open(&rx, rec, rec + 5, n + 17, 16384,
					  &type, &off, &len), TLSO_OK);
	assert_int_equal(type, TLSO_CT_HANDSHAKE);
	assert_int_equal(len, n);
	assert_int_equal(off, 0);
	/* Again: the sequence number has moved on. */
	assert_int_equal(tlso_record_open(&rx, want, want + 5, n + 17, 16384,
					  &type, &off, &len), TLSO_E_BAD_MAC);
}

/* TLS 1.2, by other means: nonce and additional data put together here. */
static void test_form_12(void **state)
{
	static const u16 ids[] = { 0xc02b, 0xc030, 0xcca8 };
	const struct tlso_suite *s;
	struct tlso_record_keys k;
	u8 nonce[12], aad[13], text[9 + 16];
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		s = tlso_suite_find(ids[i]);
		keys_for(&k, s);
		assert_int_equal(tlso_record_before(&k), i < 2 ? 8 : 0);
		assert_int_equal(tlso_record_after(&k), 16);
		memcpy(rec + 5 + tlso_record_before(&k), "some text", 9);
		assert_int_equal(tlso_record_seal(&k, rec, 23, 9, 0), TLSO_OK);
		assert_memory_equal(rec, "\x17\3\3\0", 4);
		assert_int_equal(rec[4], 9 + 16 + (i < 2 ? 8 : 0));
		memcpy(aad, "\0\0\0\0\0\0\0\5\x17\3\3\0\x9", 13);
		for (j = 0; j < 12; j++)
			nonce[j] = (u8)(0xa0 + j);
		if (i < 2) {
			memcpy(nonce + 4, "\0\0\0\0\0\0\0\5", 8);
			assert_memory_equal(rec + 5, nonce + 4, 8);
		} else {
			nonce[11] ^= 5;
		}
		memcpy(text, "some text", 9);
		assert_int_equal(k.aead->seal(k.key, nonce, aad, 13, text, 9),
				 0);
		assert_memory_equal(rec + 5 + (i < 2 ? 8 : 0), text, 25);
	}
}

/* The record in copy, whose body has @n bytes. */
static enum tlso_err opened(struct tlso_record_keys *k, size_t n)
{
	size_t off, len;
	enum tlso_err e;
	u8 type;

	e = tlso_record_open(k, copy, copy + 5, n, 16384, &type, &off, &len);
	if (e)
		assert_int_equal(len, 0);
	return e;
}

static int open_no_memory(const u8 *key, const u8 *nonce, const u8 *aad,
			  size_t aad_len, u8 *buf, size_t n)
{
	(void)key, (void)nonce, (void)aad, (void)aad_len, (void)buf, (void)n;
	return -12;
}

/* An open() that failed says nothing of the peer's tag. */
static void test_no_memory(void **state)
{
	struct tlso_aead_alg broken = { .open = open_no_memory };
	struct tlso_record_keys k;
	unsigned int j;

	(void)state;
	for (j = 0; tlso_suite_at(j); j++) {
		keys_for(&k, tlso_suite_at(j));
		broken.key_len = k.aead->key_len;
		k.aead = &broken;
		assert_int_equal(opened(&k, 40), TLSO_E_CRYPTO);
		assert_int_equal(k.seq, 5);
	}
}

/* Every suite: what was sealed opens, spoiled it does not, and then nothing moves. */
static void test_round(void **state)
{
	const struct tlso_suite *s;
	struct tlso_record_keys tx, rx;
	size_t n, pad, total, len, off, i;
	unsigned int j;
	u8 type;

	(void)state;
	for (j = 0; (s = tlso_suite_at(j)); j++) {
		for (n = 0; n < 40; n += 13) {
			keys_for(&tx, s);
			rx = tx;
			pad = tx.tls12 ? 0 : n;
			memset(rec + 5 + tlso_record_before(&tx), 0x61, n);
			assert_int_equal(tlso_record_seal(&tx, rec, 22, n, pad),
					 TLSO_OK);
			assert_int_equal(tx.seq, 6);
			total = tlso_record_before(&tx) + n + pad +
				tlso_record_after(&tx);
			assert_int_equal(rec[4], total);
			for (i = 0; i < 5 + total; i++) {
				if (tx.tls12 && (i == 3 || i == 4))
					continue; /* the length is counted */
				memcpy(copy, rec, 5 + total);
				copy[i] ^= (u8)(1 << (i % 8));
				assert_int_equal(opened(&rx, total),
						 TLSO_E_BAD_MAC);
				assert_int_equal(rx.seq, 5);
			}
			for (i = 0; i < total; i++) {
				memcpy(copy, rec, 5 + total);
				assert_int_equal(opened(&rx, i),
						 TLSO_E_BAD_MAC);
			}
			/* Out of order. */
			rx.seq = 4;
			memcpy(copy, rec, 5 + total);
			assert_int_equal(tlso_record_open(&rx, copy, copy + 5,
							  total, 16384, &type,
							  &off, &len),
					 TLSO_E_BAD_MAC);
			rx.seq = 5;
			assert_int_equal(tlso_record_open(&rx, rec, rec + 5,
							  total, 16384, &type,
							  &off, &len), TLSO_OK);
			assert_int_equal(type, 22);
			assert_int_equal(len, n);
			assert_int_equal(off, tlso_record_before(&rx));
			assert_int_equal(rx.seq, 6);
		}
	}
}

static void test_limits(void **state)
{
	static const size_t limits[] = { 64, 1000, 16384 };
	const struct tlso_suite *s;
	struct tlso_record_keys tx, rx;
	size_t i, n, total, len, off;
	unsigned int j;
	u8 type;

	(void)state;
	for (j = 0; (s = tlso_suite_at(j)); j++) {
		for (i = 0; i < 6; i++) {
			n = limits[i / 2] + (i & 1);
			keys_for(&tx, s);
			rx = tx;
			if (n > TLSO_REC_PLAIN_MAX) {
				assert_int_equal(tlso_record_seal(&tx, rec, 23,
								  n, 0),
						 TLSO_E_STATE);
				continue;
			}
			memset(rec, 1, n + 20);
			assert_int_equal(tlso_record_seal(&tx, rec, 23, n, 0),
					 TLSO_OK);
			total = tlso_record_before(&tx) + n +
				tlso_record_after(&tx);
			assert_int_equal(tlso_record_open(&rx, rec, rec + 5,
							  total, limits[i / 2],
							  &type, &off, &len),
					 i & 1 ? TLSO_E_OVERFLOW : TLSO_OK);
		}
		/* Padding counts in TLS 1.3, and there is none in TLS 1.2. */
		keys_for(&tx, s);
		rx = tx;
		if (tx.tls12) {
			assert_int_equal(tlso_record_seal(&tx, rec, 23, 1, 1),
					 TLSO_E_STATE);
		} else {
			assert_int_equal(tlso_record_seal(&tx, rec, 23, 60, 5),
					 TLSO_OK);
			assert_int_equal(tlso_record_open(&rx, rec, rec + 5,
							  60 + 5 + 17, 64,
							  &type, &off, &len),
					 TLSO_E_OVERFLOW);
			assert_int_equal(tlso_record_seal(&tx, rec, 23, 16384,
							  1), TLSO_E_STATE);
		}
		/* A sequence number never wraps (5.3). */
		tx.seq = ~0ULL;
		assert_int_equal(tlso_record_seal(&tx, rec, 23, 1, 0),
				 TLSO_E_STATE);
		assert_int_equal(tlso_record_open(&tx, rec, rec + 5, 40, 16384,
						  &type, &off, &len),
				 TLSO_E_STATE);
		keys_for(&rx, s);
		assert_int_equal(tlso_record_open(&rx, rec, rec + 5,
						  TLSO_REC_CIPHER_MAX + 1,
						  16384, &type, &off, &len),
				 TLSO_E_OVERFLOW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nonce),
		cmocka_unit_test(test_keys_set),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_form_12),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
