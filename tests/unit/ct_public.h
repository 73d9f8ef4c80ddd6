/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before everything where ct_pk.c is built, see there and port.h. */
#ifndef TLSO_CT_PUBLIC_H
#define TLSO_CT_PUBLIC_H

#include <valgrind/memcheck.h>

#define tlso_ct_public(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))

#endif /* TLSO_CT_PUBLIC_H */
