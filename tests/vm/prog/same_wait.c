// SPDX-License-Identifier: GPL-2.0-only
/* Readiness: poll, select, epoll, signals. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "same.h"

/* The life of a connection, and a look at each step of it. */
static void life(struct pair *p, void (*look)(const char *when, int fd))
{
	look("new", p->me);
	put(p->peer, "hello");
	arrived(p->me, 5);
	look("data", p->me);
	say_recv(p->me, 2, 0);
	look("some read", p->me);
	put(p->peer, "more");
	arrived(p->me, 7);
	look("more data", p->me);
	say_recv(p->me, 100, 0);
	look("all read", p->me);
	put(p->peer, "last");
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	look("peer's half closed", p->me);
	say_recv(p->me, 100, 0);
	look("and read", p->me);
	say_recv(p->me, 100, 0);
	shutdown(p->me, SHUT_WR);
	await(p->me, POLLHUP);
	/* Whose last ACK comes later is told of a second edge. */
	await_state(p->me, TCP_CLOSE);
	look("both closed", p->me);
}

static void poll_life(struct pair *p)
{
	life(p, say_poll);
}

static void look_select(const char *when, int fd)
{
	struct timeval tv = { 0, 0 };
	fd_set in, out, ex;

	FD_ZERO(&in);
	FD_SET(fd, &in);
	out = in;
	ex = in;
	if (select(fd + 1, &in, &out, &ex, &tv) < 0)
		err(1, "select");
	say("select %s: %s%s%s", when, FD_ISSET(fd, &in) ? "in " : "",
	    FD_ISSET(fd, &out) ? "out " : "", FD_ISSET(fd, &ex) ? "ex" : "");
}

static void select_life(struct pair *p)
{
	life(p, look_select);
}

static int ep;

static void look_epoll(const char *when, int fd)
{
	struct epoll_event ev;
	int i, n;

	(void)fd;
	/* Twice: an edge is told of once. */
	for (i = 0; i < 2; i++) {
		n = epoll_wait(ep, &ev, 1, 0);
		say("epoll %s: %s", when, n ? events_name(ev.events) : "none");
	}
}

static void epoll_with(struct pair *p, uint32_t mode,
		       void (*run)(struct pair *p))
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | mode,
	};

	ep = epoll_create1(0);
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, p->me, &ev))
		err(1, "epoll");
	run(p);
	close(ep);
}

static void epoll_life(struct pair *p)
{
	life(p, look_epoll);
}

static void level(struct pair *p)
{
	epoll_with(p, 0, epoll_life);
}

static void edge(struct pair *p)
{
	epoll_with(p, EPOLLET, epoll_life);
}

static void rearm(struct pair *p)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };

	look_epoll("new", p->me);
	put(p->peer, "hello");
	arrived(p->me, 5);
	look_epoll("data", p->me);
	if (epoll_ctl(ep, EPOLL_CTL_MOD, p->me, &ev))
		err(1, "epoll_ctl");
	look_epoll("again", p->me);
	say_recv(p->me, 100, 0);
	if (epoll_ctl(ep, EPOLL_CTL_MOD, p->me, &ev))
		err(1, "epoll_ctl");
	look_epoll("read", p->me);
}

static void oneshot(struct pair *p)
{
	epoll_with(p, EPOLLONESHOT, rearm);
}

/* The peer's end, by RST and by FIN, as each kind of poller sees it. */
static void reset_seen(struct pair *p)
{
	struct linger zero = { 1, 0 };

	look_epoll("new", p->me);
	setsockopt(p->peer, SOL_SOCKET, SO_LINGER, &zero, sizeof(zero));
	close(p->peer);
	p->peer = -1;
	await(p->me, POLLHUP);
	look_epoll("reset", p->me);
	say_poll("reset", p->me);
	look_select("reset", p->me);
	say("SO_ERROR %d", get_int(p->me, SOL_SOCKET, SO_ERROR));
	say_poll("told", p->me);
}

static void reset_edge(struct pair *p)
{
	epoll_with(p, EPOLLET, reset_seen);
}

static void reset_level(struct pair *p)
{
	epoll_with(p, 0, reset_seen);
}

static void closed_seen(struct pair *p)
{
	look_epoll("new", p->me);
	close(p->peer);
	p->peer = -1;
	await(p->me, POLLRDHUP);
	look_epoll("closed", p->me);
	say_poll("closed", p->me);
	look_select("closed", p->me);
	say_recv(p->me, 10, 0);
	look_epoll("end read", p->me);
}

static void closed_edge(struct pair *p)
{
	epoll_with(p, EPOLLET, closed_seen);
}

static void put_hello(struct pair *p)
{
	put(p->peer, "hello");
}

static void peer_shuts(struct pair *p)
{
	shutdown(p->peer, SHUT_WR);
}

static void peer_drains(struct pair *p)
{
	drain_all(p->peer, p->filled);
}

/* What ends a wait. */
static void wakes(struct pair *p)
{
	struct pollfd in = { .fd = p->me, .events = POLLIN };
	struct pollfd hup = { .fd = p->me, .events = POLLRDHUP };
	int n;

	meanwhile(put_hello, p);
	n = poll(&in, 1, PATIENCE_MS);
	say("poll woken: %d %s", n, events_name(in.revents));
	done();
	say_recv(p->me, 100, MSG_DONTWAIT);
	meanwhile(peer_shuts, p);
	n = poll(&hup, 1, PATIENCE_MS);
	say("poll woken: %d %s", n, events_name(hup.revents));
	done();
}

static void edge_wakes_in(struct pair *p)
{
	struct epoll_event ev;
	int n;

	look_epoll("new", p->me);
	meanwhile(put_hello, p);
	n = epoll_wait(ep, &ev, 1, PATIENCE_MS);
	say("epoll woken: %d %s", n, events_name(ev.events));
	done();
	say_recv(p->me, 100, MSG_DONTWAIT);
	look_epoll("read", p->me);
}

static void edge_wakes(struct pair *p)
{
	epoll_with(p, EPOLLET, edge_wakes_in);
}

/* No room, and room again. */
static void room_in(struct pair *p)
{
	struct epoll_event ev;
	int n;

	look_epoll("new", p->me);
	p->filled = fill(p->me);
	say_poll("full", p->me);
	look_select("full", p->me);
	look_epoll("full", p->me);
	meanwhile(peer_drains, p);
	n = epoll_wait(ep, &ev, 1, PATIENCE_MS);
	say("epoll room: %d %s", n, events_name(ev.events));
	done();
	say_poll("room", p->me);
	say_send(p->me, "hello", MSG_DONTWAIT);
}

static void room_edge(struct pair *p)
{
	epoll_with(p, EPOLLET, room_in);
}

static void room_level(struct pair *p)
{
	epoll_with(p, 0, room_in);
}

static void lowat(struct pair *p)
{
	set_int(p->me, SOL_SOCKET, SO_RCVLOWAT, 10);
	put(p->peer, "hello");
	arrived(p->me, 5);
	say_poll("5 of 10", p->me);
	look_select("5 of 10", p->me);
	look_epoll("5 of 10", p->me);
	put(p->peer, "world");
	arrived(p->me, 10);
	say_poll("10 of 10", p->me);
	look_epoll("10 of 10", p->me);
	say_recv(p->me, 3, MSG_DONTWAIT);
	say_poll("7 of 10", p->me);
	look_epoll("7 of 10", p->me);
	shutdown(p->peer, SHUT_WR);
	await(p->me, POLLRDHUP);
	say_poll("7 and the end", p->me);
	say_recv(p->me, 100, 0);
}

static void lowat_poll(struct pair *p)
{
	epoll_with(p, 0, lowat);
}

/* A mark that is put up, and down again, with data here. */
static void lowat_moves(struct pair *p)
{
	put(p->peer, "hello");
	arrived(p->me, 5);
	set_int(p->me, SOL_SOCKET, SO_RCVLOWAT, 6);
	say_poll("5 of 6", p->me);
	set_int(p->me, SOL_SOCKET, SO_RCVLOWAT, 5);
	say_poll("5 of 5", p->me);
	look_epoll("5 of 5", p->me);
}

static void lowat_change(struct pair *p)
{
	epoll_with(p, EPOLLET, lowat_moves);
}

static void sigio_next(const char *when)
{
	struct timespec patience = { PATIENCE_MS / 1000, 0 }, none = { 0, 0 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	if (sigtimedwait(&set, &info, &patience) < 0) {
		say("%s: no signal", when);
		return;
	}
	say("%s: signal, band %s", when, events_name(info.si_band & 0x3f));
	while (sigtimedwait(&set, &info, &none) >= 0)
		;
}

static void sigio(struct pair *p)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, &old);
	if (fcntl(p->me, F_SETOWN, getpid()) ||
	    fcntl(p->me, F_SETSIG, SIGRTMIN) ||
	    fcntl(p->me, F_SETFL, O_ASYNC))
		err(1, "O_ASYNC");
	put(p->peer, "hello");
	sigio_next("data");
	say_recv(p->me, 100, MSG_DONTWAIT);
	shutdown(p->peer, SHUT_WR);
	sigio_next("end");
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* A new connection as its two ends first see it. */
static void fresh(struct pair *p)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int i, fd;

	for (i = 0; i < 2; i++) {
		fd = i ? p->peer : p->me;
		ep = epoll_create1(0);
		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
		say_poll("fresh", fd);
		look_epoll("fresh", fd);
		say_recv(fd, 10, MSG_DONTWAIT);
		say_recv(fd, 10, MSG_DONTWAIT | MSG_PEEK);
		look_epoll("looked at", fd);
		close(ep);
	}
}

const struct scenario wait_scenarios[] = {
	{ "poll", poll_life },
	{ "select", select_life },
	{ "level", level },
	{ "edge", edge },
	{ "oneshot", oneshot },
	{ "reset-level", reset_level },
	{ "reset-edge", reset_edge },
	{ "closed-edge", closed_edge },
	{ "wakes", wakes },
	{ "edge-wakes", edge_wakes },
	{ "room-level", room_level },
	{ "room-edge", room_edge },
	{ "lowat-poll", lowat_poll },
	{ "lowat-change", lowat_change },
	{ "sigio", sigio },
	{ "fresh", fresh },
	{}
};
