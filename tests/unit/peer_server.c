// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TLS 1.3 server over the core: director, completer, nettle. For interop at
 * native speed: it serves @count connections on the loopback, one after the
 * other, and answers each with one fixed page.
 *
 *	peer_server cert.pem key.pem [suite,...] [group,...] [count] [piece]
 *
 * Prints "port N" and then a line for each connection. @piece bytes are fed to
 * the completer at a time (0: what read() gave).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../kmod/core/completer_impl.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/pkcs8.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "pem.h"

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
			   "Content-Length: 18\r\n\r\n"
			   "hello from tlso..\n";

struct conn {
	int fd;
	size_t piece;
	struct tlso_director d;
	struct tlso_completer c;
	struct tlso_session_keys keys;
	u8 in[16384 + 256 + 5];
	size_t have;
	bool done;
	bool failed;
};

static u8 seg[TLSO_COMPLETER_SEG_MIN];
static u8 starter[TLSO_STARTER_MAX];
static u8 wire[TLSO_STARTER_OUT_MAX];
static u8 chain_mem[TLSO_CHAIN_MAX][8192];

static int write_all(int fd, const u8 *p, size_t n)
{
	while (n) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static enum tlso_err send_starter(struct conn *x, size_t n, size_t want)
{
	size_t len;
	enum tlso_err e = tlso_completer_starter(&x->c, starter, n, wire,
						 sizeof(wire), &len);

	if (e)
		return e;
	if (len != want) {
		fprintf(stderr, "starter came out as %zu, not %zu\n", len,
			want);
		exit(3);
	}
	return write_all(x->fd, wire, len) ? TLSO_E_STATE : TLSO_OK;
}

static void step(struct conn *x, size_t seg_len)
{
	enum tlso_err e;
	size_t n, want;

	switch (tlso_director_step(&x->d, seg, seg_len, starter,
				   sizeof(starter), &n, &want)) {
	case TLSO_STEP_WAIT:
		return;
	case TLSO_STEP_SEND:
		e = send_starter(x, n, want);
		if (!e)
			return;
		x->failed = true;
		if (tlso_director_refused(&x->d, e, starter, sizeof(starter),
					  &n, &want) == TLSO_STEP_FAIL &&
		    n)
			(void)!send_starter(x, n, want);
		return;
	case TLSO_STEP_DONE:
		x->done = true;
		return;
	case TLSO_STEP_FAIL:
		x->failed = true;
		if (n)
			(void)!send_starter(x, n, want);
		return;
	}
}

/* Feeds what has come, keeps what is not taken. */
static void feed(struct conn *x)
{
	enum tlso_feed r;
	size_t used, seg_len, n;

	do {
		n = x->have;
		if (x->piece && n > x->piece)
			n = x->piece;
		r = tlso_completer_feed(&x->c, x->in, n, &used, &seg_len);
		x->have -= used;
		memmove(x->in, x->in + used, x->have);
		if (r != TLSO_FEED_MORE)
			step(x, seg_len);
	} while (!x->done && !x->failed &&
		 (r != TLSO_FEED_MORE || (used && x->have)));
}

static int more(struct conn *x)
{
	ssize_t k = read(x->fd, x->in + x->have, sizeof(x->in) - x->have);

	if (k <= 0)
		return -1;
	x->have += (size_t)k;
	return 0;
}

static void record_keys(struct tlso_record_keys *r, u16 suite,
			const struct tlso_direction_keys *k)
{
	r->aead = suite == 0x1301 ? tlso_host_crypto.aes128_gcm :
		  suite == 0x1302 ? tlso_host_crypto.aes256_gcm :
				    tlso_host_crypto.chacha20_poly1305;
	r->seq = k->seq;
	memcpy(r->key, k->key, sizeof(r->key));
	memcpy(r->iv, k->iv, sizeof(r->iv));
}

/* One record of data in, the page and close_notify out. */
static int serve(struct conn *x)
{
	struct tlso_record_keys tx, rx;
	u8 out[256] = { 0 };
	size_t n, len;
	u8 type;

	record_keys(&tx, x->keys.suite, &x->keys.tx);
	record_keys(&rx, x->keys.suite, &x->keys.rx);
	for (;;) {
		n = x->have < 5 ? 5 : (size_t)(x->in[3] << 8 | x->in[4]) + 5;
		if (n > sizeof(x->in))
			return -1;
		if (x->have >= 5 && x->have >= n)
			break;
		if (more(x))
			return -1;
	}
	if (tlso_record_open(&rx, x->in, x->in + 5, n - 5, &type, &len) ||
	    type != TLSO_CT_DATA)
		return -1;
	memcpy(out + 5, page, sizeof(page) - 1);
	if (tlso_record_seal(&tx, out, TLSO_CT_DATA, sizeof(page) - 1, 3) ||
	    write_all(x->fd, out, 5 + sizeof(page) - 1 + 3 + 17))
		return -1;
	memset(out, 0, sizeof(out));
	out[5] = 1; /* warning, close_notify */
	if (tlso_record_seal(&tx, out, TLSO_CT_ALERT, 2, 0))
		return -1;
	return write_all(x->fd, out, 5 + 2 + 17);
}

static void run(struct conn *x)
{
	while (!x->done && !x->failed) {
		if (more(x)) {
			printf("closed in handshake\n");
			return;
		}
		feed(x);
	}
	if (x->failed) {
		printf("failed: %s, alert %u\n", tlso_err_name(x->d.err),
		       x->d.alert);
		return;
	}
	if (tlso_completer_keys(&x->c, &x->keys)) {
		printf("no keys\n");
		return;
	}
	printf("%s group %u scheme %04x retry %u: %s\n",
	       tlso_suite_name(x->d.suite), x->d.group, x->d.scheme,
	       x->d.hrr_sent, serve(x) ? "no request" : "served");
}

static unsigned int parse_list(const char *s, u16 *out, unsigned int max)
{
	unsigned int n = 0;
	char *end;

	while (s && *s && *s != '-' && n < max) {
		out[n++] = (u16)strtoul(s, &end, 0);
		if (*end != ',')
			break;
		s = end + 1;
	}
	return n;
}

static void load(struct tlso_director_cfg *cfg, struct tlso_signer *signer,
		 char **argv)
{
	static u8 der[TLSO_KEY_BLOB_MAX], blob[TLSO_KEY_BLOB_MAX];
	struct tlso_key_blob parts;
	struct tlso_host_key *key;
	const char *at;
	u8 *file;
	size_t n;

	at = (const char *)(file = file_read(argv[1], &n));
	while (cfg->n_chain < TLSO_CHAIN_MAX &&
	       (n = pem_next(&at, chain_mem[cfg->n_chain], 8192))) {
		cfg->chain[cfg->n_chain].der = chain_mem[cfg->n_chain];
		cfg->chain[cfg->n_chain++].len = n;
	}
	free(file);
	at = (const char *)(file = file_read(argv[2], &n));
	n = pem_next(&at, der, sizeof(der));
	free(file);
	if (tlso_pkcs8_read(&parts, der, n) ||
	    tlso_key_blob_write(&parts, blob, sizeof(blob), &n) ||
	    tlso_host_key_load(&key, blob, n)) {
		fprintf(stderr, "%s: no key that we take\n", argv[2]);
		exit(2);
	}
	cfg->key_type = parts.type;
	cfg->rsa_bits = tlso_key_blob_bits(&parts);
	signer->key = key;
	signer->sign = tlso_host_sign;
}

static int listen_loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&a, &len)) {
		perror("listen");
		exit(2);
	}
	printf("port %u\n", ntohs(a.sin_port));
	return fd;
}

int main(int argc, char **argv)
{
	struct tlso_director_cfg cfg = { 0 };
	struct tlso_signer signer = { 0 };
	struct timeval limit = { .tv_sec = 5 };
	static struct conn x;
	int fd, count;

	if (argc < 3) {
		fprintf(stderr, "usage: %s cert key [suites] [groups] [count] [piece]\n",
			argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	load(&cfg, &signer, argv);
	cfg.n_suites = (u8)parse_list(argc > 3 ? argv[3] : NULL, cfg.suites, 8);
	cfg.n_groups = (u8)parse_list(argc > 4 ? argv[4] : NULL, cfg.groups, 4);
	count = argc > 5 ? atoi(argv[5]) : 1;
	alarm(60); /* never outlives its script for long */
	fd = listen_loopback();
	while (count--) {
		memset(&x, 0, sizeof(x));
		x.piece = argc > 6 ? (size_t)atoi(argv[6]) : 0;
		x.fd = accept(fd, NULL, NULL);
		if (x.fd < 0)
			return 1;
		setsockopt(x.fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
			   sizeof(limit));
		tlso_director_init(&x.d, &cfg);
		tlso_completer_init(&x.c, &tlso_host_crypto, NULL, &signer, seg,
				    sizeof(seg));
		run(&x);
		tlso_completer_wipe(&x.c);
		shutdown(x.fd, SHUT_WR);
		while (read(x.fd, x.in, sizeof(x.in)) > 0)
			;
		close(x.fd);
	}
	tlso_host_key_free(signer.key);
	close(fd);
	return 0;
}
