// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters that registered, and the sessions that they hold for us.
 *
 * Responsible for: which adapter a socket's route leaves through, session ids,
 * calls into a driver that may go away, events to the right connection, which
 * private key stands in which slot, what becomes of a lost adapter's sessions.
 * Leaves to: handshake.c what an event means; tx.c and rx.c the records.
 *
 * Order of locks: dev->call (held for every call into the driver), dev->key_lock,
 * then the spinlocks, which nest in no other. No socket lock is held in a call.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/dst.h>

#include "records.h"

#define EVENTS_MAX 64 /* of one connection, not taken yet */
#define EVENT_LEN_MAX 32768

struct tlso_dev {
	refcount_t ref;
	struct rcu_head rcu;
	struct list_head list; /* devices, devices_lock */
	struct net_device *netdev; /* valid until gone */
	char name[IFNAMSIZ];
	const struct tls_offload_dev_ops *ops;
	struct rw_semaphore call; /* read: a call is under way */
	bool gone; /* dev->call */
	struct mutex key_lock;
	struct list_head keys; /* key_lock; least recently used first */
};

/* A private key in the adapter. */
struct dev_key {
	struct list_head list;
	u64 identity;
	u32 slot;
	unsigned int users; /* handshakes that rely on the slot */
	bool forgotten; /* the identity is gone: unload with the last user */
};

static LIST_HEAD(devices);
static DEFINE_SPINLOCK(devices_lock);
static DEFINE_XARRAY_FLAGS(sessions, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
static u32 session_next;
static struct workqueue_struct *device_wq;

/* ---- Adapters -------------------------------------------------------------- */

void tlso_dev_put(struct tlso_dev *dev)
{
	if (dev && refcount_dec_and_test(&dev->ref))
		kfree_rcu(dev, rcu);
}

struct net_device *tlso_dev_netdev(const struct tlso_dev *dev)
{
	return dev->netdev;
}

const char *tlso_dev_name(const struct tlso_dev *dev)
{
	return dev->name;
}

static struct tlso_dev *dev_find(const struct net_device *netdev)
{
	struct tlso_dev *dev;

	lockdep_assert_held(&devices_lock);
	list_for_each_entry(dev, &devices, list)
		if (dev->netdev == netdev)
			return dev;
	return NULL;
}

struct tlso_dev *tlso_dev_for_sock(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct tlso_dev *dev = NULL;

	if (!dst)
		return NULL;
	spin_lock_bh(&devices_lock);
	dev = dev_find(dst->dev);
	if (dev)
		refcount_inc(&dev->ref);
	spin_unlock_bh(&devices_lock);
	dst_release(dst);
	return dev;
}

int tls_offload_register_dev(struct net_device *netdev,
			     const struct tls_offload_dev_ops *ops)
{
	struct tlso_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err = 0;

	if (!dev)
		return -ENOMEM;
	refcount_set(&dev->ref, 1);
	dev->netdev = netdev;
	strscpy(dev->name, netdev->name, sizeof(dev->name));
	dev->ops = ops;
	init_rwsem(&dev->call);
	mutex_init(&dev->key_lock);
	INIT_LIST_HEAD(&dev->keys);

	spin_lock_bh(&devices_lock);
	if (dev_find(netdev))
		err = -EBUSY;
	else
		list_add_tail(&dev->list, &devices);
	spin_unlock_bh(&devices_lock);
	if (err)
		kfree(dev);
	return err;
}
EXPORT_SYMBOL_GPL(tls_offload_register_dev);

/* A call into the driver is allowed until dev_call_end(). */
static int dev_call_begin(struct tlso_dev *dev)
{
	down_read(&dev->call);
	if (!dev->gone)
		return 0;
	up_read(&dev->call);
	return -ENODEV;
}

static void dev_call_end(struct tlso_dev *dev)
{
	up_read(&dev->call);
}

/* ---- Sessions --------------------------------------------------------------- */

/* Whoever takes the id out of the table has the session to end: true. */
static bool session_take(struct tlso_conn *conn)
{
	u32 id = READ_ONCE(conn->session);

	return id && xa_cmpxchg_bh(&sessions, id, conn, NULL, 0) == conn;
}

/*
 * The connection behind session @id of @netdev with references on it and on
 * its socket, or NULL. A socket's release takes its session out of the table
 * first, so that what is found under the table's lock has a live socket.
 */
static struct tlso_conn *session_get(const struct net_device *netdev, u32 id)
{
	struct tlso_conn *conn;

	xa_lock_bh(&sessions);
	conn = xa_load(&sessions, id);
	if (conn && (conn->dev->netdev != netdev ||
		     !refcount_inc_not_zero(&conn->sk->sk_refcnt)))
		conn = NULL;
	if (conn && !refcount_inc_not_zero(&conn->ref)) {
		/* Cannot be the last: release holds one until after us. */
		__sock_put(conn->sk);
		conn = NULL;
	}
	xa_unlock_bh(&sessions);
	return conn;
}

/*
 * Every call that begins and ends with the device: the operation must not
 * reach an id that has been taken from us.
 */
static bool session_live(const struct tlso_conn *conn)
{
	return conn->session && xa_load(&sessions, conn->session) == conn;
}

int tlso_dev_start(struct tlso_conn *conn, struct tlso_hw_start *start)
{
	struct tlso_dev *dev = conn->dev;
	u32 id;
	int err;

	err = dev_call_begin(dev);
	if (err)
		return err;
	/* Published before START_SSL: frames may speak of it at once. */
	err = xa_alloc_cyclic_bh(&sessions, &id, conn,
				 XA_LIMIT(1, S32_MAX), &session_next,
				 GFP_KERNEL);
	if (err >= 0) {
		WRITE_ONCE(conn->session, id);
		err = dev->ops->start(dev->netdev, id, start);
		if (err) {
			session_take(conn);
			WRITE_ONCE(conn->session, 0);
		} else if (!session_live(conn)) {
			/* The socket was released meanwhile, and its STOP_SSL
			 * may have come before there was anything to stop.
			 */
			dev->ops->stop(dev->netdev, id);
			err = -ENOENT;
		}
	}
	dev_call_end(dev);
	return err;
}

static int session_stop(struct tlso_dev *dev, u32 id)
{
	int err = dev_call_begin(dev);

	if (err)
		return err;
	err = dev->ops->stop(dev->netdev, id);
	dev_call_end(dev);
	return err;
}

int tlso_dev_stop(struct tlso_conn *conn)
{
	u32 id = READ_ONCE(conn->session);
	int err;

	if (!session_take(conn))
		return -ENOENT;
	err = session_stop(conn->dev, id);
	/* Only who has taken it does this. */
	WRITE_ONCE(conn->session, 0);
	return err;
}

static void stop_work(struct work_struct *work)
{
	struct tlso_conn *conn = container_of(work, struct tlso_conn,
					      stop_work);

	session_stop(conn->dev, conn->session);
	tlso_conn_put(conn);
}

void tlso_dev_stop_async(struct tlso_conn *conn)
{
	if (!session_take(conn))
		return;
	refcount_inc(&conn->ref);
	queue_work(device_wq, &conn->stop_work);
}

static void abort_work(struct work_struct *work)
{
	struct tlso_conn *conn = container_of(work, struct tlso_conn,
					      abort_work);
	struct sock *sk = conn->sk;

	lock_sock(sk);
	/* A handshake that could not begin, and not the attempt after it. */
	if (conn->state == TLSO_CONN_HANDSHAKE && !READ_ONCE(conn->hs))
		tlso_conn_end(conn, conn->abort_err);
	release_sock(sk);
	sock_put(sk);
	tlso_conn_put(conn);
}

/* The session is no longer the adapter's: goes on in the kernel, if it can. */
static void session_lost(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->state == TLSO_CONN_HANDSHAKE)
		tlso_hs_lost(conn);
	else if (tlso_tx_leave_adapter(conn) && sk->sk_state != TCP_CLOSE)
		tlso_conn_abort(conn, -ECONNRESET);
	release_sock(sk);
}

static void lost_work(struct work_struct *work)
{
	struct tlso_conn *conn = container_of(work, struct tlso_conn,
					      lost_work);

	session_lost(conn);
	tlso_dev_stop(conn);
	sock_put(conn->sk);
	tlso_conn_put(conn);
}

void tlso_dev_lost_async(struct tlso_conn *conn)
{
	sock_hold(conn->sk);
	refcount_inc(&conn->ref);
	if (queue_work(device_wq, &conn->lost_work))
		return;
	__sock_put(conn->sk);
	tlso_conn_put(conn);
}

void tlso_dev_abort_async(struct tlso_conn *conn, int err)
{
	sock_hold(conn->sk);
	refcount_inc(&conn->ref);
	conn->abort_err = err;
	if (queue_work(device_wq, &conn->abort_work))
		return;
	__sock_put(conn->sk);
	tlso_conn_put(conn);
}

void tlso_dev_conn_init(struct tlso_conn *conn)
{
	INIT_WORK(&conn->stop_work, stop_work);
	INIT_WORK(&conn->abort_work, abort_work);
	INIT_WORK(&conn->lost_work, lost_work);
}

int tlso_dev_starter(struct tlso_conn *conn, const void *in, u32 n, void *out,
		     u32 cap, u32 *out_len)
{
	struct tlso_dev *dev = conn->dev;
	int err = dev_call_begin(dev);

	if (err)
		return err;
	err = session_live(conn) ? dev->ops->starter(dev->netdev, conn->session,
						     in, n, out, cap, out_len) :
				   -ENOENT;
	dev_call_end(dev);
	return err;
}

int tlso_dev_inbound(struct tlso_conn *conn, u32 seq, const void *p, u32 n)
{
	struct tlso_dev *dev = conn->dev;
	int err = dev_call_begin(dev);

	if (err)
		return err;
	err = session_live(conn) ? dev->ops->inbound(dev->netdev, conn->session,
						     seq, p, n) :
				   -ENOENT;
	dev_call_end(dev);
	return err;
}

/* ---- Events ----------------------------------------------------------------- */

static void event_free(struct tlso_conn_event *ev)
{
	/* It may have held the session's keys. */
	kfree_sensitive(ev);
}

void tlso_dev_events_purge(struct tlso_conn *conn)
{
	struct tlso_conn_event *ev, *next;
	LIST_HEAD(events);

	spin_lock_bh(&conn->event_lock);
	list_splice_init(&conn->events, &events);
	conn->n_events = 0;
	spin_unlock_bh(&conn->event_lock);
	list_for_each_entry_safe(ev, next, &events, list)
		event_free(ev);
}

/*
 * For the handshake, which alone takes events. conn->hs is looked at under
 * the lock under which handshake.c clears it before it purges the queue.
 */
static bool event_queue(struct tlso_conn *conn, struct tlso_conn_event *ev)
{
	bool wanted;

	spin_lock_bh(&conn->event_lock);
	wanted = conn->hs;
	if (wanted && ev && conn->n_events < EVENTS_MAX) {
		list_add_tail(&ev->list, &conn->events);
		conn->n_events++;
		ev = NULL;
	} else if (wanted) {
		conn->events_lost = true;
	}
	spin_unlock_bh(&conn->event_lock);
	if (ev)
		event_free(ev);
	return wanted;
}

void tls_offload_event(struct net_device *netdev, u32 id, u16 type, u16 status,
		       u32 tcp_seq, const void *data, u32 len)
{
	struct tlso_conn_event *ev = NULL;
	struct tlso_conn *conn;

	conn = session_get(netdev, id);
	if (!conn)
		return;
	if (len <= EVENT_LEN_MAX)
		ev = kmalloc(struct_size(ev, data, len), GFP_ATOMIC);
	if (ev) {
		ev->type = type;
		ev->status = status;
		ev->tcp_seq = tcp_seq;
		ev->len = len;
		memcpy(ev->data, data, len);
	}
	if (event_queue(conn, ev))
		tlso_hs_kick(conn);
	else if (type == TLSO_HW_EV_PURGED || type == TLSO_HW_EV_ERROR)
		tlso_dev_lost_async(conn);
	sock_put(conn->sk);
	tlso_conn_put(conn);
}
EXPORT_SYMBOL_GPL(tls_offload_event);

void tls_offload_rx_progress(struct net_device *netdev, u32 id, u32 end)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = xa_load(&sessions, id);
	/* One NAPI context writes; the adapter may not take back what it said. */
	if (conn && conn->dev->netdev == netdev &&
	    after(end, READ_ONCE(conn->rx_progress)))
		WRITE_ONCE(conn->rx_progress, end);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(tls_offload_rx_progress);

/* ---- Private keys -------------------------------------------------------------- */

static struct dev_key *key_find(struct tlso_dev *dev, u64 identity)
{
	struct dev_key *key;

	list_for_each_entry(key, &dev->keys, list)
		if (key->identity == identity)
			return key;
	return NULL;
}

static void key_drop(struct tlso_dev *dev, struct dev_key *key)
{
	dev->ops->key_unload(dev->netdev, key->slot);
	list_del(&key->list);
	kfree(key);
}

/* Makes room: the key that was not used for longest goes. */
static bool key_evict(struct tlso_dev *dev)
{
	struct dev_key *key;

	list_for_each_entry(key, &dev->keys, list) {
		if (key->users)
			continue;
		key_drop(dev, key);
		return true;
	}
	return false;
}

static struct dev_key *key_load(struct tlso_dev *dev,
				const struct tlso_identity *id)
{
	struct dev_key *key = kzalloc(sizeof(*key), GFP_KERNEL);
	int err;

	if (!key)
		return ERR_PTR(-ENOMEM);
	do {
		err = dev->ops->key_load(dev->netdev, id->blob, id->blob_len,
					 &key->slot);
	} while (err == -ENOSPC && key_evict(dev));
	if (err) {
		kfree(key);
		return ERR_PTR(err);
	}
	key->identity = id->serial;
	list_add_tail(&key->list, &dev->keys);
	return key;
}

int tlso_dev_key(struct tlso_dev *dev, struct tlso_identity *id, u32 *slot)
{
	struct dev_key *key;
	int err = dev_call_begin(dev);

	if (err)
		return err;
	mutex_lock(&dev->key_lock);
	key = key_find(dev, id->serial) ?: key_load(dev, id);
	if (IS_ERR(key)) {
		err = PTR_ERR(key);
	} else {
		key->users++;
		list_move_tail(&key->list, &dev->keys);
		*slot = key->slot;
	}
	mutex_unlock(&dev->key_lock);
	dev_call_end(dev);
	return err;
}

void tlso_dev_key_put(struct tlso_dev *dev, u64 identity)
{
	struct dev_key *key;

	if (dev_call_begin(dev))
		return; /* the keys went with the device */
	mutex_lock(&dev->key_lock);
	key = key_find(dev, identity);
	if (key && !--key->users && key->forgotten)
		key_drop(dev, key);
	mutex_unlock(&dev->key_lock);
	dev_call_end(dev);
}

static void key_forget(struct tlso_dev *dev, u64 identity)
{
	struct dev_key *key;

	if (dev_call_begin(dev))
		return;
	mutex_lock(&dev->key_lock);
	key = key_find(dev, identity);
	if (key && key->users)
		key->forgotten = true;
	else if (key)
		key_drop(dev, key);
	mutex_unlock(&dev->key_lock);
	dev_call_end(dev);
}

/* The next device after @dev, with a reference; puts @dev. */
static struct tlso_dev *dev_next(struct tlso_dev *dev)
{
	struct tlso_dev *next = NULL;

	spin_lock_bh(&devices_lock);
	/* One that went meanwhile cannot say what follows: from the start. */
	if (!dev || list_empty(&dev->list))
		next = list_first_entry_or_null(&devices, struct tlso_dev,
						list);
	else if (!list_is_last(&dev->list, &devices))
		next = list_next_entry(dev, list);
	if (next)
		refcount_inc(&next->ref);
	spin_unlock_bh(&devices_lock);
	tlso_dev_put(dev);
	return next;
}

void tlso_dev_key_forget(u64 identity)
{
	struct tlso_dev *dev = NULL;

	while ((dev = dev_next(dev)))
		key_forget(dev, identity);
}

/* ---- The end of an adapter --------------------------------------------------------- */

/* A session of @netdev with an id above *@id, which is updated; as session_get(). */
static struct tlso_conn *session_next_of(const struct net_device *netdev,
					 unsigned long *id)
{
	struct tlso_conn *conn, *found;
	unsigned long at = *id;

	rcu_read_lock();
	do {
		conn = xa_find_after(&sessions, &at, ULONG_MAX, XA_PRESENT);
		found = conn ? session_get(netdev, at) : NULL;
	} while (conn && !found);
	rcu_read_unlock();
	*id = at;
	return found;
}

static void dev_lose_sessions(struct tlso_dev *dev)
{
	struct tlso_conn *conn;
	unsigned long id = 0;

	while ((conn = session_next_of(dev->netdev, &id))) {
		/* Else its socket is being released. The id goes first: a
		 * handshake that ends now must not count on the adapter.
		 */
		if (session_take(conn)) {
			WRITE_ONCE(conn->session, 0);
			session_lost(conn);
		}
		sock_put(conn->sk);
		tlso_conn_put(conn);
		cond_resched();
	}
}

void tls_offload_unregister_dev(struct net_device *netdev)
{
	struct dev_key *key, *next;
	struct tlso_dev *dev;

	spin_lock_bh(&devices_lock);
	dev = dev_find(netdev);
	if (dev)
		list_del_init(&dev->list);
	spin_unlock_bh(&devices_lock);
	if (!dev)
		return;

	down_write(&dev->call); /* waits for calls under way */
	list_for_each_entry_safe(key, next, &dev->keys, list)
		key_drop(dev, key);
	dev->gone = true;
	up_write(&dev->call);

	/* Their later calls get -ENODEV; none can start another session. */
	dev_lose_sessions(dev);
	tlso_dev_put(dev);
}
EXPORT_SYMBOL_GPL(tls_offload_unregister_dev);

int tlso_device_init(void)
{
	device_wq = alloc_workqueue("tlso_device", WQ_UNBOUND | WQ_MEM_RECLAIM,
				    0);
	return device_wq ? 0 : -ENOMEM;
}

/* No driver is left: each holds a reference on the module by its symbols. */
void tlso_device_exit(void)
{
	destroy_workqueue(device_wq);
	xa_destroy(&sessions);
}
