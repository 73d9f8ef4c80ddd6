// SPDX-License-Identifier: GPL-2.0-only
/* Writes seeds for the fuzz targets: mkseeds folder. */
#include <sys/stat.h>

#include "../unit/harness.h"

static const char *root;

static void seed(const char *target, int i, const u8 *p, size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/seed%d", root, target, i);
	f = fopen(path, "wb");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f)) {
		perror(path);
		exit(1);
	}
}

/* Lengths of a byte, as fuzz_feed wants them; then the client's Finished. */
static size_t in_pieces(const u8 *p, size_t n, u8 *out)
{
	size_t len = 0, k;

	for (; n; n -= k, p += k) {
		k = n < 200 ? n : 200;
		out[len++] = (u8)k;
		memcpy(out + len, p, k);
		len += k;
	}
	return len;
}

static size_t with_length(const u8 *p, size_t n, u8 *out)
{
	out[0] = (u8)(n >> 8);
	out[1] = (u8)n;
	memcpy(out + 2, p, n);
	return n + 2;
}

static size_t starter_for(const u8 *msg, size_t n, u8 *out)
{
	u8 seg[TLSO_FINISHED_HDR + HELLO_MAX];
	struct tlso_finished f = { .type = 1 };
	struct tlso_director d;
	size_t len, wire;

	f.len = n;
	tlso_finished_write_hdr(seg, &f);
	memcpy(seg + TLSO_FINISHED_HDR, msg, n);
	tlso_director_init(&d, &test_cfg);
	if (tlso_director_step(&d, seg, TLSO_FINISHED_HDR + n, out,
			       TLSO_STARTER_MAX, &len, &wire) != TLSO_STEP_SEND)
		exit(1);
	return len;
}

static void seeds_of_hello(int i, const struct hello *h)
{
	static u8 msg[HELLO_MAX], rec[HELLO_MAX + 5], out[2 * HELLO_MAX];
	static u8 starter[TLSO_STARTER_MAX];
	size_t n = hello_write(h, msg, NULL, 0, NULL), k;

	k = with_length(msg, n, out);
	seed("director", i, out, k);
	k = record_clear(rec, TLSO_CT_HANDSHAKE, msg, n);
	k = in_pieces(rec, k, out);
	if (h->share_group == 0xffff) { /* the second hello of a retry */
		struct hello h2 = *h;

		h2.share_group = TLSO_GROUP_X25519;
		h2.early_data = false;
		n = hello_write(&h2, rec + 5, NULL, 0, NULL);
		tlso_record_hdr(rec, TLSO_CT_HANDSHAKE, n);
		k += in_pieces(rec, n + 5, out + k);
		n = hello_write(h, msg, NULL, 0, NULL);
	}
	out[k++] = 0xff;
	seed("feed", i, out, k);
	n = starter_for(msg, n, starter);
	seed("starter", i, out, with_length(starter, n, out));
}

static void seeds_of_seam(void)
{
	struct tlso_session_keys k = { .tls_version = 0x0304, .suite = 0x1302,
				       .key_len = 32, .secret_len = 48 };
	u8 out[TLSO_SESSION_KEYS_MAX + 1];
	size_t n;

	out[0] = 1;
	if (tlso_session_keys_write(&k, out + 1, sizeof(out) - 1, &n))
		exit(1);
	seed("seam", 0, out, n + 1);
	seed("seam", 1, (const u8 *)"\0\1\24\1\0\0\0\0\0\0\0\1x", 13);
}

int main(int argc, char **argv)
{
	static const struct hello hellos[] = {
		{ 0 },
		{ .sid_len = 32, .suite = 0x1302 },
		{ .sid_len = 32, .psk = true, .early_data = true,
		  .share_group = 0xffff },
		{ .suite = 0x1303, .share_group = 29 },
	};
	size_t i;

	if (argc < 2)
		return 2;
	root = argv[1];
	for (i = 0; i < ARRAY_SIZE(hellos); i++)
		seeds_of_hello((int)i, &hellos[i]);
	seeds_of_seam();
	return 0;
}
