// SPDX-License-Identifier: GPL-2.0-only
/* The completer: tickets that are offered, and binders that are wrong. */
#include "pair.h"
#include "../../kmod/core/buf.h"

static u8 rec[TLSO_REC_CIPHER_MAX + 64];
static u8 big[TLSO_REC_CIPHER_MAX + 64];

static u8 ticket_bytes[TLSO_TICKET_LEN_MAX];

/* A session of which the ticket opens; its secret is @more bytes longer than its
 * suite has it.
 */
static void session(u16 suite, int more, struct tlso_resume *r)
{
	struct tlso_ticket_state st = {
		.tls_version = TLSO_VERSION_13,
		.suite = suite,
		.issued_ms = TEST_NOW,
		.lifetime_s = 100,
		.secret_len = (u8)((suite == 0x1302 ? 48 : 32) + more),
		.secret = "the secret of a session, not as random as it is",
	};

	memset(r, 0, sizeof(*r));
	r->tls_version = TLSO_VERSION_13;
	r->suite = suite;
	r->secret_len = st.secret_len;
	memcpy(r->secret, st.secret, st.secret_len);
	r->ticket = ticket_bytes;
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &test_tickets,
					  &st, ticket_bytes,
					  sizeof(ticket_bytes), &r->ticket_len),
			 TLSO_OK);
}

/* What the server makes of a ClientHello whose bytes were changed. */
static enum tlso_err psk_with(struct pair *p, u16 index)
{
	enum tlso_err e;

	half_feed(p->s, p->c->out, p->c->out_len, 0);
	assert_int_equal(half_alert(p->s), -1);
	half_begin_chosen(p->s, p->sh.suite, TLSO_VERSION_13);
	tlso_starter_psk(&p->s->w, index);
	put_server_hello(p);
	e = half_send(p->s);
	if (e) { /* and nothing but an alert goes out, in clear */
		assert_int_equal(p->s->out_len, 0);
		half_begin(p->s);
		assert_int_equal(half_send(p->s), e);
		half_begin(p->s);
		tlso_starter_alert(&p->s->w, 2, tlso_err_alert(e));
		assert_int_equal(half_send(p->s), TLSO_OK);
		assert_int_equal(p->s->out_len, 7);
		assert_int_equal(p->s->out[0], TLSO_CT_ALERT);
	}
	pair_free(p);
	return e;
}

static struct pair *with_psk(u16 suite)
{
	struct shape sh = { .suite = suite, .psk_suite = suite };
	struct tlso_resume r;
	struct pair *p;

	session(suite, 0, &r);
	p = pair_new(&sh, &r);
	half_begin(p->c);
	put_client_hello(p);
	assert_int_equal(half_send(p->c), TLSO_OK);
	return p;
}

static void test_binder(void **state)
{
	struct pair *p;
	size_t i, n;

	(void)state;
	assert_int_equal(psk_with(with_psk(0x1301), 0), TLSO_OK);
	assert_int_equal(psk_with(with_psk(0x1302), 0), TLSO_OK);
	/* Every byte of the binder counts, and of what it binds. */
	for (i = 1; i <= 32; i++) {
		p = with_psk(0x1301);
		p->c->out[p->c->out_len - i] ^= 1;
		assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	}
	p = with_psk(0x1301);
	p->c->out[5 + 4 + 2] ^= 1; /* the random */
	assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	/* Another length. */
	p = with_psk(0x1301);
	n = p->c->out_len - 32 - 3; /* of the binders' list */
	p->c->out[n + 1]--;
	p->c->out[n + 2]--;
	p->c->out[3 + 5]--; /* message, record, both low bytes: none is 0 */
	p->c->out[4]--;
	assert_int_not_equal(p->c->out[4], 0xff);
	p->c->out_len--;
	for (i = 5 + 4 + 2 + 32 + 33 + 2 + 2 + 2;; i++) /* the extensions' */
		if ((size_t)(p->c->out[i] << 8 | p->c->out[i + 1]) ==
		    p->c->out_len + 1 - i - 2)
			break;
	p->c->out[i + 1]--;
	/* Not byte by byte: a key share may hold the type, too. */
	for (i += 2; p->c->out[i] || p->c->out[i + 1] != 41;)
		i += 4 + (size_t)(p->c->out[i + 2] << 8 | p->c->out[i + 3]);
	p->c->out[i + 3]--;
	assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	/* The right bytes, and one more. */
	p = with_psk(0x1301);
	half_feed(p->s, p->c->out, p->c->out_len, 0);
	p->s->c.psk.binder_len++;
	p->c->out_len = 0;
	assert_int_equal(psk_with(p, 0), TLSO_E_DECRYPT);
	/* An identity that did not open. */
	assert_int_equal(psk_with(with_psk(0x1301), 1), TLSO_E_SEAM);
	/* Another hash than the suite's. */
	p = with_psk(0x1302);
	p->sh.suite = 0x1301;
	assert_int_equal(psk_with(p, 0), TLSO_E_SEAM);
}

/* ClientHello with @n identities, the @which-th ours; binders: @binders. */
static bool opens_with(unsigned int n, unsigned int which, unsigned int binders,
		       int more)
{
	struct tlso_resume r;
	size_t msg, exts, ext, list, at_one;
	struct half *h = half_new(&(struct tlso_completer_cfg){
		.tickets = &test_tickets }, false);
	struct tlso_rd d;
	struct tlso_wr w;
	unsigned int i;
	bool ok;

	session(0x1301, more, &r);
	tlso_wr_init(&w, big, 8000);
	tlso_wr_u8(&w, TLSO_HS_CLIENT_HELLO);
	msg = tlso_wr_open(&w, 3);
	tlso_wr_u16(&w, TLSO_VERSION_12);
	memset(tlso_wr_room(&w, 33), 0, 33);
	tlso_wr_u32(&w, 0x00021301);
	tlso_wr_u16(&w, 0x0100);
	exts = tlso_wr_open(&w, 2);
	tlso_wr_u16(&w, TLSO_EXT_PRE_SHARED_KEY);
	ext = tlso_wr_open(&w, 2);
	list = tlso_wr_open(&w, 2);
	for (i = 0; i < n; i++) {
		at_one = tlso_wr_open(&w, 2);
		if (i == which)
			tlso_wr_bytes(&w, r.ticket, r.ticket_len);
		else
			tlso_wr_bytes(&w, "somebody else's", 15);
		tlso_wr_close(&w, at_one, 2);
		tlso_wr_u32(&w, 0);
	}
	tlso_wr_close(&w, list, 2);
	list = tlso_wr_open(&w, 2);
	for (i = 0; i < binders; i++) {
		tlso_wr_u8(&w, 32);
		(void)tlso_wr_room(&w, 32);
	}
	tlso_wr_close(&w, list, 2);
	tlso_wr_close(&w, ext, 2);
	tlso_wr_close(&w, exts, 2);
	tlso_wr_close(&w, msg, 3);
	assert_false(w.bad);
	half_feed(h, rec, record_clear(rec, TLSO_CT_HANDSHAKE, big, w.n), 0);
	assert_int_equal(half_alert(h), -1);
	ok = tlso_finished_extra(last(h, 1), TLSO_EXTRA_TICKET, 0, &d);
	if (ok) {
		assert_int_equal(tlso_rd_u16(&d), which);
		assert_int_equal(h->c.psk.binder_len, which < binders ? 32 : 0);
	}
	half_free(h);
	return ok;
}

static bool opens(unsigned int n, unsigned int which, unsigned int binders)
{
	return opens_with(n, which, binders, 0);
}

static void test_identities(void **state)
{
	(void)state;
	assert_true(opens(1, 0, 1));
	assert_true(opens(4, 3, 4));
	assert_true(opens(4, 0, 4));
	assert_false(opens(5, 4, 5)); /* four are tried */
	assert_false(opens(3, 9, 3));
	assert_true(opens(2, 1, 1)); /* the director refuses it */
	assert_true(opens(1, 0, 0));
	/* One whose secret is not as long as its suite's hash. */
	assert_false(opens_with(1, 0, 1, 1));
	assert_false(opens_with(1, 0, 1, 16));
	assert_false(opens_with(1, 0, 1, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binder),
		cmocka_unit_test(test_identities),
	};

	return cmocka_run_group_tests_name("completer, psk", tests, NULL, NULL);
}
