// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy on paper: as text that can be loaded again, with what the kernel adds as
 * comments; and as a table for programs, one rule a line.
 */
#include <inttypes.h>
#include <string.h>

#include "policy.h"

static uint64_t count(const struct rule *rule, uint16_t attr)
{
	const struct value *value = &rule->values[attr];
	uint64_t n = 0;

	if (value->data && value->len == sizeof(n))
		memcpy(&n, value->data, sizeof(n));
	return n;
}

int rule_ring_error(const struct rule *rule)
{
	const struct value *value = &rule->values[TLS_OFFLOAD_RULE_RING_ERROR];

	return value->data ? -(int)value_number(value) : 0;
}

const char *rule_mode_used(const struct rule *rule)
{
	const struct value *value = &rule->values[TLS_OFFLOAD_RULE_MODE_USED];
	const struct word *word = policy_field(TLS_OFFLOAD_RULE_MODE)->words;

	if (!value->data)
		return NULL;
	while (word->text && word->number != (int)value_number(value))
		word++;
	return word->text ? word->text : "another";
}

static void print_comments(FILE *out, const struct rule *rule,
			   const char *margin)
{
	if (rule->values[TLS_OFFLOAD_RULE_HITS].data)
		fprintf(out, "%s\t# hits: %" PRIu64 "\n", margin,
			count(rule, TLS_OFFLOAD_RULE_HITS));
	if (rule->values[TLS_OFFLOAD_RULE_CLEAR].data)
		fprintf(out, "%s\t# in clear: %" PRIu64 "\n", margin,
			count(rule, TLS_OFFLOAD_RULE_CLEAR));
	if (rule_ring_error(rule))
		fprintf(out, "%s\t# key ring: not found (%s), connections fail\n",
			margin, strerror(rule_ring_error(rule)));
	if (rule_mode_used(rule))
		fprintf(out, "%s\t# mode: no adapter does that: %s\n", margin,
			rule_mode_used(rule));
}

static void print_rule(FILE *out, const struct rule *rule)
{
	const struct value *value;
	const struct field *field;
	/* A sysctl's cannot be loaded: it is there already. */
	int sysctl = rule->values[TLS_OFFLOAD_RULE_SYSCTL].data ? 1 : 0;
	const char *margin = sysctl ? "# " : "";

	if (sysctl)
		fputs("# by a sysctl:\n", out);
	fprintf(out, "%srule ", margin);
	word_print(out, rule_name(rule), strlen(rule_name(rule)));
	fputs(" {\n", out);
	print_comments(out, rule, margin);
	for (field = policy_fields; field->word; field++) {
		value = &rule->values[field->attr];
		if (!value->data)
			continue;
		fprintf(out, "%s\t%s ", margin, field->word);
		value_print(out, field, value);
		fputc('\n', out);
	}
	fprintf(out, "%s}\n", margin);
}

void policy_print(FILE *out, const struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->n; i++) {
		if (i)
			fputc('\n', out);
		print_rule(out, &policy->rules[i]);
	}
}

/* Of what has no word in a policy. */
static const char *const kernel_columns[] = {
	[TLS_OFFLOAD_RULE_NAME] = "name",
	[TLS_OFFLOAD_RULE_SYSCTL] = "sysctl",
	[TLS_OFFLOAD_RULE_HITS] = "hits",
	[TLS_OFFLOAD_RULE_RING_ERROR] = "ring-error",
	[TLS_OFFLOAD_RULE_CLEAR] = "in-clear",
	[TLS_OFFLOAD_RULE_MODE_USED] = "mode-used",
};

static void dump_head(FILE *out)
{
	const char *word;
	uint16_t attr;

	for (attr = TLS_OFFLOAD_RULE_NAME; attr <= TLS_OFFLOAD_RULE_MAX;
	     attr++) {
		if (attr != TLS_OFFLOAD_RULE_NAME)
			fputc('\t', out);
		word = policy_field(attr) ? policy_field(attr)->word :
					    kernel_columns[attr];
		for (; *word; word++)
			fputc(*word == ' ' ? '-' : *word, out);
	}
	fputc('\n', out);
}

static void dump_column(FILE *out, const struct rule *rule, uint16_t attr)
{
	const struct value *value = &rule->values[attr];

	if (attr == TLS_OFFLOAD_RULE_NAME)
		word_print(out, rule_name(rule), strlen(rule_name(rule)));
	else if (!value->data)
		fputc('-', out);
	else if (attr == TLS_OFFLOAD_RULE_SYSCTL)
		fputs("yes", out);
	else if (attr == TLS_OFFLOAD_RULE_HITS || attr == TLS_OFFLOAD_RULE_CLEAR)
		fprintf(out, "%" PRIu64, count(rule, attr));
	else if (attr == TLS_OFFLOAD_RULE_RING_ERROR)
		fprintf(out, "%d", rule_ring_error(rule));
	else if (attr == TLS_OFFLOAD_RULE_MODE_USED)
		fputs(rule_mode_used(rule), out);
	else
		value_print(out, policy_field(attr), value);
}

void policy_dump(FILE *out, const struct policy *policy)
{
	uint16_t attr;
	size_t i;

	dump_head(out);
	for (i = 0; i < policy->n; i++) {
		for (attr = TLS_OFFLOAD_RULE_NAME; attr <= TLS_OFFLOAD_RULE_MAX;
		     attr++) {
			if (attr != TLS_OFFLOAD_RULE_NAME)
				fputc('\t', out);
			dump_column(out, &policy->rules[i], attr);
		}
		fputc('\n', out);
	}
}
