// SPDX-License-Identifier: GPL-2.0-only
/* Chains found: of any length and order, past dead ends, with an end to the search. */
#include "chain.h"

static void test_good(void **state)
{
	(void)state;
	GOOD();
	assert_int_equal(verified, 2);
	assert_int_equal(got.type, TLSO_KEY_P256);
	assert_int_equal(got.n_len, 65);
	assert_int_equal(got.bits, 256);
}

static char ca_name[12][32];

/* Sends a leaf under @n CAs below the root, from the root's to the leaf's. */
static unsigned int tower(struct tlso_cert *sent, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(ca_name[i], sizeof(ca_name[i]), "CN=ca %u", i);
		inter.subject = ca_name[i];
		inter.issuer = i ? ca_name[i - 1] : root.subject;
		inter.key = p256[i + 1];
		inter.signer = p256[i];
		sent[i + 1] = minted(&inter, i + 2);
	}
	leaf.issuer = n ? ca_name[n - 1] : root.subject;
	leaf.signer = p256[n];
	leaf.key = p256[9];
	sent[0] = minted(&leaf, 1);
	return n + 1;
}

static void test_depth(void **state)
{
	struct tlso_cert sent[10];
	unsigned int n;

	for (n = 0; n <= 6; n++) {
		reset(state);
		judge(minted(&root, 0), sent, tower(sent, n), TLSO_OK, "");
		assert_int_equal(verified, n + 1);
	}
	judge(minted(&root, 0), sent, tower(sent, 7), TLSO_E_CERT_UNKNOWN,
	      "too long");
}

static void test_order(void **state)
{
	struct tlso_cert sent[12], t, root_cert;
	unsigned int i, k, n = tower(sent, 5);

	(void)state;
	root_cert = minted(&root, 0);
	sent[n++] = root_cert; /* sent as well */
	sent[n++] = sent[0]; /* the leaf again */
	for (i = 0; i < 40; i++) {
		k = 1 + (unsigned int)rand() % (n - 1);
		t = sent[1];
		sent[1] = sent[k];
		sent[k] = t;
		judge(root_cert, sent, n, TLSO_OK, "");
		assert_int_equal(verified, 6);
	}
	/* One missing. */
	for (k = 1; sent[k].der != der[3]; k++)
		;
	sent[k] = sent[--n];
	judge(root_cert, sent, n, TLSO_E_UNKNOWN_CA, "issuer is unknown");
}

static void test_unknown_root(void **state)
{
	struct tlso_cert sent[3];
	struct mint other = root;

	(void)state;
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&inter, 2);
	sent[2] = minted(&root, 3);
	other.subject = "CN=other";
	other.issuer = other.subject;
	judge(minted(&other, 0), sent, 3, TLSO_E_UNKNOWN_CA, "");
	/* The anchor's name, another key; whether or not identifiers tell. */
	other = root;
	other.key = p256[7];
	other.signer = p256[7];
	judge(minted(&other, 0), sent, 2, TLSO_E_BAD_CERT, "signature");
	other.ski = false;
	judge(minted(&other, 0), sent, 2, TLSO_E_BAD_CERT, "signature");
	judge(minted(&root, 0), sent, 0, TLSO_E_BAD_CERT, "no certificate");
	v.n_anchors = 0;
	assert_int_equal(tlso_x509_verify(&v, sent, 3, &got, &work),
			 TLSO_E_UNKNOWN_CA);
}

/* Identifiers that do not match are no reason to refuse. */
static void test_hints(void **state)
{
	(void)state;
	leaf.aki = -1;
	GOOD();
	leaf.aki = 0;
	inter.ski = false;
	GOOD();
}

/* Two CAs of one name: the right one is found, with no signature wasted where
 * identifiers tell them apart.
 */
static void test_two_of_a_name(void **state)
{
	struct mint twin = inter;

	(void)state;
	twin.key = p256[5];
	verdict_on(&twin, &inter, TLSO_OK, "");
	assert_int_equal(verified, 2);
	leaf.aki = 0;
	verdict_on(&twin, &inter, TLSO_OK, "");
	assert_int_equal(verified, 3);
}

/* A cross-signed CA whose first way up ends nowhere: the other one is taken. */
static void test_cross_signed(void **state)
{
	struct mint cross = inter;

	(void)state;
	cross.issuer = "CN=nobody";
	cross.signer = p256[6];
	verdict_on(&cross, &inter, TLSO_OK, "");
	cross = inter;
	cross.not_after = "240101000000Z";
	verdict_on(&cross, &inter, TLSO_OK, "");
}

/* Many CAs of one name and key, each a way to all the others: what is tried ends
 * after 32 signatures.
 */
static void test_chain_bomb(void **state)
{
	struct tlso_cert sent[36];
	unsigned int i;

	(void)state;
	inter.issuer = inter.subject;
	inter.signer = inter.key;
	for (i = 1; i < ARRAY_SIZE(sent); i++)
		sent[i] = minted(&inter, i + 2);
	sent[0] = minted(&leaf, 1);
	judge(minted(&root, 0), sent, ARRAY_SIZE(sent), TLSO_E_CERT_UNKNOWN,
	      "too many signatures");
	assert_int_equal(verified, 32);
}

static void test_leaf_is_anchor(void **state)
{
	struct tlso_cert sent[1], c;

	(void)state;
	leaf.issuer = leaf.subject;
	leaf.signer = leaf.key;
	c = minted(&leaf, 1);
	sent[0] = c;
	set_name("host.example.com");
	judge(c, sent, 1, TLSO_OK, "");
	assert_int_equal(verified, 0);
	set_name("else.example.com");
	judge(c, sent, 1, TLSO_E_BAD_CERT, "names somebody else");
	set_name(NULL);
	v.now = 4000000000;
	judge(c, sent, 1, TLSO_E_CERT_EXPIRED, "");
	v.now = NOW;
	/* It is trusted for itself alone. */
	inter = leaf;
	leaf = mint_leaf;
	leaf.subject = "CN=below";
	leaf.issuer = inter.subject;
	leaf.signer = inter.key;
	leaf.key = p256[4];
	sent[0] = minted(&leaf, 2);
	judge(c, sent, 1, TLSO_E_UNKNOWN_CA, "not a CA");
}

static void test_partial(void **state)
{
	struct tlso_cert sent[2], in, top;

	(void)state;
	sent[0] = minted(&leaf, 1);
	in = minted(&inter, 2);
	judge(in, sent, 1, TLSO_E_UNKNOWN_CA, "");
	v.flags = TLSO_VERIFY_PARTIAL;
	judge(in, sent, 1, TLSO_OK, "");
	assert_int_equal(verified, 1);
	judge(sent[0], sent, 1, TLSO_OK, "");
	v.flags = 0;
	judge(sent[0], sent, 1, TLSO_E_UNKNOWN_CA, "");
	/* An anchor that is no root may still be a way to one. */
	top = minted(&root, 0);
	v.anchors = (struct tlso_cert[]){ in, top };
	v.n_anchors = 2;
	assert_int_equal(tlso_x509_verify(&v, sent, 1, &got, &work), TLSO_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_good), T(test_depth), T(test_order),
		T(test_unknown_root), T(test_hints), T(test_two_of_a_name),
		T(test_cross_signed), T(test_chain_bomb),
		T(test_leaf_is_anchor), T(test_partial),
	};

	return cmocka_run_group_tests_name("chains", tests, make_keys, NULL);
}
