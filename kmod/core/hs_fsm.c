// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The handshake's states, RFC 8446 appendix A and RFC 5246 7.3, as two tables: which
 * message a state takes under which keys, and where what it brought leads.
 */
#include "hs_fsm.h"

#define CLEAR TLSO_EPOCH_CLEAR
#define HANDSHAKE TLSO_EPOCH_HANDSHAKE
#define APPLICATION TLSO_EPOCH_APPLICATION

/* Nothing is to be done. */
static enum tlso_err go_on(struct tlso_director *d,
			   const struct tlso_finished *f,
			   struct tlso_starter_wr *s, enum tlso_hs_event *ev)
{
	(void)d;
	(void)f;
	(void)s;
	*ev = TLSO_EV_NEXT;
	return TLSO_OK;
}

static const struct edge {
	u8 state;
	u8 type;
	u8 epoch; /* that must have protected it */
	tlso_hs_action on;
} edges[] = {
	{ TLSO_S_HELLO, TLSO_HS_CLIENT_HELLO, CLEAR, tlso_s_client_hello },
	{ TLSO_S_HELLO2, TLSO_HS_CLIENT_HELLO, CLEAR, tlso_s_client_hello },
	{ TLSO_S13_CERT, TLSO_HS_CERTIFICATE, HANDSHAKE, tlso_s13_certificate },
	{ TLSO_S13_VERIFY, TLSO_HS_CERTIFICATE_VERIFY, HANDSHAKE,
	  tlso_peer_verify },
	{ TLSO_S13_FINISHED, TLSO_HS_FINISHED, HANDSHAKE, go_on },
	{ TLSO_S12_CERT, TLSO_HS_CERTIFICATE, CLEAR, tlso_s12_certificate },
	{ TLSO_S12_KEY, TLSO_HS_CLIENT_KEY_EXCHANGE, CLEAR,
	  tlso_s12_client_key_exchange },
	{ TLSO_S12_VERIFY, TLSO_HS_CERTIFICATE_VERIFY, CLEAR, tlso_peer_verify },
	{ TLSO_S12_CCS, TLSO_FIN_CCS, CLEAR, go_on },
	{ TLSO_S12_FINISHED, TLSO_HS_FINISHED, APPLICATION, tlso_s12_finished },
	{ TLSO_S12R_CCS, TLSO_FIN_CCS, CLEAR, go_on },
	{ TLSO_S12R_FINISHED, TLSO_HS_FINISHED, APPLICATION, tlso_s12_finished },

	{ TLSO_C_HELLO, TLSO_HS_SERVER_HELLO, CLEAR, tlso_c_server_hello },
	{ TLSO_C_HELLO2, TLSO_HS_SERVER_HELLO, CLEAR, tlso_c_server_hello },
	{ TLSO_C13_EXTENSIONS, TLSO_HS_ENCRYPTED_EXTENSIONS, HANDSHAKE,
	  tlso_c13_extensions },
	{ TLSO_C13_CERT_REQUEST, TLSO_HS_CERTIFICATE_REQUEST, HANDSHAKE,
	  tlso_c13_certificate_request },
	{ TLSO_C13_CERT_REQUEST, TLSO_HS_CERTIFICATE, HANDSHAKE,
	  tlso_c13_certificate },
	{ TLSO_C13_CERT, TLSO_HS_CERTIFICATE, HANDSHAKE, tlso_c13_certificate },
	{ TLSO_C13_VERIFY, TLSO_HS_CERTIFICATE_VERIFY, HANDSHAKE,
	  tlso_peer_verify },
	{ TLSO_C13_FINISHED, TLSO_HS_FINISHED, HANDSHAKE, tlso_c13_finished },
	{ TLSO_C12_CERT, TLSO_HS_CERTIFICATE, CLEAR, tlso_c12_certificate },
	{ TLSO_C12_KEY, TLSO_HS_SERVER_KEY_EXCHANGE, CLEAR,
	  tlso_c12_server_key_exchange },
	{ TLSO_C12_CERT_REQUEST, TLSO_HS_CERTIFICATE_REQUEST, CLEAR,
	  tlso_c12_certificate_request },
	{ TLSO_C12_CERT_REQUEST, TLSO_HS_SERVER_HELLO_DONE, CLEAR,
	  tlso_c12_hello_done },
	{ TLSO_C12_DONE, TLSO_HS_SERVER_HELLO_DONE, CLEAR, tlso_c12_hello_done },
	{ TLSO_C12_TICKET, TLSO_HS_NEW_SESSION_TICKET, CLEAR, tlso_c12_ticket },
	{ TLSO_C12_CCS, TLSO_FIN_CCS, CLEAR, go_on },
	{ TLSO_C12_FINISHED, TLSO_HS_FINISHED, APPLICATION, tlso_c12_finished },
	{ TLSO_C12R_TICKET, TLSO_HS_NEW_SESSION_TICKET, CLEAR, tlso_c12_ticket },
	{ TLSO_C12R_CCS, TLSO_FIN_CCS, CLEAR, go_on },
	{ TLSO_C12R_FINISHED, TLSO_HS_FINISHED, APPLICATION, tlso_c12_finished },
};

/* 0 (which is TLSO_S_HELLO, where nothing leads) stands for: cannot be. */
static const u8 next_state[TLSO_HS_STATES][TLSO_HS_EVENTS] = {
	[TLSO_S_HELLO] = { [TLSO_EV_RETRY] = TLSO_S_HELLO2,
			   [TLSO_EV_13] = TLSO_S13_FINISHED,
			   [TLSO_EV_13_AUTH] = TLSO_S13_CERT,
			   [TLSO_EV_12] = TLSO_S12_KEY,
			   [TLSO_EV_12_AUTH] = TLSO_S12_CERT,
			   [TLSO_EV_12_RESUMED] = TLSO_S12R_CCS },
	[TLSO_S_HELLO2] = { [TLSO_EV_13] = TLSO_S13_FINISHED,
			    [TLSO_EV_13_AUTH] = TLSO_S13_CERT },
	[TLSO_S13_CERT] = { [TLSO_EV_NEXT] = TLSO_S13_VERIFY,
			    [TLSO_EV_SKIP] = TLSO_S13_FINISHED },
	[TLSO_S13_VERIFY] = { [TLSO_EV_NEXT] = TLSO_S13_FINISHED },
	[TLSO_S13_FINISHED] = { [TLSO_EV_NEXT] = TLSO_HS_OVER },
	[TLSO_S12_CERT] = { [TLSO_EV_NEXT] = TLSO_S12_KEY },
	[TLSO_S12_KEY] = { [TLSO_EV_NEXT] = TLSO_S12_VERIFY,
			   [TLSO_EV_SKIP] = TLSO_S12_CCS },
	[TLSO_S12_VERIFY] = { [TLSO_EV_NEXT] = TLSO_S12_CCS },
	[TLSO_S12_CCS] = { [TLSO_EV_NEXT] = TLSO_S12_FINISHED },
	[TLSO_S12_FINISHED] = { [TLSO_EV_NEXT] = TLSO_HS_OVER },
	[TLSO_S12R_CCS] = { [TLSO_EV_NEXT] = TLSO_S12R_FINISHED },
	[TLSO_S12R_FINISHED] = { [TLSO_EV_NEXT] = TLSO_HS_OVER },

	[TLSO_C_HELLO] = { [TLSO_EV_RETRY] = TLSO_C_HELLO2,
			   [TLSO_EV_13] = TLSO_C13_EXTENSIONS,
			   [TLSO_EV_12] = TLSO_C12_CERT,
			   [TLSO_EV_12_RESUMED] = TLSO_C12R_CCS,
			   [TLSO_EV_12_RESUMED_TICKET] = TLSO_C12R_TICKET },
	[TLSO_C_HELLO2] = { [TLSO_EV_13] = TLSO_C13_EXTENSIONS },
	[TLSO_C13_EXTENSIONS] = { [TLSO_EV_NEXT] = TLSO_C13_CERT_REQUEST,
				  [TLSO_EV_PSK] = TLSO_C13_FINISHED },
	/* Certificate, SKIP: it came without a request before it. */
	[TLSO_C13_CERT_REQUEST] = { [TLSO_EV_NEXT] = TLSO_C13_CERT,
				    [TLSO_EV_SKIP] = TLSO_C13_VERIFY },
	[TLSO_C13_CERT] = { [TLSO_EV_NEXT] = TLSO_C13_VERIFY,
			    [TLSO_EV_SKIP] = TLSO_C13_VERIFY },
	[TLSO_C13_VERIFY] = { [TLSO_EV_NEXT] = TLSO_C13_FINISHED },
	[TLSO_C13_FINISHED] = { [TLSO_EV_NEXT] = TLSO_HS_OVER },
	[TLSO_C12_CERT] = { [TLSO_EV_NEXT] = TLSO_C12_KEY,
			    [TLSO_EV_SKIP] = TLSO_C12_CERT_REQUEST },
	[TLSO_C12_KEY] = { [TLSO_EV_NEXT] = TLSO_C12_CERT_REQUEST },
	/* ServerHelloDone, NEXT: a ticket will come, SKIP: none will. */
	[TLSO_C12_CERT_REQUEST] = { [TLSO_EV_ASKED] = TLSO_C12_DONE,
				    [TLSO_EV_NEXT] = TLSO_C12_TICKET,
				    [TLSO_EV_SKIP] = TLSO_C12_CCS },
	[TLSO_C12_DONE] = { [TLSO_EV_NEXT] = TLSO_C12_TICKET,
			    [TLSO_EV_SKIP] = TLSO_C12_CCS },
	[TLSO_C12_TICKET] = { [TLSO_EV_NEXT] = TLSO_C12_CCS },
	[TLSO_C12_CCS] = { [TLSO_EV_NEXT] = TLSO_C12_FINISHED },
	[TLSO_C12_FINISHED] = { [TLSO_EV_NEXT] = TLSO_HS_OVER },
	[TLSO_C12R_TICKET] = { [TLSO_EV_NEXT] = TLSO_C12R_CCS },
	[TLSO_C12R_CCS] = { [TLSO_EV_NEXT] = TLSO_C12R_FINISHED },
	[TLSO_C12R_FINISHED] = { [TLSO_EV_NEXT] = TLSO_HS_OVER },
};

static const struct edge *find(const struct tlso_director *d,
			       const struct tlso_finished *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(edges); i++)
		if (edges[i].state == d->state && edges[i].type == f->type &&
		    edges[i].epoch == f->epoch)
			return &edges[i];
	return NULL;
}

enum tlso_err tlso_hs_step(struct tlso_director *d,
			   const struct tlso_finished *f,
			   struct tlso_starter_wr *s)
{
	const struct edge *edge = find(d, f);
	enum tlso_hs_event ev = TLSO_EV_NEXT;
	enum tlso_err e;

	if (!edge)
		return TLSO_E_UNEXPECTED;
	/* The ninth operation is the completer's; it must say that it did it. */
	if (f->type == TLSO_HS_FINISHED && !(f->ops & TLSO_OP_MAC_CHECK))
		return TLSO_E_SEAM;
	e = edge->on(d, f, s, &ev);
	if (e)
		return e;
	if (!next_state[d->state][ev])
		return TLSO_E_STATE;
	d->state = next_state[d->state][ev];
	return TLSO_OK;
}
