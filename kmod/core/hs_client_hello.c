// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * ClientHello: parse. Responsible for its form; negotiate.c chooses from it.
 */
#include "hs_client_hello.h"
#include "suite.h"

/* More extensions than any client has; bounds the search for duplicates. */
#define EXTENSIONS_MAX 128

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

/* RFC 6066 3: we serve one identity, but the form must be right. */
static enum tlso_err parse_server_name(struct tlso_rd *ext)
{
	struct tlso_rd list = tlso_rd_vec(ext, 2);
	struct tlso_rd name;
	u8 type;

	if (!tlso_rd_done(ext) || !list.n)
		return TLSO_E_DECODE;
	while (!list.bad && list.n) {
		type = tlso_rd_u8(&list);
		name = tlso_rd_vec(&list, 2);
		if (!list.bad && type == 0 && !name.n)
			return TLSO_E_DECODE;
	}
	return form(!list.bad);
}

/* 4.2.11: checked for form, then not used: we resume nothing. */
static enum tlso_err parse_psk(struct tlso_rd *ext)
{
	struct tlso_rd ids = tlso_rd_vec(ext, 2);
	struct tlso_rd binders = tlso_rd_vec(ext, 2);
	size_t n_ids = 0, n_binders = 0;

	if (!tlso_rd_done(ext) || !ids.n || !binders.n)
		return TLSO_E_DECODE;
	for (; !ids.bad && ids.n; n_ids++) {
		if (!tlso_rd_vec(&ids, 2).n)
			return TLSO_E_DECODE;
		(void)tlso_rd_u32(&ids);
	}
	for (; !binders.bad && binders.n; n_binders++)
		if (tlso_rd_vec(&binders, 1).n < 32)
			return TLSO_E_DECODE;
	if (ids.bad || binders.bad)
		return TLSO_E_DECODE;
	return n_ids == n_binders ? TLSO_OK : TLSO_E_ILLEGAL;
}

static enum tlso_err parse_extension(struct tlso_client_hello *ch, u16 type,
				     struct tlso_rd *ext)
{
	struct tlso_rd modes;

	switch (type) {
	case TLSO_EXT_SERVER_NAME:
		return parse_server_name(ext);
	case TLSO_EXT_SUPPORTED_GROUPS:
		ch->has_groups = true;
		return parse_u16_list(ext, 2, &ch->groups);
	case TLSO_EXT_SIGNATURE_ALGORITHMS:
		ch->has_schemes = true;
		return parse_u16_list(ext, 2, &ch->schemes);
	case TLSO_EXT_SUPPORTED_VERSIONS:
		ch->has_versions = true;
		return parse_u16_list(ext, 1, &ch->versions);
	case TLSO_EXT_KEY_SHARE:
		ch->has_shares = true;
		return parse_shares(ext, &ch->shares);
	case TLSO_EXT_PSK_KEY_EXCHANGE_MODES:
		ch->has_psk_modes = true;
		modes = tlso_rd_vec(ext, 1);
		return form(tlso_rd_done(ext) && modes.n);
	case TLSO_EXT_EARLY_DATA:
		ch->has_early_data = true;
		return form(!ext->n);
	case TLSO_EXT_PRE_SHARED_KEY:
		ch->has_psk = true;
		return parse_psk(ext);
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

	while (exts->n) {
		u16 type = tlso_rd_u16(exts);
		struct tlso_rd ext = tlso_rd_vec(exts, 2);

		if (exts->bad || n == EXTENSIONS_MAX)
			return TLSO_E_DECODE;
		if (ch->has_psk) /* 4.2.11: must be the last one */
			return TLSO_E_ILLEGAL;
		for (i = 0; i < n; i++)
			if (seen[i] == type)
				return TLSO_E_ILLEGAL;
		seen[n++] = type;
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
	(void)tlso_rd_bytes(&r, TLSO_RANDOM_LEN);
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
	/* 4.2.8.2: P-256 points are uncompressed */
	if (share->n != tlso_group_share_len(group) ||
	    (group == TLSO_GROUP_P256 && share->p[0] != 4))
		return TLSO_E_ILLEGAL;
	return TLSO_OK;
}
