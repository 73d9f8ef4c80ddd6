// SPDX-License-Identifier: GPL-2.0-only
/* The traces of RFC 8448, run by completers of either side. */
#include "rfc8448.h"
#include "trace.h"
#include "../../kmod/core/post.h"

static const struct trace trace_simple = {
	.client_hello = client_hello_hex,
	.server_hello = server_hello_hex,
	.extensions = encrypted_extensions_hex,
	.client = {
		.random = client_random_hex,
		.key = { TLSO_GROUP_X25519, client_private_hex,
			 client_share_hex },
		.finished = client_finished_hex,
		.flight = client_flight_hex,
	},
	.server = {
		.random = server_random_hex,
		.key = { TLSO_GROUP_X25519, server_private_hex,
			 server_share_hex },
		.scheme = TLSO_RSA_PSS_RSAE_SHA256,
		.certificate = certificate_hex,
		.verify = certificate_verify_hex,
		.finished = server_finished_hex,
		.flight = server_flight_hex,
	},
	.secrets = {
		.shared = shared_hex,
		.hello_hash = hello_hash_hex,
		.handshake = handshake_secret_hex,
		.client_hs = client_hs_hex,
		.server_hs = server_hs_hex,
		.master = master_secret_hex,
		.client_ap = client_ap_hex,
		.client_key = client_ap_key_hex,
		.client_iv = client_ap_iv_hex,
		.server_ap = server_ap_hex,
		.server_key = server_ap_key_hex,
		.server_iv = server_ap_iv_hex,
		.exporter = exporter_hex,
		.resumption = resumption_hex,
	},
};

/* In pieces of many sizes. */
static void run(const struct trace *t)
{
	size_t piece;

	for (piece = 1; piece < 300; piece += 7) {
		half_free(trace_server(t, piece));
		half_free(trace_client(t, piece));
	}
}

/* Section 3. */
static void test_trace(void **state)
{
	(void)state;
	run(&trace_simple);
}

/* Section 4, as far as a client of ours goes: its early data is not for us, and so what
 * comes after the server's Finished differs.
 */
static const struct trace trace_resumed = {
	.client = {
		.random = resumed_random_hex,
		.key = { TLSO_GROUP_X25519, resumed_private_hex,
			 resumed_share_hex },
	},
	.secrets = {
		.shared = resumed_shared_hex,
		.client_hs = resumed_client_hs_hex,
		.server_hs = resumed_server_hs_hex,
		.client_ap = resumed_client_ap_hex,
		.server_ap = resumed_server_ap_hex,
	},
};

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

	h = trace_half(&trace_resumed, true, &r);
	n = hex(resumed_hello_hex, msg);
	memcpy(msg + n, "\0\x21\x20", 3);
	half_begin(h);
	put_message(h, 1, msg + 4, n + 35 - 4);
	trace_fill(h, TLSO_FILL_KEY_GEN, TLSO_GROUP_X25519,
		   trace_find(resumed_hello_hex, resumed_share_hex), 32, NULL,
		   0);
	trace_fill(h, TLSO_FILL_BINDER, 0, n + 3, 32, NULL, 0);
	assert_int_equal(half_send(h), TLSO_OK);
	same(h->out + 5, resumed_hello_hex);
	same(h->out + 5 + n + 3, binder_hex);

	trace_feed(h, resumed_server_hello_hex, 0);
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

static void test_trace_retry(void **state)
{
	(void)state;
	run(&trace_retry);
}

static void test_trace_auth(void **state)
{
	(void)state;
	run(&trace_auth);
}

static void test_trace_compat(void **state)
{
	(void)state;
	run(&trace_compat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_resumed),
		cmocka_unit_test(test_trace_retry),
		cmocka_unit_test(test_trace_auth),
		cmocka_unit_test(test_trace_compat),
	};

	return cmocka_run_group_tests_name("rfc8448", tests, NULL, NULL);
}
