// SPDX-License-Identifier: GPL-2.0-only
/* Seeds for fuzz_client: whole handshakes. mkseeds_client FOLDER */
#include "../unit/client_peer.h"
#include "fuzz_client.h"
#include "seed.h"

static struct msg m;

static void add(u8 flags)
{
	seed[seed_len++] = m.type;
	seed[seed_len++] = m.epoch | flags;
	seed[seed_len++] = (u8)(m.n >> 8);
	seed[seed_len++] = (u8)m.n;
	memcpy(seed + seed_len, m.p, m.n);
	seed_len += m.n;
}

static void add_13(u16 suite, u16 group, bool psk, bool ask)
{
	struct server_hello h = { .version = TLSO_VERSION_13, .suite = suite,
				  .group = group, .psk = psk };
	static const u8 exts[] = "\0\0\0\0\0\x10\0\5\0\3\2h2\0\x1c\0\2\1\0";

	make_server_hello(&m, &h);
	add(FUZZ_ECHO);
	make_encrypted_extensions(&m, exts, sizeof(exts) - 1);
	add(0);
	if (ask) {
		make_certificate_request(&m, TLSO_VERSION_13,
					 TLSO_ECDSA_P256_SHA256);
		add(0);
	}
	if (!psk) {
		make_certificate(&m, TLSO_VERSION_13, false);
		add(0);
		make_certificate_verify(&m, TLSO_ECDSA_P256_SHA256);
		add(FUZZ_DIGEST32);
	}
	make_finished(&m, TLSO_VERSION_13);
	add(FUZZ_MAC);
}

static void add_retry(u16 group)
{
	struct server_hello h = { .retry = true, .version = TLSO_VERSION_13,
				  .suite = TLSO_AES_128_GCM_SHA256,
				  .group = group, .cookie = 5 };

	make_server_hello(&m, &h);
	add(FUZZ_ECHO);
}

static void end_12(bool ticket)
{
	if (ticket) {
		make_ticket12(&m, 40);
		add(0);
	}
	make_ccs(&m);
	add(0);
	make_finished(&m, TLSO_VERSION_12);
	add(FUZZ_MAC);
}

static void add_12(u16 suite, bool rsa, bool ske, bool ask, bool ticket)
{
	struct server_hello h = { .suite = suite, .no_echo = true, .ems = true,
				  .reneg = true, .ticket = ticket };

	make_server_hello(&m, &h);
	add(FUZZ_NO_ECHO);
	make_certificate(&m, TLSO_VERSION_12, rsa);
	add(0);
	if (ske) {
		make_server_key_exchange(&m, TLSO_GROUP_P256,
					 rsa ? TLSO_RSA_PSS_RSAE_SHA256 :
					       TLSO_ECDSA_P256_SHA256);
		add(FUZZ_DIGEST32);
	}
	if (ask) {
		make_certificate_request(&m, TLSO_VERSION_12,
					 TLSO_ECDSA_P256_SHA256);
		add(0);
	}
	make_server_hello_done(&m);
	add(0);
	end_12(ticket);
}

static void add_12_resumed(bool ticket)
{
	struct server_hello h = { .suite = TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256,
				  .ems = true, .reneg = true, .ticket = ticket };

	make_server_hello(&m, &h);
	add(FUZZ_ECHO);
	end_12(ticket);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	seed[seed_len++] = FUZZ_EXTENSIONS | FUZZ_IDENTITY;
	add_13(TLSO_AES_128_GCM_SHA256, TLSO_GROUP_X25519, false, true);
	seed_save(argv[1], "full13");
	seed[seed_len++] = FUZZ_EXTENSIONS | FUZZ_SHARES;
	add_retry(TLSO_GROUP_P384);
	add_13(TLSO_AES_128_GCM_SHA256, TLSO_GROUP_P384, false, false);
	seed_save(argv[1], "retry13");
	seed[seed_len++] = FUZZ_EXTENSIONS;
	add_retry(0);
	add_13(TLSO_AES_128_GCM_SHA256, TLSO_GROUP_X25519, false, false);
	seed_save(argv[1], "cookie13");
	seed[seed_len++] = FUZZ_EXTENSIONS | FUZZ_RESUME13;
	add_13(TLSO_AES_256_GCM_SHA384, TLSO_GROUP_X25519, true, false);
	seed_save(argv[1], "resumed13");
	seed[seed_len++] = FUZZ_IDENTITY;
	add_12(TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256, false, true, true, true);
	seed_save(argv[1], "full12");
	seed[seed_len++] = TLSO_USE_12 | FUZZ_EXTENSIONS;
	add_12(TLSO_ECDHE_RSA_AES_128_GCM_SHA256, true, true, false, false);
	seed_save(argv[1], "rsa12");
	seed[seed_len++] = FUZZ_RSA_KX;
	add_12(TLSO_RSA_AES_128_GCM_SHA256, true, false, false, false);
	seed_save(argv[1], "transport12");
	seed[seed_len++] = FUZZ_RESUME12;
	add_12_resumed(true);
	seed_save(argv[1], "resumed12");
	return 0;
}
