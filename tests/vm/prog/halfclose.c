// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TLS client that closes its sending side first: sends BYTES bytes (numbers
 * of 32 bits, from 0), then close_notify and FIN, and prints what the server
 * says after that. Exit code 0 only if the server ended with close_notify as
 * well.
 *
 * halfclose ADDRESS PORT BYTES CA-FILE
 */
#include <err.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <gnutls/gnutls.h>

static int dial(const char *host, const char *port)
{
	struct addrinfo hint = { .ai_socktype = SOCK_STREAM }, *ai;
	int fd;

	if (getaddrinfo(host, port, &hint, &ai))
		errx(1, "address");
	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen))
		err(1, "connect");
	freeaddrinfo(ai);
	return fd;
}

static void check(int rc, const char *what)
{
	if (rc < 0)
		errx(1, "%s: %s", what, gnutls_strerror(rc));
}

static void send_all(gnutls_session_t s, size_t n)
{
	static uint32_t buf[4096];
	size_t left = 0, i;
	uint32_t next = 0;

	while (n) {
		const char *end = (char *)buf + sizeof(buf);
		ssize_t rc;

		if (!left) {
			for (i = 0; i < 4096; i++)
				buf[i] = next++;
			left = sizeof(buf);
		}
		rc = gnutls_record_send(s, end - left, n < left ? n : left);
		if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
			continue;
		check(rc, "send");
		left -= rc;
		n -= rc;
	}
}

int main(int argc, char **argv)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	char buf[256];
	int fd, rc;

	if (argc != 5)
		errx(2, "usage: halfclose ADDRESS PORT BYTES CA-FILE");
	fd = dial(argv[1], argv[2]);
	gnutls_certificate_allocate_credentials(&cred);
	check(gnutls_certificate_set_x509_trust_file(cred, argv[4],
						     GNUTLS_X509_FMT_PEM),
	      "authority");
	gnutls_init(&s, GNUTLS_CLIENT);
	gnutls_priority_set_direct(s, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_session_set_verify_cert(s, "web.test", 0);
	gnutls_transport_set_int(s, fd);
	do {
		rc = gnutls_handshake(s);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	check(rc, "handshake");
	send_all(s, strtoul(argv[3], NULL, 0));
	check(gnutls_bye(s, GNUTLS_SHUT_WR), "bye");
	shutdown(fd, SHUT_WR);
	/* A session ticket that comes first reads as "again". */
	do {
		rc = gnutls_record_recv(s, buf, sizeof(buf));
		if (rc > 0)
			fwrite(buf, 1, rc, stdout);
	} while (rc > 0 || rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED);
	check(rc, "end");
	gnutls_deinit(s);
	close(fd);
	return 0;
}
