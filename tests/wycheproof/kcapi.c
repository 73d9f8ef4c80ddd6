// SPDX-License-Identifier: GPL-2.0-only
/*
 * kcapi DEVICE: records and key schedule of the software placement beside the
 * same of libkcapi, which reaches the kernel's ciphers by another way and knows
 * nothing of TLS. From random traffic secrets both derive key and IV (RFC 8446
 * 7.3) and protect a record (5.2) of random length, AAD and sequence number; the
 * bytes must be the same, and each must open what the other sealed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <kcapi.h>

#include "vector.h"

#define ROUNDS 40
#define TEXT_MAX 16385 /* 2^14 and the inner type */
#define AAD_LEN 5

static int device;

static void die(const char *what)
{
	printf("not ok 1 kcapi: %s\n", what);
	exit(1);
}

static void random_bytes(void *p, size_t n)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		die("getrandom");
}

struct part {
	const void *p;
	size_t n;
};

/* The answer's bytes; -1 where it is "refused". */
static int ask(u8 op, const struct part *parts, unsigned int n, u8 *out)
{
	static u8 request[TLSO_VECTOR_MAX], answer[TLSO_VECTOR_MAX];
	size_t len = 2;
	ssize_t got;
	unsigned int i;

	request[0] = op;
	request[1] = (u8)n;
	for (i = 0; i < n; i++) {
		request[len] = (u8)(parts[i].n >> 8);
		request[len + 1] = (u8)parts[i].n;
		memcpy(request + len + 2, parts[i].p, parts[i].n);
		len += 2 + parts[i].n;
	}
	if (write(device, request, len) != (ssize_t)len)
		die("a request is not taken");
	got = read(device, answer, sizeof(answer));
	if (got < 1)
		die("no answer");
	memcpy(out, answer + 1, got - 1);
	return answer[0] ? -1 : (int)got - 1;
}

/* HKDF-Expand-Label (7.1) of one block, by ours and by libkcapi's HMAC. */
static void expand(const char *hmac, u8 hash_len, const u8 *secret,
		   const char *label, u8 len, u8 *out)
{
	u8 info[64], want[64], size = hash_len;
	const struct part parts[] = {
		{ &size, 1 }, { secret, hash_len }, { label, strlen(label) },
		{ "", 0 }, { &len, 1 },
	};
	struct kcapi_handle *h;
	size_t n = strlen(label);

	info[0] = 0;
	info[1] = len;
	info[2] = (u8)(6 + n);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = 0;
	info[10 + n] = 1;
	if (kcapi_md_init(&h, hmac, 0) ||
	    kcapi_md_setkey(h, secret, hash_len) ||
	    kcapi_md_digest(h, info, (uint32_t)(11 + n), want, sizeof(want)) <
		    hash_len)
		die("libkcapi's HMAC");
	kcapi_md_destroy(h);
	if (ask(TLSO_VECTOR_LABEL, parts, 5, out) != len ||
	    memcmp(out, want, len))
		die("HKDF-Expand-Label differs");
}

static void record(const char *name, u8 suite, const u8 *key, size_t key_len,
		   const u8 *iv, size_t n)
{
	static u8 in[AAD_LEN + TEXT_MAX], out[AAD_LEN + TEXT_MAX + TLSO_TAG_LEN];
	static u8 ours[TLSO_VECTOR_MAX], text[TLSO_VECTOR_MAX];
	struct part parts[] = {
		{ &suite, 1 }, { key, key_len }, { iv, TLSO_IV_LEN },
		{ in, AAD_LEN }, { in + AAD_LEN, n },
	};
	struct kcapi_handle *h;
	u8 nonce[16] = { 0 };
	ssize_t got;

	memcpy(nonce, iv, TLSO_IV_LEN);
	random_bytes(in, AAD_LEN + n);
	if (kcapi_aead_init(&h, name, 0) ||
	    kcapi_aead_setkey(h, key, (uint32_t)key_len) ||
	    kcapi_aead_settaglen(h, TLSO_TAG_LEN))
		die("libkcapi's AEAD");
	kcapi_aead_setassoclen(h, AAD_LEN);
	got = kcapi_aead_encrypt(h, in, AAD_LEN + n, nonce, out,
				 AAD_LEN + n + TLSO_TAG_LEN,
				 KCAPI_ACCESS_HEURISTIC);
	if (got < (ssize_t)(n + TLSO_TAG_LEN))
		die("libkcapi's AEAD");
	if (ask(TLSO_VECTOR_SEAL, parts, 5, ours) != (int)n + TLSO_TAG_LEN ||
	    memcmp(ours, out + AAD_LEN, n + TLSO_TAG_LEN))
		die("a sealed record differs");
	parts[4].p = out + AAD_LEN;
	parts[4].n = n + TLSO_TAG_LEN;
	if (ask(TLSO_VECTOR_OPEN, parts, 5, text) != (int)n ||
	    memcmp(text, in + AAD_LEN, n))
		die("libkcapi's record does not open");
	out[AAD_LEN + n / 2] ^= 1;
	if (ask(TLSO_VECTOR_OPEN, parts, 5, text) != -1)
		die("a spoiled record opens");
	kcapi_aead_destroy(h);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *aead, *hmac;
		u8 suite, key_len, hash_len;
	} suites[] = {
		{ "gcm(aes)", "hmac(sha256)", 1, 16, 32 },
		{ "gcm(aes)", "hmac(sha384)", 2, 32, 48 },
		{ "rfc7539(chacha20,poly1305)", "hmac(sha256)", 3, 32, 32 },
	};
	u8 secret[48], next[48], key[32], iv[TLSO_IV_LEN];
	unsigned int i, round, done = 0;
	u16 n;

	device = argc == 2 ? open(argv[1], O_RDWR) : -1;
	if (device < 0)
		die("no device");
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		random_bytes(secret, sizeof(secret));
		for (round = 0; round < ROUNDS; round++) {
			random_bytes(&n, sizeof(n));
			n = round == 0 ? 1 : round == 1 ? TEXT_MAX :
			    n % TEXT_MAX + 1;
			expand(suites[i].hmac, suites[i].hash_len, secret,
			       "key", suites[i].key_len, key);
			expand(suites[i].hmac, suites[i].hash_len, secret, "iv",
			       sizeof(iv), iv);
			record(suites[i].aead, suites[i].suite, key,
			       suites[i].key_len, iv, n);
			/* 7.2: the next traffic secret */
			expand(suites[i].hmac, suites[i].hash_len, secret,
			       "traffic upd", suites[i].hash_len, next);
			memcpy(secret, next, sizeof(secret));
			done++;
		}
	}
	printf("ok 1 kcapi: %u records and %u labels the same\n", done,
	       3 * done);
	return 0;
}
