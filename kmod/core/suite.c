// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Cipher suites and groups: tables and look-up. */
#include "director.h"
#include "suite.h"

static const struct tlso_suite suites[] = {
	{ TLSO_AES_128_GCM_SHA256, 32, 16, "TLS_AES_128_GCM_SHA256" },
	{ TLSO_AES_256_GCM_SHA384, 48, 32, "TLS_AES_256_GCM_SHA384" },
	{ TLSO_CHACHA20_POLY1305_SHA256, 32, 32,
	  "TLS_CHACHA20_POLY1305_SHA256" },
};

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

u8 tlso_group_share_len(u16 group)
{
	switch (group) {
	case TLSO_GROUP_X25519:
		return 32;
	case TLSO_GROUP_P256:
		return 65;
	default:
		return 0;
	}
}

const struct tlso_hash_alg *tlso_suite_hash(const struct tlso_crypto *crypto,
					    u16 suite)
{
	switch (suite) {
	case TLSO_AES_128_GCM_SHA256:
	case TLSO_CHACHA20_POLY1305_SHA256:
		return crypto->sha256;
	case TLSO_AES_256_GCM_SHA384:
		return crypto->sha384;
	default:
		return NULL;
	}
}

const struct tlso_aead_alg *tlso_suite_aead(const struct tlso_crypto *crypto,
					    u16 suite)
{
	switch (suite) {
	case TLSO_AES_128_GCM_SHA256:
		return crypto->aes128_gcm;
	case TLSO_AES_256_GCM_SHA384:
		return crypto->aes256_gcm;
	case TLSO_CHACHA20_POLY1305_SHA256:
		return crypto->chacha20_poly1305;
	default:
		return NULL;
	}
}
