/* SPDX-License-Identifier: GPL-2.0-only */
/* For the programs that write seeds. */
#ifndef TLSO_FUZZ_SEED_H
#define TLSO_FUZZ_SEED_H

#include "../../kmod/core/port.h"

/* One seed, put together, and then written to @folder/@name and forgotten. */
extern u8 seed[65536];
extern size_t seed_len;

void seed_save(const char *folder, const char *name);
/* @n bytes at @p as a file; the program ends where that fails. */
void seed_write(const char *path, const u8 *p, size_t n);

#endif /* TLSO_FUZZ_SEED_H */
