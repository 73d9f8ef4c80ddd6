// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST PKITS, as far as no policy and no CRL decides: pkits.txt says which tests,
 * over which certificates, with which result, and why the others are left out.
 * TAP on stdout.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../offload-dev/engine/crypto_host.h"
#include "../../kmod/core/x509.h"

#define CERTS "/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data/certs"
#define SENT_MAX 12
#define BLANK "\n "
#define NOW 1600000000 /* 2020; the suite is valid from 2010 to 2030 */

static const char *dir;

static struct tlso_cert load(const char *name)
{
	static u8 pool[SENT_MAX + 1][8192];
	static unsigned int next;
	struct tlso_cert c;
	char path[512];
	FILE *f;

	c.der = pool[next];
	snprintf(path, sizeof(path), "%s/%s.crt", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		printf("Bail out! %s is not there\n", path);
		exit(1);
	}
	c.len = fread(pool[next], 1, sizeof(pool[0]), f);
	fclose(f);
	next = (next + 1) % (SENT_MAX + 1);
	return c;
}

static enum tlso_err judge(char *certs, const char **why)
{
	static struct tlso_x509_work work;
	struct tlso_cert anchor = load("TrustAnchorRootCertificate");
	struct tlso_cert sent[SENT_MAX];
	struct tlso_verify v = {
		.crypto = &tlso_host_crypto,
		.anchors = &anchor,
		.n_anchors = 1,
		.now = NOW,
		.purpose = TLSO_PURPOSE_SERVER,
	};
	struct tlso_pubkey key;
	unsigned int n = 0;
	enum tlso_err e;
	char *name;

	for (name = strtok(certs, BLANK); name; name = strtok(NULL, BLANK)) {
		if (n == SENT_MAX) {
			printf("Bail out! too many certificates\n");
			exit(1);
		}
		sent[n++] = load(name);
	}
	e = tlso_x509_verify(&v, sent, n, &key, &work);
	*why = tlso_x509_why(&work);
	return e;
}

static const struct {
	const char *name;
	enum tlso_err e;
} results[] = {
	{ "valid", TLSO_OK },
	{ "bad_certificate", TLSO_E_BAD_CERT },
	{ "certificate_expired", TLSO_E_CERT_EXPIRED },
	{ "unknown_ca", TLSO_E_UNKNOWN_CA },
	{ "unsupported_certificate", TLSO_E_UNSUPPORTED_CERT },
};

static const char *result_name(enum tlso_err e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i].e == e)
			return results[i].name;
	return "something else";
}

/* "4.4.1-6" are six tests. */
static unsigned int how_many(const char *number)
{
	const char *dash = strchr(number, '-');

	if (!dash)
		return 1;
	return (unsigned int)(atoi(dash + 1) - atoi(strrchr(number, '.') + 1) + 1);
}

int main(int argc, char **argv)
{
	unsigned int n = 0, failed = 0, left_out = 0;
	char line[1024], number[16], want[32];
	const char *why, *got;
	FILE *f;
	int at;

	dir = getenv("PKITS_CERTS");
	if (!dir)
		dir = CERTS;
	f = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!f) {
		printf("Bail out! usage: test_pkits TABLE\n");
		return 1;
	}
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%15s %31s %n", number, want, &at) != 2) {
			printf("Bail out! not understood: %s", line);
			return 1;
		}
		if (!strcmp(want, "left-out")) {
			left_out += how_many(number);
			continue;
		}
		got = result_name(judge(line + at, &why));
		n++;
		if (!strcmp(got, want)) {
			printf("ok %u - PKITS %s\n", n, number);
			continue;
		}
		printf("not ok %u - PKITS %s: %s (%s), not %s\n", n, number,
		       got, why, want);
		failed++;
	}
	fclose(f);
	printf("1..%u\n# PKITS: %u of %u as expected, %u left out\n", n,
	       n - failed, n, left_out);
	return failed || !n;
}
