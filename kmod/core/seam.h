/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The seam: what passes between director and completer. In software mode both
 * are in the kernel; in directed mode these bytes cross the bus, a starter in
 * a STARTER command and a finished segment in a FINISHED event. Neither side
 * trusts the other: every segment is parsed through buf.h.
 *
 * Responsible for: the byte formats of starter, finished segment, session
 * keys and key blob, and their readers and writers.
 * Leaves to: server*.c and client*.c what goes into a starter, starter.c how;
 * completer_starter.c what becomes of it; offload-dev/hw.h how it crosses the bus.
 *
 * All integers are big-endian, as everything that core/buf.h reads.
 *
 * Starter ("skeleton of an outbound message", elements 1505, 1512, 1517 ...):
 *
 *	u8  version (2)
 *	u8  items
 *	u16 suite		TLS cipher suite, 0 while none is chosen
 *	u16 tls_version		0 while none is chosen
 *	u16 limit		most content of a protected handshake record (RFC
 *				8449), 0: 2^14
 *	u32 out_len		length of the completed wire bytes, see below
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
 * Items are done in order. Some make wire bytes (RAW, MESSAGE, ALERT), some only
 * tell the completer what to do (EPOCH, PSK, SHARE, RSA, MASTER, RESUME, LIMIT): a
 * starter may consist of the latter alone, and out_len is then 0.
 *
 * Records: RAW bodies go out as they are. Consecutive MESSAGE items make one
 * stream, which goes out as n = ceil(length / limit) records (in the clear epoch the
 * limit is always 2^14); the first n - 1 hold
 * ceil(length / n) bytes each and the last one the rest. PSK, SHARE, RSA, MASTER,
 * RESUME and LIMIT between two messages do not end a stream; RAW, ALERT and EPOCH do,
 * and streams are never mixed across an EPOCH item. The records of a client's
 * first flight (in the clear epoch, no version chosen) carry version 0x0301, all
 * others 0x0303.
 *
 * TLS 1.3: out_len is exact. A signature shorter than its room shortens its
 * message, and the last record of the stream is padded instead (RFC 8446 5.4), and
 * those before it where it would be nothing but padding.
 * TLS 1.2 has no padding: out_len is then the most that may come out, and what
 * does come out is shorter by what the signatures fell short of their room.
 *
 * Finished segment (one whole inbound handshake message, processed):
 *
 *	u8  version (2)
 *	u8  type		TLS HandshakeType; TLSO_FIN_ALERT for an alert
 *	u8  epoch		enum tlso_epoch that protected it
 *	u8  err			enum tlso_err, TLSO_OK where all is well
 *	u16 ops			operations done since the last segment
 *				(TLSO_OP_*, which are hw.h's TLSO_HW_OP_*)
 *	u16 extra_len
 *	u24 len
 *	extra_len bytes of extras, each:
 *	  u8  kind		enum tlso_extra
 *	  u8  zero
 *	  u16 len
 *	  u8  data[len]
 *	u8  body[len]		the message with its 4-byte header, or the
 *				alert's 2 bytes (also where err says that it
 *				is fatal); empty where err is set otherwise
 *
 * Session keys (Start_SSL_Complete; also REINSTATE):
 *
 *	u8  version (2)
 *	u8  flags		TLSO_KEYS_*
 *	u16 tls_version		0x0304 or 0x0303
 *	u16 suite
 *	u8  key_len
 *	u8  secret_len
 *	then for each direction, first what the completer's side writes, then
 *	what it reads:
 *	  u64 seq		number of the next record
 *	  u8  key[key_len]
 *	  u8  iv[12]		TLS 1.2 with GCM: the 4 salt bytes, then zeros
 *	  u8  secret[secret_len]	application traffic secret, for KeyUpdate;
 *				TLS 1.2: zeros
 *	u8  resumption[secret_len]	resumption master secret; in TLS 1.2, where
 *				secret_len is 48, the master secret
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

#include "buf.h"
#include "crypto.h"
#include "err.h"

#define TLSO_SEAM_VERSION 2

enum tlso_item {
	TLSO_ITEM_RAW = 1, /* wire bytes */
	TLSO_ITEM_MESSAGE = 2, /* handshake message with its header */
	TLSO_ITEM_EPOCH = 3, /* arg: the write epoch from here on */
	TLSO_ITEM_ALERT = 4, /* body: level, description; own record */
	/* Without wire bytes and without fills: */
	TLSO_ITEM_SHARE = 5, /* arg: group; body: the peer's public value, to
			      * go with what KEY_GEN made for that group
			      */
	TLSO_ITEM_PSK = 6, /* TLS 1.3: the key schedule starts with the PSK.
			    * arg: server: the identity's index, whose ticket
			    * opened and whose binder is now checked
			    * (TLSO_E_DECRYPT); client: 0
			    */
	TLSO_ITEM_RSA = 7, /* TLS 1.2 server; arg: identity; body: encrypted
			    * premaster secret. Never fails on its content
			    */
	TLSO_ITEM_MASTER = 8, /* TLS 1.2: master secret from the premaster. arg:
			       * 1 extended (RFC 7627), over the transcript up
			       * to here; 0 from the randoms
			       */
	TLSO_ITEM_RESUME = 9, /* TLS 1.2: master secret of the session resumed:
			       * server: of the ticket that opened; client: of
			       * the session given to init
			       */
	TLSO_ITEM_LIMIT = 10, /* our record_size_limit (RFC 8449) was agreed. arg:
			       * the most content of a protected record that we
			       * take, of those that came already as well
			       * (TLSO_E_OVERFLOW)
			       */
};

/*
 * TLS 1.3 client: EPOCH HANDSHAKE (after ServerHello, with SHARE before it) sets
 * both directions; EPOCH APPLICATION (after our Finished) both. Server: EPOCH
 * HANDSHAKE both; APPLICATION the outbound one, the inbound follows with the
 * client's Finished. TLS 1.2: CLEAR, then APPLICATION: the outbound epoch goes with
 * our change_cipher_spec (a RAW item just before it), the inbound one with the peer's.
 */
enum tlso_epoch {
	TLSO_EPOCH_CLEAR = 0,
	TLSO_EPOCH_HANDSHAKE = 1, /* TLS 1.3 */
	TLSO_EPOCH_APPLICATION = 2,
};

enum tlso_fill {
	TLSO_FILL_RANDOM = 1, /* room random bytes, at most 32; arg: TLSO_RANDOM_* */
	TLSO_FILL_KEY_SHARE = 2, /* arg: group; data: the peer's share: makes a
				  * key pair, the shared secret, fills ours in
				  */
	TLSO_FILL_SIGNATURE = 3, /* CertificateVerify. arg: scheme; off is at
				  * the u16 length of the signature vector,
				  * which ends the message; room counts those 2
				  * bytes; data: empty or u16 identity; once in
				  * a handshake
				  */
	TLSO_FILL_FINISHED = 4, /* Finished MAC, room = hash length; TLS 1.2: 12 */
	TLSO_FILL_HRR = 5, /* server: marks a HelloRetryRequest: the transcript's
			    * first ClientHello becomes its hash before this
			    * message is added (RFC 8446 4.4.1); room 0. The
			    * client's completer sees it by itself.
			    */
	TLSO_FILL_KEY_GEN = 6, /* arg: group: makes a key pair, keeps the private
				* value for SHARE, fills the public value in. At
				* most TLSO_KEY_GEN_MAX groups in one message; a
				* message with any forgets the ones before it.
				*/
	TLSO_FILL_BINDER = 7, /* TLS 1.3 client: PSK binder of the session given
			       * to init; the binders list starts 3 bytes before
			       * off; room = hash length of the session's suite
			       */
	TLSO_FILL_SKE_SIGNATURE = 8, /* ServerKeyExchange: as SIGNATURE, but over
				      * the randoms and the message from its byte
				      * 4 to off - 2 (where the scheme stands)
				      */
	TLSO_FILL_RSA_PREMASTER = 9, /* TLS 1.2 client: a premaster secret for the
				      * server's RSA key, PKCS#1; data: u16 n_len,
				      * n, u8 e_len, e; room = n_len
				      */
	TLSO_FILL_TICKET = 10, /* TLS 1.2 NewSessionTicket: off at the ticket;
				* room = tlso_ticket_len(48, context bytes); data:
				* u32 lifetime in seconds, then context bytes. The
				* master secret must be there (MASTER, RESUME).
				*/
	TLSO_FILL_KEY_AGAIN = 11, /* second ClientHello, where the server asked
				   * for a cookie alone: arg: group: the public
				   * value that KEY_GEN made for it in the first;
				   * forgets nothing
				   */
};

#define TLSO_KEY_GEN_MAX 2

/* Bits of a RANDOM fill's arg; both in a ClientHello alone. */
#define TLSO_RANDOM_SESSION_ID 1 /* legacy_session_id: the completer keeps these
				  * bytes and tells of each inbound ServerHello
				  * whether it has them (TLSO_EXTRA_SESSION_ECHO)
				  */
#define TLSO_RANDOM_REPEAT 2 /* the second ClientHello (RFC 8446 4.1.2): the same
			      * bytes as in the first, of the random or, with the
			      * bit above, of the session id; room as it was
			      */

/* What a finished segment says beside the message. */
enum tlso_extra {
	/* CertificateVerify, ServerKeyExchange: the digest of what the message's
	 * signature covers, with the hash of the scheme in the message. Not there
	 * where the completer does not know the scheme.
	 */
	TLSO_EXTRA_DIGEST = 1,
	/* ClientHello: the first identity (TLS 1.3), or the session ticket (1.2),
	 * that opened under our ticket keys: u16 index (TLSO_TICKET_INDEX_12 for
	 * the session_ticket extension), u16 tls_version, u16 suite, u8 flags
	 * (TLSO_TICKET_*), u8 hash_len, u32 lifetime in s, u64 age in ms by our
	 * clock, u32 age in ms by the client's (0 in TLS 1.2), then the context
	 * that the director gave when the ticket was made. If both extensions
	 * hold a good ticket there are two extras, the 1.3 one first.
	 */
	TLSO_EXTRA_TICKET = 2,
	/* ServerHello and HelloRetryRequest, where our ClientHello had a fill
	 * RANDOM with TLSO_RANDOM_SESSION_ID: u8, 1 where the message's session id
	 * is the same (length and bytes), else 0, also where it does not parse.
	 */
	TLSO_EXTRA_SESSION_ECHO = 3,
};

#define TLSO_TICKET_INDEX_12 0xffff

/* The bits of tlso_finished.ops; the same as hw.h's TLSO_HW_OP_*. */
enum tlso_op {
	TLSO_OP_SERVER_RANDOM = 0x002, /* also a client's own random */
	TLSO_OP_KEY_SHARE = 0x010, /* TLSO_HW_OP_PREMASTER_DEC */
	TLSO_OP_KEYS = 0x020,
	TLSO_OP_SIGN = 0x040, /* TLSO_HW_OP_CERT_VERIFY */
	TLSO_OP_MAC_MAKE = 0x080,
	TLSO_OP_MAC_CHECK = 0x100,
};

#define TLSO_FIN_ALERT 0xff /* finished.type of an alert record */
/* finished.type of a change_cipher_spec record of TLS 1.2: body is its byte. The
 * director's tables know where one belongs.
 */
#define TLSO_FIN_CCS 0xfe

/* Largest starter and completed starter; a chain of up to about 60 KiB. */
#define TLSO_STARTER_MAX 65536
#define TLSO_STARTER_OUT_MAX 66560

struct tlso_finished {
	u8 type;
	u8 epoch;
	enum tlso_err err;
	u16 ops;
	const u8 *extra; /* as body, into the segment */
	size_t extra_len;
	const u8 *body;
	size_t len;
};

#define TLSO_FINISHED_HDR 11
/* Room that the extras of one segment take at most: a digest, and a ticket of either
 * version.
 */
#define TLSO_FINISHED_EXTRA_MAX 352

/* Parses the segment @p of @n bytes, the form of its extras included; @f then
 * points into it.
 */
__must_check enum tlso_err tlso_finished_read(struct tlso_finished *f,
					      const u8 *p, size_t n);
/* Writes the 11-byte header in front of extras and body. */
void tlso_finished_write_hdr(u8 *p, const struct tlso_finished *f);
/* The @nth (0, 1, ...) extra of @kind; false where there is none. */
bool tlso_finished_extra(const struct tlso_finished *f, u8 kind, unsigned int nth,
			 struct tlso_rd *data);

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
	u8 flags;
#define TLSO_KEYS_CLIENT 0x01 /* we are the client */
#define TLSO_KEYS_EMS 0x02 /* TLS 1.2: extended master secret */
	u8 key_len;
	u8 secret_len;
	struct tlso_direction_keys tx; /* seen from us */
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

#define TLSO_KEY_BLOB_VERSION 1
#define TLSO_KEY_BLOB_MAX 4096

__must_check enum tlso_err tlso_key_blob_read(struct tlso_key_blob *b,
					      const u8 *p, size_t n);
__must_check enum tlso_err tlso_key_blob_write(const struct tlso_key_blob *b,
					       u8 *p, size_t cap, size_t *n);
/* Bits of the modulus, or 256 for P-256, 384 for P-384; 0 if @b is not sound. */
u16 tlso_key_blob_bits(const struct tlso_key_blob *b);

#endif /* TLSO_SEAM_H */
