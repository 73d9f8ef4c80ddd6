// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The secrets of TLS 1.2: premaster by RSA, master secret, key block, and what a
 * ticket takes away of them (RFC 5246 6.3, 7.4.7, 8.1; RFC 7627; RFC 5077).
 */
#include "buf.h"
#include "completer_impl.h"
#include "prf12.h"
#include "rsa_pad.h"
#include "suite.h"

#define PAD_MIN 8 /* RFC 8017 7.2.1 */

static bool rsa_chosen(const struct tlso_completer *c)
{
	const struct tlso_suite *s = tlso_suite_find(c->suite);

	return s && s->kx == TLSO_KX_RSA;
}

/*
 * RFC 5246 7.4.7.1: whatever is in there, there is a premaster secret, and the
 * client's Finished will show whether it was the right one.
 */
enum tlso_err tlso_rsa_item(struct tlso_completer *c, u16 identity, const u8 *p,
			    size_t n)
{
	u8 random[TLSO_PREMASTER_LEN];
	u8 em[TLSO_RSA_MAX];
	bool bad;

	if (c->client || !rsa_chosen(c) || c->share_len || c->master_made ||
	    !c->signer || !c->signer->rsa_private)
		return TLSO_E_SEAM;
	if (c->crypto->random(c->rng, random, sizeof(random)))
		return TLSO_E_CRYPTO;
	bad = n > sizeof(em) || c->signer->rsa_private(c->rng, c->signer->ctx,
						       identity, p, n, em);
	tlso_rsa_premaster(bad ? NULL : em, n, c->hello_version, random,
			   c->share_secret);
	tlso_wipe(em, sizeof(em));
	tlso_wipe(random, sizeof(random));
	c->share_len = TLSO_PREMASTER_LEN;
	c->ops |= TLSO_OP_KEY_SHARE;
	return TLSO_OK;
}

/* Bytes from 1 to 255: two random ones each, so that none takes another turn. */
static int nonzero(struct tlso_completer *c, u8 *out, size_t n)
{
	u8 r[64];
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(i % 32) && c->crypto->random(c->rng, r, sizeof(r)))
			return -1;
		out[i] = (u8)(1 + (((u32)r[2 * (i % 32)] << 8 |
				    r[2 * (i % 32) + 1]) * 255 >> 16));
	}
	tlso_wipe(r, sizeof(r));
	return 0;
}

/* RFC 8017 7.2.1: 0, 2, padding, 0, message. */
static int pad_encrypt(struct tlso_completer *c, u8 *em, size_t n)
{
	size_t pad = n - 3 - TLSO_PREMASTER_LEN;

	em[0] = 0;
	em[1] = 2;
	if (nonzero(c, em + 2, pad))
		return -1;
	em[2 + pad] = 0;
	memcpy(em + 3 + pad, c->share_secret, TLSO_PREMASTER_LEN);
	return 0;
}

static bool read_key(struct tlso_rd r, struct tlso_pubkey *key)
{
	struct tlso_rd n = tlso_rd_vec(&r, 2), e = tlso_rd_vec(&r, 1);

	memset(key, 0, sizeof(*key));
	if (!tlso_rd_done(&r) || n.n > sizeof(key->n) || !e.n ||
	    e.n > sizeof(key->e) ||
	    n.n < 3 + PAD_MIN + TLSO_PREMASTER_LEN)
		return false;
	key->type = TLSO_KEY_RSA;
	key->n_len = (u16)n.n;
	key->bits = (u16)(8 * n.n);
	key->e_len = (u8)e.n;
	tlso_rd_copy(&n, key->n, n.n);
	tlso_rd_copy(&e, key->e, e.n);
	return true;
}

enum tlso_err tlso_fill_premaster(struct tlso_completer *c,
				  const struct tlso_starter_fill *f, u8 *to)
{
	struct tlso_pubkey key;
	u8 em[TLSO_RSA_MAX];
	enum tlso_err e = TLSO_E_CRYPTO;

	if (!c->client || !rsa_chosen(c) || c->share_len || c->master_made ||
	    !read_key(f->data, &key) || f->room != key.n_len)
		return TLSO_E_SEAM;
	if (c->crypto->random(c->rng, c->share_secret, TLSO_PREMASTER_LEN))
		return TLSO_E_CRYPTO;
	c->share_secret[0] = (u8)(c->hello_version >> 8);
	c->share_secret[1] = (u8)c->hello_version;
	if (!pad_encrypt(c, em, key.n_len) &&
	    !c->crypto->rsa_public(&key, em, to))
		e = TLSO_OK;
	tlso_wipe(em, sizeof(em));
	if (e)
		return e;
	c->share_len = TLSO_PREMASTER_LEN;
	c->ops |= TLSO_OP_KEY_SHARE;
	return TLSO_OK;
}

/* ---- Master secret ------------------------------------------------------- */

static void master_made(struct tlso_completer *c)
{
	tlso_keys_forget_exchange(c);
	c->share_len = 0;
	c->master_made = 1;
	c->ops |= TLSO_OP_KEYS;
	tlso_keylog(c, "CLIENT_RANDOM", c->resumption, TLSO_MASTER_LEN);
}

enum tlso_err tlso_master_item(struct tlso_completer *c, bool extended)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	if (c->version != TLSO_VERSION_12 || !c->share_len || c->master_made ||
	    !c->hello_sent || !c->hello_seen)
		return TLSO_E_SEAM;
	if (extended) {
		e = tlso_transcript_hash(c, thash);
		if (!e)
			e = tlso_master12_ext(c->hash, c->share_secret,
					      c->share_len, thash,
					      c->resumption);
	} else {
		e = tlso_master12(c->hash, c->share_secret, c->share_len,
				  c->client_random, c->server_random,
				  c->resumption);
	}
	if (e)
		return e;
	c->ems = extended;
	master_made(c);
	return TLSO_OK;
}

enum tlso_err tlso_resume_item(struct tlso_completer *c)
{
	const struct tlso_resume *r = c->resume;

	if (c->version != TLSO_VERSION_12 || c->master_made || c->share_len)
		return TLSO_E_SEAM;
	if (c->client) {
		if (!r || r->tls_version != TLSO_VERSION_12 ||
		    r->suite != c->suite || r->secret_len != TLSO_MASTER_LEN)
			return TLSO_E_SEAM;
		memcpy(c->resumption, r->secret, TLSO_MASTER_LEN);
		c->ems = !!(r->flags & TLSO_TICKET_EMS);
	} else {
		if (!c->old.there)
			return TLSO_E_SEAM;
		memcpy(c->resumption, c->old.master, TLSO_MASTER_LEN);
		c->ems = !!(c->old.flags & TLSO_TICKET_EMS);
	}
	c->narrow = 1; /* nobody signs */
	master_made(c);
	return TLSO_OK;
}

/* ---- Keys ---------------------------------------------------------------- */

/* RFC 5246 6.3: keys of client and server, then what the nonces start with. */
static void split(const struct tlso_completer *c, const u8 *block,
		  struct tlso_direction_keys d[2])
{
	const struct tlso_suite *s = tlso_suite_find(c->suite);
	size_t iv_len = tlso_suite_explicit(s) ? 4 : TLSO_IV_LEN;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		memset(&d[i], 0, sizeof(d[i]));
		memcpy(d[i].key, block + i * s->key_len, s->key_len);
		memcpy(d[i].iv, block + 2 * s->key_len + i * iv_len, iv_len);
	}
}

enum tlso_err tlso_keys12(struct tlso_completer *c)
{
	u8 block[2 * (TLSO_KEY_MAX + TLSO_IV_LEN)];
	struct tlso_direction_keys d[2];
	enum tlso_err e;

	if (c->keys_made)
		return TLSO_OK;
	if (!c->master_made || !c->hello_sent || !c->hello_seen)
		return TLSO_E_SEAM;
	e = tlso_prf12(c->hash, c->resumption, TLSO_MASTER_LEN, "key expansion",
		       c->server_random, TLSO_RANDOM_LEN, c->client_random,
		       TLSO_RANDOM_LEN, block, sizeof(block));
	if (!e)
		split(c, block, d);
	if (!e)
		e = tlso_record_keys_set(&c->tx_next, c->crypto, c->version,
					 c->suite, &d[!c->client]);
	if (!e)
		e = tlso_record_keys_set(&c->rx_next, c->crypto, c->version,
					 c->suite, &d[c->client]);
	tlso_wipe(d, sizeof(d));
	tlso_wipe(block, sizeof(block));
	c->keys_made = !e;
	return e;
}

/* ---- Tickets ------------------------------------------------------------- */

enum tlso_err tlso_fill_ticket(struct tlso_completer *c,
			       const struct tlso_starter_fill *f, u8 *to)
{
	struct tlso_ticket_state st = { 0 };
	struct tlso_rd data = f->data;
	enum tlso_err e;
	size_t n;

	if (c->client || !c->master_made || !c->tickets || !c->tickets->n)
		return TLSO_E_SEAM;
	st.tls_version = c->version;
	st.suite = c->suite;
	st.flags = c->ems ? TLSO_TICKET_EMS : 0;
	st.issued_ms = c->now_ms;
	st.lifetime_s = tlso_rd_u32(&data);
	st.secret_len = TLSO_MASTER_LEN;
	memcpy(st.secret, c->resumption, TLSO_MASTER_LEN);
	e = TLSO_E_SEAM;
	if (!data.bad && data.n <= sizeof(st.ctx) &&
	    f->room == tlso_ticket_len(TLSO_MASTER_LEN, data.n)) {
		st.ctx_len = (u8)data.n;
		tlso_rd_copy(&data, st.ctx, data.n);
		e = tlso_ticket_seal(c->crypto, c->rng, c->tickets, &st, to,
				     f->room, &n);
	}
	tlso_wipe(&st, sizeof(st));
	return e;
}
