// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlsoffload policy load, check, show, clear.
 *
 * Responsible for: arguments, files, and telling the kernel's complaints as
 * complaints about the file.
 * Leaves to: policy_text.c the text; policy_msg.c messages; policy_test.c test;
 * policy_open.c connections that are older.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "policy_msg.h"
#include "policy_open.h"

#define FILE_MAX (4 << 20)

char *text_read(const char *path, size_t *len)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *text = in ? malloc(FILE_MAX + 1) : NULL;
	int err;

	if (!text) {
		complain("%s: %s", path, strerror(errno));
		if (in && in != stdin)
			fclose(in);
		return NULL;
	}
	*len = fread(text, 1, FILE_MAX + 1, in);
	err = ferror(in) ? errno : *len > FILE_MAX ? EFBIG : 0;
	if (in != stdin)
		fclose(in);
	if (!err)
		return text;
	complain("%s: %s", path, strerror(err));
	free(text);
	return NULL;
}

const char *text_shown(const char *path)
{
	return strcmp(path, "-") ? path : "<stdin>";
}

static int parse_file(struct policy *policy, const char *path)
{
	size_t len;
	char *text = text_read(path, &len);
	unsigned int errors;

	if (!text)
		return 1;
	errors = policy_parse(policy, text_shown(path), text, len, stderr);
	free(text);
	return errors ? 1 : 0;
}

int cmd_policy_check(int argc, char **argv)
{
	int print = argc == 2 && strcmp(argv[0], "--print") == 0;
	struct policy policy = { 0 };
	int ret;

	if (argc != 1 + print)
		return CMD_USAGE;
	ret = parse_file(&policy, argv[print]);
	if (!ret && print)
		policy_print(stdout, &policy);
	policy_free(&policy);
	return ret;
}

/* As the parser says it, where the kernel told what it did not like. */
static int load_failed(const struct netlink *nl, const char *path,
		       struct place blame)
{
	char text[512];

	netlink_error(nl, text, sizeof(text));
	if (!blame.line)
		return complain("%s: the kernel says: %s", text_shown(path), text);
	fprintf(stderr, "%s:%u:%u: error: the kernel says: %s\n", text_shown(path),
		blame.line, blame.column, text);
	return 1;
}

static void warn(const char *path, struct place place, const struct rule *rule)
{
	fprintf(stderr, "%s:%u:%u: warning: rule %s: ", text_shown(path),
		place.line, place.column, rule_name(rule));
}

/* @now: as the kernel has the rule @said. */
static void warn_rule(const struct rule *now, const struct rule *said,
		      const char *path)
{
	if (rule_ring_error(now)) {
		warn(path, said->values[TLS_OFFLOAD_RULE_KEYRING].place, now);
		fprintf(stderr,
			"key ring: %s: its connections fail until it exists and the policy is loaded again\n",
			strerror(rule_ring_error(now)));
	}
	if (rule_mode_used(now)) {
		warn(path, said->values[TLS_OFFLOAD_RULE_MODE].place, now);
		fprintf(stderr, "mode: no adapter does that: %s\n",
			rule_mode_used(now));
	}
}

/* Rules that are in force, and not all that was wanted. */
static void warn_rules(struct netlink *nl, const struct policy *loaded,
		       const char *path)
{
	struct policy now = { 0 };
	const struct rule *said;
	size_t i;

	if (policy_receive(nl, &now))
		now.n = 0;
	for (i = 0; i < now.n; i++) {
		said = policy_find(loaded, rule_name(&now.rules[i]));
		if (said)
			warn_rule(&now.rules[i], said, path);
	}
	policy_free(&now);
}

static int load(struct netlink *nl, const struct policy *policy,
		const char *path, int kill)
{
	struct place blame;
	int in_force, ret;

	ret = policy_send(nl, policy, &blame);
	in_force = !ret || errno == EBUSY;
	if (ret)
		ret = load_failed(nl, path, blame);
	if (!in_force)
		return ret;
	warn_rules(nl, policy, path);
	return (policy->n && policy_open(nl, kill)) || ret;
}

int cmd_policy_load(int argc, char **argv)
{
	int kill = argc == 2 && strcmp(argv[0], "--kill") == 0;
	struct policy policy = { 0 };
	struct netlink nl;
	int ret;

	if (argc != 1 + kill)
		return CMD_USAGE;
	ret = parse_file(&policy, argv[kill]) || netlink_open(&nl);
	if (!ret) {
		ret = load(&nl, &policy, argv[kill], kill);
		netlink_close(&nl);
	}
	policy_free(&policy);
	return ret;
}

int cmd_policy_clear(int argc, char **argv)
{
	struct policy none = { 0 };
	struct netlink nl;
	struct place blame;
	char text[512];
	int ret = 0;

	(void)argv;
	if (argc)
		return CMD_USAGE;
	if (netlink_open(&nl))
		return 1;
	if (policy_send(&nl, &none, &blame))
		ret = complain("policy not cleared: %s",
			       netlink_error(&nl, text, sizeof(text)));
	netlink_close(&nl);
	return ret;
}

int cmd_policy_show(int argc, char **argv)
{
	struct policy policy = { 0 };
	struct netlink nl;
	char text[512];
	int ret = 0;

	if (argc > 1 || (argc && strcmp(argv[0], "--dump")))
		return CMD_USAGE;
	if (netlink_open(&nl))
		return 1;
	if (policy_receive(&nl, &policy))
		ret = complain("policy: %s",
			       netlink_error(&nl, text, sizeof(text)));
	else if (argc)
		policy_dump(stdout, &policy);
	else
		policy_print(stdout, &policy);
	netlink_close(&nl);
	policy_free(&policy);
	return ret;
}
