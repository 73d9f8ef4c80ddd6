// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's director: the input is a byte of configuration, then what a
 * completer would report: type, a byte of flags, 16-bit length, message. Whatever
 * starter comes out must be one that the completer's check takes. mkseeds_client.c
 * writes seeds: whole handshakes.
 */
#include "fuzz.h"
#include "fuzz_client.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/starter.h"
#include "../../kmod/core/wire.h"

static uint8_t out[TLSO_STARTER_MAX], ticket[256], peer[2048];
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

/* The client's director wants to know how long digests are, and no more. */
static const struct tlso_hash_alg sha256 = { .len = 32 };
static const struct tlso_hash_alg sha384 = { .len = 48 };
static const struct tlso_hash_alg sha512 = { .len = 64 };

static const struct tlso_crypto crypto = {
	.sha256 = &sha256,
	.sha384 = &sha384,
	.sha512 = &sha512,
	.verify = verify,
};

static const struct tlso_id id = {
	.key_type = TLSO_KEY_P256,
	.n_chain = 1,
	.chain = { { (const u8 *)"leaf", 4 } },
};

static const struct tlso_resume resumes[] = {
	{ .tls_version = TLSO_VERSION_13, .suite = TLSO_AES_256_GCM_SHA384,
	  .secret_len = 48, .lifetime_s = 100, .ticket = (const u8 *)"ticket",
	  .ticket_len = 6 },
	{ .tls_version = TLSO_VERSION_12,
	  .suite = TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256, .secret_len = 48,
	  .flags = TLSO_TICKET_EMS, .ticket = (const u8 *)"ticket",
	  .ticket_len = 6 },
};

static void configure(struct tlso_config *cfg, uint8_t how)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->crypto = &crypto;
	cfg->work = &work;
	cfg->client = true;
	cfg->versions = how & 3 ? how & 3 : 3;
	cfg->verify_flags = TLSO_VERIFY_NO_CHAIN;
	cfg->tickets = true;
	cfg->ticket_buf = ticket;
	cfg->ticket_cap = sizeof(ticket);
	cfg->peer_der = peer;
	cfg->peer_der_cap = sizeof(peer);
	cfg->rsa_kx = how & FUZZ_RSA_KX;
	if (how & FUZZ_RESUME13)
		cfg->resume = &resumes[0];
	else if (how & FUZZ_RESUME12)
		cfg->resume = &resumes[1];
	if (how & FUZZ_EXTENSIONS) {
		cfg->name = "a.example";
		cfg->name_len = 9;
		cfg->alpn = (const u8 *)"\2h2\10http/1.1";
		cfg->alpn_len = 12;
		cfg->record_size_limit = 1000;
	}
	if (how & FUZZ_IDENTITY) {
		cfg->ids = &id;
		cfg->n_ids = 1;
	}
	cfg->n_shares = how & FUZZ_SHARES ? 2 : 1;
}

/* Extras that a completer adds, by the flags. */
static size_t add_extras(uint8_t *p, uint8_t flags)
{
	static const uint8_t lens[] = { 32, 48, 64 };
	size_t n = 0, i;

	if (flags & (FUZZ_ECHO | FUZZ_NO_ECHO)) {
		p[n++] = TLSO_EXTRA_SESSION_ECHO;
		p[n++] = 0;
		p[n++] = 0;
		p[n++] = 1;
		p[n++] = flags & FUZZ_ECHO ? 1 : 0;
	}
	for (i = 0; i < sizeof(lens); i++) {
		if (!(flags & FUZZ_DIGEST32 << i))
			continue;
		p[n++] = TLSO_EXTRA_DIGEST;
		p[n++] = 0;
		p[n++] = 0;
		p[n++] = lens[i];
		memset(p + n, 1, lens[i]);
		n += lens[i];
	}
	return n;
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
	f.extra_len = add_extras(extra, flags);
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
		MUST(alert_only == (r == TLSO_STEP_FAIL));
	}
	/* Nothing of ours is at fault but what the flags left out. */
	MUST(d->err != TLSO_E_STATE && d->err != TLSO_E_SPACE &&
	     d->err != TLSO_E_CRYPTO);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_config cfg;
	struct tlso_director d;
	size_t len, wire, k;
	enum tlso_step r;

	if (!n)
		return 0;
	configure(&cfg, *p++);
	n--;
	tlso_director_init(&d, &cfg);
	MUST(tlso_director_start(&d, out, sizeof(out), &len, &wire) ==
	     TLSO_STEP_SEND);
	while (n >= 4) {
		k = (size_t)(p[2] << 8 | p[3]);
		if (k > n - 4)
			k = n - 4;
		r = step(&d, p[0], p[1], p + 4, k);
		if (r == TLSO_STEP_FAIL)
			MUST(d.err != TLSO_OK);
		if (r != TLSO_STEP_SEND && r != TLSO_STEP_WAIT) {
			/* No handshake ends well with an unknown server. */
			if (r != TLSO_STEP_FAIL)
				MUST(d.peer_verified);
			break;
		}
		p += 4 + k;
		n -= 4 + k;
	}
	return 0;
}
