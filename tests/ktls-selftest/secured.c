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
 * Fixture tls_err touches records between two connections. Its second one's cfd is
 * the module's socket, the fd a bare TCP socket; the keys that the latter would
 * send with are those of the first one's fd.
 *
 * What cannot work is listed in not-applicable, with reasons.
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
#define TCP_CLOSE_STATE 7 /* its name is in a header that goes not with linux/tcp.h */

/* The connections under way in this process; each case is a process. */
struct pair {
	int fd; /* connected */
	int cfd; /* accepted */
};

static struct {
	struct pair pair[2];
	unsigned int n;
	bool secured;
	pid_t pid; /* the case's process; of a child, once it has read */
	int raw_tx; /* of fixture tls_err: whom a client's sending keys go to */
} now;

static int pair_connect(int fd, const struct sockaddr *a, socklen_t n)
{
	int ret = connect(fd, a, n);

	if (!ret && now.n < 2)
		now.pair[now.n].fd = fd;
	now.pid = getpid();
	return ret;
}

static int pair_accept(int fd, struct sockaddr *a, socklen_t *n)
{
	int ret = accept(fd, a, n);

	if (ret >= 0 && now.n < 2)
		now.pair[now.n++].cfd = ret;
	return ret;
}

/* The two descriptors become those of another connection. */
static int pair_replace(const struct pair *p, int fd, int cfd)
{
	if (dup2(fd, p->fd) < 0 || dup2(cfd, p->cfd) < 0)
		return -1;
	close(fd);
	close(cfd);
	now.secured = true;
	return 0;
}

static int pair_secure(const struct tls_crypto_info *info)
{
	int fd, cfd;

	if (handshake_pair(info, &fd, &cfd))
		return -1;
	return pair_replace(&now.pair[0], fd, cfd);
}

/* Records that the first pair's fd makes come out of its cfd as they are; the case
 * writes them, or what it makes of them, to fd of the second, of which cfd reads.
 */
static int pair_secure_raw(int fd, const struct tls_crypto_info *info)
{
	int raw, cfd;

	if (fd == now.pair[0].fd) {
		now.raw_tx = fd;
		return 0;
	}
	if (handshake_raw(info, now.raw_tx, &raw, &cfd))
		return -1;
	return pair_replace(&now.pair[1], raw, cfd);
}

static int pair_setsockopt(int fd, int level, int name, const void *value,
			   socklen_t n)
{
	if (level == IPPROTO_TCP && name == TCP_ULP && !strcmp(value, "tls"))
		return 0;
	if (level != SOL_TLS)
		return setsockopt(fd, level, name, value, n);
	if ((name != TLS_TX && name != TLS_RX) || now.secured)
		return 0;
	return now.n == 2 ? pair_secure_raw(fd, value) : pair_secure(value);
}

/*
 * The cases count on loopback to deliver before a call returns, or a millisecond
 * later. It need not: where a machine is busy, ksoftirqd does it when it comes to it.
 */
#define PATIENCE_MS 200
/* Most find what they wait for; the others are few, and pay for it. */
#define POLL_MS 1000

static int patient(int ms)
{
	if (ms >= 0 && ms < POLL_MS)
		return POLL_MS;
	return ms;
}

static int patient_poll(struct pollfd *fds, nfds_t n, int ms)
{
	return poll(fds, n, patient(ms));
}

static int patient_epoll_wait(int epfd, struct epoll_event *events, int n, int ms)
{
	return epoll_wait(epfd, events, n, patient(ms));
}

/* A socket that both ends have shut down can be bound anew once it is closed. */
static int patient_bind(int fd, const struct sockaddr *a, socklen_t n)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int tries = 25 * PATIENCE_MS;

	while (tries-- && now.secured && fd == now.pair[0].fd &&
	       !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) &&
	       info.tcpi_state != TCP_CLOSE_STATE)
		usleep(1000);
	return bind(fd, a, n);
}

/*
 * Cases with a child that reads count on both to get ahead of each other: the child
 * looks before there is anything, and the parent fills all buffers before it goes on.
 */
static pid_t patient_fork(void)
{
	pid_t pid = fork();

	if (pid > 0 && now.n)
		usleep(PATIENCE_MS * 1000);
	return pid;
}

static ssize_t patient_recv(int fd, void *p, size_t n, int flags)
{
	ssize_t ret = recv(fd, p, n, flags);
	int err = errno;

	if (now.pid != getpid())
		usleep(2 * PATIENCE_MS * 1000);
	now.pid = getpid();
	errno = err;
	return ret;
}

#define fork() patient_fork()
#define recv(fd, p, n, flags) patient_recv(fd, p, n, flags)
#define bind(fd, a, n) patient_bind(fd, (const struct sockaddr *)(a), n)
#define poll(fds, n, ms) patient_poll(fds, n, ms)
#define epoll_wait(epfd, events, n, ms) patient_epoll_wait(epfd, events, n, ms)
#define connect(fd, a, n) pair_connect(fd, (const struct sockaddr *)(a), n)
#define accept(fd, a, n) pair_accept(fd, (struct sockaddr *)(a), n)
#define setsockopt(fd, level, name, value, n) \
	pair_setsockopt(fd, level, name, value, n)

/* Stable kernels took cases over whose helpers they did not take. */
#define tls_crypto_info_init(version, cipher, keys, ...) \
	tls_crypto_info_init_1(version, cipher, keys)

/* Both from the kernel's source, by the Makefile. An emulated machine moves in
 * minutes what others do in seconds.
 */
#include KERNEL_HARNESS
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300
#include KERNEL_TEST
