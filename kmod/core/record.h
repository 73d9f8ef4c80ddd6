/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * TLS 1.3 record protection, RFC 8446 5.2 to 5.4: whole records, in place.
 * Leaves to completer.c how records are gathered and what is in them.
 */
#ifndef TLSO_RECORD_H
#define TLSO_RECORD_H

#include "crypto.h"
#include "err.h"
#include "wire.h"

/* One direction's keys. Wiped by the owner. */
struct tlso_record_keys {
	const struct tlso_aead_alg *aead;
	u64 seq; /* of the next record */
	u8 key[TLSO_KEY_MAX];
	u8 iv[TLSO_IV_LEN];
};

/* 5.3 */
void tlso_record_nonce(u8 nonce[TLSO_IV_LEN], const u8 iv[TLSO_IV_LEN],
		       u64 seq);
/* The five bytes in front of a record; for protected ones also the AAD. */
void tlso_record_hdr(u8 hdr[TLSO_REC_HDR], u8 type, size_t len);

/*
 * @rec holds 5 bytes of room, @n of content, @pad zero bytes to be written, and
 * room for TLSO_REC_SEAL more. Becomes a whole protected record.
 */
__must_check enum tlso_err tlso_record_seal(struct tlso_record_keys *k, u8 *rec,
					    u8 type, size_t n, size_t pad);

/*
 * @hdr and the @n bytes after it at @body, as they came. On success the content
 * is at @body, *@len bytes of it, of inner type *@type. A bad MAC leaves k->seq
 * as it was.
 */
__must_check enum tlso_err tlso_record_open(struct tlso_record_keys *k,
					    const u8 *hdr, u8 *body, size_t n,
					    u8 *type, size_t *len);

#endif /* TLSO_RECORD_H */
