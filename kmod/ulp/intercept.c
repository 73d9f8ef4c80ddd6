// SPDX-License-Identifier: GPL-2.0-only
/*
 * How sockets are taken hold of.
 *
 * Responsible for: the probe on inet_sock_set_state, which sees every TCP
 * socket in time; attaching listeners and their children; refusing what must be
 * attached and cannot be.
 * Leaves to others: which ones (policy.c), what an attached socket does
 * (protos.c), the accept (tlso_pending_release_cb() in protos.c), attaching those
 * who connect (connect.c).
 *
 * The probe runs under the socket's lock, mostly in softirq: it matches,
 * allocates, swaps tables and returns. It is called before the state is stored.
 */
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <net/inet_hashtables.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "records.h"
#include <tlso_sock.h>

static struct tracepoint *tlso_tp;

static bool tlso_is_tcp(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP &&
	       (sk->sk_family == AF_INET || sk->sk_family == AF_INET6);
}

/*
 * A kernel's own socket speaks to nobody who asked for TLS. MPTCP and SMC make
 * theirs inside the kernel, too, but for an application.
 */
static bool tlso_is_proxy(const struct sock *sk)
{
	return sk_is_mptcp(sk) || tlso_sk_is_smc(sk);
}

static bool tlso_is_kernel(const struct sock *sk)
{
	return (sk->sk_kern_sock || !sk->sk_net_refcnt) && !tlso_is_proxy(sk);
}

static bool tlso_attachable(const struct sock *sk)
{
	return !tlso_is_proxy(sk) && !inet_csk(sk)->icsk_ulp_ops &&
	       tlso_protos_family(sk->sk_prot) >= 0;
}

/* Children ------------------------------------------------------------------ */

/*
 * No connection, so every call fails. Under another ULP's hands there is no
 * place for a table of ours: then its end is all that can be had at once.
 */
static void tlso_refuse_child(struct sock *sk)
{
	net_warn_ratelimited("tls_offload: a connection to port %u cannot be attached: refused\n",
			     sk->sk_num);
	if (!sk_is_mptcp(sk) && !inet_csk(sk)->icsk_ulp_ops &&
	    try_module_get(THIS_MODULE)) {
		tlso_conn_refused(sk);
		return;
	}
	WRITE_ONCE(sk->sk_err, ECONNABORTED);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
}

static bool tlso_attach_child(struct sock *sk, const struct tlso_flow *listened)
{
	int family = tlso_protos_family(sk->sk_prot);

	if (!tlso_attachable(sk) || !try_module_get(THIS_MODULE))
		return false;
	if (!tlso_conn_of_light(sk, listened->local_port,
				&listened->local_addr)) {
		module_put(THIS_MODULE); /* not the last: the probe is ours */
		return false;
	}
	WRITE_ONCE(sk->sk_prot, tlso_proto(family, TLSO_CONN_PENDING));
	return true;
}

/* Just attached: its listener is MPTCP's. */
static void tlso_by_mptcp(const struct sock *sk)
{
	rcu_read_lock();
	tlso_conn_get_rcu(sk)->by_mptcp = true;
	rcu_read_unlock();
}

/*
 * Who @child is the child of, from SYN_RECV to ESTABLISHED, which without Fast Open is
 * one run with BH off: for that long nothing else has to remember it.
 */
struct tlso_listened {
	const struct sock *child;
	bool mptcp; /* MPTCP's listener's: it will be seen to be TCP's, or MPTCP's own */
	bool ruled; /* a rule may be for the listener; else it may inherit one alone */
	u16 port;
	struct in6_addr addr;
};

static DEFINE_PER_CPU(struct tlso_listened, tlso_listened);

/* Is what a rule would ask of @l the same as of @sk itself, which stands? */
static bool tlso_listened_here(const struct sock *sk,
			       const struct tlso_listened *l)
{
	struct in6_addr own;

	if (l->port != sk->sk_num)
		return false;
	if (tlso_addr_any(&l->addr))
		return true;
	tlso_addr_of(sk, true, &own);
	return ipv6_addr_equal(&own, &l->addr);
}

static struct tlso_listened *tlso_note_listened(struct sock *sk)
{
	struct tlso_listened *l = this_cpu_ptr(&tlso_listened);

	l->child = sk;
	l->mptcp = false;
	l->port = sk->sk_num;
	tlso_addr_of(sk, true, &l->addr);
	return l;
}

/*
 * In the probe, at SYN_RECV: only who accepts, or a peer's address, will tell whether it
 * is ours. It gets our tables and waits, without an object, which most would never need.
 * With Fast Open it may be accepted before it is settled.
 */
static bool tlso_attach_new(struct sock *sk)
{
	int family = tlso_protos_family(sk->sk_prot);

	if (inet_csk(sk)->icsk_accept_queue.fastopenq.max_qlen ||
	    !tlso_attachable(sk) || !try_module_get(THIS_MODULE))
		return false;
	tlso_note_listened(sk);
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &tlso_new_ulp_ops);
	WRITE_ONCE(sk->sk_prot, tlso_proto(family, TLSO_CONN_PENDING));
	return true;
}

/* At ESTABLISHED its addresses are known. TPROXY and sk_lookup programs give a listener
 * connections to others: who its listener was is then kept.
 */
static void tlso_probe_settle(struct sock *sk)
{
	struct tlso_listened *l = this_cpu_ptr(&tlso_listened);
	bool known = l->child == sk;

	l->child = NULL;
	if (known && tlso_listened_here(sk, l))
		WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &tlso_light_ulp_ops);
	else if (!known || !tlso_conn_of_light(sk, l->port, &l->addr))
		tlso_conn_refused(sk);
}

/*
 * A clone of MPTCP's listener, at SYN_RECV: TCP's or MPTCP's, it will be known in a
 * moment, and it has MPTCP's tables until then. Where a rule may be for the listener
 * nobody could use it as it is; with Fast Open it may be accepted like that.
 */
static void tlso_probe_subflow(struct sock *sk, bool ruled)
{
	struct tlso_listened *l = tlso_note_listened(sk);

	l->mptcp = true;
	l->ruled = ruled;
	if (!ruled)
		return;
	WRITE_ONCE(sk->sk_err, ECONNABORTED);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
}

/* Until it is accepted it counts as the kernel's, as its listener does. */
static bool tlso_is_subflow(const struct sock *sk)
{
	const struct tlso_listened *l = this_cpu_ptr(&tlso_listened);

	return l->child == sk && l->mptcp && !sk->sk_socket;
}

/* The same at ESTABLISHED. MPTCP's own stays as it was left: nobody's, or refused. */
static void tlso_settle_subflow(struct sock *sk)
{
	struct tlso_listened *l = this_cpu_ptr(&tlso_listened);
	struct tlso_flow listened = {};

	l->child = NULL;
	if (!l->ruled && !tlso_attachable(sk))
		return;
	listened.local_port = l->port;
	listened.local_addr = l->addr;
	if (tlso_attach_child(sk, &listened))
		tlso_by_mptcp(sk);
	else
		tlso_refuse_child(sk);
	/* Neither ours nor refused by a table: as it was left. */
	if (!inet_csk(sk)->icsk_ulp_ops || sk_is_mptcp(sk))
		return;
	WRITE_ONCE(sk->sk_err, 0);
	WRITE_ONCE(sk->sk_shutdown, 0);
}

/* May what @sk listens for be ours? */
static bool tlso_may_listen(const struct sock *sk)
{
	bool may;

	rcu_read_lock();
	may = tlso_policy_listens(sock_net(sk), sk) > TLSO_CLEAR;
	rcu_read_unlock();
	return may;
}

/* Whether it inherits a rule is seen when it is accepted, too: its peer is not known yet,
 * nor who accepts. What is not TCP's own may be anybody's.
 */
static bool tlso_may_inherit(const struct sock *sk)
{
	return tlso_inherit_lives(sock_net(sk)) && tlso_attachable(sk);
}

/* One that was queued before there was a rule. */
static void tlso_take_child(struct sock *sk, const struct sock *listener)
{
	struct tlso_flow flow;

	if (!tlso_may_listen(listener) && !tlso_may_inherit(sk))
		return;
	tlso_flow_listen(&flow, listener);
	if (!tlso_attach_child(sk, &flow))
		tlso_refuse_child(sk);
	else if (sk_is_mptcp(listener))
		tlso_by_mptcp(sk);
}

/* The child is a clone of its listener still. Whether a rule is for it is judged when
 * somebody accepts it.
 */
static void tlso_probe_child(struct sock *sk)
{
	enum tlso_judgement said = tlso_policy_listens(sock_net(sk), sk);
	struct tlso_flow flow __uninitialized;

	if (sk_is_mptcp(sk)) {
		tlso_mptcp_back(sk);
		if (said > TLSO_CLEAR || tlso_inherit_lives(sock_net(sk)))
			tlso_probe_subflow(sk, said > TLSO_CLEAR);
		return;
	}
	if (said <= TLSO_CLEAR && !tlso_may_inherit(sk))
		return;
	if (said <= TLSO_UNSURE && tlso_attach_new(sk))
		return;
	tlso_flow_listen(&flow, sk);
	if (!tlso_attach_child(sk, &flow))
		tlso_refuse_child(sk);
}

/*
 * A child that nothing secures, whatever else there is: only counted. Nobody has
 * accepted it yet; its user is the listener's.
 */
static void tlso_probe_established(struct sock *sk)
{
	struct tlso_who who = { .uid = sk->sk_uid, .gid = INVALID_GID };
	struct tlso_flow flow __uninitialized;
	struct tlso_rule *rule;

	if (tlso_is_subflow(sk)) {
		tlso_settle_subflow(sk);
		return;
	}
	if (inet_csk(sk)->icsk_ulp_ops || !tlso_policy_counts(sock_net(sk)))
		return;
	/* Simultaneous open, counted when it was at SYN_SENT. Fast open's may have
	 * been accepted.
	 */
	if (sk->sk_socket && sk->sk_socket->state != SS_CONNECTED)
		return;
	tlso_flow_conn(&flow, sk, TLS_OFFLOAD_IN, &who);
	tlso_policy_judge(sock_net(sk), &flow, &rule);
	tlso_rule_put(rule);
}

/* Listeners ----------------------------------------------------------------- */

static int tlso_refuse_port(struct sock *sk, unsigned short port)
{
	return -EACCES;
}

/*
 * Copies of whatever protocol a refused listener has (MPTCP's subflows have
 * one of their own), just long enough to let inet_csk_listen_start() fail.
 */
static struct {
	struct proto *base;
	struct proto prot;
} tlso_refuse_listen[8];
static DEFINE_SPINLOCK(tlso_refuse_lock);

static struct proto *tlso_refuse_listen_of(struct proto *base)
{
	struct proto *found = NULL;
	int i;

	spin_lock_bh(&tlso_refuse_lock);
	for (i = 0; i < ARRAY_SIZE(tlso_refuse_listen) && !found; i++) {
		if (!tlso_refuse_listen[i].base) {
			tlso_refuse_listen[i].prot = *base;
			tlso_refuse_listen[i].prot.get_port = tlso_refuse_port;
			tlso_refuse_listen[i].base = base;
		}
		if (tlso_refuse_listen[i].base == base)
			found = &tlso_refuse_listen[i].prot;
	}
	spin_unlock_bh(&tlso_refuse_lock);
	return found;
}

static void tlso_probe_listener(struct sock *sk)
{
	/* After a connect() that failed: its children would inherit our ULP
	 * without a reference.
	 */
	bool ours = inet_csk(sk)->icsk_ulp_ops == &tlso_ulp_ops;
	struct proto *refuse;

	if (!tlso_may_listen(sk) && !ours &&
	    (tlso_attachable(sk) || !tlso_inherit_holder(sock_net(sk))))
		return;
	if (tlso_attachable(sk) && sk->sk_socket &&
	    tlso_ops_take(sk->sk_socket))
		return;
	if (sk_is_mptcp(sk) && tlso_may_listen(sk) && tlso_mptcp_off(sk))
		return;
	/* Whether it is to be refused no rule has said yet; its children are. */
	if (!ours && tlso_policy_gate(sock_net(sk)) != TLSO_GATE_OFF &&
	    !tlso_inherit_holder(sock_net(sk)))
		return;
	pr_warn("tls_offload: a listener on port %u cannot be attached: refused\n",
		sk->sk_num);
	refuse = tlso_refuse_listen_of(sk->sk_prot);
	if (refuse) /* else its children are refused, each for itself */
		WRITE_ONCE(sk->sk_prot, refuse);
}

/* It listens no more, or listen() has failed, in this same call. */
static void tlso_probe_closed(struct sock *sk)
{
	int i;

	if (tlso_mptcp_back(sk))
		module_put(THIS_MODULE); /* not the last: the probe is ours */
	for (i = 0; i < ARRAY_SIZE(tlso_refuse_listen); i++)
		if (sk->sk_prot == &tlso_refuse_listen[i].prot)
			WRITE_ONCE(sk->sk_prot, tlso_refuse_listen[i].base);
}

/* Those who connect ----------------------------------------------------------- */

/* The first thing of theirs that tcp_connect() calls, and may fail. */
static int tlso_refuse_header(struct sock *sk)
{
	return -EACCES;
}

/*
 * Copies of whatever operations a refused socket has, from SYN_SENT until its
 * connect() fails, which is in the same call. Each such socket holds a reference
 * on the module.
 */
static struct {
	const struct inet_connection_sock_af_ops *base;
	struct inet_connection_sock_af_ops ops;
} tlso_refuse_connect[8];

static const struct inet_connection_sock_af_ops *
tlso_refuse_connect_of(const struct inet_connection_sock_af_ops *base)
{
	const struct inet_connection_sock_af_ops *found = NULL;
	int i;

	spin_lock_bh(&tlso_refuse_lock);
	for (i = 0; i < ARRAY_SIZE(tlso_refuse_connect) && !found; i++) {
		if (!tlso_refuse_connect[i].base) {
			tlso_refuse_connect[i].ops = *base;
			tlso_refuse_connect[i].ops.rebuild_header =
				tlso_refuse_header;
			tlso_refuse_connect[i].base = base;
		}
		if (tlso_refuse_connect[i].base == base)
			found = &tlso_refuse_connect[i].ops;
	}
	spin_unlock_bh(&tlso_refuse_lock);
	return found;
}

static void tlso_fastopen_free(struct tcp_sock *tp)
{
	kfree(tp->fastopen_req);
	tp->fastopen_req = NULL;
}

static void tlso_refuse_connecting(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct inet_connection_sock_af_ops *refuse;

	net_warn_ratelimited("tls_offload: a connection to port %u cannot be secured: refused\n",
			     ntohs(inet_sk(sk)->inet_dport));
	refuse = tlso_refuse_connect_of(icsk->icsk_af_ops);
	if (refuse && try_module_get(THIS_MODULE)) {
		icsk->icsk_af_ops = refuse;
		return;
	}
	/* More kinds of sockets than there should be: it may get its
	 * connection, and no use of it.
	 */
	tlso_fastopen_free(tcp_sk(sk));
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
}

static void tlso_refuse_connect_end(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	int i;

	for (i = 0; i < ARRAY_SIZE(tlso_refuse_connect); i++) {
		if (icsk->icsk_af_ops != &tlso_refuse_connect[i].ops)
			continue;
		icsk->icsk_af_ops = tlso_refuse_connect[i].base;
		module_put(THIS_MODULE); /* not the last: the probe is ours */
		return;
	}
}

/*
 * TCP_FASTOPEN would send the application's first bytes in clear. Where it was asked
 * for by option, connect() just connects. sendto(MSG_FASTOPEN) goes on inside TCP's
 * own sendmsg: without a request of its own it connects and, if it may not wait,
 * returns EINPROGRESS, as it does without a cookie; but one that waits would go on to
 * send. False for that one.
 */
static bool tlso_fastopen_off(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct msghdr *msg;

	tp->fastopen_connect = 0;
	if (!tp->fastopen_req)
		return true;
	msg = tp->fastopen_req->data;
	if (!msg || !(msg->msg_flags & MSG_DONTWAIT))
		return false;
	tlso_fastopen_free(tp);
	return true;
}

/* Attached by its application, for a connection before this one, maybe. */
static void tlso_probe_unruled(struct sock *sk)
{
	struct tlso_conn *conn = tlso_conn_get_rcu(sk);

	if (conn && conn->state == TLSO_CONN_CLEAR)
		tlso_directive_unruled(conn);
}

static void tlso_probe_connect(struct sock *sk)
{
	struct tlso_rule *rule, *left = NULL;
	enum tlso_judgement said;
	struct tlso_flow flow __uninitialized;
	struct tlso_who who __uninitialized;
	bool left_client = false;
	bool ok;

	/* In clear, to the same peer: prefer.c. */
	if (tlso_conn_redials(sk))
		return;
	tlso_who_current(&who);
	tlso_flow_conn(&flow, sk, TLS_OFFLOAD_OUT, &who);
	said = tlso_policy_judge(sock_net(sk), &flow, &rule);
	/* What is still to be judged: who calls is known now alone. */
	if (said == TLSO_UNRULED || said == TLSO_UNSURE || said == TLSO_WAIT)
		left = tlso_inherit_find(sk, &left_client);
	if (said <= TLSO_CLEAR && !left) {
		if (inet_csk(sk)->icsk_ulp_ops == &tlso_ulp_ops)
			tlso_probe_unruled(sk);
		return;
	}
	ok = tlso_fastopen_off(sk) && said != TLSO_REFUSE;
	/* Repair mode connects without a word to the peer. */
	if (tlso_is_proxy(sk) || tcp_sk(sk)->repair)
		ok = false;
	if (tlso_connect_awaited(sk))
		ok = false;
	if (ok && tlso_connect_attach(sk, rule, &who, left, left_client))
		return;
	tlso_rule_put(left);
	tlso_rule_put(rule);
	tlso_refuse_connecting(sk);
}

/* Before it was a connection. */
static void tlso_probe_unconnected(struct sock *sk)
{
	struct tlso_conn *conn;

	tlso_refuse_connect_end(sk);
	if (inet_csk(sk)->icsk_ulp_ops != &tlso_ulp_ops)
		return;
	conn = tlso_conn_get_rcu(sk);
	if (conn && conn->state == TLSO_CONN_CONNECT)
		tlso_connect_off(conn);
}

/* Of a socket that is an application's. Under RCU. */
static void tlso_probe_change(struct sock *sk, int oldstate, int newstate)
{
	if (oldstate == TCP_LISTEN && newstate == TCP_SYN_RECV)
		tlso_probe_child(sk);
	else if (newstate == TCP_ESTABLISHED)
		tlso_probe_established(sk);
	else if (newstate == TCP_SYN_SENT)
		tlso_probe_connect(sk);
	else if (newstate == TCP_LISTEN)
		tlso_probe_listener(sk);
	else if (oldstate == TCP_LISTEN)
		tlso_probe_closed(sk);
	else
		tlso_probe_unconnected(sk);
}

/* Of which way a rule would have to be for this change to be looked at. */
static u8 tlso_probe_direction(int newstate)
{
	return newstate == TCP_SYN_SENT ? TLS_OFFLOAD_OUT : TLS_OFFLOAD_IN;
}

/* Where there is no rule: what one that has gone may have begun. Of a child its listener's
 * rules are asked, for once.
 */
static bool tlso_probe_begun(const struct sock *sk, int newstate)
{
	return inet_csk(sk)->icsk_ulp_ops || newstate == TCP_LISTEN ||
	       newstate == TCP_CLOSE || newstate == TCP_SYN_RECV;
}

/* That tracepoints call with preemption disabled is enough for who frees behind RCU,
 * but not for lockdep, nor in kernels to come.
 */
static noinline void tlso_probe_tcp(struct sock *sk, int oldstate, int newstate)
{
	if (!tlso_is_tcp(sk))
		return;
	if (newstate == TCP_FIN_WAIT2) {
		if (inet_csk(sk)->icsk_ulp_ops == &tlso_ulp_ops)
			tlso_part_acked(sk);
		return;
	}
	/* Who was noted and came to nothing may be another socket by now. */
	if (newstate == TCP_SYN_RECV)
		this_cpu_write(tlso_listened.child, NULL);
	rcu_read_lock();
	/* What is inherited outlives the rules. */
	if (newstate == TCP_ESTABLISHED &&
	    inet_csk(sk)->icsk_ulp_ops == &tlso_new_ulp_ops)
		tlso_probe_settle(sk);
	else if ((tlso_probe_begun(sk, newstate) ||
		  tlso_policy_any(sock_net(sk), tlso_probe_direction(newstate)) ||
		  tlso_inherit_lives(sock_net(sk))) &&
		 (!tlso_is_kernel(sk) || tlso_is_subflow(sk)))
		tlso_probe_change(sk, oldstate, newstate);
	rcu_read_unlock();
}

/* Every change of every TCP socket comes by here, of which few are looked at. */
static void tlso_probe(void *data, const struct sock *csk, const int oldstate,
		       const int newstate)
{
	/* To which state, from which; but for a simultaneous open. */
	static const u16 seen[TCP_MAX_STATES] = {
		[TCP_LISTEN] = U16_MAX,
		[TCP_SYN_SENT] = U16_MAX,
		[TCP_SYN_RECV] = (u16)~TCPF_SYN_SENT,
		[TCP_ESTABLISHED] = TCPF_SYN_RECV,
		[TCP_FIN_WAIT2] = U16_MAX,
		[TCP_CLOSE] = TCPF_LISTEN | TCPF_SYN_SENT | TCPF_SYN_RECV,
	};

	if (newstate < TCP_MAX_STATES && seen[newstate] & (1 << oldstate))
		tlso_probe_tcp((struct sock *)csk, oldstate, newstate);
}

/* Listeners that were there first ------------------------------------------- */

/* An application's, and of @net. */
static bool tlso_concerns(const struct sock *sk, const struct net *net)
{
	return net_eq(sock_net(sk), net) && tlso_is_tcp(sk) &&
	       !tlso_is_kernel(sk);
}

/*
 * Fills @sks with at most @n of them, referenced. How many there are. The lock is all
 * namespaces', so that no rule is looked at under it.
 */
static unsigned int tlso_listeners_find(struct net *net, struct sock **sks,
					unsigned int n)
{
	struct inet_hashinfo *h = net->ipv4.tcp_death_row.hashinfo;
	unsigned int i, found = 0;
	struct hlist_nulls_node *node;
	struct sock *sk;

	for (i = 0; i <= h->lhash2_mask; i++) {
		struct inet_listen_hashbucket *b = &h->lhash2[i];

		spin_lock(&b->lock);
		sk_nulls_for_each(sk, node, &b->nulls_head) {
			if (!tlso_concerns(sk, net))
				continue;
			if (found < n) {
				sock_hold(sk);
				sks[found] = sk;
			}
			found++;
		}
		spin_unlock(&b->lock);
		cond_resched();
	}
	return found;
}

/* Children that were there first ---------------------------------------------- */

/* At a time: there may be no memory, and yet none may be left out. */
#define TLSO_CHILDREN 32

/* Has nobody accepted it yet? Its socket comes and goes under this lock. */
static bool tlso_child_waits(struct sock *sk)
{
	bool waits;

	read_lock(&sk->sk_callback_lock);
	waits = !sk->sk_socket && !sock_flag(sk, SOCK_DEAD);
	read_unlock(&sk->sk_callback_lock);
	return waits;
}

/* Neither ours nor, under another ULP's hands, ended: tlso_refuse_child(). */
static bool tlso_child_left(const struct sock *sk)
{
	const struct tcp_ulp_ops *ops = READ_ONCE(inet_csk(sk)->icsk_ulp_ops);

	if (!ops)
		return true;
	return ops != &tlso_ulp_ops && ops != &tlso_refused_ulp_ops &&
	       ops != &tlso_new_ulp_ops && ops != &tlso_light_ulp_ops &&
	       READ_ONCE(sk->sk_shutdown) != SHUTDOWN_MASK;
}

/*
 * Judges @n children and drops the references to them; how many need no other look.
 * Who owns the lock of one that nobody has accepted does not keep it out: that is
 * accept(2) itself, which comes to release_cb once its socket is there, as we look for
 * under the spinlock that it takes for that; or who looks at all sockets (a BPF
 * iterator, sock_diag), and has no use for its table.
 */
static unsigned int tlso_children_take(struct sock **sks, unsigned int n,
				       const struct sock *listener)
{
	unsigned int i, done = 0;

	for (i = 0; i < n; i++) {
		struct sock *sk = sks[i];

		local_bh_disable();
		bh_lock_sock_nested(sk);
		if (tlso_child_waits(sk) && tlso_child_left(sk))
			tlso_take_child(sk, listener ?: sk);
		done += !tlso_child_waits(sk) || !tlso_child_left(sk);
		bh_unlock_sock(sk);
		local_bh_enable();
		sock_put(sk);
	}
	cond_resched();
	return done;
}

/* Their locks go before the queue's, so they are taken after it was read. */
static unsigned int tlso_queue_find(struct sock *sk, struct sock **sks)
{
	struct request_sock_queue *queue = &inet_csk(sk)->icsk_accept_queue;
	struct request_sock *req;
	unsigned int n = 0;

	spin_lock_bh(&queue->rskq_lock);
	for (req = queue->rskq_accept_head; req && n < TLSO_CHILDREN;
	     req = req->dl_next) {
		/* MPTCP's own are not ours to end: they are older than the rule. */
		if (!req->sk || sk_is_mptcp(req->sk) || !tlso_child_left(req->sk))
			continue;
		sock_hold(req->sk);
		sks[n++] = req->sk;
	}
	spin_unlock_bh(&queue->rskq_lock);
	return n;
}

/* Children that wait for accept() since before the rule. Whoever comes now was seen by
 * the probe.
 */
static void tlso_queue_take(struct sock *sk)
{
	struct sock *sks[TLSO_CHILDREN];
	unsigned int n;

	do {
		n = tlso_queue_find(sk, sks);
	} while (tlso_children_take(sks, n, sk));
}

/* Is it a child that waits, and that a rule may be for? Lock of its bucket. */
static bool tlso_child_missed(struct sock *sk, const struct net *net)
{
	return sk_fullsock(sk) && !READ_ONCE(sk->sk_socket) &&
	       !sock_flag(sk, SOCK_DEAD) && tlso_concerns(sk, net) &&
	       !sk_is_mptcp(sk) && tlso_child_left(sk) && tlso_may_listen(sk);
}

static unsigned int tlso_bucket_find(struct inet_hashinfo *h, unsigned int i,
				     const struct net *net, struct sock **sks)
{
	spinlock_t *lock = inet_ehash_lockp(h, i);
	struct hlist_nulls_node *node;
	unsigned int n = 0;
	struct sock *sk;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &h->ehash[i].chain) {
		if (n == TLSO_CHILDREN)
			break;
		if (!tlso_child_missed(sk, net))
			continue;
		sock_hold(sk); /* what is hashed has a reference */
		sks[n++] = sk;
	}
	spin_unlock_bh(lock);
	return n;
}

/*
 * Those that were in no listener's queue when it was looked at: taken out of it by
 * accept(2), which is not through yet; or its listener closes, and they go over to
 * another one (net.ipv4.tcp_migrate_req). As children of where they arrived.
 */
static void tlso_children_missed(struct net *net)
{
	struct inet_hashinfo *h = net->ipv4.tcp_death_row.hashinfo;
	struct sock *sks[TLSO_CHILDREN];
	unsigned int i, n;

	for (i = 0; i <= h->ehash_mask; i++) {
		cond_resched();
		if (hlist_nulls_empty(&h->ehash[i].chain))
			continue;
		do {
			n = tlso_bucket_find(h, i, net, sks);
		} while (tlso_children_take(sks, n, NULL));
	}
}

/*
 * Its operations become ours; false: they cannot. Its lock is not waited for: its
 * owner may hold it for as long as he likes (a page that he has setsockopt() read
 * need not come), and whoever waits for us as long, which is all of generic netlink.
 * The spinlock alone keeps it from becoming a connection; sk_callback_lock keeps its
 * struct socket; a reference on the file, if that can be had still, keeps
 * __sock_release() from having looked whose the operations are.
 */
static bool tlso_listener_ops(struct sock *sk)
{
	struct file *file = NULL;
	struct socket *sock;
	bool ok = true;

	local_bh_disable();
	bh_lock_sock(sk);
	read_lock(&sk->sk_callback_lock);
	sock = sk->sk_state == TCP_LISTEN ? sk->sk_socket : NULL;
	if (sk->sk_state == TCP_LISTEN && sk_is_mptcp(sk))
		tlso_mptcp_no_fastopen(sk);
	if (sock)
		file = READ_ONCE(sock->file);
	if (sock && (!file || tlso_file_get(file))) {
		ok = tlso_attachable(sk) && tlso_ops_take(sock);
		if (file)
			fput(file); /* here even the last is put elsewhere */
	}
	read_unlock(&sk->sk_callback_lock);
	bh_unlock_sock(sk);
	local_bh_enable();
	return ok;
}

/* Children of one that cannot be taken are seen by the probe as well. */
static int tlso_listener_take(struct sock *sk)
{
	bool ok = tlso_listener_ops(sk);

	tlso_queue_take(sk);
	if (ok)
		return 0;
	pr_warn("tls_offload: the listener on port %u cannot be attached: its connections are refused\n",
		sk->sk_num);
	return -EBUSY;
}

static int tlso_listeners_take(struct net *net)
{
	unsigned int room = 16, n, i;
	struct sock **sks;
	int err;

	for (;;) {
		sks = kvcalloc(room, sizeof(*sks), GFP_KERNEL);
		if (!sks)
			return -ENOMEM;
		n = tlso_listeners_find(net, sks, room);
		err = 0;
		for (i = 0; i < min(n, room); i++) {
			if (tlso_may_listen(sks[i]))
				err = tlso_listener_take(sks[i]) ?: err;
			sock_put(sks[i]);
			cond_resched();
		}
		kvfree(sks);
		if (n <= room)
			return err;
		room = 2 * n;
	}
}

/* -EBUSY where one is there that cannot be taken. Whatever becomes of that, no child
 * is left as it is.
 */
int tlso_intercept_listeners(struct net *net)
{
	int err = tlso_listeners_take(net);
	bool any;

	rcu_read_lock();
	any = tlso_policy_any(net, TLS_OFFLOAD_IN);
	rcu_read_unlock();
	if (any)
		tlso_children_missed(net);
	return err;
}

/* ---------------------------------------------------------------------------- */

static void tlso_tp_match(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		tlso_tp = tp;
}

int tlso_intercept_init(void)
{
	for_each_kernel_tracepoint(tlso_tp_match, NULL);
	if (!tlso_tp) {
		pr_err("tls_offload: this kernel has no tracepoint inet_sock_set_state\n");
		return -ENOENT;
	}
	return tracepoint_probe_register(tlso_tp, tlso_probe, NULL);
}

void tlso_intercept_exit(void)
{
	tracepoint_probe_unregister(tlso_tp, tlso_probe, NULL);
	tracepoint_synchronize_unregister();
}
