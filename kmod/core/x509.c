// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* The questions about one certificate that x509.h offers; chains: x509_chain.c. */
#include "x509_impl.h"

static_assert(sizeof(struct tlso_x509_state) <= sizeof(struct tlso_x509_work),
	      "what is lent is enough");

/* @cert, parsed into @work; NULL if it does not parse. */
static const struct tlso_x509 *parsed(const struct tlso_cert *cert,
				      struct tlso_x509_work *work)
{
	struct tlso_x509_state *s = (struct tlso_x509_state *)work;

	memset(s, 0, sizeof(*s));
	s->why = tlso_x509_parse(&s->path[0].cert, cert->der, cert->len);
	return s->why ? NULL : &s->path[0].cert;
}

enum tlso_err tlso_x509_pubkey(const struct tlso_cert *cert,
			       struct tlso_pubkey *key,
			       struct tlso_x509_work *work)
{
	const struct tlso_x509 *c = parsed(cert, work);

	memset(key, 0, sizeof(*key));
	return c ? tlso_x509_key(c, key) : TLSO_E_BAD_CERT;
}

bool tlso_x509_names(const struct tlso_cert *cert, const char *name, size_t len,
		     struct tlso_x509_work *work)
{
	const struct tlso_x509 *c = parsed(cert, work);

	return c && tlso_x509_has_name(c, name, len);
}

static bool may(const struct tlso_cert *cert, u16 usage,
		struct tlso_x509_work *work)
{
	const struct tlso_x509 *c = parsed(cert, work);

	return c && (!(c->flags & TLSO_X509_HAS_KU) || c->key_usage & usage);
}

bool tlso_x509_may_sign(const struct tlso_cert *cert,
			struct tlso_x509_work *work)
{
	return may(cert, TLSO_KU_DIGITAL_SIGNATURE, work);
}

bool tlso_x509_may_encipher(const struct tlso_cert *cert,
			    struct tlso_x509_work *work)
{
	return may(cert, TLSO_KU_KEY_ENCIPHERMENT, work);
}

bool tlso_x509_subject(const struct tlso_cert *cert, const u8 **der, size_t *len)
{
	struct tlso_der name = tlso_x509_peek(cert);
	struct tlso_rd r = tlso_der_rd(name);

	*der = name.p;
	*len = name.n;
	return name.n && tlso_x509_is_name(tlso_der_take(&r, TLSO_DER_SEQUENCE));
}

bool tlso_x509_alt_names(const struct tlso_cert *cert, const u8 **der,
			 size_t *len, struct tlso_x509_work *work)
{
	const struct tlso_x509 *c = parsed(cert, work);

	*der = c ? c->san.p : NULL;
	*len = c ? c->san.n : 0;
	return c;
}

const char *tlso_x509_why(const struct tlso_x509_work *work)
{
	const struct tlso_x509_state *s = (const struct tlso_x509_state *)work;

	return s->why ? s->why : "nothing";
}
