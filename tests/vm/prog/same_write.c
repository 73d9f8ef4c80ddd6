// SPDX-License-Identifier: GPL-2.0-only
/* Writing: flags, corks, files and pipes, timeouts, what is under way. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "same.h"

static void came(struct pair *p, int n)
{
	arrived(p->peer, n);
	say_recv(p->peer, 100000, MSG_DONTWAIT);
}

/*
 * Does what is to be held back show at the peer's? TCP holds it for 200 ms at most, so
 * only a look that was quicker says something.
 */
static void held(struct pair *p, int flags)
{
	struct pollfd pfd = { .fd = p->peer, .events = POLLIN };
	long long start, took;
	int try;

	for (try = 0; try < 50; try++) {
		start = now_ms();
		if (send(p->me, "abc", 3, flags) != 3 ||
		    send(p->me, "def", 3, flags) != 3)
			err(1, "send");
		poll(&pfd, 1, 0);
		took = now_ms() - start;
		put(p->me, "ghi");
		if (!flags) {
			set_int(p->me, IPPROTO_TCP, TCP_CORK, 0);
			set_int(p->me, IPPROTO_TCP, TCP_CORK, 1);
		}
		if (took < 100)
			break;
		arrived(p->peer, 9);
		drain(p->peer);
	}
	say("peer, held: %s", took < 100 ? events_name(pfd.revents) : "?");
	came(p, 9);
}

static void more(struct pair *p)
{
	held(p, MSG_MORE);
	/* Nobody waits for ever. */
	say_send(p->me, "jkl", MSG_MORE);
	came(p, 3);
	say_send(p->me, "mno", MSG_MORE);
	shut(p->me, SHUT_WR);
	came(p, 3);
	say_recv(p->peer, 10, 0);
}

static void cork(struct pair *p)
{
	set_int(p->me, IPPROTO_TCP, TCP_CORK, 1);
	held(p, 0);
	say_send(p->me, "ghi", 0);
	set_int(p->me, IPPROTO_TCP, TCP_NODELAY, 1);
	came(p, 3);
	say("CORK %d NODELAY %d", get_int(p->me, IPPROTO_TCP, TCP_CORK),
	    get_int(p->me, IPPROTO_TCP, TCP_NODELAY));
}

static void vectors(struct pair *p)
{
	struct iovec iov[] = {
		{ "abc", 3 }, { "", 0 }, { "de", 2 }, { "fghi", 4 }
	};
	struct mmsghdr m[3] = {};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 4 };
	int i;

	say_rc("writev", writev(p->me, iov, 4));
	came(p, 9);
	say_rc("sendmsg", sendmsg(p->me, &msg, MSG_EOR));
	came(p, 9);
	for (i = 0; i < 3; i++) {
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 2;
	}
	say_rc("sendmmsg", sendmmsg(p->me, m, 3, 0));
	for (i = 0; i < 3; i++)
		say("sent %u", m[i].msg_len);
	came(p, 11);
	say_rc("sendto", sendto(p->me, "xyz", 3, 0,
				(struct sockaddr *)&(struct sockaddr_in){
					.sin_family = AF_INET },
				sizeof(struct sockaddr_in)));
	came(p, 3);
}

/* What only datagrams know, or nobody. */
static void control(struct pair *p)
{
	char ctl[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { "abc", 3 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = ctl,
			      .msg_controllen = sizeof(ctl) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_len = CMSG_LEN(sizeof(int));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_TIMESTAMPING + 1000;
	say_rc("sendmsg, unknown control", sendmsg(p->me, &msg, 0));
	c->cmsg_level = SOL_IP;
	say_rc("sendmsg, IP's control", sendmsg(p->me, &msg, 0));
	came(p, 3);
	say_send(p->me, "abc", MSG_CONFIRM | MSG_DONTROUTE);
	came(p, 3);
}

static int file_of(size_t n)
{
	int fd = memfd_create("file", 0);
	size_t i;
	char c;

	for (i = 0; i < n; i++) {
		c = 'a' + i % 23;
		if (pwrite(fd, &c, 1, i) != 1)
			err(1, "file");
	}
	return fd;
}

static void send_file(struct pair *p)
{
	int file = file_of(9000);
	off_t off = 10;

	say_rc("sendfile", sendfile(p->me, file, NULL, 5));
	came(p, 5);
	say_rc("sendfile, offset", sendfile(p->me, file, &off, 5000));
	came(p, 5000);
	say("offset %lld, file's %lld", (long long)off,
	    (long long)lseek(file, 0, SEEK_CUR));
	say_rc("sendfile, past the end", sendfile(p->me, file, &off, 100000));
	came(p, 3990);
	say_rc("sendfile, at the end", sendfile(p->me, file, &off, 100));
	say_rc("sendfile of a socket", sendfile(file, p->me, NULL, 10));
	set_block(p->me, false);
	fill(p->me);
	off = 0;
	say_rc("sendfile, no room", sendfile(p->me, file, &off, 100));
	shutdown(p->me, SHUT_WR);
	say_rc("sendfile, shut", sendfile(p->me, file, &off, 100));
	close(file);
}

static void splice_in(struct pair *p)
{
	int fds[2];

	if (pipe(fds) || write(fds[1], "hello world", 11) != 11)
		err(1, "pipe");
	say_rc("splice", splice(fds[0], NULL, p->me, NULL, 5, 0));
	came(p, 5);
	say_rc("splice", splice(fds[0], NULL, p->me, NULL, 100,
				SPLICE_F_MORE));
	say_rc("splice NONBLOCK", splice(fds[0], NULL, p->me, NULL, 100,
					 SPLICE_F_NONBLOCK));
	came(p, 6);
	if (write(fds[1], "end", 3) != 3)
		err(1, "pipe");
	close(fds[1]);
	say_rc("splice", splice(fds[0], NULL, p->me, NULL, 100, 0));
	say_rc("splice", splice(fds[0], NULL, p->me, NULL, 100, 0));
	came(p, 3);
	close(fds[0]);
}

static void peer_speaks(struct pair *p)
{
	put(p->peer, "spoken");
}

static void splice_out(struct pair *p)
{
	char buf[64];
	off_t off = 0;
	int fds[2], n;

	if (pipe(fds))
		err(1, "pipe");
	put(p->peer, "abc");
	put(p->peer, "defg");
	arrived(p->me, 7);
	n = say_rc("splice", splice(p->me, NULL, fds[1], NULL, 2, 0));
	say_text("pipe", buf, read(fds[0], buf, n));
	say_rc("splice", splice(p->me, NULL, fds[1], NULL, 100, 0));
	say_recv(p->me, 10, MSG_DONTWAIT);
	set_block(p->me, false);
	say_rc("splice", splice(p->me, NULL, fds[1], NULL, 100, 0));
	set_block(p->me, true);
	say_rc("splice to an offset", splice(p->me, &off, fds[1], NULL, 9, 0));
	meanwhile(peer_speaks, p);
	say_rc("splice", splice(p->me, NULL, fds[1], NULL, 100,
				SPLICE_F_NONBLOCK));
	done();
	say_text("pipe", buf, read(fds[0], buf, sizeof(buf)));
	set_timeo(p->me, SO_RCVTIMEO, 100);
	say_rc("splice", splice(p->me, NULL, fds[1], NULL, 100, 0));
	shutdown(p->peer, SHUT_WR);
	say_rc("splice, end", splice(p->me, NULL, fds[1], NULL, 100, 0));
	say_rc("splice, end", splice(p->me, NULL, fds[1], NULL, 100, 0));
	close(fds[0]);
	say_rc("splice, no reader", splice(p->me, NULL, fds[1], NULL, 9, 0));
	close(fds[1]);
}

static void splice_big(struct pair *p)
{
	static char buf[200000];
	size_t got = 0, total = 0;
	int fds[2];
	ssize_t n;

	if (pipe(fds))
		err(1, "pipe");
	memset(buf, 'z', sizeof(buf));
	set_block(p->peer, false);
	while (got < sizeof(buf)) {
		n = send(p->peer, buf + total, sizeof(buf) - total, 0);
		total += n > 0 ? n : 0;
		n = splice(p->me, NULL, fds[1], NULL, 100000, 0);
		if (n <= 0)
			break;
		while (n > 0) {
			ssize_t k = read(fds[0], buf, n);

			got += k;
			n -= k;
		}
	}
	say("spliced %zu of %zu", got, total);
	close(fds[0]);
	close(fds[1]);
}

static void sndtimeo(struct pair *p)
{
	static char buf[1 << 20];
	long long start;
	ssize_t n;

	set_int(p->me, SOL_SOCKET, SO_SNDBUF, 20000);
	set_int(p->peer, SOL_SOCKET, SO_RCVBUF, 20000);
	set_timeo(p->me, SO_SNDTIMEO, 300);
	/* A part goes, for as long as it goes at all. Of a timeout half: jiffies that
	 * have to catch up shorten it.
	 */
	start = now_ms();
	n = send(p->me, buf, sizeof(buf), 0);
	say("%s, %s", n > 0 && n < (ssize_t)sizeof(buf) ? "a part" : "no part",
	    now_ms() - start >= 150 ? "after the timeout" : "early");
	fill(p->me);
	start = now_ms();
	say_rc("send", send(p->me, buf, sizeof(buf), 0));
	say("%s", now_ms() - start >= 150 ? "after the timeout" : "early");
	say_rc("send DONTWAIT", send(p->me, buf, 1, MSG_DONTWAIT));
	peer_speaks(p);
	arrived(p->me, 6);
	say_recv(p->me, 10, 0);
}

static void peer_reads_all(struct pair *p)
{
	static char buf[65536];
	size_t total = 0;
	ssize_t n;

	while (total < 3000000 && (n = recv(p->peer, buf, sizeof(buf), 0)) > 0)
		total += n;
}

/* A writer that has to wait many times. */
static void blocking(struct pair *p)
{
	static char buf[3000000];

	meanwhile(peer_reads_all, p);
	say_rc("send", send(p->me, buf, sizeof(buf), 0));
	done();
	say_poll("sent", p->me);
}

static void acknowledged(struct pair *p)
{
	long long end = now_ms() + PATIENCE_MS;
	int n = -1, unsent = -1;

	do {
		usleep(1000);
		ioctl(p->me, SIOCOUTQ, &n);
		ioctl(p->me, SIOCOUTQNSD, &unsent);
	} while (n && now_ms() < end);
	say("SIOCOUTQ acknowledged: %d, not sent %d", n, unsent);
}

static void outq(struct pair *p)
{
	int n = -1, unsent = -1;

	acknowledged(p);
	put(p->me, "hello");
	acknowledged(p);
	fill(p->me);
	ioctl(p->me, SIOCOUTQ, &n);
	ioctl(p->me, SIOCOUTQNSD, &unsent);
	say("SIOCOUTQ full: %s, not sent %s", n > 0 ? "some" : "none",
	    unsent > 0 ? "some" : "none");
}

/* TCP holds a part back for 200 ms: who comes later does it again. */
static void outq_corked(struct pair *p)
{
	int n = -1, unsent = -1, times = 0;
	long long start;

	do {
		set_int(p->me, IPPROTO_TCP, TCP_CORK, 0);
		acknowledged(p);
		start = now_ms();
		set_int(p->me, IPPROTO_TCP, TCP_CORK, 1);
		put(p->me, "hello");
		put(p->me, "world");
		ioctl(p->me, SIOCOUTQ, &n);
		ioctl(p->me, SIOCOUTQNSD, &unsent);
	} while (now_ms() - start > 100 && ++times < 20);
	say("SIOCOUTQ %d, not sent %d", n, unsent);
}

static void zerocopy(struct pair *p)
{
	char ctl[128];
	struct msghdr msg = { .msg_control = ctl,
			      .msg_controllen = sizeof(ctl) };
	struct sock_extended_err e;
	struct cmsghdr *c;

	say_rc("recvmsg ERRQUEUE", recvmsg(p->me, &msg, MSG_ERRQUEUE));
	set_int(p->me, SOL_SOCKET, SO_ZEROCOPY, 1);
	say_send(p->me, "hello", MSG_ZEROCOPY);
	came(p, 5);
	await(p->me, POLLERR);
	say_poll("done", p->me);
	msg.msg_controllen = sizeof(ctl);
	say_rc("recvmsg ERRQUEUE", recvmsg(p->me, &msg, MSG_ERRQUEUE));
	c = CMSG_FIRSTHDR(&msg);
	if (!c)
		return;
	memcpy(&e, CMSG_DATA(c), sizeof(e));
	say("flags %#x, origin %u, code %u, %u to %u", msg.msg_flags,
	    e.ee_origin, e.ee_code, e.ee_info, e.ee_data);
	say_poll("told", p->me);
}

/* TLS knows no urgent data. */
static void oob(struct pair *p)
{
	int mark = -1;

	say_rc("recv OOB", recv(p->me, &mark, 1, MSG_OOB));
	say_send(p->me, "!", MSG_OOB);
	say_rc("SIOCATMARK", ioctl(p->me, SIOCATMARK, &mark));
}

const struct scenario write_scenarios[] = {
	{ "more", more },
	{ "cork", cork },
	{ "vectors-out", vectors },
	{ "control", control },
	{ "sendfile", send_file },
	{ "splice-in", splice_in },
	{ "splice-out", splice_out },
	{ "splice-big", splice_big },
	{ "sndtimeo", sndtimeo },
	{ "blocking", blocking },
	{ "outq", outq },
	{ "outq-corked", outq_corked },
	{ "zerocopy", zerocopy },
	{ "oob", oob },
	{}
};
