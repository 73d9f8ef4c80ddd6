// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The TLS 1.3 key schedule, RFC 8446 7.1, and the HMAC and HKDF (RFC 2104, RFC
 * 5869) under it. Leaves to completer.c when each secret is due.
 */
#include "buf.h"
#include "keysched.h"

#define BLOCK_MAX 128 /* SHA-384 */
#define IPAD 0x36
#define OPAD 0x5c
#define CONTEXT_MAX 255 /* a ticket's nonce */

/* One of HMAC's two passes: H(key ^ pad || a || b). */
static int hmac_pass(const struct tlso_hash_alg *h, const u8 *block, u8 pad,
		     const u8 *a, size_t a_len, const u8 *b, size_t b_len,
		     u8 *out)
{
	struct tlso_hash_ctx c;
	u8 k[BLOCK_MAX];
	int ret = -1;
	size_t i;

	for (i = 0; i < h->block; i++)
		k[i] = block[i] ^ pad;
	if (h->init(&c) || h->update(&c, k, h->block) ||
	    (a_len && h->update(&c, a, a_len)) ||
	    (b_len && h->update(&c, b, b_len)) || h->final(&c, out))
		goto out;
	ret = 0;
out:
	tlso_wipe(k, sizeof(k));
	tlso_wipe(&c, sizeof(c));
	return ret;
}

enum tlso_err tlso_hmac(const struct tlso_hash_alg *h, const u8 *key,
			size_t key_len, const u8 *a, size_t a_len, const u8 *b,
			size_t b_len, u8 *out)
{
	u8 block[BLOCK_MAX] = { 0 };
	u8 inner[TLSO_HASH_MAX];
	enum tlso_err e = TLSO_E_CRYPTO;

	/* Neither version has an HMAC key longer than a block. */
	if (h->block > BLOCK_MAX || h->len > TLSO_HASH_MAX ||
	    key_len > h->block)
		return TLSO_E_CRYPTO;
	memcpy(block, key, key_len);
	if (!hmac_pass(h, block, IPAD, a, a_len, b, b_len, inner) &&
	    !hmac_pass(h, block, OPAD, inner, h->len, NULL, 0, out))
		e = TLSO_OK;
	tlso_wipe(block, sizeof(block));
	tlso_wipe(inner, sizeof(inner));
	return e;
}

enum tlso_err tlso_hkdf_extract(const struct tlso_hash_alg *h, const u8 *salt,
				const u8 *ikm, size_t ikm_len, u8 *out)
{
	static const u8 zeros[TLSO_HASH_MAX];

	if (!ikm) {
		ikm = zeros;
		ikm_len = h->len;
	}
	return tlso_hmac(h, salt, h->len, ikm, ikm_len, NULL, 0, out);
}

enum tlso_err tlso_expand_label_n(const struct tlso_hash_alg *h,
				  const u8 *secret, const char *label,
				  size_t label_len, const u8 *context,
				  size_t ctx_len, u8 *out, size_t len)
{
	u8 info[2 + 1 + 6 + 18 + 1 + CONTEXT_MAX + 1];
	u8 block[TLSO_HASH_MAX];
	struct tlso_wr w;
	enum tlso_err e;
	size_t at;

	if (len > h->len || ctx_len > CONTEXT_MAX)
		return TLSO_E_CRYPTO;
	tlso_wr_init(&w, info, sizeof(info));
	tlso_wr_u16(&w, (u16)len);
	at = tlso_wr_open(&w, 1);
	tlso_wr_bytes(&w, "tls13 ", 6);
	tlso_wr_bytes(&w, label, label_len);
	tlso_wr_close(&w, at, 1);
	at = tlso_wr_open(&w, 1);
	tlso_wr_bytes(&w, context, ctx_len);
	tlso_wr_close(&w, at, 1);
	tlso_wr_u8(&w, 1); /* HKDF-Expand's T(1) */
	if (w.bad)
		return TLSO_E_CRYPTO;
	e = tlso_hmac(h, secret, h->len, info, w.n, NULL, 0, block);
	if (!e)
		memcpy(out, block, len);
	tlso_wipe(block, sizeof(block));
	return e;
}

enum tlso_err tlso_derive_secret_n(const struct tlso_hash_alg *h,
				   const u8 *secret, const char *label,
				   size_t label_len, const u8 *thash, u8 *out)
{
	struct tlso_hash_ctx c;
	u8 empty[TLSO_HASH_MAX];

	if (!thash) {
		if (h->init(&c) || h->final(&c, empty))
			return TLSO_E_CRYPTO;
		thash = empty;
	}
	return tlso_expand_label_n(h, secret, label, label_len, thash, h->len,
				   out, h->len);
}

enum tlso_err tlso_early_secret(const struct tlso_hash_alg *h, const u8 *psk,
				size_t psk_len, u8 *secret)
{
	static const u8 zeros[TLSO_HASH_MAX];

	return tlso_hkdf_extract(h, zeros, psk, psk_len, secret);
}

enum tlso_err tlso_next_stage(const struct tlso_hash_alg *h, u8 *secret,
			      const u8 *ikm, size_t ikm_len)
{
	enum tlso_err e;

	e = tlso_derive_secret(h, secret, "derived", NULL, secret);
	if (e)
		return e;
	return tlso_hkdf_extract(h, secret, ikm, ikm_len, secret);
}

enum tlso_err tlso_traffic_keys(const struct tlso_hash_alg *h, const u8 *secret,
				u8 *key, size_t key_len, u8 *iv)
{
	enum tlso_err e;

	e = tlso_expand_label(h, secret, "key", NULL, 0, key, key_len);
	if (e)
		return e;
	return tlso_expand_label(h, secret, "iv", NULL, 0, iv, TLSO_IV_LEN);
}

enum tlso_err tlso_finished_mac(const struct tlso_hash_alg *h, const u8 *base,
				const u8 *thash, u8 *out)
{
	u8 key[TLSO_HASH_MAX];
	enum tlso_err e;

	e = tlso_expand_label(h, base, "finished", NULL, 0, key, h->len);
	if (!e)
		e = tlso_hmac(h, key, h->len, thash, h->len, NULL, 0, out);
	tlso_wipe(key, sizeof(key));
	return e;
}

enum tlso_err tlso_psk_binder(const struct tlso_hash_alg *h, const u8 *early,
			      const u8 *thash, u8 *out)
{
	u8 key[TLSO_HASH_MAX];
	enum tlso_err e;

	e = tlso_derive_secret(h, early, "res binder", NULL, key);
	if (!e)
		e = tlso_finished_mac(h, key, thash, out);
	tlso_wipe(key, sizeof(key));
	return e;
}

enum tlso_err tlso_next_traffic(const struct tlso_hash_alg *h, u8 *secret)
{
	return tlso_expand_label(h, secret, "traffic upd", NULL, 0, secret,
				 h->len);
}

enum tlso_err tlso_resumption_psk(const struct tlso_hash_alg *h,
				  const u8 *resumption, const u8 *nonce,
				  size_t nonce_len, u8 *out)
{
	return tlso_expand_label(h, resumption, "resumption", nonce, nonce_len,
				 out, h->len);
}
