// SPDX-License-Identifier: GPL-2.0-only
/* Completers that run a trace. */
#include "trace.h"
#include "../../kmod/core/keysched.h"
#include "../../kmod/core/suite.h"

#define SUITE TLSO_AES_128_GCM_SHA256

/* ---- What was random ----------------------------------------------------- */

/* The one that is under way; rng of its completer. */
static struct run {
	const struct trace *t;
	const struct trace_side *side;
	u8 digest[TLSO_DIGEST_MAX]; /* signed */
	unsigned int logged;
	unsigned int randoms;
} run;

static int run_random(void *rng, u8 *out, size_t n)
{
	struct run *r = rng;
	/* Told apart by their order; a server makes no session id. */
	const char *all[] = { r->side->random,
			      r->side == &r->t->client ? r->t->session_id :
							 NULL };

	assert_int_equal(n, TLSO_RANDOM_LEN);
	assert_true(r->randoms < 2 && all[r->randoms]);
	hex(all[r->randoms++], out);
	return 0;
}

static int run_keygen(void *rng, u16 group, u8 *priv, u8 *share)
{
	const struct run *r = rng;
	const struct trace_key *k = &r->side->key;

	if (k->group != group)
		k = &r->t->first_key;
	assert_int_equal(k->group, group);
	hex(k->priv, priv);
	hex(k->share, share);
	return 0;
}

static int run_derive(void *rng, u16 group, const u8 *priv, const u8 *peer,
		      u8 *secret)
{
	const struct run *r = rng;

	assert_int_equal(r->side->key.group, group);
	if (tlso_group_find(&tlso_host_crypto, group)->derive(NULL, priv, peer,
							      secret))
		return -1;
	same(secret, r->t->secrets.shared);
	return 0;
}

static int x25519_keygen(void *rng, u8 *priv, u8 *share)
{
	return run_keygen(rng, TLSO_GROUP_X25519, priv, share);
}

static int x25519_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	return run_derive(rng, TLSO_GROUP_X25519, priv, peer, secret);
}

static int p256_keygen(void *rng, u8 *priv, u8 *share)
{
	return run_keygen(rng, TLSO_GROUP_P256, priv, share);
}

static int p256_derive(void *rng, const u8 *priv, const u8 *peer, u8 *secret)
{
	return run_derive(rng, TLSO_GROUP_P256, priv, peer, secret);
}

static const struct tlso_group_alg x25519 = { TLSO_GROUP_X25519, 32, 32, 32,
					      x25519_keygen, x25519_derive };
static const struct tlso_group_alg p256 = { TLSO_GROUP_P256, 65, 32, 32,
					    p256_keygen, p256_derive };
static const struct tlso_group_alg *const groups[] = { &x25519, &p256, NULL };

/* The trace's signature; check_signature() says whether it fits. */
static int run_sign(void *rng, void *ctx, unsigned int identity, u16 scheme,
		    const u8 *digest, size_t n, u8 *sig, size_t *sig_len)
{
	struct run *r = rng;
	u8 verify[256];
	size_t len = hex(r->side->verify, verify) - 8;

	(void)ctx;
	assert_int_equal(identity, 0);
	assert_int_equal(scheme, r->side->scheme);
	assert_int_equal(n, 32);
	assert_true(*sig_len >= len);
	memcpy(r->digest, digest, n);
	memcpy(sig, verify + 8, len);
	*sig_len = len;
	return 0;
}

static const struct tlso_signer signer = { NULL, run_sign, NULL };

/* Every secret that has a name in the key log format. */
static void run_keylog(void *ctx, const char *label, const u8 *client_random,
		       const u8 *secret, size_t n)
{
	struct run *r = ctx;
	const struct trace_secrets *s = &r->t->secrets;
	const struct {
		const char *label, *want;
	} all[] = {
		{ "CLIENT_HANDSHAKE_TRAFFIC_SECRET", s->client_hs },
		{ "SERVER_HANDSHAKE_TRAFFIC_SECRET", s->server_hs },
		{ "CLIENT_TRAFFIC_SECRET_0", s->client_ap },
		{ "SERVER_TRAFFIC_SECRET_0", s->server_ap },
		{ "EXPORTER_SECRET", s->exporter },
	};
	unsigned int i;

	assert_int_equal(n, 32);
	if (r->t->client.random)
		same(client_random, r->t->client.random);
	for (i = 0; strcmp(all[i].label, label); i++)
		assert_true(i < 4);
	assert_int_equal(r->logged & 1 << i, 0);
	r->logged |= 1 << i;
	if (all[i].want)
		same(secret, all[i].want);
}

struct half *trace_half(const struct trace *t, bool client,
			const struct tlso_resume *resume)
{
	static struct tlso_crypto crypto;
	struct tlso_completer_cfg cfg = { .crypto = &crypto,
					  .rng = &run,
					  .signer = &signer,
					  .resume = resume,
					  .keylog = run_keylog,
					  .keylog_ctx = &run };

	memset(&run, 0, sizeof(run));
	run.t = t;
	run.side = client ? &t->client : &t->server;
	crypto = tlso_host_crypto;
	crypto.random = run_random;
	crypto.groups = groups;
	return half_new(&cfg, client);
}

/* ---- Messages ------------------------------------------------------------ */

size_t trace_find(const char *text, const char *part)
{
	u8 msg[1024], what[1024];
	size_t n = hex(text, msg), len = hex(part, what), off;

	for (off = 0; memcmp(msg + off, what, len); off++)
		assert_true(off + len < n);
	return off;
}

void trace_feed(struct half *h, const char *text, size_t piece)
{
	u8 msg[1024], rec[1024];
	size_t n = hex(text, msg);

	n = record_clear(rec, TLSO_CT_HANDSHAKE, msg, n);
	half_feed(h, rec, n, piece);
	assert_int_equal(h->err, TLSO_OK);
	assert_int_equal(h->taken, n);
	same(h->got[h->n_got - 1].f.body, text);
}

void trace_put(struct half *h, const char *text)
{
	u8 msg[1024];
	size_t len = hex(text, msg);

	put_message(h, msg[0], msg + 4, len - 4);
}

void trace_fill(struct half *h, u8 op, u16 arg, size_t off, size_t room,
		const u8 *data, size_t data_len)
{
	memset(h->w.w.p + h->w.at_body + off, 0xee, room);
	tlso_starter_fill(&h->w, op, arg, off, room, data, data_len);
}

/* What @h sent at @at is @text; returns where that ends. */
static size_t sent(const struct half *h, size_t at, const char *text)
{
	size_t n = strlen(text) / 2;

	assert_true(at + n <= h->out_len);
	same(h->out + at, text);
	return at + n;
}

/* The same of a message in a record in clear; @minor: of the record's version. */
static size_t sent_clear(const struct half *h, size_t at, u8 minor,
			 const char *text)
{
	size_t n = strlen(text) / 2;
	const u8 hdr[] = { TLSO_CT_HANDSHAKE, 3, minor, (u8)(n >> 8), (u8)n };

	assert_true(at + sizeof(hdr) <= h->out_len);
	assert_memory_equal(h->out + at, hdr, sizeof(hdr));
	return sent(h, at + sizeof(hdr), text);
}

/* The peer's change_cipher_spec, if any, and then what is under handshake keys. */
static void feed_flight(struct half *h, const struct trace *t,
			const struct trace_side *side, size_t piece)
{
	unsigned int had = h->n_got;
	u8 rec[1024];
	size_t n = 0;

	if (t->ccs) {
		n = hex(t->ccs, rec);
		half_feed(h, rec, n, piece);
		assert_int_equal(h->err, TLSO_OK);
		assert_int_equal(h->taken, n);
		/* The director is not told. */
		assert_int_equal(h->n_got, had);
	}
	half_feed(h, rec, hex(side->flight, rec), piece);
	assert_int_equal(h->err, TLSO_OK);
}

static void put_ccs(struct half *h, const struct trace *t)
{
	if (t->ccs)
		tlso_starter_ccs(&h->w);
}

static size_t sent_ccs(const struct half *h, size_t at, const struct trace *t)
{
	return t->ccs ? sent(h, at, t->ccs) : at;
}

static void put_authentication(struct half *h, const struct trace_side *side)
{
	size_t room;

	if (side->scheme) {
		trace_put(h, side->certificate);
		trace_put(h, side->verify);
		room = strlen(side->verify) / 2 - 6;
		trace_fill(h, TLSO_FILL_SIGNATURE, side->scheme, 6, room, NULL,
			   0);
	}
	trace_put(h, side->finished);
	trace_fill(h, TLSO_FILL_FINISHED, 0, 4, 32, NULL, 0);
}

/* ---- What must be so ----------------------------------------------------- */

static void key_of(const char *certificate, u16 scheme, struct tlso_pubkey *key)
{
	bool rsa = scheme == TLSO_RSA_PSS_RSAE_SHA256;
	/* INTEGER of 129 bytes, the first of them zero; BIT STRING of a point. */
	size_t off = rsa ? trace_find(certificate, "02818100") + 4 :
			   trace_find(certificate, "03420004") + 3;
	u8 cert[1024];

	hex(certificate, cert);
	memset(key, 0, sizeof(*key));
	key->type = rsa ? TLSO_KEY_RSA : TLSO_KEY_P256;
	key->n_len = rsa ? 128 : 65;
	key->bits = rsa ? 1024 : 256;
	memcpy(key->n, cert + off, key->n_len);
	if (rsa)
		key->e_len = (u8)hex("010001", key->e);
}

/* Does the trace's signature cover what was signed? By its certificate's key. */
static void check_signature(const struct trace_side *side, const u8 *digest)
{
	struct tlso_pubkey key;
	u8 verify[256], other[32];
	size_t n = hex(side->verify, verify);

	key_of(side->certificate, side->scheme, &key);
	assert_int_equal(tlso_host_verify(&key, side->scheme, digest, 32,
					  verify + 8, n - 8), 0);
	memcpy(other, digest, 32);
	other[0] ^= 1;
	assert_int_not_equal(tlso_host_verify(&key, side->scheme, other, 32,
					      verify + 8, n - 8), 0);
}

/* All that came under handshake keys. */
static void check_flight(const struct half *h, const struct trace_side *side)
{
	struct tlso_rd digest;

	assert_int_equal(last(h, TLSO_HS_FINISHED)->epoch,
			 TLSO_EPOCH_HANDSHAKE);
	same(last(h, TLSO_HS_FINISHED)->body, side->finished);
	if (!side->scheme)
		return;
	same(last(h, TLSO_HS_CERTIFICATE)->body, side->certificate);
	same(last(h, TLSO_HS_CERTIFICATE_VERIFY)->body, side->verify);
	assert_true(tlso_finished_extra(last(h, TLSO_HS_CERTIFICATE_VERIFY),
					TLSO_EXTRA_DIGEST, 0, &digest));
	assert_int_equal(digest.n, 32);
	check_signature(side, digest.p);
}

static void check_hello(const struct half *h, const struct trace_secrets *s)
{
	u8 thash[32];

	assert_int_equal(tlso_transcript_hash(&h->c, thash), TLSO_OK);
	same(thash, s->hello_hash);
}

static void check_direction(const struct tlso_direction_keys *k,
			    const char *secret, const char *key, const char *iv,
			    const char *close)
{
	struct tlso_record_keys tx;
	u8 rec[64];

	same(k->secret, secret);
	same(k->key, key);
	same(k->iv, iv);
	if (!close)
		return;
	assert_int_equal(tlso_record_keys_set(&tx, &tlso_host_crypto,
					      TLSO_VERSION_13, SUITE, k),
			 TLSO_OK);
	hex("0100", rec + TLSO_REC_HDR);
	assert_int_equal(tlso_record_seal(&tx, rec, TLSO_CT_ALERT, 2, 0),
			 TLSO_OK);
	same(rec, close);
}

static void check_end(const struct half *h, const struct trace *t)
{
	const struct trace_secrets *s = &t->secrets;
	struct tlso_session_keys k;

	assert_true(tlso_completer_done(&h->c));
	assert_int_equal(tlso_completer_keys(&h->c, &k), TLSO_OK);
	check_direction(h->client ? &k.tx : &k.rx, s->client_ap, s->client_key,
			s->client_iv, t->client.close);
	check_direction(h->client ? &k.rx : &k.tx, s->server_ap, s->server_key,
			s->server_iv, t->server.close);
	same(k.resumption, s->resumption);
	assert_int_equal(run.logged, 0x1f);
}

/* ---- Server -------------------------------------------------------------- */

static size_t server_retries(struct half *h, const struct trace *t,
			     size_t piece)
{
	size_t at;

	trace_feed(h, t->first_hello, piece);
	half_begin_chosen(h, SUITE, TLSO_VERSION_13);
	trace_put(h, t->retry);
	trace_fill(h, TLSO_FILL_HRR, 0, 4, 0, NULL, 0);
	assert_int_equal(half_send(h), TLSO_OK);
	at = sent_clear(h, 0, 3, t->retry);
	assert_int_equal(h->out_len, at);
	return at;
}

static void server_hello(struct half *h, const struct trace *t)
{
	const struct trace_key *k = &t->server.key;
	size_t len = strlen(k->share) / 2;
	u8 peer[TLSO_SHARE_MAX];

	hex(t->client.key.share, peer);
	trace_put(h, t->server_hello);
	trace_fill(h, TLSO_FILL_RANDOM, 0, 6, 32, NULL, 0);
	trace_fill(h, TLSO_FILL_KEY_SHARE, k->group,
		   trace_find(t->server_hello, k->share), len, peer, len);
}

struct half *trace_server(const struct trace *t, size_t piece)
{
	struct half *h = trace_half(t, false, NULL);
	size_t at = 0;

	if (t->retry)
		at = server_retries(h, t, piece);
	trace_feed(h, t->client_hello, piece);
	assert_int_equal(last(h, TLSO_HS_CLIENT_HELLO)->ops, 0);
	half_begin_chosen(h, SUITE, TLSO_VERSION_13);
	server_hello(h, t);
	put_ccs(h, t);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	trace_put(h, t->extensions);
	if (t->request)
		trace_put(h, t->request);
	put_authentication(h, &t->server);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	assert_int_equal(half_send(h), TLSO_OK);
	at = sent_clear(h, at, 3, t->server_hello);
	at = sent_ccs(h, at, t);
	at = sent(h, at, t->server.flight);
	assert_int_equal(h->out_len, at);
	check_signature(&t->server, run.digest);
	same(h->c.stage, t->secrets.master);

	feed_flight(h, t, &t->client, piece);
	assert_true(h->complete);
	check_flight(h, &t->client);
	check_end(h, t);
	return h;
}

/* ---- Client -------------------------------------------------------------- */

/* Its hello; @again: TLSO_RANDOM_REPEAT in the one after a retry. */
static size_t client_says(struct half *h, const struct trace *t, u16 again,
			  size_t at)
{
	bool first = t->retry && !again;
	const char *hello = first ? t->first_hello : t->client_hello;
	const struct trace_key *k = first ? &t->first_key : &t->client.key;

	trace_put(h, hello);
	trace_fill(h, TLSO_FILL_RANDOM, again, 6, 32, NULL, 0);
	if (t->session_id)
		trace_fill(h, TLSO_FILL_RANDOM, TLSO_RANDOM_SESSION_ID | again,
			   trace_find(hello, t->session_id), 32, NULL, 0);
	trace_fill(h, TLSO_FILL_KEY_GEN, k->group, trace_find(hello, k->share),
		   strlen(k->share) / 2, NULL, 0);
	assert_int_equal(half_send(h), TLSO_OK);
	/* The first flight's record is TLS 1.0's (RFC 8446 5.1). */
	at = sent_clear(h, at, again ? 3 : 1, hello);
	assert_int_equal(h->out_len, at);
	return at;
}

static size_t client_hellos(struct half *h, const struct trace *t, size_t piece)
{
	size_t at;

	half_begin(h);
	at = client_says(h, t, 0, 0);
	if (!t->retry)
		return at;
	trace_feed(h, t->retry, piece);
	half_begin_chosen(h, SUITE, TLSO_VERSION_13);
	return client_says(h, t, TLSO_RANDOM_REPEAT, at);
}

/* What the director is told of the session id in ServerHello. */
static void check_echo(const struct half *h, const struct trace *t)
{
	const struct tlso_finished *f = last(h, TLSO_HS_SERVER_HELLO);
	struct tlso_rd r;
	bool told = tlso_finished_extra(f, TLSO_EXTRA_SESSION_ECHO, 0, &r);

	assert_int_equal(told, !!t->session_id);
	if (told)
		assert_int_equal(tlso_rd_u8(&r), 1);
}

static void client_keys(struct half *h, const struct trace *t)
{
	u8 peer[TLSO_SHARE_MAX];
	size_t n = hex(t->server.key.share, peer);

	half_begin_chosen(h, SUITE, TLSO_VERSION_13);
	tlso_starter_share(&h->w, t->server.key.group, peer, n);
	half_epoch(h, TLSO_EPOCH_HANDSHAKE);
	assert_int_equal(half_send(h), TLSO_OK);
	check_hello(h, &t->secrets);
	same(h->c.stage, t->secrets.handshake);
}

struct half *trace_client(const struct trace *t, size_t piece)
{
	struct half *h = trace_half(t, true, NULL);
	size_t at = client_hellos(h, t, piece);

	trace_feed(h, t->server_hello, piece);
	check_echo(h, t);
	client_keys(h, t);
	feed_flight(h, t, &t->server, piece);
	same(last(h, TLSO_HS_ENCRYPTED_EXTENSIONS)->body, t->extensions);
	if (t->request)
		same(last(h, TLSO_HS_CERTIFICATE_REQUEST)->body, t->request);
	check_flight(h, &t->server);
	same(h->c.stage, t->secrets.master);

	half_begin(h);
	put_ccs(h, t);
	put_authentication(h, &t->client);
	half_epoch(h, TLSO_EPOCH_APPLICATION);
	assert_int_equal(half_send(h), TLSO_OK);
	at = sent_ccs(h, at, t);
	at = sent(h, at, t->client.flight);
	assert_int_equal(h->out_len, at);
	if (t->client.scheme)
		check_signature(&t->client, run.digest);
	check_end(h, t);
	return h;
}
