/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Sessions, pending and active (block 1300): the tables that find one by its
 * id and by its 4-tuple, and what is known of each.
 *
 * Leaves to: handshake.c what happens while one is pending, record_tx.c and
 * record_rx.c while it is active.
 */
#ifndef TLSO_SESSION_H
#define TLSO_SESSION_H

#include "../../kmod/core/seam.h"
#include "engine_impl.h"

struct flow {
	u8 family;
	__be16 local_port, remote_port;
	u8 local[16], remote[16];
};

/* One direction's keys. */
struct direction {
	struct tlso_stream_key *key;
	u8 iv[TLSO_IV_LEN];
};

/* Where the stream cipher stands in a record that is going out. */
struct tx_cursor {
	bool valid;
	u32 tcp_seq; /* of the byte that goes on here */
	u64 rec_seq;
	u32 rec_len, rec_off;
	bool has_tag;
	u8 tag[TLSO_TAG_LEN];
	struct tlso_stream stream;
};

/* Where an inbound record stands. */
struct rx_record {
	u64 seq;
	u8 hdr[RECORD_HDR];
	u32 hdr_have;
	u32 body_left; /* cipher text before the tag */
	u8 tag[TLSO_TAG_LEN];
	u32 tag_have;
	u8 last; /* last byte that was not zero: the inner type in the end */
	bool all_clear; /* every byte so far went up as RXF_CLEAR */
	struct tlso_stream stream;
};

/* A segment that came too early, as it came. */
struct reseq {
	struct reseq *next;
	u32 seq;
	u32 len;
	u8 data[];
};

struct session {
	struct session *next_id, *next_flow;
	u32 id;
	enum tlso_hw_session_state state;
	struct flow flow;
	u16 suite;
	bool in_flow_table;
	bool orphan; /* out of all tables; its job frees it */
	struct cmd *stop; /* STOP_SSL that waits for the job */

	struct key_slot *key;
	struct handshake *hs; /* until it is active */

	/* Next inbound TCP sequence number to be consumed. It stands still
	 * once rx_raw is set.
	 */
	u32 rx_seq;
	bool rx_raw; /* inbound bytes are the kernel's own business from here */
	struct reseq *reseq;
	u32 reseq_bytes;

	bool purge_told;
	struct direction tx, rx;
	struct tx_cursor cursor;
	struct rx_record rec;
	u64 tx_records;
};

struct session *session_by_id(struct tlso_engine *e, u32 id);
struct session *session_by_flow(struct tlso_engine *e, const struct flow *f);
/* The flow of a TCP segment that came in. */
void session_flow_of(struct flow *f, const struct segment *seg);

/* NULL and *status where there is no place. The session stands in the tables. */
struct session *session_add(struct tlso_engine *e, u32 id, const struct flow *f,
			    enum tlso_hw_status *status);
void session_set_state(struct tlso_engine *e, struct session *s,
		       enum tlso_hw_session_state state);
/* 0, or -1: no memory or no such suite; then nothing changed. */
int session_set_keys(struct session *s, const struct tlso_session_keys *k);
void session_wipe_keys(struct session *s);
/* The session's keys go; from now on what needs them is dropped. */
void session_purge(struct tlso_engine *e, struct session *s);
void session_unhash_flow(struct tlso_engine *e, struct session *s);
/* Out of the tables; freed now, or by the job that still runs. */
void session_remove(struct tlso_engine *e, struct session *s);
void session_free(struct tlso_engine *e, struct session *s);
void session_reset(struct tlso_engine *e);
bool handshake_busy(const struct session *s);

#endif /* TLSO_SESSION_H */
