// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/*
 * ServerHello and HelloRetryRequest: parse. Responsible for their form; client.c
 * and client13.c, client12.c judge what they say.
 */
#include "hs_ext.h"
#include "hs_msg.h"
#include "hs_server_hello.h"

/* 4.1.3: SHA-256 of "HelloRetryRequest" */
const u8 tlso_retry_request_random[TLSO_RANDOM_LEN] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

enum tlso_err tlso_ext_u16(struct tlso_rd ext, u16 *v)
{
	*v = tlso_rd_u16(&ext);
	return tlso_rd_done(&ext) ? TLSO_OK : TLSO_E_DECODE;
}

enum tlso_err tlso_server_share_parse(struct tlso_rd ext, u16 *group,
				      struct tlso_rd *share)
{
	*group = tlso_rd_u16(&ext);
	*share = tlso_rd_vec(&ext, 2);
	return tlso_rd_done(&ext) && share->n ? TLSO_OK : TLSO_E_DECODE;
}

static enum tlso_err find_version(struct tlso_server_hello *sh)
{
	struct tlso_rd list = sh->exts, ext;
	enum tlso_err e = TLSO_OK;

	while (!e && list.n) {
		if (tlso_ext_take(&list, &ext) != TLSO_EXT_SUPPORTED_VERSIONS)
			continue;
		sh->has_version = true;
		e = tlso_ext_u16(ext, &sh->version);
	}
	return e;
}

enum tlso_err tlso_server_hello_parse(struct tlso_server_hello *sh,
				      const u8 *msg, size_t n)
{
	struct tlso_rd r;
	enum tlso_err e;

	memset(sh, 0, sizeof(*sh));
	e = tlso_msg_open(&r, TLSO_HS_SERVER_HELLO, msg, n);
	if (e)
		return e;
	sh->legacy_version = tlso_rd_u16(&r);
	sh->random = tlso_rd_bytes(&r, TLSO_RANDOM_LEN);
	sh->session_id = tlso_rd_vec(&r, 1);
	sh->suite = tlso_rd_u16(&r);
	sh->compression = tlso_rd_u8(&r);
	if (r.bad || sh->session_id.n > TLSO_SESSION_ID_MAX)
		return TLSO_E_DECODE;
	tlso_rd_init(&sh->exts, NULL, 0);
	if (r.n) /* RFC 5246 7.4.1.3: there may be none at all */
		sh->exts = tlso_rd_vec(&r, 2);
	if (!tlso_rd_done(&r))
		return TLSO_E_DECODE;
	e = tlso_exts_check(sh->exts);
	if (e)
		return e;
	sh->retry = !memcmp(sh->random, tlso_retry_request_random,
			    TLSO_RANDOM_LEN);
	return find_version(sh);
}
