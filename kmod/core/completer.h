/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The completer: does the cryptography of a handshake. It fills starters in,
 * and turns inbound records into finished segments. It knows no policy and
 * decides nothing: which message comes next is the director's business; but it
 * keeps the transcript and so sees every message.
 *
 * Context: any; not thread-safe, the caller serialises calls on one completer.
 * It allocates nothing: the caller lends the context and the segment buffer.
 * An error sticks: every later call returns it.
 * Source: RFC 8446 4.4, 5, 7; specification Figs. 15, 16.
 */
#ifndef TLSO_COMPLETER_H
#define TLSO_COMPLETER_H

#include "seam.h"

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
 * the start of a message. A ClientHello may be this large, less the header.
 */
#define TLSO_COMPLETER_SEG_MIN (TLSO_FINISHED_HDR + 64 + 16384 + 256)

/*
 * Start_SSL (server). @seg lends @cap bytes for the message being assembled and
 * for finished segments: TLSO_COMPLETER_SEG_MIN at least. @rng goes to the crypto
 * table. @signer may be NULL where no SIGNATURE fill will come.
 */
void tlso_completer_init(struct tlso_completer *c,
			 const struct tlso_crypto *crypto, void *rng,
			 const struct tlso_signer *signer, u8 *seg, size_t cap);

/* Completes the starter at @in into @out: exactly its out_len bytes, *@out_len.
 * On an error nothing at @out may be sent, and later starters fail, but for ones
 * that hold only alerts: these go out in the epoch before the failed one.
 * TLSO_E_ILLEGAL: the peer's key share is not valid (tlso_director_refused()).
 */
__must_check enum tlso_err tlso_completer_starter(struct tlso_completer *c,
						  const u8 *in, size_t n, u8 *out,
						  size_t cap, size_t *out_len);

/*
 * Feeds wire bytes, in order, in pieces of any size; *@used says how many were
 * taken. Stops after each finished segment, whose bytes stand at the lent
 * buffer, *@seg_len of them, until the next call. After FINISHED call again,
 * with what is left, be it nothing: one record may hold several messages.
 *
 * After a ClientHello nothing is taken until a starter has been completed, and
 * after COMPLETE nothing at all: the call then returns MORE with *@used short of
 * @n. The caller keeps those bytes and feeds them again later.
 *
 * A protocol error also makes a finished segment, with err set, so that the
 * director can compose the alert; the error then sticks for feed, but starters
 * that hold only alerts still work. So does the end after a peer's alert.
 * change_cipher_spec records are checked (RFC 8446 5) and dropped.
 */
enum tlso_feed tlso_completer_feed(struct tlso_completer *c, const u8 *p,
				   size_t n, size_t *used, size_t *seg_len);

/* After TLSO_FEED_COMPLETE: the session's keys; record numbers as they stand. */
__must_check enum tlso_err tlso_completer_keys(const struct tlso_completer *c,
					       struct tlso_session_keys *k);

/* Wipes every secret; the context may be freed or initialised again. */
void tlso_completer_wipe(struct tlso_completer *c);

#endif /* TLSO_COMPLETER_H */
