// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own cases for the record layer's sockets, net/tls.c of its
 * selftests, over connections that a handshake of ours secured.
 *
 * That file makes a TCP connection on loopback and gives both ends keys of its
 * own with setsockopt(SOL_TLS). It is compiled as it is, behind names of its calls
 * that are defined here: where it would set the first key, both descriptors become
 * those of another connection, made through a secure port. One end is then a socket
 * of the module under test, which never hears of SOL_TLS; the other is a kTLS
 * socket with the keys of the same handshake, by the core in this process.
 *
 *	TLSO_PORT	the secure port to be listened on; 0: both ends are
 *			kTLS sockets, to see which cases fail without us, too
 *	TLSO_SENDER	set: the module's socket is the end that mostly sends
 *			(fd in the cases), else the one that mostly receives (cfd)
 *	TLSO_CERT, TLSO_KEY	with port 0: an identity
 *
 * Of the fixtures only "tls" can work, and of its variants those with suites that
 * we have; what else cannot is listed in not-applicable, with reasons.
 *
 * Leaves to: run which cases are asked for; handshake.c the handshakes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handshake.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* The connection under way in this process; each case is a process. */
static struct {
	int fd; /* connected */
	int cfd; /* accepted */
	bool secured;
} pair = { -1, -1, false };

static int pair_connect(int fd, const struct sockaddr *a, socklen_t n)
{
	int ret = connect(fd, a, n);

	if (!ret)
		pair.fd = fd;
	return ret;
}

static int pair_accept(int fd, struct sockaddr *a, socklen_t *n)
{
	int ret = accept(fd, a, n);

	if (ret >= 0) {
		pair.cfd = ret;
		pair.secured = false;
	}
	return ret;
}

static int pair_secure(const struct tls_crypto_info *info)
{
	int fd, cfd;

	if (handshake_pair(info, &fd, &cfd))
		return -1;
	if (dup2(fd, pair.fd) < 0 || dup2(cfd, pair.cfd) < 0)
		return -1;
	close(fd);
	close(cfd);
	pair.secured = true;
	return 0;
}

static int pair_setsockopt(int fd, int level, int name, const void *value,
			   socklen_t n)
{
	if (level == IPPROTO_TCP && name == TCP_ULP && !strcmp(value, "tls"))
		return 0;
	if (level != SOL_TLS)
		return setsockopt(fd, level, name, value, n);
	if ((name != TLS_TX && name != TLS_RX) || pair.secured)
		return 0;
	return pair_secure(value);
}

#define connect(fd, a, n) pair_connect(fd, (const struct sockaddr *)(a), n)
#define accept(fd, a, n) pair_accept(fd, (struct sockaddr *)(a), n)
#define setsockopt(fd, level, name, value, n) \
	pair_setsockopt(fd, level, name, value, n)

/* Stable kernels took cases over whose helpers they did not take. */
#define tls_crypto_info_init(version, cipher, keys, ...) \
	tls_crypto_info_init_1(version, cipher, keys)

/* From the kernel's source, by the Makefile. */
#include KERNEL_TEST
