/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What the engine's files know of each other, and nobody else does.
 *
 * Responsible for: the adapter's state, and the functions between its files,
 * in the order of the files that own them.
 * Leaves to: engine.h what the shell sees, hw.h what the guest sees.
 */
#ifndef TLSO_ENGINE_IMPL_H
#define TLSO_ENGINE_IMPL_H

#include <endian.h>

#include "../hw.h"
#include "crypto_host.h"
#include "engine.h"
#include "segment.h"

#define MAX_FRAME 9018 /* MTU 9000, Ethernet and one VLAN tag */
#define MAX_TSO (65535 + 18)
#define MIN_MSS 32 /* bounds what one TSO frame can become */
#define RECORD_HDR 5
/* RFC 8446 5.2; longer ones come only from a peer that breaks it. */
#define RECORD_MIN (RECORD_HDR + 1 + TLSO_TAG_LEN)
#define RECORD_MAX (RECORD_HDR + 16384 + 1 + TLSO_TAG_LEN)
#define RECORD_RX_MAX (RECORD_HDR + 16384 + 256)

#define OPS_SUPPORTED                                                         \
	(TLSO_HW_OP_SERVER_RANDOM | TLSO_HW_OP_PREMASTER_DEC |               \
	 TLSO_HW_OP_KEYS | TLSO_HW_OP_CERT_VERIFY | TLSO_HW_OP_MAC_MAKE |    \
	 TLSO_HW_OP_MAC_CHECK)

struct ring {
	u64 base;
	u32 log2;
	bool enabled;
	bool armed;
	bool unseen; /* MBOX: completions since the last ARM */
	bool lost; /* TX: inside a frame that is being skipped */
	u32 head, tail;
	u32 epoch; /* changes when the ring is enabled or disabled */
};

/* A private key; sessions under way keep one alive after its unloading. */
struct key_slot {
	struct tlso_host_key *key;
	unsigned int refs;
};

/* A command under way: the adapter's own copy. */
struct cmd {
	struct cmd *next; /* on the list of delayed completions */
	u64 due;
	u32 index, epoch; /* where its DONE goes */
	u16 opcode;
	u32 session, arg;
	u64 out_addr;
	u32 out_cap;
	u8 *in; /* wiped when freed: keys and starters */
	u32 in_len;
	enum tlso_hw_status status; /* these three once it is delayed */
	u8 *out;
	u32 out_len;
};

struct event {
	struct event *next;
	u32 session, tcp_seq;
	u16 type, status;
	u32 len, done;
	u8 body[];
};

struct tlso_engine {
	struct tlso_engine_host host;
	void *opaque;
	struct tlso_engine_config cfg;
	u8 mac[6];
	u32 ctrl;
	bool link;
	bool scheduled; /* host->schedule was called, poll has not come */
	bool rx_blocked; /* tlso_engine_rx() returned 0 */
	u32 resets; /* loops look whether one came under their feet */
	u32 latched_hi;
	struct ring ring[TLSO_HW_RINGS];
	u64 counter[TLSO_HW_COUNTER_COUNT];
	struct tlso_host_counts crypto_base;

	struct key_slot **keys;
	struct session **by_id, **by_flow; /* hash chains */
	u32 buckets;
	u64 hash_seed;
	u32 n_sessions;
	u32 reseq_bytes; /* of all sessions */
	unsigned int jobs;

	u32 in_flight; /* commands fetched, not completed */
	struct cmd *delayed, **delayed_end;
	struct event *events, **events_end;
	u32 n_events;

	/* Every n-th: what has been seen so far. */
	u32 seen_command_drop, seen_command_fail, seen_event, seen_corrupt;
	u32 seen_purge, seen_frame, seen_reset;

	u8 tx_buf[MAX_TSO];
	u8 tx_seg[MAX_FRAME];
	u8 rx_buf[MAX_FRAME];
	u8 rx_clear[MAX_FRAME];
};

/* ---- engine.c --------------------------------------------------------- */

#define COUNT(e, name) ((e)->counter[TLSO_HW_C_##name]++)
#define COUNT_N(e, name, n) ((e)->counter[TLSO_HW_C_##name] += (n))

void guest_error(struct tlso_engine *e, const char *what, u64 value);
void trace(struct tlso_engine *e, const char *event, u32 session, u64 a, u64 b);
bool fault_due(struct tlso_engine *e, u32 every, u32 *seen);
void engine_kick(struct tlso_engine *e); /* work is there */

static inline u32 get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* ---- ring.c ------------------------------------------------------------ */

int dma_read(struct tlso_engine *e, u64 addr, void *buf, size_t n);
int dma_write(struct tlso_engine *e, u64 addr, const void *buf, size_t n);

u32 ring_read(const struct tlso_engine *e, u32 off, bool *known);
void ring_write(struct tlso_engine *e, u32 off, u32 val);
void ring_reset(struct ring *r);
static inline u32 ring_next(const struct ring *r, u32 i)
{
	return (i + 1) & ((1u << r->log2) - 1);
}

static inline u32 ring_used(const struct ring *r)
{
	return (r->tail - r->head) & ((1u << r->log2) - 1);
}

/* Reads entry @i. -1 on a bus error: the ring is then emptied, as nothing
 * is known of what it holds.
 */
int ring_fetch(struct tlso_engine *e, enum tlso_hw_ring which, u32 i, void *desc,
	       size_t n);
u64 ring_addr(const struct tlso_engine *e, enum tlso_hw_ring which, u32 i);
void ring_completed(struct tlso_engine *e, enum tlso_hw_ring which);

/* ---- tx.c, record_tx.c -------------------------------------------------- */

#define TX_BUDGET 32 /* frames before the main loop gets its turn */

bool tx_poll(struct tlso_engine *e); /* true: more is left */

struct tx_piece {
	u64 addr;
	u32 len;
};

/* One frame as its descriptors describe it. */
struct tx_job {
	u32 flags; /* of the first data descriptor */
	u16 mss, hdr_len, csum_start, csum_offset;
	bool tls;
	struct tlso_hw_txd_tls t; /* CPU order */
	struct tx_piece prefix[TLSO_HW_TX_MAX_DESCS];
	struct tx_piece data[TLSO_HW_TX_MAX_DESCS];
	u32 n_prefix, n_data;
	u64 prefix_bytes, bytes;
};

enum tx_verdict {
	TX_SEND,
	TX_BAD, /* guest error, reported */
	TX_DROP, /* nobody's error: no keys any more */
	TX_RESET, /* injected fault: the adapter resets itself */
};

/* Encrypts the payload of @seg, a frame in the engine's own memory. Unless it
 * says TX_SEND the frame must not leave.
 */
enum tx_verdict record_tx(struct tlso_engine *e, const struct tx_job *job,
			  const struct segment *seg);

/* ---- rx.c, inbound.c, record_rx.c --------------------------------------- */

struct session;

/* Frames that wait for buffers may come again: to be delivered, or, where
 * frames no longer flow, to be dropped.
 */
void rx_unblock(struct tlso_engine *e);

#define RESEQ_MAX (256 * 1024)
/* Of all sessions: peers that leave gaps must not take the host's memory. */
#define RESEQ_TOTAL_MAX (64u * 1024 * 1024)

/* Offers a frame's TCP payload to its session. @seg's payload is replaced in
 * place where all of it was made clear, and true returned.
 */
bool inbound_frame(struct tlso_engine *e, struct session *s,
		   const struct segment *seg);
/* Takes bytes that went up, or will go up, as they came from the wire.
 * False if the queue of a pending session has no room for any.
 */
bool inbound_raw(struct tlso_engine *e, struct session *s, u32 seq, const u8 *p,
		 size_t n, struct cmd *cmd);
void inbound_catch_up(struct tlso_engine *e, struct session *s);
void inbound_drop_queue(struct tlso_engine *e, struct session *s);

/* Runs in-order record bytes through @s. Decrypts @p in place. True if all of
 * them were made clear; if not, @p holds nothing of use. @clear says whether
 * the caller means to hand @p up.
 */
bool record_rx(struct tlso_engine *e, struct session *s, u8 *p, size_t n,
	       bool clear);

/* ---- mbox.c -------------------------------------------------------------- */

bool mbox_poll(struct tlso_engine *e);
/* Completes @cmd and frees it. */
void mbox_complete(struct tlso_engine *e, struct cmd *cmd,
		   enum tlso_hw_status status, const u8 *out, u32 out_len);
void mbox_reset(struct tlso_engine *e);
void key_put(struct key_slot *k);

/* ---- event.c --------------------------------------------------------------- */

void event_post(struct tlso_engine *e, u16 type, u32 session, u32 tcp_seq,
		enum tlso_hw_status status, const u8 *body, u32 len);
void event_flush(struct tlso_engine *e); /* event buffers were posted */
void event_forget(struct tlso_engine *e, u32 session); /* drops those queued */
void event_reset(struct tlso_engine *e);

/* ---- handshake.c ------------------------------------------------------------ */

#define HS_QUEUE_MAX (64 * 1024)
#define HS_PENDING_MAX 2048

struct handshake;
struct handshake *handshake_new(struct key_slot *key);
void handshake_free(struct handshake *h);
void handshake_starter(struct tlso_engine *e, struct session *s,
		       struct cmd *cmd);
/* @cmd, if any, completes when the bytes were worked off. Returns how many of
 * the @n bytes it took.
 */
size_t handshake_inbound(struct tlso_engine *e, struct session *s, u32 seq,
			 const u8 *p, size_t n, struct cmd *cmd);
/* The session ends: a job that has not begun to run has nothing to do. */
void handshake_abandon(struct session *s);
/* Fails what is queued; a job under way finds out by itself. */
void handshake_flush(struct tlso_engine *e, struct session *s);

#endif /* TLSO_ENGINE_IMPL_H */
