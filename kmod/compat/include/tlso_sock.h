/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, and between their configurations, in the socket
 * layer: how pages enter TCP, the argument of ioctl, sendpage's existence, IPv6,
 * sockmap, what a socket's memory is charged to and how files are counted.
 */
#ifndef TLSO_COMPAT_SOCK_H
#define TLSO_COMPAT_SOCK_H

#include <linux/version.h>
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <linux/skbuff_ref.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define TLSO_HAVE_SENDPAGE 1
#else
#define TLSO_HAVE_SENDPAGE 0
#define MSG_SENDPAGE_NOTLAST 0
#endif

#define TLSO_PUSH_FRAGS_MAX 20

static inline void tlso_frag_set(skb_frag_t *frag, struct page *page,
				 unsigned int off, unsigned int size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	skb_frag_fill_page_desc(frag, page, off, size);
#else
	__skb_frag_set_page(frag, page);
	skb_frag_off_set(frag, off);
	skb_frag_size_set(frag, size);
#endif
}

/*
 * Puts the bytes of @frags from @skip on into TCP; with MSG_SENDPAGE_DECRYPTED as
 * text that an adapter is to encrypt. Socket lock held. Never sleeps, never raises
 * a signal. How many bytes TCP took, or an error where it took none.
 */
static inline ssize_t tlso_tcp_push_frags(struct sock *sk,
					  const skb_frag_t *frags,
					  unsigned int n, u32 skip, int flags)
{
	size_t off, size, left = 0;
	unsigned int i;

	flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
#if TLSO_HAVE_SENDPAGE
	tcp_rate_check_app_limited(sk);
	for (i = 0; i < n; i++) {
		bool last = i == n - 1;
		ssize_t r;

		size = skb_frag_size(&frags[i]);
		if (skip >= size) {
			skip -= size;
			continue;
		}
		off = skb_frag_off(&frags[i]) + skip;
		size -= skip;
		skip = 0;
		while (size) {
			r = do_tcp_sendpages(sk, skb_frag_page(&frags[i]), off,
					     size, flags |
					     (last ? 0 : MSG_SENDPAGE_NOTLAST));
			if (r <= 0)
				return left ?: r;
			left += r;
			off += r;
			size -= r;
		}
	}
	return left;
#else
	struct bio_vec bv[TLSO_PUSH_FRAGS_MAX];
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };
	unsigned int k = 0;

	for (i = 0; i < n && k < TLSO_PUSH_FRAGS_MAX; i++) {
		size = skb_frag_size(&frags[i]);
		if (skip >= size) {
			skip -= size;
			continue;
		}
		off = skb_frag_off(&frags[i]) + skip;
		size -= skip;
		skip = 0;
		bvec_set_page(&bv[k++], skb_frag_page(&frags[i]), size, off);
		left += size;
	}
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, bv, k, left);
	return tcp_sendmsg_locked(sk, &msg, left);
#endif
}

/* struct proto's ioctl: @karg is a user pointer in older kernels. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
typedef unsigned long tlso_ioctl_arg;
static inline int tlso_ioctl_answer(tlso_ioctl_arg arg, int value)
{
	return put_user(value, (int __user *)arg);
}
#else
typedef int *tlso_ioctl_arg;
static inline int tlso_ioctl_answer(tlso_ioctl_arg arg, int value)
{
	*arg = value;
	return 0;
}
#endif

typedef int (*tlso_sendpage_fn)(struct sock *sk, struct page *page, int offset,
				size_t size, int flags);

/* Kernels without sendpage splice pages through sendmsg. */
static inline void tlso_proto_set_sendpage(struct proto *p, tlso_sendpage_fn fn)
{
#if TLSO_HAVE_SENDPAGE
	p->sendpage = fn;
#endif
}

static inline void tlso_ops_no_sendpage_locked(struct proto_ops *ops)
{
#if TLSO_HAVE_SENDPAGE
	ops->sendpage_locked = NULL;
#endif
}

static inline void tlso_proto_no_sockmap(struct proto *p)
{
#ifdef CONFIG_BPF_SYSCALL
	p->psock_update_sk_prot = NULL;
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
#define TLSO_TCPV6_PROT (&tcpv6_prot)
#else
#define TLSO_TCPV6_PROT NULL
#endif

/* The address of an IPv6 socket, which may be a mapped one; or NULL. */
static inline const struct in6_addr *tlso_sk_v6(const struct sock *sk,
						bool local)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return local ? &sk->sk_v6_rcv_saddr : &sk->sk_v6_daddr;
#endif
	return NULL;
}

/* NULL: nobody, or the root of all. The socket holds a reference. */
static inline struct mem_cgroup *tlso_sk_memcg(const struct sock *sk)
{
	return sk->sk_memcg;
}

/*
 * A TCP socket that AF_SMC made, to fall back on. Once it has, the application's file
 * leads to this socket, whose inode is another's; nothing else tells. Under RCU.
 */
static inline bool tlso_sk_is_smc(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_SMC)
	const struct socket *sock = READ_ONCE(sk->sk_socket);
	const struct file *file = sock ? READ_ONCE(sock->file) : NULL;

	return tcp_sk(sk)->syn_smc ||
	       (file && SOCKET_I(file_inode(file)) != sock);
#else
	return false;
#endif
}

/* What @task does for its io_uring it does on the way out of any call of its own. */
static inline bool tlso_task_has_ring(const struct task_struct *task)
{
#if IS_ENABLED(CONFIG_IO_URING)
	return READ_ONCE(task->io_uring);
#else
	return false;
#endif
}

/* False: its last reference is gone, and its release has begun or will. */
static inline bool tlso_file_get(struct file *file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return atomic_long_inc_not_zero(&file->f_count);
#else
	return file_ref_get(&file->f_ref);
#endif
}

#endif /* TLSO_COMPAT_SOCK_H */
