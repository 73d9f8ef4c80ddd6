/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver of the adapter in a machine under test, through offload-dev/hw.h
 * alone: BARs, MSI-X, rings, commands, frames.
 *
 * Guest memory of adapter n begins at ADAPTER_MEM(n); the layout is in
 * adapter.c. Vectors write their number + 1 to a word each, which is polled.
 */
#ifndef QT_ADAPTER_H
#define QT_ADAPTER_H

#include "../../offload-dev/hw.h"
#include "machine.h"

#define ADAPTER_MEM(n) (0x100000u + (n) * 0x400000u)
#define ADAPTER_LOG2 3
#define ADAPTER_ENTRIES (1u << ADAPTER_LOG2)
#define ADAPTER_BUF 2048

struct adapter {
	struct machine *m;
	unsigned int slot;
	uint32_t bar0, bar4;
	uint32_t mem; /* start of its guest memory */
	unsigned int msix; /* offset of the capability */
	unsigned int tail[TLSO_HW_RINGS]; /* next index to be posted */
	unsigned int seen[TLSO_HW_RINGS]; /* next index to be completed */
};

/* Maps the adapter in slot 4 + @n and enables memory and bus mastering. */
void adapter_map(struct adapter *a, struct machine *m, unsigned int n);
/* Programs and enables all rings, posts all RX and event buffers, enables
 * frames and MSI-X.
 */
void adapter_up(struct adapter *a);

uint32_t adapter_read(struct adapter *a, uint32_t reg);
void adapter_write(struct adapter *a, uint32_t reg, uint32_t val);
uint64_t adapter_counter(struct adapter *a, enum tlso_hw_counter c);

void adapter_msix_enable(struct adapter *a);
/* What vector @v wrote since the last call; 0 if nothing. */
uint32_t adapter_vector(struct adapter *a, unsigned int v);
void adapter_wait_vector(struct adapter *a, unsigned int v);

uint32_t adapter_ring_base(const struct adapter *a, unsigned int ring);
void adapter_ring_up(struct adapter *a, unsigned int ring);
/* Writes entry @e at the tail and rings the doorbell. Returns its index. */
unsigned int adapter_post(struct adapter *a, unsigned int ring, const void *e);
/* Writes entry @e at the tail; adapter_ring() makes it known. */
unsigned int adapter_fill(struct adapter *a, unsigned int ring, const void *e);
void adapter_ring(struct adapter *a, unsigned int ring);
void adapter_entry(struct adapter *a, unsigned int ring, unsigned int i,
		   void *e);
/* Waits for DONE in entry @i and reads it. */
void adapter_wait_entry(struct adapter *a, unsigned int ring, unsigned int i,
			void *e);

struct command {
	enum tlso_hw_opcode opcode;
	uint32_t session, arg;
	const void *in;
	size_t in_len;
	uint32_t out_cap;
	uint64_t in_addr; /* instead of in, if not 0 */
};

/* Fills in an entry; the input goes to guest memory. */
void adapter_command_entry(struct adapter *a, const struct command *c,
			   struct tlso_hw_mbox *e);
/* Posts a command, waits for it, and returns its status. */
enum tlso_hw_status adapter_command(struct adapter *a,
				    const struct command *c,
				    struct tlso_hw_mbox *e);
void adapter_output(struct adapter *a, void *buf, size_t n);

/* Posts a frame of one descriptor and waits for it. */
void adapter_send(struct adapter *a, const void *frame, size_t n,
		  const struct tlso_hw_txd *how);
/* Waits for the next frame; its length. Posts the buffer again. */
size_t adapter_receive(struct adapter *a, void *frame, size_t cap,
		       struct tlso_hw_rxd *d);

#endif /* QT_ADAPTER_H */
