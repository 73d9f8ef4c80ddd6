// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The TLS 1.2 key schedule: PRF, master secret, verify_data. Leaves to the
 * completer when each is due.
 */
#include "buf.h"
#include "keysched.h"
#include "prf12.h"
#include "wire.h"

/* Label and seed together: HMAC takes two pieces, P_hash has three. The longest
 * are two randoms behind "key expansion".
 */
#define SEED_MAX 96

/* RFC 5246 5: A(i) = HMAC(A(i - 1)), output i = HMAC(A(i) || seed) */
static enum tlso_err p_hash(const struct tlso_hash_alg *h, const u8 *secret,
			    size_t secret_len, const u8 *seed, size_t seed_len,
			    u8 *out, size_t len)
{
	u8 a[TLSO_HASH_MAX], block[TLSO_HASH_MAX];
	enum tlso_err e;
	size_t n;

	e = tlso_hmac(h, secret, secret_len, seed, seed_len, NULL, 0, a);
	while (!e && len) {
		e = tlso_hmac(h, secret, secret_len, a, h->len, seed, seed_len,
			      block);
		if (e)
			break;
		n = len < h->len ? len : h->len;
		memcpy(out, block, n);
		out += n;
		len -= n;
		e = tlso_hmac(h, secret, secret_len, a, h->len, NULL, 0, a);
	}
	tlso_wipe(a, sizeof(a));
	tlso_wipe(block, sizeof(block));
	return e;
}

enum tlso_err tlso_prf12_n(const struct tlso_hash_alg *h, const u8 *secret,
			   size_t secret_len, const char *label,
			   size_t label_len, const u8 *a, size_t a_len,
			   const u8 *b, size_t b_len, u8 *out, size_t len)
{
	u8 seed[SEED_MAX];
	struct tlso_wr w;

	tlso_wr_init(&w, seed, sizeof(seed));
	tlso_wr_bytes(&w, label, label_len);
	tlso_wr_bytes(&w, a, a_len);
	tlso_wr_bytes(&w, b, b_len);
	if (w.bad)
		return TLSO_E_CRYPTO;
	return p_hash(h, secret, secret_len, seed, w.n, out, len);
}

enum tlso_err tlso_master12(const struct tlso_hash_alg *h, const u8 *pms,
			    size_t pms_len, const u8 *client_random,
			    const u8 *server_random, u8 master[TLSO_MASTER_LEN])
{
	return tlso_prf12(h, pms, pms_len, "master secret", client_random,
			  TLSO_RANDOM_LEN, server_random, TLSO_RANDOM_LEN,
			  master, TLSO_MASTER_LEN);
}

enum tlso_err tlso_master12_ext(const struct tlso_hash_alg *h, const u8 *pms,
				size_t pms_len, const u8 *session_hash,
				u8 master[TLSO_MASTER_LEN])
{
	return tlso_prf12(h, pms, pms_len, "extended master secret",
			  session_hash, h->len, NULL, 0, master,
			  TLSO_MASTER_LEN);
}

enum tlso_err tlso_finished12(const struct tlso_hash_alg *h,
			      const u8 master[TLSO_MASTER_LEN], bool client,
			      const u8 *thash, u8 *out)
{
	if (client)
		return tlso_prf12(h, master, TLSO_MASTER_LEN, "client finished",
				  thash, h->len, NULL, 0, out,
				  TLSO_VERIFY_DATA_12);
	return tlso_prf12(h, master, TLSO_MASTER_LEN, "server finished", thash,
			  h->len, NULL, 0, out, TLSO_VERIFY_DATA_12);
}
