/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* ClientHello, RFC 8446 4.1.2, as parsed; and what a server takes from it. */
#ifndef TLSO_HS_CLIENT_HELLO_H
#define TLSO_HS_CLIENT_HELLO_H

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "wire.h"

/* Readers point into the message. They are well formed where has_* says so, else
 * empty.
 */
struct tlso_client_hello {
	u16 legacy_version;
	const u8 *random;
	struct tlso_rd session_id;
	struct tlso_rd suites; /* u16 each */
	struct tlso_rd compression; /* u8 each */
	struct tlso_rd exts; /* all of them */
	struct tlso_rd name; /* server_name: the host name; empty: none */
	struct tlso_rd versions; /* u16 each */
	struct tlso_rd groups; /* u16 each */
	struct tlso_rd schemes; /* u16 each */
	struct tlso_rd shares; /* u16 group, u16-vector each */
	struct tlso_rd alpn; /* u8-vector each */
	struct tlso_rd point_formats; /* u8 each */
	struct tlso_rd ticket; /* session_ticket; may be empty */
	struct tlso_rd reneg; /* renegotiated_connection; may be empty */
	struct tlso_rd psk_modes; /* u8 each */
	struct tlso_rd psk_ids; /* u16-vector, u32 each */
	struct tlso_rd psk_binders; /* u8-vector each, as many */
	u16 record_size_limit;
	bool has_versions;
	bool has_groups;
	bool has_schemes;
	bool has_shares;
	bool has_alpn;
	bool has_point_formats;
	bool has_ticket;
	bool has_reneg;
	bool has_ems;
	bool has_record_size_limit;
	bool has_early_data;
	bool has_psk_modes;
	bool has_psk;
	bool psk_last; /* as 4.2.11 asks */
};

/* @msg with its 4-byte header. Checks form, and what needs no negotiation. */
__must_check enum tlso_err tlso_client_hello_parse(struct tlso_client_hello *ch,
						   const u8 *msg, size_t n);

/* Whether the u16 list, or the u8 list, @list has @value. */
bool tlso_list_has(struct tlso_rd list, u16 value);
bool tlso_list8_has(struct tlso_rd list, u8 value);

/* The client's share for @group: *@share, bad where there is none.
 * TLSO_E_ILLEGAL if there are two, or it is not of the group's form.
 */
__must_check enum tlso_err
tlso_client_hello_share(const struct tlso_client_hello *ch, u16 group,
			struct tlso_rd *share);

/* A digest of what may not differ between the two ClientHellos of a handshake
 * with a HelloRetryRequest (4.1.2).
 */
__must_check enum tlso_err
tlso_client_hello_digest(const struct tlso_client_hello *ch,
			 const struct tlso_hash_alg *sha256, u8 out[32]);

#endif /* TLSO_HS_CLIENT_HELLO_H */
