// SPDX-License-Identifier: GPL-2.0-only
/*
 * steer's "wrong": every option with every field, length and pointer that may not be, and
 * the status in every length. All of it fails but that, and the connection stays as it is.
 * Leaves to: the words of a case what the right ones do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <tls_offload.h>

#include "steer.h"

#define PAGE 4096

static char *page; /* behind it is none */

static int option(int name, const void *val, socklen_t len, int wanted)
{
	int r = setsockopt(sock, SOL_TLS_OFFLOAD, name, val, len);
	int err = r ? errno : 0;

	if (err == wanted)
		return 0;
	printf("  number %d, %u bytes: %s, wanted %s\n", name, len,
	       err ? strerrorname_np(err) : "0",
	       wanted ? strerrorname_np(wanted) : "0");
	return -1;
}

static int start_sizes(const struct tls_offload_start *s)
{
	struct { struct tls_offload_start s; char more[8]; } longer = { 0 };
	int bad = 0;
	size_t i;

	for (i = 1; i < TLS_OFFLOAD_START_MIN; i++)
		bad |= option(TLS_OFFLOAD_START, s, i, EINVAL);
	bad |= option(TLS_OFFLOAD_START, NULL, sizeof(*s), EFAULT);
	bad |= option(TLS_OFFLOAD_START, page + PAGE - 40, sizeof(*s), EFAULT);
	bad |= option(TLS_OFFLOAD_START, s, 1 << 20, E2BIG);
	for (i = 0; i < sizeof(longer.more); i++) {
		longer.s = *s;
		longer.more[i] = 1;
		bad |= option(TLS_OFFLOAD_START, &longer,
			      sizeof(*s) + i + 1, E2BIG);
		longer.more[i] = 0;
	}
	/* What follows cannot be read: neither is it zeros. */
	memcpy(page + PAGE - sizeof(*s), s, sizeof(*s));
	bad |= option(TLS_OFFLOAD_START, page + PAGE - sizeof(*s),
		      sizeof(*s) + 1, EFAULT);
	return bad;
}

static int start_fields(const struct tls_offload_start *s)
{
	struct tls_offload_start w;
	int bad = 0;

#define WRONG(field, value) do { \
		w = *s; \
		w.field = value; \
		bad |= option(TLS_OFFLOAD_START, &w, sizeof(w), EINVAL); \
	} while (0)
	WRONG(flags, 2);
	WRONG(role, 3);
	WRONG(versions, 4);
	WRONG(client_auth, TLS_OFFLOAD_CLIENT_AUTH_MAP + 1);
	WRONG(reserved, 1);
	WRONG(timeout, 99);
	WRONG(timeout, 600001);
	WRONG(alpn_len, 256);
	WRONG(alpn_len, 0xffffffff);
	WRONG(alpn_len, 1);
	WRONG(server_name[0], ' ');
	WRONG(ring_name[0], '\0');
	w = *s;
	memset(w.server_name, 'a', sizeof(w.server_name));
	bad |= option(TLS_OFFLOAD_START, &w, sizeof(w), EINVAL);
	w = *s;
	memset(w.ring_name, 'a', sizeof(w.ring_name));
	bad |= option(TLS_OFFLOAD_START, &w, sizeof(w), EINVAL);
	snprintf(w.ring_name, sizeof(w.ring_name), "nosuchring");
	bad |= option(TLS_OFFLOAD_START, &w, sizeof(w), ENOKEY);
	return bad;
}

/* Rubbish of all lengths: whatever is said, not 0. */
static int start_rubbish(void)
{
	unsigned int seed = 6, i, k;

	for (i = 0; i < 2000; i++) {
		for (k = 0; k < 1024; k++)
			page[k] = rand_r(&seed);
		if (!setsockopt(sock, SOL_TLS_OFFLOAD, TLS_OFFLOAD_START, page,
				rand_r(&seed) % 1024 + 1))
			return -1;
	}
	return 0;
}

static int others(void)
{
	unsigned int flags = 6;
	int bad = 0;

	bad |= option(TLS_OFFLOAD_STOP, page + PAGE, 4, EFAULT);
	bad |= option(TLS_OFFLOAD_STOP, &flags, 3, EINVAL);
	bad |= option(TLS_OFFLOAD_STOP, &flags, 4, EINVAL);
	bad |= option(TLS_OFFLOAD_TOLERATE_TIMEOUT, NULL, 0, EINVAL);
	bad |= option(TLS_OFFLOAD_STATUS, &flags, 4, ENOPROTOOPT);
	bad |= option(99, &flags, 4, ENOPROTOOPT);
	return bad;
}

/* As much as there is room for, and no byte beyond what was said. */
static int status_sizes(void)
{
	struct tls_offload_status st;
	socklen_t len = sizeof(st);
	size_t i;

	if (getsockopt(sock, SOL_TLS_OFFLOAD, TLS_OFFLOAD_STATUS, &st, &len) ||
	    len != sizeof(st))
		return -1;
	for (i = 0; i <= sizeof(st) + 8; i++) {
		memset(page, 0x5a, PAGE);
		len = i;
		if (getsockopt(sock, SOL_TLS_OFFLOAD, TLS_OFFLOAD_STATUS, page,
			       &len) ||
		    len != (i < sizeof(st) ? i : sizeof(st)) ||
		    memcmp(page, &st, len) || page[len] != 0x5a) {
			printf("  %zu bytes of the status\n", i);
			return -1;
		}
	}
	len = -1;
	if (!getsockopt(sock, SOL_TLS_OFFLOAD, TLS_OFFLOAD_STATUS, &st, &len))
		return -1;
	len = sizeof(st);
	if (!getsockopt(sock, SOL_TLS_OFFLOAD, TLS_OFFLOAD_STATUS, page + PAGE,
			&len))
		return -1;
	return 0;
}

int wrong(void)
{
	struct tls_offload_start s = { .ring_name = "web", .role = 1 };
	int bad;

	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mprotect(page + PAGE, PAGE, PROT_NONE))
		return -1;
	bad = start_sizes(&s) | start_fields(&s) | start_rubbish() | others() |
	      status_sizes();
	munmap(page, 2 * PAGE);
	errno = EILSEQ;
	return bad;
}
