/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What applications and tools see of tls_offload. The only header installed.
 *
 * A socket on a secure port needs none of it: its calls mean what they mean
 * on a TCP socket. What a call says where TLS fails:
 *
 *	EBADMSG		a record or a handshake message is malformed or forged
 *	ECONNRESET	the peer sent a fatal alert, or the adapter is gone
 *	ECONNABORTED	the connection could not be attached, or was closed
 *			while the handshake went on
 *	EMSGSIZE	the record numbers of a key are used up
 */
#ifndef _UAPI_LINUX_TLS_OFFLOAD_H
#define _UAPI_LINUX_TLS_OFFLOAD_H

/* setsockopt(SOL_TCP, TCP_ULP, ...): EOPNOTSUPP for now. */
#define TLS_OFFLOAD_ULP "tls_offload"
/* add_key(2): the type of a key that holds a chain and its private key. */
#define TLS_OFFLOAD_KEY_TYPE "tls_offload"

#endif /* _UAPI_LINUX_TLS_OFFLOAD_H */
