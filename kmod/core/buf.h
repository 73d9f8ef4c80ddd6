/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Cursors over byte strings: the core's only pointer arithmetic. All integers
 * are big-endian. A cursor that ran over its end stays in error: it reads zeros,
 * writes nothing, and every later call on it is harmless, so that callers may
 * check once, at the end.
 */
#ifndef TLSO_BUF_H
#define TLSO_BUF_H

#include "port.h"

struct tlso_rd {
	const u8 *p; /* next byte */
	size_t n; /* bytes left */
	bool bad;
};

void tlso_rd_init(struct tlso_rd *r, const void *p, size_t n);
u8 tlso_rd_u8(struct tlso_rd *r);
u16 tlso_rd_u16(struct tlso_rd *r);
u32 tlso_rd_u24(struct tlso_rd *r);
u32 tlso_rd_u32(struct tlso_rd *r);
u64 tlso_rd_u64(struct tlso_rd *r);
/* Takes n bytes; never NULL, but to be read only where !r->bad. */
const u8 *tlso_rd_bytes(struct tlso_rd *r, size_t n);
void tlso_rd_copy(struct tlso_rd *r, void *out, size_t n);
/* Takes a vector whose length stands in 1, 2 or 3 bytes in front of it. */
struct tlso_rd tlso_rd_vec(struct tlso_rd *r, unsigned int width);
/* Everything was read, and nothing beyond it. */
bool tlso_rd_done(const struct tlso_rd *r);

struct tlso_wr {
	u8 *p; /* start */
	size_t cap;
	size_t n; /* bytes written */
	bool bad;
};

void tlso_wr_init(struct tlso_wr *w, void *p, size_t cap);
void tlso_wr_u8(struct tlso_wr *w, u8 v);
void tlso_wr_u16(struct tlso_wr *w, u16 v);
void tlso_wr_u24(struct tlso_wr *w, u32 v);
void tlso_wr_u32(struct tlso_wr *w, u32 v);
void tlso_wr_u64(struct tlso_wr *w, u64 v);
void tlso_wr_bytes(struct tlso_wr *w, const void *p, size_t n);
/* n zero bytes, to be filled in by the caller; NULL where they do not fit. */
u8 *tlso_wr_room(struct tlso_wr *w, size_t n);
/* Leaves a length of width bytes open; close writes it. */
size_t tlso_wr_open(struct tlso_wr *w, unsigned int width);
void tlso_wr_close(struct tlso_wr *w, size_t at, unsigned int width);
/* Overwrites width bytes at @at, which were written before. */
void tlso_wr_patch(struct tlso_wr *w, size_t at, unsigned int width, u32 v);

#endif /* TLSO_BUF_H */
