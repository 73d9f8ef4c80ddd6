// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlsoffload: what an administrator says to the kernel about TLS offload.
 * Responsible for: one table that is dispatcher and usage text at once.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

static const struct command {
	const char *name; /* one or two words */
	int (*run)(int argc, char **argv);
	const char *args;
	const char *what;
} commands[] = {
	{ "keyring create", cmd_keyring_create, "RING [--group GROUP]",
	  "make a key ring; processes of GROUP may use it" },
	{ "keyring import", cmd_keyring_import,
	  "RING NAME --cert CHAIN.pem --key KEY.pem|-",
	  "put an identity on a ring, or renew it" },
	{ "keyring anchor", cmd_keyring_anchor,
	  "RING NAME --cert CERTIFICATES.pem",
	  "put trust anchors on a ring, or renew them" },
	{ "keyring map", cmd_keyring_map, "RING NAME --users FILE|- | --check FILE|-",
	  "put user mappings on a ring, or renew them; say what is wrong with a file" },
	{ "keyring list", cmd_keyring_list, "RING", "show what is on a ring" },
	{ "keyring remove", cmd_keyring_remove, "RING NAME",
	  "take something off a ring" },
	{ "policy load", cmd_policy_load, "[--kill] FILE|-",
	  "replace this namespace's policy; abort what is open in clear" },
	{ "policy check", cmd_policy_check, "[--print] FILE|-",
	  "say what is wrong with a file; print what was understood" },
	{ "policy show", cmd_policy_show, "[--dump]",
	  "print the policy, or a table of it" },
	{ "policy test", cmd_policy_test,
	  "--dir in|out [--from ADDR[:PORT]] [--to ADDR[:PORT]] [--uid USER] [--gid GROUP] [--command NAME] [--cgroup PATH]",
	  "say which rule a connection would come under" },
	{ "policy clear", cmd_policy_clear, "", "take the policy away" },
	{ "sessions", cmd_sessions, "", "show this namespace's sessions" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("tlsoffload: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return 1;
}

static void usage(FILE *out)
{
	char line[256];
	size_t i;

	fputs("usage: tlsoffload COMMAND\n\n", out);
	for (i = 0; i < N_COMMANDS; i++) {
		snprintf(line, sizeof(line), "%s %s", commands[i].name,
			 commands[i].args);
		if (strlen(line) > 58)
			fprintf(out, "  %s\n  %-58s %s\n", line, "",
				commands[i].what);
		else
			fprintf(out, "  %-58s %s\n", line, commands[i].what);
	}
	fputs("\nRING is a key ring's name or serial number.\n", out);
}

/* How many of @argv's words name @cmd; 0: another one is meant. */
static int match(const struct command *cmd, int argc, char **argv)
{
	const char *space = strchr(cmd->name, ' ');
	size_t first = space ? (size_t)(space - cmd->name) : strlen(cmd->name);

	if (argc < 1 || strlen(argv[0]) != first ||
	    strncmp(argv[0], cmd->name, first))
		return 0;
	if (!space)
		return 1;
	return argc > 1 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

int main(int argc, char **argv)
{
	size_t i;
	int words, ret;

	if (argc > 1 && (strcmp(argv[1], "help") == 0 ||
			 strcmp(argv[1], "--help") == 0)) {
		usage(stdout);
		return 0;
	}
	for (i = 0; i < N_COMMANDS; i++) {
		words = match(&commands[i], argc - 1, argv + 1);
		if (!words)
			continue;
		ret = commands[i].run(argc - 1 - words, argv + 1 + words);
		if (ret != CMD_USAGE)
			return ret;
		fprintf(stderr, "usage: tlsoffload %s %s\n", commands[i].name,
			commands[i].args);
		return 2;
	}
	usage(stderr);
	return 2;
}
