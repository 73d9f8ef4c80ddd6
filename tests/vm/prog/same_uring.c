// SPDX-License-Identifier: GPL-2.0-only
/* The same again, as io_uring does it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "same.h"

#define GROUP 1
#define N_BUFS 8
#define BUF_LEN 64

static struct io_uring ring;
static char bufs[N_BUFS][BUF_LEN];

static void with_ring(void (*run)(struct pair *p), struct pair *p)
{
	if (io_uring_queue_init(32, &ring, 0))
		errx(1, "io_uring");
	run(p);
	io_uring_queue_exit(&ring);
}

static struct io_uring_sqe *sqe(unsigned long long tag)
{
	struct io_uring_sqe *s = io_uring_get_sqe(&ring);

	if (!s)
		errx(1, "sqe");
	io_uring_sqe_set_data64(s, tag);
	return s;
}

static int submit(void)
{
	return io_uring_submit(&ring);
}

/* The flags that are a program's business; not how full the socket is. */
static const char *cqe_flags(unsigned int flags)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s",
		 flags & IORING_CQE_F_MORE ? " more" : "",
		 flags & IORING_CQE_F_NOTIF ? " notification" : "",
		 flags & IORING_CQE_F_SOCK_NONEMPTY ? " nonempty" : "");
	return text;
}

/* One completion: its result, and the flags at @flags. */
static int reap(const char *what, unsigned int *flags)
{
	struct __kernel_timespec patience = { PATIENCE_MS / 1000, 0 };
	struct io_uring_cqe *c;
	int res;

	if (io_uring_wait_cqe_timeout(&ring, &c, &patience)) {
		say("%s: never", what);
		return -1;
	}
	res = c->res;
	if (flags)
		*flags = c->flags;
	if (res < 0)
		say("%s = %s%s", what, strerrorname_np(-res),
		    cqe_flags(c->flags));
	else
		say("%s = %d%s", what, res, cqe_flags(c->flags));
	io_uring_cqe_seen(&ring, c);
	return res;
}

static void none(const char *when)
{
	struct io_uring_cqe *c;

	say("%s: %s", when, io_uring_peek_cqe(&ring, &c) ? "nothing yet" :
							   "something");
}

static void send_recv_in(struct pair *p)
{
	char buf[64];
	int n;

	io_uring_prep_send(sqe(1), p->me, "hello", 5, 0);
	submit();
	reap("send", NULL);
	arrived(p->peer, 5);
	say_recv(p->peer, 100, 0);
	/* Nothing is here yet. */
	io_uring_prep_recv(sqe(2), p->me, buf, sizeof(buf), 0);
	submit();
	none("recv");
	put(p->peer, "answer");
	n = reap("recv", NULL);
	say_text("text", buf, n);
	put(p->peer, "more");
	arrived(p->me, 4);
	io_uring_prep_recv(sqe(3), p->me, buf, 2, MSG_PEEK);
	submit();
	reap("recv PEEK", NULL);
	io_uring_prep_recv(sqe(3), p->me, buf, 2, 0);
	submit();
	reap("recv", NULL);
	io_uring_prep_recv(sqe(3), p->me, buf, 5, MSG_WAITALL);
	submit();
	put(p->peer, "abc");
	n = reap("recv WAITALL", NULL);
	say_text("text", buf, n);
	io_uring_prep_recv(sqe(4), p->me, buf, 5, MSG_DONTWAIT);
	submit();
	reap("recv DONTWAIT", NULL);
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	io_uring_prep_recv(sqe(5), p->me, buf, 5, 0);
	submit();
	reap("recv, end", NULL);
}

static void vectors_in(struct pair *p)
{
	char a[4], b[64];
	struct iovec out[] = { { "abc", 3 }, { "defgh", 5 } };
	struct iovec in[] = { { a, 4 }, { b, 64 } };
	struct msghdr om = { .msg_iov = out, .msg_iovlen = 2 };
	struct msghdr im = { .msg_iov = in, .msg_iovlen = 2 };
	int n;

	io_uring_prep_sendmsg(sqe(1), p->me, &om, 0);
	submit();
	reap("sendmsg", NULL);
	arrived(p->peer, 8);
	say_recv(p->peer, 100, 0);
	io_uring_prep_writev(sqe(2), p->me, out, 2, 0);
	submit();
	reap("writev", NULL);
	arrived(p->peer, 8);
	say_recv(p->peer, 100, 0);
	io_uring_prep_recvmsg(sqe(3), p->me, &im, 0);
	submit();
	put(p->peer, "12345678");
	n = reap("recvmsg", NULL);
	say_text("text", b, n - 4);
	io_uring_prep_readv(sqe(4), p->me, in, 2, 0);
	submit();
	put(p->peer, "87654321");
	n = reap("readv", NULL);
	say_text("text", b, n - 4);
}

static void links_in(struct pair *p)
{
	struct io_uring_sqe *s;
	char buf[8];

	s = sqe(1);
	io_uring_prep_send(s, p->me, "one", 3, 0);
	s->flags |= IOSQE_IO_LINK;
	s = sqe(2);
	io_uring_prep_send(s, p->me, "two", 3, 0);
	s->flags |= IOSQE_IO_LINK;
	io_uring_prep_shutdown(sqe(3), p->me, SHUT_WR);
	submit();
	reap("one", NULL);
	reap("two", NULL);
	reap("shutdown", NULL);
	arrived(p->peer, 6);
	say_recv(p->peer, 100, 0);
	say_recv(p->peer, 100, 0);
	/* What nobody waits for any more. */
	io_uring_prep_recv(sqe(4), p->me, buf, 8, 0);
	submit();
	none("recv");
	io_uring_prep_cancel64(sqe(5), 4, 0);
	submit();
	reap("one of recv and cancel", NULL);
	reap("the other", NULL);
	put(p->peer, "kept");
	arrived(p->me, 4);
	say_recv(p->me, 10, MSG_DONTWAIT);
}

static void poll_in(struct pair *p)
{
	unsigned int flags = 0;
	int n;

	io_uring_prep_poll_add(sqe(1), p->me, POLLIN);
	submit();
	none("poll");
	put(p->peer, "hello");
	n = reap("poll", NULL);
	say("%s", n > 0 ? events_name(n) : "-");
	say_recv(p->me, 10, 0);
	io_uring_prep_poll_multishot(sqe(2), p->me, POLLIN | POLLRDHUP);
	submit();
	none("multishot poll");
	put(p->peer, "one");
	n = reap("multishot poll", &flags);
	say("%s", n > 0 ? events_name(n) : "-");
	say_recv(p->me, 10, 0);
	put(p->peer, "two");
	n = reap("multishot poll", &flags);
	say("%s", n > 0 ? events_name(n) : "-");
	say_recv(p->me, 10, 0);
	none("read");
}

static void multishot_in(struct pair *p)
{
	struct io_uring_buf_ring *br;
	struct io_uring_buf_reg reg = { .ring_entries = N_BUFS, .bgid = GROUP };
	struct io_uring_sqe *s;
	unsigned int flags = IORING_CQE_F_MORE;
	int i, n;

	if (posix_memalign((void **)&br, 4096, N_BUFS * sizeof(*br)))
		err(1, "memory");
	reg.ring_addr = (unsigned long)br;
	if (io_uring_register_buf_ring(&ring, &reg, 0))
		errx(1, "buffer ring");
	io_uring_buf_ring_init(br);
	for (i = 0; i < N_BUFS; i++)
		io_uring_buf_ring_add(br, bufs[i], BUF_LEN, i,
				      io_uring_buf_ring_mask(N_BUFS), i);
	io_uring_buf_ring_advance(br, N_BUFS);
	put(p->peer, "early");
	arrived(p->me, 5);
	s = sqe(1);
	io_uring_prep_recv_multishot(s, p->me, NULL, 0, 0);
	s->flags |= IOSQE_BUFFER_SELECT;
	s->buf_group = GROUP;
	submit();
	for (i = 0; i < 4 && flags & IORING_CQE_F_MORE; i++) {
		n = reap("multishot recv", &flags);
		if (n > 0)
			say_text("text", bufs[flags >> 16], n);
		if (i < 2)
			put(p->peer, i ? "second" : "first");
		else
			shutdown(p->peer, SHUT_WR);
	}
	io_uring_unregister_buf_ring(&ring, GROUP);
	free(br);
}

static void zerocopy_in(struct pair *p)
{
	unsigned int flags = 0;

	io_uring_prep_send_zc(sqe(1), p->me, "hello", 5, 0, 0);
	submit();
	reap("send_zc", &flags);
	arrived(p->peer, 5);
	say_recv(p->peer, 10, 0);
	if (flags & IORING_CQE_F_MORE)
		reap("its notification", &flags);
}

static void accept_in(struct pair *p)
{
	char buf[16];
	int c[2], s, i, n;

	for (i = 0; i < 2; i++) {
		io_uring_prep_accept(sqe(1), p->listener, NULL, NULL, 0);
		submit();
		c[i] = connecting(0);
		n = -1;
		do {
			struct io_uring_cqe *cqe;

			if (io_uring_wait_cqe(&ring, &cqe))
				break;
			n = cqe->res;
			io_uring_cqe_seen(&ring, cqe);
		} while (n == -EAGAIN);
		s = n;
		say("accepted %d", s > 0);
		io_uring_prep_send(sqe(2), s, "welcome", 7, 0);
		io_uring_prep_recv(sqe(3), c[i], buf, sizeof(buf), 0);
		submit();
		/* In either order: both are 7. */
		reap("one", NULL);
		reap("the other", NULL);
		say_text("text", buf, 7);
		close(c[i]);
		close(s);
	}
}

static void accept_one(struct pair *p)
{
	int s = accept(p->listener, NULL, NULL);

	await(s, POLLOUT);
	put(s, "welcome");
	await(s, POLLRDHUP);
	close(s);
}

static void connect_in(struct pair *p)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	struct io_uring_sqe *s;
	char buf[16];
	int fd = unconnected(0), n;

	getsockname(p->listener, (void *)&addr, &len);
	s = sqe(1);
	io_uring_prep_connect(s, fd, (void *)&addr, len);
	s->flags |= IOSQE_IO_LINK;
	io_uring_prep_recv(sqe(2), fd, buf, sizeof(buf), 0);
	meanwhile(accept_one, p);
	submit();
	reap("connect", NULL);
	n = reap("recv", NULL);
	say_text("text", buf, n);
	io_uring_prep_close(sqe(3), fd);
	submit();
	reap("close", NULL);
	done();
}

static void splice_in(struct pair *p)
{
	char buf[16];
	int fds[2];

	if (pipe(fds))
		err(1, "pipe");
	io_uring_prep_splice(sqe(1), p->me, -1, fds[1], -1, 100, 0);
	submit();
	none("splice");
	put(p->peer, "hello");
	reap("splice", NULL);
	say_text("pipe", buf, read(fds[0], buf, sizeof(buf)));
	if (write(fds[1], "world", 5) != 5)
		err(1, "pipe");
	io_uring_prep_splice(sqe(1), fds[0], -1, p->me, -1, 5, 0);
	submit();
	reap("splice", NULL);
	arrived(p->peer, 5);
	say_recv(p->peer, 10, 0);
	close(fds[0]);
	close(fds[1]);
}

static void ends_in(struct pair *p)
{
	struct linger zero = { 1, 0 };
	char buf[16];

	io_uring_prep_recv(sqe(1), p->me, buf, sizeof(buf), 0);
	submit();
	none("recv");
	setsockopt(p->peer, SOL_SOCKET, SO_LINGER, &zero, sizeof(zero));
	close(p->peer);
	p->peer = -1;
	reap("recv", NULL);
	io_uring_prep_send(sqe(2), p->me, "late", 4, MSG_NOSIGNAL);
	submit();
	reap("send", NULL);
	io_uring_prep_recv(sqe(3), p->me, buf, sizeof(buf), 0);
	submit();
	reap("recv", NULL);
}

/* No room: the send waits, and goes on once there is some. */
static void room_in(struct pair *p)
{
	set_block(p->me, true);
	p->filled = fill(p->me);
	io_uring_prep_send(sqe(1), p->me, "hello", 5, 0);
	submit();
	none("send");
	drain_all(p->peer, p->filled);
	reap("send", NULL);
}

#define IN_RING(name)\
	static void ring_##name(struct pair *p)     \
	{                                    \
		with_ring(name##_in, p);     \
	}

IN_RING(send_recv)
IN_RING(vectors)
IN_RING(links)
IN_RING(poll)
IN_RING(multishot)
IN_RING(zerocopy)
IN_RING(accept)
IN_RING(connect)
IN_RING(splice)
IN_RING(ends)
IN_RING(room)

const struct scenario uring_scenarios[] = {
	{ "uring", ring_send_recv },
	{ "uring-vectors", ring_vectors },
	{ "uring-links", ring_links },
	{ "uring-poll", ring_poll },
	{ "uring-multishot", ring_multishot },
	{ "uring-zerocopy", ring_zerocopy },
	{ "uring-accept", ring_accept },
	{ "uring-connect", ring_connect },
	{ "uring-splice", ring_splice },
	{ "uring-ends", ring_ends },
	{ "uring-room", ring_room },
	{}
};
