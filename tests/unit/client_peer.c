// SPDX-License-Identifier: GPL-2.0-only
/* The server's messages of client_peer.h, and what a client made of them. */
#include "client_peer.h"
#include "../../kmod/core/hs_server_hello.h"
#include "../../kmod/core/suite.h"
#include "../../offload-dev/engine/crypto_host.h"

/* ---- The client ---------------------------------------------------------- */

static int fake_verify(const struct tlso_pubkey *key, u16 scheme,
		       const u8 *digest, size_t n, const u8 *sig, size_t sig_len)
{
	(void)key;
	(void)scheme;
	(void)digest;
	(void)n;
	return sig_len && sig[0] == SIG_RIGHT ? 0 : -1;
}

struct client *client_new(void)
{
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->crypto = tlso_host_crypto;
	c->crypto.verify = fake_verify;
	c->ops = TLSO_OP_MAC_CHECK;
	c->ids[0].key_type = TLSO_KEY_P256;
	c->ids[0].n_chain = 1;
	c->ids[0].chain[0].der = leaf_p256;
	c->ids[0].chain[0].len = leaf_p256_len;
	c->ids[1].key_type = TLSO_KEY_RSA;
	c->ids[1].rsa_bits = 2048;
	c->ids[1].n_chain = 1;
	c->ids[1].chain[0].der = leaf_rsa;
	c->ids[1].chain[0].len = leaf_rsa_len;
	c->cfg.crypto = &c->crypto;
	c->cfg.work = &c->work;
	c->cfg.client = true;
	c->cfg.versions = TLSO_USE_12 | TLSO_USE_13;
	c->cfg.verify_flags = TLSO_VERIFY_NO_CHAIN;
	c->cfg.tickets = true;
	c->cfg.now_ms = 1800000000000ull;
	c->cfg.ticket_buf = c->ticket;
	c->cfg.ticket_cap = sizeof(c->ticket);
	return c;
}

void client_free(struct client *c)
{
	free(c);
}

void client_start(struct client *c)
{
	bool alert_only;

	tlso_director_init(&c->d, &c->cfg);
	assert_int_equal(tlso_director_start(&c->d, c->out, sizeof(c->out),
					     &c->n, &c->wire), TLSO_STEP_SEND);
	assert_int_equal(tlso_starter_check(c->out, c->n, 0, &alert_only),
			 TLSO_OK);
}

void client_resumes(struct client *c, u16 version, u16 suite)
{
	static const u8 ticket[] = "an opaque ticket";

	c->resume.tls_version = version;
	c->resume.suite = suite;
	c->resume.flags = TLSO_TICKET_EMS;
	c->resume.secret_len = version == TLSO_VERSION_12 ? 48 :
			       tlso_suite_find(suite)->hash_len;
	c->resume.received_ms = c->cfg.now_ms - 1000;
	c->resume.lifetime_s = 7200;
	c->resume.age_add = 0xfffffff0;
	c->resume.ticket = ticket;
	c->resume.ticket_len = sizeof(ticket);
	c->cfg.resume = &c->resume;
}

enum tlso_step client_give(struct client *c, const struct msg *m)
{
	struct tlso_finished f = { 0 };
	size_t len = TLSO_FINISHED_HDR + m->extra_len + m->n;
	u8 epoch = c->d.write_epoch;
	enum tlso_step step;
	bool alert_only;
	u8 *seg = malloc(len); /* exact, for the sanitizer */

	f.type = m->type;
	f.epoch = m->epoch;
	f.err = c->err;
	f.ops = c->ops;
	f.extra_len = m->extra_len;
	f.len = m->n;
	tlso_finished_write_hdr(seg, &f);
	memcpy(seg + TLSO_FINISHED_HDR, m->extra, m->extra_len);
	memcpy(seg + TLSO_FINISHED_HDR + m->extra_len, m->p, m->n);
	step = tlso_director_step(&c->d, seg, len, c->out, sizeof(c->out), &c->n,
				  &c->wire);
	free(seg);
	if (c->n) {
		assert_int_equal(tlso_starter_check(c->out, c->n, epoch,
						    &alert_only), TLSO_OK);
		assert_int_equal(alert_only, step == TLSO_STEP_FAIL);
	}
	return step;
}

void client_refuses(struct client *c, const struct msg *m, u8 alert)
{
	assert_int_equal(client_give(c, m), TLSO_STEP_FAIL);
	assert_int_equal(c->d.alert, alert);
	assert_int_equal(c->d.state, TLSO_HS_FAILED);
}

void client_takes(struct client *c, const struct msg *m)
{
	if (client_give(c, m) == TLSO_STEP_FAIL)
		fail_msg("message %u: alert %u, %s", m->type, c->d.alert,
			 c->d.why ? c->d.why : "");
}

/* ---- Its starters -------------------------------------------------------- */

static const char *const kinds[] = {
	[TLSO_ITEM_RAW] = "RAW",       [TLSO_ITEM_MESSAGE] = "M",
	[TLSO_ITEM_EPOCH] = "EPOCH",   [TLSO_ITEM_ALERT] = "ALERT",
	[TLSO_ITEM_SHARE] = "SHARE",   [TLSO_ITEM_PSK] = "PSK",
	[TLSO_ITEM_RSA] = "RSA",       [TLSO_ITEM_MASTER] = "MASTER",
	[TLSO_ITEM_RESUME] = "RESUME", [TLSO_ITEM_LIMIT] = "LIMIT",
};

static void skip_fills(struct tlso_starter_rd *s,
		       const struct tlso_starter_item *it)
{
	struct tlso_starter_fill f;
	unsigned int i;

	for (i = 0; i < it->fills; i++)
		assert_int_equal(tlso_starter_next_fill(s, it, &f), TLSO_OK);
}

static void items(const struct client *c, char *text, size_t cap)
{
	struct tlso_starter_item it;
	struct tlso_starter_rd s;
	size_t at = 0;

	text[0] = 0;
	if (!c->n)
		return;
	assert_int_equal(tlso_starter_open(&s, c->out, c->n), TLSO_OK);
	while (s.items) {
		assert_int_equal(tlso_starter_item(&s, &it), TLSO_OK);
		at += (size_t)snprintf(text + at, cap - at, "%s%s",
				       at ? " " : "", kinds[it.kind]);
		if (it.kind == TLSO_ITEM_MESSAGE)
			at += (size_t)snprintf(text + at, cap - at, "%u",
					       it.body.p[0]);
		if (it.kind == TLSO_ITEM_EPOCH || it.kind == TLSO_ITEM_MASTER ||
		    it.kind == TLSO_ITEM_LIMIT)
			at += (size_t)snprintf(text + at, cap - at, "%u", it.arg);
		assert_true(at < cap);
		skip_fills(&s, &it);
	}
}

void client_says(const struct client *c, const char *want)
{
	char text[200];

	items(c, text, sizeof(text));
	assert_string_equal(text, want);
}

size_t client_message(const struct client *c, unsigned int nth, const u8 **p)
{
	struct tlso_starter_item it;
	struct tlso_starter_rd s;

	assert_int_equal(tlso_starter_open(&s, c->out, c->n), TLSO_OK);
	while (s.items) {
		assert_int_equal(tlso_starter_item(&s, &it), TLSO_OK);
		if (it.kind == TLSO_ITEM_MESSAGE && !nth--) {
			*p = it.body.p;
			return it.body.n;
		}
		skip_fills(&s, &it);
	}
	return 0;
}

unsigned int client_fills(const struct client *c, u8 op, u16 *arg)
{
	struct tlso_starter_fill f;
	struct tlso_starter_item it;
	struct tlso_starter_rd s;
	unsigned int i, n = 0;

	assert_int_equal(tlso_starter_open(&s, c->out, c->n), TLSO_OK);
	while (s.items) {
		assert_int_equal(tlso_starter_item(&s, &it), TLSO_OK);
		for (i = 0; i < it.fills; i++) {
			assert_int_equal(tlso_starter_next_fill(&s, &it, &f),
					 TLSO_OK);
			if (f.op != op)
				continue;
			n++;
			*arg = f.arg;
		}
	}
	return n;
}

bool hello_ext(const struct client *c, u16 type, struct tlso_rd *ext)
{
	struct tlso_rd r, list;
	const u8 *p;
	size_t n = client_message(c, 0, &p);

	tlso_rd_init(&r, p, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR + 2 + TLSO_RANDOM_LEN);
	(void)tlso_rd_vec(&r, 1);
	(void)tlso_rd_vec(&r, 2);
	(void)tlso_rd_vec(&r, 1);
	list = tlso_rd_vec(&r, 2);
	assert_true(tlso_rd_done(&r));
	while (list.n) {
		u16 t = tlso_rd_u16(&list);

		*ext = tlso_rd_vec(&list, 2);
		assert_false(list.bad);
		if (t == type)
			return true;
	}
	return false;
}

/* ---- The server's messages ----------------------------------------------- */

const struct server_hello hello13 = {
	.version = TLSO_VERSION_13, .suite = S13, .group = TLSO_GROUP_X25519
};

const struct server_hello retry13 = {
	.retry = true, .version = TLSO_VERSION_13, .suite = S13,
	.group = TLSO_GROUP_P256
};

const struct server_hello hello12 = {
	.suite = S12, .no_echo = true, .ems = true, .reneg = true
};

static void begin(struct msg *m, struct tlso_wr *w, u8 type, u8 epoch)
{
	memset(m, 0, sizeof(*m));
	m->type = type;
	m->epoch = epoch;
	tlso_wr_init(w, m->p, sizeof(m->p));
	tlso_wr_u8(w, type);
	tlso_wr_u24(w, 0);
}

static void end(struct msg *m, struct tlso_wr *w)
{
	tlso_wr_patch(w, 1, 3, (u32)w->n - TLSO_HS_HDR);
	assert_false(w->bad);
	m->n = w->n;
}

static void add_extra(struct msg *m, u8 kind, const u8 *p, size_t n)
{
	struct tlso_wr w;

	tlso_wr_init(&w, m->extra, sizeof(m->extra));
	tlso_wr_u8(&w, kind);
	tlso_wr_u8(&w, 0);
	tlso_wr_u16(&w, (u16)n);
	tlso_wr_bytes(&w, p, n);
	m->extra_len = w.n;
}

static void add_digest(struct msg *m, u16 scheme)
{
	const struct tlso_hash_alg *h = tlso_scheme_hash(&tlso_host_crypto,
							 scheme);
	static const u8 digest[TLSO_DIGEST_MAX];

	if (h)
		add_extra(m, TLSO_EXTRA_DIGEST, digest, h->len);
}

void make_msg(struct msg *m, u8 type, u8 epoch, const void *p, size_t n)
{
	struct tlso_wr w;

	begin(m, &w, type, epoch);
	tlso_wr_bytes(&w, p, n);
	end(m, &w);
}

static void put_ext(struct tlso_wr *w, u16 type, const void *p, size_t n)
{
	tlso_wr_u16(w, type);
	tlso_wr_u16(w, (u16)n);
	tlso_wr_bytes(w, p, n);
}

static void put_share(struct tlso_wr *w, const struct server_hello *h)
{
	size_t n = h->share_len ? h->share_len : tlso_group_share_len(h->group);
	size_t ext;
	u8 *key;

	if (!h->group)
		return;
	tlso_wr_u16(w, TLSO_EXT_KEY_SHARE);
	ext = tlso_wr_open(w, 2);
	tlso_wr_u16(w, h->group);
	if (!h->retry) {
		tlso_wr_u16(w, (u16)n);
		key = tlso_wr_room(w, n);
		if (key && n)
			key[0] = 4;
	}
	tlso_wr_close(w, ext, 2);
}

static void put_hello_exts(struct tlso_wr *w, const struct server_hello *h)
{
	u8 v[2] = { (u8)(h->version >> 8), (u8)h->version };
	u8 index[2] = { (u8)(h->psk_index >> 8), (u8)h->psk_index };
	size_t exts = tlso_wr_open(w, 2);

	if (h->version)
		put_ext(w, TLSO_EXT_SUPPORTED_VERSIONS, v, 2);
	put_share(w, h);
	if (h->psk)
		put_ext(w, TLSO_EXT_PRE_SHARED_KEY, index, 2);
	if (h->ems)
		put_ext(w, TLSO_EXT_EXTENDED_MASTER_SECRET, NULL, 0);
	if (h->ticket)
		put_ext(w, TLSO_EXT_SESSION_TICKET, NULL, 0);
	if (h->reneg)
		put_ext(w, TLSO_EXT_RENEGOTIATION_INFO, "", 1);
	if (h->cookie) {
		tlso_wr_u16(w, TLSO_EXT_COOKIE);
		tlso_wr_u16(w, (u16)(h->cookie + 2));
		tlso_wr_u16(w, (u16)h->cookie);
		(void)tlso_wr_room(w, h->cookie);
	}
	tlso_wr_bytes(w, h->more, h->more_len);
	tlso_wr_close(w, exts, 2);
}

void make_server_hello(struct msg *m, const struct server_hello *h)
{
	u8 random[TLSO_RANDOM_LEN] = { 1, 2, 3 }, echo = !h->no_echo;
	struct tlso_wr w;

	begin(m, &w, TLSO_HS_SERVER_HELLO, TLSO_EPOCH_CLEAR);
	if (h->retry)
		memcpy(random, tlso_retry_request_random, sizeof(random));
	if (h->mark) {
		memcpy(random + 24, "DOWNGRD", 7);
		random[31] = (u8)(h->mark - 1);
	}
	tlso_wr_u16(&w, h->legacy ? h->legacy : TLSO_VERSION_12);
	tlso_wr_bytes(&w, random, sizeof(random));
	tlso_wr_u8(&w, 32);
	(void)tlso_wr_room(&w, 32);
	tlso_wr_u16(&w, h->suite);
	tlso_wr_u8(&w, h->compression);
	put_hello_exts(&w, h);
	end(m, &w);
	add_extra(m, TLSO_EXTRA_SESSION_ECHO, &echo, 1);
}

void make_encrypted_extensions(struct msg *m, const u8 *exts, size_t n)
{
	struct tlso_wr w;

	begin(m, &w, TLSO_HS_ENCRYPTED_EXTENSIONS, TLSO_EPOCH_HANDSHAKE);
	tlso_wr_u16(&w, (u16)n);
	tlso_wr_bytes(&w, exts, n);
	end(m, &w);
}

static u8 flight_epoch(u16 version)
{
	return version == TLSO_VERSION_13 ? TLSO_EPOCH_HANDSHAKE :
					    TLSO_EPOCH_CLEAR;
}

void make_certificate(struct msg *m, u16 version, bool rsa)
{
	struct tlso_wr w;
	size_t list, cert;

	begin(m, &w, TLSO_HS_CERTIFICATE, flight_epoch(version));
	if (version == TLSO_VERSION_13)
		tlso_wr_u8(&w, 0);
	list = tlso_wr_open(&w, 3);
	cert = tlso_wr_open(&w, 3);
	if (rsa)
		tlso_wr_bytes(&w, leaf_rsa, leaf_rsa_len);
	else
		tlso_wr_bytes(&w, leaf_p256, leaf_p256_len);
	tlso_wr_close(&w, cert, 3);
	if (version == TLSO_VERSION_13)
		tlso_wr_u16(&w, 0);
	tlso_wr_close(&w, list, 3);
	end(m, &w);
}

void make_certificate_request(struct msg *m, u16 version, u16 scheme)
{
	static const u8 types[] = { 2, TLSO_CERT_TYPE_RSA_SIGN,
				    TLSO_CERT_TYPE_ECDSA_SIGN };
	struct tlso_wr w;

	begin(m, &w, TLSO_HS_CERTIFICATE_REQUEST, flight_epoch(version));
	if (version == TLSO_VERSION_13) {
		tlso_wr_u8(&w, 0);
		tlso_wr_u16(&w, 4 + 4);
		tlso_wr_u16(&w, TLSO_EXT_SIGNATURE_ALGORITHMS);
		tlso_wr_u16(&w, 4);
	} else {
		tlso_wr_bytes(&w, types, sizeof(types));
	}
	tlso_wr_u16(&w, 2);
	tlso_wr_u16(&w, scheme);
	if (version == TLSO_VERSION_12)
		tlso_wr_u16(&w, 0);
	end(m, &w);
}

void make_certificate_verify(struct msg *m, u16 scheme)
{
	static const u8 sig[] = { SIG_RIGHT, 1, 2, 3 };
	struct tlso_wr w;

	begin(m, &w, TLSO_HS_CERTIFICATE_VERIFY, TLSO_EPOCH_HANDSHAKE);
	tlso_wr_u16(&w, scheme);
	tlso_wr_u16(&w, sizeof(sig));
	tlso_wr_bytes(&w, sig, sizeof(sig));
	end(m, &w);
	add_digest(m, scheme);
}

void make_server_key_exchange(struct msg *m, u16 group, u16 scheme)
{
	static const u8 sig[] = { SIG_RIGHT, 1, 2, 3 };
	struct tlso_wr w;
	u8 *point;

	begin(m, &w, TLSO_HS_SERVER_KEY_EXCHANGE, TLSO_EPOCH_CLEAR);
	tlso_wr_u8(&w, TLSO_CURVE_NAMED);
	tlso_wr_u16(&w, group);
	tlso_wr_u8(&w, tlso_group_share_len(group));
	point = tlso_wr_room(&w, tlso_group_share_len(group));
	if (point)
		point[0] = 4;
	tlso_wr_u16(&w, scheme);
	tlso_wr_u16(&w, sizeof(sig));
	tlso_wr_bytes(&w, sig, sizeof(sig));
	end(m, &w);
	add_digest(m, scheme);
}

void make_server_hello_done(struct msg *m)
{
	make_msg(m, TLSO_HS_SERVER_HELLO_DONE, TLSO_EPOCH_CLEAR, NULL, 0);
}

void make_ticket12(struct msg *m, size_t n)
{
	struct tlso_wr w;
	u8 *p;

	begin(m, &w, TLSO_HS_NEW_SESSION_TICKET, TLSO_EPOCH_CLEAR);
	tlso_wr_u32(&w, 300);
	tlso_wr_u16(&w, (u16)n);
	p = tlso_wr_room(&w, n);
	if (p)
		memset(p, 0x77, n);
	end(m, &w);
}

void make_ccs(struct msg *m)
{
	memset(m, 0, sizeof(*m));
	m->type = TLSO_FIN_CCS;
	m->p[0] = 1;
	m->n = 1;
}

void make_finished(struct msg *m, u16 version)
{
	static const u8 mac[48];
	bool is13 = version == TLSO_VERSION_13;

	make_msg(m, TLSO_HS_FINISHED,
		 is13 ? TLSO_EPOCH_HANDSHAKE : TLSO_EPOCH_APPLICATION, mac,
		 is13 ? 32 : 12);
}
