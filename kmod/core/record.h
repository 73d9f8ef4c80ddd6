/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Record protection, RFC 8446 5.2 to 5.4 and RFC 5246 6.2.3.3 (AES-GCM by RFC 5288,
 * ChaCha20-Poly1305 by RFC 7905): whole records, in place. Leaves to
 * completer_in.c how records are gathered and what is in them.
 */
#ifndef TLSO_RECORD_H
#define TLSO_RECORD_H

#include "crypto.h"
#include "err.h"
#include "wire.h"

struct tlso_direction_keys;

/* One direction's keys. Wiped by the owner. */
struct tlso_record_keys {
	const struct tlso_aead_alg *aead;
	u64 seq; /* of the next record */
	u8 tls12; /* bool */
	u8 explicit_len; /* TLS 1.2 GCM: 8 bytes of nonce in each record, else 0 */
	u8 key[TLSO_KEY_MAX];
	u8 iv[TLSO_IV_LEN];
};

/* The keys of @suite in @version; @d as in seam.h. */
__must_check enum tlso_err tlso_record_keys_set(struct tlso_record_keys *k,
						const struct tlso_crypto *crypto,
						u16 version, u16 suite,
						const struct tlso_direction_keys *d);

/* What protection puts before the content (0 or 8) and after it (17 or 16). */
size_t tlso_record_before(const struct tlso_record_keys *k);
size_t tlso_record_after(const struct tlso_record_keys *k);

/* RFC 8446 5.3, RFC 7905 2 */
void tlso_record_nonce(u8 nonce[TLSO_IV_LEN], const u8 iv[TLSO_IV_LEN],
		       u64 seq);
/* The five bytes in front of a record; for protected ones of TLS 1.3 also the AAD. */
void tlso_record_hdr(u8 hdr[TLSO_REC_HDR], u8 type, size_t len);

/*
 * @rec holds 5 bytes of room, tlso_record_before() more, @n of content, @pad zero
 * bytes to be written (TLS 1.3 alone), and room for tlso_record_after(). Becomes a
 * whole protected record.
 */
__must_check enum tlso_err tlso_record_seal(struct tlso_record_keys *k, u8 *rec,
					    u8 type, size_t n, size_t pad);

/*
 * @hdr and the @n bytes after it at @body, as they came. On success the content
 * is at @body + *@off, *@len bytes of it, of (inner) type *@type. A bad MAC leaves
 * k->seq as it was. @limit: the most content allowed (2^14, or our
 * record_size_limit: RFC 8449, in TLS 1.3 less the type byte): TLSO_E_OVERFLOW.
 */
__must_check enum tlso_err tlso_record_open(struct tlso_record_keys *k,
					    const u8 *hdr, u8 *body, size_t n,
					    size_t limit, u8 *type, size_t *off,
					    size_t *len);

#endif /* TLSO_RECORD_H */
