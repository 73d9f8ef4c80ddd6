/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The cryptography that the completer calls, as constant tables. The adapter
 * fills them from nettle (offload-dev/engine/crypto_host.c); the kernel's
 * software placement will fill them from the Linux crypto API.
 *
 * All functions return 0, or -1 where they failed; none keeps a pointer after
 * it returns. Context memory is the caller's, of the sizes named here, and is
 * wiped by the caller. Secrets take no part in branches or indexes.
 */
#ifndef TLSO_CRYPTO_H
#define TLSO_CRYPTO_H

#include "port.h"

#define TLSO_HASH_MAX 48 /* SHA-384 */
#define TLSO_HASH_CTX_MAX 384
#define TLSO_KEY_MAX 32
#define TLSO_IV_LEN 12
#define TLSO_TAG_LEN 16
#define TLSO_SHARE_MAX 65 /* uncompressed P-256 point */
#define TLSO_SECRET_MAX 32
#define TLSO_SIG_MAX 512

struct tlso_hash_ctx {
	u64 opaque[TLSO_HASH_CTX_MAX / 8];
};

/* A hash. A context may be copied by assignment, to fork a transcript. */
struct tlso_hash_alg {
	u8 len; /* bytes of digest */
	u8 block; /* bytes of block, for HMAC */
	int (*init)(struct tlso_hash_ctx *c);
	int (*update)(struct tlso_hash_ctx *c, const u8 *p, size_t n);
	int (*final)(struct tlso_hash_ctx *c, u8 *out); /* len bytes */
};

/* An AEAD with a 12-byte nonce and a 16-byte tag, in place: buf holds n bytes
 * of text, and room for the tag after them. open returns -1 on a bad tag, and
 * then buf holds nothing that may be used.
 */
struct tlso_aead_alg {
	u8 key_len;
	int (*seal)(const u8 *key, const u8 *nonce, const u8 *aad, size_t aad_len,
		    u8 *buf, size_t n);
	int (*open)(const u8 *key, const u8 *nonce, const u8 *aad, size_t aad_len,
		    u8 *buf, size_t n);
};

/* A key-exchange group: makes an ephemeral key pair, writes the public value
 * to @share and the shared secret with @peer to @secret, and forgets the
 * private value. -1 if @peer is not a valid public value, or the secret is
 * all zero (RFC 8446 7.4.2).
 */
struct tlso_group_alg {
	u16 id; /* TLS NamedGroup */
	u8 share_len;
	u8 secret_len;
	int (*exchange)(void *rng, const u8 *peer, u8 *share, u8 *secret);
};

/* A private key as the completer sees it. */
struct tlso_signer {
	void *key; /* the owner's; lives as long as the completer */
	/* Signs @msg under the TLS signature scheme @scheme. *sig_len is the
	 * room at @sig on entry, the length on return.
	 */
	int (*sign)(void *rng, void *key, u16 scheme, const u8 *msg, size_t n,
		    u8 *sig, size_t *sig_len);
};

struct tlso_crypto {
	const struct tlso_hash_alg *sha256;
	const struct tlso_hash_alg *sha384;
	const struct tlso_aead_alg *aes128_gcm;
	const struct tlso_aead_alg *aes256_gcm;
	const struct tlso_aead_alg *chacha20_poly1305;
	const struct tlso_group_alg *const *groups; /* NULL-terminated */
	int (*random)(void *rng, u8 *out, size_t n);
};

#endif /* TLSO_CRYPTO_H */
