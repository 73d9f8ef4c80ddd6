// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings: a leaf certificate with its length in two bytes in front, then entries
 * likewise. What does not parse is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "../../kmod/core/x509_map.h"

#define MAPS_MAX 512

/* In memory of its own: what lies behind it is nobody's. */
static u8 *take(const uint8_t **p, size_t *n, size_t *len)
{
	u8 *copy;

	*len = (size_t)(*p)[0] << 8 | (*p)[1];
	if (*len > *n - 2)
		*len = *n - 2;
	copy = malloc(*len ? *len : 1);
	memcpy(copy, *p + 2, *len);
	*p += 2 + *len;
	*n -= 2 + *len;
	return copy;
}

static void find(const struct tlso_map *maps, unsigned int n,
		 const struct tlso_cert *leaf)
{
	static const u8 digest[32] = { 1, 2, 3 };
	static struct tlso_x509_work work;
	const struct tlso_map *map;
	const u8 *names;
	size_t len;

	memset(&work, 0xa5, sizeof(work));
	map = tlso_map_find(maps, n, leaf, digest, &work);
	MUST(!map || (map >= maps && map < maps + n));
	/* It is the first: without those behind it the same, before it nobody. */
	if (map) {
		MUST(tlso_map_find(maps, (unsigned int)(map - maps) + 1, leaf,
				   digest, &work) == map);
		MUST(!tlso_map_find(maps, (unsigned int)(map - maps), leaf,
				    digest, &work));
	}
	if (tlso_x509_alt_names(leaf, &names, &len, &work) && len)
		MUST(names > leaf->der && names + len <= leaf->der + leaf->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlso_map maps[MAPS_MAX], *map;
	u8 *mem[MAPS_MAX], *der;
	struct tlso_cert leaf;
	unsigned int k = 0;
	size_t len;

	if (n < 2)
		return 0;
	der = take(&p, &n, &leaf.len);
	leaf.der = der;
	while (n >= 2 && k < MAPS_MAX) {
		map = &maps[k];
		mem[k] = take(&p, &n, &len);
		if (tlso_map_read(map, mem[k], len)) {
			free(mem[k]);
			continue;
		}
		MUST(map->len && map->len <= TLSO_MAP_VALUE_MAX);
		MUST(map->value == mem[k] + 5 && map->len == len - 5);
		k++;
	}
	find(maps, k, &leaf);
	while (k)
		free(mem[--k]);
	free(der);
	return 0;
}
