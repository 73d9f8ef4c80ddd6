// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfind FILE: reads lines "HEX NAME" on stdin and says of each name whether its
 * bytes (16 of them) are in FILE: "NAME at OFFSET: BYTES AROUND". One pass over a
 * file of a gigabyte or more.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 16
#define MAX 4096

static struct pattern {
	uint8_t byte[PIECE];
	char name[160];
	int next; /* of those that begin with the same two bytes; -1: none */
	int found;
} patterns[MAX];

static int first[65536];

static int read_patterns(void)
{
	char hex[2 * PIECE + 1];
	int n = 0, i;

	memset(first, -1, sizeof(first));
	while (n < MAX &&
	       scanf("%32s %159[^\n]", hex, patterns[n].name) == 2) {
		struct pattern *p = &patterns[n];
		unsigned int key;

		if (strlen(hex) != 2 * PIECE)
			return -1;
		for (i = 0; i < PIECE; i++)
			if (sscanf(hex + 2 * i, "%2hhx", &p->byte[i]) != 1)
				return -1;
		key = p->byte[0] << 8 | p->byte[1];
		p->next = first[key];
		first[key] = n++;
	}
	return n == MAX ? -1 : n;
}

static void report(const struct pattern *p, const uint8_t *mem, size_t size,
		   size_t at)
{
	size_t i = at < 32 ? 0 : at - 32, end = at + 48 < size ? at + 48 : size;

	printf("%s at %#zx: ", p->name, at);
	for (; i < end; i++)
		printf("%02x", mem[i]);
	putchar('\n');
}

static void search(const uint8_t *mem, size_t size)
{
	size_t at;
	int i;

	for (at = 0; at + PIECE <= size; at++) {
		for (i = first[mem[at] << 8 | mem[at + 1]]; i >= 0;
		     i = patterns[i].next) {
			struct pattern *p = &patterns[i];

			if (p->found || memcmp(mem + at, p->byte, PIECE))
				continue;
			p->found = 1;
			report(p, mem, size, at);
		}
	}
}

int main(int argc, char **argv)
{
	struct stat st;
	const uint8_t *mem;
	int fd, n;

	if (argc != 2)
		return 2;
	n = read_patterns();
	fd = open(argv[1], O_RDONLY);
	if (n <= 0 || fd < 0 || fstat(fd, &st)) {
		fprintf(stderr, "memfind: no patterns, too many, or no file\n");
		return 2;
	}
	mem = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mem == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	search(mem, (size_t)st.st_size);
	fprintf(stderr, "%d pieces of secrets looked for\n", n);
	return 0;
}
