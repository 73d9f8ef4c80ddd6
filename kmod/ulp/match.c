// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a rule match a connection?
 *
 * Responsible for: its criteria, one by one, with what is known of the connection.
 * Leaves to: policy.c the order of rules; index.c sorting out most of them first.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "policy.h"

/* Supplementary groups that are looked at, for each rule, with BH off. Who is in more
 * of them (65536 there may be) may be in any.
 */
#define GROUPS_MAX 1024

static bool in_ranges(const struct tls_offload_range *r, unsigned int n, u32 v)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (v >= r[i].first && v <= r[i].last)
			return true;
	return false;
}

static enum tlso_match match_port(const struct tls_offload_range *r,
				  unsigned int n, bool known, u16 port)
{
	if (!n)
		return TLSO_MATCH;
	if (!known)
		return TLSO_MAYBE;
	return in_ranges(r, n, port) ? TLSO_MATCH : TLSO_MISS;
}

static enum tlso_match match_addr(const struct tls_offload_addresses *a,
				  unsigned int n, bool known,
				  const struct in6_addr *addr)
{
	unsigned int i;

	if (!n)
		return TLSO_MATCH;
	if (!known)
		return TLSO_MAYBE;
	for (i = 0; i < n; i++)
		if (memcmp(addr, a[i].first, sizeof(*addr)) >= 0 &&
		    memcmp(addr, a[i].last, sizeof(*addr)) <= 0)
			return TLSO_MATCH;
	return TLSO_MISS;
}

/* Who has no number in the writer's namespace is nobody there. */
static enum tlso_match match_uid(const struct tlso_criteria *c,
				 const struct tlso_who *who)
{
	uid_t uid;

	if (!c->n_uids)
		return TLSO_MATCH;
	if (!who)
		return TLSO_MAYBE;
	uid = from_kuid(c->user_ns, who->uid);
	return uid != (uid_t)-1 && in_ranges(c->uids, c->n_uids, uid) ?
	       TLSO_MATCH : TLSO_MISS;
}

static bool gid_matches(const struct tlso_criteria *c, kgid_t kgid)
{
	gid_t gid = from_kgid(c->user_ns, kgid);

	return gid != (gid_t)-1 && in_ranges(c->gids, c->n_gids, gid);
}

static enum tlso_match match_gid(const struct tlso_criteria *c,
				 const struct tlso_who *who)
{
	int i;

	if (!c->n_gids)
		return TLSO_MATCH;
	if (!who)
		return TLSO_MAYBE;
	if (gid_matches(c, who->gid))
		return TLSO_MATCH;
	if (who->groups && who->groups->ngroups > GROUPS_MAX)
		return TLSO_MAYBE;
	for (i = 0; who->groups && i < who->groups->ngroups; i++)
		if (gid_matches(c, who->groups->gid[i]))
			return TLSO_MATCH;
	return TLSO_MISS;
}

static enum tlso_match match_comm(const struct tlso_criteria *c,
				  const struct tlso_who *who)
{
	size_t n = strlen(c->comm);
	bool same;

	if (!n)
		return TLSO_MATCH;
	if (!who)
		return TLSO_MAYBE;
	if (c->comm[n - 1] == '*')
		same = !strncmp(who->comm, c->comm, n - 1);
	else
		same = !strcmp(who->comm, c->comm);
	return same ? TLSO_MATCH : TLSO_MISS;
}

/* Is @a where @b was? In this hierarchy nothing is renamed. */
static bool same_path(struct cgroup *a, struct cgroup *b)
{
	for (; a && b && a != b; a = cgroup_parent(a), b = cgroup_parent(b))
		if (strcmp(a->kn->name, b->kn->name))
			return false;
	return a == b;
}

/*
 * A service's cgroup goes and comes again with it, at the same path: that is the one
 * which was meant, or a service that is restarted would be without its rule.
 */
static bool in_cgroup(struct cgroup *cgroup, struct cgroup *of)
{
	struct cgroup *there;

	if (cgroup_is_descendant(cgroup, of))
		return true;
	if (!css_is_dying(&of->self))
		return false;
	there = cgroup_ancestor(cgroup, of->level);
	return there && same_path(there, of);
}

static enum tlso_match match_cgroup(const struct tlso_criteria *c,
				    const struct tlso_who *who)
{
	if (!c->cgroup)
		return TLSO_MATCH;
	if (!who)
		return TLSO_MAYBE;
	return who->cgroup && in_cgroup(who->cgroup, c->cgroup) ? TLSO_MATCH :
								  TLSO_MISS;
}

static enum tlso_match match_one(const struct tlso_criteria *c,
				 const struct tlso_flow *flow, u16 criterion)
{
	switch (criterion) {
	case TLS_OFFLOAD_RULE_DIRECTION:
		return c->direction & flow->direction ? TLSO_MATCH : TLSO_MISS;
	case TLS_OFFLOAD_RULE_LOCAL_PORTS:
		return match_port(c->local_ports, c->n_local_ports,
				  flow->known & TLSO_KNOWN_LOCAL_PORT,
				  flow->local_port);
	case TLS_OFFLOAD_RULE_REMOTE_PORTS:
		return match_port(c->remote_ports, c->n_remote_ports,
				  flow->known & TLSO_KNOWN_REMOTE_PORT,
				  flow->remote_port);
	case TLS_OFFLOAD_RULE_LOCAL_ADDRS:
		return match_addr(c->local_addrs, c->n_local_addrs,
				  flow->known & TLSO_KNOWN_LOCAL_ADDR,
				  &flow->local_addr);
	case TLS_OFFLOAD_RULE_REMOTE_ADDRS:
		return match_addr(c->remote_addrs, c->n_remote_addrs,
				  flow->known & TLSO_KNOWN_REMOTE_ADDR,
				  &flow->remote_addr);
	case TLS_OFFLOAD_RULE_UIDS:
		return match_uid(c, flow->who);
	case TLS_OFFLOAD_RULE_COMM:
		return match_comm(c, flow->who);
	case TLS_OFFLOAD_RULE_CGROUP:
		return match_cgroup(c, flow->who);
	default:
		return match_gid(c, flow->who);
	}
}

enum tlso_match tlso_criteria_match(const struct tlso_criteria *c,
				    const struct tlso_flow *flow, u16 *miss)
{
	/* What costs most comes last: the first miss is the end. */
	static const u16 all[] = {
		TLS_OFFLOAD_RULE_DIRECTION, TLS_OFFLOAD_RULE_LOCAL_PORTS,
		TLS_OFFLOAD_RULE_REMOTE_PORTS, TLS_OFFLOAD_RULE_LOCAL_ADDRS,
		TLS_OFFLOAD_RULE_REMOTE_ADDRS, TLS_OFFLOAD_RULE_UIDS,
		TLS_OFFLOAD_RULE_COMM, TLS_OFFLOAD_RULE_CGROUP,
		TLS_OFFLOAD_RULE_GIDS,
	};
	enum tlso_match match = TLSO_MATCH;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all) && match != TLSO_MISS; i++) {
		enum tlso_match one = match_one(c, flow, all[i]);

		if (one >= match)
			continue;
		match = one;
		if (miss)
			*miss = all[i];
	}
	return match;
}

void tlso_criteria_free(struct tlso_criteria *c)
{
	kfree(c->local_ports);
	kfree(c->remote_ports);
	kfree(c->local_addrs);
	kfree(c->remote_addrs);
	kfree(c->uids);
	kfree(c->gids);
	kfree(c->cgroup_path);
	put_user_ns(c->user_ns); /* NULL is fine */
	if (c->cgroup)
		cgroup_put(c->cgroup);
}
