// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server that knows nothing of TLS and sends a file once a line has come.
 *
 * sender PORT FILE sendfile|splice|zerocopy
 *	splice		file to pipe to socket
 *	zerocopy	MSG_ZEROCOPY, and waits for the word that each send is done:
 *			it must say that the bytes were copied
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void by_sendfile(int conn, int file, size_t left)
{
	off_t at = 0;

	while (left) {
		ssize_t n = sendfile(conn, file, &at, left);

		if (n <= 0)
			err(1, "sendfile");
		left -= n;
	}
}

static void by_splice(int conn, int file, size_t left)
{
	int pipefd[2];

	if (pipe(pipefd))
		err(1, "pipe");
	while (left) {
		ssize_t in = splice(file, NULL, pipefd[1], NULL, left,
				    SPLICE_F_MOVE);

		if (in <= 0)
			err(1, "splice from the file");
		left -= in;
		while (in) {
			ssize_t n = splice(pipefd[0], NULL, conn, NULL, in,
					   left ? SPLICE_F_MORE : 0);

			if (n <= 0)
				err(1, "splice to the socket");
			in -= n;
		}
	}
	close(pipefd[0]);
	close(pipefd[1]);
}

/* How many sends the words on the error queue speak of. */
static unsigned int completions(int conn)
{
	char control[256];
	struct msghdr msg = { .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct sock_extended_err *ee;
	struct cmsghdr *cm;

	if (recvmsg(conn, &msg, MSG_ERRQUEUE) < 0) {
		if (errno == EAGAIN)
			return 0;
		err(1, "error queue");
	}
	cm = CMSG_FIRSTHDR(&msg);
	if (!cm)
		errx(1, "no control message");
	ee = (struct sock_extended_err *)CMSG_DATA(cm);
	if (ee->ee_origin != SO_EE_ORIGIN_ZEROCOPY || ee->ee_errno)
		errx(1, "origin %u, error %u", ee->ee_origin, ee->ee_errno);
	if (!(ee->ee_code & SO_EE_CODE_ZEROCOPY_COPIED))
		errx(1, "it does not say that it copied");
	return ee->ee_data - ee->ee_info + 1;
}

static void by_zerocopy(int conn, int file, size_t left)
{
	unsigned int sends = 0, done = 0, tries = 100;
	static char buf[100000];
	int one = 1;

	if (setsockopt(conn, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		err(1, "SO_ZEROCOPY");
	while (left) {
		ssize_t n = read(file, buf, sizeof(buf)), at = 0;

		if (n <= 0)
			err(1, "read");
		while (at < n) {
			ssize_t r = send(conn, buf + at, n - at, MSG_ZEROCOPY);

			if (r <= 0)
				err(1, "send");
			at += r;
			sends++;
		}
		left -= n;
		/* Its memory is ours again only when all are done. */
		while (done < sends && tries) {
			struct pollfd p = { .fd = conn };

			poll(&p, 1, 100);
			done += completions(conn);
			if (done < sends)
				tries--;
		}
	}
	if (done != sends)
		errx(1, "%u sends, %u done", sends, done);
	printf("%u sends, all done\n", sends);
	fflush(stdout);
}

static void serve(int conn, const char *path, const char *how)
{
	int file = open(path, O_RDONLY);
	struct stat st;
	char line[64];

	if (file < 0 || fstat(file, &st))
		err(1, "%s", path);
	if (read(conn, line, sizeof(line)) <= 0)
		err(1, "no line");
	if (strcmp(how, "sendfile") == 0)
		by_sendfile(conn, file, st.st_size);
	else if (strcmp(how, "splice") == 0)
		by_splice(conn, file, st.st_size);
	else
		by_zerocopy(conn, file, st.st_size);
	close(file);
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), one = 1;

	if (argc != 4)
		errx(2, "usage: sender PORT FILE HOW");
	signal(SIGPIPE, SIG_IGN);
	addr.sin6_port = htons(atoi(argv[1]));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 16))
		err(1, "listen");
	printf("listening\n");
	fflush(stdout);
	for (;;) {
		int conn = accept(fd, NULL, NULL);

		if (conn < 0)
			err(1, "accept");
		serve(conn, argv[2], argv[3]);
		close(conn);
	}
}
