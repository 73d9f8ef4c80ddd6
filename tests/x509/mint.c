// SPDX-License-Identifier: GPL-2.0-only
/* Certificates to order; see mint.h. */
#include "mint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/knuth-lfib.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

struct mint_key {
	bool rsa;
	struct rsa_public_key pub;
	struct rsa_private_key priv;
	struct ecc_point point;
	struct ecc_scalar scalar;
	unsigned int bits;
	uint8_t id[20];
	struct mint_key *next; /* of all, so that they are no leaks */
};

static struct mint_key *all_keys;
static struct knuth_lfib_ctx rng;

void mint_seed(unsigned int seed)
{
	knuth_lfib_init(&rng, seed);
}

static void draw(void *ctx, size_t n, uint8_t *dst)
{
	knuth_lfib_random(ctx, n, dst);
}

static void die(const char *what)
{
	fprintf(stderr, "mint: %s\n", what);
	abort();
}

/* ---- DER, inside out: contents first, then wrap() puts the header on --------- */

struct out {
	uint8_t *p;
	size_t n;
};

static void put(struct out *o, const void *p, size_t n)
{
	if (o->n + n > MINT_MAX)
		die("too long");
	if (n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put8(struct out *o, unsigned int v)
{
	uint8_t b = (uint8_t)v;

	put(o, &b, 1);
}

/* All from @at on becomes the contents of an element. */
static void wrap(struct out *o, size_t at, unsigned int tag)
{
	size_t len = o->n - at, hdr = len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
	uint8_t h[4] = { (uint8_t)tag };

	if (o->n + hdr > MINT_MAX)
		die("too long");
	if (hdr == 2) {
		h[1] = (uint8_t)len;
	} else if (hdr == 3) {
		h[1] = 0x81;
		h[2] = (uint8_t)len;
	} else {
		h[1] = 0x82;
		h[2] = (uint8_t)(len >> 8);
		h[3] = (uint8_t)len;
	}
	memmove(o->p + at + hdr, o->p + at, len);
	memcpy(o->p + at, h, hdr);
	o->n += hdr;
}

static void put_oid(struct out *o, const char *dotted)
{
	size_t at = o->n;
	unsigned long first, v;
	char *end;
	int shift;

	first = strtoul(dotted, &end, 10);
	v = first * 40 + strtoul(end + 1, &end, 10);
	for (;;) {
		for (shift = 28; shift > 0 && !(v >> shift); shift -= 7)
			;
		for (; shift > 0; shift -= 7)
			put8(o, 0x80 | (v >> shift & 0x7f));
		put8(o, v & 0x7f);
		if (!*end)
			break;
		v = strtoul(end + 1, &end, 10);
	}
	wrap(o, at, 0x06);
}

static void put_null(struct out *o)
{
	put(o, "\x05", 2);
}

static void put_small(struct out *o, unsigned int v)
{
	size_t at = o->n;

	if (v > 0xff)
		put8(o, v >> 8);
	else if (v & 0x80)
		put8(o, 0);
	put8(o, v);
	wrap(o, at, 0x02);
}

static void put_mpz(struct out *o, const mpz_t v)
{
	uint8_t b[1200];
	size_t n = nettle_mpz_sizeinbase_256_s(v), at = o->n;

	nettle_mpz_get_str_256(n, b, v);
	put(o, b, n);
	wrap(o, at, 0x02);
}

static void put_flag(struct out *o, bool v, enum mint_quirk q)
{
	if (v)
		put(o, q == MINT_TRUE_IS_1 ? "\x01\x01\x01" : "\x01\x01\xff", 3);
	else if (q == MINT_FALSE_WRITTEN)
		put(o, "\x01\x01\x00", 3);
}

/* ---- Keys ------------------------------------------------------------------- */

static void put_spki(struct out *o, const struct mint_key *k, enum mint_quirk q)
{
	size_t at = o->n, in;
	uint8_t b[66];
	mpz_t x, y;

	if (k->rsa) {
		put_oid(o, "1.2.840.113549.1.1.1");
		if (q != MINT_RSA_NO_NULL)
			put_null(o);
		wrap(o, at, 0x30);
		in = o->n;
		put8(o, 0);
		put_mpz(o, k->pub.n);
		put_mpz(o, k->pub.e);
		wrap(o, in + 1, 0x30);
		wrap(o, in, 0x03);
	} else {
		put_oid(o, "1.2.840.10045.2.1");
		put_oid(o, k->bits == 256 ? "1.2.840.10045.3.1.7" :
			   k->bits == 384 ? "1.3.132.0.34" : "1.3.132.0.35");
		wrap(o, at, 0x30);
		in = o->n;
		put8(o, 0);
		put8(o, 4);
		mpz_init(x);
		mpz_init(y);
		ecc_point_get(&k->point, x, y);
		nettle_mpz_get_str_256((k->bits + 7) / 8, b, x);
		put(o, b, (k->bits + 7) / 8);
		nettle_mpz_get_str_256((k->bits + 7) / 8, b, y);
		put(o, b, (k->bits + 7) / 8);
		mpz_clear(x);
		mpz_clear(y);
		wrap(o, in, 0x03);
	}
	wrap(o, at, 0x30);
}

static struct mint_key *named(struct mint_key *k)
{
	uint8_t buf[MINT_MAX];
	struct out o = { buf, 0 };
	struct sha1_ctx c;

	put_spki(&o, k, MINT_RIGHT);
	sha1_init(&c);
	sha1_update(&c, o.n, buf);
	sha1_digest(&c, sizeof(k->id), k->id);
	return k;
}

static struct mint_key *blank(void)
{
	struct mint_key *k = calloc(1, sizeof(*k));

	if (!k)
		die("no memory");
	k->next = all_keys;
	all_keys = k;
	return k;
}

static struct mint_key *rsa_new(unsigned int bits)
{
	struct mint_key *k = blank();

	k->rsa = true;
	k->bits = bits;
	rsa_public_key_init(&k->pub);
	rsa_private_key_init(&k->priv);
	mpz_set_ui(k->pub.e, 65537);
	if (!rsa_generate_keypair(&k->pub, &k->priv, &rng, draw, NULL, NULL,
				  bits, 0))
		die("rsa");
	return named(k);
}

struct mint_key *mint_key_new(const char *what)
{
	const struct ecc_curve *curve;
	struct mint_key *k;

	if (!strncmp(what, "rsa", 3))
		return rsa_new((unsigned int)atoi(what + 3));
	k = blank();
	k->bits = (unsigned int)atoi(what + 1);
	curve = k->bits == 256 ? nettle_get_secp_256r1() :
		k->bits == 384 ? nettle_get_secp_384r1() :
				 nettle_get_secp_521r1();
	ecc_point_init(&k->point, curve);
	ecc_scalar_init(&k->scalar, curve);
	ecdsa_generate_keypair(&k->point, &k->scalar, &rng, draw);
	return named(k);
}

struct mint_key *mint_key_fake_rsa(unsigned int bits, unsigned int e)
{
	struct mint_key *k = blank();

	k->rsa = true;
	k->bits = bits;
	rsa_public_key_init(&k->pub);
	mpz_set_ui(k->pub.e, e);
	mpz_ui_pow_ui(k->pub.n, 2, bits - 1);
	mpz_add_ui(k->pub.n, k->pub.n, 12345);
	return named(k);
}

/* ---- Signatures -------------------------------------------------------------- */

static size_t digest(enum mint_alg alg, const uint8_t *p, size_t n, uint8_t *out)
{
	struct sha256_ctx c256;
	struct sha512_ctx c512;
	struct sha1_ctx c1;

	switch (alg) {
	case MINT_SHA1:
		sha1_init(&c1);
		sha1_update(&c1, n, p);
		sha1_digest(&c1, 20, out);
		return 20;
	case MINT_SHA384:
	case MINT_PSS384:
		sha384_init(&c512);
		sha384_update(&c512, n, p);
		sha384_digest(&c512, 48, out);
		return 48;
	case MINT_SHA512:
	case MINT_PSS512:
		sha512_init(&c512);
		sha512_update(&c512, n, p);
		sha512_digest(&c512, 64, out);
		return 64;
	default:
		sha256_init(&c256);
		sha256_update(&c256, n, p);
		sha256_digest(&c256, 32, out);
		return 32;
	}
}

static const char *hash_oid(enum mint_alg alg)
{
	switch (alg) {
	case MINT_SHA1:
		return "1.3.14.3.2.26";
	case MINT_SHA384:
	case MINT_PSS384:
		return "2.16.840.1.101.3.4.2.2";
	case MINT_SHA512:
	case MINT_PSS512:
		return "2.16.840.1.101.3.4.2.3";
	default:
		return "2.16.840.1.101.3.4.2.1";
	}
}

static void put_hash_alg(struct out *o, enum mint_alg alg)
{
	size_t at = o->n;

	put_oid(o, hash_oid(alg));
	put_null(o);
	wrap(o, at, 0x30);
}

static void put_pss_params(struct out *o, enum mint_alg alg)
{
	static const unsigned int len[] = {
		[MINT_PSS256] = 32, [MINT_PSS384] = 48, [MINT_PSS512] = 64,
		[MINT_PSS_SALT20] = 20, [MINT_PSS_MGF1_SHA1] = 32,
		[MINT_PSS_MGF1_SHA384] = 32,
	};
	enum mint_alg mgf = alg;
	size_t at = o->n, in = o->n;

	put_hash_alg(o, alg);
	wrap(o, in, 0xa0);
	in = o->n;
	put_oid(o, "1.2.840.113549.1.1.8");
	if (alg == MINT_PSS_MGF1_SHA1)
		mgf = MINT_SHA1;
	else if (alg == MINT_PSS_MGF1_SHA384)
		mgf = MINT_SHA384;
	put_hash_alg(o, mgf);
	wrap(o, in, 0x30);
	wrap(o, in, 0xa1);
	in = o->n;
	put_small(o, len[alg]);
	wrap(o, in, 0xa2);
	wrap(o, at, 0x30);
}

static void put_alg(struct out *o, const struct mint_key *k, enum mint_alg alg,
		    enum mint_quirk q)
{
	static const char *const rsa[] = {
		[MINT_SHA256] = "1.2.840.113549.1.1.11",
		[MINT_SHA384] = "1.2.840.113549.1.1.12",
		[MINT_SHA512] = "1.2.840.113549.1.1.13",
		[MINT_SHA1] = "1.2.840.113549.1.1.5",
	};
	static const char *const ec[] = {
		[MINT_SHA256] = "1.2.840.10045.4.3.2",
		[MINT_SHA384] = "1.2.840.10045.4.3.3",
		[MINT_SHA512] = "1.2.840.10045.4.3.4",
		[MINT_SHA1] = "1.2.840.10045.4.1",
	};
	size_t at = o->n;

	if (alg >= MINT_PSS256) {
		put_oid(o, "1.2.840.113549.1.1.10");
		put_pss_params(o, alg);
	} else {
		put_oid(o, (k->rsa ? rsa : ec)[alg]);
		if (q == MINT_ALG_PARAMS)
			put_small(o, 1);
		else if (k->rsa && q != MINT_ALG_NO_NULL)
			put_null(o);
	}
	wrap(o, at, 0x30);
}

static bool pss_sign(const struct mint_key *k, enum mint_alg alg,
		     const uint8_t *d, mpz_t s)
{
	uint8_t salt[64];

	draw(&rng, sizeof(salt), salt);
	switch (alg) {
	case MINT_PSS384:
		return rsa_pss_sha384_sign_digest_tr(&k->pub, &k->priv, &rng,
						     draw, 48, salt, d, s);
	case MINT_PSS512:
		return rsa_pss_sha512_sign_digest_tr(&k->pub, &k->priv, &rng,
						     draw, 64, salt, d, s);
	default:
		return rsa_pss_sha256_sign_digest_tr(&k->pub, &k->priv, &rng,
				draw, alg == MINT_PSS_SALT20 ? 20 : 32, salt, d,
				s);
	}
}

static bool pkcs1_sign(const struct mint_key *k, enum mint_alg alg,
		       const uint8_t *d, size_t n, mpz_t s)
{
	uint8_t info[128];
	struct out o = { info, 0 };
	size_t in;

	put_hash_alg(&o, alg);
	in = o.n;
	put(&o, d, n);
	wrap(&o, in, 0x04);
	wrap(&o, 0, 0x30);
	return rsa_pkcs1_sign_tr(&k->pub, &k->priv, &rng, draw, o.n, info, s);
}

static void put_sig(struct out *o, const struct mint *m, const uint8_t *p,
		    size_t n)
{
	struct dsa_signature rs;
	uint8_t d[64], b[1024];
	size_t len = digest(m->alg, p, n, d), at = o->n;
	mpz_t s;

	if (m->quirk == MINT_SIG_WRONG)
		d[len - 1] ^= 1;
	put8(o, m->quirk == MINT_SIG_BITS ? 1 : 0);
	if (m->signer->rsa) {
		mpz_init(s);
		if (!(m->alg >= MINT_PSS256 ? pss_sign(m->signer, m->alg, d, s) :
		      pkcs1_sign(m->signer, m->alg, d, len, s)))
			die("sign");
		nettle_mpz_get_str_256(m->signer->pub.size, b, s);
		put(o, b, m->signer->pub.size);
		mpz_clear(s);
	} else {
		dsa_signature_init(&rs);
		ecdsa_sign(&m->signer->scalar, &rng, draw, len, d, &rs);
		put_mpz(o, rs.r);
		put_mpz(o, rs.s);
		wrap(o, at + 1, 0x30);
		dsa_signature_clear(&rs);
	}
	wrap(o, at, 0x03);
}

/* ---- Names ------------------------------------------------------------------- */

static void put_ava(struct out *o, const char *s, size_t n)
{
	static const struct {
		const char *type, *oid;
		unsigned int tag;
	} types[] = {
		{ "CN", "2.5.4.3", 0x0c }, { "C", "2.5.4.6", 0x13 },
		{ "O", "2.5.4.10", 0x0c }, { "OU", "2.5.4.11", 0x0c },
		{ "DC", "0.9.2342.19200300.100.1.25", 0x16 },
		{ "E", "1.2.840.113549.1.9.1", 0x16 },
		{ "T", "2.5.4.12", 0x14 },
		{ "BMP", "2.5.4.12", 0x1e },
		{ "OCTETS", "2.5.4.12", 0x04 }, /* may not be */
		{ "PRIVATE", "2.5.4.12", 0xc4 },
	};
	size_t at = o->n, in, i, k = strcspn(s, "=~");

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].type) == k && !memcmp(types[i].type, s, k))
			break;
	if (i == sizeof(types) / sizeof(types[0]))
		die(s);
	put_oid(o, types[i].oid);
	in = o->n;
	put(o, s + k + 1, n - k - 1);
	wrap(o, in, s[k] == '~' ? 0x13 : types[i].tag);
	wrap(o, at, 0x30);
}

/* RDNs are set apart by '/', values of one RDN by '+'. */
static void put_name(struct out *o, const char *s)
{
	size_t at = o->n, rdn = o->n, n;

	while (*s) {
		n = strcspn(s, "/+");
		put_ava(o, s, n);
		if (s[n] != '+') {
			wrap(o, rdn, 0x31);
			rdn = o->n;
		}
		s += n + !!s[n];
	}
	wrap(o, at, 0x30);
}

static void put_ip(struct out *o, const char *s, size_t n)
{
	unsigned int bits, len, i;
	char text[64] = "";
	uint8_t a[16];
	char *slash;

	memcpy(text, s, n < sizeof(text) ? n : sizeof(text) - 1);
	slash = strchr(text, '/');
	if (slash)
		*slash = 0;
	len = strchr(text, ':') ? 16 : 4;
	if (inet_pton(len == 16 ? AF_INET6 : AF_INET, text, a) != 1)
		die(s);
	put(o, a, len);
	if (!slash)
		return;
	bits = (unsigned int)atoi(slash + 1);
	for (i = 0; i < len; i++, bits -= bits < 8 ? bits : 8)
		put8(o, bits >= 8 ? 0xff : 0xff << (8 - bits));
}

static void put_general_name(struct out *o, const char *s, size_t n)
{
	size_t at = o->n, in, k = strcspn(s, ":");
	char text[MINT_MAX];

	n -= k + 1;
	if (n >= sizeof(text))
		die("name too long");
	memcpy(text, s + k + 1, n);
	text[n] = 0;
	if (!strncmp(s, "dns:", 4)) {
		put(o, text, n);
		wrap(o, at, 0x82);
	} else if (!strncmp(s, "email:", 6)) {
		put(o, text, n);
		wrap(o, at, 0x81);
	} else if (!strncmp(s, "uri:", 4)) {
		put(o, text, n);
		wrap(o, at, 0x86);
	} else if (!strncmp(s, "ip:", 3)) {
		put_ip(o, text, n);
		wrap(o, at, 0x87);
	} else if (!strncmp(s, "dir:", 4)) {
		put_name(o, text);
		wrap(o, at, 0xa4);
	} else if (!strncmp(s, "rid:", 4)) {
		put(o, "\x2a\x03\x04", 3);
		wrap(o, at, 0x88);
	} else {
		put_oid(o, "1.3.6.1.4.1.311.20.2.3");
		in = o->n;
		put(o, "\x0c\x01x", 3);
		wrap(o, in, 0xa0);
		wrap(o, at, 0xa0);
	}
}

static void put_general_names(struct out *o, const char *s, bool subtrees)
{
	size_t n, at;

	while (*s) {
		n = strcspn(s, " ");
		at = o->n;
		put_general_name(o, s, n);
		if (subtrees)
			wrap(o, at, 0x30);
		s += n + !!s[n];
	}
}

/* ---- Extensions -------------------------------------------------------------- */

/* All from @at on becomes an extension's value. */
static void close_ext(struct out *o, size_t at, const char *oid, bool critical,
		      enum mint_quirk q)
{
	uint8_t buf[MINT_MAX];
	struct out head = { buf, 0 };

	wrap(o, at, 0x04);
	put_oid(&head, oid);
	put_flag(&head, critical, q);
	put(&head, o->p + at, o->n - at);
	wrap(&head, 0, 0x30);
	o->n = at;
	put(o, buf, head.n);
}

static void put_ku(struct out *o, unsigned int ku)
{
	size_t at = o->n;
	unsigned int pad = 0, low = ku & 0xff ? ku & 0xff : ku >> 8;

	while (pad < 7 && !(low >> pad & 1))
		pad++;
	put8(o, pad);
	put8(o, ku >> 8);
	if (ku & 0xff)
		put8(o, ku);
	wrap(o, at, 0x03);
}

static void put_eku(struct out *o, const char *eku)
{
	size_t at = o->n;

	if (strstr(eku, "server"))
		put_oid(o, "1.3.6.1.5.5.7.3.1");
	if (strstr(eku, "client"))
		put_oid(o, "1.3.6.1.5.5.7.3.2");
	if (strstr(eku, "any"))
		put_oid(o, "2.5.29.37.0");
	if (strstr(eku, "other"))
		put_oid(o, "1.3.6.1.5.5.7.3.8");
	wrap(o, at, 0x30);
}

static void put_bc(struct out *o, const struct mint *m)
{
	size_t at = o->n;

	put_flag(o, m->ca > 0, m->quirk);
	if (m->path_len >= 0)
		put_small(o, (unsigned int)m->path_len);
	wrap(o, at, 0x30);
}

static void put_nc(struct out *o, const struct mint *m)
{
	size_t at = o->n, in = o->n;

	if (m->permitted) {
		put_general_names(o, m->permitted, true);
		wrap(o, in, 0xa0);
	}
	in = o->n;
	if (m->excluded) {
		put_general_names(o, m->excluded, true);
		wrap(o, in, 0xa1);
	}
	wrap(o, at, 0x30);
}

static void put_aki(struct out *o, const struct mint *m)
{
	uint8_t id[20];
	size_t at = o->n;

	memcpy(id, m->signer->id, sizeof(id));
	if (m->aki < 0)
		id[0] ^= 0xff;
	put(o, id, sizeof(id));
	wrap(o, at, 0x80);
	wrap(o, at, 0x30);
}

static void put_others(struct out *o, const struct mint *m)
{
	char oid[32];
	size_t at;
	unsigned int i;

	for (i = 0; i < m->n_extra; i++) {
		at = o->n;
		put(o, m->extra[i].value, m->extra[i].n);
		close_ext(o, at, m->extra[i].oid, m->extra[i].critical,
			  MINT_RIGHT);
	}
	for (i = 0; m->quirk == MINT_EXTS_MANY && i < 50; i++) {
		snprintf(oid, sizeof(oid), "1.2.3.%u", i);
		close_ext(o, o->n, oid, false, MINT_RIGHT);
	}
	for (i = 0; m->quirk == MINT_EXT_TWICE && i < 2; i++)
		close_ext(o, o->n, "1.2.3.4", false, MINT_RIGHT);
}

static void put_extensions(struct out *o, const struct mint *m)
{
	size_t start = o->n, at = start;

	if (m->ca >= 0) {
		put_bc(o, m);
		close_ext(o, at, "2.5.29.19", m->bc_critical, MINT_RIGHT);
	}
	at = o->n;
	if (m->ku >= 0) {
		put_ku(o, (unsigned int)m->ku);
		close_ext(o, at, "2.5.29.15", true, m->quirk);
	}
	at = o->n;
	if (m->eku) {
		put_eku(o, m->eku);
		close_ext(o, at, "2.5.29.37", m->eku_critical, m->quirk);
	}
	at = o->n;
	if (m->san) {
		put_general_names(o, m->san, false);
		wrap(o, at, 0x30);
		close_ext(o, at, "2.5.29.17", m->san_critical, m->quirk);
	}
	at = o->n;
	if (m->permitted || m->excluded) {
		put_nc(o, m);
		close_ext(o, at, "2.5.29.30", m->nc_critical, m->quirk);
	}
	at = o->n;
	if (m->ski) {
		put(o, m->key->id, sizeof(m->key->id));
		wrap(o, at, 0x04);
		close_ext(o, at, "2.5.29.14", false, MINT_RIGHT);
	}
	at = o->n;
	if (m->aki) {
		put_aki(o, m);
		close_ext(o, at, "2.5.29.35", false, MINT_RIGHT);
	}
	put_others(o, m);
	if (o->n == start && m->quirk != MINT_EXTS_EMPTY)
		return;
	if (m->quirk == MINT_EXTS_EMPTY)
		o->n = start;
	wrap(o, start, 0x30);
	wrap(o, start, 0xa3);
}

/* ---- The certificate ----------------------------------------------------------- */

static void put_serial(struct out *o, enum mint_quirk q)
{
	uint8_t b[24] = { 0 };
	size_t at = o->n;

	draw(&rng, sizeof(b), b);
	b[0] &= 0x7f;
	b[0] |= 0x40;
	switch (q) {
	case MINT_SERIAL_PADDED:
		b[0] = 0;
		b[1] &= 0x7f;
		put(o, b, 9);
		break;
	case MINT_SERIAL_EMPTY:
		break;
	case MINT_SERIAL_LONG:
		put(o, b, 22);
		break;
	case MINT_SERIAL_20:
		b[0] = 0;
		b[1] |= 0x80;
		put(o, b, 21);
		break;
	case MINT_SERIAL_NEGATIVE:
		b[0] = 0x85;
		put(o, b, 8);
		break;
	default:
		put(o, b, 8);
	}
	wrap(o, at, 0x02);
}

static void put_time(struct out *o, const char *s)
{
	size_t at = o->n;

	put(o, s, strlen(s));
	wrap(o, at, strlen(s) == 13 ? 0x17 : 0x18);
}

static void put_tbs(struct out *o, const struct mint *m)
{
	size_t at = o->n, in = at;

	if (m->version || m->quirk == MINT_V1_WRITTEN) {
		put_small(o, m->quirk == MINT_V4 ? 3 :
			     m->quirk == MINT_V1_WRITTEN ? 0 :
			     (unsigned int)m->version);
		wrap(o, in, 0xa0);
	}
	put_serial(o, m->quirk);
	put_alg(o, m->signer, m->quirk == MINT_ALG_INSIDE ?
		(m->alg == MINT_SHA384 ? MINT_SHA256 : MINT_SHA384) : m->alg,
		m->quirk);
	put_name(o, m->issuer);
	in = o->n;
	put_time(o, m->not_before);
	put_time(o, m->not_after);
	wrap(o, in, 0x30);
	put_name(o, m->subject);
	put_spki(o, m->key, m->quirk);
	if (m->quirk == MINT_UNIQUE_ID)
		put(o, "\x81\x02\x00\x55", 4);
	put_extensions(o, m);
	wrap(o, at, 0x30);
}

/* Mistakes of the outermost header. */
static void spoil(struct out *o, enum mint_quirk q)
{
	size_t hdr = o->p[1] == 0x82 ? 4 : 3, len = o->n - hdr;

	if (q == MINT_TRAILING) {
		put8(o, 0);
	} else if (q == MINT_LONG_LENGTH) {
		memmove(o->p + 5, o->p + hdr, len);
		o->p[1] = 0x83;
		o->p[2] = 0;
		o->p[3] = (uint8_t)(len >> 8);
		o->p[4] = (uint8_t)len;
		o->n = 5 + len;
	} else if (q == MINT_INDEFINITE) {
		memmove(o->p + 2, o->p + hdr, len);
		o->p[1] = 0x80;
		o->n = 2 + len;
		put8(o, 0);
		put8(o, 0);
	}
}

const struct mint mint_leaf = {
	.version = 2,
	.subject = "O=tlso/CN=leaf",
	.not_before = "200101000000Z",
	.not_after = "301231235959Z",
	.ca = 0,
	.path_len = -1,
	.ku = 0x8000,
	.eku = "server client",
	.san = "dns:host.example.com dns:*.wild.example.com ip:192.0.2.7 ip:2001:db8::7",
	.ski = true,
	.aki = 1,
};

const struct mint mint_ca = {
	.version = 2,
	.not_before = "200101000000Z",
	.not_after = "301231235959Z",
	.ca = 1,
	.path_len = -1,
	.bc_critical = true,
	.ku = 0x0600,
	.nc_critical = true,
	.ski = true,
	.aki = 1,
};

size_t mint(const struct mint *m, uint8_t *out)
{
	struct out o = { out, 0 };
	unsigned int i, bit;
	size_t tbs;

	put_tbs(&o, m);
	tbs = o.n;
	for (i = 0; i < m->n_flips; i++) {
		bit = m->flip[i] % (unsigned int)(tbs * 8);
		out[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	put_alg(&o, m->signer, m->alg, m->quirk);
	put_sig(&o, m, out, tbs);
	if (m->quirk == MINT_TRAILING_INSIDE)
		put_null(&o);
	wrap(&o, 0, 0x30);
	spoil(&o, m->quirk);
	return o.n;
}
