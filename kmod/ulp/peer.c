// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who the peer is.
 *
 * Responsible for: keeping the chain that it sent and that was believed, for as long as
 * the connection, and the sessions that are resumed from it, need it; the user that its
 * certificate stands for; telling the application (TLS_OFFLOAD_PEER_CHAIN and _PEER_ID).
 * Leaves to: core/peer_auth.c whether it is believed; core/x509_map.h what matches;
 * identity.c mappings. Names are not interpreted here: they go out in DER.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "hs.h"
#include "crypto.h"

#define PEER_CHAIN_MAX SZ_64K
#define PEER_ROW 3 /* u24 length */

/* Immutable once its handshake is over; counted. */
struct tlso_peer {
	refcount_t ref;
	u8 leaf_sha256[32];
	u32 n_certs;
	size_t len; /* of rows */
	/* In rows: the leaf's subject, with tag, and what is in its subjectAltName. */
	u32 subject, subject_len, names, names_len;
	u8 rows[]; /* u24 length, DER; leaf first */
};

void tlso_peer_put(struct tlso_peer *peer)
{
	if (peer && refcount_dec_and_test(&peer->ref))
		kvfree(peer);
}

struct tlso_peer *tlso_peer_get(struct tlso_peer *peer)
{
	if (peer)
		refcount_inc(&peer->ref);
	return peer;
}

/* ---- During the handshake ---------------------------------------------------------- */

static int sha256_of(const u8 *p, size_t n, u8 out[32])
{
	const struct tlso_hash_alg *sha = tlso_linux_crypto.sha256;
	struct tlso_hash_ctx ctx;

	return sha->init(&ctx) || sha->update(&ctx, p, n) ||
	       sha->final(&ctx, out);
}

static size_t rows_len(const struct tlso_cert *certs, unsigned int n)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		len += PEER_ROW + certs[i].len;
	return len;
}

static void rows_fill(struct tlso_peer *peer, const struct tlso_cert *certs)
{
	u8 *p = peer->rows;
	unsigned int i;

	for (i = 0; i < peer->n_certs; i++) {
		p[0] = certs[i].len >> 16;
		p[1] = certs[i].len >> 8;
		p[2] = certs[i].len;
		memcpy(p + PEER_ROW, certs[i].der, certs[i].len);
		p += PEER_ROW + certs[i].len;
	}
}

static struct tlso_cert leaf_of(const struct tlso_peer *peer)
{
	return (struct tlso_cert){
		.der = peer->rows + PEER_ROW,
		.len = peer->rows[0] << 16 | peer->rows[1] << 8 | peer->rows[2],
	};
}

static void names_find(struct tlso_peer *peer, struct tlso_x509_work *work)
{
	const struct tlso_cert leaf = leaf_of(peer);
	const u8 *p;
	size_t n;

	if (tlso_x509_subject(&leaf, &p, &n)) {
		peer->subject = p - peer->rows;
		peer->subject_len = n;
	}
	if (tlso_x509_alt_names(&leaf, &p, &n, work) && n) {
		peer->names = p - peer->rows;
		peer->names_len = n;
	}
}

static enum tlso_err peer_chain(void *ctx, const struct tlso_cert *certs,
				unsigned int n, const char **why)
{
	size_t len = rows_len(certs, n);
	struct tlso_hs *hs = ctx;
	struct tlso_peer *peer;

	*why = "the peer's certificates are too long";
	if (len > PEER_CHAIN_MAX)
		return TLSO_E_SPACE;
	*why = "no memory for the peer's certificates";
	peer = kvzalloc(struct_size(peer, rows, len), TLSO_HS_GFP);
	if (!peer)
		return TLSO_E_SPACE;
	refcount_set(&peer->ref, 1);
	peer->n_certs = n;
	peer->len = len;
	rows_fill(peer, certs);
	names_find(peer, &hs->ctx->work);
	tlso_peer_put(hs->ctx->peer);
	hs->ctx->peer = peer;
	*why = "a hash failed";
	if (sha256_of(certs[0].der, certs[0].len, peer->leaf_sha256))
		return TLSO_E_CRYPTO;
	*why = NULL;
	return TLSO_OK;
}

/*
 * The user that the keys of the ring agree upon; TLSO_NOBODY where none says one, or two
 * say different ones: keys of a ring have no order.
 */
static u32 user_find(struct tlso_hs_ctx *ctx)
{
	const struct tlso_cert leaf = leaf_of(ctx->peer);
	const struct tlso_map *map;
	u32 user = TLSO_NOBODY;
	unsigned int i;

	for (i = 0; i < ctx->n_map_keys; i++) {
		map = tlso_map_find(ctx->map_keys[i]->maps,
				    ctx->map_keys[i]->n_maps, &leaf,
				    ctx->peer->leaf_sha256, &ctx->work);
		if (!map)
			continue;
		if (user != TLSO_NOBODY && user != map->user)
			return TLSO_NOBODY;
		user = map->user;
	}
	return user;
}

/* RFC 8446 6.2, access_denied: "A valid certificate or PSK was received, but when access
 * control was applied, the sender decided not to proceed".
 */
static enum tlso_err peer_admit(void *ctx, struct tlso_peer_id *id,
				const char **why)
{
	struct tlso_hs *hs = ctx;

	if (!hs->ctx->peer)
		return TLSO_E_STATE;
	memcpy(id->leaf, hs->ctx->peer->leaf_sha256, sizeof(id->leaf));
	if (!tlso_hs_maps(hs))
		return TLSO_OK;
	id->user = user_find(hs->ctx);
	if (id->user != TLSO_NOBODY)
		return TLSO_OK;
	*why = "the client's certificate maps to no user";
	return TLSO_E_ACCESS;
}

const struct tlso_peer_ops tlso_hs_peer_ops = {
	.chain = peer_chain,
	.admit = peer_admit,
};

int tlso_peer_settle(struct tlso_hs *hs)
{
	const struct tlso_director *d = &hs->ctx->director;
	struct tlso_session *ses = hs->ses;

	ses->resumed = d->resumed;
	ses->peer_verified = d->peer_verified;
	ses->peer_id = d->peer;
	if (tlso_hs_maps(hs) && d->peer.user == TLSO_NOBODY)
		return tlso_hs_fail(hs, -EACCES, "the client is nobody here");
	/* A client's own sessions bring the chain of their first handshake. */
	if (hs->ctx->peer)
		ses->peer = tlso_peer_get(hs->ctx->peer);
	else if (hs->conn->client && d->resumed && hs->ctx->kept)
		ses->peer = tlso_peer_get(tlso_kept_peer(hs->ctx->kept));
	if (ses->peer) {
		ses->peer_verified = true;
		memcpy(ses->peer_id.leaf, ses->peer->leaf_sha256,
		       sizeof(ses->peer_id.leaf));
	}
	return 0;
}

/* ---- Telling ------------------------------------------------------------------------- */

/* What is told: taken under the socket's lock, told without it, for user memory may make
 * us wait for whoever has it.
 */
struct answer {
	struct tlso_peer *peer; /* a reference, or NULL */
	struct tlso_peer_id id;
	u32 flags;
};

static void answer_take(struct answer *a, const struct tlso_session *ses)
{
	a->peer = tlso_peer_get(ses->peer);
	a->id = ses->peer_id;
	a->flags = (ses->peer_verified ? TLS_OFFLOAD_PEER_VERIFIED : 0) |
		   (ses->resumed ? TLS_OFFLOAD_PEER_RESUMED : 0) |
		   (ses->peer_id.user != TLSO_NOBODY ? TLS_OFFLOAD_PEER_MAPPED :
						       0);
}

/* Of @conn's session, once there is one: a socket that blocks waits for it. */
static int answer_wait(struct tlso_conn *conn, struct answer *a)
{
	struct sock *sk = conn->sk;
	const struct file *file;
	int err = 0;
	long timeo;

	lock_sock(sk);
	file = sk->sk_socket ? sk->sk_socket->file : NULL;
	timeo = sock_rcvtimeo(sk, file && file->f_flags & O_NONBLOCK);
	if (conn->state == TLSO_CONN_CONNECT ||
	    conn->state == TLSO_CONN_HANDSHAKE)
		err = tlso_conn_wait(conn, &timeo);
	if (!err && conn->ses && conn->state != TLSO_CONN_CLEAR)
		answer_take(a, conn->ses); /* of one that has failed, too */
	else if (!err)
		err = conn->err ?: -ENOTCONN;
	release_sock(sk);
	return err;
}

/* How much there is room for, or an error. */
static int room_get(int __user *optlen, size_t *room)
{
	int n;

	if (get_user(n, optlen))
		return -EFAULT;
	if (n < 0)
		return -EINVAL;
	*room = n;
	return 0;
}

/* Too little room: how much it takes, as SO_PEERSEC has it. */
static int room_check(int __user *optlen, size_t room, size_t len)
{
	if (put_user((int)len, optlen))
		return -EFAULT;
	return room < len ? -ERANGE : 0;
}

static int chain_tell(const struct answer *a, size_t room, char __user *optval,
		      int __user *optlen)
{
	int err;

	if (!a->peer)
		return -ENODATA;
	err = room_check(optlen, room, a->peer->len);
	if (err)
		return err;
	return copy_to_user(optval, a->peer->rows, a->peer->len) ? -EFAULT : 0;
}

static void id_fill(const struct answer *a, struct tls_offload_peer_id *id)
{
	memset(id, 0, sizeof(*id));
	id->size = sizeof(*id);
	id->flags = a->flags;
	id->uid = (u32)-1;
	if (a->id.user != TLSO_NOBODY)
		id->uid = from_kuid_munged(current_user_ns(),
					   KUIDT_INIT(a->id.user));
	memcpy(id->leaf_sha256, a->id.leaf, sizeof(id->leaf_sha256));
	if (!a->peer)
		return;
	id->n_certs = a->peer->n_certs;
	id->subject_len = a->peer->subject_len;
	id->names_len = a->peer->names_len;
}

static int id_tell(const struct answer *a, size_t room, char __user *optval,
		   int __user *optlen)
{
	const struct tlso_peer *peer = a->peer;
	struct tls_offload_peer_id id;
	int err;

	if (!(a->flags & TLS_OFFLOAD_PEER_VERIFIED))
		return -ENODATA;
	id_fill(a, &id);
	err = room_check(optlen, room,
			 sizeof(id) + id.subject_len + id.names_len);
	if (err)
		return err;
	if (copy_to_user(optval, &id, sizeof(id)))
		return -EFAULT;
	if (!peer)
		return 0;
	optval += sizeof(id);
	if (copy_to_user(optval, peer->rows + peer->subject, peer->subject_len))
		return -EFAULT;
	optval += peer->subject_len;
	return copy_to_user(optval, peer->rows + peer->names, peer->names_len) ?
		       -EFAULT : 0;
}

int tlso_peer_get_option(struct tlso_conn *conn, int name, char __user *optval,
			 int __user *optlen)
{
	struct answer a = {};
	size_t room;
	int err;

	err = room_get(optlen, &room);
	err = err ?: answer_wait(conn, &a);
	if (err)
		return err;
	if (name == TLS_OFFLOAD_PEER_CHAIN)
		err = chain_tell(&a, room, optval, optlen);
	else
		err = id_tell(&a, room, optval, optlen);
	tlso_peer_put(a.peer);
	return err;
}
