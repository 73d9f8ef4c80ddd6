/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of the client's director: a server's messages to order, and the
 * finished segments that a completer would make of them. No keys and no records:
 * a signature is right here when it starts with SIG_RIGHT.
 */
#ifndef TLSO_TEST_CLIENT_PEER_H
#define TLSO_TEST_CLIENT_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../kmod/core/director.h"
#include "../../kmod/core/hs_fsm.h"
#include "../../kmod/core/starter.h"
#include "../../kmod/core/wire.h"

#define SIG_RIGHT 0x5a
#define MSG_MAX 8192

struct msg {
	u8 type;
	u8 epoch;
	u8 p[MSG_MAX];
	size_t n;
	u8 extra[TLSO_FINISHED_EXTRA_MAX];
	size_t extra_len;
};

struct client {
	struct tlso_config cfg;
	struct tlso_crypto crypto;
	struct tlso_x509_work work;
	struct tlso_id ids[2];
	struct tlso_resume resume;
	u8 ticket[512];
	struct tlso_director d;
	enum tlso_err err; /* of the completer, for the next segment */
	u16 ops;
	u8 out[TLSO_STARTER_MAX];
	size_t n, wire;
};

/* A client for both versions; change c->cfg, then start. */
struct client *client_new(void);
void client_free(struct client *c);
/* Sends ClientHello; the director then waits for ServerHello. */
void client_start(struct client *c);
enum tlso_step client_give(struct client *c, const struct msg *m);
/* Gives @m, which must end the handshake with @alert. */
void client_refuses(struct client *c, const struct msg *m, u8 alert);
/* Gives @m, which must be taken. */
void client_takes(struct client *c, const struct msg *m);
/* A session of @version that may be resumed. */
void client_resumes(struct client *c, u16 version, u16 suite);

/* The starter that came last is @want: the kinds of items, the types of messages
 * ("M11"), in order, as text: "RAW M1 EPOCH1".
 */
void client_says(const struct client *c, const char *want);
/* The body of the @nth message of the last starter; its length, 0: none. */
size_t client_message(const struct client *c, unsigned int nth, const u8 **p);
/* The fills with @op in the last starter: how many; arg of the last one. */
unsigned int client_fills(const struct client *c, u8 op, u16 *arg);
/* The body of an extension in the ClientHello just sent; false: not there. */
bool hello_ext(const struct client *c, u16 type, struct tlso_rd *ext);

struct server_hello {
	bool retry;
	u16 legacy; /* 0: 0x0303 */
	u16 version; /* in supported_versions; 0: no such extension */
	u16 suite;
	u8 compression;
	u8 mark; /* a downgrade mark with this last byte plus 1; 0: none */
	bool no_echo;
	u16 group; /* of the key share, or that a retry asks for; 0: none */
	size_t share_len; /* if not as it should be */
	bool psk;
	u16 psk_index;
	bool ems;
	bool ticket;
	bool reneg;
	size_t cookie; /* bytes */
	const u8 *more; /* further extensions */
	size_t more_len;
};

/* Bytes in a string, and how many. */
#define EXT(s) (s), sizeof(s) - 1

#define S13 TLSO_AES_128_GCM_SHA256
#define S13_384 TLSO_AES_256_GCM_SHA384
#define S12 TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256
#define S12_RSA TLSO_ECDHE_RSA_AES_128_GCM_SHA256

/* X25519; a retry that asks for P-256; extended master secret, no resumption */
extern const struct server_hello hello13, retry13, hello12;

void make_server_hello(struct msg *m, const struct server_hello *h);
/* A message of @type whose body is @p. */
void make_msg(struct msg *m, u8 type, u8 epoch, const void *p, size_t n);
void make_encrypted_extensions(struct msg *m, const u8 *exts, size_t n);
void make_certificate(struct msg *m, u16 version, bool rsa);
void make_certificate_request(struct msg *m, u16 version, u16 scheme);
void make_certificate_verify(struct msg *m, u16 scheme);
void make_server_key_exchange(struct msg *m, u16 group, u16 scheme);
void make_server_hello_done(struct msg *m);
void make_ticket12(struct msg *m, size_t n);
void make_ccs(struct msg *m);
void make_finished(struct msg *m, u16 version);

extern const u8 leaf_p256[];
extern const size_t leaf_p256_len;
extern const u8 leaf_rsa[];
extern const size_t leaf_rsa_len;

#endif /* TLSO_TEST_CLIENT_PEER_H */
