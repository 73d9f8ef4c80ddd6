/* SPDX-License-Identifier: GPL-2.0-only */
/* Files for tests: whole files, and the DER inside PEM. */
#ifndef TLSO_TEST_PEM_H
#define TLSO_TEST_PEM_H

#include <stddef.h>
#include <stdint.h>

/* The file's bytes, to be freed; exits with a message if it cannot. */
uint8_t *file_read(const char *path, size_t *n);

/* The next PEM block of text at *@at: DER to @out, its length, 0 at the end. */
size_t pem_next(const char **at, uint8_t *out, size_t cap);

#endif /* TLSO_TEST_PEM_H */
