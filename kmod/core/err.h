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
	TLSO_E_BAD_CERT, /* bad_certificate: malformed, bad signature or name */
	TLSO_E_UNSUPPORTED_CERT, /* unsupported_certificate */
	TLSO_E_CERT_EXPIRED, /* certificate_expired; also not yet valid */
	TLSO_E_CERT_UNKNOWN, /* certificate_unknown */
	TLSO_E_UNKNOWN_CA, /* unknown_ca */
	TLSO_E_ACCESS, /* access_denied */
	TLSO_E_INSECURE, /* insufficient_security */
	TLSO_E_FALLBACK, /* inappropriate_fallback */
	TLSO_E_NO_RENEGOTIATION, /* no_renegotiation */
	TLSO_E_UNSUPPORTED_EXT, /* unsupported_extension */
	TLSO_E_NAME, /* unrecognized_name */
	TLSO_E_CERT_REQUIRED, /* certificate_required; TLS 1.2: handshake_failure */
	TLSO_E_NO_ALPN, /* no_application_protocol */
	TLSO_E_WARNINGS, /* too many warning alerts, empty records or the like */
	TLSO_E_COUNT
};

/* RFC 8446 6, RFC 5246 7.2: alert descriptions. */
enum tlso_alert {
	TLSO_ALERT_CLOSE_NOTIFY = 0,
	TLSO_ALERT_UNEXPECTED_MESSAGE = 10,
	TLSO_ALERT_BAD_RECORD_MAC = 20,
	TLSO_ALERT_RECORD_OVERFLOW = 22,
	TLSO_ALERT_HANDSHAKE_FAILURE = 40,
	TLSO_ALERT_NO_CERTIFICATE = 41, /* SSL 3.0 */
	TLSO_ALERT_BAD_CERTIFICATE = 42,
	TLSO_ALERT_UNSUPPORTED_CERTIFICATE = 43,
	TLSO_ALERT_CERTIFICATE_REVOKED = 44,
	TLSO_ALERT_CERTIFICATE_EXPIRED = 45,
	TLSO_ALERT_CERTIFICATE_UNKNOWN = 46,
	TLSO_ALERT_ILLEGAL_PARAMETER = 47,
	TLSO_ALERT_UNKNOWN_CA = 48,
	TLSO_ALERT_ACCESS_DENIED = 49,
	TLSO_ALERT_DECODE_ERROR = 50,
	TLSO_ALERT_DECRYPT_ERROR = 51,
	TLSO_ALERT_PROTOCOL_VERSION = 70,
	TLSO_ALERT_INSUFFICIENT_SECURITY = 71,
	TLSO_ALERT_INTERNAL_ERROR = 80,
	TLSO_ALERT_INAPPROPRIATE_FALLBACK = 86,
	TLSO_ALERT_USER_CANCELED = 90,
	TLSO_ALERT_NO_RENEGOTIATION = 100,
	TLSO_ALERT_MISSING_EXTENSION = 109,
	TLSO_ALERT_UNSUPPORTED_EXTENSION = 110,
	TLSO_ALERT_UNRECOGNIZED_NAME = 112,
	TLSO_ALERT_UNKNOWN_PSK_IDENTITY = 115,
	TLSO_ALERT_CERTIFICATE_REQUIRED = 116,
	TLSO_ALERT_NO_APPLICATION_PROTOCOL = 120,
	TLSO_ALERT_NONE = 255, /* ours: nothing is to be sent */
};

/* The alert for @e; TLSO_ALERT_NONE for TLSO_OK and TLSO_E_PEER_ALERT. */
u8 tlso_err_alert(enum tlso_err e);

/* A short English name, for logs; never NULL. */
const char *tlso_err_name(enum tlso_err e);

#endif /* TLSO_ERR_H */
