/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * A session after its handshake: what inbound handshake messages mean, KeyUpdate
 * both ways (RFC 8446 4.6.3), tickets (4.6.1), renegotiation refused (RFC 5746,
 * 7.4.1.1 of RFC 5246), the limits of a key (5.5). Responsible for messages and
 * key schedule; records are protected by record.h's functions, or by the caller's
 * own back end with the keys that stand in struct tlso_session_keys.
 *
 * Context as the crypto table's. No allocation. Errors stick.
 */
#ifndef TLSO_POST_H
#define TLSO_POST_H

#include "record.h"
#include "seam.h"
#include "ticket.h"

/* 5.5: 2^24.5 full-size records under one AES-GCM key; we renew well before. */
#define TLSO_POST_RENEW 8388608ULL /* 2^23 */
/* KeyUpdates and empty records in a row, without application data. */
#define TLSO_POST_IDLE_MAX 32
/* Alerts in a row that are ignored. */
#define TLSO_POST_WARNINGS_MAX 4

/* At most 2 KiB. Holds keys: wiped by tlso_post_wipe(). */
struct tlso_post {
	const struct tlso_crypto *crypto;
	void *rng;
	struct tlso_session_keys keys;
	enum tlso_err err;
	u8 idle; /* in a row */
	u8 warnings; /* in a row */
	u8 update_owed; /* a KeyUpdate is to be answered */
	u8 update_asked; /* ours that asked for one is not answered yet */
	u8 update_made; /* ours was composed: tlso_post_tx_next() is due */
	u8 skip; /* the message under way is not gathered */
	u8 hdr_n; /* bytes of the message header that have come; 0: none under way */
	u8 hdr[4];
	u32 body_have; /* bytes of the message that have come, header not counted */
	u64 ticket_nonce; /* of the next ticket that we send */
	/* A message that comes in several records is gathered here, if it is at
	 * most this long.
	 */
	u8 *msg; /* lent by init */
	size_t msg_cap;
};

enum tlso_post_do {
	TLSO_POST_NOTHING,
	TLSO_POST_RX_KEYS, /* inbound keys changed: keys.rx holds the new ones, and
			    * the next record is number 0 under them. If update_owed
			    * is set an answer is due: tlso_post_key_update().
			    */
	TLSO_POST_TICKET, /* client: a ticket: tlso_post_ticket() */
	TLSO_POST_FAIL, /* post->err; send its alert, then end */
};

/* @msg lends room for one inbound message (tickets: 1 KiB suits most servers;
 * what is longer is skipped where it is a ticket, and an error otherwise).
 */
void tlso_post_init(struct tlso_post *p, const struct tlso_crypto *crypto,
		    void *rng, const struct tlso_session_keys *keys, u8 *msg,
		    size_t msg_cap);

/*
 * The content of one inbound record of type handshake. Takes up to the end of one
 * message; *@used says how many bytes; call again with the rest. A KeyUpdate must
 * end its record (else TLSO_E_UNEXPECTED).
 */
enum tlso_post_do tlso_post_handshake(struct tlso_post *p, const u8 *data,
				      size_t n, size_t *used);

/* An inbound alert's content. TLSO_OK and *@closed: close_notify; TLSO_OK else: to
 * be ignored (user_canceled; TLS 1.2 warnings, counted); TLSO_E_PEER_ALERT: fatal,
 * *@alert says which.
 */
__must_check enum tlso_err tlso_post_alert(struct tlso_post *p, const u8 *data,
					   size_t n, bool *closed, u8 *alert);

/* Application data came: what is counted in a row starts anew. TLSO_E_UNEXPECTED
 * amid a handshake message (RFC 8446 5.1), and then nothing of it may be used.
 * Empty application records are counted by tlso_post_empty(): TLSO_E_WARNINGS when
 * too many.
 */
enum tlso_err tlso_post_data(struct tlso_post *p);
__must_check enum tlso_err tlso_post_empty(struct tlso_post *p);

/*
 * KeyUpdate of our own: the 5-byte message to @out; the caller sends it as a record of
 * type handshake under the keys that stand, and then calls tlso_post_tx_next().
 * @request asks the peer to update as well. TLS 1.3 only (TLSO_E_STATE).
 */
__must_check enum tlso_err tlso_post_key_update(struct tlso_post *p, bool request,
						u8 out[5]);
__must_check enum tlso_err tlso_post_tx_next(struct tlso_post *p);

/* Is it time for one, before the next record is sealed (5.5)? */
bool tlso_post_tx_renew(const struct tlso_post *p);

/*
 * Server: a NewSessionTicket message to @out, to be sent as a record of type
 * handshake. @ctx is what the director will get back with the ticket
 * (tlso_director_ticket_ctx()).
 */
__must_check enum tlso_err tlso_post_ticket_write(struct tlso_post *p,
						  const struct tlso_ticket_keys *keys,
						  u64 now_ms, u32 lifetime_s,
						  const u8 *ctx, size_t ctx_len,
						  u8 *out, size_t cap, size_t *n);

/* After TLSO_POST_TICKET: the session, its ticket pointing into the lent room. */
__must_check enum tlso_err tlso_post_ticket(struct tlso_post *p, u64 now_ms,
					    struct tlso_resume *r);

/* TLS 1.2 renegotiation: what is to be answered to a HelloRequest (client) or a
 * ClientHello (server) is the fatal or warning alert no_renegotiation;
 * tlso_post_handshake() gives TLSO_POST_FAIL with TLSO_E_NO_RENEGOTIATION for a
 * ClientHello and NOTHING for a HelloRequest, which RFC 5246 7.4.1.1 lets us ignore.
 */

void tlso_post_wipe(struct tlso_post *p);

static_assert(sizeof(struct tlso_post) <= 2048, "a session's state is too large");

#endif /* TLSO_POST_H */
