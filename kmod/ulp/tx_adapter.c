// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text on its way through an adapter.
 *
 * Responsible for: keeping the text of records that the adapter protects until it
 * is acknowledged; handing it to the driver (block 945 and on); that it leaves
 * through the session's own adapter or not at all.
 * Leaves to tx.c: records, and when text is no longer sent this way.
 */
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "records.h"
#include <tlso_skb.h>

void tlso_tx_record_free(struct tlso_tx_record *rec)
{
	unsigned int i;

	for (i = 0; i < rec->n_frags; i++)
		put_page(skb_frag_page(&rec->frags[i]));
	kfree(rec);
}

/* tcp_ack(): socket spinlock held. */
void tlso_tx_acked(struct sock *sk, u32 ack)
{
	struct tlso_tx_record *rec, *tmp;
	struct tlso_conn *conn;
	unsigned long flags;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (!conn)
		goto out;
	spin_lock_irqsave(&conn->tx_lock, flags);
	list_for_each_entry_safe(rec, tmp, &conn->tx_records, list) {
		if (before(ack, rec->start_seq + rec->len))
			break;
		list_del(&rec->list);
		tlso_tx_record_free(rec);
	}
	spin_unlock_irqrestore(&conn->tx_lock, flags);
	if (tlso_conn_stacked(sk))
		tlso_tx_write_space(conn);
out:
	rcu_read_unlock();
}

/*
 * IP's fragments are new skbs that do not inherit skb->decrypted, so nobody
 * can say any more whether they hold text. TCP sends without DF where the path
 * MTU is locked, and one ICMP error is enough for that; it cuts its segments to
 * the new size when it sends them again.
 */
static bool tlso_tx_fragment(const struct sk_buff *skb)
{
	unsigned int off = 0;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return ip_is_fragment(ip_hdr(skb));
	case htons(ETH_P_IPV6):
		return ipv6_find_hdr(skb, &off, NEXTHDR_FRAGMENT, NULL,
				     NULL) == NEXTHDR_FRAGMENT;
	default:
		return false;
	}
}

/* Text leaves through the session's own adapter, or not at all. */
struct sk_buff *tlso_tx_validate(struct sock *sk, struct net_device *dev,
				 struct sk_buff *skb)
{
	struct tlso_conn *conn;
	struct tlso_dev *tdev;
	bool ok = false;

	if (!tlso_skb_decrypted(skb)) {
		if (likely(!tlso_tx_fragment(skb)))
			return skb;
		kfree_skb(skb);
		return NULL;
	}
	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn) {
		tdev = READ_ONCE(conn->dev);
		ok = tdev && READ_ONCE(conn->session) &&
		     tlso_dev_netdev(tdev) == dev;
	}
	rcu_read_unlock();
	if (ok)
		return skb;
	net_warn_ratelimited("tls_offload: text for %s dropped: not the session's adapter\n",
			     dev->name);
	kfree_skb(skb);
	return NULL;
}

/* ---- The driver's side -------------------------------------------------- */

static struct tlso_tx_record *tlso_tx_find(struct tlso_conn *conn, u32 seq)
{
	struct tlso_tx_record *rec;

	list_for_each_entry(rec, &conn->tx_records, list)
		if (before(seq, rec->start_seq + rec->len))
			return before(seq, rec->start_seq) ? NULL : rec;
	return NULL;
}

/* The record's bytes before the payload, each piece with a page reference. */
static void tlso_tx_prefix(const struct tlso_tx_record *rec,
			   struct tls_offload_tx *tx)
{
	u32 left = tx->rec_off;
	unsigned int i;

	for (i = 0; left && i < rec->n_frags; i++) {
		u32 n = min_t(u32, left, skb_frag_size(&rec->frags[i]));

		tx->prefix[i] = rec->frags[i];
		skb_frag_size_set(&tx->prefix[i], n);
		get_page(skb_frag_page(&tx->prefix[i]));
		left -= n;
	}
	tx->n_prefix = i;
	tx->prefix_len = tx->rec_off;
}

static int tlso_tx_describe(struct tlso_conn *conn, u32 session, u32 seq,
			    u32 len, struct tls_offload_tx *tx)
{
	struct tlso_tx_record *rec;
	unsigned long flags;
	int err = -ENOENT;

	spin_lock_irqsave(&conn->tx_lock, flags);
	rec = tlso_tx_find(conn, seq);
	if (rec) {
		tx->session = session;
		tx->rec_len = rec->len;
		tx->rec_off = seq - rec->start_seq;
		tx->rec_seq = rec->rec_seq;
		tx->prefix_len = 0;
		tx->n_prefix = 0;
		/* The tag covers the whole record; the adapter needs what went
		 * before only where this payload reaches into the tag.
		 */
		if (tx->rec_off && tx->rec_off + len > rec->len - TLSO_TAG_LEN)
			tlso_tx_prefix(rec, tx);
		err = 0;
	}
	spin_unlock_irqrestore(&conn->tx_lock, flags);
	return err;
}

int tls_offload_tx_get(struct net_device *dev, const struct sk_buff *skb,
		       u32 hdr_len, struct tls_offload_tx *tx)
{
	struct tlso_conn *conn;
	struct tlso_dev *tdev;
	int err = -ENOENT;
	u32 session;

	if (!skb->sk || !sk_fullsock(skb->sk) || skb->len <= hdr_len)
		return -ENOENT;
	rcu_read_lock();
	conn = tlso_conn_get_rcu(skb->sk);
	/* Once: it goes while we look where the adapter is lost. */
	session = conn ? READ_ONCE(conn->session) : 0;
	if (session) {
		tdev = READ_ONCE(conn->dev);
		if (tdev && tlso_dev_netdev(tdev) == dev)
			err = tlso_tx_describe(conn, session,
					       ntohl(tcp_hdr(skb)->seq),
					       skb->len - hdr_len, tx);
	}
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(tls_offload_tx_get);

void tls_offload_tx_put(struct tls_offload_tx *tx)
{
	unsigned int i;

	for (i = 0; i < tx->n_prefix; i++)
		put_page(skb_frag_page(&tx->prefix[i]));
	tx->n_prefix = 0;
}
EXPORT_SYMBOL_GPL(tls_offload_tx_put);
