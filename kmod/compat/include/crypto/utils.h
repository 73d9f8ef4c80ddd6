/* SPDX-License-Identifier: GPL-2.0-only */
/* crypto_memneq() stood in algapi.h before Linux 6.4. */
#ifndef TLSO_COMPAT_CRYPTO_UTILS_H
#define TLSO_COMPAT_CRYPTO_UTILS_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include_next <crypto/utils.h>
#else
#include <crypto/algapi.h>
#endif

#endif /* TLSO_COMPAT_CRYPTO_UTILS_H */
