/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * libtlsoffload: the directives of <linux/tls_offload.h> as functions. docs/uapi.md,
 * "Directives", says what each does, and each error.
 *
 * Each returns 0, or -1 with errno, as the system call under it; none keeps anything.
 */
#ifndef TLS_OFFLOAD_H
#define TLS_OFFLOAD_H

#include <stddef.h>
#include <linux/tls_offload.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The connected, or yet to be connected, TCP socket takes directives from now on; its
 * text goes on in clear. 0 also where a rule has attached it before. EPROTONOSUPPORT:
 * it is no TCP socket; EBUSY: somebody sleeps in a call on it.
 */
int tls_offload_attach(int fd);

/* Start_SSL. Attaches if that was not done. @start: NULL where a rule says it all. */
int tls_offload_start(int fd, const struct tls_offload_start *start);

/* Stop_SSL. @flags: 0 or TLS_OFFLOAD_NONBLOCK. */
int tls_offload_stop(int fd, unsigned int flags);

/* What this library's struct has and the kernel's has not is 0. */
int tls_offload_status(int fd, struct tls_offload_status *status);

int tls_offload_rekey(int fd);
int tls_offload_reset_session(int fd);
int tls_offload_tolerate_timeout(int fd, int on);

/* *@len: room at @buf, and then how much of it was used. */
int tls_offload_peer_chain(int fd, void *buf, size_t *len);
int tls_offload_peer_id(int fd, void *buf, size_t *len);

#ifdef __cplusplus
}
#endif

#endif /* TLS_OFFLOAD_H */
