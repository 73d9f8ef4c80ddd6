/* SPDX-License-Identifier: GPL-2.0-only */
/* Identities and anchors from PEM files, as the core wants them. */
#ifndef TLSO_TEST_CREDS_H
#define TLSO_TEST_CREDS_H

#include "../../kmod/core/director.h"
#include "../../offload-dev/engine/crypto_host.h"

#define CREDS_ANCHORS_MAX 256

struct creds {
	struct tlso_id id[TLSO_HOST_KEYS_MAX];
	struct tlso_host_keys keys; /* keys.n identities */
	struct tlso_cert anchor[CREDS_ANCHORS_MAX];
	unsigned int n_anchors;
};

/* All exit with a message where a file does not hold what it should. Memory is
 * given back by creds_free().
 */
void creds_add(struct creds *c, const char *cert, const char *key);
void creds_anchors(struct creds *c, const char *path);
void creds_free(struct creds *c);

/* As creds_add(), but -1 where the core takes no such identity. */
int creds_try(struct creds *c, const char *cert, const char *key);

#endif /* TLSO_TEST_CREDS_H */
