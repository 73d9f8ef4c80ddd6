// SPDX-License-Identifier: GPL-2.0-only
/*
 * AEADs over the crypto API, for handshake records and tickets: a few calls a
 * connection, each with a key of its own. Records after the handshake have
 * ciphers of their own, see record.c.
 *
 * To make a cipher for each call would cost more than the call; so there are a
 * few, each behind a lock, that are given the key, used, and given another key
 * that is no secret.
 */
#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "crypto_impl.h"

#define SLOTS 4
#define AAD_MAX 512
#define SG_MAX 8 /* the AAD, and a record of 2^14 + 256 bytes on any pages */

struct slot {
	struct mutex lock; /* tfm and its key, from setting it to wiping it */
	struct crypto_aead *tfm; /* NULL: gone with a key that could not be wiped */
};

struct pool {
	const char *name;
	struct slot slot[SLOTS];
};

static struct pool gcm = { .name = "gcm(aes)" };
static struct pool chacha = { .name = "rfc7539(chacha20,poly1305)" };

/* What the cipher reads besides text; on the heap, where any driver can. */
struct call {
	u8 iv[16]; /* ciphers may look past the 12 bytes */
	u8 aad[AAD_MAX];
};

static int slot_fill(struct slot *slot, const char *name)
{
	struct crypto_aead *tfm = crypto_alloc_aead(name, 0, 0);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_aead_setauthsize(tfm, TLSO_TAG_LEN);
	if (err)
		crypto_free_aead(tfm);
	else
		slot->tfm = tfm;
	return err;
}

/* The pages of @buf, which may be on the heap, in vmalloc's area or on the
 * stack.
 */
static int map_pages(struct scatterlist *sg, unsigned int *used, void *buf,
		     size_t n)
{
	while (n) {
		size_t part = min_t(size_t, n,
				    PAGE_SIZE - offset_in_page(buf));
		struct page *page = is_vmalloc_addr(buf) ?
			vmalloc_to_page(buf) : virt_to_page(buf);

		if (*used == SG_MAX)
			return -EINVAL;
		sg_set_page(&sg[(*used)++], page, part, offset_in_page(buf));
		buf += part;
		n -= part;
	}
	return 0;
}

static int run(struct crypto_aead *tfm, struct aead_request *req,
	       struct call *call, size_t aad_len, u8 *buf, size_t n, bool open)
{
	struct scatterlist sg[SG_MAX];
	DECLARE_CRYPTO_WAIT(wait);
	unsigned int used = 0;
	int err;

	sg_init_table(sg, SG_MAX);
	if (map_pages(sg, &used, call->aad, aad_len) ||
	    map_pages(sg, &used, buf, n + TLSO_TAG_LEN))
		return -EINVAL;
	sg_mark_end(&sg[used - 1]);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				  CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done,
				  &wait);
	aead_request_set_ad(req, aad_len);
	aead_request_set_crypt(req, sg, sg, open ? n + TLSO_TAG_LEN : n,
			       call->iv);
	err = open ? crypto_aead_decrypt(req) : crypto_aead_encrypt(req);
	return crypto_wait_req(err, &wait);
}

/* Under slot->lock. */
static int run_keyed(struct slot *slot, const u8 *key, unsigned int key_len,
		     struct call *call, size_t aad_len, u8 *buf, size_t n,
		     bool open)
{
	static const u8 no_key[TLSO_KEY_MAX];
	struct aead_request *req;
	int err;

	req = aead_request_alloc(slot->tfm, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	err = crypto_aead_setkey(slot->tfm, key, key_len);
	if (!err)
		err = run(slot->tfm, req, call, aad_len, buf, n, open);
	aead_request_free(req);
	/* A key that cannot be wiped may not stay. */
	if (crypto_aead_setkey(slot->tfm, no_key, key_len)) {
		crypto_free_aead(slot->tfm);
		slot->tfm = NULL;
	}
	return err;
}

static int crypt(struct pool *pool, const u8 *key, unsigned int key_len,
		 const u8 *nonce, const u8 *aad, size_t aad_len, u8 *buf,
		 size_t n, bool open)
{
	struct slot *slot = &pool->slot[raw_smp_processor_id() % SLOTS];
	struct call *call;
	int err = 0;

	if (aad_len > AAD_MAX)
		return -EINVAL;
	call = kzalloc(sizeof(*call), GFP_KERNEL);
	if (!call)
		return -ENOMEM;
	memcpy(call->iv, nonce, TLSO_IV_LEN);
	memcpy(call->aad, aad, aad_len);
	mutex_lock(&slot->lock);
	if (!slot->tfm)
		err = slot_fill(slot, pool->name);
	if (!err)
		err = run_keyed(slot, key, key_len, call, aad_len, buf, n, open);
	mutex_unlock(&slot->lock);
	kfree_sensitive(call);
	return open && err == -EBADMSG ? TLSO_AEAD_FORGED : err;
}

static int aes128_seal(const u8 *key, const u8 *nonce, const u8 *aad,
		       size_t aad_len, u8 *buf, size_t n)
{
	return crypt(&gcm, key, 16, nonce, aad, aad_len, buf, n, false);
}

static int aes128_open(const u8 *key, const u8 *nonce, const u8 *aad,
		       size_t aad_len, u8 *buf, size_t n)
{
	return crypt(&gcm, key, 16, nonce, aad, aad_len, buf, n, true);
}

static int aes256_seal(const u8 *key, const u8 *nonce, const u8 *aad,
		       size_t aad_len, u8 *buf, size_t n)
{
	return crypt(&gcm, key, 32, nonce, aad, aad_len, buf, n, false);
}

static int aes256_open(const u8 *key, const u8 *nonce, const u8 *aad,
		       size_t aad_len, u8 *buf, size_t n)
{
	return crypt(&gcm, key, 32, nonce, aad, aad_len, buf, n, true);
}

static int chacha_seal(const u8 *key, const u8 *nonce, const u8 *aad,
		       size_t aad_len, u8 *buf, size_t n)
{
	return crypt(&chacha, key, 32, nonce, aad, aad_len, buf, n, false);
}

static int chacha_open(const u8 *key, const u8 *nonce, const u8 *aad,
		       size_t aad_len, u8 *buf, size_t n)
{
	return crypt(&chacha, key, 32, nonce, aad, aad_len, buf, n, true);
}

const struct tlso_aead_alg tlso_linux_aes128_gcm = {
	.key_len = 16,
	.seal = aes128_seal,
	.open = aes128_open,
};

const struct tlso_aead_alg tlso_linux_aes256_gcm = {
	.key_len = 32,
	.seal = aes256_seal,
	.open = aes256_open,
};

const struct tlso_aead_alg tlso_linux_chacha20_poly1305 = {
	.key_len = 32,
	.seal = chacha_seal,
	.open = chacha_open,
};

static void pool_exit(struct pool *pool)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		crypto_free_aead(pool->slot[i].tfm);
		pool->slot[i].tfm = NULL;
	}
}

static int pool_init(struct pool *pool)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < SLOTS; i++)
		mutex_init(&pool->slot[i].lock);
	for (i = 0; i < SLOTS && !err; i++)
		err = slot_fill(&pool->slot[i], pool->name);
	if (!err)
		return 0;
	pr_err("tls_offload: this kernel has no %s: error %d\n", pool->name,
	       err);
	pool_exit(pool);
	return err;
}

int tlso_linux_aead_init(void)
{
	int err = pool_init(&gcm);

	if (err)
		return err;
	err = pool_init(&chacha);
	if (err)
		pool_exit(&gcm);
	return err;
}

void tlso_linux_aead_exit(void)
{
	pool_exit(&chacha);
	pool_exit(&gcm);
}
