/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of a connection that is secured: what tx.c, rx.c, parting.c and record.c
 * offer the rest of the ULP.
 */
#ifndef TLS_OFFLOAD_RECORDS_H
#define TLS_OFFLOAD_RECORDS_H

#include "ulp.h"

/* tx.c ------------------------------------------------------------------------ */
#define TLSO_RECORD_HDR TLSO_REC_HDR
#define TLSO_RECORD_TEXT_MAX TLSO_REC_PLAIN_MAX
#define TLSO_RECORD_MAX (TLSO_REC_HDR + TLSO_REC_CIPHER_MAX)

/* Socket lock held, process context. */
void tlso_tx_init(void); /* before the first connection */
void tlso_tx_exit(void); /* after the last; sleeps */
int tlso_tx_open(struct tlso_conn *conn);
int tlso_tx_sendmsg(struct tlso_conn *conn, struct msghdr *msg, size_t size);
/* Queues handshake messages as one record; what TCP has no room for follows. */
int tlso_tx_messages(struct tlso_conn *conn, const u8 *p, size_t n);
/* Sends the KeyUpdate that is owed, if TCP takes what goes before it; else it goes
 * out ahead of the next record.
 */
void tlso_tx_answer(struct tlso_conn *conn);
/* Queues an alert; best effort, never sleeps. */
void tlso_tx_alert(struct tlso_conn *conn, u8 level, u8 description);
/* A KeyUpdate, now: 0, -EAGAIN where TCP has no room for what goes before, ... */
int tlso_tx_rekey(struct tlso_conn *conn);
/* Stop_SSL: everything written, then close_notify, into TCP: 0, or an error. */
int tlso_tx_stop(struct tlso_conn *conn);
bool tlso_tx_stopped(const struct tlso_conn *conn); /* socket lock */
/* The session is over: its cipher goes. Nothing is pending. */
void tlso_tx_reset(struct tlso_conn *conn);
/* Everything written, then close_notify, goes into TCP whatever its room. */
void tlso_tx_finish(struct tlso_conn *conn);
bool tlso_tx_blocked(const struct tlso_conn *conn); /* unlocked, for poll */
const char *tlso_tx_backend(const struct tlso_conn *conn); /* unlocked */
void tlso_tx_write_space(struct tlso_conn *conn); /* any context */
void tlso_tx_close(struct tlso_conn *conn); /* release: atomic */
void tlso_tx_free(struct tlso_conn *conn); /* last reference gone */
/* The adapter is gone: 0 if what follows is protected by the kernel and nothing
 * that it had to protect is left, else the connection must end. Socket lock held.
 */
int tlso_tx_leave_adapter(struct tlso_conn *conn);

/* The kernel is about to do what is an adapter's: may it not? Then the log says so. */
bool tlso_tx_adapter_required(const struct tlso_conn *conn);

/* tx_adapter.c: text on its way through the adapter. tx_lock as said. */
void tlso_tx_acked(struct sock *sk, u32 ack); /* icsk_clean_acked */
struct sk_buff *tlso_tx_validate(struct sock *sk, struct net_device *dev,
				 struct sk_buff *skb);
void tlso_tx_record_free(struct tlso_tx_record *rec);

/* rx.c ------------------------------------------------------------------------ */
int tlso_rx_open(struct tlso_conn *conn);
int tlso_rx_recvmsg(struct tlso_conn *conn, struct msghdr *msg, size_t len,
		    int flags); /* text.c */
/* As tcp_read_sock(), of text, in process context with the socket lock held. The actor
 * gets an skb of its own, which it may clone and keep. text.c.
 */
int tlso_rx_read_sock(struct tlso_conn *conn, read_descriptor_t *desc,
		      sk_read_actor_t actor);
/* A worker takes what TCP has; if that is enough for a reader it calls
 * sk_data_ready, with the socket lock held. Any context.
 */
void tlso_rx_take_early(struct tlso_conn *conn);
/* Has nobody but us read from TCP? Socket lock held. */
bool tlso_rx_intact(const struct tlso_conn *conn);
void tlso_rx_data_ready(struct tlso_conn *conn); /* socket spinlock or lock */
bool tlso_rx_readable(const struct tlso_conn *conn); /* unlocked: perhaps */
bool tlso_rx_poll(struct tlso_conn *conn); /* locks the socket: certainly */
u32 tlso_rx_inq(const struct tlso_conn *conn); /* text that is waiting */
/* Of whole records, too: opens them where it must. Socket lock owned. */
u32 tlso_rx_unread(const struct tlso_conn *conn);
/* No less than that, for who waits for more in the kernel; opens nothing now. Socket
 * spinlock or lock.
 */
u32 tlso_rx_waiting(struct tlso_conn *conn);
/* No more will come than is here: close_notify or FIN. Unlocked. */
bool tlso_rx_ended(const struct tlso_conn *conn);
/* close(): takes a close_notify that nobody will read out of the way. Is there text that
 * was not read?
 */
bool tlso_rx_finish(struct tlso_conn *conn);
/* Stop_SSL, all with the socket lock. Opens what is here: 1 the peer's close_notify
 * has come, 0 it has not yet, -EPROTO there is text to be read, or worse.
 */
int tlso_rx_stopped(struct tlso_conn *conn);
/* Sleeps until tlso_rx_stopped() may say something else. */
int tlso_rx_stop_wait(struct tlso_conn *conn, long *timeo);
/* The session is over: its cipher goes. What TCP holds is not touched. */
void tlso_rx_reset(struct tlso_conn *conn);
void tlso_rx_free(struct tlso_conn *conn);
/* Has the application shut it? */
bool tlso_rx_shut(const struct tlso_conn *conn);
/* Raw queue: copies at most @n bytes from @seq on; @clear, if not NULL, gets a
 * bit set for each byte that the adapter made clear, from bit @bit on.
 */
size_t tlso_rx_copy(struct sock *sk, u32 seq, u8 *p, size_t n,
		    unsigned long *clear, unsigned int bit);

/* parting.c ------------------------------------------------------------------- */
/* All with the socket lock, on SECURE connections. After a shutdown(). */
void tlso_part_shut(struct tlso_conn *conn);
/* Before TCP's own close(), everything written: sends FIN. */
void tlso_part_begin(struct tlso_conn *conn);
/* From TCP's disconnect(): true where that is what tlso_part_begin() led to, and
 * nothing is to be disconnected.
 */
bool tlso_part_closed(struct tlso_conn *conn);
/* The connection is to be reset after all. */
void tlso_part_off(struct tlso_conn *conn);
/* FIN_WAIT2: our FIN is acknowledged. Socket spinlock or lock. */
void tlso_part_acked(struct sock *sk);

/* record.c ---------------------------------------------------------------------- */
struct tlso_aead; /* one direction's cipher; one call at a time, may sleep */
struct tlso_aead *tlso_aead_new(const struct tlso_session_keys *keys,
				const struct tlso_direction_keys *d);
/* After a KeyUpdate. */
int tlso_aead_rekey(struct tlso_aead *aead, const struct tlso_session_keys *keys,
		    const struct tlso_direction_keys *d);
void tlso_aead_free(struct tlso_aead *aead); /* process context; NULL is fine */
/* What a record of this cipher has before its content, header not counted (TLS 1.2
 * GCM: the nonce's 8 bytes), and after it: the tag, in TLS 1.3 the type too.
 */
size_t tlso_aead_before(const struct tlso_aead *aead);
size_t tlso_aead_after(const struct tlso_aead *aead);
/*
 * @rec is a record of @len bytes with its header; those whose bit is set in
 * @clear were made clear by the adapter (@n_clear of them). Decrypts and
 * verifies in place. 0, -EBADMSG, or another error.
 */
int tlso_aead_open(struct tlso_aead *aead, u64 seq, u8 *rec, size_t len,
		   const unsigned long *clear, size_t n_clear);
/* The same bytes, in clear and with room for the tag, in @n pieces. @hdr: their
 * first five; @nonce: where tlso_aead_before() says 8, those after it.
 */
int tlso_aead_seal(struct tlso_aead *aead, u64 seq, const u8 *hdr,
		   const u8 *nonce, const skb_frag_t *frags, unsigned int n,
		   size_t len);
/* Does the record's tag say, in bytes made clear, that the adapter verified it? */
bool tlso_record_verdict(const u8 *rec, size_t len, const unsigned long *clear);

#endif /* TLS_OFFLOAD_RECORDS_H */
