/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Ethernet, VLAN, IPv4, IPv6 and TCP headers of one frame: where they stand,
 * and their checksums. Knows no session and no record.
 */
#ifndef TLSO_SEGMENT_H
#define TLSO_SEGMENT_H

#include "../../kmod/core/port.h"

#define IPPROTO_NR_TCP 6
#define IPPROTO_NR_UDP 17

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_URG 0x20
#define TCP_FLAG_CWR 0x80

struct segment {
	u8 *frame;
	u32 l3, l4; /* offsets in frame */
	u32 end; /* of the IP packet in frame: Ethernet padding follows */
	u8 family; /* 4, 6; 0: not IP, and nothing below is valid */
	u8 proto; /* 0 if not known */
	bool fragment;
	bool vlan;
	bool ip_sum_ok; /* IPv6: always */
	/* valid where tcp is set: an unfragmented TCP header was whole */
	bool tcp;
	u8 tcp_flags;
	u32 seq;
	u32 payload; /* offset in frame */
	u32 payload_len;
};

/* With @tso the packet ends with the frame, whatever its length field says.
 * False: not an IP packet that could be understood.
 */
bool segment_parse(struct segment *s, u8 *frame, size_t n, bool tso);

/* Sum of @n bytes, not folded; @n is even but for the last piece. */
u64 csum_add(u64 sum, const u8 *p, size_t n);
u16 csum_fold(u64 sum); /* the complement, big-endian value */
/* The sum over TCP or UDP with its pseudo header is right. */
bool segment_l4_sum_ok(const struct segment *s);
/* Writes the TCP checksum, and for IPv4 the header's. */
void segment_tcp_sum(const struct segment *s);
void segment_ip_sum(const struct segment *s);

#endif /* TLSO_SEGMENT_H */
