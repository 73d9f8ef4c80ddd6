/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The TLS 1.2 key schedule, RFC 5246 5, 6.3, 7.4.9, 8.1 and RFC 7627 4, over a
 * hash of crypto.h. The caller keeps the secrets and wipes them. All return
 * TLSO_OK or TLSO_E_CRYPTO.
 */
#ifndef TLSO_PRF12_H
#define TLSO_PRF12_H

#include "crypto.h"
#include "err.h"

#define TLSO_MASTER_LEN 48

/* PRF: P_hash over label and seed, which may come in two pieces. */
__must_check enum tlso_err tlso_prf12_n(const struct tlso_hash_alg *h,
					const u8 *secret, size_t secret_len,
					const char *label, size_t label_len,
					const u8 *a, size_t a_len, const u8 *b,
					size_t b_len, u8 *out, size_t len);

/* Labels are literals: the compiler counts them. */
#define tlso_prf12(h, secret, secret_len, label, a, a_len, b, b_len, out, len) \
	tlso_prf12_n(h, secret, secret_len, "" label, sizeof(label) - 1, a,    \
		     a_len, b, b_len, out, len)

/* 8.1, from the randoms; RFC 7627 4, from the session's hash. */
__must_check enum tlso_err tlso_master12(const struct tlso_hash_alg *h,
					 const u8 *pms, size_t pms_len,
					 const u8 *client_random,
					 const u8 *server_random,
					 u8 master[TLSO_MASTER_LEN]);
__must_check enum tlso_err tlso_master12_ext(const struct tlso_hash_alg *h,
					     const u8 *pms, size_t pms_len,
					     const u8 *session_hash,
					     u8 master[TLSO_MASTER_LEN]);

/* 7.4.9: verify_data of @client's Finished, TLSO_VERIFY_DATA_12 bytes. */
__must_check enum tlso_err tlso_finished12(const struct tlso_hash_alg *h,
					   const u8 master[TLSO_MASTER_LEN],
					   bool client, const u8 *thash,
					   u8 *out);

#endif /* TLSO_PRF12_H */
