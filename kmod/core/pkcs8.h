/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Private keys as user space brings them: PKCS#8 PrivateKeyInfo (RFC 5208),
 * unencrypted, strict DER, holding RSA of 2048 to 4096 bits (RFC 8017 A.1.2) or
 * EC P-256 or P-384 with its public point (RFC 5915). The rest is refused.
 * Responsible for form only: whether the numbers make a key is for whoever
 * computes with them to find out.
 */
#ifndef TLSO_PKCS8_H
#define TLSO_PKCS8_H

#include "seam.h"

#define TLSO_RSA_BITS_MIN 2048
#define TLSO_RSA_BITS_MAX 4096

/* @b then points into @der; tlso_key_blob_write() makes a LOAD_KEY blob of it.
 * TLSO_E_DECODE: not such a DER; TLSO_E_ILLEGAL: DER, but not a key we take.
 */
__must_check enum tlso_err tlso_pkcs8_read(struct tlso_key_blob *b,
					   const u8 *der, size_t n);

#endif /* TLSO_PKCS8_H */
