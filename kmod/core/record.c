// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* TLS 1.3 record protection, RFC 8446 5.2 to 5.4. */
#include "buf.h"
#include "record.h"

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

enum tlso_err tlso_record_seal(struct tlso_record_keys *k, u8 *rec, u8 type,
			       size_t n, size_t pad)
{
	u8 nonce[TLSO_IV_LEN];
	struct tlso_wr w;
	u8 *hdr, *inner;

	if (!k->aead || n + pad > TLSO_REC_PLAIN_MAX || k->seq == ~0ULL)
		return TLSO_E_STATE;
	/* The content is in place already: step over it. */
	tlso_wr_init(&w, rec, TLSO_REC_HDR + n + pad + TLSO_REC_SEAL);
	hdr = tlso_wr_room(&w, TLSO_REC_HDR);
	tlso_record_hdr(hdr, TLSO_CT_DATA, n + pad + TLSO_REC_SEAL);
	inner = w.p + w.n;
	w.n += n;
	tlso_wr_u8(&w, type);
	(void)tlso_wr_room(&w, pad);
	tlso_record_nonce(nonce, k->iv, k->seq);
	if (w.bad || k->aead->seal(k->key, nonce, hdr, TLSO_REC_HDR, inner,
				   n + 1 + pad))
		return TLSO_E_CRYPTO;
	k->seq++;
	return TLSO_OK;
}

enum tlso_err tlso_record_open(struct tlso_record_keys *k, const u8 *hdr,
			       u8 *body, size_t n, u8 *type, size_t *len)
{
	u8 nonce[TLSO_IV_LEN];

	*type = 0;
	*len = 0;
	if (!k->aead || k->seq == ~0ULL)
		return TLSO_E_STATE;
	if (n > TLSO_REC_CIPHER_MAX)
		return TLSO_E_OVERFLOW;
	if (n < TLSO_TAG_LEN)
		return TLSO_E_BAD_MAC;
	n -= TLSO_TAG_LEN;
	tlso_record_nonce(nonce, k->iv, k->seq);
	if (k->aead->open(k->key, nonce, hdr, TLSO_REC_HDR, body, n))
		return TLSO_E_BAD_MAC;
	k->seq++;
	/* 5.2: the limit counts the inner type and the padding. */
	if (n > TLSO_REC_PLAIN_MAX + 1)
		return TLSO_E_OVERFLOW;
	while (n && !body[n - 1])
		n--;
	if (!n) /* 5.4: no content type at all */
		return TLSO_E_UNEXPECTED;
	*type = body[n - 1];
	*len = n - 1;
	return TLSO_OK;
}
