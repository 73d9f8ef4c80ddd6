// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call that programs make of a TCP socket, in small scenarios, and what came
 * of each. What this prints must not depend on who sends the bytes: 19-same-calls
 * runs it on plain sockets and on secured ones, and compares.
 *
 * same ADDRESS PORT both|client|server [SCENARIO...]
 *
 * Both ends of each connection are here. The leading part has the one that has
 * connected (client), the one that was accepted (server), or one after the other.
 * Runs on one processor, so that the order in which loopback delivers is always the
 * same.
 *
 * Leaves to: same_*.c the scenarios; 19-same-calls.sh what may differ.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "same.h"

static struct {
	struct sockaddr_storage addr;
	socklen_t len;
	const char *name; /* of the scenario */
	bool client;
	volatile sig_atomic_t sigpipes;
} now;

static const struct scenario *const all[] = {
	wait_scenarios, read_scenarios, write_scenarios,
	end_scenarios,	fd_scenarios,	uring_scenarios,
};

/* What is said ---------------------------------------------------------------- */

void say(const char *fmt, ...)
{
	va_list ap;

	printf("%s %s: ", now.name, now.client ? "client" : "server");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

ssize_t say_rc(const char *what, ssize_t rc)
{
	const char *error = rc < 0 ? strerrorname_np(errno) : "";
	int signals = now.sigpipes;

	now.sigpipes = 0;
	if (rc < 0)
		say("%s = %s%s", what, error, signals ? ", SIGPIPE" : "");
	else
		say("%s = %zd%s", what, rc, signals ? ", SIGPIPE" : "");
	return rc;
}

static unsigned int sum(const char *p, size_t n)
{
	unsigned int s = 1;

	while (n--)
		s = s * 31 + (unsigned char)*p++;
	return s;
}

void say_text(const char *what, const char *p, ssize_t n)
{
	if (n > 0 && n <= 32)
		say("%s = %zd \"%.*s\"", what, n, (int)n, p);
	else if (n > 0)
		say("%s = %zd %08x", what, n, sum(p, n));
	else
		say_rc(what, n);
}

/* Names of the bits of @v, in one of a few buffers. */
static const char *bits(unsigned int v, const unsigned int *bit,
			const char *const *name)
{
	static char bufs[4][128];
	static int which;
	char *buf = bufs[which++ % 4];

	*buf = '\0';
	for (; *name; name++, bit++) {
		if (!(v & *bit))
			continue;
		v &= ~*bit;
		strcat(buf, *buf ? "|" : "");
		strcat(buf, *name);
	}
	if (v)
		sprintf(buf + strlen(buf), "|%#x", v);
	return *buf ? buf : "-";
}

const char *events_name(unsigned int events)
{
	static const unsigned int bit[] = { POLLIN, POLLPRI, POLLOUT,
					    POLLRDHUP, POLLERR, POLLHUP };
	static const char *const name[] = { "IN", "PRI", "OUT", "RDHUP", "ERR",
					    "HUP", NULL };

	return bits(events, bit, name);
}

const char *flags_name(int flags)
{
	static const unsigned int bit[] = { MSG_PEEK, MSG_TRUNC, MSG_WAITALL,
					    MSG_DONTWAIT, MSG_MORE,
					    MSG_NOSIGNAL, MSG_OOB, MSG_EOR };
	static const char *const name[] = { "PEEK", "TRUNC", "WAITALL",
					    "DONTWAIT", "MORE", "NOSIGNAL",
					    "OOB", "EOR", NULL };

	return bits(flags, bit, name);
}

void say_recv(int fd, size_t n, int flags)
{
	char what[128], *buf = malloc(n + 1);
	ssize_t rc;

	memset(buf, '.', n);
	rc = recv(fd, buf, n, flags);
	snprintf(what, sizeof(what), "recv %zu %s", n, flags_name(flags));
	say_text(what, buf, rc < (ssize_t)n ? rc : (ssize_t)n);
	if (rc > (ssize_t)n)
		say("in truth %zd", rc);
	free(buf);
}

void say_send(int fd, const char *text, int flags)
{
	char what[128];

	snprintf(what, sizeof(what), "send \"%s\" %s", text, flags_name(flags));
	say_rc(what, send(fd, text, strlen(text), flags));
}

void say_poll(const char *when, int fd)
{
	struct pollfd pfd = {
		.fd = fd,
		.events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP,
	};

	if (poll(&pfd, 1, 0) < 0)
		err(1, "poll");
	say("poll %s: %s", when, events_name(pfd.revents));
}

/* Waiting --------------------------------------------------------------------- */

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void await(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		say("never %s", events_name(events));
}

void await_state(int fd, int state)
{
	long long end = now_ms() + PATIENCE_MS;
	struct tcp_info info;
	socklen_t len;

	do {
		len = sizeof(info);
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
		if (info.tcpi_state == state)
			return;
		usleep(1000);
	} while (now_ms() < end);
	say("never state %d, but %u", state, info.tcpi_state);
}

void arrived(int fd, int n)
{
	long long end = now_ms() + PATIENCE_MS;
	int is = 0;

	do {
		if (ioctl(fd, FIONREAD, &is))
			err(1, "FIONREAD");
		if (is >= n)
			return;
		usleep(1000);
	} while (now_ms() < end);
	say("of %d bytes %d have come", n, is);
}

size_t fill(int fd)
{
	static char buf[65536];
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	size_t total = 0, before;
	int silent = 0;
	ssize_t n;

	do {
		/* For as long as the other end's TCP still takes some; and then
		 * what room there is, of which poll() does not tell. A machine that
		 * stands still lets one wait pass, not four.
		 */
		poll(&pfd, 1, 100);
		before = total;
		while ((n = send(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			total += n;
		if (errno != EAGAIN)
			err(1, "filling");
		silent = total > before ? 0 : silent + 1;
	} while (silent < 4);
	return total;
}

size_t drain(int fd)
{
	static char buf[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		total += n;
	return total;
}

void drain_all(int fd, size_t n)
{
	long long end = now_ms() + PATIENCE_MS;
	size_t total = 0;

	while ((total += drain(fd)) < n) {
		if (now_ms() > end) {
			say("of %zu bytes %zu have come", n, total);
			return;
		}
		usleep(1000);
	}
}

void put(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		err(1, "%s: sending", now.name);
}

static struct {
	pthread_t thread;
	pid_t waits; /* who is to sleep first */
	void (*fn)(struct pair *p);
	struct pair *pair;
} aside;

static char state_of(pid_t tid)
{
	char path[64], line[256], *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		err(1, "%s", path);
	fclose(f);
	end = strrchr(line, ')');
	return end ? end[2] : '?';
}

static void *aside_thread(void *arg)
{
	int asleep = 0;

	(void)arg;
	while (asleep < 10) {
		usleep(2000);
		asleep = state_of(aside.waits) == 'S' ? asleep + 1 : 0;
	}
	aside.fn(aside.pair);
	return NULL;
}

void meanwhile(void (*fn)(struct pair *p), struct pair *p)
{
	aside.waits = gettid();
	aside.fn = fn;
	aside.pair = p;
	if (pthread_create(&aside.thread, NULL, aside_thread, NULL))
		errx(1, "thread");
}

void done(void)
{
	pthread_join(aside.thread, NULL);
}

void child_ends(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (status)
		say("child: status %#x", status);
}

/* Sockets --------------------------------------------------------------------- */

void set_int(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		say("option %d of level %d: %s", name, level,
		    strerrorname_np(errno));
}

int get_int(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

void set_timeo(int fd, int name, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)))
		err(1, "timeout");
}

void shut(int fd, int how)
{
	static const char *const name[] = { "shutdown RD", "shutdown WR",
					    "shutdown RDWR" };

	say_rc(name[how], shutdown(fd, how));
}

int unconnected(int flags)
{
	int fd = socket(now.addr.ss_family, SOCK_STREAM | flags, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

int listening(void)
{
	int fd = unconnected(0);

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind(fd, (void *)&now.addr, now.len) || listen(fd, 64))
		err(1, "listen");
	return fd;
}

int connect_errno(int fd)
{
	return connect(fd, (void *)&now.addr, now.len) ? errno : 0;
}

int connecting(int flags)
{
	int fd = unconnected(SOCK_NONBLOCK | flags);
	int error = connect_errno(fd);

	if (error != EINPROGRESS)
		errx(1, "connect: %s", strerrorname_np(error));
	return fd;
}

void pair_make(struct pair *p, bool client)
{
	int c, s;

	p->client = client;
	p->listener = listening();
	c = connecting(0);
	s = accept(p->listener, NULL, NULL);
	if (s < 0)
		err(1, "accept");
	await(c, POLLOUT);
	await(s, POLLOUT);
	if (get_int(c, SOL_SOCKET, SO_ERROR))
		errx(1, "connection failed");
	set_block(c, true);
	p->me = client ? c : s;
	p->peer = client ? s : c;
}

void pair_close(struct pair *p)
{
	if (p->me >= 0)
		close(p->me);
	if (p->peer >= 0)
		close(p->peer);
	close(p->listener);
}

/* ----------------------------------------------------------------------------- */

static void on_sigpipe(int sig)
{
	(void)sig;
	now.sigpipes++;
}

static void run(const struct scenario *s, bool client)
{
	struct pair p;

	now.name = s->name;
	now.client = client;
	now.sigpipes = 0;
	alarm(4 * PATIENCE_MS / 1000); /* silence is a difference, too */
	pair_make(&p, client);
	s->run(&p);
	pair_close(&p);
	alarm(0);
}

static void run_as(const struct scenario *s, const char *role)
{
	if (strcmp(role, "server"))
		run(s, true);
	if (strcmp(role, "client"))
		run(s, false);
}

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void address(const char *host, const char *port)
{
	struct sockaddr_in6 *in6 = (void *)&now.addr;
	struct sockaddr_in *in = (void *)&now.addr;

	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		now.len = sizeof(*in);
	} else if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		now.len = sizeof(*in6);
	} else {
		errx(2, "address");
	}
	in->sin_port = htons(atoi(port)); /* the same place in both */
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_sigpipe };
	const struct scenario *s;
	cpu_set_t one;
	size_t i;

	if (argc < 4)
		errx(2, "usage: same ADDRESS PORT ROLE [SCENARIO...]");
	address(argv[1], argv[2]);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) ||
	    sigaction(SIGPIPE, &act, NULL))
		err(1, "setting up");
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (s = all[i]; s->name; s++)
			if (wanted(s->name, argv + 4))
				run_as(s, argv[3]);
	return 0;
}
