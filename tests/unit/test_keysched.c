// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key schedules against RFC 8448 and against vectors of the TLS 1.2 PRF; and the
 * traces of RFC 8448, run by completers.
 */
#include "harness.h"
#include "rfc8448.h"
#include "../../kmod/core/keysched.h"
#include "../../kmod/core/post.h"
#include "../../kmod/core/prf12.h"
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
	assert_int_equal(tlso_early_secret(h, NULL, 0, secret), TLSO_OK);
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

/* Section 4: the PSK of section 3's ticket, its binder; then 7.2. */
static void test_psk(void **state)
{
	const struct tlso_hash_alg *h = tlso_host_crypto.sha256;
	u8 resumption[32], psk[32], secret[48], thash[48], out[48], hello[512];
	struct tlso_hash_ctx c;
	u8 nonce[255] = { 0 };

	(void)state;
	hex(resumption_hex, resumption);
	assert_int_equal(tlso_resumption_psk(h, resumption, nonce, 2, psk),
			 TLSO_OK);
	same(psk, psk_hex);
	assert_int_equal(tlso_early_secret(h, psk, 32, secret), TLSO_OK);
	same(secret, resumed_early_hex);
	h->init(&c);
	h->update(&c, hello, hex(resumed_hello_hex, hello));
	h->final(&c, thash);
	same(thash, binder_hash_hex);
	assert_int_equal(tlso_psk_binder(h, secret, thash, out), TLSO_OK);
	same(out, binder_hex);
	/* The longest nonce there is. */
	assert_int_equal(tlso_resumption_psk(h, resumption, nonce, 255, psk),
			 TLSO_OK);
	assert_int_equal(tlso_resumption_psk(h, resumption, nonce, 256, psk),
			 TLSO_E_CRYPTO);
	/* No vector: by the definition. */
	memcpy(out, secret, 32);
	assert_int_equal(tlso_next_traffic(h, out), TLSO_OK);
	assert_int_equal(tlso_hmac(h, secret, 32,
				   (const u8 *)"\0\x20\x11tls13 traffic upd\0\1",
				   22, NULL, 0, thash), TLSO_OK);
	assert_memory_equal(out, thash, 32);
}

/* The vectors that implementers agreed on for the PRF of TLS 1.2. */
static void test_prf12(void **state)
{
	u8 secret[16], seed[16], out[148], randoms[64], master[48];
	const struct tlso_hash_alg *h = tlso_host_crypto.sha256;
	size_t n;

	(void)state;
	hex("9bbe436ba940f017b17652849a71db35", secret);
	hex("a0ba9f936cda311827a6f796ffd5198c", seed);
	for (n = 0; n <= 16; n++) { /* the seed in two pieces */
		assert_int_equal(tlso_prf12(h, secret, 16, "test label", seed,
					    n, seed + n, 16 - n, out, 100),
				 TLSO_OK);
		same(out, "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495"
			  "329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
			  "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b"
			  "97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
			  "87347b66");
	}
	hex("b80b733d6ceefcdc71566ea48e5567df", secret);
	hex("cd665cf6a8447dd6ff8b27555edb7465", seed);
	assert_int_equal(tlso_prf12(tlso_host_crypto.sha384, secret, 16,
				    "test label", seed, 16, NULL, 0, out, 148),
			 TLSO_OK);
	same(out, "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107"
		  "e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700"
		  "884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473"
		  "ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a2"
		  "6066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be8"
		  "5e0990703d73e56f");
	/* RFC 5246 8.1, 7.4.9; RFC 7627 4: which seed goes with which label */
	memset(randoms, 0xc1, 32);
	memset(randoms + 32, 0x5e, 32);
	assert_int_equal(tlso_prf12(h, secret, 16, "master secret", randoms, 64,
				    NULL, 0, out, 48), TLSO_OK);
	assert_int_equal(tlso_master12(h, secret, 16, randoms, randoms + 32,
				       master), TLSO_OK);
	assert_memory_equal(out, master, 48);
	assert_int_equal(tlso_prf12(h, secret, 16, "extended master secret",
				    randoms, 32, NULL, 0, out, 48), TLSO_OK);
	assert_int_equal(tlso_master12_ext(h, secret, 16, randoms, master),
			 TLSO_OK);
	assert_memory_equal(out, master, 48);
	assert_int_equal(tlso_prf12(h, master, 48, "client finished", randoms,
				    32, NULL, 0, out, 12), TLSO_OK);
	assert_int_equal(tlso_finished12(h, master, true, randoms, out + 12),
			 TLSO_OK);
	assert_memory_equal(out, out + 12, 12);
	assert_int_equal(tlso_prf12(h, master, 48, "server finished", randoms,
				    32, NULL, 0, out, 12), TLSO_OK);
	assert_int_equal(tlso_finished12(h, master, false, randoms, out + 12),
			 TLSO_OK);
	assert_memory_equal(out, out + 12, 12);
	/* What no caller has: a seed beyond the buffer. */
	assert_int_equal(tlso_prf12(h, secret, 16, "test label", out, 148, NULL,
				    0, master, 48), TLSO_E_CRYPTO);
}

/* ---- Traces --------------------------------------------------------------- */

/* The trace under way. */
static const char *our_share, *peer_share, *shared;
static u8 signed_digest[TLSO_DIGEST_MAX];

static int trace_random(void *rng, u8 *out, size_t n)
{
	(void)rng;
	assert_int_equal(n, 32);
	hex(server_random_hex, out);
	return 0;
}

static int trace_keygen(void *rng, u8 *priv, u8 *share)
{
	(void)rng;
	memset(priv, 0x77, 32);
	hex(our_share, share);
	return 0;
}

static int trace_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	(void)rng;
	assert_int_equal(priv[31], 0x77);
	same(peer, peer_share);
	hex(shared, secret);
	return 0;
}

static int trace_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		      const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	u8 cv[256];

	(void)rng;
	(void)ctx;
	assert_int_equal(identity, 0);
	assert_int_equal(scheme, TLSO_RSA_PSS_RSAE_SHA256);
	assert_int_equal(n, 32);
	memcpy(signed_digest, digest, n);
	hex(certificate_verify_hex, cv);
	*sig_len = 128;
	memcpy(sig, cv + 8, 128);
	return 0;
}

static const struct tlso_group_alg trace_x25519 = { TLSO_GROUP_X25519, 32, 32,
						    32, trace_keygen,
						    trace_derive };
static const struct tlso_group_alg *const trace_groups[] = { &trace_x25519,
							     NULL };
static const struct tlso_signer trace_signer = { NULL, trace_sign, NULL };

static struct half *trace_half(bool client, const struct tlso_resume *r,
			       const char *own, const char *peer,
			       const char *secret)
{
	static struct tlso_crypto crypto;
	struct tlso_completer_cfg cfg = { .crypto = &crypto,
					  .signer = &trace_signer,
					  .resume = r };

	crypto = tlso_host_crypto;
	crypto.random = trace_random;
	crypto.groups = trace_groups;
	our_share = own;
	peer_share = peer;
	shared = secret;
	return half_new(&cfg, client);
}

/* A message as in the trace, with @n zeros at @off to be filled. */
static void trace_message(struct half *h, const char *text, size_t off,
			  size_t n)
{
	u8 msg[1024];
	size_t len = hex(text, msg);

	if (n)
		memset(msg + off, 0, n);
	put_message(h, msg[0], msg + 4, len - 4);
}

static void feed_clear(struct half *h, const char *text, size_t piece)
{
	u8 msg[1024], rec[1024];
	size_t n = hex(text, msg);

	n = record_clear(rec, TLSO_CT_HANDSHAKE, msg, n);
	half_feed(h, rec, n, piece);
	assert_int_equal(h->err, TLSO_OK);
	assert_int_equal(h->taken, n);
	same(h->got[h->n_got - 1].f.body, text);
}

static void check_keys(const struct half *h)
{
	struct tlso_session_keys k;
	struct tlso_direction_keys *client = h->client ? &k.tx : &k.rx;
	struct tlso_direction_keys *server = h->client ? &k.rx : &k.tx;

	assert_int_equal(tlso_completer_keys(&h->c, &k), TLSO_OK);
	same(server->key, server_ap_key_hex);
	same(server->iv, server_ap_iv_hex);
	same(server->secret, server_ap_hex);
	same(client->key, client_ap_key_hex);
	same(client->iv, client_ap_iv_hex);
	same(client->secret, client_ap_hex);
	same(k.resumption, resumption_hex);
}

/* Does the trace's signature cover what was signed? By its certificate's key. */
static void check_signature(void)
{
	struct tlso_pubkey key = { .type = TLSO_KEY_RSA, .n_len = 128,
				   .bits = 1024, .e_len = 3, .e = { 1, 0, 1 } };
	u8 cert[1024], cv[256];
	size_t i, n = hex(certificate_hex, cert);

	hex(certificate_verify_hex, cv);
	/* INTEGER of 129 bytes, the first of them zero. */
	for (i = 0; memcmp(cert + i, "\x02\x81\x81\0", 4); i++)
		assert_true(i < n - 140);
	memcpy(key.n, cert + i + 4, 128);
	assert_int_equal(tlso_host_verify(&key, 0x0804, signed_digest, 32,
					  cv + 8, 128), 0);
	signed_digest[0] ^= 1;
	assert_int_not_equal(tlso_host_verify(&key, 0x0804, signed_digest, 32,
					      cv + 8, 128), 0);
}

static void run_server(size_t piece)
{
	struct half *h = trace_half(false, NULL, server_share_hex,
				    client_share_hex, shared_hex);
	u8 peer[32], rec[256];

	feed_clear(h, client_hello_hex, piece);
	assert_int_equal(last(h, 1)->ops, 0);
	hex(client_share_hex, peer);
	half_begin_chosen(h, 0x1301, TLSO_VERSION_13);
	trace_message(h, server_hello_hex, 6, 32);
	tlso_starter_fill(&h->w, TLSO_FILL_RANDOM, 0, 6, 32, NULL, 0);
	tlso_starter_fill(&h->w, TLSO_FILL_KEY_SHARE, TLSO_GROUP_X25519, 52, 32,
			  peer, 32);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	trace_message(h, encrypted_extensions_hex, 0, 0);
	trace_message(h, certificate_hex, 0, 0);
	trace_message(h, certificate_verify_hex, 6, 130);
	tlso_starter_fill(&h->w, TLSO_FILL_SIGNATURE, 0x0804, 6, 130, NULL, 0);
	trace_message(h, server_finished_hex, 4, 32);
	tlso_starter_fill(&h->w, TLSO_FILL_FINISHED, 0, 4, 32, NULL, 0);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	assert_int_equal(half_send(h), TLSO_OK);
	assert_int_equal(h->out_len, 95 + 679);
	same(h->out, "160303005a");
	same(h->out + 5, server_hello_hex);
	same(h->out + 95, server_flight_hex);
	check_signature();

	half_feed(h, rec, hex(client_finished_hex, rec), piece);
	assert_true(h->complete);
	assert_int_equal(last(h, TLSO_HS_FINISHED)->epoch,
			 TLSO_EPOCH_HANDSHAKE);
	check_keys(h);
	half_free(h);
}

static void run_client(size_t piece)
{
	struct half *h = trace_half(true, NULL, client_share_hex,
				    server_share_hex, shared_hex);
	u8 msg[512], share[32], flight[1024];
	struct tlso_rd d;
	size_t n, off;

	n = hex(client_hello_hex, msg);
	hex(client_share_hex, share);
	for (off = 0; memcmp(msg + off, share, 32); off++)
		assert_true(off < n - 32);
	half_begin(h);
	trace_message(h, client_hello_hex, off, 32);
	tlso_starter_fill(&h->w, TLSO_FILL_KEY_GEN, TLSO_GROUP_X25519, off, 32,
			  NULL, 0);
	assert_int_equal(half_send(h), TLSO_OK);
	same(h->out, "16030100c4");
	same(h->out + 5, client_hello_hex);
	h->out_len = 0;

	feed_clear(h, server_hello_hex, piece);
	half_begin_chosen(h, 0x1301, TLSO_VERSION_13);
	hex(server_share_hex, share);
	tlso_starter_share(&h->w, TLSO_GROUP_X25519, share, 32);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(half_send(h), TLSO_OK);
	half_feed(h, flight, hex(server_flight_hex, flight), piece);
	assert_int_equal(h->err, TLSO_OK);
	same(last(h, 8)->body, encrypted_extensions_hex);
	same(last(h, 11)->body, certificate_hex);
	same(last(h, 15)->body, certificate_verify_hex);
	same(last(h, 20)->body, server_finished_hex);
	/* What the server signed (check_signature() judged it). */
	assert_true(tlso_finished_extra(last(h, 15), TLSO_EXTRA_DIGEST, 0, &d));
	signed_digest[0] ^= 1;
	assert_memory_equal(d.p, signed_digest, 32);
	signed_digest[0] ^= 1;

	half_begin(h);
	put_finished(h);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	assert_int_equal(half_send(h), TLSO_OK);
	same(h->out, client_finished_hex);
	check_keys(h);
	half_free(h);
}

static void test_trace(void **state)
{
	size_t piece;

	(void)state;
	for (piece = 1; piece < 300; piece += 7) {
		run_server(piece);
		run_client(piece);
	}
}

/* Section 4: a client that resumes; its early data is not for us, and so what comes
 * after the server's Finished differs.
 */
static void test_trace_resumed(void **state)
{
	u8 room[1024], msg[512], share[32], plain[512], rec[600];
	struct tlso_session_keys keys = { .tls_version = TLSO_VERSION_13,
					  .suite = 0x1301,
					  .flags = TLSO_KEYS_CLIENT,
					  .key_len = 16, .secret_len = 32 };
	struct tlso_resume r;
	struct tlso_post post;
	struct half *h;
	size_t n, off;

	(void)state;
	hex(resumption_hex, keys.resumption);
	tlso_post_init(&post, &tlso_host_crypto, NULL, &keys, room,
		       sizeof(room));
	n = hex(ticket_hex, msg);
	assert_int_equal(tlso_post_handshake(&post, msg, n, &off),
			 TLSO_POST_TICKET);
	assert_int_equal(tlso_post_ticket(&post, 1, &r), TLSO_OK);
	same(r.secret, psk_hex);
	assert_int_equal(r.lifetime_s, 30);
	assert_int_equal(r.age_add, 0xfad6aac5);
	assert_int_equal(r.ticket_len, 0xb2);

	h = trace_half(true, &r, resumed_share_hex, resumed_server_share_hex,
		       resumed_shared_hex);
	n = hex(resumed_hello_hex, msg);
	hex(resumed_share_hex, share);
	for (off = 0; memcmp(msg + off, share, 32); off++)
		assert_true(off < n - 32);
	memset(msg + off, 0, 32);
	memcpy(msg + n, "\0\x21\x20", 3);
	memset(msg + n + 3, 0, 32);
	half_begin(h);
	put_message(h, 1, msg + 4, n + 35 - 4);
	tlso_starter_fill(&h->w, TLSO_FILL_KEY_GEN, TLSO_GROUP_X25519, off, 32,
			  NULL, 0);
	tlso_starter_fill(&h->w, TLSO_FILL_BINDER, 0, n + 3, 32, NULL, 0);
	assert_int_equal(half_send(h), TLSO_OK);
	same(h->out + 5, resumed_hello_hex);
	same(h->out + 5 + n + 3, binder_hex);

	feed_clear(h, resumed_server_hello_hex, 0);
	half_begin_chosen(h, 0x1301, TLSO_VERSION_13);
	tlso_starter_psk(&h->w, 0);
	hex(resumed_server_share_hex, share);
	tlso_starter_share(&h->w, TLSO_GROUP_X25519, share, 32);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(half_send(h), TLSO_OK);
	same(h->c.hs_client, resumed_client_hs_hex);
	same(h->c.hs_server, resumed_server_hs_hex);
	n = hex(resumed_extensions_hex, plain);
	n += hex(resumed_server_finished_hex, plain + n);
	n = record_sealed(h, rec, TLSO_CT_HANDSHAKE, plain, n, 0);
	half_feed(h, rec, n, 0);
	assert_int_equal(h->err, TLSO_OK);
	same(h->c.app_client, resumed_client_ap_hex);
	same(h->c.app_server, resumed_server_ap_hex);
	half_free(h);
	tlso_post_wipe(&post);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule), cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_psk),	 cmocka_unit_test(test_prf12),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_resumed),
	};

	return cmocka_run_group_tests_name("keysched", tests, NULL, NULL);
}
