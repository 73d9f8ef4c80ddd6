// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of a policy's text.
 *
 * Responsible for: where a word begins and ends, quotes, comments, lines and
 * columns; what a complaint looks like.
 * Leaves to: policy_text.c what words mean. The text is untrusted.
 */
#include <stdarg.h>
#include <string.h>

#include "lex.h"

#define FOUND_MAX 64 /* bytes of a word in a complaint */

static void say(struct lex *lex, struct place place, const char *what)
{
	fprintf(lex->errors, "%s:%u:%u: %s: ", lex->path, place.line,
		place.column, what);
}

int lex_error(struct lex *lex, struct place place, const char *fmt, ...)
{
	va_list ap;

	if (lex->n_errors++ >= LEX_ERRORS_MAX)
		return -1;
	say(lex, place, "error");
	va_start(ap, fmt);
	vfprintf(lex->errors, fmt, ap);
	va_end(ap);
	fputc('\n', lex->errors);
	return -1;
}

void lex_note(struct lex *lex, struct place place, const char *fmt, ...)
{
	va_list ap;

	if (lex->n_errors > LEX_ERRORS_MAX)
		return;
	say(lex, place, "note");
	va_start(ap, fmt);
	vfprintf(lex->errors, fmt, ap);
	va_end(ap);
	fputc('\n', lex->errors);
}

static const char *const names[] = {
	[LEX_OPEN] = "\"{\"",
	[LEX_CLOSE] = "\"}\"",
	[LEX_COMMA] = "\",\"",
	[LEX_SEMICOLON] = "\";\"",
	[LEX_LINE] = "the end of the line",
	[LEX_EOF] = "the end of the file",
};

int lex_expected(struct lex *lex, const char *what)
{
	if (lex->kind == LEX_BAD || lex->n_errors++ >= LEX_ERRORS_MAX)
		return -1;
	say(lex, lex->place, "error");
	fputs("found ", lex->errors);
	if (lex->kind != LEX_WORD) {
		fputs(names[lex->kind], lex->errors);
	} else {
		fputc('"', lex->errors);
		text_print(lex->errors, lex->word,
			   lex->len < FOUND_MAX ? lex->len : FOUND_MAX);
		fputs(lex->len < FOUND_MAX ? "\"" : "...\"", lex->errors);
	}
	fprintf(lex->errors, ", expected %s\n", what);
	return -1;
}

int lex_is(const struct lex *lex, const char *word)
{
	return lex->kind == LEX_WORD && lex->len == strlen(word) &&
	       !memcmp(lex->word, word, lex->len);
}

/* The byte at hand, or -1 at the end. */
static int peek(const struct lex *lex)
{
	return lex->at < lex->end ? (unsigned char)*lex->at : -1;
}

static int take(struct lex *lex)
{
	int c = peek(lex);

	if (c < 0)
		return c;
	lex->at++;
	lex->next.column++;
	if (c == '\n') {
		lex->next.line++;
		lex->next.column = 1;
	}
	return c;
}

/* What is left of the line would only be misunderstood. */
static int bad(struct lex *lex, struct place place, const char *what)
{
	while (peek(lex) >= 0 && peek(lex) != '\n')
		take(lex);
	lex->kind = LEX_BAD;
	return lex_error(lex, place, "%s", what);
}

static int keep(struct lex *lex, int c)
{
	if (lex->len == LEX_WORD_MAX)
		return bad(lex, lex->place,
			   "found a word of more than 4095 bytes, expected fewer");
	lex->word[lex->len++] = c;
	lex->word[lex->len] = '\0';
	return 0;
}

static int hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Behind a backslash, whose place is @place. */
static int escaped(struct lex *lex, struct place place)
{
	int c = peek(lex), high, low;

	if (c == '"' || c == '\\')
		return take(lex);
	if (c == 'x') {
		take(lex);
		high = hex(peek(lex));
		if (high >= 0)
			take(lex);
		low = hex(peek(lex));
		if (low >= 0)
			take(lex);
		if (high >= 0 && low >= 0)
			return high << 4 | low;
	}
	return bad(lex, place,
		   "found a backslash, expected \\\\, \\\" or \\xHH between quotes");
}

static int quoted(struct lex *lex)
{
	struct place place;
	int c;

	take(lex);
	for (;;) {
		place = lex->next;
		c = peek(lex);
		if (c < 0 || c == '\n')
			return bad(lex, lex->place,
				   "found a quote that does not end on its line, expected another \"");
		take(lex);
		if (c == '"')
			return 0;
		if (c < 0x20 || c == 0x7f)
			return bad(lex, place,
				   "found a control character, expected \\xHH in its place");
		if (c == '\\')
			c = escaped(lex, place);
		if (c < 0 || keep(lex, c))
			return -1;
	}
}

static int in_word(int c)
{
	return c > ' ' && c != 0x7f && !strchr("{},;#\"", c);
}

static void unquoted(struct lex *lex)
{
	while (in_word(peek(lex)))
		if (keep(lex, take(lex)))
			return;
}

static void skip(struct lex *lex)
{
	int c = peek(lex);

	while (c == ' ' || c == '\t' || c == '\r' || c == '#') {
		if (c == '#')
			while (peek(lex) >= 0 && peek(lex) != '\n')
				take(lex);
		else
			take(lex);
		c = peek(lex);
	}
}

void lex_next(struct lex *lex)
{
	static const char marks[] = "{},;\n";
	static const enum lex_kind kinds[] = { LEX_OPEN, LEX_CLOSE, LEX_COMMA,
					       LEX_SEMICOLON, LEX_LINE };
	const char *mark;
	int c;

	skip(lex);
	lex->place = lex->next;
	lex->len = 0;
	lex->word[0] = '\0';
	lex->kind = LEX_WORD;
	c = peek(lex);
	if (c < 0) {
		lex->kind = LEX_EOF;
	} else if (c == '"') {
		quoted(lex);
	} else if (in_word(c)) {
		unquoted(lex);
	} else {
		take(lex);
		mark = c ? strchr(marks, c) : NULL;
		if (mark)
			lex->kind = kinds[mark - marks];
		else
			bad(lex, lex->place,
			    "found a control character, expected text");
	}
}
