// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Fills: what the completer puts into the messages of a starter (element 1515), and
 * the items that go with them. Each says in which state it may come: the starter is
 * another's, and must not make us sign twice or use a key for what it is not for.
 */
#include "buf.h"
#include "completer_impl.h"
#include "keysched.h"
#include "suite.h"

static u8 *at(const struct tlso_filling *m, size_t off)
{
	return m->w->p + m->start + off;
}

static size_t len_of(const struct tlso_filling *m)
{
	return m->w->n - m->start;
}

/* A ClientHello of ours. */
static bool in_client_hello(const struct tlso_completer *c,
			    const struct tlso_filling *m)
{
	return c->client && *at(m, 0) == TLSO_HS_CLIENT_HELLO;
}

/* ---- Randoms ------------------------------------------------------------- */

/* RFC 8446 4.1.2: in the second ClientHello as in the first. */
static enum tlso_err repeat(const struct tlso_completer *c, bool session_id,
			    u8 *to, size_t n)
{
	const u8 *from = session_id ? c->session_id : c->client_random;
	size_t have = session_id ? c->session_id_len : TLSO_RANDOM_LEN;

	if (!c->hello_sent || (session_id && !c->session_id_ours) || n != have)
		return TLSO_E_SEAM;
	memcpy(to, from, n);
	return TLSO_OK;
}

static enum tlso_err fill_random(struct tlso_completer *c,
				 const struct tlso_filling *m,
				 const struct tlso_starter_fill *f)
{
	bool session_id = f->arg & TLSO_RANDOM_SESSION_ID;
	u8 *to = at(m, f->off);

	if (f->room > TLSO_RANDOM_LEN ||
	    f->arg > (TLSO_RANDOM_SESSION_ID | TLSO_RANDOM_REPEAT) ||
	    (f->arg && !in_client_hello(c, m)))
		return TLSO_E_SEAM;
	if (f->arg & TLSO_RANDOM_REPEAT)
		return repeat(c, session_id, to, f->room);
	if (c->crypto->random(c->rng, to, f->room))
		return TLSO_E_CRYPTO;
	if (session_id) {
		memcpy(c->session_id, to, f->room);
		c->session_id_len = (u8)f->room;
		c->session_id_ours = 1;
	}
	c->ops |= TLSO_OP_SERVER_RANDOM;
	return TLSO_OK;
}

/* ---- Key exchange -------------------------------------------------------- */

/* May an exchange still be made? */
static const struct tlso_group_alg *group_for(const struct tlso_completer *c,
					      u16 group)
{
	const struct tlso_group_alg *g = tlso_group_find(c->crypto, group);

	if (!g || c->share_len || c->master_made ||
	    c->tx_epoch != TLSO_EPOCH_CLEAR ||
	    g->priv_len > TLSO_PRIV_MAX || g->share_len > TLSO_SHARE_MAX ||
	    g->secret_len > TLSO_SECRET_MAX)
		return NULL;
	return g;
}

static enum tlso_err derive(struct tlso_completer *c,
			    const struct tlso_group_alg *g, const u8 *priv,
			    const u8 *peer)
{
	/* The only way for it to fail is a bad public value (7.4.2). */
	if (g->derive(c->rng, priv, peer, c->share_secret))
		return TLSO_E_ILLEGAL;
	c->share_len = g->secret_len;
	c->ops |= TLSO_OP_KEY_SHARE;
	return TLSO_OK;
}

static enum tlso_err fill_key_share(struct tlso_completer *c,
				    const struct tlso_filling *m,
				    const struct tlso_starter_fill *f)
{
	const struct tlso_group_alg *g = group_for(c, f->arg);
	u8 priv[TLSO_PRIV_MAX];
	enum tlso_err e;

	if (!g || !c->version || f->room != g->share_len ||
	    f->data.n != g->share_len)
		return TLSO_E_SEAM;
	e = TLSO_E_CRYPTO;
	if (!g->keygen(c->rng, priv, at(m, f->off)))
		e = derive(c, g, priv, f->data.p);
	tlso_wipe(priv, sizeof(priv));
	return e;
}

static struct tlso_key_gen *find_gen(struct tlso_completer *c, u16 group)
{
	unsigned int i;

	for (i = 0; i < TLSO_KEY_GEN_MAX; i++)
		if (c->gen[i].group == group)
			return &c->gen[i];
	return NULL;
}

static enum tlso_err fill_key_gen(struct tlso_completer *c,
				  struct tlso_filling *m,
				  const struct tlso_starter_fill *f)
{
	const struct tlso_group_alg *g = group_for(c, f->arg);
	struct tlso_key_gen *gen;

	if (!m->gens)
		tlso_wipe(c->gen, sizeof(c->gen));
	if (!g || f->room != g->share_len || m->gens == TLSO_KEY_GEN_MAX ||
	    find_gen(c, f->arg))
		return TLSO_E_SEAM;
	gen = &c->gen[m->gens++];
	if (g->keygen(c->rng, gen->priv, gen->share))
		return TLSO_E_CRYPTO;
	gen->group = f->arg;
	memcpy(at(m, f->off), gen->share, g->share_len);
	return TLSO_OK;
}

static enum tlso_err fill_key_again(struct tlso_completer *c,
				    const struct tlso_filling *m,
				    const struct tlso_starter_fill *f)
{
	const struct tlso_key_gen *gen = find_gen(c, f->arg);

	if (!f->arg || !gen || !in_client_hello(c, m) ||
	    f->room != tlso_group_share_len(f->arg))
		return TLSO_E_SEAM;
	memcpy(at(m, f->off), gen->share, f->room);
	return TLSO_OK;
}

enum tlso_err tlso_share_item(struct tlso_completer *c, u16 group,
			      const u8 *peer, size_t n)
{
	const struct tlso_group_alg *g = group_for(c, group);
	const struct tlso_key_gen *gen = find_gen(c, group);
	enum tlso_err e;

	if (!g || !group || !gen || !c->version)
		return TLSO_E_SEAM;
	if (n != g->share_len)
		return TLSO_E_ILLEGAL;
	e = derive(c, g, gen->priv, peer);
	tlso_wipe(c->gen, sizeof(c->gen));
	return e;
}

/* ---- PSK ----------------------------------------------------------------- */

static enum tlso_err early(struct tlso_completer *c, const u8 *psk, size_t n)
{
	enum tlso_err e = tlso_early_secret(c->hash, psk, n, c->stage);

	c->early_made = !e;
	return e;
}

enum tlso_err tlso_psk_item(struct tlso_completer *c, u16 index)
{
	u8 want[TLSO_HASH_MAX];
	enum tlso_err e;

	if (c->version != TLSO_VERSION_13 || c->early_made ||
	    c->tx_epoch != TLSO_EPOCH_CLEAR)
		return TLSO_E_SEAM;
	if (c->client) {
		if (!c->resume || c->resume->tls_version != TLSO_VERSION_13 ||
		    index || c->resume->secret_len != c->hash->len)
			return TLSO_E_SEAM;
		return early(c, c->resume->secret, c->resume->secret_len);
	}
	if (!c->psk.there || index != c->psk.index ||
	    c->psk.secret_len != c->hash->len)
		return TLSO_E_SEAM;
	e = early(c, c->psk.secret, c->psk.secret_len);
	if (!e)
		e = tlso_psk_binder(c->hash, c->stage, c->psk.thash, want);
	if (!e && (c->psk.binder_len != c->hash->len ||
		   !tlso_equal_ct(want, c->psk.binder, c->hash->len)))
		e = TLSO_E_DECRYPT;
	tlso_wipe(want, sizeof(want));
	tlso_wipe(&c->psk, sizeof(c->psk));
	return e;
}

/* RFC 8446 4.2.11.2: over the ClientHello up to the list that the binder ends. */
static enum tlso_err fill_binder(struct tlso_completer *c,
				 const struct tlso_filling *m,
				 const struct tlso_starter_fill *f)
{
	const struct tlso_resume *r = c->resume;
	const struct tlso_hash_alg *h;
	u8 thash[TLSO_HASH_MAX], secret[TLSO_HASH_MAX];
	enum tlso_err e;

	if (!r || r->tls_version != TLSO_VERSION_13 || !in_client_hello(c, m))
		return TLSO_E_SEAM;
	h = tlso_suite_hash(c->crypto, r->suite);
	if (!h || r->secret_len != h->len || f->room != h->len ||
	    f->off < TLSO_HS_HDR + 3 || f->off + f->room != len_of(m))
		return TLSO_E_SEAM;
	e = tlso_transcript_fork(c, h, at(m, 0), f->off - 3, thash);
	if (e) /* HelloRetryRequest chose another hash */
		return e == TLSO_E_STATE ? TLSO_E_SEAM : e;
	e = tlso_early_secret(h, r->secret, r->secret_len, secret);
	if (!e)
		e = tlso_psk_binder(h, secret, thash, at(m, f->off));
	tlso_ct_public(at(m, f->off), h->len); /* it goes out in clear */
	tlso_wipe(secret, sizeof(secret));
	return e;
}

/* ---- Signatures ---------------------------------------------------------- */

static bool may_sign(const struct tlso_completer *c,
		     const struct tlso_filling *m,
		     const struct tlso_starter_fill *f)
{
	bool ske = f->op == TLSO_FILL_SKE_SIGNATURE;
	u8 type = ske ? TLSO_HS_SERVER_KEY_EXCHANGE :
			TLSO_HS_CERTIFICATE_VERIFY;

	/* One is all that a handshake needs. A starter could hold thousands,
	 * and nothing stops a job that makes them.
	 */
	if (!c->signer || c->signature_made || !c->hash || *at(m, 0) != type)
		return false;
	/* It signs what nobody but this handshake can have chosen. */
	if (!c->hello_seen || !c->hello_sent)
		return false;
	if (c->version == TLSO_VERSION_13)
		return !ske && c->tx_epoch == TLSO_EPOCH_HANDSHAKE &&
		       (!c->client || c->app_made);
	return c->tx_epoch == TLSO_EPOCH_CLEAR && ske == !c->client;
}

static enum tlso_err digest_for(const struct tlso_completer *c,
				const struct tlso_filling *m,
				const struct tlso_starter_fill *f, u8 *digest,
				size_t *n)
{
	enum tlso_err e;

	if (f->op == TLSO_FILL_SIGNATURE)
		e = tlso_cv_digest(c, c->client, f->arg, digest, n);
	else if (f->off < TLSO_HS_HDR + 2)
		e = TLSO_E_SEAM;
	else
		e = tlso_ske_digest(c, f->arg, at(m, TLSO_HS_HDR),
				    f->off - 2 - TLSO_HS_HDR, digest, n);
	return !e && !*n ? TLSO_E_SEAM : e;
}

/* Signs, and cuts the message to its true length. */
static enum tlso_err fill_signature(struct tlso_completer *c,
				    const struct tlso_filling *m,
				    const struct tlso_starter_fill *f)
{
	struct tlso_rd data = f->data;
	u16 identity = data.n ? tlso_rd_u16(&data) : 0;
	u8 digest[TLSO_DIGEST_MAX];
	enum tlso_err e;
	size_t n, sig_len;

	if (f->room < 3 || f->off + f->room != len_of(m) || !may_sign(c, m, f) ||
	    !tlso_rd_done(&data))
		return TLSO_E_SEAM;
	e = digest_for(c, m, f, digest, &n);
	if (e)
		return e;
	sig_len = f->room - 2;
	if (c->signer->sign(c->rng, c->signer->ctx, identity, f->arg, digest, n,
			    at(m, f->off + 2), &sig_len) ||
	    !sig_len || sig_len > f->room - 2)
		return TLSO_E_CRYPTO;
	c->signature_made = 1;
	m->w->n = m->start + f->off + 2 + sig_len;
	tlso_wr_patch(m->w, m->start + f->off, 2, (u32)sig_len);
	tlso_wr_patch(m->w, m->start + 1, 3, (u32)(len_of(m) - TLSO_HS_HDR));
	c->ops |= TLSO_OP_SIGN;
	return TLSO_OK;
}

/* ---- Finished ------------------------------------------------------------ */

static enum tlso_err fill_finished(struct tlso_completer *c,
				   const struct tlso_filling *m,
				   const struct tlso_starter_fill *f)
{
	bool v12 = c->version == TLSO_VERSION_12;
	u8 epoch = v12 ? TLSO_EPOCH_APPLICATION : TLSO_EPOCH_HANDSHAKE;
	enum tlso_err e;
	size_t n;

	if (c->tx_epoch != epoch || c->finished_sent ||
	    *at(m, 0) != TLSO_HS_FINISHED ||
	    f->room != (v12 ? TLSO_VERIFY_DATA_12 : c->hash->len) ||
	    (!v12 && c->client && !c->app_made))
		return TLSO_E_SEAM;
	e = tlso_keys_finished(c, c->client, at(m, f->off), &n);
	if (e)
		return e;
	c->finished_sent = 1;
	c->ops |= TLSO_OP_MAC_MAKE;
	return TLSO_OK;
}

/* ---- All ----------------------------------------------------------------- */

static enum tlso_err fill_retry(struct tlso_completer *c,
				const struct tlso_starter_fill *f)
{
	if (f->room || c->client || c->version != TLSO_VERSION_13 ||
	    c->tx_epoch != TLSO_EPOCH_CLEAR || c->retried)
		return TLSO_E_SEAM;
	c->retried = 1;
	return tlso_transcript_retry(c);
}

enum tlso_err tlso_fill(struct tlso_completer *c, struct tlso_filling *m,
			const struct tlso_starter_fill *f)
{
	/* A signature may have shortened the message under an earlier fill. */
	if (f->off + f->room > len_of(m))
		return TLSO_E_SEAM;
	switch (f->op) {
	case TLSO_FILL_RANDOM:
		return fill_random(c, m, f);
	case TLSO_FILL_KEY_SHARE:
		return fill_key_share(c, m, f);
	case TLSO_FILL_SIGNATURE:
	case TLSO_FILL_SKE_SIGNATURE:
		return fill_signature(c, m, f);
	case TLSO_FILL_FINISHED:
		return fill_finished(c, m, f);
	case TLSO_FILL_HRR:
		return fill_retry(c, f);
	case TLSO_FILL_KEY_GEN:
		return fill_key_gen(c, m, f);
	case TLSO_FILL_KEY_AGAIN:
		return fill_key_again(c, m, f);
	case TLSO_FILL_BINDER:
		return fill_binder(c, m, f);
	case TLSO_FILL_RSA_PREMASTER:
		return tlso_fill_premaster(c, f, at(m, f->off));
	case TLSO_FILL_TICKET:
		return tlso_fill_ticket(c, f, at(m, f->off));
	default:
		return TLSO_E_SEAM;
	}
}

enum tlso_err tlso_filled(struct tlso_completer *c, const u8 *msg, size_t n)
{
	struct tlso_rd r;
	u8 type;

	tlso_rd_init(&r, msg, n);
	type = tlso_rd_u8(&r);
	if (type == TLSO_HS_CLIENT_HELLO && c->client) {
		tlso_note_client_hello(c, msg, n);
		c->hello_sent = 1;
	} else if (type == TLSO_HS_SERVER_HELLO && !c->client) {
		(void)tlso_rd_bytes(&r, TLSO_HS_HDR - 1 + 2);
		tlso_rd_copy(&r, c->server_random, TLSO_RANDOM_LEN);
		c->hello_sent = 1;
	}
	return r.bad ? TLSO_E_SEAM : TLSO_OK;
}
