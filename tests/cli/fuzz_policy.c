// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a policy: they are refused, or understood so that what is printed of
 * them is understood as the same. Every value that was taken has a shape that the
 * kernel takes.
 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/tlsoffload/policy.h"
#include "../fuzz/fuzz.h"

/* In the place of libc's, which read files. */
struct passwd *getpwnam(const char *name)
{
	static struct passwd user = { .pw_uid = 33 };

	return strcmp(name, "www-data") ? NULL : &user;
}

struct group *getgrnam(const char *name)
{
	static struct group group = { .gr_gid = 33 };

	return strcmp(name, "www-data") ? NULL : &group;
}

static char *printed(const struct policy *policy, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	MUST(out);
	policy_print(out, policy);
	MUST(fclose(out) == 0);
	return text;
}

static void check_values(const struct policy *policy)
{
	const struct field *field;
	const struct value *value;
	size_t i;

	for (i = 0; i < policy->n; i++) {
		MUST(*rule_name(&policy->rules[i]));
		for (field = policy_fields; field->word; field++) {
			value = &policy->rules[i].values[field->attr];
			if (!value->data)
				continue;
			MUST(value->place.line && value->place.column);
			if (!field->kind->size)
				continue;
			MUST(value->len && value->len % field->kind->size == 0);
			MUST(value->len / field->kind->size <=
			      (field->kind->list ? TLS_OFFLOAD_LIST_MAX : 1));
		}
	}
}

static void check_again(const struct policy *policy, FILE *nowhere)
{
	struct policy again = { 0 };
	size_t len, again_len;
	char *text = printed(policy, &len), *again_text;

	MUST(policy_parse(&again, "again", text, len, stderr) == 0);
	MUST(again.n == policy->n);
	again_text = printed(&again, &again_len);
	MUST(len == again_len && memcmp(text, again_text, len) == 0);
	policy_dump(nowhere, &again);
	free(text);
	free(again_text);
	policy_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct policy policy = { 0 };

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	MUST(nowhere);
	if (policy_parse(&policy, "fuzz", (const char *)data, size,
			 nowhere) == 0) {
		check_values(&policy);
		check_again(&policy, nowhere);
	}
	policy_free(&policy);
	return 0;
}
