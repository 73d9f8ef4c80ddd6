// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completer's calls, but for feed (completer_in.c): begin, complete a starter,
 * end.
 */
#include "completer_impl.h"
#include "suite.h"

/* 32 change_cipher_spec records are more than any peer sends. */
#define CCS_MAX 32

/* What a handshake takes at most, and a margin: of a client two hellos, certificate,
 * key exchange, verify, early data's end, Finished; of a server two hellos,
 * extensions, certificate and its status, key exchange, request, verify, done,
 * ticket, Finished. A record has room for thousands of messages, and each becomes
 * a segment that somebody has to keep until the director refuses the first.
 */
#define MSGS_MAX_SERVER 9
#define MSGS_MAX_CLIENT 13

void tlso_completer_init(struct tlso_completer *c,
			 const struct tlso_completer_cfg *cfg, u8 *seg,
			 size_t cap)
{
	memset(c, 0, sizeof(*c));
	c->crypto = cfg->crypto;
	c->rng = cfg->rng;
	c->signer = cfg->signer;
	c->client = cfg->client;
	c->tickets = cfg->tickets;
	c->resume = cfg->resume;
	c->now_ms = cfg->now_ms;
	c->keylog = cfg->keylog;
	c->keylog_ctx = cfg->keylog_ctx;
	c->seg = seg;
	c->ccs_left = CCS_MAX;
	c->msgs_left = c->client ? MSGS_MAX_CLIENT : MSGS_MAX_SERVER;
	c->err = TLSO_E_SPACE;
	if (cap >= TLSO_COMPLETER_SEG_MIN) {
		c->cap = cap - TLSO_COMPLETER_FRONT;
		c->err = tlso_transcript_init(c);
	}
	c->in_err = c->err;
}

void tlso_completer_wipe(struct tlso_completer *c)
{
	if (c->seg && c->cap)
		tlso_wipe(c->seg, c->cap + TLSO_COMPLETER_FRONT);
	tlso_wipe(c, sizeof(*c));
	c->err = TLSO_E_STATE;
	c->in_err = TLSO_E_STATE;
}

bool tlso_completer_done(const struct tlso_completer *c)
{
	return c->complete && !c->err;
}

static void put_keys(const struct tlso_completer *c, const struct tlso_suite *s,
		     struct tlso_direction_keys *d,
		     const struct tlso_record_keys *k, const u8 *secret)
{
	d->seq = k->seq;
	memcpy(d->key, k->key, s->key_len);
	memcpy(d->iv, k->iv, TLSO_IV_LEN);
	if (c->version == TLSO_VERSION_13)
		memcpy(d->secret, secret, s->hash_len);
}

enum tlso_err tlso_completer_keys(const struct tlso_completer *c,
				  struct tlso_session_keys *k)
{
	const struct tlso_suite *s = tlso_suite_find(c->suite);

	if (c->err)
		return c->err;
	if (!c->complete || !s)
		return TLSO_E_STATE;
	memset(k, 0, sizeof(*k));
	k->tls_version = c->version;
	k->suite = c->suite;
	k->flags = (u8)((c->client ? TLSO_KEYS_CLIENT : 0) |
			(c->ems ? TLSO_KEYS_EMS : 0));
	k->key_len = s->key_len;
	k->secret_len = c->version == TLSO_VERSION_12 ? TLSO_MASTER_LEN :
							s->hash_len;
	put_keys(c, s, &k->tx, &c->tx,
		 c->client ? c->app_client : c->app_server);
	put_keys(c, s, &k->rx, &c->rx,
		 c->client ? c->app_server : c->app_client);
	memcpy(k->resumption, c->resumption, k->secret_len);
	return TLSO_OK;
}

/* The session that a starter speaks of; alerts in clear need none. */
static enum tlso_err choose(struct tlso_completer *c,
			    const struct tlso_starter_rd *s)
{
	if (s->suite || s->version)
		return tlso_keys_choose(c, s->suite, s->version);
	return c->tx_epoch == TLSO_EPOCH_CLEAR ? TLSO_OK : TLSO_E_SEAM;
}

enum tlso_err tlso_completer_starter(struct tlso_completer *c, const u8 *in,
				     size_t n, u8 *out, size_t cap,
				     size_t *out_len)
{
	struct tlso_starter_rd s;
	bool alert_only;
	enum tlso_err e;

	*out_len = 0;
	e = tlso_starter_check(in, n, c->tx_epoch, &alert_only);
	if (!e)
		e = tlso_starter_open(&s, in, n);
	if (!e && s.out_len > cap)
		e = TLSO_E_SPACE;
	if (!e && !alert_only)
		e = c->err ? c->err : c->in_err;
	if (!e)
		e = choose(c, &s);
	if (!e)
		e = tlso_complete(c, &s, out, out_len);
	if (e) {
		if (!c->err)
			c->err = e;
		return e;
	}
	if (alert_only)
		return TLSO_OK;
	c->hold = 0;
	if (c->version == TLSO_VERSION_12 && c->finished_sent && c->finished_got)
		c->complete = 1;
	return TLSO_OK;
}
