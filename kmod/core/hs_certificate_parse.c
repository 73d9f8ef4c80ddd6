// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Certificate, RFC 8446 4.4.2 and RFC 5246 7.4.2: parse, either role's. What is in
 * the certificates is x509.h's business.
 */
#include "hs_msg.h"

/* 4.4.2: extensions answer ours (or our CertificateRequest's), which asked for
 * none.
 */
static enum tlso_err check_extensions(struct tlso_rd *list)
{
	struct tlso_rd exts = tlso_rd_vec(list, 2);

	if (list->bad)
		return TLSO_E_DECODE;
	if (!exts.n)
		return TLSO_OK;
	while (exts.n) {
		(void)tlso_rd_u16(&exts);
		(void)tlso_rd_vec(&exts, 2);
	}
	return exts.bad ? TLSO_E_DECODE : TLSO_E_UNSUPPORTED_EXT;
}

enum tlso_err tlso_certificate_parse(u16 version, bool from_client,
				     const u8 *msg, size_t n,
				     struct tlso_cert certs[TLSO_SENT_MAX],
				     unsigned int *n_certs)
{
	struct tlso_rd r, list, cert;
	enum tlso_err e;

	*n_certs = 0;
	e = tlso_msg_open(&r, TLSO_HS_CERTIFICATE, msg, n);
	if (e)
		return e;
	/* The context is that of a request in mid-session: none of ours. */
	if (version == TLSO_VERSION_13 && tlso_rd_vec(&r, 1).n)
		return TLSO_E_DECODE;
	list = tlso_rd_vec(&r, 3);
	if (!tlso_rd_done(&r) || (!list.n && !from_client))
		return TLSO_E_DECODE;
	while (list.n) {
		cert = tlso_rd_vec(&list, 3);
		if (list.bad || !cert.n)
			return TLSO_E_DECODE;
		if (version == TLSO_VERSION_13)
			e = check_extensions(&list);
		if (e)
			return e;
		if (*n_certs == TLSO_SENT_MAX)
			continue;
		certs[*n_certs].der = cert.p;
		certs[(*n_certs)++].len = cert.n;
	}
	return list.bad ? TLSO_E_DECODE : TLSO_OK;
}
