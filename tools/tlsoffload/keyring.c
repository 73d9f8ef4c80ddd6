// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlsoffload keyring: rings, and the identities, trust anchors and user mappings on them.
 *
 * A secured port's ring is searched with the credentials of the process that
 * accepts, which does not possess it: the user, group and other bits decide.
 * So a ring and its keys are given "search" for their owner, and for the group
 * that the ring was made for.
 */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keyutils.h>

#include "cmd.h"
#include "map.h"

#define KEY_TYPE "tls_offload"
#define NAME_RULE                                                              \
	"1 to 31 characters, no ':', ',' or blank, no digit first"
#define PERM_OWNER (KEY_POS_ALL | KEY_USR_ALL)
#define PERM_GROUP (KEY_GRP_VIEW | KEY_GRP_SEARCH)

/* What keyctl_describe() says: type;uid;gid;perm;description. */
struct about {
	char type[32];
	int uid, gid;
	unsigned int perm;
	char name[128];
};

static int describe(key_serial_t key, struct about *about)
{
	char *text = NULL;
	int n;

	if (keyctl_describe_alloc(key, &text) < 0)
		return -1;
	n = sscanf(text, "%31[^;];%d;%d;%x;%127[^\n]", about->type, &about->uid,
		   &about->gid, &about->perm, about->name);
	free(text);
	return n == 5 ? 0 : -1;
}

static key_serial_t ring_find(const char *name)
{
	key_serial_t ring;
	char *end;
	long serial = strtol(name, &end, 10);

	if (isdigit((unsigned char)*name) && !*end) {
		ring = serial;
	} else {
		ring = request_key("keyring", name, NULL, 0);
		/* A session without PAM may not be linked to the user's. */
		if (ring < 0)
			ring = keyctl_search(KEY_SPEC_USER_KEYRING, "keyring",
					     name, 0);
	}
	if (ring < 0)
		complain("key ring %s: %s", name, strerror(errno));
	return ring;
}

static int allow(key_serial_t key, int gid)
{
	unsigned int perm = PERM_OWNER;

	if (gid >= 0) {
		if (keyctl_chown(key, -1, gid) < 0)
			return complain("key %d: changing its group: %s", key,
					strerror(errno));
		perm |= PERM_GROUP;
	}
	if (keyctl_setperm(key, perm) < 0)
		return complain("key %d: setting its permissions: %s", key,
				strerror(errno));
	return 0;
}

static int group_parse(const char *name, int *gid)
{
	struct group *group = getgrnam(name);
	char *end;

	if (group) {
		*gid = group->gr_gid;
		return 0;
	}
	*gid = strtol(name, &end, 10);
	if (!isdigit((unsigned char)*name) || *end)
		return complain("group %s: there is none", name);
	return 0;
}

int cmd_keyring_create(int argc, char **argv)
{
	key_serial_t ring;
	int gid = -1;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--group")))
		return CMD_USAGE;
	if (strlen(argv[0]) > 31 || strpbrk(argv[0], ":, \t\n") || !argv[0][0] ||
	    isdigit((unsigned char)argv[0][0]))
		return complain("\"%s\" is no name: " NAME_RULE, argv[0]);
	if (argc == 3 && group_parse(argv[2], &gid))
		return 1;
	/* add_key() would replace a ring of that name, and empty it. */
	if (keyctl_search(KEY_SPEC_USER_KEYRING, "keyring", argv[0], 0) >= 0)
		return complain("key ring %s: exists already", argv[0]);
	ring = add_key("keyring", argv[0], NULL, 0, KEY_SPEC_USER_KEYRING);
	if (ring < 0)
		return complain("key ring %s: %s", argv[0], strerror(errno));
	if (allow(ring, gid)) {
		keyctl_unlink(ring, KEY_SPEC_USER_KEYRING);
		return 1;
	}
	printf("%d\n", ring);
	return 0;
}

static int import_args(int argc, char **argv, const char **cert,
		       const char **key)
{
	int i;

	if (argc != 6)
		return CMD_USAGE;
	for (i = 2; i < argc; i += 2) {
		if (strcmp(argv[i], "--cert") == 0)
			*cert = argv[i + 1];
		else if (strcmp(argv[i], "--key") == 0)
			*key = argv[i + 1];
		else
			return CMD_USAGE;
	}
	return *cert && *key ? 0 : CMD_USAGE;
}

static int import_failed(const char *name)
{
	if (errno == ENODEV)
		return complain("no key type " KEY_TYPE ": is the module loaded?");
	if (errno == EINVAL)
		return complain("%s: the kernel does not take it; dmesg says why",
				name);
	return complain("%s: %s", name, strerror(errno));
}

/* Whoever may search the ring may use what is on it. @id is wiped. */
static int put_on_ring(key_serial_t ring, const char *name, struct identity *id)
{
	struct about about;
	key_serial_t key;
	int ret;

	if (describe(ring, &about)) {
		identity_wipe(id);
		return complain("key ring %d: %s", ring, strerror(errno));
	}
	key = add_key(KEY_TYPE, name, id->payload, id->len, ring);
	ret = key < 0 ? import_failed(name) : 0;
	identity_wipe(id);
	if (ret)
		return ret;
	ret = allow(key, about.perm & KEY_GRP_SEARCH ? about.gid : -1);
	if (ret) {
		keyctl_unlink(key, ring);
		return ret;
	}
	printf("%d\n", key);
	return 0;
}

int cmd_keyring_import(int argc, char **argv)
{
	const char *cert = NULL, *key_path = NULL;
	struct identity id;
	key_serial_t ring;

	if (import_args(argc, argv, &cert, &key_path))
		return CMD_USAGE;
	ring = ring_find(argv[0]);
	if (ring < 0 || identity_load(&id, cert, key_path))
		return 1;
	return put_on_ring(ring, argv[1], &id);
}

int cmd_keyring_anchor(int argc, char **argv)
{
	struct identity id;
	key_serial_t ring;

	if (argc != 4 || strcmp(argv[2], "--cert"))
		return CMD_USAGE;
	ring = ring_find(argv[0]);
	if (ring < 0 || anchors_load(&id, argv[3]))
		return 1;
	return put_on_ring(ring, argv[1], &id);
}

static int map_load(struct map *map, const char *path)
{
	size_t len;
	char *text = text_read(path, &len);
	unsigned int errors;

	if (!text)
		return 1;
	errors = map_parse(map, text_shown(path), text, len, stderr);
	free(text);
	return errors ? 1 : 0;
}

static int map_put(const char *ring_name, const char *name, const struct map *map)
{
	struct identity id = { .len = map->len };
	key_serial_t ring = ring_find(ring_name);

	if (ring < 0)
		return 1;
	id.payload = malloc(map->len);
	if (!id.payload)
		return complain("no memory");
	memcpy(id.payload, map->payload, map->len);
	return put_on_ring(ring, name, &id);
}

int cmd_keyring_map(int argc, char **argv)
{
	int check = argc == 2 && !strcmp(argv[0], "--check");
	struct map *map;
	int ret;

	if (!check && (argc != 4 || strcmp(argv[2], "--users")))
		return CMD_USAGE;
	map = malloc(sizeof(*map));
	if (!map)
		return complain("no memory");
	ret = map_load(map, argv[argc - 1]);
	if (!ret && !check)
		ret = map_put(argv[0], argv[1], map);
	free(map);
	return ret;
}

int cmd_keyring_list(int argc, char **argv)
{
	key_serial_t ring, *keys;
	struct about about;
	void *buf = NULL;
	long n, i;

	if (argc != 1)
		return CMD_USAGE;
	ring = ring_find(argv[0]);
	if (ring < 0)
		return 1;
	n = keyctl_read_alloc(ring, &buf);
	if (n < 0)
		return complain("key ring %s: %s", argv[0], strerror(errno));
	keys = buf;
	printf("%-12s %-8s %-8s %-10s %s\n", "serial", "uid", "gid",
	       "permission", "name");
	for (i = 0; i < n / (long)sizeof(*keys); i++) {
		if (describe(keys[i], &about) || strcmp(about.type, KEY_TYPE))
			continue;
		printf("%-12d %-8d %-8d 0x%08x %s\n", keys[i], about.uid,
		       about.gid, about.perm, about.name);
	}
	free(buf);
	return 0;
}

int cmd_keyring_remove(int argc, char **argv)
{
	key_serial_t ring, key;

	if (argc != 2)
		return CMD_USAGE;
	ring = ring_find(argv[0]);
	if (ring < 0)
		return 1;
	key = keyctl_search(ring, KEY_TYPE, argv[1], 0);
	if (key < 0)
		return complain("%s: not on key ring %s: %s", argv[1], argv[0],
				strerror(errno));
	if (keyctl_unlink(key, ring) < 0)
		return complain("%s: %s", argv[1], strerror(errno));
	return 0;
}
