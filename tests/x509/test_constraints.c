// SPDX-License-Identifier: GPL-2.0-only
/* Name constraints (RFC 5280 4.2.1.10), of every kind of name. */
#include "chain.h"

/* One chain for each of the names: alternative ones of the leaf, and before a '|' its
 * subject. The common name does not count, and kinds that are not constrained are free.
 */
static const struct {
	const char *permitted, *excluded;
	const char *good[8], *bad[9];
} constraints[] = {
	{ .permitted = "dns:example.com",
	  .good = { "dns:example.com", "dns:a.b.EXAMPLE.com",
		  "dns:*.example.com", "ip:10.1.2.3", "",
		  "CN=www.example.org|" },
	  .bad = { "dns:badexample.com", "dns:com",
		  "dns:a.example.com dns:b.org" } },
	{ .permitted = "dns:example.com dns:b.org",
	  .good = { "dns:example.com dns:b.org" } },
	{ .permitted = "dns:.example.com",
	  .good = { "dns:a.example.com" },
	  .bad = { "dns:example.com" } },
	{ .permitted = "dns:",
	  .good = { "dns:example.com" } },
	{ .excluded = "dns:",
	  .good = { "ip:10.1.2.3" },
	  .bad = { "dns:example.com" } },
	{ .permitted = "dns:host.example.com",
	  .bad = { "dns:*.example.com" } },
	{ .excluded = "dns:host.example.com",
	  .bad = { "dns:*.example.com" } },
	{ .excluded = "dns:x.host.example.com",
	  .good = { "dns:*.example.com" } },
	{ .excluded = "dns:example.com",
	  .good = { "dns:aexample.com" },
	  .bad = { "dns:*.example.com", "dns:a.example.com" } },
	{ .permitted = "dns:example.com", .excluded = "dns:x.example.com",
	  .good = { "dns:y.example.com" },
	  .bad = { "dns:x.example.com" } },
	{ .permitted = "ip:10.0.0.0/8",
	  .good = { "ip:10.1.2.3" },
	  .bad = { "ip:11.1.2.3", "ip:2001:db8::1" } },
	{ .excluded = "ip:10.0.0.0/8",
	  .bad = { "ip:10.1.2.3" } },
	{ .excluded = "ip:10.16.0.0/12",
	  .good = { "ip:10.32.2.3" },
	  .bad = { "ip:10.31.2.3" } },
	{ .excluded = "ip:0.0.0.0/0",
	  .good = { "ip:2001:db8::1" } },
	{ .permitted = "ip:2001:db8::/32",
	  .good = { "ip:2001:db8::1" },
	  .bad = { "ip:2001:db9::1", "ip:32.1.13.184" } },
	{ .excluded = "ip:2001:db8::/32",
	  .good = { "ip:32.1.13.184" } },
	{ .permitted = "email:example.com",
	  .good = { "email:a@example.com", "email:a@EXAMPLE.com",
		  "E=a@example.com|" },
	  .bad = { "email:a@x.example.com", "email:example.com",
		  "E=a@example.org|" } },
	{ .permitted = "email:.example.com",
	  .good = { "email:a@x.example.com" },
	  .bad = { "email:a@example.com", "email:a@.example.com" } },
	{ .permitted = "email:a@example.com",
	  .good = { "email:a@Example.com" },
	  .bad = { "email:A@example.com", "email:ba@example.com" } },
	{ .excluded = "email:example.com",
	  .bad = { "email:nonsense", "email:a@b@example.com",
		  "O=x+E=a@example.com/CN=y|" } },
	{ .permitted = "email:",
	  .bad = { "email:a@example.com" } },
	{ .excluded = "email:",
	  .bad = { "email:a@example.com" } },
	{ .permitted = "uri:example.com",
	  .good = { "uri:http://example.com/x", "uri:http://EXAMPLE.com:80",
		  "uri:http://a@example.com:1" },
	  .bad = { "uri:http://a.example.com/",
		  "uri:http://example.com@evil.org/",
		  "uri:http://evil.org/@example.com" } },
	{ .permitted = "uri:.example.com",
	  .good = { "uri:http://a.example.com/",
		  "uri:http://a@b.example.com?c" },
	  .bad = { "uri:http://.example.com/" } },
	{ .permitted = "uri:",
	  .bad = { "uri:http://example.com/" } },
	{ .excluded = "uri:",
	  .bad = { "uri:http://example.com/" } },
	{ .excluded = "uri:example.com",
	  .good = { "uri:http://example.org" },
	  .bad = { "uri:http://10.0.0.1/", "uri:http://[::1]/", "uri:urn:x:y" } },
	{ .permitted = "dir:O=tlso",
	  .good = { "O=tlso/CN=x|", "O=TLSO/CN=x|", "|dns:a" },
	  .bad = { "O=other/CN=x|", "CN=x/O=tlso|" } },
	{ .permitted = "dir:O=tlso/CN=x",
	  .bad = { "O=tlso|" } },
	{ .excluded = "dir:O=tlso",
	  .good = { "O=x|dir:O=y" },
	  .bad = { "O=tlso/CN=x|", "O=x|dir:O=tlso/CN=y" } },
	/* kinds that are not known here */
	{ .permitted = "rid:",
	  .good = { "dns:a" },
	  .bad = { "rid:" } },
	{ .excluded = "rid:",
	  .bad = { "rid:" } },
	{ .excluded = "other:",
	  .bad = { "dns:a other:" } },
};

static void judge_name(size_t i, const char *name, bool good)
{
	const char *san = strchr(name, '|');
	static char subject[64];

	if (san) {
		snprintf(subject, sizeof(subject), "%.*s", (int)(san - name),
			 name);
		leaf.subject = subject;
		name = san + 1;
	}
	leaf.san = *name ? name : NULL;
	row = i;
	if (good)
		GOOD();
	else
		BAD("issuer's constraints");
}

/* Under the @i-th constraints, of the root or of the CA below it. */
static void judge_names(void **state, size_t i, bool on_root, bool good)
{
	const char *const *name = good ? constraints[i].good :
					 constraints[i].bad;
	struct mint *ca = on_root ? &root : &inter;
	size_t j;

	for (j = 0; name[j]; j++) {
		reset(state);
		inter.subject = "O=tlso/CN=x/CN=ca"; /* within all */
		leaf.issuer = inter.subject;
		ca->permitted = constraints[i].permitted;
		ca->excluded = constraints[i].excluded;
		inter.nc_critical = (i + j) & 1;
		judge_name(i, name[j], good);
	}
}

static void test_constraints(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(constraints); i++) {
		judge_names(state, i, false, true);
		judge_names(state, i, false, false);
		/* The CA itself is within what these exclude. */
		if (constraints[i].excluded &&
		    strstr(constraints[i].excluded, "dir:"))
			continue;
		judge_names(state, i, true, true);
		judge_names(state, i, true, false);
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
