/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections on loopback that a handshake secured: see secured.c. */
#ifndef TLSO_KTLS_SELFTEST_HANDSHAKE_H
#define TLSO_KTLS_SELFTEST_HANDSHAKE_H

struct tls_crypto_info;

/* Two ends of a connection with the version and suite of @info, keys in place;
 * which end is whose, the environment says. 0, or -1 with errno set.
 */
int handshake_pair(const struct tls_crypto_info *info, int *fd, int *cfd);

/* The same, but @fd, the client, stays TCP: the keys that it would send with are
 * given to @tx, which becomes a kTLS socket.
 */
int handshake_raw(const struct tls_crypto_info *info, int tx, int *fd, int *cfd);

#endif /* TLSO_KTLS_SELFTEST_HANDSHAKE_H */
