/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What applications and tools see of tls_offload. The only header installed.
 *
 * A socket on a secure port needs none of it: its calls mean what they mean
 * on a TCP socket. What a call says where TLS fails:
 *
 *	EBADMSG		a record or a handshake message is malformed or forged
 *	ECONNRESET	the peer sent a fatal alert, or the adapter is gone
 *	ECONNABORTED	the connection could not be attached, or was closed
 *			while the handshake went on
 *	EMSGSIZE	the record numbers of a key are used up
 */
#ifndef _UAPI_LINUX_TLS_OFFLOAD_H
#define _UAPI_LINUX_TLS_OFFLOAD_H

#include <linux/types.h>

/* setsockopt(SOL_TCP, TCP_ULP, ...): the socket takes the options below; its text
 * goes on in clear until TLS_OFFLOAD_START.
 */
#define TLS_OFFLOAD_ULP "tls_offload"
/* add_key(2): the type of a key that holds a chain and its private key. */
#define TLS_OFFLOAD_KEY_TYPE "tls_offload"

/*
 * Policy, over generic netlink: family TLS_OFFLOAD_GENL_NAME. Each network
 * namespace has its own; all commands want CAP_NET_ADMIN in the user namespace
 * that owns it. The same in YAML: tls_offload.yaml beside the source of this.
 */
#define TLS_OFFLOAD_GENL_NAME "tls_offload"
#define TLS_OFFLOAD_GENL_VERSION 1

#define TLS_OFFLOAD_RULES_MAX 1024 /* of one policy */
#define TLS_OFFLOAD_LIST_MAX 16 /* elements of each of a rule's lists */
#define TLS_OFFLOAD_NAME_MAX 63 /* bytes of a rule's name */

enum tls_offload_cmd {
	TLS_OFFLOAD_CMD_UNSPEC,
	/* do: replaces the whole policy by the TLS_OFFLOAD_A_RULEs of this one
	 * message (none: an empty policy), or changes nothing and fails. An error
	 * that a rule is to blame for points at its attribute (NLMSGERR_ATTR_OFFS).
	 */
	TLS_OFFLOAD_CMD_POLICY_SET,
	/* dump: a message with one TLS_OFFLOAD_A_RULE each, in the order in which
	 * they are looked at, those that the sysctls stand for among them.
	 */
	TLS_OFFLOAD_CMD_POLICY_GET,
	/* do: TLS_OFFLOAD_A_FLOW; the answer has a TLS_OFFLOAD_A_MISS for each rule
	 * that was looked at in vain, in order, and the TLS_OFFLOAD_A_RULE that
	 * matches, if one does. Counts nothing.
	 */
	TLS_OFFLOAD_CMD_POLICY_TEST,

	__TLS_OFFLOAD_CMD_MAX,
};

#define TLS_OFFLOAD_CMD_MAX (__TLS_OFFLOAD_CMD_MAX - 1)

enum tls_offload_attr {
	TLS_OFFLOAD_A_UNSPEC,
	TLS_OFFLOAD_A_RULE, /* nest of enum tls_offload_rule_attr */
	TLS_OFFLOAD_A_FLOW, /* nest of enum tls_offload_flow_attr */
	TLS_OFFLOAD_A_MISS, /* nest of enum tls_offload_miss_attr */

	__TLS_OFFLOAD_A_MAX,
};

#define TLS_OFFLOAD_A_MAX (__TLS_OFFLOAD_A_MAX - 1)

enum tls_offload_direction { /* a mask */
	TLS_OFFLOAD_IN = 1, /* accepted; local is where it was listened */
	TLS_OFFLOAD_OUT = 2, /* connected */
};

enum tls_offload_verdict {
	TLS_OFFLOAD_OFF, /* not ours, whatever rules behind it say */
	TLS_OFFLOAD_REQUIRE, /* TLS, or no connection */
	TLS_OFFLOAD_MONITOR, /* not touched, only counted */
	TLS_OFFLOAD_PREFER, /* TLS, or clear text if the peer's first bytes are no TLS */
};

enum tls_offload_adapter {
	TLS_OFFLOAD_ADAPTER_PREFER,
	TLS_OFFLOAD_ADAPTER_NEVER,
	TLS_OFFLOAD_ADAPTER_REQUIRE,
};

/* Who says which message of a handshake comes next; the adapter completes each. */
enum tls_offload_mode {
	TLS_OFFLOAD_MODE_DIRECTED, /* the kernel */
	TLS_OFFLOAD_MODE_AUTONOMOUS, /* an adapter that can; else the kernel */
};

enum tls_offload_client_auth {
	TLS_OFFLOAD_CLIENT_AUTH_NONE,
	TLS_OFFLOAD_CLIENT_AUTH_REQUEST,
	TLS_OFFLOAD_CLIENT_AUTH_REQUIRE,
	TLS_OFFLOAD_CLIENT_AUTH_MAP, /* and a user mapping of the ring knows it */
};

/* Which end of TLS a connection is. */
enum tls_offload_role {
	TLS_OFFLOAD_ROLE_DEFAULT, /* accepted: server; connected: client */
	TLS_OFFLOAD_ROLE_SERVER,
	TLS_OFFLOAD_ROLE_CLIENT,
};

/* What connect() and a writable socket tell of. */
enum tls_offload_connect {
	TLS_OFFLOAD_CONNECT_TLS, /* the handshake is over */
	TLS_OFFLOAD_CONNECT_TCP, /* TCP's connection stands */
};

enum tls_offload_version { /* a mask */
	TLS_OFFLOAD_TLS12 = 1,
	TLS_OFFLOAD_TLS13 = 2,
};

/* Ports, user ids, group ids: from first to last. */
struct tls_offload_range {
	__u32 first;
	__u32 last;
};

/* Addresses in network order; IPv4 as ::ffff:a.b.c.d. */
struct tls_offload_addresses {
	__u8 first[16];
	__u8 last[16];
};

/*
 * A rule. What of the criteria is not there matches anything; of a list one element
 * has to match. Rules are looked at from the highest priority to the lowest, among
 * equals in the order of their names' bytes; the first that matches decides.
 */
enum tls_offload_rule_attr {
	TLS_OFFLOAD_RULE_UNSPEC,
	TLS_OFFLOAD_RULE_PAD,
	TLS_OFFLOAD_RULE_NAME, /* string, unique; printable ASCII, no blank */
	TLS_OFFLOAD_RULE_PRIORITY, /* u16, 1 to 65535; absent: 1000 */
	TLS_OFFLOAD_RULE_VERDICT, /* u8 */
	/* Criteria. */
	TLS_OFFLOAD_RULE_DIRECTION, /* u8; absent: both */
	TLS_OFFLOAD_RULE_LOCAL_PORTS, /* struct tls_offload_range[] */
	TLS_OFFLOAD_RULE_REMOTE_PORTS,
	TLS_OFFLOAD_RULE_LOCAL_ADDRS, /* struct tls_offload_addresses[] */
	TLS_OFFLOAD_RULE_REMOTE_ADDRS,
	TLS_OFFLOAD_RULE_UIDS, /* struct tls_offload_range[]; effective, of who
				* accepts or connects, as the writer's user
				* namespace numbers them
				*/
	TLS_OFFLOAD_RULE_GIDS, /* the same; effective or supplementary */
	TLS_OFFLOAD_RULE_COMM, /* string: the process's name (its first thread's);
				* '*' at its end stands for the rest
				*/
	TLS_OFFLOAD_RULE_CGROUP, /* string; path in the cgroup v2 hierarchy; what is
				  * below belongs to it
				  */
	/* Action, of TLS_OFFLOAD_REQUIRE and TLS_OFFLOAD_PREFER alone. */
	TLS_OFFLOAD_RULE_KEYRING, /* string, required: name or serial number */
	TLS_OFFLOAD_RULE_OWNER, /* flag: the ring is searched with the writer's
				 * credentials, not the process's
				 */
	TLS_OFFLOAD_RULE_VERSIONS, /* u8; absent: both */
	TLS_OFFLOAD_RULE_SUITES, /* u16[], IANA's numbers, preferred first */
	TLS_OFFLOAD_RULE_GROUPS, /* u16[], the same */
	TLS_OFFLOAD_RULE_CLIENT_AUTH, /* u8; of servers */
	TLS_OFFLOAD_RULE_SERVER_NAME, /* string; of clients; absent: the address */
	TLS_OFFLOAD_RULE_ALPN, /* names, each behind a byte with its length */
	TLS_OFFLOAD_RULE_TIMEOUT, /* u32, milliseconds, 100 to 600000; absent: 10 s */
	TLS_OFFLOAD_RULE_ADAPTER, /* u8 */
	/* From the kernel alone. */
	TLS_OFFLOAD_RULE_SYSCTL, /* flag: stands for a word of a sysctl */
	TLS_OFFLOAD_RULE_HITS, /* u64; of an accepted connection that no rule to
				* require could be for, only the listener's user is
				* known when it is counted
				*/
	TLS_OFFLOAD_RULE_RING_ERROR, /* s32: why the ring was not found, < 0 */
	/* Action again. */
	TLS_OFFLOAD_RULE_ROLE, /* u8; absent: who connects is client */
	TLS_OFFLOAD_RULE_CONNECT, /* u8; of DIRECTION out */
	TLS_OFFLOAD_RULE_INHERIT, /* flag: other connections of the process with the
				   * same peer, which no rule is for, come under it
				   */
	/* From the kernel alone. */
	TLS_OFFLOAD_RULE_CLEAR, /* u64: so many went on in clear, of TLS_OFFLOAD_PREFER */
	/* Action, of TLS_OFFLOAD_REQUIRE alone. */
	TLS_OFFLOAD_RULE_APPLICATION, /* flag: application-controlled. In clear until
				       * the program says TLS_OFFLOAD_START
				       */
	/* Action again. */
	TLS_OFFLOAD_RULE_MODE, /* u8; of handshakes in adapters */
	/* From the kernel alone. */
	TLS_OFFLOAD_RULE_MODE_USED, /* u8: where it is another than _MODE */

	__TLS_OFFLOAD_RULE_MAX,
};

#define TLS_OFFLOAD_RULE_MAX (__TLS_OFFLOAD_RULE_MAX - 1)

/* A connection that might be. What is absent is not known, and matches nothing. */
enum tls_offload_flow_attr {
	TLS_OFFLOAD_FLOW_UNSPEC,
	TLS_OFFLOAD_FLOW_DIRECTION, /* u8, one */
	TLS_OFFLOAD_FLOW_LOCAL_PORT, /* u16 */
	TLS_OFFLOAD_FLOW_REMOTE_PORT,
	TLS_OFFLOAD_FLOW_LOCAL_ADDR, /* u8[16] */
	TLS_OFFLOAD_FLOW_REMOTE_ADDR,
	TLS_OFFLOAD_FLOW_UID, /* u32 */
	TLS_OFFLOAD_FLOW_GID, /* u32, one */
	TLS_OFFLOAD_FLOW_COMM, /* string */
	TLS_OFFLOAD_FLOW_CGROUP, /* string, path */

	__TLS_OFFLOAD_FLOW_MAX,
};

#define TLS_OFFLOAD_FLOW_MAX (__TLS_OFFLOAD_FLOW_MAX - 1)

enum tls_offload_miss_attr {
	TLS_OFFLOAD_MISS_UNSPEC,
	TLS_OFFLOAD_MISS_NAME, /* string: the rule's */
	TLS_OFFLOAD_MISS_CRITERION, /* u16, enum tls_offload_rule_attr: the first
				     * that does not match
				     */
	__TLS_OFFLOAD_MISS_MAX,
};

#define TLS_OFFLOAD_MISS_MAX (__TLS_OFFLOAD_MISS_MAX - 1)

/*
 * Directives of an application that knows of TLS: setsockopt(2) and getsockopt(2) at
 * this level, on a socket that a rule secured or that has TLS_OFFLOAD_ULP. Queries
 * need no right; the others a rule that is "application-controlled", or none at all,
 * else EACCES (START: EALREADY). docs/uapi.md says what each does, and each error.
 */
#define SOL_TLS_OFFLOAD 0x544c

enum tls_offload_option {
	TLS_OFFLOAD_START = 1, /* set: struct tls_offload_start, or nothing */
	TLS_OFFLOAD_STOP = 2, /* set: u32 of flags, or nothing */
	TLS_OFFLOAD_STATUS = 3, /* get: struct tls_offload_status */
	TLS_OFFLOAD_PEER_CHAIN = 4, /* get */
	TLS_OFFLOAD_PEER_ID = 5, /* get */
	TLS_OFFLOAD_RESET_SESSION = 6, /* set: nothing */
	TLS_OFFLOAD_REKEY = 7, /* set: nothing */
	TLS_OFFLOAD_TOLERATE_TIMEOUT = 8, /* set, get: int */
};

enum tls_offload_flag { /* a mask: of START and of STOP */
	TLS_OFFLOAD_NONBLOCK = 1, /* EINPROGRESS, then writable (STOP: readable) */
};

/*
 * TLS_OFFLOAD_START. Zero is the default of each field. It may grow: a shorter one is
 * read as if zeros followed, a longer one if what follows are zeros (else E2BIG). Under
 * a rule only role and flags may be other than zero: the rule says the rest.
 */
struct tls_offload_start {
	__u32 flags; /* enum tls_offload_flag */
	__s32 ring; /* serial number of the key ring; 0: ring_name */
	__u8 role; /* enum tls_offload_role */
	__u8 versions; /* mask of enum tls_offload_version; 0: both */
	__u8 client_auth; /* server: enum tls_offload_client_auth */
	__u8 reserved; /* 0 */
	__u32 timeout; /* of the handshake, milliseconds; 0: 10 s */
	char ring_name[32]; /* as a rule's */
	char server_name[256]; /* client: whom to expect; empty: the address */
	__u32 alpn_len;
	__u8 alpn[256]; /* names, each behind a byte with its length */
};

/* Less is EINVAL: up to ring_name's end. */
#define TLS_OFFLOAD_START_MIN 48

enum tls_offload_policy {
	TLS_OFFLOAD_POLICY_NONE, /* no rule: the application attached it */
	TLS_OFFLOAD_POLICY_RULE, /* a rule, which alone decides */
	TLS_OFFLOAD_POLICY_APPLICATION, /* a rule; the application says when */
};

enum tls_offload_state {
	TLS_OFFLOAD_STATE_CLEAR, /* text goes as it is */
	TLS_OFFLOAD_STATE_CONNECT, /* TCP is not there yet */
	TLS_OFFLOAD_STATE_HANDSHAKE,
	TLS_OFFLOAD_STATE_SECURE,
	TLS_OFFLOAD_STATE_FAILED, /* nothing flows: see error and alert */
	TLS_OFFLOAD_STATE_STOPPING, /* our close_notify is sent, the peer's not here */
};

enum tls_offload_placement {
	TLS_OFFLOAD_PLACEMENT_NONE,
	TLS_OFFLOAD_PLACEMENT_SOFTWARE,
	TLS_OFFLOAD_PLACEMENT_ADAPTER,
};

enum tls_offload_status_flag { /* a mask */
	TLS_OFFLOAD_STATUS_RESUMED = 1,
	TLS_OFFLOAD_STATUS_PEER_VERIFIED = 2, /* by its certificate */
	TLS_OFFLOAD_STATUS_STALE = 4, /* the rule is gone, or changed */
	TLS_OFFLOAD_STATUS_TOLERATE = 8, /* TLS_OFFLOAD_TOLERATE_TIMEOUT is set */
};

#define TLS_OFFLOAD_NO_ALERT 255

/*
 * TLS_OFFLOAD_STATUS: as much of it as the caller has room for. Fields of a session
 * (version, suite, group, alpn, ...) are 0 where there is none.
 */
struct tls_offload_status {
	__u8 policy; /* enum tls_offload_policy */
	__u8 state; /* enum tls_offload_state */
	__u8 role; /* enum tls_offload_role; DEFAULT: not known yet */
	__u8 placement; /* of outbound records: enum tls_offload_placement */
	__u16 version; /* 0x0303, 0x0304 */
	__u16 suite; /* IANA's numbers */
	__u16 group;
	__u8 client_auth; /* enum tls_offload_client_auth: what was asked for */
	__u8 alert; /* of the last failure, either side's; or TLS_OFFLOAD_NO_ALERT */
	__u32 flags; /* enum tls_offload_status_flag */
	__s32 error; /* errno of the last failure; 0: none */
	__u32 alpn_len;
	__u8 alpn[256]; /* the name that was agreed on */
	char rule[64]; /* the rule's name; empty: none */
};

enum tls_offload_peer_flag { /* a mask */
	TLS_OFFLOAD_PEER_VERIFIED = 1, /* its certificate was believed, now or when the
					* session that is resumed was made
					*/
	TLS_OFFLOAD_PEER_RESUMED = 2, /* the session was resumed */
	TLS_OFFLOAD_PEER_MAPPED = 4, /* uid is that of a user mapping */
};

/*
 * TLS_OFFLOAD_PEER_ID. May grow: at @size, not at sizeof, follow @subject_len bytes, the
 * leaf's subject (a Name in DER), and @names_len bytes, what is in its subjectAltName
 * (GeneralNames in DER, one after the other). TLS_OFFLOAD_PEER_CHAIN are the certificates,
 * leaf first: of each three bytes of length, big-endian, and its DER.
 */
struct tls_offload_peer_id {
	__u32 size; /* of this structure, as the kernel has it */
	__u32 flags; /* enum tls_offload_peer_flag */
	__u32 uid; /* as the caller's user namespace numbers it; -1: none */
	__u32 n_certs; /* of TLS_OFFLOAD_PEER_CHAIN; 0: the chain is not here */
	__u32 subject_len;
	__u32 names_len;
	__u8 leaf_sha256[32]; /* of the whole certificate */
};

#endif /* _UAPI_LINUX_TLS_OFFLOAD_H */
