// SPDX-License-Identifier: GPL-2.0-only
/* Names: of hosts, of subjects and issuers, and what may be in them. */
#include "chain.h"

static const struct {
	const char *san, *name;
	bool match;
} hosts[] = {
	{ "dns:host.example.com", "host.example.com", true },
	{ "dns:host.example.com", "HOST.Example.COM", true },
	{ "dns:HOST.Example.COM", "host.example.com", true },
	{ "dns:host.example.com", "example.com", false },
	{ "dns:host.example.com", "xhost.example.com", false },
	{ "dns:host.example.com", "host.example.com.", false },
	{ "dns:host.example.com.", "host.example.com", false },
	{ "dns:host.example.com", "", false },
	{ "dns:host.example.com", ".example.com", false },
	{ "dns:a dns:b dns:c", "c", true },
	{ "dns:*.example.com", "host.example.com", true },
	{ "dns:*.example.com", "HOST.EXAMPLE.com", true },
	{ "dns:*.example.com", "xn--bcher-kva.example.com", true },
	{ "dns:xn--bcher-kva.example.com", "XN--BCHER-KVA.example.com", true },
	{ "dns:*.example.com", "a.b.example.com", false },
	{ "dns:*.example.com", "example.com", false },
	{ "dns:*.example.com", ".example.com", false },
	{ "dns:*.example.com", "*.example.com", false },
	{ "dns:*.com", "example.com", false },
	{ "dns:*", "host", false },
	{ "dns:*.", "host.", false },
	{ "dns:*", "*", false },
	{ "dns:h*.example.com", "host.example.com", false },
	{ "dns:*t.example.com", "host.example.com", false },
	{ "dns:host.*.com", "host.example.com", false },
	{ "dns:*.*.com", "host.example.com", false },
	{ "dns:**.example.com", "host.example.com", false },
	{ "dns:host_1.example.com", "host_1.example.com", true },
	{ "dns:host", "host", true },
	{ "dns:a..b", "a..b", false },
	{ "dns:a/b", "a/b", false },
	{ "ip:192.0.2.7", "192.0.2.7", true },
	{ "ip:192.0.2.7", "192.0.2.8", false },
	{ "dns:192.0.2.7", "192.0.2.7", false },
	{ "dns:*.0.2.7", "192.0.2.7", false },
	{ "ip:192.0.2.7", "192.0.2.07", false },
	{ "ip:192.0.2.7", "192.0.2.7.", false },
	{ "ip:192.0.2.7", "192.0.519", false },
	{ "dns:1.2.3.256", "1.2.3.256", false },
	{ "dns:1.2.3.4a", "1.2.3.4a", true },
	{ "ip:2001:db8::7", "2001:db8::7", true },
	{ "ip:2001:db8::7", "2001:DB8:0:0:0:0:0:7", true },
	{ "ip:2001:db8::7", "2001:0db8::0007", true },
	{ "ip:2001:db8::7", "2001:db8::0.0.0.7", true },
	{ "ip:2001:db8::7", "2001:db8::8", false },
	{ "ip:::1", "::1", true },
	{ "ip:::", "::", true },
	{ "ip:1::", "1::", true },
	{ "ip:::1", "0:0:0:0:0:0:0:1", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", false },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", false },
	{ "ip:1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7::", true },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::8", false },
	{ "ip:1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", false },
	{ "ip:1:2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8", false },
	{ "ip:::1", "::1%lo", false },
	{ "ip:::1", "[::1]", false },
	{ "ip:::1", ":1", false },
	{ "ip:::1", ":::1", false },
	{ "ip:::1", "::1:", false },
	{ "ip:::1", "::00001", false },
	{ "ip:1::2", "1::2::", false },
	{ "ip:::1.2.3.4", "::1.2.3.4", true },
	{ "ip:1.2.3.4", "::ffff:1.2.3.4", false },
	{ "uri:https://host.example.com/", "host.example.com", false },
	{ "email:host.example.com", "host.example.com", false },
	{ "dir:CN=host.example.com", "host.example.com", false },
	{ "other: rid: dns:host.example.com", "host.example.com", true },
};

static void test_hosts(void **state)
{
	struct tlso_cert c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		reset(state);
		leaf.san = hosts[i].san;
		c = minted(&leaf, 1);
		row = i;
		assert_int_equal(tlso_x509_names(&c, hosts[i].name,
						 strlen(hosts[i].name), &work),
				 hosts[i].match);
		set_name(hosts[i].name);
		if (hosts[i].match)
			GOOD();
		else
			BAD("names somebody else");
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
