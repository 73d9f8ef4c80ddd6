// SPDX-License-Identifier: GPL-2.0-only
/*
 * pair PORT: connections of this machine with itself, both ends here, as short as
 * they can be: connect, accept, a byte each way, close. So what a connection pays at
 * its beginning is as large a part of it as it can be, and no peer's timing is in the
 * count. Whoever connects to PORT, over whatever network, says how many by a line, and
 * gets one when they are done; then again.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void want(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int listening(unsigned int addr, unsigned short port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
		.sin_port = htons(port),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	want(!bind(fd, (struct sockaddr *)&sin, sizeof(sin)), "bind");
	want(!listen(fd, 16), "listen");
	return fd;
}

static void byte(int from, int to)
{
	char c = 'x';

	want(send(from, &c, 1, 0) == 1, "send");
	want(recv(to, &c, 1, 0) == 1, "recv");
}

static void pair(int server, const struct sockaddr_in *sin)
{
	int a, c = socket(AF_INET, SOCK_STREAM, 0);

	want(!connect(c, (const struct sockaddr *)sin, sizeof(*sin)), "connect");
	a = accept(server, NULL, NULL);
	want(a >= 0, "accept");
	byte(c, a);
	byte(a, c);
	close(c);
	close(a);
}

int main(int argc, char **argv)
{
	int control, fd, server = listening(INADDR_LOOPBACK, 0);
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	char line[32];
	ssize_t n;

	if (argc != 2)
		return 2;
	control = listening(INADDR_ANY, atoi(argv[1]));
	want(!getsockname(server, (struct sockaddr *)&sin, &len), "getsockname");
	printf("serving\n");
	fflush(stdout);
	for (;;) {
		fd = accept(control, NULL, NULL);
		want(fd >= 0, "accept");
		while ((n = recv(fd, line, sizeof(line) - 1, 0)) > 0) {
			long i;

			line[n] = '\0';
			for (i = atol(line); i > 0; i--)
				pair(server, &sin);
			want(send(fd, "done\n", 5, 0) == 5, "send");
		}
		close(fd);
	}
}
