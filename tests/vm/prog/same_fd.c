// SPDX-License-Identifier: GPL-2.0-only
/* The socket as a file: several owners, options, names, what no socket can do. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "same.h"

/* Both use it, and it is closed when the last one closes. */
static void forked(struct pair *p)
{
	pid_t child;

	put(p->peer, "onetwo");
	arrived(p->me, 6);
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		alarm(PATIENCE_MS / 1000);
		say_recv(p->me, 3, 0);
		say_send(p->me, "from the child", 0);
		_exit(0);
	}
	child_ends(child);
	say_poll("after the child", p->me);
	say_recv(p->me, 3, 0);
	say_send(p->me, ", from the parent", 0);
	arrived(p->peer, 31);
	say_recv(p->peer, 100, 0);
	close(p->me);
	p->me = -1;
	say_recv(p->peer, 100, 0);
}

static void forked_last(struct pair *p)
{
	int go[2];
	pid_t child;
	char c;

	if (pipe(go))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		alarm(PATIENCE_MS / 1000);
		close(p->peer);
		if (read(go[0], &c, 1) != 1)
			_exit(1);
		say_send(p->me, "alone now", 0);
		_exit(0);
	}
	close(p->me);
	p->me = -1;
	say_recv(p->peer, 10, MSG_DONTWAIT);
	if (write(go[1], "x", 1) != 1)
		err(1, "pipe");
	child_ends(child);
	say_recv(p->peer, 100, 0);
	say_recv(p->peer, 100, 0);
	close(go[0]);
	close(go[1]);
}

static void pass_fd(int via, int fd)
{
	char ctl[CMSG_SPACE(sizeof(int))] = "", c = 'x';
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = ctl,
			      .msg_controllen = sizeof(ctl) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);

	h->cmsg_len = CMSG_LEN(sizeof(int));
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(h), &fd, sizeof(fd));
	if (sendmsg(via, &msg, 0) != 1)
		err(1, "passing");
}

static int take_fd(int via)
{
	char ctl[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = ctl,
			      .msg_controllen = sizeof(ctl) };
	int fd;

	if (recvmsg(via, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		err(1, "taking");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* To a process that was there before the socket's end is sent to it. */
static void passed(struct pair *p)
{
	int sv[2], fd;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		err(1, "socketpair");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		alarm(PATIENCE_MS / 1000);
		close(p->me);
		close(p->peer);
		fd = take_fd(sv[1]);
		say_recv(fd, 5, 0);
		say_send(fd, "taken over", 0);
		_exit(0);
	}
	put(p->peer, "hello");
	pass_fd(sv[0], p->me);
	close(p->me);
	p->me = -1;
	child_ends(child);
	say_recv(p->peer, 100, 0);
	say_recv(p->peer, 100, 0);
	close(sv[0]);
	close(sv[1]);
}

static void duplicate(struct pair *p)
{
	int two = dup(p->me);

	put(p->peer, "hello");
	say_recv(two, 2, 0);
	say_recv(p->me, 3, 0);
	close(p->me);
	p->me = two;
	say_send(two, "still", 0);
	arrived(p->peer, 5);
	say_recv(p->peer, 100, 0);
	two = dup(p->me);
	shut(two, SHUT_WR);
	say_send(p->me, "late", MSG_NOSIGNAL);
	close(two);
	say_recv(p->peer, 100, 0);
}

static struct {
	int fd;
	size_t n;
} writer;

static void *write_on(void *arg)
{
	static char buf[10000];
	int i;

	(void)arg;
	for (i = 0; i < 100; i++)
		if (send(writer.fd, buf, sizeof(buf), 0) > 0)
			writer.n += sizeof(buf);
	shutdown(writer.fd, SHUT_WR);
	return NULL;
}

/* One thread writes and one reads, on the same socket, each at its own pace. */
static void both_ways(struct pair *p)
{
	static char buf[5000];
	size_t got = 0, back = 0;
	pthread_t thread;
	ssize_t n;

	writer.fd = p->me;
	writer.n = 0;
	if (pthread_create(&thread, NULL, write_on, NULL))
		errx(1, "thread");
	while ((n = recv(p->peer, buf, sizeof(buf), 0)) > 0) {
		got += n;
		if (send(p->peer, buf, n / 2, MSG_DONTWAIT) > 0)
			back += n / 2;
		drain(p->me);
	}
	pthread_join(thread, NULL);
	say("%zu sent, %zu came, %s back", writer.n, got,
	    back ? "some" : "none");
}

static bool same_name(int a, int b)
{
	struct sockaddr_storage x = {}, y = {};
	socklen_t xl = sizeof(x), yl = sizeof(y);

	if (getsockname(a, (void *)&x, &xl) || getpeername(b, (void *)&y, &yl))
		return false;
	return xl == yl && memcmp(&x, &y, xl) == 0;
}

static void accepted(struct pair *p)
{
	static const int flags[] = { 0, SOCK_NONBLOCK, SOCK_CLOEXEC,
				     SOCK_NONBLOCK | SOCK_CLOEXEC };
	struct sockaddr_storage addr;
	socklen_t len = 0;
	size_t i;
	int c, s;

	say("names %d %d", same_name(p->me, p->peer), same_name(p->peer, p->me));
	for (i = 0; i < 4; i++) {
		say_poll("listener", p->listener);
		c = connecting(0);
		await(p->listener, POLLIN);
		say_poll("listener", p->listener);
		len = sizeof(addr);
		s = accept4(p->listener, (void *)&addr, &len, flags[i]);
		say("accept4 %#x: fd %d, name %u, %s, %s", flags[i], s > 0, len,
		    fcntl(s, F_GETFL) & O_NONBLOCK ? "nonblocking" : "blocking",
		    fcntl(s, F_GETFD) & FD_CLOEXEC ? "closes" : "stays");
		await(c, POLLOUT);
		await(s, POLLOUT);
		say("names %d %d", same_name(c, s), same_name(s, c));
		put(s, "hello");
		arrived(c, 5);
		say_recv(c, 10, 0);
		close(c);
		close(s);
	}
	set_block(p->listener, false);
	say_rc("accept, nobody", accept(p->listener, NULL, NULL));
}

static void connect_aside(struct pair *p)
{
	p->me = connecting(0);
}

/* accept() that waits; and what the server says first. */
static void accept_waits(struct pair *p)
{
	int s;

	close(p->me);
	meanwhile(connect_aside, p);
	s = accept(p->listener, NULL, NULL);
	done();
	say("accepted %d", s > 0);
	say_send(s, "welcome", 0);
	await(p->me, POLLIN);
	say_recv(p->me, 100, 0);
	close(s);
}

/* Does connect() end before somebody has called accept()? */
static void backlog(struct pair *p)
{
	int c = connecting(0), s;
	struct pollfd pfd = { .fd = c, .events = POLLOUT };

	say_rc("poll before accept", poll(&pfd, 1, 500));
	s = accept(p->listener, NULL, NULL);
	say_rc("poll after accept", poll(&pfd, 1, PATIENCE_MS));
	close(c);
	close(s);
}

static void reuseport(struct pair *p)
{
	int two = listening(), c[8], i, s, n = 0;
	struct pollfd l[2] = { { p->listener, POLLIN, 0 }, { two, POLLIN, 0 } };

	for (i = 0; i < 8; i++)
		c[i] = connecting(0);
	while (n < 8 && poll(l, 2, PATIENCE_MS) > 0) {
		s = accept(l[0].revents ? p->listener : two, NULL, NULL);
		if (s < 0)
			break;
		await(s, POLLOUT);
		put(s, "hello");
		close(s);
		n++;
	}
	say("%d accepted", n);
	for (n = 0, i = 0; i < 8; i++) {
		char buf[8];

		await(c[i], POLLIN);
		set_block(c[i], true);
		n += recv(c[i], buf, sizeof(buf), MSG_WAITALL) == 5;
		close(c[i]);
	}
	say("%d heard", n);
	close(two);
}

static void say_first(struct pair *p)
{
	put(p->me, "first");
}

static void defer_accept(struct pair *p)
{
	int c, s;

	set_int(p->listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5);
	c = connecting(0);
	set_block(c, true);
	meanwhile(say_first, &(struct pair){ .me = c });
	s = accept(p->listener, NULL, NULL);
	say_recv(s, 100, 0);
	done();
	close(c);
	close(s);
}

static void say_option(struct pair *p, const char *what, int level, int name)
{
	int n = get_int(p->me, level, name);

	if (n < 0)
		say("%s: %s", what, strerrorname_np(-n));
	else
		say("%s: %d", what, n);
}

#define OPTION(level, name) { #name, level, name, -1 }
#define SET(level, name, value) { #name, level, name, value }

static const struct {
	const char *what;
	int level, name, value;
} options[] = {
	OPTION(SOL_SOCKET, SO_ERROR),
	OPTION(SOL_SOCKET, SO_TYPE),
	OPTION(SOL_SOCKET, SO_PROTOCOL),
	OPTION(SOL_SOCKET, SO_DOMAIN),
	OPTION(SOL_SOCKET, SO_ACCEPTCONN),
	OPTION(SOL_SOCKET, SO_REUSEADDR),
	OPTION(SOL_SOCKET, SO_OOBINLINE),
	SET(SOL_SOCKET, SO_KEEPALIVE, 1),
	SET(SOL_SOCKET, SO_RCVBUF, 30000),
	SET(SOL_SOCKET, SO_SNDBUF, 30000),
	SET(SOL_SOCKET, SO_SNDLOWAT, 10),
	SET(SOL_SOCKET, SO_PRIORITY, 3),
	SET(SOL_SOCKET, SO_ZEROCOPY, 1),
	SET(IPPROTO_TCP, TCP_NODELAY, 1),
	SET(IPPROTO_TCP, TCP_CORK, 1),
	SET(IPPROTO_TCP, TCP_CORK, 0),
	SET(IPPROTO_TCP, TCP_KEEPIDLE, 33),
	SET(IPPROTO_TCP, TCP_KEEPINTVL, 7),
	SET(IPPROTO_TCP, TCP_KEEPCNT, 3),
	SET(IPPROTO_TCP, TCP_USER_TIMEOUT, 20000),
	SET(IPPROTO_TCP, TCP_LINGER2, 5),
	SET(IPPROTO_TCP, TCP_QUICKACK, 1),
	SET(IPPROTO_TCP, TCP_WINDOW_CLAMP, 40000),
	SET(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 5000),
	SET(IPPROTO_TCP, TCP_SYNCNT, 4),
	SET(IPPROTO_TCP, TCP_FASTOPEN, 1),
	SET(IPPROTO_TCP, 9999, 1),
	SET(SOL_SOCKET, 9999, 1),
	SET(9999, 1, 1),
};

static void all_options(struct pair *p)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (options[i].value >= 0)
			say_rc(options[i].what,
			       setsockopt(p->me, options[i].level,
					  options[i].name, &options[i].value,
					  sizeof(int)));
		say_option(p, options[i].what, options[i].level,
			   options[i].name);
	}
	put(p->me, "hello");
	arrived(p->peer, 5);
	say_recv(p->peer, 100, 0);
}

static void ulp(struct pair *p)
{
	char buf[16] = "";
	socklen_t len = sizeof(buf);
	int on = 1, off = 0;

	say_rc("TCP_REPAIR", setsockopt(p->me, IPPROTO_TCP, TCP_REPAIR, &on,
					sizeof(on)));
	say_rc("TCP_REPAIR", setsockopt(p->me, IPPROTO_TCP, TCP_REPAIR, &off,
					sizeof(off)));
	say_rc("TCP_CONGESTION", setsockopt(p->me, IPPROTO_TCP, TCP_CONGESTION,
					    "reno", 4));
	say_rc("TCP_CONGESTION", getsockopt(p->me, IPPROTO_TCP, TCP_CONGESTION,
					    buf, &len));
	say("%s", buf);
	memset(buf, 0, sizeof(buf));
	len = sizeof(buf);
	say_rc("TCP_ULP?", getsockopt(p->me, IPPROTO_TCP, TCP_ULP, buf, &len));
	say("TCP_ULP now: %s", *buf ? buf : "none");
	say_rc("TCP_ULP nothing", setsockopt(p->me, IPPROTO_TCP, TCP_ULP,
					     "nothing", 7));
	say_rc("TCP_ULP tls", setsockopt(p->me, IPPROTO_TCP, TCP_ULP, "tls",
					 3));
}

static void wrong_calls(struct pair *p)
{
	struct stat st;
	char c;

	say_rc("lseek", lseek(p->me, 0, SEEK_SET));
	say_rc("pread", pread(p->me, &c, 1, 0));
	say_rc("ftruncate", ftruncate(p->me, 0));
	say_rc("fsync", fsync(p->me));
	say_rc("fstat", fstat(p->me, &st));
	say("socket %d", S_ISSOCK(st.st_mode));
	say_rc("mmap", mmap(NULL, 4096, PROT_READ, MAP_SHARED, p->me, 0) ==
			       MAP_FAILED ? -1 : 0);
	say("connect: %s", strerrorname_np(connect_errno(p->me)));
	say_rc("listen", listen(p->me, 1));
	say_rc("accept", accept(p->me, NULL, NULL));
	say_rc("bind", bind(p->me, (struct sockaddr *)&(struct sockaddr_in){
					   .sin_family = AF_INET },
			    sizeof(struct sockaddr_in)));
	say_rc("ioctl", ioctl(p->me, 0x1234, &c));
}

/* As stdio sees it. */
static void stream(struct pair *p)
{
	FILE *in = fdopen(dup(p->me), "r"), *out = fdopen(dup(p->peer), "w");
	char line[64];

	fprintf(out, "one line\nand %d more\n", 2);
	fflush(out);
	say("%s", fgets(line, sizeof(line), in) ? strtok(line, "\n") : "none");
	say("%s", fgets(line, sizeof(line), in) ? strtok(line, "\n") : "none");
	fclose(out);
	shutdown(p->peer, SHUT_WR);
	say("%s", fgets(line, sizeof(line), in) ? "more" : "no more");
	say("end %d, error %d", feof(in) != 0, ferror(in) != 0);
	fclose(in);
}

/* When a segment came: SO_TIMESTAMP. */
static void timestamp(struct pair *p)
{
	int times = 0;
	char buf[8], ctl[256];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = ctl,
			      .msg_controllen = sizeof(ctl) };
	struct cmsghdr *c;
	ssize_t n;

	set_int(p->me, SOL_SOCKET, SO_TIMESTAMP, 1);
	/* The stack may begin with it some time after it was asked. */
	do {
		usleep(20000);
		put(p->peer, "hello");
		arrived(p->me, 5);
		msg.msg_controllen = sizeof(ctl);
		n = recvmsg(p->me, &msg, 0);
		c = CMSG_FIRSTHDR(&msg);
	} while (n == 5 && !c && ++times < 50);
	say_rc("recvmsg", n);
	say("timestamp %d", c && c->cmsg_type == SO_TIMESTAMP);
}

const struct scenario fd_scenarios[] = {
	{ "fork", forked },
	{ "fork-last", forked_last },
	{ "pass", passed },
	{ "dup", duplicate },
	{ "both-ways", both_ways },
	{ "accept4", accepted },
	{ "accept-waits", accept_waits },
	{ "backlog", backlog },
	{ "reuseport", reuseport },
	{ "defer-accept", defer_accept },
	{ "options", all_options },
	{ "ulp", ulp },
	{ "wrong-calls", wrong_calls },
	{ "stdio", stream },
	{ "timestamp", timestamp },
	{}
};
