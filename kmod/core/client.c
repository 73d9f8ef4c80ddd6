// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The client's part that both versions share: ClientHello goes out, ServerHello or
 * HelloRetryRequest comes and says which of client13.c and client12.c goes on; our
 * certificate.
 */
#include "client.h"
#include "hs_ext.h"
#include "peer_auth.h"

/* ---- ServerHello --------------------------------------------------------- */

/* 4.1.3: a server that could have done better leaves a mark in its random. */
static bool downgraded(const struct tlso_server_hello *sh)
{
	static const u8 mark[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
	const u8 *last = sh->random + TLSO_RANDOM_LEN - sizeof(mark) - 1;

	return !memcmp(last, mark, sizeof(mark)) && last[sizeof(mark)] <= 1;
}

/* 4.2.1: supported_versions says it, without it the old field does. */
static enum tlso_err choose_version(struct tlso_director *d,
				    const struct tlso_server_hello *sh,
				    u16 *version)
{
	static const char other[] =
		"the server chose a version that we did not offer";
	u8 offered = tlso_offer_versions(d->cfg);

	*version = sh->has_version ? sh->version : sh->legacy_version;
	if (sh->has_version) {
		if (!(offered & TLSO_USE_13))
			return TLSO_E_UNSUPPORTED_EXT;
		if (*version != TLSO_VERSION_13 ||
		    sh->legacy_version != TLSO_VERSION_12)
			return tlso_c_fail(d, TLSO_E_ILLEGAL,
					   "supported_versions is not TLS 1.3");
		return TLSO_OK;
	}
	if (*version != TLSO_VERSION_12)
		return tlso_c_fail(d, TLSO_E_VERSION, other);
	/* 4.1.4: what comes after a HelloRetryRequest is TLS 1.3, and so is it. */
	if (d->hrr_sent || sh->retry)
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "HelloRetryRequest and TLS 1.2");
	if (!(offered & TLSO_USE_12))
		return tlso_c_fail(d, TLSO_E_VERSION, other);
	if ((offered & TLSO_USE_13) && downgraded(sh))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "downgrade from TLS 1.3 detected");
	return TLSO_OK;
}

/* Did our session id come back? Only the completer knows what it was. */
static enum tlso_err session_echo(const struct tlso_director *d,
				  const struct tlso_finished *f,
				  const struct tlso_server_hello *sh,
				  bool *echoed)
{
	struct tlso_rd r;
	u8 v;

	if (!d->session_id_len) {
		*echoed = !sh->session_id.n;
		return TLSO_OK;
	}
	if (!tlso_finished_extra(f, TLSO_EXTRA_SESSION_ECHO, 0, &r))
		return TLSO_E_SEAM;
	v = tlso_rd_u8(&r);
	*echoed = v == 1;
	return tlso_rd_done(&r) && v <= 1 ? TLSO_OK : TLSO_E_SEAM;
}

static enum tlso_err check_suite(struct tlso_director *d,
				 const struct tlso_server_hello *sh, u16 version)
{
	const struct tlso_suite *suite = tlso_suite_find(sh->suite);

	if (!suite || suite->version != version ||
	    !tlso_offers_suite(d->cfg, sh->suite))
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "the server chose a suite that we did not offer");
	/* 4.1.4 */
	if (d->hrr_sent && d->suite != sh->suite)
		return tlso_c_fail(d, TLSO_E_ILLEGAL,
				   "not the suite of the HelloRetryRequest");
	return TLSO_OK;
}

static enum tlso_err check_hello(struct tlso_director *d,
				 const struct tlso_server_hello *sh,
				 u16 *version)
{
	enum tlso_err e = choose_version(d, sh, version);

	if (e)
		return e;
	if (sh->compression)
		return tlso_c_fail(d,
				   *version == TLSO_VERSION_13 ? TLSO_E_DECODE :
								 TLSO_E_ILLEGAL,
				   "the server chose a compression method");
	return check_suite(d, sh, *version);
}

enum tlso_err tlso_c_server_hello(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev)
{
	struct tlso_server_hello sh;
	enum tlso_err e;
	bool echoed;
	u16 version;

	e = tlso_server_hello_parse(&sh, f->body, f->len);
	if (!e)
		e = session_echo(d, f, &sh, &echoed);
	if (!e)
		e = check_hello(d, &sh, &version);
	if (e)
		return e;
	if (version == TLSO_VERSION_12)
		e = tlso_c12_server_hello(d, &sh, echoed, s, ev);
	else if (!echoed) /* 4.1.3 */
		e = tlso_c_fail(d, TLSO_E_ILLEGAL,
				"the session id is not echoed");
	else if (sh.retry)
		e = tlso_c13_retry(d, &sh, s, ev);
	else
		e = tlso_c13_server_hello(d, &sh, s, ev);
	return e;
}

/* ---- Answers to extensions that both versions have ----------------------- */

/* RFC 7301 3.1: one protocol, and one of ours. */
enum tlso_err tlso_c_alpn(struct tlso_director *d, struct tlso_rd ext)
{
	struct tlso_rd list = tlso_rd_vec(&ext, 2), name, ours, mine;

	name = tlso_rd_vec(&list, 1);
	if (!tlso_rd_done(&ext) || !tlso_rd_done(&list) || !name.n)
		return TLSO_E_DECODE;
	tlso_rd_init(&ours, d->cfg->alpn, d->cfg->alpn_len);
	while (ours.n) {
		mine = tlso_rd_vec(&ours, 1);
		if (ours.bad || mine.n != name.n ||
		    memcmp(mine.p, name.p, name.n))
			continue;
		d->alpn_len = (u8)name.n;
		memcpy(d->alpn, name.p, name.n);
		return TLSO_OK;
	}
	return tlso_c_fail(d, TLSO_E_ILLEGAL,
			   "the server chose a protocol that we did not offer");
}

/* RFC 8449 4 */
enum tlso_err tlso_c_record_size(struct tlso_director *d, u16 version,
				 struct tlso_rd ext)
{
	u16 limit;
	enum tlso_err e = tlso_ext_u16(ext, &limit);

	if (e)
		return e;
	if (limit < 64)
		return TLSO_E_ILLEGAL;
	tlso_hs_agree_limit(d, version, limit);
	return TLSO_OK;
}

/* ---- Our certificate ----------------------------------------------------- */

/* RFC 5246 7.4.4: TLS 1.2 asks for types of keys as well. */
static bool type_asked(const struct tlso_director *d, u8 key_type)
{
	if (d->version != TLSO_VERSION_12)
		return true;
	return d->c.req_types & (key_type == TLSO_KEY_RSA ? 1 : 2);
}

static const struct tlso_id *choose_id(struct tlso_director *d)
{
	u8 theirs[2 * TLSO_SCHEMES_MAX];
	struct tlso_rd list;
	struct tlso_wr w;
	unsigned int i;

	tlso_wr_init(&w, theirs, sizeof(theirs));
	for (i = 0; i < d->c.n_req_schemes; i++)
		tlso_wr_u16(&w, d->c.req_schemes[i]);
	tlso_rd_init(&list, theirs, w.n);
	for (i = 0; i < d->cfg->n_ids; i++) {
		if (!type_asked(d, d->cfg->ids[i].key_type) ||
		    tlso_own_scheme(d, i, list, &d->scheme))
			continue;
		d->identity = (u8)i;
		return &d->cfg->ids[i];
	}
	d->scheme = 0;
	return NULL;
}

void tlso_c_certificate_write(struct tlso_director *d, struct tlso_starter_wr *s)
{
	tlso_certificate_write(s, d->version, choose_id(d));
}

void tlso_c_certificate_verify_write(struct tlso_director *d,
				     struct tlso_starter_wr *s)
{
	if (d->scheme)
		tlso_certificate_verify_write(s, d->scheme,
					      &d->cfg->ids[d->identity],
					      d->identity);
}
