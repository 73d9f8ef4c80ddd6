/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces of TLS 1.3 handshakes, and completers that run them: what was random is
 * given, and everything else must come out as it stands there. The messages are the
 * trace's own; no director would write just these. Texts are hexadecimal.
 */
#ifndef TLSO_TEST_TRACE_H
#define TLSO_TEST_TRACE_H

#include "half.h"
#include "hex.h"

struct trace_key {
	u16 group;
	const char *priv, *share;
};

struct trace_side {
	const char *random;
	struct trace_key key;
	u16 scheme; /* 0: it does not authenticate */
	const char *certificate, *verify, *finished; /* messages */
	const char *flight; /* record: all that is under handshake keys */
	const char *close; /* record: close_notify, sent first, or NULL */
};

struct trace_secrets {
	const char *shared; /* of the key exchange */
	const char *hello_hash; /* of all up to ServerHello */
	const char *handshake, *client_hs, *server_hs;
	const char *master, *client_ap, *client_key, *client_iv;
	const char *server_ap, *server_key, *server_iv;
	const char *exporter, *resumption;
};

struct trace {
	/* Messages. first_hello and retry: NULL where nothing is retried. */
	struct trace_key first_key;
	const char *first_hello, *retry;
	const char *client_hello, *server_hello, *extensions;
	const char *request; /* CertificateRequest, or NULL */
	/* Compatibility mode (RFC 8446 D.4), or NULL: what the client makes and the
	 * server echoes, and the record that each side sends once.
	 */
	const char *session_id, *ccs;
	struct trace_side client, server;
	struct trace_secrets secrets;
};

extern const struct trace trace_retry, trace_auth, trace_compat;

/* A completer for that side of @t, which outlives it. One at a time. */
struct half *trace_half(const struct trace *t, bool client,
			const struct tlso_resume *resume);
/* @text in a record in clear goes to @h, and out of it comes the message. */
void trace_feed(struct half *h, const char *text, size_t piece);
/* The message goes into the starter under way. */
void trace_put(struct half *h, const char *text);
/* A fill of that message, whose place is spoiled first. */
void trace_fill(struct half *h, u8 op, u16 arg, size_t off, size_t room,
		const u8 *data, size_t data_len);
/* Where in the message @text the bytes @part are. */
size_t trace_find(const char *text, const char *part);

/* The whole trace, fed @piece bytes at a time. half_free() what they return. */
struct half *trace_server(const struct trace *t, size_t piece);
struct half *trace_client(const struct trace *t, size_t piece);

#endif /* TLSO_TEST_TRACE_H */
