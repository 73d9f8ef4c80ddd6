// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The server in TLS 1.2, RFC 5246 7.3: full handshakes with ECDHE, or with RSA key
 * transport where that is allowed, and resumption by ticket (RFC 5077).
 */
#include "hs_msg.h"
#include "negotiate.h"
#include "server.h"

/* ---- ClientHello --------------------------------------------------------- */

static enum tlso_err check_hello(struct tlso_director *d,
				 const struct tlso_client_hello *ch)
{
	/* RFC 5246 7.4.1.2: null is always among them. */
	if (!tlso_list8_has(ch->compression, 0)) {
		d->why = "no null compression";
		return TLSO_E_ILLEGAL;
	}
	/* RFC 8422 5.1.2 */
	if (ch->has_point_formats && !tlso_list8_has(ch->point_formats, 0)) {
		d->why = "no uncompressed points";
		return TLSO_E_ILLEGAL;
	}
	/* RFC 5746 3.6: nothing was negotiated before */
	if (ch->reneg.n) {
		d->why = "renegotiation_info in a first handshake";
		return TLSO_E_NO_COMMON;
	}
	return TLSO_OK;
}

static void agree(struct tlso_director *d, const struct tlso_client_hello *ch)
{
	d->ems = ch->has_ems;
	d->s.reneg_info = ch->has_reneg ||
			  tlso_list_has(ch->suites,
					TLSO_EMPTY_RENEGOTIATION_INFO_SCSV);
}

/* Does the client's ticket lead on? RFC 7627 5.3 has the rules for its master
 * secret.
 */
static enum tlso_err choose_session(struct tlso_director *d,
				    const struct tlso_client_hello *ch,
				    const struct tlso_finished *f,
				    struct tlso_offered *o)
{
	bool was_ems;
	enum tlso_err e;

	memset(o, 0, sizeof(*o));
	if (!ch->has_ticket)
		return TLSO_OK;
	e = tlso_ticket_offered(d, f, TLSO_VERSION_12, o);
	if (e || !o->suite)
		return e;
	was_ems = o->flags & TLSO_TICKET_EMS;
	if (was_ems && !d->ems) {
		d->why = "the session resumed had an extended master secret";
		return TLSO_E_NO_COMMON;
	}
	if (was_ems != d->ems || !tlso_common_suite(d, ch, o->suite))
		o->suite = 0;
	return TLSO_OK;
}

static void write_ccs_and_finished(struct tlso_starter_wr *s)
{
	tlso_starter_ccs(s);
	tlso_starter_epoch(s, TLSO_EPOCH_APPLICATION);
	tlso_finished_msg_write(s, TLSO_VERIFY_DATA_12);
}

static void resume(struct tlso_director *d, const struct tlso_client_hello *ch,
		   const struct tlso_offered *o, struct tlso_starter_wr *s)
{
	tlso_ticket_resumed(d, o);
	d->suite = o->suite;
	d->s.ticket_due = o->stale;
	/* RFC 5077 3.4: by this the client sees it */
	d->session_id_len = (u8)ch->session_id.n;
	if (ch->session_id.n)
		memcpy(d->session_id, ch->session_id.p, ch->session_id.n);
	tlso_starter_chosen(s, d->suite, TLSO_VERSION_12);
	tlso_hs_limit(d, s);
	tlso_hs_own_limit(d, s);
	tlso_server_hello12_write(s, d, tlso_serves_13(d->cfg));
	tlso_starter_resume(s);
	if (d->s.ticket_due)
		tlso_new_session_ticket_write(s, d);
	write_ccs_and_finished(s);
}

static void write_flight(struct tlso_director *d, struct tlso_starter_wr *s)
{
	tlso_starter_chosen(s, d->suite, TLSO_VERSION_12);
	tlso_hs_limit(d, s);
	tlso_hs_own_limit(d, s);
	tlso_server_hello12_write(s, d, tlso_serves_13(d->cfg));
	tlso_certificate_write(s, TLSO_VERSION_12, &d->cfg->ids[d->identity]);
	if (d->group)
		tlso_server_key_exchange_write(s, d);
	if (d->s.cert_asked)
		tlso_certificate_request_write(s, d);
	tlso_server_hello_done_write(s);
}

enum tlso_err tlso_s12_hello(struct tlso_director *d,
			     const struct tlso_client_hello *ch,
			     const struct tlso_finished *f,
			     struct tlso_starter_wr *s, enum tlso_hs_event *ev)
{
	struct tlso_offered session;
	enum tlso_err e;

	e = check_hello(d, ch);
	if (e)
		return e;
	agree(d, ch);
	e = choose_session(d, ch, f, &session);
	if (e)
		return e;
	if (session.suite) {
		resume(d, ch, &session, s);
		*ev = TLSO_EV_12_RESUMED;
		return TLSO_OK;
	}
	e = tlso_choose_identity(d, ch);
	if (e)
		return e;
	if (ch->has_point_formats && d->group)
		d->s.hello_exts |= TLSO_HELLO_POINTS;
	d->s.ticket_due = d->cfg->tickets && ch->has_ticket;
	d->s.cert_asked = d->cfg->client_auth != TLSO_AUTH_NONE;
	write_flight(d, s);
	*ev = d->s.cert_asked ? TLSO_EV_12_AUTH : TLSO_EV_12;
	return TLSO_OK;
}

/* ---- The client's answer ------------------------------------------------- */

enum tlso_err tlso_s12_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev)
{
	bool came;

	(void)s;
	*ev = TLSO_EV_NEXT;
	return tlso_s_certificate(d, f, &came);
}

enum tlso_err tlso_s12_client_key_exchange(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev)
{
	bool rsa = !d->group;
	struct tlso_rd data;
	enum tlso_err e;

	e = tlso_client_key_exchange_parse(f->body, f->len, rsa, &data);
	if (e)
		return e;
	if (rsa) {
		tlso_starter_rsa(s, d->identity, data.p, data.n);
	} else if (tlso_group_share_fits(d->group, data.p, data.n)) {
		/* The completer checks the curve. */
		tlso_starter_share(s, d->group, data.p, data.n);
	} else {
		d->why = "the client's point is not of the group's form";
		return TLSO_E_ILLEGAL;
	}
	tlso_starter_master(s, d->ems);
	*ev = d->s.cert_came ? TLSO_EV_NEXT : TLSO_EV_SKIP;
	return TLSO_OK;
}

enum tlso_err tlso_s12_finished(struct tlso_director *d,
				const struct tlso_finished *f,
				struct tlso_starter_wr *s,
				enum tlso_hs_event *ev)
{
	(void)f;
	if (!d->resumed) {
		if (d->s.ticket_due)
			tlso_new_session_ticket_write(s, d);
		write_ccs_and_finished(s);
	}
	*ev = TLSO_EV_NEXT;
	return TLSO_OK;
}
