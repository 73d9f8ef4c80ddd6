/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The one error type of the core, and the TLS alert that each error calls
 * for. An error sticks in the context that met it.
 */
#ifndef TLSO_ERR_H
#define TLSO_ERR_H

#include "port.h"

enum tlso_err {
	TLSO_OK = 0,
	TLSO_E_DECODE, /* decode_error: a length or a field does not parse */
	TLSO_E_UNEXPECTED, /* unexpected_message: not in this state */
	TLSO_E_ILLEGAL, /* illegal_parameter: parses, but may not be */
	TLSO_E_VERSION, /* protocol_version */
	TLSO_E_NO_COMMON, /* handshake_failure: no common suite, group, ... */
	TLSO_E_MISSING_EXT, /* missing_extension */
	TLSO_E_BAD_MAC, /* bad_record_mac */
	TLSO_E_OVERFLOW, /* record_overflow */
	TLSO_E_DECRYPT, /* decrypt_error: Finished or a signature is wrong */
	TLSO_E_CRYPTO, /* internal_error: a primitive failed */
	TLSO_E_SPACE, /* internal_error: a lent buffer is too small */
	TLSO_E_STATE, /* internal_error: the caller broke the order of calls */
	TLSO_E_SEAM, /* internal_error: starter or finished segment malformed */
	TLSO_E_PEER_ALERT, /* the peer sent a fatal alert; none goes back */
	TLSO_E_COUNT
};

/* RFC 8446 6: alert descriptions that this slice sends or names. */
enum tlso_alert {
	TLSO_ALERT_CLOSE_NOTIFY = 0,
	TLSO_ALERT_UNEXPECTED_MESSAGE = 10,
	TLSO_ALERT_BAD_RECORD_MAC = 20,
	TLSO_ALERT_RECORD_OVERFLOW = 22,
	TLSO_ALERT_HANDSHAKE_FAILURE = 40,
	TLSO_ALERT_ILLEGAL_PARAMETER = 47,
	TLSO_ALERT_DECODE_ERROR = 50,
	TLSO_ALERT_DECRYPT_ERROR = 51,
	TLSO_ALERT_PROTOCOL_VERSION = 70,
	TLSO_ALERT_INTERNAL_ERROR = 80,
	TLSO_ALERT_USER_CANCELED = 90,
	TLSO_ALERT_MISSING_EXTENSION = 109,
	TLSO_ALERT_NONE = 255, /* ours: nothing is to be sent */
};

/* The alert for @e; TLSO_ALERT_NONE for TLSO_OK and TLSO_E_PEER_ALERT. */
u8 tlso_err_alert(enum tlso_err e);

/* A short English name, for logs; never NULL. */
const char *tlso_err_name(enum tlso_err e);

#endif /* TLSO_ERR_H */
