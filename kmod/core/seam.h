/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The seam: what passes between director and completer. In software mode both
 * are in the kernel; in directed mode these bytes cross the bus, a starter in
 * a STARTER command and a finished segment in a FINISHED event. Neither side
 * trusts the other: every segment is parsed through buf.h.
 *
 * Responsible for: the byte formats of starter, finished segment, session
 * keys and key blob, and their readers and writers.
 * Leaves to: director.c what goes into a starter; completer.c what becomes of
 * it; offload-dev/hw.h how it crosses the bus.
 *
 * All integers are big-endian, as everything that core/buf.h reads.
 *
 * Starter ("skeleton of an outbound message", elements 1505, 1512, 1517 ...):
 *
 *	u8  version (1)
 *	u8  items
 *	u16 suite		TLS cipher suite, 0 while none is chosen
 *	u32 out_len		exact length of the completed wire bytes
 *	items times:
 *	  u8  kind		enum tlso_item
 *	  u8  fills
 *	  u16 arg
 *	  u24 len
 *	  u8  body[len]
 *	  fills times:
 *	    u8  op		enum tlso_fill
 *	    u8  zero
 *	    u16 arg
 *	    u24 off		where in body
 *	    u16 room		bytes of body reserved at off
 *	    u16 data_len
 *	    u8  data[data_len]
 *
 * Records: RAW bodies go out as they are. Consecutive MESSAGE items make one
 * stream, which goes out as n = ceil(length / 2^14) records; the first n - 1 hold
 * ceil(length / n) bytes each and the last one the rest. A signature shorter
 * than its room shortens its message; the last record of the stream is then
 * padded (RFC 8446 5.4), so that out_len stays exact. Streams are never mixed
 * across an EPOCH item. In the clear epoch records carry version 0x0303.
 *
 * Finished segment (one whole inbound handshake message, processed):
 *
 *	u8  version (1)
 *	u8  type		TLS HandshakeType; TLSO_FIN_ALERT for an alert
 *	u8  epoch		enum tlso_epoch that protected it
 *	u8  err			enum tlso_err, TLSO_OK where all is well
 *	u16 ops			operations done since the last segment
 *				(TLSO_OP_*, which are hw.h's TLSO_HW_OP_*)
 *	u16 zero
 *	u24 len
 *	u8  body[len]		the message with its 4-byte header, or the
 *				alert's 2 bytes (also where err says that it
 *				is fatal); empty where err is set otherwise
 *
 * Session keys (Start_SSL_Complete; also REINSTATE):
 *
 *	u8  version (1)
 *	u8  zero
 *	u16 tls_version		0x0304
 *	u16 suite
 *	u8  key_len
 *	u8  secret_len
 *	then for each direction, first what the completer's side writes, then
 *	what it reads:
 *	  u64 seq		number of the next record
 *	  u8  key[key_len]
 *	  u8  iv[12]
 *	  u8  secret[secret_len]	application traffic secret, for KeyUpdate
 *	u8  resumption[secret_len]	resumption master secret
 *
 * Key blob (LOAD_KEY):
 *
 *	u8  version (1)
 *	u8  type		enum tlso_key_type
 *	u16 zero
 *	RSA:   n, e, d, p, q, dp, dq, qinv, each u16 length and big-endian bytes
 *	P-256: u16 32, the private scalar; u16 65, the uncompressed public point
 *	P-384: u16 48, the private scalar; u16 97, the uncompressed public point
 */
#ifndef TLSO_SEAM_H
#define TLSO_SEAM_H

#include "crypto.h"
#include "err.h"

#define TLSO_SEAM_VERSION 1

enum tlso_item {
	TLSO_ITEM_RAW = 1, /* wire bytes */
	TLSO_ITEM_MESSAGE = 2, /* handshake message with its header */
	TLSO_ITEM_EPOCH = 3, /* arg: the write epoch from here on */
	TLSO_ITEM_ALERT = 4, /* body: level, description; own record */
};

enum tlso_epoch {
	TLSO_EPOCH_CLEAR = 0,
	TLSO_EPOCH_HANDSHAKE = 1,
	TLSO_EPOCH_APPLICATION = 2,
};

enum tlso_fill {
	TLSO_FILL_RANDOM = 1, /* room random bytes, at most 32 */
	TLSO_FILL_KEY_SHARE = 2, /* arg: group; data: the peer's share */
	TLSO_FILL_SIGNATURE = 3, /* arg: scheme; off is at the u16 length of
				  * the signature vector, which ends the
				  * message; room counts those 2 bytes; once
				  * in a handshake
				  */
	TLSO_FILL_FINISHED = 4, /* Finished MAC, room = hash length */
	TLSO_FILL_HRR = 5, /* marks a HelloRetryRequest: the transcript's
			    * first ClientHello becomes its hash before this
			    * message is added (RFC 8446 4.4.1); room 0
			    */
};

/* The bits of tlso_finished.ops; the same as hw.h's TLSO_HW_OP_*. */
enum tlso_op {
	TLSO_OP_SERVER_RANDOM = 0x002,
	TLSO_OP_KEY_SHARE = 0x010, /* TLSO_HW_OP_PREMASTER_DEC */
	TLSO_OP_KEYS = 0x020,
	TLSO_OP_SIGN = 0x040, /* TLSO_HW_OP_CERT_VERIFY */
	TLSO_OP_MAC_MAKE = 0x080,
	TLSO_OP_MAC_CHECK = 0x100,
};

#define TLSO_FIN_ALERT 0xff /* finished.type of an alert record */

/* Largest starter and completed starter; a chain of up to about 60 KiB. */
#define TLSO_STARTER_MAX 65536
#define TLSO_STARTER_OUT_MAX 66560

struct tlso_finished {
	u8 type;
	u8 epoch;
	enum tlso_err err;
	u16 ops;
	const u8 *body; /* points into the segment */
	size_t len;
};

#define TLSO_FINISHED_HDR 11

/* Parses the segment @p of @n bytes; @f then points into it. */
__must_check enum tlso_err tlso_finished_read(struct tlso_finished *f,
					      const u8 *p, size_t n);
/* Writes the 11-byte header in front of f->len bytes of body. */
void tlso_finished_write_hdr(u8 *p, const struct tlso_finished *f);

struct tlso_direction_keys {
	u64 seq;
	u8 key[TLSO_KEY_MAX];
	u8 iv[TLSO_IV_LEN];
	u8 secret[TLSO_HASH_MAX];
};

/* Holds keys: whoever has one wipes it. */
struct tlso_session_keys {
	u16 tls_version;
	u16 suite;
	u8 key_len;
	u8 secret_len;
	struct tlso_direction_keys tx; /* seen from the server that we are */
	struct tlso_direction_keys rx;
	u8 resumption[TLSO_HASH_MAX];
};

#define TLSO_SESSION_KEYS_MAX \
	(8 + 2 * (8 + TLSO_KEY_MAX + TLSO_IV_LEN + TLSO_HASH_MAX) + TLSO_HASH_MAX)

__must_check enum tlso_err tlso_session_keys_read(struct tlso_session_keys *k,
						  const u8 *p, size_t n);
__must_check enum tlso_err tlso_session_keys_write(const struct tlso_session_keys *k,
						   u8 *p, size_t cap, size_t *n);

struct tlso_key_blob {
	enum tlso_key_type type;
	u8 parts;
	struct {
		const u8 *p; /* into the blob */
		size_t n;
	} part[8]; /* in the order of the format above */
};

#define TLSO_KEY_BLOB_MAX 4096

__must_check enum tlso_err tlso_key_blob_read(struct tlso_key_blob *b,
					      const u8 *p, size_t n);
__must_check enum tlso_err tlso_key_blob_write(const struct tlso_key_blob *b,
					       u8 *p, size_t cap, size_t *n);
/* Bits of the modulus, or 256 for P-256; 0 if @b is not sound. For
 * tlso_director_cfg.rsa_bits.
 */
u16 tlso_key_blob_bits(const struct tlso_key_blob *b);

#endif /* TLSO_SEAM_H */
