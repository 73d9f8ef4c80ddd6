// SPDX-License-Identifier: GPL-2.0-only
/* A chain of three, and the verdict on it. */
#include "chain.h"

struct mint_key *p256[10];
struct mint root, inter, leaf;
struct tlso_verify v;
struct tlso_x509_work work;
struct tlso_pubkey got;
u8 der[40][MINT_MAX];
size_t row;
unsigned int verified;
static struct tlso_crypto counting;

static int count_verify(const struct tlso_pubkey *key, u16 scheme,
			const u8 *digest, size_t n, const u8 *sig, size_t len)
{
	verified++;
	return tlso_host_verify(key, scheme, digest, n, sig, len);
}

int make_keys(void **state)
{
	size_t i;

	(void)state;
	mint_seed(1);
	for (i = 0; i < ARRAY_SIZE(p256); i++)
		p256[i] = mint_key_new("p256");
	counting = tlso_host_crypto;
	counting.verify = count_verify;
	return 0;
}

int reset(void **state)
{
	(void)state;
	root = mint_ca;
	root.subject = "O=tlso/CN=root";
	root.issuer = root.subject;
	root.key = p256[0];
	root.signer = p256[0];
	inter = mint_ca;
	inter.subject = "O=tlso/CN=intermediate";
	inter.issuer = root.subject;
	inter.key = p256[1];
	inter.signer = p256[0];
	leaf = mint_leaf;
	leaf.issuer = inter.subject;
	leaf.key = p256[2];
	leaf.signer = p256[1];
	memset(&v, 0, sizeof(v));
	v.crypto = &counting;
	v.now = NOW;
	v.purpose = TLSO_PURPOSE_SERVER;
	return 0;
}

struct tlso_cert minted(const struct mint *m, unsigned int i)
{
	struct tlso_cert c = { der[i], 0 };

	c.len = mint(m, der[i]);
	return c;
}

void set_name(const char *name)
{
	v.name = name;
	v.name_len = name ? strlen(name) : 0;
}

void no_extensions(struct mint *m)
{
	m->ca = -1;
	m->ku = -1;
	m->eku = NULL;
	m->san = NULL;
	m->ski = false;
	m->aki = 0;
}

void judge(struct tlso_cert anchor, const struct tlso_cert *sent,
	   unsigned int n, enum tlso_err e, const char *why)
{
	enum tlso_err is;

	v.anchors = &anchor;
	v.n_anchors = 1;
	verified = 0;
	is = tlso_x509_verify(&v, sent, n, &got, &work);
	if (is != e || !strstr(tlso_x509_why(&work), why))
		fail_msg("row %zu: %d (%s), not %d (%s)", row, is,
			 tlso_x509_why(&work), e, why);
	assert_true(verified <= TLSO_X509_SIGS_MAX);
}

void verdict(enum tlso_err e, const char *why)
{
	struct tlso_cert sent[2] = { minted(&leaf, 1), minted(&inter, 2) };

	judge(minted(&root, 0), sent, 2, e, why);
}

void verdict_on(const struct mint *ca, const struct mint *other,
		enum tlso_err e, const char *why)
{
	struct tlso_cert sent[3] = { minted(&leaf, 1), minted(ca, 2),
				     minted(other, 3) };

	judge(minted(&root, 0), sent, 3, e, why);
}
