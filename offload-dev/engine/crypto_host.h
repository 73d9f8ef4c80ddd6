/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Cryptography of the adapter and of native programs. Only crypto_host*.c name
 * nettle and hogweed. Besides the completer's table there are private keys, and
 * an AEAD that works on a record piece by piece, in place, with output for every
 * input byte at once: a frame must leave before the rest of its record has come.
 */
#ifndef TLSO_CRYPTO_HOST_H
#define TLSO_CRYPTO_HOST_H

#include "../../kmod/core/crypto.h"

/* rng arguments of this table are ignored: it reads getrandom(2), or a seeded
 * generator after tlso_host_seed() (tests, -icount runs).
 */
extern const struct tlso_crypto tlso_host_crypto;

void tlso_host_seed(const u8 *seed, size_t n);

/* From here on all memory of big numbers is wiped before it is given back. For
 * programs of our own: it is the whole process's allocator that changes.
 */
void tlso_host_wipe_numbers(void);

/* Operations done so far, for the adapter's counters. Thread-safe. */
struct tlso_host_counts {
	u64 sign, ecdh, hash_bytes, aead_bytes;
};

void tlso_host_counts(struct tlso_host_counts *c);

/* Private keys. load checks the blob (core/seam.h) and the key. */
struct tlso_host_key;
int tlso_host_key_load(struct tlso_host_key **key, const u8 *blob, size_t n);
void tlso_host_key_free(struct tlso_host_key *key); /* wipes; NULL is fine */
int tlso_host_key_sign(const struct tlso_host_key *key, u16 scheme,
		       const u8 *digest, size_t n, u8 *sig, size_t *sig_len);

/* struct tlso_signer: @ctx is a struct tlso_host_keys. */
#define TLSO_HOST_KEYS_MAX 8
struct tlso_host_keys {
	unsigned int n;
	const struct tlso_host_key *key[TLSO_HOST_KEYS_MAX]; /* by identity */
};

int tlso_host_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		   const u8 *digest, size_t n, u8 *sig, size_t *sig_len);
int tlso_host_rsa_private(void *rng, void *ctx, unsigned int identity,
			  const u8 *in, size_t n, u8 *out);

/* struct tlso_crypto.verify */
int tlso_host_verify(const struct tlso_pubkey *key, u16 scheme,
		     const u8 *digest, size_t n, const u8 *sig, size_t sig_len);

/* One direction's cipher under one key. */
struct tlso_stream_key;
struct tlso_stream_key *tlso_stream_key_new(u16 suite, const u8 *key, size_t n);
void tlso_stream_key_free(struct tlso_stream_key *k); /* wipes; NULL is fine */

/* One record under way. Plain memory: may be copied by assignment. */
struct tlso_stream {
	u64 opaque[64];
};

void tlso_stream_start(struct tlso_stream *s, const struct tlso_stream_key *k,
		       const u8 *nonce, const u8 *aad, size_t aad_len);
void tlso_stream_encrypt(struct tlso_stream *s, const struct tlso_stream_key *k,
			 u8 *buf, size_t n);
void tlso_stream_decrypt(struct tlso_stream *s, const struct tlso_stream_key *k,
			 u8 *buf, size_t n);
void tlso_stream_tag(struct tlso_stream *s, const struct tlso_stream_key *k,
		     u8 tag[TLSO_TAG_LEN]);
/* XORs @n bytes at @buf with the keystream from text offset @off on: for a
 * slice of a record whose tag is not wanted.
 */
void tlso_stream_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
			size_t off, u8 *buf, size_t n);

#endif /* TLSO_CRYPTO_HOST_H */
