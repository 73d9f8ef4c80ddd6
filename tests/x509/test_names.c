// SPDX-License-Identifier: GPL-2.0-only
/* Names: of hosts, of subjects and issuers, and what may be in them. */
#include "chain.h"

static const struct {
	const char *san;
	const char *good[8], *bad[8]; /* names that it is, and is not, for */
} hosts[] = {
	{ "dns:host.example.com",
	  .good = { "host.example.com", "HOST.Example.COM" },
	  .bad = { "example.com", "xhost.example.com", "host.example.com.",
		  "", ".example.com" } },
	{ "dns:HOST.Example.COM", .good = { "host.example.com" } },
	{ "dns:host.example.com.", .bad = { "host.example.com" } },
	{ "dns:a dns:b dns:c", .good = { "c" } },
	{ "dns:*.example.com",
	  .good = { "host.example.com", "HOST.EXAMPLE.com",
		  "xn--bcher-kva.example.com" },
	  .bad = { "a.b.example.com", "example.com", ".example.com",
		  "*.example.com" } },
	{ "dns:xn--bcher-kva.example.com",
	  .good = { "XN--BCHER-KVA.example.com" } },
	{ "dns:*.com", .bad = { "example.com" } },
	{ "dns:*", .bad = { "host", "*" } },
	{ "dns:*.", .bad = { "host." } },
	{ "dns:h*.example.com", .bad = { "host.example.com" } },
	{ "dns:*t.example.com", .bad = { "host.example.com" } },
	{ "dns:host.*.com", .bad = { "host.example.com" } },
	{ "dns:*.*.com", .bad = { "host.example.com" } },
	{ "dns:**.example.com", .bad = { "host.example.com" } },
	{ "dns:host_1.example.com", .good = { "host_1.example.com" } },
	{ "dns:host", .good = { "host" } },
	{ "dns:a..b", .bad = { "a..b" } },
	{ "dns:a/b", .bad = { "a/b" } },
	{ "ip:192.0.2.7",
	  .good = { "192.0.2.7" },
	  .bad = { "192.0.2.8", "192.0.2.07", "192.0.2.7.", "192.0.519" } },
	{ "dns:192.0.2.7", .bad = { "192.0.2.7" } },
	{ "dns:*.0.2.7", .bad = { "192.0.2.7" } },
	{ "dns:1.2.3.256", .bad = { "1.2.3.256" } },
	{ "dns:1.2.3.4a", .good = { "1.2.3.4a" } },
	{ "ip:2001:db8::7",
	  .good = { "2001:db8::7", "2001:DB8:0:0:0:0:0:7", "2001:0db8::0007",
		  "2001:db8::0.0.0.7" },
	  .bad = { "2001:db8::8" } },
	{ "ip:::1",
	  .good = { "::1", "0:0:0:0:0:0:0:1" },
	  .bad = { "::1%lo", "[::1]", ":1", ":::1", "::1:", "::00001" } },
	{ "ip:::", .good = { "::" } },
	{ "ip:1::", .good = { "1::" } },
	{ "ip:1:2:3:4:5:6:7:8",
	  .good = { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8" },
	  .bad = { "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7::8",
		  "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8" } },
	{ "ip:1:2:3:4:5:6:7:0", .good = { "1:2:3:4:5:6:7::" } },
	{ "ip:1::2", .bad = { "1::2::" } },
	{ "ip:::1.2.3.4", .good = { "::1.2.3.4" } },
	{ "ip:1.2.3.4", .bad = { "::ffff:1.2.3.4" } },
	{ "uri:https://host.example.com/", .bad = { "host.example.com" } },
	{ "email:host.example.com", .bad = { "host.example.com" } },
	{ "dir:CN=host.example.com", .bad = { "host.example.com" } },
	{ "other: rid: dns:host.example.com", .good = { "host.example.com" } },
};

static void judge_hosts(void **state, size_t i, bool good)
{
	const char *const *name = good ? hosts[i].good : hosts[i].bad;
	struct tlso_cert c;

	for (; *name; name++) {
		reset(state);
		leaf.san = hosts[i].san;
		c = minted(&leaf, 1);
		row = i;
		assert_int_equal(tlso_x509_names(&c, *name, strlen(*name),
						 &work), good);
		set_name(*name);
		if (good)
			GOOD();
		else
			BAD("names somebody else");
	}
}

static void test_hosts(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		judge_hosts(state, i, true);
		judge_hosts(state, i, false);
	}
}

/* The common name is no host name; long and odd names match nothing. */
static void test_host_misc(void **state)
{
	char text[300], san[310];
	size_t i;

	(void)state;
	leaf.subject = "CN=host.example.com";
	leaf.san = NULL;
	set_name("host.example.com");
	BAD("names somebody else");
	leaf.san = "dns:other.example.com";
	BAD("names somebody else");
	leaf.san = "dns:host.example.com";
	v.name = "host.example.com\0.evil.example";
	v.name_len = 30;
	BAD("names somebody else");
	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	text[253] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	leaf.san = san;
	set_name(text);
	GOOD();
	text[253] = 'a';
	text[254] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	set_name(text);
	BAD("names somebody else");
	memset(text, 'b', 64);
	text[63] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	set_name(text);
	GOOD();
	text[63] = 'b';
	text[64] = 0;
	snprintf(san, sizeof(san), "dns:%s", text);
	set_name(text);
	BAD("names somebody else");
}

static const struct {
	const char *subject, *issuer;
	bool same;
} chaining[] = {
	{ "O=tlso/CN=ca", "O=tlso/CN=ca", true },
	{ "O=tlso/CN=ca", "O=TLSO/CN=Ca", true },
	{ "O=tlso/CN=ca", "O~tlso/CN~CA", true },
	{ "O=tlso/CN=a b", "O=tlso/CN=  A   B ", true },
	{ "O=tlso/CN=a b", "O=tlso/CN=ab", false },
	{ "O=tlso/CN=ca", "CN=ca/O=tlso", false },
	{ "O=tlso/CN=ca", "O=tlso/CN=ca/CN=ca", false },
	{ "O=tlso/CN=ca/CN=ca", "O=tlso/CN=ca", false },
	{ "O=tlso/CN=ca", "O=tlso/OU=ca", false },
	{ "O=tlso+CN=ca", "O=tlso/CN=ca", false },
	{ "O=tlso+CN=ca", "O=tlso+CN=CA", true },
	{ "O=tlso+CN=ca/CN=x", "O=tlso/CN=x", false },
	{ "O=tlso/CN=x", "O=tlso+CN=ca/CN=x", false },
	{ "O=tlso/T=ca", "O=tlso/T=ca", true },
	{ "O=tlso/T=ca", "O=tlso/T=CA", false }, /* TeletexString */
	{ "O=tlso/CN=\xc3\xa4", "O=tlso/CN=\xc3\xa4", true },
	{ "O=tlso/CN=\xc3\xa4", "O=tlso/CN=\xc3\x84", false }, /* a umlaut */
	{ "DC=example/DC=com", "DC=EXAMPLE/DC=Com", true },
};

/* Values that may, and that may not, be in a name; UTF-8 above all. */
static void test_values(void **state)
{
	static const char *const right[] = {
		"CN=\xc2\x80", "CN=\xdf\xbf", "CN=\xe0\xa0\x80",
		"CN=\xed\x9f\xbf", "CN=\xee\x80\x80", "CN=\xf0\x90\x80\x80",
		"CN=\xf4\x8f\xbf\xbf", "T=\xff", "BMP=ab",
	};
	static const char *const wrong[] = {
		"CN=\x80", "CN=\xc0\x80", "CN=\xc1\xbf", "CN=\xc2",
		"CN=\xc2\x41", "CN=\xe0\x9f\xbf", "CN=\xed\xa0\x80",
		"CN=\xf0\x8f\xbf\xbf", "CN=\xf4\x90\x80\x80", "CN=\xf5",
		"CN=\xff", "CN=a\xe2\x82", "OCTETS=x", "PRIVATE=x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		leaf.subject = right[i];
		GOOD();
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		leaf.subject = wrong[i];
		BAD("subject");
	}
}

static void test_name_chaining(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(chaining); i++) {
		reset(state);
		inter.subject = chaining[i].subject;
		leaf.issuer = chaining[i].issuer;
		if (chaining[i].same)
			GOOD();
		else
			UNKNOWN("issuer is unknown");
	}
	reset(state);
	leaf.issuer = "";
	BAD("issuer malformed");
	reset(state);
	leaf.subject = "";
	GOOD();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_hosts), T(test_host_misc), T(test_values),
		T(test_name_chaining),
	};

	return cmocka_run_group_tests_name("names", tests, make_keys, NULL);
}
