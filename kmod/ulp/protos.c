// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of proto and proto_ops, per address family and state.
 *
 * Responsible for: what each system call on an attached socket may do in each
 * state, and that none reaches TCP's own data path around us.
 * Leaves to others: records (tx.c, rx.c), when a state changes (conn.c).
 *
 * The tables are copies of TCP's own, made once. Ours pass through where a
 * socket has no connection: a listener's operations are handed to all its
 * children, and a port may leave the policy while it listens.
 */
#include <linux/module.h>
#include <linux/pipe_fs_i.h>
#include <linux/sockios.h>
#include <linux/splice.h>
#include <linux/tcp.h>
#include <asm/ioctls.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>

#include "ulp.h"
#include <tlso_sock.h>

#define TLSO_FAMILIES 2
#define TLSO_SPLICE_PAGES 16
#define TLSO_POLL_FAILED (EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLOUT | \
			  EPOLLWRNORM | EPOLLERR | EPOLLHUP)

struct tlso_ops {
	struct proto_ops ops;
	const struct proto_ops *base; /* NULL: not filled in yet */
};

static struct proto tlso_protos[TLSO_FAMILIES][TLSO_PROTO_COUNT];
static struct tlso_ops tlso_ops[TLSO_FAMILIES];
static DEFINE_SPINLOCK(tlso_ops_lock); /* filling in; softirq-safe */

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

static bool tlso_refused(const struct sock *sk)
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

static int tlso_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
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
static bool tlso_clear_enter(struct tlso_conn *conn)
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

static void tlso_clear_leave(struct tlso_conn *conn)
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

/* struct proto_ops ------------------------------------------------------------ */

static const struct proto_ops *tlso_ops_base(const struct socket *sock)
{
	const struct proto_ops *ops = READ_ONCE(sock->ops);

	return container_of(ops, struct tlso_ops, ops)->base;
}

/* Where a look at what has come may end the connection: what to say of that. */
static __poll_t tlso_poll_secure(struct tlso_conn *conn, __poll_t mask)
{
	u8 state;

	if (tlso_tx_blocked(conn))
		mask &= ~(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (tlso_rx_poll(conn))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (tlso_rx_shut(conn)) {
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
		if (READ_ONCE(conn->sk->sk_shutdown) & SEND_SHUTDOWN)
			mask |= EPOLLHUP;
	}
	if (tlso_rx_ended(conn))
		mask |= EPOLLRDHUP;
	state = READ_ONCE(conn->state);
	if (state != TLSO_CONN_SECURE && state != TLSO_CONN_CLEAR)
		mask |= TLSO_POLL_FAILED;
	return mask; /* who stops a session wakes pollers after it */
}

/* Once more: what TCP said may have been of the connection before. */
static __poll_t tlso_poll_plain(struct file *file, struct socket *sock)
{
	if (tlso_conn_redials(sock->sk))
		return 0;
	return tlso_ops_base(sock)->poll(file, sock, NULL);
}

static __poll_t tlso_poll(struct file *file, struct socket *sock,
			  struct poll_table_struct *wait)
{
	const __poll_t in = EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLPRI;
	const __poll_t out = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	__poll_t mask = tlso_ops_base(sock)->poll(file, sock, wait);
	/* After it: what TCP says is looked at in the light of a later state. */
	struct tlso_conn *conn = tlso_conn_of(sock->sk);

	if (tlso_refused(sock->sk))
		return mask | EPOLLERR | EPOLLHUP;
	if (!conn && tlso_conn_plain(sock->sk))
		return tlso_poll_plain(file, sock);
	if (!conn)
		return mask;
	/* Pairs with tlso_conn_set_state(): where it says SECURE, tx and rx are
	 * there.
	 */
	switch (smp_load_acquire(&conn->state)) {
	case TLSO_CONN_CONNECT:
	case TLSO_CONN_HANDSHAKE:
		/* A failed connect() is the application's to see at once. */
		if (READ_ONCE(conn->redial))
			return 0;
		if (conn->active &&
		    inet_sk_state_load(sock->sk) == TCP_CLOSE)
			return mask;
		if (READ_ONCE(conn->early) && tlso_hold_room(conn))
			return mask & ~in;
		return mask & ~(in | out);
	case TLSO_CONN_OFF:
	case TLSO_CONN_CLEAR:
		return mask;
	case TLSO_CONN_SECURE:
		return tlso_poll_secure(conn, mask & ~in);
	default:
		return mask | TLSO_POLL_FAILED;
	}
}

static void tlso_splice_release(struct splice_pipe_desc *spd, unsigned int i)
{
	put_page(spd->pages[i]);
}

/* The pipe is locked by the caller, so room that is there stays there. */
static size_t tlso_pipe_room(const struct pipe_inode_info *pipe)
{
	unsigned int used = pipe_occupancy(pipe->head, pipe->tail);

	if (used >= pipe->max_usage)
		return 0;
	return min_t(size_t, pipe->max_usage - used, TLSO_SPLICE_PAGES);
}

static unsigned int tlso_splice_alloc(struct page **pages, struct kvec *iov,
				      size_t len, size_t room)
{
	unsigned int n;

	for (n = 0; n < room && len; n++) {
		pages[n] = alloc_page(GFP_KERNEL);
		if (!pages[n])
			break;
		iov[n].iov_base = page_address(pages[n]);
		iov[n].iov_len = min_t(size_t, len, PAGE_SIZE);
		len -= iov[n].iov_len;
	}
	return n;
}

static ssize_t tlso_splice_fill(struct socket *sock,
				struct pipe_inode_info *pipe, size_t len,
				int flags)
{
	struct page *pages[TLSO_SPLICE_PAGES];
	struct partial_page partial[TLSO_SPLICE_PAGES] = {};
	struct kvec iov[TLSO_SPLICE_PAGES];
	struct splice_pipe_desc spd = {
		.pages = pages,
		.partial = partial,
		.nr_pages_max = TLSO_SPLICE_PAGES,
		.ops = &nosteal_pipe_buf_ops,
		.spd_release = tlso_splice_release,
	};
	struct msghdr msg = {};
	unsigned int n, i;
	size_t want = 0;
	ssize_t r, left;

	n = tlso_splice_alloc(pages, iov, len, tlso_pipe_room(pipe));
	for (i = 0; i < n; i++)
		want += iov[i].iov_len;
	if (!n)
		return -EAGAIN;
	iov_iter_kvec(&msg.msg_iter, ITER_DEST, iov, n, want);
	r = sock->ops->recvmsg(sock, &msg, want, flags);
	left = max_t(ssize_t, r, 0);
	for (i = 0; i < n; i++) {
		if (!left) {
			put_page(pages[i]);
			continue;
		}
		partial[i].len = min_t(size_t, left, PAGE_SIZE);
		left -= partial[i].len;
		spd.nr_pages++;
	}
	return r > 0 ? splice_to_pipe(pipe, &spd) : r;
}

static ssize_t tlso_splice_read(struct socket *sock, loff_t *ppos,
				struct pipe_inode_info *pipe, size_t len,
				unsigned int flags)
{
	struct tlso_conn *conn = tlso_conn_of(sock->sk);
	int rflags = 0;
	ssize_t r;

	if (tlso_refused(sock->sk))
		return -ECONNABORTED;
	if (!conn)
		return tlso_ops_base(sock)->splice_read(sock, ppos, pipe, len,
							flags);
	if (tlso_clear_enter(conn)) {
		r = tlso_ops_base(sock)->splice_read(sock, ppos, pipe, len,
						     flags);
		tlso_clear_leave(conn);
		return r;
	}
	if (*ppos)
		return -ESPIPE;
	/* Text that was taken off the socket must find a reader. */
	if (!pipe->readers) {
		send_sig(SIGPIPE, current, 0);
		return -EPIPE;
	}
	if (sock->file && (sock->file->f_flags & O_NONBLOCK))
		rflags |= MSG_DONTWAIT;
	return tlso_splice_fill(sock, pipe, len, rflags);
}

static int tlso_set_rcvlowat(struct sock *sk, int val)
{
	struct tlso_conn *conn = tlso_conn_of(sk);

	/* Socket lock held. In clear it is TCP's. */
	if (!conn || conn->state == TLSO_CONN_CLEAR)
		return tlso_ops_base(sk->sk_socket)->set_rcvlowat(sk, val);
	WRITE_ONCE(conn->rcvlowat, val ?: 1);
	/* As TCP: who waits may have waited for just that, and be above us. */
	if (conn->state == TLSO_CONN_SECURE)
		sk->sk_data_ready(sk);
	return 0;
}

/*
 * For strparser, which holds the socket lock, owned or not, and waits for so much. It
 * also asks from within tlso_rx_read_sock(): so nothing is opened for an answer.
 */
static int tlso_peek_len(struct socket *sock)
{
	struct tlso_conn *conn = tlso_conn_of(sock->sk);

	if (!conn || conn->state == TLSO_CONN_CLEAR)
		return tlso_ops_base(sock)->peek_len(sock);
	return conn->state == TLSO_CONN_SECURE ? tlso_rx_waiting(conn) : 0;
}

/*
 * Readers in the kernel. Socket lock held, owned or not: TCP can be read in softirq,
 * records cannot, since ciphers sleep. There a worker is asked to call sk_data_ready
 * with the lock owned, upon which such readers (strparser) go to process context.
 */
static int tlso_read_sock(struct sock *sk, read_descriptor_t *desc,
			  sk_read_actor_t actor)
{
	struct tlso_conn *conn = tlso_conn_of(sk);

	if (tlso_refused(sk))
		return -ECONNABORTED;
	if (!conn || conn->state == TLSO_CONN_CLEAR)
		return tlso_ops_base(sk->sk_socket)->read_sock(sk, desc, actor);
	switch (conn->state) {
	case TLSO_CONN_CONNECT:
	case TLSO_CONN_HANDSHAKE:
		/* Whoever reads may have been told in our place. */
		tlso_hs_kick(conn);
		return 0;
	case TLSO_CONN_SECURE:
		if (!in_softirq() && sock_owned_by_user_nocheck(sk))
			return tlso_rx_read_sock(conn, desc, actor);
		tlso_rx_take_early(conn);
		return 0;
	default:
		return conn->err ?: -ECONNABORTED;
	}
}

static int tlso_ops_sendmsg_locked(struct sock *sk, struct msghdr *msg,
				   size_t size)
{
	if (tlso_refused(sk))
		return -ECONNABORTED;
	if (!tlso_conn_of(sk))
		return tlso_ops_base(sk->sk_socket)->sendmsg_locked(sk, msg,
								    size);
	return tlso_sendmsg_locked(sk, msg, size);
}

/*
 * The protocol of a listener, and of what is accepted from it after its port
 * has left the policy, is TCP's own, so its options come by here. No ULP for
 * them: kernel TLS copies the operations of the first socket that it sees, for
 * all its sockets to come, and these are not to be copied; and it replaces
 * them, with which our module's reference would be lost.
 */
static bool tlso_opt_replaces_ops(int level, int optname)
{
	return (level == SOL_TCP && optname == TCP_ULP) ||
	       (level == SOL_IPV6 && optname == IPV6_ADDRFORM);
}

/*
 * But ours may be put on what is accepted from our listeners, and on what was
 * connected and no rule was for. The name is read once: TCP gets a copy.
 */
static int tlso_ops_ulp(struct socket *sock, sockptr_t optval,
			unsigned int optlen)
{
	static const char ours[] = TLS_OFFLOAD_ULP;
	char name[sizeof(ours)] = {};
	struct sock *sk = sock->sk;
	struct tlso_conn *conn;
	int err;

	if (!optlen || optlen > sizeof(ours))
		return -EOPNOTSUPP;
	if (copy_from_sockptr(name, optval, optlen))
		return -EFAULT;
	if (strncmp(name, ours, sizeof(ours)))
		return -EOPNOTSUPP;
	if (inet_csk(sk)->icsk_ulp_ops != &tlso_ulp_ops)
		return tlso_ops_base(sock)->setsockopt(sock, SOL_TCP, TCP_ULP,
						       KERNEL_SOCKPTR(name),
						       sizeof(ours) - 1);
	lock_sock(sk);
	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	rcu_read_unlock();
	err = conn && conn->state == TLSO_CONN_OFF ?
		      tlso_directive_attach_off(conn) : -EEXIST;
	release_sock(sk);
	return err;
}

static int tlso_ops_setsockopt(struct socket *sock, int level, int optname,
			       sockptr_t optval, unsigned int optlen)
{
	if (level == SOL_TCP && optname == TCP_ULP && !tlso_conn_of(sock->sk))
		return tlso_ops_ulp(sock, optval, optlen);
	if (tlso_opt_replaces_ops(level, optname) && !tlso_conn_of(sock->sk))
		return -EOPNOTSUPP;
	return tlso_ops_base(sock)->setsockopt(sock, level, optname, optval,
					       optlen);
}

static void tlso_ops_build(struct tlso_ops *o, const struct proto_ops *base)
{
	o->ops = *base;
	o->ops.owner = THIS_MODULE;
	o->ops.connect = tlso_connect;
	o->ops.poll = tlso_poll;
	o->ops.splice_read = tlso_splice_read;
	o->ops.setsockopt = tlso_ops_setsockopt;
	o->ops.set_rcvlowat = tlso_set_rcvlowat;
	o->ops.peek_len = tlso_peek_len;
	o->ops.mmap = sock_no_mmap;
	o->ops.read_sock = tlso_read_sock;
	o->ops.sendmsg_locked = tlso_ops_sendmsg_locked;
	/* In-kernel ways to TCP's queues: none of them knows records. */
	o->ops.read_skb = NULL;
	tlso_ops_no_sendpage_locked(&o->ops);
	o->base = base;
}

/* inet6_stream_ops is not exported; TCP's operations are known by these. */
static bool tlso_ops_tcp(const struct proto_ops *ops)
{
	return ops->accept == inet_accept && ops->poll == tcp_poll &&
	       ops->shutdown == inet_shutdown &&
	       (ops->family == PF_INET || ops->family == PF_INET6);
}

bool tlso_ops_ours(const struct socket *sock)
{
	const struct proto_ops *ops = READ_ONCE(sock->ops);

	return ops == &tlso_ops[0].ops || ops == &tlso_ops[1].ops;
}

void tlso_ops_give_back(struct socket *sock)
{
	const struct proto_ops *base;

	if (!tlso_ops_ours(sock))
		return;
	base = tlso_ops_base(sock);
	__module_get(base->owner); /* TCP's own: there as long as its sockets */
	WRITE_ONCE(sock->ops, base);
	module_put(THIS_MODULE);
}

bool tlso_ops_take(struct socket *sock)
{
	const struct proto_ops *base = READ_ONCE(sock->ops);
	struct tlso_ops *o;

	if (tlso_ops_ours(sock))
		return true;
	if (!base || !tlso_ops_tcp(base))
		return false;
	o = &tlso_ops[base->family == PF_INET6];
	spin_lock_bh(&tlso_ops_lock);
	if (!o->base)
		tlso_ops_build(o, base);
	spin_unlock_bh(&tlso_ops_lock);
	if (o->base != base || !try_module_get(THIS_MODULE))
		return false;
	/* A listener's are taken without its lock. Pairs with the address dependency
	 * of those who call through sock->ops: tlso_ops_base() finds what
	 * tlso_ops_build() filled in.
	 */
	if (cmpxchg_release(&sock->ops, base, &o->ops) == base) {
		module_put(base->owner);
		return true;
	}
	module_put(THIS_MODULE); /* not the last: the caller is ours */
	return tlso_ops_ours(sock);
}
