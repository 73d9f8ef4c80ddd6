// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key type "tls_offload": an identity, that is a certificate chain and its
 * private key, a set of trust anchors, or a row of user mappings, as one key on an
 * ordinary Linux key ring.
 *
 * Responsible for: keys of the type and what is said of them; finding them on a ring
 * with somebody's credentials. There is no way to read one back.
 * Leaves to: identity.c what is in one; policy.c which ring; tools/tlsoffload PEM and
 * whether key and certificate belong together.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/key-type.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "ulp.h"

#define PAYLOAD_MAX 65536
/* How a search asks for any key of one kind: this, the kind's letter, and the serial
 * numbers of the keys that it knows already. No key is called so.
 */
#define FIND_ANY "*\n"

static const char find_letters[] = {
	[TLSO_FIND_IDENTITIES] = 'i',
	[TLSO_FIND_ANCHORS] = 'a',
	[TLSO_FIND_MAPS] = 'm',
};

/* Why a payload was refused, for whoever called add_key(). */
static int refuse(const struct key_preparsed_payload *prep, const char *why)
{
	pr_notice_ratelimited("key \"%*pE\" refused: %s\n",
			      prep->orig_description ?
			      (int)strnlen(prep->orig_description, 64) : 0,
			      prep->orig_description ?: "", why);
	return -EINVAL;
}

/* prep->data is the caller's, who wipes it. */
static int type_preparse(struct key_preparsed_payload *prep)
{
	const char *why = NULL;
	struct tlso_identity *id;

	if (!prep->data || !prep->datalen || prep->datalen > PAYLOAD_MAX)
		return refuse(prep, "the payload is empty or exceeds 64 KiB");
	id = tlso_identity_read(prep->data, prep->datalen, &why);
	if (why)
		return refuse(prep, why);
	if (!id)
		return -ENOMEM;
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
	key->payload.data[3] = (void *)(uintptr_t)(id->kind << 16 |
						   (id->n_anchors ?: id->n_maps));
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

static enum tlso_find kind_of(const struct key *key)
{
	return (uintptr_t)key->payload.data[3] >> 16;
}

/* The caller holds RCU alone: the identity may go at any time, and is not
 * looked at.
 */
static void type_describe(const struct key *key, struct seq_file *m)
{
	unsigned int kind = (uintptr_t)key->payload.data[1];
	unsigned int certs = (uintptr_t)key->payload.data[2];
	unsigned int n = (uintptr_t)key->payload.data[3] & 0xffff;

	seq_puts(m, key->description);
	if (!key_is_positive(key))
		return;
	if (kind_of(key) != TLSO_FIND_IDENTITIES) {
		seq_printf(m, ": %u %s%s", n,
			   kind_of(key) == TLSO_FIND_MAPS ? "user mapping" :
							    "trust anchor",
			   n == 1 ? "" : "s");
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
	char letter = *p++;
	unsigned long serial = 0;

	if (!key_is_positive(key) || letter != find_letters[kind_of(key)])
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
	at = scnprintf(any, cap, "%s%c", FIND_ANY, find_letters[what]);
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
	int err = tlso_identity_init();

	if (err)
		return err;
	err = register_key_type(&tlso_key_type);
	if (err)
		tlso_identity_exit();
	return err;
}

/* Every key of the type dies with it. */
void tlso_keyring_exit(void)
{
	unregister_key_type(&tlso_key_type);
	tlso_identity_exit();
}
