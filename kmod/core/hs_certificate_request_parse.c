// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * CertificateRequest, RFC 8446 4.3.2 and RFC 5246 7.4.4: parse, a client's. Kept is
 * what our certificate must fit: schemes, and in TLS 1.2 types of keys.
 */
#include "client.h"
#include "hs_ext.h"

/* Those of a list of u16 that we could sign with; others do not matter. */
static void keep_schemes(struct tlso_director *d, struct tlso_rd list)
{
	unsigned int i;

	d->c.n_req_schemes = 0;
	while (list.n && d->c.n_req_schemes < TLSO_SCHEMES_MAX) {
		u16 scheme = tlso_rd_u16(&list);

		for (i = 0; i < d->c.n_req_schemes; i++)
			if (d->c.req_schemes[i] == scheme)
				break;
		if (i == d->c.n_req_schemes &&
		    tlso_scheme_key(scheme) != TLSO_KEY_NONE)
			d->c.req_schemes[d->c.n_req_schemes++] = scheme;
	}
}

static enum tlso_err take_schemes(struct tlso_director *d, struct tlso_rd *r)
{
	struct tlso_rd list = tlso_rd_vec(r, 2);

	if (r->bad || !list.n || list.n % 2)
		return TLSO_E_DECODE;
	keep_schemes(d, list);
	return TLSO_OK;
}

/* A list of names (RFC 5246 7.4.4, RFC 8446 4.2.4), of which we use none. */
static enum tlso_err check_authorities(struct tlso_rd *r, bool may_be_empty)
{
	struct tlso_rd list = tlso_rd_vec(r, 2);

	if (!tlso_rd_done(r) || (!list.n && !may_be_empty))
		return TLSO_E_DECODE;
	while (list.n)
		if (!tlso_rd_vec(&list, 2).n)
			return TLSO_E_DECODE;
	return list.bad ? TLSO_E_DECODE : TLSO_OK;
}

static enum tlso_err parse_12(struct tlso_director *d, struct tlso_rd *r)
{
	struct tlso_rd types = tlso_rd_vec(r, 1);
	enum tlso_err e;

	if (r->bad || !types.n)
		return TLSO_E_DECODE;
	d->c.req_types = 0;
	while (types.n) {
		u8 type = tlso_rd_u8(&types);

		if (type == TLSO_CERT_TYPE_RSA_SIGN)
			d->c.req_types |= 1;
		if (type == TLSO_CERT_TYPE_ECDSA_SIGN)
			d->c.req_types |= 2;
	}
	e = take_schemes(d, r);
	return e ? e : check_authorities(r, true);
}

/* 4.2's table has five extensions here; of ours that are not among them none may
 * come, and unknown ones do not matter.
 */
static enum tlso_err take_extension(struct tlso_director *d, u16 type,
				    struct tlso_rd ext, bool *schemes)
{
	struct tlso_rd list;
	enum tlso_err e;

	switch (type) {
	case TLSO_EXT_SIGNATURE_ALGORITHMS:
		*schemes = true;
		e = take_schemes(d, &ext);
		return !e && ext.n ? TLSO_E_DECODE : e;
	case TLSO_EXT_SIGNATURE_ALGORITHMS_CERT:
		list = tlso_rd_vec(&ext, 2);
		return tlso_rd_done(&ext) && list.n && list.n % 2 == 0 ?
			       TLSO_OK :
			       TLSO_E_DECODE;
	case TLSO_EXT_CERTIFICATE_AUTHORITIES:
		return check_authorities(&ext, false);
	case TLSO_EXT_STATUS_REQUEST:
		return TLSO_OK;
	default:
		return tlso_ext_bit(type) ? TLSO_E_ILLEGAL : TLSO_OK;
	}
}

static enum tlso_err parse_13(struct tlso_director *d, struct tlso_rd *r)
{
	struct tlso_rd context = tlso_rd_vec(r, 1);
	struct tlso_rd list = tlso_rd_vec(r, 2), ext;
	bool schemes = false;
	enum tlso_err e;
	u16 type;

	/* The context is for requests after the handshake alone. */
	if (!tlso_rd_done(r) || context.n)
		return TLSO_E_DECODE;
	e = tlso_exts_check(list);
	while (!e && list.n) {
		type = tlso_ext_take(&list, &ext);
		e = take_extension(d, type, ext, &schemes);
	}
	if (e)
		return e;
	return schemes ? TLSO_OK : TLSO_E_MISSING_EXT;
}

enum tlso_err tlso_certificate_request_parse(struct tlso_director *d,
					     const u8 *msg, size_t n)
{
	struct tlso_rd r;
	enum tlso_err e;

	e = tlso_msg_open(&r, TLSO_HS_CERTIFICATE_REQUEST, msg, n);
	if (!e)
		e = d->version == TLSO_VERSION_13 ? parse_13(d, &r) :
						    parse_12(d, &r);
	if (!e)
		d->c.cert_asked = true;
	return e;
}
