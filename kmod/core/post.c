// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* A session after its handshake: messages, alerts, the keys' succession. */
#include "buf.h"
#include "keysched.h"
#include "post.h"
#include "suite.h"

/* A NewSessionTicket with every field as long as it may be. */
#define TICKET_MSG_MAX (4 + 4 + 1 + 255 + 2 + 65535 + 2 + 65535)

static bool is_13(const struct tlso_post *p)
{
	return p->keys.tls_version == TLSO_VERSION_13;
}

static bool is_client(const struct tlso_post *p)
{
	return p->keys.flags & TLSO_KEYS_CLIENT;
}

static enum tlso_err stick(struct tlso_post *p, enum tlso_err e)
{
	if (!p->err)
		p->err = e;
	return p->err;
}

void tlso_post_init(struct tlso_post *p, const struct tlso_crypto *crypto,
		    void *rng, const struct tlso_session_keys *keys, u8 *msg,
		    size_t msg_cap)
{
	memset(p, 0, sizeof(*p));
	p->crypto = crypto;
	p->rng = rng;
	p->keys = *keys;
	p->msg = msg;
	p->msg_cap = msg_cap;
	if (!tlso_suite_hash(crypto, keys->suite))
		p->err = TLSO_E_STATE;
}

void tlso_post_wipe(struct tlso_post *p)
{
	if (p->msg)
		tlso_wipe(p->msg, p->msg_cap);
	tlso_wipe(p, sizeof(*p));
	p->err = TLSO_E_STATE;
}

/* ---- Counting ------------------------------------------------------------ */

static enum tlso_err idle(struct tlso_post *p)
{
	return p->idle++ < TLSO_POST_IDLE_MAX ? TLSO_OK : TLSO_E_WARNINGS;
}

enum tlso_err tlso_post_data(struct tlso_post *p)
{
	if (p->err)
		return p->err;
	if (p->hdr_n)
		return stick(p, TLSO_E_UNEXPECTED);
	p->idle = 0;
	p->warnings = 0;
	return TLSO_OK;
}

enum tlso_err tlso_post_empty(struct tlso_post *p)
{
	if (p->err)
		return p->err;
	if (p->hdr_n)
		return stick(p, TLSO_E_UNEXPECTED);
	p->warnings = 0;
	return stick(p, idle(p));
}

/* ---- KeyUpdate ----------------------------------------------------------- */

/* RFC 8446 7.2: the next generation, from record number 0. */
static enum tlso_err next_keys(struct tlso_post *p,
			       struct tlso_direction_keys *d)
{
	const struct tlso_hash_alg *h =
		tlso_suite_hash(p->crypto, p->keys.suite);
	enum tlso_err e;

	e = tlso_next_traffic(h, d->secret);
	if (!e)
		e = tlso_traffic_keys(h, d->secret, d->key, p->keys.key_len,
				      d->iv);
	d->seq = 0;
	return e;
}

/* @last: it ends its record, as what changes keys must (5.1). */
static enum tlso_err on_key_update(struct tlso_post *p, bool last)
{
	enum tlso_err e;

	if (!last)
		return TLSO_E_UNEXPECTED;
	if (p->msg[0] > TLSO_KEY_UPDATE_REQUESTED)
		return TLSO_E_ILLEGAL;
	e = idle(p);
	if (!e)
		e = next_keys(p, &p->keys.rx);
	if (e)
		return e;
	p->update_asked = 0;
	if (p->msg[0] == TLSO_KEY_UPDATE_REQUESTED)
		p->update_owed = 1;
	return TLSO_OK;
}

enum tlso_err tlso_post_key_update(struct tlso_post *p, bool request, u8 out[5])
{
	struct tlso_wr w;

	if (p->err)
		return p->err;
	if (!is_13(p) || p->update_made)
		return TLSO_E_STATE;
	tlso_wr_init(&w, out, 5);
	tlso_wr_u8(&w, TLSO_HS_KEY_UPDATE);
	tlso_wr_u24(&w, 1);
	tlso_wr_u8(&w, request ? TLSO_KEY_UPDATE_REQUESTED :
				 TLSO_KEY_UPDATE_NOT_REQUESTED);
	p->update_made = 1;
	if (request)
		p->update_asked = 1;
	return TLSO_OK;
}

enum tlso_err tlso_post_tx_next(struct tlso_post *p)
{
	if (p->err)
		return p->err;
	if (!p->update_made)
		return TLSO_E_STATE;
	p->update_made = 0;
	p->update_owed = 0;
	return stick(p, next_keys(p, &p->keys.tx));
}

bool tlso_post_tx_renew(const struct tlso_post *p)
{
	return is_13(p) && p->keys.tx.seq >= TLSO_POST_RENEW;
}

/* ---- Tickets ------------------------------------------------------------- */

/* NewSessionTicket, 4.6.1. */
struct ticket_msg {
	u32 lifetime_s;
	u32 age_add;
	struct tlso_rd nonce;
	struct tlso_rd ticket;
};

static enum tlso_err ticket_exts(struct tlso_rd exts)
{
	bool early_data = false;
	struct tlso_rd data;

	while (exts.n) {
		if (tlso_rd_u16(&exts) == TLSO_EXT_EARLY_DATA) {
			if (early_data)
				return TLSO_E_ILLEGAL;
			early_data = true;
			data = tlso_rd_vec(&exts, 2);
			if (data.n != 4)
				return TLSO_E_DECODE;
		} else {
			(void)tlso_rd_vec(&exts, 2);
		}
	}
	return exts.bad ? TLSO_E_DECODE : TLSO_OK;
}

static enum tlso_err ticket_parse(const struct tlso_post *p,
				  struct ticket_msg *t)
{
	struct tlso_rd r, exts;

	tlso_rd_init(&r, p->msg, p->body_have);
	t->lifetime_s = tlso_rd_u32(&r);
	t->age_add = tlso_rd_u32(&r);
	t->nonce = tlso_rd_vec(&r, 1);
	t->ticket = tlso_rd_vec(&r, 2);
	exts = tlso_rd_vec(&r, 2);
	if (!tlso_rd_done(&r) || !t->ticket.n)
		return TLSO_E_DECODE;
	return ticket_exts(exts);
}

enum tlso_err tlso_post_ticket(struct tlso_post *p, u64 now_ms,
			       struct tlso_resume *r)
{
	const struct tlso_hash_alg *h =
		tlso_suite_hash(p->crypto, p->keys.suite);
	struct ticket_msg t;
	enum tlso_err e;

	memset(r, 0, sizeof(*r));
	if (p->err)
		return p->err;
	if (!is_13(p) || !is_client(p) || p->hdr_n || p->skip)
		return TLSO_E_STATE;
	e = ticket_parse(p, &t);
	if (!e)
		e = tlso_resumption_psk(h, p->keys.resumption, t.nonce.p,
					t.nonce.n, r->secret);
	if (e)
		return e;
	r->tls_version = TLSO_VERSION_13;
	r->suite = p->keys.suite;
	r->secret_len = h->len;
	r->received_ms = now_ms;
	r->lifetime_s = t.lifetime_s < TLSO_TICKET_LIFETIME_MAX ?
				t.lifetime_s :
				TLSO_TICKET_LIFETIME_MAX;
	r->age_add = t.age_add;
	r->ticket = t.ticket.p;
	r->ticket_len = t.ticket.n;
	return TLSO_OK;
}

static void write_ticket(struct tlso_wr *w, const struct tlso_ticket_state *st,
			 u64 nonce, const u8 *ticket, size_t ticket_len)
{
	size_t msg, at;

	tlso_wr_u8(w, TLSO_HS_NEW_SESSION_TICKET);
	msg = tlso_wr_open(w, 3);
	tlso_wr_u32(w, st->lifetime_s);
	tlso_wr_u32(w, st->age_add);
	at = tlso_wr_open(w, 1);
	tlso_wr_u64(w, nonce);
	tlso_wr_close(w, at, 1);
	at = tlso_wr_open(w, 2);
	tlso_wr_bytes(w, ticket, ticket_len);
	tlso_wr_close(w, at, 2);
	tlso_wr_u16(w, 0); /* no extensions */
	tlso_wr_close(w, msg, 3);
}

/* The PSK that goes with ticket number @nonce, and what else is sealed. */
static enum tlso_err ticket_state(struct tlso_post *p, u64 nonce,
				  struct tlso_ticket_state *st)
{
	const struct tlso_hash_alg *h =
		tlso_suite_hash(p->crypto, p->keys.suite);
	struct tlso_wr w;
	u8 bytes[8];

	st->tls_version = TLSO_VERSION_13;
	st->suite = p->keys.suite;
	st->secret_len = h->len;
	tlso_wr_init(&w, bytes, sizeof(bytes));
	tlso_wr_u64(&w, nonce);
	if (p->crypto->random(p->rng, (u8 *)&st->age_add, sizeof(st->age_add)))
		return TLSO_E_CRYPTO;
	return tlso_resumption_psk(h, p->keys.resumption, bytes, sizeof(bytes),
				   st->secret);
}

enum tlso_err tlso_post_ticket_write(struct tlso_post *p,
				     const struct tlso_ticket_keys *keys,
				     u64 now_ms, u32 lifetime_s, const u8 *ctx,
				     size_t ctx_len, u8 *out, size_t cap,
				     size_t *n)
{
	struct tlso_ticket_state st = { 0 };
	u8 ticket[TLSO_TICKET_LEN_MAX];
	enum tlso_err e;
	struct tlso_wr w;
	size_t len;

	*n = 0;
	if (p->err)
		return p->err;
	if (!is_13(p) || is_client(p) || ctx_len > sizeof(st.ctx))
		return TLSO_E_STATE;
	st.issued_ms = now_ms;
	st.lifetime_s = lifetime_s;
	st.ctx_len = (u8)ctx_len;
	if (ctx_len)
		memcpy(st.ctx, ctx, ctx_len);
	e = ticket_state(p, p->ticket_nonce, &st);
	if (!e)
		e = tlso_ticket_seal(p->crypto, p->rng, keys, &st, ticket,
				     sizeof(ticket), &len);
	if (!e) {
		tlso_wr_init(&w, out, cap);
		write_ticket(&w, &st, p->ticket_nonce, ticket, len);
		e = w.bad ? TLSO_E_SPACE : TLSO_OK;
		*n = e ? 0 : w.n;
		p->ticket_nonce++;
	}
	tlso_wipe(&st, sizeof(st));
	return e;
}

/* ---- Messages ------------------------------------------------------------ */

/* May a message of this type come, judged by its first byte? */
static enum tlso_err check_type(const struct tlso_post *p)
{
	switch (p->hdr[0]) {
	case TLSO_HS_KEY_UPDATE:
		return is_13(p) ? TLSO_OK : TLSO_E_UNEXPECTED;
	case TLSO_HS_NEW_SESSION_TICKET:
		return is_13(p) && is_client(p) ? TLSO_OK : TLSO_E_UNEXPECTED;
	case TLSO_HS_HELLO_REQUEST:
		return !is_13(p) && is_client(p) ? TLSO_OK : TLSO_E_UNEXPECTED;
	case TLSO_HS_CLIENT_HELLO:
		return !is_13(p) && !is_client(p) ? TLSO_E_NO_RENEGOTIATION :
						    TLSO_E_UNEXPECTED;
	default:
		return TLSO_E_UNEXPECTED;
	}
}

static size_t msg_len(const struct tlso_post *p)
{
	return (size_t)p->hdr[1] << 16 | (size_t)p->hdr[2] << 8 | p->hdr[3];
}

static enum tlso_err check_length(struct tlso_post *p)
{
	size_t n = msg_len(p);

	p->skip = 0;
	switch (p->hdr[0]) {
	case TLSO_HS_KEY_UPDATE:
		if (n != 1)
			return TLSO_E_DECODE;
		break;
	case TLSO_HS_HELLO_REQUEST:
		return n ? TLSO_E_DECODE : TLSO_OK;
	default: /* a ticket that is too long for us we do without */
		if (n > TICKET_MSG_MAX)
			return TLSO_E_DECODE;
		p->skip = n > p->msg_cap;
		return TLSO_OK;
	}
	return n > p->msg_cap ? TLSO_E_SPACE : TLSO_OK;
}

static enum tlso_err take_header(struct tlso_post *p, struct tlso_rd *r)
{
	enum tlso_err e = TLSO_OK;

	if (!p->hdr_n)
		p->body_have = 0;
	while (!e && r->n && p->hdr_n < TLSO_HS_HDR) {
		p->hdr[p->hdr_n++] = tlso_rd_u8(r);
		if (p->hdr_n == 1)
			e = check_type(p);
		else if (p->hdr_n == TLSO_HS_HDR)
			e = check_length(p);
	}
	return e;
}

static void take_body(struct tlso_post *p, struct tlso_rd *r)
{
	size_t n = msg_len(p) - p->body_have;

	if (n > r->n)
		n = r->n;
	if (p->skip)
		(void)tlso_rd_bytes(r, n);
	else if (n)
		tlso_rd_copy(r, p->msg + p->body_have, n);
	p->body_have += (u32)n;
}

/* A whole message is there. */
static enum tlso_err on_message(struct tlso_post *p, bool last,
				enum tlso_post_do *what)
{
	struct ticket_msg t;
	enum tlso_err e;

	switch (p->hdr[0]) {
	case TLSO_HS_KEY_UPDATE:
		*what = TLSO_POST_RX_KEYS;
		return on_key_update(p, last);
	case TLSO_HS_NEW_SESSION_TICKET:
		if (p->skip)
			return TLSO_OK;
		e = ticket_parse(p, &t);
		/* 4.6.1: lifetime 0: to be thrown away at once */
		if (!e && t.lifetime_s)
			*what = TLSO_POST_TICKET;
		return e;
	default: /* HelloRequest: RFC 5246 7.4.1.1 */
		return idle(p);
	}
}

enum tlso_post_do tlso_post_handshake(struct tlso_post *p, const u8 *data,
				      size_t n, size_t *used)
{
	enum tlso_post_do what = TLSO_POST_NOTHING;
	enum tlso_err e = p->err;
	struct tlso_rd r;

	*used = n;
	if (!e && !n) /* RFC 8446 5.1, RFC 5246 6.2.1 */
		e = TLSO_E_UNEXPECTED;
	if (e) {
		stick(p, e);
		return TLSO_POST_FAIL;
	}
	p->warnings = 0;
	tlso_rd_init(&r, data, n);
	e = take_header(p, &r);
	if (!e && p->hdr_n == TLSO_HS_HDR) {
		take_body(p, &r);
		if (p->body_have == msg_len(p)) {
			e = on_message(p, !r.n, &what);
			p->hdr_n = 0;
		}
	}
	*used = n - r.n;
	if (!e)
		return what;
	stick(p, e);
	return TLSO_POST_FAIL;
}

/* ---- Alerts -------------------------------------------------------------- */

/* RFC 8446 6.1, RFC 5246 7.2 */
static bool ignored(const struct tlso_post *p, u8 level, u8 desc)
{
	if (is_13(p))
		return desc == TLSO_ALERT_USER_CANCELED;
	return level == TLSO_ALERT_WARNING;
}

static enum tlso_err on_alert(struct tlso_post *p, const u8 *data, size_t n,
			      bool *closed, u8 *alert)
{
	struct tlso_rd r;
	u8 level;

	if (!n)
		return TLSO_E_UNEXPECTED;
	tlso_rd_init(&r, data, n);
	level = tlso_rd_u8(&r);
	*alert = tlso_rd_u8(&r);
	if (!tlso_rd_done(&r))
		return TLSO_E_DECODE;
	if (level != TLSO_ALERT_WARNING && level != TLSO_ALERT_FATAL)
		return TLSO_E_ILLEGAL;
	if (*alert == TLSO_ALERT_CLOSE_NOTIFY) {
		*closed = true;
		return TLSO_OK;
	}
	if (!ignored(p, level, *alert))
		return TLSO_E_PEER_ALERT;
	if (is_13(p) && p->hdr_n) /* 5.1 */
		return TLSO_E_UNEXPECTED;
	return p->warnings++ < TLSO_POST_WARNINGS_MAX ? TLSO_OK :
							TLSO_E_WARNINGS;
}

enum tlso_err tlso_post_alert(struct tlso_post *p, const u8 *data, size_t n,
			      bool *closed, u8 *alert)
{
	*closed = false;
	*alert = TLSO_ALERT_NONE;
	if (p->err)
		return p->err;
	return stick(p, on_alert(p, data, n, closed, alert));
}
