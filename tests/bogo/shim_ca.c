// SPDX-License-Identifier: GPL-2.0-only
/*
 * Anchors for -use-client-ca-list, which gives the names alone: certificates that are
 * nothing but a subject, which is all that a CertificateRequest takes of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim.h"
#include "../../kmod/core/buf.h"
#include "../../kmod/core/x509.h"

#define NAMES_MAX 8
#define NAME_MAX_LEN 512

/* The zeros at the end make the lengths of two bytes each, as DER then wants it. */
static bool put_cert(struct tlso_cert *cert, u8 *der, size_t cap, const u8 *name,
		     size_t n)
{
	/* serialNumber, signature, issuer, validity */
	static const u8 before[] = { 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0 };
	struct tlso_wr w;
	size_t outer, inner;

	tlso_wr_init(&w, der, cap);
	tlso_wr_u16(&w, 0x3082);
	outer = tlso_wr_open(&w, 2);
	tlso_wr_u16(&w, 0x3082);
	inner = tlso_wr_open(&w, 2);
	tlso_wr_bytes(&w, before, sizeof(before));
	tlso_wr_bytes(&w, name, n);
	(void)tlso_wr_room(&w, 256);
	tlso_wr_close(&w, inner, 2);
	tlso_wr_close(&w, outer, 2);
	cert->der = der;
	cert->len = w.n;
	return !w.bad;
}

unsigned int shim_authorities(const char *list, const struct tlso_cert **anchors)
{
	static struct tlso_cert certs[NAMES_MAX];
	static u8 der[NAMES_MAX][NAME_MAX_LEN + 512];
	u8 name[NAME_MAX_LEN];
	unsigned int n = 0;
	size_t len;

	*anchors = certs;
	while (*list && *list != '<') { /* <NULL>, <EMPTY> */
		for (len = 0; len < sizeof(name); len++, list += 2)
			if (sscanf(list, "%2hhx", &name[len]) != 1)
				break;
		if (!len || n == NAMES_MAX || (*list && *list != ',') ||
		    !put_cert(&certs[n], der[n], sizeof(der[n]), name, len))
			exit(SHIM_UNIMPLEMENTED);
		n++;
		list += *list == ',';
	}
	return n;
}
