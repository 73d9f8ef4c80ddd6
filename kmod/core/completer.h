/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The completer: does the cryptography of a handshake. It fills starters in,
 * and turns inbound records into finished segments. It knows no policy and
 * decides nothing: which message comes next is the director's business; but it
 * keeps the transcript and so sees every message.
 *
 * Context: that of the crypto table (nettle's: any; the kernel's: process); not
 * thread-safe, the caller serialises calls on one completer. It allocates nothing:
 * the caller lends the context and the segment buffer.
 * An error sticks: every later call returns it.
 * Source: RFC 8446 4.4, 5, 7; RFC 5246 6, 7.4, 8; RFC 7627; specification
 * Figs. 15, 16.
 */
#ifndef TLSO_COMPLETER_H
#define TLSO_COMPLETER_H

#include "seam.h"
#include "ticket.h"

struct tlso_completer; /* layout in completer_impl.h, for whoever embeds it */

enum tlso_feed {
	TLSO_FEED_MORE, /* all input used, nothing to report */
	TLSO_FEED_FINISHED, /* a finished segment is in the lent buffer */
	TLSO_FEED_COMPLETE, /* as FINISHED, and the handshake is over: the next
			     * inbound byte belongs to the first record under
			     * the application keys
			     */
};

/* The least that may be lent: one record of the largest kind (2^14 + 256) behind
 * the start of a message. A message may be this large, less header and extras.
 */
#define TLSO_COMPLETER_SEG_MIN \
	(TLSO_FINISHED_HDR + TLSO_FINISHED_EXTRA_MAX + 64 + 16384 + 256)

/* All lent, and alive as long as the completer. */
struct tlso_completer_cfg {
	const struct tlso_crypto *crypto;
	void *rng; /* goes to the crypto table */
	const struct tlso_signer *signer; /* NULL where none will be needed */
	bool client;
	/* Server: to open and to seal tickets with; NULL: none open. */
	const struct tlso_ticket_keys *tickets;
	/* Client: the session that BINDER, PSK and RESUME speak of, or NULL. */
	const struct tlso_resume *resume;
	u64 now_ms; /* wall clock at the start, for the age of tickets */
	/* NULL, or told each secret that SSLKEYLOGFILE knows, as it comes to be:
	 * for tests on the native side alone, the kernel never sets it. @label
	 * as in the NSS key log format.
	 */
	void (*keylog)(void *ctx, const char *label, const u8 *client_random,
		       const u8 *secret, size_t n);
	void *keylog_ctx;
};

/*
 * Start_SSL. @seg lends @cap bytes for the message being assembled and for
 * finished segments: TLSO_COMPLETER_SEG_MIN at least; more where longer
 * messages (certificate chains) are to be taken.
 */
void tlso_completer_init(struct tlso_completer *c,
			 const struct tlso_completer_cfg *cfg, u8 *seg,
			 size_t cap);

/*
 * Completes the starter at @in into @out: its out_len bytes, *@out_len (in TLS 1.2
 * perhaps a little less: seam.h).
 * On an error nothing at @out may be sent, and later starters fail, but for ones
 * that hold only alerts: these go out in the epoch before the failed one.
 * TLSO_E_ILLEGAL: the peer's key share is not valid; TLSO_E_DECRYPT: the PSK's
 * binder is wrong (tlso_director_refused()).
 */
__must_check enum tlso_err tlso_completer_starter(struct tlso_completer *c,
						  const u8 *in, size_t n, u8 *out,
						  size_t cap, size_t *out_len);

/*
 * Feeds wire bytes, in order, in pieces of any size; *@used says how many were
 * taken. Stops after each finished segment: *@seg points to it in the lent buffer,
 * *@seg_len bytes, until the next call. After FINISHED call again, with what is
 * left, be it nothing: one record may hold several messages.
 *
 * After a message that a change of keys or our flight may follow (ClientHello,
 * ServerHello and HelloRetryRequest, ServerHelloDone, ClientKeyExchange, Finished)
 * nothing is taken until a starter has been completed, be it one without wire bytes,
 * and after the handshake's end nothing at all: the call then returns MORE with
 * *@used short of @n. The caller keeps those bytes and feeds them again later.
 *
 * A protocol error also makes a finished segment, with err set, so that the
 * director can compose the alert; the error then sticks for feed, but starters
 * that hold only alerts still work. So does the end after a peer's alert.
 * change_cipher_spec: in TLS 1.3 (and before the version is known) checked (RFC 8446
 * 5) and dropped; in TLS 1.2 it switches the inbound keys, which must be there and
 * no message begun, and becomes a segment TLSO_FIN_CCS.
 */
enum tlso_feed tlso_completer_feed(struct tlso_completer *c, const u8 *p,
				   size_t n, size_t *used, const u8 **seg,
				   size_t *seg_len);

/*
 * Is the handshake over? It may end with an inbound message (TLSO_FEED_COMPLETE) or
 * with an outbound starter (TLSO_STEP_LAST).
 */
bool tlso_completer_done(const struct tlso_completer *c);

/* When done: the session's keys; record numbers as they stand. */
__must_check enum tlso_err tlso_completer_keys(const struct tlso_completer *c,
					       struct tlso_session_keys *k);

/* Wipes every secret; the context may be freed or initialised again. */
void tlso_completer_wipe(struct tlso_completer *c);

#endif /* TLSO_COMPLETER_H */
