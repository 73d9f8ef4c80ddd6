/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TLSO_PROG_BLOCK_H
#define TLSO_PROG_BLOCK_H

#include <stdbool.h>

/* Calls on @fd wait, or do not; the program ends if that cannot be had. */
void set_block(int fd, bool block);

#endif /* TLSO_PROG_BLOCK_H */
