/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TLS connection over the core in a native program: a blocking socket, the
 * director, the completer and, after the handshake, records and post.h, all over
 * the nettle table. Either role, either version. What the kernel's ULP is to an
 * application, without a kernel.
 *
 * Leaves to: creds.c where keys and certificates come from; peer.c and the BoGo
 * shim what is said over it.
 */
#ifndef TLSO_TEST_CONN_H
#define TLSO_TEST_CONN_H

#include <stdio.h>
#include <sys/types.h>

#include "../../kmod/core/completer_impl.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/post.h"
#include "../../offload-dev/engine/crypto_host.h"

#define CONN_TICKET_MAX 16384

/* A session that a client may resume; holds a secret. */
struct conn_session {
	struct tlso_resume r;
	u8 ticket[CONN_TICKET_MAX];
};

struct conn;

/* All lent, and alive as long as the connection. */
struct conn_opts {
	/* Of this conn sets crypto, work, now_ms, resume and the two buffers. */
	struct tlso_config cfg;
	const struct tlso_host_keys *keys; /* private keys of cfg.ids */
	const struct tlso_ticket_keys *ticket_keys; /* server */
	const struct conn_session *session; /* client: to be resumed, or NULL */
	unsigned int n_tickets; /* TLS 1.3 server: how many to send */
	size_t piece; /* bytes fed at a time, 0: what read() gave */
	size_t record_max; /* most bytes of data in a record, 0: what may be */
	size_t pad; /* TLS 1.3: zero bytes behind the content of data records */
	u64 now_ms; /* what the clock says all the time; 0: the wall clock */
	FILE *keylog; /* SSLKEYLOGFILE's format, or NULL */
	bool exports; /* conn_export() will be called */
	size_t message_max; /* longest inbound handshake message, 0: as it comes */
	bool refuse_hello_request; /* TLS 1.2 client: else ignored */
	/* Sees each inbound handshake message before the director does, until the
	 * handshake is over. Goes on with TLSO_ALERT_NONE, and ends it with any
	 * other alert.
	 */
	u8 (*message)(void *ctx, struct conn *c, u8 type, const u8 *msg, size_t n);
	/* As it ends: the alert to send instead of @alert. */
	u8 (*ending)(void *ctx, struct conn *c, enum tlso_err e, u8 alert);
	/* A client's session is told as soon as it can be resumed. */
	void (*session_new)(void *ctx, const struct conn_session *s);
	void *ctx;
};

struct conn {
	int fd;
	const struct conn_opts *o;
	struct tlso_config cfg;
	struct tlso_x509_work work;
	struct tlso_director d;
	struct tlso_completer c;
	struct tlso_signer signer;

	bool secure; /* the handshake is over, and well */
	bool closed; /* close_notify came */
	bool eof; /* the peer closed TCP */
	bool shut; /* we sent close_notify or an alert */
	enum tlso_err err; /* sticks */
	u8 alert_in, alert_out; /* TLSO_ALERT_NONE: none */
	const char *why; /* a detail, or NULL */
	int64_t age_skew_ms; /* server: how much older the client thinks its ticket */
	unsigned int updates_in, updates_out, tickets_in, hello_requests;

	struct tlso_record_keys tx, rx;
	struct tlso_post post;
	u64 wire_in, wire_out;

	u8 in[5 + 16384 + 2048];
	size_t have;
	u8 data[5 + 16384 + 2048]; /* of the record that is being read out */
	size_t data_at, data_n;
	u8 seg[160 * 1024];
	u8 starter[TLSO_STARTER_MAX];
	u8 out[TLSO_STARTER_OUT_MAX];
	u8 msg[CONN_TICKET_MAX + 512];
	/* For conn_export() */
	u8 client_random[TLSO_RANDOM_LEN], server_random[TLSO_RANDOM_LEN];
	u8 export_secret[TLSO_HASH_MAX]; /* TLS 1.2: the master secret */
	struct conn_session fresh; /* under construction */
	u8 peer_der[TLSO_X509_LEN_MAX];
};

/* What session_new() got must be copied to be kept. */
void conn_session_copy(struct conn_session *to, const struct conn_session *from);

u64 conn_now_ms(const struct conn_opts *o);

/* Takes no memory; @fd stays the caller's. */
void conn_init(struct conn *c, int fd, const struct conn_opts *o);
/* 0, or -1 with c->err or c->eof set; the alert is sent. */
int conn_handshake(struct conn *c);
/* Bytes of data, 0 after close_notify, -1 on an error or a plain end. */
ssize_t conn_read(struct conn *c, u8 *p, size_t n);
/* Reads one record: 1 if it brought data, 0 if something else, -1 as above. */
int conn_pump(struct conn *c);
int conn_write(struct conn *c, const u8 *p, size_t n);
int conn_key_update(struct conn *c, bool request);
int conn_ticket(struct conn *c); /* TLS 1.3 server: sends one */
int conn_close(struct conn *c); /* close_notify */
int conn_alert(struct conn *c, u8 level, u8 description);
/* An alert that ends it, for what the caller found. */
void conn_abort(struct conn *c, enum tlso_err e);
/* Exporters, RFC 8446 7.5 and RFC 5705; @context may be NULL (none). */
int conn_export(const struct conn *c, const char *label, const char *context,
		u8 *out, size_t n);
void conn_wipe(struct conn *c);

#endif /* TLSO_TEST_CONN_H */
