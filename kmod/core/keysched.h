/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The TLS 1.3 key schedule, RFC 8446 7.1, over a hash of crypto.h. The caller
 * keeps the secrets and wipes them. All return TLSO_OK or TLSO_E_CRYPTO.
 */
#ifndef TLSO_KEYSCHED_H
#define TLSO_KEYSCHED_H

#include "crypto.h"
#include "err.h"

/* HMAC over one or two pieces. */
__must_check enum tlso_err tlso_hmac(const struct tlso_hash_alg *h,
				     const u8 *key, size_t key_len,
				     const u8 *a, size_t a_len, const u8 *b,
				     size_t b_len, u8 *out);

/* HKDF-Extract; @out may be @salt. ikm NULL: a hash's length of zeros. */
__must_check enum tlso_err tlso_hkdf_extract(const struct tlso_hash_alg *h,
					     const u8 *salt, const u8 *ikm,
					     size_t ikm_len, u8 *out);

/* HKDF-Expand-Label for at most one block: len <= h->len. */
__must_check enum tlso_err tlso_expand_label_n(const struct tlso_hash_alg *h,
					       const u8 *secret,
					       const char *label,
					       size_t label_len,
					       const u8 *context,
					       size_t ctx_len, u8 *out,
					       size_t len);

/* Derive-Secret; @thash is the transcript's hash, NULL for no messages. */
__must_check enum tlso_err tlso_derive_secret_n(const struct tlso_hash_alg *h,
						const u8 *secret,
						const char *label,
						size_t label_len,
						const u8 *thash, u8 *out);

/* Labels are literals ("" label is none otherwise): the compiler counts them. */
#define tlso_expand_label(h, secret, label, context, ctx_len, out, len)       \
	tlso_expand_label_n(h, secret, "" label, sizeof(label) - 1, context,  \
			    ctx_len, out, len)
#define tlso_derive_secret(h, secret, label, thash, out)                      \
	tlso_derive_secret_n(h, secret, "" label, sizeof(label) - 1, thash, out)

/* The secret of the next stage: Derive-Secret "derived", then Extract with
 * @ikm (NULL: zeros). In place.
 */
__must_check enum tlso_err tlso_next_stage(const struct tlso_hash_alg *h,
					   u8 *secret, const u8 *ikm,
					   size_t ikm_len);

/* The early secret; @psk NULL: without PSK. */
__must_check enum tlso_err tlso_early_secret(const struct tlso_hash_alg *h,
					     const u8 *psk, size_t psk_len,
					     u8 *secret);

/* 4.2.11.2: the binder of a resumption PSK under the early secret @early, over
 * the hash of everything up to the binders.
 */
__must_check enum tlso_err tlso_psk_binder(const struct tlso_hash_alg *h,
					   const u8 *early, const u8 *thash,
					   u8 *out);

/* 7.2: the next application traffic secret, in place. */
__must_check enum tlso_err tlso_next_traffic(const struct tlso_hash_alg *h,
					     u8 *secret);

/* 4.6.1: the PSK of a ticket with @nonce, at most 255 bytes. */
__must_check enum tlso_err tlso_resumption_psk(const struct tlso_hash_alg *h,
					       const u8 *resumption,
					       const u8 *nonce,
					       size_t nonce_len, u8 *out);

/* 7.3: write key and IV of a traffic secret. */
__must_check enum tlso_err tlso_traffic_keys(const struct tlso_hash_alg *h,
					     const u8 *secret, u8 *key,
					     size_t key_len, u8 *iv);

/* 4.4.4: verify_data under a handshake traffic secret. */
__must_check enum tlso_err tlso_finished_mac(const struct tlso_hash_alg *h,
					     const u8 *base, const u8 *thash,
					     u8 *out);

#endif /* TLSO_KEYSCHED_H */
