/* SPDX-License-Identifier: GPL-2.0-only */
/* The options that BoGo's runner gives: see shim_opts.c for what they are. */
#ifndef TLSO_BOGO_SHIM_H
#define TLSO_BOGO_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#define SHIM_UNIMPLEMENTED 89
#define SHIM_LIST_MAX 32

struct shim_list {
	size_t n;
	int v[SHIM_LIST_MAX];
};

struct shim_opts {
	bool client; /* -server turns it off */
	int port, resume_count, min_version, max_version;
	int expect_curve_id, expect_peer_signature_algorithm;
	int export_keying_material, resumption_delay, max_send_fragment;
	int read_size, expect_version, expect_cipher, expect_cipher_aes;
	struct shim_list curves, verify_prefs, signing_prefs, suites;
	struct shim_list expect_peer_verify_pref;
	const char *shim_id, *cert_file, *key_file, *export_label;
	const char *export_context, *host_name, *advertise_alpn, *select_alpn;
	const char *expect_alpn, *expect_advertised_alpn, *expect_server_name;
	const char *expect_peer_cert_file, *cipher, *client_ca_list;
	const char *expect_client_ca_list;
	const char *early_data_reason, *certificate_types;
	int max_cert_list, ticket_age_skew, total_renegotiations;
	bool expect_ticket_age_skew;
	bool require_any_client_certificate, async, verify_peer, verify_fail;
	bool use_custom_verify_callback, reverify_on_resume;
	bool check_close_notify, shim_shuts_down, expect_hrr, expect_no_hrr;
	bool use_export_context, expect_session_miss, renegotiate_ignore;
	bool expect_ticket_renewal, expect_extended_master_secret;
	bool no_tls12, no_tls13, no_ticket, send_alert, shim_writes_first;
	bool decline_alpn, reject_alpn, expect_no_session, key_update;
	bool export_traffic_secrets, fail_early_callback, fail_ddos_callback;
	bool fail_cert_callback, select_empty_alpn, use_ocsp_callback;
	bool decline_ocsp_callback, renegotiate_freely;
};

/* Base64 of at most @max bytes; how many, or -1. */
int shim_base64(unsigned char *out, size_t max, const char *text);

/* The anchors with the names of @list: hex, with commas. How many. */
struct tlso_cert;
unsigned int shim_authorities(const char *list, const struct tlso_cert **anchors);

/* @opts[0] for the first connection, @opts[1] for those after it. 0, or the
 * status to exit with.
 */
int shim_opts_read(struct shim_opts opts[2], int argc, char **argv);

#endif /* TLSO_BOGO_SHIM_H */
