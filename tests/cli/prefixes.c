// SPDX-License-Identifier: GPL-2.0-only
/*
 * prefixes FILE...: what fuzz_policy.c does, with every beginning of every file,
 * each in memory that ends where it does.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/fuzz.h"

#define FILE_MAX 65536

static int prefixes(const char *path)
{
	static uint8_t text[FILE_MAX];
	FILE *in = fopen(path, "r");
	size_t len, n;
	uint8_t *copy;

	if (!in)
		return -1;
	len = fread(text, 1, sizeof(text), in);
	fclose(in);
	for (n = 0; n <= len; n++) {
		copy = malloc(n);
		if (n)
			memcpy(copy, text, n);
		LLVMFuzzerTestOneInput(copy, n);
		free(copy);
	}
	return len ? 0 : -1;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (prefixes(argv[i])) {
			printf("not ok - prefixes: %s cannot be read\n",
			       argv[i]);
			return 1;
		}
		printf("ok - prefixes: %s\n", argv[i]);
	}
	return argc > 1 ? 0 : 1;
}
