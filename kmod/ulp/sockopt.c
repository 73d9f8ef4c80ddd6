// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options at level SOL_TLS_OFFLOAD.
 *
 * Responsible for: which option does what; everything that comes from the caller is
 * copied here, and checked; the status.
 * Leaves to: directive.c what Start, Stop and the others do, and who may; peer.c what is
 * told of the peer.
 */
#include <linux/uaccess.h>

#include "records.h"

/* A number that may be left out: 0. */
static int sockopt_number(sockptr_t optval, unsigned int optlen, int *number)
{
	*number = 0;
	if (!optlen)
		return 0;
	if (optlen < sizeof(*number))
		return -EINVAL;
	return copy_from_sockptr(number, optval, sizeof(*number)) ? -EFAULT : 0;
}

static int sockopt_stop(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	int flags, err;

	err = sockopt_number(optval, optlen, &flags);
	if (err)
		return err;
	if (flags & ~TLS_OFFLOAD_NONBLOCK)
		return -EINVAL;
	return tlso_directive_stop(sk, flags);
}

static int sockopt_tolerate(struct sock *sk, sockptr_t optval,
			    unsigned int optlen)
{
	int val, err;

	if (!optlen)
		return -EINVAL;
	err = sockopt_number(optval, optlen, &val);
	return err ?: tlso_directive_tolerate(sk, val);
}

int tlso_sockopt_set(struct sock *sk, int name, sockptr_t optval,
		     unsigned int optlen)
{
	switch (name) {
	case TLS_OFFLOAD_START:
		return tlso_directive_start(sk, optval, optlen);
	case TLS_OFFLOAD_STOP:
		return sockopt_stop(sk, optval, optlen);
	case TLS_OFFLOAD_RESET_SESSION:
		return tlso_directive_reset(sk);
	case TLS_OFFLOAD_REKEY:
		return tlso_directive_rekey(sk);
	case TLS_OFFLOAD_TOLERATE_TIMEOUT:
		return sockopt_tolerate(sk, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/* The status ------------------------------------------------------------------ */

static u8 status_state(const struct tlso_conn *conn)
{
	switch (conn->state) {
	case TLSO_CONN_CLEAR:
		return TLS_OFFLOAD_STATE_CLEAR;
	case TLSO_CONN_HANDSHAKE:
		return TLS_OFFLOAD_STATE_HANDSHAKE;
	case TLSO_CONN_SECURE:
		return conn->controlled && tlso_tx_stopped(conn) ?
			       TLS_OFFLOAD_STATE_STOPPING :
			       TLS_OFFLOAD_STATE_SECURE;
	case TLSO_CONN_FAILED:
		return TLS_OFFLOAD_STATE_FAILED;
	default:
		return TLS_OFFLOAD_STATE_CONNECT;
	}
}

static u8 status_role(const struct tlso_conn *conn)
{
	if (conn->state == TLSO_CONN_CLEAR)
		return conn->side;
	return tlso_conn_role(conn);
}

static void status_rule(const struct tlso_conn *conn,
			struct tls_offload_status *st)
{
	const struct tlso_rule *rule = conn->rule;

	if (rule && !conn->client)
		st->client_auth = rule->client_auth;
	if (!rule || (conn->controlled && !rule->application))
		return; /* none, or made of a Start's parameters */
	st->policy = rule->application ? TLS_OFFLOAD_POLICY_APPLICATION :
					 TLS_OFFLOAD_POLICY_RULE;
	if (READ_ONCE(rule->stale))
		st->flags |= TLS_OFFLOAD_STATUS_STALE;
	strscpy(st->rule, rule->name, sizeof(st->rule));
}

static void status_session(const struct tlso_conn *conn,
			   struct tls_offload_status *st)
{
	const struct tlso_session *ses = conn->ses;

	st->version = ses->version;
	st->suite = ses->suite;
	st->group = ses->group;
	st->placement = strcmp(tlso_tx_backend(conn), "adapter") ?
				TLS_OFFLOAD_PLACEMENT_SOFTWARE :
				TLS_OFFLOAD_PLACEMENT_ADAPTER;
	if (ses->resumed)
		st->flags |= TLS_OFFLOAD_STATUS_RESUMED;
	if (ses->peer_verified)
		st->flags |= TLS_OFFLOAD_STATUS_PEER_VERIFIED;
	st->alpn_len = ses->alpn_len;
	memcpy(st->alpn, ses->alpn, ses->alpn_len);
}

/* Socket lock held. */
static void status_fill(const struct tlso_conn *conn,
			struct tls_offload_status *st)
{
	static_assert(sizeof(st->rule) >= sizeof(conn->rule->name));
	static_assert(sizeof(st->alpn) >= sizeof(conn->ses->alpn));

	st->state = status_state(conn);
	st->role = status_role(conn);
	st->alert = conn->alert;
	st->error = -conn->err;
	if (conn->tolerate)
		st->flags |= TLS_OFFLOAD_STATUS_TOLERATE;
	status_rule(conn, st);
	if (conn->state == TLSO_CONN_SECURE)
		status_session(conn, st);
}

/* Out: what there is room for. */
static int sockopt_out(const void *p, size_t n, char __user *optval,
		       int __user *optlen)
{
	int room;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = min_t(int, room, n);
	if (copy_to_user(optval, p, room) || put_user(room, optlen))
		return -EFAULT;
	return 0;
}

static int sockopt_status(struct tlso_conn *conn, char __user *optval,
			  int __user *optlen)
{
	struct tls_offload_status st = {};

	lock_sock(conn->sk);
	status_fill(conn, &st);
	release_sock(conn->sk);
	return sockopt_out(&st, sizeof(st), optval, optlen);
}

int tlso_sockopt_get(struct sock *sk, int name, char __user *optval,
		     int __user *optlen)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int val;

	if (!conn)
		return -ENOPROTOOPT;
	switch (name) {
	case TLS_OFFLOAD_STATUS:
		return sockopt_status(conn, optval, optlen);
	case TLS_OFFLOAD_TOLERATE_TIMEOUT:
		val = READ_ONCE(conn->tolerate);
		return sockopt_out(&val, sizeof(val), optval, optlen);
	case TLS_OFFLOAD_PEER_CHAIN:
	case TLS_OFFLOAD_PEER_ID:
		return tlso_peer_get_option(conn, name, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}
