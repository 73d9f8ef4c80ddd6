// SPDX-License-Identifier: GPL-2.0-only
/*
 * The roots that this machine trusts: each one parses, has a key that counts and
 * is found among the anchors; strictness that would keep a real site out shows
 * here. Roots that expired since are told apart. TAP on stdout.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/pem.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "../../kmod/core/x509.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define ROOTS_MAX 400
#define NOW 1700000000 /* November 2023: of the package, not of the test run */

static struct tlso_cert roots[ROOTS_MAX];

static unsigned int load(void)
{
	unsigned int n = 0;
	const char *at;
	size_t size;
	u8 *file = file_read(BUNDLE, &size), *der;

	at = (const char *)file;
	while (at && n < ROOTS_MAX) {
		der = malloc(TLSO_X509_LEN_MAX);
		roots[n].der = der;
		roots[n].len = pem_next(&at, der, TLSO_X509_LEN_MAX);
		if (!roots[n].len) {
			free(der);
			break;
		}
		n++;
	}
	free(file);
	return n;
}

int main(void)
{
	static struct tlso_x509_work work;
	struct tlso_verify v = {
		.crypto = &tlso_host_crypto,
		.anchors = roots,
		.n_anchors = load(),
		.now = NOW,
	};
	unsigned int i, refused = 0, expired = 0;
	struct tlso_pubkey key;
	enum tlso_err e;

	for (i = 0; i < v.n_anchors; i++) {
		e = tlso_x509_verify(&v, &roots[i], 1, &key, &work);
		if (e == TLSO_E_CERT_EXPIRED) {
			expired++;
		} else if (e) {
			refused++;
			printf("# certificate %u: %s\n", i + 1,
			       tlso_x509_why(&work));
		}
	}
	printf("# %u roots, %u of them expired\n", v.n_anchors, expired);
	printf("%s 1 - X.509: no root of %s is refused\n1..1\n",
	       refused || v.n_anchors < 50 ? "not ok" : "ok", BUNDLE);
	for (i = 0; i < v.n_anchors; i++)
		free((u8 *)roots[i].der);
	return refused || v.n_anchors < 50;
}
