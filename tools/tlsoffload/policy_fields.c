// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a rule consists of: one table for the parser, the printers and the
 * messages. The order is that in which it is printed; columns of policy_dump()
 * are in the order of attributes' numbers, which never changes.
 */
#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#include "policy.h"

static const struct word verdicts[] = {
	{ "off", TLS_OFFLOAD_OFF },
	{ "require", TLS_OFFLOAD_REQUIRE },
	{ "monitor", TLS_OFFLOAD_MONITOR },
	{ "prefer", TLS_OFFLOAD_PREFER },
	{ 0 },
};

static const struct word directions[] = {
	{ "in", TLS_OFFLOAD_IN },
	{ "out", TLS_OFFLOAD_OUT },
	{ 0 },
};

static const struct word credentials[] = {
	{ "process", 0 },
	{ "owner", 1 },
	{ 0 },
};

static const struct word versions[] = {
	{ "1.2", TLS_OFFLOAD_TLS12 },
	{ "1.3", TLS_OFFLOAD_TLS13 },
	{ 0 },
};

static const struct word client_auths[] = {
	{ "none", TLS_OFFLOAD_CLIENT_AUTH_NONE },
	{ "request", TLS_OFFLOAD_CLIENT_AUTH_REQUEST },
	{ "require", TLS_OFFLOAD_CLIENT_AUTH_REQUIRE },
	{ "map", TLS_OFFLOAD_CLIENT_AUTH_MAP },
	{ 0 },
};

static const struct word adapters[] = {
	{ "prefer", TLS_OFFLOAD_ADAPTER_PREFER },
	{ "never", TLS_OFFLOAD_ADAPTER_NEVER },
	{ "require", TLS_OFFLOAD_ADAPTER_REQUIRE },
	{ 0 },
};

static const struct word modes[] = {
	{ "directed", TLS_OFFLOAD_MODE_DIRECTED },
	{ "autonomous", TLS_OFFLOAD_MODE_AUTONOMOUS },
	{ 0 },
};

static const struct word roles[] = {
	{ "server", TLS_OFFLOAD_ROLE_SERVER },
	{ "client", TLS_OFFLOAD_ROLE_CLIENT },
	{ 0 },
};

static const struct word inherits[] = {
	{ "no", 0 },
	{ "yes", 1 },
	{ 0 },
};

static const struct word connects[] = {
	{ "tls", TLS_OFFLOAD_CONNECT_TLS },
	{ "tcp", TLS_OFFLOAD_CONNECT_TCP },
	{ 0 },
};

static const struct word controlled[] = {
	{ "no", 0 },
	{ "yes", 1 },
	{ 0 },
};

/* As /proc/net/tls_offload names them; numbers are IANA's. */
static const struct word suites[] = {
	{ "TLS_AES_128_GCM_SHA256", 0x1301 },
	{ "TLS_AES_256_GCM_SHA384", 0x1302 },
	{ "TLS_CHACHA20_POLY1305_SHA256", 0x1303 },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xc02b },
	{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xc02f },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c },
	{ "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030 },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca9 },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8 },
	{ "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009c },
	{ "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009d },
	{ 0 },
};

static const struct word groups[] = {
	{ "x25519", 29 },
	{ "secp256r1", 23 },
	{ "secp384r1", 24 },
	{ 0 },
};

static int user_number(const char *name, uint32_t *number)
{
	const struct passwd *user = getpwnam(name);

	if (user)
		*number = user->pw_uid;
	return user ? 0 : -1;
}

static int group_number(const char *name, uint32_t *number)
{
	const struct group *group = getgrnam(name);

	if (group)
		*number = group->gr_gid;
	return group ? 0 : -1;
}

/* The last of them stands for nobody, not for a user. */
#define ID_MAX (UINT32_MAX - 1)

#define PORTS                                                                  \
	"a port or a range of ports from 1 to 65535, such as 443 or 8000-8099"
#define ADDRESSES                                                              \
	"an address, a prefix without bits behind it, or a range of one family, "  \
	"such as 192.0.2.0/24 or 2001:db8::1-2001:db8::ff"

const struct field policy_fields[] = {
	{ .word = "direction", .attr = TLS_OFFLOAD_RULE_DIRECTION,
	  .kind = &kind_mask, .words = directions },
	{ .word = "local port", .attr = TLS_OFFLOAD_RULE_LOCAL_PORTS,
	  .kind = &kind_range, .min = 1, .max = 65535, .expected = PORTS },
	{ .word = "remote port", .attr = TLS_OFFLOAD_RULE_REMOTE_PORTS,
	  .kind = &kind_range, .min = 1, .max = 65535, .expected = PORTS },
	{ .word = "local address", .attr = TLS_OFFLOAD_RULE_LOCAL_ADDRS,
	  .kind = &kind_address, .expected = ADDRESSES },
	{ .word = "remote address", .attr = TLS_OFFLOAD_RULE_REMOTE_ADDRS,
	  .kind = &kind_address, .expected = ADDRESSES },
	{ .word = "user", .attr = TLS_OFFLOAD_RULE_UIDS, .kind = &kind_range,
	  .max = ID_MAX, .number_of = user_number,
	  .expected = "a user's name, a number or a range of numbers up to 4294967294" },
	{ .word = "group", .attr = TLS_OFFLOAD_RULE_GIDS, .kind = &kind_range,
	  .max = ID_MAX, .number_of = group_number,
	  .expected = "a group's name, a number or a range of numbers up to 4294967294" },
	{ .word = "command", .attr = TLS_OFFLOAD_RULE_COMM, .kind = &kind_text,
	  .min = 1, .max = 15, .rest = 1,
	  .expected = "a command's name of 1 to 15 bytes, or its beginning and *" },
	{ .word = "cgroup", .attr = TLS_OFFLOAD_RULE_CGROUP,
	  .kind = &kind_text, .min = 1, .max = 1023, .begin = '/',
	  .expected =
		"a path in the cgroup v2 hierarchy, beginning with /, of at most 1023 bytes" },
	{ .word = "priority", .attr = TLS_OFFLOAD_RULE_PRIORITY,
	  .kind = &kind_number, .min = 1, .max = 65535,
	  .expected = "a number from 1 to 65535" },
	{ .word = "verdict", .attr = TLS_OFFLOAD_RULE_VERDICT,
	  .kind = &kind_word, .words = verdicts },
	{ .word = "keyring", .attr = TLS_OFFLOAD_RULE_KEYRING,
	  .kind = &kind_text, .min = 1, .max = 31, .action = 1,
	  .expected = "a key ring's name of 1 to 31 bytes, or its serial number" },
	{ .word = "role", .attr = TLS_OFFLOAD_RULE_ROLE, .kind = &kind_word,
	  .words = roles, .action = 1 },
	{ .word = "connect", .attr = TLS_OFFLOAD_RULE_CONNECT,
	  .kind = &kind_word, .words = connects, .action = 1,
	  .direction = TLS_OFFLOAD_OUT },
	{ .word = "inherit", .attr = TLS_OFFLOAD_RULE_INHERIT,
	  .kind = &kind_flag, .words = inherits, .action = 1 },
	{ .word = "credentials", .attr = TLS_OFFLOAD_RULE_OWNER,
	  .kind = &kind_flag, .words = credentials, .action = 1 },
	{ .word = "client-auth", .attr = TLS_OFFLOAD_RULE_CLIENT_AUTH,
	  .kind = &kind_word, .words = client_auths, .action = 1,
	  .role = TLS_OFFLOAD_ROLE_SERVER },
	{ .word = "server-name", .attr = TLS_OFFLOAD_RULE_SERVER_NAME,
	  .kind = &kind_text, .min = 1, .max = 253, .action = 1,
	  .role = TLS_OFFLOAD_ROLE_CLIENT,
	  .expected = "a host name or an address of 1 to 253 bytes" },
	{ .word = "versions", .attr = TLS_OFFLOAD_RULE_VERSIONS,
	  .kind = &kind_mask, .words = versions, .action = 1 },
	{ .word = "suites", .attr = TLS_OFFLOAD_RULE_SUITES,
	  .kind = &kind_words, .words = suites, .action = 1 },
	{ .word = "groups", .attr = TLS_OFFLOAD_RULE_GROUPS,
	  .kind = &kind_words, .words = groups, .action = 1 },
	{ .word = "alpn", .attr = TLS_OFFLOAD_RULE_ALPN, .kind = &kind_alpn,
	  .max = 255, .action = 1,
	  .expected = "a protocol's name, such as h2, all with a byte each in 255 bytes" },
	{ .word = "timeout", .attr = TLS_OFFLOAD_RULE_TIMEOUT,
	  .kind = &kind_time, .min = 100, .max = 600000, .action = 1,
	  .expected = "a time from 100ms to 600s, such as 5s or 1500ms" },
	{ .word = "adapter", .attr = TLS_OFFLOAD_RULE_ADAPTER,
	  .kind = &kind_word, .words = adapters, .action = 1 },
	{ .word = "mode", .attr = TLS_OFFLOAD_RULE_MODE,
	  .kind = &kind_word, .words = modes, .action = 1 },
	{ .word = "application-controlled",
	  .attr = TLS_OFFLOAD_RULE_APPLICATION,
	  .kind = &kind_flag, .words = controlled, .action = 1 },
	{ 0 },
};

const struct field *policy_field(uint16_t attr)
{
	const struct field *field;

	for (field = policy_fields; field->word; field++)
		if (field->attr == attr)
			return field;
	return NULL;
}
