// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Cursors over byte strings. Responsible for every bound of the core; leaves
 * the meaning of the bytes to its callers.
 */
#include "buf.h"

static const u8 nothing[1];

void tlso_rd_init(struct tlso_rd *r, const void *p, size_t n)
{
	r->p = p ? p : nothing;
	r->n = p ? n : 0;
	r->bad = !p && n;
}

const u8 *tlso_rd_bytes(struct tlso_rd *r, size_t n)
{
	const u8 *p = r->p;

	if (r->bad || n > r->n) {
		r->bad = true;
		r->n = 0;
		return nothing;
	}
	r->p += n;
	r->n -= n;
	return p;
}

static u64 rd_int(struct tlso_rd *r, unsigned int width)
{
	const u8 *p = tlso_rd_bytes(r, width);
	u64 v = 0;
	unsigned int i;

	if (r->bad)
		return 0;
	for (i = 0; i < width; i++)
		v = v << 8 | p[i];
	return v;
}

u8 tlso_rd_u8(struct tlso_rd *r)
{
	return (u8)rd_int(r, 1);
}

u16 tlso_rd_u16(struct tlso_rd *r)
{
	return (u16)rd_int(r, 2);
}

u32 tlso_rd_u24(struct tlso_rd *r)
{
	return (u32)rd_int(r, 3);
}

u32 tlso_rd_u32(struct tlso_rd *r)
{
	return (u32)rd_int(r, 4);
}

u64 tlso_rd_u64(struct tlso_rd *r)
{
	return rd_int(r, 8);
}

void tlso_rd_copy(struct tlso_rd *r, void *out, size_t n)
{
	const u8 *p = tlso_rd_bytes(r, n);

	if (r->bad)
		memset(out, 0, n);
	else
		memcpy(out, p, n);
}

struct tlso_rd tlso_rd_vec(struct tlso_rd *r, unsigned int width)
{
	size_t n = (size_t)rd_int(r, width);
	const u8 *p = tlso_rd_bytes(r, n);
	struct tlso_rd v;

	tlso_rd_init(&v, p, r->bad ? 0 : n);
	v.bad = r->bad;
	return v;
}

bool tlso_rd_done(const struct tlso_rd *r)
{
	return !r->bad && r->n == 0;
}

void tlso_wr_init(struct tlso_wr *w, void *p, size_t cap)
{
	w->p = p;
	w->cap = cap;
	w->n = 0;
	w->bad = false;
}

static u8 *wr_take(struct tlso_wr *w, size_t n)
{
	u8 *p;

	if (w->bad || n > w->cap - w->n) {
		w->bad = true;
		return NULL;
	}
	p = w->p + w->n;
	w->n += n;
	return p;
}

static void put_int(u8 *p, unsigned int width, u64 v)
{
	while (width--) {
		p[width] = (u8)v;
		v >>= 8;
	}
}

static void wr_int(struct tlso_wr *w, unsigned int width, u64 v)
{
	u8 *p = wr_take(w, width);

	if (p)
		put_int(p, width, v);
}

void tlso_wr_u8(struct tlso_wr *w, u8 v)
{
	wr_int(w, 1, v);
}

void tlso_wr_u16(struct tlso_wr *w, u16 v)
{
	wr_int(w, 2, v);
}

void tlso_wr_u24(struct tlso_wr *w, u32 v)
{
	wr_int(w, 3, v);
}

void tlso_wr_u32(struct tlso_wr *w, u32 v)
{
	wr_int(w, 4, v);
}

void tlso_wr_u64(struct tlso_wr *w, u64 v)
{
	wr_int(w, 8, v);
}

void tlso_wr_bytes(struct tlso_wr *w, const void *p, size_t n)
{
	u8 *to = wr_take(w, n);

	if (to && n)
		memcpy(to, p, n);
}

u8 *tlso_wr_room(struct tlso_wr *w, size_t n)
{
	u8 *p = wr_take(w, n);

	if (p)
		memset(p, 0, n);
	return p;
}

size_t tlso_wr_open(struct tlso_wr *w, unsigned int width)
{
	size_t at = w->n;

	wr_int(w, width, 0);
	return at;
}

void tlso_wr_close(struct tlso_wr *w, size_t at, unsigned int width)
{
	size_t n;

	if (w->bad)
		return;
	n = w->n - at - width;
	if (n >> (8 * width))
		w->bad = true;
	else
		put_int(w->p + at, width, n);
}

void tlso_wr_patch(struct tlso_wr *w, size_t at, unsigned int width, u32 v)
{
	if (w->bad || at > w->n || width > w->n - at)
		w->bad = true;
	else
		put_int(w->p + at, width, v);
}
