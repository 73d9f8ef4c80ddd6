// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains of arbitrary certificates: a byte of flags, then certificates, each with
 * its length in two bytes in front; the first ones are anchors. Signatures are
 * right unless they begin with ff, so that what lies behind one is reached.
 */
#include <string.h>

#include "fuzz.h"
#include "../../kmod/core/x509.h"

#define CERTS_MAX 48
#define NOW 1750000000

static unsigned int verified;

static int fake_init(struct tlso_hash_ctx *c)
{
	memset(c, 0, sizeof(*c));
	return 0;
}

static int fake_update(struct tlso_hash_ctx *c, const u8 *p, size_t n)
{
	while (n--)
		c->opaque[0] = c->opaque[0] * 31 + *p++;
	return 0;
}

static int fake_final(struct tlso_hash_ctx *c, u8 *out, size_t n)
{
	memset(out, (int)c->opaque[0], n);
	return 0;
}

static int final256(struct tlso_hash_ctx *c, u8 *out)
{
	return fake_final(c, out, 32);
}

static int final384(struct tlso_hash_ctx *c, u8 *out)
{
	return fake_final(c, out, 48);
}

static int final512(struct tlso_hash_ctx *c, u8 *out)
{
	return fake_final(c, out, 64);
}

static const struct tlso_hash_alg sha256 = {
	32, 64, fake_init, fake_update, final256
};

static const struct tlso_hash_alg sha384 = {
	48, 128, fake_init, fake_update, final384
};

static const struct tlso_hash_alg sha512 = {
	64, 128, fake_init, fake_update, final512
};

static void check_key(const struct tlso_pubkey *k)
{
	switch (k->type) {
	case TLSO_KEY_RSA:
		MUST(k->bits >= 2048 && k->bits <= 4096);
		MUST(k->n_len == (k->bits + 7) / 8 && k->n[0]);
		MUST(k->e_len >= 1 && k->e_len <= 8 && k->e[0]);
		break;
	case TLSO_KEY_P256:
		MUST(k->n_len == 65 && k->n[0] == 4 && k->bits == 256);
		break;
	case TLSO_KEY_P384:
		MUST(k->n_len == 97 && k->n[0] == 4 && k->bits == 384);
		break;
	default:
		MUST(k->type == TLSO_KEY_NONE && !k->n_len);
	}
}

static int fake_verify(const struct tlso_pubkey *key, u16 scheme,
		       const u8 *digest, size_t n, const u8 *sig, size_t sig_len)
{
	(void)digest;
	verified++;
	MUST(key->type != TLSO_KEY_NONE && scheme);
	MUST(n == 32 || n == 48 || n == 64);
	check_key(key);
	return sig_len && sig[0] == 0xff ? -1 : 0;
}

static const struct tlso_crypto crypto = {
	.sha256 = &sha256,
	.sha384 = &sha384,
	.sha512 = &sha512,
	.verify = fake_verify,
};

static void ask(const struct tlso_cert *c, struct tlso_x509_work *work)
{
	struct tlso_pubkey key;
	const u8 *subject;
	size_t n;

	(void)tlso_x509_names(c, "host.example.com", 16, work);
	(void)tlso_x509_may_sign(c, work);
	(void)tlso_x509_may_encipher(c, work);
	(void)!tlso_x509_pubkey(c, &key, work);
	check_key(&key);
	if (tlso_x509_subject(c, &subject, &n)) {
		MUST(subject > c->der && n >= 2);
		MUST(subject + n <= c->der + c->len);
	}
}

static void judge(const struct tlso_verify *v, const struct tlso_cert *sent,
		  unsigned int n)
{
	static struct tlso_x509_work work;
	struct tlso_pubkey key, again;
	enum tlso_err e;

	memset(&work, 0xa5, sizeof(work));
	memset(&again, 0xa5, sizeof(again));
	verified = 0;
	e = tlso_x509_verify(v, sent, n, &key, &work);
	MUST(verified <= 32);
	MUST(tlso_x509_why(&work));
	check_key(&key);
	MUST(e || key.type != TLSO_KEY_NONE);
	/* What was in the lent memory changes nothing. */
	memset(&work, 0x5a, sizeof(work));
	MUST(tlso_x509_verify(v, sent, n, &again, &work) == e);
	MUST(!memcmp(&key, &again, sizeof(key)));
	if (n)
		ask(&sent[0], &work);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const names[] = {
		"host.example.com", "192.0.2.7", "2001:db8::7", NULL
	};
	struct tlso_cert certs[CERTS_MAX];
	unsigned int k = 0, anchors;
	struct tlso_verify v = { .crypto = &crypto, .now = NOW };
	uint8_t flags;
	size_t len;

	if (!n)
		return 0;
	flags = *p++;
	n--;
	while (n >= 2 && k < CERTS_MAX) {
		len = (size_t)p[0] << 8 | p[1];
		if (len > n - 2)
			len = n - 2;
		certs[k].der = p + 2;
		certs[k++].len = len;
		p += 2 + len;
		n -= 2 + len;
	}
	anchors = 1 + (flags >> 4 & 1);
	if (anchors > k)
		anchors = k;
	v.anchors = certs;
	v.n_anchors = anchors;
	v.purpose = (enum tlso_purpose)((flags & 3) % 3);
	v.name = names[flags >> 2 & 3];
	v.name_len = v.name ? strlen(v.name) : 0;
	v.flags = flags & 0x20 ? TLSO_VERIFY_PARTIAL : 0;
	judge(&v, certs + anchors, k - anchors);
	return 0;
}
