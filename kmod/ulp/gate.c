// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot gate: until a policy is loaded, an application's connections wait or fail.
 *
 * Responsible for: what the gate of a namespace is called, and how it begins; the
 * connections that wait at it, and judging them once it opens.
 * Leaves to: policy.c whether it is shut, which it says in place of the rules;
 * sysctl.c who sets it; intercept.c, conn.c and connect.c who comes to it.
 *
 * A connection that waits has TCP's connection and all that a handshake would have, but
 * no rule: HANDSHAKE, and conn->gated. Its calls wait as they do for a handshake, so
 * that nothing leaves and nothing is read. It is judged in process context under the
 * socket lock; whoever opens the gate waits for no such lock.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "policy.h"

static const char *const gate_names[] = {
	[TLSO_GATE_OFF] = "off",
	[TLSO_GATE_WAIT] = "wait",
	[TLSO_GATE_FAIL] = "fail",
};

static u8 gate_at_boot = TLSO_GATE_OFF;

const char *tlso_gate_name(u8 gate)
{
	return gate_names[gate];
}

int tlso_gate_parse(const char *name)
{
	return sysfs_match_string(gate_names, name);
}

static int gate_param_set(const char *text, const struct kernel_param *kp)
{
	int gate = tlso_gate_parse(text);

	if (gate < 0) {
		pr_err("tls_offload: gate: \"%*pE\": expected off, wait or fail\n",
		       (int)strnlen(text, 16), text);
		return gate;
	}
	gate_at_boot = gate;
	return 0;
}

static int gate_param_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", tlso_gate_name(gate_at_boot));
}

static const struct kernel_param_ops gate_param_ops = {
	.set = gate_param_set,
	.get = gate_param_get,
};
module_param_cb(gate, &gate_param_ops, NULL, 0444);
MODULE_PARM_DESC(gate, "the initial network namespace's gate at first: off, wait or fail");

/* Those who wait ------------------------------------------------------------------ */

/* Both references are taken. */
static void gate_queue(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (queue_work(tlso_wq, &conn->gate_work))
		return;
	/* Not the last: the work that is queued has some. */
	sock_put(sk);
	tlso_conn_put(conn);
}

void tlso_gate_look(struct tlso_conn *conn)
{
	sock_hold(conn->sk);
	refcount_inc(&conn->ref);
	gate_queue(conn);
}

void tlso_gate_wait(struct tlso_conn *conn)
{
	WRITE_ONCE(conn->gated, true);
	/* Pairs with tlso_gate_ended(): either it finds us, or we find it open. */
	smp_mb();
	if (tlso_policy_gate(conn->net) != TLSO_GATE_WAIT)
		tlso_gate_look(conn);
}

static enum tlso_judgement gate_judged(struct tlso_conn *conn)
{
	struct tlso_flow flow;

	if (conn->active)
		tlso_flow_conn(&flow, conn->sk, TLS_OFFLOAD_OUT, conn->who);
	else
		tlso_flow_accepted(&flow, conn, conn->who);
	return tlso_conn_judge(conn, &flow);
}

/* Socket lock held. */
static void gate_judge(struct tlso_conn *conn)
{
	enum tlso_judgement said;

	if (conn->sk->sk_state == TCP_CLOSE) { /* the peer has gone */
		WRITE_ONCE(conn->gated, false);
		tlso_conn_end(conn, -ECONNRESET);
		return;
	}
	said = gate_judged(conn);
	if (said == TLSO_WAIT) /* shut again */
		return;
	WRITE_ONCE(conn->gated, false);
	if (said <= TLSO_CLEAR)
		tlso_connect_let_go(conn);
	else if (said != TLSO_SECURE)
		tlso_conn_end(conn, conn->active ? -EACCES : -ECONNABORTED);
	else if (conn->rule->application)
		tlso_connect_to_application(conn);
	else
		tlso_connect_judged(conn);
}

static void gate_work(struct work_struct *work)
{
	struct tlso_conn *conn = container_of(work, struct tlso_conn, gate_work);
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->state == TLSO_CONN_HANDSHAKE && conn->gated)
		gate_judge(conn);
	release_sock(sk);
	sock_put(sk);
	tlso_conn_put(conn);
}

void tlso_gate_conn_init(struct tlso_conn *conn)
{
	INIT_WORK(&conn->gate_work, gate_work);
}

/* Under RCU, which keeps @conn and, as TCP frees its sockets, that its socket is one;
 * but it may be another's by now.
 */
static void gate_see(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (!READ_ONCE(conn->gated) || !refcount_inc_not_zero(&sk->sk_refcnt))
		return;
	if (tlso_conn_get_rcu(sk) == conn && refcount_inc_not_zero(&conn->ref))
		gate_queue(conn);
	else
		sock_put(sk);
}

void tlso_gate_ended(struct net *net)
{
	smp_mb(); /* see tlso_gate_wait() */
	tlso_proc_each(net, gate_see);
}

u8 tlso_gate_at_boot(void)
{
	return gate_at_boot;
}
