// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Record protection, RFC 8446 5.2 to 5.4, RFC 5246 6.2.3.3, RFC 5288, RFC 7905. */
#include "buf.h"
#include "record.h"
#include "seam.h"
#include "suite.h"

#define AAD_12_LEN 13 /* RFC 5246 6.2.3.3 */

enum tlso_err tlso_record_keys_set(struct tlso_record_keys *k,
				   const struct tlso_crypto *crypto,
				   u16 version, u16 suite,
				   const struct tlso_direction_keys *d)
{
	const struct tlso_suite *s = tlso_suite_find(suite);

	memset(k, 0, sizeof(*k));
	if (!s || s->version != version)
		return TLSO_E_STATE;
	k->aead = tlso_suite_aead(crypto, suite);
	if (!k->aead || k->aead->key_len != s->key_len)
		return TLSO_E_CRYPTO;
	k->tls12 = version == TLSO_VERSION_12;
	k->explicit_len = tlso_suite_explicit(s);
	k->seq = d->seq;
	memcpy(k->key, d->key, s->key_len);
	memcpy(k->iv, d->iv, TLSO_IV_LEN);
	return TLSO_OK;
}

size_t tlso_record_before(const struct tlso_record_keys *k)
{
	return k->explicit_len;
}

size_t tlso_record_after(const struct tlso_record_keys *k)
{
	return k->tls12 ? TLSO_TAG_LEN : TLSO_REC_SEAL;
}

void tlso_record_nonce(u8 nonce[TLSO_IV_LEN], const u8 iv[TLSO_IV_LEN], u64 seq)
{
	size_t i;

	for (i = TLSO_IV_LEN; i > 0; i--) {
		nonce[i - 1] = iv[i - 1] ^ (u8)seq;
		seq >>= 8;
	}
}

void tlso_record_hdr(u8 hdr[TLSO_REC_HDR], u8 type, size_t len)
{
	struct tlso_wr w;

	tlso_wr_init(&w, hdr, TLSO_REC_HDR);
	tlso_wr_u8(&w, type);
	tlso_wr_u16(&w, TLSO_VERSION_12);
	tlso_wr_u16(&w, (u16)len);
}

/* What both directions need of a record of TLS 1.2: nonce and AAD. @explicit is
 * where its 8 bytes stand; ChaCha20 has none.
 */
static void params_12(const struct tlso_record_keys *k, const u8 *hdr,
		      const u8 *explicit, size_t n, u8 nonce[TLSO_IV_LEN],
		      u8 aad[AAD_12_LEN])
{
	struct tlso_wr w;

	if (k->explicit_len) { /* RFC 5288 3: 4 bytes of salt in front */
		memcpy(nonce, k->iv, 4);
		memcpy(nonce + 4, explicit, 8);
	} else {
		tlso_record_nonce(nonce, k->iv, k->seq);
	}
	tlso_wr_init(&w, aad, AAD_12_LEN);
	tlso_wr_u64(&w, k->seq);
	tlso_wr_bytes(&w, hdr, 3);
	tlso_wr_u16(&w, (u16)n);
}

static enum tlso_err seal_12(struct tlso_record_keys *k, u8 *rec, u8 type,
			     size_t n)
{
	u8 nonce[TLSO_IV_LEN], aad[AAD_12_LEN];
	u8 *explicit = rec + TLSO_REC_HDR;
	u8 *text = explicit + k->explicit_len;
	struct tlso_wr w;

	tlso_record_hdr(rec, type, k->explicit_len + n + TLSO_TAG_LEN);
	/* The sequence number never repeats: RFC 5288 3 suggests it. */
	tlso_wr_init(&w, explicit, k->explicit_len);
	if (k->explicit_len)
		tlso_wr_u64(&w, k->seq);
	params_12(k, rec, explicit, n, nonce, aad);
	return k->aead->seal(k->key, nonce, aad, sizeof(aad), text, n) ?
		       TLSO_E_CRYPTO :
		       TLSO_OK;
}

static enum tlso_err seal_13(struct tlso_record_keys *k, u8 *rec, u8 type,
			     size_t n, size_t pad)
{
	u8 nonce[TLSO_IV_LEN];
	struct tlso_wr w;
	u8 *text = rec + TLSO_REC_HDR;

	tlso_record_hdr(rec, TLSO_CT_DATA, n + pad + TLSO_REC_SEAL);
	/* The content is in place already: step over it. */
	tlso_wr_init(&w, text, n + pad + TLSO_REC_SEAL);
	w.n = n;
	tlso_wr_u8(&w, type);
	(void)tlso_wr_room(&w, pad);
	tlso_record_nonce(nonce, k->iv, k->seq);
	return k->aead->seal(k->key, nonce, rec, TLSO_REC_HDR, text,
			     n + 1 + pad) ?
		       TLSO_E_CRYPTO :
		       TLSO_OK;
}

enum tlso_err tlso_record_seal(struct tlso_record_keys *k, u8 *rec, u8 type,
			       size_t n, size_t pad)
{
	enum tlso_err e;

	/* A sequence number never wraps (5.3). */
	if (!k->aead || n > TLSO_REC_PLAIN_MAX ||
	    pad > TLSO_REC_PLAIN_MAX - n || (pad && k->tls12) ||
	    k->seq == ~0ULL)
		return TLSO_E_STATE;
	e = k->tls12 ? seal_12(k, rec, type, n) : seal_13(k, rec, type, n, pad);
	if (!e)
		k->seq++;
	return e;
}

/* What has come of open(): bad_record_mac is for a bad tag alone. */
static enum tlso_err opened(int err)
{
	if (err == TLSO_AEAD_FORGED)
		return TLSO_E_BAD_MAC;
	return err ? TLSO_E_CRYPTO : TLSO_OK;
}

static enum tlso_err open_12(struct tlso_record_keys *k, const u8 *hdr,
			     u8 *body, size_t n, size_t limit, u8 *type,
			     size_t *off, size_t *len)
{
	u8 nonce[TLSO_IV_LEN], aad[AAD_12_LEN];
	enum tlso_err e;

	if (n < (size_t)k->explicit_len + TLSO_TAG_LEN)
		return TLSO_E_BAD_MAC;
	n -= (size_t)k->explicit_len + TLSO_TAG_LEN;
	params_12(k, hdr, body, n, nonce, aad);
	e = opened(k->aead->open(k->key, nonce, aad, sizeof(aad),
				 body + k->explicit_len, n));
	if (e)
		return e;
	k->seq++;
	if (n > limit)
		return TLSO_E_OVERFLOW;
	*type = hdr[0];
	*off = k->explicit_len;
	*len = n;
	return TLSO_OK;
}

static enum tlso_err open_13(struct tlso_record_keys *k, const u8 *hdr,
			     u8 *body, size_t n, size_t limit, u8 *type,
			     size_t *len)
{
	u8 nonce[TLSO_IV_LEN];
	enum tlso_err e;

	if (n < TLSO_TAG_LEN)
		return TLSO_E_BAD_MAC;
	n -= TLSO_TAG_LEN;
	tlso_record_nonce(nonce, k->iv, k->seq);
	e = opened(k->aead->open(k->key, nonce, hdr, TLSO_REC_HDR, body, n));
	if (e)
		return e;
	k->seq++;
	/* 5.2: the limit counts the inner type and the padding. */
	if (n > limit + 1)
		return TLSO_E_OVERFLOW;
	while (n && !body[n - 1])
		n--;
	if (!n) /* 5.4: no content type at all */
		return TLSO_E_UNEXPECTED;
	*type = body[n - 1];
	*len = n - 1;
	return TLSO_OK;
}

enum tlso_err tlso_record_open(struct tlso_record_keys *k, const u8 *hdr,
			       u8 *body, size_t n, size_t limit, u8 *type,
			       size_t *off, size_t *len)
{
	*type = 0;
	*off = 0;
	*len = 0;
	if (!k->aead || k->seq == ~0ULL)
		return TLSO_E_STATE;
	if (n > TLSO_REC_CIPHER_MAX)
		return TLSO_E_OVERFLOW;
	return k->tls12 ? open_12(k, hdr, body, n, limit, type, off, len) :
			  open_13(k, hdr, body, n, limit, type, len);
}
