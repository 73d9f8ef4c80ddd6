// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test's module: the software placement's cryptography, compiled in, behind
 * /dev/tlso-vectors. One write() is a request of ../vector.h, the read() after it
 * gives the answer. Loading it runs the self-test.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../../kmod/ulp/crypto.h"
#include "../vector.h"

struct session {
	struct mutex lock; /* one request at a time */
	u8 in[TLSO_VECTOR_MAX], out[TLSO_VECTOR_MAX];
	struct tlso_vector_state state;
	int out_len;
};

static void *key_new(const u8 *blob, size_t n)
{
	struct tlso_linux_key *key = tlso_linux_key_new(blob, n);

	return IS_ERR(key) ? NULL : key;
}

static void key_free(void *key)
{
	tlso_linux_key_free(key);
}

static int rsa_private(void *key, const u8 *in, size_t n, u8 *out)
{
	return tlso_linux_rsa_private(NULL, key, in, n, out);
}

static const struct tlso_vector_table table = {
	.crypto = &tlso_linux_crypto,
	.key_new = key_new,
	.key_free = key_free,
	.rsa_private = rsa_private,
};

static int vectors_open(struct inode *inode, struct file *file)
{
	struct session *s = kvzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
	file->private_data = s;
	return 0;
}

static int vectors_release(struct inode *inode, struct file *file)
{
	struct session *s = file->private_data;

	tlso_vector_end(&table, &s->state);
	kvfree(s);
	return 0;
}

static ssize_t vectors_write(struct file *file, const char __user *buf,
			     size_t n, loff_t *pos)
{
	struct session *s = file->private_data;
	ssize_t ret = n;

	if (n > sizeof(s->in))
		return -EMSGSIZE;
	mutex_lock(&s->lock);
	s->out_len = 0;
	if (copy_from_user(s->in, buf, n)) {
		ret = -EFAULT;
	} else {
		s->out_len = tlso_vector_run(&table, &s->state, s->in, n,
					     s->out);
		if (s->out_len < 0)
			ret = -EINVAL;
	}
	mutex_unlock(&s->lock);
	return ret;
}

static ssize_t vectors_read(struct file *file, char __user *buf, size_t n,
			    loff_t *pos)
{
	struct session *s = file->private_data;
	ssize_t ret;

	mutex_lock(&s->lock);
	ret = s->out_len;
	if (ret <= 0 || ret > n)
		ret = -EINVAL;
	else if (copy_to_user(buf, s->out, ret))
		ret = -EFAULT;
	mutex_unlock(&s->lock);
	return ret;
}

static const struct file_operations vectors_fops = {
	.owner = THIS_MODULE,
	.open = vectors_open,
	.release = vectors_release,
	.write = vectors_write,
	.read = vectors_read,
};

static struct miscdevice vectors_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tlso-vectors",
	.fops = &vectors_fops,
};

static int __init vectors_init(void)
{
	int err = tlso_linux_crypto_init();

	if (err)
		return err;
	err = misc_register(&vectors_dev);
	if (err)
		tlso_linux_crypto_exit();
	return err;
}

static void __exit vectors_exit(void)
{
	misc_deregister(&vectors_dev);
	tlso_linux_crypto_exit();
}

module_init(vectors_init);
module_exit(vectors_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test vectors for the cryptography of tls_offload");
