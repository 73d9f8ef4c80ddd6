// SPDX-License-Identifier: GPL-2.0-only
/* tlsoffload sessions: /proc/net/tls_offload with its columns aligned. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

#define PATH "/proc/net/tls_offload"
#define COLUMNS 24

/* Finds out how wide each column is, or prints the table with those widths. */
static void pass(FILE *in, size_t *width, int print)
{
	char *line = NULL, *word, *rest;
	size_t cap = 0, i;

	rewind(in);
	while (getline(&line, &cap, in) > 0) {
		rest = line;
		for (i = 0; (word = strsep(&rest, "\n ")) && i < COLUMNS;) {
			if (!*word)
				continue;
			if (print)
				printf("%s%-*s", i ? "  " : "", (int)width[i],
				       word);
			else if (strlen(word) > width[i])
				width[i] = strlen(word);
			i++;
		}
		if (print)
			putchar('\n');
	}
	free(line);
}

/* One reading, so that both passes see the same. */
static FILE *copy(FILE *in)
{
	FILE *out = tmpfile();
	char buf[4096];
	size_t n;

	while (out && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	return out;
}

int cmd_sessions(int argc, char **argv)
{
	size_t width[COLUMNS] = { 0 };
	FILE *in, *table;

	(void)argv;
	if (argc)
		return CMD_USAGE;
	in = fopen(PATH, "r");
	if (!in && errno == ENOENT)
		return complain(PATH ": is the module tls_offload loaded?");
	if (!in)
		return complain(PATH ": %s", strerror(errno));
	table = copy(in);
	fclose(in);
	if (!table)
		return complain("temporary file: %s", strerror(errno));
	pass(table, width, 0);
	pass(table, width, 1);
	fclose(table);
	return 0;
}
