// SPDX-License-Identifier: GPL-2.0-only
/* Seeds for fuzz_server: whole handshakes. mkseeds_server FOLDER */
#include "../unit/certs.h"
#include "../unit/chello.h"
#include "fuzz_server.h"
#include "seed.h"

static void add(u8 type, u8 flags, const void *body, size_t n)
{
	size_t hdr = type == TLSO_FIN_CCS ? 0 : TLSO_HS_HDR;

	seed[seed_len++] = type;
	seed[seed_len++] = flags;
	seed[seed_len++] = (u8)((n + hdr) >> 8);
	seed[seed_len++] = (u8)(n + hdr);
	if (hdr) {
		seed[seed_len++] = type;
		seed[seed_len++] = 0;
		seed[seed_len++] = (u8)(n >> 8);
		seed[seed_len++] = (u8)n;
	}
	if (n)
		memcpy(seed + seed_len, body, n);
	seed_len += n;
}

static void add_hello(u8 flags, const struct chello *h)
{
	u8 msg[CHELLO_MAX];
	size_t n = chello_write(h, msg, NULL, 0, NULL);

	add(TLSO_HS_CLIENT_HELLO, flags, msg + TLSO_HS_HDR, n - TLSO_HS_HDR);
}

static void add_certificate(bool v13)
{
	u8 body[CAUTH_MAX];

	add(TLSO_HS_CERTIFICATE, v13, body,
	    cauth_certificate(body, v13, cert_a, sizeof(cert_a)));
}

static void add_verify(u8 epoch)
{
	u8 body[CAUTH_MAX];

	add(TLSO_HS_CERTIFICATE_VERIFY, epoch | FUZZ_DIGEST32, body,
	    cauth_verify(body, TLSO_ECDSA_P256_SHA256, sig_a, sizeof(sig_a)));
}

/* The client's Finished of TLS 1.3; what follows the key exchange in TLS 1.2. */
static void end(bool v13)
{
	static const u8 mac[32];

	if (v13) {
		add(TLSO_HS_FINISHED, 1 | FUZZ_MAC, mac, 32);
		return;
	}
	add(TLSO_FIN_CCS, 0, "\1", 1);
	add(TLSO_HS_FINISHED, 2 | FUZZ_MAC, mac, 12);
}

static void add_key(bool rsa)
{
	u8 body[258] = { 32, 9 };

	if (rsa) {
		body[0] = 1;
		body[1] = 0;
	}
	add(TLSO_HS_CLIENT_KEY_EXCHANGE, 0, body, rsa ? 258 : 33);
}

static const struct chello full = {
	.sid_len = 32, .name = "a.example", .alpn = "\2h2", .limit = 4096,
	.points = 0xff, .ems = true, .reneg = true, .ticket = true,
	.early_data = true, .psk = 2,
};

static void seeds_13(const char *folder)
{
	struct chello h = full;

	seed[seed_len++] = FUZZ_EXTENSIONS | FUZZ_TICKETS;
	add_hello(0, &h);
	end(true);
	seed_save(folder, "full13");
	seed[seed_len++] = FUZZ_REQUIRE;
	add_hello(0, &h);
	add_certificate(true);
	add_verify(1);
	end(true);
	seed_save(folder, "auth13");
	seed[seed_len++] = FUZZ_TICKETS;
	h.name = NULL;
	add_hello(FUZZ_TICKET13, &h);
	end(true);
	seed_save(folder, "resumed13");
	seed[seed_len++] = FUZZ_EXTENSIONS;
	h.shares[0] = EMPTY;
	add_hello(0, &h);
	h.shares[0] = TLSO_GROUP_X25519;
	h.early_data = false;
	add_hello(0, &h);
	end(true);
	seed_save(folder, "retry13");
}

static void seeds_12(const char *folder)
{
	struct chello h = full;

	h.v12 = true;
	h.psk = 0;
	seed[seed_len++] = FUZZ_EXTENSIONS | FUZZ_TICKETS;
	add_hello(0, &h);
	add_key(false);
	end(false);
	seed_save(folder, "full12");
	seed[seed_len++] = FUZZ_REQUIRE;
	add_hello(0, &h);
	add_certificate(false);
	add_key(false);
	add_verify(0);
	end(false);
	seed_save(folder, "auth12");
	seed[seed_len++] = FUZZ_TICKETS;
	h.name = NULL;
	add_hello(FUZZ_TICKET12 | FUZZ_TICKET_EMS, &h);
	end(false);
	seed_save(folder, "resumed12");
	seed[seed_len++] = FUZZ_RSA_KX;
	h.suites[0] = TLSO_RSA_AES_128_GCM_SHA256;
	add_hello(0, &h);
	add_key(true);
	end(false);
	seed_save(folder, "rsa12");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	seeds_13(argv[1]);
	seeds_12(argv[1]);
	return 0;
}
