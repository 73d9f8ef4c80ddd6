// SPDX-License-Identifier: GPL-2.0-only
/* The table of the software placement's cryptography; its beginning and end. */
#include <linux/errno.h>

#include "../core/wire.h"
#include "crypto_impl.h"

int tlso_linux_scheme(u16 scheme, size_t n, enum tlso_sig_kind *kind)
{
	static const struct {
		u16 scheme;
		u8 len;
		u8 kind;
	} schemes[] = {
		{ TLSO_RSA_PKCS1_SHA256, 32, TLSO_SIG_PKCS1 },
		{ TLSO_RSA_PKCS1_SHA384, 48, TLSO_SIG_PKCS1 },
		{ TLSO_RSA_PKCS1_SHA512, 64, TLSO_SIG_PKCS1 },
		{ TLSO_RSA_PSS_RSAE_SHA256, 32, TLSO_SIG_PSS },
		{ TLSO_RSA_PSS_RSAE_SHA384, 48, TLSO_SIG_PSS },
		{ TLSO_RSA_PSS_RSAE_SHA512, 64, TLSO_SIG_PSS },
		{ TLSO_ECDSA_P256_SHA256, 32, TLSO_SIG_ECDSA },
		{ TLSO_ECDSA_P384_SHA384, 48, TLSO_SIG_ECDSA },
		/* RFC 5246 7.4.1.4.1: ecdsa with sha512; no curve is meant. */
		{ 0x0603, 64, TLSO_SIG_ECDSA },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (schemes[i].scheme != scheme || schemes[i].len != n)
			continue;
		*kind = schemes[i].kind;
		return 0;
	}
	return -1;
}

static int linux_verify(const struct tlso_pubkey *key, u16 scheme,
			const u8 *digest, size_t n, const u8 *sig,
			size_t sig_len)
{
	enum tlso_sig_kind kind;

	if (tlso_linux_scheme(scheme, n, &kind))
		return -1;
	if (kind == TLSO_SIG_ECDSA)
		return tlso_linux_ecdsa_verify(key, digest, n, sig, sig_len);
	if (key->type != TLSO_KEY_RSA)
		return -1;
	return tlso_linux_rsa_verify(key, kind == TLSO_SIG_PSS, digest, n, sig,
				     sig_len);
}

const struct tlso_crypto tlso_linux_crypto = {
	.sha256 = &tlso_linux_sha256,
	.sha384 = &tlso_linux_sha384,
	.sha512 = &tlso_linux_sha512,
	.aes128_gcm = &tlso_linux_aes128_gcm,
	.aes256_gcm = &tlso_linux_aes256_gcm,
	.chacha20_poly1305 = &tlso_linux_chacha20_poly1305,
	.groups = tlso_linux_groups,
	.random = tlso_linux_random,
	.verify = linux_verify,
	.rsa_public = tlso_linux_rsa_public,
};

int tlso_linux_crypto_init(void)
{
	int err = tlso_linux_hash_init();

	if (err)
		return err;
	err = tlso_linux_aead_init();
	if (err)
		goto free_hash;
	err = tlso_linux_crypto_test();
	if (err)
		goto free_aead;
	return 0;
free_aead:
	tlso_linux_aead_exit();
free_hash:
	tlso_linux_hash_exit();
	return err;
}

void tlso_linux_crypto_exit(void)
{
	tlso_linux_aead_exit();
	tlso_linux_hash_exit();
}
