// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key type "tls_offload": an identity, that is a certificate chain and its
 * private key, as one key on an ordinary Linux key ring.
 *
 * Responsible for: the payload's format, identities and their life, finding
 * one on a ring with somebody's credentials.
 * Leaves to: core/pkcs8.c what a private key looks like; policy.c which ring;
 * device.c the copy that an adapter holds; tools/tlsoffload PEM and whether key
 * and certificate belong together.
 *
 * A payload is a row of { u8 type; u24 length, big-endian; bytes }: type 1 is a
 * certificate (DER, leaf first, 1 to 8), type 2 the private key (PKCS#8
 * PrivateKeyInfo, DER, exactly one). There is no way to read it back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/key-type.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/mm.h>

#include "ulp.h"
#include "../core/pkcs8.h"

#define PAYLOAD_MAX 65536
#define PAYLOAD_HDR 4
#define PAYLOAD_CERT 1
#define PAYLOAD_KEY 2

static struct workqueue_struct *identity_wq;
static atomic64_t identity_serial;

static void identity_free(struct tlso_identity *id)
{
	kfree_sensitive(id->blob);
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

static const char *add_cert(struct tlso_identity *id, const u8 *p, size_t n)
{
	struct tlso_director_cfg *cfg = &id->cfg;
	struct tlso_cert *cert;

	if (cfg->n_chain == TLSO_CHAIN_MAX)
		return "more than 8 certificates";
	if (!cert_plausible(p, n))
		return "a certificate is not DER";
	memcpy(id->chain_mem + id->chain_len, p, n);
	cert = &cfg->chain[cfg->n_chain++];
	cert->der = id->chain_mem + id->chain_len;
	cert->len = n;
	id->chain_len += n;
	return NULL;
}

/* Significant bits of a big-endian number. */
static unsigned int bits(const u8 *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return n ? (n - 1) * 8 + fls(*p) : 0;
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
		why = "the private key is not PKCS#8 of RSA (2048 to 4096 bits) or P-256";
	} else if (tlso_key_blob_write(&blob, buf, TLSO_KEY_BLOB_MAX,
				       &id->blob_len)) {
		why = "the private key is too long";
	} else if (blob.type == TLSO_KEY_RSA) {
		id->cfg.rsa_bits = bits(blob.part[0].p, blob.part[0].n);
	}
	if (why) {
		kfree_sensitive(buf);
		return why;
	}
	id->cfg.key_type = blob.type;
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
		else
			why = "a part is neither certificate (1) nor private key (2)";
		if (why)
			return why;
		p += len;
		n -= len;
	}
	if (!id->cfg.n_chain)
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

/* "*" is how identity_find() asks for any of them. */
static int type_vet_description(const char *desc)
{
	return *desc && strcmp(desc, "*") ? 0 : -EINVAL;
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
	id->key_serial = key->serial;
	key->payload.data[0] = id;
	key->payload.data[1] = (void *)(uintptr_t)id->cfg.rsa_bits;
	key->payload.data[2] = (void *)(uintptr_t)id->cfg.n_chain;
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
	unsigned int rsa_bits = (uintptr_t)key->payload.data[1];
	unsigned int certs = (uintptr_t)key->payload.data[2];

	seq_puts(m, key->description);
	if (!key_is_positive(key))
		return;
	if (rsa_bits)
		seq_printf(m, ": RSA-%u", rsa_bits);
	else
		seq_puts(m, ": P-256");
	seq_printf(m, ", %u certificate%s", certs, certs == 1 ? "" : "s");
}

static bool match_any(const struct key *key,
		      const struct key_match_data *match_data)
{
	return true;
}

static int type_match_preparse(struct key_match_data *match_data)
{
	if (strcmp(match_data->raw_data, "*") == 0) {
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
static struct key *key_find(struct key *ring, const struct cred *cred)
{
	const struct cred *old;
	key_ref_t ref;
	int err;

	err = key_validate(ring);
	if (err)
		return ERR_PTR(err);
	old = override_creds(cred);
	ref = keyring_search(make_key_ref(ring, false), &tlso_key_type, "*",
			     true);
	revert_creds(old);
	if (IS_ERR(ref))
		return PTR_ERR(ref) == -EAGAIN ? ERR_PTR(-ENOKEY) :
						 ERR_CAST(ref);
	return key_ref_to_ptr(ref);
}

struct tlso_identity *tlso_identity_find(struct key *ring,
					 const struct cred *cred)
{
	struct key *key = key_find(ring, cred);
	struct tlso_identity *id;

	if (IS_ERR(key))
		return ERR_CAST(key);
	/* Against revocation and update; destruction waits for our reference. */
	down_read(&key->sem);
	id = key_is_positive(key) ? identity_of(key) : NULL;
	if (id)
		refcount_inc(&id->ref);
	up_read(&key->sem);
	key_put(key);
	return id ?: ERR_PTR(-ENOKEY);
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
