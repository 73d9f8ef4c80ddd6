// SPDX-License-Identifier: GPL-2.0-only
/* Session tickets: sealed, opened, spoiled, rotated. */
#include "half.h"

static const struct tlso_ticket_state full = {
	.tls_version = TLSO_VERSION_12,
	.suite = 0xc030,
	.flags = TLSO_TICKET_EMS,
	.issued_ms = 0x0102030405060708ULL,
	.lifetime_s = TLSO_TICKET_LIFETIME_MAX,
	.age_add = 0xdeadbeef,
	.secret_len = 48,
	.secret = "forty-eight bytes of a secret, and all in use...",
	.ctx_len = TLSO_TICKET_CTX_MAX,
	.ctx = "sixty-four bytes that the director wants to have back, all of it",
};

static size_t seal(const struct tlso_ticket_keys *keys,
		   const struct tlso_ticket_state *st, u8 *out)
{
	size_t n;

	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, keys, st, out,
					  TLSO_TICKET_LEN_MAX, &n), TLSO_OK);
	assert_int_equal(n, tlso_ticket_len(st->secret_len, st->ctx_len));
	assert_true(n <= TLSO_TICKET_LEN_MAX);
	return n;
}

static void gone(const struct tlso_ticket_state *st)
{
	static const struct tlso_ticket_state zero;

	assert_memory_equal(st, &zero, sizeof(zero));
}

static void same(const struct tlso_ticket_state *a,
		 const struct tlso_ticket_state *b)
{
	assert_int_equal(a->tls_version, b->tls_version);
	assert_int_equal(a->suite, b->suite);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->issued_ms, b->issued_ms);
	assert_int_equal(a->lifetime_s, b->lifetime_s);
	assert_int_equal(a->age_add, b->age_add);
	assert_int_equal(a->secret_len, b->secret_len);
	assert_memory_equal(a->secret, b->secret, sizeof(a->secret));
	assert_int_equal(a->ctx_len, b->ctx_len);
	assert_memory_equal(a->ctx, b->ctx, sizeof(a->ctx));
}

static void test_round(void **state)
{
	u8 out[TLSO_TICKET_LEN_MAX], again[TLSO_TICKET_LEN_MAX], *p;
	struct tlso_ticket_state st = full, got;
	size_t n, i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i) {
			st = (struct tlso_ticket_state){ .secret_len = 32,
							 .secret = "x" };
			st.tls_version = TLSO_VERSION_13;
		}
		n = seal(&test_tickets, &st, out);
		p = malloc(n);
		memcpy(p, out, n);
		assert_int_equal(tlso_ticket_open(test_crypto(), &test_tickets,
						  p, n, &got), TLSO_OK);
		assert_memory_equal(p, out, n); /* the message stays */
		free(p);
		same(&got, &st);
	}
	/* No two are alike, and nothing is to be seen. */
	n = seal(&test_tickets, &full, out);
	seal(&test_tickets, &full, again);
	assert_memory_equal(out, again, TLSO_TICKET_NAME_LEN);
	assert_memory_not_equal(out + 16, again + 16, 12);
	assert_memory_not_equal(out + 28, again + 28, n - 28);
	for (i = 0; i + 8 < n; i++)
		assert_memory_not_equal(out + i, full.secret, 8);
}

static void test_spoiled(void **state)
{
	u8 out[TLSO_TICKET_LEN_MAX + 16] = { 0 }, *p;
	struct tlso_ticket_state got;
	size_t n, i;

	(void)state;
	n = seal(&test_tickets, &full, out);
	for (i = 0; i < n; i++) {
		out[i] ^= (u8)(1 << (i % 8));
		assert_int_equal(tlso_ticket_open(test_crypto(), &test_tickets,
						  out, n, &got),
				 TLSO_E_DECRYPT);
		gone(&got);
		out[i] ^= (u8)(1 << (i % 8));
	}
	for (i = 0; i < n + 16; i++) {
		if (i == n)
			continue;
		p = malloc(i ? i : 1);
		memcpy(p, out, i);
		assert_int_equal(tlso_ticket_open(test_crypto(), &test_tickets,
						  p, i, &got), TLSO_E_DECRYPT);
		free(p);
	}
}

/* The first key seals, all open; one that is gone opens nothing. */
static void test_rotation(void **state)
{
	struct tlso_ticket_keys keys = test_tickets;
	struct tlso_ticket_state got;
	u8 out[TLSO_TICKET_LEN_MAX];
	size_t n;

	(void)state;
	n = seal(&keys, &full, out);
	assert_memory_equal(out, keys.key[0].name, 16);
	keys.key[2] = keys.key[0];
	keys.key[0] = keys.key[1];
	keys.n = 3;
	assert_int_equal(tlso_ticket_open(test_crypto(), &keys, out, n, &got),
			 TLSO_OK);
	keys.n = 2;
	assert_int_equal(tlso_ticket_open(test_crypto(), &keys, out, n, &got),
			 TLSO_E_DECRYPT);
	keys.n = 0;
	assert_int_equal(tlso_ticket_open(test_crypto(), &keys, out, n, &got),
			 TLSO_E_DECRYPT);
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &keys, &full,
					  out, sizeof(out), &n), TLSO_E_STATE);
	/* Same name, other key. */
	keys = test_tickets;
	n = seal(&keys, &full, out);
	keys.key[0].key[31] ^= 1;
	assert_int_equal(tlso_ticket_open(test_crypto(), &keys, out, n, &got),
			 TLSO_E_DECRYPT);
}

/* What no issuer writes is not sealed, and no room not overrun. */
static void test_refused(void **state)
{
	struct tlso_ticket_state st;
	u8 *out;
	size_t n, cap;

	(void)state;
	for (cap = 0; cap < tlso_ticket_len(48, TLSO_TICKET_CTX_MAX); cap++) {
		out = malloc(cap ? cap : 1);
		assert_int_equal(tlso_ticket_seal(test_crypto(), NULL,
						  &test_tickets, &full, out,
						  cap, &n), TLSO_E_SPACE);
		free(out);
	}
	out = malloc(512);
	st = full;
	st.secret_len = 49;
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &test_tickets,
					  &st, out, 512, &n), TLSO_E_STATE);
	st.secret_len = 0;
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &test_tickets,
					  &st, out, 512, &n), TLSO_E_STATE);
	st = full;
	st.ctx_len = TLSO_TICKET_CTX_MAX + 1;
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &test_tickets,
					  &st, out, 512, &n), TLSO_E_STATE);
	st = full;
	st.lifetime_s++;
	assert_int_equal(tlso_ticket_seal(test_crypto(), NULL, &test_tickets,
					  &st, out, 512, &n), TLSO_E_STATE);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}
