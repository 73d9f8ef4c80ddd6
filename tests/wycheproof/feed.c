// SPDX-License-Identifier: GPL-2.0-only
/*
 * feed [-d DEVICE] [-x LIST] FILE...: puts the vectors of vectors.py's files to
 * the kernel behind DEVICE, or without -d to the native table. A line in TAP for
 * each file; exit code 1 if a test failed or there was none. LIST names tests that
 * are known to fail, "FILE ID" a line: they must, and are counted apart.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../offload-dev/engine/crypto_host.h"
#include "vector.h"

#define BLANK "\n "
#define LINE_MAX_LEN (3 * TLSO_VECTOR_MAX)

static int device = -1;
static const char *known_list;

static void *key_new(const u8 *blob, size_t n)
{
	struct tlso_host_key *key;

	return tlso_host_key_load(&key, blob, n) ? NULL : key;
}

static void key_free(void *key)
{
	tlso_host_key_free(key);
}

static int rsa_private(void *key, const u8 *in, size_t n, u8 *out)
{
	struct tlso_host_keys keys = { .n = 1, .key = { key } };

	return tlso_host_rsa_private(NULL, &keys, 0, in, n, out);
}

static const struct tlso_vector_table table = {
	.crypto = &tlso_host_crypto,
	.key_new = key_new,
	.key_free = key_free,
	.rsa_private = rsa_private,
};

/* Bytes of the answer, or -1. */
static int ask(const u8 *request, size_t n, u8 *out)
{
	static struct tlso_vector_state state;

	if (device < 0)
		return tlso_vector_run(&table, &state, request, n, out);
	if (write(device, request, n) != (ssize_t)n)
		return -1;
	return (int)read(device, out, TLSO_VECTOR_MAX);
}

static int op_of(const char *name)
{
	static const char *const names[] = {
		NULL, "open", "seal", "derive", "verify", "hmac", "private",
		"premaster", "label",
	};
	int i;

	for (i = 1; i < (int)ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return 0;
}

/* Length of the bytes that @hex says, or -1. */
static int unhex(const char *hex, u8 *out, size_t cap)
{
	size_t n = strlen(hex), i;

	if (!strcmp(hex, "-"))
		return 0;
	if (n % 2 || n / 2 > cap)
		return -1;
	for (i = 0; i < n; i++)
		if (!isxdigit((unsigned char)hex[i]))
			return -1;
	for (i = 0; i < n / 2; i++) {
		unsigned int byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (u8)byte;
	}
	return (int)(n / 2);
}

/* What is in the line becomes a request. Its length, or -1. */
static int request_of(char *line, u8 *request, char **id, const char **want)
{
	char *save, *word = strtok_r(line, BLANK, &save);
	int n = 2, len, parts = 0;

	request[0] = (u8)op_of(word ? word : "");
	*id = strtok_r(NULL, BLANK, &save);
	if (!request[0] || !*id)
		return -1;
	while ((word = strtok_r(NULL, BLANK, &save)) && strcmp(word, "=")) {
		if (n + 2 > TLSO_VECTOR_MAX)
			return -1;
		len = unhex(word, request + n + 2, TLSO_VECTOR_MAX - n - 2);
		if (len < 0)
			return -1;
		request[n] = (u8)(len >> 8);
		request[n + 1] = (u8)len;
		n += 2 + len;
		parts++;
	}
	*want = word ? strtok_r(NULL, BLANK, &save) : NULL;
	request[1] = (u8)parts;
	return *want ? n : -1;
}

static bool right(const char *want, const u8 *answer, int n)
{
	static u8 bytes[TLSO_VECTOR_MAX];
	int len;

	if (n < 1)
		return false;
	if (!strcmp(want, "refused"))
		return answer[0] == 1;
	len = strcmp(want, "ok") ? unhex(want, bytes, sizeof(bytes)) : 0;
	return answer[0] == 0 && n - 1 == len && !memcmp(answer + 1, bytes, len);
}

static bool known(const char *path, const char *id)
{
	const char *name = strrchr(path, '/');
	char line[128], want[128];
	bool found = false;
	FILE *f = known_list ? fopen(known_list, "r") : NULL;

	if (!f)
		return false;
	snprintf(want, sizeof(want), "%s %s\n", name ? name + 1 : path, id);
	while (!found && fgets(line, sizeof(line), f))
		found = !strcmp(line, want);
	fclose(f);
	return found;
}

/* 1: as it should be, 0: not, 2: wrong, and known to be. */
static int feed_line(char *line, const char *path)
{
	static u8 request[TLSO_VECTOR_MAX], answer[TLSO_VECTOR_MAX];
	const char *want;
	char *id = NULL;
	int n;

	n = request_of(line, request, &id, &want);
	if (n < 0) {
		printf("# %s: test %s is not understood\n", path, id ? id : "?");
		return 0;
	}
	memset(answer, 0, sizeof(answer));
	n = ask(request, n, answer);
	if (right(want, answer, n))
		return known(path, id) ? 0 : 1;
	if (known(path, id))
		return 2;
	printf("# %s: %s %s: wanted %.40s, got %s\n", path, line, id, want,
	       n < 1 ? "an error" : answer[0] ? "refused" : "another answer");
	return 0;
}

static bool feed_file(const char *path, int number)
{
	static char line[LINE_MAX_LEN];
	const char *name = strrchr(path, '/');
	int passed = 0, failed = 0, excused = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		perror(path);
	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		switch (feed_line(line, path)) {
		case 0:
			failed++;
			break;
		case 1:
			passed++;
			break;
		default:
			excused++;
		}
	}
	if (f)
		fclose(f);
	printf("%s %d %s: %d passed, %d failed, %d known to fail\n",
	       passed && !failed ? "ok" : "not ok", number,
	       name ? name + 1 : path, passed, failed, excused);
	fflush(stdout);
	return passed && !failed;
}

int main(int argc, char **argv)
{
	bool good = argc > 1;
	int opt, i;

	while ((opt = getopt(argc, argv, "d:x:")) != -1) {
		if (opt == 'x') {
			known_list = optarg;
			continue;
		}
		if (opt != 'd')
			return 2;
		device = open(optarg, O_RDWR);
		if (device < 0) {
			perror(optarg);
			return 1;
		}
	}
	for (i = optind; i < argc; i++)
		good &= feed_file(argv[i], i - optind + 1);
	printf("1..%d\n", argc - optind);
	return good && argc > optind ? 0 : 1;
}
