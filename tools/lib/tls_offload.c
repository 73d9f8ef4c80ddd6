// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * libtlsoffload. Responsible for: thin wrappers of the options, and attaching where
 * that was forgotten. Leaves everything else to the kernel.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tls_offload.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* Does it know our options, by whomever it was attached? */
static int attached(int fd)
{
	socklen_t len = sizeof(int);
	int val;

	return !getsockopt(fd, SOL_TLS_OFFLOAD, TLS_OFFLOAD_TOLERATE_TIMEOUT,
			   &val, &len);
}

static int is_tcp(int fd)
{
	socklen_t len = sizeof(int);
	int proto = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &proto, &len))
		return -1;
	if (proto == IPPROTO_TCP)
		return 0;
	errno = EPROTONOSUPPORT;
	return -1;
}

int tls_offload_attach(int fd)
{
	static const char ulp[] = TLS_OFFLOAD_ULP;

	if (is_tcp(fd))
		return -1;
	if (attached(fd))
		return 0;
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, ulp, sizeof(ulp) - 1);
}

static int set(int fd, int name, const void *val, socklen_t len)
{
	return setsockopt(fd, SOL_TLS_OFFLOAD, name, val, len);
}

int tls_offload_start(int fd, const struct tls_offload_start *start)
{
	if (tls_offload_attach(fd))
		return -1;
	return set(fd, TLS_OFFLOAD_START, start, start ? sizeof(*start) : 0);
}

int tls_offload_stop(int fd, unsigned int flags)
{
	return set(fd, TLS_OFFLOAD_STOP, &flags, sizeof(flags));
}

int tls_offload_status(int fd, struct tls_offload_status *status)
{
	socklen_t len = sizeof(*status);

	memset(status, 0, sizeof(*status));
	return getsockopt(fd, SOL_TLS_OFFLOAD, TLS_OFFLOAD_STATUS, status,
			  &len);
}

int tls_offload_rekey(int fd)
{
	return set(fd, TLS_OFFLOAD_REKEY, NULL, 0);
}

int tls_offload_reset_session(int fd)
{
	return set(fd, TLS_OFFLOAD_RESET_SESSION, NULL, 0);
}

int tls_offload_tolerate_timeout(int fd, int on)
{
	return set(fd, TLS_OFFLOAD_TOLERATE_TIMEOUT, &on, sizeof(on));
}

static int get(int fd, int name, void *buf, size_t *len)
{
	socklen_t room = *len > INT_MAX ? INT_MAX : *len;

	if (getsockopt(fd, SOL_TLS_OFFLOAD, name, buf, &room))
		return -1;
	*len = room;
	return 0;
}

int tls_offload_peer_chain(int fd, void *buf, size_t *len)
{
	return get(fd, TLS_OFFLOAD_PEER_CHAIN, buf, len);
}

int tls_offload_peer_id(int fd, void *buf, size_t *len)
{
	return get(fd, TLS_OFFLOAD_PEER_ID, buf, len);
}
