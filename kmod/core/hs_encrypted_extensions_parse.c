// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* EncryptedExtensions, RFC 8446 4.3.1: parse, a client's. */
#include "client.h"
#include "hs_ext.h"

/* 4.2.7: the server's groups, for the next time. We keep nothing of them. */
static enum tlso_err check_groups(struct tlso_rd ext)
{
	struct tlso_rd list = tlso_rd_vec(&ext, 2);

	return tlso_rd_done(&ext) && list.n && list.n % 2 == 0 ? TLSO_OK :
								 TLSO_E_DECODE;
}

static enum tlso_err take(struct tlso_director *d, u16 type, struct tlso_rd ext)
{
	switch (type) {
	case TLSO_EXT_ALPN:
		return tlso_c_alpn(d, ext);
	case TLSO_EXT_RECORD_SIZE_LIMIT:
		return tlso_c_record_size(d, TLSO_VERSION_13, ext);
	case TLSO_EXT_SUPPORTED_GROUPS:
		return check_groups(ext);
	default: /* server_name: RFC 6066 3, empty */
		return ext.n ? TLSO_E_DECODE : TLSO_OK;
	}
}

enum tlso_err tlso_encrypted_extensions_parse(struct tlso_director *d,
					      const u8 *msg, size_t n)
{
	u32 allowed = tlso_ext_bit(TLSO_EXT_SERVER_NAME) |
		      tlso_ext_bit(TLSO_EXT_SUPPORTED_GROUPS) |
		      tlso_ext_bit(TLSO_EXT_ALPN) |
		      tlso_ext_bit(TLSO_EXT_RECORD_SIZE_LIMIT);
	struct tlso_rd r, list, ext;
	enum tlso_err e;
	u16 type;

	e = tlso_msg_open(&r, TLSO_HS_ENCRYPTED_EXTENSIONS, msg, n);
	if (e)
		return e;
	list = tlso_rd_vec(&r, 2);
	if (!tlso_rd_done(&r))
		return TLSO_E_DECODE;
	e = tlso_exts_check(list);
	if (!e)
		e = tlso_exts_allowed(list, d->c.offered, allowed);
	while (!e && list.n) {
		type = tlso_ext_take(&list, &ext);
		e = take(d, type, ext);
	}
	return e;
}
