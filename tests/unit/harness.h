/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the core's tests: ClientHellos to order, a server of director and
 * completer that is fed in pieces, and just enough of a client to finish.
 */
#ifndef TLSO_TEST_HARNESS_H
#define TLSO_TEST_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../kmod/core/completer_impl.h"
#include "../../kmod/core/director.h"
#include "../../kmod/core/wire.h"
#include "../../offload-dev/engine/crypto_host.h"

/* What to leave out of a good ClientHello, or to spoil in it. */
struct hello {
	bool no_extensions, no_versions, no_groups, no_shares, no_schemes;
	bool early_data, psk, psk_first, psk_without_modes;
	bool duplicate, two_shares, share_not_offered, short_share;
	bool bad_point, bad_compression;
	u16 version, suite, scheme, only_group, share_group;
	u16 legacy_version; /* if not 0 */
	u8 sid_len;
	u16 extra; /* type of an empty extension, if not 0 */
};

#define HELLO_MAX 2048

/* The message with its header. If @lens, the offsets and widths of its length
 * fields go there, up to @max: offset * 4 + width.
 */
size_t hello_write(const struct hello *h, u8 *out, unsigned int *lens,
		   unsigned int max, unsigned int *n_lens);

/* One finished segment into a fresh director with @cfg (NULL: P-256, a small
 * chain); the alert it sends, or -1 if it went on.
 */
int director_alert(const struct tlso_director_cfg *cfg, u8 type, u8 epoch,
		   const u8 *msg, size_t n);
extern const struct tlso_director_cfg test_cfg;

struct server {
	struct tlso_director d;
	struct tlso_completer c;
	u8 seg[TLSO_COMPLETER_SEG_MIN];
	u8 starter[TLSO_STARTER_MAX];
	u8 out[2 * TLSO_STARTER_OUT_MAX]; /* all that was sent */
	size_t out_len;
	size_t taken; /* of the last feed */
	bool done, failed;
	unsigned int segments;
};

/* The same random numbers, keys and signatures every time. */
struct server *server_new(const struct tlso_director_cfg *cfg);
void server_free(struct server *s);
/* Feeds @n bytes, @piece at a time (0: random pieces). */
void server_feed(struct server *s, const u8 *p, size_t n, size_t piece);
/* The description of the last alert sent in clear or under keys; -1: none. */
int server_alert(const struct server *s);

/* Wraps @n bytes in one clear record. */
size_t record_clear(u8 *out, u8 type, const u8 *p, size_t n);
/* A record under the keys that the server's completer expects next; @pad. */
size_t record_sealed(struct server *s, u8 *out, u8 type, const u8 *p, size_t n,
		     size_t pad);
/* The client's Finished message that the server waits for. */
size_t finished_msg(const struct server *s, u8 *out);

#endif /* TLSO_TEST_HARNESS_H */
