// SPDX-License-Identifier: GPL-2.0-only
/* One test vector put to a crypto table, see vector.h. */
#include "../../kmod/core/buf.h"
#include "../../kmod/core/keysched.h"
#include "../../kmod/core/rsa_pad.h"
#include "vector.h"

struct part {
	const u8 *p;
	size_t n;
};

struct request {
	const struct tlso_vector_table *t;
	struct part part[TLSO_VECTOR_PARTS];
	unsigned int parts;
	struct tlso_vector_state *state;
	u8 *out; /* after the first byte */
	size_t out_len;
};

static const struct tlso_hash_alg *hash_of(const struct request *r, size_t len)
{
	const struct tlso_crypto *c = r->t->crypto;

	return len == 32 ? c->sha256 : len == 48 ? c->sha384 :
	       len == 64 ? c->sha512 : NULL;
}

static int run_aead(struct request *r, bool open)
{
	const struct tlso_crypto *c = r->t->crypto;
	const struct tlso_aead_alg *all[] = { c->aes128_gcm, c->aes256_gcm,
					      c->chacha20_poly1305 };
	const struct tlso_aead_alg *a;
	const struct part *p = r->part;
	size_t n = p[4].n;

	if (r->parts != 5 || p[0].n != 1 || p[0].p[0] < 1 || p[0].p[0] > 3 ||
	    p[2].n != TLSO_IV_LEN)
		return -2;
	a = all[p[0].p[0] - 1];
	if (p[1].n != a->key_len)
		return -2;
	memcpy(r->out, p[4].p, n);
	if (open) {
		if (n < TLSO_TAG_LEN)
			return -1;
		r->out_len = n - TLSO_TAG_LEN;
		return a->open(p[1].p, p[2].p, p[3].p, p[3].n, r->out,
			       r->out_len);
	}
	r->out_len = n + TLSO_TAG_LEN;
	return a->seal(p[1].p, p[2].p, p[3].p, p[3].n, r->out, n);
}

static int run_derive(struct request *r)
{
	const struct tlso_group_alg *const *g = r->t->crypto->groups;
	const struct part *p = r->part;

	if (r->parts != 3 || p[0].n != 2)
		return -2;
	while (*g && (*g)->id != (p[0].p[0] << 8 | p[0].p[1]))
		g++;
	if (!*g || p[1].n != (*g)->priv_len)
		return -2;
	/* TLS refuses it before it gets here (RFC 8446 4.2.8.2). */
	if (p[2].n != (*g)->share_len)
		return -1;
	r->out_len = (*g)->secret_len;
	return (*g)->derive(NULL, p[1].p, p[2].p, r->out);
}

static int run_verify(struct request *r)
{
	const struct tlso_hash_alg *h;
	const struct part *p = r->part;
	struct tlso_pubkey *key = &r->state->pub;
	struct tlso_hash_ctx ctx;
	u8 digest[TLSO_DIGEST_MAX];
	u16 scheme;

	if (r->parts != 6 || p[0].n != 1 || p[1].n != 2 ||
	    p[2].n > TLSO_RSA_MAX || p[3].n > sizeof(key->e))
		return -2;
	scheme = (u16)(p[1].p[0] << 8 | p[1].p[1]);
	h = tlso_scheme_hash(r->t->crypto, scheme);
	if (!h && scheme == 0x0603)
		h = r->t->crypto->sha512;
	if (!h || h->init(&ctx) || h->update(&ctx, p[4].p, p[4].n) ||
	    h->final(&ctx, digest))
		return -2;
	memset(key, 0, sizeof(*key));
	key->type = p[0].p[0];
	key->n_len = (u16)p[2].n;
	key->bits = (u16)(8 * p[2].n);
	memcpy(key->n, p[2].p, p[2].n);
	if (key->type == TLSO_KEY_RSA) {
		u8 top = p[2].n ? p[2].p[0] : 0x80;

		while (!(top & 0x80)) {
			key->bits--;
			top = top ? (u8)(top << 1) : 0x80;
		}
	} else {
		key->bits = (u16)((p[2].n - 1) * 4);
	}
	key->e_len = (u8)p[3].n;
	memcpy(key->e, p[3].p, p[3].n);
	return r->t->crypto->verify(key, scheme, digest, h->len, p[5].p,
				    p[5].n);
}

static int run_hmac(struct request *r)
{
	const struct part *p = r->part;
	const struct tlso_hash_alg *h;

	if (r->parts != 3 || p[0].n != 1)
		return -2;
	h = hash_of(r, p[0].p[0]);
	if (!h)
		return -2;
	r->out_len = h->len;
	return tlso_hmac(h, p[1].p, p[1].n, p[2].p, p[2].n, NULL, 0, r->out) ==
		       TLSO_OK ? 0 : -1;
}

static int run_label(struct request *r)
{
	const struct part *p = r->part;
	const struct tlso_hash_alg *h;

	if (r->parts != 5 || p[0].n != 1 || p[4].n != 1)
		return -2;
	h = hash_of(r, p[0].p[0]);
	if (!h || p[1].n != h->len)
		return -2;
	r->out_len = p[4].p[0];
	return tlso_expand_label_n(h, p[1].p, (const char *)p[2].p, p[2].n,
				   p[3].p, p[3].n, r->out, r->out_len) ==
		       TLSO_OK ? 0 : -1;
}

static void *load(struct request *r, const struct part *blob)
{
	struct tlso_vector_state *s = r->state;

	if (s->key && s->blob_len == blob->n &&
	    !memcmp(s->blob, blob->p, blob->n))
		return s->key;
	tlso_vector_end(r->t, s);
	if (blob->n > sizeof(s->blob))
		return NULL;
	memcpy(s->blob, blob->p, blob->n);
	s->blob_len = blob->n;
	s->key = r->t->key_new(blob->p, blob->n);
	return s->key;
}

void tlso_vector_end(const struct tlso_vector_table *t,
		     struct tlso_vector_state *s)
{
	if (s->key)
		t->key_free(s->key);
	s->key = NULL;
}

static int run_rsa(struct request *r, bool premaster)
{
	const struct part *p = r->part;
	u8 em[TLSO_RSA_MAX];
	void *key;
	int ret;

	if (r->parts != (premaster ? 4u : 2u) ||
	    (premaster && (p[2].n != 2 || p[3].n != TLSO_PREMASTER_LEN)))
		return -2;
	if (p[1].n > sizeof(em))
		return -1;
	key = load(r, &p[0]);
	if (!key)
		return -2;
	ret = r->t->rsa_private(key, p[1].p, p[1].n, em);
	if (premaster) {
		tlso_rsa_premaster(ret ? NULL : em, p[1].n,
				   (u16)(p[2].p[0] << 8 | p[2].p[1]), p[3].p,
				   r->out);
		r->out_len = TLSO_PREMASTER_LEN;
		return 0;
	}
	memcpy(r->out, em, p[1].n);
	r->out_len = p[1].n;
	return ret;
}

static int run(struct request *r, u8 op)
{
	switch (op) {
	case TLSO_VECTOR_OPEN:
		return run_aead(r, true);
	case TLSO_VECTOR_SEAL:
		return run_aead(r, false);
	case TLSO_VECTOR_DERIVE:
		return run_derive(r);
	case TLSO_VECTOR_VERIFY:
		return run_verify(r);
	case TLSO_VECTOR_HMAC:
		return run_hmac(r);
	case TLSO_VECTOR_PRIVATE:
		return run_rsa(r, false);
	case TLSO_VECTOR_PREMASTER:
		return run_rsa(r, true);
	case TLSO_VECTOR_LABEL:
		return run_label(r);
	default:
		return -2;
	}
}

int tlso_vector_run(const struct tlso_vector_table *t,
		    struct tlso_vector_state *s, const u8 *request, size_t n,
		    u8 *out)
{
	struct request r = { .t = t, .state = s, .out = out + 1 };
	struct tlso_rd rd;
	unsigned int i;
	u8 op;
	int ret;

	tlso_rd_init(&rd, request, n);
	op = tlso_rd_u8(&rd);
	r.parts = tlso_rd_u8(&rd);
	for (i = 0; i < r.parts && i < TLSO_VECTOR_PARTS; i++) {
		struct tlso_rd v = tlso_rd_vec(&rd, 2);

		r.part[i].p = v.p;
		r.part[i].n = v.n;
	}
	if (r.parts > TLSO_VECTOR_PARTS || !tlso_rd_done(&rd) ||
	    n > TLSO_VECTOR_MAX - 1 - TLSO_TAG_LEN)
		return -1;
	ret = run(&r, op);
	if (ret == -2)
		return -1;
	out[0] = ret ? 1 : 0;
	return (int)(1 + (ret ? 0 : r.out_len));
}
