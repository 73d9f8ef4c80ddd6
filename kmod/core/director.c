// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The director's calls: finished segment in, starter out. Responsible for
 * errors and alerts; hs_fsm.c says what may come, flight.c what follows.
 */
#include "director.h"
#include "hs_fsm.h"
#include "wire.h"

void tlso_director_init(struct tlso_director *d,
			const struct tlso_director_cfg *cfg)
{
	memset(d, 0, sizeof(*d));
	d->cfg = cfg;
	d->alert = TLSO_ALERT_NONE;
	d->state = TLSO_HS_WAIT_HELLO;
	d->write_epoch = TLSO_EPOCH_CLEAR;
	d->prev_epoch = TLSO_EPOCH_CLEAR;
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
	tlso_starter_begin(&s, out, cap, d->suite, d->write_epoch);
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

static enum tlso_step on_message(struct tlso_director *d,
				 const struct tlso_finished *f, u8 *out,
				 size_t cap, size_t *n, size_t *wire)
{
	struct tlso_starter_wr s;
	enum tlso_err e;
	u8 over;

	tlso_starter_begin(&s, out, cap, d->suite, d->write_epoch);
	e = tlso_hs_step(d, f, &s);
	over = d->state == TLSO_HS_OVER;
	if (!e && !over)
		e = tlso_starter_end(&s, n, wire);
	if (e)
		return fail(d, e, tlso_err_alert(e), out, cap, n, wire);
	if (over)
		return TLSO_STEP_DONE;
	d->prev_epoch = d->write_epoch;
	d->write_epoch = s.epoch;
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
		return fail(d, e, tlso_err_alert(e), out, cap, n, wire);
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
	return fail(d, e, tlso_err_alert(e), out, cap, n, wire);
}
