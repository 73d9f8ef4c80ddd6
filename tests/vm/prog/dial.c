// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that knows nothing of TLS. Connects in one of many ways, says a line,
 * and wants it back with "echo: " before it (server.py's echo).
 *
 * dial HOW ADDRESS PORT [WORD]
 *
 * Prints what came of the connection and after how long: "connect: ok 312 ms",
 * or an errno's name in place of ok. Exit code 0: all was as HOW wants it; 3:
 * no connection; 1: anything else.
 *
 * Leaves to: ways.c the ways that are more than one call of connect().
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "dial.h"

struct peer peer;

static const struct {
	const char *how;
	int (*run)(void);
} ways[] = {
	{ "line", way_line },
	{ "poll", way_poll },
	{ "select", way_select },
	{ "level", way_level },
	{ "edge", way_edge },
	{ "early", way_early },
	{ "early-write", way_early_write },
	{ "early-read", way_early_read },
	{ "threads", way_threads },
	{ "sndtimeo", way_sndtimeo },
	{ "close", way_close },
	{ "shutdown", way_shutdown },
	{ "signal", way_signal },
	{ "restart", way_restart },
	{ "banner", way_banner },
	{ "half", way_half },
	{ "fork", way_fork },
	{ "fastopen-connect", way_fastopen_connect },
	{ "fastopen-send", way_fastopen_send },
	{ "fastopen-later", way_fastopen_later },
	{ "mptcp", way_mptcp },
	{ "smc", way_smc },
	{ "smc-fallback", way_smc_fallback },
	{ "refused", way_refused },
	{ "failed", way_failed },
	{ "unspec", way_unspec },
	{ "again", way_again },
	{ "hold", way_hold },
	{ "echo", way_echo },
};

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static long long began;

long long elapsed(void)
{
	return now_ms() - began;
}

/* Tells of the connection; the errno of a failed one becomes exit code 3. */
void told(int error)
{
	printf("connect: %s %lld ms\n", error ? strerrorname_np(error) : "ok",
	       elapsed());
	fflush(stdout);
	if (error)
		exit(3);
}

int stream_socket(int type, int proto)
{
	int fd = socket(peer.ai->ai_family, SOCK_STREAM | type, proto);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

/* 0 or the errno */
int connect_errno(int fd)
{
	return connect(fd, peer.ai->ai_addr, peer.ai->ai_addrlen) ? errno : 0;
}

int so_error(int fd)
{
	socklen_t len = sizeof(int);
	int error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		err(1, "SO_ERROR");
	return error;
}

/* An errno that is one of those that follow @got, which end with -1. */
void want(const char *what, int got, ...)
{
	va_list ap;
	int one;

	va_start(ap, got);
	while ((one = va_arg(ap, int)) >= 0 && one != got)
		;
	va_end(ap);
	if (one < 0)
		errx(1, "%s: %s after %lld ms", what,
		     got ? strerrorname_np(got) : "ok", elapsed());
}

/* One line, without its end, waiting for it on any kind of socket. */
void read_line(int fd, char *buf, size_t cap)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	ssize_t rc;

	while (n + 1 < cap) {
		rc = recv(fd, buf + n, 1, 0);
		if (rc < 0 && errno == EAGAIN) {
			if (poll(&pfd, 1, 20000) != 1)
				errx(1, "no line came");
			continue;
		}
		if (rc < 0)
			err(1, "recv");
		if (!rc || buf[n] == '\n')
			break;
		n++;
	}
	buf[n] = '\0';
}

void line_out(int fd)
{
	ssize_t rc = send(fd, LINE, strlen(LINE), MSG_NOSIGNAL);

	if (rc < 0)
		err(1, "send");
	if (rc != (ssize_t)strlen(LINE))
		errx(1, "sent %zd bytes", rc);
}

void line_back(int fd)
{
	char buf[256];

	read_line(fd, buf, sizeof(buf) - 1);
	strcat(buf, "\n");
	if (strcmp(buf, "echo: " LINE))
		errx(1, "came back: %s", buf);
}

/* After our half is closed there is nothing more than that one line. */
void line_talk(int fd)
{
	char more;
	ssize_t rc;

	line_out(fd);
	line_back(fd);
	set_block(fd, 1);
	if (shutdown(fd, SHUT_WR))
		err(1, "shutdown");
	rc = recv(fd, &more, 1, 0);
	if (rc)
		errx(1, "at the end: %s", rc < 0 ? strerror(errno) : "more");
	close(fd);
}

static void resolve(const char *host, const char *port)
{
	struct addrinfo hint = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};

	if (getaddrinfo(host, port, &hint, &peer.ai))
		errx(2, "address");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 4)
		errx(2, "usage: dial HOW ADDRESS PORT [WORD]");
	resolve(argv[2], argv[3]);
	peer.word = argv[4];
	began = now_ms();
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(argv[1], ways[i].how) == 0)
			return ways[i].run();
	errx(2, "no such way: %s", argv[1]);
}
