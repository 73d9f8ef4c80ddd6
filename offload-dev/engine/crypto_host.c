// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The adapter's cryptography over nettle and hogweed.
 *
 * Responsible for: the completer's table (hashes, AEADs, groups, randomness),
 * private keys and signatures, and the streaming AEAD of the record path.
 * Leaves to: core/keysched how these make a key schedule; record_tx.c and
 * record_rx.c what a record is.
 *
 * Threads: handshake jobs call in from any thread. The only shared mutable
 * state is the operation counters (atomic) and the seeded generator (locked).
 */
#include "crypto_host.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include <gmp.h>
#include <nettle/aes.h>
#include <nettle/bignum.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/chacha.h>
#include <nettle/ctr.h>
#include <nettle/curve25519.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/gcm.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>

#include "../../kmod/core/seam.h"

#define P256_LEN 32
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

static atomic_ullong n_sign, n_ecdh, n_hash_bytes, n_aead_bytes;

void tlso_host_counts(struct tlso_host_counts *c)
{
	c->sign = atomic_load(&n_sign);
	c->ecdh = atomic_load(&n_ecdh);
	c->hash_bytes = atomic_load(&n_hash_bytes);
	c->aead_bytes = atomic_load(&n_aead_bytes);
}

/* ---- Randomness ------------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	struct chacha_ctx chacha;
} seeded = { .lock = PTHREAD_MUTEX_INITIALIZER };

static atomic_bool seeded_on;

void tlso_host_seed(const u8 *seed, size_t n)
{
	static const u8 nonce[CHACHA_NONCE_SIZE];
	struct sha256_ctx sha;
	u8 key[SHA256_DIGEST_SIZE];

	sha256_init(&sha);
	sha256_update(&sha, n, seed);
	sha256_digest(&sha, sizeof(key), key);
	pthread_mutex_lock(&seeded.lock);
	chacha_set_key(&seeded.chacha, key);
	chacha_set_nonce(&seeded.chacha, nonce);
	pthread_mutex_unlock(&seeded.lock);
	atomic_store(&seeded_on, true);
	tlso_wipe(key, sizeof(key));
	tlso_wipe(&sha, sizeof(sha));
}

static int host_random(void *rng, u8 *out, size_t n)
{
	size_t done = 0;

	(void)rng;
	if (atomic_load(&seeded_on)) {
		memset(out, 0, n);
		pthread_mutex_lock(&seeded.lock);
		chacha_crypt(&seeded.chacha, n, out, out);
		pthread_mutex_unlock(&seeded.lock);
		return 0;
	}
	while (done < n) {
		ssize_t got = getrandom(out + done, n - done, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		done += got;
	}
	return 0;
}

/* nettle's callback cannot fail, and its callers draw again until a value is
 * in range; so a failure gives a value that is, and the caller asks *failed.
 */
static void nettle_random(void *failed, size_t n, uint8_t *dst)
{
	if (host_random(NULL, dst, n)) {
		memset(dst, 0x55, n);
		*(bool *)failed = true;
	}
}

/* ---- Hashes ------------------------------------------------------------ */

_Static_assert(sizeof(struct sha512_ctx) <= TLSO_HASH_CTX_MAX, "hash context");

static int sha256_begin(struct tlso_hash_ctx *c)
{
	sha256_init((struct sha256_ctx *)c);
	return 0;
}

static int sha256_more(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	sha256_update((struct sha256_ctx *)c, n, p);
	atomic_fetch_add(&n_hash_bytes, n);
	return 0;
}

static int sha256_end(struct tlso_hash_ctx *c, u8 *out)
{
	sha256_digest((struct sha256_ctx *)c, SHA256_DIGEST_SIZE, out);
	return 0;
}

static int sha384_begin(struct tlso_hash_ctx *c)
{
	sha384_init((struct sha512_ctx *)c);
	return 0;
}

static int sha384_more(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	sha384_update((struct sha512_ctx *)c, n, p);
	atomic_fetch_add(&n_hash_bytes, n);
	return 0;
}

static int sha384_end(struct tlso_hash_ctx *c, u8 *out)
{
	sha384_digest((struct sha512_ctx *)c, SHA384_DIGEST_SIZE, out);
	return 0;
}

static const struct tlso_hash_alg alg_sha256 = {
	.len = 32,
	.block = 64,
	.init = sha256_begin,
	.update = sha256_more,
	.final = sha256_end,
};

static const struct tlso_hash_alg alg_sha384 = {
	.len = 48,
	.block = 128,
	.init = sha384_begin,
	.update = sha384_more,
	.final = sha384_end,
};

/* ---- AEADs, a whole text at once --------------------------------------- */

static int open_verdict(const u8 *want, u8 *buf, size_t n)
{
	int ok = tlso_equal_ct(want, buf + n, TLSO_TAG_LEN);

	atomic_fetch_add(&n_aead_bytes, n);
	if (!ok)
		memset(buf, 0, n);
	return ok ? 0 : -1;
}

#define GCM_AEAD(bits)                                                        \
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
	atomic_fetch_add(&n_aead_bytes, n);                                  \
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
static const struct tlso_aead_alg alg_aes##bits##_gcm = {                    \
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
	atomic_fetch_add(&n_aead_bytes, n);
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

static const struct tlso_aead_alg alg_chacha20_poly1305 = {
	.key_len = 32,
	.seal = chapo_seal,
	.open = chapo_open,
};

/* ---- Key exchange groups (RFC 8446 4.2.8) ------------------------------ */

/* gmp frees memory without clearing it. */
static void mpz_wipe_clear(mpz_t z)
{
	size_t room = z->_mp_alloc;

	if (room)
		tlso_wipe(mpz_limbs_write(z, room), room * sizeof(mp_limb_t));
	mpz_clear(z);
}

static int x25519_exchange(void *rng, const u8 *peer, u8 *share, u8 *secret)
{
	static const u8 zero[CURVE25519_SIZE];
	u8 priv[CURVE25519_SIZE];
	int ret = -1;

	if (host_random(rng, priv, sizeof(priv)))
		goto out;
	curve25519_mul_g(share, priv);
	curve25519_mul(secret, priv, peer);
	atomic_fetch_add(&n_ecdh, 1);
	if (!tlso_equal_ct(secret, zero, sizeof(zero)))
		ret = 0;
out:
	tlso_wipe(priv, sizeof(priv));
	return ret;
}

/* ecc_point_set() checks that the point is on the curve and in range. */
static int p256_point_read(struct ecc_point *pt, const u8 *p)
{
	mpz_t x, y;
	int ok;

	if (p[0] != 4)
		return -1;
	nettle_mpz_init_set_str_256_u(x, P256_LEN, p + 1);
	nettle_mpz_init_set_str_256_u(y, P256_LEN, p + 1 + P256_LEN);
	ok = ecc_point_set(pt, x, y);
	mpz_clear(x);
	mpz_clear(y);
	return ok ? 0 : -1;
}

static void p256_point_write(const struct ecc_point *pt, u8 *x32, u8 *y32)
{
	mpz_t x, y;

	mpz_init(x);
	mpz_init(y);
	ecc_point_get(pt, x, y);
	nettle_mpz_get_str_256(P256_LEN, x32, x);
	if (y32)
		nettle_mpz_get_str_256(P256_LEN, y32, y);
	mpz_wipe_clear(x);
	mpz_wipe_clear(y);
}

/* nettle clears a point's and a scalar's limbs only by giving them back. */
static void ecc_wipe_clear_point(struct ecc_point *p)
{
	tlso_wipe(p->p, ecc_size_a(p->ecc) * sizeof(mp_limb_t));
	ecc_point_clear(p);
}

static void ecc_wipe_clear_scalar(struct ecc_scalar *s)
{
	tlso_wipe(s->p, ecc_size(s->ecc) * sizeof(mp_limb_t));
	ecc_scalar_clear(s);
}

static int p256_exchange(void *rng, const u8 *peer, u8 *share, u8 *secret)
{
	const struct ecc_curve *curve = nettle_get_secp_256r1();
	struct ecc_point theirs, result;
	struct ecc_scalar priv;
	bool failed = false;
	int ret = -1;

	(void)rng;
	ecc_point_init(&theirs, curve);
	ecc_point_init(&result, curve);
	ecc_scalar_init(&priv, curve);
	if (p256_point_read(&theirs, peer))
		goto out;
	ecc_scalar_random(&priv, &failed, nettle_random);
	if (failed)
		goto out;
	ecc_point_mul_g(&result, &priv);
	share[0] = 4;
	p256_point_write(&result, share + 1, share + 1 + P256_LEN);
	ecc_point_mul(&result, &priv, &theirs);
	p256_point_write(&result, secret, NULL);
	atomic_fetch_add(&n_ecdh, 1);
	ret = 0;
out:
	ecc_wipe_clear_scalar(&priv);
	ecc_wipe_clear_point(&result);
	ecc_point_clear(&theirs);
	return ret;
}

static const struct tlso_group_alg group_x25519 = {
	.id = 0x001d,
	.share_len = 32,
	.secret_len = 32,
	.exchange = x25519_exchange,
};

static const struct tlso_group_alg group_secp256r1 = {
	.id = 0x0017,
	.share_len = 65,
	.secret_len = 32,
	.exchange = p256_exchange,
};

static const struct tlso_group_alg *const all_groups[] = {
	&group_x25519,
	&group_secp256r1,
	NULL,
};

const struct tlso_crypto tlso_host_crypto = {
	.sha256 = &alg_sha256,
	.sha384 = &alg_sha384,
	.aes128_gcm = &alg_aes128_gcm,
	.aes256_gcm = &alg_aes256_gcm,
	.chacha20_poly1305 = &alg_chacha20_poly1305,
	.groups = all_groups,
	.random = host_random,
};

/* ---- Private keys ------------------------------------------------------- */

struct tlso_host_key {
	enum tlso_key_type type;
	struct rsa_public_key rsa_pub;
	struct rsa_private_key rsa;
	struct ecc_scalar p256;
};

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
	mpz_wipe_clear(m);
	mpz_wipe_clear(r);
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
	mpz_wipe_clear(t);
	return ok;
}

static int rsa_load(struct tlso_host_key *k, const struct tlso_key_blob *b)
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

static int p256_load(struct tlso_host_key *k, const struct tlso_key_blob *b)
{
	struct ecc_point pub;
	u8 point[65];
	int ret = -1;
	mpz_t z;

	if (b->part[0].n != P256_LEN || b->part[1].n != sizeof(point))
		return -1;
	nettle_mpz_init_set_str_256_u(z, P256_LEN, b->part[0].p);
	ecc_point_init(&pub, nettle_get_secp_256r1());
	if (!ecc_scalar_set(&k->p256, z))
		goto out;
	ecc_point_mul_g(&pub, &k->p256);
	point[0] = 4;
	p256_point_write(&pub, point + 1, point + 1 + P256_LEN);
	if (tlso_equal_ct(point, b->part[1].p, sizeof(point)))
		ret = 0;
out:
	ecc_point_clear(&pub);
	mpz_wipe_clear(z);
	return ret;
}

int tlso_host_key_load(struct tlso_host_key **key, const u8 *blob, size_t n)
{
	struct tlso_key_blob b;
	struct tlso_host_key *k;
	int ret = -1;

	*key = NULL;
	if (tlso_key_blob_read(&b, blob, n) != TLSO_OK)
		return -1;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -1;
	k->type = b.type;
	rsa_public_key_init(&k->rsa_pub);
	rsa_private_key_init(&k->rsa);
	ecc_scalar_init(&k->p256, nettle_get_secp_256r1());
	if (b.type == TLSO_KEY_RSA && b.parts == 8)
		ret = rsa_load(k, &b);
	else if (b.type == TLSO_KEY_P256 && b.parts == 2)
		ret = p256_load(k, &b);
	if (ret) {
		tlso_host_key_free(k);
		return -1;
	}
	*key = k;
	return 0;
}

void tlso_host_key_free(struct tlso_host_key *k)
{
	if (!k)
		return;
	mpz_wipe_clear(k->rsa.d);
	mpz_wipe_clear(k->rsa.p);
	mpz_wipe_clear(k->rsa.q);
	mpz_wipe_clear(k->rsa.a);
	mpz_wipe_clear(k->rsa.b);
	mpz_wipe_clear(k->rsa.c);
	rsa_public_key_clear(&k->rsa_pub);
	ecc_wipe_clear_scalar(&k->p256);
	free(k);
}

/* ---- Signatures (RFC 8446 4.2.3) ---------------------------------------- */

/* DER INTEGER, positive, minimal. Returns its length. */
static size_t der_integer(u8 *out, const mpz_t z)
{
	size_t n = nettle_mpz_sizeinbase_256_s(z);

	out[0] = 0x02;
	out[1] = n;
	nettle_mpz_get_str_256(n, out + 2, z);
	return n + 2;
}

static int ecdsa_sign_msg(struct tlso_host_key *k, const u8 *msg, size_t n,
			  u8 *sig, size_t *sig_len)
{
	u8 der[2 + 2 * (2 + P256_LEN + 1)], digest[SHA256_DIGEST_SIZE];
	struct dsa_signature rs;
	struct sha256_ctx sha;
	bool failed = false;
	size_t len = 2;
	int ret = -1;

	sha256_init(&sha);
	sha256_update(&sha, n, msg);
	sha256_digest(&sha, sizeof(digest), digest);
	dsa_signature_init(&rs);
	ecdsa_sign(&k->p256, &failed, nettle_random, sizeof(digest), digest,
		   &rs);
	if (failed)
		goto out;
	len += der_integer(der + len, rs.r);
	len += der_integer(der + len, rs.s);
	der[0] = 0x30;
	der[1] = len - 2;
	if (len <= *sig_len) {
		memcpy(sig, der, len);
		*sig_len = len;
		ret = 0;
	}
out:
	dsa_signature_clear(&rs);
	return ret;
}

static int rsa_pss_sign(struct tlso_host_key *k, u16 scheme, const u8 *msg,
			size_t n, u8 *sig, size_t *sig_len, bool *failed,
			mpz_t s)
{
	u8 digest[SHA512_DIGEST_SIZE], salt[SHA512_DIGEST_SIZE];
	union {
		struct sha256_ctx s256;
		struct sha512_ctx s512;
	} sha;
	size_t hlen;
	int ok = 0;

	hlen = scheme == 0x0804 ? 32 : scheme == 0x0805 ? 48 : 64;
	if (*sig_len < k->rsa.size || host_random(NULL, salt, hlen))
		return -1;
	switch (scheme) {
	case 0x0804: /* rsa_pss_rsae_sha256 */
		sha256_init(&sha.s256);
		sha256_update(&sha.s256, n, msg);
		sha256_digest(&sha.s256, hlen, digest);
		ok = rsa_pss_sha256_sign_digest_tr(&k->rsa_pub, &k->rsa, failed,
						   nettle_random, hlen, salt,
						   digest, s);
		break;
	case 0x0805: /* rsa_pss_rsae_sha384 */
		sha384_init(&sha.s512);
		sha384_update(&sha.s512, n, msg);
		sha384_digest(&sha.s512, hlen, digest);
		ok = rsa_pss_sha384_sign_digest_tr(&k->rsa_pub, &k->rsa, failed,
						   nettle_random, hlen, salt,
						   digest, s);
		break;
	case 0x0806: /* rsa_pss_rsae_sha512 */
		sha512_init(&sha.s512);
		sha512_update(&sha.s512, n, msg);
		sha512_digest(&sha.s512, hlen, digest);
		ok = rsa_pss_sha512_sign_digest_tr(&k->rsa_pub, &k->rsa, failed,
						   nettle_random, hlen, salt,
						   digest, s);
		break;
	}
	if (!ok || *failed)
		return -1;
	nettle_mpz_get_str_256(k->rsa.size, sig, s);
	*sig_len = k->rsa.size;
	return 0;
}

int tlso_host_sign(void *rng, void *key, u16 scheme, const u8 *msg, size_t n,
		   u8 *sig, size_t *sig_len)
{
	struct tlso_host_key *k = key;
	bool failed = false;
	int ret = -1;
	mpz_t s;

	(void)rng;
	if (k->type == TLSO_KEY_P256 && scheme == 0x0403) {
		ret = ecdsa_sign_msg(k, msg, n, sig, sig_len);
	} else if (k->type == TLSO_KEY_RSA) {
		mpz_init(s);
		ret = rsa_pss_sign(k, scheme, msg, n, sig, sig_len, &failed, s);
		mpz_clear(s);
	}
	if (!ret)
		atomic_fetch_add(&n_sign, 1);
	return ret;
}

/* ---- Streaming AEAD ------------------------------------------------------ */

struct tlso_stream_key {
	u16 suite;
	u8 chacha_key[32];
	struct gcm_key gcm;
	union {
		struct aes128_ctx aes128;
		struct aes256_ctx aes256;
	} aes;
};

/*
 * nettle wants whole blocks but for the last call. A block that has come only
 * in part is kept here as cipher text, with its key stream; when it is whole
 * its cipher text is run through nettle's decrypt into a scratch buffer, which
 * hashes it and moves the counter on, as encrypting it would have done.
 */
#define CARRY_MAX 64 /* ChaCha20's block */

struct stream_state {
	union {
		struct gcm_ctx gcm;
		struct chacha_poly1305_ctx chapo;
	} u;
	u8 keystream[CARRY_MAX];
	u8 carry[CARRY_MAX];
	u32 fill; /* bytes in carry, < block */
};

_Static_assert(sizeof(struct stream_state) <= sizeof(struct tlso_stream),
	       "stream state");

static bool is_chacha(const struct tlso_stream_key *k)
{
	return k->suite == 0x1303;
}

static size_t stream_block(const struct tlso_stream_key *k)
{
	return is_chacha(k) ? 64 : 16;
}

static nettle_cipher_func *aes_func(const struct tlso_stream_key *k)
{
	return k->suite == 0x1302 ? (nettle_cipher_func *)aes256_encrypt :
				    (nettle_cipher_func *)aes128_encrypt;
}

struct tlso_stream_key *tlso_stream_key_new(u16 suite, const u8 *key, size_t n)
{
	struct tlso_stream_key *k;

	if (n != (suite == 0x1301 ? 16 : 32) || suite < 0x1301 ||
	    suite > 0x1303)
		return NULL;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->suite = suite;
	if (suite == 0x1301)
		aes128_set_encrypt_key(&k->aes.aes128, key);
	else if (suite == 0x1302)
		aes256_set_encrypt_key(&k->aes.aes256, key);
	else
		memcpy(k->chacha_key, key, n);
	if (!is_chacha(k))
		gcm_set_key(&k->gcm, &k->aes, aes_func(k));
	return k;
}

void tlso_stream_key_free(struct tlso_stream_key *k)
{
	if (!k)
		return;
	tlso_wipe(k, sizeof(*k));
	free(k);
}

void tlso_stream_start(struct tlso_stream *stream,
		       const struct tlso_stream_key *k, const u8 *nonce,
		       const u8 *aad, size_t aad_len)
{
	struct stream_state *s = (struct stream_state *)stream;

	s->fill = 0;
	if (is_chacha(k)) {
		chacha_poly1305_set_key(&s->u.chapo, k->chacha_key);
		chacha_poly1305_set_nonce(&s->u.chapo, nonce);
		chacha_poly1305_update(&s->u.chapo, aad_len, aad);
	} else {
		gcm_set_iv(&s->u.gcm, &k->gcm, TLSO_IV_LEN, nonce);
		gcm_update(&s->u.gcm, &k->gcm, aad_len, aad);
	}
}

static void bulk(struct stream_state *s, const struct tlso_stream_key *k,
		 bool encrypt, size_t n, u8 *dst, const u8 *src)
{
	if (is_chacha(k)) {
		if (encrypt)
			chacha_poly1305_encrypt(&s->u.chapo, n, dst, src);
		else
			chacha_poly1305_decrypt(&s->u.chapo, n, dst, src);
	} else if (encrypt) {
		gcm_encrypt(&s->u.gcm, &k->gcm, &k->aes, aes_func(k), n, dst,
			    src);
	} else {
		gcm_decrypt(&s->u.gcm, &k->gcm, &k->aes, aes_func(k), n, dst,
			    src);
	}
}

/* The key stream of the block that comes next, leaving the state as it is. */
static void next_keystream(struct stream_state *s,
			   const struct tlso_stream_key *k)
{
	if (is_chacha(k)) {
		struct chacha_ctx c = s->u.chapo.chacha;

		memset(s->keystream, 0, sizeof(s->keystream));
		chacha_crypt32(&c, sizeof(s->keystream), s->keystream,
			       s->keystream);
		tlso_wipe(&c, sizeof(c));
	} else {
		aes_func(k)(&k->aes, 16, s->keystream, s->u.gcm.ctr.b);
	}
}

static void hash_carry(struct stream_state *s, const struct tlso_stream_key *k)
{
	u8 scratch[CARRY_MAX];

	bulk(s, k, false, s->fill, scratch, s->carry);
	tlso_wipe(scratch, sizeof(scratch));
	s->fill = 0;
}

static void carry(struct stream_state *s, const struct tlso_stream_key *k,
		  bool encrypt, u8 *buf, size_t n)
{
	size_t i;

	if (!s->fill)
		next_keystream(s, k);
	for (i = 0; i < n; i++) {
		u8 in = buf[i];

		buf[i] = in ^ s->keystream[s->fill];
		s->carry[s->fill++] = encrypt ? buf[i] : in;
	}
	if (s->fill == stream_block(k))
		hash_carry(s, k);
}

static void stream_crypt(struct tlso_stream *stream,
			 const struct tlso_stream_key *k, bool encrypt, u8 *buf,
			 size_t n)
{
	struct stream_state *s = (struct stream_state *)stream;
	size_t block = stream_block(k), part;

	atomic_fetch_add(&n_aead_bytes, n);
	if (s->fill && n) {
		part = block - s->fill < n ? block - s->fill : n;
		carry(s, k, encrypt, buf, part);
		buf += part;
		n -= part;
	}
	part = n - n % block;
	if (part)
		bulk(s, k, encrypt, part, buf, buf);
	if (n > part)
		carry(s, k, encrypt, buf + part, n - part);
}

void tlso_stream_encrypt(struct tlso_stream *s, const struct tlso_stream_key *k,
			 u8 *buf, size_t n)
{
	stream_crypt(s, k, true, buf, n);
}

void tlso_stream_decrypt(struct tlso_stream *s, const struct tlso_stream_key *k,
			 u8 *buf, size_t n)
{
	stream_crypt(s, k, false, buf, n);
}

void tlso_stream_tag(struct tlso_stream *stream,
		     const struct tlso_stream_key *k, u8 tag[TLSO_TAG_LEN])
{
	struct stream_state *s = (struct stream_state *)stream;

	if (s->fill)
		hash_carry(s, k);
	if (is_chacha(k))
		chacha_poly1305_digest(&s->u.chapo, TLSO_TAG_LEN, tag);
	else
		gcm_digest(&s->u.gcm, &k->gcm, &k->aes, aes_func(k),
			   TLSO_TAG_LEN, tag);
	tlso_wipe(s, sizeof(*s));
}

static void put_le32(u8 *p, u32 v)
{
	p[0] = v;
	p[1] = v >> 8;
	p[2] = v >> 16;
	p[3] = v >> 24;
}

static void chacha_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
			  size_t off, u8 *buf, size_t n)
{
	size_t skip = off % 64, part = 64 - skip;
	struct chacha_ctx c;
	u8 block[64], ctr[4];

	/* RFC 8439 2.8: block 0 makes the Poly1305 key, text starts at 1. */
	put_le32(ctr, 1 + off / 64);
	chacha_set_key(&c, k->chacha_key);
	chacha_set_nonce96(&c, nonce);
	chacha_set_counter32(&c, ctr);
	if (skip) {
		if (part > n)
			part = n;
		memcpy(block + skip, buf, part);
		memset(block, 0, skip);
		memset(block + skip + part, 0, 64 - skip - part);
		chacha_crypt32(&c, 64, block, block);
		memcpy(buf, block + skip, part);
		buf += part;
		n -= part;
	}
	if (n)
		chacha_crypt32(&c, n, buf, buf);
	tlso_wipe(&c, sizeof(c));
	tlso_wipe(block, sizeof(block));
}

static void gcm_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
		       size_t off, u8 *buf, size_t n)
{
	size_t skip = off % 16, part = 16 - skip;
	u8 ctr[16], block[16] = { 0 };
	u32 count = 2 + off / 16; /* SP 800-38D 7.1: counter 1 is the tag's */

	memcpy(ctr, nonce, TLSO_IV_LEN);
	ctr[12] = count >> 24;
	ctr[13] = count >> 16;
	ctr[14] = count >> 8;
	ctr[15] = count;
	if (skip) {
		if (part > n)
			part = n;
		memcpy(block + skip, buf, part);
		ctr_crypt(&k->aes, aes_func(k), 16, ctr, 16, block, block);
		memcpy(buf, block + skip, part);
		buf += part;
		n -= part;
	}
	if (n)
		ctr_crypt(&k->aes, aes_func(k), 16, ctr, n, buf, buf);
	tlso_wipe(block, sizeof(block));
}

void tlso_stream_xor_at(const struct tlso_stream_key *k, const u8 *nonce,
			size_t off, u8 *buf, size_t n)
{
	atomic_fetch_add(&n_aead_bytes, n);
	if (!n)
		return;
	if (is_chacha(k))
		chacha_xor_at(k, nonce, off, buf, n);
	else
		gcm_xor_at(k, nonce, off, buf, n);
}
