/* SPDX-License-Identifier: GPL-2.0-only */
/* What same.c lends to its scenarios, same_*.c. */
#ifndef TLSO_TEST_SAME_H
#define TLSO_TEST_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "block.h"

#define PATIENCE_MS 20000

/* A connection to ourselves. A scenario plays with me; peer is the other end. */
struct pair {
	int me, peer, listener;
	bool client; /* me is the end that has connected */
	size_t filled; /* what fill() said, for who drains */
};

struct scenario {
	const char *name;
	void (*run)(struct pair *p);
};

/* Each ends with an empty one. */
extern const struct scenario wait_scenarios[];
extern const struct scenario read_scenarios[];
extern const struct scenario write_scenarios[];
extern const struct scenario end_scenarios[];
extern const struct scenario fd_scenarios[];
extern const struct scenario uring_scenarios[];

/* A line of the output, with the scenario's name before it. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "@what = @rc", or the errno's name where it is < 0; and how many SIGPIPE came */
ssize_t say_rc(const char *what, ssize_t rc);
void say_recv(int fd, size_t n, int flags); /* what came, too */
void say_send(int fd, const char *text, int flags);
void say_poll(const char *when, int fd); /* all events, without waiting */
void say_text(const char *what, const char *p, ssize_t n);
const char *events_name(unsigned int events);
const char *flags_name(int flags);

/* Waiting is for conditions; nothing that takes long may go on silently. */
void await(int fd, short events); /* at least one of them */
void await_state(int fd, int state); /* of TCP: an ACK may be on its way */
void arrived(int fd, int n); /* so many bytes can be read */
size_t fill(int fd); /* until it takes no more; it must not block */
size_t drain(int fd); /* what can be read without waiting */
void drain_all(int fd, size_t n); /* as many, which fill() has sent */
void put(int fd, const char *text); /* as one send(), which must work */
void set_int(int fd, int level, int name, int value);
int get_int(int fd, int level, int name);
void set_timeo(int fd, int name, int ms);
void shut(int fd, int how);
long long now_ms(void);
void child_ends(pid_t pid);

/*
 * Calls @fn once the calling thread sleeps in a system call; meanwhile() before that
 * call, and after it done().
 */
void meanwhile(void (*fn)(struct pair *p), struct pair *p);
void done(void);

/* Another connection to the same place, or a socket that is not connected. */
void pair_make(struct pair *p, bool client);
void pair_close(struct pair *p);
int connecting(int flags); /* its connect() was called, and does not wait */
int listening(void);
int unconnected(int flags);
int connect_errno(int fd);

#endif
