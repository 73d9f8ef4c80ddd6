/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The server's choices from a ClientHello, RFC 8446 4.1.1 and 9.2: our preference
 * among what the client offers. Each takes what it needs from @ch, and leaves what
 * it chose in @d.
 */
#ifndef TLSO_NEGOTIATE_H
#define TLSO_NEGOTIATE_H

#include "director.h"
#include "hs_client_hello.h"
#include "suite.h"

/* d->version, from supported_versions (4.2.1) or legacy_version; TLSO_E_VERSION,
 * or TLSO_E_FALLBACK where RFC 7507 says so.
 */
__must_check enum tlso_err tlso_choose_version(struct tlso_director *d,
					       const struct tlso_client_hello *ch);
/* Were we ready for TLS 1.3 as well? */
bool tlso_serves_13(const struct tlso_config *cfg);

/* The suite @id, where the client offers it and we allow it in d->version. */
const struct tlso_suite *tlso_common_suite(const struct tlso_director *d,
					   const struct tlso_client_hello *ch,
					   u16 id);
/* TLS 1.3: the best common suite, with a hash of @hash_len if that is not 0; 0:
 * there is none.
 */
u16 tlso_choose_suite(const struct tlso_director *d,
		      const struct tlso_client_hello *ch, u8 hash_len);

/* TLS 1.3: d->group. *@share is the client's for it; bad where a HelloRetryRequest
 * must ask for one.
 */
__must_check enum tlso_err tlso_choose_group(struct tlso_director *d,
					     const struct tlso_client_hello *ch,
					     struct tlso_rd *share);

/*
 * d->identity and d->scheme; in TLS 1.2 also d->suite and d->group, which depend on
 * them. The first identity that the client's server_name names and whose key will
 * do; else, where that is allowed, the first whose key will.
 */
__must_check enum tlso_err tlso_choose_identity(struct tlso_director *d,
						const struct tlso_client_hello *ch);

/* d->alpn, RFC 7301 3.2. */
__must_check enum tlso_err tlso_choose_alpn(struct tlso_director *d,
					    const struct tlso_client_hello *ch);

#endif /* TLSO_NEGOTIATE_H */
