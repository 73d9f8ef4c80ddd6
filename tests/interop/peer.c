// SPDX-License-Identifier: GPL-2.0-only
/*
 * A native TLS client and server over the core, for interop at native speed.
 * Run without arguments for its options.
 *
 * A server prints "port N" first. Each connection then is one line of words
 * name=value: version, suite, group, resumed, alpn, client-auth, result, alert,
 * and a reason where there is one. The exit status is 0 if all were well, 1 if
 * one was not, 2 for wrong options.
 *
 * Responsible for: options, sockets, what is said over a connection. Leaves to:
 * conn.c the connection, creds.c keys and certificates.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "conn.h"
#include "creds.h"
#include "../../kmod/core/wire.h"

enum updates { UPDATE_NONE, UPDATE_ONCE, UPDATE_REQUEST, UPDATE_OFTEN };

static struct {
	bool client, echo, print, pause, abrupt;
	const char *host, *port, *name, *request;
	unsigned int count, resume, timeout;
	size_t data;
	enum updates updates;
} opt = { .host = "127.0.0.1", .port = "0", .count = 1, .timeout = 10,
	  .request = "GET / HTTP/1.0\r\n\r\n" };

static struct conn_opts o;
static struct creds creds;
static struct conn conn;
static struct conn_session session;
static bool have_session;
static struct tlso_ticket_keys ticket_keys;
static u8 alpn[512];

/* ---- Options ----------------------------------------------------------------- */

enum {
	OPT_HOST = 256, OPT_PORT, OPT_CERT, OPT_KEY, OPT_ANCHORS, OPT_NAME,
	OPT_VERSION, OPT_SUITES, OPT_GROUPS, OPT_SCHEMES, OPT_SHARES, OPT_ALPN,
	OPT_RESUME, OPT_UPDATE, OPT_AUTH, OPT_KEYLOG, OPT_COUNT, OPT_DATA,
	OPT_PIECE, OPT_LIMIT, OPT_RECORD, OPT_PAD, OPT_INSECURE, OPT_RSA_KX,
	OPT_ECHO, OPT_PRINT, OPT_TICKETS, OPT_STRICT, OPT_NO_SNI, OPT_TIMEOUT,
	OPT_PAUSE, OPT_REQUEST, OPT_ABRUPT,
};

/* One table is parser and usage text. */
static const struct {
	struct option o;
	const char *arg, *text;
} options[] = {
	{ { "host", 1, 0, OPT_HOST }, "ADDR", "to connect to or to listen on (127.0.0.1)" },
	{ { "port", 1, 0, OPT_PORT }, "N", "the same (server: 0, any)" },
	{ { "cert", 1, 0, OPT_CERT }, "FILE", "PEM chain, leaf first; with --key; repeatable" },
	{ { "key", 1, 0, OPT_KEY }, "FILE", "PEM PKCS#8 key of the --cert before it" },
	{ { "anchors", 1, 0, OPT_ANCHORS }, "FILE", "PEM certificates to trust" },
	{ { "name", 1, 0, OPT_NAME }, "NAME", "client: whom the server's certificate must name" },
	{ { "version", 1, 0, OPT_VERSION }, "V", "1.2, 1.3 or both (both)" },
	{ { "suites", 1, 0, OPT_SUITES }, "A,B", "names or numbers, in order" },
	{ { "groups", 1, 0, OPT_GROUPS }, "A,B", "names or numbers, in order" },
	{ { "schemes", 1, 0, OPT_SCHEMES }, "A,B", "signature schemes, numbers" },
	{ { "shares", 1, 0, OPT_SHARES }, "N", "client: key shares in the first hello (1)" },
	{ { "alpn", 1, 0, OPT_ALPN }, "A,B", "protocols, in order" },
	{ { "resume", 1, 0, OPT_RESUME }, "N", "client: N more connections, each resumed" },
	{ { "key-update", 1, 0, OPT_UPDATE }, "HOW", "none, once, request or often" },
	{ { "client-auth", 1, 0, OPT_AUTH }, "HOW", "server: none, request or require" },
	{ { "keylog", 1, 0, OPT_KEYLOG }, "FILE", "secrets, as SSLKEYLOGFILE has them" },
	{ { "count", 1, 0, OPT_COUNT }, "N", "connections, one after the other (1)" },
	{ { "data", 1, 0, OPT_DATA }, "BYTES", "echoed by a client, or served as a page" },
	{ { "piece", 1, 0, OPT_PIECE }, "N", "bytes that the completer gets at a time" },
	{ { "record-size-limit", 1, 0, OPT_LIMIT }, "N", "RFC 8449" },
	{ { "record-max", 1, 0, OPT_RECORD }, "N", "most bytes in a record we send" },
	{ { "pad", 1, 0, OPT_PAD }, "N", "TLS 1.3: padding of the records we send" },
	{ { "insecure", 0, 0, OPT_INSECURE }, "", "believe any certificate" },
	{ { "rsa-kx", 0, 0, OPT_RSA_KX }, "", "allow RSA key transport (TLS 1.2)" },
	{ { "echo", 0, 0, OPT_ECHO }, "", "server: send back; client: compare" },
	{ { "print", 0, 0, OPT_PRINT }, "", "client: what came goes to stdout" },
	{ { "tickets", 1, 0, OPT_TICKETS }, "N", "server: tickets after a handshake (2), 0: off" },
	{ { "sni-strict", 0, 0, OPT_STRICT }, "", "server: refuse unknown names" },
	{ { "no-sni", 0, 0, OPT_NO_SNI }, "", "client: do not send the name" },
	{ { "timeout", 1, 0, OPT_TIMEOUT }, "S", "for each read (10)" },
	{ { "pause", 0, 0, OPT_PAUSE }, "", "at the end, everything wiped, wait for stdin's end" },
	{ { "request", 1, 0, OPT_REQUEST }, "TEXT", "client: what is sent" },
	{ { "abrupt", 0, 0, OPT_ABRUPT }, "", "close TCP without close_notify" },
};

static void usage(void)
{
	size_t i;

	fprintf(stderr, "usage: peer client|server [options]\n");
	for (i = 0; i < ARRAY_SIZE(options); i++)
		fprintf(stderr, "  --%-18s %-6s %s\n", options[i].o.name,
			options[i].arg, options[i].text);
	exit(2);
}

static void wrong(const char *what, const char *value)
{
	fprintf(stderr, "peer: %s: %s\n", value, what);
	exit(2);
}

static size_t number(const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 0);

	if (!*s || *end)
		wrong("not a number", s);
	return v;
}

static u16 suite_number(const char *s)
{
	static const u16 all[] = {
		0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8,
		0xcca9, 0x009c, 0x009d,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcasecmp(s, tlso_suite_name(all[i])))
			return all[i];
	return (u16)number(s);
}

static u16 group_number(const char *s)
{
	static const u16 all[] = { 29, 23, 24 };
	static const char *const other[] = { "X25519", "P-256", "P-384" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcasecmp(s, tlso_group_name(all[i])) ||
		    !strcasecmp(s, other[i]))
			return all[i];
	return (u16)number(s);
}

static u16 scheme_number(const char *s)
{
	return (u16)number(s);
}

static u8 list(char *s, u16 *out, size_t max, u16 (*to_number)(const char *s))
{
	char *save = NULL, *p;
	size_t n = 0;

	for (p = strtok_r(s, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		if (n == max)
			wrong("too many", p);
		out[n++] = to_number(p);
	}
	return (u8)n;
}

static void alpn_list(char *s)
{
	char *save = NULL, *p;
	size_t n = 0, len;

	for (p = strtok_r(s, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		len = strlen(p);
		if (len > 255 || n + 1 + len > sizeof(alpn))
			wrong("too long", p);
		alpn[n++] = (u8)len;
		memcpy(alpn + n, p, len);
		n += len;
	}
	o.cfg.alpn = alpn;
	o.cfg.alpn_len = n;
}

/* Which of @words is @s? */
static unsigned int word(const char *s, const char *const *words, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(s, words[i]))
			return i;
	wrong("unknown word", s);
	return 0;
}

static void set_option(int c, char *arg)
{
	static const char *const versions[] = { "", "1.2", "1.3", "both" };
	static const char *const updates[] = { "none", "once", "request", "often" };
	static const char *const auth[] = { "none", "request", "require" };
	static const char *cert;

	switch (c) {
	case OPT_HOST:
		opt.host = arg;
		break;
	case OPT_PORT:
		opt.port = arg;
		break;
	case OPT_CERT:
		cert = arg;
		break;
	case OPT_KEY:
		if (!cert)
			wrong("no --cert before it", arg);
		creds_add(&creds, cert, arg);
		break;
	case OPT_ANCHORS:
		creds_anchors(&creds, arg);
		break;
	case OPT_NAME:
		opt.name = arg;
		break;
	case OPT_VERSION:
		o.cfg.versions = (u8)word(arg, versions, 4);
		break;
	case OPT_SUITES:
		o.cfg.n_suites = list(arg, o.cfg.suites, TLSO_SUITES_MAX,
				      suite_number);
		break;
	case OPT_GROUPS:
		o.cfg.n_groups = list(arg, o.cfg.groups, TLSO_GROUPS_MAX,
				      group_number);
		break;
	case OPT_SCHEMES:
		o.cfg.n_schemes = list(arg, o.cfg.schemes, TLSO_SCHEMES_MAX,
				       scheme_number);
		break;
	case OPT_SHARES:
		o.cfg.n_shares = (u8)number(arg);
		break;
	case OPT_ALPN:
		alpn_list(arg);
		break;
	case OPT_RESUME:
		opt.resume = (unsigned int)number(arg);
		break;
	case OPT_UPDATE:
		opt.updates = word(arg, updates, 4);
		break;
	case OPT_AUTH:
		o.cfg.client_auth = (u8)word(arg, auth, 3);
		break;
	case OPT_KEYLOG:
		o.keylog = fopen(arg, "a");
		if (!o.keylog)
			wrong(strerror(errno), arg);
		break;
	case OPT_COUNT:
		opt.count = (unsigned int)number(arg);
		break;
	case OPT_DATA:
		opt.data = number(arg);
		break;
	case OPT_PIECE:
		o.piece = number(arg);
		break;
	case OPT_LIMIT:
		o.cfg.record_size_limit = (u16)number(arg);
		break;
	case OPT_RECORD:
		o.record_max = number(arg);
		break;
	case OPT_PAD:
		o.pad = number(arg);
		break;
	case OPT_INSECURE:
		o.cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
		break;
	case OPT_RSA_KX:
		o.cfg.rsa_kx = true;
		break;
	case OPT_ECHO:
		opt.echo = true;
		break;
	case OPT_PRINT:
		opt.print = true;
		break;
	case OPT_TICKETS:
		o.n_tickets = (unsigned int)number(arg);
		break;
	case OPT_STRICT:
		o.cfg.sni_strict = true;
		break;
	case OPT_NO_SNI:
		o.cfg.no_sni = true;
		break;
	case OPT_TIMEOUT:
		opt.timeout = (unsigned int)number(arg);
		break;
	case OPT_PAUSE:
		opt.pause = true;
		break;
	case OPT_REQUEST:
		opt.request = arg;
		break;
	case OPT_ABRUPT:
		opt.abrupt = true;
		break;
	default:
		usage();
	}
}

static void read_options(int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(options) + 1] = { 0 };
	size_t i;
	int c;

	if (argc < 2 || (strcmp(argv[1], "client") && strcmp(argv[1], "server")))
		usage();
	opt.client = argv[1][0] == 'c';
	for (i = 0; i < ARRAY_SIZE(options); i++)
		longs[i] = options[i].o;
	o.cfg.versions = TLSO_USE_12 | TLSO_USE_13;
	o.n_tickets = 2;
	while ((c = getopt_long(argc - 1, argv + 1, "", longs, NULL)) != -1)
		set_option(c, optarg);
	if (optind != argc - 1)
		usage();
}

/* ---- What is said -------------------------------------------------------------- */

static u8 pattern(size_t i)
{
	return (u8)(i * 7 + (i >> 8));
}

static int update(bool first)
{
	if (conn.d.version != TLSO_VERSION_13 || opt.updates == UPDATE_NONE ||
	    (!first && opt.updates != UPDATE_OFTEN))
		return 0;
	return conn_key_update(&conn, opt.updates == UPDATE_REQUEST ||
					      (opt.updates == UPDATE_OFTEN &&
					       conn.updates_out % 2));
}

/* @n bytes of pattern from offset @at on. */
static int send_pattern(size_t at, size_t n)
{
	u8 buf[4096];
	size_t i, part;

	for (; n; n -= part, at += part) {
		part = n < sizeof(buf) ? n : sizeof(buf);
		for (i = 0; i < part; i++)
			buf[i] = pattern(at + i);
		if (conn_write(&conn, buf, part) || update(false))
			return -1;
	}
	return 0;
}

/* Windows of 8 KiB, so that neither side's socket buffers fill up. */
static int echo_client(void)
{
	size_t sent = 0, got = 0, part, i;
	u8 buf[4096];
	ssize_t k;

	while (got < opt.data) {
		part = opt.data - sent < 8192 ? opt.data - sent : 8192;
		if (send_pattern(sent, part))
			return -1;
		sent += part;
		while (got < sent) {
			k = conn_read(&conn, buf, sizeof(buf));
			if (k <= 0)
				return -1;
			for (i = 0; i < (size_t)k; i++)
				if (buf[i] != pattern(got + i)) {
					conn.why = "the echo is another";
					return -1;
				}
			got += (size_t)k;
		}
	}
	return 0;
}

static int request_client(void)
{
	bool some = false;
	u8 buf[4096];
	ssize_t k;

	if (conn_write(&conn, (const u8 *)opt.request, strlen(opt.request)))
		return -1;
	while ((k = conn_read(&conn, buf, sizeof(buf))) > 0) {
		some = true;
		if (opt.print)
			fwrite(buf, 1, (size_t)k, stdout);
		if (update(false))
			return -1;
	}
	/* HTTP/1.0 servers of others end with TCP's FIN alone. */
	if (some && conn.eof && !conn.err)
		return 0;
	return some && k == 0 ? 0 : -1;
}

static int echo_server(void)
{
	u8 buf[4096];
	ssize_t k;

	while ((k = conn_read(&conn, buf, sizeof(buf))) > 0)
		if (conn_write(&conn, buf, (size_t)k) || update(false))
			return -1;
	return k == 0 ? 0 : -1;
}

/* A request up to its empty line, then the page. */
static int page_server(void)
{
	static const char page[] = "hello from tlso\n";
	size_t n = opt.data ? opt.data : sizeof(page) - 1, have = 0;
	char buf[8192], head[200];
	ssize_t k;
	int len;

	do {
		k = conn_read(&conn, (u8 *)buf + have, sizeof(buf) - 1 - have);
		if (k <= 0)
			return -1;
		have += (size_t)k;
		buf[have] = 0;
	} while (have < sizeof(buf) - 1 && !strstr(buf, "\r\n\r\n") &&
		 !strstr(buf, "\n\n"));
	len = snprintf(head, sizeof(head), "HTTP/1.0 200 OK\r\n"
		       "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
		       n);
	if (conn_write(&conn, (u8 *)head, (size_t)len))
		return -1;
	return opt.data ? send_pattern(0, n) :
			  conn_write(&conn, (const u8 *)page, n);
}

static int talk(void)
{
	int ret = update(true);

	if (ret)
		return ret;
	if (opt.client)
		return opt.echo || opt.data ? echo_client() : request_client();
	return opt.echo ? echo_server() : page_server();
}

/* ---- Connections ---------------------------------------------------------------- */

static const char *alert_text(char *buf, size_t n)
{
	if (conn.alert_in != TLSO_ALERT_NONE)
		snprintf(buf, n, "received-%u", conn.alert_in);
	else if (conn.alert_out != TLSO_ALERT_NONE &&
		 conn.alert_out != TLSO_ALERT_CLOSE_NOTIFY)
		snprintf(buf, n, "sent-%u", conn.alert_out);
	else
		snprintf(buf, n, "-");
	return buf;
}

static const char *auth_text(void)
{
	if (opt.client)
		return conn.d.scheme ? "sent" : "none";
	return conn.d.peer_verified ? "verified" : "none";
}

static void report(int result)
{
	const struct tlso_director *d = &conn.d;
	char alert[32];

	printf("version=%s suite=%s group=%s resumed=%s alpn=%.*s client-auth=%s "
	       "identity=%u retry=%u scheme=%04x result=%s alert=%s",
	       d->version == TLSO_VERSION_13 ? "1.3" :
	       d->version == TLSO_VERSION_12 ? "1.2" : "-",
	       d->suite ? tlso_suite_name(d->suite) : "-",
	       d->group ? tlso_group_name(d->group) : "-",
	       d->resumed ? "yes" : "no", d->alpn_len ? d->alpn_len : 1,
	       d->alpn_len ? (const char *)d->alpn : "-", auth_text(),
	       d->identity, d->hrr_sent, opt.client ? d->peer_scheme : d->scheme,
	       result ? "failed" : "ok", alert_text(alert, sizeof(alert)));
	if (result)
		printf(" reason=%s%s%s", conn.err ? tlso_err_name(conn.err) : "-",
		       conn.why ? ": " : "", conn.why ? conn.why : "");
	if (conn.updates_in || conn.updates_out)
		printf(" updates=%u/%u", conn.updates_in, conn.updates_out);
	printf("\n");
}

static void keep_session(void *ctx, const struct conn_session *s)
{
	(void)ctx;
	conn_session_copy(&session, s);
	have_session = true;
}

static int one_connection(int fd, bool must_resume)
{
	struct timeval limit = { .tv_sec = opt.timeout };
	int ret, one = 1;
	u8 sink[4096];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	o.session = opt.client && have_session ? &session : NULL;
	conn_init(&conn, fd, &o);
	ret = conn_handshake(&conn);
	if (!ret)
		ret = talk();
	if (!ret && must_resume && !conn.d.resumed) {
		conn.why = "not resumed";
		ret = -1;
	}
	if (conn.secure && !opt.abrupt)
		(void)!conn_close(&conn);
	shutdown(fd, SHUT_WR);
	report(ret);
	/* So that the peer gets our last words, and no RST. */
	while (!conn.eof && read(fd, sink, sizeof(sink)) > 0)
		;
	close(fd);
	conn_wipe(&conn);
	return ret ? 1 : 0;
}

static struct addrinfo *address(int flags)
{
	struct addrinfo hint = { .ai_socktype = SOCK_STREAM, .ai_flags = flags };
	struct addrinfo *a;
	int e = getaddrinfo(opt.host, opt.port, &hint, &a);

	if (e)
		wrong(gai_strerror(e), opt.host);
	return a;
}

static int run_client(void)
{
	struct addrinfo *a = address(0);
	unsigned int i;
	int bad = 0;

	for (i = 0; i < opt.count + opt.resume; i++) {
		int fd = socket(a->ai_family, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, a->ai_addr, a->ai_addrlen)) {
			perror("peer: connect");
			if (fd >= 0)
				close(fd);
			bad = 1;
			break;
		}
		if (!opt.resume)
			have_session = false;
		bad |= one_connection(fd, i >= opt.count);
	}
	freeaddrinfo(a);
	return bad;
}

static int listen_on(void)
{
	struct addrinfo *a = address(AI_PASSIVE);
	int fd = socket(a->ai_family, SOCK_STREAM, 0), one = 1;
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 64) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len)) {
		perror("peer: listen");
		exit(2);
	}
	freeaddrinfo(a);
	/* The port lies at the same place for both families. */
	printf("port %u\n", ntohs(((struct sockaddr_in *)&sa)->sin_port));
	return fd;
}

static int run_server(void)
{
	int fd = listen_on(), bad = 0, s;
	unsigned int i;

	for (i = 0; !opt.count || i < opt.count; i++) {
		s = accept(fd, NULL, NULL);
		if (s < 0)
			return 1;
		bad |= one_connection(s, false);
	}
	close(fd);
	return bad;
}

static void set_up(void)
{
	tlso_host_wipe_numbers();
	o.cfg.client = opt.client;
	o.cfg.ids = creds.id;
	o.cfg.n_ids = (u8)creds.keys.n;
	o.keys = &creds.keys;
	o.cfg.anchors = creds.anchor;
	o.cfg.n_anchors = creds.n_anchors;
	if (opt.client) {
		o.cfg.name = opt.name;
		o.cfg.name_len = opt.name ? strlen(opt.name) : 0;
		o.cfg.tickets = opt.resume;
		o.session_new = keep_session;
		return;
	}
	if (!creds.keys.n)
		wrong("a server needs --cert and --key", "server");
	o.cfg.tickets = o.n_tickets;
	ticket_keys.n = 1;
	if (tlso_host_crypto.random(NULL, (u8 *)&ticket_keys.key[0],
				    sizeof(ticket_keys.key[0])))
		exit(2);
	o.ticket_keys = &ticket_keys;
}

int main(int argc, char **argv)
{
	int bad, c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(argc, argv);
	set_up();
	bad = opt.client ? run_client() : run_server();
	tlso_wipe(&ticket_keys, sizeof(ticket_keys));
	tlso_wipe(&session, sizeof(session));
	creds_free(&creds);
	if (o.keylog)
		fclose(o.keylog);
	if (opt.pause) {
		printf("done\n");
		do
			c = getchar();
		while (c != EOF);
	}
	return bad;
}
