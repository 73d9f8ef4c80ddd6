/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cryptography of the software placement, over the Linux crypto API and
 * the kernel's libraries: the table that completer, director and x509 call,
 * and the private keys behind the completer's signers.
 *
 * Responsible for: primitives, each proven by a known answer when the module
 * is loaded; private keys, checked when they come and wiped when they go.
 * Leaves to: core/rsa_pad, core/modn and core/ecdsa the arithmetic and formats
 * that the kernel does not offer; the ULP which key signs for whom.
 *
 * Context: process context, may sleep. Functions that return int without a word
 * about errno return 0 or -1, as core/crypto.h has it.
 */
#ifndef TLSO_ULP_CRYPTO_H
#define TLSO_ULP_CRYPTO_H

#include <linux/types.h>

#include "../core/crypto.h"

extern const struct tlso_crypto tlso_linux_crypto;

/* Takes what the table needs from the crypto API and runs the self-test. An
 * errno on failure, with the reason in the log; nothing is held then.
 */
int tlso_linux_crypto_init(void);
void tlso_linux_crypto_exit(void);

struct tlso_linux_key;

/* The private key of a key blob (core/seam.h), which stays the caller's to
 * wipe. Refused are sizes out of bounds and keys whose parts do not belong
 * together: ERR_PTR(-EINVAL), -EKEYREJECTED; -ENOMEM.
 */
struct tlso_linux_key *tlso_linux_key_new(const u8 *blob, size_t n);
void tlso_linux_key_free(struct tlso_linux_key *key); /* wipes; takes NULL */

/* What struct tlso_signer asks for; @key is a struct tlso_linux_key, which may
 * be used from any number of threads at once. @rng is not looked at.
 */
int tlso_linux_sign(void *rng, void *key, u16 scheme, const u8 *digest,
		    size_t n, u8 *sig, size_t *sig_len);
int tlso_linux_rsa_private(void *rng, void *key, const u8 *in, size_t n,
			   u8 *out);

#endif /* TLSO_ULP_CRYPTO_H */
