// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * An AEAD that works on a record piece by piece, in place: the record path's.
 * nettle has the cipher modes; this puts them together so that every input byte
 * has its output at once, wherever a frame was cut.
 */
#include <stdlib.h>

#include <nettle/aes.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/chacha.h>
#include <nettle/ctr.h>
#include <nettle/gcm.h>

#include "crypto_host_impl.h"

struct tlso_stream_key {
	u16 suite;
	u8 chacha_key[32];
	struct gcm_key gcm;
	union {
		struct aes128_ctx aes128;
		struct aes256_ctx aes256;
	} aes;
};

/*
 * nettle wants whole blocks but for the last call. A block that has come only
 * in part is kept here as cipher text, with its key stream; when it is whole
 * its cipher text is run through nettle's decrypt into a scratch buffer, which
 * hashes it and moves the counter on, as encrypting it would have done.
 */
#define CARRY_MAX 64 /* ChaCha20's block */

struct stream_state {
	union {
		struct gcm_ctx gcm;
		struct chacha_poly1305_ctx chapo;
	} u;
	u8 keystream[CARRY_MAX];
	u8 carry[CARRY_MAX];
	u32 fill; /* bytes in carry, < block */
};

_Static_assert(sizeof(struct stream_state) <= sizeof(struct tlso_stream),
	       "stream state");

static bool is_chacha(const struct tlso_stream_key *k)
{
	return k->suite == 0x1303;
}

static size_t stream_block(const struct tlso_stream_key *k)
{
	return is_chacha(k) ? 64 : 16;
}

static nettle_cipher_func *aes_func(const struct tlso_stream_key *k)
{
	return k->suite == 0x1302 ? (nettle_cipher_func *)aes256_encrypt :
				    (nettle_cipher_func *)aes128_encrypt;
}

struct tlso_stream_key *tlso_stream_key_new(u16 suite, const u8 *key, size_t n)
{
	struct tlso_stream_key *k;

	if (n != (suite == 0x1301 ? 16 : 32) || suite < 0x1301 ||
	    suite > 0x1303)
		return NULL;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->suite = suite;
	if (suite == 0x1301)
		aes128_set_encrypt_key(&k->aes.aes128, key);
	else if (suite == 0x1302)
		aes256_set_encrypt_key(&k->aes.aes256, key);
	else
		memcpy(k->chacha_key, key, n);
	if (!is_chacha(k))
		gcm_set_key(&k->gcm, &k->aes, aes_func(k));
	return k;
}

void tlso_stream_key_free(struct tlso_stream_key *k)
{
	if (!k)
		return;
	tlso_wipe(k, sizeof(*k));
	free(k);
}

void tlso_stream_start(struct tlso_stream *stream,
		       const struct tlso_stream_key *k, const u8 *nonce,
		       const u8 *aad, size_t aad_len)
{
	struct stream_state *s = (struct stream_state *)stream;

	s->fill = 0;
	if (is_chacha(k)) {
		chacha_poly1305_set_key(&s->u.chapo, k->chacha_key);
		chacha_poly1305_set_nonce(&s->u.chapo, nonce);
		chacha_poly1305_update(&s->u.chapo, aad_len, aad);
	} else {
		gcm_set_iv(&s->u.gcm, &k->gcm, TLSO_IV_LEN, nonce);
		gcm_update(&s->u.gcm, &k->gcm, aad_len, aad);
	}
}

static void bulk(struct stream_state *s, const struct tlso_stream_key *k,
		 bool encrypt, size_t n, u8 *dst, const u8 *src)
{
	if (is_chacha(k)) {
		if (encrypt)
			chacha_poly1305_encrypt(&s->u.chapo, n, dst, src);
		else
			chacha_poly1305_decrypt(&s->u.chapo, n, dst, src);
	} else if (encrypt) {
		gcm_encrypt(&s->u.gcm, &k->gcm, &k->aes, aes_func(k), n, dst,
			    src);
	} else {
		gcm_decrypt(&s->u.gcm, &k->gcm, &k->aes, aes_func(k), n, dst,
			    src);
	}
}

/* The key stream of the block that comes next, leaving the state as it is. */
static void next_keystream(struct stream_state *s,
			   const struct tlso_stream_key *k)
{
	if (is_chacha(k)) {
		struct chacha_ctx c = s->u.chapo.chacha;

		memset(s->keystream, 0, sizeof(s->keystream));
		chacha_crypt32(&c, sizeof(s->keystream), s->keystream,
			       s->keystream);
		tlso_wipe(&c, sizeof(c));
	} else {
		aes_func(k)(&k->aes, 16, s->keystream, s->u.gcm.ctr.b);
	}
}

static void hash_carry(struct stream_state *s, const struct tlso_stream_key *k)
{
	u8 scratch[CARRY_MAX];

	bulk(s, k, false, s->fill, scratch, s->carry);
	tlso_wipe(scratch, sizeof(scratch));
	s->fill = 0;
}

static void carry(struct stream_state *s, const struct tlso_stream_key *k,
		  bool encrypt, u8 *buf, size_t n)
{
	size_t i;

	if (!s->fill)
		next_keystream(s, k);
	for (i = 0; i < n; i++) {
		u8 in = buf[i];

		buf[i] = in ^ s->keystream[s->fill];
		s->carry[s->fill++] = encrypt ? buf[i] : in;
	}
	if (s->fill == stream_block(k))
		hash_carry(s, k);
}

static void stream_crypt(struct tlso_stream *stream,
			 const struct tlso_stream_key *k, bool encrypt, u8 *buf,
			 size_t n)
{
	struct stream_state *s = (struct stream_state *)stream;
	size_t block = stream_block(k), part;

	atomic_fetch_add(&host_n_aead, n);
	if (s->fill && n) {
		part = block - s->fill < n ? block - s->fill : n;
		carry(s, k, encrypt, buf, part);
		buf += part;
		n -= part;
	}
	part = n - n % block;
	if (part)
		bulk(s, k, encrypt, part, buf, buf);
	if (n > part)
		carry(s, k, encrypt, buf + part, n - part);
}

void tlso_stream_encrypt(struct tlso_stream *s, const struct tlso_stream_key *k,
			 u8 *buf, size_t n)
{
	stream_crypt(s, k, true, buf, n);
}

void tlso_stream_decrypt(struct tlso_stream *s, const struct tlso_stream_key *k,
			 u8 *buf, size_t n)
{
	stream_crypt(s, k, false, buf, n);
}

void tlso_stream_tag(struct tlso_stream *stream,
		     const struct tlso_stream_key *k, u8 tag[TLSO_TAG_LEN])
{
	struct stream_state *s = (struct stream_state *)stream;

	if (s->fill)
		hash_carry(s, k);
	if (is_chacha(k))
		chacha_poly1305_digest(&s->u.chapo, TLSO_TAG_LEN, tag);
	else
		gcm_digest(&s->u.gcm, &k->gcm, &k->aes, aes_func(k),
			   TLSO_TAG_LEN, tag);
	tlso_wipe(s, sizeof(*s));
}

static void put_le32(u8 *p, u32 v)
{
	p[0] = v;
	p[1] = v >> 8;
	p[2] = v >> 16;
	p[3] = v >> 24;
}

static void chacha_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
			  size_t off, u8 *buf, size_t n)
{
	size_t skip = off % 64, part = 64 - skip;
	struct chacha_ctx c;
	u8 block[64], ctr[4];

	/* RFC 8439 2.8: block 0 makes the Poly1305 key, text starts at 1. */
	put_le32(ctr, 1 + off / 64);
	chacha_set_key(&c, k->chacha_key);
	chacha_set_nonce96(&c, nonce);
	chacha_set_counter32(&c, ctr);
	if (skip) {
		if (part > n)
			part = n;
		memcpy(block + skip, buf, part);
		memset(block, 0, skip);
		memset(block + skip + part, 0, 64 - skip - part);
		chacha_crypt32(&c, 64, block, block);
		memcpy(buf, block + skip, part);
		buf += part;
		n -= part;
	}
	if (n)
		chacha_crypt32(&c, n, buf, buf);
	tlso_wipe(&c, sizeof(c));
	tlso_wipe(block, sizeof(block));
}

static void gcm_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
		       size_t off, u8 *buf, size_t n)
{
	size_t skip = off % 16, part = 16 - skip;
	u8 ctr[16], block[16] = { 0 };
	u32 count = 2 + off / 16; /* SP 800-38D 7.1: counter 1 is the tag's */

	memcpy(ctr, nonce, TLSO_IV_LEN);
	ctr[12] = count >> 24;
	ctr[13] = count >> 16;
	ctr[14] = count >> 8;
	ctr[15] = count;
	if (skip) {
		if (part > n)
			part = n;
		memcpy(block + skip, buf, part);
		ctr_crypt(&k->aes, aes_func(k), 16, ctr, 16, block, block);
		memcpy(buf, block + skip, part);
		buf += part;
		n -= part;
	}
	if (n)
		ctr_crypt(&k->aes, aes_func(k), 16, ctr, n, buf, buf);
	tlso_wipe(block, sizeof(block));
}

void tlso_stream_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
			size_t off, u8 *buf, size_t n)
{
	atomic_fetch_add(&host_n_aead, n);
	if (!n)
		return;
	if (is_chacha(k))
		chacha_xor_at(k, nonce, off, buf, n);
	else
		gcm_xor_at(k, nonce, off, buf, n);
}
