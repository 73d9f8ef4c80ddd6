// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The server in TLS 1.3, RFC 8446 2 and 4: from a ClientHello to its flight (the
 * starters 1512, 1517, ... 1585), and the client's answer.
 */
#include "hs_msg.h"
#include "negotiate.h"
#include "server.h"

/* What one ClientHello leads to. */
struct answer {
	struct tlso_rd share; /* bad: none that we can use */
	struct tlso_offered psk; /* suite 0: none */
};

/* ---- Choosing ------------------------------------------------------------ */

#define PSK_DHE_KE 1 /* 4.2.9; psk_ke has no forward secrecy */

static bool takes_psk_dhe(const struct tlso_client_hello *ch)
{
	return tlso_list8_has(ch->psk_modes, PSK_DHE_KE);
}

/*
 * 9.2: what must be there. A PSK may come without groups and signatures; but alone it
 * has no forward secrecy, and is refused as what we have nothing in common with. Who
 * says psk_dhe_ke as well has forgotten the key share (4.2.9).
 */
static enum tlso_err check_mandatory(struct tlso_director *d,
				     const struct tlso_client_hello *ch)
{
	if (ch->has_groups != ch->has_shares ||
	    (!ch->has_groups && (!ch->has_psk || takes_psk_dhe(ch)))) {
		d->why = "no supported_groups or no key_share";
		return TLSO_E_MISSING_EXT;
	}
	if (!ch->has_psk && !ch->has_schemes) {
		d->why = "no signature_algorithms";
		return TLSO_E_MISSING_EXT;
	}
	if (!ch->has_groups) {
		d->why = "a session without a key exchange";
		return TLSO_E_NO_COMMON;
	}
	return TLSO_OK;
}

/* What must be there, and how, whatever we choose. */
static enum tlso_err check_hello(struct tlso_director *d,
				 const struct tlso_client_hello *ch)
{
	/* 4.1.2: exactly one byte, null. */
	if (ch->compression.n != 1 || ch->compression.p[0]) {
		d->why = "compression methods in TLS 1.3";
		return TLSO_E_ILLEGAL;
	}
	if (ch->has_psk && !ch->psk_last) {
		d->why = "pre_shared_key is not the last extension";
		return TLSO_E_ILLEGAL;
	}
	if (ch->has_psk && !ch->has_psk_modes) {
		d->why = "no psk_key_exchange_modes";
		return TLSO_E_MISSING_EXT;
	}
	return check_mandatory(d, ch);
}

/* A session to go on from, and the suite to go on with: its hash is the session's
 * (4.2.11). After a HelloRetryRequest the suite stands.
 */
static enum tlso_err choose_psk(struct tlso_director *d,
				const struct tlso_client_hello *ch,
				const struct tlso_finished *f,
				struct answer *a)
{
	enum tlso_err e;
	u16 suite;

	memset(&a->psk, 0, sizeof(a->psk));
	if (!ch->has_psk && d->s.psk_chosen) {
		d->why = "the session is gone from the second ClientHello";
		return TLSO_E_ILLEGAL; /* 4.1.2 */
	}
	if (!ch->has_psk || !takes_psk_dhe(ch))
		return TLSO_OK;
	e = tlso_ticket_offered(d, f, TLSO_VERSION_13, &a->psk);
	if (e || !a->psk.suite)
		return e;
	suite = tlso_choose_suite(d, ch, a->psk.hash_len);
	if (suite && d->hrr_sent) {
		const struct tlso_suite *chosen = tlso_suite_find(d->suite);

		suite = chosen && chosen->hash_len == a->psk.hash_len ?
				d->suite : 0;
	}
	if (suite)
		d->suite = suite;
	else
		a->psk.suite = 0;
	return TLSO_OK;
}

static enum tlso_err choose_suite(struct tlso_director *d,
				  const struct tlso_client_hello *ch)
{
	if (!d->hrr_sent)
		d->suite = tlso_choose_suite(d, ch, 0);
	if (d->suite)
		return TLSO_OK;
	d->why = "no common cipher suite";
	return TLSO_E_NO_COMMON;
}

/* 4.2.8: after a HelloRetryRequest one share, for the group that we asked for. */
static enum tlso_err second_share(struct tlso_director *d,
				  const struct tlso_client_hello *ch,
				  struct tlso_rd *share)
{
	struct tlso_rd r = ch->shares;
	enum tlso_err e;

	e = tlso_client_hello_share(ch, d->group, share);
	if (e)
		return e;
	(void)tlso_rd_u16(&r);
	(void)tlso_rd_vec(&r, 2);
	if (!share->bad && !r.n)
		return TLSO_OK;
	d->why = "the second ClientHello is not what was asked for";
	return TLSO_E_ILLEGAL;
}

static enum tlso_err choose(struct tlso_director *d,
			    const struct tlso_client_hello *ch,
			    const struct tlso_finished *f, struct answer *a)
{
	enum tlso_err e;

	e = choose_psk(d, ch, f, a);
	if (!e && !a->psk.suite)
		e = choose_suite(d, ch);
	if (!e)
		e = d->hrr_sent ? second_share(d, ch, &a->share) :
				  tlso_choose_group(d, ch, &a->share);
	if (e || a->psk.suite)
		return e;
	if (!ch->has_schemes) { /* 4.2.3 */
		d->why = "no signature_algorithms";
		return TLSO_E_MISSING_EXT;
	}
	return tlso_choose_identity(d, ch);
}

/* ---- Answering ----------------------------------------------------------- */

static enum tlso_err write_retry(struct tlso_director *d,
				 const struct tlso_client_hello *ch,
				 struct tlso_starter_wr *s)
{
	tlso_retry_request_write(s, d);
	tlso_hs_compat_ccs(d, s);
	d->hrr_sent = 1;
	return tlso_client_hello_digest(ch, d->cfg->crypto->sha256,
					d->s.hello_hash);
}

static void write_proof(struct tlso_director *d, struct tlso_starter_wr *s)
{
	const struct tlso_id *id = &d->cfg->ids[d->identity];

	if (d->s.cert_asked)
		tlso_certificate_request_write(s, d);
	tlso_certificate_write(s, TLSO_VERSION_13, id);
	tlso_certificate_verify_write(s, d->scheme, id, d->identity);
}

static void write_flight(struct tlso_director *d, struct tlso_starter_wr *s,
			 const struct answer *a)
{
	const struct tlso_suite *suite = tlso_suite_find(d->suite);
	u16 psk = a->psk.suite ? a->psk.index : TLSO_NO_PSK;

	tlso_hs_own_limit(d, s);
	if (psk != TLSO_NO_PSK)
		tlso_starter_psk(s, psk);
	tlso_server_hello_write(s, d, a->share, psk);
	tlso_hs_compat_ccs(d, s);
	tlso_starter_epoch(s, TLSO_EPOCH_HANDSHAKE);
	tlso_encrypted_extensions_write(s, d);
	if (psk == TLSO_NO_PSK)
		write_proof(d, s);
	tlso_finished_msg_write(s, suite->hash_len);
	tlso_starter_epoch(s, TLSO_EPOCH_APPLICATION);
}

enum tlso_err tlso_s13_hello(struct tlso_director *d,
			     const struct tlso_client_hello *ch,
			     const struct tlso_finished *f,
			     struct tlso_starter_wr *s, enum tlso_hs_event *ev)
{
	struct answer a;
	enum tlso_err e;

	e = check_hello(d, ch);
	if (!e)
		e = choose(d, ch, f, &a);
	if (e)
		return e;
	d->session_id_len = (u8)ch->session_id.n;
	if (ch->session_id.n)
		memcpy(d->session_id, ch->session_id.p, ch->session_id.n);
	tlso_starter_chosen(s, d->suite, TLSO_VERSION_13);
	tlso_hs_limit(d, s);
	if (a.share.bad) {
		*ev = TLSO_EV_RETRY;
		d->s.psk_chosen = a.psk.suite != 0;
		return write_retry(d, ch, s);
	}
	tlso_ticket_resumed(d, &a.psk);
	d->s.cert_asked = !d->resumed && d->cfg->client_auth != TLSO_AUTH_NONE;
	d->tickets_wanted = d->cfg->tickets && takes_psk_dhe(ch);
	write_flight(d, s, &a);
	*ev = d->s.cert_asked ? TLSO_EV_13_AUTH : TLSO_EV_13;
	return TLSO_OK;
}

/* ---- The client's answer ------------------------------------------------- */

enum tlso_err tlso_s13_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev)
{
	bool came;
	enum tlso_err e;

	(void)s;
	e = tlso_s_certificate(d, f, &came);
	*ev = came ? TLSO_EV_NEXT : TLSO_EV_SKIP;
	return e;
}
