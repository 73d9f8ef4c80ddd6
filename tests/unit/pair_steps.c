// SPDX-License-Identifier: GPL-2.0-only
/* The flights of a pair: each sends, and feeds to the other side. */
#include "pair.h"

static void sent(struct half *from, struct half *to, size_t piece)
{
	assert_int_equal(half_send(from), TLSO_OK);
	pump(from, to, piece);
	assert_int_equal(to->err, TLSO_OK);
}

/* The rest of what the server sent goes to a client that has now answered. */
static void client_goes_on(struct pair *p)
{
	assert_int_equal(half_send(p->c), TLSO_OK);
	pump(p->s, p->c, p->sh.piece);
	assert_int_equal(p->c->err, TLSO_OK);
	assert_int_equal(p->s->pumped, p->s->out_len);
}

static void authenticate13(const struct pair *p, struct half *h, u16 scheme)
{
	put_certificate(h, p->sh.chain);
	put_verify(h, scheme);
}

static void finish13(const struct pair *p, struct half *from, struct half *to)
{
	put_finished(from);
	half_epoch(from, TLSO_EPOCH_APPLICATION);
	sent(from, to, p->sh.piece);
}

static void finish12(const struct pair *p, struct half *from, struct half *to)
{
	put_ccs(from);
	half_epoch(from, TLSO_EPOCH_APPLICATION);
	put_finished(from);
	sent(from, to, p->sh.piece);
}

void client_hello(struct pair *p)
{
	if (p->c->c.hello_sent)
		half_begin_chosen(p->c, p->sh.suite, p->sh.version);
	else
		half_begin(p->c);
	put_client_hello(p);
	sent(p->c, p->s, p->sh.piece);
	assert_int_equal(p->c->pumped, p->c->out_len);
}

void server_retry(struct pair *p)
{
	struct half *h = p->s;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_13);
	put_retry(p);
	put_ccs(h);
	sent(h, p->c, p->sh.piece);
}

void server_flight13(struct pair *p)
{
	struct half *h = p->s;
	bool psk = p->sh.psk_suite;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_13);
	if (psk)
		tlso_starter_psk(&h->w, 0);
	put_server_hello(p);
	put_ccs(h);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	put_message(h, TLSO_HS_ENCRYPTED_EXTENSIONS, (const u8 *)"\0\0", 2);
	if (p->sh.client_scheme)
		put_message(h, TLSO_HS_CERTIFICATE_REQUEST, (const u8 *)"", 1);
	if (!psk)
		authenticate13(p, h, p->sh.scheme);
	finish13(p, h, p->c);
}

void client_keys13(struct pair *p)
{
	struct half *h = p->c;
	struct tlso_rd share = share_in(h, TLSO_HS_SERVER_HELLO, p->sh.group);

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_13);
	if (p->sh.psk_suite)
		tlso_starter_psk(&h->w, 0);
	tlso_starter_share(&h->w, p->sh.group, share.p, share.n);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	client_goes_on(p);
}

void client_finish13(struct pair *p)
{
	struct half *h = p->c;

	half_begin(h);
	put_ccs(h);
	if (p->sh.client_scheme)
		authenticate13(p, h, p->sh.client_scheme);
	finish13(p, h, p->s);
}

void server_flight12(struct pair *p)
{
	struct half *h = p->s;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_12);
	put_server_hello(p);
	put_certificate(h, p->sh.chain);
	if (!p->sh.rsa)
		put_key_exchange(p);
	if (p->sh.client_scheme)
		put_message(h, TLSO_HS_CERTIFICATE_REQUEST, (const u8 *)"", 1);
	put_message(h, TLSO_HS_SERVER_HELLO_DONE, NULL, 0);
	sent(h, p->c, p->sh.piece);
	/* The hello holds it; with the version it goes on. */
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_12);
	client_goes_on(p);
}

void server_hello12(struct pair *p)
{
	half_begin_chosen(p->s, p->sh.suite, TLSO_VERSION_12);
	put_server_hello(p);
	sent(p->s, p->c, p->sh.piece);
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_12);
	client_goes_on(p);
}

void client_flight12(struct pair *p)
{
	struct half *h = p->c;
	struct tlso_rd r;

	half_begin(h);
	if (p->sh.client_scheme)
		put_certificate(h, p->sh.chain);
	put_client_key(p);
	tlso_starter_master(&h->w, !p->sh.classic);
	if (p->sh.client_scheme)
		put_verify(h, p->sh.client_scheme);
	finish12(p, h, p->s);
	/* ClientKeyExchange holds: its answer has no wire bytes. */
	half_begin(p->s);
	if (p->sh.rsa) {
		tlso_rd_init(&r, last(p->s, TLSO_HS_CLIENT_KEY_EXCHANGE)->body,
			     4 + 2 + 256);
		(void)tlso_rd_bytes(&r, 6);
		tlso_starter_rsa(&p->s->w, 5, r.p, r.n);
	} else {
		r = share_in(p->s, TLSO_HS_CLIENT_KEY_EXCHANGE, p->sh.group);
		tlso_starter_share(&p->s->w, p->sh.group, r.p, r.n);
	}
	tlso_starter_master(&p->s->w, !p->sh.classic);
	assert_int_equal(half_send(p->s), TLSO_OK);
	pump(h, p->s, p->sh.piece);
}

void server_finish12(struct pair *p)
{
	struct half *h = p->s;

	half_begin(h);
	if (p->sh.ticket)
		put_ticket(h);
	finish12(p, h, p->c);
}

void server_resume12(struct pair *p)
{
	struct half *h = p->s;

	half_begin_chosen(h, p->sh.suite, TLSO_VERSION_12);
	put_server_hello(p);
	tlso_starter_resume(&h->w);
	if (p->sh.ticket)
		put_ticket(h);
	finish12(p, h, p->c);
	half_begin_chosen(p->c, p->sh.suite, TLSO_VERSION_12);
	tlso_starter_resume(&p->c->w);
	client_goes_on(p);
}

void client_resume12(struct pair *p)
{
	half_begin(p->c);
	finish12(p, p->c, p->s);
}
