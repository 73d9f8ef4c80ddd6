// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The TX ring: gathers frames from their descriptors, has records encrypted
 * (record_tx.c), inserts checksums, cuts large segments up, and sends.
 *
 * A frame with a TLS descriptor has exactly one way to tx_frame(): through
 * record_tx() saying TX_SEND. A frame that does not describe itself properly is
 * skipped, its last descriptor marked DONE so that the ring goes on.
 */
#include "session.h"

union txd {
	struct tlso_hw_txd d;
	struct tlso_hw_txd_tls t;
};

static bool bad(struct tlso_engine *e, const char *what, u64 value)
{
	guest_error(e, what, value);
	return false;
}

/* ---- Descriptors -------------------------------------------------------------- */

static bool take_tls(struct tlso_engine *e, struct tx_job *job,
		     const struct tlso_hw_txd_tls *t, u32 nth)
{
	if (nth)
		return bad(e, "tx: TLS descriptor not first", nth);
	if (le32toh(t->flags) != TLSO_HW_TXF_TLS)
		return bad(e, "tx: flags of a TLS descriptor",
			   le32toh(t->flags));
	job->tls = true;
	job->t.session = le32toh(t->session);
	job->t.rec_len = le32toh(t->rec_len);
	job->t.rec_off = le32toh(t->rec_off);
	job->t.rec_seq = le64toh(t->rec_seq);
	job->t.prefix_len = le32toh(t->prefix_len);
	return true;
}

static bool take_prefix(struct tlso_engine *e, struct tx_job *job,
			const struct tlso_hw_txd *d)
{
	u32 len = le32toh(d->len);

	if (!job->tls || job->n_data)
		return bad(e, "tx: prefix descriptor out of place", len);
	if (le32toh(d->flags) != TLSO_HW_TXF_PREFIX || len > RECORD_MAX)
		return bad(e, "tx: prefix descriptor", len);
	job->prefix[job->n_prefix++] =
		(struct tx_piece){ le64toh(d->addr), len };
	job->prefix_bytes += len;
	return true;
}

static bool take_data(struct tlso_engine *e, struct tx_job *job,
		      const struct tlso_hw_txd *d, u32 flags)
{
	u32 len = le32toh(d->len);

	if (!job->n_data) {
		job->flags = flags;
		job->mss = le16toh(d->mss);
		job->hdr_len = le16toh(d->hdr_len);
		job->csum_start = le16toh(d->csum_start);
		job->csum_offset = le16toh(d->csum_offset);
	}
	if (len > MAX_TSO || job->bytes + len > MAX_TSO)
		return bad(e, "tx: frame too long", job->bytes + len);
	job->data[job->n_data++] = (struct tx_piece){ le64toh(d->addr), len };
	job->bytes += len;
	return true;
}

static bool take(struct tlso_engine *e, struct tx_job *job, const union txd *d,
		 u32 flags, u32 nth)
{
	if (nth >= TLSO_HW_TX_MAX_DESCS)
		return bad(e, "tx: too many descriptors", nth);
	if (flags & ~(TLSO_HW_TXF_EOP | TLSO_HW_TXF_TLS | TLSO_HW_TXF_PREFIX |
		      TLSO_HW_TXF_CSUM | TLSO_HW_TXF_TSO))
		return bad(e, "tx: unknown flag", flags);
	if (flags & TLSO_HW_TXF_TLS)
		return take_tls(e, job, &d->t, nth);
	if (flags & TLSO_HW_TXF_PREFIX)
		return take_prefix(e, job, &d->d);
	return take_data(e, job, &d->d, flags);
}

/* Reads one frame's descriptors. *@last is the index of the last one, wherever
 * that turned out to be. False where the frame is to be skipped.
 *
 * What is skipped reaches to the end of a data descriptor with EOP, even past
 * the tail: the rest of a frame whose TLS descriptor was not understood must
 * not be taken for a plain frame.
 */
static bool read_descs(struct tlso_engine *e, struct tx_job *job, u32 *last,
		       u32 *last_flags)
{
	struct ring *r = &e->ring[TLSO_HW_RING_TX];
	u32 left = ring_used(r), i = r->head, nth;
	bool ok = !r->lost;

	for (nth = 0; nth < left; nth++) {
		u32 flags;
		union txd d;

		if (ring_fetch(e, TLSO_HW_RING_TX, i, &d, sizeof(d)))
			return false;
		flags = le32toh(d.d.flags);
		*last = i;
		*last_flags = flags;
		i = ring_next(r, i);
		ok = ok && take(e, job, &d, flags, nth);
		if (flags & TLSO_HW_TXF_EOP &&
		    !(flags & (TLSO_HW_TXF_TLS | TLSO_HW_TXF_PREFIX))) {
			r->lost = false;
			return ok;
		}
	}
	r->lost = true;
	return ok ? bad(e, "tx: frame without end", nth) : false;
}

static bool gather(struct tlso_engine *e, const struct tx_job *job)
{
	size_t at = 0;
	u32 i;

	for (i = 0; i < job->n_data; i++) {
		if (job->data[i].len &&
		    dma_read(e, job->data[i].addr, e->tx_buf + at,
			     job->data[i].len))
			return false;
		at += job->data[i].len;
	}
	return true;
}

/* ---- Sending --------------------------------------------------------------------- */

static void send_frame(struct tlso_engine *e, const u8 *frame, size_t n)
{
	COUNT(e, TX_FRAMES);
	COUNT_N(e, TX_BYTES, n);
	e->host.tx_frame(e->opaque, frame, n);
}

/* The field holds the pseudo header's sum; 0xffff is as good as 0, and UDP
 * needs it (RFC 768).
 */
static bool insert_csum(struct tlso_engine *e, const struct tx_job *job)
{
	u32 start = job->csum_start, at = start + job->csum_offset;
	u16 sum;

	if (start >= job->bytes || at + 2 > job->bytes)
		return bad(e, "tx: checksum outside of the frame", at);
	sum = csum_fold(csum_add(0, e->tx_buf + start, job->bytes - start));
	if (!sum)
		sum = 0xffff;
	e->tx_buf[at] = sum >> 8;
	e->tx_buf[at + 1] = sum;
	return true;
}

static void put_be16(u8 *p, u32 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* One segment's headers (RFC 9293 3.1, RFC 3168 6.1.2). */
static void fix_headers(struct segment *out, u32 nth, u32 off, u32 n, bool last)
{
	u8 *ip = out->frame + out->l3, *tcp = out->frame + out->l4;
	u32 seq = out->seq + off;

	if (out->family == 4) {
		put_be16(ip + 2, out->payload - out->l3 + n);
		put_be16(ip + 4, (u32)(ip[4] << 8 | ip[5]) + nth);
	} else {
		put_be16(ip + 4, out->payload - out->l3 - 40 + n);
	}
	put_be16(tcp + 4, seq >> 16);
	put_be16(tcp + 6, seq);
	if (!last)
		tcp[13] &= ~(TCP_FLAG_FIN | TCP_FLAG_PSH);
	if (nth)
		tcp[13] &= ~TCP_FLAG_CWR;
	out->end = out->payload + n;
	segment_ip_sum(out);
	segment_tcp_sum(out);
}

static void split(struct tlso_engine *e, const struct segment *seg, u32 mss)
{
	u32 off, nth = 0;

	for (off = 0; off < seg->payload_len || !nth; off += mss, nth++) {
		u32 n = seg->payload_len - off < mss ? seg->payload_len - off :
						       mss;
		struct segment out = *seg;

		out.frame = e->tx_seg;
		memcpy(e->tx_seg, seg->frame, seg->payload);
		memcpy(e->tx_seg + seg->payload, seg->frame + seg->payload + off,
		       n);
		fix_headers(&out, nth, off, n, off + n == seg->payload_len);
		send_frame(e, e->tx_seg, seg->payload + n);
	}
}

static bool parse(struct tlso_engine *e, const struct tx_job *job,
		  struct segment *seg)
{
	bool tso = job->flags & TLSO_HW_TXF_TSO;

	if (!segment_parse(seg, e->tx_buf, job->bytes, tso) || !seg->tcp)
		return bad(e, "tx: not a TCP segment", job->bytes);
	if (seg->payload != job->hdr_len)
		return bad(e, "tx: header length", job->hdr_len);
	if (tso && (job->mss < MIN_MSS ||
		    job->mss + (u32)job->hdr_len > MAX_FRAME))
		return bad(e, "tx: mss", job->mss);
	return true;
}

static enum tx_verdict encrypt(struct tlso_engine *e, const struct tx_job *job,
			       const struct segment *seg)
{
	struct session *s;
	enum tx_verdict v;

	if (!seg->payload_len || seg->end != job->bytes) {
		bad(e, "tx: TLS frame without payload, or with a trailer", 0);
		return TX_BAD;
	}
	v = record_tx(e, job, seg);
	if (v == TX_SEND)
		return v;
	COUNT(e, TX_TLS_DROPPED);
	s = v == TX_DROP ? session_by_id(e, job->t.session) : NULL;
	if (s && s->state == TLSO_HW_SESSION_PURGED && !s->purge_told) {
		s->purge_told = true;
		event_post(e, TLSO_HW_EV_PURGED, s->id, s->rx_seq,
			   TLSO_HW_ST_OK, NULL, 0);
	}
	return v;
}

static enum tx_verdict transmit(struct tlso_engine *e, const struct tx_job *job)
{
	bool tso = job->flags & TLSO_HW_TXF_TSO;
	enum tx_verdict v = TX_SEND;
	struct segment seg;

	if (job->bytes < 14 || (!tso && job->bytes > MAX_FRAME)) {
		bad(e, "tx: frame length", job->bytes);
		return TX_BAD;
	}
	if (!gather(e, job))
		return TX_BAD;
	if ((tso || job->tls) && !parse(e, job, &seg))
		return TX_BAD;
	if (job->tls)
		v = encrypt(e, job, &seg);
	if (v != TX_SEND)
		return v;
	if (tso) {
		split(e, &seg, job->mss);
		return v;
	}
	if (job->tls)
		segment_tcp_sum(&seg);
	else if (job->flags & TLSO_HW_TXF_CSUM && !insert_csum(e, job))
		return TX_BAD;
	send_frame(e, e->tx_buf, job->bytes);
	return v;
}

/* ---- The ring ------------------------------------------------------------------------ */

static void one_frame(struct tlso_engine *e)
{
	struct ring *r = &e->ring[TLSO_HW_RING_TX];
	u32 last = r->head, flags = 0, resets = e->resets;
	enum tx_verdict v = TX_BAD;
	struct tx_job job = { 0 };
	__le32 done;

	if (read_descs(e, &job, &last, &flags))
		v = transmit(e, &job);
	if (v == TX_BAD)
		COUNT(e, TX_ERRORS);
	if (v == TX_RESET)
		tlso_engine_reset(e);
	/* tx_frame() may have come back in by way of the guest's registers. */
	if (e->resets != resets || !r->enabled || !ring_used(r))
		return;
	done = htole32(flags | TLSO_HW_TXF_DONE);
	dma_write(e, ring_addr(e, TLSO_HW_RING_TX, last) +
			     offsetof(struct tlso_hw_txd, flags),
		  &done, sizeof(done));
	r->head = ring_next(r, last);
	ring_completed(e, TLSO_HW_RING_TX);
}

bool tx_poll(struct tlso_engine *e)
{
	struct ring *r = &e->ring[TLSO_HW_RING_TX];
	u32 budget = TX_BUDGET;

	while (e->ctrl & TLSO_HW_CTRL_ENABLE && r->enabled && ring_used(r)) {
		if (!budget--)
			return true;
		one_frame(e);
	}
	return false;
}
