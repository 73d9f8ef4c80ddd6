// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of many rules may match, by ports, addresses, user and command: policy.h says
 * how.
 *
 * Responsible for: what a connection that no rule concerns pays, which is at most six
 * searches, each one look where the connection is as the last one was and by halving
 * where it is not, and one AND for each of those 64 rules that all six leave over.
 * Leaves to: match.c what is sure; groups and control groups.
 *
 * Rules that ask the same lie together in the sets, whatever their order in the row: what
 * asks for users alone is left over by every other search, and would keep its word in
 * question for whoever shares it.
 */
#include <linux/bitmap.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/unaligned.h>
#include <linux/user_namespace.h>

#include "policy.h"

static int key_cmp(const void *a, const void *b)
{
	const struct tlso_index_key *x = a, *y = b;

	if (x->hi != y->hi)
		return x->hi < y->hi ? -1 : 1;
	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static struct tlso_index_key key_of_addr(const u8 *addr)
{
	return (struct tlso_index_key){
		.hi = get_unaligned_be64(addr),
		.lo = get_unaligned_be64(addr + 8),
	};
}

static struct tlso_index_key key_of_port(u32 port)
{
	return (struct tlso_index_key){ .lo = port };
}

/* The first @n bytes of a command's name, at most 16, and @rest behind them: in the
 * order of their bytes, so that those with the same beginning lie together.
 */
static struct tlso_index_key key_of_comm(const char *comm, size_t n, u8 rest)
{
	u8 bytes[TASK_COMM_LEN];

	memset(bytes, rest, sizeof(bytes));
	memcpy(bytes, comm, n);
	return key_of_addr(bytes);
}

static bool comm_element(const char *comm, struct tlso_index_key *from,
			 struct tlso_index_key *to)
{
	size_t n = strnlen(comm, TASK_COMM_LEN);
	bool all = n && comm[n - 1] == '*';

	*from = key_of_comm(comm, n - all, 0);
	*to = key_of_comm(comm, n - all, all ? 0xff : 0);
	return n;
}

/* Numbers of another user namespace are no range here: match.c looks. */
static bool uid_element(const struct tlso_criteria *c, unsigned int i,
			struct tlso_index_key *from, struct tlso_index_key *to)
{
	if (i >= c->n_uids || c->user_ns != &init_user_ns)
		return false;
	*from = key_of_port(c->uids[i].first);
	*to = key_of_port(c->uids[i].last);
	return true;
}

/* From and to of element @i of @c's list of @dim; false: the list ends. */
static bool element(const struct tlso_criteria *c, enum tlso_dim dim,
		    unsigned int i, struct tlso_index_key *from,
		    struct tlso_index_key *to)
{
	bool local = dim == TLSO_DIM_LOCAL_PORT || dim == TLSO_DIM_LOCAL_ADDR;
	const struct tls_offload_addresses *a;
	const struct tls_offload_range *r;

	if (dim == TLSO_DIM_UID)
		return uid_element(c, i, from, to);
	if (dim == TLSO_DIM_COMM)
		return !i && comm_element(c->comm, from, to);
	if (dim == TLSO_DIM_LOCAL_PORT || dim == TLSO_DIM_REMOTE_PORT) {
		if (i >= (local ? c->n_local_ports : c->n_remote_ports))
			return false;
		r = local ? &c->local_ports[i] : &c->remote_ports[i];
		*from = key_of_port(r->first);
		*to = key_of_port(r->last);
		return true;
	}
	if (i >= (local ? c->n_local_addrs : c->n_remote_addrs))
		return false;
	a = local ? &c->local_addrs[i] : &c->remote_addrs[i];
	*from = key_of_addr(a->first);
	*to = key_of_addr(a->last);
	return true;
}

/* The next one; false at the end of all. */
static bool key_next(struct tlso_index_key *key)
{
	if (!++key->lo)
		return ++key->hi;
	return true;
}

/* Where a rule's set of values begins (@by 1) or has ended (-1). */
struct edge {
	struct tlso_index_key at;
	u16 rule; /* its bit */
	s8 by;
};

static int edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return key_cmp(&x->at, &y->at);
}

static void edge_add(struct edge *out, unsigned int *n, struct tlso_index_key at,
		     u16 rule, s8 by)
{
	if (out)
		out[*n] = (struct edge){ .at = at, .rule = rule, .by = by };
	(*n)++;
}

/* All of them, unsorted, into @out, if there; how many. One is at 0, whatever rules
 * there are.
 */
static unsigned int edges(const struct tlso_index *index,
			  struct tlso_rule *const *rules, enum tlso_dim dim,
			  struct edge *out)
{
	struct tlso_index_key from, to;
	unsigned int i, k, at = 0;

	edge_add(out, &at, key_of_port(0), 0, 0);
	for (i = 0; i < index->words * BITS_PER_LONG; i++) {
		if (index->rule[i] == TLSO_INDEX_NONE)
			continue;
		for (k = 0; element(rules[index->rule[i]]->criteria, dim, k,
				    &from, &to); k++) {
			edge_add(out, &at, from, i, 1);
			if (key_next(&to))
				edge_add(out, &at, to, i, -1);
		}
		if (!k) /* matches anything */
			edge_add(out, &at, key_of_port(0), i, 1);
	}
	return at;
}

/* Is @from not behind @key? */
static bool begins(const struct tlso_index_key *from,
		   const struct tlso_index_key *key)
{
	return from->hi < key->hi ||
	       (from->hi == key->hi && from->lo <= key->lo);
}

static bool within(const struct tlso_index_dim *d, unsigned int at,
		   const struct tlso_index_key *key)
{
	return begins(&d->from[at], key) &&
	       (at + 1 == d->n || !begins(&d->from[at + 1], key));
}

/* The interval that @key is in. @last: of some search before, and whoever else uses it
 * meanwhile leaves such a one.
 */
static unsigned int interval(const struct tlso_index_dim *d,
			     const struct tlso_index_key *key,
			     unsigned int *last)
{
	unsigned int low = READ_ONCE(*last), high = d->n;

	if (within(d, low, key))
		return low;
	low = 0;
	while (high - low > 1) {
		unsigned int mid = low + (high - low) / 2;

		if (begins(&d->from[mid], key))
			low = mid;
		else
			high = mid;
	}
	WRITE_ONCE(*last, low);
	return low;
}

/*
 * The sets from the first interval to the last: each is the one before it, but for
 * the rules whose edges lie between the two. @depth, of zeroes: how many of a rule's
 * elements, which may overlap, the place is in.
 */
static void dim_sweep(struct tlso_index_dim *d, unsigned int words,
		      const struct edge *e, unsigned int n, u8 *depth)
{
	unsigned long *set = d->bits;
	unsigned int i;

	d->from[0] = e[0].at;
	for (i = 0, d->n = 1; i < n; i++) {
		if (key_cmp(&e[i].at, &d->from[d->n - 1])) {
			d->from[d->n++] = e[i].at;
			memcpy(set + words, set, words * sizeof(*set));
			set += words;
			cond_resched();
		}
		depth[e[i].rule] += e[i].by;
		if (depth[e[i].rule])
			__set_bit(e[i].rule, set);
		else
			__clear_bit(e[i].rule, set);
	}
}

static unsigned long some_of(const unsigned long *set, unsigned int words)
{
	unsigned long some = 0;
	unsigned int i;

	for (i = 0; i < words; i++)
		if (set[i])
			some |= BIT(i);
	return some;
}

/* @e sorted. */
static int dim_fill(struct tlso_index_dim *d, unsigned int words,
		    const struct edge *e, unsigned int n)
{
	unsigned int i, all = 1;
	u8 *depth;

	for (i = 1; i < n; i++)
		all += key_cmp(&e[i].at, &e[i - 1].at) != 0;
	depth = kvcalloc(words * BITS_PER_LONG, sizeof(*depth),
			 GFP_KERNEL_ACCOUNT);
	d->from = kvcalloc(all, sizeof(*d->from), GFP_KERNEL_ACCOUNT);
	d->bits = kvcalloc(all, words * sizeof(*d->bits), GFP_KERNEL_ACCOUNT);
	d->some = kvcalloc(all, sizeof(*d->some), GFP_KERNEL_ACCOUNT);
	if (depth && d->from && d->bits && d->some)
		dim_sweep(d, words, e, n, depth);
	for (i = 0; i < d->n; i++)
		d->some[i] = some_of(d->bits + (size_t)i * words, words);
	kvfree(depth);
	return d->n ? 0 : -ENOMEM;
}

static int dim_make(struct tlso_index *index, enum tlso_dim dim,
		    struct tlso_rule *const *rules)
{
	unsigned int all = edges(index, rules, dim, NULL);
	struct edge *e = kvcalloc(all, sizeof(*e), GFP_KERNEL_ACCOUNT);
	int err;

	if (!e)
		return -ENOMEM;
	edges(index, rules, dim, e);
	sort(e, all, sizeof(*e), edge_cmp, NULL);
	err = dim_fill(&index->dim[dim], index->words, e, all);
	kvfree(e);
	return err;
}

static int direction_make(struct tlso_index *index, unsigned int dir,
			  struct tlso_rule *const *rules)
{
	unsigned long *set = kvcalloc(index->words, sizeof(*set),
				      GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!set)
		return -ENOMEM;
	for (i = 0; i < index->words * BITS_PER_LONG; i++)
		if (index->rule[i] != TLSO_INDEX_NONE &&
		    rules[index->rule[i]]->criteria->direction & BIT(dir))
			__set_bit(i, set);
	index->direction[dir] = set;
	index->direction_some[dir] = some_of(set, index->words);
	return 0;
}

/* Which bit is whose -------------------------------------------------------------- */

/* What a rule asks, as a number. */
static u8 asks(const struct tlso_criteria *c)
{
	struct tlso_index_key from, to;
	unsigned int dim;
	u8 all = 0;

	for (dim = 0; dim < TLSO_DIMS; dim++)
		if (element(c, dim, 0, &from, &to))
			all |= BIT(dim);
	return all;
}

#define ASKS BIT(TLSO_DIMS)

/*
 * Where the bits of rules that ask the same begin: at a word of their own where they, or
 * those before them, fill one. With @apart unset none is left out. How many there are
 * with those left out.
 */
static unsigned int places(const u16 *many, bool apart, u16 *first)
{
	unsigned int i, at = 0;
	bool alone = false;

	for (i = 0; i < ASKS; i++) {
		if (!many[i])
			continue;
		if (apart && (alone || many[i] >= BITS_PER_LONG))
			at = BITS_TO_LONGS(at) * BITS_PER_LONG;
		alone = many[i] >= BITS_PER_LONG;
		first[i] = at;
		at += many[i];
	}
	return at;
}

static int order_make(struct tlso_index *index, struct tlso_rule *const *rules,
		      unsigned int n)
{
	u16 many[ASKS] = {}, first[ASKS];
	unsigned int i, bits;

	for (i = 0; i < n; i++)
		many[asks(rules[i]->criteria)]++;
	bits = places(many, true, first);
	if (bits > TLSO_INDEX_BITS_MAX)
		bits = places(many, false, first);
	index->words = BITS_TO_LONGS(bits);
	bits = index->words * BITS_PER_LONG;
	index->rule = kvcalloc(bits, sizeof(*index->rule), GFP_KERNEL_ACCOUNT);
	if (!index->rule)
		return -ENOMEM;
	memset(index->rule, 0xff, bits * sizeof(*index->rule));
	for (i = 0; i < n; i++)
		index->rule[first[asks(rules[i]->criteria)]++] = i;
	return 0;
}

int tlso_index_make(struct tlso_index *index, struct tlso_rule *const *rules,
		    unsigned int n)
{
	unsigned int i;
	int err;

	memset(index, 0, sizeof(*index));
	if (n > TLSO_INDEX_RULES_MAX)
		return -E2BIG;
	index->last = alloc_percpu_gfp(struct tlso_index_last,
				       GFP_KERNEL_ACCOUNT);
	err = index->last ? order_make(index, rules, n) : -ENOMEM;
	for (i = 0; !err && i < ARRAY_SIZE(index->direction); i++)
		err = direction_make(index, i, rules);
	for (i = 0; !err && i < TLSO_DIMS; i++) {
		err = dim_make(index, i, rules);
		if (index->dim[i].n > 1)
			index->asked |= BIT(i);
	}
	if (err)
		tlso_index_free(index);
	return err;
}

void tlso_index_free(struct tlso_index *index)
{
	unsigned int i;

	free_percpu(index->last);
	kvfree(index->rule);
	for (i = 0; i < ARRAY_SIZE(index->direction); i++)
		kvfree(index->direction[i]);
	for (i = 0; i < TLSO_DIMS; i++) {
		kvfree(index->dim[i].from);
		kvfree(index->dim[i].bits);
		kvfree(index->dim[i].some);
	}
}

static struct tlso_index_key key_of(const struct tlso_flow *flow,
				    enum tlso_dim dim)
{
	const struct tlso_who *who = flow->who;

	switch (dim) {
	case TLSO_DIM_LOCAL_PORT:
		return key_of_port(flow->local_port);
	case TLSO_DIM_REMOTE_PORT:
		return key_of_port(flow->remote_port);
	case TLSO_DIM_LOCAL_ADDR:
		return key_of_addr(flow->local_addr.s6_addr);
	case TLSO_DIM_REMOTE_ADDR:
		return key_of_addr(flow->remote_addr.s6_addr);
	case TLSO_DIM_UID:
		return key_of_port(__kuid_val(who->uid));
	default:
		return key_of_comm(who->comm,
				   strnlen(who->comm, sizeof(who->comm)), 0);
	}
}

/* The intervals that @flow is in, whose sets are to be looked at together. */
struct find {
	unsigned long some; /* words worth a look */
	unsigned int n;
	struct {
		unsigned int dim, at;
	} in[TLSO_DIMS];
};

static void find_intervals(const struct tlso_index *index,
			   const struct tlso_flow *flow, struct find *find)
{
	unsigned int dir = flow->direction == TLS_OFFLOAD_OUT;
	struct tlso_index_last *last = raw_cpu_ptr(index->last);
	unsigned int known = flow->known, i, at;

	if (flow->who)
		known |= BIT(TLSO_DIM_UID) | BIT(TLSO_DIM_COMM);
	find->some = index->direction_some[dir];
	find->n = 0;
	for (known &= index->asked; known && find->some; known &= known - 1) {
		struct tlso_index_key key;

		i = __ffs(known);
		key = key_of(flow, i);
		at = interval(&index->dim[i], &key, &last->at[dir][i]);
		find->some &= index->dim[i].some[at];
		find->in[find->n].dim = i;
		find->in[find->n++].at = at;
	}
}

static unsigned long find_word(const struct tlso_index *index,
			       const struct tlso_flow *flow,
			       const struct find *find, unsigned int word)
{
	unsigned int dir = flow->direction == TLS_OFFLOAD_OUT;
	unsigned long bits = index->direction[dir][word];
	unsigned int i;

	for (i = 0; bits && i < find->n; i++) {
		const struct tlso_index_dim *d = &index->dim[find->in[i].dim];

		bits &= d->bits[(size_t)find->in[i].at * index->words + word];
	}
	return bits;
}

bool tlso_index_find(const struct tlso_index *index, const struct tlso_flow *flow,
		     struct tlso_index_rules *rules)
{
	struct find find __uninitialized; /* as much as find_intervals() says */
	bool any = false;

	find_intervals(index, flow, &find);
	for (; find.some; find.some &= find.some - 1) {
		unsigned int word = __ffs(find.some);
		unsigned long bits = find_word(index, flow, &find, word);

		if (bits && !any)
			bitmap_zero(rules->set, TLSO_INDEX_RULES_MAX);
		any |= bits;
		for (; bits; bits &= bits - 1)
			__set_bit(index->rule[word * BITS_PER_LONG +
					      __ffs(bits)], rules->set);
	}
	return any;
}
