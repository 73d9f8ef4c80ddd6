// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Session tables; see session.h. */
#include <stdlib.h>

#include "session.h"

static u32 mix(u64 h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	return h >> 32;
}

static struct session **id_bucket(struct tlso_engine *e, u32 id)
{
	return &e->by_id[mix(id ^ e->hash_seed) & (e->buckets - 1)];
}

static struct session **flow_bucket(struct tlso_engine *e, const struct flow *f)
{
	const u8 *p = (const u8 *)f;
	u64 h = e->hash_seed;
	size_t i;

	for (i = 0; i < sizeof(*f); i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return &e->by_flow[mix(h) & (e->buckets - 1)];
}

struct session *session_by_id(struct tlso_engine *e, u32 id)
{
	struct session *s;

	for (s = *id_bucket(e, id); s; s = s->next_id)
		if (s->id == id)
			return s;
	return NULL;
}

struct session *session_by_flow(struct tlso_engine *e, const struct flow *f)
{
	struct session *s;

	for (s = *flow_bucket(e, f); s; s = s->next_flow)
		if (!memcmp(&s->flow, f, sizeof(*f)))
			return s;
	return NULL;
}

void session_flow_of(struct flow *f, const struct segment *seg)
{
	const u8 *ip = seg->frame + seg->l3, *l4 = seg->frame + seg->l4;

	memset(f, 0, sizeof(*f));
	f->family = seg->family;
	memcpy(&f->remote_port, l4, 2);
	memcpy(&f->local_port, l4 + 2, 2);
	if (seg->family == 4) {
		memcpy(f->remote, ip + 12, 4);
		memcpy(f->local, ip + 16, 4);
	} else {
		memcpy(f->remote, ip + 8, 16);
		memcpy(f->local, ip + 24, 16);
	}
}

struct session *session_add(struct tlso_engine *e, u32 id, const struct flow *f,
			    enum tlso_hw_status *status)
{
	struct session *s, **b;

	if (session_by_id(e, id) || session_by_flow(e, f)) {
		*status = TLSO_HW_ST_EXISTS;
		return NULL;
	}
	s = e->n_sessions < e->cfg.sessions ? calloc(1, sizeof(*s)) : NULL;
	if (!s) {
		*status = TLSO_HW_ST_FULL;
		return NULL;
	}
	s->id = id;
	s->flow = *f;
	b = id_bucket(e, id);
	s->next_id = *b;
	*b = s;
	b = flow_bucket(e, f);
	s->next_flow = *b;
	*b = s;
	s->in_flow_table = true;
	e->n_sessions++;
	return s;
}

static u64 *gauge(struct tlso_engine *e, enum tlso_hw_session_state state)
{
	switch (state) {
	case TLSO_HW_SESSION_PENDING:
		return &e->counter[TLSO_HW_C_SESSIONS_PENDING];
	case TLSO_HW_SESSION_ACTIVE:
		return &e->counter[TLSO_HW_C_SESSIONS_ACTIVE];
	default:
		return NULL;
	}
}

void session_set_state(struct tlso_engine *e, struct session *s,
		       enum tlso_hw_session_state state)
{
	u64 *from = gauge(e, s->state), *to = gauge(e, state);

	if (s->state == TLSO_HW_SESSION_PENDING &&
	    state != TLSO_HW_SESSION_ACTIVE)
		COUNT(e, HANDSHAKES_FAILED);
	if (from)
		--*from;
	if (to)
		++*to;
	s->state = state;
}

int session_set_keys(struct session *s, const struct tlso_session_keys *k)
{
	struct tlso_stream_key *tx, *rx;

	tx = tlso_stream_key_new(k->suite, k->tx.key, k->key_len);
	rx = tlso_stream_key_new(k->suite, k->rx.key, k->key_len);
	if (!tx || !rx) {
		tlso_stream_key_free(tx);
		tlso_stream_key_free(rx);
		return -1;
	}
	s->suite = k->suite;
	s->tx.key = tx;
	s->rx.key = rx;
	memcpy(s->tx.iv, k->tx.iv, TLSO_IV_LEN);
	memcpy(s->rx.iv, k->rx.iv, TLSO_IV_LEN);
	s->tx_records = k->tx.seq;
	s->rec.seq = k->rx.seq;
	s->rec.all_clear = true;
	return 0;
}

void session_wipe_keys(struct session *s)
{
	tlso_stream_key_free(s->tx.key);
	tlso_stream_key_free(s->rx.key);
	tlso_wipe(&s->tx, sizeof(s->tx));
	tlso_wipe(&s->rx, sizeof(s->rx));
	tlso_wipe(&s->cursor, sizeof(s->cursor));
	tlso_wipe(&s->rec.stream, sizeof(s->rec.stream));
}

void session_purge(struct tlso_engine *e, struct session *s)
{
	session_wipe_keys(s);
	inbound_drop_queue(e, s);
	s->rx_raw = true;
	session_set_state(e, s, TLSO_HW_SESSION_PURGED);
	trace(e, "purge", s->id, 0, 0);
}

void session_unhash_flow(struct tlso_engine *e, struct session *s)
{
	struct session **p = flow_bucket(e, &s->flow);

	if (!s->in_flow_table)
		return;
	while (*p != s)
		p = &(*p)->next_flow;
	*p = s->next_flow;
	s->in_flow_table = false;
}

void session_free(struct tlso_engine *e, struct session *s)
{
	handshake_free(s->hs);
	session_wipe_keys(s);
	inbound_drop_queue(e, s);
	if (s->key)
		key_put(s->key);
	tlso_wipe(s, sizeof(*s));
	free(s);
}

void session_remove(struct tlso_engine *e, struct session *s)
{
	struct session **p = id_bucket(e, s->id);

	session_unhash_flow(e, s);
	while (*p != s)
		p = &(*p)->next_id;
	*p = s->next_id;
	e->n_sessions--;
	session_set_state(e, s, 0);
	handshake_flush(e, s);
	if (handshake_busy(s)) {
		handshake_abandon(s);
		s->orphan = true;
	} else {
		session_free(e, s);
	}
}

void session_reset(struct tlso_engine *e)
{
	u32 i;

	for (i = 0; i < e->buckets; i++) {
		while (e->by_id[i]) {
			struct cmd *stop = e->by_id[i]->stop;

			e->by_id[i]->stop = NULL;
			/* The ring is gone: this only frees it. */
			if (stop)
				mbox_complete(e, stop, TLSO_HW_ST_OK, NULL, 0);
			session_remove(e, e->by_id[i]);
		}
	}
}
