// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of a rule: how their bytes are kept and printed; those that are numbers,
 * times or text.
 *
 * Responsible for: each kind's two directions, from a word of a policy to the
 * attribute's bytes and back.
 * Leaves to: policy_word.c fixed words; policy_range.c ranges and addresses;
 * policy_fields.c which field is of which kind.
 */
#include <stdlib.h>
#include <string.h>

#include "lex.h"

int value_add(struct value *value, const void *data, size_t len)
{
	uint8_t *grown = realloc(value->data, value->len + len + 1);

	if (!grown)
		return -1;
	if (len)
		memcpy(grown + value->len, data, len);
	value->data = grown;
	value->len += len;
	grown[value->len] = 0;
	return 0;
}

int value_set(struct value *value, const void *data, size_t len)
{
	value->len = 0;
	return value_add(value, data, len);
}

/* 0 if there is none. */
uint32_t value_number(const struct value *value)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;

	switch (value->data ? value->len : 0) {
	case sizeof(u8):
		return value->data[0];
	case sizeof(u16):
		memcpy(&u16, value->data, sizeof(u16));
		return u16;
	case sizeof(u32):
		memcpy(&u32, value->data, sizeof(u32));
		return u32;
	}
	return 0;
}

int value_take(struct lex *lex, struct value *value, const void *data,
	       size_t len)
{
	if (value_add(value, data, len))
		return lex_error(lex, lex->place, "no memory");
	return 0;
}

/* @number in as many bytes as the kernel wants. */
int value_take_number(struct lex *lex, struct value *value, uint32_t number,
		      size_t size)
{
	uint8_t u8 = number;
	uint16_t u16 = number;

	switch (size) {
	case sizeof(u8):
		return value_take(lex, value, &u8, size);
	case sizeof(u16):
		return value_take(lex, value, &u16, size);
	}
	return value_take(lex, value, &number, sizeof(number));
}

void text_print(FILE *out, const void *text, size_t len)
{
	const uint8_t *p = text;
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] == '"' || p[i] == '\\')
			fprintf(out, "\\%c", p[i]);
		else if (p[i] < ' ' || p[i] > '~')
			fprintf(out, "\\x%02x", p[i]);
		else
			fputc(p[i], out);
	}
}

void word_print(FILE *out, const void *text, size_t len)
{
	const uint8_t *p = text;
	int plain = len > 1 || (len && *p != '-');
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] <= ' ' || p[i] > '~' || strchr("{},;#\"\\", p[i]))
			plain = 0;
	if (plain) {
		fwrite(p, 1, len, out);
		return;
	}
	fputc('"', out);
	text_print(out, p, len);
	fputc('"', out);
}

/* Digits alone, and where they end; -1: none, or too many. */
static int digits(const char *text, uint32_t max, uint64_t *number,
		  const char **end)
{
	*number = 0;
	for (*end = text; **end >= '0' && **end <= '9'; (*end)++) {
		*number = 10 * *number + (**end - '0');
		if (*number > max)
			return -1;
	}
	return *end == text ? -1 : 0;
}

static int take_number(struct lex *lex, const struct field *field,
		       struct value *value)
{
	const char *end;
	uint64_t number;

	if (lex->kind != LEX_WORD ||
	    digits(lex->word, field->max, &number, &end) || *end ||
	    number < field->min)
		return lex_expected(lex, field->expected);
	return value_take_number(lex, value, number, field->kind->size);
}

static size_t print_number(FILE *out, const struct field *field,
			   const uint8_t *at, size_t left)
{
	uint16_t number;

	if (left < field->kind->size)
		return 0;
	memcpy(&number, at, sizeof(number));
	fprintf(out, "%u", number);
	return sizeof(number);
}

const struct kind kind_number = { 2, 0, take_number, print_number };

static int take_time(struct lex *lex, const struct field *field,
		     struct value *value)
{
	const char *unit;
	uint64_t number;

	if (lex->kind != LEX_WORD ||
	    digits(lex->word, field->max, &number, &unit))
		return lex_expected(lex, field->expected);
	if (strcmp(unit, "s") == 0)
		number *= 1000;
	else if (strcmp(unit, "ms") != 0)
		return lex_expected(lex, field->expected);
	if (number < field->min || number > field->max)
		return lex_expected(lex, field->expected);
	return value_take_number(lex, value, number, field->kind->size);
}

static size_t print_time(FILE *out, const struct field *field,
			 const uint8_t *at, size_t left)
{
	uint32_t ms;

	if (left < field->kind->size)
		return 0;
	memcpy(&ms, at, sizeof(ms));
	if (ms % 1000)
		fprintf(out, "%ums", ms);
	else
		fprintf(out, "%us", ms / 1000);
	return sizeof(ms);
}

const struct kind kind_time = { 4, 0, take_time, print_time };

static int take_text(struct lex *lex, const struct field *field,
		     struct value *value)
{
	size_t max = field->max;

	if (field->rest && lex->len && lex->word[lex->len - 1] == '*')
		max++;
	if (lex->kind != LEX_WORD || lex->len < field->min ||
	    lex->len > max || memchr(lex->word, 0, lex->len) ||
	    (field->begin && lex->word[0] != field->begin))
		return lex_expected(lex, field->expected);
	return value_take(lex, value, lex->word, lex->len + 1);
}

static size_t print_text(FILE *out, const struct field *field,
			 const uint8_t *at, size_t left)
{
	(void)field;
	word_print(out, at, strnlen((const char *)at, left));
	return left;
}

const struct kind kind_text = { 0, 0, take_text, print_text };

static int take_alpn(struct lex *lex, const struct field *field,
		     struct value *value)
{
	uint8_t len = lex->len;

	if (lex->kind != LEX_WORD || !lex->len ||
	    value->len + lex->len + 1 > field->max)
		return lex_expected(lex, field->expected);
	return value_take(lex, value, &len, 1) ? -1 :
	       value_take(lex, value, lex->word, lex->len);
}

static size_t print_alpn(FILE *out, const struct field *field,
			 const uint8_t *at, size_t left)
{
	(void)field;
	if (!*at || (size_t)*at + 1 > left)
		return 0;
	word_print(out, at + 1, *at);
	return *at + 1;
}

const struct kind kind_alpn = { 0, 1, take_alpn, print_alpn };

void value_print(FILE *out, const struct field *field,
		 const struct value *value)
{
	size_t at = 0, n;

	do {
		if (at)
			fputs(", ", out);
		n = field->kind->print(out, field, value->data + at,
				       value->len - at);
		if (!n)
			fputs("?", out);
		at += n;
	} while (n && at < value->len);
}
