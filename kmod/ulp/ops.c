// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of struct proto_ops, per address family.
 *
 * Responsible for: what comes to a socket not by its struct proto: poll, splice, readers
 * in the kernel, options that would put other tables in; which sockets have the tables.
 * Leaves to others: the other calls (protos.c), connect() (connect.c), records (tx.c, rx.c).
 *
 * Copies of TCP's own, made when the first socket of a family is taken. Ours pass through
 * where a socket has no connection: a listener's operations are handed to all its
 * children, and a port may leave the policy while it listens.
 */
#include <linux/module.h>
#include <linux/pipe_fs_i.h>
#include <linux/splice.h>
#include <linux/tcp.h>
#include <net/inet_common.h>

#include "protos.h"
#include "records.h"
#include <tlso_sock.h>

#define TLSO_SPLICE_PAGES 16
#define TLSO_POLL_FAILED (EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLOUT | \
			  EPOLLWRNORM | EPOLLERR | EPOLLHUP)

struct tlso_ops {
	struct proto_ops ops;
	const struct proto_ops *base; /* NULL: not filled in yet */
};

static struct tlso_ops tlso_ops[TLSO_FAMILIES];
static DEFINE_SPINLOCK(tlso_ops_lock); /* filling in; softirq-safe */

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
