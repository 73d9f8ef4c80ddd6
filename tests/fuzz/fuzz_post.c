// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session after its handshake: a byte of configuration (bit 0: client, bit 1: TLS
 * 1.2), then events: a byte and a 16-bit length: the content of a record of type
 * handshake, an alert, application data, a KeyUpdate of ours, a ticket.
 */
#include "fuzz.h"
#include "fake_crypto.h"
#include "../../kmod/core/post.h"

static uint8_t room[300];

static void handshake(struct tlso_post *p, const uint8_t *at, size_t n)
{
	struct tlso_resume r;
	enum tlso_post_do what;
	size_t used;

	do {
		what = tlso_post_handshake(p, at, n, &used);
		MUST(used <= n);
		MUST((what == TLSO_POST_FAIL) == (p->err != TLSO_OK));
		if (what == TLSO_POST_FAIL)
			return;
		MUST(used > 0);
		if (what == TLSO_POST_RX_KEYS) {
			MUST(used == n);
			MUST(p->keys.rx.seq == 0);
		}
		if (what == TLSO_POST_TICKET) {
			MUST(tlso_post_ticket(p, 1, &r) == TLSO_OK);
			MUST(r.ticket >= room);
			MUST(r.ticket + r.ticket_len <= room + sizeof(room));
			MUST(r.lifetime_s <= TLSO_TICKET_LIFETIME_MAX);
		}
		at += used;
		n -= used;
	} while (n);
}

static void ticket(struct tlso_post *p, const uint8_t *ctx, size_t n)
{
	uint8_t msg[320];
	size_t len;

	if (!tlso_post_ticket_write(p, &fake_tickets, 1, 100, ctx, n, msg,
				    sizeof(msg), &len))
		MUST(len > 40 && len <= sizeof(msg));
}

static void event(struct tlso_post *p, uint8_t what, const uint8_t *at,
		  size_t n)
{
	uint8_t msg[5], alert;
	bool closed;

	switch (what % 6) {
	case 0:
		handshake(p, at, n);
		break;
	case 1:
		if (!tlso_post_alert(p, at, n, &closed, &alert))
			MUST(!closed || alert == TLSO_ALERT_CLOSE_NOTIFY);
		break;
	case 2:
		(void)!tlso_post_data(p);
		break;
	case 3:
		(void)!tlso_post_empty(p);
		break;
	case 4:
		if (!tlso_post_key_update(p, n & 1, msg))
			MUST(tlso_post_tx_next(p) == TLSO_OK);
		break;
	default:
		ticket(p, at, n);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_session_keys keys = { .tls_version = TLSO_VERSION_13,
					  .suite = TLSO_AES_128_GCM_SHA256,
					  .key_len = 16, .secret_len = 32 };
	struct tlso_post post;
	uint8_t *copy;
	size_t k;

	if (!n--)
		return 0;
	keys.flags = *p & 1 ? TLSO_KEYS_CLIENT : 0;
	if (*p++ & 2) {
		keys.tls_version = TLSO_VERSION_12;
		keys.suite = TLSO_ECDHE_RSA_AES_128_GCM_SHA256;
		keys.secret_len = 48;
	}
	tlso_post_init(&post, &fake_crypto, NULL, &keys, room, sizeof(room));
	while (n >= 3) {
		k = (size_t)(p[1] << 8 | p[2]);
		if (k > n - 3)
			k = n - 3;
		copy = malloc(k ? k : 1);
		memcpy(copy, p + 3, k);
		event(&post, p[0], copy, k);
		free(copy);
		p += 3 + k;
		n -= 3 + k;
	}
	tlso_post_wipe(&post);
	return 0;
}
