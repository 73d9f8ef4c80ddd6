// SPDX-License-Identifier: GPL-2.0-only
/* A director on its own: finished segments in, starters out as text. */
#include "chello.h"
#include "certs.h"

static const struct tlso_id id_p256 = {
	.key_type = TLSO_KEY_P256,
	.n_chain = 1,
	.chain = { { cert_a, sizeof(cert_a) } },
};

struct dir *dir_new(void)
{
	struct dir *t = calloc(1, sizeof(*t));

	t->cfg.crypto = &tlso_host_crypto;
	t->cfg.work = &t->work;
	t->cfg.versions = TLSO_USE_12 | TLSO_USE_13;
	t->cfg.ids = &id_p256;
	t->cfg.n_ids = 1;
	t->cfg.now_ms = CERTS_NOW * 1000ULL;
	dir_again(t);
	return t;
}

void dir_free(struct dir *t)
{
	free(t);
}

void dir_again(struct dir *t)
{
	tlso_director_init(&t->d, &t->cfg);
	t->extra_len = 0;
}

/* ---- Segments ------------------------------------------------------------ */

static void give(struct dir *t, struct tlso_finished *f, const u8 *msg)
{
	u8 *seg = malloc(TLSO_FINISHED_HDR + t->extra_len + f->len);
	u8 epoch = t->d.write_epoch;
	bool alert_only;

	f->extra_len = t->extra_len;
	tlso_finished_write_hdr(seg, f);
	memcpy(seg + TLSO_FINISHED_HDR, t->extra, t->extra_len);
	if (f->len)
		memcpy(seg + TLSO_FINISHED_HDR + t->extra_len, msg, f->len);
	memset(t->out, 0xee, sizeof(t->out));
	t->r = tlso_director_step(&t->d, seg,
				  TLSO_FINISHED_HDR + t->extra_len + f->len,
				  t->out, sizeof(t->out), &t->n, &t->wire);
	t->extra_len = 0;
	free(seg);
	if (t->n) /* whatever it is, the completer would take it */
		assert_int_equal(tlso_starter_check(t->out, t->n, epoch,
						    &alert_only), TLSO_OK);
}

void dir_give(struct dir *t, u8 type, u8 epoch, u16 ops, const u8 *msg, size_t n)
{
	struct tlso_finished f = { .type = type, .epoch = epoch, .ops = ops,
				   .len = n };

	give(t, &f, msg);
}

void dir_give_err(struct dir *t, enum tlso_err e)
{
	struct tlso_finished f = { .err = e };

	give(t, &f, NULL);
}

void dir_give_alert(struct dir *t, u8 alert)
{
	const u8 body[] = { 1, alert };
	struct tlso_finished f = { .type = TLSO_FIN_ALERT, .len = 2 };

	give(t, &f, body);
}

void dir_hello(struct dir *t, const struct chello *h)
{
	u8 msg[CHELLO_MAX];
	size_t n = chello_write(h, msg, NULL, 0, NULL);

	dir_give(t, TLSO_HS_CLIENT_HELLO, TLSO_EPOCH_CLEAR, 0, msg, n);
}

void dir_body(struct dir *t, u8 type, u8 epoch, const void *p, size_t n)
{
	u8 *msg = malloc(TLSO_HS_HDR + n);

	msg[0] = type;
	msg[1] = (u8)(n >> 16);
	msg[2] = (u8)(n >> 8);
	msg[3] = (u8)n;
	if (n)
		memcpy(msg + TLSO_HS_HDR, p, n);
	if (type == TLSO_FIN_CCS)
		dir_give(t, type, epoch, 0, p, n);
	else
		dir_give(t, type, epoch, TLSO_OP_MAC_CHECK, msg, TLSO_HS_HDR + n);
	free(msg);
}

static void add_digest(struct dir *t, size_t n)
{
	memcpy(t->extra, "\1\0\0", 3);
	t->extra[3] = (u8)n;
	memset(t->extra + 4, 0x5a, n);
	t->extra_len = n ? 4 + n : 0;
}

void dir_certificate(struct dir *t, u8 epoch, const u8 *der, size_t len)
{
	u8 body[CAUTH_MAX];

	dir_body(t, TLSO_HS_CERTIFICATE, epoch, body,
		 cauth_certificate(body, epoch == TLSO_EPOCH_HANDSHAKE, der,
				   len));
}

void dir_verify(struct dir *t, u8 epoch, u16 scheme, const u8 *sig, size_t n,
		size_t digest)
{
	u8 body[CAUTH_MAX];

	add_digest(t, digest);
	dir_body(t, TLSO_HS_CERTIFICATE_VERIFY, epoch, body,
		 cauth_verify(body, scheme, sig, n));
}

void dir_cut(struct dir *t, u8 type, u8 epoch, const u8 *body, size_t n)
{
	const struct tlso_director d = t->d;
	size_t i;

	for (i = 0; i < n; i++) {
		t->d = d;
		dir_body(t, type, epoch, body, i);
		assert_int_equal(dir_alert(t), TLSO_ALERT_DECODE_ERROR);
	}
	t->d = d;
}

void dir_ticket(struct dir *t, const struct ticket *k, const struct dir *t2)
{
	u8 ctx[TLSO_TICKET_CTX_MAX];
	struct tlso_wr w;
	size_t n, at;

	tlso_director_ticket_ctx(t2 ? &t2->d : &t->d, ctx, &n);
	tlso_wr_init(&w, t->extra + t->extra_len,
		     sizeof(t->extra) - t->extra_len);
	tlso_wr_u8(&w, TLSO_EXTRA_TICKET);
	tlso_wr_u8(&w, 0);
	at = tlso_wr_open(&w, 2);
	tlso_wr_u16(&w, k->index);
	tlso_wr_u16(&w, k->version);
	tlso_wr_u16(&w, k->suite);
	tlso_wr_u8(&w, k->flags);
	tlso_wr_u8(&w, k->hash_len);
	tlso_wr_u32(&w, k->lifetime_s);
	tlso_wr_u64(&w, k->age_ms);
	tlso_wr_u32(&w, k->client_age_ms);
	tlso_wr_bytes(&w, ctx, n - k->ctx_cut);
	tlso_wr_close(&w, at, 2);
	assert_false(w.bad);
	t->extra_len += w.n;
}

/* ---- Starters ------------------------------------------------------------ */

static const char *msg_name(u8 type)
{
	switch (type) {
	case TLSO_HS_CLIENT_HELLO:
		return "CH";
	case TLSO_HS_SERVER_HELLO:
		return "SH";
	case TLSO_HS_NEW_SESSION_TICKET:
		return "NST";
	case TLSO_HS_ENCRYPTED_EXTENSIONS:
		return "EE";
	case TLSO_HS_CERTIFICATE:
		return "CERT";
	case TLSO_HS_SERVER_KEY_EXCHANGE:
		return "SKE";
	case TLSO_HS_CERTIFICATE_REQUEST:
		return "CR";
	case TLSO_HS_SERVER_HELLO_DONE:
		return "SHD";
	case TLSO_HS_CERTIFICATE_VERIFY:
		return "CV";
	case TLSO_HS_FINISHED:
		return "FIN";
	default:
		return "?";
	}
}

static void say(struct dir *t, const char *fmt, ...)
{
	size_t at = strlen(t->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->text + at, sizeof(t->text) - at, fmt, ap);
	va_end(ap);
}

static void say_fill(struct dir *t, const struct tlso_starter_fill *f)
{
	switch (f->op) {
	case TLSO_FILL_RANDOM:
		say(t, "random%zu", f->room);
		break;
	case TLSO_FILL_KEY_SHARE:
		say(t, "share%u", f->arg);
		break;
	case TLSO_FILL_KEY_GEN:
		say(t, "key%u", f->arg);
		break;
	case TLSO_FILL_SIGNATURE:
	case TLSO_FILL_SKE_SIGNATURE:
		assert_int_equal(f->data.n, 2);
		say(t, "sign%x by %u", f->arg, f->data.p[1]);
		break;
	case TLSO_FILL_FINISHED:
		say(t, "mac%zu", f->room);
		break;
	case TLSO_FILL_HRR:
		say(t, "retry");
		break;
	case TLSO_FILL_TICKET:
		assert_true(f->data.n > 4);
		say(t, "ticket for %us, %zu bytes",
		    f->data.p[1] << 16 | f->data.p[2] << 8 | f->data.p[3],
		    f->data.n - 4);
		break;
	default:
		say(t, "fill %u", f->op);
		break;
	}
}

static void say_item(struct dir *t, const struct tlso_starter_item *it)
{
	switch (it->kind) {
	case TLSO_ITEM_RAW:
		assert_int_equal(it->body.n, 6);
		assert_memory_equal(it->body.p, "\x14\3\3\0\1\1", 6);
		say(t, "ccs");
		break;
	case TLSO_ITEM_MESSAGE:
		say(t, "%s", msg_name(it->body.p[0]));
		break;
	case TLSO_ITEM_EPOCH:
		say(t, "e%u", it->arg);
		break;
	case TLSO_ITEM_ALERT:
		say(t, "alert%u", it->body.p[1]);
		break;
	case TLSO_ITEM_SHARE:
		say(t, "share%u:%zu", it->arg, it->body.n);
		break;
	case TLSO_ITEM_PSK:
		say(t, "psk%u", it->arg);
		break;
	case TLSO_ITEM_RSA:
		say(t, "rsa%u:%zu", it->arg, it->body.n);
		break;
	case TLSO_ITEM_MASTER:
		say(t, "master%u", it->arg);
		break;
	case TLSO_ITEM_RESUME:
		say(t, "resume");
		break;
	case TLSO_ITEM_LIMIT:
		say(t, "limit%u", it->arg);
		break;
	default:
		say(t, "item %u", it->kind);
		break;
	}
}

const char *dir_said(struct dir *t)
{
	struct tlso_starter_item it;
	struct tlso_starter_fill f;
	struct tlso_starter_rd s;
	unsigned int i;

	t->text[0] = 0;
	if (!t->n)
		return t->text;
	assert_int_equal(tlso_starter_open(&s, t->out, t->n), TLSO_OK);
	while (s.items) {
		assert_int_equal(tlso_starter_item(&s, &it), TLSO_OK);
		say(t, t->text[0] ? " " : "");
		say_item(t, &it);
		for (i = 0; i < it.fills; i++) {
			say(t, i ? " " : "(");
			assert_int_equal(tlso_starter_next_fill(&s, &it, &f),
					 TLSO_OK);
			say_fill(t, &f);
		}
		say(t, it.fills ? ")" : "");
	}
	assert_true(tlso_rd_done(&s.r));
	return t->text;
}

const u8 *dir_msg(struct dir *t, u8 type, size_t *n)
{
	struct tlso_starter_item it;
	struct tlso_starter_fill f;
	struct tlso_starter_rd s;
	unsigned int i;

	assert_int_equal(tlso_starter_open(&s, t->out, t->n), TLSO_OK);
	while (s.items) {
		assert_int_equal(tlso_starter_item(&s, &it), TLSO_OK);
		for (i = 0; i < it.fills; i++)
			assert_int_equal(tlso_starter_next_fill(&s, &it, &f),
					 TLSO_OK);
		if (it.kind == TLSO_ITEM_MESSAGE && it.body.p[0] == type) {
			*n = it.body.n;
			return it.body.p;
		}
	}
	return NULL;
}

/* The block of extensions of the message @p. */
static struct tlso_rd exts_of(const u8 *p, size_t n)
{
	struct tlso_rd r;

	tlso_rd_init(&r, p, n);
	(void)tlso_rd_bytes(&r, TLSO_HS_HDR);
	if (p[0] == TLSO_HS_SERVER_HELLO) {
		(void)tlso_rd_bytes(&r, 2 + TLSO_RANDOM_LEN);
		(void)tlso_rd_vec(&r, 1);
		(void)tlso_rd_bytes(&r, 3);
		if (!r.n)
			return r;
	}
	r = tlso_rd_vec(&r, 2);
	assert_false(r.bad);
	return r;
}

static const u8 *find_ext(const u8 *p, size_t len, u16 type, size_t *n)
{
	struct tlso_rd exts = exts_of(p, len);
	struct tlso_rd ext;
	u16 is;

	while (exts.n) {
		is = tlso_rd_u16(&exts);
		ext = tlso_rd_vec(&exts, 2);
		assert_false(exts.bad);
		*n = ext.n;
		if (is == type)
			return ext.p;
	}
	return NULL;
}

const u8 *dir_ext(struct dir *t, u16 type, size_t *n)
{
	const u8 *p, *found = NULL;
	size_t len;

	p = dir_msg(t, TLSO_HS_ENCRYPTED_EXTENSIONS, &len);
	if (p)
		found = find_ext(p, len, type, n);
	p = dir_msg(t, TLSO_HS_SERVER_HELLO, &len);
	if (!found && p)
		found = find_ext(p, len, type, n);
	return found;
}

int dir_alert(const struct dir *t)
{
	if (t->r != TLSO_STEP_FAIL)
		return -1;
	return t->d.alert;
}
