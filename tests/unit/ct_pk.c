// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be run under valgrind: private keys, nonces, messages and what is made of
 * them are marked undefined, so memcheck reports each branch and each address
 * that depends on one. What the core declares public by tlso_ct_public() becomes
 * defined there; results are once they are compared. Without valgrind it checks
 * the results alone. "ct_pk leak" branches on a secret: the check that fails.
 */
#include <stdio.h>
#include <stdlib.h>

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/rsa.h>
#include <valgrind/memcheck.h>

#include "../../kmod/core/ecdsa.h"
#include "../../kmod/core/rsa.h"
#include "../../kmod/core/rsa_pad.h"

#define secret(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define public(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))

static gmp_randstate_t rnd;

static void fail(const char *what)
{
	fprintf(stderr, "ct_pk: %s is wrong\n", what);
	exit(2);
}

static void random_bytes(void *ctx, size_t n, uint8_t *p)
{
	(void)ctx;
	while (n--)
		*p++ = (u8)gmp_urandomb_ui(rnd, 8);
}

static void check_curve(enum tlso_key_type type)
{
	const struct tlso_curve *c = tlso_curve_of(type);
	u8 a[48], b[48], pa[97], pb[97], s1[48], s2[48], digest[48], r[48], s[48];
	struct tlso_ec_work *w = malloc(sizeof(*w));
	u8 der[TLSO_ECDSA_DER_MAX];

	random_bytes(NULL, c->len, a);
	random_bytes(NULL, c->len, b);
	random_bytes(NULL, sizeof(digest), digest);
	a[0] = 0x3c;
	b[0] = 0x3c;
	secret(a, sizeof(a));
	secret(b, sizeof(b));
	if (tlso_ec_public(c, a, pa, w) || tlso_ec_public(c, b, pb, w))
		fail("a public key");
	public(pa, sizeof(pa));
	public(pb, sizeof(pb));
	if (tlso_ec_shared(c, a, pb, s1, w) || tlso_ec_shared(c, b, pa, s2, w))
		fail("a shared secret");
	public(s1, sizeof(s1));
	public(s2, sizeof(s2));
	if (memcmp(s1, s2, c->len))
		fail("a shared secret");
	/* b is the nonce. */
	if (tlso_ecdsa_sign(c, a, b, digest, c->len, r, s, w))
		fail("a signature");
	public(r, sizeof(r));
	public(s, sizeof(s));
	if (!tlso_ecdsa_der_write(der, sizeof(der), r, s, c->len) ||
	    tlso_ecdsa_verify(c, pa, 1 + 2 * c->len, digest, c->len, r, s, w))
		fail("a signature");
	free(w);
}

static void check_rsa(void)
{
	struct tlso_rsa_key *k = malloc(sizeof(*k));
	struct tlso_rsa_work *w = malloc(sizeof(*w));
	u8 bytes[8][256], in[256], out[256], again[256], random[256];
	struct tlso_key_blob blob = { .type = TLSO_KEY_RSA, .parts = 8 };
	struct tlso_pubkey pk = { .type = TLSO_KEY_RSA };
	struct tlso_rsa_blind blind;
	struct rsa_private_key key;
	struct rsa_public_key pub;
	mpz_srcptr z[] = { pub.n, pub.e, key.d, key.p, key.q, key.a, key.b,
			   key.c };
	unsigned int i;

	rsa_public_key_init(&pub);
	rsa_private_key_init(&key);
	mpz_set_ui(pub.e, 65537);
	if (!rsa_generate_keypair(&pub, &key, NULL, random_bytes, NULL, NULL,
				  2048, 0))
		fail("key generation");
	for (i = 0; i < 8; i++) {
		blob.part[i].n = nettle_mpz_sizeinbase_256_u(z[i]);
		blob.part[i].p = bytes[i];
		nettle_mpz_get_str_256(blob.part[i].n, bytes[i], z[i]);
		if (i > 1)
			secret(bytes[i], sizeof(bytes[i]));
	}
	random_bytes(NULL, sizeof(random), random);
	random_bytes(NULL, sizeof(in), in);
	in[0] = 0;
	secret(random, sizeof(random));
	if (tlso_rsa_load(k, &blob, w))
		fail("loading an RSA key");
	tlso_rsa_blind_new(k, &blind, random, w);
	tlso_rsa_blind_next(k, &blind);
	if (tlso_rsa_private(k, &blind, in, out, w))
		fail("the private operation");
	public(out, sizeof(out));
	pk.n_len = 256;
	memcpy(pk.n, bytes[0], 256);
	pk.e_len = 3;
	memcpy(pk.e, bytes[1], 3);
	if (tlso_rsa_public(&pk, out, again, w) || memcmp(again, in, 256))
		fail("the private operation");
	rsa_public_key_clear(&pub);
	rsa_private_key_clear(&key);
	free(k);
	free(w);
}

static void check_premaster(void)
{
	u8 em[256], random[48], out[48];
	int good;

	for (good = 0; good < 2; good++) {
		memset(em, 0x55, sizeof(em));
		em[0] = 0;
		em[207] = 0;
		em[1] = good ? 2 : 1;
		em[208] = 3;
		em[209] = 3;
		memset(random, 0x66, sizeof(random));
		secret(em, sizeof(em));
		secret(random, sizeof(random));
		tlso_rsa_premaster(em, sizeof(em), 0x0303, random, out);
		public(out, sizeof(out));
		if (out[20] != (good ? 0x55 : 0x66))
			fail("the premaster secret");
	}
}

int main(int argc, char **argv)
{
	gmp_randinit_default(rnd);
	gmp_randseed_ui(rnd, 5246);
	if (argc > 1 && !strcmp(argv[1], "leak")) {
		u8 x = (u8)gmp_urandomb_ui(rnd, 8);

		secret(&x, sizeof(x));
		if (x == 3)
			puts("three");
		return 0;
	}
	check_curve(TLSO_KEY_P256);
	check_curve(TLSO_KEY_P384);
	check_rsa();
	check_premaster();
	return 0;
}
