// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Errors: the alert that each calls for (RFC 8446 6.2), and its name. */
#include "err.h"

static const struct {
	u8 alert;
	const char *name;
} errs[TLSO_E_COUNT] = {
	[TLSO_OK] = { TLSO_ALERT_NONE, "ok" },
	[TLSO_E_DECODE] = { TLSO_ALERT_DECODE_ERROR, "malformed message" },
	[TLSO_E_UNEXPECTED] = { TLSO_ALERT_UNEXPECTED_MESSAGE,
				"unexpected message" },
	[TLSO_E_ILLEGAL] = { TLSO_ALERT_ILLEGAL_PARAMETER,
			     "illegal parameter" },
	[TLSO_E_VERSION] = { TLSO_ALERT_PROTOCOL_VERSION,
			     "protocol version not supported" },
	[TLSO_E_NO_COMMON] = { TLSO_ALERT_HANDSHAKE_FAILURE,
			       "no common parameters" },
	[TLSO_E_MISSING_EXT] = { TLSO_ALERT_MISSING_EXTENSION,
				 "missing extension" },
	[TLSO_E_BAD_MAC] = { TLSO_ALERT_BAD_RECORD_MAC, "bad record MAC" },
	[TLSO_E_OVERFLOW] = { TLSO_ALERT_RECORD_OVERFLOW, "record too long" },
	[TLSO_E_DECRYPT] = { TLSO_ALERT_DECRYPT_ERROR,
			     "wrong Finished or signature" },
	[TLSO_E_CRYPTO] = { TLSO_ALERT_INTERNAL_ERROR, "cryptography failed" },
	[TLSO_E_SPACE] = { TLSO_ALERT_INTERNAL_ERROR, "buffer too small" },
	[TLSO_E_STATE] = { TLSO_ALERT_INTERNAL_ERROR, "calls out of order" },
	[TLSO_E_SEAM] = { TLSO_ALERT_INTERNAL_ERROR,
			  "malformed starter or finished segment" },
	[TLSO_E_PEER_ALERT] = { TLSO_ALERT_NONE, "alert from peer" },
	[TLSO_E_BAD_CERT] = { TLSO_ALERT_BAD_CERTIFICATE, "bad certificate" },
	[TLSO_E_UNSUPPORTED_CERT] = { TLSO_ALERT_UNSUPPORTED_CERTIFICATE,
				      "unsupported certificate" },
	[TLSO_E_CERT_EXPIRED] = { TLSO_ALERT_CERTIFICATE_EXPIRED,
				  "certificate expired or not yet valid" },
	[TLSO_E_CERT_UNKNOWN] = { TLSO_ALERT_CERTIFICATE_UNKNOWN,
				  "certificate not acceptable" },
	[TLSO_E_UNKNOWN_CA] = { TLSO_ALERT_UNKNOWN_CA,
				"no chain to a trust anchor" },
	[TLSO_E_ACCESS] = { TLSO_ALERT_ACCESS_DENIED, "access denied" },
	[TLSO_E_INSECURE] = { TLSO_ALERT_INSUFFICIENT_SECURITY,
			      "insufficient security" },
	[TLSO_E_FALLBACK] = { TLSO_ALERT_INAPPROPRIATE_FALLBACK,
			      "inappropriate fallback" },
	[TLSO_E_NO_RENEGOTIATION] = { TLSO_ALERT_NO_RENEGOTIATION,
				      "renegotiation refused" },
	[TLSO_E_UNSUPPORTED_EXT] = { TLSO_ALERT_UNSUPPORTED_EXTENSION,
				     "extension was not offered" },
	[TLSO_E_NAME] = { TLSO_ALERT_UNRECOGNIZED_NAME,
			  "no identity of that name" },
	[TLSO_E_CERT_REQUIRED] = { TLSO_ALERT_CERTIFICATE_REQUIRED,
				   "client certificate required" },
	[TLSO_E_NO_ALPN] = { TLSO_ALERT_NO_APPLICATION_PROTOCOL,
			     "no common application protocol" },
	[TLSO_E_WARNINGS] = { TLSO_ALERT_UNEXPECTED_MESSAGE,
			      "too many warnings or empty records" },
};

u8 tlso_err_alert(enum tlso_err e)
{
	if ((unsigned int)e >= TLSO_E_COUNT)
		return TLSO_ALERT_INTERNAL_ERROR;
	return errs[e].alert;
}

const char *tlso_err_name(enum tlso_err e)
{
	if ((unsigned int)e >= TLSO_E_COUNT)
		return "unknown error";
	return errs[e].name;
}
