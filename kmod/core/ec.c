// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Points on P-256 and P-384, see ec.h. The addition is algorithms 4 and 5 of
 * Renes, Costello, Batina, "Complete addition formulas for prime order elliptic
 * curves" (EUROCRYPT 2016), for a = -3. It doubles, too, so nothing else is
 * needed.
 */
#include "ec_base.h"

/* FIPS 186-4 D.1.2.3, D.1.2.4, as words; b and the base point in Montgomery
 * form, *_rr R^2; tests compute them again.
 */
static const u64 p256_p[] = {
	0xffffffffffffffffull, 0x00000000ffffffffull,
	0x0000000000000000ull, 0xffffffff00000001ull,
};

static const u64 p256_p_rr[] = {
	0x0000000000000003ull, 0xfffffffbffffffffull,
	0xfffffffffffffffeull, 0x00000004fffffffdull,
};

static const u64 p256_n[] = {
	0xf3b9cac2fc632551ull, 0xbce6faada7179e84ull,
	0xffffffffffffffffull, 0xffffffff00000000ull,
};

static const u64 p256_n_rr[] = {
	0x83244c95be79eea2ull, 0x4699799c49bd6fa6ull,
	0x2845b2392b6bec59ull, 0x66e12d94f3d95620ull,
};

static const u64 p256_b[] = {
	0xd89cdf6229c4bddfull, 0xacf005cd78843090ull,
	0xe5a220abf7212ed6ull, 0xdc30061d04874834ull,
};

static const u64 p256_gx[] = {
	0x79e730d418a9143cull, 0x75ba95fc5fedb601ull,
	0x79fb732b77622510ull, 0x18905f76a53755c6ull,
};

static const u64 p256_gy[] = {
	0xddf25357ce95560aull, 0x8b4ab8e4ba19e45cull,
	0xd2e88688dd21f325ull, 0x8571ff1825885d85ull,
};

static const struct tlso_curve p256 = {
	.p = { p256_p, p256_p_rr, 0x0000000000000001ull, 4, TLSO_MODN_P256 },
	.n = { p256_n, p256_n_rr, 0xccd1c8aaee00bc4full, 4, TLSO_MODN_ANY },
	.b = p256_b,
	.gx = p256_gx,
	.gy = p256_gy,
	.len = 32,
	.table = tlso_p256_table,
	.step = TLSO_P256_STEP,
};

static const u64 p384_p[] = {
	0x00000000ffffffffull, 0xffffffff00000000ull,
	0xfffffffffffffffeull, 0xffffffffffffffffull,
	0xffffffffffffffffull, 0xffffffffffffffffull,
};

static const u64 p384_p_rr[] = {
	0xfffffffe00000001ull, 0x0000000200000000ull,
	0xfffffffe00000000ull, 0x0000000200000000ull,
	0x0000000000000001ull, 0x0000000000000000ull,
};

static const u64 p384_n[] = {
	0xecec196accc52973ull, 0x581a0db248b0a77aull,
	0xc7634d81f4372ddfull, 0xffffffffffffffffull,
	0xffffffffffffffffull, 0xffffffffffffffffull,
};

static const u64 p384_n_rr[] = {
	0x2d319b2419b409a9ull, 0xff3d81e5df1aa419ull,
	0xbc3e483afcb82947ull, 0xd40d49174aab1cc5ull,
	0x3fb05b7a28266895ull, 0x0c84ee012b39bf21ull,
};

static const u64 p384_b[] = {
	0x081188719d412dccull, 0xf729add87a4c32ecull,
	0x77f2209b1920022eull, 0xe3374bee94938ae2ull,
	0xb62b21f41f022094ull, 0xcd08114b604fbff9ull,
};

static const u64 p384_gx[] = {
	0x3dd0756649c0b528ull, 0x20e378e2a0d6ce38ull,
	0x879c3afc541b4d6eull, 0x6454868459a30effull,
	0x812ff723614ede2bull, 0x4d3aadc2299e1513ull,
};

static const u64 p384_gy[] = {
	0x23043dad4b03a4feull, 0xa1bfa8bf7bb4a9acull,
	0x8bade7562e83b050ull, 0xc6c3521968f4ffd9ull,
	0xdd8002263969a840ull, 0x2b78abc25a15c5e9ull,
};

static const struct tlso_curve p384 = {
	.p = { p384_p, p384_p_rr, 0x0000000100000001ull, 6, TLSO_MODN_ANY },
	.n = { p384_n, p384_n_rr, 0x6ed46089e88fdc45ull, 6, TLSO_MODN_ANY },
	.b = p384_b,
	.gx = p384_gx,
	.gy = p384_gy,
	.len = 48,
	.table = tlso_p384_table,
	.step = TLSO_P384_STEP,
};

const struct tlso_curve *tlso_curve_of(enum tlso_key_type type)
{
	switch (type) {
	case TLSO_KEY_P256:
		return &p256;
	case TLSO_KEY_P384:
		return &p384;
	default:
		return NULL;
	}
}

/* Makes a verdict of a mask: true where it is not zero. */
static bool public_bit(u64 mask)
{
	u64 bit = mask & 1;

	tlso_ct_public(&bit, sizeof(bit));
	return bit;
}

int tlso_scalar_read(const struct tlso_curve *c, u64 *k, const u8 *p)
{
	unsigned int n = c->n.n;

	tlso_words_read(k, n, p, c->len);
	if (public_bit(tlso_words_less(k, c->n.m, n) & ~tlso_words_zero(k, n)))
		return 0;
	tlso_wipe(k, n * sizeof(*k));
	return -1;
}

/* y^2 = x^3 - 3x + b, all in Montgomery form */
static u64 on_curve(const struct tlso_curve *c, const u64 *x, const u64 *y)
{
	const struct tlso_modn *f = &c->p;
	u64 left[TLSO_EC_WORDS], right[TLSO_EC_WORDS];

	tlso_modn_mul(f, right, x, x);
	tlso_modn_mul(f, right, right, x);
	tlso_modn_sub(f, right, right, x);
	tlso_modn_sub(f, right, right, x);
	tlso_modn_sub(f, right, right, x);
	tlso_modn_add(f, right, right, c->b);
	tlso_modn_mul(f, left, y, y);
	return tlso_words_equal(left, right, f->n);
}

int tlso_point_read(const struct tlso_curve *c, struct tlso_point *a,
		    const u8 *p, size_t n)
{
	const struct tlso_modn *f = &c->p;
	u64 good;

	if (n != 1 + 2 * c->len || p[0] != 4)
		return -1;
	tlso_words_read(a->x, f->n, p + 1, c->len);
	tlso_words_read(a->y, f->n, p + 1 + c->len, c->len);
	good = tlso_words_less(a->x, f->m, f->n) &
	       tlso_words_less(a->y, f->m, f->n);
	tlso_modn_enter(f, a->x, a->x);
	tlso_modn_enter(f, a->y, a->y);
	tlso_modn_one(f, a->z);
	good &= on_curve(c, a->x, a->y);
	return public_bit(good) ? 0 : -1;
}

/* 1 / Z, or -1 for infinity. */
static int inverse_z(const struct tlso_curve *c, u64 *z,
		     const struct tlso_point *a)
{
	if (public_bit(tlso_words_zero(a->z, c->p.n)))
		return -1;
	tlso_modn_invert(&c->p, z, a->z);
	return 0;
}

int tlso_point_x(const struct tlso_curve *c, u64 *x, const struct tlso_point *a)
{
	u64 z[TLSO_EC_WORDS];

	if (inverse_z(c, z, a))
		return -1;
	tlso_modn_mul(&c->p, x, a->x, z);
	tlso_modn_leave(&c->p, x, x);
	tlso_wipe(z, sizeof(z));
	return 0;
}

int tlso_point_write(const struct tlso_curve *c, u8 *p,
		     const struct tlso_point *a)
{
	u64 z[TLSO_EC_WORDS], t[TLSO_EC_WORDS];

	if (inverse_z(c, z, a))
		return -1;
	p[0] = 4;
	tlso_modn_mul(&c->p, t, a->x, z);
	tlso_modn_leave(&c->p, t, t);
	tlso_words_write(p + 1, c->len, t, c->p.n);
	tlso_modn_mul(&c->p, t, a->y, z);
	tlso_modn_leave(&c->p, t, t);
	tlso_words_write(p + 1 + c->len, c->len, t, c->p.n);
	tlso_wipe(z, sizeof(z));
	tlso_wipe(t, sizeof(t));
	return 0;
}

void tlso_point_base(const struct tlso_curve *c, struct tlso_point *a)
{
	size_t n = c->p.n * sizeof(u64);

	memcpy(a->x, c->gx, n);
	memcpy(a->y, c->gy, n);
	tlso_modn_one(&c->p, a->z);
}

/* 0 : 1 : 0 */
void tlso_point_infinity(const struct tlso_curve *c, struct tlso_point *a)
{
	memset(a, 0, sizeof(*a));
	tlso_modn_one(&c->p, a->y);
}

/* What a sum is made of: the products of the coordinates, then free. */
struct sum {
	u64 xx[TLSO_EC_WORDS], yy[TLSO_EC_WORDS], zz[TLSO_EC_WORDS];
	u64 xy[TLSO_EC_WORDS]; /* X1 Y2 + X2 Y1, and so on */
	u64 yz[TLSO_EC_WORDS], xz[TLSO_EC_WORDS];
	u64 t[TLSO_EC_WORDS], u[TLSO_EC_WORDS];
};

/* What both algorithms end with. */
static void finish_sum(const struct tlso_curve *c, struct tlso_point *r,
		       struct sum *s)
{
	const struct tlso_modn *f = &c->p;

	/* u, t = Y1 Y2 -/+ 3 (xz - b Z1 Z2) */
	tlso_modn_mul(f, s->u, c->b, s->zz);
	tlso_modn_sub(f, s->t, s->xz, s->u);
	tlso_modn_add(f, s->u, s->t, s->t);
	tlso_modn_add(f, s->t, s->t, s->u);
	tlso_modn_sub(f, s->u, s->yy, s->t);
	tlso_modn_add(f, s->t, s->yy, s->t);
	/* xz = 3 (b xz - 3 Z1 Z2 - X1 X2) */
	tlso_modn_mul(f, s->xz, c->b, s->xz);
	tlso_modn_add(f, s->yy, s->zz, s->zz);
	tlso_modn_add(f, s->zz, s->yy, s->zz);
	tlso_modn_sub(f, s->xz, s->xz, s->zz);
	tlso_modn_sub(f, s->xz, s->xz, s->xx);
	tlso_modn_add(f, s->yy, s->xz, s->xz);
	tlso_modn_add(f, s->xz, s->yy, s->xz);
	/* xx = 3 (X1 X2 - Z1 Z2) */
	tlso_modn_add(f, s->yy, s->xx, s->xx);
	tlso_modn_add(f, s->xx, s->yy, s->xx);
	tlso_modn_sub(f, s->xx, s->xx, s->zz);

	tlso_modn_mul(f, s->yy, s->yz, s->xz);
	tlso_modn_mul(f, s->zz, s->xx, s->xz);
	tlso_modn_mul(f, s->xz, s->t, s->u);
	tlso_modn_add(f, r->y, s->xz, s->zz);
	tlso_modn_mul(f, s->t, s->xy, s->t);
	tlso_modn_sub(f, r->x, s->t, s->yy);
	tlso_modn_mul(f, s->u, s->yz, s->u);
	tlso_modn_mul(f, s->yy, s->xy, s->xx);
	tlso_modn_add(f, r->z, s->u, s->yy);
}

/* r = a0 b1 + a1 b0, of which @p0 = a0 b0 and @p1 = a1 b1 are known. */
static void cross(const struct tlso_modn *f, u64 *r, struct sum *s,
		  const u64 *a0, const u64 *a1, const u64 *b0, const u64 *b1,
		  const u64 *p0, const u64 *p1)
{
	tlso_modn_add(f, s->t, a0, a1);
	tlso_modn_add(f, s->u, b0, b1);
	tlso_modn_mul(f, r, s->t, s->u);
	tlso_modn_add(f, s->t, p0, p1);
	tlso_modn_sub(f, r, r, s->t);
}

void tlso_point_add(const struct tlso_curve *c, struct tlso_point *r,
		    const struct tlso_point *a, const struct tlso_point *b)
{
	const struct tlso_modn *f = &c->p;
	struct sum s;

	tlso_modn_mul(f, s.xx, a->x, b->x);
	tlso_modn_mul(f, s.yy, a->y, b->y);
	tlso_modn_mul(f, s.zz, a->z, b->z);
	cross(f, s.xy, &s, a->x, a->y, b->x, b->y, s.xx, s.yy);
	cross(f, s.yz, &s, a->y, a->z, b->y, b->z, s.yy, s.zz);
	cross(f, s.xz, &s, a->x, a->z, b->x, b->z, s.xx, s.zz);
	finish_sum(c, r, &s);
	tlso_wipe(&s, sizeof(s));
}

void tlso_point_add_affine(const struct tlso_curve *c, struct tlso_point *r,
			   const struct tlso_point *a, const u64 *x,
			   const u64 *y)
{
	const struct tlso_modn *f = &c->p;
	struct sum s;

	tlso_modn_mul(f, s.xx, a->x, x);
	tlso_modn_mul(f, s.yy, a->y, y);
	memcpy(s.zz, a->z, f->n * sizeof(u64));
	cross(f, s.xy, &s, a->x, a->y, x, y, s.xx, s.yy);
	/* Z2 = 1 */
	tlso_modn_mul(f, s.yz, y, a->z);
	tlso_modn_add(f, s.yz, s.yz, a->y);
	tlso_modn_mul(f, s.xz, x, a->z);
	tlso_modn_add(f, s.xz, s.xz, a->x);
	finish_sum(c, r, &s);
	tlso_wipe(&s, sizeof(s));
}

/* r = table[index], every entry being read. */
static void lookup(const struct tlso_curve *c, struct tlso_point *r,
		   const struct tlso_point table[16], u64 index)
{
	unsigned int i, j;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < 16; i++) {
		u64 mask = tlso_ct_eq(i, index);

		for (j = 0; j < c->p.n; j++) {
			r->x[j] |= table[i].x[j] & mask;
			r->y[j] |= table[i].y[j] & mask;
			r->z[j] |= table[i].z[j] & mask;
		}
	}
}

void tlso_point_mul(const struct tlso_curve *c, struct tlso_point *r,
		    const u64 *k, const struct tlso_point *a,
		    struct tlso_point table[16])
{
	struct tlso_point t;
	unsigned int i;

	tlso_point_infinity(c, &table[0]);
	for (i = 1; i < 16; i++)
		tlso_point_add(c, &table[i], &table[i - 1], a);
	tlso_point_infinity(c, r);
	for (i = c->n.n * 64; i;) {
		i -= 4;
		tlso_point_add(c, r, r, r);
		tlso_point_add(c, r, r, r);
		tlso_point_add(c, r, r, r);
		tlso_point_add(c, r, r, r);
		lookup(c, &t, table, k[i / 64] >> (i % 64) & 15);
		tlso_point_add(c, r, r, &t);
	}
	tlso_wipe(&t, sizeof(t));
}

int tlso_ec_public(const struct tlso_curve *c, const u8 *priv, u8 *point,
		   struct tlso_ec_work *w)
{
	u64 k[TLSO_EC_WORDS];
	int ret;

	if (tlso_scalar_read(c, k, priv))
		return -1;
	tlso_point_mul_base(c, &w->b, k);
	ret = tlso_point_write(c, point, &w->b);
	tlso_wipe(k, sizeof(k));
	tlso_wipe(w, sizeof(*w));
	return ret;
}

int tlso_ec_shared(const struct tlso_curve *c, const u8 *priv, const u8 *peer,
		   u8 *secret, struct tlso_ec_work *w)
{
	u64 k[TLSO_EC_WORDS];
	int ret;

	if (tlso_point_read(c, &w->a, peer, 1 + 2 * c->len) ||
	    tlso_scalar_read(c, k, priv))
		return -1;
	tlso_point_mul(c, &w->b, k, &w->a, w->table);
	/* The order is prime and k below it: never infinity. */
	ret = tlso_point_x(c, k, &w->b);
	if (!ret)
		tlso_words_write(secret, c->len, k, c->p.n);
	tlso_wipe(k, sizeof(k));
	tlso_wipe(w, sizeof(*w));
	return ret;
}
