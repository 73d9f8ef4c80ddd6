/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates to order, over nettle: right ones, and wrong ones of each kind.
 * Everything follows from the seed, so that a run can be repeated.
 */
#ifndef TLSO_TEST_MINT_H
#define TLSO_TEST_MINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MINT_MAX 16384
#define MINT_EXTRA 6
#define MINT_FLIPS 3

struct mint_key;

void mint_seed(unsigned int seed);
/* "rsa2048", ..., "p256", "p384", "p521"; kept until the process ends. */
struct mint_key *mint_key_new(const char *what);
/* A key that signs nothing: an odd number of @bits bits for a modulus. */
struct mint_key *mint_key_fake_rsa(unsigned int bits, unsigned int e);

enum mint_alg {
	MINT_SHA256, /* PKCS#1 or ECDSA, as the signer's key is */
	MINT_SHA384,
	MINT_SHA512,
	MINT_SHA1,
	MINT_PSS256,
	MINT_PSS384,
	MINT_PSS512,
	MINT_PSS_SALT20, /* SHA-256, but a salt of 20 bytes */
	MINT_PSS_MGF1_SHA1,
	MINT_PSS_MGF1_SHA384, /* with SHA-256 */
};

/* Mistakes, one at a time. */
enum mint_quirk {
	MINT_RIGHT,
	MINT_LONG_LENGTH, /* a length in more bytes than it needs */
	MINT_INDEFINITE,
	MINT_TRAILING, /* a byte after the certificate */
	MINT_TRAILING_INSIDE, /* after the signature */
	MINT_TRUE_IS_1,
	MINT_FALSE_WRITTEN,
	MINT_SERIAL_PADDED,
	MINT_SERIAL_EMPTY,
	MINT_SERIAL_LONG, /* 22 bytes */
	MINT_SERIAL_20, /* 20 bytes and a sign byte: right */
	MINT_SERIAL_NEGATIVE, /* tolerated */
	MINT_V1_WRITTEN,
	MINT_V4,
	MINT_ALG_INSIDE, /* another algorithm inside */
	MINT_ALG_NO_NULL, /* PKCS#1 without parameters: to be taken */
	MINT_ALG_PARAMS, /* with others */
	MINT_SIG_BITS, /* an unused bit in the signature */
	MINT_SIG_WRONG,
	MINT_EXTS_EMPTY,
	MINT_EXT_TWICE,
	MINT_EXTS_MANY,
	MINT_UNIQUE_ID,
	MINT_RSA_NO_NULL,
	MINT_QUIRKS
};

struct mint_ext {
	const char *oid; /* dotted */
	bool critical;
	const uint8_t *value; /* inside the OCTET STRING */
	size_t n;
};

struct mint {
	int version; /* as written: 2 is v3; 0 leaves it out */
	const char *subject; /* "O=x/CN=y"; "CN~y" is a PrintableString */
	const char *issuer;
	const char *not_before; /* 13 characters: UTCTime */
	const char *not_after;
	const struct mint_key *key, *signer;
	enum mint_alg alg;
	enum mint_quirk quirk;
	int ca; /* -1: no basicConstraints */
	int path_len; /* -1: none */
	bool bc_critical;
	int ku; /* -1: none; 16 bits, digitalSignature on top */
	/* "server client any other" in any combination; NULL: none */
	const char *eku;
	bool eku_critical;
	/* "dns:a ip:1.2.3.4 email:x uri:y dir:O=x/CN=y rid: other:"; NULL: none */
	const char *san;
	bool san_critical;
	const char *permitted, *excluded; /* likewise, ip:1.2.3.0/24 */
	bool nc_critical;
	bool ski;
	int aki; /* 0: none, 1: signer's, -1: another */
	struct mint_ext extra[MINT_EXTRA];
	unsigned int n_extra;
	/* Bits to turn over in what is signed, before it is. */
	unsigned int flip[MINT_FLIPS];
	unsigned int n_flips;
};

/* A leaf for localhost with everything right, but for names and keys. */
extern const struct mint mint_leaf;
extern const struct mint mint_ca;

size_t mint(const struct mint *m, uint8_t *out);

#endif /* TLSO_TEST_MINT_H */
