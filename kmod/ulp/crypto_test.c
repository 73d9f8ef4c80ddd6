// SPDX-License-Identifier: GPL-2.0-only
/*
 * The self-test that runs before the first connection may: each primitive gives
 * a known answer, and refuses one that is wrong. What the crypto API offers under
 * a name depends on machine and modules; and a compiler can be wrong.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "../core/ecdsa.h"
#include "../core/wire.h"
#include "crypto_impl.h"
#include "crypto_vectors.h"

#define RSA_MODULUS 6 /* in rsa_blob */

static bool test_hash(const struct tlso_hash_alg *h, const u8 *want)
{
	struct tlso_hash_ctx *c = kmalloc_array(2, sizeof(*c), GFP_KERNEL);
	u8 first[TLSO_DIGEST_MAX], second[TLSO_DIGEST_MAX];
	bool good = false;

	if (!c)
		return false;
	/* Forked in the middle, both ends must come to the same. */
	if (h->init(&c[0]) || h->update(&c[0], "a", 1))
		goto out;
	c[1] = c[0];
	if (h->update(&c[0], "bc", 2) || h->final(&c[0], first) ||
	    h->update(&c[1], "b", 1) || h->update(&c[1], "c", 1) ||
	    h->final(&c[1], second))
		goto out;
	good = !memcmp(first, want, h->len) && !memcmp(second, want, h->len);
out:
	kfree(c);
	return good;
}

static bool test_aead(const struct tlso_aead_alg *a, const u8 *want)
{
	u8 buf[sizeof(aead_text) + TLSO_TAG_LEN]; /* on the stack, on purpose */

	memcpy(buf, aead_text, sizeof(aead_text));
	if (a->seal(aead_key, aead_nonce, aead_aad, sizeof(aead_aad), buf,
		    sizeof(aead_text)) ||
	    memcmp(buf, want, sizeof(buf)))
		return false;
	if (a->open(aead_key, aead_nonce, aead_aad, sizeof(aead_aad), buf,
		    sizeof(aead_text)) ||
	    memcmp(buf, aead_text, sizeof(aead_text)))
		return false;
	memcpy(buf, want, sizeof(buf));
	buf[sizeof(buf) - 1] ^= 1;
	return a->open(aead_key, aead_nonce, aead_aad, sizeof(aead_aad), buf,
		       sizeof(aead_text)) == TLSO_AEAD_FORGED;
}

static bool test_group(const struct tlso_group_alg *g, const u8 *priv,
		       const u8 *peer, const u8 *want)
{
	u8 secret[TLSO_SECRET_MAX], again[TLSO_SECRET_MAX];
	u8 key[2][TLSO_PRIV_MAX], share[2][TLSO_SHARE_MAX];

	if (g->derive(NULL, priv, peer, secret) ||
	    memcmp(secret, want, g->secret_len))
		return false;
	/* Two fresh keys agree. */
	if (g->keygen(NULL, key[0], share[0]) ||
	    g->keygen(NULL, key[1], share[1]) ||
	    g->derive(NULL, key[0], share[1], secret) ||
	    g->derive(NULL, key[1], share[0], again) ||
	    memcmp(secret, again, g->secret_len))
		return false;
	/* No point, and for X25519 one of small order. */
	memset(share[0], 0, sizeof(share[0]));
	return g->derive(NULL, key[0], share[0], secret) != 0;
}

/* The signature of a known nonce; core makes it, as the nonce is not to be had
 * from above.
 */
static bool test_ecdsa_sign(enum tlso_key_type type, const u8 *priv,
			    const u8 *nonce, const u8 *digest, const u8 *sig,
			    size_t sig_len)
{
	u8 r[TLSO_EC_LEN_MAX], s[TLSO_EC_LEN_MAX], der[TLSO_ECDSA_DER_MAX];
	const struct tlso_curve *c = tlso_curve_of(type);
	struct tlso_ec_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	bool good = false;

	if (w && !tlso_ecdsa_sign(c, priv, nonce, digest, c->len, r, s, w))
		good = tlso_ecdsa_der_write(der, sizeof(der), r, s, c->len) ==
			       sig_len && !memcmp(der, sig, sig_len);
	kfree_sensitive(w);
	return good;
}

static bool verifies(struct tlso_pubkey *key, u16 scheme, const u8 *digest,
		     size_t n, const u8 *sig, size_t sig_len)
{
	return !tlso_linux_crypto.verify(key, scheme, digest, n, sig, sig_len);
}

static bool test_verify(struct tlso_pubkey *key, u16 scheme, const u8 *digest,
			size_t n, const u8 *sig, size_t sig_len)
{
	u8 other[TLSO_DIGEST_MAX];

	memcpy(other, digest, n);
	other[0] ^= 1;
	return verifies(key, scheme, digest, n, sig, sig_len) &&
	       !verifies(key, scheme, other, n, sig, sig_len);
}

static bool test_ecdsa(struct tlso_pubkey *key)
{
	key->type = TLSO_KEY_P256;
	key->n_len = sizeof(p256_point);
	memcpy(key->n, p256_point, sizeof(p256_point));
	if (!test_ecdsa_sign(TLSO_KEY_P256, p256_priv, p256_nonce, abc_sha256,
			     p256_sig, sizeof(p256_sig)) ||
	    !test_verify(key, TLSO_ECDSA_P256_SHA256, abc_sha256, 32, p256_sig,
			 sizeof(p256_sig)))
		return false;
	key->type = TLSO_KEY_P384;
	key->n_len = sizeof(p384_point);
	memcpy(key->n, p384_point, sizeof(p384_point));
	return test_ecdsa_sign(TLSO_KEY_P384, p384_priv, p384_nonce, abc_sha384,
			       p384_sig, sizeof(p384_sig)) &&
	       test_verify(key, TLSO_ECDSA_P384_SHA384, abc_sha384, 48,
			   p384_sig, sizeof(p384_sig));
}

static bool test_rsa(struct tlso_pubkey *key)
{
	static const u8 exponent[] = { 1, 0, 1 };
	size_t len = sizeof(rsa_pkcs1_sha256), sig_len = len;
	struct tlso_linux_key *priv;
	bool good = false;
	u8 *sig;

	key->type = TLSO_KEY_RSA;
	key->n_len = len;
	memcpy(key->n, rsa_blob + RSA_MODULUS, len);
	key->e_len = sizeof(exponent);
	memcpy(key->e, exponent, sizeof(exponent));
	priv = tlso_linux_key_new(rsa_blob, sizeof(rsa_blob));
	if (IS_ERR(priv))
		return false;
	sig = kmalloc(len, GFP_KERNEL);
	if (!sig)
		goto out;
	if (tlso_linux_sign(NULL, priv, TLSO_RSA_PKCS1_SHA256, abc_sha256, 32,
			    sig, &sig_len) ||
	    sig_len != len || memcmp(sig, rsa_pkcs1_sha256, len) ||
	    !test_verify(key, TLSO_RSA_PKCS1_SHA256, abc_sha256, 32, sig, len))
		goto out;
	good = test_verify(key, TLSO_RSA_PSS_RSAE_SHA256, abc_sha256, 32,
			   rsa_pss_sha256, len) &&
	       !tlso_linux_sign(NULL, priv, TLSO_RSA_PSS_RSAE_SHA256,
				abc_sha256, 32, sig, &sig_len) &&
	       verifies(key, TLSO_RSA_PSS_RSAE_SHA256, abc_sha256, 32, sig, len);
out:
	kfree(sig);
	tlso_linux_key_free(priv);
	return good;
}

static bool said(const char *what, bool good)
{
	if (!good)
		pr_err("tls_offload: self-test failed: %s does not give the known answer\n",
		       what);
	return good;
}

int tlso_linux_crypto_test(void)
{
	const struct tlso_crypto *c = &tlso_linux_crypto;
	struct tlso_pubkey *key = kzalloc(sizeof(*key), GFP_KERNEL);
	bool good = true;

	if (!key)
		return -ENOMEM;
	good &= said("SHA-256", test_hash(c->sha256, abc_sha256));
	good &= said("SHA-384", test_hash(c->sha384, abc_sha384));
	good &= said("SHA-512", test_hash(c->sha512, abc_sha512));
	good &= said("AES-128-GCM", test_aead(c->aes128_gcm, aead_aes128));
	good &= said("AES-256-GCM", test_aead(c->aes256_gcm, aead_aes256));
	good &= said("ChaCha20-Poly1305",
		     test_aead(c->chacha20_poly1305, aead_chacha));
	good &= said("X25519", test_group(c->groups[0], x25519_priv,
					  x25519_peer, x25519_secret));
	good &= said("P-256", test_group(c->groups[1], p256_priv, p256_peer,
					 p256_secret));
	good &= said("P-384", test_group(c->groups[2], p384_priv, p384_peer,
					 p384_secret));
	good &= said("ECDSA", test_ecdsa(key));
	good &= said("RSA", test_rsa(key));
	kfree(key);
	return good ? 0 : -ELIBBAD;
}
