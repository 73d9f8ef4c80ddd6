// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of the shim: one table. A prefix says which connections an option is
 * for: -on-initial-, -on-resume-, -on-retry- (of 0-RTT, which is never refused
 * here because it is never sent); -on-shim- is no prefix at all, and -on-handshaker-
 * speaks to a second process, which there is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "../../kmod/core/suite.h"

enum kind { FLAG, NUMBER, LIST, TEXT, AGE, NO, SKIP_FLAG, SKIP_VALUE };

#define OPT(name, kind, field) { name, kind, offsetof(struct shim_opts, field) }

static const struct {
	const char *name;
	enum kind kind;
	size_t at;
} table[] = {
	OPT("port", NUMBER, port),
	OPT("shim-id", TEXT, shim_id),
	OPT("server", NO, client),
	OPT("resume-count", NUMBER, resume_count),
	OPT("cert-file", TEXT, cert_file),
	OPT("key-file", TEXT, key_file),
	OPT("curves", LIST, curves),
	OPT("verify-prefs", LIST, verify_prefs),
	OPT("signing-prefs", LIST, signing_prefs),
	OPT("cipher", TEXT, cipher),
	OPT("min-version", NUMBER, min_version),
	OPT("max-version", NUMBER, max_version),
	OPT("no-tls12", FLAG, no_tls12),
	OPT("no-tls13", FLAG, no_tls13),
	OPT("no-ticket", FLAG, no_ticket),
	OPT("async", FLAG, async),
	OPT("host-name", TEXT, host_name),
	OPT("advertise-alpn", TEXT, advertise_alpn),
	OPT("select-alpn", TEXT, select_alpn),
	OPT("decline-alpn", FLAG, decline_alpn),
	OPT("reject-alpn", FLAG, reject_alpn),
	OPT("verify-peer", FLAG, verify_peer),
	OPT("verify-fail", FLAG, verify_fail),
	OPT("reverify-on-resume", FLAG, reverify_on_resume),
	OPT("use-custom-verify-callback", FLAG, use_custom_verify_callback),
	OPT("require-any-client-certificate", FLAG,
	    require_any_client_certificate),
	OPT("renegotiate-ignore", FLAG, renegotiate_ignore),
	OPT("resumption-delay", NUMBER, resumption_delay),
	OPT("max-send-fragment", NUMBER, max_send_fragment),
	OPT("fail-early-callback", FLAG, fail_early_callback),
	OPT("fail-ddos-callback", FLAG, fail_ddos_callback),
	OPT("fail-cert-callback", FLAG, fail_cert_callback),
	OPT("use-client-ca-list", TEXT, client_ca_list),
	OPT("max-cert-list", NUMBER, max_cert_list),
	OPT("select-empty-alpn", FLAG, select_empty_alpn),
	OPT("use-ocsp-callback", FLAG, use_ocsp_callback),
	OPT("decline-ocsp-callback", FLAG, decline_ocsp_callback),
	OPT("renegotiate-freely", FLAG, renegotiate_freely),

	/* What is done once the handshake is over. */
	OPT("export-keying-material", NUMBER, export_keying_material),
	OPT("export-label", TEXT, export_label),
	OPT("export-context", TEXT, export_context),
	OPT("use-export-context", FLAG, use_export_context),
	OPT("export-traffic-secrets", FLAG, export_traffic_secrets),
	OPT("send-alert", FLAG, send_alert),
	OPT("shim-writes-first", FLAG, shim_writes_first),
	OPT("shim-shuts-down", FLAG, shim_shuts_down),
	OPT("check-close-notify", FLAG, check_close_notify),
	OPT("key-update", FLAG, key_update),
	OPT("read-size", NUMBER, read_size),

	/* What is to be found then. */
	OPT("expect-version", NUMBER, expect_version),
	OPT("expect-cipher", NUMBER, expect_cipher),
	OPT("expect-cipher-aes", NUMBER, expect_cipher_aes),
	OPT("expect-curve-id", NUMBER, expect_curve_id),
	OPT("expect-hrr", FLAG, expect_hrr),
	OPT("expect-no-hrr", FLAG, expect_no_hrr),
	OPT("expect-session-miss", FLAG, expect_session_miss),
	OPT("expect-no-session", FLAG, expect_no_session),
	OPT("expect-ticket-renewal", FLAG, expect_ticket_renewal),
	OPT("expect-extended-master-secret", FLAG,
	    expect_extended_master_secret),
	OPT("expect-alpn", TEXT, expect_alpn),
	OPT("expect-advertised-alpn", TEXT, expect_advertised_alpn),
	OPT("expect-server-name", TEXT, expect_server_name),
	OPT("expect-peer-cert-file", TEXT, expect_peer_cert_file),
	OPT("expect-peer-signature-algorithm", NUMBER,
	    expect_peer_signature_algorithm),
	OPT("expect-peer-verify-pref", LIST, expect_peer_verify_pref),
	OPT("expect-early-data-reason", TEXT, early_data_reason),
	OPT("expect-certificate-types", TEXT, certificate_types),
	OPT("expect-client-ca-list", TEXT, expect_client_ca_list),
	OPT("expect-ticket-age-skew", AGE, ticket_age_skew),
	OPT("expect-total-renegotiations", NUMBER, total_renegotiations),

	/*
	 * How BoringSSL is called, where that makes no difference on the wire:
	 * the handshake by its own call or by the first read, callbacks.
	 */
	{ "implicit-handshake", SKIP_FLAG, 0 },
	{ "handshake-twice", SKIP_FLAG, 0 },
	{ "no-op-extra-handshake", SKIP_FLAG, 0 },
	{ "peek-then-read", SKIP_FLAG, 0 },
	{ "use-early-callback", SKIP_FLAG, 0 },
	{ "use-old-client-cert-callback", SKIP_FLAG, 0 },
	{ "install-ddos-callback", SKIP_FLAG, 0 },
	{ "install-cert-compression-algs", SKIP_FLAG, 0 },
	{ "use-ticket-callback", SKIP_FLAG, 0 },
	{ "allow-hint-mismatch", SKIP_FLAG, 0 },
	{ "expect-verify-result", SKIP_FLAG, 0 },
	{ "expect-no-session-id", SKIP_FLAG, 0 }, /* tickets alone */
	{ "expect-secure-renegotiation", SKIP_FLAG, 0 }, /* of TLS 1.3: none */
	{ "forbid-renegotiation-after-handshake", SKIP_FLAG, 0 }, /* always */
	{ "false-start", SKIP_FLAG, 0 }, /* allowed, and never done */
	{ "renew-ticket", SKIP_FLAG, 0 }, /* a session of 1.3 always gets one */
	{ "retain-only-sha256-client-cert", SKIP_FLAG, 0 }, /* nor the rest */
	{ "expect-cipher-no-aes", SKIP_VALUE, 0 }, /* AES is always fast */
	{ "no-tls1", SKIP_FLAG, 0 },
	{ "no-tls11", SKIP_FLAG, 0 },
	{ "server-preference", SKIP_FLAG, 0 }, /* always */
	{ "enforce-rsa-key-usage", SKIP_FLAG, 0 }, /* always */
	/* Extensions that we neither send nor answer. */
	{ "advertise-npn", SKIP_VALUE, 0 },
	{ "srtp-profiles", SKIP_VALUE, 0 },
	{ "application-settings", SKIP_VALUE, 0 },
	{ "install-one-cert-compression-alg", SKIP_VALUE, 0 },
	{ "psk", SKIP_VALUE, 0 },
	{ "psk-identity", SKIP_VALUE, 0 },
	{ "ocsp-response", SKIP_VALUE, 0 },
	{ "signed-cert-timestamps", SKIP_VALUE, 0 },
	{ "quic-use-legacy-codepoint", SKIP_VALUE, 0 },
};

static int unimplemented(const char *name)
{
	fprintf(stderr, "not implemented: %s\n", name);
	return SHIM_UNIMPLEMENTED;
}

static void set(struct shim_opts *o, size_t i, char *value)
{
	char *p = (char *)o + table[i].at;
	struct shim_list *list;

	switch (table[i].kind) {
	case FLAG:
		*(bool *)p = true;
		break;
	case NO:
		*(bool *)p = false;
		break;
	case NUMBER:
		*(int *)p = atoi(value);
		break;
	case AGE:
		*(int *)p = atoi(value);
		o->expect_ticket_age_skew = true;
		break;
	case TEXT:
		*(const char **)p = value;
		break;
	case LIST:
		list = (struct shim_list *)p;
		if (list->n < SHIM_LIST_MAX)
			list->v[list->n++] = atoi(value);
		break;
	default:
		break;
	}
}

/* OpenSSL's names, where they are ours. */
static const struct {
	const char *name;
	int id;
} suites[] = {
	{ "ECDHE-ECDSA-AES128-GCM-SHA256",
	  TLSO_ECDHE_ECDSA_AES_128_GCM_SHA256 },
	{ "ECDHE-ECDSA-AES256-GCM-SHA384",
	  TLSO_ECDHE_ECDSA_AES_256_GCM_SHA384 },
	{ "ECDHE-RSA-AES128-GCM-SHA256", TLSO_ECDHE_RSA_AES_128_GCM_SHA256 },
	{ "ECDHE-RSA-AES256-GCM-SHA384", TLSO_ECDHE_RSA_AES_256_GCM_SHA384 },
	{ "ECDHE-RSA-CHACHA20-POLY1305", TLSO_ECDHE_RSA_CHACHA20_POLY1305 },
	{ "ECDHE-ECDSA-CHACHA20-POLY1305",
	  TLSO_ECDHE_ECDSA_CHACHA20_POLY1305 },
	{ "AES128-GCM-SHA256", TLSO_RSA_AES_128_GCM_SHA256 },
	{ "AES256-GCM-SHA384", TLSO_RSA_AES_256_GCM_SHA384 },
};

static int add_suite(struct shim_opts *o, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (!strcmp(name, suites[i].name)) {
			o->suites.v[o->suites.n++] = suites[i].id;
			return 0;
		}
	return unimplemented(name);
}

/* A plain list without groups of equal preference; of the words for many suites
 * only those that tests use. Suites of TLS 1.3 are not in such lists, and always
 * there.
 */
static int read_suites(struct shim_opts *o)
{
	static const int of_13[] = { TLSO_AES_128_GCM_SHA256,
				     TLSO_CHACHA20_POLY1305_SHA256,
				     TLSO_AES_256_GCM_SHA384 };
	char list[512], *save = NULL, *p;
	size_t i;

	/* NULL-SHA, put behind our own by some tests, is not ours. */
	if (!o->cipher || !strcmp(o->cipher, "DEFAULT") ||
	    !strcmp(o->cipher, "DEFAULT:NULL-SHA"))
		return 0;
	for (i = 0; i < 3; i++)
		o->suites.v[o->suites.n++] = of_13[i];
	if (!strcmp(o->cipher, "DEFAULT:!AES"))
		return add_suite(o, "ECDHE-ECDSA-CHACHA20-POLY1305") ||
		       add_suite(o, "ECDHE-RSA-CHACHA20-POLY1305");
	snprintf(list, sizeof(list), "%s", o->cipher);
	for (p = strtok_r(list, ":", &save); p; p = strtok_r(NULL, ":", &save))
		if (o->suites.n == SHIM_LIST_MAX || add_suite(o, p))
			return SHIM_UNIMPLEMENTED;
	return 0;
}

int shim_base64(unsigned char *out, size_t max, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int acc = 0, bits = 0;
	size_t n = 0;

	for (; *text && *text != '='; text++) {
		const char *p = strchr(digits, *text);

		if (!p)
			return -1;
		acc = acc << 6 | (unsigned int)(p - digits);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == max)
			return -1;
		out[n++] = (unsigned char)(acc >> bits);
	}
	return (int)n;
}

/* Groups that are not ours are left out, if any is left. */
static int check_curves(struct shim_opts *o)
{
	size_t i, n = 0;

	for (i = 0; i < o->curves.n; i++)
		if (tlso_group_share_len((u16)o->curves.v[i]))
			o->curves.v[n++] = o->curves.v[i];
	if (o->curves.n && !n)
		return unimplemented("curves");
	o->curves.n = n;
	return 0;
}

/* What only one value of is understood. */
static int check(struct shim_opts *o)
{
	if (check_curves(o))
		return SHIM_UNIMPLEMENTED;
	if (o->early_data_reason && strcmp(o->early_data_reason, "disabled"))
		return unimplemented("expect-early-data-reason");
	if (o->use_ocsp_callback && !o->decline_ocsp_callback)
		return unimplemented("use-ocsp-callback"); /* none is stapled */
	if (o->expect_cipher_aes && !o->expect_cipher)
		o->expect_cipher = o->expect_cipher_aes;
	return read_suites(o);
}

static bool prefix(const char **name, const char *p)
{
	size_t n = strlen(p);

	if (strncmp(*name, p, n))
		return false;
	*name += n;
	return true;
}

static int find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(name, table[i].name))
			return (int)i;
	return -1;
}

int shim_opts_read(struct shim_opts opts[2], int argc, char **argv)
{
	int a, i, first, later;

	opts[0].client = true;
	opts[1].client = true;
	for (a = 1; a < argc; a++) {
		const char *name = argv[a];
		bool skip = false, initial = false, resume = false, has_value;

		if (*name++ != '-')
			return unimplemented(argv[a]);
		for (;;) {
			if (prefix(&name, "on-shim-"))
				continue;
			if (prefix(&name, "on-handshaker-") ||
			    prefix(&name, "on-retry-"))
				skip = true;
			else if (prefix(&name, "on-initial-"))
				initial = true;
			else if (prefix(&name, "on-resume-"))
				resume = true;
			else
				break;
		}
		i = find(name);
		if (i < 0)
			return unimplemented(argv[a]);
		has_value = table[i].kind != FLAG && table[i].kind != NO &&
			    table[i].kind != SKIP_FLAG;
		if (has_value && ++a == argc)
			return unimplemented(name);
		first = initial || !resume;
		later = resume || !initial;
		if (!skip && first)
			set(&opts[0], (size_t)i, argv[a]);
		if (!skip && later)
			set(&opts[1], (size_t)i, argv[a]);
	}
	i = check(&opts[0]);
	return i ? i : check(&opts[1]);
}
