// SPDX-License-Identifier: GPL-2.0-only
/* Writes seeds for the fuzz targets of completer and below: mkseeds folder. */
#include <sys/stat.h>

#include "../unit/pair.h"
#include "../../kmod/core/post.h"
#include "fake_crypto.h"
#include "seed.h"

static const char *root;

static void seed_for(const char *target, int i, const u8 *p, size_t n)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/seed%d", root, target, i);
	seed_write(path, p, n);
}

/* ---- Completer ----------------------------------------------------------- */

/* What each half got, in fuzz_completer's form: 0 the server, 1 the client. */
static u8 events[2][1 << 18];
static size_t events_n[2];

static void on_event(const struct half *h, bool starter, const u8 *p, size_t n)
{
	u8 *to = events[h->client] + events_n[h->client];

	to[0] = starter;
	to[1] = (u8)(n >> 8);
	to[2] = (u8)n;
	memcpy(to + 3, p, n);
	events_n[h->client] += 3 + n;
}

static void seeds_of_shape(int i, const struct shape *sh)
{
	struct tlso_session_keys c, s;
	u8 out[TLSO_SESSION_KEYS_MAX + 1];
	struct pair *p;
	size_t n;
	int role;

	for (role = 0; role < 2; role++) {
		events[role][0] = (u8)role;
		events_n[role] = 1;
	}
	half_event = on_event;
	p = pair_new(sh, NULL);
	handshake(p, &c, &s);
	pair_free(p);
	half_event = NULL;
	seed_for("completer", 2 * i, events[0], events_n[0]);
	seed_for("completer", 2 * i + 1, events[1], events_n[1]);
	out[0] = 1;
	if (tlso_session_keys_write(&c, out + 1, sizeof(out) - 1, &n))
		exit(1);
	seed_for("seam", 100 + i, out, n + 1);
}

static void seeds_of_completer(void)
{
	static const struct shape shapes[] = {
		{ .piece = 4096 },
		{ .piece = 1, .suite = 0x1302, .retry = true,
		  .two_groups = true, .early_data = true },
		{ .piece = 300, .suite = 0x1303, .group = 24,
		  .client_scheme = TLSO_RSA_PSS_RSAE_SHA512, .limit = 100 },
		{ .piece = 4096, .version = TLSO_VERSION_12 },
		{ .piece = 50, .version = TLSO_VERSION_12, .suite = 0xcca9,
		  .classic = true, .ticket = true, .group = 23,
		  .client_scheme = TLSO_ECDSA_P384_SHA384 },
		{ .piece = 4096, .version = TLSO_VERSION_12, .suite = 0x9d,
		  .rsa = true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		seeds_of_shape((int)i, &shapes[i]);
}

/* ---- Post, tickets, records ----------------------------------------------- */

static void seeds_of_post(void)
{
	struct tlso_session_keys k = { .tls_version = TLSO_VERSION_13,
				       .suite = 0x1301, .key_len = 16,
				       .secret_len = 32 };
	u8 msg[512] = { 1, 0, 0, 0 };
	struct tlso_post post;
	size_t n;

	tlso_post_init(&post, &fake_crypto, NULL, &k, NULL, 0);
	if (tlso_post_ticket_write(&post, &fake_tickets, 1, 100,
				   (const u8 *)"ctx", 3, msg + 4,
				   sizeof(msg) - 4, &n))
		exit(1);
	msg[3] = (u8)n;
	seed_for("post", 0, msg, n + 4);
	/* inside it, behind type, length, times, nonce and length */
	seed_for("ticket", 0, msg + 4 + 4 + 8 + 9 + 2, n - 4 - 8 - 9 - 2 - 2);
	seed_for("post", 1,
		 (const u8 *)"\1\0\0\5\x18\0\0\1\1\4\0\1x\2\0\0\3\0\0", 19);
	seed_for("post", 2, (const u8 *)"\3\0\0\4\0\0\0\0\1\0\2\1\0", 13);
	seed_for("post", 3, (const u8 *)"\2\0\0\4\1\0\0\0\5\0\3ctx", 14);
}

static void seeds_of_record(void)
{
	u8 rec[64] = { 0, 0x3f, 0xff, 23, 3, 3, 0, 30 };

	memcpy(rec + 8, "content", 7);
	rec[15] = 22; /* then padding, and the tag */
	seed_for("record", 0, rec, 8 + 30);
	rec[0] = 3;
	seed_for("record", 1, rec, 8 + 40);
	rec[0] = 7;
	seed_for("record", 2, rec, 8 + 30);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	root = argv[1];
	test_other_crypto = &fake_crypto;
	seeds_of_completer();
	seeds_of_post();
	seeds_of_record();
	seed_for("seam", 0, (const u8 *)"\0\2\24\1\0\0\0\0\0\0\0\1x", 13);
	seed_for("seam", 1, (const u8 *)"\0\2\24\1\0\0\0\0\5\0\0\1\1\0\0\1yx", 18);
	return 0;
}
