// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages to the kernel and from it, with a kernel of our own in the place of
 * netlink.c: it keeps the rules it is sent, and blames whatever it is told to.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include <cmocka.h>

#include "../../kmod/core/suite.h"
#include "../../tools/tlsoffload/policy_msg.h"

static const char text[] =
	"rule web {\n"
	"	verdict require\n"
	"	direction in\n"
	"	local port 443, 8000-8099\n"
	"	remote port 1024-65535\n"
	"	local address 192.0.2.0/24, ::/0\n"
	"	remote address 2001:db8::1-2001:db8::ff\n"
	"	user 33, 1000-1999\n"
	"	group 33\n"
	"	command nginx*\n"
	"	cgroup \"/a b\"\n"
	"	priority 7\n"
	"	keyring web\n"
	"	credentials owner\n"
	"	client-auth require\n"
	"	versions 1.3\n"
	"	suites TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256\n"
	"	groups secp384r1, x25519\n"
	"	alpn h2, \"http/1.1\", \"\\x00\\xff\"\n"
	"	timeout 1500ms\n"
	"	adapter never\n"
	"	role server\n"
	"}\n"
	"rule last { verdict off\n"
	"	priority 6 }\n";

static char kept[65536]; /* the last policy sent */
static uint32_t blamed; /* an offset, 0: it is taken */

struct nlmsghdr *netlink_question(struct netlink *nl, void *buf, uint8_t cmd,
				  uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	(void)nl;
	nlh->nlmsg_flags = flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	return nlh;
}

/* One message for each rule that was kept. */
static int dump(mnl_cb_t cb, void *data)
{
	static char buf[65536];
	const struct nlmsghdr *all = (const void *)kept;
	const struct nlattr *attr;
	struct nlmsghdr *nlh;

	mnl_attr_for_each(attr, all, GENL_HDRLEN) {
		memset(buf, 0, sizeof(buf));
		nlh = mnl_nlmsg_put_header(buf);
		mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);
		mnl_attr_put(nlh, attr->nla_type, mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
		if (cb(nlh, data) < 0)
			return -1;
	}
	return 0;
}

int netlink_ask(struct netlink *nl, const struct nlmsghdr *question,
		mnl_cb_t cb, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(question);

	nl->offset = blamed;
	if (genl->cmd == TLS_OFFLOAD_CMD_POLICY_GET)
		return dump(cb, data);
	assert_int_equal(genl->cmd, TLS_OFFLOAD_CMD_POLICY_SET);
	assert_true(question->nlmsg_len <= sizeof(kept));
	memcpy(kept, question, question->nlmsg_len);
	errno = EINVAL;
	return blamed ? -1 : 0;
}

static void parse(struct policy *policy)
{
	assert_int_equal(policy_parse(policy, "test", text, strlen(text),
				      stderr), 0);
}

static char *printed(const struct policy *policy)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	policy_print(f, policy);
	fclose(f);
	return out;
}

static void comes_back(void **state)
{
	struct policy sent = { 0 }, got = { 0 };
	struct netlink nl = { 0 };
	struct place blame;
	char *a, *b;

	(void)state;
	parse(&sent);
	blamed = 0;
	assert_int_equal(policy_send(&nl, &sent, &blame), 0);
	assert_int_equal(blame.line, 0);
	assert_int_equal(policy_receive(&nl, &got), 0);
	assert_int_equal(got.n, 2);
	a = printed(&sent);
	b = printed(&got);
	assert_string_equal(a, b);
	free(a);
	free(b);
	policy_free(&sent);
	policy_free(&got);
}

/* Attributes as the header says they are, not as we read them. */
static const struct nlattr *sent_attr(uint16_t type)
{
	const struct nlattr *nest = mnl_nlmsg_get_payload_offset((void *)kept,
								 GENL_HDRLEN);
	const struct nlattr *attr;

	assert_int_equal(mnl_attr_get_type(nest), TLS_OFFLOAD_A_RULE);
	assert_true(nest->nla_type & NLA_F_NESTED);
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	fail_msg("no attribute %u", type);
	return NULL;
}

static void is(uint16_t type, const void *bytes, size_t len)
{
	const struct nlattr *attr = sent_attr(type);

	assert_int_equal(mnl_attr_get_payload_len(attr), len);
	assert_memory_equal(mnl_attr_get_payload(attr), bytes, len);
}

static void bytes_of_each(void **state)
{
	static const uint32_t ports[] = { 443, 443, 8000, 8099 };
	static const uint8_t addrs[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 255,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255,
	};
	static const uint16_t priority = 7, suites[] = { 0x1302, 0x1301 };
	static const uint16_t groups[] = { 24, 29 };
	static const uint8_t in = 1, require = 1, auth = 2, tls13 = 2, never = 1;
	static const uint8_t server = 1;
	static const uint32_t timeout = 1500;
	struct policy sent = { 0 };
	struct netlink nl = { 0 };
	struct place blame;

	(void)state;
	parse(&sent);
	blamed = 0;
	assert_int_equal(policy_send(&nl, &sent, &blame), 0);
	is(TLS_OFFLOAD_RULE_NAME, "web", 4);
	is(TLS_OFFLOAD_RULE_PRIORITY, &priority, 2);
	is(TLS_OFFLOAD_RULE_VERDICT, &require, 1);
	is(TLS_OFFLOAD_RULE_DIRECTION, &in, 1);
	is(TLS_OFFLOAD_RULE_LOCAL_PORTS, ports, sizeof(ports));
	is(TLS_OFFLOAD_RULE_LOCAL_ADDRS, addrs, sizeof(addrs));
	is(TLS_OFFLOAD_RULE_COMM, "nginx*", 7);
	is(TLS_OFFLOAD_RULE_CGROUP, "/a b", 5);
	is(TLS_OFFLOAD_RULE_KEYRING, "web", 4);
	is(TLS_OFFLOAD_RULE_OWNER, "", 0);
	is(TLS_OFFLOAD_RULE_CLIENT_AUTH, &auth, 1);
	is(TLS_OFFLOAD_RULE_VERSIONS, &tls13, 1);
	is(TLS_OFFLOAD_RULE_SUITES, suites, sizeof(suites));
	is(TLS_OFFLOAD_RULE_GROUPS, groups, sizeof(groups));
	is(TLS_OFFLOAD_RULE_ALPN, "\2h2\10http/1.1\2\0\377", 15);
	is(TLS_OFFLOAD_RULE_TIMEOUT, &timeout, 4);
	is(TLS_OFFLOAD_RULE_ADAPTER, &never, 1);
	is(TLS_OFFLOAD_RULE_ROLE, &server, 1);
	policy_free(&sent);
}

/* The core's suites, by the names that it shows them with, and no others. */
static void suites_of_the_core(void **state)
{
	const struct word *word = policy_field(TLS_OFFLOAD_RULE_SUITES)->words;
	unsigned int i;

	(void)state;
	for (i = 0; word->text; word++, i++) {
		assert_non_null(tlso_suite_at(i));
		assert_int_equal(tlso_suite_at(i)->id, word->number);
		assert_string_equal(tlso_suite_at(i)->name, word->text);
	}
	assert_null(tlso_suite_at(i));
}

/* The line whose first word is the attribute's, or its rule's. */
static unsigned int line_of(const char *word)
{
	const char *at = strstr(text, word), *p;
	unsigned int line = 1;

	assert_non_null(at);
	for (p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

static struct place blame_for(const struct policy *policy, uint32_t offset)
{
	struct netlink nl = { 0 };
	struct place blame;

	blamed = offset;
	assert_int_equal(policy_send(&nl, policy, &blame), -1);
	assert_int_equal(errno, EINVAL);
	return blame;
}

static void blamed_by_line(void **state)
{
	const struct nlattr *nest, *attr;
	struct nlmsghdr *nlh = (void *)kept;
	const struct field *field;
	struct policy sent = { 0 };
	struct netlink nl = { 0 };
	struct place place;
	char word[64];

	(void)state;
	parse(&sent);
	blamed = 0;
	policy_send(&nl, &sent, &place);
	nest = mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);
	place = blame_for(&sent, (char *)nest - kept);
	assert_int_equal(place.line, 1);
	assert_int_equal(place.column, 6);
	mnl_attr_for_each_nested(attr, nest) {
		field = policy_field(mnl_attr_get_type(attr));
		snprintf(word, sizeof(word), "\t%s ",
			 field ? field->word : "");
		place = blame_for(&sent, (char *)attr - kept);
		assert_int_equal(place.line, field ? line_of(word) : 1);
		assert_int_equal(place.column, field ? 2 : 6);
	}
	nest = mnl_attr_next(nest);
	place = blame_for(&sent, (char *)nest - kept);
	assert_int_equal(place.line, line_of("rule last"));
	/* What is no attribute of ours. */
	assert_int_equal(blame_for(&sent, 4).line, 0);
	assert_int_equal(blame_for(&sent, nlh->nlmsg_len).line, 0);
	policy_free(&sent);
}

/* What only the kernel says, and what a later one may. */
static void from_the_kernel(void **state)
{
	struct nlmsghdr *nlh = (void *)kept;
	struct policy got = { 0 };
	struct netlink nl = { 0 };
	struct nlattr *nest;
	int32_t error = -ENOKEY;
	uint64_t hits = 5000000000;
	char *out;

	(void)state;
	memset(kept, 0, sizeof(kept));
	blamed = 0;
	nlh = netlink_question(&nl, kept, 0, 0);
	nest = mnl_attr_nest_start(nlh, TLS_OFFLOAD_A_RULE);
	mnl_attr_put_strz(nlh, TLS_OFFLOAD_RULE_NAME, "secure_ports:8443");
	mnl_attr_put_u8(nlh, TLS_OFFLOAD_RULE_VERDICT, 9);
	mnl_attr_put(nlh, TLS_OFFLOAD_RULE_LOCAL_PORTS, 7, "short..");
	mnl_attr_put(nlh, TLS_OFFLOAD_RULE_ALPN, 3, "\5h2");
	mnl_attr_put(nlh, TLS_OFFLOAD_RULE_SYSCTL, 0, NULL);
	mnl_attr_put_u64(nlh, TLS_OFFLOAD_RULE_HITS, hits);
	mnl_attr_put(nlh, TLS_OFFLOAD_RULE_RING_ERROR, 4, &error);
	mnl_attr_put_u8(nlh, TLS_OFFLOAD_RULE_MODE, TLS_OFFLOAD_MODE_AUTONOMOUS);
	mnl_attr_put_u8(nlh, TLS_OFFLOAD_RULE_MODE_USED,
			TLS_OFFLOAD_MODE_DIRECTED);
	mnl_attr_put_u32(nlh, TLS_OFFLOAD_RULE_MAX + 1, 1);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(policy_receive(&nl, &got), 0);
	out = printed(&got);
	assert_string_equal(out,
			    "# by a sysctl:\n"
			    "# rule secure_ports:8443 {\n"
			    "# \t# hits: 5000000000\n"
			    "# \t# key ring: not found (Required key not available), connections fail\n"
			    "# \t# mode: no adapter does that: directed\n"
			    "# \tlocal port ?\n"
			    "# \tverdict 0x0009\n"
			    "# \talpn ?\n"
			    "# \tmode autonomous\n"
			    "# }\n");
	free(out);
	policy_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(bytes_of_each),
		cmocka_unit_test(suites_of_the_core),
		cmocka_unit_test(blamed_by_line),
		cmocka_unit_test(from_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
