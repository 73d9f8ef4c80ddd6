// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test's module: /dev/tlso-pages serves a cached page from inside the kernel. A
 * program writes the page, hands over its listening socket, or connections that it
 * has accepted, and reads the counts; all ends when it closes the device.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/inet_connection_sock.h>

#include "pages.h"

static int pages_open(struct inode *inode, struct file *file)
{
	struct pages_site *site = kzalloc(sizeof(*site), GFP_KERNEL);

	if (!site)
		return -ENOMEM;
	site->wq = alloc_workqueue("tlso_pages", WQ_UNBOUND, 0);
	if (!site->wq) {
		kfree(site);
		return -ENOMEM;
	}
	mutex_init(&site->lock);
	INIT_LIST_HEAD(&site->visitors);
	file->private_data = site;
	return 0;
}

static int pages_release(struct inode *inode, struct file *file)
{
	struct pages_site *site = file->private_data;

	if (site->thread)
		kthread_stop(site->thread);
	mutex_lock(&site->lock);
	pages_visitors_reap(site, true);
	mutex_unlock(&site->lock);
	destroy_workqueue(site->wq);
	if (site->listener)
		sockfd_put(site->listener);
	kvfree(site->body);
	kfree(site);
	return 0;
}

static ssize_t pages_write(struct file *file, const char __user *buf, size_t n,
			   loff_t *pos)
{
	struct pages_site *site = file->private_data;
	void *body;

	if (!n || n > PAGES_BODY_MAX)
		return -EMSGSIZE;
	body = vmemdup_user(buf, n);
	if (IS_ERR(body))
		return PTR_ERR(body);
	mutex_lock(&site->lock);
	if (site->body) {
		mutex_unlock(&site->lock);
		kvfree(body);
		return -EBUSY;
	}
	site->body = body;
	site->len = n;
	mutex_unlock(&site->lock);
	return n;
}

static ssize_t pages_counts(struct file *file, char __user *buf, size_t n,
			    loff_t *pos)
{
	struct pages_site *site = file->private_data;
	char said[128];
	int k;

	k = scnprintf(said, sizeof(said),
		      "accepted %d requests %d stolen %d refused %d\n",
		      atomic_read(&site->accepted), atomic_read(&site->requests),
		      atomic_read(&site->stolen), atomic_read(&site->refused));
	return simple_read_from_buffer(buf, n, pos, said, k);
}

/* The listener is its program's: its callbacks stay as they are. */
static int pages_thread(void *arg)
{
	struct pages_site *site = arg;
	struct sock *sk = site->listener->sk;
	struct request_sock_queue *queue = &inet_csk(sk)->icsk_accept_queue;
	struct socket *sock;

	while (!kthread_should_stop()) {
		mutex_lock(&site->lock);
		pages_visitors_reap(site, false);
		mutex_unlock(&site->lock);
		if (kernel_accept(site->listener, &sock, O_NONBLOCK)) {
			wait_event_interruptible_timeout(*sk_sleep(sk),
							 !reqsk_queue_empty(queue) ||
							 kthread_should_stop(),
							 HZ / 10);
			continue;
		}
		mutex_lock(&site->lock);
		pages_visitors_reap(site, false);
		pages_visitor_new(site, sock, false);
		mutex_unlock(&site->lock);
	}
	return 0;
}

static int pages_listen(struct pages_site *site, struct socket *sock)
{
	struct task_struct *thread;

	if (site->listener) {
		sockfd_put(sock);
		return -EBUSY;
	}
	site->listener = sock; /* the end puts it */
	thread = kthread_run(pages_thread, site, "tlso_pages");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	site->thread = thread;
	return 0;
}

static int pages_serve(struct pages_site *site, const struct pages_serve *ask)
{
	struct socket *sock;
	int err = 0;

	if (ask->mode >= PAGES_MODES || !site->body)
		return -EINVAL;
	sock = sockfd_lookup(ask->fd, &err);
	if (!sock)
		return err;
	if (sock->type != SOCK_STREAM || sock->sk->sk_protocol != IPPROTO_TCP) {
		sockfd_put(sock);
		return -EPROTOTYPE;
	}
	site->mode = ask->mode;
	if (sock->sk->sk_state == TCP_LISTEN)
		return pages_listen(site, sock);
	pages_visitors_reap(site, false);
	return pages_visitor_new(site, sock, true);
}

static long pages_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pages_site *site = file->private_data;
	struct pages_serve ask;
	int err;

	if (cmd != PAGES_SERVE)
		return -ENOTTY;
	if (copy_from_user(&ask, (void __user *)arg, sizeof(ask)))
		return -EFAULT;
	mutex_lock(&site->lock);
	err = pages_serve(site, &ask);
	mutex_unlock(&site->lock);
	return err;
}

static const struct file_operations pages_fops = {
	.owner = THIS_MODULE,
	.open = pages_open,
	.release = pages_release,
	.write = pages_write,
	.read = pages_counts,
	.unlocked_ioctl = pages_ioctl,
};

static struct miscdevice pages_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tlso-pages",
	.mode = 0600,
	.fops = &pages_fops,
};

module_misc_device(pages_dev);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A page served from inside the kernel, for the tests of tls_offload");
