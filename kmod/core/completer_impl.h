/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The completer's layout, for whoever embeds one, and what its files share:
 *
 *	completer.c       calls, starters
 *	completer_in.c    inbound: records gathered, messages taken out
 *	completer_keys.c  transcript and the epochs' secrets
 *
 * Nobody else touches the fields.
 */
#ifndef TLSO_COMPLETER_IMPL_H
#define TLSO_COMPLETER_IMPL_H

#include "completer.h"
#include "record.h"
#include "starter.h"

struct tlso_completer {
	const struct tlso_crypto *crypto;
	void *rng;
	const struct tlso_signer *signer;

	/* Transcript: SHA-256 and SHA-384 until the suite is known. */
	struct tlso_hash_ctx th[2];
	const struct tlso_hash_alg *hash; /* of the suite; NULL before it */
	const struct tlso_aead_alg *aead;
	u16 suite;

	/* Key schedule. Everything from here to the mark is secret. */
	u8 share_secret[TLSO_SECRET_MAX];
	u8 stage[TLSO_HASH_MAX]; /* early, handshake, master secret */
	u8 hs_client[TLSO_HASH_MAX];
	u8 hs_server[TLSO_HASH_MAX];
	u8 app_client[TLSO_HASH_MAX];
	u8 app_server[TLSO_HASH_MAX];
	u8 resumption[TLSO_HASH_MAX];
	u8 peer_mac[TLSO_HASH_MAX]; /* what the client's Finished must hold */
	struct tlso_record_keys tx;
	struct tlso_record_keys rx;
	u8 share_len; /* 0: no exchange yet */

	enum tlso_err err; /* of starters: all but alerts are refused */
	u8 tx_epoch;
	u8 signature_made;
	u8 finished_sent; /* our Finished is in the transcript */

	/* Inbound. */
	enum tlso_err in_err; /* sticks for feed */
	u8 rx_epoch;
	u8 hello_seen; /* a ClientHello was handed out */
	u8 hold; /* nothing is taken before the next starter */
	u8 complete;
	u8 ccs_left; /* change_cipher_spec records still put up with */
	u8 msgs_left; /* the same of messages */
	u8 hdr_n; /* bytes of hdr that have come */
	u8 hdr[TLSO_REC_HDR];
	u16 ops; /* done since the last finished segment */
	u32 skip_left; /* early data still put up with; 0: none offered */
	size_t rec_have; /* bytes of the record's body that have come */
	/* The lent buffer, behind the finished header: have bytes of messages,
	 * of which the first done are handed out; then the record under way.
	 */
	u8 *seg;
	size_t cap; /* behind the header */
	size_t have;
	size_t done;
};

/* completer_keys.c */
__must_check enum tlso_err tlso_transcript_init(struct tlso_completer *c);
__must_check enum tlso_err tlso_transcript_add(struct tlso_completer *c,
					       const u8 *p, size_t n);
/* The hash so far. */
__must_check enum tlso_err tlso_transcript_hash(const struct tlso_completer *c,
						u8 *out);
/* RFC 8446 4.4.1: the first ClientHello becomes message_hash. */
__must_check enum tlso_err tlso_transcript_retry(struct tlso_completer *c);
/* The suite is known; may be called again with the same. */
__must_check enum tlso_err tlso_keys_suite(struct tlso_completer *c, u16 suite);
/* Outbound epoch @epoch starts. */
__must_check enum tlso_err tlso_keys_epoch(struct tlso_completer *c, u8 epoch);
/* The client's Finished is in the transcript. */
__must_check enum tlso_err tlso_keys_complete(struct tlso_completer *c);

#endif /* TLSO_COMPLETER_IMPL_H */
