// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directives of an application that knows of TLS: Start_SSL, Stop_SSL and the rest.
 *
 * Responsible for: sockets whose application says when TLS begins and ends: by TCP_ULP,
 * or under a rule that leaves it to them; who may say what, and when.
 * Leaves to: sockopt.c what comes from the caller, but Start's parameters; handshake.c
 * the handshake; tx.c and rx.c close_notify; protos.c what each state lets through.
 *
 * In CLEAR every call passes to TCP, through tables of ours which count it (conn->busy)
 * while it may be without the lock: so Start knows that nobody is in there who would
 * send in clear, or read TLS's bytes, behind its back. What was sent before is in TCP's
 * queue and goes out before the handshake; what was received and not read belongs to it.
 *
 * A Start that fails leaves TCP as it is (blocks 335, 340), but nothing flows in clear
 * until the application says so with Stop, or tries Start again: one that does not look
 * at what Start returned sends nothing in clear.
 *
 * Stop goes back to CLEAR once both close_notifies are there and nobody is inside a
 * session's call any more. Records and ciphers are the kernel's, never an adapter's.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/mptcp.h>

#include "records.h"

#define START_TIMEOUT_MIN 100 /* milliseconds */
#define START_TIMEOUT_MAX 600000

/* ---- Into clear -------------------------------------------------------------- */

void tlso_directive_clear(struct tlso_conn *conn, u8 side)
{
	conn->controlled = true;
	conn->active = false; /* nobody waits in connect() for its handshake */
	conn->early = false;
	conn->side = side;
	tlso_conn_set_state(conn, TLSO_CONN_CLEAR);
}

/* Does anybody sleep in a call on @sk? Pollers do not count. */
static bool sleeps(struct sock *sk)
{
	wait_queue_head_t *wq = sk_sleep(sk);
	struct wait_queue_entry *e;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&wq->lock, flags);
	list_for_each_entry(e, &wq->head, entry)
		if (e->func == woken_wake_function)
			found = true;
	spin_unlock_irqrestore(&wq->lock, flags);
	return found || sk->sk_write_pending;
}

/* Is something of the kernel's above @sk (KCM, a sockmap), whose callbacks come and go? */
static bool is_stacked(const struct sock *sk)
{
	return READ_ONCE(sk->sk_user_data);
}

/* Whoever is inside TCP's own calls would go on in there. */
static int attach_check(struct sock *sk)
{
	const int fit = TCPF_CLOSE | TCPF_ESTABLISHED | TCPF_CLOSE_WAIT;

	if (sk_is_mptcp(sk))
		return -EPROTONOSUPPORT;
	if (!sk->sk_socket || tcp_sk(sk)->repair)
		return -EOPNOTSUPP;
	if (is_stacked(sk))
		return -EBUSY;
	if (!((1 << sk->sk_state) & fit))
		return -ENOTCONN;
	if (sleeps(sk))
		return -EBUSY;
	/* Who waits for the lock has chosen TCP's own function by now. */
	if (waitqueue_active(&sk->sk_lock.wq))
		return -EBUSY;
	return tlso_ops_take(sk->sk_socket) ? 0 : -EOPNOTSUPP;
}

/* Before connect() it is known who will have begun. */
static u8 attach_side(const struct sock *sk)
{
	return sk->sk_state == TCP_CLOSE ? TLS_OFFLOAD_ROLE_CLIENT :
					   TLS_OFFLOAD_ROLE_DEFAULT;
}

/* tcp_set_ulp() holds a reference on the module, and sets icsk_ulp_ops after us, too. */
int tlso_directive_attach(struct sock *sk)
{
	int family = tlso_protos_family(sk->sk_prot);
	struct tlso_conn *conn;
	int err;

	if (sk_is_mptcp(sk))
		return -EPROTONOSUPPORT;
	if (family < 0)
		return -EOPNOTSUPP;
	err = attach_check(sk);
	if (err)
		return err;
	conn = tlso_conn_new(sk, false, family, TLSO_CONN_OFF);
	if (!conn)
		return -ENOMEM; /* operations of ours pass through */
	/* Who comes through our table looks for it: tlso_conn_of(). */
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &tlso_ulp_ops);
	tlso_directive_clear(conn, attach_side(sk));
	return 0;
}

int tlso_directive_attach_off(struct tlso_conn *conn)
{
	int err = attach_check(conn->sk);

	if (!err)
		tlso_directive_clear(conn, TLS_OFFLOAD_ROLE_CLIENT);
	return err;
}

static void rule_set(struct tlso_conn *conn, struct tlso_rule *rule)
{
	struct tlso_rule *old = conn->rule;

	WRITE_ONCE(conn->rule, rule); /* /proc looks under RCU */
	tlso_rule_put(old);
}

void tlso_directive_unruled(struct tlso_conn *conn)
{
	rule_set(conn, NULL);
	conn->side = TLS_OFFLOAD_ROLE_CLIENT;
}

/* A session that is over, or what a Start that has failed made of one. Nobody is inside. */
static void forget_session(struct tlso_conn *conn)
{
	tlso_rx_reset(conn);
	tlso_tx_reset(conn);
	if (conn->ses)
		tlso_post_wipe(&conn->ses->post);
}

static void back_to_clear(struct tlso_conn *conn)
{
	tlso_conn_callbacks_back(conn);
	tlso_conn_set_state(conn, TLSO_CONN_CLEAR);
	forget_session(conn);
	if (conn->rule && !conn->rule->application)
		rule_set(conn, NULL);
	conn->start_failed = false;
	tlso_conn_wake(conn);
}

/* ---- Start_SSL: what is asked for ---------------------------------------------- */

static bool start_fits(const struct tls_offload_start *s)
{
	return !(s->flags & ~TLS_OFFLOAD_NONBLOCK) && !s->reserved &&
	       s->role <= TLS_OFFLOAD_ROLE_CLIENT &&
	       !(s->versions & ~(TLS_OFFLOAD_TLS12 | TLS_OFFLOAD_TLS13)) &&
	       s->client_auth <= TLS_OFFLOAD_CLIENT_AUTH_MAP &&
	       (!s->timeout || (s->timeout >= START_TIMEOUT_MIN &&
				s->timeout <= START_TIMEOUT_MAX)) &&
	       strnlen(s->ring_name, sizeof(s->ring_name)) <
	       sizeof(s->ring_name) &&
	       strnlen(s->server_name, sizeof(s->server_name)) <
	       sizeof_field(struct tlso_rule, server) &&
	       (!*s->server_name || tlso_rule_server(s->server_name)) &&
	       s->alpn_len < sizeof(s->alpn) &&
	       (!s->alpn_len || tlso_rule_alpn(s->alpn, s->alpn_len));
}

/* Shorter ones end in zeros; longer ones have to. */
static int start_read(struct tls_offload_start *s, sockptr_t optval,
		      unsigned int optlen)
{
	unsigned int at;
	u8 rest;

	memset(s, 0, sizeof(*s));
	if (!optlen)
		return 0;
	if (optlen < TLS_OFFLOAD_START_MIN)
		return -EINVAL;
	if (optlen > PAGE_SIZE)
		return -E2BIG;
	if (copy_from_sockptr(s, optval, min_t(size_t, optlen, sizeof(*s))))
		return -EFAULT;
	for (at = sizeof(*s); at < optlen; at++) {
		if (copy_from_sockptr_offset(&rest, optval, at, 1))
			return -EFAULT;
		if (rest)
			return -E2BIG;
	}
	return start_fits(s) ? 0 : -EINVAL;
}

/* Is there more in @s than a rule leaves open? */
static bool start_says_more(const struct tls_offload_start *s)
{
	struct tls_offload_start open = { .flags = s->flags, .role = s->role };

	return memcmp(&open, s, sizeof(open));
}

static int start_ring(const struct tls_offload_start *s, struct tlso_rule *rule)
{
	struct key *ring;

	if (s->ring)
		scnprintf(rule->ring_name, sizeof(rule->ring_name), "%d",
			  s->ring);
	else
		strscpy(rule->ring_name, s->ring_name, sizeof(rule->ring_name));
	if (!*rule->ring_name)
		return -EINVAL;
	ring = tlso_rule_ring(rule->ring_name);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	rule->ring = ring;
	return 0;
}

/* A rule of one connection's own, with the credentials of who calls. */
static struct tlso_rule *start_rule(const struct tls_offload_start *s)
{
	struct tlso_rule *rule = tlso_rule_new();
	int err;

	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->source = TLSO_RULES_SOURCES; /* none of them */
	rule->client_auth = s->client_auth;
	if (s->versions)
		rule->versions =
			(s->versions & TLS_OFFLOAD_TLS12 ? TLSO_USE_12 : 0) |
			(s->versions & TLS_OFFLOAD_TLS13 ? TLSO_USE_13 : 0);
	if (s->timeout)
		rule->timeout = msecs_to_jiffies(s->timeout);
	strscpy(rule->name, "-", sizeof(rule->name));
	strscpy(rule->server, s->server_name, sizeof(rule->server));
	err = start_ring(s, rule);
	if (!err && s->alpn_len) {
		rule->alpn = kmemdup(s->alpn, s->alpn_len, GFP_KERNEL_ACCOUNT);
		rule->alpn_len = s->alpn_len;
		err = rule->alpn ? 0 : -ENOMEM;
	}
	if (!err)
		return rule;
	tlso_rule_put(rule);
	return ERR_PTR(err);
}

/* Is on the ring what this role needs? Said before anything has happened. */
static int start_keys(const struct tlso_rule *rule, bool client)
{
	struct tlso_identity *id;
	int n;

	if (!rule->ring)
		return rule->ring_err ?: -ENOKEY;
	n = tlso_identities_find(rule->ring, rule->owner ?: current_cred(),
				 client ? TLSO_FIND_ANCHORS :
					  TLSO_FIND_IDENTITIES, &id, 1);
	if (n > 0)
		tlso_identity_put(id);
	if (n < 0 || client || rule->client_auth == TLSO_AUTH_NONE)
		return min(n, 0);
	n = tlso_identities_find(rule->ring, rule->owner ?: current_cred(),
				 TLSO_FIND_ANCHORS, &id, 1);
	if (n > 0)
		tlso_identity_put(id);
	return min(n, 0);
}

/* ---- Start_SSL -------------------------------------------------------------------- */

/* Socket lock held, here and below. */
static int start_may(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (!conn->controlled)
		return -EALREADY;
	if (conn->state == TLSO_CONN_FAILED && !conn->start_failed)
		return conn->err ?: -ECONNABORTED;
	if (conn->state != TLSO_CONN_CLEAR && conn->state != TLSO_CONN_FAILED)
		return -EALREADY;
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return -ENOTCONN;
	/* Fast open's data may be in flight without an answer to the SYN. */
	if (sk->sk_shutdown & SEND_SHUTDOWN)
		return -EPIPE;
	if (conn->state == TLSO_CONN_CLEAR && !tlso_conn_bare(conn))
		return -EBUSY;
	return conn->busy || sleeps(sk) || is_stacked(sk) ? -EBUSY : 0;
}

/* Takes over the reference on @rule if it succeeds, and is not the connection's. */
static int start_begin(struct tlso_conn *conn, struct tlso_rule *rule,
		       bool client)
{
	const struct cred *cred = conn->cred;
	u8 before = conn->state;
	int err;

	if (rule != conn->rule)
		rule_set(conn, rule);
	else
		tlso_rule_put(rule);
	conn->cred = get_current_cred();
	put_cred(cred);
	conn->client = client;
	conn->err = 0;
	conn->report = false;
	conn->alert = TLS_OFFLOAD_NO_ALERT;
	if (before == TLSO_CONN_CLEAR)
		tlso_conn_take(conn);
	conn->start_failed = false;
	conn->attempt++;
	tlso_conn_set_state(conn, TLSO_CONN_HANDSHAKE);
	err = tlso_hs_begin(conn);
	if (err)
		tlso_directive_failed(conn, err, TLS_OFFLOAD_NO_ALERT,
				      before == TLSO_CONN_CLEAR);
	return err;
}

static bool nonblock(const struct sock *sk, u32 flags)
{
	const struct file *file = sk->sk_socket ? sk->sk_socket->file : NULL;

	return (flags & TLS_OFFLOAD_NONBLOCK) ||
	       (file && (file->f_flags & O_NONBLOCK));
}

/* The handshake goes on, also where the caller no longer waits. */
static int start_wait(struct tlso_conn *conn, u32 flags)
{
	long timeo = sock_sndtimeo(conn->sk, false);
	int err;

	conn->report = nonblock(conn->sk, flags);
	if (conn->report)
		return -EINPROGRESS;
	err = tlso_conn_wait(conn, &timeo);
	if (err > 0) /* begun and stopped meanwhile */
		return -ECONNABORTED;
	if (err == -EAGAIN || err == -ERESTARTSYS || err == -EINTR)
		conn->report = true;
	if (err == -EAGAIN)
		return -EINPROGRESS;
	return err == -ERESTARTSYS ? -EINTR : err;
}

/* With a reference; the rule that this one is under, or one made of @s. */
static struct tlso_rule *start_choose(struct tlso_conn *conn,
				      const struct tls_offload_start *s,
				      unsigned int optlen, bool *client)
{
	struct tlso_rule *rule = NULL;
	u8 role = s->role;
	int err;

	lock_sock(conn->sk);
	err = start_may(conn);
	if (!err && conn->rule && conn->rule->application) {
		rule = conn->rule;
		refcount_inc(&rule->ref);
	}
	if (role == TLS_OFFLOAD_ROLE_DEFAULT)
		role = conn->side;
	release_sock(conn->sk);
	if (!err && rule && start_says_more(s))
		err = -EACCES;
	if (!err && (role == TLS_OFFLOAD_ROLE_DEFAULT || (!rule && !optlen)))
		err = -EINVAL;
	if (err) {
		tlso_rule_put(rule);
		return ERR_PTR(err);
	}
	*client = role == TLS_OFFLOAD_ROLE_CLIENT;
	return rule ?: start_rule(s);
}

int tlso_directive_start(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	struct tls_offload_start s;
	struct tlso_rule *rule;
	bool client;
	int err;

	if (!conn)
		return -ENOPROTOOPT;
	err = start_read(&s, optval, optlen);
	if (err)
		return err;
	rule = start_choose(conn, &s, optlen, &client);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	err = start_keys(rule, client);
	if (err) {
		tlso_rule_put(rule);
		return err;
	}
	lock_sock(sk);
	err = start_may(conn);
	/* Connected anew meanwhile, under another one. */
	if (!err && rule->application && rule != conn->rule)
		err = -EALREADY;
	if (err)
		tlso_rule_put(rule);
	else
		err = start_begin(conn, rule, client);
	if (!err)
		err = start_wait(conn, s.flags);
	release_sock(sk);
	return err;
}

void tlso_directive_failed(struct tlso_conn *conn, int err, u8 alert,
			   bool untouched)
{
	conn->err = err;
	conn->alert = alert;
	if (untouched) {
		back_to_clear(conn);
	} else {
		conn->start_failed = true;
		tlso_conn_set_state(conn, TLSO_CONN_FAILED);
		forget_session(conn);
	}
	if (conn->report)
		WRITE_ONCE(conn->sk->sk_err, -err);
	tlso_conn_wake(conn);
}

/* ---- Stop_SSL ---------------------------------------------------------------------- */

static int control_may(const struct tlso_conn *conn)
{
	if (!conn)
		return -ENOPROTOOPT;
	return conn->controlled ? 0 : -EACCES;
}

static int session_may(const struct tlso_conn *conn)
{
	int err = control_may(conn);

	if (err)
		return err;
	switch (conn->state) {
	case TLSO_CONN_SECURE:
		return 0;
	case TLSO_CONN_HANDSHAKE:
		return -EALREADY;
	case TLSO_CONN_FAILED:
		return conn->err ?: -ECONNABORTED;
	default:
		return -ENOTCONN;
	}
}

/* A writer in the middle of its call has unsent text. */
static int stop_begin(struct tlso_conn *conn)
{
	int r = tlso_rx_stopped(conn);

	if (r < 0)
		return r;
	if (conn->sk->sk_write_pending)
		return -EPROTO;
	return tlso_tx_stop(conn);
}

/* 1: over; 0: not yet; or an error, after which the session is as it was. */
static int stop_step(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	int r;

	if (conn->state != TLSO_CONN_SECURE)
		return conn->err ?: -ECONNABORTED;
	r = tlso_rx_stopped(conn);
	if (r < 0)
		return r;
	if (r)
		return !conn->busy && !tlso_tx_blocked(conn);
	if (sk->sk_err)
		return sock_error(sk);
	return sock_flag(sk, SOCK_DONE) || tlso_rx_shut(conn) ? -ECONNRESET : 0;
}

static int stop_wait(struct tlso_conn *conn, u32 flags)
{
	long timeo = sock_rcvtimeo(conn->sk, nonblock(conn->sk, flags));
	int r;

	for (;;) {
		r = stop_step(conn);
		if (r)
			return min(r, 0);
		if (!timeo)
			return -EINPROGRESS;
		if (signal_pending(current))
			return -EINTR;
		r = tlso_rx_stop_wait(conn, &timeo);
		if (r)
			return r;
	}
}

static int stop_session(struct tlso_conn *conn, u32 flags)
{
	int err = 0;

	if (conn->stopping)
		return -EALREADY;
	conn->stopping = true;
	if (!tlso_tx_stopped(conn))
		err = stop_begin(conn);
	if (!err)
		err = stop_wait(conn, flags);
	conn->stopping = false;
	if (!err)
		back_to_clear(conn);
	return err;
}

int tlso_directive_stop(struct sock *sk, u32 flags)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int err;

	lock_sock(sk);
	if (conn && conn->state == TLSO_CONN_FAILED && conn->start_failed) {
		if (sk->sk_err == -conn->err)
			WRITE_ONCE(sk->sk_err, 0);
		back_to_clear(conn);
		err = 0;
	} else {
		err = session_may(conn);
		if (!err)
			err = stop_session(conn, flags);
	}
	release_sock(sk);
	return err;
}

/* ---- The rest ------------------------------------------------------------------------ */

int tlso_directive_rekey(struct sock *sk)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int err;

	lock_sock(sk);
	err = session_may(conn);
	if (!err && conn->ses->version != TLSO_VERSION_13)
		err = -EOPNOTSUPP;
	if (!err)
		err = tlso_tx_rekey(conn);
	release_sock(sk);
	/* TCP has no room: it goes out ahead of the next record. */
	return err == -EAGAIN ? 0 : err;
}

/* A server's tickets hold their session themselves: nothing here can take them back. */
int tlso_directive_reset(struct sock *sk)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int err;

	lock_sock(sk);
	err = session_may(conn);
	if (!err && !conn->client)
		err = -EOPNOTSUPP;
	if (!err) {
		conn->ses->tickets = false;
		tlso_sessions_forget(conn->net, conn->ses->name);
	}
	release_sock(sk);
	return err;
}

int tlso_directive_tolerate(struct sock *sk, int val)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int err;

	lock_sock(sk);
	err = control_may(conn);
	if (!err)
		WRITE_ONCE(conn->tolerate, val);
	release_sock(sk);
	return err;
}
