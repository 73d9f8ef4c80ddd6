// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection of the page server: requests in, answers out, one after the other; as
 * much HTTP/1.x as that takes. A request with a body gets its body back, any other the
 * page. Everything happens in the visitor's work; callbacks only queue it.
 * Leaves to reader.c: where bytes come from.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pages.h"

/* The line of header @name, or NULL; @p ends with a zero. */
static char *header_find(char *p, const char *name)
{
	for (p = strstr(p, "\r\n"); p; p = strstr(p + 2, "\r\n"))
		if (!strncasecmp(p + 2, name, strlen(name)))
			return p + 2 + strlen(name);
	return NULL;
}

static ssize_t head_len(const u8 *p, size_t n)
{
	const char *end = strnstr(p, "\r\n\r\n", n);

	return end ? end + 4 - (const char *)p : 0;
}

ssize_t pages_request_len(const u8 *p, size_t n)
{
	ssize_t head = head_len(p, n);
	unsigned int body = 0;
	char *copy, *value;

	if (!head)
		return n < PAGES_REQUEST_MAX ? 0 : -EMSGSIZE;
	copy = kstrndup(p, head, GFP_ATOMIC);
	if (!copy)
		return -ENOMEM;
	value = header_find(copy, "content-length:");
	if (value) {
		value[strcspn(value, "\r")] = 0;
		if (kstrtouint(skip_spaces(value), 10, &body))
			head = -EINVAL;
	}
	kfree(copy);
	if (head > 0 && body > PAGES_REQUEST_MAX - head)
		return -EMSGSIZE;
	return head < 0 ? head : head + body;
}

static int send_all(struct pages_visitor *v, struct kvec *vec, size_t n)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	struct sock *sk = v->sock->sk;
	int r;

	if (v->mode == PAGES_READ_SOCK) {
		lock_sock(sk);
		r = kernel_sendmsg_locked(sk, &msg, vec, 2, n);
		release_sock(sk);
	} else {
		r = kernel_sendmsg(v->sock, &msg, vec, 2, n);
	}
	if (r < 0)
		return r;
	return r == n ? 0 : -ETIMEDOUT;
}

/* The request of @n bytes at @p. 0: the connection stays. */
static int answer(struct pages_visitor *v, u8 *p, size_t n)
{
	size_t head = head_len(p, n), body = n - head;
	struct kvec vec[2];
	char said[128];
	bool keep;
	int err;
	u8 end;

	end = p[head - 1];
	p[head - 1] = 0;
	keep = strstr(p, " HTTP/1.1\r\n") && !header_find(p, "connection: close");
	p[head - 1] = end;
	vec[1].iov_base = body ? p + head : v->site->body;
	vec[1].iov_len = body ?: v->site->len;
	vec[0].iov_base = said;
	vec[0].iov_len = scnprintf(said, sizeof(said),
				   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: %s\r\n\r\n",
				   vec[1].iov_len, keep ? "keep-alive" : "close");
	err = send_all(v, vec, vec[0].iov_len + vec[1].iov_len);
	if (!err)
		atomic_inc(&v->site->requests);
	return err ?: keep ? 0 : -EPIPE;
}

/* All whole requests that are here. */
static int answer_all(struct pages_visitor *v)
{
	for (;;) {
		ssize_t n = pages_request_len(v->in, v->have);
		int err;

		if (n <= 0 || n > v->have)
			return n < 0 ? n : 0;
		err = answer(v, v->in, n);
		if (err)
			return err;
		v->have -= n;
		memmove(v->in, v->in + n, v->have);
	}
}

static int step(struct pages_visitor *v)
{
	int r;

	do {
		if (READ_ONCE(v->stop))
			return -EPIPE;
		r = pages_read(v);
		if (r <= 0)
			break;
		v->last = jiffies;
		v->in[v->have] = 0;
		r = answer_all(v);
	} while (!r);
	if (!r && time_after_eq(jiffies, v->last + PAGES_IDLE))
		r = -ETIMEDOUT;
	return r;
}

static void visitor_work(struct work_struct *work)
{
	struct pages_visitor *v = container_of(to_delayed_work(work),
					       struct pages_visitor, work);
	int err = READ_ONCE(v->gone) ? -EPIPE : step(v);

	if (!err) {
		/* Unless a callback was here first. */
		queue_delayed_work(v->site->wq, &v->work, PAGES_IDLE);
		return;
	}
	if (err == -EBADMSG || err == -EPERM)
		atomic_inc(&v->site->refused);
	kernel_sock_shutdown(v->sock, SHUT_RDWR);
	WRITE_ONCE(v->gone, true);
}

static void socket_put(struct socket *sock, bool lent)
{
	if (lent)
		sockfd_put(sock);
	else
		sock_release(sock);
}

static void visitor_free(struct pages_visitor *v)
{
	WRITE_ONCE(v->stop, true);
	kernel_sock_shutdown(v->sock, SHUT_RDWR); /* ends what sleeps in there */
	cancel_delayed_work_sync(&v->work); /* it may hook */
	pages_unhook(v);
	cancel_delayed_work_sync(&v->work);
	__skb_queue_purge(&v->messages);
	socket_put(v->sock, v->lent);
	v->site->n_visitors--;
	list_del(&v->list);
	kvfree(v);
}

void pages_visitors_reap(struct pages_site *site, bool all)
{
	struct pages_visitor *v, *tmp;

	list_for_each_entry_safe(v, tmp, &site->visitors, list)
		if (all || READ_ONCE(v->gone))
			visitor_free(v);
}

int pages_visitor_new(struct pages_site *site, struct socket *sock, bool lent)
{
	struct pages_visitor *v = NULL;

	if (site->n_visitors < PAGES_VISITORS)
		v = kvzalloc(sizeof(*v), GFP_KERNEL);
	if (!v) {
		socket_put(sock, lent);
		return -ENOBUFS;
	}
	v->site = site;
	v->sock = sock;
	v->lent = lent;
	v->mode = site->mode;
	v->last = jiffies;
	INIT_DELAYED_WORK(&v->work, visitor_work);
	skb_queue_head_init(&v->messages);
	WRITE_ONCE(sock->sk->sk_rcvtimeo, PAGES_IDLE);
	WRITE_ONCE(sock->sk->sk_sndtimeo, PAGES_IDLE);
	list_add_tail(&v->list, &site->visitors);
	site->n_visitors++;
	atomic_inc(&site->accepted);
	if (v->mode == PAGES_READ_SOCK || v->mode == PAGES_STRPARSER) {
		int err = pages_hook(v);

		if (err) {
			visitor_free(v);
			return err;
		}
	}
	queue_delayed_work(site->wq, &v->work, 0);
	return 0;
}
