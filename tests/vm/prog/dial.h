/* SPDX-License-Identifier: GPL-2.0-only */
/* What dial.c lends to its ways of connecting, ways.c. */
#ifndef TLSO_TEST_DIAL_H
#define TLSO_TEST_DIAL_H

#include <netdb.h>
#include <stddef.h>

#include "block.h"

/* Long enough to be looked for in a capture. */
#define LINE "a line of text that nobody else may read\n"

extern struct peer {
	struct addrinfo *ai;
	const char *word; /* the last argument, or NULL */
} peer;

long long elapsed(void); /* ms */
void told(int error);
int stream_socket(int type, int proto);
int connect_errno(int fd);
int so_error(int fd);
void want(const char *what, int got, ...); /* ..., -1 */
void read_line(int fd, char *buf, size_t cap);
void line_out(int fd);
void line_back(int fd);
void line_talk(int fd);

int way_line(void);
int way_poll(void);
int way_select(void);
int way_level(void);
int way_edge(void);
int way_early(void);
int way_early_write(void);
int way_early_read(void);
int way_threads(void);
int way_sndtimeo(void);
int way_close(void);
int way_shutdown(void);
int way_signal(void);
int way_restart(void);
int way_banner(void);
int way_half(void);
int way_fork(void);
int way_fastopen_connect(void);
int way_fastopen_send(void);
int way_fastopen_later(void);
int way_mptcp(void);
int way_smc(void);
int way_smc_fallback(void);
int way_refused(void);
int way_failed(void);
int way_unspec(void);
int way_again(void);
int way_hold(void);
int way_echo(void);

#endif
