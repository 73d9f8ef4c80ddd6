// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole TLS 1.3 sessions between an unmodified GnuTLS client and the adapter:
 * handshake through mailbox and events with the core's director as the kernel,
 * then data both ways through inline records. Suites, groups, key types, both
 * IP versions, jobs at once and deferred, any segmentation.
 */
#include <errno.h>
#include <stdio.h>

#include "rig.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "../../kmod/core/director.h"
#include "../../kmod/core/pkcs8.h"
#include "../../offload-dev/engine/crypto_host.h"

#define SID 77
#define TLS13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define PRIORITY TLS13 ":-CIPHER-ALL:+%s:-GROUP-ALL:+GROUP-%s:%%DUMBFW"

struct peer {
	struct rig *r;
	struct rig_flow flow;
	gnutls_session_t tls;
	u8 c2s[1 << 18], s2c[1 << 18];
	size_t c2s_n, c2s_sent, s2c_n, s2c_read;
	u32 isn;
	struct tlso_director dir;
	struct tlso_config cfg;
	struct tlso_id id;
	struct tlso_x509_work work;
	bool done, failed, active, split;
	struct tlso_session_keys keys;
	u32 app_at; /* stream offset where inbound application records start */
	u32 tx_seq;
	u64 rec_seq;
	/* received by the kernel model */
	u8 clear[1 << 17];
	size_t clear_n;
	size_t parse_at; /* in c2s, of the next record header */
	u8 up[1 << 18]; /* what came up, by stream offset */
	u8 up_clear[1 << 18];
};

struct ident {
	gnutls_x509_privkey_t key;
	u8 der[4096];
	size_t der_n;
	u8 blob[TLSO_KEY_BLOB_MAX];
	size_t blob_n;
	enum tlso_key_type type;
};

static struct ident idents[2];

static bool hasty; /* change_cipher_spec behind the first ClientHello */

static ssize_t push(gnutls_transport_ptr_t t, const void *p, size_t n)
{
	struct peer *c = t;

	assert_true(c->c2s_n + n <= sizeof(c->c2s));
	memcpy(c->c2s + c->c2s_n, p, n);
	/* RFC 8446 D.4 lets it come right behind the first ClientHello, where
	 * the completer takes nothing before the answer.
	 */
	if (hasty && !c->c2s_n) {
		memcpy(c->c2s + n, "\x14\x03\x03\x00\x01\x01", 6);
		c->c2s_n = 6;
	}
	c->c2s_n += n;
	return n;
}

static ssize_t pull(gnutls_transport_ptr_t t, void *p, size_t n)
{
	struct peer *c = t;
	size_t left = c->s2c_n - c->s2c_read;

	if (!left) {
		gnutls_transport_set_errno(c->tls, EAGAIN);
		return -1;
	}
	if (n > left)
		n = left;
	memcpy(p, c->s2c + c->s2c_read, n);
	c->s2c_read += n;
	return n;
}

static int pull_timeout(gnutls_transport_ptr_t t, unsigned int ms)
{
	struct peer *c = t;

	(void)ms;
	return c->s2c_n > c->s2c_read;
}

/* Big-endian number into the last bytes of @n at @p. */
static void put_number(u8 *p, size_t n, gnutls_datum_t *d)
{
	const u8 *from = d->data;
	size_t len = d->size;

	for (; len > n && !*from; from++)
		len--;
	assert_true(len <= n);
	memcpy(p + n - len, from, len);
	gnutls_free(d->data);
}

/* Not by way of PKCS#8: GnuTLS 3.7 writes scalars there with a sign byte. */
static void p256_blob(struct ident *id)
{
	gnutls_datum_t x, y, k;
	gnutls_ecc_curve_t curve;
	int ret;

	ret = gnutls_x509_privkey_export_ecc_raw(id->key, &curve, &x, &y, &k);
	assert_int_equal(ret, 0);
	memset(id->blob, 0, sizeof(id->blob));
	id->blob[0] = TLSO_KEY_BLOB_VERSION;
	id->blob[1] = TLSO_KEY_P256;
	id->blob[5] = 32;
	put_number(id->blob + 6, 32, &k);
	id->blob[39] = 65;
	id->blob[40] = 4;
	put_number(id->blob + 41, 32, &x);
	put_number(id->blob + 73, 32, &y);
	id->blob_n = 105;
}

static void make_ident(struct ident *id, enum tlso_key_type type)
{
	static const u8 serial[] = { 1 };
	const unsigned int p256 =
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	struct tlso_key_blob b;
	gnutls_x509_crt_t crt;
	u8 p8[4096];
	size_t n = sizeof(p8);
	int ret;

	id->type = type;
	gnutls_x509_privkey_init(&id->key);
	if (type == TLSO_KEY_RSA)
		ret = gnutls_x509_privkey_generate(id->key, GNUTLS_PK_RSA, 2048,
						   0);
	else
		ret = gnutls_x509_privkey_generate(id->key, GNUTLS_PK_ECDSA,
						   p256, 0);
	assert_int_equal(ret, 0);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, serial, 1);
	gnutls_x509_crt_set_activation_time(crt, 0);
	gnutls_x509_crt_set_expiration_time(crt, 4000000000u);
	gnutls_x509_crt_set_dn(crt, "CN=adapter.test", NULL);
	gnutls_x509_crt_set_key(crt, id->key);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, id->key,
					       GNUTLS_DIG_SHA256, 0), 0);
	id->der_n = sizeof(id->der);
	assert_int_equal(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER,
						id->der, &id->der_n), 0);
	gnutls_x509_crt_deinit(crt);
	if (type == TLSO_KEY_P256) {
		p256_blob(id);
		return;
	}
	ret = gnutls_x509_privkey_export_pkcs8(id->key, GNUTLS_X509_FMT_DER,
					       NULL, GNUTLS_PKCS_PLAIN, p8, &n);
	assert_int_equal(ret, 0);
	assert_int_equal(tlso_pkcs8_read(&b, p8, n), TLSO_OK);
	assert_int_equal(tlso_key_blob_write(&b, id->blob, sizeof(id->blob),
					     &id->blob_n), TLSO_OK);
}

static int setup(void **state)
{
	(void)state;
	make_ident(&idents[0], TLSO_KEY_RSA);
	make_ident(&idents[1], TLSO_KEY_P256);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gnutls_x509_privkey_deinit(idents[0].key);
	gnutls_x509_privkey_deinit(idents[1].key);
	return 0;
}

/* ---- The kernel's part -------------------------------------------------------- */

static void take_step(struct peer *c, const u8 *seg, size_t n)
{
	static u8 starter[TLSO_STARTER_MAX];
	static u8 out[TLSO_STARTER_OUT_MAX];
	size_t len = 0, wire = 0;
	enum tlso_step step;
	u32 got, status;

	step = tlso_director_step(&c->dir, seg, n, starter, sizeof(starter),
				  &len, &wire);
	if (step == TLSO_STEP_DONE)
		c->done = true;
	if (step == TLSO_STEP_FAIL)
		c->failed = true;
	if (!len)
		return;
	status = rig_cmd(c->r, TLSO_HW_MB_STARTER, SID, 0, starter, len, out,
			 wire, &got);
	assert_int_equal(status, TLSO_HW_ST_OK);
	assert_int_equal(got, wire);
	memcpy(c->s2c + c->s2c_n, out, got);
	c->s2c_n += got;
}

static void events(struct peer *c)
{
	static struct rig_event ev;
	enum tlso_err err;

	while (rig_event(c->r, &ev)) {
		assert_int_equal(ev.session, SID);
		c->split |= ev.len > RIG_EV_CAP;
		switch (ev.type) {
		case TLSO_HW_EV_FINISHED:
			take_step(c, ev.body, ev.len);
			break;
		case TLSO_HW_EV_START_SSL_COMPLETE:
			assert_true(c->done);
			err = tlso_session_keys_read(&c->keys, ev.body, ev.len);
			assert_int_equal(err, TLSO_OK);
			c->active = true;
			c->app_at = ev.tcp_seq - c->isn;
			c->parse_at = c->app_at;
			break;
		default:
			fail_msg("event %u", ev.type);
		}
	}
}

/* A frame has come up: to its place in the stream. */
static void receive(struct peer *c, const struct rig_rx *rx)
{
	const u8 *p = rx->p + rig_hdr_len(&c->flow);
	size_t n = rx->n - rig_hdr_len(&c->flow);
	u32 off;

	memcpy(&off, p - 28, 4); /* 12 bytes of options, 16 behind seq */
	off = be32toh(off) - c->isn;
	assert_true(rx->flags & TLSO_HW_RXF_SESSION);
	assert_true(rx->flags & TLSO_HW_RXF_CSUM_OK);
	assert_int_equal(rx->session, SID);
	memcpy(c->up + off, p, n);
	memset(c->up_clear + off, !!(rx->flags & TLSO_HW_RXF_CLEAR), n);
}

static void to_server(struct peer *c, size_t most)
{
	static u8 frame[10000];
	static struct rig_rx rx;

	while (c->c2s_sent < c->c2s_n) {
		size_t n = c->c2s_n - c->c2s_sent, cut = 1 + rand() % most;

		if (n > cut)
			n = cut;
		if (!c->active && rand() % 4 == 0) {
			/* The kernel had it before Start_SSL was through. */
			assert_int_equal(rig_cmd(c->r, TLSO_HW_MB_INBOUND, SID,
						 c->isn + c->c2s_sent,
						 c->c2s + c->c2s_sent, n, NULL,
						 0, NULL), 0);
			memcpy(c->up + c->c2s_sent, c->c2s + c->c2s_sent, n);
		} else {
			size_t len = rig_tcp(frame, &c->flow, true,
					     c->isn + c->c2s_sent, 0x18,
					     c->c2s + c->c2s_sent, n);

			assert_true(rig_rx(c->r, frame, len, &rx));
			receive(c, &rx);
		}
		c->c2s_sent += n;
		rig_jobs(c->r);
		events(c);
	}
}

/* Whole records of what came up. Verdicts are checked against the real tag. */
static void read_records(struct peer *c)
{
	while (c->active && c->c2s_sent - c->parse_at >= 5) {
		u8 *rec = c->up + c->parse_at, nonce[12], buf[17000];
		size_t len = rec[3] << 8 | rec[4], i, n;
		const struct tlso_aead_alg *aead =
			c->keys.suite == 0x1301 ? tlso_host_crypto.aes128_gcm :
			c->keys.suite == 0x1302 ? tlso_host_crypto.aes256_gcm :
				tlso_host_crypto.chacha20_poly1305;
		struct tlso_hw_verdict v;
		bool clear = true;

		if (c->c2s_sent - c->parse_at < 5 + len)
			return;
		for (i = 0; i < 5 + len; i++)
			clear &= c->up_clear[c->parse_at + i];
		memcpy(&v, rec + 5 + len - 16, 16);
		memcpy(buf, c->c2s + c->parse_at + 5, len);
		memcpy(nonce, c->keys.rx.iv, 12);
		for (i = 0; i < 8; i++)
			nonce[11 - i] ^= c->keys.rx.seq >> (8 * i);
		assert_int_equal(aead->open(c->keys.rx.key, nonce, rec, 5, buf,
					    len - 16), 0);
		if (le32toh(v.magic) == TLSO_HW_VERDICT_OK) {
			assert_true(clear);
			assert_memory_equal(v.tag, c->c2s + c->parse_at + 5 +
						   len - 12, 12);
		}
		for (i = 0; i < len - 16; i++) {
			u8 want = c->up_clear[c->parse_at + 5 + i] ?
					buf[i] : c->c2s[c->parse_at + 5 + i];

			assert_int_equal(rec[5 + i], want);
		}
		for (n = len - 16; !buf[n - 1]; n--)
			;
		if (buf[n - 1] == 23) {
			memcpy(c->clear + c->clear_n, buf, n - 1);
			c->clear_n += n - 1;
		}
		c->keys.rx.seq++;
		c->parse_at += 5 + len;
	}
}

/* One clear record through TX, in one TSO frame or several. */
static void send_record(struct peer *c, const u8 *p, size_t n)
{
	static u8 rec[17000], frame[20000];
	size_t len = 5 + n + 1 + 16, at = 0, i, got;
	struct tlso_hw_tag tag = {
		.magic = htole32(TLSO_HW_TAG_TX),
		.session = htole32(SID),
		.rec_seq = htole64(c->rec_seq),
	};
	u32 seq;
	u8 flags;

	memcpy(rec, "\x17\x03\x03", 3);
	rec[3] = (len - 5) >> 8;
	rec[4] = len - 5;
	memcpy(rec + 5, p, n);
	rec[5 + n] = 23;
	memcpy(rec + 5 + n + 1, &tag, 16);
	while (at < len) {
		size_t part = 1 + rand() % (len - at), flen;
		struct tlso_hw_txd_tls t = {
			.session = htole32(SID),
			.rec_len = htole32(len),
			.rec_off = htole32(at),
			.flags = htole32(TLSO_HW_TXF_TLS),
			.rec_seq = htole64(c->rec_seq),
			.prefix_len = htole32(at + part > len - 16 ? at : 0),
		};
		struct rig_tx tx = { .flags = TLSO_HW_TXF_TSO |
					      TLSO_HW_TXF_CSUM,
				     .mss = 1000,
				     .hdr_len = rig_hdr_len(&c->flow),
				     .tls = &t, .prefix = rec, .pieces = 2 };

		flen = rig_tcp(frame, &c->flow, false, c->tx_seq, 0x18,
			       rec + at, part);
		assert_true(rig_tx(c->r, frame, flen, &tx));
		for (i = 0; i < c->r->n_sent; i++) {
			const u8 *q = rig_check_tcp(c->r->sent[i].p,
						    c->r->sent[i].n, &seq, &got,
						    &flags);

			assert_int_equal(seq, c->tx_seq);
			memcpy(c->s2c + c->s2c_n, q, got);
			c->s2c_n += got;
			c->tx_seq += got;
		}
		rig_forget_sent(c->r);
		at += part;
	}
	c->rec_seq++;
}

/* ---- A session ------------------------------------------------------------------- */

static void peer_new(struct peer *c, const struct ident *id, const char *prio,
		     u8 family, bool deferred)
{
	const gnutls_datum_t name = { c->s2c, 30 };
	const gnutls_datum_t alpn[8] = { name, name, name, name,
					 name, name, name, name };
	struct tlso_hw_start st;

	memset(c, 0, sizeof(*c));
	c->r = rig_new(NULL, deferred);
	rig_up(c->r);
	c->isn = 0xfffffe00 + rand() % 512; /* wraps in the handshake */
	c->tx_seq = 0xffffff00;
	rig_flow_init(&c->flow, family, 40000 + rand() % 1000);
	c->id.key_type = id->type;
	c->id.rsa_bits = 2048;
	c->id.n_chain = 1;
	c->id.chain[0].der = id->der;
	c->id.chain[0].len = id->der_n;
	c->cfg.crypto = &tlso_host_crypto;
	c->cfg.work = &c->work;
	c->cfg.versions = TLSO_USE_13;
	c->cfg.ids = &c->id;
	c->cfg.n_ids = 1;
	tlso_director_init(&c->dir, &c->cfg);
	assert_int_equal(rig_cmd(c->r, TLSO_HW_MB_LOAD_KEY, 0, 3, id->blob,
				 id->blob_n, NULL, 0, NULL), TLSO_HW_ST_OK);
	rig_start(&st, &c->flow, 3, c->isn);
	assert_int_equal(rig_cmd(c->r, TLSO_HW_MB_START_SSL, SID, 0, &st,
				 sizeof(st), NULL, 0, NULL), TLSO_HW_ST_OK);
	/* Sessions under way keep their key. */
	assert_int_equal(rig_cmd(c->r, TLSO_HW_MB_UNLOAD_KEY, 0, 3, NULL, 0,
				 NULL, 0, NULL), TLSO_HW_ST_OK);
	gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK);
	assert_int_equal(gnutls_priority_set_direct(c->tls, prio, NULL), 0);
	/* With DUMBFW, a ClientHello that does not fit one event buffer. */
	memset(c->s2c, 'a', 30);
	assert_int_equal(gnutls_alpn_set_protocols(c->tls, alpn, 8, 0), 0);
	gnutls_transport_set_ptr(c->tls, c);
	gnutls_transport_set_push_function(c->tls, push);
	gnutls_transport_set_pull_function(c->tls, pull);
	gnutls_transport_set_pull_timeout_function(c->tls, pull_timeout);
}

static void one_session(const char *prio, const struct ident *id, u8 family,
			bool deferred, size_t most)
{
	static struct peer c;
	static u8 data[40000], back[40000];
	gnutls_certificate_credentials_t cred;
	size_t i, n, got;
	int ret, turns;

	peer_new(&c, id, prio, family, deferred);
	gnutls_certificate_allocate_credentials(&cred);
	gnutls_credentials_set(c.tls, GNUTLS_CRD_CERTIFICATE, cred);
	for (turns = 0; turns < 20; turns++) {
		ret = gnutls_handshake(c.tls);
		assert_true(!ret || !gnutls_error_is_fatal(ret));
		to_server(&c, most);
		if (!ret)
			break; /* once more would be a KeyUpdate */
	}
	assert_int_equal(ret, 0);
	assert_true(c.done && c.active && c.split);
	assert_int_equal(gnutls_protocol_get_version(c.tls), GNUTLS_TLS1_3);
	c.rec_seq = c.keys.tx.seq;

	for (i = 0; i < sizeof(data); i++)
		data[i] = rand();
	for (i = 0; i < sizeof(data); i += n) {
		n = 1 + rand() % 16384;
		if (n > sizeof(data) - i)
			n = sizeof(data) - i;
		assert_int_equal(gnutls_record_send(c.tls, data + i, n), n);
		to_server(&c, most);
		read_records(&c);
	}
	for (i = 0; i < sizeof(data); i += n) {
		n = 1 + rand() % 16384;
		if (n > sizeof(data) - i)
			n = sizeof(data) - i;
		send_record(&c, data + i, n);
		for (got = 0; got < n; got += ret) {
			ret = gnutls_record_recv(c.tls, back, n - got);
			assert_true(ret > 0);
			assert_memory_equal(back, data + i + got, ret);
		}
	}
	assert_int_equal(c.clear_n, sizeof(data));
	assert_memory_equal(c.clear, data, sizeof(data));
	assert_true(rig_count(c.r, TLSO_HW_C_RX_TLS_BYTES) > sizeof(data));
	assert_true(rig_count(c.r, TLSO_HW_C_TX_TLS_BYTES) > sizeof(data));
	assert_int_equal(rig_count(c.r, TLSO_HW_C_HANDSHAKES_DONE), 1);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_SESSIONS_ACTIVE), 1);
	assert_int_equal(c.r->errors, 0);
	assert_int_equal(rig_cmd(c.r, TLSO_HW_MB_STOP_SSL, SID, 0, NULL, 0,
				 NULL, 0, NULL), TLSO_HW_ST_OK);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_SESSIONS_ACTIVE), 0);
	gnutls_deinit(c.tls);
	gnutls_certificate_free_credentials(cred);
	rig_free(c.r);
}

static void gnutls_talks_to_the_adapter(void **state)
{
	static const char *const suites[] = { "AES-128-GCM", "AES-256-GCM",
					      "CHACHA20-POLY1305" };
	static const char *const groups[] = { "X25519", "SECP256R1",
					     "SECP384R1" };
	unsigned int s, g, k;
	char prio[200];

	(void)state;
	for (s = 0; s < 3; s++) {
		for (g = 0; g < 3; g++) {
			for (k = 0; k < 2; k++) {
				snprintf(prio, sizeof(prio),
					 PRIORITY, suites[s], groups[g]);
				one_session(prio, &idents[k], 4 + 2 * ((s + g) & 1),
					    k, (s + k) & 1 ? 1400 : 60);
			}
		}
	}
}

static void what_follows_a_client_hello_waits(void **state)
{
	char prio[200];
	unsigned int i;

	(void)state;
	snprintf(prio, sizeof(prio), PRIORITY, "AES-128-GCM", "X25519");
	hasty = true;
	for (i = 0; i < 8; i++)
		one_session(prio, &idents[1], 4, i & 1, i & 2 ? 1400 : 60);
	hasty = false;
}

/* The client stops in mid-handshake: STOP leaves nothing behind, and work that
 * has not begun is not begun any more.
 */
static void stop_in_mid_handshake(void **state)
{
	static struct peer c;
	gnutls_certificate_credentials_t cred;
	static struct rig_event ev;
	u8 frame[2000];
	u64 hashed;
	u32 stop;
	size_t n;

	(void)state;
	peer_new(&c, &idents[1], TLS13, 4, true);
	gnutls_certificate_allocate_credentials(&cred);
	gnutls_credentials_set(c.tls, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_handshake(c.tls);
	n = rig_tcp(frame, &c.flow, true, c.isn, 0x18, c.c2s, c.c2s_n);
	assert_int_equal(tlso_engine_rx(c.r->e, frame, n), n);
	assert_int_equal(tlso_engine_jobs(c.r->e), 1);
	stop = rig_post_cmd(c.r, TLSO_HW_MB_STOP_SSL, SID, 0, NULL, 0, 0);
	assert_int_equal(rig_cmd_entry(c.r, stop)->flags, 0);
	hashed = rig_count(c.r, TLSO_HW_C_OP_HASH_BYTES);
	rig_jobs(c.r);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_OP_HASH_BYTES), hashed);
	assert_int_equal(rig_cmd_entry(c.r, stop)->flags,
			 htole32(TLSO_HW_MBF_DONE));
	assert_false(rig_event(c.r, &ev));
	assert_int_equal(rig_count(c.r, TLSO_HW_C_HANDSHAKES_FAILED), 1);
	gnutls_deinit(c.tls);
	rig_free(c.r);

	/* The same with a reset instead: the job comes back to nothing. */
	peer_new(&c, &idents[1], TLS13, 4, true);
	gnutls_credentials_set(c.tls, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_handshake(c.tls);
	n = rig_tcp(frame, &c.flow, true, c.isn, 0x18, c.c2s, c.c2s_n);
	tlso_engine_rx(c.r->e, frame, n);
	rig_write(c.r, TLSO_HW_REG_CTRL, TLSO_HW_CTRL_RESET);
	assert_int_equal(tlso_engine_jobs(c.r->e), 1);
	hashed = rig_count(c.r, TLSO_HW_C_OP_HASH_BYTES);
	rig_jobs(c.r);
	assert_int_equal(tlso_engine_jobs(c.r->e), 0);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_OP_HASH_BYTES), hashed);
	gnutls_deinit(c.tls);
	gnutls_certificate_free_credentials(cred);
	rig_free(c.r);
}

/* An adapter of this version serves TLS 1.3. A kernel that lets a client of TLS 1.2
 * in all the same is told so at the starter that would have ended the handshake.
 */
static void tls12_is_not_served(void **state)
{
	static u8 starter[TLSO_STARTER_MAX], out[TLSO_STARTER_OUT_MAX];
	gnutls_certificate_credentials_t cred;
	static struct rig_event ev;
	size_t len, wire, n;
	static struct peer c;
	enum tlso_step step = TLSO_STEP_WAIT;
	u32 got, status = TLSO_HW_ST_OK;

	(void)state;
	peer_new(&c, &idents[1], "NORMAL:-VERS-ALL:+VERS-TLS1.2", 4, false);
	c.cfg.versions = TLSO_USE_12;
	gnutls_certificate_allocate_credentials(&cred);
	gnutls_credentials_set(c.tls, GNUTLS_CRD_CERTIFICATE, cred);
	while (step != TLSO_STEP_LAST) {
		gnutls_handshake(c.tls);
		n = c.c2s_n - c.c2s_sent;
		assert_true(n);
		assert_int_equal(rig_cmd(c.r, TLSO_HW_MB_INBOUND, SID,
					 c.isn + c.c2s_sent, c.c2s + c.c2s_sent,
					 n, NULL, 0, NULL), TLSO_HW_ST_OK);
		c.c2s_sent += n;
		while (step != TLSO_STEP_LAST && rig_event(c.r, &ev)) {
			assert_int_equal(ev.type, TLSO_HW_EV_FINISHED);
			step = tlso_director_step(&c.dir, ev.body, ev.len,
						  starter, sizeof(starter),
						  &len, &wire);
			assert_int_not_equal(step, TLSO_STEP_FAIL);
			if (!len)
				continue;
			assert_int_equal(status, TLSO_HW_ST_OK);
			status = rig_cmd(c.r, TLSO_HW_MB_STARTER, SID, 0,
					 starter, len, out, wire, &got);
			memcpy(c.s2c + c.s2c_n, out, got);
			c.s2c_n += got;
		}
	}
	assert_int_equal(status, TLSO_HW_ST_BAD_STATE);
	assert_int_equal(got, 0);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_HANDSHAKES_FAILED), 1);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_SESSIONS_ACTIVE), 0);
	gnutls_deinit(c.tls);
	gnutls_certificate_free_credentials(cred);
	rig_free(c.r);
}

/* Plain HTTP on the secure port: a finished segment with err, and the alert
 * that the director makes of it still goes through the completer.
 */
static void clear_text_is_refused(void **state)
{
	static struct peer c;

	(void)state;
	peer_new(&c, &idents[1], "NORMAL", 4, false);
	c.c2s_n = 18;
	memcpy(c.c2s, "GET / HTTP/1.0\r\n\r\n", 18);
	to_server(&c, 1400);
	assert_true(c.failed);
	assert_true(c.s2c_n >= 7);
	assert_int_equal(c.s2c[0], 21);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_HANDSHAKES_FAILED), 1);
	assert_int_equal(rig_count(c.r, TLSO_HW_C_SESSIONS_PENDING), 0);
	gnutls_deinit(c.tls);
	rig_free(c.r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gnutls_talks_to_the_adapter),
		cmocka_unit_test(what_follows_a_client_hello_waits),
		cmocka_unit_test(stop_in_mid_handshake),
		cmocka_unit_test(clear_text_is_refused),
		cmocka_unit_test(tls12_is_not_served),
	};

	return cmocka_run_group_tests_name("engine tls", tests, setup, teardown);
}
