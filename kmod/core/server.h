/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Between the server's own files: server.c begins with a ClientHello, server13.c
 * and server12.c go on, server_ticket.c says which session may be resumed.
 */
#ifndef TLSO_SERVER_H
#define TLSO_SERVER_H

#include "hs_client_hello.h"
#include "hs_fsm.h"

/* Bits of d->s.hello_exts. */
#define TLSO_HELLO_NAME 0x01 /* named one of our identities */
#define TLSO_HELLO_POINTS 0x02 /* ec_point_formats, TLS 1.2 */

#define TLSO_MASTER_LEN 48 /* RFC 5246 8.1 */

/* ---- server_ticket.c ----------------------------------------------------- */

/* A session that may be resumed; suite 0: none. */
struct tlso_offered {
	u16 index; /* of the PSK identity */
	u16 suite;
	u8 flags; /* TLSO_TICKET_* */
	u8 hash_len;
	u64 since_ms; /* its full handshake */
	bool verified; /* its client had a certificate that we believed: */
	struct tlso_peer_id peer;
	bool stale; /* time for a new ticket */
};

/* What the completer says about the tickets in the ClientHello @f, judged by
 * the configuration, the client's name and the clock.
 */
__must_check enum tlso_err tlso_ticket_offered(const struct tlso_director *d,
					       const struct tlso_finished *f,
					       u16 version,
					       struct tlso_offered *o);
/* This handshake goes on from @o's session, if it is one. */
void tlso_ticket_resumed(struct tlso_director *d, const struct tlso_offered *o);
u32 tlso_ticket_lifetime(const struct tlso_config *cfg);

/* ---- server13.c, server12.c: a ClientHello, its version chosen ----------- */

__must_check enum tlso_err tlso_s13_hello(struct tlso_director *d,
					  const struct tlso_client_hello *ch,
					  const struct tlso_finished *f,
					  struct tlso_starter_wr *s,
					  enum tlso_hs_event *ev);
__must_check enum tlso_err tlso_s12_hello(struct tlso_director *d,
					  const struct tlso_client_hello *ch,
					  const struct tlso_finished *f,
					  struct tlso_starter_wr *s,
					  enum tlso_hs_event *ev);
/* server.c: the Certificate of a client; *@came: it was not empty. */
__must_check enum tlso_err tlso_s_certificate(struct tlso_director *d,
					      const struct tlso_finished *f,
					      bool *came);

/* ---- Messages ------------------------------------------------------------ */

/* hs_server_hello.c; @psk: the index of the PSK, or TLSO_NO_PSK */
#define TLSO_NO_PSK 0xffff
void tlso_server_hello_write(struct tlso_starter_wr *s,
			     const struct tlso_director *d,
			     struct tlso_rd share, u16 psk);
void tlso_server_hello12_write(struct tlso_starter_wr *s,
			       const struct tlso_director *d, bool downgraded);
void tlso_retry_request_write(struct tlso_starter_wr *s,
			      const struct tlso_director *d);
/* hs_encrypted_extensions.c: the answers that have the same form in both versions:
 * the extensions, without the length of their list.
 */
void tlso_answers_write(struct tlso_wr *w, const struct tlso_director *d);

#endif /* TLSO_SERVER_H */
