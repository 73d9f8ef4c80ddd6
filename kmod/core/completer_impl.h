/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The completer's layout, for whoever embeds one, and what its files share:
 *
 *	completer.c             calls
 *	completer_starter.c     starters: items, records of the outbound stream
 *	completer_fill.c        fills
 *	completer_in.c          inbound: records gathered and opened, alerts
 *	completer_msg.c         inbound messages taken out, what each means here
 *	completer_hello.c       what is kept of the hellos; tickets opened
 *	completer_transcript.c  transcript, and what signatures cover
 *	completer_keys.c        TLS 1.3: the epochs' secrets
 *	completer_keys12.c      TLS 1.2: premaster, master secret, key block
 *
 * Nobody else touches the fields.
 */
#ifndef TLSO_COMPLETER_IMPL_H
#define TLSO_COMPLETER_IMPL_H

#include "completer.h"
#include "prf12.h"
#include "record.h"
#include "starter.h"

/* A key pair that KEY_GEN made; group 0: none. */
struct tlso_key_gen {
	u16 group;
	u8 priv[TLSO_PRIV_MAX]; /* secret */
	u8 share[TLSO_SHARE_MAX];
};

/* TLS 1.3: the ticket that opened, as far as the PSK item needs it. */
struct tlso_offered_psk {
	u16 index;
	u8 there;
	u8 secret_len; /* also of thash */
	u8 binder_len;
	u8 secret[TLSO_HASH_MAX]; /* secret */
	u8 binder[TLSO_HASH_MAX];
	u8 thash[TLSO_HASH_MAX]; /* of all up to the binders */
};

/* TLS 1.2: the same for the RESUME item. */
struct tlso_offered_session {
	u8 there;
	u8 flags;
	u8 master[TLSO_MASTER_LEN]; /* secret */
};

#define TLSO_TRANSCRIPTS 3

struct tlso_completer {
	const struct tlso_crypto *crypto;
	void *rng;
	const struct tlso_signer *signer;
	const struct tlso_ticket_keys *tickets;
	const struct tlso_resume *resume;
	u64 now_ms;
	void (*keylog)(void *ctx, const char *label, const u8 *client_random,
		       const u8 *secret, size_t n);
	void *keylog_ctx;
	u8 client;

	/* Transcript: SHA-256, -384 and -512 until only one of them can count. */
	struct tlso_hash_ctx th[TLSO_TRANSCRIPTS];
	u8 narrow; /* only the context of hash goes on */
	const struct tlso_hash_alg *hash; /* of the suite; NULL before it */
	const struct tlso_aead_alg *aead;
	u16 version; /* 0 until chosen */
	u16 suite; /* 0 until chosen */
	u16 hello_version; /* of the ClientHello: RFC 5246 7.4.7.1 */
	u8 client_random[TLSO_RANDOM_LEN];
	u8 server_random[TLSO_RANDOM_LEN];
	u8 session_id[TLSO_SESSION_ID_MAX]; /* ours, to be compared */
	u8 session_id_len;
	u8 session_id_ours; /* we made one */

	/* Key schedule. Everything from here to rx_next is secret. */
	struct tlso_key_gen gen[TLSO_KEY_GEN_MAX];
	struct tlso_offered_psk psk;
	struct tlso_offered_session old;
	u8 share_secret[TLSO_SECRET_MAX]; /* TLS 1.2: premaster secret */
	u8 stage[TLSO_HASH_MAX]; /* early, handshake, master secret */
	u8 hs_client[TLSO_HASH_MAX];
	u8 hs_server[TLSO_HASH_MAX];
	u8 app_client[TLSO_HASH_MAX];
	u8 app_server[TLSO_HASH_MAX];
	u8 resumption[TLSO_HASH_MAX]; /* TLS 1.2: master secret */
	struct tlso_record_keys tx;
	struct tlso_record_keys rx;
	struct tlso_record_keys tx_next; /* TLS 1.2: until the epoch */
	struct tlso_record_keys rx_next; /* TLS 1.2: until CCS */
	u8 share_len; /* 0: no exchange yet */
	u8 early_made; /* stage is the early secret of a PSK */
	u8 app_made; /* TLS 1.3: the application secrets are there */
	u8 master_made; /* TLS 1.2 */
	u8 keys_made; /* TLS 1.2: tx_next and rx_next are there */
	u8 ems;

	enum tlso_err err; /* of starters: all but alerts are refused */
	u8 tx_epoch;
	u8 hello_sent; /* ours, of our role */
	u8 retried; /* a HelloRetryRequest was sent or came */
	u8 signature_made;
	u8 finished_sent; /* our Finished is in the transcript */
	u8 finished_got; /* the peer's is, and was right */

	/* Inbound. */
	enum tlso_err in_err; /* sticks for feed */
	u8 rx_epoch;
	u8 hello_seen; /* the peer's was handed out */
	u8 cert_asked; /* a CertificateRequest is in the transcript */
	u8 hold; /* nothing is taken before the next starter */
	u8 complete;
	u8 ccs_left; /* change_cipher_spec records still put up with */
	u8 msgs_left; /* the same of messages */
	u8 warnings; /* alerts in a row that were ignored */
	u8 hdr_n; /* bytes of hdr that have come */
	u8 hdr[TLSO_REC_HDR];
	u16 ops; /* done since the last finished segment */
	u16 rx_limit; /* of a protected record's content; 0: 2^14 */
	u16 rx_most; /* the longest that has come, padding included */
	u32 skip_left; /* early data still put up with; 0: none offered */
	size_t rec_have; /* bytes of the record's body that have come */
	/* The lent buffer. Behind the room for a segment's header and extras:
	 * have bytes of messages, of which the first done are handed out; then
	 * the record under way.
	 */
	u8 *seg;
	size_t cap; /* behind that room */
	size_t have;
	size_t done;
	struct tlso_wr extra; /* of the segment under way, in that room */
};

/* DESIGN's bound for a handshake's state: with the director at most 16 KiB. */
static_assert(sizeof(struct tlso_completer) <= 5 * 1024,
	      "completer too large");

/* What the segment's header and extras may take in front of the messages. */
#define TLSO_COMPLETER_FRONT (TLSO_FINISHED_HDR + TLSO_FINISHED_EXTRA_MAX)

/* completer_transcript.c */
__must_check enum tlso_err tlso_transcript_init(struct tlso_completer *c);
__must_check enum tlso_err tlso_transcript_add(struct tlso_completer *c,
					       const u8 *p, size_t n);
/* The hash so far, by the suite's hash. */
__must_check enum tlso_err tlso_transcript_hash(const struct tlso_completer *c,
						u8 *out);
/* The hash so far and @n bytes more, by @h; TLSO_E_STATE where that transcript
 * was given up or never kept.
 */
__must_check enum tlso_err tlso_transcript_fork(const struct tlso_completer *c,
						const struct tlso_hash_alg *h,
						const u8 *p, size_t n, u8 *out);
/* RFC 8446 4.4.1: the first ClientHello becomes message_hash. */
__must_check enum tlso_err tlso_transcript_retry(struct tlso_completer *c);
/* The digest that a CertificateVerify under @scheme signs; @client: its sender.
 * *@n is 0 where there is none to be had.
 */
__must_check enum tlso_err tlso_cv_digest(const struct tlso_completer *c,
					  bool client, u16 scheme, u8 *out,
					  size_t *n);
/* The same of a ServerKeyExchange with the parameters @p. */
__must_check enum tlso_err tlso_ske_digest(const struct tlso_completer *c,
					   u16 scheme, const u8 *p, size_t len,
					   u8 *out, size_t *n);

/* completer_fill.c: a message being finished at the end of w. */
struct tlso_filling {
	struct tlso_wr *w;
	size_t start; /* of the message */
	u8 gens; /* key pairs made for it */
};

__must_check enum tlso_err tlso_fill(struct tlso_completer *c,
				     struct tlso_filling *m,
				     const struct tlso_starter_fill *f);
/* The message's bytes are final, and not yet in the transcript. */
__must_check enum tlso_err tlso_filled(struct tlso_completer *c, const u8 *msg,
				       size_t n);
__must_check enum tlso_err tlso_share_item(struct tlso_completer *c, u16 group,
					   const u8 *peer, size_t n);
__must_check enum tlso_err tlso_psk_item(struct tlso_completer *c, u16 index);

/* completer_in.c */
__must_check enum tlso_err tlso_limit_item(struct tlso_completer *c, u16 limit);

/* completer_hello.c; all inbound messages come whole, with their header. */
__must_check enum tlso_err tlso_look_client_hello(struct tlso_completer *c,
						  const u8 *msg, size_t n);
/* @last: it ends its record. */
__must_check enum tlso_err tlso_look_server_hello(struct tlso_completer *c,
						  const u8 *msg, size_t n,
						  bool last);
/* Of a ClientHello: version and random. */
void tlso_note_client_hello(struct tlso_completer *c, const u8 *msg, size_t n);

/* completer_msg.c: the message at the front, if it is whole: its *@len; 0: none. */
__must_check enum tlso_err tlso_take_message(struct tlso_completer *c, u8 *msg,
					     size_t *len);

/* completer_keys.c */
/* Suite and version are known; may be called again with the same. */
__must_check enum tlso_err tlso_keys_choose(struct tlso_completer *c, u16 suite,
					    u16 version);
/* Outbound epoch @epoch starts. */
__must_check enum tlso_err tlso_keys_epoch(struct tlso_completer *c, u8 epoch);
/* The server's Finished is in the transcript. */
__must_check enum tlso_err tlso_keys_app(struct tlso_completer *c);
/* Server: the client's Finished is. */
__must_check enum tlso_err tlso_keys_complete(struct tlso_completer *c);
/* What the Finished of @client must hold, were it next; either version. */
__must_check enum tlso_err tlso_keys_finished(struct tlso_completer *c,
					      bool client, u8 *mac, size_t *n);
void tlso_keylog(const struct tlso_completer *c, const char *label,
		 const u8 *secret, size_t n);
/* Nothing of the key exchange is needed any more. */
void tlso_keys_forget_exchange(struct tlso_completer *c);

/* completer_keys12.c */
__must_check enum tlso_err tlso_rsa_item(struct tlso_completer *c, u16 identity,
					 const u8 *p, size_t n);
__must_check enum tlso_err tlso_master_item(struct tlso_completer *c,
					    bool extended);
__must_check enum tlso_err tlso_resume_item(struct tlso_completer *c);
__must_check enum tlso_err tlso_fill_premaster(struct tlso_completer *c,
					       const struct tlso_starter_fill *f,
					       u8 *to);
__must_check enum tlso_err tlso_fill_ticket(struct tlso_completer *c,
					    const struct tlso_starter_fill *f,
					    u8 *to);
/* Makes both directions' keys, once. */
__must_check enum tlso_err tlso_keys12(struct tlso_completer *c);

/* completer_starter.c: @s is opened and checked; out_len bytes at most go to @out. */
__must_check enum tlso_err tlso_complete(struct tlso_completer *c,
					 struct tlso_starter_rd *s, u8 *out,
					 size_t *out_len);

#endif /* TLSO_COMPLETER_IMPL_H */
