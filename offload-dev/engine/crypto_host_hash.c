// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * SHA-2 over nettle. SHA-384 and SHA-512 share a context and all but its start
 * and its end.
 */
#include <nettle/sha2.h>

#include "crypto_host_impl.h"

_Static_assert(sizeof(struct sha256_ctx) <= TLSO_HASH_CTX_MAX, "hash context");
_Static_assert(sizeof(struct sha512_ctx) <= TLSO_HASH_CTX_MAX, "hash context");

static int sha256_begin(struct tlso_hash_ctx *c)
{
	sha256_init((struct sha256_ctx *)c);
	return 0;
}

static int sha256_more(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	sha256_update((struct sha256_ctx *)c, n, p);
	atomic_fetch_add(&host_n_hash, n);
	return 0;
}

static int sha256_end(struct tlso_hash_ctx *c, u8 *out)
{
	sha256_digest((struct sha256_ctx *)c, SHA256_DIGEST_SIZE, out);
	return 0;
}

static int sha384_begin(struct tlso_hash_ctx *c)
{
	sha384_init((struct sha512_ctx *)c);
	return 0;
}

static int sha512_begin(struct tlso_hash_ctx *c)
{
	sha512_init((struct sha512_ctx *)c);
	return 0;
}

static int sha512_more(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	sha512_update((struct sha512_ctx *)c, n, p);
	atomic_fetch_add(&host_n_hash, n);
	return 0;
}

static int sha384_end(struct tlso_hash_ctx *c, u8 *out)
{
	sha384_digest((struct sha512_ctx *)c, SHA384_DIGEST_SIZE, out);
	return 0;
}

static int sha512_end(struct tlso_hash_ctx *c, u8 *out)
{
	sha512_digest((struct sha512_ctx *)c, SHA512_DIGEST_SIZE, out);
	return 0;
}

const struct tlso_hash_alg host_sha256 = {
	.len = SHA256_DIGEST_SIZE,
	.block = SHA256_BLOCK_SIZE,
	.init = sha256_begin,
	.update = sha256_more,
	.final = sha256_end,
};

const struct tlso_hash_alg host_sha384 = {
	.len = SHA384_DIGEST_SIZE,
	.block = SHA384_BLOCK_SIZE,
	.init = sha384_begin,
	.update = sha512_more,
	.final = sha384_end,
};

const struct tlso_hash_alg host_sha512 = {
	.len = SHA512_DIGEST_SIZE,
	.block = SHA512_BLOCK_SIZE,
	.init = sha512_begin,
	.update = sha512_more,
	.final = sha512_end,
};
