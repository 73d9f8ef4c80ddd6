// SPDX-License-Identifier: GPL-2.0-only
/* A policy's rules in memory: their life, and finding one. */
#include <stdlib.h>
#include <string.h>

#include "policy.h"

/* NULL: no memory. Rules that were there before may move. */
struct rule *policy_add(struct policy *policy)
{
	struct rule *rules;

	rules = realloc(policy->rules, (policy->n + 1) * sizeof(*rules));
	if (!rules)
		return NULL;
	policy->rules = rules;
	memset(&rules[policy->n], 0, sizeof(*rules));
	return &rules[policy->n++];
}

const char *rule_name(const struct rule *rule)
{
	const struct value *name = &rule->values[TLS_OFFLOAD_RULE_NAME];

	return name->data ? (const char *)name->data : "";
}

struct rule *policy_find(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->n; i++)
		if (strcmp(rule_name(&policy->rules[i]), name) == 0)
			return &policy->rules[i];
	return NULL;
}

void policy_free(struct policy *policy)
{
	size_t i, j;

	for (i = 0; i < policy->n; i++)
		for (j = 0; j <= TLS_OFFLOAD_RULE_MAX; j++)
			free(policy->rules[i].values[j].data);
	free(policy->rules);
	memset(policy, 0, sizeof(*policy));
}
