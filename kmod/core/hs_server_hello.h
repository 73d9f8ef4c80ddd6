/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* ServerHello and HelloRetryRequest, RFC 8446 4.1.3, 4.1.4, RFC 5246 7.4.1.3, as
 * parsed.
 */
#ifndef TLSO_HS_SERVER_HELLO_H
#define TLSO_HS_SERVER_HELLO_H

#include "buf.h"
#include "err.h"
#include "wire.h"

/* What a HelloRetryRequest has for a random: it is known by that. */
extern const u8 tlso_retry_request_random[TLSO_RANDOM_LEN];

/* Readers point into the message. */
struct tlso_server_hello {
	u16 legacy_version;
	const u8 *random;
	struct tlso_rd session_id;
	u16 suite;
	u8 compression;
	bool retry; /* it has that random */
	struct tlso_rd exts; /* the whole block, checked for form */
	bool has_version;
	u16 version; /* supported_versions */
};

/* @msg with its 4-byte header. Form, and what must be known to tell the version;
 * which extensions may be there depends on it.
 */
__must_check enum tlso_err tlso_server_hello_parse(struct tlso_server_hello *sh,
						   const u8 *msg, size_t n);

/* The bodies of extensions of TLS 1.3. TLSO_E_DECODE. */
__must_check enum tlso_err tlso_server_share_parse(struct tlso_rd ext, u16 *group,
						   struct tlso_rd *share);
/* The one u16 of selected_group, selected_identity, selected_version, limit. */
__must_check enum tlso_err tlso_ext_u16(struct tlso_rd ext, u16 *v);

#endif /* TLSO_HS_SERVER_HELLO_H */
