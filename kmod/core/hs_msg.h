/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The server's handshake messages, one hs_<message>.c each: the skeleton that
 * the director writes into a starter, and what the completer needs to know of
 * the message to finish it.
 */
#ifndef TLSO_HS_MSG_H
#define TLSO_HS_MSG_H

#include "buf.h"
#include "crypto.h"
#include "director.h"
#include "starter.h"
#include "wire.h"

/* hs_server_hello.c; @share is the client's, for d->group. */
void tlso_server_hello_write(struct tlso_starter_wr *s,
			     const struct tlso_director *d,
			     struct tlso_rd share);
void tlso_retry_request_write(struct tlso_starter_wr *s,
			      const struct tlso_director *d);
/* hs_encrypted_extensions.c */
void tlso_encrypted_extensions_write(struct tlso_starter_wr *s);
/* hs_certificate.c */
void tlso_certificate_write(struct tlso_starter_wr *s,
			    const struct tlso_director_cfg *cfg);
/* hs_certificate_verify.c */
void tlso_certificate_verify_write(struct tlso_starter_wr *s, u16 scheme,
				   u16 rsa_bits);
#define TLSO_CV_CONTENT_MAX (64 + 33 + 1 + TLSO_HASH_MAX)
/* What a server signs, RFC 8446 4.4.3: *@n bytes at @out. */
void tlso_certificate_verify_content(const u8 *thash, size_t hash_len,
				     u8 out[TLSO_CV_CONTENT_MAX], size_t *n);
/* hs_finished.c */
void tlso_finished_msg_write(struct tlso_starter_wr *s, u8 hash_len);
/* Compares the message @msg with the MAC @want: _DECODE or _DECRYPT. */
__must_check enum tlso_err tlso_finished_msg_check(const u8 *msg, size_t n,
						   const u8 *want,
						   size_t hash_len);

#endif /* TLSO_HS_MSG_H */
