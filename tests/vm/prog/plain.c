// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server that knows nothing of TLS: answers each connection's first line with
 * "echo: " and that line. How it reads first is what the tests vary.
 *
 * plain PORT read|peek|splice|first|cat|slow|never|hold
 *	first	sends "banner\n" before it reads
 *	cat	reads until the end of the stream, then says how many bytes came
 *	slow	the same with little memory and many breaks; what came is in
 *		plain.got as well
 *	never	listens and never accepts, until SIGTERM
 *	hold	accepts and does nothing more, until the peer goes
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* @room: SO_RCVBUF of what is accepted, or 0 */
static int listener(int port, int room)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	int one = 1;

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (room)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "bind");
	if (listen(fd, 256))
		err(1, "listen");
	printf("listening\n");
	fflush(stdout);
	return fd;
}

/* The connection's first call is splice(2) into a pipe. */
static ssize_t first_by_splice(int fd, char *buf, size_t cap)
{
	int pipefd[2];
	ssize_t n;

	if (pipe(pipefd))
		err(1, "pipe");
	n = splice(fd, NULL, pipefd[1], NULL, cap, SPLICE_F_MOVE);
	if (n < 0)
		warn("splice");
	else if (n > 0)
		n = read(pipefd[0], buf, cap);
	close(pipefd[0]);
	close(pipefd[1]);
	return n;
}

static ssize_t first_by_peek(int fd, char *buf, size_t cap)
{
	ssize_t n = recv(fd, buf, cap, MSG_PEEK);
	char again[4096];

	if (n <= 0)
		return n;
	if (recv(fd, again, n, MSG_WAITALL) != n || memcmp(again, buf, n))
		errx(1, "peeked at other bytes than were read");
	return n;
}

static void count_all(int fd)
{
	static char buf[65536];
	unsigned long long total = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		total += n;
	if (n < 0)
		warn("read");
	else
		dprintf(fd, "%llu bytes\n", total);
}

static void slow_all(int fd)
{
	FILE *got = fopen("plain.got", "w");
	unsigned long long total = 0;
	char buf[3000];
	ssize_t n;

	if (!got)
		err(1, "plain.got");
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		fwrite(buf, 1, n, got);
		total += n;
		usleep(1000);
	}
	if (n < 0)
		warn("read");
	else if (fclose(got))
		err(1, "plain.got");
	else
		dprintf(fd, "%llu bytes\n", total);
}

static void serve(int fd, const char *how)
{
	char buf[4096];
	ssize_t n;

	if (strcmp(how, "slow") == 0) {
		slow_all(fd);
		return;
	}
	if (strcmp(how, "cat") == 0) {
		count_all(fd);
		return;
	}
	if (strcmp(how, "first") == 0)
		dprintf(fd, "banner\n");
	if (strcmp(how, "splice") == 0)
		n = first_by_splice(fd, buf, sizeof(buf));
	else if (strcmp(how, "peek") == 0)
		n = first_by_peek(fd, buf, sizeof(buf));
	else
		n = read(fd, buf, sizeof(buf));
	if (n < 0)
		warn("first call");
	printf("got %zd bytes: %.*s\n", n, n > 0 ? (int)n : 0, buf);
	fflush(stdout);
	if (n > 0)
		dprintf(fd, "echo: %.*s", (int)n, buf);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3)
		errx(2, "usage: plain PORT HOW");
	signal(SIGPIPE, SIG_IGN);
	fd = listener(atoi(argv[1]), strcmp(argv[2], "slow") ? 0 : 4096);
	if (strcmp(argv[2], "never") == 0) {
		pause();
		return 0;
	}
	if (strcmp(argv[2], "late") == 0) {
		sigset_t go; /* until then connections wait in the queue */
		int sig;

		sigemptyset(&go);
		sigaddset(&go, SIGUSR1);
		sigprocmask(SIG_BLOCK, &go, NULL);
		sigwait(&go, &sig);
	}
	for (;;) {
		int conn = accept(fd, NULL, NULL);

		if (conn < 0) {
			warn("accept");
			usleep(100000);
			continue;
		}
		if (strcmp(argv[2], "hold") == 0)
			continue;
		serve(conn, argv[2]);
		close(conn);
	}
}
