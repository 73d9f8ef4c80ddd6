// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* CertificateVerify, RFC 8446 4.4.3 and RFC 5246 7.4.8: parse. */
#include "hs_msg.h"

enum tlso_err tlso_certificate_verify_parse(const u8 *msg, size_t n, u16 *scheme,
					    struct tlso_rd *sig)
{
	struct tlso_rd r;
	enum tlso_err e;

	e = tlso_msg_open(&r, TLSO_HS_CERTIFICATE_VERIFY, msg, n);
	if (e)
		return e;
	*scheme = tlso_rd_u16(&r);
	*sig = tlso_rd_vec(&r, 2);
	return tlso_rd_done(&r) ? TLSO_OK : TLSO_E_DECODE;
}
