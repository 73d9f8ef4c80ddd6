// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection on loopback, secured by handshakes: ours on a secure port, or the
 * core's in this process with its keys given to kTLS. secured.c says what for.
 *
 * connect() and accept() have to go on at the same time, since on a secure port
 * the latter ends with the handshake.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handshake.h"
#include "../interop/conn.h"
#include "../interop/creds.h"
#include "../../kmod/core/wire.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* One end of it by the core. */
struct end {
	struct conn conn;
	struct conn_opts o;
	int fd;
	int result;
};

static struct end client, server;
static struct creds creds;

static u16 suite_of(const struct tls_crypto_info *info)
{
	bool v13 = info->version == TLS_1_3_VERSION;

	switch (info->cipher_type) {
	case TLS_CIPHER_AES_GCM_128:
		return v13 ? 0x1301 : 0xc02f;
	case TLS_CIPHER_AES_GCM_256:
		return v13 ? 0x1302 : 0xc030;
	case TLS_CIPHER_CHACHA20_POLY1305:
		return v13 ? 0x1303 : 0xcca8;
	default:
		return 0;
	}
}

static void end_init(struct end *e, bool is_client,
		     const struct tls_crypto_info *info, u16 suite)
{
	struct tlso_config *cfg = &e->o.cfg;

	memset(e, 0, sizeof(*e));
	cfg->client = is_client;
	cfg->versions = info->version == TLS_1_3_VERSION ? TLSO_USE_13 :
							   TLSO_USE_12;
	cfg->suites[0] = suite;
	cfg->n_suites = 1;
	cfg->verify_flags = TLSO_VERIFY_NO_CHAIN;
	/* No tickets: kTLS would hand them to the cases. */
	cfg->tickets = false;
	if (is_client)
		return;
	creds_add(&creds, getenv("TLSO_CERT"), getenv("TLSO_KEY"));
	cfg->ids = creds.id;
	cfg->n_ids = (u8)creds.keys.n;
	e->o.keys = &creds.keys;
}

static void put_seq(unsigned char out[8], u64 seq)
{
	int i;

	for (i = 7; i >= 0; i--, seq >>= 8)
		out[i] = (unsigned char)seq;
}

union crypto {
	struct tls_crypto_info info;
	struct tls12_crypto_info_aes_gcm_128 aes128;
	struct tls12_crypto_info_aes_gcm_256 aes256;
	struct tls12_crypto_info_chacha20_poly1305 chacha;
};

/* The salt is what TLS 1.2 leaves out of its records; in 1.3 the parts are one. */
static void gcm_nonce(unsigned char *salt, unsigned char *iv, bool v13,
		      const struct tlso_direction_keys *k)
{
	memcpy(salt, k->iv, 4);
	if (v13)
		memcpy(iv, k->iv + 4, 8);
	else
		put_seq(iv, k->seq);
}

static int give(int fd, int name, const struct tls_crypto_info *info,
		const struct tlso_direction_keys *k)
{
	bool v13 = info->version == TLS_1_3_VERSION;
	union crypto c = { .info = *info };
	socklen_t n;

	switch (info->cipher_type) {
	case TLS_CIPHER_AES_GCM_128:
		memcpy(c.aes128.key, k->key, sizeof(c.aes128.key));
		gcm_nonce(c.aes128.salt, c.aes128.iv, v13, k);
		put_seq(c.aes128.rec_seq, k->seq);
		n = sizeof(c.aes128);
		break;
	case TLS_CIPHER_AES_GCM_256:
		memcpy(c.aes256.key, k->key, sizeof(c.aes256.key));
		gcm_nonce(c.aes256.salt, c.aes256.iv, v13, k);
		put_seq(c.aes256.rec_seq, k->seq);
		n = sizeof(c.aes256);
		break;
	default:
		memcpy(c.chacha.key, k->key, sizeof(c.chacha.key));
		memcpy(c.chacha.iv, k->iv, sizeof(c.chacha.iv));
		put_seq(c.chacha.rec_seq, k->seq);
		n = sizeof(c.chacha);
		break;
	}
	return setsockopt(fd, SOL_TLS, name, &c, n);
}

static int ended_well(const struct end *e)
{
	if (!e->result)
		return 0;
	fprintf(stderr, "%s: %s\n", e == &client ? "client" : "server",
		e->conn.why ? e->conn.why : tlso_err_name(e->conn.err));
	errno = EPROTO;
	return -1;
}

static int ktls(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls"));
}

static int into_kernel(struct end *e, const struct tls_crypto_info *info)
{
	const struct tlso_session_keys *k = &e->conn.post.keys;

	if (ended_well(e) || ktls(e->fd) ||
	    give(e->fd, TLS_TX, info, &k->tx) ||
	    give(e->fd, TLS_RX, info, &k->rx))
		return -1;
	return 0;
}

/*
 * The cases are written for connections on which nothing is under way. A server
 * whose Finished was the last word of a handshake (TLS 1.2) waits for its ACK,
 * which the client delays for 40 ms, and Nagle holds the first small record back
 * for so long; cases wait 20 ms.
 */
static int all_acked(int fd)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);
	int tries = 2000;

	while (tries--) {
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n))
			return -1;
		if (!info.tcpi_unacked)
			return 0;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return -1;
}

static void *shake(void *arg)
{
	struct end *e = arg;

	conn_init(&e->conn, e->fd, &e->o);
	e->result = conn_handshake(&e->conn);
	return NULL;
}

struct target {
	struct sockaddr_in a;
	int fd;
	int result;
};

static void *call(void *arg)
{
	struct target *t = arg;

	client.fd = t->fd;
	t->result = connect(t->fd, (struct sockaddr *)&t->a, sizeof(t->a));
	if (!t->result)
		shake(&client);
	return NULL;
}

static int listen_on(struct target *t, unsigned int port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	socklen_t n = sizeof(t->a);

	memset(t, 0, sizeof(*t));
	t->a.sin_family = AF_INET;
	t->a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	t->a.sin_port = htons((u16)port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&t->a, n) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&t->a, &n))
		return -1;
	return fd;
}

/* Descriptors of a connection whose handshake the client has ended well; and the
 * server, on a port that is not secure.
 */
static int handshake(const struct tls_crypto_info *info, unsigned int port,
		     int *fd, int *cfd)
{
	u16 suite = suite_of(info);
	struct target t;
	pthread_t thread;
	int lfd;

	if (!suite) {
		errno = EOPNOTSUPP;
		return -1;
	}
	tlso_host_wipe_numbers();
	end_init(&client, true, info, suite);
	lfd = listen_on(&t, port);
	t.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd < 0 || pthread_create(&thread, NULL, call, &t))
		return -1;
	*fd = t.fd;
	*cfd = accept(lfd, NULL, NULL);
	if (*cfd >= 0 && !port) {
		end_init(&server, false, info, suite);
		server.fd = *cfd;
		shake(&server);
	}
	pthread_join(thread, NULL);
	close(lfd);
	if (t.result || *cfd < 0 || ended_well(&client) ||
	    (!port && into_kernel(&server, info)))
		return -1;
	return all_acked(*fd) || all_acked(*cfd) ? -1 : 0;
}

static unsigned int secure_port(void)
{
	return (unsigned int)atoi(getenv("TLSO_PORT") ?: "0");
}

int handshake_pair(const struct tls_crypto_info *info, int *fd, int *cfd)
{
	bool sender = getenv("TLSO_SENDER");

	if (handshake(info, secure_port(), sender ? cfd : fd,
		      sender ? fd : cfd))
		return -1;
	return into_kernel(&client, info);
}

int handshake_raw(const struct tls_crypto_info *info, int tx, int *fd, int *cfd)
{
	int one = 1;

	if (handshake(info, secure_port(), fd, cfd))
		return -1;
	/* Parts of a record are to arrive when they are sent. */
	if (setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		return -1;
	return ktls(tx) || give(tx, TLS_TX, info, &client.conn.post.keys.tx);
}
