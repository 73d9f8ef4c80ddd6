// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Headers of one frame and their checksums (RFC 791, 8200, 9293, 1071). */
#include <endian.h>

#include "segment.h"

#define ETH_HDR 14
#define VLAN_MAX 2
#define IPV6_EXT_MAX 8

static u16 be16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static void put16(u8 *p, u16 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static bool parse_ipv4(struct segment *s, size_t n, bool tso)
{
	const u8 *ip = s->frame + s->l3;
	u32 ihl, total;

	if (n < s->l3 + 20 || ip[0] >> 4 != 4)
		return false;
	ihl = (ip[0] & 15) * 4;
	total = tso ? n - s->l3 : be16(ip + 2);
	if (ihl < 20 || total < ihl || s->l3 + total > n)
		return false;
	s->family = 4;
	s->proto = ip[9];
	s->fragment = be16(ip + 6) & 0x3fff;
	s->l4 = s->l3 + ihl;
	s->end = s->l3 + total;
	s->ip_sum_ok = csum_fold(csum_add(0, ip, ihl)) == 0;
	return true;
}

static bool parse_ipv6(struct segment *s, size_t n, bool tso)
{
	const u8 *ip = s->frame + s->l3;
	unsigned int hops;
	u32 len;
	u8 next;

	if (n < s->l3 + 40 || ip[0] >> 4 != 6)
		return false;
	len = tso ? n - s->l3 - 40 : be16(ip + 4);
	if (s->l3 + 40 + len > n)
		return false;
	s->family = 6;
	s->ip_sum_ok = true;
	s->end = s->l3 + 40 + len;
	s->l4 = s->l3 + 40;
	next = ip[6];
	for (hops = 0; hops < IPV6_EXT_MAX; hops++) {
		const u8 *ext = s->frame + s->l4;
		u32 ext_len;

		if (next != 0 && next != 43 && next != 44 && next != 60)
			break;
		if (s->end - s->l4 < 8)
			return true; /* proto stays unknown */
		ext_len = next == 44 ? 8 : (ext[1] + 1) * 8;
		if (ext_len > s->end - s->l4)
			return true;
		/* A routing header changes the pseudo header: hands off. */
		if (next == 43)
			return true;
		if (next == 44)
			s->fragment = true;
		next = ext[0];
		s->l4 += ext_len;
	}
	s->proto = next;
	return true;
}

static void parse_tcp(struct segment *s)
{
	const u8 *tcp = s->frame + s->l4;
	u32 hlen;

	if (s->proto != IPPROTO_NR_TCP || s->fragment || s->end - s->l4 < 20)
		return;
	hlen = (tcp[12] >> 4) * 4;
	if (hlen < 20 || hlen > s->end - s->l4)
		return;
	s->tcp = true;
	s->tcp_flags = tcp[13];
	s->seq = (u32)be16(tcp + 4) << 16 | be16(tcp + 6);
	s->payload = s->l4 + hlen;
	s->payload_len = s->end - s->payload;
}

bool segment_parse(struct segment *s, u8 *frame, size_t n, bool tso)
{
	unsigned int tags;
	u16 type;

	memset(s, 0, sizeof(*s));
	s->frame = frame;
	s->l3 = ETH_HDR;
	if (n < ETH_HDR)
		return false;
	type = be16(frame + 12);
	for (tags = 0; tags < VLAN_MAX && (type == 0x8100 || type == 0x88a8);
	     tags++) {
		if (n < s->l3 + 4)
			return false;
		s->vlan = true;
		type = be16(frame + s->l3 + 2);
		s->l3 += 4;
	}
	if (type == 0x0800 ? !parse_ipv4(s, n, tso) :
	    type == 0x86dd ? !parse_ipv6(s, n, tso) :
			     true) {
		s->family = 0;
		return false;
	}
	parse_tcp(s);
	return true;
}

/* RFC 1071 2(B): the sum of words in the machine's own order, swapped at the
 * end, is the sum of big-endian ones.
 */
u64 csum_add(u64 sum, const u8 *p, size_t n)
{
	u64 acc = 0;
	u32 w;

	for (; n >= sizeof(w); n -= sizeof(w), p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		acc += w;
	}
	w = 0;
	memcpy(&w, p, n);
	acc += w;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return sum + be16toh(acc);
}

u16 csum_fold(u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static u64 pseudo_sum(const struct segment *s)
{
	const u8 *ip = s->frame + s->l3;
	u64 sum = (u64)s->proto + (s->end - s->l4);

	return s->family == 4 ? csum_add(sum, ip + 12, 8) :
				csum_add(sum, ip + 8, 32);
}

bool segment_l4_sum_ok(const struct segment *s)
{
	const u8 *l4 = s->frame + s->l4;
	u32 len = s->end - s->l4;

	if (s->proto == IPPROTO_NR_UDP) {
		if (len < 8 || be16(l4 + 4) != len)
			return false;
		/* RFC 768: the sender made none. RFC 8200 8.1: it must. */
		if (!be16(l4 + 6))
			return s->family == 4;
	} else if (s->proto != IPPROTO_NR_TCP || len < 20) {
		return false;
	}
	return csum_fold(csum_add(pseudo_sum(s), l4, len)) == 0;
}

void segment_tcp_sum(const struct segment *s)
{
	u8 *l4 = s->frame + s->l4;

	put16(l4 + 16, 0);
	put16(l4 + 16, csum_fold(csum_add(pseudo_sum(s), l4, s->end - s->l4)));
}

void segment_ip_sum(const struct segment *s)
{
	u8 *ip = s->frame + s->l3;

	if (s->family != 4)
		return;
	put16(ip + 10, 0);
	put16(ip + 10, csum_fold(csum_add(0, ip, s->l4 - s->l3)));
}
