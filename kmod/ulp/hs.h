/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handshake, as its files share it:
 *
 *	handshake.c   the work, its beginning and its end
 *	hs_step.c     steps of the director, and what it says
 *	hs_ctx.c      what the core is lent: configuration, identities, anchors
 *	prefer.c      peers that speak no TLS
 *	peer.c        what is kept of the peer's certificates
 *	hs_adapter.c  the completer in an adapter
 *	hs_soft.c     the completer in the kernel
 *
 * Only the work touches struct tlso_hs, but for what event_lock guards.
 */
#ifndef TLSO_ULP_HS_H
#define TLSO_ULP_HS_H

#include "ulp.h"

#define TLSO_HS_IDS_MAX 16
#define TLSO_HS_BYTES_MAX SZ_256K /* inbound of a handshake, with much to spare */
/* Within the work: charged to the socket's memory cgroup, whose own limit ends the
 * handshake and not a process.
 */
#define TLSO_HS_GFP (GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

struct tlso_hs;

/*
 * Where the completer is. Functions that return int: 0 or an error, whose reason
 * was given to tlso_hs_fail(). No lock is held unless said otherwise.
 */
struct tlso_hs_place {
	/* Before the first run; -EAGAIN: not yet, again when something has come. */
	int (*begin)(struct tlso_hs *hs);
	/* Inbound bytes, and what comes of them. */
	int (*run)(struct tlso_hs *hs);
	/*
	 * Completes the starter @in into @out. 0; or an error, with which
	 * hs->refused may name what the director has to tell the peer.
	 */
	int (*complete)(struct tlso_hs *hs, const u8 *in, size_t n, u8 *out,
			size_t cap, size_t *out_len);
	/* Is every byte of the handshake out of the queue? Socket lock held. */
	bool (*settled)(struct tlso_hs *hs);
	/* What ends a handshake that waits too long, in place of a timeout. */
	int (*late)(struct tlso_hs *hs);
	/* Frees what begin() made; @secure: the session lives on. */
	void (*end)(struct tlso_hs *hs, bool secure);
};

extern const struct tlso_hs_place tlso_hs_adapter;
extern const struct tlso_hs_place tlso_hs_soft;

/* What the core is lent. Large: made only when a handshake begins. */
struct tlso_hs_ctx {
	struct tlso_config cfg;
	struct tlso_director director;
	struct tlso_x509_work work;
	char server[64]; /* client: the peer's address, where the rule names none */
	struct tlso_kept *kept; /* client: the session that is offered */
	u8 session_name[TLSO_SESSION_NAME]; /* client: under which it was kept */
	u8 ticket[TLSO_SESSION_TICKETS]; /* client: of TLS 1.2, as it came */
	struct tlso_ticket_set *tickets; /* NULL: neither taken nor given */
	unsigned int n_ids;
	struct tlso_identity *identities[TLSO_HS_IDS_MAX]; /* referenced */
	struct tlso_id ids[TLSO_HS_IDS_MAX];
	unsigned int n_anchor_keys;
	struct tlso_identity *anchor_keys[TLSO_HS_IDS_MAX]; /* referenced */
	struct tlso_cert *anchors;
	unsigned int n_map_keys;
	struct tlso_identity *map_keys[TLSO_HS_IDS_MAX]; /* the same */
	struct tlso_peer *peer; /* its chain was believed; a reference, or NULL */
	size_t starter_room;
};

struct tlso_hs {
	struct delayed_work work;
	struct tlso_conn *conn;
	struct sock *sk;
	struct tlso_rule *rule; /* referenced */
	const struct cred *cred; /* of who accepted or connected, or the rule's; referenced */
	u16 port; /* tlso_conn_port() */
	const struct tlso_hs_place *place; /* NULL: not chosen yet */
	void *priv; /* the placement's own */
	struct tlso_hs_ctx *ctx;
	struct tlso_limit_peer *peer;
	struct tlso_session *ses; /* the keys have come */
	unsigned long deadline;
	bool dead; /* event_lock: the socket is going away */
	bool lost; /* event_lock: the adapter no longer has the session */
	bool bounded; /* event_lock: on the queue of work that keeps processors busy */
	bool prefers; /* the peer may yet turn out to speak no TLS */
	bool heard; /* a byte of the peer's has come */
	bool begun;
	bool sent; /* something of ours is in TCP */
	bool said; /* the director has spoken its last word */
	bool elsewhere; /* this placement cannot; another may */
	bool retry;
	enum tlso_err refused; /* the last starter was found impossible */
	u32 start_seq; /* of the first inbound byte */
	u8 alert; /* that was sent or received */
	const char *why;
};

/* What the application is told: returns @err; the log says the first @why. */
int tlso_hs_fail(struct tlso_hs *hs, int err, const char *why);
/* The same, and if nothing was sent yet the kernel takes over from here. */
int tlso_hs_elsewhere(struct tlso_hs *hs, int err, const char *why);
/* May the kernel take over? Not where the rule requires an adapter. */
bool tlso_hs_may_move(const struct tlso_hs *hs);
/* Before the peer hears of a client's failure: that it answers with a reset, maybe,
 * is not what connect() tells of.
 */
void tlso_hs_because(struct tlso_hs *hs, int err);
/* Not later than @timeout from now. */
void tlso_hs_hurry(struct tlso_hs *hs, unsigned long timeout);
/* The client's first word. hs_step.c */
int tlso_hs_hello(struct tlso_hs *hs);
/* A finished segment to the director, and what it says to the wire. hs_step.c */
int tlso_hs_segment(struct tlso_hs *hs, const u8 *seg, size_t len);
/* The alert @alert to the wire; best effort. hs->ctx must be there. */
void tlso_hs_abort(struct tlso_hs *hs, u8 alert);
/* The session's keys; the caller wipes its copy. Makes hs->ses. */
int tlso_hs_keyed(struct tlso_hs *hs, const struct tlso_session_keys *keys);

/* Before the peer's first bytes are fed: 1: it speaks TLS, 0: that is not known yet; or an
 * error, and the connection, if it goes on, is TCP's own. prefer.c
 */
int tlso_prefer_look(struct tlso_hs *hs);

/* hs_ctx.c. With the credentials of the process that accepted or connected. @versions:
 * TLSO_USE_*; @max_ids: so many identities at most; @tickets: resumption, too.
 */
int tlso_hs_ctx_make(struct tlso_hs *hs, u8 versions, unsigned int max_ids,
		     bool tickets);
void tlso_hs_ctx_free(struct tlso_hs *hs);
/* Session tickets for the peer as handshake messages: how many bytes. */
size_t tlso_hs_tickets(struct tlso_hs *hs, u8 *out, size_t cap);
/* Client: hs->ses will keep what is to be resumed; keeps what came already. */
void tlso_hs_session(struct tlso_hs *hs);

/* Has the client to be somebody? */
static inline bool tlso_hs_maps(const struct tlso_hs *hs)
{
	return !hs->conn->client &&
	       hs->rule->client_auth == TLS_OFFLOAD_CLIENT_AUTH_MAP;
}

/* peer.c. The core's questions; peer_ctx is @hs. */
extern const struct tlso_peer_ops tlso_hs_peer_ops;
/* The handshake is over: hs->ses gets to know the peer. 0, or an error with which it must
 * not go on.
 */
int tlso_peer_settle(struct tlso_hs *hs);

#endif /* TLSO_ULP_HS_H */
