// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's director: the input is a byte of configuration, then what a
 * completer would report (fuzz_director.h). mkseeds_client.c writes seeds: whole
 * handshakes.
 */
#include "fuzz.h"
#include "fuzz_client.h"
#include "../../kmod/core/wire.h"

static u8 ticket[256], peer[2048];
static struct tlso_x509_work work;

/* The client's director wants to know how long digests are, and no more. */
static const struct tlso_hash_alg sha256 = { .len = 32 };
static const struct tlso_hash_alg sha384 = { .len = 48 };
static const struct tlso_hash_alg sha512 = { .len = 64 };

static const struct tlso_crypto crypto = {
	.sha256 = &sha256,
	.sha384 = &sha384,
	.sha512 = &sha512,
	.verify = fuzz_verify,
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

static void configure(struct tlso_config *cfg, u8 how)
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
static size_t add_extras(u8 *p, u8 flags)
{
	static const u8 lens[] = { 32, 48, 64 };
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

static enum tlso_step step(struct tlso_director *d,
			   const struct fuzz_message *m)
{
	u8 extra[TLSO_FINISHED_EXTRA_MAX];
	enum fuzz_said said;
	enum tlso_step r = fuzz_step(d, m, extra, add_extras(extra, m->flags),
				     &said);

	if (said != FUZZ_NOTHING)
		MUST((said == FUZZ_ALERTS) == (r == TLSO_STEP_FAIL));
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_config cfg;
	struct tlso_director d;
	struct fuzz_message m;
	enum tlso_step r;
	size_t len, wire;

	if (!n)
		return 0;
	configure(&cfg, *p++);
	n--;
	tlso_director_init(&d, &cfg);
	MUST(tlso_director_start(&d, fuzz_starter, sizeof(fuzz_starter), &len,
				 &wire) == TLSO_STEP_SEND);
	while (fuzz_next(&p, &n, &m)) {
		r = step(&d, &m);
		if (r == TLSO_STEP_FAIL)
			MUST(d.err != TLSO_OK);
		if (r != TLSO_STEP_SEND && r != TLSO_STEP_WAIT) {
			/* No handshake ends well with an unknown server. */
			if (r != TLSO_STEP_FAIL)
				MUST(d.peer_verified);
			break;
		}
	}
	return 0;
}
