// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * A pending session: starters and inbound bytes wait in one queue per session,
 * in the order in which they arrived, and are worked off one at a time by jobs
 * that may run on any thread (Figs. 15, 16). When the completer says that the
 * handshake is over the session becomes active.
 *
 * A job's run part touches its own struct hs_job, and of the session nothing
 * but struct handshake's completer, signer, seg and broken; as long as
 * handshake.job is set, nobody else does. It looks at handshake.over first: a
 * reset waits for all jobs, and there may be thousands that have not begun.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "../../kmod/core/completer_impl.h"
#include "../../kmod/core/wire.h"
#include "session.h"

#define MESSAGE_MAX 20480 /* largest inbound handshake message */
#define STARTER_HDR 12 /* seam.h */
#define STARTER_OUT_LEN 8 /* where it says how long it will be */
#define WORK_OVERHEAD 64 /* so that tiny segments cannot fill memory */

struct work {
	struct work *next;
	bool starter;
	struct cmd *cmd; /* starter: always; inbound: or NULL */
	u32 seq; /* inbound: of data[0] */
	u32 len;
	u8 data[];
};

struct hs_job;

struct handshake {
	struct tlso_completer c;
	struct tlso_signer signer;
	struct tlso_host_keys keys; /* signer.ctx */
	bool broken; /* a finished segment said err: no more is fed */
	bool hold; /* inbound bytes wait for a starter (completer.h) */
	atomic_bool over; /* nobody wants the outcome of the job under way */
	struct work *queue, **end;
	u32 queued;
	struct hs_job *job;
	bool kicking;
	u8 seg[TLSO_FINISHED_HDR + TLSO_FINISHED_EXTRA_MAX + 4 + MESSAGE_MAX];
};

struct finished {
	struct finished *next;
	u32 used; /* bytes of the work's data up to here */
	u32 len;
	u8 seg[];
};

struct hs_job {
	struct tlso_job job; /* first: jobs are found by it */
	struct tlso_engine *e;
	struct session *s;
	struct handshake *h;
	struct work *w;
	enum tlso_err err;
	/* starter */
	u8 *out;
	size_t out_cap, out_len;
	/* inbound */
	struct finished *finished, **end;
	size_t used;
	bool complete, hold;
	struct tlso_session_keys keys;
};

_Static_assert(offsetof(struct hs_job, job) == 0, "cast");

struct handshake *handshake_new(struct key_slot *key)
{
	struct handshake *h = calloc(1, sizeof(*h));
	struct tlso_completer_cfg cfg;

	if (!h)
		return NULL;
	h->end = &h->queue;
	if (key) {
		h->keys = (struct tlso_host_keys){ .n = 1, .key = { key->key } };
		h->signer = (struct tlso_signer){
			.ctx = &h->keys,
			.sign = tlso_host_sign,
			.rsa_private = tlso_host_rsa_private,
		};
	}
	cfg = (struct tlso_completer_cfg){
		.crypto = &tlso_host_crypto,
		.signer = key ? &h->signer : NULL,
	};
	tlso_completer_init(&h->c, &cfg, h->seg, sizeof(h->seg));
	return h;
}

void handshake_free(struct handshake *h)
{
	if (!h)
		return;
	tlso_completer_wipe(&h->c);
	tlso_wipe(h, sizeof(*h));
	free(h);
}

bool handshake_busy(const struct session *s)
{
	return s->hs && s->hs->job;
}

void handshake_abandon(struct session *s)
{
	if (s->hs)
		atomic_store(&s->hs->over, true);
}

/* ---- The queue -------------------------------------------------------------- */

static void work_free(struct work *w)
{
	tlso_wipe(w->data, w->len);
	free(w);
}

/* Takes *@at off the queue. */
static struct work *work_take(struct handshake *h, struct work **at)
{
	struct work *w = *at;

	*at = w->next;
	if (!*at)
		h->end = at;
	h->queued -= w->len + WORK_OVERHEAD;
	return w;
}

static struct work *work_pop(struct handshake *h)
{
	return work_take(h, &h->queue);
}

/* What can be worked off now: while bytes wait for a starter, only that. */
static struct work **work_next(struct handshake *h)
{
	struct work **at = &h->queue;

	while (h->hold && *at && !(*at)->starter)
		at = &(*at)->next;
	return at;
}

/* The part of @w that the completer did not take goes first once more. */
static void work_return(struct handshake *h, struct work *w, u32 used)
{
	w->len -= used;
	w->seq += used;
	memmove(w->data, w->data + used, w->len);
	w->next = h->queue;
	if (!h->queue)
		h->end = &w->next;
	h->queue = w;
	h->queued += w->len + WORK_OVERHEAD;
}

static struct work *work_push(struct handshake *h, struct cmd *cmd,
			      const u8 *p, size_t n)
{
	struct work *w = malloc(sizeof(*w) + n);

	if (!w)
		return NULL;
	*w = (struct work){ .cmd = cmd, .len = n };
	memcpy(w->data, p, n);
	*h->end = w;
	h->end = &w->next;
	h->queued += n + WORK_OVERHEAD;
	return w;
}

void handshake_flush(struct tlso_engine *e, struct session *s)
{
	while (s->hs && s->hs->queue) {
		struct work *w = work_pop(s->hs);

		if (w->cmd)
			mbox_complete(e, w->cmd, TLSO_HW_ST_BAD_STATE, NULL, 0);
		work_free(w);
	}
}

/* ---- Off the main loop ---------------------------------------------------------- */

static bool add_finished(struct hs_job *j, const u8 *seg, size_t len)
{
	struct finished *f;

	if (len > sizeof(j->h->seg) || len < TLSO_FINISHED_HDR)
		return false;
	f = malloc(sizeof(*f) + len);
	if (!f)
		return false;
	f->next = NULL;
	f->used = j->used;
	f->len = len;
	memcpy(f->seg, seg, len);
	*j->end = f;
	j->end = &f->next;
	return true;
}

/* The completer stops after each finished segment; it is asked once more with
 * nothing in hand, as one record may hold several messages. It takes nothing
 * between a message that a starter answers and that starter: the rest waits.
 */
static void run_inbound(struct hs_job *j)
{
	enum tlso_feed feed = TLSO_FEED_FINISHED;

	while (!j->h->broken && !j->complete &&
	       (j->used < j->w->len || feed != TLSO_FEED_MORE)) {
		size_t left = j->w->len - j->used, used = 0, len = 0;
		const u8 *seg = NULL;

		feed = tlso_completer_feed(&j->h->c, j->w->data + j->used, left,
					   &used, &seg, &len);
		if (used > left) {
			j->err = TLSO_E_STATE;
			return;
		}
		if (feed == TLSO_FEED_MORE && !used && left) {
			j->hold = true;
			return;
		}
		j->used += used;
		if (feed == TLSO_FEED_MORE)
			continue;
		if (!add_finished(j, seg, len)) {
			j->err = TLSO_E_SPACE;
			return;
		}
		j->h->broken = seg[3] != TLSO_OK;
		if (feed == TLSO_FEED_COMPLETE) {
			j->complete = true;
			j->err = tlso_completer_keys(&j->h->c, &j->keys);
		}
	}
}

/* Sessions here are TLS 1.3 servers', whose handshake the client's Finished ends;
 * a starter can end only others.
 */
static void run_starter(struct hs_job *j)
{
	j->err = tlso_completer_starter(&j->h->c, j->w->data, j->w->len, j->out,
					j->out_cap, &j->out_len);
	if (!j->err && tlso_completer_done(&j->h->c))
		j->err = TLSO_E_STATE;
}

static void job_run(struct tlso_job *job)
{
	struct hs_job *j = (struct hs_job *)job;

	if (atomic_load(&j->h->over))
		return;
	if (j->w->starter)
		run_starter(j);
	else
		run_inbound(j);
}

/* ---- Back on the main loop -------------------------------------------------------- */

static enum tlso_hw_status status_of(enum tlso_err err)
{
	switch (err) {
	case TLSO_OK:
		return TLSO_HW_ST_OK;
	case TLSO_E_SEAM:
		return TLSO_HW_ST_BAD_ARG;
	case TLSO_E_SPACE:
		return TLSO_HW_ST_NO_SPACE;
	case TLSO_E_STATE:
		return TLSO_HW_ST_BAD_STATE;
	case TLSO_E_ILLEGAL:
		return TLSO_HW_ST_ILLEGAL;
	default:
		return TLSO_HW_ST_CRYPTO;
	}
}

static void fail(struct tlso_engine *e, struct session *s)
{
	if (s->state == TLSO_HW_SESSION_PENDING)
		session_set_state(e, s, TLSO_HW_SESSION_FAILED);
}

static void starter_done(struct hs_job *j)
{
	enum tlso_hw_status status = status_of(j->err);

	if (status == TLSO_HW_ST_BAD_ARG)
		guest_error(j->e, "starter does not parse", j->s->id);
	if (status)
		fail(j->e, j->s);
	j->h->hold = false;
	mbox_complete(j->e, j->w->cmd, status, j->out, status ? 0 : j->out_len);
}

/* Bytes that came after the last of the handshake went up as they were; the
 * records among them are run through now, for the state that comes after.
 */
static void replay(struct tlso_engine *e, struct session *s, struct hs_job *j)
{
	struct handshake *h = s->hs;

	record_rx(e, s, j->w->data + j->used, j->w->len - j->used, false);
	while (h->queue) {
		struct work *w = work_pop(h);
		enum tlso_hw_status status = TLSO_HW_ST_BAD_STATE;

		if (!w->starter) {
			record_rx(e, s, w->data, w->len, false);
			status = TLSO_HW_ST_OK;
		}
		if (w->cmd)
			mbox_complete(e, w->cmd, status, NULL, 0);
		work_free(w);
	}
}

static void activate(struct hs_job *j)
{
	struct tlso_engine *e = j->e;
	struct session *s = j->s;
	u32 at = j->w->seq + j->used;
	u8 blob[TLSO_SESSION_KEYS_MAX];
	size_t n;

	if (j->keys.tls_version != TLSO_VERSION_13 ||
	    tlso_session_keys_write(&j->keys, blob, sizeof(blob), &n) ||
	    session_set_keys(s, &j->keys)) {
		fail(e, s);
		event_post(e, TLSO_HW_EV_ERROR, s->id, at, TLSO_HW_ST_CRYPTO,
			   NULL, 0);
		tlso_wipe(blob, sizeof(blob));
		return;
	}
	event_post(e, TLSO_HW_EV_START_SSL_COMPLETE, s->id, at, TLSO_HW_ST_OK,
		   blob, n);
	tlso_wipe(blob, sizeof(blob));
	replay(e, s, j);
	handshake_free(s->hs);
	s->hs = NULL;
	if (s->key)
		key_put(s->key);
	s->key = NULL;
	session_set_state(e, s, TLSO_HW_SESSION_ACTIVE);
	COUNT(e, HANDSHAKES_DONE);
}

static void inbound_done(struct hs_job *j)
{
	struct tlso_engine *e = j->e;
	struct session *s = j->s;
	struct finished *f;

	for (f = j->finished; f; f = f->next) {
		COUNT(e, FINISHED);
		event_post(e, TLSO_HW_EV_FINISHED, s->id, j->w->seq + f->used,
			   TLSO_HW_ST_OK, f->seg, f->len);
	}
	if (j->err) {
		fail(e, s);
		event_post(e, TLSO_HW_EV_ERROR, s->id, j->w->seq + j->used,
			   status_of(j->err), NULL, 0);
	} else if (s->hs->broken) {
		fail(e, s);
	} else if (j->complete) {
		activate(j);
	}
	if (j->w->cmd)
		mbox_complete(e, j->w->cmd, TLSO_HW_ST_OK, NULL, 0);
	if (j->hold && !j->err && s->hs && !s->hs->broken) {
		s->hs->hold = true;
		j->w->cmd = NULL;
		work_return(s->hs, j->w, j->used);
		j->w = NULL;
	}
}

static void job_free(struct hs_job *j)
{
	while (j->finished) {
		struct finished *f = j->finished;

		j->finished = f->next;
		tlso_wipe(f->seg, f->len);
		free(f);
	}
	if (j->w)
		work_free(j->w);
	free(j->out);
	tlso_wipe(j, sizeof(*j));
	free(j);
}

static void kick(struct tlso_engine *e, struct session *s);

static void job_done(struct tlso_job *job)
{
	struct hs_job *j = (struct hs_job *)job;
	struct tlso_engine *e = j->e;
	struct session *s = j->s;
	struct cmd *stop = s->stop;

	e->jobs--;
	j->h->job = NULL;
	if (s->orphan || stop) {
		/* Nothing of it may be told any more but that it is over. */
		if (j->w->cmd)
			mbox_complete(e, j->w->cmd, TLSO_HW_ST_BAD_STATE, NULL,
				      0);
		job_free(j);
		if (s->orphan) {
			session_free(e, s);
			return;
		}
		session_remove(e, s);
		mbox_complete(e, stop, TLSO_HW_ST_OK, NULL, 0);
		return;
	}
	if (j->w->starter)
		starter_done(j);
	else
		inbound_done(j);
	job_free(j);
	inbound_catch_up(e, s);
	kick(e, s);
}

static struct hs_job *job_new(struct tlso_engine *e, struct session *s)
{
	struct hs_job *j = calloc(1, sizeof(*j));
	struct work **at = work_next(s->hs);

	if (!j)
		return NULL;
	if ((*at)->starter) {
		j->out_cap = TLSO_STARTER_OUT_MAX;
		j->out = calloc(1, j->out_cap);
		if (!j->out) {
			free(j);
			return NULL;
		}
	}
	j->job.run = job_run;
	j->job.done = job_done;
	j->e = e;
	j->s = s;
	j->h = s->hs;
	j->end = &j->finished;
	j->w = work_take(s->hs, at);
	return j;
}

/* Starts the next job unless one is under way. Where jobs are done at once
 * job_done() comes back in here: the outermost call does the looping.
 */
static void kick(struct tlso_engine *e, struct session *s)
{
	struct handshake *h = s->hs;

	if (!h || h->kicking)
		return;
	while (s->hs && !h->job && *work_next(h)) {
		struct hs_job *j = job_new(e, s);

		if (!j) {
			handshake_flush(e, s);
			fail(e, s);
			return;
		}
		h->job = j;
		e->jobs++;
		if (e->host.submit) {
			e->host.submit(e->opaque, &j->job);
			return;
		}
		h->kicking = true;
		j->job.run(&j->job);
		j->job.done(&j->job);
		if (s->hs)
			h->kicking = false;
	}
}

void handshake_starter(struct tlso_engine *e, struct session *s,
		       struct cmd *cmd)
{
	enum tlso_hw_status status = TLSO_HW_ST_BAD_STATE;
	struct work *w;

	if (!s->hs || s->stop)
		goto refuse;
	/* The completer's state moves on with each starter, so the room is
	 * looked at first.
	 */
	status = TLSO_HW_ST_BAD_ARG;
	if (cmd->in_len < STARTER_HDR || cmd->in_len > TLSO_STARTER_MAX)
		goto refuse;
	status = TLSO_HW_ST_NO_SPACE;
	if (get_be32(cmd->in + STARTER_OUT_LEN) > cmd->out_cap)
		goto refuse;
	/* Starters have room of their own: inbound bytes must not keep the
	 * alert back that ends a flood of them.
	 */
	status = TLSO_HW_ST_FULL;
	if (s->hs->queued > HS_QUEUE_MAX + 2 * TLSO_STARTER_MAX)
		goto refuse;
	w = work_push(s->hs, cmd, cmd->in, cmd->in_len);
	if (!w)
		goto refuse;
	w->starter = true;
	kick(e, s);
	return;
refuse:
	mbox_complete(e, cmd, status, NULL, 0);
}

size_t handshake_inbound(struct tlso_engine *e, struct session *s, u32 seq,
			 const u8 *p, size_t n, struct cmd *cmd)
{
	struct handshake *h = s->hs;
	struct work *w;
	size_t room;

	if (h->queued + WORK_OVERHEAD >= HS_QUEUE_MAX)
		return 0;
	room = HS_QUEUE_MAX - h->queued - WORK_OVERHEAD;
	if (n > room && cmd)
		return 0; /* a command is taken whole or not at all */
	if (n > room)
		n = room;
	w = work_push(h, cmd, p, n);
	if (!w)
		return 0;
	w->seq = seq;
	s->rx_seq = seq + n; /* before the job: it may be done at once */
	kick(e, s);
	return n;
}
