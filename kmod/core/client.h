/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Between the client's own files: the session to resume, and the steps that client.c
 * shares with client13.c and client12.c.
 */
#ifndef TLSO_CLIENT_H
#define TLSO_CLIENT_H

#include "director.h"
#include "hs_fsm.h"
#include "hs_msg.h"
#include "hs_server_hello.h"
#include "offer.h"
#include "suite.h"

/* client_resume.c: whether cfg->resume is to be offered: as a PSK, or as a TLS 1.2
 * ticket.
 */
bool tlso_offer_psk(const struct tlso_director *d);
bool tlso_offer_ticket12(const struct tlso_director *d);

/* ---- Steps --------------------------------------------------------------- */

/* An error, and what to say of it in logs. */
static inline enum tlso_err tlso_c_fail(struct tlso_director *d, enum tlso_err e,
					const char *why)
{
	d->why = why;
	return e;
}

/* client.c */
__must_check enum tlso_err tlso_c_alpn(struct tlso_director *d, struct tlso_rd ext);
__must_check enum tlso_err tlso_c_record_size(struct tlso_director *d, u16 version,
					      struct tlso_rd ext);
/* Certificate from the first identity of ours that the server's request allows, or
 * an empty one; then d->scheme is 0 and no CertificateVerify follows.
 */
void tlso_c_certificate_write(struct tlso_director *d, struct tlso_starter_wr *s);
void tlso_c_certificate_verify_write(struct tlso_director *d,
				     struct tlso_starter_wr *s);

/* client13.c, client12.c: what ServerHello leads to */
__must_check enum tlso_err tlso_c13_server_hello(struct tlso_director *d,
						 const struct tlso_server_hello *sh,
						 struct tlso_starter_wr *s,
						 enum tlso_hs_event *ev);
__must_check enum tlso_err tlso_c13_retry(struct tlso_director *d,
					  const struct tlso_server_hello *sh,
					  struct tlso_starter_wr *s,
					  enum tlso_hs_event *ev);
__must_check enum tlso_err tlso_c12_server_hello(struct tlso_director *d,
						 const struct tlso_server_hello *sh,
						 bool echoed,
						 struct tlso_starter_wr *s,
						 enum tlso_hs_event *ev);

#endif /* TLSO_CLIENT_H */
