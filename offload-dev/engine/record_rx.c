// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Inbound records (blocks 1345 to 1385): decrypted in place as their bytes
 * come, whatever the frames; lengths are kept, headers stay, and the tag of a
 * verified record becomes struct tlso_hw_verdict where the kernel can rely on
 * it.
 *
 * The session's inbound side goes raw for good, and the kernel goes on in
 * software, at a record that does not parse, at a bad tag, and behind a record
 * of any type but application data and alert: a KeyUpdate (RFC 8446 4.6.3) is
 * such a record, and the keys after it are not known here. The kernel finds
 * out the reasons by itself; nothing here is a verdict but a good tag.
 */
#include "../../kmod/core/record.h"
#include "session.h"

static void go_raw(struct tlso_engine *e, struct session *s, const char *why)
{
	trace(e, why, s->id, s->rec.seq, s->rx_seq);
	s->rx_raw = true;
	tlso_wipe(&s->rec.stream, sizeof(s->rec.stream));
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t take_header(struct tlso_engine *e, struct session *s, const u8 *p,
			  size_t n)
{
	struct rx_record *r = &s->rec;
	u8 nonce[TLSO_IV_LEN];
	u32 len;

	n = min_size(n, RECORD_HDR - r->hdr_have);
	memcpy(r->hdr + r->hdr_have, p, n);
	r->hdr_have += n;
	if (r->hdr_have < RECORD_HDR)
		return n;
	len = r->hdr[3] << 8 | r->hdr[4];
	if (r->hdr[0] != TLSO_CT_DATA || r->hdr[1] != 3 ||
	    r->hdr[2] != 3 || len < 1 + TLSO_TAG_LEN ||
	    len > RECORD_RX_MAX - RECORD_HDR) {
		COUNT(e, RX_TLS_BAD_RECORDS);
		go_raw(e, s, "bad record header");
		return n;
	}
	r->body_left = len - TLSO_TAG_LEN;
	tlso_record_nonce(nonce, s->rx.iv, r->seq);
	tlso_stream_start(&r->stream, s->rx.key, nonce, r->hdr, RECORD_HDR);
	return n;
}

/* RFC 8446 5.4: the inner type is the last byte that is not zero. */
static size_t take_body(struct session *s, u8 *p, size_t n)
{
	struct rx_record *r = &s->rec;
	size_t i;

	n = min_size(n, r->body_left);
	tlso_stream_decrypt(&r->stream, s->rx.key, p, n);
	for (i = n; i && !p[i - 1]; i--)
		;
	if (i)
		r->last = p[i - 1];
	r->body_left -= n;
	return n;
}

static void next_record(struct rx_record *r)
{
	u64 seq = r->seq + 1;

	tlso_wipe(r, sizeof(*r));
	r->seq = seq;
	r->all_clear = true;
}

static size_t take_tag(struct tlso_engine *e, struct session *s, u8 *p,
		       size_t n)
{
	struct rx_record *r = &s->rec;
	u8 tag[TLSO_TAG_LEN], type = r->last;

	n = min_size(n, TLSO_TAG_LEN - r->tag_have);
	memcpy(r->tag + r->tag_have, p, n);
	r->tag_have += n;
	if (r->tag_have < TLSO_TAG_LEN)
		return n;
	tlso_stream_tag(&r->stream, s->rx.key, tag);
	if (!tlso_equal_ct(tag, r->tag, sizeof(tag))) {
		COUNT(e, RX_TLS_BAD_RECORDS);
		go_raw(e, s, "bad record");
		return n;
	}
	COUNT(e, RX_TLS_RECORDS);
	if (r->all_clear && n == TLSO_TAG_LEN) {
		struct tlso_hw_verdict ok = {
			.magic = htole32(TLSO_HW_VERDICT_OK),
		};

		memcpy(ok.tag, tag + 4, sizeof(ok.tag));
		memcpy(p, &ok, sizeof(ok));
	}
	next_record(r);
	if (type != TLSO_CT_DATA && type != TLSO_CT_ALERT)
		go_raw(e, s, "inner type");
	return n;
}

bool record_rx(struct tlso_engine *e, struct session *s, u8 *p, size_t n,
	       bool clear)
{
	while (n && !s->rx_raw) {
		struct rx_record *r = &s->rec;
		size_t used;

		r->all_clear &= clear;
		if (r->hdr_have < RECORD_HDR)
			used = take_header(e, s, p, n);
		else if (r->body_left)
			used = take_body(s, p, n);
		else
			used = take_tag(e, s, p, n);
		p += used;
		n -= used;
	}
	if (!s->rx_raw)
		return clear;
	/* Raw from here on. The frame is clear only if its last byte ended the
	 * last good record; a record that was not good never is.
	 */
	return clear && !n && s->rec.hdr_have == 0;
}
