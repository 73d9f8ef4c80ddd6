// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rule is in force for whom, in each network namespace.
 *
 * Responsible for: the rules of all sources as one row in order, replacing those of
 * one source, and what they say of a connection.
 * Leaves to: sysctl.c and netlink.c where rules come from; index.c and match.c what
 * matches; intercept.c what a rule does to listeners, children and those who connect.
 *
 * A row is immutable and replaced whole under RCU; writers serialise on its lock.
 */
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "policy.h"

struct policy {
	struct rcu_work free_work;
	struct tlso_index index;
	u8 directions; /* mask of enum tls_offload_direction: of any of them */
	bool counts; /* a rule that secures nothing is among them */
	bool any_listener; /* what any listener accepts may have to be secured */
	unsigned int generation; /* another one in each row, never 0 */
	unsigned int n;
	struct tlso_rule *rules[] __counted_by(n); /* lent by the sets */
};

struct policy_net {
	struct mutex lock; /* of writers: one namespace's rules take their time */
	/* Under it; each may be NULL. */
	struct tlso_rule_set *sets[TLSO_RULES_SOURCES];
	struct policy __rcu *policy; /* NULL: no rule */
	unsigned int generation; /* under it: of the row that was last */
	u8 gate; /* enum tlso_gate; written under it */
};

static unsigned int policy_net_id __read_mostly;
/* The probe asks before init and after exit; see tlso_policy_exit(). */
static bool policy_on;

/* NULL: not yet, or not any more. */
static struct policy_net *policy_net_of(struct net *net)
{
	/* Pairs with tlso_policy_init(): policy_net_id is valid. */
	if (!smp_load_acquire(&policy_on))
		return NULL;
	return net_generic(net, policy_net_id);
}

/* Under RCU. */
static struct policy *policy_of(struct net *net)
{
	struct policy_net *pn = policy_net_of(net);

	return pn ? rcu_dereference(pn->policy) : NULL;
}

static u8 gate_of(const struct policy_net *pn)
{
	/* Pairs with policy_gate(): where it is open the rules are there. */
	return smp_load_acquire(&pn->gate);
}

u8 tlso_policy_gate(struct net *net)
{
	const struct policy_net *pn = policy_net_of(net);

	return pn ? gate_of(pn) : TLSO_GATE_OFF;
}

/* What becomes of @so_far by @rule, which matches as far as @match says. True: it is
 * the last one to be looked at.
 */
static bool judge_rule(const struct tlso_rule *rule, enum tlso_match match,
		       enum tlso_judgement *so_far)
{
	bool require = tlso_rule_secures(rule);

	if (match == TLSO_MISS)
		return false;
	if (require && match == TLSO_MATCH && *so_far == TLSO_CLEAR)
		*so_far = TLSO_SECURE;
	else if (require)
		*so_far = TLSO_UNSURE;
	return match == TLSO_MATCH;
}

/* One that may be "off" and one behind it that matches: that is not sure, either. */
static enum tlso_judgement judge(struct policy *policy,
				 const struct tlso_flow *flow,
				 struct tlso_rule **decides)
{
	enum tlso_judgement so_far = TLSO_CLEAR;
	struct tlso_index_rules may __uninitialized; /* found, or not read */
	bool maybe = false;
	unsigned int i;

	if (!tlso_index_find(&policy->index, flow, &may))
		return so_far;
	for_each_set_bit(i, may.set, policy->n) {
		struct tlso_rule *rule = policy->rules[i];
		enum tlso_match match =
			tlso_criteria_match(rule->criteria, flow, NULL);

		if (match == TLSO_MATCH && !maybe)
			*decides = rule;
		if (judge_rule(rule, match, &so_far) ||
		    so_far == TLSO_UNSURE) /* and stays that */
			return maybe && so_far == TLSO_SECURE ? TLSO_UNSURE :
								so_far;
		maybe |= match == TLSO_MAYBE;
	}
	return so_far;
}

enum tlso_judgement tlso_policy_judge(struct net *net,
				      const struct tlso_flow *flow,
				      struct tlso_rule **rule)
{
	struct policy_net *pn = policy_net_of(net);
	struct tlso_rule *decides = NULL;
	enum tlso_judgement said;
	struct policy *policy;
	u8 gate;

	if (rule)
		*rule = NULL;
	if (!pn)
		return TLSO_UNRULED;
	gate = gate_of(pn);
	if (gate != TLSO_GATE_OFF)
		return gate == TLSO_GATE_WAIT ? TLSO_WAIT : TLSO_REFUSE;
	policy = rcu_dereference(pn->policy);
	if (!policy)
		return TLSO_UNRULED;
	said = judge(policy, flow, &decides);
	if (said == TLSO_CLEAR && !decides)
		said = TLSO_UNRULED;
	if (!rule || !decides)
		return said;
	atomic64_inc(&decides->hits);
	if (said == TLSO_SECURE) {
		/* The row holds it, and RCU the row. */
		refcount_inc(&decides->ref);
		*rule = decides;
	}
	return said;
}

enum tlso_judgement tlso_policy_listens(struct net *net, const struct sock *sk)
{
	struct policy_net *pn = policy_net_of(net);
	struct tlso_rule *decides = NULL;
	enum tlso_judgement said;
	struct policy *policy;
	struct tlso_flow flow __uninitialized;

	if (!pn)
		return TLSO_UNRULED;
	if (gate_of(pn) != TLSO_GATE_OFF)
		return TLSO_UNSURE;
	policy = rcu_dereference(pn->policy);
	if (!policy || !(policy->directions & TLS_OFFLOAD_IN))
		return TLSO_UNRULED;
	if (policy->any_listener)
		return TLSO_UNSURE;
	tlso_flow_listen(&flow, sk);
	said = judge(policy, &flow, &decides);
	return said == TLSO_CLEAR && !decides ? TLSO_UNRULED : said;
}

bool tlso_policy_any(struct net *net, u8 directions)
{
	const struct policy_net *pn = policy_net_of(net);
	const struct policy *policy;

	if (!pn)
		return false;
	if (gate_of(pn) != TLSO_GATE_OFF)
		return true;
	policy = rcu_dereference(pn->policy);
	return policy && policy->directions & directions;
}

bool tlso_policy_counts(struct net *net)
{
	struct policy *policy;
	bool counts;

	rcu_read_lock();
	policy = policy_of(net);
	counts = policy && policy->counts;
	rcu_read_unlock();
	return counts;
}

int tlso_policy_each(struct net *net, unsigned int from,
		     unsigned int *generation,
		     int (*see)(struct tlso_rule *rule, void *arg), void *arg)
{
	struct policy *policy;
	unsigned int i;
	int ret = 0;

	rcu_read_lock();
	policy = policy_of(net);
	if (generation)
		*generation = policy ? policy->generation : 0;
	for (i = from; policy && !ret && i < policy->n; i++)
		ret = see(policy->rules[i], arg);
	rcu_read_unlock();
	return ret;
}

void tlso_policy_each_of(struct net *net, u8 source,
			 void (*see)(struct tlso_rule *rule, void *arg),
			 void *arg)
{
	struct policy_net *pn = net_generic(net, policy_net_id);
	struct tlso_rule_set *set;
	unsigned int i;

	mutex_lock(&pn->lock);
	set = pn->sets[source];
	for (i = 0; set && i < set->n; i++)
		see(set->rules[i], arg);
	mutex_unlock(&pn->lock);
}

/* Replacing ------------------------------------------------------------------ */

void tlso_rule_set_free(struct tlso_rule_set *set)
{
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		tlso_rule_put(set->rules[i]);
	kvfree(set);
}

static void policy_free_work(struct work_struct *work)
{
	struct policy *policy = container_of(to_rcu_work(work), struct policy,
					     free_work);
	unsigned int i;

	for (i = 0; i < policy->n; i++)
		tlso_rule_put(policy->rules[i]);
	tlso_index_free(&policy->index);
	kvfree(policy);
}

static void policy_free(struct policy *policy)
{
	if (policy)
		queue_rcu_work(tlso_wq, &policy->free_work);
}

static int by_order(const void *a, const void *b)
{
	const struct tlso_rule *x = *(const struct tlso_rule *const *)a;
	const struct tlso_rule *y = *(const struct tlso_rule *const *)b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Nothing but what a listener has, which its children have as well, is asked. */
static bool asks_listener(const struct tlso_criteria *c)
{
	return !c->n_remote_ports && !c->n_remote_addrs && !c->n_uids &&
	       !c->n_gids && !*c->comm && !c->cgroup;
}

/*
 * Is there a rule that may secure what any listener accepts, and none in front of it
 * that may be known not to let it? Then no listener needs to be asked about.
 */
static bool any_listener(struct tlso_rule *const *rules, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct tlso_criteria *c = rules[i]->criteria;

		if (!(c->direction & TLS_OFFLOAD_IN))
			continue;
		if (tlso_rule_secures(rules[i]) &&
		    !c->n_local_ports && !c->n_local_addrs)
			return true;
		if (!tlso_rule_secures(rules[i]) && asks_listener(c))
			return false;
	}
	return false;
}

/* Of all @sets; NULL where they are empty, or ERR_PTR. */
static struct policy *policy_make(struct tlso_rule_set *const *sets)
{
	unsigned int i, k, n = 0;
	struct policy *policy;

	for (i = 0; i < TLSO_RULES_SOURCES; i++)
		n += sets[i] ? sets[i]->n : 0;
	if (!n)
		return NULL;
	policy = kvzalloc(struct_size(policy, rules, n), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return ERR_PTR(-ENOMEM);
	INIT_RCU_WORK(&policy->free_work, policy_free_work);
	policy->n = n;
	for (i = 0, n = 0; i < TLSO_RULES_SOURCES; i++)
		for (k = 0; sets[i] && k < sets[i]->n; k++) {
			const struct tlso_rule *rule = sets[i]->rules[k];

			policy->rules[n++] = sets[i]->rules[k];
			policy->directions |= rule->criteria->direction;
			policy->counts |= !tlso_rule_secures(rule);
		}
	sort(policy->rules, n, sizeof(policy->rules[0]), by_order, NULL);
	policy->any_listener = any_listener(policy->rules, n);
	if (tlso_index_make(&policy->index, policy->rules, n)) {
		kvfree(policy);
		return ERR_PTR(-ENOMEM);
	}
	for (i = 0; i < n; i++)
		refcount_inc(&policy->rules[i]->ref);
	return policy;
}

/* Whoever it is, with the same key rings. */
static bool owner_same(const struct cred *a, const struct cred *b)
{
	if (!a || !b)
		return a == b;
	return uid_eq(a->euid, b->euid) && uid_eq(a->fsuid, b->fsuid) &&
	       gid_eq(a->fsgid, b->fsgid) &&
	       a->session_keyring == b->session_keyring &&
	       a->user_ns == b->user_ns;
}

/* What was written is the digest's; these it does not cover. */
static bool rule_same(const struct tlso_rule *a, const struct tlso_rule *b)
{
	return !memcmp(a->digest, b->digest, sizeof(a->digest)) &&
	       a->source == b->source && a->ring == b->ring &&
	       a->criteria->cgroup == b->criteria->cgroup &&
	       a->criteria->user_ns == b->criteria->user_ns &&
	       owner_same(a->owner, b->owner);
}

/* A rule that is as it was stays, with all that it has counted; @old gets the new
 * one. Done twice it undoes itself.
 */
static void sets_trade(struct tlso_rule_set *old, struct tlso_rule_set *set)
{
	unsigned int i, k;

	for (i = 0; old && i < old->n; i++) {
		for (k = 0; k < set->n; k++) {
			if (!rule_same(old->rules[i], set->rules[k]))
				continue;
			swap(old->rules[i], set->rules[k]);
			break;
		}
	}
}

/* Connections under these are under rules that are no longer in force. */
static void set_stale(struct tlso_rule_set *set)
{
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		WRITE_ONCE(set->rules[i]->stale, true);
}

static int policy_swap(struct policy_net *pn, u8 source,
		       struct tlso_rule_set *set)
{
	struct tlso_rule_set *old = pn->sets[source];
	struct policy *policy, *before;

	sets_trade(old, set);
	pn->sets[source] = set;
	policy = policy_make(pn->sets);
	if (IS_ERR(policy)) {
		sets_trade(old, set);
		pn->sets[source] = old;
		return PTR_ERR(policy);
	}
	if (policy)
		policy->generation = ++pn->generation ?: ++pn->generation;
	before = rcu_replace_pointer(pn->policy, policy,
				     lockdep_is_held(&pn->lock));
	set_stale(old);
	policy_free(before);
	tlso_rule_set_free(old);
	return 0;
}

/* Under the lock. True: nobody waits any more. */
static bool policy_gate(struct policy_net *pn, u8 gate)
{
	bool ends = pn->gate == TLSO_GATE_WAIT && gate != TLSO_GATE_WAIT;

	/* After the rules: pairs with tlso_policy_gate(). */
	smp_store_release(&pn->gate, gate);
	return ends;
}

int tlso_policy_gate_set(struct net *net, u8 gate)
{
	struct policy_net *pn = net_generic(net, policy_net_id);
	int err = 0;

	mutex_lock(&pn->lock);
	if (policy_gate(pn, gate))
		tlso_gate_ended(net);
	if (gate != TLSO_GATE_OFF) {
		synchronize_rcu(); /* as with a rule */
		if (tlso_intercept_listeners(net))
			err = -EBUSY;
	}
	mutex_unlock(&pn->lock);
	return err;
}

int tlso_policy_replace(struct net *net, u8 source, struct tlso_rule_set *set)
{
	struct policy_net *pn = net_generic(net, policy_net_id);
	bool ends = false;
	int err;

	mutex_lock(&pn->lock);
	err = policy_swap(pn, source, set);
	if (!err) {
		if (source == TLSO_RULES_LOADED)
			ends = policy_gate(pn, TLSO_GATE_OFF);
		/* After the swap: a listener that comes now finds the rule
		 * itself, and so does a child, once those are queued that were
		 * made without it.
		 */
		synchronize_rcu();
		if (tlso_intercept_listeners(net))
			err = -EBUSY;
		if (ends)
			tlso_gate_ended(net);
	}
	mutex_unlock(&pn->lock);
	return err;
}

/* ---------------------------------------------------------------------------- */

static int __net_init policy_net_init(struct net *net)
{
	struct policy_net *pn = net_generic(net, policy_net_id);

	mutex_init(&pn->lock);
	return 0;
}

static void __net_exit policy_net_exit(struct net *net)
{
	struct policy_net *pn = net_generic(net, policy_net_id);
	unsigned int i;

	/* sysctl.c and netlink.c let nobody in any more. */
	policy_free(rcu_replace_pointer(pn->policy, NULL, true));
	for (i = 0; i < TLSO_RULES_SOURCES; i++)
		tlso_rule_set_free(pn->sets[i]);
}

static struct pernet_operations policy_net_ops = {
	.init = policy_net_init,
	.exit = policy_net_exit,
	.id = &policy_net_id,
	.size = sizeof(struct policy_net),
};

/*
 * Namespaces free their rows after a grace period, and readers look at policy_on and
 * at the row under one RCU read lock.
 */
static void policy_off(void)
{
	WRITE_ONCE(policy_on, false);
	unregister_pernet_subsys(&policy_net_ops);
}

int tlso_policy_init(void)
{
	int err = register_pernet_subsys(&policy_net_ops);

	if (err)
		return err;
	/* Pairs with policy_net_of(): policy_net_id is valid first. */
	smp_store_release(&policy_on, true);
	err = tlso_sysctl_init();
	if (err)
		goto exit_policy;
	err = tlso_netlink_init();
	if (!err) {
		/* Last: sockets that are attached keep the module. */
		if (tlso_gate_at_boot() != TLSO_GATE_OFF)
			tlso_policy_gate_set(&init_net, tlso_gate_at_boot());
		return 0;
	}
	tlso_sysctl_exit();
exit_policy:
	policy_off();
	return err;
}

void tlso_policy_exit(void)
{
	tlso_netlink_exit();
	tlso_sysctl_exit();
	policy_off();
}
