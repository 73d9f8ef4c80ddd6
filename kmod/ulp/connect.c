// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that an application connects: the kernel as TLS client.
 *
 * Responsible for: attaching them, what connect() returns and when, and their way back
 * to ordinary unconnected sockets after a failure, so that the application may try
 * again.
 * Leaves to: intercept.c which sockets; protos.c what an attached socket may do;
 * handshake.c the handshake.
 *
 * connect() sleeps in inet_wait_for_connect() until it is woken and TCP is no longer
 * at SYN_SENT. So nobody wakes it (conn.c withholds the callbacks) before the
 * handshake is over; and a failure leaves TCP closed with the error in sk_err, as a
 * refused connection does. A socket keeps its connection object from the first
 * attach to its end, as system calls rely on it; between two attempts the object is
 * TLSO_CONN_OFF and everything under the socket is TCP's own.
 */
#include <asm/syscall.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/unistd.h>
#include <net/inet_common.h>

#include "ulp.h"
#include <tlso_sock.h>

/* Of waiters for a lock; behind more there may be anybody. */
#define CONNECT_LOOKS 64

/* A second attempt of the same socket. */
static bool connect_reuse(struct tlso_conn *conn)
{
	struct tlso_rule *old;

	if (!conn || !tlso_conn_bare(conn))
		return false;
	/* An application's own, and now there is a rule for it. */
	if (conn->state == TLSO_CONN_CLEAR && !conn->busy && !conn->ses &&
	    !conn->closing) {
		conn->lent = conn->controlled;
		conn->controlled = false;
		conn->active = true;
	} else if (conn->state != TLSO_CONN_OFF || !tlso_connect_again(conn)) {
		return false;
	}
	/* Who may still look at them holds a reference, or RCU. */
	put_cred(conn->cred);
	conn->cred = NULL;
	old = conn->rule;
	WRITE_ONCE(conn->rule, NULL);
	tlso_rule_put(old);
	tlso_who_free(conn->who);
	conn->who = NULL;
	conn->err = 0;
	conn->early = false;
	conn->heir = false;
	conn->gated = false;
	WRITE_ONCE(conn->plain, false);
	return true;
}

static struct tlso_conn *connect_conn(struct sock *sk)
{
	const struct tcp_ulp_ops *ulp = inet_csk(sk)->icsk_ulp_ops;
	int family = tlso_protos_family(sk->sk_prot);
	struct tlso_conn *conn = NULL;

	if (ulp == &tlso_ulp_ops) {
		rcu_read_lock();
		conn = tlso_conn_get_rcu(sk);
		rcu_read_unlock();
		return connect_reuse(conn) ? conn : NULL;
	}
	if (ulp || family < 0 || !try_module_get(THIS_MODULE))
		return NULL;
	conn = tlso_conn_new(sk, true, family, TLSO_CONN_OFF);
	if (conn)
		inet_csk(sk)->icsk_ulp_ops = &tlso_ulp_ops;
	else
		module_put(THIS_MODULE); /* not the last: the probe is ours */
	return conn;
}

bool tlso_connect_attach(struct sock *sk, struct tlso_rule *rule,
			 const struct tlso_who *who, struct tlso_rule *left,
			 bool left_client)
{
	struct tlso_conn *conn;

	/* Operations of ours without a connection do what TCP's own do. */
	if (!sk->sk_socket || !tlso_ops_take(sk->sk_socket))
		return false;
	conn = connect_conn(sk);
	if (!conn)
		return false;
	if (!rule) {
		conn->who = tlso_who_keep(who);
		if (!conn->who)
			return false;
	}
	if (rule)
		tlso_conn_under(conn, rule);
	if (!rule || rule->inherit)
		tlso_inherit_pid(conn);
	tlso_rule_put(conn->left); /* of an application's own, before */
	conn->left = left;
	conn->left_client = left_client;
	conn->cred = get_current_cred();
	if (rule && rule->application) {
		tlso_directive_clear(conn, tlso_conn_role(conn));
		return true;
	}
	tlso_conn_take(conn);
	tlso_conn_set_state(conn, TLSO_CONN_CONNECT);
	return true;
}

/* The local port is known now. */
static enum tlso_judgement connect_judged(struct tlso_conn *conn)
{
	struct tlso_flow flow;

	if (conn->rule)
		return TLSO_SECURE;
	tlso_flow_conn(&flow, conn->sk, TLS_OFFLOAD_OUT, conn->who);
	return tlso_conn_judge(conn, &flow);
}

static void connect_clear(struct tlso_conn *conn, u8 side)
{
	tlso_conn_callbacks_back(conn);
	tlso_directive_clear(conn, side);
}

/* No rule is for it: TCP's own, or its application's, who has said so (TCP_ULP). */
static void connect_nobodys(struct tlso_conn *conn)
{
	if (conn->lent) {
		connect_clear(conn, TLS_OFFLOAD_ROLE_CLIENT);
		return;
	}
	WRITE_ONCE(conn->plain, true);
	tlso_connect_off(conn);
}

void tlso_connect_established(struct tlso_conn *conn)
{
	enum tlso_judgement said;

	if (!((1 << conn->sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return;
	said = connect_judged(conn);
	if (said <= TLSO_CLEAR) {
		connect_nobodys(conn);
		return;
	}
	if (said == TLSO_SECURE && conn->rule->application) {
		connect_clear(conn, tlso_conn_role(conn));
		return;
	}
	/* He would be woken inside TCP's own sendmsg(). */
	if (tlso_connect_bypassed(conn))
		conn->early = false;
	if (said == TLSO_SECURE)
		tlso_inherit_add(conn);
	conn->attempt++;
	tlso_conn_set_state(conn, TLSO_CONN_HANDSHAKE);
	if (said == TLSO_SECURE)
		tlso_hs_start(conn);
	else if (said == TLSO_WAIT)
		tlso_gate_wait(conn);
	else /* now or never */
		tlso_dev_abort_async(conn, -EACCES);
}

bool tlso_connect_again(const struct tlso_conn *conn)
{
	/* One that never was secured is TCP's own, but for its table. */
	if (conn->state == TLSO_CONN_CLEAR)
		return !conn->busy && !conn->ses;
	/* A session's records and keys stay with the socket to its end. */
	return conn->active && !conn->ses && !conn->closing;
}

void tlso_connect_off(struct tlso_conn *conn)
{
	if (conn->state == TLSO_CONN_OFF)
		return;
	tlso_hs_drop(conn);
	tlso_hold_free(conn);
	tlso_inherit_del(conn);
	tlso_rule_put(conn->left);
	conn->left = NULL;
	/* Pairs with tlso_conn_settled() and tlso_poll(). */
	smp_store_release(&conn->state, TLSO_CONN_OFF);
	tlso_conn_restore(conn);
}

/* What has come meanwhile was told to nobody. */
static void connect_tell(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	sk->sk_data_ready(sk);
	sk->sk_write_space(sk);
	sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
}

void tlso_connect_let_go(struct tlso_conn *conn)
{
	connect_nobodys(conn);
	connect_tell(conn->sk);
}

void tlso_connect_to_application(struct tlso_conn *conn)
{
	connect_clear(conn, tlso_conn_role(conn));
	connect_tell(conn->sk);
}

void tlso_connect_judged(struct tlso_conn *conn)
{
	/* He would be woken inside TCP's own sendmsg(). */
	if (tlso_connect_bypassed(conn))
		conn->early = false;
	tlso_inherit_add(conn);
	if (conn->early) /* connect() is over */
		tlso_conn_wake(conn);
	tlso_hs_start(conn);
}

/*
 * Nobody waits in there for one of ours. What the probe cannot see is a thread that
 * was stopped between looking at sk_prot and taking the lock.
 */
bool tlso_connect_bypassed(const struct tlso_conn *conn)
{
	return (conn->active || conn->controlled) && conn->sk->sk_write_pending;
}

/*
 * Calls that do not touch the stream: a second connect() waits inside TCP's own for what
 * the first one waits for, or finds TCP's connection. As long as the lock is not his, who
 * waits for it stays in his call, and what he has called with stays on his stack.
 */
static bool connect_harmless(const struct wait_queue_entry *wait)
{
	struct task_struct *task = wait->private;
	unsigned long args[6];
	struct pt_regs *regs;

	if (wait->func != autoremove_wake_function || /* __lock_sock()'s */
	    task->flags & (PF_KTHREAD | PF_IO_WORKER) ||
	    tlso_task_has_ring(task) || /* our own ABI's numbers: */
	    syscall_get_arch(task) != syscall_get_arch(&init_task))
		return false;
	regs = task_pt_regs(task);
	switch (syscall_get_nr(task, regs)) {
	case __NR_connect:
	case __NR_getpeername:
	case __NR_getsockname:
		return true;
	case __NR_getsockopt: /* of which one reads the stream */
		syscall_get_arguments(task, regs, args);
		return (int)args[1] != SOL_TCP ||
		       (int)args[2] != TCP_ZEROCOPY_RECEIVE;
	default:
		return false;
	}
}

bool tlso_connect_awaited(struct sock *sk)
{
	struct wait_queue_head *wq = &sk->sk_lock.wq;
	const struct wait_queue_entry *wait;
	unsigned int looks = 0;
	unsigned long flags;
	bool harm = false;

	/* The lock is owned: who came before us to find it so is in there. */
	if (!waitqueue_active(wq))
		return false;
	spin_lock_irqsave(&wq->lock, flags);
	list_for_each_entry(wait, &wq->head, entry) {
		harm = looks++ == CONNECT_LOOKS || !connect_harmless(wait);
		if (harm)
			break;
	}
	spin_unlock_irqrestore(&wq->lock, flags);
	return harm;
}

/*
 * Another connect() while the first is under way, or after a signal or a timeout
 * has ended it: the handshake counts as a part of it. Socket lock held; 0 where
 * TCP's own answer is right.
 */
static int connect_again_wait(struct sock *sk, int flags)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	long timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	unsigned int attempt;
	int err;

	if (!conn || !tlso_conn_connects(conn) ||
	    conn->state != TLSO_CONN_HANDSHAKE)
		return 0;
	attempt = conn->attempt;
	err = tlso_conn_wait(conn, &timeo);
	if (err > 0)
		return 0; /* in clear: TCP's own answer */
	/* Given up meanwhile, by another thread: this call opens no new one. */
	if (conn->state == TLSO_CONN_OFF || conn->attempt != attempt)
		return -EPIPE;
	if (err == -EAGAIN)
		return -EALREADY;
	/* Over, whichever way: __inet_stream_connect() sees by TCP's state. */
	return conn->state == TLSO_CONN_HANDSHAKE ? err : 0;
}

int tlso_connect(struct socket *sock, struct sockaddr *addr, int len, int flags)
{
	bool unspec = len >= sizeof(addr->sa_family) &&
		      addr->sa_family == AF_UNSPEC;
	struct sock *sk = sock->sk;
	struct tlso_conn *conn;
	int err = 0;

	lock_sock(sk);
	conn = tlso_conn_of(sk);
	/* Before it has any effect; tlso_disconnect() would refuse it as well. */
	if (unspec && conn && !tlso_connect_again(conn))
		err = -EOPNOTSUPP;
	else if (!unspec && sock->state == SS_CONNECTING)
		err = connect_again_wait(sk, flags);
	if (!err)
		err = __inet_stream_connect(sock, addr, len, flags, 0);
	release_sock(sk);
	return err;
}
