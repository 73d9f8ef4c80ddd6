// SPDX-License-Identifier: GPL-2.0-only
/*
 * One rule, and how it stands in a sysctl: a word of secure_ports
 * ("8443:web:require") or of connect_ports ("443:web:www.example.org").
 *
 * Responsible for: its life; resolving its key ring with the writer's credentials; the
 * text of a sysctl's, both ways.
 * Leaves to: policy.c rows of rules; netlink.c rules that are loaded; keyring.c what is
 * searched in a ring, and with whose credentials.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/key-type.h>
#include <linux/keyctl.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "policy.h"
#include "crypto.h"

#define RULE_TIMEOUT (10 * HZ) /* from accept(), or TCP's connection */

struct tlso_rule *tlso_rule_new(void)
{
	struct tlso_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);

	if (!rule)
		return NULL;
	rule->criteria = kzalloc(sizeof(*rule->criteria), GFP_KERNEL_ACCOUNT);
	if (!rule->criteria) {
		kfree(rule);
		return NULL;
	}
	refcount_set(&rule->ref, 1);
	rule->verdict = TLS_OFFLOAD_REQUIRE;
	rule->versions = TLSO_USE_12 | TLSO_USE_13;
	rule->timeout = RULE_TIMEOUT;
	return rule;
}

static void rule_free(struct rcu_head *rcu)
{
	struct tlso_rule *rule = container_of(rcu, struct tlso_rule, rcu);

	tlso_criteria_free(rule->criteria);
	kfree(rule->criteria);
	key_put(rule->ring);
	put_cred(rule->owner);
	kfree(rule->alpn);
	kfree(rule);
}

void tlso_rule_put(struct tlso_rule *rule)
{
	if (rule && refcount_dec_and_test(&rule->ref))
		call_rcu(&rule->rcu, rule_free);
}

int tlso_rule_digest(struct tlso_rule *rule, const void *p, size_t n)
{
	const struct tlso_hash_alg *sha = tlso_linux_crypto.sha256;
	struct tlso_hash_ctx ctx;
	int err = sha->init(&ctx);

	err = err ?: sha->update(&ctx, p, n);
	err = err ?: sha->final(&ctx, rule->digest);
	return err ? -EIO : 0;
}

/* ---- Its key ring ------------------------------------------------------------------ */

/* A ring by its serial number, if the writer may search it. */
static struct key *ring_by_serial(key_serial_t serial)
{
	key_ref_t ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);

	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

/*
 * A ring by its name, as request_key(2) finds it from the writer's thread,
 * process and session key rings; then in the user's own key ring, which a
 * session that was not opened through PAM may not be linked to.
 */
static struct key *ring_by_name(const char *name)
{
	struct key *ring = request_key(&key_type_keyring, name, NULL);
	key_ref_t user, found;

	if (!IS_ERR(ring))
		return ring;
	user = lookup_user_key(KEY_SPEC_USER_KEYRING, 0, KEY_NEED_SEARCH);
	if (IS_ERR(user))
		return ring;
	found = keyring_search(user, &key_type_keyring, name, true);
	key_ref_put(user);
	return IS_ERR(found) ? ring : key_ref_to_ptr(found);
}

struct key *tlso_rule_ring(const char *name)
{
	struct key *ring;
	s32 serial;

	if (kstrtos32(name, 10, &serial) == 0)
		ring = ring_by_serial(serial);
	else
		ring = ring_by_name(name);
	if (!IS_ERR(ring) && ring->type != &key_type_keyring) {
		key_put(ring);
		ring = ERR_PTR(-ENOTDIR);
	}
	return ring;
}

/*
 * A ring that cannot be had leaves rule->ring empty: connections to the port
 * then fail. The credentials that could find it later are gone by then, so
 * that there is no second attempt before the next write.
 */
void tlso_rule_resolve(const struct net *net, struct tlso_rule *rule)
{
	struct key *ring = tlso_rule_ring(rule->ring_name);

	if (!IS_ERR(ring)) {
		rule->ring = ring;
		return;
	}
	rule->ring_err = PTR_ERR(ring);
	if (net->user_ns == &init_user_ns || net_ratelimit())
		pr_notice("rule %s: no key ring \"%*pE\" (%d): connections will fail until it exists and the rule is written again\n",
			  rule->name, (int)strlen(rule->ring_name),
			  rule->ring_name, rule->ring_err);
}

/* ---- A sysctl's word ------------------------------------------------------------------ */

const char *tlso_rule_sysctl(u8 source)
{
	return source == TLSO_RULES_CONNECT ? "connect_ports" : "secure_ports";
}

bool tlso_rule_server(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!isascii(*p) || (!isalnum(*p) && !strchr(".-_:", *p)))
			return false;
	return p > name;
}

bool tlso_rule_alpn(const u8 *alpn, size_t n)
{
	size_t at = 0;

	while (at < n && alpn[at])
		at += 1 + alpn[at];
	return n && at == n;
}

/* The server's name, as its certificate says it, or its address. */
static const char *server_parse(const char *name, struct tlso_rule *rule)
{
	size_t n = strlen(name);

	if (!n || n >= sizeof(rule->server))
		return "expected a server's name of 1 to 253 characters after the key ring";
	if (!tlso_rule_server(name))
		return "expected a server's host name or address after the key ring";
	memcpy(rule->server, name, n + 1);
	return NULL;
}

/* What may follow the ring's name. */
static const char *option_parse(const char *option, struct tlso_rule *rule)
{
	if (rule->source == TLSO_RULES_CONNECT)
		return server_parse(option, rule);
	if (!strcmp(option, "request"))
		rule->client_auth = TLS_OFFLOAD_CLIENT_AUTH_REQUEST;
	else if (!strcmp(option, "require"))
		rule->client_auth = TLS_OFFLOAD_CLIENT_AUTH_REQUIRE;
	else if (!strcmp(option, "map"))
		rule->client_auth = TLS_OFFLOAD_CLIENT_AUTH_MAP;
	else
		return "expected request, require or map after the key ring";
	return NULL;
}

static const char *ring_parse(const char *name, struct tlso_rule *rule)
{
	const char *p, *end = strchrnul(name, ':');

	if (name == end)
		return "expected a key ring's name or serial number after ':'";
	if (end - name >= sizeof(rule->ring_name))
		return "expected a key ring's name of at most 31 characters";
	for (p = name; p < end; p++)
		if (!isascii(*p) || !isgraph(*p))
			return "expected a key ring's name of printable ASCII without ':'";
	memcpy(rule->ring_name, name, end - name);
	return *end ? option_parse(end + 1, rule) : NULL;
}

/* As a rule that is loaded would have them. */
static int sysctl_criteria(struct tlso_rule *rule)
{
	struct tlso_criteria *c = rule->criteria;
	struct tls_offload_range *range;

	range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	range->first = rule->port;
	range->last = rule->port;
	if (rule->source == TLSO_RULES_CONNECT) {
		c->direction = TLS_OFFLOAD_OUT;
		c->remote_ports = range;
		c->n_remote_ports = 1;
	} else {
		c->direction = TLS_OFFLOAD_IN;
		c->local_ports = range;
		c->n_local_ports = 1;
	}
	scnprintf(rule->name, sizeof(rule->name), "%s:%u",
		  tlso_rule_sysctl(rule->source), rule->port);
	return 0;
}

static const char *word_parse(char *word, struct tlso_rule *rule)
{
	char *name = strchr(word, ':');
	const char *p;
	bool bad;

	if (!name)
		return "expected PORT:KEYRING";
	for (p = word; p < name; p++)
		if (!isdigit(*p))
			return "expected a decimal port before ':'";
	*name = '\0';
	bad = kstrtou16(word, 10, &rule->port) || !rule->port;
	*name = ':';
	if (bad)
		return "expected a port from 1 to 65535";
	return ring_parse(name + 1, rule);
}

const char *tlso_rule_parse(char *word, struct tlso_rule *rule, int *err)
{
	const char *expected = word_parse(word, rule);

	*err = expected ? -EINVAL : tlso_rule_digest(rule, word, strlen(word));
	*err = *err ?: sysctl_criteria(rule);
	return expected;
}

size_t tlso_rule_print(const struct tlso_rule *rule, char *buf, size_t cap)
{
	static const char *const auth[] = {
		[TLS_OFFLOAD_CLIENT_AUTH_NONE] = "",
		[TLS_OFFLOAD_CLIENT_AUTH_REQUEST] = ":request",
		[TLS_OFFLOAD_CLIENT_AUTH_REQUIRE] = ":require",
		[TLS_OFFLOAD_CLIENT_AUTH_MAP] = ":map",
	};

	if (rule->source == TLSO_RULES_CONNECT)
		return scnprintf(buf, cap, "%u:%s%s%s", rule->port,
				 rule->ring_name, *rule->server ? ":" : "",
				 rule->server);
	return scnprintf(buf, cap, "%u:%s%s", rule->port, rule->ring_name,
			 auth[rule->client_auth]);
}

void tlso_rule_complain(const char *value, const struct net *net,
			const char *word, const char *expected)
{
	if (net->user_ns != &init_user_ns && !net_ratelimit())
		return;
	pr_warn("%s: \"%*pE\": %s\n", value, (int)strnlen(word, 64), word,
		expected);
}
