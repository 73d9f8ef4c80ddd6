// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* AEADs over nettle, a whole text at once and in place. */
#include <nettle/chacha-poly1305.h>
#include <nettle/gcm.h>

#include "crypto_host_impl.h"

static int open_verdict(const u8 *want, u8 *buf, size_t n)
{
	int ok = tlso_equal_ct(want, buf + n, TLSO_TAG_LEN);

	atomic_fetch_add(&host_n_aead, n);
	if (!ok)
		memset(buf, 0, n);
	return ok ? 0 : TLSO_AEAD_FORGED;
}

#define GCM_AEAD(bits)                                                       \
static int aes##bits##_gcm_seal(const u8 *key, const u8 *nonce,              \
				const u8 *aad, size_t aad_len, u8 *buf,      \
				size_t n)                                    \
{                                                                            \
	struct gcm_aes##bits##_ctx c;                                        \
									     \
	gcm_aes##bits##_set_key(&c, key);                                    \
	gcm_aes##bits##_set_iv(&c, TLSO_IV_LEN, nonce);                      \
	gcm_aes##bits##_update(&c, aad_len, aad);                            \
	gcm_aes##bits##_encrypt(&c, n, buf, buf);                            \
	gcm_aes##bits##_digest(&c, TLSO_TAG_LEN, buf + n);                   \
	atomic_fetch_add(&host_n_aead, n);                                   \
	tlso_wipe(&c, sizeof(c));                                            \
	return 0;                                                            \
}                                                                            \
									     \
static int aes##bits##_gcm_open(const u8 *key, const u8 *nonce,              \
				const u8 *aad, size_t aad_len, u8 *buf,      \
				size_t n)                                    \
{                                                                            \
	struct gcm_aes##bits##_ctx c;                                        \
	u8 tag[TLSO_TAG_LEN];                                                \
									     \
	gcm_aes##bits##_set_key(&c, key);                                    \
	gcm_aes##bits##_set_iv(&c, TLSO_IV_LEN, nonce);                      \
	gcm_aes##bits##_update(&c, aad_len, aad);                            \
	gcm_aes##bits##_decrypt(&c, n, buf, buf);                            \
	gcm_aes##bits##_digest(&c, sizeof(tag), tag);                        \
	tlso_wipe(&c, sizeof(c));                                            \
	return open_verdict(tag, buf, n);                                    \
}                                                                            \
									     \
const struct tlso_aead_alg host_aes##bits##_gcm = {                          \
	.key_len = (bits) / 8,                                               \
	.seal = aes##bits##_gcm_seal,                                        \
	.open = aes##bits##_gcm_open,                                        \
}

GCM_AEAD(128);
GCM_AEAD(256);

static int chapo_seal(const u8 *key, const u8 *nonce, const u8 *aad,
		      size_t aad_len, u8 *buf, size_t n)
{
	struct chacha_poly1305_ctx c;

	chacha_poly1305_set_key(&c, key);
	chacha_poly1305_set_nonce(&c, nonce);
	chacha_poly1305_update(&c, aad_len, aad);
	chacha_poly1305_encrypt(&c, n, buf, buf);
	chacha_poly1305_digest(&c, TLSO_TAG_LEN, buf + n);
	atomic_fetch_add(&host_n_aead, n);
	tlso_wipe(&c, sizeof(c));
	return 0;
}

static int chapo_open(const u8 *key, const u8 *nonce, const u8 *aad,
		      size_t aad_len, u8 *buf, size_t n)
{
	struct chacha_poly1305_ctx c;
	u8 tag[TLSO_TAG_LEN];

	chacha_poly1305_set_key(&c, key);
	chacha_poly1305_set_nonce(&c, nonce);
	chacha_poly1305_update(&c, aad_len, aad);
	chacha_poly1305_decrypt(&c, n, buf, buf);
	chacha_poly1305_digest(&c, sizeof(tag), tag);
	tlso_wipe(&c, sizeof(c));
	return open_verdict(tag, buf, n);
}

const struct tlso_aead_alg host_chacha20_poly1305 = {
	.key_len = 32,
	.seal = chapo_seal,
	.open = chapo_open,
};
