/* SPDX-License-Identifier: GPL-2.0-only */
/* <asm/unaligned.h> before 6.12. */
#ifndef TLSO_COMPAT_UNALIGNED_H
#define TLSO_COMPAT_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* TLSO_COMPAT_UNALIGNED_H */
