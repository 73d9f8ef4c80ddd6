/* SPDX-License-Identifier: GPL-2.0-only */
/* What a client says of itself: Certificate and CertificateVerify of either version. */
#ifndef TLSO_TEST_CAUTH_H
#define TLSO_TEST_CAUTH_H

#include "../../kmod/core/port.h"

#define CAUTH_MAX 1200

/* Bodies, without the messages' headers, of the length that they return. One
 * certificate, or none (@len 0).
 */
size_t cauth_certificate(u8 *out, bool v13, const u8 *der, size_t len);
size_t cauth_verify(u8 *out, u16 scheme, const u8 *sig, size_t n);

#endif /* TLSO_TEST_CAUTH_H */
