/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of steer know of each other. */
#ifndef TLSO_TEST_STEER_H
#define TLSO_TEST_STEER_H

extern int sock; /* the connection */

/* Each: 0, or -1 and errno. */
int word_do(char *word);
int wrong(void);
int other_does(const char *who, char *word);
int other_goes_on(void);

#endif
