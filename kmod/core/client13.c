// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The client's actions in TLS 1.3, RFC 8446 4: from ServerHello or
 * HelloRetryRequest to our Finished.
 */
#include "client.h"
#include "hs_ext.h"
#include "peer_auth.h"
#include "x509.h"

/* What an extension of the answer said; the type's body is empty where it is not
 * there.
 */
struct answer {
	bool has_share;
	struct tlso_rd share;
	bool has_psk;
	struct tlso_rd psk;
	bool has_cookie;
	struct tlso_rd cookie;
};

/* 4.2's table: what may stand where. A cookie comes unasked. */
static enum tlso_err read_answer(const struct tlso_director *d,
				 const struct tlso_server_hello *sh,
				 struct answer *a)
{
	u32 asked = d->c.offered | tlso_ext_bit(TLSO_EXT_COOKIE);
	u32 allowed = tlso_ext_bit(TLSO_EXT_SUPPORTED_VERSIONS) |
		      tlso_ext_bit(TLSO_EXT_KEY_SHARE) |
		      tlso_ext_bit(sh->retry ? TLSO_EXT_COOKIE :
					       TLSO_EXT_PRE_SHARED_KEY);
	struct tlso_rd list = sh->exts, ext;
	enum tlso_err e = tlso_exts_allowed(list, asked, allowed);

	memset(a, 0, sizeof(*a));
	while (!e && list.n) {
		switch (tlso_ext_take(&list, &ext)) {
		case TLSO_EXT_KEY_SHARE:
			a->has_share = true;
			a->share = ext;
			break;
		case TLSO_EXT_PRE_SHARED_KEY:
			a->has_psk = true;
			a->psk = ext;
			break;
		case TLSO_EXT_COOKIE:
			a->has_cookie = true;
			a->cookie = ext;
			break;
		default: /* supported_versions */
			break;
		}
	}
	return e;
}

static bool shared(const struct tlso_director *d, u16 group)
{
	unsigned int i;

	for (i = 0; i < d->c.n_shares; i++)
		if (d->c.shares[i] == group)
			return true;
	return false;
}

/* ---- HelloRetryRequest --------------------------------------------------- */

static enum tlso_err take_cookie(struct tlso_director *d, struct tlso_rd ext)
{
	struct tlso_rd cookie = tlso_rd_vec(&ext, 2);

	if (!tlso_rd_done(&ext) || !cookie.n)
		return TLSO_E_DECODE;
	if (cookie.n > sizeof(d->c.cookie))
		return tlso_c_fail(d, TLSO_E_ILLEGAL, "the cookie is too long");
	memcpy(d->c.cookie, cookie.p, cookie.n);
	d->c.cookie_len = (u16)cookie.n;
	return TLSO_OK;
}

/* 4.2.8: a group that we have, and sent no share for. */
static enum tlso_err take_group(struct tlso_director *d, struct tlso_rd ext)
{
	u16 group;
	enum tlso_err e = tlso_ext_u16(ext, &group);

	if (e)
		return e;
	if (!tlso_offers_group(d->cfg, group) || shared(d, group))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "HelloRetryRequest asks for a group it may not");
	d->group = group;
	return TLSO_OK;
}

enum tlso_err tlso_c13_retry(struct tlso_director *d,
			     const struct tlso_server_hello *sh,
			     struct tlso_starter_wr *s, enum tlso_hs_event *ev)
{
	struct answer a;
	enum tlso_err e;

	if (d->hrr_sent) /* 4.1.4: a second one */
		return TLSO_E_UNEXPECTED;
	e = read_answer(d, sh, &a);
	if (e)
		return e;
	if (!a.has_share && !a.has_cookie)
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "HelloRetryRequest asks for nothing");
	if (a.has_cookie)
		e = take_cookie(d, a.cookie);
	if (!e && a.has_share)
		e = take_group(d, a.share);
	if (e)
		return e;
	d->version = TLSO_VERSION_13;
	d->suite = sh->suite;
	d->hrr_sent = 1;
	tlso_starter_chosen(s, d->suite, d->version);
	tlso_hs_compat_ccs(d, s);
	*ev = TLSO_EV_RETRY;
	return tlso_client_hello_write(d, s);
}

/* ---- ServerHello --------------------------------------------------------- */

/* 4.2.8: of a group that we sent a share for; 4.2.8.2: points are uncompressed. */
static enum tlso_err take_share(struct tlso_director *d, struct tlso_rd ext,
				struct tlso_rd *share)
{
	u16 group;
	enum tlso_err e = tlso_server_share_parse(ext, &group, share);

	if (e)
		return e;
	if (!shared(d, group) ||
	    !tlso_group_share_fits(group, share->p, share->n))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the server's key share fits none of ours");
	d->group = group;
	return TLSO_OK;
}

/* 4.2.11: the identity that we sent, under its hash. */
static enum tlso_err take_psk(struct tlso_director *d, struct tlso_rd ext,
			      u16 suite)
{
	const struct tlso_suite *now = tlso_suite_find(suite);
	const struct tlso_suite *then = tlso_suite_find(d->c.psk_suite);
	u16 identity;
	enum tlso_err e = tlso_ext_u16(ext, &identity);

	if (e)
		return e;
	if (identity || !now || !then || now->hash_len != then->hash_len)
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the server resumes a session not offered");
	d->resumed = true;
	return TLSO_OK;
}

enum tlso_err tlso_c13_server_hello(struct tlso_director *d,
				    const struct tlso_server_hello *sh,
				    struct tlso_starter_wr *s,
				    enum tlso_hs_event *ev)
{
	struct tlso_rd share;
	struct answer a;
	enum tlso_err e;

	e = read_answer(d, sh, &a);
	if (e)
		return e;
	if (!a.has_share) /* psk_dhe_ke is the only mode that we offer */
		return tlso_c_fail(d, TLSO_E_MISSING_EXT,
				   "ServerHello has no key share");
	e = take_share(d, a.share, &share);
	if (!e && a.has_psk)
		e = take_psk(d, a.psk, sh->suite);
	if (e)
		return e;
	d->version = TLSO_VERSION_13;
	d->suite = sh->suite;
	tlso_starter_chosen(s, d->suite, d->version);
	tlso_hs_compat_ccs(d, s);
	tlso_starter_share(s, d->group, share.p, share.n);
	if (d->resumed)
		tlso_starter_psk(s, 0);
	tlso_starter_epoch(s, TLSO_EPOCH_HANDSHAKE);
	*ev = TLSO_EV_13;
	return TLSO_OK;
}

/* ---- The server's encrypted flight --------------------------------------- */

enum tlso_err tlso_c13_extensions(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev)
{
	(void)s;
	*ev = d->resumed ? TLSO_EV_PSK : TLSO_EV_NEXT;
	return tlso_encrypted_extensions_parse(d, f->body, f->len);
}

enum tlso_err tlso_c13_certificate_request(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev)
{
	(void)s;
	*ev = TLSO_EV_NEXT;
	return tlso_certificate_request_parse(d, f->body, f->len);
}

enum tlso_err tlso_c13_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev)
{
	struct tlso_cert certs[TLSO_SENT_MAX];
	unsigned int n;
	enum tlso_err e;

	(void)s;
	e = tlso_certificate_parse(TLSO_VERSION_13, false, f->body, f->len,
				   certs, &n);
	if (!e)
		e = tlso_peer_chain(d, certs, n);
	if (e)
		return e;
	if (!tlso_x509_may_sign(&certs[0], d->cfg->work))
		return tlso_c_fail(d, TLSO_E_UNSUPPORTED_CERT,
				   "the certificate is not for signatures");
	*ev = TLSO_EV_SKIP;
	return TLSO_OK;
}

/* 4.4.2, 4.4.3, 4.4.4: our flight, and it is over. */
enum tlso_err tlso_c13_finished(struct tlso_director *d,
				const struct tlso_finished *f,
				struct tlso_starter_wr *s,
				enum tlso_hs_event *ev)
{
	const struct tlso_suite *suite = tlso_suite_find(d->suite);

	(void)f;
	if (!suite)
		return TLSO_E_STATE;
	/* Not sooner: no starter is due between here and EncryptedExtensions. */
	tlso_hs_own_limit(d, s);
	if (d->c.cert_asked) {
		tlso_c_certificate_write(d, s);
		tlso_c_certificate_verify_write(d, s);
	}
	tlso_finished_msg_write(s, suite->hash_len);
	tlso_starter_epoch(s, TLSO_EPOCH_APPLICATION);
	/* A ticket stands for the certificate that was verified when it came. */
	if (d->resumed)
		d->peer_verified = true;
	*ev = TLSO_EV_NEXT;
	return TLSO_OK;
}
