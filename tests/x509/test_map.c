// SPDX-License-Identifier: GPL-2.0-only
/* Users that certificates stand for: entries' form, what matches and which is first. */
#include "chain.h"
#include "../../kmod/core/x509_map.h"

static u8 entry[8][4096];
static struct tlso_map maps[8];
static unsigned int n_maps;
static u8 digest[32];

static size_t write_entry(u8 *out, u8 what, u32 user, const void *value, size_t n)
{
	out[0] = what;
	out[1] = (u8)(user >> 24);
	out[2] = (u8)(user >> 16);
	out[3] = (u8)(user >> 8);
	out[4] = (u8)user;
	memcpy(out + 5, value, n);
	return 5 + n;
}

static const char *read_entry(u8 what, const void *value, size_t n)
{
	static u8 buf[4096];
	/* Of its own length, so that a byte too many is seen. */
	size_t len = write_entry(buf, what, 7, value, n);
	u8 *exact = malloc(len);
	struct tlso_map map;
	const char *why;

	memcpy(exact, buf, len);
	why = tlso_map_read(&map, exact, len);
	if (!why) {
		assert_int_equal(map.what, what);
		assert_int_equal(map.user, 7);
		assert_int_equal(map.len, n);
		assert_ptr_equal(map.value, exact + 5);
	}
	free(exact);
	return why;
}

static const struct {
	u8 what;
	const char *good[8], *bad[12];
} texts[] = {
	{ TLSO_MAP_DNS,
	  .good = { "host.example.org", "HOST", "a_b.example.org" },
	  .bad = { "*.example.org", "host.example.org.", "192.0.2.7", "a..b",
		  "a b", "a/b", ".", "-\xc3\xa9" } },
	{ TLSO_MAP_EMAIL,
	  .good = { "a@example.org", "a@b@example.org", "\"a\"@example.org" },
	  .bad = { "a", "@example.org", "a@", "a b@example.org",
		  "a@*.example.org", "a\xc3\xa9@example.org", "a@192.0.2.7",
		  "a\n@example.org" } },
	{ TLSO_MAP_URI,
	  .good = { "spiffe://example.org/a", "urn:x" },
	  .bad = { "example.org", ":x", "urn:", "urn:a b", "urn:\x7f",
		  "urn:\xc3\xa9" } },
};

static void test_form(void **state)
{
	static const u8 name[] = { 0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
				   0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a' };
	static u8 big[TLSO_MAP_VALUE_MAX + 1];
	struct tlso_map map;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		for (k = 0; texts[i].good[k]; k++)
			assert_null(read_entry(texts[i].what, texts[i].good[k],
					       strlen(texts[i].good[k])));
		for (k = 0; texts[i].bad[k]; k++)
			assert_non_null(read_entry(texts[i].what, texts[i].bad[k],
						   strlen(texts[i].bad[k])));
		/* A zero byte ends nothing. */
		assert_non_null(read_entry(texts[i].what, "a@b:c\0d", 7));
	}
	assert_null(read_entry(TLSO_MAP_SUBJECT, name, sizeof(name)));
	for (i = 0; i < sizeof(name); i++)
		assert_non_null(read_entry(TLSO_MAP_SUBJECT, name, i));
	assert_non_null(read_entry(TLSO_MAP_SUBJECT, "\x30\x00", 2));
	memcpy(big, name, sizeof(name));
	assert_non_null(read_entry(TLSO_MAP_SUBJECT, big, sizeof(name) + 1));
	assert_null(read_entry(TLSO_MAP_SHA256, big, 32));
	assert_non_null(read_entry(TLSO_MAP_SHA256, big, 31));
	assert_non_null(read_entry(TLSO_MAP_SHA256, big, 33));
	memset(big, 'a', sizeof(big));
	memcpy(big, "urn:", 4);
	assert_null(read_entry(TLSO_MAP_URI, big, sizeof(big) - 1));
	assert_non_null(read_entry(TLSO_MAP_URI, big, sizeof(big)));
	assert_non_null(read_entry(0, "urn:x", 5));
	assert_non_null(read_entry(6, "urn:x", 5));
	for (i = 0; i <= 5; i++)
		assert_non_null(tlso_map_read(&map, big, i));
}

static void add(u8 what, u32 user, const void *value, size_t n)
{
	size_t len = write_entry(entry[n_maps], what, user, value, n);

	assert_null(tlso_map_read(&maps[n_maps], entry[n_maps], len));
	n_maps++;
}

static void add_text(u8 what, u32 user, const char *value)
{
	add(what, user, value, strlen(value));
}

/* The subject of another certificate. */
static void add_subject(u32 user, const char *subject)
{
	struct mint other = leaf;
	struct tlso_cert c;
	const u8 *name;
	size_t n;

	other.subject = subject;
	c = minted(&other, 30);
	assert_true(tlso_x509_subject(&c, &name, &n));
	add(TLSO_MAP_SUBJECT, user, name, n);
}

/* 0: nobody. */
static u32 user_of(void)
{
	struct tlso_cert c = minted(&leaf, 1);
	const struct tlso_map *map;

	memset(&work, 0xa5, sizeof(work));
	map = tlso_map_find(maps, n_maps, &c, digest, &work);
	return map ? map->user : 0;
}

static int forget(void **state)
{
	n_maps = 0;
	memset(digest, 0x11, sizeof(digest));
	return reset(state);
}

static void test_names(void **state)
{
	(void)state;
	leaf.san = "uri:urn:x email:Ann@Example.org dns:Host.example.org dns:*.wild.org";
	add_text(TLSO_MAP_DNS, 1, "other.example.org");
	assert_int_equal(user_of(), 0);
	add_text(TLSO_MAP_DNS, 2, "a.wild.org"); /* the certificate names many */
	assert_int_equal(user_of(), 0);
	add_text(TLSO_MAP_EMAIL, 3, "ann@example.org");
	add_text(TLSO_MAP_URI, 4, "urn:X");
	add_text(TLSO_MAP_URI, 5, "urn:xy");
	assert_int_equal(user_of(), 0);
	add_text(TLSO_MAP_DNS, 6, "hOST.EXAMPLE.ORG");
	assert_int_equal(user_of(), 6);
	n_maps = 5;
	add_text(TLSO_MAP_EMAIL, 7, "Ann@eXAMPLE.ORG");
	assert_int_equal(user_of(), 7);
	n_maps = 5;
	add_text(TLSO_MAP_URI, 8, "urn:x");
	assert_int_equal(user_of(), 8);
	/* Of the right kind alone. */
	leaf.san = "dns:ann.example.org uri:Ann@eXAMPLE.ORG email:urn:x";
	assert_int_equal(user_of(), 0);
	leaf.san = NULL;
	assert_int_equal(user_of(), 0);
}

static void test_subject(void **state)
{
	(void)state;
	leaf.subject = "O=x/CN=y";
	add_subject(1, "CN=y/O=x");
	add_subject(2, "O=x");
	add_subject(3, "O=x/CN=y/CN=y");
	add_subject(4, "O=x/CN=yz");
	assert_int_equal(user_of(), 0);
	add_subject(5, "O=x/CN~Y"); /* RFC 5280 7.1 */
	assert_int_equal(user_of(), 5);
	leaf.subject = "O=x/CN=z";
	assert_int_equal(user_of(), 0);
}

static void test_order(void **state)
{
	static const u8 wrong[32] = { 0x11 };
	u8 right[32];

	(void)state;
	memset(right, 0x11, sizeof(right));
	leaf.subject = "O=x/CN=y";
	leaf.san = "dns:a.org dns:b.org";
	add(TLSO_MAP_SHA256, 1, wrong, sizeof(wrong));
	add_text(TLSO_MAP_DNS, 2, "b.org");
	add_text(TLSO_MAP_DNS, 3, "a.org");
	add_subject(4, "O=x/CN=y");
	add(TLSO_MAP_SHA256, 5, right, sizeof(right));
	assert_int_equal(user_of(), 2);
	maps[1] = maps[4];
	assert_int_equal(user_of(), 5);
	maps[1] = maps[3];
	assert_int_equal(user_of(), 4);
	digest[31] = 0;
	n_maps = 1;
	assert_int_equal(user_of(), 0);
}

/* What it takes is bounded; nobody is what comes of too much. */
static void test_bounded(void **state)
{
	static char san[40000];
	static struct tlso_map many[512];
	struct tlso_cert c;
	const u8 *names;
	size_t i, n, at = 0;

	(void)state;
	for (i = 0; i < 1000; i++)
		at += (size_t)sprintf(san + at, "dns:a%zu.org ", i);
	leaf.san = san;
	c = minted(&leaf, 1);
	assert_true(tlso_x509_alt_names(&c, &names, &n, &work));
	assert_true(names > c.der && names + n <= c.der + c.len && n > 6000);
	add_text(TLSO_MAP_DNS, 1, "none.org");
	add_text(TLSO_MAP_DNS, 2, "a999.org");
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = maps[0];
	many[200] = maps[1];
	assert_ptr_equal(tlso_map_find(many, 512, &c, digest, &work), &many[200]);
	many[200] = maps[0];
	many[400] = maps[1];
	assert_null(tlso_map_find(many, 512, &c, digest, &work));
	/* Nor by what takes no time. */
	add(TLSO_MAP_SHA256, 3, digest, sizeof(digest));
	many[511] = maps[2];
	assert_null(tlso_map_find(many, 512, &c, digest, &work));
	assert_ptr_equal(tlso_map_find(many + 500, 12, &c, digest, &work),
			 &many[511]);
}

static void test_broken(void **state)
{
	struct tlso_cert c;
	const u8 *names;
	size_t n;

	(void)state;
	leaf.san = "dns:a.org";
	add_text(TLSO_MAP_DNS, 1, "a.org");
	add(TLSO_MAP_SHA256, 2, digest, sizeof(digest));
	assert_int_equal(user_of(), 1);
	c = minted(&leaf, 1);
	for (n = c.len; n--;) {
		struct tlso_cert cut = { malloc(n ? n : 1), n };
		const u8 *p;
		size_t len;

		memcpy((u8 *)cut.der, c.der, n);
		assert_null(tlso_map_find(maps, n_maps, &cut, digest, &work));
		assert_false(tlso_x509_alt_names(&cut, &p, &len, &work));
		free((u8 *)cut.der);
	}
	no_extensions(&leaf);
	c = minted(&leaf, 1);
	assert_true(tlso_x509_alt_names(&c, &names, &n, &work));
	assert_int_equal(n, 0);
}

#define M(f) cmocka_unit_test_setup(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		M(test_form),  M(test_names),	M(test_subject),
		M(test_order), M(test_bounded), M(test_broken),
	};

	return cmocka_run_group_tests_name("maps", tests, make_keys, NULL);
}
