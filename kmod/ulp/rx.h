/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inbound side of a connection, as its files share it:
 *
 *	rx.c       records out of TCP's queue, one at a time, verified
 *	content.c  what a record holds: alerts, handshake messages
 *	text.c     text to whoever reads
 *
 * All under the socket lock, but for what says otherwise.
 */
#ifndef TLSO_ULP_RX_H
#define TLSO_ULP_RX_H

#include "records.h"

struct tlso_rx_text {
	struct list_head list;
	u32 off, len; /* what is left: len bytes at off */
	u8 data[];
};

struct tlso_rx {
	struct tlso_conn *conn;
	struct work_struct work; /* takes bytes out of TCP early */
	struct tlso_aead *aead;
	u8 *buf; /* a record, raw or opened */
	u32 seq; /* TCP: what nobody has read begins here, as far as we know */
	u32 have; /* raw bytes in buf */
	u32 need; /* the record's length; 0 until its header is here */
	u32 text_off, text_len; /* unread text of an opened record */
	struct list_head ahead; /* text older than buf's */
	u32 ahead_len;
	unsigned int ahead_n;
	unsigned int sleepers; /* in recv */
	bool eof; /* close_notify */
	bool shut; /* by the application, without RCV_SHUTDOWN: parting.c */
	bool ready; /* read by poll without the lock */
	DECLARE_BITMAP(clear, TLSO_RECORD_MAX);
};

/* rx.c */
u32 tlso_rx_queued(const struct sock *sk);
bool tlso_rx_record_here(struct tlso_rx *rx); /* a spinlock will do */
bool tlso_rx_update(struct tlso_rx *rx);
/* Sends @alert unless it is NONE, and ends the connection with @err. */
int tlso_rx_fail(struct tlso_rx *rx, u8 alert, int err);
/* Takes raw bytes out of TCP. 1: buf holds a whole record; 0: not yet. */
int tlso_rx_fill(struct tlso_rx *rx);
/*
 * Opens the next record with text. buf must hold none. 1: text is there or the
 * stream has ended; 0: nothing yet.
 */
int tlso_rx_advance(struct tlso_rx *rx);

/* content.c: what the opened record holds: text_off and text_len, or it is dealt
 * with. 0 or an error, which has ended the connection.
 */
int tlso_rx_content(struct tlso_rx *rx);

/* text.c */
void tlso_rx_text_free(struct tlso_rx_text *t);
/* Opens one more record behind the text that is here. Is there more text now? */
bool tlso_rx_look_ahead(struct tlso_rx *rx);

#endif /* TLSO_ULP_RX_H */
