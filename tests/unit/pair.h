/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the completer's tests: a pair of halves whose starters are written here,
 * message by message.
 */
#ifndef TLSO_TEST_PAIR_H
#define TLSO_TEST_PAIR_H

#include "half.h"

/* What the handshake is to be. Zero: TLS 1.3, AES-128-GCM, X25519, P-256. */
struct shape {
	u16 version, suite, group;
	u16 scheme; /* of the server's signature */
	u16 client_scheme; /* not 0: the client authenticates */
	bool classic; /* TLS 1.2 without extended master secret */
	bool rsa; /* TLS 1.2 RSA key transport */
	bool no_sid;
	bool early_data;
	bool early_again; /* in the second ClientHello as well: wrong */
	bool two_groups; /* key shares of two */
	bool retry; /* HelloRetryRequest, with a cookie only */
	bool ticket; /* TLS 1.2: the server issues one */
	u16 limit; /* record_size_limit of both */
	size_t chain; /* bytes of certificate, 0: 300 */
	u16 psk_suite; /* TLS 1.3: the session given to the client is offered */
	size_t piece; /* 0: random; else the size of the pieces fed */
};

struct pair {
	struct shape sh;
	struct half *c, *s;
	struct tlso_resume resume;
	u8 ticket[TLSO_TICKET_LEN_MAX];
};

/* Both sides ready, nothing sent. @resume: a session that both may resume, its
 * ticket opens; or NULL.
 */
struct pair *pair_new(const struct shape *sh, const struct tlso_resume *resume);
void pair_free(struct pair *p);

/* Of @version, 0: TLS 1.3, and as usual. */
struct pair *fresh_pair(u16 version);
/* Made, and the server has answered with its flight, which the client has got. */
struct pair *answered_pair(const struct shape *sh);
/* Feeds @n bytes to @h and frees the pair: the alert that follows, -1: none. */
int alert_of(struct pair *p, struct half *h, const u8 *bytes, size_t n);

/* The steps; each sends, and feeds to the other side. */
void client_hello(struct pair *p);
void server_retry(struct pair *p); /* then client_hello() again */
void server_flight13(struct pair *p); /* ServerHello to Finished */
void client_keys13(struct pair *p); /* takes ServerHello, then the rest */
void client_finish13(struct pair *p);
void server_flight12(struct pair *p); /* ServerHello to ServerHelloDone */
void server_hello12(struct pair *p); /* alone, and the client takes it */
void client_flight12(struct pair *p); /* Certificate to Finished */
void server_finish12(struct pair *p);
void server_resume12(struct pair *p); /* ServerHello to Finished */
void client_resume12(struct pair *p);

/* All of them; checks that both sides have the same keys, and returns them. */
void handshake(struct pair *p, struct tlso_session_keys *c,
	       struct tlso_session_keys *s);

/* Who waits, and for what. */
enum stage {
	S_HELLO, /* server, nothing yet */
	C_HELLO, /* client, ServerHello */
	S13_FINISHED, /* server, client's Finished; nothing came under keys */
	C13_FLIGHT, /* client, EncryptedExtensions */
	S12_KEY, /* server, ClientKeyExchange */
	C12_CCS, /* client, change_cipher_spec */
	C12_FINISHED, /* client, Finished, under keys */
	STAGES
};

/* A pair where *@h, the half that waits, is at @st. */
struct pair *at(enum stage st, struct half **h);

/* Single messages, into a starter under way. */
void put_client_hello(struct pair *p);
void put_server_hello(struct pair *p);
void put_retry(struct pair *p); /* HelloRetryRequest */
/* @n bytes of it, 0: 300. */
void put_certificate(struct half *h, size_t n);
void put_verify(struct half *h, u16 scheme);
void put_key_exchange(struct pair *p);
void put_client_key(struct pair *p);
/* NewSessionTicket of TLS 1.2 with the context "ctx". */
void put_ticket(struct half *h);
void put_ccs(struct half *h); /* its record */
/* The public value that @from's hello or key exchange holds for @group. */
struct tlso_rd share_in(const struct half *h, u8 type, u16 group);

#endif /* TLSO_TEST_PAIR_H */
