// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Users that certificates stand for: one entry's form, and which entry matches. */
#include "x509_impl.h"
#include "x509_map.h"

/* Names of one certificate times entries: the peer says how many of the first. */
#define COMPARES_MAX 262144

/* Printable ASCII without blanks, which is what is left of an IA5String. */
static bool is_text(struct tlso_rd r)
{
	u8 c;

	while (r.n) {
		c = tlso_rd_u8(&r);
		if (c <= ' ' || c >= 0x7f)
			return false;
	}
	return true;
}

/* Where the host of an address begins, behind the last '@'; 0: it has none. */
static size_t host_at(struct tlso_rd r)
{
	size_t i, at = 0;

	for (i = 0; i < r.n; i++)
		if (r.p[i] == '@')
			at = i + 1;
	return at;
}

static bool is_email(struct tlso_rd r)
{
	size_t at = host_at(r);
	struct tlso_rd host = r;

	if (at < 2 || !is_text(r))
		return false;
	(void)tlso_rd_bytes(&host, at);
	return tlso_x509_is_host(host);
}

/* RFC 3986 3.1: a scheme, at least, and something behind it. */
static bool is_uri(struct tlso_rd r)
{
	size_t i;

	for (i = 0; i < r.n; i++)
		if (r.p[i] == ':')
			break;
	return i && i + 1 < r.n && is_text(r);
}

/* Not the empty one, which every certificate without a subject has. */
static bool is_subject(struct tlso_rd r)
{
	struct tlso_rd rdns = tlso_der_take(&r, TLSO_DER_SEQUENCE);

	return tlso_rd_done(&r) && rdns.n && tlso_x509_is_name(rdns);
}

const char *tlso_map_read(struct tlso_map *map, const u8 *p, size_t n)
{
	struct tlso_rd r;

	tlso_rd_init(&r, p, n);
	map->what = tlso_rd_u8(&r);
	map->user = tlso_rd_u32(&r);
	if (r.bad || !r.n)
		return "a user mapping is cut short";
	if (r.n > TLSO_MAP_VALUE_MAX)
		return "a user mapping is longer than 2048 bytes";
	map->value = r.p;
	map->len = r.n;
	switch (map->what) {
	case TLSO_MAP_SHA256:
		return r.n == 32 ? NULL : "a SHA-256 is not 32 bytes long";
	case TLSO_MAP_SUBJECT:
		return is_subject(r) ? NULL : "a subject is no name in DER";
	case TLSO_MAP_DNS:
		return tlso_x509_is_host(r) ? NULL : "a DNS name is no host's";
	case TLSO_MAP_EMAIL:
		return is_email(r) ? NULL : "an e-mail address is none";
	case TLSO_MAP_URI:
		return is_uri(r) ? NULL : "a URI is none";
	default:
		return "a user mapping is of none of the kinds 1 (SHA-256) to 5";
	}
}

/* What a certificate is compared by. */
struct subject {
	const struct tlso_x509 *cert;
	const u8 *digest;
	unsigned int left; /* comparisons */
};

static bool email_equal(struct tlso_rd a, const struct tlso_map *map)
{
	size_t at = host_at(a);

	return a.n == map->len && !memcmp(a.p, map->value, at) &&
	       tlso_x509_same_text(a.p + at, map->value + at, a.n - at);
}

static bool name_matches(const struct tlso_map *map, u8 tag, struct tlso_rd v)
{
	switch (map->what) {
	case TLSO_MAP_DNS:
		return tag == TLSO_GN_DNS && v.n == map->len &&
		       tlso_x509_same_text(v.p, map->value, v.n);
	case TLSO_MAP_EMAIL:
		return tag == TLSO_GN_RFC822 && email_equal(v, map);
	case TLSO_MAP_URI:
		return tag == TLSO_GN_URI && v.n == map->len &&
		       !memcmp(v.p, map->value, v.n);
	default:
		return false;
	}
}

static bool alt_matches(struct subject *s, const struct tlso_map *map)
{
	struct tlso_rd san = tlso_der_rd(s->cert->san), v;
	u8 tag;

	while (san.n && s->left) {
		s->left--;
		v = tlso_der_any(&san, &tag);
		if (v.bad)
			return false;
		if (name_matches(map, tag, v))
			return true;
	}
	return false;
}

static bool matches(struct subject *s, const struct tlso_map *map)
{
	struct tlso_der name = { .p = map->value, .n = map->len };

	if (map->what == TLSO_MAP_SHA256)
		return !memcmp(s->digest, map->value, 32);
	if (map->what == TLSO_MAP_SUBJECT)
		return tlso_x509_name_equal(s->cert->subject, name);
	return alt_matches(s, map);
}

const struct tlso_map *tlso_map_find(const struct tlso_map *maps, unsigned int n,
				     const struct tlso_cert *leaf,
				     const u8 digest[32],
				     struct tlso_x509_work *work)
{
	struct tlso_x509_state *state = (struct tlso_x509_state *)work;
	struct subject s = { .digest = digest, .left = COMPARES_MAX };
	unsigned int i;

	memset(state, 0, sizeof(*state));
	state->why = tlso_x509_parse(&state->path[0].cert, leaf->der, leaf->len);
	if (state->why)
		return NULL;
	s.cert = &state->path[0].cert;
	for (i = 0; i < n && s.left; i++)
		if (matches(&s, &maps[i]))
			return &maps[i];
	return NULL;
}
