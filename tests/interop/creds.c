// SPDX-License-Identifier: GPL-2.0-only
/* Identities and anchors from PEM files: see creds.h. */
#include <stdio.h>
#include <stdlib.h>

#include "creds.h"
#include "../unit/pem.h"
#include "../../kmod/core/pkcs8.h"

/* The next certificate of text at *@at in memory of its own. */
static bool next_cert(const char **at, struct tlso_cert *cert)
{
	u8 *der = malloc(TLSO_X509_LEN_MAX);
	size_t n = der ? pem_next(at, der, TLSO_X509_LEN_MAX) : 0;

	if (!n) {
		free(der);
		return false;
	}
	cert->der = der;
	cert->len = n;
	return true;
}

static int load_key(struct creds *c, struct tlso_id *id, const char *path)
{
	u8 der[TLSO_KEY_BLOB_MAX], blob[TLSO_KEY_BLOB_MAX];
	struct tlso_key_blob parts;
	struct tlso_host_key *key;
	const char *at;
	int ret = -1;
	u8 *file;
	size_t n, len;

	file = file_read(path, &len);
	at = (const char *)file;
	n = pem_next(&at, der, sizeof(der));
	if (!n || tlso_pkcs8_read(&parts, der, n) ||
	    tlso_key_blob_write(&parts, blob, sizeof(blob), &n) ||
	    tlso_host_key_load(&key, blob, n))
		goto out;
	id->key_type = (u8)parts.type;
	id->rsa_bits = tlso_key_blob_bits(&parts);
	c->keys.key[c->keys.n++] = key;
	ret = 0;
out:
	tlso_wipe(der, sizeof(der));
	tlso_wipe(blob, sizeof(blob));
	tlso_wipe(file, len);
	free(file);
	return ret;
}

int creds_try(struct creds *c, const char *cert, const char *key)
{
	struct tlso_id *id = &c->id[c->keys.n];
	const char *at;
	u8 *file;
	size_t n;

	if (c->keys.n == TLSO_HOST_KEYS_MAX)
		return -1;
	file = file_read(cert, &n);
	at = (const char *)file;
	while (id->n_chain < TLSO_CHAIN_MAX &&
	       next_cert(&at, &id->chain[id->n_chain]))
		id->n_chain++;
	free(file);
	if (id->n_chain && !load_key(c, id, key))
		return 0;
	while (id->n_chain)
		free((void *)id->chain[--id->n_chain].der);
	return -1;
}

void creds_add(struct creds *c, const char *cert, const char *key)
{
	if (creds_try(c, cert, key)) {
		fprintf(stderr, "%s, %s: no identity that we take\n", cert, key);
		exit(2);
	}
}

void creds_anchors(struct creds *c, const char *path)
{
	unsigned int had = c->n_anchors;
	const char *at;
	u8 *file;
	size_t n;

	file = file_read(path, &n);
	at = (const char *)file;
	while (c->n_anchors < CREDS_ANCHORS_MAX &&
	       next_cert(&at, &c->anchor[c->n_anchors]))
		c->n_anchors++;
	free(file);
	if (c->n_anchors == had) {
		fprintf(stderr, "%s: no certificates\n", path);
		exit(2);
	}
}

void creds_free(struct creds *c)
{
	while (c->keys.n) {
		struct tlso_id *id = &c->id[--c->keys.n];

		while (id->n_chain)
			free((void *)id->chain[--id->n_chain].der);
		tlso_host_key_free((struct tlso_host_key *)
				   c->keys.key[c->keys.n]);
	}
	while (c->n_anchors)
		free((void *)c->anchor[--c->n_anchors].der);
}
