// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* RFC 8017's encodings, see rsa_pad.h. */
#include "rsa_pad.h"

#define TRAILER 0xbc

/* B.2.1: buf ^= MGF1(seed) */
static int mgf1_xor(const struct tlso_hash_alg *h, const u8 *seed, u8 *buf,
		    size_t n)
{
	struct tlso_hash_ctx ctx;
	u8 block[TLSO_DIGEST_MAX], count[4] = { 0 };
	size_t i, part;
	int ret = 0;

	while (n && !ret) {
		ret = h->init(&ctx) || h->update(&ctx, seed, h->len) ||
		      h->update(&ctx, count, sizeof(count)) ||
		      h->final(&ctx, block);
		part = n < h->len ? n : h->len;
		for (i = 0; i < part && !ret; i++)
			buf[i] ^= block[i];
		buf += part;
		n -= part;
		count[3]++; /* 512 bytes are 16 blocks at most */
	}
	return ret ? -1 : 0;
}

/* 9.1.1 6: the hash of eight zeros, digest and salt */
static int pss_hash(const struct tlso_hash_alg *h, const u8 *digest,
		    const u8 *salt, u8 *out)
{
	static const u8 zeros[8];
	struct tlso_hash_ctx ctx;

	return h->init(&ctx) || h->update(&ctx, zeros, sizeof(zeros)) ||
	       h->update(&ctx, digest, h->len) ||
	       h->update(&ctx, salt, h->len) || h->final(&ctx, out) ? -1 : 0;
}

/* Bits of the first byte of the encoded message, which has one bit less than the
 * modulus: so where that has 8 m + 1 bits, a zero byte comes first.
 */
static u8 pss_first_mask(size_t bits)
{
	return (u8)(0xff >> (-(bits - 1) & 7));
}

int tlso_pss_encode(const struct tlso_hash_alg *h, const u8 *digest,
		    const u8 *salt, u8 *em, size_t bits)
{
	size_t len = (bits + 6) / 8, db_len;
	u8 *hash;

	if (bits > 8 * TLSO_RSA_MAX || len < 2u * h->len + 2)
		return -1;
	if (len < (bits + 7) / 8)
		*em++ = 0;
	db_len = len - h->len - 1;
	hash = em + db_len;
	memset(em, 0, db_len);
	em[db_len - h->len - 1] = 1;
	memcpy(em + db_len - h->len, salt, h->len);
	if (pss_hash(h, digest, salt, hash) || mgf1_xor(h, hash, em, db_len))
		return -1;
	em[0] &= pss_first_mask(bits);
	em[len - 1] = TRAILER;
	return 0;
}

int tlso_pss_verify(const struct tlso_hash_alg *h, const u8 *digest, u8 *em,
		    size_t bits)
{
	size_t len = (bits + 6) / 8, db_len, i;
	u8 again[TLSO_DIGEST_MAX], *hash, diff = 0;

	if (bits > 8 * TLSO_RSA_MAX || len < 2u * h->len + 2)
		return -1;
	if (len < (bits + 7) / 8)
		diff |= *em++;
	db_len = len - h->len - 1;
	hash = em + db_len;
	diff |= em[0] & ~pss_first_mask(bits);
	diff |= em[len - 1] ^ TRAILER;
	if (mgf1_xor(h, hash, em, db_len))
		return -1;
	em[0] &= pss_first_mask(bits);
	for (i = 0; i < db_len - h->len - 1; i++)
		diff |= em[i];
	diff |= em[i] ^ 1;
	if (pss_hash(h, digest, em + i + 1, again))
		return -1;
	return !diff && tlso_equal_ct(again, hash, h->len) ? 0 : -1;
}

/* 9.2, note 1: DigestInfo up to the digest itself. */
static const u8 info_sha256[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};

static const u8 info_sha384[] = {
	0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30,
};

static const u8 info_sha512[] = {
	0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40,
};

#define INFO_LEN sizeof(info_sha256)

static const u8 *digest_info(size_t n)
{
	switch (n) {
	case 32:
		return info_sha256;
	case 48:
		return info_sha384;
	case 64:
		return info_sha512;
	default:
		return NULL;
	}
}

int tlso_pkcs1_encode(const u8 *digest, size_t n, u8 *em, size_t bits)
{
	size_t len = (bits + 7) / 8, pad;
	const u8 *info = digest_info(n);

	if (!info || len > TLSO_RSA_MAX || len < 11 + INFO_LEN + n)
		return -1;
	pad = len - 3 - INFO_LEN - n;
	em[0] = 0;
	em[1] = 1;
	memset(em + 2, 0xff, pad);
	em[2 + pad] = 0;
	memcpy(em + 3 + pad, info, INFO_LEN);
	memcpy(em + len - n, digest, n);
	return 0;
}

int tlso_pkcs1_verify(const u8 *digest, size_t n, const u8 *em, size_t bits)
{
	u8 want[TLSO_RSA_MAX];

	if (tlso_pkcs1_encode(digest, n, want, bits))
		return -1;
	return tlso_equal_ct(em, want, (bits + 7) / 8) ? 0 : -1;
}

/* 0xff if x is zero, else 0. The shift keeps the compiler from seeing a truth
 * value; the empty statement keeps it from finding one later.
 */
static u8 zero_mask(u32 x)
{
	u32 mask = ((x | (0 - x)) >> 31) - 1;

	__asm__("" : "+r"(mask));
	return (u8)mask;
}

void tlso_rsa_premaster(const u8 *em, size_t n, u16 version,
			const u8 random[TLSO_PREMASTER_LEN],
			u8 out[TLSO_PREMASTER_LEN])
{
	const u8 *secret;
	u8 bad, good;
	size_t i;

	/* 00 02, at least eight bytes that are not zero, 00, the secret: that
	 * its length is known makes its place known.
	 */
	if (!em || n < 11 + TLSO_PREMASTER_LEN) {
		memmove(out, random, TLSO_PREMASTER_LEN);
		return;
	}
	secret = em + n - TLSO_PREMASTER_LEN;
	bad = em[0] | (em[1] ^ 2);
	for (i = 2; i < n - TLSO_PREMASTER_LEN - 1; i++)
		bad |= zero_mask(em[i]);
	bad |= em[i];
	bad |= secret[0] ^ (u8)(version >> 8);
	bad |= secret[1] ^ (u8)version;
	good = zero_mask(bad);
	for (i = 0; i < TLSO_PREMASTER_LEN; i++)
		out[i] = (u8)((secret[i] & good) | (random[i] & ~good));
}
