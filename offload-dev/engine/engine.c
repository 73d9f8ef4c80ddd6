// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The adapter as the shell sees it: birth, reset, registers, counters, and the
 * order in which work is done.
 */
#include <assert.h>
#include <stdlib.h>

#include "session.h"

void guest_error(struct tlso_engine *e, const char *what, u64 value)
{
	COUNT(e, GUEST_ERRORS);
	e->host.guest_error(e->opaque, what, value);
}

void trace(struct tlso_engine *e, const char *event, u32 session, u64 a, u64 b)
{
	if (e->host.trace)
		e->host.trace(e->opaque, event, session, a, b);
}

bool fault_due(struct tlso_engine *e, u32 every, u32 *seen)
{
	if (!every || ++*seen < every)
		return false;
	*seen = 0;
	COUNT(e, FAULTS_INJECTED);
	return true;
}

static bool work(struct tlso_engine *e)
{
	bool more = mbox_poll(e);

	event_flush(e);
	return tx_poll(e) || more;
}

bool tlso_engine_poll(struct tlso_engine *e)
{
	bool more;

	e->scheduled = false;
	more = work(e);
	return more || e->delayed;
}

void engine_kick(struct tlso_engine *e)
{
	if (!e->host.schedule) {
		/* Bounded by what the rings hold: tails stand still in here. */
		while (work(e))
			;
	} else if (!e->scheduled) {
		e->scheduled = true;
		e->host.schedule(e->opaque);
	}
}

struct tlso_engine *tlso_engine_new(const struct tlso_engine_host *host,
				    void *opaque,
				    const struct tlso_engine_config *cfg)
{
	struct tlso_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->host = *host;
	e->opaque = opaque;
	e->cfg = *cfg;
	if (!e->cfg.sessions)
		e->cfg.sessions = 16384;
	if (!e->cfg.key_slots)
		e->cfg.key_slots = 64;
	for (e->buckets = 64;
	     e->buckets < e->cfg.sessions && e->buckets < 65536;)
		e->buckets *= 2;
	e->by_id = calloc(e->buckets, sizeof(struct session *));
	e->by_flow = calloc(e->buckets, sizeof(struct session *));
	e->keys = calloc(e->cfg.key_slots, sizeof(struct key_slot *));
	if (!e->by_id || !e->by_flow || !e->keys ||
	    tlso_host_crypto.random(NULL, (u8 *)&e->hash_seed,
				    sizeof(e->hash_seed))) {
		free(e->by_id);
		free(e->by_flow);
		free(e->keys);
		free(e);
		return NULL;
	}
	e->delayed_end = &e->delayed;
	e->events_end = &e->events;
	tlso_host_counts(&e->crypto_base);
	tlso_engine_reset(e);
	return e;
}

void tlso_engine_free(struct tlso_engine *e)
{
	if (!e)
		return;
	assert(!e->jobs);
	tlso_engine_reset(e);
	free(e->by_id);
	free(e->by_flow);
	free(e->keys);
	tlso_wipe(e, sizeof(*e));
	free(e);
}

unsigned int tlso_engine_jobs(const struct tlso_engine *e)
{
	return e->jobs;
}

/* Everything but the link and the counters is as it was at power-on. Jobs
 * under way find their sessions orphaned and take them along.
 */
void tlso_engine_reset(struct tlso_engine *e)
{
	u32 i;

	e->resets++;
	for (i = 0; i < TLSO_HW_RINGS; i++)
		ring_reset(&e->ring[i]);
	session_reset(e);
	mbox_reset(e);
	event_reset(e);
	for (i = 0; i < e->cfg.key_slots; i++) {
		if (e->keys[i])
			key_put(e->keys[i]);
		e->keys[i] = NULL;
	}
	memcpy(e->mac, e->cfg.mac, sizeof(e->mac));
	e->ctrl = 0;
	e->latched_hi = 0;
	tlso_wipe(e->tx_buf, sizeof(e->tx_buf));
	tlso_wipe(e->tx_seg, sizeof(e->tx_seg));
	tlso_wipe(e->rx_buf, sizeof(e->rx_buf));
	tlso_wipe(e->rx_clear, sizeof(e->rx_clear));
	rx_unblock(e);
}

void tlso_engine_set_link(struct tlso_engine *e, bool up)
{
	e->link = up;
}

u64 tlso_engine_counter(const struct tlso_engine *e, unsigned int id)
{
	struct tlso_host_counts c;

	tlso_host_counts(&c);
	switch (id) {
	case TLSO_HW_C_OP_SIGN:
		return c.sign - e->crypto_base.sign;
	case TLSO_HW_C_OP_ECDH:
		return c.ecdh - e->crypto_base.ecdh;
	case TLSO_HW_C_OP_HASH_BYTES:
		return c.hash_bytes - e->crypto_base.hash_bytes;
	case TLSO_HW_C_OP_AEAD_BYTES:
		return c.aead_bytes - e->crypto_base.aead_bytes;
	}
	return id < TLSO_HW_COUNTER_COUNT ? e->counter[id] : 0;
}

/* ---- Registers ------------------------------------------------------------ */

static bool in_rings(u32 off)
{
	return off >= TLSO_HW_RING_REG(0, 0) &&
	       off < TLSO_HW_RING_REG(TLSO_HW_RINGS, 0);
}

static u32 read_counter(struct tlso_engine *e, u32 off)
{
	u64 v;

	if (off & 4)
		return e->latched_hi;
	v = tlso_engine_counter(e, (off - TLSO_HW_REG_COUNTER(0)) / 8);
	e->latched_hi = v >> 32;
	return v;
}

static u32 read_register(struct tlso_engine *e, u32 off, bool *known)
{
	*known = true;
	switch (off) {
	case TLSO_HW_REG_MAGIC:
		return TLSO_HW_MAGIC;
	case TLSO_HW_REG_VERSION:
		return TLSO_HW_VERSION;
	case TLSO_HW_REG_CAPS:
		return TLSO_HW_CAP_DIRECTED | TLSO_HW_CAP_TLS13 |
		       TLSO_HW_CAP_SERVER | TLSO_HW_CAP_TSO | TLSO_HW_CAP_CSUM |
		       TLSO_HW_CAP_REINSTATE;
	case TLSO_HW_REG_OPS:
		return OPS_SUPPORTED;
	case TLSO_HW_REG_CTRL:
		return e->ctrl;
	case TLSO_HW_REG_STATUS:
		return (e->link ? TLSO_HW_STATUS_LINK : 0) |
		       TLSO_HW_STATUS_READY;
	case TLSO_HW_REG_MAC_LO:
		return e->mac[0] | e->mac[1] << 8 | e->mac[2] << 16 |
		       (u32)e->mac[3] << 24;
	case TLSO_HW_REG_MAC_HI:
		return e->mac[4] | e->mac[5] << 8;
	case TLSO_HW_REG_MAX_FRAME:
		return MAX_FRAME;
	case TLSO_HW_REG_KEY_SLOTS:
		return e->cfg.key_slots;
	case TLSO_HW_REG_SESSIONS:
		return e->cfg.sessions;
	case TLSO_HW_REG_MAX_TSO:
		return MAX_TSO;
	}
	if (in_rings(off))
		return ring_read(e, off - TLSO_HW_RING_REG(0, 0), known);
	if (off >= TLSO_HW_REG_COUNTER(0) &&
	    off < TLSO_HW_REG_COUNTER(TLSO_HW_COUNTER_COUNT))
		return read_counter(e, off);
	*known = false;
	return 0;
}

uint32_t tlso_engine_mmio_read(struct tlso_engine *e, uint32_t off)
{
	bool known = false;
	u32 val = 0;

	COUNT(e, BUS_MMIO_READS);
	if (!(off & 3))
		val = read_register(e, off, &known);
	if (!known)
		guest_error(e, "read from no register", off);
	return val;
}

static void write_ctrl(struct tlso_engine *e, u32 val)
{
	if (val & ~(TLSO_HW_CTRL_RESET | TLSO_HW_CTRL_ENABLE |
		    TLSO_HW_CTRL_PROMISC | TLSO_HW_CTRL_ALLMULTI)) {
		guest_error(e, "unknown control bit", val);
		return;
	}
	if (val & TLSO_HW_CTRL_RESET) {
		tlso_engine_reset(e);
		return;
	}
	e->ctrl = val;
	if (val & TLSO_HW_CTRL_ENABLE)
		engine_kick(e);
	else
		rx_unblock(e);
}

static void write_mac(struct tlso_engine *e, u32 off, u32 val)
{
	if (off == TLSO_HW_REG_MAC_LO) {
		e->mac[0] = val;
		e->mac[1] = val >> 8;
		e->mac[2] = val >> 16;
		e->mac[3] = val >> 24;
	} else if (val >> 16) {
		guest_error(e, "MAC address: upper bits set", val);
	} else {
		e->mac[4] = val;
		e->mac[5] = val >> 8;
	}
}

void tlso_engine_mmio_write(struct tlso_engine *e, uint32_t off, uint32_t val)
{
	COUNT(e, BUS_MMIO_WRITES);
	if (off & 3)
		guest_error(e, "unaligned write", off);
	else if (off == TLSO_HW_REG_CTRL)
		write_ctrl(e, val);
	else if (off == TLSO_HW_REG_MAC_LO || off == TLSO_HW_REG_MAC_HI)
		write_mac(e, off, val);
	else if (in_rings(off))
		ring_write(e, off - TLSO_HW_RING_REG(0, 0), val);
	else
		guest_error(e, "write to no register or a read-only one", off);
}
