/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver and a wire for the engine: host memory, rings, frames, jobs. Knows
 * hw.h, and nothing of the engine's inside.
 */
#ifndef TLSO_TEST_RIG_H
#define TLSO_TEST_RIG_H

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../kmod/core/seam.h"
#include "../../offload-dev/engine/engine.h"
#include "../../offload-dev/hw.h"

#define RIG_BASE 0x100000ull
#define RIG_SIZE (16u << 20)
#define RIG_LOG2 6
#define RIG_ENTRIES (1u << RIG_LOG2)
#define RIG_RX_CAP 10240
#define RIG_EV_CAP 512
#define RIG_FRAMES 4096
#define RIG_JOBS 2560

struct rig_ring {
	u64 base;
	u32 tail, clean;
	u64 buf[RIG_ENTRIES];
};

struct rig_frame {
	u8 *p;
	size_t n;
};

struct rig_rx {
	u8 p[RIG_RX_CAP];
	size_t n;
	u32 flags, session, tls_end;
};

struct rig_event {
	u16 type, status;
	u32 session, tcp_seq;
	u8 body[40960];
	size_t len;
};

struct rig {
	struct tlso_engine *e;
	u8 *mem;
	u64 brk;
	struct rig_ring ring[TLSO_HW_RINGS];
	struct rig_frame sent[RIG_FRAMES];
	unsigned int n_sent;
	unsigned int irqs[TLSO_HW_RINGS];
	unsigned int errors; /* guest errors */
	const char *last_error;
	unsigned int rx_ready;
	bool deferred; /* jobs wait for rig_jobs() */
	struct tlso_job *job[RIG_JOBS];
	unsigned int n_jobs;
	bool schedule;
	unsigned int scheduled;
	u64 now;
};

struct rig *rig_new(const struct tlso_engine_config *cfg, bool deferred);
void rig_free(struct rig *r);
void rig_up(struct rig *r); /* rings, buffers, ENABLE */
void rig_jobs(struct rig *r); /* runs what is waiting, until nothing is */

u32 rig_read(struct rig *r, u32 off);
void rig_write(struct rig *r, u32 off, u32 val);
u64 rig_alloc(struct rig *r, size_t n);
void *rig_ptr(struct rig *r, u64 addr);
u64 rig_count(struct rig *r, unsigned int id);
void rig_forget_sent(struct rig *r);

u32 rig_post_cmd(struct rig *r, u16 opcode, u32 session, u32 arg,
		 const void *in, u32 n, u32 out_cap);
struct tlso_hw_mbox *rig_cmd_entry(struct rig *r, u32 index);
/* Posts, runs jobs, checks DONE; returns the status. */
u32 rig_cmd(struct rig *r, u16 opcode, u32 session, u32 arg, const void *in,
	    u32 n, void *out, u32 out_cap, u32 *out_len);

struct rig_tx {
	u32 flags; /* CSUM, TSO */
	u16 mss, hdr_len, csum_start, csum_offset;
	const struct tlso_hw_txd_tls *tls; /* NULL: plain */
	const u8 *prefix;
	u32 pieces; /* data descriptors; 0: one */
};

/* True if the adapter marked the frame DONE. */
bool rig_tx(struct rig *r, const u8 *frame, size_t n, const struct rig_tx *t);
/* Feeds a frame; false if none came up. */
bool rig_rx(struct rig *r, const u8 *frame, size_t n, struct rig_rx *out);
bool rig_event(struct rig *r, struct rig_event *ev);

/* ---- Frames --------------------------------------------------------------- */

struct rig_flow {
	u8 family;
	u8 local[16], remote[16];
	u16 local_port, remote_port;
};

extern const u8 rig_mac[6];
void rig_flow_init(struct rig_flow *f, u8 family, u16 remote_port);
void rig_start(struct tlso_hw_start *st, const struct rig_flow *f, u32 key_slot,
	       u32 rx_seq);
#define RIG_OPS                                                                \
	(TLSO_HW_OP_SERVER_RANDOM | TLSO_HW_OP_PREMASTER_DEC |                \
	 TLSO_HW_OP_KEYS | TLSO_HW_OP_CERT_VERIFY | TLSO_HW_OP_MAC_MAKE |     \
	 TLSO_HW_OP_MAC_CHECK)
/* A TCP segment with correct sums; returns its length. */
size_t rig_tcp(u8 *frame, const struct rig_flow *f, bool inbound, u32 seq,
	       u8 flags, const u8 *payload, size_t n);
size_t rig_hdr_len(const struct rig_flow *f);
/* Asserts that the frame's lengths and sums are right; returns the payload. */
const u8 *rig_check_tcp(const u8 *frame, size_t n, u32 *seq, size_t *len,
			u8 *flags);

#endif /* TLSO_TEST_RIG_H */
