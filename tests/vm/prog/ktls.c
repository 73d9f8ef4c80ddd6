// SPDX-License-Identifier: GPL-2.0-only
/*
 * An unrelated user of kernel TLS over loopback: fixed keys on both ends, one
 * message each way every 20 ms, until SIGTERM. Exit code 0 only if every byte
 * came back right.
 *
 * ktls 4|6
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void keys_on(int fd, int direction, char fill)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};

	memset(info.key, fill, sizeof(info.key));
	memset(info.iv, fill + 1, sizeof(info.iv));
	memset(info.salt, fill + 2, sizeof(info.salt));
	if (setsockopt(fd, SOL_TLS, direction, &info, sizeof(info)))
		err(1, "keys");
}

static void secure(int fd, char tx, char rx)
{
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")))
		err(1, "TCP_ULP");
	keys_on(fd, TLS_TX, tx);
	keys_on(fd, TLS_RX, rx);
}

static int pair(int family, int fd[2])
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *addr = family == AF_INET6 ? (void *)&a6 : (void *)&a4;
	socklen_t len = family == AF_INET6 ? sizeof(a6) : sizeof(a4);
	int lfd = socket(family, SOCK_STREAM, 0);

	fd[0] = socket(family, SOCK_STREAM, 0);
	if (lfd < 0 || fd[0] < 0 || bind(lfd, addr, len) || listen(lfd, 1) ||
	    getsockname(lfd, addr, &len) || connect(fd[0], addr, len))
		return -1;
	fd[1] = accept(lfd, NULL, NULL);
	close(lfd);
	return fd[1] < 0 ? -1 : 0;
}

static void exchange(int from, int to, unsigned int round)
{
	char out[1500], in[1500];

	memset(out, round & 0xff, sizeof(out));
	if (send(from, out, sizeof(out), 0) != sizeof(out))
		err(1, "send");
	if (recv(to, in, sizeof(in), MSG_WAITALL) != sizeof(in))
		err(1, "recv");
	if (memcmp(in, out, sizeof(in)))
		errx(1, "round %u: other bytes came out", round);
}

int main(int argc, char **argv)
{
	int family = argc == 2 && argv[1][0] == '6' ? AF_INET6 : AF_INET;
	unsigned int round;
	int fd[2];

	signal(SIGTERM, on_term);
	if (pair(family, fd))
		err(1, "connect");
	secure(fd[0], 'a', 'q');
	secure(fd[1], 'q', 'a');
	for (round = 0; !stop; round++) {
		exchange(fd[0], fd[1], round);
		exchange(fd[1], fd[0], round);
		usleep(20000);
	}
	printf("%u rounds\n", round);
	return round < 5;
}
