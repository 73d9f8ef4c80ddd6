/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of fuzz_server.c's input, for it and for its seeds. */
#ifndef TLSO_FUZZ_SERVER_H
#define TLSO_FUZZ_SERVER_H

#include "fuzz_director.h"

/* Configuration; the lowest bits are TLSO_USE_*. */
#define FUZZ_RSA_KX 0x04
#define FUZZ_TICKETS 0x08
#define FUZZ_REQUEST 0x10
#define FUZZ_REQUIRE 0x20
#define FUZZ_EXTENSIONS 0x40
#define FUZZ_STRICT 0x80

/* Of a message. */
#define FUZZ_TICKET13 0x04
#define FUZZ_TICKET12 0x08
#define FUZZ_TICKET_EMS 0x10
#define FUZZ_DIGEST32 0x20
#define FUZZ_DIGEST48 0x40

#endif /* TLSO_FUZZ_SERVER_H */
