// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of a rule that are ranges: of ports, of users and groups, of addresses.
 *
 * Responsible for: both directions of each. Addresses are kept in 16 bytes, IPv4 as
 * ::ffff:a.b.c.d, so that ::/0 has IPv4's among them.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"

#define V4_BITS 32
#define V6_BITS 128

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

/* Decimal digits, not above @max, up to @stop. */
static int number_parse(const char **text, char stop, uint32_t max,
			uint32_t *number)
{
	uint64_t n = 0;
	const char *p = *text;

	for (; *p >= '0' && *p <= '9'; p++) {
		n = 10 * n + (*p - '0');
		if (n > max)
			return -1;
	}
	if (p == *text || *p != stop)
		return -1;
	*number = n;
	*text = p;
	return 0;
}

static int range_parse(const struct field *field, const char *text,
		       struct tls_offload_range *range)
{
	const char *p = text;

	if (number_parse(&p, '\0', field->max, &range->first) == 0) {
		range->last = range->first;
	} else {
		p = text;
		if (number_parse(&p, '-', field->max, &range->first))
			return -1;
		p++;
		if (number_parse(&p, '\0', field->max, &range->last))
			return -1;
	}
	return range->first < field->min || range->first > range->last ? -1 : 0;
}

static int take_range(struct lex *lex, const struct field *field,
		      struct value *value)
{
	struct tls_offload_range range;

	if (lex->kind != LEX_WORD || memchr(lex->word, 0, lex->len))
		return lex_expected(lex, field->expected);
	if (range_parse(field, lex->word, &range)) {
		if (!field->number_of ||
		    field->number_of(lex->word, &range.first))
			return lex_expected(lex, field->expected);
		range.last = range.first;
	}
	return value_take(lex, value, &range, sizeof(range));
}

static size_t print_range(FILE *out, const struct field *field,
			  const uint8_t *at, size_t left)
{
	struct tls_offload_range range;

	(void)field;
	if (left < sizeof(range))
		return 0;
	memcpy(&range, at, sizeof(range));
	fprintf(out, "%u", range.first);
	if (range.last != range.first)
		fprintf(out, "-%u", range.last);
	return sizeof(range);
}

const struct kind kind_range = { sizeof(struct tls_offload_range), 1,
				 take_range, print_range };

int address_parse(const char *text, uint8_t address[16])
{
	memcpy(address, v4_prefix, sizeof(v4_prefix));
	if (inet_pton(AF_INET, text, address + sizeof(v4_prefix)) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, address) == 1 ? AF_INET6 : 0;
}

static int is_v4(const uint8_t address[16])
{
	return memcmp(address, v4_prefix, sizeof(v4_prefix)) == 0;
}

/* A mask's byte @i of 16, set where hosts of the prefix differ. */
static uint8_t host_bits(unsigned int prefix, unsigned int i)
{
	if (prefix >= 8 * (i + 1))
		return 0;
	return prefix <= 8 * i ? 0xff : 0xff >> (prefix - 8 * i);
}

/* Fails if there are bits behind the prefix: what was meant is not clear. */
static int prefix_expand(struct tls_offload_addresses *a, unsigned int prefix)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (a->first[i] & host_bits(prefix, i))
			return -1;
		a->last[i] = a->first[i] | host_bits(prefix, i);
	}
	return 0;
}

/* Writes NULs over what parts @text. */
static int addresses_parse(char *text, struct tls_offload_addresses *a)
{
	char *slash = strchr(text, '/'), *dash = strchr(text, '-');
	const char *p;
	uint32_t prefix;
	int family;

	if (slash)
		*slash = '\0';
	else if (dash)
		*dash = '\0';
	family = address_parse(text, a->first);
	if (!family)
		return -1;
	if (slash) {
		p = slash + 1;
		if (number_parse(&p, '\0', family == AF_INET ? V4_BITS :
				 V6_BITS, &prefix))
			return -1;
		if (family == AF_INET)
			prefix += V6_BITS - V4_BITS;
		return prefix_expand(a, prefix);
	}
	memcpy(a->last, a->first, sizeof(a->last));
	if (dash && address_parse(dash + 1, a->last) != family)
		return -1;
	return memcmp(a->first, a->last, sizeof(a->first)) > 0 ? -1 : 0;
}

static int take_address(struct lex *lex, const struct field *field,
			struct value *value)
{
	struct tls_offload_addresses addresses;
	char text[2 * INET6_ADDRSTRLEN];

	if (lex->kind != LEX_WORD || lex->len >= sizeof(text) ||
	    memchr(lex->word, 0, lex->len))
		return lex_expected(lex, field->expected);
	memcpy(text, lex->word, lex->len + 1);
	if (addresses_parse(text, &addresses))
		return lex_expected(lex, field->expected);
	return value_take(lex, value, &addresses, sizeof(addresses));
}

/* The prefix that is this range, or -1. */
static int prefix_of(const struct tls_offload_addresses *a)
{
	struct tls_offload_addresses b;
	unsigned int prefix;

	for (prefix = 0; prefix <= V6_BITS; prefix++) {
		memcpy(b.first, a->first, sizeof(b.first));
		if (prefix_expand(&b, prefix) == 0 &&
		    memcmp(a->last, b.last, sizeof(b.last)) == 0)
			return prefix;
	}
	return -1;
}

static void print_one(FILE *out, const uint8_t address[16], int v4)
{
	char text[INET6_ADDRSTRLEN];

	fputs(inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address + 12 : address,
			text, sizeof(text)), out);
}

static void addresses_print(FILE *out, const struct tls_offload_addresses *a)
{
	int v4 = is_v4(a->first) && is_v4(a->last);
	int prefix = prefix_of(a);

	print_one(out, a->first, v4);
	if (prefix < 0) {
		fputc('-', out);
		print_one(out, a->last, v4);
	} else if (prefix < V6_BITS) {
		fprintf(out, "/%d", v4 ? prefix - V6_BITS + V4_BITS : prefix);
	}
}

static size_t print_address(FILE *out, const struct field *field,
			    const uint8_t *at, size_t left)
{
	struct tls_offload_addresses addresses;

	(void)field;
	if (left < sizeof(addresses))
		return 0;
	memcpy(&addresses, at, sizeof(addresses));
	addresses_print(out, &addresses);
	return sizeof(addresses);
}

const struct kind kind_address = { sizeof(struct tls_offload_addresses), 1,
				   take_address, print_address };
