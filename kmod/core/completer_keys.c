// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completer's transcript (RFC 8446 4.4.1) and the secrets that hang on it
 * (7.1): operations six, and the values that eight and nine compare.
 */
#include "buf.h"
#include "completer_impl.h"
#include "keysched.h"
#include "suite.h"

static const struct tlso_hash_alg *hash_at(const struct tlso_completer *c,
					   unsigned int i)
{
	return i ? c->crypto->sha384 : c->crypto->sha256;
}

/* The index of the suite's context. */
static unsigned int chosen(const struct tlso_completer *c)
{
	return c->hash == c->crypto->sha384;
}

enum tlso_err tlso_transcript_init(struct tlso_completer *c)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (hash_at(c, i)->init(&c->th[i]))
			return TLSO_E_CRYPTO;
	return TLSO_OK;
}

enum tlso_err tlso_transcript_add(struct tlso_completer *c, const u8 *p,
				  size_t n)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (c->hash && i != chosen(c))
			continue;
		if (hash_at(c, i)->update(&c->th[i], p, n))
			return TLSO_E_CRYPTO;
	}
	return TLSO_OK;
}

enum tlso_err tlso_transcript_hash(const struct tlso_completer *c, u8 *out)
{
	struct tlso_hash_ctx fork;
	enum tlso_err e = TLSO_OK;

	if (!c->hash)
		return TLSO_E_STATE;
	fork = c->th[chosen(c)];
	if (c->hash->final(&fork, out))
		e = TLSO_E_CRYPTO;
	tlso_wipe(&fork, sizeof(fork));
	return e;
}

enum tlso_err tlso_transcript_retry(struct tlso_completer *c)
{
	u8 msg[TLSO_HS_HDR + TLSO_HASH_MAX];
	struct tlso_wr w;
	enum tlso_err e;
	u8 *out;

	if (!c->hash)
		return TLSO_E_STATE;
	tlso_wr_init(&w, msg, sizeof(msg));
	tlso_wr_u8(&w, TLSO_HS_MESSAGE_HASH);
	tlso_wr_u24(&w, c->hash->len);
	out = tlso_wr_room(&w, c->hash->len);
	if (!out)
		return TLSO_E_CRYPTO;
	e = tlso_transcript_hash(c, out);
	if (e)
		return e;
	if (c->hash->init(&c->th[chosen(c)]))
		return TLSO_E_CRYPTO;
	return tlso_transcript_add(c, msg, w.n);
}

enum tlso_err tlso_keys_suite(struct tlso_completer *c, u16 suite)
{
	const struct tlso_hash_alg *hash = tlso_suite_hash(c->crypto, suite);
	const struct tlso_aead_alg *aead = tlso_suite_aead(c->crypto, suite);

	if (c->suite)
		return suite == c->suite ? TLSO_OK : TLSO_E_SEAM;
	if (!hash || !aead)
		return TLSO_E_SEAM;
	c->suite = suite;
	c->hash = hash;
	c->aead = aead;
	return TLSO_OK;
}

static enum tlso_err set_keys(struct tlso_completer *c,
			      struct tlso_record_keys *k, const u8 *secret)
{
	k->aead = c->aead;
	k->seq = 0;
	return tlso_traffic_keys(c->hash, secret, k->key, c->aead->key_len,
				 k->iv);
}

/* After ServerHello. */
static enum tlso_err handshake_epoch(struct tlso_completer *c)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	if (!c->hash || !c->share_len)
		return TLSO_E_STATE;
	e = tlso_transcript_hash(c, thash);
	if (!e)
		e = tlso_early_secret(c->hash, c->stage);
	if (!e)
		e = tlso_next_stage(c->hash, c->stage, c->share_secret,
				    c->share_len);
	tlso_wipe(c->share_secret, sizeof(c->share_secret));
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "c hs traffic", thash,
				       c->hs_client);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "s hs traffic", thash,
				       c->hs_server);
	if (!e)
		e = set_keys(c, &c->tx, c->hs_server);
	if (!e)
		e = set_keys(c, &c->rx, c->hs_client);
	if (!e)
		c->rx_epoch = TLSO_EPOCH_HANDSHAKE;
	return e;
}

/* After our Finished: what the client's must hold is known, too. */
static enum tlso_err application_epoch(struct tlso_completer *c)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	if (!c->finished_sent)
		return TLSO_E_STATE;
	e = tlso_transcript_hash(c, thash);
	if (!e)
		e = tlso_finished_mac(c->hash, c->hs_client, thash,
				      c->peer_mac);
	if (!e)
		e = tlso_next_stage(c->hash, c->stage, NULL, 0);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "c ap traffic", thash,
				       c->app_client);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "s ap traffic", thash,
				       c->app_server);
	if (!e)
		e = set_keys(c, &c->tx, c->app_server);
	tlso_wipe(c->hs_server, sizeof(c->hs_server));
	tlso_wipe(c->hs_client, sizeof(c->hs_client));
	return e;
}

enum tlso_err tlso_keys_epoch(struct tlso_completer *c, u8 epoch)
{
	enum tlso_err e;

	e = epoch == TLSO_EPOCH_HANDSHAKE ? handshake_epoch(c) :
					    application_epoch(c);
	if (e)
		return e;
	c->ops |= TLSO_OP_KEYS;
	c->tx_epoch = epoch;
	return TLSO_OK;
}

enum tlso_err tlso_keys_complete(struct tlso_completer *c)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	e = tlso_transcript_hash(c, thash);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "res master", thash,
				       c->resumption);
	if (!e)
		e = set_keys(c, &c->rx, c->app_client);
	tlso_wipe(c->stage, sizeof(c->stage));
	tlso_wipe(c->peer_mac, sizeof(c->peer_mac));
	if (e)
		return e;
	c->rx_epoch = TLSO_EPOCH_APPLICATION;
	c->complete = 1;
	return TLSO_OK;
}
