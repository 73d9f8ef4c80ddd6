// SPDX-License-Identifier: GPL-2.0-only
/* Files for tests: whole files, and the DER inside PEM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pem.h"

uint8_t *file_read(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = calloc(1, 1 << 20);

	if (!f || !p) {
		perror(path);
		exit(2);
	}
	*n = fread(p, 1, (1 << 20) - 1, f);
	fclose(f);
	return p;
}

static int base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

size_t pem_next(const char **at, uint8_t *out, size_t cap)
{
	const char *p = strstr(*at, "-----BEGIN ");
	const char *end;
	unsigned int bits = 0;
	uint32_t acc = 0;
	size_t n = 0;

	p = p ? strchr(p, '\n') : NULL;
	end = p ? strstr(p, "-----END ") : NULL;
	if (!end)
		return 0;
	for (; p < end; p++) {
		int v = base64_value(*p);

		if (v < 0)
			continue;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8 && n < cap) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	*at = end + 1;
	return n;
}
