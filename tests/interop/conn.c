// SPDX-License-Identifier: GPL-2.0-only
/* A TLS connection over the core in a native program: see conn.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"
#include "../../kmod/core/wire.h"

u64 conn_now_ms(const struct conn_opts *o)
{
	struct timespec t;

	if (o->now_ms)
		return o->now_ms;
	clock_gettime(CLOCK_REALTIME, &t);
	return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

/* ---- The socket ----------------------------------------------------------- */

static int write_all(struct conn *c, const u8 *p, size_t n)
{
	c->wire_out += n;
	while (n) {
		ssize_t k = send(c->fd, p, n, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static int read_more(struct conn *c)
{
	ssize_t k;

	do
		k = read(c->fd, c->in + c->have, sizeof(c->in) - c->have);
	while (k < 0 && errno == EINTR);
	if (k <= 0) {
		c->eof = true;
		c->why = k ? "nothing came in time" : "the peer closed TCP";
		return -1;
	}
	c->wire_in += (u64)k;
	c->have += (size_t)k;
	return 0;
}

static void eat(struct conn *c, size_t n)
{
	c->have -= n;
	memmove(c->in, c->in + n, c->have);
}

/* ---- Handshake ------------------------------------------------------------- */

static void log_secret(void *ctx, const char *label, const u8 *client_random,
		       const u8 *secret, size_t n)
{
	struct conn *c = ctx;
	size_t i;

	if (!strcmp(label, "EXPORTER_SECRET") || !strcmp(label, "CLIENT_RANDOM")) {
		memcpy(c->client_random, client_random, TLSO_RANDOM_LEN);
		memcpy(c->export_secret, secret, n);
	}
	if (!c->o->keylog)
		return;
	fprintf(c->o->keylog, "%s ", label);
	for (i = 0; i < TLSO_RANDOM_LEN; i++)
		fprintf(c->o->keylog, "%02x", client_random[i]);
	fputc(' ', c->o->keylog);
	for (i = 0; i < n; i++)
		fprintf(c->o->keylog, "%02x", secret[i]);
	fputc('\n', c->o->keylog);
	fflush(c->o->keylog);
}

void conn_init(struct conn *c, int fd, const struct conn_opts *o)
{
	struct tlso_completer_cfg cc = { .crypto = &tlso_host_crypto };
	size_t cap = sizeof(c->seg);

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->o = o;
	c->alert_in = TLSO_ALERT_NONE;
	c->alert_out = TLSO_ALERT_NONE;
	c->cfg = o->cfg;
	c->cfg.crypto = &tlso_host_crypto;
	c->cfg.work = &c->work;
	c->cfg.now_ms = conn_now_ms(o);
	c->cfg.resume = o->session ? &o->session->r : NULL;
	c->cfg.ticket_buf = c->fresh.ticket;
	c->cfg.ticket_cap = sizeof(c->fresh.ticket);
	c->cfg.peer_der = c->peer_der;
	c->cfg.peer_der_cap = sizeof(c->peer_der);
	c->signer.ctx = (void *)o->keys;
	c->signer.sign = tlso_host_sign;
	c->signer.rsa_private = tlso_host_rsa_private;
	cc.signer = o->keys ? &c->signer : NULL;
	cc.client = c->cfg.client;
	cc.tickets = o->ticket_keys;
	cc.resume = c->cfg.resume;
	cc.now_ms = c->cfg.now_ms;
	cc.keylog = o->keylog || o->exports ? log_secret : NULL;
	cc.keylog_ctx = c;
	tlso_director_init(&c->d, &c->cfg);
	/* As if the peer had said so (RFC 8449, with the type byte of TLS 1.3):
	 * the handshake's protected records keep to it too.
	 */
	if (o->record_max)
		c->d.peer_limit = (u16)(o->record_max + 1);
	if (o->message_max && o->message_max < cap)
		cap = o->message_max;
	if (cap < TLSO_COMPLETER_SEG_MIN)
		cap = TLSO_COMPLETER_SEG_MIN;
	tlso_completer_init(&c->c, &cc, c->seg, cap);
}

/* The starter's wire length is exact, but in TLS 1.2 an ECDSA signature may
 * come out shorter than its room.
 */
static enum tlso_err send_starter(struct conn *c, size_t n, size_t want)
{
	enum tlso_err e;
	size_t len = 0;

	e = tlso_completer_starter(&c->c, c->starter, n, c->out, sizeof(c->out),
				   &len);
	if (e)
		return e;
	if (len > want || (len < want && c->d.version == TLSO_VERSION_13)) {
		fprintf(stderr, "starter came out as %zu, not %zu\n", len,
			want);
		abort();
	}
	if (len > 43 && c->out[0] == TLSO_CT_HANDSHAKE &&
	    c->out[5] == TLSO_HS_SERVER_HELLO)
		memcpy(c->server_random, c->out + 11, TLSO_RANDOM_LEN);
	if (len && write_all(c, c->out, len)) {
		c->eof = true;
		c->why = "cannot write";
	}
	return TLSO_OK;
}

static void failed(struct conn *c, enum tlso_err e)
{
	if (!c->err)
		c->err = e ? e : TLSO_E_STATE;
	if (c->d.why && !c->why)
		c->why = c->d.why;
	if (c->err == TLSO_E_PEER_ALERT)
		c->alert_in = c->d.alert;
	else
		c->alert_out = c->d.alert;
	c->shut = true;
}

/* The alert that an error ends in goes out as well as it can. */
static void send_last_words(struct conn *c, size_t n, size_t want)
{
	if (n)
		(void)!send_starter(c, n, want);
}

/* Another alert than the director's, where the caller wants one. */
static enum tlso_err alert_starter(struct conn *c, u8 alert, size_t *n,
				   size_t *want)
{
	struct tlso_starter_wr s;

	tlso_starter_begin(&s, c->starter, sizeof(c->starter), c->d.suite,
			   c->d.suite ? c->d.version : 0, c->d.write_epoch);
	tlso_starter_alert(&s, TLSO_ALERT_FATAL, alert);
	c->d.alert = alert;
	return tlso_starter_end(&s, n, want);
}

/* The director has failed, and its alert stands in the starter. */
static void end(struct conn *c, size_t n, size_t want)
{
	u8 alert = c->d.alert;

	if (c->o->ending && n && c->d.err != TLSO_E_PEER_ALERT)
		alert = c->o->ending(c->o->ctx, c, c->d.err, alert);
	if (alert != c->d.alert && alert_starter(c, alert, &n, &want))
		n = 0;
	send_last_words(c, n, want);
	failed(c, c->d.err);
}

static void refused(struct conn *c, enum tlso_err e)
{
	size_t n = 0, want = 0;

	if (tlso_director_refused(&c->d, e, c->starter, sizeof(c->starter), &n,
				  &want) == TLSO_STEP_FAIL)
		send_last_words(c, n, want);
	failed(c, e);
}

/* What the director wants done. True: the handshake goes on. */
static bool act(struct conn *c, enum tlso_step step, size_t n, size_t want)
{
	enum tlso_err e;

	switch (step) {
	case TLSO_STEP_WAIT:
		return true;
	case TLSO_STEP_SEND:
	case TLSO_STEP_LAST:
		e = send_starter(c, n, want);
		if (e) {
			refused(c, e);
			return false;
		}
		c->secure = step == TLSO_STEP_LAST;
		return step == TLSO_STEP_SEND;
	case TLSO_STEP_DONE:
		c->secure = true;
		return false;
	case TLSO_STEP_FAIL:
		end(c, n, want);
		return false;
	}
	return false;
}

/* RFC 8446 8.3: seam.h's extra of an opened ticket says both ages. */
static void note_age(struct conn *c, const struct tlso_finished *f)
{
	struct tlso_rd r;
	u64 age;

	if (!tlso_finished_extra(f, TLSO_EXTRA_TICKET, 0, &r))
		return;
	(void)tlso_rd_bytes(&r, 2 + 2 + 2 + 1 + 1 + 4);
	age = tlso_rd_u64(&r);
	c->age_skew_ms = (int64_t)tlso_rd_u32(&r) - (int64_t)age;
}

/* What the caller wants to see, and what it thinks of it. */
static bool pass_message(struct conn *c, const u8 *seg, size_t len)
{
	struct tlso_finished f;
	size_t n = 0, want = 0;
	u8 alert = TLSO_ALERT_NONE;

	if (tlso_finished_read(&f, seg, len) || f.err)
		return true; /* the director will see */
	note_age(c, &f);
	if (f.type == TLSO_HS_SERVER_HELLO && f.len >= 38)
		memcpy(c->server_random, f.body + 6, TLSO_RANDOM_LEN);
	if (c->o->message)
		alert = c->o->message(c->o->ctx, c, f.type, f.body, f.len);
	if (alert == TLSO_ALERT_NONE)
		return true;
	if (tlso_director_abort(&c->d, alert, c->starter, sizeof(c->starter),
				&n, &want) == TLSO_STEP_FAIL)
		send_last_words(c, n, want);
	failed(c, TLSO_E_ACCESS);
	return false;
}

/* Feeds what has come; what is not taken stays for later. */
static bool feed(struct conn *c)
{
	const u8 *seg = NULL;
	enum tlso_feed r;
	size_t used, seg_len, part, n, want;
	enum tlso_step step;

	do {
		part = c->have;
		if (c->o->piece && part > c->o->piece)
			part = c->o->piece;
		r = tlso_completer_feed(&c->c, c->in, part, &used, &seg,
					&seg_len);
		eat(c, used);
		if (r == TLSO_FEED_MORE && !used && part) {
			c->why = "the completer takes nothing";
			failed(c, TLSO_E_STATE);
			return false;
		}
		if (r == TLSO_FEED_MORE)
			continue;
		if (!pass_message(c, seg, seg_len))
			return false;
		n = 0;
		want = 0;
		step = tlso_director_step(&c->d, seg, seg_len, c->starter,
					  sizeof(c->starter), &n, &want);
		if (!act(c, step, n, want))
			return false;
	} while (r != TLSO_FEED_MORE || c->have);
	return true;
}

void conn_session_copy(struct conn_session *to, const struct conn_session *from)
{
	*to = *from;
	to->r.ticket = to->ticket;
}

static void told(struct conn *c)
{
	c->fresh.r.ticket = c->fresh.ticket;
	if (c->o->session_new && c->fresh.r.ticket_len)
		c->o->session_new(c->o->ctx, &c->fresh);
}

/* RFC 5077: the ticket came in the handshake, and what it stands for is the
 * session that has just been made.
 */
static void save_session_12(struct conn *c, const struct tlso_session_keys *k)
{
	struct tlso_resume *r = &c->fresh.r;

	if (!c->cfg.client || k->tls_version != TLSO_VERSION_12 ||
	    !c->d.ticket_len)
		return;
	r->tls_version = k->tls_version;
	r->suite = k->suite;
	r->flags = k->flags & TLSO_KEYS_EMS ? TLSO_TICKET_EMS : 0;
	r->secret_len = TLSO_SECRET_MAX;
	memcpy(r->secret, k->resumption, TLSO_SECRET_MAX);
	r->received_ms = c->cfg.now_ms;
	r->lifetime_s = c->d.ticket_lifetime_s;
	r->ticket_len = c->d.ticket_len;
	told(c);
}

/* The keys that stand in post are what records go by. */
static int use_keys(struct conn *c, bool tx, bool rx)
{
	const struct tlso_session_keys *k = &c->post.keys;

	if (tx && tlso_record_keys_set(&c->tx, &tlso_host_crypto, k->tls_version,
				       k->suite, &k->tx))
		return -1;
	if (rx && tlso_record_keys_set(&c->rx, &tlso_host_crypto, k->tls_version,
				       k->suite, &k->rx))
		return -1;
	return 0;
}

static int take_keys(struct conn *c)
{
	struct tlso_session_keys keys;
	int ret = -1;

	if (!tlso_completer_done(&c->c) || tlso_completer_keys(&c->c, &keys)) {
		c->secure = false;
		c->why = "no keys";
		failed(c, TLSO_E_STATE);
		return -1;
	}
	save_session_12(c, &keys);
	tlso_post_init(&c->post, &tlso_host_crypto, NULL, &keys, c->msg,
		       sizeof(c->msg));
	ret = use_keys(c, true, true);
	tlso_wipe(&keys, sizeof(keys));
	tlso_completer_wipe(&c->c);
	return ret;
}

int conn_handshake(struct conn *c)
{
	size_t n = 0, want = 0;
	enum tlso_step step;
	unsigned int i;
	bool on = true;

	if (c->cfg.client) {
		step = tlso_director_start(&c->d, c->starter, sizeof(c->starter),
					   &n, &want);
		on = act(c, step, n, want);
	}
	while (on)
		on = !read_more(c) && feed(c);
	if (!c->secure || take_keys(c))
		return -1;
	for (i = 0; i < c->o->n_tickets && c->d.tickets_wanted; i++)
		if (conn_ticket(c))
			return -1;
	return c->eof && !c->have ? -1 : 0;
}

/* ---- Records out ------------------------------------------------------------- */

/* @n bytes stand in c->out behind header and nonce. */
static int seal(struct conn *c, u8 type, size_t n, size_t pad)
{
	size_t len = TLSO_REC_HDR + tlso_record_before(&c->tx) + n + pad +
		     tlso_record_after(&c->tx);

	if (tlso_record_seal(&c->tx, c->out, type, n, pad))
		return -1;
	c->post.keys.tx.seq = c->tx.seq;
	return write_all(c, c->out, len);
}

static u8 *room(struct conn *c)
{
	return c->out + TLSO_REC_HDR + tlso_record_before(&c->tx);
}

static bool is_13(const struct conn *c)
{
	return c->post.keys.tls_version == TLSO_VERSION_13;
}

/* RFC 8449: the peer's limit counts the type byte of TLS 1.3. */
static size_t record_max(const struct conn *c)
{
	size_t max = TLSO_REC_PLAIN_MAX, peer = c->d.peer_limit;

	if (peer && is_13(c))
		peer--;
	if (peer && peer < max)
		max = peer;
	if (c->o->record_max && c->o->record_max < max)
		max = c->o->record_max;
	return max;
}

static int send_message(struct conn *c, const u8 *p, size_t n)
{
	while (n) {
		size_t part = n < record_max(c) ? n : record_max(c);

		memcpy(room(c), p, part);
		if (seal(c, TLSO_CT_HANDSHAKE, part, 0))
			return -1;
		p += part;
		n -= part;
	}
	return 0;
}

int conn_alert(struct conn *c, u8 level, u8 description)
{
	if (!c->secure || c->shut)
		return -1;
	room(c)[0] = level;
	room(c)[1] = description;
	if (level == TLSO_ALERT_FATAL ||
	    description == TLSO_ALERT_CLOSE_NOTIFY) {
		c->shut = true;
		c->alert_out = description;
	}
	return seal(c, TLSO_CT_ALERT, 2, 0);
}

int conn_close(struct conn *c)
{
	return conn_alert(c, TLSO_ALERT_WARNING, TLSO_ALERT_CLOSE_NOTIFY);
}

void conn_abort(struct conn *c, enum tlso_err e)
{
	if (c->err)
		return;
	c->err = e;
	if (tlso_err_alert(e) != TLSO_ALERT_NONE)
		(void)!conn_alert(c, TLSO_ALERT_FATAL, tlso_err_alert(e));
	c->shut = true;
}

int conn_key_update(struct conn *c, bool request)
{
	u8 msg[5];

	if (tlso_post_key_update(&c->post, request, msg) ||
	    send_message(c, msg, sizeof(msg)) || tlso_post_tx_next(&c->post))
		return -1;
	c->updates_out++;
	return use_keys(c, true, false);
}

int conn_ticket(struct conn *c)
{
	u8 ctx[TLSO_TICKET_CTX_MAX], msg[TLSO_TICKET_LEN_MAX + 64];
	u32 lifetime = c->cfg.ticket_lifetime_s;
	size_t ctx_len, n;

	if (!c->o->ticket_keys)
		return -1;
	tlso_director_ticket_ctx(&c->d, ctx, &ctx_len);
	if (tlso_post_ticket_write(&c->post, c->o->ticket_keys,
				   conn_now_ms(c->o), lifetime ? lifetime : 7200,
				   ctx, ctx_len, msg, sizeof(msg), &n))
		return -1;
	return send_message(c, msg, n);
}

int conn_write(struct conn *c, const u8 *p, size_t n)
{
	size_t pad = is_13(c) ? c->o->pad : 0;

	if (!c->secure || c->shut)
		return -1;
	do {
		size_t part = n < record_max(c) ? n : record_max(c);

		/* RFC 8446 4.6.3: an answer comes before the next data; one
		 * is enough for all that asked meanwhile.
		 */
		if ((c->post.update_owed || tlso_post_tx_renew(&c->post)) &&
		    conn_key_update(c, false))
			return -1;
		memcpy(room(c), p, part);
		if (pad > record_max(c) - part)
			pad = record_max(c) - part;
		if (seal(c, TLSO_CT_DATA, part, pad))
			return -1;
		p += part;
		n -= part;
	} while (n);
	return 0;
}

/* ---- Records in ---------------------------------------------------------------- */

static void save_session_13(struct conn *c)
{
	struct tlso_resume r;

	c->tickets_in++;
	if (tlso_post_ticket(&c->post, conn_now_ms(c->o), &r))
		return;
	if (r.ticket_len <= sizeof(c->fresh.ticket)) {
		memcpy(c->fresh.ticket, r.ticket, r.ticket_len);
		c->fresh.r = r;
		told(c);
	}
	tlso_wipe(&r, sizeof(r));
}

/* Was that one, whole and sound? Nothing else comes in TLS 1.2. */
static int hello_request(struct conn *c)
{
	if (is_13(c) || c->post.hdr_n)
		return 0;
	c->hello_requests++;
	if (!c->o->refuse_hello_request)
		return 0;
	conn_abort(c, TLSO_E_NO_RENEGOTIATION);
	return -1;
}

/* What messages the record held, one after the other. */
static int in_handshake(struct conn *c, const u8 *p, size_t n)
{
	while (n) {
		size_t used = 0;

		switch (tlso_post_handshake(&c->post, p, n, &used)) {
		case TLSO_POST_NOTHING:
			if (hello_request(c))
				return -1;
			break;
		case TLSO_POST_RX_KEYS:
			c->updates_in++;
			if (use_keys(c, false, true))
				return -1;
			break;
		case TLSO_POST_TICKET:
			save_session_13(c);
			break;
		case TLSO_POST_FAIL:
			conn_abort(c, c->post.err);
			return -1;
		}
		p += used;
		n -= used;
	}
	return 0;
}

static int in_alert(struct conn *c, const u8 *p, size_t n)
{
	bool closed = false;
	enum tlso_err e;
	u8 alert = TLSO_ALERT_NONE;

	e = tlso_post_alert(&c->post, p, n, &closed, &alert);
	if (e == TLSO_E_PEER_ALERT)
		c->alert_in = alert;
	if (e) {
		conn_abort(c, e);
		return -1;
	}
	c->closed = closed;
	return closed ? -1 : 0;
}

static int in_record(struct conn *c, u8 type, u8 *p, size_t n)
{
	enum tlso_err e;

	switch (type) {
	case TLSO_CT_DATA:
		e = n ? tlso_post_data(&c->post) : tlso_post_empty(&c->post);
		if (e)
			conn_abort(c, e);
		if (e || !n)
			return e ? -1 : 0;
		c->data_at = (size_t)(p - c->data);
		c->data_n = n;
		return 1;
	case TLSO_CT_HANDSHAKE:
		if (!n) {
			conn_abort(c, TLSO_E_UNEXPECTED);
			return -1;
		}
		return in_handshake(c, p, n);
	case TLSO_CT_ALERT:
		return in_alert(c, p, n);
	default:
		conn_abort(c, TLSO_E_UNEXPECTED);
		return -1;
	}
}

static int fill(struct conn *c, size_t n)
{
	while (c->have < n)
		if (read_more(c))
			return -1;
	return 0;
}

int conn_pump(struct conn *c)
{
	size_t n, off, len;
	enum tlso_err e;
	u8 type;

	if (!c->secure || c->err || c->closed || fill(c, TLSO_REC_HDR))
		return -1;
	n = (size_t)c->in[3] << 8 | c->in[4];
	/* RFC 8446 5.2: what is not protected is not for us any more. */
	if (is_13(c) && c->in[0] != TLSO_CT_DATA) {
		conn_abort(c, TLSO_E_UNEXPECTED);
		return -1;
	}
	if (c->in[0] < TLSO_CT_CCS || c->in[0] > TLSO_CT_DATA) {
		conn_abort(c, TLSO_E_UNEXPECTED);
		return -1;
	}
	if (c->in[1] != 3 || c->in[2] != 3) {
		c->why = "record version";
		conn_abort(c, TLSO_E_VERSION);
		return -1;
	}
	if (n > TLSO_REC_PLAIN_MAX + (is_13(c) ? 256 : 2048)) {
		conn_abort(c, TLSO_E_OVERFLOW);
		return -1;
	}
	if (fill(c, TLSO_REC_HDR + n))
		return -1;
	memcpy(c->data, c->in, TLSO_REC_HDR + n);
	eat(c, TLSO_REC_HDR + n);
	e = tlso_record_open(&c->rx, c->data, c->data + TLSO_REC_HDR, n,
			     tlso_director_own_limit(&c->d), &type, &off, &len);
	if (e) {
		conn_abort(c, e);
		return -1;
	}
	c->post.keys.rx.seq = c->rx.seq;
	return in_record(c, type, c->data + TLSO_REC_HDR + off, len);
}

ssize_t conn_read(struct conn *c, u8 *p, size_t n)
{
	int r = 0;

	while (!c->data_n && r >= 0)
		r = conn_pump(c);
	if (!c->data_n)
		return c->closed ? 0 : -1;
	if (n > c->data_n)
		n = c->data_n;
	memcpy(p, c->data + c->data_at, n);
	c->data_at += n;
	c->data_n -= n;
	return (ssize_t)n;
}

void conn_wipe(struct conn *c)
{
	tlso_completer_wipe(&c->c);
	tlso_post_wipe(&c->post);
	tlso_wipe(c, sizeof(*c));
}
