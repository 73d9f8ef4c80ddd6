/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Starters, as seam.h lays them out: written item by item, read item by item.
 * The writer keeps the account of the wire bytes that the completer will make;
 * the reader's side recomputes it, so that neither trusts the other.
 */
#ifndef TLSO_STARTER_H
#define TLSO_STARTER_H

#include "buf.h"
#include "seam.h"

/* The stream rule of seam.h. */
struct tlso_stream_plan {
	size_t records;
	size_t each; /* content of all records but the last */
	size_t last;
	size_t wire; /* all of it, headers and tags */
};

/* @extra: what protection adds to each record, beside its header; @max: the most
 * content of one record.
 */
void tlso_stream_plan(struct tlso_stream_plan *s, size_t len, size_t extra,
		      size_t max);
/* The most content of one record in @epoch, where the starter says @limit. */
size_t tlso_record_max(u8 epoch, u16 limit);
/* 0 in the clear epoch; else by version and suite (17; 24 or 16). */
size_t tlso_seal_extra(u16 version, u16 suite, u8 epoch);

struct tlso_starter_wr {
	struct tlso_wr w;
	u16 suite;
	u16 version;
	u16 limit;
	u8 epoch;
	u8 items;
	u8 fills; /* of the item under way */
	size_t at_fills; /* where its count stands */
	size_t at_body; /* where its body starts */
	size_t stream; /* handshake bytes not yet in wire */
	size_t wire;
};

void tlso_starter_begin(struct tlso_starter_wr *s, u8 *out, size_t cap,
			u16 suite, u16 version, u8 epoch);
/* Suite and version were chosen after begin; before anything is sealed. */
void tlso_starter_chosen(struct tlso_starter_wr *s, u16 suite, u16 version);
/* The peer's record_size_limit (RFC 8449), less the type byte in TLS 1.3; 0: none.
 * Before anything is sealed.
 */
void tlso_starter_limit(struct tlso_starter_wr *s, u16 limit);
void tlso_starter_raw(struct tlso_starter_wr *s, const u8 *p, size_t n);
/* A change_cipher_spec record, which is never protected. */
void tlso_starter_ccs(struct tlso_starter_wr *s);
void tlso_starter_epoch(struct tlso_starter_wr *s, u8 epoch);
void tlso_starter_alert(struct tlso_starter_wr *s, u8 level, u8 alert);
/* The items without wire bytes, seam.h. */
void tlso_starter_share(struct tlso_starter_wr *s, u16 group, const u8 *p,
			size_t n);
void tlso_starter_psk(struct tlso_starter_wr *s, u16 index);
void tlso_starter_rsa(struct tlso_starter_wr *s, u16 identity, const u8 *p,
		      size_t n);
void tlso_starter_master(struct tlso_starter_wr *s, bool extended);
void tlso_starter_resume(struct tlso_starter_wr *s);
void tlso_starter_own_limit(struct tlso_starter_wr *s, u16 limit);
/* Whether there is anything in it; an empty starter is still valid. */
bool tlso_starter_empty(const struct tlso_starter_wr *s);
/* The message, with its header, goes to s->w between begin and end; its fills
 * follow the end. @off counts from the message's first byte.
 */
void tlso_starter_message_begin(struct tlso_starter_wr *s, u8 type);
size_t tlso_starter_off(const struct tlso_starter_wr *s);
void tlso_starter_message_end(struct tlso_starter_wr *s);
void tlso_starter_fill(struct tlso_starter_wr *s, u8 op, u16 arg, size_t off,
		       size_t room, const u8 *data, size_t data_len);
__must_check enum tlso_err tlso_starter_end(struct tlso_starter_wr *s,
					    size_t *n, size_t *wire);

struct tlso_starter_item {
	u8 kind;
	u8 fills;
	u16 arg;
	struct tlso_rd body;
};

struct tlso_starter_fill {
	u8 op;
	u16 arg;
	size_t off;
	size_t room;
	struct tlso_rd data;
};

struct tlso_starter_rd {
	struct tlso_rd r;
	u16 suite;
	u16 version;
	u16 limit;
	u8 items; /* still to come */
	size_t out_len;
};

/* Parses the header. */
__must_check enum tlso_err tlso_starter_open(struct tlso_starter_rd *s,
					     const u8 *p, size_t n);
/* The next item, then its it->fills fills in turn. */
__must_check enum tlso_err tlso_starter_item(struct tlso_starter_rd *s,
					     struct tlso_starter_item *it);
__must_check enum tlso_err tlso_starter_next_fill(struct tlso_starter_rd *s,
						  const struct tlso_starter_item *it,
						  struct tlso_starter_fill *f);

/* Kinds without wire bytes. */
bool tlso_item_silent(u8 kind);

/* Checks a whole starter's form: bounds, kinds, and that out_len is what the
 * stream rule gives when it starts in @epoch. @alert_only says whether it is
 * nothing but alerts.
 */
__must_check enum tlso_err tlso_starter_check(const u8 *p, size_t n, u8 epoch,
					      bool *alert_only);

#endif /* TLSO_STARTER_H */
