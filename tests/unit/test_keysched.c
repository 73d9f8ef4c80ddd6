// SPDX-License-Identifier: GPL-2.0-only
/* Key schedule, records and a whole server flight against RFC 8448. */
#include "harness.h"
#include "rfc8448.h"
#include "../../kmod/core/keysched.h"
#include "../../kmod/core/starter.h"

static size_t hex(const char *s, u8 *out)
{
	size_t n;

	for (n = 0; s[2 * n]; n++)
		assert_int_equal(sscanf(s + 2 * n, "%2hhx", &out[n]), 1);
	return n;
}

static void same(const u8 *p, const char *want)
{
	u8 bytes[1024];
	size_t n = hex(want, bytes);

	assert_memory_equal(p, bytes, n);
}

static void test_schedule(void **state)
{
	const struct tlso_hash_alg *h = tlso_host_crypto.sha256;
	u8 secret[48], shared[32], thash[48], out[48], key[16], iv[12];

	(void)state;
	assert_int_equal(tlso_early_secret(h, secret), TLSO_OK);
	same(secret, early_secret_hex);
	assert_int_equal(tlso_derive_secret(h, secret, "derived", NULL, out),
			 TLSO_OK);
	same(out, derived_hex);
	assert_int_equal(tlso_next_stage(h, secret, shared, hex(shared_hex,
								shared)),
			 TLSO_OK);
	same(secret, handshake_secret_hex);
	hex(hello_hash_hex, thash);
	assert_int_equal(tlso_derive_secret(h, secret, "c hs traffic", thash,
					    out), TLSO_OK);
	same(out, client_hs_hex);
	assert_int_equal(tlso_derive_secret(h, secret, "s hs traffic", thash,
					    out), TLSO_OK);
	same(out, server_hs_hex);
	assert_int_equal(tlso_traffic_keys(h, out, key, sizeof(key), iv),
			 TLSO_OK);
	same(key, server_hs_key_hex);
	same(iv, server_hs_iv_hex);
	assert_int_equal(tlso_next_stage(h, secret, NULL, 0), TLSO_OK);
	same(secret, master_secret_hex);
	/* More than one block of HKDF-Expand is not for us. */
	assert_int_equal(tlso_expand_label(h, secret, "x", NULL, 0, out, 33),
			 TLSO_E_CRYPTO);
}

/* RFC 4231, test case 2, both hashes. */
static void test_hmac(void **state)
{
	static const u8 msg[] = "what do ya want for nothing?";
	u8 out[48];

	(void)state;
	assert_int_equal(tlso_hmac(tlso_host_crypto.sha256,
				   (const u8 *)"Jefe", 4, msg, 10, msg + 10,
				   18, out), TLSO_OK);
	same(out, "5bdcc146bf60754e6a042426089575c7"
		  "5a003f089d2739839dec58b964ec3843");
	assert_int_equal(tlso_hmac(tlso_host_crypto.sha384,
				   (const u8 *)"Jefe", 4, msg, 28, NULL, 0,
				   out), TLSO_OK);
	same(out, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
		  "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
}

static void test_nonce(void **state)
{
	u8 iv[12], nonce[12];

	(void)state;
	hex(server_hs_iv_hex, iv);
	tlso_record_nonce(nonce, iv, 0);
	assert_memory_equal(nonce, iv, 12);
	tlso_record_nonce(nonce, iv, 0x0102030405060708ULL);
	same(nonce, "5d313eb2" "66" "10" "75" "ea" "16" "06" "0c" "38");
}

static void test_record(void **state)
{
	struct tlso_record_keys tx = { tlso_host_crypto.aes128_gcm, 0, { 0 },
				       { 0 } };
	struct tlso_record_keys rx;
	u8 rec[1024], plain[1024];
	size_t n = 0, len, i;
	u8 type;

	(void)state;
	hex(server_hs_key_hex, tx.key);
	hex(server_hs_iv_hex, tx.iv);
	rx = tx;
	n += hex(encrypted_extensions_hex, plain + n);
	n += hex(certificate_hex, plain + n);
	n += hex(certificate_verify_hex, plain + n);
	n += hex(server_finished_hex, plain + n);
	memcpy(rec + 5, plain, n);
	assert_int_equal(tlso_record_seal(&tx, rec, TLSO_CT_HANDSHAKE, n, 0),
			 TLSO_OK);
	same(rec, server_flight_hex);
	assert_int_equal(tx.seq, 1);
	assert_int_equal(tlso_record_open(&rx, rec, rec + 5, n + 17, &type,
					  &len), TLSO_OK);
	assert_int_equal(type, TLSO_CT_HANDSHAKE);
	assert_int_equal(len, n);
	assert_memory_equal(rec + 5, plain, n);
	/* Again: the sequence number has moved on. */
	hex(server_flight_hex, rec);
	assert_int_equal(tlso_record_open(&rx, rec, rec + 5, n + 17, &type,
					  &len), TLSO_E_BAD_MAC);
	/* Every bit counts. */
	for (i = 0; i < n + 22; i += 13) {
		hex(server_flight_hex, rec);
		rec[i] ^= 0x10;
		rx.seq = 0;
		assert_int_equal(tlso_record_open(&rx, rec, rec + 5, n + 17,
						  &type, &len), TLSO_E_BAD_MAC);
		assert_int_equal(rx.seq, 0);
	}
	/* A sequence number never wraps (5.3). */
	tx.seq = ~0ULL;
	assert_int_equal(tlso_record_seal(&tx, rec, TLSO_CT_DATA, 1, 0),
			 TLSO_E_STATE);
}

/* ---- The trace's server --------------------------------------------------- */

static int trace_random(void *rng, u8 *out, size_t n)
{
	(void)rng;
	assert_int_equal(n, 32);
	hex(server_random_hex, out);
	return 0;
}

static int trace_exchange(void *rng, const u8 *peer, u8 *share, u8 *secret)
{
	(void)rng;
	same(peer, client_share_hex);
	hex(server_share_hex, share);
	hex(shared_hex, secret);
	return 0;
}

static int trace_sign(void *rng, void *key, u16 scheme, const u8 *msg, size_t n,
		      u8 *sig, size_t *sig_len)
{
	u8 cv[256];

	(void)rng;
	(void)key;
	assert_int_equal(scheme, TLSO_RSA_PSS_RSAE_SHA256);
	assert_int_equal(n, 64 + 34 + 32);
	assert_int_equal(msg[63], ' ');
	assert_string_equal((const char *)msg + 64,
			    "TLS 1.3, server CertificateVerify");
	hex(certificate_verify_hex, cv);
	*sig_len = 128;
	memcpy(sig, cv + 8, 128);
	return 0;
}

static const struct tlso_group_alg trace_x25519 = { TLSO_GROUP_X25519, 32, 32,
						    trace_exchange };
static const struct tlso_group_alg *const trace_groups[] = { &trace_x25519,
							     NULL };

/* A message as in the trace, with @n zeros at @off to be filled. */
static void trace_message(struct tlso_starter_wr *s, const char *text,
			  size_t off, size_t n)
{
	u8 msg[1024];
	size_t len = hex(text, msg);

	if (n)
		memset(msg + off, 0, n);
	tlso_starter_message_begin(s, msg[0]);
	tlso_wr_bytes(&s->w, msg + 4, len - 4);
	tlso_starter_message_end(s);
}

static size_t trace_starter(u8 *out, size_t cap, size_t *wire)
{
	struct tlso_starter_wr s;
	u8 peer[32];
	size_t n;

	hex(client_share_hex, peer);
	tlso_starter_begin(&s, out, cap, TLSO_AES_128_GCM_SHA256, 0);
	trace_message(&s, server_hello_hex, 6, 32);
	tlso_starter_fill(&s, TLSO_FILL_RANDOM, 0, 6, 32, NULL, 0);
	tlso_starter_fill(&s, TLSO_FILL_KEY_SHARE, TLSO_GROUP_X25519, 52, 32,
			  peer, 32);
	tlso_starter_epoch(&s, TLSO_EPOCH_HANDSHAKE);
	trace_message(&s, encrypted_extensions_hex, 0, 0);
	trace_message(&s, certificate_hex, 0, 0);
	trace_message(&s, certificate_verify_hex, 6, 130);
	tlso_starter_fill(&s, TLSO_FILL_SIGNATURE, 0x0804, 6, 130, NULL, 0);
	trace_message(&s, server_finished_hex, 4, 32);
	tlso_starter_fill(&s, TLSO_FILL_FINISHED, 0, 4, 32, NULL, 0);
	tlso_starter_epoch(&s, TLSO_EPOCH_APPLICATION);
	assert_int_equal(tlso_starter_end(&s, &n, wire), TLSO_OK);
	return n;
}

static void feed_all(struct tlso_completer *c, const u8 *p, size_t n,
		     size_t piece, enum tlso_feed want, size_t *seg_len)
{
	enum tlso_feed r = TLSO_FEED_MORE;
	size_t used, k;

	while (n) {
		k = piece < n ? piece : n;
		r = tlso_completer_feed(c, p, k, &used, seg_len);
		assert_int_equal(used, k);
		p += k;
		n -= k;
		if (n)
			assert_int_equal(r, TLSO_FEED_MORE);
	}
	assert_int_equal(r, want);
}

static void run_trace(size_t piece)
{
	struct tlso_crypto crypto = tlso_host_crypto;
	struct tlso_signer signer = { NULL, trace_sign };
	static u8 seg[TLSO_COMPLETER_SEG_MIN];
	u8 msg[256], rec[256], starter[2048], out[2048];
	struct tlso_session_keys k;
	struct tlso_completer c;
	struct tlso_finished f;
	size_t n, wire, len, seg_len;

	crypto.random = trace_random;
	crypto.groups = trace_groups;
	tlso_completer_init(&c, &crypto, NULL, &signer, seg, sizeof(seg));
	n = hex(client_hello_hex, msg);
	n = record_clear(rec, TLSO_CT_HANDSHAKE, msg, n);
	rec[2] = 1;
	feed_all(&c, rec, n, piece, TLSO_FEED_FINISHED, &seg_len);
	assert_int_equal(tlso_finished_read(&f, seg, seg_len), TLSO_OK);
	assert_int_equal(f.type, TLSO_HS_CLIENT_HELLO);
	assert_int_equal(f.ops, 0);
	same(f.body, client_hello_hex);

	n = trace_starter(starter, sizeof(starter), &wire);
	assert_int_equal(wire, 95 + 679);
	assert_int_equal(tlso_completer_starter(&c, starter, n, out,
						sizeof(out), &len), TLSO_OK);
	assert_int_equal(len, wire);
	same(out, "160303005a");
	same(out + 5, server_hello_hex);
	same(out + 95, server_flight_hex);

	n = hex(client_finished_hex, rec);
	feed_all(&c, rec, n, piece, TLSO_FEED_COMPLETE, &seg_len);
	assert_int_equal(tlso_finished_read(&f, seg, seg_len), TLSO_OK);
	assert_int_equal(f.type, TLSO_HS_FINISHED);
	assert_int_equal(f.epoch, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(f.ops, TLSO_OP_SERVER_RANDOM | TLSO_OP_KEY_SHARE |
				TLSO_OP_KEYS | TLSO_OP_SIGN |
				TLSO_OP_MAC_MAKE | TLSO_OP_MAC_CHECK);

	assert_int_equal(tlso_completer_keys(&c, &k), TLSO_OK);
	same(k.tx.key, server_ap_key_hex);
	same(k.tx.iv, server_ap_iv_hex);
	same(k.tx.secret, server_ap_hex);
	same(k.rx.key, client_ap_key_hex);
	same(k.rx.iv, client_ap_iv_hex);
	same(k.rx.secret, client_ap_hex);
	same(k.resumption, resumption_hex);
	tlso_completer_wipe(&c);
}

static void test_trace(void **state)
{
	size_t piece;

	(void)state;
	for (piece = 1; piece < 300; piece += 7)
		run_trace(piece);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule), cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_nonce),	 cmocka_unit_test(test_record),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests_name("keysched", tests, NULL, NULL);
}
