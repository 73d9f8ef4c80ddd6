/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ClientHellos to order, of either version, and a director that is given finished
 * segments: what comes out of it as text, so that a test says in one line what it
 * expects. No completer, and no cryptography but a hash and the check of
 * signatures.
 */
#ifndef TLSO_TEST_CHELLO_H
#define TLSO_TEST_CHELLO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "cauth.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/hs_fsm.h"
#include "../../kmod/core/wire.h"
#include "../../offload-dev/engine/crypto_host.h"

/* In the lists below: the extension is not there; it is there, with no element. */
#define OUT 1
#define EMPTY 2

/* Zero is a good ClientHello, of TLS 1.3 unless v12 is set. Lists end with 0. */
struct chello {
	bool v12; /* without what only TLS 1.3 has */
	u16 legacy_version;
	u8 sid_len;
	u16 suites[8];
	u8 compressions[4]; /* default: 0; else up to the first 0xff */
	bool no_extensions;
	u16 versions[6];
	u16 groups[6];
	u16 schemes[6];
	u16 shares[4]; /* groups */
	u8 share_cut; /* so many bytes are missing */
	const char *name;
	const char *alpn; /* names with their lengths */
	u16 limit; /* record_size_limit */
	u8 points; /* ec_point_formats with this one alone; 0xff: uncompressed */
	bool ems, reneg, ticket, early_data, cookie, padding;
	bool reneg_data;
	u8 psk; /* so many identities */
	u8 psk_mode; /* default: 1, psk_dhe_ke; 0xff: without the extension */
	bool psk_first;
	bool psk_lost; /* none, but its modes */
	bool psk_missing_binder;
	u16 extra; /* type of an empty extension */
	u16 extra2; /* and of another */
	u8 random; /* each byte of it */
};

#define CHELLO_MAX 4096

/* The message with its header. If @lens, the offsets and widths of its length
 * fields go there, up to @max: offset * 4 + width.
 */
size_t chello_write(const struct chello *h, u8 *out, unsigned int *lens,
		    unsigned int max, unsigned int *n_lens);

/* A director with a configuration of its own. */
struct dir {
	struct tlso_config cfg;
	struct tlso_director d;
	struct tlso_x509_work work;
	u8 out[TLSO_STARTER_MAX];
	size_t n, wire; /* of the last starter */
	enum tlso_step r;
	u8 extra[512]; /* what the next segment has for extras */
	size_t extra_len;
	char text[512];
};

/* A server with both versions and an identity with a P-256 key. */
struct dir *dir_new(void);
void dir_free(struct dir *t);
/* Forgets the handshake, keeps the configuration. */
void dir_again(struct dir *t);

/* A finished segment; then t->r and the starter are what came of it. */
void dir_give(struct dir *t, u8 type, u8 epoch, u16 ops, const u8 *msg, size_t n);
void dir_give_err(struct dir *t, enum tlso_err e);
void dir_give_alert(struct dir *t, u8 alert);
void dir_hello(struct dir *t, const struct chello *h);
#define HELLO(t, ...) dir_hello(t, &(struct chello){ __VA_ARGS__ })
/* A message of @type in @epoch with the body @p; the completer checked its MAC. */
void dir_body(struct dir *t, u8 type, u8 epoch, const void *p, size_t n);

/* Certificate with one or none (@len 0), and CertificateVerify with @digest bytes of
 * that which the signatures of certs.h cover. In the epoch of handshake keys as of
 * TLS 1.3, else of TLS 1.2.
 */
void dir_certificate(struct dir *t, u8 epoch, const u8 *der, size_t len);
void dir_verify(struct dir *t, u8 epoch, u16 scheme, const u8 *sig, size_t n,
		size_t digest);
/* Cut anywhere, a message of the client's is no message. It still may come whole. */
void dir_cut(struct dir *t, u8 type, u8 epoch, const u8 *body, size_t n);

/* The extra of a ticket that opened, to go with the next segment. */
struct ticket {
	u16 index; /* of the identity */
	u16 version, suite;
	u8 flags, hash_len;
	u32 lifetime_s;
	u64 age_ms;
	u32 client_age_ms;
	u8 ctx_cut; /* so many bytes of the context are missing */
};

/* @t2: whose context is in it, NULL: @t's own. */
void dir_ticket(struct dir *t, const struct ticket *k, const struct dir *t2);

/*
 * The last starter, checked for form, as text: items by name, messages with their
 * fills in parentheses: "SH(random share23) ccs e1 EE CERT CV(sign403) FIN(mac32) e2".
 */
const char *dir_said(struct dir *t);
/* A message of the last starter, NULL if there is none of that type. */
const u8 *dir_msg(struct dir *t, u8 type, size_t *n);
/* An extension of ServerHello or EncryptedExtensions (1.3: the latter first); its
 * data, NULL if it is not there.
 */
const u8 *dir_ext(struct dir *t, u16 type, size_t *n);
/* The alert that it ended with, -1: it goes on. */
int dir_alert(const struct dir *t);

#endif /* TLSO_TEST_CHELLO_H */
