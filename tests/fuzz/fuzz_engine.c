// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest and the wire as enemies: register writes, host memory, frames and
 * the order in which jobs come back are all the fuzzer's. What is read by DMA
 * outside of the small host memory comes fresh from the input each time, so a
 * field that is read twice can differ.
 *
 * A rig of rings and two sessions is set up first where the first byte says so;
 * most of the engine is unreachable without.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmod/core/seam.h"
#include "../../offload-dev/engine/crypto_host.h"
#include "../../offload-dev/engine/engine.h"
#include "../../offload-dev/hw.h"

#define BASE 0x10000u
#define SIZE 0x20000u
#define JOBS 64

static struct {
	const u8 *p;
	size_t n;
	u8 mem[SIZE];
	struct tlso_job *job[JOBS];
	unsigned int jobs;
	u64 now;
	bool fail_dma;
	/* Good records of session 1, inbound, as long as there is room. */
	u8 stream[16384];
	size_t stream_n, sent;
	u64 rec_seq;
} g;

static void take(void *to, size_t n)
{
	size_t have = n < g.n ? n : g.n;

	memset(to, 0, n);
	memcpy(to, g.p, have);
	g.p += have;
	g.n -= have;
}

static u32 num(unsigned int bytes)
{
	u32 v = 0;

	take(&v, bytes);
	return le32toh(v);
}

static int host_read(void *o, uint64_t addr, void *buf, size_t n)
{
	if (g.fail_dma)
		return -1;
	if (addr >= BASE && n <= SIZE && addr - BASE <= SIZE - n)
		memcpy(buf, g.mem + (addr - BASE), n);
	else
		take(buf, n);
	return 0;
}

static int host_write(void *o, uint64_t addr, const void *buf, size_t n)
{
	volatile u8 sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += ((const u8 *)buf)[i];
	if (addr < BASE || n > SIZE || addr - BASE > SIZE - n)
		return -1;
	memcpy(g.mem + (addr - BASE), buf, n);
	return 0;
}

static void host_irq(void *o, unsigned int v)
{
	if (v >= TLSO_HW_RINGS)
		abort();
}

static void host_tx(void *o, const uint8_t *p, size_t n)
{
	volatile u8 sum = 0;
	size_t i;

	if (n < 14 || n > 9018)
		abort();
	for (i = 0; i < n; i++)
		sum += p[i];
}

static void host_rx_ready(void *o)
{
}

static void host_submit(void *o, struct tlso_job *job)
{
	if (g.jobs == JOBS) {
		job->run(job);
		job->done(job);
		return;
	}
	g.job[g.jobs++] = job;
}

static void host_schedule(void *o)
{
}

static uint64_t host_now(void *o)
{
	return g.now;
}

static void host_error(void *o, const char *what, uint64_t v)
{
}

static void run_job(unsigned int i)
{
	struct tlso_job *job;

	if (!g.jobs)
		return;
	i %= g.jobs;
	job = g.job[i];
	g.job[i] = g.job[--g.jobs];
	job->run(job);
	job->done(job);
}

static void ring_up(struct tlso_engine *e, unsigned int ring)
{
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_BASE_LO),
			       BASE + ring * 0x1000);
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_SIZE), 4);
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(ring, TLSO_HW_RREG_CTRL), 1);
}

static void command(struct tlso_engine *e, u32 at, u16 op, u32 session,
		    u32 len)
{
	struct tlso_hw_mbox m = { .opcode = htole16(op),
				  .session = htole32(session),
				  .in_len = htole32(len),
				  .in_addr = htole64(BASE + 0x8000) };

	memcpy(g.mem + TLSO_HW_RING_MBOX * 0x1000 + at * sizeof(m), &m,
	       sizeof(m));
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(TLSO_HW_RING_MBOX,
						   TLSO_HW_RREG_TAIL), at + 1);
	tlso_engine_poll(e);
}

/* Session 1 is active, from 10.0.0.2:2 to 10.0.0.1:1; session 2 is pending,
 * from port 3. Inbound bytes start at sequence number 0.
 */
static void set_up(struct tlso_engine *e)
{
	struct tlso_hw_start st = {
		.family = 4,
		.versions = TLSO_HW_VER_TLS13,
		.ops = htole32(tlso_engine_mmio_read(e, TLSO_HW_REG_OPS)),
		.key_slot = htole32(TLSO_HW_NO_KEY),
		.local_port = htobe16(1),
		.remote_port = htobe16(2),
		.local_addr = { 10, 0, 0, 1 },
		.remote_addr = { 10, 0, 0, 2 },
	};
	struct tlso_session_keys k = { .tls_version = 0x0304, .suite = 0x1301,
				       .key_len = 16, .secret_len = 32 };
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < TLSO_HW_RINGS; i++)
		ring_up(e, i);
	tlso_engine_mmio_write(e, TLSO_HW_REG_CTRL,
			       TLSO_HW_CTRL_ENABLE | TLSO_HW_CTRL_PROMISC);
	for (i = 0; i < 15; i++) {
		struct tlso_hw_rxd rx = { .addr = htole64(BASE + 0x10000),
					  .cap = htole32(2048) };
		struct tlso_hw_event ev = { .addr = htole64(BASE + 0x11000),
					    .cap = htole32(512) };

		memcpy(g.mem + TLSO_HW_RING_RX * 0x1000 + i * 32, &rx, 32);
		memcpy(g.mem + TLSO_HW_RING_EVENT * 0x1000 + i * 32, &ev, 32);
	}
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(TLSO_HW_RING_RX,
						   TLSO_HW_RREG_TAIL), 15);
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(TLSO_HW_RING_EVENT,
						   TLSO_HW_RREG_TAIL), 15);
	memcpy(g.mem + 0x8000, &st, sizeof(st));
	if (tlso_session_keys_write(&k, g.mem + 0x8000 + sizeof(st), 1000, &n))
		abort();
	command(e, 0, TLSO_HW_MB_REINSTATE, 1, sizeof(st) + n);
	st.remote_port = htobe16(3);
	memcpy(g.mem + 0x8000, &st, sizeof(st));
	command(e, 1, TLSO_HW_MB_START_SSL, 2, sizeof(st));
	if (tlso_engine_counter(e, TLSO_HW_C_SESSIONS_ACTIVE) != 1 ||
	    tlso_engine_counter(e, TLSO_HW_C_SESSIONS_PENDING) != 1)
		abort();
}

static u16 fold(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The headers, with correct sums, in front of @n bytes at f + 54. */
static size_t wrap(u8 *f, size_t n, bool inbound, u16 remote, u32 seq)
{
	u16 port = htobe16(remote), one = htobe16(1), v;
	u8 *ip = f + 14, *tcp = f + 34;
	u32 sum = 6 + 20 + n;
	size_t i;

	memset(f, 0, 54);
	f[12] = 8;
	ip[0] = 0x45;
	v = htobe16(40 + n);
	memcpy(ip + 2, &v, 2);
	ip[9] = 6;
	memcpy(ip + 12, inbound ? "\x0a\0\0\2\x0a\0\0\1" : "\x0a\0\0\1\x0a\0\0\2",
	       8);
	memcpy(tcp, inbound ? &port : &one, 2);
	memcpy(tcp + 2, inbound ? &one : &port, 2);
	seq = htobe32(seq);
	memcpy(tcp + 4, &seq, 4);
	tcp[12] = 0x50;
	tcp[13] = 0x10;
	for (i = 12; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	for (i = 0; i < 20 + n; i++)
		sum += i & 1 ? tcp[i] : tcp[i] << 8;
	v = htobe16(fold(sum));
	memcpy(tcp + 16, &v, 2);
	for (sum = 0, i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	v = htobe16(fold(sum));
	memcpy(ip + 10, &v, 2);
	return 54 + n;
}

static size_t record(u8 *p, size_t body, u8 type)
{
	memcpy(p, "\x17\3\3", 3);
	p[3] = (body + 17) >> 8;
	p[4] = body + 17;
	take(p + 5, body);
	p[5 + body] = type;
	return body + 22;
}

/* Adds a good record to the inbound stream. */
static void add_record(void)
{
	u8 nonce[12] = { 0 }, key[16] = { 0 }, *p = g.stream + g.stream_n;
	size_t body = num(1);

	if (g.stream_n + body + 22 > sizeof(g.stream))
		return;
	g.stream_n += record(p, body, num(1) ? 23 : 22);
	nonce[11] = g.rec_seq++;
	tlso_host_crypto.aes128_gcm->seal(key, nonce, p, 5, p + 5, body + 1);
}

/* A slice of that stream comes in; mostly the one that is next. */
static void send_slice(struct tlso_engine *e)
{
	static u8 frame[9100];
	size_t n = num(2), at = n & 0x8000 ? num(2) : g.sent, left;

	if (at > g.stream_n)
		return;
	left = g.stream_n - at;
	n = (n & 0x7fff) % 2000;
	if (n > left)
		n = left;
	memcpy(frame + 54, g.stream + at, n);
	wrap(frame, n, true, 2, at);
	if (at + n > g.sent)
		g.sent = at + n;
	tlso_engine_rx(e, frame, 54 + n);
}

/* A frame of session 1 that is right but for one byte, if the input says so. */
static void send_tls(struct tlso_engine *e)
{
	static u8 rec[2][1024];
	u32 at = tlso_engine_mmio_read(e, TLSO_HW_RING_REG(0,
							TLSO_HW_RREG_HEAD));
	u32 first = record(rec[0], num(1), 23), off = num(1) % first, n, i;
	u64 seq = num(1);
	struct tlso_hw_tag tag = { .magic = htole32(TLSO_HW_TAG_TX),
				   .session = htole32(1) };
	struct tlso_hw_txd_tls t = {
		.session = htole32(1),
		.rec_len = htole32(first),
		.rec_off = htole32(off),
		.flags = htole32(TLSO_HW_TXF_TLS),
		.rec_seq = htole64(seq),
	};
	struct tlso_hw_txd d[2] = {
		{ .addr = htole64(BASE + 0x13000), .len = htole32(off),
		  .flags = htole32(TLSO_HW_TXF_PREFIX) },
		{ .addr = htole64(BASE + 0x14000), .hdr_len = htole16(54),
		  .mss = htole16(100) },
	};
	u8 *f = g.mem + 0x14000;

	if (at > 15)
		return;
	for (i = 0; i < 2; i++) {
		n = i ? record(rec[1], num(1), 23) : first;
		tag.rec_seq = htole64(seq + i);
		memcpy(rec[i] + n - 16, &tag, 16);
		memcpy(f + 54 + (i ? first - off : 0), rec[i] + (i ? 0 : off),
		       n - (i ? 0 : off));
	}
	memcpy(g.mem + 0x13000, rec[0], off);
	n = num(2) % (n + first - off) + 1;
	wrap(f, n, false, 2, num(1));
	d[1].len = htole32(54 + n);
	d[1].flags = htole32(TLSO_HW_TXF_EOP |
			     (num(1) & 1 ? TLSO_HW_TXF_TSO : 0));
	if (n > first - off - 16 || (first - off < 16))
		t.prefix_len = htole32(off);
	i = num(2);
	if (i & 0x8000)
		((u8 *)&t)[i & 31] ^= i >> 5;
	memcpy(g.mem + at * 32, &t, 32);
	at = (at + 1) & 15;
	if (t.prefix_len) {
		memcpy(g.mem + at * 32, &d[0], 32);
		at = (at + 1) & 15;
	}
	memcpy(g.mem + at * 32, &d[1], 32);
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(0, TLSO_HW_RREG_TAIL),
			       (at + 1) & 15);
	tlso_engine_poll(e);
}

static void send_command(struct tlso_engine *e)
{
	u32 at = tlso_engine_mmio_read(e, TLSO_HW_RING_REG(TLSO_HW_RING_MBOX,
							TLSO_HW_RREG_HEAD));
	u32 n = num(1);
	struct tlso_hw_mbox m = {
		.opcode = htole16(num(1) % 11),
		.session = htole32(num(1) & 3),
		.arg = htole32(num(1)),
		.in_len = htole32(n),
		.in_addr = htole64(BASE + 0x8000),
		.out_addr = htole64(BASE + 0x9000),
		.out_cap = htole32(num(2)),
	};

	if (at > 15)
		return;
	if (num(1) & 1)
		take(g.mem + 0x8000, n);
	memcpy(g.mem + TLSO_HW_RING_MBOX * 0x1000 + at * sizeof(m), &m,
	       sizeof(m));
	tlso_engine_mmio_write(e, TLSO_HW_RING_REG(TLSO_HW_RING_MBOX,
						   TLSO_HW_RREG_TAIL),
			       (at + 1) & 15);
}

static void step(struct tlso_engine *e)
{
	static u8 frame[9100];
	u32 at, n;

	switch (num(1) % 13) {
	case 0:
		at = num(2);
		tlso_engine_mmio_write(e, at, num(4));
		break;
	case 1: /* a ring's register, with a value in range */
		at = num(1);
		tlso_engine_mmio_write(e, TLSO_HW_RING_REG(at & 3,
							   at >> 2 & 0x1c),
				       num(1) & 15);
		break;
	case 2:
		tlso_engine_mmio_read(e, num(2));
		break;
	case 3: /* memory: rings first of all */
		at = num(2);
		n = num(1);
		if (at + n <= SIZE)
			take(g.mem + at, n);
		break;
	case 4:
		n = num(2) % sizeof(frame);
		take(frame, n);
		tlso_engine_rx(e, frame, n);
		break;
	case 5: /* anything, to either session */
		n = num(2) % 3000;
		at = num(2);
		take(frame + 54, n);
		n = wrap(frame, n, true, 2 + (at & 1), at >> 1);
		tlso_engine_rx(e, frame, n);
		break;
	case 6:
		add_record();
		break;
	case 7:
		send_slice(e);
		break;
	case 8:
		run_job(num(1));
		break;
	case 9:
		tlso_engine_poll(e);
		break;
	case 10:
		g.now += num(2);
		g.fail_dma = num(1) == 1;
		break;
	case 11:
		send_tls(e);
		break;
	case 12:
		send_command(e);
		break;
	}
}

/* A random walk over the deeper steps, from a seed in the input: states that
 * mutation alone takes long to find.
 */
static void walk(struct tlso_engine *e)
{
	static const u8 steps[] = { 6, 7, 11, 12 };
	static u8 script[1024];
	u32 x = num(4) | 1;
	const u8 *p = g.p;
	size_t n = g.n, i;

	for (i = 0; i < sizeof(script); i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		script[i] = x & 0x300 ? (x & 0x1000 ? x : x & 31) :
					steps[x & 3];
	}
	g.p = script;
	g.n = sizeof(script);
	while (g.n)
		step(e);
	g.p = p;
	g.n = n;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct tlso_engine_host async = {
		.dma_read = host_read, .dma_write = host_write,
		.raise_irq = host_irq, .tx_frame = host_tx,
		.rx_ready = host_rx_ready, .submit = host_submit,
		.schedule = host_schedule, .now_ns = host_now,
		.guest_error = host_error,
	};
	struct tlso_engine_config cfg = { .sessions = 16, .key_slots = 4 };
	struct tlso_engine_host host = async;
	struct tlso_engine *e;
	u8 how;

	memset(&g, 0, sizeof(g));
	g.p = data;
	g.n = size;
	how = num(1);
	if (how & 2) {
		host.submit = NULL;
		host.schedule = NULL;
	}
	if (how & 4)
		cfg.fault_delay_us = 10;
	if (how & 8)
		cfg.fault_purge_record = 3;
	if (how & 16)
		cfg.fault_reset_record = 2;
	tlso_host_seed(data, size ? 1 : 0);
	e = tlso_engine_new(&host, NULL, &cfg);
	if (!e)
		abort();
	if (how & 1 && !(how & 4))
		set_up(e);
	if (how & 64)
		walk(e);
	while (g.n)
		step(e);
	if (how & 32)
		tlso_engine_reset(e);
	while (g.jobs)
		run_job(0);
	if (tlso_engine_jobs(e))
		abort();
	tlso_engine_free(e);
	return 0;
}
