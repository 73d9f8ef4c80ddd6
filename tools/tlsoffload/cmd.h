/* SPDX-License-Identifier: GPL-2.0-only */
/* What the subcommands of tlsoffload offer its dispatcher and each other. */
#ifndef TLSOFFLOAD_CMD_H
#define TLSOFFLOAD_CMD_H

#include <stddef.h>

/* Each gets the arguments behind its own name; returns the exit status, or
 * CMD_USAGE, upon which the dispatcher prints how it is called.
 */
#define CMD_USAGE (-1)

int cmd_keyring_create(int argc, char **argv);
int cmd_keyring_import(int argc, char **argv);
int cmd_keyring_anchor(int argc, char **argv);
int cmd_keyring_map(int argc, char **argv);
int cmd_keyring_list(int argc, char **argv);
int cmd_keyring_remove(int argc, char **argv);
int cmd_policy_load(int argc, char **argv);
int cmd_policy_check(int argc, char **argv);
int cmd_policy_show(int argc, char **argv);
int cmd_policy_test(int argc, char **argv);
int cmd_policy_clear(int argc, char **argv);
int cmd_sessions(int argc, char **argv);

/* "tlsoffload: ..." on stderr; returns 1. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A text in a file, "-": standard input; to be freed. NULL: complained about. */
char *text_read(const char *path, size_t *len);
/* What complaints call it. */
const char *text_shown(const char *path);

struct identity {
	unsigned char *payload; /* of the key type tls_offload */
	size_t len;
};

/* Reads chain and key ("-": stdin) and checks that they belong together; 0, or
 * 1 after it has said what is wrong.
 */
int identity_load(struct identity *id, const char *cert, const char *key);
/* The same of certificates of authorities. */
int anchors_load(struct identity *id, const char *path);
void identity_wipe(struct identity *id);

#endif /* TLSOFFLOAD_CMD_H */
