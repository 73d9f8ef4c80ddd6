// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings' text: what a payload is made of, what is said of wrong ones. All that the
 * parser makes, of whatever text, the kernel's own parser must take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kmod/core/x509_impl.h"
#include "../../kmod/core/x509_map.h"
#include "../../tools/tlsoffload/map.h"

static struct map map;

/* Errors; what was said is in @said. */
static unsigned int parse(const char *text, size_t n, char *said, size_t cap)
{
	FILE *errors = fmemopen(said, cap, "w");
	char *exact = malloc(n ? n : 1);
	unsigned int count;

	memcpy(exact, text, n);
	count = map_parse(&map, "f", exact, n, errors);
	fclose(errors);
	free(exact);
	return count;
}

/* The @i-th part, as the kernel reads it; where there is one. */
static int part(unsigned int i, struct tlso_map *m)
{
	const uint8_t *p = map.payload, *end = p + map.len;
	size_t len;

	while (p < end) {
		assert_true(end - p > 4);
		assert_int_equal(p[0], 4);
		len = (size_t)p[1] << 16 | p[2] << 8 | p[3];
		p += 4;
		assert_true(len <= (size_t)(end - p));
		if (!i--) {
			const char *why = tlso_map_read(m, p, len);

			if (why)
				fail_msg("%s: %.*s", why, (int)len - 5, p + 5);
			return 1;
		}
		p += len;
	}
	return 0;
}

static void accepted(void)
{
	struct tlso_map m;
	unsigned int i = 0;

	while (part(i, &m))
		i++;
	assert_int_equal(i, map.n);
	assert_true(map.n <= MAP_ENTRIES_MAX);
}

static const char all[] =
	"# who may\n"
	"subject \"CN=Ann Lee,OU=a\\\\,b,O=Example\" root # a comment\n"
	"\n"
	"sha256 00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF 1000\r\n"
	"sha256 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF 0\n"
	"dns host.example.org 7\n"
	"email \"Ann@example.org\" 8\n"
	"uri \"urn:x#y\" 4294967294";

/* O, OU, CN: from the root on. */
static const uint8_t ann[] = {
	0x30, 0x32,
	0x31, 0x10, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x07,
	'E', 'x', 'a', 'm', 'p', 'l', 'e',
	0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x0b, 0x0c, 0x03,
	'a', ',', 'b',
	0x31, 0x10, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x07,
	'A', 'n', 'n', ' ', 'L', 'e', 'e',
};

static void value_is(unsigned int i, uint8_t what, uint32_t user,
		     const void *value, size_t n)
{
	struct tlso_map m;

	assert_true(part(i, &m));
	assert_int_equal(m.what, what);
	assert_int_equal(m.user, user);
	assert_int_equal(m.len, n);
	assert_memory_equal(m.value, value, n);
}

static void test_all(void **state)
{
	uint8_t digest[32];
	struct tlso_der a = { ann, sizeof(ann) }, b;
	struct tlso_map m;
	char said[4096];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(digest); i++)
		digest[i] = (i & 15) * 0x11;
	if (parse(all, strlen(all), said, sizeof(said)))
		fail_msg("%s", said);
	accepted();
	assert_int_equal(map.n, 6);
	/* Which string type GnuTLS takes is its own business. */
	assert_true(part(0, &m));
	assert_int_equal(m.what, TLSO_MAP_SUBJECT);
	assert_int_equal(m.user, 0);
	b.p = m.value;
	b.n = m.len;
	assert_true(tlso_x509_name_equal(a, b));
	value_is(1, TLSO_MAP_SHA256, 1000, digest, 32);
	value_is(2, TLSO_MAP_SHA256, 0, digest, 32);
	value_is(3, TLSO_MAP_DNS, 7, "host.example.org", 16);
	value_is(4, TLSO_MAP_EMAIL, 8, "Ann@example.org", 15);
	value_is(5, TLSO_MAP_URI, 4294967294, "urn:x#y", 7);
}

#define HOST \
	"a host's name, without wildcard, such as host.example.org"
#define USER \
	"a user's name, or a number up to 4294967294"
#define MAIL \
	"an e-mail address, such as ann@example.org"
#define URI \
	"a URI, such as spiffe://example.org/ann, of at most 2048 bytes"
#define SHA \
	"the SHA-256 of a certificate, 64 hexadecimal digits"
#define SUBJECT \
	"a subject as RFC 4514 writes it, such as \"CN=Ann Lee,O=Example\""

static const struct {
	const char *text, *said;
} wrong[] = {
	{ "",
	  "f:1:1: error: found no user mapping, expected one or more\n" },
	{ "# none\n",
	  "f:2:1: error: found no user mapping, expected one or more\n" },
	{ "name a 1",
	  "f:1:1: error: found \"name\", expected sha256, subject, dns, email or uri\n" },
	{ "\n  dns *.x 1",
	  "f:2:7: error: found \"*.x\", expected " HOST "\n" },
	{ "dns 192.0.2.1 1",
	  "f:1:5: error: found \"192.0.2.1\", expected " HOST "\n" },
	{ "dns a.b",
	  "f:1:8: error: found the end of the file, expected " USER "\n" },
	{ "dns a.b no-such-user",
	  "f:1:9: error: found \"no-such-user\", expected " USER "\n" },
	{ "dns a.b 4294967295",
	  "f:1:9: error: found \"4294967295\", expected " USER "\n" },
	{ "dns a.b -1",
	  "f:1:9: error: found \"-1\", expected " USER "\n" },
	{ "dns a.b 1 2",
	  "f:1:11: error: found \"2\", expected the end of the line\n" },
	{ "dns \"\\x00\" 1",
	  "f:1:5: error: found \"\\x00\", expected a word without NUL\n" },
	{ "email a 1",
	  "f:1:7: error: found \"a\", expected " MAIL "\n" },
	{ "email a@1.2 1",
	  "f:1:7: error: found \"a@1.2\", expected " MAIL "\n" },
	{ "uri x 1",
	  "f:1:5: error: found \"x\", expected " URI "\n" },
	{ "sha256 00 1",
	  "f:1:8: error: found \"00\", expected " SHA "\n" },
	{ "subject Ann 1",
	  "f:1:9: error: found \"Ann\", expected " SUBJECT "\n" },
	{ "subject \"\" 1",
	  "f:1:9: error: found \"\", expected " SUBJECT "\n" },
	{ "dns a_. 1\nuri x 1\n", "f:1:5: error: found \"a_.\", expected " HOST "\n"
	  "f:2:5: error: found \"x\", expected " URI "\n" },
};

static void test_wrong(void **state)
{
	char said[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(said, 0, sizeof(said));
		assert_true(parse(wrong[i].text, strlen(wrong[i].text), said,
				  sizeof(said)));
		assert_string_equal(said, wrong[i].said);
	}
}

/* Every beginning of it, and every byte of it another. */
static void test_mutated(void **state)
{
	static const char bytes[] = "\0\n\"\\ #@:.a0\x7f\xff";
	char text[sizeof(all)], said[65536];
	size_t i, k;

	(void)state;
	for (i = 0; i < strlen(all); i++) {
		parse(all, i, said, sizeof(said));
		accepted();
		for (k = 0; k < sizeof(bytes) - 1; k++) {
			memcpy(text, all, sizeof(all));
			text[i] = bytes[k];
			parse(text, strlen(all), said, sizeof(said));
			accepted();
		}
	}
}

static void test_bounds(void **state)
{
	char *text = malloc(1 << 20), said[4096] = "";
	size_t at = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < MAP_ENTRIES_MAX; i++)
		at += sprintf(text + at, "dns a%u.b %u\n", i, i);
	assert_int_equal(parse(text, at, said, sizeof(said)), 0);
	accepted();
	assert_int_equal(map.n, MAP_ENTRIES_MAX);
	at += sprintf(text + at, "dns a.b 1\n");
	assert_int_equal(parse(text, at, said, sizeof(said)), 1);
	assert_string_equal(said,
			    "f:513:1: error: found more than 512 user mappings, expected fewer\n");
	at = 0;
	for (i = 0; i < 33; i++)
		at += sprintf(text + at, "uri urn:%02000u 1\n", i);
	memset(said, 0, sizeof(said));
	assert_int_equal(parse(text, at, said, sizeof(said)), 1);
	assert_string_equal(said,
			    "f:33:1: error: found more than a key holds, 64 KiB, expected fewer mappings\n");
	accepted();
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("user mappings", tests, NULL, NULL);
}
