// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of a rule that are fixed words: one, a list in order, a mask, a flag. Which
 * ones, and their numbers, is policy_fields.c's.
 */
#include <string.h>

#include "lex.h"

/* one, two or three */
static int expected_words(struct lex *lex, const struct word *words)
{
	char list[1024];
	size_t at = 0;

	for (; words->text; words++) {
		at += snprintf(list + at, sizeof(list) - at, "%s%s",
			       !at ? "" : words[1].text ? ", " : " or ",
			       words->text);
		if (at >= sizeof(list))
			break;
	}
	return lex_expected(lex, list);
}

static int find_word(struct lex *lex, const struct field *field, int *number)
{
	const struct word *word;

	for (word = field->words; word->text; word++) {
		if (!lex_is(lex, word->text))
			continue;
		*number = word->number;
		return 0;
	}
	return expected_words(lex, field->words);
}

static int take_word(struct lex *lex, const struct field *field,
		     struct value *value)
{
	int number = 0;

	if (find_word(lex, field, &number))
		return -1;
	return value_take_number(lex, value, number, field->kind->size);
}

static size_t print_word(FILE *out, const struct field *field,
			 const uint8_t *at, size_t left)
{
	size_t size = field->kind->size;
	const struct word *word;
	uint16_t u16;
	int number;

	if (left < size)
		return 0;
	memcpy(&u16, at, sizeof(u16) < left ? sizeof(u16) : left);
	number = size == 1 ? *at : u16;
	for (word = field->words; word->text; word++)
		if (word->number == number)
			break;
	if (word->text)
		fputs(word->text, out);
	else
		fprintf(out, "0x%04x", number);
	return size;
}

const struct kind kind_word = { 1, 0, take_word, print_word };
const struct kind kind_words = { 2, 1, take_word, print_word };

static int take_mask(struct lex *lex, const struct field *field,
		     struct value *value)
{
	uint8_t mask = value_number(value);
	int bit = 0;

	if (find_word(lex, field, &bit))
		return -1;
	if (mask & bit)
		return lex_error(lex, lex->place,
				 "found \"%s\" a second time, expected it once",
				 lex->word);
	mask |= bit;
	if (value_set(value, &mask, sizeof(mask)))
		return lex_error(lex, lex->place, "no memory");
	return 0;
}

static size_t print_mask(FILE *out, const struct field *field,
			 const uint8_t *at, size_t left)
{
	const struct word *word;
	const char *comma = "";

	(void)left;
	for (word = field->words; word->text; word++) {
		if (!(*at & word->number))
			continue;
		fprintf(out, "%s%s", comma, word->text);
		comma = ", ";
	}
	return 1;
}

const struct kind kind_mask = { 1, 1, take_mask, print_mask };

/* Its being there is all it says. */
static int take_flag(struct lex *lex, const struct field *field,
		     struct value *value)
{
	int on = 0;

	if (find_word(lex, field, &on))
		return -1;
	return on ? value_take(lex, value, "", 0) : 0;
}

static size_t print_flag(FILE *out, const struct field *field,
			 const uint8_t *at, size_t left)
{
	(void)at;
	(void)left;
	fputs(field->words[1].text, out);
	return 1;
}

const struct kind kind_flag = { 0, 0, take_flag, print_flag };
