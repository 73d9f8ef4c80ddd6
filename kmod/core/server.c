// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The server and a ClientHello: what is the same in both versions. server13.c and
 * server12.c compose the answer.
 */
#include "hs_msg.h"
#include "negotiate.h"
#include "peer_auth.h"
#include "server.h"

/* RFC 8446 4.1.2: the second ClientHello is the first but for what we asked for. */
static enum tlso_err check_retry(const struct tlso_director *d,
				 const struct tlso_client_hello *ch)
{
	u8 digest[32];
	enum tlso_err e;

	e = tlso_client_hello_digest(ch, d->cfg->crypto->sha256, digest);
	if (e)
		return e;
	return memcmp(digest, d->s.hello_hash, sizeof(digest)) ? TLSO_E_ILLEGAL :
								 TLSO_OK;
}

static void keep_name(struct tlso_director *d, const struct tlso_client_hello *ch)
{
	d->name_len = (u8)ch->name.n; /* at most TLSO_NAME_MAX, by the parser */
	if (ch->name.n)
		memcpy(d->name, ch->name.p, ch->name.n);
}

enum tlso_err tlso_s_client_hello(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev)
{
	struct tlso_client_hello ch;
	enum tlso_err e;

	e = tlso_client_hello_parse(&ch, f->body, f->len);
	if (!e && d->hrr_sent)
		e = check_retry(d, &ch);
	if (!e)
		e = tlso_choose_version(d, &ch);
	if (e)
		return e;
	keep_name(d, &ch);
	if (ch.has_record_size_limit && d->cfg->record_size_limit)
		tlso_hs_agree_limit(d, d->version, ch.record_size_limit);
	e = tlso_choose_alpn(d, &ch);
	if (e)
		return e;
	return d->version == TLSO_VERSION_13 ? tlso_s13_hello(d, &ch, f, s, ev) :
					       tlso_s12_hello(d, &ch, f, s, ev);
}

enum tlso_err tlso_s_certificate(struct tlso_director *d,
				 const struct tlso_finished *f, bool *came)
{
	struct tlso_cert certs[TLSO_SENT_MAX];
	unsigned int n;
	enum tlso_err e;

	*came = false;
	e = tlso_certificate_parse(d->version, true, f->body, f->len, certs, &n);
	if (e)
		return e;
	if (!n) {
		d->why = "the client has no certificate";
		return d->cfg->client_auth == TLSO_AUTH_REQUIRE ?
			       TLSO_E_CERT_REQUIRED :
			       TLSO_OK;
	}
	d->s.cert_came = true;
	*came = true;
	e = tlso_peer_chain(d, certs, n);
	if (e || tlso_x509_may_sign(&certs[0], d->cfg->work))
		return e;
	d->why = "the client's certificate is not for signing";
	return TLSO_E_UNSUPPORTED_CERT;
}
