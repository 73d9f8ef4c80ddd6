/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel, and of kmod/ulp/ulp.h, as index.c and match.c of the policy
 * need to run here. Included before all else, in place of that header; those of the
 * kernel that the two files ask for are empty.
 */
#ifndef TEST_POLICY_KERNEL_H
#define TEST_POLICY_KERNEL_H

#define TLS_OFFLOAD_ULP_H /* the kernel's is left out */

#include <linux/tls_offload.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BITS_PER_LONG (8 * sizeof(long))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BIT(n) (1UL << (n))
#define U16_MAX UINT16_MAX
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]
#define bitmap_zero(set, n) memset(set, 0, BITS_TO_LONGS(n) * sizeof(long))
#define __ffs(word) ((unsigned int)__builtin_ctzl(word))
#ifndef __counted_by
#define __counted_by(n)
#endif

#define GFP_KERNEL_ACCOUNT 0
#define kvcalloc(n, size, flags) calloc(n, size)
#define kvfree free
#define __percpu
#define alloc_percpu_gfp(type, flags) ((type *)calloc(1, sizeof(type)))
#define free_percpu free
#define raw_cpu_ptr(p) (p)
#define READ_ONCE(x) (x)
#define __uninitialized
#define WRITE_ONCE(x, v) ((x) = (v))
#define kfree free
#define cond_resched() do { } while (0)
#define sort(base, n, size, cmp, swap) qsort(base, n, size, cmp)

static inline void __set_bit(unsigned int n, unsigned long *set)
{
	set[n / BITS_PER_LONG] |= BIT(n % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned int n, unsigned long *set)
{
	set[n / BITS_PER_LONG] &= ~BIT(n % BITS_PER_LONG);
}

static inline u64 get_unaligned_be64(const u8 *p)
{
	u64 v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* Users, groups and control groups ----------------------------------------------- */

#define TASK_COMM_LEN 16

typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;

struct user_namespace {
	int unused;
};

/* One, whoever includes this. */
__attribute__((weak)) struct user_namespace init_user_ns;

struct group_info {
	int ngroups;
	kgid_t gid[];
};

static inline u32 from_kuid(const struct user_namespace *ns, kuid_t uid)
{
	return ns ? uid.val : (u32)-1;
}

static inline u32 from_kgid(const struct user_namespace *ns, kgid_t gid)
{
	return ns ? gid.val : (u32)-1;
}

#define __kuid_val(uid) ((uid).val)
#define put_user_ns(ns) do { } while (0)

struct kernfs_node {
	const char *name;
};

struct cgroup {
	struct cgroup *parent;
	struct kernfs_node *kn;
	int level;
	bool self; /* dying */
};

static inline struct cgroup *cgroup_parent(struct cgroup *cgroup)
{
	return cgroup->parent;
}

static inline struct cgroup *cgroup_ancestor(struct cgroup *cgroup, int level)
{
	while (cgroup && cgroup->level > level)
		cgroup = cgroup->parent;
	return cgroup && cgroup->level == level ? cgroup : NULL;
}

static inline bool cgroup_is_descendant(struct cgroup *cgroup, struct cgroup *of)
{
	return cgroup_ancestor(cgroup, of->level) == of;
}

#define css_is_dying(dying) (*(dying))
#define cgroup_put(cgroup) do { } while (0)

/* kmod/ulp/ulp.h -------------------------------------------------------------------- */

struct net;
struct sk_buff;
struct nlattr;
struct netlink_ext_ack;
struct nla_policy {
	int unused;
};

struct tlso_criteria;
struct tlso_rule {
	struct tlso_criteria *criteria;
};

struct tlso_who {
	kuid_t uid;
	kgid_t gid;
	const struct group_info *groups;
	struct cgroup *cgroup;
	char comm[TASK_COMM_LEN];
};

struct tlso_flow {
	u8 direction;
	u8 known;
	u16 local_port, remote_port;
	struct in6_addr local_addr, remote_addr;
	const struct tlso_who *who;
};

#define TLSO_KNOWN_LOCAL_PORT BIT(0)
#define TLSO_KNOWN_REMOTE_PORT BIT(1)
#define TLSO_KNOWN_LOCAL_ADDR BIT(2)
#define TLSO_KNOWN_REMOTE_ADDR BIT(3)

#endif /* TEST_POLICY_KERNEL_H */
