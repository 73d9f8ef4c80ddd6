// SPDX-License-Identifier: GPL-2.0-only
/*
 * From PEM files to the payload of a key of type tls_offload.
 *
 * Responsible for: reading, checking that key and certificate belong together
 * and that the kernel will take them, the payload's format (docs/uapi.md).
 * The private key is wiped from every buffer of ours.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "cmd.h"

#define FILE_MAX 1048576
#define PAYLOAD_MAX 65536
#define CHAIN_MAX 8
#define PART_CERT 1
#define PART_KEY 2
#define PART_ANCHOR 3
#define ANCHORS_MAX 64

struct chain {
	gnutls_x509_crt_t *crt;
	unsigned int n;
};

static void free_secret(gnutls_datum_t *d)
{
	if (d->data)
		explicit_bzero(d->data, d->size);
	free(d->data);
	d->data = NULL;
}

static int read_all(FILE *in, const char *name, gnutls_datum_t *d)
{
	d->data = malloc(FILE_MAX);
	if (!d->data)
		return complain("no memory");
	/* Unbuffered: stdio would keep a copy of a private key. */
	setvbuf(in, NULL, _IONBF, 0);
	d->size = fread(d->data, 1, FILE_MAX, in);
	if (ferror(in))
		return complain("%s: %s", name, strerror(errno));
	if (d->size == FILE_MAX)
		return complain("%s: more than 1 MiB", name);
	if (!d->size)
		return complain("%s: is empty", name);
	return 0;
}

static int read_file(const char *path, gnutls_datum_t *d)
{
	FILE *in;
	int ret;

	if (strcmp(path, "-") == 0)
		return read_all(stdin, "standard input", d);
	in = fopen(path, "re");
	if (!in)
		return complain("%s: %s", path, strerror(errno));
	ret = read_all(in, path, d);
	fclose(in);
	return ret;
}

static int chain_load(struct chain *chain, const char *path)
{
	gnutls_datum_t pem = { 0 };
	int err;

	if (read_file(path, &pem)) {
		free(pem.data);
		return 1;
	}
	err = gnutls_x509_crt_list_import2(&chain->crt, &chain->n, &pem,
					   GNUTLS_X509_FMT_PEM,
					   GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	free(pem.data);
	if (err == GNUTLS_E_CERTIFICATE_LIST_UNSORTED)
		return complain("%s: each certificate must be followed by its issuer's",
				path);
	if (err < 0)
		return complain("%s: %s", path, gnutls_strerror(err));
	if (chain->n > CHAIN_MAX)
		return complain("%s: %u certificates, at most %d are sent", path,
				chain->n, CHAIN_MAX);
	if (gnutls_x509_crt_get_expiration_time(chain->crt[0]) < time(NULL))
		complain("warning: %s: the certificate has expired", path);
	return 0;
}

static int key_load(gnutls_x509_privkey_t key, const char *path)
{
	gnutls_datum_t pem = { 0 };
	int err = 0;

	if (read_file(path, &pem)) {
		free_secret(&pem);
		return 1;
	}
	err = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL,
					  0);
	free_secret(&pem);
	if (err == GNUTLS_E_DECRYPTION_FAILED)
		return complain("%s: encrypted: decrypt it, pass it on standard input",
				path);
	if (err < 0)
		return complain("%s: no private key in PEM: %s", path,
				gnutls_strerror(err));
	return 0;
}

/* What the kernel can sign with. */
static int key_usable(gnutls_x509_privkey_t key, const char *path)
{
	gnutls_ecc_curve_t curve;
	unsigned int bits = 0;
	int alg = gnutls_x509_privkey_get_pk_algorithm2(key, &bits);

	if (alg == GNUTLS_PK_RSA && bits >= 2048 && bits <= 4096)
		return 0;
	if (alg == GNUTLS_PK_RSA)
		return complain("%s: an RSA key of %u bits; 2048 to 4096 are taken",
				path, bits);
	if (alg == GNUTLS_PK_ECDSA &&
	    gnutls_x509_privkey_export_ecc_raw(key, &curve, NULL, NULL, NULL) ==
		    GNUTLS_E_SUCCESS &&
	    (curve == GNUTLS_ECC_CURVE_SECP256R1 ||
	     curve == GNUTLS_ECC_CURVE_SECP384R1))
		return 0;
	return complain("%s: a key of type %s; RSA and ECDSA on P-256 or P-384 are taken",
			path, gnutls_pk_algorithm_get_name(alg));
}

static int belong_together(const struct chain *chain, gnutls_x509_privkey_t key,
			   const char *cert_path, const char *key_path)
{
	unsigned char a[64], b[64];
	size_t a_len = sizeof(a), b_len = sizeof(b);

	if (gnutls_x509_crt_get_key_id(chain->crt[0], GNUTLS_KEYID_USE_SHA256,
				       a, &a_len) < 0 ||
	    gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, b,
					   &b_len) < 0)
		return complain("%s: the public key cannot be read", cert_path);
	if (a_len != b_len || memcmp(a, b, a_len))
		return complain("%s: is not the key of the first certificate in %s",
				key_path, cert_path);
	return 0;
}

static int add_part(struct identity *id, int type, const gnutls_datum_t *der)
{
	unsigned char *p = id->payload + id->len;

	if (der->size + 4 > PAYLOAD_MAX - id->len)
		return complain("chain and key exceed 64 KiB");
	p[0] = type;
	p[1] = der->size >> 16;
	p[2] = der->size >> 8;
	p[3] = der->size;
	memcpy(p + 4, der->data, der->size);
	id->len += 4 + der->size;
	return 0;
}

static int add_certs(struct identity *id, const struct chain *chain, int type)
{
	gnutls_datum_t der = { 0 };
	unsigned int i;
	int err, ret = 0;

	for (i = 0; i < chain->n && !ret; i++) {
		err = gnutls_x509_crt_export2(chain->crt[i], GNUTLS_X509_FMT_DER,
					      &der);
		if (err < 0)
			return complain("certificate: %s", gnutls_strerror(err));
		ret = add_part(id, type, &der);
		gnutls_free(der.data);
	}
	return ret;
}

static int add_key(struct identity *id, gnutls_x509_privkey_t key)
{
	gnutls_datum_t der = { 0 };
	int err, ret;

	err = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL,
						GNUTLS_PKCS_PLAIN, &der);
	if (err < 0)
		return complain("private key: %s", gnutls_strerror(err));
	ret = add_part(id, PART_KEY, &der);
	explicit_bzero(der.data, der.size);
	gnutls_free(der.data);
	return ret;
}

void identity_wipe(struct identity *id)
{
	if (id->payload)
		explicit_bzero(id->payload, id->len);
	free(id->payload);
	id->payload = NULL;
}

int identity_load(struct identity *id, const char *cert, const char *key_path)
{
	struct chain chain = { 0 };
	gnutls_x509_privkey_t key;
	unsigned int i;
	int ret;

	id->len = 0;
	id->payload = malloc(PAYLOAD_MAX);
	if (!id->payload || gnutls_x509_privkey_init(&key) < 0)
		return complain("no memory");
	ret = chain_load(&chain, cert) || key_load(key, key_path) ||
	      key_usable(key, key_path) ||
	      belong_together(&chain, key, cert, key_path) ||
	      add_certs(id, &chain, PART_CERT) || add_key(id, key);
	for (i = 0; i < chain.n; i++)
		gnutls_x509_crt_deinit(chain.crt[i]);
	gnutls_free(chain.crt);
	gnutls_x509_privkey_deinit(key);
	if (ret)
		identity_wipe(id);
	return ret;
}

/* In any order, and more than are ever sent: no chain. */
static int anchors_read(struct chain *anchors, const char *path)
{
	gnutls_datum_t pem = { 0 };
	unsigned int i;
	int err;

	if (read_file(path, &pem)) {
		free(pem.data);
		return 1;
	}
	err = gnutls_x509_crt_list_import2(&anchors->crt, &anchors->n, &pem,
					   GNUTLS_X509_FMT_PEM, 0);
	free(pem.data);
	if (err < 0)
		return complain("%s: %s", path, gnutls_strerror(err));
	if (anchors->n > ANCHORS_MAX)
		return complain("%s: %u certificates, at most %d go into one key",
				path, anchors->n, ANCHORS_MAX);
	for (i = 0; i < anchors->n; i++)
		if (gnutls_x509_crt_get_ca_status(anchors->crt[i], NULL) <= 0)
			complain("warning: %s: certificate %u is no authority's",
				 path, i + 1);
	return 0;
}

int anchors_load(struct identity *id, const char *path)
{
	struct chain anchors = { 0 };
	unsigned int i;
	int ret;

	id->len = 0;
	id->payload = malloc(PAYLOAD_MAX);
	if (!id->payload)
		return complain("no memory");
	ret = anchors_read(&anchors, path) ||
	      add_certs(id, &anchors, PART_ANCHOR);
	for (i = 0; i < anchors.n; i++)
		gnutls_x509_crt_deinit(anchors.crt[i]);
	gnutls_free(anchors.crt);
	if (ret)
		identity_wipe(id);
	return ret;
}
