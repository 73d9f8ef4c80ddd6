// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handshake of a connection: a work that drives the director, the completer
 * and the socket.
 *
 * Responsible for: where the completer is (an adapter if the route leaves through
 * one that takes the session, else the kernel; the kernel, too, if the adapter
 * cannot and nothing was sent yet); every way in which this fails, with the errno
 * that belongs to it; how long it may take.
 * Leaves to: limits.c how many there may be; hs_step.c what is said; hs_adapter.c and
 * hs_soft.c the completer and inbound bytes; conn.c the socket's state; tx.c and rx.c
 * all that follows.
 *
 * Context: tlso_hs_start(), _kick(), _lost() and _stop() come from anywhere and
 * queue the work. Only the work touches struct tlso_hs, but for what event_lock
 * guards: conn->hs, hs->dead, hs->lost, hs->bounded, and queueing itself, so that after
 * the work has cleared conn->hs nobody can queue it again and it may free itself.
 * The work holds references on socket and connection from start to end, and on rule
 * and credentials: a socket that is connected anew gets others (tlso_hs_drop()).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "hs.h"
#include "records.h"
#include "crypto.h"
#include <tlso_sock.h>

#define HS_FIN_TIMEOUT (2 * HZ) /* for what the adapter may still say */
#define HS_RETRY (HZ / 50) /* the adapter was busy */

/* Waits for adapters most of its time; and what keeps processors busy, bounded. */
static struct workqueue_struct *adapter_wq, *soft_wq;

/* ---- Failures ------------------------------------------------------------------ */

int tlso_hs_fail(struct tlso_hs *hs, int err, const char *why)
{
	if (!hs->why)
		hs->why = why;
	return err;
}

/* Unless the socket has begun another connection meanwhile. */
void tlso_hs_because(struct tlso_hs *hs, int err)
{
	struct tlso_conn *conn = hs->conn;

	spin_lock_bh(&conn->event_lock);
	if (conn->active && conn->hs == hs && !conn->err)
		WRITE_ONCE(conn->err, err);
	spin_unlock_bh(&conn->event_lock);
}

bool tlso_hs_may_move(const struct tlso_hs *hs)
{
	return !hs->sent && hs->place != &tlso_hs_soft &&
	       hs->rule->adapter != TLS_OFFLOAD_ADAPTER_REQUIRE;
}

int tlso_hs_elsewhere(struct tlso_hs *hs, int err, const char *why)
{
	if (tlso_hs_may_move(hs))
		hs->elsewhere = true;
	return tlso_hs_fail(hs, err, why);
}

void tlso_hs_hurry(struct tlso_hs *hs, unsigned long timeout)
{
	unsigned long soon = jiffies + timeout;

	if (time_after(hs->deadline, soon))
		hs->deadline = soon;
}

/* An alert of our own making, in clear: no key is in use yet. */
static void alert_clear(struct tlso_hs *hs, u8 alert)
{
	const u8 rec[] = { TLSO_CT_ALERT, 3, 3, 0, 2, TLSO_ALERT_FATAL, alert };

	hs->alert = alert;
	lock_sock(hs->sk);
	if (!hs->dead && hs->sk->sk_state != TCP_CLOSE)
		tlso_conn_send_raw(hs->conn, rec, sizeof(rec));
	release_sock(hs->sk);
}

int tlso_hs_keyed(struct tlso_hs *hs, const struct tlso_session_keys *keys)
{
	size_t room = hs->conn->client ? TLSO_SESSION_TICKETS :
					 TLSO_SESSION_MSG;
	struct tlso_session *ses = kzalloc(sizeof(*ses) + room, TLSO_HS_GFP);

	if (!ses)
		return tlso_hs_fail(hs, -ENOMEM, "no memory");
	ses->version = keys->tls_version;
	ses->suite = keys->suite;
	ses->peer_id.user = TLSO_NOBODY;
	tlso_post_init(&ses->post, &tlso_linux_crypto, NULL, keys, ses->msg,
		       room);
	hs->ses = ses;
	return 0;
}

/* ---- The work ---------------------------------------------------------------------- */

/* Is the peer still there? A FIN alone may follow a whole handshake that the
 * adapter is about to report. Socket lock held.
 */
static int peer_check(struct tlso_hs *hs)
{
	struct sock *sk = hs->sk;

	if (sk->sk_state == TCP_CLOSE)
		return tlso_hs_fail(hs, sk->sk_err ? -sk->sk_err : -ECONNRESET,
				    "the peer reset the connection");
	if (sock_flag(sk, SOCK_DONE))
		tlso_hs_hurry(hs, hs->place == &tlso_hs_soft && !tcp_inq(sk) ?
				  0 : HS_FIN_TIMEOUT);
	return 0;
}

/* Text of one record that we send: RFC 8449 4 counts TLS 1.3's type byte. */
static u16 text_max(const struct tlso_director *d)
{
	u16 limit = d->peer_limit;

	if (limit && d->version == TLSO_VERSION_13)
		limit--;
	return limit && limit < TLSO_RECORD_TEXT_MAX ? limit :
						       TLSO_RECORD_TEXT_MAX;
}

/* Socket lock held. */
static int secure(struct tlso_hs *hs)
{
	const struct tlso_director *d = &hs->ctx->director;
	struct tlso_conn *conn = hs->conn;
	u8 tickets[2 * (TLSO_TICKET_LEN_MAX + 64)];
	/* They go out as one record: who takes so little does without. */
	size_t n = tlso_hs_tickets(hs, tickets,
				   min_t(size_t, sizeof(tickets), text_max(d)));
	struct tlso_session *old = conn->ses;
	int err = tlso_peer_settle(hs);

	if (err)
		return err;
	hs->ses->group = d->group;
	hs->ses->text_max = text_max(d);
	hs->ses->alpn_len = d->alpn_len;
	memcpy(hs->ses->alpn, d->alpn, d->alpn_len);
	if (conn->client)
		tlso_hs_session(hs);
	/* What tickets to come are made of, which are for TLS 1.3's clients alone. */
	if (!conn->client || d->version != TLSO_VERSION_13)
		memzero_explicit(hs->ses->post.keys.resumption,
				 sizeof(hs->ses->post.keys.resumption));
	/* One that was stopped, and wiped: /proc may be looking at it. */
	WRITE_ONCE(conn->ses, hs->ses);
	hs->ses = NULL;
	if (old) {
		tlso_post_wipe(&old->post);
		tlso_peer_put(old->peer);
		kfree_rcu(old, rcu);
	}
	err = tlso_conn_secure(conn, tickets, n);
	if (err && !conn->rx && !conn->tx) {
		hs->ses = conn->ses; /* the socket may be connected again */
		conn->ses = NULL;
	}
	return err ? tlso_hs_fail(hs, err, "the connection cannot be secured") :
		     1;
}

/* kernel_accept() gives a socket its operations some time after its connection, and
 * until then nobody knows whether they will be ours. So does MPTCP, on 6.1.
 */
static bool operations_to_come(const struct tlso_hs *hs)
{
	struct socket *sock = hs->sk->sk_socket;

	if (!sock)
		return false;
	return !READ_ONCE(sock->ops) ||
	       (hs->conn->by_mptcp && !tlso_ops_take(sock));
}

/* 1: secure, 0: go on later, or an error. */
static int settle(struct tlso_hs *hs)
{
	struct sock *sk = hs->sk;
	bool over;
	int ret;

	lock_sock(sk);
	ret = hs->dead ? -ECONNABORTED : 0;
	over = !ret && hs->begun && hs->place->settled(hs) && hs->said &&
	       hs->ses;
	/* All bytes of a finished handshake count, even from a closed peer. */
	if (over && operations_to_come(hs))
		hs->retry = true;
	else if (over)
		ret = secure(hs);
	else if (!ret)
		ret = peer_check(hs);
	release_sock(sk);
	return ret;
}

static int timed_out(struct tlso_hs *hs)
{
	int err = hs->begun && hs->place->late ? hs->place->late(hs) : 0;

	if (err)
		return err;
	if (sock_flag(hs->sk, SOCK_DONE))
		return tlso_hs_fail(hs, -ECONNRESET,
				    "the peer closed the connection");
	return tlso_hs_fail(hs, -ETIMEDOUT, "timeout");
}

static int begin(struct tlso_hs *hs)
{
	int err;

	if (hs->rule->adapter == TLS_OFFLOAD_ADAPTER_REQUIRE &&
	    hs->place == &tlso_hs_soft)
		return tlso_hs_fail(hs, -ECONNABORTED,
				    "the rule requires an adapter, and none is there for it");
	err = hs->place->begin(hs);
	hs->begun = !err;
	return err;
}

/* The socket is going away, or its application wants no handshake any more. */
static bool given_up(const struct tlso_hs *hs)
{
	return READ_ONCE(hs->dead) ||
	       READ_ONCE(hs->conn->state) != TLSO_CONN_HANDSHAKE;
}

/* Of a client's first byte. */
static unsigned long first_timeout(const struct tlso_rule *rule)
{
	return rule->timeout / 2;
}

/* Who says something gets the time that is left for all of it. */
static void hear(struct tlso_hs *hs)
{
	if (hs->heard || !READ_ONCE(tcp_sk(hs->sk)->bytes_received))
		return;
	hs->heard = true;
	hs->deadline += hs->rule->timeout - first_timeout(hs->rule);
}

/* Who speaks first begins before he hears what the peer speaks. */
static int begin_and_go(struct tlso_hs *hs)
{
	int ret = hs->conn->client ? 1 : tlso_prefer_look(hs);

	if (ret > 0 && !hs->begun)
		ret = begin(hs) ?: 1;
	if (ret > 0 && hs->conn->client)
		ret = tlso_prefer_look(hs);
	return ret > 0 ? hs->place->run(hs) : ret;
}

static int run(struct tlso_hs *hs)
{
	int ret;

	if (given_up(hs))
		return -ECONNABORTED;
	hear(hs);
	hs->retry = false;
	ret = begin_and_go(hs);
	if (!ret || ret == -EAGAIN)
		ret = settle(hs);
	if (!ret && time_after_eq(jiffies, hs->deadline))
		ret = timed_out(hs);
	return ret;
}

/* Nothing was sent: the peer does not see that somebody else answers. */
static void move_to_soft(struct tlso_hs *hs)
{
	net_dbg_ratelimited("port %u: %s: the kernel does it\n",
			    hs->port, hs->why ?: "adapter");
	hs->place->end(hs, false);
	tlso_hs_ctx_free(hs);
	hs->place = &tlso_hs_soft;
	hs->begun = false;
	hs->said = false;
	hs->elsewhere = false;
	hs->alert = TLSO_ALERT_NONE;
	hs->why = NULL;
}

static void report(const struct tlso_hs *hs, int err)
{
	const struct in6_addr *remote = tlso_sk_v6(hs->sk, false);
	const struct inet_sock *inet = inet_sk(hs->sk);
	char alert[24] = "no alert";

	if (hs->alert != TLSO_ALERT_NONE)
		scnprintf(alert, sizeof(alert), "alert %u", hs->alert);
	if (remote) {
		net_info_ratelimited("port %u: handshake with [%pI6c]:%u failed: %s (%s, error %d)\n",
				     hs->port, remote,
				     ntohs(inet->inet_dport),
				     hs->why ?: "no reason", alert, err);
		return;
	}
	net_info_ratelimited("port %u: handshake with %pI4:%u failed: %s (%s, error %d)\n",
			     hs->port, &inet->inet_daddr,
			     ntohs(inet->inet_dport),
			     hs->why ?: "no reason", alert, err);
}

static u8 alert_for(int err)
{
	switch (err) {
	case -ETIMEDOUT:
	case -ENOKEY:
	case -EACCES:
		return TLSO_ALERT_HANDSHAKE_FAILURE;
	default:
		return TLSO_ALERT_INTERNAL_ERROR;
	}
}

/* Nobody finds it any more, nor queues its work. What the adapter has told? */
static bool unlink_hs(struct tlso_hs *hs)
{
	struct tlso_conn *conn = hs->conn;
	bool told;

	spin_lock_bh(&conn->event_lock);
	if (conn->hs == hs)
		conn->hs = NULL;
	told = conn->n_events || conn->events_lost || hs->lost;
	spin_unlock_bh(&conn->event_lock);
	return told;
}

/* The alert, if one can be said still. */
static void say_why(struct tlso_hs *hs, int err)
{
	if (!hs->begun && !hs->conn->client)
		alert_clear(hs, alert_for(err));
	else if (!hs->begun)
		; /* nothing was said yet: RST is answer enough */
	else if (!hs->said && inet_sk_state_load(hs->sk) != TCP_CLOSE)
		tlso_hs_abort(hs, alert_for(err));
}

/* A Start's failure is the application's to see, and the connection's end is not it. */
static void fail_start(struct tlso_hs *hs, int err)
{
	struct tlso_conn *conn = hs->conn;
	bool untouched;

	lock_sock(hs->sk);
	untouched = conn->tolerate && err == -ETIMEDOUT && !hs->sent &&
		    !tcp_inq(hs->sk) && hs->sk->sk_state != TCP_CLOSE;
	release_sock(hs->sk);
	if (err != -ENOMEM && !untouched)
		say_why(hs, err);
	report(hs, err);
	lock_sock(hs->sk);
	if (!hs->dead && conn->state == TLSO_CONN_HANDSHAKE)
		tlso_directive_failed(conn, err, hs->alert, untouched);
	unlink_hs(hs);
	release_sock(hs->sk);
}

/*
 * The connection's end. By RST alone where memory is out: for an alert there is none,
 * and TCP takes that of a FIN beyond every limit, so that thousands of them would bring
 * the OOM killer upon the cgroup (tcp_send_fin()).
 */
static void fail_connection(struct tlso_hs *hs, int err)
{
	struct sock *sk = hs->sk;
	bool reset = tlso_conn_connects(hs->conn) || err == -ENOMEM;

	if (hs->conn->controlled) {
		fail_start(hs, err);
		return;
	}
	hs->conn->alert = hs->alert;
	tlso_hs_because(hs, err);
	if (err != -ENOMEM)
		say_why(hs, err);
	report(hs, err);
	if (reset) {
		/* All under one lock: connect() must not find TCP open and the
		 * handshake over, and may come again as soon as it is dropped.
		 */
		lock_sock(sk);
		if (!hs->dead && hs->conn->state == TLSO_CONN_HANDSHAKE)
			tlso_conn_end(hs->conn, err);
		unlink_hs(hs);
		release_sock(sk);
		return;
	}
	lock_sock(sk);
	if (!hs->dead)
		tlso_conn_fail(hs->conn, err);
	release_sock(sk);
}

/* The end: nobody finds hs any more, and then it goes. */
static void finish(struct tlso_hs *hs, bool secure)
{
	struct tlso_conn *conn = hs->conn;
	bool told = unlink_hs(hs), dead = READ_ONCE(hs->dead);

	cancel_delayed_work(&hs->work);

	/* Between our last look and now; a secured session has no good news. */
	if (secure && told && !dead && READ_ONCE(conn->session))
		tlso_dev_lost_async(conn);
	tlso_dev_events_purge(conn);
	hs->place->end(hs, secure && !dead);
	tlso_hs_ctx_free(hs);
	if (hs->ses) {
		tlso_post_wipe(&hs->ses->post);
		tlso_peer_put(hs->ses->peer);
	}
	kfree_sensitive(hs->ses);
	tlso_limit_leave(conn->net, hs->peer);
	tlso_rule_put(hs->rule);
	put_cred(hs->cred);
	sock_put(hs->sk);
	tlso_conn_put(conn);
	kfree(hs);
}

/* The worker is nobody; what it allocates is spent for the socket's owner. */
static int run_charged(struct tlso_hs *hs)
{
	struct mem_cgroup *old = set_active_memcg(tlso_sk_memcg(hs->sk));
	int ret = run(hs);

	set_active_memcg(old);
	return ret;
}

static struct workqueue_struct *queue_of(const struct tlso_hs *hs)
{
	return hs->bounded ? soft_wq : adapter_wq;
}

/* event_lock held. */
static void kick(struct tlso_hs *hs)
{
	mod_delayed_work(queue_of(hs), &hs->work, 0);
}

/*
 * The rest is for the other queue. Whoever kicks holds event_lock, so that from here
 * on all queue it there; it may run there, to its end, before this returns: RCU keeps
 * the lock that long, and nothing of hs is touched any more.
 */
static void queue_bounded(struct tlso_hs *hs)
{
	struct tlso_conn *conn = hs->conn;

	rcu_read_lock();
	spin_lock_bh(&conn->event_lock);
	hs->bounded = true;
	kick(hs);
	spin_unlock_bh(&conn->event_lock);
	rcu_read_unlock();
}

/* Until somebody kicks. A kernel reader's callbacks need not call ours. */
static unsigned long pause_of(const struct tlso_hs *hs)
{
	unsigned long now = jiffies;

	if (hs->retry || tlso_conn_stacked(hs->sk))
		return HS_RETRY;
	return time_after(hs->deadline, now) ? hs->deadline - now : 0;
}

static void hs_work(struct work_struct *work)
{
	struct tlso_hs *hs = container_of(to_delayed_work(work), struct tlso_hs,
					  work);
	int ret = run_charged(hs);

	if (ret < 0 && hs->elsewhere && !READ_ONCE(hs->dead)) {
		move_to_soft(hs);
		queue_bounded(hs);
		return;
	}
	if (!ret) {
		/* Queued anew if somebody has kicked meanwhile: then no-op. */
		queue_delayed_work(queue_of(hs), &hs->work, pause_of(hs));
		return;
	}
	if (ret < 0 && !given_up(hs))
		fail_connection(hs, ret);
	finish(hs, ret == 1);
}

/* ---- From outside -------------------------------------------------------------------- */

static void choose_place(struct tlso_hs *hs)
{
	struct tlso_dev *dev = NULL;

	/* Adapters are servers, of those who were accepted, so far. */
	if (!hs->conn->client && !hs->conn->active &&
	    !hs->conn->controlled &&
	    hs->rule->adapter != TLS_OFFLOAD_ADAPTER_NEVER)
		dev = tlso_dev_for_sock(hs->sk);
	hs->bounded = !dev;
	hs->place = dev ? &tlso_hs_adapter : &tlso_hs_soft;
	tlso_dev_put(dev);
}

void tlso_hs_start(struct tlso_conn *conn)
{
	int err = tlso_hs_begin(conn);

	if (err)
		tlso_dev_abort_async(conn, err);
}

int tlso_hs_begin(struct tlso_conn *conn)
{
	struct tlso_hs *hs = kzalloc(sizeof(*hs), GFP_ATOMIC | __GFP_ACCOUNT);
	int err = hs ? tlso_limit_enter(conn, &hs->peer) : -ENOMEM;

	if (err) {
		kfree(hs);
		return err;
	}
	INIT_DELAYED_WORK(&hs->work, hs_work);
	hs->conn = conn;
	hs->sk = conn->sk;
	hs->rule = conn->rule;
	refcount_inc(&hs->rule->ref);
	hs->port = tlso_conn_port(conn);
	hs->cred = get_cred(hs->rule->owner ?: conn->cred);
	hs->prefers = hs->rule->verdict == TLS_OFFLOAD_PREFER;
	hs->heard = conn->client; /* then we speak first */
	hs->deadline = jiffies + (hs->heard ? hs->rule->timeout :
					      first_timeout(hs->rule));
	hs->alert = TLSO_ALERT_NONE;
	choose_place(hs);
	refcount_inc(&conn->ref);
	sock_hold(hs->sk);

	spin_lock_bh(&conn->event_lock);
	conn->hs = hs;
	queue_delayed_work(queue_of(hs), &hs->work, 0);
	spin_unlock_bh(&conn->event_lock);
	return 0;
}

void tlso_hs_kick(struct tlso_conn *conn)
{
	/* Called for every frame: most connections have no handshake. */
	if (!READ_ONCE(conn->hs))
		return;
	spin_lock_bh(&conn->event_lock);
	if (conn->hs)
		kick(conn->hs);
	spin_unlock_bh(&conn->event_lock);
}

void tlso_hs_lost(struct tlso_conn *conn)
{
	spin_lock_bh(&conn->event_lock);
	if (conn->hs) {
		WRITE_ONCE(conn->hs->lost, true);
		kick(conn->hs);
	}
	spin_unlock_bh(&conn->event_lock);
}

void tlso_hs_stop(struct tlso_conn *conn)
{
	spin_lock_bh(&conn->event_lock);
	if (conn->hs) {
		WRITE_ONCE(conn->hs->dead, true);
		kick(conn->hs);
	}
	spin_unlock_bh(&conn->event_lock);
}

void tlso_hs_drop(struct tlso_conn *conn)
{
	spin_lock_bh(&conn->event_lock);
	if (conn->hs) {
		WRITE_ONCE(conn->hs->dead, true);
		kick(conn->hs);
		conn->hs = NULL;
	}
	spin_unlock_bh(&conn->event_lock);
}

int tlso_hs_init(void)
{
	adapter_wq = alloc_workqueue("tlso_handshake", WQ_UNBOUND, 0);
	if (!adapter_wq)
		return -ENOMEM;
	soft_wq = alloc_workqueue("tlso_handshake_soft", WQ_UNBOUND,
				  max_t(int, 4, 2 * num_possible_cpus()));
	if (soft_wq)
		return 0;
	destroy_workqueue(adapter_wq);
	return -ENOMEM;
}

/* No attached socket is left, so that every work has been stopped. */
void tlso_hs_exit(void)
{
	/* In this order: one passes work on to the other. */
	destroy_workqueue(adapter_wq);
	destroy_workqueue(soft_wq);
}
