/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Users that certificates stand for: a row of entries, each of them something that a
 * leaf certificate may have and the user that one which has it stands for. The first that
 * matches counts.
 *
 * Whether the certificate is to be believed is x509.h's; what a user's number means,
 * and who may write entries, the caller's. No allocation; nothing here is secret.
 */
#ifndef TLSO_X509_MAP_H
#define TLSO_X509_MAP_H

#include "x509.h"

#define TLSO_MAP_VALUE_MAX 2048

enum tlso_map_what {
	TLSO_MAP_SHA256 = 1, /* the digest of the whole certificate */
	TLSO_MAP_SUBJECT, /* its subject, a Name in DER; compared as RFC 5280 7.1 has it */
	/* One of its subjectAltNames: */
	TLSO_MAP_DNS, /* a host; no wildcards on either side */
	TLSO_MAP_EMAIL, /* the host without case, RFC 5280 7.5 */
	TLSO_MAP_URI, /* byte by byte */
};

struct tlso_map {
	u8 what;
	u32 user;
	const u8 *value; /* lent */
	size_t len;
};

/* One entry, { u8 what; u32 user, big-endian; value }, whose value stays in @p. NULL, or
 * what is wrong: static text.
 */
const char *tlso_map_read(struct tlso_map *map, const u8 *p, size_t n);

/*
 * The first of @n that @leaf, whose SHA-256 is @digest, matches; NULL: none does, or @leaf
 * does not parse, or it has so many names that to compare them all takes too long.
 */
const struct tlso_map *tlso_map_find(const struct tlso_map *maps, unsigned int n,
				     const struct tlso_cert *leaf,
				     const u8 digest[32],
				     struct tlso_x509_work *work);

#endif /* TLSO_X509_MAP_H */
