// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * What each inbound message makes the server do: the actions of hs_fsm.c's
 * table, and the starters that they compose (elements 1512, 1517, ... 1585).
 */
#include "hs_client_hello.h"
#include "hs_fsm.h"
#include "hs_msg.h"
#include "negotiate.h"
#include "suite.h"

/* D.4: middleboxes want to see one, where the client plays that game. */
static void compat_ccs(struct tlso_director *d, struct tlso_starter_wr *s)
{
	static const u8 ccs[] = { TLSO_CT_CCS, 3, 3, 0, 1, 1 };

	if (!d->session_id_len || d->ccs_sent)
		return;
	tlso_starter_raw(s, ccs, sizeof(ccs));
	d->ccs_sent = 1;
}

static void write_retry(struct tlso_director *d, struct tlso_starter_wr *s)
{
	tlso_retry_request_write(s, d);
	compat_ccs(d, s);
	d->hrr_sent = 1;
}

static void write_flight(struct tlso_director *d, struct tlso_starter_wr *s,
			 struct tlso_rd share)
{
	const struct tlso_suite *suite = tlso_suite_find(d->suite);

	tlso_server_hello_write(s, d, share);
	compat_ccs(d, s);
	tlso_starter_epoch(s, TLSO_EPOCH_HANDSHAKE);
	tlso_encrypted_extensions_write(s);
	tlso_certificate_write(s, d->cfg);
	tlso_certificate_verify_write(s, d->scheme, d->cfg->rsa_bits);
	tlso_finished_msg_write(s, suite->hash_len);
	tlso_starter_epoch(s, TLSO_EPOCH_APPLICATION);
}

/* The starter was begun before the suite was known. */
static void set_suite(const struct tlso_director *d, struct tlso_starter_wr *s)
{
	tlso_wr_patch(&s->w, 2, 2, d->suite);
}

enum tlso_err tlso_on_client_hello(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev)
{
	struct tlso_client_hello ch;
	struct tlso_rd share;
	enum tlso_err e;

	e = tlso_client_hello_parse(&ch, f->body, f->len);
	if (e)
		return e;
	e = tlso_negotiate(d, &ch, &share);
	if (e)
		return e;
	set_suite(d, s);
	if (share.bad) {
		write_retry(d, s);
		*ev = TLSO_HS_EV_RETRY;
	} else {
		write_flight(d, s, share);
		*ev = TLSO_HS_EV_FLIGHT;
	}
	return TLSO_OK;
}

enum tlso_err tlso_on_finished(struct tlso_director *d,
			       const struct tlso_finished *f,
			       struct tlso_starter_wr *s,
			       enum tlso_hs_event *ev)
{
	(void)d;
	(void)s;
	/* The ninth operation is the completer's; it must say that it did it. */
	if (!(f->ops & TLSO_OP_MAC_CHECK))
		return TLSO_E_SEAM;
	*ev = TLSO_HS_EV_VERIFIED;
	return TLSO_OK;
}
