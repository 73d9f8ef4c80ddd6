/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Session tickets (RFC 8446 4.6.1, RFC 5077): what is in ours, and how it is
 * sealed: key name, nonce, AES-256-GCM over the state. The owner of the keys
 * rotates them; an opened ticket whose key is gone is no ticket.
 */
#ifndef TLSO_TICKET_H
#define TLSO_TICKET_H

#include "crypto.h"
#include "err.h"

#define TLSO_TICKET_NAME_LEN 16
#define TLSO_TICKET_CTX_MAX 96 /* the director's own bytes */
#define TLSO_TICKET_NONCE_LEN 12
#define TLSO_TICKET_LIFETIME_MAX 604800 /* seconds: RFC 8446 4.6.1 */

struct tlso_ticket_key {
	u8 name[TLSO_TICKET_NAME_LEN]; /* random; not secret */
	u8 key[32];
};

/* Lent; unchanged while somebody uses it. key[0] seals, all open. */
struct tlso_ticket_keys {
	u8 n;
	struct tlso_ticket_key key[3];
};

/* What a ticket holds. Secret. */
struct tlso_ticket_state {
	u16 tls_version;
	u16 suite;
	u8 flags;
#define TLSO_TICKET_EMS 0x01
	u64 issued_ms; /* by the issuer's wall clock */
	u32 lifetime_s;
	u32 age_add;
	u8 secret_len;
	u8 secret[TLSO_HASH_MAX]; /* the PSK (1.3), the master secret (1.2) */
	u8 ctx_len;
	u8 ctx[TLSO_TICKET_CTX_MAX];
};

/* Length of a sealed ticket. */
size_t tlso_ticket_len(size_t secret_len, size_t ctx_len);
#define TLSO_TICKET_LEN_MAX 256 /* what tlso_ticket_len() may give */

__must_check enum tlso_err tlso_ticket_seal(const struct tlso_crypto *crypto,
					    void *rng,
					    const struct tlso_ticket_keys *keys,
					    const struct tlso_ticket_state *st,
					    u8 *out, size_t cap, size_t *n);
/* TLSO_E_DECRYPT: not ours, or no more. */
__must_check enum tlso_err tlso_ticket_open(const struct tlso_crypto *crypto,
					    const struct tlso_ticket_keys *keys,
					    const u8 *p, size_t n,
					    struct tlso_ticket_state *st);

/* A session that a client may resume. The secret part goes to the completer, the
 * rest to the director; both lent. Wiped by the owner.
 */
struct tlso_resume {
	u16 tls_version;
	u16 suite;
	u8 flags; /* TLSO_TICKET_* */
	u8 secret_len;
	u8 secret[TLSO_HASH_MAX];
	u64 received_ms; /* by the client's clock, as tlso_config.now_ms */
	u32 lifetime_s;
	u32 age_add;
	const u8 *ticket;
	size_t ticket_len;
};

#endif /* TLSO_TICKET_H */
