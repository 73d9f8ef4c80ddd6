/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The adapter's driver: its one state object and what its files offer each
 * other. What crosses the bus is offload-dev/hw.h's; what crosses to the ULP is
 * kmod/ulp/offload.h's.
 *
 *	pci.c      probe, remove, shutdown, reset after failure
 *	netdev.c   net_device_ops, features, up and down
 *	ring.c     ring memory, doorbells, registers
 *	tx.c rx.c  frames
 *	mbox.c     commands: post, wait, time out
 *	event.c    the adapter's events, joined and handed to the ULP
 *	offload.c  tls_offload_dev_ops over the mailbox
 *	ethtool.c  counters and what else ethtool asks
 *	irq.c      vectors
 *
 * Everything that the adapter writes is untrusted: read once, checked, used.
 */
#ifndef TLSO_NIC_H
#define TLSO_NIC_H

#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include <tlso_skb.h>
#include "../ulp/offload.h"

#define NIC_NAME "tls_offload_nic"

#define NIC_TX_LOG2 9
#define NIC_RX_LOG2 9
#define NIC_MBOX_LOG2 8
#define NIC_EVENT_LOG2 8
#define NIC_EVENT_BUF 4096u
#define NIC_MAX_MTU 9000
#define NIC_TSO_MIN_MSS 64
#define NIC_MAX_KEY_SLOTS 1024u

/* Bits of nic->flags. */
enum nic_flag {
	NIC_F_DEAD, /* did not answer; only a reset helps; no command is posted */
	NIC_F_REMOVING, /* no reset is started any more */
};

struct nic;

/* Ring memory and the driver's two indices. */
struct nic_ring {
	struct nic *nic;
	enum tlso_hw_ring id;
	u32 mask;
	size_t desc_size;
	void *desc; /* NULL: not there */
	dma_addr_t dma;
	u32 head; /* next entry to be seen completed */
	u32 tail; /* next entry to be posted */
	u32 rung; /* what the doorbell was last told */
};

struct nic_stats {
	struct u64_stats_sync sync;
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t dropped;
	u64_stats_t errors;
};

/* The driver's own counters, after the adapter's in ethtool -S. */
#define NIC_COUNTERS(X)                                                     \
	X(TX_TLS_FRAMES, "drv_tx_tls_frames")                               \
	X(TX_TLS_NO_SESSION, "drv_tx_tls_no_session") /* dropped */         \
	X(TX_TLS_UNFIT, "drv_tx_tls_unfit") /* dropped */                   \
	X(TX_LINEARIZED, "drv_tx_linearized")                               \
	X(TX_MAP_ERRORS, "drv_tx_map_errors")                               \
	X(TX_TIMEOUTS, "drv_tx_timeouts")                                   \
	X(RX_TLS_FRAMES, "drv_rx_tls_frames")                               \
	X(RX_TLS_CLEAR, "drv_rx_tls_clear")                                 \
	X(RX_TLS_UNFIT, "drv_rx_tls_unfit") /* dropped */                   \
	X(RX_BAD_DESC, "drv_rx_bad_desc")                                   \
	X(RX_NO_MEMORY, "drv_rx_no_memory")                                 \
	X(EVENT_BAD, "drv_event_bad")                                       \
	X(MBOX_TIMEOUTS, "drv_mbox_timeouts")                               \
	X(RESETS, "drv_resets")

enum nic_counter {
#define NIC_COUNTER_ENUM(id, name) NIC_C_##id,
	NIC_COUNTERS(NIC_COUNTER_ENUM)
#undef NIC_COUNTER_ENUM
	NIC_COUNTER_COUNT
};

struct nic_tx_buf;
struct nic_rx_buf;
struct nic_mbox_slot;
struct nic_event_buf;

struct nic_tx {
	struct nic_ring ring; /* tail: xmit lock; head: NAPI */
	struct napi_struct napi;
	struct nic_tx_buf *bufs;
	struct nic_stats stats; /* written in NAPI but for ... */
	atomic64_t dropped; /* ... this, which xmit adds to */
};

struct nic_rx {
	struct nic_ring ring; /* NAPI */
	struct napi_struct napi;
	struct nic_rx_buf *bufs;
	struct sk_buff *skb; /* frame whose EOP is still to come */
	bool skip; /* drop all up to the next EOP */
	struct nic_stats stats;
};

struct nic_mbox {
	struct nic_ring ring;
	spinlock_t lock; /* all of this; taken in hard interrupts */
	wait_queue_head_t room;
	struct nic_mbox_slot *slots;
};

struct nic_event {
	struct nic_ring ring;
	struct mutex lock; /* all of this; held while the ULP is called */
	struct nic_event_buf *bufs;
	struct list_head joins;
	unsigned int n_joins;
};

struct nic {
	struct net_device *netdev;
	struct pci_dev *pdev;
	void __iomem *regs;
	unsigned long flags;
	u32 caps;
	u32 max_frame;
	u32 key_slots;
	u32 ctrl; /* what CTRL holds; RTNL */
	bool up; /* data rings run; RTNL */
	bool registered; /* with the ULP; probe, then reset_work, then remove */

	struct nic_tx tx;
	struct nic_rx rx;
	struct nic_mbox mbox;
	struct nic_event event;

	struct mutex keys_lock; /* keys_used */
	unsigned long *keys_used;

	spinlock_t counter_lock; /* low word latches the high one */
	atomic64_t counters[NIC_COUNTER_COUNT];
	struct work_struct reset_work;
	struct delayed_work link_work;
	char irq_names[TLSO_HW_RINGS][32];
	unsigned int n_irqs;
};

static inline void nic_count(struct nic *nic, enum nic_counter c)
{
	atomic64_inc(&nic->counters[c]);
}

static inline bool nic_dead(const struct nic *nic)
{
	return test_bit(NIC_F_DEAD, &nic->flags);
}

/* ring.c: registers and rings ---------------------------------------------- */
static inline u32 nic_rd(const struct nic *nic, u32 reg)
{
	return readl(nic->regs + reg);
}

static inline void nic_wr(struct nic *nic, u32 reg, u32 val)
{
	writel(val, nic->regs + reg);
}

/* Wipes the adapter; on return it does no DMA. -ENODEV if it does not answer. */
int nic_hw_reset(struct nic *nic);
u64 nic_hw_counter(struct nic *nic, enum tlso_hw_counter c);

int nic_ring_alloc(struct nic *nic, struct nic_ring *ring, enum tlso_hw_ring id,
		   unsigned int log2, size_t desc_size);
void nic_ring_free(struct nic_ring *ring);
void nic_ring_enable(struct nic_ring *ring);
/* On return the adapter does no DMA for @ring. */
void nic_ring_disable(struct nic_ring *ring);

static inline u32 nic_ring_next(const struct nic_ring *ring, u32 i)
{
	return (i + 1) & ring->mask;
}

/* Entries that may still be posted: one stays empty. */
static inline u32 nic_ring_free_entries(const struct nic_ring *ring)
{
	return (READ_ONCE(ring->head) - READ_ONCE(ring->tail) - 1) &
	       ring->mask;
}

/* writel() orders the descriptors' stores before it. */
static inline void nic_ring_post(struct nic_ring *ring)
{
	if (ring->rung == ring->tail)
		return;
	ring->rung = ring->tail;
	nic_wr(ring->nic, TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_TAIL),
	       ring->tail);
}

static inline void nic_ring_arm(struct nic_ring *ring)
{
	nic_wr(ring->nic, TLSO_HW_RING_REG(ring->id, TLSO_HW_RREG_ARM),
	       ring->head);
}

/* pci.c -------------------------------------------------------------------- */
/* The adapter is no more to be trusted: fails what waits, starts a reset. */
void nic_kill(struct nic *nic, const char *why);

/* netdev.c ----------------------------------------------------------------- */
void nic_netdev_init(struct net_device *dev);
int nic_up(struct nic *nic); /* RTNL, as is the next */
void nic_down(struct nic *nic);
void nic_mac_write(struct nic *nic, const u8 *addr);

/* tx.c, rx.c ---------------------------------------------------------------- */
int nic_tx_open(struct nic *nic);
void nic_tx_close(struct nic *nic);
netdev_tx_t nic_tx_xmit(struct sk_buff *skb, struct net_device *dev);
int nic_tx_poll(struct napi_struct *napi, int budget);
int nic_rx_open(struct nic *nic);
void nic_rx_close(struct nic *nic);
int nic_rx_poll(struct napi_struct *napi, int budget);

/* mbox.c --------------------------------------------------------------------- */
struct nic_cmd {
	enum tlso_hw_opcode opcode;
	u32 session;
	u32 arg;
	const void *in;
	u32 in_len;
	void *out;
	u32 out_cap;
	u32 out_len;
};

/*
 * Sleeps until the adapter has answered. 0 or an error as offload.h lists them.
 * The copies that the adapter saw are wiped before they are freed, and freed
 * only once the adapter can write them no more.
 */
int nic_mbox_call(struct nic *nic, struct nic_cmd *cmd);
int nic_mbox_open(struct nic *nic);
void nic_mbox_close(struct nic *nic); /* the adapter was reset */
void nic_mbox_fail(struct nic *nic); /* wakes all callers with -ENODEV */
void nic_mbox_irq(struct nic *nic);

/* event.c -------------------------------------------------------------------- */
int nic_event_open(struct nic *nic);
void nic_event_close(struct nic *nic); /* the adapter was reset */
/* Handles what has arrived. Process context. */
void nic_event_drain(struct nic *nic);
/* As drain; then forgets pieces of @id's events, whose rest will not come. */
void nic_event_forget(struct nic *nic, u32 id);
void nic_event_irq(struct nic *nic);

/* offload.c ------------------------------------------------------------------ */
int nic_offload_init(struct nic *nic);
void nic_offload_exit(struct nic *nic);
void nic_offload_register(struct nic *nic); /* RTNL not held, nor in the next */
void nic_offload_unregister(struct nic *nic);

/* irq.c ---------------------------------------------------------------------- */
int nic_irq_open(struct nic *nic);
void nic_irq_close(struct nic *nic);

extern const struct ethtool_ops nic_ethtool_ops;
extern const struct net_device_ops nic_netdev_ops;

#endif /* TLSO_NIC_H */
