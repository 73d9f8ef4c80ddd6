// SPDX-License-Identifier: GPL-2.0-only
/*
 * What rules are asked about.
 *
 * Responsible for: addresses and ports of a socket, as far as they are known, and the
 * process that uses it.
 * Leaves to: match.c what they match.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "ulp.h"
#include <tlso_sock.h>

void tlso_who_current(struct tlso_who *who)
{
	const struct cred *cred = current_cred();

	who->uid = cred->euid;
	who->gid = cred->egid;
	who->groups = cred->group_info;
	who->cgroup = task_dfl_cgroup(current);
	/* The process's, not the thread's: programs name their threads, and io_uring
	 * accepts in threads of its own. Not under task_lock(), which is not for
	 * those who hold a socket's: a name that is being changed may be read half.
	 */
	memcpy(who->comm, current->group_leader->comm, sizeof(who->comm));
	who->comm[sizeof(who->comm) - 1] = '\0';
}

struct tlso_who *tlso_who_keep(const struct tlso_who *who)
{
	struct tlso_who *kept = kmemdup(who, sizeof(*who),
					GFP_ATOMIC | __GFP_NOWARN);

	/* The task itself is in it, and so keeps it, until RCU ends. */
	if (kept)
		cgroup_get(kept->cgroup);
	return kept;
}

void tlso_who_free(struct tlso_who *who)
{
	if (who)
		cgroup_put(who->cgroup);
	kfree(who);
}

void tlso_addr_of(const struct sock *sk, bool local, struct in6_addr *out)
{
	const struct in6_addr *v6 = tlso_sk_v6(sk, local);

	if (v6)
		*out = *v6;
	else
		ipv6_addr_set_v4mapped(local ? inet_sk(sk)->inet_rcv_saddr :
					       inet_sk(sk)->inet_daddr, out);
}

bool tlso_addr_any(const struct in6_addr *addr)
{
	return ipv6_addr_any(addr) ||
	       (ipv6_addr_v4mapped(addr) && !addr->s6_addr32[3]);
}

static void flow_local(struct tlso_flow *flow, const struct sock *sk)
{
	flow->local_port = sk->sk_num;
	if (flow->local_port)
		flow->known |= TLSO_KNOWN_LOCAL_PORT;
	tlso_addr_of(sk, true, &flow->local_addr);
	if (!tlso_addr_any(&flow->local_addr))
		flow->known |= TLSO_KNOWN_LOCAL_ADDR;
}

void tlso_flow_listen(struct tlso_flow *flow, const struct sock *sk)
{
	memset(flow, 0, sizeof(*flow));
	flow->direction = TLS_OFFLOAD_IN;
	flow_local(flow, sk);
}

void tlso_flow_conn(struct tlso_flow *flow, const struct sock *sk, u8 direction,
		    const struct tlso_who *who)
{
	memset(flow, 0, sizeof(*flow));
	flow->direction = direction;
	flow->who = who;
	flow_local(flow, sk);
	flow->remote_port = ntohs(inet_sk(sk)->inet_dport);
	tlso_addr_of(sk, false, &flow->remote_addr);
	flow->known |= TLSO_KNOWN_REMOTE_PORT | TLSO_KNOWN_REMOTE_ADDR;
}

void tlso_flow_accepted(struct tlso_flow *flow, const struct tlso_conn *conn,
			const struct tlso_who *who)
{
	tlso_flow_conn(flow, conn->sk, TLS_OFFLOAD_IN, who);
	if (conn->listen_port)
		flow->local_port = conn->listen_port;
	if (!tlso_addr_any(&conn->listen_addr))
		flow->local_addr = conn->listen_addr;
}
