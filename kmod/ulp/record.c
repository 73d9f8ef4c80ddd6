// SPDX-License-Identifier: GPL-2.0-only
/*
 * AEAD of records over the Linux crypto API: what the software back end seals,
 * and every inbound record that no adapter made clear whole.
 *
 * Responsible for: record protection of TLS 1.3 (RFC 8446 5.2, 5.3) and TLS 1.2 (RFC
 * 5246 6.2.3.3, 5288, 7905) over linear memory and page fragments, and putting a
 * record back together of which the adapter made only a part clear.
 * Leaves to rx.c and tx.c: where records start and end, and what is in them.
 */
#include <crypto/aead.h>
#include <crypto/utils.h>
#include <linux/bitmap.h>
#include <linux/crypto.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "records.h"
#include "../core/suite.h"

#define TLSO_AD_13 TLSO_REC_HDR
#define TLSO_AD_12 13 /* number, type, version, length of the text */

struct tlso_aead {
	struct crypto_aead *tfm;
	struct aead_request *req; /* one at a time, under the socket lock */
	bool tls12;
	u8 before;
	u8 iv[TLSO_IV_LEN];
	u8 ad[TLSO_AD_12 + 3];
	struct scatterlist in[TLS_OFFLOAD_PREFIX_FRAGS + 1];
	struct scatterlist out[2];
};

static const char *tlso_aead_name(const struct tlso_suite *suite)
{
	return suite->aead == TLSO_AEAD_CHACHA ? "rfc7539(chacha20,poly1305)" :
						 "gcm(aes)";
}

int tlso_aead_rekey(struct tlso_aead *aead, const struct tlso_session_keys *keys,
		    const struct tlso_direction_keys *d)
{
	memcpy(aead->iv, d->iv, TLSO_IV_LEN);
	return crypto_aead_setkey(aead->tfm, d->key, keys->key_len);
}

static int tlso_aead_setup(struct tlso_aead *aead,
			   const struct tlso_session_keys *keys,
			   const struct tlso_direction_keys *d)
{
	int err;

	err = tlso_aead_rekey(aead, keys, d);
	if (!err)
		err = crypto_aead_setauthsize(aead->tfm, TLSO_TAG_LEN);
	if (err)
		return err;
	aead->req = aead_request_alloc(aead->tfm, GFP_KERNEL);
	return aead->req ? 0 : -ENOMEM;
}

struct tlso_aead *tlso_aead_new(const struct tlso_session_keys *keys,
				const struct tlso_direction_keys *d)
{
	const struct tlso_suite *suite = tlso_suite_find(keys->suite);
	struct tlso_aead *aead;
	int err;

	if (!suite || suite->key_len != keys->key_len ||
	    suite->version != keys->tls_version)
		return ERR_PTR(-EINVAL);
	aead = kzalloc(sizeof(*aead), GFP_KERNEL);
	if (!aead)
		return ERR_PTR(-ENOMEM);
	aead->tls12 = suite->version == TLSO_VERSION_12;
	aead->before = tlso_suite_explicit(suite);
	aead->tfm = crypto_alloc_aead(tlso_aead_name(suite), 0, 0);
	if (IS_ERR(aead->tfm)) {
		err = PTR_ERR(aead->tfm);
		kfree(aead);
		return ERR_PTR(err);
	}
	err = tlso_aead_setup(aead, keys, d);
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

size_t tlso_aead_before(const struct tlso_aead *aead)
{
	return aead->before;
}

size_t tlso_aead_after(const struct tlso_aead *aead)
{
	return TLSO_TAG_LEN + !aead->tls12;
}

/* RFC 8446 5.2: the header; RFC 5246 6.2.3.3: with the text's length. */
static size_t tlso_aead_ad(struct tlso_aead *aead, u64 seq, const u8 *hdr,
			   size_t text_len)
{
	if (!aead->tls12) {
		memcpy(aead->ad, hdr, TLSO_AD_13);
		return TLSO_AD_13;
	}
	put_unaligned_be64(seq, aead->ad);
	memcpy(aead->ad + 8, hdr, 3);
	put_unaligned_be16(text_len, aead->ad + 11);
	return TLSO_AD_12;
}

/* RFC 8446 5.3, RFC 7905 2; RFC 5288 3, where @explicit stands in the record. */
static void tlso_aead_nonce(const struct tlso_aead *aead, u64 seq,
			    const u8 *explicit, u8 nonce[16])
{
	memset(nonce, 0, 16); /* ciphers may look past the 12 bytes */
	memcpy(nonce, aead->iv, TLSO_IV_LEN);
	if (aead->before)
		memcpy(nonce + 4, explicit, 8);
	else
		put_unaligned_be64(get_unaligned_be64(nonce + 4) ^ seq,
				   nonce + 4);
}

/*
 * The record's text, and its tag if it has one yet, stand in aead->in from the
 * second piece on; @out is the same list or another. The first piece of each is
 * the additional data.
 */
static int tlso_aead_run(struct tlso_aead *aead, u64 seq, const u8 *hdr,
			 const u8 *explicit, struct scatterlist *out,
			 size_t text_len, bool decrypt)
{
	size_t ad = tlso_aead_ad(aead, seq, hdr, text_len);
	DECLARE_CRYPTO_WAIT(wait);
	u8 nonce[16];

	tlso_aead_nonce(aead, seq, explicit, nonce);
	sg_set_buf(&aead->in[0], aead->ad, ad);
	if (out != aead->in)
		sg_set_buf(&out[0], aead->ad, ad);
	aead_request_set_tfm(aead->req, aead->tfm);
	aead_request_set_callback(aead->req,
				  CRYPTO_TFM_REQ_MAY_BACKLOG |
				  CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(aead->req, ad);
	aead_request_set_crypt(aead->req, aead->in, out,
			       text_len + (decrypt ? TLSO_TAG_LEN : 0), nonce);
	if (decrypt)
		return crypto_wait_req(crypto_aead_decrypt(aead->req), &wait);
	return crypto_wait_req(crypto_aead_encrypt(aead->req), &wait);
}

/* Linear memory: the record at @src, its result at the same place of @dst. */
static int tlso_aead_linear(struct tlso_aead *aead, u64 seq, u8 *src, u8 *dst,
			    size_t len, bool decrypt)
{
	size_t off = TLSO_RECORD_HDR + aead->before;
	struct scatterlist *out = aead->in;

	sg_init_table(aead->in, 2);
	sg_set_buf(&aead->in[1], src + off, len - off);
	if (src != dst) {
		out = aead->out;
		sg_init_table(out, 2);
		sg_set_buf(&out[1], dst + off, len - off);
	}
	return tlso_aead_run(aead, seq, src, src + TLSO_RECORD_HDR, out,
			     len - off - TLSO_TAG_LEN, decrypt);
}

int tlso_aead_seal(struct tlso_aead *aead, u64 seq, const u8 *hdr,
		   const u8 *nonce, const skb_frag_t *frags, unsigned int n,
		   size_t len)
{
	size_t skip = TLSO_RECORD_HDR + aead->before;
	size_t text_len = len - skip - TLSO_TAG_LEN;
	unsigned int i, k = 1;

	sg_init_table(aead->in, ARRAY_SIZE(aead->in));
	for (i = 0; i < n; i++) {
		size_t size = skb_frag_size(&frags[i]);
		size_t cut = min(skip, size);

		skip -= cut;
		if (cut == size)
			continue;
		sg_set_page(&aead->in[k++], skb_frag_page(&frags[i]),
			    size - cut, skb_frag_off(&frags[i]) + cut);
	}
	sg_mark_end(&aead->in[k - 1]);
	return tlso_aead_run(aead, seq, hdr, nonce, aead->in, text_len, false);
}

/* The bytes of the text that came up raw, made clear. */
static int tlso_aead_clear_rest(struct tlso_aead *aead, u64 seq, u8 *rec,
				size_t len, const unsigned long *clear, u8 *tmp)
{
	size_t text = TLSO_RECORD_HDR + aead->before;
	size_t end = len - TLSO_TAG_LEN;
	unsigned long i;
	int err;

	i = find_next_zero_bit(clear, end, text);
	if (i >= end)
		return 0;
	err = tlso_aead_linear(aead, seq, rec, tmp, len, false);
	if (err)
		return err;
	for (; i < end; i = find_next_zero_bit(clear, end, i + 1))
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
	err = tlso_aead_clear_rest(aead, seq, rec, len, clear, tmp);
	if (!err)
		err = tlso_aead_linear(aead, seq, rec, tmp, len, false);
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
	if (len < TLSO_RECORD_HDR + aead->before + TLSO_TAG_LEN)
		return -EBADMSG;
	if (n_clear)
		return tlso_aead_open_mixed(aead, seq, rec, len, clear);
	return tlso_aead_linear(aead, seq, rec, rec, len, true);
}
