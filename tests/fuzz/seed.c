// SPDX-License-Identifier: GPL-2.0-only
/* For the programs that write seeds. */
#include <stdio.h>
#include <stdlib.h>

#include "seed.h"

u8 seed[65536];
size_t seed_len;

void seed_write(const char *path, const u8 *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f)) {
		perror(path);
		exit(1);
	}
}

void seed_save(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	seed_write(path, seed, seed_len);
	seed_len = 0;
}
