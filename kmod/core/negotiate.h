/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* The server's choices from a ClientHello: suite, group, signature scheme. */
#ifndef TLSO_NEGOTIATE_H
#define TLSO_NEGOTIATE_H

#include "director.h"
#include "hs_client_hello.h"

/*
 * Chooses from the first ClientHello (d->hrr_sent 0) into @d, or checks the
 * second one against what was chosen. @share is the client's key share; it is
 * bad where a HelloRetryRequest must ask for one.
 */
__must_check enum tlso_err tlso_negotiate(struct tlso_director *d,
					  const struct tlso_client_hello *ch,
					  struct tlso_rd *share);

#endif /* TLSO_NEGOTIATE_H */
