/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Which message may come next. The tables and the engine, and nothing else:
 * what a message makes us do is the business of server.c, server13.c, server12.c,
 * client.c, client13.c and client12.c.
 */
#ifndef TLSO_HS_FSM_H
#define TLSO_HS_FSM_H

#include "director.h"
#include "starter.h"
#include "wire.h"

enum tlso_hs_state {
	/* Server */
	TLSO_S_HELLO, /* waits for ClientHello */
	TLSO_S_HELLO2, /* ClientHello after HelloRetryRequest */
	TLSO_S13_CERT, /* client's Certificate */
	TLSO_S13_VERIFY, /* CertificateVerify */
	TLSO_S13_FINISHED,
	TLSO_S12_CERT,
	TLSO_S12_KEY, /* ClientKeyExchange */
	TLSO_S12_VERIFY,
	TLSO_S12_CCS, /* change_cipher_spec, full handshake */
	TLSO_S12_FINISHED,
	TLSO_S12R_CCS, /* resumption: we have sent ours */
	TLSO_S12R_FINISHED,
	/* Client */
	TLSO_C_START, /* nothing sent yet */
	TLSO_C_HELLO, /* ServerHello or HelloRetryRequest */
	TLSO_C_HELLO2, /* ServerHello after HelloRetryRequest */
	TLSO_C13_EXTENSIONS, /* EncryptedExtensions */
	TLSO_C13_CERT_REQUEST, /* CertificateRequest or Certificate */
	TLSO_C13_CERT,
	TLSO_C13_VERIFY,
	TLSO_C13_FINISHED,
	TLSO_C12_CERT,
	TLSO_C12_KEY, /* ServerKeyExchange */
	TLSO_C12_CERT_REQUEST, /* CertificateRequest or ServerHelloDone */
	TLSO_C12_DONE, /* ServerHelloDone */
	TLSO_C12_TICKET, /* NewSessionTicket, full handshake */
	TLSO_C12_CCS,
	TLSO_C12_FINISHED,
	TLSO_C12R_TICKET, /* the same three in resumption */
	TLSO_C12R_CCS,
	TLSO_C12R_FINISHED,
	TLSO_HS_OVER,
	TLSO_HS_FAILED,
	TLSO_HS_STATES
};

/* What an action found; a state's row says where it leads. */
enum tlso_hs_event {
	TLSO_EV_NEXT, /* the ordinary case */
	TLSO_EV_RETRY, /* a HelloRetryRequest goes out, or came */
	TLSO_EV_13, /* ServerHello (sent or received) chose TLS 1.3, */
	TLSO_EV_13_AUTH, /*   and a client certificate was asked for (server) */
	TLSO_EV_12, /* TLS 1.2, full, */
	TLSO_EV_12_AUTH, /*   with a certificate request (server) */
	TLSO_EV_12_RESUMED,
	TLSO_EV_12_RESUMED_TICKET, /* a new ticket is to come (client) */
	TLSO_EV_PSK, /* no certificates follow (client) */
	TLSO_EV_ASKED, /* TLS 1.2 CertificateRequest (client) */
	TLSO_EV_SKIP, /* what usually follows does not: no CertificateVerify after an
		       * empty Certificate, no ServerKeyExchange with RSA, no ticket
		       */
	TLSO_HS_EVENTS
};

/*
 * An action: reads the message @f (a whole one, of the type and epoch that the table
 * asks for), changes @d, writes what is to be sent to @s, and says what it found.
 * An error ends the handshake with its alert.
 */
typedef enum tlso_err (*tlso_hs_action)(struct tlso_director *d,
					const struct tlso_finished *f,
					struct tlso_starter_wr *s,
					enum tlso_hs_event *ev);

/* server.c */
enum tlso_err tlso_s_client_hello(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev);
/* server13.c */
enum tlso_err tlso_s13_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev);
/* server12.c */
enum tlso_err tlso_s12_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev);
enum tlso_err tlso_s12_client_key_exchange(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev);
enum tlso_err tlso_s12_finished(struct tlso_director *d,
				const struct tlso_finished *f,
				struct tlso_starter_wr *s,
				enum tlso_hs_event *ev);
/* client.c: both versions' ServerHello, and HelloRetryRequest */
enum tlso_err tlso_c_server_hello(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev);
/* client13.c */
enum tlso_err tlso_c13_extensions(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev);
enum tlso_err tlso_c13_certificate_request(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev);
enum tlso_err tlso_c13_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev);
enum tlso_err tlso_c13_finished(struct tlso_director *d,
				const struct tlso_finished *f,
				struct tlso_starter_wr *s,
				enum tlso_hs_event *ev);
/* client12.c */
enum tlso_err tlso_c12_certificate(struct tlso_director *d,
				   const struct tlso_finished *f,
				   struct tlso_starter_wr *s,
				   enum tlso_hs_event *ev);
enum tlso_err tlso_c12_server_key_exchange(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev);
enum tlso_err tlso_c12_certificate_request(struct tlso_director *d,
					   const struct tlso_finished *f,
					   struct tlso_starter_wr *s,
					   enum tlso_hs_event *ev);
enum tlso_err tlso_c12_hello_done(struct tlso_director *d,
				  const struct tlso_finished *f,
				  struct tlso_starter_wr *s,
				  enum tlso_hs_event *ev);
enum tlso_err tlso_c12_ticket(struct tlso_director *d,
			      const struct tlso_finished *f,
			      struct tlso_starter_wr *s,
			      enum tlso_hs_event *ev);
enum tlso_err tlso_c12_finished(struct tlso_director *d,
				const struct tlso_finished *f,
				struct tlso_starter_wr *s,
				enum tlso_hs_event *ev);
/* hs_client_hello_write.c; the second time where d->hrr_sent */
__must_check enum tlso_err tlso_client_hello_write(struct tlso_director *d,
						   struct tlso_starter_wr *s);
/* peer_auth.c: the peer's CertificateVerify, either role, either version */
enum tlso_err tlso_peer_verify(struct tlso_director *d,
			       const struct tlso_finished *f,
			       struct tlso_starter_wr *s,
			       enum tlso_hs_event *ev);

/* The peer's record_size_limit goes into every starter after it is known. */
static inline void tlso_hs_limit(const struct tlso_director *d,
				 struct tlso_starter_wr *s)
{
	/* RFC 8449 4: in TLS 1.3 it counts the type byte. */
	if (d->peer_limit)
		tlso_starter_limit(s, d->version == TLSO_VERSION_13 ?
					      (u16)(d->peer_limit - 1) :
					      d->peer_limit);
}

/* RFC 8449 4: as the extension says it, no more than a record holds. It counts TLS
 * 1.3's type byte.
 */
static inline u16 tlso_hs_limit_said(u16 version, u16 limit)
{
	u16 most = TLSO_REC_PLAIN_MAX + (version == TLSO_VERSION_13);

	return limit < most ? limit : most;
}

/* director.c: ours, where it is agreed and less than every record's, into one starter
 * of the handshake.
 */
void tlso_hs_own_limit(const struct tlso_director *d, struct tlso_starter_wr *s);
/* director.c: the peer's record_size_limit, as it came, is agreed. */
void tlso_hs_agree_limit(struct tlso_director *d, u16 version, u16 theirs);
/* director.c: TLS 1.3's change_cipher_spec, once and where the client wants it. */
void tlso_hs_compat_ccs(struct tlso_director *d, struct tlso_starter_wr *s);

/* One whole message: runs its action, moves on. */
__must_check enum tlso_err tlso_hs_step(struct tlso_director *d,
					const struct tlso_finished *f,
					struct tlso_starter_wr *s);

#endif /* TLSO_HS_FSM_H */
