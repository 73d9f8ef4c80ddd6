/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the targets of both directors share: the input's messages, each a type, a byte
 * of flags, 16-bit length and body, and how a completer would report one.
 */
#ifndef TLSO_FUZZ_DIRECTOR_H
#define TLSO_FUZZ_DIRECTOR_H

#include "../../kmod/core/director.h"

/* Flags of a message; the lowest bits are its epoch, the others each target's. */
#define FUZZ_EPOCH 0x03
#define FUZZ_MAC 0x80

struct fuzz_message {
	u8 type, flags;
	const u8 *body;
	size_t len;
};

enum fuzz_said {
	FUZZ_NOTHING,
	FUZZ_ALERTS, /* and nothing else */
	FUZZ_STARTER,
};

extern u8 fuzz_starter[TLSO_STARTER_MAX]; /* what a director writes */

/* Signatures are right or wrong by their first bit. */
int fuzz_verify(const struct tlso_pubkey *key, u16 scheme, const u8 *digest,
		size_t n, const u8 *sig, size_t sig_len);

/* The next message, cut where the input ends; false: there is none. */
bool fuzz_next(const u8 **p, size_t *n, struct fuzz_message *m);

/* @d gets @m with @extra_len bytes of extras. Whatever it says must be a starter that
 * the completer's check takes.
 */
enum tlso_step fuzz_step(struct tlso_director *d, const struct fuzz_message *m,
			 const u8 *extra, size_t extra_len,
			 enum fuzz_said *said);

#endif /* TLSO_FUZZ_DIRECTOR_H */
