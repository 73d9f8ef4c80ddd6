// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Private keys, and signatures by TLS scheme (RFC 8446 4.2.3; RFC 5246 7.4.1.4.1
 * for the pairs of hash and algorithm that TLS 1.3 has no name for).
 */
#include <stdlib.h>

#include "crypto_host_impl.h"

static const struct host_scheme schemes[] = {
	{ 0x0401, PAD_PKCS1, 32 }, { 0x0501, PAD_PKCS1, 48 },
	{ 0x0601, PAD_PKCS1, 64 }, { 0x0403, PAD_ECDSA, 32 },
	{ 0x0503, PAD_ECDSA, 48 }, { 0x0603, PAD_ECDSA, 64 },
	{ 0x0804, PAD_PSS, 32 },   { 0x0805, PAD_PSS, 48 },
	{ 0x0806, PAD_PSS, 64 },
};

static bool scheme_is_rsa(const struct host_scheme *s)
{
	return s->pad != PAD_ECDSA;
}

/* NULL where the scheme is not ours or @n bytes are not its hash. */
static const struct host_scheme *scheme_find(u16 id, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++)
		if (schemes[i].id == id && schemes[i].hash_len == n)
			return &schemes[i];
	return NULL;
}

static int load(struct tlso_host_key *k, const struct tlso_key_blob *b)
{
	if (k->type == TLSO_KEY_RSA) {
		host_rsa_init(k);
		return host_rsa_load(k, b);
	}
	host_ec_init(k);
	return host_ec_load(k, b);
}

int tlso_host_key_load(struct tlso_host_key **key, const u8 *blob, size_t n)
{
	struct tlso_host_key *k;
	struct tlso_key_blob b;

	*key = NULL;
	if (tlso_key_blob_read(&b, blob, n) != TLSO_OK)
		return -1;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -1;
	k->type = b.type;
	if (load(k, &b)) {
		tlso_host_key_free(k);
		return -1;
	}
	*key = k;
	return 0;
}

void tlso_host_key_free(struct tlso_host_key *k)
{
	if (!k)
		return;
	if (k->type == TLSO_KEY_RSA)
		host_rsa_wipe(k);
	else
		host_ec_wipe(k);
	tlso_wipe(k, sizeof(*k));
	free(k);
}

int tlso_host_key_sign(const struct tlso_host_key *k, u16 scheme,
		       const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	const struct host_scheme *s = scheme_find(scheme, n);
	bool rsa = k->type == TLSO_KEY_RSA;
	int ret;

	if (!s || rsa != scheme_is_rsa(s))
		return -1;
	if (rsa)
		ret = host_rsa_sign(k, s, digest, sig, sig_len);
	else
		ret = host_ec_sign(k, digest, n, sig, sig_len);
	if (!ret)
		atomic_fetch_add(&host_n_sign, 1);
	return ret;
}

int tlso_host_verify(const struct tlso_pubkey *key, u16 scheme,
		     const u8 *digest, size_t n, const u8 *sig, size_t sig_len)
{
	const struct host_scheme *s = scheme_find(scheme, n);

	if (!s)
		return -1;
	if (scheme_is_rsa(s))
		return host_rsa_verify(key, s, digest, sig, sig_len);
	return host_ec_verify(key, digest, n, sig, sig_len);
}

/* ---- As the completer calls them ----------------------------------------------- */

static const struct tlso_host_key *find(const void *ctx, unsigned int identity)
{
	const struct tlso_host_keys *keys = ctx;

	return identity < keys->n ? keys->key[identity] : NULL;
}

int tlso_host_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		   const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	const struct tlso_host_key *k = find(ctx, identity);

	(void)rng;
	return k ? tlso_host_key_sign(k, scheme, digest, n, sig, sig_len) : -1;
}

int tlso_host_rsa_private(void *rng, void *ctx, unsigned int identity,
			  const u8 *in, size_t n, u8 *out)
{
	const struct tlso_host_key *k = find(ctx, identity);

	(void)rng;
	return k ? host_rsa_private(k, in, n, out) : -1;
}
