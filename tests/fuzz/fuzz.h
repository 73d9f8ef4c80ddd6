/* SPDX-License-Identifier: GPL-2.0-only */
/* What the targets share: the entry point, and a check that cannot be off. */
#ifndef TLSO_FUZZ_H
#define TLSO_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(cond)                                                         \
	do {                                                               \
		if (!(cond)) {                                             \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, \
				__LINE__, #cond);                          \
			abort();                                           \
		}                                                          \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#endif /* TLSO_FUZZ_H */
