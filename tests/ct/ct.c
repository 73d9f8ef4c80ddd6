// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handshakes of the core with itself over a socket pair, both ends in one process,
 * each way that a secret can take: for valgrind, over table.c.
 *
 *	ct CERT KEY RSA-CERT RSA-KEY		all of them
 *	ct --leak				branches on a secret: must be found
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../interop/conn.h"
#include "../interop/creds.h"
#include "../../kmod/core/wire.h"

struct way {
	const char *name;
	u8 version; /* TLSO_USE_* */
	u16 suite, group;
	bool rsa_kx, resume, client_auth, updates;
};

static const struct way ways[] = {
	{ .name = "1.3 X25519 AES-128-GCM, resumed, KeyUpdate",
	  .version = TLSO_USE_13, .suite = 0x1301, .group = 29, .resume = true,
	  .updates = true },
	{ .name = "1.3 P-256 AES-256-GCM, client certificate",
	  .version = TLSO_USE_13, .suite = 0x1302, .group = 23,
	  .client_auth = true },
	{ .name = "1.3 P-384 ChaCha20", .version = TLSO_USE_13, .suite = 0x1303,
	  .group = 24 },
	{ .name = "1.2 X25519 AES-128-GCM, resumed", .version = TLSO_USE_12,
	  .suite = 0xc02b, .group = 29, .resume = true },
	{ .name = "1.2 P-256 AES-256-GCM, client certificate",
	  .version = TLSO_USE_12, .suite = 0xc02c, .group = 23,
	  .client_auth = true },
	{ .name = "1.2 P-384 ChaCha20", .version = TLSO_USE_12,
	  .suite = 0xcca9, .group = 24 },
	{ .name = "1.2 RSA key transport", .version = TLSO_USE_12,
	  .suite = 0x009c, .group = 0, .rsa_kx = true },
};

static struct creds ec, rsa;
static struct tlso_ticket_keys ticket_keys;
static struct conn server, client;
static struct conn_opts server_opts, client_opts;
static struct conn_session session;
static bool have_session;

static void keep_session(void *ctx, const struct conn_session *s)
{
	(void)ctx;
	conn_session_copy(&session, s);
	have_session = true;
}

static const char *answer(const struct way *w)
{
	u8 buf[512];
	ssize_t n;

	if (conn_handshake(&server))
		return "server's handshake";
	if (w->updates && conn_key_update(&server, true))
		return "server's KeyUpdate";
	while ((n = conn_read(&server, buf, sizeof(buf))) > 0)
		if (conn_write(&server, buf, (size_t)n))
			return "server's write";
	return n ? "server's read" : NULL;
}

static void *serve(void *arg)
{
	const char *why = answer(arg);

	/* The client must not wait for more. */
	shutdown(server.fd, SHUT_WR);
	return (void *)why;
}

static const char *ask(const struct way *w)
{
	static const u8 text[] = "what is asked comes back";
	u8 buf[64];
	size_t got = 0;
	ssize_t n;

	if (conn_handshake(&client))
		return "client's handshake";
	if (w->updates && conn_key_update(&client, true))
		return "client's KeyUpdate";
	if (conn_write(&client, text, sizeof(text)))
		return "client's write";
	while (got < sizeof(text)) {
		n = conn_read(&client, buf + got, sizeof(text) - got);
		if (n <= 0)
			return "client's read";
		got += (size_t)n;
	}
	if (memcmp(buf, text, sizeof(text)))
		return "not what was sent";
	return conn_close(&client) ? "client's close" : NULL;
}

static void configure(const struct way *w, bool resume)
{
	struct creds *ours = w->rsa_kx ? &rsa : &ec;
	struct tlso_config *s = &server_opts.cfg, *c = &client_opts.cfg;

	memset(&server_opts, 0, sizeof(server_opts));
	memset(&client_opts, 0, sizeof(client_opts));
	s->versions = w->version;
	s->rsa_kx = w->rsa_kx;
	s->n_suites = 1;
	s->suites[0] = w->suite;
	/* In TLS 1.2 the certificate's curve has to be offered as well. */
	s->n_groups = w->group == TLSO_GROUP_P256 || !w->group ? 1 : 2;
	s->groups[0] = w->group ?: TLSO_GROUP_P256;
	s->groups[1] = TLSO_GROUP_P256;
	s->verify_flags = TLSO_VERIFY_NO_CHAIN;
	*c = *s;
	s->ids = ours->id;
	s->n_ids = (u8)ours->keys.n;
	s->tickets = w->resume;
	s->client_auth = w->client_auth ? TLSO_AUTH_REQUIRE : TLSO_AUTH_NONE;
	server_opts.keys = &ours->keys;
	server_opts.ticket_keys = &ticket_keys;
	server_opts.n_tickets = w->resume ? 1 : 0;
	c->client = true;
	c->tickets = w->resume;
	if (w->client_auth) {
		c->ids = ec.id;
		c->n_ids = (u8)ec.keys.n;
		client_opts.keys = &ec.keys;
	}
	client_opts.session = resume ? &session : NULL;
	client_opts.session_new = keep_session;
}

static const char *once(const struct way *w, bool resume)
{
	void *from_server = NULL;
	const char *why;
	pthread_t t;
	int fd[2];

	configure(w, resume);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return "socketpair";
	conn_init(&server, fd[0], &server_opts);
	conn_init(&client, fd[1], &client_opts);
	if (pthread_create(&t, NULL, serve, (void *)w))
		return "thread";
	why = ask(w);
	shutdown(fd[1], SHUT_WR);
	pthread_join(t, &from_server);
	if (!why)
		why = from_server;
	if (!why && client.d.resumed != resume)
		why = "resumption is not as wanted";
	conn_wipe(&server);
	conn_wipe(&client);
	close(fd[0]);
	close(fd[1]);
	return why;
}

/* The control: what this test looks for. */
static int leak(void)
{
	u8 priv[TLSO_PRIV_MAX], share[TLSO_SHARE_MAX];

	tlso_ct_crypto.groups[0]->keygen(NULL, priv, share);
	if (priv[0] & 1)
		return puts("odd") < 0;
	return puts("even") < 0;
}

int main(int argc, char **argv)
{
	unsigned long seen;
	const char *why;
	int bad = 0;
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "--leak"))
		return leak();
	if (argc != 5)
		return 2;
	alarm(300);
	creds_add(&ec, argv[1], argv[2]);
	creds_add(&rsa, argv[3], argv[4]);
	ticket_keys.n = 1;
	tlso_host_crypto.random(NULL, ticket_keys.key[0].name,
				sizeof(ticket_keys.key[0].name));
	tlso_host_crypto.random(NULL, ticket_keys.key[0].key,
				sizeof(ticket_keys.key[0].key));
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		seen = VALGRIND_COUNT_ERRORS;
		have_session = false;
		why = once(&ways[i], false);
		if (!why && ways[i].resume)
			why = have_session ? once(&ways[i], true) : "no ticket";
		if (!why && VALGRIND_COUNT_ERRORS != seen)
			why = "a branch or an index depends on a secret";
		bad |= !!why;
		printf("%s %zu - no secret shows in the core's time: %s%s%s\n",
		       why ? "not ok" : "ok", i + 1, ways[i].name,
		       why ? " # " : "", why ? why : "");
	}
	creds_free(&ec);
	creds_free(&rsa);
	return bad;
}
