// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures and raw RSA, against openssl's command: what we sign it verifies,
 * what it signs we verify, and a spoiled signature, digest, scheme or key is
 * refused. Each key, each scheme.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../kmod/core/pkcs8.h"
#include "../../kmod/core/wire.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "../unit/pem.h"

static char dir[] = "/tmp/tlso-sign-XXXXXX";

struct key {
	const char *name;
	const char *args; /* of openssl genpkey */
	enum tlso_key_type type;
	struct tlso_host_key *priv;
	struct tlso_pubkey pub;
};

#define RSA "-algorithm RSA -pkeyopt rsa_keygen_bits:"
#define EC "-algorithm EC -pkeyopt ec_paramgen_curve:"

static struct key keys[] = {
	{ .name = "rsa2048", .args = RSA "2048", .type = TLSO_KEY_RSA },
	{ .name = "rsa3072", .args = RSA "3072", .type = TLSO_KEY_RSA },
	{ .name = "p256", .args = EC "P-256", .type = TLSO_KEY_P256 },
	{ .name = "p384", .args = EC "P-384", .type = TLSO_KEY_P384 },
};

struct scheme {
	u16 id;
	bool rsa;
	const char *hash;
	size_t len;
	const char *opts;
};

#define PSS "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"
#define V15 "-pkeyopt rsa_padding_mode:pkcs1"

static const struct scheme schemes[] = {
	{ 0x0401, true, "sha256", 32, V15 }, { 0x0501, true, "sha384", 48, V15 },
	{ 0x0601, true, "sha512", 64, V15 }, { 0x0804, true, "sha256", 32, PSS },
	{ 0x0805, true, "sha384", 48, PSS }, { 0x0806, true, "sha512", 64, PSS },
	{ 0x0403, false, "sha256", 32, "" }, { 0x0503, false, "sha384", 48, "" },
	{ 0x0603, false, "sha512", 64, "" },
};

static int run(const char *fmt, ...)
{
	char cmd[512];
	va_list ap;
	int n;

	n = snprintf(cmd, sizeof(cmd), "cd %s && ", dir);
	va_start(ap, fmt);
	n += vsnprintf(cmd + n, sizeof(cmd) - n, fmt, ap);
	va_end(ap);
	assert_true(n < (int)sizeof(cmd));
	n = system(cmd);
	return WIFEXITED(n) ? WEXITSTATUS(n) : -1;
}

static u8 *load(const char *name, size_t *n)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_read(path, n);
}

static void save(const char *name, const u8 *p, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static void fill_random(u8 *p, size_t n)
{
	while (n--)
		*p++ = (u8)rand();
}

/* The public half stands in the blob's parts as pubkey wants it. */
static void take_public(struct key *k, const struct tlso_key_blob *b)
{
	unsigned int at = k->type == TLSO_KEY_RSA ? 0 : 1;

	k->pub.type = (u8)k->type;
	k->pub.bits = tlso_key_blob_bits(b);
	k->pub.n_len = (u16)b->part[at].n;
	memcpy(k->pub.n, b->part[at].p, b->part[at].n);
	if (k->type == TLSO_KEY_RSA) {
		k->pub.e_len = (u8)b->part[1].n;
		memcpy(k->pub.e, b->part[1].p, b->part[1].n);
	}
}

static void make_key(struct key *k)
{
	u8 der[4096], blob[TLSO_KEY_BLOB_MAX];
	struct tlso_key_blob b;
	char name[32];
	const char *at;
	u8 *file;
	size_t n;

	assert_int_equal(run("openssl genpkey %s -out %s.key 2>/dev/null",
			     k->args, k->name), 0);
	assert_int_equal(run("openssl pkey -in %s.key -pubout -out %s.pub",
			     k->name, k->name), 0);
	snprintf(name, sizeof(name), "%s.key", k->name);
	file = load(name, &n);
	at = (const char *)file;
	n = pem_next(&at, der, sizeof(der));
	free(file);
	assert_int_equal(tlso_pkcs8_read(&b, der, n), TLSO_OK);
	take_public(k, &b);
	assert_int_equal(tlso_key_blob_write(&b, blob, sizeof(blob), &n),
			 TLSO_OK);
	assert_int_equal(tlso_host_key_load(&k->priv, blob, n), 0);
}

static int setup(void **state)
{
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		make_key(&keys[i]);
	return 0;
}

static int teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		tlso_host_key_free(keys[i].priv);
	return run("cd / && rm -r %s", dir);
}

static void spoil(const struct key *k, const struct scheme *s, u8 *digest,
		  u8 *sig, size_t n)
{
	struct tlso_pubkey pub = k->pub;
	size_t i;

	for (i = 0; i < n; i += 1 + n / 40) {
		sig[i] ^= 1 << (i % 8);
		assert_int_equal(tlso_host_verify(&k->pub, s->id, digest,
						  s->len, sig, n), -1);
		sig[i] ^= 1 << (i % 8);
	}
	assert_int_equal(tlso_host_verify(&k->pub, s->id, digest, s->len, sig,
					  n - 1), -1);
	sig[n] = 0;
	assert_int_equal(tlso_host_verify(&k->pub, s->id, digest, s->len, sig,
					  n + 1), -1);
	assert_int_equal(tlso_host_verify(&k->pub, s->id, digest, s->len, sig,
					  0), -1);
	digest[5] ^= 1;
	assert_int_equal(tlso_host_verify(&k->pub, s->id, digest, s->len, sig,
					  n), -1);
	digest[5] ^= 1;
	pub.n[pub.n_len - 2] ^= 1;
	assert_int_equal(tlso_host_verify(&pub, s->id, digest, s->len, sig, n),
			 -1);
}

/* No scheme but its own takes a signature. */
static void other_schemes(const struct key *k, const struct scheme *s,
			  const u8 *digest, const u8 *sig, size_t n)
{
	u8 out[TLSO_SIG_MAX];
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (schemes[i].id == s->id)
			continue;
		assert_int_equal(tlso_host_verify(&k->pub, schemes[i].id, digest,
						  s->len, sig, n), -1);
		len = sizeof(out);
		if (schemes[i].len != s->len || schemes[i].rsa != s->rsa)
			assert_int_equal(tlso_host_key_sign(k->priv, schemes[i].id,
							    digest, s->len, out,
							    &len), -1);
	}
	assert_int_equal(tlso_host_verify(&k->pub, TLSO_RSA_PKCS1_SHA1, digest,
					  20, sig, n), -1);
	assert_int_equal(tlso_host_verify(&k->pub, TLSO_ECDSA_SHA1, digest, 20,
					  sig, n), -1);
}

static void one_pair(const struct key *k, const struct scheme *s)
{
	struct tlso_host_keys ring = { .n = 2, .key = { NULL, k->priv } };
	u8 digest[64], sig[TLSO_SIG_MAX + 1], *theirs;
	size_t n = TLSO_SIG_MAX, m;

	fill_random(digest, s->len);
	assert_int_equal(tlso_host_sign(NULL, &ring, 1, s->id, digest, s->len,
					sig, &n), 0);
	save("digest", digest, s->len);
	save("sig", sig, n);
	assert_int_equal(run("openssl pkeyutl -verify -pubin -inkey %s.pub "
			     "-in digest -sigfile sig -pkeyopt digest:%s %s "
			     ">/dev/null", k->name, s->hash, s->opts), 0);
	assert_int_equal(tlso_host_verify(&k->pub, s->id, digest, s->len, sig,
					  n), 0);
	spoil(k, s, digest, sig, n);
	other_schemes(k, s, digest, sig, n);
	m = n - 1;
	if (k->type == TLSO_KEY_RSA)
		assert_int_equal(tlso_host_key_sign(k->priv, s->id, digest,
						    s->len, sig, &m), -1);
	assert_int_equal(run("openssl pkeyutl -sign -inkey %s.key -in digest "
			     "-out sig -pkeyopt digest:%s %s", k->name, s->hash,
			     s->opts), 0);
	theirs = load("sig", &n);
	assert_int_equal(tlso_host_verify(&k->pub, s->id, digest, s->len,
					  theirs, n), 0);
	free(theirs);
	assert_int_equal(tlso_host_sign(NULL, &ring, 0, s->id, digest, s->len,
					sig, &n), -1);
	assert_int_equal(tlso_host_sign(NULL, &ring, 2, s->id, digest, s->len,
					sig, &n), -1);
}

static void each_key_and_scheme(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		bool rsa = keys[i].type == TLSO_KEY_RSA;

		for (j = 0; j < ARRAY_SIZE(schemes); j++)
			if (schemes[j].rsa == rsa)
				one_pair(&keys[i], &schemes[j]);
	}
}

/* Many signatures: lengths vary, and the room that the core reserves is enough. */
static void ecdsa_lengths(void **state)
{
	u8 digest[32], sig[TLSO_SIG_MAX];
	size_t i, n, least = 200, most = 0;
	unsigned int j;

	(void)state;
	for (j = 2; j < 4; j++) {
		for (i = 0; i < 300; i++) {
			fill_random(digest, 32);
			n = j == 2 ? TLSO_ECDSA_P256_SIG_MAX :
				     TLSO_ECDSA_P384_SIG_MAX;
			assert_int_equal(tlso_host_key_sign(keys[j].priv, 0x0403,
							    digest, 32, sig,
							    &n), 0);
			assert_int_equal(tlso_host_verify(&keys[j].pub, 0x0403,
							  digest, 32, sig, n), 0);
			least = n < least ? n : least;
			most = n > most ? n : most;
		}
		n = 20;
		assert_int_equal(tlso_host_key_sign(keys[j].priv, 0x0403, digest,
						    32, sig, &n), -1);
	}
	assert_in_range(least, 66, 70);
	assert_in_range(most, 102, 104);
}

/* X.690 10.1, 8.3: one encoding of each number. @sig is a good signature. */
static void refused_der(const struct key *k, const u8 *digest, const u8 *sig,
			size_t n)
{
	u8 bad[160];
	size_t r = sig[3];

	/* the outer length in two bytes */
	memcpy(bad, "\x30\x81", 2);
	memcpy(bad + 2, sig + 1, n - 1);
	assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32, bad,
					  n + 1), -1);
	/* a zero before r that its sign does not need */
	memcpy(bad, sig, 4);
	bad[1]++;
	bad[3]++;
	bad[4] = 0;
	memcpy(bad + 5, sig + 4, n - 4);
	assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32, bad,
					  n + 1), -1);
	/* a third element */
	memcpy(bad, sig, n);
	bad[1] += 3;
	memcpy(bad + n, "\x02\x01\x01", 3);
	assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32, bad,
					  n + 3), -1);
	/* r without its sign byte: negative */
	if (!sig[4]) {
		memcpy(bad, sig, 4);
		bad[1]--;
		bad[3]--;
		memcpy(bad + 4, sig + 5, n - 5);
		assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32,
						  bad, n - 1), -1);
	}
	/* the other tag, s missing, zero for s */
	memcpy(bad, sig, n);
	bad[2] = 3;
	assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32, bad, n),
			 -1);
	memcpy(bad, sig, n);
	bad[1] = (u8)(2 + r);
	assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32, bad,
					  4 + r), -1);
	bad[1] = (u8)(5 + r);
	memcpy(bad + 4 + r, "\x02\x01\x00", 3);
	assert_int_equal(tlso_host_verify(&k->pub, 0x0403, digest, 32, bad,
					  7 + r), -1);
}

static void ecdsa_der_is_strict(void **state)
{
	u8 digest[32], sig[TLSO_SIG_MAX];
	unsigned int j, i, negative = 0;
	size_t n;

	(void)state;
	for (j = 2; j < 4; j++) {
		for (i = 0; i < 20; i++) {
			fill_random(digest, 32);
			n = sizeof(sig);
			assert_int_equal(tlso_host_key_sign(keys[j].priv, 0x0403,
							    digest, 32, sig,
							    &n), 0);
			refused_der(&keys[j], digest, sig, n);
			negative += !sig[4];
		}
	}
	assert_true(negative);
}

static void raw_rsa(void **state)
{
	struct tlso_host_keys ring = { .n = 4 };
	u8 in[512], out[512], back[512], *file;
	unsigned int i, j;
	size_t n, len;

	(void)state;
	for (i = 0; i < 4; i++)
		ring.key[i] = keys[i].priv;
	for (i = 0; i < 2; i++) {
		n = keys[i].pub.n_len;
		for (j = 0; j < 4; j++) {
			fill_random(in, n);
			memset(in, 0, j * 5 + 1); /* leading zeros survive */
			assert_int_equal(tlso_host_rsa_private(NULL, &ring, i, in,
							       n, out), 0);
			assert_int_equal(tlso_host_crypto.rsa_public(&keys[i].pub,
								     out, back),
					 0);
			assert_memory_equal(in, back, n);
			tlso_host_crypto.rsa_public(&keys[i].pub, in, out);
			assert_int_equal(tlso_host_rsa_private(NULL, &ring, i, out,
							       n, back), 0);
			assert_memory_equal(in, back, n);
		}
		fill_random(in, 48);
		save("secret", in, 48);
		assert_int_equal(run("openssl pkeyutl -encrypt -pubin -inkey "
				     "%s.pub -in secret -out sealed",
				     keys[i].name), 0);
		file = load("sealed", &len);
		assert_int_equal(len, n);
		assert_int_equal(tlso_host_rsa_private(NULL, &ring, i, file, n,
						       out), 0);
		assert_int_equal(out[0], 0);
		assert_int_equal(out[1], 2);
		assert_int_equal(out[n - 49], 0);
		assert_memory_equal(out + n - 48, in, 48);
		free(file);
		/* not below the modulus; lengths that are none; no RSA key */
		assert_int_equal(tlso_host_rsa_private(NULL, &ring, i,
						       keys[i].pub.n, n, out),
				 -1);
		assert_int_equal(tlso_host_crypto.rsa_public(&keys[i].pub,
							     keys[i].pub.n,
							     out), -1);
		memset(in, 0, sizeof(in));
		assert_int_equal(tlso_host_rsa_private(NULL, &ring, i, in, n - 1,
						       out), -1);
		assert_int_equal(tlso_host_rsa_private(NULL, &ring, i, in, n + 1,
						       out), -1);
		assert_int_equal(tlso_host_rsa_private(NULL, &ring, i + 2, in, n,
						       out), -1);
	}
}

static int public_works(const struct tlso_pubkey *pub)
{
	u8 in[1024] = { 0 }, out[1024];

	in[pub->n_len ? pub->n_len - 1 : 0] = 2;
	return tlso_host_crypto.rsa_public(pub, in, out);
}

static void odd_public_keys(void **state)
{
	struct tlso_pubkey pub = keys[0].pub;

	(void)state;
	assert_int_equal(public_works(&pub), 0);
	pub.n[pub.n_len - 1] ^= 1; /* even modulus */
	assert_int_equal(public_works(&pub), -1);
	pub = keys[0].pub;
	pub.e[pub.e_len - 1] ^= 1; /* even exponent */
	assert_int_equal(public_works(&pub), -1);
	pub.e_len = 1;
	pub.e[0] = 1;
	assert_int_equal(public_works(&pub), -1);
	pub.e[0] = 3;
	assert_int_equal(public_works(&pub), 0);
	pub.e_len = 0;
	assert_int_equal(public_works(&pub), -1);
	pub = keys[0].pub;
	pub.e_len = 9;
	assert_int_equal(public_works(&pub), -1);
	pub = keys[0].pub;
	pub.n_len = 0;
	assert_int_equal(public_works(&pub), -1);
	pub.n_len = 1000;
	assert_int_equal(public_works(&pub), -1);
	pub = keys[0].pub;
	pub.n[0] = 0; /* a leading zero */
	assert_int_equal(public_works(&pub), -1);
	assert_int_equal(public_works(&keys[2].pub), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_and_scheme),
		cmocka_unit_test(ecdsa_lengths),
		cmocka_unit_test(ecdsa_der_is_strict),
		cmocka_unit_test(raw_rsa),
		cmocka_unit_test(odd_public_keys),
	};

	return cmocka_run_group_tests_name("engine signatures", tests, setup,
					   teardown);
}
