/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crypto table without cryptography, so that a fuzzer gets behind it: the
 * AEAD changes nothing and its tag is zero, the hash is a checksum.
 */
#ifndef TLSO_FUZZ_FAKE_CRYPTO_H
#define TLSO_FUZZ_FAKE_CRYPTO_H

#include "../../kmod/core/crypto.h"

extern const struct tlso_crypto fake_crypto;
extern const struct tlso_signer fake_signer;

#endif /* TLSO_FUZZ_FAKE_CRYPTO_H */
