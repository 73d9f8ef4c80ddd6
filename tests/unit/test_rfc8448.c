// SPDX-License-Identifier: GPL-2.0-only
/* The traces of RFC 8448, run by completers. */
#include "harness.h"
#include "hex.h"
#include "rfc8448.h"
#include "../../kmod/core/post.h"
#include "../../kmod/core/starter.h"

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
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_resumed),
	};

	return cmocka_run_group_tests_name("rfc8448", tests, NULL, NULL);
}
