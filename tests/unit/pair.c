// SPDX-License-Identifier: GPL-2.0-only
/* A pair of halves: made, run through a handshake, or up to a stage of it. */
#include "pair.h"
#include "../../kmod/core/suite.h"

struct pair *pair_new(const struct shape *sh, const struct tlso_resume *resume)
{
	struct tlso_completer_cfg cfg = { 0 };
	struct pair *p = calloc(1, sizeof(*p));

	memset(&fake_signer, 0, sizeof(fake_signer));
	fake_signer.sig_len = 70;
	p->sh = *sh;
	if (!p->sh.version)
		p->sh.version = TLSO_VERSION_13;
	if (!p->sh.suite)
		p->sh.suite = p->sh.version == TLSO_VERSION_13 ?
				      TLSO_AES_128_GCM_SHA256 :
				      TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256;
	if (!p->sh.group)
		p->sh.group = TLSO_GROUP_X25519;
	if (!p->sh.scheme)
		p->sh.scheme = TLSO_ECDSA_P256_SHA256;
	if (resume) {
		p->resume = *resume;
		memcpy(p->ticket, resume->ticket, resume->ticket_len);
		p->resume.ticket = p->ticket;
	}
	cfg.resume = &p->resume;
	p->c = half_new(&cfg, true);
	cfg.resume = NULL;
	cfg.tickets = &test_tickets;
	cfg.now_ms = TEST_NOW + 5000;
	p->s = half_new(&cfg, false);
	p->c->limit = p->sh.limit;
	p->s->limit = p->sh.limit;
	return p;
}

void pair_free(struct pair *p)
{
	half_free(p->c);
	half_free(p->s);
	tlso_wipe(&p->resume, sizeof(p->resume));
	free(p);
}

struct pair *fresh_pair(u16 version)
{
	return pair_new(&(struct shape){ .version = version }, NULL);
}

static void hellos(struct pair *p)
{
	client_hello(p);
	if (p->sh.retry) {
		server_retry(p);
		client_hello(p);
	}
}

struct pair *answered_pair(const struct shape *sh)
{
	struct pair *p = pair_new(sh, NULL);

	hellos(p);
	if (p->sh.version == TLSO_VERSION_13)
		server_flight13(p);
	else
		server_flight12(p);
	return p;
}

int alert_of(struct pair *p, struct half *h, const u8 *bytes, size_t n)
{
	int alert;

	half_feed(h, bytes, n, 0);
	alert = half_alert(h);
	if (alert < 0)
		assert_int_equal(h->taken, n);
	pair_free(p);
	return alert;
}

/* What one writes the other reads, and nothing else is the same. */
static void same_keys(const struct tlso_session_keys *c,
		      const struct tlso_session_keys *s)
{
	assert_int_equal(c->tls_version, s->tls_version);
	assert_int_equal(c->suite, s->suite);
	assert_int_equal(c->key_len, s->key_len);
	assert_int_equal(c->secret_len, s->secret_len);
	assert_int_equal(c->flags & TLSO_KEYS_CLIENT, TLSO_KEYS_CLIENT);
	assert_int_equal(c->flags & ~TLSO_KEYS_CLIENT, s->flags);
	assert_memory_equal(&c->tx, &s->rx, sizeof(c->tx));
	assert_memory_equal(&c->rx, &s->tx, sizeof(c->rx));
	if (!test_other_crypto) /* which may have no secrets to speak of */
		assert_memory_not_equal(c->tx.key, c->rx.key, c->key_len);
	assert_memory_equal(c->resumption, s->resumption, c->secret_len);
}

void handshake(struct pair *p, struct tlso_session_keys *c,
	       struct tlso_session_keys *s)
{
	hellos(p);
	if (p->sh.version == TLSO_VERSION_13) {
		server_flight13(p);
		client_keys13(p);
		client_finish13(p);
		assert_true(p->s->complete);
	} else if (p->resume.tls_version == TLSO_VERSION_12) {
		server_resume12(p);
		client_resume12(p);
		assert_true(p->s->complete);
	} else {
		server_flight12(p);
		client_flight12(p);
		server_finish12(p);
		assert_true(p->c->complete);
	}
	assert_int_equal(p->c->err, TLSO_OK);
	assert_int_equal(p->s->err, TLSO_OK);
	assert_true(tlso_completer_done(&p->c->c));
	assert_true(tlso_completer_done(&p->s->c));
	assert_int_equal(tlso_completer_keys(&p->c->c, c), TLSO_OK);
	assert_int_equal(tlso_completer_keys(&p->s->c, s), TLSO_OK);
	same_keys(c, s);
}

struct pair *at(enum stage st, struct half **h)
{
	bool v12 = st >= S12_KEY;
	struct shape sh = { .version = v12 ? TLSO_VERSION_12 : 0 };
	struct pair *p = pair_new(&sh, NULL);
	struct tlso_rd share;

	*h = st == S_HELLO || st == S13_FINISHED || st == S12_KEY ? p->s : p->c;
	if (st != S_HELLO)
		client_hello(p);
	if (st == S13_FINISHED)
		server_flight13(p);
	if (st == C13_FLIGHT) {
		server_flight13(p);
		share = share_in(p->c, TLSO_HS_SERVER_HELLO, p->sh.group);
		half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_13);
		tlso_starter_share(&p->c->w, p->sh.group, share.p, share.n);
		half_epoch(p->c, TLSO_EPOCH_HANDSHAKE);
		assert_int_equal(half_send(p->c), TLSO_OK);
	}
	if (v12)
		server_flight12(p);
	if (st >= C12_CCS)
		client_flight12(p);
	if (st == C12_FINISHED) {
		u8 ccs[6];

		record_clear(ccs, TLSO_CT_CCS, (const u8 *)"\1", 1);
		half_feed(*h, ccs, 6, 1);
		assert_int_equal((*h)->got[(*h)->n_got - 1].f.type,
				 TLSO_FIN_CCS);
	}
	assert_int_equal((*h)->err, TLSO_OK);
	return p;
}
