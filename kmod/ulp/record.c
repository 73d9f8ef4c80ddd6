// SPDX-License-Identifier: GPL-2.0-only
/*
 * Software AEAD for inbound records that the adapter did not make clear whole.
 *
 * Responsible for: TLS 1.3 record protection (RFC 8446 5.2, 5.3) over one
 * linear buffer, and putting a record back together of which the adapter made
 * only a part clear.
 * Leaves to rx.c: where records start and end, and what is in them.
 */
#include <crypto/aead.h>
#include <crypto/utils.h>
#include <linux/bitmap.h>
#include <linux/crypto.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "ulp.h"

struct tlso_aead {
	struct crypto_aead *tfm;
	struct aead_request *req; /* one at a time, under the socket lock */
	u8 iv[TLSO_IV_LEN];
};

static const struct {
	u16 suite;
	u8 key_len;
	const char *name;
} tlso_aead_suites[] = {
	{ 0x1301, 16, "gcm(aes)" },
	{ 0x1302, 32, "gcm(aes)" },
	{ 0x1303, 32, "rfc7539(chacha20,poly1305)" },
};

static const char *tlso_aead_name(u16 suite, u8 key_len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tlso_aead_suites); i++)
		if (tlso_aead_suites[i].suite == suite &&
		    tlso_aead_suites[i].key_len == key_len)
			return tlso_aead_suites[i].name;
	return NULL;
}

/*
 * Makes the ciphers once, so that their modules are loaded now and not under the
 * first connection's socket lock. Without one, its suites' connections fail.
 */
void tlso_record_init(void)
{
	struct crypto_aead *tfm;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tlso_aead_suites); i++) {
		tfm = crypto_alloc_aead(tlso_aead_suites[i].name, 0, 0);
		if (IS_ERR(tfm))
			pr_warn("tls_offload: this kernel has no cipher %s: error %ld\n",
				tlso_aead_suites[i].name, PTR_ERR(tfm));
		else
			crypto_free_aead(tfm);
	}
}

static int tlso_aead_setup(struct tlso_aead *aead,
			   const struct tlso_direction_keys *k, u8 key_len)
{
	int err;

	memcpy(aead->iv, k->iv, TLSO_IV_LEN);
	err = crypto_aead_setkey(aead->tfm, k->key, key_len);
	if (!err)
		err = crypto_aead_setauthsize(aead->tfm, TLSO_TAG_LEN);
	if (err)
		return err;
	aead->req = aead_request_alloc(aead->tfm, GFP_KERNEL);
	return aead->req ? 0 : -ENOMEM;
}

struct tlso_aead *tlso_aead_new(u16 suite, const struct tlso_direction_keys *k,
				u8 key_len)
{
	const char *name = tlso_aead_name(suite, key_len);
	struct tlso_aead *aead;
	int err;

	if (!name)
		return ERR_PTR(-EINVAL);
	aead = kzalloc(sizeof(*aead), GFP_KERNEL);
	if (!aead)
		return ERR_PTR(-ENOMEM);
	aead->tfm = crypto_alloc_aead(name, 0, 0);
	if (IS_ERR(aead->tfm)) {
		err = PTR_ERR(aead->tfm);
		kfree(aead);
		return ERR_PTR(err);
	}
	err = tlso_aead_setup(aead, k, key_len);
	if (err) {
		tlso_aead_free(aead);
		return ERR_PTR(err);
	}
	return aead;
}

void tlso_aead_free(struct tlso_aead *aead)
{
	if (!aead)
		return;
	aead_request_free(aead->req);
	crypto_free_aead(aead->tfm);
	kfree_sensitive(aead);
}

/* The header is the additional data, and the record is one piece of memory. */
static int tlso_aead_run(struct tlso_aead *aead, u64 seq, u8 *src, u8 *dst,
			 size_t text_len, bool decrypt)
{
	size_t in = TLSO_RECORD_HDR + text_len + (decrypt ? TLSO_TAG_LEN : 0);
	size_t out = TLSO_RECORD_HDR + text_len + TLSO_TAG_LEN;
	struct scatterlist sg_in, sg_out;
	DECLARE_CRYPTO_WAIT(wait);
	u8 nonce[16]; /* ciphers may look past the 12 bytes */
	u64 low;

	memset(nonce, 0, sizeof(nonce));
	memcpy(nonce, aead->iv, TLSO_IV_LEN);
	low = get_unaligned_be64(nonce + 4) ^ seq;
	put_unaligned_be64(low, nonce + 4);
	sg_init_one(&sg_in, src, in);
	sg_init_one(&sg_out, dst, out);
	aead_request_set_tfm(aead->req, aead->tfm);
	aead_request_set_callback(aead->req,
				  CRYPTO_TFM_REQ_MAY_BACKLOG |
				  CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(aead->req, TLSO_RECORD_HDR);
	aead_request_set_crypt(aead->req, &sg_in, src == dst ? &sg_in : &sg_out,
			       text_len + (decrypt ? TLSO_TAG_LEN : 0), nonce);
	if (decrypt)
		return crypto_wait_req(crypto_aead_decrypt(aead->req), &wait);
	return crypto_wait_req(crypto_aead_encrypt(aead->req), &wait);
}

/* The bytes of the text that came up raw, made clear. */
static int tlso_aead_clear_rest(struct tlso_aead *aead, u64 seq, u8 *rec,
				size_t text_end, const unsigned long *clear,
				u8 *tmp)
{
	unsigned long i;
	int err;

	i = find_next_zero_bit(clear, text_end, TLSO_RECORD_HDR);
	if (i >= text_end)
		return 0;
	err = tlso_aead_run(aead, seq, rec, tmp, text_end - TLSO_RECORD_HDR,
			    false);
	if (err)
		return err;
	for (; i < text_end; i = find_next_zero_bit(clear, text_end, i + 1))
		rec[i] = tmp[i];
	return 0;
}

/*
 * A record that the adapter made clear in part, or whole with a tag that lay
 * in two frames. All three ciphers XOR a key stream that depends on the position
 * alone, so encrypting the mixed record makes clear just those bytes that are
 * not; encrypting the text then gives the tag that it ought to have. The tag
 * that came is whole, or, where the adapter had verified the record and TCP
 * lost a piece of it after that, all of it but four bytes (hw.h).
 */
static int tlso_aead_open_mixed(struct tlso_aead *aead, u64 seq, u8 *rec,
				size_t len, const unsigned long *clear)
{
	size_t text_end = len - TLSO_TAG_LEN, skip = 0;
	const u8 *tag = rec + text_end;
	u8 *tmp;
	int err;

	tmp = alloc_pages_exact(len, GFP_KERNEL);
	if (!tmp)
		return -ENOMEM;
	memcpy(tmp, rec, TLSO_RECORD_HDR);
	err = tlso_aead_clear_rest(aead, seq, rec, text_end, clear, tmp);
	if (!err)
		err = tlso_aead_run(aead, seq, rec, tmp,
				    text_end - TLSO_RECORD_HDR, false);
	if (!err) {
		if (tlso_record_verdict(rec, len, clear))
			skip = offsetof(struct tlso_hw_verdict, tag);
		if (crypto_memneq(tmp + text_end + skip, tag + skip,
				  TLSO_TAG_LEN - skip))
			err = -EBADMSG;
	}
	memzero_explicit(tmp, len);
	free_pages_exact(tmp, len);
	return err;
}

bool tlso_record_verdict(const u8 *rec, size_t len, const unsigned long *clear)
{
	size_t text_end = len - TLSO_TAG_LEN;
	struct tlso_hw_verdict v;

	if (find_next_zero_bit(clear, len, text_end) < len)
		return false;
	memcpy(&v, rec + text_end, sizeof(v));
	return v.magic == cpu_to_le32(TLSO_HW_VERDICT_OK);
}

int tlso_aead_open(struct tlso_aead *aead, u64 seq, u8 *rec, size_t len,
		   const unsigned long *clear, size_t n_clear)
{
	if (len < TLSO_RECORD_HDR + TLSO_TAG_LEN)
		return -EBADMSG;
	if (n_clear)
		return tlso_aead_open_mixed(aead, seq, rec, len, clear);
	return tlso_aead_run(aead, seq, rec, rec,
			     len - TLSO_RECORD_HDR - TLSO_TAG_LEN, true);
}
