// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handshake of a connection in directed mode: a work that drives the
 * director, the adapter and the socket (specification Figs. 15 and 16).
 *
 * Responsible for: finding identity, adapter and key slot; START_SSL; handing
 * back what reached us past the adapter (block 1600); finished segments to the
 * director, its starters through the adapter to the wire; the session's keys;
 * every way in which this fails, with the alert and the errno that belong to it.
 * Leaves to: core/director.c what to say; conn.c the socket's state; device.c
 * calls into the adapter; tx.c and rx.c all that follows.
 *
 * Context: tlso_hs_start(), _kick() and _stop() come from anywhere and queue the
 * work. Only the work touches struct tlso_hs, but for what event_lock guards:
 * conn->hs, hs->dead, and queueing itself, so that after the work has cleared
 * conn->hs nobody can queue it again and it may free itself.
 * The work holds references on socket and connection from start to end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <net/ipv6.h>
#include <net/netns/generic.h>

#include "ulp.h"
#include <tlso_sock.h>

#define HS_TIMEOUT (10 * HZ) /* from accept() */
#define HS_FIN_TIMEOUT (2 * HZ) /* for what the adapter may still say */
#define HS_EVENT_TIMEOUT (HZ / 2) /* for the reason of a refusal */
#define HS_RETRY (HZ / 50) /* the adapter was busy */
#define HS_PER_NET 4096
#define HS_INBOUND_MAX SZ_256K /* bytes of a handshake, with much to spare */
#define HS_CHUNK SZ_16K
#define HS_STARTER_ROOM 8192 /* of a starter, beside the chain */

struct tlso_hs {
	struct delayed_work work;
	struct tlso_conn *conn;
	struct sock *sk;
	unsigned long deadline;
	bool dead; /* event_lock: the socket is going away */
	bool started; /* START_SSL done */
	bool said; /* the director has spoken its last word */
	bool keyed; /* conn->keys are in place */
	bool retry;
	bool refused; /* the adapter found the last starter impossible */
	bool deaf; /* it takes no more bytes; an event says why */
	u64 key_user; /* identity whose slot we hold, 0: none */
	u32 start_seq; /* of the first inbound byte */
	u32 fed; /* up to here we passed bytes back */
	u32 consumed; /* up to here the adapter speaks for all bytes */
	u32 secure_seq; /* the first record under the keys */
	u8 alert; /* that was sent or received */
	const char *why;
	u8 *chunk;
	struct tlso_director director;
};

struct hs_net {
	atomic_t count;
};

static unsigned int hs_net_id __read_mostly;
static struct workqueue_struct *hs_wq;

/* ---- Failures ------------------------------------------------------------------ */

/* What the application is told, and what the log says. */
static int fail(struct tlso_hs *hs, int err, const char *why)
{
	if (!hs->why)
		hs->why = why;
	return err;
}

/* An alert of our own making, in clear: no key is in use yet. */
static void alert_clear(struct tlso_hs *hs, u8 alert)
{
	const u8 rec[] = { 21, 3, 3, 0, 2, 2, alert };

	hs->alert = alert;
	lock_sock(hs->sk);
	if (!hs->dead && hs->sk->sk_state != TCP_CLOSE)
		tlso_conn_send_raw(hs->conn, rec, sizeof(rec));
	release_sock(hs->sk);
}

/* ---- Starters ------------------------------------------------------------------- */

/* Completed by the adapter, then queued in TCP. The announced length is what
 * the adapter is held to: TCP's numbers are fixed when it is queued.
 */
static int starter_send(struct tlso_hs *hs, const u8 *starter, size_t n,
			size_t wire)
{
	struct sock *sk = hs->sk;
	u32 out_len = 0;
	u8 *out;
	int err;

	if (!wire || wire > TLSO_STARTER_OUT_MAX)
		return fail(hs, -EPROTO, "starter too long");
	out = kvmalloc(wire, GFP_KERNEL);
	if (!out)
		return fail(hs, -ENOMEM, "no memory");
	err = tlso_dev_starter(hs->conn, starter, n, out, wire, &out_len);
	hs->refused = err == -EBADMSG || err == -EIO;
	if (err == -EBADMSG) {
		fail(hs, err, "the client's key share is not a valid one");
	} else if (err) {
		fail(hs, err, "the adapter did not complete a starter");
	} else if (out_len != wire) {
		err = fail(hs, -EIO, "the adapter's bytes are not as announced");
	} else {
		lock_sock(sk);
		if (hs->dead || sk->sk_state == TCP_CLOSE)
			err = fail(hs, -ECONNRESET, "the connection is gone");
		else
			err = tlso_conn_send_raw(hs->conn, out, wire);
		release_sock(sk);
	}
	kvfree(out);
	return err;
}

/* Nothing of the refused starter was sent: its alert goes out in its stead. */
static int starter_refused(struct tlso_hs *hs, int err, u8 *starter, size_t cap)
{
	size_t n = 0, wire = 0;
	enum tlso_step step;

	step = tlso_director_refused(&hs->director,
				     err == -EBADMSG ? TLSO_E_ILLEGAL :
						       TLSO_E_CRYPTO,
				     starter, cap, &n, &wire);
	hs->alert = hs->director.alert;
	hs->said = true;
	if (step == TLSO_STEP_FAIL && n)
		starter_send(hs, starter, n, wire);
	return -EPROTO;
}

/* One step of the director, or its abort where there is no segment. */
static int director_step(struct tlso_hs *hs, const u8 *seg, size_t len,
			 u8 alert)
{
	size_t cap = hs->conn->identity->chain_len + HS_STARTER_ROOM;
	size_t n = 0, wire = 0;
	enum tlso_step step;
	u8 *starter;
	int err = 0;

	cap = min_t(size_t, cap, TLSO_STARTER_MAX);
	starter = kvmalloc(cap, GFP_KERNEL);
	if (!starter)
		return fail(hs, -ENOMEM, "no memory");
	if (seg)
		step = tlso_director_step(&hs->director, seg, len, starter, cap,
					  &n, &wire);
	else
		step = tlso_director_abort(&hs->director, alert, starter, cap,
					   &n, &wire);
	if (step == TLSO_STEP_FAIL) {
		hs->alert = hs->director.alert;
		fail(hs, -EPROTO, tlso_err_name(hs->director.err));
	}
	if (step == TLSO_STEP_FAIL || step == TLSO_STEP_DONE)
		hs->said = true;
	if (n && step != TLSO_STEP_WAIT)
		err = starter_send(hs, starter, n, wire);
	if (err && step == TLSO_STEP_SEND && hs->refused)
		err = starter_refused(hs, err, starter, cap);
	kvfree(starter);
	return step == TLSO_STEP_FAIL ? -EPROTO : err;
}

/* ---- Setting up ---------------------------------------------------------------- */

static int find_identity(struct tlso_hs *hs)
{
	struct tlso_conn *conn = hs->conn;
	struct tlso_identity *id;

	if (!conn->rule->ring)
		return fail(hs, -ENOKEY, "the port's key ring was not found");
	id = tlso_identity_find(conn->rule->ring, conn->cred);
	if (PTR_ERR_OR_ZERO(id) == -EACCES)
		return fail(hs, -EACCES,
			    "the process may not search the key ring");
	if (IS_ERR(id))
		return fail(hs, PTR_ERR(id),
			    "no usable identity on the key ring");
	conn->identity = id;
	return 0;
}

/* What START_SSL says of the connection. Socket lock held. */
static void start_fill(struct tlso_hs *hs, struct tlso_hw_start *start)
{
	static const u16 suites[] = { 0x1301, 0x1302, 0x1303 };
	const struct in6_addr *remote = tlso_sk_v6(hs->sk, false);
	const struct inet_sock *inet = inet_sk(hs->sk);
	unsigned int i;

	memset(start, 0, sizeof(*start));
	start->role = TLSO_HW_ROLE_SERVER;
	start->mode = TLSO_HW_MODE_DIRECTED;
	start->versions = TLSO_HW_VER_TLS13;
	start->ops = cpu_to_le32(TLSO_HW_OP_SERVER_RANDOM |
				 TLSO_HW_OP_PREMASTER_DEC | TLSO_HW_OP_KEYS |
				 TLSO_HW_OP_CERT_VERIFY | TLSO_HW_OP_MAC_MAKE |
				 TLSO_HW_OP_MAC_CHECK);
	start->rx_seq = cpu_to_le32(hs->start_seq);
	start->local_port = inet->inet_sport;
	start->remote_port = inet->inet_dport;
	if (remote && !ipv6_addr_v4mapped(remote)) {
		start->family = 6;
		memcpy(start->local_addr, tlso_sk_v6(hs->sk, true), 16);
		memcpy(start->remote_addr, remote, 16);
	} else {
		start->family = 4;
		memcpy(start->local_addr, &inet->inet_rcv_saddr, 4);
		memcpy(start->remote_addr, &inet->inet_daddr, 4);
	}
	start->n_suites = ARRAY_SIZE(suites);
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		start->suites[i] = cpu_to_le16(suites[i]);
}

/* The last connection with the same addresses may not be stopped quite yet. */
static int start_ssl(struct tlso_hs *hs, struct tlso_hw_start *start)
{
	unsigned int tries = 10;
	int err;

	for (;;) {
		err = tlso_dev_start(hs->conn, start);
		if (err != -EEXIST || !--tries || READ_ONCE(hs->dead))
			return err;
		msleep(20);
	}
}

static int start_session(struct tlso_hs *hs)
{
	struct tlso_conn *conn = hs->conn;
	struct sock *sk = hs->sk;
	struct tlso_hw_start start;
	u32 slot;
	int err;

	/* /proc looks at it without a lock; it stays until the connection goes. */
	smp_store_release(&conn->dev, tlso_dev_for_sock(sk));
	if (!conn->dev)
		return fail(hs, -ENETDOWN, "the route leaves through no adapter");
	err = tlso_dev_key(conn->dev, conn->identity, &slot);
	if (err)
		return fail(hs, err, "the adapter did not take the private key");
	hs->key_user = conn->identity->serial;

	lock_sock(sk);
	hs->start_seq = tcp_sk(sk)->copied_seq;
	start_fill(hs, &start);
	release_sock(sk);
	start.key_slot = cpu_to_le32(slot);
	hs->fed = hs->start_seq;
	hs->consumed = hs->start_seq;
	WRITE_ONCE(conn->rx_progress, hs->start_seq);
	err = start_ssl(hs, &start);
	if (err)
		return fail(hs, err, "the adapter did not take the session");
	return 0;
}

static int setup(struct tlso_hs *hs)
{
	int err;

	hs->chunk = kmalloc(HS_CHUNK, GFP_KERNEL);
	if (!hs->chunk)
		return fail(hs, -ENOMEM, "no memory");
	err = find_identity(hs);
	if (!err)
		err = start_session(hs);
	if (err)
		return err;
	tlso_director_init(&hs->director, &hs->conn->identity->cfg);
	hs->started = true;
	return 0;
}

/* ---- Inbound bytes -------------------------------------------------------------- */

static u32 later(u32 a, u32 b)
{
	return after(a, b) ? a : b;
}

/*
 * Bytes in the receive queue that the adapter has not had: they came before
 * START_SSL, or out of order. Leaves them at hs->chunk and returns how many.
 */
static int inbound_next(struct tlso_hs *hs, u32 *seq)
{
	struct sock *sk = hs->sk;
	int n = 0;

	lock_sock(sk);
	/* The adapter's word is checked: nothing before the queue's start,
	 * and what is beyond its end is only late.
	 */
	*seq = later(later(hs->fed, READ_ONCE(hs->conn->rx_progress)),
		     tcp_sk(sk)->copied_seq);
	if (before(*seq, tcp_sk(sk)->rcv_nxt) && !hs->keyed)
		n = tlso_conn_peek_raw(hs->conn, *seq, hs->chunk, HS_CHUNK);
	release_sock(sk);
	return n;
}

/* Not later than @timeout from now. */
static void hurry(struct tlso_hs *hs, unsigned long timeout)
{
	unsigned long soon = jiffies + timeout;

	if (time_after(hs->deadline, soon))
		hs->deadline = soon;
}

/*
 * Passes back what there is; duplicates are the adapter's to skip. A client
 * may send much behind its Finished: what is beyond any handshake stays here.
 * Of a session that has failed the adapter takes nothing, while the finished
 * segment that tells why may still be on its way.
 */
static int inbound(struct tlso_hs *hs)
{
	int err, n = 0;
	u32 seq;

	while (!hs->deaf && (n = inbound_next(hs, &seq)) > 0) {
		if (seq + n - hs->start_seq > HS_INBOUND_MAX)
			return 0;
		err = tlso_dev_inbound(hs->conn, seq, hs->chunk, n);
		if (err == -ENOSPC) {
			hs->retry = true;
			return 0;
		}
		if (err == -EIO) {
			hs->deaf = true;
			hurry(hs, HS_EVENT_TIMEOUT);
			return 0;
		}
		if (err)
			return fail(hs, err, "the adapter did not take bytes back");
		hs->fed = seq + n;
	}
	return !hs->deaf && n < 0 ?
		fail(hs, n, "the receive queue cannot be read") : 0;
}

/*
 * The adapter has used everything before @seq. It is believed within the
 * window of what a handshake may take, and only forwards. The frame itself may
 * still be on its way to TCP: what is not there yet is consumed later.
 */
static int note_consumed(struct tlso_hs *hs, u32 seq)
{
	if (before(seq, hs->consumed) ||
	    seq - hs->start_seq > HS_INBOUND_MAX)
		return fail(hs, -EIO, "the adapter gave a wrong position");
	hs->consumed = seq;
	return 0;
}

/* Socket lock held. True when everything noted is out of the queue. */
static bool consume(struct tlso_hs *hs)
{
	const struct tcp_sock *tp = tcp_sk(hs->sk);
	u32 end = hs->consumed;

	if (after(end, tp->rcv_nxt))
		end = tp->rcv_nxt;
	if (after(end, tp->copied_seq))
		tlso_conn_consume_raw(hs->conn, end);
	return !before(tp->copied_seq, hs->consumed);
}

/* ---- Events ----------------------------------------------------------------------- */

static bool keys_plausible(const struct tlso_hs *hs,
			   const struct tlso_session_keys *keys)
{
	u8 key_len = keys->suite == 0x1301 ? 16 : 32;
	u8 secret_len = keys->suite == 0x1302 ? 48 : 32;

	return keys->tls_version == 0x0304 &&
	       keys->suite == hs->director.suite && keys->key_len == key_len &&
	       keys->secret_len == secret_len;
}

static int on_complete(struct tlso_hs *hs, const struct tlso_conn_event *ev)
{
	struct tlso_session_keys *keys = &hs->conn->keys;

	if (ev->status != TLSO_HW_ST_OK)
		return fail(hs, -EPROTO, "the adapter ended the handshake");
	if (hs->keyed)
		return fail(hs, -EIO, "Start_SSL_Complete came twice");
	if (tlso_session_keys_read(keys, ev->data, ev->len) ||
	    !keys_plausible(hs, keys)) {
		memzero_explicit(keys, sizeof(*keys));
		return fail(hs, -EIO, "the adapter's session keys are malformed");
	}
	hs->conn->group = hs->director.group;
	hs->keyed = true;
	return note_consumed(hs, ev->tcp_seq);
}

static int on_event(struct tlso_hs *hs, const struct tlso_conn_event *ev)
{
	int err;

	switch (ev->type) {
	case TLSO_HW_EV_FINISHED:
		if (hs->said)
			return fail(hs, -EIO, "a finished segment came late");
		err = note_consumed(hs, ev->tcp_seq);
		return err ?: director_step(hs, ev->data, ev->len, 0);
	case TLSO_HW_EV_START_SSL_COMPLETE:
		return on_complete(hs, ev);
	case TLSO_HW_EV_PURGED:
		return fail(hs, -EIO, "the adapter purged the session");
	default:
		return fail(hs, -EIO, "the adapter gave the session up");
	}
}

static struct tlso_conn_event *event_pop(struct tlso_conn *conn)
{
	struct tlso_conn_event *ev;

	spin_lock_bh(&conn->event_lock);
	ev = list_first_entry_or_null(&conn->events, struct tlso_conn_event,
				      list);
	if (ev) {
		list_del(&ev->list);
		conn->n_events--;
	}
	spin_unlock_bh(&conn->event_lock);
	return ev;
}

static int events(struct tlso_hs *hs)
{
	struct tlso_conn_event *ev;
	int err = 0;

	while (!err && (ev = event_pop(hs->conn))) {
		err = on_event(hs, ev);
		kfree_sensitive(ev);
	}
	if (!err && READ_ONCE(hs->conn->events_lost))
		err = fail(hs, -ENOBUFS, "an event of the adapter was lost");
	return err;
}

/* ---- The work ---------------------------------------------------------------------- */

/* Is the peer still there? A FIN alone may follow a whole handshake that the
 * adapter is about to report. Socket lock held.
 */
static int peer_check(struct tlso_hs *hs)
{
	struct sock *sk = hs->sk;

	if (sk->sk_state == TCP_CLOSE)
		return fail(hs, sk->sk_err ? -sk->sk_err : -ECONNRESET,
			    "the peer reset the connection");
	if (sock_flag(sk, SOCK_DONE))
		hurry(hs, HS_FIN_TIMEOUT);
	return 0;
}

/* 1: secure, 0: go on later, or an error. */
static int settle(struct tlso_hs *hs)
{
	struct sock *sk = hs->sk;
	int ret;

	lock_sock(sk);
	ret = hs->dead ? -ECONNABORTED : 0;
	/* All bytes of a finished handshake count, even from a closed peer. */
	if (!ret && consume(hs) && hs->said && hs->keyed) {
		ret = tlso_conn_secure(hs->conn);
		if (ret)
			fail(hs, ret, "the connection cannot be secured");
		else
			ret = 1;
	}
	if (!ret)
		ret = peer_check(hs);
	release_sock(sk);
	return ret;
}

static int timed_out(struct tlso_hs *hs)
{
	if (hs->deaf)
		return fail(hs, -EIO, "the adapter did not take bytes back");
	if (sock_flag(hs->sk, SOCK_DONE))
		return fail(hs, -ECONNRESET, "the peer closed the connection");
	return fail(hs, -ETIMEDOUT, "timeout");
}

static int run(struct tlso_hs *hs)
{
	int ret;

	if (READ_ONCE(hs->dead))
		return -ECONNABORTED;
	hs->retry = false;
	if (!hs->started) {
		ret = setup(hs);
		if (ret)
			return ret;
	}
	ret = inbound(hs);
	if (!ret)
		ret = events(hs);
	if (!ret)
		ret = settle(hs);
	if (!ret && time_after_eq(jiffies, hs->deadline))
		ret = timed_out(hs);
	return ret;
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
				     hs->conn->rule->port, remote,
				     ntohs(inet->inet_dport),
				     hs->why ?: "no reason", alert, err);
		return;
	}
	net_info_ratelimited("port %u: handshake with %pI4:%u failed: %s (%s, error %d)\n",
			     hs->conn->rule->port, &inet->inet_daddr,
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

/* The alert, if one can be said still, then the connection's end. */
static void fail_connection(struct tlso_hs *hs, int err)
{
	struct sock *sk = hs->sk;

	if (!hs->started)
		alert_clear(hs, alert_for(err));
	else if (!hs->said)
		director_step(hs, NULL, 0, alert_for(err));
	report(hs, err);
	lock_sock(sk);
	if (!hs->dead)
		tlso_conn_fail(hs->conn, err);
	release_sock(sk);
}

/* The end: nobody finds hs any more, and then it goes. */
static void finish(struct tlso_hs *hs, bool secure)
{
	struct hs_net *hn = net_generic(hs->conn->net, hs_net_id);
	struct tlso_conn *conn = hs->conn;
	bool dead, told;

	spin_lock_bh(&conn->event_lock);
	conn->hs = NULL;
	dead = hs->dead;
	told = conn->n_events || conn->events_lost;
	spin_unlock_bh(&conn->event_lock);
	cancel_delayed_work(&hs->work);

	/* Between our last look and now; a secured session has no good news. */
	if (secure && told && !dead)
		tlso_dev_abort_async(conn, -ECONNRESET);
	tlso_dev_events_purge(conn);
	if (hs->key_user)
		tlso_dev_key_put(conn->dev, hs->key_user);
	tlso_identity_put(conn->identity);
	conn->identity = NULL;
	if (!secure || dead)
		tlso_dev_stop(conn);
	atomic_dec(&hn->count);
	sock_put(hs->sk);
	tlso_conn_put(conn);
	kfree_sensitive(hs->chunk);
	kfree_sensitive(hs);
}

static void hs_work(struct work_struct *work)
{
	struct tlso_hs *hs = container_of(to_delayed_work(work), struct tlso_hs,
					  work);
	unsigned long now;
	int ret = run(hs);

	if (!ret) {
		/* Queued anew if somebody has kicked meanwhile: then no-op. */
		now = jiffies;
		queue_delayed_work(hs_wq, &hs->work,
				   hs->retry ? HS_RETRY :
				   time_after(hs->deadline, now) ?
				   hs->deadline - now : 0);
		return;
	}
	if (ret < 0 && !READ_ONCE(hs->dead))
		fail_connection(hs, ret);
	finish(hs, ret == 1);
}

/* ---- From outside -------------------------------------------------------------------- */

void tlso_hs_start(struct tlso_conn *conn)
{
	struct hs_net *hn = net_generic(conn->net, hs_net_id);
	struct tlso_hs *hs;

	tlso_dev_conn_init(conn);
	if (!atomic_add_unless(&hn->count, 1, HS_PER_NET)) {
		net_info_ratelimited("port %u: more than %u handshakes under way, connection refused\n",
				     conn->rule->port, HS_PER_NET);
		tlso_dev_abort_async(conn, -ENOBUFS);
		return;
	}
	hs = kzalloc(sizeof(*hs), GFP_ATOMIC);
	if (!hs) {
		atomic_dec(&hn->count);
		tlso_dev_abort_async(conn, -ENOMEM);
		return;
	}
	INIT_DELAYED_WORK(&hs->work, hs_work);
	hs->conn = conn;
	hs->sk = conn->sk;
	hs->deadline = jiffies + HS_TIMEOUT;
	hs->alert = TLSO_ALERT_NONE;
	refcount_inc(&conn->ref);
	sock_hold(hs->sk);

	spin_lock_bh(&conn->event_lock);
	conn->hs = hs;
	queue_delayed_work(hs_wq, &hs->work, 0);
	spin_unlock_bh(&conn->event_lock);
}

void tlso_hs_kick(struct tlso_conn *conn)
{
	/* Called for every frame: most connections have no handshake. */
	if (!READ_ONCE(conn->hs))
		return;
	spin_lock_bh(&conn->event_lock);
	if (conn->hs)
		mod_delayed_work(hs_wq, &conn->hs->work, 0);
	spin_unlock_bh(&conn->event_lock);
}

void tlso_hs_stop(struct tlso_conn *conn)
{
	spin_lock_bh(&conn->event_lock);
	if (conn->hs) {
		WRITE_ONCE(conn->hs->dead, true);
		mod_delayed_work(hs_wq, &conn->hs->work, 0);
	}
	spin_unlock_bh(&conn->event_lock);
}

static struct pernet_operations hs_net_ops = {
	.id = &hs_net_id,
	.size = sizeof(struct hs_net),
};

int tlso_hs_init(void)
{
	int err;

	/* Unbound: a handshake waits for the adapter most of its time. */
	hs_wq = alloc_workqueue("tlso_handshake", WQ_UNBOUND, 0);
	if (!hs_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&hs_net_ops);
	if (err)
		destroy_workqueue(hs_wq);
	return err;
}

/* No attached socket is left, so that every work has been stopped. */
void tlso_hs_exit(void)
{
	destroy_workqueue(hs_wq);
	unregister_pernet_subsys(&hs_net_ops);
}
