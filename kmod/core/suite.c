// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Cipher suites, groups and signature schemes: tables and look-up. */
#include "director.h"
#include "suite.h"

/* AES first where both ends have it in hardware, and the adapter does. */
static const struct tlso_suite suites[] = {
	{ TLSO_AES_128_GCM_SHA256, TLSO_VERSION_13, 32, 16, TLSO_AEAD_GCM,
	  TLSO_SUITE_ANY, TLSO_KX_ECDHE, "TLS_AES_128_GCM_SHA256" },
	{ TLSO_AES_256_GCM_SHA384, TLSO_VERSION_13, 48, 32, TLSO_AEAD_GCM,
	  TLSO_SUITE_ANY, TLSO_KX_ECDHE, "TLS_AES_256_GCM_SHA384" },
	{ TLSO_CHACHA20_POLY1305_SHA256, TLSO_VERSION_13, 32, 32,
	  TLSO_AEAD_CHACHA, TLSO_SUITE_ANY, TLSO_KX_ECDHE,
	  "TLS_CHACHA20_POLY1305_SHA256" },
	{ TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256, TLSO_VERSION_12, 32, 16,
	  TLSO_AEAD_GCM, TLSO_SUITE_ECDSA, TLSO_KX_ECDHE,
	  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
	{ TLSO_ECDHE_RSA_AES_128_GCM_SHA256, TLSO_VERSION_12, 32, 16,
	  TLSO_AEAD_GCM, TLSO_SUITE_RSA, TLSO_KX_ECDHE,
	  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
	{ TLSO_ECDHE_ECDSA_AES_256_GCM_SHA384, TLSO_VERSION_12, 48, 32,
	  TLSO_AEAD_GCM, TLSO_SUITE_ECDSA, TLSO_KX_ECDHE,
	  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
	{ TLSO_ECDHE_RSA_AES_256_GCM_SHA384, TLSO_VERSION_12, 48, 32,
	  TLSO_AEAD_GCM, TLSO_SUITE_RSA, TLSO_KX_ECDHE,
	  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
	{ TLSO_ECDHE_ECDSA_CHACHA20_POLY1305, TLSO_VERSION_12, 32, 32,
	  TLSO_AEAD_CHACHA, TLSO_SUITE_ECDSA, TLSO_KX_ECDHE,
	  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" },
	{ TLSO_ECDHE_RSA_CHACHA20_POLY1305, TLSO_VERSION_12, 32, 32,
	  TLSO_AEAD_CHACHA, TLSO_SUITE_RSA, TLSO_KX_ECDHE,
	  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
	{ TLSO_RSA_AES_128_GCM_SHA256, TLSO_VERSION_12, 32, 16, TLSO_AEAD_GCM,
	  TLSO_SUITE_RSA, TLSO_KX_RSA, "TLS_RSA_WITH_AES_128_GCM_SHA256" },
	{ TLSO_RSA_AES_256_GCM_SHA384, TLSO_VERSION_12, 48, 32, TLSO_AEAD_GCM,
	  TLSO_SUITE_RSA, TLSO_KX_RSA, "TLS_RSA_WITH_AES_256_GCM_SHA384" },
};

const struct tlso_suite *tlso_suite_at(unsigned int i)
{
	return i < ARRAY_SIZE(suites) ? &suites[i] : NULL;
}

const struct tlso_suite *tlso_suite_find(u16 id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

const char *tlso_suite_name(u16 suite)
{
	const struct tlso_suite *s = tlso_suite_find(suite);

	return s ? s->name : "none";
}

u8 tlso_suite_explicit(const struct tlso_suite *s)
{
	return s->version == TLSO_VERSION_12 && s->aead == TLSO_AEAD_GCM ? 8 :
									   0;
}

const struct tlso_hash_alg *tlso_suite_hash(const struct tlso_crypto *crypto,
					    u16 suite)
{
	const struct tlso_suite *s = tlso_suite_find(suite);

	if (!s)
		return NULL;
	return s->hash_len == 48 ? crypto->sha384 : crypto->sha256;
}

const struct tlso_aead_alg *tlso_suite_aead(const struct tlso_crypto *crypto,
					    u16 suite)
{
	const struct tlso_suite *s = tlso_suite_find(suite);

	if (!s)
		return NULL;
	if (s->aead == TLSO_AEAD_CHACHA)
		return crypto->chacha20_poly1305;
	return s->key_len == 32 ? crypto->aes256_gcm : crypto->aes128_gcm;
}

/* ---- Groups -------------------------------------------------------------- */

static const struct {
	u16 id;
	u8 share_len;
	const char *name;
} groups[] = {
	{ TLSO_GROUP_X25519, 32, "X25519" },
	{ TLSO_GROUP_P256, 65, "P-256" },
	{ TLSO_GROUP_P384, 97, "P-384" },
};

u8 tlso_group_share_len(u16 group)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].id == group)
			return groups[i].share_len;
	return 0;
}

bool tlso_group_share_fits(u16 group, const u8 *p, size_t n)
{
	return n && n == tlso_group_share_len(group) &&
	       (group == TLSO_GROUP_X25519 || p[0] == 4);
}

const char *tlso_group_name(u16 group)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].id == group)
			return groups[i].name;
	return "none";
}

const struct tlso_group_alg *tlso_group_find(const struct tlso_crypto *crypto,
					     u16 group)
{
	const struct tlso_group_alg *const *g = crypto->groups;

	while (*g && (*g)->id != group)
		g++;
	return *g;
}

/* ---- Signature schemes --------------------------------------------------- */

static const struct {
	u16 id;
	u8 key; /* enum tlso_key_type */
	u8 pkcs1;
	u16 hash_bits;
} schemes[] = {
	{ TLSO_ECDSA_P256_SHA256, TLSO_KEY_P256, 0, 256 },
	{ TLSO_ECDSA_P384_SHA384, TLSO_KEY_P384, 0, 384 },
	{ TLSO_RSA_PSS_RSAE_SHA256, TLSO_KEY_RSA, 0, 256 },
	{ TLSO_RSA_PSS_RSAE_SHA384, TLSO_KEY_RSA, 0, 384 },
	{ TLSO_RSA_PSS_RSAE_SHA512, TLSO_KEY_RSA, 0, 512 },
	{ TLSO_RSA_PKCS1_SHA256, TLSO_KEY_RSA, 1, 256 },
	{ TLSO_RSA_PKCS1_SHA384, TLSO_KEY_RSA, 1, 384 },
	{ TLSO_RSA_PKCS1_SHA512, TLSO_KEY_RSA, 1, 512 },
};

/* ARRAY_SIZE(schemes) where it is unknown. */
static size_t scheme_at(u16 scheme)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++)
		if (schemes[i].id == scheme)
			break;
	return i;
}

const struct tlso_hash_alg *tlso_scheme_hash(const struct tlso_crypto *crypto,
					     u16 scheme)
{
	size_t i = scheme_at(scheme);

	if (i == ARRAY_SIZE(schemes))
		return NULL;
	switch (schemes[i].hash_bits) {
	case 256:
		return crypto->sha256;
	case 384:
		return crypto->sha384;
	default:
		return crypto->sha512;
	}
}

u8 tlso_scheme_key(u16 scheme)
{
	size_t i = scheme_at(scheme);

	return i < ARRAY_SIZE(schemes) ? schemes[i].key : TLSO_KEY_NONE;
}

bool tlso_scheme_pkcs1(u16 scheme)
{
	size_t i = scheme_at(scheme);

	return i < ARRAY_SIZE(schemes) && schemes[i].pkcs1;
}

bool tlso_scheme_fits(u16 scheme, u8 key_type, u16 version)
{
	u8 want = tlso_scheme_key(scheme);

	if (want == TLSO_KEY_NONE || key_type == TLSO_KEY_NONE)
		return false;
	if (version == TLSO_VERSION_13)
		return want == key_type && !tlso_scheme_pkcs1(scheme);
	return (want == TLSO_KEY_RSA) == (key_type == TLSO_KEY_RSA);
}

size_t tlso_sig_room(u8 key_type, u16 rsa_bits)
{
	switch (key_type) {
	case TLSO_KEY_P256:
		return TLSO_ECDSA_P256_SIG_MAX;
	case TLSO_KEY_P384:
		return TLSO_ECDSA_P384_SIG_MAX;
	default:
		return (rsa_bits + 7u) / 8;
	}
}
