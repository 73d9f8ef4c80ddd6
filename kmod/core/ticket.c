// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Our session tickets, sealed and opened. On the wire:
 *
 *	u8  key_name[16]
 *	u8  nonce[12]
 *	sealed by AES-256-GCM, the two above being its additional data:
 *	  u8  version (1)
 *	  u8  flags
 *	  u16 tls_version
 *	  u16 suite
 *	  u64 issued_ms
 *	  u32 lifetime_s
 *	  u32 age_add
 *	  u8  secret_len; secret
 *	  u8  ctx_len; ctx
 *	u8  tag[16]
 *
 * Leaves to the completer what a ticket is good for, to the director whether it is
 * still.
 */
#include "buf.h"
#include "ticket.h"

#define TICKET_VERSION 1
#define HEAD (TLSO_TICKET_NAME_LEN + TLSO_TICKET_NONCE_LEN)
#define FIXED (1 + 1 + 2 + 2 + 8 + 4 + 4 + 1 + 1)

/* Name collisions are as unlikely as forgeries, with random names. */
static_assert(HEAD + FIXED + TLSO_HASH_MAX + TLSO_TICKET_CTX_MAX +
		       TLSO_TAG_LEN <= TLSO_TICKET_LEN_MAX,
	       "a ticket is longer than it says");

size_t tlso_ticket_len(size_t secret_len, size_t ctx_len)
{
	return HEAD + FIXED + secret_len + ctx_len + TLSO_TAG_LEN;
}

static bool state_sane(const struct tlso_ticket_state *st)
{
	return st->secret_len && st->secret_len <= sizeof(st->secret) &&
	       st->ctx_len <= sizeof(st->ctx) &&
	       st->lifetime_s <= TLSO_TICKET_LIFETIME_MAX;
}

static void write_state(struct tlso_wr *w, const struct tlso_ticket_state *st)
{
	tlso_wr_u8(w, TICKET_VERSION);
	tlso_wr_u8(w, st->flags);
	tlso_wr_u16(w, st->tls_version);
	tlso_wr_u16(w, st->suite);
	tlso_wr_u64(w, st->issued_ms);
	tlso_wr_u32(w, st->lifetime_s);
	tlso_wr_u32(w, st->age_add);
	tlso_wr_u8(w, st->secret_len);
	tlso_wr_bytes(w, st->secret, st->secret_len);
	tlso_wr_u8(w, st->ctx_len);
	tlso_wr_bytes(w, st->ctx, st->ctx_len);
}

enum tlso_err tlso_ticket_seal(const struct tlso_crypto *crypto, void *rng,
			       const struct tlso_ticket_keys *keys,
			       const struct tlso_ticket_state *st, u8 *out,
			       size_t cap, size_t *n)
{
	size_t text;
	struct tlso_wr w;
	u8 *nonce;

	*n = 0;
	if (!keys->n || !state_sane(st))
		return TLSO_E_STATE;
	tlso_wr_init(&w, out, cap);
	tlso_wr_bytes(&w, keys->key[0].name, TLSO_TICKET_NAME_LEN);
	nonce = tlso_wr_room(&w, TLSO_TICKET_NONCE_LEN);
	text = w.n;
	write_state(&w, st);
	(void)tlso_wr_room(&w, TLSO_TAG_LEN);
	if (w.bad) {
		tlso_wipe(out, cap);
		return TLSO_E_SPACE;
	}
	/* A random nonce is safe for 2^32 tickets under one key: SP 800-38D 8.3. */
	if (crypto->random(rng, nonce, TLSO_TICKET_NONCE_LEN) ||
	    crypto->aes256_gcm->seal(keys->key[0].key, nonce, out, HEAD,
				     out + text,
				     w.n - text - TLSO_TAG_LEN)) {
		tlso_wipe(out, cap);
		return TLSO_E_CRYPTO;
	}
	*n = w.n;
	return TLSO_OK;
}

static enum tlso_err read_state(struct tlso_ticket_state *st, const u8 *p,
				size_t n)
{
	struct tlso_rd r, v;
	u8 version;

	tlso_rd_init(&r, p, n);
	version = tlso_rd_u8(&r);
	st->flags = tlso_rd_u8(&r);
	st->tls_version = tlso_rd_u16(&r);
	st->suite = tlso_rd_u16(&r);
	st->issued_ms = tlso_rd_u64(&r);
	st->lifetime_s = tlso_rd_u32(&r);
	st->age_add = tlso_rd_u32(&r);
	v = tlso_rd_vec(&r, 1);
	if (v.n > sizeof(st->secret))
		return TLSO_E_DECRYPT;
	st->secret_len = (u8)v.n;
	tlso_rd_copy(&v, st->secret, v.n);
	v = tlso_rd_vec(&r, 1);
	if (v.n > sizeof(st->ctx))
		return TLSO_E_DECRYPT;
	st->ctx_len = (u8)v.n;
	tlso_rd_copy(&v, st->ctx, v.n);
	if (!tlso_rd_done(&r) || version != TICKET_VERSION || !state_sane(st))
		return TLSO_E_DECRYPT;
	return TLSO_OK;
}

static const struct tlso_ticket_key *find_key(const struct tlso_ticket_keys *keys,
					      const u8 *name)
{
	unsigned int i;

	for (i = 0; i < keys->n && i < ARRAY_SIZE(keys->key); i++)
		if (!memcmp(keys->key[i].name, name, TLSO_TICKET_NAME_LEN))
			return &keys->key[i];
	return NULL;
}

enum tlso_err tlso_ticket_open(const struct tlso_crypto *crypto,
			       const struct tlso_ticket_keys *keys, const u8 *p,
			       size_t n, struct tlso_ticket_state *st)
{
	u8 copy[TLSO_TICKET_LEN_MAX];
	const struct tlso_ticket_key *key;
	enum tlso_err e = TLSO_E_DECRYPT;

	memset(st, 0, sizeof(*st));
	if (n < HEAD + FIXED + TLSO_TAG_LEN || n > sizeof(copy))
		return TLSO_E_DECRYPT;
	key = find_key(keys, p);
	if (!key)
		return TLSO_E_DECRYPT;
	memcpy(copy, p, n); /* it is opened in place, and the message stays */
	if (!crypto->aes256_gcm->open(key->key, copy + TLSO_TICKET_NAME_LEN,
				      copy, HEAD, copy + HEAD,
				      n - HEAD - TLSO_TAG_LEN))
		e = read_state(st, copy + HEAD, n - HEAD - TLSO_TAG_LEN);
	tlso_wipe(copy, sizeof(copy));
	if (e)
		tlso_wipe(st, sizeof(*st));
	return e;
}
