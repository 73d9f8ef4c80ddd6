// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * RSA over hogweed: private keys, PKCS#1 v1.5 and PSS signatures (RFC 8017), and
 * the raw operations. All that touches a private key is blinded, and hogweed
 * checks its result; numbers that padding hides leave here in fixed time.
 */
#include <nettle/bignum.h>

#include "crypto_host_impl.h"

void host_rsa_init(struct tlso_host_key *k)
{
	rsa_public_key_init(&k->rsa_pub);
	rsa_private_key_init(&k->rsa);
}

void host_rsa_wipe(struct tlso_host_key *k)
{
	host_mpz_wipe_clear(k->rsa.d);
	host_mpz_wipe_clear(k->rsa.p);
	host_mpz_wipe_clear(k->rsa.q);
	host_mpz_wipe_clear(k->rsa.a);
	host_mpz_wipe_clear(k->rsa.b);
	host_mpz_wipe_clear(k->rsa.c);
	rsa_public_key_clear(&k->rsa_pub);
}

/* ---- Keys ------------------------------------------------------------------ */

/* e * x == 1 (mod p - 1) */
static bool inverse_mod_minus_1(const mpz_t e, const mpz_t x, const mpz_t p)
{
	mpz_t m, r;
	bool ok;

	mpz_init(m);
	mpz_init(r);
	mpz_sub_ui(m, p, 1);
	mpz_mul(r, e, x);
	mpz_mod(r, r, m);
	ok = mpz_cmp_ui(r, 1) == 0;
	host_mpz_wipe_clear(m);
	host_mpz_wipe_clear(r);
	return ok;
}

/* RFC 8017 3.2: all parts belong together. Sizes come first: nettle's
 * side-channel silent code asserts on factors it does not expect.
 */
static bool rsa_consistent(const struct rsa_public_key *pub,
			   const struct rsa_private_key *k)
{
	size_t bits = mpz_sizeinbase(pub->n, 2);
	bool ok = false;
	mpz_t t;

	mpz_init(t);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || bits % 8)
		goto out;
	if (mpz_sizeinbase(k->p, 2) != bits / 2 ||
	    mpz_sizeinbase(k->q, 2) != bits / 2)
		goto out;
	if (mpz_even_p(k->p) || mpz_even_p(k->q) || mpz_even_p(pub->e) ||
	    mpz_cmp_ui(pub->e, 3) < 0 || mpz_sizeinbase(pub->e, 2) > 64)
		goto out;
	if (mpz_cmp(k->a, k->p) >= 0 || mpz_cmp(k->b, k->q) >= 0 ||
	    mpz_cmp(k->c, k->p) >= 0 || mpz_cmp(k->d, pub->n) >= 0)
		goto out;
	mpz_mul(t, k->p, k->q);
	if (mpz_cmp(t, pub->n))
		goto out;
	mpz_mul(t, k->c, k->q);
	mpz_mod(t, t, k->p);
	if (mpz_cmp_ui(t, 1))
		goto out;
	ok = inverse_mod_minus_1(pub->e, k->a, k->p) &&
	     inverse_mod_minus_1(pub->e, k->b, k->q) &&
	     inverse_mod_minus_1(pub->e, k->d, k->p) &&
	     inverse_mod_minus_1(pub->e, k->d, k->q);
out:
	host_mpz_wipe_clear(t);
	return ok;
}

int host_rsa_load(struct tlso_host_key *k, const struct tlso_key_blob *b)
{
	mpz_ptr to[] = {
		k->rsa_pub.n, k->rsa_pub.e, k->rsa.d, k->rsa.p,
		k->rsa.q, k->rsa.a, k->rsa.b, k->rsa.c,
	};
	unsigned int i;

	for (i = 0; i < 8; i++) {
		if (b->part[i].n > RSA_BITS_MAX / 8 + 1)
			return -1;
		nettle_mpz_set_str_256_u(to[i], b->part[i].n, b->part[i].p);
	}
	if (!rsa_consistent(&k->rsa_pub, &k->rsa))
		return -1;
	if (!rsa_public_key_prepare(&k->rsa_pub) ||
	    !rsa_private_key_prepare(&k->rsa))
		return -1;
	return k->rsa_pub.size == k->rsa.size ? 0 : -1;
}

/* A public key from a certificate: odd modulus, odd exponent above 2. */
static int public_load(struct rsa_public_key *pub, const struct tlso_pubkey *key)
{
	if (key->type != TLSO_KEY_RSA || key->n_len > sizeof(key->n) ||
	    key->e_len > sizeof(key->e) || !key->n_len || !key->e_len)
		return -1;
	nettle_mpz_set_str_256_u(pub->n, key->n_len, key->n);
	nettle_mpz_set_str_256_u(pub->e, key->e_len, key->e);
	if (mpz_even_p(pub->n) || mpz_even_p(pub->e) ||
	    mpz_cmp_ui(pub->e, 3) < 0 || mpz_cmp(pub->e, pub->n) >= 0)
		return -1;
	if (!rsa_public_key_prepare(pub) || pub->size != key->n_len)
		return -1;
	return 0;
}

/* ---- Signatures -------------------------------------------------------------- */

#define DIGEST_INFO_HEAD 19

/* RFC 8017 9.2 note 1: what stands before the hash. */
static size_t digest_info(u8 *out, const struct host_scheme *s, const u8 *digest)
{
	static const u8 head[DIGEST_INFO_HEAD] = {
		0x30, 0, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00, 0x04, 0,
	};

	memcpy(out, head, sizeof(head));
	out[1] = (u8)(sizeof(head) - 2 + s->hash_len);
	out[14] = s->hash_len / 16 - 1; /* 1, 2, 3: sha256, sha384, sha512 */
	out[18] = s->hash_len;
	memcpy(out + sizeof(head), digest, s->hash_len);
	return sizeof(head) + s->hash_len;
}

static int pkcs1_sign(const struct tlso_host_key *k, const struct host_scheme *s,
		      const u8 *digest, bool *failed, mpz_t sig)
{
	u8 info[DIGEST_INFO_HEAD + TLSO_DIGEST_MAX];
	size_t n = digest_info(info, s, digest);

	return rsa_pkcs1_sign_tr(&k->rsa_pub, &k->rsa, failed,
				 host_nettle_random, n, info, sig);
}

static int pss_sign(const struct tlso_host_key *k, const struct host_scheme *s,
		    const u8 *digest, bool *failed, mpz_t sig)
{
	u8 salt[TLSO_DIGEST_MAX];

	if (host_random(NULL, salt, s->hash_len))
		return 0;
	switch (s->hash_len) {
	case 32:
		return rsa_pss_sha256_sign_digest_tr(&k->rsa_pub, &k->rsa, failed,
						     host_nettle_random, 32,
						     salt, digest, sig);
	case 48:
		return rsa_pss_sha384_sign_digest_tr(&k->rsa_pub, &k->rsa, failed,
						     host_nettle_random, 48,
						     salt, digest, sig);
	case 64:
		return rsa_pss_sha512_sign_digest_tr(&k->rsa_pub, &k->rsa, failed,
						     host_nettle_random, 64,
						     salt, digest, sig);
	}
	return 0;
}

int host_rsa_sign(const struct tlso_host_key *k, const struct host_scheme *s,
		  const u8 *digest, u8 *sig, size_t *sig_len)
{
	bool failed = false;
	int ok, ret = -1;
	mpz_t z;

	if (*sig_len < k->rsa.size || s->pad == PAD_ECDSA)
		return -1;
	mpz_init(z);
	ok = s->pad == PAD_PSS ? pss_sign(k, s, digest, &failed, z) :
				 pkcs1_sign(k, s, digest, &failed, z);
	if (ok && !failed) {
		nettle_mpz_get_str_256(k->rsa.size, sig, z);
		*sig_len = k->rsa.size;
		ret = 0;
	}
	mpz_clear(z);
	host_burn_stack();
	return ret;
}

static int pkcs1_verify(const struct rsa_public_key *pub,
			const struct host_scheme *s, const u8 *digest,
			const mpz_t sig)
{
	u8 info[DIGEST_INFO_HEAD + TLSO_DIGEST_MAX];
	size_t n = digest_info(info, s, digest);

	return rsa_pkcs1_verify(pub, n, info, sig);
}

static int pss_verify(const struct rsa_public_key *pub,
		      const struct host_scheme *s, const u8 *digest,
		      const mpz_t sig)
{
	switch (s->hash_len) {
	case 32:
		return rsa_pss_sha256_verify_digest(pub, 32, digest, sig);
	case 48:
		return rsa_pss_sha384_verify_digest(pub, 48, digest, sig);
	case 64:
		return rsa_pss_sha512_verify_digest(pub, 64, digest, sig);
	}
	return 0;
}

int host_rsa_verify(const struct tlso_pubkey *key, const struct host_scheme *s,
		    const u8 *digest, const u8 *sig, size_t sig_len)
{
	struct rsa_public_key pub;
	int ok = 0;
	mpz_t z;

	/* RFC 8017 8.1.2, 8.2.2 step 1: exactly as long as the modulus. */
	if (s->pad == PAD_ECDSA || sig_len != key->n_len)
		return -1;
	rsa_public_key_init(&pub);
	nettle_mpz_init_set_str_256_u(z, sig_len, sig);
	if (!public_load(&pub, key))
		ok = s->pad == PAD_PSS ? pss_verify(&pub, s, digest, z) :
					 pkcs1_verify(&pub, s, digest, z);
	mpz_clear(z);
	rsa_public_key_clear(&pub);
	return ok ? 0 : -1;
}

/* ---- Raw ---------------------------------------------------------------------- */

/* Big-endian, @n bytes, whatever the value: nettle's own writer takes time by
 * the number of leading zeros, which tells good padding from bad.
 */
static void number_out(u8 *out, size_t n, const mpz_t z)
{
	size_t i;

	for (i = 0; i < n; i++) {
		mp_limb_t limb = mpz_getlimbn(z, (mp_size_t)(i / sizeof(limb)));

		out[n - 1 - i] = (u8)(limb >> (8 * (i % sizeof(limb))));
	}
}

int host_rsa_private(const struct tlso_host_key *k, const u8 *in, size_t n,
		     u8 *out)
{
	bool failed = false;
	int ret = -1;
	mpz_t z;

	if (k->type != TLSO_KEY_RSA || n != k->rsa.size)
		return -1;
	nettle_mpz_init_set_str_256_u(z, n, in);
	if (mpz_cmp(z, k->rsa_pub.n) >= 0)
		goto out;
	if (!rsa_compute_root_tr(&k->rsa_pub, &k->rsa, &failed,
				 host_nettle_random, z, z) || failed)
		goto out;
	number_out(out, n, z);
	ret = 0;
out:
	host_mpz_wipe_clear(z);
	host_burn_stack();
	return ret;
}

int host_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out)
{
	struct rsa_public_key pub;
	int ret = -1;
	mpz_t z;

	rsa_public_key_init(&pub);
	mpz_init(z);
	if (public_load(&pub, key))
		goto out;
	nettle_mpz_set_str_256_u(z, key->n_len, in);
	if (mpz_cmp(z, pub.n) >= 0)
		goto out;
	mpz_powm(z, z, pub.e, pub.n);
	number_out(out, key->n_len, z);
	ret = 0;
out:
	host_mpz_wipe_clear(z); /* @in may be a premaster secret, padded */
	rsa_public_key_clear(&pub);
	return ret;
}
