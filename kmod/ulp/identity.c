// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in a key of type "tls_offload".
 *
 * Responsible for: the payload's format, which docs/uapi.md promises, identities and
 * their life.
 * Leaves to: core/pkcs8.c what a private key looks like, core/x509_map.h a user
 * mapping; crypto.h whether it is a key; device.c the copy that an adapter holds;
 * keyring.c keys.
 *
 * A payload is a row of { u8 type; u24 length, big-endian; bytes }: type 1 is a
 * certificate (DER, leaf first, 1 to 8), type 2 the private key (PKCS#8
 * PrivateKeyInfo, DER, exactly one); or else type 3 alone, certificates of
 * authorities that are trusted (1 to 64); or type 4 alone, user mappings (1 to 512),
 * whose users are numbered as the writer's user namespace does.
 */
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "ulp.h"
#include "crypto.h"
#include "../core/pkcs8.h"

#define PAYLOAD_HDR 4
#define PAYLOAD_CERT 1
#define PAYLOAD_KEY 2
#define PAYLOAD_ANCHOR 3
#define PAYLOAD_MAP 4
#define ANCHORS_MAX 64
#define MAPS_MAX 512

static struct workqueue_struct *identity_wq;
static atomic64_t identity_serial;

static void identity_free(struct tlso_identity *id)
{
	tlso_linux_key_free(id->key);
	kfree_sensitive(id->blob);
	kfree(id->anchors);
	kvfree(id->maps);
	kvfree(id->chain_mem);
	kfree(id);
}

static void identity_free_work(struct work_struct *work)
{
	struct tlso_identity *id =
		container_of(work, struct tlso_identity, free_work);

	tlso_dev_key_forget(id->serial);
	identity_free(id);
}

/* Adapters are told in process context. */
void tlso_identity_put(struct tlso_identity *id)
{
	if (id && refcount_dec_and_test(&id->ref))
		queue_work(identity_wq, &id->free_work);
}

/* Nothing is wrong with the payload. */
static const char no_memory[] = "no memory";

static struct tlso_identity *identity_alloc(size_t payload_len)
{
	struct tlso_identity *id = kzalloc(sizeof(*id), GFP_KERNEL);

	if (!id)
		return NULL;
	refcount_set(&id->ref, 1);
	INIT_WORK(&id->free_work, identity_free_work);
	id->serial = atomic64_inc_return(&identity_serial);
	id->chain_mem = kvmalloc(payload_len, GFP_KERNEL);
	if (!id->chain_mem) {
		kfree(id);
		return NULL;
	}
	return id;
}

/*
 * Structure only: one DER SEQUENCE that fills its part. What is in the
 * certificate is the peer's to judge; it is sent as it is.
 */
static bool cert_plausible(const u8 *p, size_t n)
{
	size_t len, hdr;

	if (n < 4 || p[0] != 0x30)
		return false;
	if (p[1] < 0x80) {
		hdr = 2;
		len = p[1];
	} else if (p[1] == 0x81) {
		hdr = 3;
		len = p[2];
	} else if (p[1] == 0x82) {
		hdr = 4;
		len = p[2] << 8 | p[3];
	} else {
		return false;
	}
	return len && hdr + len == n;
}

static void keep_cert(struct tlso_identity *id, struct tlso_cert *cert,
		      const u8 *p, size_t n)
{
	memcpy(id->chain_mem + id->chain_len, p, n);
	cert->der = id->chain_mem + id->chain_len;
	cert->len = n;
	id->chain_len += n;
}

static const char *add_cert(struct tlso_identity *id, const u8 *p, size_t n)
{
	if (id->id.n_chain == TLSO_CHAIN_MAX)
		return "more than 8 certificates";
	if (!cert_plausible(p, n))
		return "a certificate is not DER";
	keep_cert(id, &id->id.chain[id->id.n_chain++], p, n);
	return NULL;
}

static const char *add_anchor(struct tlso_identity *id, const u8 *p, size_t n)
{
	if (id->n_anchors == ANCHORS_MAX)
		return "more than 64 trust anchors";
	if (!cert_plausible(p, n))
		return "a trust anchor is not DER";
	if (!id->anchors)
		id->anchors = kcalloc(ANCHORS_MAX, sizeof(*id->anchors),
				      GFP_KERNEL);
	if (!id->anchors)
		return no_memory;
	keep_cert(id, &id->anchors[id->n_anchors++], p, n);
	return NULL;
}

/* A copy in chain_mem; what the writer's number means is settled now, and here. */
static const char *add_map(struct tlso_identity *id, const u8 *p, size_t n)
{
	u8 *copy = id->chain_mem + id->chain_len;
	struct tlso_map *map;
	const char *why;
	kuid_t user;

	if (id->n_maps == MAPS_MAX)
		return "more than 512 user mappings";
	if (!id->maps)
		id->maps = kvcalloc(MAPS_MAX, sizeof(*id->maps), GFP_KERNEL);
	if (!id->maps)
		return no_memory;
	memcpy(copy, p, n);
	map = &id->maps[id->n_maps++];
	why = tlso_map_read(map, copy, n);
	if (why)
		return why;
	id->chain_len += n;
	user = make_kuid(current_user_ns(), map->user);
	if (!uid_valid(user))
		return "a user mapping's user is nobody in this user namespace";
	map->user = __kuid_val(user);
	return NULL;
}

static const char *add_key(struct tlso_identity *id, const u8 *p, size_t n)
{
	struct tlso_key_blob blob;
	const char *why = NULL;
	u8 *buf;

	if (id->blob)
		return "more than one private key";
	buf = kzalloc(TLSO_KEY_BLOB_MAX, GFP_KERNEL);
	if (!buf)
		return no_memory;
	if (tlso_pkcs8_read(&blob, p, n)) {
		why = "the private key is not PKCS#8 of RSA (2048 to 4096 bits), P-256 or P-384";
	} else if (tlso_key_blob_write(&blob, buf, TLSO_KEY_BLOB_MAX,
				       &id->blob_len)) {
		why = "the private key is too long";
	} else {
		id->key = tlso_linux_key_new(buf, id->blob_len);
		if (IS_ERR(id->key)) {
			why = PTR_ERR(id->key) == -ENOMEM ? no_memory :
				"the private key's parts do not belong together";
			id->key = NULL;
		}
	}
	if (why) {
		kfree_sensitive(buf);
		return why;
	}
	id->id.key_type = blob.type;
	if (blob.type == TLSO_KEY_RSA)
		id->id.rsa_bits = tlso_key_blob_bits(&blob);
	id->blob = buf;
	return NULL;
}

static const char *add_part(struct tlso_identity *id, u8 type, const u8 *p,
			    size_t n)
{
	switch (type) {
	case PAYLOAD_CERT:
		return add_cert(id, p, n);
	case PAYLOAD_KEY:
		return add_key(id, p, n);
	case PAYLOAD_ANCHOR:
		return add_anchor(id, p, n);
	case PAYLOAD_MAP:
		return add_map(id, p, n);
	default:
		return "a part is of none of the types 1 (certificate) to 4";
	}
}

/* All parts are there: is it one of the three that it may be? */
static const char *kind_settle(struct tlso_identity *id)
{
	bool identity = id->id.n_chain || id->blob;

	if (!!id->n_anchors + !!id->n_maps + identity > 1)
		return "more than one of identity, trust anchors and user mappings in one key";
	if (id->n_anchors)
		id->kind = TLSO_FIND_ANCHORS;
	if (id->n_maps)
		id->kind = TLSO_FIND_MAPS;
	if (id->n_anchors || id->n_maps)
		return NULL;
	if (!id->id.n_chain)
		return "there is no certificate";
	return id->blob ? NULL : "there is no private key";
}

static const char *payload_parse(struct tlso_identity *id, const u8 *p,
				 size_t n)
{
	const char *why;
	size_t len;
	u8 type;

	while (n) {
		if (n < PAYLOAD_HDR)
			return "a part's header is cut short";
		type = p[0];
		len = p[1] << 16 | p[2] << 8 | p[3];
		p += PAYLOAD_HDR;
		n -= PAYLOAD_HDR;
		if (len > n)
			return "a part is longer than the payload";
		why = add_part(id, type, p, len);
		if (why)
			return why;
		p += len;
		n -= len;
	}
	return kind_settle(id);
}

struct tlso_identity *tlso_identity_read(const u8 *p, size_t n,
					 const char **why)
{
	struct tlso_identity *id = identity_alloc(n);

	if (!id)
		return NULL;
	*why = payload_parse(id, p, n);
	if (!*why)
		return id;
	if (*why == no_memory)
		*why = NULL;
	identity_free(id);
	return NULL;
}

int tlso_identity_init(void)
{
	identity_wq = alloc_workqueue("tlso_identity", 0, 0);
	return identity_wq ? 0 : -ENOMEM;
}

/* No key is left; what connections hold went before. */
void tlso_identity_exit(void)
{
	destroy_workqueue(identity_wq);
}
