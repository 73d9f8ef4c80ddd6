/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test's page server in the kernel, as its files share it, and what a program tells
 * it (serve.py has the same numbers):
 *
 *	main.c     /dev/tlso-pages: a page, a listener or a connection, one thread
 *	visitor.c  one connection: requests in, answers out
 *	reader.c   the ways to read from a socket in the kernel
 */
#ifndef TLSO_PAGES_H
#define TLSO_PAGES_H

#include <linux/ioctl.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/strparser.h>

#define PAGES_BODY_MAX (1 << 20)
#define PAGES_REQUEST_MAX (1 << 16)
#define PAGES_VISITORS 16
#define PAGES_IDLE (10 * HZ)

enum pages_mode {
	PAGES_RECVMSG, /* kernel_recvmsg(), which sleeps */
	PAGES_READ_SOCK, /* sock->ops->read_sock from work; our callbacks call theirs */
	PAGES_STRPARSER, /* the same from softirq, and theirs are not called */
	PAGES_AROUND, /* after the first request tcp_read_sock() by its name */
	PAGES_MODES
};

struct pages_serve {
	__s32 fd; /* of a listener, or of one connection */
	__u32 mode;
};

#define PAGES_SERVE _IOW('T', 1, struct pages_serve)

/* An open /dev/tlso-pages. */
struct pages_site {
	struct mutex lock; /* visitors, and everything until it is served */
	void *body;
	size_t len;
	struct socket *listener;
	struct task_struct *thread;
	struct workqueue_struct *wq;
	u32 mode;
	struct list_head visitors;
	unsigned int n_visitors;
	atomic_t accepted, requests, stolen, refused;
};

struct pages_visitor {
	struct list_head list;
	struct pages_site *site;
	struct socket *sock;
	bool lent; /* sock belongs to a file */
	bool hooked;
	bool gone; /* nothing more to come; for whoever reaps */
	bool stop; /* from outside */
	u32 mode;
	struct delayed_work work;
	unsigned long last; /* jiffies */
	struct strparser strp;
	struct sk_buff_head messages; /* whole requests of strparser's */
	void (*saved_data_ready)(struct sock *sk);
	void (*saved_state_change)(struct sock *sk);
	void (*saved_write_space)(struct sock *sk);
	size_t have;
	u8 in[PAGES_REQUEST_MAX + 1]; /* the work's */
	u8 parsed[PAGES_REQUEST_MAX + 1]; /* strparser's, under the socket lock */
};

/* visitor.c */
/* Takes @sock over, also where it fails. */
int pages_visitor_new(struct pages_site *site, struct socket *sock, bool lent);
/* Frees those that are gone, or all. */
void pages_visitors_reap(struct pages_site *site, bool all);
/* Of a request that begins at @p: its length, 0 not known yet, or an error. */
ssize_t pages_request_len(const u8 *p, size_t n);

/* reader.c: as their names say; callbacks in and out of their place. */
int pages_hook(struct pages_visitor *v);
void pages_unhook(struct pages_visitor *v);
/* More bytes in v->in: how many, 0 none now, or an error (-EPIPE: the end). */
int pages_read(struct pages_visitor *v);

#endif /* TLSO_PAGES_H */
