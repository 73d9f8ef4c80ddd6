// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's director: the input is a byte of configuration, then what a
 * completer would report: type, a byte of flags, 16-bit length, message. Whatever
 * starter comes out must be one that the completer's check takes. mkseeds_server.c
 * writes seeds: whole handshakes.
 */
#include "fuzz.h"
#include "fuzz_server.h"
#include "../unit/certs.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/hs_fsm.h"

static uint8_t out[TLSO_STARTER_MAX], peer[2048];
static struct tlso_x509_work work;

/* Signatures are right or wrong by their first bit. */
static int verify(const struct tlso_pubkey *key, u16 scheme, const u8 *digest,
		  size_t n, const u8 *sig, size_t sig_len)
{
	(void)key;
	(void)scheme;
	(void)digest;
	(void)n;
	return sig_len && !(sig[0] & 0x80) ? 0 : -1;
}

static int hash_init(struct tlso_hash_ctx *c)
{
	memset(c, 0, sizeof(*c));
	c->opaque[0] = 14695981039346656037ULL;
	return 0;
}

static int hash_update(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		c->opaque[0] = (c->opaque[0] ^ p[i]) * 1099511628211ULL;
	return 0;
}

static int hash_final(struct tlso_hash_ctx *c, u8 *digest)
{
	size_t i;

	for (i = 0; i < 32; i++)
		digest[i] = (u8)(c->opaque[0] >> (8 * (i % 8)));
	return 0;
}

static const struct tlso_hash_alg sha256 = {
	.len = 32, .init = hash_init, .update = hash_update, .final = hash_final,
};

/* Of these the director wants to know how long they are. */
static const struct tlso_hash_alg sha384 = { .len = 48 };
static const struct tlso_hash_alg sha512 = { .len = 64 };

static const struct tlso_crypto crypto = {
	.sha256 = &sha256,
	.sha384 = &sha384,
	.sha512 = &sha512,
	.verify = verify,
};

static const struct tlso_id ids[] = {
	{ TLSO_KEY_P256, 0, 1, { { cert_a, sizeof(cert_a) } } },
	{ TLSO_KEY_P384, 0, 1, { { cert_b, sizeof(cert_b) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_r, sizeof(cert_r) } } },
	{ TLSO_KEY_RSA, 2048, 1, { { cert_e, sizeof(cert_e) } } },
};

static const struct tlso_cert anchors[] = { { cert_a, sizeof(cert_a) } };

static void configure(struct tlso_config *cfg, uint8_t how)
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
		       uint8_t flags)
{
	uint8_t ctx[TLSO_TICKET_CTX_MAX];
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
static size_t add_extras(uint8_t *p, size_t cap, const struct tlso_director *d,
			 uint8_t flags)
{
	static const uint8_t digest[48] = { 1 };
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

static enum tlso_step step(struct tlso_director *d, uint8_t type, uint8_t flags,
			   const uint8_t *body, size_t len)
{
	uint8_t extra[TLSO_FINISHED_EXTRA_MAX], epoch = d->write_epoch;
	struct tlso_finished f = { 0 };
	size_t n, wire;
	enum tlso_step r;
	bool alert_only;
	uint8_t *seg;

	f.type = type;
	f.epoch = flags & 3;
	f.ops = flags & FUZZ_MAC ? TLSO_OP_MAC_CHECK : 0;
	f.extra_len = add_extras(extra, sizeof(extra), d, flags);
	f.len = len;
	seg = malloc(TLSO_FINISHED_HDR + f.extra_len + len);
	tlso_finished_write_hdr(seg, &f);
	memcpy(seg + TLSO_FINISHED_HDR, extra, f.extra_len);
	memcpy(seg + TLSO_FINISHED_HDR + f.extra_len, body, len);
	r = tlso_director_step(d, seg, TLSO_FINISHED_HDR + f.extra_len + len, out,
			       sizeof(out), &n, &wire);
	free(seg);
	if (n) {
		MUST(tlso_starter_check(out, n, epoch, &alert_only) == TLSO_OK);
		MUST(!alert_only || d->err || r == TLSO_STEP_SEND);
		MUST(alert_only || r != TLSO_STEP_FAIL);
	}
	/* Nothing of ours is at fault but what the flags left out. */
	MUST(d->err != TLSO_E_STATE && d->err != TLSO_E_SPACE &&
	     d->err != TLSO_E_CRYPTO);
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
	enum tlso_step r;
	size_t k;

	if (!n)
		return 0;
	configure(&cfg, *p++);
	n--;
	tlso_director_init(&d, &cfg);
	while (n >= 4) {
		k = (size_t)(p[2] << 8 | p[3]);
		if (k > n - 4)
			k = n - 4;
		r = step(&d, p[0], p[1], p + 4, k);
		if (r == TLSO_STEP_FAIL) {
			MUST(d.err != TLSO_OK);
			break;
		}
		if (r == TLSO_STEP_DONE || r == TLSO_STEP_LAST) {
			check_end(&d);
			break;
		}
		p += 4 + k;
		n -= 4 + k;
	}
	return 0;
}
