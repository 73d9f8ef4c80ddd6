/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One test vector put to a crypto table, in the kernel or natively. A request is
 * a byte of operation, a byte of how many parts, and the parts, each a u16 length
 * and bytes; big-endian. The answer is a byte, 0 or 1 for "refused", and bytes.
 *
 * Operations and parts:
 *	open, seal	suite (1), key, nonce, AAD, text		text
 *	derive		group (2), private key, peer's share		secret
 *	verify		key type (1), scheme (2), modulus or point, exponent,
 *			message, signature				nothing
 *	hmac		hash length (1), key, message			MAC
 *	private		key blob, number				number
 *	premaster	key blob, message, version (2), random (48)	secret
 *	label		hash length (1), secret, label, context, length (1)
 */
#ifndef TLSO_VECTOR_H
#define TLSO_VECTOR_H

#include "../../kmod/core/crypto.h"

enum tlso_vector_op {
	TLSO_VECTOR_OPEN = 1,
	TLSO_VECTOR_SEAL,
	TLSO_VECTOR_DERIVE,
	TLSO_VECTOR_VERIFY,
	TLSO_VECTOR_HMAC,
	TLSO_VECTOR_PRIVATE,
	TLSO_VECTOR_PREMASTER,
	TLSO_VECTOR_LABEL,
};

#define TLSO_VECTOR_PARTS 6
#define TLSO_VECTOR_MAX 32768 /* bytes of a request, and of an answer */

/* What is tested: a table, and what loads a private key for it. */
struct tlso_vector_table {
	const struct tlso_crypto *crypto;
	/* NULL if it is refused. */
	void *(*key_new)(const u8 *blob, size_t n);
	void (*key_free)(void *key);
	int (*rsa_private)(void *key, const u8 *in, size_t n, u8 *out);
};

/* What lasts from one request to the next: zero at first. To load an RSA key
 * takes longer than to use it, and most vectors have the last one's.
 */
struct tlso_vector_state {
	struct tlso_pubkey pub;
	void *key;
	u8 blob[TLSO_RSA_MAX * 6];
	size_t blob_len;
};

/* The length of the answer in @out, of TLSO_VECTOR_MAX bytes, or -1 for a request
 * that is malformed.
 */
int tlso_vector_run(const struct tlso_vector_table *t,
		    struct tlso_vector_state *s, const u8 *request, size_t n,
		    u8 *out);
void tlso_vector_end(const struct tlso_vector_table *t,
		     struct tlso_vector_state *s);

#endif /* TLSO_VECTOR_H */
