// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes over the crypto API, and random numbers.
 *
 * A transcript is forked by copying its context. The API has export and import
 * for that, but every synchronous SHA-2 keeps its whole state in the descriptor;
 * that this is so of the one that the kernel chose is part of the self-test.
 */
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/random.h>

#include "crypto_impl.h"

enum { SHA256, SHA384, SHA512, HASHES };

static const struct {
	const char *name;
	const struct tlso_hash_alg *alg;
} hash_names[HASHES] = {
	[SHA256] = { "sha256", &tlso_linux_sha256 },
	[SHA384] = { "sha384", &tlso_linux_sha384 },
	[SHA512] = { "sha512", &tlso_linux_sha512 },
};

/* No keys in there: any number of contexts share one. */
static struct crypto_shash *hash_tfm[HASHES];

int tlso_linux_random(void *rng, u8 *out, size_t n)
{
	/* A signal may end the wait, soon after boot. */
	if (wait_for_random_bytes())
		return -1;
	get_random_bytes(out, n);
	return 0;
}

static int hash_init(struct tlso_hash_ctx *c, unsigned int which)
{
	struct shash_desc *desc = (struct shash_desc *)c;

	desc->tfm = hash_tfm[which];
	return crypto_shash_init(desc) ? -1 : 0;
}

static int sha256_begin(struct tlso_hash_ctx *c)
{
	return hash_init(c, SHA256);
}

static int sha384_begin(struct tlso_hash_ctx *c)
{
	return hash_init(c, SHA384);
}

static int sha512_begin(struct tlso_hash_ctx *c)
{
	return hash_init(c, SHA512);
}

static int hash_update(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	if (n > INT_MAX)
		return -1;
	return crypto_shash_update((struct shash_desc *)c, p, n) ? -1 : 0;
}

static int hash_final(struct tlso_hash_ctx *c, u8 *out)
{
	return crypto_shash_final((struct shash_desc *)c, out) ? -1 : 0;
}

const struct tlso_hash_alg tlso_linux_sha256 = {
	.len = 32,
	.block = 64,
	.init = sha256_begin,
	.update = hash_update,
	.final = hash_final,
};

const struct tlso_hash_alg tlso_linux_sha384 = {
	.len = 48,
	.block = 128,
	.init = sha384_begin,
	.update = hash_update,
	.final = hash_final,
};

const struct tlso_hash_alg tlso_linux_sha512 = {
	.len = 64,
	.block = 128,
	.init = sha512_begin,
	.update = hash_update,
	.final = hash_final,
};

const struct tlso_hash_alg *tlso_linux_hash_of(size_t len)
{
	unsigned int i;

	for (i = 0; i < HASHES; i++)
		if (hash_names[i].alg->len == len)
			return hash_names[i].alg;
	return NULL;
}

void tlso_linux_hash_exit(void)
{
	unsigned int i;

	for (i = 0; i < HASHES; i++) {
		crypto_free_shash(hash_tfm[i]);
		hash_tfm[i] = NULL;
	}
}

int tlso_linux_hash_init(void)
{
	struct crypto_shash *tfm;
	unsigned int i;

	BUILD_BUG_ON(__alignof__(struct tlso_hash_ctx) <
		     __alignof__(struct shash_desc));
	for (i = 0; i < HASHES; i++) {
		tfm = crypto_alloc_shash(hash_names[i].name, 0, 0);
		if (IS_ERR(tfm)) {
			pr_err("tls_offload: this kernel has no %s: error %ld\n",
			       hash_names[i].name, PTR_ERR(tfm));
			tlso_linux_hash_exit();
			return PTR_ERR(tfm);
		}
		hash_tfm[i] = tfm;
		if (sizeof(struct shash_desc) + crypto_shash_descsize(tfm) >
		    sizeof(struct tlso_hash_ctx)) {
			pr_err("tls_offload: %s of driver %s needs too much room\n",
			       hash_names[i].name,
			       crypto_tfm_alg_driver_name(crypto_shash_tfm(tfm)));
			tlso_linux_hash_exit();
			return -EOPNOTSUPP;
		}
	}
	return 0;
}
