// SPDX-License-Identifier: GPL-2.0-only
/* See rig.h. Checksums here are computed in another way than the engine's. */
#include "rig.h"

const u8 rig_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

/* ---- Callbacks ---------------------------------------------------------------- */

static int in_memory(u64 addr, size_t n)
{
	return addr >= RIG_BASE && n <= RIG_SIZE &&
	       addr - RIG_BASE <= RIG_SIZE - n;
}

static int host_read(void *opaque, uint64_t addr, void *buf, size_t n)
{
	struct rig *r = opaque;

	if (!in_memory(addr, n))
		return -1;
	memcpy(buf, r->mem + (addr - RIG_BASE), n);
	return 0;
}

static int host_write(void *opaque, uint64_t addr, const void *buf, size_t n)
{
	struct rig *r = opaque;

	if (!in_memory(addr, n))
		return -1;
	memcpy(r->mem + (addr - RIG_BASE), buf, n);
	return 0;
}

static void host_irq(void *opaque, unsigned int vector)
{
	struct rig *r = opaque;

	assert_true(vector < TLSO_HW_RINGS);
	r->irqs[vector]++;
}

static void host_tx(void *opaque, const uint8_t *frame, size_t n)
{
	struct rig *r = opaque;

	if (r->n_sent == RIG_FRAMES)
		rig_forget_sent(r);
	r->sent[r->n_sent].p = malloc(n);
	memcpy(r->sent[r->n_sent].p, frame, n);
	r->sent[r->n_sent++].n = n;
}

static void host_rx_ready(void *opaque)
{
	((struct rig *)opaque)->rx_ready++;
}

static void host_submit(void *opaque, struct tlso_job *job)
{
	struct rig *r = opaque;

	assert_true(r->n_jobs < RIG_JOBS);
	r->job[r->n_jobs++] = job;
}

static void host_schedule(void *opaque)
{
	((struct rig *)opaque)->scheduled++;
}

static uint64_t host_now(void *opaque)
{
	return ((struct rig *)opaque)->now;
}

static void host_error(void *opaque, const char *what, uint64_t value)
{
	struct rig *r = opaque;

	(void)value;
	r->errors++;
	r->last_error = what;
}

/* ---- Life ------------------------------------------------------------------------ */

struct rig *rig_new(const struct tlso_engine_config *cfg, bool deferred)
{
	struct tlso_engine_config c = { 0 };
	struct tlso_engine_host host = {
		.dma_read = host_read,
		.dma_write = host_write,
		.raise_irq = host_irq,
		.tx_frame = host_tx,
		.rx_ready = host_rx_ready,
		.submit = deferred ? host_submit : NULL,
		.schedule = cfg && cfg->fault_delay_us ? host_schedule : NULL,
		.now_ns = host_now,
		.guest_error = host_error,
	};
	struct rig *r = calloc(1, sizeof(*r));

	if (cfg)
		c = *cfg;
	memcpy(c.mac, rig_mac, 6);
	r->mem = calloc(1, RIG_SIZE);
	r->brk = RIG_BASE;
	r->deferred = deferred;
	r->schedule = host.schedule;
	r->e = tlso_engine_new(&host, r, &c);
	assert_non_null(r->e);
	return r;
}

void rig_forget_sent(struct rig *r)
{
	while (r->n_sent)
		free(r->sent[--r->n_sent].p);
}

void rig_free(struct rig *r)
{
	rig_jobs(r);
	assert_int_equal(tlso_engine_jobs(r->e), 0);
	tlso_engine_free(r->e);
	rig_forget_sent(r);
	free(r->mem);
	free(r);
}

void rig_jobs(struct rig *r)
{
	while (r->n_jobs) {
		struct tlso_job *job = r->job[0];

		memmove(r->job, r->job + 1, --r->n_jobs * sizeof(job));
		job->run(job);
		job->done(job);
	}
	if (r->schedule)
		while (tlso_engine_poll(r->e))
			r->now += 1000;
}

u32 rig_read(struct rig *r, u32 off)
{
	return tlso_engine_mmio_read(r->e, off);
}

void rig_write(struct rig *r, u32 off, u32 val)
{
	tlso_engine_mmio_write(r->e, off, val);
}

u64 rig_alloc(struct rig *r, size_t n)
{
	u64 at = r->brk;

	r->brk += (n + 63) & ~63ull;
	assert_true(r->brk <= RIG_BASE + RIG_SIZE);
	return at;
}

void *rig_ptr(struct rig *r, u64 addr)
{
	return r->mem + (addr - RIG_BASE);
}

u64 rig_count(struct rig *r, unsigned int id)
{
	u32 lo = rig_read(r, TLSO_HW_REG_COUNTER(id));

	return (u64)rig_read(r, TLSO_HW_REG_COUNTER(id) + 4) << 32 | lo;
}

static void doorbell(struct rig *r, unsigned int which)
{
	rig_write(r, TLSO_HW_RING_REG(which, TLSO_HW_RREG_TAIL),
		  r->ring[which].tail);
}

static u32 next(u32 i)
{
	return (i + 1) % RIG_ENTRIES;
}

static void post_rx(struct rig *r)
{
	struct rig_ring *g = &r->ring[TLSO_HW_RING_RX];
	struct tlso_hw_rxd *d = rig_ptr(r, g->base + g->tail * sizeof(*d));

	*d = (struct tlso_hw_rxd){ .addr = htole64(g->buf[g->tail]),
				   .cap = htole32(RIG_RX_CAP) };
	g->tail = next(g->tail);
}

static void post_event(struct rig *r)
{
	struct rig_ring *g = &r->ring[TLSO_HW_RING_EVENT];
	struct tlso_hw_event *d = rig_ptr(r, g->base + g->tail * sizeof(*d));

	*d = (struct tlso_hw_event){ .addr = htole64(g->buf[g->tail]),
				     .cap = htole32(RIG_EV_CAP) };
	g->tail = next(g->tail);
}

void rig_up(struct rig *r)
{
	unsigned int i, k;

	r->brk = RIG_BASE;
	for (i = 0; i < TLSO_HW_RINGS; i++) {
		struct rig_ring *g = &r->ring[i];

		memset(g, 0, sizeof(*g));
		g->base = rig_alloc(r, RIG_ENTRIES * 64);
		memset(rig_ptr(r, g->base), 0, RIG_ENTRIES * 64);
		rig_write(r, TLSO_HW_RING_REG(i, TLSO_HW_RREG_BASE_LO), g->base);
		rig_write(r, TLSO_HW_RING_REG(i, TLSO_HW_RREG_BASE_HI), 0);
		rig_write(r, TLSO_HW_RING_REG(i, TLSO_HW_RREG_SIZE), RIG_LOG2);
		rig_write(r, TLSO_HW_RING_REG(i, TLSO_HW_RREG_CTRL), 1);
		for (k = 0; k < RIG_ENTRIES; k++) {
			if (i == TLSO_HW_RING_RX)
				g->buf[k] = rig_alloc(r, RIG_RX_CAP);
			if (i == TLSO_HW_RING_EVENT)
				g->buf[k] = rig_alloc(r, RIG_EV_CAP);
		}
	}
	for (k = 0; k < RIG_ENTRIES - 1; k++) {
		post_rx(r);
		post_event(r);
	}
	doorbell(r, TLSO_HW_RING_RX);
	doorbell(r, TLSO_HW_RING_EVENT);
	rig_write(r, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_ENABLE);
}

/* ---- Mailbox and events -------------------------------------------------------------- */

struct tlso_hw_mbox *rig_cmd_entry(struct rig *r, u32 index)
{
	return rig_ptr(r, r->ring[TLSO_HW_RING_MBOX].base +
				  index * sizeof(struct tlso_hw_mbox));
}

u32 rig_post_cmd(struct rig *r, u16 opcode, u32 session, u32 arg,
		 const void *in, u32 n, u32 out_cap)
{
	struct rig_ring *g = &r->ring[TLSO_HW_RING_MBOX];
	u32 index = g->tail;
	struct tlso_hw_mbox *m = rig_cmd_entry(r, index);
	u64 in_addr = rig_alloc(r, n), out_addr = rig_alloc(r, out_cap);

	if (n)
		memcpy(rig_ptr(r, in_addr), in, n);
	*m = (struct tlso_hw_mbox){
		.opcode = htole16(opcode),
		.session = htole32(session),
		.arg = htole32(arg),
		.in_len = htole32(n),
		.in_addr = htole64(in_addr),
		.out_addr = htole64(out_addr),
		.out_cap = htole32(out_cap),
		.cookie = 0x1234,
	};
	g->tail = next(g->tail);
	doorbell(r, TLSO_HW_RING_MBOX);
	return index;
}

u32 rig_cmd(struct rig *r, u16 opcode, u32 session, u32 arg, const void *in,
	    u32 n, void *out, u32 out_cap, u32 *out_len)
{
	u64 brk = r->brk;
	u32 index = rig_post_cmd(r, opcode, session, arg, in, n, out_cap);
	struct tlso_hw_mbox *m = rig_cmd_entry(r, index);

	rig_jobs(r);
	assert_true(le32toh(m->flags) & TLSO_HW_MBF_DONE);
	assert_int_equal(m->cookie, 0x1234);
	assert_true(le32toh(m->out_len) <= out_cap);
	if (out)
		memcpy(out, rig_ptr(r, le64toh(m->out_addr)),
		       le32toh(m->out_len));
	if (out_len)
		*out_len = le32toh(m->out_len);
	r->brk = brk;
	return le32toh(m->status);
}

bool rig_event(struct rig *r, struct rig_event *ev)
{
	struct rig_ring *g = &r->ring[TLSO_HW_RING_EVENT];
	struct tlso_hw_event *d;
	bool more = true;

	ev->len = 0;
	while (more) {
		d = rig_ptr(r, g->base + g->clean * sizeof(*d));
		if (g->clean == g->tail ||
		    !(le32toh(d->flags) & TLSO_HW_EVF_DONE)) {
			assert_int_equal(ev->len, 0);
			return false;
		}
		more = le32toh(d->flags) & TLSO_HW_EVF_MORE;
		ev->type = le16toh(d->type);
		ev->status = le16toh(d->status);
		ev->session = le32toh(d->session);
		ev->tcp_seq = le32toh(d->tcp_seq);
		assert_true(le32toh(d->len) <= RIG_EV_CAP);
		memcpy(ev->body + ev->len, rig_ptr(r, g->buf[g->clean]),
		       le32toh(d->len));
		ev->len += le32toh(d->len);
		g->clean = next(g->clean);
		post_event(r);
		doorbell(r, TLSO_HW_RING_EVENT);
	}
	return true;
}

/* ---- Frames through the rings ------------------------------------------------------------- */

static void *push_tx(struct rig *r, u32 *index)
{
	struct rig_ring *g = &r->ring[TLSO_HW_RING_TX];
	void *d = rig_ptr(r, g->base + g->tail * sizeof(struct tlso_hw_txd));

	memset(d, 0, sizeof(struct tlso_hw_txd));
	*index = g->tail;
	g->tail = next(g->tail);
	return d;
}

static u64 place(struct rig *r, const u8 *p, size_t n)
{
	u64 at = rig_alloc(r, n);

	memcpy(rig_ptr(r, at), p, n);
	return at;
}

bool rig_tx(struct rig *r, const u8 *frame, size_t n, const struct rig_tx *t)
{
	u32 pieces = t->pieces ? t->pieces : 1, i, index;
	u64 brk = r->brk, at = place(r, frame, n);
	struct tlso_hw_txd *d = NULL;

	if (t->tls) {
		struct tlso_hw_txd_tls *td = push_tx(r, &index);
		u32 left = t->prefix ? le32toh(t->tls->prefix_len) : 0;

		*td = *t->tls;
		/* In two descriptors where that can be. */
		for (i = 0; left; i++) {
			u32 part = left > 1 && !i ? left / 2 : left;

			d = push_tx(r, &index);
			d->addr = htole64(place(r, t->prefix +
						le32toh(t->tls->prefix_len) -
						left, part));
			d->len = htole32(part);
			d->flags = htole32(TLSO_HW_TXF_PREFIX);
			left -= part;
		}
	}
	for (i = 0; i < pieces; i++) {
		size_t from = n * i / pieces, to = n * (i + 1) / pieces;

		d = push_tx(r, &index);
		d->addr = htole64(at + from);
		d->len = htole32(to - from);
		d->flags = htole32(t->flags | (i + 1 == pieces ?
						       TLSO_HW_TXF_EOP : 0));
		d->mss = htole16(t->mss);
		d->hdr_len = htole16(t->hdr_len);
		d->csum_start = htole16(t->csum_start);
		d->csum_offset = htole16(t->csum_offset);
	}
	doorbell(r, TLSO_HW_RING_TX);
	r->brk = brk;
	return le32toh(d->flags) & TLSO_HW_TXF_DONE;
}

bool rig_rx(struct rig *r, const u8 *frame, size_t n, struct rig_rx *out)
{
	struct rig_ring *g = &r->ring[TLSO_HW_RING_RX];
	struct tlso_hw_rxd *d = rig_ptr(r, g->base + g->clean * sizeof(*d));

	assert_int_equal(tlso_engine_rx(r->e, frame, n), n);
	if (!(le32toh(d->flags) & TLSO_HW_RXF_DONE))
		return false;
	out->flags = le32toh(d->flags);
	assert_true(out->flags & TLSO_HW_RXF_EOP);
	out->n = le32toh(d->len);
	out->session = le32toh(d->session);
	out->tls_end = le32toh(d->tls_end);
	memcpy(out->p, rig_ptr(r, g->buf[g->clean]), out->n);
	g->clean = next(g->clean);
	post_rx(r);
	doorbell(r, TLSO_HW_RING_RX);
	return true;
}

/* ---- TCP segments ---- */

void rig_flow_init(struct rig_flow *f, u8 family, u16 remote_port)
{
	memset(f, 0, sizeof(*f));
	f->family = family;
	f->local[0] = family == 4 ? 10 : 0xfd;
	f->local[family == 4 ? 3 : 15] = 1;
	f->remote[0] = f->local[0];
	f->remote[family == 4 ? 3 : 15] = 2;
	f->local_port = 8443;
	f->remote_port = remote_port;
}

void rig_start(struct tlso_hw_start *st, const struct rig_flow *f, u32 key_slot,
	       u32 rx_seq)
{
	*st = (struct tlso_hw_start){
		.family = f->family,
		.versions = TLSO_HW_VER_TLS13,
		.ops = htole32(RIG_OPS),
		.key_slot = htole32(key_slot),
		.rx_seq = htole32(rx_seq),
		.local_port = htobe16(f->local_port),
		.remote_port = htobe16(f->remote_port),
	};
	memcpy(st->local_addr, f->local, 16);
	memcpy(st->remote_addr, f->remote, 16);
}

size_t rig_hdr_len(const struct rig_flow *f)
{
	return 14 + (f->family == 4 ? 20 : 40) + 32;
}

/* RFC 1071 2(B): any byte order gives the same sum. */
static u16 sum16(const u8 *p, size_t n, u32 sum)
{
	u16 w;

	for (; n > 1; n -= 2, p += 2) {
		memcpy(&w, p, 2);
		sum += w;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (n) {
		w = 0;
		memcpy(&w, p, 1);
		sum += w;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static u16 tcp_sum(const u8 *ip, u8 family, const u8 *tcp, size_t n)
{
	u8 pseudo[40] = { 0 };
	size_t len = family == 4 ? 12 : 40;

	memcpy(pseudo, family == 4 ? ip + 12 : ip + 8, family == 4 ? 8 : 32);
	pseudo[len - 1] = n;
	pseudo[len - 2] = n >> 8;
	pseudo[family == 4 ? 9 : 39] = 6;
	if (family == 6) {
		pseudo[34] = n >> 8;
		pseudo[35] = n;
		pseudo[38] = 0;
	}
	return sum16(tcp, n, sum16(pseudo, len, 0));
}

static void put(u8 *p, u32 v, int n)
{
	while (n--) {
		p[n] = v;
		v >>= 8;
	}
}

size_t rig_tcp(u8 *frame, const struct rig_flow *f, bool inbound, u32 seq,
	       u8 flags, const u8 *payload, size_t n)
{
	static const u8 peer[6] = { 0x52, 0x54, 0, 9, 9, 9 };
	const u8 *src = inbound ? f->remote : f->local;
	const u8 *dst = inbound ? f->local : f->remote;
	u8 *ip = frame + 14, *tcp;
	u16 sum;

	memset(frame, 0, rig_hdr_len(f));
	memcpy(frame, inbound ? rig_mac : peer, 6);
	memcpy(frame + 6, inbound ? peer : rig_mac, 6);
	if (f->family == 4) {
		tcp = ip + 20;
		put(frame + 12, 0x0800, 2);
		ip[0] = 0x45;
		put(ip + 2, 20 + 32 + n, 2);
		put(ip + 4, 0xfff0, 2);
		ip[8] = 64;
		ip[9] = 6;
		memcpy(ip + 12, src, 4);
		memcpy(ip + 16, dst, 4);
		sum = ~sum16(ip, 20, 0);
		memcpy(ip + 10, &sum, 2);
	} else {
		tcp = ip + 40;
		put(frame + 12, 0x86dd, 2);
		ip[0] = 0x60;
		put(ip + 4, 32 + n, 2);
		ip[6] = 6;
		ip[7] = 64;
		memcpy(ip + 8, src, 16);
		memcpy(ip + 24, dst, 16);
	}
	put(tcp, inbound ? f->remote_port : f->local_port, 2);
	put(tcp + 2, inbound ? f->local_port : f->remote_port, 2);
	put(tcp + 4, seq, 4);
	tcp[12] = 8 << 4;
	tcp[13] = flags;
	put(tcp + 14, 0x1000, 2);
	memset(tcp + 20, 1, 12);
	if (n)
		memcpy(tcp + 32, payload, n);
	sum = ~tcp_sum(ip, f->family, tcp, 32 + n);
	memcpy(tcp + 16, &sum, 2);
	return tcp + 32 + n - frame;
}

const u8 *rig_check_tcp(const u8 *frame, size_t n, u32 *seq, size_t *len,
			u8 *flags)
{
	const u8 *ip = frame + 14, *tcp;
	u8 family = ip[0] >> 4;
	size_t hlen;

	if (family == 4) {
		tcp = ip + 20;
		assert_int_equal(ip[2] << 8 | ip[3], n - 14);
		assert_int_equal(sum16(ip, 20, 0), 0xffff);
	} else {
		tcp = ip + 40;
		assert_int_equal(ip[4] << 8 | ip[5], n - 54);
	}
	assert_int_equal(tcp_sum(ip, family, tcp, frame + n - tcp), 0xffff);
	hlen = (tcp[12] >> 4) * 4;
	*seq = (u32)tcp[4] << 24 | tcp[5] << 16 | tcp[6] << 8 | tcp[7];
	*len = frame + n - tcp - hlen;
	*flags = tcp[13];
	return tcp + hlen;
}
