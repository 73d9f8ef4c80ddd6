// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The secrets of TLS 1.3 as they hang on the transcript (RFC 8446 7.1), and when each
 * epoch's keys come into use, in both versions: operation six, and the values that
 * eight and nine compare. TLS 1.2's secrets are completer_keys12.c's.
 */
#include "buf.h"
#include "completer_impl.h"
#include "keysched.h"
#include "suite.h"

void tlso_keylog(const struct tlso_completer *c, const char *label,
		 const u8 *secret, size_t n)
{
	if (c->keylog)
		c->keylog(c->keylog_ctx, label, c->client_random, secret, n);
}

void tlso_keys_forget_exchange(struct tlso_completer *c)
{
	tlso_wipe(c->gen, sizeof(c->gen));
	tlso_wipe(&c->psk, sizeof(c->psk));
	tlso_wipe(&c->old, sizeof(c->old));
	tlso_wipe(c->share_secret, sizeof(c->share_secret));
}

enum tlso_err tlso_keys_choose(struct tlso_completer *c, u16 suite, u16 version)
{
	const struct tlso_suite *s = tlso_suite_find(suite);
	const struct tlso_hash_alg *hash = tlso_suite_hash(c->crypto, suite);
	const struct tlso_aead_alg *aead = tlso_suite_aead(c->crypto, suite);

	if (c->suite)
		return suite == c->suite && version == c->version ? TLSO_OK :
								    TLSO_E_SEAM;
	if (!s || s->version != version || !hash || !aead ||
	    hash->len != s->hash_len || aead->key_len != s->key_len)
		return TLSO_E_SEAM;
	/* A HelloRetryRequest has chosen the hash. */
	if (c->hash && c->hash != hash)
		return TLSO_E_SEAM;
	c->suite = suite;
	c->version = version;
	c->hash = hash;
	c->aead = aead;
	if (version == TLSO_VERSION_13)
		c->narrow = 1;
	else
		c->skip_left = 0; /* RFC 8446 D.3: nobody skips it there */
	return TLSO_OK;
}

static enum tlso_err set_keys(struct tlso_completer *c,
			      struct tlso_record_keys *k, const u8 *secret)
{
	tlso_wipe(k, sizeof(*k));
	k->aead = c->aead;
	return tlso_traffic_keys(c->hash, secret, k->key, c->aead->key_len,
				 k->iv);
}

/* Both directions under traffic secrets of the client and the server. */
static enum tlso_err set_both(struct tlso_completer *c, const u8 *client,
			      const u8 *server)
{
	enum tlso_err e;

	e = set_keys(c, &c->tx, c->client ? client : server);
	if (!e)
		e = set_keys(c, &c->rx, c->client ? server : client);
	return e;
}

/* ---- TLS 1.3 ------------------------------------------------------------- */

/* After ServerHello. */
static enum tlso_err handshake_epoch(struct tlso_completer *c)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	if (!c->share_len || !c->hello_sent || !c->hello_seen)
		return TLSO_E_SEAM;
	/* 5.1: no message may span a change of keys. */
	if (c->have != c->done)
		return TLSO_E_UNEXPECTED;
	e = tlso_transcript_hash(c, thash);
	if (!e && !c->early_made)
		e = tlso_early_secret(c->hash, NULL, 0, c->stage);
	if (!e)
		e = tlso_next_stage(c->hash, c->stage, c->share_secret,
				    c->share_len);
	tlso_keys_forget_exchange(c);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "c hs traffic", thash,
				       c->hs_client);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "s hs traffic", thash,
				       c->hs_server);
	if (!e)
		e = set_both(c, c->hs_client, c->hs_server);
	if (e)
		return e;
	tlso_keylog(c, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", c->hs_client,
		    c->hash->len);
	tlso_keylog(c, "SERVER_HANDSHAKE_TRAFFIC_SECRET", c->hs_server,
		    c->hash->len);
	c->rx_epoch = TLSO_EPOCH_HANDSHAKE;
	return TLSO_OK;
}

/* RFC 8446 7.5. Nothing here needs it but who listens in. */
static enum tlso_err log_exporter(struct tlso_completer *c, const u8 *thash)
{
	u8 secret[TLSO_HASH_MAX];
	enum tlso_err e;

	if (!c->keylog)
		return TLSO_OK;
	e = tlso_derive_secret(c->hash, c->stage, "exp master", thash, secret);
	if (!e)
		tlso_keylog(c, "EXPORTER_SECRET", secret, c->hash->len);
	tlso_wipe(secret, sizeof(secret));
	return e;
}

enum tlso_err tlso_keys_app(struct tlso_completer *c)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	e = tlso_transcript_hash(c, thash);
	if (!e)
		e = tlso_next_stage(c->hash, c->stage, NULL, 0);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "c ap traffic", thash,
				       c->app_client);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "s ap traffic", thash,
				       c->app_server);
	if (!e)
		e = log_exporter(c, thash);
	tlso_wipe(c->hs_server, sizeof(c->hs_server));
	if (e)
		return e;
	tlso_keylog(c, "CLIENT_TRAFFIC_SECRET_0", c->app_client, c->hash->len);
	tlso_keylog(c, "SERVER_TRAFFIC_SECRET_0", c->app_server, c->hash->len);
	c->app_made = 1;
	return TLSO_OK;
}

/* Both Finished are in the transcript. */
static enum tlso_err over_13(struct tlso_completer *c)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	e = tlso_transcript_hash(c, thash);
	if (!e)
		e = tlso_derive_secret(c->hash, c->stage, "res master", thash,
				       c->resumption);
	tlso_wipe(c->stage, sizeof(c->stage));
	tlso_wipe(c->hs_client, sizeof(c->hs_client));
	if (e)
		return e;
	c->ops |= TLSO_OP_KEYS;
	c->rx_epoch = TLSO_EPOCH_APPLICATION;
	c->complete = 1;
	return TLSO_OK;
}

enum tlso_err tlso_keys_complete(struct tlso_completer *c)
{
	enum tlso_err e = set_keys(c, &c->rx, c->app_client);

	return e ? e : over_13(c);
}

/* After our Finished; the server's rx follows with the client's. */
static enum tlso_err application_epoch(struct tlso_completer *c)
{
	enum tlso_err e;

	if (!c->finished_sent)
		return TLSO_E_SEAM;
	if (c->client) {
		e = set_both(c, c->app_client, c->app_server);
		return e ? e : over_13(c);
	}
	e = tlso_keys_app(c);
	return e ? e : set_keys(c, &c->tx, c->app_server);
}

/* ---- Both versions ------------------------------------------------------- */

static enum tlso_err epoch_12(struct tlso_completer *c)
{
	enum tlso_err e = tlso_keys12(c);

	if (e)
		return e;
	c->tx = c->tx_next;
	tlso_wipe(&c->tx_next, sizeof(c->tx_next));
	return TLSO_OK;
}

enum tlso_err tlso_keys_epoch(struct tlso_completer *c, u8 epoch)
{
	enum tlso_err e;

	if (c->version == TLSO_VERSION_12)
		e = epoch_12(c);
	else if (epoch == TLSO_EPOCH_HANDSHAKE)
		e = handshake_epoch(c);
	else
		e = application_epoch(c);
	if (e)
		return e;
	c->ops |= TLSO_OP_KEYS;
	c->tx_epoch = epoch;
	return TLSO_OK;
}

enum tlso_err tlso_keys_finished(struct tlso_completer *c, bool client, u8 *mac,
				 size_t *n)
{
	u8 thash[TLSO_HASH_MAX];
	enum tlso_err e;

	*n = 0;
	e = tlso_transcript_hash(c, thash);
	if (e)
		return e;
	if (c->version == TLSO_VERSION_12) {
		e = tlso_finished12(c->hash, c->resumption, client, thash, mac);
		*n = TLSO_VERIFY_DATA_12;
		return e;
	}
	*n = c->hash->len;
	return tlso_finished_mac(c->hash, client ? c->hs_client : c->hs_server,
				 thash, mac);
}
