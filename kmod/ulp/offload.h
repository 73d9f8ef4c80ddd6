/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that a NIC driver sees of tls_offload.
 *
 * Responsible for: the contract between the ULP (sockets, policy, sessions) and
 * the driver of a security offload adapter (rings, mailbox, frames).
 *
 * The driver registers each of its net devices; the ULP then calls its ops, and
 * the driver calls the tls_offload_*() functions below. The module reference
 * that keeps the ULP in place is the driver's symbol dependency.
 */
#ifndef TLS_OFFLOAD_OFFLOAD_H
#define TLS_OFFLOAD_OFFLOAD_H

#include <linux/types.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include "../../offload-dev/hw.h"

/*
 * Implemented by the driver. All of them sleep until the adapter has answered
 * and are called in process context, without socket locks, from several
 * threads at once. 0 or: -ENODEV the adapter is gone or being reset,
 * -ETIMEDOUT it did not answer, -ENOSPC no session or key slot left, -EEXIST,
 * -ENOENT no such session, -EKEYREJECTED, -EBADMSG the peer's key share is not a
 * valid one, -EIO the operation failed, -EINVAL.
 * Buffers are the caller's; what held a key is wiped by the driver in its own
 * copies before it returns.
 */
struct tls_offload_dev_ops {
	/* LOAD_KEY: puts a key blob (core/seam.h) into a free slot. */
	int (*key_load)(struct net_device *dev, const void *blob, u32 len,
			u32 *slot);
	void (*key_unload)(struct net_device *dev, u32 slot);

	/* START_SSL under the session id @id, which the ULP chose. */
	int (*start)(struct net_device *dev, u32 id,
		     const struct tlso_hw_start *start);
	/* STOP_SSL: the adapter forgets the session and its keys. On return no
	 * event of it will come any more.
	 */
	int (*stop)(struct net_device *dev, u32 id);
	/* STARTER: wire bytes to @out, *@out_len of them. */
	int (*starter)(struct net_device *dev, u32 id, const void *in, u32 in_len,
		       void *out, u32 out_cap, u32 *out_len);
	/* INBOUND: TCP payload that reached us without passing the session
	 * (Fig. 16, block 1600); @seq is the first byte's sequence number.
	 * Bytes that the adapter has had already are skipped by it.
	 */
	int (*inbound)(struct net_device *dev, u32 id, u32 seq, const void *data,
		       u32 len);
	/* QUERY. */
	int (*query)(struct net_device *dev, u32 id,
		     struct tlso_hw_session_info *info);
};

/*
 * Process context, RTNL not held. -EBUSY if @dev is registered already.
 * unregister takes every session from @dev (they go on in the kernel; where text
 * is on its way that only @dev could have protected, the socket gets ECONNRESET),
 * waits for calls under way, and makes no further call into the ops. The driver
 * calls it before it takes its rings down.
 */
int tls_offload_register_dev(struct net_device *dev,
			     const struct tls_offload_dev_ops *ops);
void tls_offload_unregister_dev(struct net_device *dev);

/*
 * An event of session @id arrived, whole (the driver has joined pieces); @data
 * is copied before return. Any context but hard interrupt. Unknown ids are
 * ignored. @tcp_seq as in struct tlso_hw_event.
 */
void tls_offload_event(struct net_device *dev, u32 id, u16 type, u16 status,
		       u32 tcp_seq, const void *data, u32 len);

/*
 * From NAPI, for each frame that came with TLSO_HW_RXF_SESSION, before the
 * frame is given to the stack: the adapter has consumed the stream up to @end.
 */
void tls_offload_rx_progress(struct net_device *dev, u32 id, u32 end);

/* One piece of a record's bytes ahead of an skb. */
#define TLS_OFFLOAD_PREFIX_FRAGS 20

/* What ndo_start_xmit needs to hand an skb with skb->decrypted to the adapter. */
struct tls_offload_tx {
	u32 session;
	u32 rec_len; /* of the record in which the skb's payload starts */
	u32 rec_off; /* where in it */
	u64 rec_seq;
	u32 prefix_len; /* 0, or rec_off where the tag is needed */
	unsigned int n_prefix;
	skb_frag_t prefix[TLS_OFFLOAD_PREFIX_FRAGS]; /* each with a page ref */
};

/*
 * In softirq or process context. @payload is the length of the headers up to
 * and with TCP's. 0, or -ENOENT (no session for this skb on this device: drop
 * it). Record memory stays in place until tls_offload_tx_put().
 */
int tls_offload_tx_get(struct net_device *dev, const struct sk_buff *skb,
		       u32 hdr_len, struct tls_offload_tx *tx);
void tls_offload_tx_put(struct tls_offload_tx *tx);

#endif /* TLS_OFFLOAD_OFFLOAD_H */
