/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of a policy's text, and complaints about them. */
#ifndef TLSOFFLOAD_LEX_H
#define TLSOFFLOAD_LEX_H

#include "policy.h"

#define LEX_WORD_MAX 4095
#define LEX_ERRORS_MAX 20 /* that are printed */

enum lex_kind {
	LEX_WORD,
	LEX_OPEN, /* { */
	LEX_CLOSE, /* } */
	LEX_COMMA,
	LEX_SEMICOLON,
	LEX_LINE, /* its end */
	LEX_EOF,
	LEX_BAD, /* complained about already */
};

struct lex {
	const char *path;
	const char *at, *end;
	struct place next; /* of @at */
	FILE *errors;
	unsigned int n_errors;

	/* What was read last. */
	enum lex_kind kind;
	struct place place;
	size_t len;
	char word[LEX_WORD_MAX + 1];
};

void lex_next(struct lex *lex);
int lex_is(const struct lex *lex, const char *word);

__attribute__((format(printf, 3, 4)))
int lex_error(struct lex *lex, struct place place, const char *fmt, ...);
__attribute__((format(printf, 3, 4)))
void lex_note(struct lex *lex, struct place place, const char *fmt, ...);
/* found "84430", expected a port from 1 to 65535 */
int lex_expected(struct lex *lex, const char *what);

#endif
