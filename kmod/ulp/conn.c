// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection object.
 *
 * Responsible for: finding it by socket, its references and its end, its state
 * and what wakes on a change of state, raw bytes for the handshake.
 * Leaves to others: when a socket gets one (intercept.c), what a state allows
 * (protos.c), records (tx.c, rx.c), the handshake itself (handshake.c).
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/delay.h>
#include <net/inet_common.h>

#include "records.h"

/* How long a handshake flight may wait for TCP's memory. */
#define TLSO_RAW_TIMEOUT (2 * HZ)

struct workqueue_struct *tlso_wq;

static struct rhashtable tlso_conn_table;
static const struct rhashtable_params tlso_conn_params = {
	.key_len = sizeof_field(struct tlso_conn, sk),
	.key_offset = offsetof(struct tlso_conn, sk),
	.head_offset = offsetof(struct tlso_conn, node),
	.automatic_shrinking = true,
};

int tlso_conn_init(void)
{
	int err;

	tlso_wq = alloc_workqueue("tls_offload", WQ_UNBOUND, 0);
	if (!tlso_wq)
		return -ENOMEM;
	err = rhashtable_init(&tlso_conn_table, &tlso_conn_params);
	if (err)
		destroy_workqueue(tlso_wq);
	return err;
}

void tlso_conn_exit(void)
{
	/* Work may drop the last reference, which queues RCU work. */
	flush_workqueue(tlso_wq);
	rcu_barrier();
	destroy_workqueue(tlso_wq);
	rhashtable_destroy(&tlso_conn_table);
}

struct tlso_conn *tlso_conn_get_rcu(const struct sock *sk)
{
	return rhashtable_lookup(&tlso_conn_table, &sk, tlso_conn_params);
}

/*
 * For system calls: the file that they came through keeps the socket, and so
 * the connection, until close(). Most that come through our operations have none.
 */
struct tlso_conn *tlso_conn_of(const struct sock *sk)
{
	struct tlso_conn *conn;

	if (READ_ONCE(inet_csk(sk)->icsk_ulp_ops) != &tlso_ulp_ops)
		return NULL;
	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	rcu_read_unlock();
	return conn && READ_ONCE(conn->state) != TLSO_CONN_OFF ? conn : NULL;
}

bool tlso_conn_plain(const struct sock *sk)
{
	const struct tlso_conn *conn;
	bool plain;

	if (READ_ONCE(inet_csk(sk)->icsk_ulp_ops) != &tlso_ulp_ops)
		return false;
	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	/* Pairs with tlso_connect_off(): plain is written before. */
	plain = conn && smp_load_acquire(&conn->state) == TLSO_CONN_OFF &&
		READ_ONCE(conn->plain);
	rcu_read_unlock();
	return plain;
}

bool tlso_conn_redials(const struct sock *sk)
{
	struct tlso_conn *conn;
	bool redials;

	/* Asked of everybody who connects. */
	if (READ_ONCE(inet_csk(sk)->icsk_ulp_ops) != &tlso_ulp_ops)
		return false;
	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	redials = conn && READ_ONCE(conn->redial);
	rcu_read_unlock();
	return redials;
}

struct tlso_conn *tlso_conn_get(const struct sock *sk)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn && !refcount_inc_not_zero(&conn->ref))
		conn = NULL;
	rcu_read_unlock();
	return conn;
}

static void tlso_conn_free_work(struct work_struct *work)
{
	struct tlso_conn *conn = container_of(to_rcu_work(work),
					      struct tlso_conn, free_work);
	struct tlso_conn_event *ev, *tmp;

	tlso_tx_free(conn);
	tlso_rx_free(conn);
	list_for_each_entry_safe(ev, tmp, &conn->events, list)
		kfree_sensitive(ev);
	if (conn->dev)
		tlso_dev_put(conn->dev);
	if (conn->ses) {
		tlso_post_wipe(&conn->ses->post);
		tlso_peer_put(conn->ses->peer);
		kfree_sensitive(conn->ses);
	}
	tlso_hold_free(conn);
	kfree(conn->late);
	put_pid(conn->pid);
	tlso_rule_put(conn->left);
	tlso_rule_put(conn->rule);
	tlso_who_free(conn->who);
	put_cred(conn->cred);
	kfree_sensitive(conn);
}

void tlso_conn_put(struct tlso_conn *conn)
{
	if (refcount_dec_and_test(&conn->ref))
		queue_rcu_work(tlso_wq, &conn->free_work);
}

struct tlso_conn *tlso_conn_new(struct sock *sk, bool active,
				unsigned int family, u8 state)
{
	struct tlso_conn *conn;

	conn = kzalloc(sizeof(*conn), GFP_ATOMIC | __GFP_NOWARN);
	if (!conn)
		return NULL;
	refcount_set(&conn->ref, 1);
	INIT_RCU_WORK(&conn->free_work, tlso_conn_free_work);
	conn->sk = sk;
	conn->net = sock_net(sk);
	conn->family = family;
	conn->state = state;
	conn->active = active;
	conn->base_prot = tlso_proto_base(family);
	conn->alert = TLS_OFFLOAD_NO_ALERT;
	spin_lock_init(&conn->event_lock);
	INIT_LIST_HEAD(&conn->events);
	INIT_LIST_HEAD(&conn->held);
	spin_lock_init(&conn->tx_lock);
	INIT_LIST_HEAD(&conn->tx_records);
	tlso_dev_conn_init(conn);
	tlso_gate_conn_init(conn);
	if (tlso_proc_add(conn))
		goto free;
	if (rhashtable_insert_fast(&tlso_conn_table, &conn->node,
				   tlso_conn_params))
		goto unlist;
	return conn;

unlist:
	tlso_proc_del(conn);
free:
	kfree(conn);
	return NULL;
}

void tlso_conn_detach(struct tlso_conn *conn)
{
	tlso_inherit_del(conn);
	tlso_proc_del(conn);
	rhashtable_remove_fast(&tlso_conn_table, &conn->node, tlso_conn_params);
	tlso_conn_put(conn);
}

void tlso_conn_set_state(struct tlso_conn *conn, u8 state)
{
	WRITE_ONCE(conn->sk->sk_prot, tlso_proto(conn->family, state));
	/* Pairs with the unlocked reads in poll and in sleepers' conditions. */
	smp_store_release(&conn->state, state);
}

static bool tlso_conn_settled(const struct tlso_conn *conn)
{
	/* Pairs with tlso_conn_set_state(): what the state promises is there. */
	u8 state = smp_load_acquire(&conn->state);

	return state != TLSO_CONN_CONNECT && state != TLSO_CONN_HANDSHAKE;
}

static void tlso_conn_data_ready(struct sock *sk)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn && conn->state == TLSO_CONN_HANDSHAKE)
		tlso_hs_kick(conn);
	else if (conn && conn->state == TLSO_CONN_SECURE)
		tlso_rx_data_ready(conn);
	else if (conn && (conn->state == TLSO_CONN_OFF ||
			  conn->state == TLSO_CONN_CLEAR))
		conn->saved_data_ready(sk); /* see tlso_conn_bare() */
	rcu_read_unlock();
}

static void tlso_conn_write_space(struct sock *sk)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn) {
		tlso_tx_write_space(conn);
		/* Before, all sleepers wait for more than room; one in
		 * connect() would take any wake-up for its success.
		 */
		if (tlso_conn_settled(conn))
			conn->saved_write_space(sk);
	}
	rcu_read_unlock();
}

/*
 * Sleepers may be woken? One in connect() takes any wake-up for its success unless
 * TCP is closed; and then sk_err says why the handshake failed, where that was known
 * before TCP's own end.
 */
static bool tlso_conn_tells(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	u8 state = READ_ONCE(conn->state);

	if (!tlso_conn_connects(conn))
		return true;
	if (READ_ONCE(conn->redial))
		return false;
	if (sk->sk_state != TCP_CLOSE)
		return tlso_conn_settled(conn);
	if (state != TLSO_CONN_SECURE && READ_ONCE(conn->err))
		WRITE_ONCE(sk->sk_err, -conn->err);
	return true;
}

static void tlso_conn_state_change(struct sock *sk)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn) {
		if (conn->state == TLSO_CONN_CONNECT)
			tlso_connect_established(conn);
		else if (conn->state == TLSO_CONN_HANDSHAKE)
			tlso_hs_kick(conn);
		if (conn->gated && sk->sk_state == TCP_CLOSE)
			tlso_gate_look(conn);
		if (tlso_conn_tells(conn))
			conn->saved_state_change(sk);
	}
	rcu_read_unlock();
}

static void tlso_conn_error_report(struct sock *sk)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn && tlso_conn_tells(conn))
		conn->saved_error_report(sk);
	rcu_read_unlock();
}

bool tlso_conn_stacked(const struct sock *sk)
{
	return READ_ONCE(sk->sk_data_ready) != tlso_conn_data_ready ||
	       READ_ONCE(sk->sk_write_space) != tlso_conn_write_space;
}

bool tlso_conn_bare(const struct tlso_conn *conn)
{
	const struct sock *sk = conn->sk;

	if (!conn->saved_data_ready) /* never taken */
		return !READ_ONCE(sk->sk_user_data);
	return READ_ONCE(sk->sk_data_ready) == conn->saved_data_ready &&
	       READ_ONCE(sk->sk_write_space) == conn->saved_write_space &&
	       READ_ONCE(sk->sk_state_change) == conn->saved_state_change &&
	       READ_ONCE(sk->sk_error_report) == conn->saved_error_report;
}

void tlso_conn_take(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	/* TCP would keep segments below this mark from us; a message of a
	 * handshake may be shorter than the mark.
	 */
	conn->rcvlowat = sk->sk_rcvlowat;
	WRITE_ONCE(sk->sk_rcvlowat, 1);
	write_lock_bh(&sk->sk_callback_lock);
	conn->saved_data_ready = sk->sk_data_ready;
	conn->saved_write_space = sk->sk_write_space;
	conn->saved_state_change = sk->sk_state_change;
	conn->saved_error_report = sk->sk_error_report;
	sk->sk_data_ready = tlso_conn_data_ready;
	sk->sk_write_space = tlso_conn_write_space;
	sk->sk_state_change = tlso_conn_state_change;
	sk->sk_error_report = tlso_conn_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

u16 tlso_conn_port(const struct tlso_conn *conn)
{
	bool dialled = conn->active;

	/* Attached when it was connected: TLS's client will have dialled. */
	if (conn->controlled)
		dialled = (conn->side ?: tlso_conn_role(conn)) ==
			  TLS_OFFLOAD_ROLE_CLIENT;
	return dialled ? ntohs(inet_sk(conn->sk)->inet_dport) :
			 conn->sk->sk_num;
}

/* No rule is for it: nothing of ours stays. The caller's spinlock keeps RCU, for which
 * unloading waits, so that the references may be the last. @conn: NULL, if it has none.
 */
static void conn_let_go(struct sock *sk, struct tlso_conn *conn)
{
	WRITE_ONCE(sk->sk_prot, tlso_proto_base(sk->sk_family == AF_INET6));
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, NULL);
	tlso_ops_give_back(sk->sk_socket);
	if (conn)
		tlso_conn_detach(conn);
	module_put(THIS_MODULE);
}

void tlso_conn_under(struct tlso_conn *conn, struct tlso_rule *rule)
{
	conn->client = rule->role ? rule->role == TLS_OFFLOAD_ROLE_CLIENT :
				    conn->active;
	conn->early = conn->active && rule->connect == TLS_OFFLOAD_CONNECT_TCP;
	WRITE_ONCE(conn->rule, rule);
}

static void conn_inherits(struct tlso_conn *conn, struct tlso_rule *rule,
			  bool client)
{
	conn->heir = true;
	conn->client = client;
	conn->early = conn->active;
	WRITE_ONCE(conn->rule, rule);
}

enum tlso_judgement tlso_conn_judge(struct tlso_conn *conn,
				    const struct tlso_flow *flow)
{
	enum tlso_judgement said;
	struct tlso_rule *rule;

	rcu_read_lock();
	said = tlso_policy_judge(conn->net, flow, &rule);
	rcu_read_unlock();
	if (rule)
		tlso_conn_under(conn, rule);
	if (said != TLSO_UNRULED || !conn->left)
		return said;
	conn_inherits(conn, conn->left, conn->left_client);
	conn->left = NULL;
	return TLSO_SECURE;
}

/* What secures a connection. */
struct conn_rule {
	struct tlso_rule *rule; /* a reference, or NULL */
	bool heir; /* it inherits it */
	bool client; /* heir: TLS's role */
};

static void conn_goes_under(struct tlso_conn *conn, const struct conn_rule *is)
{
	if (is->heir)
		conn_inherits(conn, is->rule, is->client);
	else if (is->rule)
		tlso_conn_under(conn, is->rule);
}

/* Of the process that calls, under RCU; @conn as above. */
static enum tlso_judgement conn_judged(struct sock *sk, struct tlso_conn *conn,
				       struct conn_rule *is)
{
	struct tlso_flow flow __uninitialized;
	struct tlso_who who __uninitialized;
	enum tlso_judgement said;

	tlso_who_current(&who);
	if (conn)
		tlso_flow_accepted(&flow, conn, &who);
	else
		tlso_flow_conn(&flow, sk, TLS_OFFLOAD_IN, &who);
	is->heir = false;
	said = tlso_policy_judge(sock_net(sk), &flow, &is->rule);
	if (said != TLSO_UNRULED)
		return said;
	is->rule = tlso_inherit_find(sk, &is->client);
	is->heir = is->rule;
	return is->heir ? TLSO_SECURE : said;
}

/*
 * May @conn go on with its socket's operations? Ours are put in place of TCP's.
 * kernel_accept() gives the listener's later, and MPTCP on 6.1 TCP's:
 * tlso_conn_wait() and tlso_conn_secure() look again.
 */
static bool conn_ops(struct tlso_conn *conn)
{
	struct socket *sock = conn->sk->sk_socket;

	return !READ_ONCE(sock->ops) || tlso_ops_take(sock) ||
	       (conn->by_mptcp && tlso_mptcp_late(conn));
}

/* The gate is shut: as @said of it. What its process inherits is known now alone. */
static bool conn_gated(struct tlso_conn *conn, enum tlso_judgement said)
{
	struct tlso_who who;

	tlso_who_current(&who);
	conn->who = tlso_who_keep(&who); /* groups are conn->cred's */
	if (!conn->who || !conn_ops(conn))
		return false;
	tlso_inherit_pid(conn);
	if (said == TLSO_WAIT)
		conn->left = tlso_inherit_find(conn->sk, &conn->left_client);
	tlso_conn_set_state(conn, TLSO_CONN_HANDSHAKE);
	if (said == TLSO_WAIT)
		tlso_gate_wait(conn);
	else
		tlso_dev_abort_async(conn, -ECONNABORTED);
	return true;
}

/* @said of it, which is not that it is nobody's. */
static void conn_accepted_as(struct tlso_conn *conn, enum tlso_judgement said)
{
	conn->cred = get_current_cred();
	if (said == TLSO_SECURE && conn->rule->application && conn_ops(conn)) {
		tlso_directive_clear(conn, tlso_conn_role(conn));
		return;
	}
	tlso_conn_take(conn);
	if ((said == TLSO_WAIT || said == TLSO_REFUSE) && conn_gated(conn, said))
		return;
	/* Now or never: who is still not sure has no connection. */
	if (!conn_ops(conn) || said != TLSO_SECURE) {
		conn->err = -ECONNABORTED;
		tlso_conn_set_state(conn, TLSO_CONN_FAILED);
		return;
	}
	if (conn->rule->inherit)
		tlso_inherit_pid(conn);
	tlso_inherit_add(conn);
	tlso_conn_set_state(conn, TLSO_CONN_HANDSHAKE);
	tlso_hs_start(conn);
}

void tlso_conn_accepted(struct tlso_conn *conn)
{
	enum tlso_judgement said;
	struct conn_rule is;

	said = conn_judged(conn->sk, conn, &is);
	if (said <= TLSO_CLEAR) {
		conn_let_go(conn->sk, conn);
		return;
	}
	conn_goes_under(conn, &is);
	conn_accepted_as(conn, said);
}

bool tlso_conn_of_light(struct sock *sk, u16 listen_port,
			const struct in6_addr *listen_addr)
{
	struct tlso_conn *conn = tlso_conn_new(sk, false,
					       sk->sk_family == AF_INET6,
					       TLSO_CONN_PENDING);

	if (!conn)
		return false;
	conn->listen_port = listen_port;
	conn->listen_addr = *listen_addr;
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &tlso_ulp_ops);
	return true;
}

void tlso_conn_accepted_light(struct sock *sk)
{
	enum tlso_judgement said;
	struct tlso_conn *conn;
	struct conn_rule is;

	said = conn_judged(sk, NULL, &is);
	if (said <= TLSO_CLEAR) {
		conn_let_go(sk, NULL);
		return;
	}
	conn = tlso_conn_new(sk, false, sk->sk_family == AF_INET6,
			     TLSO_CONN_PENDING);
	if (!conn) {
		tlso_rule_put(is.rule);
		tlso_conn_refused(sk);
		return;
	}
	conn_goes_under(conn, &is);
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &tlso_ulp_ops);
	conn_accepted_as(conn, said);
}

void tlso_conn_callbacks_back(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (conn->rcvlowat) /* callbacks were taken */
		WRITE_ONCE(sk->sk_rcvlowat, conn->rcvlowat);
	conn->rcvlowat = 0;
	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_data_ready == tlso_conn_data_ready)
		sk->sk_data_ready = conn->saved_data_ready;
	if (sk->sk_write_space == tlso_conn_write_space)
		sk->sk_write_space = conn->saved_write_space;
	if (sk->sk_state_change == tlso_conn_state_change)
		sk->sk_state_change = conn->saved_state_change;
	if (sk->sk_error_report == tlso_conn_error_report)
		sk->sk_error_report = conn->saved_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

void tlso_conn_restore(struct tlso_conn *conn)
{
	tlso_conn_callbacks_back(conn);
	WRITE_ONCE(conn->sk->sk_prot, conn->base_prot);
}

/* From tcp_cleanup_ulp(), which puts the module reference in its own text. */
static void tlso_conn_release(struct sock *sk)
{
	struct tlso_conn *conn = tlso_conn_get(sk);

	if (!conn)
		return;
	if (conn->state != TLSO_CONN_FAILED) {
		conn->err = -ECONNABORTED;
		/* Pairs with tlso_conn_settled() and tlso_poll(): err first. */
		smp_store_release(&conn->state, TLSO_CONN_FAILED);
	}
	tlso_hs_stop(conn);
	tlso_dev_stop_async(conn);
	tlso_tx_close(conn);
	tlso_mptcp_late_off(conn);
	tlso_conn_restore(conn);
	tlso_conn_detach(conn);
	tlso_conn_put(conn);
}

/* Linux 6.12 calls clone without a look; the probe has just done the work. */
static void tlso_conn_ulp_clone(const struct request_sock *req,
				struct sock *newsk, const gfp_t priority)
{
}

struct tcp_ulp_ops tlso_ulp_ops = {
	.name = "tls_offload",
	.owner = THIS_MODULE,
	.init = tlso_directive_attach,
	.release = tlso_conn_release,
	.clone = tlso_conn_ulp_clone,
};

static void tlso_refused_release(struct sock *sk)
{
	WRITE_ONCE(sk->sk_prot, tlso_proto_base(sk->sk_family == AF_INET6));
}

/* Of those without an object; never registered. */
struct tcp_ulp_ops tlso_new_ulp_ops = {
	.name = "tls_offload",
	.owner = THIS_MODULE,
	.release = tlso_refused_release,
	.clone = tlso_conn_ulp_clone,
};

struct tcp_ulp_ops tlso_light_ulp_ops = {
	.name = "tls_offload",
	.owner = THIS_MODULE,
	.release = tlso_refused_release,
	.clone = tlso_conn_ulp_clone,
};

/* Of a socket that had to be attached and could not be; never registered. */
struct tcp_ulp_ops tlso_refused_ulp_ops = {
	.name = "tls_offload",
	.owner = THIS_MODULE,
	.release = tlso_refused_release,
	.clone = tlso_conn_ulp_clone,
};

void tlso_conn_refused(struct sock *sk)
{
	int family = sk->sk_family == AF_INET6;

	WRITE_ONCE(sk->sk_prot, tlso_proto(family, TLSO_PROTO_REFUSED));
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &tlso_refused_ulp_ops);
	if (!sk->sk_socket)
		return; /* release_cb, of accept() */
	tlso_ops_take(sk->sk_socket);
	WRITE_ONCE(sk->sk_err, ECONNABORTED);
}

void tlso_conn_wake(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (sock_flag(sk, SOCK_DEAD))
		return;
	/* Wakes with no poll key, so that readers and writers both look. */
	conn->saved_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
	sk_wake_async(sk, SOCK_WAKE_SPACE, POLL_OUT);
	if (tlso_conn_stacked(sk)) {
		sk->sk_data_ready(sk);
		sk->sk_write_space(sk);
	}
}

/*
 * Are the socket's operations ours? They are not where kernel_accept() slept since
 * before its listener was: it hands out those that the listener had then. Socket lock
 * held.
 */
static bool tlso_conn_ops(struct tlso_conn *conn)
{
	struct socket *sock = conn->sk->sk_socket;

	return !sock || tlso_ops_take(sock);
}

static bool tlso_conn_ruled(const struct tlso_conn *conn)
{
	/* As above, of tlso_conn_under(). */
	return (smp_load_acquire(&conn->state) == TLSO_CONN_HANDSHAKE &&
		READ_ONCE(conn->rule)) || tlso_conn_settled(conn);
}

static int tlso_conn_wait_until(struct tlso_conn *conn, long *timeo,
				bool (*over)(const struct tlso_conn *conn))
{
	bool starts = conn->state == TLSO_CONN_HANDSHAKE && conn->controlled;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = conn->sk;
	int err = 0;

	if (conn->state == TLSO_CONN_SECURE)
		return 0;
	if (!tlso_conn_ops(conn))
		return -ECONNABORTED;
	if (conn->state == TLSO_CONN_CONNECT) /* who is above us does not tell */
		tlso_connect_established(conn);
	add_wait_queue(sk_sleep(sk), &wait);
	while (!over(conn)) {
		if (!*timeo)
			err = -EAGAIN;
		else if (signal_pending(current))
			err = sock_intr_errno(*timeo);
		else if (sk_wait_event(sk, timeo, over(conn), &wait) < 0)
			err = -EPIPE;
		if (err)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	if (conn->state == TLSO_CONN_OFF)
		return conn->plain ? 1 : sock_error(sk) ?: -EPIPE;
	/* The application's own, as its rule has it; but what waited for a session that
	 * was begun and stopped meanwhile was not meant to be in clear.
	 */
	if (conn->state == TLSO_CONN_CLEAR && !conn->err && !starts)
		return 1;
	/* Also where the wait was ended by tcp_disconnect() below us. */
	if (tlso_conn_settled(conn) && conn->state != TLSO_CONN_SECURE)
		err = conn->err ?: -ECONNABORTED;
	return err;
}

int tlso_conn_wait(struct tlso_conn *conn, long *timeo)
{
	return tlso_conn_wait_until(conn, timeo, tlso_conn_settled);
}

int tlso_conn_wait_ruled(struct tlso_conn *conn, long *timeo)
{
	return tlso_conn_wait_until(conn, timeo, tlso_conn_ruled);
}

int tlso_conn_secure(struct tlso_conn *conn, const u8 *msg, size_t n)
{
	int err;

	if (conn->state != TLSO_CONN_HANDSHAKE)
		return conn->err ?: -ECONNABORTED;
	if (tlso_connect_bypassed(conn) || !tlso_conn_ops(conn))
		return -ECONNABORTED;
	err = tlso_rx_open(conn);
	if (!err)
		err = tlso_tx_open(conn);
	if (!err && n)
		err = tlso_tx_messages(conn, msg, n);
	if (err)
		return err; /* the last reference frees what was made */
	tlso_conn_set_state(conn, TLSO_CONN_SECURE);
	err = tlso_hold_flush(conn);
	if (err) {
		tlso_conn_end(conn, err);
		return err;
	}
	/* TCP may have called for what it did not take, before it counted. */
	tlso_tx_write_space(conn);
	tlso_rx_data_ready(conn);
	tlso_conn_wake(conn);
	return 0;
}

static void conn_forget_keys(struct tlso_direction_keys *d)
{
	memzero_explicit(d->secret, sizeof(d->secret));
	memzero_explicit(d->key, sizeof(d->key));
	memzero_explicit(d->iv, sizeof(d->iv));
}

/* The application may keep the socket for as long as it likes, and has no use for its
 * keys any more; how many records there were is still to be seen.
 */
static void conn_failed(struct tlso_conn *conn, int err)
{
	struct tlso_session *ses = conn->ses;

	conn->err = err;
	tlso_conn_set_state(conn, TLSO_CONN_FAILED);
	if (!ses)
		return;
	ses->tickets = false;
	memzero_explicit(ses->post.keys.resumption,
			 sizeof(ses->post.keys.resumption));
	conn_forget_keys(&ses->post.keys.rx);
	conn_forget_keys(&ses->post.keys.tx);
}

void tlso_conn_fail(struct tlso_conn *conn, int err)
{
	struct sock *sk = conn->sk;

	if (conn->state == TLSO_CONN_FAILED)
		return;
	conn_failed(conn, err);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (sk->sk_state != TCP_CLOSE) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		conn->base_prot->shutdown(sk, SEND_SHUTDOWN);
	}
	WRITE_ONCE(sk->sk_err, -err);
	sk_error_report(sk);
	tlso_conn_wake(conn);
}

void tlso_conn_end(struct tlso_conn *conn, int err)
{
	if (conn->sk->sk_state != TCP_CLOSE) {
		tlso_conn_abort(conn, err);
		return;
	}
	/* Nobody else tells those who wait for the handshake. */
	conn_failed(conn, err);
	tlso_conn_wake(conn);
}

void tlso_conn_abort(struct tlso_conn *conn, int err)
{
	struct sock *sk = conn->sk;

	if (sk->sk_state == TCP_CLOSE)
		return;
	conn_failed(conn, err);
	tlso_hs_kick(conn); /* tcp_disconnect() tells nobody */
	tlso_part_off(conn);
	/* RST; what is queued in either direction goes. */
	conn->base_prot->disconnect(sk, 0);
	WRITE_ONCE(sk->sk_err, -err);
	if (!sock_flag(sk, SOCK_DEAD)) {
		WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
		sk_error_report(sk);
		tlso_conn_wake(conn);
		return;
	}
	/* Closed by its application already: nobody else will bury it. */
	local_bh_disable();
	bh_lock_sock(sk);
	tcp_done(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
}

/* Not sk_stream_wait_memory(): the caller is a worker without a file, and
 * close() may take the socket's wait queue away while the lock is dropped.
 */
static int tlso_conn_raw_memory(struct tlso_conn *conn, unsigned long deadline)
{
	struct sock *sk = conn->sk;

	if (time_after(jiffies, deadline))
		return -ETIMEDOUT;
	release_sock(sk);
	msleep(20);
	lock_sock(sk);
	return 0;
}

static int tlso_conn_send_some(struct sock *sk, const u8 *p, size_t n)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec iov = { .iov_base = (void *)p, .iov_len = n };
	int sndbuf = sk->sk_sndbuf;
	int r;

	/* A flight is small and bounded; a peer that takes none of it must not
	 * keep a worker.
	 */
	WRITE_ONCE(sk->sk_sndbuf, INT_MAX);
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &iov, 1, n);
	r = tcp_sendmsg_locked(sk, &msg, n);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	return r;
}

int tlso_conn_send_raw(struct tlso_conn *conn, const u8 *p, size_t n)
{
	unsigned long deadline = jiffies + TLSO_RAW_TIMEOUT;
	unsigned int attempt = conn->attempt;
	struct sock *sk = conn->sk;

	while (n) {
		int r;

		/* The lock was dropped: is it still the same connection? */
		if (!sk->sk_socket || conn->state != TLSO_CONN_HANDSHAKE ||
		    conn->attempt != attempt)
			return -EPIPE;
		r = tlso_conn_send_some(sk, p, n);
		if (r == -EAGAIN)
			r = tlso_conn_raw_memory(conn, deadline);
		if (r < 0)
			return r;
		p += r;
		n -= r;
	}
	return 0;
}

int tlso_conn_peek_raw(struct tlso_conn *conn, u32 seq, u8 *p, size_t n)
{
	return tlso_rx_copy(conn->sk, seq, p, n, NULL, 0);
}

void tlso_conn_consume_raw(struct tlso_conn *conn, u32 seq)
{
	struct tcp_sock *tp = tcp_sk(conn->sk);

	if (after(seq, tp->copied_seq) && !after(seq, tp->rcv_nxt))
		tcp_read_done(conn->sk, seq - tp->copied_seq);
}
