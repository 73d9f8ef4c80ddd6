// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The director's calls: finished segment in, starter out. Responsible for
 * errors and alerts, and for what both roles do alike: record size limits, the
 * change_cipher_spec of TLS 1.3. hs_fsm.c says what may come, server*.c and client*.c
 * what follows.
 */
#include "director.h"
#include "hs_fsm.h"
#include "wire.h"

void tlso_director_init(struct tlso_director *d, const struct tlso_config *cfg)
{
	memset(d, 0, sizeof(*d));
	d->cfg = cfg;
	d->alert = TLSO_ALERT_NONE;
	d->peer.user = TLSO_NOBODY;
	d->state = cfg->client ? TLSO_C_START : TLSO_S_HELLO;
	d->write_epoch = TLSO_EPOCH_CLEAR;
	d->prev_epoch = TLSO_EPOCH_CLEAR;
}

/* TLS 1.2 has no certificate_required (RFC 8446 6.2 brought it). */
static u8 alert_of(const struct tlso_director *d, enum tlso_err e)
{
	if (e == TLSO_E_CERT_REQUIRED && d->version != TLSO_VERSION_13)
		return TLSO_ALERT_HANDSHAKE_FAILURE;
	return tlso_err_alert(e);
}

u16 tlso_director_own_limit(const struct tlso_director *d)
{
	u16 limit = tlso_hs_limit_said(d->version, d->cfg->record_size_limit);

	if (!d->limit_agreed || !limit)
		return TLSO_REC_PLAIN_MAX;
	return (u16)(limit - (d->version == TLSO_VERSION_13));
}

void tlso_hs_own_limit(const struct tlso_director *d, struct tlso_starter_wr *s)
{
	u16 limit = tlso_director_own_limit(d);

	if (limit < TLSO_REC_PLAIN_MAX)
		tlso_starter_own_limit(s, limit);
}

/* RFC 8449 4: who asks for more than a record holds is to be given a record. */
void tlso_hs_agree_limit(struct tlso_director *d, u16 version, u16 theirs)
{
	d->limit_agreed = true;
	d->peer_limit = tlso_hs_limit_said(version, theirs);
}

/* RFC 8446 D.4: middleboxes want to see one, where the client plays that game. */
void tlso_hs_compat_ccs(struct tlso_director *d, struct tlso_starter_wr *s)
{
	if (!d->session_id_len || d->ccs_sent)
		return;
	tlso_starter_ccs(s);
	d->ccs_sent = 1;
}

/* Over and failed; leaves the alert starter, if one is due. */
static enum tlso_step fail(struct tlso_director *d, enum tlso_err e, u8 alert,
			   u8 *out, size_t cap, size_t *n, size_t *wire)
{
	struct tlso_starter_wr s;

	*n = 0;
	*wire = 0;
	d->state = TLSO_HS_FAILED;
	if (!d->err)
		d->err = e;
	if (alert == TLSO_ALERT_NONE)
		return TLSO_STEP_FAIL;
	d->alert = alert;
	/* The version is known before the suite, but not to the completer. */
	tlso_starter_begin(&s, out, cap, d->suite, d->suite ? d->version : 0,
			   d->write_epoch);
	tlso_starter_alert(&s,
			   alert == TLSO_ALERT_CLOSE_NOTIFY ||
					   alert == TLSO_ALERT_USER_CANCELED ?
				   TLSO_ALERT_WARNING :
				   TLSO_ALERT_FATAL,
			   alert);
	if (tlso_starter_end(&s, n, wire))
		*n = 0;
	return TLSO_STEP_FAIL;
}

/* RFC 8446 6: an alert ends the handshake, but for user_canceled, which a
 * close_notify follows.
 */
static enum tlso_step on_alert(struct tlso_director *d,
			       const struct tlso_finished *f, u8 *out,
			       size_t cap, size_t *n, size_t *wire)
{
	if (f->len != 2)
		return fail(d, TLSO_E_SEAM, TLSO_ALERT_INTERNAL_ERROR, out, cap,
			    n, wire);
	if (f->body[1] == TLSO_ALERT_USER_CANCELED && !f->err)
		return TLSO_STEP_WAIT;
	d->alert = f->body[1];
	return fail(d, TLSO_E_PEER_ALERT, TLSO_ALERT_NONE, out, cap, n, wire);
}

/* After these the completer takes nothing before it has had a starter, be it an
 * empty one (completer.h).
 */
static bool holds(u8 type)
{
	return type == TLSO_HS_CLIENT_HELLO || type == TLSO_HS_SERVER_HELLO ||
	       type == TLSO_HS_SERVER_HELLO_DONE ||
	       type == TLSO_HS_CLIENT_KEY_EXCHANGE || type == TLSO_HS_FINISHED;
}

/* The starter is composed: what is to be done with it. */
static enum tlso_step settle(struct tlso_director *d, struct tlso_starter_wr *s,
			     bool wanted, size_t *n, size_t *wire)
{
	bool over = d->state == TLSO_HS_OVER;

	if (tlso_starter_empty(s) && (over || !wanted)) {
		*n = 0;
		*wire = 0;
		return over ? TLSO_STEP_DONE : TLSO_STEP_WAIT;
	}
	d->prev_epoch = d->write_epoch;
	d->write_epoch = s->epoch;
	return over ? TLSO_STEP_LAST : TLSO_STEP_SEND;
}

/* RFC 5246 7.4.1.1: a server asks for what is under way. The completer bounds how
 * often.
 */
static bool idle_request(const struct tlso_director *d,
			 const struct tlso_finished *f)
{
	return d->cfg->client && d->version != TLSO_VERSION_13 &&
	       d->state != TLSO_C_START && d->state != TLSO_HS_OVER &&
	       f->type == TLSO_HS_HELLO_REQUEST &&
	       f->epoch != TLSO_EPOCH_HANDSHAKE && f->len == TLSO_HS_HDR;
}

static enum tlso_step on_message(struct tlso_director *d,
				 const struct tlso_finished *f, u8 *out,
				 size_t cap, size_t *n, size_t *wire)
{
	struct tlso_starter_wr s;
	enum tlso_err e;

	tlso_starter_begin(&s, out, cap, d->suite, d->version, d->write_epoch);
	tlso_hs_limit(d, &s);
	e = tlso_hs_step(d, f, &s);
	if (!e)
		e = tlso_starter_end(&s, n, wire);
	if (e)
		return fail(d, e, alert_of(d, e), out, cap, n, wire);
	return settle(d, &s, holds(f->type), n, wire);
}

enum tlso_step tlso_director_start(struct tlso_director *d, u8 *out, size_t cap,
				   size_t *n, size_t *wire)
{
	struct tlso_starter_wr s;
	enum tlso_err e = TLSO_E_STATE;

	*n = 0;
	*wire = 0;
	tlso_starter_begin(&s, out, cap, 0, 0, TLSO_EPOCH_CLEAR);
	if (d->state == TLSO_C_START)
		e = tlso_client_hello_write(d, &s);
	if (!e)
		e = tlso_starter_end(&s, n, wire);
	if (e) {
		/* Nothing was said, so no alert is due. */
		return fail(d, e, TLSO_ALERT_NONE, out, cap, n, wire);
	}
	d->state = TLSO_C_HELLO;
	return TLSO_STEP_SEND;
}

enum tlso_step tlso_director_step(struct tlso_director *d, const u8 *seg,
				  size_t len, u8 *out, size_t cap, size_t *n,
				  size_t *wire)
{
	struct tlso_finished f;
	enum tlso_err e;

	*n = 0;
	*wire = 0;
	if (d->state == TLSO_HS_FAILED)
		return TLSO_STEP_FAIL;
	e = tlso_finished_read(&f, seg, len);
	if (!e && f.type == TLSO_FIN_ALERT)
		return on_alert(d, &f, out, cap, n, wire);
	if (!e)
		e = f.err;
	if (e)
		return fail(d, e, alert_of(d, e), out, cap, n, wire);
	if (idle_request(d, &f))
		return TLSO_STEP_WAIT;
	return on_message(d, &f, out, cap, n, wire);
}

enum tlso_step tlso_director_abort(struct tlso_director *d, u8 alert, u8 *out,
				   size_t cap, size_t *n, size_t *wire)
{
	*n = 0;
	*wire = 0;
	if (d->state == TLSO_HS_FAILED)
		return TLSO_STEP_FAIL;
	return fail(d, TLSO_E_STATE, alert, out, cap, n, wire);
}

enum tlso_step tlso_director_refused(struct tlso_director *d, enum tlso_err e,
				     u8 *out, size_t cap, size_t *n,
				     size_t *wire)
{
	*n = 0;
	*wire = 0;
	if (d->state == TLSO_HS_FAILED)
		return TLSO_STEP_FAIL;
	d->write_epoch = d->prev_epoch;
	return fail(d, e, alert_of(d, e), out, cap, n, wire);
}
