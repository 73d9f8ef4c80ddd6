/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy, as its files share it:
 *
 *	policy.c   rules of a namespace, and which one is in force for whom
 *	sysctl.c   those of net.tls_offload.secure_ports and connect_ports
 *	netlink.c  those that are loaded, shown, tested: generic netlink;
 *	           netlink_rule.c a rule in it
 *	rule.c     one rule: its life, its key ring, its word of a sysctl
 *	match.c    does a rule's list of criteria match?
 *	gate.c     the gate that is shut until there are rules
 *	index.c    which of a thousand rules may, found by ports and addresses
 *
 * What other files ask of it stands in ulp.h.
 */
#ifndef TLSO_ULP_POLICY_H
#define TLSO_ULP_POLICY_H

#include <linux/tls_offload.h>
#include <net/netlink.h>

#include "ulp.h"

/* What a connection has to be for a rule. Absent lists match anything. Immutable. */
struct tlso_criteria {
	u8 direction; /* mask of enum tls_offload_direction */
	u8 n_local_ports, n_remote_ports;
	u8 n_local_addrs, n_remote_addrs;
	u8 n_uids, n_gids;
	/* Allocated, or NULL with a number of 0. */
	struct tls_offload_range *local_ports, *remote_ports;
	struct tls_offload_addresses *local_addrs, *remote_addrs;
	struct tls_offload_range *uids, *gids;
	struct user_namespace *user_ns; /* that numbers them; referenced */
	char comm[TASK_COMM_LEN + 1]; /* empty: any */
	struct cgroup *cgroup; /* referenced, or NULL */
	char *cgroup_path; /* as it was written */
};

enum tlso_match {
	TLSO_MISS,
	TLSO_MAYBE, /* as far as it is known */
	TLSO_MATCH,
};

/* match.c. Any context, under RCU. @miss: which criterion, or NULL. */
enum tlso_match tlso_criteria_match(const struct tlso_criteria *c,
				    const struct tlso_flow *flow, u16 *miss);
void tlso_criteria_free(struct tlso_criteria *c); /* any context */

/* index.c ------------------------------------------------------------------ */
/*
 * Of a row of rules, those that may match: for each of six properties the values
 * from which on another set of rules comes in question, and the sets as bits; and
 * which words of a set have any, so that most are never looked at. Bits are in an order of
 * their own.
 * T. V. Lakshman, D. Stiliadis, High-speed policy-based packet forwarding using
 * efficient multi-dimensional range matching, SIGCOMM 1998. F. Baboescu, G. Varghese,
 * Scalable packet classification, SIGCOMM 2001.
 */
#define TLSO_INDEX_BITS_MAX (BITS_PER_LONG * BITS_PER_LONG)
#define TLSO_INDEX_RULES_MAX 2048 /* more than all sources have */
#define TLSO_INDEX_NONE U16_MAX

enum tlso_dim {
	TLSO_DIM_LOCAL_PORT,
	TLSO_DIM_REMOTE_PORT,
	TLSO_DIM_LOCAL_ADDR,
	TLSO_DIM_REMOTE_ADDR,
	TLSO_DIM_UID,
	TLSO_DIM_COMM,
	TLSO_DIMS
};

struct tlso_index_key {
	u64 hi, lo; /* an address, a command, or 0 and a port or a user */
};

struct tlso_index_dim {
	unsigned int n; /* intervals; the first begins at 0; 1: no rule asks */
	struct tlso_index_key *from; /* ascending */
	unsigned long *bits; /* n sets of words */
	unsigned long *some; /* for each set a bit for each word that is not 0 */
};

/* Where the last search of a CPU ended, for each property: the next connection of a
 * direction often is to the same port, of the same user.
 */
struct tlso_index_last {
	unsigned int at[2][TLSO_DIMS]; /* in, out */
};

struct tlso_index {
	unsigned int words; /* unsigned longs of a set */
	u8 asked; /* of which dim[] any rule asks, as bits */
	struct tlso_index_last __percpu *last;
	u16 *rule; /* of each bit, its number in the row, or NONE */
	unsigned long *direction[2]; /* in, out */
	unsigned long direction_some[2];
	struct tlso_index_dim dim[TLSO_DIMS];
};

/* Process context. 0, -ENOMEM or -E2BIG; frees what it made with an error. */
int tlso_index_make(struct tlso_index *index, struct tlso_rule *const *rules,
		    unsigned int n);
void tlso_index_free(struct tlso_index *index);

/* Those that may match, in the row's order. */
struct tlso_index_rules {
	DECLARE_BITMAP(set, TLSO_INDEX_RULES_MAX);
};

/* False: none may, and nothing is in @rules. Any context. */
bool tlso_index_find(const struct tlso_index *index, const struct tlso_flow *flow,
		     struct tlso_index_rules *rules);

/* rule.c -------------------------------------------------------------------- */
/* A word of the value into @rule, whose source says of which; NULL, or what was
 * expected instead; -ENOMEM by *@err.
 */
const char *tlso_rule_parse(char *word, struct tlso_rule *rule, int *err);
/*
 * Finds the key ring with the credentials of the caller, in process context. Where
 * there is none rule->ring_err says why, and the log.
 */
void tlso_rule_resolve(const struct net *net, struct tlso_rule *rule);
/* Of all that was written of @rule. Process context; 0, or -EIO. */
int tlso_rule_digest(struct tlso_rule *rule, const void *p, size_t n);
/* As it was written in a sysctl. How many bytes. */
size_t tlso_rule_print(const struct tlso_rule *rule, char *buf, size_t cap);
/*
 * Says in the log what is wrong with a value. Not rate-limited for the host's
 * administrator, who is owed an answer to each write; a user namespace's must
 * not be able to flood the log.
 */
void tlso_rule_complain(const char *value, const struct net *net,
			const char *word, const char *expected);
/* What the sysctl is called. */
const char *tlso_rule_sysctl(u8 source);

/* policy.c ------------------------------------------------------------------ */
/* Rules of one source, which are replaced together. */
struct tlso_rule_set {
	unsigned int n;
	struct tlso_rule *rules[]; /* room for more, while they are gathered */
};

/*
 * Puts @set in force in place of the one of @source, and takes what listens already.
 * Process context; sleeps. The set is the policy's then; 0, -ENOMEM, after which it
 * is still the caller's; or -EBUSY: in force, but a listener cannot be taken. Waits for
 * no lock that an application may hold.
 */
int tlso_policy_replace(struct net *net, u8 source, struct tlso_rule_set *set);
void tlso_rule_set_free(struct tlso_rule_set *set); /* NULL is fine */
/*
 * Calls @see for each rule of @net in the order in which they are looked at, from
 * number @from on, until it returns other than 0, which is returned. Under RCU: @see
 * does not sleep. *@generation, if not NULL, is set before: another one for other
 * rules, 0 for none.
 */
int tlso_policy_each(struct net *net, unsigned int from,
		     unsigned int *generation,
		     int (*see)(struct tlso_rule *rule, void *arg), void *arg);
/* For each of @source's in the order in which they were written. Process context. */
void tlso_policy_each_of(struct net *net, u8 source,
			 void (*see)(struct tlso_rule *rule, void *arg),
			 void *arg);

/* What the gate of @net is from now on. Process context; 0, or -EBUSY: it is shut, but a
 * listener cannot be taken hold of.
 */
int tlso_policy_gate_set(struct net *net, u8 gate);

/* gate.c ---------------------------------------------------------------------- */
const char *tlso_gate_name(u8 gate);
int tlso_gate_parse(const char *name); /* or -EINVAL */
u8 tlso_gate_at_boot(void); /* of the initial namespace */
/* @net's lets nobody wait any more: who does is judged, later. Process context. */
void tlso_gate_ended(struct net *net);

/* netlink_rule.c -------------------------------------------------------------- */
#define TLSO_CGROUP_MAX 1023 /* bytes of a path */

extern const struct nla_policy tlso_rule_policy[TLS_OFFLOAD_RULE_MAX + 1];
/* What is wrong, and with what: returns -EINVAL. */
int tlso_netlink_bad(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     const char *what);
/* Of TLS_OFFLOAD_A_RULE, without its key ring; ERR_PTR. */
struct tlso_rule *tlso_rule_get(const struct nlattr *attr,
				struct netlink_ext_ack *extack);
/* As TLS_OFFLOAD_A_RULE: 0, or -EMSGSIZE and nothing. Does not sleep. */
int tlso_rule_fill(struct sk_buff *skb, struct tlso_rule *rule);

/* sysctl.c, netlink.c --------------------------------------------------------- */
int tlso_sysctl_init(void);
void tlso_sysctl_exit(void);
int tlso_netlink_init(void);
void tlso_netlink_exit(void);

#endif /* TLSO_ULP_POLICY_H */
