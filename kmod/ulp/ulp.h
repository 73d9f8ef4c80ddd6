/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ULP's own header: the connection object and what its files offer each
 * other. Not seen by NIC drivers (offload.h) or user space (uapi).
 *
 *	main.c       init in order, unwind in reverse
 *	intercept.c  tracepoint probe, listeners, attach, detach
 *	mptcp.c      MPTCP's listeners: plain TCP alone
 *	connect.c    sockets that an application connects
 *	protos.c     tables of struct proto per family and state; ops.c of proto_ops
 *	inherit.c    secondary connections that come under a primary one's rule
 *	conn.c       the connection object: hash, references, state changes
 *	hold.c       what is sent before the handshake is over
 *	records.h    what tx.c, rx.c, parting.c and record.c offer the others
 *	tx.c         outbound records over TCP; tx_adapter.c the driver's side
 *	rx.c         inbound records; content.c what is in them; text.c readers
 *	parting.c    close() with text still on its way
 *	sockopt.c    options at level SOL_TLS_OFFLOAD, the status
 *	directive.c  Start_SSL, Stop_SSL and the other directives
 *	record.c     AEAD of records over the Linux crypto API
 *	policy.c     which rule is in force for whom; policy.h lists the files
 *	gate.c       who waits until there are rules
 *	flow.c       what rules are asked about: a socket and who uses it
 *	keyring.c    key type "tls_offload"; identity.c what is in a key
 *	peer.c       who the peer is: its chain, the user that it maps to
 *	tickets.c    the keys that seal session tickets
 *	sessions.c   what servers gave us to resume
 *	device.c     adapters that registered; sessions by id; offload.h
 *	handshake.c  the work that drives director, completer and socket; hs.h
 *	prefer.c     peers that speak no TLS, where a rule prefers it
 *	limits.c     how many handshakes may be under way, and whose
 *	hs_step.c    steps of the director
 *	hs_ctx.c     what a handshake lends the core: configuration, identities
 *	hs_adapter.c hs_soft.c  the completer's two placements
 *	crypto_*.c   cryptography of the software placement; crypto.h
 *	proc.c       /proc/net/tls_offload
 */
#ifndef TLS_OFFLOAD_ULP_H
#define TLS_OFFLOAD_ULP_H

#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>
#include <linux/key.h>
#include <linux/cred.h>
#include <net/sock.h>
#include <net/tcp.h>

#include <linux/tls_offload.h>

#include "offload.h"
#include "../core/director.h"
#include "../core/post.h"
#include "../core/x509_map.h"

struct tlso_linux_key;
struct tlso_criteria;

#define TLSO_SESSION_NAME 32

/* Kinds of keys of our type. */
enum tlso_find {
	TLSO_FIND_IDENTITIES,
	TLSO_FIND_ANCHORS,
	TLSO_FIND_MAPS,
};

/*
 * What is in a key of our type: chain and private key; or trust anchors; or user
 * mappings. Counted apart from the key.
 */
struct tlso_identity {
	refcount_t ref;
	u8 kind; /* enum tlso_find */
	u64 serial; /* never reused; adapters cache keys by it */
	struct tlso_id id; /* points into chain_mem */
	u8 *chain_mem;
	size_t chain_len;
	u8 *blob; /* key blob for LOAD_KEY; wiped when freed */
	size_t blob_len;
	struct tlso_linux_key *key; /* the same for the software placement */
	struct tlso_cert *anchors; /* into chain_mem */
	unsigned int n_anchors;
	struct tlso_map *maps; /* the same; user is a kuid's number */
	unsigned int n_maps;
	struct work_struct free_work; /* identity.c */
};

/* Where a rule comes from; what is of one source is replaced together. */
enum tlso_rule_source {
	TLSO_RULES_LISTEN, /* sysctl secure_ports */
	TLSO_RULES_CONNECT, /* sysctl connect_ports */
	TLSO_RULES_LOADED, /* generic netlink */
	TLSO_RULES_SOURCES
};

/* Immutable but for hits and stale; counted; freed after RCU. rule.c */
struct tlso_rule {
	refcount_t ref;
	struct rcu_head rcu;
	u8 source; /* enum tlso_rule_source */
	u8 verdict; /* enum tls_offload_verdict */
	u16 priority; /* 0: of a sysctl, behind all others */
	u16 port; /* of a sysctl: the one that it names; host order */
	bool stale; /* a connection's, and no longer in force */
	u8 digest[32]; /* of all that was written */
	atomic64_t hits;
	atomic64_t clear; /* of TLS_OFFLOAD_PREFER: in clear after all */
	char name[TLS_OFFLOAD_NAME_MAX + 1];
	struct tlso_criteria *criteria;

	/* Action, of rules that secure. */
	struct key *ring; /* a reference; resolved when the rule was written */
	int ring_err; /* why ring is NULL */
	char ring_name[32];
	const struct cred *owner; /* the ring is searched with these; or NULL */
	u8 client_auth; /* enum tls_offload_client_auth */
	u8 versions; /* TLSO_USE_*, not 0 */
	u8 adapter; /* enum tls_offload_adapter */
	u8 mode; /* enum tls_offload_mode, of an adapter's handshakes */
	u8 role; /* enum tls_offload_role; 0: who connects is client */
	u8 connect; /* enum tls_offload_connect */
	bool inherit; /* inherit.c */
	bool application; /* in clear until the application says Start */
	u8 n_suites, n_groups; /* 0: the core's */
	u16 suites[TLSO_SUITES_MAX];
	u16 groups[TLSO_GROUPS_MAX];
	unsigned int timeout; /* of a handshake, jiffies */
	/* Client: whom the certificate must name; empty: the remote address. */
	char server[254];
	u16 alpn_len;
	u8 *alpn; /* as the core takes it; or NULL */
};

/* Who accepts or connects. */
struct tlso_who {
	kuid_t uid; /* effective */
	kgid_t gid;
	const struct group_info *groups;
	struct cgroup *cgroup; /* of version 2 */
	char comm[TASK_COMM_LEN];
};

/* What is known of a connection, or of those to come. */
struct tlso_flow {
	u8 direction; /* enum tls_offload_direction, one of them */
	u8 known; /* TLSO_KNOWN_* */
	u16 local_port, remote_port; /* host order */
	struct in6_addr local_addr, remote_addr; /* IPv4 mapped */
	const struct tlso_who *who; /* NULL: not known */
};

#define TLSO_KNOWN_LOCAL_PORT BIT(0)
#define TLSO_KNOWN_REMOTE_PORT BIT(1)
#define TLSO_KNOWN_LOCAL_ADDR BIT(2)
#define TLSO_KNOWN_REMOTE_ADDR BIT(3)

/* What rules say of a flow. */
enum tlso_judgement {
	TLSO_UNRULED, /* not ours: no rule is for it */
	TLSO_CLEAR, /* not ours: a rule says so */
	TLSO_UNSURE, /* what is not known yet may make it ours */
	TLSO_SECURE,
	TLSO_WAIT, /* the gate is shut */
	TLSO_REFUSE, /* and lets nobody wait */
};

enum tlso_conn_state {
	TLSO_CONN_PENDING, /* child of a listener, not accepted yet */
	TLSO_CONN_CONNECT, /* connect() was called; TCP is not there yet */
	TLSO_CONN_HANDSHAKE, /* accepted or connected; data is held */
	TLSO_CONN_SECURE, /* records flow */
	TLSO_CONN_FAILED, /* handshake or record error; nothing flows */
	TLSO_CONN_OFF, /* connect() has failed: an unconnected socket of TCP's own */
	TLSO_CONN_CLEAR, /* application-controlled: text goes as it is */
	TLSO_CONN_STATES
};

struct tlso_tx_record {
	struct list_head list; /* where it is in clear: until acknowledged */
	u32 start_seq; /* TCP */
	u32 len; /* whole record */
	u64 rec_seq;
	bool clear; /* an adapter is to protect it on its way out */
	unsigned int n_frags;
	skb_frag_t frags[TLS_OFFLOAD_PREFIX_FRAGS];
};

/* An adapter that registered. device.c. */
struct tlso_dev;

/* A session after its handshake. Made by the handshake, wiped with the connection. */
struct tlso_session {
	struct tlso_post post; /* the keys, and what becomes of them */
	u16 version;
	u16 suite;
	u16 group;
	u16 text_max; /* of an outbound record: ours and RFC 8449's limit */
	bool resumed;
	bool peer_verified; /* now, or when the session that is resumed was made */
	struct tlso_peer_id peer_id; /* user: a kuid's number */
	struct tlso_peer *peer; /* what it sent; a reference, or NULL */
	bool tickets; /* client: those that come are kept, under name */
	u8 name[TLSO_SESSION_NAME]; /* sessions.c */
	u64 since_ms; /* when the peer was verified */
	u8 alpn_len;
	u8 alpn[TLSO_ALPN_MAX]; /* the name that was agreed on */
	struct rcu_head rcu;
	u8 msg[]; /* an inbound KeyUpdate or ticket is gathered here */
};

#define TLSO_SESSION_MSG 64 /* KeyUpdate alone */
#define TLSO_SESSION_TICKETS 2048

struct tlso_conn_event {
	struct list_head list;
	u16 type;
	u16 status;
	u32 tcp_seq;
	u32 len;
	u8 data[];
};

/*
 * One per attached socket. Made in intercept.c under the child's socket lock;
 * found by socket through an rhashtable under RCU; holds no reference on the
 * socket except while handshake work is queued. Freed after RCU when the last
 * reference goes (tlso_conn_put()).
 */
struct tlso_conn {
	struct rhash_head node;
	struct sock *sk; /* hash key */
	refcount_t ref;
	struct rcu_work free_work; /* RCU first, then a context that sleeps */
	u8 state; /* enum tlso_conn_state; written under the socket lock */
	u8 family; /* index of the tables: 0 IPv4, 1 IPv6 */
	bool active; /* the application connected */
	bool client; /* TLS's role; once it is judged */
	bool by_mptcp; /* accepted by a listener of MPTCP's, whose operations it may have */
	struct tlso_late *late; /* mptcp.c, or NULL; freed with the connection */
	bool early; /* connect() tells of TCP's connection, hold.c; once it is judged */
	/* directive.c, socket lock. By the application, with TCP_ULP or under a rule that
	 * lets it: Start and Stop.
	 */
	bool controlled;
	bool lent; /* was controlled; is it again where no rule is for it */
	u8 side; /* controlled: enum tls_offload_role that DEFAULT stands for */
	bool start_failed; /* FAILED by a Start, which left TCP alone */
	bool tolerate; /* TLS_OFFLOAD_TOLERATE_TIMEOUT */
	bool report; /* who said Start does not wait: SO_ERROR tells */
	bool stopping; /* somebody waits in Stop */
	u8 alert; /* of the last failure */
	unsigned int busy; /* calls that are inside TCP, or a session, without the lock */
	unsigned int attempt; /* of connecting; socket lock */
	bool plain; /* OFF, and TCP's own with its connection: no rule for it, or prefer.c */
	bool redial; /* prefer.c: TCP's state is nobody's business for a moment */
	bool closing; /* close() is under way: disconnect is TCP's own */
	/* parting.c, socket lock: TCP takes what comes, our FIN is not acknowledged
	 * yet; close() has yet to come to where it calls us.
	 */
	bool parting, part_begun;
	int rcvlowat; /* SO_RCVLOWAT in text; TCP's own is 1 */
	int err; /* what a FAILED connection tells the application, < 0 */
	/* NULL until it is judged: at accept(), or once the local port is known. */
	struct tlso_rule *rule;
	struct tlso_who *who; /* connecting or gated: not judged yet; holds the cgroup */
	bool gated; /* HANDSHAKE, and the gate was shut: gate.c */
	struct work_struct gate_work;
	const struct cred *cred; /* of the process that accepted or connected */
	u32 listed; /* number in the namespace's list, proc.c */
	struct net *net; /* valid as long as sk is */
	/* Accepted: its listener's, which TPROXY and sk_lookup programs leave for
	 * connections to other ones; 0 and any where that has none.
	 */
	u16 listen_port;
	struct in6_addr listen_addr;

	struct proto *base_prot; /* to be restored */
	const struct proto_ops *base_ops;
	void (*saved_data_ready)(struct sock *sk);
	void (*saved_write_space)(struct sock *sk);
	void (*saved_state_change)(struct sock *sk);
	void (*saved_error_report)(struct sock *sk);

	/* Sent before the handshake was over; hold.c, socket lock. */
	struct list_head held;
	size_t held_size;

	/* inherit.c: who connected or accepted, of a rule that is inherited; and the
	 * list, as long as it is a primary connection.
	 */
	struct pid *pid; /* thread group; a reference, or NULL */
	struct hlist_node inherit_node;
	struct in6_addr inherit_peer;
	bool heir; /* it inherits itself */
	bool left_client; /* as TLS's client */
	struct tlso_rule *left; /* a reference: what it inherits, if no rule is for it */

	/* Handshake; handshake.c, freed when it is over. */
	struct tlso_hs *hs;

	/* Adapter; device.c. session is 0 where there is none. */
	struct tlso_dev *dev;
	u32 session;
	u32 rx_progress; /* READ_ONCE: as tls_offload_rx_progress() told */
	spinlock_t event_lock; /* softirq-safe; also guards hs */
	struct list_head events; /* device.c queues, handshake.c takes */
	unsigned int n_events;
	bool events_lost; /* one could not be queued: the handshake fails */
	struct work_struct stop_work; /* device.c, tlso_dev_stop_async() */
	struct work_struct abort_work; /* device.c, tlso_dev_abort_async() */
	struct work_struct lost_work; /* device.c, tlso_dev_lost_async() */
	int abort_err;

	/* The kernel's copy of the session: enough to go on alone. Socket lock; set
	 * before the connection is SECURE, and stays.
	 */
	struct tlso_session *ses;
	u64 tx_bytes, rx_bytes; /* application bytes, socket lock */
	u64 rx_soft_records; /* verified in software */

	/* Outbound records in clear, not yet acknowledged; tx.c. */
	spinlock_t tx_lock; /* softirq-safe: ndo_start_xmit reads the list */
	struct list_head tx_records;
	struct tlso_tx *tx;
	/* Inbound; rx.c. */
	struct tlso_rx *rx;
};

/* conn.c ------------------------------------------------------------------ */
int tlso_conn_init(void);
void tlso_conn_exit(void); /* waits until every connection is freed */
extern struct workqueue_struct *tlso_wq;
/* One for @sk in @state with one reference (the socket's), hashed and listed.
 * @active: it connects. Atomic.
 */
struct tlso_conn *tlso_conn_new(struct sock *sk, bool active,
				unsigned int family, u8 state);
/* The port that a log and resumption name: of the two the one that is not random. */
u16 tlso_conn_port(const struct tlso_conn *conn);
/* The socket is going: unhashes, drops the socket's reference. Atomic. */
void tlso_conn_detach(struct tlso_conn *conn);
/* PENDING to HANDSHAKE, or to a socket of TCP's own, as the rules have it. Socket
 * spinlock held, BH off: atomic.
 */
void tlso_conn_accepted(struct tlso_conn *conn);
/*
 * A child that may be ours, and may not be, until it is accepted: it has the PENDING
 * tables, its ULP's reference on the module, and no object. First a child of a moment,
 * whose listener tlso_probe_settle() still knows (conn_new_ulp_ops), then one that waits
 * (conn_light_ulp_ops). The same locks.
 */
extern struct tcp_ulp_ops tlso_new_ulp_ops, tlso_light_ulp_ops;
void tlso_conn_accepted_light(struct sock *sk);
/* The same socket with an object: PENDING, of a listener there. False: no memory. */
bool tlso_conn_of_light(struct sock *sk, u16 listen_port,
			const struct in6_addr *listen_addr);
/* No call but close() does anything on it any more. It is attached, or has just got a
 * reference on the module for that.
 */
void tlso_conn_refused(struct sock *sk);
/* @rule (a reference) is for it, which says TLS's role. */
void tlso_conn_under(struct tlso_conn *conn, struct tlso_rule *rule);
/* By @flow, and where no rule is for it by what it inherits (conn->left, which is used
 * up then): it is under that. Socket lock or spinlock.
 */
enum tlso_judgement tlso_conn_judge(struct tlso_conn *conn,
				    const struct tlso_flow *flow);
/* Does connect() wait for the handshake? */
static inline bool tlso_conn_connects(const struct tlso_conn *conn)
{
	return conn->active && !conn->early;
}

/* As its rule has it. */
static inline u8 tlso_conn_role(const struct tlso_conn *conn)
{
	return conn->client ? TLS_OFFLOAD_ROLE_CLIENT : TLS_OFFLOAD_ROLE_SERVER;
}

/* Socket lock or spinlock held: the state, and the table that goes with it. */
void tlso_conn_set_state(struct tlso_conn *conn, u8 state);
/* Our callbacks under the socket, and TCP's own, with its table, back. The same
 * locks.
 */
void tlso_conn_take(struct tlso_conn *conn);
void tlso_conn_restore(struct tlso_conn *conn);
/* Are the callbacks those that tlso_conn_restore() put back? Who was above us meanwhile
 * and went may have put ours back after that: taken again they would be their own
 * predecessors. The same locks.
 */
bool tlso_conn_bare(const struct tlso_conn *conn);
/* Has a reader or writer in the kernel put its callbacks in the place of ours? It may
 * call ours in turn, or not.
 */
bool tlso_conn_stacked(const struct sock *sk);
/* Is @sk, which has tables of ours or had them just now, TCP's own after all? */
bool tlso_conn_plain(const struct sock *sk);
/* Is it between two of TCP's connections, for a moment? */
bool tlso_conn_redials(const struct sock *sk);
/* The connection of @sk where it is more than an unconnected socket, or NULL. */
struct tlso_conn *tlso_conn_of(const struct sock *sk);
/* Wakes every sleeper and poller, whatever it waits for, and tells who is above us. */
void tlso_conn_wake(struct tlso_conn *conn);
/*
 * Socket lock held; sleeps until the handshake is over, *@timeo runs out or a
 * signal comes. 0 where the connection is SECURE, 1 where it is TCP's own after all
 * (also as the application's, CLEAR), else what the call returns.
 */
int tlso_conn_wait(struct tlso_conn *conn, long *timeo);
/* The same only until there is TCP's connection and a rule for it; 0 then, too. */
int tlso_conn_wait_ruled(struct tlso_conn *conn, long *timeo);

struct tlso_conn *tlso_conn_get_rcu(const struct sock *sk); /* under RCU, no ref */
struct tlso_conn *tlso_conn_get(const struct sock *sk); /* with a reference */
void tlso_conn_put(struct tlso_conn *conn);

/*
 * The handshake is over: @conn->ses is in place and every handshake byte has
 * been taken out of the receive queue. Socket lock held, process context. Sends
 * the @n bytes of handshake messages at @msg (tickets) under the session's keys,
 * swaps to the SECURE tables and wakes whoever waits. 0 or an error, after which
 * the caller fails the connection.
 */
int tlso_conn_secure(struct tlso_conn *conn, const u8 *msg, size_t n);

/*
 * Ends @conn: the application gets @err (< 0) from every call; what was queued
 * (an alert, perhaps) still goes out and FIN after it; nothing more is read.
 * Socket lock held. Never sends clear text.
 */
void tlso_conn_fail(struct tlso_conn *conn, int err);

/* As tlso_conn_fail(), but with RST at once. Socket lock held. */
void tlso_conn_abort(struct tlso_conn *conn, int err);
/* The same where TCP may be closed already. Socket lock held. */
void tlso_conn_end(struct tlso_conn *conn, int err);

/*
 * Raw bytes for the handshake; socket lock held, process context. send queues
 * all @n completed wire bytes, whatever SO_SNDBUF says, or fails; it may drop and
 * retake the lock while it waits for memory. peek copies at most @n bytes of the
 * receive queue from TCP sequence number @seq on and returns how many; consume takes
 * everything before @seq out of the queue.
 */
int tlso_conn_send_raw(struct tlso_conn *conn, const u8 *p, size_t n);
int tlso_conn_peek_raw(struct tlso_conn *conn, u32 seq, u8 *p, size_t n);
void tlso_conn_consume_raw(struct tlso_conn *conn, u32 seq);

/* Our callbacks alone. The same locks. */
void tlso_conn_callbacks_back(struct tlso_conn *conn);
/* A call begins or ends that may drop the lock: as long as there is one nothing is
 * begun or stopped under it. Socket lock held.
 */
static inline void tlso_conn_busy(struct tlso_conn *conn)
{
	conn->busy++;
}

static inline void tlso_conn_idle(struct tlso_conn *conn)
{
	if (!--conn->busy && conn->stopping)
		tlso_conn_wake(conn);
}

/* sockopt.c ------------------------------------------------------------------- */
/* Options at level SOL_TLS_OFFLOAD of an attached socket. Process context. */
int tlso_sockopt_set(struct sock *sk, int name, sockptr_t optval,
		     unsigned int optlen);
int tlso_sockopt_get(struct sock *sk, int name, char __user *optval,
		     int __user *optlen);

/* directive.c ------------------------------------------------------------------- */
/* TCP_ULP: to CLEAR. Socket lock held, process context. */
int tlso_directive_attach(struct sock *sk);
/* The same of one whose connection object is OFF. Socket lock held. */
int tlso_directive_attach_off(struct tlso_conn *conn);
/* Under a rule that leaves it to the application. Socket lock or spinlock held. */
void tlso_directive_clear(struct tlso_conn *conn, u8 side);
/* It connects, and no rule is for that. Socket lock held. */
void tlso_directive_unruled(struct tlso_conn *conn);
/* A Start has come to nothing. Socket lock held; @untouched: nothing was said by
 * either side.
 */
void tlso_directive_failed(struct tlso_conn *conn, int err, u8 alert,
			   bool untouched);
int tlso_directive_start(struct sock *sk, sockptr_t optval, unsigned int optlen);
int tlso_directive_stop(struct sock *sk, u32 flags);
int tlso_directive_rekey(struct sock *sk);
int tlso_directive_reset(struct sock *sk);
int tlso_directive_tolerate(struct sock *sk, int val);

/* connect.c ------------------------------------------------------------------ */
/*
 * To TCP_SYN_SENT: @sk is attached and will be a client under @rule, whose
 * reference goes with it; NULL: it is judged once its local port is known, as
 * @who's, and inherits @left (a reference, or NULL) in @left_client's role if no rule
 * is for it. False where it cannot. Socket lock held, RCU: atomic.
 */
bool tlso_connect_attach(struct sock *sk, struct tlso_rule *rule,
			 const struct tlso_who *who, struct tlso_rule *left,
			 bool left_client);
/* TCP's connection stands: the handshake begins. Socket lock or spinlock held. */
void tlso_connect_established(struct tlso_conn *conn);
/* There is no connection (any more): the socket is TCP's own. The same locks. */
void tlso_connect_off(struct tlso_conn *conn);
/* No rule is for what stands: its calls go on as TCP's own. Socket lock held. */
void tlso_connect_let_go(struct tlso_conn *conn);
/* The same of what its rule leaves to the application: CLEAR. */
void tlso_connect_to_application(struct tlso_conn *conn);
/* At HANDSHAKE, connecting or accepted: it has its rule now. The same lock. */
void tlso_connect_judged(struct tlso_conn *conn);
/* May the socket be connected again, once it is closed? */
bool tlso_connect_again(const struct tlso_conn *conn);
/*
 * Does somebody wait for the socket's lock who has chosen TCP's own sendmsg() or
 * recvmsg() by now, and would go on in there? Socket lock owned.
 */
bool tlso_connect_awaited(struct sock *sk);
/* Is somebody inside TCP's own sendmsg(), since before the attach? Socket lock held. */
bool tlso_connect_bypassed(const struct tlso_conn *conn);
/* proto_ops.connect */
int tlso_connect(struct socket *sock, struct sockaddr *addr, int len, int flags);

/* hold.c ---------------------------------------------------------------------- */
/* All with the socket lock, of early connections. */
/* From the handshake's beginning to its end: keeps what is sent; it waits for the
 * end where there is no room, if it may. How many bytes it kept, or an error; 0:
 * the handshake is over.
 */
ssize_t tlso_hold(struct tlso_conn *conn, struct msghdr *msg, long *timeo);
bool tlso_hold_room(const struct tlso_conn *conn); /* unlocked, for poll */
/* SECURE: all of it is sent, in process context. */
int tlso_hold_flush(struct tlso_conn *conn);
/* The application will send no more, but it has: waits for the handshake's end. */
void tlso_hold_finish(struct tlso_conn *conn);
void tlso_hold_free(struct tlso_conn *conn);

/* handshake.c -------------------------------------------------------------- */
/* Accepted or connected: conn->cred is set. Any context (socket spinlock may be
 * held).
 */
void tlso_hs_start(struct tlso_conn *conn);
/* The same, where an error is the caller's to deal with: nothing was begun. */
int tlso_hs_begin(struct tlso_conn *conn);
/* New data, FIN or an error on the socket, or an event. Any context. */
void tlso_hs_kick(struct tlso_conn *conn);
/* The adapter no longer has the session. Any context. */
void tlso_hs_lost(struct tlso_conn *conn);
/* The socket is going away (ulp release, softirq possible): no new work. */
void tlso_hs_stop(struct tlso_conn *conn);
/* The connection is given up and its socket may get another: the handshake is
 * nobody's any more. Socket lock or spinlock held.
 */
void tlso_hs_drop(struct tlso_conn *conn);
int tlso_hs_init(void);
void tlso_hs_exit(void);

/* limits.c ------------------------------------------------------------------ */
struct tlso_limit_peer; /* counted among those of its address */

/* One more handshake of @conn's: 0 and @peer (or NULL), to be given back; or -ENOBUFS, and
 * the log says why. Any context.
 */
int tlso_limit_enter(struct tlso_conn *conn, struct tlso_limit_peer **peer);
void tlso_limit_leave(struct net *net, struct tlso_limit_peer *peer);
int tlso_limit_init(void);
void tlso_limit_exit(void);

/* policy.c ------------------------------------------------------------------ */
/* Of a network namespace: sysctl gate. */
enum tlso_gate {
	TLSO_GATE_OFF,
	TLSO_GATE_WAIT,
	TLSO_GATE_FAIL,
};

u8 tlso_policy_gate(struct net *net); /* enum tlso_gate; any context */

/*
 * What the rules of @net say of @flow. With @rule it is a connection's: it is counted,
 * and if it is to be secured, @rule has the rule, with a reference; without, only a
 * question. Any context, under RCU (which keeps flow->who).
 */
enum tlso_judgement tlso_policy_judge(struct net *net,
				      const struct tlso_flow *flow,
				      struct tlso_rule **rule);
/* The same question of what the listener @sk accepts. Under RCU. */
enum tlso_judgement tlso_policy_listens(struct net *net, const struct sock *sk);
/* Is there a rule for any of @directions, or a gate that is shut? Under RCU. */
bool tlso_policy_any(struct net *net, u8 directions);
/* Does anything count what is not secured? Any context. */
bool tlso_policy_counts(struct net *net);
int tlso_policy_init(void);
void tlso_policy_exit(void);

/* gate.c -------------------------------------------------------------------- */
/* @conn, at HANDSHAKE, has its who and no rule, and waits. Socket lock or spinlock held. */
void tlso_gate_wait(struct tlso_conn *conn);
/* It is looked at again: who calls knows that its socket is alive. Any context. */
void tlso_gate_look(struct tlso_conn *conn);
/* Before anything else of gate.c; tlso_conn_new() does it. */
void tlso_gate_conn_init(struct tlso_conn *conn);

/* inherit.c -------------------------------------------------------------------- */
/* This process is who connects or accepts. Atomic. */
void tlso_inherit_pid(struct tlso_conn *conn);
/* @conn is a primary connection, if its rule is inherited; to its socket's end. Socket
 * lock or spinlock held.
 */
void tlso_inherit_add(struct tlso_conn *conn);
void tlso_inherit_del(struct tlso_conn *conn);
/* Is there any in @net? Any context. */
bool tlso_inherit_lives(struct net *net);
/* What this process's connection @sk inherits from a primary one with the same peer: a
 * rule with a reference, counted, and TLS's role; or NULL. Process context, atomic.
 */
struct tlso_rule *tlso_inherit_find(const struct sock *sk, bool *client);
/* Has this process any primary connection? The same context. */
bool tlso_inherit_holder(struct net *net);
int tlso_inherit_init(void);
void tlso_inherit_exit(void);

/* flow.c -------------------------------------------------------------------- */
/* The process that calls. Under RCU, which keeps the cgroup, and the groups too. */
void tlso_who_current(struct tlso_who *who);
/* A copy that holds its cgroup, or NULL; atomic. Groups stay the credentials'. */
struct tlso_who *tlso_who_keep(const struct tlso_who *who);
void tlso_who_free(struct tlso_who *who); /* NULL is fine */
/* An end of @sk's, IPv4 mapped; all zeroes, or mapped ones: any. */
void tlso_addr_of(const struct sock *sk, bool local, struct in6_addr *out);
bool tlso_addr_any(const struct in6_addr *addr);
/* Connections that @sk listens for. */
void tlso_flow_listen(struct tlso_flow *flow, const struct sock *sk);
/* That of @sk, as far as it stands. @who may be NULL. */
void tlso_flow_conn(struct tlso_flow *flow, const struct sock *sk, u8 direction,
		    const struct tlso_who *who);
/* @conn's, which is being accepted: local is where it was listened. */
void tlso_flow_accepted(struct tlso_flow *flow, const struct tlso_conn *conn,
			const struct tlso_who *who);

/* rule.c -------------------------------------------------------------------- */
void tlso_rule_put(struct tlso_rule *rule); /* any context; NULL is fine */
static inline bool tlso_rule_secures(const struct tlso_rule *rule)
{
	return rule->verdict == TLS_OFFLOAD_REQUIRE ||
	       rule->verdict == TLS_OFFLOAD_PREFER;
}

/*
 * The mode of an adapter's handshakes under it: no adapter does them by itself
 * (Fig. 17) so far, so that the kernel directs whatever it is.
 */
static inline u8 tlso_rule_mode(const struct tlso_rule *rule)
{
	return TLS_OFFLOAD_MODE_DIRECTED;
}

/* An empty one with one reference, or NULL. */
struct tlso_rule *tlso_rule_new(void);
/* A key ring by its name or serial number, with the caller's credentials; ERR_PTR. */
struct key *tlso_rule_ring(const char *name);
/* May @name be a server's name or address? Whether it is one is seen when it is
 * compared: what cannot be one matches no certificate.
 */
bool tlso_rule_server(const char *name);
/* @alpn: names of 1 to 255 bytes, each behind its length. */
bool tlso_rule_alpn(const u8 *alpn, size_t n);

/* sysctl.c -------------------------------------------------------------------- */
/* How many handshakes may be under way in @net. */
unsigned int tlso_sysctl_handshakes(struct net *net);

/* keyring.c ------------------------------------------------------------------ */
extern struct key_type tlso_key_type;

/* Process context. Searches @ring with @cred and leaves at most @max at @ids,
 * each with a reference. How many, at least one, or -EACCES, -ENOKEY, ...
 */
int tlso_identities_find(struct key *ring, const struct cred *cred,
			 enum tlso_find what, struct tlso_identity **ids,
			 unsigned int max);
int tlso_keyring_init(void);
void tlso_keyring_exit(void);

/* identity.c ----------------------------------------------------------------- */
/* A payload's, for whoever calls add_key(): with one reference; or NULL, and *@why says
 * what is wrong with it unless memory was out.
 */
struct tlso_identity *tlso_identity_read(const u8 *p, size_t n,
					 const char **why);
void tlso_identity_put(struct tlso_identity *id); /* any context */
int tlso_identity_init(void);
void tlso_identity_exit(void);

/* peer.c --------------------------------------------------------------------- */
struct tlso_peer; /* a chain that was believed */

struct tlso_peer *tlso_peer_get(struct tlso_peer *peer); /* NULL is fine */
void tlso_peer_put(struct tlso_peer *peer); /* any context; NULL is fine */
/* getsockopt(): TLS_OFFLOAD_PEER_CHAIN or TLS_OFFLOAD_PEER_ID. */
int tlso_peer_get_option(struct tlso_conn *conn, int name, char __user *optval,
			 int __user *optlen);

/* tickets.c ------------------------------------------------------------------ */
/* Immutable; counted. */
struct tlso_ticket_set {
	refcount_t ref;
	struct tlso_ticket_keys keys;
};

struct tlso_ticket_set *tlso_tickets_get(void); /* with a reference; never NULL */
void tlso_tickets_put(struct tlso_ticket_set *set); /* NULL is fine */
int tlso_tickets_init(void);
void tlso_tickets_exit(void);

/* sessions.c ------------------------------------------------------------------ */
struct tlso_kept; /* a session of a server's, wiped when it goes */

/* One that was kept in @net under @name and is still good, taken out, or NULL. */
struct tlso_kept *tlso_sessions_take(struct net *net,
				     const u8 name[TLSO_SESSION_NAME], u64 now_ms);
/* Keeps @resume, which is copied. @since_ms: when the peer was verified; @peer: as whom,
 * or NULL, referenced anew.
 */
void tlso_sessions_keep(struct net *net, const u8 name[TLSO_SESSION_NAME],
			const struct tlso_resume *resume, u64 since_ms,
			struct tlso_peer *peer);
struct tlso_peer *tlso_kept_peer(const struct tlso_kept *kept);
const struct tlso_resume *tlso_kept_resume(const struct tlso_kept *kept);
u64 tlso_kept_since(const struct tlso_kept *kept);
void tlso_kept_free(struct tlso_kept *kept); /* NULL is fine */
/* All that was kept under @name go. */
void tlso_sessions_forget(struct net *net, const u8 name[TLSO_SESSION_NAME]);
int tlso_sessions_init(void);
void tlso_sessions_exit(void);

/* device.c ------------------------------------------------------------------- */
/* The adapter that @sk's route leaves through, with a reference, or NULL. */
struct tlso_dev *tlso_dev_for_sock(struct sock *sk);
void tlso_dev_put(struct tlso_dev *dev);
/* Each takes the device for the time of the call; -ENODEV once it is gone. */
int tlso_dev_start(struct tlso_conn *conn, struct tlso_hw_start *start);
int tlso_dev_stop(struct tlso_conn *conn);
/* STOP_SSL from a context that may not sleep: done by work. */
void tlso_dev_stop_async(struct tlso_conn *conn);
int tlso_dev_starter(struct tlso_conn *conn, const void *in, u32 n, void *out,
		     u32 cap, u32 *out_len);
int tlso_dev_inbound(struct tlso_conn *conn, u32 seq, const void *p, u32 n);
/* The slot that holds @id's private key, loaded if it is not; it stays in use
 * until tlso_dev_key_put().
 */
int tlso_dev_key(struct tlso_dev *dev, struct tlso_identity *id, u32 *slot);
void tlso_dev_key_put(struct tlso_dev *dev, u64 identity);
/* The identity is no more: its keys leave every adapter. Process context. */
void tlso_dev_key_forget(u64 identity);
/* Before anything else of device.c; tlso_conn_new() does it. */
void tlso_dev_conn_init(struct tlso_conn *conn);
/* Its handshake cannot begin: tlso_conn_end() from a context that may not sleep or
 * lock the socket; the caller knows that conn->sk is alive (holds it, or is inside
 * its release).
 */
void tlso_dev_abort_async(struct tlso_conn *conn, int err);
/* The adapter no longer has the session: goes on without it, or ends. As above. */
void tlso_dev_lost_async(struct tlso_conn *conn);
/* Frees what the adapter told and nobody took. */
void tlso_dev_events_purge(struct tlso_conn *conn);
/* For comparison and, under RTNL or RCU while registered, its name. */
struct net_device *tlso_dev_netdev(const struct tlso_dev *dev);
const char *tlso_dev_name(const struct tlso_dev *dev);
int tlso_device_init(void);
void tlso_device_exit(void);

/* protos.c ------------------------------------------------------------------- */
/* Tables of the refused and of each state; see protos.c. */
#define TLSO_PROTO_REFUSED TLSO_CONN_STATES
#define TLSO_PROTO_COUNT (TLSO_CONN_STATES + 1)

void tlso_protos_init(void);
/* 0 IPv4, 1 IPv6, or -EINVAL where @prot is not TCP's own. */
int tlso_protos_family(const struct proto *prot);
struct proto *tlso_proto(unsigned int family, unsigned int state);
struct proto *tlso_proto_base(unsigned int family);
/* Puts our operations under @sock; takes the module reference that the
 * kernel's sock_release() puts. False where they are not TCP's own. Atomic.
 */
bool tlso_ops_take(struct socket *sock);
bool tlso_ops_ours(const struct socket *sock);
/* The other way round; with what the module loses, see conn_let_go(). Atomic. */
void tlso_ops_give_back(struct socket *sock);
extern struct tcp_ulp_ops tlso_refused_ulp_ops;

/* mptcp.c --------------------------------------------------------------------- */
int tlso_mptcp_init(void); /* before the probe; process context */
/* The listener of MPTCP's does not negotiate MPTCP from now on; it holds a reference on
 * the module. False: it goes on as it was. Under the socket's lock, any context.
 */
bool tlso_mptcp_off(struct sock *sk);
/* The listener takes no text in SYNs any more. Any context. */
void tlso_mptcp_no_fastopen(struct sock *sk);
/* @conn, which is being accepted, gets our operations soon, or ends. False: no memory.
 * Socket lock or spinlock.
 */
bool tlso_mptcp_late(struct tlso_conn *conn);
void tlso_mptcp_late_off(struct tlso_conn *conn); /* its socket goes: atomic */
/* The operations are MPTCP's own again: of such a listener, whose reference the caller
 * then puts, or of a clone of it, which has none. False: they were. As above.
 */
bool tlso_mptcp_back(struct sock *sk);

/* intercept.c, proc.c ---------------------------------------------------------- */
extern struct tcp_ulp_ops tlso_ulp_ops;
int tlso_intercept_init(void);
void tlso_intercept_exit(void);
/* Takes listeners of @net that rules may concern. Process context. */
int tlso_intercept_listeners(struct net *net);
/* Lists @conn in its namespace until its socket goes. Atomic. */
int tlso_proc_add(struct tlso_conn *conn);
/* Calls @see for each of @net's, under RCU. Process context. */
void tlso_proc_each(struct net *net, void (*see)(struct tlso_conn *conn));
void tlso_proc_del(struct tlso_conn *conn);
int tlso_proc_init(void);
void tlso_proc_exit(void);

#endif /* TLS_OFFLOAD_ULP_H */
