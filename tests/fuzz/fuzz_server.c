// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's director: the input is a byte of configuration, then what a
 * completer would report (fuzz_director.h). mkseeds_server.c writes seeds: whole
 * handshakes.
 */
#include "fake_crypto.h"
#include "fuzz.h"
#include "fuzz_server.h"
#include "../unit/certs.h"
#include "../../kmod/core/hs_fsm.h"

static u8 peer[2048];
static struct tlso_x509_work work;

/* Of these the director wants to know how long they are. */
static const struct tlso_hash_alg sha384 = { .len = 48 };
static const struct tlso_hash_alg sha512 = { .len = 64 };

static const struct tlso_crypto crypto = {
	.sha256 = &fake_sha256,
	.sha384 = &sha384,
	.sha512 = &sha512,
	.verify = fuzz_verify,
};

static const struct tlso_id ids[] = {
	{ TLSO_KEY_P256, 0, 1, { { cert_a, sizeof(cert_a) } } },
	{ TLSO_KEY_P384, 0, 1, { { cert_b, sizeof(cert_b) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_r, sizeof(cert_r) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_e, sizeof(cert_e) } } },
};

static const struct tlso_cert anchors[] = { { cert_a, sizeof(cert_a) } };

static void configure(struct tlso_config *cfg, u8 how)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->crypto = &crypto;
	cfg->work = &work;
	cfg->versions = how & 3 ? how & 3 : 3;
	cfg->rsa_kx = how & FUZZ_RSA_KX;
	cfg->tickets = how & FUZZ_TICKETS;
	cfg->client_auth = how & FUZZ_REQUIRE ? TLSO_AUTH_REQUIRE :
			   how & FUZZ_REQUEST ? TLSO_AUTH_REQUEST :
						TLSO_AUTH_NONE;
	cfg->verify_flags = TLSO_VERIFY_NO_CHAIN;
	cfg->anchors = anchors;
	cfg->n_anchors = 1;
	cfg->ids = ids;
	cfg->n_ids = 4;
	cfg->sni_strict = how & FUZZ_STRICT;
	cfg->now_ms = CERTS_NOW * 1000ULL;
	cfg->peer_der = peer;
	cfg->peer_der_cap = sizeof(peer);
	if (how & FUZZ_EXTENSIONS) {
		cfg->alpn = (const u8 *)"\2h2\10http/1.1";
		cfg->alpn_len = 12;
		cfg->record_size_limit = 1000;
	}
}

/* A ticket that opened, made under the same configuration and for no name. */
static void add_ticket(struct tlso_wr *w, const struct tlso_director *d, bool v13,
		       u8 flags)
{
	u8 ctx[TLSO_TICKET_CTX_MAX];
	size_t n, at;

	tlso_director_ticket_ctx(d, ctx, &n);
	tlso_wr_u8(w, TLSO_EXTRA_TICKET);
	tlso_wr_u8(w, 0);
	at = tlso_wr_open(w, 2);
	tlso_wr_u16(w, v13 ? 0 : TLSO_TICKET_INDEX_12);
	tlso_wr_u16(w, v13 ? TLSO_VERSION_13 : TLSO_VERSION_12);
	tlso_wr_u16(w, v13 ? TLSO_AES_128_GCM_SHA256 :
			     TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256);
	tlso_wr_u8(w, flags & FUZZ_TICKET_EMS ? TLSO_TICKET_EMS : 0);
	tlso_wr_u8(w, 32);
	tlso_wr_u32(w, 7200);
	tlso_wr_u64(w, 5000);
	tlso_wr_u32(w, v13 ? 5000 : 0);
	tlso_wr_bytes(w, ctx, n);
	tlso_wr_close(w, at, 2);
}

/* Extras that a completer adds, by the flags. */
static size_t add_extras(u8 *p, size_t cap, const struct tlso_director *d,
			 u8 flags)
{
	static const u8 digest[48] = { 1 };
	struct tlso_wr w;

	tlso_wr_init(&w, p, cap);
	if (flags & FUZZ_TICKET13)
		add_ticket(&w, d, true, flags);
	if (flags & FUZZ_TICKET12)
		add_ticket(&w, d, false, flags);
	if (flags & (FUZZ_DIGEST32 | FUZZ_DIGEST48)) {
		tlso_wr_u16(&w, TLSO_EXTRA_DIGEST << 8);
		tlso_wr_u16(&w, flags & FUZZ_DIGEST32 ? 32 : 48);
		tlso_wr_bytes(&w, digest, flags & FUZZ_DIGEST32 ? 32 : 48);
	}
	MUST(!w.bad);
	return w.n;
}

static enum tlso_step step(struct tlso_director *d,
			   const struct fuzz_message *m)
{
	u8 extra[TLSO_FINISHED_EXTRA_MAX];
	size_t n = add_extras(extra, sizeof(extra), d, m->flags);
	enum fuzz_said said;
	enum tlso_step r = fuzz_step(d, m, extra, n, &said);

	if (said == FUZZ_ALERTS)
		MUST(d->err || r == TLSO_STEP_SEND);
	if (said == FUZZ_STARTER)
		MUST(r != TLSO_STEP_FAIL);
	return r;
}

/* What must be true of any handshake that ended well. */
static void check_end(const struct tlso_director *d)
{
	MUST(d->version == TLSO_VERSION_13 || d->version == TLSO_VERSION_12);
	MUST(d->suite);
	MUST(d->version == TLSO_VERSION_12 || d->group);
	MUST(d->cfg->client_auth != TLSO_AUTH_REQUIRE || d->peer_verified ||
	     d->resumed);
	/* The tickets here are of clients without certificates. */
	MUST(d->cfg->client_auth != TLSO_AUTH_REQUIRE || !d->resumed);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_config cfg;
	struct tlso_director d;
	struct fuzz_message m;
	enum tlso_step r;

	if (!n)
		return 0;
	configure(&cfg, *p++);
	n--;
	tlso_director_init(&d, &cfg);
	while (fuzz_next(&p, &n, &m)) {
		r = step(&d, &m);
		if (r == TLSO_STEP_FAIL) {
			MUST(d.err != TLSO_OK);
			break;
		}
		if (r == TLSO_STEP_DONE || r == TLSO_STEP_LAST) {
			check_end(&d);
			break;
		}
	}
	return 0;
}
