/* SPDX-License-Identifier: GPL-2.0-only */
/* User mappings: which local user a certificate stands for. docs/uapi.md has the text. */
#ifndef TLSOFFLOAD_MAP_H
#define TLSOFFLOAD_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MAP_ENTRIES_MAX 512
#define MAP_PAYLOAD_MAX 65536

/* A key's payload, as the kernel takes it. */
struct map {
	unsigned int n; /* entries */
	size_t len;
	uint8_t payload[MAP_PAYLOAD_MAX];
};

/* map.c; errors go to @errors, at most 20; how many there are */
unsigned int map_parse(struct map *map, const char *path, const char *text,
		       size_t len, FILE *errors);

#endif
