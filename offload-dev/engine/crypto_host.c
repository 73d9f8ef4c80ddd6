// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Cryptography over nettle and hogweed: the table, randomness, counters.
 *
 * Responsible for: what all of it shares. crypto_host_hash.c has the hashes,
 * _aead.c the AEADs, _ecc.c groups and ECDSA, _rsa.c RSA, _key.c private keys
 * and signatures by scheme, _stream.c the record path's AEAD.
 * Leaves to: core/keysched how these make a key schedule; record_tx.c and
 * record_rx.c what a record is.
 *
 * Threads: handshake jobs call in from any thread. The only shared mutable
 * state is the operation counters (atomic) and the seeded generator (locked).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include <nettle/chacha.h>
#include <nettle/sha2.h>

#include "crypto_host_impl.h"

atomic_ullong host_n_sign, host_n_ecdh, host_n_hash, host_n_aead;

void tlso_host_counts(struct tlso_host_counts *c)
{
	c->sign = atomic_load(&host_n_sign);
	c->ecdh = atomic_load(&host_n_ecdh);
	c->hash_bytes = atomic_load(&host_n_hash);
	c->aead_bytes = atomic_load(&host_n_aead);
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

int host_random(void *rng, u8 *out, size_t n)
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

void host_nettle_random(void *failed, size_t n, uint8_t *dst)
{
	if (host_random(NULL, dst, n)) {
		memset(dst, 0x55, n);
		*(bool *)failed = true;
	}
}

/* ---- Wiping -------------------------------------------------------------- */

void host_mpz_wipe_clear(mpz_t z)
{
	size_t room = z->_mp_alloc;

	if (room)
		tlso_wipe(mpz_limbs_write(z, room), room * sizeof(mp_limb_t));
	mpz_clear(z);
}

__attribute__((noinline)) void host_burn_stack(void)
{
	u8 below[16384];

	tlso_wipe(below, sizeof(below));
}

static void wiping_free(void *p, size_t n)
{
	tlso_wipe(p, n);
	free(p);
}

/* realloc() may leave the old bytes behind. */
static void *wiping_realloc(void *p, size_t was, size_t want)
{
	void *q = malloc(want);

	if (!q)
		abort(); /* as gmp itself does */
	memcpy(q, p, was < want ? was : want);
	wiping_free(p, was);
	return q;
}

void tlso_host_wipe_numbers(void)
{
	mp_set_memory_functions(NULL, wiping_realloc, wiping_free);
}

/* ---- The table ------------------------------------------------------------ */

static const struct tlso_group_alg *const all_groups[] = {
	&host_x25519,
	&host_p256,
	&host_p384,
	NULL,
};

const struct tlso_crypto tlso_host_crypto = {
	.sha256 = &host_sha256,
	.sha384 = &host_sha384,
	.sha512 = &host_sha512,
	.aes128_gcm = &host_aes128_gcm,
	.aes256_gcm = &host_aes256_gcm,
	.chacha20_poly1305 = &host_chacha20_poly1305,
	.groups = all_groups,
	.random = host_random,
	.verify = tlso_host_verify,
	.rsa_public = host_rsa_public,
};
