// SPDX-License-Identifier: GPL-2.0-only
/*
 * steer HOW... WORD...: one connection, whose program says by libtlsoffload when TLS
 * begins and ends. HOW is "connect ADDRESS PORT", "listen PORT" (one connection of the
 * loopback or any), or "none" (a socket without a connection). Each word is done in
 * turn, and has to succeed unless the next is "!ERRNO":
 *
 *	attach				TCP_ULP
 *	start[=NAME:VALUE,...]		ring, serial, role (client, server), name, alpn,
 *					versions, auth, nb (1), timeout, len (optlen; zeros
 *					follow)
 *	stop, stop=nb, rekey, reset, tolerate=0|1
 *	say=TEXT, expect=TEXT		a line, and CRLF after it; expect is a prefix
 *	put=TEXT			the same without waiting for a handshake
 *	get				a byte, without waiting
 *	poll=in|out			until then, 20 s at most
 *	state=N, alert=N, error=ERRNO	of the status; status prints it
 *	soerror=ERRNO, chat		a thread that sends until it is told to end (hush)
 *	flood				a thread that sends until it sleeps for room
 *	late, joined			a thread that sends once there is a handshake; its end
 *	touch=FILE			makes it
 *	eof, half, wrong		the peer's end; shutdown(SHUT_WR); wrong parameters
 *	disconnect, tls			connect(AF_UNSPEC); the ULP of kernel TLS
 *	dup:WORD, fork:WORD		by a descriptor that is closed after it; by a child
 *	pass:WORD, alien:WORD		by a process that the descriptor is passed to; and that
 *					is www-data's
 *	leave				a child goes on, and this process closes its descriptor
 *
 * Leaves to: steer_wrong.c wrong parameters; steer_other.c descriptors in other hands.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <tls_offload.h>

#include "steer.h"

int sock;
static atomic_int chatting, flooding;
static pthread_t chatter;
static long chatted;

static void die(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

/* ---- Connections ---------------------------------------------------------- */

static int address(const char *text, const char *port,
		   struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *v6 = (void *)ss;
	struct sockaddr_in *v4 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	v4->sin_family = AF_INET;
	v4->sin_port = htons(atoi(port));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		return sizeof(*v4);
	v6->sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
		die(text);
	return sizeof(*v6);
}

static void dial(const char *where, const char *port)
{
	struct sockaddr_storage ss;
	int len = address(where, port, &ss);

	sock = socket(ss.ss_family, SOCK_STREAM, 0);
	if (sock < 0 || connect(sock, (void *)&ss, len))
		die("connect");
}

static void serve(const char *port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
				    .sin6_port = htons(atoi(port)) };
	int on = 1, lsock = socket(AF_INET6, SOCK_STREAM, 0);

	setsockopt(lsock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(lsock, (void *)&any, sizeof(any)) || listen(lsock, 4))
		die("listen");
	puts("listening");
	sock = accept(lsock, NULL, NULL);
	if (sock < 0)
		die("accept");
	close(lsock);
}

/* ---- Words ------------------------------------------------------------------ */

static int say(const char *text, int flags)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "%s\r\n", text);

	return send(sock, line, n, flags | MSG_NOSIGNAL) == n ? 0 : -1;
}

static int expect(const char *text)
{
	char line[4096];
	size_t n = 0;
	ssize_t r;

	while (!n || line[n - 1] != '\n') {
		r = n + 1 < sizeof(line) ? recv(sock, line + n, 1, 0) : 0;
		if (r < 0)
			return -1;
		if (!r) {
			errno = ENODATA;
			return -1;
		}
		n++;
	}
	line[n] = '\0';
	printf("  < %s", line);
	if (!strncmp(line, text, strlen(text)))
		return 0;
	errno = EILSEQ;
	return -1;
}

static void alpn_add(struct tls_offload_start *s, const char *name)
{
	size_t n = strlen(name);

	s->alpn[s->alpn_len] = n;
	memcpy(s->alpn + s->alpn_len + 1, name, n);
	s->alpn_len += n + 1;
}

static void parameter(struct tls_offload_start *s, const char *name, char *value)
{
	if (!strcmp(name, "ring"))
		snprintf(s->ring_name, sizeof(s->ring_name), "%s", value);
	else if (!strcmp(name, "serial"))
		s->ring = atoi(value);
	else if (!strcmp(name, "role"))
		s->role = *value == 'c' ? TLS_OFFLOAD_ROLE_CLIENT :
					  TLS_OFFLOAD_ROLE_SERVER;
	else if (!strcmp(name, "name"))
		snprintf(s->server_name, sizeof(s->server_name), "%s", value);
	else if (!strcmp(name, "alpn"))
		alpn_add(s, value);
	else if (!strcmp(name, "versions"))
		s->versions = atoi(value);
	else if (!strcmp(name, "auth"))
		s->client_auth = atoi(value);
	else if (!strcmp(name, "nb"))
		s->flags = TLS_OFFLOAD_NONBLOCK;
	else if (!strcmp(name, "timeout"))
		s->timeout = atoi(value);
	else
		die(name);
}

static int start(char *words)
{
	union {
		struct tls_offload_start s;
		char zeros[8192];
	} u = { 0 };
	char *word, *value, *save = NULL;
	int len = 0;

	if (!words)
		return tls_offload_start(sock, NULL);
	for (word = strtok_r(words, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		value = strchr(word, ':');
		if (!value)
			die(word);
		*value++ = '\0';
		if (!strcmp(word, "len"))
			len = atoi(value);
		else
			parameter(&u.s, word, value);
	}
	if (len)
		return setsockopt(sock, SOL_TLS_OFFLOAD, TLS_OFFLOAD_START, &u,
				  len);
	return tls_offload_start(sock, &u.s);
}

static int status(const char *what, const char *value)
{
	struct tls_offload_status st;
	const char *error;

	if (tls_offload_status(sock, &st))
		return -1;
	error = st.error ? strerrorname_np(st.error) : "0";
	printf("  policy %u state %u role %u placement %u version %04x suite %04x ",
	       st.policy, st.state, st.role, st.placement, st.version,
	       st.suite);
	printf("group %u alert %u error %s flags %x alpn %.*s rule %s\n",
	       st.group, st.alert, error, st.flags, (int)st.alpn_len,
	       (char *)st.alpn, st.rule);
	errno = EILSEQ;
	if (!strcmp(what, "state"))
		return atoi(value) == st.state ? 0 : -1;
	if (!strcmp(what, "alert"))
		return atoi(value) == st.alert ? 0 : -1;
	if (!strcmp(what, "error"))
		return strcmp(value, error) ? -1 : 0;
	return 0;
}

static int wait_for(const char *what)
{
	struct pollfd p = { .fd = sock,
			    .events = *what == 'i' ? POLLIN : POLLOUT };

	if (poll(&p, 1, 20000) == 1)
		return 0;
	errno = ETIME;
	return -1;
}

static int so_error(const char *wanted)
{
	socklen_t len = sizeof(int);
	int err = 0;

	getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len);
	printf("  %s\n", err ? strerrorname_np(err) : "0");
	errno = EILSEQ;
	return strcmp(err ? strerrorname_np(err) : "0", wanted) ? -1 : 0;
}

static void *chat(void *arg)
{
	(void)arg;
	while (chatting) {
		if (!say("chatter of many threads", MSG_DONTWAIT))
			chatted++;
		usleep(1000);
	}
	return NULL;
}

static int hush(void)
{
	chatting = 0;
	pthread_join(chatter, NULL);
	printf("  %ld lines\n", chatted);
	return say("hush", 0);
}

/* Waits for the handshake's end with more text than is held until then. */
static void *late(void *arg)
{
	static char text[400000];
	struct tls_offload_status st;
	int small = 8192;
	ssize_t n;

	(void)arg;
	memset(text, 'c', sizeof(text));
	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	do {
		usleep(1000);
		if (tls_offload_status(sock, &st))
			return NULL;
	} while (st.state != TLS_OFFLOAD_STATE_HANDSHAKE);
	n = send(sock, text, sizeof(text), MSG_NOSIGNAL);
	printf("  late: %zd %s\n", n, n < 0 ? strerrorname_np(errno) : "sent");
	return NULL;
}

/* Until nothing more fits, and then it waits for room. */
static void *big(void *arg)
{
	static char text[65536];

	(void)arg;
	memset(text, 'x', sizeof(text));
	flooding = gettid();
	while (send(sock, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

static int asleep(void)
{
	char path[64], line[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", flooding);
	f = flooding ? fopen(path, "r") : NULL;
	if (f) {
		if (!fgets(line, sizeof(line), f))
			*line = '\0';
		fclose(f);
	}
	return !!strstr(line, ") S ");
}

static int touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	/* 9p looks at what it has made, and the host may have taken it away by then. */
	if (fd < 0 && errno == ENOENT)
		return 0;
	return fd < 0 ? -1 : close(fd);
}

static int flood(void)
{
	if (pthread_create(&chatter, NULL, big, NULL))
		return -1;
	while (!asleep())
		usleep(20000);
	return 0;
}

static int receive(int flags)
{
	char c;
	ssize_t r = recv(sock, &c, 1, flags);

	if (r > 0)
		errno = EILSEQ;
	return r ? -1 : 0;
}

int word_do(char *word)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	size_t who = strcspn(word, ":=");
	char *value;

	if (word[who] == ':')
		return other_does(word, word + who + 1);
	value = strchr(word, '=');
	if (value)
		*value++ = '\0';
#define IS(text) (!strcmp(word, text))
	if (IS("attach"))
		return tls_offload_attach(sock);
	if (IS("start"))
		return start(value);
	if (IS("stop"))
		return tls_offload_stop(sock, value ? TLS_OFFLOAD_NONBLOCK : 0);
	if (IS("rekey"))
		return tls_offload_rekey(sock);
	if (IS("reset"))
		return tls_offload_reset_session(sock);
	if (IS("tolerate"))
		return tls_offload_tolerate_timeout(sock, atoi(value));
	if (IS("say"))
		return say(value, 0);
	if (IS("put"))
		return say(value, MSG_DONTWAIT);
	if (IS("get"))
		return receive(MSG_DONTWAIT);
	if (IS("eof"))
		return receive(0);
	if (IS("expect"))
		return expect(value);
	if (IS("poll"))
		return wait_for(value);
	if (IS("soerror"))
		return so_error(value);
	if (IS("status") || IS("state") || IS("alert") || IS("error"))
		return status(word, value);
	if (IS("wrong"))
		return wrong();
	if (IS("leave"))
		return other_goes_on();
	if (IS("half"))
		return shutdown(sock, SHUT_WR);
	if (IS("disconnect"))
		return connect(sock, &unspec, sizeof(unspec));
	if (IS("tls"))
		return setsockopt(sock, IPPROTO_TCP, TCP_ULP, "tls", 3);
	if (IS("flood"))
		return flood();
	if (IS("touch"))
		return touch(value);
	if (IS("hush"))
		return hush();
	if (IS("late"))
		return pthread_create(&chatter, NULL, late, NULL) ? -1 : 0;
	if (IS("joined"))
		return pthread_join(chatter, NULL) ? -1 : 0;
	if (IS("chat")) {
		chatting = 1;
		return pthread_create(&chatter, NULL, chat, NULL) ? -1 : 0;
	}
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	int i = 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 4 && !strcmp(argv[1], "connect")) {
		dial(argv[2], argv[3]);
		i = 4;
	} else if (argc > 3 && !strcmp(argv[1], "listen")) {
		serve(argv[2]);
		i = 3;
	} else if (argc > 2 && !strcmp(argv[1], "udp")) {
		sock = socket(AF_INET, SOCK_DGRAM, 0);
	} else if (argc > 2 && !strcmp(argv[1], "mptcp")) {
		sock = socket(AF_INET, SOCK_STREAM, 262);
	} else if (argc > 2 && !strcmp(argv[1], "none")) {
		sock = socket(AF_INET, SOCK_STREAM, 0);
	} else {
		return 2;
	}
	for (; i < argc; i++) {
		const char *wanted = "0", *got;

		printf("%s\n", argv[i]);
		got = word_do(argv[i]) ? strerrorname_np(errno) : "0";
		if (i + 1 < argc && *argv[i + 1] == '!')
			wanted = argv[++i] + 1;
		if (strcmp(got, wanted)) {
			printf("FAILED: %s, wanted %s\n", got, wanted);
			status("status", NULL);
			return 1;
		}
	}
	puts("done");
	return 0;
}
