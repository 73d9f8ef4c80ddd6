/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Blocks of extensions, RFC 8446 4.2: their form, and which may stand in a
 * server's answer.
 */
#ifndef TLSO_HS_EXT_H
#define TLSO_HS_EXT_H

#include "buf.h"
#include "err.h"
#include "wire.h"

/* One bit for each extension that we know, 0 for others. */
u32 tlso_ext_bit(u16 type);

/* The form of the whole block, and that no type comes twice. TLSO_E_ILLEGAL for
 * a known one that does, TLSO_E_DECODE for an unknown one.
 */
__must_check enum tlso_err tlso_exts_check(struct tlso_rd list);

/* Takes the next one of a block that was checked. */
u16 tlso_ext_take(struct tlso_rd *list, struct tlso_rd *ext);

/* Whether all of a checked block may be there: each one was asked for and belongs
 * into this message; both sets are of tlso_ext_bit(). TLSO_E_UNSUPPORTED_EXT,
 * TLSO_E_ILLEGAL.
 */
__must_check enum tlso_err tlso_exts_allowed(struct tlso_rd list, u32 asked,
					     u32 allowed);

#endif /* TLSO_HS_EXT_H */
