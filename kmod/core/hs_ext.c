// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Blocks of extensions: form, duplicates, and what a server may answer with. */
#include "hs_ext.h"

/* More than anybody sends; bounds the search for duplicates. */
#define EXTENSIONS_MAX 128

static const u16 known[] = {
	TLSO_EXT_SERVER_NAME,
	TLSO_EXT_STATUS_REQUEST,
	TLSO_EXT_SUPPORTED_GROUPS,
	TLSO_EXT_EC_POINT_FORMATS,
	TLSO_EXT_SIGNATURE_ALGORITHMS,
	TLSO_EXT_ALPN,
	TLSO_EXT_EXTENDED_MASTER_SECRET,
	TLSO_EXT_RECORD_SIZE_LIMIT,
	TLSO_EXT_SESSION_TICKET,
	TLSO_EXT_PRE_SHARED_KEY,
	TLSO_EXT_EARLY_DATA,
	TLSO_EXT_SUPPORTED_VERSIONS,
	TLSO_EXT_COOKIE,
	TLSO_EXT_PSK_KEY_EXCHANGE_MODES,
	TLSO_EXT_CERTIFICATE_AUTHORITIES,
	TLSO_EXT_SIGNATURE_ALGORITHMS_CERT,
	TLSO_EXT_KEY_SHARE,
	TLSO_EXT_RENEGOTIATION_INFO,
};

u32 tlso_ext_bit(u16 type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == type)
			return (u32)1 << i;
	return 0;
}

u16 tlso_ext_take(struct tlso_rd *list, struct tlso_rd *ext)
{
	u16 type = tlso_rd_u16(list);

	*ext = tlso_rd_vec(list, 2);
	return type;
}

enum tlso_err tlso_exts_check(struct tlso_rd list)
{
	u16 seen[EXTENSIONS_MAX];
	struct tlso_rd ext;
	size_t n = 0, i;

	while (list.n) {
		u16 type = tlso_ext_take(&list, &ext);

		if (list.bad || n == EXTENSIONS_MAX)
			return TLSO_E_DECODE;
		for (i = 0; i < n; i++)
			if (seen[i] == type)
				return tlso_ext_bit(type) ? TLSO_E_ILLEGAL :
							    TLSO_E_DECODE;
		seen[n++] = type;
	}
	return list.bad ? TLSO_E_DECODE : TLSO_OK;
}

/* What answers a TLS 1.2 client alone; TLS 1.3 has it in no message. */
static bool only_12(u16 type)
{
	return type == TLSO_EXT_EXTENDED_MASTER_SECRET ||
	       type == TLSO_EXT_RENEGOTIATION_INFO ||
	       type == TLSO_EXT_SESSION_TICKET ||
	       type == TLSO_EXT_EC_POINT_FORMATS;
}

/*
 * 4.2 has two alerts: unsupported_extension for an answer to no question of ours,
 * illegal_parameter for one that may not be in the message. One that belongs into
 * another message of TLS 1.3 is both, as we asked for nothing here; others send the
 * former.
 */
enum tlso_err tlso_exts_allowed(struct tlso_rd list, u32 asked, u32 allowed)
{
	struct tlso_rd ext;
	u16 type;
	u32 bit;

	while (list.n) {
		type = tlso_ext_take(&list, &ext);
		bit = tlso_ext_bit(type);
		if (bit & asked & allowed)
			continue;
		return (bit & asked) && only_12(type) ? TLSO_E_ILLEGAL :
							TLSO_E_UNSUPPORTED_EXT;
	}
	return TLSO_OK;
}
