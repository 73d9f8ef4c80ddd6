// SPDX-License-Identifier: GPL-2.0-only
/* Reading: flags, marks, timeouts, vectors, what is said of what is there. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "same.h"

static void three(struct pair *p)
{
	put(p->peer, "abc");
	put(p->peer, "defg");
	put(p->peer, "hi");
	arrived(p->me, 9);
}

static void peek(struct pair *p)
{
	say_recv(p->me, 100, MSG_PEEK | MSG_DONTWAIT);
	three(p);
	say_recv(p->me, 2, MSG_PEEK);
	say_recv(p->me, 5, MSG_PEEK);
	say_recv(p->me, 100, MSG_PEEK);
	say_recv(p->me, 9, MSG_PEEK | MSG_WAITALL);
	say_recv(p->me, 4, 0);
	say_recv(p->me, 4, MSG_PEEK);
	say_recv(p->me, 100, MSG_PEEK | MSG_DONTWAIT);
	say_poll("peeked", p->me);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 100, MSG_PEEK | MSG_DONTWAIT);
}

static void peek_end(struct pair *p)
{
	put(p->peer, "last");
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_recv(p->me, 100, MSG_PEEK);
	say_recv(p->me, 100, MSG_PEEK | MSG_WAITALL);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 100, MSG_PEEK);
	say_recv(p->me, 100, 0);
}

static void peek_off(struct pair *p)
{
	int off = 0;

	say_rc("SO_PEEK_OFF", setsockopt(p->me, SOL_SOCKET, SO_PEEK_OFF, &off,
					 sizeof(off)));
	three(p);
	say_recv(p->me, 2, MSG_PEEK);
	say_recv(p->me, 5, MSG_PEEK);
	say("off %d", get_int(p->me, SOL_SOCKET, SO_PEEK_OFF));
	say_recv(p->me, 100, MSG_PEEK);
	say("off %d", get_int(p->me, SOL_SOCKET, SO_PEEK_OFF));
	say_recv(p->me, 100, MSG_PEEK | MSG_DONTWAIT);
	say_recv(p->me, 4, 0);
	say("off %d", get_int(p->me, SOL_SOCKET, SO_PEEK_OFF));
	off = 1;
	say_rc("SO_PEEK_OFF", setsockopt(p->me, SOL_SOCKET, SO_PEEK_OFF, &off,
					 sizeof(off)));
	say_recv(p->me, 2, MSG_PEEK);
	say_recv(p->me, 2, 0);
	say("off %d", get_int(p->me, SOL_SOCKET, SO_PEEK_OFF));
	off = -1;
	say_rc("SO_PEEK_OFF", setsockopt(p->me, SOL_SOCKET, SO_PEEK_OFF, &off,
					 sizeof(off)));
	say_recv(p->me, 100, MSG_PEEK);
	say_recv(p->me, 100, 0);
}

static void truncate_some(struct pair *p)
{
	three(p);
	say_recv(p->me, 4, MSG_TRUNC | MSG_PEEK);
	say_recv(p->me, 4, MSG_TRUNC);
	say_rc("recv NULL 3 TRUNC", recv(p->me, NULL, 3, MSG_TRUNC));
	say_recv(p->me, 100, MSG_TRUNC);
	say_recv(p->me, 100, MSG_TRUNC | MSG_DONTWAIT);
}

static void put_three(struct pair *p)
{
	put(p->peer, "abc");
	put(p->peer, "defg");
	put(p->peer, "hi");
}

static void put_end(struct pair *p)
{
	put(p->peer, "end");
	shutdown(p->peer, SHUT_WR);
}

static void waitall(struct pair *p)
{
	put(p->peer, "x");
	arrived(p->me, 1);
	meanwhile(put_three, p);
	say_recv(p->me, 8, MSG_WAITALL);
	done();
	meanwhile(put_three, p);
	say_recv(p->me, 11, MSG_WAITALL | MSG_PEEK);
	done();
	arrived(p->me, 11);
	say_recv(p->me, 100, MSG_WAITALL | MSG_DONTWAIT);
	say_recv(p->me, 100, MSG_WAITALL | MSG_DONTWAIT);
	meanwhile(put_end, p);
	say_recv(p->me, 100, MSG_WAITALL);
	done();
	say_recv(p->me, 100, MSG_WAITALL);
}

static void dontwait(struct pair *p)
{
	say_recv(p->me, 10, MSG_DONTWAIT);
	set_block(p->me, false);
	say_recv(p->me, 10, 0);
	say_recv(p->me, 10, MSG_WAITALL);
	three(p);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 10, 0);
	set_block(p->me, true);
	meanwhile(put_three, p);
	say_recv(p->me, 3, 0);
	done();
}

static void timed_recv(struct pair *p, int flags)
{
	long long start = now_ms(), took;

	say_recv(p->me, 10, flags);
	took = now_ms() - start;
	/* Of 200; jiffies of a guest that did not run for a while make up for it. */
	say("%s", took >= 100 ? "after the timeout" : "early");
}

static void rcvtimeo(struct pair *p)
{
	set_timeo(p->me, SO_RCVTIMEO, 200);
	timed_recv(p, 0);
	timed_recv(p, MSG_PEEK);
	put(p->peer, "abc");
	arrived(p->me, 3);
	timed_recv(p, MSG_WAITALL);
	say_recv(p->me, 10, MSG_DONTWAIT);
	set_timeo(p->me, SO_RCVTIMEO, 0);
	meanwhile(put_three, p);
	say_recv(p->me, 3, 0);
	done();
}

/* TCP counts these alone: what was taken before does not help to reach the mark. */
static void put_more(struct pair *p)
{
	put(p->peer, "defghi");
}

static void lowat(struct pair *p)
{
	set_int(p->me, SOL_SOCKET, SO_RCVLOWAT, 6);
	put(p->peer, "abc");
	arrived(p->me, 3);
	meanwhile(put_more, p);
	say_recv(p->me, 7, 0);
	done();
	say_recv(p->me, 7, MSG_DONTWAIT);
	set_timeo(p->me, SO_RCVTIMEO, 200);
	put(p->peer, "abc");
	timed_recv(p, 0);
	set_int(p->me, SOL_SOCKET, SO_RCVLOWAT, 0);
	put(p->peer, "abc");
	say_recv(p->me, 7, 0);
}

static void lowat_told(struct pair *p)
{
	set_int(p->me, SOL_SOCKET, SO_RCVLOWAT, 6);
	say("SO_RCVLOWAT %d", get_int(p->me, SOL_SOCKET, SO_RCVLOWAT));
}

static void say_fionread(struct pair *p, const char *when)
{
	int n = -1;

	if (ioctl(p->me, FIONREAD, &n))
		err(1, "FIONREAD");
	say("FIONREAD %s: %d", when, n);
}

static void fionread(struct pair *p)
{
	say_fionread(p, "new");
	three(p);
	say_fionread(p, "three");
	say_recv(p->me, 2, 0);
	say_fionread(p, "less 2");
	say_recv(p->me, 100, MSG_PEEK);
	say_fionread(p, "peeked");
	say_recv(p->me, 100, 0);
	say_fionread(p, "read");
	put(p->peer, "hi");
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_fionread(p, "and the end");
	say_recv(p->me, 100, 0);
	say_fionread(p, "at the end");
	say_recv(p->me, 100, 0);
	say_fionread(p, "after the end");
}

static void fionread_end(struct pair *p)
{
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_fionread(p, "closed");
}

static void fionread_many(struct pair *p)
{
	char buf[3000];
	int i;

	memset(buf, 'x', sizeof(buf));
	for (i = 1; i < 150; i++) /* fits into any receive buffer */
		send(p->peer, buf, i, 0);
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_fionread(p, "many");
	say("there were %zu", drain(p->me));
	say_fionread(p, "none");
}

static void zero(struct pair *p)
{
	struct iovec none = { NULL, 0 };
	struct msghdr msg = { .msg_iov = &none, .msg_iovlen = 0 };
	char buf[8] = "";

	say_rc("send 0", send(p->peer, buf, 0, 0));
	say_poll("nothing sent", p->me);
	say_rc("recv 0 DONTWAIT", recv(p->me, buf, 0, MSG_DONTWAIT));
	say_rc("read 0", read(p->me, buf, 0));
	say_rc("readv 0", readv(p->me, &none, 1));
	three(p);
	say_rc("recv 0", recv(p->me, buf, 0, 0));
	say_rc("recv 0 PEEK", recv(p->me, buf, 0, MSG_PEEK));
	say_rc("recvmsg 0", recvmsg(p->me, &msg, 0));
	say_rc("write 0", write(p->me, buf, 0));
	say_rc("sendmsg 0", sendmsg(p->me, &msg, 0));
	say_recv(p->me, 100, 0);
}

static void vectors(struct pair *p)
{
	char a[3], b[100] = "", c[2], addr[64] = "", ctl[64];
	struct iovec iov[] = { { a, 3 }, { c, 2 }, { b, 100 } };
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = 3,
		.msg_name = addr, .msg_namelen = sizeof(addr),
		.msg_control = ctl, .msg_controllen = sizeof(ctl),
	};
	socklen_t len = sizeof(addr);

	three(p);
	say_rc("readv", readv(p->me, iov, 3));
	say("%.3s %.2s %.4s", a, c, b);
	three(p);
	say_rc("recvmsg", recvmsg(p->me, &msg, 0));
	say("%.3s %.2s %.4s, flags %s, name %u, control %zu", a, c, b,
	    flags_name(msg.msg_flags), msg.msg_namelen, msg.msg_controllen);
	three(p);
	say_rc("recvfrom", recvfrom(p->me, b, 100, 0, (void *)addr, &len));
	say("name %u", len);
	three(p);
	iov[2].iov_len = 1;
	msg.msg_namelen = sizeof(addr);
	say_rc("recvmsg TRUNC", recvmsg(p->me, &msg, MSG_TRUNC));
	say("flags %s", flags_name(msg.msg_flags));
	say_recv(p->me, 100, 0);
}

static void recvmmsg_some(struct pair *p)
{
	char buf[3][4];
	struct iovec iov[3];
	struct mmsghdr m[3] = {};
	struct timespec patience = { 1, 0 };
	int i, n;

	for (i = 0; i < 3; i++) {
		iov[i] = (struct iovec){ buf[i], 4 };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	say_rc("recvmmsg DONTWAIT", recvmmsg(p->me, m, 3, MSG_DONTWAIT, NULL));
	three(p);
	n = say_rc("recvmmsg DONTWAIT",
		   recvmmsg(p->me, m, 3, MSG_DONTWAIT, NULL));
	for (i = 0; i < n; i++)
		say_text("one", buf[i], m[i].msg_len);
	three(p);
	n = say_rc("recvmmsg WAITFORONE",
		   recvmmsg(p->me, m, 3, MSG_WAITFORONE, &patience));
	for (i = 0; i < n; i++)
		say_text("one", buf[i], m[i].msg_len);
}

static void inq(struct pair *p)
{
	char buf[4], ctl[64];
	struct iovec iov = { buf, 4 };
	struct msghdr msg;
	struct cmsghdr *c;
	int i, n;

	set_int(p->me, IPPROTO_TCP, TCP_INQ, 1);
	say("TCP_INQ %d", get_int(p->me, IPPROTO_TCP, TCP_INQ));
	three(p);
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	for (i = 0; i < 4; i++) {
		msg = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1,
				       .msg_control = ctl,
				       .msg_controllen = sizeof(ctl) };
		say_rc("recvmsg", recvmsg(p->me, &msg, 0));
		c = CMSG_FIRSTHDR(&msg);
		if (!c)
			continue;
		memcpy(&n, CMSG_DATA(c), sizeof(n));
		say("control %d %d: %d", c->cmsg_level, c->cmsg_type, n);
	}
}

/* Memory that is not there: what was to be read must not be lost. */
static void fault(struct pair *p)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[2] = { { page, 2 }, { page + 4096, 100 } };

	if (page == MAP_FAILED || munmap(page + 4096, 4096))
		err(1, "mmap");
	three(p);
	say_rc("recv nowhere", recv(p->me, page + 4096, 100, 0));
	say_rc("recv PEEK nowhere", recv(p->me, page + 4096, 100, MSG_PEEK));
	say_rc("send nowhere", send(p->me, page + 4096, 100, 0));
	say_rc("recv half", recv(p->me, page + 4094, 100, 0));
	say_rc("readv half", readv(p->me, iov, 2));
	say_recv(p->me, 100, MSG_DONTWAIT);
	memcpy(page + 4094, "xy", 2);
	say_rc("send half", send(p->me, page + 4094, 100, 0));
	put(p->me, "Z");
	arrived(p->peer, 1);
	say_recv(p->peer, 100, MSG_DONTWAIT);
	munmap(page, 4096);
}

/* Sizes that fit nothing, read in others: the same bytes in the same order. */
static void stream(struct pair *p)
{
	static char out[70000], in[300000];
	size_t i, n, total = 0, got = 0;

	for (i = 0; i < sizeof(out); i++)
		out[i] = i * 7 + i / 251;
	for (n = 1; total + n < sizeof(in) && n < sizeof(out); n = n * 3 + 1) {
		if (send(p->peer, out, n, 0) != (ssize_t)n)
			err(1, "send");
		total += n;
		while (got < total) {
			ssize_t rc = recv(p->me, in + got,
					  got % 2 ? total - got : 1, 0);

			if (rc <= 0)
				err(1, "recv");
			got += rc;
		}
	}
	say_text("stream", in, got);
}

const struct scenario read_scenarios[] = {
	{ "peek", peek },
	{ "peek-end", peek_end },
	{ "peek-off", peek_off },
	{ "trunc", truncate_some },
	{ "waitall", waitall },
	{ "dontwait", dontwait },
	{ "rcvtimeo", rcvtimeo },
	{ "lowat", lowat },
	{ "lowat-told", lowat_told },
	{ "fionread", fionread },
	{ "fionread-end", fionread_end },
	{ "fionread-many", fionread_many },
	{ "zero", zero },
	{ "vectors", vectors },
	{ "recvmmsg", recvmmsg_some },
	{ "inq", inq },
	{ "fault", fault },
	{ "stream", stream },
	{}
};
