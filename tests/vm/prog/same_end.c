// SPDX-License-Identifier: GPL-2.0-only
/* The end of a connection, in all its ways, and what each side hears of it. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "same.h"

static void say_state(const char *who, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		err(1, "TCP_INFO");
	say("%s: TCP state %u", who, info.tcpi_state);
}

static void close_peer(struct pair *p)
{
	close(p->peer);
	p->peer = -1;
}

static void close_me(struct pair *p)
{
	close(p->me);
	p->me = -1;
}

static void reset_by_peer(struct pair *p)
{
	struct linger zero = { 1, 0 };

	setsockopt(p->peer, SOL_SOCKET, SO_LINGER, &zero, sizeof(zero));
	close_peer(p);
}

static void half(struct pair *p)
{
	char addr[64];
	socklen_t len = sizeof(addr);

	put(p->me, "question");
	shut(p->me, SHUT_WR);
	await(p->peer, POLLRDHUP);
	await_state(p->me, TCP_FIN_WAIT2);
	say_poll("me", p->me);
	say_send(p->me, "too late", 0);
	say_send(p->me, "too late", MSG_NOSIGNAL);
	say_recv(p->peer, 100, MSG_WAITALL);
	say_recv(p->peer, 100, 0);
	say_state("peer", p->peer);
	say_send(p->peer, "answer", 0);
	say_send(p->peer, "more", 0);
	arrived(p->me, 10);
	say_recv(p->me, 6, 0);
	close_peer(p);
	await(p->me, POLLHUP);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 100, 0);
	say_rc("getpeername", getpeername(p->me, (void *)addr, &len));
	shut(p->me, SHUT_RDWR);
	say("SO_ERROR %d", get_int(p->me, SOL_SOCKET, SO_ERROR));
}

static void half_other(struct pair *p)
{
	shut(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_state("me", p->me);
	say_recv(p->me, 100, 0);
	say_send(p->me, "still here", 0);
	arrived(p->peer, 10);
	say_recv(p->peer, 100, 0);
	shut(p->me, SHUT_WR);
	await(p->peer, POLLHUP);
	say_recv(p->peer, 100, 0);
	/* The last ACK is for me. */
	await_state(p->me, TCP_CLOSE);
	say_poll("me", p->me);
	say_poll("peer", p->peer);
	shut(p->me, SHUT_WR);
	shut(p->me, SHUT_RD);
}

/* TCP lets in what comes nevertheless. */
static void shut_rd(struct pair *p)
{
	shut(p->me, SHUT_RD);
	say_poll("shut", p->me);
	say_recv(p->me, 100, 0);
	say_send(p->peer, "hello", 0);
	arrived(p->me, 5);
	say_poll("and data", p->me);
	say_recv(p->me, 100, MSG_PEEK);
	say_recv(p->me, 2, 0);
	say_recv(p->me, 100, MSG_WAITALL);
	say_recv(p->me, 100, 0);
	say_send(p->me, "world", 0);
	arrived(p->peer, 5);
	say_recv(p->peer, 100, 0);
	say_state("me", p->me);
}

static void shut_rd_data(struct pair *p)
{
	put(p->peer, "hello");
	arrived(p->me, 5);
	shut(p->me, SHUT_RD);
	say_poll("shut", p->me);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 100, 0);
}

static void i_shut_rd(struct pair *p)
{
	shutdown(p->me, SHUT_RD);
}

/* A reader that sleeps hears of its own process' shutdown(). */
static void shut_rd_wakes(struct pair *p)
{
	meanwhile(i_shut_rd, p);
	say_recv(p->me, 100, 0);
	done();
}

static void i_shut_all(struct pair *p)
{
	shutdown(p->me, SHUT_RDWR);
}

static void shut_wakes(struct pair *p)
{
	meanwhile(i_shut_all, p);
	say_recv(p->me, 100, 0);
	done();
	say_poll("shut", p->me);
	say_send(p->me, "too late", 0);
	say_recv(p->me, 100, 0);
}

static void shut_writer(struct pair *p)
{
	static char buf[1 << 20];

	fill(p->me);
	meanwhile(i_shut_all, p);
	say_rc("send", send(p->me, buf, sizeof(buf), 0));
	done();
	say_rc("send", send(p->me, buf, 1, MSG_NOSIGNAL));
}

/* Linger ---------------------------------------------------------------------- */

static void linger_zero(struct pair *p)
{
	put(p->peer, "data");
	arrived(p->me, 4);
	reset_by_peer(p);
	await(p->me, POLLHUP);
	say_poll("reset", p->me);
	say_recv(p->me, 2, 0);
	say_recv(p->me, 100, 0);
	say_recv(p->me, 100, 0);
	say_send(p->me, "late", 0);
	say_state("me", p->me);
}

static void linger_zero_send(struct pair *p)
{
	reset_by_peer(p);
	await(p->me, POLLHUP);
	say_send(p->me, "late", 0);
	say_send(p->me, "late", 0);
	say_recv(p->me, 100, 0);
}

static void linger_close(struct pair *p, int seconds, const char *what)
{
	struct linger on = { 1, seconds };
	long long start = now_ms();

	setsockopt(p->me, SOL_SOCKET, SO_LINGER, &on, sizeof(on));
	close_me(p);
	say("%s: %s", what,
	    now_ms() - start >= seconds * 500 ? "lingered" : "at once");
}

static size_t said;

static void to_the_end(struct pair *p)
{
	static char buf[65536];
	ssize_t n;

	said = 0;
	while ((n = recv(p->peer, buf, sizeof(buf), 0)) > 0)
		said += n;
	say_rc("peer's end", n);
}

/* Nobody reads: the whole second; and then the data is on its way still. */
static void linger_unread(struct pair *p)
{
	fill(p->me);
	linger_close(p, 1, "unread");
	to_the_end(p);
	say("%s", said > 60000 ? "all came" : "some is missing");
}

static void linger_read(struct pair *p)
{
	struct linger on = { 1, 15 };
	long long start;

	fill(p->me);
	setsockopt(p->me, SOL_SOCKET, SO_LINGER, &on, sizeof(on));
	meanwhile(to_the_end, p);
	start = now_ms();
	close_me(p);
	start = now_ms() - start;
	done();
	say("closed %s", start < 14000 ? "in time" : "late");
}

static void linger_idle(struct pair *p)
{
	linger_close(p, 15, "nothing unsent");
	to_the_end(p);
}

/* Without SO_LINGER close() returns, and all of it arrives. */
static void close_sent(struct pair *p)
{
	static char buf[1000000];
	size_t n = 0;
	ssize_t rc;

	while ((rc = send(p->me, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		n += rc;
	close_me(p);
	to_the_end(p);
	say("%s", said == n ? "all came" : "some is missing");
}

/* What is unread at close() ends the connection by RST --------------------------- */

static void unread_end(struct pair *p)
{
	close_me(p);
	await(p->peer, POLLHUP | POLLRDHUP);
	say_poll("peer", p->peer);
	say_recv(p->peer, 100, 0);
	say_recv(p->peer, 100, 0);
}

static void unread(struct pair *p)
{
	put(p->peer, "hello");
	arrived(p->me, 5);
	unread_end(p);
}

static void unread_part(struct pair *p)
{
	put(p->peer, "hello");
	arrived(p->me, 5);
	say_recv(p->me, 2, 0);
	unread_end(p);
}

static void unread_peeked(struct pair *p)
{
	put(p->peer, "hello");
	put(p->peer, "world");
	arrived(p->me, 10);
	say_recv(p->me, 100, MSG_PEEK);
	unread_end(p);
}

static void unread_second(struct pair *p)
{
	put(p->peer, "hello");
	put(p->peer, "world");
	arrived(p->me, 10);
	say_recv(p->me, 5, 0);
	unread_end(p);
}

/* And although the peer has closed its half, and something was said. */
static void unread_half(struct pair *p)
{
	put(p->peer, "hello");
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	put(p->me, "answer");
	arrived(p->peer, 6);
	unread_end(p);
}

/* The end alone is nothing unread. */
static void unread_nothing(struct pair *p)
{
	put(p->peer, "hello");
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_recv(p->me, 5, 0);
	put(p->me, "answer");
	arrived(p->peer, 6);
	unread_end(p);
}

/* Somebody who is gone ------------------------------------------------------------ */

static void gone(struct pair *p)
{
	close_peer(p);
	await(p->me, POLLRDHUP);
	say_poll("gone", p->me);
	say_send(p->me, "one", 0);
	await(p->me, POLLHUP);
	say_poll("heard", p->me);
	say_send(p->me, "two", 0);
	say_send(p->me, "three", MSG_NOSIGNAL);
	say_recv(p->me, 10, 0);
	say_poll("told", p->me);
	say("SO_ERROR %d", get_int(p->me, SOL_SOCKET, SO_ERROR));
}

static void gone_read(struct pair *p)
{
	put(p->peer, "bye");
	close_peer(p);
	await(p->me, POLLRDHUP);
	say_send(p->me, "one", 0);
	await(p->me, POLLHUP);
	say("SO_ERROR %d", get_int(p->me, SOL_SOCKET, SO_ERROR));
	say_recv(p->me, 10, 0);
	say_recv(p->me, 10, 0);
	say_send(p->me, "two", 0);
}

static void reset_reader(struct pair *p)
{
	meanwhile(reset_by_peer, p);
	say_recv(p->me, 10, 0);
	done();
	say_recv(p->me, 10, 0);
}

static void reset_part(struct pair *p)
{
	put(p->peer, "part");
	arrived(p->me, 4);
	meanwhile(reset_by_peer, p);
	say_recv(p->me, 10, MSG_WAITALL);
	done();
	say_recv(p->me, 10, 0);
	say_recv(p->me, 10, 0);
}

static void reset_writer(struct pair *p)
{
	static char buf[1 << 20];

	fill(p->me);
	meanwhile(reset_by_peer, p);
	say_rc("send", send(p->me, buf, sizeof(buf), 0));
	done();
	say_rc("send", send(p->me, buf, 10, 0));
	say_recv(p->me, 10, 0);
}

static void closed_reader(struct pair *p)
{
	meanwhile(close_peer, p);
	say_recv(p->me, 10, 0);
	done();
	say_recv(p->me, 10, 0);
}

static void states(struct pair *p)
{
	say_state("me", p->me);
	say_state("peer", p->peer);
	shutdown(p->me, SHUT_WR);
	await(p->peer, POLLRDHUP);
	await_state(p->me, TCP_FIN_WAIT2);
	say_state("me", p->me);
	say_state("peer", p->peer);
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLHUP);
	await_state(p->peer, TCP_CLOSE);
	say_state("me", p->me);
	say_state("peer", p->peer);
	say_rc("connect again", connect(p->me, NULL, 0));
	say_rc("listen", listen(p->me, 1));
}

/* As programs that use a socket anew do. */
static void disconnect(struct pair *p)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	say_rc("connect AF_UNSPEC", connect(p->me, &none, sizeof(none)));
}

const struct scenario end_scenarios[] = {
	{ "half", half },
	{ "half-other", half_other },
	{ "shut-rd", shut_rd },
	{ "shut-rd-data", shut_rd_data },
	{ "shut-rd-wakes", shut_rd_wakes },
	{ "shut-wakes", shut_wakes },
	{ "shut-writer", shut_writer },
	{ "linger-zero", linger_zero },
	{ "linger-zero-send", linger_zero_send },
	{ "linger-unread", linger_unread },
	{ "linger-read", linger_read },
	{ "linger-idle", linger_idle },
	{ "close-sent", close_sent },
	{ "unread", unread },
	{ "unread-part", unread_part },
	{ "unread-peeked", unread_peeked },
	{ "unread-second", unread_second },
	{ "unread-half", unread_half },
	{ "unread-nothing", unread_nothing },
	{ "gone", gone },
	{ "gone-read", gone_read },
	{ "reset-reader", reset_reader },
	{ "reset-part", reset_part },
	{ "reset-writer", reset_writer },
	{ "closed-reader", closed_reader },
	{ "states", states },
	{ "disconnect", disconnect },
	{}
};
