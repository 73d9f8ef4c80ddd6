// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* ECDSA and the DER of its signatures, see ecdsa.h. */
#include "buf.h"
#include "ec_base.h"
#include "ecdsa.h"

#define DER_INTEGER 0x02
#define DER_SEQUENCE 0x30

/* SEC 1 4.1.3 5: the digest's leftmost bits as a number; Montgomery form. */
static void digest_number(const struct tlso_curve *c, u64 *z, const u8 *digest,
			  size_t n)
{
	tlso_words_read(z, c->n.n, digest, n < c->len ? n : c->len);
	tlso_modn_enter(&c->n, z, z);
}

/* The x coordinate modulo the order. */
static int x_mod_n(const struct tlso_curve *c, u64 *r,
		   const struct tlso_point *a)
{
	if (tlso_point_x(c, r, a))
		return -1;
	tlso_modn_enter(&c->n, r, r);
	tlso_modn_leave(&c->n, r, r);
	return 0;
}

int tlso_ecdsa_sign(const struct tlso_curve *c, const u8 *priv, const u8 *k,
		    const u8 *digest, size_t n, u8 *r, u8 *s,
		    struct tlso_ec_work *w)
{
	const struct tlso_modn *q = &c->n;
	struct {
		u64 k[TLSO_EC_WORDS], d[TLSO_EC_WORDS], z[TLSO_EC_WORDS];
		u64 r[TLSO_EC_WORDS], s[TLSO_EC_WORDS];
	} v;
	u64 bad;
	int ret = -1;

	if (tlso_scalar_read(c, v.d, priv) || tlso_scalar_read(c, v.k, k))
		goto out;
	tlso_point_mul_base(c, &w->b, v.k);
	if (x_mod_n(c, v.r, &w->b))
		goto out;
	/* s = (z + r d) / k */
	tlso_modn_enter(q, v.s, v.r);
	tlso_modn_enter(q, v.d, v.d);
	tlso_modn_mul(q, v.d, v.d, v.s);
	digest_number(c, v.z, digest, n);
	tlso_modn_add(q, v.d, v.d, v.z);
	tlso_modn_enter(q, v.k, v.k);
	tlso_modn_invert(q, v.s, v.k);
	tlso_modn_mul(q, v.s, v.s, v.d);
	tlso_modn_leave(q, v.s, v.s);
	bad = (tlso_words_zero(v.r, q->n) | tlso_words_zero(v.s, q->n)) & 1;
	tlso_ct_public(&bad, sizeof(bad));
	if (bad)
		goto out;
	tlso_words_write(r, c->len, v.r, q->n);
	tlso_words_write(s, c->len, v.s, q->n);
	ret = 0;
out:
	tlso_wipe(&v, sizeof(v));
	tlso_wipe(w, sizeof(*w));
	return ret;
}

int tlso_ecdsa_verify(const struct tlso_curve *c, const u8 *point,
		      size_t point_len, const u8 *digest, size_t n, const u8 *r,
		      const u8 *s, struct tlso_ec_work *w)
{
	const struct tlso_modn *q = &c->n;
	u64 rn[TLSO_EC_WORDS], u1[TLSO_EC_WORDS], u2[TLSO_EC_WORDS];
	u64 t[TLSO_EC_WORDS];

	if (tlso_point_read(c, &w->a, point, point_len) ||
	    tlso_scalar_read(c, rn, r) || tlso_scalar_read(c, t, s))
		return -1;
	tlso_modn_enter(q, t, t);
	tlso_modn_invert(q, u2, t); /* w of SEC 1 */
	digest_number(c, u1, digest, n);
	tlso_modn_mul(q, u1, u1, u2);
	tlso_modn_leave(q, u1, u1);
	tlso_modn_enter(q, t, rn);
	tlso_modn_mul(q, u2, t, u2);
	tlso_modn_leave(q, u2, u2);
	tlso_point_mul(c, &w->a, u2, &w->a, w->table);
	tlso_point_mul_base(c, &w->b, u1);
	tlso_point_add(c, &w->a, &w->a, &w->b);
	if (x_mod_n(c, t, &w->a))
		return -1;
	return tlso_words_equal(t, rn, q->n) ? 0 : -1;
}

static void der_write_number(struct tlso_wr *w, const u8 *p, size_t len)
{
	while (len > 1 && !*p) {
		p++;
		len--;
	}
	tlso_wr_u8(w, DER_INTEGER);
	tlso_wr_u8(w, (u8)(len + (*p >> 7)));
	if (*p >> 7)
		tlso_wr_u8(w, 0);
	tlso_wr_bytes(w, p, len);
}

size_t tlso_ecdsa_der_write(u8 *out, size_t cap, const u8 *r, const u8 *s,
			    size_t len)
{
	struct tlso_wr w;
	size_t at;

	/* Both together stay below 128 bytes: short lengths do. */
	if (len > TLSO_EC_LEN_MAX)
		return 0;
	tlso_wr_init(&w, out, cap);
	tlso_wr_u8(&w, DER_SEQUENCE);
	at = tlso_wr_open(&w, 1);
	der_write_number(&w, r, len);
	der_write_number(&w, s, len);
	tlso_wr_close(&w, at, 1);
	return w.bad ? 0 : w.n;
}

/* X.690 8.3, 10.1: positive, in the fewest bytes. */
static void der_read_number(struct tlso_rd *rd, u8 *out, size_t len)
{
	struct tlso_rd v;

	if (tlso_rd_u8(rd) != DER_INTEGER) {
		rd->bad = true;
		return;
	}
	v = tlso_rd_vec(rd, 1);
	if (v.n && !v.p[0]) {
		(void)tlso_rd_u8(&v);
		if (!v.n || !(v.p[0] & 0x80))
			rd->bad = true; /* zero, or a zero too many */
	} else if (!v.n || (v.p[0] & 0x80)) {
		rd->bad = true;
	}
	if (v.n > len || v.bad)
		rd->bad = true;
	if (rd->bad)
		return;
	memset(out, 0, len - v.n);
	memcpy(out + len - v.n, v.p, v.n);
}

int tlso_ecdsa_der_read(const u8 *p, size_t n, u8 *r, u8 *s, size_t len)
{
	struct tlso_rd outer, v;

	/* A length of 128 or more would not be written in one byte. */
	if (n > 129)
		return -1;
	tlso_rd_init(&outer, p, n);
	if (tlso_rd_u8(&outer) != DER_SEQUENCE)
		return -1;
	v = tlso_rd_vec(&outer, 1);
	if (!tlso_rd_done(&outer))
		return -1;
	der_read_number(&v, r, len);
	der_read_number(&v, s, len);
	return tlso_rd_done(&v) ? 0 : -1;
}
