/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The director: decides. It reads finished segments, negotiates, judges the peer's
 * certificates, and composes the next starter. It holds no key and computes with
 * no secret.
 *
 * Context: process context in the kernel (signatures of certificates are checked
 * here); the caller serialises calls. Allocates nothing. An error sticks.
 * Source: RFC 8446 4, RFC 5246 7.4; specification Figs. 15, 16.
 */
#ifndef TLSO_DIRECTOR_H
#define TLSO_DIRECTOR_H

#include "seam.h"
#include "ticket.h"
#include "x509.h"

/* One of our identities. */
struct tlso_id {
	u8 key_type; /* enum tlso_key_type */
	u16 rsa_bits; /* modulus, for the signature's room */
	u8 n_chain;
	struct tlso_cert chain[TLSO_CHAIN_MAX]; /* leaf first */
};

enum tlso_client_auth {
	TLSO_AUTH_NONE,
	TLSO_AUTH_REQUEST, /* a client without a certificate is welcome */
	TLSO_AUTH_REQUIRE,
};

/* Who a peer is that has proven it; a session's tickets carry it along. */
struct tlso_peer_id {
	u32 user; /* the caller's number, or TLSO_NOBODY */
	u8 leaf[32]; /* SHA-256 of its certificate; zero: there was none */
};

#define TLSO_NOBODY 0xffffffff
#define TLSO_PEER_ID_LEN 36 /* in a ticket */

/* What the caller has to do with a peer's certificates. Process context. An error ends the
 * handshake with its alert; *@why may say more.
 */
struct tlso_peer_ops {
	/* The chain, as it was sent, leads from certs[0] to an anchor; lent for the call. */
	enum tlso_err (*chain)(void *ctx, const struct tlso_cert *certs,
			       unsigned int n, const char **why);
	/* The peer has certs[0]'s private key. Fills @id. */
	enum tlso_err (*admit)(void *ctx, struct tlso_peer_id *id,
			       const char **why);
};

#define TLSO_SUITES_MAX 16
#define TLSO_GROUPS_MAX 4
#define TLSO_SCHEMES_MAX 12
#define TLSO_NAME_MAX 255 /* a host name */
#define TLSO_ALPN_MAX 255 /* one protocol's name */

/* Everything is lent and outlives the director. Zero is a sound value of every
 * field but crypto, work and versions.
 */
struct tlso_config {
	const struct tlso_crypto *crypto; /* hashes and verify alone */
	struct tlso_x509_work *work; /* one handshake at a time */
	bool client;
	u8 versions;
#define TLSO_USE_12 0x01
#define TLSO_USE_13 0x02
	bool rsa_kx; /* TLS 1.2 RSA key transport is allowed */
	u8 n_suites; /* our preference, both versions; 0: all, in our order */
	u16 suites[TLSO_SUITES_MAX];
	u8 n_groups; /* our preference; 0: X25519, P-256, P-384 */
	u16 groups[TLSO_GROUPS_MAX];
	u8 n_shares; /* client: shares for the first so many groups; 0: one */
	u8 n_schemes; /* signature schemes, sent and accepted; 0: all of ours */
	u16 schemes[TLSO_SCHEMES_MAX];
	u8 n_sign_schemes; /* that we sign with, our preference; 0: all of ours */
	u16 sign_schemes[TLSO_SCHEMES_MAX];
	const struct tlso_id *ids; /* ours; client: for client authentication */
	u8 n_ids;
	/* Whom we believe. A client verifies always (but see verify_flags); a
	 * server where client_auth asks for it.
	 */
	const struct tlso_cert *anchors;
	unsigned int n_anchors;
	u8 client_auth; /* server: enum tlso_client_auth */
	u8 verify_flags; /* TLSO_VERIFY_* */
	bool sni_strict; /* server: unknown name: unrecognized_name, not ids[0] */
	bool no_sni; /* client: name is checked and not sent */
	bool unsafe_servers; /* client: also ones without RFC 5746, RFC 7627 */
	u64 now_ms; /* wall clock, milliseconds since 1970 UTC */
	const char *name; /* client: host name or IP text of the server; NULL: any */
	size_t name_len;
	/* ALPN: u8-length-prefixed names, our preference. A server that has no
	 * name in common with a client that offers some refuses (RFC 7301 3.2).
	 */
	const u8 *alpn;
	size_t alpn_len;
	u16 record_size_limit; /* RFC 8449; 0: not said; else 64 to 16385 */
	bool tickets; /* server: accept and issue; client: ask for */
	u32 ticket_lifetime_s; /* server; 0: 7200 */
	u8 ticket_bind[32]; /* server: a ticket counts only under the same bytes */
	const struct tlso_resume *resume; /* client; secret not looked at */
	u8 *ticket_buf; /* client: room for a TLS 1.2 ticket, or NULL */
	size_t ticket_cap;
	u8 *peer_der; /* room for the peer's leaf certificate, or NULL */
	size_t peer_der_cap;
	const struct tlso_peer_ops *peer; /* or NULL */
	void *peer_ctx;
};

enum tlso_step {
	TLSO_STEP_WAIT, /* wait for the next finished segment */
	TLSO_STEP_SEND, /* complete the starter, send what comes out (it may be
			 * nothing), then wait
			 */
	TLSO_STEP_DONE, /* the handshake is over */
	TLSO_STEP_LAST, /* complete and send the starter; then it is over */
	TLSO_STEP_FAIL, /* over and failed; send the starter (an alert) first
			 * if there is one, then close
			 */
};

struct tlso_director {
	const struct tlso_config *cfg;
	enum tlso_err err;
	u8 alert; /* sent or received, TLSO_ALERT_NONE */
	u8 state; /* enum tlso_hs_state */
	u8 write_epoch; /* of the completer, as our starters made it */
	u8 prev_epoch; /* before the last starter */
	const char *why; /* a detail for logs, or NULL */

	/* Negotiated; of interest to the caller once the handshake is over. */
	u16 version; /* 0 until known */
	u16 suite;
	u16 group; /* 0: RSA key transport, or TLS 1.2 resumption */
	u16 scheme; /* that our side signs with, 0: it does not */
	u16 peer_scheme;
	u8 identity; /* index of ours */
	bool resumed;
	bool ems;
	bool peer_verified; /* its chain and its signature, now or when the
			     * session that is resumed was made
			     */
	struct tlso_peer_id peer; /* where peer_verified, from cfg->peer */
	bool tickets_wanted; /* 1.3 server: the client takes tickets of ours */
	u16 peer_limit; /* record_size_limit of the peer: plaintext bytes of a
			 * record we send (in 1.3 with the type byte); 0: none
			 */
	bool limit_agreed; /* ours is in force: cfg->record_size_limit */
	u8 alpn_len; /* chosen protocol */
	u8 alpn[TLSO_ALPN_MAX];
	u8 name_len; /* server: the name that the client asked for */
	char name[TLSO_NAME_MAX];
	size_t peer_der_len; /* of cfg->peer_der; 0: none, or too long */
	/* Client, TLS 1.2: the ticket that came. */
	size_t ticket_len;
	u32 ticket_lifetime_s;

	/* The handshake's own. */
	u8 hrr_sent; /* or received */
	u8 ccs_sent;
	u8 session_id[32]; /* sent by us, or to be echoed */
	u8 session_id_len;
	struct tlso_pubkey peer_key;
	union {
		struct {
			u32 hello_exts; /* bits of the extensions in the first
					 * ClientHello that call for an answer
					 */
			bool cert_asked;
			bool cert_came; /* with at least one certificate */
			bool ticket_due; /* TLS 1.2: send a NewSessionTicket */
			bool reneg_info; /* TLS 1.2: say that it is safe */
			bool psk_chosen; /* before a HelloRetryRequest */
			u64 since_ms; /* resumed: when the full handshake was */
			u8 hello_hash[32]; /* of what may not change after HRR */
		} s;
		struct {
			u32 offered; /* bits of the extensions that we sent */
			u16 shares[TLSO_KEY_GEN_MAX];
			u8 n_shares;
			u16 psk_suite; /* of the session offered, 0: none */
			bool cert_asked;
			bool ticket_due;
			u16 req_schemes[TLSO_SCHEMES_MAX]; /* CertificateRequest */
			u8 n_req_schemes;
			u8 req_types; /* TLS 1.2: 1 RSA, 2 ECDSA */
			u8 ske_point[TLSO_SHARE_MAX]; /* TLS 1.2 */
			u8 ske_point_len;
			u16 cookie_len; /* of the HelloRetryRequest */
			u8 cookie[1024]; /* longer ones: illegal_parameter */
		} c;
	};
};

void tlso_director_init(struct tlso_director *d, const struct tlso_config *cfg);

/* Client: composes the ClientHello: SEND. */
__must_check enum tlso_step tlso_director_start(struct tlso_director *d, u8 *out,
						size_t cap, size_t *n,
						size_t *wire);

/*
 * Takes the finished segment @seg, and leaves the next starter at @out, *@n
 * bytes (0: none); TLSO_STARTER_MAX is always room enough. *@wire is the length
 * that the completed starter will have on the wire, exact in TLS 1.3, the most that
 * it may have in TLS 1.2 (seam.h).
 */
__must_check enum tlso_step tlso_director_step(struct tlso_director *d,
					       const u8 *seg, size_t len, u8 *out,
					       size_t cap, size_t *n, size_t *wire);

/* Composes an alert starter in the present write epoch, for failures that the
 * caller found (timeout, clear text): TLSO_STEP_FAIL.
 */
__must_check enum tlso_step tlso_director_abort(struct tlso_director *d, u8 alert,
						u8 *out, size_t cap, size_t *n,
						size_t *wire);

/* The completer refused our last starter with @e, and nothing of it was sent
 * (TLSO_E_ILLEGAL: the peer's key share was no valid one). Composes the alert
 * for @e in the epoch before that starter: TLSO_STEP_FAIL.
 */
__must_check enum tlso_step tlso_director_refused(struct tlso_director *d,
						  enum tlso_err e, u8 *out,
						  size_t cap, size_t *n,
						  size_t *wire);

/* The most content of a protected record that the peer may send us: 2^14, or our
 * record_size_limit where it was agreed (less the type byte in TLS 1.3).
 */
u16 tlso_director_own_limit(const struct tlso_director *d);

/* What goes into a ticket of this session, for tlso_post_ticket_write():
 * *@n <= TLSO_TICKET_CTX_MAX bytes.
 */
void tlso_director_ticket_ctx(const struct tlso_director *d,
			      u8 out[TLSO_TICKET_CTX_MAX], size_t *n);

const char *tlso_suite_name(u16 suite); /* never NULL */
const char *tlso_group_name(u16 group); /* never NULL */

#endif /* TLSO_DIRECTOR_H */
