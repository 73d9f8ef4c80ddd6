/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crypto table without cryptography, so that a fuzzer gets behind it: the
 * AEAD changes nothing and its tag is zero, the hash is a checksum.
 */
#ifndef TLSO_FUZZ_FAKE_CRYPTO_H
#define TLSO_FUZZ_FAKE_CRYPTO_H

#include "../../kmod/core/crypto.h"
#include "../../kmod/core/ticket.h"

extern const struct tlso_crypto fake_crypto;
extern const struct tlso_hash_alg fake_sha256;
extern const struct tlso_signer lax_signer;
extern const struct tlso_ticket_keys fake_tickets;

#endif /* TLSO_FUZZ_FAKE_CRYPTO_H */
