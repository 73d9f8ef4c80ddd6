/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of fuzz_client.c's input, for it and for its seeds. */
#ifndef TLSO_FUZZ_CLIENT_H
#define TLSO_FUZZ_CLIENT_H

#include "fuzz_director.h"

/* Configuration; the lowest bits are TLSO_USE_*. */
#define FUZZ_RSA_KX 0x04
#define FUZZ_RESUME13 0x08
#define FUZZ_RESUME12 0x10
#define FUZZ_EXTENSIONS 0x20
#define FUZZ_IDENTITY 0x40
#define FUZZ_SHARES 0x80

/* Of a message. */
#define FUZZ_ECHO 0x04
#define FUZZ_NO_ECHO 0x08
#define FUZZ_DIGEST32 0x10
#define FUZZ_DIGEST48 0x20
#define FUZZ_DIGEST64 0x40

#endif /* TLSO_FUZZ_CLIENT_H */
