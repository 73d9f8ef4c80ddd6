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
