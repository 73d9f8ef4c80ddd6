/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Handshake messages, one hs_<message>.c each with its write and its parse. Write
 * makes the skeleton that the director puts into a starter, with its fills; parse
 * takes the message, header included, and leaves pointers into it.
 * ClientHello and ServerHello have headers of their own.
 */
#ifndef TLSO_HS_MSG_H
#define TLSO_HS_MSG_H

#include "buf.h"
#include "crypto.h"
#include "director.h"
#include "starter.h"
#include "wire.h"

/* Opens @msg: type and length are checked, @r stands behind the header. */
__must_check enum tlso_err tlso_msg_open(struct tlso_rd *r, u8 type,
					 const u8 *msg, size_t n);

/* hs_encrypted_extensions.c, RFC 8446 4.3.1; parse is the client's work on @d */
void tlso_encrypted_extensions_write(struct tlso_starter_wr *s,
				     const struct tlso_director *d);
__must_check enum tlso_err
tlso_encrypted_extensions_parse(struct tlso_director *d, const u8 *msg, size_t n);

/* hs_certificate_request.c, RFC 8446 4.3.2, RFC 5246 7.4.4; by d->version */
void tlso_certificate_request_write(struct tlso_starter_wr *s,
				    const struct tlso_director *d);
__must_check enum tlso_err
tlso_certificate_request_parse(struct tlso_director *d, const u8 *msg, size_t n);

/* hs_certificate.c, RFC 8446 4.4.2, RFC 5246 7.4.2; by @version. @id NULL: none. */
void tlso_certificate_write(struct tlso_starter_wr *s, u16 version,
			    const struct tlso_id *id);
/* At most TLSO_CHAIN_MAX + 8 certificates are looked at: *@n_certs of them. */
#define TLSO_SENT_MAX 16
__must_check enum tlso_err tlso_certificate_parse(u16 version, bool from_client,
						  const u8 *msg, size_t n,
						  struct tlso_cert certs[TLSO_SENT_MAX],
						  unsigned int *n_certs);

/* hs_certificate_verify.c, RFC 8446 4.4.3, RFC 5246 7.4.8: the same form */
void tlso_certificate_verify_write(struct tlso_starter_wr *s, u16 scheme,
				   const struct tlso_id *id, u8 identity);
__must_check enum tlso_err tlso_certificate_verify_parse(const u8 *msg, size_t n,
							 u16 *scheme,
							 struct tlso_rd *sig);
#define TLSO_CV_CONTENT_MAX (64 + 33 + 1 + TLSO_HASH_MAX)
/* What the server or the client signs in TLS 1.3: *@n bytes at @out. */
void tlso_certificate_verify_content(bool client, const u8 *thash,
				     size_t hash_len,
				     u8 out[TLSO_CV_CONTENT_MAX], size_t *n);

/* hs_server_key_exchange.c, RFC 8422 5.4; write with fills KEY_GEN and
 * SKE_SIGNATURE, parse: group, point, scheme, signature.
 */
void tlso_server_key_exchange_write(struct tlso_starter_wr *s,
				    const struct tlso_director *d);
__must_check enum tlso_err tlso_server_key_exchange_parse(const u8 *msg, size_t n,
							  u16 *group,
							  struct tlso_rd *point,
							  u16 *scheme,
							  struct tlso_rd *sig);
/* hs_client_key_exchange.c, RFC 8422 5.7 and RFC 5246 7.4.7.1; @rsa: a fill
 * RSA_PREMASTER for @key, else KEY_SHARE with the server's @point for @group.
 */
void tlso_client_key_exchange_write(struct tlso_starter_wr *s, u16 group,
				    const u8 *point, size_t point_len);
void tlso_client_key_exchange_rsa_write(struct tlso_starter_wr *s,
					const struct tlso_pubkey *key);
__must_check enum tlso_err tlso_client_key_exchange_parse(const u8 *msg, size_t n,
							  bool rsa,
							  struct tlso_rd *data);

/* hs_new_session_ticket.c, RFC 5077 3.3: TLS 1.2 (1.3's is post.c's) */
void tlso_new_session_ticket_write(struct tlso_starter_wr *s,
				   const struct tlso_director *d);
__must_check enum tlso_err tlso_new_session_ticket_parse(const u8 *msg, size_t n,
							 u32 *lifetime_s,
							 struct tlso_rd *ticket);

/* hs_server_hello_done.c: an empty message */
void tlso_server_hello_done_write(struct tlso_starter_wr *s);
__must_check enum tlso_err tlso_server_hello_done_parse(const u8 *msg, size_t n);

/* hs_finished.c; @mac_len: of the hash, in TLS 1.2 12 */
void tlso_finished_msg_write(struct tlso_starter_wr *s, u8 mac_len);
/* Compares the message @msg with the MAC @want: _DECRYPT. */
__must_check enum tlso_err tlso_finished_msg_check(const u8 *msg, size_t n,
						   const u8 *want,
						   size_t mac_len);

#endif /* TLSO_HS_MSG_H */
