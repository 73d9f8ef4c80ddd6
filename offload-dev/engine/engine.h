/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What the adapter does, without the PCI shell around it: registers, rings,
 * mailbox, sessions, segments, records. QEMU, the unit tests and the fuzzers
 * run this same code over their own callbacks.
 *
 * Threads: every function here is called from one thread at a time (QEMU: with
 * the big lock held). Handshake work is handed to host->submit; its run part
 * may be on any thread and touches nothing but the job and its session's
 * completer; its done part comes back on the calling side.
 * Trust: the guest owns every register, descriptor, buffer and frame. All of it
 * is copied in, then checked, then used; what is wrong is reported through
 * guest_error and counted, and changes nothing else.
 */
#ifndef TLSO_ENGINE_H
#define TLSO_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlso_engine;

struct tlso_job {
	void (*run)(struct tlso_job *job); /* off the main loop */
	void (*done)(struct tlso_job *job); /* back on it; may free job */
};

struct tlso_engine_host {
	/* 0, or -1 on a bus error; buffers are the engine's own copies. */
	int (*dma_read)(void *opaque, uint64_t addr, void *buf, size_t n);
	int (*dma_write)(void *opaque, uint64_t addr, const void *buf, size_t n);
	void (*raise_irq)(void *opaque, unsigned int vector);
	/* One frame on the wire, without FCS. */
	void (*tx_frame)(void *opaque, const uint8_t *frame, size_t n);
	/* Receive buffers were posted after tlso_engine_rx() had returned 0. */
	void (*rx_ready)(void *opaque);
	/* Runs job->run elsewhere and job->done here later. NULL: at once. */
	void (*submit)(void *opaque, struct tlso_job *job);
	/* Calls tlso_engine_poll() soon, from the main loop. NULL: not needed,
	 * the engine then works inside the register write.
	 */
	void (*schedule)(void *opaque);
	uint64_t (*now_ns)(void *opaque);
	void (*guest_error)(void *opaque, const char *what, uint64_t value);
	/* For trace events; may be NULL. */
	void (*trace)(void *opaque, const char *event, uint32_t session,
		      uint64_t a, uint64_t b);
};

struct tlso_engine_config {
	uint8_t mac[6];
	uint32_t sessions; /* 0: 16384 */
	uint32_t key_slots; /* 0: 64 */
	/* Fault injection: act on every n-th, 0 is never. */
	uint32_t fault_drop_command; /* it never completes */
	uint32_t fault_fail_command; /* it completes with ST_FAULT */
	uint32_t fault_drop_event;
	uint32_t fault_corrupt_record; /* outbound: a tag bit is flipped */
	uint32_t fault_purge_record; /* the session is purged at this record */
	uint32_t fault_drop_frame; /* inbound frames */
	uint32_t fault_reset_record; /* the adapter resets itself */
	uint32_t fault_delay_us; /* commands take this much longer */
};

struct tlso_engine *tlso_engine_new(const struct tlso_engine_host *host,
				    void *opaque,
				    const struct tlso_engine_config *cfg);
/* Jobs under way must have come back (drain them first). Wipes all keys. */
void tlso_engine_free(struct tlso_engine *e);
unsigned int tlso_engine_jobs(const struct tlso_engine *e); /* under way */
void tlso_engine_reset(struct tlso_engine *e);

/* @off is within BAR 0; the shell enforces aligned 32-bit accesses. */
uint32_t tlso_engine_mmio_read(struct tlso_engine *e, uint32_t off);
void tlso_engine_mmio_write(struct tlso_engine *e, uint32_t off, uint32_t val);

/* A frame from the wire: @n when taken (or dropped by filter), 0 when it must
 * wait for rx_ready().
 */
size_t tlso_engine_rx(struct tlso_engine *e, const uint8_t *frame, size_t n);
void tlso_engine_set_link(struct tlso_engine *e, bool up);
/* Works off what doorbells have announced; true if more is left. */
bool tlso_engine_poll(struct tlso_engine *e);

uint64_t tlso_engine_counter(const struct tlso_engine *e, unsigned int id);

#endif /* TLSO_ENGINE_H */
