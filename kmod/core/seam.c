// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The seam's other formats: finished header, session keys, key blob. Starters
 * are in starter.c. Each reader takes what its writer writes and nothing else.
 */
#include "buf.h"
#include "seam.h"
#include "suite.h"

enum tlso_err tlso_finished_read(struct tlso_finished *f, const u8 *p, size_t n)
{
	struct tlso_rd r, body;
	u8 version, err;
	u16 zero;

	tlso_rd_init(&r, p, n);
	version = tlso_rd_u8(&r);
	f->type = tlso_rd_u8(&r);
	f->epoch = tlso_rd_u8(&r);
	err = tlso_rd_u8(&r);
	f->ops = tlso_rd_u16(&r);
	zero = tlso_rd_u16(&r);
	body = tlso_rd_vec(&r, 3);
	if (!tlso_rd_done(&r) || version != TLSO_SEAM_VERSION || zero ||
	    f->epoch > TLSO_EPOCH_APPLICATION || err >= TLSO_E_COUNT)
		return TLSO_E_SEAM;
	f->err = (enum tlso_err)err;
	f->body = body.p;
	f->len = body.n;
	return TLSO_OK;
}

void tlso_finished_write_hdr(u8 *p, const struct tlso_finished *f)
{
	struct tlso_wr w;

	tlso_wr_init(&w, p, TLSO_FINISHED_HDR);
	tlso_wr_u8(&w, TLSO_SEAM_VERSION);
	tlso_wr_u8(&w, f->type);
	tlso_wr_u8(&w, f->epoch);
	tlso_wr_u8(&w, (u8)f->err);
	tlso_wr_u16(&w, f->ops);
	tlso_wr_u16(&w, 0);
	tlso_wr_u24(&w, (u32)f->len);
}

/* ---- Session keys -------------------------------------------------------- */

static void read_direction(struct tlso_rd *r, struct tlso_direction_keys *d,
			   const struct tlso_suite *s)
{
	d->seq = tlso_rd_u64(r);
	tlso_rd_copy(r, d->key, s->key_len);
	tlso_rd_copy(r, d->iv, sizeof(d->iv));
	tlso_rd_copy(r, d->secret, s->hash_len);
}

enum tlso_err tlso_session_keys_read(struct tlso_session_keys *k, const u8 *p,
				     size_t n)
{
	const struct tlso_suite *s;
	struct tlso_rd r;
	u8 version, zero;

	memset(k, 0, sizeof(*k));
	tlso_rd_init(&r, p, n);
	version = tlso_rd_u8(&r);
	zero = tlso_rd_u8(&r);
	k->tls_version = tlso_rd_u16(&r);
	k->suite = tlso_rd_u16(&r);
	k->key_len = tlso_rd_u8(&r);
	k->secret_len = tlso_rd_u8(&r);
	s = tlso_suite_find(k->suite);
	if (r.bad || version != TLSO_SEAM_VERSION || zero || !s ||
	    k->tls_version != TLSO_VERSION_13 || k->key_len != s->key_len ||
	    k->secret_len != s->hash_len)
		goto bad;
	read_direction(&r, &k->tx, s);
	read_direction(&r, &k->rx, s);
	tlso_rd_copy(&r, k->resumption, s->hash_len);
	if (!tlso_rd_done(&r))
		goto bad;
	return TLSO_OK;
bad:
	tlso_wipe(k, sizeof(*k));
	return TLSO_E_SEAM;
}

static void write_direction(struct tlso_wr *w,
			    const struct tlso_direction_keys *d,
			    const struct tlso_suite *s)
{
	tlso_wr_u64(w, d->seq);
	tlso_wr_bytes(w, d->key, s->key_len);
	tlso_wr_bytes(w, d->iv, sizeof(d->iv));
	tlso_wr_bytes(w, d->secret, s->hash_len);
}

enum tlso_err tlso_session_keys_write(const struct tlso_session_keys *k, u8 *p,
				      size_t cap, size_t *n)
{
	const struct tlso_suite *s = tlso_suite_find(k->suite);
	struct tlso_wr w;

	*n = 0;
	if (!s || k->key_len != s->key_len || k->secret_len != s->hash_len)
		return TLSO_E_STATE;
	tlso_wr_init(&w, p, cap);
	tlso_wr_u8(&w, TLSO_SEAM_VERSION);
	tlso_wr_u8(&w, 0);
	tlso_wr_u16(&w, k->tls_version);
	tlso_wr_u16(&w, k->suite);
	tlso_wr_u8(&w, k->key_len);
	tlso_wr_u8(&w, k->secret_len);
	write_direction(&w, &k->tx, s);
	write_direction(&w, &k->rx, s);
	tlso_wr_bytes(&w, k->resumption, s->hash_len);
	if (w.bad) {
		tlso_wipe(p, w.n);
		return TLSO_E_SPACE;
	}
	*n = w.n;
	return TLSO_OK;
}

/* ---- Key blob ------------------------------------------------------------ */

static u8 key_parts(u8 type)
{
	switch (type) {
	case TLSO_KEY_RSA:
		return 8;
	case TLSO_KEY_P256:
	case TLSO_KEY_P384:
		return 2;
	default:
		return 0;
	}
}

static bool blob_sane(const struct tlso_key_blob *b)
{
	size_t field = b->type == TLSO_KEY_P384 ? 48 : 32;
	unsigned int i;

	if (!b->parts || b->parts != key_parts((u8)b->type))
		return false;
	for (i = 0; i < b->parts; i++)
		if (!b->part[i].n || b->part[i].n > TLSO_SIG_MAX)
			return false;
	if (b->type == TLSO_KEY_RSA) /* no leading zero: n's length counts */
		return b->part[0].p[0] != 0;
	return b->part[0].n == field && b->part[1].n == 1 + 2 * field &&
	       b->part[1].p[0] == 4;
}

enum tlso_err tlso_key_blob_read(struct tlso_key_blob *b, const u8 *p, size_t n)
{
	struct tlso_rd r, v;
	u8 version, type;
	u16 zero;
	unsigned int i;

	memset(b, 0, sizeof(*b));
	if (n > TLSO_KEY_BLOB_MAX)
		return TLSO_E_SEAM;
	tlso_rd_init(&r, p, n);
	version = tlso_rd_u8(&r);
	type = tlso_rd_u8(&r);
	zero = tlso_rd_u16(&r);
	if (r.bad || version != TLSO_KEY_BLOB_VERSION || zero || !key_parts(type))
		return TLSO_E_SEAM;
	b->type = (enum tlso_key_type)type;
	b->parts = key_parts(type);
	for (i = 0; i < b->parts; i++) {
		v = tlso_rd_vec(&r, 2);
		b->part[i].p = v.p;
		b->part[i].n = v.n;
	}
	if (!tlso_rd_done(&r) || !blob_sane(b))
		return TLSO_E_SEAM;
	return TLSO_OK;
}

enum tlso_err tlso_key_blob_write(const struct tlso_key_blob *b, u8 *p,
				  size_t cap, size_t *n)
{
	struct tlso_wr w;
	unsigned int i;

	*n = 0;
	if (!blob_sane(b))
		return TLSO_E_SEAM;
	tlso_wr_init(&w, p, cap < TLSO_KEY_BLOB_MAX ? cap : TLSO_KEY_BLOB_MAX);
	tlso_wr_u8(&w, TLSO_KEY_BLOB_VERSION);
	tlso_wr_u8(&w, (u8)b->type);
	tlso_wr_u16(&w, 0);
	for (i = 0; i < b->parts; i++) {
		tlso_wr_u16(&w, (u16)b->part[i].n);
		tlso_wr_bytes(&w, b->part[i].p, b->part[i].n);
	}
	if (w.bad) {
		tlso_wipe(p, w.n);
		return TLSO_E_SPACE;
	}
	*n = w.n;
	return TLSO_OK;
}

u16 tlso_key_blob_bits(const struct tlso_key_blob *b)
{
	u16 bits;
	u8 top;

	if (!blob_sane(b))
		return 0;
	if (b->type != TLSO_KEY_RSA)
		return (u16)(8 * b->part[0].n);
	bits = (u16)(8 * (b->part[0].n - 1));
	for (top = b->part[0].p[0]; top; top >>= 1)
		bits++;
	return bits;
}
