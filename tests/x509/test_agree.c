// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our verdict beside OpenSSL's X509_verify_cert() on some thousand chains, each
 * with none, one or several things wrong, drawn from a seed (SEED and CHAINS in
 * the environment). Both say yes, or both say no; or the difference is one that
 * is explained below, where both what we say and what OpenSSL says are named.
 * TAP on stdout.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

#include "mint.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "../../kmod/core/x509.h"

#define NOW 1750000000 /* June 2025 */
#define CHAINS 3000
#define SEED 20010
#define CERTS_MAX 10
#define EC_KEYS 6 /* of eight; the rest is RSA, which takes time to sign with */
#define PARSE_FAILED (-1)

/* ---- What may differ, and why ------------------------------------------------ */

struct difference {
	const char *ours; /* part of our reason; NULL: we say yes */
	int theirs; /* X509_V_..., PARSE_FAILED */
	const char *when; /* part of what was changed; NULL: whatever it was */
	const char *because;
	unsigned int n;
};

#define AKI_DIFFERS "[aki]" /* what makes_aki_differ() finds */
#define AKI "an authorityKeyIdentifier that fits nobody helps to choose, no more"
#define DER "not DER, which OpenSSL's decoder lets pass"
#define MUST "RFC 5280 says MUST NOT; OpenSSL looks at it under X509_STRICT only"
#define LESS "an algorithm or a form of key that TLS here does not use"

static struct difference differences[] = {
	{ NULL, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, AKI_DIFFERS,
	  AKI, 0 },
	{ NULL, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, AKI_DIFFERS, AKI, 0 },
	{ NULL, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, AKI_DIFFERS, AKI, 0 },
	{ NULL, X509_V_ERR_EE_KEY_TOO_SMALL, "bits@0",
	  "a point off its curve: what the leaf signs will not verify", 0 },
	{ NULL, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "self-issued",
	  "the anchor's name and key again: we try the anchor, too", 0 },
	{ "not of version 3", X509_V_OK, "version", MUST, 0 },
	{ "basicConstraints malformed", X509_V_OK, "pathlen", MUST, 0 },
	{ "unknown critical", X509_V_OK, "2.5.29.3",
	  "policies are not processed here, so they may not be critical", 0 },
	{ "none that counts", X509_V_OK, "key@", LESS, 0 },
	{ "none that counts", X509_V_OK, "alg@", LESS, 0 },
	{ "none that counts", X509_V_OK, "rsa-no-null", DER, 0 },
	{ "key usage is another", X509_V_OK, "ku@0",
	  "keyAgreement: there is no static Diffie-Hellman here", 0 },
	{ "not a CA", X509_V_OK, "ca@",
	  "keyCertSign makes a CA for OpenSSL where a root says nothing", 0 },
	{ "serial number", X509_V_OK, "serial-long", MUST, 0 },
	{ "version", X509_V_OK, "v1-written", DER, 0 },
	{ "version", X509_V_OK, "v4", "nobody knows what v4 means", 0 },
	{ "signature algorithm malformed", X509_V_OK, "alg-params", DER, 0 },
	{ "too many extensions", X509_V_OK, "exts-many", "40 are enough", 0 },
	{ "extension twice", X509_V_OK, "ext-twice", MUST, 0 },
	{ "extension twice", X509_V_OK, "1.2.3.4.5@", MUST, 0 },
	{ "extension twice", X509_V_OK, "2.5.29.3", MUST, 0 },
	{ "malformed", X509_V_OK, "true-is-1", DER, 0 },
	{ "malformed", X509_V_OK, "false-written", DER, 0 },
	{ "malformed", X509_V_OK, "exts-empty", DER, 0 },
	{ "not the DER", X509_V_OK, "length-padded", DER, 0 },
	{ "not the DER", X509_V_OK, "indefinite", DER, 0 },
	{ "not the DER", X509_V_OK, "sig-bits", DER, 0 },
	{ "issuer is unknown", X509_V_OK, "length-padded", DER, 0 },
	{ "issuer is unknown", X509_V_OK, "indefinite", DER, 0 },
	{ "expired", X509_V_OK, "twin", "and the right one has such a key: " LESS,
	  0 },
	{ "constraints exclude", X509_V_OK, "san@",
	  "a wildcard that stands for an excluded name, too", 0 },
	{ "malformed", X509_V_OK, "bits@", DER, 0 },
	{ "inside and outside differ", X509_V_OK, "bits@", MUST, 0 },
	{ "inside and outside differ", X509_V_OK, "alg-inside", MUST, 0 },
	{ "signature is wrong", X509_V_OK, "indefinite",
	  "we stop at the other one of its name: " DER, 0 },
};

/* ---- Chance -------------------------------------------------------------------- */

static u64 state;

static unsigned int chance(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)((state >> 11) % n);
}

static const char *pick(const char *const *list)
{
	unsigned int n;

	for (n = 0; list[n]; n++)
		;
	return list[chance(n)];
}

/* ---- One chain -------------------------------------------------------------------- */

static struct mint_key *keys[8], *weak, *other_curve;
static u8 der[CERTS_MAX][MINT_MAX];

static struct plan {
	struct mint m[CERTS_MAX]; /* the leaf, then upwards; the root last */
	unsigned int n;
	struct tlso_cert sent[CERTS_MAX], anchor;
	unsigned int n_sent;
	const char *name;
	bool client;
	bool leaf_trusted;
	char did[512]; /* for messages */
} plan;

static const char *const subjects[] = {
	"O=tlso/CN=leaf", "O=tlso/CN=ca 1", "O=tlso/CN=ca 2", "O=tlso/CN=ca 3",
	"O=tlso/CN=ca 4", "O=tlso/CN=ca 5", "O=tlso/CN=ca 6", "O=tlso/CN=ca 7",
	"O=tlso/CN=ca 8",
};

static void did(const char *what, unsigned int i)
{
	size_t n = strlen(plan.did);

	snprintf(plan.did + n, sizeof(plan.did) - n, " %s@%u", what, i);
}

static bool is_ec(const struct mint_key *k)
{
	unsigned int i;

	for (i = 0; i < EC_KEYS; i++)
		if (k == keys[i])
			return true;
	return k == other_curve;
}

static enum mint_alg any_alg(const struct mint_key *k)
{
	unsigned int i;

	if (is_ec(k))
		return (enum mint_alg)chance(3);
	i = chance(6);
	return i < 3 ? (enum mint_alg)i : (enum mint_alg)(i - 3 + MINT_PSS256);
}

static void plan_good(void)
{
	unsigned int i, n = 2 + chance(3);

	memset(&plan, 0, sizeof(plan));
	if (!chance(20))
		n = 2 + chance(7);
	plan.n = n;
	for (i = 0; i < n; i++) {
		plan.m[i] = i ? mint_ca : mint_leaf;
		plan.m[i].subject = subjects[i];
		plan.m[i].key = keys[chance(ARRAY_SIZE(keys))];
	}
	for (i = 0; i < n; i++) {
		plan.m[i].issuer = plan.m[i + 1 < n ? i + 1 : i].subject;
		plan.m[i].signer = plan.m[i + 1 < n ? i + 1 : i].key;
		plan.m[i].alg = any_alg(plan.m[i].signer);
	}
	if (chance(2))
		plan.name = "host.example.com";
	plan.client = !chance(4);
}

/* ---- Things to go wrong ----------------------------------------------------------- */

static void set_key(unsigned int i, struct mint_key *k)
{
	plan.m[i].key = k;
	if (i) {
		plan.m[i - 1].signer = k;
		plan.m[i - 1].alg = MINT_SHA256;
	}
	if (i == plan.n - 1) {
		plan.m[i].signer = k;
		plan.m[i].alg = MINT_SHA256;
	}
}

static const char *const sans[] = {
	"dns:host.example.com", "dns:*.example.com", "dns:*.com", "dns:h*.example.com",
	"dns:HOST.example.COM", "dns:example.com", "ip:192.0.2.7",
	"ip:2001:db8::7", "dns:a.example.com dns:b.example.org ip:10.0.0.1",
	"email:a@example.com", "uri:http://host.example.com/", "dir:O=tlso/CN=x",
	"dns:*.host.example.com", "dns:host.example.com. dns:x", "rid:",
	"dns:host.example.com email:a@b.example.com", "other: dns:host.example.com",
	"dns:host.example.com uri:https://a.example.com:8/x ip:192.0.2.7", NULL
};

static const char *const names[] = {
	"host.example.com", "HOST.EXAMPLE.com", "example.com", "a.b.example.com",
	"192.0.2.7", "2001:db8::7", "2001:db8:0::0:7", "other.example.com",
	"xn--a.example.com", "a.wild.example.com", "10.0.0.1", NULL
};

static const char *const trees[] = {
	"dns:example.com", "dns:.example.com", "dns:host.example.com", "dns:org",
	"dns:com dns:org", "ip:192.0.2.0/24", "ip:2001:db8::/32", "ip:10.0.0.0/8",
	"email:example.com", "email:.example.com", "email:a@example.com",
	"uri:example.com", "uri:.example.com", "uri:host.example.com", "dir:O=tlso",
	"dir:O=other", "dir:O=tlso/CN=leaf", "dir:O=TLSO", "rid:", "other:",
	"dns:example.com ip:192.0.2.0/24 ip:2001:db8::/32 email:example.com", NULL
};

static const char *const subject_texts[] = {
	"O=TLSO/CN=Leaf", "", "CN=host.example.com", "O=tlso/CN=x/E=a@example.com",
	"E=b@other.org", "O=other/CN=host.example.com", "CN=example", NULL
};

static const char *const ekus[] = {
	"server", "client", "any", "other", "server client", "any server",
	"other client", "", NULL
};

static const char *const dates[] = {
	"240101000000Z", "260101000000Z", "20240101000000Z", "20600101000000Z",
	"500101000000Z", "240230000000Z", "2401010000Z", "20260101000000.5Z",
	"19700101000000Z", "99991231235959Z", NULL
};

static void wrong_dates(unsigned int i)
{
	if (chance(2))
		plan.m[i].not_before = pick(dates);
	else
		plan.m[i].not_after = pick(dates);
	did("dates", i);
}

static void wrong_key_usage(unsigned int i)
{
	static const int ku[] = { -1, 0x8000, 0x2000, 0x0800, 0x0400, 0x0200,
				  0x8400, 0xa000, 0x0080, 0x4000, 0xffff & 0xff80 };

	plan.m[i].ku = ku[chance(ARRAY_SIZE(ku))];
	did("ku", i);
}

static void wrong_constraints(unsigned int i)
{
	switch (chance(4)) {
	case 0:
		plan.m[i].ca = (int)chance(3) - 1;
		did("ca", i);
		break;
	case 1:
		plan.m[i].bc_critical = false;
		did("bc-not-critical", i);
		break;
	default:
		plan.m[i].path_len = (int)chance(4);
		did("pathlen", i);
	}
}

static void wrong_subtrees(unsigned int i)
{
	plan.m[i].nc_critical = chance(2);
	if (chance(2))
		plan.m[i].permitted = pick(trees);
	else
		plan.m[i].excluded = pick(trees);
	did("nc", i);
	if (chance(2)) {
		plan.m[0].san = pick(sans);
		plan.name = NULL;
		did("san", 0);
	}
	if (!chance(3)) {
		plan.m[0].subject = pick(subject_texts);
		did("subject", 0);
	}
}

static void wrong_names(unsigned int i)
{
	switch (chance(5)) {
	case 0:
		plan.m[0].subject = pick(subject_texts);
		did("subject", 0);
		break;
	case 1:
		if (i) {
			plan.m[i].subject = "O=TLSO/CN=ca  x ";
			plan.m[i - 1].issuer = "O~tlso/CN= CA X";
			did("case", i);
		}
		break;
	case 2:
		plan.m[i].issuer = "CN=nobody";
		did("issuer", i);
		break;
	default:
		plan.m[0].san = chance(8) ? pick(sans) : NULL;
		plan.m[0].san_critical = chance(2);
		plan.name = pick(names);
		did(plan.name, 0);
	}
}

static const char *const quirks[MINT_QUIRKS] = {
	[MINT_RIGHT] = "nothing",
	[MINT_LONG_LENGTH] = "length-padded",
	[MINT_INDEFINITE] = "indefinite",
	[MINT_TRAILING] = "trailing",
	[MINT_TRAILING_INSIDE] = "trailing-inside",
	[MINT_TRUE_IS_1] = "true-is-1",
	[MINT_FALSE_WRITTEN] = "false-written",
	[MINT_SERIAL_PADDED] = "serial-padded",
	[MINT_SERIAL_EMPTY] = "serial-empty",
	[MINT_SERIAL_LONG] = "serial-long",
	[MINT_SERIAL_20] = "serial-20",
	[MINT_SERIAL_NEGATIVE] = "serial-negative",
	[MINT_V1_WRITTEN] = "v1-written",
	[MINT_V4] = "v4",
	[MINT_ALG_INSIDE] = "alg-inside",
	[MINT_ALG_NO_NULL] = "alg-no-null",
	[MINT_ALG_PARAMS] = "alg-params",
	[MINT_SIG_BITS] = "sig-bits",
	[MINT_SIG_WRONG] = "sig-wrong",
	[MINT_EXTS_EMPTY] = "exts-empty",
	[MINT_EXT_TWICE] = "ext-twice",
	[MINT_EXTS_MANY] = "exts-many",
	[MINT_UNIQUE_ID] = "unique-id",
	[MINT_RSA_NO_NULL] = "rsa-no-null",
};

static void wrong_quirk(unsigned int i)
{
	plan.m[i].quirk = (enum mint_quirk)chance(MINT_QUIRKS);
	did(quirks[plan.m[i].quirk], i);
}

static void wrong_alg(unsigned int i)
{
	unsigned int n = MINT_PSS_MGF1_SHA1 + 1;

	if (is_ec(plan.m[i].signer))
		n = MINT_SHA1 + 1;
	plan.m[i].alg = (enum mint_alg)chance(n);
	if (plan.m[i].signer == weak && plan.m[i].alg > MINT_SHA256)
		plan.m[i].alg = MINT_SHA256;
	did("alg", i);
}

static void wrong_key(unsigned int i)
{
	switch (chance(4)) {
	case 0:
		set_key(i, weak);
		break;
	case 1:
		set_key(i, other_curve);
		break;
	case 2: /* signs with it, and says another */
		plan.m[i].key = keys[chance(EC_KEYS)];
		break;
	default:
		set_key(i, keys[chance(ARRAY_SIZE(keys))]);
	}
	did("key", i);
}

static void wrong_extension(unsigned int i)
{
	static const u8 null[] = { 0x05, 0x00 };
	/* certificatePolicies: anyPolicy; policyConstraints: require 0 */
	static const u8 policies[] = { 0x30, 0x08, 0x30, 0x06, 0x06, 0x04,
				       0x55, 0x1d, 0x20, 0x00 };
	static const u8 require[] = { 0x30, 0x03, 0x80, 0x01, 0x00 };
	struct mint *m = &plan.m[i];
	struct mint_ext *e = &m->extra[m->n_extra];

	if (m->n_extra == MINT_EXTRA)
		return;
	m->n_extra++;
	e->critical = chance(2);
	switch (chance(4)) {
	case 0:
		e->oid = "2.5.29.32";
		e->value = policies;
		e->n = sizeof(policies);
		break;
	case 1:
		e->oid = "2.5.29.36";
		e->value = require;
		e->n = sizeof(require);
		break;
	default:
		e->oid = "1.2.3.4.5";
		e->value = null;
		e->n = sizeof(null);
	}
	did(e->oid, i);
	did(e->critical ? "critical" : "-", i);
}

static void wrong_identifiers(unsigned int i)
{
	plan.m[i].aki = (int)chance(3) - 1;
	plan.m[i].ski = chance(2);
	did("identifiers", i);
}

static void wrong_version(unsigned int i)
{
	plan.m[i].version = (int)chance(2);
	if (chance(2)) {
		plan.m[i].ca = -1;
		plan.m[i].ku = -1;
		plan.m[i].eku = NULL;
		plan.m[i].san = NULL;
		plan.m[i].ski = false;
		plan.m[i].aki = 0;
	}
	did("version", i);
}

static void wrong_eku(unsigned int i)
{
	plan.m[i].eku = chance(8) ? pick(ekus) : NULL;
	plan.m[i].eku_critical = chance(2);
	did("eku", i);
}

static void wrong_sig(unsigned int i)
{
	plan.m[i].quirk = MINT_SIG_WRONG;
	did("sig", i);
}

static void wrong_self_issued(unsigned int i)
{
	if (!i || i + 1 >= plan.n)
		return;
	plan.m[i].subject = plan.m[i + 1].subject;
	plan.m[i].issuer = plan.m[i + 1].subject;
	plan.m[i - 1].issuer = plan.m[i].subject;
	did("self-issued", i);
}

static void (*const wrongs[])(unsigned int i) = {
	wrong_dates, wrong_key_usage, wrong_constraints, wrong_constraints,
	wrong_subtrees, wrong_subtrees, wrong_names, wrong_names, wrong_quirk,
	wrong_alg, wrong_key, wrong_extension, wrong_identifiers,
	wrong_version, wrong_eku, wrong_sig, wrong_self_issued,
};

/* ---- What is sent, and spoilt on the way ---------------------------------------------- */

static void add(const struct mint *m)
{
	struct tlso_cert c;

	if (plan.n_sent + 1 >= CERTS_MAX)
		return;
	c.der = der[plan.n_sent];
	c.len = mint(m, der[plan.n_sent]);
	plan.sent[plan.n_sent++] = c;
}

static void add_twin(unsigned int i)
{
	struct mint m;

	if (!i || i + 1 >= plan.n)
		return;
	m = plan.m[i];
	if (chance(2))
		m.not_after = "240101000000Z";
	else
		m.key = keys[chance(ARRAY_SIZE(keys))];
	add(&m);
	did("twin", i);
}

static void mint_plan(void)
{
	unsigned int i, root = plan.n - 1;

	for (i = 0; i < root; i++)
		add(&plan.m[i]);
	if (!chance(6))
		add(&plan.m[root]);
	if (!chance(10))
		add_twin(1 + chance(plan.n));
	plan.anchor.der = der[CERTS_MAX - 1];
	plan.anchor.len = mint(&plan.m[root], der[CERTS_MAX - 1]);
	if (!chance(40)) {
		plan.anchor = plan.sent[0];
		did("anchor-is-leaf", 0);
	}
}

static void disorder(void)
{
	struct tlso_cert t;
	unsigned int i, k;

	if (plan.n_sent > 2 && !chance(4)) {
		i = 1 + chance(plan.n_sent - 1);
		k = 1 + chance(plan.n_sent - 1);
		t = plan.sent[i];
		plan.sent[i] = plan.sent[k];
		plan.sent[k] = t;
		did("swap", i);
	}
	if (plan.n_sent > 1 && !chance(20)) {
		i = 1 + chance(plan.n_sent - 1);
		plan.sent[i] = plan.sent[--plan.n_sent];
		did("missing", i);
	}
}

/* What the signer signed in earnest, so that only form and meaning can tell. */
static void wrong_bits(unsigned int i)
{
	struct mint *m = &plan.m[i];

	m->n_flips = 1 + chance(2);
	m->flip[0] = chance(1 << 20);
	m->flip[1] = chance(1 << 20);
	did("bits", i);
}

static void flip(void)
{
	unsigned int i = chance(plan.n_sent), n = 1 + chance(2), at;

	while (n--) {
		at = chance((unsigned int)plan.sent[i].len);
		if (chance(2))
			((u8 *)plan.sent[i].der)[at] ^= (u8)(1u << chance(8));
		else
			((u8 *)plan.sent[i].der)[at] = (u8)chance(256);
		did("flip", at);
	}
	if (!chance(10)) {
		plan.sent[i].len = chance((unsigned int)plan.sent[i].len);
		did("cut", i);
	}
}

static void plan_chain(unsigned int number)
{
	unsigned int wrong;

	plan_good();
	for (wrong = chance(3); wrong; wrong--)
		wrongs[chance(ARRAY_SIZE(wrongs))](chance(plan.n));
	if (number % 4 == 2)
		wrong_bits(chance(plan.n));
	mint_plan();
	disorder();
	if (number % 8 == 7)
		flip();
}

/* ---- The two verdicts ------------------------------------------------------------------- */

static enum tlso_err our_verdict(const char **why)
{
	static struct tlso_x509_work work;
	struct tlso_pubkey key;
	struct tlso_verify v = {
		.crypto = &tlso_host_crypto,
		.anchors = &plan.anchor,
		.n_anchors = 1,
		.now = NOW,
		.purpose = plan.client ? TLSO_PURPOSE_CLIENT :
					 TLSO_PURPOSE_SERVER,
		.name = plan.name,
		.name_len = plan.name ? strlen(plan.name) : 0,
	};
	enum tlso_err e;

	e = tlso_x509_verify(&v, plan.sent, plan.n_sent, &key, &work);
	*why = tlso_x509_why(&work);
	return e;
}

static X509 *parse(struct tlso_cert c)
{
	const unsigned char *p = c.der;
	X509 *x = d2i_X509(NULL, &p, (long)c.len);

	if (x && p != c.der + c.len) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static void set_params(X509_VERIFY_PARAM *p)
{
	X509_VERIFY_PARAM_set_time(p, NOW);
	X509_VERIFY_PARAM_set_auth_level(p, 2);
	X509_VERIFY_PARAM_set_depth(p, TLSO_CHAIN_MAX - 2);
	X509_VERIFY_PARAM_set_purpose(p, plan.client ? X509_PURPOSE_SSL_CLIENT :
						       X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
					   X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (plan.name && !X509_VERIFY_PARAM_set1_ip_asc(p, plan.name))
		X509_VERIFY_PARAM_set1_host(p, plan.name, 0);
}

/* X509_V_OK, an X509_V_ERR_, or PARSE_FAILED for the leaf. What does not parse
 * besides it is left out, as we do.
 */
static int their_verdict(void)
{
	struct stack_st_X509 *chain = sk_X509_new_null();
	struct stack_st_X509 *roots = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	X509 *leaf = parse(plan.sent[0]), *x;
	int verdict = PARSE_FAILED;
	unsigned int i;

	for (i = 1; i < plan.n_sent; i++) {
		x = parse(plan.sent[i]);
		if (x)
			sk_X509_push(chain, x);
	}
	x = parse(plan.anchor);
	if (x) {
		X509_STORE_add_cert(store, x);
		sk_X509_push(roots, x);
	}
	if (leaf && X509_STORE_CTX_init(ctx, store, leaf, chain)) {
		set_params(X509_STORE_CTX_get0_param(ctx));
		if (X509_verify_cert(ctx) == 1)
			verdict = X509_V_OK;
		else
			verdict = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(leaf);
	sk_X509_pop_free(chain, X509_free);
	sk_X509_pop_free(roots, X509_free);
	return verdict;
}

/* ---- The comparison ------------------------------------------------------------------------ */

static unsigned int both_yes, both_no, explained, unexplained;

static const char *their_text(int theirs)
{
	return theirs == PARSE_FAILED ? "does not parse" :
	       X509_verify_cert_error_string(theirs);
}

/* Is there one that names another key of its issuer's than the issuer does? */
static bool makes_aki_differ(void)
{
	X509 *x[CERTS_MAX + 1];
	unsigned int i, k;
	bool differs = false;

	for (i = 0; i < plan.n_sent; i++)
		x[i] = parse(plan.sent[i]);
	x[plan.n_sent] = parse(plan.anchor);
	for (i = 0; i <= plan.n_sent; i++)
		for (k = 0; k <= plan.n_sent; k++)
			if (x[i] && x[k] && X509_check_issued(x[i], x[k]) ==
			    X509_V_ERR_AKID_SKID_MISMATCH)
				differs = true;
	for (i = 0; i <= plan.n_sent; i++)
		X509_free(x[i]);
	return differs;
}

static struct difference *find(enum tlso_err ours, const char *why, int theirs)
{
	struct difference *d;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(differences); i++) {
		d = &differences[i];
		if (d->theirs == theirs &&
		    (d->ours ? ours && strstr(why, d->ours) : !ours) &&
		    (!d->when || strstr(plan.did, d->when)))
			return d;
	}
	return NULL;
}

static void compare(unsigned int number)
{
	struct difference *d;
	enum tlso_err ours;
	const char *why;
	int theirs;

	ours = our_verdict(&why);
	theirs = their_verdict();
	if (!ours && theirs == X509_V_OK) {
		both_yes++;
	} else if (ours && theirs != X509_V_OK) {
		both_no++;
	} else {
		if (makes_aki_differ())
			did(AKI_DIFFERS, 0);
		d = find(ours, why, theirs);
		if (d) {
			d->n++;
			explained++;
			return;
		}
		unexplained++;
		printf("# chain %u of %u certificates, changed:%s\n", number,
		       plan.n, plan.did);
		printf("#   we: %s (%s)\n#   OpenSSL: %d %s\n",
		       ours ? "no" : "yes", why, theirs, their_text(theirs));
	}
}

static unsigned int number_of(const char *name, unsigned int otherwise)
{
	const char *s = getenv(name);

	return s ? (unsigned int)strtoul(s, NULL, 0) : otherwise;
}

static void make_keys(void)
{
	static const char *const kinds[] = { "p256", "p256", "p384", "p256",
					     "p256", "p256", "rsa2048",
					     "rsa2048" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		keys[i] = mint_key_new(kinds[i]);
	weak = mint_key_new("rsa1024");
	other_curve = mint_key_new("p521");
}

static int report(unsigned int n)
{
	unsigned int i, k = 1;
	bool enough = both_yes > n / 10 && both_no > n / 10;

	printf("# %u chains: both yes %u, both no %u, explained %u, unexplained %u\n",
	       n, both_yes, both_no, explained, unexplained);
	for (i = 0; i < ARRAY_SIZE(differences); i++)
		if (differences[i].n)
			printf("# %4u we %s%s; OpenSSL %s: %s\n",
			       differences[i].n,
			       differences[i].ours ? "no: " : "yes",
			       differences[i].ours ? differences[i].ours : "",
			       their_text(differences[i].theirs),
			       differences[i].because);
	printf("%s %u - X.509: no unexplained difference from OpenSSL in %u chains\n",
	       unexplained ? "not ok" : "ok", k++, n);
	printf("%s %u - X.509: enough chains on either side\n",
	       enough ? "ok" : "not ok", k++);
	printf("1..%u\n", k - 1);
	return unexplained || !enough;
}

/* As fuzz_x509 reads it: flags, anchor, what was sent. SEEDS=folder for all
 * chains, ONLY=number for one of them.
 */
static void write_seed(const char *folder, unsigned int number)
{
	char path[512];
	unsigned int i;
	FILE *f;

	snprintf(path, sizeof(path), "%s/chain%u", folder, number);
	f = fopen(path, "wb");
	if (!f) {
		printf("Bail out! %s cannot be written\n", path);
		exit(1);
	}
	fputc((plan.client ? 2 : 1) | (plan.name ? 0 : 3 << 2), f);
	for (i = 0; i <= plan.n_sent; i++) {
		const struct tlso_cert *c = i ? &plan.sent[i - 1] : &plan.anchor;

		fputc((int)(c->len >> 8), f);
		fputc((int)(c->len & 0xff), f);
		fwrite(c->der, 1, c->len, f);
	}
	fclose(f);
}

int main(void)
{
	unsigned int seed = number_of("SEED", SEED);
	unsigned int n = number_of("CHAINS", CHAINS), i;
	unsigned int only = number_of("ONLY", 0xffffffff);
	const char *seeds = getenv("SEEDS");

	mint_seed(seed);
	make_keys();
	for (i = 0; i < n; i++) {
		if (only != 0xffffffff && i != only)
			continue;
		/* Each chain by itself: number and seed are enough to see it. */
		state = ((u64)seed << 32 | (i + 1)) * 0x9e3779b97f4a7c15ull;
		mint_seed(seed + i + 1);
		plan_chain(i);
		compare(i);
		if (seeds)
			write_seed(seeds, i);
	}
	return report(n);
}
