/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadows linux/sysctl.h: handlers take a const table since 6.11, and a table
 * comes with its size, instead of an empty last entry, since 6.6. Callers keep
 * one zeroed entry behind those that they count.
 */
#ifndef TLSO_COMPAT_LINUX_SYSCTL_H
#define TLSO_COMPAT_LINUX_SYSCTL_H

#include_next <linux/sysctl.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define tlso_ctl_const
#else
#define tlso_ctl_const const
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define register_net_sysctl_sz(net, path, table, size) \
	((void)(size), register_net_sysctl(net, path, table))
#endif

#endif /* TLSO_COMPAT_LINUX_SYSCTL_H */
