// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key type "tls_offload": an identity, that is a certificate chain and its
 * private key, or a set of trust anchors, as one key on an ordinary Linux key
 * ring.
 *
 * Responsible for: the payload's format, identities and their life, finding
 * them on a ring with somebody's credentials.
 * Leaves to: core/pkcs8.c what a private key looks like; crypto.h whether it is
 * one; policy.c which ring; device.c the copy that an adapter holds;
 * tools/tlsoffload PEM and whether key and certificate belong together.
 *
 * A payload is a row of { u8 type; u24 length, big-endian; bytes }: type 1 is a
 * certificate (DER, leaf first, 1 to 8), type 2 the private key (PKCS#8
 * PrivateKeyInfo, DER, exactly one); or else type 3 alone, certificates of
 * authorities that are trusted (1 to 64). There is no way to read it back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/key-type.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/mm.h>

#include "ulp.h"
#include "crypto.h"
#include "../core/pkcs8.h"

#define PAYLOAD_MAX 65536
#define PAYLOAD_HDR 4
#define PAYLOAD_CERT 1
#define PAYLOAD_KEY 2
#define PAYLOAD_ANCHOR 3
#define ANCHORS_MAX 64
/* How a search asks for any identity, or for any anchors: this, 'i' or 'a', and
 * the serial numbers of the keys that it knows already. No key is called so.
 */
#define FIND_ANY "*\n"

static struct workqueue_struct *identity_wq;
static atomic64_t identity_serial;

static void identity_free(struct tlso_identity *id)
{
	tlso_linux_key_free(id->key);
	kfree_sensitive(id->blob);
	kfree(id->anchors);
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

/* Why a payload was refused, for whoever called add_key(). */
static int refuse(const struct key_preparsed_payload *prep, const char *why)
{
	pr_notice_ratelimited("key \"%*pE\" refused: %s\n",
			      prep->orig_description ?
			      (int)strnlen(prep->orig_description, 64) : 0,
			      prep->orig_description ?: "", why);
	return -EINVAL;
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
		return "no memory";
	keep_cert(id, &id->anchors[id->n_anchors++], p, n);
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
		return "no memory";
	if (tlso_pkcs8_read(&blob, p, n)) {
		why = "the private key is not PKCS#8 of RSA (2048 to 4096 bits), P-256 or P-384";
	} else if (tlso_key_blob_write(&blob, buf, TLSO_KEY_BLOB_MAX,
				       &id->blob_len)) {
		why = "the private key is too long";
	} else {
		id->key = tlso_linux_key_new(buf, id->blob_len);
		if (IS_ERR(id->key)) {
			id->key = NULL;
			why = "the private key's parts do not belong together";
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
		if (type == PAYLOAD_CERT)
			why = add_cert(id, p, len);
		else if (type == PAYLOAD_KEY)
			why = add_key(id, p, len);
		else if (type == PAYLOAD_ANCHOR)
			why = add_anchor(id, p, len);
		else
			why = "a part is of none of the types 1 (certificate) to 3";
		if (why)
			return why;
		p += len;
		n -= len;
	}
	if (id->n_anchors)
		return id->id.n_chain || id->blob ?
			       "trust anchors and an identity in one key" :
			       NULL;
	if (!id->id.n_chain)
		return "there is no certificate";
	return id->blob ? NULL : "there is no private key";
}

/* prep->data is the caller's, who wipes it. */
static int type_preparse(struct key_preparsed_payload *prep)
{
	struct tlso_identity *id;
	const char *why;

	if (!prep->data || !prep->datalen || prep->datalen > PAYLOAD_MAX)
		return refuse(prep, "the payload is empty or exceeds 64 KiB");
	id = identity_alloc(prep->datalen);
	if (!id)
		return -ENOMEM;
	why = payload_parse(id, prep->data, prep->datalen);
	if (why) {
		identity_free(id);
		return refuse(prep, why);
	}
	prep->payload.data[0] = id;
	prep->quotalen = prep->datalen;
	return 0;
}

static void type_free_preparse(struct key_preparsed_payload *prep)
{
	tlso_identity_put(prep->payload.data[0]);
	prep->payload.data[0] = NULL;
}

static int type_vet_description(const char *desc)
{
	if (!*desc || !strcmp(desc, "*"))
		return -EINVAL;
	return strncmp(desc, FIND_ANY, strlen(FIND_ANY)) ? 0 : -EINVAL;
}

static struct tlso_identity *identity_of(struct key *key)
{
	return key->payload.data[0];
}

/* Takes the identity over from @prep. key->sem is held for writing, or nobody
 * else knows the key.
 */
static int type_set(struct key *key, struct key_preparsed_payload *prep)
{
	struct tlso_identity *id = prep->payload.data[0];
	struct tlso_identity *old = identity_of(key);
	int err = key_payload_reserve(key, prep->quotalen);

	if (err)
		return err;
	key->payload.data[0] = id;
	key->payload.data[1] = (void *)(uintptr_t)(id->id.key_type << 16 |
						   id->id.rsa_bits);
	key->payload.data[2] = (void *)(uintptr_t)id->id.n_chain;
	key->payload.data[3] = (void *)(uintptr_t)id->n_anchors;
	prep->payload.data[0] = NULL;
	tlso_identity_put(old);
	return 0;
}

/* Renewal: connections under way keep the old identity. */
static int type_update(struct key *key, struct key_preparsed_payload *prep)
{
	int err = type_set(key, prep);

	if (!err)
		key->expiry = prep->expiry;
	return err;
}

static void type_revoke(struct key *key)
{
	struct tlso_identity *id = identity_of(key);

	key_payload_reserve(key, 0);
	key->payload.data[0] = NULL;
	tlso_identity_put(id);
}

static void type_destroy(struct key *key)
{
	tlso_identity_put(identity_of(key));
}

/* The caller holds RCU alone: the identity may go at any time, and is not
 * looked at.
 */
static void type_describe(const struct key *key, struct seq_file *m)
{
	unsigned int kind = (uintptr_t)key->payload.data[1];
	unsigned int certs = (uintptr_t)key->payload.data[2];
	unsigned int anchors = (uintptr_t)key->payload.data[3];

	seq_puts(m, key->description);
	if (!key_is_positive(key))
		return;
	if (anchors) {
		seq_printf(m, ": %u trust anchor%s", anchors,
			   anchors == 1 ? "" : "s");
		return;
	}
	if (kind >> 16 == TLSO_KEY_RSA)
		seq_printf(m, ": RSA-%u", kind & 0xffff);
	else
		seq_puts(m, kind >> 16 == TLSO_KEY_P384 ? ": P-384" : ": P-256");
	seq_printf(m, ", %u certificate%s", certs, certs == 1 ? "" : "s");
}

/* RCU alone is held: the identity itself is not looked at. */
static bool match_any(const struct key *key,
		      const struct key_match_data *match_data)
{
	const char *p = (const char *)match_data->raw_data + strlen(FIND_ANY);
	bool anchors = *p++ == 'a';
	unsigned long serial = 0;

	if (!key_is_positive(key) || anchors != !!key->payload.data[3])
		return false;
	for (; *p; p++) {
		if (*p != ',') {
			serial = serial * 10 + (*p - '0');
			continue;
		}
		if (serial == (unsigned long)key->serial)
			return false;
		serial = 0;
	}
	return true;
}

static int type_match_preparse(struct key_match_data *match_data)
{
	if (!strncmp(match_data->raw_data, FIND_ANY, strlen(FIND_ANY))) {
		if (!((const char *)match_data->raw_data)[strlen(FIND_ANY)])
			return -EINVAL;
		match_data->cmp = match_any;
		match_data->lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
	}
	return 0;
}

/* No .read: keyctl read and print give EOPNOTSUPP. */
struct key_type tlso_key_type = {
	.name = "tls_offload",
	.vet_description = type_vet_description,
	.preparse = type_preparse,
	.free_preparse = type_free_preparse,
	.instantiate = type_set,
	.update = type_update,
	.match_preparse = type_match_preparse,
	.revoke = type_revoke,
	.destroy = type_destroy,
	.describe = type_describe,
};

/* The search checks both, ring and key, for search permission; @ring is not
 * possessed by whoever @cred is, so that user, group and other bits count.
 */
static struct key *key_find(struct key *ring, const struct cred *cred,
			    const char *any)
{
	const struct cred *old;
	key_ref_t ref;

	old = override_creds(cred);
	ref = keyring_search(make_key_ref(ring, false), &tlso_key_type, any,
			     true);
	revert_creds(old);
	if (IS_ERR(ref))
		return PTR_ERR(ref) == -EAGAIN ? ERR_PTR(-ENOKEY) :
						 ERR_CAST(ref);
	return key_ref_to_ptr(ref);
}

/* What a key holds at present, with a reference; NULL if it has been revoked. */
static struct tlso_identity *identity_get(struct key *key)
{
	struct tlso_identity *id;

	/* Against revocation and update; destruction waits for our reference. */
	down_read(&key->sem);
	id = key_is_positive(key) ? identity_of(key) : NULL;
	if (id)
		refcount_inc(&id->ref);
	up_read(&key->sem);
	return id;
}

int tlso_identities_find(struct key *ring, const struct cred *cred,
			 enum tlso_find what, struct tlso_identity **ids,
			 unsigned int max)
{
	unsigned int found = 0, tries = 2 * max;
	size_t cap = sizeof(FIND_ANY) + 1 + 12 * tries, at;
	struct key *key;
	char *any;
	int err;

	err = key_validate(ring);
	if (err)
		return err;
	any = kmalloc(cap, GFP_KERNEL);
	if (!any)
		return -ENOMEM;
	at = scnprintf(any, cap, "%s%c", FIND_ANY,
		       what == TLSO_FIND_ANCHORS ? 'a' : 'i');
	while (found < max && tries--) {
		key = key_find(ring, cred, any);
		if (IS_ERR(key)) {
			err = PTR_ERR(key);
			break;
		}
		at += scnprintf(any + at, cap - at, "%d,", key->serial);
		ids[found] = identity_get(key);
		if (ids[found])
			found++;
		key_put(key);
	}
	kfree(any);
	return found ?: err ?: -ENOKEY;
}

int tlso_keyring_init(void)
{
	int err;

	identity_wq = alloc_workqueue("tlso_identity", 0, 0);
	if (!identity_wq)
		return -ENOMEM;
	err = register_key_type(&tlso_key_type);
	if (err)
		destroy_workqueue(identity_wq);
	return err;
}

/* Every key of the type dies with it. */
void tlso_keyring_exit(void)
{
	unregister_key_type(&tlso_key_type);
	destroy_workqueue(identity_wq);
}
