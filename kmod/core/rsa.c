// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Raw RSA, see rsa.h. */
#include "rsa.h"

#define BITS_MIN 2048
#define BITS_MAX 4096

enum { N, E, D, P, Q, DP, DQ, QINV, PARTS };

/* Lengths are no secret; DER has them without leading zeros, and so have we. */
static bool sizes_fit(const struct tlso_key_blob *b)
{
	size_t len = b->part[N].n, half = len / 2;

	return b->type == TLSO_KEY_RSA && b->parts == PARTS &&
	       len >= BITS_MIN / 8 && len <= BITS_MAX / 8 && len % 2 == 0 &&
	       (b->part[N].p[0] & 0x80) && (b->part[N].p[len - 1] & 1) &&
	       b->part[E].n >= 1 && b->part[E].n <= 8 &&
	       b->part[P].n == half && b->part[Q].n == half &&
	       b->part[D].n <= len && b->part[DP].n <= half &&
	       b->part[DQ].n <= half && b->part[QINV].n <= half;
}

/* All ones if e * x == 1 modulo prime - 1, x of nx words. */
static u64 inverse_below(u64 e, const u64 *x, unsigned int nx,
			 const u64 *prime, unsigned int np,
			 struct tlso_rsa_work *w)
{
	u64 *product = w->table, *m = w->half[0], *rest = w->half[1];
	u64 one[TLSO_RSA_PRIME_WORDS] = { 1 };

	tlso_words_sub(m, prime, one, np);
	tlso_words_mul(product, x, nx, &e, 1);
	tlso_words_rem(rest, product, nx + 1, m, np);
	return tlso_words_equal(rest, one, np);
}

/* RFC 8017 3.2: what has to be true of the numbers. */
static u64 consistent(const struct tlso_rsa_key *k, const u64 *d,
		      struct tlso_rsa_work *w)
{
	unsigned int np = k->p.n;
	u64 good;

	tlso_words_mul(w->a, k->p_m, np, k->q_m, np);
	good = tlso_words_equal(w->a, k->n_m, 2 * np);
	good &= tlso_words_less(k->dp, k->p_m, np);
	good &= tlso_words_less(k->dq, k->q_m, np);
	good &= tlso_words_less(k->qinv, k->p_m, np);
	tlso_modn_enter(&k->p, w->a, k->q_m);
	tlso_modn_mul(&k->p, w->a, w->a, k->qinv);
	memset(w->b, 0, sizeof(w->b));
	w->b[0] = 1;
	good &= tlso_words_equal(w->a, w->b, np);
	good &= inverse_below(k->e, k->dp, np, k->p_m, np, w);
	good &= inverse_below(k->e, k->dq, np, k->q_m, np, w);
	good &= inverse_below(k->e, d, 2 * np, k->p_m, np, w);
	good &= inverse_below(k->e, d, 2 * np, k->q_m, np, w);
	return good;
}

static bool top_and_bottom(const struct tlso_key_blob *b, unsigned int part)
{
	size_t n = b->part[part].n;
	u8 bits = (b->part[part].p[0] >> 7) & b->part[part].p[n - 1] & 1;

	tlso_ct_public(&bits, sizeof(bits));
	return bits;
}

int tlso_rsa_load(struct tlso_rsa_key *k, const struct tlso_key_blob *b,
		  struct tlso_rsa_work *w)
{
	unsigned int np;
	u64 good;

	memset(k, 0, sizeof(*k));
	if (!sizes_fit(b) || !top_and_bottom(b, P) || !top_and_bottom(b, Q))
		return -1;
	k->len = (unsigned int)b->part[N].n;
	np = (k->len / 2 + 7) / 8;
	tlso_words_read(&k->e, 1, b->part[E].p, b->part[E].n);
	if (k->e < 3 || !(k->e & 1))
		return -1;
	tlso_words_read(k->n_m, 2 * np, b->part[N].p, b->part[N].n);
	tlso_words_read(k->p_m, np, b->part[P].p, b->part[P].n);
	tlso_words_read(k->q_m, np, b->part[Q].p, b->part[Q].n);
	tlso_words_read(k->dp, np, b->part[DP].p, b->part[DP].n);
	tlso_words_read(k->dq, np, b->part[DQ].p, b->part[DQ].n);
	tlso_words_read(k->qinv, np, b->part[QINV].p, b->part[QINV].n);
	tlso_modn_init(&k->n, k->n_m, k->n_rr, 2 * np);
	tlso_modn_init(&k->p, k->p_m, k->p_rr, np);
	tlso_modn_init(&k->q, k->q_m, k->q_rr, np);
	tlso_words_read(w->c, 2 * np, b->part[D].p, b->part[D].n);
	good = consistent(k, w->c, w) & 1;
	tlso_wipe(w, sizeof(*w));
	tlso_ct_public(&good, sizeof(good));
	if (good)
		return 0;
	tlso_wipe(k, sizeof(*k));
	return -1;
}

/* r = x mod m in Montgomery form; x has twice as many words as m. With x = high
 * R + low, x R = (high R) R + low R.
 */
static void reduce(const struct tlso_modn *m, u64 *r, u64 *t, const u64 *x)
{
	tlso_modn_enter(m, r, x + m->n);
	tlso_modn_enter(m, r, r);
	tlso_modn_enter(m, t, x);
	tlso_modn_add(m, r, r, t);
}

/* r = the number below n that is p_part modulo p, q_part modulo q, both in
 * Montgomery form; RFC 8017 5.1.2, 2b. Uses half[2], and p_part.
 */
static void combine(const struct tlso_rsa_key *k, u64 *r, u64 *p_part,
		    const u64 *q_part, struct tlso_rsa_work *w)
{
	u64 *t = w->half[2], none[TLSO_RSA_PRIME_WORDS] = { 0 }, carry;
	unsigned int np = k->p.n;

	tlso_modn_leave(&k->q, w->c, q_part);
	tlso_modn_enter(&k->p, t, w->c);
	tlso_modn_sub(&k->p, p_part, p_part, t);
	/* One factor in Montgomery form, the other not: neither is the result. */
	tlso_modn_mul(&k->p, t, p_part, k->qinv);
	tlso_words_mul(r, k->q_m, np, t, np);
	carry = tlso_words_add(r, r, w->c, np);
	none[0] = carry;
	tlso_words_add(r + np, r + np, none, np);
}

/* r = x^ep mod p, x^eq mod q, combined; r may be x. */
static void power(const struct tlso_rsa_key *k, u64 *r, const u64 *x,
		  const u64 *ep, const u64 *eq, struct tlso_rsa_work *w)
{
	reduce(&k->p, w->half[2], w->half[0], x);
	tlso_modn_pow(&k->p, w->half[0], w->half[2], ep, w->table);
	reduce(&k->q, w->half[2], w->half[1], x);
	tlso_modn_pow(&k->q, w->half[1], w->half[2], eq, w->table);
	combine(k, r, w->half[0], w->half[1], w);
}

/* r = x^e mod n, in Montgomery form both. */
static void power_e(const struct tlso_rsa_key *k, u64 *r, const u64 *x)
{
	tlso_modn_pow_public(&k->n, r, x, &k->e, 1);
}

void tlso_rsa_blind_new(const struct tlso_rsa_key *k, struct tlso_rsa_blind *b,
			const u8 *random, struct tlso_rsa_work *w)
{
	u64 two[TLSO_RSA_PRIME_WORDS] = { 2 };
	unsigned int np = k->p.n;
	u64 *ep = w->b, *eq = w->b + np;

	/* Any number below R; that it is a multiple of p or q does not happen,
	 * and would fail the check of the private operation.
	 */
	tlso_words_read(w->a, k->n.n, random, k->len);
	tlso_words_sub(ep, k->p_m, two, np);
	tlso_words_sub(eq, k->q_m, two, np);
	power(k, b->out, w->a, ep, eq, w);
	tlso_modn_enter(&k->n, b->out, b->out);
	tlso_modn_enter(&k->n, w->a, w->a);
	power_e(k, b->in, w->a);
	tlso_wipe(w, sizeof(*w));
}

void tlso_rsa_blind_next(const struct tlso_rsa_key *k, struct tlso_rsa_blind *b)
{
	tlso_modn_mul(&k->n, b->in, b->in, b->in);
	tlso_modn_mul(&k->n, b->out, b->out, b->out);
}

int tlso_rsa_private(const struct tlso_rsa_key *k,
		     const struct tlso_rsa_blind *b, const u8 *in, u8 *out,
		     struct tlso_rsa_work *w)
{
	unsigned int nn = k->n.n;
	u64 good;

	tlso_words_read(w->b, nn, in, k->len);
	good = tlso_words_less(w->b, k->n_m, nn);
	/* Montgomery form times a plain number: a plain number. */
	tlso_modn_mul(&k->n, w->a, w->b, b->in);
	power(k, w->a, w->a, k->dp, k->dq, w);
	tlso_modn_mul(&k->n, w->a, w->a, b->out);

	tlso_modn_enter(&k->n, w->c, w->a);
	power_e(k, w->table, w->c);
	tlso_modn_leave(&k->n, w->c, w->table);
	good &= tlso_words_equal(w->c, w->b, nn);

	memset(w->b, 0, sizeof(w->b));
	tlso_words_select(w->a, good, w->a, w->b, nn);
	tlso_words_write(out, k->len, w->a, nn);
	tlso_wipe(w, sizeof(*w));
	good &= 1;
	tlso_ct_public(&good, sizeof(good));
	return good ? 0 : -1;
}

int tlso_rsa_public(const struct tlso_pubkey *key, const u8 *in, u8 *out,
		    struct tlso_rsa_work *w)
{
	u64 *m = w->table, *rr = w->table + TLSO_RSA_WORDS, e;
	unsigned int n = (key->n_len + 7) / 8;
	struct tlso_modn d;

	if (key->type != TLSO_KEY_RSA || !key->n_len ||
	    key->n_len > TLSO_RSA_MAX || !(key->n[key->n_len - 1] & 1) ||
	    !key->e_len || key->e_len > sizeof(key->e))
		return -1;
	tlso_words_read(&e, 1, key->e, key->e_len);
	tlso_words_read(m, n, key->n, key->n_len);
	tlso_words_read(w->a, n, in, key->n_len);
	if (e < 3 || !(e & 1) || !tlso_words_less(w->a, m, n))
		return -1;
	tlso_modn_init(&d, m, rr, n);
	tlso_modn_enter(&d, w->a, w->a);
	tlso_modn_pow_public(&d, w->b, w->a, &e, 1);
	tlso_modn_leave(&d, w->b, w->b);
	tlso_words_write(out, key->n_len, w->b, n);
	return 0;
}
