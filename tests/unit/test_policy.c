// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy's index against its own matcher: what the one sorts out, and nothing
 * else, the other misses, for every value at which a rule begins or ends and its
 * neighbours; and the matcher's users, groups, commands and control groups.
 */
#include "policy_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "../../kmod/ulp/policy.h"

#define RULES 70 /* more than a word has bits */

static unsigned int seed;

static unsigned int below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

/* A row of rules ------------------------------------------------------------------ */

struct row {
	unsigned int n;
	struct tlso_rule **rules;
	struct tlso_index index;
};

static void row_new(struct row *row, unsigned int n)
{
	unsigned int i;

	row->n = n;
	row->rules = calloc(n, sizeof(*row->rules));
	for (i = 0; i < n; i++) {
		row->rules[i] = calloc(1, sizeof(*row->rules[i]));
		row->rules[i]->criteria =
			calloc(1, sizeof(*row->rules[i]->criteria));
		row->rules[i]->criteria->direction =
			TLS_OFFLOAD_IN | TLS_OFFLOAD_OUT;
	}
}

static void row_free(struct row *row)
{
	unsigned int i;

	tlso_index_free(&row->index);
	for (i = 0; i < row->n; i++) {
		tlso_criteria_free(row->rules[i]->criteria);
		free(row->rules[i]->criteria);
		free(row->rules[i]);
	}
	free(row->rules);
}

/* Values that lie close, so that ranges touch and overlap, and both ends of all. */
static u16 some_port(void)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return 65535;
	default:
		return 1000 + below(40);
	}
}

static void some_addr(u8 out[16])
{
	switch (below(8)) {
	case 0:
		memset(out, 0, 16);
		break;
	case 1:
		memset(out, 0xff, 16);
		break;
	case 2: /* where the halves of a key meet */
		memset(out, 0, 8);
		out[7] = below(2);
		memset(out + 8, below(2) ? 0xff : 0, 8);
		break;
	default:
		memset(out, 0, 16);
		out[10] = 0xff;
		out[11] = 0xff;
		out[15] = below(40);
	}
}

static u8 some_ports(struct tls_offload_range **out)
{
	u8 n = below(3) ? below(TLS_OFFLOAD_LIST_MAX + 1) : 0, i;
	u16 a, b;

	*out = n ? calloc(n, sizeof(**out)) : NULL;
	for (i = 0; i < n; i++) {
		a = some_port();
		b = some_port();
		(*out)[i].first = a < b ? a : b;
		(*out)[i].last = a < b ? b : a;
	}
	return n;
}

static u8 some_addrs(struct tls_offload_addresses **out)
{
	u8 n = below(3) ? below(TLS_OFFLOAD_LIST_MAX + 1) : 0, i;
	u8 a[16], b[16];

	*out = n ? calloc(n, sizeof(**out)) : NULL;
	for (i = 0; i < n; i++) {
		some_addr(a);
		some_addr(b);
		memcpy((*out)[i].first, memcmp(a, b, 16) < 0 ? a : b, 16);
		memcpy((*out)[i].last, memcmp(a, b, 16) < 0 ? b : a, 16);
	}
	return n;
}

static void some_rules(struct row *row)
{
	unsigned int i;

	for (i = 0; i < row->n; i++) {
		struct tlso_criteria *c = row->rules[i]->criteria;

		c->direction = 1 + below(3);
		c->n_local_ports = some_ports(&c->local_ports);
		c->n_remote_ports = some_ports(&c->remote_ports);
		c->n_local_addrs = some_addrs(&c->local_addrs);
		c->n_remote_addrs = some_addrs(&c->remote_addrs);
	}
}

/* Users and commands that lie close as well. */
static const char *const names[] = {
	"a", "ab", "abc", "abcdefghijklmno", "abcdefghijklmn", "abd", "b", "nginx",
	"\xff\xff", "\xff", "",
};

static void some_who(struct row *row)
{
	unsigned int i, k;

	for (i = 0; i < row->n; i++) {
		struct tlso_criteria *c = row->rules[i]->criteria;

		c->user_ns = below(4) ? &init_user_ns : (void *)&seed;
		c->n_uids = below(3) ? below(4) : 0;
		c->uids = c->n_uids ? calloc(c->n_uids, sizeof(*c->uids)) : NULL;
		for (k = 0; k < c->n_uids; k++) {
			c->uids[k].first = below(30);
			c->uids[k].last = c->uids[k].first + below(5);
		}
		if (below(3))
			snprintf(c->comm, sizeof(c->comm), "%s%s",
				 names[below(ARRAY_SIZE(names))],
				 below(2) ? "*" : "");
	}
}

/* The index says of each rule what the matcher says; of users of other namespaces it
 * says nothing.
 */
static void agree(const struct row *row, const struct tlso_flow *flow)
{
	struct tlso_index_rules found;
	bool any = tlso_index_find(&row->index, flow, &found);
	unsigned int i;

	for (i = 0; i < row->n; i++) {
		bool may = any && found.set[i / BITS_PER_LONG] >>
					  i % BITS_PER_LONG & 1;
		u16 miss = 0;
		bool says = tlso_criteria_match(row->rules[i]->criteria, flow,
						&miss) != TLSO_MISS;

		if (miss == TLS_OFFLOAD_RULE_UIDS && !says &&
		    row->rules[i]->criteria->user_ns != &init_user_ns)
			continue;
		assert_int_equal(may, says);
	}
}

/* What lies one before (-1) or behind; at the ends, all around. */
static void addr_step(struct in6_addr *addr, int by)
{
	int i;

	for (i = 15; i >= 0; i--) {
		addr->s6_addr[i] += by;
		if (addr->s6_addr[i] != (by > 0 ? 0 : 0xff))
			return;
	}
}

/* Each edge in each list, and its neighbours, with anything in the others. */
static void agree_around(const struct row *row, unsigned int i, unsigned int k,
			 int by)
{
	const struct tlso_criteria *c = row->rules[i]->criteria;
	struct tlso_flow flow = {
		.direction = 1 + below(2),
		.known = below(16) ? 15 : below(16),
		.local_port = some_port(),
		.remote_port = some_port(),
	};

	some_addr(flow.local_addr.s6_addr);
	some_addr(flow.remote_addr.s6_addr);
	agree(row, &flow);
	if (k < c->n_local_ports)
		flow.local_port = (below(2) ? c->local_ports[k].first :
					      c->local_ports[k].last) + by;
	if (k < c->n_remote_ports)
		flow.remote_port = (below(2) ? c->remote_ports[k].first :
					       c->remote_ports[k].last) + by;
	if (k < c->n_local_addrs)
		memcpy(&flow.local_addr, below(2) ? c->local_addrs[k].first :
						    c->local_addrs[k].last, 16);
	if (k < c->n_remote_addrs)
		memcpy(&flow.remote_addr, below(2) ? c->remote_addrs[k].first :
						     c->remote_addrs[k].last, 16);
	if (by) {
		addr_step(&flow.local_addr, by);
		addr_step(&flow.remote_addr, by);
	}
	agree(row, &flow);
}

static void test_index(void **state)
{
	unsigned int round, i, k;
	struct row row;
	int by;

	(void)state;
	for (round = 0; round < 60; round++) {
		seed = round;
		row_new(&row, 1 + below(RULES));
		some_rules(&row);
		assert_int_equal(tlso_index_make(&row.index, row.rules, row.n), 0);
		for (i = 0; i < row.n; i++)
			for (k = 0; k < TLS_OFFLOAD_LIST_MAX; k++)
				for (by = -1; by <= 1; by++)
					agree_around(&row, i, k, by);
		row_free(&row);
	}
}

/* The same of users and commands, and of rows whose sets have many words. */
static void test_index_who(void **state)
{
	struct tlso_who who = { .gid = { 1 } };
	unsigned int round, i, k;
	struct row row;

	(void)state;
	for (round = 0; round < 60; round++) {
		seed = round;
		row_new(&row, 1 + below(round % 10 ? RULES : 1024));
		some_rules(&row);
		some_who(&row);
		assert_int_equal(tlso_index_make(&row.index, row.rules, row.n), 0);
		for (i = 0; i < 40; i++) {
			for (k = 0; k < ARRAY_SIZE(names); k++) {
				struct tlso_flow flow = {
					.direction = 1 + below(2),
					.known = below(4) ? 0 : below(16),
					.local_port = some_port(),
					.who = &who,
				};

				who.uid.val = i;
				memset(who.comm, 'x', sizeof(who.comm));
				snprintf(who.comm, sizeof(who.comm), "%s", names[k]);
				agree(&row, &flow);
			}
		}
		row_free(&row);
	}
}

/* Intervals ascend, and none of two neighbours is there in vain. */
static void test_index_form(void **state)
{
	struct row row;
	unsigned int i;

	(void)state;
	row_new(&row, 3);
	for (i = 0; i < 2; i++) {
		struct tlso_criteria *c = row.rules[i]->criteria;

		c->n_local_ports = 1;
		c->local_ports = calloc(1, sizeof(*c->local_ports));
		c->local_ports[0] = (struct tls_offload_range){ 10, 20 + i };
	}
	assert_int_equal(tlso_index_make(&row.index, row.rules, row.n), 0);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].n, 4);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].from[0].lo, 0);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].from[1].lo, 10);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].from[2].lo, 21);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].from[3].lo, 22);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].bits[0], 1);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].bits[1], 7);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].bits[2], 5);
	assert_int_equal(row.index.dim[TLSO_DIM_LOCAL_PORT].bits[3], 1);
	assert_int_equal(row.index.dim[TLSO_DIM_REMOTE_ADDR].n, 1);
	assert_int_equal(row.index.dim[TLSO_DIM_REMOTE_ADDR].bits[0], 7);
	assert_int_equal(row.index.dim[TLSO_DIM_COMM].n, 1);
	/* What asks nothing comes first. */
	assert_int_equal(row.index.rule[0], 2);
	assert_int_equal(row.index.rule[1], 0);
	assert_int_equal(row.index.rule[2], 1);
	assert_int_equal(row.index.rule[3], TLSO_INDEX_NONE);
	row_free(&row);
}

static void *copy(const void *from, size_t n)
{
	return memcpy(malloc(n), from, n);
}

/* @c asks for 1, or "a", in @dim. */
static void ask(struct tlso_criteria *c, unsigned int dim)
{
	static const struct tls_offload_range range = { 1, 1 };
	static const struct tls_offload_addresses addr = {
		.first = { [15] = 1 }, .last = { [15] = 1 },
	};

	switch (dim) {
	case TLSO_DIM_LOCAL_PORT:
		c->n_local_ports = 1;
		c->local_ports = copy(&range, sizeof(range));
		break;
	case TLSO_DIM_REMOTE_PORT:
		c->n_remote_ports = 1;
		c->remote_ports = copy(&range, sizeof(range));
		break;
	case TLSO_DIM_LOCAL_ADDR:
		c->n_local_addrs = 1;
		c->local_addrs = copy(&addr, sizeof(addr));
		break;
	case TLSO_DIM_REMOTE_ADDR:
		c->n_remote_addrs = 1;
		c->remote_addrs = copy(&addr, sizeof(addr));
		break;
	case TLSO_DIM_UID:
		c->user_ns = &init_user_ns;
		c->n_uids = 1;
		c->uids = copy(&range, sizeof(range));
		break;
	default:
		c->comm[0] = 'a';
	}
}

/* @flow has 1 in the dimensions of @mask, and another value in the others. */
static void ask_for(struct tlso_flow *flow, struct tlso_who *who,
		    unsigned int mask)
{
	flow->local_port = 2 - (mask >> TLSO_DIM_LOCAL_PORT & 1);
	flow->remote_port = 2 - (mask >> TLSO_DIM_REMOTE_PORT & 1);
	flow->local_addr.s6_addr[15] = 2 - (mask >> TLSO_DIM_LOCAL_ADDR & 1);
	flow->remote_addr.s6_addr[15] = 2 - (mask >> TLSO_DIM_REMOTE_ADDR & 1);
	who->uid.val = 2 - (mask >> TLSO_DIM_UID & 1);
	who->comm[0] = mask >> TLSO_DIM_COMM & 1 ? 'a' : 'b';
}

/* Of each of @kinds rules that ask in the dimensions that its number's bits say, by turns:
 * @even of those with even numbers, @odd of the others. How many words their sets have.
 */
static unsigned int words_of(unsigned int kinds, unsigned int even,
			     unsigned int odd)
{
	struct tlso_flow flow = { .direction = TLS_OFFLOAD_IN, .known = 15 };
	unsigned int kind, dim, turn, words, n = 0;
	struct tlso_who who = {};
	struct row row;

	row_new(&row, (kinds + 1) / 2 * even + kinds / 2 * odd);
	for (turn = 0; n < row.n; turn++)
		for (kind = 0; kind < kinds; kind++) {
			if (turn >= (kind % 2 ? odd : even))
				continue;
			for (dim = 0; dim < TLSO_DIMS; dim++)
				if (kind >> dim & 1)
					ask(row.rules[n]->criteria, dim);
			n++;
		}
	assert_int_equal(tlso_index_make(&row.index, row.rules, row.n), 0);
	flow.who = &who;
	for (kind = 0; kind < 1 << TLSO_DIMS; kind++) {
		ask_for(&flow, &who, kind);
		agree(&row, &flow);
	}
	words = row.index.words;
	row_free(&row);
	return words;
}

/* Rules that ask the same have words of their own, where they fill one, and as long as a
 * word can tell of each.
 */
static void test_index_places(void **state)
{
	(void)state;
	assert_int_equal(words_of(1, 65, 0), 2);
	assert_int_equal(words_of(64, 1, 1), 1);
	assert_int_equal(words_of(16, 64, 64), 16);
	assert_int_equal(words_of(15, 65, 1), 8 * 2 + 7);
	assert_int_equal(words_of(16, 193, 63), 8 * 5);
	assert_int_equal(words_of(62, 65, 1), 32); /* 93 would be too many */
}

/* As many rules as there may be, each with as many ranges, all nested: the most work.
 * Interval by interval, rule by rule, that is seconds; edge by edge, a fiftieth.
 */
static void test_index_worst(void **state)
{
	struct tlso_flow flow = { .direction = TLS_OFFLOAD_IN, .known = 1 };
	struct row row;
	unsigned int i, k;
	clock_t took;

	(void)state;
	row_new(&row, TLS_OFFLOAD_RULES_MAX);
	for (i = 0; i < row.n; i++) {
		struct tlso_criteria *c = row.rules[i]->criteria;

		c->n_local_ports = TLS_OFFLOAD_LIST_MAX;
		c->local_ports = calloc(TLS_OFFLOAD_LIST_MAX,
					sizeof(*c->local_ports));
		for (k = 0; k < TLS_OFFLOAD_LIST_MAX; k++) {
			c->local_ports[k].first = 1 + i * TLS_OFFLOAD_LIST_MAX + k;
			c->local_ports[k].last = 65535 - c->local_ports[k].first;
		}
	}
	took = clock();
	assert_int_equal(tlso_index_make(&row.index, row.rules, row.n), 0);
	took = clock() - took;
	print_message("one dimension: %u intervals, %.3f s\n",
		      row.index.dim[TLSO_DIM_LOCAL_PORT].n,
		      (double)took / CLOCKS_PER_SEC);
	assert_true(took < CLOCKS_PER_SEC);
	for (i = 0; i <= 65535; i += 7) {
		flow.local_port = i;
		agree(&row, &flow);
	}
	row_free(&row);
}

/* The matcher alone --------------------------------------------------------------- */

static struct user_namespace *const ns = (void *)&seed;

static enum tlso_match match(const struct tlso_criteria *c,
			     const struct tlso_who *who, u16 *miss)
{
	struct tlso_flow flow = { .direction = TLS_OFFLOAD_IN, .who = who };

	*miss = 0;
	return tlso_criteria_match(c, &flow, miss);
}

static void test_who(void **state)
{
	struct tls_offload_range seven = { 7, 7 }, nine = { 9, 11 };
	struct tlso_who who = { .uid = { 7 }, .gid = { 3 }, .comm = "nginx" };
	struct tlso_criteria c = { .direction = TLS_OFFLOAD_IN, .user_ns = ns };
	struct group_info *groups;
	u16 miss;

	(void)state;
	groups = calloc(1, sizeof(*groups) + 2000 * sizeof(groups->gid[0]));
	assert_int_equal(match(&c, NULL, &miss), TLSO_MATCH);
	c.n_uids = 1;
	c.uids = &seven;
	assert_int_equal(match(&c, NULL, &miss), TLSO_MAYBE);
	assert_int_equal(match(&c, &who, &miss), TLSO_MATCH);
	snprintf(c.comm, sizeof(c.comm), "ngi*");
	assert_int_equal(match(&c, &who, &miss), TLSO_MATCH);
	snprintf(c.comm, sizeof(c.comm), "ngi");
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
	assert_int_equal(miss, TLS_OFFLOAD_RULE_COMM);
	snprintf(c.comm, sizeof(c.comm), "nginx");
	c.n_gids = 1;
	c.gids = &nine;
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
	assert_int_equal(miss, TLS_OFFLOAD_RULE_GIDS);
	who.groups = groups;
	groups->ngroups = 1024;
	groups->gid[1023].val = 10;
	assert_int_equal(match(&c, &who, &miss), TLSO_MATCH);
	groups->ngroups = 1025;
	assert_int_equal(match(&c, &who, &miss), TLSO_MAYBE);
	c.uids = &nine;
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
	assert_int_equal(miss, TLS_OFFLOAD_RULE_UIDS);
	free(groups);
}

/* A cgroup that was removed and made again is where it was. */
static void test_cgroup(void **state)
{
	struct kernfs_node names[] = { { "" }, { "a" }, { "b" }, { "c" } };
	struct cgroup root = { .kn = &names[0] };
	struct cgroup a = { &root, &names[1], 1, false };
	struct cgroup old = { &a, &names[2], 2, false };
	struct cgroup new = { &a, &names[2], 2, false };
	struct cgroup other = { &a, &names[3], 2, false };
	struct cgroup below_new = { &new, &names[3], 3, false };
	struct tlso_criteria c = { .direction = 1, .cgroup = &old };
	struct tlso_who who = { .cgroup = &old };
	u16 miss;

	(void)state;
	assert_int_equal(match(&c, &who, &miss), TLSO_MATCH);
	who.cgroup = &below_new;
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
	assert_int_equal(miss, TLS_OFFLOAD_RULE_CGROUP);
	old.self = true;
	assert_int_equal(match(&c, &who, &miss), TLSO_MATCH);
	who.cgroup = &other;
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
	who.cgroup = &a;
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
	who.cgroup = NULL;
	assert_int_equal(match(&c, &who, &miss), TLSO_MISS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_index_who),
		cmocka_unit_test(test_index_form),
		cmocka_unit_test(test_index_places),
		cmocka_unit_test(test_index_worst),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
