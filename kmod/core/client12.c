// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The client's actions in TLS 1.2, RFC 5246 7.4: from ServerHello to the Finished
 * messages of both sides, full and resumed (RFC 5077).
 */
#include "client.h"
#include "hs_ext.h"
#include "peer_auth.h"
#include "x509.h"

/* ---- ServerHello --------------------------------------------------------- */

/* RFC 5746 3.4: nothing was negotiated before. */
static enum tlso_err check_reneg(struct tlso_director *d, struct tlso_rd ext)
{
	struct tlso_rd was = tlso_rd_vec(&ext, 1);

	if (!tlso_rd_done(&ext) || was.n)
		return tlso_c_fail(d, TLSO_E_NO_COMMON,
				   "renegotiation_info of an earlier handshake");
	return TLSO_OK;
}

/* RFC 8422 5.1.2 */
static enum tlso_err check_formats(struct tlso_rd ext)
{
	struct tlso_rd list = tlso_rd_vec(&ext, 1);

	if (!tlso_rd_done(&ext) || !list.n)
		return TLSO_E_DECODE;
	while (list.n)
		if (!tlso_rd_u8(&list))
			return TLSO_OK;
	return TLSO_E_ILLEGAL;
}

static enum tlso_err take_extension(struct tlso_director *d, u16 type,
				    struct tlso_rd ext)
{
	switch (type) {
	case TLSO_EXT_RENEGOTIATION_INFO:
		return check_reneg(d, ext);
	case TLSO_EXT_EC_POINT_FORMATS:
		return check_formats(ext);
	case TLSO_EXT_ALPN:
		return tlso_c_alpn(d, ext);
	case TLSO_EXT_RECORD_SIZE_LIMIT:
		return tlso_c_record_size(d, TLSO_VERSION_12, ext);
	case TLSO_EXT_EXTENDED_MASTER_SECRET:
		d->ems = true;
		break;
	case TLSO_EXT_SESSION_TICKET:
		d->c.ticket_due = true;
		break;
	case TLSO_EXT_SUPPORTED_GROUPS:
		return TLSO_OK; /* some servers send theirs */
	default: /* server_name */
		break;
	}
	return ext.n ? TLSO_E_DECODE : TLSO_OK;
}

/*
 * RFC 5746 4.1: to a server without renegotiation_info this handshake may be a second
 * one, and what somebody else sent it before ours the beginning of what we say. That
 * we never renegotiate does not help: the server does. So it is refused.
 */
static enum tlso_err check_safe(struct tlso_director *d, bool reneg_info)
{
	if (reneg_info || d->cfg->unsafe_servers)
		return TLSO_OK;
	return tlso_c_fail(d, TLSO_E_NO_COMMON,
			   "the server does not know secure renegotiation");
}

static enum tlso_err take_extensions(struct tlso_director *d, struct tlso_rd list)
{
	static const u16 mine[] = {
		TLSO_EXT_SERVER_NAME,	      TLSO_EXT_SUPPORTED_GROUPS,
		TLSO_EXT_EC_POINT_FORMATS,    TLSO_EXT_ALPN,
		TLSO_EXT_EXTENDED_MASTER_SECRET, TLSO_EXT_RECORD_SIZE_LIMIT,
		TLSO_EXT_SESSION_TICKET,      TLSO_EXT_RENEGOTIATION_INFO,
	};
	bool reneg_info = false;
	struct tlso_rd ext;
	enum tlso_err e;
	u32 allowed = 0;
	unsigned int i;
	u16 type;

	for (i = 0; i < ARRAY_SIZE(mine); i++)
		allowed |= tlso_ext_bit(mine[i]);
	e = tlso_exts_allowed(list, d->c.offered, allowed);
	while (!e && list.n) {
		type = tlso_ext_take(&list, &ext);
		e = take_extension(d, type, ext);
		reneg_info |= type == TLSO_EXT_RENEGOTIATION_INFO;
	}
	return e ? e : check_safe(d, reneg_info);
}

/* RFC 5077 3.4: the echo of our session id means that the ticket was taken. RFC
 * 5246 F.1.4: the suite stays; RFC 7627 5.3: and so does the master secret's kind.
 */
static enum tlso_err check_resumed(struct tlso_director *d,
				   const struct tlso_server_hello *sh)
{
	const struct tlso_resume *r = d->cfg->resume;

	if (!tlso_offer_ticket12(d))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the server resumes a session not offered");
	if (sh->suite != r->suite)
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the server resumes with another suite");
	if (d->ems != !!(r->flags & TLSO_TICKET_EMS))
		return tlso_c_fail(d, TLSO_E_NO_COMMON,
				   "extended_master_secret differs in resumption");
	return TLSO_OK;
}

enum tlso_err tlso_c12_server_hello(struct tlso_director *d,
				    const struct tlso_server_hello *sh,
				    bool echoed, struct tlso_starter_wr *s,
				    enum tlso_hs_event *ev)
{
	bool resumed = echoed && d->session_id_len;
	enum tlso_err e;

	e = take_extensions(d, sh->exts);
	if (!e && resumed)
		e = check_resumed(d, sh);
	if (e)
		return e;
	d->version = TLSO_VERSION_12;
	d->suite = sh->suite;
	d->resumed = resumed;
	tlso_starter_chosen(s, d->suite, d->version);
	tlso_hs_own_limit(d, s);
	*ev = TLSO_EV_12;
	if (resumed) {
		tlso_starter_resume(s);
		*ev = d->c.ticket_due ? TLSO_EV_12_RESUMED_TICKET :
					TLSO_EV_12_RESUMED;
	}
	return TLSO_OK;
}

/* ---- The server's flight ------------------------------------------------- */

/* RFC 5246 7.4.2: the key fits the suite, in type, curve and usage. */
static enum tlso_err check_key(struct tlso_director *d,
			       const struct tlso_cert *leaf,
			       const struct tlso_suite *suite)
{
	u8 auth = d->peer_key.type == TLSO_KEY_RSA ? TLSO_SUITE_RSA :
						     TLSO_SUITE_ECDSA;
	u16 curve = d->peer_key.type == TLSO_KEY_P384 ? TLSO_GROUP_P384 :
							TLSO_GROUP_P256;

	if (auth != suite->auth)
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the certificate's key does not fit the suite");
	/* RFC 8422 2.3, 5.3: its curve is one that we offered as well. */
	if (auth == TLSO_SUITE_ECDSA && !tlso_offers_group(d->cfg, curve))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the certificate's curve was not offered");
	if (suite->kx == TLSO_KX_RSA ?
		    !tlso_x509_may_encipher(leaf, d->cfg->work) :
		    !tlso_x509_may_sign(leaf, d->cfg->work))
		return tlso_c_fail(d, TLSO_E_UNSUPPORTED_CERT,
				   "the certificate's key usage is another");
	return TLSO_OK;
}

enum tlso_err tlso_c12_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev)
{
	const struct tlso_suite *suite = tlso_suite_find(d->suite);
	struct tlso_cert certs[TLSO_SENT_MAX];
	unsigned int n;
	enum tlso_err e;

	(void)s;
	if (!suite)
		return TLSO_E_STATE;
	e = tlso_certificate_parse(TLSO_VERSION_12, false, f->body, f->len,
				   certs, &n);
	if (!e)
		e = tlso_peer_chain(d, certs, n);
	if (!e)
		e = check_key(d, &certs[0], suite);
	*ev = suite->kx == TLSO_KX_RSA ? TLSO_EV_SKIP : TLSO_EV_NEXT;
	return e;
}

enum tlso_err tlso_c12_server_key_exchange(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev)
{
	struct tlso_rd point, sig;
	enum tlso_err e;
	u16 group, scheme;

	(void)s;
	e = tlso_server_key_exchange_parse(f->body, f->len, &group, &point,
					   &scheme, &sig);
	if (e)
		return e;
	if (!tlso_offers_group(d->cfg, group) ||
	    !tlso_group_share_fits(group, point.p, point.n))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the server's point is of no group offered");
	e = tlso_peer_signature(d, f, scheme, sig);
	if (e)
		return e;
	d->group = group;
	memcpy(d->c.ske_point, point.p, point.n);
	d->c.ske_point_len = (u8)point.n;
	*ev = TLSO_EV_NEXT;
	return TLSO_OK;
}

enum tlso_err tlso_c12_certificate_request(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev)
{
	(void)s;
	*ev = TLSO_EV_ASKED;
	return tlso_certificate_request_parse(d, f->body, f->len);
}

/* ---- Ours ---------------------------------------------------------------- */

static void write_finished(struct tlso_starter_wr *s)
{
	tlso_starter_ccs(s);
	tlso_starter_epoch(s, TLSO_EPOCH_APPLICATION);
	tlso_finished_msg_write(s, TLSO_VERIFY_DATA_12);
}

/*
 * 7.4.6 to 7.4.9. The master secret is made after ClientKeyExchange, which the
 * extended one covers (RFC 7627 3), and CertificateVerify does not.
 */
enum tlso_err tlso_c12_hello_done(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev)
{
	enum tlso_err e = tlso_server_hello_done_parse(f->body, f->len);

	if (e)
		return e;
	if (d->c.cert_asked)
		tlso_c_certificate_write(d, s);
	if (d->c.ske_point_len)
		tlso_client_key_exchange_write(s, d->group, d->c.ske_point,
					       d->c.ske_point_len);
	else
		tlso_client_key_exchange_rsa_write(s, &d->peer_key);
	tlso_starter_master(s, d->ems);
	if (d->c.cert_asked)
		tlso_c_certificate_verify_write(d, s);
	write_finished(s);
	*ev = d->c.ticket_due ? TLSO_EV_NEXT : TLSO_EV_SKIP;
	return TLSO_OK;
}

/* ---- The server's last flight -------------------------------------------- */

/* RFC 5077 3.3: an empty ticket is none. One that does not fit is lost. */
enum tlso_err tlso_c12_ticket(struct tlso_director *d,
			      const struct tlso_finished *f,
			      struct tlso_starter_wr *s, enum tlso_hs_event *ev)
{
	struct tlso_rd ticket;
	enum tlso_err e;
	u32 lifetime_s;

	(void)s;
	e = tlso_new_session_ticket_parse(f->body, f->len, &lifetime_s, &ticket);
	if (e)
		return e;
	if (d->cfg->ticket_buf && ticket.n && ticket.n <= d->cfg->ticket_cap) {
		memcpy(d->cfg->ticket_buf, ticket.p, ticket.n);
		d->ticket_len = ticket.n;
		d->ticket_lifetime_s = lifetime_s;
	}
	*ev = TLSO_EV_NEXT;
	return TLSO_OK;
}

enum tlso_err tlso_c12_finished(struct tlso_director *d,
				const struct tlso_finished *f,
				struct tlso_starter_wr *s,
				enum tlso_hs_event *ev)
{
	(void)f;
	if (d->resumed)
		write_finished(s);
	/* By its signature; or as it could decrypt; or as its ticket was good, which
	 * stands for a certificate verified when it came.
	 */
	d->peer_verified = true;
	*ev = TLSO_EV_NEXT;
	return TLSO_OK;
}
