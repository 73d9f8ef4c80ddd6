// SPDX-License-Identifier: GPL-2.0-only
/* Private keys of the software placement: one object for each identity. */
#include <linux/err.h>
#include <linux/slab.h>

#include "crypto_impl.h"

struct tlso_linux_key {
	enum tlso_key_type type;
	struct tlso_linux_rsa *rsa;
	u8 scalar[TLSO_PRIV_MAX]; /* curves: wiped with the object */
};

static int ec_take(struct tlso_linux_key *k, const struct tlso_key_blob *b)
{
	size_t len = b->type == TLSO_KEY_P256 ? 32 : 48;
	int err;

	if (b->parts != 2 || b->part[0].n != len || b->part[1].n != 1 + 2 * len)
		return -EINVAL;
	err = tlso_linux_ec_check(b->type, b->part[0].p, b->part[1].p);
	if (!err)
		memcpy(k->scalar, b->part[0].p, len);
	return err;
}

static int rsa_take(struct tlso_linux_key *k, const struct tlso_key_blob *b)
{
	struct tlso_linux_rsa *rsa = tlso_linux_rsa_new(b);

	if (IS_ERR(rsa))
		return PTR_ERR(rsa);
	k->rsa = rsa;
	return 0;
}

struct tlso_linux_key *tlso_linux_key_new(const u8 *blob, size_t n)
{
	struct tlso_linux_key *k;
	struct tlso_key_blob b;
	int err = -EINVAL;

	if (tlso_key_blob_read(&b, blob, n) != TLSO_OK)
		return ERR_PTR(-EINVAL);
	k = kzalloc(sizeof(*k), GFP_KERNEL);
	if (!k)
		return ERR_PTR(-ENOMEM);
	k->type = b.type;
	switch (b.type) {
	case TLSO_KEY_RSA:
		err = rsa_take(k, &b);
		break;
	case TLSO_KEY_P256:
	case TLSO_KEY_P384:
		err = ec_take(k, &b);
		break;
	case TLSO_KEY_NONE:
		break;
	}
	if (!err)
		return k;
	tlso_linux_key_free(k);
	return ERR_PTR(err);
}

void tlso_linux_key_free(struct tlso_linux_key *k)
{
	if (!k)
		return;
	tlso_linux_rsa_free(k->rsa);
	kfree_sensitive(k);
}

int tlso_linux_sign(void *rng, void *key, u16 scheme, const u8 *digest,
		    size_t n, u8 *sig, size_t *sig_len)
{
	struct tlso_linux_key *k = key;
	enum tlso_sig_kind kind;

	if (tlso_linux_scheme(scheme, n, &kind))
		return -1;
	if (kind == TLSO_SIG_ECDSA)
		return tlso_linux_ecdsa_sign(k->type, k->scalar, digest, n, sig,
					     sig_len);
	if (k->type != TLSO_KEY_RSA)
		return -1;
	return tlso_linux_rsa_sign(k->rsa, kind == TLSO_SIG_PSS, digest, n, sig,
				   sig_len);
}

int tlso_linux_rsa_private(void *rng, void *key, const u8 *in, size_t n,
			   u8 *out)
{
	struct tlso_linux_key *k = key;

	if (k->type != TLSO_KEY_RSA || n != tlso_linux_rsa_len(k->rsa))
		return -1;
	return tlso_linux_rsa_run(k->rsa, in, out);
}
