// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The seam's other formats: finished header, session keys, key blob. Starters
 * are in starter.c. Each reader takes what its writer writes and nothing else.
 */
#include "buf.h"
#include "prf12.h"
#include "seam.h"
#include "suite.h"

/* The next extra; false at the end and where the form is broken (r->bad). */
static bool next_extra(struct tlso_rd *r, u8 *kind, struct tlso_rd *data)
{
	u8 zero;

	if (r->bad || !r->n)
		return false;
	*kind = tlso_rd_u8(r);
	zero = tlso_rd_u8(r);
	*data = tlso_rd_vec(r, 2);
	if (zero)
		r->bad = true;
	return !r->bad;
}

enum tlso_err tlso_finished_read(struct tlso_finished *f, const u8 *p, size_t n)
{
	struct tlso_rd r, data;
	size_t extra_len, len;
	u8 version, err, kind;

	tlso_rd_init(&r, p, n);
	version = tlso_rd_u8(&r);
	f->type = tlso_rd_u8(&r);
	f->epoch = tlso_rd_u8(&r);
	err = tlso_rd_u8(&r);
	f->ops = tlso_rd_u16(&r);
	extra_len = tlso_rd_u16(&r);
	len = tlso_rd_u24(&r);
	f->extra = tlso_rd_bytes(&r, extra_len);
	f->extra_len = extra_len;
	f->body = tlso_rd_bytes(&r, len);
	f->len = len;
	if (!tlso_rd_done(&r) || version != TLSO_SEAM_VERSION ||
	    f->epoch > TLSO_EPOCH_APPLICATION || err >= TLSO_E_COUNT)
		return TLSO_E_SEAM;
	f->err = (enum tlso_err)err;
	tlso_rd_init(&r, f->extra, f->extra_len);
	while (next_extra(&r, &kind, &data))
		;
	return tlso_rd_done(&r) ? TLSO_OK : TLSO_E_SEAM;
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
	tlso_wr_u16(&w, (u16)f->extra_len);
	tlso_wr_u24(&w, (u32)f->len);
}

bool tlso_finished_extra(const struct tlso_finished *f, u8 kind,
			 unsigned int nth, struct tlso_rd *data)
{
	struct tlso_rd r;
	u8 k;

	tlso_rd_init(&r, f->extra, f->extra_len);
	while (next_extra(&r, &k, data))
		if (k == kind && !nth--)
			return true;
	tlso_rd_init(data, NULL, 0);
	return false;
}

/* ---- Session keys -------------------------------------------------------- */

/* TLS 1.2: that of the master secret. */
static u8 secret_len(const struct tlso_suite *s)
{
	return s->version == TLSO_VERSION_12 ? TLSO_MASTER_LEN : s->hash_len;
}

static bool keys_sane(const struct tlso_session_keys *k,
		      const struct tlso_suite *s)
{
	u8 flags = TLSO_KEYS_CLIENT;

	if (!s || k->tls_version != s->version || k->key_len != s->key_len ||
	    k->secret_len != secret_len(s))
		return false;
	if (s->version == TLSO_VERSION_12)
		flags |= TLSO_KEYS_EMS;
	return !(k->flags & ~flags);
}

static void read_direction(struct tlso_rd *r, struct tlso_direction_keys *d,
			   const struct tlso_session_keys *k)
{
	d->seq = tlso_rd_u64(r);
	tlso_rd_copy(r, d->key, k->key_len);
	tlso_rd_copy(r, d->iv, sizeof(d->iv));
	tlso_rd_copy(r, d->secret, k->secret_len);
}

enum tlso_err tlso_session_keys_read(struct tlso_session_keys *k, const u8 *p,
				     size_t n)
{
	struct tlso_rd r;
	u8 version;

	memset(k, 0, sizeof(*k));
	tlso_rd_init(&r, p, n);
	version = tlso_rd_u8(&r);
	k->flags = tlso_rd_u8(&r);
	k->tls_version = tlso_rd_u16(&r);
	k->suite = tlso_rd_u16(&r);
	k->key_len = tlso_rd_u8(&r);
	k->secret_len = tlso_rd_u8(&r);
	if (r.bad || version != TLSO_SEAM_VERSION ||
	    !keys_sane(k, tlso_suite_find(k->suite)))
		goto bad;
	read_direction(&r, &k->tx, k);
	read_direction(&r, &k->rx, k);
	tlso_rd_copy(&r, k->resumption, k->secret_len);
	if (!tlso_rd_done(&r))
		goto bad;
	return TLSO_OK;
bad:
	tlso_wipe(k, sizeof(*k));
	return TLSO_E_SEAM;
}

static void write_direction(struct tlso_wr *w,
			    const struct tlso_direction_keys *d,
			    const struct tlso_session_keys *k)
{
	tlso_wr_u64(w, d->seq);
	tlso_wr_bytes(w, d->key, k->key_len);
	tlso_wr_bytes(w, d->iv, sizeof(d->iv));
	tlso_wr_bytes(w, d->secret, k->secret_len);
}

enum tlso_err tlso_session_keys_write(const struct tlso_session_keys *k, u8 *p,
				      size_t cap, size_t *n)
{
	struct tlso_wr w;

	*n = 0;
	if (!keys_sane(k, tlso_suite_find(k->suite)))
		return TLSO_E_STATE;
	tlso_wr_init(&w, p, cap);
	tlso_wr_u8(&w, TLSO_SEAM_VERSION);
	tlso_wr_u8(&w, k->flags);
	tlso_wr_u16(&w, k->tls_version);
	tlso_wr_u16(&w, k->suite);
	tlso_wr_u8(&w, k->key_len);
	tlso_wr_u8(&w, k->secret_len);
	write_direction(&w, &k->tx, k);
	write_direction(&w, &k->rx, k);
	tlso_wr_bytes(&w, k->resumption, k->secret_len);
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
