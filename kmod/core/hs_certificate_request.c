// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* CertificateRequest, RFC 8446 4.3.2 and RFC 5246 7.4.4: write. */
#include "hs_msg.h"
#include "peer_auth.h"

/* A longer list of names helps no client to choose, and costs every handshake. */
#define AUTHORITIES_MAX 8192

/* The next anchor with a name to send, which is an empty one's not. */
static bool next_name(const struct tlso_config *cfg, unsigned int *i,
		      const u8 **der, size_t *len)
{
	while (*i < cfg->n_anchors)
		if (tlso_x509_subject(&cfg->anchors[(*i)++], der, len) &&
		    *len > 2)
			return true;
	return false;
}

/* Bytes of the anchors' names as a list; 0 where there is none, or too long a one. */
static size_t authorities_len(const struct tlso_config *cfg)
{
	size_t total = 0, len;
	unsigned int i = 0;
	const u8 *der;

	while (next_name(cfg, &i, &der, &len)) {
		total += 2 + len;
		if (len > AUTHORITIES_MAX || total > AUTHORITIES_MAX)
			return 0;
	}
	return total;
}

/* The list with its length in front. */
static void write_authorities(struct tlso_wr *w, const struct tlso_config *cfg,
			      size_t total)
{
	unsigned int i = 0;
	const u8 *der;
	size_t len;

	tlso_wr_u16(w, (u16)total);
	while (total && next_name(cfg, &i, &der, &len)) {
		tlso_wr_u16(w, (u16)len);
		tlso_wr_bytes(w, der, len);
	}
}

static void write_schemes(struct tlso_wr *w, const struct tlso_config *cfg)
{
	size_t at = tlso_wr_open(w, 2);

	tlso_schemes_write(w, cfg);
	tlso_wr_close(w, at, 2);
}

static void write_13(struct tlso_wr *w, const struct tlso_config *cfg,
		     size_t names)
{
	size_t exts, ext;

	tlso_wr_u8(w, 0); /* certificate_request_context */
	exts = tlso_wr_open(w, 2);
	tlso_wr_u16(w, TLSO_EXT_SIGNATURE_ALGORITHMS);
	ext = tlso_wr_open(w, 2);
	write_schemes(w, cfg);
	tlso_wr_close(w, ext, 2);
	if (names) {
		tlso_wr_u16(w, TLSO_EXT_CERTIFICATE_AUTHORITIES);
		ext = tlso_wr_open(w, 2);
		write_authorities(w, cfg, names);
		tlso_wr_close(w, ext, 2);
	}
	tlso_wr_close(w, exts, 2);
}

void tlso_certificate_request_write(struct tlso_starter_wr *s,
				    const struct tlso_director *d)
{
	size_t names = authorities_len(d->cfg);

	tlso_starter_message_begin(s, TLSO_HS_CERTIFICATE_REQUEST);
	if (d->version == TLSO_VERSION_13) {
		write_13(&s->w, d->cfg, names);
	} else {
		tlso_wr_u8(&s->w, 2); /* certificate_types */
		tlso_wr_u8(&s->w, TLSO_CERT_TYPE_RSA_SIGN);
		tlso_wr_u8(&s->w, TLSO_CERT_TYPE_ECDSA_SIGN);
		write_schemes(&s->w, d->cfg);
		write_authorities(&s->w, d->cfg, names);
	}
	tlso_starter_message_end(s);
}
