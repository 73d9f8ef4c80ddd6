/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * X.509 certificates, RFC 5280: strict DER, chains, names. For TLS alone: no
 * CRL, no OCSP, no policies (a critical policy constraint is an unknown critical
 * extension). Context: may call into the Linux crypto API, so a kernel caller is
 * in process context. No allocation; @work is lent. Nothing here is secret.
 */
#ifndef TLSO_X509_H
#define TLSO_X509_H

#include "crypto.h"
#include "err.h"

#define TLSO_CHAIN_MAX 8 /* certificates of a chain, the anchor included */
#define TLSO_X509_LEN_MAX 16384 /* bytes of one certificate */

struct tlso_cert {
	const u8 *der;
	size_t len;
};

enum tlso_purpose {
	TLSO_PURPOSE_ANY, /* no EKU asked for */
	TLSO_PURPOSE_SERVER, /* id-kp-serverAuth where an EKU is there */
	TLSO_PURPOSE_CLIENT,
};

/* What is to be true of a chain. Everything is lent. */
struct tlso_verify {
	const struct tlso_crypto *crypto;
	const struct tlso_cert *anchors; /* trusted; self-signed or not */
	unsigned int n_anchors;
	u64 now; /* seconds since 1970, UTC */
	enum tlso_purpose purpose;
	/* Whom the leaf must name, RFC 9525: a host name (ASCII, A-labels, no
	 * final dot) or the text of an IP address; NULL: nobody. Only
	 * subjectAltName counts, never the subject's common name.
	 */
	const char *name;
	size_t name_len;
	u8 flags;
#define TLSO_VERIFY_NO_CHAIN 0x01 /* tests: parse the leaf, believe it */
#define TLSO_VERIFY_PARTIAL 0x02 /* an anchor need not be self-issued */
};

/* A certificate, parsed: pointers into its DER. Layout for tests and x509_*.c;
 * others ask by function.
 */
struct tlso_x509;

/* Memory that tlso_x509_verify() works in; too much for a kernel stack. */
struct tlso_x509_work {
	u64 opaque[352]; /* x509.c asserts that its own fits */
};

/*
 * Builds and checks a chain from @sent[0], the leaf, over the other @n - 1 (any
 * order, more than needed is fine) to an anchor. *@leaf gets the leaf's key,
 * also where only the chain was found bad, not where the leaf did not parse.
 * TLSO_OK, or the error whose alert is to be sent:
 *   TLSO_E_BAD_CERT		DER, a signature that does not verify, name
 *				mismatch, a name against name constraints
 *   TLSO_E_CERT_EXPIRED	or not yet valid
 *   TLSO_E_UNSUPPORTED_CERT	algorithm, key size, key usage, EKU (an issuer's
 *				limits what is below; "any" counts for nothing),
 *				unknown critical extension
 *   TLSO_E_UNKNOWN_CA		no way to an anchor, an issuer that is no CA, a
 *				path longer than one of its CAs allows
 *   TLSO_E_CERT_UNKNOWN	a chain too long, or too much to try
 * Where several ways fail, the first thing that was found wrong counts.
 * Bounded: at most TLSO_CHAIN_MAX deep, and 32 signatures checked in all.
 */
__must_check enum tlso_err tlso_x509_verify(const struct tlso_verify *v,
					    const struct tlso_cert *sent,
					    unsigned int n,
					    struct tlso_pubkey *leaf,
					    struct tlso_x509_work *work);

/* The key of a certificate, without judging it (our own leaf). */
__must_check enum tlso_err tlso_x509_pubkey(const struct tlso_cert *cert,
					    struct tlso_pubkey *key,
					    struct tlso_x509_work *work);

/* Does @cert's subjectAltName name @name (host name or IP text)? Case-insensitive,
 * wildcard as RFC 9525 6.3 has it. For SNI's choice among our identities.
 */
bool tlso_x509_names(const struct tlso_cert *cert, const char *name, size_t len,
		     struct tlso_x509_work *work);

/* May the leaf's key sign (digitalSignature), may it decipher (keyEncipherment)?
 * True where there is no key usage extension.
 */
bool tlso_x509_may_sign(const struct tlso_cert *cert, struct tlso_x509_work *work);
bool tlso_x509_may_encipher(const struct tlso_cert *cert,
			    struct tlso_x509_work *work);

/* The DER of @cert's subject, for certificate_authorities; false if it has none. The
 * rest of the certificate is not looked at.
 */
bool tlso_x509_subject(const struct tlso_cert *cert, const u8 **der, size_t *len);

/* The GeneralNames of @cert's subjectAltName, one after the other, in its DER; *@len is 0
 * where it has none. False if it does not parse.
 */
bool tlso_x509_alt_names(const struct tlso_cert *cert, const u8 **der,
			 size_t *len, struct tlso_x509_work *work);

/* What tlso_x509_verify() last found wrong, for logs; never NULL. */
const char *tlso_x509_why(const struct tlso_x509_work *work);

#endif /* TLSO_X509_H */
