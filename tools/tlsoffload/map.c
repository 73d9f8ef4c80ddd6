// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings, from text to the payload of a key of type tls_offload: a line each,
 *
 *	sha256 DIGEST USER
 *	subject "CN=Ann Lee,O=Example" USER
 *	dns HOST USER
 *	email ADDRESS USER
 *	uri URI USER
 *
 * Responsible for: the text, which is untrusted, and users' names.
 * Leaves to: lex.c words and what a complaint looks like; GnuTLS what a name is in DER;
 * the kernel, once more, what it takes.
 */
#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "lex.h"
#include "map.h"

#define PART_MAP 4
#define PART_HDR 4
#define ENTRY_HDR 5
#define VALUE_MAX 2048
#define SHA256_LEN 32

/* As kmod/core/x509_map.h numbers them. */
enum what {
	WHAT_SHA256 = 1,
	WHAT_SUBJECT,
	WHAT_DNS,
	WHAT_EMAIL,
	WHAT_URI,
};

struct entry {
	enum what what;
	size_t len;
	uint8_t value[LEX_WORD_MAX + 1];
};

/* ---- Values ---------------------------------------------------------------------- */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* 64 digits, or as openssl prints them, with colons. */
static int take_sha256(struct lex *lex, struct entry *entry)
{
	static const char expected[] =
		"the SHA-256 of a certificate, 64 hexadecimal digits";
	const char *p = lex->word;
	int high, low;

	for (entry->len = 0; entry->len < SHA256_LEN; entry->len++) {
		if (entry->len && *p == ':')
			p++;
		high = hex_digit(*p);
		low = high < 0 ? -1 : hex_digit(p[1]);
		if (low < 0)
			return lex_expected(lex, expected);
		entry->value[entry->len] = high << 4 | low;
		p += 2;
	}
	return p == lex->word + lex->len ? 0 : lex_expected(lex, expected);
}

/* GnuTLS calls UTF-8 whatever it is given; the kernel looks (RFC 3629 4). */
static int is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t v, least;
	int more;

	while (*p) {
		if (*p < 0x80) {
			p++;
			continue;
		}
		if (*p < 0xc2 || *p > 0xf4)
			return 0;
		more = *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
		least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
		for (v = *p++ & (0x3f >> more); more--; p++) {
			if ((*p & 0xc0) != 0x80)
				return 0;
			v = v << 6 | (*p & 0x3f);
		}
		if (v < least || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
			return 0;
	}
	return 1;
}

static int take_subject(struct lex *lex, struct entry *entry)
{
	static const char expected[] =
		"a subject as RFC 4514 writes it, such as \"CN=Ann Lee,O=Example\"";
	gnutls_datum_t der = { 0 };
	const char *at = NULL;
	gnutls_x509_dn_t dn;
	int err;

	if (!is_utf8(lex->word))
		return lex_expected(lex, expected);
	if (gnutls_x509_dn_init(&dn) < 0)
		return lex_error(lex, lex->place, "no memory");
	err = gnutls_x509_dn_set_str(dn, lex->word, &at);
	if (err >= 0)
		err = gnutls_x509_dn_export2(dn, GNUTLS_X509_FMT_DER, &der);
	gnutls_x509_dn_deinit(dn);
	if (err >= 0 && der.size <= VALUE_MAX && der.size > 2) {
		memcpy(entry->value, der.data, der.size);
		entry->len = der.size;
	}
	gnutls_free(der.data);
	return entry->len ? 0 : lex_expected(lex, expected);
}

static int take_text(struct lex *lex, struct entry *entry)
{
	memcpy(entry->value, lex->word, lex->len);
	entry->len = lex->len;
	return 0;
}

/* Labels of letters, digits, '-' and '_'; the last is no number, or it were an address. */
static int is_host(const char *p)
{
	size_t label = 0, digits = 0;

	if (strlen(p) > 253)
		return 0;
	for (;; p++) {
		if (!*p || *p == '.') {
			if (!label || label > 63)
				return 0;
			if (!*p)
				return digits != label;
			label = 0;
			digits = 0;
			continue;
		}
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) && *p != '-' && *p != '_'))
			return 0;
		label++;
		digits += !!isdigit((unsigned char)*p);
	}
}

static int is_graph(const char *p)
{
	for (; *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return 0;
	return 1;
}

static int take_dns(struct lex *lex, struct entry *entry)
{
	if (!is_host(lex->word))
		return lex_expected(lex,
				    "a host's name, without wildcard, such as host.example.org");
	return take_text(lex, entry);
}

static int take_email(struct lex *lex, struct entry *entry)
{
	const char *at = strrchr(lex->word, '@');

	if (!at || at == lex->word || !is_host(at + 1) || !is_graph(lex->word))
		return lex_expected(lex, "an e-mail address, such as ann@example.org");
	return take_text(lex, entry);
}

static int take_uri(struct lex *lex, struct entry *entry)
{
	static const char expected[] =
		"a URI, such as spiffe://example.org/ann, of at most 2048 bytes";
	const char *colon = strchr(lex->word, ':');

	if (!colon || colon == lex->word || !colon[1] || !is_graph(lex->word) ||
	    lex->len > VALUE_MAX)
		return lex_expected(lex, expected);
	return take_text(lex, entry);
}

static const struct kind_of_entry {
	const char *word;
	enum what what;
	int (*take)(struct lex *lex, struct entry *entry);
} kinds[] = {
	{ "sha256", WHAT_SHA256, take_sha256 },
	{ "subject", WHAT_SUBJECT, take_subject },
	{ "dns", WHAT_DNS, take_dns },
	{ "email", WHAT_EMAIL, take_email },
	{ "uri", WHAT_URI, take_uri },
	{ 0 },
};

/* ---- Lines ------------------------------------------------------------------------- */

static int is_word(const struct lex *lex)
{
	return lex->kind == LEX_WORD && !memchr(lex->word, 0, lex->len);
}

static int take_user(struct lex *lex, uint32_t *uid)
{
	static const char expected[] =
		"a user's name, or a number up to 4294967294";
	const struct passwd *user;
	unsigned long long number;
	char *end;

	if (!is_word(lex) || !lex->len)
		return lex_expected(lex, expected);
	/* As those do who name users: a name of digits is a number. */
	if (isdigit((unsigned char)*lex->word)) {
		number = strtoull(lex->word, &end, 10);
		if (!*end && number < UINT32_MAX) {
			*uid = number;
			return 0;
		}
	}
	user = getpwnam(lex->word);
	if (!user)
		return lex_expected(lex, expected);
	*uid = user->pw_uid;
	return 0;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static int add(struct lex *lex, struct place place, struct map *map,
	       const struct entry *entry, uint32_t uid)
{
	size_t len = ENTRY_HDR + entry->len;
	uint8_t *p = map->payload + map->len;

	if (map->n == MAP_ENTRIES_MAX)
		return lex_error(lex, place,
				 "found more than %d user mappings, expected fewer",
				 MAP_ENTRIES_MAX);
	if (PART_HDR + len > sizeof(map->payload) - map->len)
		return lex_error(lex, place,
				 "found more than a key holds, 64 KiB, expected fewer mappings");
	put32(p, (uint32_t)PART_MAP << 24 | len);
	p[PART_HDR] = entry->what;
	put32(p + PART_HDR + 1, uid);
	memcpy(p + PART_HDR + ENTRY_HDR, entry->value, entry->len);
	map->len += PART_HDR + len;
	map->n++;
	return 0;
}

/* At its first word; leaves the end of the line. */
static int line(struct lex *lex, struct map *map, struct entry *entry)
{
	struct place place = lex->place;
	const struct kind_of_entry *kind;
	uint32_t uid = 0;

	for (kind = kinds; kind->word; kind++)
		if (lex_is(lex, kind->word))
			break;
	if (!kind->word)
		return lex_expected(lex, "sha256, subject, dns, email or uri");
	lex_next(lex);
	entry->what = kind->what;
	entry->len = 0;
	if (!is_word(lex))
		return lex_expected(lex, "a word without NUL");
	if (kind->take(lex, entry))
		return -1;
	lex_next(lex);
	if (take_user(lex, &uid))
		return -1;
	lex_next(lex);
	if (lex->kind != LEX_LINE && lex->kind != LEX_EOF)
		return lex_expected(lex, "the end of the line");
	return add(lex, place, map, entry, uid);
}

static void parse(struct lex *lex, struct map *map, struct entry *entry)
{
	lex_next(lex);
	while (lex->kind != LEX_EOF) {
		if (lex->kind == LEX_LINE) {
			lex_next(lex);
			continue;
		}
		if (!line(lex, map, entry))
			continue;
		while (lex->kind != LEX_LINE && lex->kind != LEX_EOF)
			lex_next(lex);
	}
	if (!map->n && !lex->n_errors)
		lex_error(lex, lex->place,
			  "found no user mapping, expected one or more");
}

unsigned int map_parse(struct map *map, const char *path, const char *text,
		       size_t len, FILE *errors)
{
	struct entry *entry = malloc(sizeof(*entry));
	struct lex *lex = calloc(1, sizeof(*lex));
	unsigned int n_errors = 1;

	map->n = 0;
	map->len = 0;
	if (!lex || !entry) {
		fprintf(errors, "%s: no memory\n", path);
		goto out;
	}
	lex->path = path;
	lex->at = text;
	lex->end = text + len;
	lex->next = (struct place){ 1, 1 };
	lex->errors = errors;
	parse(lex, map, entry);
	n_errors = lex->n_errors;
	if (n_errors > LEX_ERRORS_MAX)
		fprintf(errors, "%s: %u more errors\n", path,
			n_errors - LEX_ERRORS_MAX);
out:
	free(entry);
	free(lex);
	return n_errors;
}
