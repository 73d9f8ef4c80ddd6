// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * Outbound records (blocks 930 to 970, Figs. 9, 10): encrypts the TCP payload of
 * a frame in place, wherever in its records it starts and ends.
 *
 * The nonce follows from the record number alone, so a retransmission becomes
 * the same bytes again. That also means that the kernel must hand over the same
 * clear text for the same bytes of the stream every time; the adapter keeps no
 * copy and cannot check it. What can be checked is: header, length and, where
 * it stands whole, the tag's note of session and record number.
 *
 * A record that this frame ends in the middle of leaves the cipher's state in
 * the session's cursor. A frame that goes on exactly there needs no prefix; any
 * other one reads it, or, if it holds no byte of the tag, enters the key stream
 * in the middle.
 */
#include "../../kmod/core/record.h"
#include "session.h"

/* One frame under way. Committed to the session when all of it was good. */
struct walk {
	struct tlso_engine *e;
	struct session *s;
	const struct tx_job *job;
	u8 *p; /* payload that is left */
	size_t n;
	u32 seq; /* TCP sequence number of p */
	u64 rec_seq;
	u32 rec_len, rec_off;
	bool stream_ok; /* c.stream stands at rec_off */
	bool prefix_read;
	u32 records;
	struct tx_cursor c;
};

static enum tx_verdict bad(struct walk *w, const char *what)
{
	guest_error(w->e, what, w->s->id);
	return TX_BAD;
}

static u32 body_end(const struct walk *w)
{
	return w->rec_len - TLSO_TAG_LEN;
}

static void header(const struct walk *w, u8 hdr[RECORD_HDR])
{
	tlso_record_hdr(hdr, TLSO_CT_DATA, w->rec_len - RECORD_HDR);
}

static void start_stream(struct walk *w)
{
	u8 nonce[TLSO_IV_LEN], hdr[RECORD_HDR];

	header(w, hdr);
	tlso_record_nonce(nonce, w->s->tx.iv, w->rec_seq);
	tlso_stream_start(&w->c.stream, w->s->tx.key, nonce, hdr, RECORD_HDR);
	w->c.has_tag = false;
	w->stream_ok = true;
}

static enum tx_verdict make_tag(struct walk *w)
{
	struct tlso_engine *e = w->e;

	tlso_stream_tag(&w->c.stream, w->s->tx.key, w->c.tag);
	w->c.has_tag = true;
	if (fault_due(e, e->cfg.fault_corrupt_record, &e->seen_corrupt))
		w->c.tag[0] ^= 1;
	if (fault_due(e, e->cfg.fault_reset_record, &e->seen_reset))
		return TX_RESET;
	if (fault_due(e, e->cfg.fault_purge_record, &e->seen_purge)) {
		session_purge(e, w->s);
		return TX_DROP;
	}
	return TX_SEND;
}

/* Reads the record's bytes before rec_off and runs the body among them through
 * the cipher, for the tag's sake.
 */
static enum tx_verdict read_prefix(struct walk *w)
{
	const struct tx_job *job = w->job;
	u8 *buf = w->e->rx_buf, hdr[RECORD_HDR];
	u32 at = 0, i;

	start_stream(w);
	header(w, hdr);
	for (i = 0; i < job->n_prefix; i++) {
		u64 addr = job->prefix[i].addr;
		u32 left = job->prefix[i].len;

		while (left) {
			u32 n = left < MAX_FRAME ? left : MAX_FRAME, from = 0;
			u32 k;

			if (dma_read(w->e, addr, buf, n))
				return TX_BAD;
			for (; from < n && at < RECORD_HDR; from++, at++)
				if (buf[from] != hdr[at])
					return bad(w, "tls: prefix header");
			k = at < body_end(w) ? body_end(w) - at : 0;
			if (k > n - from)
				k = n - from;
			tlso_stream_encrypt(&w->c.stream, w->s->tx.key,
					    buf + from, k);
			at += n - from;
			addr += n;
			left -= n;
		}
	}
	COUNT_N(w->e, TX_TLS_PREFIX_BYTES, at);
	w->prefix_read = true;
	return TX_SEND;
}

/* The first record of a frame that starts inside it. */
static enum tx_verdict enter(struct walk *w)
{
	const struct tx_cursor *c = &w->s->cursor;
	u32 last = w->n < w->rec_len - w->rec_off ? w->rec_off + w->n :
						    w->rec_len;
	bool tag = last > body_end(w);

	if (w->rec_off <= RECORD_HDR) {
		start_stream(w);
		return TX_SEND;
	}
	if (c->valid && c->tcp_seq == w->seq && c->rec_seq == w->rec_seq &&
	    c->rec_len == w->rec_len && c->rec_off == w->rec_off) {
		w->c = *c;
		w->stream_ok = true;
		return TX_SEND;
	}
	return tag ? read_prefix(w) : TX_SEND;
}

static enum tx_verdict put_header(struct walk *w, size_t n)
{
	u8 hdr[RECORD_HDR];

	header(w, hdr);
	if (memcmp(w->p, hdr + w->rec_off, n))
		return bad(w, "tls: record header");
	return TX_SEND;
}

static void put_body(struct walk *w, size_t n)
{
	u8 nonce[TLSO_IV_LEN];

	if (w->stream_ok) {
		tlso_stream_encrypt(&w->c.stream, w->s->tx.key, w->p, n);
		return;
	}
	tlso_record_nonce(nonce, w->s->tx.iv, w->rec_seq);
	tlso_stream_xor_at(w->s->tx.key, nonce, w->rec_off - RECORD_HDR, w->p,
			   n);
}

static enum tx_verdict put_tag(struct walk *w, size_t n)
{
	enum tx_verdict v;

	if (n == TLSO_TAG_LEN) {
		struct tlso_hw_tag note;

		memcpy(&note, w->p, sizeof(note));
		if (le32toh(note.magic) != TLSO_HW_TAG_TX ||
		    le32toh(note.session) != w->s->id ||
		    le64toh(note.rec_seq) != w->rec_seq)
			return bad(w, "tls: tag does not agree");
	}
	if (!w->c.has_tag) {
		v = make_tag(w);
		if (v != TX_SEND)
			return v;
	}
	memcpy(w->p, w->c.tag + (w->rec_off - body_end(w)), n);
	return TX_SEND;
}

/* The part of one record's header, body or tag that stands at w->p. */
static enum tx_verdict step(struct walk *w)
{
	enum tx_verdict v = TX_SEND;
	u32 end = w->rec_off < RECORD_HDR ? RECORD_HDR :
		  w->rec_off < body_end(w) ? body_end(w) : w->rec_len;
	size_t n = end - w->rec_off;

	if (n > w->n)
		n = w->n;
	if (end == RECORD_HDR)
		v = put_header(w, n);
	else if (end == w->rec_len)
		v = put_tag(w, n);
	else
		put_body(w, n);
	w->p += n;
	w->n -= n;
	w->seq += n;
	w->rec_off += n;
	return v;
}

/* The next record of the payload, by its own header. A header that the payload
 * cuts short goes out as it is, once it is seen to be one.
 */
static enum tx_verdict next_record(struct walk *w)
{
	static const u8 start[3] = { TLSO_CT_DATA, 3, 3 };
	size_t n = w->n < sizeof(start) ? w->n : sizeof(start);

	w->records++;
	w->rec_seq++;
	w->rec_off = 0;
	w->stream_ok = false;
	if (!w->n)
		return TX_SEND;
	if (memcmp(w->p, start, n))
		return bad(w, "tls: no record header behind a record");
	if (w->n < RECORD_HDR) {
		w->p += w->n;
		w->seq += w->n;
		w->n = 0;
		return TX_SEND;
	}
	w->rec_len = RECORD_HDR + (w->p[3] << 8 | w->p[4]);
	if (w->rec_len < RECORD_MIN || w->rec_len > RECORD_MAX)
		return bad(w, "tls: record length");
	start_stream(w);
	return TX_SEND;
}

static enum tx_verdict check(struct walk *w)
{
	const struct tlso_hw_txd_tls *t = &w->job->t;
	u64 last;

	if (t->rec_len < RECORD_MIN || t->rec_len > RECORD_MAX ||
	    t->rec_off >= t->rec_len)
		return bad(w, "tls: record length or offset");
	if (t->prefix_len && t->prefix_len != t->rec_off)
		return bad(w, "tls: prefix length");
	if (t->prefix_len != w->job->prefix_bytes)
		return bad(w, "tls: prefix descriptors");
	last = (u64)t->rec_off + w->n;
	if (t->rec_off && !t->prefix_len && last > body_end(w))
		return bad(w, "tls: no prefix");
	return TX_SEND;
}

static void commit(struct walk *w, size_t bytes)
{
	struct session *s = w->s;
	bool inside = w->rec_off > 0 && w->stream_ok;

	COUNT_N(w->e, TX_TLS_BYTES, bytes);
	COUNT_N(w->e, TX_TLS_RECORDS, w->records);
	if (w->records && w->rec_seq > s->tx_records)
		s->tx_records = w->rec_seq;
	if (inside) {
		s->cursor = w->c;
		s->cursor.valid = true;
		s->cursor.tcp_seq = w->seq;
		s->cursor.rec_seq = w->rec_seq;
		s->cursor.rec_len = w->rec_len;
		s->cursor.rec_off = w->rec_off;
	} else if (!s->cursor.valid || !w->rec_off) {
		s->cursor.valid = false;
	}
	/* Else: a slice sent again from the middle; the cursor of newer
	 * bytes stays good.
	 */
}

enum tx_verdict record_tx(struct tlso_engine *e, const struct tx_job *job,
			  const struct segment *seg)
{
	struct session *s = session_by_id(e, job->t.session);
	struct walk w = {
		.e = e,
		.s = s,
		.job = job,
		.p = seg->frame + seg->payload,
		.n = seg->payload_len,
		.seq = seg->seq,
		.rec_seq = job->t.rec_seq,
		.rec_len = job->t.rec_len,
		.rec_off = job->t.rec_off,
	};
	enum tx_verdict v;

	if (!s) {
		guest_error(e, "tls: no such session", job->t.session);
		return TX_BAD;
	}
	if (s->state == TLSO_HW_SESSION_PURGED)
		return TX_DROP;
	if (s->state != TLSO_HW_SESSION_ACTIVE)
		return bad(&w, "tls: session is not active");
	v = check(&w);
	if (v == TX_SEND)
		v = enter(&w);
	while (v == TX_SEND && w.n) {
		v = step(&w);
		if (v == TX_SEND && w.rec_off == w.rec_len)
			v = next_record(&w);
	}
	if (v == TX_SEND)
		commit(&w, seg->payload_len);
	tlso_wipe(&w, sizeof(w));
	return v;
}
