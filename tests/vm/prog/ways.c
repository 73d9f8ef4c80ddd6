// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to connect. Each returns the program's exit code, or ends it. What they
 * want to see is what plain TCP does, with "connected" meaning "secured".
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial.h"

#define PATIENCE_MS 20000

int way_line(void)
{
	int fd = stream_socket(0, 0);

	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

/* A connection that is under way. */
static int begin(void)
{
	int fd = stream_socket(SOCK_NONBLOCK, 0);
	int error = connect_errno(fd);

	if (error != EINPROGRESS)
		told(error ? error : EISCONN);
	return fd;
}

/* Once something has said that it is there. */
static int finish(int fd)
{
	char byte;

	told(so_error(fd));
	want("connect() that comes late", connect_errno(fd), 0, EISCONN, -1);
	want("connect() that is too much", connect_errno(fd), EISCONN, -1);
	if (recv(fd, &byte, 1, 0) >= 0)
		errx(1, "nobody has sent anything");
	want("recv()", errno, EAGAIN, -1);
	line_talk(fd);
	return 0;
}

int way_poll(void)
{
	int fd = begin();
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };

	want("connect() meanwhile", connect_errno(fd), EALREADY, -1);
	if (poll(&pfd, 1, 0))
		errx(1, "at once: events %#x", pfd.revents);
	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		errx(1, "poll: nothing");
	if (!(pfd.revents & POLLOUT))
		errx(1, "events %#x", pfd.revents);
	return finish(fd);
}

int way_select(void)
{
	struct timeval tv = { PATIENCE_MS / 1000, 0 };
	int fd = begin();
	fd_set out;

	FD_ZERO(&out);
	FD_SET(fd, &out);
	if (select(fd + 1, NULL, &out, NULL, &tv) != 1)
		errx(1, "select: nothing");
	return finish(fd);
}

static int by_epoll(uint32_t mode)
{
	int fd = begin(), ep = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | mode };

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		err(1, "epoll");
	if (epoll_wait(ep, &ev, 1, 0))
		errx(1, "at once: events %#x", ev.events);
	if (epoll_wait(ep, &ev, 1, PATIENCE_MS) != 1)
		errx(1, "epoll: nothing");
	if (!(ev.events & EPOLLOUT))
		errx(1, "events %#x", ev.events);
	told(so_error(fd));
	line_out(fd);
	/* An edge may be the same one again, told once more. */
	do {
		if (epoll_wait(ep, &ev, 1, PATIENCE_MS) != 1)
			errx(1, "epoll: no input");
	} while (!(ev.events & EPOLLIN));
	line_back(fd);
	return 0;
}

int way_level(void)
{
	return by_epoll(0);
}

int way_edge(void)
{
	return by_epoll(EPOLLET);
}

/* What is written too early is not taken, and so comes once. */
int way_early(void)
{
	int fd = begin();
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	if (send(fd, LINE, strlen(LINE), MSG_NOSIGNAL) >= 0)
		errx(1, "send() took it");
	want("send()", errno, EAGAIN, -1);
	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		errx(1, "poll: nothing");
	return finish(fd);
}

/* A write that may block waits. */
int way_early_write(void)
{
	int fd = begin();

	set_block(fd, 1);
	line_out(fd);
	told(so_error(fd));
	line_back(fd);
	return 0;
}

/* So does a read. */
int way_early_read(void)
{
	int fd = begin();
	char buf[64];

	set_block(fd, 1);
	read_line(fd, buf, sizeof(buf));
	told(so_error(fd));
	if (strcmp(buf, "banner"))
		errx(1, "came first: %s", buf);
	line_talk(fd);
	return 0;
}

static void *connect_thread(void *arg)
{
	return (void *)(intptr_t)connect_errno(*(int *)arg);
}

int way_threads(void)
{
	int fd = stream_socket(0, 0), error[2], i;
	pthread_t thread[2];
	void *ret;

	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, connect_thread, &fd))
			errx(1, "thread");
	for (i = 0; i < 2; i++) {
		pthread_join(thread[i], &ret);
		error[i] = (intptr_t)ret;
		want("connect()", error[i], 0, EALREADY, EISCONN, -1);
	}
	if (error[0] && error[1])
		told(error[0]);
	told(0);
	line_talk(fd);
	return 0;
}

/* connect() gives up; the connection does not. */
int way_sndtimeo(void)
{
	struct timeval tv = { .tv_usec = 300000 };
	int fd = stream_socket(0, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)))
		err(1, "SO_SNDTIMEO");
	want("connect()", connect_errno(fd), EINPROGRESS, -1);
	/* Half of it: jiffies that have to catch up shorten a timeout. */
	if (elapsed() < 150)
		errx(1, "EINPROGRESS after %lld ms", elapsed());
	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		errx(1, "poll: nothing");
	told(so_error(fd));
	line_talk(fd);
	return 0;
}

int way_close(void)
{
	int fd = begin();

	usleep(300000);
	if (close(fd))
		err(1, "close");
	return 0;
}

int way_shutdown(void)
{
	int fd = begin();
	char byte;

	usleep(300000);
	if (shutdown(fd, SHUT_RDWR) && errno != ENOTCONN)
		err(1, "shutdown");
	if (send(fd, LINE, strlen(LINE), MSG_NOSIGNAL) >= 0)
		errx(1, "send() took it");
	set_block(fd, 1);
	if (recv(fd, &byte, 1, 0) > 0)
		errx(1, "something came");
	return 0;
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void alarm_soon(int flags)
{
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = flags };
	struct itimerval soon = { .it_value.tv_usec = 300000 };

	if (sigaction(SIGALRM, &act, NULL) ||
	    setitimer(ITIMER_REAL, &soon, NULL))
		err(1, "alarm");
}

int way_signal(void)
{
	int fd = stream_socket(0, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	alarm_soon(0);
	want("connect()", connect_errno(fd), EINTR, -1);
	set_block(fd, 0);
	want("connect() meanwhile", connect_errno(fd), EALREADY, -1);
	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		errx(1, "poll: nothing");
	return finish(fd);
}

int way_restart(void)
{
	int fd = stream_socket(0, 0);

	alarm_soon(SA_RESTART);
	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

int way_banner(void)
{
	int fd = stream_socket(0, 0);
	char buf[64];

	told(connect_errno(fd));
	read_line(fd, buf, sizeof(buf));
	if (strcmp(buf, "banner"))
		errx(1, "came first: %s", buf);
	line_talk(fd);
	return 0;
}

/* Sends WORD bytes, then only listens. */
int way_half(void)
{
	size_t left = strtoul(peer.word, NULL, 0);
	int fd = stream_socket(0, 0);
	static char buf[16384];
	char wanted[64];
	ssize_t rc;

	snprintf(wanted, sizeof(wanted), "%zu bytes", left);
	told(connect_errno(fd));
	for (; left; left -= rc) {
		rc = send(fd, buf, left < sizeof(buf) ? left : sizeof(buf),
			  MSG_NOSIGNAL);
		if (rc < 0)
			err(1, "send");
	}
	if (shutdown(fd, SHUT_WR))
		err(1, "shutdown");
	read_line(fd, buf, sizeof(buf));
	if (strcmp(buf, wanted))
		errx(1, "said: %s", buf);
	if (recv(fd, buf, 1, 0))
		errx(1, "no end");
	return 0;
}

/* The child speaks, the parent listens. */
int way_fork(void)
{
	int fd = stream_socket(0, 0), status;
	pid_t child;

	told(connect_errno(fd));
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		line_out(fd);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		errx(1, "child: status %d", status);
	line_back(fd);
	line_talk(fd);
	return 0;
}

int way_fastopen_connect(void)
{
	int fd = stream_socket(0, 0), one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
		       sizeof(one)))
		err(1, "TCP_FASTOPEN_CONNECT");
	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

static int fastopen_send(int fd, int flags)
{
	ssize_t rc = sendto(fd, LINE, strlen(LINE),
			    MSG_FASTOPEN | MSG_NOSIGNAL | flags,
			    peer.ai->ai_addr, peer.ai->ai_addrlen);

	return rc < 0 ? errno : 0;
}

int way_fastopen_send(void)
{
	int fd = stream_socket(0, 0);

	told(fastopen_send(fd, 0));
	line_back(fd);
	return 0;
}

/* As without a cookie: it connects, and nothing was taken. With any WORD it is the socket
 * that does not wait.
 */
int way_fastopen_later(void)
{
	int fd = stream_socket(peer.word ? SOCK_NONBLOCK : 0, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int flags = peer.word ? 0 : MSG_DONTWAIT;

	want("sendto()", fastopen_send(fd, flags), EINPROGRESS, -1);
	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		errx(1, "poll: nothing");
	set_block(fd, 0);
	return finish(fd);
}

int way_mptcp(void)
{
	int fd = stream_socket(0, IPPROTO_MPTCP);

	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

#ifndef AF_SMC
#define AF_SMC 43
#endif

static int smc_socket(void)
{
	int fd = socket(AF_SMC, SOCK_STREAM, peer.ai->ai_family == AF_INET6);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

int way_smc(void)
{
	int fd = smc_socket();

	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

/* An option that SMC cannot have: from then on the file is the TCP socket's. */
int way_smc_fallback(void)
{
	int fd = smc_socket(), on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)))
		err(1, "TCP_FASTOPEN_CONNECT");
	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

/* The same socket to port WORD. */
static int other_port(int fd)
{
	struct sockaddr_in *in = (void *)peer.ai->ai_addr; /* same place in in6 */

	in->sin_port = htons(atoi(peer.word));
	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

/* Nobody is there; on port WORD there is. */
int way_refused(void)
{
	int fd = stream_socket(0, 0);

	want("connect()", connect_errno(fd), ECONNREFUSED, -1);
	return other_port(fd);
}

/* Somebody is, but not who we want; so is who is asked again. */
int way_failed(void)
{
	int fd = stream_socket(0, 0), i;

	for (i = 0; i < 2; i++)
		want("connect()", connect_errno(fd), EPROTO, -1);
	return other_port(fd);
}

/* Given up in the middle, for another. */
int way_unspec(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = begin();

	usleep(300000);
	if (connect(fd, &none, sizeof(none)))
		err(1, "disconnect");
	set_block(fd, 1);
	return other_port(fd);
}

/* Once more with the same socket, if it lets itself be disconnected. */
int way_again(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = stream_socket(0, 0);

	told(connect_errno(fd));
	line_out(fd);
	line_back(fd);
	if (connect(fd, &none, sizeof(none))) {
		want("disconnect", errno, EOPNOTSUPP, -1);
		line_talk(fd);
		return 0;
	}
	told(connect_errno(fd));
	line_talk(fd);
	return 0;
}

/* Until it is told to end. */
int way_hold(void)
{
	int fd = stream_socket(0, 0);
	sigset_t term;
	int sig;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	told(connect_errno(fd));
	sigwait(&term, &sig);
	line_talk(fd);
	return 0;
}

/* The other way round: answers lines until the server has no more. */
int way_echo(void)
{
	int fd = stream_socket(0, 0);
	char buf[1024];

	told(connect_errno(fd));
	for (;;) {
		read_line(fd, buf, sizeof(buf));
		if (!*buf)
			return 0;
		dprintf(fd, "echo: %s\n", buf);
	}
}
