/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * DER (X.690 10), strictly, over the cursors of buf.h: definite lengths in the
 * fewest bytes, tags of one byte. Lengths end at 65535, beyond which nothing of
 * ours goes. What is wrong makes the cursor bad, and so does everything after.
 * Responsible for elements; what they mean is for x509_*.c to say.
 */
#ifndef TLSO_DER_H
#define TLSO_DER_H

#include "buf.h"

#define TLSO_DER_BOOLEAN 0x01
#define TLSO_DER_INTEGER 0x02
#define TLSO_DER_BIT_STRING 0x03
#define TLSO_DER_OCTET_STRING 0x04
#define TLSO_DER_NULL 0x05
#define TLSO_DER_OID 0x06
#define TLSO_DER_UTF8 0x0c
#define TLSO_DER_NUMERIC 0x12
#define TLSO_DER_PRINTABLE 0x13
#define TLSO_DER_TELETEX 0x14
#define TLSO_DER_IA5 0x16
#define TLSO_DER_UTC_TIME 0x17
#define TLSO_DER_GENERALIZED_TIME 0x18
#define TLSO_DER_UNIVERSAL 0x1c
#define TLSO_DER_BMP 0x1e
#define TLSO_DER_SEQUENCE 0x30
#define TLSO_DER_SET 0x31
/* context-specific: primitive and constructed */
#define TLSO_DER_CONTEXT(i) (0x80 | (i))
#define TLSO_DER_CONTEXT_OF(i) (0xa0 | (i))

/* Bytes of a DER that is kept elsewhere; p is NULL where there are none. */
struct tlso_der {
	const u8 *p;
	size_t n;
};

struct tlso_rd tlso_der_rd(struct tlso_der d);
struct tlso_der tlso_der_of(struct tlso_rd r);
bool tlso_der_same(struct tlso_der a, struct tlso_der b);

/* Has the next element this tag? False at the end. */
bool tlso_der_is(const struct tlso_rd *r, u8 tag);

/* The contents of the next element, whatever it is; its tag to *@tag. */
struct tlso_rd tlso_der_any(struct tlso_rd *r, u8 *tag);

/* The contents of the next element, which must have @tag. */
struct tlso_rd tlso_der_take(struct tlso_rd *r, u8 tag);

/* The next element with its tag and length; it must have @tag. */
struct tlso_der tlso_der_element(struct tlso_rd *r, u8 tag);

/* The contents of an OBJECT IDENTIFIER, well-formed (X.690 8.19). */
struct tlso_rd tlso_der_oid(struct tlso_rd *r);
bool tlso_der_is_oid(struct tlso_rd v, const u8 *oid, size_t n);
/* Of keys, RFC 3279 2.3 and RFC 5480 2.1: types, curves. */
extern const u8 tlso_oid_rsa[9], tlso_oid_ec[7];
extern const u8 tlso_oid_p256[8], tlso_oid_p384[5];

/* An INTEGER in the fewest bytes, sign byte and all. */
struct tlso_rd tlso_der_integer(struct tlso_rd *r);

/* A positive INTEGER, without its sign byte. */
struct tlso_rd tlso_der_number(struct tlso_rd *r);

/* A BOOLEAN that is FALSE by default: true if there, for DER lets nobody write
 * the default down (X.690 11.5).
 */
bool tlso_der_flag(struct tlso_rd *r);

/* A BIT STRING of whole bytes. */
struct tlso_rd tlso_der_bits(struct tlso_rd *r);

#endif /* TLSO_DER_H */
