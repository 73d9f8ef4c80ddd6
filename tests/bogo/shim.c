// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that BoGo's runner drives: connects back to it, is a TLS client or
 * server over the core, and echoes every byte it reads, each bit turned over.
 * Options say what is special about one test; exit status 89 says that one of
 * them is not implemented.
 *
 * Errors go to stderr as ":name of the error:"; config.json says which of the
 * runner's names they answer to. Where the runner wants its own names they are
 * written as they are.
 *
 * Responsible for: what a test asks of the program. Leaves to: shim_opts.c the
 * options, shim_ca.c the names of authorities, tests/interop/conn.c the connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"
#include "../interop/conn.h"
#include "../interop/creds.h"
#include "../../kmod/core/hs_msg.h"
#include "../../kmod/core/suite.h"
#include "../../kmod/core/wire.h"

/* The whole process: sessions and ticket keys outlive a connection. */
static struct tlso_ticket_keys ticket_keys;
static struct conn_session session;
static bool have_session;
static u64 now_ms; /* stands still but for -resumption-delay: tests compare ages */

/* One connection. */
static const struct shim_opts *opt;
static bool resuming;
static struct conn conn;
static struct conn_opts o;
static struct creds creds;
static u8 alpn[260];
static bool new_ticket; /* TLS 1.2 */
static u16 peer_prefs[64];
static unsigned int n_peer_prefs;
static u8 cert_types[64];
static size_t n_cert_types;
static u8 peer_alpn[512];
static size_t peer_alpn_len;
static char authorities[4096]; /* of the CertificateRequest */
static bool chain_differs;
static bool vetoed;
static const char *said; /* the runner's name of an error of the shim's own */

static int complain(const char *what)
{
	fprintf(stderr, "%s\n", what);
	return -1;
}

/* ---- What is seen of the handshake ---------------------------------------------- */

/* The extension @type of a ClientHello; false where it has none. */
static bool hello_ext(const u8 *msg, size_t n, u16 type, struct tlso_rd *ext)
{
	struct tlso_rd r, exts;
	u16 t;

	if (tlso_msg_open(&r, TLSO_HS_CLIENT_HELLO, msg, n))
		return false;
	(void)tlso_rd_u16(&r);
	(void)tlso_rd_bytes(&r, TLSO_RANDOM_LEN);
	(void)tlso_rd_vec(&r, 1);
	(void)tlso_rd_vec(&r, 2);
	(void)tlso_rd_vec(&r, 1);
	exts = tlso_rd_vec(&r, 2);
	while (exts.n && !exts.bad) {
		t = tlso_rd_u16(&exts);
		*ext = tlso_rd_vec(&exts, 2);
		if (t == type && !exts.bad)
			return true;
	}
	return false;
}

static void keep_prefs(struct tlso_rd list)
{
	n_peer_prefs = 0;
	while (list.n && !list.bad && n_peer_prefs < ARRAY_SIZE(peer_prefs))
		peer_prefs[n_peer_prefs++] = tlso_rd_u16(&list);
}

/* The names of authorities, as the runner writes them: hex, with commas. */
static void keep_authorities(struct tlso_rd list)
{
	size_t n = 0, i;
	struct tlso_rd name;

	while (list.n && !list.bad) {
		name = tlso_rd_vec(&list, 2);
		if (list.bad || n + 2 * name.n + 2 > sizeof(authorities))
			return;
		if (n)
			authorities[n++] = ',';
		for (i = 0; i < name.n; i++, n += 2)
			sprintf(authorities + n, "%02x", name.p[i]);
	}
}

/* CertificateRequest: RFC 8446 4.3.2, RFC 5246 7.4.4. */
static void keep_request(const struct conn *c, const u8 *msg, size_t n)
{
	struct tlso_rd r, v, ext;

	if (tlso_msg_open(&r, TLSO_HS_CERTIFICATE_REQUEST, msg, n))
		return;
	v = tlso_rd_vec(&r, 1); /* context, or types */
	if (c->d.version == TLSO_VERSION_12) {
		n_cert_types = v.n < sizeof(cert_types) ? v.n : 0;
		memcpy(cert_types, v.p, n_cert_types);
		keep_prefs(tlso_rd_vec(&r, 2));
		keep_authorities(tlso_rd_vec(&r, 2));
		return;
	}
	v = tlso_rd_vec(&r, 2);
	while (v.n && !v.bad) {
		u16 type = tlso_rd_u16(&v);

		ext = tlso_rd_vec(&v, 2);
		if (type == TLSO_EXT_SIGNATURE_ALGORITHMS)
			keep_prefs(tlso_rd_vec(&ext, 2));
		else if (type == TLSO_EXT_CERTIFICATE_AUTHORITIES)
			keep_authorities(tlso_rd_vec(&ext, 2));
	}
}

static void keep_hello(const u8 *msg, size_t n)
{
	struct tlso_rd ext, list;

	if (hello_ext(msg, n, TLSO_EXT_SIGNATURE_ALGORITHMS, &ext))
		keep_prefs(tlso_rd_vec(&ext, 2));
	if (hello_ext(msg, n, TLSO_EXT_ALPN, &ext)) {
		list = tlso_rd_vec(&ext, 2);
		if (list.n <= sizeof(peer_alpn)) {
			memcpy(peer_alpn, list.p, list.n);
			peer_alpn_len = list.n;
		}
	}
}

/* -expect-peer-cert-file: each certificate of the message is that file's. */
static bool same_chain(const u8 *msg, size_t n)
{
	struct tlso_cert certs[TLSO_SENT_MAX];
	static struct creds want;
	unsigned int n_certs, i;
	bool same;

	if (tlso_certificate_parse(conn.d.version, !opt->client, msg, n, certs,
				   &n_certs))
		return false;
	creds_anchors(&want, opt->expect_peer_cert_file);
	same = n_certs == want.n_anchors;
	for (i = 0; same && i < n_certs; i++)
		same = certs[i].len == want.anchor[i].len &&
		       !memcmp(certs[i].der, want.anchor[i].der, certs[i].len);
	creds_free(&want);
	return same;
}

/* The verdict on a session that is resumed is asked for once more. */
static bool veto_resumption(const struct conn *c, u8 type)
{
	if (!opt->reverify_on_resume || !opt->verify_fail || !c->d.resumed)
		return false;
	return type == TLSO_HS_FINISHED;
}

static u8 verify_alert(void)
{
	return opt->use_custom_verify_callback ? TLSO_ALERT_CERTIFICATE_UNKNOWN :
						 TLSO_ALERT_HANDSHAKE_FAILURE;
}

static u8 see_message(void *ctx, struct conn *c, u8 type, const u8 *msg, size_t n)
{
	(void)ctx;
	if (type == TLSO_HS_CLIENT_HELLO) {
		keep_hello(msg, n);
		if (opt->fail_early_callback) {
			said = ":CONNECTION_REJECTED:";
			return TLSO_ALERT_HANDSHAKE_FAILURE;
		}
		if (opt->select_empty_alpn && peer_alpn_len) {
			said = ":INVALID_ALPN_PROTOCOL: :illegal parameter:";
			return TLSO_ALERT_INTERNAL_ERROR;
		}
		if (opt->fail_ddos_callback) {
			said = ":CONNECTION_REJECTED:";
			return TLSO_ALERT_INTERNAL_ERROR;
		}
	}
	if (opt->fail_cert_callback && (type == TLSO_HS_CLIENT_HELLO ||
					type == TLSO_HS_CERTIFICATE_REQUEST)) {
		said = ":CERT_CB_ERROR:";
		return TLSO_ALERT_INTERNAL_ERROR;
	}
	if (type == TLSO_HS_CERTIFICATE && opt->expect_peer_cert_file)
		chain_differs = !same_chain(msg, n);
	if (type == TLSO_HS_CERTIFICATE_REQUEST)
		keep_request(c, msg, n);
	/* Header, lifetime, length: an empty one is none (RFC 5077 3.3). */
	if (type == TLSO_HS_NEW_SESSION_TICKET && n > 4 + 4 + 2)
		new_ticket = true;
	if (veto_resumption(c, type)) {
		vetoed = true;
		said = ":certificate verify failed:";
		return verify_alert();
	}
	return TLSO_ALERT_NONE;
}

/* Where the test has the chain refused, nothing is trusted; what the verifier
 * then finds is the refusal.
 */
static u8 see_end(void *ctx, struct conn *c, enum tlso_err e, u8 alert)
{
	(void)ctx;
	(void)c;
	switch (e) {
	case TLSO_E_UNKNOWN_CA:
	case TLSO_E_CERT_EXPIRED:
	case TLSO_E_UNSUPPORTED_CERT:
	case TLSO_E_CERT_UNKNOWN:
	case TLSO_E_BAD_CERT:
		if (!opt->verify_fail)
			return alert;
		said = ":certificate verify failed:";
		return verify_alert();
	default:
		return alert;
	}
}

static void keep_session(void *ctx, const struct conn_session *s)
{
	(void)ctx;
	conn_session_copy(&session, s);
	have_session = true;
}

/* ---- Before -------------------------------------------------------------------- */

static u8 versions(void)
{
	u8 v = 0;

	if (opt->min_version <= TLSO_VERSION_12 && !opt->no_tls12 &&
	    (!opt->max_version || opt->max_version >= TLSO_VERSION_12))
		v |= TLSO_USE_12;
	if (opt->min_version <= TLSO_VERSION_13 && !opt->no_tls13 &&
	    (!opt->max_version || opt->max_version >= TLSO_VERSION_13))
		v |= TLSO_USE_13;
	return v;
}

static void set_numbers(u16 *to, u8 *n, size_t max, const struct shim_list *from)
{
	size_t i;

	for (i = 0; i < from->n && i < max; i++)
		to[i] = (u16)from->v[i];
	*n = (u8)i;
}

static void set_alpn(void)
{
	if (opt->client && opt->advertise_alpn) {
		o.cfg.alpn = (const u8 *)opt->advertise_alpn;
		o.cfg.alpn_len = strlen(opt->advertise_alpn);
	} else if (!opt->client && opt->select_alpn && *opt->select_alpn &&
		   !opt->decline_alpn) {
		alpn[0] = (u8)strlen(opt->select_alpn);
		memcpy(alpn + 1, opt->select_alpn, alpn[0]);
		o.cfg.alpn = alpn;
		o.cfg.alpn_len = 1u + alpn[0];
	} else if (!opt->client && opt->reject_alpn) {
		o.cfg.alpn = (const u8 *)"\x08rejected";
		o.cfg.alpn_len = 9;
	}
}

static void set_auth(void)
{
	if (opt->client_ca_list)
		o.cfg.n_anchors = shim_authorities(opt->client_ca_list,
						   &o.cfg.anchors);
	o.cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
	if (opt->verify_fail &&
	    (opt->verify_peer || opt->require_any_client_certificate))
		o.cfg.verify_flags = 0;
	if (opt->require_any_client_certificate)
		o.cfg.client_auth = TLSO_AUTH_REQUIRE;
	else if (opt->verify_peer)
		o.cfg.client_auth = TLSO_AUTH_REQUEST;
	if (opt->cert_file && opt->key_file &&
	    creds_try(&creds, opt->cert_file, opt->key_file)) {
		fprintf(stderr, "%s: not an identity of ours\n", opt->cert_file);
		exit(SHIM_UNIMPLEMENTED);
	}
	o.cfg.ids = creds.id;
	o.cfg.n_ids = (u8)creds.keys.n;
	o.keys = &creds.keys;
}

static void set_up(void)
{
	memset(&o, 0, sizeof(o));
	o.cfg.client = opt->client;
	o.cfg.versions = versions();
	o.cfg.rsa_kx = true;
	o.cfg.unsafe_servers = true; /* some tests have ServerHellos without any
				      * extension
				      */
	set_numbers(o.cfg.suites, &o.cfg.n_suites, TLSO_SUITES_MAX, &opt->suites);
	set_numbers(o.cfg.groups, &o.cfg.n_groups, TLSO_GROUPS_MAX, &opt->curves);
	set_numbers(o.cfg.schemes, &o.cfg.n_schemes, TLSO_SCHEMES_MAX,
		    &opt->verify_prefs);
	set_numbers(o.cfg.sign_schemes, &o.cfg.n_sign_schemes, TLSO_SCHEMES_MAX,
		    &opt->signing_prefs);
	set_alpn();
	set_auth();
	/* The name is sent; the runner's certificates have none. */
	if (opt->client && opt->host_name) {
		o.cfg.name = opt->host_name;
		o.cfg.name_len = strlen(opt->host_name);
	}
	o.cfg.tickets = !opt->no_ticket;
	o.n_tickets = opt->no_ticket ? 0 : 1;
	o.ticket_keys = opt->client || opt->no_ticket ? NULL : &ticket_keys;
	o.session = opt->client && resuming ? &session : NULL;
	if (resuming)
		now_ms += (u64)opt->resumption_delay * 1000;
	o.now_ms = now_ms;
	o.piece = opt->async ? 1 : 0;
	o.message_max = (size_t)opt->max_cert_list;
	o.record_max = (size_t)opt->max_send_fragment;
	o.exports = opt->export_keying_material != 0;
	o.refuse_hello_request = !opt->renegotiate_ignore;
	o.message = see_message;
	o.ending = see_end;
	o.session_new = keep_session;
}

static int connect_back(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, i;
	u8 id[8];

	a.sin_port = htons((u16)opt->port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		perror("connect");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (opt->shim_id) {
		for (i = 0; i < 8; i++)
			id[i] = (u8)(strtoull(opt->shim_id, NULL, 10) >> (8 * i));
		if (send(fd, id, sizeof(id), MSG_NOSIGNAL) != sizeof(id))
			exit(1);
	}
	return fd;
}

/* ---- After the handshake --------------------------------------------------------- */

static int check_list(const char *what, const struct shim_list *want,
		      const u16 *got, size_t n)
{
	size_t i;
	bool same = want->n == n;

	for (i = 0; same && i < n; i++)
		same = (u16)want->v[i] == got[i];
	return same ? 0 : complain(what);
}

static int check_session(const struct tlso_director *d)
{
	bool want = resuming && !opt->expect_session_miss;

	if (d->resumed != want)
		return complain(want ? "session was not resumed" :
				       "session was resumed");
	if (opt->expect_ticket_renewal && d->version == TLSO_VERSION_12 &&
	    opt->client && !new_ticket)
		return complain("no new ticket");
	if (opt->expect_ticket_age_skew && resuming &&
	    (conn.age_skew_ms + 500 - (conn.age_skew_ms < -500) * 1000) / 1000 !=
		    opt->ticket_age_skew)
		return complain("another skew of the ticket's age");
	if (opt->expect_extended_master_secret && !d->ems &&
	    d->version == TLSO_VERSION_12)
		return complain("no extended master secret");
	return 0;
}

static int check_alpn(const struct tlso_director *d)
{
	const char *want = opt->client ? opt->expect_alpn : opt->select_alpn;

	if (want && (d->alpn_len != strlen(want) ||
		     memcmp(d->alpn, want, d->alpn_len)))
		return complain("another ALPN protocol");
	if (opt->decline_alpn && d->alpn_len)
		return complain("ALPN protocol although declined");
	if (opt->expect_advertised_alpn &&
	    (peer_alpn_len != strlen(opt->expect_advertised_alpn) ||
	     memcmp(peer_alpn, opt->expect_advertised_alpn, peer_alpn_len)))
		return complain("another list of ALPN protocols");
	return 0;
}

static int check_suite(const struct tlso_director *d)
{
	if (opt->expect_version && d->version != opt->expect_version)
		return complain("another version");
	if (opt->expect_cipher && d->suite != (opt->expect_cipher & 0xffff))
		return complain("another suite");
	if (opt->expect_curve_id && d->group != opt->expect_curve_id)
		return complain("another group");
	if (opt->expect_hrr && !d->hrr_sent)
		return complain("no HelloRetryRequest");
	if (opt->expect_no_hrr && d->hrr_sent)
		return complain("HelloRetryRequest");
	return 0;
}

/* The core chooses what it signs with in its own order; that must be one of the
 * test's.
 */
static int check_signature(const struct tlso_director *d)
{
	size_t i;

	if (!opt->signing_prefs.n || !d->scheme)
		return 0;
	for (i = 0; i < opt->signing_prefs.n; i++)
		if (opt->signing_prefs.v[i] == d->scheme)
			return 0;
	return complain("signed with another algorithm");
}

static int check_peer(const struct tlso_director *d)
{
	const char *name = opt->expect_server_name;

	if (opt->expect_peer_signature_algorithm && !d->resumed &&
	    d->peer_scheme != opt->expect_peer_signature_algorithm)
		return complain("another signature algorithm of the peer");
	if (opt->expect_peer_verify_pref.n &&
	    check_list("other signature algorithms wanted",
		       &opt->expect_peer_verify_pref, peer_prefs, n_peer_prefs))
		return -1;
	if (name && (d->name_len != strlen(name) ||
		     memcmp(d->name, name, d->name_len)))
		return complain("another server name");
	if (opt->certificate_types) {
		u8 want[64];
		int n = shim_base64(want, sizeof(want), opt->certificate_types);

		if (n < 0 || (size_t)n != n_cert_types ||
		    memcmp(want, cert_types, n_cert_types))
			return complain("other certificate types");
	}
	if (opt->expect_client_ca_list &&
	    strcmp(authorities, opt->expect_client_ca_list))
		return complain("other authorities");
	if (opt->expect_peer_cert_file && chain_differs)
		return complain("another chain");
	if (opt->require_any_client_certificate && !d->resumed &&
	    !conn.peer_der[0])
		return complain("no client certificate");
	return 0;
}

static int check_handshake(void)
{
	const struct tlso_director *d = &conn.d;

	return check_session(d) || check_suite(d) || check_alpn(d) ||
	       check_peer(d) || check_signature(d) ? -1 : 0;
}

static int write_exporter(void)
{
	size_t n = (size_t)opt->export_keying_material;
	const char *context = NULL;
	u8 out[4096];

	if (!n)
		return 0;
	if (n > sizeof(out))
		exit(SHIM_UNIMPLEMENTED);
	if (opt->use_export_context)
		context = opt->export_context ? opt->export_context : "";
	else if (conn.d.version == TLSO_VERSION_13)
		context = "";
	if (conn_export(&conn, opt->export_label ? opt->export_label : "",
			context, out, n))
		return complain("no exporter");
	return conn_write(&conn, out, n);
}

static int write_traffic_secrets(void)
{
	const struct tlso_session_keys *k = &conn.post.keys;
	u8 out[2 + 2 * TLSO_HASH_MAX];

	if (!opt->export_traffic_secrets)
		return 0;
	if (k->tls_version != TLSO_VERSION_13)
		return complain("no traffic secrets");
	out[0] = k->secret_len;
	out[1] = 0;
	memcpy(out + 2, k->rx.secret, k->secret_len);
	memcpy(out + 2 + k->secret_len, k->tx.secret, k->secret_len);
	return conn_write(&conn, out, 2 + 2 * (size_t)k->secret_len);
}

/* Every byte comes back with its bits turned over, until the peer closes. */
static int echo(void)
{
	size_t max = opt->read_size ? (size_t)opt->read_size : 512;
	u8 buf[16384];
	ssize_t k;
	size_t i;

	if (max > sizeof(buf))
		max = sizeof(buf);
	while ((k = conn_read(&conn, buf, max)) > 0) {
		if (opt->key_update && conn_key_update(&conn, false))
			return complain("no KeyUpdate");
		for (i = 0; i < (size_t)k; i++)
			buf[i] ^= 0xff;
		if (conn_write(&conn, buf, (size_t)k))
			return conn.err ? -1 : complain("cannot write");
	}
	return conn.err ? -1 : 0;
}

static int close_well(void)
{
	int r;

	if (!opt->check_close_notify)
		return 0;
	if (!opt->shim_shuts_down) {
		if (!conn.closed)
			return complain("Unexpected SSL_shutdown result: -1 != 1");
		return conn_close(&conn);
	}
	if (conn_close(&conn))
		return complain("cannot write");
	while ((r = conn_pump(&conn)) == 0)
		;
	if (r > 0)
		return complain(":APPLICATION_DATA_ON_SHUTDOWN:");
	if (conn.err)
		return -1;
	return conn.closed ? 0 :
			     complain("Unexpected SSL_shutdown result: -1 != 1");
}

static int talk(void)
{
	static const u8 hello[] = "hello";

	if (write_exporter() || write_traffic_secrets())
		return -1;
	if (opt->send_alert) {
		(void)!conn_alert(&conn, TLSO_ALERT_FATAL, 30);
		return 0;
	}
	if (opt->shim_writes_first && conn_write(&conn, hello, 5))
		return complain("cannot write");
	if (!opt->shim_shuts_down && echo())
		return -1;
	return close_well();
}

static int check_tickets(void)
{
	bool some = conn.tickets_in || new_ticket;

	if (!opt->client || opt->shim_shuts_down)
		return 0;
	if (opt->expect_no_session)
		return some ? complain("a ticket came") : 0;
	if (conn.d.version == TLSO_VERSION_13 && !some && !opt->send_alert)
		return complain("no ticket came");
	return 0;
}

static void report(void)
{
	if (said)
		fprintf(stderr, "%s\n", said);
	else if (conn.err == TLSO_E_PEER_ALERT)
		fprintf(stderr, ":alert from peer %u:\n", conn.alert_in);
	else if (conn.err)
		fprintf(stderr, ":%s:\n", tlso_err_name(conn.err));
	else if (!conn.secure)
		fprintf(stderr, "the handshake did not end well\n");
	if (conn.why)
		fprintf(stderr, "%s\n", conn.why);
}

static int one_connection(void)
{
	u8 sink[4096];
	int ret, fd;

	said = NULL;
	new_ticket = false;
	authorities[0] = 0;
	chain_differs = false;
	vetoed = false;
	n_peer_prefs = 0;
	n_cert_types = 0;
	peer_alpn_len = 0;
	if (opt->client && resuming && !have_session)
		return complain("No session to offer");
	set_up();
	if (!o.cfg.versions)
		return complain(":NO_SUPPORTED_VERSIONS_ENABLED:");
	fd = connect_back();
	conn_init(&conn, fd, &o);
	ret = conn_handshake(&conn);
	ret = ret || check_handshake() || talk() ||
	      check_tickets();
	/* We never do it; once we have closed, nobody is to. */
	if (opt->renegotiate_freely && !opt->shim_shuts_down &&
	    conn.err == TLSO_E_NO_RENEGOTIATION)
		exit(SHIM_UNIMPLEMENTED);
	if (!ret && opt->total_renegotiations)
		exit(SHIM_UNIMPLEMENTED);
	if (ret)
		report();
	/* The runner is to read our last words, and no RST. */
	shutdown(fd, SHUT_WR);
	while (!conn.eof && read(fd, sink, sizeof(sink)) > 0)
		;
	close(fd);
	conn_wipe(&conn);
	creds_free(&creds);
	return ret;
}

int main(int argc, char **argv)
{
	static struct shim_opts opts[2]; /* of the first connection, the others */
	int i;

	if (argc == 2 && !strcmp(argv[1], "-is-handshaker-supported")) {
		printf("No\n");
		return 0;
	}
	i = shim_opts_read(opts, argc, argv);
	if (i)
		return i;
	tlso_host_wipe_numbers();
	now_ms = (u64)time(NULL) * 1000;
	ticket_keys.n = 1;
	if (tlso_host_crypto.random(NULL, (u8 *)&ticket_keys.key[0],
				    sizeof(ticket_keys.key[0])))
		return 1;
	for (i = 0; i <= opts[0].resume_count; i++) {
		opt = &opts[i > 0];
		resuming = i > 0;
		if (one_connection())
			return 1;
	}
	return 0;
}
