/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* ClientHello, RFC 8446 4.1.2, as parsed; and what a server takes from it. */
#ifndef TLSO_HS_CLIENT_HELLO_H
#define TLSO_HS_CLIENT_HELLO_H

#include "buf.h"
#include "err.h"
#include "wire.h"

/* Readers point into the message. They are well formed where has_* says so. */
struct tlso_client_hello {
	u16 legacy_version;
	struct tlso_rd session_id;
	struct tlso_rd suites; /* u16 each */
	struct tlso_rd compression;
	struct tlso_rd versions; /* u16 each */
	struct tlso_rd groups; /* u16 each */
	struct tlso_rd schemes; /* u16 each */
	struct tlso_rd shares; /* u16 group, u16-vector each */
	bool has_versions;
	bool has_groups;
	bool has_schemes;
	bool has_shares;
	bool has_early_data;
	bool has_psk;
	bool has_psk_modes;
};

/* @msg with its 4-byte header. Checks form, and what needs no negotiation. */
__must_check enum tlso_err tlso_client_hello_parse(struct tlso_client_hello *ch,
						   const u8 *msg, size_t n);

/* Whether the u16 list @list has @value. */
bool tlso_list_has(struct tlso_rd list, u16 value);

/* The client's share for @group: *@share, bad where there is none.
 * TLSO_E_ILLEGAL if there are two, or it is not of the group's form.
 */
__must_check enum tlso_err
tlso_client_hello_share(const struct tlso_client_hello *ch, u16 group,
			struct tlso_rd *share);

#endif /* TLSO_HS_CLIENT_HELLO_H */
