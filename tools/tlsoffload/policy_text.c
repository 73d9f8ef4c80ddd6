// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy's text, as docs/policy.md describes it.
 *
 *	policy: { "rule" NAME "{" { statement ( line's end | ";" ) } "}" }
 *	statement: WORD [WORD] value { "," value }
 *
 * Responsible for: which words may follow which, what a rule must and must not say,
 * going on behind an error.
 * Leaves to: policy_value.c and policy_range.c single values; lex.c words.
 */
#include <stdlib.h>
#include <string.h>

#include "lex.h"

static int said(const struct rule *rule, uint16_t attr)
{
	return rule->values[attr].place.line != 0;
}

static void skip_lines(struct lex *lex)
{
	while (lex->kind == LEX_LINE)
		lex_next(lex);
}

static int statement_over(const struct lex *lex)
{
	return lex->kind == LEX_LINE || lex->kind == LEX_SEMICOLON ||
	       lex->kind == LEX_CLOSE || lex->kind == LEX_EOF;
}

/* How long the element of a list at @at is. */
static size_t element_len(const struct field *field, const uint8_t *at)
{
	return field->kind->size ? field->kind->size : 1 + (size_t)*at;
}

/* How many elements there are; *@twice: the last one was there before. */
static unsigned int count(const struct field *field, const struct value *value,
			  size_t last, int *twice)
{
	size_t at, n, len = value->len - last;
	unsigned int elements = 0;

	*twice = 0;
	for (at = 0; at < value->len; at += n) {
		n = element_len(field, value->data + at);
		if (at < last && n == len &&
		    !memcmp(value->data + at, value->data + last, n))
			*twice = 1;
		elements++;
	}
	return elements;
}

static int element(struct lex *lex, const struct field *field,
		   struct value *value)
{
	size_t last = value->len;
	int twice;

	if (field->kind->take(lex, field, value))
		return -1;
	/* A mask does not grow, and knows by itself. */
	if (!field->kind->list || value->len == last)
		return 0;
	if (count(field, value, last, &twice) > TLS_OFFLOAD_LIST_MAX)
		return lex_error(lex, lex->place,
				 "found more than %d values of %s, expected fewer",
				 TLS_OFFLOAD_LIST_MAX, field->word);
	if (twice)
		return lex_expected(lex, "each value once");
	return 0;
}

static int values(struct lex *lex, const struct field *field,
		  struct value *value)
{
	for (;;) {
		if (element(lex, field, value))
			return -1;
		lex_next(lex);
		if (lex->kind != LEX_COMMA || !field->kind->list)
			return 0;
		lex_next(lex);
		skip_lines(lex);
	}
}

/* All words that a statement may begin with. */
static int expected_statement(struct lex *lex)
{
	char list[1024];
	const struct field *field;
	size_t at = 0;

	for (field = policy_fields; field->word && at < sizeof(list); field++)
		at += snprintf(list + at, sizeof(list) - at, "%s, ",
			       field->word);
	if (at < sizeof(list))
		snprintf(list + at, sizeof(list) - at, "or \"}\"");
	return lex_expected(lex, list);
}

/* Behind the first of two words: those that may be the second. */
static const struct field *second_word(struct lex *lex, const char *first,
				       size_t len)
{
	const struct field *field;
	char list[64] = "";
	size_t at = 0;

	for (field = policy_fields; field->word; field++) {
		if (strncmp(field->word, first, len) || field->word[len] != ' ')
			continue;
		if (lex_is(lex, field->word + len + 1))
			return field;
		at += snprintf(list + at, sizeof(list) - at, "%s%s",
			       at ? " or " : "", field->word + len + 1);
	}
	lex_expected(lex, list);
	return NULL;
}

static const struct field *statement_field(struct lex *lex)
{
	const struct field *field;
	const char *space;
	size_t len;

	for (field = policy_fields; field->word; field++) {
		if (lex_is(lex, field->word))
			return field;
		space = strchr(field->word, ' ');
		len = space ? (size_t)(space - field->word) : 0;
		if (!space || lex->kind != LEX_WORD || lex->len != len ||
		    memcmp(lex->word, field->word, len))
			continue;
		lex_next(lex);
		return second_word(lex, field->word, len);
	}
	expected_statement(lex);
	return NULL;
}

static int statement(struct lex *lex, struct rule *rule)
{
	struct place place = lex->place;
	const struct field *field = statement_field(lex);
	struct value *value;

	if (!field)
		return -1;
	value = &rule->values[field->attr];
	if (said(rule, field->attr)) {
		lex_error(lex, place, "found %s a second time, expected it once",
			  field->word);
		lex_note(lex, value->place, "the first time");
		return -1;
	}
	value->place = place;
	lex_next(lex);
	if (values(lex, field, value))
		return -1;
	if (!statement_over(lex))
		return lex_expected(lex, field->kind->list ?
				    "\",\" or the end of the line" :
				    "the end of the line");
	return 0;
}

/* To the end of a statement that was wrong. */
static void recover(struct lex *lex)
{
	while (!statement_over(lex))
		lex_next(lex);
}

static void need(struct lex *lex, const struct rule *rule, uint16_t attr,
		 const char *what)
{
	if (!said(rule, attr))
		lex_error(lex, rule->place, "found rule %s without %s, expected %s",
			  rule_name(rule), policy_field(attr)->word, what);
}

/* What is for one direction, in a rule that is for the other alone. */
static void check_direction(struct lex *lex, const struct rule *rule,
			    const struct field *field)
{
	const struct value *dir = &rule->values[TLS_OFFLOAD_RULE_DIRECTION];

	if (!field->direction || !dir->data ||
	    value_number(dir) & field->direction)
		return;
	lex_error(lex, rule->values[field->attr].place,
		  "found %s in a rule of direction %s, expected it with direction %s",
		  field->word, field->direction == TLS_OFFLOAD_IN ? "out" : "in",
		  field->direction == TLS_OFFLOAD_IN ? "in" : "out");
}

/* The same for roles, which directions stand for where none is said. */
static void check_role(struct lex *lex, const struct rule *rule,
		       const struct field *field)
{
	int server = field->role == TLS_OFFLOAD_ROLE_SERVER;
	const struct value *role = &rule->values[TLS_OFFLOAD_RULE_ROLE];
	const struct value *dir = &rule->values[TLS_OFFLOAD_RULE_DIRECTION];
	int may = 1;

	if (role->data)
		may = (int)value_number(role) == field->role;
	else if (dir->data)
		may = value_number(dir) &
		      (server ? TLS_OFFLOAD_IN : TLS_OFFLOAD_OUT);
	if (!field->role || may)
		return;
	lex_error(lex, rule->values[field->attr].place,
		  "found %s in a rule of role %s, expected it with role %s",
		  field->word, server ? "client" : "server",
		  server ? "server" : "client");
}

static void check_rule(struct lex *lex, const struct rule *rule)
{
	const struct value *verdict = &rule->values[TLS_OFFLOAD_RULE_VERDICT];
	const struct field *field;
	int prefer = value_number(verdict) == TLS_OFFLOAD_PREFER;
	int require = value_number(verdict) == TLS_OFFLOAD_REQUIRE || prefer;

	need(lex, rule, TLS_OFFLOAD_RULE_VERDICT,
	     "verdict off, require, monitor or prefer");
	if (!verdict->data)
		return;
	if (require)
		need(lex, rule, TLS_OFFLOAD_RULE_KEYRING,
		     "a key ring with verdict require or prefer");
	for (field = policy_fields; field->word; field++) {
		if (!field->action || !said(rule, field->attr))
			continue;
		if (require) {
			check_direction(lex, rule, field);
			check_role(lex, rule, field);
			continue;
		}
		lex_error(lex, rule->values[field->attr].place,
			  "found %s in a rule with another verdict than require or prefer, expected none",
			  field->word);
	}
}

static int is_name(const struct lex *lex)
{
	size_t i;

	for (i = 0; i < lex->len; i++)
		if (lex->word[i] <= ' ' || lex->word[i] > '~')
			return 0;
	return lex->kind == LEX_WORD && lex->len &&
	       lex->len <= TLS_OFFLOAD_NAME_MAX;
}

static int take_name(struct lex *lex, const struct policy *policy,
		     struct rule *rule)
{
	struct value *name = &rule->values[TLS_OFFLOAD_RULE_NAME];
	const struct rule *before;

	if (!is_name(lex))
		return lex_expected(lex,
				    "a rule's name of 1 to 63 printable ASCII characters");
	before = policy_find(policy, lex->word);
	name->place = lex->place;
	rule->place = lex->place;
	if (value_add(name, lex->word, lex->len + 1))
		return lex_error(lex, lex->place, "no memory");
	if (before) {
		lex_expected(lex, "another name: there is a rule of this one");
		lex_note(lex, before->place, "the first one");
	}
	lex_next(lex);
	return 0;
}

/* From behind "{" to "}"; -1 if there is none. */
static int body(struct lex *lex, struct rule *rule)
{
	for (;;) {
		while (lex->kind == LEX_LINE || lex->kind == LEX_SEMICOLON)
			lex_next(lex);
		if (lex->kind == LEX_CLOSE)
			return 0;
		if (lex->kind == LEX_EOF || lex_is(lex, "rule")) {
			lex_expected(lex, "\"}\"");
			lex_note(lex, rule->place, "to end this rule");
			return -1;
		}
		if (statement(lex, rule))
			recover(lex);
	}
}

static int parse_rule(struct lex *lex, struct policy *policy)
{
	struct rule *rule;

	if (!lex_is(lex, "rule"))
		return lex_expected(lex, "rule");
	lex_next(lex);
	if (policy->n == TLS_OFFLOAD_RULES_MAX)
		return lex_error(lex, lex->place,
				 "found more than %d rules, expected fewer",
				 TLS_OFFLOAD_RULES_MAX);
	rule = policy_add(policy);
	if (!rule)
		return lex_error(lex, lex->place, "no memory");
	if (take_name(lex, policy, rule))
		return -1;
	skip_lines(lex);
	if (lex->kind != LEX_OPEN)
		return lex_expected(lex, "\"{\"");
	lex_next(lex);
	if (body(lex, rule))
		return -1;
	check_rule(lex, rule);
	lex_next(lex);
	return 0;
}

/* To where the next rule seems to begin: at the beginning of a line. */
static void next_rule(struct lex *lex)
{
	while (lex->kind != LEX_EOF && !lex_is(lex, "rule")) {
		while (lex->kind != LEX_LINE && lex->kind != LEX_EOF)
			lex_next(lex);
		skip_lines(lex);
	}
}

unsigned int policy_parse(struct policy *policy, const char *path,
			  const char *text, size_t len, FILE *errors)
{
	struct lex *lex = calloc(1, sizeof(*lex));
	unsigned int n_errors;

	if (!lex) {
		fprintf(errors, "%s: no memory\n", path);
		return 1;
	}
	lex->path = path;
	lex->at = text;
	lex->end = text + len;
	lex->next = (struct place){ 1, 1 };
	lex->errors = errors;
	lex_next(lex);
	for (;;) {
		while (lex->kind == LEX_LINE || lex->kind == LEX_SEMICOLON)
			lex_next(lex);
		if (lex->kind == LEX_EOF)
			break;
		if (parse_rule(lex, policy))
			next_rule(lex);
	}
	n_errors = lex->n_errors;
	if (n_errors > LEX_ERRORS_MAX)
		fprintf(errors, "%s: %u more errors\n", path,
			n_errors - LEX_ERRORS_MAX);
	free(lex);
	return n_errors;
}
