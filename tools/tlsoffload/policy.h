/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as the tool holds it, and the table that says what a rule consists of.
 *
 * Responsible for: what its files share. A rule is the row of its netlink
 * attributes, each as the kernel has it; text is made into them and from them by
 * one table, policy_fields.c.
 */
#ifndef TLSOFFLOAD_POLICY_H
#define TLSOFFLOAD_POLICY_H

#include <stdint.h>
#include <stdio.h>

#include "../../kmod/include/uapi/linux/tls_offload.h"

/* In a file, both from 1; line 0: nowhere. Columns count bytes. */
struct place {
	unsigned int line, column;
};

/* An attribute. One that was said and has no data is what the kernel's default is. */
struct value {
	struct place place;
	size_t len;
	uint8_t *data; /* NULL: none; a zero byte follows the @len ones */
};

struct rule {
	struct place place;
	struct value values[TLS_OFFLOAD_RULE_MAX + 1];
};

struct policy {
	size_t n;
	struct rule *rules;
};

struct lex;
struct field;

/* A word, and the number that stands for it. */
struct word {
	const char *text;
	int number;
};

/* What sort of value a field has, both ways. */
struct kind {
	size_t size; /* bytes of an element; 0: it says so itself */
	int list;
	/* Takes the word that @lex is at, and adds an element. */
	int (*take)(struct lex *lex, const struct field *field,
		    struct value *value);
	/* Prints the element at @at; how long it is, 0: it is none. */
	size_t (*print)(FILE *out, const struct field *field,
			const uint8_t *at, size_t left);
};

extern const struct kind kind_word, kind_words, kind_mask, kind_flag;
extern const struct kind kind_number, kind_time, kind_range, kind_address;
extern const struct kind kind_text, kind_alpn;

struct field {
	const char *word; /* one or two */
	uint16_t attr;
	const struct kind *kind;
	uint32_t min, max; /* of numbers; of a text's length */
	char begin; /* a text does with it; 0: with anything */
	int rest; /* one '*' more may stand for the rest of a text */
	const struct word *words;
	int (*number_of)(const char *name, uint32_t *number);
	int action; /* of verdict require alone */
	int direction; /* 0, or the one that it says something about */
	int role; /* the same */
	const char *expected; /* NULL: one of @words */
};

extern const struct field policy_fields[]; /* the last has no word */
const struct field *policy_field(uint16_t attr); /* or NULL */

/* policy_value.c */
int value_add(struct value *value, const void *data, size_t len);
int value_set(struct value *value, const void *data, size_t len);
/* The same in a file; out of memory is an error there. */
int value_take(struct lex *lex, struct value *value, const void *data,
	       size_t len);
int value_take_number(struct lex *lex, struct value *value, uint32_t number,
		      size_t size);
uint32_t value_number(const struct value *value);
void value_print(FILE *out, const struct field *field,
		 const struct value *value);
/* Nothing but printable ASCII; and in quotes where it would not be one word. */
void text_print(FILE *out, const void *text, size_t len);
void word_print(FILE *out, const void *text, size_t len);

/* policy_range.c; the family, or 0 */
int address_parse(const char *text, uint8_t address[16]);

/* policy_rules.c */
struct rule *policy_add(struct policy *policy);
struct rule *policy_find(const struct policy *policy, const char *name);
void policy_free(struct policy *policy);
const char *rule_name(const struct rule *rule); /* never NULL */

/* policy_text.c; errors go to @errors, at most 20; how many there are */
unsigned int policy_parse(struct policy *policy, const char *path,
			  const char *text, size_t len, FILE *errors);

/* policy_print.c */
int rule_ring_error(const struct rule *rule); /* an errno, 0: it is there */
/* Of adapters, where it is not what the rule says; or NULL. */
const char *rule_mode_used(const struct rule *rule);
void policy_print(FILE *out, const struct policy *policy);
void policy_dump(FILE *out, const struct policy *policy);

#endif
