// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * The completer's transcript (RFC 8446 4.4.1, RFC 5246 7.4.9), and the digests that
 * handshake signatures cover (RFC 8446 4.4.3, RFC 5246 7.4.3 and 7.4.8).
 */
#include "buf.h"
#include "completer_impl.h"
#include "hs_msg.h"
#include "suite.h"

static const struct tlso_hash_alg *hash_at(const struct tlso_completer *c,
					   unsigned int i)
{
	switch (i) {
	case 0:
		return c->crypto->sha256;
	case 1:
		return c->crypto->sha384;
	default: /* of TLS 1.2's signatures alone */
		return c->crypto->sha512;
	}
}

/* The context of @h; TLSO_TRANSCRIPTS where there is none. */
static unsigned int index_of(const struct tlso_completer *c,
			     const struct tlso_hash_alg *h)
{
	unsigned int i;

	for (i = 0; i < TLSO_TRANSCRIPTS; i++)
		if (hash_at(c, i) == h)
			break;
	return i;
}

enum tlso_err tlso_transcript_init(struct tlso_completer *c)
{
	unsigned int i;

	for (i = 0; i < TLSO_TRANSCRIPTS; i++)
		if (hash_at(c, i)->init(&c->th[i]))
			return TLSO_E_CRYPTO;
	return TLSO_OK;
}

/*
 * TLS 1.2: a client's CertificateVerify may be made with any hash (RFC 5246 7.4.8),
 * so all transcripts go on until it has passed, or cannot come.
 */
static void narrow_12(struct tlso_completer *c, u8 type)
{
	switch (type) {
	case TLSO_HS_CERTIFICATE_REQUEST:
		c->cert_asked = 1;
		break;
	case TLSO_HS_SERVER_HELLO_DONE:
		c->narrow |= !c->cert_asked;
		break;
	case TLSO_HS_CERTIFICATE_VERIFY:
	case TLSO_HS_FINISHED:
		c->narrow = 1;
		break;
	default:
		break;
	}
}

enum tlso_err tlso_transcript_add(struct tlso_completer *c, const u8 *p,
				  size_t n)
{
	unsigned int i;

	for (i = 0; i < TLSO_TRANSCRIPTS; i++) {
		if (c->narrow && hash_at(c, i) != c->hash)
			continue;
		if (hash_at(c, i)->update(&c->th[i], p, n))
			return TLSO_E_CRYPTO;
	}
	if (c->version == TLSO_VERSION_12 && n)
		narrow_12(c, p[0]);
	return TLSO_OK;
}

enum tlso_err tlso_transcript_fork(const struct tlso_completer *c,
				   const struct tlso_hash_alg *h, const u8 *p,
				   size_t n, u8 *out)
{
	struct tlso_hash_ctx fork;
	enum tlso_err e = TLSO_OK;
	unsigned int i = index_of(c, h);

	if (!h || i == TLSO_TRANSCRIPTS || (c->narrow && h != c->hash))
		return TLSO_E_STATE;
	fork = c->th[i];
	if ((n && h->update(&fork, p, n)) || h->final(&fork, out))
		e = TLSO_E_CRYPTO;
	tlso_wipe(&fork, sizeof(fork));
	return e;
}

enum tlso_err tlso_transcript_hash(const struct tlso_completer *c, u8 *out)
{
	return tlso_transcript_fork(c, c->hash, NULL, 0, out);
}

enum tlso_err tlso_transcript_retry(struct tlso_completer *c)
{
	u8 msg[TLSO_HS_HDR + TLSO_HASH_MAX];
	struct tlso_wr w;
	enum tlso_err e;
	u8 *out;

	if (!c->hash)
		return TLSO_E_STATE;
	tlso_wr_init(&w, msg, sizeof(msg));
	tlso_wr_u8(&w, TLSO_HS_MESSAGE_HASH);
	tlso_wr_u24(&w, c->hash->len);
	out = tlso_wr_room(&w, c->hash->len);
	if (!out)
		return TLSO_E_CRYPTO;
	e = tlso_transcript_hash(c, out);
	if (e)
		return e;
	c->narrow = 1;
	if (c->hash->init(&c->th[index_of(c, c->hash)]))
		return TLSO_E_CRYPTO;
	return tlso_transcript_add(c, msg, w.n);
}

/* ---- Signatures ---------------------------------------------------------- */

static enum tlso_err cv_digest_13(const struct tlso_completer *c, bool client,
				  const struct tlso_hash_alg *h, u8 *out)
{
	u8 thash[TLSO_HASH_MAX], content[TLSO_CV_CONTENT_MAX];
	struct tlso_hash_ctx ctx;
	enum tlso_err e;
	size_t n;

	e = tlso_transcript_hash(c, thash);
	if (e)
		return e;
	tlso_certificate_verify_content(client, thash, c->hash->len, content,
					&n);
	if (h->init(&ctx) || h->update(&ctx, content, n) || h->final(&ctx, out))
		return TLSO_E_CRYPTO;
	return TLSO_OK;
}

enum tlso_err tlso_cv_digest(const struct tlso_completer *c, bool client,
			     u16 scheme, u8 *out, size_t *n)
{
	const struct tlso_hash_alg *h = tlso_scheme_hash(c->crypto, scheme);
	enum tlso_err e;

	*n = 0;
	if (!h)
		return TLSO_OK;
	if (c->version == TLSO_VERSION_13)
		e = cv_digest_13(c, client, h, out);
	else
		e = tlso_transcript_fork(c, h, NULL, 0, out);
	if (e == TLSO_E_STATE) /* nobody asked for one: it is not kept */
		return TLSO_OK;
	if (!e)
		*n = h->len;
	return e;
}

enum tlso_err tlso_ske_digest(const struct tlso_completer *c, u16 scheme,
			      const u8 *p, size_t len, u8 *out, size_t *n)
{
	const struct tlso_hash_alg *h = tlso_scheme_hash(c->crypto, scheme);
	struct tlso_hash_ctx ctx;

	*n = 0;
	if (!h)
		return TLSO_OK;
	if (h->init(&ctx) ||
	    h->update(&ctx, c->client_random, TLSO_RANDOM_LEN) ||
	    h->update(&ctx, c->server_random, TLSO_RANDOM_LEN) ||
	    h->update(&ctx, p, len) || h->final(&ctx, out))
		return TLSO_E_CRYPTO;
	*n = h->len;
	return TLSO_OK;
}
