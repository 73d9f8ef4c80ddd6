// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways in which the kernel's own readers get at a socket's bytes, as sunrpc, nvme,
 * kcm and iscsi go them: a call that sleeps; read_sock out of a work that callbacks
 * queue; strparser, which tries in softirq first; and, which must get nobody any text,
 * TCP's queue itself.
 */
#include <linux/tcp.h>
#include <net/tcp.h>

#include "pages.h"

/* Callbacks ------------------------------------------------------------------------ */

/* Into v->in; what does not fit stays where it is. */
static int take_text(read_descriptor_t *desc, struct sk_buff *skb,
		     unsigned int off, size_t len)
{
	struct pages_visitor *v = desc->arg.data;
	size_t n = min_t(size_t, len, PAGES_REQUEST_MAX - v->have);

	if (!n || skb_copy_bits(skb, off, v->in + v->have, n))
		return 0;
	v->have += n;
	return n;
}

/* Whatever it is, it is gone from TCP. */
static int take_raw(read_descriptor_t *desc, struct sk_buff *skb,
		    unsigned int off, size_t len)
{
	struct pages_visitor *v = desc->arg.data;

	atomic_add(len, &v->site->stolen);
	return len;
}

static void on_data_ready(struct sock *sk)
{
	struct pages_visitor *v;
	read_descriptor_t desc = { .count = 1 };

	read_lock_bh(&sk->sk_callback_lock);
	v = sk->sk_user_data;
	if (!v)
		goto out;
	if (v->mode == PAGES_STRPARSER) {
		strp_data_ready(&v->strp);
	} else if (v->mode == PAGES_AROUND) {
		desc.arg.data = v;
		tcp_read_sock(sk, &desc, take_raw);
	} else {
		v->saved_data_ready(sk);
	}
	mod_delayed_work(v->site->wq, &v->work, 0);
out:
	read_unlock_bh(&sk->sk_callback_lock);
}

static void on_state_change(struct sock *sk)
{
	struct pages_visitor *v;

	read_lock_bh(&sk->sk_callback_lock);
	v = sk->sk_user_data;
	if (v) {
		v->saved_state_change(sk);
		mod_delayed_work(v->site->wq, &v->work, 0);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

/* As TCP's own does for those who sleep; kcm's does not call what it found either. */
static void on_write_space(struct sock *sk)
{
	if (!sk_stream_is_writeable(sk) || !sk->sk_socket)
		return;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	wake_up_interruptible_all(sk_sleep(sk));
}

static int parse_message(struct strparser *strp, struct sk_buff *skb)
{
	struct pages_visitor *v = container_of(strp, struct pages_visitor, strp);
	struct strp_msg *m = strp_msg(skb);
	size_t n = min_t(size_t, skb->len - m->offset, PAGES_REQUEST_MAX);

	if (skb_copy_bits(skb, m->offset, v->parsed, n))
		return -EFAULT;
	return pages_request_len(v->parsed, n);
}

static void take_message(struct strparser *strp, struct sk_buff *skb)
{
	struct pages_visitor *v = container_of(strp, struct pages_visitor, strp);

	skb_queue_tail(&v->messages, skb);
	mod_delayed_work(v->site->wq, &v->work, 0);
}

int pages_hook(struct pages_visitor *v)
{
	static const struct strp_callbacks cb = {
		.parse_msg = parse_message,
		.rcv_msg = take_message,
	};
	struct sock *sk = v->sock->sk;
	int err = 0;

	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_user_data)
		err = -EBUSY;
	else if (v->mode == PAGES_STRPARSER)
		err = strp_init(&v->strp, sk, &cb);
	if (!err) {
		v->hooked = true;
		sk->sk_user_data = v;
		v->saved_data_ready = sk->sk_data_ready;
		v->saved_state_change = sk->sk_state_change;
		v->saved_write_space = sk->sk_write_space;
		sk->sk_data_ready = on_data_ready;
		sk->sk_state_change = on_state_change;
		if (v->mode == PAGES_STRPARSER)
			sk->sk_write_space = on_write_space;
	}
	write_unlock_bh(&sk->sk_callback_lock);
	/* What came before has told somebody else. */
	if (!err && v->mode == PAGES_STRPARSER)
		strp_check_rcv(&v->strp);
	else if (!err)
		on_data_ready(sk);
	release_sock(sk);
	return err;
}

void pages_unhook(struct pages_visitor *v)
{
	struct sock *sk = v->sock->sk;

	if (!v->hooked)
		return;
	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = v->saved_data_ready;
	sk->sk_state_change = v->saved_state_change;
	sk->sk_write_space = v->saved_write_space;
	if (v->mode == PAGES_STRPARSER)
		strp_stop(&v->strp);
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
	if (v->mode == PAGES_STRPARSER)
		strp_done(&v->strp);
}

/* Reading -------------------------------------------------------------------------- */

static int read_sleeping(struct pages_visitor *v)
{
	struct kvec vec = {
		.iov_base = v->in + v->have,
		.iov_len = PAGES_REQUEST_MAX - v->have,
	};
	struct msghdr msg = {};
	int r;

	r = kernel_recvmsg(v->sock, &msg, &vec, 1, vec.iov_len, 0);
	if (r > 0)
		v->have += r;
	return r ?: -EPIPE;
}

/* Whoever got nothing: is it the end? */
static int nothing(struct sock *sk)
{
	if (sk->sk_err)
		return -sk->sk_err;
	if (sk->sk_shutdown & RCV_SHUTDOWN || sk->sk_state == TCP_CLOSE)
		return -EPIPE;
	return 0;
}

static int read_by_ops(struct pages_visitor *v)
{
	read_descriptor_t desc = { .arg.data = v, .count = 1 };
	struct sock *sk = v->sock->sk;
	int r = -EOPNOTSUPP;

	lock_sock(sk);
	if (v->sock->ops->read_sock)
		r = v->sock->ops->read_sock(sk, &desc, take_text);
	if (!r)
		r = nothing(sk);
	release_sock(sk);
	return r;
}

static int read_message(struct pages_visitor *v)
{
	struct sk_buff *skb = skb_dequeue(&v->messages);
	struct strp_msg *m;
	int r;

	if (!skb)
		return nothing(v->sock->sk);
	m = strp_msg(skb);
	r = skb_copy_bits(skb, m->offset, v->in, m->full_len);
	v->have = r ? 0 : m->full_len;
	kfree_skb(skb);
	return r ?: v->have;
}

/* What the callbacks have taken is no request; an answer all the same must not leave. */
static int read_around(struct pages_visitor *v)
{
	struct kvec vec = { .iov_base = v->site->body, .iov_len = 16 };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	if (!atomic_read(&v->site->requests))
		return read_sleeping(v);
	if (!v->hooked)
		return pages_hook(v);
	if (!atomic_read(&v->site->stolen))
		return nothing(v->sock->sk);
	return kernel_sendmsg(v->sock, &msg, &vec, 1, vec.iov_len) < 0 ? -EPERM :
									 -EPIPE;
}

int pages_read(struct pages_visitor *v)
{
	switch (v->mode) {
	case PAGES_RECVMSG:
		return read_sleeping(v);
	case PAGES_READ_SOCK:
		return read_by_ops(v);
	case PAGES_STRPARSER:
		return read_message(v);
	default:
		return read_around(v);
	}
}
