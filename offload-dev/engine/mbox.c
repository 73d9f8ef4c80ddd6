// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The mailbox: fetches commands, checks them, carries out what is short, hands
 * the rest to handshake.c, and completes them. Private key slots live here.
 *
 * Commands of one session are carried out in order; others overtake them.
 */
#include <stdlib.h>

#include "session.h"

#define MBOX_BUDGET 64

/* ---- Life of a command ------------------------------------------------------ */

static void cmd_free(struct cmd *c)
{
	if (c->in)
		tlso_wipe(c->in, c->in_len);
	free(c->in);
	free(c->out);
	tlso_wipe(c, sizeof(*c));
	free(c);
}

static void finish(struct tlso_engine *e, struct cmd *c,
		   enum tlso_hw_status status, const u8 *out, u32 out_len)
{
	u64 at = ring_addr(e, TLSO_HW_RING_MBOX, c->index);
	struct ring *r = &e->ring[TLSO_HW_RING_MBOX];
	__le32 result[2], flags;

	if (!r->enabled || c->epoch != r->epoch)
		goto out; /* nobody waits for it any more */
	e->in_flight--;
	trace(e, "complete", c->session, c->opcode, status);
	if (out_len && dma_write(e, c->out_addr, out, out_len)) {
		status = TLSO_HW_ST_DMA;
		out_len = 0;
	}
	result[0] = htole32(out_len);
	result[1] = htole32(status);
	flags = htole32(TLSO_HW_MBF_DONE);
	if (!dma_write(e, at + offsetof(struct tlso_hw_mbox, out_len), result,
		       sizeof(result)))
		dma_write(e, at + offsetof(struct tlso_hw_mbox, flags), &flags,
			  sizeof(flags));
	ring_completed(e, TLSO_HW_RING_MBOX);
out:
	cmd_free(c);
}

void mbox_complete(struct tlso_engine *e, struct cmd *c,
		   enum tlso_hw_status status, const u8 *out, u32 out_len)
{
	if (out_len > c->out_cap) {
		status = TLSO_HW_ST_NO_SPACE;
		out_len = 0;
	}
	/* Delays need somebody who calls poll. */
	if (!e->cfg.fault_delay_us || !e->host.schedule) {
		finish(e, c, status, out, out_len);
		return;
	}
	c->out = out_len ? malloc(out_len) : NULL;
	if (out_len && !c->out) {
		status = TLSO_HW_ST_FULL;
		out_len = 0;
	}
	if (out_len)
		memcpy(c->out, out, out_len);
	c->out_len = out_len;
	c->status = status;
	c->due = e->host.now_ns(e->opaque) + e->cfg.fault_delay_us * 1000ull;
	c->next = NULL;
	*e->delayed_end = c;
	e->delayed_end = &c->next;
	engine_kick(e);
}

static void finish_delayed(struct tlso_engine *e)
{
	u64 now;

	if (!e->delayed)
		return;
	now = e->host.now_ns(e->opaque);
	while (e->delayed && e->delayed->due <= now) {
		struct cmd *c = e->delayed;

		e->delayed = c->next;
		if (!e->delayed)
			e->delayed_end = &e->delayed;
		finish(e, c, c->status, c->out, c->out_len);
	}
}

void mbox_reset(struct tlso_engine *e)
{
	while (e->delayed) {
		struct cmd *c = e->delayed;

		e->delayed = c->next;
		cmd_free(c);
	}
	e->delayed_end = &e->delayed;
	e->in_flight = 0;
}

/* ---- Private key slots -------------------------------------------------------- */

void key_put(struct key_slot *k)
{
	if (--k->refs)
		return;
	tlso_host_key_free(k->key);
	free(k);
}

static enum tlso_hw_status load_key(struct tlso_engine *e, const struct cmd *c)
{
	struct key_slot *k;

	if (c->arg >= e->cfg.key_slots || c->in_len > TLSO_KEY_BLOB_MAX)
		return TLSO_HW_ST_BAD_ARG;
	if (e->keys[c->arg])
		return TLSO_HW_ST_EXISTS;
	k = calloc(1, sizeof(*k));
	if (!k)
		return TLSO_HW_ST_FULL;
	if (tlso_host_key_load(&k->key, c->in, c->in_len)) {
		free(k);
		return TLSO_HW_ST_BAD_KEY;
	}
	k->refs = 1;
	e->keys[c->arg] = k;
	return TLSO_HW_ST_OK;
}

static enum tlso_hw_status unload_key(struct tlso_engine *e, const struct cmd *c)
{
	if (c->arg >= e->cfg.key_slots)
		return TLSO_HW_ST_BAD_ARG;
	if (!e->keys[c->arg])
		return TLSO_HW_ST_BAD_KEY;
	key_put(e->keys[c->arg]);
	e->keys[c->arg] = NULL;
	return TLSO_HW_ST_OK;
}

/* ---- Sessions ------------------------------------------------------------------- */

static bool suite_known(u16 suite)
{
	return suite >= 0x1301 && suite <= 0x1303;
}

static enum tlso_hw_status check_start(const struct tlso_hw_start *st)
{
	bool any = !st->n_suites;
	u32 ops = le32toh(st->ops);
	unsigned int i;

	if ((st->family != 4 && st->family != 6) || !st->local_port ||
	    !st->remote_port || st->n_suites > TLSO_HW_SUITES_MAX ||
	    st->role > TLSO_HW_ROLE_SERVER_CLIENT_AUTH ||
	    st->mode > TLSO_HW_MODE_AUTONOMOUS || !st->versions ||
	    st->versions & ~(TLSO_HW_VER_TLS12 | TLSO_HW_VER_TLS13) ||
	    ops & ~TLSO_HW_OPS_ALL)
		return TLSO_HW_ST_BAD_ARG;
	for (i = 0; i < st->n_suites; i++)
		any |= suite_known(le16toh(st->suites[i]));
	if (st->role != TLSO_HW_ROLE_SERVER ||
	    st->mode != TLSO_HW_MODE_DIRECTED ||
	    !(st->versions & TLSO_HW_VER_TLS13) || ops != OPS_SUPPORTED || !any)
		return TLSO_HW_ST_UNSUPPORTED;
	return TLSO_HW_ST_OK;
}

static void start_flow(struct flow *f, const struct tlso_hw_start *st)
{
	size_t n = st->family == 4 ? 4 : 16;

	memset(f, 0, sizeof(*f));
	f->family = st->family;
	f->local_port = st->local_port;
	f->remote_port = st->remote_port;
	memcpy(f->local, st->local_addr, n);
	memcpy(f->remote, st->remote_addr, n);
}

static enum tlso_hw_status start_ssl(struct tlso_engine *e, const struct cmd *c)
{
	struct tlso_hw_start st;
	struct key_slot *key = NULL;
	enum tlso_hw_status status;
	struct session *s;
	struct flow f;
	u32 slot;

	if (c->in_len != sizeof(st) || !c->session)
		return TLSO_HW_ST_BAD_ARG;
	memcpy(&st, c->in, sizeof(st));
	status = check_start(&st);
	if (status)
		return status;
	slot = le32toh(st.key_slot);
	if (slot != TLSO_HW_NO_KEY) {
		if (slot >= e->cfg.key_slots || !e->keys[slot])
			return TLSO_HW_ST_BAD_KEY;
		key = e->keys[slot];
	}
	/* Jobs outlive sessions that are reset: they must not heap up. */
	if (e->counter[TLSO_HW_C_SESSIONS_PENDING] >= HS_PENDING_MAX ||
	    e->jobs >= HS_PENDING_MAX)
		return TLSO_HW_ST_FULL;
	start_flow(&f, &st);
	s = session_add(e, c->session, &f, &status);
	if (!s)
		return status;
	s->hs = handshake_new(key);
	if (!s->hs) {
		session_remove(e, s);
		return TLSO_HW_ST_FULL;
	}
	if (key)
		key->refs++;
	s->key = key;
	s->rx_seq = le32toh(st.rx_seq);
	session_set_state(e, s, TLSO_HW_SESSION_PENDING);
	COUNT(e, HANDSHAKES_STARTED);
	return TLSO_HW_ST_OK;
}

static enum tlso_hw_status reinstate(struct tlso_engine *e, const struct cmd *c)
{
	struct tlso_session_keys keys;
	enum tlso_hw_status status;
	struct tlso_hw_start st;
	struct session *s;
	struct flow f;

	if (c->in_len < sizeof(st) || !c->session)
		return TLSO_HW_ST_BAD_ARG;
	memcpy(&st, c->in, sizeof(st));
	status = check_start(&st);
	if (status)
		return status;
	status = TLSO_HW_ST_BAD_ARG;
	if (tlso_session_keys_read(&keys, c->in + sizeof(st),
				   c->in_len - sizeof(st)) != TLSO_OK ||
	    keys.tls_version != 0x0304 || !suite_known(keys.suite))
		goto out;
	start_flow(&f, &st);
	s = session_add(e, c->session, &f, &status);
	if (!s)
		goto out;
	status = TLSO_HW_ST_BAD_KEY;
	if (session_set_keys(s, &keys)) {
		session_remove(e, s);
		goto out;
	}
	s->rx_seq = le32toh(st.rx_seq);
	session_set_state(e, s, TLSO_HW_SESSION_ACTIVE);
	status = TLSO_HW_ST_OK;
out:
	tlso_wipe(&keys, sizeof(keys));
	return status;
}

/* Takes @c over: it may have to wait for the session's job. */
static void stop_ssl(struct tlso_engine *e, struct session *s, struct cmd *c)
{
	if (s->stop) {
		mbox_complete(e, c, TLSO_HW_ST_BAD_STATE, NULL, 0);
		return;
	}
	session_unhash_flow(e, s);
	handshake_flush(e, s);
	event_forget(e, s->id);
	if (handshake_busy(s)) {
		handshake_abandon(s);
		s->stop = c;
		return;
	}
	session_remove(e, s);
	mbox_complete(e, c, TLSO_HW_ST_OK, NULL, 0);
}

static enum tlso_hw_status query(struct session *s,
				 struct tlso_hw_session_info *info)
{
	*info = (struct tlso_hw_session_info){
		.state = htole32(s->state),
		.suite = htole32(s->suite),
		.tx_records = htole64(s->tx_records),
		.rx_records = htole64(s->rec.seq),
		.rx_seq = htole32(s->rx_seq),
	};
	return TLSO_HW_ST_OK;
}

static void session_command(struct tlso_engine *e, struct session *s,
			    struct cmd *c)
{
	enum tlso_hw_status status = TLSO_HW_ST_OK;
	struct tlso_hw_session_info info;

	switch (c->opcode) {
	case TLSO_HW_MB_STOP_SSL:
		stop_ssl(e, s, c);
		return;
	case TLSO_HW_MB_STARTER:
		COUNT(e, STARTERS);
		handshake_starter(e, s, c);
		return;
	case TLSO_HW_MB_INBOUND:
		if (s->stop || s->rx_raw ||
		    (s->state != TLSO_HW_SESSION_PENDING &&
		     s->state != TLSO_HW_SESSION_ACTIVE))
			status = TLSO_HW_ST_BAD_STATE;
		else if (!inbound_raw(e, s, c->arg, c->in, c->in_len, c))
			status = TLSO_HW_ST_FULL;
		else
			return;
		break;
	case TLSO_HW_MB_PURGE:
		if (s->state == TLSO_HW_SESSION_ACTIVE)
			session_purge(e, s);
		else
			status = TLSO_HW_ST_BAD_STATE;
		break;
	case TLSO_HW_MB_QUERY:
		status = query(s, &info);
		mbox_complete(e, c, status, (u8 *)&info, sizeof(info));
		return;
	}
	mbox_complete(e, c, status, NULL, 0);
}

static void execute(struct tlso_engine *e, struct cmd *c)
{
	enum tlso_hw_status status = TLSO_HW_ST_OK;
	struct session *s;

	switch (c->opcode) {
	case TLSO_HW_MB_NOP:
		break;
	case TLSO_HW_MB_START_SSL:
		status = start_ssl(e, c);
		break;
	case TLSO_HW_MB_REINSTATE:
		status = reinstate(e, c);
		break;
	case TLSO_HW_MB_LOAD_KEY:
		status = load_key(e, c);
		break;
	case TLSO_HW_MB_UNLOAD_KEY:
		status = unload_key(e, c);
		break;
	case TLSO_HW_MB_STOP_SSL:
	case TLSO_HW_MB_STARTER:
	case TLSO_HW_MB_INBOUND:
	case TLSO_HW_MB_PURGE:
	case TLSO_HW_MB_QUERY:
		s = session_by_id(e, c->session);
		if (s) {
			session_command(e, s, c);
			return;
		}
		status = TLSO_HW_ST_NO_SESSION;
		break;
	default:
		guest_error(e, "mailbox: unknown opcode", c->opcode);
		status = TLSO_HW_ST_BAD_OPCODE;
	}
	if (status == TLSO_HW_ST_BAD_ARG)
		guest_error(e, "mailbox: bad argument", c->opcode);
	mbox_complete(e, c, status, NULL, 0);
}

/* ---- The ring ---------------------------------------------------------------------- */

static enum tlso_hw_status read_input(struct tlso_engine *e, struct cmd *c,
				      u64 addr, u32 n)
{
	if (n > TLSO_HW_MBOX_IN_MAX || c->out_cap > TLSO_HW_MBOX_OUT_MAX) {
		guest_error(e, "mailbox: length out of range", n);
		return TLSO_HW_ST_BAD_ARG;
	}
	c->in = malloc(n ? n : 1);
	if (!c->in)
		return TLSO_HW_ST_FULL;
	c->in_len = n;
	if (!n)
		return TLSO_HW_ST_OK;
	memset(c->in, 0, n);
	return dma_read(e, addr, c->in, n) ? TLSO_HW_ST_DMA : TLSO_HW_ST_OK;
}

static void command(struct tlso_engine *e, u32 index,
		    const struct tlso_hw_mbox *m)
{
	struct cmd *c = calloc(1, sizeof(*c));
	enum tlso_hw_status status;

	if (!c)
		return; /* never completes, as an adapter that hangs */
	COUNT(e, COMMANDS);
	c->index = index;
	c->epoch = e->ring[TLSO_HW_RING_MBOX].epoch;
	c->opcode = le16toh(m->opcode);
	c->session = le32toh(m->session);
	c->arg = le32toh(m->arg);
	c->out_addr = le64toh(m->out_addr);
	c->out_cap = le32toh(m->out_cap);
	e->in_flight++;
	trace(e, "command", c->session, c->opcode, c->arg);
	if (fault_due(e, e->cfg.fault_drop_command, &e->seen_command_drop)) {
		cmd_free(c);
		return;
	}
	status = read_input(e, c, le64toh(m->in_addr), le32toh(m->in_len));
	if (!status &&
	    fault_due(e, e->cfg.fault_fail_command, &e->seen_command_fail))
		status = TLSO_HW_ST_FAULT;
	if (status)
		mbox_complete(e, c, status, NULL, 0);
	else
		execute(e, c);
}

bool mbox_poll(struct tlso_engine *e)
{
	struct ring *r = &e->ring[TLSO_HW_RING_MBOX];
	u32 budget = MBOX_BUDGET, resets = e->resets;
	struct tlso_hw_mbox m;

	finish_delayed(e);
	/* Entries that are not DONE may not be posted again, so a driver that
	 * keeps to the rules never has more than the ring's size under way.
	 */
	while (r->enabled && ring_used(r) && e->in_flight < 1u << r->log2) {
		u32 index = r->head;

		if (!budget--)
			return true;
		if (ring_fetch(e, TLSO_HW_RING_MBOX, index, &m, sizeof(m)))
			return false;
		r->head = ring_next(r, index);
		command(e, index, &m);
		tlso_wipe(&m, sizeof(m));
		if (e->resets != resets)
			return false;
	}
	return false;
}
