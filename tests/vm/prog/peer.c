// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is at the other end, as TLS_OFFLOAD_PEER_ID and TLS_OFFLOAD_PEER_CHAIN have it.
 *
 *	peer PORT		serves: each connection is told who it is
 *	peer PORT hold		the same, and stays until the peer goes
 *	peer ADDRESS PORT	connects, and says who answered
 *
 * A line each: "errno N" of a query that failed; "uid", "flags", "certs" and numbers; "leaf",
 * "subject", "names" and "chain" in hexadecimal digits. A server ends with "end".
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../kmod/include/uapi/linux/tls_offload.h"

#define GUARD 0xa5

/* Asks how much it is, then for exactly that; NULL: @out has the line that says why. */
static unsigned char *query(FILE *out, int fd, int option, const char *name,
			    socklen_t *len)
{
	unsigned char *buf, *less;
	socklen_t n = 0;

	if (!getsockopt(fd, SOL_TLS_OFFLOAD, option, NULL, &n) ||
	    errno != ERANGE) {
		fprintf(out, "%s errno %d\n", name, errno);
		return NULL;
	}
	*len = n;
	buf = malloc(n + 1);
	less = calloc(1, n);
	if (!buf || !less)
		err(1, "malloc");
	/* One byte too little: nothing is written. */
	n--;
	if (!getsockopt(fd, SOL_TLS_OFFLOAD, option, less, &n) ||
	    errno != ERANGE || n != *len || less[0] || less[n - 2])
		fprintf(out, "%s: a byte too little, and no ERANGE\n", name);
	free(less);
	buf[n] = GUARD;
	n = *len + 1;
	if (getsockopt(fd, SOL_TLS_OFFLOAD, option, buf, &n))
		fprintf(out, "%s errno %d\n", name, errno);
	if (n != *len || buf[n] != GUARD)
		fprintf(out, "%s: another length\n", name);
	return buf;
}

static void hex(FILE *out, const char *name, const unsigned char *p, size_t n)
{
	fprintf(out, "%s ", name);
	while (n--)
		fprintf(out, "%02x", *p++);
	fputc('\n', out);
}

static void tell_id(FILE *out, int fd)
{
	struct tls_offload_peer_id id;
	socklen_t len;
	unsigned char *buf = query(out, fd, TLS_OFFLOAD_PEER_ID, "id", &len);

	if (!buf)
		return;
	memcpy(&id, buf, sizeof(id));
	if (id.size < sizeof(id) || len != id.size + id.subject_len + id.names_len)
		fprintf(out, "id: lengths that do not fit\n");
	fprintf(out, "uid %d\nflags %u\ncerts %u\n", (int)id.uid, id.flags,
		id.n_certs);
	hex(out, "leaf", id.leaf_sha256, sizeof(id.leaf_sha256));
	hex(out, "subject", buf + id.size, id.subject_len);
	hex(out, "names", buf + id.size + id.subject_len, id.names_len);
	free(buf);
}

static void tell(FILE *out, int fd)
{
	socklen_t len;
	unsigned char *buf;

	tell_id(out, fd);
	buf = query(out, fd, TLS_OFFLOAD_PEER_CHAIN, "chain", &len);
	if (buf)
		hex(out, "chain", buf, len);
	free(buf);
	fprintf(out, "end\n");
	fflush(out);
}

static int serve(int port, int hold)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, SOCK_STREAM, 0), one = 1, conn;
	char byte;
	FILE *out;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 16))
		err(1, "port %d", port);
	printf("listening\n");
	fflush(stdout);
	while ((conn = accept(fd, NULL, NULL)) >= 0) {
		if (hold && fork() > 0) {
			close(conn);
			continue;
		}
		tell(stdout, conn);
		out = fdopen(conn, "w");
		tell(out, conn);
		if (hold) {
			while (read(conn, &byte, 1) > 0)
				;
			exit(0);
		}
		fclose(out);
	}
	err(1, "accept");
}

static int ask(const char *address, int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	char buf[4096];

	if (inet_pton(AF_INET, address, &addr.sin_addr) != 1)
		errx(2, "%s", address);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "connect");
	tell(stdout, fd);
	/* The answer brings tickets. */
	if (write(fd, request, sizeof(request) - 1) < 0)
		err(1, "write");
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 || (argc == 3 && !strcmp(argv[2], "hold")))
		return serve(atoi(argv[1]), argc == 3);
	if (argc != 3)
		errx(2, "usage: peer PORT [hold] | ADDRESS PORT");
	return ask(argv[1], atoi(argv[2]));
}
