// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of struct proto, per address family and state.
 *
 * Responsible for: what each system call on an attached socket may do in each
 * state, and that none reaches TCP's own data path around us.
 * Leaves to others: what goes through struct proto_ops (ops.c), records (tx.c, rx.c),
 * when a state changes (conn.c).
 *
 * The tables are copies of TCP's own, made once.
 */
#include <linux/module.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <asm/ioctls.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>

#include "protos.h"
#include "records.h"
#include <tlso_sock.h>

static struct proto tlso_protos[TLSO_FAMILIES][TLSO_PROTO_COUNT];

static struct proto *const tlso_bases[TLSO_FAMILIES] = {
	&tcp_prot,
	TLSO_TCPV6_PROT,
};

int tlso_protos_family(const struct proto *prot)
{
	int i;

	for (i = 0; i < TLSO_FAMILIES; i++)
		if (prot && prot == tlso_bases[i])
			return i;
	return -EINVAL;
}

struct proto *tlso_proto(unsigned int family, unsigned int state)
{
	return &tlso_protos[family][state];
}

struct proto *tlso_proto_base(unsigned int family)
{
	return tlso_bases[family];
}

/* Not sk_prot_creator: a listener that is in a sockmap hands down another. */
static struct proto *tlso_base_of(const struct sock *sk)
{
	return tlso_bases[sk->sk_family == AF_INET6];
}

bool tlso_refused(const struct sock *sk)
{
	return inet_csk(sk)->icsk_ulp_ops == &tlso_refused_ulp_ops;
}

/* struct proto --------------------------------------------------------------- */

/*
 * MSG_ZEROCOPY: records are made of a copy, but who asks for it waits for a word on
 * the error queue before it touches its memory again. It gets one at once, which
 * says that the bytes were copied (SO_EE_CODE_ZEROCOPY_COPIED).
 */
static int tlso_zerocopy_begin(struct sock *sk, struct msghdr *msg, size_t size,
			       struct ubuf_info **uarg)
{
	*uarg = NULL;
	if (!(msg->msg_flags & MSG_ZEROCOPY))
		return 0;
	msg->msg_flags &= ~MSG_ZEROCOPY;
	/* With a word of its own, io_uring's way, nothing is left to do. */
	if (!size || msg->msg_ubuf || !sock_flag(sk, SOCK_ZEROCOPY))
		return 0;
	*uarg = msg_zerocopy_realloc(sk, size, NULL);
	if (!*uarg)
		return -ENOBUFS;
	uarg_to_msgzc(*uarg)->zerocopy = 0;
	return 0;
}

/* @r: what the call returns. */
static void tlso_zerocopy_end(struct ubuf_info *uarg, int r)
{
	if (!uarg)
		return;
	if (r > 0)
		net_zcopy_put(uarg);
	else
		net_zcopy_put_abort(uarg, true);
}

/* Control messages say nothing to records; what is none is the caller's mistake. */
static int tlso_control(struct sock *sk, struct msghdr *msg)
{
	struct sockcm_cookie ignored = {};

	return msg->msg_controllen && sock_cmsg_send(sk, msg, &ignored) ?
		       -EINVAL : 0;
}

/* During a handshake, or after it. */
static int tlso_send_waiting(struct tlso_conn *conn, struct msghdr *msg,
			     long *timeo)
{
	ssize_t held = 0;
	int r;

	/* Its rule says whether others wait for what is sent before the handshake is
	 * over.
	 */
	if (conn->active) {
		r = tlso_conn_wait_ruled(conn, timeo);
		if (r < 0)
			return r;
	}
	if (conn->early)
		held = tlso_hold(conn, msg, timeo);
	if (held < 0 || (held && !msg_data_left(msg)))
		return held;
	/* What is held is sent already where the handshake is over. */
	r = tlso_conn_wait(conn, timeo);
	if (r >= 0) {
		tlso_conn_busy(conn);
		if (r)
			r = tcp_sendmsg_locked(conn->sk, msg, msg_data_left(msg));
		else
			r = tlso_tx_sendmsg(conn, msg, msg_data_left(msg));
		tlso_conn_idle(conn);
	}
	if (!held)
		return r;
	return r > 0 ? held + r : held;
}

int tlso_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	struct ubuf_info *uarg;
	long timeo;
	int r;

	if (!conn && tlso_conn_plain(sk))
		return tcp_sendmsg_locked(sk, msg, size);
	if (!conn)
		return -ECONNABORTED;
	if (conn->state == TLSO_CONN_CLEAR) {
		tlso_conn_busy(conn);
		r = tcp_sendmsg_locked(sk, msg, size);
		tlso_conn_idle(conn);
		return r;
	}
	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	r = tlso_control(sk, msg);
	if (r)
		return r;
	r = tlso_zerocopy_begin(sk, msg, size, &uarg);
	timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	if (!r)
		r = tlso_send_waiting(conn, msg, &timeo);
	tlso_zerocopy_end(uarg, r);
	return r;
}

static int tlso_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int r;

	lock_sock(sk);
	r = tlso_sendmsg_locked(sk, msg, size);
	release_sock(sk);
	return r;
}

/*
 * What is left, for who has asked (TCP_INQ, io_uring); an end that was not read yet
 * counts as a byte. Socket lock held.
 */
static void tlso_inq(struct tlso_conn *conn, struct msghdr *msg)
{
	struct sock *sk = conn->sk;

	if (tcp_sk(sk)->recvmsg_inq)
		msg->msg_get_inq = 1;
	if (!msg->msg_get_inq)
		return;
	msg->msg_inq = 0;
	if (conn->state == TLSO_CONN_SECURE)
		msg->msg_inq = tlso_rx_unread(conn) + tlso_rx_ended(conn);
}

/* TCP's own call takes the lock itself. False: not in clear (any more). */
bool tlso_clear_enter(struct tlso_conn *conn)
{
	bool clear;

	if (READ_ONCE(conn->state) != TLSO_CONN_CLEAR)
		return false;
	lock_sock(conn->sk);
	clear = conn->state == TLSO_CONN_CLEAR;
	if (clear)
		tlso_conn_busy(conn);
	release_sock(conn->sk);
	return clear;
}

void tlso_clear_leave(struct tlso_conn *conn)
{
	lock_sock(conn->sk);
	tlso_conn_idle(conn);
	release_sock(conn->sk);
}

static int tlso_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
			int flags, int *addr_len)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	long timeo;
	int r;

	if (!conn && tlso_conn_plain(sk))
		return tlso_base_of(sk)->recvmsg(sk, msg, len, flags, addr_len);
	if (!conn)
		return -ECONNABORTED;
again:
	if (tlso_clear_enter(conn)) {
		r = conn->base_prot->recvmsg(sk, msg, len, flags, addr_len);
		tlso_clear_leave(conn);
		return r;
	}
	if (flags & MSG_ERRQUEUE)
		return inet_recv_error(sk, msg, len, addr_len);
	if (flags & MSG_OOB)
		return -EINVAL; /* as without urgent data */
	lock_sock(sk);
	if (conn->state == TLSO_CONN_CLEAR) { /* stopped while we waited */
		release_sock(sk);
		goto again;
	}
	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	r = tlso_conn_wait(conn, &timeo);
	if (r == 1) {
		release_sock(sk);
		if (READ_ONCE(conn->state) != TLSO_CONN_OFF)
			goto again; /* the application's: CLEAR, or begun */
		return tlso_base_of(sk)->recvmsg(sk, msg, len, flags, addr_len);
	}
	if (!r) {
		tlso_conn_busy(conn);
		r = tlso_rx_recvmsg(conn, msg, len, flags);
		tlso_conn_idle(conn);
	}
	if (r >= 0)
		tlso_inq(conn, msg);
	release_sock(sk);
	if (r >= 0 && tcp_sk(sk)->recvmsg_inq)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(msg->msg_inq),
			 &msg->msg_inq);
	return r;
}

/* Where the kernel has it; see tlso_sock.h. */
static int tlso_sendpage(struct sock *sk, struct page *page, int offset,
			 size_t size, int flags)
{
	struct msghdr msg = { .msg_flags = flags & ~MSG_SENDPAGE_NOTLAST };
	struct bio_vec bv = {
		.bv_page = page,
		.bv_offset = offset,
		.bv_len = size,
	};

	if (flags & MSG_SENDPAGE_NOTLAST)
		msg.msg_flags |= MSG_MORE;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bv, 1, size);
	return tlso_sendmsg(sk, &msg, size);
}

static void tlso_shutdown(struct sock *sk, int how)
{
	struct tlso_conn *conn = tlso_conn_of(sk);

	if (!conn) {
		if (tlso_conn_plain(sk))
			tlso_base_of(sk)->shutdown(sk, how);
		return;
	}
	if (how & SEND_SHUTDOWN)
		tlso_hold_finish(conn);
	if (conn->state == TLSO_CONN_HANDSHAKE && (how & SEND_SHUTDOWN)) {
		if (tlso_conn_connects(conn)) /* or connect() would succeed */
			tlso_conn_abort(conn, -EPIPE);
		else
			tlso_conn_fail(conn, -EPIPE);
		tlso_hs_kick(conn);
	}
	if (conn->state == TLSO_CONN_SECURE && (how & SEND_SHUTDOWN))
		tlso_tx_finish(conn);
	conn->base_prot->shutdown(sk, how);
	if (conn->state != TLSO_CONN_SECURE)
		return;
	tlso_part_shut(conn);
	tlso_rx_data_ready(conn);
}

/*
 * What was sent to us and never read: TCP tells the peer by RST, but it knows only what
 * is in its own queue (RFC 2525 2.17). A zero linger time asks for that.
 */
static void tlso_close_secure(struct tlso_conn *conn)
{
	const int resets = TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
			   TCPF_FIN_WAIT2;
	struct sock *sk = conn->sk;

	if (tlso_rx_finish(conn) && ((1 << sk->sk_state) & resets)) {
		sock_set_flag(sk, SOCK_LINGER);
		sk->sk_lingertime = 0;
	}
	/* With RST goes no farewell. */
	if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		return;
	tlso_tx_finish(conn);
	tlso_part_begin(conn);
}

static void tlso_close(struct sock *sk, long timeout)
{
	struct tlso_conn *conn = tlso_conn_get(sk);

	/* Once attached, a socket keeps its connection until destroyed. */
	if (WARN_ON_ONCE(!conn)) {
		tcp_close(sk, timeout);
		return;
	}
	lock_sock(sk);
	tlso_hold_finish(conn);
	conn->closing = true;
	if (conn->state == TLSO_CONN_SECURE) {
		tlso_close_secure(conn);
	} else if (conn->state == TLSO_CONN_HANDSHAKE) {
		tlso_conn_fail(conn, -ECONNABORTED);
		tlso_hs_kick(conn);
	}
	if (conn->state == TLSO_CONN_FAILED) {
		struct tcp_sock *tp = tcp_sk(sk);

		/* RST for unread bytes would overtake a queued alert. */
		if (sk->sk_state != TCP_CLOSE)
			tcp_read_done(sk, tp->rcv_nxt - tp->copied_seq);
	}
	release_sock(sk);
	conn->base_prot->close(sk, timeout);
	tlso_conn_put(conn);
}

static int tlso_disconnect(struct sock *sk, int flags)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int err;

	if (conn && tlso_part_closed(conn))
		return 0;
	if (!conn || conn->closing || conn->state == TLSO_CONN_PENDING)
		return tcp_disconnect(sk, flags);
	if (!tlso_connect_again(conn))
		return -EOPNOTSUPP;
	/* In this order: TCP's own table stands under closed sockets alone. */
	err = tcp_disconnect(sk, flags);
	if (!err && conn->state != TLSO_CONN_CLEAR)
		tlso_connect_off(conn);
	return err;
}

static int tlso_ioctl(struct sock *sk, int cmd, tlso_ioctl_arg arg)
{
	struct tlso_conn *conn = tlso_conn_of(sk);
	int n;

	if (cmd != SIOCINQ || !conn ||
	    READ_ONCE(conn->state) == TLSO_CONN_CLEAR)
		return tlso_base_of(sk)->ioctl(sk, cmd, arg);
	lock_sock(sk);
	n = conn->state == TLSO_CONN_SECURE ? tlso_rx_unread(conn) : 0;
	release_sock(sk);
	return tlso_ioctl_answer(arg, n);
}

static bool tlso_opt_refused(int level, int optname)
{
	switch (level) {
	case SOL_TCP:
		return optname == TCP_REPAIR || optname == TCP_ULP ||
		       optname == TCP_ZEROCOPY_RECEIVE;
	case SOL_IPV6:
		return optname == IPV6_ADDRFORM;
	default:
		return false;
	}
}

static int tlso_setsockopt(struct sock *sk, int level, int optname,
			   sockptr_t optval, unsigned int optlen)
{
	if (level == SOL_TLS_OFFLOAD)
		return tlso_sockopt_set(sk, optname, optval, optlen);
	if (tlso_opt_refused(level, optname))
		return optname == TCP_ULP && level == SOL_TCP ? -EEXIST :
								-EOPNOTSUPP;
	return tlso_base_of(sk)->setsockopt(sk, level, optname, optval,
					       optlen);
}

static int tlso_getsockopt(struct sock *sk, int level, int optname,
			   char __user *optval, int __user *optlen)
{
	if (level == SOL_TLS_OFFLOAD)
		return tlso_sockopt_get(sk, optname, optval, optlen);
	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE)
		return -EOPNOTSUPP;
	return tlso_base_of(sk)->getsockopt(sk, level, optname, optval,
					       optlen);
}

static bool tlso_sock_is_readable(struct sock *sk)
{
	struct tlso_conn *conn = tlso_conn_of(sk);

	return conn && conn->state == TLSO_CONN_SECURE &&
	       tlso_rx_readable(conn);
}

/*
 * inet_accept() grafts the child onto its new socket and releases its lock:
 * the first moment at which both are there, in the accepting process, and
 * before its file descriptor is known to anyone. Spinlock held, BH off.
 */
static void tlso_pending_release_cb(struct sock *sk)
{
	const struct tcp_ulp_ops *ulp = inet_csk(sk)->icsk_ulp_ops;
	struct tlso_conn *conn;

	tlso_base_of(sk)->release_cb(sk);
	if (!sk->sk_socket)
		return;
	rcu_read_lock();
	if (ulp == &tlso_light_ulp_ops) {
		tlso_conn_accepted_light(sk);
	} else if (ulp == &tlso_new_ulp_ops) {
		/* Before it was a connection, and without Fast Open: not TCP's way,
		 * and nobody knows any more who its listener was.
		 */
		tlso_conn_refused(sk);
	} else {
		conn = tlso_conn_get_rcu(sk);
		if (conn && conn->state == TLSO_CONN_PENDING)
			tlso_conn_accepted(conn);
	}
	rcu_read_unlock();
}

static int tlso_fail_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct tlso_conn *conn = tlso_conn_of(sk);

	return conn && conn->err ? conn->err : -ECONNABORTED;
}

static int tlso_fail_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
			     int flags, int *addr_len)
{
	if (flags & MSG_ERRQUEUE)
		return inet_recv_error(sk, msg, len, addr_len);
	return tlso_fail_sendmsg(sk, msg, len);
}

static int tlso_fail_sendpage(struct sock *sk, struct page *page, int offset,
			      size_t size, int flags)
{
	return tlso_fail_sendmsg(sk, NULL, size);
}

static void tlso_refused_release_cb(struct sock *sk)
{
	tlso_base_of(sk)->release_cb(sk);
	if (!sk->sk_socket || tlso_ops_ours(sk->sk_socket))
		return;
	tlso_ops_take(sk->sk_socket);
	WRITE_ONCE(sk->sk_err, ECONNABORTED);
}

/* Never more than FIN or RST, and no word from the peer. */
static void tlso_refused_close(struct sock *sk, long timeout)
{
	tlso_base_of(sk)->close(sk, timeout);
}

static void tlso_proto_common(struct proto *p)
{
	tlso_proto_no_sockmap(p); /* it would read around us */
	p->setsockopt = tlso_setsockopt;
	p->getsockopt = tlso_getsockopt;
	p->disconnect = tlso_disconnect;
	p->ioctl = tlso_ioctl;
	p->sock_is_readable = tlso_sock_is_readable;
}

static void tlso_proto_dead(struct proto *p)
{
	p->sendmsg = tlso_fail_sendmsg;
	p->recvmsg = tlso_fail_recvmsg;
	tlso_proto_set_sendpage(p, tlso_fail_sendpage);
}

static void tlso_proto_live(struct proto *p)
{
	p->sendmsg = tlso_sendmsg;
	p->recvmsg = tlso_recvmsg;
	tlso_proto_set_sendpage(p, tlso_sendpage);
	p->shutdown = tlso_shutdown;
	p->close = tlso_close;
}

static void tlso_proto_family(struct proto *p, const struct proto *base)
{
	unsigned int state;

	for (state = 0; state < TLSO_PROTO_COUNT; state++) {
		p[state] = *base;
		tlso_proto_common(&p[state]);
	}
	tlso_proto_dead(&p[TLSO_CONN_PENDING]);
	p[TLSO_CONN_PENDING].release_cb = tlso_pending_release_cb;
	tlso_proto_live(&p[TLSO_CONN_CONNECT]);
	tlso_proto_live(&p[TLSO_CONN_HANDSHAKE]);
	tlso_proto_live(&p[TLSO_CONN_SECURE]);
	tlso_proto_live(&p[TLSO_CONN_CLEAR]);
	tlso_proto_dead(&p[TLSO_CONN_FAILED]);
	p[TLSO_CONN_FAILED].close = tlso_close;
	tlso_proto_dead(&p[TLSO_PROTO_REFUSED]);
	p[TLSO_PROTO_REFUSED].close = tlso_refused_close;
	p[TLSO_PROTO_REFUSED].release_cb = tlso_refused_release_cb;
}

void tlso_protos_init(void)
{
	unsigned int i;

	for (i = 0; i < TLSO_FAMILIES; i++)
		if (tlso_bases[i])
			tlso_proto_family(tlso_protos[i], tlso_bases[i]);
}
