// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Whom a certificate names, RFC 9525 6: host names and IP addresses against
 * subjectAltName; the subject's common name is never looked at. International
 * names are compared as A-labels, which are ASCII.
 */
#include "x509_impl.h"

#define HOST_MAX 253
#define LABEL_MAX 63

static u8 lower(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}

bool tlso_x509_same_text(const u8 *a, const u8 *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

/* Dotted decimal: four numbers without leading zeros, which some read as octal.
 */
static bool ip4(struct tlso_rd r, u8 *out)
{
	unsigned int i, v, digits;

	for (i = 0; i < 4; i++) {
		if (i && tlso_rd_u8(&r) != '.')
			return false;
		v = 0;
		for (digits = 0; r.n && is_digit(r.p[0]) && digits < 3; digits++) {
			if (digits && !v)
				return false;
			v = v * 10 + tlso_rd_u8(&r) - '0';
		}
		if (!digits || v > 255)
			return false;
		out[i] = (u8)v;
	}
	return tlso_rd_done(&r);
}

static int hex_digit(u8 c)
{
	if (is_digit(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hexadecimal digits. */
static bool ip6_group(struct tlso_rd *r, u8 *out)
{
	unsigned int v = 0, digits;
	int d;

	for (digits = 0; r->n && digits < 4; digits++) {
		d = hex_digit(r->p[0]);
		if (d < 0)
			break;
		(void)tlso_rd_u8(r);
		v = v << 4 | (unsigned int)d;
	}
	out[0] = (u8)(v >> 8);
	out[1] = (u8)v;
	return digits;
}

static bool take_gap(struct tlso_rd *r)
{
	if (r->n < 2 || r->p[0] != ':' || r->p[1] != ':')
		return false;
	(void)tlso_rd_u16(r);
	return true;
}

/* RFC 4291 2.2: groups, of which "::" leaves out some; the last two may be
 * dotted decimal. No zone.
 */
static bool ip6(struct tlso_rd r, u8 *out)
{
	unsigned int n = 0, gap = 0, tail;
	bool has_gap = take_gap(&r);
	u8 got[16];

	while (r.n) {
		if (n <= 12 && ip4(r, got + n)) {
			n += 4;
			break;
		}
		if (n == 16 || !ip6_group(&r, got + n))
			return false;
		n += 2;
		if (!r.n)
			break;
		if (!has_gap && take_gap(&r)) {
			has_gap = true;
			gap = n;
		} else if (tlso_rd_u8(&r) != ':' || !r.n) {
			return false;
		}
	}
	if (has_gap ? n > 14 : n != 16)
		return false;
	if (!has_gap)
		gap = n;
	tail = n - gap;
	memset(out, 0, 16);
	memcpy(out, got, gap);
	memcpy(out + 16 - tail, got + gap, tail);
	return true;
}

size_t tlso_x509_ip(const u8 *s, size_t n, u8 out[16])
{
	struct tlso_rd r;

	tlso_rd_init(&r, s, n);
	if (ip4(r, out))
		return 4;
	return ip6(r, out) ? 16 : 0;
}

/* Takes a label of letters, digits, hyphens and (not for hosts, but used)
 * underscores; *@number tells whether it is one.
 */
static bool take_label(struct tlso_rd *r, bool *number)
{
	unsigned int n;
	u8 c;

	*number = true;
	for (n = 0; r->n && r->p[0] != '.'; n++) {
		c = lower(tlso_rd_u8(r));
		if (!is_digit(c))
			*number = false;
		if (!is_digit(c) && (c < 'a' || c > 'z') && c != '-' &&
		    c != '_')
			return false;
	}
	return n && n <= LABEL_MAX;
}

/* Can this be a host's name? One that ends in a number is a mistaken address. */
bool tlso_x509_is_host(struct tlso_rd r)
{
	bool number;

	if (r.n > HOST_MAX)
		return false;
	while (take_label(&r, &number)) {
		if (!r.n)
			return !number;
		(void)tlso_rd_u8(&r); /* the dot */
	}
	return false;
}

static bool has_dot(struct tlso_rd r)
{
	while (r.n)
		if (tlso_rd_u8(&r) == '.')
			return true;
	return false;
}

/* RFC 9525 6.3: a wildcard is the whole left-most label and stands for exactly
 * one. Two labels must follow, or it would stand for all of a top-level domain.
 */
static bool host_matches(struct tlso_rd pattern, struct tlso_rd host)
{
	bool number;

	if (pattern.n > 2 && pattern.p[0] == '*' && pattern.p[1] == '.') {
		(void)tlso_rd_u16(&pattern);
		if (!take_label(&host, &number) || tlso_rd_u8(&host) != '.' ||
		    !has_dot(host))
			return false;
	}
	return pattern.n == host.n &&
	       tlso_x509_same_text(pattern.p, host.p, host.n);
}

bool tlso_x509_has_name(const struct tlso_x509 *c, const char *name, size_t n)
{
	struct tlso_rd san = tlso_der_rd(c->san), host, v;
	size_t ip_len;
	u8 ip[16], tag;

	tlso_rd_init(&host, name, n);
	ip_len = tlso_x509_ip(host.p, host.n, ip);
	if (!ip_len && !tlso_x509_is_host(host))
		return false;
	while (san.n) {
		v = tlso_der_any(&san, &tag);
		if (v.bad)
			return false;
		if (ip_len && tag == TLSO_GN_IP && v.n == ip_len &&
		    !memcmp(v.p, ip, ip_len))
			return true;
		if (!ip_len && tag == TLSO_GN_DNS && host_matches(v, host))
			return true;
	}
	return false;
}
