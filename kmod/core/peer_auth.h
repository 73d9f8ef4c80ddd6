/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The peer's authentication, the same for both roles and both versions: its chain
 * is verified when Certificate comes, its signature when CertificateVerify or
 * ServerKeyExchange does. The signed digest comes with the finished segment.
 */
#ifndef TLSO_PEER_AUTH_H
#define TLSO_PEER_AUTH_H

#include "buf.h"
#include "director.h"

/* The certificates of a Certificate message (not none): verifies the chain for
 * our configuration, keeps the leaf's key in d->peer_key and the leaf's DER in
 * cfg->peer_der.
 */
__must_check enum tlso_err tlso_peer_chain(struct tlso_director *d,
					   const struct tlso_cert *certs,
					   unsigned int n);
/* A signature of the peer's under @scheme: offered by us, right for the key's type
 * and d->version, and over the digest in @f's extra. d->peer_scheme is set.
 */
__must_check enum tlso_err tlso_peer_signature(struct tlso_director *d,
					       const struct tlso_finished *f,
					       u16 scheme, struct tlso_rd sig);

/*
 * Our own signature: the first scheme that identity @identity may sign with in
 * d->version and the peer's list @theirs (u16s; signature_algorithms) allows.
 * TLSO_E_NO_COMMON, and then *@scheme is 0.
 */
__must_check enum tlso_err tlso_own_scheme(struct tlso_director *d,
					   unsigned int identity,
					   struct tlso_rd theirs, u16 *scheme);

/* The schemes that we offer and accept, as u16s into @w. */
void tlso_schemes_write(struct tlso_wr *w, const struct tlso_config *cfg);
bool tlso_scheme_accepted(const struct tlso_config *cfg, u16 version, u16 scheme,
			  u8 key_type);

#endif /* TLSO_PEER_AUTH_H */
