// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bad network: relays Ethernet frames between an interface that is there
 * already and a TAP that it makes, and on the way loses, doubles, damages,
 * delays and reorders them. Until SIGTERM; then it says what it did, for each
 * direction: "to-guest frames N lost N dup N corrupt N reordered N overflow N".
 *
 * lossy [OPTION...] GUEST-SIDE NEW-TAP
 *	--seed N	of the random numbers
 *	--to guest|host|both	whom the options behind it concern
 *	--loss, --dup, --corrupt P	per cent of TCP segments (whoever loses
 *			three ARP frames gives up); corrupt: one bit is the
 *			other way round
 *	--delay MS, --jitter MS	each frame waits so long, and up to so much more
 *	--reorder P	per cent of frames that do not wait
 *
 * Leaves to the script: addresses, and that the guest's side does not answer by
 * itself. The kernel completes the sums of what it gives to the TAP, for it has
 * no offloads.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>

#define FRAME_MAX 65550
#define WAITING_MAX 8192
#define MS 1000000ull

enum { GUEST, HOST };

struct frame {
	struct frame *next, *prev;
	uint64_t due;
	size_t n;
	uint8_t data[];
};

struct way {
	const char *name;
	double loss, dup, corrupt, reorder, delay, jitter;
	unsigned long long frames, lost, dups, corrupted, reordered, overflow;
	int from, to;
	struct frame head; /* a ring, by due */
	unsigned int waiting;
};

static struct way ways[2] = {
	[GUEST] = { .name = "to-guest" },
	[HOST] = { .name = "to-host" },
};

static uint64_t random_state = 1;

/* splitmix64 */
static uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static double random_below(double limit)
{
	return limit * (random64() >> 11) / (1ull << 53);
}

static bool happens(double per_cent)
{
	return per_cent > 0 && random_below(100) < per_cent;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 * MS + t.tv_nsec;
}

/* Where the TCP header is; 0: not a whole TCP segment. */
static size_t tcp_at(const uint8_t *p, size_t n)
{
	size_t at;

	if (n < 54)
		return 0;
	if (p[12] == 0x08 && p[13] == 0x00 && p[23] == IPPROTO_TCP)
		at = 14 + (p[14] & 15) * 4;
	else if (p[12] == 0x86 && p[13] == 0xdd && p[20] == IPPROTO_TCP)
		at = 54;
	else
		return 0;
	return at + 20 <= n ? at : 0;
}

/* Half of the time in the header, for most bytes are payload. */
static void damage(struct way *w, struct frame *f)
{
	size_t at = tcp_at(f->data, f->n), span = f->n - at;

	if (!at)
		return;
	if (random64() & 1)
		span = 20;
	f->data[at + random64() % span] ^= 1 << random64() % 8;
	w->corrupted++;
}

static void put(struct way *w, const uint8_t *data, size_t n)
{
	bool hurry = happens(w->reorder);
	struct frame *f, *after;

	if (w->waiting == WAITING_MAX) {
		w->overflow++;
		return;
	}
	f = malloc(sizeof(*f) + n);
	if (!f)
		err(1, "frame");
	memcpy(f->data, data, n);
	f->n = n;
	f->due = now();
	if (!hurry)
		f->due += w->delay * MS + random_below(w->jitter * MS);
	if (happens(w->corrupt))
		damage(w, f);
	for (after = w->head.prev; after != &w->head && after->due > f->due;)
		after = after->prev;
	if (after != w->head.prev)
		w->reordered++;
	f->prev = after;
	f->next = after->next;
	f->next->prev = f;
	after->next = f;
	w->waiting++;
}

static void come(struct way *w)
{
	static uint8_t buf[FRAME_MAX];
	int i;

	/* So few at a time that the other direction gets its turn. */
	for (i = 0; i < 64; i++) {
		ssize_t n = read(w->from, buf, sizeof(buf));
		bool tcp;

		if (n <= 0)
			return;
		w->frames++;
		tcp = tcp_at(buf, n);
		if (tcp && happens(w->loss)) {
			w->lost++;
			continue;
		}
		put(w, buf, n);
		if (tcp && happens(w->dup)) {
			w->dups++;
			put(w, buf, n);
		}
	}
}

/* When the next one is due. */
static uint64_t go(struct way *w)
{
	uint64_t t = now();

	while (w->waiting) {
		struct frame *f = w->head.next;

		if (f->due > t)
			return f->due;
		if (write(w->to, f->data, f->n) != (ssize_t)f->n)
			w->overflow++;
		w->head.next = f->next;
		f->next->prev = &w->head;
		w->waiting--;
		free(f);
	}
	return UINT64_MAX;
}

static int term_open(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return signalfd(-1, &term, 0);
}

static void relay(void)
{
	struct pollfd fds[3] = {
		{ .fd = ways[GUEST].from, .events = POLLIN },
		{ .fd = ways[HOST].from, .events = POLLIN },
		{ .fd = term_open(), .events = POLLIN },
	};

	while (!fds[2].revents) {
		uint64_t a = go(&ways[GUEST]), b = go(&ways[HOST]);
		uint64_t due = a < b ? a : b, t = now();
		struct timespec wait = { 0 };

		if (due > t) {
			wait.tv_sec = (due - t) / (1000 * MS);
			wait.tv_nsec = (due - t) % (1000 * MS);
		}
		if (ppoll(fds, 3, due == UINT64_MAX ? NULL : &wait, NULL) < 0)
			err(1, "poll");
		come(&ways[GUEST]);
		come(&ways[HOST]);
	}
}

static int raw_open(const char *name)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	int one = 1, room = 16 << 20;

	if (fd < 0 || !addr.sll_ifindex)
		err(1, "%s", name);
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
		       sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "%s", name);
	return fd;
}

static int tap_open(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req))
		err(1, "%s", name);
	return fd;
}

static double *setting(struct way *w, char option)
{
	switch (option) {
	case 'l':
		return &w->loss;
	case 'u':
		return &w->dup;
	case 'c':
		return &w->corrupt;
	case 'r':
		return &w->reorder;
	case 'd':
		return &w->delay;
	default:
		return &w->jitter;
	}
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", 1, NULL, 's' }, { "to", 1, NULL, 't' },
		{ "loss", 1, NULL, 'l' }, { "dup", 1, NULL, 'u' },
		{ "corrupt", 1, NULL, 'c' }, { "reorder", 1, NULL, 'r' },
		{ "delay", 1, NULL, 'd' }, { "jitter", 1, NULL, 'j' },
		{ 0 }
	};
	int c, i, first = GUEST, last = HOST;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case '?':
			exit(2);
		case 's':
			random_state = strtoull(optarg, NULL, 0);
			break;
		case 't':
			first = strcmp(optarg, "host") ? GUEST : HOST;
			last = strcmp(optarg, "guest") ? HOST : GUEST;
			break;
		default:
			for (i = first; i <= last; i++)
				*setting(&ways[i], c) = strtod(optarg, NULL);
		}
	}
	if (argc - optind != 2)
		errx(2, "usage: lossy [OPTION...] GUEST-SIDE NEW-TAP");
}

static void report(const struct way *w)
{
	printf("%s frames %llu lost %llu dup %llu corrupt %llu ", w->name,
	       w->frames, w->lost, w->dups, w->corrupted);
	printf("reordered %llu overflow %llu\n", w->reordered, w->overflow);
}

int main(int argc, char **argv)
{
	int i;

	options(argc, argv);
	ways[GUEST].to = raw_open(argv[optind]);
	ways[GUEST].from = tap_open(argv[optind + 1]);
	ways[HOST].to = ways[GUEST].from;
	ways[HOST].from = ways[GUEST].to;
	for (i = 0; i < 2; i++) {
		ways[i].head.next = &ways[i].head;
		ways[i].head.prev = &ways[i].head;
	}
	printf("ready\n");
	fflush(stdout);
	relay();
	for (i = 0; i < 2; i++)
		report(&ways[i]);
	return 0;
}
