/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What the files of the X.509 verifier share: the parsed certificate, and what
 * each file offers the others. x509.h is what the rest of the core sees.
 *
 *	x509.c			the public questions about one certificate
 *	x509_parse.c		the certificate's own fields
 *	x509_time.c		validity dates
 *	x509_ext.c		extensions
 *	x509_key.c		subjectPublicKeyInfo
 *	x509_sig.c		signature algorithms, and checking one signature
 *	x509_name.c		comparison of distinguished names
 *	x509_host.c		host names and IP addresses
 *	x509_constraints.c	name constraints
 *	x509_map.c		users that certificates stand for
 *	x509_chain.c		path building and validation
 *
 * Functions that return a string return NULL where all is well, and otherwise
 * what is wrong: static text, for tlso_x509_why().
 */
#ifndef TLSO_X509_IMPL_H
#define TLSO_X509_IMPL_H

#include "der.h"
#include "wire.h"
#include "x509.h"

#define TLSO_X509_SIGS_MAX 32 /* signatures checked for one chain */
#define TLSO_X509_EXTS_MAX 40 /* extensions of one certificate */
/* Comparisons with name constraints for one chain: names times subtrees would
 * otherwise be the square of what the peer sends.
 */
#define TLSO_X509_SUBTREES_MAX 262144
#define TLSO_X509_NO_PATH_LEN 0xff

/* ECDSA with SHA-512 on a curve of ours: no scheme of TLS. */
#define TLSO_X509_ECDSA_SHA512 0xfe03

/* 4.2.1.3: key usage, the bit string's first two bytes */
#define TLSO_KU_DIGITAL_SIGNATURE 0x8000
#define TLSO_KU_KEY_ENCIPHERMENT 0x2000
#define TLSO_KU_KEY_CERT_SIGN 0x0400

#define TLSO_X509_V1 0x01
#define TLSO_X509_SELF_ISSUED 0x02
#define TLSO_X509_CA 0x04
#define TLSO_X509_HAS_KU 0x08
#define TLSO_X509_HAS_EKU 0x10
#define TLSO_X509_EKU_SERVER 0x20
#define TLSO_X509_EKU_CLIENT 0x40
#define TLSO_X509_UNKNOWN_CRITICAL 0x80

/* Tags of GeneralName, 4.2.1.6 */
#define TLSO_GN_OTHER TLSO_DER_CONTEXT_OF(0)
#define TLSO_GN_RFC822 TLSO_DER_CONTEXT(1)
#define TLSO_GN_DNS TLSO_DER_CONTEXT(2)
#define TLSO_GN_X400 TLSO_DER_CONTEXT_OF(3)
#define TLSO_GN_DIRECTORY TLSO_DER_CONTEXT_OF(4)
#define TLSO_GN_EDI TLSO_DER_CONTEXT_OF(5)
#define TLSO_GN_URI TLSO_DER_CONTEXT(6)
#define TLSO_GN_IP TLSO_DER_CONTEXT(7)
#define TLSO_GN_RID TLSO_DER_CONTEXT(8)

struct tlso_x509 {
	struct tlso_der der; /* all of it */
	struct tlso_der tbs; /* what is signed */
	struct tlso_der issuer; /* Name, with tag and length */
	struct tlso_der subject;
	struct tlso_der spki; /* contents of subjectPublicKeyInfo */
	struct tlso_der sig;
	/* contents of extensions; p is NULL where there is no such extension */
	struct tlso_der san; /* the GeneralNames, one after the other */
	struct tlso_der permitted; /* name constraints: GeneralSubtrees */
	struct tlso_der excluded;
	struct tlso_der ski;
	struct tlso_der aki; /* its keyIdentifier */
	u64 not_before; /* seconds since 1970; earlier counts as 1970 */
	u64 not_after;
	u16 scheme; /* TLS signature scheme of sig; 0: none that we take */
	u16 key_usage;
	u8 flags;
	u8 path_len;
};

/* x509_parse.c: @c then points into @der. */
const char *tlso_x509_parse(struct tlso_x509 *c, const u8 *der, size_t len);
/* Subject alone, without looking at the rest; {} where there is none. */
struct tlso_der tlso_x509_peek(const struct tlso_cert *cert);
/* Is @v, the contents of a Name, well-formed? */
bool tlso_x509_is_name(struct tlso_rd v);

/* x509_time.c */
bool tlso_x509_time(struct tlso_rd *r, u64 *seconds);

/* x509_ext.c */
const char *tlso_x509_extensions(struct tlso_x509 *c, struct tlso_rd v);

/* x509_key.c: TLSO_E_BAD_CERT or TLSO_E_UNSUPPORTED_CERT on failure, and then
 * @key is all zero.
 */
enum tlso_err tlso_x509_key(const struct tlso_x509 *c, struct tlso_pubkey *key);

/* x509_sig.c: scheme for an AlgorithmIdentifier; false if it is malformed. */
bool tlso_x509_scheme(struct tlso_der alg, u16 *scheme);
bool tlso_x509_scheme_takes(u16 scheme, u8 key_type);
/* Did @key sign @c? Needs a scheme. @hash is working memory. */
bool tlso_x509_signed_by(const struct tlso_crypto *crypto,
			 const struct tlso_x509 *c,
			 const struct tlso_pubkey *key,
			 struct tlso_hash_ctx *hash);

/* x509_name.c: may @v, of @tag, be an attribute's value? */
bool tlso_x509_is_value(u8 tag, struct tlso_rd v);
/* Names with tag and length. Is @name @base or below it? */
bool tlso_x509_name_equal(struct tlso_der a, struct tlso_der b);
bool tlso_x509_name_within(struct tlso_der name, struct tlso_der base);

/* x509_host.c */
/* The bytes of an IP address's text: 4 or 16 of them, 0 if it is none. */
size_t tlso_x509_ip(const u8 *s, size_t n, u8 out[16]);
/* Equal but for the case of ASCII letters? */
bool tlso_x509_same_text(const u8 *a, const u8 *b, size_t n);
bool tlso_x509_has_name(const struct tlso_x509 *c, const char *name, size_t n);
/* Can this be a host's name? No wildcard, no final dot, no address. */
bool tlso_x509_is_host(struct tlso_rd r);

/* x509_constraints.c: does @ca let @c be named so? *@budget counts down. */
const char *tlso_x509_constrained(const struct tlso_x509 *ca,
				  const struct tlso_x509 *c,
				  unsigned int *budget);

/* One certificate of the path that is being built. */
struct tlso_x509_level {
	struct tlso_x509 cert;
	unsigned int next; /* candidate issuer to be tried next */
	bool far; /* second round: key identifiers do not match */
};

/* What struct tlso_x509_work is. */
struct tlso_x509_state {
	const char *why;
	enum tlso_err err; /* the first that was met on any path */
	unsigned int depth; /* of path, the leaf being 0 */
	unsigned int sigs; /* checked */
	unsigned int subtrees; /* comparisons left */
	struct tlso_x509_level path[TLSO_CHAIN_MAX];
	struct tlso_pubkey key;
	struct tlso_hash_ctx hash;
};

#endif /* TLSO_X509_IMPL_H */
