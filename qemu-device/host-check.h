/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the QEMU that runs is the one that this was compiled for. Inside a
 * QEMU tree it always is; the preloaded library finds out (host-check.c).
 */
#ifndef TLS_OFFLOAD_HOST_CHECK_H
#define TLS_OFFLOAD_HOST_CHECK_H

#ifdef TLS_OFFLOAD_PRELOAD

/* Both end QEMU with a message if it is another one. */
void tls_offload_check_version(void);
void tls_offload_check_layout(void); /* once the parent types exist */

#else

static inline void tls_offload_check_version(void)
{
}

static inline void tls_offload_check_layout(void)
{
}

#endif
#endif /* TLS_OFFLOAD_HOST_CHECK_H */
