// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA of core/rsa and core/rsa_pad, with memory, randomness and locks.
 *
 * Why not the crypto API's "rsa": its mpi_powm() branches on every bit of the
 * exponent and on the words of what it multiplies, which blinding hides only in
 * part; and it takes moduli of few sizes. core/rsa does neither, and blinds
 * besides.
 *
 * An operation with a 4096-bit key takes some milliseconds without sleeping.
 */
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "../core/rsa_pad.h"
#include "crypto_impl.h"

#define BLIND_USES 32 /* of a pair's squares, before new ones are drawn */

struct tlso_linux_rsa {
	struct tlso_rsa_key key;
	struct mutex lock; /* blind, uses */
	struct tlso_rsa_blind blind;
	unsigned int uses;
};

/* Too much for a stack; wiped when freed. */
struct rsa_op {
	struct tlso_rsa_work work;
	struct tlso_rsa_blind blind;
	u8 em[TLSO_RSA_MAX];
};

size_t tlso_linux_rsa_len(const struct tlso_linux_rsa *rsa)
{
	return rsa->key.len;
}

/* A pair that no other operation has. */
static int take_blind(struct tlso_linux_rsa *rsa, struct rsa_op *op)
{
	int ret = 0;

	mutex_lock(&rsa->lock);
	if (rsa->uses) {
		tlso_rsa_blind_next(&rsa->key, &rsa->blind);
		rsa->uses--;
	} else if (tlso_linux_random(NULL, op->em, rsa->key.len)) {
		ret = -1;
	} else {
		tlso_rsa_blind_new(&rsa->key, &rsa->blind, op->em, &op->work);
		memzero_explicit(op->em, sizeof(op->em));
		rsa->uses = BLIND_USES;
	}
	op->blind = rsa->blind;
	mutex_unlock(&rsa->lock);
	return ret;
}

int tlso_linux_rsa_run(struct tlso_linux_rsa *rsa, const u8 *in, u8 *out)
{
	struct rsa_op *op = kmalloc(sizeof(*op), GFP_KERNEL);
	int ret = -1;

	if (!op)
		return -ENOMEM;
	if (!take_blind(rsa, op))
		ret = tlso_rsa_private(&rsa->key, &op->blind, in, out,
				       &op->work);
	kfree_sensitive(op);
	return ret;
}

void tlso_linux_rsa_free(struct tlso_linux_rsa *rsa)
{
	kfree_sensitive(rsa);
}

struct tlso_linux_rsa *tlso_linux_rsa_new(const struct tlso_key_blob *b)
{
	struct tlso_linux_rsa *rsa = kzalloc(sizeof(*rsa), GFP_KERNEL);
	struct rsa_op *op = kzalloc(sizeof(*op), GFP_KERNEL);
	int err = -ENOMEM;

	if (!rsa || !op)
		goto out;
	mutex_init(&rsa->lock);
	err = -EKEYREJECTED;
	if (tlso_rsa_load(&rsa->key, b, &op->work))
		goto out;
	/* Whether the factors are prime is seen by using them. */
	op->em[rsa->key.len - 1] = 2;
	err = tlso_linux_rsa_run(rsa, op->em, op->em);
	if (err && err != -ENOMEM)
		err = -EKEYREJECTED;
out:
	kfree_sensitive(op);
	if (!err)
		return rsa;
	tlso_linux_rsa_free(rsa);
	return ERR_PTR(err);
}

int tlso_linux_rsa_sign(struct tlso_linux_rsa *rsa, bool pss, const u8 *digest,
			size_t n, u8 *sig, size_t *sig_len)
{
	const struct tlso_hash_alg *h = tlso_linux_hash_of(n);
	size_t len = rsa->key.len;
	u8 salt[TLSO_DIGEST_MAX];
	u8 *em;
	int ret = -1;

	if (!h || *sig_len < len)
		return -1;
	em = kzalloc(TLSO_RSA_MAX, GFP_KERNEL);
	if (!em)
		return -1;
	if (pss && !tlso_linux_random(NULL, salt, n))
		ret = tlso_pss_encode(h, digest, salt, em, 8 * len);
	else if (!pss)
		ret = tlso_pkcs1_encode(digest, n, em, 8 * len);
	if (!ret)
		ret = tlso_linux_rsa_run(rsa, em, sig);
	if (!ret)
		*sig_len = len;
	kfree_sensitive(em);
	return ret;
}

int tlso_linux_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out)
{
	struct tlso_rsa_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	int ret = -1;

	if (w)
		ret = tlso_rsa_public(key, in, out, w);
	kfree(w);
	return ret;
}

int tlso_linux_rsa_verify(const struct tlso_pubkey *key, bool pss,
			  const u8 *digest, size_t n, const u8 *sig,
			  size_t sig_len)
{
	const struct tlso_hash_alg *h = tlso_linux_hash_of(n);
	size_t bits;
	u8 *em;
	int ret;

	if (!h || !key->n_len || key->n_len > TLSO_RSA_MAX || !key->n[0] ||
	    sig_len != key->n_len)
		return -1;
	em = kmalloc(TLSO_RSA_MAX, GFP_KERNEL);
	if (!em)
		return -1;
	bits = 8 * (key->n_len - 1) + fls(key->n[0]);
	ret = tlso_linux_rsa_public(key, sig, em);
	if (!ret && pss)
		ret = tlso_pss_verify(h, digest, em, bits);
	else if (!ret)
		ret = tlso_pkcs1_verify(digest, n, em, bits);
	kfree(em);
	return ret;
}
