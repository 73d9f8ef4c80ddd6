// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * ClientHello: parse. Responsible for its form; negotiate.c chooses from it.
 */
#include "hs_client_hello.h"
#include "suite.h"

/* More extensions than any client has; bounds the search for duplicates. */
#define EXTENSIONS_MAX 128

#define HOST_NAME_MAX 255

static enum tlso_err form(bool ok)
{
	return ok ? TLSO_OK : TLSO_E_DECODE;
}

/* A vector of u16, not empty, that fills the whole extension. */
static enum tlso_err parse_u16_list(struct tlso_rd *ext, unsigned int width,
				    struct tlso_rd *list)
{
	*list = tlso_rd_vec(ext, width);
	return form(tlso_rd_done(ext) && list->n && list->n % 2 == 0);
}

static enum tlso_err parse_shares(struct tlso_rd *ext, struct tlso_rd *shares)
{
	struct tlso_rd r, key;

	*shares = tlso_rd_vec(ext, 2);
	r = *shares;
	while (!r.bad && r.n) {
		(void)tlso_rd_u16(&r);
		key = tlso_rd_vec(&r, 2);
		if (!key.n)
			return TLSO_E_DECODE;
	}
	return form(tlso_rd_done(ext) && !r.bad);
}

/* RFC 6066 3: one name of each type; only host names are known. */
static enum tlso_err parse_server_name(struct tlso_client_hello *ch,
				       struct tlso_rd *ext)
{
	struct tlso_rd list = tlso_rd_vec(ext, 2);
	struct tlso_rd name;
	u8 type;

	if (!tlso_rd_done(ext) || !list.n)
		return TLSO_E_DECODE;
	while (!list.bad && list.n) {
		type = tlso_rd_u8(&list);
		name = tlso_rd_vec(&list, 2);
		if (list.bad)
			break;
		if (type)
			continue;
		if (ch->name.n || !name.n || name.n > HOST_NAME_MAX ||
		    tlso_list8_has(name, 0))
			return TLSO_E_DECODE;
		ch->name = name;
	}
	return form(!list.bad);
}

/* RFC 7301 3.1 */
static enum tlso_err parse_alpn(struct tlso_client_hello *ch,
				struct tlso_rd *ext)
{
	struct tlso_rd r = tlso_rd_vec(ext, 2);

	ch->has_alpn = true;
	ch->alpn = r;
	if (!tlso_rd_done(ext) || !r.n)
		return TLSO_E_DECODE;
	while (!r.bad && r.n)
		if (!tlso_rd_vec(&r, 1).n)
			return TLSO_E_DECODE;
	return form(!r.bad);
}

/* 4.2.11. Whether a ticket opens, and its binder, is the completer's business. */
static enum tlso_err parse_psk(struct tlso_client_hello *ch, struct tlso_rd *ext)
{
	struct tlso_rd ids = tlso_rd_vec(ext, 2);
	struct tlso_rd binders = tlso_rd_vec(ext, 2);
	size_t n_ids = 0, n_binders = 0;

	ch->has_psk = true;
	ch->psk_ids = ids;
	ch->psk_binders = binders;
	if (!tlso_rd_done(ext) || !ids.n || !binders.n)
		return TLSO_E_DECODE;
	for (; !ids.bad && ids.n; n_ids++) {
		if (!tlso_rd_vec(&ids, 2).n)
			return TLSO_E_DECODE;
		(void)tlso_rd_u32(&ids);
	}
	/* What is no hash's length will not verify: decrypt_error. */
	for (; !binders.bad && binders.n; n_binders++)
		(void)tlso_rd_vec(&binders, 1);
	if (ids.bad || binders.bad)
		return TLSO_E_DECODE;
	return n_ids == n_binders ? TLSO_OK : TLSO_E_ILLEGAL;
}

/* RFC 8449 4: 64 is the least; there is no most for a server to enforce. */
static enum tlso_err parse_limit(struct tlso_client_hello *ch,
				 struct tlso_rd *ext)
{
	ch->has_record_size_limit = true;
	ch->record_size_limit = tlso_rd_u16(ext);
	if (!tlso_rd_done(ext))
		return TLSO_E_DECODE;
	return ch->record_size_limit < 64 ? TLSO_E_ILLEGAL : TLSO_OK;
}

/* A vector of bytes, not empty, that fills the whole extension. */
static enum tlso_err parse_u8_list(struct tlso_rd *ext, struct tlso_rd *list)
{
	*list = tlso_rd_vec(ext, 1);
	return form(tlso_rd_done(ext) && list->n);
}

static enum tlso_err parse_flag(const struct tlso_rd *ext, bool *flag)
{
	*flag = true;
	return form(!ext->n);
}

static enum tlso_err parse_extension(struct tlso_client_hello *ch, u16 type,
				     struct tlso_rd *ext)
{
	switch (type) {
	case TLSO_EXT_SERVER_NAME:
		return parse_server_name(ch, ext);
	case TLSO_EXT_SUPPORTED_GROUPS:
		ch->has_groups = true;
		return parse_u16_list(ext, 2, &ch->groups);
	case TLSO_EXT_EC_POINT_FORMATS:
		ch->has_point_formats = true;
		return parse_u8_list(ext, &ch->point_formats);
	case TLSO_EXT_SIGNATURE_ALGORITHMS:
		ch->has_schemes = true;
		return parse_u16_list(ext, 2, &ch->schemes);
	case TLSO_EXT_ALPN:
		return parse_alpn(ch, ext);
	case TLSO_EXT_EXTENDED_MASTER_SECRET:
		return parse_flag(ext, &ch->has_ems);
	case TLSO_EXT_RECORD_SIZE_LIMIT:
		return parse_limit(ch, ext);
	case TLSO_EXT_SESSION_TICKET:
		ch->has_ticket = true;
		ch->ticket = *ext;
		return TLSO_OK;
	case TLSO_EXT_SUPPORTED_VERSIONS:
		ch->has_versions = true;
		return parse_u16_list(ext, 1, &ch->versions);
	case TLSO_EXT_KEY_SHARE:
		ch->has_shares = true;
		return parse_shares(ext, &ch->shares);
	case TLSO_EXT_PSK_KEY_EXCHANGE_MODES:
		ch->has_psk_modes = true;
		return parse_u8_list(ext, &ch->psk_modes);
	case TLSO_EXT_EARLY_DATA:
		return parse_flag(ext, &ch->has_early_data);
	case TLSO_EXT_PRE_SHARED_KEY:
		return parse_psk(ch, ext);
	case TLSO_EXT_RENEGOTIATION_INFO:
		ch->has_reneg = true;
		ch->reneg = tlso_rd_vec(ext, 1);
		return form(tlso_rd_done(ext));
	default:
		return TLSO_OK; /* 4.1.2: unrecognised ones are ignored */
	}
}

static enum tlso_err parse_extensions(struct tlso_client_hello *ch,
				      struct tlso_rd *exts)
{
	u16 seen[EXTENSIONS_MAX];
	size_t n = 0, i;
	enum tlso_err e;

	ch->exts = *exts;
	while (exts->n) {
		u16 type = tlso_rd_u16(exts);
		struct tlso_rd ext = tlso_rd_vec(exts, 2);

		if (exts->bad || n == EXTENSIONS_MAX)
			return TLSO_E_DECODE;
		for (i = 0; i < n; i++)
			if (seen[i] == type)
				return TLSO_E_DECODE;
		seen[n++] = type;
		ch->psk_last = type == TLSO_EXT_PRE_SHARED_KEY;
		e = parse_extension(ch, type, &ext);
		if (e)
			return e;
	}
	return form(tlso_rd_done(exts));
}

enum tlso_err tlso_client_hello_parse(struct tlso_client_hello *ch,
				      const u8 *msg, size_t n)
{
	struct tlso_rd r, exts;
	u8 type;
	u32 len;

	memset(ch, 0, sizeof(*ch));
	tlso_rd_init(&r, msg, n);
	type = tlso_rd_u8(&r);
	len = tlso_rd_u24(&r);
	if (r.bad || type != TLSO_HS_CLIENT_HELLO || len != r.n)
		return TLSO_E_DECODE;
	ch->legacy_version = tlso_rd_u16(&r);
	ch->random = tlso_rd_bytes(&r, TLSO_RANDOM_LEN);
	ch->session_id = tlso_rd_vec(&r, 1);
	ch->suites = tlso_rd_vec(&r, 2);
	ch->compression = tlso_rd_vec(&r, 1);
	if (r.bad || ch->session_id.n > TLSO_SESSION_ID_MAX || !ch->suites.n ||
	    ch->suites.n % 2 || !ch->compression.n)
		return TLSO_E_DECODE;
	if (!r.n) /* older clients have none at all */
		return TLSO_OK;
	exts = tlso_rd_vec(&r, 2);
	if (!tlso_rd_done(&r))
		return TLSO_E_DECODE;
	return parse_extensions(ch, &exts);
}

bool tlso_list_has(struct tlso_rd list, u16 value)
{
	while (list.n)
		if (tlso_rd_u16(&list) == value && !list.bad)
			return true;
	return false;
}

bool tlso_list8_has(struct tlso_rd list, u8 value)
{
	while (list.n)
		if (tlso_rd_u8(&list) == value && !list.bad)
			return true;
	return false;
}

enum tlso_err tlso_client_hello_share(const struct tlso_client_hello *ch,
				      u16 group, struct tlso_rd *share)
{
	struct tlso_rd r = ch->shares;
	struct tlso_rd key;
	bool found = false;

	tlso_rd_init(share, NULL, 0);
	share->bad = true;
	while (r.n) {
		u16 id = tlso_rd_u16(&r);

		key = tlso_rd_vec(&r, 2);
		if (id != group)
			continue;
		if (found) /* 4.2.8: one share for a group */
			return TLSO_E_ILLEGAL;
		found = true;
		*share = key;
	}
	if (!found)
		return TLSO_OK;
	return tlso_group_share_fits(group, share->p, share->n) ?
		       TLSO_OK :
		       TLSO_E_ILLEGAL;
}

/* 4.1.2: what a client changes when it is asked to retry. 21 is padding's. */
static bool may_change(u16 type)
{
	return type == TLSO_EXT_KEY_SHARE || type == TLSO_EXT_EARLY_DATA ||
	       type == TLSO_EXT_COOKIE || type == TLSO_EXT_PRE_SHARED_KEY ||
	       type == 21;
}

static int add_vec(const struct tlso_hash_alg *h, struct tlso_hash_ctx *c,
		   u16 type, const struct tlso_rd *v)
{
	u8 head[4];
	struct tlso_wr w;

	tlso_wr_init(&w, head, sizeof(head));
	tlso_wr_u16(&w, type);
	tlso_wr_u16(&w, (u16)v->n);
	return h->update(c, head, sizeof(head)) || h->update(c, v->p, v->n);
}

enum tlso_err tlso_client_hello_digest(const struct tlso_client_hello *ch,
				       const struct tlso_hash_alg *sha256,
				       u8 out[32])
{
	struct tlso_rd exts = ch->exts;
	struct tlso_hash_ctx c;
	struct tlso_rd ext;
	u16 type;

	if (sha256->init(&c) ||
	    sha256->update(&c, ch->random, TLSO_RANDOM_LEN) ||
	    add_vec(sha256, &c, ch->legacy_version, &ch->session_id) ||
	    add_vec(sha256, &c, 0, &ch->suites) ||
	    add_vec(sha256, &c, 0, &ch->compression))
		return TLSO_E_CRYPTO;
	while (exts.n) {
		type = tlso_rd_u16(&exts);
		ext = tlso_rd_vec(&exts, 2);
		if (!may_change(type) && add_vec(sha256, &c, type, &ext))
			return TLSO_E_CRYPTO;
	}
	return sha256->final(&c, out) ? TLSO_E_CRYPTO : TLSO_OK;
}
