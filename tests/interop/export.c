// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exporters (RFC 8446 7.5, RFC 5705) from what the key log hook told: the core
 * has none, but what they give shows that both sides hold the same secrets.
 */
#include "conn.h"
#include "../../kmod/core/keysched.h"
#include "../../kmod/core/suite.h"
#include "../../kmod/core/wire.h"

/* RFC 5246 5: P_hash over a seed of at most 512 bytes. */
static int p_hash(const struct tlso_hash_alg *h, const u8 *secret, size_t len,
		  const u8 *seed, size_t seed_len, u8 *out, size_t n)
{
	u8 a[TLSO_HASH_MAX], block[TLSO_HASH_MAX];
	size_t part;

	if (tlso_hmac(h, secret, len, seed, seed_len, NULL, 0, a))
		return -1;
	for (; n; n -= part, out += part) {
		part = n < h->len ? n : h->len;
		if (tlso_hmac(h, secret, len, a, h->len, seed, seed_len, block) ||
		    tlso_hmac(h, secret, len, a, h->len, NULL, 0, a))
			return -1;
		memcpy(out, block, part);
	}
	return 0;
}

static int export_12(const struct conn *c, const struct tlso_hash_alg *h,
		     const char *label, const char *context, u8 *out, size_t n)
{
	size_t label_len = strlen(label), len = 0, ctx_len;
	u8 seed[512];

	ctx_len = context ? strlen(context) : 0;
	if (label_len + 2 * TLSO_RANDOM_LEN + 2 + ctx_len > sizeof(seed))
		return -1;
	memcpy(seed, label, label_len);
	len = label_len;
	memcpy(seed + len, c->client_random, TLSO_RANDOM_LEN);
	len += TLSO_RANDOM_LEN;
	memcpy(seed + len, c->server_random, TLSO_RANDOM_LEN);
	len += TLSO_RANDOM_LEN;
	if (context) {
		seed[len++] = (u8)(ctx_len >> 8);
		seed[len++] = (u8)ctx_len;
		memcpy(seed + len, context, ctx_len);
		len += ctx_len;
	}
	return p_hash(h, c->export_secret, 48, seed, len, out, n);
}

/* HKDF-Expand (RFC 5869 2.3) of any length. */
static int expand(const struct tlso_hash_alg *h, const u8 *prk, const u8 *info,
		  size_t info_len, u8 *out, size_t n)
{
	u8 t[TLSO_HASH_MAX + 256 + 1];
	size_t part, t_len = 0;
	u8 block[TLSO_HASH_MAX], i = 1;

	for (; n; n -= part, out += part, i++) {
		memcpy(t + t_len, info, info_len);
		t[t_len + info_len] = i;
		if (tlso_hmac(h, prk, h->len, t, t_len + info_len + 1, NULL, 0,
			      block))
			return -1;
		part = n < h->len ? n : h->len;
		memcpy(out, block, part);
		memcpy(t, block, h->len);
		t_len = h->len;
	}
	return 0;
}

static int export_13(const struct conn *c, const struct tlso_hash_alg *h,
		     const char *label, const char *context, u8 *out, size_t n)
{
	static const char name[] = "tls13 exporter";
	u8 secret[TLSO_HASH_MAX], info[128];
	struct tlso_hash_ctx hash;
	size_t len = 0;

	if (tlso_derive_secret_n(h, c->export_secret, label, strlen(label), NULL,
				 secret))
		return -1;
	info[len++] = (u8)(n >> 8);
	info[len++] = (u8)n;
	info[len++] = sizeof(name) - 1;
	memcpy(info + len, name, sizeof(name) - 1);
	len += sizeof(name) - 1;
	info[len++] = h->len;
	h->init(&hash);
	if (context)
		h->update(&hash, (const u8 *)context, strlen(context));
	h->final(&hash, info + len);
	len += h->len;
	return expand(h, secret, info, len, out, n);
}

int conn_export(const struct conn *c, const char *label, const char *context,
		u8 *out, size_t n)
{
	const struct tlso_hash_alg *h = tlso_suite_hash(&tlso_host_crypto,
							c->d.suite);

	if (!h || !c->o->exports)
		return -1;
	if (c->d.version == TLSO_VERSION_13)
		return export_13(c, h, label, context, out, n);
	return export_12(c, h, label, context, out, n);
}
