// SPDX-License-Identifier: GPL-2.0-only
/* Name constraints (RFC 5280 4.2.1.10), of every kind of name. */
#include "chain.h"

static const struct {
	const char *permitted, *excluded, *subject, *san;
	bool good;
} constraints[] = {
	{ "dns:example.com", NULL, NULL, "dns:example.com", true },
	{ "dns:example.com", NULL, NULL, "dns:a.b.EXAMPLE.com", true },
	{ "dns:example.com", NULL, NULL, "dns:*.example.com", true },
	{ "dns:example.com", NULL, NULL, "dns:badexample.com", false },
	{ "dns:example.com", NULL, NULL, "dns:com", false },
	{ "dns:example.com", NULL, NULL, "dns:a.example.com dns:b.org", false },
	{ "dns:example.com dns:b.org", NULL, NULL, "dns:example.com dns:b.org",
	  true },
	{ "dns:.example.com", NULL, NULL, "dns:a.example.com", true },
	{ "dns:.example.com", NULL, NULL, "dns:example.com", false },
	{ "dns:", NULL, NULL, "dns:example.com", true },
	{ NULL, "dns:", NULL, "dns:example.com", false },
	{ NULL, "dns:", NULL, "ip:10.1.2.3", true },
	{ "dns:host.example.com", NULL, NULL, "dns:*.example.com", false },
	{ NULL, "dns:host.example.com", NULL, "dns:*.example.com", false },
	{ NULL, "dns:x.host.example.com", NULL, "dns:*.example.com", true },
	{ NULL, "dns:example.com", NULL, "dns:*.example.com", false },
	{ NULL, "dns:example.com", NULL, "dns:a.example.com", false },
	{ NULL, "dns:example.com", NULL, "dns:aexample.com", true },
	{ "dns:example.com", "dns:x.example.com", NULL, "dns:x.example.com",
	  false },
	{ "dns:example.com", "dns:x.example.com", NULL, "dns:y.example.com",
	  true },
	/* kinds that are not constrained */
	{ "dns:example.com", NULL, NULL, "ip:10.1.2.3", true },
	{ "dns:example.com", NULL, NULL, NULL, true },
	/* the common name does not count */
	{ "dns:example.com", NULL, "CN=www.example.org", NULL, true },
	{ "ip:10.0.0.0/8", NULL, NULL, "ip:10.1.2.3", true },
	{ "ip:10.0.0.0/8", NULL, NULL, "ip:11.1.2.3", false },
	{ "ip:10.0.0.0/8", NULL, NULL, "ip:2001:db8::1", false },
	{ NULL, "ip:10.0.0.0/8", NULL, "ip:10.1.2.3", false },
	{ NULL, "ip:10.16.0.0/12", NULL, "ip:10.32.2.3", true },
	{ NULL, "ip:10.16.0.0/12", NULL, "ip:10.31.2.3", false },
	{ NULL, "ip:0.0.0.0/0", NULL, "ip:2001:db8::1", true },
	{ "ip:2001:db8::/32", NULL, NULL, "ip:2001:db8::1", true },
	{ "ip:2001:db8::/32", NULL, NULL, "ip:2001:db9::1", false },
	{ "ip:2001:db8::/32", NULL, NULL, "ip:32.1.13.184", false },
	{ NULL, "ip:2001:db8::/32", NULL, "ip:32.1.13.184", true },
	{ "email:example.com", NULL, NULL, "email:a@example.com", true },
	{ "email:example.com", NULL, NULL, "email:a@EXAMPLE.com", true },
	{ "email:example.com", NULL, NULL, "email:a@x.example.com", false },
	{ "email:.example.com", NULL, NULL, "email:a@x.example.com", true },
	{ "email:.example.com", NULL, NULL, "email:a@example.com", false },
	{ "email:a@example.com", NULL, NULL, "email:a@Example.com", true },
	{ "email:a@example.com", NULL, NULL, "email:A@example.com", false },
	{ "email:a@example.com", NULL, NULL, "email:ba@example.com", false },
	{ "email:example.com", NULL, NULL, "email:example.com", false },
	{ NULL, "email:example.com", NULL, "email:nonsense", false },
	{ NULL, "email:example.com", NULL, "email:a@b@example.com", false },
	{ "email:.example.com", NULL, NULL, "email:a@.example.com", false },
	{ "email:", NULL, NULL, "email:a@example.com", false },
	{ NULL, "email:", NULL, "email:a@example.com", false },
	{ "email:example.com", NULL, "E=a@example.com", NULL, true },
	{ "email:example.com", NULL, "E=a@example.org", NULL, false },
	{ NULL, "email:example.com", "O=x+E=a@example.com/CN=y", NULL, false },
	{ "uri:example.com", NULL, NULL, "uri:http://example.com/x", true },
	{ "uri:example.com", NULL, NULL, "uri:http://EXAMPLE.com:80", true },
	{ "uri:example.com", NULL, NULL, "uri:http://a.example.com/", false },
	{ "uri:.example.com", NULL, NULL, "uri:http://a.example.com/", true },
	{ "uri:.example.com", NULL, NULL, "uri:http://a@b.example.com?c", true },
	{ "uri:example.com", NULL, NULL, "uri:http://example.com@evil.org/",
	  false },
	{ "uri:example.com", NULL, NULL, "uri:http://evil.org/@example.com",
	  false },
	{ "uri:example.com", NULL, NULL, "uri:http://a@example.com:1", true },
	{ "uri:.example.com", NULL, NULL, "uri:http://.example.com/", false },
	{ "uri:", NULL, NULL, "uri:http://example.com/", false },
	{ NULL, "uri:", NULL, "uri:http://example.com/", false },
	{ NULL, "uri:example.com", NULL, "uri:http://10.0.0.1/", false },
	{ NULL, "uri:example.com", NULL, "uri:http://[::1]/", false },
	{ NULL, "uri:example.com", NULL, "uri:urn:x:y", false },
	{ NULL, "uri:example.com", NULL, "uri:http://example.org", true },
	{ "dir:O=tlso", NULL, "O=tlso/CN=x", NULL, true },
	{ "dir:O=tlso", NULL, "O=TLSO/CN=x", NULL, true },
	{ "dir:O=tlso", NULL, "O=other/CN=x", NULL, false },
	{ "dir:O=tlso", NULL, "CN=x/O=tlso", NULL, false },
	{ "dir:O=tlso/CN=x", NULL, "O=tlso", NULL, false },
	{ "dir:O=tlso", NULL, "", "dns:a", true },
	{ NULL, "dir:O=tlso", "O=tlso/CN=x", NULL, false },
	{ NULL, "dir:O=tlso", "O=x", "dir:O=tlso/CN=y", false },
	{ NULL, "dir:O=tlso", "O=x", "dir:O=y", true },
	/* kinds that are not known here */
	{ "rid:", NULL, NULL, "dns:a", true },
	{ "rid:", NULL, NULL, "rid:", false },
	{ NULL, "rid:", NULL, "rid:", false },
	{ NULL, "other:", NULL, "dns:a other:", false },
};

static void test_constraints(void **state)
{
	size_t i;
	int on_root;

	for (i = 0; i < ARRAY_SIZE(constraints); i++) {
		for (on_root = 0; on_root < 2; on_root++) {
			reset(state);
			inter.subject = "O=tlso/CN=x/CN=ca"; /* within all */
			leaf.issuer = inter.subject;
			leaf.san = constraints[i].san;
			if (constraints[i].subject)
				leaf.subject = constraints[i].subject;
			if (on_root && constraints[i].excluded &&
			    strstr(constraints[i].excluded, "dir:"))
				continue;
			(on_root ? &root : &inter)->permitted =
				constraints[i].permitted;
			(on_root ? &root : &inter)->excluded =
				constraints[i].excluded;
			inter.nc_critical = i & 1;
			row = i;
			if (constraints[i].good)
				GOOD();
			else
				BAD("issuer's constraints");
		}
	}
}

/* 6.1.3 (b): self-issued CAs may have any name, a self-issued leaf may not. */
static void test_constraints_self_issued(void **state)
{
	struct tlso_cert sent[3];
	struct mint again;

	(void)state;
	root.permitted = "dir:O=tlso";
	inter.subject = root.subject;
	leaf.issuer = root.subject;
	leaf.san = NULL;
	GOOD();
	root.permitted = "dir:O=below";
	leaf.subject = "O=below/CN=leaf";
	GOOD();
	again = inter;
	again.subject = "O=tlso/CN=not self-issued";
	again.signer = inter.key;
	again.key = p256[3];
	leaf.issuer = again.subject;
	leaf.signer = again.key;
	sent[0] = minted(&leaf, 1);
	sent[1] = minted(&inter, 2);
	sent[2] = minted(&again, 3);
	judge(minted(&root, 0), sent, 3, TLSO_E_BAD_CERT, "do not permit");
	reset(state);
	root.excluded = "dir:O=tlso";
	inter.subject = root.subject;
	leaf.issuer = root.subject;
	leaf.subject = root.subject;
	BAD("constraints exclude");
}

/* Names times constraints are bounded. */
static void test_constraint_bomb(void **state)
{
	static char names[9000], trees[9000];
	size_t n = 0, m = 0;
	int i;

	(void)state;
	for (i = 0; i < 600; i++) {
		n += (size_t)sprintf(names + n, "%sdns:a%d", i ? " " : "", i);
		m += (size_t)sprintf(trees + m, "%sdns:b%d", i ? " " : "", i);
	}
	leaf.san = names;
	inter.excluded = trees;
	BAD("too many names");
	/* One name, as long as they come. */
	for (n = 0; n < 8000; n++)
		names[n] = 'a';
	memcpy(names, "uri:x://", 8);
	names[n] = 0;
	for (m = 0, i = 0; i < 1200; i++)
		m += (size_t)sprintf(trees + m, "%suri:b", i ? " " : "");
	BAD("too many names");
	trees[95] = 0; /* sixteen */
	GOOD();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_constraints), T(test_constraints_self_issued),
		T(test_constraint_bomb),
	};

	return cmocka_run_group_tests_name("constraints", tests, make_keys, NULL);
}
