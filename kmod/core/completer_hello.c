// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * What the completer keeps of the hellos: randoms, the version offered, whether
 * early data may follow, the tickets that open. It judges nothing: what does not
 * parse is passed over here, and refused by the director, who gets the message.
 */
#include "buf.h"
#include "completer_impl.h"
#include "hs_server_hello.h"
#include "suite.h"

/* RFC 8446 4.2.10: a record's worth; we never said that we take any. */
#define EARLY_SKIP_MAX TLSO_REC_PLAIN_MAX
/* Identities that are tried: each costs an AEAD if it bears a name of ours. */
#define IDENTITIES_MAX 4

/* Either hello, as far as it matters here. */
struct hello {
	u16 version;
	u8 random[TLSO_RANDOM_LEN];
	struct tlso_rd session_id;
	u16 suite; /* ServerHello */
	struct tlso_rd exts;
};

static bool hello_read(struct hello *h, bool client, const u8 *msg, size_t n)
{
	struct tlso_rd r;

	tlso_rd_init(&r, msg, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR);
	h->version = tlso_rd_u16(&r);
	tlso_rd_copy(&r, h->random, TLSO_RANDOM_LEN);
	h->session_id = tlso_rd_vec(&r, 1);
	h->suite = 0;
	if (client) {
		(void)tlso_rd_vec(&r, 2);
		(void)tlso_rd_vec(&r, 1);
	} else {
		h->suite = tlso_rd_u16(&r);
		(void)tlso_rd_u8(&r);
	}
	tlso_rd_init(&h->exts, NULL, 0);
	if (r.n)
		h->exts = tlso_rd_vec(&r, 2);
	return tlso_rd_done(&r);
}

static bool find_ext(struct tlso_rd exts, u16 type, struct tlso_rd *data)
{
	u16 t;

	while (exts.n) {
		t = tlso_rd_u16(&exts);
		*data = tlso_rd_vec(&exts, 2);
		if (exts.bad)
			return false;
		if (t == type)
			return true;
	}
	return false;
}

void tlso_note_client_hello(struct tlso_completer *c, const u8 *msg, size_t n)
{
	struct hello h;

	if (!hello_read(&h, true, msg, n))
		return;
	c->hello_version = h.version;
	memcpy(c->client_random, h.random, TLSO_RANDOM_LEN);
}

/* ---- Tickets ------------------------------------------------------------- */

/* A ticket of ours that suits what is left open: for @version. */
static bool open_ticket(const struct tlso_completer *c, u16 version,
			const u8 *p, size_t n, struct tlso_ticket_state *st)
{
	const struct tlso_suite *s;
	size_t secret_len;

	if (tlso_ticket_open(c->crypto, c->tickets, p, n, st))
		return false;
	s = tlso_suite_find(st->suite);
	if (!s || st->tls_version != version || s->version != version)
		return false;
	secret_len = version == TLSO_VERSION_12 ? TLSO_MASTER_LEN : s->hash_len;
	/* After a HelloRetryRequest there is but one transcript. */
	return st->secret_len == secret_len &&
	       (!c->hash || c->hash == tlso_suite_hash(c->crypto, st->suite));
}

static void put_ticket(struct tlso_completer *c,
		       const struct tlso_ticket_state *st, u16 index,
		       u32 age_by_client)
{
	const struct tlso_suite *s = tlso_suite_find(st->suite);
	struct tlso_wr *w = &c->extra;
	size_t at;

	tlso_wr_u8(w, TLSO_EXTRA_TICKET);
	tlso_wr_u8(w, 0);
	at = tlso_wr_open(w, 2);
	tlso_wr_u16(w, index);
	tlso_wr_u16(w, st->tls_version);
	tlso_wr_u16(w, st->suite);
	tlso_wr_u8(w, st->flags);
	tlso_wr_u8(w, s->hash_len);
	tlso_wr_u32(w, st->lifetime_s);
	/* A clock that was set back makes no ticket older. */
	tlso_wr_u64(w, c->now_ms > st->issued_ms ? c->now_ms - st->issued_ms :
						   0);
	tlso_wr_u32(w, age_by_client);
	tlso_wr_bytes(w, st->ctx, st->ctx_len);
	tlso_wr_close(w, at, 2);
}

/* The binder of identity @index; none where there are not so many. */
static void keep_binder(struct tlso_offered_psk *psk, struct tlso_rd binders,
			u16 index)
{
	struct tlso_rd b;

	do
		b = tlso_rd_vec(&binders, 1);
	while (index--);
	psk->binder_len = 0;
	if (binders.bad || b.n > sizeof(psk->binder))
		return;
	psk->binder_len = (u8)b.n;
	tlso_rd_copy(&b, psk->binder, b.n);
}

static enum tlso_err take_psk(struct tlso_completer *c, const u8 *msg,
			      struct tlso_rd ext)
{
	struct tlso_rd ids = tlso_rd_vec(&ext, 2), id;
	size_t to_binders = (size_t)(ext.p - msg);
	struct tlso_rd binders = tlso_rd_vec(&ext, 2);
	struct tlso_ticket_state st;
	enum tlso_err e = TLSO_OK;
	u32 age;
	u16 i;

	for (i = 0; i < IDENTITIES_MAX && ids.n && !c->psk.there; i++) {
		id = tlso_rd_vec(&ids, 2);
		age = tlso_rd_u32(&ids);
		if (ids.bad || ext.bad)
			break;
		if (!open_ticket(c, TLSO_VERSION_13, id.p, id.n, &st))
			continue;
		c->psk.there = 1;
		c->psk.index = i;
		c->psk.secret_len = st.secret_len;
		memcpy(c->psk.secret, st.secret, st.secret_len);
		keep_binder(&c->psk, binders, i);
		put_ticket(c, &st, i, age - st.age_add);
		e = tlso_transcript_fork(c,
					 tlso_suite_hash(c->crypto, st.suite),
					 msg, to_binders, c->psk.thash);
	}
	tlso_wipe(&st, sizeof(st));
	return e;
}

static void take_session(struct tlso_completer *c, struct tlso_rd ext)
{
	struct tlso_ticket_state st;

	if (open_ticket(c, TLSO_VERSION_12, ext.p, ext.n, &st)) {
		c->old.there = 1;
		c->old.flags = st.flags;
		memcpy(c->old.master, st.secret, TLSO_MASTER_LEN);
		put_ticket(c, &st, TLSO_TICKET_INDEX_12, 0);
	}
	tlso_wipe(&st, sizeof(st));
}

/* ---- The peer's hello ---------------------------------------------------- */

enum tlso_err tlso_look_client_hello(struct tlso_completer *c, const u8 *msg,
				     size_t n)
{
	bool first = !c->hello_seen;
	struct tlso_rd ext;
	struct hello h;
	enum tlso_err e = TLSO_OK;

	c->hello_seen = 1;
	c->hold = 1;
	c->skip_left = 0;
	tlso_wipe(&c->psk, sizeof(c->psk));
	tlso_wipe(&c->old, sizeof(c->old));
	if (!hello_read(&h, true, msg, n))
		return TLSO_OK;
	tlso_note_client_hello(c, msg, n);
	if (first && find_ext(h.exts, TLSO_EXT_EARLY_DATA, &ext))
		c->skip_left = EARLY_SKIP_MAX;
	if (!c->tickets)
		return TLSO_OK;
	if (find_ext(h.exts, TLSO_EXT_PRE_SHARED_KEY, &ext))
		e = take_psk(c, msg, ext);
	if (!e && find_ext(h.exts, TLSO_EXT_SESSION_TICKET, &ext))
		take_session(c, ext);
	return e;
}

static void put_echo(struct tlso_completer *c, const struct hello *h)
{
	bool same = h && h->session_id.n == c->session_id_len &&
		    !memcmp(h->session_id.p, c->session_id, c->session_id_len);

	if (!c->session_id_ours)
		return;
	tlso_wr_u8(&c->extra, TLSO_EXTRA_SESSION_ECHO);
	tlso_wr_u8(&c->extra, 0);
	tlso_wr_u16(&c->extra, 1);
	tlso_wr_u8(&c->extra, same);
}

enum tlso_err tlso_look_server_hello(struct tlso_completer *c, const u8 *msg,
				     size_t n, bool last)
{
	struct hello h;

	c->hello_seen = 1;
	c->hold = 1;
	if (!hello_read(&h, false, msg, n)) {
		put_echo(c, NULL);
		return TLSO_OK;
	}
	put_echo(c, &h);
	memcpy(c->server_random, h.random, TLSO_RANDOM_LEN);
	if (c->retried || memcmp(h.random, tlso_retry_request_random, TLSO_RANDOM_LEN))
		return TLSO_OK;
	/* The director answers before anything else may come (4.1.4). */
	if (!last)
		return TLSO_E_UNEXPECTED;
	c->hash = tlso_suite_hash(c->crypto, h.suite);
	if (!c->hash) /* none of ours: the director refuses it */
		return TLSO_OK;
	c->retried = 1;
	return tlso_transcript_retry(c);
}
